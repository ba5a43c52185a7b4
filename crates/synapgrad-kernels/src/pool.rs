//! Pooling: the largest element or the mean of every window of a plane.
//!
//! A plane has three dimensions (fewer count as sizes of 1) and is pooled by itself. Along each dimension an [`Axis`] says
//! where the window of every output lies, so that sliding windows and the uneven ones of adaptive pooling are one kernel.
//! Where windows are whole and evenly spaced, several neighbours are computed at once, a lane each.
//!
//! Of each largest element its ordinal in the window is kept: a byte in all but the largest windows. The gradient goes to
//! the element that it names; planes are independent, so no two threads add to the same place.

use std::ops::Range;

use rayon::prelude::*;
use smallvec::SmallVec;

use crate::along::for_each_slab;
use crate::dtype::{Compute, DType, Element};
use crate::softmax::with_float;
use crate::vecmath::dispatch;
use crate::{Buffer, parallel, with_compute, with_element, with_size};

/// Where a window lies along one dimension, inside the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bin {
    pub start: usize,
    /// How many elements; at least one.
    pub count: usize,
    /// What it counts for where the divisor of a mean is computed: with padding, perhaps.
    pub extent: usize,
}

/// One dimension of a pooling.
pub struct Axis {
    /// Size of the input.
    size: usize,
    /// A window for each output.
    bins: Vec<Bin>,
    /// The distance of a window's elements.
    step: usize,
    /// The largest window.
    kernel: usize,
    /// Outputs whose windows have the full size and lie evenly, `stride` apart.
    full: Range<usize>,
    stride: usize,
}

impl Axis {
    pub fn new(size: usize, bins: Vec<Bin>, step: usize) -> Axis {
        debug_assert!(bins.iter().all(|b| b.count > 0 && b.start + (b.count - 1) * step < size));
        let kernel = bins.iter().map(|b| b.count).max().unwrap_or(1);
        let first = bins.iter().position(|b| b.count == kernel).unwrap_or(0);
        let stride = match bins.get(first..) {
            Some([a, b, ..]) => b.start - a.start,
            _ => 1,
        };
        let even = |i: &usize| bins[*i].count == kernel && bins[*i].start == bins[first].start + (i - first) * stride;
        let end = (first..bins.len()).find(|i| !even(i)).unwrap_or(bins.len());
        Axis { size, bins, step, kernel, full: first..end, stride }
    }

    /// How many outputs there are along this dimension.
    pub fn outputs(&self) -> usize {
        self.bins.len()
    }
}

/// All windows of a plane, along three dimensions.
pub struct Windows {
    axes: [Axis; 3],
    /// For each ordinal in a window, the distance from the window's first element.
    offsets: Vec<usize>,
}

/// The rows of the input that a row of outputs is computed from: where each begins, and the ordinal of its first element.
type Rows = SmallVec<[(usize, u32); 16]>;

impl Windows {
    pub fn new(axes: [Axis; 3]) -> Windows {
        let [a, b, c] = &axes;
        let mut offsets = Vec::with_capacity(a.kernel * b.kernel * c.kernel);
        for i in 0..a.kernel {
            for j in 0..b.kernel {
                let row = (i * a.step * b.size + j * b.step) * c.size;
                offsets.extend((0..c.kernel).map(|k| row + k * c.step));
            }
        }
        Windows { axes, offsets }
    }

    /// Elements of a plane of the input.
    pub fn input(&self) -> usize {
        self.axes.iter().map(|axis| axis.size).product()
    }

    /// Elements of a plane of the output.
    pub fn output(&self) -> usize {
        self.axes.iter().map(|axis| axis.bins.len()).product()
    }

    /// The type that ordinals are kept in.
    pub fn winner(&self) -> DType {
        if self.offsets.len() <= 256 { DType::U8 } else { DType::I64 }
    }

    /// Call `work` with each row of a plane of outputs: its windows along the first two dimensions, and its outputs.
    #[inline(always)]
    fn each_row(&self, mut work: impl FnMut([Bin; 2], Range<usize>)) {
        let [a, b, c] = &self.axes;
        let mut at = 0;
        for &first in &a.bins {
            for &second in &b.bins {
                work([first, second], at..at + c.bins.len());
                at += c.bins.len();
            }
        }
    }

    /// The rows of the input that belong to a row of outputs.
    #[inline(always)]
    fn rows_of(&self, [first, second]: [Bin; 2]) -> Rows {
        let [a, b, c] = &self.axes;
        let mut rows = Rows::new();
        for i in 0..first.count {
            for j in 0..second.count {
                let at = (first.start + i * a.step) * b.size + second.start + j * b.step;
                rows.push((at * c.size, ((i * b.kernel + j) * c.kernel) as u32));
            }
        }
        rows
    }

    /// Where in the plane the first window of a row of outputs begins, but for its place along the last dimension.
    #[inline(always)]
    fn start_of(&self, [first, second]: [Bin; 2]) -> usize {
        let [_, b, c] = &self.axes;
        (first.start * b.size + second.start) * c.size
    }

    /// Call `take` with every element of `L` neighbouring windows, a lane each, and its ordinal. The windows are full; the
    /// first begins at `from`. `T` is twice `L`.
    #[inline(always)]
    fn lanes<E: Element, C: Compute, const L: usize, const T: usize>(
        &self,
        x: &[E],
        rows: &Rows,
        from: usize,
        mut take: impl FnMut([C; L], u32),
    ) {
        let axis = &self.axes[2];
        let (step, stride) = (axis.step, axis.stride);
        for &(row, ordinal) in rows {
            let mut k = 0;
            while k < axis.kernel {
                let x = &x[row + from + k * step..];
                let pairs = if stride == 2 { x.first_chunk::<T>() } else { None };
                if let Some(pairs) = pairs {
                    take(std::array::from_fn(|l| C::load(pairs[2 * l])), ordinal + k as u32);
                    // What lies between belongs to the next element of each window.
                    if step == 1 && k + 1 < axis.kernel {
                        k += 1;
                        take(std::array::from_fn(|l| C::load(pairs[2 * l + 1])), ordinal + k as u32);
                    }
                } else if stride == 1 {
                    let x = &x[..L];
                    take(std::array::from_fn(|l| C::load(x[l])), ordinal + k as u32);
                } else {
                    take(std::array::from_fn(|l| C::load(x[l * stride])), ordinal + k as u32);
                }
                k += 1;
            }
        }
    }

    /// Call `take` with every element of one window and its ordinal.
    #[inline(always)]
    fn each<E: Element, C: Compute>(&self, x: &[E], rows: &Rows, bin: Bin, mut take: impl FnMut(C, u32)) {
        let step = self.axes[2].step;
        for &(row, ordinal) in rows {
            for k in 0..bin.count {
                take(C::load(x[row + bin.start + k * step]), ordinal + k as u32);
            }
        }
    }
}

/// Cut a row of outputs: those that are computed one by one, and the starts of groups of 8 or of 4 (the last of which may
/// overlap the one before).
#[inline(always)]
fn cut(axis: &Axis, mut one: impl FnMut(usize), mut eight: impl FnMut(usize), mut four: impl FnMut(usize)) {
    let (full, all) = (axis.full.clone(), axis.bins.len());
    let n = full.len();
    if n < 4 {
        return (0..all).for_each(one);
    }
    (0..full.start).chain(full.end..all).for_each(&mut one);
    let wide = if n >= 8 { 8 } else { 4 };
    let mut at = full.start;
    loop {
        let start = at.min(full.end - wide);
        if wide == 8 {
            eight(start)
        } else {
            four(start)
        }
        at += wide;
        if at >= full.end {
            return;
        }
    }
}

/// A type that an ordinal is kept in.
trait Winner: Element {}
impl Winner for u8 {}
impl Winner for i64 {}

/// Run `$body` with `$W` as the type of [`Windows::winner`].
macro_rules! with_winner {
    ($windows:expr, $W:ident => $body:expr) => {
        if $windows.winner() == DType::U8 {
            type $W = u8;
            $body
        } else {
            type $W = i64;
            $body
        }
    };
}

/// The largest element of every window; of equal ones the first, of NaNs the last counts. `winners` takes the ordinals, of
/// type [`Windows::winner`].
pub fn max(
    dtype: DType,
    windows: &Windows,
    x: (&Buffer, usize),
    out: &mut Buffer,
    winners: Option<&mut Buffer>,
    planes: usize,
) {
    with_element!(dtype, E => with_compute!(dtype, C => {
        let x = &x.0.as_slice::<E>()[x.1..];
        let out = &mut out.as_mut_slice::<E>()[..planes * windows.output()];
        match winners {
            None => max_planes::<E, C, u8, false>(windows, x, out, &mut []),
            Some(winners) => with_winner!(windows, W => {
                let winners = &mut winners.as_mut_slice::<W>()[..planes * windows.output()];
                max_planes::<E, C, W, true>(windows, x, out, winners);
            }),
        }
    }))
}

fn max_planes<E: Element, C: Compute + PartialOrd, W: Winner, const KEEP: bool>(
    windows: &Windows,
    x: &[E],
    out: &mut [E],
    winners: &mut [W],
) {
    let (input, output) = (windows.input(), windows.output());
    if out.is_empty() {
        return;
    }
    let most = (parallel::GRAIN / input.max(output)).max(1);
    let plane = |p: usize, out: &mut [E], winners: &mut [W]| {
        let x = &x[p * input..];
        dispatch(
            #[inline(always)]
            || max_plane::<E, C, W, KEEP>(windows, x, out, winners),
        );
    };
    let serial = out.len() / output <= most || parallel::threads() == 1;
    if !KEEP {
        for_each_slab(out, output, |p, out| plane(p, out, &mut []));
    } else if serial {
        let both = out.chunks_mut(output).zip(winners.chunks_mut(output));
        both.enumerate().for_each(|(p, (out, winners))| plane(p, out, winners));
    } else {
        let both = out.par_chunks_mut(output).zip(winners.par_chunks_mut(output));
        both.with_min_len(most).enumerate().for_each(|(p, (out, winners))| plane(p, out, winners));
    }
}

#[inline(always)]
#[allow(clippy::eq_op)]
fn beats<C: PartialOrd>(value: C, best: C) -> bool {
    (value > best) | (value != value)
}

#[inline(always)]
fn max_plane<E: Element, C: Compute + PartialOrd, W: Winner, const KEEP: bool>(
    windows: &Windows,
    x: &[E],
    out: &mut [E],
    winners: &mut [W],
) {
    let axis = &windows.axes[2];
    // Below every float; no element of an integer type lies below its own least.
    let least = if E::DTYPE.is_float() { C::from_f64(f64::NEG_INFINITY) } else { C::from_i64(i64::MIN) };
    windows.each_row(|bins, range| {
        let rows = windows.rows_of(bins);
        let out = std::cell::Cell::from_mut(&mut out[range.clone()]).as_slice_of_cells();
        let winners = if KEEP { &mut winners[range] } else { &mut [][..] };
        let winners = std::cell::Cell::from_mut(winners).as_slice_of_cells();
        let put = |i: usize, best: C, who: u32| {
            out[i].set(best.store());
            if KEEP {
                winners[i].set(W::from_i64(who as i64));
            }
        };
        macro_rules! group {
            ($start:ident, $l:literal) => {{
                let (mut best, mut who) = ([least; $l], [0; $l]);
                let take = |values: [C; $l], ordinal| {
                    for ((best, who), value) in best.iter_mut().zip(&mut who).zip(values) {
                        let beats = beats(value, *best);
                        *best = if beats { value } else { *best };
                        *who = if beats { ordinal } else { *who };
                    }
                };
                windows.lanes::<E, C, $l, { 2 * $l }>(x, &rows, axis.bins[$start].start, take);
                (0..$l).for_each(|l| put($start + l, best[l], who[l]));
            }};
        }
        cut(
            axis,
            |i| {
                let (mut best, mut who) = (least, 0);
                windows.each(x, &rows, axis.bins[i], |value, ordinal| {
                    if beats(value, best) {
                        (best, who) = (value, ordinal);
                    }
                });
                put(i, best, who);
            },
            |start| group!(start, 8),
            |start| group!(start, 4),
        );
    });
}

/// `out[winner of o] += g[o]`: how the gradient of [`max`] flows back. `dtype` is a float.
pub fn max_place(
    dtype: DType,
    windows: &Windows,
    winners: &Buffer,
    g: (&Buffer, usize),
    out: &mut Buffer,
    planes: usize,
) {
    let (input, output) = (windows.input(), windows.output());
    with_float!(dtype, E, C => with_winner!(windows, W => {
        let (g, winners) = (&g.0.as_slice::<E>()[g.1..], winners.as_slice::<W>());
        for_each_slab(&mut out.as_mut_slice::<E>()[..planes * input], input, |p, out| {
            out.fill(E::default());
            each_winner(windows, &winners[p * output..][..output], |o, i| {
                out[i] = (C::load(out[i]) + C::load(g[p * output + o])).store();
            });
        });
    }))
}

/// `out[o] = x[winner of o]`: the adjoint of [`max_place`].
pub fn max_pick(
    dtype: DType,
    windows: &Windows,
    winners: &Buffer,
    x: (&Buffer, usize),
    out: &mut Buffer,
    planes: usize,
) {
    let (input, output) = (windows.input(), windows.output());
    with_size!(dtype, E => with_winner!(windows, W => {
        let (x, winners) = (&x.0.as_slice::<E>()[x.1..], winners.as_slice::<W>());
        for_each_slab(&mut out.as_mut_slice::<E>()[..planes * output], output, |p, out| {
            each_winner(windows, &winners[p * output..][..output], |o, i| out[o] = x[p * input + i]);
        });
    }))
}

/// The positions of the winners in their planes, as int64.
pub fn max_indices(windows: &Windows, winners: &Buffer, out: &mut Buffer, planes: usize) {
    let output = windows.output();
    with_winner!(windows, W => {
        let winners = winners.as_slice::<W>();
        for_each_slab(&mut out.as_mut_slice::<i64>()[..planes * output], output, |p, out| {
            each_winner(windows, &winners[p * output..][..output], |o, i| out[o] = i as i64);
        });
    })
}

/// Call `work` with each output of a plane and the position of its winner.
#[inline(always)]
fn each_winner<W: Winner>(windows: &Windows, winners: &[W], mut work: impl FnMut(usize, usize)) {
    windows.each_row(|bins, range| {
        let start = windows.start_of(bins);
        for (o, bin) in range.zip(&windows.axes[2].bins) {
            work(o, start + bin.start + windows.offsets[winners[o].to_i64() as usize]);
        }
    });
}

/// What means are computed in.
trait Average: Compute {
    fn plus(self, other: Self) -> Self;
    fn over(self, n: i64) -> Self;
}
macro_rules! average {
    ($($t:ty),*) => {$(
        impl Average for $t {
            #[inline(always)]
            fn plus(self, other: $t) -> $t {
                self + other
            }
            #[inline(always)]
            fn over(self, n: i64) -> $t {
                self / n as $t
            }
        }
    )*};
}
average!(f32, f64);
impl Average for i64 {
    #[inline(always)]
    fn plus(self, other: i64) -> i64 {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn over(self, n: i64) -> i64 {
        self.checked_div(n).unwrap_or(0)
    }
}

/// The sum of every window, divided by the product of its extents or by `divisor`.
pub fn mean(
    dtype: DType,
    windows: &Windows,
    divisor: Option<i64>,
    x: (&Buffer, usize),
    out: &mut Buffer,
    planes: usize,
) {
    if dtype == DType::I64 {
        return mean_planes::<i64, i64>(windows, divisor, x, out, planes);
    }
    with_float!(dtype, E, C => mean_planes::<E, C>(windows, divisor, x, out, planes))
}

fn mean_planes<E: Element, C: Average>(
    windows: &Windows,
    divisor: Option<i64>,
    x: (&Buffer, usize),
    out: &mut Buffer,
    planes: usize,
) {
    let (input, output) = (windows.input(), windows.output());
    let x = &x.0.as_slice::<E>()[x.1..];
    for_each_slab(&mut out.as_mut_slice::<E>()[..planes * output], output, |p, out| {
        let x = &x[p * input..];
        dispatch(
            #[inline(always)]
            || mean_plane::<E, C>(windows, divisor, x, out),
        );
    });
}

#[inline(always)]
fn mean_plane<E: Element, C: Average>(windows: &Windows, divisor: Option<i64>, x: &[E], out: &mut [E]) {
    let axis = &windows.axes[2];
    windows.each_row(|bins, range| {
        let rows = windows.rows_of(bins);
        let out = std::cell::Cell::from_mut(&mut out[range]).as_slice_of_cells();
        let put = |i: usize, sum: C| out[i].set(sum.over(divisor_of(bins, axis.bins[i], divisor)).store());
        macro_rules! group {
            ($start:ident, $l:literal) => {{
                let mut sums = [C::default(); $l];
                let take = |values: [C; $l], _| {
                    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum = sum.plus(value));
                };
                windows.lanes::<E, C, $l, { 2 * $l }>(x, &rows, axis.bins[$start].start, take);
                (0..$l).for_each(|l| put($start + l, sums[l]));
            }};
        }
        cut(
            axis,
            |i| {
                let mut sum = C::default();
                windows.each(x, &rows, axis.bins[i], |value: C, _| sum = sum.plus(value));
                put(i, sum);
            },
            |start| group!(start, 8),
            |start| group!(start, 4),
        );
    });
}

#[inline(always)]
fn divisor_of([first, second]: [Bin; 2], third: Bin, divisor: Option<i64>) -> i64 {
    let extents = || first.extent.saturating_mul(second.extent).saturating_mul(third.extent) as i64;
    divisor.unwrap_or_else(extents)
}

/// Each gradient, divided as in [`mean`], added to every element of its window. `dtype` is a float.
pub fn mean_spread(
    dtype: DType,
    windows: &Windows,
    divisor: Option<i64>,
    g: (&Buffer, usize),
    out: &mut Buffer,
    planes: usize,
) {
    let (input, output) = (windows.input(), windows.output());
    let axis = &windows.axes[2];
    with_float!(dtype, E, C => {
        let g = &g.0.as_slice::<E>()[g.1..];
        for_each_slab(&mut out.as_mut_slice::<E>()[..planes * input], input, |p, out| {
            out.fill(E::default());
            windows.each_row(|bins, range| {
                let rows = windows.rows_of(bins);
                for (&g, &bin) in g[p * output..][range].iter().zip(&axis.bins) {
                    let share = C::load(g).over(divisor_of(bins, bin, divisor));
                    for &(row, _) in &rows {
                        for x in out[row + bin.start..].iter_mut().step_by(axis.step).take(bin.count) {
                            *x = (C::load(*x) + share).store();
                        }
                    }
                }
            });
        });
    })
}
