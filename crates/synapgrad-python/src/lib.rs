//! The door between Python and the engine: each function converts its arguments, calls the engine and wraps the result.

mod autograd;
mod convert;
mod create;
mod dtype;
mod error;
mod info;
mod interop;
mod nested;
mod ops;
mod pickle;
mod printing;
mod random;
mod tensor;

use pyo3::prelude::*;

/// `synapgrad._C`
#[pymodule]
fn _C(module: &Bound<'_, PyModule>) -> PyResult<()> {
    error::install_interrupt_hook();
    dtype::register(module)?;
    info::register(module)?;
    tensor::register(module)?;
    create::register(module)?;
    random::register(module)?;
    interop::register(module)?;
    printing::register(module)?;
    pickle::register(module)?;
    autograd::register(module)?;
    ops::register(module)
}
