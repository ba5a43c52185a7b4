//! Softmax and its logarithm.

use pyo3::prelude::*;

use super::door;
use super::reduce::required;
use crate::convert::In;
use crate::dtype::Dtype;
use crate::error::Ret;

door! {
    /// Positive numbers that sum to 1 along ``dim``: yᵢ = e^xᵢ/Σⱼ e^xⱼ. Floats only, unless ``dtype`` says which.
    ///
    /// >>> import synapgrad as sg
    /// >>> sg.tensor([1.0, 1.0]).softmax(0)
    /// tensor([0.5000, 0.5000])
    softmax(dim=None, dtype=None, *, axis=None) |x, dim: Option<isize>, dtype: Option<Dtype>, axis: Option<isize>|
        x.softmax(required("softmax", dim, axis)?, dtype.map(|d| d.0));
    /// The logarithm of :func:`softmax`: yᵢ = xᵢ − ln Σⱼ e^xⱼ.
    log_softmax(dim=None, dtype=None, *, axis=None) |x, dim: Option<isize>, dtype: Option<Dtype>, axis: Option<isize>|
        x.log_softmax(required("log_softmax", dim, axis)?, dtype.map(|d| d.0));
}

/// :func:`softmax` of −x: the smallest element gets the largest share.
#[pyfunction]
#[pyo3(signature = (input, dim, dtype=None))]
fn softmin(input: In, dim: isize, dtype: Option<Dtype>) -> Ret {
    Ok(input.softmin(dim, dtype.map(|d| d.0))?.into())
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(softmin, module)?)
}
