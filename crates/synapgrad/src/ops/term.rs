//! Tensors as numbers in a formula.
//!
//! When gradients are to be differentiated again, a derivative's formula is run on tensors instead of numbers. A [`Term`]
//! stands for a tensor there: it can be copied as freely as an `f32`, because the tensors live in an [`Arena`] until the
//! formula is done.

use std::cell::RefCell;
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use synapgrad_kernels::{Real, Ring, Scalar, for_each_real_function};

use super::formula::{Operand, Pointwise};
use super::pointwise::table;
use crate::{Error, Result, Tensor};

/// The tensors of a formula under evaluation, and the first error.
pub(crate) struct Arena {
    tensors: RefCell<Vec<Tensor>>,
    error: RefCell<Option<Error>>,
}

/// A tensor in the arena, or a constant.
#[derive(Clone, Copy)]
pub(crate) enum Term<'t> {
    Tensor(&'t Arena, usize),
    Number(f64),
}

impl Arena {
    /// The value of a formula on `operands`, its operations recorded.
    pub fn run(operands: &[Operand], formula: for<'t> fn(&[Term<'t>]) -> Term<'t>) -> Result<Tensor> {
        let arena = Arena { tensors: RefCell::default(), error: RefCell::default() };
        let terms: Vec<Term> = operands.iter().map(|&operand| arena.term(operand)).collect();
        let result = match formula(&terms) {
            Term::Tensor(_, i) => Ok(arena.tensors.borrow()[i].clone()),
            Term::Number(value) => match operands.iter().find_map(|o| o.tensor()) {
                Some(like) => Tensor::full(like.shape(), value, like.dtype()),
                None => unreachable!("a derivative reads at least the gradient"),
            },
        };
        match arena.error.into_inner() {
            Some(error) => Err(error),
            None => result,
        }
    }

    fn term(&self, operand: Operand) -> Term<'_> {
        match operand {
            Operand::Number(number) => Term::Number(number.to_f64()),
            Operand::Tensor(tensor) => {
                self.tensors.borrow_mut().push(tensor.clone());
                Term::Tensor(self, self.tensors.borrow().len() - 1)
            }
        }
    }

    /// Apply an operation; after an error the formula runs on with NaN, and the error is returned at its end.
    fn apply<const N: usize>(&self, operation: &'static Pointwise, terms: [Term; N]) -> Term<'_> {
        let result = {
            let tensors = self.tensors.borrow();
            operation.apply(&terms.map(|term| match term {
                Term::Tensor(_, i) => Operand::Tensor(&tensors[i]),
                Term::Number(number) => Operand::Number(Scalar::Float(number)),
            }))
        };
        match result {
            Ok(tensor) => self.term(Operand::Tensor(&tensor)),
            Err(error) => {
                self.error.borrow_mut().get_or_insert(error);
                Term::Number(f64::NAN)
            }
        }
    }
}

/// Apply `operation` where a term is a tensor, else compute with plain numbers.
fn combine<'t, const N: usize>(
    operation: &'static Pointwise,
    terms: [Term<'t>; N],
    numbers: impl Fn([f64; N]) -> f64,
) -> Term<'t> {
    let arena = terms.iter().find_map(|term| match term {
        Term::Tensor(arena, _) => Some(*arena),
        Term::Number(_) => None,
    });
    match arena {
        Some(arena) => arena.apply(operation, terms),
        None => Term::Number(numbers(terms.map(|term| match term {
            Term::Number(number) => number,
            Term::Tensor(..) => unreachable!("no term is a tensor"),
        }))),
    }
}

macro_rules! operator {
    ($($trait:ident $method:ident = $operation:ident $symbol:tt;)*) => {$(
        impl<'t> $trait for Term<'t> {
            type Output = Term<'t>;
            fn $method(self, other: Term<'t>) -> Term<'t> {
                combine(&table::$operation, [self, other], |[a, b]| a $symbol b)
            }
        }
    )*};
}
operator! { Add add = add +; Sub sub = sub -; Mul mul = mul *; Div div = div /; }

impl<'t> Neg for Term<'t> {
    type Output = Term<'t>;
    fn neg(self) -> Term<'t> {
        combine(&table::neg, [self], |[a]| -a)
    }
}

/// The truth of a comparison, as a term of ones and zeros.
#[derive(Clone, Copy)]
pub(crate) struct Mask<'t>(Term<'t>);

fn truth(b: bool) -> f64 {
    b as u8 as f64
}

impl<'t> BitAnd for Mask<'t> {
    type Output = Mask<'t>;
    fn bitand(self, other: Mask<'t>) -> Mask<'t> {
        Mask(combine(&table::logical_and, [self.0, other.0], |[a, b]| a * b))
    }
}
impl<'t> BitOr for Mask<'t> {
    type Output = Mask<'t>;
    fn bitor(self, other: Mask<'t>) -> Mask<'t> {
        Mask(combine(&table::logical_or, [self.0, other.0], |[a, b]| a.max(b)))
    }
}
impl<'t> Not for Mask<'t> {
    type Output = Mask<'t>;
    fn not(self) -> Mask<'t> {
        Mask(combine(&table::logical_not, [self.0], |[a]| 1.0 - a))
    }
}

impl<'t> Ring for Term<'t> {
    type Mask = Mask<'t>;
    fn lit(value: f64) -> Self {
        Term::Number(value)
    }
    fn lt(self, other: Self) -> Mask<'t> {
        Mask(combine(&table::lt, [self, other], |[a, b]| truth(a < b)))
    }
    fn le(self, other: Self) -> Mask<'t> {
        Mask(combine(&table::le, [self, other], |[a, b]| truth(a <= b)))
    }
    fn eq(self, other: Self) -> Mask<'t> {
        Mask(combine(&table::eq, [self, other], |[a, b]| truth(a == b)))
    }
    fn select(mask: Mask<'t>, yes: Self, no: Self) -> Self {
        combine(
            &super::ternary::variants::select,
            [yes, no, mask.0],
            |[yes, no, mask]| if mask != 0.0 { yes } else { no },
        )
    }
    fn floor_div(self, other: Self) -> Self {
        combine(&table::floor_quotient, [self, other], |[a, b]| a.floor_div(b))
    }
    fn remainder(self, other: Self) -> Self {
        combine(&table::remainder, [self, other], |[a, b]| a.remainder(b))
    }
    fn fmod(self, other: Self) -> Self {
        combine(&table::fmod, [self, other], |[a, b]| a % b)
    }
    fn max(self, other: Self) -> Self {
        combine(&table::maximum, [self, other], |[a, b]| Ring::max(a, b))
    }
    fn min(self, other: Self) -> Self {
        combine(&table::minimum, [self, other], |[a, b]| Ring::min(a, b))
    }
    fn abs(self) -> Self {
        combine(&table::abs, [self], |[a]| a.abs())
    }
    fn sign(self) -> Self {
        combine(&table::sign, [self], |[a]| Ring::sign(a))
    }
}

macro_rules! functions {
    ($($name:ident),*) => {
        impl<'t> Real for Term<'t> {
            $(fn $name(self) -> Self {
                combine(&table::$name, [self], |[a]| Real::$name(a))
            })*
            fn pow(self, other: Self) -> Self {
                combine(&table::pow, [self, other], |[a, b]| a.powf(b))
            }
            fn atan2(self, other: Self) -> Self {
                combine(&table::atan2, [self, other], |[a, b]| a.atan2(b))
            }
            fn polygamma(self, order: Self) -> Self {
                combine(&table::polygamma, [self, order], |[x, n]| Real::polygamma(x, n))
            }
        }
    };
}
for_each_real_function!(functions);
