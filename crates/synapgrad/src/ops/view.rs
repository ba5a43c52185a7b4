//! Views and copies: the same elements under another layout.

use synapgrad_kernels::{Buffer, DType, Dims, Dst, Layout, pointwise};

use super::operand::{Operand, with_sources};
use crate::autograd::{grads, record};
use crate::error::{bail, ensure};
use crate::{Result, Tensor};

impl Tensor {
    /// A copy with memory of its own, in the same memory order, outside the graph.
    pub(crate) fn copy(&self) -> Result<Tensor> {
        self.copy_to(self.layout().fresh_like(), self.dtype())
    }

    fn copy_to(&self, layout: Layout, dtype: DType) -> Result<Tensor> {
        let mut data = Buffer::stale(layout.numel() * dtype.size())?;
        with_sources(&[Operand::Tensor(self)], &[self.layout().clone()], |[src]| {
            pointwise::copy(src, Dst { data: &mut data, dtype, layout: &layout });
        });
        Ok(Tensor::from_buffer(data, layout, dtype))
    }

    /// A copy. Gradients flow through it.
    pub fn clone_data(&self) -> Result<Tensor> {
        Ok(record("clone", &[self], self.copy()?, &[], |cx| grads![cx; cx.g.clone()]))
    }

    /// The elements as `dtype`: this very tensor where it is of that dtype already.
    pub fn to_dtype(&self, dtype: DType) -> Result<Tensor> {
        if dtype == self.dtype() {
            return Ok(self.clone());
        }
        let value = self.copy_to(self.layout().fresh_like(), dtype)?;
        Ok(record("ToCopyBackward0", &[self], value, &[], |cx| grads![cx; cx.g.clone()]))
    }

    /// The tensor in row-major order without gaps: itself where it is already.
    pub fn contiguous(&self) -> Result<Tensor> {
        if self.is_contiguous() {
            return Ok(self.clone());
        }
        let value = self.copy_to(Layout::dense(self.shape()), self.dtype())?;
        Ok(record("clone", &[self], value, &[], |cx| grads![cx; cx.g.clone()]))
    }

    /// This gradient of a tensor laid out as `home`, in that memory order.
    pub(crate) fn in_memory_order(&self, home: &Layout) -> Result<Tensor> {
        let fresh = home.fresh_like();
        if self.layout().strides == fresh.strides {
            return Ok(self.clone());
        }
        let value = self.copy_to(fresh, self.dtype())?;
        Ok(record("clone", &[self], value, &[], |cx| grads![cx; cx.g.clone()]))
    }

    /// The part of this tensor, which lies as `home` does, that `region` is of the tensor at `home`.
    pub(crate) fn region(&self, region: &Layout, home: &Layout) -> Result<Tensor> {
        let layout = Layout { offset: region.offset - home.offset + self.layout().offset, ..region.clone() };
        let view = self.alias(layout.clone());
        let (region, home) = (region.clone(), home.clone());
        Ok(record("AsStridedBackward0", &[self], view, &[], move |cx| {
            grads![cx; {
                let whole = Tensor::zeros(cx.shape(0), cx.g.dtype())?.in_memory_order(&home)?;
                whole.region(&region, &home)?.copy_(cx.g)?;
                whole
            }]
        }))
    }

    /// A view of this tensor, the base, that lies as `layout` in its memory.
    pub(crate) fn as_strided_of_base(&self, layout: &Layout) -> Tensor {
        self.region(layout, &self.layout().clone()).unwrap_or_else(|_| unreachable!("a view of existing memory"))
    }

    /// Repeat dimensions of size 1, and new leading ones, up to `shape`, without copying.
    ///
    /// # Errors
    /// RuntimeError where a dimension has another size.
    pub fn expand(&self, shape: &[usize]) -> Result<Tensor> {
        if shape == self.shape() {
            return Ok(self.clone());
        }
        let Some(layout) = self.layout().broadcast_to(shape) else {
            bail!(
                Runtime,
                "expand: the expanded size must match the existing size at non-singleton dimensions; got shape {:?}, wanted \
                 {shape:?}",
                self.shape()
            );
        };
        // The engine sums the gradient back to the input's shape.
        Ok(record("expand", &[self], self.alias(layout), &[], |cx| grads![cx; cx.g.clone()]))
    }

    /// A shape in which one size may be −1, to be inferred.
    ///
    /// # Errors
    /// RuntimeError where the sizes don't multiply to the number of elements, or more than one is −1.
    pub fn infer_shape(&self, name: &str, sizes: &[isize]) -> Result<Dims> {
        let wrong = || {
            let text = format!("{name}: shape '{sizes:?}' is invalid for input of size {}", self.numel());
            crate::Error::new(crate::ErrorKind::Runtime, text)
        };
        let unknown = sizes.iter().filter(|&&d| d == -1).count();
        ensure!(unknown <= 1, Runtime, "{name}: only one dimension can be inferred, got {sizes:?}");
        ensure!(sizes.iter().all(|&d| d >= -1), Runtime, "{name}: invalid shape dimension in {sizes:?}");
        let known: Dims = sizes.iter().filter(|&&d| d >= 0).map(|&d| d as usize).collect();
        let product = synapgrad_kernels::layout::checked_numel(&known).ok_or_else(wrong)?;
        if unknown == 1 && product == 0 {
            bail!(
                Runtime,
                "{name}: cannot reshape tensor of {} elements into shape {sizes:?}: the unspecified dimension size -1 can be any value and is ambiguous",
                self.numel()
            );
        }
        let fits = if unknown == 1 { self.numel() % product == 0 } else { self.numel() == product };
        if !fits {
            return Err(wrong());
        }
        Ok(sizes.iter().map(|&d| if d == -1 { self.numel() / product } else { d as usize }).collect())
    }

    /// The same elements in another shape: a view where the layout allows, else an error.
    ///
    /// # Errors
    /// RuntimeError where the numbers of elements differ, or the elements would have to move.
    pub fn view(&self, shape: &[usize]) -> Result<Tensor> {
        ensure!(
            synapgrad_kernels::layout::checked_numel(shape) == Some(self.numel()),
            Runtime,
            "view: shape {shape:?} is invalid for input of size {} (shape {:?})",
            self.numel(),
            self.shape()
        );
        let Some(layout) = self.layout().view(shape) else {
            bail!(
                Runtime,
                "view: size is not compatible with input tensor's size and stride (at least one dimension spans across two \
                 contiguous subspaces); got shape {:?} with strides {:?}, wanted {shape:?}. Use .reshape(...) instead.",
                self.shape(),
                self.strides()
            );
        };
        Ok(record("view", &[self], self.alias(layout), &[], |cx| grads![cx; cx.g.reshape(cx.shape(0))?]))
    }

    /// The same elements in another shape: a view where the layout allows, else a copy.
    pub fn reshape(&self, shape: &[usize]) -> Result<Tensor> {
        if synapgrad_kernels::layout::checked_numel(shape) == Some(self.numel()) && self.layout().view(shape).is_none()
        {
            return self.contiguous()?.view(shape);
        }
        self.view(shape)
    }

    /// Exchange two dimensions.
    pub fn transpose(&self, dim0: isize, dim1: isize) -> Result<Tensor> {
        let (a, b) = (self.dim("transpose", dim0)?, self.dim("transpose", dim1)?);
        if self.rank() == 0 {
            return Ok(self.alias(self.layout().clone()));
        }
        let view = self.alias(self.layout().transpose(a, b));
        Ok(record("transpose", &[self], view, &[], move |cx| grads![cx; cx.g.transpose(a as isize, b as isize)?]))
    }

    /// The last two dimensions exchanged; fewer dimensions stay as they are.
    pub fn mt(&self) -> Result<Tensor> {
        if self.rank() < 2 { Ok(self.clone()) } else { self.transpose(-2, -1) }
    }

    /// A new dimension of size 1 before `dim`.
    pub fn unsqueeze(&self, dim: isize) -> Result<Tensor> {
        let at = crate::tensor::wrap_dim("unsqueeze", dim, self.rank() + 1)?;
        let view = self.alias(self.layout().unsqueeze(at));
        Ok(record("unsqueeze", &[self], view, &[], |cx| grads![cx; cx.g.reshape(cx.shape(0))?]))
    }

    /// Without dimension `dim` where its size is 1; else the tensor as it is.
    pub fn squeeze_dim(&self, dim: isize) -> Result<Tensor> {
        let d = self.dim("squeeze", dim)?;
        if self.rank() == 0 || self.shape()[d] != 1 {
            return Ok(self.alias(self.layout().clone()));
        }
        let view = self.alias(self.layout().squeeze(d));
        Ok(record("squeeze", &[self], view, &[], |cx| grads![cx; cx.g.reshape(cx.shape(0))?]))
    }

    /// Sum over broadcast dimensions until the shape is `shape`.
    pub(crate) fn sum_to(&self, shape: &[usize]) -> Result<Tensor> {
        let extra = match self.rank().checked_sub(shape.len()) {
            Some(extra) if self.layout().numel() == 0 || Layout::dense(shape).broadcast_to(self.shape()).is_some() => {
                extra
            }
            _ => bail!(Runtime, "sum_to: {:?} is no broadcast of {shape:?}", self.shape()),
        };
        let stretched = |&d: &usize| d < extra || (shape[d - extra] == 1 && self.shape()[d] != 1);
        let dims: Dims = (0..self.rank()).filter(stretched).collect();
        let dims: Vec<isize> = dims.iter().map(|&d| d as isize).collect();
        let sum = if dims.is_empty() { self.clone() } else { self.sum_dims(&dims, true, None)? };
        sum.reshape(shape)
    }
}
