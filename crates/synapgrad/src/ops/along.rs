//! Elements chosen along a dimension by an index tensor: the one way in which gradients of sorting, extremes and their
//! kin travel.

use synapgrad_kernels::along::{self, Block};
use synapgrad_kernels::{Buffer, DType, Layout};

use super::create::bytes_of;
use crate::autograd::{grads, record};
use crate::error::go_on;
use crate::{Result, Tensor};

impl Tensor {
    /// This tensor's memory in row-major order and where it starts, handed to `work`.
    pub(crate) fn with_memory<R>(&self, work: impl FnOnce((&Buffer, usize)) -> R) -> Result<R> {
        let dense = self.detach().contiguous()?;
        let memory = dense.storage().read();
        let result = work((&memory, dense.layout().offset));
        go_on()?;
        Ok(result)
    }

    /// The elements in row-major order of an int64 tensor.
    pub(crate) fn indices(&self) -> Result<Vec<i64>> {
        self.to_vec::<i64>()
    }

    /// `y[…, k, …] = x[…, index[…, k, …], …]` along `dim`. The index, of dtype int64, has this tensor's shape but for
    /// `dim`, and lies in range. ∂x: [`Tensor::place`]
    pub(crate) fn pick(&self, dim: usize, index: &Tensor) -> Result<Tensor> {
        let (block, at, dtype) = (Block::new(self.shape(), dim), index.indices()?, self.dtype());
        let mut data = Buffer::stale(bytes_of(index.shape(), dtype)?)?;
        self.with_memory(|x| along::pick_bytes(dtype, block, x, &at, &mut data))?;
        let value = Tensor::from_buffer(data, Layout::dense(index.shape()), dtype);
        Ok(record("gather", &[self], value, &[index.into()], move |cx| {
            let [index] = cx.saved()?;
            let size = cx.shape(0).get(dim).copied().unwrap_or(1);
            grads![cx; cx.g.place(dim, &index, size)?]
        }))
    }

    /// Zeros of size `size` along `dim`, to which the elements are added at `index`. ∂x: [`Tensor::pick`]
    pub(crate) fn place(&self, dim: usize, index: &Tensor, size: usize) -> Result<Tensor> {
        let mut shape = synapgrad_kernels::Dims::from_slice(self.shape());
        if let Some(n) = shape.get_mut(dim) {
            *n = size;
        }
        let (block, at, dtype) = (Block::new(&shape, dim), index.indices()?, self.dtype());
        let mut data = Buffer::zeroed(bytes_of(&shape, dtype)?)?;
        self.with_memory(|x| along::place(dtype, block, x, &at, &mut data))?;
        let value = Tensor::from_buffer(data, Layout::dense(&shape), dtype);
        Ok(record("ScatterAddBackward0", &[self], value, &[index.into()], move |cx| {
            let [index] = cx.saved()?;
            grads![cx; cx.g.pick(dim, &index)?]
        }))
    }

    /// Which dtype a function of real numbers gives for this tensor: its own, or the default one for whole numbers.
    pub(crate) fn real_dtype(&self) -> DType {
        if self.dtype().is_float() { self.dtype() } else { crate::default_dtype() }
    }
}

impl Tensor {
    /// The dimensions in another order, as a view: dimension i of the result is `order[i]` of this.
    pub(crate) fn reordered(&self, order: &[usize]) -> Result<Tensor> {
        if order.iter().enumerate().all(|(i, &d)| i == d) {
            return Ok(self.clone());
        }
        let mut back = synapgrad_kernels::Dims::from_elem(0, order.len());
        order.iter().enumerate().for_each(|(i, &d)| back[d] = i);
        let view = self.alias(self.layout().permute(order));
        Ok(record("permute", &[self], view, &[], move |cx| grads![cx; cx.g.reordered(&back)?]))
    }

    /// The diagonal over two dimensions of one size, which becomes the last dimension, as a view.
    pub(crate) fn diagonal_over(&self, dim1: usize, dim2: usize) -> Result<Tensor> {
        let view = self.alias(self.layout().diagonal(0, dim1, dim2));
        Ok(record("diagonal", &[self], view, &[], move |cx| grads![cx; cx.g.on_diagonal(dim1, dim2, cx.shape(0))?]))
    }

    /// Zeros of `shape` with this tensor on their diagonal.
    fn on_diagonal(&self, dim1: usize, dim2: usize, shape: &[usize]) -> Result<Tensor> {
        let whole = Tensor::zeros(shape, self.dtype())?;
        whole.detach().alias(whole.layout().diagonal(0, dim1, dim2)).write(&self.detach())?;
        Ok(record("DiagonalBackward0", &[self], whole, &[], move |cx| grads![cx; cx.g.diagonal_over(dim1, dim2)?]))
    }
}
