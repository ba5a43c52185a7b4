//! Functions of two numbers.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use synapgrad::ops::binary::Rounding;
use synapgrad::ops::pointwise::table;

use super::{door, door_in_place};
use crate::convert::{Either, In, Number};
use crate::error::Ret;
use crate::tensor::PyTensor;

door! {
    /// a + alpha·b of each pair of elements.
    add(other, *, alpha=None) |x, other: Either, alpha: Option<Number>| match alpha {
        None => x.add(&other),
        Some(alpha) => x.add_scaled(&other, alpha.0),
    };
    /// a − alpha·b of each pair of elements.
    sub(other, *, alpha=None) |x, other: Either, alpha: Option<Number>| match alpha {
        None => x.sub(&other),
        Some(alpha) => x.sub_scaled(&other, alpha.0),
    };
    /// b − alpha·a of each pair of elements.
    rsub(other, *, alpha=None) |x, other: Either, alpha: Option<Number>| match alpha {
        None => x.rsub(&other),
        Some(alpha) => x.rsub_scaled(&other, alpha.0),
    };
    /// a/b of each pair of elements; integers become floats. With `rounding_mode` "floor" or "trunc" the quotient is rounded
    /// to an integer, and integers stay integers.
    div(other, *, rounding_mode=None) |x, other: Either, rounding_mode: Option<&str>| match rounding(rounding_mode)? {
        None => x.div(&other),
        Some(rounding) => x.div_rounded(&other, rounding),
    };
    /// a·b of each pair of elements.
    mul(other) |x, other: Either| x.mul(&other);
    /// What is left of a/b, with the sign of b: a − b·⌊a/b⌋. Python's ``%``.
    ///
    /// >>> import synapgrad as sg
    /// >>> a = sg.tensor([-5, 5])
    /// >>> sg.remainder(a, 3), sg.fmod(a, 3)
    /// (tensor([1, 2]), tensor([-2,  2]))
    remainder(other) |x, other: Either| x.remainder(&other);
    /// What is left of a/b, with the sign of a: a − b·trunc(a/b). C's ``%``; compare :func:`remainder`.
    fmod(other) |x, other: Either| x.fmod(&other);
    /// ⌊a/b⌋ of each pair of elements.
    floor_divide(other) |x, other: Either| x.floor_divide(&other);
    /// The angle, in (−π, π], of the point (b, a) for each pair of elements a and b.
    atan2(other) |x, other: In| x.atan2(&*other);
    /// √(a² + b²) of each pair of elements.
    hypot(other) |x, other: In| x.hypot(&*other);
    /// The larger of each pair of elements; NaN where either is NaN.
    maximum(other) |x, other: In| x.maximum(&*other);
    /// The smaller of each pair of elements; NaN where either is NaN.
    minimum(other) |x, other: In| x.minimum(&*other);
    /// The larger of each pair of elements; where one is NaN, the other.
    fmax(other) |x, other: In| x.fmax(&*other);
    /// The smaller of each pair of elements; where one is NaN, the other.
    fmin(other) |x, other: In| x.fmin(&*other);
    /// ln(eᵃ + eᵇ) of each pair of elements.
    logaddexp(other) |x, other: In| x.logaddexp(&*other);
    /// log₂(2ᵃ + 2ᵇ) of each pair of elements.
    logaddexp2(other) |x, other: In| x.logaddexp2(&*other);
    /// The size of a with the sign of b, of each pair of elements.
    copysign(other) |x, other: Either| x.copysign(&other);
    /// For each pair of elements, the next number of the dtype that lies from a in the direction of b.
    nextafter(other) |x, other: In| x.nextafter(&*other);
    /// a·ln b of each pair of elements, and 0 where a is 0, whatever ln b may be.
    xlogy(other) |x, other: Either| x.xlogy(&other);
    /// a·ln(1 + b) of each pair of elements, and 0 where a is 0, whatever the logarithm may be.
    xlog1py(other) |x, other: Either| x.xlog1py(&other);
    /// The greatest common divisor of each pair of elements.
    gcd(other) |x, other: In| x.gcd(&*other);
    /// The least common multiple of each pair of elements.
    lcm(other) |x, other: In| x.lcm(&*other);
    /// The bits that are set in both of each pair of elements.
    bitwise_and(other) |x, other: Either| x.bitwise_and(&other);
    /// The bits that are set in either of each pair of elements.
    bitwise_or(other) |x, other: Either| x.bitwise_or(&other);
    /// The bits that are set in only one of each pair of elements.
    bitwise_xor(other) |x, other: Either| x.bitwise_xor(&other);
    /// The bits of a moved up by b places, of each pair of elements: a·2ᵇ.
    bitwise_left_shift(other) |x, other: Either| x.bitwise_left_shift(&other);
    /// The bits of a moved down by b places, of each pair of elements: ⌊a/2ᵇ⌋.
    bitwise_right_shift(other) |x, other: Either| x.bitwise_right_shift(&other);
    /// aᵇ of each pair of elements, as float64.
    float_power(exponent) |x, exponent: Either| x.float_power(&exponent);
    /// a·2ᵇ of each pair of elements.
    ldexp(other) |x, other: In| x.ldexp(&*other);
    /// A step: 0 where a < 0, b where a is 0, 1 where a > 0, for each pair of elements.
    ///
    /// >>> import synapgrad as sg
    /// >>> sg.heaviside(sg.tensor([-2.0, 0.0, 3.0]), sg.tensor(0.5))
    /// tensor([0.0000, 0.5000, 1.0000])
    heaviside(values) |x, values: In| x.heaviside(&*values);
}

door_in_place! {
    /// `add`, in place.
    add_(other, *, alpha=None) |x, other: Either, alpha: Option<Number>| match alpha {
        None => x.add_(&other),
        Some(alpha) => x.add_scaled_(&other, alpha.0),
    };
    /// `sub`, in place.
    sub_(other, *, alpha=None) |x, other: Either, alpha: Option<Number>| match alpha {
        None => x.sub_(&other),
        Some(alpha) => x.sub_scaled_(&other, alpha.0),
    };
    /// `div`, in place.
    div_(other, *, rounding_mode=None) |x, other: Either, rounding_mode: Option<&str>| match rounding(rounding_mode)? {
        None => x.div_(&other),
        Some(rounding) => x.div_rounded_(&other, rounding),
    };
    /// `mul`, in place.
    mul_(other) |x, other: Either| x.mul_(&other);
    /// `remainder`, in place.
    remainder_(other) |x, other: Either| x.remainder_(&other);
    /// `fmod`, in place.
    fmod_(other) |x, other: Either| x.fmod_(&other);
    /// `floor_divide`, in place.
    floor_divide_(other) |x, other: Either| x.floor_divide_(&other);
    /// `atan2`, in place.
    atan2_(other) |x, other: In| x.atan2_(&*other);
    /// `hypot`, in place.
    hypot_(other) |x, other: In| x.hypot_(&*other);
    /// `copysign`, in place.
    copysign_(other) |x, other: Either| x.copysign_(&other);
    /// `nextafter`, in place.
    nextafter_(other) |x, other: In| x.nextafter_(&*other);
    /// `xlogy`, in place.
    xlogy_(other) |x, other: Either| x.xlogy_(&other);
    /// `gcd`, in place.
    gcd_(other) |x, other: In| x.gcd_(&*other);
    /// `lcm`, in place.
    lcm_(other) |x, other: In| x.lcm_(&*other);
    /// `bitwise_and`, in place.
    bitwise_and_(other) |x, other: Either| x.bitwise_and_(&other);
    /// `bitwise_or`, in place.
    bitwise_or_(other) |x, other: Either| x.bitwise_or_(&other);
    /// `bitwise_xor`, in place.
    bitwise_xor_(other) |x, other: Either| x.bitwise_xor_(&other);
    /// `bitwise_left_shift`, in place.
    bitwise_left_shift_(other) |x, other: Either| x.bitwise_left_shift_(&other);
    /// `bitwise_right_shift`, in place.
    bitwise_right_shift_(other) |x, other: Either| x.bitwise_right_shift_(&other);
    /// `pow`, in place.
    pow_(exponent) |x, exponent: Either| x.pow_(&exponent);
    /// `heaviside`, in place.
    heaviside_(values) |x, values: In| x.heaviside_(&*values);
    /// `ldexp`, in place.
    ldexp_(other) |x, other: In| x.ldexp_(&*other);
    /// `float_power`, in place.
    float_power_(exponent) |x, exponent: Either| x.float_power_(&exponent);
}

/// aᵇ of each pair of elements; either may be a number. Integers stay integers.
///
/// >>> import synapgrad as sg
/// >>> sg.pow(sg.tensor([1., 2., 3.]), 2)
/// tensor([1., 4., 9.])
#[pyfunction]
fn pow(input: Either, exponent: Either) -> Ret {
    Ok(table::pow.apply(&[(&input).into(), (&exponent).into()])?.into())
}

#[pymethods]
impl PyTensor {
    /// aᵇ of each pair of elements. Integers stay integers.
    fn pow(&self, exponent: Either) -> Ret {
        Ok(self.tensor().pow(&exponent)?.into())
    }
}

fn rounding(mode: Option<&str>) -> PyResult<Option<Rounding>> {
    match mode {
        None => Ok(None),
        Some("floor") => Ok(Some(Rounding::Floor)),
        Some("trunc") => Ok(Some(Rounding::Trunc)),
        Some(other) => Err(PyRuntimeError::new_err(format!(
            "div: expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{other}'"
        ))),
    }
}

pub fn register_others(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(pow, module)?)
}
