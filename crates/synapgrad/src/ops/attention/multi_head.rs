//! Several attentions side by side, with the projections before and after them.

use synapgrad_kernels::DType;

use super::AttentionArgs;
use crate::error::{bail, ensure};
use crate::{Result, Tensor};

/// The parameters and options of [`multi_head_attention_forward`]. With those of the projections of width E, and H heads:
#[derive(Clone, Copy)]
pub struct MultiHead<'a> {
    /// H; it divides E.
    pub num_heads: usize,
    /// (3E, E): the projections of queries, keys and values, one below the other; or else those of `separate_weights`.
    pub in_proj_weight: Option<&'a Tensor>,
    /// (E, E), (E, width of keys) and (E, width of values).
    pub separate_weights: Option<[&'a Tensor; 3]>,
    /// (3E)
    pub in_proj_bias: Option<&'a Tensor>,
    /// (1, 1, E): a key, and a value, that every sequence gets at its end. Both, or none.
    pub bias_k: Option<&'a Tensor>,
    pub bias_v: Option<&'a Tensor>,
    /// Whether every sequence gets a key and a value of zeros at its end.
    pub add_zero_attn: bool,
    /// The probability that a weight is set to 0 in training.
    pub dropout_p: f64,
    /// (E, E) and (E)
    pub out_proj_weight: &'a Tensor,
    pub out_proj_bias: Option<&'a Tensor>,
    pub training: bool,
    /// (N, S), or (S): true where a key is to be ignored, or numbers to be added to the scores.
    pub key_padding_mask: Option<&'a Tensor>,
    /// Whether the weights are a second result.
    pub need_weights: bool,
    /// (L, S), or (N·H, L, S): true where a query must not see a key, or numbers to be added to the scores.
    pub attn_mask: Option<&'a Tensor>,
    /// (N·H, S, E/H): keys and values that stand for the projected ones.
    pub static_k: Option<&'a Tensor>,
    pub static_v: Option<&'a Tensor>,
    /// Whether the weights are averaged over the heads.
    pub average_attn_weights: bool,
    /// Promises that `attn_mask` lets query i see the keys 0 … i, which is quicker without it.
    pub is_causal: bool,
    /// Whether the inputs and the output are (N, length, width) rather than (length, N, width).
    pub batch_first: bool,
}

const HEADED: &str = "multi_head_attention_forward";

impl MultiHead<'_> {
    /// Whether the inputs have a dimension for the batch.
    fn check(&self, [q, k, v]: [&Tensor; 3]) -> Result<bool> {
        let rank = q.rank();
        ensure!(
            rank == 2 || rank == 3,
            Assertion,
            "{HEADED}: query should be unbatched 2D or batched 3D tensor but received {rank}-D query tensor"
        );
        ensure!(
            k.rank() == rank && v.rank() == rank,
            Assertion,
            "{HEADED}: expected key and value to be {rank}-D as the query, but found {}-D and {}-D tensors respectively",
            k.rank(),
            v.rank()
        );
        if let Some(mask) = self.key_padding_mask {
            ensure!(
                mask.rank() == rank - 1,
                Assertion,
                "{HEADED}: expected key_padding_mask to be {}-D but found {}-D tensor instead",
                rank - 1,
                mask.rank()
            );
        }
        if let Some(mask) = self.attn_mask {
            ensure!(
                mask.rank() == 2 || mask.rank() == 3,
                Assertion,
                "{HEADED}: expected attn_mask to be 2-D or 3-D but found {}-D tensor instead",
                mask.rank()
            );
            let wanted = [self.num_heads, q.shape()[0], k.shape()[0]];
            ensure!(
                rank == 3 || mask.rank() == 2 || *mask.shape() == wanted,
                Assertion,
                "{HEADED}: expected attn_mask shape to be {wanted:?} but got {:?}",
                mask.shape()
            );
        }
        ensure!(
            self.attn_mask.is_some() || !self.is_causal,
            Runtime,
            "{HEADED}: need attn_mask if specifying the is_causal hint; Transformer.generate_square_subsequent_mask makes one"
        );
        for (name, mask) in [("key_padding_mask", self.key_padding_mask), ("attn_mask", self.attn_mask)] {
            let fits = mask.is_none_or(|m| m.dtype() == DType::Bool || m.dtype().is_float());
            ensure!(fits, Assertion, "{HEADED}: only bool and floating types of {name} are supported");
        }
        ensure!(
            self.bias_k.is_some() == self.bias_v.is_some(),
            Assertion,
            "{HEADED}: bias_k and bias_v must both be set or both be None"
        );
        ensure!(
            self.bias_k.is_none() || self.static_k.is_none() && self.static_v.is_none(),
            Assertion,
            "{HEADED}: bias cannot be added to static key or static value"
        );
        let batch = rank - 1;
        match self.separate_weights {
            None => ensure!(
                k.shape() == v.shape(),
                Assertion,
                "{HEADED}: key shape {:?} does not match value shape {:?}",
                k.shape(),
                v.shape()
            ),
            Some(_) => ensure!(
                k.shape()[..batch] == v.shape()[..batch],
                Assertion,
                "{HEADED}: key's sequence and batch dims {:?} do not match value's {:?}",
                &k.shape()[..batch],
                &v.shape()[..batch]
            ),
        }
        Ok(rank == 3)
    }

    /// Queries, keys and values, (…, E) each.
    fn projected(&self, [q, k, v]: [&Tensor; 3], same: bool, embed_dim: usize) -> Result<[Tensor; 3]> {
        let three = |mut parts: Vec<Tensor>| -> Result<[Tensor; 3]> {
            match (parts.pop(), parts.pop(), parts.pop(), parts.is_empty()) {
                (Some(c), Some(b), Some(a), true) => Ok([a, b, c]),
                _ => bail!(Assertion, "{HEADED}: expected projections of three times {embed_dim} rows"),
            }
        };
        let parts = |t: &Tensor| three(t.split_with_sizes(&[embed_dim; 3], -1)?);
        if let (None, Some(weight), true) = (self.separate_weights, self.in_proj_weight, same) {
            return parts(&q.linear(weight, self.in_proj_bias)?);
        }
        let weights = match (self.separate_weights, self.in_proj_weight) {
            (Some(weights), _) => weights.map(Tensor::clone),
            (None, Some(weight)) => three(weight.split_with_sizes(&[embed_dim; 3], 0)?)?,
            (None, None) => bail!(Assertion, "{HEADED}: use_separate_proj_weight is False but in_proj_weight is None"),
        };
        let biases = match self.in_proj_bias {
            Some(bias) => parts(bias)?.map(Some),
            None => [const { None }; 3],
        };
        let [wq, wk, wv] = weights;
        let [bq, bk, bv] = biases;
        Ok([q.linear(&wq, bq.as_ref())?, k.linear(&wk, bk.as_ref())?, v.linear(&wv, bv.as_ref())?])
    }

    /// Both masks together, to be added to scores of (N, H, L, S).
    fn mask(&self, dtype: DType, [n, queries, keys, added]: [usize; 4]) -> Result<Option<Tensor>> {
        let numbers = |mask: &Tensor| match mask.dtype() {
            DType::Bool => Tensor::zeros(mask.shape(), dtype)?.masked_fill(mask, f64::NEG_INFINITY),
            _ => Ok(mask.clone()),
        };
        // Keys that were added at the end are seen by all.
        let longer = |mask: Tensor| if added > 0 { mask.constant_pad(&[0, added as isize], 0.0) } else { Ok(mask) };
        let mut total = None;
        if let Some(mask) = self.attn_mask {
            let wanted = [n * self.num_heads, queries, keys];
            let wanted = if mask.rank() == 2 { &wanted[1..] } else { &wanted };
            ensure!(
                mask.shape() == wanted,
                Runtime,
                "{HEADED}: the shape of the {}D attn_mask is {:?}, but should be {wanted:?}",
                mask.rank(),
                mask.shape()
            );
            let mask = longer(numbers(mask)?)?;
            total = Some(match mask.rank() {
                2 => mask,
                _ => mask.unflatten(0, &[n as isize, self.num_heads as isize])?,
            });
        }
        if let Some(mask) = self.key_padding_mask {
            let mask = if mask.rank() == 1 { mask.unsqueeze(0)? } else { mask.clone() };
            ensure!(
                *mask.shape() == [n, keys],
                Assertion,
                "{HEADED}: expected key_padding_mask of shape {:?}, but got {:?}",
                [n, keys],
                mask.shape()
            );
            let mask = longer(numbers(&mask)?)?.unsqueeze(1)?.unsqueeze(1)?;
            total = Some(match total {
                Some(total) => total.add(&mask)?,
                None => mask,
            });
        }
        Ok(total)
    }
}

/// Attention of `num_heads` heads side by side, each of its own part of the projected inputs:
/// concat(head₁, …)·Woᵀ + bo with headᵢ = attention(q·Wqᵢᵀ + bqᵢ, k·Wkᵢᵀ + bkᵢ, v·Wvᵢᵀ + bvᵢ). The output, and on request the
/// weights.
///
/// Queries are (L, N, E), keys (S, N, ·) and values (S, N, ·), or with `batch_first` (N, L, E) and so on, or all without N;
/// `embed_dim` is E. The output has the queries' shape. The weights are (N, L, S), or (N, H, L, S) for each head, without N if
/// the inputs are so.
///
/// Source: Vaswani et al., "Attention Is All You Need" (2017).
///
/// # Errors
/// AssertionError where shapes or dtypes don't fit; RuntimeError for masks of other shapes, and for `is_causal` without a mask.
pub fn multi_head_attention_forward(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    embed_dim: usize,
    how: &MultiHead,
) -> Result<(Tensor, Option<Tensor>)> {
    let given = [query, key, value];
    let batched = how.check(given)?;
    let heads = how.num_heads;
    let width = query.size(-1)?;
    ensure!(
        width == embed_dim,
        Assertion,
        "{HEADED}: was expecting embedding dimension of {embed_dim}, but got {width}"
    );
    ensure!(
        heads > 0 && width.is_multiple_of(heads),
        Assertion,
        "{HEADED}: embed_dim {width} not divisible by num_heads {heads}"
    );
    // (N, length, E) or (length, N, E)
    let first = batched && how.batch_first;
    let along = if first { 1 } else { 0 };
    let same = query.is_same(key) && key.is_same(value);
    let with_batch = |t: &Tensor| if batched { Ok(t.clone()) } else { t.unsqueeze(1) };
    let inputs = [with_batch(query)?, with_batch(key)?, with_batch(value)?];
    let [q, k, v] = &inputs;
    let (queries, keys, n) = (q.shape()[along], k.shape()[along], q.shape()[1 - along]);
    let [q, mut k, mut v] = how.projected([q, k, v], same, width)?;
    let mut added = 0;
    if let (Some(bias_k), Some(bias_v)) = (how.bias_k, how.bias_v) {
        let shape = if first { [n, 1, width] } else { [1, n, width] };
        let longer = |t: &Tensor, more: &Tensor| Tensor::cat(&[t, &more.expand(&shape)?], along as isize);
        (k, v) = (longer(&k, bias_k)?, longer(&v, bias_v)?);
        added += 1;
    }
    let split = |t: &Tensor| {
        let t = t.unflatten(-1, &[heads as isize, (width / heads) as isize])?;
        if first { t.permute(&[0, 2, 1, 3]) } else { t.permute(&[1, 2, 0, 3]) }
    };
    let fixed = |name: &str, t: &Tensor| {
        ensure!(
            t.rank() == 3 && t.shape()[0] == n * heads && t.shape()[2] == width / heads,
            Assertion,
            "{HEADED}: expecting {name} of shape [{}, keys, {}], but got {:?}",
            n * heads,
            width / heads,
            t.shape()
        );
        t.unflatten(0, &[n as isize, heads as isize])
    };
    let q = split(&q)?;
    let mut k = how.static_k.map_or_else(|| split(&k), |t| fixed("static_k", t))?;
    let mut v = how.static_v.map_or_else(|| split(&v), |t| fixed("static_v", t))?;
    if how.add_zero_attn {
        let zeros = Tensor::zeros(&[n, heads, 1, width / heads], k.dtype())?;
        (k, v) = (Tensor::cat(&[&k, &zeros], 2)?, Tensor::cat(&[&v, &zeros], 2)?);
        added += 1;
    }
    let dropout_p = if how.training { how.dropout_p } else { 0.0 };
    let mut weights = None;
    let attended = if how.need_weights {
        let mask = how.mask(q.dtype(), [n, queries, keys, added])?;
        let scores = q.mul((heads as f64 / width as f64).sqrt())?.matmul(&k.mt()?)?;
        let scores = mask.map_or(Ok(scores.clone()), |mask| mask.add(&scores))?;
        let p = scores.softmax(-1, None)?.dropout(dropout_p, true, None)?;
        let attended = p.matmul(&v)?;
        weights = Some(p);
        attended
    } else {
        // The hint spares the mask, where that is the only one.
        let is_causal = how.is_causal && how.key_padding_mask.is_none();
        let mask = if is_causal { None } else { how.mask(q.dtype(), [n, queries, keys, added])? };
        let args = AttentionArgs { attn_mask: mask.as_ref(), dropout_p, is_causal, ..AttentionArgs::default() };
        q.scaled_dot_product_attention(&k, &v, &args)?
    };
    // In memory the positions come first, also with `batch_first`: a dropout that follows tosses its coins in that order.
    let attended = attended.permute(&[2, 0, 1, 3])?.flatten(2, 3)?;
    let output = attended.linear(how.out_proj_weight, how.out_proj_bias)?;
    let output = if first { output.transpose(0, 1)? } else { output };
    let weights = match weights {
        Some(p) if how.average_attn_weights => Some(p.mean_dims(&[1], false, None)?),
        other => other,
    };
    if batched {
        return Ok((output, weights));
    }
    Ok((output.squeeze_dim(1)?, weights.map(|w| w.squeeze_dim(0)).transpose()?))
}
