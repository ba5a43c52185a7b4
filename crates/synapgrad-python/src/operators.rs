//! `x + y`, `2 ** x`, `x += 1`, `x < y`, `~mask`: Python's operators on tensors.
//!
//! An operand that is neither a tensor nor a number gets `NotImplemented`, so that its own class may answer; PyO3 returns
//! that where an argument cannot be extracted.

use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use synapgrad::Operand;
use synapgrad::ops::formula::Pointwise;
use synapgrad::ops::pointwise::table;

use crate::convert::{Either, In, Number};
use crate::error::Ret;
use crate::tensor::PyTensor;

/// The other operand: a tensor, a number, or a number that is too large, which is no case for `NotImplemented`.
struct Other(PyResult<Either>);

impl<'a, 'py> FromPyObject<'a, 'py> for Other {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Other> {
        match object.extract::<Either>() {
            Ok(either) => Ok(Other(Ok(either))),
            Err(error) if error.is_instance_of::<PyRuntimeError>(object.py()) => Ok(Other(Err(error))),
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
    Ok(())
}

macro_rules! operators {
    ($($row:ident: $forward:ident $backward:ident $in_place:ident;)*) => {
        // What PyO3 generates bears the place of this macro, and its lints hold for it therefore.
        #[allow(unsafe_op_in_unsafe_fn)]
        #[pymethods]
        impl PyTensor {
            $(
                fn $forward(&self, other: Other) -> Ret {
                    forward(&table::$row, self, other)
                }
                fn $backward(&self, other: Other) -> Ret {
                    backward(&table::$row, self, other)
                }
                fn $in_place(&self, other: Other) -> Ret<()> {
                    in_place(&table::$row, self, other)
                }
            )*
        }
    };
}

operators! {
    add: __add__ __radd__ __iadd__;
    sub: __sub__ __rsub__ __isub__;
    mul: __mul__ __rmul__ __imul__;
    div: __truediv__ __rtruediv__ __itruediv__;
    floor_divide: __floordiv__ __rfloordiv__ __ifloordiv__;
    remainder: __mod__ __rmod__ __imod__;
    bitwise_and: __and__ __rand__ __iand__;
    bitwise_or: __or__ __ror__ __ior__;
    bitwise_xor: __xor__ __rxor__ __ixor__;
    bitwise_left_shift: __lshift__ __rlshift__ __ilshift__;
    bitwise_right_shift: __rshift__ __rrshift__ __irshift__;
}

#[pymethods]
impl PyTensor {
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
