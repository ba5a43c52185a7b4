//! Resampling: other sizes for the dimensions behind the channels, and channels as pixels.
//!
//! Interpolation is linear and works on one dimension after the other: each output is a weighted sum of a few inputs. A
//! table of these weights per dimension is all that the modes differ in, and the gradient is the transposed table.

use std::str::FromStr;
use std::sync::Arc;

use synapgrad_kernels::along::Block;
use synapgrad_kernels::buffer::list;
use synapgrad_kernels::resample::{self, Taps};
use synapgrad_kernels::{DType, Dims, Layout};

use super::create::{bytes_of, room};
use crate::autograd::{grads, record};
use crate::error::{bail, ensure};
use crate::{Error, Result, Tensor};

/// How [`Tensor::interpolate`] computes the elements between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Interpolation {
    /// The element at ⌊i·scale⌋. Two dimensions that keep or double their size do so exactly, whatever the factor was.
    #[default]
    Nearest,
    /// The element whose middle is nearest: ⌊(i + ½)·scale⌋.
    NearestExact,
    /// Straight lines, over one, two or three dimensions.
    Linear,
    Bilinear,
    Trilinear,
    /// Cubic polynomials, over two dimensions (Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981).
    Bicubic,
    /// The mean of the elements that an output covers: [`Tensor::adaptive_avg_pool`].
    Area,
}

impl FromStr for Interpolation {
    type Err = Error;

    /// # Errors
    /// NotImplementedError for texts that are no mode.
    fn from_str(text: &str) -> Result<Interpolation> {
        Ok(match text {
            "nearest" => Interpolation::Nearest,
            "nearest-exact" => Interpolation::NearestExact,
            "linear" => Interpolation::Linear,
            "bilinear" => Interpolation::Bilinear,
            "trilinear" => Interpolation::Trilinear,
            "bicubic" => Interpolation::Bicubic,
            "area" => Interpolation::Area,
            _ => bail!(
                NotImplemented,
                "interpolate: got mode {text:?}, wanted 'nearest', 'nearest-exact', 'linear', 'bilinear', 'trilinear', \
                 'bicubic' or 'area'"
            ),
        })
    }
}

impl Interpolation {
    /// The number of dimensions that the mode is for.
    fn dims(self) -> Option<usize> {
        match self {
            Interpolation::Linear => Some(1),
            Interpolation::Bilinear | Interpolation::Bicubic => Some(2),
            Interpolation::Trilinear => Some(3),
            _ => None,
        }
    }

    /// The names of the operation over `n` dimensions and of its gradient in the graph.
    fn nodes(self, n: usize, antialias: bool) -> [&'static str; 2] {
        match (self, n) {
            (Interpolation::Nearest, 1) => ["UpsampleNearest1DBackward0", "UpsampleNearest1DBackwardBackward0"],
            (Interpolation::Nearest, 2) => ["UpsampleNearest2DBackward0", "UpsampleNearest2DBackwardBackward0"],
            (Interpolation::Nearest, _) => ["UpsampleNearest3DBackward0", "UpsampleNearest3DBackwardBackward0"],
            (Interpolation::NearestExact, 1) => {
                ["UpsampleNearestExact1DBackward0", "UpsampleNearestExact1DBackwardBackward0"]
            }
            (Interpolation::NearestExact, 2) => {
                ["UpsampleNearestExact2DBackward0", "UpsampleNearestExact2DBackwardBackward0"]
            }
            (Interpolation::NearestExact, _) => {
                ["UpsampleNearestExact3DBackward0", "UpsampleNearestExact3DBackwardBackward0"]
            }
            (Interpolation::Linear, _) => ["UpsampleLinear1DBackward0", "UpsampleLinear1DBackwardBackward0"],
            (Interpolation::Trilinear, _) => ["UpsampleTrilinear3DBackward0", "UpsampleTrilinear3DBackwardBackward0"],
            (Interpolation::Bicubic, _) if antialias => {
                ["UpsampleBicubic2DAaBackward0", "UpsampleBicubic2DAaBackwardBackward0"]
            }
            (Interpolation::Bicubic, _) => ["UpsampleBicubic2DBackward0", "UpsampleBicubic2DBackwardBackward0"],
            _ if antialias => ["UpsampleBilinear2DAaBackward0", "UpsampleBilinear2DAaBackwardBackward0"],
            _ => ["UpsampleBilinear2DBackward0", "UpsampleBilinear2DBackwardBackward0"],
        }
    }

    /// The weights for `count` outputs of `size` inputs. `factor` is the number that the size was multiplied by, where it
    /// was given; `single` says that positions are computed in single precision, as they are for float32.
    fn taps(self, size: usize, count: usize, factor: Option<f64>, how: How) -> Taps {
        let round = |x: f64| if how.single { x as f32 as f64 } else { x };
        let nearest = matches!(self, Interpolation::Nearest | Interpolation::NearestExact);
        let scale = match factor {
            _ if how.align_corners && !nearest => {
                if count > 1 {
                    (size - 1) as f64 / (count - 1) as f64
                } else {
                    0.0
                }
            }
            Some(factor) if factor > 0.0 => 1.0 / factor,
            _ => size as f64 / count as f64,
        };
        // PyTorch's nearest neighbours are found in single precision whatever the dtype.
        let scale = if nearest { scale as f32 as f64 } else { round(scale) };
        let last = size as isize - 1;
        let mut taps = Taps::default();
        // What keeps its size is copied, whatever the factor. Cubic polynomials are those of shifted places even then.
        if size == count && !nearest && (how.antialias || self != Interpolation::Bicubic) {
            (0..size).for_each(|i| taps.push([(i, 1.0)]));
            return taps;
        }
        for i in 0..count {
            let middle = if how.align_corners { scale * i as f64 } else { round(scale * (i as f64 + 0.5)) - 0.5 };
            let middle = round(middle);
            match self {
                Interpolation::Nearest | Interpolation::NearestExact => {
                    let shift = if self == Interpolation::Nearest { 0.0 } else { 0.5 };
                    let at = ((i as f64 + shift) * scale) as f32 as usize;
                    // Images that keep their size or double it do so whatever the factor.
                    let even = self == Interpolation::Nearest && how.image && (count == size || count == 2 * size);
                    taps.push([(if even { i / (count / size) } else { at.min(size - 1) }, 1.0)]);
                }
                _ if how.antialias => taps.push(smooth(self == Interpolation::Bicubic, size, scale, i)),
                Interpolation::Bicubic => {
                    let from = middle.floor();
                    let (t, from) = (middle - from, from as isize);
                    let weights = [t + 1.0, t, 1.0 - t, 2.0 - t].map(|distance| keys(distance, -0.75));
                    taps.push((-1..).zip(weights).map(|(k, w)| ((from + k).clamp(0, last) as usize, w)));
                }
                _ => {
                    let middle = middle.max(0.0);
                    let from = (middle as usize).min(size - 1);
                    let weight = middle - from as f64;
                    taps.push([(from, 1.0 - weight), ((from + 1).min(size - 1), weight)]);
                }
            }
        }
        taps
    }
}

/// What [`Interpolation::taps`] depends on besides the sizes.
#[derive(Clone, Copy)]
struct How {
    align_corners: bool,
    antialias: bool,
    single: bool,
    /// Whether two dimensions are resampled.
    image: bool,
}

/// Keys' cubic at a distance from the middle.
fn keys(distance: f64, a: f64) -> f64 {
    let x = distance.abs();
    match x {
        x if x <= 1.0 => ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0,
        x if x < 2.0 => ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a,
        _ => 0.0,
    }
}

/// The weights of output `i` where the filter is as wide as the output's elements are in the input.
fn smooth(cubic: bool, size: usize, scale: f64, i: usize) -> Vec<(usize, f64)> {
    let wide = scale.max(1.0);
    let support = if cubic { 2.0 } else { 1.0 } * wide;
    let center = scale * (i as f64 + 0.5);
    let from = (center - support + 0.5).max(0.0) as usize;
    let end = ((center + support + 0.5) as usize).min(size);
    let weight = |j: usize| {
        let distance = (j as f64 - center + 0.5) / wide;
        if cubic { keys(distance, -0.5) } else { (1.0 - distance.abs()).max(0.0) }
    };
    let total: f64 = (from..end).map(weight).sum();
    (from..end).map(|j| (j, if total == 0.0 { 0.0 } else { weight(j) / total })).collect()
}

/// Options of [`Tensor::interpolate`]: one of `size` and `scale_factor`.
#[derive(Clone, Debug, Default)]
pub struct InterpolateOptions {
    /// The new sizes: one for all dimensions, or one for each.
    pub size: Option<Vec<usize>>,
    /// What the sizes are multiplied by: one number for all dimensions, or one for each. A dimension whose size stays the
    /// same is copied in the linear modes and with `antialias`.
    pub scale_factor: Option<Vec<f64>>,
    pub mode: Interpolation,
    /// Whether the corners' elements keep their values, rather than the outer edges their places.
    pub align_corners: Option<bool>,
    /// Whether positions follow from the rounded new sizes rather than from `scale_factor`.
    pub recompute_scale_factor: Option<bool>,
    /// Smooth what is made smaller; modes bilinear and bicubic.
    pub antialias: bool,
}

/// A resampling as its kernels need it.
struct Resampling {
    nodes: [&'static str; 2],
    /// For each resampled dimension its number and its table.
    forward: Vec<(usize, Taps)>,
    backward: Vec<(usize, Taps)>,
}

impl Tensor {
    /// Other sizes for the dimensions behind batch and channels. ∂ = g through the transposed weights
    ///
    /// ```
    /// # use synapgrad::{Tensor, ops::resample::{InterpolateOptions, Interpolation}};
    /// let x = Tensor::from([[1f32, 2.0]]).unsqueeze(0)?;
    /// let options = InterpolateOptions { size: Some(vec![4]), mode: Interpolation::Linear, ..Default::default() };
    /// assert_eq!(x.interpolate(&options)?.to_vec::<f32>()?, [1.0, 1.25, 1.75, 2.0]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// ValueError for options that exclude each other or don't fit the input; RuntimeError for empty sizes;
    /// NotImplementedError for a number of dimensions that the mode is not for, and for integers (nearest takes uint8).
    pub fn interpolate(&self, options: &InterpolateOptions) -> Result<Tensor> {
        let (rank, mode) = (self.rank(), options.mode);
        let n = rank.saturating_sub(2);
        ensure!(
            (1..=3).contains(&n) && mode.dims().is_none_or(|dims| dims == n),
            NotImplemented,
            "interpolate: mode {mode:?} is not for inputs with {rank} dimensions"
        );
        let straight = mode.dims().is_some();
        ensure!(
            straight || options.align_corners.is_none(),
            Value,
            "interpolate: align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | \
             trilinear"
        );
        ensure!(
            !options.antialias || matches!(mode, Interpolation::Bilinear | Interpolation::Bicubic),
            Value,
            "interpolate: Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D tensor as input"
        );
        let recompute = options.recompute_scale_factor == Some(true);
        let (sizes, factors) = match (&options.size, &options.scale_factor) {
            (None, None) => bail!(Value, "interpolate: either size or scale_factor should be defined"),
            (Some(_), Some(_)) => bail!(Value, "interpolate: only one of size or scale_factor should be defined"),
            (Some(sizes), None) => {
                ensure!(
                    !recompute,
                    Value,
                    "interpolate: recompute_scale_factor is not meaningful with an explicit size."
                );
                (spread("size", sizes, n)?, vec![None; n])
            }
            (None, Some(factors)) => {
                let factors = spread("scale_factor", factors, n)?;
                let sizes = factors.iter().zip(&self.shape()[2..]).map(|(f, &n)| (n as f64 * f) as usize).collect();
                (sizes, factors.into_iter().map(|f| if recompute { None } else { Some(f) }).collect())
            }
        };
        ensure!(
            !sizes.contains(&0) && !self.shape()[2..].contains(&0),
            Runtime,
            "interpolate: Input and output sizes should be greater than 0, but got input {:?} output {sizes:?}",
            &self.shape()[2..]
        );
        ensure!(
            self.shape()[1] > 0,
            Runtime,
            "interpolate: Non-empty {rank}D data tensor expected but got a tensor with sizes {:?}",
            self.shape()
        );
        let dtype = self.dtype();
        ensure!(
            dtype.is_float() || (dtype == DType::U8 && !straight && mode != Interpolation::Area),
            NotImplemented,
            "interpolate: mode {mode:?} is not implemented for '{}'",
            dtype.title()
        );
        let mut shape = Dims::from_slice(&self.shape()[..2]);
        shape.extend(sizes.iter().copied());
        bytes_of(&shape, DType::F64)?;
        if mode == Interpolation::Area {
            return match sizes[..] {
                [a] => self.adaptive_avg_pool([Some(a)]),
                [a, b] => self.adaptive_avg_pool([Some(a), Some(b)]),
                _ => self.adaptive_avg_pool([Some(sizes[0]), Some(sizes[1]), Some(sizes[2])]),
            };
        }
        let how = How {
            align_corners: options.align_corners.unwrap_or(false),
            antialias: options.antialias,
            single: dtype != DType::F64,
            image: n == 2,
        };
        let (mut forward, mut backward) = (Vec::new(), Vec::new());
        // From the last dimension on, as rows are then short where the sum over them is long.
        for i in (0..n).rev() {
            // The taps are a few numbers for each element on both sides: whether there is room is asked before they are made.
            list::<[f64; 16]>(sizes[i].saturating_add(self.shape()[2 + i]))?;
            let taps = mode.taps(self.shape()[2 + i], sizes[i], factors[i], how);
            backward.push((2 + i, taps.transposed(self.shape()[2 + i])));
            forward.push((2 + i, taps));
        }
        backward.reverse();
        self.resampled(Arc::new(Resampling { nodes: mode.nodes(n, options.antialias), forward, backward }), true)
    }

    /// The resampling, or its adjoint; each is the other's gradient.
    fn resampled(&self, how: Arc<Resampling>, forward: bool) -> Result<Tensor> {
        let dtype = self.dtype();
        // Between the dimensions nothing is rounded to 16 bits.
        let compute = if dtype == DType::F64 { DType::F64 } else { DType::F32 };
        let mut value = self.detach().to_dtype(compute)?;
        for (dim, taps) in if forward { &how.forward } else { &how.backward } {
            let block = Block::new(value.shape(), *dim);
            let mut shape = Dims::from_slice(value.shape());
            shape[*dim] = taps.rows();
            let mut data = room(&shape, compute)?;
            value.with_memory(|x| resample::weigh(compute, block, taps, x, &mut data))?;
            value = Tensor::from_buffer(data, Layout::dense(&shape), compute);
        }
        let node = how.nodes[usize::from(!forward)];
        Ok(record(
            node,
            &[self],
            value.to_dtype(dtype)?,
            &[],
            move |cx| grads![cx; cx.g.to_dtype(dtype)?.resampled(how.clone(), !forward)?],
        ))
    }

    /// Channels as pixels: (…, C·r², H, W) → (…, C, H·r, W·r); r² channels become a square of r×r pixels. ∂:
    /// [`Tensor::pixel_unshuffle`]
    ///
    /// Paper: Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional
    /// Neural Network" (2016).
    ///
    /// # Errors
    /// RuntimeError for fewer than three dimensions and for channels that r² does not divide.
    pub fn pixel_shuffle(&self, upscale_factor: usize) -> Result<Tensor> {
        let (rank, r) = (self.rank(), upscale_factor);
        ensure!(
            rank >= 3,
            Runtime,
            "pixel_shuffle: expects input to have at least 3 dimensions, but got input with {rank} dimension(s)"
        );
        ensure!(r > 0, Runtime, "pixel_shuffle: expects a positive upscale_factor, but got {r}");
        let (batch, &[c, h, w]) = self.shape().split_at(rank - 3) else { unreachable!("three dimensions are left") };
        let square = r.saturating_mul(r);
        ensure!(
            c.is_multiple_of(square),
            Runtime,
            "pixel_shuffle: expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but \
             input.size(-3)={c} is not divisible by {square}"
        );
        let parts = [batch, &[c / square, r, r, h, w]].concat();
        let whole = [batch, &[c / square, h * r, w * r]].concat();
        let value = self.rearranged(&parts, &[0, 3, 1, 4, 2], &whole)?;
        Ok(record("pixel_shuffle", &[self], value, &[], move |cx| grads![cx; cx.g.pixel_unshuffle(r)?]))
    }

    /// Pixels as channels: (…, C, H·r, W·r) → (…, C·r², H, W), the reverse of [`Tensor::pixel_shuffle`], which is ∂. A tensor
    /// without elements keeps its shape, as in PyTorch.
    ///
    /// # Errors
    /// RuntimeError for fewer than three dimensions and for a height or width that r does not divide.
    pub fn pixel_unshuffle(&self, downscale_factor: usize) -> Result<Tensor> {
        let (rank, r) = (self.rank(), downscale_factor);
        ensure!(
            rank >= 3,
            Runtime,
            "pixel_unshuffle: expects input to have at least 3 dimensions, but got input with {rank} dimension(s)"
        );
        ensure!(r > 0, Runtime, "pixel_unshuffle: expects a positive downscale_factor, but got {r}");
        let (batch, &[c, h, w]) = self.shape().split_at(rank - 3) else { unreachable!("three dimensions are left") };
        ensure!(
            h.is_multiple_of(r) && w.is_multiple_of(r),
            Runtime,
            "pixel_unshuffle: expects height and width to be divisible by downscale_factor, but input.size(-2)={h} or \
             input.size(-1)={w} is not divisible by {r}"
        );
        if self.numel() == 0 {
            let value = self.detach().copy()?;
            return Ok(record("pixel_unshuffle", &[self], value, &[], |cx| grads![cx; cx.g.clone()]));
        }
        let parts = [batch, &[c, h / r, r, w / r, r]].concat();
        let whole = [batch, &[c * r * r, h / r, w / r]].concat();
        let value = self.rearranged(&parts, &[0, 2, 4, 1, 3], &whole)?;
        Ok(record("pixel_unshuffle", &[self], value, &[], move |cx| grads![cx; cx.g.pixel_shuffle(r)?]))
    }

    /// The channels, dimension 1, dealt out: of g groups of k, channel (i, j) becomes (j, i). ∂: back with k groups
    ///
    /// Paper: Zhang et al., "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices" (2018).
    ///
    /// # Errors
    /// RuntimeError for fewer than three dimensions and for channels that `groups` does not divide.
    pub fn channel_shuffle(&self, groups: usize) -> Result<Tensor> {
        let rank = self.rank();
        ensure!(
            rank > 2,
            Runtime,
            "channel_shuffle: expects input with > 2 dims, but got input with sizes {:?}",
            self.shape()
        );
        ensure!(
            groups > 0,
            Runtime,
            "channel_shuffle: Number of groups to divide channels in must be positive. Value of groups:{groups}"
        );
        let channels = self.shape()[1];
        ensure!(
            channels.is_multiple_of(groups),
            Runtime,
            "channel_shuffle: Number of channels must be divisible by groups. Got {channels} channels and {groups} groups."
        );
        let each = channels / groups;
        let inner = self.shape()[2..].iter().product();
        let value = self.rearranged(&[self.shape()[0], groups, each, inner, 1], &[1, 0, 2, 3], self.shape())?;
        Ok(record("channel_shuffle", &[self], value, &[], move |cx| grads![cx; cx.g.channel_shuffle(each.max(1))?]))
    }

    /// The elements as `parts`, whose last dimensions are put in `order` (counted from the first of them), as `whole`.
    fn rearranged(&self, parts: &[usize], order: &[usize], whole: &[usize]) -> Result<Tensor> {
        let first = parts.len() - order.len();
        let order: Vec<usize> = (0..first).chain(order.iter().map(|d| first + d)).collect();
        self.detach().reshape(parts)?.reordered(&order).copy_dense()?.view(whole)
    }

    /// A copy in row-major order.
    fn copy_dense(&self) -> Result<Tensor> {
        let dense = self.contiguous()?;
        if dense.storage().same(self.storage()) { dense.copy() } else { Ok(dense) }
    }
}

/// One value for each of `n` dimensions, from one for all or one for each.
fn spread<T: Copy + std::fmt::Debug>(what: &str, values: &[T], n: usize) -> Result<Vec<T>> {
    match values {
        [one] => Ok(vec![*one; n]),
        _ => {
            ensure!(
                values.len() == n,
                Value,
                "interpolate: Input and {what} must have the same number of spatial dimensions, but got input with {n} of \
                 them and {what} {values:?}"
            );
            Ok(values.to_vec())
        }
    }
}

/// The operations of this family.
pub const NAMES: &[&str] = &["interpolate", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle"];
