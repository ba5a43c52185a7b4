//! Functions of one number, applied to every element.
//!
//! `x` is the element, `y` the result, `g` the gradient that arrives at the result.

use std::f64::consts::{LN_2, LN_10, PI};

use synapgrad_kernels::vecmath::f32::{is_near, near_cos, near_sin};
use synapgrad_kernels::{DType, Ring, lit};

use super::create::largest;
use super::formula::{formula, pointwise, rows, slope};
use crate::error::ensure;
use crate::{Result, Tensor};

/// 1 or 0.
#[inline(always)]
pub(super) fn bit<T: Ring>(mask: T::Mask) -> T {
    T::select(mask, lit(1.0), lit(0.0))
}

/// Whether x is neither infinite nor NaN.
#[inline(always)]
pub(super) fn finite<T: Ring>(x: T) -> T::Mask {
    x.abs().lt(lit(f64::INFINITY))
}

pointwise! {
    /// −x. dy/dx = −1
    neg / neg_ (number) |x| -x, grad(|g| -g);
    /// |x|. dy/dx = sign x
    abs / abs_ (number) |x| x.abs(), grad(|g, x| g * x.sign());
    /// −1, 0 or 1 as x is negative, zero or positive. dy/dx = 0
    sign / sign_ (any) |x| x.sign(), grad(zero);
    /// As [`sign`](Tensor::sign), which for real numbers is the same.
    sgn / sgn_ (any) |x| x.sign(), grad(zero);
    /// x². dy/dx = 2x
    square / square_ (count) |x| x * x, grad(|g, x| g * lit(2.0) * x);
    /// 1/x. dy/dx = −y²
    reciprocal / reciprocal_ (float) |x| T::lit(1.0) / x, grad(|g, y| -g * y * y);
    /// √x. dy/dx = 1/(2y)
    sqrt / sqrt_ (float) |x| x.sqrt(), grad(|g, y| g / (lit::<T>(2.0) * y));
    /// 1/√x. dy/dx = −y³/2
    rsqrt / rsqrt_ (float) |x| x.rsqrt(), grad(|g, y| lit::<T>(-0.5) * g * y * y * y);

    /// eˣ. dy/dx = y
    exp / exp_ (float) |x| x.exp(), grad(|g, y| g * y);
    /// 2ˣ. dy/dx = y ln 2
    exp2 / exp2_ (float) |x| x.exp2(), grad(|g, y| g * y * lit(LN_2));
    /// eˣ − 1, precise near 0. dy/dx = y + 1
    expm1 / expm1_ (float) |x| x.expm1(), grad(|g, y| g * (y + lit(1.0)));
    /// ln x. dy/dx = 1/x
    log / log_ (float) |x| x.log(), grad(|g, x| g / x);
    /// log₂ x. dy/dx = 1/(x ln 2)
    log2 / log2_ (float) |x| x.log2(), grad(|g, x| g / (x * lit(LN_2)));
    /// log₁₀ x. dy/dx = 1/(x ln 10)
    log10 / log10_ (float) |x| x.log10(), grad(|g, x| g / (x * lit(LN_10)));
    /// ln(1 + x), precise near 0. dy/dx = 1/(1 + x)
    log1p / log1p_ (float) |x| x.log1p(), grad(|g, x| g / (x + lit(1.0)));

    /// sin x. dy/dx = cos x
    sin / sin_ (float) |x| x.sin(), quick(is_near(x) => near_sin(x)), grad(|g, x| g * x.cos());
    /// cos x. dy/dx = −sin x
    cos / cos_ (float) |x| x.cos(), quick(is_near(x) => near_cos(x)), grad(|g, x| -g * x.sin());
    /// tan x. dy/dx = 1 + y²
    tan / tan_ (float) |x| x.tan(), grad(|g, y| g * (lit::<T>(1.0) + y * y));
    /// arcsin x. dy/dx = 1/√(1 − x²)
    asin / asin_ (float) |x| x.asin(), grad(|g, x| g * (lit::<T>(1.0) - x * x).rsqrt());
    /// arccos x. dy/dx = −1/√(1 − x²)
    acos / acos_ (float) |x| x.acos(), grad(|g, x| -g * (lit::<T>(1.0) - x * x).rsqrt());
    /// arctan x. dy/dx = 1/(1 + x²)
    atan / atan_ (float) |x| x.atan(), grad(|g, x| g / (x * x + lit(1.0)));
    /// sinh x. dy/dx = cosh x
    sinh / sinh_ (float) |x| x.sinh(), grad(|g, x| g * x.cosh());
    /// cosh x. dy/dx = sinh x
    cosh / cosh_ (float) |x| x.cosh(), grad(|g, x| g * x.sinh());
    /// tanh x. dy/dx = 1 − y²
    tanh / tanh_ (float) |x| x.tanh(), grad(|g, y| g * (lit::<T>(1.0) - y * y));
    /// arsinh x. dy/dx = 1/√(x² + 1)
    asinh / asinh_ (float) |x| x.asinh(), grad(|g, x| g * (x * x + lit(1.0)).rsqrt());
    /// arcosh x. dy/dx = 1/√(x² − 1)
    acosh / acosh_ (float) |x| x.acosh(), grad(|g, x| g * (x * x - lit(1.0)).rsqrt());
    /// artanh x. dy/dx = 1/(1 − x²)
    atanh / atanh_ (float) |x| x.atanh(), grad(|g, x| g / (lit::<T>(1.0) - x * x));
    /// sin(πx)/(πx), and 1 at 0. dy/dx = (cos(πx) − y)/x
    sinc / sinc_ (float) |x| T::select(x.eq(lit(0.0)), lit(1.0), (x * lit(PI)).sin() / (x * lit(PI))),
        grad(|g, x, y| T::select(x.eq(lit(0.0)), lit(0.0), g * ((x * lit(PI)).cos() - y) / x));

    /// Degrees to radians: x·π/180.
    deg2rad / deg2rad_ (float) |x| x * lit(PI / 180.0), grad(|g| g * lit(PI / 180.0));
    /// Radians to degrees: x·180/π.
    rad2deg / rad2deg_ (float) |x| x * lit(180.0 / PI), grad(|g| g * lit(180.0 / PI));

    /// The error function 2/√π ∫₀ˣ exp(−t²) dt. dy/dx = 2/√π exp(−x²)
    erf / erf_ (float) |x| x.erf(), grad(|g, x| g * lit(2.0 / PI.sqrt()) * (-(x * x)).exp());
    /// 1 − erf x, precise for large x. dy/dx = −2/√π exp(−x²)
    erfc / erfc_ (float) |x| x.erfc(), grad(|g, x| g * lit(-2.0 / PI.sqrt()) * (-(x * x)).exp());
    /// The inverse of erf on (−1, 1). dy/dx = √π/2 exp(y²)
    erfinv / erfinv_ (float) |x| x.erfinv(), grad(|g, y| g * lit(PI.sqrt() / 2.0) * (y * y).exp());
    /// The normal distribution function, ½·erfc(−x/√2). dy/dx = exp(−x²/2)/√(2π)
    ndtr (float) |x| T::lit(0.5) * (x * lit(-std::f64::consts::FRAC_1_SQRT_2)).erfc(),
        grad(|g, x| g * lit(1.0 / (2.0 * PI).sqrt()) * (x * x * lit(-0.5)).exp());
    /// The entropy −x·ln x of a probability; 0 at 0, −∞ below. dy/dx = −ln x − 1
    entr (float) |x| T::select(x.eq(lit(0.0)), lit(0.0), T::select(x.lt(lit(0.0)), lit(-f64::INFINITY), -x * x.log())),
        grad(|g, x| -g * (x.log() + lit(1.0)));
    /// ln |Γ(x)|. dy/dx = ψ(x)
    lgamma / lgamma_ (float) |x| x.lgamma(), grad(|g, x| g * x.digamma());
    /// ψ(x) = d/dx ln Γ(x). dy/dx = ψ′(x)
    digamma / digamma_ (float) |x| x.digamma(), grad(|g, x| g * x.polygamma(lit(1.0)));
    /// The modified Bessel function of the first kind of order 0. dy/dx = I₁(x)
    i0 / i0_ (float) |x| x.i0(), grad(|g, x| g * x.i1());
    /// [`i0`](Tensor::i0) without its growth: e^−|x|·I₀(x). dy/dx = e^−|x|·I₁(x) − y·sign x
    i0e (float) |x| x.i0e(), grad(|g, x, y| g * (x.i1e() - y * x.sign()));
    /// The modified Bessel function of the first kind of order 1. dy/dx = I₀(x) − y/x, which is ½ at 0
    i1 (float) |x| x.i1(), grad(|g, x, y| g * T::select(x.eq(lit(0.0)), lit(0.5), x.i0() - y / x));
    /// [`i1`](Tensor::i1) without its growth: e^−|x|·I₁(x). dy/dx = e^−|x|·I₀(x) − y·(sign x + 1/x), which is ½ at 0
    i1e (float) |x| x.i1e(),
        grad(|g, x, y| g * T::select(x.eq(lit(0.0)), lit(0.5), x.i0e() - y * (x.sign() + T::lit(1.0) / x)));

    /// The largest integer ≤ x. dy/dx = 0
    floor / floor_ (number) |x| x.floor(), int(x), grad(zero);
    /// The smallest integer ≥ x. dy/dx = 0
    ceil / ceil_ (number) |x| x.ceil(), int(x), grad(zero);
    /// x without its fraction. dy/dx = 0
    trunc / trunc_ (number) |x| x.trunc(), int(x), grad(zero);
    /// x − trunc x. dy/dx = 1
    frac / frac_ (real) |x| x - x.trunc(), grad(same);

    /// Whether x has a minus sign, as −0 has.
    signbit (test) |x| x.signbit(), int((x < 0) as i64);
    /// Whether x is not a number.
    isnan (test) |x| bit(x.ne(x));
    /// Whether x is ∞ or −∞.
    isinf (test) |x| bit(x.abs().eq(lit(f64::INFINITY))), int(0);
    /// Whether x is ∞.
    isposinf (test) |x| bit(x.eq(lit(f64::INFINITY))), int(0);
    /// Whether x is −∞.
    isneginf (test) |x| bit(x.eq(lit(f64::NEG_INFINITY))), int(0);
    /// Whether x is neither infinite nor NaN.
    isfinite (test) |x| bit(finite(x)), int(1);
    /// Whether x has no imaginary part: always.
    isreal (test) |x| lit(1.0);
    /// Whether x is zero.
    logical_not / logical_not_ (test) |x| bit(x.eq(lit(0.0))), bool(!x);
}

rows! { variants
    round = "round" (number) |x| x.round(), int(x), grad(zero);
    round_decimals = "round" (real) |x; scale| (x * scale).round() / scale, grad(zero);
    round_tens = "round" (real) |x; scale| (x / scale).round() * scale, grad(zero);
    logit = "logit" (float) |x| (x / (T::lit(1.0) - x)).log(),
        grad(|g, x| T::select(x.lt(lit(0.0)) | x.gt(lit(1.0)), lit(f64::NAN), g / (x * (lit::<T>(1.0) - x))));
    logit_inside = "logit" (float) |x; eps, most| {
            let z = x.max(eps).min(most);
            (z / (T::lit(1.0) - z)).log()
        },
        grad(|g, x, eps, most| T::select(x.lt(eps) | x.gt(most), lit(0.0), g / (x * (lit::<T>(1.0) - x))));
    nan_to_num = "nan_to_num" (any) |x; nan, most, least|
        T::select(x.ne(x), nan, T::select(x.eq(lit(f64::INFINITY)), most, T::select(x.eq(lit(f64::NEG_INFINITY)), least, x))),
        int(x), grad(|g, x| T::select(x.abs().lt(lit(f64::INFINITY)), g, lit(0.0)));
    polygamma = "polygamma" (float) |x; n| x.polygamma(n), grad(|g, x, n| g * x.polygamma(n + lit(1.0)));
    bitwise_not = "bitwise_not" (whole) |x| !x;
}

/// A row of `variants` and its parameters, for `round` to a number of decimals.
fn rounding(decimals: i64) -> (&'static super::formula::Pointwise, f64) {
    let scale = 10f64.powi(decimals.unsigned_abs().min(400) as i32);
    match decimals {
        0 => (&variants::round, scale),
        1.. => (&variants::round_decimals, scale),
        _ => (&variants::round_tens, scale),
    }
}

impl Tensor {
    /// The nearest number with so many decimals, halves to the even one; below 0, the nearest multiple of 10, 100, ….
    /// dy/dx = 0
    ///
    /// # Errors
    /// NotImplementedError for bool, and for integers unless `decimals` is 0.
    pub fn round(&self, decimals: i64) -> Result<Tensor> {
        let (row, scale) = rounding(decimals);
        row.apply(&[self.into(), scale.into()])
    }

    /// [`round`](Tensor::round), left in this tensor.
    pub fn round_(&self, decimals: i64) -> Result<&Tensor> {
        let (row, scale) = rounding(decimals);
        row.apply_in_place(self, &[scale.into()])
    }

    /// ln(x/(1 − x)), the inverse of the sigmoid; with `eps`, x is first moved into [eps, 1 − eps].
    /// dy/dx = 1/(x(1 − x)), and 0 where x was moved
    pub fn logit(&self, eps: Option<f64>) -> Result<Tensor> {
        match eps {
            None => variants::logit.apply(&[self.into()]),
            Some(eps) => variants::logit_inside.apply(&[self.into(), eps.into(), (1.0 - eps).into()]),
        }
    }

    /// [`logit`](Tensor::logit), left in this tensor.
    pub fn logit_(&self, eps: Option<f64>) -> Result<&Tensor> {
        match eps {
            None => variants::logit.apply_in_place(self, &[]),
            Some(eps) => variants::logit_inside.apply_in_place(self, &[eps.into(), (1.0 - eps).into()]),
        }
    }

    /// `nan` for NaN, `posinf` for ∞ and `neginf` for −∞; where one is not given, the largest and the smallest number of
    /// the dtype. dy/dx = 1 where x is finite, else 0
    pub fn nan_to_num(&self, nan: Option<f64>, posinf: Option<f64>, neginf: Option<f64>) -> Result<Tensor> {
        variants::nan_to_num.apply(&[
            self.into(),
            nan.unwrap_or(0.0).into(),
            posinf.unwrap_or(largest(self.dtype())).into(),
            neginf.unwrap_or(-largest(self.dtype())).into(),
        ])
    }

    /// [`nan_to_num`](Tensor::nan_to_num), left in this tensor.
    pub fn nan_to_num_(&self, nan: Option<f64>, posinf: Option<f64>, neginf: Option<f64>) -> Result<&Tensor> {
        let (most, least) = (posinf.unwrap_or(largest(self.dtype())), neginf.unwrap_or(-largest(self.dtype())));
        variants::nan_to_num.apply_in_place(self, &[nan.unwrap_or(0.0).into(), most.into(), least.into()])
    }

    /// The n-th derivative of ψ(x) = d/dx ln Γ(x). dy/dx = ψ⁽ⁿ⁺¹⁾(x)
    ///
    /// # Errors
    /// RuntimeError where n is negative.
    pub fn polygamma(&self, n: i64) -> Result<Tensor> {
        ensure!(n >= 0, Runtime, "polygamma: does not support negative n, got {n}");
        match n {
            0 => self.digamma(),
            _ => variants::polygamma.apply(&[self.into(), n.into()]),
        }
    }

    /// [`polygamma`](Tensor::polygamma), left in this tensor.
    ///
    /// # Errors
    /// As polygamma.
    pub fn polygamma_(&self, n: i64) -> Result<&Tensor> {
        ensure!(n >= 0, Runtime, "polygamma_: does not support negative n, got {n}");
        match n {
            0 => self.digamma_(),
            _ => variants::polygamma.apply_in_place(self, &[n.into()]),
        }
    }

    /// All bits inverted; of bool, the opposite.
    ///
    /// # Errors
    /// NotImplementedError for floats.
    pub fn bitwise_not(&self) -> Result<Tensor> {
        if self.dtype() == DType::Bool { self.logical_not() } else { variants::bitwise_not.apply(&[self.into()]) }
    }

    /// [`bitwise_not`](Tensor::bitwise_not), left in this tensor.
    ///
    /// # Errors
    /// NotImplementedError for floats.
    pub fn bitwise_not_(&self) -> Result<&Tensor> {
        if self.dtype() == DType::Bool { self.logical_not_() } else { variants::bitwise_not.apply_in_place(self, &[]) }
    }

    /// x, this very tensor.
    ///
    /// # Errors
    /// NotImplementedError for bool.
    pub fn positive(&self) -> Result<Tensor> {
        ensure!(self.dtype() != DType::Bool, NotImplemented, "positive: the + operator is not for bool tensors");
        Ok(self.clone())
    }
}

/// The operations of this file that are not in its tables.
pub const NAMES: &[&str] = &["positive"];
