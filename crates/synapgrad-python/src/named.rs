//! Results of several tensors with names: `sort` gives `values` and `indices`.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};
use synapgrad::Tensor;

use crate::convert::Out;

/// A class of named tuples, looked up once.
pub struct Named {
    name: &'static str,
    class: PyOnceLock<Py<PyType>>,
}

/// `tuple.__new__`, which makes an instance without calling Python code.
static NEW: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

impl Named {
    /// The class of that name in `synapgrad.return_types`.
    pub const fn new(name: &'static str) -> Named {
        Named { name, class: PyOnceLock::new() }
    }

    pub fn make<const N: usize>(&self, py: Python<'_>, tensors: [Tensor; N]) -> PyResult<Py<PyAny>> {
        let class = self.class.get_or_try_init(py, || {
            let class = py.import("synapgrad.return_types")?.getattr(self.name)?;
            Ok::<_, PyErr>(class.cast_into::<PyType>()?.unbind())
        })?;
        let new = NEW.get_or_try_init(py, || Ok::<_, PyErr>(py.get_type::<PyTuple>().getattr("__new__")?.unbind()))?;
        Ok(new.bind(py).call1((class, plain(py, tensors)?))?.unbind())
    }
}

/// An ordinary tuple of tensors.
pub fn plain<const N: usize>(py: Python<'_>, tensors: [Tensor; N]) -> PyResult<Bound<'_, PyTuple>> {
    let wrapped = tensors.into_iter().map(|t| Out(t).into_pyobject(py)).collect::<PyResult<Vec<_>>>()?;
    PyTuple::new(py, wrapped)
}

/// A single tensor as an object.
pub fn single(py: Python<'_>, tensor: Tensor) -> PyResult<Py<PyAny>> {
    Ok(Out(tensor).into_pyobject(py)?.into_any().unbind())
}
