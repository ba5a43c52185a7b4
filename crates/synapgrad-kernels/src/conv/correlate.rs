//! A pass as a blocked product of matrices.
//!
//! ```text
//! for each block of images (a box of the grid, some images)      in parallel
//!   for each chunk of channels                                   planes of the chunk: second-level cache
//!     copy the chunk's planes
//!     for each panel of R rows of the weight                     R × chunk·taps numbers: first-level cache
//!       for each V vectors of positions                          R × V registers
//!         for each (channel, tap)                                V loads, R broadcasts, R·V multiplications
//! ```
//!
//! A tile's V vectors lie anywhere in the planes, also in different images, so that images of 4 × 4 fill tiles too. The
//! first chunk starts from the bias, later ones add to what is there: each sum is taken in the order of channels and taps.

use super::lower::{Blocks, Lowering, Slot};
use super::{Number, Pass, Sizes, each_unit, product};
use crate::buffer::Buffer;
use crate::interrupt::Interrupted;
use crate::lanes::Lanes;
use crate::parallel;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;
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
        pulp::Arch::new().dispatch(Ask::<T>(PhantomData))
    }

    /// Rows in a panel: with three vectors of positions, the sums of so many rows leave registers for the operands.
    fn panel(self) -> usize {
        if self.registers >= 32 { 8 } else { 4 }
    }
}

/// Vectors of positions in a tile.
const V: usize = 3;
/// Bytes of a panel of weights: it shares the first-level cache with the positions it meets.
const PANEL: usize = 20 << 10;

/// The weight of a pass, in panels: the numbers of R rows for (channel, tap) 0, those for 1, and so on. The last panel may
/// have fewer rows; what is missing to 1, 2, 4 or 8 is filled with zeros.
struct Panels {
    data: Buffer,
    /// Rows of all panels but the last.
    rows: usize,
    last: usize,
    /// Numbers of a row.
    depth: usize,
    /// Numbers of a group.
    group: usize,
}

impl Panels {
    fn new<T: Number>(pass: &Pass, w: &[T], machine: Machine) -> Panels {
        let rows = machine.panel();
        let depth = pass.channels * pass.taps();
        let last = pass.rows - (pass.rows - 1) / rows * rows;
        let last = last.next_power_of_two().min(rows);
        let group = ((pass.rows - 1) / rows * rows + last) * depth;
        // Weights of a size that can't be had were not given either.
        let data = scratch::<T>(pass.groups * group);
        let mut panels = Panels { data, rows, last, depth, group };
        let places = pass.places();
        let weights = pass.rows * pass.channels * product(pass.kernel);
        let fill = |g: usize, i: usize, panel: &mut [T]| {
            let width = panel.len() / depth;
            let w = &w[g * weights..][..weights];
            let mut columns = panel.chunks_exact_mut(width);
            for c in 0..pass.channels {
                for &tap in &places {
                    let Some(column) = columns.next() else { return };
                    for (r, x) in column.iter_mut().enumerate() {
                        let row = i * rows + r;
                        *x = match row < pass.rows {
                            true => w[row * pass.weight_steps.0 + c * pass.weight_steps.1 + tap],
                            false => T::default(),
                        };
                    }
                }
            }
        };
        if depth > 0 {
            let data = &mut panels.data.as_mut_slice::<T>()[..pass.groups * group];
            let of_group = |(g, group): (usize, &mut [T])| {
                group.chunks_mut(rows * depth).enumerate().for_each(|(i, panel)| fill(g, i, panel));
            };
            if pass.groups == 1 && data.len() > parallel::GRAIN {
                data.par_chunks_mut(rows * depth).enumerate().for_each(|(i, panel)| fill(0, i, panel));
            } else {
                data.chunks_exact_mut(group).enumerate().for_each(of_group);
            }
        }
        panels
    }

    fn count(&self, rows: usize) -> usize {
        rows.div_ceil(self.rows)
    }
}

/// Memory for `n` numbers, with arbitrary values. Such memory is small, or a copy of what a caller has in memory already.
pub(super) fn scratch<T: Number>(n: usize) -> Buffer {
    Buffer::stale(n * size_of::<T>()).unwrap_or_else(|error| panic!("{error}"))
}

/// A slice that several threads write to, each other places of it.
pub(super) struct Shared<'a, T> {
    start: *mut T,
    len: usize,
    slice: PhantomData<&'a mut [T]>,
}

// SAFETY: a Shared is a borrowed slice; its one method asks that no place is handed out twice.
unsafe impl<T: Send> Send for Shared<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Shared<'_, T> {}

impl<'a, T> Shared<'a, T> {
    pub(super) fn new(slice: &'a mut [T]) -> Shared<'a, T> {
        Shared { start: slice.as_mut_ptr(), len: slice.len(), slice: PhantomData }
    }

    /// # Safety
    /// No one else may use these places meanwhile.
    #[allow(clippy::mut_from_ref)]
    #[inline(always)]
    pub(super) unsafe fn get(&self, from: usize, len: usize) -> &mut [T] {
        assert!(from <= self.len && len <= self.len - from);
        // SAFETY: inside the slice, as just asserted; the caller sees to it that no one else uses these places.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(from), len) }
    }
}

/// dst ← pass of src and w, from the bias on.
pub(super) fn correlate<T: Number>(
    pass: &Pass,
    src: &[T],
    w: &[T],
    bias: Option<&[T]>,
    dst: &mut [T],
) -> Result<(), Interrupted> {
    if dst.is_empty() || product(pass.grid) == 0 {
        return Ok(());
    }
    let machine = Machine::here::<T>();
    let threads = parallel::threads();
    let panels = Panels::new(pass, w, machine);
    let per_panel = (PANEL / size_of::<T>() / panels.rows / pass.taps().max(1)).max(1);
    let chunks = pass.channels.div_ceil(per_panel).max(1);
    let channels = pass.channels.div_ceil(chunks).max(1);
    let blocks = Blocks::new::<T>(pass, channels, machine.lanes, pass.batch.div_ceil(threads));
    let image_blocks = pass.batch.div_ceil(blocks.images);
    let units = pass.groups * image_blocks * blocks.boxes();
    // Few large images: threads share the planes' work, each for other rows.
    let parts = if units < threads { threads.div_ceil(units).min(panels.count(pass.rows)) } else { 1 };
    let cost = product(blocks.get(pass, 0).1.grid) * blocks.images * (pass.rows / parts + 8) * (panels.depth + 8);
    let out = Shared::new(dst);
    each_unit(units * parts, cost, |unit| {
        let (part, unit) = (unit % parts, unit / parts);
        let (group, unit) = (unit % pass.groups, unit / pass.groups);
        let (first, lowering) = blocks.get(pass, unit % blocks.boxes());
        let images = unit / blocks.boxes() * blocks.images;
        let images = images..pass.batch.min(images + blocks.images);
        let all = panels.count(pass.rows);
        let share = part * all / parts..(part + 1) * all / parts;
        let weights = &panels.data.as_slice::<T>()[group * panels.group..][..panels.group];
        let mut planes = scratch::<T>(blocks.planes() + machine.lanes);
        let planes = &mut planes.as_mut_slice::<T>()[..blocks.planes() + machine.lanes];
        let mut offsets = Vec::with_capacity(channels * pass.taps());
        for c in (0..pass.channels.max(1)).step_by(channels) {
            let chunk = c..pass.channels.min(c + channels);
            let image_step = copy(pass, lowering, first, group, chunk.clone(), images.clone(), src, planes);
            offsets.clear();
            offsets
                .extend((0..chunk.len()).flat_map(|i| lowering.offsets.iter().map(move |o| i * lowering.channel + o)));
            pulp::Arch::new().dispatch(Sweep {
                pass,
                lowering,
                first,
                group,
                images: images.clone(),
                image_step,
                planes,
                offsets: &offsets,
                panels: &panels,
                share: share.clone(),
                weights,
                depth: c * pass.taps(),
                bias: bias.map(|b| &b[group * pass.rows..][..pass.rows]),
                out: &out,
            });
        }
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
            lowering.lower(pass, first, &src[from..from + image], &mut planes[to..to + lowering.channel]);
        }
    }
    image_step
}

/// All tiles of a block, for one chunk of channels.
struct Sweep<'a, T> {
    pass: &'a Pass,
    lowering: &'a Lowering,
    first: Sizes,
    group: usize,
    images: Range<usize>,
    image_step: usize,
    planes: &'a [T],
    /// Where each (channel, tap) of the chunk is in the planes.
    offsets: &'a [usize],
    panels: &'a Panels,
    /// Which panels.
    share: Range<usize>,
    weights: &'a [T],
    /// Where in a row of the weight the chunk begins.
    depth: usize,
    bias: Option<&'a [T]>,
    out: &'a Shared<'a, T>,
}

impl<T: Number> WithSimd for Sweep<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let reach = self.offsets.iter().max().copied().unwrap_or(0) + T::lanes(simd);
        let end = self.lowering.slots.iter().map(|slot| slot.src).max().unwrap_or(0);
        let farthest = (self.images.len() - 1) * self.image_step + end + reach;
        assert!(self.offsets.is_empty() || farthest <= self.planes.len());
        for panel in self.share.clone() {
            let last = (panel + 1) * self.panels.rows >= self.pass.rows;
            let width = if last { self.panels.last } else { self.panels.rows };
            let begin = panel * self.panels.rows * self.panels.depth + self.depth * width;
            let weights = &self.weights[begin..][..self.offsets.len() * width];
            let row = panel * self.panels.rows;
            match width {
                8 => self.panel::<S, 8>(simd, row, weights),
                4 => self.panel::<S, 4>(simd, row, weights),
                2 => self.panel::<S, 2>(simd, row, weights),
                _ => self.panel::<S, 1>(simd, row, weights),
            }
        }
    }
}

impl<T: Number> Sweep<'_, T> {
    /// All tiles of R rows from `row` on.
    #[inline(always)]
    fn panel<S: Simd, const R: usize>(&self, simd: S, row: usize, weights: &[T]) {
        let slots = &self.lowering.slots;
        let total = slots.len() * self.images.len();
        let (mut image, mut slot) = (0, 0);
        let mut next = || {
            let place = (image, &slots[slot]);
            slot += 1;
            if slot == slots.len() {
                (image, slot) = (image + 1, 0);
            }
            place
        };
        for _ in 0..total / V {
            self.tile::<S, R, V>(simd, row, weights, [next(), next(), next()]);
        }
        match total % V {
            2 => self.tile::<S, R, 2>(simd, row, weights, [next(), next()]),
            1 => self.tile::<S, R, 1>(simd, row, weights, [next()]),
            _ => {}
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const R: usize, const V: usize>(
        &self,
        simd: S,
        row: usize,
        weights: &[T],
        places: [(usize, &Slot); V],
    ) {
        assert!(weights.len() >= self.offsets.len() * R);
        let starts = places.map(|(image, slot)| image * self.image_step + slot.src);
        let mut sums = [[T::splat(simd, T::default()); V]; R];
        if self.depth == 0
            && let Some(bias) = self.bias
        {
            for (sums, &b) in sums.iter_mut().zip(&bias[row..]) {
                *sums = [T::splat(simd, b); V];
            }
        }
        for (k, &offset) in self.offsets.iter().enumerate() {
            // SAFETY: `with_simd` asserted that the farthest slot of the last image, at the farthest offset, has a whole
            // vector of planes before it.
            let x = starts
                .map(|at| unsafe { self.planes.as_ptr().add(at + offset).cast::<T::Vector<S>>().read_unaligned() });
            for (r, sums) in sums.iter_mut().enumerate() {
                // SAFETY: k·R + r is below the length of `weights`, as asserted above.
                let w = T::splat(simd, unsafe { *weights.get_unchecked(k * R + r) });
                for v in 0..V {
                    sums[v] = T::mul_add(simd, w, x[v], sums[v]);
                }
            }
        }
        let image = product(self.pass.dst);
        for (v, (n, slot)) in places.into_iter().enumerate() {
            let rows = R.min(self.pass.rows - row);
            let channel = ((self.images.start + n) * self.pass.groups + self.group) * self.pass.rows + row;
            for (r, sums) in sums.iter().enumerate().take(rows) {
                self.store(simd, (channel + r) * image, slot, sums[v]);
            }
        }
    }

    /// Write, or add, the sums of a slot to the channel that begins at `channel`.
    #[inline(always)]
    fn store<S: Simd>(&self, simd: S, channel: usize, slot: &Slot, sums: T::Vector<S>) {
        let pass = self.pass;
        let q: Sizes = std::array::from_fn(|i| self.first[i] + slot.at[i]);
        let lanes = T::lanes(simd);
        if pass.dst_step == [1; 3] {
            // Boxes end before the grid only in dimensions outside of which they have a size of 1: a run is one piece.
            let at = channel + pass.target(q);
            // SAFETY: every position of every row belongs to one slot of one block of one unit.
            let out = unsafe { self.out.get(at, slot.len) };
            if slot.len == lanes {
                let out = out.as_mut_ptr().cast::<T::Vector<S>>();
                // SAFETY: `out` has `lanes` numbers, and the access asks for no alignment.
                unsafe {
                    let sums = if self.depth == 0 { sums } else { T::plus(simd, out.read_unaligned(), sums) };
                    out.write_unaligned(sums);
                }
            } else {
                for (x, &s) in out.iter_mut().zip(numbers::<T, S>(&sums)) {
                    *x = if self.depth == 0 { s } else { x.add(s) };
                }
            }
            return;
        }
        // Row by row of the box.
        let (mut at, mut rest) = (slot.at, numbers::<T, S>(&sums));
        rest = &rest[..slot.len];
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(self.lowering.grid[2] - at[2]));
            let from = channel + pass.target(std::array::from_fn(|i| self.first[i] + at[i]));
            let step = pass.dst_step[2];
            // SAFETY: as above; between these places others may write theirs, so they are taken one by one.
            for (i, &s) in piece.iter().enumerate() {
                let x = unsafe { &mut self.out.get(from + i * step, 1)[0] };
                *x = if self.depth == 0 { s } else { x.add(s) };
            }
            rest = after;
            at = [at[0], at[1] + 1, 0];
            if at[1] == self.lowering.grid[1] {
                at = [at[0] + 1, 0, 0];
            }
        }
    }
}

/// The numbers of a vector.
#[inline(always)]
pub(super) fn numbers<T: Lanes, S: Simd>(vector: &T::Vector<S>) -> &[T] {
    let len = size_of::<T::Vector<S>>() / size_of::<T>();
    // SAFETY: a vector is its numbers in a row.
    unsafe { std::slice::from_raw_parts((vector as *const T::Vector<S>).cast(), len) }
}
