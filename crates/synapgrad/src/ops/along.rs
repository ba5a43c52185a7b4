//! What operations along a dimension share.

use synapgrad_kernels::{Buffer, DType};

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

    /// Which dtype a function of real numbers gives for this tensor: its own, or the default one for whole numbers.
    pub(crate) fn real_dtype(&self) -> DType {
        if self.dtype().is_float() { self.dtype() } else { crate::default_dtype() }
    }
}
