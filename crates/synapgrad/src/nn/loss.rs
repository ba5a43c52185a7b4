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

/// Negative log likelihood of classes; see [`Tensor::nll_loss`].
#[derive(Clone)]
pub struct NLLLoss {
    /// A weight for each class.
    pub weight: Option<Tensor>,
    /// A target that counts for nothing.
    pub ignore_index: i64,
    pub reduction: Reduction,
}

impl Default for NLLLoss {
    fn default() -> NLLLoss {
        NLLLoss { weight: None, ignore_index: -100, reduction: Reduction::Mean }
    }
}

impl NLLLoss {
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        input.nll_loss(target, self.weight.as_ref(), self.ignore_index, self.reduction)
    }
}

/// The cross entropy of scores; see [`Tensor::cross_entropy`].
///
/// ```
/// use synapgrad::{Tensor, nn::CrossEntropyLoss};
/// # fn main() -> synapgrad::Result<()> {
/// let criterion = CrossEntropyLoss { label_smoothing: 0.1, ..Default::default() };
/// let loss = criterion.forward(&Tensor::from([[0.0, 0.0]]), &Tensor::from([1i64]))?;
/// assert!((loss.item()?.to_f64() - 2f64.ln()).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct CrossEntropyLoss {
    /// A weight for each class.
    pub weight: Option<Tensor>,
    /// A target class that counts for nothing.
    pub ignore_index: i64,
    pub reduction: Reduction,
    /// ε, which takes a target y to (1 − ε)·y + ε/C.
    pub label_smoothing: f64,
}

impl Default for CrossEntropyLoss {
    fn default() -> CrossEntropyLoss {
        CrossEntropyLoss { weight: None, ignore_index: -100, reduction: Reduction::Mean, label_smoothing: 0.0 }
    }
}

impl CrossEntropyLoss {
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        let weight = self.weight.as_ref();
        input.cross_entropy(target, weight, self.ignore_index, self.reduction, self.label_smoothing)
    }
}
