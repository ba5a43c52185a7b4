//! The ground floor of SynapGrad: loops over memory. Nothing here knows of tensors or gradients.
//!
//! A [`Buffer`] is a block of bytes, a [`Layout`] says how a shape lies in it, a [`DType`] what its bytes mean.
//! [`Src`] and [`Dst`] put the three together; every kernel reads `Src`s and writes a `Dst`. All `unsafe` code of the
//! project lives in this crate, so that the floors above can forbid it.
#![deny(unsafe_op_in_unsafe_fn)]

pub mod along;
pub mod attention;
pub mod buffer;
pub mod conv;
pub mod dropout;
pub mod dtype;
pub mod embedding;
pub mod foreign;
pub mod fused;
pub mod gelu;
pub mod gemm;
pub mod index;
pub mod interrupt;
pub mod lanes;
pub mod layout;
pub mod loss;
pub mod mask;
pub mod movement;
pub mod norm;
pub mod optim;
pub mod padding;
pub mod parallel;
pub mod pointwise;
pub mod pool;
mod processor;
pub mod qr;
pub mod random;
pub mod recurrent;
pub mod reduce;
pub mod resample;
pub mod scalar;
pub mod softmax;
pub mod sort;
pub mod stream;
mod team;
pub mod vecmath;

pub use buffer::{Buffer, Refused};
pub use dtype::{Bool, Compute, DType, Element, Scalar};
pub use half::{bf16, f16};
pub use layout::{Dims, Layout};
pub use scalar::{Float, Real, Ring, lit};
pub use stream::{Dst, Src};
