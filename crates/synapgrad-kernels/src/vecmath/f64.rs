//! Double precision: vector forms of the hot functions, the standard library for the rest, and the shortened kernels
//! on which the single-precision functions stand.

use std::f64::consts::{LN_2, LOG2_E};

// ln 2 in two parts. The first has 32 trailing zero bits, so that k·LN2_HI is exact for every exponent k.
const LN2_HI: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;
// Adding and taking away 1.5·2⁵² rounds to an integer, which then stands in the low bits of the sum.
pub(super) const ROUNDER: f64 = 6_755_399_441_055_744.0;
const SQRT_HALF_BITS: u64 = 0x3fe6_a09e_667f_3bcd;
const ONE_BITS: u64 = 1023 << 52;

// The polynomials are near-minimax fits on the reduced range; `SHORT` ones serve results that are rounded to f32.
// (eʳ − 1 − r) / r² on |r| ≤ 0.3475, relative errors 3e-10 and 2e-17.
const EXP_SHORT: [f64; 6] = [
    0.5000000013675161,
    0.1666666668185573,
    0.041666462839077045,
    0.008333310693802049,
    0.0013933880963236528,
    0.00019891247314183293,
];
const EXP_FULL: [f64; 10] = [
    0.5000000000000001,
    0.16666666666666669,
    0.04166666666662324,
    0.008333333333329994,
    0.0013888888917654016,
    0.00019841269863392214,
    2.4801520613566223e-05,
    2.7557267935231926e-06,
    2.762041219449885e-07,
    2.5100634461878497e-08,
];
// (2·atanh(s) − 2s) / s³ as a polynomial in s², for s² ≤ 0.02945.
const LOG_SHORT: [f64; 5] =
    [0.6666666666737665, 0.39999998795219155, 0.2857175496835035, 0.22191373380944632, 0.19363186932161763];
const LOG_FULL: [f64; 7] = [
    0.666666666666667,
    0.3999999999989924,
    0.2857142862609589,
    0.2222221111514416,
    0.18182890556695602,
    0.1533167403016786,
    0.1461703754879165,
];

/// c₀ + c₁x + c₂x² + …
#[inline(always)]
pub(super) fn horner<const N: usize>(x: f64, c: &[f64; N]) -> f64 {
    let mut sum = c[N - 1];
    for i in (0..N - 1).rev() {
        sum = sum.mul_add(x, c[i]);
    }
    sum
}

/// x = k·ln 2 + r with |r| ≤ ½·ln 2; k comes as an integer in two's complement.
#[inline(always)]
fn reduce_exp(x: f64) -> (u64, f64) {
    let shifted = x.mul_add(LOG2_E, ROUNDER);
    let k = shifted - ROUNDER;
    (shifted.to_bits().wrapping_sub(ROUNDER.to_bits()), k.mul_add(-LN2_LO, k.mul_add(-LN2_HI, x)))
}

/// 2ᵏ for −1022 ≤ k ≤ 1023.
#[inline(always)]
fn power_of_two(k: u64) -> f64 {
    f64::from_bits(k.wrapping_add(1023) << 52)
}

/// eˣ, at most 1 ulp off.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    let (k, r) = reduce_exp(x.clamp(-750.0, 710.0));
    let y = 1.0 + (r * r).mul_add(horner(r, &EXP_FULL), r);
    // Two half steps reach the denormals and infinity without leaving the range of the exponent in between.
    let half = (k.wrapping_add(2046) >> 1).wrapping_sub(1023);
    y * power_of_two(half) * power_of_two(k.wrapping_sub(half))
}

/// eˣ with a relative error of 3e-11, for results that become f32. Saturates at e^±600.
#[inline(always)]
pub(super) fn exp_short(x: f64) -> f64 {
    let (k, r) = reduce_exp(x.clamp(-600.0, 600.0));
    (1.0 + (r * r).mul_add(horner(r, &EXP_SHORT), r)) * power_of_two(k)
}

/// eˣ − 1, as [`exp_short`].
#[inline(always)]
pub(super) fn expm1_short(x: f64) -> f64 {
    let (k, r) = reduce_exp(x.clamp(-600.0, 600.0));
    let scale = power_of_two(k);
    (r * r).mul_add(horner(r, &EXP_SHORT), r).mul_add(scale, scale - 1.0)
}

/// 2ˣ, as [`exp_short`], for |x| ≤ 1000.
#[inline(always)]
pub(super) fn exp2_short(x: f64) -> f64 {
    let shifted = x + ROUNDER;
    let r = (x - (shifted - ROUNDER)) * LN_2;
    (1.0 + (r * r).mul_add(horner(r, &EXP_SHORT), r)) * power_of_two(shifted.to_bits().wrapping_sub(ROUNDER.to_bits()))
}

/// x = 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2, for positive normal x.
#[inline(always)]
fn split_log(x: f64) -> (f64, f64) {
    let shifted = x.to_bits().wrapping_add(ONE_BITS - SQRT_HALF_BITS) >> 52; // k + 1023
    let m = x.to_bits().wrapping_sub(shifted.wrapping_sub(1023) << 52);
    // The exponent of 2⁵² puts an integer into the low bits of the mantissa: a conversion without a conversion.
    let k = f64::from_bits(shifted | ((1023 + 52) << 52)) - (4_503_599_627_370_496.0 + 1023.0);
    (k, f64::from_bits(m) - 1.0)
}

/// ln(1 + f) for the f of [`split_log`]; relative error 2e-13.
#[inline(always)]
fn log_mantissa_short(f: f64) -> f64 {
    let s = f / (2.0 + f);
    let z = s * s;
    (s * z).mul_add(horner(z, &LOG_SHORT), 2.0 * s)
}

/// The values of a logarithm where the formula does not reach: 0, negatives, infinity and NaN.
#[inline(always)]
fn log_edges(x: f64, y: f64) -> f64 {
    let y = if x == 0.0 { f64::NEG_INFINITY } else { y };
    let y = if x == f64::INFINITY { x } else { y };
    if x >= 0.0 { y } else { f64::NAN }
}

/// ln x, at most 1 ulp off.
#[inline(always)]
pub fn log(x: f64) -> f64 {
    let tiny = x < f64::MIN_POSITIVE;
    let (k, f) = split_log(if tiny { x * 18_014_398_509_481_984.0 } else { x });
    let k = if tiny { k - 54.0 } else { k };
    let s = f / (2.0 + f);
    let z = s * s;
    let half_square = 0.5 * f * f;
    // ln(1 + f) = f − f²/2 + s·(f²/2 + R): the large terms f and k·ln 2 enter last and exactly.
    let tail = s.mul_add(z.mul_add(horner(z, &LOG_FULL), half_square), k * LN2_LO);
    log_edges(x, k.mul_add(LN2_HI, -((half_square - tail) - f)))
}

/// (k, ln m) with x = 2ᵏ·m, for x that was an f32; the caller adds [`log_edges`] through [`log_short`].
#[inline(always)]
pub(super) fn log_parts_short(x: f64) -> (f64, f64) {
    let (k, f) = split_log(x);
    (k, log_mantissa_short(f))
}

/// ln x with a relative error of 2e-13, for x that was an f32.
#[inline(always)]
pub(super) fn log_short(x: f64) -> f64 {
    let (k, y) = log_parts_short(x);
    log_edges(x, k.mul_add(LN_2, y))
}

/// log₂ x, as [`log_short`]; exact at powers of two.
#[inline(always)]
pub(super) fn log2_short(x: f64) -> f64 {
    let (k, y) = log_parts_short(x);
    log_edges(x, y.mul_add(LOG2_E, k))
}

/// ln(1 + x), as [`log_short`].
#[inline(always)]
pub(super) fn log1p_short(x: f64) -> f64 {
    let u = 1.0 + x;
    let (k, f) = split_log(u);
    // Where 1 + x needs no scaling, x itself is the mantissa's excess, free of the rounding of the sum.
    let f = if k == 0.0 { x } else { f };
    log_edges(u, k.mul_add(LN_2, log_mantissa_short(f)))
}

/// tanh x = (e²ˣ − 1) / (e²ˣ + 1), at most 2 ulp off.
#[inline(always)]
pub fn tanh(x: f64) -> f64 {
    let (k, r) = reduce_exp((2.0 * x.abs()).clamp(0.0, 80.0));
    let scale = power_of_two(k);
    let em1 = (r * r).mul_add(horner(r, &EXP_FULL), r).mul_add(scale, scale - 1.0);
    // Above 1 the error of e²ˣ − 1 is damped by subtracting from 1; below, the quotient keeps small values exact.
    let quotient = if x.abs() < 1.0 { em1 } else { 2.0 } / (em1 + 2.0);
    let y = if x.abs() < 1.0 { quotient } else { 1.0 - quotient };
    y.copysign(x)
}

/// σ(x) = 1 / (1 + e⁻ˣ), at most 2 ulp off, without overflow on either side.
#[inline(always)]
pub fn sigmoid(x: f64) -> f64 {
    let e = exp(-x.abs());
    (if x >= 0.0 { 1.0 } else { e }) / (1.0 + e)
}

/// 1 / √x
#[inline(always)]
pub fn rsqrt(x: f64) -> f64 {
    1.0 / x.sqrt()
}

/// y/x's angle in (−π, π], with the quadrant from the signs.
#[inline(always)]
pub fn atan2(y: f64, x: f64) -> f64 {
    y.atan2(x)
}

/// xʸ
#[inline(always)]
pub fn pow(x: f64, y: f64) -> f64 {
    x.powf(y)
}

/// erf x = 2/√π · ∫₀ˣ e^(−t²) dt
#[inline(always)]
pub fn erf(x: f64) -> f64 {
    super::special::erf(x)
}

/// erfc x = 1 − erf x, without the cancellation.
#[inline(always)]
pub fn erfc(x: f64) -> f64 {
    super::special::erfc(x)
}

macro_rules! from_std {
    ($($(#[$doc:meta])* $name:ident = $method:ident;)*) => {$(
        $(#[$doc])*
        #[inline(always)]
        pub fn $name(x: f64) -> f64 {
            x.$method()
        }
    )*};
}

from_std! {
    /// 2ˣ
    exp2 = exp2;
    /// eˣ − 1
    expm1 = exp_m1;
    /// log₂ x
    log2 = log2;
    /// log₁₀ x
    log10 = log10;
    /// ln(1 + x)
    log1p = ln_1p;
    /// sin x
    sin = sin;
    /// cos x
    cos = cos;
    /// tan x
    tan = tan;
    /// sinh x
    sinh = sinh;
    /// cosh x
    cosh = cosh;
    /// arcsin x
    asin = asin;
    /// arccos x
    acos = acos;
    /// arctan x
    atan = atan;
    /// arsinh x
    asinh = asinh;
    /// arcosh x
    acosh = acosh;
    /// artanh x
    atanh = atanh;
}
