//! Data sets that are made.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyTuple};
use synapgrad::data::make;
use synapgrad::random::{Generator, with_generator};
use synapgrad::{Layout, Tensor};
use synapgrad_kernels::Buffer;

use crate::convert::Out;
use crate::dtype::Dtype;
use crate::error::Ret;
use crate::random::PyGenerator;

/// How many points: an int that is not negative.
fn count(name: &str, object: &Bound<'_, PyAny>) -> PyResult<usize> {
    if !object.is_instance_of::<PyInt>() || object.is_instance_of::<PyBool>() {
        let text = format!("{name}: n_samples is an int or a pair of ints, got {object}");
        return Err(PyTypeError::new_err(text));
    }
    object.extract().map_err(|_| {
        PyValueError::new_err(format!("{name}: n_samples must not be negative, nor beyond any memory, got {object}"))
    })
}

/// The points of the outer and of the inner moon, in all or each.
fn counts(name: &str, n_samples: &Bound<'_, PyAny>) -> PyResult<(usize, usize)> {
    match n_samples.cast::<PyTuple>() {
        Ok(pair) if pair.len() == 2 => Ok((count(name, &pair.get_item(0)?)?, count(name, &pair.get_item(1)?)?)),
        Ok(_) => Err(PyValueError::new_err(format!("{name}: n_samples can be either an int or a pair of ints"))),
        Err(_) => count(name, n_samples).map(|n| (n / 2, n - n / 2)),
    }
}

/// The generator that a seed, a generator or nothing stands for.
fn source(name: &str, seed: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Generator>> {
    let Some(seed) = seed else { return Ok(None) };
    if let Ok(generator) = seed.cast::<PyGenerator>() {
        return Ok(Some(generator.get().0.clone()));
    }
    if !seed.is_instance_of::<PyInt>() || seed.is_instance_of::<PyBool>() {
        let text = format!("{name}: random_state is an int, a Generator or None, got {seed}");
        return Err(PyTypeError::new_err(text));
    }
    let seed: u32 = seed.extract().map_err(|_| {
        PyValueError::new_err(format!("{name}: random_state must be between 0 and 2**32 - 1, got {seed}"))
    })?;
    Ok(Some(Generator::new(seed.into())))
}

/// Two interleaving half circles: points, float32 of shape ``(n, 2)``, and their classes, int64 of shape ``(n,)``.
#[pyfunction]
fn make_moons(
    n_samples: &Bound<'_, PyAny>,
    shuffle: bool,
    noise: Option<&Bound<'_, PyAny>>,
    seed: Option<&Bound<'_, PyAny>>,
) -> Ret<(Out, Out)> {
    let (outer, inner) = counts("make_moons", n_samples)?;
    let noise = deviation("make_moons", noise)?;
    let generator = source("make_moons", seed)?;
    let points = with_generator(generator.as_ref(), |draws| {
        make::make_moons(outer, inner, shuffle, noise, &mut || draws.next_u32())
    })?;
    let (x, y) = points.tensors()?;
    Ok((Out(x), Out(y)))
}

/// A standard deviation, or none.
fn deviation(name: &str, noise: Option<&Bound<'_, PyAny>>) -> PyResult<Option<f64>> {
    match noise {
        None => Ok(None),
        Some(sigma) if sigma.is_instance_of::<PyFloat>() || sigma.is_instance_of::<PyInt>() => {
            sigma.extract().map(Some)
        }
        Some(other) => Err(PyTypeError::new_err(format!("{name}: noise is a number or None, got {other}"))),
    }
}

/// Two circles around the origin: points, float32 of shape ``(n, 2)``, and their classes, int64 of shape ``(n,)``.
#[pyfunction]
fn _make_circles(
    n_samples: &Bound<'_, PyAny>,
    shuffle: bool,
    noise: Option<&Bound<'_, PyAny>>,
    seed: Option<&Bound<'_, PyAny>>,
    factor: f64,
) -> Ret<(Out, Out)> {
    let (outer, inner) = counts("make_circles", n_samples)?;
    let noise = deviation("make_circles", noise)?;
    let generator = source("make_circles", seed)?;
    let points = with_generator(generator.as_ref(), |draws| {
        make::make_circles(outer, inner, shuffle, noise, factor, &mut || draws.next_u32())
    })?;
    let (x, y) = points.tensors()?;
    Ok((Out(x), Out(y)))
}

/// Normal draws around centres: points, float32, their classes, int64, and the coordinates of the centres.
#[pyfunction]
fn _make_blobs(
    sizes: Vec<usize>,
    features: usize,
    deviations: Vec<f64>,
    center_box: (f64, f64),
    centers: Option<Vec<Vec<f64>>>,
    shuffle: bool,
    seed: Option<&Bound<'_, PyAny>>,
) -> Ret<(Out, Out, Vec<Vec<f64>>)> {
    let centers = match centers {
        Some(centers) => make::Centers::At(centers),
        None => make::Centers::Random { features, low: center_box.0, high: center_box.1 },
    };
    let generator = source("make_blobs", seed)?;
    let (points, centers) = with_generator(generator.as_ref(), |draws| {
        make::make_blobs(&sizes, &centers, &deviations, shuffle, &mut || draws.next_u32())
    })?;
    let (x, y) = points.tensors()?;
    Ok((Out(x), Out(y), centers))
}

/// The tensor in an IDX file, packed with gzip or not.
#[pyfunction]
fn _read_idx(py: Python<'_>, path: std::path::PathBuf) -> Ret {
    Ok(py.detach(|| synapgrad::data::read_idx(path))?.into())
}

/// The bytes as elements of a dtype: a tensor of one dimension with memory of its own.
#[pyfunction]
fn _from_bytes(bytes: &[u8], dtype: Dtype) -> Ret {
    let n = bytes.len() / dtype.0.size();
    let buffer = Buffer::from_slice(&bytes[..n * dtype.0.size()]).map_err(synapgrad::Error::from)?;
    Ok(Tensor::from_buffer(buffer, Layout::dense(&[n]), dtype.0).into())
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(make_moons, module)?)?;
    module.add_function(wrap_pyfunction!(_make_circles, module)?)?;
    module.add_function(wrap_pyfunction!(_make_blobs, module)?)?;
    module.add_function(wrap_pyfunction!(_from_bytes, module)?)?;
    module.add_function(wrap_pyfunction!(_read_idx, module)?)
}
