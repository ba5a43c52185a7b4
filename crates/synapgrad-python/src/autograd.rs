//! Modes, gradients, hooks.

use std::any::Any;
use std::sync::{Arc, Mutex};

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use synapgrad::Tensor;
use synapgrad::autograd::{self, GradSlot, HookId, NextFunction, Node};

use crate::convert::{In, Out};
use crate::error::{Ret, foreign};
use crate::tensor::PyTensor;

/// Whether operations are recorded.
#[pyfunction]
fn is_grad_enabled() -> bool {
    autograd::is_grad_enabled()
}

/// Whether the thread is in ``inference_mode``.
#[pyfunction]
fn is_inference_mode_enabled() -> bool {
    autograd::is_inference_mode_enabled()
}

/// Switch recording on or off; returns what it was.
#[pyfunction]
fn _set_grad_enabled(mode: bool) -> bool {
    autograd::set_grad_enabled(mode)
}

/// The switches of the thread: recording, inference, keeping every gradient.
#[derive(Clone, Copy)]
struct Switches {
    grad: bool,
    inference: bool,
    retain: bool,
}

impl Switches {
    fn now() -> Switches {
        Switches {
            grad: autograd::is_grad_enabled(),
            inference: autograd::is_inference_mode_enabled(),
            retain: autograd::retains_all(),
        }
    }

    fn set(self) {
        autograd::set_grad_enabled(self.grad);
        autograd::set_inference_mode(self.inference);
        autograd::set_retain_grads(self.retain);
    }
}

/// What the context managers of `synapgrad.autograd` are made from: sets switches when entered, and when left puts them
/// back as they were. Can be entered several times, one inside the other.
#[pyclass(module = "synapgrad._C", subclass, frozen)]
struct _Mode {
    grad: Option<bool>,
    inference: Option<bool>,
    retain: Option<bool>,
    before: Mutex<Vec<Switches>>,
}

impl _Mode {
    fn before(&self) -> std::sync::MutexGuard<'_, Vec<Switches>> {
        self.before.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[pymethods]
impl _Mode {
    #[new]
    #[pyo3(signature = (grad=None, inference=None, retain=None))]
    fn new(grad: Option<bool>, inference: Option<bool>, retain: Option<bool>) -> _Mode {
        _Mode { grad, inference, retain, before: Mutex::new(Vec::new()) }
    }

    fn __enter__(&self) {
        let now = Switches::now();
        self.before().push(now);
        Switches {
            grad: self.grad.unwrap_or(now.grad),
            inference: self.inference.unwrap_or(now.inference),
            retain: self.retain.unwrap_or(now.retain),
        }
        .set();
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        match self.before().pop() {
            Some(before) => {
                before.set();
                Ok(())
            }
            None => Err(PyRuntimeError::new_err("a mode was left that had not been entered")),
        }
    }
}

/// A mode in which nothing is recorded, for the library's own use.
#[pyfunction]
fn no_grad() -> _Mode {
    _Mode::new(Some(false), None, None)
}

/// A mode in which everything is recorded, for the library's own use.
#[pyfunction]
fn enable_grad() -> _Mode {
    _Mode::new(Some(true), None, None)
}

/// The work of ``autograd.backward``.
#[pyfunction]
fn _backward(
    tensors: Vec<In>,
    gradients: Vec<Option<In>>,
    retain_graph: bool,
    create_graph: bool,
    inputs: Option<Vec<In>>,
) -> Ret<()> {
    let inputs = inputs.map(plain);
    Ok(autograd::backward(&plain(tensors), &optional(gradients), retain_graph, create_graph, inputs.as_deref())?)
}

/// The work of ``autograd.grad``.
#[pyfunction]
fn _grad(
    outputs: Vec<In>,
    inputs: Vec<In>,
    gradients: Vec<Option<In>>,
    retain_graph: bool,
    create_graph: bool,
    allow_unused: bool,
) -> Ret<Vec<Option<Out>>> {
    let (outputs, inputs) = (plain(outputs), plain(inputs));
    let found = autograd::grad(&outputs, &inputs, &optional(gradients), retain_graph, create_graph, allow_unused)?;
    Ok(found.into_iter().map(|gradient| gradient.map(Out)).collect())
}

fn plain(tensors: Vec<In>) -> Vec<Tensor> {
    tensors.into_iter().map(|tensor| tensor.0).collect()
}

fn optional(tensors: Vec<Option<In>>) -> Vec<Option<Tensor>> {
    tensors.into_iter().map(|tensor| tensor.map(|tensor| tensor.0)).collect()
}

/// A Python function called with the inputs as tensors; returns a tensor or a tuple, of which tensors are checked.
fn calling(function: &Py<PyAny>) -> impl Fn(&[Tensor]) -> synapgrad::Result<Vec<Tensor>> + '_ {
    move |inputs| {
        Python::attach(|py| -> PyResult<Vec<Tensor>> {
            let inputs = PyTuple::new(
                py,
                inputs.iter().cloned().map(Out).map(|out| out.into_pyobject(py)).collect::<PyResult<Vec<_>>>()?,
            )?;
            let outputs = function.bind(py).call1(inputs)?;
            match outputs.extract::<In>() {
                Ok(one) => Ok(vec![one.0]),
                Err(_) => outputs
                    .try_iter()?
                    .filter_map(|item| item.map(|item| item.extract::<In>().ok()).transpose())
                    .map(|tensor| tensor.map(|tensor| tensor.0))
                    .collect(),
            }
        })
        .map_err(foreign)
    }
}

/// The work of ``autograd.gradcheck``.
#[pyfunction]
fn _gradcheck(function: Py<PyAny>, inputs: Vec<In>, eps: f64, atol: f64, rtol: f64, nondet_tol: f64) -> Ret<()> {
    let check = autograd::GradCheck { eps, atol, rtol, nondet_tol };
    Ok(autograd::gradcheck(&calling(&function), &plain(inputs), check)?)
}

/// The work of ``autograd.gradgradcheck``.
#[pyfunction]
fn _gradgradcheck(
    function: Py<PyAny>,
    inputs: Vec<In>,
    gradients: Vec<In>,
    eps: f64,
    atol: f64,
    rtol: f64,
    nondet_tol: f64,
) -> Ret<()> {
    let check = autograd::GradCheck { eps, atol, rtol, nondet_tol };
    Ok(autograd::gradgradcheck(&calling(&function), &plain(inputs), &plain(gradients), check)?)
}

/// Whoever a hook was registered with.
enum Watched {
    Tensor(Tensor),
    Node(Arc<Node>),
}

/// What registering a hook returns: ``remove()`` takes the hook away. As a context manager it does so at the end.
#[pyclass(module = "synapgrad.utils.hooks", frozen)]
struct RemovableHandle {
    watched: Watched,
    hook: HookId,
}

#[pymethods]
impl RemovableHandle {
    /// Take the hook away; a second time does nothing.
    fn remove(&self) {
        match &self.watched {
            Watched::Tensor(tensor) => tensor.remove_hook(self.hook),
            Watched::Node(node) => node.remove_hook(self.hook),
        }
    }

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyTuple>) {
        self.remove();
    }
}

/// What a Python hook returned instead of a gradient.
fn replacement(what: &str, returned: &Bound<'_, PyAny>) -> PyResult<Option<Tensor>> {
    if returned.is_none() {
        return Ok(None);
    }
    match returned.extract::<In>() {
        Ok(tensor) => Ok(Some(tensor.0)),
        Err(_) => Err(PyTypeError::new_err(format!(
            "{what}: a hook must return a Tensor or None, got {}",
            returned.get_type().name()?
        ))),
    }
}

fn callable(what: &str, hook: &Bound<'_, PyAny>) -> PyResult<()> {
    match hook.is_callable() {
        true => Ok(()),
        false => Err(PyTypeError::new_err(format!("{what}: expected a callable, got {}", hook.get_type().name()?))),
    }
}

#[pymethods]
impl PyTensor {
    /// Call ``hook(grad)`` whenever the gradient of this tensor is computed. A tensor that it returns replaces the gradient.
    ///
    /// >>> import synapgrad as sg
    /// >>> x = sg.tensor([1.0, 2.0], requires_grad=True)
    /// >>> handle = x.register_hook(lambda grad: grad * 10)
    /// >>> x.sum().backward()
    /// >>> x.grad
    /// tensor([10., 10.])
    fn register_hook(&self, hook: Bound<'_, PyAny>) -> Ret<RemovableHandle> {
        callable("register_hook", &hook)?;
        let tensor = self.tensor();
        let hook = hook.unbind();
        let id = tensor.register_hook(Box::new(move |gradient| {
            Python::attach(|py| {
                let returned = hook.bind(py).call1((Out(gradient.clone()),))?;
                replacement("register_hook", &returned)
            })
            .map_err(foreign)
        }))?;
        Ok(RemovableHandle { watched: Watched::Tensor(tensor), hook: id })
    }

    /// Call ``hook(tensor)`` after each accumulation into ``.grad`` of this leaf.
    fn register_post_accumulate_grad_hook(slf: Bound<'_, Self>, hook: Bound<'_, PyAny>) -> Ret<RemovableHandle> {
        callable("register_post_accumulate_grad_hook", &hook)?;
        let tensor = slf.get().tensor();
        // Weak, because the hook belongs to the tensor.
        let weak = pyo3::types::PyWeakrefReference::new(slf.as_any())?.unbind();
        let hook = hook.unbind();
        let id = tensor.register_post_accumulate_grad_hook(Box::new(move |_| {
            Python::attach(|py| {
                use pyo3::types::PyWeakrefMethods;
                match weak.bind(py).upgrade() {
                    Some(tensor) => hook.bind(py).call1((tensor,)).map(|_| None),
                    None => Ok(None),
                }
            })
            .map_err(foreign)
        }))?;
        Ok(RemovableHandle { watched: Watched::Tensor(tensor), hook: id })
    }

    /// The node of the graph that made this tensor; None for a leaf.
    #[getter]
    fn grad_fn(&self) -> Option<PyNode> {
        self.tensor().grad_fn().map(PyNode::from)
    }

    /// Which result of its ``grad_fn`` this tensor is.
    #[getter]
    fn output_nr(&self) -> usize {
        match self.tensor().gradient_edge() {
            Some(NextFunction::Node(_, output)) => output,
            _ => 0,
        }
    }

    /// Draw the graph that computed this tensor, see ``synapgrad.utils.graph.draw``.
    #[pyo3(signature = (format="svg", rankdir="LR", data_length=50, params=None))]
    fn draw_graph<'py>(
        slf: Bound<'py, Self>,
        format: &str,
        rankdir: &str,
        data_length: isize,
        params: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let module = slf.py().import("synapgrad.utils.graph")?;
        module.getattr("draw")?.call1((slf, format, rankdir, data_length, params))
    }

    /// Cut this tensor itself out of the graph: it becomes a leaf that requires no gradient.
    fn detach_(slf: Bound<'_, Self>) -> Ret<Bound<'_, Self>> {
        slf.get().tensor().detach_()?;
        Ok(slf)
    }
}

/// An operation in the graph, or a leaf (``AccumulateGrad``).
#[pyclass(name = "Node", module = "synapgrad.autograd.graph", frozen)]
pub struct PyNode(Place);

enum Place {
    Operation(Arc<Node>),
    Leaf(Arc<GradSlot>),
}

impl From<Arc<Node>> for PyNode {
    fn from(node: Arc<Node>) -> PyNode {
        PyNode(Place::Operation(node))
    }
}

impl PyNode {
    fn operation(&self, what: &str) -> PyResult<&Arc<Node>> {
        match &self.0 {
            Place::Operation(node) => Ok(node),
            Place::Leaf(_) => Err(PyRuntimeError::new_err(format!(
                "{what}: AccumulateGrad has no hooks of its own; register them with its variable"
            ))),
        }
    }

    fn seq(&self) -> u64 {
        match &self.0 {
            Place::Operation(node) => node.sequence_nr(),
            Place::Leaf(slot) => slot.sequence_nr(),
        }
    }
}

/// Gradients as a hook of a node gets them: a tuple of tensors and None.
fn tuple<'py>(py: Python<'py>, gradients: &[Option<Tensor>]) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, gradients.iter().map(|gradient| gradient.clone().map(Out)))
}

/// Take over what a hook of a node returned: None, or a gradient (or None) for each place; a tensor alone for one place.
fn exchange(what: &str, gradients: &mut [Option<Tensor>], returned: &Bound<'_, PyAny>) -> PyResult<()> {
    if returned.is_none() {
        return Ok(());
    }
    let new: Vec<Option<Tensor>> = match returned.cast::<PyTuple>() {
        Ok(items) => items.iter().map(|item| replacement(what, &item)).collect::<PyResult<_>>()?,
        Err(_) => vec![replacement(what, returned)?],
    };
    if new.len() != gradients.len() {
        return Err(PyRuntimeError::new_err(format!(
            "{what}: hook has returned an incorrect number of values (got {}, but expected {})",
            new.len(),
            gradients.len()
        )));
    }
    gradients.clone_from_slice(&new);
    Ok(())
}

#[pymethods]
impl PyNode {
    /// What the operation is called: ``MulBackward0``.
    fn name(&self) -> String {
        match &self.0 {
            Place::Operation(node) => node.name(),
            Place::Leaf(_) => "AccumulateGrad".to_string(),
        }
    }

    /// Where the gradients of the inputs go: a pair (node or None, which of its results) for each.
    #[getter]
    fn next_functions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let next = match &self.0 {
            Place::Operation(node) => node.next_functions(),
            Place::Leaf(_) => Vec::new(),
        };
        PyTuple::new(
            py,
            next.into_iter().map(|next| match next {
                Some(NextFunction::Node(node, output)) => (Some(PyNode(Place::Operation(node))), output),
                Some(NextFunction::Leaf(slot)) => (Some(PyNode(Place::Leaf(slot))), 0),
                None => (None, 0),
            }),
        )
    }

    /// A dictionary for whatever the program wants to remember with the node.
    #[getter]
    fn metadata(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        let notes =
            self.operation("metadata")?.notes(|| Arc::new(PyDict::new(py).unbind()) as Arc<dyn Any + Send + Sync>);
        match notes.downcast_ref::<Py<PyDict>>() {
            Some(dict) => Ok(dict.clone_ref(py)),
            None => Err(PyRuntimeError::new_err("metadata: the node's notes belong to somebody else")),
        }
    }

    /// The leaf of an ``AccumulateGrad``.
    #[getter]
    fn variable(&self) -> PyResult<Out> {
        match &self.0 {
            Place::Leaf(slot) => Ok(Out(slot.variable())),
            Place::Operation(node) => Err(pyo3::exceptions::PyAttributeError::new_err(format!(
                "'{}' object has no attribute 'variable'",
                node.name()
            ))),
        }
    }

    /// The tensors that the operation saved for its derivative.
    ///
    /// Raises RuntimeError where backward has freed them, or they were changed in place.
    #[getter]
    fn saved_tensors<'py>(&self, py: Python<'py>) -> Ret<Bound<'py, PyTuple>> {
        let saved = match &self.0 {
            Place::Operation(node) => node.saved_tensors()?,
            Place::Leaf(_) => Default::default(),
        };
        Ok(PyTuple::new(py, saved.into_iter().map(Out))?)
    }

    /// Call ``hook(grad_inputs, grad_outputs)`` after the node has run. What it returns replaces the ``grad_inputs``.
    fn register_hook(&self, hook: Bound<'_, PyAny>) -> PyResult<RemovableHandle> {
        callable("register_hook", &hook)?;
        let (node, hook) = (self.operation("register_hook")?, hook.unbind());
        let id = node.register_hook(Box::new(move |inputs, outputs| {
            Python::attach(|py| {
                let returned = hook.bind(py).call1((tuple(py, inputs)?, tuple(py, outputs)?))?;
                exchange("register_hook", inputs, &returned)
            })
            .map_err(foreign)
        }));
        Ok(RemovableHandle { watched: Watched::Node(node.clone()), hook: id })
    }

    /// Call ``hook(grad_outputs)`` before the node runs. What it returns replaces the ``grad_outputs``.
    fn register_prehook(&self, hook: Bound<'_, PyAny>) -> PyResult<RemovableHandle> {
        callable("register_prehook", &hook)?;
        let (node, hook) = (self.operation("register_prehook")?, hook.unbind());
        let id = node.register_prehook(Box::new(move |outputs| {
            Python::attach(|py| {
                let returned = hook.bind(py).call1((tuple(py, outputs)?,))?;
                exchange("register_prehook", outputs, &returned)
            })
            .map_err(foreign)
        }));
        Ok(RemovableHandle { watched: Watched::Node(node.clone()), hook: id })
    }

    fn _sequence_nr(&self) -> u64 {
        self.seq()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<PyNode>().is_ok_and(|other| other.get().seq() == self.seq())
    }

    fn __hash__(&self) -> u64 {
        self.seq()
    }

    fn __repr__(slf: &Bound<'_, Self>) -> String {
        let address = match &slf.get().0 {
            Place::Operation(node) => Arc::as_ptr(node) as usize,
            Place::Leaf(slot) => Arc::as_ptr(slot) as usize,
        };
        format!("<{} object at {address:#x}>", slf.get().name())
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<_Mode>()?;
    module.add_class::<RemovableHandle>()?;
    module.add_class::<PyNode>()?;
    module.add_function(wrap_pyfunction!(is_grad_enabled, module)?)?;
    module.add_function(wrap_pyfunction!(is_inference_mode_enabled, module)?)?;
    module.add_function(wrap_pyfunction!(_set_grad_enabled, module)?)?;
    module.add_function(wrap_pyfunction!(no_grad, module)?)?;
    module.add_function(wrap_pyfunction!(enable_grad, module)?)?;
    module.add_function(wrap_pyfunction!(_backward, module)?)?;
    module.add_function(wrap_pyfunction!(_grad, module)?)?;
    module.add_function(wrap_pyfunction!(_gradcheck, module)?)?;
    module.add_function(wrap_pyfunction!(_gradgradcheck, module)?)
}
