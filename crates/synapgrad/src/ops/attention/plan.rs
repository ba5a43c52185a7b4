//! How an attention is computed, and its gradient: by the kernel, or composed of recorded operations.

use synapgrad_kernels::attention::{self as kernel, Attention, Heads, HeadsMut};
use synapgrad_kernels::{Buffer, DType, Dims, Layout};

use crate::autograd::{Cx, Grads};
use crate::error::go_on;
use crate::ops::create::room;
use crate::ops::matmul::{unfolded, with_buffers};
use crate::{Result, Tensor};

/// An attention as its rule remembers it.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    /// How many heads of queries share one of keys.
    pub group: usize,
    pub scale: f64,
    pub causal: bool,
    /// By what a weight is multiplied that is not dropped.
    pub kept: f64,
    /// Whether there is a mask, and whether there are coins, in this order after q, k and v.
    pub masked: bool,
    pub tossed: bool,
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
        Ok(Fresh { data: room(&layout.shape, dtype)?, layout, places })
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
    pub fn run(self, operands: &[Tensor]) -> Result<(Tensor, Tensor)> {
        let operands = &Plan::real(operands)?[..];
        let [q, v] = [&operands[0], &operands[2]];
        let (rank, dtype) = (q.rank(), q.dtype());
        let mut shape = Dims::from_slice(&q.shape()[..rank - 1]);
        shape.push(2);
        let mut statistics = room(&shape, dtype)?;
        let mut out = Fresh::new(rows_like(q.layout(), v.shape()[rank - 1]), dtype)?;
        self.with(operands, [], |what, []| kernel::forward(dtype, what, out.heads(), &mut statistics));
        go_on()?;
        Ok((out.tensor(dtype), Tensor::from_buffer(statistics, Layout::dense(&shape), dtype)))
    }

    /// The gradients by q, k and v that are wanted, in one pass, not recorded.
    pub fn slopes(self, cx: &Cx, operands: &[Tensor], statistics: &Tensor) -> Result<Grads> {
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
    pub fn composed(self, operands: &[Tensor]) -> Result<Tensor> {
        let (mask, coins) = self.optional(operands);
        let p = self.weights(&operands[0], &self.spread(&operands[1])?, mask)?;
        self.dropped(p, coins)?.matmul(&self.spread(&operands[2])?)
    }

    /// All gradients, of recorded operations.
    pub fn composed_slopes(self, cx: &Cx, operands: &[Tensor]) -> Result<Grads> {
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
