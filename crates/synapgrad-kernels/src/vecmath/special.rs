//! Special functions in double precision; single precision goes through them. Except for [`erf`] and [`erfc`] they
//! branch: they are rare in training, and a plain series is worth more to the reader than its last nanosecond.

use super::f64::{exp, horner};
use std::f64::consts::{FRAC_2_SQRT_PI, PI};

// erf(x)/x in x² for |x| ≤ 1.
const ERF_NEAR: [f64; 12] = [
    FRAC_2_SQRT_PI,
    -0.37612638903183543,
    0.11283791670945006,
    -0.02686617064323777,
    0.0052239776071164225,
    -0.0008548325975389692,
    0.00012055294904839707,
    -1.492473690741966e-05,
    1.6447424703317362e-06,
    -1.6208483801871705e-07,
    1.3720064546777686e-08,
    -7.795898827002142e-10,
];
// (x + 1)·e^(x²)·erfc(x) in t = (x − 3)/(x + 3) for 0.9 ≤ x ≤ 28: a function so flat that 21 terms give 2e-18.
const ERFC_FAR: [f64; 21] = [
    0.7160046047255598,
    -0.23092733308380925,
    0.09902075367943891,
    -0.010235388899001425,
    -0.023803913108572,
    0.021957764012295874,
    -0.009750689295739197,
    0.0016185691365983726,
    0.0006458142470724973,
    -0.0003672886183660641,
    -2.0551946701359853e-05,
    5.612057024096094e-05,
    -1.5130548887033584e-06,
    -8.996312385391595e-06,
    2.59161674106452e-07,
    1.6079859959734948e-06,
    5.360599057625118e-08,
    -3.2472101213626984e-07,
    -1.945127862833406e-08,
    6.873645867870944e-08,
    -1.3817986232309574e-08,
];

/// erf x near zero.
#[inline(always)]
fn erf_near(x: f64) -> f64 {
    x * horner(x * x, &ERF_NEAR)
}

/// erfc a for a ≥ 0.9.
#[inline(always)]
fn erfc_far(a: f64) -> f64 {
    let a = a.clamp(0.9, 28.0);
    // e^(−a²) loses digits to the rounding of a², so the square is taken of a shortened a, exactly.
    let short = f64::from_bits(a.to_bits() & !0x07ff_ffff);
    let gauss = exp(-short * short) * exp((short - a) * (short + a));
    gauss * horner((a - 3.0) / (a + 3.0), &ERFC_FAR) / (a + 1.0)
}

/// erf x = 2/√π · ∫₀ˣ e^(−t²) dt; relative error below 3e-16.
#[inline(always)]
pub fn erf(x: f64) -> f64 {
    let a = x.abs();
    let near = erf_near(x);
    let far = (1.0 - erfc_far(a)).copysign(x);
    if a < 0.9 { near } else { far }
}

/// erfc x = 1 − erf x, without the cancellation; relative error below 2e-15.
#[inline(always)]
pub fn erfc(x: f64) -> f64 {
    let a = x.abs();
    let far = erfc_far(a);
    let far = if x < 0.0 { 2.0 - far } else { far };
    if a < 0.9 { 1.0 - erf_near(x) } else { far }
}

/// The inverse of [`erf`]: ±∞ at ±1, NaN beyond.
///
/// Newton's iteration on ln erfc, which is close to a parabola in the tail, where erf itself is flat.
pub fn erfinv(y: f64) -> f64 {
    let a = y.abs();
    if a >= 1.0 || a.is_nan() {
        return if a == 1.0 { f64::INFINITY.copysign(y) } else { f64::NAN };
    }
    // A guess good to 2e-3, from erf² x ≈ 1 − exp(−x²·(4/π + c·x²)/(1 + c·x²)) with c = 0.147.
    let l = ((1.0 - a) * (1.0 + a)).ln();
    let b = 2.0 / (PI * 0.147) + 0.5 * l;
    let mut x = ((b * b - l / 0.147).sqrt() - b).max(0.0).sqrt();
    for _ in 0..3 {
        let slope = FRAC_2_SQRT_PI * (-x * x).exp();
        if a < 0.5 {
            let step = (erf(x) - a) / slope;
            x -= step / (1.0 + x * step); // Halley: erf″/erf′ = −2x
        } else {
            let tail = erfc(x);
            x += (tail / (1.0 - a)).ln() * tail / slope;
        }
    }
    if a < 1e-8 { y / FRAC_2_SQRT_PI } else { x.copysign(y) }
}

/// sin πx and cos πx, exact in the reduction.
fn sin_cos_pi(x: f64) -> (f64, f64) {
    let r = x - 2.0 * (0.5 * x).round(); // in [−1, 1]
    let q = (2.0 * r).round();
    let (s, c) = ((r - 0.5 * q) * PI).sin_cos();
    match q as i64 {
        0 => (s, c),
        1 => (c, -s),
        -1 => (-c, s),
        _ => (-s, -c),
    }
}

/// ln|Γ(x)|; +∞ at zero, at the negative integers and at ±∞.
///
/// Around 1 and 2, where it vanishes, by ln Γ(2 + z) = (1 − γ)z + Σ (−1)ⁿ(ζ(n) − 1)zⁿ/n; above 8 by Stirling's series;
/// in between by Γ(x + 1) = xΓ(x); below 0 by Γ(x)Γ(−x) = −π/(x·sin πx).
pub fn lgamma(x: f64) -> f64 {
    const SERIES: [f64; 25] = [
        0.42278433509846714,
        0.3224670334241132,
        -0.0673523010531981,
        0.020580808427784546,
        -0.007385551028673986,
        0.0028905103307415234,
        -0.001192753911703261,
        0.0005096695247430425,
        -0.00022315475845357939,
        9.945751278180853e-05,
        -4.492623673813314e-05,
        2.050721277567069e-05,
        -9.439488275268397e-06,
        4.374866789907488e-06,
        -2.039215753801366e-06,
        9.55141213040742e-07,
        -4.492469198764566e-07,
        2.1207184805554665e-07,
        -1.0043224823968099e-07,
        4.7698101693639804e-08,
        -2.2711094608943164e-08,
        1.0838659214896955e-08,
        -5.183475041970047e-09,
        2.4836745438024785e-09,
        -1.1921401405860912e-09,
    ];
    // Stirling's coefficients B₂ₙ / (2n(2n − 1)).
    const STIRLING: [f64; 7] =
        [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360360.0, 1.0 / 156.0];
    if x.is_nan() {
        return x;
    }
    if x.is_infinite() || (x <= 0.0 && x == x.floor()) {
        return f64::INFINITY;
    }
    let near_two = |z: f64| z * horner(z, &SERIES);
    let positive = |x: f64| {
        if x < 0.5 {
            near_two(x) - (x * (1.0 + x)).ln()
        } else if x <= 1.5 {
            near_two(x - 1.0) - (x - 1.0).ln_1p()
        } else if x < 8.0 {
            let (mut z, mut product) = (x - 2.0, 1.0);
            while z > 0.5 {
                product *= z + 1.0;
                z -= 1.0;
            }
            near_two(z) + product.ln()
        } else {
            let inverse = 1.0 / x;
            let series = inverse * horner(inverse * inverse, &STIRLING);
            (x - 0.5) * (x.ln() - 1.0) + (0.5 * (2.0 * PI).ln() - 0.5) + series
        }
    };
    if x.abs() < 1e-17 {
        -x.abs().ln()
    } else if x < 0.0 {
        (PI / (sin_cos_pi(x).0 * x).abs()).ln() - positive(-x)
    } else {
        positive(x)
    }
}

/// Hurwitz's zeta function ζ(s, q) = Σₙ (q + n)⁻ˢ for s > 1, q > 0, by the Euler–Maclaurin formula.
fn hurwitz_zeta(s: f64, q: f64) -> f64 {
    // B₂ₙ / (2n)!
    const BERNOULLI: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 720.0,
        1.0 / 30240.0,
        -1.0 / 1209600.0,
        1.0 / 47900160.0,
        -691.0 / 1307674368000.0,
        1.0 / 74724249600.0,
        -3617.0 / 10670622842880000.0,
    ];
    let (mut sum, mut a) = (0.0, q);
    while a < 12.0 + s {
        sum += a.powf(-s);
        a += 1.0;
    }
    let power = a.powf(-s);
    sum += power * a / (s - 1.0) + 0.5 * power;
    let mut factor = s * power / a;
    for (n, b) in BERNOULLI.iter().enumerate() {
        sum += b * factor;
        let m = s + 2.0 * n as f64;
        factor *= (m + 1.0) * (m + 2.0) / (a * a);
    }
    sum
}

/// ψ(x) = d/dx ln Γ(x). ∓∞ at ±0, NaN at the negative integers.
pub fn digamma(x: f64) -> f64 {
    // B₂ₙ / 2n
    const SERIES: [f64; 7] =
        [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32760.0, 1.0 / 12.0];
    if x == 0.0 {
        return -(1.0 / x);
    }
    if x < 0.0 {
        let (s, c) = sin_cos_pi(x);
        return if s == 0.0 || x.is_infinite() { f64::NAN } else { digamma(1.0 - x) - PI * c / s };
    }
    let (mut shift, mut a) = (0.0, x);
    while a < 10.0 {
        shift += 1.0 / a;
        a += 1.0;
    }
    let inverse_square = 1.0 / (a * a);
    a.ln() - 0.5 / a - inverse_square * horner(inverse_square, &SERIES) - shift
}

/// ψ′(x) = Σₙ (x + n)⁻², the derivative of [`digamma`]; +∞ at zero and the negative integers.
pub fn trigamma(x: f64) -> f64 {
    polygamma(1, x)
}

/// ψ⁽ⁿ⁾(x), the n-th derivative of [`digamma`]: (−1)ⁿ⁺¹·n!·ζ(n + 1, x), infinite at zero and the negative integers.
///
/// Below zero the terms (x + j)⁻ˢ up to the sign change are those of ζ(s, ·) counted backwards from the fractional
/// part, so that three values on the positive axis make up the sum.
pub fn polygamma(n: u32, x: f64) -> f64 {
    if n == 0 {
        return digamma(x);
    }
    let s = n as f64 + 1.0;
    let odd_power = if n.is_multiple_of(2) { -1.0 } else { 1.0 }; // (−1)ⁿ⁺¹ = (−1)ˢ
    let zeta = if x > 0.0 {
        if x == f64::INFINITY { 0.0 } else { hurwitz_zeta(s, x) }
    } else if x <= 0.0 && x.is_finite() {
        let fraction = -x - (-x).floor();
        if fraction == 0.0 {
            f64::INFINITY
        } else {
            odd_power * (hurwitz_zeta(s, fraction) - hurwitz_zeta(s, 1.0 - x)) + hurwitz_zeta(s, 1.0 - fraction)
        }
    } else {
        f64::NAN
    };
    odd_power * lgamma(s).exp() * zeta
}

/// I₀(x) = Σ (x²/4)ᵏ/k!², the modified Bessel function of order 0.
pub fn i0(x: f64) -> f64 {
    bessel_i(0.0, x.abs(), false)
}

/// e^−|x|·I₀(x), which stays finite.
pub fn i0e(x: f64) -> f64 {
    bessel_i(0.0, x.abs(), true)
}

/// I₁(x) = x/2 · Σ (x²/4)ᵏ/(k!(k + 1)!), the modified Bessel function of order 1: the derivative of [`i0`].
pub fn i1(x: f64) -> f64 {
    bessel_i(1.0, x.abs(), false).copysign(x)
}

/// e^−|x|·I₁(x), which stays finite.
pub fn i1e(x: f64) -> f64 {
    bessel_i(1.0, x.abs(), true).copysign(x)
}

/// The modified Bessel function of order n, 0 or 1, for a ≥ 0, or this times e⁻ᵃ where `scaled`.
fn bessel_i(n: f64, a: f64, scaled: bool) -> f64 {
    if a < 30.0 {
        let z = 0.25 * a * a;
        let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
        while term > sum * 1e-17 {
            term *= z / (k * (k + n));
            sum += term;
            k += 1.0;
        }
        let value = if n == 0.0 { sum } else { 0.5 * a * sum };
        return if scaled { value * (-a).exp() } else { value };
    }
    if a.is_nan() {
        return a;
    }
    // eᵃ/√(2πa)·Σ Πⱼ ((2j−1)² − 4n²)/(8ja), whose terms fall until k ≈ 2a.
    let (mut term, mut sum, mut k) = (1.0f64, 1.0, 1.0);
    while term.abs() > 1e-17 && k < 60.0 {
        term *= ((2.0 * k - 1.0) * (2.0 * k - 1.0) - 4.0 * n * n) / (k * 8.0 * a);
        sum += term;
        k += 1.0;
    }
    let value = sum / (2.0 * PI * a).sqrt();
    if scaled {
        return value;
    }
    // Half the exponent twice: eᵃ alone overflows before the result does.
    let half = (0.5 * a).exp();
    if a == f64::INFINITY { a } else { half * (half * value) }
}
