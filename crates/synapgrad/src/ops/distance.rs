//! Distances and similarities of vectors.

use super::operand::{Operand, result_layout, result_type};
use crate::error::ensure;
use crate::tensor::wrap_dim;
use crate::{Result, Tensor};

impl Tensor {
    /// The cosine of the angle between the vectors along `dim`: Σ x·y/(‖x‖·‖y‖), no norm counting less than `eps`. The
    /// tensors broadcast.
    ///
    /// # Errors
    /// RuntimeError for integers and shapes that don't broadcast, IndexError for a dimension out of range.
    ///
    /// ```
    /// # use synapgrad::Tensor;
    /// let (x, y) = (Tensor::from([1.0, 0.0]), Tensor::from([0.0, 2.0]));
    /// assert_eq!(x.cosine_similarity(&y, 0, 1e-8)?.item()?.to_f64(), 0.0);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    pub fn cosine_similarity(&self, other: &Tensor, dim: isize, eps: f64) -> Result<Tensor> {
        let name = "cosine_similarity";
        let operands = [Operand::Tensor(self), Operand::Tensor(other)];
        wrap_dim(name, dim, result_layout(name, &operands)?.rank())?;
        let dtype = result_type(&operands);
        ensure!(
            dtype.is_float(),
            Runtime,
            "{name}: expected common dtype to be floating point, yet common dtype is {}",
            dtype.title()
        );
        let both = Tensor::broadcast_tensors(&[self, other])?;
        let unit = |x: &Tensor| -> Result<Tensor> {
            let x = x.to_dtype(dtype)?;
            let norm = x.vector_norm(2.0, &[dim], true, None)?;
            // A norm that counts as eps keeps its derivative.
            let raise = norm.detach().clamp_min(eps)?.sub(&norm.detach())?;
            x.div(&norm.add(&raise)?)
        };
        unit(&both[0])?.mul(&unit(&both[1])?)?.sum_dims(&[dim], false, None)
    }

    /// The p-norm of x − y + ε along the last dimension. The tensors broadcast.
    ///
    /// # Errors
    /// RuntimeError for shapes that don't broadcast.
    pub fn pairwise_distance(&self, other: &Tensor, p: f64, eps: f64, keepdim: bool) -> Result<Tensor> {
        result_layout("pairwise_distance", &[Operand::Tensor(self), Operand::Tensor(other)])?;
        self.sub(other)?.add(eps)?.norm(p, &[-1], keepdim, None)
    }
}

/// The public operations of this file.
pub const NAMES: &[&str] = &["cosine_similarity", "pairwise_distance"];
