//! The door between Python and the engine: each function converts its arguments, calls the engine and wraps the result.

mod autograd;
mod convert;
mod data;
mod dtype;
mod error;
mod functional;
mod init;
mod ops;
mod optim;
mod tensor;

use pyo3::prelude::*;

/// `synapgrad._C`
#[pymodule]
fn _C(module: &Bound<'_, PyModule>) -> PyResult<()> {
    error::install_interrupt_hook();
    dtype::register(module)?;
    tensor::register(module)?;
    autograd::register(module)?;
    functional::register(module)?;
    init::register(module)?;
    optim::register(module)?;
    data::register(module)?;
    ops::register(module)
}
