//! The door between Python and the engine: each function converts its arguments, calls the engine and wraps the result.
// What PyO3 generates inside our own macros bears their place, and is held to the lints of this crate.
#![allow(unsafe_op_in_unsafe_fn)]
// The module is called `_C`, as PyTorch's is.
#![allow(non_snake_case)]

mod autograd;
mod convert;
mod create;
mod data;
mod dlpack;
mod dtype;
mod error;
mod function;
mod graph;
mod indexing;
mod info;
mod init;
mod interop;
mod io;
mod named;
mod nested;
mod nn_utils;
mod operators;
mod ops;
mod optim;
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
    dlpack::register(module)?;
    printing::register(module)?;
    pickle::register(module)?;
    autograd::register(module)?;
    function::register(module)?;
    graph::register(module)?;
    hidden(module, init::register)?;
    hidden(module, optim::register)?;
    hidden(module, nn_utils::register)?;
    hidden(module, data::register)?;
    io::register(module)?;
    ops::register(module)
}

/// Register what only the package's own Python calls: every name begins with an underscore, so that `synapgrad` does not
/// offer it.
fn hidden(module: &Bound<'_, PyModule>, register: fn(&Bound<'_, PyModule>) -> PyResult<()>) -> PyResult<()> {
    let room = PyModule::new(module.py(), module.name()?.to_str()?)?;
    register(&room)?;
    for name in room.index()?.iter() {
        let name: String = name.extract()?;
        module.add(format!("_{}", name.trim_start_matches('_')), room.getattr(&name)?)?;
    }
    Ok(())
}
