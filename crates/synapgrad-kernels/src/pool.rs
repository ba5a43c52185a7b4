//! Pooling: the largest element or the mean of every window of a plane.
//!
//! A plane has three dimensions (fewer count as sizes of 1) and is pooled by itself. Along each dimension an [`Axis`] says
//! where the window of every output lies, so that sliding windows and the uneven ones of adaptive pooling are one kernel.
//! Where windows are whole and evenly spaced, several neighbours are computed at once, a lane each.
//!
//! Of each largest element its ordinal in the window is kept: a byte in all but the largest windows. The gradient goes to
//! the element that it names; planes are independent, so no two threads add to the same place.

use std::ops::Range;

use crate::along::for_each_slab;
use crate::dtype::{Compute, DType, Element};
use crate::parallel::{self, Parts};
use crate::softmax::with_float;
use crate::vecmath::dispatch;
use crate::{Buffer, with_compute, with_element, with_size};

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
    if !KEEP {
        return for_each_slab(out, output, |p, out| plane(p, out, &mut []));
    }
    let planes = out.len() / output;
    let (out, winners) = (Parts::new(out), Parts::new(winners));
    parallel::ranges(planes, most, |planes| {
        for p in planes {
            let places = p * output..(p + 1) * output;
            // SAFETY: each plane is in one range, and planes do not overlap.
            let (out, winners) = unsafe { (out.part(places.clone()), winners.part(places)) };
            plane(p, out, winners);
        }
    });
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
    let squares = windows.squares();
    for (bins, range) in windows.each_row() {
        if squares {
            let top = windows.start_of(bins) + axis.bins[0].start;
            let (winners, out) = (if KEEP { &mut winners[range.clone()] } else { &mut [] }, &mut out[range]);
            max_squares::<E, C, W, KEEP>(&x[top..], &x[top + axis.size..], out, winners);
            continue;
        }
        let (ones, eights, fours) = axis.cut();
        for i in ones {
            let (mut best, mut who, bin) = (least, 0, axis.bins[i]);
            for (row, ordinal) in windows.rows_of(bins) {
                for k in 0..bin.count {
                    let value = C::load(x[row + bin.start + k * axis.step]);
                    if beats(value, best) {
                        (best, who) = (value, ordinal + k as u32);
                    }
                }
            }
            out[range.start + i] = best.store();
            if KEEP {
                winners[range.start + i] = W::from_i64(who as i64);
            }
        }
        for i in eights {
            let winners = if KEEP { &mut winners[range.start + i..][..8] } else { &mut [] };
            max_group::<E, C, W, KEEP, 8, 16>(windows, bins, x, i, least, &mut out[range.start + i..][..8], winners);
        }
        for i in fours {
            let winners = if KEEP { &mut winners[range.start + i..][..4] } else { &mut [] };
            max_group::<E, C, W, KEEP, 4, 8>(windows, bins, x, i, least, &mut out[range.start + i..][..4], winners);
        }
    }
}

/// `L` neighbouring outputs from `first` on, in a row of outputs with the windows `bins`.
#[inline(always)]
fn max_group<E: Element, C: Compute + PartialOrd, W: Winner, const KEEP: bool, const L: usize, const T: usize>(
    windows: &Windows,
    bins: [Bin; 2],
    x: &[E],
    first: usize,
    least: C,
    out: &mut [E],
    winners: &mut [W],
) {
    let axis = &windows.axes[2];
    let (mut best, mut who) = ([least; L], [0; L]);
    for (row, ordinal) in windows.rows_of(bins) {
        let mut k = 0;
        while k < axis.kernel {
            let from = row + axis.bins[first].start + k * axis.step;
            let (values, two) = neighbours::<E, C, L, T>(axis, k, &x[from..]);
            challenge(&mut best, &mut who, &values[0], ordinal + k as u32);
            if two {
                challenge(&mut best, &mut who, &values[1], ordinal + k as u32 + 1);
            }
            k += 1 + usize::from(two);
        }
    }
    for l in 0..L {
        out[l] = best[l].store();
        if KEEP {
            winners[l] = W::from_i64(who[l] as i64);
        }
    }
}

/// The element with this ordinal against the best so far, in every lane.
#[inline(always)]
fn challenge<C: Compute + PartialOrd, const L: usize>(
    best: &mut [C; L],
    who: &mut [u32; L],
    values: &[C; L],
    ordinal: u32,
) {
    // One loop for each array: a loop over several of different types is not made of vectors.
    let mut wins = [false; L];
    for l in 0..L {
        wins[l] = beats(values[l], best[l]);
    }
    for l in 0..L {
        best[l] = if wins[l] { values[l] } else { best[l] };
    }
    for l in 0..L {
        who[l] = if wins[l] { ordinal } else { who[l] };
    }
}

/// A row of outputs of [`Windows::squares`], from two rows of the input.
#[inline(always)]
fn max_squares<E: Element, C: Compute + PartialOrd, W: Winner, const KEEP: bool>(
    above: &[E],
    below: &[E],
    out: &mut [E],
    winners: &mut [W],
) {
    let (n, mut done) = (out.len(), 0);
    while done < n {
        // The last group may overlap the one before.
        done += match n {
            8.. => max_square::<E, C, W, KEEP, 8, 16>(above, below, done.min(n - 8), out, winners),
            4.. => max_square::<E, C, W, KEEP, 4, 8>(above, below, done.min(n - 4), out, winners),
            _ => max_square::<E, C, W, KEEP, 1, 2>(above, below, done, out, winners),
        };
    }
}

/// `L` neighbouring squares from number `at` on. `T` is twice `L`.
#[inline(always)]
fn max_square<E: Element, C: Compute + PartialOrd, W: Winner, const KEEP: bool, const L: usize, const T: usize>(
    above: &[E],
    below: &[E],
    at: usize,
    out: &mut [E],
    winners: &mut [W],
) -> usize {
    let (above, below) = (&above[2 * at..][..T], &below[2 * at..][..T]);
    let mut corners = [[C::default(); L]; 4];
    for l in 0..L {
        corners[0][l] = C::load(above[2 * l]);
        corners[1][l] = C::load(above[2 * l + 1]);
    }
    for l in 0..L {
        corners[2][l] = C::load(below[2 * l]);
        corners[3][l] = C::load(below[2 * l + 1]);
    }
    let (mut best, mut who) = (corners[0], [0; L]);
    challenge(&mut best, &mut who, &corners[1], 1);
    challenge(&mut best, &mut who, &corners[2], 2);
    challenge(&mut best, &mut who, &corners[3], 3);
    let out = &mut out[at..][..L];
    for l in 0..L {
        out[l] = best[l].store();
    }
    if KEEP {
        let winners = &mut winners[at..][..L];
        for l in 0..L {
            winners[l] = W::from_i64(who[l] as i64);
        }
    }
    L
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
    if windows.squares() {
        // Nothing is added here: bits are moved.
        return with_size!(dtype, E => {
            let (g, winners) = (&g.0.as_slice::<E>()[g.1..], winners.as_slice::<u8>());
            for_each_slab(&mut out.as_mut_slice::<E>()[..planes * input], input, |p, out| {
                let (g, winners) = (&g[p * output..][..output], &winners[p * output..][..output]);
                dispatch(
                    #[inline(always)]
                    || place_in_squares(windows, winners, g, out),
                );
            });
        });
    }
    with_float!(dtype, E, C => with_winner!(windows, W => {
        let (g, winners) = (&g.0.as_slice::<E>()[g.1..], winners.as_slice::<W>());
        for_each_slab(&mut out.as_mut_slice::<E>()[..planes * input], input, |p, out| {
            out.fill(E::default());
            let (g, winners) = (&g[p * output..][..output], &winners[p * output..][..output]);
            each_winner(windows, winners, |o, i| out[i] = (C::load(out[i]) + C::load(g[o])).store());
        });
    }))
}

/// [`max_place`] on one plane of [`Windows::squares`]: each of the four elements gets the gradient or nothing.
#[inline(always)]
fn place_in_squares<E: Element>(windows: &Windows, winners: &[u8], g: &[E], out: &mut [E]) {
    let axis = &windows.axes[2];
    out.fill(E::default());
    for (bins, range) in windows.each_row() {
        let top = windows.start_of(bins) + axis.bins[0].start;
        let (above, below) = out[top..].split_at_mut(axis.size);
        let (g, winners, n, mut done) = (&g[range.clone()], &winners[range.clone()], range.len(), 0);
        while done < n {
            done += match n {
                8.. => place_in_square::<E, 8, 16>(winners, g, done.min(n - 8), above, below),
                4.. => place_in_square::<E, 4, 8>(winners, g, done.min(n - 4), above, below),
                _ => place_in_square::<E, 1, 2>(winners, g, done, above, below),
            };
        }
    }
}

/// `L` neighbouring squares from number `at` on. `T` is twice `L`.
#[inline(always)]
fn place_in_square<E: Element, const L: usize, const T: usize>(
    winners: &[u8],
    g: &[E],
    at: usize,
    above: &mut [E],
    below: &mut [E],
) -> usize {
    let (mut who, mut given) = ([0; L], [E::default(); L]);
    for (who, &winner) in who.iter_mut().zip(&winners[at..][..L]) {
        *who = winner as u32;
    }
    given.copy_from_slice(&g[at..][..L]);
    place_pairs::<E, L, T>(&who, &given, [0, 1], &mut above[2 * at..]);
    place_pairs::<E, L, T>(&who, &given, [2, 3], &mut below[2 * at..]);
    L
}

/// Two neighbours for each of the `L` winners: the gradient where it is that ordinal, else nothing.
#[inline(always)]
fn place_pairs<E: Element, const L: usize, const T: usize>(
    who: &[u32; L],
    g: &[E; L],
    ordinals: [u32; 2],
    out: &mut [E],
) {
    // One loop for each array, as in `challenge`.
    let (mut left, mut right) = ([E::default(); L], [E::default(); L]);
    for l in 0..L {
        left[l] = if who[l] == ordinals[0] { g[l] } else { E::default() };
    }
    for l in 0..L {
        right[l] = if who[l] == ordinals[1] { g[l] } else { E::default() };
    }
    let out = &mut out[..T];
    for l in 0..L {
        out[2 * l] = left[l];
        out[2 * l + 1] = right[l];
    }
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
    for (bins, range) in windows.each_row() {
        let start = windows.start_of(bins);
        for (o, bin) in range.zip(&windows.axes[2].bins) {
            work(o, start + bin.start + windows.offsets[winners[o].to_i64() as usize]);
        }
    }
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
    for (bins, range) in windows.each_row() {
        let out = &mut out[range];
        let (ones, eights, fours) = axis.cut();
        for i in ones {
            let (mut sum, bin) = (C::default(), axis.bins[i]);
            for (row, _) in windows.rows_of(bins) {
                for k in 0..bin.count {
                    sum = sum.plus(C::load(x[row + bin.start + k * axis.step]));
                }
            }
            out[i] = sum.over(divisor_of(bins, bin, divisor)).store();
        }
        for i in eights {
            mean_group::<E, C, 8, 16>(windows, bins, divisor, x, i, &mut out[i..][..8]);
        }
        for i in fours {
            mean_group::<E, C, 4, 8>(windows, bins, divisor, x, i, &mut out[i..][..4]);
        }
    }
}

/// `L` neighbouring outputs from `first` on, in a row of outputs with the windows `bins`.
#[inline(always)]
fn mean_group<E: Element, C: Average, const L: usize, const T: usize>(
    windows: &Windows,
    bins: [Bin; 2],
    divisor: Option<i64>,
    x: &[E],
    first: usize,
    out: &mut [E],
) {
    let axis = &windows.axes[2];
    let mut sums = [C::default(); L];
    for (row, _) in windows.rows_of(bins) {
        let mut k = 0;
        while k < axis.kernel {
            let from = row + axis.bins[first].start + k * axis.step;
            let (values, two) = neighbours::<E, C, L, T>(axis, k, &x[from..]);
            for l in 0..L {
                sums[l] = sums[l].plus(values[0][l]);
            }
            if two {
                for l in 0..L {
                    sums[l] = sums[l].plus(values[1][l]);
                }
            }
            k += 1 + usize::from(two);
        }
    }
    for l in 0..L {
        out[l] = sums[l].over(divisor_of(bins, axis.bins[first + l], divisor)).store();
    }
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
            for (bins, range) in windows.each_row() {
                for (&g, &bin) in g[p * output..][range].iter().zip(&axis.bins) {
                    let share = C::load(g).over(divisor_of(bins, bin, divisor));
                    for (row, _) in windows.rows_of(bins) {
                        for x in out[row + bin.start..].iter_mut().step_by(axis.step).take(bin.count) {
                            *x = (C::load(*x) + share).store();
                        }
                    }
                }
            }
        });
    })
}
