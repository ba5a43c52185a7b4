//! Convolutions, transposed convolutions, and windows as columns.

use super::{Member, Module, init};
use crate::error::ensure;
use crate::{ConvArgs, ConvTransposeArgs, DType, FoldArgs, PadMode, Padding, Result, Steps, Tensor, default_dtype};

/// Options of [`Conv`].
#[derive(Clone, Debug, PartialEq)]
pub struct ConvOptions {
    pub stride: Steps,
    pub padding: Padding,
    pub dilation: Steps,
    pub groups: usize,
    /// Whether there is a b.
    pub bias: bool,
    /// What surrounds the image: [`PadMode::Constant`] is zeros.
    pub padding_mode: PadMode,
    /// Of the parameters; the default dtype where `None`.
    pub dtype: Option<DType>,
}

impl Default for ConvOptions {
    fn default() -> ConvOptions {
        let ConvArgs { stride, padding, dilation, .. } = ConvArgs::default();
        ConvOptions { stride, padding, dilation, groups: 1, bias: true, padding_mode: PadMode::Constant, dtype: None }
    }
}

/// Options of [`ConvTranspose`].
#[derive(Clone, Debug, PartialEq)]
pub struct ConvTransposeOptions {
    pub stride: Steps,
    pub padding: Steps,
    pub output_padding: Steps,
    pub groups: usize,
    /// Whether there is a b.
    pub bias: bool,
    pub dilation: Steps,
    /// Of the parameters; the default dtype where `None`.
    pub dtype: Option<DType>,
}

impl Default for ConvTransposeOptions {
    fn default() -> ConvTransposeOptions {
        let ConvTransposeArgs { stride, padding, output_padding, dilation, .. } = ConvTransposeArgs::default();
        ConvTransposeOptions { stride, padding, output_padding, groups: 1, bias: true, dilation, dtype: None }
    }
}

/// One number for each of N dimensions.
fn each<const N: usize>(what: &str, steps: &Steps) -> Result<[isize; N]> {
    ensure!(
        steps.len() == 1 || steps.len() == N,
        Value,
        "Conv{N}d: {what} has to be one number or {N}, got {:?}",
        &**steps
    );
    Ok(std::array::from_fn(|i| steps[i.min(steps.len() - 1)]))
}

/// As Python writes a tuple.
fn tuple(numbers: &[isize]) -> String {
    let comma = if numbers.len() == 1 { "," } else { "" };
    format!("({}{comma})", numbers.iter().map(isize::to_string).collect::<Vec<_>>().join(", "))
}

/// Weight and bias of a convolution with the weight's first two sizes given, drawn as PyTorch draws them.
fn parameters<const N: usize>(
    rows: [usize; 2],
    kernel: &Steps,
    bias: Option<usize>,
    dtype: Option<DType>,
) -> Result<(Tensor, Option<Tensor>)> {
    let dtype = dtype.unwrap_or_else(default_dtype);
    let kernel = each::<N>("kernel_size", kernel)?;
    ensure!(kernel.iter().all(|&k| k >= 0), Runtime, "Conv{N}d: kernel_size is negative: {kernel:?}");
    let shape: Vec<usize> = rows.into_iter().chain(kernel.map(|k| k as usize)).collect();
    let parameter = |shape: &[usize]| Tensor::empty(shape, dtype)?.requires_grad_(true);
    let (weight, bias) = (parameter(&shape)?, bias.map(|n| parameter(&[n])).transpose()?);
    init::linear_(&weight, bias.as_ref(), None)?;
    Ok((weight, bias))
}

fn check_groups(name: &str, inputs: usize, outputs: usize, groups: usize) -> Result<()> {
    ensure!(groups > 0, Value, "{name}: groups must be a positive integer");
    ensure!(
        inputs.is_multiple_of(groups),
        Value,
        "{name}: in_channels must be divisible by groups: {inputs}, {groups}"
    );
    ensure!(
        outputs.is_multiple_of(groups),
        Value,
        "{name}: out_channels must be divisible by groups: {outputs}, {groups}"
    );
    Ok(())
}

fn members<'a>(weight: &'a Tensor, bias: &'a Option<Tensor>) -> Vec<(String, Member<'a>)> {
    let bias = bias.iter().map(|bias| ("bias".to_string(), Member::Parameter(bias)));
    [("weight".to_string(), Member::Parameter(weight))].into_iter().chain(bias).collect()
}

/// Convolution over N dimensions, (batch, in, …) → (batch, out, …); see [`Tensor::conv2d`].
///
/// ```
/// use synapgrad::{Tensor, nn::{Conv2d, ConvOptions, Module}, random};
/// # fn main() -> synapgrad::Result<()> {
/// random::manual_seed(0);
/// let layer = Conv2d::with(1, 2, 3, ConvOptions { padding: 1.into(), ..Default::default() })?;
/// // torch.manual_seed(0); torch.nn.Conv2d(1, 2, 3, padding=1)
/// assert_eq!(layer.bias.as_ref().unwrap().to_vec::<f32>()?, [-0.22598037, -0.14515428]);
/// assert_eq!(layer.forward(&Tensor::zeros(&[4, 1, 28, 28], synapgrad::DType::F32)?)?.shape(), [4, 2, 28, 28]);
/// assert_eq!(layer.label(), "Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))");
/// # Ok(())
/// # }
/// ```
pub struct Conv<const N: usize> {
    /// Shape (out, in / groups, kernel…).
    pub weight: Tensor,
    /// Shape (out).
    pub bias: Option<Tensor>,
    args: ConvArgs,
    padding_mode: PadMode,
    /// What [`Tensor::pad`] adds around the image in modes other than constant.
    around: Vec<isize>,
}

pub type Conv1d = Conv<1>;
pub type Conv2d = Conv<2>;
pub type Conv3d = Conv<3>;

impl<const N: usize> Conv<N> {
    /// A layer with stride 1, no padding and a bias; see [`Conv::with`].
    pub fn new(in_channels: usize, out_channels: usize, kernel_size: impl Into<Steps>) -> Result<Conv<N>> {
        Conv::with(in_channels, out_channels, kernel_size, ConvOptions::default())
    }

    /// A layer whose parameters are drawn from U(−√k, √k), k = groups/(in·window), by the default generator.
    ///
    /// # Errors
    /// ValueError where `groups` does not divide the channels, an option has another number of dimensions than the layer,
    /// or the padding is `Same` with a stride; RuntimeError where `dtype` is no float type.
    pub fn with(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Into<Steps>,
        options: ConvOptions,
    ) -> Result<Conv<N>> {
        let kernel = kernel_size.into();
        let ConvOptions { stride, padding, dilation, groups, bias, padding_mode, dtype } = options;
        check_groups("Conv", in_channels, out_channels, groups)?;
        let (steps, gaps, sizes) =
            (each::<N>("stride", &stride)?, each::<N>("dilation", &dilation)?, each::<N>("kernel_size", &kernel)?);
        ensure!(
            padding != Padding::Same || steps == [1; N],
            Value,
            "Conv{N}d: padding='same' is not supported for strided convolutions"
        );
        // Before and after each dimension, the last first.
        let mut around = Vec::with_capacity(2 * N);
        for i in (0..N).rev() {
            let total = gaps[i].saturating_mul(sizes[i].saturating_sub(1));
            around.extend(match &padding {
                Padding::Same => [total / 2, total - total / 2],
                Padding::Valid => [0, 0],
                Padding::Sizes(sizes) => [each::<N>("padding", sizes)?[i]; 2],
            });
        }
        let rows = [out_channels, in_channels / groups];
        let (weight, bias) = parameters::<N>(rows, &kernel, bias.then_some(out_channels), dtype)?;
        let args = ConvArgs { stride, padding, dilation, groups: groups as isize };
        Ok(Conv { weight, bias, args, padding_mode, around })
    }

    /// Draw the parameters anew.
    pub fn reset_parameters(&self) -> Result<()> {
        init::linear_(&self.weight, self.bias.as_ref(), None)
    }
}

impl<const N: usize> Module for Conv<N> {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let run = |x: &Tensor, args: &ConvArgs| {
            let (w, b) = (&self.weight, self.bias.as_ref());
            match N {
                1 => x.conv1d(w, b, args),
                2 => x.conv2d(w, b, args),
                _ => x.conv3d(w, b, args),
            }
        };
        if self.padding_mode == PadMode::Constant {
            return run(input, &self.args);
        }
        let padded = input.pad(&self.around, self.padding_mode, 0.0)?;
        run(&padded, &ConvArgs { padding: Padding::Valid, ..self.args.clone() })
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        members(&self.weight, &self.bias)
    }

    fn label(&self) -> String {
        let args = &self.args;
        let padding = match &args.padding {
            Padding::Sizes(sizes) => option::<N>("padding", sizes, 0),
            Padding::Valid => ", padding=valid".into(),
            Padding::Same => ", padding=same".into(),
        };
        let mode = match self.padding_mode {
            PadMode::Constant => String::new(),
            mode => format!(", padding_mode={}", mode.name()),
        };
        let (shape, groups) = (self.weight.shape(), args.groups as usize);
        let channels = [shape[1] * groups, shape[0]];
        let tail = tail(groups, self.bias.is_some()) + &mode;
        let options = [padding, option::<N>("dilation", &args.dilation, 1), tail].concat();
        label::<N>("Conv", channels, shape, &args.stride, &options)
    }
}

/// `, name=(1, 2)`, unless all are `default`.
fn option<const N: usize>(name: &str, steps: &Steps, default: isize) -> String {
    match each::<N>(name, steps) {
        Ok(numbers) if numbers != [default; N] => format!(", {name}={}", tuple(&numbers)),
        _ => String::new(),
    }
}

/// Groups and a missing bias.
fn tail(groups: usize, bias: bool) -> String {
    let groups = if groups == 1 { String::new() } else { format!(", groups={groups}") };
    groups + if bias { "" } else { ", bias=false" }
}

/// The layer as PyTorch writes it.
fn label<const N: usize>(
    name: &str,
    [inputs, outputs]: [usize; 2],
    weight: &[usize],
    stride: &Steps,
    options: &str,
) -> String {
    let kernel: Vec<isize> = weight[2..].iter().map(|&k| k as isize).collect();
    let (kernel, stride) = (tuple(&kernel), option::<N>("stride", stride, 0));
    format!("{name}{N}d({inputs}, {outputs}, kernel_size={kernel}{stride}{options})")
}

/// Transposed convolution over N dimensions, (batch, in, …) → (batch, out, …); see [`Tensor::conv_transpose2d`].
///
/// ```
/// use synapgrad::{DType, Tensor, nn::{ConvTranspose2d, ConvTransposeOptions, Module}};
/// # fn main() -> synapgrad::Result<()> {
/// let options = ConvTransposeOptions { stride: 2.into(), padding: 1.into(), ..Default::default() };
/// let layer = ConvTranspose2d::with(8, 4, 3, options)?;
/// let x = Tensor::zeros(&[1, 8, 5, 5], DType::F32)?;
/// assert_eq!(layer.forward(&x)?.shape(), [1, 4, 9, 9]);
/// assert_eq!(layer.forward_to(&x, Some(&[10, 10]))?.shape(), [1, 4, 10, 10]);
/// # Ok(())
/// # }
/// ```
pub struct ConvTranspose<const N: usize> {
    /// Shape (in, out / groups, kernel…).
    pub weight: Tensor,
    /// Shape (out).
    pub bias: Option<Tensor>,
    args: ConvTransposeArgs,
}

pub type ConvTranspose1d = ConvTranspose<1>;
pub type ConvTranspose2d = ConvTranspose<2>;
pub type ConvTranspose3d = ConvTranspose<3>;

impl<const N: usize> ConvTranspose<N> {
    /// A layer with stride 1, no padding and a bias; see [`ConvTranspose::with`].
    pub fn new(in_channels: usize, out_channels: usize, kernel_size: impl Into<Steps>) -> Result<ConvTranspose<N>> {
        ConvTranspose::with(in_channels, out_channels, kernel_size, ConvTransposeOptions::default())
    }

    /// A layer whose parameters are drawn from U(−√k, √k), k = groups/(out·window), by the default generator.
    ///
    /// # Errors
    /// ValueError where `groups` does not divide the channels or an option has another number of dimensions than the
    /// layer; RuntimeError where `dtype` is no float type.
    pub fn with(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Into<Steps>,
        options: ConvTransposeOptions,
    ) -> Result<ConvTranspose<N>> {
        let ConvTransposeOptions { stride, padding, output_padding, groups, bias, dilation, dtype } = options;
        check_groups("ConvTranspose", in_channels, out_channels, groups)?;
        for (what, steps) in
            [("stride", &stride), ("padding", &padding), ("output_padding", &output_padding), ("dilation", &dilation)]
        {
            each::<N>(what, steps)?;
        }
        let rows = [in_channels, out_channels / groups];
        let (weight, bias) = parameters::<N>(rows, &kernel_size.into(), bias.then_some(out_channels), dtype)?;
        let args = ConvTransposeArgs { stride, padding, output_padding, groups: groups as isize, dilation };
        Ok(ConvTranspose { weight, bias, args })
    }

    /// Draw the parameters anew.
    pub fn reset_parameters(&self) -> Result<()> {
        init::linear_(&self.weight, self.bias.as_ref(), None)
    }

    /// [`forward`](Module::forward) to images of a certain size: with a stride, several are possible.
    ///
    /// # Errors
    /// ValueError for a size that is none of those.
    pub fn forward_to(&self, input: &Tensor, output_size: Option<&[isize]>) -> Result<Tensor> {
        let mut args = self.args.clone();
        if let Some(size) = output_size {
            ensure!(
                input.rank() > N && size.len() == N,
                Value,
                "ConvTranspose{N}d: output_size has to have {N} elements, got {size:?} for an input of shape {:?}",
                input.shape()
            );
            let (stride, padding, dilation) = (
                each::<N>("stride", &args.stride)?,
                each::<N>("padding", &args.padding)?,
                each::<N>("dilation", &args.dilation)?,
            );
            let mut more = [0; N];
            for i in 0..N {
                let last = input.shape()[input.rank() - N + i] as isize - 1;
                let reach = dilation[i] * (self.weight.shape()[i + 2] as isize - 1);
                let least = last * stride[i] - 2 * padding[i] + reach + 1;
                more[i] = size[i] - least;
                ensure!(
                    (0..stride[i]).contains(&more[i]),
                    Value,
                    "ConvTranspose{N}d: requested an output size of {size:?}, but valid sizes range from {least} to {} in \
                     dimension {i}",
                    least + stride[i] - 1
                );
            }
            args.output_padding = more.into();
        }
        let (w, b) = (&self.weight, self.bias.as_ref());
        match N {
            1 => input.conv_transpose1d(w, b, &args),
            2 => input.conv_transpose2d(w, b, &args),
            _ => input.conv_transpose3d(w, b, &args),
        }
    }
}

impl<const N: usize> Module for ConvTranspose<N> {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.forward_to(input, None)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        members(&self.weight, &self.bias)
    }

    fn label(&self) -> String {
        let args = &self.args;
        let (shape, groups) = (self.weight.shape(), args.groups as usize);
        let options = [
            option::<N>("padding", &args.padding, 0),
            option::<N>("dilation", &args.dilation, 1),
            option::<N>("output_padding", &args.output_padding, 0),
            tail(groups, self.bias.is_some()),
        ];
        label::<N>("ConvTranspose", [shape[0], shape[1] * groups], shape, &args.stride, &options.concat())
    }
}

/// What a window sees at each of its positions, as columns; see [`Tensor::im2col`].
#[derive(Clone, Debug)]
pub struct Unfold {
    pub kernel_size: Steps,
    pub args: FoldArgs,
}

impl Module for Unfold {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.im2col(&self.kernel_size, &self.args)
    }
}

/// Columns added up where their windows lie in an image; see [`Tensor::col2im`].
#[derive(Clone, Debug)]
pub struct Fold {
    pub output_size: Steps,
    pub kernel_size: Steps,
    pub args: FoldArgs,
}

impl Module for Fold {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        input.col2im(&self.output_size, &self.kernel_size, &self.args)
    }
}
