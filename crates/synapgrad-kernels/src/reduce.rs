//! Reductions: many elements to one.
//!
//! Partial results are folded in fixed blocks, so that rounding errors grow slowly and the result does not depend on the
//! number of threads: within a tile in vector lanes, across tiles in the accumulator type.

use crate::dtype::{Compute, ComputeType, DType, Element};
use crate::layout::{Dims, Layout};
use crate::parallel;
use crate::stream::{Dst, Reader, Src, Strided, TILE, Writer};

/// What becomes of the elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    Sum,
    Prod,
    /// The largest; NaN where there is one.
    Max,
    /// The smallest; NaN where there is one.
    Min,
    /// Σ x²
    SumOfSquares,
    /// Σ |x|
    SumOfAbs,
    /// 1 where any is nonzero.
    Any,
    /// 1 where all are nonzero.
    All,
}

/// A fold on one type of number.
trait Folding<T: Compute> {
    /// The wider type in which tiles' results are combined.
    type Wide: Copy + Send + Sync;
    const START: T;
    const WIDE_START: Self::Wide;
    /// What an element counts for.
    fn lift(x: T) -> T;
    fn join(a: T, b: T) -> T;
    fn widen(wide: Self::Wide, x: T) -> Self::Wide;
    fn narrow(wide: Self::Wide) -> T;
}

/// Fold over the dimensions in which `out` has size 1 and `src` has not. `out`'s layout has the rank of the source's.
pub fn fold(fold: Fold, src: Src, out: Dst) {
    let Src::View { data, dtype, layout } = src else { return };
    // Whole numbers go through i64, floats through the wider of the two types.
    let compute = match (dtype, out.dtype) {
        (DType::F64, _) | (_, DType::F64) => ComputeType::F64,
        (a, b) if a.is_float() || b.is_float() => ComputeType::F32,
        _ => ComputeType::I64,
    };
    let from = (data, dtype, layout);
    match compute {
        ComputeType::F32 => by_kind::<f32>(fold, from, out),
        ComputeType::F64 => by_kind::<f64>(fold, from, out),
        ComputeType::I64 => by_kind::<i64>(fold, from, out),
    }
}

type From<'a> = (&'a crate::Buffer, DType, &'a Layout);

fn by_kind<T: Compute>(kind: Fold, from: From, out: Dst)
where
    Sum: Folding<T>,
    Prod: Folding<T>,
    Max: Folding<T>,
    Min: Folding<T>,
    SumOfSquares: Folding<T>,
    SumOfAbs: Folding<T>,
    Any: Folding<T>,
    All: Folding<T>,
{
    match kind {
        Fold::Sum => run::<T, Sum>(from, out),
        Fold::Prod => run::<T, Prod>(from, out),
        Fold::Max => run::<T, Max>(from, out),
        Fold::Min => run::<T, Min>(from, out),
        Fold::SumOfSquares => run::<T, SumOfSquares>(from, out),
        Fold::SumOfAbs => run::<T, SumOfAbs>(from, out),
        Fold::Any => run::<T, Any>(from, out),
        Fold::All => run::<T, All>(from, out),
    }
}

fn run<T: Compute, F: Folding<T>>((data, dtype, layout): From, out: Dst) {
    if out.layout.numel() == 0 {
        return;
    }
    let reduced = |d: &usize| out.layout.shape[*d] != layout.shape[*d];
    let order = layout.order();
    let kept: Dims = order.iter().copied().filter(|d| !reduced(d)).collect();
    let gone: Dims = order.iter().copied().filter(reduced).collect();
    let to = Strided::new(out.data, out.dtype, &out.layout.permute(&kept));
    let (kept, gone) = (layout.permute(&kept), Layout { offset: 0, ..layout.permute(&gone) });
    let (results, count) = (kept.numel(), gone.numel());
    let smallest = |l: &Layout| l.shape.iter().zip(&l.strides).filter(|(n, _)| **n > 1).map(|(_, &s)| s).min();
    // Walk memory in its own order: where the dense dimension is folded away each result folds a row, else each row is
    // folded into a row of results.
    let by_rows = count > 0 && (results == 1 || smallest(&gone) <= smallest(&kept) || smallest(&kept).is_none());
    let whole = Layout {
        shape: kept.shape.iter().chain(&gone.shape).copied().collect(),
        strides: kept.strides.iter().chain(&gone.strides).copied().collect(),
        offset: kept.offset,
    };
    if by_rows {
        let from = Strided::new(data, dtype, &whole);
        // One long row is cut, too; its pieces are as long however many threads there are.
        const PIECE: usize = 64 * TILE;
        if results == 1 && count > PIECE {
            let pieces = count.div_ceil(PIECE);
            let partial: Vec<std::sync::OnceLock<F::Wide>> = (0..pieces).map(|_| std::sync::OnceLock::new()).collect();
            parallel::ranges(pieces, 1, |range| {
                for piece in range {
                    let span = piece * PIECE..count.min((piece + 1) * PIECE);
                    // SAFETY: the source is borrowed for the whole call and only read.
                    let mut reader = unsafe { Reader::<T>::new(&from, &span, false) };
                    let _ = partial[piece].set(fold_row::<T, F>(&mut reader, span.len()));
                }
            });
            let mut total = F::WIDE_START;
            for part in partial.iter().filter_map(|p| p.get()) {
                total = F::widen(total, F::narrow(*part));
            }
            // SAFETY: the destination is borrowed for the whole call; this is its only position.
            unsafe { Writer::<T>::new(&to, &(0..1)) }.next(1, |out| out[0] = F::narrow(total));
            return;
        }
        parallel::ranges(results, (parallel::GRAIN / count).max(1), |range| {
            // SAFETY: the source is only read, the destination written in disjoint ranges; both are borrowed for the call.
            let (mut reader, mut writer) = unsafe {
                (
                    Reader::<T>::new(&from, &(range.start * count..range.end * count), false),
                    Writer::<T>::new(&to, &range),
                )
            };
            let mut left = range.len();
            while left > 0 {
                let n = left.min(TILE);
                writer.next(n, |tile| {
                    for result in tile {
                        *result = F::narrow(fold_row::<T, F>(&mut reader, count));
                    }
                });
                left -= n;
            }
        });
    } else {
        parallel::ranges(results, (parallel::GRAIN / count.max(1)).max(64).next_multiple_of(64), |range| {
            let mut at = range.start;
            while at < range.end {
                let n = (range.end - at).min(TILE);
                let tile = fold_column::<T, F>(data, dtype, &kept, &gone, at..at + n);
                // SAFETY: as above.
                unsafe { Writer::<T>::new(&to, &(at..at + n)) }.next(n, |out| out.copy_from_slice(&tile));
                at += n;
            }
        });
    }
}

/// Fold the next `count` elements into one.
fn fold_row<T: Compute, F: Folding<T>>(reader: &mut Reader<T>, count: usize) -> F::Wide {
    let mut total = F::WIDE_START;
    let mut left = count;
    while left > 0 {
        let n = left.min(TILE);
        total = F::widen(total, fold_tile::<T, F>(reader.next(n)));
        left -= n;
    }
    total
}

/// Fold a tile in 32 lanes, then the lanes pairwise.
fn fold_tile<T: Compute, F: Folding<T>>(tile: &[T]) -> T {
    const LANES: usize = 32;
    if tile.len() < LANES {
        return tile.iter().fold(F::START, |sum, &x| F::join(sum, F::lift(x)));
    }
    crate::vecmath::dispatch(
        #[inline(always)]
        || {
            let mut lanes = [F::START; LANES];
            let (rows, rest) = tile.as_chunks::<LANES>();
            for row in rows {
                for (lane, &x) in lanes.iter_mut().zip(row) {
                    *lane = F::join(*lane, F::lift(x));
                }
            }
            for (lane, &x) in lanes.iter_mut().zip(rest) {
                *lane = F::join(*lane, F::lift(x));
            }
            let mut width = LANES;
            while width > 1 {
                width /= 2;
                for i in 0..width {
                    lanes[i] = F::join(lanes[i], lanes[i + width]);
                }
            }
            lanes[0]
        },
    )
}

/// The results `at`, each folded over all of `gone`, reading a piece of a row at a time.
fn fold_column<T: Compute, F: Folding<T>>(
    data: &crate::Buffer,
    dtype: DType,
    kept: &Layout,
    gone: &Layout,
    at: std::ops::Range<usize>,
) -> Vec<T> {
    /// Rows folded in the narrow type before their result is folded into the wide one.
    const BLOCK: usize = 64;
    let n = at.len();
    let mut wide = vec![F::WIDE_START; n];
    let mut narrow = vec![F::START; n];
    let count = gone.numel();
    for row in 0..count {
        let here = Layout { offset: kept.offset + gone.position(row), ..kept.clone() };
        let from = Strided::new(data, dtype, &here);
        // SAFETY: the source is borrowed by the caller and only read.
        let mut reader = unsafe { Reader::<T>::new(&from, &at, false) };
        let tile = reader.next(n);
        crate::vecmath::dispatch(
            #[inline(always)]
            || {
                for (sum, &x) in narrow.iter_mut().zip(tile) {
                    *sum = F::join(*sum, F::lift(x));
                }
            },
        );
        if (row + 1) % BLOCK == 0 || row + 1 == count {
            for (wide, narrow) in wide.iter_mut().zip(&mut narrow) {
                *wide = F::widen(*wide, std::mem::replace(narrow, F::START));
            }
        }
    }
    wide.into_iter().map(F::narrow).collect()
}

macro_rules! folding {
    ($($kind:ident $t:ty as $wide:ty: $start:expr, $lift:expr, $join:expr;)*) => {$(
        impl Folding<$t> for $kind {
            type Wide = $wide;
            const START: $t = $start;
            const WIDE_START: $wide = $start as $wide;
            #[inline(always)]
            fn lift(x: $t) -> $t {
                let lift: fn($t) -> $t = $lift;
                lift(x)
            }
            #[inline(always)]
            fn join(a: $t, b: $t) -> $t {
                let join: fn($t, $t) -> $t = $join;
                join(a, b)
            }
            #[inline(always)]
            fn widen(wide: $wide, x: $t) -> $wide {
                let join: fn($wide, $wide) -> $wide = $join;
                join(wide, x as $wide)
            }
            #[inline(always)]
            fn narrow(wide: $wide) -> $t {
                wide as $t
            }
        }
    )*};
}

macro_rules! folds {
    ($($kind:ident)*) => {$(struct $kind;)*};
}
folds! { Sum Prod Max Min SumOfSquares SumOfAbs Any All }

folding! {
    Sum f32 as f64: 0.0, |x| x, |a, b| a + b;
    Sum f64 as f64: 0.0, |x| x, |a, b| a + b;
    Sum i64 as i64: 0, |x| x, |a, b| a.wrapping_add(b);
    Prod f32 as f64: 1.0, |x| x, |a, b| a * b;
    Prod f64 as f64: 1.0, |x| x, |a, b| a * b;
    Prod i64 as i64: 1, |x| x, |a, b| a.wrapping_mul(b);
    Max f32 as f32: f32::NEG_INFINITY, |x| x, |a, b| if a > b || a.is_nan() { a } else { b };
    Max f64 as f64: f64::NEG_INFINITY, |x| x, |a, b| if a > b || a.is_nan() { a } else { b };
    Max i64 as i64: i64::MIN, |x| x, |a, b| a.max(b);
    Min f32 as f32: f32::INFINITY, |x| x, |a, b| if a < b || a.is_nan() { a } else { b };
    Min f64 as f64: f64::INFINITY, |x| x, |a, b| if a < b || a.is_nan() { a } else { b };
    Min i64 as i64: i64::MAX, |x| x, |a, b| a.min(b);
    SumOfSquares f32 as f64: 0.0, |x| x * x, |a, b| a + b;
    SumOfSquares f64 as f64: 0.0, |x| x * x, |a, b| a + b;
    SumOfSquares i64 as i64: 0, |x| x.wrapping_mul(x), |a, b| a.wrapping_add(b);
    SumOfAbs f32 as f64: 0.0, |x| x.abs(), |a, b| a + b;
    SumOfAbs f64 as f64: 0.0, |x| x.abs(), |a, b| a + b;
    SumOfAbs i64 as i64: 0, |x| x.wrapping_abs(), |a, b| a.wrapping_add(b);
    Any f32 as f32: 0.0, |x| (x != 0.0) as u8 as f32, |a, b| if a > b { a } else { b };
    Any f64 as f64: 0.0, |x| (x != 0.0) as u8 as f64, |a, b| if a > b { a } else { b };
    Any i64 as i64: 0, |x| (x != 0) as i64, |a, b| a | b;
    All f32 as f32: 1.0, |x| (x != 0.0) as u8 as f32, |a, b| if a < b { a } else { b };
    All f64 as f64: 1.0, |x| (x != 0.0) as u8 as f64, |a, b| if a < b { a } else { b };
    All i64 as i64: 1, |x| (x != 0) as i64, |a, b| a & b;
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
    fn empty_and_nan() {
        assert_eq!(folded(Fold::Sum, &[], &Layout::dense(&[0, 2]), &[1, 2]), [0.0, 0.0]);
        assert_eq!(folded(Fold::Prod, &[], &Layout::dense(&[2, 0]), &[2, 1]), [1.0, 1.0]);
        assert!(folded(Fold::Max, &[1.0, f32::NAN, 3.0], &Layout::dense(&[3]), &[1])[0].is_nan());
    }
}
