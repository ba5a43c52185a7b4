//! Dropout: noise that keeps a network from relying on single units.
//!
//! Coins are tossed in the order of memory, one for each element or for each channel. What was tossed is kept as bytes: the
//! gradient is the gradient of what was kept.

use synapgrad_kernels::dropout::{self as kernel, Noise};
use synapgrad_kernels::{Buffer, DType};

use super::create::room;
use super::matmul::with_buffers;
use crate::autograd::{grads, record};
use crate::error::ensure;
use crate::random::{Generator, with_generator};
use crate::{Result, Tensor};

/// −λα of SELU: what it gives for −∞, and what alpha dropout sets elements to.
const SELU_FLOOR: f64 = 1.7580993408473766;

/// Which elements share a coin, and what the dropped ones become.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Alpha,
    Feature,
    FeatureAlpha,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Plain => "dropout",
            Kind::Alpha => "alpha_dropout",
            Kind::Feature => "feature_dropout",
            Kind::FeatureAlpha => "feature_alpha_dropout",
        }
    }

    fn noise(self, p: f64) -> Noise {
        match self {
            Kind::Plain | Kind::Feature => Noise::Zero { scale: 1.0 / (1.0 - p) },
            Kind::Alpha | Kind::FeatureAlpha => {
                let scale = 1.0 / ((SELU_FLOOR * SELU_FLOOR * p + 1.0) * (1.0 - p)).sqrt();
                Noise::Level { scale, level: SELU_FLOOR, shift: SELU_FLOOR * scale * p }
            }
        }
    }
}

impl Tensor {
    /// In training: each element 0 with probability `p`, else divided by 1 − p, so that the mean stays. Otherwise the tensor
    /// itself. ∂x = g/(1 − p) where the element was kept, else 0
    ///
    /// Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting" (2014).
    ///
    /// ```
    /// # use synapgrad::{Tensor, random::Generator};
    /// let y = Tensor::from([1f32; 8]).dropout(0.5, true, Some(&Generator::new(0)))?;
    /// assert_eq!(y.to_vec::<f32>()?, [0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 2.0, 2.0]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// RuntimeError where `p` is not in [0, 1], or integers are to be divided.
    pub fn dropout(&self, p: f64, training: bool, generator: Option<&Generator>) -> Result<Tensor> {
        self.dropped(Kind::Plain, p, training, generator)
    }

    /// [`Tensor::dropout`] of whole channels: a coin for each sample and channel (dimensions 0 and 1).
    ///
    /// Source: Tompson et al., "Efficient Object Localization Using Convolutional Networks" (2015).
    ///
    /// # Errors
    /// As there, and RuntimeError below two dimensions.
    pub fn feature_dropout(&self, p: f64, training: bool, generator: Option<&Generator>) -> Result<Tensor> {
        self.dropped(Kind::Feature, p, training, generator)
    }

    /// In training: each element −λα, the lowest value of SELU, with probability `p`; then all are scaled and shifted so
    /// that mean 0 and variance 1 stay. Otherwise the tensor itself.
    ///
    /// Source: Klambauer et al., "Self-Normalizing Neural Networks" (2017).
    ///
    /// # Errors
    /// As [`Tensor::dropout`].
    pub fn alpha_dropout(&self, p: f64, training: bool, generator: Option<&Generator>) -> Result<Tensor> {
        self.dropped(Kind::Alpha, p, training, generator)
    }

    /// [`Tensor::alpha_dropout`] of whole channels: a coin for each sample and channel (dimensions 0 and 1).
    ///
    /// # Errors
    /// As there, and RuntimeError below two dimensions.
    pub fn feature_alpha_dropout(&self, p: f64, training: bool, generator: Option<&Generator>) -> Result<Tensor> {
        self.dropped(Kind::FeatureAlpha, p, training, generator)
    }

    /// [`Tensor::dropout`] in place.
    ///
    /// # Errors
    /// As there.
    pub fn dropout_(&self, p: f64, training: bool, generator: Option<&Generator>) -> Result<&Tensor> {
        self.dropped_in_place(Kind::Plain, p, training, generator)
    }

    /// [`Tensor::feature_dropout`] in place.
    ///
    /// # Errors
    /// As there.
    pub fn feature_dropout_(&self, p: f64, training: bool, generator: Option<&Generator>) -> Result<&Tensor> {
        self.dropped_in_place(Kind::Feature, p, training, generator)
    }

    /// [`Tensor::alpha_dropout`] in place.
    ///
    /// # Errors
    /// As there.
    pub fn alpha_dropout_(&self, p: f64, training: bool, generator: Option<&Generator>) -> Result<&Tensor> {
        self.dropped_in_place(Kind::Alpha, p, training, generator)
    }

    /// [`Tensor::feature_alpha_dropout`] in place.
    ///
    /// # Errors
    /// As there.
    pub fn feature_alpha_dropout_(&self, p: f64, training: bool, generator: Option<&Generator>) -> Result<&Tensor> {
        self.dropped_in_place(Kind::FeatureAlpha, p, training, generator)
    }

    fn dropped_in_place(&self, kind: Kind, p: f64, training: bool, generator: Option<&Generator>) -> Result<&Tensor> {
        check(kind, p)?;
        if !training || p == 0.0 || self.numel() == 0 {
            return Ok(self);
        }
        self.replace_by(kind.name(), |old| old.dropped(kind, p, training, generator))
    }

    fn dropped(&self, kind: Kind, p: f64, training: bool, generator: Option<&Generator>) -> Result<Tensor> {
        let name = kind.name();
        check(kind, p)?;
        if !training || p == 0.0 || self.numel() == 0 {
            return Ok(self.clone());
        }
        if p == 1.0 {
            return self.mul(&Tensor::zeros(&[], self.dtype())?);
        }
        let (features, dtype) = (matches!(kind, Kind::Feature | Kind::FeatureAlpha), self.dtype());
        ensure!(!features || self.rank() >= 2, Runtime, "{name}: requires at least 2 dimensions in the input");
        ensure!(
            dtype.is_float(),
            Runtime,
            "{name}: result type Float can't be cast to the desired output type {}",
            dtype.title()
        );
        let noise = kind.noise(p);
        if features {
            // A coin for each channel; what it does is spread over the channel's elements.
            let mut shape = vec![1; self.rank()];
            shape[..2].copy_from_slice(&self.shape()[..2]);
            let scale = noise.scale();
            let ones = Tensor::ones(&shape, dtype)?;
            let kept = ones.tossed(Noise::Zero { scale }, p, generator)?.0;
            return match noise {
                Noise::Zero { .. } => self.mul(&kept),
                Noise::Level { scale, level, shift } => {
                    let lowered = kept.gt(0)?.to_dtype(dtype)?.sub(1)?.mul(level * scale)?.add(shift)?;
                    self.mul(&kept)?.add(&lowered)
                }
            };
        }
        let (value, mask) = self.tossed(noise, p, generator)?;
        let node = if kind == Kind::Plain { "MulBackward0" } else { "AddBackward0" };
        Ok(record(node, &[self], value, &[(&mask).into()], move |cx| {
            let [mask] = cx.saved()?;
            grads![cx; cx.g.kept(&mask, noise.scale())?]
        }))
    }

    /// This tensor under noise, with a byte for each element that says whether it was kept; not recorded.
    fn tossed(&self, noise: Noise, p: f64, generator: Option<&Generator>) -> Result<(Tensor, Tensor)> {
        let (x, dtype, n) = (self.detach().in_memory_order(self.layout())?, self.dtype(), self.numel());
        let (mut value, mut mask) = (room(x.shape(), dtype)?, Buffer::stale(n)?);
        with_generator(generator, |g| {
            let (memory, mask) = (x.storage().read(), &mut mask.as_mut_slice::<u8>()[..n]);
            kernel::forward(g, 1.0 - p, noise, dtype, (&memory, x.layout().offset), mask, &mut value);
        });
        let layout = x.layout().fresh_like();
        Ok((Tensor::from_buffer(value, layout.clone(), dtype), Tensor::from_buffer(mask, layout, DType::U8)))
    }

    /// x·scale where the mask is not 0, else x·0. ∂x: the same of g
    fn kept(&self, mask: &Tensor, scale: f64) -> Result<Tensor> {
        let (x, dtype, n) = (self.detach().in_memory_order(mask.layout())?, self.dtype(), self.numel());
        let mut data = room(x.shape(), dtype)?;
        with_buffers([&x, mask], |[x_data, mask_data]| {
            kernel::apply(dtype, (x_data, x.layout().offset), (mask_data, mask.layout().offset), scale, &mut data, n);
        });
        let value = Tensor::from_buffer(data, mask.layout().fresh_like(), dtype);
        Ok(record("MulBackward0", &[self], value, &[mask.into()], move |cx| {
            let [mask] = cx.saved()?;
            grads![cx; cx.g.kept(&mask, scale)?]
        }))
    }
}

/// # Errors
/// RuntimeError where `p` is no probability.
fn check(kind: Kind, p: f64) -> Result<()> {
    let text = "dropout probability has to be between 0 and 1, but got";
    ensure!((0.0..=1.0).contains(&p), Runtime, "{}: {text} {p}", kind.name());
    Ok(())
}

/// The public operations of this file.
pub const NAMES: &[&str] = &["dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"];
