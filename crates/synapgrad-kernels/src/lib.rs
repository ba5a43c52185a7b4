//! placeholder
pub mod vecmath;
