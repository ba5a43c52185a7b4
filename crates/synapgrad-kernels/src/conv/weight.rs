//! The weight's gradient: inner products of planes.
//!
//! w\[o, c, t\] = Σ over images and positions of g\[n, o, q\] · plane\[n, c, offset(t) + q\]. Both run through memory in
//! the same order, so a tile takes R rows of g and K pairs (channel, tap), and for every vector of positions multiplies each
//! with each: R + K loads for R·K multiplications, nothing to broadcast, and one sum over the lanes at the very end.
//!
//! Threads take different channels. Where there are too few, the images are cut into parts whose results are added; into
//! how many depends on the shapes alone, so that the sum has one order however many threads there are.

use super::correlate::{Machine, Shared, copy, scratch};
use super::lower::{Blocks, Lowering};
use super::{Number, Pass, Sizes, each_unit, product};
use crate::interrupt::Interrupted;
use crate::parallel;
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// So many units keep the threads of a large machine busy.
const UNITS: usize = 16;
/// Bytes of the results of all parts.
const PARTS: usize = 4 << 20;

/// w ← inner products of g and the planes of x, for the forward pass.
pub(super) fn correlate_planes<T: Number>(pass: &Pass, x: &[T], g: &[T], w: &mut [T]) -> Result<(), Interrupted> {
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
    // Planes of a third of the channels or of 32, so that threads have different ones.
    let channels = pass.channels.min(32);
    let blocks = Blocks::new::<T>(pass, channels, machine.lanes, pass.batch);
    let chunks = pass.channels.div_ceil(channels);
    let count = pass.batch.div_ceil(blocks.images) * blocks.boxes();
    let parts = UNITS.div_ceil(pass.groups * chunks).min(PARTS / size_of::<T>() / size).clamp(1, count);
    let mut sums = scratch::<T>(if parts > 1 { parts * size } else { 0 });
    {
        let target = if parts > 1 { &mut sums.as_mut_slice::<T>()[..parts * size] } else { &mut *w };
        let target = Shared::new(target);
        let positions = product(pass.grid) * pass.batch;
        let cost = positions / parts * pass.rows * channels * pass.taps();
        each_unit(pass.groups * chunks * parts, cost, |unit| {
            let (group, unit) = (unit % pass.groups, unit / pass.groups);
            let (chunk, part) = (unit % chunks, unit / chunks);
            let chunk = chunk * channels..pass.channels.min((chunk + 1) * channels);
            let mut planes = scratch::<T>(blocks.planes() + machine.lanes);
            let planes = &mut planes.as_mut_slice::<T>()[..blocks.planes() + machine.lanes];
            let mut offsets = Vec::with_capacity(chunk.len() * pass.taps());
            for (i, block) in (part * count / parts..(part + 1) * count / parts).enumerate() {
                let (first, lowering) = blocks.get(pass, block % blocks.boxes());
                let images = block / blocks.boxes() * blocks.images;
                let images = images..pass.batch.min(images + blocks.images);
                let image_step = copy(pass, lowering, first, group, chunk.clone(), images.clone(), x, planes);
                offsets.clear();
                offsets.extend(
                    (0..chunk.len()).flat_map(|i| lowering.offsets.iter().map(move |o| i * lowering.channel + o)),
                );
                pulp::Arch::new().dispatch(Products {
                    pass,
                    lowering,
                    first,
                    group,
                    images,
                    image_step,
                    planes,
                    offsets: &offsets,
                    g,
                    out: &target,
                    // Row 0 of this part's result for the group, at the chunk's first channel.
                    start: part * size + group * pass.rows * depth + chunk.start * pass.taps(),
                    depth,
                    add: i > 0,
                });
            }
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

/// All products of a block.
struct Products<'a, T> {
    pass: &'a Pass,
    lowering: &'a Lowering,
    first: Sizes,
    group: usize,
    images: Range<usize>,
    image_step: usize,
    planes: &'a [T],
    offsets: &'a [usize],
    g: &'a [T],
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
        // The tile that leaves the least of itself unused.
        let waste = |rows: usize, pairs: usize| {
            self.pass.rows.next_multiple_of(rows) * self.offsets.len().next_multiple_of(pairs)
        };
        if self.pass.rows == 1 {
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
        for row in (0..self.pass.rows).step_by(R) {
            for pair in (0..self.offsets.len()).step_by(K) {
                self.tile::<S, R, K>(simd, row, pair);
            }
        }
    }

    /// R rows from `row` on with K pairs from `pair` on; beyond the last, the last again, to no effect.
    #[inline(always)]
    fn tile<S: Simd, const R: usize, const K: usize>(&self, simd: S, row: usize, pair: usize) {
        let (pass, lanes) = (self.pass, T::lanes(simd));
        let image = product(pass.dst);
        let offsets: [usize; K] = std::array::from_fn(|k| self.offsets[(pair + k).min(self.offsets.len() - 1)]);
        let rows: [usize; R] = std::array::from_fn(|r| (row + r).min(pass.rows - 1) * image);
        let mut sums = [[T::splat(simd, T::default()); K]; R];
        for (i, n) in self.images.clone().enumerate() {
            let channel = (n * pass.groups + self.group) * pass.rows * image;
            for run in &self.lowering.runs {
                let x = i * self.image_step + run.src;
                let g = channel + pass.target(std::array::from_fn(|i| self.first[i] + run.at[i]));
                let reach = offsets.iter().max().copied().unwrap_or(0) + run.len;
                assert!(x + reach <= self.planes.len() && g + rows[R - 1] + run.len <= self.g.len());
                // SAFETY: both begin inside their slices, as just asserted.
                let (x, g) = unsafe { (self.planes.as_ptr().add(x), self.g.as_ptr().add(g)) };
                let mut j = 0;
                while j + lanes <= run.len {
                    // SAFETY: j + lanes is at most the run's length, and that far all rows and pairs may be read.
                    let vectors: [T::Vector<S>; R] =
                        rows.map(|r| unsafe { g.add(r + j).cast::<T::Vector<S>>().read_unaligned() });
                    for k in 0..K {
                        // SAFETY: as above.
                        let x = unsafe { x.add(offsets[k] + j).cast::<T::Vector<S>>().read_unaligned() };
                        for r in 0..R {
                            sums[r][k] = T::mul_add(simd, vectors[r], x, sums[r][k]);
                        }
                    }
                    j += lanes;
                }
                if j < run.len {
                    // Zeros on both sides: what lies behind a run may be NaN.
                    let left = run.len - j;
                    // SAFETY: `left` numbers are left of the run.
                    let vectors: [T::Vector<S>; R] = rows.map(|r| unsafe { T::load_first(simd, left, g.add(r + j)) });
                    for k in 0..K {
                        // SAFETY: as above.
                        let x = unsafe { T::load_first(simd, left, x.add(offsets[k] + j)) };
                        for r in 0..R {
                            sums[r][k] = T::mul_add(simd, vectors[r], x, sums[r][k]);
                        }
                    }
                }
            }
        }
        for (r, sums) in sums.iter().enumerate().take(pass.rows - row) {
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
