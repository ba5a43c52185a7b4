//! Normalisation as layers.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Member, Module};
use crate::error::ensure;
use crate::ops::norm::Running;
use crate::{DType, Result, Tensor, default_dtype};

/// A weight of ones and a bias of zeros to be learned, those that are wanted.
struct Affine {
    weight: Option<Tensor>,
    bias: Option<Tensor>,
}

impl Affine {
    fn new(shape: &[usize], weight: bool, bias: bool, dtype: DType) -> Result<Affine> {
        let parameter = |wanted: bool, value: f64| {
            wanted.then(|| Tensor::full(shape, value, dtype)?.requires_grad_(true)).transpose()
        };
        Ok(Affine { weight: parameter(weight, 1.0)?, bias: parameter(bias, 0.0)? })
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let named = [("weight", &self.weight), ("bias", &self.bias)];
        named.into_iter().filter_map(|(name, t)| Some((name.to_string(), Member::Parameter(t.as_ref()?)))).collect()
    }
}

/// Running averages of the channels' means and variances, and how many batches they saw.
struct Averages {
    mean: Tensor,
    var: Tensor,
    batches: Tensor,
}

impl Averages {
    fn new(channels: usize, dtype: DType) -> Result<Averages> {
        let batches = Tensor::zeros(&[], DType::I64)?;
        Ok(Averages { mean: Tensor::zeros(&[channels], dtype)?, var: Tensor::ones(&[channels], dtype)?, batches })
    }

    fn running(&self) -> Running<'_> {
        Running { mean: &self.mean, var: &self.var }
    }
}

/// Options of the layers of [`BatchNorm1d`]'s and [`InstanceNorm1d`]'s kinds; the defaults are those of the former.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChannelNormOptions {
    /// Keeps the root away from 0.
    pub eps: f64,
    /// The share by which the running averages move; `None` for the mean over all batches.
    pub momentum: Option<f64>,
    /// Whether there are weight and bias.
    pub affine: bool,
    /// Whether there is a bias, if `affine`.
    pub bias: bool,
    /// Whether running averages are kept, and serve in evaluation.
    pub track_running_stats: bool,
    /// Of parameters and averages; the default dtype where `None`.
    pub dtype: Option<DType>,
}

impl Default for ChannelNormOptions {
    fn default() -> ChannelNormOptions {
        ChannelNormOptions {
            eps: 1e-5,
            momentum: Some(0.1),
            affine: true,
            bias: true,
            track_running_stats: true,
            dtype: None,
        }
    }
}

impl ChannelNormOptions {
    /// The defaults of instance normalisation: neither parameters nor running averages.
    #[must_use]
    pub fn instance() -> ChannelNormOptions {
        ChannelNormOptions { affine: false, track_running_stats: false, ..ChannelNormOptions::default() }
    }
}

/// What layers that normalise channels hold.
struct ChannelNorm {
    channels: usize,
    options: ChannelNormOptions,
    affine: Affine,
    averages: Option<Averages>,
    training: AtomicBool,
}

impl ChannelNorm {
    fn new(channels: usize, options: ChannelNormOptions) -> Result<ChannelNorm> {
        let dtype = options.dtype.unwrap_or_else(default_dtype);
        Ok(ChannelNorm {
            channels,
            options,
            affine: Affine::new(&[channels], options.affine, options.affine && options.bias, dtype)?,
            averages: options.track_running_stats.then(|| Averages::new(channels, dtype)).transpose()?,
            training: AtomicBool::new(true),
        })
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let mut members = self.affine.members();
        if let Some(Averages { mean, var, batches }) = &self.averages {
            members.push(("running_mean".into(), Member::Buffer(mean)));
            members.push(("running_var".into(), Member::Buffer(var)));
            members.push(("num_batches_tracked".into(), Member::Buffer(batches)));
        }
        members
    }

    fn label(&self, name: &str) -> String {
        let ChannelNormOptions { eps, momentum, affine, track_running_stats, .. } = self.options;
        let momentum = momentum.map_or("None".to_string(), |m| m.to_string());
        let bias = self.affine.bias.is_some();
        format!(
            "{name}({}, eps={eps:e}, momentum={momentum}, affine={affine}, bias={bias}, \
             track_running_stats={track_running_stats})",
            self.channels
        )
    }

    fn batch_norm(&self, input: &Tensor) -> Result<Tensor> {
        let running = self.averages.as_ref();
        input.batch_norm_counted(
            self.affine.weight.as_ref(),
            self.affine.bias.as_ref(),
            running.map(Averages::running),
            running.map(|r| &r.batches),
            self.training.load(Ordering::Relaxed),
            self.options.momentum,
            self.options.eps,
        )
    }

    /// For an input with or, of `unbatched` dimensions, without a dimension for the batch.
    fn instance_norm(&self, input: &Tensor, unbatched: usize) -> Result<Tensor> {
        let alone = input.rank() == unbatched;
        let batch = if alone { input.unsqueeze(0)? } else { input.clone() };
        let running = self.averages.as_ref().map(Averages::running);
        let by_input = running.is_none() || self.training.load(Ordering::Relaxed);
        let (weight, bias) = (self.affine.weight.as_ref(), self.affine.bias.as_ref());
        let momentum = self.options.momentum.unwrap_or(0.0);
        let value = batch.instance_norm(weight, bias, running, by_input, momentum, self.options.eps)?;
        if alone { value.squeeze_dim(0) } else { Ok(value) }
    }
}

/// # Errors
/// ValueError where the input has another number of dimensions.
fn check_rank(input: &Tensor, ranks: &[usize]) -> Result<()> {
    let wanted: Vec<String> = ranks.iter().map(|rank| format!("{rank}D")).collect();
    ensure!(
        ranks.contains(&input.rank()),
        Value,
        "expected {} input (got {}D input)",
        wanted.join(" or "),
        input.rank()
    );
    Ok(())
}

macro_rules! channel_norms {
    ($($(#[$doc:meta])* $name:ident, $ranks:expr, $defaults:expr, $forward:ident($($extra:expr)?);)*) => {$(
        $(#[$doc])*
        pub struct $name(ChannelNorm);

        impl $name {
            /// A layer with the default options for `num_features` channels.
            ///
            /// # Errors
            /// MemoryError where the parameters fit no memory.
            pub fn new(num_features: usize) -> Result<$name> {
                $name::with(num_features, $defaults)
            }

            /// A layer for `num_features` channels.
            ///
            /// # Errors
            /// As `new`, and RuntimeError where `dtype` is no float type.
            pub fn with(num_features: usize, options: ChannelNormOptions) -> Result<$name> {
                ChannelNorm::new(num_features, options).map($name)
            }
        }

        impl Module for $name {
            fn forward(&self, input: &Tensor) -> Result<Tensor> {
                check_rank(input, &$ranks)?;
                self.0.$forward(input $(, $extra)?)
            }

            fn members(&self) -> Vec<(String, Member<'_>)> {
                self.0.members()
            }

            fn train(&self, mode: bool) {
                self.0.training.store(mode, Ordering::Relaxed);
            }

            fn label(&self) -> String {
                self.0.label(stringify!($name))
            }
        }
    )*};
}

channel_norms! {
    /// Each channel of (N, C) or (N, C, L) with mean 0 and variance 1, scaled and shifted; see [`Tensor::batch_norm`].
    ///
    /// ```
    /// use synapgrad::{Tensor, nn::{BatchNorm1d, Module}};
    /// # fn main() -> synapgrad::Result<()> {
    /// let layer = BatchNorm1d::new(2)?;
    /// let y = layer.forward(&Tensor::from([[1f32, 10.0], [3.0, 30.0]]))?;
    /// assert!((y.to_vec::<f32>()?[0] + 1.0).abs() < 1e-5);
    /// layer.eval();
    /// assert_eq!(layer.named_buffers()[0].1.to_vec::<f32>()?, [0.2, 2.0]);
    /// # Ok(())
    /// # }
    /// ```
    BatchNorm1d, [2, 3], ChannelNormOptions::default(), batch_norm();
    /// [`BatchNorm1d`] of (N, C, H, W).
    BatchNorm2d, [4], ChannelNormOptions::default(), batch_norm();
    /// [`BatchNorm1d`] of (N, C, D, H, W).
    BatchNorm3d, [5], ChannelNormOptions::default(), batch_norm();
    /// Each channel of each sample of (N, C, L) or (C, L) with mean 0 and variance 1; see [`Tensor::instance_norm`].
    InstanceNorm1d, [2, 3], ChannelNormOptions::instance(), instance_norm(2);
    /// [`InstanceNorm1d`] of (N, C, H, W) or (C, H, W).
    InstanceNorm2d, [3, 4], ChannelNormOptions::instance(), instance_norm(3);
    /// [`InstanceNorm1d`] of (N, C, D, H, W) or (C, D, H, W).
    InstanceNorm3d, [4, 5], ChannelNormOptions::instance(), instance_norm(4);
}

/// Options of [`LayerNorm`] and [`GroupNorm`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormOptions {
    /// Keeps the root away from 0.
    pub eps: f64,
    /// Whether there are weight and bias.
    pub affine: bool,
    /// Whether there is a bias, if `affine`.
    pub bias: bool,
    /// Of the parameters; the default dtype where `None`.
    pub dtype: Option<DType>,
}

impl Default for NormOptions {
    fn default() -> NormOptions {
        NormOptions { eps: 1e-5, affine: true, bias: true, dtype: None }
    }
}

impl NormOptions {
    fn parameters(&self, shape: &[usize]) -> Result<Affine> {
        let dtype = self.dtype.unwrap_or_else(default_dtype);
        Affine::new(shape, self.affine, self.affine && self.bias, dtype)
    }
}

/// The last dimensions of each sample with mean 0 and variance 1, scaled and shifted; see [`Tensor::layer_norm`].
pub struct LayerNorm {
    normalized_shape: Vec<usize>,
    options: NormOptions,
    affine: Affine,
}

impl LayerNorm {
    /// A layer with the default options.
    pub fn new(normalized_shape: &[usize]) -> Result<LayerNorm> {
        LayerNorm::with(normalized_shape, NormOptions::default())
    }

    /// A layer for inputs whose last dimensions are `normalized_shape`.
    pub fn with(normalized_shape: &[usize], options: NormOptions) -> Result<LayerNorm> {
        let affine = options.parameters(normalized_shape)?;
        Ok(LayerNorm { normalized_shape: normalized_shape.to_vec(), options, affine })
    }
}

impl Module for LayerNorm {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let (weight, bias) = (self.affine.weight.as_ref(), self.affine.bias.as_ref());
        input.layer_norm(&self.normalized_shape, weight, bias, self.options.eps)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        self.affine.members()
    }

    fn label(&self) -> String {
        let NormOptions { eps, affine, .. } = self.options;
        let bias = self.affine.bias.is_some();
        format!("LayerNorm({:?}, eps={eps:e}, elementwise_affine={affine}, bias={bias})", self.normalized_shape)
    }
}

/// The channels of each sample in groups, each with mean 0 and variance 1, scaled and shifted; see [`Tensor::group_norm`].
pub struct GroupNorm {
    num_groups: usize,
    num_channels: usize,
    options: NormOptions,
    affine: Affine,
}

impl GroupNorm {
    /// A layer with the default options.
    pub fn new(num_groups: usize, num_channels: usize) -> Result<GroupNorm> {
        GroupNorm::with(num_groups, num_channels, NormOptions::default())
    }

    /// A layer for `num_channels` channels in `num_groups` groups.
    ///
    /// # Errors
    /// ValueError where the groups don't divide the channels.
    pub fn with(num_groups: usize, num_channels: usize, options: NormOptions) -> Result<GroupNorm> {
        ensure!(
            num_groups > 0 && num_channels.is_multiple_of(num_groups),
            Value,
            "GroupNorm: num_channels ({num_channels}) must be divisible by num_groups ({num_groups})"
        );
        Ok(GroupNorm { num_groups, num_channels, options, affine: options.parameters(&[num_channels])? })
    }
}

impl Module for GroupNorm {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.group_norm(self.num_groups, self.affine.weight.as_ref(), self.affine.bias.as_ref(), self.options.eps)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        self.affine.members()
    }

    fn label(&self) -> String {
        let NormOptions { eps, affine, .. } = self.options;
        let bias = self.affine.bias.is_some();
        format!("GroupNorm({}, {}, eps={eps:e}, affine={affine}, bias={bias})", self.num_groups, self.num_channels)
    }
}

/// The last dimensions of each sample divided by their root mean square, scaled; see [`Tensor::rms_norm`].
pub struct RMSNorm {
    normalized_shape: Vec<usize>,
    eps: Option<f64>,
    /// Of the normalised shape.
    pub weight: Option<Tensor>,
}

impl RMSNorm {
    /// A layer with a weight; see [`RMSNorm::with`].
    pub fn new(normalized_shape: &[usize]) -> Result<RMSNorm> {
        RMSNorm::with(normalized_shape, None, true, None)
    }

    /// A layer for inputs whose last dimensions are `normalized_shape`, with a weight if `elementwise_affine`.
    pub fn with(
        normalized_shape: &[usize],
        eps: Option<f64>,
        elementwise_affine: bool,
        dtype: Option<DType>,
    ) -> Result<RMSNorm> {
        let affine = Affine::new(normalized_shape, elementwise_affine, false, dtype.unwrap_or_else(default_dtype))?;
        Ok(RMSNorm { normalized_shape: normalized_shape.to_vec(), eps, weight: affine.weight })
    }
}

impl Module for RMSNorm {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.rms_norm(&self.normalized_shape, self.weight.as_ref(), self.eps)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        self.weight.iter().map(|weight| ("weight".to_string(), Member::Parameter(weight))).collect()
    }

    fn label(&self) -> String {
        let eps = self.eps.map_or("None".to_string(), |eps| format!("{eps:e}"));
        format!("RMSNorm({:?}, eps={eps}, elementwise_affine={})", self.normalized_shape, self.weight.is_some())
    }
}

/// Each element divided by a function of its neighbours in other channels; see [`Tensor::local_response_norm`].
#[derive(Clone, Copy, Debug)]
pub struct LocalResponseNorm {
    pub size: usize,
    pub alpha: f64,
    pub beta: f64,
    pub k: f64,
}

impl LocalResponseNorm {
    /// A layer with the default options.
    #[must_use]
    pub fn new(size: usize) -> LocalResponseNorm {
        LocalResponseNorm { size, alpha: 1e-4, beta: 0.75, k: 1.0 }
    }
}

impl Module for LocalResponseNorm {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.local_response_norm(self.size, self.alpha, self.beta, self.k)
    }

    fn label(&self) -> String {
        format!("LocalResponseNorm({}, alpha={}, beta={}, k={})", self.size, self.alpha, self.beta, self.k)
    }
}
