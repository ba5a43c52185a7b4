//! `&a + &b`, `&a * 2.0`, `-&a`: operators on tensors and numbers.
//!
//! Operators cannot return a `Result`; they panic where the method of the same operation would return an error, with its
//! message and at the caller's line.

use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

use crate::Tensor;
use crate::ops::formula::Operand;
use crate::ops::pointwise::table;

macro_rules! operators {
    ($($trait:ident :: $op:ident = $method:ident),* $(,)?) => {$(
        operators!(@pair $trait $op $method, &Tensor, &Tensor);
        operators!(@pair $trait $op $method, Tensor, &Tensor);
        operators!(@pair $trait $op $method, &Tensor, Tensor);
        operators!(@pair $trait $op $method, Tensor, Tensor);
        operators!(@number $trait $op $method, f64, i64);
    )*};
    (@pair $trait:ident $op:ident $method:ident, $a:ty, $b:ty) => {
        impl $trait<$b> for $a {
            type Output = Tensor;
            #[track_caller]
            fn $op(self, other: $b) -> Tensor {
                or_panic(table::$method.apply(&[Operand::Tensor(&self), Operand::Tensor(&other)]))
            }
        }
    };
    (@number $trait:ident $op:ident $method:ident, $($n:ty),*) => {$(
        impl $trait<$n> for &Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $op(self, other: $n) -> Tensor {
                or_panic(table::$method.apply(&[Operand::Tensor(&self), other.into()]))
            }
        }
        impl $trait<$n> for Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $op(self, other: $n) -> Tensor {
                or_panic(table::$method.apply(&[Operand::Tensor(&self), other.into()]))
            }
        }
        impl $trait<&Tensor> for $n {
            type Output = Tensor;
            #[track_caller]
            fn $op(self, other: &Tensor) -> Tensor {
                or_panic(table::$method.apply(&[self.into(), Operand::Tensor(other)]))
            }
        }
        impl $trait<Tensor> for $n {
            type Output = Tensor;
            #[track_caller]
            fn $op(self, other: Tensor) -> Tensor {
                or_panic(table::$method.apply(&[self.into(), Operand::Tensor(&other)]))
            }
        }
    )*};
}

operators!(Add::add = add, Sub::sub = sub, Mul::mul = mul, Div::div = div, Rem::rem = remainder);

impl Neg for &Tensor {
    type Output = Tensor;
    #[track_caller]
    fn neg(self) -> Tensor {
        or_panic(Tensor::neg(self))
    }
}

impl Neg for Tensor {
    type Output = Tensor;
    #[track_caller]
    fn neg(self) -> Tensor {
        or_panic(Tensor::neg(&self))
    }
}

#[track_caller]
fn or_panic(result: crate::Result<Tensor>) -> Tensor {
    match result {
        Ok(tensor) => tensor,
        Err(error) => panic!("{error}"),
    }
}
