//! Activation functions: pointwise nonlinearities of neural networks.

use synapgrad_kernels::{Real, Ring, Scalar, lit};

use super::formula::{Operand, formula, pointwise, slope};
use crate::{Result, Tensor};

pointwise! {
    /// The logistic function 1/(1 + e⁻ˣ). dy/dx = y(1 − y)
    sigmoid / sigmoid_ (float) |x| x.sigmoid(), grad(|g, y| g * (lit::<T>(1.0) - y) * y);
    /// max(x, 0). dy/dx = 1 where x > 0, else 0
    relu / relu_ (number) |x| x.max(lit(0.0)), grad(|g, y| T::select(y.gt(lit(0.0)), g, lit(0.0)));
    /// x where positive, else slope·x. dy/dx = 1 or slope
    leaky_relu / leaky_relu_ (float) |x; slope| T::select(x.gt(lit(0.0)), x, x * slope),
        grad(|g, x, slope| T::select(x.gt(lit(0.0)), g, g * slope));
}
