//! Comparisons and logic.

use pyo3::prelude::*;

use super::{door, door_in_place};
use crate::convert::{Either, In};
use crate::error::Ret;
use crate::tensor::PyTensor;

door! {
    /// Whether a = b, for each pair of elements.
    eq(other) |x, other: Either| x.eq(&other);
    /// Whether a ≠ b, for each pair of elements.
    ne(other) |x, other: Either| x.ne(&other);
    /// Whether a < b, for each pair of elements.
    lt(other) |x, other: Either| x.lt(&other);
    /// Whether a ≤ b, for each pair of elements.
    le(other) |x, other: Either| x.le(&other);
    /// Whether a > b, for each pair of elements.
    gt(other) |x, other: Either| x.gt(&other);
    /// Whether a ≥ b, for each pair of elements.
    ge(other) |x, other: Either| x.ge(&other);
    /// Whether both are nonzero, for each pair of elements.
    logical_and(other) |x, other: In| x.logical_and(&*other);
    /// Whether either is nonzero, for each pair of elements.
    logical_or(other) |x, other: In| x.logical_or(&*other);
    /// Whether exactly one is nonzero, for each pair of elements.
    logical_xor(other) |x, other: In| x.logical_xor(&*other);
    /// Whether |a − b| ≤ atol + rtol·|b|, or a = b, for each pair of elements; NaN is close to NaN only with ``equal_nan``.
    ///
    /// >>> import synapgrad as sg
    /// >>> sg.isclose(sg.tensor([1.0, 1.0]), sg.tensor([1.000001, 1.1]))
    /// tensor([ True, False])
    isclose(other, rtol=1e-5, atol=1e-8, equal_nan=false) |x, other: In, rtol: f64, atol: f64, equal_nan: bool|
        x.isclose(&other, rtol, atol, equal_nan);
}

door_in_place! {
    /// `eq`, in place.
    eq_(other) |x, other: Either| x.eq_(&other);
    /// `ne`, in place.
    ne_(other) |x, other: Either| x.ne_(&other);
    /// `lt`, in place.
    lt_(other) |x, other: Either| x.lt_(&other);
    /// `le`, in place.
    le_(other) |x, other: Either| x.le_(&other);
    /// `gt`, in place.
    gt_(other) |x, other: Either| x.gt_(&other);
    /// `ge`, in place.
    ge_(other) |x, other: Either| x.ge_(&other);
    /// `logical_and`, in place.
    logical_and_(other) |x, other: In| x.logical_and_(&*other);
    /// `logical_or`, in place.
    logical_or_(other) |x, other: In| x.logical_or_(&*other);
    /// `logical_xor`, in place.
    logical_xor_(other) |x, other: In| x.logical_xor_(&*other);
}

/// Whether all pairs of elements are close; see `isclose`.
#[pyfunction]
#[pyo3(signature = (input, other, rtol=1e-5, atol=1e-8, equal_nan=false))]
fn allclose(input: In, other: In, rtol: f64, atol: f64, equal_nan: bool) -> Ret<bool> {
    Ok(input.allclose(&other, rtol, atol, equal_nan)?)
}

/// Whether both tensors have the same shape and the same elements.
#[pyfunction]
fn equal(input: In, other: In) -> Ret<bool> {
    Ok(input.equal(&other)?)
}

#[pymethods]
impl PyTensor {
    /// Whether all pairs of elements are close; see `isclose`.
    #[pyo3(signature = (other, rtol=1e-5, atol=1e-8, equal_nan=false))]
    fn allclose(&self, other: In, rtol: f64, atol: f64, equal_nan: bool) -> Ret<bool> {
        Ok(self.tensor().allclose(&other, rtol, atol, equal_nan)?)
    }

    /// Whether both tensors have the same shape and the same elements.
    fn equal(&self, other: In) -> Ret<bool> {
        Ok(self.tensor().equal(&other)?)
    }
}

pub fn register_others(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(allclose, module)?)?;
    module.add_function(wrap_pyfunction!(equal, module)?)
}
