//! Functions of two numbers, applied to pairs of elements of two broadcast tensors, or of a tensor and a number.
//!
//! `a` and `b` are the elements, `y` the result, `g` the gradient that arrives at the result.

use std::f64::consts::LN_2;

use synapgrad_kernels::dtype::Category;
use synapgrad_kernels::scalar::{are_near, near_fmod, turned_to};
use synapgrad_kernels::{DType, Real, Scalar, lit};

use super::formula::{Operand, Pointwise, formula, pointwise, result_type, rows, slope};
use super::operand::result_layout;
use crate::error::{bail, ensure};
use crate::{Result, Tensor};

pointwise! {
    /// a + b
    add / add_ (any) |a, b| a + b, grad(same), grad(same);
    /// a + alpha·b. ∂a = 1, ∂b = alpha
    add_scaled = "add" / add_scaled_ (any) |a, b; alpha| a + alpha * b, by(fitting_alpha), grad(same), grad(|g, alpha| g * alpha);
    /// a − b
    sub / sub_ (number) |a, b| a - b, by(no_bool), grad(same), grad(|g| -g);
    /// a − alpha·b. ∂a = 1, ∂b = −alpha
    sub_scaled = "sub" / sub_scaled_ (number) |a, b; alpha| a - alpha * b, by(fitting_alpha),
        grad(same), grad(|g, alpha| -(g * alpha));
    /// a·b
    mul / mul_ (any) |a, b| a * b, grad(|g, b| g * b), grad(|g, a| g * a);
    /// a/b; integers become floats. ∂a = 1/b, ∂b = −a/b²
    div / div_ (float) |a, b| a / b, grad(|g, b| g / b), grad(|g, y, b| -g * y / b);
    /// a − b·⌊a/b⌋: what is left of division, with the sign of b. ∂a = 1, ∂b = −⌊a/b⌋
    remainder / remainder_ (number) |a, b| a.remainder(b),
        quick(are_near(a, b) => turned_to(near_fmod(a, b), b)), by(no_zero), grad(same), grad(|g, a, b| -g * a.floor_div(b));
    /// a − b·trunc(a/b): what is left of division, with the sign of a. ∂a = 1, ∂b = −trunc(a/b)
    fmod / fmod_ (number) |a, b| a.fmod(b), quick(are_near(a, b) => near_fmod(a, b)), by(no_zero), grad(same), grad(|g, a, b| -g * (a / b).trunc());
    /// ⌊a/b⌋. It has no derivative.
    floor_divide / floor_divide_ (number) |a, b| a.floor_div(b), by(no_zero), grad(missing), grad(missing);
    /// aᵇ, as C's pow; of integers, wrapping around, and 0 for a negative b unless a is ±1. ∂a = b·aᵇ⁻¹, ∂b = aᵇ ln a
    pow = "PowBackward1" / pow_ (number) |a, b| a.pow(b), int(whole_power(a, b)), by(known_power),
        grad(|g, a, b| T::select(b.eq(lit(0.0)), lit(0.0), g * b * a.pow(b - lit(1.0)))),
        grad(|g, a, b, y| T::select(a.eq(lit(0.0)) & b.ge(lit(0.0)), lit(0.0), g * y * a.log()));
    /// The angle of the point (b, a), in (−π, π]. ∂a = b/(a² + b²), ∂b = −a/(a² + b²)
    atan2 / atan2_ (float) |a, b| a.atan2(b),
        grad(|g, a, b| g * angle_slope(b, a * a + b * b)), grad(|g, a, b| g * angle_slope(-a, a * a + b * b));
    /// √(a² + b²), without overflow on the way. ∂a = a/y, ∂b = b/y
    hypot / hypot_ (real) |a, b| a.hypot(b), grad(|g, a, y| g * (a / y)), grad(|g, b, y| g * (b / y));
    /// The larger; NaN where either is. The gradient goes to the larger, half to each where they are equal.
    maximum (any) |a, b| a.max(b),
        grad(|g, a, b| T::select(a.eq(b), g * lit(0.5), T::select(a.lt(b), lit(0.0), g))),
        grad(|g, a, b| T::select(a.eq(b), g * lit(0.5), T::select(b.lt(a), lit(0.0), g)));
    /// The smaller; NaN where either is. The gradient goes to the smaller, half to each where they are equal.
    minimum (any) |a, b| a.min(b),
        grad(|g, a, b| T::select(a.eq(b), g * lit(0.5), T::select(a.gt(b), lit(0.0), g))),
        grad(|g, a, b| T::select(a.eq(b), g * lit(0.5), T::select(b.gt(a), lit(0.0), g)));
    /// The larger; where one is NaN, the other. The gradient goes to the one that is taken, half to each where they are equal.
    fmax (any) |a, b| T::select(a.ge(b) | b.ne(b), a, b),
        grad(|g, a, b| T::select(a.eq(b), g * lit(0.5), T::select(a.ge(b) | b.ne(b), g, lit(0.0)))),
        grad(|g, a, b| T::select(a.eq(b), g * lit(0.5), T::select(a.ge(b) | b.ne(b), lit(0.0), g)));
    /// The smaller; where one is NaN, the other. The gradient goes to the one that is taken, half to each where they are equal.
    fmin (any) |a, b| T::select(a.le(b) | b.ne(b), a, b),
        grad(|g, a, b| T::select(a.eq(b), g * lit(0.5), T::select(a.le(b) | b.ne(b), g, lit(0.0)))),
        grad(|g, a, b| T::select(a.eq(b), g * lit(0.5), T::select(a.le(b) | b.ne(b), lit(0.0), g)));
    /// ln(eᵃ + eᵇ), without overflow. ∂a = 1/(1 + eᵇ⁻ᵃ), ∂b = 1/(1 + eᵃ⁻ᵇ)
    logaddexp (real) |a, b| T::select(a.eq(b), a + lit(LN_2), a.max(b) + (-(a - b).abs()).exp().log1p()),
        grad(|g, a, b| g / (lit::<T>(1.0) + (b - a).exp())), grad(|g, a, b| g / (lit::<T>(1.0) + (a - b).exp()));
    /// log₂(2ᵃ + 2ᵇ), without overflow. ∂a = 1/(1 + 2ᵇ⁻ᵃ), ∂b = 1/(1 + 2ᵃ⁻ᵇ)
    logaddexp2 (real) |a, b| T::select(a.eq(b), a + lit(1.0), a.max(b) + (-(a - b).abs()).exp2().log1p() * lit(1.0 / LN_2)),
        grad(|g, a, b| g / (lit::<T>(1.0) + (b - a).exp2())), grad(|g, a, b| g / (lit::<T>(1.0) + (a - b).exp2()));
    /// |a| with the sign of b, of −0 too. ∂a = ±1, 0 where a is 0; ∂b = 0
    copysign / copysign_ (float) |a, b| a.copysign(b),
        grad(|g, a, y| T::select(a.eq(lit(0.0)), lit(0.0), g * (y / a))), grad(zero);
    /// The number next to a in the direction of b. ∂a = 1, ∂b = 0
    nextafter / nextafter_ (real) |a, b| a.nextafter(b), by(full_precision),
        grad(|g, a, b| T::select(a.eq(b), lit(0.0), g)), grad(zero);
    /// 0 where a < 0, b where a is 0, 1 where a > 0. It has no derivative.
    heaviside / heaviside_ (any) |a, b| T::select(a.eq(lit(0.0)), b, T::select(a.gt(lit(0.0)), lit(1.0), lit(0.0))),
        by(one_dtype), grad(missing), grad(missing);
    /// a·ln b, and 0 where a is 0. ∂a = ln b, ∂b = a/b
    xlogy / xlogy_ (float) |a, b| T::select(a.eq(lit(0.0)) & b.eq(b), lit(0.0), a * b.log()),
        grad(|g, a, b| T::select(a.eq(lit(0.0)) & b.le(lit(0.0)), lit(0.0), g * b.log())), grad(|g, a, b| g * a / b);
    /// a·ln(1 + b), and 0 where a is 0. ∂a = ln(1 + b), ∂b = a/(1 + b)
    xlog1py (float) |a, b| T::select(a.eq(lit(0.0)) & b.eq(b), lit(0.0), a * b.log1p()),
        grad(|g, a, b| T::select(a.eq(lit(0.0)) & b.le(lit(-1.0)), lit(0.0), g * b.log1p())),
        grad(|g, a, b| g * a / (b + lit(1.0)));

    /// The greatest common divisor of |a| and |b|.
    gcd / gcd_ (whole) |a, b| divisor(a, b);
    /// The least common multiple of |a| and |b|; 0 where either is 0.
    lcm / lcm_ (whole) |a, b| if a == 0 || b == 0 { 0 } else { (a / divisor(a, b)).wrapping_mul(b).wrapping_abs() };
    /// The bits that are set in both.
    bitwise_and / bitwise_and_ (integer) |a, b| a & b, bool(a & b);
    /// The bits that are set in either.
    bitwise_or / bitwise_or_ (integer) |a, b| a | b, bool(a | b);
    /// The bits that are set in one of them only.
    bitwise_xor / bitwise_xor_ (integer) |a, b| a ^ b, bool(a ^ b);
    /// The bits of a moved up by b places: a·2ᵇ; 0 where b is negative or as large as the width.
    bitwise_left_shift / bitwise_left_shift_ (whole) |a, b| if (0..64).contains(&b) { a << b } else { 0 };
    /// The bits of a moved down by b places: ⌊a/2ᵇ⌋; only the sign is left where b is negative or as large as the width.
    bitwise_right_shift / bitwise_right_shift_ (whole) |a, b| a >> (if (0..64).contains(&b) { b } else { 63 });
}

rows! { variants
    floor_quotient = "div" (number) |a, b| a.floor_div(b), by(no_zero), grad(zero), grad(zero);
    trunc_quotient = "div" (number) |a, b| (a / b).trunc(), int(if b == 0 { 0 } else { a.wrapping_div(b) }), by(no_zero),
        grad(zero), grad(zero);
    rsub = "rsub" (number) |a, b| b - a, by(no_bool), grad(|g| -g), grad(same);
    rsub_scaled = "rsub" (number) |a, b; alpha| b - alpha * a, by(fitting_alpha), grad(|g, alpha| -(g * alpha)), grad(same);
    number_to_power = "pow" (number) |a, b| a.pow(b), int(whole_power(a, b)),
        grad(|g, a, b| T::select(b.eq(lit(0.0)), lit(0.0), g * b * a.pow(b - lit(1.0)))),
        grad(|g, a, b, y| T::select(a.eq(lit(0.0)) & b.ge(lit(0.0)), lit(0.0), g * y * a.log()));
    power_0 = "pow" (any) |a| lit(1.0), grad(zero);
    power_1 = "pow" (any) |a| a, grad(same);
    power_2 = "pow" (any) |a| a * a, grad(|g, a| g * lit(2.0) * a);
    power_3 = "pow" (any) |a| a * a * a, grad(|g, a| g * lit(3.0) * (a * a));
    power_half = "pow" (real) |a| a.sqrt(), grad(|g, y| g * lit(0.5) / y);
    power_minus_half = "pow" (real) |a| a.rsqrt(), grad(|g, a, y| g * lit(-0.5) * y / a);
    power_minus_1 = "pow" (real) |a| T::lit(1.0) / a, grad(|g, y| -g * y * y);
    power_minus_2 = "pow" (real) |a| T::lit(1.0) / (a * a), grad(|g, a, y| g * lit(-2.0) * y / a);
}

/// x/d, but 0 at the origin.
#[inline(always)]
fn angle_slope<T: Real>(x: T, d: T) -> T {
    T::select(d.eq(lit(0.0)), lit(0.0), x / d)
}

/// aᵇ modulo 2⁶⁴; for b < 0 the truth rounded towards zero.
#[inline(always)]
fn whole_power(a: i64, b: i64) -> i64 {
    if b < 0 {
        return match a {
            1 => 1,
            -1 if b & 1 == 0 => 1,
            -1 => -1,
            _ => 0,
        };
    }
    let (mut base, mut exponent, mut power) = (a, b, 1i64);
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = power.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    power
}

/// Euclid's algorithm.
#[inline(always)]
fn divisor(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a as i64
}

// Checks that the domain does not make, and choices of a row: see `Pointwise::choose`.

type Row = &'static Pointwise;

/// The category of an operand, were it alone.
fn category(operand: Operand) -> Category {
    match operand {
        Operand::Tensor(tensor) => tensor.dtype().category(),
        Operand::Number(number) => number.category(),
    }
}

fn no_bool(row: Row, operands: &[Operand]) -> Result<Row> {
    ensure!(
        operands[..2].iter().all(|o| category(*o) != Category::Bool),
        NotImplemented,
        "{}: subtraction, the - operator, is not for bool tensors; use logical_xor, or logical_not to invert a mask",
        row.name
    );
    Ok(row)
}

fn fitting_alpha(row: Row, operands: &[Operand]) -> Result<Row> {
    if row.name != "add" {
        no_bool(row, operands)?;
    }
    let (common, alpha) = (result_type(&operands[..2]), category(operands[2]));
    ensure!(
        alpha != Category::Float || common.is_float(),
        Runtime,
        "{}: for integral input tensors, argument alpha must not be a floating point number",
        row.name
    );
    ensure!(
        alpha != Category::Bool || common == DType::Bool,
        Runtime,
        "{}: boolean alpha only supported for boolean results, got {}",
        row.name,
        common.name()
    );
    Ok(row)
}

/// Integers cannot be divided by zero.
fn no_zero(row: Row, operands: &[Operand]) -> Result<Row> {
    if result_type(operands).category() == Category::Int {
        let zero = match operands[1] {
            Operand::Number(number) => number.to_i64() == 0,
            Operand::Tensor(b) => b.detach().all(&[], false)?.item()?.to_i64() == 0,
        };
        ensure!(!zero, Runtime, "{}: ZeroDivisionError: integer division by zero", row.name);
    }
    Ok(row)
}

fn one_dtype(row: Row, operands: &[Operand]) -> Result<Row> {
    if let (Operand::Tensor(a), Operand::Tensor(b)) = (operands[0], operands[1]) {
        ensure!(
            a.dtype() == b.dtype(),
            Runtime,
            "{}: not implemented for tensors with different dtypes, got {} and {}",
            row.name,
            a.dtype().name(),
            b.dtype().name()
        );
    }
    Ok(row)
}

/// The 16-bit floats are computed in 32 bits, whose neighbours are others.
fn full_precision(row: Row, operands: &[Operand]) -> Result<Row> {
    let dtype = result_type(operands);
    ensure!(
        !matches!(dtype, DType::F16 | DType::BF16),
        NotImplemented,
        "{}: not implemented for {}; wanted float32 or float64",
        row.name,
        dtype.name()
    );
    Ok(row)
}

/// Exponents for which there is something quicker and more exact than a logarithm.
fn known_power(row: Row, operands: &[Operand]) -> Result<Row> {
    let (Operand::Tensor(a), Operand::Number(b)) = (operands[0], operands[1]) else { return Ok(row) };
    let whole = category(operands[1]) != Category::Float;
    if whole && !a.dtype().is_float() && b.to_i64() < 0 {
        bail!(Runtime, "{}: Integers to negative integer powers are not allowed.", row.name);
    }
    let special = match b.to_f64() {
        0.0 => &variants::power_0,
        1.0 => &variants::power_1,
        2.0 => &variants::power_2,
        3.0 => &variants::power_3,
        // In 16 bits PyTorch takes the power of −∞, which is ∞, and not the root, which is none.
        0.5 if a.dtype() != DType::F16 => &variants::power_half,
        -0.5 => &variants::power_minus_half,
        -1.0 => &variants::power_minus_1,
        -2.0 => &variants::power_minus_2,
        _ => &variants::number_to_power,
    };
    // The special rows know nothing of the exponent's type, which must not matter therefore.
    Ok(if result_type(operands) == a.dtype() { special } else { &variants::number_to_power })
}

/// What [`Tensor::div_rounded`] makes of a quotient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// The largest integer below.
    Floor,
    /// Towards zero.
    Trunc,
}

impl Tensor {
    /// a/b rounded to an integer, of the dtype in which they meet. The derivative is 0.
    ///
    /// # Errors
    /// RuntimeError for integers divided by zero.
    pub fn div_rounded<'a>(&'a self, other: impl Into<Operand<'a>>, rounding: Rounding) -> Result<Tensor> {
        rounding.row().apply(&[self.into(), other.into()])
    }

    /// [`div_rounded`](Tensor::div_rounded), left in this tensor.
    ///
    /// # Errors
    /// As div_rounded, and where the result's dtype does not fit.
    pub fn div_rounded_<'a>(&'a self, other: impl Into<Operand<'a>>, rounding: Rounding) -> Result<&'a Tensor> {
        rounding.row().apply_in_place(self, &[other.into()])
    }

    /// b − a
    ///
    /// # Errors
    /// NotImplementedError for bool.
    pub fn rsub<'a>(&'a self, other: impl Into<Operand<'a>>) -> Result<Tensor> {
        variants::rsub.apply(&[self.into(), other.into()])
    }

    /// b − alpha·a
    ///
    /// # Errors
    /// NotImplementedError for bool, RuntimeError for a fractional `alpha` of integers.
    pub fn rsub_scaled<'a>(&'a self, other: impl Into<Operand<'a>>, alpha: impl Into<Scalar>) -> Result<Tensor> {
        variants::rsub_scaled.apply(&[self.into(), other.into(), alpha.into().into()])
    }

    /// a·2ᵇ
    pub fn ldexp<'a>(&'a self, other: impl Into<Operand<'a>>) -> Result<Tensor> {
        let other = other.into();
        result_layout("ldexp", &[self.into(), other])?;
        let power = super::pointwise::table::pow.apply(&[2.0.into(), other])?;
        self.mul(&power)
    }

    /// [`ldexp`](Tensor::ldexp), left in this tensor.
    ///
    /// # Errors
    /// RuntimeError where the result's dtype does not fit.
    pub fn ldexp_<'a>(&'a self, other: impl Into<Operand<'a>>) -> Result<&'a Tensor> {
        let power = super::pointwise::table::pow.apply(&[2.0.into(), other.into()])?;
        self.replace_by("ldexp", |old| old.mul(&power))
    }

    /// [`float_power`](Tensor::float_power), left in this tensor.
    ///
    /// # Errors
    /// RuntimeError where this tensor is not of float64.
    pub fn float_power_<'a>(&'a self, exponent: impl Into<Operand<'a>>) -> Result<&'a Tensor> {
        ensure!(
            self.dtype() == DType::F64,
            Runtime,
            "float_power_: the base given to float_power_ has dtype {} but the operation's result requires dtype float64",
            self.dtype().name()
        );
        let exponent = exponent.into();
        self.replace_by("float_power", |old| old.float_power(exponent))
    }

    /// aᵇ, both as float64.
    pub fn float_power<'a>(&self, exponent: impl Into<Operand<'a>>) -> Result<Tensor> {
        let exponent = exponent.into();
        result_layout("float_power", &[self.into(), exponent])?;
        let base = self.to_dtype(DType::F64)?;
        match exponent {
            Operand::Tensor(exponent) => base.pow(&exponent.to_dtype(DType::F64)?),
            Operand::Number(exponent) => base.pow(exponent.to_f64()),
        }
    }
}

impl Rounding {
    fn row(self) -> Row {
        match self {
            Rounding::Floor => &variants::floor_quotient,
            Rounding::Trunc => &variants::trunc_quotient,
        }
    }
}

/// The operations of this file that are not in its tables.
pub const NAMES: &[&str] = &["float_power", "ldexp"];
