//! Comparisons and logic: results are bool and have no derivative.

use synapgrad_kernels::{Ring, Scalar, lit};

use super::formula::{Operand, formula, pointwise, slope};
use crate::{Result, Tensor};

/// 1 or 0.
#[inline(always)]
fn bit<T: Ring>(mask: T::Mask) -> T {
    T::select(mask, lit(1.0), lit(0.0))
}

pointwise! {
    /// a = b
    eq (test) |a, b| bit(a.eq(b));
    /// a ≠ b
    ne (test) |a, b| bit(a.ne(b));
    /// a < b
    lt (test) |a, b| bit(a.lt(b));
    /// a ≤ b
    le (test) |a, b| bit(a.le(b));
    /// a > b
    gt (test) |a, b| bit(a.gt(b));
    /// a ≥ b
    ge (test) |a, b| bit(a.ge(b));
    /// Both are nonzero.
    logical_and (test) |a, b| bit(a.ne(lit(0.0)) & b.ne(lit(0.0)));
    /// Either is nonzero.
    logical_or (test) |a, b| bit(a.ne(lit(0.0)) | b.ne(lit(0.0)));
    /// x is zero.
    logical_not (test) |x| bit(x.eq(lit(0.0)));
}
