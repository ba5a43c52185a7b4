//! Functions of two numbers, applied to pairs of elements of two broadcast tensors, or of a tensor and a number.
//!
//! `a` and `b` are the elements, `y` the result, `g` the gradient that arrives at the result.

use synapgrad_kernels::{Real, Ring, Scalar, lit};

use super::formula::{Operand, formula, pointwise, slope};
use crate::{Result, Tensor};

pointwise! {
    /// a + b
    add / add_ (any) |a, b| a + b, grad(same), grad(same);
    /// a − b
    sub / sub_ (number) |a, b| a - b, grad(same), grad(|g| -g);
    /// a·b
    mul / mul_ (any) |a, b| a * b, grad(|g, b| g * b), grad(|g, a| g * a);
    /// a/b; integers become floats. ∂a = 1/b, ∂b = −a/b²
    div / div_ (float) |a, b| a / b, grad(|g, b| g / b), grad(|g, y, b| -g * y / b);
    /// a − b·⌊a/b⌋: what is left of division, with the sign of b. ∂a = 1, ∂b = −⌊a/b⌋
    remainder / remainder_ (number) |a, b| a.remainder(b), grad(same), grad(|g, a, b| -g * a.floor_div(b));
    /// a − b·trunc(a/b): what is left of division, with the sign of a. ∂a = 1, ∂b = −trunc(a/b)
    fmod / fmod_ (number) |a, b| a.fmod(b), grad(same), grad(|g, a, b| -g * (a / b).trunc());
    /// ⌊a/b⌋. The derivative is 0.
    floor_divide / floor_divide_ (number) |a, b| a.floor_div(b), grad(zero), grad(zero);
    /// aᵇ, as C's pow. ∂a = b·aᵇ⁻¹, ∂b = aᵇ ln a
    pow / pow_ (float) |a, b| a.pow(b),
        grad(|g, a, b| T::select(b.eq(lit(0.0)), lit(0.0), g * b * a.pow(b - lit(1.0)))),
        grad(|g, a, b, y| T::select(a.eq(lit(0.0)) & b.ge(lit(0.0)), lit(0.0), g * y * a.log()));
    /// The angle of the point (b, a), in (−π, π]. ∂a = b/(a² + b²), ∂b = −a/(a² + b²)
    atan2 / atan2_ (float) |a, b| a.atan2(b), grad(|g, a, b| g * b / (a * a + b * b)), grad(|g, a, b| -g * a / (a * a + b * b));
    /// The larger; NaN where either is. The gradient goes to the larger, half to each where they are equal.
    maximum (any) |a, b| a.max(b),
        grad(|g, a, b| T::select(a.eq(b), g * lit(0.5), T::select(a.gt(b), g, lit(0.0)))),
        grad(|g, a, b| T::select(a.eq(b), g * lit(0.5), T::select(b.gt(a), g, lit(0.0))));
    /// The smaller; NaN where either is. The gradient goes to the smaller, half to each where they are equal.
    minimum (any) |a, b| a.min(b),
        grad(|g, a, b| T::select(a.eq(b), g * lit(0.5), T::select(a.lt(b), g, lit(0.0)))),
        grad(|g, a, b| T::select(a.eq(b), g * lit(0.5), T::select(b.lt(a), g, lit(0.0))));
    /// a where c is not zero, else b.
    choose (any) |a, b, c| T::select(c.ne(lit(0.0)), a, b),
        grad(|g, c| T::select(c.ne(lit(0.0)), g, lit(0.0))),
        grad(|g, c| T::select(c.ne(lit(0.0)), lit(0.0), g));
}
