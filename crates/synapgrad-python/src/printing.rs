//! The text of tensors.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use synapgrad::display::{PrintOptions, describe, print_options, set_print_options as set_options};

use crate::tensor::PyTensor;

/// How tensors print from now on; what is not named stays as it was.
///
/// ``precision``: digits after the point (4). ``threshold``: tensors with more elements are summarised (1000; ``inf`` for
/// never). ``edgeitems``: elements at each end of a summarised dimension (3). ``linewidth``: characters in a line (80).
/// ``profile``: ``'default'``, ``'short'`` or ``'full'``, which the other options then change. ``sci_mode``: scientific
/// notation always or never; None lets the values decide.
///
/// >>> import synapgrad as sg
/// >>> sg.set_printoptions(precision=2)
/// >>> sg.tensor([1.12345])
/// tensor([1.12])
/// >>> sg.set_printoptions(profile="default")
#[pyfunction]
#[pyo3(signature = (precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None))]
fn set_printoptions(
    precision: Option<usize>,
    threshold: Option<f64>,
    edgeitems: Option<usize>,
    linewidth: Option<usize>,
    profile: Option<&str>,
    sci_mode: Option<bool>,
) -> PyResult<()> {
    let mut options = match profile {
        None => print_options(),
        Some(name) => PrintOptions::profile(name).ok_or_else(|| {
            PyValueError::new_err(format!("set_printoptions: expected 'default', 'short' or 'full', got {name:?}"))
        })?,
    };
    options.precision = precision.unwrap_or(options.precision);
    if let Some(threshold) = threshold {
        if threshold.is_nan() {
            return Err(PyValueError::new_err("set_printoptions: threshold must be a number, got nan"));
        }
        // A conversion that saturates: infinity is never reached.
        options.threshold = threshold as usize;
    }
    options.edgeitems = edgeitems.unwrap_or(options.edgeitems);
    options.linewidth = linewidth.unwrap_or(options.linewidth);
    options.sci_mode = sci_mode;
    set_options(options);
    Ok(())
}

#[pymethods]
impl PyTensor {
    /// The tensor as text, as PyTorch prints it.
    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let class = slf.get_type().name()?;
        // A class of a program's own says its name; ours are tensors to everybody.
        let prefix = match class.to_str()? {
            "Tensor" | "Parameter" | "Buffer" => "tensor(".to_string(),
            other => format!("{other}("),
        };
        Ok(describe(&slf.get().tensor(), &prefix, &print_options()))
    }

    /// A 0-d tensor formats as its number.
    fn __format__(slf: &Bound<'_, Self>, spec: &str) -> PyResult<String> {
        let tensor = slf.get().tensor();
        if tensor.rank() == 0 {
            let number = crate::tensor::number(slf.py(), tensor.item().map_err(crate::error::Fail::from)?)?;
            return number.bind(slf.py()).call_method1("__format__", (spec,))?.extract();
        }
        if !spec.is_empty() {
            return Err(PyTypeError::new_err("unsupported format string passed to Tensor.__format__"));
        }
        Ok(slf.str()?.to_string())
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(set_printoptions, module)?)
}
