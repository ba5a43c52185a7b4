//! Padding: more elements around the last dimensions.

use pyo3::prelude::*;

use crate::convert::{In, Ints, Number};
use crate::error::Ret;

/// The input with ``pad[0]`` elements more before and ``pad[1]`` after it in the last dimension, ``pad[2]`` and ``pad[3]``
/// in the one before, and so on; negative numbers take elements away.
///
/// ``mode`` says what the new elements are: with 'constant' all ``value`` (0 by default); with 'reflect' the input mirrored
/// at its outermost elements, with 'replicate' these elements themselves, with 'circular' the input continued periodically.
/// These three take inputs of any dtype (but for bool, which only 'circular' takes) and pad the last dimension of two or
/// three, the last two of three or four, or the last three of four or five.
///
/// TypeError for an int in place of the tuple; RuntimeError for a mode that does not reach as far and where nothing is left;
/// NotImplementedError for other modes and numbers of dimensions.
///
/// >>> import synapgrad as sg
/// >>> sg.nn.functional.pad(sg.tensor([[1, 2, 3]]), (2, 1), "reflect")
/// tensor([[3, 2, 1, 2, 3, 2]])
#[pyfunction]
#[pyo3(signature = (input, pad, mode="constant", value=None))]
fn pad(input: In, pad: Ints, mode: &str, value: Option<Number>) -> Ret {
    Ok(input.pad(&pad.0, mode.parse()?, value.map_or(synapgrad::Scalar::Int(0), |v| v.0))?.into())
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(pad, module)?)
}
