//! Losses.

use std::ffi::CString;

use pyo3::exceptions::{PyRuntimeError, PyUserWarning, PyValueError};
use pyo3::prelude::*;
use synapgrad::{DType, Reduction, Tensor};

use crate::convert::{Either, In, given};
use crate::error::Ret;
use crate::tensor::PyTensor;

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

/// Absolute errors ``wᵢ·|xᵢ - yᵢ|``, their mean (with weights ``Σ / Σ wᵢ``) or their sum. Tensors of different shapes are
/// broadcast, with a warning. ValueError for another reduction and for a weight not of the input's shape.
#[pyfunction]
#[pyo3(signature = (input, target, reduction="mean", weight=None))]
fn l1_loss(py: Python<'_>, input: In, target: In, reduction: &str, weight: Option<In>) -> Ret {
    let reduction = self::reduction("l1_loss", reduction)?;
    warn_of_broadcasting(py, "l1_loss", &input, &target)?;
    Ok(match &weight {
        None => input.l1_loss(&target, reduction)?.into(),
        Some(weight) => input.weighted_l1_loss(&target, weight, reduction)?.into(),
    })
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

/// With ``dᵢ = |xᵢ - yᵢ|``: ``dᵢ²/2`` up to delta, ``delta·(dᵢ - delta/2)`` beyond; their mean or their sum, after they are
/// multiplied by ``weight``. The result has the input's dtype. ValueError for another reduction and for a weight not of the
/// input's shape, RuntimeError for a delta that is not positive.
#[pyfunction]
#[pyo3(signature = (input, target, reduction="mean", delta=1.0, weight=None))]
fn huber_loss(py: Python<'_>, input: In, target: In, reduction: &str, delta: f64, weight: Option<In>) -> Ret {
    let reduction = self::reduction("huber_loss", reduction)?;
    warn_of_broadcasting(py, "huber_loss", &input, &target)?;
    Ok(match &weight {
        None => input.huber_loss(&target, reduction, delta)?.into(),
        Some(weight) => input.weighted_huber_loss(&target, weight, reduction, delta)?.into(),
    })
}

/// ``-wᵢ·(yᵢ·ln xᵢ + (1 - yᵢ)·ln(1 - xᵢ))`` of probabilities x, logarithms ≥ -100; their mean or their sum.
///
/// ValueError for another reduction and for a target not of the input's shape; RuntimeError for an input outside [0, 1], for
/// other dtypes than the input's and for a weight that requires a gradient.
#[pyfunction]
#[pyo3(signature = (input, target, weight=None, reduction="mean"))]
fn binary_cross_entropy(input: In, target: In, weight: Option<In>, reduction: &str) -> Ret {
    Ok(input.binary_cross_entropy(&target, given(&weight), self::reduction("binary_cross_entropy", reduction)?)?.into())
}

/// ``binary_cross_entropy`` of ``σ(x)``, without overflow for large x and with a weight for the positive examples:
/// ``-wᵢ·(pᵢ·yᵢ·ln σ(xᵢ) + (1 - yᵢ)·ln(1 - σ(xᵢ)))``; their mean or their sum.
///
/// The result has the target's dtype. ValueError for another reduction and for a target not of the input's shape;
/// RuntimeError for a target of integers and for weights that can't be broadcast to it or require a gradient.
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
    Ok(input.nll_loss(&target, given(&weight), ignore_index, self::reduction("nll_loss", reduction)?)?.into())
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
    let reduction = self::reduction("cross_entropy", reduction)?;
    Ok(input.cross_entropy(&target, given(&weight), ignore_index, reduction, label_smoothing)?.into())
}

/// Divergence ``yᵢ·(ln yᵢ - xᵢ)`` of logarithms x of probabilities from probabilities y, or with ``log_target`` from their
/// logarithms; their mean or sum, or the sum divided by the size of the first dimension ('batchmean').
///
/// ValueError for another reduction, RuntimeError for integers and where the shapes don't broadcast.
#[pyfunction]
#[pyo3(signature = (input, target, reduction="mean", log_target=false))]
fn kl_div(input: In, target: In, reduction: &str, log_target: bool) -> Ret {
    let batchmean = reduction == "batchmean";
    let reduction = if batchmean { Reduction::Sum } else { self::reduction("kl_div", reduction)? };
    Ok(input.kl_div(&target, reduction, batchmean, log_target)?.into())
}

/// ``eˣᵢ - yᵢ·xᵢ``, without ``log_input`` ``xᵢ - yᵢ·ln(xᵢ + eps)``, with ``full`` Stirling's approximation of ``ln yᵢ!`` more;
/// their mean or sum. ValueError for another reduction.
#[pyfunction]
#[pyo3(signature = (input, target, log_input=true, full=false, eps=1e-8, reduction="mean"))]
fn poisson_nll_loss(input: In, target: In, log_input: bool, full: bool, eps: f64, reduction: &str) -> Ret {
    let reduction = self::reduction("poisson_nll_loss", reduction)?;
    Ok(input.poisson_nll_loss(&target, reduction, log_input, full, eps)?.into())
}

/// ``(ln vᵢ + (xᵢ - yᵢ)²/vᵢ)/2`` for variances v, not below ``eps``; with ``full`` ``(ln 2π)/2`` more; their mean or sum.
///
/// ValueError for another reduction, for negative variances and for a ``var`` whose shape is neither the input's nor that
/// with 1 for the last dimension or without it.
#[pyfunction]
#[pyo3(signature = (input, target, var, full=false, eps=1e-6, reduction="mean"))]
fn gaussian_nll_loss(input: In, target: In, var: Either, full: bool, eps: f64, reduction: &str) -> Ret {
    let reduction = self::reduction("gaussian_nll_loss", reduction)?;
    Ok(input.gaussian_nll_loss(&target, &var, reduction, full, eps)?.into())
}

/// xᵢ where ``yᵢ = 1``, ``max(0, margin - xᵢ)`` where ``yᵢ = -1``; their mean or sum. The result has the input's dtype.
/// ValueError for another reduction, NotImplementedError for bool.
#[pyfunction]
#[pyo3(signature = (input, target, margin=1.0, reduction="mean"))]
fn hinge_embedding_loss(input: In, target: In, margin: f64, reduction: &str) -> Ret {
    Ok(input.hinge_embedding_loss(&target, self::reduction("hinge_embedding_loss", reduction)?, margin)?.into())
}

/// ``1 - cos(x, z)`` where ``y = 1``, ``max(0, cos(x, z) - margin)`` where ``y = -1``; their mean or sum.
///
/// Inputs (N, D) and a target (N), or (D) and (). ValueError for another reduction, RuntimeError for other shapes.
#[pyfunction]
#[pyo3(signature = (input1, input2, target, margin=0.0, reduction="mean"))]
fn cosine_embedding_loss(input1: In, input2: In, target: In, margin: f64, reduction: &str) -> Ret {
    let reduction = self::reduction("cosine_embedding_loss", reduction)?;
    Ok(input1.cosine_embedding_loss(&input2, &target, reduction, margin)?.into())
}

/// ``max(0, margin - yᵢ·(xᵢ - zᵢ))``, or the mean or sum. ValueError for another reduction, RuntimeError where the numbers of
/// dimensions differ.
#[pyfunction]
#[pyo3(signature = (input1, input2, target, margin=0.0, reduction="mean"))]
fn margin_ranking_loss(input1: In, input2: In, target: In, margin: f64, reduction: &str) -> Ret {
    let reduction = self::reduction("margin_ranking_loss", reduction)?;
    Ok(input1.margin_ranking_loss(&input2, &target, reduction, margin)?.into())
}

/// ``max(0, d(a, p) - d(a, n) + margin)`` with ``d(x, z) = ‖x - z + eps‖ₚ`` along the last dimension, and with ``swap``
/// ``min(d(a, n), d(p, n))``; the mean or sum.
///
/// ValueError for another reduction and a margin ≤ 0, RuntimeError where the numbers of dimensions differ.
#[pyfunction]
#[pyo3(signature = (anchor, positive, negative, margin=1.0, p=2.0, eps=1e-6, swap=false, reduction="mean"))]
#[allow(clippy::too_many_arguments)]
fn triplet_margin_loss(
    anchor: In,
    positive: In,
    negative: In,
    margin: f64,
    p: f64,
    eps: f64,
    swap: bool,
    reduction: &str,
) -> Ret {
    let reduction = self::reduction("triplet_margin_loss", reduction)?;
    Ok(anchor.triplet_margin_loss(&positive, &negative, reduction, margin, p, eps, swap)?.into())
}

/// ``max(0, near - far + margin)`` of known distances; the mean or sum. ValueError for another reduction.
#[pyfunction]
#[pyo3(signature = (near, far, margin=1.0, reduction="mean"))]
fn triplet_margin_of_distances(near: In, far: In, margin: f64, reduction: &str) -> Ret {
    let reduction = self::reduction("triplet_margin_with_distance_loss", reduction)?;
    Ok(near.triplet_margin_of_distances(&far, reduction, margin)?.into())
}

/// ``(1/C)·Σ_{c ≠ t} w_t·max(0, margin - x_t + x_c)ᵖ`` of rows of scores and their classes t; the mean or sum.
///
/// ValueError for another reduction, a p that is neither 1 nor 2 and a weight that is no vector; RuntimeError for shapes,
/// targets and dtypes that don't fit.
#[pyfunction]
#[pyo3(signature = (input, target, p=1, margin=1.0, weight=None, reduction="mean"))]
fn multi_margin_loss(input: In, target: In, p: i64, margin: f64, weight: Option<In>, reduction: &str) -> Ret {
    let reduction = self::reduction("multi_margin_loss", reduction)?;
    Ok(input.multi_margin_loss(&target, p, margin, given(&weight), reduction)?.into())
}

/// ``(1/C)·Σ_t Σ_c max(0, 1 - (x_t - x_c))`` over the classes t that each row of the target lists, up to the first -1, and all
/// others c; the mean or sum. ValueError for another reduction, RuntimeError for shapes, targets and dtypes that don't fit.
#[pyfunction]
#[pyo3(signature = (input, target, reduction="mean"))]
fn multilabel_margin_loss(input: In, target: In, reduction: &str) -> Ret {
    Ok(input.multilabel_margin_loss(&target, self::reduction("multilabel_margin_loss", reduction)?)?.into())
}

/// ``binary_cross_entropy_with_logits``, averaged over the last dimension; the mean or sum. ValueError for another reduction,
/// IndexError without dimensions.
#[pyfunction]
#[pyo3(signature = (input, target, weight=None, reduction="mean"))]
fn multilabel_soft_margin_loss(input: In, target: In, weight: Option<In>, reduction: &str) -> Ret {
    let reduction = self::reduction("multilabel_soft_margin_loss", reduction)?;
    Ok(input.multilabel_soft_margin_loss(&target, given(&weight), reduction)?.into())
}

/// ``ln(1 + e^(-yᵢ·xᵢ))``, or the mean or sum. The result has the input's dtype. ValueError for another reduction,
/// RuntimeError for an input of integers.
#[pyfunction]
#[pyo3(signature = (input, target, reduction="mean"))]
fn soft_margin_loss(input: In, target: In, reduction: &str) -> Ret {
    Ok(input.soft_margin_loss(&target, self::reduction("soft_margin_loss", reduction)?)?.into())
}

/// Lengths of sequences: a tensor of integers, or ints in a row.
struct Lengths(Vec<i64>);

impl<'a, 'py> FromPyObject<'a, 'py> for Lengths {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Lengths> {
        let Ok(tensor) = object.cast::<PyTensor>() else { return Ok(Lengths(object.extract()?)) };
        let tensor = tensor.get().tensor();
        if tensor.dtype().is_float() {
            return Err(PyRuntimeError::new_err("ctc_loss: input_lengths and target_lengths must be integral"));
        }
        let lengths = tensor.detach().to_dtype(DType::I64).and_then(|t| t.to_vec::<i64>());
        Ok(Lengths(lengths.map_err(crate::error::Fail::from)?))
    }
}

/// The negative log likelihood of texts under sequences of distributions, of all ways to spell them together.
///
/// ``log_probs`` (T, N, C) or (T, C); ``targets`` (N, S) or one text after the other; the mean divides each loss by the length
/// of its text. ValueError for another reduction, RuntimeError for lengths, targets or a blank that don't fit.
#[pyfunction]
#[pyo3(signature = (
    log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=false
))]
fn ctc_loss(
    log_probs: In,
    targets: In,
    input_lengths: Lengths,
    target_lengths: Lengths,
    blank: i64,
    reduction: &str,
    zero_infinity: bool,
) -> Ret {
    let reduction = self::reduction("ctc_loss", reduction)?;
    let (times, sizes) = (input_lengths.0, target_lengths.0);
    Ok(log_probs.ctc_loss(&targets, &times, &sizes, blank, reduction, zero_infinity)?.into())
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(mse_loss, module)?)?;
    module.add_function(wrap_pyfunction!(l1_loss, module)?)?;
    module.add_function(wrap_pyfunction!(smooth_l1_loss, module)?)?;
    module.add_function(wrap_pyfunction!(huber_loss, module)?)?;
    module.add_function(wrap_pyfunction!(binary_cross_entropy, module)?)?;
    module.add_function(wrap_pyfunction!(binary_cross_entropy_with_logits, module)?)?;
    module.add_function(wrap_pyfunction!(nll_loss, module)?)?;
    module.add_function(wrap_pyfunction!(cross_entropy, module)?)?;
    module.add_function(wrap_pyfunction!(kl_div, module)?)?;
    module.add_function(wrap_pyfunction!(poisson_nll_loss, module)?)?;
    module.add_function(wrap_pyfunction!(gaussian_nll_loss, module)?)?;
    module.add_function(wrap_pyfunction!(hinge_embedding_loss, module)?)?;
    module.add_function(wrap_pyfunction!(cosine_embedding_loss, module)?)?;
    module.add_function(wrap_pyfunction!(margin_ranking_loss, module)?)?;
    module.add_function(wrap_pyfunction!(triplet_margin_loss, module)?)?;
    module.add_function(wrap_pyfunction!(triplet_margin_of_distances, module)?)?;
    module.add_function(wrap_pyfunction!(multi_margin_loss, module)?)?;
    module.add_function(wrap_pyfunction!(multilabel_margin_loss, module)?)?;
    module.add_function(wrap_pyfunction!(multilabel_soft_margin_loss, module)?)?;
    module.add_function(wrap_pyfunction!(soft_margin_loss, module)?)?;
    module.add_function(wrap_pyfunction!(ctc_loss, module)?)
}
