//! Functions of one number, applied to every element.
//!
//! `x` is the element, `y` the result, `g` the gradient that arrives at the result.

use std::f64::consts::{LN_2, LN_10, PI};

use synapgrad_kernels::{Real, Ring, Scalar, lit};

use super::formula::{Operand, formula, pointwise, slope};
use crate::{Result, Tensor};

pointwise! {
    /// −x. dy/dx = −1
    neg / neg_ (number) |x| -x, grad(|g| -g);
    /// |x|. dy/dx = sign x
    abs / abs_ (any) |x| x.abs(), grad(|g, x| g * x.sign());
    /// −1, 0 or 1 as x is negative, zero or positive. dy/dx = 0
    sign / sign_ (any) |x| x.sign(), grad(zero);
    /// x². dy/dx = 2x
    square / square_ (any) |x| x * x, grad(|g, x| g * lit(2.0) * x);
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
    sin / sin_ (float) |x| x.sin(), grad(|g, x| g * x.cos());
    /// cos x. dy/dx = −sin x
    cos / cos_ (float) |x| x.cos(), grad(|g, x| -g * x.sin());
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
    /// ln |Γ(x)|. dy/dx = ψ(x)
    lgamma / lgamma_ (float) |x| x.lgamma(), grad(|g, x| g * x.digamma());
    /// ψ(x) = d/dx ln Γ(x). dy/dx = ψ′(x)
    digamma / digamma_ (float) |x| x.digamma(), grad(|g, x| g * x.trigamma());
    /// ψ′(x), the second derivative of ln Γ. It has no derivative here.
    trigamma (float) |x| x.trigamma();
    /// The modified Bessel function of the first kind of order 0. It has no derivative here.
    i0 / i0_ (float) |x| x.i0();

    /// The largest integer ≤ x. dy/dx = 0
    floor / floor_ (float) |x| x.floor(), grad(zero);
    /// The smallest integer ≥ x. dy/dx = 0
    ceil / ceil_ (float) |x| x.ceil(), grad(zero);
    /// x without its fraction. dy/dx = 0
    trunc / trunc_ (float) |x| x.trunc(), grad(zero);
    /// The nearest integer, halves to even. dy/dx = 0
    round / round_ (float) |x| x.round(), grad(zero);
    /// x − trunc x. dy/dx = 1
    frac / frac_ (float) |x| x - x.trunc(), grad(same);
}
