//! A pass as a blocked product of matrices.
//!
//! ```text
//! for each block of images (a box of the grid, some images)      in parallel
//!   for each chunk of channels                                   planes of the chunk: second-level cache
//!     copy the chunk's planes
//!     for each panel of R rows of the weight                     R × chunk·taps numbers: first-level cache
//!       for each V vectors of positions                          R × V sums in registers
//!         for each (channel, tap)                                V loads, R broadcasts, R·V multiplications
//! ```
//!
//! A tile's V vectors lie anywhere in the planes, also in different images, so that images of 4 × 4 fill tiles too. The
//! first chunk starts from the bias, later ones add to what is there: each sum is taken in the order of channels and taps.

use super::lower::{Blocks, Lowering};
use super::{Number, Pass, Sizes, each_unit, product};
use crate::buffer::Buffer;
use crate::buffer::Refused;
use crate::lanes::Lanes;
use crate::parallel::{self, Parts};
use pulp::{Simd, WithSimd};
use std::marker::PhantomData;
use std::ops::Range;

/// What of a processor shapes the tiles.
#[derive(Clone, Copy)]
pub(super) struct Machine {
    /// Numbers in a vector.
    pub(super) lanes: usize,
    /// Vector registers.
    pub(super) registers: usize,
}

impl Machine {
    pub(super) fn here<T: Lanes>() -> Machine {
        struct Ask<T>(PhantomData<T>);
        impl<T: Lanes> WithSimd for Ask<T> {
            type Output = Machine;
            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) -> Machine {
                Machine { lanes: T::lanes(simd), registers: S::REGISTER_COUNT }
            }
        }
        T::vectorize(Ask::<T>(PhantomData))
    }

    /// The largest tile whose sums leave registers for the operands: rows, and vectors of positions.
    pub(super) fn tile(self) -> (usize, usize) {
        if self.registers >= 32 { (8, 3) } else { (6, 2) }
    }
}

/// Some rows of the weight.
pub(super) struct Panel {
    pub(super) row: usize,
    /// How many rows there are, with zeros for those beyond the last.
    pub(super) width: usize,
    /// Where they begin in the numbers of a group.
    pub(super) start: usize,
}

/// `rows` rows in panels of `most`, 4, 2 or 1.
fn panels(rows: usize, depth: usize, most: usize) -> Vec<Panel> {
    let mut panels: Vec<Panel> = Vec::with_capacity(rows / most + 1);
    let (mut row, mut start) = (0, 0);
    while row < rows {
        let width = match rows - row {
            7 | 8 if most == 6 => 4, // 4 + 4 rather than 6 and a remainder
            left if left >= most => most,
            5.. => most,
            3 | 4 => 4,
            left => left,
        };
        panels.push(Panel { row, width, start });
        (row, start) = (row + width, start + width * depth);
    }
    panels
}

/// Bytes of a panel of weights: it shares the first-level cache with the positions it meets.
const PANEL: usize = 20 << 10;

/// The weight of a pass, in panels: the numbers of a panel's rows for (channel, tap) 0, those for 1, and so on.
pub(super) struct Panels {
    data: Buffer,
    pub(super) each: Vec<Panel>,
    /// Numbers of a row.
    depth: usize,
    /// Numbers of a group.
    group: usize,
}

impl Panels {
    /// Room for the weights of a pass.
    pub(super) fn empty<T: Number>(pass: &Pass, machine: Machine) -> Result<Panels, Refused> {
        let depth = pass.channels * pass.taps();
        let each = panels(pass.rows, depth, machine.tile().0);
        let group = each.last().map_or(0, |panel| panel.start + panel.width * depth);
        // Weights of a size that can't be had were not given either.
        Ok(Panels { data: scratch::<T>(pass.groups * group)?, each, depth, group })
    }

    /// The numbers, the panels of a group, and how many numbers a group has.
    pub(super) fn parts<T: Number>(&mut self) -> (&mut [T], &[Panel], usize) {
        (self.data.as_mut_slice(), &self.each, self.group)
    }

    fn new<T: Number>(pass: &Pass, w: &[T], machine: Machine) -> Result<Panels, Refused> {
        let mut panels = Panels::empty::<T>(pass, machine)?;
        let (data, each, group) = panels.parts::<T>();
        let places = pass.places();
        let weights = pass.rows * pass.channels * product(pass.kernel);
        let all = Parts::new(data);
        let fill = |i: usize| {
            let (w, panel) = (&w[i / each.len() * weights..][..weights], &each[i % each.len()]);
            let start = i / each.len() * group + panel.start;
            // SAFETY: the panels lie one after the other, and each is filled once.
            let piece = unsafe { all.part(start..start + panel.width * pass.channels * pass.taps()) };
            let mut columns = piece.chunks_exact_mut(panel.width);
            for c in 0..pass.channels {
                for (&tap, column) in places.iter().zip(&mut columns) {
                    for (r, x) in column.iter_mut().enumerate() {
                        let row = panel.row + r;
                        *x = match row < pass.rows {
                            true => w[row * pass.weight_steps.0 + c * pass.weight_steps.1 + tap],
                            false => T::default(),
                        };
                    }
                }
            }
        };
        let grain = parallel::GRAIN / (group / each.len().max(1)).max(1);
        parallel::ranges(pass.groups * each.len(), grain.max(1), |some| some.for_each(fill));
        Ok(panels)
    }

    pub(super) fn of_group<T: Number>(&self, group: usize) -> &[T] {
        &self.data.as_slice()[group * self.group..][..self.group]
    }
}

/// Memory for `n` numbers, with arbitrary values.
pub(super) fn scratch<T: Number>(n: usize) -> Result<Buffer, Refused> {
    Buffer::stale(n * size_of::<T>())
}

/// dst ← pass of src and w, from the bias on.
pub(super) fn correlate<T: Number>(
    pass: &Pass,
    src: &[T],
    w: &[T],
    bias: Option<&[T]>,
    dst: &mut [T],
) -> Result<(), Refused> {
    if dst.is_empty() || product(pass.grid) == 0 {
        return Ok(());
    }
    let machine = Machine::here::<T>();
    let threads = parallel::threads();
    let panels = Panels::new(pass, w, machine)?;
    let per_panel = (PANEL / size_of::<T>() / machine.tile().0 / pass.taps().max(1)).max(1);
    let chunks = pass.channels.div_ceil(per_panel).max(1);
    let channels = pass.channels.div_ceil(chunks).max(1);
    let blocks = Blocks::new::<T>(pass, channels, machine.lanes, pass.batch.div_ceil(threads));
    let image_blocks = pass.batch.div_ceil(blocks.images);
    let units = pass.groups * image_blocks * blocks.boxes();
    // Few large images: threads share the planes' work, each for other rows.
    let parts = if units < threads { threads.div_ceil(units).min(panels.each.len()) } else { 1 };
    let cost = product(blocks.get(pass, 0).1.grid) * blocks.images * (pass.rows / parts + 8) * (panels.depth + 8);
    let out = Parts::new(dst);
    each_unit(units * parts, cost, |unit| {
        let (part, unit) = (unit % parts, unit / parts);
        let (group, unit) = (unit % pass.groups, unit / pass.groups);
        let (first, lowering) = blocks.get(pass, unit % blocks.boxes());
        let images = unit / blocks.boxes() * blocks.images;
        let images = images..pass.batch.min(images + blocks.images);
        let all = panels.each.len();
        let share = &panels.each[part * all / parts..(part + 1) * all / parts];
        let weights = panels.of_group(group);
        let mut planes = scratch::<T>(blocks.planes() + machine.lanes)?;
        let planes = &mut planes.as_mut_slice::<T>()[..blocks.planes() + machine.lanes];
        let mut offsets = Vec::with_capacity(channels * pass.taps());
        let mut places = Vec::with_capacity(lowering.slots.len() * images.len());
        for c in (0..pass.channels.max(1)).step_by(channels) {
            let chunk = c..pass.channels.min(c + channels);
            let image_step = copy(pass, lowering, first, group, chunk.clone(), images.clone(), src, planes);
            offsets.clear();
            offsets
                .extend((0..chunk.len()).flat_map(|i| lowering.offsets.iter().map(move |o| i * lowering.channel + o)));
            places.clear();
            for (i, n) in images.clone().enumerate() {
                let dst = (n * pass.groups + group) * pass.rows * product(pass.dst) + pass.target(first);
                places.extend(lowering.slots.iter().map(|slot| Place {
                    src: i * image_step + slot.src,
                    dst: dst + slot.dst,
                    len: slot.len,
                    at: slot.at,
                }));
            }
            T::vectorize(Sweep {
                pass,
                grid: lowering.grid,
                vectors: machine.tile().1,
                planes,
                places: &places,
                offsets: &offsets,
                panels: share,
                weights,
                depth: c * pass.taps(),
                bias: bias.map(|b| &b[group * pass.rows..][..pass.rows]),
                out: &out,
            });
        }
        Ok(())
    })
}

/// Lower a chunk of channels of some images; returns how far apart in the planes the images are.
#[allow(clippy::too_many_arguments)]
pub(super) fn copy<T: Number>(
    pass: &Pass,
    lowering: &Lowering,
    first: Sizes,
    group: usize,
    channels: Range<usize>,
    images: Range<usize>,
    src: &[T],
    planes: &mut [T],
) -> usize {
    let image = product(pass.src);
    let image_step = channels.len() * lowering.channel;
    for (i, n) in images.enumerate() {
        for (j, c) in channels.clone().enumerate() {
            let from = ((n * pass.groups + group) * pass.channels + c) * image;
            let to = i * image_step + j * lowering.channel;
            lowering.lower(pass, first, &src[from..][..image], &mut planes[to..][..lowering.channel], lowering.plane);
        }
    }
    image_step
}

/// A slot of one of the images in the planes.
pub(super) struct Place {
    pub(super) src: usize,
    /// Where row 0 of the group has it in dst.
    pub(super) dst: usize,
    pub(super) len: usize,
    /// Where it begins in the box.
    pub(super) at: Sizes,
}

/// All tiles of a block, for one chunk of channels.
pub(super) struct Sweep<'a, T> {
    pub(super) pass: &'a Pass,
    /// The size of the box.
    pub(super) grid: Sizes,
    /// Vectors in a tile.
    pub(super) vectors: usize,
    pub(super) planes: &'a [T],
    pub(super) places: &'a [Place],
    /// Where each (channel, tap) of the chunk is in the planes.
    pub(super) offsets: &'a [usize],
    pub(super) panels: &'a [Panel],
    pub(super) weights: &'a [T],
    /// Where in a row of the weight the chunk begins.
    pub(super) depth: usize,
    pub(super) bias: Option<&'a [T]>,
    pub(super) out: &'a Parts<'a, T>,
}

impl<T: Number> WithSimd for Sweep<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let reach = self.offsets.iter().max().copied().unwrap_or(0) + T::lanes(simd);
        let farthest = self.places.iter().map(|place| place.src).max().unwrap_or(0) + reach;
        assert!(self.offsets.is_empty() || farthest <= self.planes.len());
        // A weight that fits the first-level cache stays there, and what changes are the positions; else the other way round.
        let some = if size_of_val(self.weights) <= PANEL { 12 } else { self.places.len() };
        for places in self.places.chunks(some.max(1)) {
            for panel in self.panels {
                let begin = panel.start + self.depth * panel.width;
                let weights = &self.weights[begin..][..self.offsets.len() * panel.width];
                match (panel.width, self.vectors) {
                    (8, _) => self.panel::<S, 8, 3>(simd, panel.row, weights, places),
                    (6, _) => self.panel::<S, 6, 2>(simd, panel.row, weights, places),
                    (4, 3) => self.panel::<S, 4, 3>(simd, panel.row, weights, places),
                    (4, _) => self.panel::<S, 4, 2>(simd, panel.row, weights, places),
                    (2, _) => self.panel::<S, 2, 4>(simd, panel.row, weights, places),
                    _ => self.panel::<S, 1, 4>(simd, panel.row, weights, places),
                }
            }
        }
    }
}

impl<T: Number> Sweep<'_, T> {
    /// R rows from `row` on at some places.
    #[inline(always)]
    fn panel<S: Simd, const R: usize, const V: usize>(&self, simd: S, row: usize, weights: &[T], places: &[Place]) {
        let tiles = places.chunks_exact(V);
        let rest = tiles.remainder();
        for places in tiles {
            self.tile::<S, R, V>(simd, row, weights, places);
        }
        for place in rest {
            self.tile::<S, R, 1>(simd, row, weights, std::slice::from_ref(place));
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const R: usize, const V: usize>(&self, simd: S, row: usize, weights: &[T], places: &[Place]) {
        assert!(weights.len() >= self.offsets.len() * R && places.len() == V);
        let starts: [*const T; V] = std::array::from_fn(|v| self.planes.as_ptr().wrapping_add(places[v].src));
        let mut sums = [[T::splat(simd, T::default()); V]; R];
        if self.depth == 0
            && let Some(bias) = self.bias
        {
            for (sums, &b) in sums.iter_mut().zip(&bias[row..]) {
                *sums = [T::splat(simd, b); V];
            }
        }
        let mut x = [T::splat(simd, T::default()); V];
        for (k, &offset) in self.offsets.iter().enumerate() {
            // Loops rather than closures, which may be compiled apart and then for a lesser processor.
            for v in 0..V {
                // SAFETY: `with_simd` asserted that the farthest place, at the farthest offset, has a whole vector of
                // planes before it.
                x[v] = unsafe { starts[v].add(offset).cast::<T::Vector<S>>().read_unaligned() };
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                // SAFETY: k·R + r is below the length of `weights`, as asserted above.
                let w = T::splat(simd, unsafe { *weights.get_unchecked(k * R + r) });
                for v in 0..V {
                    sums[v] = T::mul_add(simd, w, x[v], sums[v]);
                }
            }
        }
        let image = product(self.pass.dst);
        let rows = R.min(self.pass.rows - row);
        let first = rows == R && self.depth == 0 && self.pass.dst_step == [1; 3];
        for (v, place) in places.iter().enumerate() {
            let to = place.dst + row * image;
            if first && place.len == T::lanes(simd) {
                // Whole vectors of the first chunk: nothing to add to, and one look at the bounds for all rows.
                let out = self.out.reach(to, (R - 1) * image + place.len);
                for (r, sums) in sums.iter().enumerate() {
                    // SAFETY: row r's vector ends before the reach does, and every position of every row belongs to one place
                    // of one block of one unit. The access asks for no alignment.
                    unsafe { out.add(r * image).cast::<T::Vector<S>>().write_unaligned(sums[v]) };
                }
                continue;
            }
            for (r, sums) in sums.iter().enumerate().take(rows) {
                self.store(simd, to + r * image, place, sums[v]);
            }
        }
    }

    /// Write, or add, the sums of a place to its row, where it begins at `to`.
    #[inline(always)]
    fn store<S: Simd>(&self, simd: S, to: usize, place: &Place, sums: T::Vector<S>) {
        if self.pass.dst_step != [1; 3] {
            return self.scatter(to, place, numbers::<T, S>(&sums));
        }
        // Boxes end before the grid only in dimensions outside of which they have a size of 1: a run is one piece.
        // SAFETY: every position of every row belongs to one place of one block of one unit.
        let out = unsafe { self.out.part(to..to + place.len) };
        if place.len == T::lanes(simd) {
            let out = out.as_mut_ptr().cast::<T::Vector<S>>();
            // SAFETY: `out` has as many numbers as a vector, and the access asks for no alignment.
            unsafe {
                let sums = if self.depth == 0 { sums } else { T::plus(simd, out.read_unaligned(), sums) };
                out.write_unaligned(sums);
            }
        } else {
            for (x, &s) in out.iter_mut().zip(numbers::<T, S>(&sums)) {
                *x = if self.depth == 0 { s } else { x.add(s) };
            }
        }
    }

    /// [`store`](Sweep::store) where neighbours in the grid are none in dst: row by row of the box.
    #[inline(always)]
    fn scatter(&self, to: usize, place: &Place, sums: &[T]) {
        let (mut at, mut rest) = (place.at, &sums[..place.len]);
        let origin = to - self.pass.distance(at);
        let step = self.pass.dst_step[2];
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(self.grid[2] - at[2]));
            let from = origin + self.pass.distance(at);
            let out = self.out.reach(from, (piece.len() - 1) * step + 1);
            for (i, &s) in piece.iter().enumerate() {
                // SAFETY: place i·step is inside the reach; as in `store` it is ours, while between these places others may
                // write theirs, so they are taken one by one.
                let x = unsafe { &mut *out.add(i * step) };
                *x = if self.depth == 0 { s } else { x.add(s) };
            }
            rest = after;
            at = if at[1] + 1 == self.grid[1] { [at[0] + 1, 0, 0] } else { [at[0], at[1] + 1, 0] };
        }
    }
}

/// The numbers of a vector.
#[inline(always)]
fn numbers<T: Lanes, S: Simd>(vector: &T::Vector<S>) -> &[T] {
    let len = size_of::<T::Vector<S>>() / size_of::<T>();
    // SAFETY: a vector is its numbers in a row.
    unsafe { std::slice::from_raw_parts((vector as *const T::Vector<S>).cast(), len) }
}
