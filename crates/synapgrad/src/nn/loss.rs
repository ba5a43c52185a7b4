//! Losses as structs of their options.

use crate::{Reduction, Result, Tensor};

/// The squared error (xᵢ − yᵢ)²; see [`Tensor::mse_loss`].
#[derive(Clone, Copy, Debug, Default)]
pub struct MSELoss {
    pub reduction: Reduction,
}

impl MSELoss {
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        input.mse_loss(target, self.reduction)
    }
}

/// The cross entropy of probabilities; see [`Tensor::binary_cross_entropy`].
#[derive(Clone, Default)]
pub struct BCELoss {
    /// A weight for each element, broadcast to the input.
    pub weight: Option<Tensor>,
    pub reduction: Reduction,
}

impl BCELoss {
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        input.binary_cross_entropy(target, self.weight.as_ref(), self.reduction)
    }
}

/// The cross entropy of σ(x), for any x without overflow; see [`Tensor::binary_cross_entropy_with_logits`].
///
/// ```
/// use synapgrad::{Tensor, nn::BCEWithLogitsLoss};
/// # fn main() -> synapgrad::Result<()> {
/// let criterion = BCEWithLogitsLoss { pos_weight: Some(Tensor::from([3.0, 3.0])), ..Default::default() };
/// let loss = criterion.forward(&Tensor::from([0.0, 0.0]), &Tensor::from([0.0, 1.0]))?;
/// assert!((loss.item()?.to_f64() - 2.0 * 2f64.ln()).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct BCEWithLogitsLoss {
    /// A weight for each element, broadcast to the input.
    pub weight: Option<Tensor>,
    /// The weight of the positive examples, broadcast to the target.
    pub pos_weight: Option<Tensor>,
    pub reduction: Reduction,
}

impl BCEWithLogitsLoss {
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        let (weight, pos_weight) = (self.weight.as_ref(), self.pos_weight.as_ref());
        input.binary_cross_entropy_with_logits(target, weight, pos_weight, self.reduction)
    }
}
