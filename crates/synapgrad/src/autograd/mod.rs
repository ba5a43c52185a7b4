//! Reverse-mode automatic differentiation.
//!
//! Every operation on a tensor that requires a gradient leaves a [`Node`] that remembers its inputs and how to turn the
//! gradient of its result into gradients of those inputs ([`record()`]). [`backward`] walks these nodes from the youngest to
//! the oldest and leaves the sums at the leaves.

mod engine;
mod gradcheck;
mod mode;
mod node;
mod record;
mod saved;

pub use engine::{backward, grad};
pub use gradcheck::{GradCheck, gradcheck, gradgradcheck};
pub use mode::{
    GradMode, RetainGrads, enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad,
    retain_grads, retains_all, set_grad_enabled, set_inference_mode, set_retain_grads,
};
pub(crate) use node::lock;
pub(crate) use node::{Autograd, Edge, Input, ViewOf};
pub use node::{GradSlot, Hook, HookId, NextFunction, Node, NodeHook, NodePreHook};
pub use record::{Cx, Grads, Save, is_view, record, record_slice};
pub(crate) use record::{grads, record_many, tracking};
