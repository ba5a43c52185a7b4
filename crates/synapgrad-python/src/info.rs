//! What is said about tensors: sizes, devices, layouts, limits of dtypes.

use std::ffi::CString;
use std::sync::OnceLock;

use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyInt, PyModule, PyString, PyTuple, PyType};
use synapgrad::DType;
use synapgrad_kernels::dtype::Category;
use synapgrad_kernels::parallel;

use crate::dtype::{Dtype, PyDType};

/// `Size` is a subclass of `tuple`, which only Python itself can make.
const SIZE: &str = include_str!("size.py");

static SIZE_CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// A shape for Python.
pub fn size<'py>(py: Python<'py>, shape: &[usize]) -> PyResult<Bound<'py, PyAny>> {
    let sizes = PyTuple::new(py, shape)?;
    let class = SIZE_CLASS.get(py).ok_or_else(|| PyRuntimeError::new_err("the module is not initialised"))?;
    class.bind(py).call1((sizes,))
}

/// Where a tensor lives: always ``cpu``.
#[pyclass(name = "device", module = "synapgrad", frozen, eq, hash)]
#[derive(PartialEq, Eq, Hash)]
pub struct PyDevice {
    index: Option<u32>,
}

fn no_such_device(text: &str) -> PyErr {
    PyRuntimeError::new_err(format!("device: SynapGrad computes on the CPU only, expected 'cpu', got '{text}'"))
}

#[pymethods]
impl PyDevice {
    #[new]
    #[pyo3(signature = (r#type, index=None))]
    fn new(r#type: &Bound<'_, PyAny>, index: Option<u32>) -> PyResult<PyDevice> {
        if let Ok(device) = r#type.cast::<PyDevice>() {
            return Ok(PyDevice { index: device.get().index });
        }
        let Ok(text) = r#type.cast::<PyString>() else {
            return Err(no_such_device(&r#type.str()?.to_string()));
        };
        let text = text.to_string();
        let (kind, number) = text.split_once(':').map_or((text.as_str(), None), |(kind, number)| (kind, Some(number)));
        let index = match number {
            Some(number) => Some(number.parse::<u32>().map_err(|_| no_such_device(&text))?),
            None => index,
        };
        if kind != "cpu" || index.is_some_and(|i| i > 0) {
            return Err(no_such_device(&text));
        }
        Ok(PyDevice { index })
    }

    /// ``'cpu'``
    #[getter]
    fn r#type(&self) -> &'static str {
        "cpu"
    }

    #[getter]
    fn index(&self) -> Option<u32> {
        self.index
    }

    fn __repr__(&self) -> String {
        match self.index {
            None => "device(type='cpu')".into(),
            Some(index) => format!("device(type='cpu', index={index})"),
        }
    }

    fn __str__(&self) -> String {
        self.index.map_or_else(|| "cpu".into(), |index| format!("cpu:{index}"))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, (String,)) {
        (slf.get_type(), (slf.get().__str__(),))
    }
}

/// The device of every tensor.
pub fn cpu() -> PyDevice {
    PyDevice { index: None }
}

/// # Errors
/// RuntimeError for any device but the CPU.
pub fn check_device(name: &str, device: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    match device {
        None => Ok(()),
        Some(device) if device.is_none() || device.is_instance_of::<PyDevice>() => Ok(()),
        Some(device) if device.is_instance_of::<PyString>() => PyDevice::new(device, None).map(|_| ()),
        Some(device) => {
            let got = device.get_type().name()?;
            Err(PyTypeError::new_err(format!("{name}: argument 'device' must be a device or a str, not {got}")))
        }
    }
}

/// A name that prints as itself: a layout or a memory format.
#[pyclass(name = "_Constant", module = "synapgrad._C", frozen)]
struct Constant(&'static str);

#[pymethods]
impl Constant {
    fn __repr__(&self) -> String {
        format!("synapgrad.{}", self.0)
    }

    fn __reduce__(&self) -> &'static str {
        self.0
    }
}

static STRIDED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// `synapgrad.strided`
pub fn strided(py: Python<'_>) -> Option<Py<PyAny>> {
    STRIDED.get(py).map(|object| object.clone_ref(py))
}

/// The limits of a float type.
#[pyclass(name = "finfo", module = "synapgrad", frozen, get_all)]
pub struct FInfo {
    bits: usize,
    /// The difference between 1 and the next number.
    eps: f64,
    max: f64,
    min: f64,
    /// The smallest positive number with full precision.
    tiny: f64,
    smallest_normal: f64,
    /// The power of ten up to which decimals are exact.
    resolution: f64,
    dtype: &'static str,
}

#[pymethods]
impl FInfo {
    #[new]
    #[pyo3(signature = (r#type=None))]
    fn new(r#type: Option<Dtype>) -> PyResult<FInfo> {
        let dtype = r#type.map_or_else(synapgrad::default_dtype, |d| d.0);
        // Bits of the exponent and of the fraction.
        let (exponent, fraction, resolution) = match dtype {
            DType::F64 => (11, 52, 1e-15),
            DType::F32 => (8, 23, 1e-6),
            DType::F16 => (5, 10, 1e-3),
            DType::BF16 => (8, 7, 1e-2),
            _ => {
                return Err(PyTypeError::new_err(format!(
                    "finfo: requires a floating point input type, got {}. Use iinfo to handle it",
                    dtype.name()
                )));
            }
        };
        let bias = (1 << (exponent - 1)) - 1;
        let eps = 2f64.powi(-fraction);
        let max = (2.0 - eps) * 2f64.powi(bias);
        let tiny = 2f64.powi(1 - bias);
        let bits = dtype.size() * 8;
        Ok(FInfo { bits, eps, max, min: -max, tiny, smallest_normal: tiny, resolution, dtype: dtype.name() })
    }

    fn __repr__(&self) -> String {
        let g = |x: f64| general(x, 6);
        format!(
            "finfo(resolution={}, min={}, max={}, eps={}, smallest_normal={}, tiny={}, dtype={})",
            g(self.resolution),
            g(self.min),
            g(self.max),
            g(self.eps),
            g(self.smallest_normal),
            g(self.tiny),
            self.dtype
        )
    }

    fn __eq__(&self, other: &FInfo) -> bool {
        self.dtype == other.dtype
    }
}

/// C's `%g`: so many digits, without trailing zeros, scientific where the exponent is small or large.
fn general(x: f64, digits: usize) -> String {
    let text = format!("{x:.*e}", digits - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text.to_string(),
    };
    if (-4..digits as i32).contains(&power) {
        return trim(&format!("{x:.*}", (digits as i32 - 1 - power) as usize));
    }
    let sign = if power < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trim(mantissa), power.abs())
}

/// The limits of an integer type.
#[pyclass(name = "iinfo", module = "synapgrad", frozen, get_all)]
pub struct IInfo {
    bits: usize,
    max: i64,
    min: i64,
    dtype: &'static str,
}

#[pymethods]
impl IInfo {
    #[new]
    fn new(r#type: Dtype) -> PyResult<IInfo> {
        let dtype = r#type.0;
        if dtype.category() != Category::Int {
            return Err(PyTypeError::new_err(format!("iinfo: requires an integer input type, got {}", dtype.name())));
        }
        let bits = dtype.size() * 8;
        let (min, max) = match dtype {
            DType::U8 => (0, 255),
            _ => (i64::MIN >> (64 - bits), i64::MAX >> (64 - bits)),
        };
        Ok(IInfo { bits, max, min, dtype: dtype.name() })
    }

    fn __repr__(&self) -> String {
        let g = |x: i64| general(x as f64, 6);
        format!("iinfo(min={}, max={}, dtype={})", g(self.min), g(self.max), self.dtype)
    }

    fn __eq__(&self, other: &IInfo) -> bool {
        self.dtype == other.dtype
    }
}

/// The dtype of tensors made from Python's floats.
#[pyfunction]
fn get_default_dtype(py: Python<'_>) -> PyResult<Py<PyDType>> {
    crate::dtype::object(py, synapgrad::default_dtype())
}

/// Make tensors from Python's floats in this dtype. Integers are refused: TypeError.
#[pyfunction]
fn set_default_dtype(d: Dtype) -> crate::error::Ret<()> {
    Ok(synapgrad::set_default_dtype(d.0)?)
}

/// The dtype in which both dtypes meet.
#[pyfunction]
fn promote_types(py: Python<'_>, type1: Dtype, type2: Dtype) -> PyResult<Py<PyDType>> {
    crate::dtype::object(py, type1.0.promote(type2.0))
}

/// The dtype in which two tensors or numbers meet in an operation.
#[pyfunction]
fn result_type(py: Python<'_>, tensor: crate::convert::Either, other: crate::convert::Either) -> PyResult<Py<PyDType>> {
    crate::dtype::object(py, synapgrad::ops::formula::result_type(&[(&tensor).into(), (&other).into()]))
}

/// Whether a number of one dtype may be stored in the other without changing its kind: float to integer it may not.
#[pyfunction]
#[pyo3(signature = (from_, to))]
fn can_cast(from_: Dtype, to: Dtype) -> bool {
    from_.0.category() <= to.0.category()
}

/// How many threads an operation may use: as many as the machine has processors for, or as the environment variable
/// `OMP_NUM_THREADS` said when the first operation asked, or as `set_num_threads` did.
#[pyfunction]
fn get_num_threads() -> usize {
    parallel::threads()
}

/// Use so many threads for an operation from now on, in the whole process. What an operation computes does not depend on
/// their number; 1 is the calling thread alone. RuntimeError where ``n`` is not a positive int.
///
/// >>> import synapgrad as sg
/// >>> before = sg.get_num_threads()
/// >>> sg.set_num_threads(2)
/// >>> sg.get_num_threads()
/// 2
/// >>> sg.set_num_threads(before)
#[pyfunction]
fn set_num_threads(n: &Bound<'_, PyAny>) -> PyResult<()> {
    parallel::set_threads(positive("set_num_threads", n)?);
    Ok(())
}

/// What :func:`set_num_interop_threads` was given.
static INTEROP: OnceLock<usize> = OnceLock::new();

/// How many operations may run side by side; see :func:`set_num_interop_threads`.
#[pyfunction]
fn get_num_interop_threads() -> usize {
    *INTEROP.get().unwrap_or(&parallel::threads())
}

/// How many operations may run side by side. Kept for programs that set it: operations of one Python thread run one after
/// the other, and those of several threads on as many. RuntimeError where ``n`` is not a positive int, and the second time.
#[pyfunction]
fn set_num_interop_threads(n: &Bound<'_, PyAny>) -> PyResult<()> {
    let wanted = positive("set_num_interop_threads", n)?;
    INTEROP.set(wanted).map_err(|wanted| {
        let text = "cannot set number of interop threads after set_num_interop_threads was called";
        PyRuntimeError::new_err(format!("set_num_interop_threads: {text}: got {wanted}"))
    })
}

fn positive(name: &str, n: &Bound<'_, PyAny>) -> PyResult<usize> {
    if !n.is_instance_of::<PyInt>() || n.is_instance_of::<PyBool>() {
        let got = n.get_type().name()?;
        return Err(PyRuntimeError::new_err(format!("{name}: expects an int, but got {got}")));
    }
    let number: i32 =
        n.extract().map_err(|_| PyValueError::new_err(format!("{name}: {n} does not fit into 32 bits")))?;
    match usize::try_from(number) {
        Ok(number @ 1..) => Ok(number),
        _ => Err(PyRuntimeError::new_err(format!("{name}: expects a positive integer, but got {number}"))),
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let source = PyModule::from_code(py, &CString::new(SIZE)?, c"size.py", c"synapgrad._size")?;
    let class = source.getattr("Size")?.cast_into::<PyType>()?;
    module.add("Size", &class)?;
    SIZE_CLASS.get_or_init(py, || class.unbind());
    module.add_class::<PyDevice>()?;
    module.add_class::<FInfo>()?;
    module.add_class::<IInfo>()?;
    for name in ["strided", "contiguous_format", "preserve_format", "channels_last", "channels_last_3d"] {
        let constant = Py::new(py, Constant(name))?.into_any();
        if name == "strided" {
            STRIDED.get_or_init(py, || constant.clone_ref(py));
        }
        module.add(name, constant)?;
    }
    for (name, value) in
        [("inf", f64::INFINITY), ("nan", f64::NAN), ("pi", std::f64::consts::PI), ("e", std::f64::consts::E)]
    {
        module.add(name, value)?;
    }
    module.add("newaxis", py.None())?;
    module.add_function(wrap_pyfunction!(get_default_dtype, module)?)?;
    module.add_function(wrap_pyfunction!(set_default_dtype, module)?)?;
    module.add_function(wrap_pyfunction!(promote_types, module)?)?;
    module.add_function(wrap_pyfunction!(result_type, module)?)?;
    module.add_function(wrap_pyfunction!(can_cast, module)?)?;
    module.add_function(wrap_pyfunction!(get_num_threads, module)?)?;
    module.add_function(wrap_pyfunction!(set_num_threads, module)?)?;
    module.add_function(wrap_pyfunction!(get_num_interop_threads, module)?)?;
    module.add_function(wrap_pyfunction!(set_num_interop_threads, module)?)
}
