//! Element types: what the bytes of a buffer mean, and how types mix.

use std::ops::{BitAnd, BitOr, BitXor, Not};

use half::{bf16, f16};

/// The ten element types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum DType {
    F32,
    F64,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U8,
    Bool,
}

/// Kinds of numbers, weakest first: a float tensor of any width outranks an integer tensor of any width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    Bool,
    Int,
    Float,
}

impl DType {
    pub const ALL: [DType; 10] = [
        DType::F32,
        DType::F64,
        DType::F16,
        DType::BF16,
        DType::I64,
        DType::I32,
        DType::I16,
        DType::I8,
        DType::U8,
        DType::Bool,
    ];

    /// Bytes per element.
    pub const fn size(self) -> usize {
        match self {
            DType::F64 | DType::I64 => 8,
            DType::F32 | DType::I32 => 4,
            DType::F16 | DType::BF16 | DType::I16 => 2,
            DType::I8 | DType::U8 | DType::Bool => 1,
        }
    }

    pub const fn category(self) -> Category {
        match self {
            DType::F32 | DType::F64 | DType::F16 | DType::BF16 => Category::Float,
            DType::Bool => Category::Bool,
            _ => Category::Int,
        }
    }

    pub const fn is_float(self) -> bool {
        matches!(self.category(), Category::Float)
    }

    /// PyTorch's name, without the module: `float32`.
    pub const fn name(self) -> &'static str {
        match self {
            DType::F32 => "float32",
            DType::F64 => "float64",
            DType::F16 => "float16",
            DType::BF16 => "bfloat16",
            DType::I64 => "int64",
            DType::I32 => "int32",
            DType::I16 => "int16",
            DType::I8 => "int8",
            DType::U8 => "uint8",
            DType::Bool => "bool",
        }
    }

    /// The name PyTorch's older messages use: `Float`, `Long`, …
    pub const fn title(self) -> &'static str {
        match self {
            DType::F32 => "Float",
            DType::F64 => "Double",
            DType::F16 => "Half",
            DType::BF16 => "BFloat16",
            DType::I64 => "Long",
            DType::I32 => "Int",
            DType::I16 => "Short",
            DType::I8 => "Char",
            DType::U8 => "Byte",
            DType::Bool => "Bool",
        }
    }

    /// The smallest type that holds the values of both, by PyTorch's table: the wider within a category, the higher
    /// category across, `int16` for `uint8` with `int8`, `float32` for the two 16-bit floats.
    pub fn promote(self, other: DType) -> DType {
        use DType::*;
        if self == other {
            return self;
        }
        if self.category() != other.category() {
            return if self.category() > other.category() { self } else { other };
        }
        match (self, other) {
            (F16, BF16) | (BF16, F16) => F32,
            (U8, I8) | (I8, U8) => I16,
            // `uint8` is not wider than any other integer type, whatever the sizes say.
            (U8, wide) | (wide, U8) => wide,
            (a, b) => {
                if a.size() >= b.size() {
                    a
                } else {
                    b
                }
            }
        }
    }

    /// The type pointwise arithmetic on this type runs in: see [`Compute`].
    pub const fn compute(self) -> ComputeType {
        match self {
            DType::F32 | DType::F16 | DType::BF16 => ComputeType::F32,
            DType::F64 => ComputeType::F64,
            _ => ComputeType::I64,
        }
    }
}

/// The three types that arithmetic is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComputeType {
    F32,
    F64,
    I64,
}

impl ComputeType {
    pub const fn dtype(self) -> DType {
        match self {
            ComputeType::F32 => DType::F32,
            ComputeType::F64 => DType::F64,
            ComputeType::I64 => DType::I64,
        }
    }
}

/// One number of any type, as Python's `int`, `float` and `bool`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    Bool(bool),
    Int(i64),
    Float(f64),
}

impl Scalar {
    pub fn to_f64(self) -> f64 {
        match self {
            Scalar::Bool(b) => b as u8 as f64,
            Scalar::Int(i) => i as f64,
            Scalar::Float(f) => f,
        }
    }

    pub fn to_i64(self) -> i64 {
        match self {
            Scalar::Bool(b) => b as i64,
            Scalar::Int(i) => i,
            Scalar::Float(f) => f as i64,
        }
    }

    pub fn category(self) -> Category {
        match self {
            Scalar::Bool(_) => Category::Bool,
            Scalar::Int(_) => Category::Int,
            Scalar::Float(_) => Category::Float,
        }
    }
}

impl From<f64> for Scalar {
    fn from(v: f64) -> Scalar {
        Scalar::Float(v)
    }
}
impl From<f32> for Scalar {
    fn from(v: f32) -> Scalar {
        Scalar::Float(v as f64)
    }
}
impl From<i64> for Scalar {
    fn from(v: i64) -> Scalar {
        Scalar::Int(v)
    }
}
impl From<i32> for Scalar {
    fn from(v: i32) -> Scalar {
        Scalar::Int(v as i64)
    }
}
impl From<bool> for Scalar {
    fn from(v: bool) -> Scalar {
        Scalar::Bool(v)
    }
}

/// A byte that means true where it is not zero. Rust's own `bool` would make any other byte undefined behaviour, and
/// bytes arrive from NumPy, from files and from recycled memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Bool(pub u8);

mod sealed {
    pub trait Sealed {}
}

/// A type that elements of a buffer may have: plain data for which every bit pattern is a value.
pub trait Element: sealed::Sealed + Copy + Default + Send + Sync + PartialEq + 'static {
    const DTYPE: DType;
    fn to_f32(self) -> f32;
    fn to_f64(self) -> f64;
    fn to_i64(self) -> i64;
    fn from_f32(v: f32) -> Self;
    fn from_f64(v: f64) -> Self;
    fn from_i64(v: i64) -> Self;

    fn from_scalar(v: Scalar) -> Self {
        match v {
            Scalar::Float(f) => Self::from_f64(f),
            other => Self::from_i64(other.to_i64()),
        }
    }

    fn to_scalar(self) -> Scalar {
        match Self::DTYPE.category() {
            Category::Float => Scalar::Float(self.to_f64()),
            Category::Int => Scalar::Int(self.to_i64()),
            Category::Bool => Scalar::Bool(self.to_i64() != 0),
        }
    }
}

/// The element types that arithmetic is compiled for; the others are converted, a tile at a time, on load and store. (Logic
/// is compiled for bool, too.)
pub trait Compute: Element {
    /// Widen or narrow any element to this type.
    fn load<S: Element>(v: S) -> Self;
    fn store<D: Element>(self) -> D;
}

/// `v as i64`, for which the compiler knows no vectors: of NaN 0, and the nearest where it is beyond all of them.
macro_rules! whole {
    ($v:ident) => {{
        let below = if $v < 9_223_372_036_854_775_808.0 { $v } else { 0.0 };
        let inside = if below >= -9_223_372_036_854_775_808.0 { below } else { -9_223_372_036_854_775_808.0 };
        // SAFETY: it is neither NaN nor out of range.
        let whole: i64 = unsafe { inside.to_int_unchecked() };
        if $v >= 9_223_372_036_854_775_808.0 { i64::MAX } else { whole }
    }};
}

macro_rules! number {
    ($($t:ty = $d:ident),*) => {$(
        impl sealed::Sealed for $t {}
        impl Element for $t {
            const DTYPE: DType = DType::$d;
            #[inline(always)] fn to_f32(self) -> f32 { self as f32 }
            #[inline(always)] fn to_f64(self) -> f64 { self as f64 }
            #[inline(always)] fn to_i64(self) -> i64 { number!(@whole self, $d) }
            // Through i64, so that an out-of-range value wraps as PyTorch's conversion does instead of saturating.
            #[inline(always)] fn from_f32(v: f32) -> Self { number!(@float v, $d) }
            #[inline(always)] fn from_f64(v: f64) -> Self { number!(@float v, $d) }
            #[inline(always)] fn from_i64(v: i64) -> Self { v as Self }
        }
    )*};
    (@whole $v:ident, F32) => { whole!($v) };
    (@whole $v:ident, F64) => { whole!($v) };
    (@whole $v:ident, $int:ident) => { $v as i64 };
    (@float $v:ident, F32) => { $v as f32 };
    (@float $v:ident, F64) => { $v as f64 };
    (@float $v:ident, $int:ident) => { whole!($v) as Self };
}

number!(f32 = F32, f64 = F64, i64 = I64, i32 = I32, i16 = I16, i8 = I8, u8 = U8);

macro_rules! half_float {
    ($($t:ty = $d:ident: $widen:ident, $narrow:ident;)*) => {$(
        impl sealed::Sealed for $t {}
        impl Element for $t {
            const DTYPE: DType = DType::$d;
            #[inline(always)] fn to_f32(self) -> f32 { $widen(self.to_bits()) }
            #[inline(always)] fn to_f64(self) -> f64 { $widen(self.to_bits()) as f64 }
            #[inline(always)] fn to_i64(self) -> i64 { $widen(self.to_bits()) as i64 }
            #[inline(always)] fn from_f32(v: f32) -> Self { <$t>::from_bits($narrow(v)) }
            #[inline(always)] fn from_f64(v: f64) -> Self { <$t>::from_bits($narrow(v as f32)) }
            #[inline(always)] fn from_i64(v: i64) -> Self { <$t>::from_bits($narrow(v as f32)) }
        }
    )*};
}
half_float! {
    f16 = F16: widen_f16, narrow_f16;
    bf16 = BF16: widen_bf16, narrow_bf16;
}

// The conversions of the 16-bit floats are written without branches, so that loops over them are vectorised.

#[inline(always)]
fn widen_bf16(bits: u16) -> f32 {
    f32::from_bits((bits as u32) << 16)
}

/// To the nearest, halves to even.
#[inline(always)]
fn narrow_bf16(value: f32) -> u16 {
    let bits = value.to_bits();
    let rounded = (bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16) as u16;
    let nan = (bits >> 16) as u16 | 0x0040;
    if value.is_nan() { nan } else { rounded }
}

/// The exponent is moved to its place in 32 bits and its bias corrected by a multiplication, which makes the subnormal
/// numbers right, too; all ones in the exponent mean infinity or NaN in both formats.
#[inline(always)]
fn widen_f16(bits: u16) -> f32 {
    let magnitude = (bits & 0x7fff) as u32;
    let scaled = (f32::from_bits(magnitude << 13) * f32::from_bits((127 + 112) << 23)).to_bits();
    let special = if magnitude >= 0x7c00 { 0x7f80_0000 } else { 0 };
    f32::from_bits(scaled | special | ((bits & 0x8000) as u32) << 16)
}

/// To the nearest, halves to even; beyond the largest, infinity.
#[inline(always)]
fn narrow_f16(value: f32) -> u16 {
    let bits = value.to_bits();
    let magnitude = bits & 0x7fff_ffff;
    // Of a number below 2⁻¹⁴ the sum with ½ has exactly the bits of the subnormal result, rounded, at its end.
    let subnormal = (f32::from_bits(magnitude) + 0.5).to_bits().wrapping_sub(0.5f32.to_bits());
    let normal = magnitude.wrapping_sub(112 << 23).wrapping_add(0xfff + (magnitude >> 13 & 1)) >> 13;
    let finite = if magnitude < (113 << 23) { subnormal } else { normal };
    let nan = 0x7e00 | (magnitude >> 13 & 0x3ff);
    let special = if magnitude > 0x7f80_0000 { nan } else { 0x7c00 };
    // 65520 is halfway between the largest number and the next that there would be.
    let result = if magnitude >= 65520f32.to_bits() { special } else { finite };
    (result | (bits >> 16 & 0x8000)) as u16
}

impl sealed::Sealed for Bool {}
impl Element for Bool {
    const DTYPE: DType = DType::Bool;
    #[inline(always)]
    fn to_f32(self) -> f32 {
        (self.0 != 0) as u8 as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        (self.0 != 0) as u8 as f64
    }
    #[inline(always)]
    fn to_i64(self) -> i64 {
        (self.0 != 0) as i64
    }
    #[inline(always)]
    fn from_f32(v: f32) -> Self {
        Bool((v != 0.0) as u8)
    }
    #[inline(always)]
    fn from_f64(v: f64) -> Self {
        Bool((v != 0.0) as u8)
    }
    #[inline(always)]
    fn from_i64(v: i64) -> Self {
        Bool((v != 0) as u8)
    }
}

macro_rules! compute {
    ($($t:ty: $load:ident $store:ident),*) => {$(
        impl Compute for $t {
            #[inline(always)] fn load<S: Element>(v: S) -> Self { v.$load() }
            #[inline(always)] fn store<D: Element>(self) -> D { D::$store(self) }
        }
    )*};
}
compute!(f32: to_f32 from_f32, f64: to_f64 from_f64, i64: to_i64 from_i64);

impl Compute for Bool {
    #[inline(always)]
    fn load<S: Element>(v: S) -> Bool {
        Bool((v != S::default()) as u8)
    }
    #[inline(always)]
    fn store<D: Element>(self) -> D {
        D::from_i64(self.to_i64())
    }
}

impl Not for Bool {
    type Output = Bool;
    #[inline(always)]
    fn not(self) -> Bool {
        Bool((self.0 == 0) as u8)
    }
}
impl BitAnd for Bool {
    type Output = Bool;
    #[inline(always)]
    fn bitand(self, other: Bool) -> Bool {
        // Not `&&`, which is a branch.
        Bool((self.0 != 0) as u8 & (other.0 != 0) as u8)
    }
}
impl BitOr for Bool {
    type Output = Bool;
    #[inline(always)]
    fn bitor(self, other: Bool) -> Bool {
        Bool((self.0 | other.0 != 0) as u8)
    }
}
impl BitXor for Bool {
    type Output = Bool;
    #[inline(always)]
    fn bitxor(self, other: Bool) -> Bool {
        Bool(((self.0 != 0) != (other.0 != 0)) as u8)
    }
}

/// Run `$body` with `$T` standing for the Rust type of `$dtype`.
#[macro_export]
macro_rules! with_element {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            $crate::DType::F32 => {
                type $T = f32;
                $body
            }
            $crate::DType::F64 => {
                type $T = f64;
                $body
            }
            $crate::DType::F16 => {
                type $T = $crate::f16;
                $body
            }
            $crate::DType::BF16 => {
                type $T = $crate::bf16;
                $body
            }
            $crate::DType::I64 => {
                type $T = i64;
                $body
            }
            $crate::DType::I32 => {
                type $T = i32;
                $body
            }
            $crate::DType::I16 => {
                type $T = i16;
                $body
            }
            $crate::DType::I8 => {
                type $T = i8;
                $body
            }
            $crate::DType::U8 => {
                type $T = u8;
                $body
            }
            $crate::DType::Bool => {
                type $T = $crate::Bool;
                $body
            }
        }
    };
}

/// Run `$body` with `$T` standing for the type that `$dtype` is computed in: `f32`, `f64` or `i64`.
#[macro_export]
macro_rules! with_compute {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype.compute() {
            $crate::dtype::ComputeType::F32 => {
                type $T = f32;
                $body
            }
            $crate::dtype::ComputeType::F64 => {
                type $T = f64;
                $body
            }
            $crate::dtype::ComputeType::I64 => {
                type $T = i64;
                $body
            }
        }
    };
}

/// Run `$body` with `$T` standing for an unsigned integer as wide as an element of `$dtype`: movement kernels care only
/// for size.
#[macro_export]
macro_rules! with_size {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype.size() {
            8 => {
                type $T = i64;
                $body
            }
            4 => {
                type $T = i32;
                $body
            }
            2 => {
                type $T = i16;
                $body
            }
            _ => {
                type $T = u8;
                $body
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_become_whole_as_by_the_operator() {
        for v in [0.0, -0.0, 1.9, -1.9, 1e18, 9.223372036854775e18, 9.3e18, -9.223_372_036_854_776e18, -1e19, f64::MAX]
        {
            assert_eq!((v.to_i64(), (v as f32).to_i64()), (v as i64, v as f32 as i64), "{v}");
        }
        for v in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!((i16::from_f64(v), i64::from_f32(v as f32)), (v as i64 as i16, v as i64), "{v}");
        }
    }

    #[test]
    fn promotion_follows_pytorch() {
        use DType::*;
        // torch.promote_types(a, b)
        for (a, b, want) in [
            (U8, I8, I16),
            (U8, I64, I64),
            (I8, I16, I16),
            (Bool, U8, U8),
            (I64, F16, F16),
            (F16, BF16, F32),
            (F32, BF16, F32),
            (F64, F32, F64),
            (Bool, Bool, Bool),
        ] {
            assert_eq!(a.promote(b), want, "{a:?} with {b:?}");
            assert_eq!(b.promote(a), want, "{b:?} with {a:?}");
        }
    }

    #[test]
    fn sixteen_bit_floats_convert_as_the_half_crate_does() {
        for bits in 0..=u16::MAX {
            let (ours, theirs) = (f16::from_bits(bits).to_f32(), half::f16::from_bits(bits).to_f32_const());
            assert!(ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan()), "f16 {bits:#06x}");
            let (ours, theirs) = (bf16::from_bits(bits).to_f32(), half::bf16::from_bits(bits).to_f32_const());
            assert!(ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan()), "bf16 {bits:#06x}");
        }
        for i in 0..=u32::MAX / 997 {
            let value = f32::from_bits(i * 997);
            assert_eq!(
                <f16 as Element>::from_f32(value).to_bits(),
                half::f16::from_f32_const(value).to_bits(),
                "{value:e}"
            );
            assert_eq!(
                <bf16 as Element>::from_f32(value).to_bits(),
                half::bf16::from_f32_const(value).to_bits(),
                "{value:e}"
            );
        }
    }

    #[test]
    fn narrowing_wraps() {
        assert_eq!(u8::from_f64(-1.0), 255);
        assert_eq!(i8::from_i64(300), 44);
        assert_eq!(Bool::from_f64(f64::NAN), Bool(1));
    }
}
