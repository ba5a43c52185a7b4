//! Functions of one number.

use pyo3::prelude::*;

use super::{door, door_in_place};
use crate::convert::In;
use crate::error::Ret;
use crate::tensor::PyTensor;

door! {
    /// −x of each element.
    neg() |x| x.neg();
    /// The absolute value |x| of each element.
    abs() |x| x.abs();
    /// The sign of each element: −1, 0 or 1.
    sign() |x| x.sign();
    /// The sign of each element: −1, 0 or 1.
    sgn() |x| x.sgn();
    /// x² of each element.
    square() |x| x.square();
    /// 1/x of each element; integers become floats.
    reciprocal() |x| x.reciprocal();
    /// √x of each element; NaN below 0.
    sqrt() |x| x.sqrt();
    /// 1/√x of each element.
    rsqrt() |x| x.rsqrt();
    /// eˣ of each element.
    exp() |x| x.exp();
    /// 2ˣ of each element.
    exp2() |x| x.exp2();
    /// eˣ − 1 of each element, precise near 0, where eˣ is rounded to 1.
    ///
    /// >>> import synapgrad as sg
    /// >>> x = sg.tensor(1e-10)
    /// >>> sg.expm1(x), sg.exp(x) - 1
    /// (tensor(1.0000e-10), tensor(0.))
    expm1() |x| x.expm1();
    /// The natural logarithm ln x of each element.
    log() |x| x.log();
    /// log₂ x of each element.
    log2() |x| x.log2();
    /// log₁₀ x of each element.
    log10() |x| x.log10();
    /// ln(1 + x) of each element, precise near 0, where 1 + x is rounded to 1.
    log1p() |x| x.log1p();
    /// The sine of each element, in radians.
    sin() |x| x.sin();
    /// The cosine of each element, in radians.
    cos() |x| x.cos();
    /// The tangent of each element, in radians.
    tan() |x| x.tan();
    /// The arcsine of each element, in [−π/2, π/2]; NaN outside [−1, 1].
    asin() |x| x.asin();
    /// The arccosine of each element, in [0, π]; NaN outside [−1, 1].
    acos() |x| x.acos();
    /// The arctangent of each element, in (−π/2, π/2).
    atan() |x| x.atan();
    /// The hyperbolic sine (eˣ − e⁻ˣ)/2 of each element.
    sinh() |x| x.sinh();
    /// The hyperbolic cosine (eˣ + e⁻ˣ)/2 of each element.
    cosh() |x| x.cosh();
    /// The hyperbolic tangent sinh x / cosh x of each element.
    tanh() |x| x.tanh();
    /// The inverse hyperbolic sine of each element.
    asinh() |x| x.asinh();
    /// The inverse hyperbolic cosine of each element; NaN below 1.
    acosh() |x| x.acosh();
    /// The inverse hyperbolic tangent of each element; NaN outside [−1, 1].
    atanh() |x| x.atanh();
    /// sin(πx)/(πx) of each element, which is 1 at 0.
    sinc() |x| x.sinc();
    /// Each element, an angle in degrees, in radians: x·π/180.
    deg2rad() |x| x.deg2rad();
    /// Each element, an angle in radians, in degrees: x·180/π.
    rad2deg() |x| x.rad2deg();
    /// The error function of each element: 2/√π ∫₀ˣ exp(−t²) dt.
    erf() |x| x.erf();
    /// 1 − erf x of each element, precise for large x, where erf x is rounded to 1.
    erfc() |x| x.erfc();
    /// The inverse of the error function at each element; ±∞ at ±1, NaN beyond.
    erfinv() |x| x.erfinv();
    /// How likely a standard normal number is not above each element: ½·erfc(−x/√2).
    ///
    /// >>> import synapgrad as sg
    /// >>> sg.ndtr(sg.tensor([-1.96, 0.0, 1.96]))
    /// tensor([0.0250, 0.5000, 0.9750])
    ndtr() |x| x.ndtr();
    /// The entropy −x·ln x of each element, a probability; 0 at 0 and −∞ below.
    entr() |x| x.entr();
    /// ln |Γ(x)| of each element.
    lgamma() |x| x.lgamma();
    /// ψ(x) of each element, the derivative of ln Γ(x).
    digamma() |x| x.digamma();
    /// The modified Bessel function of the first kind of order 0 of each element.
    i0() |x| x.i0();
    /// e^−|x|·i0(x) of each element, which is finite where i0 is not.
    i0e() |x| x.i0e();
    /// The modified Bessel function of the first kind of order 1 of each element.
    i1() |x| x.i1();
    /// e^−|x|·i1(x) of each element, which is finite where i1 is not.
    i1e() |x| x.i1e();
    /// The largest integer that is not above each element.
    floor() |x| x.floor();
    /// The smallest integer that is not below each element.
    ceil() |x| x.ceil();
    /// Each element without its fraction.
    trunc() |x| x.trunc();
    /// The fraction of each element, x − trunc x, which has the sign of x.
    frac() |x| x.frac();
    /// Whether each element has a minus sign, as −0.0 has.
    signbit() |x| x.signbit();
    /// Whether each element is not a number (NaN).
    isnan() |x| x.isnan();
    /// Whether each element is ∞ or −∞.
    isinf() |x| x.isinf();
    /// Whether each element is ∞.
    isposinf() |x| x.isposinf();
    /// Whether each element is −∞.
    isneginf() |x| x.isneginf();
    /// Whether each element is neither infinite nor NaN.
    isfinite() |x| x.isfinite();
    /// Whether each element has no imaginary part: always, as there are no complex tensors.
    isreal() |x| x.isreal();
    /// Whether each element is zero.
    logical_not() |x| x.logical_not();
    /// The tensor itself. NotImplementedError for bool.
    positive() |x| x.positive();
    /// Each element with all bits inverted; of bools, the opposite. NotImplementedError for floats.
    bitwise_not() |x| x.bitwise_not();
    /// The nearest number with so many decimals, halves to the even one; below 0, the nearest multiple of 10, 100, ….
    ///
    /// >>> import synapgrad as sg
    /// >>> sg.tensor([0.5, 1.5, 2.345]).round(decimals=0)
    /// tensor([0., 2., 2.])
    round(*, decimals=0) |x, decimals: i64| x.round(decimals);
    /// ln(x/(1 − x)), the inverse of the sigmoid; with `eps`, x is first clamped to [eps, 1 − eps].
    logit(eps=None) |x, eps: Option<f64>| x.logit(eps);
    /// `nan` for NaN, `posinf` for ∞, `neginf` for −∞; by default 0 and the dtype's largest and smallest number.
    nan_to_num(nan=None, posinf=None, neginf=None) |x, nan: Option<f64>, posinf: Option<f64>, neginf: Option<f64>|
        x.nan_to_num(nan, posinf, neginf);
}

door_in_place! {
    /// `neg`, in place.
    neg_() |x| x.neg_();
    /// `abs`, in place.
    abs_() |x| x.abs_();
    /// `sign`, in place.
    sign_() |x| x.sign_();
    /// `sgn`, in place.
    sgn_() |x| x.sgn_();
    /// `square`, in place.
    square_() |x| x.square_();
    /// `reciprocal`, in place.
    reciprocal_() |x| x.reciprocal_();
    /// `sqrt`, in place.
    sqrt_() |x| x.sqrt_();
    /// `rsqrt`, in place.
    rsqrt_() |x| x.rsqrt_();
    /// `exp`, in place.
    exp_() |x| x.exp_();
    /// `exp2`, in place.
    exp2_() |x| x.exp2_();
    /// `expm1`, in place.
    expm1_() |x| x.expm1_();
    /// `log`, in place.
    log_() |x| x.log_();
    /// `log2`, in place.
    log2_() |x| x.log2_();
    /// `log10`, in place.
    log10_() |x| x.log10_();
    /// `log1p`, in place.
    log1p_() |x| x.log1p_();
    /// `sin`, in place.
    sin_() |x| x.sin_();
    /// `cos`, in place.
    cos_() |x| x.cos_();
    /// `tan`, in place.
    tan_() |x| x.tan_();
    /// `asin`, in place.
    asin_() |x| x.asin_();
    /// `acos`, in place.
    acos_() |x| x.acos_();
    /// `atan`, in place.
    atan_() |x| x.atan_();
    /// `sinh`, in place.
    sinh_() |x| x.sinh_();
    /// `cosh`, in place.
    cosh_() |x| x.cosh_();
    /// `tanh`, in place.
    tanh_() |x| x.tanh_();
    /// `asinh`, in place.
    asinh_() |x| x.asinh_();
    /// `acosh`, in place.
    acosh_() |x| x.acosh_();
    /// `atanh`, in place.
    atanh_() |x| x.atanh_();
    /// `sinc`, in place.
    sinc_() |x| x.sinc_();
    /// `deg2rad`, in place.
    deg2rad_() |x| x.deg2rad_();
    /// `rad2deg`, in place.
    rad2deg_() |x| x.rad2deg_();
    /// `erf`, in place.
    erf_() |x| x.erf_();
    /// `erfc`, in place.
    erfc_() |x| x.erfc_();
    /// `erfinv`, in place.
    erfinv_() |x| x.erfinv_();
    /// `lgamma`, in place.
    lgamma_() |x| x.lgamma_();
    /// `digamma`, in place.
    digamma_() |x| x.digamma_();
    /// `i0`, in place.
    i0_() |x| x.i0_();
    /// `floor`, in place.
    floor_() |x| x.floor_();
    /// `ceil`, in place.
    ceil_() |x| x.ceil_();
    /// `trunc`, in place.
    trunc_() |x| x.trunc_();
    /// `frac`, in place.
    frac_() |x| x.frac_();
    /// `logical_not`, in place.
    logical_not_() |x| x.logical_not_();
    /// `bitwise_not`, in place.
    bitwise_not_() |x| x.bitwise_not_();
    /// `round`, in place.
    round_(*, decimals=0) |x, decimals: i64| x.round_(decimals);
    /// `logit`, in place.
    logit_(eps=None) |x, eps: Option<f64>| x.logit_(eps);
    /// `nan_to_num`, in place.
    nan_to_num_(nan=None, posinf=None, neginf=None) |x, nan: Option<f64>, posinf: Option<f64>, neginf: Option<f64>|
        x.nan_to_num_(nan, posinf, neginf);
}

/// The n-th derivative of ψ(x) = d/dx ln Γ(x) at each element.
#[pyfunction]
fn polygamma(n: i64, input: In) -> Ret {
    Ok(input.polygamma(n)?.into())
}

#[pymethods]
impl PyTensor {
    /// The n-th derivative of ψ(x) = d/dx ln Γ(x) at each element.
    fn polygamma(&self, n: i64) -> Ret {
        Ok(self.tensor().polygamma(n)?.into())
    }

    /// `polygamma`, in place.
    fn polygamma_<'py>(slf: Bound<'py, Self>, n: i64) -> Ret<Bound<'py, Self>> {
        slf.get().tensor().polygamma_(n)?;
        Ok(slf)
    }
}

pub fn register_others(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(polygamma, module)?)
}
