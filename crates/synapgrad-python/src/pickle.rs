//! Copies that outlive the process, and deep ones within it.
//!
//! Tensors that share memory share it in the copy, too: what is copied is the memory, once, and each tensor's way of lying
//! in it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyModule, PyTuple, PyType, PyWeakrefMethods, PyWeakrefReference};
use synapgrad::{Layout, Storage, Tensor};
use synapgrad_kernels::Buffer;

use crate::convert::Out;
use crate::dtype::{Dtype, object};
use crate::error::Ret;
use crate::tensor::PyTensor;

/// The memory that tensors share, as an object: `pickle` and `deepcopy` write an object once, however often they meet it.
#[pyclass(name = "_Memory", module = "synapgrad._C", frozen, weakref)]
struct Memory(Storage);

/// The living objects, by the address of their memory.
static KNOWN: Mutex<Option<HashMap<usize, Py<PyWeakrefReference>>>> = Mutex::new(None);

fn known() -> MutexGuard<'static, Option<HashMap<usize, Py<PyWeakrefReference>>>> {
    KNOWN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Memory {
    /// The object of a storage; the same one while somebody keeps it.
    fn of<'py>(py: Python<'py>, storage: &Storage) -> PyResult<Bound<'py, Memory>> {
        let reference = known().get_or_insert_default().get(&storage.address()).map(|r| r.clone_ref(py));
        if let Some(alive) = reference.and_then(|r| r.bind(py).upgrade())
            && let Ok(memory) = alive.cast_into::<Memory>()
            && memory.get().0.same(storage)
        {
            return Ok(memory);
        }
        let memory = Bound::new(py, Memory(storage.clone()))?;
        let reference = PyWeakrefReference::new(&memory)?.unbind();
        let mut map = known();
        let map = map.get_or_insert_default();
        if map.len() > 64 {
            map.retain(|_, reference| reference.bind(py).upgrade().is_some());
        }
        map.insert(storage.address(), reference);
        Ok(memory)
    }
}

#[pymethods]
impl Memory {
    #[new]
    fn new(bytes: &Bound<'_, PyBytes>) -> Ret<Memory> {
        let buffer = Buffer::from_slice(bytes.as_bytes()).map_err(synapgrad::Error::from)?;
        Ok(Memory(Storage::new(buffer)))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, (Bound<'py, PyBytes>,)) {
        let memory = slf.get().0.read();
        (slf.get_type(), (PyBytes::new(slf.py(), memory.as_slice::<u8>()),))
    }
}

/// A tensor of class `cls` that lies so in a memory.
#[pyfunction]
fn _rebuild_tensor(
    cls: &Bound<'_, PyType>,
    memory: &Bound<'_, Memory>,
    dtype: Dtype,
    offset: usize,
    shape: Vec<usize>,
    strides: Vec<usize>,
    requires_grad: bool,
) -> Ret<Py<PyAny>> {
    if shape.len() != strides.len() {
        let text = "_rebuild_tensor: expected as many strides as sizes, got";
        return Err(PyRuntimeError::new_err(format!("{text} {strides:?} for {shape:?}")).into());
    }
    let layout = Layout { shape: shape.into(), strides: strides.into(), offset };
    let tensor = Tensor::over(&memory.get().0, layout, dtype.0)?;
    wrap(cls, tensor, requires_grad)
}

/// A leaf of class `cls`.
fn wrap(cls: &Bound<'_, PyType>, tensor: Tensor, requires_grad: bool) -> Ret<Py<PyAny>> {
    let py = cls.py();
    if requires_grad {
        tensor.requires_grad_(true)?;
    }
    let base = py.get_type::<PyTensor>();
    let object = Out(tensor).into_pyobject(py)?;
    if cls.is(&base) {
        return Ok(object.into_any().unbind());
    }
    // Past the class's own constructor, whose arguments nobody knows here.
    Ok(base.call_method1("__new__", (cls, object, requires_grad))?.unbind())
}

/// What a program has hung on the object.
fn attributes<'py>(slf: &Bound<'py, PyTensor>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let dict = slf.getattr("__dict__")?.cast_into::<PyDict>()?;
    Ok((!dict.is_empty()).then_some(dict))
}

#[pymethods]
impl PyTensor {
    /// How ``pickle`` writes a tensor: the bytes of its memory, once for all tensors that share it.
    fn __reduce_ex__<'py>(slf: &Bound<'py, Self>, protocol: i32) -> PyResult<Bound<'py, PyTuple>> {
        let _ = protocol;
        let (py, tensor) = (slf.py(), slf.get().tensor());
        let layout = tensor.layout();
        let arguments = (
            slf.get_type(),
            Memory::of(py, tensor.storage())?,
            object(py, tensor.dtype())?,
            layout.offset,
            layout.shape.to_vec(),
            layout.strides.to_vec(),
            tensor.requires_grad(),
        );
        let rebuild = PyModule::import(py, "synapgrad._C")?.getattr("_rebuild_tensor")?;
        match attributes(slf)? {
            None => (rebuild, arguments).into_pyobject(py),
            Some(state) => (rebuild, arguments, state).into_pyobject(py),
        }
    }

    /// A copy of the memory, the gradient and the attributes, sharing nothing. RuntimeError for the result of a recorded
    /// operation.
    fn __deepcopy__<'py>(slf: &Bound<'py, Self>, memo: &Bound<'py, PyDict>) -> Ret<Bound<'py, PyAny>> {
        let (py, tensor) = (slf.py(), slf.get().tensor());
        let key = slf.as_ptr().addr();
        if let Some(twin) = memo.get_item(key)? {
            return Ok(twin);
        }
        if !tensor.is_leaf() {
            return Err(PyRuntimeError::new_err(
                "deepcopy: Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the \
                 moment; detach() the tensor first.",
            )
            .into());
        }
        // The copy of a memory is found in memo by the object that stands for the memory, which memo keeps alive.
        let memory = Memory::of(py, tensor.storage())?;
        let known = memo.get_item(memory.as_ptr().addr())?;
        let storage = match known.map(|pair| pair.get_item(1)?.cast_into::<Memory>().map_err(PyErr::from)) {
            Some(copy) => copy?.get().0.clone(),
            None => {
                let copy = Buffer::from_slice(tensor.storage().read().as_slice::<u8>());
                let copy = Storage::new(copy.map_err(synapgrad::Error::from)?);
                memo.set_item(memory.as_ptr().addr(), (&memory, Memory::of(py, &copy)?))?;
                copy
            }
        };
        let copy = Tensor::over(&storage, tensor.layout().clone(), tensor.dtype())?;
        let twin = wrap(&slf.get_type(), copy, tensor.requires_grad())?.into_bound(py);
        memo.set_item(key, &twin)?;
        if let Some(grad) = slf.get().tensor().grad() {
            let grad = Out(grad.deep_clone()?).into_pyobject(py)?;
            twin.setattr("grad", grad)?;
        }
        if let Some(state) = attributes(slf)? {
            let state = PyModule::import(py, "copy")?.call_method1("deepcopy", (state, memo))?;
            twin.getattr("__dict__")?.call_method1("update", (state,))?;
        }
        Ok(twin)
    }
}

/// Whether a tensor's memory holds more than the tensor shows.
#[pyfunction]
fn _is_part(tensor: &Bound<'_, PyTensor>) -> bool {
    let tensor = tensor.get().tensor();
    tensor.storage().read().bytes() > tensor.numel() * tensor.dtype().size()
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Memory>()?;
    module.add_function(wrap_pyfunction!(_is_part, module)?)?;
    module.add_function(wrap_pyfunction!(_rebuild_tensor, module)?)
}
