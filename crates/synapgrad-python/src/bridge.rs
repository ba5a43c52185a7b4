//! Tensors to and from plain lists, in any memory layout: how the tests give both libraries the same tensor.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use synapgrad::{Layout, Tensor};
use synapgrad_kernels::{Buffer, Element, with_element};

use crate::convert::{In, Number};
use crate::dtype::Dtype;
use crate::error::{Fail, Ret};
use crate::tensor::number;

/// A tensor laid out as `shape`, `strides` and `offset` say in a memory of the given elements.
#[pyfunction]
fn _from_memory(elements: Vec<Number>, dtype: Dtype, shape: Vec<usize>, strides: Vec<usize>, offset: usize) -> Ret {
    let layout = Layout { shape: shape.into(), strides: strides.into(), offset };
    if layout.shape.len() != layout.strides.len() || layout.end() > elements.len() {
        return Err(Fail::from(PyValueError::new_err("_from_memory: the layout reaches beyond the memory")));
    }
    let buffer = with_element!(dtype.0, E => {
        let elements: Vec<E> = elements.iter().map(|e| E::from_scalar(e.0)).collect();
        Buffer::from_slice(&elements).map_err(synapgrad::Error::from)?
    });
    Ok(Tensor::from_buffer(buffer, layout, dtype.0).into())
}

/// The elements in row-major order, the shape, and the name of the dtype.
#[pyfunction]
fn _to_elements(py: Python<'_>, x: In) -> Ret<(Vec<Py<PyAny>>, Vec<usize>, &'static str)> {
    let elements = with_element!(x.dtype(), E => {
        x.to_vec::<E>()?.into_iter().map(|e| number(py, e.to_scalar())).collect::<PyResult<Vec<_>>>()?
    });
    Ok((elements, x.shape().to_vec(), x.dtype().name()))
}

/// How often the memory was changed in place.
#[pyfunction]
fn _version_of(x: In) -> u32 {
    x.storage().version()
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(_from_memory, module)?)?;
    module.add_function(wrap_pyfunction!(_version_of, module)?)?;
    module.add_function(wrap_pyfunction!(_to_elements, module)?)
}
