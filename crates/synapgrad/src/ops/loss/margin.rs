//! Losses that want one thing to exceed another by a margin: the score of a class, the distance of a pair.

use super::{Reduction, check_constant, reduce, with_blocks};
use crate::autograd::{grads, record, tracking};
use crate::error::ensure;
use crate::ops::formula::result_layout;
use crate::{DType, Result, Tensor};
use synapgrad_kernels::loss::margin;

impl Tensor {
    /// Whether pairs of vectors x, z point in one direction: 1 − cos(x, z) where y = 1, max(0, cos(x, z) − margin) where
    /// y = −1, else 0; or the mean or sum. cos = x·z/√((|x|² + 10⁻¹²)·(|z|² + 10⁻¹²))
    ///
    /// Inputs (N, D) and a target (N), or (D) and ().
    ///
    /// # Errors
    /// RuntimeError for other numbers of dimensions and where sizes don't fit.
    pub fn cosine_embedding_loss(
        &self,
        other: &Tensor,
        target: &Tensor,
        reduction: Reduction,
        margin: f64,
    ) -> Result<Tensor> {
        let (rank, vectors) = (target.rank(), (self.rank(), other.rank()));
        ensure!(
            rank <= 1 && vectors == (rank + 1, rank + 1),
            Runtime,
            "cosine_embedding_loss: {rank}D target tensor expects {}D input tensors, but found inputs with sizes {:?} and \
             {:?}; wanted a target of 0 or 1 dimensions",
            rank + 1,
            self.shape(),
            other.shape()
        );
        result_layout("cosine_embedding_loss", &[self.into(), other.into()])?;
        let square = |x: &Tensor| x.mul(x)?.sum_dims(&[-1], false, None)?.add(1e-12);
        let product = self.mul(other)?.sum_dims(&[-1], false, None)?;
        let cosine = product.div(&square(self)?.mul(&square(other)?)?.sqrt()?)?;
        let alike = Tensor::ones_like(&cosine)?.sub(&cosine)?.masked_fill(&target.ne(1)?, 0.0)?;
        let unlike = cosine.sub(margin)?.clamp_min(0.0)?.masked_fill(&target.ne(-1)?, 0.0)?;
        reduce(alike.add(&unlike)?, reduction)
    }

    /// How much farther this anchor is from negative examples than from positive ones:
    /// max(0, d(a, p) − d(a, n) + margin), or the mean or sum. d(x, z) = ‖x − z + ε‖ₚ along the last dimension; with `swap`,
    /// d(p, n) counts instead of d(a, n) where it is smaller.
    ///
    /// "Learning local feature descriptors with triplets and shallow convolutional neural networks", V. Balntas et al., 2016.
    ///
    /// # Errors
    /// RuntimeError where the numbers of dimensions differ or the shapes don't broadcast, ValueError for a margin ≤ 0.
    #[allow(clippy::too_many_arguments)]
    pub fn triplet_margin_loss(
        &self,
        positive: &Tensor,
        negative: &Tensor,
        reduction: Reduction,
        margin: f64,
        p: f64,
        eps: f64,
        swap: bool,
    ) -> Result<Tensor> {
        let name = "triplet_margin_loss";
        ensure!(margin > 0.0, Value, "{name}: margin must be greater than 0, got {margin}");
        ensure!(
            self.rank() == positive.rank() && self.rank() == negative.rank(),
            Runtime,
            "{name}: The anchor, positive, and negative tensors are expected to have the same number of dimensions, but \
             got: anchor {}D, positive {}D, and negative {}D inputs",
            self.rank(),
            positive.rank(),
            negative.rank()
        );
        result_layout(name, &[self.into(), positive.into(), negative.into()])?;
        let distance = |x: &Tensor, z: &Tensor| x.sub(z)?.add(eps)?.norm(p, &[-1], false, None);
        let mut far = distance(self, negative)?;
        if swap {
            far = far.minimum(&distance(positive, negative)?)?;
        }
        distance(self, positive)?.triplet_margin_of_distances(&far, reduction, margin)
    }

    /// [`Tensor::triplet_margin_loss`] of known distances: this to the positive, `far` to the negative examples.
    ///
    /// # Errors
    /// RuntimeError where the shapes don't broadcast.
    pub fn triplet_margin_of_distances(&self, far: &Tensor, reduction: Reduction, margin: f64) -> Result<Tensor> {
        reduce(self.sub(far)?.add(margin)?.clamp_min(0.0)?, reduction)
    }

    /// Whether the score of class t exceeds all others by a margin: (1/C)·Σ_{c ≠ t} w_t·max(0, margin − x_t + x_c)ᵖ, p = 1
    /// or 2; or the mean or sum. With h_c = (p/C)·w_t·max(0, margin − x_t + x_c)ᵖ⁻¹ where that is positive:
    /// ∂x_c = h_c, ∂x_t = −Σ h
    ///
    /// Inputs (N, C) and a target (N) of dtype int64, or (C) and ().
    ///
    /// # Errors
    /// ValueError for another p and for a weight that is no vector; RuntimeError for a weight that doesn't fit or requires a
    /// gradient, for a target of another shape or dtype, or out of range, and for inputs of more dimensions or without
    /// classes; NotImplementedError for dtypes other than float32 and float64.
    pub fn multi_margin_loss(
        &self,
        target: &Tensor,
        p: i64,
        margin: f64,
        weight: Option<&Tensor>,
        reduction: Reduction,
    ) -> Result<Tensor> {
        let name = "multi_margin_loss";
        ensure!(p == 1 || p == 2, Value, "{name}: only p == 1 and p == 2 supported, got {p}");
        let (rows, classes) = self.rows_of_classes(name)?;
        ensure!(
            target.numel() == rows && target.rank() <= 1,
            Runtime,
            "{name}: target tensor should be 1-D with size equal to the number of input samples (batch size). Expected \
             target size [{rows}], but got {:?}. Input has shape {:?}.",
            target.shape(),
            self.shape()
        );
        check_long(name, target)?;
        let dtype = self.dtype();
        if let Some(weight) = weight {
            ensure!(weight.rank() == 1, Value, "{name}: weight must be one-dimensional, got {:?}", weight.shape());
            ensure!(
                weight.numel() == classes,
                Runtime,
                "{name}: inconsistent weight size, expected {classes} but got {:?}",
                weight.shape()
            );
            check_constant(name, "weight", weight)?;
            ensure!(
                weight.dtype() == dtype,
                Runtime,
                "{name}: expected scalar type {} but found {} for weight",
                dtype.title(),
                weight.dtype().title()
            );
        }
        check_wide(name, dtype)?;
        let at = target.detach().reshape(&[rows, 1])?;
        let inside = at.to_vec::<i64>()?.iter().all(|&t| usize::try_from(t).is_ok_and(|t| t < classes));
        ensure!(inside, Runtime, "{name}: target out of range of {classes} classes");
        // w_t/C in each row, 0 for the target itself.
        let factor = match weight {
            Some(weight) => {
                weight.detach().index_select(0, &at.view(&[rows])?)?.div(classes as f64)?.view(&[rows, 1])?
            }
            None => Tensor::full(&[rows, 1], 1.0 / classes as f64, dtype)?,
        };
        let factor = factor.expand(&[rows, classes])?.scatter_value(1, &at, 0.0)?;
        let scale = match reduction {
            Reduction::Mean => 1.0 / rows as f64,
            _ => 1.0,
        };
        let losses = {
            let _mode = crate::autograd::no_grad();
            let excess = self.excess(&at, margin)?;
            let excess = if p == 2 { excess.mul(&excess)? } else { excess };
            excess.mul(&factor)?.sum_dims(&[1], false, None)?
        };
        let value = match reduction {
            Reduction::None if target.rank() == 0 => losses.view(&[])?,
            Reduction::None => losses,
            _ => losses.sum()?.mul(scale)?,
        };
        let saved = [self.into(), (&at).into(), (&factor).into()];
        Ok(record("MultiMarginLossBackward0", &[self], value, &saved, move |cx| {
            let [x, at, factor] = cx.saved()?;
            let excess = x.excess(&at, margin)?;
            let h = match p {
                1 => excess.gt(0.0)?.to_dtype(x.dtype())?.mul(&factor)?,
                _ => excess.mul(&factor)?.mul(2.0)?,
            };
            let g = match reduction {
                Reduction::None => cx.g.reshape(&[factor.shape()[0], 1])?,
                _ => cx.g.mul(scale)?,
            };
            let h = h.mul(&g)?;
            grads![cx; h.scatter_add(1, &at, &h.sum_dims(&[1], true, None)?.neg()?)?.reshape(x.shape())?]
        }))
    }

    /// max(0, margin − x_t + x_c) for each class c of each row.
    fn excess(&self, at: &Tensor, margin: f64) -> Result<Tensor> {
        let rows = self.reshape(&[at.shape()[0], self.shape().last().copied().unwrap_or(1)])?;
        rows.sub(&rows.gather(1, at)?)?.add(margin)?.clamp_min(0.0)
    }

    /// Whether the scores of an example's classes exceed those of all others by 1:
    /// (1/C)·Σ_t Σ_c max(0, 1 − (x_t − x_c)) over classes t that the target names and c that it does not; or the mean or
    /// sum. Each pair with a positive term adds 1/C to ∂x_c and −1/C to ∂x_t.
    ///
    /// The target, of the input's shape (N, C) or (C) and dtype int64, lists classes up to the first −1.
    ///
    /// # Errors
    /// RuntimeError for a target of another shape or dtype or out of range, and for inputs of more dimensions or without
    /// classes; NotImplementedError for dtypes other than float32 and float64.
    pub fn multilabel_margin_loss(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        let name = "multilabel_margin_loss";
        let (rows, classes) = self.rows_of_classes(name)?;
        ensure!(
            target.shape() == self.shape(),
            Runtime,
            "{name}: inconsistent target size: {:?} for input of size: {:?}",
            target.shape(),
            self.shape()
        );
        check_long(name, target)?;
        check_wide(name, self.dtype())?;
        let labels = target.to_vec::<i64>()?;
        let inside = labels.iter().all(|&t| t >= -1 && t < classes as i64);
        ensure!(inside, Runtime, "{name}: argument #2 'target' is out of range of -1 and {classes} classes");
        let x = self.detach().to_dtype(DType::F64)?.contiguous()?;
        let (losses, slopes) = with_blocks([Some(&x)], |[x]| match x {
            Some((data, offset)) => margin::multilabel(&data.as_slice::<f64>()[offset..], &labels, rows, classes),
            None => unreachable!("the input was given"),
        });
        let losses = Tensor::from_slice(&losses, &[rows])?.to_dtype(self.dtype())?;
        let scale = if reduction == Reduction::Mean { 1.0 / rows as f64 } else { 1.0 };
        let value = match reduction {
            Reduction::None if self.rank() < 2 => losses.view(&[])?,
            Reduction::None => losses,
            _ => losses.sum()?.mul(scale)?,
        };
        if !tracking(&[self]) {
            return Ok(value);
        }
        // The loss is piecewise linear: its slopes are constants.
        let slopes = Tensor::from_slice(&slopes, self.shape())?.to_dtype(self.dtype())?;
        Ok(record("MultilabelMarginLossBackward0", &[self], value, &[(&slopes).into()], move |cx| {
            let [slopes] = cx.saved()?;
            let g = match reduction {
                Reduction::None if slopes.rank() == 2 => cx.g.unsqueeze(1)?,
                _ => cx.g.mul(scale)?,
            };
            grads![cx; slopes.mul(&g)?]
        }))
    }

    /// The sizes of a vector or matrix of scores, as rows of classes.
    fn rows_of_classes(&self, name: &str) -> Result<(usize, usize)> {
        let sizes = match *self.shape() {
            [] => (1, 1),
            [classes] => (1, classes),
            [rows, classes] => (rows, classes),
            _ => (0, 0),
        };
        ensure!(
            sizes.1 > 0,
            Runtime,
            "{name}: Expected non-empty vector or matrix with optional 0-dim batch size, but got: {:?}",
            self.shape()
        );
        Ok(sizes)
    }
}

fn check_long(name: &str, target: &Tensor) -> Result<()> {
    ensure!(
        target.dtype() == DType::I64,
        Runtime,
        "{name}: expected scalar type Long but found {} for target",
        target.dtype().title()
    );
    Ok(())
}

fn check_wide(name: &str, dtype: DType) -> Result<()> {
    ensure!(
        matches!(dtype, DType::F32 | DType::F64),
        NotImplemented,
        "{name}: not implemented for '{}'",
        dtype.title()
    );
    Ok(())
}

/// The public operations of this file.
pub const NAMES: &[&str] =
    &["cosine_embedding_loss", "triplet_margin_loss", "multi_margin_loss", "multilabel_margin_loss"];
