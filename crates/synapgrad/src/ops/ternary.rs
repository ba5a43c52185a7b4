//! Functions of three numbers: choosing, clamping, blending.
//!
//! `a`, `b`, `c` are the elements, `y` the result, `g` the gradient that arrives at the result.

use synapgrad_kernels::dtype::Category;
use synapgrad_kernels::{DType, Float, Ring, Scalar, lit};

use super::formula::{Operand, Pointwise, formula, pointwise, rows, slope};
use crate::error::{bail, ensure};
use crate::{Result, Tensor};

pointwise! {
    /// a + value·b·c. ∂a = 1, ∂b = value·c, ∂c = value·b
    addcmul / addcmul_ (any) |a, b, c; value| a + value * b * c,
        grad(same), grad(|g, c, value| g * (c * value)), grad(|g, b, value| g * (b * value));
    /// a + value·b/c. ∂a = 1, ∂b = value/c, ∂c = −value·b/c²
    addcdiv / addcdiv_ (real) |a, b, c; value| a + value * (b / c),
        grad(same), grad(|g, c, value| g * (value / c)), grad(|g, b, c, value| -g * (value * (b / c) / c));
    /// a + w·(b − a): a at w = 0, b at w = 1. ∂a = 1 − w, ∂b = w, ∂w = b − a
    lerp / lerp_ (real) |a, b, w| T::select(w.abs().lt(lit(0.5)), a + w * (b - a), b - (b - a) * (T::lit(1.0) - w)),
        by(one_dtype), grad(|g, w| g * (lit::<T>(1.0) - w)), grad(|g, w| g * w), grad(|g, a, b| g * (b - a));
    /// max(a, low). ∂a = 1 where a ≥ low, ∂low = 1 where a < low
    clamp_min / clamp_min_ (any) |a, low| a.max(low), by(no_masks),
        grad(|g, a, low| T::select(a.ge(low), g, lit(0.0))), grad(|g, a, low| T::select(a.lt(low), g, lit(0.0)));
    /// min(a, high). ∂a = 1 where a ≤ high, ∂high = 1 where a > high
    clamp_max / clamp_max_ (any) |a, high| a.min(high), by(no_masks),
        grad(|g, a, high| T::select(a.le(high), g, lit(0.0))), grad(|g, a, high| T::select(a.gt(high), g, lit(0.0)));
}

rows! { variants
    select = "where" (any) |a, b, c| T::select(c.ne(lit(0.0)), a, b),
        grad(|g, c| T::select(c.ne(lit(0.0)), g, lit(0.0))),
        grad(|g, c| T::select(c.ne(lit(0.0)), lit(0.0), g));
    masked_fill = "masked_fill" (any) |a, m, value| T::select(m.ne(lit(0.0)), value, a),
        grad(|g, m| T::select(m.ne(lit(0.0)), lit(0.0), g)), grad(zero), grad(|g, m| T::select(m.ne(lit(0.0)), g, lit(0.0)));
    clamp = "clamp" (any) |a, low, high| a.max(low).min(high), by(no_masks),
        grad(|g, a, low, high| T::select(a.ge(low) & a.le(high), g, lit(0.0))),
        grad(|g, a, low, high| T::select(low.lt(high) & a.lt(low), g, lit(0.0))),
        grad(|g, a, low, high| T::select(a.gt(high) | high.lt(low), g, lit(0.0)));
}

type Row = &'static Pointwise;

fn one_dtype(row: Row, operands: &[Operand]) -> Result<Row> {
    let mut tensors = operands.iter().filter_map(|o| o.tensor());
    let first = tensors.next().map(|t| t.dtype());
    for tensor in tensors {
        ensure!(
            Some(tensor.dtype()) == first,
            Runtime,
            "{}: expected dtype {} for all tensors but got dtype {}",
            row.name,
            first.unwrap_or(DType::F32).name(),
            tensor.dtype().name()
        );
    }
    Ok(row)
}

/// Limits that are masks make no sense, unless something else is a number.
fn no_masks(row: Row, operands: &[Operand]) -> Result<Row> {
    ensure!(
        super::formula::result_type(operands) != DType::Bool,
        NotImplemented,
        "{}: not implemented for bool; wanted integers or floats",
        row.name
    );
    Ok(row)
}

impl Tensor {
    /// min(max(a, low), high); a limit may be missing. Where low > high, it is high.
    /// ∂a = 1 where low ≤ a ≤ high, ∂low = 1 where a < low, ∂high = 1 where a > high
    ///
    /// # Errors
    /// RuntimeError where both limits are missing.
    pub fn clamp(&self, low: Option<Operand>, high: Option<Operand>) -> Result<Tensor> {
        match (low, high) {
            (Some(low), Some(high)) => variants::clamp.apply(&[self.into(), low, high]),
            (Some(low), None) => table::clamp_min.apply(&[self.into(), low]),
            (None, Some(high)) => table::clamp_max.apply(&[self.into(), high]),
            (None, None) => bail!(Runtime, "clamp: At least one of 'min' or 'max' must not be None"),
        }
    }

    /// [`clamp`](Tensor::clamp), left in this tensor.
    ///
    /// # Errors
    /// As clamp, and where the result's dtype does not fit.
    pub fn clamp_<'a>(&'a self, low: Option<Operand<'a>>, high: Option<Operand<'a>>) -> Result<&'a Tensor> {
        match (low, high) {
            (Some(low), Some(high)) => variants::clamp.apply_in_place(self, &[low, high]),
            (Some(low), None) => table::clamp_min.apply_in_place(self, &[low]),
            (None, Some(high)) => table::clamp_max.apply_in_place(self, &[high]),
            (None, None) => bail!(Runtime, "clamp_: At least one of 'min' or 'max' must not be None"),
        }
    }

    /// This tensor where `condition` holds, else `other`.
    pub(crate) fn kept_where<'a>(&'a self, condition: &Tensor, other: impl Into<Operand<'a>>) -> Result<Tensor> {
        Tensor::where_(condition, self, other)
    }

    /// a where the condition holds, else b. ∂a = g where it holds, ∂b = g elsewhere
    ///
    /// # Errors
    /// RuntimeError where the condition is not bool.
    pub fn where_<'a>(condition: &Tensor, a: impl Into<Operand<'a>>, b: impl Into<Operand<'a>>) -> Result<Tensor> {
        ensure!(
            matches!(condition.dtype(), DType::Bool | DType::U8),
            Runtime,
            "where: expected condition to be a boolean tensor, but got a tensor with dtype {}",
            condition.dtype().name()
        );
        let bool_condition = condition.to_dtype(DType::Bool)?;
        variants::select.apply(&[a.into(), b.into(), (&bool_condition).into()])
    }

    /// `value` where the mask holds, else a. ∂a = g where it does not hold, ∂value = Σ g where it holds
    ///
    /// # Errors
    /// RuntimeError where the mask is not bool, the value a tensor with dimensions, or a number the dtype cannot hold.
    pub fn masked_fill<'a>(&self, mask: &Tensor, value: impl Into<Operand<'a>>) -> Result<Tensor> {
        let value = self.filling("masked_fill", mask, value.into())?;
        variants::masked_fill.apply(&[self.into(), mask.into(), value.operand()])
    }

    /// [`masked_fill`](Tensor::masked_fill), left in this tensor.
    ///
    /// # Errors
    /// As masked_fill, and where the mask has more dimensions.
    pub fn masked_fill_<'a>(&self, mask: &Tensor, value: impl Into<Operand<'a>>) -> Result<&Tensor> {
        let value = self.filling("masked_fill_", mask, value.into())?;
        variants::masked_fill.apply_in_place(self, &[mask.into(), value.operand()])
    }

    /// `value` in this tensor's dtype.
    fn filling(&self, name: &str, mask: &Tensor, value: Operand) -> Result<Filling> {
        ensure!(
            mask.dtype() == DType::Bool,
            Runtime,
            "{name}: only supports boolean masks, but got mask with dtype {}",
            mask.dtype().name()
        );
        match value {
            Operand::Tensor(tensor) => {
                ensure!(
                    tensor.rank() == 0,
                    Runtime,
                    "{name}: only supports a 0-dimensional value tensor, but got tensor with {} dimension(s)",
                    tensor.rank()
                );
                Ok(Filling::Tensor(tensor.to_dtype(self.dtype())?))
            }
            Operand::Number(number) => {
                let value = number.to_f64();
                let category = self.dtype().category();
                ensure!(
                    category != Category::Int || value.is_finite(),
                    Runtime,
                    "{name}: value {value} cannot be converted to type {} without overflow",
                    self.dtype().name()
                );
                Ok(Filling::Number(match category {
                    Category::Float => Scalar::Float(value),
                    Category::Int => Scalar::Int(number.to_i64()),
                    Category::Bool => Scalar::Bool(value != 0.0),
                }))
            }
        }
    }
}

enum Filling {
    Tensor(Tensor),
    Number(Scalar),
}

impl Filling {
    fn operand(&self) -> Operand<'_> {
        match self {
            Filling::Tensor(tensor) => tensor.into(),
            Filling::Number(number) => Operand::Number(*number),
        }
    }
}
