//! Numbers as formulas see them.
//!
//! A formula such as `x * x.tanh()` is written once, generic over [`Ring`] or [`Real`]. On `f32` and `f64` it compiles into
//! a fused vector loop; the floors above implement the same traits for a handle on a tensor, where the same text builds a
//! graph.

use std::num::Wrapping;
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use crate::vecmath;

/// What integers can do, too: add, multiply, compare and choose.
pub trait Ring: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self> {
    type Mask: Copy + BitAnd<Output = Self::Mask> + BitOr<Output = Self::Mask> + Not<Output = Self::Mask>;

    /// A constant.
    fn lit(value: f64) -> Self;
    fn lt(self, other: Self) -> Self::Mask;
    fn le(self, other: Self) -> Self::Mask;
    fn eq(self, other: Self) -> Self::Mask;
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// ⌊self/other⌋; of integers divided by zero, 0.
    fn floor_div(self, other: Self) -> Self;
    /// self − other·⌊self/other⌋
    fn remainder(self, other: Self) -> Self;
    /// self − other·trunc(self/other)
    fn fmod(self, other: Self) -> Self;

    #[inline(always)]
    fn gt(self, other: Self) -> Self::Mask {
        other.lt(self)
    }
    #[inline(always)]
    fn ge(self, other: Self) -> Self::Mask {
        other.le(self)
    }
    #[inline(always)]
    fn ne(self, other: Self) -> Self::Mask {
        !self.eq(other)
    }
    /// The larger; NaN where either is.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self::select(self.ne(self), self, Self::select(self.gt(other), self, other))
    }
    /// The smaller; NaN where either is.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self::select(self.ne(self), self, Self::select(self.lt(other), self, other))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        self.max(-self)
    }
    /// −1, 0 or 1; 0 for NaN.
    #[inline(always)]
    fn sign(self) -> Self {
        let negative = Self::select(self.lt(lit(0.0)), lit(-1.0), lit(0.0));
        Self::select(self.gt(lit(0.0)), lit(1.0), negative)
    }
}

/// A constant in a formula: `x * lit(0.5)`.
#[inline(always)]
pub fn lit<T: Ring>(value: f64) -> T {
    T::lit(value)
}

macro_rules! real_functions {
    (
        vectorised { $($fast:ident),* $(,)? }
        in_f64 { $($slow:ident),* $(,)? }
        of_std { $($std:ident = $method:ident),* $(,)? }
    ) => {
        /// What real numbers can do.
        pub trait Real: Ring + Div<Output = Self> {
            $(fn $fast(self) -> Self;)*
            $(fn $slow(self) -> Self;)*
            $(fn $std(self) -> Self;)*
            /// self to the power of `other`, as C's `pow`.
            fn pow(self, other: Self) -> Self;
            fn atan2(self, other: Self) -> Self;
            /// The `order`-th derivative of ψ.
            fn polygamma(self, order: Self) -> Self;
        }
        impl Real for f32 {
            $(#[inline(always)] fn $fast(self) -> f32 { vecmath::f32::$fast(self) })*
            $(#[inline(always)] fn $slow(self) -> f32 { vecmath::special::$slow(self as f64) as f32 })*
            $(#[inline(always)] fn $std(self) -> f32 { self.$method() })*
            #[inline(always)] fn pow(self, other: f32) -> f32 { vecmath::f32::pow(self, other) }
            #[inline(always)] fn atan2(self, other: f32) -> f32 { vecmath::f32::atan2(self, other) }
            #[inline(always)] fn polygamma(self, order: f32) -> f32 {
                vecmath::special::polygamma(order as u32, self as f64) as f32
            }
        }
        impl Real for f64 {
            $(#[inline(always)] fn $fast(self) -> f64 { vecmath::f64::$fast(self) })*
            $(#[inline(always)] fn $slow(self) -> f64 { vecmath::special::$slow(self) })*
            $(#[inline(always)] fn $std(self) -> f64 { self.$method() })*
            #[inline(always)] fn pow(self, other: f64) -> f64 { vecmath::f64::pow(self, other) }
            #[inline(always)] fn atan2(self, other: f64) -> f64 { vecmath::f64::atan2(self, other) }
            #[inline(always)] fn polygamma(self, order: f64) -> f64 {
                vecmath::special::polygamma(order as u32, self as f64) as f64
            }
        }
        /// Name each function of one argument to `$then!`, so that other implementations need not repeat the list.
        #[macro_export]
        macro_rules! for_each_real_function {
            ($then:ident) => { $then! { $($fast,)* $($slow,)* $($std),* } };
        }
    };
}

real_functions! {
    vectorised {
        exp, exp2, expm1, log, log2, log10, log1p, rsqrt,
        sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh,
        sigmoid, erf, erfc,
    }
    in_f64 { erfinv, lgamma, digamma, i0, i0e, i1, i1e }
    // `round` takes halves to even.
    of_std { sqrt = sqrt, floor = floor, ceil = ceil, trunc = trunc, round = round_ties_even }
}

/// What only numbers themselves can do, not tensors that stand for them: the values of operations may use it, their
/// derivatives may not.
pub trait Float: Real {
    /// 1 where the bit of the sign is set, as in −0, else 0.
    fn signbit(self) -> Self;
    /// |self| with the sign of `sign`.
    fn copysign(self, sign: Self) -> Self;
    /// √(self² + other²) without overflow on the way.
    fn hypot(self, other: Self) -> Self;
    /// The number next to self in the direction of `other`.
    fn nextafter(self, other: Self) -> Self;
}

macro_rules! float {
    ($($t:ident),*) => {$(
        impl Float for $t {
            #[inline(always)] fn signbit(self) -> $t { self.is_sign_negative() as u8 as $t }
            #[inline(always)] fn copysign(self, sign: $t) -> $t { <$t>::copysign(self, sign) }
            #[inline(always)] fn hypot(self, other: $t) -> $t { <$t>::hypot(self, other) }
            #[inline(always)] fn nextafter(self, other: $t) -> $t {
                if self == other || self != self || other != other {
                    return if self != self { self } else { other };
                }
                if self == 0.0 {
                    return <$t>::from_bits(1).copysign(other);
                }
                // The bits of floats of one sign are ordered as their magnitudes.
                let away = (self < other) == (self > 0.0);
                <$t>::from_bits(if away { self.to_bits() + 1 } else { self.to_bits() - 1 })
            }
        }
    )*};
}
float!(f32, f64);

macro_rules! ring_for_float {
    ($($t:ty: $fmod:expr),*) => {$(
        impl Ring for $t {
            type Mask = bool;
            #[inline(always)] fn lit(value: f64) -> $t { value as $t }
            #[inline(always)] fn lt(self, other: $t) -> bool { self < other }
            #[inline(always)] fn le(self, other: $t) -> bool { self <= other }
            #[inline(always)] fn eq(self, other: $t) -> bool { self == other }
            #[inline(always)] fn select(mask: bool, yes: $t, no: $t) -> $t { if mask { yes } else { no } }
            #[inline(always)] fn abs(self) -> $t { <$t>::abs(self) }
            // From the exact remainder, as the quotient may have been rounded up to the next integer.
            #[inline(always)] fn floor_div(self, other: $t) -> $t {
                if other == 0.0 {
                    return self / other;
                }
                let rest = self.fmod(other);
                let quotient = (self - rest) / other;
                let quotient = if rest != 0.0 && ((rest < 0.0) != (other < 0.0)) { quotient - 1.0 } else { quotient };
                let floor = quotient.floor();
                if quotient - floor > 0.5 { floor + 1.0 } else { floor }
            }
            #[inline(always)] fn remainder(self, other: $t) -> $t {
                turned_to(self.fmod(other), other)
            }
            #[inline(always)] fn fmod(self, other: $t) -> $t { $fmod(self, other) }
        }
    )*};
}
ring_for_float!(f32: short_fmod, f64: |x, y| x % y);

/// Whether [`near_fmod`] is exact.
#[inline(always)]
pub fn are_near(x: f32, y: f32) -> bool {
    (x.abs() < y.abs() * (1 << 27) as f32) & (y.abs() < f32::INFINITY)
}

/// fmod by a division in f64. The quotient of two f32 is no nearer than 2⁻²⁴ to the next integer, unless it is one: below 2²⁸
/// f64 tells them apart, has room for the product with y, and for the difference.
#[inline(always)]
pub fn near_fmod(x: f32, y: f32) -> f32 {
    let (a, b) = (x as f64, y as f64);
    ((a - (a / b).trunc() * b) as f32).copysign(x)
}

#[inline(always)]
fn short_fmod(x: f32, y: f32) -> f32 {
    if are_near(x, y) { near_fmod(x, y) } else { long_fmod(x, y) }
}

/// What is left of division with the sign of `other`, from what is left with the other sign.
#[inline(always)]
pub fn turned_to<T: Real>(rest: T, other: T) -> T {
    // Plus −0 leaves every number as it is, and a choice of summands is no branch to be mispredicted.
    let turns =
        rest.ne(lit(0.0)) & ((rest.lt(lit(0.0)) & other.gt(lit(0.0))) | (rest.gt(lit(0.0)) & other.lt(lit(0.0))));
    rest + T::select(turns, other, lit(-0.0))
}

#[cold]
#[inline(never)]
fn long_fmod(x: f32, y: f32) -> f32 {
    x % y
}

/// Integers of every width compute in 64 bits that wrap, and are cut to their width when stored.
impl Ring for Wrapping<i64> {
    type Mask = bool;
    #[inline(always)]
    fn lit(value: f64) -> Self {
        Wrapping(value as i64)
    }
    #[inline(always)]
    fn lt(self, other: Self) -> bool {
        self.0 < other.0
    }
    #[inline(always)]
    fn le(self, other: Self) -> bool {
        self.0 <= other.0
    }
    #[inline(always)]
    fn eq(self, other: Self) -> bool {
        self.0 == other.0
    }
    #[inline(always)]
    fn select(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }
    #[inline(always)]
    fn floor_div(self, other: Self) -> Self {
        if other.0 == 0 {
            return Wrapping(0);
        }
        let quotient = self / other;
        if quotient * other != self && ((self.0 < 0) != (other.0 < 0)) { quotient - Wrapping(1) } else { quotient }
    }
    #[inline(always)]
    fn remainder(self, other: Self) -> Self {
        self - other * self.floor_div(other)
    }
    #[inline(always)]
    fn fmod(self, other: Self) -> Self {
        if other.0 == 0 { Wrapping(0) } else { self % other }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fmod_is_exact() {
        let mut seed = 1u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed
        };
        let odd =
            [0.0, 1.0, 3.0, f32::MIN_POSITIVE, f32::from_bits(1), f32::MAX, f32::INFINITY, f32::NAN, 16_777_216.0];
        let of = |bits: u32| odd.get(bits as usize % 64).copied().unwrap_or(f32::from_bits(bits));
        for i in 0..1_000_000 {
            let (x, z) = (of(random()), of(random()));
            // Every other pair is near in size, as those are that programs divide.
            let y =
                if i % 2 == 0 { z } else { x * f32::from_bits((random() >> 8) | 0x3f00_0000) * 2f32.powi(-(i % 40)) };
            // And some are multiples, and neighbours of multiples.
            let x =
                if i % 3 == 0 { f32::from_bits((y * (random() % 4096) as f32).to_bits() ^ (random() % 2)) } else { x };
            for (x, y) in [(x, y), (-x, y), (x, -y)] {
                let (ours, theirs) = (x.fmod(y), x % y);
                let same = ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan());
                assert!(same, "fmod({x:e}, {y:e}) = {theirs:e}, got {ours:e}");
            }
        }
    }
}
