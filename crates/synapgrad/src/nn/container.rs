//! Modules made of modules.

use super::{Member, Module};
use crate::{Result, Tensor};

/// Modules one after the other, each fed with the output of the one before; see [`sequential!`](crate::sequential).
#[derive(Default)]
pub struct Sequential {
    modules: Vec<Box<dyn Module>>,
}

impl Sequential {
    pub fn new(modules: Vec<Box<dyn Module>>) -> Sequential {
        Sequential { modules }
    }

    /// Add a module at the end.
    pub fn push(&mut self, module: impl Module + 'static) {
        self.modules.push(Box::new(module));
    }

    pub fn len(&self) -> usize {
        self.modules.len()
    }

    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &dyn Module> {
        self.modules.iter().map(|module| &**module)
    }
}

impl Module for Sequential {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let mut value = input.clone();
        for module in &self.modules {
            value = module.forward(&value)?;
        }
        Ok(value)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        self.modules.iter().enumerate().map(|(i, module)| (i.to_string(), Member::Module(&**module))).collect()
    }
}

/// A [`Sequential`](crate::nn::Sequential) of the given modules.
///
/// ```
/// use synapgrad::{nn, nn::Module, sequential};
/// # fn main() -> synapgrad::Result<()> {
/// let model = sequential![nn::Linear::new(2, 3)?, nn::ReLU::default()];
/// assert_eq!(
///     model.repr(),
///     "Sequential(\n  (0): Linear(in_features=2, out_features=3, bias=true)\n  (1): ReLU()\n)"
/// );
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! sequential {
    ($($module:expr),* $(,)?) => {
        $crate::nn::Sequential::new(vec![$(::std::boxed::Box::new($module)),*])
    };
}
