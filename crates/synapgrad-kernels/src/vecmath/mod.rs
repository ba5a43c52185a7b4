//! Elementary and special functions as straight-line arithmetic.
//!
//! A call into the system's maths library handles one number at a time; the loops here handle eight. For that, every
//! function in [`f32`](mod@f32) is free of branches, tables and calls: argument reduction by rounding to a multiple, a
//! polynomial, reassembly through the bits of the exponent, and *selects* for the special cases. LLVM turns such a
//! function into vector code wherever it stands in a loop; wrap the loop in `pulp::Arch::new().dispatch(..)` and it is
//! compiled for the widest instruction set the machine has.
//!
//! No fused multiply-add is used, so that the same input gives the same bits on every machine.
//!
//! Accuracy, against the exactly rounded result: every function in [`f32`](mod@f32) is within 2 units in the last
//! place over its whole domain, denormal results, overflow, infinities, NaN and the sign of zero included. The functions
//! that are hot in training (`exp`, `tanh`, `sigmoid`) work in single precision; the others work in double precision
//! internally, which costs half the lanes and leaves no error but the last rounding.
//!
//! ```
//! use synapgrad_kernels::vecmath;
//! assert_eq!(vecmath::f32::exp(0.0), 1.0);
//! assert_eq!(vecmath::f32::pow(-2.0, 3.0), -8.0);
//! assert!((vecmath::special::lgamma(5.0) - 24f64.ln()).abs() < 1e-14);
//! ```

pub mod f32;
pub mod f64;
pub mod special;
#[cfg(test)]
mod tests;
