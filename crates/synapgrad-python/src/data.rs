//! Data sets that are made.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyTuple};
use synapgrad::data::make;
use synapgrad::random::{Generator, with_generator};

use crate::convert::Out;
use crate::error::Ret;
use crate::random::PyGenerator;

/// How many points: an int that is not negative.
fn count(object: &Bound<'_, PyAny>) -> PyResult<usize> {
    if !object.is_instance_of::<PyInt>() || object.is_instance_of::<PyBool>() {
        let text = format!("make_moons: n_samples is an int or a pair of ints, got {object}");
        return Err(PyTypeError::new_err(text));
    }
    object.extract().map_err(|_| {
        PyValueError::new_err(format!(
            "make_moons: n_samples must not be negative, nor beyond any memory, got {object}"
        ))
    })
}

/// The points of the outer and of the inner moon, in all or each.
fn counts(n_samples: &Bound<'_, PyAny>) -> PyResult<(usize, usize)> {
    match n_samples.cast::<PyTuple>() {
        Ok(pair) if pair.len() == 2 => Ok((count(&pair.get_item(0)?)?, count(&pair.get_item(1)?)?)),
        Ok(_) => Err(PyValueError::new_err("make_moons: n_samples can be either an int or a pair of ints")),
        Err(_) => count(n_samples).map(|n| (n / 2, n - n / 2)),
    }
}

/// The generator that a seed, a generator or nothing stands for.
fn source(seed: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Generator>> {
    let Some(seed) = seed else { return Ok(None) };
    if let Ok(generator) = seed.cast::<PyGenerator>() {
        return Ok(Some(generator.get().0.clone()));
    }
    if !seed.is_instance_of::<PyInt>() || seed.is_instance_of::<PyBool>() {
        let text = format!("make_moons: random_state is an int, a Generator or None, got {seed}");
        return Err(PyTypeError::new_err(text));
    }
    let seed: u32 = seed.extract().map_err(|_| {
        PyValueError::new_err(format!("make_moons: random_state must be between 0 and 2**32 - 1, got {seed}"))
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
    let (outer, inner) = counts(n_samples)?;
    let noise = match noise {
        None => None,
        Some(sigma) if sigma.is_instance_of::<PyFloat>() || sigma.is_instance_of::<PyInt>() => Some(sigma.extract()?),
        Some(other) => {
            return Err(PyTypeError::new_err(format!("make_moons: noise is a number or None, got {other}")).into());
        }
    };
    let generator = source(seed)?;
    let points = with_generator(generator.as_ref(), |draws| {
        make::make_moons(outer, inner, shuffle, noise, &mut || draws.next_u32())
    })?;
    let (x, y) = points.tensors()?;
    Ok((Out(x), Out(y)))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(make_moons, module)?)
}
