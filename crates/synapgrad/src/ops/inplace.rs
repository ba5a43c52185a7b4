//! Changing a tensor.
//!
//! An operation in place is its ordinary twin whose result is then left in the tensor's memory. What the graph remembers
//! of the old value stays true: rules save what they need elsewhere, or notice the new version.

use synapgrad_kernels::{Scalar, Src, movement, pointwise};

use super::operand::{Operand, stretched, with_destination};
use crate::autograd::{Edge, grads, is_grad_enabled, record, retains_all, tracking};
use crate::error::{ensure, go_on};
use crate::{Result, Tensor};

impl Tensor {
    /// Whether the tensor may be changed in place now.
    ///
    /// # Errors
    /// RuntimeError where autograd forbids it: for a leaf that requires a gradient, a view of one, and views whose change
    /// would go unnoticed; and where several elements share one place of memory.
    pub fn may_change(&self, name: &str) -> Result<()> {
        ensure!(
            !self.layout().overlaps_itself(),
            Runtime,
            "{name}_: unsupported operation: more than one element of the written-to tensor refers to a single memory \
             location. Please clone() the tensor before performing the operation."
        );
        if !is_grad_enabled() {
            return Ok(());
        }
        ensure!(
            !(self.requires_grad() && self.is_leaf()),
            Runtime,
            "{name}_: a leaf Variable that requires grad is being used in an in-place operation; do it inside no_grad()"
        );
        let Some(view) = self.view_of() else { return Ok(()) };
        if view.base.requires_grad() {
            ensure!(
                !view.base.is_leaf(),
                Runtime,
                "{name}_: a view of a leaf Variable that requires grad is being used in an in-place operation; do it \
                 inside no_grad()"
            );
            ensure!(
                view.recorded,
                Runtime,
                "{name}_: a view was created in no_grad mode and is being modified inplace with grad mode enabled; the \
                 gradient would not see it"
            );
            ensure!(
                !view.one_of_many,
                Runtime,
                "{name}_: this view is the output of a function that returns multiple views. Such functions do not allow \
                 the output views to be modified inplace; replace the operation by an out-of-place one"
            );
        }
        Ok(())
    }

    /// Replace this tensor's value by `f` of its old value, of the same shape, in the graph, too.
    pub(crate) fn replace_by(&self, name: &str, f: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<&Tensor> {
        self.may_change(name)?;
        // `f` sees the old value in memory of its own, with the old history: what it saves is not overwritten.
        let old = self.detach().copy()?;
        if is_grad_enabled()
            && let Some(Edge::Node(node, output)) = self.edge()
        {
            old.set_history(node, output);
        }
        let value = f(&old)?;
        super::formula::check_in_place(name, self, value.dtype(), value.shape())?;
        self.settle(value, true)
    }

    /// Replace this tensor's value by one that was computed from it.
    ///
    /// # Errors
    /// RuntimeError where shape or dtype don't fit or autograd forbids it.
    pub fn replace_value(&self, name: &str, value: &Tensor) -> Result<&Tensor> {
        self.may_change(name)?;
        super::formula::check_in_place(name, self, value.dtype(), value.shape())?;
        self.settle(value.clone(), true)
    }

    /// Write `value` (of this shape, or one that broadcasts to it) over this tensor, also in the graph.
    pub(crate) fn assign(&self, value: &Tensor) -> Result<&Tensor> {
        self.settle(value.clone(), false)
    }

    /// [`Tensor::assign`]; a `fresh` value is known to nobody else, so that its history can become this tensor's.
    fn settle(&self, value: Tensor, fresh: bool) -> Result<&Tensor> {
        if tracking(&[self, &value]) {
            let value = value.to_dtype(self.dtype())?.stretch(self.shape())?;
            self.write(&value)?;
            match self.view_of() {
                None if fresh && !value.is_leaf() => self.take_history(&value),
                None => {
                    // Nothing of the old value is left, so nothing flows back to it.
                    let copied = record(
                        "CopyBackwards",
                        &[self, &value],
                        self.detach(),
                        &[],
                        |cx| grads![cx; Tensor::zeros(cx.shape(0), cx.g.dtype())?, cx.g.clone()],
                    );
                    self.take_history(&copied);
                }
                Some(view) => {
                    // The base is what it was, but for this region; all views of it look up their history anew.
                    let base = &view.base;
                    let region = self.layout().clone();
                    let home = base.layout().clone();
                    let history = record(
                        "CopySlices",
                        &[base, &value],
                        base.detach(),
                        &[],
                        move |cx| grads![cx; cx.g.zeroed_at(&home, &region)?, cx.g.region(&home, &region)?],
                    );
                    base.take_history(&history);
                }
            }
        } else {
            self.write(&value)?;
        }
        Ok(self)
    }

    /// Write `value` over this tensor's memory; the graph is not told.
    pub(crate) fn write(&self, value: &Tensor) -> Result<()> {
        go_on()?;
        let source = value.clear_of(self)?;
        let operands = [Operand::Tensor(&source)];
        ensure!(
            source.layout().broadcast_to(self.shape()).is_some(),
            Runtime,
            "copy_: {}",
            super::operand::mismatch("copy_", self.shape(), source.shape())
        );
        with_destination(self, &operands, &stretched(&operands, self.shape()), |[src], out| match src {
            Src::View { data, dtype, layout } if dtype == out.dtype => {
                movement::copy(data, layout, out.data, out.layout, dtype);
            }
            _ => pointwise::copy(src, out),
        });
        self.storage().bump_version();
        Ok(())
    }

    /// Become the result of the operation that made `of`; a tensor that keeps its gradient goes on doing so.
    fn take_history(&self, of: &Tensor) {
        let retains = self.retains_grad() || retains_all();
        if let Some((node, output)) = of.made_by() {
            self.set_history(node, output);
        }
        if retains {
            self.retain_grad_slot();
        }
    }

    /// Write the elements of `source`, broadcast and converted, over this tensor.
    ///
    /// # Errors
    /// RuntimeError where the shapes don't broadcast or autograd forbids it.
    pub fn copy_(&self, source: &Tensor) -> Result<&Tensor> {
        self.may_change("copy")?;
        ensure!(
            source.layout().broadcast_to(self.shape()).is_some(),
            Runtime,
            "{}",
            super::operand::mismatch("copy_", self.shape(), source.shape())
        );
        self.assign(source)
    }

    /// Set every element to `value`.
    pub fn fill_(&self, value: impl Into<Scalar>) -> Result<&Tensor> {
        self.fill("fill", value.into())
    }

    /// Set every element to 0.
    pub fn zero_(&self) -> Result<&Tensor> {
        self.fill("zero", Scalar::Int(0))
    }

    fn fill(&self, name: &str, value: Scalar) -> Result<&Tensor> {
        self.may_change(name)?;
        self.assign(&Tensor::full(&[], value, self.dtype())?)
    }
}

/// The operations of this file.
pub const NAMES: &[&str] = &["copy_", "fill_", "zero_"];
