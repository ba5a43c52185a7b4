//! Update rules: a call per group of parameters.

use pyo3::prelude::*;
use pyo3::types::PyList;
use synapgrad::Tensor;
use synapgrad::optim::{self, SgdOptions};

use crate::convert::{In, Number, Out};
use crate::error::Ret;

fn tensors(list: &Bound<'_, PyList>) -> PyResult<Vec<Tensor>> {
    let mut tensors = Vec::with_capacity(list.len());
    for item in list {
        tensors.push(item.extract::<In>()?.0);
    }
    Ok(tensors)
}

/// One step of stochastic gradient descent for each of ``params`` that has a gradient. With momentum ``buffers`` is a list
/// as long, of what it remembers of each, None at first; the step fills it in.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn sgd_step(
    params: &Bound<'_, PyList>,
    buffers: Option<&Bound<'_, PyList>>,
    lr: Number,
    momentum: Number,
    dampening: Number,
    weight_decay: Number,
    nesterov: bool,
    maximize: bool,
) -> Ret<()> {
    let options = SgdOptions {
        lr: lr.0.to_f64(),
        momentum: momentum.0.to_f64(),
        dampening: dampening.0.to_f64(),
        weight_decay: weight_decay.0.to_f64(),
        nesterov,
        maximize,
    };
    let params = tensors(params)?;
    let Some(list) = buffers else { return Ok(optim::sgd_step(&params, &mut [], &options)?) };
    let before: Vec<Option<Tensor>> =
        list.iter().map(|item| item.extract::<Option<In>>().map(|t| t.map(|t| t.0))).collect::<PyResult<_>>()?;
    let mut after = before.clone();
    optim::sgd_step(&params, &mut after, &options)?;
    for (i, (before, after)) in before.iter().zip(after).enumerate() {
        if let Some(after) = after
            && !before.as_ref().is_some_and(|before| before.is_same(&after))
        {
            list.set_item(i, Out(after))?;
        }
    }
    Ok(())
}

/// Forget the gradients of ``params``, or with ``set_to_none=False`` fill them with zeros.
#[pyfunction]
#[pyo3(signature = (params, set_to_none=true))]
fn zero_grad(params: &Bound<'_, PyList>, set_to_none: bool) -> Ret<()> {
    Ok(optim::zero_grad(&tensors(params)?, set_to_none)?)
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(sgd_step, module)?)?;
    module.add_function(wrap_pyfunction!(zero_grad, module)?)
}
