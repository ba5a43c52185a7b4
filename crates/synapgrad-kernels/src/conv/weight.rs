//! The weight's gradient: inner products of planes.
//!
//! w\[o, c, t\] = Σ over images and positions of g\[n, o, q\] · plane\[n, c, offset(t) + q\]. Both run through memory in
//! the same order, so a tile takes R rows of g and K pairs (channel, tap), and for every vector of positions multiplies each
//! with each: R + K loads for R·K multiplications, nothing to broadcast, and one sum over the lanes at the very end.
//!
//! Small images are put side by side first, for every tap anew: then all of them are one run. (For larger ones the copies
//! would cost more than the ends of the runs.)
//!
//! Threads take different channels. Where there are too few, the images are cut into parts whose results are added; into
//! how many depends on the shapes alone, so that the sum has one order however many threads there are.

use super::correlate::{Machine, Shared, copy, scratch};
use super::lower::{Blocks, Lowering, POSITIONS};
use super::{Number, Pass, each_unit, product};
use crate::buffer::Refused;
use crate::parallel;
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// So many units keep the threads of a large machine busy.
const UNITS: usize = 16;
/// Images of so many positions are put side by side.
const SMALL: usize = 128;
/// From so many rows on that is worth the copies.
const ROWS: usize = 64;
/// Pairs of channel and tap for which images are put side by side at once.
const BLOCK: usize = 72;
/// Bytes of g put side by side.
const SIDE: usize = 2 << 20;
/// Bytes of the results of all parts.
const PARTS: usize = 4 << 20;

/// w ← inner products of g and the planes of x, for the forward pass.
pub(super) fn correlate_planes<T: Number>(pass: &Pass, x: &[T], g: &[T], w: &mut [T]) -> Result<(), Refused> {
    if w.is_empty() {
        return Ok(());
    }
    if g.is_empty() || x.is_empty() {
        w.fill(T::default());
        return Ok(());
    }
    let machine = Machine::here::<T>();
    let size = w.len();
    let depth = pass.channels * pass.taps();
    let (positions, taps) = (product(pass.grid), pass.taps());
    let small = positions <= SMALL && taps <= BLOCK && pass.rows >= ROWS;
    let channels = pass.channels.min(if small { BLOCK / taps } else { 32 });
    let blocks = Blocks::new::<T>(pass, channels, machine.lanes, pass.batch);
    let (columns, at_once, boxes) = if small {
        let room = SIDE / size_of::<T>() / pass.rows / positions;
        (Some(Lowering::columns(pass)), (POSITIONS / positions).min(room).clamp(1, pass.batch), 1)
    } else {
        (None, blocks.images, blocks.boxes())
    };
    let chunks = pass.channels.div_ceil(channels);
    let count = pass.batch.div_ceil(at_once) * boxes;
    let parts = UNITS.div_ceil(pass.groups * chunks).min(PARTS / size_of::<T>() / size).clamp(1, count);
    let mut sums = scratch::<T>(if parts > 1 { parts * size } else { 0 })?;
    {
        let target = if parts > 1 { &mut sums.as_mut_slice::<T>()[..parts * size] } else { &mut *w };
        let target = Shared::new(target);
        let cost = positions * pass.batch / parts * pass.rows * channels * taps;
        each_unit(pass.groups * chunks * parts, cost, |unit| {
            let (group, unit) = (unit % pass.groups, unit / pass.groups);
            let (chunk, part) = (unit % chunks, unit / chunks);
            let chunk = chunk * channels..pass.channels.min((chunk + 1) * channels);
            let wide = if small { channels * taps * at_once * positions } else { blocks.planes() };
            let mut planes = scratch::<T>(wide)?;
            let planes = &mut planes.as_mut_slice::<T>()[..wide];
            let side = if small { pass.rows * at_once * positions } else { 0 };
            let mut side = scratch::<T>(side)?;
            let side = side.as_mut_slice::<T>();
            let mut offsets = Vec::with_capacity(chunk.len() * taps);
            let mut runs = Vec::new();
            for (i, block) in (part * count / parts..(part + 1) * count / parts).enumerate() {
                let images = block / boxes * at_once;
                let images = images..pass.batch.min(images + at_once);
                offsets.clear();
                runs.clear();
                let (g, step) = if let Some(columns) = &columns {
                    let step = images.len() * positions;
                    side_by_side(pass, columns, group, chunk.clone(), images, [x, g], planes, side);
                    offsets.extend((0..chunk.len() * taps).map(|k| k * step));
                    runs.push(Stretch { x: 0, g: 0, len: step });
                    (&*side, step)
                } else {
                    let (first, lowering) = blocks.get(pass, block % boxes);
                    let image_step = copy(pass, lowering, first, group, chunk.clone(), images.clone(), x, planes);
                    let of_channel = |c: usize| lowering.offsets.iter().map(move |o| c * lowering.channel + o);
                    offsets.extend((0..chunk.len()).flat_map(of_channel));
                    for (i, n) in images.enumerate() {
                        let row = (n * pass.groups + group) * pass.rows * positions + pass.target(first);
                        runs.extend(lowering.runs.iter().map(|run| Stretch {
                            x: i * image_step + run.src,
                            g: row + pass.distance(run.at),
                            len: run.len,
                        }));
                    }
                    (g, positions)
                };
                pulp::Arch::new().dispatch(Products {
                    rows: pass.rows,
                    runs: &runs,
                    planes,
                    offsets: &offsets,
                    g,
                    step,
                    out: &target,
                    // Row 0 of this part's result for the group, at the chunk's first channel.
                    start: part * size + group * pass.rows * depth + chunk.start * taps,
                    depth,
                    add: i > 0,
                });
            }
            Ok(())
        })?;
    }
    if parts > 1 {
        let sums = sums.as_slice::<T>();
        let target = Shared::new(w);
        parallel::ranges(size, parallel::GRAIN, |range| {
            // SAFETY: the ranges don't overlap.
            let w = unsafe { target.get(range.start, range.len()) };
            w.copy_from_slice(&sums[range.clone()]);
            for part in 1..parts {
                let sums = &sums[part * size..][range.clone()];
                w.iter_mut().zip(sums).for_each(|(w, &s)| *w = w.add(s));
            }
        });
    }
    Ok(())
}

/// Copy some images such that what a tap sees of all of them is one run in `planes`, and what a row of g has of all of them
/// is one in `side`.
#[allow(clippy::too_many_arguments)]
fn side_by_side<T: Number>(
    pass: &Pass,
    columns: &Lowering,
    group: usize,
    channels: Range<usize>,
    images: Range<usize>,
    [x, g]: [&[T]; 2],
    planes: &mut [T],
    side: &mut [T],
) {
    let (image, positions) = (product(pass.src), product(pass.grid));
    let step = images.len() * positions;
    for (i, n) in images.enumerate() {
        for (j, c) in channels.clone().enumerate() {
            let from = ((n * pass.groups + group) * pass.channels + c) * image;
            let planes = &mut planes[j * pass.taps() * step..(j + 1) * pass.taps() * step][i * positions..];
            columns.lower(pass, [0; 3], &x[from..from + image], planes, step);
        }
        let g = &g[(n * pass.groups + group) * pass.rows * positions..][..pass.rows * positions];
        for (row, g) in g.chunks_exact(positions).enumerate() {
            side[row * step + i * positions..][..positions].copy_from_slice(g);
        }
    }
}

/// A run of one of the images: where it is in the planes, and where in row 0 of g.
struct Stretch {
    x: usize,
    g: usize,
    len: usize,
}

/// All products of a block.
struct Products<'a, T> {
    /// How many rows g has.
    rows: usize,
    runs: &'a [Stretch],
    planes: &'a [T],
    /// Where each (channel, tap) is in the planes.
    offsets: &'a [usize],
    g: &'a [T],
    /// How far apart they are.
    step: usize,
    out: &'a Shared<'a, T>,
    start: usize,
    depth: usize,
    /// Whether to add to what is there.
    add: bool,
}

impl<T: Number> WithSimd for Products<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let reach = self.offsets.iter().max().copied().unwrap_or(0);
        let last = (self.rows - 1) * self.step;
        let inside =
            |run: &Stretch| run.x + reach + run.len <= self.planes.len() && run.g + last + run.len <= self.g.len();
        assert!(self.runs.iter().all(inside));
        // The largest tile whose sums leave registers for the operands, and among those the one less of which is unused.
        let waste =
            |rows: usize, pairs: usize| self.rows.next_multiple_of(rows) * self.offsets.len().next_multiple_of(pairs);
        if self.rows == 1 {
            self.tiles::<S, 1, 9>(simd)
        } else if S::REGISTER_COUNT < 32 {
            self.tiles::<S, 4, 3>(simd)
        } else if waste(8, 3) < waste(4, 6) {
            self.tiles::<S, 8, 3>(simd)
        } else {
            self.tiles::<S, 4, 6>(simd)
        }
    }
}

impl<T: Number> Products<'_, T> {
    #[inline(always)]
    fn tiles<S: Simd, const R: usize, const K: usize>(&self, simd: S) {
        for row in (0..self.rows).step_by(R) {
            for pair in (0..self.offsets.len()).step_by(K) {
                self.tile::<S, R, K>(simd, row, pair);
            }
        }
    }

    /// R rows from `row` on with K pairs from `pair` on; beyond the last, the last again, to no effect.
    #[inline(always)]
    fn tile<S: Simd, const R: usize, const K: usize>(&self, simd: S, row: usize, pair: usize) {
        let lanes = T::lanes(simd);
        let offsets: [usize; K] = std::array::from_fn(|k| self.offsets[(pair + k).min(self.offsets.len() - 1)]);
        let rows: [usize; R] = std::array::from_fn(|r| (row + r).min(self.rows - 1) * self.step);
        let mut sums = [[T::splat(simd, T::default()); K]; R];
        // The vectors of x stay in registers while a row of g after the other meets them.
        let mut x = [T::splat(simd, T::default()); K];
        for run in self.runs {
            // SAFETY: `with_simd` asserted that the run is inside both slices, at every offset and in every row; all reads
            // below are of the run's `len` numbers, at one of the offsets or in one of the rows.
            // (Loops rather than closures, which may be compiled apart and then for a lesser processor.)
            unsafe {
                let (g, planes) = (self.g.as_ptr().add(run.g), self.planes.as_ptr().add(run.x));
                let mut j = 0;
                while j + lanes <= run.len {
                    for k in 0..K {
                        x[k] = planes.add(offsets[k] + j).cast::<T::Vector<S>>().read_unaligned();
                    }
                    for r in 0..R {
                        let g = g.add(rows[r] + j).cast::<T::Vector<S>>().read_unaligned();
                        for k in 0..K {
                            sums[r][k] = T::mul_add(simd, g, x[k], sums[r][k]);
                        }
                    }
                    j += lanes;
                }
                if j < run.len {
                    // Zeros on both sides: what lies behind a run may be NaN.
                    let left = run.len - j;
                    for k in 0..K {
                        x[k] = T::load_first(simd, left, planes.add(offsets[k] + j));
                    }
                    for r in 0..R {
                        let g = T::load_first(simd, left, g.add(rows[r] + j));
                        for k in 0..K {
                            sums[r][k] = T::mul_add(simd, g, x[k], sums[r][k]);
                        }
                    }
                }
            }
        }
        for (r, sums) in sums.iter().enumerate().take(self.rows - row) {
            let pairs = K.min(self.offsets.len() - pair);
            // SAFETY: every unit has other channels, another group or another part of the result.
            let out = unsafe { self.out.get(self.start + (row + r) * self.depth + pair, pairs) };
            for (w, &s) in out.iter_mut().zip(sums) {
                let s = T::sum(simd, s);
                *w = if self.add { w.add(s) } else { s };
            }
        }
    }
}
