//! Layers that make one element of each window of the last one, two or three dimensions, and that change their sizes.

use super::Module;
use crate::ops::pool::{AvgPoolOptions, MaxPoolOptions};
use crate::ops::resample::InterpolateOptions;
use crate::{Result, Scalar, Tensor};

/// The largest element of every window: [`Tensor::max_pool`] over `N` dimensions.
///
/// ```
/// use synapgrad::{Tensor, nn::{MaxPool2d, Module}};
/// # fn main() -> synapgrad::Result<()> {
/// let x = Tensor::from([[1f32, 5.0], [2.0, 0.0]]).unsqueeze(0)?;
/// assert_eq!(MaxPool2d::new([2, 2]).forward(&x)?.to_vec::<f32>()?, [5.0]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool<const N: usize> {
    pub kernel_size: [usize; N],
    pub options: MaxPoolOptions<N>,
}

impl<const N: usize> MaxPool<N> {
    /// Windows of the given size, side by side.
    pub fn new(kernel_size: [usize; N]) -> Self {
        MaxPool { kernel_size, options: MaxPoolOptions::default() }
    }

    /// The values and their positions.
    pub fn forward_with_indices(&self, input: &Tensor) -> Result<(Tensor, Tensor)> {
        input.max_pool_with_indices(self.kernel_size, self.options)
    }
}

impl<const N: usize> Module for MaxPool<N> {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.max_pool(self.kernel_size, self.options)
    }

    fn label(&self) -> String {
        let MaxPoolOptions { stride, padding, dilation, ceil_mode } = self.options;
        format!(
            "MaxPool{N}d(kernel_size={:?}, stride={:?}, padding={padding:?}, dilation={dilation:?}, ceil_mode={ceil_mode})",
            self.kernel_size,
            stride.unwrap_or(self.kernel_size)
        )
    }
}

/// The mean of every window: [`Tensor::avg_pool`] over `N` dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvgPool<const N: usize> {
    pub kernel_size: [usize; N],
    pub options: AvgPoolOptions<N>,
}

impl<const N: usize> AvgPool<N> {
    /// Windows of the given size, side by side.
    pub fn new(kernel_size: [usize; N]) -> Self {
        AvgPool { kernel_size, options: AvgPoolOptions::default() }
    }
}

impl<const N: usize> Module for AvgPool<N> {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.avg_pool(self.kernel_size, self.options)
    }

    fn label(&self) -> String {
        let (stride, padding) = (self.options.stride.unwrap_or(self.kernel_size), self.options.padding);
        format!("AvgPool{N}d(kernel_size={:?}, stride={stride:?}, padding={padding:?})", self.kernel_size)
    }
}

/// The p-norm of every window: [`Tensor::lp_pool`] over `N` dimensions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LPPool<const N: usize> {
    pub norm_type: Scalar,
    pub kernel_size: [usize; N],
    pub stride: Option<[usize; N]>,
    pub ceil_mode: bool,
}

impl<const N: usize> Module for LPPool<N> {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.lp_pool(self.norm_type, self.kernel_size, self.stride, self.ceil_mode)
    }
}

/// The largest elements of windows that divide the input evenly: [`Tensor::adaptive_max_pool`] over `N` dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveMaxPool<const N: usize> {
    pub output_size: [Option<usize>; N],
}

impl<const N: usize> Module for AdaptiveMaxPool<N> {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.adaptive_max_pool(self.output_size)
    }
}

/// The means of windows that divide the input evenly: [`Tensor::adaptive_avg_pool`] over `N` dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveAvgPool<const N: usize> {
    pub output_size: [Option<usize>; N],
}

impl<const N: usize> Module for AdaptiveAvgPool<N> {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.adaptive_avg_pool(self.output_size)
    }
}

/// The way back from [`MaxPool`]: [`Tensor::max_unpool`] over `N` dimensions. Not a [`Module`], as it takes indices, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxUnpool<const N: usize> {
    pub kernel_size: [usize; N],
    pub stride: Option<[usize; N]>,
    pub padding: [usize; N],
}

impl<const N: usize> MaxUnpool<N> {
    pub fn forward(&self, input: &Tensor, indices: &Tensor, output_size: Option<&[usize]>) -> Result<Tensor> {
        input.max_unpool(indices, self.kernel_size, self.stride, self.padding, output_size)
    }
}

/// Other sizes for the dimensions behind the channels: [`Tensor::interpolate`].
#[derive(Clone, Debug, Default)]
pub struct Upsample {
    pub options: InterpolateOptions,
}

impl Module for Upsample {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.interpolate(&self.options)
    }
}

/// Channels as pixels: [`Tensor::pixel_shuffle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelShuffle {
    pub upscale_factor: usize,
}

impl Module for PixelShuffle {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.pixel_shuffle(self.upscale_factor)
    }

    fn label(&self) -> String {
        format!("PixelShuffle(upscale_factor={})", self.upscale_factor)
    }
}

/// Pixels as channels: [`Tensor::pixel_unshuffle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelUnshuffle {
    pub downscale_factor: usize,
}

impl Module for PixelUnshuffle {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.pixel_unshuffle(self.downscale_factor)
    }

    fn label(&self) -> String {
        format!("PixelUnshuffle(downscale_factor={})", self.downscale_factor)
    }
}

/// The channels dealt out among groups: [`Tensor::channel_shuffle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelShuffle {
    pub groups: usize,
}

impl Module for ChannelShuffle {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.channel_shuffle(self.groups)
    }

    fn label(&self) -> String {
        format!("ChannelShuffle(groups={})", self.groups)
    }
}

macro_rules! dims {
    ($($layer:ident: $one:ident $two:ident $three:ident;)*) => {$(
        pub type $one = $layer<1>;
        pub type $two = $layer<2>;
        pub type $three = $layer<3>;
    )*};
}
dims! {
    MaxPool: MaxPool1d MaxPool2d MaxPool3d;
    AvgPool: AvgPool1d AvgPool2d AvgPool3d;
    LPPool: LPPool1d LPPool2d LPPool3d;
    AdaptiveMaxPool: AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d;
    AdaptiveAvgPool: AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d;
    MaxUnpool: MaxUnpool1d MaxUnpool2d MaxUnpool3d;
}
