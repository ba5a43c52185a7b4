//! Pictures of the graph.

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use synapgrad::graph::{self, DrawError, DrawOptions};

use crate::convert::In;

/// A graph, described and ready to be written.
#[pyclass(module = "synapgrad._C", frozen)]
struct _Picture(graph::Picture);

fn failed(error: DrawError) -> PyErr {
    match error {
        DrawError::RankDir(_) => PyValueError::new_err(error.to_string()),
        _ => PyRuntimeError::new_err(error.to_string()),
    }
}

#[pymethods]
impl _Picture {
    /// Source for Graphviz.
    fn dot(&self) -> String {
        self.0.dot()
    }

    /// An SVG document.
    fn svg(&self) -> PyResult<String> {
        self.0.svg().map_err(failed)
    }
}

/// The work of ``utils.graph.draw``.
#[pyfunction]
fn _picture(root: In, rankdir: &str, data_length: usize, names: Vec<(String, In)>) -> PyResult<_Picture> {
    let names = names.into_iter().map(|(name, tensor)| (name, tensor.0)).collect();
    let options = DrawOptions { rankdir: rankdir.parse().map_err(failed)?, data_length, names };
    Ok(_Picture(graph::picture(&root, &options)))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<_Picture>()?;
    module.add_function(wrap_pyfunction!(_picture, module)?)
}
