//! Every operation: its maths, its checks, its value and its derivative.
//!
//! An operation is one paragraph. Pointwise operations are rows of a table ([`unary`], [`activation`], [`binary`],
//! [`compare`]); the others are methods of [`Tensor`](crate::Tensor) whose last lines are their derivative.

pub mod activation;
mod along;
pub mod attention;
pub mod binary;
pub mod compare;
pub mod conv;
pub mod create;
pub mod cumulative;
pub mod distance;
pub mod dropout;
pub mod embedding;
pub mod formula;
pub mod grid;
pub mod index;
pub mod indexing;
pub mod inplace;
pub mod linalg;
pub mod loss;
pub mod matmul;
pub mod movement;
pub mod norm;
mod operand;
pub mod padding;
pub mod pointwise;
pub mod pool;
pub mod random;
pub mod recurrent;
pub mod reduce;
mod registry;
pub mod resample;
pub mod softmax;
pub mod sort;
mod term;
pub mod ternary;
pub mod unary;
pub mod view;

pub use registry::registry;
