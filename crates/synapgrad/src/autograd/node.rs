//! The graph: nodes for operations, slots for gradients, edges between them.

use std::any::Any;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use smallvec::SmallVec;
use synapgrad_kernels::{DType, Dims};

use super::record::{Cx, Grads};
use super::saved::SavedTensor;
use crate::error::bail;
use crate::{Result, Tensor};

/// Called with a gradient; may replace it.
pub type Hook = Box<dyn Fn(&Tensor) -> Result<Option<Tensor>> + Send + Sync>;

/// Called with the gradients of a node's results before its rule runs; may replace them.
pub type NodePreHook = Box<dyn Fn(&mut [Option<Tensor>]) -> Result<()> + Send + Sync>;

/// Called with the gradients that a node's rule found for its inputs, which it may replace, and those of its results.
pub type NodeHook = Box<dyn Fn(&mut [Option<Tensor>], &[Option<Tensor>]) -> Result<()> + Send + Sync>;

/// Names a registered hook, to remove it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HookId(u64);

/// How a node turns the gradients of its results into gradients of its inputs.
pub(crate) type Rule = Box<dyn Fn(&Cx) -> Result<Grads> + Send + Sync>;

/// Every node and every slot takes the next number. An operation is younger than its inputs, so going through the
/// numbers downwards visits each node after all that depend on it.
pub(crate) fn next_seq() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// An operation in the graph.
pub struct Node {
    pub(crate) name: &'static str,
    pub(crate) seq: u64,
    pub(crate) inputs: SmallVec<[Input; 2]>,
    /// One entry per result, in order.
    pub(crate) outputs: SmallVec<[OutputInfo; 1]>,
    /// What the rule needs; `None` once backward has freed it.
    pub(crate) saved: Mutex<Option<SmallVec<[SavedTensor; 2]>>>,
    pub(crate) rule: Rule,
    pub(crate) watchers: Mutex<Option<Box<Watchers>>>,
}

/// Where the gradient of one input goes, and the shape and dtype it must have there.
pub(crate) struct Input {
    pub edge: Option<Edge>,
    pub shape: Dims,
    pub dtype: DType,
}

#[derive(Clone)]
pub(crate) struct OutputInfo {
    pub shape: Dims,
    pub dtype: DType,
}

#[derive(Clone)]
pub(crate) enum Edge {
    /// Result number `.1` of an operation.
    Node(Arc<Node>, usize),
    /// A leaf: the gradient stays here.
    Leaf(Arc<GradSlot>),
}

/// Those who want to see the gradients of a node's results before its rule runs.
#[derive(Default)]
pub(crate) struct Watchers {
    pub hooks: Vec<(usize, HookId, Arc<Hook>)>,
    pub retained: Vec<(usize, Arc<GradSlot>)>,
    /// Hooks of the node itself.
    pub before: Vec<(HookId, Arc<NodePreHook>)>,
    pub after: Vec<(HookId, Arc<NodeHook>)>,
    /// Whatever the program wants to remember with the node.
    pub notes: Option<Arc<dyn Any + Send + Sync>>,
}

/// Where a gradient comes to rest: the `.grad` of a leaf, or of a tensor that retains it.
pub struct GradSlot {
    pub(crate) seq: u64,
    /// The tensor itself, outside the graph: its value, for those who look at the graph.
    pub(crate) value: Mutex<Tensor>,
    pub(crate) grad: Mutex<Option<Tensor>>,
    pub(crate) hooks: Mutex<SlotHooks>,
}

#[derive(Default)]
pub(crate) struct SlotHooks {
    pub before: Vec<(HookId, Arc<Hook>)>,
    pub after: Vec<(HookId, Arc<Hook>)>,
}

/// What a tensor knows of the graph.
#[derive(Default)]
pub(crate) struct Autograd {
    /// The operation that made the tensor, and which of its results it is.
    pub made_by: Option<(Arc<Node>, usize)>,
    /// The tensor's `.grad`, where it may have one.
    pub slot: Option<Arc<GradSlot>>,
    /// For a view: the storage's version for which `made_by` is true.
    pub version: u32,
}

/// What a view remembers of the tensor whose memory it shares.
pub(crate) struct ViewOf {
    pub base: Tensor,
    /// Whether operations were recorded when the view was made; else changing it in place would go unnoticed.
    pub recorded: bool,
    /// One of several views made by one operation (`split`, `unbind`): changing it in place is refused, as in PyTorch.
    pub one_of_many: bool,
}

impl GradSlot {
    pub(crate) fn new(value: Tensor) -> Arc<GradSlot> {
        Arc::new(GradSlot {
            seq: next_seq(),
            value: Mutex::new(value),
            grad: Mutex::new(None),
            hooks: Mutex::default(),
        })
    }

    /// A number that grows with every node and leaf made.
    pub fn sequence_nr(&self) -> u64 {
        self.seq
    }

    /// The leaf: its memory and its `.grad`.
    pub fn variable(self: &Arc<GradSlot>) -> Tensor {
        let tensor = lock(&self.value).detach();
        tensor.adopt_slot(self.clone());
        tensor
    }

    pub(crate) fn add_hook(&self, hook: Hook, after: bool) -> HookId {
        let id = HookId(next_seq());
        let mut hooks = lock(&self.hooks);
        if after { &mut hooks.after } else { &mut hooks.before }.push((id, Arc::new(hook)));
        id
    }
}

/// Where a gradient goes next, see [`Node::next_functions`].
#[derive(Clone)]
pub enum NextFunction {
    /// Result number `.1` of an operation.
    Node(Arc<Node>, usize),
    /// A leaf, which accumulates.
    Leaf(Arc<GradSlot>),
}

impl From<Edge> for NextFunction {
    fn from(edge: Edge) -> NextFunction {
        match edge {
            Edge::Node(node, output) => NextFunction::Node(node, output),
            Edge::Leaf(slot) => NextFunction::Leaf(slot),
        }
    }
}

impl Node {
    /// PyTorch's name of the node: `ExpBackward0`.
    pub fn name(&self) -> String {
        // Operations are named by their function, except where PyTorch's node has a name of its own.
        if self.name.starts_with(|c: char| c.is_ascii_uppercase()) {
            return self.name.to_string();
        }
        let mut name = String::with_capacity(self.name.len() + 9);
        for part in self.name.split('_') {
            let mut letters = part.chars();
            name.extend(letters.next().map(|c| c.to_ascii_uppercase()));
            name.push_str(letters.as_str());
        }
        name + "Backward0"
    }

    /// The nodes and leaves that this node sends gradients to, in the order of its inputs.
    pub(crate) fn next(&self) -> impl Iterator<Item = Option<&Edge>> {
        self.inputs.iter().map(|input| input.edge.as_ref())
    }

    pub(crate) fn watch(&self, change: impl FnOnce(&mut Watchers)) {
        change(lock(&self.watchers).get_or_insert_default());
    }

    pub(crate) fn add_hook(&self, output: usize, hook: Hook) -> HookId {
        let id = HookId(next_seq());
        self.watch(|w| w.hooks.push((output, id, Arc::new(hook))));
        id
    }

    /// Call `hook` with the gradients of the node's results, before its rule runs.
    pub fn register_prehook(&self, hook: NodePreHook) -> HookId {
        let id = HookId(next_seq());
        self.watch(|w| w.before.push((id, Arc::new(hook))));
        id
    }

    /// Call `hook` with the gradients that the node's rule found for its inputs, and those of its results.
    pub fn register_hook(&self, hook: NodeHook) -> HookId {
        let id = HookId(next_seq());
        self.watch(|w| w.after.push((id, Arc::new(hook))));
        id
    }

    /// Forget a hook; unknown ones are ignored.
    pub fn remove_hook(&self, id: HookId) {
        if let Some(watchers) = lock(&self.watchers).as_deref_mut() {
            watchers.hooks.retain(|(_, other, _)| *other != id);
            watchers.before.retain(|(other, _)| *other != id);
            watchers.after.retain(|(other, _)| *other != id);
        }
    }

    /// What the program remembers with the node: made by `new` when it is first asked for.
    pub fn notes(&self, new: impl FnOnce() -> Arc<dyn Any + Send + Sync>) -> Arc<dyn Any + Send + Sync> {
        lock(&self.watchers).get_or_insert_default().notes.get_or_insert_with(new).clone()
    }

    /// What stands on the operation in a picture: its name without PyTorch's ending.
    pub fn label(&self) -> String {
        let name = self.name();
        name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches("Backward").to_string()
    }

    /// The results that keep their gradient: which, the value, and the gradient.
    pub(crate) fn retained(&self) -> Vec<(usize, Tensor, Option<Tensor>)> {
        let Some(watchers) = lock(&self.watchers).as_deref().map(|watchers| watchers.retained.clone()) else {
            return Vec::new();
        };
        watchers
            .into_iter()
            .map(|(output, slot)| (output, lock(&slot.value).clone(), lock(&slot.grad).clone()))
            .collect()
    }

    /// Shape and dtype of input `i`.
    pub(crate) fn input_meta(&self, i: usize) -> (&[usize], DType) {
        (&self.inputs[i].shape, self.inputs[i].dtype)
    }

    /// A number that grows with every node made.
    pub fn sequence_nr(&self) -> u64 {
        self.seq
    }

    /// Where the gradients of the inputs go, in their order: the node that made an input and which of its results that
    /// is, or the leaf that it is; `None` for an input that wants no gradient.
    pub fn next_functions(&self) -> Vec<Option<NextFunction>> {
        self.next().map(|edge| edge.cloned().map(NextFunction::from)).collect()
    }

    /// What the operation saved for its derivative, checked as for [`backward`](super::backward).
    ///
    /// # Errors
    /// RuntimeError where it was freed, or changed in place.
    pub fn saved_tensors(self: &Arc<Node>) -> Result<SmallVec<[Tensor; 3]>> {
        match lock(&self.saved).as_ref() {
            Some(saved) => saved.iter().map(|s| s.unpack(self)).collect(),
            None => bail!(
                Runtime,
                "Trying to backward through the graph a second time (or directly access saved tensors after they have \
                 already been freed): {} freed what it saved during the first backward. Specify retain_graph=True if \
                 you need to backward through the graph a second time.",
                self.name()
            ),
        }
    }
}

/// What a dead node leaves behind.
type Remains = (SmallVec<[Input; 2]>, Option<SmallVec<[SavedTensor; 2]>>, Option<Box<Watchers>>, Rule);

thread_local! {
    /// Remains waiting to be dropped; `Some` while a drop is under way.
    static GRAVEYARD: RefCell<Option<Vec<Remains>>> = const { RefCell::new(None) };
}

/// Dropping a node drops its inputs' nodes, and so on down a graph that may be millions deep. The chain is turned into a
/// loop: whoever dies while another drop is under way only hands over what it held.
impl Drop for Node {
    fn drop(&mut self) {
        // Where the thread is ending there is no graveyard any more.
        let handed_over = GRAVEYARD.try_with(|graveyard| match &mut *graveyard.borrow_mut() {
            Some(waiting) => {
                waiting.push(self.remains());
                true
            }
            none => {
                *none = Some(Vec::new());
                false
            }
        });
        if handed_over == Ok(false) {
            drop(self.remains());
            while let Some(next) = GRAVEYARD.with(|graveyard| graveyard.borrow_mut().as_mut().and_then(Vec::pop)) {
                drop(next);
            }
            GRAVEYARD.set(None);
        }
    }
}

impl Node {
    /// All that can own other nodes. The rule of a function written in Python can: its objects may own tensors.
    fn remains(&mut self) -> Remains {
        (
            std::mem::take(&mut self.inputs),
            self.saved.get_mut().map(Option::take).unwrap_or_default(),
            self.watchers.get_mut().map(Option::take).unwrap_or_default(),
            std::mem::replace(&mut self.rule, Box::new(|_| Ok(Grads::new()))),
        )
    }
}
