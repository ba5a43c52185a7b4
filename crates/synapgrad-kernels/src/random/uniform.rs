//! Uniform draws: reals, integers, coin tosses and permutations, and the traits of the types they fill.

use half::{bf16, f16};

use super::mt19937::join;
use super::{Generator, Mt19937};
use crate::interrupt;

/// A uniform number in [0, 1) from the low 24 bits of a word: every multiple of 2⁻²⁴ is equally likely.
#[inline(always)]
pub(super) fn unit_f32(word: u32) -> f32 {
    const SCALE: f32 = 1.0 / (1u32 << 24) as f32;
    // The masked word fits an i32, whose conversion to f32 is one vector instruction where that of a u32 is several.
    (word & 0x00ff_ffff) as i32 as f32 * SCALE
}

/// A uniform number in [0, 1) from the low 53 bits of a pair of words: every multiple of 2⁻⁵³ is equally likely.
#[inline(always)]
pub(super) fn unit_f64(high: u32, low: u32) -> f64 {
    const SCALE: f64 = 1.0 / (1u64 << 53) as f64;
    const HIGH_SCALE: f64 = 1.0 / HIGH_END as f64;
    // high·2⁻²¹ + low·2⁻⁵³ from two conversions of an i32, which vectorise where that of a 64-bit integer does not.
    // `low` is shifted by 2³¹ to fit, and the shift added back; every step is exact.
    let high = (high & HIGH_MASK) as i32 as f64;
    let low = (low ^ 0x8000_0000) as i32 as f64;
    low.mul_add(SCALE, high.mul_add(HIGH_SCALE, HIGH_SCALE / 2.0))
}

/// The bits of the high word that reach a uniform f64: 53 less the 32 of the low word.
const HIGH_MASK: u32 = HIGH_END - 1;
const HIGH_END: u32 = 1 << 21;

/// A type that random numbers can fill: every dtype.
pub trait Number: Copy {
    /// The conversion of a drawn integer; wraps where the type is narrower.
    fn from_i64(value: i64) -> Self;
    /// The conversion of a number drawn in f64.
    fn from_f64(value: f64) -> Self;
    /// Fills `out` with integers from the whole non-negative range of the type: see [`Generator::random`].
    fn random(twister: &mut Mt19937, out: &mut [Self]);
}

/// A floating-point type.
pub trait Real: Number + PartialEq + Into<f64> {
    /// Whether arithmetic on this type is done in f64, and a uniform number made of two words; otherwise f32 and one.
    const DOUBLE: bool;
    /// Fills `out` with uniform numbers: see [`Generator::uniform`].
    fn uniform(twister: &mut Mt19937, out: &mut [Self], from: f64, to: f64);
    /// Fills `out`, of 16 elements or more, with normal numbers: see [`Generator::normal`].
    fn normal(twister: &mut Mt19937, out: &mut [Self], mean: f64, std: f64);
}

impl Number for f32 {
    #[inline(always)]
    fn from_i64(value: i64) -> Self {
        value as f32
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as f32
    }
    fn random(twister: &mut Mt19937, out: &mut [Self]) {
        twister.fill_words(out, |w| (w % ((1 << 24) + 1)) as f32);
    }
}

impl Number for f64 {
    #[inline(always)]
    fn from_i64(value: i64) -> Self {
        value as f64
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }
    fn random(twister: &mut Mt19937, out: &mut [Self]) {
        twister.fill_pairs(out, |high, low| (join(high, low) % ((1 << 53) + 1)) as f64);
    }
}

/// The 16-bit floats. They are rounded from f32, also where a number was drawn in f64, as PyTorch rounds them.
macro_rules! half_number {
    ($($type:ty: $digits:literal)*) => {$(
        impl Number for $type {
            #[inline(always)]
            fn from_i64(value: i64) -> Self {
                Self::from_f32(value as f32)
            }
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                Self::from_f32(value as f32)
            }
            fn random(twister: &mut Mt19937, out: &mut [Self]) {
                twister.fill_words(out, |w| Self::from_f32((w % ((1 << $digits) + 1)) as f32));
            }
        }
    )*};
}
half_number! { f16: 11  bf16: 8 }

macro_rules! integer {
    ($($type:ty)*) => {$(
        impl Number for $type {
            #[inline(always)]
            fn from_i64(value: i64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $type
            }
            fn random(twister: &mut Mt19937, out: &mut [Self]) {
                // 0 ..= MAX is a power of two many numbers: the remainder is a mask.
                if size_of::<$type>() == 8 {
                    twister.fill_pairs(out, |high, low| (join(high, low) & <$type>::MAX as u64) as $type);
                } else {
                    twister.fill_words(out, |w| (w & <$type>::MAX as u32) as $type);
                }
            }
        }
    )*};
}
integer! { i64 i32 i16 i8 u8 }

impl Number for bool {
    #[inline(always)]
    fn from_i64(value: i64) -> Self {
        value != 0
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value != 0.0
    }
    fn random(twister: &mut Mt19937, out: &mut [Self]) {
        twister.fill_words(out, |w| w & 1 != 0);
    }
}

/// The types whose numbers are made in f32 and rounded.
macro_rules! single {
    ($($type:ty: $round:expr, $normal:path;)*) => {$(
        impl Real for $type {
            const DOUBLE: bool = false;
            fn uniform(twister: &mut Mt19937, out: &mut [Self], from: f64, to: f64) {
                let (low, high) = (from as f32, to as f32);
                let (width, bottom, top) = (high - low, Self::from_f64(from), Self::from_f64(to));
                twister.fill_words(out, move |w| {
                    let value: Self = $round(unit_f32(w).mul_add(width, low));
                    if value == top { bottom } else { value }
                });
            }
            fn normal(twister: &mut Mt19937, out: &mut [Self], mean: f64, std: f64) {
                $normal(twister, out, mean as f32, std as f32);
            }
        }
    )*};
}
single! {
    f32: std::convert::identity, super::normal::fill_f32;
    f16: f16::from_f32, super::normal::fill_half;
    bf16: bf16::from_f32, super::normal::fill_half;
}

impl Real for f64 {
    const DOUBLE: bool = true;
    fn uniform(twister: &mut Mt19937, out: &mut [Self], from: f64, to: f64) {
        let width = to - from;
        twister.fill_pairs(out, move |high, low| {
            let value = unit_f64(high, low).mul_add(width, from);
            if value == to { from } else { value }
        });
    }
    fn normal(twister: &mut Mt19937, out: &mut [Self], mean: f64, std: f64) {
        super::normal::fill_f64(twister, out, mean, std);
    }
}

impl Generator {
    /// Uniform numbers in [from, to): `u·(to − from) + from`, rounded once (a fused multiply-add). `u` comes from one
    /// word for f32, f16 and bf16, from two for f64. A number that rounds up to `to` becomes `from`.
    ///
    /// ```
    /// # use synapgrad_kernels::random::Generator;
    /// let mut x = [0f64; 2];
    /// Generator::new(0).uniform(&mut x, -1.0, 1.0);
    /// // torch.manual_seed(0); torch.empty(2, dtype=torch.float64).uniform_(-1, 1)
    /// assert_eq!(x, [0.9401060036131061, 0.4156397287995759]);
    /// ```
    pub fn uniform<T: Real>(&mut self, out: &mut [T], from: f64, to: f64) {
        T::uniform(&mut self.twister, out, from, to);
    }

    /// Integers in [low, high): `word mod (high − low) + low`. From 2²⁸ numbers on, two words make one integer, so that
    /// the remainder is skewed by no more than a few per cent.
    ///
    /// `high = i64::MIN` stands for 2⁶³, so that the largest integer can be drawn too.
    ///
    /// ```
    /// # use synapgrad_kernels::random::Generator;
    /// let mut x = [0i64; 4];
    /// Generator::new(0).integers(&mut x, 0, 10);
    /// assert_eq!(x, [4, 9, 3, 0]); // torch.manual_seed(0); torch.randint(0, 10, (4,))
    /// ```
    pub fn integers<T: Number>(&mut self, out: &mut [T], low: i64, high: i64) {
        let range = high.wrapping_sub(low) as u64;
        if range == 0 {
            // All 2⁶⁴ integers.
            self.twister.fill_pairs(out, |high, low| T::from_i64(join(high, low) as i64));
        } else if range >= 1 << 28 {
            let pick = move |h, l| T::from_i64((join(h, l) % range).wrapping_add(low as u64) as i64);
            self.twister.fill_pairs(out, pick);
        } else {
            let range = range as u32;
            self.twister.fill_words(out, move |w| T::from_i64(low.wrapping_add((w % range).into())));
        }
    }

    /// Integers over the whole range of the type: 0 to MAX for an integer, 0 to 2ᵈ for a float with d digits (the
    /// integers it holds exactly), `false` and `true`.
    pub fn random<T: Number>(&mut self, out: &mut [T]) {
        T::random(&mut self.twister, out);
    }

    /// The permutation of 0 … n−1 that `torch.randperm(n)` draws, n = `out.len()`, by Fisher and Yates: each position
    /// in turn swaps with one at or after it, found by one word. From 2³²/20 numbers on, where one word would favour some
    /// positions by more than 5 %, two words find one at or before it.
    ///
    /// ```
    /// # use synapgrad_kernels::random::Generator;
    /// let mut order = [0i64; 5];
    /// Generator::new(0).permutation(&mut order);
    /// assert_eq!(order, [4, 0, 1, 3, 2]); // torch.manual_seed(0); torch.randperm(5)
    /// ```
    pub fn permutation<T: Number>(&mut self, out: &mut [T]) {
        let n = out.len();
        for (i, out) in out.iter_mut().enumerate() {
            *out = T::from_i64(i as i64);
        }
        if n >= u32::MAX as usize / 20 {
            for i in 0..n {
                out.swap(i, (self.next_u64() % (i as u64 + 1)) as usize);
            }
            return;
        }
        // The words come in blocks; drawing many at a time keeps the twister out of this loop, which waits for memory.
        let mut words = [0u32; 256];
        for start in (0..n.saturating_sub(1)).step_by(words.len()) {
            if interrupt::is_stopped() {
                return;
            }
            let count = words.len().min(n - 1 - start);
            self.twister.fill_words(&mut words[..count], |w| w);
            for (i, word) in (start..).zip(&words[..count]) {
                out.swap(i, i + *word as usize % (n - i));
            }
        }
    }

    /// Coin tosses: 1 with probability `p`, by `u < p` with a uniform `u` of 53 bits. This is `bernoulli_(p)`, and the
    /// mask of dropout.
    ///
    /// ```
    /// # use synapgrad_kernels::random::Generator;
    /// let mut mask = [0u8; 8];
    /// Generator::new(0).bernoulli(&mut mask, 0.5);
    /// assert_eq!(mask, [0, 0, 1, 0, 0, 0, 1, 1]); // torch.manual_seed(0); torch.empty(8).bernoulli_(0.5)
    /// ```
    pub fn bernoulli(&mut self, out: &mut [u8], p: f64) {
        // u = k·2⁻⁵³ < p exactly where the integer k is below ⌈p·2⁵³⌉: the halves compare as words, without a float.
        let limit = (p * (1u64 << 53) as f64).ceil() as u64;
        let (limit_high, limit_low) = ((limit >> 32) as u32, limit as u32);
        self.twister.fill_pairs(out, move |high, low| {
            let high = high & HIGH_MASK;
            u8::from((high < limit_high) | ((high == limit_high) & (low < limit_low)))
        });
    }

    /// Coin tosses, each with its own probability: `torch.bernoulli(p)`, and `bernoulli_(p)` with a tensor. The uniform
    /// number takes two words for probabilities in f64, one for the others.
    ///
    /// # Errors
    /// When a probability is not in [0, 1] (NaN is not), or the lengths differ. Nothing has been drawn then.
    pub fn bernoulli_each<T: Real>(&mut self, out: &mut [u8], p: &[T]) -> Result<(), String> {
        if out.len() != p.len() {
            return Err(format!("bernoulli: {} probabilities for {} elements", p.len(), out.len()));
        }
        if let Some(p) = p.iter().map(|&p| p.into()).find(|p: &f64| !(0.0..=1.0).contains(p)) {
            return Err(format!("bernoulli: expected probabilities in [0, 1], but got {p}"));
        }
        let mut uniforms = [0.0; 256];
        for (out, p) in out.chunks_mut(256).zip(p.chunks(256)) {
            let uniforms = &mut uniforms[..out.len()];
            if T::DOUBLE {
                self.twister.fill_pairs(uniforms, unit_f64);
            } else {
                self.twister.fill_words(uniforms, |w| unit_f32(w).into());
            }
            for ((out, u), &p) in out.iter_mut().zip(uniforms).zip(p) {
                *out = u8::from(*u < p.into());
            }
        }
        Ok(())
    }
}
