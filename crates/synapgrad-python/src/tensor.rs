//! The class `Tensor`: what it is, and what it is for Python.

use std::sync::RwLock;

use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyComplex, PyIterator, PyString, PyTuple};
use synapgrad::{DType, Scalar, Tensor, autograd};

use crate::convert::{Either, In, Out};
use crate::dtype::{Dtype, PyDType, object};
use crate::error::{Fail, Ret, named};
use crate::info::{PyDevice, check_device, cpu, size, strided};

/// An n-dimensional array that remembers how it was computed.
///
/// ``Tensor(data)`` takes numbers, nested lists, arrays and tensors; floats become the default dtype. A tensor shares its
/// memory with the new one.
///
/// >>> from synapgrad import Tensor
/// >>> Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True).shape
/// synapgrad.Size([2, 2])
#[pyclass(name = "Tensor", module = "synapgrad", subclass, frozen, dict, weakref)]
pub struct PyTensor {
    /// Exchanged only by `.data = …` and by views in place, `x.t_()`.
    inner: RwLock<Tensor>,
    /// The object last given out as `.grad`, so that `x.grad is x.grad`, and what it held then.
    grad: RwLock<Option<(Py<PyTensor>, Tensor)>>,
}

impl PyTensor {
    pub fn new(tensor: Tensor) -> PyTensor {
        PyTensor { inner: RwLock::new(tensor), grad: RwLock::new(None) }
    }

    /// A handle on the tensor.
    pub fn tensor(&self) -> Tensor {
        self.inner.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    fn exchange(&self, tensor: Tensor) {
        *self.inner.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = tensor;
    }

    /// Hold `view`, a view of what is held now, from now on.
    pub fn become_view(&self, view: Tensor) -> Ret<()> {
        let old = self.tensor();
        if old.is_leaf() && old.requires_grad() {
            // A parameter, outside the graph: it goes on being a leaf.
            let view = view.detach();
            leaf_on(&view, &old, Tensor::share_grad_with)?;
            self.exchange(view);
            return Ok(());
        }
        if old.retains_grad() {
            view.retain_grad()?;
        }
        self.exchange(view);
        Ok(())
    }

    fn remember_grad(&self, grad: Option<(Py<PyTensor>, Tensor)>) {
        let old = std::mem::replace(&mut *self.grad.write().unwrap_or_else(|p| p.into_inner()), grad);
        // Dropped outside the lock: the last reference to a Python object may run any code.
        drop(old);
    }

    fn known_grad(&self, py: Python<'_>) -> Option<(Py<PyTensor>, Tensor)> {
        let known = self.grad.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        known.as_ref().map(|(object, tensor)| (object.clone_ref(py), tensor.clone()))
    }

    /// The only element.
    fn only(&self) -> PyResult<Scalar> {
        let tensor = self.tensor();
        if tensor.numel() != 1 {
            let text = "only one element tensors can be converted to Python scalars, got one of shape";
            return Err(PyValueError::new_err(format!("{text} {:?}", tensor.shape())));
        }
        Ok(tensor.item().map_err(Fail::from)?)
    }
}

/// Make `new` the leaf that `old` was, by `share` where it has the same form.
fn leaf_on(new: &Tensor, old: &Tensor, share: fn(&Tensor, &Tensor)) -> Ret<()> {
    let wanted = old.requires_grad();
    if wanted && !new.dtype().is_float() {
        let text = "data: cannot set the data of a tensor that requires grad to dtype";
        return Err(PyRuntimeError::new_err(format!("{text} {}", new.dtype().name())).into());
    }
    if new.shape() == old.shape() && new.dtype() == old.dtype() {
        share(new, old);
        return Ok(());
    }
    // Gradients under way have the old form; what has arrived already is carried over where it fits.
    new.requires_grad_(wanted)?;
    if let Some(grad) = old.grad()
        && grad.shape() == new.shape()
    {
        new.set_grad(Some(grad.to_dtype(new.dtype())?))?;
    }
    Ok(())
}

#[pymethods]
impl PyTensor {
    #[new]
    #[pyo3(signature = (data=None, requires_grad=false, *, dtype=None, device=None))]
    fn py_new(
        data: Option<&Bound<'_, PyAny>>,
        requires_grad: bool,
        dtype: Option<Dtype>,
        device: Option<&Bound<'_, PyAny>>,
    ) -> Ret<PyTensor> {
        check_device("Tensor", device)?;
        let dtype = dtype.map(|d| d.0);
        let tensor = match data {
            None => Tensor::empty(&[0], dtype.unwrap_or_else(synapgrad::default_dtype))?,
            Some(data) => match data.extract::<In>() {
                Ok(tensor) => tensor.detach(),
                Err(_) if crate::interop::is_array(data) => crate::interop::share("Tensor", data)?,
                Err(_) => crate::nested::read(data, dtype)?,
            },
        };
        let tensor = match dtype {
            Some(dtype) => tensor.to_dtype(dtype)?,
            None => tensor,
        };
        Ok(PyTensor::new(if requires_grad { tensor.requires_grad_(true)? } else { tensor }))
    }

    /// The sizes of the dimensions.
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        size(py, self.tensor().shape())
    }

    /// The shape, or the size of one dimension; IndexError where there is no such dimension.
    #[pyo3(signature = (dim=None))]
    fn size<'py>(&self, py: Python<'py>, dim: Option<isize>) -> Ret<Bound<'py, PyAny>> {
        match dim {
            None => Ok(self.shape(py)?),
            Some(dim) => Ok(self.tensor().size(dim)?.into_pyobject(py).map_err(PyErr::from)?.into_any()),
        }
    }

    /// Elements to skip in memory for one step along each dimension, or along one.
    #[pyo3(signature = (dim=None))]
    fn stride<'py>(&self, py: Python<'py>, dim: Option<isize>) -> Ret<Bound<'py, PyAny>> {
        let tensor = self.tensor();
        let Some(dim) = dim else { return Ok(PyTuple::new(py, tensor.strides())?.into_any()) };
        // A 0-d tensor has no dimension to step along, and `size` says so.
        tensor.size(dim)?;
        let at = if dim < 0 { dim + tensor.rank() as isize } else { dim } as usize;
        Ok(tensor.strides()[at].into_pyobject(py).map_err(PyErr::from)?.into_any())
    }

    /// The number of dimensions.
    fn dim(&self) -> usize {
        self.tensor().rank()
    }

    /// The number of dimensions.
    fn ndimension(&self) -> usize {
        self.tensor().rank()
    }

    /// The number of dimensions.
    #[getter]
    fn ndim(&self) -> usize {
        self.tensor().rank()
    }

    /// The number of elements.
    fn numel(&self) -> usize {
        self.tensor().numel()
    }

    /// The number of elements.
    fn nelement(&self) -> usize {
        self.tensor().numel()
    }

    /// The element type.
    #[getter]
    fn dtype(&self, py: Python<'_>) -> PyResult<Py<PyDType>> {
        object(py, self.tensor().dtype())
    }

    /// Where the tensor lives: the CPU.
    #[getter]
    fn device(&self) -> PyDevice {
        cpu()
    }

    /// ``synapgrad.strided``: one stride per dimension.
    #[getter]
    fn layout(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        strided(py)
    }

    /// Whether the elements lie in row-major order without gaps.
    #[pyo3(signature = (memory_format=None))]
    fn is_contiguous(&self, memory_format: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
        let tensor = self.tensor();
        let format = memory_format.map_or(Ok(String::new()), |f| f.repr().map(|r| r.to_string()))?;
        let channels_last = match format.as_str() {
            "synapgrad.channels_last" => 4,
            "synapgrad.channels_last_3d" => 5,
            _ => return Ok(tensor.is_contiguous()),
        };
        let rank = tensor.rank();
        let order: Vec<usize> = std::iter::once(0).chain(2..rank).chain([1]).collect();
        Ok(rank == channels_last && tensor.layout().permute(&order).is_contiguous())
    }

    /// Whether the elements lie in the memory of the processor: always.
    #[getter]
    fn is_cpu(&self) -> bool {
        true
    }

    /// Whether they lie on a CUDA device: never.
    #[getter]
    fn is_cuda(&self) -> bool {
        false
    }

    /// Whether they lie on an Apple GPU: never.
    #[getter]
    fn is_mps(&self) -> bool {
        false
    }

    /// Whether the tensor has a shape but no elements: never.
    #[getter]
    fn is_meta(&self) -> bool {
        false
    }

    /// Whether only some elements are stored: never.
    #[getter]
    fn is_sparse(&self) -> bool {
        false
    }

    /// Whether the elements are quantized: never.
    #[getter]
    fn is_quantized(&self) -> bool {
        false
    }

    /// Whether the dtype is a float type.
    fn is_floating_point(&self) -> bool {
        self.tensor().dtype().is_float()
    }

    /// Always false: there are no complex types.
    fn is_complex(&self) -> bool {
        false
    }

    /// Whether the dtype has a sign.
    fn is_signed(&self) -> bool {
        !matches!(self.tensor().dtype(), DType::U8 | DType::Bool)
    }

    /// Bytes per element.
    #[getter]
    fn itemsize(&self) -> usize {
        self.tensor().dtype().size()
    }

    /// Bytes per element.
    fn element_size(&self) -> usize {
        self.tensor().dtype().size()
    }

    /// Bytes of all elements.
    #[getter]
    fn nbytes(&self) -> usize {
        let tensor = self.tensor();
        tensor.numel().saturating_mul(tensor.dtype().size())
    }

    /// The address of the first element; 0 for a tensor without elements.
    fn data_ptr(&self) -> usize {
        let tensor = self.tensor();
        if tensor.numel() == 0 { 0 } else { crate::interop::address(&tensor) }
    }

    /// The position of the first element in the shared memory.
    fn storage_offset(&self) -> usize {
        self.tensor().layout().offset
    }

    /// How often the memory has been changed in place.
    #[getter]
    fn _version(&self) -> u32 {
        self.tensor().storage().version()
    }

    /// Whether gradients flow to this tensor: it asked for one, or was computed from tensors that did.
    #[getter]
    fn requires_grad(&self) -> bool {
        self.tensor().requires_grad()
    }

    #[setter(requires_grad)]
    fn set_requires_grad(&self, value: bool) -> Ret<()> {
        self.tensor().requires_grad_(value)?;
        Ok(())
    }

    /// Ask for a gradient, or no longer; returns the tensor itself. RuntimeError for integers and for results of
    /// operations.
    #[pyo3(signature = (requires_grad=true))]
    fn requires_grad_(slf: Bound<'_, Self>, requires_grad: bool) -> Ret<Bound<'_, Self>> {
        slf.get().tensor().requires_grad_(requires_grad)?;
        Ok(slf)
    }

    /// Whether the tensor was made by the user, not by a recorded operation.
    #[getter]
    fn is_leaf(&self) -> bool {
        self.tensor().is_leaf()
    }

    /// Keep the gradient of a tensor that is not a leaf, too. RuntimeError where none will flow here.
    fn retain_grad(&self) -> Ret<()> {
        Ok(self.tensor().retain_grad()?)
    }

    /// Whether this is no leaf and keeps its gradient.
    #[getter]
    fn retains_grad(&self) -> bool {
        self.tensor().retains_grad()
    }

    /// The tensor without its history: changes show in both, gradients don't flow. Autograd does not notice changes made
    /// through it, so that gradients computed from what was there before may be wrong; ``detach()`` is noticed. Assigning
    /// exchanges the elements, also for ones of another shape or dtype, while the object and its ``.grad`` stay.
    #[getter]
    fn data(&self) -> Out {
        Out(self.tensor().apart(0))
    }

    #[setter(data)]
    fn set_data(&self, value: In) -> Ret<()> {
        let old = self.tensor();
        let new = value.apart(old.storage().version());
        if !old.is_leaf() {
            let text = "data: cannot exchange the data of the result of a recorded operation; detach() it first";
            return Err(PyRuntimeError::new_err(text).into());
        }
        leaf_on(&new, &old, Tensor::take_place_of)?;
        self.exchange(new);
        Ok(())
    }

    /// The accumulated gradient, or None.
    #[getter]
    fn grad(&self, py: Python<'_>) -> Ret<Option<Py<PyTensor>>> {
        let tensor = self.tensor();
        let Some(grad) = tensor.grad() else {
            self.remember_grad(None);
            return Ok(None);
        };
        if let Some((object, held)) = self.known_grad(py)
            && held.is_same(&grad)
        {
            let now = object.get().tensor();
            if !now.is_same(&held) {
                // A program has exchanged the gradient's data.
                tensor.set_grad(Some(now.clone()))?;
                self.remember_grad(Some((object.clone_ref(py), now)));
            }
            return Ok(Some(object));
        }
        let wrapped = Out(grad.clone()).into_pyobject(py)?.unbind();
        self.remember_grad(Some((wrapped.clone_ref(py), grad)));
        Ok(Some(wrapped))
    }

    #[setter(grad)]
    fn set_grad(slf: &Bound<'_, Self>, value: Option<&Bound<'_, PyTensor>>) -> Ret<()> {
        if value.is_some_and(|v| v.is(slf)) {
            return Err(PyRuntimeError::new_err("grad: can't assign Variable as its own grad").into());
        }
        let grad = value.map(|v| v.get().tensor());
        slf.get().tensor().set_grad(grad.clone())?;
        slf.get().remember_grad(value.map(|v| v.clone().unbind()).zip(grad));
        Ok(())
    }

    #[deleter(grad)]
    fn delete_grad(&self) -> Ret<()> {
        self.tensor().set_grad(None)?;
        self.remember_grad(None);
        Ok(())
    }

    /// Compute the gradients of the leaves this tensor depends on and add them to their ``.grad``.
    ///
    /// ``gradient`` (of this tensor's shape) is where it starts: 1 where the tensor has one element, else it must be given:
    /// RuntimeError. The graph is freed unless ``retain_graph``; with ``create_graph`` the gradients can be differentiated
    /// in turn. With ``inputs`` only they receive gradients.
    #[pyo3(signature = (gradient=None, retain_graph=None, create_graph=false, inputs=None))]
    fn backward(
        &self,
        gradient: Option<In>,
        retain_graph: Option<bool>,
        create_graph: bool,
        inputs: Option<&Bound<'_, PyAny>>,
    ) -> Ret<()> {
        let inputs = match inputs {
            None => None,
            Some(one) if one.is_instance_of::<PyTensor>() => Some(vec![one.extract::<In>()?.0]),
            Some(many) => Some(many.try_iter()?.map(|t| Ok(t?.extract::<In>()?.0)).collect::<PyResult<Vec<Tensor>>>()?),
        };
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

// As a value of Python
#[pymethods]
impl PyTensor {
    /// The value of a tensor of one element, as a Python number. RuntimeError where there are more, or none.
    fn item(&self, py: Python<'_>) -> Ret<Py<PyAny>> {
        Ok(number(py, self.tensor().item()?)?)
    }

    /// The elements as nested lists of Python numbers; a number for a 0-d tensor.
    fn tolist(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        crate::nested::write(py, &self.tensor())
    }

    fn __len__(&self) -> PyResult<usize> {
        self.tensor().shape().first().copied().ok_or_else(|| PyTypeError::new_err("len() of a 0-d tensor"))
    }

    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyIterator>> {
        if slf.get().tensor().rank() == 0 {
            return Err(PyTypeError::new_err("iteration over a 0-d tensor"));
        }
        slf.call_method0("unbind")?.try_iter()
    }

    fn __bool__(&self) -> PyResult<bool> {
        let tensor = self.tensor();
        if tensor.numel() != 1 {
            let values = if tensor.numel() == 0 { "no values" } else { "more than one value" };
            return Err(PyRuntimeError::new_err(format!("Boolean value of Tensor with {values} is ambiguous")));
        }
        Ok(self.only()?.to_f64() != 0.0)
    }

    fn __int__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        // Python's own conversion, with its errors for infinity and NaN.
        number(py, self.only()?)?.call_method0(py, "__int__")
    }

    fn __float__(&self) -> PyResult<f64> {
        Ok(self.only()?.to_f64())
    }

    fn __complex__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyComplex>> {
        Ok(PyComplex::from_doubles(py, self.only()?.to_f64(), 0.0))
    }

    fn __index__(&self) -> PyResult<i64> {
        let tensor = self.tensor();
        if tensor.numel() != 1 || tensor.dtype().is_float() {
            let text = "only integer tensors of a single element can be converted to an index";
            return Err(PyTypeError::new_err(format!(
                "{text}, got {} of shape {:?}",
                tensor.dtype().name(),
                tensor.shape()
            )));
        }
        Ok(self.only()?.to_i64())
    }

    fn __hash__(slf: &Bound<'_, Self>) -> usize {
        // The low bits of an address are always zero.
        slf.as_ptr().addr() >> 4
    }

    fn __contains__(slf: &Bound<'_, Self>, element: &Bound<'_, PyAny>) -> PyResult<bool> {
        if element.extract::<Either>().is_err() {
            return Err(PyRuntimeError::new_err(format!(
                "Tensor.__contains__ only supports Tensor or scalar, but you passed in a {}.",
                element.get_type().repr()?
            )));
        }
        slf.call_method1("eq", (element,))?.call_method0("any")?.is_truthy()
    }
}

// Other dtypes, copies, other tensors of the same kind
#[pymethods]
impl PyTensor {
    /// The tensor in another dtype: ``to(dtype)``, ``to(device)``, ``to(device, dtype)``, ``to(other)``. Returns the tensor
    /// itself where nothing changes, unless ``copy``.
    #[pyo3(signature = (*args, dtype=None, device=None, other=None, non_blocking=false, copy=false, memory_format=None))]
    #[allow(clippy::too_many_arguments)]
    fn to<'py>(
        slf: Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        dtype: Option<Dtype>,
        device: Option<&Bound<'py, PyAny>>,
        other: Option<In>,
        non_blocking: bool,
        copy: bool,
        memory_format: Option<&Bound<'py, PyAny>>,
    ) -> Ret<Bound<'py, Self>> {
        let _ = (non_blocking, memory_format);
        check_device("to", device)?;
        let mut dtype = dtype.map(|d| d.0).or(other.map(|t| t.dtype()));
        let (mut copy, mut flags) = (copy, 0);
        for arg in args {
            if let Ok(tensor) = arg.cast::<PyTensor>() {
                dtype = Some(tensor.get().tensor().dtype());
            } else if let Ok(flag) = arg.cast::<pyo3::types::PyBool>() {
                // non_blocking, then copy.
                flags += 1;
                copy |= flags == 2 && flag.is_true();
            } else if arg.is_instance_of::<PyDevice>() || arg.is_instance_of::<PyString>() {
                check_device("to", Some(&arg))?;
            } else if !arg.is_none() {
                dtype = Some(arg.extract::<Dtype>()?.0);
            }
        }
        let tensor = slf.get().tensor();
        let dtype = dtype.unwrap_or(tensor.dtype());
        if dtype == tensor.dtype() && !copy {
            return Ok(slf);
        }
        let result = if dtype == tensor.dtype() { tensor.deep_clone()? } else { tensor.to_dtype(dtype)? };
        Ok(Out(result).into_pyobject(slf.py())?)
    }

    /// The tensor itself: it is on the CPU.
    #[pyo3(signature = (memory_format=None))]
    fn cpu<'py>(slf: Bound<'py, Self>, memory_format: Option<&Bound<'py, PyAny>>) -> Bound<'py, Self> {
        let _ = memory_format;
        slf
    }

    /// RuntimeError: SynapGrad computes on the CPU.
    #[pyo3(signature = (*_args, **_options))]
    fn cuda(&self, _args: &Bound<'_, PyTuple>, _options: Option<&Bound<'_, pyo3::types::PyDict>>) -> PyResult<()> {
        Err(PyRuntimeError::new_err("cuda: SynapGrad computes on the CPU only"))
    }

    /// The name of the tensor's type (``'synapgrad.FloatTensor'``), or the tensor in the dtype given.
    #[pyo3(name = "type", signature = (dtype=None, non_blocking=false))]
    fn type_<'py>(
        slf: Bound<'py, Self>,
        dtype: Option<&Bound<'py, PyAny>>,
        non_blocking: bool,
    ) -> Ret<Bound<'py, PyAny>> {
        let _ = non_blocking;
        let (py, tensor) = (slf.py(), slf.get().tensor());
        let name = |dtype: DType| format!("synapgrad.{}Tensor", dtype.title());
        let Some(wanted) = dtype else {
            return Ok(PyString::new(py, &name(tensor.dtype())).into_any());
        };
        let dtype = match wanted.cast::<PyString>() {
            Err(_) => wanted.extract::<Dtype>()?.0,
            Ok(text) => {
                let text = text.to_string();
                let known = DType::ALL.into_iter().find(|&d| name(d) == text);
                known.ok_or_else(|| PyValueError::new_err(format!("type: invalid type: '{text}'")))?
            }
        };
        if dtype == tensor.dtype() {
            return Ok(slf.into_any());
        }
        Ok(Out(tensor.to_dtype(dtype)?).into_pyobject(py)?.into_any())
    }

    /// The tensor in the dtype of another.
    fn type_as<'py>(slf: Bound<'py, Self>, other: In) -> Ret<Bound<'py, Self>> {
        cast("type_as", slf, other.dtype())
    }

    /// A copy, in the same memory order. Gradients flow through it.
    #[pyo3(signature = (*, memory_format=None))]
    fn clone(&self, memory_format: Option<&Bound<'_, PyAny>>) -> Ret {
        let _ = memory_format;
        Ok(self.tensor().deep_clone()?.into())
    }

    /// The tensor without its history: changes show in both, gradients don't flow.
    fn detach(&self) -> Out {
        Out(self.tensor().detach())
    }

    /// Write the elements of ``src``, broadcast and converted, over this tensor. RuntimeError where the shapes don't
    /// broadcast.
    #[pyo3(signature = (src, non_blocking=false))]
    fn copy_<'py>(slf: Bound<'py, Self>, src: Either, non_blocking: bool) -> Ret<Bound<'py, Self>> {
        let _ = non_blocking;
        let tensor = slf.get().tensor();
        match src {
            Either::Tensor(src) => tensor.copy_(&src)?,
            Either::Number(number) => tensor.fill_(number)?,
        };
        Ok(slf)
    }

    /// Set every element to ``value``, a number or a 0-d tensor.
    fn fill_<'py>(slf: Bound<'py, Self>, value: Either) -> Ret<Bound<'py, Self>> {
        let tensor = slf.get().tensor();
        match value {
            Either::Number(number) => tensor.fill_(number)?,
            Either::Tensor(value) if value.rank() == 0 => tensor.copy_(&value)?,
            Either::Tensor(value) => {
                return Err(PyRuntimeError::new_err(format!(
                    "fill_: only supports 0-dimension value tensor but got tensor with {} dimensions.",
                    value.rank()
                ))
                .into());
            }
        };
        Ok(slf)
    }

    /// Set every element to 0.
    fn zero_(slf: Bound<'_, Self>) -> Ret<Bound<'_, Self>> {
        slf.get().tensor().zero_()?;
        Ok(slf)
    }
}

/// The tensor itself where it is of that dtype.
fn cast<'py>(name: &str, slf: Bound<'py, PyTensor>, dtype: DType) -> Ret<Bound<'py, PyTensor>> {
    let tensor = slf.get().tensor();
    if tensor.dtype() == dtype {
        return Ok(slf);
    }
    Ok(Out(tensor.to_dtype(dtype).map_err(named(name))?).into_pyobject(slf.py())?)
}

macro_rules! casts {
    ($($(#[$doc:meta])* $name:ident = $python:literal => $dtype:ident;)*) => {
        #[pymethods]
        impl PyTensor {
            $(
                $(#[$doc])*
                #[pyo3(name = $python, signature = (memory_format=None))]
                fn $name<'py>(
                    slf: Bound<'py, Self>,
                    memory_format: Option<&Bound<'py, PyAny>>,
                ) -> Ret<Bound<'py, Self>> {
                    let _ = memory_format;
                    cast($python, slf, DType::$dtype)
                }
            )*
        }
    };
}

casts! {
    /// The elements as float32.
    to_float = "float" => F32;
    /// The elements as float64.
    to_double = "double" => F64;
    /// The elements as float16.
    to_half = "half" => F16;
    /// The elements as bfloat16.
    to_bfloat16 = "bfloat16" => BF16;
    /// The elements as int64; fractions are cut off.
    to_long = "long" => I64;
    /// The elements as int32; fractions are cut off.
    to_int = "int" => I32;
    /// The elements as int16; fractions are cut off.
    to_short = "short" => I16;
    /// The elements as int8; fractions are cut off.
    to_char = "char" => I8;
    /// The elements as uint8; fractions are cut off.
    to_byte = "byte" => U8;
    /// Whether each element is not zero.
    to_bool = "bool" => Bool;
}

/// A Python number.
pub fn number(py: Python<'_>, scalar: Scalar) -> PyResult<Py<PyAny>> {
    Ok(match scalar {
        Scalar::Bool(b) => b.into_pyobject(py)?.to_owned().into_any().unbind(),
        Scalar::Int(i) => i.into_pyobject(py)?.into_any().unbind(),
        Scalar::Float(f) => f.into_pyobject(py)?.into_any().unbind(),
    })
}

/// Whether an object is a tensor.
#[pyfunction]
fn is_tensor(obj: &Bound<'_, PyAny>) -> bool {
    obj.is_instance_of::<PyTensor>()
}

/// Whether the dtype is a float type.
#[pyfunction]
fn is_floating_point(input: In) -> bool {
    input.dtype().is_float()
}

/// Always false: there are no complex types.
#[pyfunction]
fn is_complex(input: In) -> bool {
    let _ = input;
    false
}

/// The number of elements.
#[pyfunction]
fn numel(input: In) -> usize {
    input.numel()
}

/// A copy, in the same memory order. Gradients flow through it.
#[pyfunction]
#[pyo3(signature = (input, *, memory_format=None))]
fn clone(input: In, memory_format: Option<&Bound<'_, PyAny>>) -> Ret {
    let _ = memory_format;
    Ok(input.deep_clone()?.into())
}

/// The tensor without its history: changes show in both, gradients don't flow.
#[pyfunction]
fn detach(input: In) -> Out {
    Out(input.detach())
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyTensor>()?;
    module.add_function(wrap_pyfunction!(is_tensor, module)?)?;
    module.add_function(wrap_pyfunction!(is_floating_point, module)?)?;
    module.add_function(wrap_pyfunction!(is_complex, module)?)?;
    module.add_function(wrap_pyfunction!(numel, module)?)?;
    module.add_function(wrap_pyfunction!(clone, module)?)?;
    module.add_function(wrap_pyfunction!(detach, module)?)
}
