//! Leaving a trace: how an operation tells autograd what it did.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use smallvec::SmallVec;

use super::mode::{is_grad_enabled, retains_all};
use super::node::{Edge, Input, Node, OutputInfo, next_seq};
use super::saved::SavedTensor;
use crate::{Result, Tensor};

/// The gradients of a node's inputs, in their order. `None` where an input needs none or the derivative is zero
/// everywhere.
pub type Grads = SmallVec<[Option<Tensor>; 2]>;

/// What a rule will need later.
#[derive(Clone, Copy)]
pub enum Save<'a> {
    /// One of the operation's inputs, or any other tensor.
    Input(&'a Tensor),
    /// Result number so-and-so of the operation itself.
    Output(usize),
}

impl<'a> From<&'a Tensor> for Save<'a> {
    fn from(tensor: &'a Tensor) -> Save<'a> {
        Save::Input(tensor)
    }
}

/// Note that `output` came from `inputs`, and how gradients flow back; return `output`.
///
/// `rule` must own no tensors: what it needs is listed in `saved`, where it can be freed after backward, drawn, and
/// checked against changes in place. It may return a gradient in the broadcast shape or in another float dtype: the
/// engine sums and casts it to fit the input. Costs nothing but a look at the inputs where none requires a gradient.
pub fn record<R>(name: &'static str, inputs: &[&Tensor], output: Tensor, saved: &[Save], rule: R) -> Tensor
where
    R: Fn(&Cx) -> Result<Grads> + Send + Sync + 'static,
{
    if !tracking(inputs) || !output.dtype().is_float() {
        return output;
    }
    let [output] = record_many(name, inputs, [output], saved, rule);
    output
}

/// [`record`] for an operation with several results. Results that are not floats stay outside the graph.
pub(crate) fn record_many<R, const N: usize>(
    name: &'static str,
    inputs: &[&Tensor],
    outputs: [Tensor; N],
    saved: &[Save],
    rule: R,
) -> [Tensor; N]
where
    R: Fn(&Cx) -> Result<Grads> + Send + Sync + 'static,
{
    let mut outputs = outputs;
    record_slice(name, inputs, &mut outputs, saved, rule);
    outputs
}

/// [`record`] for any number of results, which are replaced by tensors that know their history.
pub fn record_slice<R>(name: &'static str, inputs: &[&Tensor], outputs: &mut [Tensor], saved: &[Save], rule: R)
where
    R: Fn(&Cx) -> Result<Grads> + Send + Sync + 'static,
{
    if !tracking(inputs) {
        return;
    }
    let kept = saved
        .iter()
        .map(|save| match *save {
            Save::Input(tensor) => SavedTensor::input(tensor),
            Save::Output(i) => SavedTensor::output(&outputs[i], i),
        })
        .collect();
    let node = Arc::new(Node {
        name,
        inputs: inputs
            .iter()
            .map(|t| Input { edge: t.edge(), shape: t.layout().shape.clone(), dtype: t.dtype() })
            .collect(),
        // Taken after the inputs' edges, because asking a changed view for its edge may make a node.
        seq: next_seq(),
        outputs: outputs.iter().map(|t| OutputInfo { shape: t.layout().shape.clone(), dtype: t.dtype() }).collect(),
        saved: Mutex::new(Some(kept)),
        rule: Box::new(rule),
        watchers: Mutex::new(None),
    });
    for (i, output) in outputs.iter_mut().enumerate() {
        if output.dtype().is_float() {
            output.set_history(node.clone(), i);
            if retains_all() {
                output.retain_grad_slot();
            }
        }
    }
}

/// Whether an operation on these inputs has to be recorded.
pub(crate) fn tracking(inputs: &[&Tensor]) -> bool {
    is_grad_enabled() && inputs.iter().any(|t| t.requires_grad())
}

/// Whether `tensor` shares the memory of another one, its base, in whose graph it is.
pub fn is_view(tensor: &Tensor) -> bool {
    tensor.view_of().is_some()
}

/// What a rule is given.
pub struct Cx<'a> {
    /// The gradient of the node's first result: the only one of most.
    pub g: &'a Tensor,
    pub(super) node: &'a Arc<Node>,
    pub(super) grads: &'a [Option<Tensor>],
    /// The numbers of the nodes on the way to the gradients that are asked for; all where `None`.
    pub(super) needed: Option<&'a HashSet<u64>>,
    pub(super) create_graph: bool,
}

impl Cx<'_> {
    /// The tensors saved by [`record`], in their order.
    ///
    /// # Errors
    /// RuntimeError where they were freed, or changed in place.
    pub fn saved_all(&self) -> Result<SmallVec<[Tensor; 3]>> {
        self.node.saved_tensors()
    }

    /// [`Cx::saved_all`] where their number is known.
    pub fn saved<const N: usize>(&self) -> Result<[Tensor; N]> {
        let mut saved = self.saved_all()?.into_iter();
        Ok(std::array::from_fn(|i| match saved.next() {
            Some(tensor) => tensor,
            None => unreachable!("{} asks for tensor {i}, which it did not save", self.node.name()),
        }))
    }

    /// The gradient of result `i`; `None` where nothing depends on that result.
    pub fn grad_of(&self, i: usize) -> Option<&Tensor> {
        self.grads[i].as_ref()
    }

    /// Whether input `i` wants its gradient.
    pub fn needs(&self, i: usize) -> bool {
        let asked_for = |edge: &Edge| self.needed.is_none_or(|needed| needed.contains(&edge.seq()));
        self.node.inputs[i].edge.as_ref().is_some_and(asked_for)
    }

    /// How many inputs the operation had.
    pub fn inputs(&self) -> usize {
        self.node.inputs.len()
    }

    /// Whether the rule's own operations will be differentiated in turn, so that each must be recorded.
    pub fn create_graph(&self) -> bool {
        self.create_graph
    }

    /// Shape of input `i`.
    pub fn shape(&self, i: usize) -> &[usize] {
        &self.node.inputs[i].shape
    }
}

/// `grads![cx; expression, …]`: one expression per input, evaluated only for inputs that want a gradient. An expression may
/// use `?`.
macro_rules! grads {
    ($cx:ident; $($expression:expr),* $(,)?) => {{
        let mut i = 0;
        let mut grads = $crate::autograd::Grads::new();
        $(
            grads.push(if $cx.needs(i) { Some($expression) } else { None });
            i += 1;
        )*
        let _ = i;
        Ok::<$crate::autograd::Grads, $crate::Error>(grads)
    }};
}
pub(crate) use grads;
