//! Reductions: many elements to one.

use synapgrad_kernels::reduce::{self, Fold};
use synapgrad_kernels::{Buffer, DType, Dims, Dst, Layout};

use super::operand::{Operand, with_sources};
use crate::autograd::{grads, record};
use crate::error::ensure;
use crate::{Result, Tensor};

/// The dimensions of a reduction as a mask; an empty list stands for all.
///
/// # Errors
/// IndexError for one out of range, RuntimeError for one named twice.
pub(crate) fn reduced_dims(name: &str, dims: &[isize], rank: usize) -> Result<Vec<bool>> {
    let mut mask = vec![dims.is_empty(); rank];
    for &dim in dims {
        let d = crate::tensor::wrap_dim(name, dim, rank)?;
        if rank == 0 {
            continue;
        }
        ensure!(!mask[d], Runtime, "{name}: dim {d} appears multiple times in the list of dims");
        mask[d] = true;
    }
    Ok(mask)
}

impl Tensor {
    /// Fold the masked dimensions, which stay with size 1; not recorded.
    pub(crate) fn fold(&self, fold: Fold, mask: &[bool], dtype: DType) -> Result<Tensor> {
        let shape: Dims = self.shape().iter().zip(mask).map(|(&n, &m)| if m { 1 } else { n }).collect();
        let layout = Layout::dense(&shape);
        let mut data = Buffer::stale(super::create::bytes_of(&shape, dtype)?)?;
        with_sources(&[Operand::Tensor(self)], &[self.layout().clone()], |[src]| {
            reduce::fold(fold, src, Dst { data: &mut data, dtype, layout: &layout });
        });
        Ok(Tensor::from_buffer(data, layout, dtype))
    }

    /// This shape without the masked dimensions.
    pub(crate) fn without(&self, mask: &[bool]) -> Dims {
        self.shape().iter().zip(mask).filter(|(_, masked)| !**masked).map(|(&n, _)| n).collect()
    }

    /// The sum of all elements. ∂ = g everywhere
    pub fn sum(&self) -> Result<Tensor> {
        self.sum_dims(&[], false, None)
    }

    /// Sums over `dims` (all where empty), which disappear or, with `keepdim`, stay with size 1. Integers and bools sum in
    /// int64. ∂ = g everywhere
    ///
    /// # Errors
    /// IndexError for a dimension out of range, RuntimeError for one named twice.
    pub fn sum_dims(&self, dims: &[isize], keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
        let mask = reduced_dims("sum", dims, self.rank())?;
        let dtype = dtype.unwrap_or(if self.dtype().is_float() { self.dtype() } else { DType::I64 });
        let sum = self.fold(Fold::Sum, &mask, dtype)?;
        let kept = Dims::from_slice(sum.shape());
        let sum = if keepdim { sum } else { sum.view(&self.without(&mask))? };
        let name = if dims.is_empty() { "SumBackward0" } else { "SumBackward1" };
        Ok(record(name, &[self], sum, &[], move |cx| grads![cx; cx.g.reshape(&kept)?.expand(cx.shape(0))?]))
    }
}
