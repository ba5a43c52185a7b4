//! Functions of three numbers: choosing, clamping, blending.
//!
//! `a`, `b`, `c` are the elements, `y` the result, `g` the gradient that arrives at the result.

use synapgrad_kernels::dtype::Category;
use synapgrad_kernels::{DType, Ring, Scalar, lit};

use super::create::check_fits;
use super::formula::{Operand, Pointwise, formula, pointwise, rows, slope};
use crate::error::{bail, ensure};
use crate::{Result, Tensor};

pointwise! {
    /// a + value·b·c. ∂a = 1, ∂b = value·c, ∂c = value·b
    addcmul / addcmul_ (number) |a, b, c; value| a + value * b * c, by(whole_parameters_fit),
        grad(same), grad(|g, c, value| g * (c * value)), grad(|g, b, value| g * (b * value));
    /// a + value·b/c. ∂a = 1, ∂b = value/c, ∂c = −value·b/c²
    addcdiv / addcdiv_ (real) |a, b, c; value| a + value * (b / c),
        grad(same), grad(|g, c, value| g * (value / c)), grad(|g, b, c, value| -g * (value * (b / c) / c));
    /// a + w·(b − a): a at w = 0, b at w = 1. ∂a = 1 − w, ∂b = w, ∂w = b − a
    lerp / lerp_ (real) |a, b, w| T::select(w.abs().lt(lit(0.5)), a + w * (b - a), b - (b - a) * (T::lit(1.0) - w)),
        by(one_dtype), grad(|g, w| g * (lit::<T>(1.0) - w)), grad(|g, w| g * w), grad(|g, a, b| g * (b - a));
}

rows! { variants
    select = "where" (any) |a, b, c| T::select(c.ne(lit(0.0)), a, b),
        grad(|g, c| T::select(c.ne(lit(0.0)), g, lit(0.0))),
        grad(|g, c| T::select(c.ne(lit(0.0)), lit(0.0), g));
    masked_fill = "masked_fill" (any) |a, m, value| T::select(m.ne(lit(0.0)), value, a),
        grad(|g, m| T::select(m.ne(lit(0.0)), lit(0.0), g)), grad(zero), grad(|g, m| T::select(m.ne(lit(0.0)), g, lit(0.0)));
    // Numbers as limits, none of them NaN: no gradient reaches an element at a limit.
    clamp = "ClampBackward1" / clamp_ (any) |a, low, high| at_most(at_least(a, low), high), by(no_masks),
        grad(|g, a, low, high| T::select(a.gt(low) & a.lt(high), g, lit(0.0)));
    clamp_min = "clamp_min" / clamp_min_ (any) |a, low| at_least(a, low), by(no_masks), grad(|g, a, low| T::select(a.gt(low), g, lit(0.0)));
    clamp_max = "clamp_max" / clamp_max_ (any) |a, high| at_most(a, high), by(no_masks), grad(|g, a, high| T::select(a.lt(high), g, lit(0.0)));
    // With NaN as a limit nothing else comes out.
    clamp_to_nan = "clamp" (any) |a, nan| a + nan, by(no_masks), grad(zero);
    // Tensors as limits: element and limit share the gradient where they are equal, as in maximum and minimum.
    clamp_between = "clamp" (any) |a, low, high| a.max(low).min(high), by(no_masks),
        grad(|g, a, low, high| T::select(a.lt(low) | a.gt(high) | low.gt(high), lit(0.0),
            T::select((a.eq(low) | a.eq(high)) & low.lt(high), g * lit(0.5), g))),
        grad(|g, a, low, high| T::select(low.gt(high), lit(0.0),
            T::select(a.lt(low), g, T::select(a.eq(low) & low.lt(high), g * lit(0.5), lit(0.0))))),
        grad(|g, a, low, high| T::select(low.gt(high) | a.gt(high), g,
            T::select(a.eq(high) & low.lt(high), g * lit(0.5), lit(0.0))));
    clamp_above = "clamp_min" (any) |a, low| a.max(low),
        grad(|g, a, low| of_larger(a, low, g)), grad(|g, a, low| of_larger(low, a, g));
    clamp_below = "clamp_max" (any) |a, high| a.min(high),
        grad(|g, a, high| of_smaller(a, high, g)), grad(|g, a, high| of_smaller(high, a, g));
}

/// max(a, low) where `low` is not NaN: one instruction.
#[inline(always)]
fn at_least<T: Ring>(a: T, low: T) -> T {
    T::select(a.lt(low), low, a)
}

/// min(a, high) where `high` is not NaN.
#[inline(always)]
fn at_most<T: Ring>(a: T, high: T) -> T {
    T::select(a.gt(high), high, a)
}

/// What a gets of the gradient of max(a, b).
#[inline(always)]
fn of_larger<T: Ring>(a: T, b: T, g: T) -> T {
    T::select(a.eq(b), g * lit(0.5), T::select(a.lt(b), lit(0.0), g))
}

/// What a gets of the gradient of min(a, b).
#[inline(always)]
fn of_smaller<T: Ring>(a: T, b: T, g: T) -> T {
    T::select(a.eq(b), g * lit(0.5), T::select(a.gt(b), lit(0.0), g))
}

/// A whole limit beyond the range of an integer type does what the end of the range does.
pub(super) fn reachable(limit: Operand, dtype: DType) -> Operand {
    let range = match dtype {
        DType::U8 => (0, u8::MAX as i64),
        DType::I8 => (i8::MIN as i64, i8::MAX as i64),
        DType::I16 => (i16::MIN as i64, i16::MAX as i64),
        DType::I32 => (i32::MIN as i64, i32::MAX as i64),
        _ => return limit,
    };
    match limit {
        Operand::Number(Scalar::Int(n)) => n.clamp(range.0, range.1).into(),
        limit => limit,
    }
}

type Row = &'static Pointwise;

/// The parameters of an operation on integers are numbers of the dtype that is computed in.
pub(super) fn whole_parameters_fit(row: Row, operands: &[Operand]) -> Result<Row> {
    let dtype = super::formula::result_type(&operands[..row.inputs]);
    if dtype.category() == Category::Int {
        for operand in &operands[row.inputs..] {
            if let Operand::Number(number) = operand {
                check_fits(row.name, *number, dtype)?;
            }
        }
    }
    Ok(row)
}

fn one_dtype(row: Row, operands: &[Operand]) -> Result<Row> {
    let float = operands[0].tensor().is_none_or(|t| t.dtype().is_float());
    ensure!(float, NotImplemented, "{}: not implemented for integers and bool; wanted floats", row.name);
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
    /// min(max(a, low), high); a limit may be missing. Where low > high, it is high. ∂a = 1 where low < a < high; a limit
    /// that is a tensor gets the rest, half where a is equal to it
    ///
    /// # Errors
    /// RuntimeError where both limits are missing.
    pub fn clamp(&self, low: Option<Operand>, high: Option<Operand>) -> Result<Tensor> {
        let (row, operands) = self.clamping("clamp", low, high)?;
        row.apply(&operands)
    }

    /// [`clamp`](Tensor::clamp), left in this tensor.
    ///
    /// # Errors
    /// As clamp, and where the result's dtype does not fit.
    pub fn clamp_<'a>(&'a self, low: Option<Operand<'a>>, high: Option<Operand<'a>>) -> Result<&'a Tensor> {
        let (row, operands) = self.clamping("clamp_", low, high)?;
        row.apply_in_place(self, &operands[1..])
    }

    /// max(a, low): see [`clamp`](Tensor::clamp).
    pub fn clamp_min<'a>(&'a self, low: impl Into<Operand<'a>>) -> Result<Tensor> {
        self.clamp(Some(low.into()), None)
    }

    /// [`clamp_min`](Tensor::clamp_min), left in this tensor.
    pub fn clamp_min_<'a>(&'a self, low: impl Into<Operand<'a>>) -> Result<&'a Tensor> {
        self.clamp_(Some(low.into()), None)
    }

    /// min(a, high): see [`clamp`](Tensor::clamp).
    pub fn clamp_max<'a>(&'a self, high: impl Into<Operand<'a>>) -> Result<Tensor> {
        self.clamp(None, Some(high.into()))
    }

    /// [`clamp_max`](Tensor::clamp_max), left in this tensor.
    pub fn clamp_max_<'a>(&'a self, high: impl Into<Operand<'a>>) -> Result<&'a Tensor> {
        self.clamp_(None, Some(high.into()))
    }

    /// The row that clamps, and its operands.
    fn clamping<'a>(
        &'a self,
        name: &str,
        low: Option<Operand<'a>>,
        high: Option<Operand<'a>>,
    ) -> Result<(Row, smallvec::SmallVec<[Operand<'a>; 3]>)> {
        let is_nan = |limit: &Operand| matches!(limit, Operand::Number(Scalar::Float(x)) if x.is_nan());
        if let Some(nan) = [low, high].into_iter().flatten().find(is_nan) {
            return Ok((&variants::clamp_to_nan, [self.into(), nan].into_iter().collect()));
        }
        let numbers = [low, high].iter().flatten().all(|limit| limit.tensor().is_none());
        let row = match (low, high, numbers) {
            (Some(_), Some(_), true) => &variants::clamp,
            (Some(_), Some(_), false) => &variants::clamp_between,
            (Some(_), None, true) => &variants::clamp_min,
            (Some(_), None, false) => &variants::clamp_above,
            (None, Some(_), true) => &variants::clamp_max,
            (None, Some(_), false) => &variants::clamp_below,
            (None, None, _) => bail!(Runtime, "{name}: At least one of 'min' or 'max' must not be None"),
        };
        let limits = [low, high].into_iter().flatten().map(|limit| reachable(limit, self.dtype()));
        Ok((row, std::iter::once(self.into()).chain(limits).collect()))
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
                check_fits(name, tensor.item()?, self.dtype())?;
                Ok(Filling::Tensor(tensor.to_dtype(self.dtype())?))
            }
            Operand::Number(number) => {
                check_fits(name, number, self.dtype())?;
                Ok(Filling::Number(match self.dtype().category() {
                    Category::Float => Scalar::Float(number.to_f64()),
                    Category::Int => Scalar::Int(number.to_i64()),
                    Category::Bool => Scalar::Bool(number.to_f64() != 0.0),
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
