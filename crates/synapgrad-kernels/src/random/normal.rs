//! Normal numbers by the transform of Box and Muller: two uniform numbers u₁, u₂ give two normal ones,
//!
//! ```text
//! r = √(−2 ln u₁)     θ = 2π·u₂     r·cos θ,  r·sin θ
//! ```
//!
//! Fewer than 16 are drawn pair by pair in f64, the second number of a pair waiting in the generator for the next call.
//! From 16 on, the slice is filled with uniform numbers and transformed in blocks: 8 of u₁, 8 of u₂. That loop has no
//! branch and calls no library, so the compiler turns it into vector instructions.

use super::uniform::{unit_f32, unit_f64};
use super::{Generator, Mt19937, Real};
use crate::interrupt;
use pulp::{Arch, Simd, WithSimd};
use std::f64::consts::TAU;

/// The numbers transformed together: two halves of 8.
const BLOCK: usize = 16;

impl Generator {
    /// Normal numbers with the given mean and standard deviation: `normal_`, `randn`.
    ///
    /// 16 or more are drawn in blocks, fewer one by one; the two ways give different numbers. PyTorch takes the blocks
    /// only for contiguous tensors; for any other, call [`normal_each`](Self::normal_each).
    ///
    /// ```
    /// # use synapgrad_kernels::random::Generator;
    /// let mut x = [0f32; 3];
    /// Generator::new(0).normal(&mut x, 0.0, 1.0);
    /// assert_eq!(x, [1.5409961, -0.2934289, -2.1787894]); // torch.manual_seed(0); torch.randn(3)
    /// ```
    pub fn normal<T: Real>(&mut self, out: &mut [T], mean: f64, std: f64) {
        if out.len() < BLOCK {
            self.normal_each(out, mean, std);
        } else {
            T::normal(&mut self.twister, out, mean, std);
        }
    }

    /// Normal numbers drawn one by one, however many.
    pub fn normal_each<T: Real>(&mut self, out: &mut [T], mean: f64, std: f64) {
        for out in out.iter_mut().take_while(|_| !interrupt::is_stopped()) {
            *out = T::from_f64(self.next_normal(mean, std));
        }
    }

    /// One normal number, from two uniform ones or from the cache.
    pub(super) fn next_normal(&mut self, mean: f64, std: f64) -> f64 {
        let sample = self.next_normal.take().unwrap_or_else(|| {
            let (u1, u2) = (self.next_f64(), self.next_f64());
            let radius = (-2.0 * (-u2).ln_1p()).sqrt();
            let (sin, cos) = (TAU * u1).sin_cos();
            self.next_normal = Some(radius * sin);
            radius * cos
        });
        sample.mul_add(std, mean)
    }
}

/// Fills `out` with uniform numbers and transforms it block by block. Elements after the last whole block are covered
/// by one more block, drawn afresh for the last 16 places.
macro_rules! fill {
    ($name:ident, $type:ty, $draw:ident, $unit:path, $transform:path) => {
        pub(super) fn $name(twister: &mut Mt19937, out: &mut [$type], mean: $type, std: $type) {
            let n = out.len();
            let (whole, tail) = out.split_at_mut(n - n % BLOCK);
            // Short stretches, so that the uniform numbers are still in the cache when they are transformed.
            for stretch in whole.chunks_mut(64 * BLOCK) {
                if interrupt::is_stopped() {
                    return;
                }
                twister.$draw(stretch, $unit);
                $transform(stretch, mean, std);
            }
            if !tail.is_empty() {
                // The tail is drawn like the rest, and then drawn over.
                twister.$draw(tail, $unit);
                let last = &mut out[n - BLOCK..];
                twister.$draw(last, $unit);
                $transform(last, mean, std);
            }
        }
    };
}
fill!(fill_f32, f32, fill_words, unit_f32, transform_f32);
fill!(fill_f64, f64, fill_pairs, unit_f64, transform_f64);

/// The 16-bit floats: each block is computed in f32 and rounded. Unlike above, nothing is drawn for the tail but its block.
pub(super) fn fill_half<T: Real>(twister: &mut Mt19937, out: &mut [T], mean: f32, std: f32) {
    let n = out.len();
    let mut block = [0f32; BLOCK];
    let starts = (0..n / BLOCK).map(|i| i * BLOCK).chain((!n.is_multiple_of(BLOCK)).then_some(n - BLOCK));
    for start in starts.take_while(|_| !interrupt::is_stopped()) {
        twister.fill_words(&mut block, unit_f32);
        transform_f32(&mut block, mean, std);
        for (out, &x) in out[start..].iter_mut().zip(&block) {
            *out = T::from_f64(x.into());
        }
    }
}

fn transform_f64(x: &mut [f64], mean: f64, std: f64) {
    for block in x.chunks_exact_mut(BLOCK) {
        let (first, second) = block.split_at_mut(BLOCK / 2);
        for (a, b) in first.iter_mut().zip(second) {
            // In [0, 1) the numbers are; the logarithm wants (0, 1].
            let radius = (-2.0 * (1.0 - *a).ln()).sqrt();
            let (sin, cos) = (TAU * *b).sin_cos();
            *a = (radius * cos).mul_add(std, mean);
            *b = (radius * sin).mul_add(std, mean);
        }
    }
}

fn transform_f32(x: &mut [f32], mean: f32, std: f32) {
    Arch::new().dispatch(TransformF32 { x, mean, std });
}

struct TransformF32<'a> {
    x: &'a mut [f32],
    mean: f32,
    std: f32,
}

impl WithSimd for TransformF32<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { x, mean, std } = self;
        for block in x.chunks_exact_mut(BLOCK) {
            let (first, second) = block.split_at_mut(BLOCK / 2);
            for (a, b) in first.iter_mut().zip(second) {
                let radius = (-2.0 * ln(1.0 - *a)).sqrt();
                // The angle is the f32 product, rounding and all: an angle one place off shows in a sine near zero.
                let (sin, cos) = sin_cos(std::f32::consts::TAU * *b);
                *a = (radius * cos).mul_add(std, mean);
                *b = (radius * sin).mul_add(std, mean);
            }
        }
    }
}

/// ln x for a normal x in (0, 1].
///
/// x = 2ᵏ·m with m in [√½, √2), and ln m = 2·artanh s = 2(s + s³/3 + s⁵/5 + …) with s = (m−1)/(m+1), |s| < 0.172:
/// five terms leave an error below 4·10⁻⁹ of the result.
#[inline(always)]
fn ln(x: f32) -> f32 {
    // Subtracting the bits of √½ carries into the exponent exactly where m would reach below it.
    const SQRT_HALF: i32 = 0x3f35_04f3;
    let bits = x.to_bits() as i32;
    let k = (bits - SQRT_HALF) >> 23;
    let m = f32::from_bits((bits - (k << 23)) as u32);
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let series = z.mul_add(1.0 / 9.0, 1.0 / 7.0).mul_add(z, 1.0 / 5.0).mul_add(z, 1.0 / 3.0) * z;
    let two_s = s + s;
    // ln 2 in two parts, the first short enough that its product with k is exact.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let k = k as f32;
    k.mul_add(LN2_HIGH, k.mul_add(LN2_LOW, two_s.mul_add(series, two_s)))
}

/// (sin x, cos x) for x in [0, 2π].
///
/// x = q·π/2 + t with |t| ≤ π/4, Taylor's polynomials at t, and the quadrant q says which of them is the sine and with
/// what signs.
#[inline(always)]
fn sin_cos(x: f32) -> (f32, f32) {
    use std::f32::consts::{FRAC_2_PI, FRAC_PI_2};
    // π/2 − (π/2 in f32)
    const FRAC_PI_2_LOW: f32 = -4.371_139e-8;
    // Adding and subtracting 1.5·2²³ rounds to an integer, and leaves that integer in the low bits on the way.
    const ROUND: f32 = 12_582_912.0;
    let shifted = x.mul_add(FRAC_2_PI, ROUND);
    let q = shifted.to_bits();
    let whole = shifted - ROUND;
    let t = whole.mul_add(-FRAC_PI_2_LOW, whole.mul_add(-FRAC_PI_2, x));
    let z = t * t;
    let s = z.mul_add(1.0 / 362_880.0, -1.0 / 5_040.0).mul_add(z, 1.0 / 120.0).mul_add(z, -1.0 / 6.0);
    let s = (s * z).mul_add(t, t);
    let c = z.mul_add(-1.0 / 3_628_800.0, 1.0 / 40_320.0).mul_add(z, -1.0 / 720.0).mul_add(z, 1.0 / 24.0);
    let c = c.mul_add(z, -0.5).mul_add(z, 1.0);
    let swap = q & 1 != 0;
    let (sin, cos) = if swap { (c, s) } else { (s, c) };
    let sign = |bit: u32| (bit & 2) << 30;
    (f32::from_bits(sin.to_bits() ^ sign(q)), f32::from_bits(cos.to_bits() ^ sign(q.wrapping_add(1))))
}
