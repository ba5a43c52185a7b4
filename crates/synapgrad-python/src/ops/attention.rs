//! Attention.

use pyo3::exceptions::PyAssertionError;
use pyo3::prelude::*;
use synapgrad::{AttentionArgs, MultiHead, Tensor};

use crate::convert::{In, Out, given};
use crate::error::Ret;

/// softmax(scale·Q·Kᵀ + mask)·V for ``query`` of (…, L, E), ``key`` of (…, S, E) and ``value`` of (…, S, D): for each query the
/// mean of the values by how well their keys match it, (…, L, D). Leading dimensions broadcast.
///
/// ``attn_mask`` broadcasts to (…, L, S): of bool it is True where a query sees a key, otherwise it is added to the scores, in
/// float32 or the operands' dtype. A query that sees no key gets 0. ``dropout_p`` is the probability that a weight is set to 0;
/// the others are divided by ``1 - dropout_p``. With ``is_causal``, which excludes a mask, query i sees the keys 0 … i.
/// ``scale`` is by default 1/√E. With ``enable_gqa`` keys and values may have fewer heads (dimension -3) than the queries, each
/// serving several in a row.
///
/// RuntimeError where shapes or dtypes don't fit, for integers, and for a probability out of range.
///
/// A. Vaswani et al., "Attention Is All You Need" (2017); T. Dao et al., "FlashAttention: Fast and Memory-Efficient Exact
/// Attention with IO-Awareness" (2022); J. Ainslie et al., "GQA: Training Generalized Multi-Query Transformer Models from
/// Multi-Head Checkpoints" (2023).
///
/// >>> import synapgrad as sg
/// >>> query, key = sg.tensor([[1.0, 0.0]]), sg.tensor([[0.0, 1.0], [0.0, -1.0]])
/// >>> sg.nn.functional.scaled_dot_product_attention(query, key, sg.tensor([[1.0, 2.0], [3.0, 6.0]]))
/// tensor([[2., 4.]])
#[pyfunction]
#[pyo3(signature = (query, key, value, attn_mask=None, dropout_p=0.0, is_causal=false, scale=None, enable_gqa=false))]
#[allow(clippy::too_many_arguments)]
fn scaled_dot_product_attention(
    query: In,
    key: In,
    value: In,
    attn_mask: Option<In>,
    dropout_p: f64,
    is_causal: bool,
    scale: Option<f64>,
    enable_gqa: bool,
) -> Ret {
    let attn_mask = given(&attn_mask);
    let args = AttentionArgs { attn_mask, dropout_p, is_causal, scale, enable_gqa, generator: None };
    Ok(query.scaled_dot_product_attention(&key, &value, &args)?.into())
}

/// The output, and the weights or None.
fn both(result: (Tensor, Option<Tensor>)) -> (Out, Option<Out>) {
    (Out(result.0), result.1.map(Out))
}

/// Attention of ``num_heads`` heads side by side, each of its own part of the projected inputs:
/// concat(head₁, …)·Woᵀ + bo with headᵢ = attention(q·Wqᵢᵀ + bqᵢ, k·Wkᵢᵀ + bkᵢ, v·Wvᵢᵀ + bvᵢ). The output, (L, N, E), and with
/// ``need_weights`` the weights, else None.
///
/// ``query`` is (L, N, E), ``key`` and ``value`` are (S, N, ·), or all without N; ``embed_dim_to_check`` is E.
/// ``in_proj_weight`` (3E, E) holds the projections of queries, keys and values; with ``use_separate_proj_weight``
/// ``q_proj_weight`` and its like do; ``in_proj_bias`` is (3E). ``bias_k`` and ``bias_v``, (1, 1, E), are a key and a value that
/// every sequence gets at its end, ``add_zero_attn`` adds ones of zeros. ``static_k`` and ``static_v``, (N·H, S, E/H), stand for
/// the projected keys and values.
///
/// ``key_padding_mask`` (N, S) is True for keys to be ignored, ``attn_mask`` (L, S) or (N·H, L, S) True where a query must not
/// see a key; floating-point masks are added to the scores. ``is_causal`` promises that ``attn_mask`` lets query i see the
/// keys 0 … i, which is quicker without it. The weights are (N, L, S), averaged over the heads, or without
/// ``average_attn_weights`` (N, H, L, S). In ``training`` they are set to 0 with probability ``dropout_p``.
///
/// AssertionError where shapes or dtypes don't fit, RuntimeError for a mask of another shape.
///
/// A. Vaswani et al., "Attention Is All You Need" (2017).
#[pyfunction]
#[pyo3(signature = (query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v,
    add_zero_attn, dropout_p, out_proj_weight, out_proj_bias, training=true, key_padding_mask=None, need_weights=true,
    attn_mask=None, use_separate_proj_weight=false, q_proj_weight=None, k_proj_weight=None, v_proj_weight=None, static_k=None,
    static_v=None, average_attn_weights=true, is_causal=false, *, _batch_first=false))]
#[allow(clippy::too_many_arguments)]
fn multi_head_attention_forward(
    query: In,
    key: In,
    value: In,
    embed_dim_to_check: usize,
    num_heads: usize,
    in_proj_weight: Option<In>,
    in_proj_bias: Option<In>,
    bias_k: Option<In>,
    bias_v: Option<In>,
    add_zero_attn: bool,
    dropout_p: f64,
    out_proj_weight: In,
    out_proj_bias: Option<In>,
    training: bool,
    key_padding_mask: Option<In>,
    need_weights: bool,
    attn_mask: Option<In>,
    use_separate_proj_weight: bool,
    q_proj_weight: Option<In>,
    k_proj_weight: Option<In>,
    v_proj_weight: Option<In>,
    static_k: Option<In>,
    static_v: Option<In>,
    average_attn_weights: bool,
    is_causal: bool,
    _batch_first: bool,
) -> Ret<(Out, Option<Out>)> {
    let separate_weights = match (use_separate_proj_weight, &q_proj_weight, &k_proj_weight, &v_proj_weight) {
        (false, ..) => None,
        (true, Some(q), Some(k), Some(v)) => Some([&**q, &**k, &**v]),
        _ => {
            let text = "use_separate_proj_weight is True but q_proj_weight, k_proj_weight or v_proj_weight is None";
            return Err(PyAssertionError::new_err(format!("multi_head_attention_forward: {text}")).into());
        }
    };
    let how = MultiHead {
        num_heads,
        in_proj_weight: given(&in_proj_weight),
        separate_weights,
        in_proj_bias: given(&in_proj_bias),
        bias_k: given(&bias_k),
        bias_v: given(&bias_v),
        add_zero_attn,
        dropout_p,
        out_proj_weight: &out_proj_weight,
        out_proj_bias: given(&out_proj_bias),
        training,
        key_padding_mask: given(&key_padding_mask),
        need_weights,
        attn_mask: given(&attn_mask),
        static_k: given(&static_k),
        static_v: given(&static_v),
        average_attn_weights,
        is_causal,
        batch_first: _batch_first,
    };
    Ok(both(synapgrad::multi_head_attention_forward(&query, &key, &value, embed_dim_to_check, &how)?))
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(scaled_dot_product_attention, module)?)?;
    module.add_function(wrap_pyfunction!(multi_head_attention_forward, module)?)
}
