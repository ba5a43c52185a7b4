//! New tensors from numbers.

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use synapgrad::{DType, Scalar, Tensor};

use crate::convert::{In, Number, Out, Shape, shape_argument};
use crate::dtype::Dtype;
use crate::error::{Ret, named};
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
    let shared = match data.cast::<PyTensor>() {
        Ok(tensor) => tensor.get().tensor().detach(),
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

/// What every function that makes a tensor takes beside its own arguments.
pub struct Options<'a, 'py> {
    pub dtype: Option<Dtype>,
    pub device: Option<&'a Bound<'py, PyAny>>,
    pub requires_grad: bool,
}

impl Options<'_, '_> {
    pub fn dtype(&self) -> DType {
        self.dtype.map_or_else(synapgrad::default_dtype, |d| d.0)
    }

    /// Check the device, make the tensor, ask for a gradient.
    pub fn make(self, name: &str, make: impl FnOnce() -> synapgrad::Result<Tensor>) -> Ret {
        check_device(name, self.device)?;
        let tensor = make().map_err(named(name))?;
        Ok(if self.requires_grad { tensor.requires_grad_(true)? } else { tensor }.into())
    }
}

/// `name: function(shape, dtype)`: `name(*size, …)`.
macro_rules! filled {
    ($($(#[$doc:meta])* $name:ident => $function:expr;)*) => {$(
        $(#[$doc])*
        #[pyfunction]
        #[pyo3(signature = (*args, size=None, dtype=None, layout=None, device=None, requires_grad=false, pin_memory=false, memory_format=None))]
        #[allow(clippy::too_many_arguments)]
        fn $name(
            args: &Bound<'_, PyTuple>,
            size: Option<&Bound<'_, PyAny>>,
            dtype: Option<Dtype>,
            layout: Option<&Bound<'_, PyAny>>,
            device: Option<&Bound<'_, PyAny>>,
            requires_grad: bool,
            pin_memory: bool,
            memory_format: Option<&Bound<'_, PyAny>>,
        ) -> Ret {
            let _ = (layout, pin_memory, memory_format);
            let options = Options { dtype, device, requires_grad };
            let (shape, dtype) = (shape_argument(stringify!($name), args, size)?, options.dtype());
            options.make(stringify!($name), || $function(&shape, dtype))
        }
    )*};
}

filled! {
    /// A tensor of the given sizes whose elements are arbitrary.
    empty => Tensor::empty;
    /// A tensor of zeros of the given sizes.
    ///
    /// >>> import synapgrad as sg
    /// >>> sg.zeros(2, 3, dtype=sg.int64)
    /// tensor([[0, 0, 0],
    ///         [0, 0, 0]])
    zeros => Tensor::zeros;
    /// A tensor of ones of the given sizes.
    ones => Tensor::ones;
}

/// `name: function(tensor, dtype)`: `name_like(input, …)`.
macro_rules! alike {
    ($($(#[$doc:meta])* $name:ident => $function:expr;)*) => {$(
        $(#[$doc])*
        #[pyfunction]
        #[pyo3(signature = (input, *, dtype=None, layout=None, device=None, requires_grad=false, pin_memory=false, memory_format=None))]
        #[allow(clippy::too_many_arguments)]
        fn $name(
            input: In,
            dtype: Option<Dtype>,
            layout: Option<&Bound<'_, PyAny>>,
            device: Option<&Bound<'_, PyAny>>,
            requires_grad: bool,
            pin_memory: bool,
            memory_format: Option<&Bound<'_, PyAny>>,
        ) -> Ret {
            let _ = (layout, pin_memory, memory_format);
            let wanted = dtype.map(|d| d.0);
            Options { dtype, device, requires_grad }.make(stringify!($name), || ($function)(&input, wanted))
        }
    )*};
}

alike! {
    /// A tensor of arbitrary elements, of the shape, dtype and memory order of ``input``.
    empty_like => Tensor::empty_like;
    /// A tensor of zeros, of the shape, dtype and memory order of ``input``.
    zeros_like => |input: &Tensor, dtype| input.full_like(0, dtype);
    /// A tensor of ones, of the shape, dtype and memory order of ``input``.
    ones_like => |input: &Tensor, dtype| input.full_like(1, dtype);
    /// Uniform numbers from [0, 1), of the shape and dtype of ``input``.
    rand_like => |input: &Tensor, dtype| {
        let tensor = input.empty_like(dtype)?;
        tensor.uniform_(0.0, 1.0, None)?;
        Ok(tensor)
    };
    /// Normal numbers of mean 0 and standard deviation 1, of the shape and dtype of ``input``.
    randn_like => |input: &Tensor, dtype| {
        let tensor = input.empty_like(dtype)?;
        tensor.normal_(0.0, 1.0, None)?;
        Ok(tensor)
    };
}

/// The dtype of a number on its own.
fn dtype_of(number: Scalar) -> DType {
    match number {
        Scalar::Bool(_) => DType::Bool,
        Scalar::Int(_) => DType::I64,
        Scalar::Float(_) => synapgrad::default_dtype(),
    }
}

/// A tensor of the shape ``size`` whose elements are all ``fill_value``; its dtype follows from the value unless given.
///
/// RuntimeError where the dtype cannot hold the value.
#[pyfunction]
#[pyo3(signature = (size, fill_value, *, dtype=None, layout=None, device=None, requires_grad=false, pin_memory=false))]
fn full(
    size: Shape,
    fill_value: Number,
    dtype: Option<Dtype>,
    layout: Option<&Bound<'_, PyAny>>,
    device: Option<&Bound<'_, PyAny>>,
    requires_grad: bool,
    pin_memory: bool,
) -> Ret {
    let _ = (layout, pin_memory);
    let wanted = dtype.map_or_else(|| dtype_of(fill_value.0), |d| d.0);
    Options { dtype, device, requires_grad }.make("full", || Tensor::full(&size.0, fill_value.0, wanted))
}

/// A tensor of the shape, dtype and memory order of ``input`` whose elements are all ``fill_value``.
#[pyfunction]
#[pyo3(signature = (input, fill_value, *, dtype=None, layout=None, device=None, requires_grad=false, pin_memory=false, memory_format=None))]
#[allow(clippy::too_many_arguments)]
fn full_like(
    input: In,
    fill_value: Number,
    dtype: Option<Dtype>,
    layout: Option<&Bound<'_, PyAny>>,
    device: Option<&Bound<'_, PyAny>>,
    requires_grad: bool,
    pin_memory: bool,
    memory_format: Option<&Bound<'_, PyAny>>,
) -> Ret {
    let _ = (layout, pin_memory, memory_format);
    let wanted = dtype.map(|d| d.0);
    Options { dtype, device, requires_grad }.make("full_like", || input.full_like(fill_value.0, wanted))
}

/// A tensor of arbitrary elements that lie in memory as ``stride`` says.
#[pyfunction]
#[pyo3(signature = (size, stride, *, dtype=None, layout=None, device=None, requires_grad=false, pin_memory=false))]
fn empty_strided(
    size: Shape,
    stride: Shape,
    dtype: Option<Dtype>,
    layout: Option<&Bound<'_, PyAny>>,
    device: Option<&Bound<'_, PyAny>>,
    requires_grad: bool,
    pin_memory: bool,
) -> Ret {
    let _ = (layout, pin_memory);
    let options = Options { dtype, device, requires_grad };
    let dtype = options.dtype();
    options.make("empty_strided", || Tensor::empty_strided(&size.0, &stride.0, dtype))
}

/// ``start, end`` and ``step`` of ``arange(end)``, ``arange(start, end)`` and ``arange(start, end, step)``.
fn three(name: &str, args: &Bound<'_, PyTuple>, named: [Option<Number>; 3]) -> PyResult<[Scalar; 3]> {
    let wrong = |text: &str| PyTypeError::new_err(format!("{name}: {text}"));
    let [mut start, mut end, mut step] = named;
    let given: Vec<Number> = args.iter().map(|arg| arg.extract()).collect::<PyResult<_>>()?;
    let places: [&mut Option<Number>; 3] = [&mut start, &mut end, &mut step];
    match given[..] {
        [only] if places[1].is_none() => *places[1] = Some(only),
        _ if given.len() > 3 => return Err(wrong("takes at most 3 positional arguments")),
        _ => {
            for (place, number) in places.into_iter().zip(given) {
                if place.replace(number).is_some() {
                    return Err(wrong("got multiple values for an argument"));
                }
            }
        }
    }
    let end = end.ok_or_else(|| wrong("missing 1 required argument: \"end\""))?;
    let or = |number: Option<Number>, default: i64| number.map_or(Scalar::Int(default), |n| n.0);
    Ok([or(start, 0), end.0, or(step, 1)])
}

/// ``arange(end)``, ``arange(start, end, step=1)``: ``start, start + step, …`` up to but without ``end``.
///
/// int64 where all numbers are integers, else the default dtype. A step of 0, or away from the end: RuntimeError.
///
/// >>> import synapgrad as sg
/// >>> sg.arange(1, 2.5, 0.5)
/// tensor([1.0000, 1.5000, 2.0000])
#[pyfunction]
#[pyo3(signature = (*args, start=None, end=None, step=None, dtype=None, layout=None, device=None, requires_grad=false, pin_memory=false))]
#[allow(clippy::too_many_arguments)]
fn arange(
    args: &Bound<'_, PyTuple>,
    start: Option<Number>,
    end: Option<Number>,
    step: Option<Number>,
    dtype: Option<Dtype>,
    layout: Option<&Bound<'_, PyAny>>,
    device: Option<&Bound<'_, PyAny>>,
    requires_grad: bool,
    pin_memory: bool,
) -> Ret {
    let _ = (layout, pin_memory);
    let [start, end, step] = three("arange", args, [start, end, step])?;
    let wanted = dtype.map(|d| d.0);
    Options { dtype, device, requires_grad }.make("arange", || Tensor::arange(start, end, step, wanted))
}

/// ``start, start + step, …`` up to and with ``end``, in the default dtype.
#[pyfunction]
#[pyo3(signature = (*args, start=None, end=None, step=None, dtype=None, layout=None, device=None, requires_grad=false))]
#[allow(clippy::too_many_arguments)]
fn range(
    args: &Bound<'_, PyTuple>,
    start: Option<Number>,
    end: Option<Number>,
    step: Option<Number>,
    dtype: Option<Dtype>,
    layout: Option<&Bound<'_, PyAny>>,
    device: Option<&Bound<'_, PyAny>>,
    requires_grad: bool,
) -> Ret {
    let _ = layout;
    let [start, end, step] = three("range", args, [start, end, step])?;
    let wanted = dtype.map(|d| d.0);
    Options { dtype, device, requires_grad }.make("range", || Tensor::range(start, end, step, wanted))
}

fn count(name: &str, text: &str, n: i64) -> PyResult<usize> {
    usize::try_from(n).map_err(|_| PyRuntimeError::new_err(format!("{name}: {text}, got {n}")))
}

/// ``steps`` numbers evenly spaced from ``start`` to ``end``, both included.
#[pyfunction]
#[pyo3(signature = (start, end, steps, *, dtype=None, layout=None, device=None, requires_grad=false, pin_memory=false))]
#[allow(clippy::too_many_arguments)]
fn linspace(
    start: Number,
    end: Number,
    steps: i64,
    dtype: Option<Dtype>,
    layout: Option<&Bound<'_, PyAny>>,
    device: Option<&Bound<'_, PyAny>>,
    requires_grad: bool,
    pin_memory: bool,
) -> Ret {
    let _ = (layout, pin_memory);
    let options = Options { dtype, device, requires_grad };
    let (steps, dtype) = (count("linspace", "number of steps must be non-negative", steps)?, options.dtype());
    options.make("linspace", || Tensor::linspace(start.0.to_f64(), end.0.to_f64(), steps, dtype))
}

/// ``base`` to the power of ``steps`` numbers evenly spaced from ``start`` to ``end``.
#[pyfunction]
#[pyo3(signature = (start, end, steps, base=10.0, *, dtype=None, layout=None, device=None, requires_grad=false, pin_memory=false))]
#[allow(clippy::too_many_arguments)]
fn logspace(
    start: Number,
    end: Number,
    steps: i64,
    base: f64,
    dtype: Option<Dtype>,
    layout: Option<&Bound<'_, PyAny>>,
    device: Option<&Bound<'_, PyAny>>,
    requires_grad: bool,
    pin_memory: bool,
) -> Ret {
    let _ = (layout, pin_memory);
    let options = Options { dtype, device, requires_grad };
    let (steps, dtype) = (count("logspace", "number of steps must be non-negative", steps)?, options.dtype());
    options.make("logspace", || Tensor::logspace(start.0.to_f64(), end.0.to_f64(), steps, base, dtype))
}

/// The n × m matrix with ones on its diagonal and zeros elsewhere; square without ``m``.
#[pyfunction]
#[pyo3(signature = (n, m=None, *, dtype=None, layout=None, device=None, requires_grad=false, pin_memory=false))]
fn eye(
    n: i64,
    m: Option<i64>,
    dtype: Option<Dtype>,
    layout: Option<&Bound<'_, PyAny>>,
    device: Option<&Bound<'_, PyAny>>,
    requires_grad: bool,
    pin_memory: bool,
) -> Ret {
    let _ = (layout, pin_memory);
    let options = Options { dtype, device, requires_grad };
    let rows = count("eye", "n must be greater or equal to 0", n)?;
    let columns = count("eye", "m must be greater or equal to 0", m.unwrap_or(n))?;
    let dtype = options.dtype();
    options.make("eye", || Tensor::eye(rows, columns, dtype))
}

/// `name(*size)` of this tensor's dtype.
macro_rules! new_filled {
    ($($(#[$doc:meta])* $name:ident => $function:expr;)*) => {
        #[pymethods]
        impl PyTensor {$(
            $(#[$doc])*
            #[pyo3(signature = (*args, size=None, dtype=None, layout=None, device=None, requires_grad=false, pin_memory=false))]
            #[allow(clippy::too_many_arguments)]
            fn $name(
                &self,
                args: &Bound<'_, PyTuple>,
                size: Option<&Bound<'_, PyAny>>,
                dtype: Option<Dtype>,
                layout: Option<&Bound<'_, PyAny>>,
                device: Option<&Bound<'_, PyAny>>,
                requires_grad: bool,
                pin_memory: bool,
            ) -> Ret {
                let _ = (layout, pin_memory);
                let shape = shape_argument(stringify!($name), args, size)?;
                let wanted = dtype.map_or_else(|| self.tensor().dtype(), |d| d.0);
                Options { dtype, device, requires_grad }.make(stringify!($name), || $function(&shape, wanted))
            }
        )*}
    };
}

new_filled! {
    /// A tensor of arbitrary elements, of this dtype unless another is given.
    new_empty => Tensor::empty;
    /// A tensor of zeros, of this dtype unless another is given.
    new_zeros => Tensor::zeros;
    /// A tensor of ones, of this dtype unless another is given.
    new_ones => Tensor::ones;
}

#[pymethods]
impl PyTensor {
    /// A tensor of the numbers in ``data``, of this dtype unless another is given.
    #[pyo3(signature = (data, *, dtype=None, device=None, requires_grad=false, pin_memory=false))]
    fn new_tensor(
        &self,
        data: &Bound<'_, PyAny>,
        dtype: Option<Dtype>,
        device: Option<&Bound<'_, PyAny>>,
        requires_grad: bool,
        pin_memory: bool,
    ) -> Ret {
        // A tensor keeps its own dtype.
        let own = if data.is_instance_of::<PyTensor>() { None } else { Some(Dtype(self.tensor().dtype())) };
        tensor(data, dtype.or(own), device, requires_grad, pin_memory)
    }

    /// A tensor whose elements are all ``fill_value``, of this dtype unless another is given.
    #[pyo3(signature = (size, fill_value, *, dtype=None, layout=None, device=None, requires_grad=false, pin_memory=false))]
    #[allow(clippy::too_many_arguments)]
    fn new_full(
        &self,
        size: Shape,
        fill_value: Number,
        dtype: Option<Dtype>,
        layout: Option<&Bound<'_, PyAny>>,
        device: Option<&Bound<'_, PyAny>>,
        requires_grad: bool,
        pin_memory: bool,
    ) -> Ret {
        let dtype = dtype.unwrap_or(Dtype(self.tensor().dtype()));
        full(size, fill_value, Some(dtype), layout, device, requires_grad, pin_memory)
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(tensor, module)?)?;
    module.add_function(wrap_pyfunction!(as_tensor, module)?)?;
    module.add_function(wrap_pyfunction!(asarray, module)?)?;
    module.add_function(wrap_pyfunction!(empty, module)?)?;
    module.add_function(wrap_pyfunction!(zeros, module)?)?;
    module.add_function(wrap_pyfunction!(ones, module)?)?;
    module.add_function(wrap_pyfunction!(full, module)?)?;
    module.add_function(wrap_pyfunction!(empty_like, module)?)?;
    module.add_function(wrap_pyfunction!(zeros_like, module)?)?;
    module.add_function(wrap_pyfunction!(ones_like, module)?)?;
    module.add_function(wrap_pyfunction!(full_like, module)?)?;
    module.add_function(wrap_pyfunction!(rand_like, module)?)?;
    module.add_function(wrap_pyfunction!(randn_like, module)?)?;
    module.add_function(wrap_pyfunction!(empty_strided, module)?)?;
    module.add_function(wrap_pyfunction!(arange, module)?)?;
    module.add_function(wrap_pyfunction!(range, module)?)?;
    module.add_function(wrap_pyfunction!(linspace, module)?)?;
    module.add_function(wrap_pyfunction!(logspace, module)?)?;
    module.add_function(wrap_pyfunction!(eye, module)?)
}
