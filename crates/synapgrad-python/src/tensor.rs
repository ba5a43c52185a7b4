//! The class `Tensor`.

use std::sync::RwLock;

use pyo3::prelude::*;
use synapgrad::{Scalar, Tensor, autograd};

use crate::convert::Out;
use crate::dtype::{PyDType, object};
use crate::error::Ret;

/// An n-dimensional array that remembers how it was computed.
#[pyclass(name = "Tensor", module = "synapgrad", subclass, frozen, dict, weakref)]
pub struct PyTensor {
    /// Exchanged only by `.data = …`.
    inner: RwLock<Tensor>,
    /// The object last given out as `.grad`, so that `x.grad is x.grad`.
    grad: RwLock<Option<Py<PyTensor>>>,
}

impl PyTensor {
    pub fn new(tensor: Tensor) -> PyTensor {
        PyTensor { inner: RwLock::new(tensor), grad: RwLock::new(None) }
    }

    /// A handle on the tensor.
    pub fn tensor(&self) -> Tensor {
        self.inner.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}

#[pymethods]
impl PyTensor {
    #[new]
    #[pyo3(signature = (data=None, requires_grad=false, *, dtype=None))]
    fn py_new(
        py: Python<'_>,
        data: Option<&Bound<'_, PyAny>>,
        requires_grad: bool,
        dtype: Option<crate::dtype::Dtype>,
    ) -> PyResult<PyTensor> {
        let _ = (py, data, requires_grad, dtype);
        Err(pyo3::exceptions::PyNotImplementedError::new_err("written in convert"))
    }

    #[getter]
    fn dtype(&self, py: Python<'_>) -> PyResult<Py<PyDType>> {
        object(py, self.tensor().dtype())
    }

    #[getter]
    fn requires_grad(&self) -> bool {
        self.tensor().requires_grad()
    }

    #[setter(requires_grad)]
    fn set_requires_grad(&self, value: bool) -> Ret<()> {
        self.tensor().requires_grad_(value)?;
        Ok(())
    }

    #[getter]
    fn is_leaf(&self) -> bool {
        self.tensor().is_leaf()
    }

    /// The accumulated gradient, or None.
    #[getter]
    fn grad(&self, py: Python<'_>) -> PyResult<Option<Py<PyTensor>>> {
        let mut cache = self.grad.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        let Some(grad) = self.tensor().grad() else {
            *cache = None;
            return Ok(None);
        };
        if let Some(known) = &*cache
            && known.get().tensor().is_same(&grad)
        {
            return Ok(Some(known.clone_ref(py)));
        }
        let wrapped = Out(grad).into_pyobject(py)?.unbind();
        *cache = Some(wrapped.clone_ref(py));
        Ok(Some(wrapped))
    }

    #[setter(grad)]
    fn set_grad(&self, value: Option<&Bound<'_, PyTensor>>) -> Ret<()> {
        self.tensor().set_grad(value.map(|v| v.get().tensor()))?;
        *self.grad.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = value.map(|v| v.clone().unbind());
        Ok(())
    }

    /// The value of a tensor of one element, as a Python number.
    fn item(&self, py: Python<'_>) -> Ret<Py<PyAny>> {
        Ok(number(py, self.tensor().item()?)?)
    }

    /// Compute the gradients of the leaves this tensor depends on and add them to their ``.grad``.
    #[pyo3(signature = (gradient=None, retain_graph=None, create_graph=false, inputs=None))]
    fn backward(
        &self,
        gradient: Option<crate::convert::In>,
        retain_graph: Option<bool>,
        create_graph: bool,
        inputs: Option<Vec<crate::convert::In>>,
    ) -> Ret<()> {
        let inputs: Option<Vec<Tensor>> = inputs.map(|list| list.into_iter().map(|t| t.0).collect());
        autograd::backward(
            &[self.tensor()],
            &[gradient.map(|g| g.0)],
            retain_graph.unwrap_or(create_graph),
            create_graph,
            inputs.as_deref(),
        )?;
        Ok(())
    }
}

/// A Python number.
pub fn number(py: Python<'_>, scalar: Scalar) -> PyResult<Py<PyAny>> {
    Ok(match scalar {
        Scalar::Bool(b) => b.into_pyobject(py)?.to_owned().into_any().unbind(),
        Scalar::Int(i) => i.into_pyobject(py)?.into_any().unbind(),
        Scalar::Float(f) => f.into_pyobject(py)?.into_any().unbind(),
    })
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyTensor>()
}
