//! The graph: nodes for operations, slots for gradients, edges between them.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use smallvec::SmallVec;
use synapgrad_kernels::{DType, Dims};

use super::record::{Cx, Grads};
use super::saved::SavedTensor;
use crate::{Result, Tensor};

/// Called with a gradient; may replace it.
pub type Hook = Box<dyn Fn(&Tensor) -> Result<Option<Tensor>> + Send + Sync>;

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
}

/// Where a gradient comes to rest: the `.grad` of a leaf, or of a tensor that retains it.
pub struct GradSlot {
    pub(crate) seq: u64,
    pub(crate) shape: Dims,
    pub(crate) dtype: DType,
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
    pub(crate) fn new(shape: &Dims, dtype: DType) -> Arc<GradSlot> {
        Arc::new(GradSlot {
            seq: next_seq(),
            shape: shape.clone(),
            dtype,
            grad: Mutex::new(None),
            hooks: Mutex::default(),
        })
    }

    pub(crate) fn add_hook(&self, hook: Hook, after: bool) -> HookId {
        let id = HookId(next_seq());
        let mut hooks = lock(&self.hooks);
        if after { &mut hooks.after } else { &mut hooks.before }.push((id, Arc::new(hook)));
        id
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

    pub(crate) fn remove_hook(&self, id: HookId) {
        self.watch(|w| w.hooks.retain(|(_, other, _)| *other != id));
    }
}

/// What a dead node leaves behind.
type Remains = (SmallVec<[Input; 2]>, Option<SmallVec<[SavedTensor; 2]>>, Option<Box<Watchers>>);

thread_local! {
    /// Remains waiting to be dropped, while a drop is under way.
    static GRAVEYARD: RefCell<Option<Vec<Remains>>> = const { RefCell::new(None) };
}

/// Dropping a node drops its inputs' nodes, and so on down a graph that may be millions deep. The chain is turned into a
/// loop: whoever is dropped while another drop is under way only hands over what it held.
impl Drop for Node {
    fn drop(&mut self) {
        let saved = self.saved.get_mut().map(Option::take).unwrap_or_default();
        let watchers = self.watchers.get_mut().map(Option::take).unwrap_or_default();
        let mut next = Some((std::mem::take(&mut self.inputs), saved, watchers));
        let first = GRAVEYARD
            .try_with(|g| match &mut *g.borrow_mut() {
                Some(waiting) => {
                    waiting.extend(next.take());
                    false
                }
                empty => {
                    *empty = Some(Vec::new());
                    true
                }
            })
            .unwrap_or(false);
        if first {
            while let Some(remains) = next {
                drop(remains);
                next = GRAVEYARD.with(|g| g.borrow_mut().as_mut().and_then(Vec::pop));
            }
            GRAVEYARD.with(|g| *g.borrow_mut() = None);
        }
    }
}
