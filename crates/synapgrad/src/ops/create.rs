//! New tensors from numbers.

use synapgrad_kernels::layout::checked_numel;
use synapgrad_kernels::{Buffer, DType, Dst, Layout, Scalar, Src, bf16, f16, pointwise};

use crate::error::ensure;
use crate::{Error, ErrorKind, Result, Storage, Tensor};

/// Bytes of a new tensor.
///
/// # Errors
/// Where the size product does not fit.
pub(crate) fn bytes_of(shape: &[usize], dtype: DType) -> Result<usize> {
    checked_numel(shape)
        .and_then(|n| n.checked_mul(dtype.size()))
        .filter(|&bytes| bytes < isize::MAX as usize)
        .ok_or_else(|| {
            Error::new(
                ErrorKind::Memory,
                format!(
                    "can't allocate memory: a tensor of shape {shape:?} and dtype {} is beyond any memory",
                    dtype.name()
                ),
            )
        })
}

impl Tensor {
    /// A tensor on memory that may be shared with others, outside the graph.
    ///
    /// # Errors
    /// RuntimeError where the layout reaches beyond the memory.
    pub fn over(storage: &Storage, layout: Layout, dtype: DType) -> Result<Tensor> {
        let have = storage.read().bytes();
        let reach = layout.shape.iter().zip(&layout.strides).try_fold(layout.offset, |end, (&n, &stride)| {
            n.saturating_sub(1).checked_mul(stride).and_then(|way| end.checked_add(way))
        });
        let last = if checked_numel(&layout.shape) == Some(0) { 0 } else { 1 };
        let wanted = reach.and_then(|end| end.checked_add(last)?.checked_mul(dtype.size()));
        ensure!(
            last == 0 || wanted.is_some_and(|bytes| bytes <= have),
            Runtime,
            "setStorage: sizes {:?}, strides {:?} and storage offset {} of dtype {} are out of bounds for storage of size \
             {have} bytes",
            layout.shape,
            layout.strides,
            layout.offset,
            dtype.name()
        );
        Ok(Tensor::new(storage.clone(), layout, dtype, None))
    }

    /// A tensor whose elements are arbitrary.
    pub fn empty(shape: &[usize], dtype: DType) -> Result<Tensor> {
        let bytes = bytes_of(shape, dtype)?;
        Ok(Tensor::from_buffer(Buffer::stale(bytes)?, Layout::dense(shape), dtype))
    }

    pub fn zeros(shape: &[usize], dtype: DType) -> Result<Tensor> {
        let bytes = bytes_of(shape, dtype)?;
        Ok(Tensor::from_buffer(Buffer::zeroed(bytes)?, Layout::dense(shape), dtype))
    }

    pub fn ones(shape: &[usize], dtype: DType) -> Result<Tensor> {
        Tensor::full(shape, 1.0, dtype)
    }

    /// A tensor whose elements are all `value`.
    pub fn full(shape: &[usize], value: impl Into<Scalar>, dtype: DType) -> Result<Tensor> {
        let bytes = bytes_of(shape, dtype)?;
        let mut data = Buffer::stale(bytes)?;
        let layout = Layout::dense(shape);
        pointwise::copy(Src::Scalar(value.into()), Dst { data: &mut data, dtype, layout: &layout });
        Ok(Tensor::from_buffer(data, layout, dtype))
    }
}

macro_rules! from_arrays {
    ($($t:ty)*) => {$(
        impl From<&[$t]> for Tensor {
            /// A vector.
            ///
            /// # Panics
            /// Where the system has no memory left for it.
            fn from(values: &[$t]) -> Tensor {
                Tensor::from_slice(values, &[values.len()]).unwrap_or_else(|error| panic!("{error}"))
            }
        }
        impl<const N: usize> From<[$t; N]> for Tensor {
            /// A vector.
            ///
            /// # Panics
            /// Where the system has no memory left for it.
            fn from(values: [$t; N]) -> Tensor {
                Tensor::from(&values[..])
            }
        }
        impl<const R: usize, const C: usize> From<[[$t; C]; R]> for Tensor {
            /// A matrix.
            ///
            /// # Panics
            /// Where the system has no memory left for it.
            fn from(rows: [[$t; C]; R]) -> Tensor {
                Tensor::from_slice(rows.as_flattened(), &[R, C]).unwrap_or_else(|error| panic!("{error}"))
            }
        }
    )*};
}
from_arrays!(f32 f64 f16 bf16 i64 i32 i16 i8 u8);
