//! Attention: for each query of each head the mean of the values, weighted by how well their keys match the query.
//!
//! ```text
//! S = scale·Q·Kᵀ + mask     P = softmax of the rows of S     O = P·V
//! ∂V = Pᵀ·G     ∂P = G·Vᵀ     ∂S = P∘(∂P − Σⱼ P∘∂P)     ∂Q = scale·∂S·K     ∂K = scale·∂Sᵀ·Q
//! ```
//!
//! Some queries are taken at a time, so that their scores stay in the second-level cache: no matrix of all scores is ever in
//! memory. The derivatives compute the scores anew, for which of each row its largest score and its sum are kept.
//!
//! Source: Dao, Fu, Ermon, Rudra, Ré, "FlashAttention: Fast and Memory-Efficient Exact Attention with IO-Awareness" (2022).

use std::ops::Range;

use crate::dtype::Compute;
use crate::gemm::{Mat, MatMut, Tiled};
use crate::norm::Parts;
use crate::scalar::Real;
use crate::softmax::{largest, sum};
use crate::vecmath::{dispatch_for, kind};
use crate::{Buffer, DType, interrupt, parallel};

/// Queries whose scores are computed together, where there are not so many keys that fewer do.
const ROWS: usize = 64;
/// Scores that are at hand at a time.
const SCORES: usize = 1 << 16;
/// Multiplications that are worth a thread.
const WORTH: usize = 1 << 18;
/// Multiplications between two questions whether to stop.
const STRETCH: usize = 1 << 27;

/// A matrix for each head: element (i, j) of head h is `data[places[h] + i·strides.0 + j·strides.1]`.
#[derive(Clone, Copy)]
pub struct Heads<'a> {
    pub data: &'a Buffer,
    pub places: &'a [usize],
    pub strides: (usize, usize),
}

/// A matrix for each head to be written, each row without gaps: (i, j) of head h is `data[places[h] + i·stride + j]`. No
/// two rows may overlap.
pub struct HeadsMut<'a> {
    pub data: &'a mut Buffer,
    pub places: &'a [usize],
    pub stride: usize,
}

/// What is to be computed. No size is 0; q, k and v have one of the dtypes f32 and f64.
pub struct Attention<'a> {
    /// How many matrices of queries there are; `group` of them in a row share keys and values.
    pub heads: usize,
    pub group: usize,
    pub queries: usize,
    pub keys: usize,
    /// Elements of a query and of a key.
    pub width: usize,
    /// Elements of a value.
    pub depth: usize,
    pub scale: f64,
    /// Query i sees only the keys up to i.
    pub causal: bool,
    pub q: Heads<'a>,
    pub k: Heads<'a>,
    pub v: Heads<'a>,
    /// (queries × keys) for each head of queries: numbers to be added to the scores, of q's dtype, or bytes that are 0 where
    /// a query must not see a key.
    pub mask: Option<(DType, Heads<'a>)>,
    /// (queries × keys) bytes for each head of queries: a share of the attention is multiplied by the number, or by 0
    /// where its byte is 0.
    pub coins: Option<(Heads<'a>, f64)>,
}

/// f32 and f64.
trait Number: Tiled + Compute + Real + PartialOrd {}
impl Number for f32 {}
impl Number for f64 {}

/// Run `$body` with `$T` as the element type, f32 or f64.
macro_rules! with_number {
    ($dtype:expr, $T:ident => $body:expr) => {
        if $dtype == DType::F64 {
            type $T = f64;
            $body
        } else {
            type $T = f32;
            $body
        }
    };
}

/// O, and in `statistics` two numbers for each query of each head, from which [`backward`] knows P again.
pub fn forward(dtype: DType, what: &Attention, out: HeadsMut, statistics: &mut Buffer) {
    with_number!(dtype, T => Task::<T>::new(what).forward(out, statistics.as_mut_slice::<T>()))
}

/// ∂Q, ∂K and ∂V, those that are wanted, for the gradient `g` of O and what [`forward`] left in `statistics`.
pub fn backward(
    dtype: DType,
    what: &Attention,
    statistics: &Buffer,
    g: Heads,
    dq: Option<HeadsMut>,
    dk: Option<HeadsMut>,
    dv: Option<HeadsMut>,
) {
    with_number!(dtype, T => {
        let [dq, dk, dv] = [dq, dk, dv].map(|grad| grad.map(Target::new));
        Task::<T>::new(what).backward(statistics.as_slice::<T>(), g, dq, dk, dv);
    })
}

/// A [`HeadsMut`] that several threads write, each its own rows.
struct Target<'a, T> {
    parts: Parts<'a, T>,
    places: &'a [usize],
    stride: usize,
}

impl<'a, T: Number> Target<'a, T> {
    fn new(heads: HeadsMut<'a>) -> Target<'a, T> {
        Target { parts: Parts::new(heads.data.as_mut_slice::<T>()), places: heads.places, stride: heads.stride }
    }

    /// Call `put` with each of the rows `rows` of head h and its values, `width` of them.
    ///
    /// # Safety
    /// Nobody else may use these rows meanwhile.
    unsafe fn write(
        &self,
        h: usize,
        rows: Range<usize>,
        width: usize,
        values: &[T],
        put: impl Fn(usize, &mut [T], &[T]),
    ) {
        for (i, values) in rows.zip(values.chunks_exact(width)) {
            let start = self.places[h] + i * self.stride;
            // SAFETY: rows don't overlap, and the caller vouches for these.
            put(i, unsafe { self.parts.part(start..start + width) }, values);
        }
    }
}

/// C ← α·A·B + β·C for a C without gaps, on this thread.
#[allow(clippy::too_many_arguments)]
fn multiply<T: Number>(m: usize, n: usize, k: usize, alpha: T, a: Mat<T>, b: Mat<T>, beta: T, c: &mut [T]) {
    T::tiled(m, n, k, alpha, a, b, beta, MatMut::new(c, (n, 1)));
}

/// A matrix without gaps.
fn dense<T>(data: &[T], width: usize) -> Mat<'_, T> {
    Mat::new(data, (width, 1))
}

/// Some rows of matrix h, of `width` elements, without gaps: what is multiplied often had better lie close together.
fn gather<T: Number>(heads: Heads, h: usize, rows: Range<usize>, width: usize, out: &mut [T]) {
    let (data, (down, across)) = (heads.data.as_slice::<T>(), heads.strides);
    for (i, out) in rows.zip(out.chunks_exact_mut(width)) {
        let at = heads.places[h] + i * down;
        if across == 1 {
            out.copy_from_slice(&data[at..at + width]);
        } else {
            out.iter_mut().enumerate().for_each(|(j, x)| *x = data[at + j * across]);
        }
    }
}

/// All `rows` rows of matrix h, of `width` elements, as columns.
fn gather_transposed<T: Number>(heads: Heads, h: usize, rows: usize, width: usize, out: &mut [T]) {
    let (data, (down, across)) = (heads.data.as_slice::<T>(), heads.strides);
    for (j, out) in out.chunks_exact_mut(rows).enumerate().take(width) {
        let column = &data[heads.places[h] + j * across..];
        out.iter_mut().enumerate().for_each(|(i, x)| *x = column[i * down]);
    }
}

/// [`Attention`] with numbers of the type that is computed in.
struct Task<'a, T> {
    what: &'a Attention<'a>,
    scale: T,
    /// By what a share is multiplied that is kept.
    kept: T,
}

impl<'a, T: Number> Task<'a, T> {
    fn new(what: &'a Attention<'a>) -> Task<'a, T> {
        let kept = what.coins.map_or(1.0, |(_, kept)| kept);
        Task { what, scale: T::from_f64(what.scale), kept: T::from_f64(kept) }
    }

    /// How many queries are taken at a time.
    fn rows(&self) -> usize {
        (SCORES / self.what.keys).clamp(8, ROWS).min(self.what.queries)
    }

    /// How many keys a query sees.
    fn seen(&self, query: usize) -> usize {
        if self.what.causal { self.what.keys.min(query + 1) } else { self.what.keys }
    }

    /// The scores of the queries `rows` of head h, which are `q`, with all keys that one of them sees. The keys are the
    /// columns of `k`.
    fn scores(&self, h: usize, rows: Range<usize>, q: &[T], k: &[T], scores: &mut [T]) {
        let what = self.what;
        let keys = self.seen(rows.end - 1);
        let (q, k) = (dense(q, what.width), dense(k, what.keys));
        multiply(rows.len(), keys, what.width, self.scale, q, k, T::default(), scores);
        let Some((dtype, mask)) = what.mask else { return };
        for (i, row) in rows.zip(scores.chunks_exact_mut(keys)) {
            let (at, step) = (mask.places[h] + i * mask.strides.0, mask.strides.1);
            if dtype == DType::Bool {
                let bytes = &mask.data.as_slice::<u8>()[at..];
                let hide = |x: T, seen: u8| if seen != 0 { x } else { T::lit(f64::NEG_INFINITY) };
                if step == 1 {
                    row.iter_mut().zip(bytes).for_each(|(x, &seen)| *x = hide(*x, seen));
                } else {
                    row.iter_mut().enumerate().for_each(|(j, x)| *x = hide(*x, bytes[j * step]));
                }
            } else {
                let numbers = &mask.data.as_slice::<T>()[at..];
                if step == 1 {
                    row.iter_mut().zip(numbers).for_each(|(x, &more)| *x = *x + more);
                } else {
                    row.iter_mut().enumerate().for_each(|(j, x)| *x = *x + numbers[j * step]);
                }
            }
        }
    }

    /// The coins of query i of head h.
    fn coins(&self, h: usize, i: usize) -> Option<&[u8]> {
        self.what.coins.map(|(coins, _)| &coins.data.as_slice::<u8>()[coins.places[h] + i * coins.strides.0..])
    }

    fn forward(&self, out: HeadsMut, statistics: &mut [T]) {
        let what = self.what;
        let Attention { queries, keys, width, depth, .. } = *what;
        let rows = self.rows();
        let blocks = queries.div_ceil(rows);
        let (out, statistics) = (Target::<T>::new(out), Parts::new(statistics));
        let worth = WORTH / (rows * keys * (width + depth));
        parallel::ranges(what.heads * blocks, worth.max(1), |units| {
            let fresh = |n: usize| vec![T::default(); n];
            let (mut scores, mut means) = (fresh(rows * keys), fresh(rows * depth));
            let (mut q, mut k, mut v) = (fresh(rows * width), fresh(width * keys), fresh(keys * depth));
            let mut gathered = None;
            for unit in units {
                let (h, first) = (unit / blocks, unit % blocks * rows);
                let block = first..queries.min(first + rows);
                if gathered != Some(h / what.group) {
                    gathered = Some(h / what.group);
                    gather_transposed(what.k, h / what.group, keys, width, &mut k);
                    gather(what.v, h / what.group, 0..keys, depth, &mut v);
                }
                gather(what.q, h, block.clone(), width, &mut q);
                let keys = self.seen(block.end - 1);
                let scores = &mut scores[..block.len() * keys];
                self.scores(h, block.clone(), &q, &k, scores);
                // SAFETY: each block of queries has one unit.
                let kept = unsafe { statistics.part(2 * (h * queries + block.start)..2 * (h * queries + block.end)) };
                dispatch_for(
                    kind(scores),
                    #[inline(always)]
                    || {
                        for ((i, row), kept) in
                            block.clone().zip(scores.chunks_exact_mut(keys)).zip(kept.as_chunks_mut().0)
                        {
                            *kept = exponentials(row, self.seen(i));
                            if let Some(coins) = self.coins(h, i) {
                                row.iter_mut().zip(coins).for_each(|(x, &coin)| *x = *x * self.share_kept(coin));
                            }
                        }
                    },
                );
                let means = &mut means[..block.len() * depth];
                let (p, v) = (dense(scores, keys), dense(&v, depth));
                multiply(block.len(), depth, keys, T::lit(1.0), p, v, T::default(), means);
                let put = |i: usize, out: &mut [T], mean: &[T]| {
                    let share = kept[2 * (i - block.start) + 1];
                    out.iter_mut().zip(mean).for_each(|(out, &mean)| *out = mean * share);
                };
                // SAFETY: each block of queries has one unit.
                unsafe { out.write(h, block.clone(), depth, means, put) };
            }
        });
    }

    #[inline(always)]
    fn share_kept(&self, coin: u8) -> T {
        if coin != 0 { self.kept } else { T::default() }
    }

    fn backward(
        &self,
        statistics: &[T],
        g: Heads,
        dq: Option<Target<T>>,
        dk: Option<Target<T>>,
        dv: Option<Target<T>>,
    ) {
        let Attention { queries, keys, width, depth, group, heads, .. } = *self.what;
        let rows = self.rows();
        // Several queries add to the gradient of a key, so one thread has all queries of a head; of very many it does a
        // part, and then the user may stop it.
        let row_cost = group * keys * (width + depth);
        let part = (STRETCH / row_cost).max(1).next_multiple_of(rows);
        let copy = |_: usize, out: &mut [T], grad: &[T]| out.copy_from_slice(grad);
        for from in (0..queries).step_by(part) {
            let to = queries.min(from + part);
            parallel::ranges(heads / group, (WORTH / ((to - from) * row_cost)).max(1), |units| {
                let fresh = |n: usize| vec![T::default(); n];
                let (mut scores, mut slopes) = (fresh(rows * keys), fresh(rows * keys));
                let (mut q, mut dq_block, mut g_block) =
                    (fresh(rows * width), fresh(rows * width), fresh(rows * depth));
                // The keys as rows and as columns, the values as columns.
                let (mut k, mut k_columns, mut v) = (fresh(keys * width), fresh(keys * width), fresh(keys * depth));
                for unit in units {
                    gather(self.what.k, unit, 0..keys, width, &mut k);
                    gather_transposed(self.what.k, unit, keys, width, &mut k_columns);
                    gather_transposed(self.what.v, unit, keys, depth, &mut v);
                    let (mut dk_sum, mut dv_sum) = (fresh(keys * width), fresh(keys * depth));
                    let blocks = (from..to).step_by(rows).map(|first| first..to.min(first + rows));
                    for (h, block) in
                        (unit * group..(unit + 1) * group).flat_map(|h| blocks.clone().map(move |b| (h, b)))
                    {
                        gather(self.what.q, h, block.clone(), width, &mut q);
                        gather(g, h, block.clone(), depth, &mut g_block);
                        let (n, seen) = (block.len(), self.seen(block.end - 1));
                        let (scores, slopes) = (&mut scores[..n * seen], &mut slopes[..n * seen]);
                        self.scores(h, block.clone(), &q, &k_columns, scores);
                        let (g, v) = (dense(&g_block, depth), dense(&v, keys));
                        multiply(n, seen, depth, T::lit(1.0), g, v, T::default(), slopes);
                        let statistics = &statistics[2 * (h * queries + block.start)..2 * (h * queries + block.end)];
                        self.slopes(h, block.clone(), statistics, scores, slopes);
                        let (p, ds) = (dense(scores, seen), dense(slopes, seen));
                        if dv.is_some() {
                            multiply(seen, depth, n, T::lit(1.0), p.t(), g, T::lit(1.0), &mut dv_sum[..seen * depth]);
                        }
                        if dk.is_some() {
                            let q = dense(&q, width);
                            multiply(seen, width, n, self.scale, ds.t(), q, T::lit(1.0), &mut dk_sum[..seen * width]);
                        }
                        if let Some(dq) = &dq {
                            let dq_block = &mut dq_block[..n * width];
                            multiply(n, width, seen, self.scale, ds, dense(&k, width), T::default(), dq_block);
                            // SAFETY: each head of queries has one unit.
                            unsafe { dq.write(h, block, width, dq_block, copy) };
                        }
                    }
                    for (target, width, sums) in [(&dk, width, &dk_sum), (&dv, depth, &dv_sum)] {
                        let Some(target) = target else { continue };
                        let put = |_: usize, out: &mut [T], sums: &[T]| match from {
                            0 => out.copy_from_slice(sums),
                            _ => out.iter_mut().zip(sums).for_each(|(out, &x)| *out = *out + x),
                        };
                        // SAFETY: each head of keys has one unit.
                        unsafe { target.write(unit, 0..keys, width, sums, put) };
                    }
                }
            });
            if interrupt::is_stopped() {
                return;
            }
        }
    }

    /// For some queries of head h: of their scores P, of which some shares are dropped, and of ∂P ∂S, both in place.
    fn slopes(&self, h: usize, rows: Range<usize>, statistics: &[T], scores: &mut [T], slopes: &mut [T]) {
        let keys = self.seen(rows.end - 1);
        dispatch_for(
            kind(scores),
            #[inline(always)]
            || {
                let both = scores.chunks_exact_mut(keys).zip(slopes.chunks_exact_mut(keys));
                for ((i, (p, slope)), kept) in rows.clone().zip(both).zip(statistics.as_chunks().0) {
                    let seen = self.seen(i);
                    p[seen..].fill(T::default());
                    slope[seen..].fill(T::default());
                    let (p, slope, &[shift, share]) = (&mut p[..seen], &mut slope[..seen], kept);
                    p.iter_mut().for_each(|p| *p = (*p - shift).exp() * share);
                    let coins = self.coins(h, i);
                    if let Some(coins) = coins {
                        slope.iter_mut().zip(coins).for_each(|(slope, &coin)| *slope = *slope * self.share_kept(coin));
                    }
                    let total = sum(slope, |j, slope| slope * p[j]);
                    slope.iter_mut().zip(&*p).for_each(|(slope, &p)| *slope = p * (*slope - total));
                    if let Some(coins) = coins {
                        p.iter_mut().zip(coins).for_each(|(p, &coin)| *p = *p * self.share_kept(coin));
                    }
                }
            },
        );
    }
}

/// The numerators of the softmax of the first `seen` elements of a row, and zeros for the others; what was taken from each
/// score, and by what the numerators have to be multiplied: 0 where no key may be seen.
#[inline(always)]
fn exponentials<T: Number>(row: &mut [T], seen: usize) -> [T; 2] {
    let (row, hidden) = row.split_at_mut(seen);
    hidden.fill(T::default());
    let top: T = largest(row);
    let shift = if top == T::lit(f64::NEG_INFINITY) { T::default() } else { top };
    row.iter_mut().for_each(|x| *x = (*x - shift).exp());
    let total = sum(row, |_, x| x);
    [shift, if total == T::default() { total } else { T::lit(1.0) / total }]
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADS: usize = 3;
    const QUERIES: usize = 150;
    const KEYS: usize = 130;
    const WIDTH: usize = 5;

    fn numbers(n: usize, factor: usize) -> Buffer {
        let x: Vec<f32> = (0..n).map(|i| (i * factor % 101) as f32 / 50.0 - 1.0).collect();
        Buffer::from_slice(&x).unwrap()
    }

    /// The means, and the gradients by q, k and v, computed by so many threads.
    fn computed(threads: usize, causal: bool) -> [Vec<f32>; 4] {
        let (long, short) = (HEADS * QUERIES * WIDTH, HEADS * KEYS * WIDTH);
        let [q, k, v, g] = [(long, 37), (short, 53), (short, 71), (long, 29)].map(|(n, factor)| numbers(n, factor));
        let per_query: Vec<usize> = (0..HEADS).map(|h| h * QUERIES * WIDTH).collect();
        let per_key: Vec<usize> = (0..HEADS).map(|h| h * KEYS * WIDTH).collect();
        let strides = (WIDTH, 1);
        let heads = |data, places| Heads { data, places, strides };
        let what = Attention {
            heads: HEADS,
            group: 1,
            queries: QUERIES,
            keys: KEYS,
            width: WIDTH,
            depth: WIDTH,
            scale: 0.5,
            causal,
            q: heads(&q, &per_query),
            k: heads(&k, &per_key),
            v: heads(&v, &per_key),
            mask: None,
            coins: None,
        };
        let [mut out, mut dq, mut statistics] =
            [long, long, 2 * HEADS * QUERIES].map(|n| Buffer::stale(4 * n).unwrap());
        let [mut dk, mut dv] = [short; 2].map(|n| Buffer::stale(4 * n).unwrap());
        parallel::with_threads(threads, || {
            let target = |data, places| HeadsMut { data, places, stride: WIDTH };
            forward(DType::F32, &what, target(&mut out, &per_query), &mut statistics);
            let [dq, dk, dv] = [(&mut dq, &per_query), (&mut dk, &per_key), (&mut dv, &per_key)]
                .map(|(data, places)| Some(target(data, places)));
            backward(DType::F32, &what, &statistics, heads(&g, &per_query), dq, dk, dv);
        });
        [(&out, long), (&dq, long), (&dk, short), (&dv, short)].map(|(x, n)| x.as_slice::<f32>()[..n].to_vec())
    }

    #[test]
    fn threads_share_heads_and_change_nothing() {
        for causal in [false, true] {
            let alone = computed(1, causal);
            assert_eq!(alone, computed(2, causal));
            assert_eq!(alone, computed(3, causal));
        }
    }

    #[test]
    fn blocks_of_queries_give_what_single_queries_give() {
        for causal in [false, true] {
            let [out, ..] = computed(1, causal);
            let q = numbers(HEADS * QUERIES * WIDTH, 37);
            let [k, v] = [53, 71].map(|factor| numbers(HEADS * KEYS * WIDTH, factor));
            let [q, k, v] = [&q, &k, &v].map(|x| x.as_slice::<f32>());
            for (h, i) in [(0, 0), (0, 63), (1, 64), (2, 128), (2, 149)] {
                let at = (h * QUERIES + i) * WIDTH;
                let keys = if causal { KEYS.min(i + 1) } else { KEYS };
                let weight = |j: usize| {
                    let key = &k[(h * KEYS + j) * WIDTH..][..WIDTH];
                    (q[at..][..WIDTH].iter().zip(key).map(|(q, k)| q * k).sum::<f32>() * 0.5).exp()
                };
                let total: f32 = (0..keys).map(weight).sum();
                for d in 0..WIDTH {
                    let mean = (0..keys).map(|j| weight(j) * v[(h * KEYS + j) * WIDTH + d]).sum::<f32>() / total;
                    assert!((out[at + d] - mean).abs() < 1e-5, "head {h}, query {i}: {} is not {mean}", out[at + d]);
                }
            }
        }
    }
}
