//! Elementary and special functions as straight-line arithmetic.
//!
//! A call into the system's maths library handles one number at a time; the loops here handle eight. For that, every
//! function in [`f32`](mod@f32) is free of branches, tables and calls: argument reduction by rounding to a multiple, a
//! polynomial, reassembly through the bits of the exponent, and *selects* for the special cases. LLVM turns such a
//! function into vector code wherever it stands in a loop; wrap the loop in [`dispatch`] and it is compiled for the widest
//! instruction set the machine has.
//!
//! Where a product and a sum are rounded once, `mul_add` says so, and nowhere else does it happen: the same input gives the
//! same bits on every machine. A processor without the instruction, which is one without AVX2, pays with a call.
//!
//! Accuracy, against the exactly rounded result: every function in [`f32`](mod@f32) is within 2 units in the last
//! place over its whole domain, denormal results, overflow, infinities, NaN and the sign of zero included. The functions
//! that are hot in training (`exp`, `tanh`, `sigmoid`, `erf`) work in single precision; the others work in double precision
//! internally, which costs half the lanes and leaves no error but the last rounding.
//!
//! ```
//! use synapgrad_kernels::vecmath;
//! assert_eq!(vecmath::f32::exp(0.0), 1.0);
//! assert_eq!(vecmath::f32::pow(-2.0, 3.0), -8.0);
//! assert!((vecmath::special::lgamma(5.0) - 24f64.ln()).abs() < 1e-14);
//! ```

use crate::dtype::{DType, Element};
use pulp::{Arch, Simd, WithSimd};
use std::marker::PhantomData;

pub mod f32;
pub mod f64;
pub mod special;
#[cfg(test)]
mod tests;

/// Runs a loop in the version compiled for the best instruction set of this machine. Mark the closure
/// `#[inline(always)]`, and what it calls too: only what is inlined is compiled anew.
///
/// Pulp's own `dispatch` takes closures as `FnOnce`. A closure that could run twice is then called through an adapter that
/// no attribute inlines: where the body is large, the loop silently stays in baseline code. `FnMut` has no adapter.
///
/// ```
/// use synapgrad_kernels::vecmath;
/// let (x, mut y) = ([0.0f32, 1.0, 2.0], [0.0; 3]);
/// vecmath::dispatch(
///     #[inline(always)]
///     || {
///         for (y, &x) in y.iter_mut().zip(&x) {
///             *y = vecmath::f32::exp2(x);
///         }
///     },
/// );
/// assert_eq!(y, [1.0, 2.0, 4.0]);
/// ```
///
/// The registers have at most 256 bits: loops that memory keeps waiting gain nothing from wider ones, and there are so many
/// of them that one more version of each would show in the size of the library. Where there is much to compute for every
/// number, see [`dispatch_wide`].
#[inline(always)]
pub fn dispatch<R>(body: impl FnMut() -> R) -> R {
    dispatch_narrow(Loop(body))
}

/// Pulp's `dispatch` without a version for registers of more than 256 bits.
#[inline(always)]
pub(crate) fn dispatch_narrow<W: WithSimd>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    return match pulp::x86::V3::try_new() {
        Some(simd) => Simd::vectorize(simd, work),
        None => Simd::vectorize(pulp::Scalar, work),
    };
    #[cfg(not(target_arch = "x86_64"))]
    Arch::new().dispatch(work)
}

/// [`dispatch`], with a version for the widest registers that there are.
#[inline(always)]
pub fn dispatch_wide<R>(body: impl FnMut() -> R) -> R {
    Arch::new().dispatch(Loop(body))
}

/// [`dispatch_wide`] for loops over f32, of which most programs are made, and [`dispatch`] for the others.
#[inline(always)]
pub fn dispatch_for<E: Element, R>(_: PhantomData<E>, body: impl FnMut() -> R) -> R {
    if const { matches!(E::DTYPE, DType::F32) } { dispatch_wide(body) } else { dispatch(body) }
}

/// The type of a slice's elements, for [`dispatch_for`].
#[inline(always)]
pub fn kind<T>(_: &[T]) -> PhantomData<T> {
    PhantomData
}

struct Loop<F>(F);

impl<R, F: FnMut() -> R> WithSimd for Loop<F> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) -> R {
        (self.0)()
    }
}
