//! Normalisation with a weight for each channel: batch, group and instance normalisation.
//!
//! The array is `outer` samples of `channels` segments of `inner` elements. Each *set* of segments has one mean and one
//! variance: a channel of all samples, or a group of channels of one sample. A group lies together in memory, and the second
//! pass over it finds it in the cache. The segments of a channel lie far apart, where no processor foresees the next one: so
//! all channels are taken at once, in the order of memory.

use super::{EIGHT, Moments, Parts, add_to_lanes, moments, rows, sums, total_of_eight, widened};
use crate::dtype::{Compute, Element};
use crate::scalar::Real;
use crate::softmax::with_float;
use crate::vecmath::dispatch;
use crate::{Buffer, DType, parallel};

/// Segments shorter than this are not worth a loop of their own.
const SHORT: usize = 16;
/// Segments of a vector and up to so many elements are worth a loop, but no call: neighbours are taken in one.
const MIDDLE: usize = 256;
/// Neighbouring channels of which the sums are kept at a time.
const MOST: usize = 128;
/// Columns that are summed together.
const WIDE: usize = 64;
/// Rows of columns that are summed in the type they are computed in before f64 takes over.
const TALL: usize = 32;
/// Elements of columns that one thread sums. The pieces are the same however many threads there are.
const PIECE: usize = 1 << 16;

/// What is normalised together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    pub outer: usize,
    pub channels: usize,
    pub inner: usize,
    /// So many groups of channels in each sample; where `None`, each channel over all samples.
    pub groups: Option<usize>,
}

/// Where the segments of a set lie: the number of the first, the distance to the next, how many.
#[derive(Clone, Copy)]
struct Segments {
    first: usize,
    step: usize,
    count: usize,
}

impl Segments {
    fn iter(self) -> impl Iterator<Item = usize> {
        (0..self.count).map(move |i| self.first + i * self.step)
    }
}

impl Channels {
    /// How many means there are.
    pub fn sets(&self) -> usize {
        self.groups.map_or(self.channels, |groups| self.outer * groups)
    }

    /// How many elements have one mean.
    pub fn set_size(&self) -> usize {
        self.groups.map_or(self.outer, |groups| self.channels / groups.max(1)) * self.inner
    }

    fn numel(&self) -> usize {
        self.outer * self.channels * self.inner
    }

    fn segments(&self, set: usize) -> Segments {
        match self.groups {
            None => Segments { first: set, step: self.channels, count: self.outer },
            Some(groups) => {
                let count = self.channels / groups.max(1);
                Segments { first: set * count, step: 1, count }
            }
        }
    }

    /// Sets that are worth a thread.
    fn grain(&self) -> usize {
        (parallel::GRAIN / self.set_size().max(1)).max(1)
    }

    /// Short segments of one sample are a row with a weight for each of its places.
    fn as_rows(&self) -> Option<rows::Rows> {
        let groups = self.groups.filter(|_| self.inner < SHORT)?;
        Some(rows::Rows { rows: self.outer * groups, size: self.set_size(), groups })
    }

    /// The segments of neighbouring channels in one sample.
    #[inline(always)]
    fn run<'a, E>(&self, sample: usize, channels: &std::ops::Range<usize>, x: &'a [E]) -> &'a [E] {
        let start = (sample * self.channels + channels.start) * self.inner;
        &x[start..start + channels.len() * self.inner]
    }

    /// Whether channels are taken together as columns of rows.
    fn as_columns(&self) -> bool {
        self.groups.is_none() && self.inner < EIGHT
    }

    /// Whether the segments of neighbouring channels are taken in one call.
    fn in_runs(&self) -> bool {
        self.groups.is_none() && (EIGHT..=MIDDLE).contains(&self.inner)
    }

    /// One weight per channel, repeated for each of its elements.
    fn repeated(&self, weights: Option<&[f64]>) -> Option<Vec<f64>> {
        weights.map(|w| w.iter().flat_map(|&w| std::iter::repeat_n(w, self.inner)).collect())
    }

    /// What was summed for each element of the channels, summed for each channel.
    fn folded(&self, sums: &[f64]) -> Vec<f64> {
        if self.inner == 0 {
            return vec![0.0; self.channels];
        }
        sums.chunks(self.inner).map(|elements| elements.iter().sum()).collect()
    }
}

/// y = (x − mean)/√(variance + ε)·weight + bias with the mean and the variance of each set, which are returned.
#[allow(clippy::too_many_arguments)]
pub fn forward(
    dtype: DType,
    shape: Channels,
    x: (&Buffer, usize),
    y: &mut Buffer,
    eps: f64,
    weight: Option<&[f64]>,
    bias: Option<&[f64]>,
) -> Vec<Moments> {
    if let Some(rows) = shape.as_rows() {
        let (weight, bias) = (shape.repeated(weight), shape.repeated(bias));
        return rows::forward(dtype, rows, true, x, y, eps, weight.as_deref(), bias.as_deref());
    }
    with_float!(dtype, E, C => {
        let (x, y) = (&x.0.as_slice::<E>()[x.1..][..shape.numel()], &mut y.as_mut_slice::<E>()[..shape.numel()]);
        let (weight, bias) = (widened::<C>(weight, shape.channels, 1.0), widened::<C>(bias, shape.channels, 0.0));
        let rstd = |m: &Moments| 1.0 / (m.variance() + eps).sqrt();
        if shape.as_columns() || shape.in_runs() {
            let columns = shape.as_columns();
            let statistics =
                if columns { column_moments::<E, C>(shape, x) } else { moments_of_runs::<E, C>(shape, x) };
            let (mean, rstd): (Vec<f64>, Vec<f64>) = statistics.iter().map(|m| (m.mean, rstd(m))).unzip();
            let apply = if columns { apply_columns::<E, C> } else { apply_runs::<E, C> };
            apply(shape, x, y, &mean, &rstd, &weight, &bias);
            return statistics;
        }
        let mut statistics = vec![Moments::default(); shape.sets()];
        let y = Parts::new(y);
        let finish = |set: usize, m: &Moments| {
            for segment in shape.segments(set).iter() {
                // SAFETY: every segment is in one set, and every set is finished by one thread.
                let y = unsafe { y.part(segment * shape.inner..(segment + 1) * shape.inner) };
                let x = &x[segment * shape.inner..][..shape.inner];
                scale_segment::<E, C>(x, y, m.mean, rstd(m), weight[segment % shape.channels], bias[segment % shape.channels]);
            }
        };
        if shape.groups.is_some() && shape.sets() >= parallel::threads() {
            let all = Parts::new(&mut statistics);
            parallel::ranges(shape.sets(), shape.grain(), |sets| {
                for set in sets {
                    let Segments { first, count, .. } = shape.segments(set);
                    // A group lies together.
                    let x = &x[first * shape.inner..(first + count) * shape.inner];
                    let m = dispatch(
                        #[inline(always)]
                        || moments::<E, C>(x),
                    );
                    // SAFETY: this set is this thread's.
                    let own = unsafe { all.part(set..set + 1) };
                    own[0] = m;
                    finish(set, &m);
                }
            });
        } else {
            // Few sets, or sets whose segments lie far apart: all segments in the order of memory.
            let mut parts = vec![Moments::default(); shape.outer * shape.channels];
            for_each_segment(shape, &mut parts, |s| segment_moments::<E, C>(shape, x, s));
            for (set, m) in statistics.iter_mut().enumerate() {
                *m = join_all(shape.segments(set).iter().map(|s| parts[s]));
            }
            let set_of = |segment: usize| match shape.groups {
                None => segment % shape.channels,
                Some(groups) => segment / (shape.channels / groups.max(1)).max(1),
            };
            let means: Vec<(f64, f64)> = statistics.iter().map(|m| (m.mean, rstd(m))).collect();
            parallel::ranges(shape.outer * shape.channels, (parallel::GRAIN / shape.inner.max(1)).max(1), |segments| {
                for s in segments {
                    // SAFETY: the ranges are disjoint.
                    let y = unsafe { y.part(s * shape.inner..(s + 1) * shape.inner) };
                    let ((mean, rstd), c) = (means[set_of(s)], s % shape.channels);
                    scale_segment::<E, C>(&x[s * shape.inner..][..shape.inner], y, mean, rstd, weight[c], bias[c]);
                }
            });
        }
        statistics
    })
}

/// y = (x − mean)·rstd·weight + bias with given numbers for each channel.
#[allow(clippy::too_many_arguments)]
pub fn apply(
    dtype: DType,
    shape: Channels,
    x: (&Buffer, usize),
    y: &mut Buffer,
    mean: &[f64],
    rstd: &[f64],
    weight: Option<&[f64]>,
    bias: Option<&[f64]>,
) {
    with_float!(dtype, E, C => {
        let (x, y) = (&x.0.as_slice::<E>()[x.1..][..shape.numel()], &mut y.as_mut_slice::<E>()[..shape.numel()]);
        let (weight, bias) = (widened::<C>(weight, shape.channels, 1.0), widened::<C>(bias, shape.channels, 0.0));
        if shape.inner < EIGHT {
            return apply_columns::<E, C>(shape, x, y, mean, rstd, &weight, &bias);
        } else if shape.inner <= MIDDLE {
            return apply_runs::<E, C>(shape, x, y, mean, rstd, &weight, &bias);
        }
        let y = Parts::new(y);
        parallel::ranges(shape.outer * shape.channels, (parallel::GRAIN / shape.inner.max(1)).max(1), |segments| {
            for s in segments {
                // SAFETY: the ranges are disjoint.
                let y = unsafe { y.part(s * shape.inner..(s + 1) * shape.inner) };
                let c = s % shape.channels;
                scale_segment::<E, C>(&x[s * shape.inner..][..shape.inner], y, mean[c], rstd[c], weight[c], bias[c]);
            }
        });
    })
}

/// Write `f(segment)` to the place of each segment, in parallel where there is much to do.
fn for_each_segment<T: Send + Copy>(shape: Channels, out: &mut [T], f: impl Fn(usize) -> T + Sync) {
    let out = Parts::new(out);
    parallel::ranges(shape.outer * shape.channels, (parallel::GRAIN / shape.inner.max(1)).max(1), |segments| {
        // SAFETY: the ranges are disjoint.
        let out = unsafe { out.part(segments.clone()) };
        segments.zip(out).for_each(|(s, out)| *out = f(s));
    });
}

fn join_all(parts: impl Iterator<Item = Moments>) -> Moments {
    parts.reduce(Moments::join).unwrap_or_default()
}

fn segment_moments<E: Element, C: Compute + Real>(shape: Channels, x: &[E], segment: usize) -> Moments {
    let x = &x[segment * shape.inner..][..shape.inner];
    dispatch(
        #[inline(always)]
        || moments::<E, C>(x),
    )
}

fn scale_segment<E: Element, C: Compute + Real>(x: &[E], y: &mut [E], mean: f64, rstd: f64, weight: C, bias: C) {
    let (mean, scale) = (C::from_f64(mean), C::from_f64(rstd) * weight);
    dispatch(
        #[inline(always)]
        || {
            for (y, &x) in y.iter_mut().zip(x) {
                *y = ((C::load(x) - mean) * scale + bias).store();
            }
        },
    );
}

/// The moments of the channels where their segments are short: rows of `channels·inner` columns.
fn column_moments<E: Element, C: Compute + Real>(shape: Channels, x: &[E]) -> Vec<Moments> {
    let parts = for_each_piece(
        shape,
        #[inline(always)]
        |rows, columns, out: &mut [Moments]| {
            let width = shape.channels * shape.inner;
            let n = columns.len();
            for block in x[rows.start * width..rows.end * width].chunks(TALL * width) {
                let lines = || block.chunks_exact(width).map(|line| &line[columns.clone()]);
                let count = (block.len() / width) as f64;
                let (mut mean, mut rest, mut squares) =
                    ([C::default(); WIDE], [C::default(); WIDE], [C::default(); WIDE]);
                for line in lines() {
                    for (mean, &x) in mean[..n].iter_mut().zip(line) {
                        *mean = *mean + C::load(x);
                    }
                }
                let share = C::from_f64(1.0 / count);
                mean[..n].iter_mut().for_each(|mean| *mean = *mean * share);
                for line in lines() {
                    for (((rest, squares), &mean), &x) in rest[..n].iter_mut().zip(&mut squares).zip(&mean).zip(line) {
                        let apart = C::load(x) - mean;
                        *rest = *rest + apart;
                        *squares = *squares + apart * apart;
                    }
                }
                for (i, out) in out.iter_mut().enumerate() {
                    let (rest, squares) = (rest[i].to_f64(), squares[i].to_f64());
                    let mean = mean[i].to_f64() + rest / count;
                    let part = Moments { count, mean, squares: squares - rest * rest / count };
                    *out = if out.count == 0.0 { part } else { out.join(part) };
                }
            }
        },
    );
    let columns = shape.channels * shape.inner;
    (0..shape.channels)
        .map(|c| {
            let of = c * shape.inner..(c + 1) * shape.inner;
            join_all(parts.chunks(columns.max(1)).flat_map(|piece| &piece[of.clone()]).copied())
        })
        .collect()
}

/// Let `work` sum up the columns of a piece of the rows: for each piece, a result per column. The pieces are the same
/// however many threads there are.
fn for_each_piece<T: Default + Clone + Send>(
    shape: Channels,
    work: impl Fn(std::ops::Range<usize>, std::ops::Range<usize>, &mut [T]) + Sync,
) -> Vec<T> {
    let width = shape.channels * shape.inner;
    let tall = (PIECE / width.max(1)).max(TALL);
    let (pieces, blocks) = (shape.outer.div_ceil(tall), width.div_ceil(WIDE));
    let mut all = vec![T::default(); pieces * width];
    let parts = Parts::new(&mut all);
    let area = (tall.min(shape.outer) * WIDE.min(width)).max(1);
    parallel::ranges(pieces * blocks, (parallel::GRAIN / area).max(1), |tasks| {
        for task in tasks {
            let (piece, block) = (task / blocks, task % blocks);
            let columns = block * WIDE..width.min((block + 1) * WIDE);
            let rows = piece * tall..shape.outer.min((piece + 1) * tall);
            // SAFETY: the columns of a piece belong to one task.
            let out = unsafe { parts.part(piece * width + columns.start..piece * width + columns.end) };
            dispatch(
                #[inline(always)]
                || work(rows.clone(), columns.clone(), out),
            );
        }
    });
    all
}

/// The moments of the channels whose segments lie in runs of vectors.
fn moments_of_runs<E: Element, C: Compute + Real>(shape: Channels, x: &[E]) -> Vec<Moments> {
    let parts = for_each_run(
        shape,
        #[inline(always)]
        |rows, channels, out: &mut [Moments]| {
            let count = (rows.len() * shape.inner) as f64;
            let runs = || rows.clone().map(|row| shape.run(row, &channels, x));
            let mut lanes = [[[C::default(); EIGHT]; 1]; MOST];
            for run in runs() {
                for (lanes, x) in lanes.iter_mut().zip(run.chunks_exact(shape.inner)) {
                    add_to_lanes(lanes, x, x, |x, _| [x]);
                }
            }
            let mean = lanes.map(|[lanes]| C::from_f64(total_of_eight(lanes) / count));
            let mut lanes = [[[C::default(); EIGHT]; 2]; MOST];
            for run in runs() {
                for ((lanes, &mean), x) in lanes.iter_mut().zip(&mean).zip(run.chunks_exact(shape.inner)) {
                    add_to_lanes(lanes, x, x, |x, _| [x - mean, (x - mean) * (x - mean)]);
                }
            }
            for ((out, mean), lanes) in out.iter_mut().zip(mean).zip(lanes) {
                let [rest, squares] = lanes.map(total_of_eight);
                let mean = mean.to_f64() + rest / count;
                let part = Moments { count, mean, squares: squares - rest * rest / count };
                *out = if out.count == 0.0 { part } else { out.join(part) };
            }
        },
    );
    let of = |c: usize| parts.iter().skip(c).step_by(shape.channels).copied();
    (0..shape.channels).map(|c| join_all(of(c))).collect()
}

/// Let `work` sum up some rows of some neighbouring channels, one after the other: for each piece of the rows, a result
/// per channel. The pieces are the same however many threads there are.
fn for_each_run<T: Default + Clone + Send>(
    shape: Channels,
    work: impl Fn(std::ops::Range<usize>, std::ops::Range<usize>, &mut [T]) + Sync,
) -> Vec<T> {
    let tall = (PIECE / (shape.channels * shape.inner).max(1)).max(TALL);
    let wide = (16 * WIDE / shape.inner).clamp(1, MOST);
    // So that no lane sums more than some hundred numbers before f64 takes over.
    let some = (TALL * WIDE / shape.inner).max(1);
    let (pieces, blocks) = (shape.outer.div_ceil(tall), shape.channels.div_ceil(wide));
    let mut all = vec![T::default(); pieces * shape.channels];
    let parts = Parts::new(&mut all);
    let area = (tall.min(shape.outer) * wide.min(shape.channels) * shape.inner).max(1);
    parallel::ranges(pieces * blocks, (parallel::GRAIN / area).max(1), |tasks| {
        for task in tasks {
            let (piece, block) = (task / blocks, task % blocks);
            let channels = block * wide..shape.channels.min((block + 1) * wide);
            let end = shape.outer.min((piece + 1) * tall);
            // SAFETY: the channels of a piece belong to one task.
            let out =
                unsafe { parts.part(piece * shape.channels + channels.start..piece * shape.channels + channels.end) };
            dispatch(
                #[inline(always)]
                || {
                    for from in (piece * tall..end).step_by(some) {
                        work(from..end.min(from + some), channels.clone(), out);
                    }
                },
            );
        }
    });
    all
}

/// Let `work` write each segment of `out`, given its number and its channel.
fn write_runs<E: Send>(shape: Channels, out: &mut [E], work: impl Fn(usize, usize, &mut [E]) + Sync) {
    if out.is_empty() {
        return;
    }
    let out = Parts::new(out);
    parallel::ranges(shape.outer * shape.channels, (parallel::GRAIN / shape.inner).max(1), |segments| {
        // SAFETY: the ranges are disjoint.
        let out = unsafe { out.part(segments.start * shape.inner..segments.end * shape.inner) };
        dispatch(
            #[inline(always)]
            || {
                let mut channel = segments.start % shape.channels;
                for (segment, out) in (segments.start..).zip(out.chunks_exact_mut(shape.inner)) {
                    work(segment, channel, out);
                    channel = if channel + 1 == shape.channels { 0 } else { channel + 1 };
                }
            },
        );
    });
}

/// Write f(a, b) of the pairs of two slices.
#[inline(always)]
fn write_pairs<E: Element, C: Compute>(out: &mut [E], a: &[E], b: &[E], f: impl Fn(C, C) -> C) {
    let ((outs, rest), (rows_a, rest_a), (rows_b, rest_b)) =
        (out.as_chunks_mut::<EIGHT>(), a.as_chunks::<EIGHT>(), b.as_chunks::<EIGHT>());
    for ((out, a), b) in outs.iter_mut().zip(rows_a).zip(rows_b) {
        // First all are computed, then all are stored: the compiler need not ask whether they overlap.
        *out = std::array::from_fn(|i| f(C::load(a[i]), C::load(b[i])).store());
    }
    for ((out, &a), &b) in rest.iter_mut().zip(rest_a).zip(rest_b) {
        *out = f(C::load(a), C::load(b)).store();
    }
}

fn apply_runs<E: Element, C: Compute + Real>(
    shape: Channels,
    x: &[E],
    y: &mut [E],
    mean: &[f64],
    rstd: &[f64],
    weight: &[C],
    bias: &[C],
) {
    let table: Vec<[C; 3]> =
        (0..shape.channels).map(|c| [C::from_f64(mean[c]), C::from_f64(rstd[c]) * weight[c], bias[c]]).collect();
    write_runs(
        shape,
        y,
        #[inline(always)]
        |segment, channel, y| {
            let (x, [mean, scale, shift]) = (&x[segment * shape.inner..][..shape.inner], table[channel]);
            write_pairs(y, x, x, |x: C, _| (x - mean) * scale + shift);
        },
    );
}

fn apply_columns<E: Element, C: Compute + Real>(
    shape: Channels,
    x: &[E],
    y: &mut [E],
    mean: &[f64],
    rstd: &[f64],
    weight: &[C],
    bias: &[C],
) {
    let columns = || (0..shape.channels).flat_map(|c| std::iter::repeat_n(c, shape.inner));
    let table: Vec<[C; 3]> =
        columns().map(|c| [C::from_f64(mean[c]), C::from_f64(rstd[c]) * weight[c], bias[c]]).collect();
    let [mean, scale, shift]: [Vec<C>; 3] = std::array::from_fn(|k| table.iter().map(|row| row[k]).collect());
    let (width, y) = (mean.len(), Parts::new(y));
    parallel::ranges(shape.outer, (parallel::GRAIN / width.max(1)).max(1), |rows| {
        for row in rows {
            // SAFETY: the ranges are disjoint.
            let y = unsafe { y.part(row * width..(row + 1) * width) };
            let x = &x[row * width..][..width];
            dispatch(
                #[inline(always)]
                || {
                    for ((((y, &x), &mean), &scale), &shift) in y.iter_mut().zip(x).zip(&mean).zip(&scale).zip(&shift) {
                        *y = ((C::load(x) - mean) * scale + shift).store();
                    }
                },
            );
        }
    });
}

/// The derivatives of [`forward`]: by x into `dx`, by the weight and by the bias as results. The last two are those of
/// [`apply`] as well, whose derivative by x is g·rstd·weight.
///
/// With x̂ = (x − mean)·rstd, and means over the set: ∂weight = Σ g·x̂, ∂bias = Σ g, and
/// ∂x = rstd·(g·weight − mean(g·weight) − x̂·mean(g·weight·x̂)).
#[allow(clippy::too_many_arguments)]
pub fn backward(
    dtype: DType,
    shape: Channels,
    x: (&Buffer, usize),
    g: (&Buffer, usize),
    mean: &[f64],
    rstd: &[f64],
    weight: Option<&[f64]>,
    dx: Option<&mut Buffer>,
) -> (Vec<f64>, Vec<f64>) {
    if let Some(rows) = shape.as_rows() {
        let weight = shape.repeated(weight);
        let (dw, db) = rows::backward(dtype, rows, true, x, g, mean, rstd, weight.as_deref(), true, dx);
        return (shape.folded(&dw), shape.folded(&db));
    }
    with_float!(dtype, E, C => {
        let n = shape.numel();
        let (x, g) = (&x.0.as_slice::<E>()[x.1..][..n], &g.0.as_slice::<E>()[g.1..][..n]);
        let dx = dx.map(|dx| &mut dx.as_mut_slice::<E>()[..n]);
        let weight = weight.map_or_else(|| vec![1.0; shape.channels], <[f64]>::to_vec);
        let slopes = Slopes { shape, mean, rstd, weight: &weight };
        if shape.as_columns() {
            return slopes.columns::<E, C>(x, g, dx);
        } else if shape.in_runs() {
            return slopes.runs::<E, C>(x, g, dx);
        }
        slopes.segments::<E, C>(x, g, dx)
    })
}

struct Slopes<'a> {
    shape: Channels,
    mean: &'a [f64],
    rstd: &'a [f64],
    weight: &'a [f64],
}

impl Slopes<'_> {
    /// With Σ g·w and Σ g·w·(x − mean) of a set: ∂x = g·w·rstd − (x − mean)·slope − shift.
    fn line(&self, set: usize, total: f64, product: f64) -> (f64, f64) {
        let (rstd, n) = (self.rstd[set], self.shape.set_size() as f64);
        (rstd * rstd * rstd * product / n, rstd * total / n)
    }

    fn segments<E: Element, C: Compute + Real>(&self, x: &[E], g: &[E], dx: Option<&mut [E]>) -> (Vec<f64>, Vec<f64>) {
        let shape = self.shape;
        let of = |segment: usize| segment * shape.inner..(segment + 1) * shape.inner;
        // Σ g and Σ g·(x − mean) of a segment.
        let sums_of = |set: usize, segment: usize| {
            let (x, g, mean) = (&x[of(segment)], &g[of(segment)], C::from_f64(self.mean[set]));
            dispatch(
                #[inline(always)]
                || sums::<E, C, 2>(x, g, |x, g| [g, g * (x - mean)]),
            )
        };
        let dx = dx.map(Parts::new);
        let finish = |set: usize, segment: usize, (slope, shift): (f64, f64)| {
            let Some(dx) = &dx else { return };
            // SAFETY: every segment is finished by one thread.
            let dx = unsafe { dx.part(of(segment)) };
            let factor = C::from_f64(self.weight[segment % shape.channels] * self.rstd[set]);
            let (mean, slope, shift) = (C::from_f64(self.mean[set]), C::from_f64(slope), C::from_f64(shift));
            let (x, g) = (&x[of(segment)], &g[of(segment)]);
            dispatch(
                #[inline(always)]
                || {
                    for ((dx, &x), &g) in dx.iter_mut().zip(x).zip(g) {
                        *dx = (C::load(g) * factor - (C::load(x) - mean) * slope - shift).store();
                    }
                },
            );
        };
        let mut parts = vec![[0.0; 2]; shape.outer * shape.channels];
        let line = |set: usize, part: &dyn Fn(usize) -> [f64; 2]| {
            let (mut total, mut product) = (0.0, 0.0);
            for s in shape.segments(set).iter() {
                let [a, b] = part(s);
                total += a * self.weight[s % shape.channels];
                product += b * self.weight[s % shape.channels];
            }
            self.line(set, total, product)
        };
        if shape.groups.is_some() && shape.sets() >= parallel::threads() {
            let all = Parts::new(&mut parts);
            parallel::ranges(shape.sets(), shape.grain(), |sets| {
                for set in sets {
                    let segments = shape.segments(set);
                    for s in segments.iter() {
                        // SAFETY: every segment is in one set, and this one is this thread's.
                        let own = unsafe { all.part(s..s + 1) };
                        own[0] = sums_of(set, s);
                    }
                    // SAFETY: as above.
                    let line = line(set, &|s| unsafe { all.part(s..s + 1) }[0]);
                    segments.iter().for_each(|s| finish(set, s, line));
                }
            });
        } else {
            let count = shape.segments(0).count.max(1);
            let set_of = |s: usize| if shape.groups.is_none() { s % shape.channels } else { s / count };
            for_each_segment(shape, &mut parts, |s| sums_of(set_of(s), s));
            let lines: Vec<(f64, f64)> = (0..shape.sets()).map(|set| line(set, &|s| parts[s])).collect();
            parallel::ranges(parts.len(), (parallel::GRAIN / shape.inner.max(1)).max(1), |segments| {
                segments.for_each(|s| finish(set_of(s), s, lines[set_of(s)]));
            });
        }
        let count = shape.segments(0).count.max(1);
        let (mut dw, mut db) = (vec![0.0; shape.channels], vec![0.0; shape.channels]);
        for (s, [total, product]) in parts.into_iter().enumerate() {
            let c = s % shape.channels;
            let set = if shape.groups.is_none() { c } else { s / count };
            dw[c] += product * self.rstd[set];
            db[c] += total;
        }
        (dw, db)
    }

    /// The same where a set is a channel and its segments lie in runs of vectors.
    fn runs<E: Element, C: Compute + Real>(&self, x: &[E], g: &[E], dx: Option<&mut [E]>) -> (Vec<f64>, Vec<f64>) {
        let shape = self.shape;
        let parts = for_each_run(
            shape,
            #[inline(always)]
            |rows, channels, out: &mut [[f64; 2]]| {
                let mut lanes = [[[C::default(); EIGHT]; 2]; MOST];
                for row in rows {
                    let (x, g) = (shape.run(row, &channels, x), shape.run(row, &channels, g));
                    let segments = x.chunks_exact(shape.inner).zip(g.chunks_exact(shape.inner));
                    for ((lanes, &mean), (x, g)) in lanes.iter_mut().zip(&self.mean[channels.clone()]).zip(segments) {
                        let mean = C::from_f64(mean);
                        add_to_lanes(lanes, x, g, |x, g| [g, g * (x - mean)]);
                    }
                }
                for (out, lanes) in out.iter_mut().zip(lanes) {
                    let [total, product] = lanes.map(total_of_eight);
                    *out = [out[0] + total, out[1] + product];
                }
            },
        );
        let (mut total, mut product) = (vec![0.0; shape.channels], vec![0.0; shape.channels]);
        for piece in parts.chunks(shape.channels.max(1)) {
            for (c, [a, b]) in piece.iter().enumerate() {
                total[c] += a;
                product[c] += b;
            }
        }
        if let Some(dx) = dx {
            let table: Vec<[C; 4]> = (0..shape.channels)
                .map(|c| {
                    let (slope, shift) = self.line(c, total[c] * self.weight[c], product[c] * self.weight[c]);
                    [self.mean[c], self.weight[c] * self.rstd[c], slope, shift].map(C::from_f64)
                })
                .collect();
            write_runs(
                shape,
                dx,
                #[inline(always)]
                |segment, channel, dx| {
                    let of = segment * shape.inner..(segment + 1) * shape.inner;
                    let [mean, factor, slope, shift] = table[channel];
                    write_pairs(dx, &x[of.clone()], &g[of], |x: C, g: C| g * factor - (x - mean) * slope - shift);
                },
            );
        }
        let dw = product.iter().zip(self.rstd).map(|(product, rstd)| product * rstd).collect();
        (dw, total)
    }

    /// The same where segments are short and a set is a channel.
    fn columns<E: Element, C: Compute + Real>(&self, x: &[E], g: &[E], dx: Option<&mut [E]>) -> (Vec<f64>, Vec<f64>) {
        let shape = self.shape;
        let width = shape.channels * shape.inner;
        let spread = |of: &dyn Fn(usize) -> f64| -> Vec<C> {
            (0..shape.channels).flat_map(|c| std::iter::repeat_n(C::from_f64(of(c)), shape.inner)).collect()
        };
        let mean = spread(&|c| self.mean[c]);
        let parts = for_each_piece(
            shape,
            #[inline(always)]
            |rows, columns, out: &mut [[f64; 2]]| {
                let (n, mean) = (columns.len(), &mean[columns.clone()]);
                for from in rows.clone().step_by(TALL) {
                    let (mut total, mut product) = ([C::default(); WIDE], [C::default(); WIDE]);
                    for row in from..rows.end.min(from + TALL) {
                        let (x, g) = (&x[row * width..][columns.clone()], &g[row * width..][columns.clone()]);
                        for ((((total, product), &mean), &x), &g) in
                            total[..n].iter_mut().zip(&mut product).zip(mean).zip(x).zip(g)
                        {
                            let g = C::load(g);
                            *total = *total + g;
                            *product = *product + g * (C::load(x) - mean);
                        }
                    }
                    for ((out, total), product) in out.iter_mut().zip(total).zip(product) {
                        *out = [out[0] + total.to_f64(), out[1] + product.to_f64()];
                    }
                }
            },
        );
        let (mut total, mut product) = (vec![0.0; shape.channels], vec![0.0; shape.channels]);
        for piece in parts.chunks(width.max(1)) {
            for (column, [a, b]) in piece.iter().enumerate() {
                total[column / shape.inner] += a;
                product[column / shape.inner] += b;
            }
        }
        if let Some(dx) = dx {
            let lines: Vec<(f64, f64)> = (0..shape.channels)
                .map(|c| self.line(c, total[c] * self.weight[c], product[c] * self.weight[c]))
                .collect();
            let factor = spread(&|c| self.weight[c] * self.rstd[c]);
            let (slope, shift) = (spread(&|c| lines[c].0), spread(&|c| lines[c].1));
            let dx = Parts::new(dx);
            parallel::ranges(shape.outer, (parallel::GRAIN / width.max(1)).max(1), |rows| {
                for row in rows {
                    // SAFETY: the ranges are disjoint.
                    let dx = unsafe { dx.part(row * width..(row + 1) * width) };
                    let (x, g) = (&x[row * width..][..width], &g[row * width..][..width]);
                    let (mean, factor, slope, shift) = (&mean[..], &factor[..], &slope[..], &shift[..]);
                    dispatch(
                        #[inline(always)]
                        || {
                            for (i, ((dx, &x), &g)) in dx.iter_mut().zip(x).zip(g).enumerate() {
                                let apart = C::load(x) - mean[i];
                                *dx = (C::load(g) * factor[i] - apart * slope[i] - shift[i]).store();
                            }
                        },
                    );
                }
            });
        }
        let dw = product.iter().zip(self.rstd).map(|(product, rstd)| product * rstd).collect();
        (dw, total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long segments and short ones, many sets and few: the same numbers as the definition.
    #[test]
    fn statistics_by_definition() {
        let shapes = [(5, 3, 1), (70, 2, 3), (40, 5, 20), (3, 2, 1500), (2, 1, 16), (40, 130, 9)];
        for (outer, channels, inner) in shapes {
            for groups in [None, Some(1), Some(channels)] {
                let shape = Channels { outer, channels, inner, groups };
                let x: Vec<f32> = (0..shape.numel()).map(|i| ((i * 37) % 101) as f32 / 10.0).collect();
                let (a, mut y) = (Buffer::from_slice(&x).unwrap(), Buffer::stale(x.len() * 4).unwrap());
                let got = forward(DType::F32, shape, (&a, 0), &mut y, 1e-5, None, None);
                assert_eq!(got.len(), shape.sets());
                let set_of = |i: usize| {
                    let segment = i / inner;
                    match groups {
                        None => segment % channels,
                        Some(groups) => segment / channels * groups + segment % channels / (channels / groups),
                    }
                };
                for (set, m) in got.iter().enumerate() {
                    let of: Vec<f64> = (0..x.len()).filter(|&i| set_of(i) == set).map(|i| f64::from(x[i])).collect();
                    let mean = of.iter().sum::<f64>() / of.len() as f64;
                    let variance = of.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / of.len() as f64;
                    assert!((m.mean - mean).abs() < 1e-6 && (m.variance() - variance).abs() < 1e-5, "{shape:?}: {m:?}");
                }
                for (i, &y) in y.as_slice::<f32>()[..x.len()].iter().enumerate() {
                    let m = got[set_of(i)];
                    let want = (f64::from(x[i]) - m.mean) / (m.variance() + 1e-5).sqrt();
                    assert!((f64::from(y) - want).abs() < 1e-5, "{shape:?}: {y} is not {want}");
                }
            }
        }
    }
}
