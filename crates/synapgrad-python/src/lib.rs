//! The door between Python and the engine: each function converts its arguments, calls the engine and wraps the result.

mod autograd;
mod bridge;
mod convert;
mod dtype;
mod error;
mod indexing;
mod ops;
mod tensor;

use pyo3::prelude::*;

/// `synapgrad._C`
#[pymodule]
fn _C(module: &Bound<'_, PyModule>) -> PyResult<()> {
    error::install_interrupt_hook();
    dtype::register(module)?;
    tensor::register(module)?;
    autograd::register(module)?;
    bridge::register(module)?;
    ops::register(module)
}
