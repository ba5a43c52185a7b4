//! First values for parameters. Each function fills a tensor in place, unrecorded, with PyTorch's numbers for the same seed.
//!
//! `generator` is the source of random numbers, the default one where `None`. *Fan in* and *fan out* are the numbers of
//! inputs and outputs of one unit: for a weight of shape (out, in, k₁, k₂, …) they are in·k₁·k₂·… and out·k₁·k₂·…

use synapgrad_kernels::qr::qr;
use synapgrad_kernels::{Bool, DType};

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

/// Fill with 1.
pub fn ones_(tensor: &Tensor) -> Result<&Tensor> {
    constant_(tensor, 1.0)
}

/// Fill with 0.
pub fn zeros_(tensor: &Tensor) -> Result<&Tensor> {
    constant_(tensor, 0.0)
}

/// Make a matrix the identity: 1 on the diagonal, 0 elsewhere.
///
/// # Errors
/// ValueError for other than two dimensions.
pub fn eye_(tensor: &Tensor) -> Result<&Tensor> {
    let [rows, columns] = *tensor.shape() else {
        bail!(Value, "eye_: Only tensors with 2 dimensions are supported, got shape {:?}", tensor.shape());
    };
    let _mode = no_grad();
    tensor.copy_(&Tensor::eye(rows, columns, tensor.dtype())?)
}

/// Make the weight of a convolution one that copies its input channels: 1 in the middle of each i-th kernel, in each of
/// `groups` groups of output channels.
///
/// # Errors
/// ValueError for other than 3, 4 or 5 dimensions and where `groups` does not divide the first.
pub fn dirac_(tensor: &Tensor, groups: usize) -> Result<&Tensor> {
    let shape = tensor.shape();
    ensure!(
        (3..=5).contains(&shape.len()),
        Value,
        "dirac_: Only tensors with 3, 4, or 5 dimensions are supported, got shape {shape:?}"
    );
    ensure!(
        groups > 0 && shape[0].is_multiple_of(groups),
        Value,
        "dirac_: dim 0 must be divisible by groups, got {} and {groups}",
        shape[0]
    );
    let (inputs, kernel) = (shape[1], shape[2..].iter().product::<usize>());
    let middle = shape[2..].iter().fold(0, |at, &size| at * size + size / 2);
    let mut values = vec![0f32; tensor.numel()];
    let each = shape[0] / groups;
    for output in 0..if kernel > 0 { shape[0] } else { 0 } {
        let channel = output % each;
        if channel < inputs {
            values[(output * inputs + channel) * kernel + middle] = 1.0;
        }
    }
    let _mode = no_grad();
    tensor.copy_(&Tensor::from_slice(&values, shape)?)
}

/// Fill with numbers from N(mean, std²) of which those outside [a, b] are drawn again.
///
/// Where more than 0.3 of the distribution lies inside, whole tensors are drawn until no element lies outside. Else the
/// numbers are proposals from U(a, b), accepted in proportion to their density.
///
/// ```
/// use synapgrad::{DType, Tensor, nn::init};
/// # fn main() -> synapgrad::Result<()> {
/// let weight = Tensor::empty(&[100], DType::F32)?;
/// init::trunc_normal_(&weight, 0.0, 1.0, -0.5, 0.5, None)?;
/// assert!(weight.abs()?.max()?.item()?.to_f64() <= 0.5);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// RuntimeError where a > b or std < 0; NotImplementedError for a tensor of integers.
pub fn trunc_normal_<'a>(
    tensor: &'a Tensor,
    mean: f64,
    std: f64,
    a: f64,
    b: f64,
    generator: Option<&Generator>,
) -> Result<&'a Tensor> {
    ensure!(a <= b && std >= 0.0, Runtime, "trunc_normal_: expected a <= b and std >= 0.0, got {a}, {b} and {std}");
    let _mode = no_grad();
    let dtype = tensor.dtype();
    let below = |x: f64| (1.0 + synapgrad_kernels::Real::erf((x - mean) / (std * 2f64.sqrt()))) / 2.0;
    if below(b) - below(a) > 0.3 {
        let bound = |x: f64| Tensor::full(&[], x, dtype)?.item();
        let (low, high) = (bound(a)?, bound(b)?);
        normal_(tensor, mean, std, generator)?;
        loop {
            let outside = tensor.lt(low)?.logical_or(&tensor.gt(high)?)?;
            if outside.count_nonzero(&[])?.item()?.to_f64() == 0.0 {
                return Ok(tensor);
            }
            let again = tensor.empty_like(None)?;
            normal_(&again, mean, std, generator)?;
            tensor.copy_(&Tensor::where_(&outside, &again, tensor)?)?;
        }
    }
    // The logarithm of the density at x, up to the constant that makes it 0 where it is largest within the bounds.
    let peak = -0.5 * ((mean.clamp(a, b) - mean) / std).powi(2);
    let density = |x: &Tensor| x.sub(mean)?.div(std)?.pow(2)?.mul(-0.5)?.sub(peak);
    let refused = |x: &Tensor| {
        let level = tensor.empty_like(None)?;
        uniform_(&level, 0.0, 1.0, generator)?.log()?.gt(&density(x)?)
    };
    uniform_(tensor, a, b, generator)?;
    let mut pending = refused(tensor)?;
    while pending.count_nonzero(&[])?.item()?.to_f64() > 0.0 {
        let again = tensor.empty_like(None)?;
        uniform_(&again, a, b, generator)?;
        tensor.copy_(&Tensor::where_(&pending, &again, tensor)?)?;
        pending = pending.logical_and(&refused(&again)?)?;
    }
    Ok(tensor)
}

/// Fill with a random matrix whose rows (or columns, if there are fewer) are orthogonal and of length `gain`; of the
/// dimensions after the first one is made.
///
/// The factor Q of a matrix of normal numbers, its columns turned so that the diagonal of R is positive, which makes it
/// evenly distributed.
///
/// "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", A. Saxe et al., 2013; "How to
/// generate random matrices from the classical compact groups", F. Mezzadri, 2006.
///
/// # Errors
/// ValueError below two dimensions; NotImplementedError for dtypes other than float32 and float64.
pub fn orthogonal_<'a>(tensor: &'a Tensor, gain: f64, generator: Option<&Generator>) -> Result<&'a Tensor> {
    ensure!(
        tensor.rank() >= 2,
        Value,
        "orthogonal_: Only tensors with 2 or more dimensions are supported, got shape {:?}",
        tensor.shape()
    );
    if tensor.numel() == 0 {
        return Ok(tensor);
    }
    ensure!(
        matches!(tensor.dtype(), DType::F32 | DType::F64),
        NotImplemented,
        "orthogonal_: not implemented for '{}'",
        tensor.dtype().title()
    );
    let _mode = no_grad();
    let (rows, columns) = (tensor.shape()[0], tensor.numel() / tensor.shape()[0]);
    let drawn = Tensor::empty(&[rows, columns], tensor.dtype())?;
    normal_(&drawn, 0.0, 1.0, generator)?;
    let (long, short) = (rows.max(columns), rows.min(columns));
    let tall = if rows < columns { drawn.t()? } else { drawn };
    let (mut q, r) = qr(long, short, &tall.to_dtype(DType::F64)?.to_vec::<f64>()?);
    for row in q.chunks_exact_mut(short) {
        row.iter_mut().enumerate().for_each(|(j, q)| *q *= synapgrad_kernels::Ring::sign(r[j * short + j]));
    }
    let q = Tensor::from_slice(&q, &[long, short])?.to_dtype(tensor.dtype())?;
    let q = if rows < columns { q.t()?.contiguous()? } else { q };
    tensor.copy_(&q.view(tensor.shape())?.mul(gain)?)
}

/// Fill a matrix with numbers from N(0, std²), then set a fraction `sparsity` of each column, chosen at random, to 0.
///
/// The places are drawn from the default generator.
///
/// "Deep learning via Hessian-free optimization", J. Martens, 2010.
///
/// # Errors
/// ValueError for other than two dimensions; RuntimeError where std < 0; NotImplementedError for a tensor of integers.
pub fn sparse_<'a>(tensor: &'a Tensor, sparsity: f64, std: f64, generator: Option<&Generator>) -> Result<&'a Tensor> {
    let [rows, columns] = *tensor.shape() else {
        bail!(Value, "sparse_: Only tensors with 2 dimensions are supported, got shape {:?}", tensor.shape());
    };
    let _mode = no_grad();
    normal_(tensor, 0.0, std, generator)?;
    let zeros = ((sparsity * rows as f64).ceil().max(0.0) as usize).min(rows);
    let mut mask = vec![Bool(0); rows * columns];
    for column in 0..columns {
        for row in &Tensor::randperm(rows, DType::I64, None)?.to_vec::<i64>()?[..zeros] {
            mask[*row as usize * columns + column] = Bool(1);
        }
    }
    tensor.masked_fill_(&Tensor::from_slice(&mask, &[rows, columns])?, 0.0)
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

/// The first values of a recurrent layer: each parameter in turn, from U(−√k, √k), k = 1 / the number of hidden units.
///
/// # Errors
/// NotImplementedError for a tensor of integers.
pub fn recurrent_<'a>(
    parameters: impl IntoIterator<Item = &'a Tensor>,
    hidden_size: usize,
    generator: Option<&Generator>,
) -> Result<()> {
    let bound = if hidden_size > 0 { 1.0 / (hidden_size as f64).sqrt() } else { 0.0 };
    parameters.into_iter().try_for_each(|p| uniform_(p, -bound, bound, generator).map(|_| ()))
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
