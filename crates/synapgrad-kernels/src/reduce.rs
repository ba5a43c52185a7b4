//! Reductions: many elements to one.
//!
//! A [`Reduction`] says what becomes of a piece of a row and of a block of columns; [`reduce`] walks memory in its own
//! order and feeds it. Where the dense dimension is reduced, each result takes in a row; else a few rows at a time are
//! taken into a row of results. Results do not depend on the number of threads: a long row is cut into pieces of fixed
//! length.

use std::ops::Range;
use std::sync::OnceLock;

use smallvec::SmallVec;

use crate::dtype::{Compute, ComputeType, DType};
use crate::layout::{Dims, Layout};
use crate::parallel;
use crate::scalar::Real;
use crate::stream::{Dst, Reader, Src, Strided, TILE, Writer};
use crate::vecmath::dispatch;

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
}

/// Elements of a row that are reduced in one go. The pieces of a long one are the same however many threads there are.
const PIECE: usize = 64 * TILE;

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
        let mut state = r.start();
        let tile = &data.as_slice::<T>()[from.offset..from.offset + all];
        dispatch(
            #[inline(always)]
            || r.row(&mut state, tile, 0),
        );
        return Sink::<T, R::Second>::new(first, second, &[]).put(0, &[r.finish(state, all)]);
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
        let slices = self.direct && matches!(self.gone[..], [] | [(_, 1)]);
        let whole = Strided::new(self.data, self.dtype, &layout(self.offset, &[&kept, &self.gone]));
        // Elements `span` of the results' rows laid end to end, all of one row.
        let absorb = |state: &mut R::State, reader: &mut Option<Reader<T>>, result: usize, span: Range<usize>| {
            if span.is_empty() {
                return;
            }
            if slices {
                let at = self.offset + position(&kept, result) + span.start;
                for (i, tile) in self.data.as_slice::<T>()[at..at + span.len()].chunks(TILE).enumerate() {
                    dispatch(
                        #[inline(always)]
                        || self.r.row(state, tile, span.start + i * TILE),
                    );
                }
            } else if let Some(reader) = reader {
                let mut at = span.start;
                while at < span.end {
                    let n = TILE.min(span.end - at);
                    let tile = reader.next(n);
                    dispatch(
                        #[inline(always)]
                        || self.r.row(state, tile, at),
                    );
                    at += n;
                }
            }
        };
        // SAFETY: the source is borrowed for the whole call and only read.
        let reader = |range: &Range<usize>| (!slices).then(|| unsafe { Reader::<T>::new(&whole, range, false) });
        // Long rows are cut.
        if count > PIECE {
            let pieces = count.div_ceil(PIECE);
            let partial: Vec<OnceLock<R::State>> = (0..results * pieces).map(|_| OnceLock::new()).collect();
            parallel::ranges(partial.len(), 1, |range| {
                for unit in range {
                    let (result, from) = (unit / pieces, unit % pieces * PIECE);
                    let span = from..count.min(from + PIECE);
                    let mut state = self.r.start();
                    let mut reader = reader(&(result * count + span.start..result * count + span.end));
                    absorb(&mut state, &mut reader, result, span);
                    let _ = partial[unit].set(state);
                }
            });
            for (result, partial) in partial.chunks(pieces).enumerate() {
                let total = partial.iter().filter_map(OnceLock::get).fold(self.r.start(), |a, &b| self.r.merge(a, b));
                self.to.put(result, &[self.r.finish(total, count)]);
            }
            return;
        }
        parallel::ranges(results, (parallel::GRAIN / count.max(1)).max(1), |range| {
            let mut reader = reader(&(range.start * count..range.end * count));
            let mut done: SmallVec<[(T, R::Second); 64]> = SmallVec::new();
            for result in range.clone() {
                let mut state = self.r.start();
                absorb(&mut state, &mut reader, result, 0..count);
                done.push(self.r.finish(state, count));
                if done.len() == 64 || result + 1 == range.end {
                    self.to.put(result + 1 - done.len(), &done);
                    done.clear();
                }
            }
        });
    }

    fn by_columns(&self, mut kept: Group) {
        let Some((inner, step)) = kept.pop() else { return };
        let outer = numel(&kept);
        // High columns are cut, into pieces of at least so many elements.
        let high = (16 * PIECE / inner.min(TILE)).next_multiple_of(Rows::<T>::MOST);
        if self.count > high {
            return self.by_pieces_of_columns(&kept, (inner, step), high);
        }
        // Wide enough for streaming, narrow enough that each thread has some.
        let wide =
            if outer == 1 { inner.div_ceil(2 * parallel::threads()).next_multiple_of(64).min(TILE) } else { TILE };
        let pieces = inner.div_ceil(wide);
        let grain = (parallel::GRAIN / (self.count.max(1) * inner.min(wide))).max(1);
        parallel::ranges(outer * pieces, grain, |range| {
            let mut states: SmallVec<[R::State; 32]> = SmallVec::new();
            let mut done: Vec<(T, R::Second)> = Vec::with_capacity(inner.min(wide));
            let mut block: Vec<T> = Vec::new();
            for unit in range {
                let (o, from) = (unit / pieces, unit % pieces * wide);
                let n = wide.min(inner - from);
                states.clear();
                states.resize(n, self.r.start());
                let at = self.offset + position(&kept, o) + from * step;
                self.columns(at, (n, step), 0..self.count, &mut states, &mut block);
                done.clear();
                done.extend(states.iter().map(|&s| self.r.finish(s, self.count)));
                self.to.put(o * inner + from, &done);
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
            let done: Vec<_> = totals.iter().map(|&s| self.r.finish(s, self.count)).collect();
            self.to.put(unit / blocks * inner + unit % blocks * TILE, &done);
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
                dispatch(
                    #[inline(always)]
                    || {
                        for i in (0..count).step_by(Rows::<T>::MOST) {
                            let some = Rows::<T>::MOST.min(count - i);
                            let rows = Rows { data: &data[i * stride..], stride, count: some, len: n };
                            self.r.columns(states, rows, row + i);
                        }
                    },
                );
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
            let rows = Rows { data: block, stride: n, count, len: n };
            dispatch(
                #[inline(always)]
                || self.r.columns(states, rows, i),
            );
        }
    }
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

    /// Store the results from number `at` on. Each is stored once, by one thread.
    fn put(&self, at: usize, results: &[(T, U)]) {
        let range = at..at + results.len();
        if let Some(to) = &self.first {
            // SAFETY: the destination is borrowed while the sink is in use; ranges are disjoint.
            let mut writer = unsafe { Writer::<T>::new(to, &range) };
            writer.next(results.len(), |out| out.iter_mut().zip(results).for_each(|(o, r)| *o = r.0));
        }
        if let Some(to) = &self.second {
            // SAFETY: as above.
            let mut writer = unsafe { Writer::<U>::new(to, &range) };
            writer.next(results.len(), |out| out.iter_mut().zip(results).for_each(|(o, r)| *o = r.1));
        }
    }
}

/// Accumulators side by side, for the processor to fill its vectors with.
const LANES: usize = 32;

/// Fold a tile in lanes, then the lanes pairwise.
#[inline(always)]
fn in_lanes<T: Copy>(start: T, tile: &[T], lift: impl Fn(T) -> T, join: impl Fn(T, T) -> T) -> T {
    if tile.len() < LANES {
        return tile.iter().fold(start, |sum, &x| join(sum, lift(x)));
    }
    let mut lanes = [start; LANES];
    let (rows, rest) = tile.as_chunks::<LANES>();
    for row in rows {
        for (lane, &x) in lanes.iter_mut().zip(row) {
            *lane = join(*lane, lift(x));
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane = join(*lane, lift(x));
    }
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for i in 0..width {
            lanes[i] = join(lanes[i], lanes[i + width]);
        }
    }
    lanes[0]
}

/// What becomes of the elements in [`fold`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fold {
    Sum,
    /// Σ x / n
    Mean,
    /// The sum of what is not NaN.
    NanSum,
    Prod,
    /// The largest; NaN where there is one.
    Max,
    /// The smallest; NaN where there is one.
    Min,
    /// The largest |x|; NaN where there is one.
    MaxAbs,
    /// The smallest |x|; NaN where there is one.
    MinAbs,
    /// Σ x²
    SumOfSquares,
    /// √Σ x²
    Norm,
    /// Σ |x|
    SumOfAbs,
    /// (Σ |x|ᵖ)^(1/p)
    NormOf(f64),
    /// How many are not zero.
    Count,
    /// 1 where any is nonzero.
    Any,
    /// 1 where all are nonzero.
    All,
}

/// A fold on one type of number.
trait Folding<T: Compute>: Sync {
    /// The wider type in which results of tiles are combined.
    type Wide: Copy + Send + Sync;
    const START: T;
    const WIDE_START: Self::Wide;
    /// What an element counts for.
    fn lift(&self, x: T) -> T;
    fn join(a: T, b: T) -> T;
    fn widen(x: T) -> Self::Wide;
    fn join_wide(a: Self::Wide, b: Self::Wide) -> Self::Wide;
    fn narrow(&self, wide: Self::Wide, count: usize) -> T;
}

struct Folded<F>(F);

impl<T: Compute, F: Folding<T>> Reduction<T> for Folded<F> {
    type State = F::Wide;
    type Second = T;

    fn start(&self) -> F::Wide {
        F::WIDE_START
    }
    #[inline(always)]
    fn row(&self, state: &mut F::Wide, tile: &[T], _: usize) {
        *state = F::join_wide(*state, F::widen(in_lanes(F::START, tile, |x| self.0.lift(x), F::join)));
    }
    #[inline(always)]
    fn columns(&self, states: &mut [F::Wide], rows: Rows<T>, _: usize) {
        let (chunks, rest) = states.as_chunks_mut::<LANES>();
        for (c, chunk) in chunks.iter_mut().enumerate() {
            let mut sums = *chunk;
            for i in 0..rows.count {
                for (sum, &x) in sums.iter_mut().zip(&rows.row(i)[c * LANES..][..LANES]) {
                    *sum = F::join_wide(*sum, F::widen(self.0.lift(x)));
                }
            }
            *chunk = sums;
        }
        let done = rows.len - rest.len();
        for i in 0..rows.count {
            for (sum, &x) in rest.iter_mut().zip(&rows.row(i)[done..]) {
                *sum = F::join_wide(*sum, F::widen(self.0.lift(x)));
            }
        }
    }
    fn merge(&self, a: F::Wide, b: F::Wide) -> F::Wide {
        F::join_wide(a, b)
    }
    fn finish(&self, state: F::Wide, count: usize) -> (T, T) {
        (self.0.narrow(state, count), T::default())
    }
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

/// Fold over the dimensions in which `out` has size 1 and `src` has not. `out`'s layout has the rank of the source's.
pub fn fold(kind: Fold, src: Src, out: Dst) {
    match compute_of(dtype_of(&src, out.dtype), out.dtype) {
        ComputeType::F32 => fold_real::<f32>(kind, src, out),
        ComputeType::F64 => fold_real::<f64>(kind, src, out),
        ComputeType::I64 => match kind {
            Fold::Prod => reduce::<i64, _>(&Folded(Prod), src, Some(out), None),
            Fold::Max => reduce::<i64, _>(&Folded(Max), src, Some(out), None),
            Fold::Min => reduce::<i64, _>(&Folded(Min), src, Some(out), None),
            Fold::Count => reduce::<i64, _>(&Folded(Count), src, Some(out), None),
            Fold::Any => reduce::<i64, _>(&Folded(Any), src, Some(out), None),
            Fold::All => reduce::<i64, _>(&Folded(All), src, Some(out), None),
            // The others are not asked for with whole numbers.
            _ => reduce::<i64, _>(&Folded(Sum), src, Some(out), None),
        },
    }
}

fn fold_real<T: Compute>(kind: Fold, src: Src, out: Dst)
where
    Sum: Folding<T>,
    Mean: Folding<T>,
    NanSum: Folding<T>,
    Prod: Folding<T>,
    Max: Folding<T>,
    Min: Folding<T>,
    MaxAbs: Folding<T>,
    MinAbs: Folding<T>,
    SumOfSquares: Folding<T>,
    Norm: Folding<T>,
    SumOfAbs: Folding<T>,
    NormOf: Folding<T>,
    Count: Folding<T>,
    Any: Folding<T>,
    All: Folding<T>,
{
    let out = Some(out);
    match kind {
        Fold::Sum => reduce::<T, _>(&Folded(Sum), src, out, None),
        Fold::Mean => reduce::<T, _>(&Folded(Mean), src, out, None),
        Fold::NanSum => reduce::<T, _>(&Folded(NanSum), src, out, None),
        Fold::Prod => reduce::<T, _>(&Folded(Prod), src, out, None),
        Fold::Max => reduce::<T, _>(&Folded(Max), src, out, None),
        Fold::Min => reduce::<T, _>(&Folded(Min), src, out, None),
        Fold::MaxAbs => reduce::<T, _>(&Folded(MaxAbs), src, out, None),
        Fold::MinAbs => reduce::<T, _>(&Folded(MinAbs), src, out, None),
        Fold::SumOfSquares => reduce::<T, _>(&Folded(SumOfSquares), src, out, None),
        Fold::Norm => reduce::<T, _>(&Folded(Norm), src, out, None),
        Fold::SumOfAbs => reduce::<T, _>(&Folded(SumOfAbs), src, out, None),
        Fold::NormOf(p) => reduce::<T, _>(&Folded(NormOf(p)), src, out, None),
        Fold::Count => reduce::<T, _>(&Folded(Count), src, out, None),
        Fold::Any => reduce::<T, _>(&Folded(Any), src, out, None),
        Fold::All => reduce::<T, _>(&Folded(All), src, out, None),
    }
}

struct Sum;
struct Mean;
struct NanSum;
struct Prod;
struct Max;
struct Min;
struct MaxAbs;
struct MinAbs;
struct SumOfSquares;
struct Norm;
struct SumOfAbs;
struct NormOf(f64);
struct Count;
struct Any;
struct All;

/// `Kind type as wide type: start, what an element counts for, how two are joined, what becomes of the total;`
macro_rules! folding {
    ($($kind:ident $t:ty as $wide:ty: $start:expr, |$s:ident, $x:ident| $lift:expr, |$a:ident, $b:ident| $join:expr,
        |$total:ident, $n:ident| $end:expr;)*) => {$(
        impl Folding<$t> for $kind {
            type Wide = $wide;
            const START: $t = $start;
            const WIDE_START: $wide = $start as $wide;
            #[inline(always)]
            fn lift(&self, $x: $t) -> $t {
                let $s = self;
                $lift
            }
            #[inline(always)]
            fn join($a: $t, $b: $t) -> $t {
                $join
            }
            #[inline(always)]
            fn widen(x: $t) -> $wide {
                x as $wide
            }
            #[inline(always)]
            fn join_wide($a: $wide, $b: $wide) -> $wide {
                $join
            }
            #[inline(always)]
            fn narrow(&self, $total: $wide, $n: usize) -> $t {
                let $s = self;
                ($end) as $t
            }
        }
    )*};
}

macro_rules! folding_real {
    ($($t:ident)*) => {
        folding! {$(
            Sum $t as f64: 0.0, |_s, x| x, |a, b| a + b, |total, _n| total;
            Mean $t as f64: 0.0, |_s, x| x, |a, b| a + b, |total, n| total / n as f64;
            NanSum $t as f64: 0.0, |_s, x| if x.is_nan() { 0.0 } else { x }, |a, b| a + b, |total, _n| total;
            Prod $t as f64: 1.0, |_s, x| x, |a, b| a * b, |total, _n| total;
            Max $t as $t: $t::NEG_INFINITY, |_s, x| x, |a, b| if a > b || a.is_nan() { a } else { b }, |total, _n| total;
            Min $t as $t: $t::INFINITY, |_s, x| x, |a, b| if a < b || a.is_nan() { a } else { b }, |total, _n| total;
            MaxAbs $t as $t: 0.0, |_s, x| x.abs(), |a, b| if a > b || a.is_nan() { a } else { b }, |total, _n| total;
            MinAbs $t as $t: $t::INFINITY, |_s, x| x.abs(), |a, b| if a < b || a.is_nan() { a } else { b },
                |total, _n| total;
            SumOfSquares $t as f64: 0.0, |_s, x| x * x, |a, b| a + b, |total, _n| total;
            Norm $t as f64: 0.0, |_s, x| x * x, |a, b| a + b, |total, _n| total.sqrt();
            SumOfAbs $t as f64: 0.0, |_s, x| x.abs(), |a, b| a + b, |total, _n| total;
            NormOf $t as f64: 0.0, |s, x| x.abs().pow(s.0 as $t), |a, b| a + b, |total, _n| total.powf(1.0 / s.0);
            Count $t as f64: 0.0, |_s, x| (x != 0.0) as u8 as $t, |a, b| a + b, |total, _n| total;
            Any $t as $t: 0.0, |_s, x| (x != 0.0) as u8 as $t, |a, b| if a > b { a } else { b }, |total, _n| total;
            All $t as $t: 1.0, |_s, x| (x != 0.0) as u8 as $t, |a, b| if a < b { a } else { b }, |total, _n| total;
        )*}
    };
}
folding_real!(f32 f64);
folding! {
    Sum i64 as i64: 0, |_s, x| x, |a, b| a.wrapping_add(b), |total, _n| total;
    Prod i64 as i64: 1, |_s, x| x, |a, b| a.wrapping_mul(b), |total, _n| total;
    Max i64 as i64: i64::MIN, |_s, x| x, |a, b| a.max(b), |total, _n| total;
    Min i64 as i64: i64::MAX, |_s, x| x, |a, b| a.min(b), |total, _n| total;
    Count i64 as i64: 0, |_s, x| (x != 0) as i64, |a, b| a + b, |total, _n| total;
    Any i64 as i64: 0, |_s, x| (x != 0) as i64, |a, b| a | b, |total, _n| total;
    All i64 as i64: 1, |_s, x| (x != 0) as i64, |a, b| a & b, |total, _n| total;
}

/// The largest (or smallest) element and where it is first met; NaN counts as larger and as smaller than all numbers.
struct Extreme {
    largest: bool,
}

impl Extreme {
    #[inline(always)]
    fn beats<T: PartialOrd>(&self, a: T, b: T) -> bool {
        let nan = |x: &T| x.partial_cmp(x).is_none();
        nan(&a) && !nan(&b) || if self.largest { a > b } else { a < b }
    }
}

impl<T: Compute + PartialOrd> Reduction<T> for Extreme {
    type State = (T, i64);
    type Second = i64;

    fn start(&self) -> (T, i64) {
        (T::default(), -1)
    }
    #[inline(always)]
    fn row(&self, state: &mut (T, i64), tile: &[T], at: usize) {
        // Which value first, in lanes; then where, which a comparison finds.
        let Some(&start) = tile.first() else { return };
        let best = in_lanes(start, tile, |x| x, |a, b| if self.beats(b, a) { b } else { a });
        if state.1 < 0 || self.beats(best, state.0) {
            let same = |x: &T| *x == best || (x.partial_cmp(x).is_none() && best.partial_cmp(&best).is_none());
            *state = (best, (at + tile.iter().position(same).unwrap_or(0)) as i64);
        }
    }
    #[inline(always)]
    fn columns(&self, states: &mut [(T, i64)], rows: Rows<T>, at: usize) {
        for i in 0..rows.count {
            for (state, &x) in states.iter_mut().zip(rows.row(i)) {
                if state.1 < 0 || self.beats(x, state.0) {
                    *state = (x, (at + i) as i64);
                }
            }
        }
    }
    fn merge(&self, a: (T, i64), b: (T, i64)) -> (T, i64) {
        if a.1 < 0 || (b.1 >= 0 && self.beats(b.0, a.0)) { b } else { a }
    }
    fn finish(&self, state: (T, i64), _: usize) -> (T, i64) {
        state
    }
}

/// The largest (or smallest) elements and their first positions, counted over the reduced elements in the order of the
/// dimensions; for several reduced dimensions the source must be contiguous. There must be at least one element.
pub fn extreme(largest: bool, src: Src, values: Option<Dst>, indices: Dst) {
    let kind = Extreme { largest };
    crate::with_compute!(dtype_of(&src, DType::F32), T => reduce::<T, _>(&kind, src, values, Some(indices)));
}

/// The variance, by Welford's update and Chan's way of joining two sets: the mean is subtracted before squaring.
struct Moments {
    correction: f64,
    root: bool,
}

/// How many, their mean, and the sum of squared distances from it.
#[derive(Clone, Copy)]
struct Spread {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    #[inline(always)]
    fn join(a: Spread, b: Spread) -> Spread {
        if a.n == 0.0 {
            return b;
        }
        let (n, apart) = (a.n + b.n, b.mean - a.mean);
        let squares = a.squares + b.squares + apart * apart * (a.n * b.n / n);
        Spread { n, mean: a.mean + apart * (b.n / n), squares }
    }
}

impl<T: Compute + Real> Reduction<T> for Moments {
    type State = Spread;
    type Second = T;

    fn start(&self) -> Spread {
        Spread { n: 0.0, mean: 0.0, squares: 0.0 }
    }
    #[inline(always)]
    fn row(&self, state: &mut Spread, tile: &[T], _: usize) {
        if tile.is_empty() {
            return;
        }
        let n = tile.len() as f64;
        let about = in_lanes(T::default(), tile, |x| x, |a, b| a + b) / T::lit(n);
        // `about` is rounded; what is left of the mean is corrected for.
        let rest = in_lanes_mapped(tile, |x| x - about).to_f64() / n;
        let squares = in_lanes_mapped(tile, |x| (x - about) * (x - about)).to_f64() - rest * rest * n;
        *state = Spread::join(*state, Spread { n, mean: about.to_f64() + rest, squares: squares.max(0.0) });
    }
    #[inline(always)]
    fn columns(&self, states: &mut [Spread], rows: Rows<T>, _: usize) {
        for i in 0..rows.count {
            let n = states.first().map_or(1.0, |s| s.n + 1.0);
            let share = 1.0 / n;
            for (state, &x) in states.iter_mut().zip(rows.row(i)) {
                let x = x.to_f64();
                let apart = x - state.mean;
                let mean = state.mean + apart * share;
                *state = Spread { n, mean, squares: state.squares + apart * (x - mean) };
            }
        }
    }
    fn merge(&self, a: Spread, b: Spread) -> Spread {
        Spread::join(a, b)
    }
    fn finish(&self, state: Spread, count: usize) -> (T, T) {
        let variance = state.squares / (count as f64 - self.correction).max(0.0);
        let mean = if count == 0 { f64::NAN } else { state.mean };
        (T::from_f64(if self.root { variance.sqrt() } else { variance }), T::from_f64(mean))
    }
}

/// Σ f(x) in lanes.
#[inline(always)]
fn in_lanes_mapped<T: Compute + Real>(tile: &[T], f: impl Fn(T) -> T) -> T {
    in_lanes(T::default(), tile, f, |a, b| a + b)
}

/// Σ (x − mean)²/(n − correction), or its root, and the mean.
pub fn moments(correction: f64, root: bool, src: Src, spread: Dst, mean: Option<Dst>) {
    let kind = Moments { correction, root };
    match compute_of(dtype_of(&src, spread.dtype), spread.dtype) {
        ComputeType::F64 => reduce::<f64, _>(&kind, src, Some(spread), mean),
        _ => reduce::<f32, _>(&kind, src, Some(spread), mean),
    }
}

/// ln Σ eˣ, as the largest element plus the logarithm of what is left, so that nothing overflows.
struct LogSumExp;

/// The largest element, where it is finite, and the sum of e to the distances from it.
#[derive(Clone, Copy)]
struct Scaled {
    largest: f64,
    sum: f64,
}

impl Scaled {
    #[inline(always)]
    fn join(a: Scaled, b: Scaled) -> Scaled {
        let largest = if a.largest > b.largest { a.largest } else { b.largest };
        // Infinities and NaN cannot be subtracted; e to them says what they do.
        let pivot = |x: f64| if x.is_finite() { x } else { 0.0 };
        let scaled = |s: Scaled| {
            if s.sum == 0.0 { 0.0 } else { s.sum * crate::vecmath::f64::exp(pivot(s.largest) - pivot(largest)) }
        };
        Scaled { largest, sum: scaled(a) + scaled(b) }
    }
}

impl<T: Compute + Real + PartialOrd> Reduction<T> for LogSumExp {
    type State = Scaled;
    type Second = T;

    fn start(&self) -> Scaled {
        Scaled { largest: f64::NEG_INFINITY, sum: 0.0 }
    }
    #[inline(always)]
    fn row(&self, state: &mut Scaled, tile: &[T], _: usize) {
        let Some(&start) = tile.first() else { return };
        let largest = in_lanes(start, tile, |x| x, |a, b| if a > b { a } else { b });
        let pivot = if largest.to_f64().is_finite() { largest } else { T::default() };
        let sum = in_lanes_mapped(tile, |x| (x - pivot).exp()).to_f64();
        *state = Scaled::join(*state, Scaled { largest: largest.to_f64(), sum });
    }
    #[inline(always)]
    fn columns(&self, states: &mut [Scaled], rows: Rows<T>, _: usize) {
        const WIDE: usize = 16;
        for (c, states) in states.chunks_mut(WIDE).enumerate() {
            let part = |i: usize| &rows.row(i)[c * WIDE..][..states.len()];
            let mut largest = [T::default(); WIDE];
            largest[..states.len()].copy_from_slice(part(0));
            for i in 1..rows.count {
                for (m, &x) in largest.iter_mut().zip(part(i)) {
                    *m = if *m > x { *m } else { x };
                }
            }
            let pivot = largest.map(|m| if m.to_f64().is_finite() { m } else { T::default() });
            let mut sums = [T::default(); WIDE];
            for i in 0..rows.count {
                for ((sum, &x), &pivot) in sums.iter_mut().zip(part(i)).zip(&pivot) {
                    *sum = *sum + (x - pivot).exp();
                }
            }
            for ((state, m), sum) in states.iter_mut().zip(largest).zip(sums) {
                *state = Scaled::join(*state, Scaled { largest: m.to_f64(), sum: sum.to_f64() });
            }
        }
    }
    fn merge(&self, a: Scaled, b: Scaled) -> Scaled {
        Scaled::join(a, b)
    }
    fn finish(&self, state: Scaled, _: usize) -> (T, T) {
        let pivot = if state.largest.is_finite() { state.largest } else { 0.0 };
        (T::from_f64(state.sum.ln() + pivot), T::default())
    }
}

/// ln Σ eˣ
pub fn log_sum_exp(src: Src, out: Dst) {
    match compute_of(dtype_of(&src, out.dtype), out.dtype) {
        ComputeType::F64 => reduce::<f64, _>(&LogSumExp, src, Some(out), None),
        _ => reduce::<f32, _>(&LogSumExp, src, Some(out), None),
    }
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
