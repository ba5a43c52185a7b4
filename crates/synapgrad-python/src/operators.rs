//! `x + y`, `2 ** x`, `x += 1`, `x < y`, `~mask`: Python's operators on tensors.
//!
//! An operand that is neither a tensor nor a number gets `NotImplemented`, so that its own class may answer; PyO3 returns
//! that where an argument cannot be extracted.

use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use synapgrad::Operand;
use synapgrad::ops::formula::Pointwise;
use synapgrad::ops::pointwise::table;

use crate::convert::{Either, In, Number};
use crate::error::{Ret, go_on};
use crate::tensor::PyTensor;

/// The other operand: a tensor, a number, or a number that is too large, which is no case for `NotImplemented`.
struct Other(PyResult<Either>);

impl<'a, 'py> FromPyObject<'a, 'py> for Other {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Other> {
        match object.extract::<Either>() {
            Ok(either) => Ok(Other(Ok(either))),
            Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => Ok(Other(Err(error))),
            // An array of NumPy without dimensions is a number.
            Err(error) => match object.getattr("shape").and_then(|shape| shape.len()) {
                Ok(0) => Ok(Other(Ok(Either::Number(object.call_method0("item")?.extract::<Number>()?.0)))),
                _ => Err(error),
            },
        }
    }
}

/// `row` on this tensor and the other operand, in this order.
fn forward(row: &'static Pointwise, x: &PyTensor, other: Other) -> Ret {
    Ok(row.apply(&[(&x.tensor()).into(), (&other.0?).into()])?.into())
}

/// `row` on the other operand and this tensor.
fn backward(row: &'static Pointwise, x: &PyTensor, other: Other) -> Ret {
    Ok(row.apply(&[(&other.0?).into(), (&x.tensor()).into()])?.into())
}

fn in_place(row: &'static Pointwise, x: &PyTensor, other: Other) -> Ret<()> {
    let other = other.0?;
    row.apply_in_place(&x.tensor(), &[Operand::from(&other)])?;
    go_on()
}

// PyO3 cannot make these from a macro of ours.
#[pymethods]
impl PyTensor {
    fn __add__(&self, other: Other) -> Ret {
        forward(&table::add, self, other)
    }

    fn __radd__(&self, other: Other) -> Ret {
        backward(&table::add, self, other)
    }

    fn __iadd__(&self, other: Other) -> Ret<()> {
        in_place(&table::add, self, other)
    }

    fn __sub__(&self, other: Other) -> Ret {
        forward(&table::sub, self, other)
    }

    fn __rsub__(&self, other: Other) -> Ret {
        backward(&table::sub, self, other)
    }

    fn __isub__(&self, other: Other) -> Ret<()> {
        in_place(&table::sub, self, other)
    }

    fn __mul__(&self, other: Other) -> Ret {
        forward(&table::mul, self, other)
    }

    fn __rmul__(&self, other: Other) -> Ret {
        backward(&table::mul, self, other)
    }

    fn __imul__(&self, other: Other) -> Ret<()> {
        in_place(&table::mul, self, other)
    }

    fn __truediv__(&self, other: Other) -> Ret {
        forward(&table::div, self, other)
    }

    fn __rtruediv__(&self, other: Other) -> Ret {
        backward(&table::div, self, other)
    }

    fn __itruediv__(&self, other: Other) -> Ret<()> {
        in_place(&table::div, self, other)
    }

    fn __floordiv__(&self, other: Other) -> Ret {
        forward(&table::floor_divide, self, other)
    }

    fn __rfloordiv__(&self, other: Other) -> Ret {
        backward(&table::floor_divide, self, other)
    }

    fn __ifloordiv__(&self, other: Other) -> Ret<()> {
        in_place(&table::floor_divide, self, other)
    }

    fn __mod__(&self, other: Other) -> Ret {
        forward(&table::remainder, self, other)
    }

    fn __rmod__(&self, other: Other) -> Ret {
        backward(&table::remainder, self, other)
    }

    fn __imod__(&self, other: Other) -> Ret<()> {
        in_place(&table::remainder, self, other)
    }

    fn __and__(&self, other: Other) -> Ret {
        forward(&table::bitwise_and, self, other)
    }

    fn __rand__(&self, other: Other) -> Ret {
        backward(&table::bitwise_and, self, other)
    }

    fn __iand__(&self, other: Other) -> Ret<()> {
        in_place(&table::bitwise_and, self, other)
    }

    fn __or__(&self, other: Other) -> Ret {
        forward(&table::bitwise_or, self, other)
    }

    fn __ror__(&self, other: Other) -> Ret {
        backward(&table::bitwise_or, self, other)
    }

    fn __ior__(&self, other: Other) -> Ret<()> {
        in_place(&table::bitwise_or, self, other)
    }

    fn __xor__(&self, other: Other) -> Ret {
        forward(&table::bitwise_xor, self, other)
    }

    fn __rxor__(&self, other: Other) -> Ret {
        backward(&table::bitwise_xor, self, other)
    }

    fn __ixor__(&self, other: Other) -> Ret<()> {
        in_place(&table::bitwise_xor, self, other)
    }

    fn __lshift__(&self, other: Other) -> Ret {
        forward(&table::bitwise_left_shift, self, other)
    }

    fn __rlshift__(&self, other: Other) -> Ret {
        backward(&table::bitwise_left_shift, self, other)
    }

    fn __ilshift__(&self, other: Other) -> Ret<()> {
        in_place(&table::bitwise_left_shift, self, other)
    }

    fn __rshift__(&self, other: Other) -> Ret {
        forward(&table::bitwise_right_shift, self, other)
    }

    fn __rrshift__(&self, other: Other) -> Ret {
        backward(&table::bitwise_right_shift, self, other)
    }

    fn __irshift__(&self, other: Other) -> Ret<()> {
        in_place(&table::bitwise_right_shift, self, other)
    }

    fn __pow__(&self, exponent: Other, modulo: Option<&Bound<'_, PyAny>>) -> Ret {
        no_modulo(modulo)?;
        forward(&table::pow, self, exponent)
    }

    fn __rpow__(&self, base: Other, modulo: Option<&Bound<'_, PyAny>>) -> Ret {
        no_modulo(modulo)?;
        backward(&table::pow, self, base)
    }

    fn __ipow__(&self, exponent: Other, modulo: Option<&Bound<'_, PyAny>>) -> Ret<()> {
        no_modulo(modulo)?;
        in_place(&table::pow, self, exponent)
    }

    fn __matmul__(&self, other: In) -> Ret {
        Ok(self.tensor().matmul(&other)?.into())
    }

    fn __neg__(&self) -> Ret {
        Ok(self.tensor().neg()?.into())
    }

    fn __pos__(slf: Bound<'_, Self>) -> Ret<Bound<'_, Self>> {
        slf.get().tensor().positive()?;
        Ok(slf)
    }

    fn __abs__(&self) -> Ret {
        Ok(self.tensor().abs()?.into())
    }

    fn __invert__(&self) -> Ret {
        let x = self.tensor();
        if x.dtype().is_float() {
            let message = format!("~ (operator.invert) is only for integer and bool tensors, got {}", x.dtype().name());
            return Err(PyTypeError::new_err(message).into());
        }
        Ok(x.bitwise_not()?.into())
    }

    fn __richcmp__(&self, other: Other, op: CompareOp) -> Ret {
        let row = match op {
            CompareOp::Lt => &table::lt,
            CompareOp::Le => &table::le,
            CompareOp::Eq => &table::eq,
            CompareOp::Ne => &table::ne,
            CompareOp::Gt => &table::gt,
            CompareOp::Ge => &table::ge,
        };
        forward(row, self, other)
    }
}

fn no_modulo(modulo: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    match modulo {
        None => Ok(()),
        Some(_) => Err(PyTypeError::new_err("pow: a tensor has no power modulo a number")),
    }
}
