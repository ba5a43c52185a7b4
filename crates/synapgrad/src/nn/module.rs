//! What a layer is.

use std::any::type_name;

use crate::autograd::no_grad;
use crate::error::ensure;
use crate::optim::zero_grad;
use crate::{Result, Tensor};

/// Something that a module holds under a name.
#[derive(Clone, Copy)]
pub enum Member<'a> {
    /// A tensor to be learned.
    Parameter(&'a Tensor),
    /// A tensor that belongs to the state and is not learned.
    Buffer(&'a Tensor),
    Module(&'a dyn Module),
}

/// A layer, or a network of layers.
///
/// A module says how it computes and what it holds; everything else follows.
///
/// ```
/// use synapgrad::{Result, Tensor, nn::{Linear, Member, Module}};
///
/// struct Residual { inner: Linear }
///
/// impl Module for Residual {
///     fn forward(&self, input: &Tensor) -> Result<Tensor> {
///         self.inner.forward(input)?.relu()?.add(input)
///     }
///     fn members(&self) -> Vec<(String, Member<'_>)> {
///         vec![("inner".into(), Member::Module(&self.inner))]
///     }
/// }
///
/// # fn main() -> Result<()> {
/// let block = Residual { inner: Linear::new(3, 3)? };
/// let names: Vec<String> = block.named_parameters().into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["inner.weight", "inner.bias"]);
/// assert_eq!(block.num_parameters(), 12);
/// # Ok(())
/// # }
/// ```
pub trait Module: Send + Sync {
    /// The output for an input.
    fn forward(&self, input: &Tensor) -> Result<Tensor>;

    /// Parameters, buffers and modules in this one, in order, by their names.
    fn members(&self) -> Vec<(String, Member<'_>)> {
        Vec::new()
    }

    /// Switch this module and those in it to training or, with `false`, to evaluation. Modules that differ between the two
    /// override this.
    fn train(&self, mode: bool) {
        for (_, member) in self.members() {
            if let Member::Module(module) = member {
                module.train(mode);
            }
        }
    }

    /// [`train(false)`](Module::train).
    fn eval(&self) {
        self.train(false);
    }

    /// The layer as one would write it: `Linear(in_features=2, out_features=1, bias=true)`.
    fn label(&self) -> String {
        let path = type_name::<Self>().split('<').next().unwrap_or_default();
        format!("{}()", path.rsplit("::").next().unwrap_or_default())
    }

    /// The label, and those of the modules in this one, a line each.
    fn repr(&self) -> String {
        let mut lines = String::new();
        for (name, member) in self.members() {
            if let Member::Module(module) = member {
                lines += &format!("\n  ({name}): {}", module.repr().replace('\n', "\n  "));
            }
        }
        let label = self.label();
        if lines.is_empty() { label } else { format!("{}{lines}\n)", label.trim_end_matches(')')) }
    }

    /// All parameters with their names, `0.weight`; a shared one appears once.
    fn named_parameters(&self) -> Vec<(String, Tensor)> {
        let mut found: Vec<(String, Tensor)> = Vec::new();
        walk(&self.members(), "", &mut |name, member| match member {
            Member::Parameter(tensor) if !found.iter().any(|(_, t)| t.is_same(tensor)) => {
                found.push((name, tensor.clone()));
            }
            _ => {}
        });
        found
    }

    /// All parameters.
    fn parameters(&self) -> Vec<Tensor> {
        self.named_parameters().into_iter().map(|(_, tensor)| tensor).collect()
    }

    /// All buffers with their names.
    fn named_buffers(&self) -> Vec<(String, Tensor)> {
        let mut found = Vec::new();
        walk(&self.members(), "", &mut |name, member| {
            if let Member::Buffer(tensor) = member {
                found.push((name, tensor.clone()));
            }
        });
        found
    }

    /// All parameters and buffers, outside the graph but in the module's own memory: what `state_dict()` is in Python, with
    /// the same names.
    fn state(&self) -> Vec<(String, Tensor)> {
        let mut found = Vec::new();
        walk(&self.members(), "", &mut |name, member| {
            if let Member::Parameter(tensor) | Member::Buffer(tensor) = member {
                found.push((name, tensor.detach()));
            }
        });
        found
    }

    /// Copy values into parameters and buffers by their names.
    ///
    /// # Errors
    /// RuntimeError where a name is missing or unknown or a shape differs. Nothing has changed then.
    fn load_state(&self, state: &[(String, Tensor)]) -> Result<()> {
        let own = self.state();
        let name_in = |name: &str, list: &[(String, Tensor)]| list.iter().any(|(other, _)| other == name);
        let missing: Vec<&str> = own.iter().map(|(n, _)| &**n).filter(|n| !name_in(n, state)).collect();
        let unknown: Vec<&str> = state.iter().map(|(n, _)| &**n).filter(|n| !name_in(n, &own)).collect();
        ensure!(
            missing.is_empty() && unknown.is_empty(),
            Runtime,
            "load_state: Missing key(s): {missing:?}. Unexpected key(s): {unknown:?}."
        );
        let mut pairs = Vec::new();
        for (name, tensor) in &own {
            let Some((_, value)) = state.iter().find(|(other, _)| other == name) else { continue };
            ensure!(
                value.shape() == tensor.shape(),
                Runtime,
                "load_state: size mismatch for {name}: got {:?}, wanted {:?}",
                value.shape(),
                tensor.shape()
            );
            pairs.push((tensor, value));
        }
        let _mode = no_grad();
        pairs.into_iter().try_for_each(|(tensor, value)| tensor.copy_(value).map(|_| ()))
    }

    /// Forget the gradients of all parameters.
    fn zero_grad(&self) -> Result<()> {
        zero_grad(&self.parameters(), true)
    }

    /// Ask for gradients of all parameters, or freeze them.
    fn requires_grad_(&self, requires_grad: bool) -> Result<()> {
        self.parameters().iter().try_for_each(|p| p.requires_grad_(requires_grad).map(|_| ()))
    }

    /// How many numbers there are to learn.
    fn num_parameters(&self) -> usize {
        self.parameters().iter().map(Tensor::numel).sum()
    }
}

impl<M: Module + ?Sized> Module for Box<M> {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        (**self).forward(input)
    }
    fn members(&self) -> Vec<(String, Member<'_>)> {
        (**self).members()
    }
    fn train(&self, mode: bool) {
        (**self).train(mode);
    }
    fn label(&self) -> String {
        (**self).label()
    }
}

/// Show every member, those of inner modules with the path to them before their names.
fn walk(members: &[(String, Member)], path: &str, show: &mut dyn FnMut(String, Member)) {
    for (name, member) in members {
        let name = format!("{path}{name}");
        show(name.clone(), *member);
        if let Member::Module(module) = member {
            walk(&module.members(), &format!("{name}."), show);
        }
    }
}
