//! New tensors from numbers.

use synapgrad_kernels::dtype::Category;
use synapgrad_kernels::layout::checked_numel;
use synapgrad_kernels::{
    Buffer, DType, Dims, Dst, Element, Layout, Refused, Scalar, Src, bf16, f16, pointwise, with_element,
};

use crate::error::ensure;
use crate::{Error, ErrorKind, Result, Storage, Tensor, default_dtype};

/// Bytes of a new tensor.
///
/// # Errors
/// Where the size product does not fit.
pub(crate) fn bytes_of(shape: &[usize], dtype: DType) -> Result<usize> {
    checked_numel(shape).map(|n| n * dtype.size()).ok_or_else(|| {
        let text = "can't allocate memory: a tensor of shape";
        Error::new(ErrorKind::Memory, format!("{text} {shape:?} and dtype {} is beyond any memory", dtype.name()))
    })
}

/// Memory for a new tensor. What it holds is arbitrary.
///
/// # Errors
/// MemoryError, which says how large a tensor was wanted.
pub(crate) fn room(shape: &[usize], dtype: DType) -> Result<Buffer> {
    Buffer::stale(bytes_of(shape, dtype)?).map_err(|refused| no_room(refused, shape, dtype))
}

/// [`room`] that holds zeros.
pub(crate) fn zeroed_room(shape: &[usize], dtype: DType) -> Result<Buffer> {
    Buffer::zeroed(bytes_of(shape, dtype)?).map_err(|refused| no_room(refused, shape, dtype))
}

#[cold]
fn no_room(refused: Refused, shape: &[usize], dtype: DType) -> Error {
    let Refused::OutOfMemory { bytes } = refused else { return refused.into() };
    let text = "can't allocate memory: a tensor of shape";
    Error::new(ErrorKind::Memory, format!("{text} {shape:?} and dtype {} takes {bytes} bytes", dtype.name()))
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
        Ok(Tensor::from_buffer(room(shape, dtype)?, Layout::dense(shape), dtype))
    }

    pub fn zeros(shape: &[usize], dtype: DType) -> Result<Tensor> {
        Ok(Tensor::from_buffer(zeroed_room(shape, dtype)?, Layout::dense(shape), dtype))
    }

    pub fn ones(shape: &[usize], dtype: DType) -> Result<Tensor> {
        Tensor::full(shape, 1.0, dtype)
    }

    /// A tensor whose elements are all `value`.
    ///
    /// # Errors
    /// RuntimeError where `dtype` cannot hold the value.
    pub fn full(shape: &[usize], value: impl Into<Scalar>, dtype: DType) -> Result<Tensor> {
        let value = value.into();
        check_fits("full", value, dtype)?;
        bytes_of(shape, dtype)?;
        filled(Layout::dense(shape), value, dtype)
    }

    /// A tensor of this shape and memory order whose elements are all `value`; of this dtype unless another is given.
    pub fn full_like(&self, value: impl Into<Scalar>, dtype: Option<DType>) -> Result<Tensor> {
        let (value, dtype) = (value.into(), dtype.unwrap_or(self.dtype()));
        check_fits("full_like", value, dtype)?;
        filled(self.layout().fresh_like(), value, dtype)
    }

    /// [`Tensor::full_like`] of 0.
    pub fn zeros_like(&self) -> Result<Tensor> {
        self.full_like(0, None)
    }

    /// [`Tensor::full_like`] of 1.
    pub fn ones_like(&self) -> Result<Tensor> {
        self.full_like(1, None)
    }

    /// A tensor of this shape and memory order whose elements are arbitrary.
    pub fn empty_like(&self, dtype: Option<DType>) -> Result<Tensor> {
        let (layout, dtype) = (self.layout().fresh_like(), dtype.unwrap_or(self.dtype()));
        Ok(Tensor::from_buffer(room(&layout.shape, dtype)?, layout, dtype))
    }

    /// A tensor of arbitrary elements that lie as `strides` say, in memory just large enough.
    ///
    /// # Errors
    /// RuntimeError where sizes and strides differ in number.
    pub fn empty_strided(shape: &[usize], strides: &[usize], dtype: DType) -> Result<Tensor> {
        ensure!(
            shape.len() == strides.len(),
            Runtime,
            "empty_strided: dimensionality of sizes ({}) must match dimensionality of strides ({})",
            shape.len(),
            strides.len()
        );
        bytes_of(shape, dtype)?;
        let reach = shape.iter().zip(strides).try_fold(0usize, |end, (&n, &stride)| {
            n.saturating_sub(1).checked_mul(stride).and_then(|way| end.checked_add(way))
        });
        let elements = if shape.contains(&0) { 0 } else { reach.map_or(usize::MAX, |last| last.saturating_add(1)) };
        let layout = Layout { shape: Dims::from_slice(shape), strides: Dims::from_slice(strides), offset: 0 };
        Ok(Tensor::from_buffer(room(&[elements], dtype)?, layout, dtype))
    }

    /// `start, start + step, …` up to but without `end`: ⌈(end − start)/step⌉ numbers. Without `dtype`, int64 where all
    /// three are integers, else the default dtype.
    ///
    /// ```
    /// # use synapgrad::Tensor;
    /// # fn main() -> synapgrad::Result<()> {
    /// assert_eq!(Tensor::arange(1, 8, 3, None)?.to_vec::<i64>()?, [1, 4, 7]);
    /// assert_eq!(Tensor::arange(0, 1.0, 0.5, None)?.to_vec::<f32>()?, [0.0, 0.5]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// RuntimeError where the step is 0 or leads away from the end, or a number is not finite.
    pub fn arange(
        start: impl Into<Scalar>,
        end: impl Into<Scalar>,
        step: impl Into<Scalar>,
        dtype: Option<DType>,
    ) -> Result<Tensor> {
        let (start, end, step) = (start.into(), end.into(), step.into());
        let integral = [start, end, step].iter().all(|n| !matches!(n, Scalar::Float(_)));
        let dtype = dtype.unwrap_or_else(|| if integral { DType::I64 } else { default_dtype() });
        ensure!(dtype != DType::Bool, NotImplemented, "arange: not implemented for dtype bool");
        check_steps("arange", start, end, step)?;
        let numel = if integral {
            let (way, step) = (end.to_i64() as i128 - start.to_i64() as i128, step.to_i64() as i128);
            (way.unsigned_abs()).div_ceil(step.unsigned_abs()) as usize
        } else {
            whole("arange", ((end.to_f64() - start.to_f64()) / step.to_f64()).ceil())?
        };
        steps(numel, start, step, dtype)
    }

    /// `start, start + step, …` up to and with `end`.
    ///
    /// # Errors
    /// As [`Tensor::arange`].
    pub fn range(
        start: impl Into<Scalar>,
        end: impl Into<Scalar>,
        step: impl Into<Scalar>,
        dtype: Option<DType>,
    ) -> Result<Tensor> {
        let (start, end, step) = (start.into(), end.into(), step.into());
        check_steps("range", start, end, step)?;
        let numel = whole("range", ((end.to_f64() - start.to_f64()) / step.to_f64()).floor())?;
        steps(numel.saturating_add(1), start, step, dtype.unwrap_or_else(default_dtype))
    }

    /// `steps` numbers evenly spaced from `start` to `end`, both included.
    ///
    /// # Errors
    /// NotImplementedError for bool.
    pub fn linspace(start: f64, end: f64, steps: usize, dtype: DType) -> Result<Tensor> {
        ensure!(dtype != DType::Bool, NotImplemented, "linspace: not implemented for dtype bool");
        spaced(start, end, steps, dtype, |x| x, |x| x)
    }

    /// `base` to the power of `steps` numbers evenly spaced from `start` to `end`.
    ///
    /// # Errors
    /// NotImplementedError for bool.
    pub fn logspace(start: f64, end: f64, steps: usize, base: f64, dtype: DType) -> Result<Tensor> {
        ensure!(dtype != DType::Bool, NotImplemented, "logspace: not implemented for dtype bool");
        spaced(start, end, steps, dtype, |x| base.powf(x), |x| (base as f32).powf(x))
    }

    /// The matrix with ones on its diagonal and zeros elsewhere.
    pub fn eye(rows: usize, columns: usize, dtype: DType) -> Result<Tensor> {
        let matrix = Tensor::zeros(&[rows, columns], dtype)?;
        with_element!(dtype, T => {
            let mut memory = matrix.storage().write();
            let diagonal = memory.as_mut_slice::<T>()[..rows * columns].iter_mut().step_by(columns + 1);
            // Further down there are no more columns.
            diagonal.take(rows.min(columns)).for_each(|x| *x = T::from_i64(1));
        });
        Ok(matrix)
    }
}

/// A result without dimensions: a `value` beyond the range of a float dtype is infinite in it, as in any computation.
pub(super) fn single(value: f64, dtype: DType) -> Result<Tensor> {
    filled(Layout::dense(&[]), Scalar::Float(value), dtype)
}

fn filled(layout: Layout, value: Scalar, dtype: DType) -> Result<Tensor> {
    let zero = match value {
        Scalar::Float(x) => x.to_bits() == 0,
        other => other.to_i64() == 0,
    };
    if zero {
        // Memory fresh from the system is zero already.
        return Ok(Tensor::from_buffer(zeroed_room(&layout.shape, dtype)?, layout, dtype));
    }
    let mut data = room(&layout.shape, dtype)?;
    pointwise::copy(Src::Scalar(value), Dst { data: &mut data, dtype, layout: &layout });
    Ok(Tensor::from_buffer(data, layout, dtype))
}

/// Whether `dtype` can hold a number; infinity and NaN any float type can, and negative ones `uint8` by wrapping around.
///
/// # Errors
/// RuntimeError where not.
pub(crate) fn check_fits(name: &str, value: Scalar, dtype: DType) -> Result<()> {
    let (low, high) = match dtype {
        DType::Bool => return Ok(()),
        float if float.is_float() => (-largest(float), largest(float)),
        DType::I64 => (i64::MIN as f64, i64::MAX as f64),
        DType::I32 => (i32::MIN as f64, i32::MAX as f64),
        DType::I16 => (i16::MIN as f64, i16::MAX as f64),
        DType::I8 => (i8::MIN as f64, i8::MAX as f64),
        _ => (-255.0, 255.0),
    };
    let fits = match value {
        Scalar::Float(x) if dtype.is_float() => !x.is_finite() || (low..=high).contains(&x),
        Scalar::Int(_) if dtype == DType::I64 => true,
        // 2⁶³ is the first float beyond int64, and what its largest number rounds to.
        Scalar::Float(x) if dtype == DType::I64 => low <= x && x < high,
        value => (low..=high).contains(&value.to_f64()),
    };
    let shown = || match value {
        Scalar::Int(i) => i.to_string(),
        other => other.to_f64().to_string(),
    };
    ensure!(fits, Runtime, "{name}: value {} cannot be converted to type {} without overflow", shown(), dtype.name());
    Ok(())
}

/// The largest number of a float type.
pub(crate) fn largest(dtype: DType) -> f64 {
    match dtype {
        DType::F32 => f32::MAX as f64,
        DType::F16 => f16::MAX.to_f64(),
        DType::BF16 => bf16::MAX.to_f64(),
        _ => f64::MAX,
    }
}

fn check_steps(name: &str, start: Scalar, end: Scalar, step: Scalar) -> Result<()> {
    let (start, end, step) = (start.to_f64(), end.to_f64(), step.to_f64());
    ensure!(step != 0.0 && !step.is_nan(), Runtime, "{name}: step must be nonzero, got {step}");
    ensure!(start.is_finite() && end.is_finite(), Runtime, "{name}: unsupported range: {start} -> {end}");
    let towards = (step > 0.0 && end >= start) || (step < 0.0 && end <= start);
    ensure!(
        towards,
        Runtime,
        "{name}: upper bound and lower bound inconsistent with step sign, got {start} -> {end} by {step}"
    );
    Ok(())
}

fn whole(name: &str, count: f64) -> Result<usize> {
    ensure!((0.0..9.0e18).contains(&count), Runtime, "{name}: invalid size, possible overflow: {count} elements");
    Ok(count as usize)
}

fn steps(numel: usize, start: Scalar, step: Scalar, dtype: DType) -> Result<Tensor> {
    let tensor = Tensor::empty(&[numel], dtype)?;
    with_element!(dtype, T => {
        let mut memory = tensor.storage().write();
        let out = memory.as_mut_slice::<T>()[..numel].iter_mut().enumerate();
        match dtype.category() {
            // In f64, so that the error of a step does not add up.
            Category::Float => {
                let (start, step) = (start.to_f64(), step.to_f64());
                out.for_each(|(i, x)| *x = T::from_f64(start + step * i as f64));
            }
            _ => {
                // PyTorch cuts the fractions off first.
                let (start, step) = (start.to_i64(), step.to_i64());
                out.for_each(|(i, x)| *x = T::from_i64(start.wrapping_add(step.wrapping_mul(i as i64))));
            }
        }
    });
    Ok(tensor)
}

/// Even spacing, from either end to the middle, so that both ends are hit exactly.
fn spaced(
    start: f64,
    end: f64,
    steps: usize,
    dtype: DType,
    map: impl Fn(f64) -> f64,
    map32: impl Fn(f32) -> f32,
) -> Result<Tensor> {
    let tensor = Tensor::empty(&[steps], dtype)?;
    let middle = steps / 2;
    with_element!(dtype, T => {
        let mut memory = tensor.storage().write();
        let out = memory.as_mut_slice::<T>()[..steps].iter_mut().enumerate();
        if dtype == DType::F64 || !dtype.is_float() {
            // Ends of integers are integers.
            let (start, end) = if dtype.is_float() { (start, end) } else { (start.trunc(), end.trunc()) };
            let step = (end - start) / (steps.max(2) - 1) as f64;
            out.for_each(|(i, x)| {
                *x = T::from_f64(map(if i < middle || steps == 1 { start + step * i as f64 } else { end - step * (steps - 1 - i) as f64 }));
            });
        } else {
            let (start, end) = (start as f32, end as f32);
            let step = (end - start) / (steps.max(2) - 1) as f32;
            out.for_each(|(i, x)| {
                *x = T::from_f32(map32(if i < middle || steps == 1 { start + step * i as f32 } else { end - step * (steps - 1 - i) as f32 }));
            });
        }
    });
    Ok(tensor)
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

pub const NAMES: &[&str] = &[
    "arange",
    "empty",
    "empty_like",
    "empty_strided",
    "eye",
    "full",
    "full_like",
    "linspace",
    "logspace",
    "ones",
    "ones_like",
    "range",
    "zeros",
    "zeros_like",
];
