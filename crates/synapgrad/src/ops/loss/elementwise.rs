//! Losses of single elements.

use synapgrad_kernels::{DType, Real, Scalar, lit};

use super::{COMPOSED, Reduction, check_constant, check_float, check_shapes, reduce, reduced, reduced_as, scaled_sum};
use crate::autograd::{grads, record};
use crate::error::ensure;
use crate::ops::formula::{Operand, formula, result_layout, result_type, rows, slope};
use crate::{Result, Tensor};

// `x` is the input, `t` the target, `w` and `p` weights, `g` the gradient that arrives.
rows! { table
    // (x − t)²
    mse_loss (real) |x, t| (x - t) * (x - t),
        grad(|g, x, t| g * lit(2.0) * (x - t)),
        grad(|g, x, t| g * lit(2.0) * (t - x));
    // |x − t|
    abs_error = "l1_loss" (number) |x, t| (x - t).abs(),
        grad(|g, x, t| g * (x - t).sign()),
        grad(|g, x, t| g * (t - x).sign());
    // (x − t)²/2β where |x − t| < β, else |x − t| − β/2
    smooth_l1_loss (real) |x, t; beta| {
            let d = (x - t).abs();
            T::select(d.lt(beta), lit::<T>(0.5) * d * d / beta, d - lit::<T>(0.5) * beta)
        },
        grad(|g, x, t, beta| g * T::select((x - t).abs().ge(beta), (x - t).sign(), (x - t) / beta)),
        grad(|g, x, t, beta| g * T::select((x - t).abs().ge(beta), (t - x).sign(), (t - x) / beta));
    // (x − t)²/2 where |x − t| ≤ δ, else δ·(|x − t| − δ/2)
    huber_loss (real) |x, t; delta| {
            let d = (x - t).abs();
            T::select(d.le(delta), lit::<T>(0.5) * d * d, delta * (d - lit::<T>(0.5) * delta))
        },
        grad(|g, x, t, delta| g * T::select((x - t).abs().ge(delta), delta * (x - t).sign(), x - t)),
        grad(|g, x, t, delta| g * T::select((x - t).abs().ge(delta), delta * (t - x).sign(), t - x));
    // −w·(t·ln x + (1 − t)·ln(1 − x)), logarithms not below −100
    binary_cross_entropy (real) |x, t, w|
        w * ((t - lit(1.0)) * (-x).log1p().max(lit(-100.0)) - t * x.log().max(lit(-100.0))),
        grad(|g, x, t, w| g * w * (x - t) / (x * (lit::<T>(1.0) - x)).max(lit(1e-12))),
        grad(|g, x, w| g * w * ((-x).log1p() - x.log())),
        grad(missing);
    // −w·(t·ln σ(x) + (1 − t)·ln(1 − σ(x))) = w·((1 − t)·x + s) where s = −ln σ(x) = max(−x, 0) + ln(1 + e^−|x|)
    binary_cross_entropy_with_logits (real) |x, t, w| w * ((lit::<T>(1.0) - t) * x + minus_log_sigmoid(x)),
        grad(|g, x, t, w| g * w * (x.sigmoid() - t)),
        grad(|g, x, w| -g * w * x),
        grad(missing);
    // −(p·t·ln σ(x) + (1 − t)·ln(1 − σ(x))) = (1 − t)·x + (1 + (p − 1)·t)·s
    binary_cross_entropy_with_pos_weight = "binary_cross_entropy_with_logits" (real) |x, t, p|
        (lit::<T>(1.0) - t) * x + (lit::<T>(1.0) + (p - lit(1.0)) * t) * minus_log_sigmoid(x),
        grad(|g, x, t, p| g * ((p * t + lit(1.0) - t) * x.sigmoid() - p * t)),
        grad(|g, x, p| g * ((p - lit(1.0)) * minus_log_sigmoid(x) - x)),
        grad(missing);
    // −w·(t·ln σ(x) + (1 − t)·ln σ(−x)), which at ±∞ is infinite where the form above is ∞ − ∞
    multilabel_soft_margin_loss (real) |x, t, w|
        w * (t * minus_log_sigmoid(x) + (lit::<T>(1.0) - t) * minus_log_sigmoid(-x)),
        grad(|g, x, t, w| g * w * (x.sigmoid() - t)),
        grad(|g, x, w| -g * w * x),
        grad(|g, x, t| g * (t * minus_log_sigmoid(x) + (lit::<T>(1.0) - t) * minus_log_sigmoid(-x)));
    // t·(ln t − x), 0 where t = 0
    kl_div = "SubBackward0" (real) |x, t| T::select(t.eq(lit(0.0)), t, t * t.log()) - t * x,
        grad(|g, t| -g * t),
        grad(|g, x, t| g * (t.log() + lit(1.0) - x));
    // eᵗ·(t − x)
    kl_div_of_logs = "MulBackward0" (real) |x, t| t.exp() * (t - x),
        grad(|g, t| -g * t.exp()),
        grad(|g, x, t| g * t.exp() * (t - x + lit(1.0)));
    // eˣ − t·x
    poisson_nll_of_log = "SubBackward0" (real) |x, t| x.exp() - t * x,
        grad(|g, x, t| g * (x.exp() - t)),
        grad(|g, x| -g * x);
    poisson_nll_of_log_full = "AddBackward0" (real) |x, t| x.exp() - t * x + stirling(t),
        grad(|g, x, t| g * (x.exp() - t)),
        grad(|g, x, t| g * (stirling_slope(t) - x));
    // x − t·ln(x + ε)
    poisson_nll = "SubBackward0" (real) |x, t; eps| x - t * (x + eps).log(),
        grad(|g, x, t, eps| g * (lit::<T>(1.0) - t / (x + eps))),
        grad(|g, x, eps| -g * (x + eps).log());
    poisson_nll_full = "AddBackward0" (real) |x, t; eps| x - t * (x + eps).log() + stirling(t),
        grad(|g, x, t, eps| g * (lit::<T>(1.0) - t / (x + eps))),
        grad(|g, x, t, eps| g * (stirling_slope(t) - (x + eps).log()));
    // ½·(ln v + (x − t)²/v)
    gaussian_nll = "MulBackward0" (real) |x, t, v| lit::<T>(0.5) * normal_error(x - t, v),
        grad(|g, x, t, v| g * (x - t) / v),
        grad(|g, x, t, v| g * (t - x) / v),
        grad(|g, x, t, v| g * variance_slope(x - t, v));
    // … + ½·ln 2π
    gaussian_nll_full = "AddBackward0" (real) |x, t, v|
        lit::<T>(0.5) * (normal_error(x - t, v) + lit(std::f64::consts::TAU.ln())),
        grad(|g, x, t, v| g * (x - t) / v),
        grad(|g, x, t, v| g * (t - x) / v),
        grad(|g, x, t, v| g * variance_slope(x - t, v));
    // max(0, m − x) unless t = 1, and x unless t = −1
    hinge_embedding_loss = "AddBackward0" (number) |x, t; m|
        T::select(t.ne(lit(1.0)), (m - x).max(lit(0.0)), lit(0.0)) + T::select(t.ne(lit(-1.0)), x, lit(0.0)),
        // Chosen from g, which has the right dtype, not from 1 and 0, which have none.
        grad(|g, x, t, m| T::select(t.ne(lit(-1.0)), g, lit(0.0))
            - T::select(t.ne(lit(1.0)) & (m - x).gt(lit(0.0)), g, lit(0.0))),
        grad(zero);
    // max(0, m − t·d)
    margin_ranking_loss = "ClampMinBackward0" (number) |d, t; m| (m - t * d).max(lit(0.0)),
        grad(|g, d, t, m| -g * T::select((m - t * d).gt(lit(0.0)), t, lit(0.0))),
        grad(|g, d, t, m| -g * T::select((m - t * d).gt(lit(0.0)), d, lit(0.0)));
    // ln(1 + e^−t·x)
    soft_margin_loss (real) |x, t| minus_log_sigmoid(t * x),
        grad(|g, x, t| -g * t * (-t * x).sigmoid()),
        grad(missing);
    // 1 where x is below zero
    is_negative (real) |x| T::select(x.lt(lit(0.0)), lit(1.0), lit(0.0));
    // 1 where x is no probability
    no_probability (real) |x| T::select(x.ge(lit(0.0)) & x.le(lit(1.0)), lit(0.0), lit(1.0));
}

#[inline(always)]
fn minus_log_sigmoid<T: Real>(x: T) -> T {
    (-x).max(lit(0.0)) + (-x.abs()).exp().log1p()
}

/// t·ln t − t + ½·ln 2πt, which is close to ln t!, where t > 1, else 0.
#[inline(always)]
fn stirling<T: Real>(t: T) -> T {
    let half = lit::<T>(0.5);
    T::select(t.gt(lit(1.0)), t * t.log() - t + half * (t * lit(std::f64::consts::TAU)).log(), lit(0.0))
}

#[inline(always)]
fn stirling_slope<T: Real>(t: T) -> T {
    T::select(t.gt(lit(1.0)), t.log() + lit::<T>(0.5) / t, lit(0.0))
}

#[inline(always)]
fn normal_error<T: Real>(d: T, v: T) -> T {
    v.log() + d * d / v
}

#[inline(always)]
fn variance_slope<T: Real>(d: T, v: T) -> T {
    lit::<T>(0.5) * (v - d * d) / (v * v)
}

/// `losses` times `weight`, which has the input's shape, reduced; the mean is Σ / Σ w, or Σ / n where `plain`.
fn weigh(
    name: &str,
    input: &Tensor,
    losses: Tensor,
    weight: &Tensor,
    reduction: Reduction,
    plain: bool,
) -> Result<Tensor> {
    ensure!(
        weight.shape() == input.shape(),
        Value,
        "{name}: Weights and input must have the same size, got {:?} and {:?}",
        weight.shape(),
        input.shape()
    );
    let losses = losses.mul(weight)?;
    match reduction {
        Reduction::Mean if !plain => losses.sum()?.div(&weight.sum()?),
        _ => reduce(losses, reduction),
    }
}

/// # Errors
/// RuntimeError where weights, by which there is no derivative, require a gradient.
fn check_weights(name: &str, weight: Option<&Tensor>, pos_weight: Option<&Tensor>) -> Result<()> {
    weight.map_or(Ok(()), |weight| check_constant(name, "weight", weight))?;
    pos_weight.map_or(Ok(()), |weight| check_constant(name, "pos_weight", weight))
}

/// # Errors
/// NotImplementedError for bool.
fn check_number(name: &str, tensor: &Tensor) -> Result<()> {
    ensure!(
        tensor.dtype() != DType::Bool,
        NotImplemented,
        "{name}: subtraction is not implemented for bool; wanted numbers"
    );
    Ok(())
}

/// # Errors
/// RuntimeError where a result in the dtype of `tensor` cannot hold the loss, NotImplementedError for bool.
fn check_holds_loss(name: &str, tensor: &Tensor) -> Result<()> {
    check_number(name, tensor)?;
    let dtype = tensor.dtype();
    ensure!(dtype.is_float(), Runtime, "{name}: result type Float can't be cast to {}", dtype.title());
    Ok(())
}

impl Tensor {
    /// Squared errors (xᵢ − yᵢ)², or their mean or sum. ∂xᵢ = 2(xᵢ − yᵢ), ∂yᵢ = −∂xᵢ; with the mean, divided by n
    ///
    /// # Errors
    /// NotImplementedError for integers, RuntimeError where the shapes don't broadcast.
    ///
    /// ```
    /// use synapgrad::{Reduction, Tensor};
    /// # fn main() -> synapgrad::Result<()> {
    /// let (x, y) = (Tensor::from([1f32, 2.0]), Tensor::from([1f32, 4.0]));
    /// assert_eq!(x.mse_loss(&y, Reduction::Mean)?.to_vec::<f32>()?, [2.0]);
    /// assert_eq!(x.mse_loss(&y, Reduction::None)?.to_vec::<f32>()?, [0.0, 4.0]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn mse_loss(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        let operands = [self.into(), target.into()];
        check_float("mse_loss", &operands)?;
        reduced(&table::mse_loss, &operands, reduction)
    }

    /// [`mse_loss`](Tensor::mse_loss) with a weight for each element: wᵢ·(xᵢ − yᵢ)², the mean being Σ / Σ wᵢ.
    ///
    /// # Errors
    /// As `mse_loss`, and ValueError where the weight has another shape than the input.
    pub fn weighted_mse_loss(&self, target: &Tensor, weight: &Tensor, reduction: Reduction) -> Result<Tensor> {
        weigh("mse_loss", self, self.mse_loss(target, Reduction::None)?, weight, reduction, false)
    }

    /// Absolute errors |xᵢ − yᵢ|, or their mean or sum. ∂xᵢ = sign(xᵢ − yᵢ), ∂yᵢ = −∂xᵢ
    ///
    /// # Errors
    /// NotImplementedError for bool and for the mean of integers, RuntimeError where the shapes don't broadcast.
    pub fn l1_loss(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        check_number("l1_loss", self)?;
        check_number("l1_loss", target)?;
        let whole = !result_type(&[self.into(), target.into()]).is_float();
        match reduction {
            Reduction::None => self.sub(target)?.abs(),
            // A difference of uint8 wraps around before it is added.
            Reduction::Sum if whole => self.sub(target)?.abs()?.sum(),
            _ => reduced_as(COMPOSED, &table::abs_error, &[self.into(), target.into()], reduction),
        }
    }

    /// [`l1_loss`](Tensor::l1_loss) with a weight for each element: wᵢ·|xᵢ − yᵢ|, the mean being Σ / Σ wᵢ.
    ///
    /// # Errors
    /// As `l1_loss`, and ValueError where the weight has another shape than the input.
    pub fn weighted_l1_loss(&self, target: &Tensor, weight: &Tensor, reduction: Reduction) -> Result<Tensor> {
        weigh("l1_loss", self, self.l1_loss(target, Reduction::None)?, weight, reduction, false)
    }

    /// With dᵢ = |xᵢ − yᵢ|: dᵢ²/2β below β, dᵢ − β/2 from there; or the mean or sum. ∂xᵢ = (xᵢ − yᵢ)/β below β, else
    /// sign(xᵢ − yᵢ)
    ///
    /// # Errors
    /// NotImplementedError for integers, RuntimeError for a negative β and where the shapes don't broadcast.
    pub fn smooth_l1_loss(&self, target: &Tensor, reduction: Reduction, beta: f64) -> Result<Tensor> {
        ensure!(beta >= 0.0, Runtime, "smooth_l1_loss does not support negative values for beta, got {beta}");
        if beta == 0.0 {
            return self.l1_loss(target, reduction);
        }
        check_float("smooth_l1_loss", &[self.into(), target.into()])?;
        reduced(&table::smooth_l1_loss, &[self.into(), target.into(), beta.into()], reduction)
    }

    /// With dᵢ = |xᵢ − yᵢ|: dᵢ²/2 up to δ, δ·(dᵢ − δ/2) beyond; or the mean or sum. ∂xᵢ = xᵢ − yᵢ, at most δ in size
    ///
    /// The result has the input's dtype.
    ///
    /// # Errors
    /// NotImplementedError for integers; RuntimeError for an input of integers beside a target of floats, for a δ that is not
    /// positive and where the shapes don't broadcast.
    pub fn huber_loss(&self, target: &Tensor, reduction: Reduction, delta: f64) -> Result<Tensor> {
        ensure!(delta > 0.0, Runtime, "huber_loss does not support non-positive values for delta, got {delta}");
        check_float("huber_loss", &[self.into(), target.into()])?;
        ensure!(
            self.dtype().is_float(),
            Runtime,
            "huber_loss: result type Float can't be cast to the input's type {}",
            self.dtype().title()
        );
        let loss = reduced(&table::huber_loss, &[self.into(), target.into(), delta.into()], reduction)?;
        loss.to_dtype(self.dtype())
    }

    /// [`huber_loss`](Tensor::huber_loss) with a weight for each element. The mean is that of the weighted losses, Σ / n.
    ///
    /// # Errors
    /// As `huber_loss`, and ValueError where the weight has another shape than the input.
    pub fn weighted_huber_loss(
        &self,
        target: &Tensor,
        weight: &Tensor,
        reduction: Reduction,
        delta: f64,
    ) -> Result<Tensor> {
        let losses = self.huber_loss(target, Reduction::None, delta)?;
        weigh("huber_loss", self, losses, weight, reduction, true)
    }

    /// The cross entropy of probabilities x: −wᵢ·(yᵢ·ln xᵢ + (1 − yᵢ)·ln(1 − xᵢ)), or its mean or sum; logarithms are not
    /// below −100. ∂xᵢ = wᵢ·(xᵢ − yᵢ)/(xᵢ·(1 − xᵢ))
    ///
    /// # Errors
    /// RuntimeError where an xᵢ lies outside [0, 1], the dtypes differ or the weight doesn't broadcast to the input or requires
    /// a gradient; ValueError where input and target differ in shape; NotImplementedError for integers.
    ///
    /// ```
    /// use synapgrad::{Reduction, Tensor};
    /// # fn main() -> synapgrad::Result<()> {
    /// let loss = Tensor::from([0.5, 0.5]).binary_cross_entropy(&Tensor::from([0.0, 1.0]), None, Reduction::Mean)?;
    /// assert!((loss.item()?.to_f64() - 2f64.ln()).abs() < 1e-12);
    /// # Ok(())
    /// # }
    /// ```
    pub fn binary_cross_entropy(
        &self,
        target: &Tensor,
        weight: Option<&Tensor>,
        reduction: Reduction,
    ) -> Result<Tensor> {
        let name = "binary_cross_entropy";
        check_shapes(name, self, target, [weight, None])?;
        check_weights(name, weight, None)?;
        for other in [Some(target), weight].into_iter().flatten() {
            ensure!(
                other.dtype() == self.dtype(),
                Runtime,
                "{name}: Found dtype {} but expected {}",
                other.dtype().title(),
                self.dtype().title()
            );
        }
        check_float(name, &[self.into()])?;
        ensure!(
            table::no_probability.value.sum(&[self.into()], self.shape(), self.dtype()) == 0.0,
            Runtime,
            "{name}: all elements of input should be between 0 and 1"
        );
        let weight = weight.map_or(Operand::Number(Scalar::Float(1.0)), Operand::Tensor);
        reduced(&table::binary_cross_entropy, &[self.into(), target.into(), weight], reduction)
    }

    /// [`binary_cross_entropy`](Tensor::binary_cross_entropy) of σ(x), without overflow for large x and with a weight p for
    /// positive examples: −wᵢ·(pᵢ·yᵢ·ln σ(xᵢ) + (1 − yᵢ)·ln(1 − σ(xᵢ))). ∂xᵢ = wᵢ·((1 + (pᵢ − 1)·yᵢ)·σ(xᵢ) − pᵢ·yᵢ)
    ///
    /// The result has the target's dtype.
    ///
    /// # Errors
    /// ValueError where input and target differ in shape; RuntimeError where a weight doesn't broadcast to them or requires a
    /// gradient, and for a target of integers; NotImplementedError for other integers and for bool.
    pub fn binary_cross_entropy_with_logits(
        &self,
        target: &Tensor,
        weight: Option<&Tensor>,
        pos_weight: Option<&Tensor>,
        reduction: Reduction,
    ) -> Result<Tensor> {
        let name = "binary_cross_entropy_with_logits";
        check_shapes(name, self, target, [weight, pos_weight])?;
        check_float(name, &[self.into()])?;
        check_holds_loss(name, target)?;
        check_weights(name, weight, pos_weight)?;
        let losses = self.cross_entropies_of_logits(target, weight, pos_weight, reduction)?;
        losses.to_dtype(target.dtype())
    }

    /// [`Tensor::binary_cross_entropy_with_logits`] in the dtype in which all operands meet.
    fn cross_entropies_of_logits(
        &self,
        target: &Tensor,
        weight: Option<&Tensor>,
        pos_weight: Option<&Tensor>,
        reduction: Reduction,
    ) -> Result<Tensor> {
        let (x, y) = (self.into(), target.into());
        let one = Operand::Number(Scalar::Float(1.0));
        let Some(p) = pos_weight else {
            let weight = weight.map_or(one, Operand::Tensor);
            return reduced(&table::binary_cross_entropy_with_logits, &[x, y, weight], reduction);
        };
        let Some(weight) = weight else {
            return reduced(&table::binary_cross_entropy_with_pos_weight, &[x, y, p.into()], reduction);
        };
        let losses = table::binary_cross_entropy_with_pos_weight.apply(&[x, y, p.into()])?.mul(weight)?;
        match reduction {
            Reduction::None => Ok(losses),
            Reduction::Sum => losses.sum(),
            Reduction::Mean => losses.sum()?.div(losses.numel() as f64),
        }
    }
}

impl Tensor {
    /// Kullback–Leibler divergence of the distribution whose logarithms are x from the distribution y: yᵢ·(ln yᵢ − xᵢ), or
    /// their mean or sum. With `log_target` the target holds ln y. ∂xᵢ = −yᵢ, ∂yᵢ = ln yᵢ + 1 − xᵢ
    ///
    /// `batchmean` divides the sum by the size of the first dimension, as the definition has it; `reduction` is not read
    /// then.
    ///
    /// ```
    /// use synapgrad::{Reduction, Tensor};
    /// # fn main() -> synapgrad::Result<()> {
    /// let (x, y) = (Tensor::from([0.5f64.ln(), 0.5f64.ln()]), Tensor::from([1.0, 0.0]));
    /// let divergence = x.kl_div(&y, Reduction::Sum, false, false)?.item()?.to_f64();
    /// assert!((divergence - 2f64.ln()).abs() < 1e-12);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// "On Information and Sufficiency", S. Kullback and R. A. Leibler, 1951.
    ///
    /// # Errors
    /// RuntimeError for integers and where the shapes don't broadcast.
    pub fn kl_div(&self, target: &Tensor, reduction: Reduction, batchmean: bool, log_target: bool) -> Result<Tensor> {
        let operands = [self.into(), target.into()];
        for tensor in [self, target] {
            let dtype = tensor.dtype();
            ensure!(dtype.is_float(), Runtime, "kl_div: Integral inputs not supported, got {}.", dtype.name());
        }
        result_layout("kl_div", &operands)?;
        let row = if log_target { &table::kl_div_of_logs } else { &table::kl_div };
        if batchmean {
            let batch = self.shape().first().copied().unwrap_or(1);
            return scaled_sum("DivBackward0", row, &operands, 1.0 / batch as f64);
        }
        reduced_as(COMPOSED, row, &operands, reduction)
    }

    /// Negative log likelihood of counts y under Poisson distributions of rate eˣ, eˣᵢ − yᵢ·xᵢ, or without `log_input` of
    /// rate x, xᵢ − yᵢ·ln(xᵢ + ε); or the mean or sum. With `full` Stirling's approximation of ln yᵢ! is added where yᵢ > 1.
    /// ∂xᵢ = eˣᵢ − yᵢ, or 1 − yᵢ/(xᵢ + ε)
    ///
    /// # Errors
    /// RuntimeError where the shapes don't broadcast.
    pub fn poisson_nll_loss(
        &self,
        target: &Tensor,
        reduction: Reduction,
        log_input: bool,
        full: bool,
        eps: f64,
    ) -> Result<Tensor> {
        let x = self.to_dtype(result_type(&[self.into(), target.into()]))?;
        let x = x.to_dtype(x.real_dtype())?;
        let operands = [(&x).into(), target.into(), eps.into()];
        result_layout("poisson_nll_loss", &operands)?;
        match (log_input, full) {
            (true, false) => reduced_as(COMPOSED, &table::poisson_nll_of_log, &operands[..2], reduction),
            (true, true) => reduced_as(COMPOSED, &table::poisson_nll_of_log_full, &operands[..2], reduction),
            (false, false) => reduced_as(COMPOSED, &table::poisson_nll, &operands, reduction),
            (false, true) => reduced_as(COMPOSED, &table::poisson_nll_full, &operands, reduction),
        }
    }

    /// Negative log likelihood of y under normal distributions of mean x and variance v: ½·(ln vᵢ + (xᵢ − yᵢ)²/vᵢ), with
    /// `full` ½·ln 2π more; or the mean or sum. Variances below ε count as ε.
    /// ∂xᵢ = (xᵢ − yᵢ)/vᵢ, ∂vᵢ = ½·(vᵢ − (xᵢ − yᵢ)²)/vᵢ²
    ///
    /// The variance has the input's shape, or that without the last dimension, or with 1 for it; or it is one number.
    ///
    /// "Estimating the Mean and Variance of the Target Probability Distribution", D. A. Nix and A. S. Weigend, 1994.
    ///
    /// # Errors
    /// ValueError for a variance of another shape and for negative ones; NotImplementedError for integers.
    pub fn gaussian_nll_loss<'a>(
        &self,
        target: &Tensor,
        var: impl Into<Operand<'a>>,
        reduction: Reduction,
        full: bool,
        eps: f64,
    ) -> Result<Tensor> {
        let name = "gaussian_nll_loss";
        let mut var = match var.into() {
            Operand::Tensor(var) => var.clone(),
            Operand::Number(var) => Tensor::full(&[], var, self.real_dtype())?.expand(self.shape())?,
        };
        let (shape, sizes) = (self.shape(), var.shape());
        if shape != sizes {
            let outer = &shape[..shape.len().saturating_sub(1)];
            match sizes {
                _ if outer == sizes => var = var.unsqueeze(-1)?,
                [before @ .., 1] if before == outer => {}
                _ => crate::error::bail!(
                    Value,
                    "{name}: var is of incorrect size: got {sizes:?}, wanted that of the input, {shape:?}"
                ),
            }
        }
        let dtype = result_type(&[self.into(), target.into(), (&var).into()]);
        ensure!(dtype.is_float(), NotImplemented, "{name}: not implemented for '{}'", dtype.title());
        ensure!(
            table::is_negative.value.sum(&[(&var).into()], var.shape(), dtype) == 0.0,
            Value,
            "{name}: var has negative entry/entries"
        );
        // The gradient passes also where a variance is raised to ε.
        let var = record("clone", &[&var], var.detach().clamp_min(eps)?, &[], |cx| grads![cx; cx.g.clone()]);
        let operands = [self.into(), target.into(), (&var).into()];
        result_layout(name, &operands)?;
        let row = if full { &table::gaussian_nll_full } else { &table::gaussian_nll };
        reduced_as(COMPOSED, row, &operands, reduction)
    }

    /// How similar or dissimilar pairs are, from their distances x: xᵢ where yᵢ = 1, max(0, margin − xᵢ) where yᵢ = −1 (both
    /// where yᵢ is neither); or the mean or sum. ∂xᵢ = 1 or −1 or 0
    ///
    /// The result has the input's dtype.
    ///
    /// # Errors
    /// RuntimeError where the shapes don't broadcast, NotImplementedError for bool and for the mean of integers.
    pub fn hinge_embedding_loss(&self, target: &Tensor, reduction: Reduction, margin: f64) -> Result<Tensor> {
        check_number("hinge_embedding_loss", self)?;
        let operands = [self.into(), target.into(), margin.into()];
        if result_type(&operands[..2]) == self.dtype() {
            return reduced_as(COMPOSED, &table::hinge_embedding_loss, &operands, reduction);
        }
        reduce(table::hinge_embedding_loss.apply(&operands)?.to_dtype(self.dtype())?, reduction)
    }

    /// Whether xᵢ ranks above zᵢ (yᵢ = 1) or below (yᵢ = −1): max(0, margin − yᵢ·(xᵢ − zᵢ)), or the mean or sum.
    /// ∂xᵢ = −yᵢ where that is positive, ∂zᵢ = yᵢ
    ///
    /// # Errors
    /// RuntimeError where the numbers of dimensions differ or the shapes don't broadcast.
    pub fn margin_ranking_loss(
        &self,
        other: &Tensor,
        target: &Tensor,
        reduction: Reduction,
        margin: f64,
    ) -> Result<Tensor> {
        ensure!(
            self.rank() == other.rank() && self.rank() == target.rank(),
            Runtime,
            "margin_ranking_loss: All input tensors should have same dimension but got sizes: input1: {:?}, input2: {:?}, \
             target: {:?}",
            self.shape(),
            other.shape(),
            target.shape()
        );
        result_layout("margin_ranking_loss", &[self.into(), other.into(), target.into()])?;
        let difference = self.sub(other)?;
        let operands = [(&difference).into(), target.into(), margin.into()];
        reduced_as(COMPOSED, &table::margin_ranking_loss, &operands, reduction)
    }

    /// ln(1 + e^(−yᵢ·xᵢ)) for classes yᵢ = ±1, or the mean or sum; finite for any finite x. ∂xᵢ = −yᵢ·σ(−yᵢ·xᵢ)
    ///
    /// The result has the input's dtype.
    ///
    /// # Errors
    /// NotImplementedError for an input of bool; RuntimeError for one of integers, where the shapes don't broadcast and where
    /// the target requires a gradient.
    pub fn soft_margin_loss(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        let name = "soft_margin_loss";
        check_constant(name, "target", target)?;
        let operands = [self.into(), target.into()];
        check_holds_loss(name, self)?;
        reduced(&table::soft_margin_loss, &operands, reduction)?.to_dtype(self.dtype())
    }

    /// The cross entropy of σ(x) for each of C classes that an example may belong to or not, averaged over the classes, which
    /// lie along the last dimension: −(1/C)·Σ_c w_c·(y_c·ln σ(x_c) + (1 − y_c)·ln(1 − σ(x_c))); or the mean or sum.
    ///
    /// # Errors
    /// IndexError without dimensions; RuntimeError where the shapes don't broadcast; NotImplementedError for integers.
    pub fn multilabel_soft_margin_loss(
        &self,
        target: &Tensor,
        weight: Option<&Tensor>,
        reduction: Reduction,
    ) -> Result<Tensor> {
        let name = "multilabel_soft_margin_loss";
        ensure!(self.rank() > 0, Index, "{name}: Dimension specified as -1 but tensor has no dimensions");
        let weight = weight.map_or(Operand::Number(Scalar::Float(1.0)), Operand::Tensor);
        let operands = [self.into(), target.into(), weight];
        check_float(name, &operands[..1])?;
        check_number(name, target)?;
        let row = &table::multilabel_soft_margin_loss;
        let classes = self.shape()[self.rank() - 1] as f64;
        match reduction {
            Reduction::None => row.apply(&operands)?.sum_dims(&[-1], false, None)?.div(classes),
            Reduction::Sum => scaled_sum("SumBackward0", row, &operands, 1.0 / classes),
            Reduction::Mean => {
                let shape = result_layout(name, &operands)?.shape;
                let rows: usize = shape[..shape.len() - 1].iter().product();
                scaled_sum("MeanBackward0", row, &operands, 1.0 / (classes * rows as f64))
            }
        }
    }
}

/// The public operations of this file.
pub const NAMES: &[&str] = &[
    "mse_loss",
    "l1_loss",
    "smooth_l1_loss",
    "huber_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "kl_div",
    "poisson_nll_loss",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "soft_margin_loss",
    "multilabel_soft_margin_loss",
];
