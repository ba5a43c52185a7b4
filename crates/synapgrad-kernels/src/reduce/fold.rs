//! Elements joined one by one: sums, products, norms, counts.

use super::{LANES, Reduction, Rows, compute_of, dtype_of, in_lanes, larger, reduce, seam, smaller};
use crate::dtype::{Compute, ComputeType};
use crate::scalar::Real;
use crate::stream::{Dst, Src};

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
    type Wide: Total<T>;
    const START: T;
    const WIDE_START: Self::Wide;
    /// What an element counts for.
    fn lift(&self, x: T) -> T;
    fn join(a: T, b: T) -> T;
    fn widen(x: T) -> Self::Wide;
    fn join_wide(a: Self::Wide, b: Self::Wide) -> Self::Wide;
}

/// What becomes of the total.
#[derive(Clone, Copy)]
enum End {
    Total,
    /// total / count
    Mean,
    SquareRoot,
    /// total^(1/p)
    Root(f64),
    /// Whether the total is more than 0.
    Any,
    /// Whether the total is the count.
    All,
}

/// The type of a total of numbers `T`.
trait Total<T>: Copy + Send + Sync {
    fn end(self, end: End, count: usize) -> T;
    /// The total as a whole number: f32 does not hold all counts.
    fn whole(self) -> i64;
}

/// A fold and its end. Kinds that differ only in their end share their loops.
struct Folded<F>(F, End);

impl<T: Compute, F: Folding<T>> Reduction<T> for Folded<F> {
    type State = F::Wide;
    type Second = i64;

    #[inline(always)]
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
            if size_of::<F::Wide>() == size_of::<T>() {
                let mut totals = *chunk;
                for i in 0..rows.count {
                    for (total, &x) in totals.iter_mut().zip(rows.part::<LANES>(i, c)) {
                        *total = F::join_wide(*total, F::widen(self.0.lift(x)));
                    }
                }
                *chunk = totals;
                continue;
            }
            // A few rows in the elements' own type, as in a tile.
            let mut some = [F::START; LANES];
            for i in 0..rows.count {
                for (one, &x) in some.iter_mut().zip(rows.part::<LANES>(i, c)) {
                    *one = F::join(*one, self.0.lift(x));
                }
            }
            for (total, &x) in chunk.iter_mut().zip(&seam(some)) {
                *total = F::join_wide(*total, F::widen(x));
            }
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
    #[inline(always)]
    fn finish(&self, state: F::Wide, count: usize) -> (T, i64) {
        (state.end(self.1, count), state.whole())
    }
}

/// Fold over the dimensions in which `out` has size 1 and `src` has not. `out`'s layout has the rank of the source's.
pub fn fold(kind: Fold, src: Src, out: Dst) {
    match compute_of(dtype_of(&src, out.dtype), out.dtype) {
        ComputeType::F32 => fold_real::<f32>(kind, src, out),
        ComputeType::F64 => fold_real::<f64>(kind, src, out),
        ComputeType::I64 => {
            let out = Some(out);
            match kind {
                Fold::Prod => reduce::<i64, _>(&Folded(Prod, End::Total), src, out, None),
                Fold::Max => reduce::<i64, _>(&Folded(Max, End::Total), src, out, None),
                Fold::Min => reduce::<i64, _>(&Folded(Min, End::Total), src, out, None),
                Fold::Count => reduce::<i64, _>(&Folded(Count, End::Total), src, None, out),
                Fold::Any => reduce::<i64, _>(&Folded(Count, End::Any), src, out, None),
                Fold::All => reduce::<i64, _>(&Folded(Count, End::All), src, out, None),
                // The others are not asked for with whole numbers.
                _ => reduce::<i64, _>(&Folded(Sum, End::Total), src, out, None),
            }
        }
    }
}

fn fold_real<T: Compute>(kind: Fold, src: Src, out: Dst)
where
    Sum: Folding<T>,
    NanSum: Folding<T>,
    Prod: Folding<T>,
    Max: Folding<T>,
    Min: Folding<T>,
    MaxAbs: Folding<T>,
    MinAbs: Folding<T>,
    SumOfSquares: Folding<T>,
    SumOfAbs: Folding<T>,
    SumOfPowers: Folding<T>,
    Count: Folding<T>,
{
    let out = Some(out);
    match kind {
        Fold::Sum => reduce::<T, _>(&Folded(Sum, End::Total), src, out, None),
        Fold::Mean => reduce::<T, _>(&Folded(Sum, End::Mean), src, out, None),
        Fold::NanSum => reduce::<T, _>(&Folded(NanSum, End::Total), src, out, None),
        Fold::Prod => reduce::<T, _>(&Folded(Prod, End::Total), src, out, None),
        Fold::Max => reduce::<T, _>(&Folded(Max, End::Total), src, out, None),
        Fold::Min => reduce::<T, _>(&Folded(Min, End::Total), src, out, None),
        Fold::MaxAbs => reduce::<T, _>(&Folded(MaxAbs, End::Total), src, out, None),
        Fold::MinAbs => reduce::<T, _>(&Folded(MinAbs, End::Total), src, out, None),
        Fold::SumOfSquares => reduce::<T, _>(&Folded(SumOfSquares, End::Total), src, out, None),
        Fold::Norm => reduce::<T, _>(&Folded(SumOfSquares, End::SquareRoot), src, out, None),
        Fold::SumOfAbs => reduce::<T, _>(&Folded(SumOfAbs, End::Total), src, out, None),
        Fold::NormOf(p) => reduce::<T, _>(&Folded(SumOfPowers(p), End::Root(p)), src, out, None),
        Fold::Count => reduce::<T, _>(&Folded(Count, End::Total), src, None, out),
        Fold::Any => reduce::<T, _>(&Folded(Count, End::Any), src, out, None),
        Fold::All => reduce::<T, _>(&Folded(Count, End::All), src, out, None),
    }
}

struct Sum;
struct NanSum;
struct Prod;
struct Max;
struct Min;
struct MaxAbs;
struct MinAbs;
struct SumOfSquares;
struct SumOfAbs;
struct SumOfPowers(f64);
struct Count;

#[inline(never)]
fn rare_end(total: f64, end: End, count: usize) -> f64 {
    match end {
        End::Root(p) => total.powf(1.0 / p),
        End::Any => (total > 0.0) as u8 as f64,
        End::All => (total == count as f64) as u8 as f64,
        End::Total | End::Mean | End::SquareRoot => total,
    }
}

impl<T: Compute> Total<T> for f64 {
    #[inline(always)]
    fn end(self, end: End, count: usize) -> T {
        T::from_f64(match end {
            // With so few cases the compiler makes a loop of each.
            End::Total => self,
            End::Mean => self / count as f64,
            End::SquareRoot => self.sqrt(),
            _ => rare_end(self, end, count),
        })
    }
    #[inline(always)]
    fn whole(self) -> i64 {
        self as i64
    }
}

impl Total<i64> for i64 {
    #[inline(always)]
    fn end(self, end: End, count: usize) -> i64 {
        match end {
            End::Any => (self > 0) as i64,
            End::All => (self == count as i64) as i64,
            // The others are not asked for with whole numbers.
            _ => self,
        }
    }
    #[inline(always)]
    fn whole(self) -> i64 {
        self
    }
}

impl Total<f32> for f32 {
    /// Of what is not added up, the total is all there is.
    #[inline(always)]
    fn end(self, _: End, _: usize) -> f32 {
        self
    }
    #[inline(always)]
    fn whole(self) -> i64 {
        self as i64
    }
}

/// `Kind type as wide type: start, what an element counts for, how two are joined;`
macro_rules! folding {
    ($($kind:ident $t:ty as $wide:ty: $start:expr, |$s:ident, $x:ident| $lift:expr, |$a:ident, $b:ident| $join:expr;)*) => {$(
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
        }
    )*};
}

macro_rules! folding_real {
    ($($t:ident)*) => {
        folding! {$(
            Sum $t as f64: 0.0, |_s, x| x, |a, b| a + b;
            NanSum $t as f64: 0.0, |_s, x| if x.is_nan() { 0.0 } else { x }, |a, b| a + b;
            Prod $t as f64: 1.0, |_s, x| x, |a, b| a * b;
            Max $t as $t: $t::NEG_INFINITY, |_s, x| x, |a, b| larger(a, b);
            Min $t as $t: $t::INFINITY, |_s, x| x, |a, b| smaller(a, b);
            MaxAbs $t as $t: 0.0, |_s, x| x.abs(), |a, b| larger(a, b);
            MinAbs $t as $t: $t::INFINITY, |_s, x| x.abs(), |a, b| smaller(a, b);
            SumOfSquares $t as f64: 0.0, |_s, x| x * x, |a, b| a + b;
            SumOfAbs $t as f64: 0.0, |_s, x| x.abs(), |a, b| a + b;
            SumOfPowers $t as f64: 0.0, |s, x| x.abs().pow(s.0 as $t), |a, b| a + b;
            Count $t as f64: 0.0, |_s, x| (x != 0.0) as u8 as $t, |a, b| a + b;
        )*}
    };
}
folding_real!(f32 f64);
folding! {
    Sum i64 as i64: 0, |_s, x| x, |a, b| a.wrapping_add(b);
    Prod i64 as i64: 1, |_s, x| x, |a, b| a.wrapping_mul(b);
    Max i64 as i64: i64::MIN, |_s, x| x, |a, b| a.max(b);
    Min i64 as i64: i64::MAX, |_s, x| x, |a, b| a.min(b);
    Count i64 as i64: 0, |_s, x| (x != 0) as i64, |a, b| a + b;
}
