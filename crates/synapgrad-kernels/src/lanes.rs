//! As many numbers as one register holds: the vector operations of which the loops over matrices and images are made, for
//! whichever instruction set runs.

use pulp::{Arch, Scalar, Simd, WithSimd};

use crate::vecmath::dispatch_narrow;

/// f32, f64 and i64. Integers wrap.
pub trait Lanes: Copy + Default + PartialEq + Send + Sync + 'static {
    /// Plain data, [`lanes`](Lanes::lanes) numbers in a row.
    type Vector<S: Simd>: Copy;

    /// Runs `work` in its version for the best instruction set of this machine. The fewer programs compute in a type,
    /// the fewer versions it has: each shows in the size of the library.
    fn vectorize<W: WithSimd>(work: W) -> W::Output;
    fn lanes<S: Simd>(simd: S) -> usize;
    fn splat<S: Simd>(simd: S, x: Self) -> Self::Vector<S>;
    fn plus<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// a·b + c, fused where the instruction set can.
    fn mul_add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>, c: Self::Vector<S>) -> Self::Vector<S>;
    /// The sum over the lanes.
    fn sum<S: Simd>(simd: S, a: Self::Vector<S>) -> Self;
    /// a + b of single numbers.
    fn add(self, other: Self) -> Self;

    /// The first `count` lanes from memory, zeros in the others.
    ///
    /// # Safety
    /// `count` numbers may be read at `from`.
    unsafe fn load_first<S: Simd>(simd: S, count: usize, from: *const Self) -> Self::Vector<S>;
}

macro_rules! floats {
    ($t:ty, $dispatch:expr, $vector:ident, $splat:ident, $add:ident, $mul_add:ident, $sum:ident, $mask:ident as $n:ty, $load:ident) => {
        impl Lanes for $t {
            type Vector<S: Simd> = S::$vector;

            #[inline(always)]
            fn vectorize<W: WithSimd>(work: W) -> W::Output {
                $dispatch(work)
            }

            #[inline(always)]
            fn lanes<S: Simd>(_: S) -> usize {
                size_of::<S::$vector>() / size_of::<$t>()
            }

            #[inline(always)]
            fn splat<S: Simd>(simd: S, x: $t) -> S::$vector {
                simd.$splat(x)
            }

            #[inline(always)]
            fn plus<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$add(a, b)
            }

            #[inline(always)]
            fn mul_add<S: Simd>(simd: S, a: S::$vector, b: S::$vector, c: S::$vector) -> S::$vector {
                simd.$mul_add(a, b, c)
            }

            #[inline(always)]
            fn sum<S: Simd>(simd: S, a: S::$vector) -> $t {
                simd.$sum(a)
            }

            #[inline(always)]
            fn add(self, other: $t) -> $t {
                self + other
            }

            #[inline(always)]
            unsafe fn load_first<S: Simd>(simd: S, count: usize, from: *const $t) -> S::$vector {
                // SAFETY: the mask lets through the `count` numbers that the caller vouches for.
                unsafe { simd.$load(simd.$mask(0, count as $n), from) }
            }
        }
    };
}

floats!(
    f32,
    |work| Arch::new().dispatch(work),
    f32s,
    splat_f32s,
    add_f32s,
    mul_add_e_f32s,
    reduce_sum_f32s,
    mask_between_m32s as u32,
    mask_load_ptr_f32s
);
floats!(
    f64,
    dispatch_narrow,
    f64s,
    splat_f64s,
    add_f64s,
    mul_add_e_f64s,
    reduce_sum_f64s,
    mask_between_m64s as u64,
    mask_load_ptr_f64s
);

/// Instruction sets differ in which products of integers they have; the compiler finds them in loops over four.
const INTEGERS: usize = 4;

impl Lanes for i64 {
    type Vector<S: Simd> = [i64; INTEGERS];

    #[inline(always)]
    fn vectorize<W: WithSimd>(work: W) -> W::Output {
        work.with_simd(Scalar)
    }

    #[inline(always)]
    fn lanes<S: Simd>(_: S) -> usize {
        INTEGERS
    }

    #[inline(always)]
    fn splat<S: Simd>(_: S, x: i64) -> [i64; INTEGERS] {
        [x; INTEGERS]
    }

    #[inline(always)]
    fn plus<S: Simd>(_: S, a: [i64; INTEGERS], b: [i64; INTEGERS]) -> [i64; INTEGERS] {
        std::array::from_fn(|i| a[i].wrapping_add(b[i]))
    }

    #[inline(always)]
    fn mul_add<S: Simd>(_: S, a: [i64; INTEGERS], b: [i64; INTEGERS], c: [i64; INTEGERS]) -> [i64; INTEGERS] {
        std::array::from_fn(|i| a[i].wrapping_mul(b[i]).wrapping_add(c[i]))
    }

    #[inline(always)]
    fn sum<S: Simd>(_: S, a: [i64; INTEGERS]) -> i64 {
        a.into_iter().fold(0, i64::wrapping_add)
    }

    #[inline(always)]
    fn add(self, other: i64) -> i64 {
        self.wrapping_add(other)
    }

    #[inline(always)]
    unsafe fn load_first<S: Simd>(_: S, count: usize, from: *const i64) -> [i64; INTEGERS] {
        // SAFETY: read only below `count`, which the caller vouches for.
        std::array::from_fn(|i| if i < count { unsafe { from.add(i).read() } } else { 0 })
    }
}
