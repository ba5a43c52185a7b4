//! Where random numbers come from: generators that may be shared, and the one that is used where none is named.
//!
//! ```
//! use synapgrad::random::{self, Generator};
//! random::manual_seed(0);
//! let mine = Generator::new(0);
//! let a = random::with_generator(None, |g| g.next_u32());
//! let b = random::with_generator(Some(&mine), |g| g.next_u32());
//! assert_eq!(a, b);
//! ```

use std::sync::{Arc, LazyLock, Mutex};

use synapgrad_kernels::random as kernels;

use crate::{Error, ErrorKind, Result};

/// A stream of random numbers. Cloning makes another handle on the same stream.
#[derive(Clone, Debug, Default)]
pub struct Generator(Arc<Mutex<kernels::Generator>>);

impl Generator {
    /// A stream that starts from `seed`.
    pub fn new(seed: u64) -> Generator {
        Generator(Arc::new(Mutex::new(kernels::Generator::new(seed))))
    }

    /// Draw from the stream; nobody else does meanwhile. `draw` must not use this generator by another handle.
    pub fn with<R>(&self, draw: impl FnOnce(&mut kernels::Generator) -> R) -> R {
        // A panic while drawing leaves some position of the stream: there is no invariant to break.
        draw(&mut self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    /// Start the stream of `seed` from its beginning.
    pub fn manual_seed(&self, seed: u64) {
        self.with(|g| g.manual_seed(seed));
    }

    /// The seed that the current stream started from.
    pub fn initial_seed(&self) -> u64 {
        self.with(|g| g.initial_seed())
    }

    /// Start a stream that no one can foresee, and return its seed.
    pub fn seed(&self) -> u64 {
        self.with(|g| g.seed())
    }

    /// The position in the stream as bytes, in PyTorch's layout.
    pub fn get_state(&self) -> Vec<u8> {
        self.with(|g| g.get_state())
    }

    /// Continue from where [`Generator::get_state`] was called.
    ///
    /// # Errors
    /// RuntimeError where `state` is not one.
    pub fn set_state(&self, state: &[u8]) -> Result<()> {
        self.with(|g| g.set_state(state)).map_err(|text| Error::new(ErrorKind::Runtime, text))
    }

    /// Whether both are handles on one stream.
    pub fn is_same(&self, other: &Generator) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The generator that is used where none is named.
pub fn default_generator() -> &'static Generator {
    static DEFAULT: LazyLock<Generator> = LazyLock::new(Generator::default);
    &DEFAULT
}

/// Draw from `generator`, or from the default one.
pub fn with_generator<R>(generator: Option<&Generator>, draw: impl FnOnce(&mut kernels::Generator) -> R) -> R {
    generator.unwrap_or_else(|| default_generator()).with(draw)
}

/// [`Generator::manual_seed`] of the default generator.
pub fn manual_seed(seed: u64) {
    default_generator().manual_seed(seed);
}

/// [`Generator::initial_seed`] of the default generator.
pub fn initial_seed() -> u64 {
    default_generator().initial_seed()
}

/// [`Generator::seed`] of the default generator.
pub fn seed() -> u64 {
    default_generator().seed()
}

/// [`Generator::get_state`] of the default generator.
pub fn get_rng_state() -> Vec<u8> {
    default_generator().get_state()
}

/// [`Generator::set_state`] of the default generator.
///
/// # Errors
/// RuntimeError where `state` is none.
pub fn set_rng_state(state: &[u8]) -> Result<()> {
    default_generator().set_state(state)
}
