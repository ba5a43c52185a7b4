//! Softmax along one dimension of a contiguous array, and its derivative.
//!
//! Along the last dimension a row is read once into the first-level cache, where the rest happens; along another
//! dimension some columns at a time are taken together, so that the loops run over neighbours in memory.

use smallvec::SmallVec;

use crate::Buffer;
use crate::along::{Block, Columns, for_each_columns, for_each_slab};
use crate::dtype::{Compute, DType, Element};
use crate::scalar::Real;
use crate::vecmath::dispatch;

/// Columns taken together.
const WIDE: usize = 128;

/// Run `$body` with `$E` as the element type of the float dtype and `$C` as the type it is computed in.
macro_rules! with_float {
    ($dtype:expr, $E:ident, $C:ident => $body:expr) => {
        match $dtype {
            $crate::DType::F64 => {
                type $E = f64;
                type $C = f64;
                $body
            }
            $crate::DType::F16 => {
                type $E = $crate::f16;
                type $C = f32;
                $body
            }
            $crate::DType::BF16 => {
                type $E = $crate::bf16;
                type $C = f32;
                $body
            }
            _ => {
                type $E = f32;
                type $C = f32;
                $body
            }
        }
    };
}
pub(crate) use with_float;

/// Σ in lanes, so that it vectorises and rounding errors stay small.
#[inline(always)]
pub(crate) fn sum<C: Compute + Real>(x: &[C], f: impl Fn(usize, C) -> C) -> C {
    let mut lanes = [C::default(); 16];
    let (rows, rest) = x.as_chunks::<16>();
    for (r, row) in rows.iter().enumerate() {
        for (i, (lane, &x)) in lanes.iter_mut().zip(row).enumerate() {
            *lane = *lane + f(r * 16 + i, x);
        }
    }
    let done = x.len() - rest.len();
    for (i, (lane, &x)) in lanes.iter_mut().zip(rest).enumerate() {
        *lane = *lane + f(done + i, x);
    }
    let mut width = 16;
    while width > 1 {
        width /= 2;
        for i in 0..width {
            lanes[i] = lanes[i] + lanes[i + width];
        }
    }
    lanes[0]
}

/// y = e^(x − max)/Σ e^(x − max), or its logarithm, along the middle dimension of `block`. `dtype` is a float.
pub fn softmax(log: bool, dtype: DType, block: Block, x: (&Buffer, usize), y: &mut Buffer) {
    with_float!(dtype, E, C => {
        let all = block.outer * block.slab();
        forward::<E, C>(log, block, &x.0.as_slice::<E>()[x.1..][..all], &mut y.as_mut_slice::<E>()[..all]);
    })
}

fn forward<E: Element, C: Compute + Real + PartialOrd>(log: bool, block: Block, x: &[E], y: &mut [E]) {
    let slab = |o: usize| &x[o * block.slab()..][..block.slab()];
    if block.inner == 1 {
        return for_each_slab(y, block.n, |o, y| {
            dispatch(
                #[inline(always)]
                || row::<E, C>(log, slab(o), y),
            )
        });
    }
    for_each_columns(y, block, WIDE, |o, y| {
        dispatch(
            #[inline(always)]
            || columns::<E, C>(log, block.inner, slab(o), y),
        )
    });
}

#[inline(always)]
fn larger<C: PartialOrd>(a: C, b: C) -> C {
    if b > a { b } else { a }
}

/// The largest number; NaN counts for nothing.
#[inline(always)]
pub(crate) fn largest<C: Compute + Real + PartialOrd>(x: &[C]) -> C {
    let mut lanes = [C::lit(f64::NEG_INFINITY); 16];
    let (chunks, rest) = x.as_chunks::<16>();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, x);
        }
    }
    lanes.iter().chain(rest).fold(C::lit(f64::NEG_INFINITY), |a, &b| larger(a, b))
}

#[inline(always)]
fn row<E: Element, C: Compute + Real + PartialOrd>(log: bool, x: &[E], y: &mut [E]) {
    let mut row: SmallVec<[C; 64]> = x.iter().map(|&x| C::load(x)).collect();
    let largest = largest(&row);
    if log {
        let total = sum(&row, |_, x| (x - largest).exp());
        let shift = total.log();
        for (y, &x) in y.iter_mut().zip(&row) {
            *y = (x - largest - shift).store();
        }
    } else {
        for x in row.iter_mut() {
            *x = (*x - largest).exp();
        }
        let share = C::lit(1.0) / sum(&row, |_, x| x);
        for (y, &x) in y.iter_mut().zip(&row) {
            *y = (x * share).store();
        }
    }
}

#[inline(always)]
fn columns<E: Element, C: Compute + Real + PartialOrd>(log: bool, inner: usize, x: &[E], y: &mut Columns<E>) {
    let range = y.range.clone();
    let rows = || x.chunks_exact(inner).map(|row| &row[range.clone()]);
    let mut largest = [C::lit(f64::NEG_INFINITY); WIDE];
    for row in rows() {
        for (m, &x) in largest.iter_mut().zip(row) {
            *m = larger(*m, C::load(x));
        }
    }
    let mut total = [C::default(); WIDE];
    for row in rows() {
        for ((total, &m), &x) in total.iter_mut().zip(&largest).zip(row) {
            *total = *total + (C::load(x) - m).exp();
        }
    }
    // What remains to be done with each element: subtract this, or multiply by it.
    for total in &mut total[..range.len()] {
        *total = if log { total.log() } else { C::lit(1.0) / *total };
    }
    for (row, out) in rows().zip(y.rows()) {
        for (((y, &x), &m), &t) in out.iter_mut().zip(row).zip(&largest).zip(&total) {
            let x = C::load(x) - m;
            *y = if log { x - t } else { x.exp() * t }.store();
        }
    }
}

/// The gradient by x, from the result y and its gradient g: y·(g − Σ g·y), for the logarithm g − eʸ·Σ g.
pub fn softmax_backward(
    log: bool,
    dtype: DType,
    block: Block,
    y: (&Buffer, usize),
    g: (&Buffer, usize),
    out: &mut Buffer,
) {
    with_float!(dtype, E, C => {
        let all = block.outer * block.slab();
        let (y, g) = (&y.0.as_slice::<E>()[y.1..][..all], &g.0.as_slice::<E>()[g.1..][..all]);
        backward::<E, C>(log, block, y, g, &mut out.as_mut_slice::<E>()[..all]);
    })
}

fn backward<E: Element, C: Compute + Real>(log: bool, block: Block, y: &[E], g: &[E], out: &mut [E]) {
    let inner = block.inner;
    let slab = |o: usize| (&y[o * block.slab()..][..block.slab()], &g[o * block.slab()..][..block.slab()]);
    let term = |y: E, g: E| if log { C::load(g) } else { C::load(g) * C::load(y) };
    let finish = |y: E, g: E, total: C| {
        let (y, g) = (C::load(y), C::load(g));
        if log { g - y.exp() * total } else { y * (g - total) }.store()
    };
    if inner == 1 {
        return for_each_slab(out, block.n, |o, out| {
            let (y, g) = slab(o);
            dispatch(
                #[inline(always)]
                || {
                    let terms: SmallVec<[C; 64]> = y.iter().zip(g).map(|(&y, &g)| term(y, g)).collect();
                    let total = sum(&terms, |_, x| x);
                    for ((out, &y), &g) in out.iter_mut().zip(y).zip(g) {
                        *out = finish(y, g, total);
                    }
                },
            )
        });
    }
    for_each_columns(out, block, WIDE, |o, out| {
        let (y, g) = slab(o);
        let range = out.range.clone();
        let rows =
            || y.chunks_exact(inner).zip(g.chunks_exact(inner)).map(|(y, g)| (&y[range.clone()], &g[range.clone()]));
        dispatch(
            #[inline(always)]
            || {
                let mut total = [C::default(); WIDE];
                for (y, g) in rows() {
                    for ((total, &y), &g) in total.iter_mut().zip(y).zip(g) {
                        *total = *total + term(y, g);
                    }
                }
                for ((y, g), out) in rows().zip(out.rows()) {
                    for (((out, &y), &g), &total) in out.iter_mut().zip(y).zip(g).zip(&total) {
                        *out = finish(y, g, total);
                    }
                }
            },
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_share_columns_and_change_nothing() {
        let block = Block { outer: 1, n: 900, inner: 101 };
        let x: Vec<f32> = (0..block.slab()).map(|i| ((i * 37) % 1009) as f32 / 100.0).collect();
        let x = Buffer::from_slice(&x).unwrap();
        let with_threads = |threads: usize| {
            crate::parallel::with_threads(threads, || {
                let mut y = Buffer::stale(x.bytes()).unwrap();
                let mut g = Buffer::stale(x.bytes()).unwrap();
                softmax(false, DType::F32, block, (&x, 0), &mut y);
                softmax_backward(false, DType::F32, block, (&y, 0), (&x, 0), &mut g);
                (y.as_slice::<f32>().to_vec(), g.as_slice::<f32>().to_vec())
            })
        };
        let alone = with_threads(1);
        assert_eq!(alone, with_threads(2));
        assert_eq!(alone, with_threads(3));
        let total: f32 = alone.0.iter().skip(100).step_by(101).sum();
        assert!((total - 1.0).abs() < 1e-5);
    }

    #[test]
    fn rows_and_columns_agree() {
        let x: Vec<f32> = (0..300 * 20).map(|i| ((i * 37) % 101) as f32 / 10.0).collect();
        let transposed: Vec<f32> = (0..x.len()).map(|i| x[i % 300 * 20 + i / 300]).collect();
        for log in [false, true] {
            let (a, b) = (Buffer::from_slice(&x).unwrap(), Buffer::from_slice(&transposed).unwrap());
            let (mut y, mut z) = (Buffer::stale(24000).unwrap(), Buffer::stale(24000).unwrap());
            softmax(log, DType::F32, Block { outer: 300, n: 20, inner: 1 }, (&a, 0), &mut y);
            softmax(log, DType::F32, Block { outer: 1, n: 20, inner: 300 }, (&b, 0), &mut z);
            let (y, z) = (y.as_slice::<f32>(), z.as_slice::<f32>());
            assert!((0..y.len()).all(|i| (y[i % 300 * 20 + i / 300] - z[i]).abs() < 1e-6));
            let total: f32 = y[..20].iter().map(|y| if log { y.exp() } else { *y }).sum();
            assert!((total - 1.0).abs() < 1e-6);
        }
    }
}
