//! Attention: means of values, weighted by how well their keys match a query.
//!
//! ```text
//! S = scale·Q·Kᵀ + mask     P = softmax of the rows of S     O = P·V
//! ∂V = Pᵀ·G     ∂P = G·Vᵀ     ∂S = P∘(∂P − Σⱼ P∘∂P)     ∂Q = scale·∂S·K     ∂K = scale·∂Sᵀ·Q     ∂mask = ∂S
//! ```
//!
//! Source: Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin, "Attention Is All You Need" (2017).

use synapgrad_kernels::attention::{self as kernel, Attention, Heads, HeadsMut};
use synapgrad_kernels::layout::broadcast_shapes;
use synapgrad_kernels::{Buffer, DType, Dims, Layout, dropout};

use super::create::bytes_of;
use super::matmul::{unfolded, with_buffers};
use crate::autograd::{Cx, Grads, Save, record, tracking};
use crate::error::{bail, ensure, go_on};
use crate::random::{Generator, with_generator};
use crate::{Result, Tensor};

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

/// An attention as its rule remembers it.
#[derive(Clone, Copy)]
struct Plan {
    /// How many heads of queries share one of keys.
    group: usize,
    scale: f64,
    causal: bool,
    /// By what a weight is multiplied that is not dropped.
    kept: f64,
    /// Whether there is a mask, and whether there are coins, in this order after q, k and v.
    masked: bool,
    tossed: bool,
}

/// Where each matrix of the last two dimensions begins.
fn places(layout: &Layout) -> Vec<usize> {
    let leading = layout.rank() - 2;
    let batch = Layout {
        shape: Dims::from_slice(&layout.shape[..leading]),
        strides: Dims::from_slice(&layout.strides[..leading]),
        offset: layout.offset,
    };
    (0..batch.numel()).map(|i| batch.position(i)).collect()
}

/// The strides of the last two dimensions.
fn steps(layout: &Layout) -> (usize, usize) {
    let rank = layout.rank();
    (layout.strides[rank - 2], layout.strides[rank - 1])
}

/// A fresh layout in the memory order of `like`, but with rows of `width` elements, which have no gaps.
fn rows_like(like: &Layout, width: usize) -> Layout {
    let mut layout = like.clone();
    if let Some(last) = layout.shape.last_mut() {
        *last = width;
    }
    let fresh = layout.fresh_like();
    if steps(&fresh).1 == 1 { fresh } else { Layout::dense(&layout.shape) }
}

/// The memory of a new tensor, a matrix for each head.
struct Fresh {
    data: Buffer,
    layout: Layout,
    places: Vec<usize>,
}

impl Fresh {
    fn new(layout: Layout, dtype: DType) -> Result<Fresh> {
        let places = places(&layout);
        Ok(Fresh { data: Buffer::stale(bytes_of(&layout.shape, dtype)?)?, layout, places })
    }

    fn heads(&mut self) -> HeadsMut<'_> {
        HeadsMut { data: &mut self.data, places: &self.places, stride: steps(&self.layout).0 }
    }

    fn tensor(self, dtype: DType) -> Tensor {
        Tensor::from_buffer(self.data, self.layout, dtype)
    }
}

impl Plan {
    /// Lock the memory of all operands and let `work` have them as the kernel wants them, with that of `others`.
    fn with<R, const N: usize>(
        self,
        operands: &[Tensor],
        others: [&Tensor; N],
        work: impl FnOnce(&Attention, [Heads; N]) -> R,
    ) -> R {
        let [q, k, v] = [&operands[0], &operands[1], &operands[2]];
        let mask = self.masked.then(|| &operands[3]);
        let coins = self.tossed.then(|| &operands[3 + usize::from(self.masked)]);
        let rank = q.rank();
        let at = [q, k, v, mask.unwrap_or(q), coins.unwrap_or(q)].map(|t| places(t.layout()));
        let at_others = others.map(|t| places(t.layout()));
        let all =
            [q, k, v, mask.unwrap_or(q), coins.unwrap_or(q), others.first().unwrap_or(&q), others.last().unwrap_or(&q)];
        with_buffers(all, |data| {
            let heads = |i: usize| Heads { data: data[i], places: &at[i], strides: steps(all[i].layout()) };
            let what = Attention {
                heads: at[0].len(),
                group: self.group,
                queries: q.shape()[rank - 2],
                keys: k.shape()[rank - 2],
                width: q.shape()[rank - 1],
                depth: v.shape()[rank - 1],
                scale: self.scale,
                causal: self.causal,
                q: heads(0),
                k: heads(1),
                v: heads(2),
                mask: mask.map(|mask| (mask.dtype(), heads(3))),
                coins: coins.map(|_| (heads(4), self.kept)),
            };
            let others = std::array::from_fn(|i| Heads {
                data: data[if i == 0 { 5 } else { 6 }],
                places: &at_others[i],
                strides: steps(others[i].layout()),
            });
            work(&what, others)
        })
    }

    /// The operands; q, k and v as copies where they only pretend to have so many elements.
    fn real(operands: &[Tensor]) -> Result<Vec<Tensor>> {
        let keys = operands[1].size(-2)?;
        let real = |(i, t)| if i < 3 { Ok(unfolded(t, keys)?.into_owned()) } else { Ok(t.clone()) };
        operands.iter().enumerate().map(real).collect()
    }

    /// O, and what the gradients need besides the operands.
    fn run(self, operands: &[Tensor]) -> Result<(Tensor, Tensor)> {
        let operands = &Plan::real(operands)?[..];
        let [q, v] = [&operands[0], &operands[2]];
        let (rank, dtype) = (q.rank(), q.dtype());
        let mut shape = Dims::from_slice(&q.shape()[..rank - 1]);
        shape.push(2);
        let mut statistics = Buffer::stale(bytes_of(&shape, dtype)?)?;
        let mut out = Fresh::new(rows_like(q.layout(), v.shape()[rank - 1]), dtype)?;
        self.with(operands, [], |what, []| kernel::forward(dtype, what, out.heads(), &mut statistics));
        go_on()?;
        Ok((out.tensor(dtype), Tensor::from_buffer(statistics, Layout::dense(&shape), dtype)))
    }

    /// The gradients by q, k and v that are wanted, in one pass, not recorded.
    fn slopes(self, cx: &Cx, operands: &[Tensor], statistics: &Tensor) -> Result<Grads> {
        let operands = &Plan::real(operands)?[..];
        let dtype = operands[0].dtype();
        let g = cx.g.detach().to_dtype(dtype)?;
        let fresh = |i: usize| {
            let layout = operands[i].layout();
            let width = layout.shape[layout.rank() - 1];
            cx.needs(i).then(|| Fresh::new(rows_like(layout, width), dtype)).transpose()
        };
        let mut grads = [fresh(0)?, fresh(1)?, fresh(2)?];
        self.with(operands, [&g, statistics], |what, [g, statistics]| {
            let [dq, dk, dv] = grads.each_mut().map(|grad| grad.as_mut().map(Fresh::heads));
            kernel::backward(dtype, what, statistics.data, g, dq, dk, dv);
        });
        go_on()?;
        Ok(grads.into_iter().map(|grad| Some(grad?.tensor(dtype))).collect())
    }

    /// A head of keys or values for each head of queries.
    fn spread(self, x: &Tensor) -> Result<Tensor> {
        if self.group == 1 { Ok(x.clone()) } else { x.repeat_interleave(self.group, Some(-3)) }
    }

    /// The sums over the heads of queries that share one of keys.
    fn gathered(self, x: &Tensor) -> Result<Tensor> {
        if self.group == 1 {
            return Ok(x.clone());
        }
        let heads = x.size(-3)? / self.group;
        x.unflatten(-3, &[heads as isize, self.group as isize])?.sum_dims(&[-3], false, None)
    }

    /// P, of recorded operations; `k` has a head for each of the queries'. A row that sees nothing is 0.
    fn weights(self, q: &Tensor, k: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
        let mut scores = q.matmul(&k.mt()?)?.mul(self.scale)?;
        if let Some(mask) = mask {
            scores = match mask.dtype() {
                DType::Bool => scores.masked_fill(&mask.logical_not()?, f64::NEG_INFINITY)?,
                _ => scores.add(mask)?,
            };
        }
        if self.causal {
            let visible = Tensor::ones(&scores.shape()[scores.rank() - 2..], DType::Bool)?.tril(0)?;
            scores = scores.masked_fill(&visible.logical_not()?, f64::NEG_INFINITY)?;
        }
        let blind = scores.detach().eq(f64::NEG_INFINITY)?.all(&[-1], true)?;
        scores.masked_fill(&blind, 0.0)?.softmax(-1, None)?.masked_fill(&blind, 0.0)
    }

    /// A share of the attention as the coins leave it.
    fn dropped(self, x: Tensor, coins: Option<&Tensor>) -> Result<Tensor> {
        match coins {
            Some(coins) => x.mul(&coins.to_dtype(x.dtype())?.mul(self.kept)?),
            None => Ok(x),
        }
    }

    fn optional(self, operands: &[Tensor]) -> (Option<&Tensor>, Option<&Tensor>) {
        let coins = self.tossed.then(|| &operands[3 + usize::from(self.masked)]);
        (self.masked.then(|| &operands[3]), coins)
    }

    /// O, of recorded operations.
    fn composed(self, operands: &[Tensor]) -> Result<Tensor> {
        let (mask, coins) = self.optional(operands);
        let p = self.weights(&operands[0], &self.spread(&operands[1])?, mask)?;
        self.dropped(p, coins)?.matmul(&self.spread(&operands[2])?)
    }

    /// All gradients, of recorded operations.
    fn composed_slopes(self, cx: &Cx, operands: &[Tensor]) -> Result<Grads> {
        let (mask, coins) = self.optional(operands);
        let (q, k, v) = (&operands[0], self.spread(&operands[1])?, self.spread(&operands[2])?);
        let p = self.weights(q, &k, mask)?;
        let g = cx.g.to_dtype(q.dtype())?;
        let dv = self.gathered(&self.dropped(p.clone(), coins)?.mt()?.matmul(&g)?)?;
        let dp = self.dropped(g.matmul(&v.mt()?)?, coins)?;
        let ds = p.mul(&dp.sub(&p.mul(&dp)?.sum_dims(&[-1], true, None)?)?)?;
        let dq = ds.matmul(&k)?.mul(self.scale)?;
        let dk = self.gathered(&ds.mt()?.matmul(q)?.mul(self.scale)?)?;
        Ok([Some(dq), Some(dk), Some(dv), Some(ds)].into_iter().take(cx.inputs()).collect())
    }
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

/// The public operations of this file.
pub const NAMES: &[&str] = &["scaled_dot_product_attention", "multi_head_attention_forward"];
