//! placeholder
pub mod display;
