//! `synapgrad.float32` and its kin.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyType};
use synapgrad::DType;

/// The element type of a tensor.
#[pyclass(name = "dtype", module = "synapgrad", frozen, eq, hash)]
#[derive(PartialEq, Eq, Hash)]
pub struct PyDType(pub DType);

/// Names by which each dtype is known.
const NAMES: [(DType, &[&str]); 10] = [
    (DType::F32, &["float32", "float"]),
    (DType::F64, &["float64", "double"]),
    (DType::F16, &["float16", "half"]),
    (DType::BF16, &["bfloat16"]),
    (DType::I64, &["int64", "long"]),
    (DType::I32, &["int32", "int"]),
    (DType::I16, &["int16", "short"]),
    (DType::I8, &["int8"]),
    (DType::U8, &["uint8"]),
    (DType::Bool, &["bool"]),
];

/// One object per dtype, so that `is` works.
static OBJECTS: PyOnceLock<Vec<Py<PyDType>>> = PyOnceLock::new();

/// The object that stands for a dtype in Python.
pub fn object(py: Python<'_>, dtype: DType) -> PyResult<Py<PyDType>> {
    let objects = OBJECTS.get_or_try_init(py, || {
        DType::ALL.map(|d| Py::new(py, PyDType(d))).into_iter().collect::<PyResult<Vec<_>>>()
    })?;
    Ok(objects[dtype as usize].clone_ref(py))
}

#[pymethods]
impl PyDType {
    fn __repr__(&self) -> String {
        format!("synapgrad.{}", self.0.name())
    }

    fn __reduce__(&self) -> String {
        self.0.name().to_string()
    }

    /// Whether this is a float type.
    #[getter]
    fn is_floating_point(&self) -> bool {
        self.0.is_float()
    }

    /// Always false: there are no complex types.
    #[getter]
    fn is_complex(&self) -> bool {
        false
    }

    /// Whether the type has a sign.
    #[getter]
    fn is_signed(&self) -> bool {
        !matches!(self.0, DType::U8 | DType::Bool)
    }

    /// Bytes per element.
    #[getter]
    fn itemsize(&self) -> usize {
        self.0.size()
    }
}

/// A dtype argument: one of ours, one of NumPy's, or Python's `float`, `int` and `bool`.
#[derive(Clone, Copy)]
pub struct Dtype(pub DType);

impl<'a, 'py> FromPyObject<'a, 'py> for Dtype {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Dtype> {
        if let Ok(dtype) = object.cast::<PyDType>() {
            return Ok(Dtype(dtype.get().0));
        }
        let by_name = |name: &str| {
            let known = |(dtype, names): &(DType, &[&str])| names.contains(&name).then_some(Dtype(*dtype));
            NAMES.iter().find_map(known)
        };
        if let Ok(class) = object.cast::<PyType>() {
            // FloatTensor and its kin.
            if let Ok(named) = class.getattr("dtype")
                && let Ok(dtype) = named.cast::<PyDType>()
            {
                return Ok(Dtype(dtype.get().0));
            }
            match class.name()?.to_str()? {
                "float" => return Ok(Dtype(DType::F64)),
                "int" => return Ok(Dtype(DType::I64)),
                // A scalar class of NumPy, such as numpy.float32.
                name => {
                    if let Some(dtype) = by_name(name.trim_end_matches('_')) {
                        return Ok(dtype);
                    }
                }
            }
        } else if object.cast::<PyString>().is_err()
            // numpy.dtype('float32') has a name.
            && let Ok(name) = object.getattr("name")
            && let Some(dtype) = name.extract::<String>().ok().and_then(|name| by_name(&name))
        {
            return Ok(dtype);
        }
        Err(PyTypeError::new_err(format!("dtype must be a synapgrad.dtype, got {}", object.repr()?)))
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyDType>()?;
    for (dtype, names) in NAMES {
        for name in names {
            module.add(*name, object(module.py(), dtype)?)?;
        }
    }
    Ok(())
}
