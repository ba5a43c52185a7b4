//! Random numbers.

use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyFloat, PyList, PyTuple};
use synapgrad::random::{self, Generator};
use synapgrad::{DType, Scalar, Tensor};

use crate::convert::{Either, In, Shape, shape_argument};
use crate::create::Options;
use crate::dtype::Dtype;
use crate::error::{Ret, named};
use crate::info::{PyDevice, check_device, cpu};
use crate::tensor::PyTensor;

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

/// A generator argument.
struct From<'py>(Bound<'py, PyGenerator>);

impl<'a, 'py> FromPyObject<'a, 'py> for From<'py> {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<From<'py>> {
        match object.cast::<PyGenerator>() {
            Ok(generator) => Ok(From(generator.to_owned())),
            Err(_) => {
                let name = object.get_type().name()?;
                Err(PyTypeError::new_err(format!("argument 'generator' must be a Generator, not {name}")))
            }
        }
    }
}

fn given<'a>(generator: &'a Option<From<'_>>) -> Option<&'a Generator> {
    generator.as_ref().map(|g| &g.0.get().0)
}

/// `name: function(shape, dtype, generator)`: `name(*size, …)`.
macro_rules! drawn {
    ($($(#[$doc:meta])* $name:ident => $function:expr;)*) => {$(
        $(#[$doc])*
        #[pyfunction]
        #[pyo3(signature = (*args, size=None, generator=None, dtype=None, layout=None, device=None, requires_grad=false, pin_memory=false))]
        #[allow(clippy::too_many_arguments)]
        fn $name(
            args: &Bound<'_, PyTuple>,
            size: Option<&Bound<'_, PyAny>>,
            generator: Option<From<'_>>,
            dtype: Option<Dtype>,
            layout: Option<&Bound<'_, PyAny>>,
            device: Option<&Bound<'_, PyAny>>,
            requires_grad: bool,
            pin_memory: bool,
        ) -> Ret {
            let _ = (layout, pin_memory);
            let options = Options { dtype, device, requires_grad };
            let (shape, dtype) = (shape_argument(stringify!($name), args, size)?, options.dtype());
            options.make(stringify!($name), || $function(&shape, dtype, given(&generator)))
        }
    )*};
}

drawn! {
    /// Uniform numbers from [0, 1).
    ///
    /// >>> import synapgrad as sg
    /// >>> g = sg.manual_seed(0)
    /// >>> sg.rand(2)
    /// tensor([0.4963, 0.7682])
    rand => Tensor::rand;
    /// Normal numbers of mean 0 and standard deviation 1.
    randn => Tensor::randn;
}

/// ``randint(high, size)``, ``randint(low, high, size)``: integers from ``low`` (0) to ``high`` − 1.
///
/// An empty range, or one beyond the dtype: RuntimeError.
#[pyfunction]
#[pyo3(signature = (*args, low=None, high=None, size=None, generator=None, dtype=None, layout=None, device=None, requires_grad=false, pin_memory=false))]
#[allow(clippy::too_many_arguments)]
fn randint(
    args: &Bound<'_, PyTuple>,
    low: Option<i64>,
    high: Option<i64>,
    size: Option<Shape>,
    generator: Option<From<'_>>,
    dtype: Option<Dtype>,
    layout: Option<&Bound<'_, PyAny>>,
    device: Option<&Bound<'_, PyAny>>,
    requires_grad: bool,
    pin_memory: bool,
) -> Ret {
    let _ = (layout, pin_memory);
    let (mut bounds, mut size) = (Vec::new(), size);
    for (place, arg) in args.iter().enumerate() {
        if arg.is_instance_of::<PyTuple>() || arg.is_instance_of::<PyList>() {
            size = Some(arg.extract()?);
        } else if arg.is_instance_of::<PyFloat>() || place > 1 {
            let name = arg.get_type().name()?;
            return Err(
                PyTypeError::new_err(format!("randint: expected ints and then a tuple of ints, got {name}")).into()
            );
        } else {
            bounds.push(arg.extract::<i64>()?);
        }
    }
    let (low, high) = match (&bounds[..], low, high) {
        ([low, high], None, None) => (*low, *high),
        ([high], None, None) => (0, *high),
        ([low], None, Some(high)) => (*low, high),
        ([], low, Some(high)) => (low.unwrap_or(0), high),
        _ => return Err(PyTypeError::new_err("randint: expected 'high', or 'low' and 'high', once each").into()),
    };
    let Some(size) = size else {
        return Err(PyTypeError::new_err("randint: missing required argument: \"size\"").into());
    };
    let wanted = dtype.map_or(DType::I64, |d| d.0);
    Options { dtype, device, requires_grad }
        .make("randint", || Tensor::randint(low, high, &size.0, wanted, given(&generator)))
}

/// Integers from ``low`` (0) to ``high`` − 1, of the shape and dtype of ``input``: ``randint_like(input, high)``,
/// ``randint_like(input, low, high)``.
#[pyfunction]
#[pyo3(signature = (input, *args, low=None, high=None, dtype=None, layout=None, device=None, requires_grad=false, memory_format=None))]
#[allow(clippy::too_many_arguments)]
fn randint_like(
    input: In,
    args: &Bound<'_, PyTuple>,
    low: Option<i64>,
    high: Option<i64>,
    dtype: Option<Dtype>,
    layout: Option<&Bound<'_, PyAny>>,
    device: Option<&Bound<'_, PyAny>>,
    requires_grad: bool,
    memory_format: Option<&Bound<'_, PyAny>>,
) -> Ret {
    let _ = (layout, memory_format);
    let bounds: Vec<i64> = args.extract()?;
    let (low, high) = match (&bounds[..], low, high) {
        ([low, high], None, None) => (*low, *high),
        ([high], None, None) => (0, *high),
        ([low], None, Some(high)) => (*low, high),
        ([], low, Some(high)) => (low.unwrap_or(0), high),
        _ => return Err(PyTypeError::new_err("randint_like: expected 'high', or 'low' and 'high', once each").into()),
    };
    let wanted = dtype.map(|d| d.0);
    Options { dtype, device, requires_grad }.make("randint_like", || {
        let tensor = input.empty_like(wanted)?;
        tensor.random_(Some(low), Some(high), None)?;
        Ok(tensor)
    })
}

/// The integers from 0 to ``n`` − 1 in random order.
#[pyfunction]
#[pyo3(signature = (n, *, generator=None, dtype=None, layout=None, device=None, requires_grad=false, pin_memory=false))]
fn randperm(
    n: i64,
    generator: Option<From<'_>>,
    dtype: Option<Dtype>,
    layout: Option<&Bound<'_, PyAny>>,
    device: Option<&Bound<'_, PyAny>>,
    requires_grad: bool,
    pin_memory: bool,
) -> Ret {
    let _ = (layout, pin_memory);
    let Ok(n) = usize::try_from(n) else {
        let text =
            format!("randperm: n must be non-negative, got {n}: trying to create tensor with negative dimension");
        return Err(PyRuntimeError::new_err(text).into());
    };
    let wanted = dtype.map_or(DType::I64, |d| d.0);
    Options { dtype, device, requires_grad }.make("randperm", || Tensor::randperm(n, wanted, given(&generator)))
}

/// Normal numbers. ``normal(mean, std)`` with tensors or numbers, of which at least one is a tensor, or
/// ``normal(mean, std, size)`` with numbers. A negative ``std``: RuntimeError. No gradient flows: it is 0.
#[pyfunction]
#[pyo3(signature = (mean, std=None, size=None, *, generator=None, dtype=None, layout=None, device=None, requires_grad=false, pin_memory=false))]
#[allow(clippy::too_many_arguments)]
fn normal(
    mean: Either,
    std: Option<Either>,
    size: Option<Shape>,
    generator: Option<From<'_>>,
    dtype: Option<Dtype>,
    layout: Option<&Bound<'_, PyAny>>,
    device: Option<&Bound<'_, PyAny>>,
    requires_grad: bool,
    pin_memory: bool,
) -> Ret {
    let _ = (layout, pin_memory);
    let g = given(&generator);
    let options = Options { dtype, device, requires_grad };
    let std = std.unwrap_or(Either::Number(Scalar::Float(1.0)));
    match (mean, std, size) {
        (Either::Number(mean), Either::Number(std), Some(size)) => {
            let dtype = options.dtype();
            options.make("normal", || {
                let tensor = Tensor::empty(&size.0, dtype)?;
                tensor.normal_(mean.to_f64(), std.to_f64(), g)?;
                Ok(tensor)
            })
        }
        (_, _, Some(_)) => Err(PyTypeError::new_err("normal: 'size' goes with numbers for 'mean' and 'std'").into()),
        (Either::Number(_), Either::Number(_), None) => {
            Err(PyTypeError::new_err("normal: missing required argument: \"size\", as 'mean' and 'std' are numbers")
                .into())
        }
        (Either::Tensor(mean), Either::Number(std), None) => {
            options.make("normal", || mean.normal_around(synapgrad::Operand::Number(std), g))
        }
        (Either::Tensor(mean), Either::Tensor(std), None) => {
            options.make("normal", || mean.normal_around(synapgrad::Operand::Tensor(&std), g))
        }
        (Either::Number(mean), Either::Tensor(std), None) => options.make("normal", || {
            let mean = Tensor::full(&[], mean.to_f64(), std.dtype())?;
            mean.normal_around(synapgrad::Operand::Tensor(&std), g)
        }),
    }
}

/// 1 with the probability that ``input`` holds at each place, or ``p``; else 0. No gradient flows: it is 0.
#[pyfunction]
#[pyo3(signature = (input, p=None, *, generator=None))]
fn bernoulli(input: In, p: Option<Either>, generator: Option<From<'_>>) -> Ret {
    tossed(&input, p, given(&generator)).map_err(named("bernoulli"))
}

fn tossed(input: &Tensor, p: Option<Either>, generator: Option<&Generator>) -> Ret {
    Ok(match p {
        None => input.bernoulli(generator)?,
        Some(p) => {
            let tensor = input.empty_like(None)?;
            match p {
                Either::Tensor(p) => tensor.bernoulli_each_(&p, generator)?,
                Either::Number(p) => tensor.bernoulli_(p.to_f64(), generator)?,
            };
            tensor
        }
    }
    .into())
}

fn samples(n: i64) -> PyResult<usize> {
    usize::try_from(n)
        .map_err(|_| PyRuntimeError::new_err(format!("multinomial: cannot sample n_sample <= 0 samples, got {n}")))
}

/// ``num_samples`` column numbers for each row of ``input``, drawn with probabilities in proportion to its elements.
///
/// A negative weight, a row of zeros, or more samples than columns without ``replacement``: RuntimeError.
#[pyfunction]
#[pyo3(signature = (input, num_samples, replacement=false, *, generator=None))]
fn multinomial(input: In, num_samples: i64, replacement: bool, generator: Option<From<'_>>) -> Ret {
    Ok(input.multinomial(samples(num_samples)?, replacement, given(&generator))?.into())
}

/// Poisson's counts of events with the mean rates in ``input``. No gradient flows: it is 0.
#[pyfunction]
#[pyo3(signature = (input, generator=None))]
fn poisson(input: In, generator: Option<From<'_>>) -> Ret {
    Ok(input.poisson(given(&generator))?.into())
}

/// Methods that replace the elements by drawn ones and return the tensor itself.
macro_rules! in_place {
    ($($(#[$doc:meta])* $name:ident ($($p:ident : $t:ty = $default:expr),*) |$x:ident, $g:ident| $call:expr;)*) => {
        #[pymethods]
        impl PyTensor {$(
            $(#[$doc])*
            #[pyo3(signature = ($($p=$default,)* *, generator=None))]
            fn $name<'py>(slf: Bound<'py, Self>, $($p: $t,)* generator: Option<From<'_>>) -> Ret<Bound<'py, Self>> {
                let ($x, $g) = (&slf.get().tensor(), given(&generator));
                $call.map_err(named(stringify!($name)))?;
                Ok(slf)
            }
        )*}
    };
}

in_place! {
    /// Normal numbers of the given mean and standard deviation. A negative ``std``: RuntimeError.
    normal_(mean: f64 = 0.0, std: f64 = 1.0) |x, g| x.normal_(mean, std, g);
    /// Exponential numbers of rate ``lambd``. A rate that is not positive: RuntimeError.
    exponential_(lambd: f64 = 1.0) |x, g| x.exponential_(lambd, g);
    /// Numbers of Cauchy's distribution. A ``sigma`` that is not positive: RuntimeError.
    cauchy_(median: f64 = 0.0, sigma: f64 = 1.0) |x, g| x.cauchy_(median, sigma, g);
    /// Numbers whose logarithm is normal with the given mean and standard deviation.
    log_normal_(mean: f64 = 1.0, std: f64 = 2.0) |x, g| x.log_normal_(mean, std, g);
}

#[pymethods]
impl PyTensor {
    /// Uniform numbers from [``from``, ``to``). Bounds in the wrong order: RuntimeError.
    #[pyo3(signature = (from=0.0, to=1.0, *, generator=None))]
    fn uniform_<'py>(slf: Bound<'py, Self>, from: f64, to: f64, generator: Option<From<'_>>) -> Ret<Bound<'py, Self>> {
        slf.get().tensor().uniform_(from, to, given(&generator))?;
        Ok(slf)
    }

    /// Integers: ``random_()`` any from 0 to the largest of the dtype, ``random_(to)`` from 0 to ``to`` − 1,
    /// ``random_(from, to)`` from ``from`` on. An empty range, or one beyond the dtype: RuntimeError.
    #[pyo3(signature = (from=None, to=None, *, generator=None))]
    fn random_<'py>(
        slf: Bound<'py, Self>,
        from: Option<i64>,
        to: Option<i64>,
        generator: Option<From<'_>>,
    ) -> Ret<Bound<'py, Self>> {
        // A single number is the upper bound.
        let (from, to) = if to.is_none() { (None, from) } else { (from, to) };
        slf.get().tensor().random_(from, to, given(&generator))?;
        Ok(slf)
    }

    /// 1 with probability ``p``, a number or a tensor, else 0. A probability beyond [0, 1]: RuntimeError.
    #[pyo3(signature = (p=None, *, generator=None))]
    fn bernoulli_<'py>(slf: Bound<'py, Self>, p: Option<Either>, generator: Option<From<'_>>) -> Ret<Bound<'py, Self>> {
        let tensor = slf.get().tensor();
        match p {
            Some(Either::Tensor(p)) => tensor.bernoulli_each_(&p, given(&generator))?,
            Some(Either::Number(p)) => tensor.bernoulli_(p.to_f64(), given(&generator))?,
            None => tensor.bernoulli_(0.5, given(&generator))?,
        };
        Ok(slf)
    }

    /// How many tosses until a coin that shows 1 with probability ``p`` does.
    #[pyo3(signature = (p, *, generator=None))]
    fn geometric_<'py>(slf: Bound<'py, Self>, p: f64, generator: Option<From<'_>>) -> Ret<Bound<'py, Self>> {
        slf.get().tensor().geometric_(p, given(&generator))?;
        Ok(slf)
    }

    /// 1 with the probability that the tensor holds at each place, or ``p``; else 0.
    #[pyo3(signature = (p=None, *, generator=None))]
    fn bernoulli(&self, p: Option<Either>, generator: Option<From<'_>>) -> Ret {
        tossed(&self.tensor(), p, given(&generator)).map_err(named("bernoulli"))
    }

    /// ``num_samples`` column numbers for each row, drawn with probabilities in proportion to the elements.
    #[pyo3(signature = (num_samples, replacement=false, *, generator=None))]
    fn multinomial(&self, num_samples: i64, replacement: bool, generator: Option<From<'_>>) -> Ret {
        Ok(self.tensor().multinomial(samples(num_samples)?, replacement, given(&generator))?.into())
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyGenerator>()?;
    module.add("default_generator", default(module.py())?)?;
    module.add_function(wrap_pyfunction!(_rebuild_generator, module)?)?;
    module.add_function(wrap_pyfunction!(rand, module)?)?;
    module.add_function(wrap_pyfunction!(randn, module)?)?;
    module.add_function(wrap_pyfunction!(randint, module)?)?;
    module.add_function(wrap_pyfunction!(randint_like, module)?)?;
    module.add_function(wrap_pyfunction!(randperm, module)?)?;
    module.add_function(wrap_pyfunction!(normal, module)?)?;
    module.add_function(wrap_pyfunction!(bernoulli, module)?)?;
    module.add_function(wrap_pyfunction!(multinomial, module)?)?;
    module.add_function(wrap_pyfunction!(poisson, module)?)?;
    module.add_function(wrap_pyfunction!(manual_seed, module)?)?;
    module.add_function(wrap_pyfunction!(seed, module)?)?;
    module.add_function(wrap_pyfunction!(initial_seed, module)?)?;
    module.add_function(wrap_pyfunction!(get_rng_state, module)?)?;
    module.add_function(wrap_pyfunction!(set_rng_state, module)?)
}
