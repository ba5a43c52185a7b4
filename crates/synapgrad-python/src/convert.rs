//! Arguments from Python, results to Python.

use pyo3::exceptions::{PyOverflowError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PyTuple};
use synapgrad::{Operand, Scalar, Tensor};

use crate::error::go_on;
use crate::tensor::PyTensor;

/// A tensor argument.
pub struct In(pub Tensor);

impl<'a, 'py> FromPyObject<'a, 'py> for In {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<In> {
        match object.cast::<PyTensor>() {
            Ok(tensor) => with_shape(object, tensor.get().tensor()).map(In),
            Err(_) => Err(PyTypeError::new_err(format!("expected a Tensor, got {}", object.get_type().name()?))),
        }
    }
}

/// The tensor in `object`, unless that is a parameter or buffer whose shape nobody knows yet: it holds an empty vector.
///
/// # Errors
/// ValueError there.
#[inline]
fn with_shape(object: Borrowed<'_, '_, PyAny>, tensor: Tensor) -> PyResult<Tensor> {
    if *tensor.shape() == [0] {
        check_shape_is_known(object)?
    }
    Ok(tensor)
}

#[cold]
fn check_shape_is_known(object: Borrowed<'_, '_, PyAny>) -> PyResult<()> {
    if !object.get_type().hasattr(intern!(object.py(), "materialize"))? {
        return Ok(());
    }
    Err(PyValueError::new_err(format!(
        "Attempted to use an uninitialized parameter or buffer: got an {}, which has no shape until its module has been \
         called with an input; wanted a Tensor",
        object.get_type().name()?
    )))
}

impl std::ops::Deref for In {
    type Target = Tensor;
    fn deref(&self) -> &Tensor {
        &self.0
    }
}

/// A resulting tensor.
pub struct Out(pub Tensor);

impl From<Tensor> for Out {
    fn from(tensor: Tensor) -> Out {
        Out(tensor)
    }
}

impl<'py> IntoPyObject<'py> for Out {
    type Target = PyTensor;
    type Output = Bound<'py, PyTensor>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyTensor>> {
        go_on()?;
        Bound::new(py, PyTensor::new(self.0))
    }
}

/// A number argument.
#[derive(Clone, Copy)]
pub struct Number(pub Scalar);

impl<'a, 'py> FromPyObject<'a, 'py> for Number {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Number> {
        if let Ok(float) = object.cast::<PyFloat>() {
            return Ok(Number(Scalar::Float(float.value())));
        }
        if let Ok(flag) = object.cast::<PyBool>() {
            return Ok(Number(Scalar::Bool(flag.is_true())));
        }
        if object.is_instance_of::<PyInt>() {
            return match object.extract::<i64>() {
                Ok(int) => Ok(Number(Scalar::Int(int))),
                Err(_) => {
                    Err(PyOverflowError::new_err(format!("int too big to convert: {} is beyond 64 bits", *object)))
                }
            };
        }
        if let Ok(tensor) = object.cast::<PyTensor>() {
            return tensor.get().tensor().item().map(Number).map_err(|e| crate::error::Fail::from(e).into());
        }
        // Numbers of other libraries, such as numpy.float32(1): whole numbers know their index.
        let wanted = || PyTypeError::new_err("expected a number");
        if object.hasattr("__index__")? && !object.hasattr("__len__")? {
            return object.extract::<i64>().map(|int| Number(Scalar::Int(int))).map_err(|_| wanted());
        }
        if object.hasattr("__float__")? && !object.hasattr("__len__")? {
            return object.extract::<f64>().map(|float| Number(Scalar::Float(float)));
        }
        Err(PyTypeError::new_err(format!("expected a number, got {}", object.get_type().name()?)))
    }
}

/// A tensor or a number.
pub enum Either {
    Tensor(Tensor),
    Number(Scalar),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Either {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Either> {
        if let Ok(tensor) = object.cast::<PyTensor>() {
            return with_shape(object, tensor.get().tensor()).map(Either::Tensor);
        }
        match object.extract::<Number>() {
            Ok(number) => Ok(Either::Number(number.0)),
            Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => Err(error),
            Err(_) => {
                Err(PyTypeError::new_err(format!("expected a Tensor or a number, got {}", object.get_type().name()?)))
            }
        }
    }
}

impl<'a> From<&'a Either> for Operand<'a> {
    fn from(either: &'a Either) -> Operand<'a> {
        match either {
            Either::Tensor(tensor) => Operand::Tensor(tensor),
            Either::Number(number) => Operand::Number(*number),
        }
    }
}

/// Dimensions: an int, or a sequence of ints.
pub struct Dims(pub Vec<isize>);

impl<'a, 'py> FromPyObject<'a, 'py> for Dims {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Dims> {
        integers(&object).map(Dims)
    }
}

/// A tuple or list of ints, where a single one would not say enough.
pub struct Ints(pub Vec<isize>);

impl<'a, 'py> FromPyObject<'a, 'py> for Ints {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Ints> {
        if object.is_instance_of::<PyTuple>() || object.is_instance_of::<PyList>() {
            return integers(&object).map(Ints);
        }
        Err(PyTypeError::new_err(format!("expected a tuple of ints, got {}", object.get_type().name()?)))
    }
}

/// The ints of a sequence, or a single one.
fn integers(object: &Bound<'_, PyAny>) -> PyResult<Vec<isize>> {
    match integer(object) {
        Err(error) if !error.is_instance_of::<PyValueError>(object.py()) => {}
        one => return Ok(vec![one?]),
    }
    if object.is_instance_of::<PyTuple>() || object.is_instance_of::<PyList>() {
        return object.try_iter()?.map(|item| integer(&item?)).collect();
    }
    Err(PyTypeError::new_err(format!("expected an int or a tuple of ints, got {}", object.get_type().name()?)))
}

fn integer(object: &Bound<'_, PyAny>) -> PyResult<isize> {
    let wrong = || -> PyErr {
        let name = object.get_type().name().map_or_else(|_| "?".into(), |n| n.to_string());
        PyTypeError::new_err(format!("expected an int, got {name}"))
    };
    if object.is_instance_of::<PyFloat>() || object.is_instance_of::<PyBool>() {
        return Err(wrong());
    }
    object.extract::<isize>().map_err(|_| match object.is_instance_of::<PyInt>() {
        true => PyValueError::new_err(format!("Overflow when unpacking long long: {object} is beyond 64 bits")),
        false => wrong(),
    })
}

/// The arguments of `x.view(2, 3)` or `x.view((2, 3))`.
pub fn variadic(args: &Bound<'_, PyTuple>) -> PyResult<Vec<isize>> {
    if args.len() == 1 {
        return integers(&args.get_item(0)?);
    }
    args.iter().map(|item| integer(&item)).collect()
}

/// The shape of a new tensor: `zeros(2, 3)`, `zeros((2, 3))` or `zeros(size=(2, 3))`.
pub fn shape_argument(name: &str, args: &Bound<'_, PyTuple>, size: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<usize>> {
    let dims = match (args.len(), size) {
        (0, None) => {
            return Err(PyTypeError::new_err(format!("{name}: missing 1 required positional argument: \"size\"")));
        }
        (0, Some(size)) => integers(size),
        (_, None) => variadic(args),
        (_, Some(_)) => return Err(PyTypeError::new_err(format!("{name}: got multiple values for argument 'size'"))),
    };
    let text = "argument 'size' must be tuple of ints";
    sizes(name, &dims.map_err(|error| PyTypeError::new_err(format!("{name}: {text}: {error}")))?)
}

/// A shape given as one argument.
pub struct Shape(pub Vec<usize>);

impl<'a, 'py> FromPyObject<'a, 'py> for Shape {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Shape> {
        if object.extract::<isize>().is_ok() {
            return Err(PyTypeError::new_err("argument 'size' must be tuple of ints, not int"));
        }
        sizes("size", &integers(&object)?).map(Shape)
    }
}

/// Sizes of a new tensor, none negative.
pub fn sizes(name: &str, dims: &[isize]) -> PyResult<Vec<usize>> {
    let size = |&d: &isize| {
        usize::try_from(d).map_err(|_| {
            let text = "Dimension size must be non-negative: trying to create tensor with negative dimension";
            PyRuntimeError::new_err(format!("{name}: {text} {d}: {dims:?}"))
        })
    };
    dims.iter().map(size).collect()
}

/// The tensor in an optional argument.
pub fn given(argument: &Option<In>) -> Option<&Tensor> {
    argument.as_ref().map(|t| &t.0)
}
