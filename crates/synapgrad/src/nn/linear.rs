//! The fully connected layer.

use super::{Member, Module, init};
use crate::error::ensure;
use crate::{DType, Result, Tensor, default_dtype};

/// The input itself: the layer for a place where none is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity;

impl Module for Identity {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        Ok(input.clone())
    }
}

/// Options of [`Linear`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearOptions {
    /// Whether there is a b.
    pub bias: bool,
    /// Of the parameters; the default dtype where `None`.
    pub dtype: Option<DType>,
}

impl Default for LinearOptions {
    fn default() -> LinearOptions {
        LinearOptions { bias: true, dtype: None }
    }
}

/// y = x·Wᵀ + b over the last dimension: (…, in) → (…, out).
///
/// ```
/// use synapgrad::{Tensor, nn::{Linear, Module}, random};
/// # fn main() -> synapgrad::Result<()> {
/// random::manual_seed(0);
/// let layer = Linear::new(2, 1)?;
/// // torch.manual_seed(0); torch.nn.Linear(2, 1)
/// assert_eq!(layer.weight.to_vec::<f32>()?, [-0.0052939812, 0.3793229]);
/// assert_eq!(layer.forward(&Tensor::from([[1f32, 2.0], [3.0, 4.0], [5.0, 6.0]]))?.shape(), [3, 1]);
/// # Ok(())
/// # }
/// ```
pub struct Linear {
    /// Shape (out, in).
    pub weight: Tensor,
    /// Shape (out).
    pub bias: Option<Tensor>,
}

impl Linear {
    /// A layer with a bias; see [`Linear::with`].
    pub fn new(in_features: usize, out_features: usize) -> Result<Linear> {
        Linear::with(in_features, out_features, LinearOptions::default())
    }

    /// A layer whose parameters are drawn from U(−√k, √k), k = 1/in, by the default generator.
    ///
    /// # Errors
    /// RuntimeError where `dtype` is no float type; MemoryError where the weight fits no memory.
    pub fn with(in_features: usize, out_features: usize, options: LinearOptions) -> Result<Linear> {
        let dtype = options.dtype.unwrap_or_else(default_dtype);
        let parameter = |shape: &[usize]| Tensor::empty(shape, dtype)?.requires_grad_(true);
        let layer = Linear {
            weight: parameter(&[out_features, in_features])?,
            bias: options.bias.then(|| parameter(&[out_features])).transpose()?,
        };
        layer.reset_parameters()?;
        Ok(layer)
    }

    /// Draw the parameters anew.
    pub fn reset_parameters(&self) -> Result<()> {
        init::linear_(&self.weight, self.bias.as_ref(), None)
    }
}

impl Module for Linear {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.linear(&self.weight, self.bias.as_ref())
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let bias = self.bias.iter().map(|bias| ("bias".to_string(), Member::Parameter(bias)));
        [("weight".to_string(), Member::Parameter(&self.weight))].into_iter().chain(bias).collect()
    }

    fn label(&self) -> String {
        let [out, inner] = [self.weight.shape()[0], self.weight.shape()[1]];
        format!("Linear(in_features={inner}, out_features={out}, bias={})", self.bias.is_some())
    }
}

/// A [`Linear`] of one output.
pub struct Neuron(pub Linear);

impl Neuron {
    /// A neuron with `n_in` inputs and a bias.
    pub fn new(n_in: usize) -> Result<Neuron> {
        Linear::new(n_in, 1).map(Neuron)
    }
}

impl Module for Neuron {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.0.forward(input)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        self.0.members()
    }

    fn label(&self) -> String {
        self.0.label().replace("Linear", "Neuron")
    }
}

/// yₒ = x₁ᵀ·Wₒ·x₂ + bₒ over the last dimensions: (…, in₁) and (…, in₂) → (…, out). See [`Tensor::bilinear`].
pub struct Bilinear {
    /// Shape (out, in₁, in₂).
    pub weight: Tensor,
    /// Shape (out).
    pub bias: Option<Tensor>,
}

impl Bilinear {
    /// A layer whose parameters are drawn from U(−√k, √k), k = 1/in₁, by the default generator.
    ///
    /// # Errors
    /// ValueError where `in1_features` is 0; RuntimeError where `dtype` is no float type.
    pub fn with(
        in1_features: usize,
        in2_features: usize,
        out_features: usize,
        options: LinearOptions,
    ) -> Result<Bilinear> {
        ensure!(in1_features > 0, Value, "Bilinear: in1_features must be > 0, but found {in1_features}");
        let dtype = options.dtype.unwrap_or_else(default_dtype);
        let parameter = |shape: &[usize]| Tensor::empty(shape, dtype)?.requires_grad_(true);
        let weight = parameter(&[out_features, in1_features, in2_features])?;
        let bias = options.bias.then(|| parameter(&[out_features])).transpose()?;
        init::bilinear_(&weight, bias.as_ref(), None)?;
        Ok(Bilinear { weight, bias })
    }

    /// The output for two inputs.
    pub fn forward(&self, input1: &Tensor, input2: &Tensor) -> Result<Tensor> {
        input1.bilinear(input2, &self.weight, self.bias.as_ref())
    }
}

impl Module for Bilinear {
    /// The output for the input twice.
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        Bilinear::forward(self, input, input)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let bias = self.bias.iter().map(|bias| ("bias".to_string(), Member::Parameter(bias)));
        std::iter::once(("weight".to_string(), Member::Parameter(&self.weight))).chain(bias).collect()
    }

    fn label(&self) -> String {
        let [out, in1, in2] = [0, 1, 2].map(|at| self.weight.shape()[at]);
        let bias = self.bias.is_some();
        format!("Bilinear(in1_features={in1}, in2_features={in2}, out_features={out}, bias={bias})")
    }
}
