//! Every operation: its maths, its checks, its value and its derivative.
//!
//! An operation is one paragraph. Pointwise operations are rows of a table ([`unary`], [`activation`], [`binary`],
//! [`compare`]); the others are methods of [`Tensor`](crate::Tensor) whose last lines are their derivative.

pub mod activation;
pub mod binary;
pub mod compare;
pub mod create;
pub mod formula;
pub mod inplace;
pub mod matmul;
mod operand;
pub mod pointwise;
pub mod random;
pub mod reduce;
mod term;
pub mod unary;
pub mod view;
