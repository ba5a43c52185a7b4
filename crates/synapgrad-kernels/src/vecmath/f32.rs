//! Single precision, at most 2 units in the last place off: see the [module's introduction](super).

use super::f64 as wide;
use std::f32::consts::{LN_2, LOG2_E};
use std::f64::consts::{FRAC_PI_2, PI};

// ln 2 in two parts; k·LN2_HI is exact for every exponent k of an f32.
const LN2_HI: f32 = 0.693_359_4;
const LN2_LO: f32 = -2.121_944_4e-4;
// Adding and taking away 1.5·2²³ rounds to an integer, which then stands in the low bits of the sum.
const ROUNDER: f32 = 12_582_912.0;

// Near-minimax polynomials on the reduced ranges, lowest power first.
// (eʳ − 1 − r) / r² on |r| ≤ 0.3475.
const EXP: [f32; 6] = [0.5, 0.16666667, 0.041666463, 0.0083333105, 0.0013933881, 0.00019891247];
// (tanh(x)/x − 1) / x² in x², |x| ≤ 0.625.
const TANH: [f32; 6] = [-0.33333334, 0.13333304, -0.053959258, 0.021768918, -0.008343945, 0.0022927448];
// (sin(r)/r − 1) / r² and (cos(r) − 1 + r²/2) / r⁴ in r², |r| ≤ π/4.
const SIN: [f64; 4] = [-0.16666666663854168, 0.008333331874273714, -0.000198400864995936, 2.7249895230611676e-06];
const COS: [f64; 4] = [0.041666666664320264, -0.0013888887671652504, 2.480060018036381e-05, -2.7300933687212943e-07];
// (asin(x)/x − 1) / x² in x², |x| ≤ ½.
const ASIN: [f64; 8] = [
    0.16666666665495086,
    0.07500000598829049,
    0.044642358484883196,
    0.030397634130580702,
    0.022132443623426794,
    0.019306260869368045,
    0.0054431851027481075,
    0.02930523970533579,
];
// (atan(x)/x − 1) / x² in x², |x| ≤ 1.
const ATAN: [f64; 11] = [
    -0.33333333293301176,
    0.19999990275947271,
    -0.14285317963907304,
    0.1110470678864422,
    -0.09036742342070782,
    0.0741749696430051,
    -0.05760716083128117,
    0.038327445983064846,
    -0.019261081322765883,
    0.00620725453378005,
    -0.0009362994719496015,
];
// Where the two ways to compute erf meet. (erf(x)/x − 1) in x² below, −ln(1 − erf x) in x beyond.
const ERF_CUT: f32 = 0.84;
const ERF_NEAR: [f32; 6] = [0.12837917, -0.37612584, 0.11282856, -0.026808452, 0.0050612814, -0.00063763617];
const ERF_FAR: [f32; 8] =
    [-0.00015328501, 1.1294098, 0.63356364, 0.10803724, -0.024959777, 0.00410953, -0.0004215947, 1.9969151e-05];

// Φ(−a)·e^(a²/2)/u in u = 1/(1 + 0.3a), a ≥ 0.
const MILLS: [f32; 10] = [
    0.11968663,
    0.1195729,
    0.11022685,
    0.07842781,
    0.09605136,
    -0.07923517,
    0.19156688,
    -0.2280561,
    0.1123709,
    -0.020611912,
];

/// Σ cᵢ·xⁱ: Horner's scheme in x² for pairs of terms, whose chain of operations that wait for each other is half as long.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, c: &[f32; N]) -> f32 {
    const { assert!(N.is_multiple_of(2)) };
    let square = x * x;
    let mut sum = c[N - 1].mul_add(x, c[N - 2]);
    for i in (0..N / 2 - 1).rev() {
        sum = sum.mul_add(square, c[2 * i + 1].mul_add(x, c[2 * i]));
    }
    sum
}

/// (Φ(x), e^(−x²/2)), Φ being the normal distribution function, to 7.5·10⁻⁷ of Φ down to Φ = 0.01.
///
/// On the side where Φ is small it is e^(−x²/2) times Mills' ratio, a polynomial in 1/(1 + 0.3|x|).
#[inline(always)]
pub fn normal(x: f32) -> (f32, f32) {
    let bell = exp(x * x * -0.5);
    let near = 1.0 / x.abs().mul_add(0.3, 1.0);
    let tail = bell * (near * polynomial(near, &MILLS));
    (if x < 0.0 { tail } else { 1.0 - tail }, bell)
}

/// e^(r + low)·2ᵏ for |r| ≤ ½·ln 2, where `low` is what rounding took from r and `shifted` = k + [`ROUNDER`]. Two half
/// steps reach the denormals and infinity without leaving the range of the exponent in between.
#[inline(always)]
fn exp_scaled(r: f32, low: f32, shifted: f32) -> f32 {
    // The rounding of 1 + r is caught and joined to the small terms: y is right to little more than half a unit.
    let near = 1.0 + r;
    let y = near + (((1.0 - near) + r) + (r * r).mul_add(polynomial(r, &EXP), low));
    let k = shifted.to_bits().wrapping_sub(ROUNDER.to_bits()).wrapping_add(254); // twice the bias
    let half = k >> 1;
    y * f32::from_bits(half << 23) * f32::from_bits(k.wrapping_sub(half) << 23)
}

/// eˣ. With x = k·ln 2 + r: eˣ = 2ᵏ·eʳ.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let x = x.clamp(-105.0, 90.0);
    let shifted = x.mul_add(LOG2_E, ROUNDER);
    let k = shifted - ROUNDER;
    let high = k.mul_add(-LN2_HI, x);
    let r = k.mul_add(-LN2_LO, high);
    exp_scaled(r, k.mul_add(-LN2_LO, high - r), shifted)
}

/// eˣ for x ≤ 0; 0 where that is no normal number. One step of scaling suffices, and what rounding takes from the small terms is
/// left away: up to one unit in the last place less exact than [`exp`].
#[inline(always)]
pub fn exp_of_negative(x: f32) -> f32 {
    const LEAST: f32 = -87.0;
    let bounded = if x < LEAST { LEAST } else { x };
    let shifted = bounded.mul_add(LOG2_E, ROUNDER);
    let k = shifted - ROUNDER;
    let r = k.mul_add(-LN2_LO, k.mul_add(-LN2_HI, bounded));
    let scale = f32::from_bits(shifted.to_bits().wrapping_sub(ROUNDER.to_bits()).wrapping_add(127) << 23);
    let power = (1.0 + (r * r).mul_add(polynomial(r, &EXP), r)) * scale;
    if x < LEAST { 0.0 } else { power }
}

/// 2ˣ
#[inline(always)]
pub fn exp2(x: f32) -> f32 {
    let x = x.clamp(-152.0, 130.0);
    let shifted = x + ROUNDER;
    exp_scaled((x - (shifted - ROUNDER)) * LN_2, 0.0, shifted)
}

/// eˣ − 1, exact to the last place near zero.
#[inline(always)]
pub fn expm1(x: f32) -> f32 {
    (wide::expm1_short(x as f64) as f32).copysign(x)
}

/// ln x. With x = 2ᵏ·m and s = (m − 1)/(m + 1): ln x = k·ln 2 + 2·artanh s.
#[inline(always)]
pub fn log(x: f32) -> f32 {
    wide::log_short(x as f64) as f32
}

/// log₂ x
#[inline(always)]
pub fn log2(x: f32) -> f32 {
    wide::log2_short(x as f64) as f32
}

/// log₁₀ x
#[inline(always)]
pub fn log10(x: f32) -> f32 {
    (wide::log_short(x as f64) * std::f64::consts::LOG10_E) as f32
}

/// ln(1 + x), exact to the last place near zero.
#[inline(always)]
pub fn log1p(x: f32) -> f32 {
    (wide::log1p_short(x as f64) as f32).copysign(x)
}

/// tanh x: a polynomial near zero, 1 − 2/(e²ˣ + 1) elsewhere.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let a = x.abs();
    let z = x * x;
    let near = (a * z).mul_add(polynomial(z, &TANH), a);
    let far = 1.0 - 2.0 / (exp(2.0 * a) + 1.0);
    (if a < 0.625 { near } else { far }).copysign(x)
}

/// σ(x) = 1 / (1 + e⁻ˣ), in the form that overflows on neither side.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    let e = exp(-x.abs());
    (if x >= 0.0 { 1.0 } else { e }) / (1.0 + e)
}

/// 2/π in three parts.
const NEAR_TURN: (f64, f64, f64) = (0.6366197690367699, 3.3308114738561656e-09, 2.276010073078396e-18);

/// Whether [`near_sin`] and [`near_cos`] are right.
#[inline(always)]
pub fn is_near(x: f32) -> bool {
    x.abs() < 67_108_864.0
}

/// x = q·π/2 + r with |r| ≤ π/4: (q mod 4, r), for every finite x.
///
/// The turns q = x·2/π must be right to a small fraction of one, which for x near 2¹²⁷ takes 180 bits of 2/π, though
/// only their remainder mod 4 matters. So x is scaled down to y < 2²⁶ and 2/π is scaled up by the same power and taken
/// mod 2²⁵ (whole multiples of 4 turns, as y is a multiple of 2⁻²³): one constant for each of five ranges of x, each in
/// three parts of which the first two are short enough for exact products with the 24 bits of y.
#[inline(always)]
fn reduce_trig(x: f32) -> (u64, f64) {
    let a = (x as f64).abs();
    let (mut unit, (mut c1, mut c2, mut c3)) = (1.0, NEAR_TURN);
    let ranges = [
        (2f64.powi(26), 9168397.6875, 0.036026974325068295, 3.632512862991335e-11),
        (2f64.powi(52), 15000641.3125, 0.010250238003209233, 1.1379812792282342e-10),
        (2f64.powi(78), 21659401.8125, 0.023261863039806485, 5.0420873674486534e-11),
        (2f64.powi(104), 22532597.1875, 0.019008687464520335, 8.966196168033648e-11),
    ];
    for (bound, d1, d2, d3) in ranges {
        let above = a >= bound;
        unit = if above { 1.0 / bound } else { unit };
        c1 = if above { d1 } else { c1 };
        c2 = if above { d2 } else { c2 };
        c3 = if above { d3 } else { c3 };
    }
    turns(x as f64 * unit, c1, c2, c3)
}

/// [`reduce_trig`] of |x| < 2²⁶: the first of its ranges.
#[inline(always)]
fn reduce_near(x: f32) -> (u64, f64) {
    turns(x as f64, NEAR_TURN.0, NEAR_TURN.1, NEAR_TURN.2)
}

#[inline(always)]
fn turns(y: f64, c1: f64, c2: f64, c3: f64) -> (u64, f64) {
    // Takes away whole multiples of four turns, exactly.
    let mod4 = |t: f64| t - 4.0 * ((t * 0.25 + wide::ROUNDER) - wide::ROUNDER);
    let (t1, t2, t3) = (mod4(y * c1), mod4(y * c2), y * c3);
    let shifted = t1 + t2 + wide::ROUNDER;
    let rest = ((t1 - (shifted - wide::ROUNDER)) + t2) + t3;
    (shifted.to_bits(), rest * FRAC_PI_2)
}

#[inline(always)]
fn sin_cos_reduced(r: f64) -> (f64, f64) {
    let z = r * r;
    (r * z.mul_add(wide::horner(z, &SIN), 1.0), (z * z).mul_add(wide::horner(z, &COS), z.mul_add(-0.5, 1.0)))
}

#[inline(always)]
fn negate_if(y: f64, bit: u64) -> f64 {
    f64::from_bits(y.to_bits() ^ (bit << 63))
}

#[inline(always)]
fn sin_of((q, r): (u64, f64)) -> f32 {
    let (s, c) = sin_cos_reduced(r);
    negate_if(if q & 1 == 0 { s } else { c }, (q >> 1) & 1) as f32
}

#[inline(always)]
fn cos_of((q, r): (u64, f64)) -> f32 {
    let (s, c) = sin_cos_reduced(r);
    negate_if(if q & 1 == 0 { c } else { s }, (q.wrapping_add(1) >> 1) & 1) as f32
}

/// sin x, for every finite x; NaN for ±∞.
#[inline(always)]
pub fn sin(x: f32) -> f32 {
    sin_of(reduce_trig(x))
}

/// cos x, for every finite x; NaN for ±∞.
#[inline(always)]
pub fn cos(x: f32) -> f32 {
    cos_of(reduce_trig(x))
}

/// [`sin`] of numbers that are [near](is_near), with the same bits.
#[inline(always)]
pub fn near_sin(x: f32) -> f32 {
    sin_of(reduce_near(x))
}

/// [`cos`] of numbers that are [near](is_near), with the same bits.
#[inline(always)]
pub fn near_cos(x: f32) -> f32 {
    cos_of(reduce_near(x))
}

/// tan x = sin x / cos x, for every finite x; NaN for ±∞.
#[inline(always)]
pub fn tan(x: f32) -> f32 {
    let (q, r) = reduce_trig(x);
    let (s, c) = sin_cos_reduced(r);
    let odd = q & 1 != 0;
    let (numerator, denominator) = if odd { (c, s) } else { (s, c) };
    negate_if(numerator / denominator, q & 1) as f32
}

/// sinh x = (eˣ − e⁻ˣ)/2, from e^|x| − 1 so that nothing cancels near zero.
#[inline(always)]
pub fn sinh(x: f32) -> f32 {
    let e = wide::expm1_short((x as f64).abs());
    ((0.5 * (e + e / (e + 1.0))) as f32).copysign(x)
}

/// cosh x = (eˣ + e⁻ˣ)/2
#[inline(always)]
pub fn cosh(x: f32) -> f32 {
    let e = wide::exp_short((x as f64).abs());
    (0.5 * (e + 1.0 / e)) as f32
}

/// (arcsin of the folded argument, whether it was folded): arcsin a = π/2 − 2·arcsin √((1 − a)/2) for a > ½.
#[inline(always)]
fn asin_folded(a: f64) -> (f64, bool) {
    let folded = a > 0.5;
    let t = if folded { ((1.0 - a) * 0.5).sqrt() } else { a };
    let z = t * t;
    ((t * z).mul_add(wide::horner(z, &ASIN), t), folded)
}

/// arcsin x; NaN outside [−1, 1].
#[inline(always)]
pub fn asin(x: f32) -> f32 {
    let (p, folded) = asin_folded((x as f64).abs());
    ((if folded { FRAC_PI_2 - 2.0 * p } else { p }) as f32).copysign(x)
}

/// arccos x; NaN outside [−1, 1].
#[inline(always)]
pub fn acos(x: f32) -> f32 {
    let (p, folded) = asin_folded((x as f64).abs());
    let outer = if x < 0.0 { PI - 2.0 * p } else { 2.0 * p };
    (if folded { outer } else { FRAC_PI_2 - p.copysign(x as f64) }) as f32
}

/// arctan of a number in [0, 1].
#[inline(always)]
fn atan_unit(t: f64) -> f64 {
    let z = t * t;
    (t * z).mul_add(wide::horner(z, &ATAN), t)
}

/// arctan x = π/2 − arctan(1/x) for x > 1.
#[inline(always)]
pub fn atan(x: f32) -> f32 {
    let a = (x as f64).abs();
    let inverted = a > 1.0;
    let p = atan_unit(if inverted { 1.0 / a } else { a });
    ((if inverted { FRAC_PI_2 - p } else { p }) as f32).copysign(x)
}

/// The angle of the point (x, y) in [−π, π], with C's values at zeros and infinities.
#[inline(always)]
pub fn atan2(y: f32, x: f32) -> f32 {
    let (b, a) = ((y as f64).abs(), (x as f64).abs());
    let steep = b > a;
    let (small, large) = if steep { (a, b) } else { (b, a) };
    let t = small / large;
    let t = if large == 0.0 { 0.0 } else { t };
    let t = if small == f64::INFINITY { 1.0 } else { t };
    let p = atan_unit(t);
    let p = if steep { FRAC_PI_2 - p } else { p };
    let p = if x.is_sign_negative() { PI - p } else { p };
    let p = if x.is_nan() | y.is_nan() { f64::NAN } else { p };
    (p as f32).copysign(y)
}

/// arsinh x = sign(x)·ln(|x| + √(x² + 1))
#[inline(always)]
pub fn asinh(x: f32) -> f32 {
    let a = (x as f64).abs();
    let z = a * a;
    let more = if a == f64::INFINITY { a } else { a + z / (1.0 + (z + 1.0).sqrt()) };
    (wide::log1p_short(more) as f32).copysign(x)
}

/// arcosh x = ln(x + √(x² − 1)); NaN below 1.
#[inline(always)]
pub fn acosh(x: f32) -> f32 {
    let t = x as f64 - 1.0;
    let y = wide::log1p_short(t + (t * (2.0 + t)).sqrt()) as f32;
    if x < 1.0 { f32::NAN } else { y }
}

/// artanh x = ½·ln((1 + x)/(1 − x)); ±∞ at ±1, NaN beyond.
#[inline(always)]
pub fn atanh(x: f32) -> f32 {
    let a = (x as f64).abs();
    ((0.5 * wide::log1p_short(2.0 * a / (1.0 - a))) as f32).copysign(x)
}

/// erf x = 2/√π · ∫₀ˣ e^(−t²) dt: a polynomial near zero, 1 − e^(a polynomial) elsewhere.
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    let a = x.abs().min(3.95);
    let a = if x.is_nan() { x } else { a };
    let near = a.mul_add(polynomial(a * a, &ERF_NEAR), a);
    let far = 1.0 - exp(-polynomial(a, &ERF_FAR));
    (if a < ERF_CUT { near } else { far }).copysign(x)
}

/// erfc x = 1 − erf x, without the cancellation.
#[inline(always)]
pub fn erfc(x: f32) -> f32 {
    super::special::erfc(x as f64) as f32
}

/// xʸ = 2^(y·log₂|x|), with the special cases of C's `pow`: 1ʸ = x⁰ = 1 even for NaN, a negative base takes integers
/// only, ±0 and ±∞ keep their sign under odd integers.
#[inline(always)]
pub fn pow(x: f32, y: f32) -> f32 {
    let (a, e) = ((x as f64).abs(), y as f64);
    // Beyond 2²⁴ every f32 is an even integer; clamping keeps the rounding trick in its range.
    let bounded = e.clamp(-16_777_216.0, 16_777_216.0);
    let is_integer = |t: f64| (t + wide::ROUNDER) - wide::ROUNDER == t;
    let integer = is_integer(bounded);
    let odd = integer & !is_integer(bounded * 0.5);
    let exponent = (e * wide::log2_short(a)).clamp(-200.0, 200.0);
    let magnitude = wide::exp2_short(exponent) as f32;
    let signed = if odd & x.is_sign_negative() { -magnitude } else { magnitude };
    let undefined = (x < 0.0) & (a < f64::INFINITY) & !integer;
    let value = if undefined { f32::NAN } else { signed };
    let one = (y == 0.0) | (x == 1.0) | ((x == -1.0) & (e.abs() == f64::INFINITY));
    if one { 1.0 } else { value }
}

/// 1/√x
#[inline(always)]
pub fn rsqrt(x: f32) -> f32 {
    1.0 / x.sqrt()
}
