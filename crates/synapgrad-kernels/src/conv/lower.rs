//! Planes: a part of some images copied such that every tap of the window is an offset.
//!
//! Along one dimension, tap t of grid position q reads src\[step·q + shift(t)\]. Write shift(t) = step·a + r with
//! 0 ≤ r < step: then that is element q + a of the plane P_r\[j\] = src\[step·j + r\], with zeros where src ends. Taps with
//! the same r share a plane, and neighbouring positions are neighbours in it, whatever the stride. In several dimensions
//! there is a plane for every combination of remainders.
//!
//! A shared plane is wider than the grid, by the reach of the taps; so a vector of positions that runs over the end of a
//! row would need a gap there. Giving every tap *of the width* a plane of its own, exactly as wide as the grid, closes
//! the gaps: the rows of the grid form one run. That copies the image as often as the window is wide (not as often as it
//! has taps, which is what im2col does). [`Lowering::new`] takes the cheaper of the two.

use super::{Pass, Sizes, product};
use crate::dtype::Element;

/// How one dimension is laid out.
struct Axis {
    /// For each plane, where in src its element 0 lies, relative to step·(first grid position).
    starts: Vec<isize>,
    /// Elements of a plane along this dimension.
    len: usize,
    /// For each tap its plane and the offset in it.
    taps: Vec<(usize, usize)>,
}

impl Axis {
    fn shared(taps: &[(usize, isize)], step: usize, grid: usize) -> Axis {
        let step = step as isize;
        let split = |shift: isize| (shift.div_euclid(step), shift.rem_euclid(step));
        let mut remainders: Vec<isize> = taps.iter().map(|&(_, shift)| split(shift).1).collect();
        remainders.sort_unstable();
        remainders.dedup();
        let reach = taps.iter().map(|&(_, shift)| split(shift).0);
        let (low, high) = (reach.clone().min().unwrap_or(0), reach.max().unwrap_or(0));
        let place = |shift: isize| {
            let (a, r) = split(shift);
            (remainders.partition_point(|&other| other < r), (a - low) as usize)
        };
        Axis {
            starts: remainders.iter().map(|r| low * step + r).collect(),
            len: grid + (high - low) as usize,
            taps: taps.iter().map(|&(_, shift)| place(shift)).collect(),
        }
    }

    fn own(taps: &[(usize, isize)], grid: usize) -> Axis {
        Axis {
            starts: taps.iter().map(|&(_, shift)| shift).collect(),
            len: grid,
            taps: (0..taps.len()).map(|t| (t, 0)).collect(),
        }
    }
}

/// Grid positions that follow each other in the planes.
pub(super) struct Run {
    /// Where the first is in a plane.
    pub(super) src: usize,
    /// The first, in the box.
    pub(super) at: Sizes,
    pub(super) len: usize,
}

/// As many positions of a run as a vector has lanes, or what is left of it.
pub(super) struct Slot {
    pub(super) src: usize,
    /// How far it is in dst from where the box begins.
    pub(super) dst: usize,
    pub(super) at: Sizes,
    pub(super) len: usize,
}

impl Run {
    fn slots(&self, pass: &Pass, grid: Sizes, lanes: usize) -> impl Iterator<Item = Slot> {
        let flat = (self.at[0] * grid[1] + self.at[1]) * grid[2] + self.at[2];
        (0..self.len).step_by(lanes).map(move |i| {
            let q = flat + i;
            let at = [q / grid[2] / grid[1], q / grid[2] % grid[1], q % grid[2]];
            Slot { src: self.src + i, dst: pass.distance(at), at, len: lanes.min(self.len - i) }
        })
    }
}

/// How a box of the grid is lowered. All boxes of one size have the same.
pub(super) struct Lowering {
    axes: [Axis; 3],
    /// The size of the box.
    pub(super) grid: Sizes,
    /// Elements of a plane.
    pub(super) plane: usize,
    /// Elements of all planes of a channel, rounded up.
    pub(super) channel: usize,
    /// Where each tap reads for the box's first position, in a channel.
    pub(super) offsets: Vec<usize>,
    pub(super) runs: Vec<Run>,
    pub(super) slots: Vec<Slot>,
}

/// What copying an element costs, in multiplications.
const COPY: usize = 4;

impl Lowering {
    /// The cheaper way for boxes of size `grid`, in vectors of `lanes` numbers.
    pub(super) fn new(pass: &Pass, grid: Sizes, lanes: usize) -> Lowering {
        let ways = [false, true].map(|own| Lowering::with(pass, grid, lanes, [false, false, own]));
        let cost = |way: &Lowering| pass.rows * pass.taps() * way.slots.len() * lanes + COPY * way.channel;
        let [shared, own] = ways;
        if cost(&own) < cost(&shared) { own } else { shared }
    }

    /// Every tap of every dimension has a plane of its own: im2col.
    pub(super) fn columns(pass: &Pass) -> Lowering {
        Lowering::with(pass, pass.grid, 1, [true; 3])
    }

    fn with(pass: &Pass, grid: Sizes, lanes: usize, own: [bool; 3]) -> Lowering {
        let axes: [Axis; 3] = std::array::from_fn(|i| match own[i] {
            true => Axis::own(&pass.taps[i], grid[i]),
            false => Axis::shared(&pass.taps[i], pass.step[i], grid[i]),
        });
        let lens: Sizes = std::array::from_fn(|i| axes[i].len);
        let plane = product(lens);
        let planes: usize = axes.iter().map(|axis| axis.starts.len()).product();
        let at = |d: usize, h: usize, w: usize| (d * lens[1] + h) * lens[2] + w;
        let mut offsets = Vec::with_capacity(pass.taps());
        for &(pd, d) in &axes[0].taps {
            for &(ph, h) in &axes[1].taps {
                for &(pw, w) in &axes[2].taps {
                    let index = (pd * axes[1].starts.len() + ph) * axes[2].starts.len() + pw;
                    offsets.push(index * plane + at(d, h, w));
                }
            }
        }
        // Rows are one run where no gap parts them, slices likewise.
        let whole_rows = lens[2] == grid[2];
        let whole_slices = whole_rows && lens[1] == grid[1];
        let mut runs = Vec::new();
        for d in (0..grid[0]).step_by(if whole_slices { grid[0].max(1) } else { 1 }) {
            for h in (0..grid[1]).step_by(if whole_rows { grid[1].max(1) } else { 1 }) {
                let rows = if whole_rows { grid[1] } else { 1 };
                let slices = if whole_slices { grid[0] } else { 1 };
                runs.push(Run { src: at(d, h, 0), at: [d, h, 0], len: slices * rows * grid[2] });
            }
        }
        // An odd number of cache lines: the same place in several channels should not compete for one set of the cache.
        let channel = (planes * plane).next_multiple_of(16);
        let channel = if channel.is_multiple_of(32) { channel + 16 } else { channel };
        let slots = runs.iter().flat_map(|run| run.slots(pass, grid, lanes)).collect();
        Lowering { axes, grid, plane, channel, offsets, runs, slots }
    }

    /// Copy the planes of one channel for the box that begins at grid position `first`, `apart` elements from each other.
    /// `src` is that channel's image.
    pub(super) fn lower<T: Element>(&self, pass: &Pass, first: Sizes, src: &[T], dst: &mut [T], apart: usize) {
        let origin: [isize; 3] = std::array::from_fn(|i| (first[i] * pass.step[i]) as isize);
        let [depth, height, width] = &self.axes;
        let mut planes = dst.chunks_mut(apart.max(1));
        for d0 in &depth.starts {
            for h0 in &height.starts {
                for w0 in &width.starts {
                    let Some(plane) = planes.next() else { return };
                    let start = [origin[0] + d0, origin[1] + h0, origin[2] + w0];
                    self.plane(pass, start, src, &mut plane[..self.plane]);
                }
            }
        }
    }

    /// dst\[d, h, w\] = src\[start + step·(d, h, w)\], zero outside.
    fn plane<T: Element>(&self, pass: &Pass, start: [isize; 3], src: &[T], dst: &mut [T]) {
        let [slices, rows, cols]: Sizes = std::array::from_fn(|i| self.axes[i].len);
        let inside: [(usize, usize); 3] =
            std::array::from_fn(|i| inside(start[i], pass.step[i], self.axes[i].len, pass.src[i]));
        let source = |i: usize, j: usize| (start[i] + (j * pass.step[i]) as isize) as usize;
        for (d, slice) in dst.chunks_exact_mut((rows * cols).max(1)).enumerate().take(slices) {
            if d < inside[0].0 || d >= inside[0].1 || inside[1].0 >= inside[1].1 {
                slice.fill(T::default());
                continue;
            }
            let base = source(0, d) * pass.src[1];
            let (top, bottom) = inside[1];
            slice[..top * cols].fill(T::default());
            slice[bottom * cols..].fill(T::default());
            let (left, right) = inside[2];
            if pass.step[1] == 1 && pass.step[2] == 1 && cols == pass.src[2] && left < right {
                // Rows as long as the image's: all of them are one piece, shifted, with the ends of each row put right.
                let from = (base + source(1, top)) * cols;
                let piece = &mut slice[top * cols + left..bottom * cols - (cols - right)];
                let from = from + source(2, left);
                piece.copy_from_slice(&src[from..from + piece.len()]);
                for row in slice[top * cols..bottom * cols].chunks_exact_mut(cols) {
                    row[..left].iter_mut().for_each(|x| *x = T::default());
                    row[right..].iter_mut().for_each(|x| *x = T::default());
                }
                continue;
            }
            for h in top..bottom {
                let from = &src[(base + source(1, h)) * pass.src[2]..][..pass.src[2]];
                let row = &mut slice[h * cols..][..cols];
                row[..left].iter_mut().for_each(|x| *x = T::default());
                row[right..].iter_mut().for_each(|x| *x = T::default());
                if left < right {
                    let from = &from[source(2, left)..];
                    match pass.step[2] {
                        1 => row[left..right].copy_from_slice(&from[..right - left]),
                        2 => row[left..right].iter_mut().zip(from.chunks(2)).for_each(|(x, pair)| *x = pair[0]),
                        step => row[left..right].iter_mut().zip(from.iter().step_by(step)).for_each(|(x, &y)| *x = y),
                    }
                }
            }
        }
    }
}

/// Which j of 0..len have 0 ≤ start + step·j < size, as a range.
fn inside(start: isize, step: usize, len: usize, size: usize) -> (usize, usize) {
    let step = step as isize;
    let low = if start >= 0 { 0 } else { (-start + step - 1) / step };
    let high = (size as isize - start + step - 1).div_euclid(step).max(0);
    let low = (low as usize).min(len);
    (low, (high as usize).clamp(low, len))
}

/// A pass cut into boxes and images: what is lowered at once.
pub(super) struct Blocks {
    /// How many boxes there are along each dimension, and how large they are, but for the last.
    counts: Sizes,
    size: Sizes,
    lowerings: Vec<Lowering>,
    /// Images lowered at once, channels lowered at once.
    pub(super) images: usize,
    pub(super) channels: usize,
}

/// Bytes of planes at once: half of the second-level cache of a small processor.
const PLANES: usize = 384 << 10;
/// Positions at once, as far as the planes allow: so many share a panel of weights.
const POSITIONS: usize = 1024;

impl Blocks {
    /// Boxes whose planes of `channels` channels fit the cache.
    pub(super) fn new<T>(pass: &Pass, channels: usize, lanes: usize, images: usize) -> Blocks {
        let mut size = pass.grid;
        let room = PLANES / size_of::<T>();
        let lowering = loop {
            let lowering = Lowering::new(pass, size, lanes);
            let Some(longest) = (0..3).find(|&i| size[i] > 1) else { break lowering };
            if lowering.channel.saturating_mul(channels) <= room || product(size) <= 2 * lanes {
                break lowering;
            }
            size[longest] = size[longest].div_ceil(2);
        };
        let counts: Sizes = std::array::from_fn(|i| pass.grid[i].div_ceil(size[i].max(1)).max(1));
        let per_image = lowering.channel.saturating_mul(channels).max(1);
        let fit = (POSITIONS / product(size).max(1)).min(room / per_image).min(images).max(1);
        let mut lowerings = vec![lowering];
        // The last boxes may be smaller, in each dimension.
        for corner in 1..8 {
            let grid = std::array::from_fn(|i| match corner >> i & 1 {
                1 => pass.grid[i] - (counts[i] - 1) * size[i],
                _ => size[i],
            });
            if lowerings.iter().all(|l| l.grid != grid) {
                lowerings.push(Lowering::new(pass, grid, lanes));
            }
        }
        Blocks { counts, size, lowerings, images: fit, channels }
    }

    pub(super) fn boxes(&self) -> usize {
        product(self.counts)
    }

    /// Where box `i` begins, and how it is lowered.
    pub(super) fn get(&self, pass: &Pass, i: usize) -> (Sizes, &Lowering) {
        let at = [i / self.counts[2] / self.counts[1], i / self.counts[2] % self.counts[1], i % self.counts[2]];
        let first: Sizes = std::array::from_fn(|k| at[k] * self.size[k]);
        let grid: Sizes = std::array::from_fn(|k| self.size[k].min(pass.grid[k] - first[k]));
        match self.lowerings.iter().find(|l| l.grid == grid) {
            Some(lowering) => (first, lowering),
            None => unreachable!("all sizes of boxes were lowered"),
        }
    }

    /// Grid positions of a block, at most.
    pub(super) fn positions(&self) -> usize {
        product(self.size) * self.images
    }

    /// Elements that the planes of a block take.
    pub(super) fn planes(&self) -> usize {
        let channel = self.lowerings.iter().map(|l| l.channel).max().unwrap_or(0);
        channel * self.channels * self.images
    }
}
