//! Losses as structs of their options.

use crate::error::ensure;
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

/// The absolute error |xᵢ − yᵢ|; see [`Tensor::l1_loss`].
#[derive(Clone, Copy, Debug, Default)]
pub struct L1Loss {
    pub reduction: Reduction,
}

impl L1Loss {
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        input.l1_loss(target, self.reduction)
    }
}

/// Squares near 0, absolute values from β on; see [`Tensor::smooth_l1_loss`].
#[derive(Clone, Copy, Debug)]
pub struct SmoothL1Loss {
    pub beta: f64,
    pub reduction: Reduction,
}

impl Default for SmoothL1Loss {
    fn default() -> SmoothL1Loss {
        SmoothL1Loss { beta: 1.0, reduction: Reduction::Mean }
    }
}

impl SmoothL1Loss {
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        input.smooth_l1_loss(target, self.reduction, self.beta)
    }
}

/// Squares near 0, δ times absolute values beyond δ; see [`Tensor::huber_loss`].
#[derive(Clone, Copy, Debug)]
pub struct HuberLoss {
    pub delta: f64,
    pub reduction: Reduction,
}

impl Default for HuberLoss {
    fn default() -> HuberLoss {
        HuberLoss { delta: 1.0, reduction: Reduction::Mean }
    }
}

impl HuberLoss {
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        input.huber_loss(target, self.reduction, self.delta)
    }
}

/// Kullback–Leibler divergence; see [`Tensor::kl_div`].
#[derive(Clone, Copy, Debug, Default)]
pub struct KLDivLoss {
    /// Divide the sum by the size of the first dimension, as the definition has it; `reduction` is not read then.
    pub batchmean: bool,
    /// The target holds logarithms, too.
    pub log_target: bool,
    pub reduction: Reduction,
}

impl KLDivLoss {
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        input.kl_div(target, self.reduction, self.batchmean, self.log_target)
    }
}

/// Negative log likelihood of counts; see [`Tensor::poisson_nll_loss`].
#[derive(Clone, Copy, Debug)]
pub struct PoissonNLLLoss {
    /// The input is the logarithm of the rate.
    pub log_input: bool,
    /// Add Stirling's approximation of the constant.
    pub full: bool,
    pub eps: f64,
    pub reduction: Reduction,
}

impl Default for PoissonNLLLoss {
    fn default() -> PoissonNLLLoss {
        PoissonNLLLoss { log_input: true, full: false, eps: 1e-8, reduction: Reduction::Mean }
    }
}

impl PoissonNLLLoss {
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        input.poisson_nll_loss(target, self.reduction, self.log_input, self.full, self.eps)
    }
}

/// Negative log likelihood under normal distributions; see [`Tensor::gaussian_nll_loss`].
#[derive(Clone, Copy, Debug)]
pub struct GaussianNLLLoss {
    /// Add the constant.
    pub full: bool,
    /// What smaller variances count as.
    pub eps: f64,
    pub reduction: Reduction,
}

impl Default for GaussianNLLLoss {
    fn default() -> GaussianNLLLoss {
        GaussianNLLLoss { full: false, eps: 1e-6, reduction: Reduction::Mean }
    }
}

impl GaussianNLLLoss {
    pub fn forward(&self, input: &Tensor, target: &Tensor, var: &Tensor) -> Result<Tensor> {
        input.gaussian_nll_loss(target, var, self.reduction, self.full, self.eps)
    }
}

/// Distances of pairs that belong together or not; see [`Tensor::hinge_embedding_loss`].
#[derive(Clone, Copy, Debug)]
pub struct HingeEmbeddingLoss {
    pub margin: f64,
    pub reduction: Reduction,
}

impl Default for HingeEmbeddingLoss {
    fn default() -> HingeEmbeddingLoss {
        HingeEmbeddingLoss { margin: 1.0, reduction: Reduction::Mean }
    }
}

impl HingeEmbeddingLoss {
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        input.hinge_embedding_loss(target, self.reduction, self.margin)
    }
}

/// Directions of pairs that belong together or not; see [`Tensor::cosine_embedding_loss`].
#[derive(Clone, Copy, Debug, Default)]
pub struct CosineEmbeddingLoss {
    pub margin: f64,
    pub reduction: Reduction,
}

impl CosineEmbeddingLoss {
    pub fn forward(&self, x: &Tensor, z: &Tensor, target: &Tensor) -> Result<Tensor> {
        x.cosine_embedding_loss(z, target, self.reduction, self.margin)
    }
}

/// Which of two ranks higher; see [`Tensor::margin_ranking_loss`].
#[derive(Clone, Copy, Debug, Default)]
pub struct MarginRankingLoss {
    pub margin: f64,
    pub reduction: Reduction,
}

impl MarginRankingLoss {
    pub fn forward(&self, x: &Tensor, z: &Tensor, target: &Tensor) -> Result<Tensor> {
        x.margin_ranking_loss(z, target, self.reduction, self.margin)
    }
}

/// Distances to positive and negative examples; see [`Tensor::triplet_margin_loss`].
#[derive(Clone, Copy, Debug)]
pub struct TripletMarginLoss {
    pub margin: f64,
    /// The norm.
    pub p: f64,
    pub eps: f64,
    /// Take the distance of positive and negative where it is smaller.
    pub swap: bool,
    pub reduction: Reduction,
}

impl Default for TripletMarginLoss {
    fn default() -> TripletMarginLoss {
        TripletMarginLoss { margin: 1.0, p: 2.0, eps: 1e-6, swap: false, reduction: Reduction::Mean }
    }
}

impl TripletMarginLoss {
    pub fn forward(&self, anchor: &Tensor, positive: &Tensor, negative: &Tensor) -> Result<Tensor> {
        let (margin, p, eps, swap) = (self.margin, self.p, self.eps, self.swap);
        anchor.triplet_margin_loss(positive, negative, self.reduction, margin, p, eps, swap)
    }
}

/// [`TripletMarginLoss`] with another distance.
///
/// ```
/// use synapgrad::{Tensor, nn::TripletMarginWithDistanceLoss};
/// # fn main() -> synapgrad::Result<()> {
/// let criterion = TripletMarginWithDistanceLoss::new(|x: &Tensor, z: &Tensor| x.sub(z)?.abs()?.amax(&[-1], false));
/// let [a, p, n] = [[[0f32, 0.0]], [[3.0, 4.0]], [[0.0, 2.0]]].map(Tensor::from);
/// assert_eq!(criterion.forward(&a, &p, &n)?.item()?.to_f64(), 3.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TripletMarginWithDistanceLoss<D> {
    pub distance_function: D,
    pub margin: f64,
    /// Take the distance of positive and negative where it is smaller.
    pub swap: bool,
    pub reduction: Reduction,
}

impl<D: Fn(&Tensor, &Tensor) -> Result<Tensor>> TripletMarginWithDistanceLoss<D> {
    /// The mean loss with a margin of 1.
    pub fn new(distance_function: D) -> TripletMarginWithDistanceLoss<D> {
        TripletMarginWithDistanceLoss { distance_function, margin: 1.0, swap: false, reduction: Reduction::Mean }
    }

    /// # Errors
    /// ValueError for a margin ≤ 0, and those of the distance.
    pub fn forward(&self, anchor: &Tensor, positive: &Tensor, negative: &Tensor) -> Result<Tensor> {
        let margin = self.margin;
        ensure!(margin > 0.0, Value, "TripletMarginWithDistanceLoss: margin must be greater than 0, got {margin}");
        let distance = &self.distance_function;
        let (near, mut far) = (distance(anchor, positive)?, distance(anchor, negative)?);
        if self.swap {
            far = far.minimum(&distance(positive, negative)?)?;
        }
        near.triplet_margin_of_distances(&far, self.reduction, margin)
    }
}

/// The score of a class against all others; see [`Tensor::multi_margin_loss`].
#[derive(Clone)]
pub struct MultiMarginLoss {
    /// 1 or 2.
    pub p: i64,
    pub margin: f64,
    /// A weight for each class.
    pub weight: Option<Tensor>,
    pub reduction: Reduction,
}

impl Default for MultiMarginLoss {
    fn default() -> MultiMarginLoss {
        MultiMarginLoss { p: 1, margin: 1.0, weight: None, reduction: Reduction::Mean }
    }
}

impl MultiMarginLoss {
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        input.multi_margin_loss(target, self.p, self.margin, self.weight.as_ref(), self.reduction)
    }
}

/// The scores of several classes against all others; see [`Tensor::multilabel_margin_loss`].
#[derive(Clone, Copy, Debug, Default)]
pub struct MultiLabelMarginLoss {
    pub reduction: Reduction,
}

impl MultiLabelMarginLoss {
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        input.multilabel_margin_loss(target, self.reduction)
    }
}

/// The cross entropy of σ(x), averaged over classes; see [`Tensor::multilabel_soft_margin_loss`].
#[derive(Clone, Default)]
pub struct MultiLabelSoftMarginLoss {
    /// A weight for each class.
    pub weight: Option<Tensor>,
    pub reduction: Reduction,
}

impl MultiLabelSoftMarginLoss {
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        input.multilabel_soft_margin_loss(target, self.weight.as_ref(), self.reduction)
    }
}

/// ln(1 + e^(−y·x)) for classes ±1; see [`Tensor::soft_margin_loss`].
#[derive(Clone, Copy, Debug, Default)]
pub struct SoftMarginLoss {
    pub reduction: Reduction,
}

impl SoftMarginLoss {
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        input.soft_margin_loss(target, self.reduction)
    }
}

/// Sequences that spell texts; see [`Tensor::ctc_loss`].
#[derive(Clone, Copy, Debug, Default)]
pub struct CTCLoss {
    /// The class that says nothing.
    pub blank: i64,
    /// 0 for texts that are too long to be spelled, instead of infinity.
    pub zero_infinity: bool,
    pub reduction: Reduction,
}

impl CTCLoss {
    pub fn forward(
        &self,
        log_probs: &Tensor,
        targets: &Tensor,
        input_lengths: &[i64],
        target_lengths: &[i64],
    ) -> Result<Tensor> {
        let (blank, zero_infinity) = (self.blank, self.zero_infinity);
        log_probs.ctc_loss(targets, input_lengths, target_lengths, blank, self.reduction, zero_infinity)
    }
}
