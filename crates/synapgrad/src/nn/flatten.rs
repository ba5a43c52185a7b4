//! Layers that change only the shape.

use super::Module;
use crate::{Result, Tensor};

/// One dimension of the dimensions `start_dim` … `end_dim`; the first, the batch, is kept by default.
///
/// ```
/// use synapgrad::{DType, Tensor, nn::{Flatten, Module}};
/// # fn main() -> synapgrad::Result<()> {
/// let x = Tensor::zeros(&[32, 1, 5, 5], DType::F32)?;
/// assert_eq!(Flatten::default().forward(&x)?.shape(), [32, 25]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flatten {
    pub start_dim: isize,
    pub end_dim: isize,
}

impl Default for Flatten {
    fn default() -> Flatten {
        Flatten { start_dim: 1, end_dim: -1 }
    }
}

impl Module for Flatten {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.flatten(self.start_dim, self.end_dim)
    }

    fn label(&self) -> String {
        format!("Flatten(start_dim={}, end_dim={})", self.start_dim, self.end_dim)
    }
}

/// The dimension `dim` split into the sizes `unflattened_size`, of which one may be −1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unflatten {
    pub dim: isize,
    pub unflattened_size: Vec<isize>,
}

impl Module for Unflatten {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.unflatten(self.dim, &self.unflattened_size)
    }

    fn label(&self) -> String {
        format!("Unflatten(dim={}, unflattened_size={:?})", self.dim, self.unflattened_size)
    }
}
