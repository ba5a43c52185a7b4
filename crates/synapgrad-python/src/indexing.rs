//! `x[…]` and `x[…] = value`: what may stand between the brackets.

use pyo3::exceptions::{PyIndexError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyEllipsis, PyFloat, PyInt, PyList, PySlice, PyTuple};
use synapgrad::ops::indexing::Index;
use synapgrad::{DType, Scalar, Tensor};

use crate::convert::Number;
use crate::create::new_tensor;
use crate::error::Ret;
use crate::interop::is_array;
use crate::tensor::PyTensor;

/// Between the brackets of almost all programs there are at most this many entries.
type Indices = smallvec::SmallVec<[Index; 4]>;

fn indices(key: &Bound<'_, PyAny>) -> PyResult<Indices> {
    if let Ok(tuple) = key.cast::<PyTuple>() {
        return tuple.iter().map(|item| index(&item)).collect();
    }
    match stands_for_a_tuple(key) {
        Some(items) => items.iter().map(index).collect(),
        None => Ok(smallvec::smallvec![index(key)?]),
    }
}

/// As in PyTorch, a short sequence that holds anything but numbers is an index per dimension: `x[[[0, 1], [2, 3]]]` is
/// `x[[0, 1], [2, 3]]`. Its items, if it is one.
fn stands_for_a_tuple<'py>(key: &Bound<'py, PyAny>) -> Option<Vec<Bound<'py, PyAny>>> {
    if !is_sequence(key) || is_array(key) {
        return None;
    }
    let splits = |item: &Bound<'_, PyAny>| {
        item.is_none()
            || item.is_instance_of::<PySlice>()
            || item.is_instance_of::<PyEllipsis>()
            || item.is_instance_of::<PyTensor>()
            || is_sequence(item)
    };
    // A sequence that cannot tell its length or items says so when it is read as an array.
    let len = key.len().ok().filter(|&len| len < 32)?;
    let items: Vec<_> = (0..len).map(|i| key.get_item(i)).collect::<PyResult<_>>().ok()?;
    items.iter().any(splits).then_some(items)
}

/// Lists, ranges, arrays and whatever else has a length and items by number. NumPy's numbers have items, but no length.
fn is_sequence(item: &Bound<'_, PyAny>) -> bool {
    if item.is_exact_instance_of::<PyInt>() || item.is_instance_of::<PySlice>() {
        return false;
    }
    let listed = item.is_instance_of::<PyList>() || item.is_instance_of::<PyTuple>();
    let other = item.is_instance_of::<PyDict>() || item.is_instance_of::<PyTensor>();
    let has = |name| item.hasattr(name).unwrap_or(false);
    listed || (!other && has(intern!(item.py(), "__getitem__")) && has(intern!(item.py(), "__len__")))
}

/// A bound of a slice: None, an int, or what counts as one.
fn bound(value: Bound<'_, PyAny>) -> PyResult<Option<isize>> {
    if value.is_none() {
        return Ok(None);
    }
    if let Ok(int) = value.extract::<isize>() {
        return Ok(Some(int));
    }
    if let Ok(tensor) = value.cast::<PyTensor>() {
        return match tensor.get().tensor().item() {
            Ok(Scalar::Int(int)) => Ok(Some(int as isize)),
            Ok(Scalar::Bool(flag)) => Ok(Some(flag as isize)),
            _ => {
                let shape = tensor.get().tensor().shape().to_vec();
                let text =
                    "indexing: only integer tensors of a single element can be converted to an index, got one of";
                Err(PyTypeError::new_err(format!(
                    "{text} shape {shape:?} and dtype {}",
                    tensor.get().tensor().dtype().name()
                )))
            }
        };
    }
    // A bound beyond any tensor, such as sys.maxsize + 1, is cut like others.
    match value.cast::<PyInt>() {
        Ok(int) => Ok(Some(if int.lt(0)? { isize::MIN } else { isize::MAX })),
        Err(_) => Err(PyTypeError::new_err("slice indices must be integers or None or have an __index__ method")),
    }
}

/// Beyond what 64 bits hold. As in PyTorch that is not an index out of bounds, but no index.
fn too_large(item: &Bound<'_, PyAny>) -> PyErr {
    PyValueError::new_err(format!("index {item} does not fit into 64 bits"))
}

fn index(item: &Bound<'_, PyAny>) -> PyResult<Index> {
    if item.is_exact_instance_of::<PyInt>() {
        return match item.extract::<isize>() {
            Ok(at) => Ok(Index::At(at)),
            Err(_) => Err(too_large(item)),
        };
    }
    if let Ok(slice) = item.cast::<PySlice>() {
        let part = |name| bound(slice.getattr(name)?);
        let step = part(intern!(item.py(), "step"))?.unwrap_or(1);
        if step == 0 {
            return Err(PyValueError::new_err("slice step cannot be zero"));
        }
        let start = part(intern!(item.py(), "start"))?;
        return Ok(Index::Slice { start, stop: part(intern!(item.py(), "stop"))?, step });
    }
    if let Ok(tensor) = item.cast::<PyTensor>() {
        return tensor_index(tensor.get().tensor());
    }
    if item.is_none() {
        return Ok(Index::NewAxis);
    }
    if item.is_instance_of::<PyEllipsis>() {
        return Ok(Index::Ellipsis);
    }
    if let Ok(flag) = item.cast::<PyBool>() {
        return Ok(Index::Bool(flag.is_true()));
    }
    if is_sequence(item) {
        return array(item).map_err(|error| in_indexing(item.py(), error));
    }
    if !item.is_instance_of::<PyFloat>() {
        match item.extract::<isize>() {
            Ok(at) => return Ok(Index::At(at)),
            Err(error) if error.is_instance_of::<PyOverflowError>(item.py()) => return Err(too_large(item)),
            Err(_) => {}
        }
    }
    Err(PyIndexError::new_err(format!(
        "indexing: only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {})",
        item.get_type().name()?
    )))
}

/// A tensor without dimensions counts as the number in it.
fn tensor_index(tensor: Tensor) -> PyResult<Index> {
    if tensor.rank() == 0 {
        let value = || tensor.item().map_err(|e| PyErr::from(crate::error::Fail::from(e)));
        match tensor.dtype() {
            DType::Bool | DType::U8 => return Ok(Index::Bool(value()?.to_i64() != 0)),
            dtype if !dtype.is_float() => return Ok(Index::At(value()?.to_i64() as isize)),
            _ => {}
        }
    }
    Ok(Index::Tensor(tensor))
}

/// Sequences and arrays, as `tensor` reads them. Bools and bytes are a mask; everything else becomes int64.
fn array(item: &Bound<'_, PyAny>) -> PyResult<Index> {
    let tensor = match whole_numbers(item)? {
        Some(numbers) => new_tensor(&numbers, None),
        None => new_tensor(item, None),
    }?;
    let tensor = match tensor.dtype() {
        DType::Bool | DType::U8 | DType::I64 => tensor,
        // Read once more: floats on the way would round, or hide what is no integer.
        _ => new_tensor(item, Some(DType::I64))?,
    };
    tensor_index(tensor)
}

/// The array of NumPy in int64, from dtypes and byte orders that tensors may not have.
fn whole_numbers<'py>(item: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if !is_array(item) {
        return Ok(None);
    }
    let dtype = item.getattr("dtype")?;
    let kind: String = dtype.getattr("kind")?.extract()?;
    let size: usize = dtype.getattr("itemsize")?.extract()?;
    let numbers = kind == "i" || kind == "f" || (kind == "u" && size > 1);
    if numbers { item.call_method1("astype", ("int64",)).map(Some) } else { Ok(None) }
}

/// What `tensor` has to say of a list between the brackets.
fn in_indexing(py: Python<'_>, error: PyErr) -> PyErr {
    match error.value(py).to_string().strip_prefix("tensor: ") {
        Some(text) => PyErr::from_type(error.get_type(py), format!("indexing: {text}")),
        None => error,
    }
}

#[pymethods]
impl PyTensor {
    fn __getitem__(&self, key: &Bound<'_, PyAny>) -> Ret {
        Ok(self.tensor().index(&indices(key)?)?.into())
    }

    fn __setitem__(&self, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> Ret<()> {
        let tensor = self.tensor();
        let indices = indices(key)?;
        let value = match value.cast::<PyTensor>() {
            Ok(value) => value.get().tensor(),
            Err(_) => match value.extract::<Number>() {
                Ok(Number(number)) => Tensor::full(&[], number, tensor.dtype())?,
                Err(_) => {
                    let name = value.get_type().name()?;
                    let text = format!("__setitem__: can't assign a {name} to a {} tensor", tensor.dtype().name());
                    return Err(PyTypeError::new_err(text).into());
                }
            },
        };
        tensor.index_set_(&indices, &value)?;
        Ok(())
    }

    fn __delitem__(&self, _key: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyTypeError::new_err("Tensor does not support deleting items"))
    }
}
