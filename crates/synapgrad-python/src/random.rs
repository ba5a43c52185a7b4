//! Random numbers.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use synapgrad::Tensor;
use synapgrad::random::{self, Generator};

use crate::convert::In;
use crate::error::Ret;
use crate::info::{PyDevice, check_device, cpu};

/// A stream of random numbers: PyTorch's, for the same seed.
///
/// >>> import synapgrad as sg
/// >>> g = sg.Generator().manual_seed(0)
/// >>> sg.rand(2, generator=g)
/// tensor([0.4963, 0.7682])
#[pyclass(name = "Generator", module = "synapgrad", frozen)]
pub struct PyGenerator(pub Generator);

static DEFAULT: PyOnceLock<Py<PyGenerator>> = PyOnceLock::new();

fn default(py: Python<'_>) -> PyResult<Py<PyGenerator>> {
    DEFAULT
        .get_or_try_init(py, || Py::new(py, PyGenerator(random::default_generator().clone())))
        .map(|g| g.clone_ref(py))
}

/// A seed argument: any 64 bits, signed or not.
struct Seed(u64);

impl<'a, 'py> FromPyObject<'a, 'py> for Seed {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Seed> {
        if let Ok(seed) = object.extract::<i64>() {
            return Ok(Seed(seed as u64));
        }
        if let Ok(seed) = object.extract::<u64>() {
            return Ok(Seed(seed));
        }
        let Ok(whole) = object.call_method0("__int__") else {
            return Err(PyTypeError::new_err(format!("seed: expected an int, got {}", object.get_type().name()?)));
        };
        match (whole.extract::<i64>(), whole.extract::<u64>()) {
            (Ok(seed), _) => Ok(Seed(seed as u64)),
            (_, Ok(seed)) => Ok(Seed(seed)),
            _ => Err(PyValueError::new_err(format!(
                "seed: Overflow when unpacking long long: expected an int of 64 bits, got {whole}"
            ))),
        }
    }
}

fn state_of(generator: &Generator) -> Ret {
    let state = generator.get_state();
    Ok(Tensor::from_slice(&state, &[state.len()])?.into())
}

fn continue_from(generator: &Generator, state: &Tensor) -> Ret<()> {
    if state.dtype() != synapgrad::DType::U8 {
        let text = format!("set_state: RNG state must be a torch.ByteTensor, got dtype {}", state.dtype().name());
        return Err(PyTypeError::new_err(text.replace("torch.ByteTensor", "tensor of uint8")).into());
    }
    Ok(generator.set_state(&state.to_vec::<u8>()?)?)
}

#[pymethods]
impl PyGenerator {
    #[new]
    #[pyo3(signature = (device=None))]
    fn new(device: Option<&Bound<'_, PyAny>>) -> PyResult<PyGenerator> {
        check_device("Generator", device)?;
        Ok(PyGenerator(Generator::default()))
    }

    /// Where the generator draws: the CPU.
    #[getter]
    fn device(&self) -> PyDevice {
        cpu()
    }

    /// Start the stream of ``seed``; returns the generator itself.
    fn manual_seed(slf: Bound<'_, Self>, seed: Seed) -> Bound<'_, Self> {
        slf.get().0.manual_seed(seed.0);
        slf
    }

    /// Start a stream that no one can foresee, and return its seed.
    fn seed(&self) -> u64 {
        self.0.seed()
    }

    /// The seed that the stream started from.
    fn initial_seed(&self) -> u64 {
        self.0.initial_seed()
    }

    /// The position in the stream: a tensor of 5056 bytes, which PyTorch's ``set_state`` understands, too.
    fn get_state(&self) -> Ret {
        state_of(&self.0)
    }

    /// Continue from a position. RuntimeError where it is none.
    fn set_state(slf: Bound<'_, Self>, new_state: In) -> Ret<Bound<'_, Self>> {
        continue_from(&slf.get().0, &new_state)?;
        Ok(slf)
    }

    /// A generator of its own at the same position.
    fn clone_state(&self) -> Ret<PyGenerator> {
        let twin = Generator::default();
        twin.set_state(&self.0.get_state())?;
        Ok(PyGenerator(twin))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Ret<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        let py = slf.py();
        let rebuild = PyModule::import(py, "synapgrad._C")?.getattr("_rebuild_generator")?;
        let state = state_of(&slf.get().0)?.into_pyobject(py)?;
        Ok((rebuild, (state.into_any(),)))
    }
}

#[pyfunction]
fn _rebuild_generator(state: In) -> Ret<PyGenerator> {
    let generator = Generator::default();
    continue_from(&generator, &state)?;
    Ok(PyGenerator(generator))
}

/// Start the stream of ``seed`` in the default generator, and return that.
///
/// >>> import synapgrad as sg
/// >>> sg.manual_seed(0).initial_seed()
/// 0
#[pyfunction]
fn manual_seed(py: Python<'_>, seed: Seed) -> PyResult<Py<PyGenerator>> {
    random::manual_seed(seed.0);
    default(py)
}

/// Start a stream that no one can foresee in the default generator, and return its seed.
#[pyfunction]
fn seed() -> u64 {
    random::seed()
}

/// The seed that the default generator's stream started from.
#[pyfunction]
fn initial_seed() -> u64 {
    random::initial_seed()
}

/// The position of the default generator in its stream: a tensor of bytes.
#[pyfunction]
fn get_rng_state() -> Ret {
    state_of(random::default_generator())
}

/// Continue from a position of the default generator. RuntimeError where it is none.
#[pyfunction]
fn set_rng_state(new_state: In) -> Ret<()> {
    continue_from(random::default_generator(), &new_state)
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyGenerator>()?;
    module.add("default_generator", default(module.py())?)?;
    module.add_function(wrap_pyfunction!(_rebuild_generator, module)?)?;
    module.add_function(wrap_pyfunction!(manual_seed, module)?)?;
    module.add_function(wrap_pyfunction!(seed, module)?)?;
    module.add_function(wrap_pyfunction!(initial_seed, module)?)?;
    module.add_function(wrap_pyfunction!(get_rng_state, module)?)?;
    module.add_function(wrap_pyfunction!(set_rng_state, module)?)
}
