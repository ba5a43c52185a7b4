//! Reductions: many elements to one.
//!
//! A [`Reduction`] says what becomes of a piece of a row and of a block of columns; [`reduce`] walks memory in its own
//! order and feeds it. Where the dense dimension is reduced, each result takes in a row; else a few rows at a time are
//! taken into a row of results. Results do not depend on the number of threads: a long row is cut into pieces of fixed
//! length.

mod extreme;
mod fold;
mod log_sum_exp;
mod moments;

use std::ops::Range;
use std::sync::OnceLock;

use smallvec::SmallVec;

use crate::dtype::{Compute, ComputeType, DType};
use crate::interrupt;
use crate::layout::{Dims, Layout};
use crate::parallel;
use crate::scalar::Real;
use crate::stream::{Dst, Reader, Src, Strided, TILE, Writer};
use crate::vecmath::dispatch;

pub use extreme::extreme;
pub use fold::{Fold, fold};
pub use log_sum_exp::log_sum_exp;
pub use moments::moments;

/// How elements of type `T` become one result, or a pair of results.
///
/// The methods must be `#[inline(always)]`: their loops are compiled anew for each instruction set.
pub trait Reduction<T: Compute>: Sync {
    /// What is known after some of the elements.
    type State: Copy + Send + Sync;
    /// The type of the second result.
    type Second: Compute;
    fn start(&self) -> Self::State;
    /// Take in up to [`TILE`] consecutive elements, of which the first is number `at`.
    fn row(&self, state: &mut Self::State, tile: &[T], at: usize);
    /// Take a few elements into each of many states: element number `at + i` of state `j` is `rows.row(i)[j]`.
    fn columns(&self, states: &mut [Self::State], rows: Rows<T>, at: usize);
    /// One state for the elements of `a` followed by those of `b`.
    fn merge(&self, a: Self::State, b: Self::State) -> Self::State;
    /// The results for `count` elements.
    fn finish(&self, state: Self::State, count: usize) -> (T, Self::Second);
}

/// Some rows of equal length, `stride` apart.
#[derive(Clone, Copy)]
pub struct Rows<'a, T> {
    data: &'a [T],
    stride: usize,
    count: usize,
    len: usize,
}

impl<'a, T> Rows<'a, T> {
    /// How many rows are handed over at a time: as many as a processor can follow streams of memory.
    const MOST: usize = 8;

    #[inline(always)]
    fn row(&self, i: usize) -> &'a [T] {
        &self.data[i * self.stride..][..self.len]
    }

    /// Part number `c` of row number `i`.
    #[inline(always)]
    fn part<const N: usize>(&self, i: usize, c: usize) -> &'a [T] {
        &self.data[i * self.stride + c * N..][..N]
    }
}

/// Elements of a row that are reduced in one go. The pieces of a long one are the same however many threads there are.
const PIECE: usize = 64 * TILE;

/// What is known of so many pieces is kept at a time: of more, which only an expanded tensor has, each is longer.
const MOST_PIECES: usize = 1 << 20;

/// Rows that are reduced before their results are stored.
const TOGETHER: usize = 64;

/// A few dimensions as one, outermost first.
type Group = SmallVec<[(usize, usize); 6]>;

fn numel(group: &[(usize, usize)]) -> usize {
    group.iter().map(|&(n, _)| n).product()
}

/// Where element number `i` of the group lies.
#[inline]
fn position(group: &[(usize, usize)], mut i: usize) -> usize {
    match *group {
        [] => 0,
        [(_, stride)] => i * stride,
        _ => {
            let mut at = 0;
            for &(n, stride) in group.iter().rev() {
                at += i % n * stride;
                i /= n;
            }
            at
        }
    }
}

/// How many elements of the group, from number `i` on and at most `most`, lie evenly spaced, and how far apart.
fn evenly(group: &[(usize, usize)], i: usize, most: usize) -> (usize, usize) {
    group.last().map_or((1, 0), |&(n, stride)| (most.min(n - i % n), stride))
}

fn layout(offset: usize, groups: &[&[(usize, usize)]]) -> Layout {
    let dims = || groups.iter().copied().flatten();
    Layout { shape: dims().map(|d| d.0).collect(), strides: dims().map(|d| d.1).collect(), offset }
}

/// Reduce the dimensions in which the destinations have size 1 and `src` has not. The layouts have the source's rank.
pub fn reduce<T: Compute, R: Reduction<T>>(r: &R, src: Src, first: Option<Dst>, second: Option<Dst>) {
    let Src::View { data, dtype, layout: from } = src else { return };
    let Some(out) = first.as_ref().or(second.as_ref()).map(|d| d.layout.clone()) else { return };
    let (all, results) = (from.numel(), out.numel());
    if results == 0 {
        return;
    }
    let direct = dtype == T::DTYPE;
    if results == 1 && all <= TILE && direct && from.is_contiguous() {
        // The common case, and for small tensors the one that counts.
        let mut state = [r.start()];
        let whole = Runs { from: from.offset, stride: 0, count: 1, len: all, at: 0, each: true };
        take_rows(r, &mut state, data.as_slice(), whole);
        return Sink::<T, R::Second>::new(first, second, &[]).writers(&(0..1)).put(r, &state, all);
    }
    // The dimensions in the order of memory; neighbours that step evenly and share their fate are one.
    let mut kept = Group::new();
    let mut gone = Group::new();
    let mut order = Dims::new();
    let mut last_is_gone = None;
    for d in from.order() {
        let (n, stride) = (from.shape[d], from.strides[d]);
        let is_gone = out.shape[d] != n;
        if !is_gone {
            order.push(d);
        }
        if n == 1 {
            continue;
        }
        let group = if is_gone { &mut gone } else { &mut kept };
        match group.last_mut() {
            Some((m, step)) if last_is_gone == Some(is_gone) && *step == n * stride => (*m, *step) = (*m * n, stride),
            _ => group.push((n, stride)),
        }
        last_is_gone = Some(is_gone);
    }
    let to = Sink::<T, R::Second>::new(first, second, &order);
    let count = all / results;
    let task = Task { r, data, direct, dtype, offset: from.offset, gone, count, to };
    match last_is_gone {
        Some(false) if count != 1 => task.by_columns(kept),
        _ => task.by_rows(kept, results),
    }
}

struct Task<'a, T: Compute, R: Reduction<T>> {
    r: &'a R,
    data: &'a crate::Buffer,
    /// Whether memory holds what the reduction computes with.
    direct: bool,
    dtype: DType,
    offset: usize,
    gone: Group,
    /// Elements per result.
    count: usize,
    to: Sink<T, R::Second>,
}

impl<T: Compute, R: Reduction<T>> Task<'_, T, R> {
    fn by_rows(&self, kept: Group, results: usize) {
        let count = self.count;
        // Whether elements lie side by side, as the reduction wants them.
        let slices = self.direct && matches!(self.gone.last(), None | Some((_, 1)));
        let whole = (!slices).then(|| Strided::new(self.data, self.dtype, &layout(self.offset, &[&kept, &self.gone])));
        let reader = |range: Range<usize>| match &whole {
            // SAFETY: the source is borrowed for the whole call and only read.
            Some(whole) if !range.is_empty() => Some(unsafe { Reader::<T>::new(whole, &range, false) }),
            _ => None,
        };
        // Long rows are cut.
        if count > PIECE {
            let piece = PIECE * count.div_ceil(PIECE).div_ceil(MOST_PIECES);
            let pieces = count.div_ceil(piece);
            for first in (0..results).step_by((MOST_PIECES / pieces).max(1)) {
                let some = (MOST_PIECES / pieces).max(1).min(results - first);
                let partial: Vec<OnceLock<R::State>> = (0..some * pieces).map(|_| OnceLock::new()).collect();
                parallel::ranges(partial.len(), 1, |range| {
                    for unit in range {
                        let (result, from) = (first + unit / pieces, unit % pieces * piece);
                        let span = from..count.min(from + piece);
                        let mut reader = reader(result * count + span.start..result * count + span.end);
                        let mut state = [self.r.start()];
                        self.rows(&mut state, &mut reader, &kept, result, span);
                        let _ = partial[unit].set(state[0]);
                    }
                });
                let total = |parts: &[OnceLock<R::State>]| {
                    parts.iter().filter_map(OnceLock::get).fold(self.r.start(), |a, &b| self.r.merge(a, b))
                };
                for (result, parts) in partial.chunks(pieces).enumerate() {
                    let result = first + result;
                    self.to.writers(&(result..result + 1)).put(self.r, &[total(parts)], count);
                }
                if interrupt::is_stopped() {
                    return;
                }
            }
            return;
        }
        parallel::ranges(results, (parallel::GRAIN / count.max(1)).max(1), |range| {
            let mut to = self.to.writers(&range);
            let mut reader = reader(range.start * count..range.end * count);
            // Short rows are taken several at a time.
            let together = if reader.is_some() { (TILE / count).clamp(1, TOGETHER) } else { TOGETHER };
            for first in range.clone().step_by(together) {
                let n = together.min(range.end - first);
                let mut states = [self.r.start(); TOGETHER];
                self.rows(&mut states[..n], &mut reader, &kept, first, 0..count);
                to.put(self.r, &states[..n], count);
            }
        });
    }

    /// Take into each state the elements `span` of its row; the first state's row is number `first`.
    fn rows(
        &self,
        states: &mut [R::State],
        reader: &mut Option<Reader<T>>,
        kept: &Group,
        first: usize,
        span: Range<usize>,
    ) {
        let n = span.len();
        if n == 0 {
            return;
        }
        let Some(reader) = reader else { return self.slices(states, kept, first, span) };
        if n <= TILE {
            let runs = Runs { from: 0, stride: n, count: states.len(), len: n, at: span.start, each: true };
            return take_rows(self.r, states, reader.next(states.len() * n), runs);
        }
        for at in span.clone().step_by(TILE) {
            let tile = reader.next(TILE.min(span.end - at));
            take_rows(self.r, states, tile, Runs { from: 0, stride: 0, count: 1, len: tile.len(), at, each: false });
        }
    }

    /// [`Task::rows`], straight from memory.
    fn slices(&self, states: &mut [R::State], kept: &Group, first: usize, span: Range<usize>) {
        let data = self.data.as_slice::<T>();
        // A row is one slice after the other.
        let (&(side, _), outer) = self.gone.split_last().unwrap_or((&(1, 1), &[]));
        let start = |row: usize| self.offset + position(kept, row);
        if outer.is_empty() && span.len() <= TILE {
            let mut done = 0;
            while done < states.len() {
                let from = start(first + done) + span.start;
                let (count, stride) = evenly(kept, first + done, states.len() - done);
                let runs = Runs { from, stride, count, len: span.len(), at: span.start, each: true };
                take_rows(self.r, &mut states[done..], data, runs);
                done += count;
            }
            return;
        }
        for (i, state) in states.iter_mut().enumerate() {
            let (start, mut at) = (start(first + i), span.start);
            while at < span.end {
                let from = start + position(outer, at / side) + at % side;
                let rest = (side - at % side).min(span.end - at);
                let (count, stride, len) = match rest {
                    _ if rest > TILE => (rest / TILE, TILE, TILE),
                    _ if rest < side => (1, 0, rest),
                    _ => {
                        let (count, stride) = evenly(outer, at / side, (span.end - at) / side);
                        (count, stride, side)
                    }
                };
                let runs = Runs { from, stride, count, len, at, each: false };
                take_rows(self.r, std::slice::from_mut(state), data, runs);
                at += count * len;
            }
        }
    }

    fn by_columns(&self, mut kept: Group) {
        let Some((inner, step)) = kept.pop() else { return };
        let outer = numel(&kept);
        // High columns are cut, into pieces of at least so many elements.
        let high = (16 * PIECE / inner.min(TILE)).next_multiple_of(Rows::<T>::MOST);
        // So many states would be kept at once that only an expanded tensor can have the elements for them.
        let states = (outer * inner).checked_mul(self.count.div_ceil(high));
        if self.count > high && states.is_some_and(|n| n <= MOST_PIECES * 64) {
            return self.by_pieces_of_columns(&kept, (inner, step), high);
        }
        // Wide enough for streaming, narrow enough that each thread has some.
        let wide =
            if outer == 1 { inner.div_ceil(2 * parallel::threads()).next_multiple_of(64).min(TILE) } else { TILE };
        let pieces = inner.div_ceil(wide);
        let grain = (parallel::GRAIN / (self.count.max(1) * inner.min(wide))).max(1);
        parallel::ranges(outer * pieces, grain, |range| {
            let mut states: SmallVec<[R::State; 32]> = SmallVec::new();
            let place = |unit: usize| unit / pieces * inner + unit % pieces * wide;
            let mut to = self.to.writers(&(place(range.start)..place(range.end)));
            let mut block: Vec<T> = Vec::new();
            for unit in range {
                let (o, from) = (unit / pieces, unit % pieces * wide);
                let n = wide.min(inner - from);
                states.clear();
                states.resize(n, self.r.start());
                let at = self.offset + position(&kept, o) + from * step;
                self.columns(at, (n, step), 0..self.count, &mut states, &mut block);
                to.put(self.r, &states, self.count);
            }
        });
    }

    /// [`Task::by_columns`], `high` rows at a time.
    fn by_pieces_of_columns(&self, kept: &[(usize, usize)], (inner, step): (usize, usize), high: usize) {
        let (pieces, blocks) = (self.count.div_ceil(high), inner.div_ceil(TILE));
        let partial: Vec<OnceLock<Vec<R::State>>> =
            (0..numel(kept) * blocks * pieces).map(|_| OnceLock::new()).collect();
        parallel::ranges(partial.len(), 1, |range| {
            let mut block: Vec<T> = Vec::new();
            for unit in range {
                let (o, from) = (unit / pieces / blocks, unit / pieces % blocks * TILE);
                let (n, row) = (TILE.min(inner - from), unit % pieces * high);
                let mut states = vec![self.r.start(); n];
                let at = self.offset + position(kept, o) + from * step;
                self.columns(at, (n, step), row..self.count.min(row + high), &mut states, &mut block);
                let _ = partial[unit].set(states);
            }
        });
        for (unit, partial) in partial.chunks(pieces).enumerate() {
            let mut parts = partial.iter().filter_map(OnceLock::get);
            // None where the work was stopped.
            let Some(mut totals) = parts.next().cloned() else { return };
            for part in parts {
                totals.iter_mut().zip(part).for_each(|(a, &b)| *a = self.r.merge(*a, b));
            }
            let first = unit / blocks * inner + unit % blocks * TILE;
            self.to.writers(&(first..first + totals.len())).put(self.r, &totals, self.count);
        }
    }

    /// Take in `rows` of the columns `(n, step)` that start at `offset`.
    fn columns(
        &self,
        offset: usize,
        (n, step): (usize, usize),
        rows: Range<usize>,
        states: &mut [R::State],
        block: &mut Vec<T>,
    ) {
        if rows.is_empty() {
            return;
        }
        if self.direct && step == 1 {
            let data = self.data.as_slice::<T>();
            let (run, stride) = self.gone.last().copied().unwrap_or((1, 0));
            let outer = &self.gone[..self.gone.len().saturating_sub(1)];
            let mut row = rows.start;
            while row < rows.end {
                let (o, first) = (row / run, row % run);
                let count = (run - first).min(rows.end - row);
                let data = &data[offset + position(outer, o) + first * stride..];
                take_columns(self.r, states, Rows { data, stride, count, len: n }, row);
                row += count;
            }
            return;
        }
        let from = Strided::new(self.data, self.dtype, &layout(offset, &[&self.gone, &[(n, step)]]));
        // SAFETY: the source is borrowed for the whole call and only read.
        let mut reader = unsafe { Reader::<T>::new(&from, &(rows.start * n..rows.end * n), false) };
        for i in rows.clone().step_by(Rows::<T>::MOST) {
            let count = Rows::<T>::MOST.min(rows.end - i);
            block.clear();
            for _ in 0..count {
                block.extend_from_slice(reader.next(n));
            }
            take_columns(self.r, states, Rows { data: block, stride: n, count, len: n }, i);
        }
    }
}

/// `count` times `len` elements side by side, `stride` apart from each other. The first is number `at` of its row.
struct Runs {
    from: usize,
    stride: usize,
    count: usize,
    len: usize,
    at: usize,
    /// Whether each is a row, with a state of its own; else they follow each other in one.
    each: bool,
}

// The only two places where a reduction's loops are compiled: there are many reductions.

#[inline(never)]
fn take_rows<T: Compute, R: Reduction<T>>(r: &R, states: &mut [R::State], data: &[T], runs: Runs) {
    let Runs { from, stride, count, len, at, each } = runs;
    dispatch(
        #[inline(always)]
        move || {
            // Not `for_each`, which nothing makes the compiler inline: its loop would be baseline code.
            for i in 0..count {
                let (state, at) = if each { (i, at) } else { (0, at + i * len) };
                r.row(&mut states[state], &data[from + i * stride..][..len], at);
            }
        },
    );
}

/// Any number of rows; the first holds the columns' elements number `at`.
#[inline(never)]
fn take_columns<T: Compute, R: Reduction<T>>(r: &R, states: &mut [R::State], rows: Rows<T>, at: usize) {
    dispatch(
        #[inline(always)]
        move || {
            for i in (0..rows.count).step_by(Rows::<T>::MOST) {
                let some = Rows::<T>::MOST.min(rows.count - i);
                r.columns(states, Rows { data: &rows.data[i * rows.stride..], count: some, ..rows }, at + i);
            }
        },
    );
}

/// Where results go.
struct Sink<T, U> {
    first: Option<Strided>,
    second: Option<Strided>,
    types: std::marker::PhantomData<fn(T, U)>,
}

impl<T: Compute, U: Compute> Sink<T, U> {
    /// `order` lists the kept dimensions, outermost first.
    fn new(first: Option<Dst>, second: Option<Dst>, order: &[usize]) -> Sink<T, U> {
        let strided = |d: Dst| Strided::new(d.data, d.dtype, &d.layout.permute(order));
        Sink { first: first.map(strided), second: second.map(strided), types: std::marker::PhantomData }
    }

    /// For the results of a range, in their order. Each is stored once, by one thread.
    fn writers(&self, range: &Range<usize>) -> Writers<T, U> {
        // SAFETY: the destination is borrowed while the sink is in use; ranges are disjoint.
        let first = self.first.as_ref().map(|to| unsafe { Writer::new(to, range) });
        // SAFETY: as above.
        let second = self.second.as_ref().map(|to| unsafe { Writer::new(to, range) });
        Writers { first, second }
    }
}

struct Writers<T: Compute, U: Compute> {
    first: Option<Writer<T>>,
    second: Option<Writer<U>>,
}

impl<T: Compute, U: Compute> Writers<T, U> {
    /// What the states come to, each of `count` elements.
    #[inline(never)]
    fn put<R: Reduction<T, Second = U>>(&mut self, r: &R, states: &[R::State], count: usize) {
        if let Some(writer) = &mut self.first {
            writer.next(states.len(), |out| out.iter_mut().zip(states).for_each(|(o, &s)| *o = r.finish(s, count).0));
        }
        if let Some(writer) = &mut self.second {
            writer.next(states.len(), |out| out.iter_mut().zip(states).for_each(|(o, &s)| *o = r.finish(s, count).1));
        }
    }
}

/// Accumulators side by side, for the processor to fill its vectors with.
const LANES: usize = 32;

/// Fold a tile in lanes, then the lanes pairwise. To join `start` changes nothing.
#[inline(always)]
fn in_lanes<T: Copy>(start: T, tile: &[T], lift: impl Fn(T) -> T, join: impl Fn(T, T) -> T) -> T {
    if tile.len() < 8 {
        return tile.iter().fold(start, |all, &x| join(all, lift(x)));
    }
    let (rows, rest) = tile.as_chunks::<LANES>();
    let mut eight = [start; 8];
    if !rows.is_empty() {
        let mut lanes = [start; LANES];
        for row in rows {
            for (lane, &x) in lanes.iter_mut().zip(row) {
                *lane = join(*lane, lift(x));
            }
        }
        let lanes = seam(lanes);
        for (i, lane) in eight.iter_mut().enumerate() {
            *lane = join(join(lanes[i], lanes[i + 16]), join(lanes[i + 8], lanes[i + 24]));
        }
    }
    let (rows, rest) = rest.as_chunks::<8>();
    for row in rows {
        for (lane, &x) in eight.iter_mut().zip(row) {
            *lane = join(*lane, lift(x));
        }
    }
    let [a, b] = halved::<T, 4, 2>(halved::<T, 8, 4>(seam(eight), &join), &join);
    rest.iter().fold(join(a, b), |all, &x| join(all, lift(x)))
}

/// A seam for the compiler: else it arranges the loop that made `x` by what is done with it next.
#[inline(always)]
fn seam<T>(x: T) -> T {
    std::hint::black_box(x)
}

#[inline(always)]
fn halved<T: Copy, const N: usize, const HALF: usize>(x: [T; N], join: &impl Fn(T, T) -> T) -> [T; HALF] {
    std::array::from_fn(|i| join(x[i], x[i + HALF]))
}

/// Σ f(x) in lanes.
#[inline(always)]
fn in_lanes_mapped<T: Compute + Real>(tile: &[T], f: impl Fn(T) -> T) -> T {
    in_lanes(T::default(), tile, f, |a, b| a + b)
}

#[inline(always)]
fn is_nan<T: PartialEq>(x: T) -> bool {
    #[allow(clippy::eq_op)]
    let differs = x != x;
    differs
}

/// The larger; NaN where either is.
#[inline(always)]
fn larger<T: Copy + PartialOrd>(a: T, b: T) -> T {
    if (a > b) | is_nan(a) { a } else { b }
}

/// The smaller; NaN where either is.
#[inline(always)]
fn smaller<T: Copy + PartialOrd>(a: T, b: T) -> T {
    if (a < b) | is_nan(a) { a } else { b }
}

/// Whole numbers go through i64, floats through the wider of the two types.
fn compute_of(a: DType, b: DType) -> ComputeType {
    match (a, b) {
        (DType::F64, _) | (_, DType::F64) => ComputeType::F64,
        (a, b) if a.is_float() || b.is_float() => ComputeType::F32,
        _ => ComputeType::I64,
    }
}

fn dtype_of(src: &Src, out: DType) -> DType {
    if let Src::View { dtype, .. } = src { *dtype } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Buffer;

    fn folded(kind: Fold, values: &[f32], layout: &Layout, shape: &[usize]) -> Vec<f32> {
        let data = Buffer::from_slice(values).unwrap();
        let out = Layout::dense(shape);
        let mut to = Buffer::stale(out.numel() * 4).unwrap();
        fold(
            kind,
            Src::View { data: &data, dtype: DType::F32, layout },
            Dst { data: &mut to, dtype: DType::F32, layout: &out },
        );
        to.as_slice::<f32>().to_vec()
    }

    #[test]
    fn every_order_of_dimensions() {
        let values: Vec<f32> = (0..24).map(|i| i as f32).collect();
        let base = Layout::dense(&[2, 3, 4]);
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let layout = base.permute(&order);
            for mask in 0..8 {
                let shape: Vec<usize> = (0..3).map(|d| if mask >> d & 1 == 1 { 1 } else { layout.shape[d] }).collect();
                let mut want = vec![0f32; shape.iter().product()];
                for i in 0..24 {
                    let [b, c] = [layout.shape[1], layout.shape[2]];
                    let index = [i / (b * c), i / c % b, i % c];
                    let at = (0..3).fold(0, |at, d| at * shape[d] + if shape[d] == 1 { 0 } else { index[d] });
                    want[at] += values[layout.position(i)];
                }
                assert_eq!(folded(Fold::Sum, &values, &layout, &shape), want, "{order:?} {mask:03b}");
            }
        }
    }

    #[test]
    fn long_sums_are_accurate() {
        let values = vec![0.1f32; 3_000_000];
        let total = folded(Fold::Sum, &values, &Layout::dense(&[3_000_000]), &[1])[0];
        assert!((total - 300_000.0).abs() < 0.1, "{total}");
        let columns = folded(Fold::Sum, &values, &Layout::dense(&[1_000_000, 3]), &[1, 3]);
        // Up to 64 additions in f32, each rounding by at most 2⁻²⁴ of the sum.
        let bound = 100_000.0 * 64.0 * f32::EPSILON / 2.0;
        assert!(columns.iter().all(|c| (c - 100_000.0).abs() < bound), "{columns:?}");
    }

    #[test]
    fn pieces_are_put_together() {
        // Whole numbers, whose sums are exact in any order.
        let (n, m) = (600_000, 3);
        let values: Vec<f32> = (0..n * m).map(|i| (i % 7) as f32).collect();
        let sum = |of: &dyn Fn(usize) -> bool| (0..n * m).filter(|&i| of(i)).map(|i| (i % 7) as f32).sum::<f32>();
        let columns: Vec<f32> = (0..m).map(|c| sum(&|i| i % m == c)).collect();
        assert_eq!(folded(Fold::Sum, &values, &Layout::dense(&[n, m]), &[1, m]), columns);
        assert_eq!(folded(Fold::Sum, &values, &Layout::dense(&[n, m]).transpose(0, 1), &[m, 1]), columns);
        let rows: Vec<f32> = (0..m).map(|r| sum(&|i| i / n == r)).collect();
        assert_eq!(folded(Fold::Sum, &values, &Layout::dense(&[m, n]), &[m, 1]), rows);
        assert_eq!(folded(Fold::Sum, &values, &Layout::dense(&[m, n]).transpose(0, 1), &[1, m]), rows);
        // Every third of two dimensions, kept and reduced in turn.
        let layout = Layout::dense(&[m, n / 3, 3]).select(2, 1);
        let thirds: Vec<f32> = (0..m).map(|r| sum(&|i| i / n == r && i % 3 == 1)).collect();
        assert_eq!(folded(Fold::Sum, &values, &layout, &[m, 1]), thirds);
    }

    #[test]
    fn empty_and_nan() {
        assert_eq!(folded(Fold::Sum, &[], &Layout::dense(&[0, 2]), &[1, 2]), [0.0, 0.0]);
        assert_eq!(folded(Fold::Prod, &[], &Layout::dense(&[2, 0]), &[2, 1]), [1.0, 1.0]);
        assert!(folded(Fold::Max, &[1.0, f32::NAN, 3.0], &Layout::dense(&[3]), &[1])[0].is_nan());
    }
}
