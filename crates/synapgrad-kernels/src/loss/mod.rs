//! Losses that are more than a formula of one pair of elements.

pub mod classes;
pub mod ctc;
pub mod margin;
