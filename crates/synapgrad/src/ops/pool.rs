//! Pooling: each window of the last one, two or three dimensions becomes one element.
//!
//! Input (batch, channels, …) or (channels, …); `N` is the number of dimensions that are pooled. A window of k elements,
//! d apart, slides by s over the input with p elements of padding on both sides, which makes ⌊(n + 2p − d(k−1) − 1)/s⌋ + 1
//! outputs; with `ceil_mode` the quotient is rounded up, as long as the last window begins inside the input or the padding
//! before it. The windows of adaptive pooling divide the input evenly: output i of m covers ⌊i·n/m⌋ … ⌈(i+1)·n/m⌉.

use std::sync::Arc;

use synapgrad_kernels::buffer::list;
use synapgrad_kernels::pool::{self, Axis, Bin, Windows};
use synapgrad_kernels::{DType, Dims, Layout};

use super::create::{bytes_of, room};
use crate::autograd::{grads, record, tracking};
use crate::error::{bail, ensure};
use crate::{Result, Tensor};

/// Options of [`Tensor::max_pool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPoolOptions<const N: usize> {
    /// How far the window slides; its size where `None`.
    pub stride: Option<[usize; N]>,
    /// −∞ on both sides, at most half a window.
    pub padding: [usize; N],
    /// The distance of a window's elements.
    pub dilation: [usize; N],
    /// Whether a last window that lies only partly in the input counts.
    pub ceil_mode: bool,
}

impl<const N: usize> Default for MaxPoolOptions<N> {
    fn default() -> Self {
        MaxPoolOptions { stride: None, padding: [0; N], dilation: [1; N], ceil_mode: false }
    }
}

/// Options of [`Tensor::avg_pool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvgPoolOptions<const N: usize> {
    /// How far the window slides; its size where `None`.
    pub stride: Option<[usize; N]>,
    /// Zeros on both sides, at most half a window.
    pub padding: [usize; N],
    /// Whether a last window that lies only partly in the input counts.
    pub ceil_mode: bool,
    /// Whether the zeros count as elements in the mean.
    pub count_include_pad: bool,
    /// What the sums are divided by instead of the number of elements.
    pub divisor_override: Option<i64>,
}

impl<const N: usize> Default for AvgPoolOptions<N> {
    fn default() -> Self {
        AvgPoolOptions {
            stride: None,
            padding: [0; N],
            ceil_mode: false,
            count_include_pad: true,
            divisor_override: None,
        }
    }
}

/// A pooling as its kernels need it.
struct Pool {
    windows: Windows,
    inner: Dims,
    outer: Dims,
    /// The product of the dimensions that are not pooled.
    planes: usize,
}

/// One pooled dimension.
struct Sliding {
    kernel: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
    ceil: bool,
    /// Whether padding counts in a mean.
    count_padding: bool,
}

impl Sliding {
    /// The windows over `size` elements.
    ///
    /// # Errors
    /// RuntimeError for numbers that make no sense.
    fn axis(&self, name: &str, size: usize) -> Result<Axis> {
        let Sliding { kernel, stride, padding, dilation, .. } = *self;
        ensure!(stride > 0, Runtime, "{name}: stride should not be zero");
        ensure!(kernel > 0, Runtime, "{name}: kernel size should be greater than zero, but got {kernel}");
        ensure!(dilation > 0, Runtime, "{name}: dilation should be greater than zero, but got {dilation}");
        let extent = (kernel - 1).checked_mul(dilation).and_then(|n| n.checked_add(1));
        let padded = padding.checked_mul(2).and_then(|n| n.checked_add(size));
        let (Some(extent), Some(padded)) = (extent, padded) else {
            bail!(Runtime, "{name}: kernel size {kernel}, dilation {dilation} or padding {padding} is too large");
        };
        ensure!(
            padding <= extent / 2,
            Runtime,
            "{name}: pad should be at most half of effective kernel size, but got pad={padding}, kernel_size={kernel} and \
             dilation={dilation}"
        );
        let Some(slack) = padded.checked_sub(extent) else {
            // Rounding up may still leave one window.
            let short = extent - padded;
            let one = self.ceil && short < stride && size > 0;
            ensure!(
                one,
                Runtime,
                "{name}: input size {size} with padding {padding} is too small for a window of {extent}: Output size is too \
                 small"
            );
            return self.bins(name, size, 1);
        };
        let mut count = slack / stride + 1;
        if self.ceil && !slack.is_multiple_of(stride) && count.saturating_mul(stride) < size + padding {
            count += 1;
        }
        self.bins(name, size, count)
    }

    fn bins(&self, name: &str, size: usize, count: usize) -> Result<Axis> {
        let Sliding { kernel, stride, padding, dilation, .. } = *self;
        let mut bins = list(count)?;
        for i in 0..count {
            let begin = i * stride;
            // The window's first elements that lie before the input are left out.
            let skipped = padding.saturating_sub(begin).div_ceil(dilation);
            let start = begin + skipped * dilation - padding;
            let inside = size.saturating_sub(start).div_ceil(dilation);
            let inside = inside.min(kernel.saturating_sub(skipped));
            ensure!(inside > 0, Runtime, "{name}: the window of output {i} lies in the padding alone");
            let extent = if self.count_padding { kernel.min(size + 2 * padding - begin) } else { inside };
            bins.push(Bin { start, count: inside, extent });
        }
        Ok(Axis::new(size, bins, dilation))
    }
}

/// The axis of a dimension that is not pooled.
fn single() -> Axis {
    Axis::new(1, vec![Bin { start: 0, count: 1, extent: 1 }], 1)
}

/// The windows that divide `size` elements among `count` outputs.
fn evenly(size: usize, count: usize) -> Result<Axis> {
    let bin = |i: usize| {
        // In 128 bits, because the product of two sizes may be beyond 64.
        let (i, n, m) = (i as u128, size as u128, count as u128);
        let (start, end) = ((i * n / m) as usize, ((i + 1) * n).div_ceil(m) as usize);
        Bin { start, count: end - start, extent: end - start }
    };
    let mut bins = list(count)?;
    bins.extend((0..count).map(bin));
    Ok(Axis::new(size, bins, 1))
}

/// Which of PyTorch's families an operation belongs to: the words in its name, and how empty inputs are refused.
#[derive(Clone, Copy)]
struct Family {
    names: [&'static str; 3],
    nodes: [&'static str; 3],
    adjoints: [&'static str; 3],
}

macro_rules! family {
    ($name:ident, $op:literal, $node:literal) => {
        const $name: Family = Family {
            names: [concat!($op, "1d"), concat!($op, "2d"), concat!($op, "3d")],
            nodes: [concat!($node, "1DBackward0"), concat!($node, "2DBackward0"), concat!($node, "3DBackward0")],
            adjoints: [
                concat!($node, "1DBackwardBackward0"),
                concat!($node, "2DBackwardBackward0"),
                concat!($node, "3DBackwardBackward0"),
            ],
        };
    };
}
family!(AVG, "avg_pool", "AvgPool");
family!(ADAPTIVE_AVG, "adaptive_avg_pool", "AdaptiveAvgPool");
family!(ADAPTIVE_MAX, "adaptive_max_pool", "AdaptiveMaxPool");
const MAX: Family = Family {
    names: ["max_pool1d", "max_pool2d", "max_pool3d"],
    nodes: ["MaxPool1DWithIndicesBackward0", "MaxPool2DWithIndicesBackward0", "MaxPool3DWithIndicesBackward0"],
    adjoints: [
        "MaxPool1DWithIndicesBackwardBackward0",
        "MaxPool2DWithIndicesBackwardBackward0",
        "MaxPool3DWithIndicesBackwardBackward0",
    ],
};

impl Pool {
    /// The pooling of the last `N` dimensions of `shape` whose axes `axis` makes of their numbers and sizes.
    ///
    /// # Errors
    /// RuntimeError for another number of dimensions, and where one that must not be empty is: those from the channels on,
    /// those after the first, or the pooled ones.
    fn new<const N: usize>(
        name: &str,
        shape: &[usize],
        full: Full,
        axis: impl Fn(usize, usize) -> Result<Axis>,
    ) -> Result<Arc<Pool>> {
        let rank = shape.len();
        let from = match full {
            Full::FromChannels => rank.saturating_sub(N + 1),
            Full::AfterFirst => 1,
            Full::Pooled => rank.saturating_sub(N),
        };
        let fits = (rank == N + 1 || rank == N + 2) && !shape[from..].contains(&0);
        ensure!(
            fits,
            Runtime,
            "{name}: Expected {}D or {}D (batch mode) tensor with optional 0 dim batch size for input, but got: {shape:?}",
            N + 1,
            N + 2
        );
        let mut axes = [single(), single(), single()];
        let mut outer = Dims::from_slice(shape);
        for i in 0..N {
            let d = rank - N + i;
            axes[3 - N + i] = axis(i, shape[d])?;
            outer[d] = axes[3 - N + i].outputs();
        }
        bytes_of(&outer, DType::F64)?;
        let planes = shape[..rank - N].iter().product();
        Ok(Arc::new(Pool { windows: Windows::new(axes)?, inner: Dims::from_slice(shape), outer, planes }))
    }
}

/// Which dimensions must not be empty.
enum Full {
    FromChannels,
    AfterFirst,
    Pooled,
}

// The largest element of every window
impl Tensor {
    /// The largest element of every window; of equal ones the first, NaN above all. Input of any dtype but bool. ∂ = g at
    /// the places of the largest
    ///
    /// ```
    /// # use synapgrad::{Tensor, ops::pool::MaxPoolOptions};
    /// let x = Tensor::from([[1f32, 5.0, 2.0, 0.0]]);
    /// let (y, indices) = x.max_pool_with_indices([2], MaxPoolOptions { stride: Some([1]), ..Default::default() })?;
    /// assert_eq!(y.to_vec::<f32>()?, [5.0, 5.0, 2.0]);
    /// assert_eq!(indices.to_vec::<i64>()?, [1, 1, 2]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// RuntimeError for another number of dimensions, and for windows that don't fit; NotImplementedError for bool.
    pub fn max_pool<const N: usize>(&self, kernel_size: [usize; N], options: MaxPoolOptions<N>) -> Result<Tensor> {
        Ok(self.largest(MAX, N, self.max_windows(kernel_size, options)?, false)?.0)
    }

    /// [`Tensor::max_pool`], and of each largest element its position in the pooled dimensions, flattened.
    pub fn max_pool_with_indices<const N: usize>(
        &self,
        kernel_size: [usize; N],
        options: MaxPoolOptions<N>,
    ) -> Result<(Tensor, Tensor)> {
        let (value, indices) = self.largest(MAX, N, self.max_windows(kernel_size, options)?, true)?;
        Ok((value, indices.unwrap_or_else(|| unreachable!("they were asked for"))))
    }

    fn max_windows<const N: usize>(&self, kernel_size: [usize; N], options: MaxPoolOptions<N>) -> Result<Arc<Pool>> {
        let name = MAX.names[N - 1];
        ensure!(self.dtype() != DType::Bool, NotImplemented, "{name}: not implemented for 'Bool'");
        Pool::new::<N>(name, self.shape(), Full::FromChannels, |i, size| {
            let sliding = Sliding {
                kernel: kernel_size[i],
                stride: options.stride.map_or(kernel_size[i], |stride| stride[i]),
                padding: options.padding[i],
                dilation: options.dilation[i],
                ceil: options.ceil_mode,
                count_padding: false,
            };
            sliding.axis(name, size)
        })
    }

    /// The largest elements of the windows that divide the last dimensions evenly; a size of `None` is the input's. ∂ = g at
    /// the places of the largest
    ///
    /// # Errors
    /// RuntimeError for another number of dimensions, NotImplementedError for a dtype that is no float.
    pub fn adaptive_max_pool<const N: usize>(&self, output_size: [Option<usize>; N]) -> Result<Tensor> {
        let pool = self.adaptive_windows(ADAPTIVE_MAX.names[N - 1], output_size, Full::AfterFirst)?;
        Ok(self.largest(ADAPTIVE_MAX, N, pool, false)?.0)
    }

    /// [`Tensor::adaptive_max_pool`], and of each largest element its position in the pooled dimensions, flattened.
    pub fn adaptive_max_pool_with_indices<const N: usize>(
        &self,
        output_size: [Option<usize>; N],
    ) -> Result<(Tensor, Tensor)> {
        let pool = self.adaptive_windows(ADAPTIVE_MAX.names[N - 1], output_size, Full::AfterFirst)?;
        let (value, indices) = self.largest(ADAPTIVE_MAX, N, pool, true)?;
        Ok((value, indices.unwrap_or_else(|| unreachable!("they were asked for"))))
    }

    fn adaptive_windows<const N: usize>(
        &self,
        name: &str,
        output_size: [Option<usize>; N],
        full: Full,
    ) -> Result<Arc<Pool>> {
        let dtype = self.dtype();
        ensure!(dtype.is_float(), NotImplemented, "{name}: not implemented for '{}'", dtype.title());
        Pool::new::<N>(name, self.shape(), full, |i, size| {
            let count = output_size[i].unwrap_or(size);
            evenly(size, count)
        })
    }

    fn largest(&self, family: Family, n: usize, pool: Arc<Pool>, indices: bool) -> Result<(Tensor, Option<Tensor>)> {
        let (dtype, computed) = (self.dtype(), self.dtype().compute().dtype());
        let mut data = room(&pool.outer, computed)?;
        let keep = indices || tracking(&[self]);
        let mut winners = match keep {
            true => Some(room(&pool.outer, pool.windows.winner())?),
            false => None,
        };
        let from = self.detach().to_dtype(computed)?;
        from.with_memory(|x| pool::max(computed, &pool.windows, x, &mut data, winners.as_mut(), pool.planes))?;
        let value = Tensor::from_buffer(data, Layout::dense(&pool.outer), computed).to_dtype(dtype)?;
        let Some(winners) = winners else { return Ok((value, None)) };
        let positions = match indices {
            true => {
                let mut positions = room(&pool.outer, DType::I64)?;
                pool::max_indices(&pool.windows, &winners, &mut positions, pool.planes);
                Some(Tensor::from_buffer(positions, Layout::dense(&pool.outer), DType::I64))
            }
            false => None,
        };
        let winners = Tensor::from_buffer(winners, Layout::dense(&pool.outer), pool.windows.winner());
        let adjoint = family.adjoints[n - 1];
        let value = record(family.nodes[n - 1], &[self], value, &[(&winners).into()], move |cx| {
            let [winners] = cx.saved()?;
            grads![cx; cx.g.to_dtype(dtype)?.to_winners(adjoint, &pool, &winners)?]
        });
        Ok((value, positions))
    }

    /// Zeros of the input's shape, to which the elements are added at the places of the winners.
    fn to_winners(&self, name: &'static str, pool: &Arc<Pool>, winners: &Tensor) -> Result<Tensor> {
        let (dtype, pool) = (self.dtype(), pool.clone());
        let mut data = room(&pool.inner, dtype)?;
        self.with_memory(|g| {
            pool::max_place(dtype, &pool.windows, &winners.storage().read(), g, &mut data, pool.planes)
        })?;
        let value = Tensor::from_buffer(data, Layout::dense(&pool.inner), dtype);
        Ok(record(name, &[self], value, &[winners.into()], move |cx| {
            let [winners] = cx.saved()?;
            grads![cx; cx.g.to_dtype(dtype)?.of_winners(name, &pool, &winners)?]
        }))
    }

    /// The elements at the places of the winners: the adjoint of [`Tensor::to_winners`].
    fn of_winners(&self, name: &'static str, pool: &Arc<Pool>, winners: &Tensor) -> Result<Tensor> {
        let (dtype, pool) = (self.dtype(), pool.clone());
        let mut data = room(&pool.outer, dtype)?;
        self.with_memory(|x| {
            pool::max_pick(dtype, &pool.windows, &winners.storage().read(), x, &mut data, pool.planes)
        })?;
        let value = Tensor::from_buffer(data, Layout::dense(&pool.outer), dtype);
        Ok(record(name, &[self], value, &[winners.into()], move |cx| {
            let [winners] = cx.saved()?;
            grads![cx; cx.g.to_dtype(dtype)?.to_winners(name, &pool, &winners)?]
        }))
    }
}

// The mean of every window
impl Tensor {
    /// The mean of every window; of int64, rounded towards zero. ∂ = each g, divided by the number of its window's elements
    /// and added to all of them
    ///
    /// ```
    /// # use synapgrad::{Tensor, ops::pool::AvgPoolOptions};
    /// let x = Tensor::from([[1f32, 5.0, 2.0, 0.0]]);
    /// assert_eq!(x.avg_pool([2], AvgPoolOptions::default())?.to_vec::<f32>()?, [3.0, 1.0]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// RuntimeError for another number of dimensions (IndexError below three where two are pooled), for windows that don't
    /// fit, and for a divisor of 0; NotImplementedError for integers but int64.
    pub fn avg_pool<const N: usize>(&self, kernel_size: [usize; N], options: AvgPoolOptions<N>) -> Result<Tensor> {
        let (name, dtype) = (AVG.names[N - 1], self.dtype());
        ensure!(
            dtype.is_float() || dtype == DType::I64,
            NotImplemented,
            "{name}: not implemented for '{}'",
            dtype.title()
        );
        if N == 2 {
            self.dim(name, -3)?;
        }
        ensure!(options.divisor_override != Some(0), Runtime, "{name}: divisor must be not zero");
        let pool = Pool::new::<N>(name, self.shape(), Full::FromChannels, |i, size| {
            let sliding = Sliding {
                kernel: kernel_size[i],
                stride: options.stride.map_or(kernel_size[i], |stride| stride[i]),
                padding: options.padding[i],
                dilation: 1,
                ceil: options.ceil_mode,
                count_padding: options.count_include_pad,
            };
            sliding.axis(name, size)
        })?;
        self.means(AVG, N, pool, options.divisor_override)
    }

    /// The means of the windows that divide the last dimensions evenly; a size of `None` is the input's. ∂ = each g, divided
    /// by the number of its window's elements and added to all of them
    ///
    /// # Errors
    /// RuntimeError for another number of dimensions, NotImplementedError for a dtype that is no float.
    pub fn adaptive_avg_pool<const N: usize>(&self, output_size: [Option<usize>; N]) -> Result<Tensor> {
        let pool = self.adaptive_windows(ADAPTIVE_AVG.names[N - 1], output_size, Full::Pooled)?;
        if output_size.iter().all(|&size| size == Some(1)) {
            let dims: Vec<isize> = (1..=N as isize).map(|d| -d).collect();
            return self.mean_dims(&dims, true, None);
        }
        self.means(ADAPTIVE_AVG, N, pool, None)
    }

    fn means(&self, family: Family, n: usize, pool: Arc<Pool>, divisor: Option<i64>) -> Result<Tensor> {
        let dtype = self.dtype();
        let mut data = room(&pool.outer, dtype)?;
        self.with_memory(|x| pool::mean(dtype, &pool.windows, divisor, x, &mut data, pool.planes))?;
        let value = Tensor::from_buffer(data, Layout::dense(&pool.outer), dtype);
        Ok(record(
            family.nodes[n - 1],
            &[self],
            value,
            &[],
            move |cx| grads![cx; cx.g.to_dtype(dtype)?.spread(family, n, pool.clone(), divisor)?],
        ))
    }

    /// The adjoint of [`Tensor::means`].
    fn spread(&self, family: Family, n: usize, pool: Arc<Pool>, divisor: Option<i64>) -> Result<Tensor> {
        let dtype = self.dtype();
        let mut data = room(&pool.inner, dtype)?;
        self.with_memory(|g| pool::mean_spread(dtype, &pool.windows, divisor, g, &mut data, pool.planes))?;
        let value = Tensor::from_buffer(data, Layout::dense(&pool.inner), dtype);
        Ok(record(
            family.adjoints[n - 1],
            &[self],
            value,
            &[],
            move |cx| grads![cx; cx.g.to_dtype(dtype)?.means(family, n, pool.clone(), divisor)?],
        ))
    }

    /// (Σ xᵖ)^(1/p) over every window, without padding; where the sum is negative, minus the power of its absolute value. With
    /// p = ∞ the largest element. A composition of [`Tensor::avg_pool`] and powers, as its gradient is.
    ///
    /// # Errors
    /// As [`Tensor::avg_pool`]; ValueError for p = 0.
    pub fn lp_pool<const N: usize>(
        &self,
        norm_type: impl Into<crate::Scalar>,
        kernel_size: [usize; N],
        stride: Option<[usize; N]>,
        ceil_mode: bool,
    ) -> Result<Tensor> {
        let p = norm_type.into();
        let name = ["lp_pool1d", "lp_pool2d", "lp_pool3d"][N - 1];
        ensure!(p.to_f64() != 0.0, Value, "{name}: norm_type must be a non-zero value, but got 0");
        if p.to_f64() == f64::INFINITY {
            return self.max_pool(kernel_size, MaxPoolOptions { stride, ceil_mode, ..Default::default() });
        }
        if N == 2 {
            self.dim(name, -3)?;
        }
        let mean = self.pow(p)?.avg_pool(kernel_size, AvgPoolOptions { stride, ceil_mode, ..Default::default() })?;
        let count: f64 = kernel_size.iter().map(|&k| k as f64).product();
        mean.sign()?.mul(&mean.abs()?.relu()?)?.mul(count)?.pow(1.0 / p.to_f64())
    }
}

// The way back from the largest elements
impl Tensor {
    /// Zeros with the elements of this tensor at the places that `indices`, as of [`Tensor::max_pool_with_indices`], name.
    /// The size is that of the smallest input whose pooling gives this one's, or `output_size`. ∂ = g at these places
    ///
    /// ```
    /// # use synapgrad::{Tensor, ops::pool::MaxPoolOptions};
    /// let x = Tensor::from([[1f32, 5.0, 2.0, 0.0]]);
    /// let (y, indices) = x.max_pool_with_indices([2], MaxPoolOptions::default())?;
    /// assert_eq!(y.max_unpool(&indices, [2], None, [0], None)?.to_vec::<f32>()?, [0.0, 5.0, 2.0, 0.0]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// RuntimeError for another number of dimensions, where the shapes of input and indices differ, and for an index out of
    /// range; ValueError for an `output_size` that no such input has; NotImplementedError for a dtype that is no float.
    pub fn max_unpool<const N: usize>(
        &self,
        indices: &Tensor,
        kernel_size: [usize; N],
        stride: Option<[usize; N]>,
        padding: [usize; N],
        output_size: Option<&[usize]>,
    ) -> Result<Tensor> {
        let name = ["max_unpool1d", "max_unpool2d", "max_unpool3d"][N - 1];
        let nodes = ["MaxUnpool1DBackward0", "MaxUnpool2DBackward0", "MaxUnpool3DBackward0"];
        let (rank, dtype) = (self.rank(), self.dtype());
        ensure!(
            rank == N + 1 || rank == N + 2,
            Runtime,
            "{name}: Input to {name} should be a {}D or {}D Tensor, but got shape {:?}",
            N + 1,
            N + 2,
            self.shape()
        );
        ensure!(
            indices.dtype() == DType::I64,
            Runtime,
            "{name}: elements in indices should be type int64 but got: {}",
            indices.dtype().name()
        );
        ensure!(
            self.shape() == indices.shape(),
            Runtime,
            "{name}: Expected shape of indices to be same as that of the input tensor ({:?}) but got indices tensor with \
             shape: {:?}",
            self.shape(),
            indices.shape()
        );
        let stride = stride.unwrap_or(kernel_size);
        ensure!(
            stride.iter().all(|&s| s > 0),
            Runtime,
            "{name}: strides should be greater than zero, but got stride: {stride:?}"
        );
        let pooled = &self.shape()[rank - N..];
        let sizes = unpooled(name, pooled, kernel_size, stride, padding, output_size)?;
        ensure!(dtype.is_float(), NotImplemented, "{name}: not implemented for '{}'", dtype.title());
        ensure!(
            !self.shape()[1..].contains(&0),
            Runtime,
            "{name}: Expected input to have non-zero size for non-batch dimensions, but got shape {:?}",
            self.shape()
        );
        let mut shape = Dims::from_slice(self.shape());
        shape[rank - N..].copy_from_slice(&sizes);
        bytes_of(&shape, DType::F64)?;
        // The pooled dimensions, flattened.
        let flat = |last: usize| Dims::from_slice(&[&shape[..rank - N], &[last]].concat());
        let plane = sizes.iter().product();
        let (whole, each) = (flat(plane), flat(pooled.iter().product()));
        let at = indices.detach().reshape(&each)?;
        let wrong = at.with_memory(|(data, start)| {
            let all = &data.as_slice::<i64>()[start..][..at.numel()];
            all.iter().find(|&&i| i < 0 || i as usize >= plane).copied()
        })?;
        if let Some(index) = wrong {
            bail!(Runtime, "{name}: Found an invalid max index: {index} (output volumes are of size {sizes:?})");
        }
        let value = Tensor::zeros(&whole, dtype)?.scatter(-1, &at, &self.detach().reshape(&each)?)?.view(&shape)?;
        Ok(record(nodes[N - 1], &[self], value, &[(&at).into()], move |cx| {
            let [at] = cx.saved()?;
            grads![cx; cx.g.reshape(&whole)?.gather(-1, &at)?.reshape(cx.shape(0))?]
        }))
    }
}

/// The sizes of what was pooled: `wanted`, or those that a pooling with whole windows has.
///
/// # Errors
/// ValueError where they differ by a whole step of the window.
fn unpooled<const N: usize>(
    name: &str,
    pooled: &[usize],
    kernel: [usize; N],
    stride: [usize; N],
    padding: [usize; N],
    wanted: Option<&[usize]>,
) -> Result<[usize; N]> {
    let mut sizes = [0; N];
    for d in 0..N {
        let least = (pooled[d] as i128 - 1) * stride[d] as i128 + kernel[d] as i128 - 2 * padding[d] as i128;
        let size = wanted.and_then(|wanted| wanted.get(wanted.len().wrapping_sub(N) + d)).map_or(least, |&n| n as i128);
        let Some(wanted) = wanted else {
            ensure!(
                size >= 0 && size <= isize::MAX as i128,
                Runtime,
                "{name}: a pooling of sizes {pooled:?} with kernel {kernel:?}, stride {stride:?} and padding {padding:?} has no \
                 input"
            );
            sizes[d] = size as usize;
            continue;
        };
        ensure!(
            wanted.len() == N || wanted.len() == N + 2,
            Value,
            "{name}: output_size should be a sequence containing {N} or {} elements, but it has a length of '{}'",
            N + 2,
            wanted.len()
        );
        let (low, high) = (least - stride[d] as i128, least + stride[d] as i128);
        ensure!(
            low < size && size < high,
            Value,
            "{name}: invalid output_size \"{wanted:?}\" (dim {d} must be between {low} and {high})"
        );
        sizes[d] = size as usize;
    }
    Ok(sizes)
}

/// The operations of this family.
pub const NAMES: &[&str] = &[
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
];
