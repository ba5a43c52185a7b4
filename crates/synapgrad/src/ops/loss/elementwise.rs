//! Losses of single elements.

use synapgrad_kernels::{Real, Scalar, lit};

use super::{Reduction, check_float, check_shapes, reduced, reduced_as};
use crate::error::ensure;
use crate::ops::formula::{Operand, formula, result_type, rows, slope};
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
        grad(|g, x, t, delta| g * T::select((x - t).abs().gt(delta), delta * (x - t).sign(), x - t)),
        grad(|g, x, t, delta| g * T::select((x - t).abs().gt(delta), delta * (t - x).sign(), t - x));
    // −w·(t·ln x + (1 − t)·ln(1 − x)), logarithms not below −100
    binary_cross_entropy (real) |x, t, w|
        w * ((t - lit(1.0)) * (-x).log1p().max(lit(-100.0)) - t * x.log().max(lit(-100.0))),
        grad(|g, x, t, w| g * w * (x - t) / (x * (lit::<T>(1.0) - x)).max(lit(1e-12))),
        grad(|g, x, w| g * w * ((-x).log1p() - x.log())),
        grad(|g, x, t| g * ((t - lit(1.0)) * (-x).log1p().max(lit(-100.0)) - t * x.log().max(lit(-100.0))));
    // −w·(t·ln σ(x) + (1 − t)·ln(1 − σ(x))) = w·((1 − t)·x + s) where s = −ln σ(x) = max(−x, 0) + ln(1 + e^−|x|)
    binary_cross_entropy_with_logits (real) |x, t, w| w * ((lit::<T>(1.0) - t) * x + minus_log_sigmoid(x)),
        grad(|g, x, t, w| g * w * (x.sigmoid() - t)),
        grad(|g, x, w| -g * w * x),
        grad(|g, x, t| g * ((lit::<T>(1.0) - t) * x + minus_log_sigmoid(x)));
    // −(p·t·ln σ(x) + (1 − t)·ln(1 − σ(x))) = (1 − t)·x + (1 + (p − 1)·t)·s
    binary_cross_entropy_with_pos_weight = "binary_cross_entropy_with_logits" (real) |x, t, p|
        (lit::<T>(1.0) - t) * x + (lit::<T>(1.0) + (p - lit(1.0)) * t) * minus_log_sigmoid(x),
        grad(|g, x, t, p| g * ((p * t + lit(1.0) - t) * x.sigmoid() - p * t)),
        grad(|g, x, p| g * ((p - lit(1.0)) * minus_log_sigmoid(x) - x)),
        grad(|g, x, t| g * t * minus_log_sigmoid(x));
    // 1 where x is no probability
    no_probability (real) |x| T::select(x.ge(lit(0.0)) & x.le(lit(1.0)), lit(0.0), lit(1.0));
}

#[inline(always)]
fn minus_log_sigmoid<T: Real>(x: T) -> T {
    (-x).max(lit(0.0)) + (-x.abs()).exp().log1p()
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
        ensure!(
            weight.shape() == self.shape(),
            Value,
            "mse_loss: Weights and input must have the same size, got {:?} and {:?}",
            weight.shape(),
            self.shape()
        );
        let losses = self.mse_loss(target, Reduction::None)?.mul(weight)?;
        match reduction {
            Reduction::None => Ok(losses),
            Reduction::Sum => losses.sum(),
            Reduction::Mean => losses.sum()?.div(&weight.sum()?),
        }
    }

    /// Absolute errors |xᵢ − yᵢ|, or their mean or sum. ∂xᵢ = sign(xᵢ − yᵢ), ∂yᵢ = −∂xᵢ
    ///
    /// # Errors
    /// NotImplementedError for the mean of integers, RuntimeError where the shapes don't broadcast.
    pub fn l1_loss(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        let operands = [self.into(), target.into()];
        let float = result_type(&operands).is_float();
        match reduction {
            Reduction::None => self.sub(target)?.abs(),
            Reduction::Sum if !float => self.sub(target)?.abs()?.sum(),
            Reduction::Sum => reduced_as("SumBackward0", &table::abs_error, &operands, reduction),
            Reduction::Mean => {
                check_float("l1_loss", &operands)?;
                reduced_as("MeanBackward0", &table::abs_error, &operands, reduction)
            }
        }
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
    /// # Errors
    /// NotImplementedError for integers, RuntimeError for a δ that is not positive and where the shapes don't broadcast.
    pub fn huber_loss(&self, target: &Tensor, reduction: Reduction, delta: f64) -> Result<Tensor> {
        ensure!(delta > 0.0, Runtime, "huber_loss does not support non-positive values for delta, got {delta}");
        check_float("huber_loss", &[self.into(), target.into()])?;
        reduced(&table::huber_loss, &[self.into(), target.into(), delta.into()], reduction)
    }

    /// The cross entropy of probabilities x: −wᵢ·(yᵢ·ln xᵢ + (1 − yᵢ)·ln(1 − xᵢ)), or its mean or sum; logarithms are not
    /// below −100. ∂xᵢ = wᵢ·(xᵢ − yᵢ)/(xᵢ·(1 − xᵢ))
    ///
    /// # Errors
    /// RuntimeError where an xᵢ lies outside [0, 1], the dtypes differ or the weight doesn't broadcast to the input;
    /// ValueError where input and target differ in shape; NotImplementedError for integers.
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
    /// # Errors
    /// ValueError where input and target differ in shape, RuntimeError where a weight doesn't broadcast to them,
    /// NotImplementedError for integers.
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

/// The public operations of this file.
pub const NAMES: &[&str] = &[
    "mse_loss",
    "l1_loss",
    "smooth_l1_loss",
    "huber_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
];
