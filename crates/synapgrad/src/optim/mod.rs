//! Optimizers: from gradients to new parameters.
//!
//! A rule is a struct of options, such as [`AdamOptions`]: it names what it remembers of a parameter and says with which
//! numbers the next step is taken. [`Descent`] applies a rule to groups of parameters, [`update`] to one. The arithmetic of
//! an element is in `synapgrad_kernels::optim`.

mod adagrad;
mod adam;
mod lbfgs;
mod rule;
pub mod schedule;
mod sgd;

pub use adagrad::{Adadelta, AdadeltaOptions, Adagrad, AdagradOptions, RmsProp, RmsPropOptions};
pub use adam::{Adam, AdamOptions, Adamax, AdamaxOptions, NAdam, NAdamOptions, RAdam, RAdamOptions};
pub use lbfgs::{Last, Lbfgs, LbfgsMemory, LbfgsOptions, LineSearch, lbfgs_step};
pub use rule::{Descent, Group, MOST, Rule, State, step, update};
pub use sgd::{Asgd, AsgdOptions, Rprop, RpropOptions, Sgd, SgdOptions};

use crate::autograd::no_grad;
use crate::{Result, Tensor};

/// Changes parameters along their gradients.
pub trait Optimizer {
    /// Update every parameter that has a gradient.
    fn step(&mut self) -> Result<()>;

    /// Forget the gradients of all parameters.
    fn zero_grad(&mut self) -> Result<()>;

    /// The learning rate of each group, for a [`schedule`] to change.
    fn rates(&mut self) -> Vec<&mut f64>;
}

/// Forget the gradients of `params`, or with `set_to_none` false fill them with zeros.
///
/// ```
/// use synapgrad::{Tensor, optim};
/// # fn main() -> synapgrad::Result<()> {
/// let x = Tensor::from([1f32, 2.0]).requires_grad_(true)?;
/// x.sum()?.backward()?;
/// optim::zero_grad(&[x.clone()], false)?;
/// assert_eq!(x.grad().unwrap().to_vec::<f32>()?, [0.0, 0.0]);
/// optim::zero_grad(&[x.clone()], true)?;
/// assert!(x.grad().is_none());
/// # Ok(())
/// # }
/// ```
pub fn zero_grad(params: &[Tensor], set_to_none: bool) -> Result<()> {
    let _mode = no_grad();
    for param in params {
        if set_to_none {
            param.set_grad(None)?;
        } else if let Some(grad) = param.grad() {
            // Other names for the gradient see the zeros, unless it is part of a graph, which stays what it was.
            if grad.requires_grad() {
                param.set_grad(Some(Tensor::zeros(grad.shape(), grad.dtype())?))?;
            } else {
                grad.zero_()?;
            }
        }
    }
    Ok(())
}
