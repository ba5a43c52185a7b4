//! Reverse-mode automatic differentiation.
//!
//! Every operation on a tensor that requires a gradient leaves a [`Node`] that remembers its inputs and how to turn the
//! gradient of its result into gradients of those inputs ([`record()`]). [`backward`] walks these nodes from the youngest to
//! the oldest and leaves the sums at the leaves.

mod engine;
mod mode;
mod node;
mod record;
mod saved;

pub use engine::{backward, grad};
pub use mode::{
    GradMode, RetainGrads, enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad,
    retain_grads, set_grad_enabled,
};
pub(crate) use node::lock;
pub(crate) use node::{Autograd, Edge, Input, ViewOf};
pub use node::{GradSlot, Hook, HookId, Node};
pub(crate) use record::{Cx, Grads, Save, grads, record, record_many, record_slice, tracking};
