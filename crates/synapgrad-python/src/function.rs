//! Operations written in Python: `autograd.Function`.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};
use synapgrad::autograd::{self, Cx, Grads, Node, Save};
use synapgrad::{DType, Error, Tensor};

use crate::convert::{In, Out};
use crate::error::{Ret, foreign};
use crate::tensor::PyTensor;

/// What a ``Function`` is given as ``ctx``: carries things from ``forward`` to ``backward``.
#[pyclass(module = "synapgrad._C", subclass, frozen)]
pub struct _FunctionCtx {
    /// For each argument of ``apply`` whether its gradient will be needed.
    #[pyo3(get)]
    needs_input_grad: Py<PyTuple>,
    wishes: Mutex<Wishes>,
    /// Weak, because the node owns the context.
    node: OnceLock<Weak<Node>>,
}

/// What ``forward`` asked for.
struct Wishes {
    saved: Option<Py<PyTuple>>,
    dirty: Option<Py<PyTuple>>,
    constant: Option<Py<PyTuple>>,
    materialize: bool,
    /// For each saved item whether it was a tensor (else None).
    places: Vec<bool>,
}

impl _FunctionCtx {
    fn wishes(&self) -> std::sync::MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[pymethods]
impl _FunctionCtx {
    #[new]
    fn new(needs_input_grad: Py<PyTuple>) -> _FunctionCtx {
        let wishes = Wishes { saved: None, dirty: None, constant: None, materialize: true, places: Vec::new() };
        _FunctionCtx { needs_input_grad, wishes: Mutex::new(wishes), node: OnceLock::new() }
    }

    /// Keep tensors (or None) for ``backward``, where they are ``ctx.saved_tensors``. Call it once.
    #[pyo3(signature = (*tensors))]
    fn save_for_backward(&self, tensors: Bound<'_, PyTuple>) -> PyResult<()> {
        for (i, item) in tensors.iter().enumerate() {
            if !item.is_none() && !item.is_instance_of::<PyTensor>() {
                return Err(PyTypeError::new_err(format!(
                    "save_for_backward can only save variables, but argument {i} is of type {}",
                    item.get_type().name()?
                )));
            }
        }
        self.wishes().saved = Some(tensors.unbind());
        Ok(())
    }

    /// What ``save_for_backward`` kept.
    ///
    /// Raises RuntimeError where backward has freed it, or a tensor was changed in place since.
    #[getter]
    fn saved_tensors<'py>(&self, py: Python<'py>) -> Ret<Bound<'py, PyTuple>> {
        let Some(node) = self.node.get() else {
            let saved = self.wishes().saved.as_ref().map(|saved| saved.clone_ref(py).into_bound(py));
            return Ok(saved.unwrap_or_else(|| PyTuple::empty(py)));
        };
        let Some(node) = node.upgrade() else {
            return Err(
                PyRuntimeError::new_err("saved_tensors: the graph of this context does not exist any more").into()
            );
        };
        let mut tensors = node.saved_tensors()?.into_iter();
        let places = self.wishes().places.clone();
        let items = places.into_iter().map(|is_tensor| if is_tensor { tensors.next().map(Out) } else { None });
        Ok(PyTuple::new(py, items.collect::<Vec<_>>())?)
    }

    /// Say that ``forward`` has changed these arguments in place. They must be among its results.
    #[pyo3(signature = (*tensors))]
    fn mark_dirty(&self, tensors: Py<PyTuple>) {
        self.wishes().dirty = Some(tensors);
    }

    /// Say that no gradients flow through these results.
    #[pyo3(signature = (*tensors))]
    fn mark_non_differentiable(&self, tensors: Py<PyTuple>) {
        self.wishes().constant = Some(tensors);
    }

    /// Whether ``backward`` gets zeros (the default) or None for results that nothing depends on.
    fn set_materialize_grads(&self, value: bool) {
        self.wishes().materialize = value;
    }
}

/// Whether `object` itself is among `tensors`.
fn among(py: Python<'_>, tensors: &Option<Py<PyTuple>>, object: &Bound<'_, PyAny>) -> bool {
    tensors.as_ref().is_some_and(|tensors| tensors.bind(py).iter().any(|item| item.is(object)))
}

/// Names of nodes live as long as the program; each is kept once.
fn node_name(class: &Bound<'_, PyType>) -> PyResult<&'static str> {
    static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let name = format!("{}Backward", class.name()?);
    let mut names = NAMES.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let names = names.get_or_insert_default();
    if let Some(known) = names.get(name.as_str()) {
        return Ok(known);
    }
    let name: &'static str = Box::leak(name.into_boxed_str());
    names.insert(name);
    Ok(name)
}

/// A result of ``forward`` as its ``backward`` sees it.
struct Outcome {
    shape: Vec<usize>,
    dtype: DType,
    /// Its number among the node's results; None for one without gradient.
    number: Option<usize>,
}

/// The work of ``Function.apply``: run ``forward`` unrecorded, then record it as one operation.
#[pyfunction]
fn _apply_function<'py>(
    class: &Bound<'py, PyType>,
    context: &Bound<'py, PyType>,
    args: &Bound<'py, PyTuple>,
) -> Ret<Bound<'py, PyAny>> {
    let py = class.py();
    let inputs: Vec<Option<Tensor>> =
        args.iter().map(|arg| arg.cast::<PyTensor>().ok().map(|tensor| tensor.get().tensor())).collect();
    let needs: Vec<bool> = inputs.iter().map(|input| input.as_ref().is_some_and(Tensor::requires_grad)).collect();
    let recording = autograd::is_grad_enabled() && needs.contains(&true);
    let ctx = context.call1((PyTuple::new(py, needs)?,))?;
    let outputs = {
        let _mode = autograd::no_grad();
        if class.getattr("_separate_context")?.is_truthy()? {
            let outputs = class.getattr("forward")?.call1(args)?;
            class.getattr("setup_context")?.call1((&ctx, args, &outputs))?;
            outputs
        } else {
            let with_ctx = PyTuple::new(py, std::iter::once(ctx.clone()).chain(args.iter()).collect::<Vec<_>>())?;
            class.getattr("forward")?.call1(with_ctx)?
        }
    };
    if !recording {
        return Ok(outputs);
    }
    let several = outputs.cast::<PyTuple>().ok().cloned();
    let outputs: Vec<Bound<'py, PyAny>> = match &several {
        Some(tuple) => tuple.iter().collect(),
        None => vec![outputs],
    };
    let context = ctx.cast::<_FunctionCtx>().map_err(PyErr::from)?.get();
    let (saved, dirty, constant, materialize) = {
        let mut wishes = context.wishes();
        (wishes.saved.take(), wishes.dirty.take(), wishes.constant.take(), wishes.materialize)
    };

    // The results as the graph will know them: new names for the same memory, so that a context that holds on to what
    // `forward` made does not hold on to its own node.
    let mut results: Vec<Option<Outcome>> = Vec::with_capacity(outputs.len());
    let mut made: Vec<Tensor> = Vec::new();
    let mut given: Vec<Bound<'py, PyAny>> = Vec::with_capacity(outputs.len());
    let mut sources: Vec<usize> = Vec::new();
    for (position, output) in outputs.iter().enumerate() {
        let Ok(object) = output.cast::<PyTensor>() else {
            results.push(None);
            given.push(output.clone());
            continue;
        };
        let tensor = object.get().tensor();
        let flows = tensor.dtype().is_float() && !among(py, &constant, output);
        results.push(Some(Outcome {
            shape: tensor.shape().to_vec(),
            dtype: tensor.dtype(),
            number: flows.then_some(made.len()),
        }));
        if !flows {
            let is_input = args.iter().any(|arg| arg.is(output));
            given.push(if is_input { Out(tensor.detach()).into_pyobject(py)?.into_any() } else { output.clone() });
        } else {
            let known = if among(py, &dirty, output) {
                tensor.may_change("mark_dirty")?;
                if autograd::is_view(&tensor) {
                    let text = "mark_dirty: changing a view in place in a Function is not supported; clone it first";
                    return Err(pyo3::exceptions::PyNotImplementedError::new_err(text).into());
                }
                given.push(output.clone());
                tensor
            } else {
                let fresh = tensor.detach();
                given.push(Out(fresh.clone()).into_pyobject(py)?.into_any());
                fresh
            };
            made.push(known);
            sources.push(position);
        }
    }
    if let Some(dirty) = &dirty
        && let Some(i) = dirty.bind(py).iter().position(|item| !outputs.iter().any(|output| output.is(&item)))
    {
        let text = format!(
            "mark_dirty: some elements marked as dirty during the forward method were not returned as output (number {i}). \
             The inputs that are modified inplace must all be outputs of the Function."
        );
        return Err(PyRuntimeError::new_err(text).into());
    }

    if !made.is_empty() {
        let saved: Vec<Bound<'py, PyAny>> = saved.iter().flat_map(|saved| saved.bind(py).iter()).collect();
        context.wishes().places = saved.iter().map(|item| !item.is_none()).collect();
        let tensors: Vec<Tensor> = saved.iter().filter_map(|item| item.extract::<In>().ok()).map(|t| t.0).collect();
        let saves: Vec<Save> = saved
            .iter()
            .filter(|item| !item.is_none())
            .zip(&tensors)
            .map(|(item, tensor)| match sources.iter().position(|&source| outputs[source].is(item)) {
                Some(number) => Save::Output(number),
                None => Save::Input(tensor),
            })
            .collect();
        let call = Call {
            class: class.clone().unbind(),
            ctx: ctx.clone().unbind(),
            are_tensors: inputs.iter().map(Option::is_some).collect(),
            results,
            materialize,
        };
        let from: Vec<&Tensor> = inputs.iter().flatten().collect();
        autograd::record_slice(node_name(class)?, &from, &mut made, &saves, move |cx| call.backward(cx));
        if let Some(node) = made[0].grad_fn() {
            // A context is new with every call, so that its place is empty.
            _ = context.node.set(Arc::downgrade(&node));
        }
    }
    match several {
        Some(_) => Ok(PyTuple::new(py, given)?.into_any()),
        None => Ok(given.remove(0)),
    }
}

/// One application of a ``Function``, waiting for its backward.
struct Call {
    class: Py<PyType>,
    ctx: Py<PyAny>,
    /// For each argument of ``apply``.
    are_tensors: Vec<bool>,
    /// For each result of ``forward``; None for what is no tensor.
    results: Vec<Option<Outcome>>,
    materialize: bool,
}

impl Call {
    fn backward(&self, cx: &Cx) -> Result<Grads, Error> {
        // Says so where the graph was freed.
        cx.saved_all()?;
        let gradients: Vec<Option<Tensor>> =
            self.results.iter().map(|result| self.gradient(cx, result.as_ref())).collect::<Result<_, _>>()?;
        Python::attach(|py| {
            let gradients = gradients.into_iter().map(|gradient| match gradient {
                Some(gradient) => Ok(Out(gradient).into_pyobject(py)?.into_any()),
                None => Ok(py.None().into_bound(py)),
            });
            let args: Vec<Bound<'_, PyAny>> =
                std::iter::once(Ok(self.ctx.bind(py).clone())).chain(gradients).collect::<PyResult<_>>()?;
            let returned = self.class.bind(py).getattr("backward")?.call1(PyTuple::new(py, args)?)?;
            self.sort(cx, &returned)
        })
        .map_err(foreign)
    }

    fn gradient(&self, cx: &Cx, result: Option<&Outcome>) -> Result<Option<Tensor>, Error> {
        let Some(result) = result else { return Ok(None) };
        match result.number.and_then(|number| cx.grad_of(number)) {
            Some(gradient) => Ok(Some(gradient.clone())),
            None if self.materialize => Tensor::zeros(&result.shape, result.dtype).map(Some),
            None => Ok(None),
        }
    }

    /// The gradients of the tensors among the arguments, from what ``backward`` returned for all of them.
    fn sort(&self, cx: &Cx, returned: &Bound<'_, PyAny>) -> PyResult<Grads> {
        let name = node_name(self.class.bind(returned.py()))?;
        let items: Vec<Bound<'_, PyAny>> = match returned.cast::<PyTuple>() {
            Ok(tuple) => tuple.iter().collect(),
            Err(_) => vec![returned.clone()],
        };
        let wanted = self.are_tensors.len();
        if items.len() < wanted || items[wanted..].iter().any(|extra| !extra.is_none()) {
            return Err(PyRuntimeError::new_err(format!(
                "function {name} returned an incorrect number of gradients (expected {wanted}, got {})",
                items.len()
            )));
        }
        let mut grads = Grads::new();
        for (i, (item, is_tensor)) in items.iter().zip(&self.are_tensors).enumerate() {
            if !is_tensor {
                if !item.is_none() {
                    return Err(PyRuntimeError::new_err(format!(
                        "function {name} returned a gradient different from None at position {}, but the corresponding \
                         forward input was not a Variable",
                        i + 1
                    )));
                }
                continue;
            }
            let gradient = match item.extract::<In>() {
                Ok(gradient) => Some(gradient.0),
                Err(_) if item.is_none() => None,
                Err(_) => {
                    let got = item.get_type().name()?;
                    return Err(PyTypeError::new_err(format!("{name}: expected Variable or None (got {got})")));
                }
            };
            let needed = cx.needs(grads.len());
            grads.push(gradient.filter(|_| needed));
        }
        Ok(grads)
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<_FunctionCtx>()?;
    module.add_function(wrap_pyfunction!(_apply_function, module)?)
}
