//! What is done to gradients, weights and sequences around modules.

use pyo3::prelude::*;
use synapgrad::Tensor;
use synapgrad::nn::utils;

use crate::convert::{In, Out};
use crate::error::Ret;

fn plain(tensors: Vec<In>) -> Vec<Tensor> {
    tensors.into_iter().map(|t| t.0).collect()
}

/// The norm of all tensors together. RuntimeError where it is not finite and ``error_if_nonfinite`` asks.
#[pyfunction]
fn get_total_norm(tensors: Vec<In>, norm_type: f64, error_if_nonfinite: bool) -> Ret {
    Ok(utils::get_total_norm(&plain(tensors), norm_type, error_if_nonfinite)?.into())
}

/// Scale all gradients so that their norm together is at most ``max_norm``; returns what it was. RuntimeError where it is not
/// finite and ``error_if_nonfinite`` asks.
#[pyfunction]
fn clip_grad_norm_(parameters: Vec<In>, max_norm: f64, norm_type: f64, error_if_nonfinite: bool) -> Ret {
    Ok(utils::clip_grad_norm(&plain(parameters), max_norm, norm_type, error_if_nonfinite)?.into())
}

/// Scale all gradients by ``max_norm / (total_norm + 1e-6)``, if that is less than 1.
#[pyfunction]
fn clip_grads_with_norm_(parameters: Vec<In>, max_norm: f64, total_norm: In) -> Ret<()> {
    Ok(utils::clip_grads_with_norm(&plain(parameters), max_norm, &total_norm)?)
}

/// Bring each element of all gradients into [-clip_value, clip_value].
#[pyfunction]
fn clip_grad_value_(parameters: Vec<In>, clip_value: f64) -> Ret<()> {
    Ok(utils::clip_grad_value(&plain(parameters), clip_value)?)
}

/// All parameters as one vector. RuntimeError for none.
#[pyfunction]
fn parameters_to_vector(parameters: Vec<In>) -> Ret {
    Ok(utils::parameters_to_vector(&plain(parameters))?.into())
}

/// The lengths of a weight's parts along ``dim``, or of the whole.
#[pyfunction]
fn norm_except_dim(v: In, dim: Option<isize>) -> Ret {
    Ok(utils::norm_except_dim(&v, dim)?.into())
}

/// The weight of length ``g`` and direction ``v``: ``g·v/‖v‖``, the norm taken over each part along ``dim``, or the whole.
#[pyfunction]
fn weight_norm(v: In, g: In, dim: Option<isize>) -> Ret {
    Ok(utils::weight_norm(&v, &g, dim)?.into())
}

/// A weight divided by its largest singular value ``uᵀ·W·v``, after so many iterations that bring ``u`` and ``v`` nearer to
/// the singular vectors.
#[pyfunction]
fn spectral_norm(weight: In, u: In, v: In, dim: isize, iterations: usize, eps: f64) -> Ret {
    Ok(utils::spectral_norm(&weight, &u, &v, dim, iterations, eps)?.into())
}

/// First vectors for ``spectral_norm``: normal numbers, of length 1.
#[pyfunction]
fn spectral_norm_vectors(weight: In, dim: isize, eps: f64) -> Ret<(Out, Out)> {
    let (u, v) = utils::first_vectors(&weight, dim, eps)?;
    Ok((u.into(), v.into()))
}

/// Sequences in one tensor, the shorter ones filled up with ``value``. RuntimeError where they differ in more than length.
#[pyfunction]
fn pad_sequence(sequences: Vec<In>, batch_first: bool, value: f64, left: bool) -> Ret {
    Ok(utils::pad_sequence(&plain(sequences), batch_first, value, left)?.into())
}

/// What belongs to sequences of descending lengths in a padded block, time by time, and how many there are at each time.
/// RuntimeError for lengths that don't fit.
#[pyfunction]
fn pack_padded_sequence(input: In, lengths: Vec<i64>, batch_first: bool) -> Ret<(Out, Out)> {
    let (data, sizes) = utils::pack_padded_sequence(&input, &lengths, batch_first)?;
    Ok((data.into(), sizes.into()))
}

/// The block that was packed, and the lengths of its sequences. ValueError where ``total`` is less than the longest.
#[pyfunction]
fn pad_packed_sequence(
    data: In,
    batch_sizes: Vec<i64>,
    batch_first: bool,
    value: f64,
    total: Option<usize>,
) -> Ret<(Out, Out)> {
    let (block, lengths) = utils::pad_packed_sequence(&data, &batch_sizes, batch_first, value, total)?;
    Ok((block.into(), Tensor::from_slice(&lengths, &[lengths.len()])?.into()))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(get_total_norm, module)?)?;
    module.add_function(wrap_pyfunction!(clip_grad_norm_, module)?)?;
    module.add_function(wrap_pyfunction!(clip_grads_with_norm_, module)?)?;
    module.add_function(wrap_pyfunction!(clip_grad_value_, module)?)?;
    module.add_function(wrap_pyfunction!(parameters_to_vector, module)?)?;
    module.add_function(wrap_pyfunction!(norm_except_dim, module)?)?;
    module.add_function(wrap_pyfunction!(weight_norm, module)?)?;
    module.add_function(wrap_pyfunction!(spectral_norm, module)?)?;
    module.add_function(wrap_pyfunction!(spectral_norm_vectors, module)?)?;
    module.add_function(wrap_pyfunction!(pad_sequence, module)?)?;
    module.add_function(wrap_pyfunction!(pack_padded_sequence, module)?)?;
    module.add_function(wrap_pyfunction!(pad_packed_sequence, module)?)
}
