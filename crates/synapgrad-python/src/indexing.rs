//! `x[…]` and `x[…] = value`: what may stand between the brackets.

use pyo3::exceptions::{PyIndexError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyEllipsis, PyFloat, PyInt, PyList, PySequence, PySlice, PyTuple};
use synapgrad::ops::indexing::Index;
use synapgrad::{DType, Scalar, Tensor};

use crate::convert::Number;
use crate::error::Ret;
use crate::tensor::PyTensor;

/// Between the brackets of almost all programs there are at most this many entries.
type Indices = smallvec::SmallVec<[Index; 4]>;

fn indices(key: &Bound<'_, PyAny>) -> PyResult<Indices> {
    match key.cast::<PyTuple>() {
        Ok(tuple) => tuple.iter().map(|item| index(&item)).collect(),
        Err(_) => match key.cast::<PyList>() {
            Ok(list) if stands_for_a_tuple(list) => list.iter().map(|item| index(&item)).collect(),
            _ => Ok(smallvec::smallvec![index(key)?]),
        },
    }
}

/// As in PyTorch, a short list that holds anything but numbers is an index per dimension: `x[[[0, 1], [2, 3]]]` is
/// `x[[0, 1], [2, 3]]`.
fn stands_for_a_tuple(list: &Bound<'_, PyList>) -> bool {
    let splits = |item: Bound<'_, PyAny>| {
        item.is_none()
            || item.is_instance_of::<PyList>()
            || item.is_instance_of::<PyTuple>()
            || item.is_instance_of::<PySlice>()
            || item.is_instance_of::<PyEllipsis>()
            || item.is_instance_of::<PyTensor>()
    };
    list.len() < 32 && list.iter().any(splits)
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
        let item = tensor.get().tensor().item().map_err(crate::error::Fail::from)?;
        if let Scalar::Int(int) = item {
            return Ok(Some(int as isize));
        }
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
        let step = part(pyo3::intern!(item.py(), "step"))?.unwrap_or(1);
        if step == 0 {
            return Err(PyValueError::new_err("slice step cannot be zero"));
        }
        let start = part(pyo3::intern!(item.py(), "start"))?;
        return Ok(Index::Slice { start, stop: part(pyo3::intern!(item.py(), "stop"))?, step });
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
    if item.is_instance_of::<PyList>() || item.is_instance_of::<PyTuple>() || item.hasattr("__array__")? {
        return array(item);
    }
    if !item.is_instance_of::<PyFloat>()
        && let Ok(at) = item.extract::<isize>()
    {
        return Ok(Index::At(at));
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

/// Lists of ints or bools, and arrays of NumPy.
fn array(item: &Bound<'_, PyAny>) -> PyResult<Index> {
    // Arrays say their own list; their dtype is needed where that is empty.
    let (list, dtype) = if item.hasattr("tolist")? {
        let kind: String = item.getattr("dtype")?.getattr("kind")?.extract()?;
        if kind != "i" && kind != "u" && kind != "b" {
            return Err(PyIndexError::new_err(format!(
                "tensors used as indices must be long, int, byte or bool tensors, got an array of {}",
                item.getattr("dtype")?
            )));
        }
        (item.call_method0("tolist")?, Some(if kind == "b" { DType::Bool } else { DType::I64 }))
    } else {
        (item.clone(), None)
    };
    let mut values = Values { numbers: Vec::new(), shape: Vec::new(), bools: 0 };
    values.walk(&list, 0)?;
    let empty = values.numbers.is_empty();
    let dtype = dtype.unwrap_or(if !empty && values.bools == values.numbers.len() { DType::Bool } else { DType::I64 });
    let tensor = Tensor::from_slice(&values.numbers, &values.shape)
        .and_then(|t| t.to_dtype(dtype))
        .map_err(|e| PyErr::from(crate::error::Fail::from(e)))?;
    tensor_index(tensor)
}

/// The numbers of nested lists.
struct Values {
    numbers: Vec<i64>,
    shape: Vec<usize>,
    bools: usize,
}

/// Deeper lists are a mistake, such as one that contains itself.
const DEEPEST: usize = 64;

impl Values {
    fn walk(&mut self, item: &Bound<'_, PyAny>, depth: usize) -> PyResult<()> {
        let nested = item.is_instance_of::<PyList>() || item.is_instance_of::<PyTuple>();
        if !nested {
            if depth < self.shape.len() {
                return Err(PyValueError::new_err("an index list must be rectangular: a number stands beside a list"));
            }
            if let Ok(tensor) = item.cast::<PyTensor>()
                && tensor.get().tensor().rank() > 0
            {
                return Err(PyIndexError::new_err("a tensor with dimensions may not stand in a list of indices"));
            }
            if item.is_exact_instance_of::<PyInt>() && item.extract::<i64>().is_err() {
                return Err(too_large(item));
            }
            let Number(number) = item
                .extract()
                .map_err(|_| PyTypeError::new_err(format!("an index list may contain ints and bools, got {item}")))?;
            self.bools += usize::from(matches!(number, Scalar::Bool(_)));
            // As PyTorch, which turns lists into int64.
            self.numbers.push(number.to_i64());
            return Ok(());
        }
        let list = item.cast::<PySequence>()?;
        let len = list.len()?;
        if depth == self.shape.len() {
            if depth >= DEEPEST || !self.numbers.is_empty() {
                return Err(PyValueError::new_err("an index list must be rectangular and not too deep"));
            }
            self.shape.push(len);
        } else if self.shape[depth] != len {
            return Err(PyValueError::new_err(format!(
                "an index list must be rectangular: expected a list of length {} at dim {depth} (got {len})",
                self.shape[depth]
            )));
        }
        for i in 0..len {
            self.walk(&list.get_item(i)?, depth + 1)?;
        }
        Ok(())
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
