//! Modules made of modules.

use super::{Member, Module};
use crate::error::{bail, ensure};
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

/// Modules in a row, with the names `0`, `1`, …: what a module of one's own holds when it has several of a kind. It has no
/// forward pass of its own.
///
/// ```
/// use synapgrad::{Result, Tensor, nn::{Linear, Member, Module, ModuleList}};
///
/// struct Tower { floors: ModuleList<Linear> }
///
/// impl Module for Tower {
///     fn forward(&self, input: &Tensor) -> Result<Tensor> {
///         self.floors.iter().try_fold(input.clone(), |x, floor| floor.forward(&x)?.relu())
///     }
///     fn members(&self) -> Vec<(String, Member<'_>)> {
///         vec![("floors".into(), Member::Module(&self.floors))]
///     }
/// }
///
/// # fn main() -> Result<()> {
/// let tower = Tower { floors: ModuleList::new([Linear::new(2, 3)?, Linear::new(3, 3)?]) };
/// assert_eq!(tower.named_parameters()[2].0, "floors.1.weight");
/// assert_eq!(tower.forward(&Tensor::from([1f32, 2.0]))?.shape(), [3]);
/// # Ok(())
/// # }
/// ```
pub struct ModuleList<M = Box<dyn Module>> {
    modules: Vec<M>,
}

impl<M: Module> ModuleList<M> {
    pub fn new(modules: impl IntoIterator<Item = M>) -> ModuleList<M> {
        ModuleList { modules: modules.into_iter().collect() }
    }

    /// Add a module at the end.
    pub fn push(&mut self, module: M) {
        self.modules.push(module);
    }

    pub fn get(&self, at: usize) -> Option<&M> {
        self.modules.get(at)
    }

    pub fn len(&self) -> usize {
        self.modules.len()
    }

    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &M> {
        self.modules.iter()
    }
}

impl<M: Module> Module for ModuleList<M> {
    /// # Errors
    /// NotImplementedError.
    fn forward(&self, _input: &Tensor) -> Result<Tensor> {
        bail!(NotImplemented, "ModuleList: has no forward pass of its own; call the modules in it")
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        self.modules.iter().enumerate().map(|(i, module)| (i.to_string(), Member::Module(module))).collect()
    }
}

/// Modules by name, in the order in which they came. It has no forward pass of its own.
///
/// ```
/// use synapgrad::{Tensor, nn::{Module, ModuleDict, ReLU, Tanh}};
/// # fn main() -> synapgrad::Result<()> {
/// let mut choices: ModuleDict = ModuleDict::new([])?;
/// choices.insert("relu", Box::new(ReLU::default()))?;
/// choices.insert("tanh", Box::new(Tanh))?;
/// let relu = choices.get("relu").unwrap();
/// assert_eq!(relu.forward(&Tensor::from([-1f32, 2.0]))?.to_vec::<f32>()?, [0.0, 2.0]);
/// assert_eq!(choices.repr(), "ModuleDict(\n  (relu): ReLU()\n  (tanh): Tanh()\n)");
/// # Ok(())
/// # }
/// ```
pub struct ModuleDict<M = Box<dyn Module>> {
    modules: Vec<(String, M)>,
}

impl<M: Module> ModuleDict<M> {
    /// # Errors
    /// As [`ModuleDict::insert`].
    pub fn new<'a>(modules: impl IntoIterator<Item = (&'a str, M)>) -> Result<ModuleDict<M>> {
        let mut dict = ModuleDict { modules: Vec::new() };
        modules.into_iter().try_for_each(|(name, module)| dict.insert(name, module).map(drop))?;
        Ok(dict)
    }

    /// Add a module at the end, or put it in the place of the one of that name, which comes back.
    ///
    /// # Errors
    /// ValueError for a name that is empty or has a dot in it.
    pub fn insert(&mut self, name: &str, module: M) -> Result<Option<M>> {
        ensure!(!name.is_empty(), Value, "ModuleDict: module name can't be empty");
        ensure!(!name.contains('.'), Value, "ModuleDict: module name can't contain a dot, got {name:?}");
        if let Some((_, held)) = self.modules.iter_mut().find(|(other, _)| other == name) {
            return Ok(Some(std::mem::replace(held, module)));
        }
        self.modules.push((name.to_string(), module));
        Ok(None)
    }

    pub fn get(&self, name: &str) -> Option<&M> {
        self.iter().find(|(other, _)| *other == name).map(|(_, module)| module)
    }

    pub fn len(&self) -> usize {
        self.modules.len()
    }

    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &M)> {
        self.modules.iter().map(|(name, module)| (&**name, module))
    }
}

impl<M: Module> Module for ModuleDict<M> {
    /// # Errors
    /// NotImplementedError.
    fn forward(&self, _input: &Tensor) -> Result<Tensor> {
        bail!(NotImplemented, "ModuleDict: has no forward pass of its own; call the modules in it")
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        self.modules.iter().map(|(name, module)| (name.clone(), Member::Module(module))).collect()
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
