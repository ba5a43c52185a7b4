//! Softmax and its logarithm.

use synapgrad_kernels::along::Block;
use synapgrad_kernels::{DType, Layout, softmax};

use super::create::room;
use crate::autograd::{Save, grads, record};
use crate::error::ensure;
use crate::{Result, Tensor};

impl Tensor {
    /// Positive numbers that sum to 1 along `dim`: yᵢ = e^xᵢ/Σⱼ e^xⱼ. ∂x = y·(g − Σ g·y)
    ///
    /// ```
    /// # use synapgrad::Tensor;
    /// assert_eq!(Tensor::from([3f32, 3.0]).softmax(0, None)?.to_vec::<f32>()?, [0.5, 0.5]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// IndexError where `dim` is out of range; NotImplementedError for whole numbers, unless `dtype` is a float type.
    pub fn softmax(&self, dim: isize, dtype: Option<DType>) -> Result<Tensor> {
        self.softmax_as("softmax", "SoftmaxBackward0", false, dim, dtype)
    }

    /// The logarithm of [`Tensor::softmax`]: yᵢ = xᵢ − ln Σⱼ e^xⱼ. ∂x = g − eʸ·Σ g
    ///
    /// # Errors
    /// As [`Tensor::softmax`].
    pub fn log_softmax(&self, dim: isize, dtype: Option<DType>) -> Result<Tensor> {
        self.softmax_as("log_softmax", "LogSoftmaxBackward0", true, dim, dtype)
    }

    /// [`Tensor::softmax`] of −x: the smallest element gets the largest share.
    ///
    /// # Errors
    /// As [`Tensor::softmax`].
    pub fn softmin(&self, dim: isize, dtype: Option<DType>) -> Result<Tensor> {
        self.neg()?.softmax_as("softmin", "SoftmaxBackward0", false, dim, dtype)
    }

    fn softmax_as(
        &self,
        name: &str,
        node: &'static str,
        log: bool,
        dim: isize,
        dtype: Option<DType>,
    ) -> Result<Tensor> {
        let d = self.dim(name, dim)?;
        let x = self.to_dtype(dtype.unwrap_or(self.dtype()))?;
        let dtype = x.dtype();
        ensure!(dtype.is_float(), NotImplemented, "{name}: not implemented for '{}'", dtype.title());
        let block = Block::new(x.shape(), d);
        let mut data = room(x.shape(), dtype)?;
        x.with_memory(|x| softmax::softmax(log, dtype, block, x, &mut data))?;
        let value = Tensor::from_buffer(data, Layout::dense(x.shape()), dtype);
        Ok(record(node, &[&x], value, &[Save::Output(0)], move |cx| {
            let [y] = cx.saved()?;
            let g = cx.g.to_dtype(dtype)?;
            let dims = [d as isize];
            grads![cx; match (cx.create_graph(), log) {
                (false, _) => softmax_slope(log, block, &y, &g)?,
                (true, false) => y.mul(&g.sub(&g.mul(&y)?.sum_dims(&dims, true, None)?)?)?,
                (true, true) => g.sub(&y.exp()?.mul(&g.sum_dims(&dims, true, None)?)?)?,
            }]
        }))
    }
}

/// The gradient in one pass, not recorded.
fn softmax_slope(log: bool, block: Block, y: &Tensor, g: &Tensor) -> Result<Tensor> {
    let dtype = y.dtype();
    let mut data = room(y.shape(), dtype)?;
    let (y, g) = (y.detach().contiguous()?, g.detach().contiguous()?);
    if y.storage().same(g.storage()) {
        let memory = y.storage().read();
        let (y, g) = ((&*memory, y.layout().offset), (&*memory, g.layout().offset));
        softmax::softmax_backward(log, dtype, block, y, g, &mut data);
    } else {
        let (memory_y, memory_g) = (y.storage().read(), g.storage().read());
        let (y, g) = ((&*memory_y, y.layout().offset), (&*memory_g, g.layout().offset));
        softmax::softmax_backward(log, dtype, block, y, g, &mut data);
    }
    Ok(Tensor::from_buffer(data, Layout::dense(y.shape()), dtype))
}

/// The operations of this file.
pub const NAMES: &[&str] = &["softmax", "log_softmax", "softmin"];
