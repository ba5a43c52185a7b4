//! Normalisation: (x − mean)/√(variance + ε), scaled and shifted by learned numbers.
//!
//! The operations differ in which elements share a mean and a variance. The value takes one pass that finds these and one
//! that uses them; so does the gradient, with x̂ the normalised input and means over the elements that share theirs:
//!
//! ```text
//! y = x̂·w + b,  x̂ = (x − mean)·r,  r = 1/√(variance + ε)
//! ∂x = r·(g·w − mean(g·w) − x̂·mean(g·w·x̂))      ∂w = Σ g·x̂      ∂b = Σ g
//! ```

use smallvec::{SmallVec, smallvec};
use synapgrad_kernels::along::Block;
use synapgrad_kernels::norm::channels::{self, Channels};
use synapgrad_kernels::norm::local::{self, Response};
use synapgrad_kernels::norm::rows::{self, Rows};
use synapgrad_kernels::{DType, Layout};

use super::create::room;
use super::loss::check_constant;
use super::matmul::with_buffers;
use crate::autograd::{Cx, Grads, Save, grads, record, tracking};
use crate::error::ensure;
use crate::{Result, Tensor, default_dtype};

/// Which elements share a mean and a variance.
#[derive(Clone, Copy)]
enum Sharing {
    /// Those of a channel, or of a group of channels of one sample.
    Channels(Channels),
    /// Those of a row. Not `centred`, its mean counts as 0.
    Rows { rows: Rows, centred: bool },
}

/// A normalisation as its rule remembers it.
#[derive(Clone, Copy)]
struct Plan {
    sharing: Sharing,
    /// Mean and variance were given, and do not depend on x.
    fixed: bool,
    eps: f64,
    /// Whether there is a weight.
    weight: bool,
}

/// The dtype of means and variances, and of what is computed with them.
fn precision(dtype: DType) -> DType {
    if dtype == DType::F64 { DType::F64 } else { DType::F32 }
}

/// The elements in row-major order, whatever their dtype.
fn numbers(tensor: &Tensor) -> Result<Vec<f64>> {
    tensor.detach().to_dtype(DType::F64)?.to_vec()
}

impl Plan {
    /// The normalised `x`, recorded as `node`, with the mean and the variance of each set of elements. `given` are mean
    /// and variance where they are fixed.
    fn run(
        self,
        node: &'static str,
        x: &Tensor,
        weight: Option<&Tensor>,
        bias: Option<&Tensor>,
        given: Option<[Vec<f64>; 2]>,
    ) -> Result<(Tensor, [Vec<f64>; 2])> {
        let (dtype, eps) = (x.dtype(), self.eps);
        let (w, b) = (weight.map(numbers).transpose()?, bias.map(numbers).transpose()?);
        let (w, b) = (w.as_deref(), b.as_deref());
        let mut data = room(x.shape(), dtype)?;
        let rstd = |variance: &[f64]| -> Vec<f64> { variance.iter().map(|v| 1.0 / (v + eps).sqrt()).collect() };
        let statistics = x.with_memory(|x| {
            let moments = match (self.sharing, given) {
                (Sharing::Channels(shape), Some([mean, variance])) => {
                    channels::apply(dtype, shape, x, &mut data, &mean, &rstd(&variance), w, b);
                    return [mean, variance];
                }
                (Sharing::Channels(shape), None) => channels::forward(dtype, shape, x, &mut data, eps, w, b),
                (Sharing::Rows { rows, centred }, _) => rows::forward(dtype, rows, centred, x, &mut data, eps, w, b),
            };
            let (mean, variance) = moments.iter().map(|m| (m.mean, m.variance())).unzip();
            [mean, variance]
        })?;
        let value = Tensor::from_buffer(data, Layout::dense(x.shape()), dtype);
        let inputs: SmallVec<[&Tensor; 3]> = [Some(x), weight, bias].into_iter().flatten().collect();
        if !tracking(&inputs) {
            return Ok((value, statistics));
        }
        let kept = |numbers: &[f64]| Tensor::from_slice(numbers, &[numbers.len()])?.to_dtype(precision(dtype));
        let (mean, rstd) = (kept(&statistics[0])?, kept(&rstd(&statistics[1]))?);
        let saves: SmallVec<[Save; 4]> =
            [Some(x), weight, Some(&mean), Some(&rstd)].into_iter().flatten().map(Save::from).collect();
        Ok((record(node, &inputs, value, &saves, move |cx| self.slopes(cx)), statistics))
    }

    /// The gradients of x, the weight and the bias.
    fn slopes(self, cx: &Cx) -> Result<Grads> {
        let saved = cx.saved_all()?;
        let (x, weight) = (&saved[0], self.weight.then(|| &saved[1]));
        let (mean, rstd) = (&saved[saved.len() - 2], &saved[saved.len() - 1]);
        if cx.create_graph() {
            return self.textbook(cx, x, weight, mean, rstd);
        }
        let (dtype, w) = (x.dtype(), weight.map(numbers).transpose()?);
        let (mean, rstd) = (numbers(mean)?, numbers(rstd)?);
        let (x, g) = (x.detach().contiguous()?, cx.g.detach().to_dtype(dtype)?.contiguous()?);
        let mut data = if cx.needs(0) { Some(room(x.shape(), dtype)?) } else { None };
        let parameters = cx.inputs() > 1 && (1..cx.inputs()).any(|i| cx.needs(i));
        let (dw, db) = with_buffers([&x, &g], |[x_data, g_data]| {
            let (x, g) = ((x_data, x.layout().offset), (g_data, g.layout().offset));
            let (w, dx) = (w.as_deref(), data.as_mut());
            match self.sharing {
                Sharing::Channels(shape) if self.fixed => {
                    // Nothing is read of x, of which an infinite element must not become NaN.
                    if let Some(dx) = dx {
                        channels::apply(dtype, shape, g, dx, &vec![0.0; mean.len()], &rstd, w, None);
                    }
                    let none = || (Vec::new(), Vec::new());
                    if parameters { channels::backward(dtype, shape, x, g, &mean, &rstd, w, None) } else { none() }
                }
                Sharing::Channels(shape) => channels::backward(dtype, shape, x, g, &mean, &rstd, w, dx),
                Sharing::Rows { rows, centred } => {
                    rows::backward(dtype, rows, centred, x, g, &mean, &rstd, w, parameters, dx)
                }
            }
        });
        let dx = data.map(|data| Tensor::from_buffer(data, Layout::dense(x.shape()), dtype));
        let mut grads: Grads = smallvec![dx];
        let of_bias = [(!self.weight).then_some(&db), Some(&db)];
        for i in 1..cx.inputs() {
            let sums = if i == 1 { of_bias[0].unwrap_or(&dw) } else { &db };
            grads.push(if cx.needs(i) { Some(Tensor::from_slice(sums, cx.shape(i))?) } else { None });
        }
        Ok(grads)
    }

    /// The same out of recorded operations.
    fn textbook(self, cx: &Cx, x: &Tensor, weight: Option<&Tensor>, mean: &Tensor, rstd: &Tensor) -> Result<Grads> {
        type Sizes = SmallVec<[usize; 4]>;
        // The input's shape, the dimensions that share a mean, the weight's shape, the dimensions that share a weight.
        let (shape, shared, weights, folded): (Sizes, &[isize], Sizes, &[isize]) = match self.sharing {
            Sharing::Channels(Channels { outer, channels, inner, groups: None }) => {
                (smallvec![outer, channels, inner], &[0, 2], smallvec![1, channels, 1], &[0, 2])
            }
            Sharing::Channels(Channels { outer, channels, inner, groups: Some(groups) }) => {
                let size = channels / groups.max(1);
                (smallvec![outer, groups, size, inner], &[2, 3], smallvec![1, groups, size, 1], &[0, 3])
            }
            Sharing::Rows { rows, .. } => (smallvec![rows.rows, rows.size], &[1], smallvec![1, rows.size], &[0]),
        };
        let dtype = precision(x.dtype());
        let (x, g) = (x.to_dtype(dtype)?.reshape(&shape)?, cx.g.to_dtype(dtype)?.reshape(&shape)?);
        let around_zero = matches!(self.sharing, Sharing::Rows { centred: false, .. });
        let apart = match (self.fixed, around_zero) {
            (true, _) => x.sub(&mean.reshape(&weights)?)?,
            (_, true) => x,
            _ => x.sub(&x.mean_dims(shared, true, None)?)?,
        };
        let r = match self.fixed {
            true => rstd.reshape(&weights)?,
            false => apart.mul(&apart)?.mean_dims(shared, true, None)?.add(self.eps)?.rsqrt()?,
        };
        let normal = apart.mul(&r)?;
        let weighted = match weight {
            Some(w) => g.mul(&w.to_dtype(dtype)?.reshape(&weights)?)?,
            None => g.clone(),
        };
        let mut grads = Grads::new();
        grads.push(match cx.needs(0) {
            false => None,
            true => {
                let mut inner = weighted.clone();
                if !self.fixed {
                    inner = inner.sub(&normal.mul(&weighted.mul(&normal)?.mean_dims(shared, true, None)?)?)?;
                    if !around_zero {
                        inner = inner.sub(&weighted.mean_dims(shared, true, None)?)?;
                    }
                }
                Some(inner.mul(&r)?.reshape(cx.shape(0))?)
            }
        });
        for i in 1..cx.inputs() {
            let of_weight = i == 1 && self.weight;
            grads.push(match cx.needs(i) {
                false => None,
                true => {
                    let terms = if of_weight { g.mul(&normal)? } else { g.clone() };
                    Some(terms.sum_dims(folded, false, None)?.reshape(cx.shape(i))?)
                }
            });
        }
        Ok(grads)
    }
}

/// # Errors
/// NotImplementedError where `x` is of integers, RuntimeError where a parameter's dtype is neither that of `x` nor, beside
/// a 16-bit float, float32.
fn check_dtypes(name: &str, x: &Tensor, parameters: &[Option<&Tensor>]) -> Result<()> {
    ensure!(x.dtype().is_float(), NotImplemented, "{name}: not implemented for '{}'", x.dtype().title());
    for parameter in parameters.iter().flatten() {
        let dtype = parameter.dtype();
        ensure!(
            dtype == x.dtype() || (dtype == DType::F32 && x.dtype() != DType::F64),
            Runtime,
            "{name}: mixed dtype: expected parameters of {}, or of Float beside a 16-bit type, got {}",
            x.dtype().title(),
            dtype.title()
        );
    }
    Ok(())
}

/// # Errors
/// RuntimeError where a tensor has not one element per channel.
fn check_channels(name: &str, channels: usize, named: [(&str, Option<&Tensor>); 4]) -> Result<()> {
    for (what, tensor) in named {
        let size = tensor.map_or(channels, Tensor::numel);
        ensure!(size == channels, Runtime, "{name}: {what} should contain {channels} elements not {size}");
    }
    Ok(())
}

/// # Errors
/// RuntimeError where `normalized` is empty or not the end of the shape of `x`, or a parameter has another shape.
fn check_normalized(name: &str, x: &Tensor, normalized: &[usize], parameters: [Option<&Tensor>; 2]) -> Result<()> {
    ensure!(
        !normalized.is_empty(),
        Runtime,
        "{name}: Expected normalized_shape to be at least 1-dimensional, got {normalized:?}"
    );
    ensure!(
        x.shape().ends_with(normalized),
        Runtime,
        "{name}: Given normalized_shape={normalized:?}, expected input with shape [*, {}], but got input of size {:?}",
        normalized.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        x.shape()
    );
    for (what, parameter) in ["weight", "bias"].into_iter().zip(parameters) {
        let shape = parameter.map_or(normalized, Tensor::shape);
        ensure!(
            shape == normalized,
            Runtime,
            "{name}: Expected {what} to be of same shape as normalized_shape, but got {what} of shape {shape:?} and \
             normalized_shape = {normalized:?}"
        );
    }
    Ok(())
}

/// # Errors
/// RuntimeError where running averages, by which there is no derivative, require a gradient.
fn check_untracked(name: &str, running: Option<Running>) -> Result<()> {
    let Some(Running { mean, var }) = running else { return Ok(()) };
    check_constant(name, "running_mean", mean)?;
    check_constant(name, "running_var", var)
}

/// running ← (1 − momentum)·running + momentum·now, unrecorded.
fn track(running: &Tensor, now: &[f64], momentum: f64) -> Result<()> {
    let mut mean = numbers(running)?;
    mean.iter_mut().zip(now).for_each(|(mean, now)| *mean = *mean * (1.0 - momentum) + momentum * now);
    running.write(&Tensor::from_slice(&mean, running.shape())?.to_dtype(running.dtype())?)
}

/// Running averages of mean and variance.
#[derive(Clone, Copy)]
pub struct Running<'a> {
    pub mean: &'a Tensor,
    pub var: &'a Tensor,
}

impl Tensor {
    /// Each channel (dimension 1) with mean 0 and variance 1, times `weight`, plus `bias`.
    ///
    /// In training mean and variance are those of the batch, over all dimensions but the channels; `running` moves towards
    /// them by the share `momentum` (its variance is the unbiased one, Σ/(n − 1)). Otherwise they are those of `running`.
    ///
    /// Source: Ioffe, Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
    /// Shift" (2015).
    ///
    /// ```
    /// # use synapgrad::Tensor;
    /// let x = Tensor::from([[1f32, 10.0], [3.0, 30.0]]);
    /// let y = x.batch_norm(None, None, None, true, 0.1, 1e-5)?;
    /// assert!(y.to_vec::<f32>()?.iter().zip([-1.0, -1.0, 1.0, 1.0]).all(|(y, want)| (y - want).abs() < 1e-5));
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// ValueError in training for one value per channel or an ε that is not positive; RuntimeError where a parameter has
    /// not one element per channel, dtypes don't fit, or statistics are missing or require a gradient; IndexError without
    /// channels;
    /// NotImplementedError for integers.
    #[allow(clippy::too_many_arguments)]
    pub fn batch_norm(
        &self,
        weight: Option<&Tensor>,
        bias: Option<&Tensor>,
        running: Option<Running>,
        training: bool,
        momentum: f64,
        eps: f64,
    ) -> Result<Tensor> {
        let name = "batch_norm";
        self.dim(name, 1)?;
        let (shape, channels) = (self.shape(), self.shape()[1]);
        let inner: usize = shape[2..].iter().product();
        let positive = if training { eps > 0.0 } else { eps >= 0.0 };
        ensure!(positive, Value, "{name}: eps must be positive during training and never negative, but got {eps}");
        ensure!(
            !training || shape[0] * inner != 1,
            Value,
            "{name}: Expected more than 1 value per channel when training, got input size {shape:?}"
        );
        let (mean, var) = (running.map(|r| r.mean), running.map(|r| r.var));
        ensure!(training || running.is_some(), Runtime, "{name}: running_mean must be defined in evaluation mode");
        let named = [("running_mean", mean), ("running_var", var), ("weight", weight), ("bias", bias)];
        check_channels(name, channels, named)?;
        check_dtypes(name, self, &[weight, bias, mean, var])?;
        check_untracked(name, running)?;
        let sharing = Sharing::Channels(Channels { outer: shape[0], channels, inner, groups: None });
        let plan = Plan { sharing, fixed: !training, eps, weight: weight.is_some() };
        let given = match running.filter(|_| !training) {
            Some(running) => Some([numbers(running.mean)?, numbers(running.var)?]),
            None => None,
        };
        let (value, [mean, variance]) = plan.run("NativeBatchNormBackward0", self, weight, bias, given)?;
        if let Some(running) = running.filter(|_| training && self.numel() > 0) {
            let n = (shape[0] * inner) as f64;
            let unbiased: Vec<f64> = variance.iter().map(|v| v * n / (n - 1.0)).collect();
            track(running.mean, &mean, momentum)?;
            track(running.var, &unbiased, momentum)?;
        }
        Ok(value)
    }

    /// [`batch_norm`](Tensor::batch_norm) as a layer does it: in training `count` is increased; without `momentum` the
    /// running averages are those over all batches so far; without running averages those of the batch serve always.
    ///
    /// # Errors
    /// As there. Nothing has changed then.
    #[allow(clippy::too_many_arguments)]
    pub fn batch_norm_counted(
        &self,
        weight: Option<&Tensor>,
        bias: Option<&Tensor>,
        running: Option<Running>,
        count: Option<&Tensor>,
        training: bool,
        momentum: Option<f64>,
        eps: f64,
    ) -> Result<Tensor> {
        let batches = match count.filter(|_| training) {
            Some(count) => Some(count.item()?.to_i64().saturating_add(1)),
            None => None,
        };
        let share = momentum.unwrap_or_else(|| batches.map_or(0.0, |batches| 1.0 / batches as f64));
        let value = self.batch_norm(weight, bias, running, training || running.is_none(), share, eps)?;
        if let (Some(count), Some(batches)) = (count, batches) {
            count.write(&Tensor::full(count.shape(), batches, count.dtype())?)?;
        }
        Ok(value)
    }

    /// Each sample's channels (dimension 1) with mean 0 and variance 1 over all further dimensions, times `weight`, plus
    /// `bias`, which have an element per channel. `running` is tracked as in [`batch_norm`](Tensor::batch_norm), with the
    /// mean over the samples, and serves in place of each sample's own statistics without `use_input_stats`.
    ///
    /// Source: Ulyanov, Vedaldi, Lempitsky, "Instance Normalization: The Missing Ingredient for Fast Stylization" (2016).
    ///
    /// # Errors
    /// ValueError for a single element per channel; the others as batch_norm's.
    #[allow(clippy::too_many_arguments)]
    pub fn instance_norm(
        &self,
        weight: Option<&Tensor>,
        bias: Option<&Tensor>,
        running: Option<Running>,
        use_input_stats: bool,
        momentum: f64,
        eps: f64,
    ) -> Result<Tensor> {
        let name = "instance_norm";
        self.dim(name, 1)?;
        let (shape, outer, channels) = (self.shape(), self.shape()[0], self.shape()[1]);
        let inner: usize = shape[2..].iter().product();
        ensure!(
            use_input_stats || running.is_some(),
            Runtime,
            "{name}: Expected running_mean and running_var to be defined when use_input_stats is false"
        );
        ensure!(
            !use_input_stats || inner != 1,
            Value,
            "{name}: Expected more than 1 spatial element when training, got input size {shape:?}"
        );
        let (mean, var) = (running.map(|r| r.mean), running.map(|r| r.var));
        let named = [("running_mean", mean), ("running_var", var), ("weight", weight), ("bias", bias)];
        check_channels(name, channels, named)?;
        check_dtypes(name, self, &[weight, bias, mean, var])?;
        check_untracked(name, running)?;
        let groups = use_input_stats.then_some(channels);
        let sharing = Sharing::Channels(Channels { outer, channels, inner, groups });
        let plan = Plan { sharing, fixed: !use_input_stats, eps, weight: weight.is_some() };
        let given = match running.filter(|_| !use_input_stats) {
            Some(running) => Some([numbers(running.mean)?, numbers(running.var)?]),
            None => None,
        };
        let (value, [mean, variance]) = plan.run("ViewBackward0", self, weight, bias, given)?;
        if let Some(running) = running.filter(|_| use_input_stats && self.numel() > 0) {
            let (samples, n) = (outer as f64, inner as f64);
            let average = |of: &[f64], scale: f64| -> Vec<f64> {
                (0..channels).map(|c| of[c..].iter().step_by(channels).sum::<f64>() / samples * scale).collect()
            };
            track(running.mean, &average(&mean, 1.0), momentum)?;
            track(running.var, &average(&variance, n / (n - 1.0)), momentum)?;
        }
        Ok(value)
    }

    /// The channels (dimension 1) in `num_groups` groups, each with mean 0 and variance 1 over its channels and all further
    /// dimensions of one sample, times `weight`, plus `bias`, which have an element per channel.
    ///
    /// Source: Wu, He, "Group Normalization" (2018).
    ///
    /// # Errors
    /// RuntimeError where the groups don't divide the channels, a parameter has not one element per channel, or dtypes
    /// don't fit; NotImplementedError for integers.
    pub fn group_norm(
        &self,
        num_groups: usize,
        weight: Option<&Tensor>,
        bias: Option<&Tensor>,
        eps: f64,
    ) -> Result<Tensor> {
        let name = "group_norm";
        let shape = self.shape();
        ensure!(
            shape.len() >= 2,
            Runtime,
            "{name}: Expected at least 2 dimensions for input tensor but received {}",
            shape.len()
        );
        let channels = shape[1];
        ensure!(num_groups > 0, Runtime, "{name}: Expected num groups to be greater than 0, got {num_groups}");
        ensure!(
            channels.is_multiple_of(num_groups),
            Runtime,
            "{name}: Expected number of channels in input to be divisible by num_groups, but got input of shape {shape:?} \
             and num_groups={num_groups}"
        );
        for (what, parameter) in [("weight", weight), ("bias", bias)] {
            let fits = parameter.is_none_or(|p| p.rank() == 1 && p.numel() == channels);
            ensure!(
                fits,
                Runtime,
                "{name}: Expected {what} to be a vector of size equal to the number of channels in input, but got {what} of \
                 shape {:?} and input of shape {shape:?}",
                parameter.map_or(&[][..], Tensor::shape)
            );
        }
        check_dtypes(name, self, &[weight, bias])?;
        let inner = shape[2..].iter().product();
        let sharing = Sharing::Channels(Channels { outer: shape[0], channels, inner, groups: Some(num_groups) });
        let plan = Plan { sharing, fixed: false, eps, weight: weight.is_some() };
        Ok(plan.run("NativeGroupNormBackward0", self, weight, bias, None)?.0)
    }

    /// The rows of `normalized_shape`, this tensor's last dimensions, with mean 0 and variance 1, times `weight`, plus
    /// `bias`, which have that shape.
    ///
    /// Source: Ba, Kiros, Hinton, "Layer Normalization" (2016).
    ///
    /// # Errors
    /// RuntimeError where the shapes or dtypes don't fit; NotImplementedError for integers.
    ///
    /// ```
    /// # use synapgrad::Tensor;
    /// let y = Tensor::from([[1.0, 2.0, 3.0]]).layer_norm(&[3], None, None, 0.0)?;
    /// assert!((y.to_vec::<f64>()?[2] - 1.5f64.sqrt()).abs() < 1e-12);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    pub fn layer_norm(
        &self,
        normalized_shape: &[usize],
        weight: Option<&Tensor>,
        bias: Option<&Tensor>,
        eps: f64,
    ) -> Result<Tensor> {
        check_normalized("layer_norm", self, normalized_shape, [weight, bias])?;
        check_dtypes("layer_norm", self, &[weight, bias])?;
        let plan = Plan { sharing: self.rows_of(normalized_shape, true), fixed: false, eps, weight: weight.is_some() };
        Ok(plan.run("NativeLayerNormBackward0", self, weight, bias, None)?.0)
    }

    /// The rows of `normalized_shape`, this tensor's last dimensions, divided by √(mean of squares + ε), times `weight`. ε is
    /// by default the distance from 1 to the next number of the type that is computed in.
    ///
    /// Source: Zhang, Sennrich, "Root Mean Square Layer Normalization" (2019).
    ///
    /// # Errors
    /// ValueError for fewer dimensions than `normalized_shape`; RuntimeError where the shapes don't fit otherwise;
    /// NotImplementedError for integers.
    pub fn rms_norm(&self, normalized_shape: &[usize], weight: Option<&Tensor>, eps: Option<f64>) -> Result<Tensor> {
        let name = "rms_norm";
        ensure!(
            self.rank() >= normalized_shape.len() || weight.is_some_and(|w| w.shape() != normalized_shape),
            Value,
            "{name}: Input tensor must have at least {} dimensions, but got {}",
            normalized_shape.len(),
            self.rank()
        );
        check_normalized(name, self, normalized_shape, [weight, None])?;
        let floats = weight.is_none_or(|w| w.dtype().is_float()) && self.dtype().is_float();
        ensure!(floats, NotImplemented, "{name}: not implemented for '{}'", self.dtype().title());
        let double = self.dtype() == DType::F64;
        let eps = eps.unwrap_or(if double { f64::EPSILON } else { f32::EPSILON.into() });
        let plan = Plan { sharing: self.rows_of(normalized_shape, false), fixed: false, eps, weight: weight.is_some() };
        // The name of the last of PyTorch's steps.
        let plain = precision(self.dtype()) == self.dtype() && weight.is_none_or(|w| w.dtype() == self.dtype());
        let node = if plain { "MulBackward0" } else { "ToCopyBackward0" };
        Ok(plan.run(node, self, weight, None, None)?.0)
    }

    fn rows_of(&self, normalized: &[usize], centred: bool) -> Sharing {
        let size = normalized.iter().product();
        let rows = self.shape()[..self.rank() - normalized.len()].iter().product();
        Sharing::Rows { rows: Rows { rows, size, groups: 1 }, centred }
    }

    /// x·(k + α/size·Σ x²)^−β, the sum being over `size` neighbouring channels (dimension 1), `size/2` of them before.
    /// With D = k + α/size·Σ x²: ∂xⱼ = gⱼ·Dⱼ^−β − 2αβ/size·xⱼ·Σ gᵢ·xᵢ·Dᵢ^(−β−1) over the i whose sum has xⱼ
    ///
    /// Source: Krizhevsky, Sutskever, Hinton, "ImageNet Classification with Deep Convolutional Neural Networks" (2012).
    ///
    /// # Errors
    /// ValueError below three dimensions, RuntimeError for a size of 0.
    pub fn local_response_norm(&self, size: usize, alpha: f64, beta: f64, k: f64) -> Result<Tensor> {
        let name = "local_response_norm";
        ensure!(
            self.rank() >= 3,
            Value,
            "{name}: Expected 3D or higher dimensionality input (got {} dimensions)",
            self.rank()
        );
        ensure!(size > 0, Runtime, "{name}: size should be greater than zero, but got {size}");
        let dtype = if self.dtype().is_float() { self.dtype() } else { default_dtype() };
        let (x, how) = (self.to_dtype(dtype)?, Response { size, alpha, beta, k });
        let block = Block::new(x.shape(), 1);
        let mut data = room(x.shape(), dtype)?;
        x.with_memory(|x| local::forward(how, dtype, block, x, &mut data))?;
        let value = Tensor::from_buffer(data, Layout::dense(x.shape()), dtype);
        Ok(record("DivBackward0", &[&x], value, &[(&x).into()], move |cx| {
            let [x] = cx.saved()?;
            let g = cx.g.to_dtype(dtype)?;
            grads![cx; match cx.create_graph() {
                false => response_slope(how, block, &x, &g)?,
                true => {
                    let after = (size - 1) / 2;
                    let squares = x.mul(&x)?.summed_around(size / 2, after)?;
                    let base = squares.mul(alpha / size as f64)?.add(k)?;
                    let spread = g.mul(&x)?.mul(&base.pow(-beta - 1.0)?)?.summed_around(after, size / 2)?;
                    g.mul(&base.pow(-beta)?)?.sub(&spread.mul(&x)?.mul(2.0 * alpha * beta / size as f64)?)?
                }
            }]
        }))
    }

    /// For each channel (dimension 1) the sum of it, `before` channels before it and `after` after it.
    fn summed_around(&self, before: usize, after: usize) -> Result<Tensor> {
        let channels = self.shape()[1];
        let mut padding = vec![0; 2 * (self.rank() - 1)];
        let last = padding.len() - 2;
        (padding[last], padding[last + 1]) = (before as isize, after as isize);
        let padded = self.constant_pad(&padding, 0.0)?;
        let mut total = padded.narrow(1, 0, channels)?;
        for start in 1..=before + after {
            total = total.add(&padded.narrow(1, start as isize, channels)?)?;
        }
        Ok(total)
    }

    /// The vectors along `dims`, divided by their p-norm, or by `eps` where that is larger.
    ///
    /// # Errors
    /// NotImplementedError for integers, IndexError for a dimension out of range.
    pub fn normalize(&self, p: f64, dims: &[isize], eps: f64) -> Result<Tensor> {
        self.div(&self.norm(p, dims, true, None)?.clamp_min(eps)?)
    }
}

/// The gradient of local_response_norm in one pass, not recorded.
fn response_slope(how: Response, block: Block, x: &Tensor, g: &Tensor) -> Result<Tensor> {
    let dtype = x.dtype();
    let mut data = room(x.shape(), dtype)?;
    let (x, g) = (x.detach().contiguous()?, g.detach().contiguous()?);
    with_buffers([&x, &g], |[x_data, g_data]| {
        local::backward(how, dtype, block, (x_data, x.layout().offset), (g_data, g.layout().offset), &mut data);
    });
    Ok(Tensor::from_buffer(data, Layout::dense(x.shape()), dtype))
}

/// The public operations of this file.
pub const NAMES: &[&str] =
    &["batch_norm", "instance_norm", "group_norm", "layer_norm", "rms_norm", "local_response_norm", "normalize"];
