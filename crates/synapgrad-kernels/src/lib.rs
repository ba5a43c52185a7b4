//! placeholder
pub mod gemm;
pub mod interrupt;
pub mod vecmath;
