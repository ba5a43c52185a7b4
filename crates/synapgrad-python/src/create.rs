//! New tensors from numbers.

use pyo3::prelude::*;
use synapgrad::Tensor;

use crate::convert::{In, Out};
use crate::dtype::Dtype;
use crate::error::Ret;
use crate::info::check_device;
use crate::tensor::PyTensor;

/// A tensor of the numbers in ``data``: a number, nested lists or tuples, an array, a tensor. The elements are copied.
///
/// Without ``dtype``, Python's ints become int64, its floats the default dtype, its bools bool; arrays and tensors keep
/// theirs. Lists of different lengths: ValueError. What is no number: TypeError or RuntimeError.
///
/// >>> import synapgrad as sg
/// >>> sg.tensor([[1, 2], [3, 4.5]])
/// tensor([[1.0000, 2.0000],
///         [3.0000, 4.5000]])
#[pyfunction]
#[pyo3(signature = (data, *, dtype=None, device=None, requires_grad=false, pin_memory=false))]
fn tensor(
    data: &Bound<'_, PyAny>,
    dtype: Option<Dtype>,
    device: Option<&Bound<'_, PyAny>>,
    requires_grad: bool,
    pin_memory: bool,
) -> Ret {
    let _ = pin_memory;
    check_device("tensor", device)?;
    let tensor = new_tensor(data, dtype.map(|d| d.0))?;
    Ok(if requires_grad { tensor.requires_grad_(true)? } else { tensor }.into())
}

/// A tensor with memory of its own.
pub fn new_tensor(data: &Bound<'_, PyAny>, dtype: Option<synapgrad::DType>) -> Ret<Tensor> {
    let shared = match data.extract::<In>() {
        Ok(tensor) => tensor.detach(),
        Err(_) if is_list(data) || !crate::interop::is_array(data) => return Ok(crate::nested::read(data, dtype)?),
        Err(_) => crate::interop::share("tensor", data)?,
    };
    match dtype {
        Some(dtype) if dtype != shared.dtype() => Ok(shared.to_dtype(dtype)?),
        _ => Ok(shared.deep_clone()?),
    }
}

/// What [`crate::nested`] reads without a look at attributes.
fn is_list(data: &Bound<'_, PyAny>) -> bool {
    use pyo3::types::{PyFloat, PyInt, PyList, PyTuple};
    data.is_exact_instance_of::<PyList>()
        || data.is_exact_instance_of::<PyTuple>()
        || data.is_exact_instance_of::<PyFloat>()
        || data.is_exact_instance_of::<PyInt>()
}

/// A tensor of ``data`` that shares its memory where it can: a tensor of the same dtype is returned as it is, an array of
/// NumPy is not copied.
#[pyfunction]
#[pyo3(signature = (data, dtype=None, device=None))]
fn as_tensor(
    py: Python<'_>,
    data: &Bound<'_, PyAny>,
    dtype: Option<Dtype>,
    device: Option<&Bound<'_, PyAny>>,
) -> PyResult<Py<PyTensor>> {
    check_device("as_tensor", device)?;
    crate::interop::as_tensor(py, data, dtype)
}

/// As ``as_tensor``; ``copy=True`` always copies, ``copy=False`` refuses where sharing is impossible: ValueError.
#[pyfunction]
#[pyo3(signature = (obj, *, dtype=None, device=None, copy=None, requires_grad=false))]
fn asarray(
    py: Python<'_>,
    obj: &Bound<'_, PyAny>,
    dtype: Option<Dtype>,
    device: Option<&Bound<'_, PyAny>>,
    copy: Option<bool>,
    requires_grad: bool,
) -> Ret<Py<PyTensor>> {
    check_device("asarray", device)?;
    let sharable = obj.is_instance_of::<PyTensor>() || crate::interop::is_array(obj);
    let made = if copy == Some(true) {
        Out(new_tensor(obj, dtype.map(|d| d.0))?).into_pyobject(py)?.unbind()
    } else {
        crate::interop::as_tensor(py, obj, dtype)?
    };
    if copy == Some(false) {
        let source = if sharable { Some(crate::interop::as_tensor(py, obj, None)?.get().tensor()) } else { None };
        if source.is_none_or(|s| s.dtype() != made.get().tensor().dtype()) {
            let text = "asarray: can't alias arbitrary sequence into a tensor, or change its dtype, without a copy";
            return Err(pyo3::exceptions::PyValueError::new_err(text).into());
        }
    }
    if requires_grad {
        made.get().tensor().requires_grad_(true)?;
    }
    Ok(made)
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(tensor, module)?)?;
    module.add_function(wrap_pyfunction!(as_tensor, module)?)?;
    module.add_function(wrap_pyfunction!(asarray, module)?)
}
