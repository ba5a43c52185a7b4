//! placeholder
pub mod gemm;
pub mod interrupt;
pub mod sort;
pub mod vecmath;
