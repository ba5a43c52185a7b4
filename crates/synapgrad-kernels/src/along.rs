//! Work along one dimension of contiguous arrays.
//!
//! Whatever its rank, an array seen from one of its dimensions is a [`Block`]: `outer` slabs of `n` rows of `inner`
//! elements.

use rayon::prelude::*;

use crate::dtype::{Compute, DType, Element};
use crate::{parallel, with_element};

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

/// Call `work` with the number of each slab of `out` and the slab, in parallel where there is much to do.
pub fn for_each_slab<E: Send>(out: &mut [E], slab: usize, work: impl Fn(usize, &mut [E]) + Sync + Send) {
    if slab == 0 {
        return;
    }
    if out.len() <= parallel::GRAIN || parallel::threads() == 1 {
        return out.chunks_mut(slab).enumerate().for_each(|(i, out)| work(i, out));
    }
    let most = (parallel::GRAIN / slab).max(1);
    out.par_chunks_mut(slab).with_min_len(most).enumerate().for_each(|(i, out)| work(i, out));
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

fn accumulate<E: Element, A: Compute>(
    block: Block,
    reverse: bool,
    x: &[E],
    out: &mut [E],
    start: A,
    join: impl Fn(A, A) -> A + Sync + Send,
) {
    for_each_slab(out, block.slab(), |o, out| {
        let x = &x[o * block.slab()..][..block.slab()];
        if block.inner == 1 {
            let mut total = start;
            let mut step = |(out, &x): (&mut E, &E)| {
                total = join(total, A::load(x));
                *out = total.store();
            };
            match reverse {
                false => out.iter_mut().zip(x).for_each(&mut step),
                true => out.iter_mut().zip(x).rev().for_each(&mut step),
            }
            return;
        }
        let mut totals = vec![start; block.inner];
        let mut step = |(out, x): (&mut [E], &[E])| {
            for ((out, &x), total) in out.iter_mut().zip(x).zip(&mut totals) {
                *total = join(*total, A::load(x));
                *out = total.store();
            }
        };
        let rows = out.chunks_exact_mut(block.inner).zip(x.chunks_exact(block.inner));
        match reverse {
            false => rows.for_each(&mut step),
            true => rows.rev().for_each(&mut step),
        }
    });
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
        for o in 0..block.outer {
            for i in 0..block.inner {
                let mut best: Option<(E, i64)> = None;
                for k in 0..block.n {
                    let at = o * block.slab() + k * block.inner + i;
                    best = match best {
                        Some((value, place)) if !follows(largest, x[at], value) => Some((value, place)),
                        _ => Some((x[at], k as i64)),
                    };
                    if let Some((value, place)) = best {
                        values[at] = value;
                        indices[at] = place;
                    }
                }
            }
        }
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
}
