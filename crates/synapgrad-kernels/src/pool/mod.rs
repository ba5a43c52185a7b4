//! Pooling: the largest element or the mean of every window of a plane.
//!
//! A plane has three dimensions (fewer count as sizes of 1) and is pooled by itself. Along each dimension an [`Axis`] says
//! where the window of every output lies, so that sliding windows and the uneven ones of adaptive pooling are one kernel.
//! Where windows are whole and evenly spaced, several neighbours are computed at once, a lane each.
//!
//! This file: windows, and how rows of outputs are cut into groups. `max`: the largest element. `mean`: the mean.

mod max;
mod mean;

use std::ops::Range;

use crate::buffer::{Refused, list};
use crate::dtype::{Compute, DType, Element};

pub use max::{max, max_indices, max_pick, max_place};
pub use mean::{mean, mean_spread};

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

impl Windows {
    /// # Errors
    /// Where there is no memory for a number per element of a window.
    pub fn new(axes: [Axis; 3]) -> Result<Windows, Refused> {
        let [a, b, c] = &axes;
        let mut offsets = list(a.kernel.saturating_mul(b.kernel).saturating_mul(c.kernel))?;
        for i in 0..a.kernel {
            for j in 0..b.kernel {
                let row = (i * a.step * b.size + j * b.step) * c.size;
                offsets.extend((0..c.kernel).map(|k| row + k * c.step));
            }
        }
        Ok(Windows { axes, offsets })
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

    /// Whether the windows are squares of 2 × 2 side by side in the last two dimensions, the commonest there are.
    fn squares(&self) -> bool {
        let [a, b, c] = &self.axes;
        let pairs = |axis: &Axis| {
            let even = (axis.kernel, axis.step, axis.stride) == (2, 1, 2);
            even && axis.full == (0..axis.bins.len())
        };
        a.kernel == 1 && a.bins.windows(2).all(|two| two[0].start < two[1].start) && pairs(b) && pairs(c)
    }

    /// The rows of a plane of outputs: the windows of each along the first two dimensions, and its outputs.
    #[inline(always)]
    fn each_row(&self) -> impl Iterator<Item = ([Bin; 2], Range<usize>)> {
        let [a, b, c] = &self.axes;
        let n = c.bins.len();
        let windows = a.bins.iter().flat_map(|&first| b.bins.iter().map(move |&second| [first, second]));
        windows.enumerate().map(move |(i, windows)| (windows, i * n..(i + 1) * n))
    }

    /// The rows of the input that belong to a row of outputs: where each begins, and the ordinal of its first element.
    #[inline(always)]
    fn rows_of(&self, [first, second]: [Bin; 2]) -> Rows<'_> {
        Rows { windows: self, starts: [first.start, second.start], counts: [first.count, second.count], at: [0; 2] }
    }

    /// Where in the plane the first window of a row of outputs begins, but for its place along the last dimension.
    #[inline(always)]
    fn start_of(&self, [first, second]: [Bin; 2]) -> usize {
        let [_, b, c] = &self.axes;
        (first.start * b.size + second.start) * c.size
    }
}

/// See [`Windows::rows_of`].
struct Rows<'a> {
    windows: &'a Windows,
    starts: [usize; 2],
    counts: [usize; 2],
    at: [usize; 2],
}

impl Iterator for Rows<'_> {
    type Item = (usize, u32);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, u32)> {
        let [a, b, c] = &self.windows.axes;
        let [i, j] = self.at;
        if i == self.counts[0] {
            return None;
        }
        self.at = if j + 1 < self.counts[1] { [i, j + 1] } else { [i + 1, 0] };
        let row = (self.starts[0] + i * a.step) * b.size + self.starts[1] + j * b.step;
        Some((row * c.size, ((i * b.kernel + j) * c.kernel) as u32))
    }
}

impl Axis {
    /// How the outputs of a row are cut: those that are computed one by one, and the starts of groups of 8 or of 4, the last
    /// of which may overlap the one before.
    #[inline(always)]
    fn cut(&self) -> (impl Iterator<Item = usize>, Groups, Groups) {
        let (full, all) = (self.full.clone(), self.bins.len());
        let wide = [8, 4].into_iter().find(|&wide| wide <= full.len());
        let grouped = if wide.is_some() { full } else { 0..0 };
        let groups =
            |of: usize| Groups { at: grouped.start, end: if wide == Some(of) { grouped.end } else { 0 }, wide: of };
        ((0..grouped.start).chain(grouped.end..all), groups(8), groups(4))
    }
}

/// Groups of `wide` neighbours.
struct Groups {
    at: usize,
    end: usize,
    wide: usize,
}

impl Iterator for Groups {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let start = self.at;
        self.at += self.wide;
        (start < self.end).then(|| start.min(self.end - self.wide))
    }
}

/// Element k of `L` neighbouring full windows, and element k + 1 where the second result says so: what lies between. `x`
/// begins with element k of the first window. `T` is twice `L`.
#[inline(always)]
fn neighbours<E: Element, C: Compute, const L: usize, const T: usize>(
    axis: &Axis,
    k: usize,
    x: &[E],
) -> ([[C; L]; 2], bool) {
    // Loops rather than closures, which may be compiled apart and then for a lesser processor.
    let mut both = [[C::default(); L]; 2];
    if axis.stride == 2
        && let Some(pairs) = x.first_chunk::<T>()
    {
        for l in 0..L {
            both[0][l] = C::load(pairs[2 * l]);
            both[1][l] = C::load(pairs[2 * l + 1]);
        }
        return (both, axis.step == 1 && k + 1 < axis.kernel);
    }
    let (x, stride) = (&x[..(L - 1) * axis.stride + 1], axis.stride);
    for l in 0..L {
        both[0][l] = C::load(x[l * stride]);
    }
    (both, false)
}
