//! The weight's gradient: w\[o, c, t\] = Σ over images and positions q of g\[n, o, q\] · plane\[n, c, offset(t) + q\].
//!
//! It is a product of matrices again, whose inner dimension are the positions, and there are two ways to it.
//!
//! - **By positions**, for few rows o or few pairs (c, t). Both factors run through memory in the order of positions, so a
//!   tile takes R rows of g and K pairs, and for every vector of positions multiplies each with each: nothing is copied but
//!   the planes, nothing broadcast, and there is one sum over the lanes at the very end.
//! - **By rows**, for the rest. g is turned first, so that the rows of a position are neighbours; then a tile multiplies, for
//!   every position, two vectors of rows with a number of each of its K pairs. It is of no importance any more where a run of
//!   positions begins or ends, and the loads are few and aligned: this is how large matrices are multiplied.
//!
//! Threads take different channels. Where there are too few, the images are cut into parts whose results are added; into
//! how many depends on the shapes alone, so that the sum has one order however many threads there are.

use super::correlate::{Machine, copy, scratch};
use super::lower::Blocks;
use super::{Number, Pass, each_unit, product};
use crate::buffer::Refused;
use crate::parallel::{self, Parts};
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// So many units keep the threads of a large machine busy.
const UNITS: usize = 16;
/// From so many pairs of channel and tap on it is worth turning g.
const PAIRS: usize = 48;
/// Vectors of rows that a tile takes of the turned g.
const VECTORS: usize = 2;
/// Bytes of turned g at once, as far as a single image allows.
const TURNED: usize = 256 << 10;
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
    let (positions, taps) = (product(pass.grid), pass.taps());
    let depth = pass.channels * taps;
    let by_rows = pass.rows >= machine.lanes && depth >= PAIRS;
    let padded = pass.rows.next_multiple_of(machine.lanes);
    let images = if by_rows { (TURNED / size_of::<T>() / padded / positions).clamp(1, pass.batch) } else { pass.batch };
    let channels = pass.channels.min(if by_rows { 64 } else { 32 });
    let blocks = Blocks::new::<T>(pass, channels, machine.lanes, images);
    let boxes = blocks.boxes();
    let chunks = pass.channels.div_ceil(channels);
    let count = pass.batch.div_ceil(blocks.images) * boxes;
    let parts = UNITS.div_ceil(pass.groups * chunks).min(PARTS / size_of::<T>() / size).clamp(1, count);
    let mut sums = scratch::<T>(if parts > 1 { parts * size } else { 0 })?;
    {
        let target = if parts > 1 { &mut sums.as_mut_slice::<T>()[..parts * size] } else { &mut *w };
        let target = Parts::new(target);
        let cost = positions * pass.batch / parts * pass.rows * channels * taps;
        each_unit(pass.groups * chunks * parts, cost, |unit| {
            let (group, unit) = (unit % pass.groups, unit / pass.groups);
            let (chunk, part) = (unit % chunks, unit / chunks);
            let chunk = chunk * channels..pass.channels.min((chunk + 1) * channels);
            let pairs = chunk.len() * taps;
            let mut planes = scratch::<T>(blocks.planes())?;
            let planes = &mut planes.as_mut_slice::<T>()[..blocks.planes()];
            let [mut turned, mut turned_sums] = match by_rows {
                true => [scratch::<T>(blocks.positions() * padded)?, scratch::<T>(pairs * padded)?],
                false => [scratch::<T>(0)?, scratch::<T>(0)?],
            };
            let (turned, turned_sums) = (turned.as_mut_slice::<T>(), turned_sums.as_mut_slice::<T>());
            // Row 0 of this part's result for the group, at the chunk's first channel.
            let start = part * size + group * pass.rows * depth + chunk.start * taps;
            let mut offsets = Vec::with_capacity(pairs);
            let (mut runs, mut places) = (Vec::new(), Vec::new());
            for (i, block) in (part * count / parts..(part + 1) * count / parts).enumerate() {
                let images = block / boxes * blocks.images;
                let images = images..pass.batch.min(images + blocks.images);
                let (first, lowering) = blocks.get(pass, block % boxes);
                let image_step = copy(pass, lowering, first, group, chunk.clone(), images.clone(), x, planes);
                let of_channel = |c: usize| lowering.offsets.iter().map(move |o| c * lowering.channel + o);
                offsets.clear();
                offsets.extend((0..chunk.len()).flat_map(of_channel));
                runs.clear();
                for (i, n) in images.enumerate() {
                    let row = (n * pass.groups + group) * pass.rows * positions + pass.target(first);
                    runs.extend(lowering.runs.iter().map(|run| Stretch {
                        x: i * image_step + run.src,
                        g: row + pass.distance(run.at),
                        len: run.len,
                    }));
                }
                let products = Products { rows: pass.rows, runs: &runs, planes, offsets: &offsets, add: i > 0 };
                if by_rows {
                    places.clear();
                    places.extend(runs.iter().flat_map(|run| run.x..run.x + run.len));
                    products.turn(machine.lanes, g, positions, turned);
                    T::vectorize(ByRows { products, places: &places, turned, sums: turned_sums });
                } else {
                    T::vectorize(ByPositions { products, g, step: positions, out: &target, start, depth });
                }
            }
            if by_rows {
                for o in 0..pass.rows {
                    let at = start + o * depth;
                    // SAFETY: every unit has other channels, another group or another part of the result.
                    let w = unsafe { target.part(at..at + pairs) };
                    let panel = Panel::of(o, pass.rows, machine.lanes);
                    let sums = turned_sums[panel.first * pairs + (o - panel.first)..].iter().step_by(panel.width);
                    w.iter_mut().zip(sums).for_each(|(w, &s)| *w = s);
                }
            }
            Ok(())
        })?;
    }
    if parts > 1 {
        let sums = sums.as_slice::<T>();
        let target = Parts::new(w);
        parallel::ranges(size, parallel::GRAIN, |range| {
            // SAFETY: the ranges don't overlap.
            let w = unsafe { target.part(range.clone()) };
            w.copy_from_slice(&sums[range.clone()]);
            for part in 1..parts {
                let sums = &sums[part * size..][range.clone()];
                w.iter_mut().zip(sums).for_each(|(w, &s)| *w = w.add(s));
            }
        });
    }
    Ok(())
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
    /// Whether to add to what is there.
    add: bool,
}

/// Rows of g whose numbers for a position are neighbours in the turned g: [`VECTORS`] vectors of them, or what is left.
struct Panel {
    first: usize,
    width: usize,
}

impl Panel {
    /// The panel in which row `o` of `rows` lies.
    fn of(o: usize, rows: usize, lanes: usize) -> Panel {
        let most = VECTORS * lanes;
        let first = o / most * most;
        Panel { first, width: most.min((rows - first).next_multiple_of(lanes)) }
    }
}

impl<T: Number> Products<'_, T> {
    /// The last number that is read of each row of the planes lies in them.
    fn check(&self) {
        let reach = self.offsets.iter().max().copied().unwrap_or(0);
        assert!(self.runs.iter().all(|run| run.x + reach + run.len <= self.planes.len()), "runs inside the planes");
    }

    /// Panel by panel the positions of the runs, one after the other, each with the panel's rows of `g`, which are `step`
    /// apart there. Zeros fill up the last panel.
    fn turn(&self, lanes: usize, g: &[T], step: usize, turned: &mut [T]) {
        let positions: usize = self.runs.iter().map(|run| run.len).sum();
        let mut rest = turned;
        let mut row = 0;
        while row < self.rows {
            let Panel { width, .. } = Panel::of(row, self.rows, lanes);
            let (mut panel, after) = rest.split_at_mut(positions * width);
            let filled = width.min(self.rows - row);
            for run in self.runs {
                let (piece, next) = panel.split_at_mut(run.len * width);
                // A few cache lines of the panel at a time, so that every row writes to lines that are at hand.
                for (i, piece) in piece.chunks_mut(16 * width).enumerate() {
                    for r in 0..filled {
                        let g = &g[(row + r) * step + run.g + 16 * i..][..piece.len() / width];
                        piece[r..].iter_mut().step_by(width).zip(g).for_each(|(to, &from)| *to = from);
                    }
                    for r in filled..width {
                        piece[r..].iter_mut().step_by(width).for_each(|to| *to = T::default());
                    }
                }
                panel = next;
            }
            (row, rest) = (row + width, after);
        }
    }
}

/// The way by rows.
struct ByRows<'a, T> {
    products: Products<'a, T>,
    /// Where the positions are in the planes.
    places: &'a [usize],
    turned: &'a [T],
    /// Panel by panel, pair by pair, a panel's rows.
    sums: &'a mut [T],
}

impl<T: Number> WithSimd for ByRows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        self.products.check();
        // The numbers of all pairs may wait in registers at once, beside the sums.
        if S::REGISTER_COUNT < 32 { self.panels::<S, 4>(simd) } else { self.panels::<S, 8>(simd) }
    }
}

impl<T: Number> ByRows<'_, T> {
    #[inline(always)]
    fn panels<S: Simd, const K: usize>(&mut self, simd: S) {
        let (lanes, pairs) = (T::lanes(simd), self.products.offsets.len());
        for row in (0..self.products.rows).step_by(VECTORS * lanes) {
            let Panel { width, .. } = Panel::of(row, self.products.rows, lanes);
            let g = &self.turned[row * self.places.len()..][..self.places.len() * width];
            for pair in (0..pairs).step_by(K) {
                let sums = (row * pairs + pair * width)..row * pairs + pairs.min(pair + K) * width;
                if width == lanes {
                    self.tile::<S, K, 1>(simd, g, pair, sums);
                } else {
                    self.tile::<S, K, VECTORS>(simd, g, pair, sums);
                }
            }
        }
    }

    /// V vectors of rows, those in the panel `g`, with K pairs from `pair` on; beyond the last, the last again, to no effect.
    #[inline(always)]
    fn tile<S: Simd, const K: usize, const V: usize>(&mut self, simd: S, g: &[T], pair: usize, out: Range<usize>) {
        let width = V * T::lanes(simd);
        assert!(g.len() == self.places.len() * width);
        let Products { planes, offsets, add, .. } = self.products;
        let offsets: [usize; K] = std::array::from_fn(|k| offsets[(pair + k).min(offsets.len() - 1)]);
        let mut sums = [[T::splat(simd, T::default()); V]; K];
        // One loop over all positions, whose runs may be short, rather than one in another.
        for (&place, g) in self.places.iter().zip(g.chunks_exact(width)) {
            // SAFETY: `g` has as many numbers as V vectors, and `check` asserted that the planes reach as far as any place
            // with any offset.
            unsafe {
                let g = g.as_ptr().cast::<[T::Vector<S>; V]>().read_unaligned();
                let x = planes.as_ptr().add(place);
                for k in 0..K {
                    let x = T::splat(simd, *x.add(offsets[k]));
                    for v in 0..V {
                        sums[k][v] = T::mul_add(simd, x, g[v], sums[k][v]);
                    }
                }
            }
        }
        // A copy has an address, so that the sums of the loop need none and stay in registers.
        let done = sums;
        for (to, done) in self.sums[out].chunks_exact_mut(width).zip(&done) {
            let to = to.as_mut_ptr().cast::<T::Vector<S>>();
            for (v, &done) in done.iter().enumerate() {
                // SAFETY: a chunk is as long as V vectors, and the access asks for no alignment.
                unsafe {
                    let to = to.add(v);
                    to.write_unaligned(if add { T::plus(simd, to.read_unaligned(), done) } else { done });
                }
            }
        }
    }
}

/// The way by positions.
struct ByPositions<'a, T> {
    products: Products<'a, T>,
    g: &'a [T],
    /// How far apart its rows are.
    step: usize,
    out: &'a Parts<'a, T>,
    start: usize,
    depth: usize,
}

impl<T: Number> WithSimd for ByPositions<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Products { rows, runs, offsets, .. } = self.products;
        self.products.check();
        let last = (rows - 1) * self.step;
        assert!(runs.iter().all(|run| run.g + last + run.len <= self.g.len()));
        // The largest tile whose sums leave registers for the operands, and among those the one less of which is unused.
        let waste = |r: usize, k: usize| rows.next_multiple_of(r) * offsets.len().next_multiple_of(k);
        if rows == 1 {
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

impl<T: Number> ByPositions<'_, T> {
    #[inline(always)]
    fn tiles<S: Simd, const R: usize, const K: usize>(&self, simd: S) {
        for row in (0..self.products.rows).step_by(R) {
            for pair in (0..self.products.offsets.len()).step_by(K) {
                self.tile::<S, R, K>(simd, row, pair);
            }
        }
    }

    /// R rows from `row` on with K pairs from `pair` on; beyond the last, the last again, to no effect.
    #[inline(always)]
    fn tile<S: Simd, const R: usize, const K: usize>(&self, simd: S, row: usize, pair: usize) {
        let lanes = T::lanes(simd);
        let Products { rows: all, runs, planes, offsets: places, add } = self.products;
        let offsets: [usize; K] = std::array::from_fn(|k| places[(pair + k).min(places.len() - 1)]);
        let rows: [usize; R] = std::array::from_fn(|r| (row + r).min(all - 1) * self.step);
        let mut sums = [[T::splat(simd, T::default()); K]; R];
        // The vectors of x stay in registers while a row of g after the other meets them.
        let mut x = [T::splat(simd, T::default()); K];
        for run in runs {
            // SAFETY: `with_simd` asserted that the run is inside both slices, at every offset and in every row; all reads
            // below are of the run's `len` numbers, at one of the offsets or in one of the rows.
            // (Loops rather than closures, which may be compiled apart and then for a lesser processor.)
            unsafe {
                let (g, planes) = (self.g.as_ptr().add(run.g), planes.as_ptr().add(run.x));
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
        for (r, sums) in sums.iter().enumerate().take(all - row) {
            let pairs = K.min(places.len() - pair);
            let from = self.start + (row + r) * self.depth + pair;
            // SAFETY: every unit has other channels, another group or another part of the result.
            let out = unsafe { self.out.part(from..from + pairs) };
            for (w, &s) in out.iter_mut().zip(sums) {
                let s = T::sum(simd, s);
                *w = if add { w.add(s) } else { s };
            }
        }
    }
}
