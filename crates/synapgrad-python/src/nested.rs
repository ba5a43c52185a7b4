//! Nested lists of numbers, as `tensor()` takes them.

use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyComplex, PyDict, PyFloat, PyInt, PyList, PySet, PyString, PyTuple};
use synapgrad::{DType, Scalar, Tensor};
use synapgrad_kernels::dtype::Category;
use synapgrad_kernels::{Buffer, Element, Layout, with_element};

use crate::dtype::Dtype;
use crate::error::Fail;
use crate::tensor::PyTensor;

/// Deeper nesting is taken for a list that contains itself.
const MAX_RANK: usize = 128;

/// A tensor of the numbers in `data`: a number, or sequences nested to one depth. Without `dtype` it is the common
/// type of all of them: int64 for Python's ints, the default dtype for its floats.
pub fn read(data: &Bound<'_, PyAny>, dtype: Option<DType>) -> PyResult<Tensor> {
    if data.is_instance_of::<PyString>() || data.is_instance_of::<PyBytes>() {
        let name = data.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "tensor: expected numbers, got {name} (new(): invalid data type '{name}')"
        )));
    }
    let mut reader = Reader {
        shape: shape_of(data)?,
        found: None,
        integral: dtype.is_none_or(|d| !d.is_float()),
        fixed: dtype,
        huge: false,
        ints: Vec::new(),
        floats: Vec::new(),
    };
    let numel = reader.shape.iter().product();
    if reader.integral {
        reader.ints.reserve(numel)
    } else {
        reader.floats.reserve(numel)
    }
    reader.walk(data, 0)?;
    reader.finish()
}

/// Sizes along the first elements; [`Reader::walk`] finds whether the others agree.
fn shape_of(data: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
    let mut shape = Vec::new();
    let mut at = data.clone();
    while let Some(len) = length(&at) {
        shape.push(len);
        if shape.len() > MAX_RANK {
            return Err(PyValueError::new_err(format!("tensor: too many dimensions '{}'", at.get_type().name()?)));
        }
        if len == 0 {
            break;
        }
        at = at.get_item(0)?;
    }
    Ok(shape)
}

/// The length of a sequence; `None` for everything else.
fn length(object: &Bound<'_, PyAny>) -> Option<usize> {
    if let Ok(list) = object.cast::<PyList>() {
        return Some(list.len());
    }
    if let Ok(tuple) = object.cast::<PyTuple>() {
        return Some(tuple.len());
    }
    let plain = object.is_exact_instance_of::<PyFloat>() || object.is_exact_instance_of::<PyInt>();
    let other = plain
        || object.is_instance_of::<PyTensor>()
        || object.is_instance_of::<PyString>()
        || object.is_instance_of::<PyBytes>()
        || object.is_instance_of::<PyDict>()
        || object.is_instance_of::<PySet>();
    if other || !object.hasattr("__getitem__").unwrap_or(false) {
        return None;
    }
    object.len().ok()
}

struct Reader {
    shape: Vec<usize>,
    /// The common type of what was read.
    found: Option<DType>,
    /// The type that was asked for.
    fixed: Option<DType>,
    /// Whether numbers are kept in `ints`; else in `floats`.
    integral: bool,
    /// An int beyond 64 bits was read: only floats can follow.
    huge: bool,
    ints: Vec<i64>,
    floats: Vec<f64>,
}

impl Reader {
    fn walk(&mut self, object: &Bound<'_, PyAny>, depth: usize) -> PyResult<()> {
        if depth == self.shape.len() {
            return self.number(object);
        }
        if let Ok(list) = object.cast::<PyList>() {
            self.check_length(list.len(), depth)?;
            return list.iter().try_for_each(|item| self.walk(&item, depth + 1));
        }
        if let Ok(tuple) = object.cast::<PyTuple>() {
            self.check_length(tuple.len(), depth)?;
            return tuple.iter_borrowed().try_for_each(|item| self.walk(&item, depth + 1));
        }
        let Some(len) = length(object) else {
            let name = object.get_type().name()?;
            return Err(PyTypeError::new_err(format!(
                "tensor: not a sequence: expected one at dim {depth}, got {name}"
            )));
        };
        self.check_length(len, depth)?;
        object.try_iter()?.try_for_each(|item| self.walk(&item?, depth + 1))
    }

    fn check_length(&self, len: usize, depth: usize) -> PyResult<()> {
        if len == self.shape[depth] {
            return Ok(());
        }
        let wanted = self.shape[depth];
        Err(PyValueError::new_err(format!("tensor: expected sequence of length {wanted} at dim {depth} (got {len})")))
    }

    fn number(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        if object.is_exact_instance_of::<PyFloat>() {
            let value = object.extract::<f64>()?;
            return self.push(Scalar::Float(value), synapgrad::default_dtype());
        }
        if let Ok(flag) = object.cast::<PyBool>() {
            return self.push(Scalar::Bool(flag.is_true()), DType::Bool);
        }
        if object.is_exact_instance_of::<PyInt>() {
            return self.int(object, DType::I64);
        }
        self.unusual(object)
    }

    /// Tensors and NumPy's scalars bring a dtype along; subclasses of Python's numbers are those.
    #[cold]
    fn unusual(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        let type_name = || object.get_type().name().map_or_else(|_| "?".into(), |n| n.to_string());
        if let Ok(tensor) = object.cast::<PyTensor>() {
            let tensor = tensor.get().tensor();
            if tensor.numel() != 1 {
                let text = "tensor: only one element tensors can be converted to Python scalars, got one of shape ";
                let text = format!("{text}{:?}", tensor.shape());
                return Err(match tensor.dtype().is_float() {
                    true => PyValueError::new_err(text),
                    false => PyTypeError::new_err(text),
                });
            }
            self.refuse_float(tensor.dtype(), "Tensor")?;
            return self.push(tensor.item().map_err(Fail::from)?, tensor.dtype());
        }
        if let Ok(dtype) = object.getattr("dtype") {
            let dtype = dtype.extract::<Dtype>()?.0;
            let value = object.call_method0("item")?;
            if !object.is_instance_of::<PyFloat>() {
                self.refuse_float(dtype, &type_name())?;
            }
            return match dtype.category() {
                Category::Float => self.push(Scalar::Float(value.extract()?), dtype),
                Category::Int => self.int(&value, dtype),
                Category::Bool => self.push(Scalar::Bool(value.extract()?), dtype),
            };
        }
        if object.is_instance_of::<PyFloat>() {
            return self.push(Scalar::Float(object.extract()?), synapgrad::default_dtype());
        }
        if object.is_instance_of::<PyInt>() {
            return self.int(object, DType::I64);
        }
        if object.is_instance_of::<PyString>() {
            return Err(PyValueError::new_err("tensor: expected numbers, got str (too many dimensions 'str')"));
        }
        if object.is_instance_of::<PyComplex>() {
            return Err(PyTypeError::new_err("tensor: complex numbers are not supported"));
        }
        let sequence = length(object).is_some() || object.is_instance_of::<PyBytes>();
        if sequence || object.is_instance_of::<PyByteArray>() {
            let (depth, name) = (self.shape.len(), type_name());
            return Err(PyTypeError::new_err(format!("tensor: expected a number at dim {depth}, got {name}")));
        }
        if self.fixed.is_some() && object.hasattr("__float__")? {
            return self.push(Scalar::Float(object.extract()?), synapgrad::default_dtype());
        }
        Err(PyRuntimeError::new_err(format!("tensor: Could not infer dtype of {}", type_name())))
    }

    /// As in PyTorch, of all floats only Python's own are cut to integers.
    fn refuse_float(&self, dtype: DType, name: &str) -> PyResult<()> {
        match self.fixed {
            Some(wanted) if dtype.is_float() && !wanted.is_float() => Err(PyTypeError::new_err(format!(
                "tensor: '{name}' object cannot be interpreted as an integer: got one of {}, wanted {}",
                dtype.name(),
                wanted.name()
            ))),
            _ => Ok(()),
        }
    }

    fn int(&mut self, object: &Bound<'_, PyAny>, dtype: DType) -> PyResult<()> {
        match object.extract::<i64>() {
            Ok(value) => self.push(Scalar::Int(value), dtype),
            Err(_) if self.fixed == Some(DType::Bool) => self.push(Scalar::Bool(true), dtype),
            Err(_) if self.fixed.is_none_or(DType::is_float) => {
                self.huge = true;
                let value = object.extract::<f64>()?;
                self.as_floats();
                self.push(Scalar::Float(value), dtype)
            }
            Err(_) => Err(too_big("int64")),
        }
    }

    fn as_floats(&mut self) {
        if self.integral {
            self.floats.reserve(self.ints.capacity());
            self.floats.extend(self.ints.drain(..).map(|i| i as f64));
            self.integral = false;
        }
    }

    fn push(&mut self, value: Scalar, dtype: DType) -> PyResult<()> {
        if self.found != Some(dtype) {
            self.found = Some(self.found.map_or(dtype, |found| found.promote(dtype)));
        }
        if let (Scalar::Float(value), true) = (value, self.integral) {
            match self.fixed {
                None => self.as_floats(),
                Some(DType::Bool) => {
                    self.ints.push((value != 0.0) as i64);
                    return Ok(());
                }
                Some(dtype) => {
                    // The bounds are powers of two, so that they are exact as floats.
                    if !(-9223372036854775808.0..9223372036854775808.0).contains(&value) {
                        return Err(too_big(dtype.name()));
                    }
                    self.ints.push(value as i64);
                    return Ok(());
                }
            }
        }
        if self.integral {
            self.ints.push(value.to_i64())
        } else {
            self.floats.push(value.to_f64())
        }
        Ok(())
    }

    fn finish(self) -> PyResult<Tensor> {
        let dtype = self.fixed.or(self.found).unwrap_or_else(synapgrad::default_dtype);
        if self.huge && !dtype.is_float() {
            return Err(PyValueError::new_err("tensor: Overflow when unpacking long long: an int is beyond 64 bits"));
        }
        if self.integral {
            check_range(&self.ints, dtype)?;
        }
        let buffer = with_element!(dtype, T => {
            let mut buffer = Buffer::stale((self.ints.len() + self.floats.len()) * dtype.size());
            if let Ok(buffer) = &mut buffer {
                let out = buffer.as_mut_slice::<T>();
                if self.integral {
                    out.iter_mut().zip(&self.ints).for_each(|(out, &value)| *out = T::from_i64(value));
                } else {
                    out.iter_mut().zip(&self.floats).for_each(|(out, &value)| *out = T::from_f64(value));
                }
            }
            buffer
        });
        let buffer = buffer.map_err(synapgrad::Error::from).map_err(Fail::from)?;
        Ok(Tensor::from_buffer(buffer, Layout::dense(&self.shape), dtype))
    }
}

/// Whether all fit in `dtype`; negative numbers fit in `uint8` by wrapping around, as in PyTorch.
fn check_range(values: &[i64], dtype: DType) -> PyResult<()> {
    let range = match dtype {
        DType::I32 => i32::MIN as i64..=i32::MAX as i64,
        DType::I16 => i16::MIN as i64..=i16::MAX as i64,
        DType::I8 => i8::MIN as i64..=i8::MAX as i64,
        DType::U8 => -(u8::MAX as i64)..=u8::MAX as i64,
        _ => return Ok(()),
    };
    if values.iter().all(|value| range.contains(value)) { Ok(()) } else { Err(too_big(dtype.name())) }
}

fn too_big(name: &str) -> PyErr {
    PyRuntimeError::new_err(format!("tensor: value cannot be converted to type {name} without overflow"))
}

/// The elements of a tensor as nested lists; a number for a 0-d tensor.
pub fn write(py: Python<'_>, tensor: &Tensor) -> PyResult<Py<PyAny>> {
    fn rows<'py, T: Copy, N: IntoPyObject<'py>>(
        py: Python<'py>,
        values: &mut std::slice::Iter<T>,
        shape: &[usize],
        number: fn(T) -> N,
    ) -> PyResult<Bound<'py, PyList>> {
        match shape {
            [len] => PyList::new(py, values.as_slice()[..*len].iter().map(|&v| number(v))).inspect(|_| {
                *values = values.as_slice()[*len..].iter();
            }),
            _ => {
                let list = PyList::empty(py);
                for _ in 0..shape[0] {
                    list.append(rows(py, values, &shape[1..], number)?)?;
                }
                Ok(list)
            }
        }
    }
    if tensor.rank() == 0 {
        return crate::tensor::number(py, tensor.item().map_err(Fail::from)?);
    }
    with_element!(tensor.dtype(), T => {
        let values = tensor.to_vec::<T>().map_err(Fail::from)?;
        let (values, shape) = (&mut values.iter(), tensor.shape());
        let list = match tensor.dtype().category() {
            Category::Float => rows(py, values, shape, |v: T| v.to_f64()),
            Category::Int => rows(py, values, shape, |v: T| v.to_i64()),
            Category::Bool => rows(py, values, shape, |v: T| PyTruth(v.to_i64() != 0)),
        };
        Ok(list?.into_any().unbind())
    })
}

/// A bool, owned: PyO3 gives out a borrowed one, which the list could not take.
struct PyTruth(bool);

impl<'py> IntoPyObject<'py> for PyTruth {
    type Target = PyBool;
    type Output = Bound<'py, PyBool>;
    type Error = std::convert::Infallible;
    fn into_pyobject(self, py: Python<'py>) -> Result<Bound<'py, PyBool>, Self::Error> {
        Ok(PyBool::new(py, self.0).to_owned())
    }
}
