//! SynapGrad: an autograd tensor engine and a deep-learning library, written from scratch, with PyTorch's API and numbers.
//!
//! ```
//! use synapgrad::Tensor;
//! # fn main() -> synapgrad::Result<()> {
//! let x = Tensor::from([1f32, 2.0, 3.0]).requires_grad_(true)?;
//! let y = (&x * &x).sum()?;
//! y.backward()?;
//! assert_eq!(x.grad().unwrap().to_vec::<f32>()?, [2.0, 4.0, 6.0]);
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

pub mod autograd;
pub mod data;
pub mod display;
mod error;
pub mod graph;
pub mod io;
pub mod nn;
mod operators;
pub mod ops;
pub mod optim;
pub mod random;
mod storage;
mod tensor;

pub use error::{Error, ErrorKind, Result};
pub use ops::attention::{AttentionArgs, MultiHead, multi_head_attention_forward};
pub use ops::conv::{ConvArgs, ConvTransposeArgs, FoldArgs, Padding, Steps};
pub use ops::formula::Operand;
pub use ops::loss::Reduction;
pub use ops::padding::PadMode;
pub use storage::Storage;
pub use synapgrad_kernels::{DType, Dims, Element, Layout, Scalar, bf16, f16};
pub use tensor::{Tensor, default_dtype, set_default_dtype};

/// The Rust program of the README, compiled and run by the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
