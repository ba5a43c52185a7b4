//! Sharing memory with NumPy.
//!
//! NumPy is imported when it is first needed. Memory goes both ways by the array interface, which tells address, shape,
//! strides and element type and needs no common header file.

use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyUserWarning, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyCapsuleMethods, PyDict, PyModule, PyTuple};
use synapgrad::{DType, Layout, Storage, Tensor};
use synapgrad_kernels::foreign::{self, Array};

use crate::convert::{In, Out};
use crate::dtype::Dtype;
use crate::error::{Fail, Ret};
use crate::tensor::PyTensor;

/// NumPy's letters for our types: kind and bytes.
const KINDS: [(DType, &str); 9] = [
    (DType::F32, "f4"),
    (DType::F64, "f8"),
    (DType::F16, "f2"),
    (DType::I64, "i8"),
    (DType::I32, "i4"),
    (DType::I16, "i2"),
    (DType::I8, "i1"),
    (DType::U8, "u1"),
    (DType::Bool, "b1"),
];

const NATIVE: &str = if cfg!(target_endian = "little") { "<" } else { ">" };

/// The memory of a tensor as NumPy wants it described. The array that is made from it keeps this object, and so the memory.
#[pyclass(frozen, module = "synapgrad._C", name = "_SharedMemory")]
struct SharedMemory(Tensor);

#[pymethods]
impl SharedMemory {
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (tensor, size) = (&self.0, self.0.dtype().size());
        let Some((_, kind)) = KINDS.iter().find(|(dtype, _)| *dtype == tensor.dtype()) else {
            return Err(unsupported(tensor.dtype()));
        };
        let order = if size == 1 { "|" } else { NATIVE };
        let strides = tensor.strides().iter().map(|s| s * size);
        let dict = PyDict::new(py);
        dict.set_item("version", 3)?;
        dict.set_item("typestr", format!("{order}{kind}"))?;
        dict.set_item("shape", PyTuple::new(py, tensor.shape())?)?;
        dict.set_item("strides", PyTuple::new(py, strides.collect::<Vec<_>>())?)?;
        dict.set_item("data", (address(tensor), false))?;
        Ok(dict)
    }
}

/// Where the first element lies.
pub fn address(tensor: &Tensor) -> usize {
    tensor.storage().read().as_ptr().expose_provenance() + tensor.layout().offset * tensor.dtype().size()
}

fn unsupported(dtype: DType) -> PyErr {
    PyTypeError::new_err(format!(
        "numpy: Got unsupported ScalarType {}; convert it to another dtype first",
        dtype.title()
    ))
}

/// An array on the tensor's memory.
pub fn numpy<'py>(py: Python<'py>, tensor: &Tensor) -> PyResult<Bound<'py, PyAny>> {
    if tensor.dtype() == DType::BF16 {
        return Err(unsupported(tensor.dtype()));
    }
    PyModule::import(py, "numpy")?.call_method1("asarray", (SharedMemory(tensor.detach()),))
}

/// What an array says of itself, and the object that keeps its memory while it lives.
///
/// NumPy's arrays give out a structure at little cost; everything else that knows the protocol, a dictionary.
fn describe<'py>(array: &Bound<'py, PyAny>) -> PyResult<(Array, Bound<'py, PyAny>)> {
    if let Ok(capsule) = array.getattr(intern!(array.py(), "__array_struct__"))
        && let Ok(place) = capsule.cast::<PyCapsule>().map_err(PyErr::from).and_then(|c| c.pointer_checked(None))
        && let Some(described) = Array::at(place.as_ptr().expose_provenance())
    {
        return Ok((described, capsule));
    }
    let interface = array.getattr("__array_interface__")?;
    let entry = |key: &str| interface.get_item(key);
    let typestr: String = entry("typestr")?.extract()?;
    let (order, of) = typestr.split_at(1);
    let shape: Vec<usize> = entry("shape")?.extract()?;
    let size = of[1..].parse().unwrap_or(0);
    let strides: Vec<isize> = match entry("strides") {
        Ok(strides) if !strides.is_none() => strides.extract()?,
        _ => Layout::dense(&shape).strides.iter().map(|&stride| (stride * size) as isize).collect(),
    };
    let (address, read_only): (usize, bool) = entry("data")?.extract()?;
    let described = Array {
        kind: of.chars().next().unwrap_or('?'),
        size,
        native: order == "|" || order == NATIVE,
        writable: !read_only,
        shape: shape.into(),
        strides: strides.into(),
        address,
    };
    Ok((described, interface))
}

/// A tensor on the memory of a NumPy array, which it keeps alive.
pub fn share(name: &str, array: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    let (described, keeper) = describe(array)?;
    share_described(name, array, described, keeper)
}

/// [`share`], with a warning where the array may not be written: writing to the tensor would do it.
fn share_writable(name: &str, array: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    let (described, keeper) = describe(array)?;
    if !described.writable {
        let text = c"The given NumPy array is not writable, and a tensor does not know of that: writing to the tensor \
                     changes the array. Copy the array, or don't write.";
        PyErr::warn(array.py(), &array.py().get_type::<PyUserWarning>(), text, 1)?;
    }
    share_described(name, array, described, keeper)
}

fn share_described(
    name: &str,
    array: &Bound<'_, PyAny>,
    described: Array,
    keeper: Bound<'_, PyAny>,
) -> PyResult<Tensor> {
    let Array { kind, size, native, shape, strides, address, .. } = described;
    let is_this = |known: &str| known.starts_with(kind) && known[1..].parse() == Ok(size);
    let Some(&(dtype, _)) = KINDS.iter().find(|(_, known)| is_this(known)) else {
        let of = array.getattr("dtype").and_then(|d| d.getattr("type")?.getattr("__name__"));
        let of = of.map_or(format!("{kind}{size}"), |n| n.to_string());
        return Err(PyTypeError::new_err(format!(
            "{name}: can't convert np.ndarray of type numpy.{of}. The only supported types are: float64, float32, float16, \
             int64, int32, int16, int8, uint8, and bool."
        )));
    };
    if !native && size > 1 {
        return Err(PyValueError::new_err(format!(
            "{name}: given numpy array has byte order different from the native byte order. Conversion between byte orders \
             is currently not supported."
        )));
    }
    let mut layout = Layout::dense(&shape);
    for (to, &stride) in layout.strides.iter_mut().zip(&strides) {
        let Ok(positive) = usize::try_from(stride) else {
            return Err(PyValueError::new_err(format!(
                "{name}: At least one stride in the given numpy array is negative, and tensors with negative strides \
                 are not currently supported. (You can probably work around this by making a copy of your array with \
                 array.copy().)"
            )));
        };
        if positive % dtype.size() != 0 {
            return Err(PyValueError::new_err(format!(
                "{name}: given numpy array strides not a multiple of the element byte size. Copy the numpy array to \
                 reallocate the memory."
            )));
        }
        *to = positive / dtype.size();
    }
    if layout.numel() == 0 {
        return Ok(Tensor::empty(&shape, dtype).map_err(Fail::from)?);
    }
    // An object that describes itself anew each time (a NumPy scalar) may own the memory only through its description.
    let owner = (array.clone().unbind(), keeper.unbind());
    let Some(buffer) = foreign::adopt(address, layout.end() * dtype.size(), dtype, Box::new(owner)) else {
        return Err(PyValueError::new_err(format!("{name}: the elements of the array are not aligned; copy it first")));
    };
    Ok(Tensor::over(&Storage::new(buffer), layout, dtype).map_err(Fail::from)?)
}

/// Whether an object is an array of NumPy, or describes its memory as one.
pub fn is_array(object: &Bound<'_, PyAny>) -> bool {
    let name = intern!(object.py(), "__array_interface__");
    // The type is asked first, because it answers without making the dictionary.
    object.get_type().hasattr(name).unwrap_or(false) || object.hasattr(name).unwrap_or(false)
}

/// A tensor on the memory of a NumPy array: changes show in both.
///
/// The array must have a supported dtype, native byte order and no negative strides: TypeError, ValueError.
///
/// >>> import numpy, synapgrad as sg
/// >>> a = numpy.zeros(2)
/// >>> sg.from_numpy(a).fill_(3.0)
/// tensor([3., 3.], dtype=synapgrad.float64)
/// >>> a.tolist()
/// [3.0, 3.0]
#[pyfunction]
#[pyo3(signature = (ndarray, /))]
fn from_numpy(py: Python<'_>, ndarray: &Bound<'_, PyAny>) -> Ret {
    let array = PyModule::import(py, "numpy")?.getattr("ndarray")?;
    if !ndarray.is_instance(&array)? {
        let name = ndarray.get_type().name()?;
        return Err(PyTypeError::new_err(format!("from_numpy: expected np.ndarray (got {name})")).into());
    }
    Ok(share_writable("from_numpy", ndarray)?.into())
}

/// A tensor on the memory of any object with Python's buffer protocol (bytes, bytearray, array, mmap, …): changes show in
/// both.
///
/// ``offset`` bytes are left out, then ``count`` elements of ``dtype`` are taken; all where it is negative. ValueError
/// where the object has no such protocol, where it has not so many bytes, and where an element would not lie at a multiple
/// of its size; RuntimeError where its memory has gaps. A buffer that may not be written is taken with a warning.
///
/// >>> import synapgrad as sg
/// >>> data = bytearray([1, 0, 2, 0])
/// >>> sg.frombuffer(data, dtype=sg.int16)
/// tensor([1, 2], dtype=synapgrad.int16)
#[pyfunction]
#[pyo3(signature = (buffer, *, dtype, count=-1, offset=0, requires_grad=false))]
fn frombuffer(buffer: &Bound<'_, PyAny>, dtype: Dtype, count: i64, offset: i64, requires_grad: bool) -> Ret {
    let (py, dtype) = (buffer.py(), dtype.0);
    let fail = |text: String| Fail::from(PyValueError::new_err(format!("frombuffer: {text}")));
    let view = py.import("builtins")?.getattr("memoryview")?.call1((buffer,)).map_err(|_| {
        let name = buffer.get_type().name().map_or_else(|_| "?".into(), |n| n.to_string());
        fail(format!("object does not implement Python buffer protocol: got {name}"))
    })?;
    if !view.getattr("c_contiguous")?.is_truthy()? {
        let text = "frombuffer: could not retrieve a contiguous buffer from the given object";
        return Err(PyRuntimeError::new_err(format!("{text} (non-contiguous buffers are not supported)")).into());
    }
    let (length, size) = (view.getattr("nbytes")?.extract::<usize>()?, dtype.size());
    if length == 0 || count == 0 {
        return Err(fail(format!("both buffer length ({length}) and count ({count}) must not be 0")));
    }
    let Some(start) = usize::try_from(offset).ok().filter(|&start| start < length) else {
        let text = "must be non-negative and no greater than buffer length";
        return Err(fail(format!("offset ({offset} bytes) {text} ({length} bytes) minus 1")));
    };
    let left = length - start;
    if count < 0 && left % size != 0 {
        let text = format!("must be a multiple of element size ({size})");
        return Err(fail(format!("buffer length ({left} bytes) after offset ({offset} bytes) {text}")));
    }
    let elements = usize::try_from(count).unwrap_or(left / size);
    if elements > left / size {
        let text = format!("must not be greater than actual buffer length ({length} bytes)");
        return Err(fail(format!(
            "requested buffer length ({elements} * {size} bytes) after offset ({offset} bytes) {text}"
        )));
    }
    if view.getattr("readonly")?.is_truthy()? {
        let text =
            c"The given buffer is not writable, and a tensor does not know of that: writing to the tensor changes \
                     what should not change. Copy the buffer, or don't write.";
        PyErr::warn(py, &py.get_type::<PyUserWarning>(), text, 1)?;
    }
    // NumPy knows where the bytes lie, and keeps them there.
    let bytes = PyModule::import(py, "numpy")?.call_method1("frombuffer", (&view, "uint8"))?;
    let (described, keeper) = describe(&bytes)?;
    let owner = (bytes.unbind(), keeper.unbind());
    let Some(data) = foreign::adopt(described.address + start, elements * size, dtype, Box::new(owner)) else {
        return Err(fail(format!("elements of {size} bytes don't lie at a multiple of that after offset {offset}")));
    };
    let tensor = Tensor::from_buffer(data, Layout::dense(&[elements]), dtype);
    Ok(if requires_grad { tensor.requires_grad_(true)? } else { tensor }.into())
}

#[pymethods]
impl PyTensor {
    /// A NumPy array on the tensor's memory: changes show in both.
    ///
    /// A tensor that requires grad must be detached first: RuntimeError; ``force=True`` does it. NumPy has no bfloat16:
    /// TypeError.
    #[pyo3(signature = (*, force=false))]
    fn numpy<'py>(&self, py: Python<'py>, force: bool) -> PyResult<Bound<'py, PyAny>> {
        let tensor = self.tensor();
        if tensor.requires_grad() && !force {
            return Err(PyRuntimeError::new_err(
                "numpy: Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
            ));
        }
        numpy(py, &tensor)
    }

    /// What ``numpy.asarray(tensor)`` calls.
    #[pyo3(signature = (dtype=None, copy=None))]
    fn __array__<'py>(
        &self,
        py: Python<'py>,
        dtype: Option<&Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let array = self.numpy(py, false)?;
        let Some(dtype) = dtype.filter(|d| !d.is_none()) else {
            return if copy == Some(true) { array.call_method0("copy") } else { Ok(array) };
        };
        let same = array.getattr("dtype")?.eq(dtype)?;
        if copy == Some(false) && !same {
            return Err(PyValueError::new_err("__array__: the dtype cannot change without a copy, and copy=False"));
        }
        let options = PyDict::new(py);
        options.set_item("copy", copy == Some(true))?;
        array.call_method("astype", (dtype,), Some(&options))
    }

    /// What NumPy's functions make of a tensor becomes a tensor again.
    #[pyo3(signature = (array, context=None, return_scalar=false))]
    fn __array_wrap__(
        &self,
        array: &Bound<'_, PyAny>,
        context: Option<&Bound<'_, PyAny>>,
        return_scalar: bool,
    ) -> PyResult<Out> {
        let _ = (context, return_scalar);
        Ok(share("__array_wrap__", array)?.into())
    }

    /// In sums and products with arrays, ours are the operations that are called.
    #[classattr]
    fn __array_priority__() -> i64 {
        1000
    }
}

/// A tensor of `data`, sharing its memory where that is possible: a tensor itself, or an array of NumPy.
pub fn as_tensor(py: Python<'_>, data: &Bound<'_, PyAny>, dtype: Option<Dtype>) -> PyResult<Py<PyTensor>> {
    let dtype = dtype.map(|d| d.0);
    if let Ok(tensor) = data.cast::<PyTensor>() {
        let have = tensor.get().tensor();
        if dtype.is_none_or(|d| d == have.dtype()) {
            return Ok(tensor.clone().unbind());
        }
    }
    let tensor = if let Ok(In(tensor)) = data.extract::<In>() {
        tensor
    } else if is_array(data) {
        share_writable("as_tensor", data)?
    } else {
        crate::nested::read(data, dtype)?
    };
    let tensor = match dtype {
        Some(dtype) => tensor.to_dtype(dtype).map_err(Fail::from)?,
        None => tensor,
    };
    Ok(Out(tensor).into_pyobject(py)?.unbind())
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(frombuffer, module)?)?;
    module.add_function(wrap_pyfunction!(from_numpy, module)?)
}
