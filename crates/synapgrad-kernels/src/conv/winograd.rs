//! Windows of 3 × 3 with fewer multiplications: Winograd's minimal filtering.
//!
//! Two neighbouring results of a filter with three taps read four numbers d, and two of them twice. With
//!
//! ```text
//! v = (d₀ − d₂, d₁ + d₂, d₂ − d₁, d₁ − d₃)      u = (g₀, (g₀ + g₁ + g₂)/2, (g₀ − g₁ + g₂)/2, g₂)      m = u·v
//! d₀g₀ + d₁g₁ + d₂g₂ = m₀ + m₁ + m₂             d₁g₀ + d₂g₁ + d₃g₂ = m₁ − m₂ − m₃
//! ```
//!
//! four multiplications do for six. Done along the height and along the width, 16 do for 36: a tile of 4 × 4 numbers gives
//! 2 × 2 results. What is done to d and to the m is linear, so that the sum over the channels may be taken before the
//! results are put together; that sum is a product of matrices for each of the 16 places of a tile:
//!
//! ```text
//! src ─▶ V (16 × channels × tiles) ─┐
//! w   ─▶ U (16 × rows × channels) ──┴▶ M = U·V (16 × rows × tiles) ─▶ dst
//! ```
//!
//! The weight's gradient is the adjoint of the way from w to dst: from g to W (16 × rows × tiles) by the adjoint of M ─▶ dst,
//! to W·Vᵀ (16 × rows × channels), to the gradient by the adjoint of w ─▶ U. The input's gradient is a pass like the
//! convolution.
//!
//! A result's rounding errors are as large as a convolution's by its definition where the numbers of a tile are about as large
//! as each other; else they are those of the largest. Where numbers are not finite or so large that their sums might not be, nothing here is used: an infinity
//! would spread over its tile.
//!
//! Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015).

use super::correlate::{Machine, Panels, Place, Sweep, scratch};
use super::{Pass, each_unit, product};
use crate::buffer::{Buffer, Refused};
use crate::gemm::{Gemm, Mat, MatMut};
use crate::lanes::Lanes;
use crate::parallel::{self, Parts};
use crate::vecmath::dispatch_wide;
use std::array::from_fn;
use std::ops::{Add, Mul, Range, Sub};
use std::sync::atomic::{AtomicBool, Ordering};

/// Places of a tile.
const PLACES: usize = 16;
/// Tiles that are worked on at once: so many share a matrix of weights.
const TILES: usize = 256;
/// Tiles that a row may have.
const WIDE: usize = 128;
/// Channels of which an image is read, or written, at once: what lies together in memory stays together.
const SOME: usize = 16;
/// What transforming a number of a tile costs, in multiplications that are saved.
const TRANSFORM: usize = 12;
/// Of images with fewer tiles, the rows are too short for vectors.
const FEW: usize = 4;
/// The same for the weight's gradient, which takes more transforms.
const FEW_FOR_WEIGHT: usize = 16;
/// Products that are summed before the sum is added to others: the shorter the sums, the less rounding they gather.
const DEPTH: usize = 64;
/// Rows of the weight's gradient that are computed together.
const ROWS: usize = 128;

/// Tiles that are transformed at once. Where there are fewer left, what is written beyond them is overwritten or never read.
const LANES: usize = 8;
/// The tiles of an image in a block, the row of tiles under them, and room for the last vector.
type Row = [f32; TILES + WIDE + LANES];
/// The rows of an image under the tiles: their even columns and their odd ones.
type Lines = [[f32; 4 * TILES + 2 * WIDE + 2 + LANES]; 2];
/// For each of the four columns of a tile, what the transform of the width makes of the even rows and of the odd.
type Columns = [[Row; 2]; 4];
/// The results of tiles: those in its two rows, and in each of its two columns.
type Squares = [[Row; 2]; 2];

/// One number of each of some tiles.
#[derive(Clone, Copy)]
struct V([f32; LANES]);

impl V {
    #[inline(always)]
    fn load(x: &[f32], at: usize) -> V {
        V(*x[at..].first_chunk().expect("rows have room for whole vectors"))
    }

    #[inline(always)]
    fn store(self, x: &mut [f32], at: usize) {
        *x[at..].first_chunk_mut().expect("rows have room for whole vectors") = self.0;
    }
}

macro_rules! lane_by_lane {
    ($($trait:ident $name:ident $assign:tt),*) => {$(
        impl $trait for V {
            type Output = V;
            #[inline(always)]
            fn $name(mut self, other: V) -> V {
                for l in 0..LANES {
                    self.0[l] $assign other.0[l];
                }
                self
            }
        }
    )*};
}
lane_by_lane!(Add add +=, Sub sub -=, Mul mul *=);

// The transforms of one dimension, and their adjoints.

#[inline(always)]
fn of_image(d: [V; 4]) -> [V; 4] {
    [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]]
}

#[inline(always)]
fn of_window(g: [V; 3]) -> [V; 4] {
    let (outer, half) = (g[0] + g[2], V([0.5; LANES]));
    [g[0], (outer + g[1]) * half, (outer - g[1]) * half, g[2]]
}

#[inline(always)]
fn to_window(u: [V; 4]) -> [V; 3] {
    let half = V([0.5; LANES]);
    let (sum, difference) = ((u[1] + u[2]) * half, (u[1] - u[2]) * half);
    [u[0] + sum, difference, sum + u[3]]
}

#[inline(always)]
fn to_results(m: [V; 4]) -> [V; 2] {
    [m[0] + m[1] + m[2], m[1] - m[2] - m[3]]
}

#[inline(always)]
fn of_results(y: [V; 2]) -> [V; 4] {
    [y[0], y[0] + y[1], y[0] - y[1], V([0.0; LANES]) - y[1]]
}

/// A pass whose window is 3 × 3 and steps by one, as tiles.
pub(super) struct Filter<'a> {
    pass: &'a Pass,
    /// Row and column of src that the first tap of the first position reads.
    low: [isize; 2],
    /// Where the taps are in the kernel, from the top left one on.
    taps: [usize; 9],
    /// Tiles of an image.
    high: usize,
    wide: usize,
}

/// Some rows of tiles of some images.
struct Block {
    images: Range<usize>,
    rows: Range<usize>,
}

/// How a pass is cut into blocks.
struct Blocks {
    images: usize,
    rows: usize,
    strips: usize,
}

impl<'a> Filter<'a> {
    /// For [`correlate`].
    pub(super) fn of_pass(pass: &'a Pass) -> Option<Filter<'a>> {
        Filter::of(pass, FEW)
    }

    /// For [`correlate_planes`].
    pub(super) fn of_weight(pass: &'a Pass) -> Option<Filter<'a>> {
        Filter::of(pass, FEW_FOR_WEIGHT)
    }

    /// `None` where the pass has another window, has nothing to do, or is too small to gain anything.
    fn of(pass: &'a Pass, few: usize) -> Option<Filter<'a>> {
        let plane = pass.src[0] == 1 && pass.grid[0] == 1 && pass.step == [1; 3] && pass.dst_step == [1; 3];
        let &[(depth, 0)] = &pass.taps[0][..] else { return None };
        let (rows, columns) = (neighbours(&pass.taps[1])?, neighbours(&pass.taps[2])?);
        let [_, high, wide] = pass.grid.map(|n| n.div_ceil(2));
        let gain = pass.channels * pass.rows > TRANSFORM * (pass.channels + pass.rows);
        if !(plane && gain && pass.batch > 0 && high * wide >= few && wide <= WIDE) {
            return None;
        }
        let place = |i: usize| (depth * pass.kernel[1] + rows.1[i / 3]) * pass.kernel[2] + columns.1[i % 3];
        Some(Filter { pass, low: [rows.0, columns.0], taps: from_fn(place), high, wide })
    }

    fn blocks(&self, most_images: usize) -> Blocks {
        let (pass, tiles) = (self.pass, self.high * self.wide);
        let images = (TILES / tiles).clamp(1, most_images.max(1)).min(pass.batch);
        let strips = self.high.div_ceil((TILES / self.wide).max(1));
        Blocks { images, rows: self.high.div_ceil(strips), strips }
    }

    /// Where channel `c` of image `n` begins among `channels` of each group.
    fn image<'x>(&self, x: &'x [f32], n: usize, group: usize, channels: usize, c: usize) -> &'x [f32] {
        let image = product(self.pass.src);
        &x[((n * self.pass.groups + group) * channels + c) * image..][..image]
    }
}

/// The first shift of three taps that follow each other, and which of the kernel they are.
fn neighbours(taps: &[(usize, isize)]) -> Option<(isize, [usize; 3])> {
    let low = taps.iter().map(|tap| tap.1).min()?;
    let at = |i: isize| taps.iter().find(|tap| tap.1 == low + i).map(|tap| tap.0);
    (taps.len() == 3).then_some((low, [at(0)?, at(1)?, at(2)?]))
}

impl Blocks {
    fn count(&self, batch: usize) -> usize {
        batch.div_ceil(self.images) * self.strips
    }

    fn get(&self, filter: &Filter, i: usize) -> Block {
        let (first, row) = (i / self.strips * self.images, i % self.strips * self.rows);
        let images = first..filter.pass.batch.min(first + self.images);
        Block { images, rows: row..filter.high.min(row + self.rows) }
    }

    /// Tiles of a block, at most.
    fn tiles(&self, filter: &Filter) -> usize {
        self.images * self.rows * filter.wide
    }
}

/// Where the 16 matrices of V, M or W lie, of which each has a row of tiles for every channel.
///
/// Neighbouring rows, and the same row of neighbouring places, are an odd number of cache lines apart: they should not
/// compete for one set of the cache.
#[derive(Clone, Copy)]
struct Room {
    /// From row to row; a vector may be written beyond a row's end.
    row: usize,
    /// From place to place.
    place: usize,
}

impl Room {
    fn new(rows: usize, tiles: usize) -> Room {
        const LINE: usize = 16;
        let row = tiles.next_multiple_of(2 * LINE) + LINE;
        let place = (rows * row).next_multiple_of(2 * LINE) + LINE;
        Room { row, place }
    }

    /// Memory for all places.
    fn scratch(self) -> Result<Buffer, Refused> {
        scratch::<f32>(PLACES * self.place)
    }
}

/// Whether sums of the numbers, and of their products with others of which this is true, are far from overflow.
pub(super) fn is_calm(x: &[f32]) -> bool {
    /// 2⁶⁰
    const LARGE: u32 = (127 + 60) << 23;
    let calm = AtomicBool::new(true);
    parallel::ranges(x.len(), parallel::GRAIN, |range| {
        let x = &x[range];
        let mut largest = 0;
        dispatch_wide(
            #[inline(always)]
            || largest = x.iter().fold(0, |largest: u32, x| largest.max(x.to_bits() & (u32::MAX >> 1))),
        );
        if largest > LARGE {
            calm.store(false, Ordering::Relaxed);
        }
    });
    calm.into_inner()
}

/// dst ← the pass of src and w, from the bias on.
pub(super) fn correlate(
    filter: &Filter,
    src: &[f32],
    w: &[f32],
    bias: Option<&[f32]>,
    dst: &mut [f32],
) -> Result<(), Refused> {
    let Pass { groups, channels, rows, batch, .. } = *filter.pass;
    let machine = Machine::here::<f32>();
    let blocks = filter.blocks(batch.div_ceil(parallel::threads()));
    let (count, tiles) = (blocks.count(batch), blocks.tiles(filter).next_multiple_of(machine.lanes));
    let (before, after) = (Room::new(channels, tiles), Room::new(rows, tiles));
    // For each group and place, the product of matrices is a convolution with a window of one number.
    let products = Pass::points(groups * PLACES, channels, rows, tiles, after.row);
    let panels = filter.weights(w, &products, machine)?;
    let vectors = (0..tiles).step_by(machine.lanes);
    let vectors: Vec<Place> = vectors.map(|t| Place { src: t, dst: t, len: machine.lanes, at: [0, 0, t] }).collect();
    let offsets: Vec<usize> = (0..DEPTH.min(channels)).map(|c| c * before.row).collect();
    let out = Parts::new(dst);
    each_unit(groups * count, tiles * PLACES * channels * (rows + 8), |unit| {
        let (group, block) = (unit % groups, blocks.get(filter, unit / groups));
        let (mut v, mut m) = (before.scratch()?, after.scratch()?);
        let (v, m) = (v.as_mut_slice(), m.as_mut_slice());
        filter.tiles_of_images(src, group, &block, before, v);
        for place in 0..PLACES {
            let out = Parts::new(&mut m[place * after.place..][..after.place]);
            for c in (0..channels).step_by(DEPTH) {
                f32::vectorize(Sweep {
                    pass: &products,
                    grid: products.grid,
                    vectors: machine.tile().1,
                    planes: &v[place * before.place + c * before.row..],
                    places: &vectors,
                    offsets: &offsets[..DEPTH.min(channels - c)],
                    panels: &panels.each,
                    weights: panels.of_group(group * PLACES + place),
                    depth: c,
                    bias: None,
                    out: &out,
                });
            }
        }
        let bias = bias.map(|b| &b[group * rows..][..rows]);
        filter.results(m, group, &block, after, bias, &out);
        Ok(())
    })
}

/// w\[o, c, t\] = Σ g\[n, o, p\] · x\[n, c, p + shift(t)\]
pub(super) fn correlate_planes(filter: &Filter, x: &[f32], g: &[f32], w: &mut [f32]) -> Result<(), Refused> {
    let Pass { groups, channels, rows, batch, .. } = *filter.pass;
    // Blocks and parts are the same for any number of threads, so that the order of the sums is.
    let blocks = filter.blocks(batch);
    let (count, before) = (blocks.count(batch), Room::new(channels, blocks.tiles(filter)));
    let (bands, size) = (rows.div_ceil(ROWS), PLACES * rows * channels);
    let parts = (8usize.div_ceil(groups * bands)).clamp(1, count).min((4usize << 20).div_ceil(size * groups));
    let mut sums = scratch::<f32>(parts * groups * size)?;
    let all = Parts::new(&mut sums.as_mut_slice::<f32>()[..parts * groups * size]);
    let cost = blocks.tiles(filter) * PLACES * channels * (ROWS.min(rows) + 8) * count.div_ceil(parts);
    each_unit(groups * bands * parts, cost, |unit| {
        let (group, unit) = (unit % groups, unit / groups);
        let (band, part) = (unit % bands * ROWS, unit / bands);
        let band = band..rows.min(band + ROWS);
        let after = Room::new(band.len(), blocks.tiles(filter));
        let (mut v, mut g_tiles) = (before.scratch()?, after.scratch()?);
        let (v, g_tiles) = (v.as_mut_slice(), g_tiles.as_mut_slice());
        for (i, block) in (part * count / parts..(part + 1) * count / parts).enumerate() {
            let block = blocks.get(filter, block);
            let tiles = block.images.len() * block.rows.len() * filter.wide;
            filter.tiles_of_images(x, group, &block, before, v);
            filter.tiles_of_results(g, group, band.clone(), &block, after, g_tiles);
            for place in 0..PLACES {
                let from = ((part * groups + group) * PLACES + place) * rows * channels;
                // SAFETY: each part, group, place and band has sums of its own.
                let sums = unsafe { all.part(from + band.start * channels..from + band.end * channels) };
                let g = Mat::new(&g_tiles[place * after.place..], (after.row, 1));
                let v = Mat::new(&v[place * before.place..], (1, before.row));
                let (first, sums) = ((i > 0) as u8 as f32, MatMut::new(sums, (channels, 1)));
                f32::product(band.len(), channels, tiles, 1.0, g, v, first, sums, 1);
            }
        }
        Ok(())
    })?;
    filter.weights_back(sums.as_slice(), parts, w);
    Ok(())
}

impl Filter<'_> {
    /// U of the weight, for the groups of `products`: the places of each group.
    fn weights(&self, w: &[f32], products: &Pass, machine: Machine) -> Result<Panels, Refused> {
        let Pass { groups, channels, rows, weight_steps: (row, channel), .. } = *self.pass;
        let mut panels = Panels::empty::<f32>(products, machine)?;
        let (data, each, place_size) = panels.parts::<f32>();
        let data = Parts::new(data);
        parallel::ranges(groups * each.len(), (parallel::GRAIN / (channels * 128)).max(1), |units| {
            for unit in units {
                let (group, panel) = (unit / each.len(), &each[unit % each.len()]);
                let w = &w[group * rows * channels * product(self.pass.kernel)..];
                let filled = panel.width.min(rows - panel.row);
                dispatch_wide(
                    #[inline(always)]
                    || {
                        for c in 0..channels {
                            let mut taps = [V([0.0; LANES]); 9];
                            for r in 0..filled {
                                let from = &w[(panel.row + r) * row + c * channel..];
                                for (tap, &at) in taps.iter_mut().zip(&self.taps) {
                                    tap.0[r] = from[at];
                                }
                            }
                            let at = group * PLACES * place_size + panel.start + c * panel.width;
                            let mut columns = [[V([0.0; LANES]); 4]; 3];
                            for (x, column) in columns.iter_mut().enumerate() {
                                *column = of_window([taps[x], taps[3 + x], taps[6 + x]]);
                            }
                            for i in [0, 1, 2, 3] {
                                let row = of_window([columns[0][i], columns[1][i], columns[2][i]]);
                                for (x, u) in row.iter().enumerate() {
                                    let at = at + (4 * i + x) * place_size;
                                    // SAFETY: each panel of each group is in one unit.
                                    let to = unsafe { data.part(at..at + panel.width) };
                                    to.copy_from_slice(&u.0[..panel.width]);
                                }
                            }
                        }
                    },
                );
            }
        });
        Ok(panels)
    }

    /// The gradient of the weight from `parts` sums of that of U.
    fn weights_back(&self, sums: &[f32], parts: usize, w: &mut [f32]) {
        let Pass { groups, channels, rows, .. } = *self.pass;
        let (size, kernel) = (rows * channels, product(self.pass.kernel));
        let out = Parts::new(w);
        parallel::ranges(groups * rows, (parallel::GRAIN / (channels * 16 * parts)).max(1), |units| {
            for unit in units {
                let (group, r) = (unit / rows, unit % rows);
                // SAFETY: each group and row is in one unit.
                let w = unsafe { out.part(unit * channels * kernel..(unit + 1) * channels * kernel) };
                for c in (0..channels).step_by(LANES) {
                    let n = LANES.min(channels - c);
                    let mut places = [V([0.0; LANES]); PLACES];
                    for part in 0..parts {
                        for (place, values) in places.iter_mut().enumerate() {
                            let from = ((part * groups + group) * PLACES + place) * size + r * channels + c;
                            values.0.iter_mut().zip(&sums[from..from + n]).for_each(|(x, s)| *x += s);
                        }
                    }
                    let mut taps = [V([0.0; LANES]); 9];
                    dispatch_wide(
                        #[inline(always)]
                        || {
                            let mut columns = [[V([0.0; LANES]); 3]; 4];
                            for (x, column) in columns.iter_mut().enumerate() {
                                *column = to_window([places[x], places[4 + x], places[8 + x], places[12 + x]]);
                            }
                            for i in [0, 1, 2] {
                                let row = to_window([columns[0][i], columns[1][i], columns[2][i], columns[3][i]]);
                                taps[3 * i..][..3].copy_from_slice(&row);
                            }
                        },
                    );
                    for (i, w) in w[c * kernel..].chunks_exact_mut(kernel).take(n).enumerate() {
                        for (tap, &at) in taps.iter().zip(&self.taps) {
                            w[at] = tap.0[i];
                        }
                    }
                }
            }
        });
    }

    /// V of a block.
    fn tiles_of_images(&self, src: &[f32], group: usize, block: &Block, room: Room, v: &mut [f32]) {
        let (channels, tiles) = (self.pass.channels, block.rows.len() * self.wide);
        // Where the image does not reach, the lines stay zero.
        let mut lines: Lines = from_fn(|_| [0.0; _]);
        let mut columns: Columns = from_fn(|_| from_fn(|_| [0.0; _]));
        dispatch_wide(
            #[inline(always)]
            || {
                for some in (0..channels).step_by(SOME) {
                    for (i, n) in block.images.clone().enumerate() {
                        for c in some..channels.min(some + SOME) {
                            let image = self.image(src, n, group, channels, c);
                            self.columns_of_image(image, &block.rows, &mut lines, &mut columns);
                            let to = c * room.row + i * tiles;
                            tiles_of_columns(&columns, self.wide, tiles, room.place, &mut v[to..]);
                        }
                    }
                }
            },
        );
    }

    /// The transform of the width of the rows of an image under some rows of tiles.
    #[inline(always)]
    fn columns_of_image(&self, image: &[f32], rows: &Range<usize>, lines: &mut Lines, columns: &mut Columns) {
        let [_, height, width] = self.pass.src;
        let (pitch, count) = (self.wide + 1, 2 * rows.len() + 2);
        // The columns that are read begin at `skip`, and the first is column `start` of the lines.
        let (skip, start) = (self.low[1].max(0) as usize, (-self.low[1]).max(0) as usize);
        let n = width.saturating_sub(skip).min((2 * pitch).saturating_sub(start));
        let [even, odd] = &mut *lines;
        let (firsts, seconds) = if start.is_multiple_of(2) { (even, odd) } else { (odd, even) };
        for i in 0..count {
            let y = (2 * rows.start + i) as isize + self.low[0];
            if (0..height as isize).contains(&y) {
                let row = &image[y as usize * width + skip..][..n];
                let at = i * pitch + start / 2;
                unzip(row, &mut firsts[at..], &mut seconds[at + start % 2..]);
            }
        }
        // A pass of its own: what was just written, moved by one column, would have to be waited for.
        for i in 0..count {
            let (from, to) = (i * pitch, i / 2 * self.wide);
            for j in (0..self.wide).step_by(LANES) {
                let mut d = [V([0.0; LANES]); 4];
                for (x, d) in d.iter_mut().enumerate() {
                    *d = V::load(&lines[x % 2], from + j + x / 2);
                }
                for (x, v) in of_image(d).iter().enumerate() {
                    v.store(&mut columns[x][i % 2], to + j);
                }
            }
        }
    }

    /// M of a block to its results.
    fn results(&self, m: &[f32], group: usize, block: &Block, room: Room, bias: Option<&[f32]>, out: &Parts<f32>) {
        let Pass { groups, rows, grid: [_, height, width], .. } = *self.pass;
        let tiles = block.rows.len() * self.wide;
        let mut squares: Squares = from_fn(|_| from_fn(|_| [0.0; _]));
        dispatch_wide(
            #[inline(always)]
            || {
                for some in (0..rows).step_by(SOME) {
                    for (i, n) in block.images.clone().enumerate() {
                        for r in some..rows.min(some + SOME) {
                            let bias = bias.map_or(0.0, |bias| bias[r]);
                            squares_of_tiles(&m[r * room.row + i * tiles..], room.place, tiles, bias, &mut squares);
                            let image = ((n * groups + group) * rows + r) * height * width;
                            for y in 2 * block.rows.start..height.min(2 * block.rows.end) {
                                let at = (y / 2 - block.rows.start) * self.wide;
                                let [even, odd] = &squares[y % 2];
                                // SAFETY: each row of each image and group is in one block.
                                let row = unsafe { out.part(image + y * width..image + (y + 1) * width) };
                                zip(&even[at..], &odd[at..], row);
                            }
                        }
                    }
                }
            },
        );
    }

    /// W of a block: what the adjoint of [`Filter::results`] makes of g's rows in `band`.
    fn tiles_of_results(
        &self,
        g: &[f32],
        group: usize,
        band: Range<usize>,
        block: &Block,
        room: Room,
        tiles: &mut [f32],
    ) {
        let Pass { groups, rows, grid: [_, height, width], .. } = *self.pass;
        let count = block.rows.len() * self.wide;
        // Where tiles reach over the edge, the squares stay zero.
        let mut squares: Squares = from_fn(|_| from_fn(|_| [0.0; _]));
        dispatch_wide(
            #[inline(always)]
            || {
                for some in band.clone().step_by(SOME) {
                    for (i, n) in block.images.clone().enumerate() {
                        for r in some..band.end.min(some + SOME) {
                            let image = &g[((n * groups + group) * rows + r) * height * width..][..height * width];
                            for y in 2 * block.rows.start..height.min(2 * block.rows.end) {
                                let at = (y / 2 - block.rows.start) * self.wide;
                                let [even, odd] = &mut squares[y % 2];
                                unzip(&image[y * width..(y + 1) * width], &mut even[at..], &mut odd[at..]);
                            }
                            let to = (r - band.start) * room.row + i * count;
                            tiles_of_squares(&squares, count, room.place, &mut tiles[to..]);
                        }
                    }
                }
            },
        );
    }
}

/// The transform of the height of `n` tiles, `wide` in a row, to places that are `apart` numbers from each other.
#[inline(always)]
fn tiles_of_columns(columns: &Columns, wide: usize, n: usize, apart: usize, v: &mut [f32]) {
    for (x, column) in columns.iter().enumerate() {
        for t in (0..n).step_by(LANES) {
            let mut d = [V([0.0; LANES]); 4];
            for (i, d) in d.iter_mut().enumerate() {
                *d = V::load(&column[i % 2], t + i / 2 * wide);
            }
            for (i, place) in of_image(d).iter().enumerate() {
                place.store(v, (4 * i + x) * apart + t);
            }
        }
    }
}

/// The results of `n` tiles of M, whose places are `apart` numbers from each other.
#[inline(always)]
fn squares_of_tiles(m: &[f32], apart: usize, n: usize, bias: f32, squares: &mut Squares) {
    for t in (0..n).step_by(LANES) {
        let mut columns = [[V([0.0; LANES]); 2]; 4];
        for (x, column) in columns.iter_mut().enumerate() {
            let place = |i: usize| V::load(m, (4 * i + x) * apart + t);
            *column = to_results([place(0), place(1), place(2), place(3)]);
        }
        for (i, row) in squares.iter_mut().enumerate() {
            let y = to_results([columns[0][i], columns[1][i], columns[2][i], columns[3][i]]);
            (y[0] + V([bias; LANES])).store(&mut row[0], t);
            (y[1] + V([bias; LANES])).store(&mut row[1], t);
        }
    }
}

/// The adjoint of [`squares_of_tiles`].
#[inline(always)]
fn tiles_of_squares(squares: &Squares, n: usize, apart: usize, tiles: &mut [f32]) {
    for t in (0..n).step_by(LANES) {
        let column = |x: usize| of_results([V::load(&squares[0][x], t), V::load(&squares[1][x], t)]);
        let columns = [column(0), column(1)];
        for i in [0, 1, 2, 3] {
            for (x, place) in of_results([columns[0][i], columns[1][i]]).iter().enumerate() {
                place.store(tiles, (4 * i + x) * apart + t);
            }
        }
    }
}

/// The numbers at even places of a row, and those at odd ones.
#[inline(always)]
fn unzip(row: &[f32], evens: &mut [f32], odds: &mut [f32]) {
    let (pairs, last) = row.as_chunks::<2>();
    let (n, mut done) = (pairs.len(), 0);
    while done < n {
        // The last vector may overlap the one before.
        done += match n {
            8.. => unzip_some::<8>(pairs, done.min(n - 8), evens, odds),
            4.. => unzip_some::<4>(pairs, done.min(n - 4), evens, odds),
            2.. => unzip_some::<2>(pairs, done.min(n - 2), evens, odds),
            _ => unzip_some::<1>(pairs, done, evens, odds),
        };
    }
    if let [x] = last {
        evens[n] = *x;
    }
}

#[inline(always)]
fn unzip_some<const L: usize>(pairs: &[[f32; 2]], at: usize, evens: &mut [f32], odds: &mut [f32]) -> usize {
    let pairs: &[[f32; 2]; L] = pairs[at..].first_chunk().expect("as many pairs as asked for");
    let (mut even, mut odd) = ([0.0; L], [0.0; L]);
    for l in 0..L {
        even[l] = pairs[l][0];
    }
    for l in 0..L {
        odd[l] = pairs[l][1];
    }
    evens[at..][..L].copy_from_slice(&even);
    odds[at..][..L].copy_from_slice(&odd);
    L
}

/// The adjoint of [`unzip`].
#[inline(always)]
fn zip(evens: &[f32], odds: &[f32], row: &mut [f32]) {
    let (pairs, last) = row.as_chunks_mut::<2>();
    let (n, mut done) = (pairs.len(), 0);
    while done < n {
        done += match n {
            8.. => zip_some::<8>(evens, odds, done.min(n - 8), pairs),
            4.. => zip_some::<4>(evens, odds, done.min(n - 4), pairs),
            2.. => zip_some::<2>(evens, odds, done.min(n - 2), pairs),
            _ => zip_some::<1>(evens, odds, done, pairs),
        };
    }
    if let [x] = last {
        *x = evens[n];
    }
}

#[inline(always)]
fn zip_some<const L: usize>(evens: &[f32], odds: &[f32], at: usize, pairs: &mut [[f32; 2]]) -> usize {
    let (evens, odds) = (&evens[at..][..L], &odds[at..][..L]);
    let mut both = [[0.0; 2]; L];
    for l in 0..L {
        both[l] = [evens[l], odds[l]];
    }
    pairs[at..][..L].copy_from_slice(&both);
    L
}
