//! Random numbers: PyTorch's CPU generator, so that the same seed gives the same numbers.
//!
//! * [`mt19937`]: the Mersenne Twister, from which all bits come.
//! * this file: [`Generator`], which adds the seed, the cached normal number and PyTorch's byte layout of both.
//! * [`uniform`]: the trait of what can be drawn; uniform reals and integers, coin tosses, permutations.
//! * [`normal`]: the normal distribution and the vectorised transform behind it.
//! * [`distributions`]: what is computed from uniform or normal numbers one by one, and sampling from weights.
//!
//! Every draw fills a slice from its first to its last element. A caller with a strided tensor decides in which order
//! its elements stand in the slice. (PyTorch walks a dense tensor in the order of memory, whatever its strides.)
//! Parameters are checked by the operations above; a draw with a senseless parameter gives senseless numbers, not a panic.

pub mod distributions;
pub mod mt19937;
pub mod normal;
pub mod uniform;

#[cfg(test)]
mod tests;

pub use mt19937::Mt19937;
pub use uniform::{Number, Real};

use mt19937::N;

/// The seed of a generator that was given none.
pub const DEFAULT_SEED: u64 = 67_280_421_310_721;

/// Bytes in a saved state.
pub const STATE_BYTES: usize = 5056;

/// A source of random numbers with PyTorch's streams.
///
/// ```
/// use synapgrad_kernels::random::Generator;
/// let mut generator = Generator::new(0);
/// let mut x = [0f32; 3];
/// generator.uniform(&mut x, 0.0, 1.0);
/// assert_eq!(x, [0.49625659, 0.76822180, 0.08847743]); // torch.manual_seed(0); torch.rand(3)
/// ```
#[derive(Clone)]
pub struct Generator {
    seed: u64,
    twister: Mt19937,
    /// The second number of a Box-Muller pair of which only the first has been asked for.
    next_normal: Option<f64>,
}

impl Default for Generator {
    fn default() -> Self {
        Self::new(DEFAULT_SEED)
    }
}

impl std::fmt::Debug for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generator").field("initial_seed", &self.seed).finish_non_exhaustive()
    }
}

impl Generator {
    /// A generator seeded with `seed`. Only its low 32 bits reach the twister, as in PyTorch.
    pub fn new(seed: u64) -> Self {
        Self { seed, twister: Mt19937::new(seed as u32), next_normal: None }
    }

    /// Starts the stream of `seed` from its beginning.
    pub fn manual_seed(&mut self, seed: u64) {
        *self = Self::new(seed);
    }

    /// The seed the current stream started from.
    pub fn initial_seed(&self) -> u64 {
        self.seed
    }

    /// Reseeds with a number that no one can foresee, and returns it.
    pub fn seed(&mut self) -> u64 {
        use std::hash::{BuildHasher, Hasher, RandomState};
        // The standard library keys its hash maps from the system's entropy; the clock separates two calls of a thread,
        // whose keys are one apart.
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u128(std::time::UNIX_EPOCH.elapsed().map_or(0, |t| t.as_nanos()));
        let seed = hasher.finish();
        self.manual_seed(seed);
        seed
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        self.twister.next_u32()
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.twister.next_u64()
    }

    /// A uniform f64 in [0, 1), from 53 random bits.
    pub fn next_f64(&mut self) -> f64 {
        let high = self.twister.next_u32();
        uniform::unit_f64(high, self.twister.next_u32())
    }

    /// The whole state in the byte layout of `torch.get_rng_state()`; [`set_state`](Self::set_state) undoes it.
    ///
    /// ```text
    /// offset  size     field
    ///      0  8        initial seed
    ///      8  4        words left in the block, plus one
    ///     12  4        1: seeded
    ///     16  8        words of the block handed out
    ///     24  624 × 8  the twister's state words
    ///   5016  8 8 8    unused; the cached normal number; unused
    ///   5040  4 (+4)   1 where a normal number is cached
    ///   5048  8        a cached f32 normal number and its flag: never used on the CPU
    /// ```
    pub fn get_state(&self) -> Vec<u8> {
        let (state, used) = self.twister.state();
        let (left, next) = match used {
            None => (1, 0),
            Some(used) => ((N + 1 - used) as i32, used as u64),
        };
        let mut bytes = Vec::with_capacity(STATE_BYTES);
        bytes.extend(self.seed.to_le_bytes());
        bytes.extend(left.to_le_bytes());
        bytes.extend(1i32.to_le_bytes());
        bytes.extend(next.to_le_bytes());
        bytes.extend(state.iter().flat_map(|&word| u64::from(word).to_le_bytes()));
        bytes.extend([0; 8]);
        bytes.extend(self.next_normal.unwrap_or(0.0).to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend(i32::from(self.next_normal.is_some()).to_le_bytes());
        bytes.resize(STATE_BYTES, 0);
        bytes
    }

    /// Continues from a state that [`get_state`](Self::get_state) or PyTorch saved. After an error the generator is as
    /// it was.
    ///
    /// # Errors
    /// When `bytes` is not 5056 long, or is no state of a seeded MT19937.
    pub fn set_state(&mut self, bytes: &[u8]) -> Result<(), String> {
        if bytes.len() != STATE_BYTES {
            return Err(format!(
                "set_state: expected a generator state of {STATE_BYTES} bytes, but got {} bytes",
                bytes.len()
            ));
        }
        let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
        let half = |at: usize| word(at) as u32;
        let (left, seeded, next) = (half(8), half(12), word(16));
        let used = match (left, next) {
            (1, 0) => None,
            (1..=624, 1..=624) if u64::from(left) + next == N as u64 + 1 => Some(next as usize),
            _ => return Err(bad_position(left, next)),
        };
        if seeded != 1 {
            return Err("set_state: invalid MT19937 state: it is not marked as seeded".into());
        }
        let state = std::array::from_fn(|i| half(24 + 8 * i));
        self.seed = word(0);
        self.twister = Mt19937::from_state(state, used);
        self.next_normal = (half(5040) != 0).then(|| f64::from_bits(word(5024)));
        Ok(())
    }
}

fn bad_position(left: u32, next: u64) -> String {
    format!(
        "set_state: invalid MT19937 state: {next} words of the block used and {left} left do not fit a block of {N}"
    )
}
