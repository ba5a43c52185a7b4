//! Attention: means of values, weighted by how well their keys match a query.
//!
//! ```text
//! S = scale·Q·Kᵀ + mask     P = softmax of the rows of S     O = P·V
//! ∂V = Pᵀ·G     ∂P = G·Vᵀ     ∂S = P∘(∂P − Σⱼ P∘∂P)     ∂Q = scale·∂S·K     ∂K = scale·∂Sᵀ·Q     ∂mask = ∂S
//! ```
//!
//! Source: Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin, "Attention Is All You Need" (2017).

mod multi_head;
mod plan;

use synapgrad_kernels::layout::broadcast_shapes;
use synapgrad_kernels::{Buffer, DType, Dims, Layout, dropout};

use plan::Plan;

use super::create::bytes_of;
use crate::autograd::{Save, record, tracking};
use crate::error::{bail, ensure, go_on};
use crate::random::{Generator, with_generator};
use crate::{Result, Tensor};

pub use multi_head::{MultiHead, multi_head_attention_forward};

/// Options of [`Tensor::scaled_dot_product_attention`].
#[derive(Clone, Copy, Default)]
pub struct AttentionArgs<'a> {
    /// Of a shape that broadcasts to (…, queries, keys). Of bool: true where a query sees a key. Otherwise it is added to the
    /// scores, in float32 or the operands' dtype.
    pub attn_mask: Option<&'a Tensor>,
    /// The probability that a weight is set to 0; those left are divided by 1 − p.
    pub dropout_p: f64,
    /// Query i sees only the keys 0 … i.
    pub is_causal: bool,
    /// By default 1/√width.
    pub scale: Option<f64>,
    /// Keys and values may have fewer heads (dimension −3) than the queries, each serving several in a row.
    pub enable_gqa: bool,
    /// Where dropout's coins come from; the default generator where `None`.
    pub generator: Option<&'a Generator>,
}

impl Tensor {
    /// softmax(scale·Q·Kᵀ + mask)·V for queries (this tensor) of (…, L, E), keys of (…, S, E) and values of (…, S, D): for
    /// each query the mean of the values by how well their keys match it, (…, L, D). Leading dimensions broadcast.
    /// ∂V = Pᵀ·G, ∂Q = scale·∂S·K and ∂K = scale·∂Sᵀ·Q, with P the softmax and ∂S = P∘(G·Vᵀ − Σⱼ P∘(G·Vᵀ))
    ///
    /// A query that may see no key gets 0. The scores are computed a part at a time and never lie in memory as a whole, nor
    /// are they kept for the gradient; see `synapgrad_kernels::attention`.
    ///
    /// Source: Vaswani et al., "Attention Is All You Need" (2017); `enable_gqa`: Ainslie et al., "GQA: Training Generalized
    /// Multi-Query Transformer Models from Multi-Head Checkpoints" (2023).
    ///
    /// ```
    /// use synapgrad::{AttentionArgs, Tensor};
    /// # fn main() -> synapgrad::Result<()> {
    /// let (q, k) = (Tensor::from([[1f32, 0.0]]), Tensor::from([[0f32, 1.0], [0.0, -1.0]]));
    /// let v = Tensor::from([[1f32, 2.0], [3.0, 6.0]]);
    /// let y = q.scaled_dot_product_attention(&k, &v, &AttentionArgs::default())?;
    /// assert_eq!(y.to_vec::<f32>()?, [2.0, 4.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// RuntimeError where shapes or dtypes don't fit, for integers, for a mask beside `is_causal`, and for a probability
    /// outside of [0, 1].
    pub fn scaled_dot_product_attention(&self, key: &Tensor, value: &Tensor, args: &AttentionArgs) -> Result<Tensor> {
        let name = "scaled_dot_product_attention";
        let all = [self, key, value];
        ensure!(
            all.iter().all(|t| t.rank() >= 2),
            Runtime,
            "{name}: expected query, key, and value of at least 2 dimensions, got shapes {:?}, {:?} and {:?}",
            self.shape(),
            key.shape(),
            value.shape()
        );
        let dtype = self.dtype();
        ensure!(
            all.iter().all(|t| t.dtype() == dtype),
            Runtime,
            "{name}: expected query, key, and value to have the same dtype, but got {}, {} and {}",
            dtype.name(),
            key.dtype().name(),
            value.dtype().name()
        );
        ensure!(dtype.is_float(), Runtime, "{name}: expected floating-point operands, got {}", dtype.name());
        let (mask, p) = (args.attn_mask, args.dropout_p);
        ensure!(
            (0.0..=1.0).contains(&p),
            Runtime,
            "{name}: dropout probability has to be between 0 and 1, but got {p}"
        );
        if let Some(mask) = mask {
            ensure!(
                !args.is_causal,
                Runtime,
                "{name}: explicit attn_mask should not be set when is_causal=True: pass one of them"
            );
            ensure!(
                mask.dtype() == DType::Bool || mask.dtype() == DType::F32 || mask.dtype() == dtype,
                Runtime,
                "{name}: expected attn_mask dtype to be bool or float32 or to match the query's, but got {} beside {}",
                mask.dtype().name(),
                dtype.name()
            );
        }
        if !matches!(dtype, DType::F32 | DType::F64) {
            let [q, k, v] = [self.to_dtype(DType::F32)?, key.to_dtype(DType::F32)?, value.to_dtype(DType::F32)?];
            let mask = match mask {
                Some(mask) if mask.dtype() == dtype => Some(mask.to_dtype(DType::F32)?),
                other => other.cloned(),
            };
            let args = AttentionArgs { attn_mask: mask.as_ref(), ..*args };
            return q.scaled_dot_product_attention(&k, &v, &args)?.to_dtype(dtype);
        }
        self.attend(key, value, args)
    }

    /// The attention of checked float32 or float64 operands.
    fn attend(&self, key: &Tensor, value: &Tensor, args: &AttentionArgs) -> Result<Tensor> {
        let name = "scaled_dot_product_attention";
        let (mut q, mut k, mut v) = (self.clone(), key.clone(), value.clone());
        let dtype = q.dtype();
        let mut group = 1;
        if args.enable_gqa {
            let heads = |t: &Tensor| Ok::<usize, crate::Error>(t.shape()[t.dim(name, -3)?]);
            let (of_q, of_k, of_v) = (heads(&q)?, heads(&k)?, heads(&v)?);
            let divides = |n: usize| n > 0 && of_q.is_multiple_of(n);
            ensure!(
                divides(of_k) && divides(of_v),
                Runtime,
                "{name}: number of heads in key and value must divide the number of heads in query, got {of_k}, {of_v} and \
                 {of_q}"
            );
            let batch = |t: &Tensor| Dims::from_slice(&t.shape()[..t.rank() - 3]);
            if of_k == of_v && batch(&q) == batch(&k) && batch(&q) == batch(&v) {
                group = of_q / of_k;
            } else {
                k = k.repeat_interleave(of_q / of_k, Some(-3))?;
                v = v.repeat_interleave(of_q / of_v, Some(-3))?;
            }
        }
        let matrix = |t: &Tensor| [t.shape()[t.rank() - 2], t.shape()[t.rank() - 1]];
        let ([queries, width], [keys, wanted], [values, depth]) = (matrix(&q), matrix(&k), matrix(&v));
        ensure!(
            width == wanted && keys == values,
            Runtime,
            "{name}: expected keys as wide as the queries, and as many values as keys, got shapes {:?}, {:?} and {:?}",
            q.shape(),
            k.shape(),
            v.shape()
        );
        if group == 1 {
            let leading = |t: &Tensor| Dims::from_slice(&t.shape()[..t.rank() - 2]);
            let common = broadcast_shapes(&leading(&q), &leading(&k));
            let Some(common) = common.and_then(|common| broadcast_shapes(&common, &leading(&v))) else {
                bail!(
                    Runtime,
                    "{name}: the leading dimensions of query, key and value must match: got shapes {:?}, {:?} and {:?}",
                    q.shape(),
                    k.shape(),
                    v.shape()
                );
            };
            for t in [&mut q, &mut k, &mut v] {
                if leading(t) != common {
                    *t = t.expand(&[&common[..], &matrix(t)].concat())?;
                }
            }
        }
        let rank = q.rank();
        let mut scores = Dims::from_slice(&q.shape()[..rank - 1]);
        scores.push(keys);
        let mut operands = vec![q, k, v];
        if let Some(mask) = args.attn_mask {
            let fits = mask.layout().broadcast_to(&scores).is_some();
            ensure!(
                fits,
                Runtime,
                "{name}: expected an attn_mask that broadcasts to the shape of the scores, {scores:?}, got {:?}",
                mask.shape()
            );
            let mask = if mask.dtype() == DType::Bool { mask.clone() } else { mask.to_dtype(dtype)? };
            operands.push(mask.expand(&scores)?);
        }
        let p = args.dropout_p;
        if p > 0.0 {
            operands.push(coins(&scores, 1.0 - p, args.generator)?);
        }
        let plan = Plan {
            group,
            scale: args.scale.unwrap_or(1.0 / (width as f64).sqrt()),
            causal: args.is_causal,
            kept: if p == 1.0 { 0.0 } else { 1.0 / (1.0 - p) },
            masked: args.attn_mask.is_some(),
            tossed: p > 0.0,
        };
        if scores.contains(&0) || width == 0 || depth == 0 {
            // The scale of vectors without elements is infinite, but their scores are 0.
            let plan = if width == 0 { Plan { scale: 1.0, ..plan } } else { plan };
            return plan.composed(&operands);
        }
        let (value, statistics) = plan.run(&operands)?;
        let mut inputs: Vec<&Tensor> = operands[..3].iter().collect();
        let learned = plan.masked && tracking(&[&operands[3]]);
        inputs.extend(learned.then(|| &operands[3]));
        let mut saves: Vec<Save> = operands.iter().map(Save::from).collect();
        saves.push((&statistics).into());
        // PyTorch has one node for the plain case and composes the others.
        let one = rank == 4 && p == 0.0 && width == depth && !learned;
        let node = if one { "ScaledDotProductFlashAttentionForCpuBackward0" } else { "UnsafeViewBackward0" };
        debug_assert_eq!(value.shape()[rank - 2], queries);
        Ok(record(node, &inputs, value, &saves, move |cx| {
            let saved = cx.saved_all()?;
            let Some((statistics, operands)) = saved.split_last() else { unreachable!("the statistics are saved") };
            match cx.create_graph() || cx.inputs() > 3 {
                true => plan.composed_slopes(cx, operands),
                false => plan.slopes(cx, operands, statistics),
            }
        }))
    }
}

/// A byte for each element, 1 with probability `keep`, else 0.
fn coins(shape: &[usize], keep: f64, generator: Option<&Generator>) -> Result<Tensor> {
    let n = bytes_of(shape, DType::U8)?;
    if keep == 0.0 {
        return Tensor::zeros(shape, DType::U8);
    }
    let mut mask = Buffer::stale(n)?;
    with_generator(generator, |g| dropout::toss(g, keep, &mut mask.as_mut_slice::<u8>()[..n]));
    go_on()?;
    Ok(Tensor::from_buffer(mask, Layout::dense(shape), DType::U8))
}

/// The public operations of this family.
pub const NAMES: &[&str] = &["scaled_dot_product_attention", "multi_head_attention_forward"];
