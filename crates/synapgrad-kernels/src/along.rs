//! Work along one dimension of contiguous arrays.
//!
//! Whatever its rank, an array seen from one of its dimensions is a [`Block`]: `outer` slabs of `n` rows of `inner`
//! elements.

use std::marker::PhantomData;
use std::ops::Range;

use smallvec::SmallVec;

use crate::dtype::{Compute, DType, Element};
use crate::parallel::{self, Parts};
use crate::with_element;

/// A shape seen from one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub outer: usize,
    pub n: usize,
    pub inner: usize,
}

impl Block {
    pub fn new(shape: &[usize], dim: usize) -> Block {
        match shape {
            [] => Block { outer: 1, n: 1, inner: 1 },
            _ => {
                Block { outer: shape[..dim].iter().product(), n: shape[dim], inner: shape[dim + 1..].iter().product() }
            }
        }
    }

    /// Elements of one slab.
    pub fn slab(&self) -> usize {
        self.n * self.inner
    }
}

pub use crate::parallel::slabs as for_each_slab;

/// Some neighbouring columns of a slab.
pub struct Columns<'a, E> {
    start: *mut E,
    n: usize,
    inner: usize,
    /// Which of the slab's columns they are.
    pub range: Range<usize>,
    slab: PhantomData<&'a mut [E]>,
}

impl<E> Columns<'_, E> {
    /// Their elements, row by row.
    #[inline(always)]
    pub fn rows(&mut self) -> impl Iterator<Item = &mut [E]> {
        let (start, inner, len) = (self.start.wrapping_add(self.range.start), self.inner, self.range.len());
        // SAFETY: `for_each_columns` gave us these columns of a slab alone; rows don't overlap.
        (0..self.n).map(move |k| unsafe { std::slice::from_raw_parts_mut(start.wrapping_add(k * inner), len) })
    }
}

/// Call `work` with the number of each slab of `out` and some of its columns, at most `wide`, in parallel where there is
/// much to do.
pub fn for_each_columns<E: Send>(
    out: &mut [E],
    block: Block,
    wide: usize,
    work: impl Fn(usize, &mut Columns<E>) + Sync + Send,
) {
    let Block { outer, n, inner } = block;
    if out.is_empty() {
        return;
    }
    assert_eq!(out.len(), outer * block.slab());
    // Few slabs are cut so that each thread has some.
    let share = inner.div_ceil(2 * parallel::threads().div_ceil(outer)).next_multiple_of(16);
    let wide = wide.min(if outer < parallel::threads() { share } else { inner });
    let blocks = inner.div_ceil(wide);
    // An address, because pointers may not be shared between threads.
    let start = out.as_mut_ptr().expose_provenance();
    parallel::ranges(outer * blocks, (parallel::GRAIN / (n * wide)).max(1), |units| {
        for unit in units {
            let (o, from) = (unit / blocks, unit % blocks * wide);
            let slab = std::ptr::with_exposed_provenance_mut::<E>(start).wrapping_add(o * block.slab());
            let range = from..inner.min(from + wide);
            work(o, &mut Columns { start: slab, n, inner, range, slab: PhantomData });
        }
    });
}

/// What accumulates in [`scan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scan {
    Sum,
    Prod,
    LogSumExp,
}

/// Every element together with all those before it along the dimension, or with all those after it if `reverse`.
pub fn scan(
    kind: Scan,
    reverse: bool,
    dtype: DType,
    block: Block,
    x: (&crate::Buffer, usize),
    out: &mut crate::Buffer,
) {
    with_element!(dtype, E => {
        let (x, out) = (&x.0.as_slice::<E>()[x.1..], &mut out.as_mut_slice::<E>()[..block.outer * block.slab()]);
        let whole = !dtype.is_float();
        match kind {
            Scan::Sum if whole => accumulate(block, reverse, x, out, 0i64, |sum, x| sum.wrapping_add(x)),
            Scan::Prod if whole => accumulate(block, reverse, x, out, 1i64, |product, x| product.wrapping_mul(x)),
            Scan::Sum => accumulate(block, reverse, x, out, 0.0f64, |sum, x| sum + x),
            Scan::Prod => accumulate(block, reverse, x, out, 1.0f64, |product, x| product * x),
            Scan::LogSumExp => accumulate(block, reverse, x, out, f64::NEG_INFINITY, log_add_exp),
        }
    })
}

/// ln(eᵃ + eᵇ)
fn log_add_exp(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low.is_nan() || high.is_nan() {
        f64::NAN
    } else if high.is_infinite() {
        high
    } else {
        high + (low - high).exp().ln_1p()
    }
}

/// A slab of more elements than this is walked in stretches.
const LONG: usize = 1 << 20;

/// Call `work` with ranges of `0..n`, the positions along the dimension, one after the other.
fn positions(block: Block, work: impl FnMut(Range<usize>)) {
    match block.slab() {
        0..=LONG => std::iter::once(0..block.n).for_each(work),
        _ => parallel::stretches(block.n, (parallel::GRAIN / (block.outer * block.inner)).max(1), work),
    }
}

fn accumulate<E: Element, A: Compute>(
    block: Block,
    reverse: bool,
    x: &[E],
    out: &mut [E],
    start: A,
    join: impl Fn(A, A) -> A + Sync + Send,
) {
    let (n, inner, slab) = (block.n, block.inner, block.slab());
    // Totals are kept from stretch to stretch where there are several.
    let scan = |part: Range<usize>, x: &[E], out: &mut [E], totals: &mut [A]| {
        let part = if reverse { n - part.end..n - part.start } else { part };
        let part = part.start * inner..part.end * inner;
        let (x, out) = (&x[part.clone()], &mut out[part]);
        if let [total] = totals {
            let mut step = |(out, &x): (&mut E, &E)| {
                *total = join(*total, A::load(x));
                *out = total.store();
            };
            return match reverse {
                false => out.iter_mut().zip(x).for_each(&mut step),
                true => out.iter_mut().zip(x).rev().for_each(&mut step),
            };
        }
        let mut step = |(out, x): (&mut [E], &[E])| {
            for ((out, &x), total) in out.iter_mut().zip(x).zip(&mut *totals) {
                *total = join(*total, A::load(x));
                *out = total.store();
            }
        };
        let rows = out.chunks_exact_mut(inner).zip(x.chunks_exact(inner));
        match reverse {
            false => rows.for_each(&mut step),
            true => rows.rev().for_each(&mut step),
        }
    };
    if slab <= LONG {
        let rows = if inner == 1 { ABREAST } else { 1 };
        return for_each_slab(out, rows * slab, |o, out| {
            let x = &x[o * rows * slab..][..out.len()];
            if rows > 1 && out.len() == rows * slab {
                return abreast(n, reverse, x, out, start, &join);
            }
            for (x, out) in x.chunks_exact(slab).zip(out.chunks_exact_mut(slab)) {
                scan(0..n, x, out, &mut SmallVec::<[A; 8]>::from_elem(start, inner));
            }
        });
    }
    let mut totals = vec![start; block.outer * inner];
    positions(block, |part| {
        let (out, totals) = (Parts::new(&mut *out), Parts::new(&mut totals));
        parallel::each(block.outer, &|o| {
            // SAFETY: each slab, and its totals, is used once.
            let (out, totals) =
                unsafe { (out.part(o * slab..(o + 1) * slab), totals.part(o * inner..(o + 1) * inner)) };
            scan(part.clone(), &x[o * slab..][..slab], out, totals);
        });
    });
}

/// Rows that are accumulated together. Each total waits for the one before it; those of other rows need not.
const ABREAST: usize = 4;

/// Every element of [`ABREAST`] rows of `n` together with those before it in its row.
fn abreast<E: Element, A: Compute>(
    n: usize,
    reverse: bool,
    x: &[E],
    out: &mut [E],
    start: A,
    join: &impl Fn(A, A) -> A,
) {
    let x: [&[E]; ABREAST] = std::array::from_fn(|row| &x[row * n..][..n]);
    let mut rest = out;
    let out: [&mut [E]; ABREAST] = std::array::from_fn(|_| {
        let (row, after) = std::mem::take(&mut rest).split_at_mut(n);
        rest = after;
        row
    });
    let mut totals = [start; ABREAST];
    for i in 0..n {
        let k = if reverse { n - 1 - i } else { i };
        for (row, total) in totals.iter_mut().enumerate() {
            *total = join(*total, A::load(x[row][k]));
            out[row][k] = total.store();
        }
    }
}

/// The largest (or smallest) element so far and its place, of equal ones the last; once NaN, always NaN.
pub fn running_extreme(
    largest: bool,
    dtype: DType,
    block: Block,
    x: (&crate::Buffer, usize),
    values: &mut crate::Buffer,
    indices: &mut [i64],
) {
    with_element!(dtype, E => {
        let all = block.outer * block.slab();
        let (x, values) = (&x.0.as_slice::<E>()[x.1..][..all], &mut values.as_mut_slice::<E>()[..all]);
        positions(block, |part| {
            for (o, k) in (0..block.outer).flat_map(|o| part.clone().map(move |k| (o, k))) {
                let row = o * block.slab() + k * block.inner;
                for at in row..row + block.inner {
                    let before = at.wrapping_sub(block.inner);
                    let stays = k > 0 && !follows(largest, x[at], values[before]);
                    (values[at], indices[at]) = if stays { (values[before], indices[before]) } else { (x[at], k as i64) };
                }
            }
        });
    })
}

/// Whether `x` takes the place of `best`.
fn follows<E: Element>(largest: bool, x: E, best: E) -> bool {
    if !E::DTYPE.is_float() {
        let (x, best) = (x.to_i64(), best.to_i64());
        return if largest { x >= best } else { x <= best };
    }
    let (x, best) = (x.to_f64(), best.to_f64());
    x.is_nan() || (!best.is_nan() && if largest { x >= best } else { x <= best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Buffer;

    const BLOCK: Block = Block { outer: 1, n: 3, inner: 2 };

    #[test]
    fn scans_run_both_ways() {
        let x = Buffer::from_slice(&[1f32, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        let mut out = Buffer::stale(24).unwrap();
        scan(Scan::Sum, false, DType::F32, BLOCK, (&x, 0), &mut out);
        assert_eq!(out.as_slice::<f32>(), [1.0, 2.0, 4.0, 6.0, 9.0, 12.0]);
        scan(Scan::Prod, true, DType::F32, BLOCK, (&x, 0), &mut out);
        assert_eq!(out.as_slice::<f32>(), [15.0, 48.0, 15.0, 24.0, 5.0, 6.0]);
    }

    #[test]
    fn rows_abreast_are_as_rows_alone() {
        let (rows, n) = (ABREAST + 1, 5);
        let x: Vec<f32> = (0..rows * n).map(|i| (i * i % 13) as f32).collect();
        let data = Buffer::from_slice(&x).unwrap();
        for reverse in [false, true] {
            let mut out = Buffer::stale(rows * n * 4).unwrap();
            let block = Block { outer: rows, n, inner: 1 };
            scan(Scan::Sum, reverse, DType::F32, block, (&data, 0), &mut out);
            for (at, &sum) in out.as_slice::<f32>().iter().enumerate() {
                let row = at / n * n;
                let of = if reverse { at..row + n } else { row..at + 1 };
                assert_eq!(sum, x[of].iter().sum::<f32>(), "{at} {reverse}");
            }
        }
    }

    #[test]
    fn long_slabs_are_walked_in_stretches() {
        let (n, inner) = (LONG, 2);
        let x = Buffer::from_slice(&vec![1f32; 2 * n * inner]).unwrap();
        for (block, reverse) in [
            (Block { outer: 2, n, inner }, false),
            (Block { outer: 2, n, inner }, true),
            (Block { outer: 1, n: 4 * n, inner: 1 }, false),
            (Block { outer: 1, n: 4 * n, inner: 1 }, true),
        ] {
            let mut out = Buffer::stale(8 * n * inner).unwrap();
            scan(Scan::Sum, reverse, DType::F32, block, (&x, 0), &mut out);
            let place = |at: usize| at / block.inner % block.n;
            let count = |at: usize| if reverse { block.n - place(at) } else { place(at) + 1 };
            assert!(out.as_slice::<f32>().iter().enumerate().all(|(at, &sum)| sum == count(at) as f32), "{block:?}");
        }
        let block = Block { outer: 2, n, inner };
        let (mut values, mut places) = (Buffer::stale(8 * n * inner).unwrap(), vec![0; 2 * n * inner]);
        running_extreme(true, DType::F32, block, (&x, 0), &mut values, &mut places);
        assert!(places.iter().enumerate().all(|(at, &place)| place == (at / inner % n) as i64));
    }
}
