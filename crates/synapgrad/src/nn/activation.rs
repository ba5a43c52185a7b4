//! Activation functions as layers. All but the softmaxes work element by element, on any shape.

use super::Module;
use crate::{Result, Tensor};

/// y = max(0, x)
#[derive(Clone, Copy, Debug, Default)]
pub struct ReLU {
    /// Overwrite the input itself.
    pub inplace: bool,
}

impl Module for ReLU {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        if self.inplace { input.relu_().cloned() } else { input.relu() }
    }
}

/// y = x where x > 0, else negative_slope·x
#[derive(Clone, Copy, Debug)]
pub struct LeakyReLU {
    pub negative_slope: f64,
    /// Overwrite the input itself.
    pub inplace: bool,
}

impl Default for LeakyReLU {
    fn default() -> LeakyReLU {
        LeakyReLU { negative_slope: 0.01, inplace: false }
    }
}

impl Module for LeakyReLU {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        if self.inplace {
            input.leaky_relu_(self.negative_slope).cloned()
        } else {
            input.leaky_relu(self.negative_slope)
        }
    }

    fn label(&self) -> String {
        format!("LeakyReLU(negative_slope={})", self.negative_slope)
    }
}

/// y = tanh x
#[derive(Clone, Copy, Debug, Default)]
pub struct Tanh;

impl Module for Tanh {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.tanh()
    }
}

/// y = 1/(1 + e⁻ˣ)
#[derive(Clone, Copy, Debug, Default)]
pub struct Sigmoid;

impl Module for Sigmoid {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.sigmoid()
    }
}
