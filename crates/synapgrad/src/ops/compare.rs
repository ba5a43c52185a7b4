//! Comparisons and logic: results are bool and have no derivative.

use synapgrad_kernels::dtype::Category;
use synapgrad_kernels::{Ring, lit};

use super::formula::{Operand, formula, pointwise, rows};
use super::unary::{bit, finite};
use crate::error::ensure;
use crate::{Result, Tensor, default_dtype};

/// Whether x is not zero.
#[inline(always)]
fn holds<T: Ring>(x: T) -> T::Mask {
    x.ne(lit(0.0))
}

pointwise! {
    /// a = b
    eq / eq_ (test) |a, b| bit(a.eq(b));
    /// a ≠ b
    ne / ne_ (test) |a, b| bit(a.ne(b));
    /// a < b
    lt / lt_ (test) |a, b| bit(a.lt(b));
    /// a ≤ b
    le / le_ (test) |a, b| bit(a.le(b));
    /// a > b
    gt / gt_ (test) |a, b| bit(a.gt(b));
    /// a ≥ b
    ge / ge_ (test) |a, b| bit(a.ge(b));
    /// Both are nonzero.
    logical_and / logical_and_ (test) |a, b| bit(holds(a) & holds(b)), bool(a & b);
    /// Either is nonzero.
    logical_or / logical_or_ (test) |a, b| bit(holds(a) | holds(b)), bool(a | b);
    /// One of them is nonzero and the other zero.
    logical_xor / logical_xor_ (test) |a, b| bit((holds(a) | holds(b)) & !(holds(a) & holds(b))), bool(a ^ b);
}

rows! { variants
    close = "isclose" (test) |a, b; rtol, atol|
        bit(a.eq(b) | (finite(a - b) & (a - b).abs().le(atol + (rtol * b).abs()))), int((a == b) as i64);
    same_nan = "isclose" (test) |a, b| bit(a.ne(a) & b.ne(b));
}

impl Tensor {
    /// |a − b| ≤ atol + rtol·|b|, or a = b; NaN is close to NaN only with `equal_nan`.
    ///
    /// # Errors
    /// RuntimeError for different dtypes or negative tolerances.
    pub fn isclose(&self, other: &Tensor, rtol: f64, atol: f64, equal_nan: bool) -> Result<Tensor> {
        self.close("isclose", other, rtol, atol, equal_nan)
    }

    fn close(&self, name: &str, other: &Tensor, rtol: f64, atol: f64, equal_nan: bool) -> Result<Tensor> {
        ensure!(
            self.dtype() == other.dtype(),
            Runtime,
            "{name}: {} did not match {}",
            self.dtype().name(),
            other.dtype().name()
        );
        ensure!(rtol >= 0.0, Runtime, "{name}: rtol must be greater than or equal to zero, but got {rtol}");
        ensure!(atol >= 0.0, Runtime, "{name}: atol must be greater than or equal to zero, but got {atol}");
        super::operand::result_layout(name, &[self.into(), other.into()])?;
        if self.dtype().category() != Category::Float {
            let real = |t: &Tensor| t.detach().to_dtype(default_dtype());
            return self.eq(other)?.logical_or(&real(self)?.close(name, &real(other)?, rtol, atol, false)?);
        }
        let close = variants::close.apply(&[self.into(), other.into(), rtol.into(), atol.into()])?;
        if !equal_nan {
            return Ok(close);
        }
        close.logical_or(&variants::same_nan.apply(&[self.into(), other.into()])?)
    }

    /// Whether all elements are close: see [`isclose`](Tensor::isclose).
    ///
    /// # Errors
    /// As isclose.
    pub fn allclose(&self, other: &Tensor, rtol: f64, atol: f64, equal_nan: bool) -> Result<bool> {
        self.close("allclose", other, rtol, atol, equal_nan)?.holds_everywhere()
    }

    /// Whether both have the same shape and the same elements.
    pub fn equal(&self, other: &Tensor) -> Result<bool> {
        if self.shape() != other.shape() {
            return Ok(false);
        }
        self.eq(other)?.holds_everywhere()
    }

    fn holds_everywhere(&self) -> Result<bool> {
        Ok(self.all(&[], false)?.item()?.to_i64() != 0)
    }
}

/// The operations of this file that are not in its tables.
pub const NAMES: &[&str] = &["allclose", "equal"];
