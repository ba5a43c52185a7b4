//! Pointwise operations.

use pyo3::prelude::*;

use super::{door, door_in_place};
use crate::convert::Either;

door! {
    /// eˣ of each element.
    exp() |x| x.exp();
    /// max(x, 0) of each element.
    relu() |x| x.relu();
    /// a·b of each pair of elements.
    mul(other) |x, other: Either| x.mul(&other);
    /// a + alpha·b of each pair of elements.
    add(other) |x, other: Either| x.add(&other);
}

door_in_place! {
    /// eˣ of each element, in place.
    exp_() |x| x.exp_();
    /// a + b, in place.
    add_(other) |x, other: Either| x.add_(&other);
}
