//! What a tensor is: a handle on shared memory, a layout, an element type, and a place in the graph.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use synapgrad_kernels::{Buffer, DType, Element, Layout, Scalar};

use crate::autograd::{Autograd, Edge, GradSlot, Hook, HookId, Node, ViewOf};
use crate::error::{bail, ensure, go_on};
use crate::storage::Storage;
use crate::{Result, autograd};

/// An n-dimensional array that remembers how it was computed.
///
/// Cloning a `Tensor` makes another handle on the same tensor. Views (`transpose`, `select`, …) are new tensors on the same
/// memory. Functions return new tensors; their twins with a trailing underscore change the tensor itself.
#[derive(Clone)]
pub struct Tensor(Arc<Inner>);

struct Inner {
    storage: Storage,
    layout: Layout,
    dtype: DType,
    /// Whether the tensor requires a gradient; for a view see [`Tensor::requires_grad`].
    tracked: AtomicBool,
    /// Whether another tensor has taken the place of this leaf, see [`Tensor::take_place_of`].
    replaced: AtomicBool,
    view: Option<ViewOf>,
    autograd: Mutex<Autograd>,
}

static DEFAULT_DTYPE: AtomicU8 = AtomicU8::new(DType::F32 as u8);

/// The float type of tensors made from floats, and of quotients of integers.
pub fn default_dtype() -> DType {
    DType::ALL[DEFAULT_DTYPE.load(Ordering::Relaxed) as usize]
}

/// # Errors
/// Where `dtype` is not a float type.
pub fn set_default_dtype(dtype: DType) -> Result<()> {
    ensure!(dtype.is_float(), Type, "set_default_dtype: only floating-point types are supported, got {}", dtype.name());
    DEFAULT_DTYPE.store(dtype as u8, Ordering::Relaxed);
    Ok(())
}

// Making tensors
impl Tensor {
    pub(crate) fn new(storage: Storage, mut layout: Layout, dtype: DType, view: Option<ViewOf>) -> Tensor {
        // No element is nowhere: an empty view may start beyond the end of the memory it was taken from.
        if layout.offset > 0 && layout.numel() == 0 {
            layout.offset = 0;
        }
        let version = if view.is_some() { storage.version() } else { 0 };
        Tensor(Arc::new(Inner {
            storage,
            layout,
            dtype,
            tracked: AtomicBool::new(false),
            replaced: AtomicBool::new(false),
            view,
            autograd: Mutex::new(Autograd { version, ..Autograd::default() }),
        }))
    }

    /// A tensor that owns `buffer` alone.
    pub fn from_buffer(buffer: Buffer, layout: Layout, dtype: DType) -> Tensor {
        Tensor::new(Storage::new(buffer), layout, dtype, None)
    }

    /// A tensor of the given elements in row-major order.
    ///
    /// # Errors
    /// Where their number is not the product of `shape`.
    pub fn from_slice<T: Element>(values: &[T], shape: &[usize]) -> Result<Tensor> {
        let numel = synapgrad_kernels::layout::checked_numel(shape);
        ensure!(
            numel == Some(values.len()),
            Runtime,
            "from_slice: shape {shape:?} does not hold {} elements",
            values.len()
        );
        Ok(Tensor::from_buffer(Buffer::from_slice(values)?, Layout::dense(shape), T::DTYPE))
    }

    /// A view of this tensor's memory under another layout. The caller records how gradients flow through it.
    pub(crate) fn alias(&self, layout: Layout) -> Tensor {
        self.alias_as(layout, false)
    }

    pub(crate) fn alias_as(&self, layout: Layout, one_of_many: bool) -> Tensor {
        let view = (!autograd::is_inference_mode_enabled()).then(|| {
            let (base, inherited) = match &self.0.view {
                Some(view) => (view.base.clone(), view.one_of_many),
                None => (self.clone(), false),
            };
            ViewOf { base, recorded: autograd::is_grad_enabled(), one_of_many: one_of_many || inherited }
        });
        Tensor::new(self.0.storage.clone(), layout, self.0.dtype, view)
    }

    /// The same memory outside the graph: changes show in both, gradients don't flow.
    pub fn detach(&self) -> Tensor {
        Tensor::new(self.0.storage.clone(), self.0.layout.clone(), self.0.dtype, None)
    }

    /// The same memory outside the graph, with a count of changes of its own that starts at `version`: autograd does not
    /// notice what is changed through it.
    pub fn apart(&self, version: u32) -> Tensor {
        Tensor::new(self.0.storage.apart(version), self.0.layout.clone(), self.0.dtype, None)
    }

    /// The same memory as result `index` of `node`.
    pub(crate) fn with_history(&self, node: Arc<Node>, index: usize) -> Tensor {
        let tensor = self.detach();
        tensor.set_history(node, index);
        tensor
    }
}

// What it is
impl Tensor {
    /// Sizes of the dimensions.
    pub fn shape(&self) -> &[usize] {
        &self.0.layout.shape
    }

    /// The size of one dimension; negative counts from the last.
    ///
    /// # Errors
    /// IndexError where there is no such dimension.
    pub fn size(&self, dim: isize) -> Result<usize> {
        ensure!(self.rank() > 0, Index, "size: Dimension specified as {dim} but tensor has no dimensions");
        Ok(self.shape()[self.dim("size", dim)?])
    }

    /// Elements to skip in memory for one step along each dimension.
    pub fn strides(&self) -> &[usize] {
        &self.0.layout.strides
    }

    pub fn layout(&self) -> &Layout {
        &self.0.layout
    }

    /// The number of dimensions.
    pub fn rank(&self) -> usize {
        self.0.layout.rank()
    }

    /// The number of elements.
    pub fn numel(&self) -> usize {
        self.0.layout.numel()
    }

    pub fn dtype(&self) -> DType {
        self.0.dtype
    }

    pub fn storage(&self) -> &Storage {
        &self.0.storage
    }

    pub fn is_contiguous(&self) -> bool {
        self.0.layout.is_contiguous()
    }

    /// Whether both are handles on one tensor.
    pub fn is_same(&self, other: &Tensor) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// A number that no other living tensor has.
    pub fn id(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    /// Whether this handle alone knows of the tensor and of its memory, so that the memory may be reused.
    pub(crate) fn is_sole_owner(&self) -> bool {
        Arc::strong_count(&self.0) == 1 && self.0.storage.is_unique() && self.0.layout.is_dense()
    }

    /// `dim` as an index; negative counts from the last. A 0-d tensor accepts 0 and −1.
    ///
    /// # Errors
    /// IndexError where it is out of range.
    pub(crate) fn dim(&self, name: &str, dim: isize) -> Result<usize> {
        wrap_dim(name, dim, self.rank())
    }

    /// The elements in row-major order.
    ///
    /// # Errors
    /// TypeError where `T` is not the element type.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        ensure!(
            T::DTYPE == self.dtype(),
            Type,
            "to_vec: asked for {}, but the tensor holds {}",
            T::DTYPE.name(),
            self.dtype().name()
        );
        let dense = self.detach().contiguous()?;
        let at = dense.layout().offset;
        go_on()?;
        Ok(dense.storage().read().as_slice::<T>()[at..at + self.numel()].to_vec())
    }

    /// The value of a tensor of one element.
    ///
    /// # Errors
    /// RuntimeError where it has another number of elements.
    pub fn item(&self) -> Result<Scalar> {
        ensure!(
            self.numel() == 1,
            Runtime,
            "item: a Tensor with {} elements cannot be converted to Scalar; it has shape {:?}",
            self.numel(),
            self.shape()
        );
        go_on()?;
        Ok(self.scalar_at(self.0.layout.offset))
    }

    /// The element at a position of the memory.
    pub fn scalar_at(&self, position: usize) -> Scalar {
        let buffer = self.0.storage.read();
        synapgrad_kernels::with_element!(self.dtype(), T => buffer.as_slice::<T>()[position].to_scalar())
    }
}

/// `dim` of `rank` dimensions as an index; negative counts from the last.
pub(crate) fn wrap_dim(name: &str, dim: isize, rank: usize) -> Result<usize> {
    let n = rank.max(1) as isize;
    if dim < -n || dim >= n {
        bail!(Index, "{name}: Dimension out of range (expected to be in range of [{}, {}], but got {dim})", -n, n - 1);
    }
    Ok(if dim < 0 { dim + n } else { dim } as usize)
}

// Its place in the graph
impl Tensor {
    fn autograd(&self) -> std::sync::MutexGuard<'_, Autograd> {
        self.0.autograd.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Whether gradients flow to this tensor: it is a leaf that asked for one, or was computed from such leaves.
    pub fn requires_grad(&self) -> bool {
        self.0.tracked.load(Ordering::Relaxed) || self.base_was_changed_in_the_graph()
    }

    /// Made by the user, not by a recorded operation.
    pub fn is_leaf(&self) -> bool {
        self.made_by().is_none()
    }

    /// Ask for a gradient, or no longer.
    ///
    /// # Errors
    /// RuntimeError for a tensor of integers, and for the result of an operation (which requires one as its inputs do).
    pub fn requires_grad_(&self, requires_grad: bool) -> Result<Tensor> {
        ensure!(
            !requires_grad || self.dtype().is_float(),
            Runtime,
            "requires_grad_: only Tensors of floating point dtype can require gradients, got {}",
            self.dtype().name()
        );
        if !self.is_leaf() {
            ensure!(
                requires_grad,
                Runtime,
                "requires_grad_: you can only change requires_grad flags of leaf variables. If you want to use a computed \
                 variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            );
            return Ok(self.clone());
        }
        if requires_grad {
            self.grad_slot_or_new()?;
        }
        self.0.tracked.store(requires_grad, Ordering::Relaxed);
        Ok(self.clone())
    }

    /// The accumulated gradient.
    pub fn grad(&self) -> Option<Tensor> {
        let slot = self.autograd().slot.clone()?;
        autograd::lock(&slot.grad).clone()
    }

    /// Replace the accumulated gradient; `None` clears it.
    ///
    /// # Errors
    /// RuntimeError where the gradient has another shape or dtype.
    pub fn set_grad(&self, grad: Option<Tensor>) -> Result<()> {
        let Some(grad) = grad else {
            if let Some(slot) = &self.autograd().slot {
                *autograd::lock(&slot.grad) = None;
            }
            return Ok(());
        };
        ensure!(
            grad.shape() == self.shape(),
            Runtime,
            "grad: assigned grad has data of a different size: got {:?}, wanted {:?}",
            grad.shape(),
            self.shape()
        );
        ensure!(
            grad.dtype() == self.dtype(),
            Runtime,
            "grad: assigned grad has data of a different type: got {}, wanted {}",
            grad.dtype().name(),
            self.dtype().name()
        );
        *autograd::lock(&self.grad_slot_or_new()?.grad) = Some(grad);
        Ok(())
    }

    /// Keep the gradient of a tensor that is not a leaf, too.
    ///
    /// # Errors
    /// RuntimeError where no gradient will flow here.
    pub fn retain_grad(&self) -> Result<()> {
        ensure!(self.requires_grad(), Runtime, "retain_grad: can't retain_grad on Tensor that has requires_grad=False");
        self.retain_grad_slot();
        Ok(())
    }

    pub(crate) fn retain_grad_slot(&self) {
        let Some((node, output)) = self.made_by() else { return };
        let mut autograd = self.autograd();
        if autograd.slot.is_none() {
            let slot = GradSlot::new(self.detach());
            node.watch(|w| w.retained.push((output, slot.clone())));
            autograd.slot = Some(slot);
        }
    }

    /// Whether this is a result that keeps its gradient.
    pub fn retains_grad(&self) -> bool {
        !self.is_leaf() && self.autograd().slot.is_some()
    }

    /// Call `hook` with the gradient of this tensor whenever it is computed; what it returns replaces the gradient.
    ///
    /// # Errors
    /// RuntimeError where no gradient will flow here.
    pub fn register_hook(&self, hook: Hook) -> Result<HookId> {
        ensure!(
            self.requires_grad(),
            Runtime,
            "register_hook: cannot register a hook on a tensor that doesn't require gradient"
        );
        match self.made_by() {
            Some((node, output)) => Ok(node.add_hook(output, hook)),
            None => Ok(self.grad_slot_or_new()?.add_hook(hook, false)),
        }
    }

    /// Call `hook` with `.grad` of this leaf after each accumulation.
    ///
    /// # Errors
    /// RuntimeError where this is no leaf that requires a gradient.
    pub fn register_post_accumulate_grad_hook(&self, hook: Hook) -> Result<HookId> {
        ensure!(
            self.requires_grad() && self.is_leaf(),
            Runtime,
            "register_post_accumulate_grad_hook: post accumulate grad hooks cannot be registered on non-leaf tensors or \
             tensors that don't require gradient"
        );
        Ok(self.grad_slot_or_new()?.add_hook(hook, true))
    }

    /// Forget a hook; unknown ones are ignored.
    pub fn remove_hook(&self, id: HookId) {
        if let Some((node, _)) = self.made_by() {
            node.remove_hook(id);
        }
        if let Some(slot) = &self.autograd().slot {
            let mut hooks = autograd::lock(&slot.hooks);
            hooks.before.retain(|(other, _)| *other != id);
            hooks.after.retain(|(other, _)| *other != id);
        }
    }

    pub(crate) fn grad_slot_or_new(&self) -> Result<Arc<GradSlot>> {
        let mut autograd = self.autograd();
        Ok(autograd.slot.get_or_insert_with(|| GradSlot::new(self.detach())).clone())
    }

    /// Share `.grad`, and so the place in every graph built so far, with `other`: how a parameter's data is exchanged
    /// without losing gradients under way.
    pub fn share_grad_with(&self, other: &Tensor) {
        let slot = other.autograd().slot.clone();
        if let Some(slot) = &slot {
            *autograd::lock(&slot.value) = self.detach();
        }
        self.autograd().slot = slot;
        self.0.tracked.store(other.requires_grad(), Ordering::Relaxed);
    }

    /// [`share_grad_with`](Tensor::share_grad_with) a leaf whose data are exchanged for this tensor's: operations that saved
    /// the leaf and have yet to go backward will see the new data, as in PyTorch.
    pub fn take_place_of(&self, leaf: &Tensor) {
        self.share_grad_with(leaf);
        leaf.0.replaced.store(true, Ordering::Relaxed);
    }

    /// The tensor that has taken the place of this leaf; else the tensor itself.
    pub(crate) fn current(&self) -> Tensor {
        let slot = if self.0.replaced.load(Ordering::Relaxed) { self.autograd().slot.clone() } else { None };
        let Some(slot) = slot else { return self.clone() };
        let current = autograd::lock(&slot.value).detach();
        if self.requires_grad() {
            current.adopt_slot(slot);
        }
        current
    }

    /// Become a leaf, another name for the one whose gradient rests in `slot`.
    pub(crate) fn adopt_slot(&self, slot: Arc<GradSlot>) {
        self.autograd().slot = Some(slot);
        self.0.tracked.store(true, Ordering::Relaxed);
    }

    /// Cut this tensor itself out of the graph: a leaf that requires no gradient.
    ///
    /// # Errors
    /// RuntimeError for a view, because its base still has a history.
    pub fn detach_(&self) -> Result<&Tensor> {
        ensure!(self.0.view.is_none(), Runtime, "detach_: can't detach views in-place; use detach() instead");
        let mut autograd = self.autograd();
        let history = autograd.made_by.take();
        autograd.slot = None;
        drop(autograd);
        drop(history);
        self.0.tracked.store(false, Ordering::Relaxed);
        Ok(self)
    }

    pub(crate) fn set_history(&self, node: Arc<Node>, index: usize) {
        let mut autograd = self.autograd();
        autograd.made_by = Some((node, index));
        autograd.slot = None;
        autograd.version = self.0.storage.version();
        self.0.tracked.store(true, Ordering::Relaxed);
    }

    /// The operation that made this tensor, and which of its results it is.
    pub(crate) fn made_by(&self) -> Option<(Arc<Node>, usize)> {
        if self.base_was_changed_in_the_graph() {
            self.renew_history();
        }
        self.autograd().made_by.clone()
    }

    /// The node that made this tensor; `None` for a leaf.
    pub fn grad_fn(&self) -> Option<Arc<Node>> {
        self.made_by().map(|(node, _)| node)
    }

    /// Where gradients of this tensor go.
    pub(crate) fn edge(&self) -> Option<Edge> {
        if !self.requires_grad() {
            return None;
        }
        if self.base_was_changed_in_the_graph() {
            self.renew_history();
        }
        let autograd = self.autograd();
        match &autograd.made_by {
            Some((node, output)) => Some(Edge::Node(node.clone(), *output)),
            None => autograd.slot.clone().map(Edge::Leaf),
        }
    }

    /// Where gradients of this tensor go: to the node that made it, or to itself as a leaf; `None` where it requires none.
    pub fn gradient_edge(&self) -> Option<autograd::NextFunction> {
        self.edge().map(Into::into)
    }

    pub(crate) fn view_of(&self) -> Option<&ViewOf> {
        self.0.view.as_ref()
    }

    /// A view whose base has been changed in place since: its history is that of the base now.
    fn base_was_changed_in_the_graph(&self) -> bool {
        match &self.0.view {
            None => false,
            Some(view) => {
                self.autograd().version != self.0.storage.version()
                    && view.base.0.tracked.load(Ordering::Relaxed)
                    && view.base.autograd().made_by.is_some()
            }
        }
    }

    fn renew_history(&self) {
        if let Some(view) = &self.0.view {
            let _mode = autograd::enable_grad();
            let renewed = view.base.as_strided_of_base(&self.0.layout);
            if let Some((node, output)) = renewed.autograd().made_by.clone() {
                self.set_history(node, output);
            }
        }
    }

    /// [`autograd::backward`] of this tensor alone, freeing the graph.
    pub fn backward(&self) -> Result<()> {
        autograd::backward(std::slice::from_ref(self), &[], false, false, None)
    }
}
