//! Softmax along one dimension of a contiguous array, and its derivative.
//!
//! Along the last dimension each row is worked on in the first-level cache; along another dimension some columns at a time
//! are taken together, so that the loops run over neighbours in memory.

use crate::Buffer;
use crate::along::{Block, Columns, for_each_columns};
use crate::dtype::{Compute, DType, Element};
use crate::parallel::{self, Parts};
use crate::scalar::Real;
use crate::vecmath::{self, dispatch_for, kind};

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

/// Floats that e can be raised to quickly where they are not positive.
pub(crate) trait Power: Compute + Real + PartialOrd {
    /// eˣ for x ≤ 0; 0 where that is no normal number.
    fn power(self) -> Self;
}

impl Power for f64 {
    #[inline(always)]
    fn power(self) -> f64 {
        self.exp()
    }
}

impl Power for f32 {
    #[inline(always)]
    fn power(self) -> f32 {
        vecmath::f32::exp_of_negative(self)
    }
}

/// Numbers side by side, as in vector registers.
pub(crate) const LANES: usize = 16;

#[inline(always)]
pub(crate) fn larger<C: PartialOrd>(a: C, b: C) -> C {
    if b > a { b } else { a }
}

/// The lanes as one, by halves.
#[inline(always)]
pub(crate) fn joined<C: Copy>(lanes: [C; LANES], join: impl Fn(C, C) -> C) -> C {
    // A seam for the compiler: else it arranges the loop over the lanes by what the halving here would like.
    let mut lanes = std::hint::black_box(lanes);
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for i in 0..width {
            lanes[i] = join(lanes[i], lanes[i + width]);
        }
    }
    lanes[0]
}

/// The last few of a row, filled up with `filling` to a whole number of lanes.
#[inline(always)]
fn filled<E: Element, C: Compute>(rest: &[E], filling: C) -> [C; LANES] {
    let mut last = [filling; LANES];
    last.iter_mut().zip(rest).for_each(|(l, &x)| *l = C::load(x));
    last
}

/// The largest number of a row; NaN counts for nothing.
#[inline(always)]
pub(crate) fn largest<E: Element, C: Compute + Real + PartialOrd>(row: &[E]) -> C {
    let least = C::lit(f64::NEG_INFINITY);
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut lanes = [least; LANES];
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, C::load(x));
        }
    }
    if !rest.is_empty() {
        let last = filled(rest, least);
        for (lane, x) in lanes.iter_mut().zip(last) {
            *lane = larger(*lane, x);
        }
    }
    joined(lanes, larger)
}

/// Σ e^(x − largest) of a row.
#[inline(always)]
pub(crate) fn sum_of_powers<E: Element, C: Power>(row: &[E], largest: C) -> C {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut lanes = [C::default(); LANES];
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = *lane + (C::load(x) - largest).power();
        }
    }
    if !rest.is_empty() {
        // e to −∞ is nothing.
        let last = filled(rest, C::lit(f64::NEG_INFINITY));
        for (lane, x) in lanes.iter_mut().zip(last) {
            *lane = *lane + (x - largest).power();
        }
    }
    joined(lanes, |a, b| a + b)
}

/// Σ f(i, xᵢ) in lanes, so that it vectorises and rounding errors stay small.
#[inline(always)]
pub(crate) fn sum<C: Compute + Real>(x: &[C], f: impl Fn(usize, C) -> C) -> C {
    let (rows, rest) = x.as_chunks::<LANES>();
    let mut lanes = [C::default(); LANES];
    for (r, row) in rows.iter().enumerate() {
        for (i, (lane, &x)) in lanes.iter_mut().zip(row).enumerate() {
            *lane = *lane + f(r * LANES + i, x);
        }
    }
    let done = x.len() - rest.len();
    rest.iter().enumerate().fold(joined(lanes, |a, b| a + b), |sum, (i, &x)| sum + f(done + i, x))
}

/// Σ f(a, b) of the pairs of two rows.
#[inline(always)]
fn sum_of_pairs<E: Element, C: Compute + Real>(a: &[E], b: &[E], f: impl Fn(C, C) -> C) -> C {
    let ((rows_a, rest_a), (rows_b, rest_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut lanes = [C::default(); LANES];
    for (a, b) in rows_a.iter().zip(rows_b) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
            *lane = *lane + f(C::load(a), C::load(b));
        }
    }
    rest_a.iter().zip(rest_b).fold(joined(lanes, |a, b| a + b), |sum, (&a, &b)| sum + f(C::load(a), C::load(b)))
}

/// Write f(a, b) of the pairs of two rows. The last few are computed as a vector, too: one e^x alone costs as much as eight.
#[inline(always)]
fn write_pairs<E: Element, C: Compute>(out: &mut [E], a: &[E], b: &[E], f: impl Fn(C, C) -> C) {
    let ((outs, rest), (rows_a, rest_a), (rows_b, rest_b)) =
        (out.as_chunks_mut::<LANES>(), a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for ((out, a), b) in outs.iter_mut().zip(rows_a).zip(rows_b) {
        // First all are computed, then all are stored: the compiler need not ask whether they overlap.
        let mut results = [C::default(); LANES];
        for ((result, &a), &b) in results.iter_mut().zip(a).zip(b) {
            *result = f(C::load(a), C::load(b));
        }
        out.iter_mut().zip(results).for_each(|(out, x)| *out = x.store());
    }
    if !rest.is_empty() {
        let (mut last, b) = (filled(rest_a, C::default()), filled(rest_b, C::default()));
        for (a, b) in last.iter_mut().zip(b) {
            *a = f(*a, b);
        }
        rest.iter_mut().zip(last).for_each(|(out, x)| *out = x.store());
    }
}

/// y = e^(x − max)/Σ e^(x − max), or its logarithm, along the middle dimension of `block`. `dtype` is a float.
pub fn softmax(log: bool, dtype: DType, block: Block, x: (&Buffer, usize), y: &mut Buffer) {
    with_float!(dtype, E, C => {
        let all = block.outer * block.slab();
        let (x, y) = (&x.0.as_slice::<E>()[x.1..][..all], &mut y.as_mut_slice::<E>()[..all]);
        if log { forward::<E, C, true>(block, x, y) } else { forward::<E, C, false>(block, x, y) }
    })
}

fn forward<E: Element, C: Power, const LOG: bool>(block: Block, x: &[E], y: &mut [E]) {
    if block.inner == 1 {
        return for_each_rows(y, block.n, |from, y| {
            let x = &x[from..from + y.len()];
            dispatch_for(
                kind(x),
                #[inline(always)]
                || {
                    for (x, y) in x.chunks_exact(block.n).zip(y.chunks_exact_mut(block.n)) {
                        row::<E, C, LOG>(x, y);
                    }
                },
            );
        });
    }
    for_each_columns(y, block, WIDE, |o, y| {
        let x = &x[o * block.slab()..][..block.slab()];
        dispatch_for(
            kind(x),
            #[inline(always)]
            || columns::<E, C, LOG>(block.inner, x, y),
        );
    });
}

/// Call `work` with some whole rows of `n` elements, and where they start, in parallel where there is much to do.
fn for_each_rows<E: Send>(out: &mut [E], n: usize, work: impl Fn(usize, &mut [E]) + Sync) {
    if out.is_empty() {
        return;
    }
    let rows = out.len() / n;
    let out = Parts::new(out);
    parallel::ranges(rows, (parallel::GRAIN / n).max(1), |rows| {
        // SAFETY: the ranges are disjoint.
        work(rows.start * n, unsafe { out.part(rows.start * n..rows.end * n) });
    });
}

/// Whether a result can keep what it is computed from, without loss.
fn keeps<E: Element, C: Element>() -> bool {
    E::DTYPE == C::DTYPE
}

#[inline(always)]
fn row<E: Element, C: Power, const LOG: bool>(x: &[E], y: &mut [E]) {
    let largest: C = largest(x);
    if LOG {
        let shift = sum_of_powers(x, largest).log();
        for (y, &x) in y.iter_mut().zip(x) {
            *y = (C::load(x) - largest - shift).store();
        }
    } else if keeps::<E, C>() {
        write_pairs(y, x, x, |x: C, _| (x - largest).power());
        let share = C::lit(1.0) / sum_of_pairs(y, y, |y: C, _| y);
        for y in y.iter_mut() {
            *y = (C::load(*y) * share).store();
        }
    } else {
        let share = C::lit(1.0) / sum_of_powers(x, largest);
        write_pairs(y, x, x, |x: C, _| (x - largest).power() * share);
    }
}

#[inline(always)]
fn columns<E: Element, C: Power, const LOG: bool>(inner: usize, x: &[E], y: &mut Columns<E>) {
    let range = y.range.clone();
    let rows = || x.chunks_exact(inner).map(|row| &row[range.clone()]);
    let mut largest = [C::lit(f64::NEG_INFINITY); WIDE];
    for row in rows() {
        for (m, &x) in largest.iter_mut().zip(row) {
            *m = larger(*m, C::load(x));
        }
    }
    let mut total = [C::default(); WIDE];
    if LOG || !keeps::<E, C>() {
        for row in rows() {
            for ((total, &m), &x) in total.iter_mut().zip(&largest).zip(row) {
                *total = *total + (C::load(x) - m).power();
            }
        }
    } else {
        for (row, out) in rows().zip(y.rows()) {
            for (((total, &m), &x), y) in total.iter_mut().zip(&largest).zip(row).zip(out) {
                let power = (C::load(x) - m).power();
                *total = *total + power;
                *y = power.store();
            }
        }
    }
    // What remains to be done with each element: subtract this, or multiply by it.
    for total in &mut total[..range.len()] {
        *total = if LOG { total.log() } else { C::lit(1.0) / *total };
    }
    for (row, out) in rows().zip(y.rows()) {
        for (((y, &x), &m), &t) in out.iter_mut().zip(row).zip(&largest).zip(&total) {
            *y = if LOG {
                C::load(x) - m - t
            } else if keeps::<E, C>() {
                C::load(*y) * t
            } else {
                (C::load(x) - m).power() * t
            }
            .store();
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
        let out = &mut out.as_mut_slice::<E>()[..all];
        if log { backward::<E, C, true>(block, y, g, out) } else { backward::<E, C, false>(block, y, g, out) }
    })
}

/// What is summed along the dimension.
#[inline(always)]
fn term<C: Real, const LOG: bool>(y: C, g: C) -> C {
    if LOG { g } else { g * y }
}

/// The gradient, given the sum.
#[inline(always)]
fn slope<C: Power, const LOG: bool>(y: C, g: C, total: C) -> C {
    if LOG { g - y.power() * total } else { y * (g - total) }
}

fn backward<E: Element, C: Power, const LOG: bool>(block: Block, y: &[E], g: &[E], out: &mut [E]) {
    if block.inner == 1 {
        return for_each_rows(out, block.n, |from, out| {
            let (y, g) = (&y[from..from + out.len()], &g[from..from + out.len()]);
            dispatch_for(
                kind(y),
                #[inline(always)]
                || {
                    let rows = y.chunks_exact(block.n).zip(g.chunks_exact(block.n));
                    for (out, (y, g)) in out.chunks_exact_mut(block.n).zip(rows) {
                        let total = sum_of_pairs(y, g, term::<C, LOG>);
                        write_pairs(out, y, g, |y, g| slope::<C, LOG>(y, g, total));
                    }
                },
            );
        });
    }
    for_each_columns(out, block, WIDE, |o, out| {
        let (y, g) = (&y[o * block.slab()..][..block.slab()], &g[o * block.slab()..][..block.slab()]);
        dispatch_for(
            kind(y),
            #[inline(always)]
            || slope_of_columns::<E, C, LOG>(block.inner, y, g, out),
        );
    });
}

#[inline(always)]
fn slope_of_columns<E: Element, C: Power, const LOG: bool>(inner: usize, y: &[E], g: &[E], out: &mut Columns<E>) {
    let range = out.range.clone();
    let rows = || y.chunks_exact(inner).zip(g.chunks_exact(inner)).map(|(y, g)| (&y[range.clone()], &g[range.clone()]));
    let mut total = [C::default(); WIDE];
    for (y, g) in rows() {
        for ((total, &y), &g) in total.iter_mut().zip(y).zip(g) {
            *total = *total + term::<C, LOG>(C::load(y), C::load(g));
        }
    }
    for ((y, g), out) in rows().zip(out.rows()) {
        for (((out, &y), &g), &total) in out.iter_mut().zip(y).zip(g).zip(&total) {
            *out = slope::<C, LOG>(C::load(y), C::load(g), total).store();
        }
    }
}

/// ln Σ eˣ along the middle dimension of `block`, which is not empty.
pub(crate) fn log_sum_exp(dtype: DType, block: Block, x: (&Buffer, usize), out: &mut Buffer) {
    with_float!(dtype, E, C => {
        let x = &x.0.as_slice::<E>()[x.1..][..block.outer * block.slab()];
        let out = &mut out.as_mut_slice::<E>()[..block.outer * block.inner];
        if block.inner == 1 {
            let out = Parts::new(out);
            return parallel::ranges(block.outer, (parallel::GRAIN / block.n).max(1), |rows| {
                // SAFETY: the ranges are disjoint.
                let out = unsafe { out.part(rows.clone()) };
                let x = &x[rows.start * block.n..rows.end * block.n];
                dispatch_for(
                    kind(x),
                    #[inline(always)]
                    || {
                        for (out, x) in out.iter_mut().zip(x.chunks_exact(block.n)) {
                            let largest: C = largest(x);
                            let sum = match is_finite(largest) {
                                true => sum_of_powers(x, largest),
                                // Infinities cannot be subtracted; e to them says what they do.
                                false => x.iter().fold(C::default(), |sum, &x| sum + C::load(x).exp()),
                            };
                            *out = (Real::log(sum) + pivot(largest)).store();
                        }
                    },
                );
            });
        }
        let (out, blocks) = (Parts::new(out), block.inner.div_ceil(WIDE));
        let grain = (parallel::GRAIN / (block.n * block.inner.min(WIDE))).max(1);
        parallel::ranges(block.outer * blocks, grain, |units| {
            for unit in units {
                let (o, from) = (unit / blocks, unit % blocks * WIDE);
                let range = from..block.inner.min(from + WIDE);
                // SAFETY: each unit has columns of its own.
                let out = unsafe { out.part(o * block.inner + range.start..o * block.inner + range.end) };
                let x = &x[o * block.slab()..][..block.slab()];
                dispatch_for(
                    kind(x),
                    #[inline(always)]
                    || log_sum_exp_of_columns::<E, C>(x.chunks_exact(block.inner).map(|row| &row[range.clone()]), out),
                );
            }
        });
    })
}

#[inline(always)]
fn log_sum_exp_of_columns<'a, E: Element, C: Power>(rows: impl Iterator<Item = &'a [E]> + Clone, out: &mut [E]) {
    let mut largest = [C::lit(f64::NEG_INFINITY); WIDE];
    for row in rows.clone() {
        for (m, &x) in largest.iter_mut().zip(row) {
            *m = larger(*m, C::load(x));
        }
    }
    let finite = largest[..out.len()].iter().all(|&m| is_finite(m));
    largest.iter_mut().for_each(|m| *m = pivot(*m));
    let mut total = [C::default(); WIDE];
    for row in rows {
        let columns = total.iter_mut().zip(&largest).zip(row);
        if finite {
            columns.for_each(|((total, &m), &x)| *total = *total + (C::load(x) - m).power());
        } else {
            // Infinities cannot be subtracted; e to them says what they do.
            columns.for_each(|((total, &m), &x)| *total = *total + (C::load(x) - m).exp());
        }
    }
    for ((out, &m), &total) in out.iter_mut().zip(&largest).zip(&total) {
        *out = (total.log() + m).store();
    }
}

#[inline(always)]
fn is_finite<C: Compute>(x: C) -> bool {
    x.to_f64().is_finite()
}

/// What to subtract before e is raised.
#[inline(always)]
fn pivot<C: Compute + Real>(largest: C) -> C {
    if is_finite(largest) { largest } else { C::lit(0.0) }
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
    fn powers_are_exact_to_two_units() {
        for i in 0..200_000 {
            let x = -87.0 * i as f32 / 200_000.0;
            let want = f64::from(x).exp();
            assert!((f64::from(x.power()) - want).abs() <= f64::from(f32::EPSILON) * want, "{x}: {}", x.power());
        }
        assert_eq!([f32::NEG_INFINITY.power(), (-1e30f32).power(), 0f32.power()], [0.0, 0.0, 1.0]);
        assert!(f32::NAN.power().is_nan());
    }

    #[test]
    fn infinities_in_sums_of_powers() {
        let (inf, nan) = (f32::INFINITY, f32::NAN);
        for (row, want) in
            [([inf, 1.0], inf), ([-inf, -inf], -inf), ([-inf, 2.0], 2.0), ([inf, -inf], inf), ([nan, inf], nan)]
        {
            let x = Buffer::from_slice(&row).unwrap();
            // As a row, and as a column beside itself.
            let twice = Buffer::from_slice(&[row[0], row[0], row[1], row[1]]).unwrap();
            let mut out = Buffer::stale(8).unwrap();
            log_sum_exp(DType::F32, Block { outer: 1, n: 2, inner: 1 }, (&x, 0), &mut out);
            let by_row = out.as_slice::<f32>()[0];
            log_sum_exp(DType::F32, Block { outer: 1, n: 2, inner: 2 }, (&twice, 0), &mut out);
            for got in [by_row, out.as_slice::<f32>()[0], out.as_slice::<f32>()[1]] {
                assert!(got == want || got.is_nan() && want.is_nan(), "{row:?}: {got}");
            }
        }
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
