//! Convolutions, transposed convolutions, and windows as columns.

use smallvec::{SmallVec, smallvec};
use synapgrad_kernels::conv::{self, Plan, Sizes};
use synapgrad_kernels::dtype::Category;
use synapgrad_kernels::{DType, Dims, Layout, with_compute};

use super::create::room;
use super::matmul::with_buffers;
use crate::autograd::{Cx, Grads, grads, record};
use crate::error::{bail, ensure};
use crate::{Error, ErrorKind, Result, Tensor};

/// A number for each dimension of the image, or one for all.
///
/// ```
/// use synapgrad::Steps;
/// let (both, each): (Steps, Steps) = (2.into(), [1, 2].into());
/// assert_eq!((&*both, &*each), (&[2][..], &[1, 2][..]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps(SmallVec<[isize; 3]>);

impl From<isize> for Steps {
    fn from(one: isize) -> Steps {
        Steps(smallvec![one])
    }
}

impl From<&[isize]> for Steps {
    fn from(each: &[isize]) -> Steps {
        Steps(SmallVec::from_slice(each))
    }
}

impl<const N: usize> From<[isize; N]> for Steps {
    fn from(each: [isize; N]) -> Steps {
        Steps(SmallVec::from_slice(&each))
    }
}

impl std::ops::Deref for Steps {
    type Target = [isize];
    fn deref(&self) -> &[isize] {
        &self.0
    }
}

/// How many zeros surround the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Padding {
    /// So many on both sides.
    Sizes(Steps),
    /// None.
    Valid,
    /// As many as keep the image's size, the odd one after it.
    Same,
}

impl<T: Into<Steps>> From<T> for Padding {
    fn from(sizes: T) -> Padding {
        Padding::Sizes(sizes.into())
    }
}

impl Padding {
    /// The one that PyTorch calls `rule`, in a call of `operation`.
    ///
    /// # Errors
    /// RuntimeError for other texts than `valid` and `same`.
    pub fn named(operation: &str, rule: &str) -> Result<Padding> {
        Ok(match rule {
            "valid" => Padding::Valid,
            "same" => Padding::Same,
            _ => bail!(Runtime, "{operation}: Invalid padding string: '{rule}', wanted 'valid' or 'same'"),
        })
    }
}

/// Options of [`Tensor::conv1d`], [`Tensor::conv2d`] and [`Tensor::conv3d`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvArgs {
    /// How far the window moves.
    pub stride: Steps,
    pub padding: Padding,
    /// How far apart in the image the window's taps are.
    pub dilation: Steps,
    /// Into how many groups the channels are divided, each convolved by itself.
    pub groups: isize,
}

impl Default for ConvArgs {
    fn default() -> ConvArgs {
        ConvArgs { stride: 1.into(), padding: 0.into(), dilation: 1.into(), groups: 1 }
    }
}

/// Options of [`Tensor::conv_transpose1d`], [`Tensor::conv_transpose2d`] and [`Tensor::conv_transpose3d`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvTransposeArgs {
    pub stride: Steps,
    /// How many elements are taken away on both sides of the result.
    pub padding: Steps,
    /// How many elements the result has more at its end: with a stride, several sizes are convolved to one.
    pub output_padding: Steps,
    pub groups: isize,
    pub dilation: Steps,
}

impl Default for ConvTransposeArgs {
    fn default() -> ConvTransposeArgs {
        ConvTransposeArgs {
            stride: 1.into(),
            padding: 0.into(),
            output_padding: 0.into(),
            groups: 1,
            dilation: 1.into(),
        }
    }
}

/// Options of [`Tensor::im2col`] and [`Tensor::col2im`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldArgs {
    pub dilation: Steps,
    pub padding: Steps,
    pub stride: Steps,
}

impl Default for FoldArgs {
    fn default() -> FoldArgs {
        FoldArgs { dilation: 1.into(), padding: 0.into(), stride: 1.into() }
    }
}

/// A convolution over the last `dims` dimensions.
#[derive(Clone)]
struct Geometry {
    plan: Plan,
    dims: usize,
}

impl Geometry {
    fn image(&self, channels: usize, size: Sizes) -> Dims {
        let mut shape = Dims::from_slice(&[self.plan.batch, self.plan.groups * channels]);
        shape.extend_from_slice(&size[3 - self.dims..]);
        shape
    }

    fn input_shape(&self) -> Dims {
        self.image(self.plan.inputs, self.plan.size)
    }

    fn output_shape(&self) -> Dims {
        self.image(self.plan.outputs, self.plan.out)
    }

    fn weight_shape(&self) -> Dims {
        let mut shape = Dims::from_slice(&[self.plan.groups * self.plan.outputs, self.plan.inputs]);
        shape.extend_from_slice(&self.plan.kernel[3 - self.dims..]);
        shape
    }
}

/// The three kernels, on contiguous memory of one dtype: y of x and w, x of y and w, w of x and y. Halves are computed in
/// float32, whole numbers in int64, exactly but for what doesn't fit.
#[derive(Clone, Copy)]
enum Kernel {
    Forward,
    Input,
    Weight,
}

fn compute(kernel: Kernel, geometry: &Geometry, operands: [&Tensor; 2], bias: Option<&Tensor>) -> Result<Tensor> {
    let dtype = operands[0].dtype();
    let (inner, shape) = (
        with_compute!(dtype, T => <T as synapgrad_kernels::Element>::DTYPE),
        match kernel {
            Kernel::Forward => geometry.output_shape(),
            Kernel::Input => geometry.input_shape(),
            Kernel::Weight => geometry.weight_shape(),
        },
    );
    let ready = |t: &Tensor| t.detach().to_dtype(inner)?.contiguous();
    let (a, b) = (ready(operands[0])?, ready(operands[1])?);
    let bias = bias.map(ready).transpose()?;
    let mut out = room(&shape, inner)?;
    let plan = &geometry.plan;
    with_buffers([&a, &b, bias.as_ref().unwrap_or(&a)], |[data_a, data_b, data_bias]| {
        let (x, y) = ((data_a, a.layout().offset), (data_b, b.layout().offset));
        let bias = bias.as_ref().map(|bias| (data_bias, bias.layout().offset));
        match kernel {
            Kernel::Forward => conv::forward(plan, dtype, x, y, bias, &mut out),
            Kernel::Input => conv::backward_input(plan, dtype, x, y, bias, &mut out),
            Kernel::Weight => conv::backward_weight(plan, dtype, x, y, &mut out),
        }
    })?;
    Tensor::from_buffer(out, Layout::dense(&shape), inner).to_dtype(dtype)
}

/// y\[n, o, p\] = b\[o\] + Σ_{c,t} w\[o, c, t\]·x\[n, c, p·s + t·d − a\].
/// ∂x = [`transposed`]\(g, w\), ∂w = [`weights`]\(x, g\), ∂b = Σ g
fn convolution(geometry: Geometry, x: &Tensor, w: &Tensor, b: Option<&Tensor>) -> Result<Tensor> {
    let y = compute(Kernel::Forward, &geometry, [x, w], b)?;
    Ok(with_bias(x, w, b, y, move |cx| {
        let [x, w] = cx.saved()?;
        grads![cx; transposed(geometry.clone(), cx.g, &w, None)?, weights(geometry.clone(), &x, cx.g)?]
    }))
}

/// x\[n, c, q\] = b\[c\] + Σ w\[o, c, t\]·g\[n, o, p\] over all o, p, t with p·s + t·d − a = q.
/// ∂g = [`convolution`]\(G, w\), ∂w = [`weights`]\(G, g\), ∂b = Σ G
fn transposed(geometry: Geometry, g: &Tensor, w: &Tensor, b: Option<&Tensor>) -> Result<Tensor> {
    let x = compute(Kernel::Input, &geometry, [g, w], b)?;
    Ok(with_bias(g, w, b, x, move |cx| {
        let [g, w] = cx.saved()?;
        grads![cx; convolution(geometry.clone(), cx.g, &w, None)?, weights(geometry.clone(), cx.g, &g)?]
    }))
}

/// w\[o, c, t\] = Σ_{n,p} g\[n, o, p\]·x\[n, c, p·s + t·d − a\].
/// ∂x = [`transposed`]\(g, G\), ∂g = [`convolution`]\(x, G\)
fn weights(geometry: Geometry, x: &Tensor, g: &Tensor) -> Result<Tensor> {
    let w = compute(Kernel::Weight, &geometry, [x, g], None)?;
    Ok(record("ConvolutionBackward0", &[x, g], w, &[x.into(), g.into()], move |cx| {
        let [x, g] = cx.saved()?;
        grads![cx; transposed(geometry.clone(), &g, cx.g, None)?, convolution(geometry.clone(), &x, cx.g, None)?]
    }))
}

/// Record a convolution whose gradients, but for the bias's, `rule` gives: that is the sum over images and positions.
fn with_bias<R>(x: &Tensor, w: &Tensor, b: Option<&Tensor>, value: Tensor, rule: R) -> Tensor
where
    R: Fn(&Cx) -> Result<Grads> + Send + Sync + 'static,
{
    let inputs: SmallVec<[&Tensor; 3]> = [x, w].into_iter().chain(b).collect();
    record("ConvolutionBackward0", &inputs, value, &[x.into(), w.into()], move |cx| {
        let mut grads = rule(cx)?;
        if cx.inputs() > 2 {
            grads.push(if cx.needs(2) { Some(per_channel(cx.g)?) } else { None });
        }
        Ok(grads)
    })
}

/// Σ g over images and positions: first over the positions of each image, which is the order of memory.
fn per_channel(g: &Tensor) -> Result<Tensor> {
    let positions: SmallVec<[isize; 3]> = (2..g.rank() as isize).collect();
    let wide = if g.dtype().size() < 4 { DType::F32 } else { g.dtype() };
    g.sum_dims(&positions, false, Some(wide))?.sum_dims(&[0], false, None)
}

/// The numbers of an option for each dimension, as PyTorch accepts them: not negative, or positive.
fn per_dimension(name: &str, what: &str, given: &[isize], dims: usize, least: isize) -> Result<Sizes> {
    ensure!(
        given.len() == dims || given.len() == 1,
        Runtime,
        "{name}: expected {what} to be a single integer value or a list of {dims} values to match the convolution \
         dimensions, but got {what}={given:?}"
    );
    let refused = if least > 0 { "non-positive" } else { "negative" };
    ensure!(given.iter().all(|&n| n >= least), Runtime, "{name}: {refused} {what} is not supported, got {given:?}");
    // A dimension that isn't there has size 1 everywhere.
    Ok(std::array::from_fn(|i| match i + dims < 3 {
        true => least as usize,
        false if given.len() == 1 => given[0] as usize,
        false => given[i + dims - 3] as usize,
    }))
}

/// The sizes of the last `dims` dimensions.
fn image_of(t: &Tensor, dims: usize) -> Sizes {
    std::array::from_fn(|i| if i + dims < 3 { 1 } else { t.shape()[i + dims - 1] })
}

fn too_large(name: &str) -> Error {
    Error::new(ErrorKind::Memory, format!("{name}: the result is beyond any memory"))
}

/// What convolutions and transposed ones check alike.
#[allow(clippy::too_many_arguments)]
fn check(
    name: &str,
    x: &Tensor,
    w: &Tensor,
    b: Option<&Tensor>,
    dims: usize,
    groups: isize,
    transposed: bool,
) -> Result<usize> {
    ensure!(
        w.rank() == dims + 2,
        Runtime,
        "{name}: expected a weight of {} dimensions, but got one of size {:?}",
        dims + 2,
        w.shape()
    );
    for (what, other) in [("weight", Some(w)), ("bias", b)] {
        let Some(other) = other else { continue };
        ensure!(
            x.dtype() == other.dtype(),
            Runtime,
            "{name}: Input type ({}) and {what} type ({}) should be the same",
            x.dtype().name(),
            other.dtype().name()
        );
    }
    ensure!(x.dtype() != DType::Bool, NotImplemented, "{name}: not implemented for 'Bool'");
    ensure!(groups > 0, Runtime, "{name}: non-positive groups is not supported, got {groups}");
    let groups = groups as usize;
    let shape = w.shape();
    ensure!(
        shape[0] >= groups,
        Runtime,
        "{name}: Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size \
         {shape:?} instead"
    );
    ensure!(
        shape[0].is_multiple_of(groups),
        Runtime,
        "{name}: Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size \
         {shape:?} instead"
    );
    let (channels, wanted) = (x.shape()[1], if transposed { shape[0] } else { shape[1] * groups });
    ensure!(
        channels == wanted,
        Runtime,
        "{name}: Given groups={groups}, weight of size {shape:?}, expected input {:?} to have {wanted} channels, but got \
         {channels} channels instead",
        x.shape()
    );
    ensure!(
        shape.iter().all(|&n| n > 0),
        Runtime,
        "{name}: expected a weight with elements, but got one of size {shape:?}"
    );
    let rows = if transposed { shape[1] * groups } else { shape[0] };
    if let Some(b) = b {
        ensure!(
            b.shape() == [rows],
            Runtime,
            "{name}: Given weight of size {shape:?}, expected bias to be 1-dimensional with {rows} elements, but got bias of \
             size {:?} instead",
            b.shape()
        );
    }
    Ok(groups)
}

/// The input with a batch, and whether it had none.
fn batched(name: &str, x: &Tensor, dims: usize) -> Result<(Tensor, bool)> {
    ensure!(
        x.rank() == dims + 1 || x.rank() == dims + 2,
        Runtime,
        "{name}: Expected {}D (unbatched) or {}D (batched) input to {name}, but got input of size: {:?}",
        dims + 1,
        dims + 2,
        x.shape()
    );
    let alone = x.rank() == dims + 1;
    Ok((if alone { x.unsqueeze(0)? } else { x.clone() }, alone))
}

impl Tensor {
    /// Convolution over one dimension: (N, C, L) with weights (O, C/groups, k) → (N, O, L'); see [`Tensor::conv2d`].
    ///
    /// # Errors
    /// As [`Tensor::conv2d`].
    pub fn conv1d(&self, weight: &Tensor, bias: Option<&Tensor>, args: &ConvArgs) -> Result<Tensor> {
        self.conv("conv1d", 1, weight, bias, args)
    }

    /// Convolution over two dimensions: (N, C, H, W) with weights (O, C/groups, kh, kw) → (N, O, H', W'), or the same
    /// without N. The window of weights slides over the image, zero outside, and is multiplied with what it sees:
    /// y\[n, o, p\] = b\[o\] + Σ_{c,t} w\[o, c, t\]·x\[n, c, p·stride + t·dilation − padding\], and along each dimension
    /// n' = ⌊(n + 2·padding − dilation·(k − 1) − 1)/stride⌋ + 1.
    /// ∂x = the transposed convolution of g, ∂w\[o, c, t\] = Σ g·x, ∂b = Σ g
    ///
    /// ```
    /// use synapgrad::{ConvArgs, Tensor};
    /// # fn main() -> synapgrad::Result<()> {
    /// let image = Tensor::from([[0f32, 0.0, 0.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]).view(&[1, 1, 3, 3])?;
    /// let edge = Tensor::from([[-1f32], [1.0]]).view(&[1, 1, 2, 1])?;
    /// let found = image.conv2d(&edge, None, &ConvArgs::default())?;
    /// assert_eq!(found.to_vec::<f32>()?, [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
    /// let smaller = image.conv2d(&edge, None, &ConvArgs { stride: [1, 2].into(), ..Default::default() })?;
    /// assert_eq!(smaller.shape(), [1, 1, 2, 2]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// RuntimeError where shapes, groups or dtypes don't fit each other, the window is larger than the image, or an option
    /// is negative or has neither one number nor one for each dimension; NotImplementedError for bool.
    pub fn conv2d(&self, weight: &Tensor, bias: Option<&Tensor>, args: &ConvArgs) -> Result<Tensor> {
        self.conv("conv2d", 2, weight, bias, args)
    }

    /// Convolution over three dimensions: (N, C, D, H, W) with weights (O, C/groups, kd, kh, kw) → (N, O, D', H', W'); see
    /// [`Tensor::conv2d`].
    ///
    /// # Errors
    /// As [`Tensor::conv2d`].
    pub fn conv3d(&self, weight: &Tensor, bias: Option<&Tensor>, args: &ConvArgs) -> Result<Tensor> {
        self.conv("conv3d", 3, weight, bias, args)
    }

    fn conv(&self, name: &str, dims: usize, w: &Tensor, b: Option<&Tensor>, args: &ConvArgs) -> Result<Tensor> {
        let (x, alone) = batched(name, self, dims)?;
        let stride = per_dimension(name, "stride", &args.stride, dims, 1)?;
        let dilation = per_dimension(name, "dilation", &args.dilation, dims, 1)?;
        let groups = check(name, &x, w, b, dims, args.groups, false)?;
        let (size, kernel) = (image_of(&x, dims), image_of(w, dims));
        // How far a window reaches beyond its first element.
        let mut reach = [0; 3];
        for i in 0..3 {
            reach[i] = dilation[i].checked_mul(kernel[i] - 1).ok_or_else(|| too_large(name))?;
        }
        // Zeros before the image, and before and after together.
        let (before, around) = match &args.padding {
            Padding::Same => {
                ensure!(
                    stride == [1; 3],
                    Runtime,
                    "{name}: padding='same' is not supported for strided convolutions, got stride={:?}",
                    &*args.stride
                );
                (reach.map(|n| n / 2), reach.map(Some))
            }
            Padding::Valid => ([0; 3], [Some(0); 3]),
            Padding::Sizes(sizes) => {
                let sizes = per_dimension(name, "padding", sizes, dims, 0)?;
                (sizes, sizes.map(|n| n.checked_mul(2)))
            }
        };
        let mut out = [0; 3];
        let mut padded = [0; 3];
        for i in 0..3 {
            padded[i] = around[i]
                .and_then(|around| size[i].checked_add(around))
                .filter(|&n| n < isize::MAX as usize)
                .ok_or_else(|| too_large(name))?;
            out[i] = padded[i].checked_sub(reach[i]).filter(|&n| n > 0).map_or(0, |n| (n - 1) / stride[i] + 1);
        }
        let [padded, reach] = [padded, reach].map(|sizes| Dims::from_slice(&sizes[3 - dims..]));
        ensure!(
            out.iter().all(|&n| n > 0),
            Runtime,
            "{name}: Calculated padded input size per channel: {padded:?}. Kernel size: {:?}. Kernel size can't be greater \
             than actual input size",
            reach.iter().map(|n| n + 1).collect::<Vec<_>>()
        );
        ensure!(
            x.shape()[0] == 0 || x.numel() > 0,
            Runtime,
            "{name}: Only zero batch or zero channel inputs are supported, but got input shape: {:?}",
            x.shape()
        );
        let (batch, [inputs, outputs]) = (x.shape()[0], [w.shape()[1], w.shape()[0] / groups]);
        let plan = Plan { batch, groups, inputs, outputs, size, out, kernel, stride, padding: before, dilation };
        let y = convolution(Geometry { plan, dims }, &x, w, b)?;
        if alone { y.squeeze_dim(0) } else { Ok(y) }
    }

    /// Transposed convolution over one dimension: (N, C, L) with weights (C, O/groups, k) → (N, O, L'); see
    /// [`Tensor::conv_transpose2d`].
    ///
    /// # Errors
    /// As [`Tensor::conv_transpose2d`].
    pub fn conv_transpose1d(&self, weight: &Tensor, bias: Option<&Tensor>, args: &ConvTransposeArgs) -> Result<Tensor> {
        self.conv_transpose("conv_transpose1d", 1, weight, bias, args)
    }

    /// Transposed convolution over two dimensions: (N, C, H, W) with weights (C, O/groups, kh, kw) → (N, O, H', W'), or the
    /// same without N. Every element of the input adds the window of weights, times itself, to the result: it is the
    /// derivative of [`Tensor::conv2d`] by its input, and what enlarges images in decoders. Along each dimension
    /// n' = (n − 1)·stride − 2·padding + dilation·(k − 1) + output_padding + 1.
    /// ∂x = the convolution of g, ∂w = Σ g·x, ∂b = Σ g
    ///
    /// Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016).
    ///
    /// ```
    /// use synapgrad::{ConvTransposeArgs, Tensor};
    /// # fn main() -> synapgrad::Result<()> {
    /// let x = Tensor::from([1f32, 10.0]).view(&[1, 1, 1, 2])?;
    /// let w = Tensor::from([1f32, 2.0, 3.0]).view(&[1, 1, 1, 3])?;
    /// let y = x.conv_transpose2d(&w, None, &ConvTransposeArgs { stride: [1, 2].into(), ..Default::default() })?;
    /// assert_eq!(y.to_vec::<f32>()?, [1.0, 2.0, 13.0, 20.0, 30.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// RuntimeError where shapes, groups or dtypes don't fit each other, the padding takes away more than there is, the
    /// output padding is not below stride or dilation, or an option is negative or has neither one number nor one for each
    /// dimension; NotImplementedError for bool.
    pub fn conv_transpose2d(&self, weight: &Tensor, bias: Option<&Tensor>, args: &ConvTransposeArgs) -> Result<Tensor> {
        self.conv_transpose("conv_transpose2d", 2, weight, bias, args)
    }

    /// Transposed convolution over three dimensions: (N, C, D, H, W) with weights (C, O/groups, kd, kh, kw) →
    /// (N, O, D', H', W'); see [`Tensor::conv_transpose2d`].
    ///
    /// # Errors
    /// As [`Tensor::conv_transpose2d`].
    pub fn conv_transpose3d(&self, weight: &Tensor, bias: Option<&Tensor>, args: &ConvTransposeArgs) -> Result<Tensor> {
        self.conv_transpose("conv_transpose3d", 3, weight, bias, args)
    }

    fn conv_transpose(
        &self,
        name: &str,
        dims: usize,
        w: &Tensor,
        b: Option<&Tensor>,
        args: &ConvTransposeArgs,
    ) -> Result<Tensor> {
        let (g, alone) = batched(name, self, dims)?;
        let stride = per_dimension(name, "stride", &args.stride, dims, 1)?;
        let padding = per_dimension(name, "padding", &args.padding, dims, 0)?;
        let more = per_dimension(name, "output_padding", &args.output_padding, dims, 0)?;
        let dilation = per_dimension(name, "dilation", &args.dilation, dims, 1)?;
        let groups = check(name, &g, w, b, dims, args.groups, true)?;
        let (out, kernel) = (image_of(&g, dims), image_of(w, dims));
        ensure!(
            (0..3).all(|i| more[i] < stride[i] || more[i] < dilation[i]),
            Runtime,
            "{name}: output padding must be smaller than either stride or dilation, but got output_padding={:?}, \
             stride={:?}, dilation={:?}",
            &*args.output_padding,
            &*args.stride,
            &*args.dilation
        );
        ensure!(
            g.shape()[0] == 0 || g.numel() > 0,
            Runtime,
            "{name}: Only zero batch or zero channel inputs are supported, but got input shape: {:?}",
            g.shape()
        );
        let mut size = [0; 3];
        for i in 0..3 {
            let reach = dilation[i].checked_mul(kernel[i] - 1).and_then(|n| n.checked_add(more[i])?.checked_add(1));
            let full = out[i].saturating_sub(1).checked_mul(stride[i]).zip(reach).and_then(|(n, r)| n.checked_add(r));
            let full = full.filter(|&n| n < isize::MAX as usize).ok_or_else(|| too_large(name))?;
            size[i] = padding[i].checked_mul(2).and_then(|cut| full.checked_sub(cut)).unwrap_or(0);
        }
        ensure!(
            size.iter().all(|&n| n > 0),
            Runtime,
            "{name}: Given input of shape {:?} and padding={:?}, nothing is left of the result: Output size is too small",
            g.shape(),
            &*args.padding
        );
        let (batch, [outputs, inputs]) = (g.shape()[0], [w.shape()[0] / groups, w.shape()[1]]);
        let plan = Plan { batch, groups, inputs, outputs, size, out, kernel, stride, padding, dilation };
        let x = transposed(Geometry { plan, dims }, &g, w, b)?;
        if alone { x.squeeze_dim(0) } else { Ok(x) }
    }
}

/// What [`Tensor::im2col`] and [`Tensor::col2im`] have in common: the plan, but for the sizes of image and output.
fn windows(name: &str, kernel: &[isize], args: &FoldArgs) -> Result<Plan> {
    let pair = |what: &str, given: &[isize], least: isize| -> Result<Sizes> {
        ensure!(
            given.len() == 2 || given.len() == 1,
            Runtime,
            "{name}: It is expected {what} equals to 2, but got size {}",
            given.len()
        );
        let wanted = if least > 0 { "greater than zero" } else { "non-negative" };
        ensure!(given.iter().all(|&n| n >= least), Runtime, "{name}: {what} should be {wanted}, but got {given:?}");
        Ok([least as usize, given[0] as usize, given[given.len() - 1] as usize])
    };
    Ok(Plan {
        batch: 1,
        groups: 1,
        inputs: 1,
        outputs: 0,
        size: [1; 3],
        out: [1; 3],
        kernel: pair("kernel_size", kernel, 1)?,
        dilation: pair("dilation", &args.dilation, 1)?,
        padding: pair("padding", &args.padding, 0)?,
        stride: pair("stride", &args.stride, 1)?,
    })
}

/// How many windows fit along height and width; negative where the window is too large.
fn windows_in(name: &str, plan: &Plan, size: [isize; 2]) -> Result<[isize; 2]> {
    let along = |i: usize| -> Option<isize> {
        let [kernel, dilation, padding, stride] =
            [plan.kernel[i], plan.dilation[i], plan.padding[i], plan.stride[i]].map(|n| n as isize);
        let reach = dilation.checked_mul(kernel - 1)?.checked_add(1)?;
        let room = size[i - 1].checked_add(padding.checked_mul(2)?)?.checked_sub(reach)?;
        Some(room.div_euclid(stride) + 1)
    };
    match (along(1), along(2)) {
        (Some(h), Some(w)) => Ok([h, w]),
        _ => Err(too_large(name)),
    }
}

fn columns_value(plan: &Plan, x: &Tensor, shape: &[usize], fold: bool) -> Result<Tensor> {
    let dtype = x.dtype();
    let inner = with_compute!(dtype, T => <T as synapgrad_kernels::Element>::DTYPE);
    let mut out = room(shape, inner)?;
    x.to_dtype(inner)?.with_memory(|x| {
        if fold {
            conv::fold(plan, dtype, x, &mut out)
        } else {
            conv::unfold(plan, dtype, x, &mut out);
            Ok(())
        }
    })??;
    Tensor::from_buffer(out, Layout::dense(shape), inner).to_dtype(dtype)
}

fn check_columns(name: &str, x: &Tensor) -> Result<()> {
    let whole = x.dtype().category() == Category::Int;
    ensure!(!whole, NotImplemented, "{name}: not implemented for '{}'", x.dtype().title());
    Ok(())
}

impl Tensor {
    /// What a window sees at each of its positions, as columns: (N, C, H, W) → (N, C·kh·kw, positions), or without N. With
    /// its help a convolution is a product of matrices; this library's do without. ∂x = [`Tensor::col2im`] of g
    ///
    /// PyTorch's `nn.functional.unfold`.
    ///
    /// ```
    /// use synapgrad::{FoldArgs, Tensor};
    /// # fn main() -> synapgrad::Result<()> {
    /// let x = Tensor::from([[1f32, 2.0, 3.0], [4.0, 5.0, 6.0]]).view(&[1, 2, 3])?;
    /// let columns = x.im2col(&2.into(), &FoldArgs::default())?;
    /// assert_eq!(columns.t()?.to_vec::<f32>()?, [1.0, 2.0, 4.0, 5.0, 2.0, 3.0, 5.0, 6.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// IndexError below three dimensions; RuntimeError above four, for empty images, for options out of range and where no
    /// window fits; NotImplementedError for whole numbers.
    pub fn im2col(&self, kernel_size: &Steps, args: &FoldArgs) -> Result<Tensor> {
        let name = "unfold (im2col)";
        let plan = windows(name, kernel_size, args)?;
        self.dim(name, 1)?;
        self.dim(name, 2)?;
        let full = (3..=4).contains(&self.rank()) && self.shape()[self.rank() - 3..].iter().all(|&n| n > 0);
        ensure!(
            full,
            Runtime,
            "{name}: Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for \
             input, but got: {:?}",
            self.shape()
        );
        check_columns(name, self)?;
        let &[.., inputs, height, width] = self.shape() else { unreachable!("the rank was checked") };
        let batch = self.shape()[..self.rank() - 3].iter().product();
        let fit = windows_in(name, &plan, [height as isize, width as isize])?;
        ensure!(
            fit[0] > 0 && fit[1] > 0,
            Runtime,
            "{name}: Given input with spatial size ({height}, {width}), kernel_size={:?}, dilation={:?}, padding={:?}, \
             calculated shape of the array of sliding blocks as {fit:?}, but its components must be at least one.",
            &plan.kernel[1..],
            &plan.dilation[1..],
            &plan.padding[1..]
        );
        let out = [1, fit[0] as usize, fit[1] as usize];
        let plan = Plan { batch, inputs, size: [1, height, width], out, ..plan };
        let mut shape = Dims::from_slice(&self.shape()[..self.rank() - 3]);
        let depth = inputs.checked_mul(plan.kernel[1]).and_then(|n| n.checked_mul(plan.kernel[2]));
        let positions = out[1].checked_mul(out[2]);
        shape.extend([depth.ok_or_else(|| too_large(name))?, positions.ok_or_else(|| too_large(name))?]);
        let value = columns_value(&plan, self, &shape, false)?;
        let (kernel_size, args) = (kernel_size.clone(), args.clone());
        Ok(record(
            "Im2ColBackward0",
            &[self],
            value,
            &[],
            move |cx| grads![cx; cx.g.col2im(&[height as isize, width as isize].into(), &kernel_size, &args)?],
        ))
    }

    /// Columns added up where their windows lie in an image: (N, C·kh·kw, positions) → (N, C, H, W), or without N; the
    /// transpose of [`Tensor::im2col`], not its inverse, because windows overlap. ∂x = [`Tensor::im2col`] of g
    ///
    /// PyTorch's `nn.functional.fold`.
    ///
    /// ```
    /// use synapgrad::{FoldArgs, Tensor};
    /// # fn main() -> synapgrad::Result<()> {
    /// let columns = Tensor::from([[1f32, 10.0], [2.0, 20.0]]); // two windows of two
    /// let row = columns.col2im(&[1, 3].into(), &[1, 2].into(), &FoldArgs::default())?;
    /// assert_eq!(row.to_vec::<f32>()?, [1.0, 12.0, 20.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// RuntimeError for other ranks, for options out of range, and where the number of rows or of columns is not that of
    /// the windows; NotImplementedError for whole numbers.
    pub fn col2im(&self, output_size: &Steps, kernel_size: &Steps, args: &FoldArgs) -> Result<Tensor> {
        let name = "fold (col2im)";
        let plan = windows(name, kernel_size, args)?;
        ensure!(
            output_size.len() == 2 || output_size.len() == 1,
            Runtime,
            "{name}: It is expected output_size equals to 2, but got size {}",
            output_size.len()
        );
        let rank = self.rank();
        let full = (2..=3).contains(&rank) && self.shape()[rank - 2..].iter().all(|&n| n > 0);
        ensure!(
            full,
            Runtime,
            "{name}: Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for \
             input, but got: {:?}",
            self.shape()
        );
        check_columns(name, self)?;
        let &[.., rows, columns] = self.shape() else { unreachable!("the rank was checked") };
        let taps = plan.kernel[1].checked_mul(plan.kernel[2]).ok_or_else(|| too_large(name))?;
        ensure!(
            rows.is_multiple_of(taps),
            Runtime,
            "{name}: Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got \
             input.size(1)={rows} and kernel_size={:?}.",
            &plan.kernel[1..]
        );
        let size = [output_size[0], output_size[output_size.len() - 1]];
        let fit = windows_in(name, &plan, size)?;
        let positions = fit[0].checked_mul(fit[1]);
        ensure!(
            fit[0] > 0 && fit[1] > 0 && positions == Some(columns as isize),
            Runtime,
            "{name}: Given output_size={size:?}, kernel_size={:?}, dilation={:?}, padding={:?}, stride={:?}, expected size of \
             input's dimension 2 to match the calculated number of sliding blocks {} * {}, but got input.size(2)={columns}.",
            &plan.kernel[1..],
            &plan.dilation[1..],
            &plan.padding[1..],
            &plan.stride[1..],
            fit[0],
            fit[1]
        );
        ensure!(size[0] > 0 && size[1] > 0, Runtime, "{name}: output_size should be positive, but got {size:?}");
        let batch = self.shape()[..rank - 2].iter().product();
        let [height, width] = size.map(|n| n as usize);
        let out = [1, fit[0] as usize, fit[1] as usize];
        let plan = Plan { batch, inputs: rows / taps, size: [1, height, width], out, ..plan };
        let mut shape = Dims::from_slice(&self.shape()[..rank - 2]);
        shape.extend([plan.inputs, height, width]);
        let value = columns_value(&plan, self, &shape, true)?;
        let (kernel_size, args) = (kernel_size.clone(), args.clone());
        Ok(record("Col2ImBackward0", &[self], value, &[], move |cx| grads![cx; cx.g.im2col(&kernel_size, &args)?]))
    }
}

/// The public operations of this file.
pub const NAMES: &[&str] =
    &["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "im2col", "col2im"];
