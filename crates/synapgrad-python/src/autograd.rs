//! Modes, gradients, hooks.

use pyo3::prelude::*;
use synapgrad::autograd;

/// Switch recording on or off; returns what it was.
#[pyfunction]
fn _set_grad_enabled(mode: bool) -> bool {
    autograd::set_grad_enabled(mode)
}

/// Whether operations are recorded.
#[pyfunction]
fn is_grad_enabled() -> bool {
    autograd::is_grad_enabled()
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(_set_grad_enabled, module)?)?;
    module.add_function(wrap_pyfunction!(is_grad_enabled, module)?)
}
