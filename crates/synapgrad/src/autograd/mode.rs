//! Switches of the current thread: whether operations are recorded, whether every tensor keeps its gradient.

use std::cell::Cell;

thread_local! {
    static GRAD: Cell<bool> = const { Cell::new(true) };
    static INFERENCE: Cell<bool> = const { Cell::new(false) };
    static RETAIN: Cell<bool> = const { Cell::new(false) };
}

/// Whether operations of this thread are recorded for differentiation.
pub fn is_grad_enabled() -> bool {
    GRAD.get()
}

/// Whether this thread is in [`inference_mode`].
pub fn is_inference_mode_enabled() -> bool {
    INFERENCE.get()
}

/// Switch recording on or off and return what it was; [`no_grad`] and [`enable_grad`] restore it by themselves.
pub fn set_grad_enabled(enabled: bool) -> bool {
    GRAD.replace(enabled)
}

/// Switch inference mode and return what it was.
pub fn set_inference_mode(enabled: bool) -> bool {
    INFERENCE.replace(enabled)
}

/// Whether every tensor keeps its gradient, see [`retain_grads`].
pub fn retains_all() -> bool {
    RETAIN.get()
}

/// Restores the switches when dropped.
#[must_use = "the mode ends when this guard is dropped"]
pub struct GradMode {
    grad: bool,
    inference: bool,
}

impl GradMode {
    fn enter(grad: bool, inference: bool) -> GradMode {
        GradMode { grad: GRAD.replace(grad), inference: INFERENCE.replace(inference) }
    }
}

impl Drop for GradMode {
    fn drop(&mut self) {
        GRAD.set(self.grad);
        INFERENCE.set(self.inference);
    }
}

/// Record nothing until the guard is dropped.
///
/// ```
/// use synapgrad::{Tensor, autograd};
/// let x = Tensor::from([1.0, 2.0]).requires_grad_(true).unwrap();
/// let guard = autograd::no_grad();
/// assert!(!(&x * 2.0).requires_grad());
/// drop(guard);
/// assert!((&x * 2.0).requires_grad());
/// ```
pub fn no_grad() -> GradMode {
    GradMode::enter(false, INFERENCE.get())
}

/// Record again, inside a [`no_grad`].
pub fn enable_grad() -> GradMode {
    GradMode::enter(true, INFERENCE.get())
}

/// As [`no_grad`], for code that will never need the results in a graph.
pub fn inference_mode() -> GradMode {
    GradMode::enter(false, true)
}

/// Restores the switch when dropped.
#[must_use = "the mode ends when this guard is dropped"]
pub struct RetainGrads(bool);

/// Until the guard is dropped every tensor that an operation makes keeps its gradient, as after `retain_grad()`.
pub fn retain_grads() -> RetainGrads {
    RetainGrads(RETAIN.replace(true))
}

/// Switch the mode of [`retain_grads`] and return what it was.
pub fn set_retain_grads(enabled: bool) -> bool {
    RETAIN.replace(enabled)
}

impl Drop for RetainGrads {
    fn drop(&mut self) {
        RETAIN.set(self.0);
    }
}
