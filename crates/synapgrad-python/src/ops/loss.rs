//! Losses.

use std::ffi::CString;

use pyo3::exceptions::{PyUserWarning, PyValueError};
use pyo3::prelude::*;
use synapgrad::{Reduction, Tensor};

use crate::convert::{In, given};
use crate::error::Ret;

/// How many rows a warning lies below the program that it is for: the function of the porch that called.
const STACKLEVEL: i32 = 2;

/// Losses of tensors of different sizes are broadcast, which is seldom what was meant.
fn warn_of_broadcasting(py: Python<'_>, name: &str, input: &Tensor, target: &Tensor) -> PyResult<()> {
    if input.shape() == target.shape() {
        return Ok(());
    }
    let text = format!(
        "{name}: Using a target size ({:?}) that is different to the input size ({:?}). This will likely lead to incorrect \
         results due to broadcasting. Please ensure they have the same size.",
        target.shape(),
        input.shape()
    );
    let text = CString::new(text).unwrap_or_default();
    PyErr::warn(py, &py.get_type::<PyUserWarning>(), &text, STACKLEVEL)
}

/// The reduction of that name. ValueError, which names the loss, for other texts.
fn reduction(name: &str, text: &str) -> PyResult<Reduction> {
    text.parse().map_err(|error| PyValueError::new_err(format!("{name}: {error}")))
}

/// Squared errors ``wᵢ·(xᵢ - yᵢ)²``, their mean (with weights ``Σ / Σ wᵢ``) or their sum. Tensors of different shapes are
/// broadcast, with a warning. ValueError for another reduction and for a weight not of the input's shape.
#[pyfunction]
#[pyo3(signature = (input, target, reduction="mean", weight=None))]
fn mse_loss(py: Python<'_>, input: In, target: In, reduction: &str, weight: Option<In>) -> Ret {
    let reduction = self::reduction("mse_loss", reduction)?;
    warn_of_broadcasting(py, "mse_loss", &input, &target)?;
    Ok(match &weight {
        None => input.mse_loss(&target, reduction)?.into(),
        Some(weight) => input.weighted_mse_loss(&target, weight, reduction)?.into(),
    })
}

/// Absolute errors ``|xᵢ - yᵢ|``, their mean or their sum. Tensors of different shapes are broadcast, with a warning.
/// ValueError for another reduction.
#[pyfunction]
#[pyo3(signature = (input, target, reduction="mean"))]
fn l1_loss(py: Python<'_>, input: In, target: In, reduction: &str) -> Ret {
    let reduction = self::reduction("l1_loss", reduction)?;
    warn_of_broadcasting(py, "l1_loss", &input, &target)?;
    Ok(input.l1_loss(&target, reduction)?.into())
}

/// With ``dᵢ = |xᵢ - yᵢ|``: ``dᵢ²/(2·beta)`` below beta, ``dᵢ - beta/2`` from there; their mean or their sum. ValueError for
/// another reduction, RuntimeError for a negative beta.
#[pyfunction]
#[pyo3(signature = (input, target, reduction="mean", beta=1.0))]
fn smooth_l1_loss(py: Python<'_>, input: In, target: In, reduction: &str, beta: f64) -> Ret {
    let reduction = self::reduction("smooth_l1_loss", reduction)?;
    warn_of_broadcasting(py, "smooth_l1_loss", &input, &target)?;
    Ok(input.smooth_l1_loss(&target, reduction, beta)?.into())
}

/// With ``dᵢ = |xᵢ - yᵢ|``: ``dᵢ²/2`` up to delta, ``delta·(dᵢ - delta/2)`` beyond; their mean or their sum. ValueError for
/// another reduction, RuntimeError for a delta that is not positive.
#[pyfunction]
#[pyo3(signature = (input, target, reduction="mean", delta=1.0))]
fn huber_loss(py: Python<'_>, input: In, target: In, reduction: &str, delta: f64) -> Ret {
    let reduction = self::reduction("huber_loss", reduction)?;
    warn_of_broadcasting(py, "huber_loss", &input, &target)?;
    Ok(input.huber_loss(&target, reduction, delta)?.into())
}

/// ``-wᵢ·(yᵢ·ln xᵢ + (1 - yᵢ)·ln(1 - xᵢ))`` of probabilities x, logarithms ≥ -100; their mean or their sum.
///
/// ValueError for another reduction and for a target not of the input's shape; RuntimeError for an input outside [0, 1] and
/// for other dtypes than the input's.
#[pyfunction]
#[pyo3(signature = (input, target, weight=None, reduction="mean"))]
fn binary_cross_entropy(input: In, target: In, weight: Option<In>, reduction: &str) -> Ret {
    Ok(input.binary_cross_entropy(&target, given(&weight), self::reduction("binary_cross_entropy", reduction)?)?.into())
}

/// ``binary_cross_entropy`` of ``σ(x)``, without overflow for large x and with a weight for the positive examples:
/// ``-wᵢ·(pᵢ·yᵢ·ln σ(xᵢ) + (1 - yᵢ)·ln(1 - σ(xᵢ)))``; their mean or their sum.
///
/// ValueError for another reduction and for a target not of the input's shape; RuntimeError for weights that can't be
/// broadcast to it.
#[pyfunction]
#[pyo3(signature = (input, target, weight=None, pos_weight=None, reduction="mean"))]
fn binary_cross_entropy_with_logits(
    input: In,
    target: In,
    weight: Option<In>,
    pos_weight: Option<In>,
    reduction: &str,
) -> Ret {
    let (weight, pos_weight) = (given(&weight), given(&pos_weight));
    Ok(input
        .binary_cross_entropy_with_logits(
            &target,
            weight,
            pos_weight,
            self::reduction("binary_cross_entropy_with_logits", reduction)?,
        )?
        .into())
}

/// Negative log likelihood ``-w_t·x_t`` of the class t at each position, the mean ``Σ loss / Σ w_t`` or the sum; 0 where
/// t is ``ignore_index``.
///
/// The input has shape (C) or (N, C, d₁, …), the target (int64 or uint8) the same without C. ValueError for another reduction
/// and for batches of different sizes, RuntimeError for other misfits, IndexError for a target that is no class.
///
/// >>> import synapgrad as sg
/// >>> sg._C.nll_loss(sg.tensor([[-1.0, -2.0], [-3.0, -4.0]]), sg.tensor([0, 1]))
/// tensor(2.5000)
#[pyfunction]
#[pyo3(signature = (input, target, weight=None, ignore_index=-100, reduction="mean"))]
fn nll_loss(input: In, target: In, weight: Option<In>, ignore_index: i64, reduction: &str) -> Ret {
    Ok(input.nll_loss(&target, given(&weight), ignore_index, reduction.parse()?)?.into())
}

/// Cross entropy of scores: ``nll_loss`` of ``log_softmax``, or ``-Σ_c w_c·y_c·log_softmax(x)_c`` for a target y of the
/// input's shape; smoothing replaces y by ``(1 - ε)·y + ε/C``. Errors as those of ``nll_loss``.
///
/// >>> import synapgrad as sg
/// >>> sg._C.cross_entropy(sg.tensor([[0.0, 0.0]]), sg.tensor([1]))
/// tensor(0.6931)
#[pyfunction]
#[pyo3(signature = (input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0))]
fn cross_entropy(
    input: In,
    target: In,
    weight: Option<In>,
    ignore_index: i64,
    reduction: &str,
    label_smoothing: f64,
) -> Ret {
    Ok(input.cross_entropy(&target, given(&weight), ignore_index, reduction.parse()?, label_smoothing)?.into())
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(mse_loss, module)?)?;
    module.add_function(wrap_pyfunction!(l1_loss, module)?)?;
    module.add_function(wrap_pyfunction!(smooth_l1_loss, module)?)?;
    module.add_function(wrap_pyfunction!(huber_loss, module)?)?;
    module.add_function(wrap_pyfunction!(binary_cross_entropy, module)?)?;
    module.add_function(wrap_pyfunction!(binary_cross_entropy_with_logits, module)?)?;
    module.add_function(wrap_pyfunction!(nll_loss, module)?)?;
    module.add_function(wrap_pyfunction!(cross_entropy, module)?)
}
