//! First values for parameters. Each function fills a tensor in place, unrecorded, with PyTorch's numbers for the same seed.
//!
//! `generator` is the source of random numbers, the default one where `None`. *Fan in* and *fan out* are the numbers of
//! inputs and outputs of one unit: for a weight of shape (out, in, k₁, k₂, …) they are in·k₁·k₂·… and out·k₁·k₂·…

use crate::autograd::no_grad;
use crate::error::{bail, ensure};
use crate::random::Generator;
use crate::{Result, Tensor};

/// What follows a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nonlinearity {
    /// Nothing, or a convolution.
    Linear,
    Sigmoid,
    Tanh,
    ReLU,
    /// With its slope below zero.
    LeakyReLU(f64),
    SELU,
}

impl Nonlinearity {
    /// The one that PyTorch calls `name`; `slope` is that of a leaky_relu.
    ///
    /// # Errors
    /// ValueError for an unknown name.
    pub fn named(name: &str, slope: f64) -> Result<Nonlinearity> {
        Ok(match name {
            "linear" | "conv1d" | "conv2d" | "conv3d" | "conv_transpose1d" | "conv_transpose2d"
            | "conv_transpose3d" => Nonlinearity::Linear,
            "sigmoid" => Nonlinearity::Sigmoid,
            "tanh" => Nonlinearity::Tanh,
            "relu" => Nonlinearity::ReLU,
            "leaky_relu" => Nonlinearity::LeakyReLU(slope),
            "selu" => Nonlinearity::SELU,
            _ => bail!(Value, "calculate_gain: Unsupported nonlinearity {name}"),
        })
    }

    /// By what the nonlinearity's input has to be scaled for its output to keep the variance: 1, but 5/3 for tanh, √2 for
    /// relu, √(2/(1 + slope²)) for leaky_relu, 3/4 for selu.
    ///
    /// ```
    /// use synapgrad::nn::init::Nonlinearity;
    /// assert_eq!(Nonlinearity::LeakyReLU(0.0).gain(), Nonlinearity::ReLU.gain());
    /// ```
    pub fn gain(self) -> f64 {
        match self {
            Nonlinearity::Linear | Nonlinearity::Sigmoid => 1.0,
            Nonlinearity::Tanh => 5.0 / 3.0,
            Nonlinearity::ReLU => 2f64.sqrt(),
            Nonlinearity::LeakyReLU(slope) => (2.0 / (1.0 + slope * slope)).sqrt(),
            Nonlinearity::SELU => 0.75,
        }
    }
}

/// Whose variance is kept from layer to layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// That of the forward pass.
    #[default]
    FanIn,
    /// That of the backward pass.
    FanOut,
}

impl std::str::FromStr for Mode {
    type Err = crate::Error;

    /// # Errors
    /// ValueError for other texts than `fan_in` and `fan_out`, in either case.
    fn from_str(text: &str) -> Result<Mode> {
        Ok(match &*text.to_lowercase() {
            "fan_in" => Mode::FanIn,
            "fan_out" => Mode::FanOut,
            text => bail!(Value, "Mode {text} not supported, please use one of ['fan_in', 'fan_out']"),
        })
    }
}

/// Fan in and fan out of a weight.
///
/// # Errors
/// ValueError below two dimensions.
pub fn fans(weight: &Tensor) -> Result<(usize, usize)> {
    ensure!(
        weight.rank() >= 2,
        Value,
        "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, got shape {:?}",
        weight.shape()
    );
    let kernel: usize = weight.shape()[2..].iter().product();
    Ok((weight.shape()[1] * kernel, weight.shape()[0] * kernel))
}

/// Fill with numbers from U(a, b).
///
/// # Errors
/// RuntimeError where a > b; NotImplementedError for a tensor of integers.
pub fn uniform_<'a>(tensor: &'a Tensor, a: f64, b: f64, generator: Option<&Generator>) -> Result<&'a Tensor> {
    let _mode = no_grad();
    tensor.uniform_(a, b, generator)
}

/// Fill with numbers from N(mean, std²).
///
/// # Errors
/// RuntimeError where std < 0; NotImplementedError for a tensor of integers.
pub fn normal_<'a>(tensor: &'a Tensor, mean: f64, std: f64, generator: Option<&Generator>) -> Result<&'a Tensor> {
    let _mode = no_grad();
    tensor.normal_(mean, std, generator)
}

/// Fill with `value`.
pub fn constant_(tensor: &Tensor, value: f64) -> Result<&Tensor> {
    let _mode = no_grad();
    tensor.fill_(value)
}

/// gain·√(2 / (fan in + fan out))
fn xavier_std(tensor: &Tensor, gain: f64) -> Result<f64> {
    let (fan_in, fan_out) = fans(tensor)?;
    Ok(gain * (2.0 / (fan_in as f64 + fan_out as f64)).sqrt())
}

/// Fill with numbers from U(−a, a), a = gain·√(6 / (fan in + fan out)).
///
/// # Errors
/// ValueError below two dimensions.
///
/// ```
/// use synapgrad::{DType, Tensor, nn::init, random::Generator};
/// # fn main() -> synapgrad::Result<()> {
/// let weight = Tensor::empty(&[1, 2], DType::F32)?;
/// init::xavier_uniform_(&weight, 1.0, Some(&Generator::new(0)))?;
/// assert_eq!(weight.to_vec::<f32>()?, [-0.010587962, 0.7586458]);
/// # Ok(())
/// # }
/// ```
pub fn xavier_uniform_<'a>(tensor: &'a Tensor, gain: f64, generator: Option<&Generator>) -> Result<&'a Tensor> {
    let bound = 3f64.sqrt() * xavier_std(tensor, gain)?;
    uniform_(tensor, -bound, bound, generator)
}

/// Fill with numbers from N(0, s²), s = gain·√(2 / (fan in + fan out)).
///
/// # Errors
/// ValueError below two dimensions.
pub fn xavier_normal_<'a>(tensor: &'a Tensor, gain: f64, generator: Option<&Generator>) -> Result<&'a Tensor> {
    let std = xavier_std(tensor, gain)?;
    normal_(tensor, 0.0, std, generator)
}

/// gain / √fan; 0 where there is nothing to fill, as the fan may be 0 there.
fn kaiming_std(tensor: &Tensor, mode: Mode, nonlinearity: Nonlinearity) -> Result<f64> {
    let (fan_in, fan_out) = fans(tensor)?;
    let fan = if mode == Mode::FanIn { fan_in } else { fan_out };
    Ok(if tensor.numel() == 0 { 0.0 } else { nonlinearity.gain() / (fan as f64).sqrt() })
}

/// Fill with numbers from U(−b, b), b = gain·√(3 / fan).
///
/// # Errors
/// ValueError below two dimensions.
pub fn kaiming_uniform_<'a>(
    tensor: &'a Tensor,
    mode: Mode,
    nonlinearity: Nonlinearity,
    generator: Option<&Generator>,
) -> Result<&'a Tensor> {
    let bound = 3f64.sqrt() * kaiming_std(tensor, mode, nonlinearity)?;
    uniform_(tensor, -bound, bound, generator)
}

/// Fill with numbers from N(0, s²), s = gain / √fan.
///
/// # Errors
/// ValueError below two dimensions.
pub fn kaiming_normal_<'a>(
    tensor: &'a Tensor,
    mode: Mode,
    nonlinearity: Nonlinearity,
    generator: Option<&Generator>,
) -> Result<&'a Tensor> {
    let std = kaiming_std(tensor, mode, nonlinearity)?;
    normal_(tensor, 0.0, std, generator)
}

/// The first values of a linear layer: weight, then bias, from U(−√k, √k), k = 1 / fan in.
///
/// # Errors
/// ValueError where the weight has fewer than two dimensions.
pub fn linear_(weight: &Tensor, bias: Option<&Tensor>, generator: Option<&Generator>) -> Result<()> {
    // √(3 / fan) · √(2 / (1 + 5)) is 1 / √fan, but for the last bit.
    kaiming_uniform_(weight, Mode::FanIn, Nonlinearity::LeakyReLU(5f64.sqrt()), generator)?;
    if let Some(bias) = bias {
        let (fan_in, _) = fans(weight)?;
        let bound = if fan_in > 0 { 1.0 / (fan_in as f64).sqrt() } else { 0.0 };
        uniform_(bias, -bound, bound, generator)?;
    }
    Ok(())
}

/// The first values of a bilinear layer: its weight, of shape (out, in₁, in₂), and then its bias, from U(−√k, √k) with
/// k = 1/in₁.
///
/// # Errors
/// ValueError where the weight has fewer than two dimensions.
pub fn bilinear_(weight: &Tensor, bias: Option<&Tensor>, generator: Option<&Generator>) -> Result<()> {
    ensure!(
        weight.rank() >= 2,
        Value,
        "bilinear_: expected a weight of shape (out, in₁, in₂), got {:?}",
        weight.shape()
    );
    let bound = 1.0 / (weight.shape()[1] as f64).sqrt();
    for parameter in [Some(weight), bias].into_iter().flatten() {
        uniform_(parameter, -bound, bound, generator)?;
    }
    Ok(())
}
