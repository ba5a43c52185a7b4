//! Embeddings, and distances of vectors.

use pyo3::exceptions::PyNotImplementedError;
use pyo3::prelude::*;
use synapgrad::ops::embedding::BagOptions;

use crate::convert::{In, given};
use crate::error::Ret;
use crate::tensor::PyTensor;

fn no_sparse(name: &str, sparse: bool) -> PyResult<()> {
    if sparse {
        let text = "there are no sparse gradients; pass sparse=False";
        return Err(PyNotImplementedError::new_err(format!("{name}: {text}")));
    }
    Ok(())
}

/// The rows of ``weight``, a matrix, with the numbers in ``indices``, int32 or int64 of any shape.
///
/// No gradient reaches the row ``padding_idx``, if that is not negative; with ``scale_grad_by_freq`` a row's gradient is
/// divided by how often it was looked up. IndexError for a number out of range; NotImplementedError for ``sparse``.
///
/// >>> import synapgrad as sg
/// >>> sg.embedding(sg.tensor([[1.0, 2.0], [3.0, 4.0]]), sg.tensor([1, 0]))
/// tensor([[3., 4.],
///         [1., 2.]])
#[pyfunction]
#[pyo3(signature = (weight, indices, padding_idx=-1, scale_grad_by_freq=false, sparse=false))]
fn embedding(weight: In, indices: In, padding_idx: isize, scale_grad_by_freq: bool, sparse: bool) -> Ret {
    no_sparse("embedding", sparse)?;
    Ok(weight.embedding(&indices, usize::try_from(padding_idx).ok(), scale_grad_by_freq)?.into())
}

/// Shrink, in place and unrecorded, those rows of the matrix ``input`` with the numbers in ``indices`` whose norm is above
/// ``max_norm``, to it. IndexError for a number out of range.
#[pyfunction]
fn embedding_renorm_<'py>(
    input: Bound<'py, PyTensor>,
    indices: In,
    max_norm: f64,
    norm_type: f64,
) -> Ret<Bound<'py, PyTensor>> {
    input.get().tensor().embedding_renorm_(&indices, max_norm, norm_type)?;
    Ok(input)
}

/// The sums, means or maxima of bags of rows of the matrix ``weight``: of the rows of a matrix of ``indices``, or of the parts
/// of a vector of them that begin at the ``offsets``.
///
/// ``mode`` is 'sum', 'mean' or 'max'; ``per_sample_weights``, of the indices' shape, are factors for sums; the row
/// ``padding_idx`` does not count; with ``include_last_offset`` the last offset is the end of the last bag. ValueError where
/// these don't fit together, RuntimeError for numbers out of range, NotImplementedError for ``sparse``.
#[pyfunction(name = "_embed_bags")]
#[pyo3(signature = (weight, indices, offsets=None, scale_grad_by_freq=false, mode="mean", sparse=false,
    per_sample_weights=None, include_last_offset=false, padding_idx=None))]
#[allow(clippy::too_many_arguments)]
fn embed_bags(
    weight: In,
    indices: In,
    offsets: Option<In>,
    scale_grad_by_freq: bool,
    mode: &str,
    sparse: bool,
    per_sample_weights: Option<In>,
    include_last_offset: bool,
    padding_idx: Option<usize>,
) -> Ret {
    no_sparse("embedding_bag", sparse)?;
    let per_sample_weights = given(&per_sample_weights);
    let mode = mode.parse()?;
    let options = BagOptions { mode, scale_grad_by_freq, per_sample_weights, include_last_offset, padding_idx };
    Ok(weight.embedding_bag(&indices, given(&offsets), options)?.into())
}

/// ``x₁ᵀ·Wₒ·x₂ + bₒ`` over the last dimensions: (…, n₁) and (…, n₂) give (…, out) for a weight of (out, n₁, n₂) and a bias of
/// (out). RuntimeError where sizes or dtypes don't fit.
#[pyfunction]
#[pyo3(signature = (input1, input2, weight, bias=None))]
fn bilinear(input1: In, input2: In, weight: In, bias: Option<In>) -> Ret {
    Ok(input1.bilinear(&input2, &weight, given(&bias))?.into())
}

/// The cosine of the angle between the vectors along ``dim``, no norm counting less than ``eps``. The tensors broadcast.
/// RuntimeError for integers.
///
/// >>> import synapgrad as sg
/// >>> sg.cosine_similarity(sg.tensor([[1.0, 0.0]]), sg.tensor([[3.0, 4.0]]))
/// tensor([0.6000])
#[pyfunction]
#[pyo3(signature = (x1, x2, dim=1, eps=1e-8))]
fn cosine_similarity(x1: In, x2: In, dim: isize, eps: f64) -> Ret {
    Ok(x1.cosine_similarity(&x2, dim, eps)?.into())
}

/// The p-norm of ``x1 - x2 + eps`` along the last dimension. The tensors broadcast.
///
/// >>> import synapgrad as sg
/// >>> sg.pairwise_distance(sg.tensor([[0.0, 0.0]]), sg.tensor([[3.0, 4.0]]))
/// tensor([5.0000])
#[pyfunction]
#[pyo3(signature = (x1, x2, p=2.0, eps=1e-6, keepdim=false))]
fn pairwise_distance(x1: In, x2: In, p: f64, eps: f64, keepdim: bool) -> Ret {
    Ok(x1.pairwise_distance(&x2, p, eps, keepdim)?.into())
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(embedding, module)?)?;
    module.add_function(wrap_pyfunction!(embedding_renorm_, module)?)?;
    module.add_function(wrap_pyfunction!(embed_bags, module)?)?;
    module.add_function(wrap_pyfunction!(bilinear, module)?)?;
    module.add_function(wrap_pyfunction!(cosine_similarity, module)?)?;
    module.add_function(wrap_pyfunction!(pairwise_distance, module)?)
}
