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

/// y = s·x where x > 0, else s·α·(eˣ − 1), with s ≈ 1.0507 and α ≈ 1.6733, which keep mean 0 and variance 1 from layer to
/// layer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SELU {
    /// Overwrite the input itself.
    pub inplace: bool,
}

impl Module for SELU {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        if self.inplace { input.selu_().cloned() } else { input.selu() }
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
/// yᵢ = e^xᵢ / Σⱼ e^xⱼ along a dimension: positive numbers that sum to 1.
#[derive(Clone, Copy, Debug)]
pub struct Softmax {
    pub dim: isize,
}

impl Module for Softmax {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.softmax(self.dim, None)
    }

    fn label(&self) -> String {
        format!("Softmax(dim={})", self.dim)
    }
}

/// yᵢ = xᵢ − ln Σⱼ e^xⱼ along a dimension: the logarithm of [`Softmax`], without its loss of precision.
#[derive(Clone, Copy, Debug)]
pub struct LogSoftmax {
    pub dim: isize,
}

impl Module for LogSoftmax {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.log_softmax(self.dim, None)
    }

    fn label(&self) -> String {
        format!("LogSoftmax(dim={})", self.dim)
    }
}
