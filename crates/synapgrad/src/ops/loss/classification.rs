//! Losses of classes: negative log likelihood and cross entropy.
//!
//! An input of shape (N, C, d₁, …) holds C numbers for each of N·d₁·… positions; (C) is one position without a batch. With
//! a weight w for each class and t the target class of a position, 0 wherever t is `ignore_index`,
//!
//! ```text
//! nll = −w_t·x_t      cross entropy = nll of log softmax(x)      mean = Σ loss / Σ w_t
//! ```

use synapgrad_kernels::along::Block;
use synapgrad_kernels::loss::classes::{self, Options, Target};
use synapgrad_kernels::{Buffer, DType, Layout};

use super::{Reduction, check_constant, with_blocks};
use crate::autograd::{Cx, Grads, Save, grads, record, tracking};
use crate::error::ensure;
use crate::ops::create::{room, single, zeroed_room};
use crate::ops::formula::result_type;
use crate::{Result, Tensor};

/// Where the classes are, and what is asked of them.
struct Classes {
    dim: usize,
    block: Block,
    /// The class of each position, int64.
    at: Tensor,
    places: Vec<i64>,
    weights: Vec<f64>,
    /// What each loss is multiplied by: 1, or 1/Σ w_t for the mean.
    scale: f64,
}

impl Classes {
    /// # Errors
    /// ValueError where the batches differ in size, RuntimeError where target or weight don't fit the input otherwise,
    /// IndexError where a target is no class.
    fn new(
        name: &str,
        input: &Tensor,
        target: &Tensor,
        weight: Option<&Tensor>,
        ignore: i64,
        reduction: Reduction,
    ) -> Result<Classes> {
        let (shape, sizes) = (input.shape(), target.shape());
        ensure!(!shape.is_empty(), Value, "{name}: Expected 1 or more dimensions (got 0)");
        if let [_] = shape {
            ensure!(
                sizes.len() != 1 || sizes[0] == 1,
                Value,
                "{name}: For 1D input, 1D target must have size 1, but got target size: {}",
                sizes[0]
            );
        } else {
            let batch = sizes.first().copied().unwrap_or(0);
            ensure!(
                shape[0] == batch,
                Value,
                "{name}: Expected input batch_size ({}) to match target batch_size ({batch}).",
                shape[0]
            );
        }
        ensure!(
            shape.len() > 2 || sizes.len() <= 1,
            Runtime,
            "{name}: 0D or 1D target tensor expected, multi-target not supported, got {sizes:?}"
        );
        ensure!(
            shape.len() <= 2 || (sizes.len() == shape.len() - 1 && sizes[1..] == shape[2..]),
            Runtime,
            "{name}: Expected a target of the input's size without its second dimension, got input {shape:?} and target \
             {sizes:?}"
        );
        ensure!(
            matches!(target.dtype(), DType::I64 | DType::U8),
            Runtime,
            "{name}: expected target dtype to be Long or Byte, but got {}",
            target.dtype().title()
        );
        let dim = usize::from(shape.len() > 1);
        let n = shape[dim];
        if let Some(weight) = weight {
            check_weight(name, weight, n)?;
            check_constant(name, "weight", weight)?;
            ensure!(
                weight.dtype() == input.dtype(),
                Runtime,
                "{name}: expected scalar type {} but found {} for weight",
                input.dtype().title(),
                weight.dtype().title()
            );
        }
        let at = target.detach().to_dtype(DType::I64)?;
        let places = at.to_vec::<i64>()?;
        if let Some(outside) = classes::first_outside(&places, n, ignore) {
            crate::error::bail!(Index, "{name}: Target {outside} is out of bounds for {n} classes.");
        }
        let weight = weight.map(|w| w.detach().contiguous()).transpose()?;
        let weights = with_blocks([weight.as_ref()], |[w]| classes::weights_of(&places, ignore, input.dtype(), w));
        let scale = if reduction == Reduction::Mean { 1.0 / weights.iter().sum::<f64>() } else { 1.0 };
        Ok(Classes { dim, block: Block::new(shape, dim), at, places, weights, scale })
    }
}

fn check_weight(name: &str, weight: &Tensor, n: usize) -> Result<()> {
    ensure!(
        weight.shape() == [n],
        Runtime,
        "{name}: weight tensor should be defined either for all {n} classes or no classes but got weight tensor of shape: \
         {:?}",
        weight.shape()
    );
    Ok(())
}

/// The gradient of each position's loss, or one for all, in f64.
fn factors(g: &Tensor, scale: f64) -> Result<Vec<f64>> {
    let g = g.detach().to_dtype(DType::F64)?.to_vec::<f64>()?;
    Ok(g.into_iter().map(|g| g * scale).collect())
}

/// The gradient of each position's loss as a tensor that broadcasts against the input, recorded.
fn arriving(g: &Tensor, dim: usize, reduction: Reduction, scale: f64) -> Result<Tensor> {
    match reduction {
        Reduction::None if g.rank() > 0 => g.unsqueeze(dim as isize),
        Reduction::None => Ok(g.clone()),
        _ => g.mul(scale),
    }
}

/// `g` at the `wanted` positions, recorded, and 0 at the others: a mean over none of them is multiplied by 1/0, and a position
/// that does not count must not turn that into NaN.
fn where_wanted(g: &Tensor, wanted: &Tensor) -> Result<Tensor> {
    Tensor::where_(wanted, g, 0.0)
}

/// `values` at the classes `at` of a tensor of zeros.
fn put(values: &[f64], at: &[i64], ignore: i64, shape: &[usize], dim: usize, dtype: DType) -> Result<Tensor> {
    let mut out = zeroed_room(shape, dtype)?;
    classes::put(dtype, Block::new(shape, dim), at, ignore, values, &mut out);
    Ok(Tensor::from_buffer(out, Layout::dense(shape), dtype))
}

/// The float dtype that sums of `dtype` are computed in.
fn computed(dtype: DType) -> DType {
    if dtype == DType::F64 { DType::F64 } else { DType::F32 }
}

/// `losses` as they are, or added up and times `scale`; not recorded.
fn collected(losses: Tensor, shape: &[usize], dtype: DType, reduction: Reduction, scale: f64) -> Result<Tensor> {
    match reduction {
        Reduction::None => losses.to_dtype(dtype)?.view(shape),
        _ => single(losses.sum()?.item()?.to_f64() * scale, dtype),
    }
}

/// The rule of [`Tensor::nll_loss`].
fn grad_of_nll(cx: &Cx, reduction: Reduction, scale: f64, ignore: i64) -> Result<Grads> {
    let [at, slopes] = cx.saved()?;
    let (shape, dim) = (cx.shape(0), usize::from(cx.shape(0).len() > 1));
    let classes = at.to_vec::<i64>()?;
    if !cx.create_graph() {
        let (g, mut slopes) = (factors(cx.g, scale)?, slopes.to_vec::<f64>()?);
        slopes.iter_mut().enumerate().for_each(|(p, s)| *s *= if g.len() == 1 { g[0] } else { g[p] });
        return grads![cx; put(&slopes, &classes, ignore, shape, dim, cx.g.dtype())?];
    }
    // Where nothing is wanted the slope is 0, and class 0 as good as any.
    let slopes = slopes.to_dtype(cx.g.dtype())?.view(at.shape())?;
    let g = if reduction == Reduction::None { cx.g.clone() } else { cx.g.mul(scale)? };
    let g = where_wanted(&g, &at.ne(ignore)?)?;
    let (values, at) = (g.mul(&slopes)?, at.masked_fill(&at.eq(ignore)?, 0)?);
    // One example alone has its classes in dimension 0.
    let at_classes = |x: &Tensor| if dim == 0 { x.view(&[1]) } else { x.unsqueeze(1) };
    let zeros = Tensor::zeros(shape, cx.g.dtype())?;
    grads![cx; zeros.scatter_add(dim as isize, &at_classes(&at)?, &at_classes(&values)?)?]
}

impl Tensor {
    /// Negative log likelihood: −w_t·x_t for the class t of each position; their mean Σ loss / Σ w_t, or their sum.
    /// ∂x_t = −w_t, other classes none
    ///
    /// The input, of shape (C) or (N, C, d₁, …), holds logarithms of probabilities; the target (int64 or uint8) has its
    /// shape without C. Where the target is `ignore_index` the loss is 0.
    ///
    /// ```
    /// use synapgrad::{Reduction, Tensor};
    /// # fn main() -> synapgrad::Result<()> {
    /// let (x, target) = (Tensor::from([[-1f32, -2.0], [-3.0, -4.0]]), Tensor::from([0i64, 1]));
    /// assert_eq!(x.nll_loss(&target, None, -100, Reduction::Mean)?.to_vec::<f32>()?, [2.5]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// ValueError where the batches differ in size; RuntimeError where target or weight don't fit the input otherwise;
    /// IndexError where a target is no class; NotImplementedError for integers.
    pub fn nll_loss(
        &self,
        target: &Tensor,
        weight: Option<&Tensor>,
        ignore_index: i64,
        reduction: Reduction,
    ) -> Result<Tensor> {
        let classes = Classes::new("nll_loss", self, target, weight, ignore_index, reduction)?;
        let dtype = self.dtype();
        ensure!(dtype.is_float(), NotImplemented, "nll_loss: not implemented for '{}'", dtype.title());
        let Classes { block, ref at, ref places, ref weights, scale, .. } = classes;
        let losses = self.with_memory(|x| classes::nll(dtype, block, x, places, ignore_index, weights))?;
        let shape = if self.rank() > 1 { target.shape() } else { &[] };
        let value = match reduction {
            Reduction::None => Tensor::from_slice(&losses, shape)?.to_dtype(dtype)?,
            _ => single(losses.iter().sum::<f64>() * scale, dtype)?,
        };
        if !tracking(&[self]) {
            return Ok(value);
        }
        let node = if self.rank() > 2 { "NllLoss2DBackward0" } else { "NllLossBackward0" };
        let slopes: Vec<f64> = weights.iter().map(|w| -w).collect();
        let slopes = Tensor::from_slice(&slopes, &[slopes.len()])?;
        Ok(record(node, &[self], value, &[at.into(), (&slopes).into()], move |cx| {
            grad_of_nll(cx, reduction, scale, ignore_index)
        }))
    }

    /// Cross entropy between the distribution softmax(x) and a target: −Σ_c w_c·y_c·ln softmax(x)_c, where y is 1 for the
    /// target class and 0 for others, or the target itself where it has the input's shape; with smoothing ε,
    /// (1 − ε)·y + ε/C. Or the mean, Σ loss / Σ w_t (of shares, Σ loss / positions), or the sum.
    /// ∂x = (Σ m)·softmax(x) − m, m = w·y; ∂y = −w·ln softmax(x)
    ///
    /// The input has shape (C) or (N, C, d₁, …); a target of classes (int64 or uint8) has its shape without C. Where it is
    /// `ignore_index` the loss is 0. Computed in one pass that keeps two numbers for each position, and so is the gradient.
    ///
    /// ```
    /// use synapgrad::{Reduction, Tensor};
    /// # fn main() -> synapgrad::Result<()> {
    /// let (x, target) = (Tensor::from([[0.0, 0.0], [3f64.ln(), 0.0]]), Tensor::from([0i64, 0]));
    /// let losses = x.cross_entropy(&target, None, -100, Reduction::None, 0.0)?.to_vec::<f64>()?;
    /// assert!((losses[0] - 2f64.ln()).abs() < 1e-12 && (losses[1] - (4f64 / 3.0).ln()).abs() < 1e-12);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Label smoothing: "Rethinking the Inception Architecture for Computer Vision", C. Szegedy et al., 2016.
    ///
    /// # Errors
    /// ValueError where the batches differ in size; RuntimeError where target or weight don't fit the input otherwise, for
    /// a smoothing outside [0, 1], and for an `ignore_index` ≥ 0 with shares; IndexError where a target is no class;
    /// NotImplementedError for integers.
    pub fn cross_entropy(
        &self,
        target: &Tensor,
        weight: Option<&Tensor>,
        ignore_index: i64,
        reduction: Reduction,
        label_smoothing: f64,
    ) -> Result<Tensor> {
        let name = "cross_entropy";
        ensure!(
            (0.0..=1.0).contains(&label_smoothing),
            Runtime,
            "{name}: label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}"
        );
        if target.shape() == self.shape() {
            return self.cross_entropy_of_shares(target, weight, ignore_index, reduction, label_smoothing);
        }
        self.dim(name, isize::from(self.rank() != 1))?;
        let dtype = self.dtype();
        ensure!(dtype.is_float(), NotImplemented, "{name}: not implemented for '{}'", dtype.title());
        let classes = Classes::new(name, self, target, weight, ignore_index, reduction)?;
        let Classes { ref at, ref places, ref weights, .. } = classes;
        // With smoothing the mean is one of the targets' losses plus one of all classes', of which 0/0 is one here.
        let nothing = label_smoothing > 0.0 && weights.iter().all(|&w| w == 0.0);
        let scale = if nothing && reduction == Reduction::Mean { f64::NAN } else { classes.scale };
        let weight = weight.map(|w| w.detach().contiguous()).transpose()?;
        let x = self.contiguous()?;
        let goal = Goal::Classes(places, ignore_index);
        let (losses, norms) = fused(&x, classes.dim, goal, weight.as_ref(), label_smoothing)?;
        let shape = if self.rank() > 1 { target.shape() } else { &[] };
        let value = collected(losses, shape, dtype, reduction, scale)?;
        let node = match self.rank() {
            _ if label_smoothing > 0.0 => "AddBackward0",
            1 | 2 => "NllLossBackward0",
            _ => "NllLoss2DBackward0",
        };
        let mut saved: Vec<Save> = vec![(&x).into(), (&norms).into(), at.into()];
        saved.extend(weight.as_ref().map(Save::from));
        let dim = classes.dim;
        Ok(record(node, &[&x], value, &saved, move |cx| {
            let saved = cx.saved_all()?;
            let (x, norms, at, weight) = (&saved[0], &saved[1], &saved[2], saved.get(3));
            let places = at.to_vec::<i64>()?;
            if !cx.create_graph() {
                let goal = Goal::Classes(&places, ignore_index);
                return grads![cx; slope(x, dim, goal, weight, label_smoothing, norms, &factors(cx.g, scale)?)?];
            }
            let wanted: Vec<f64> = places.iter().map(|&t| f64::from(t != ignore_index)).collect();
            let y = put(&wanted, &places, ignore_index, x.shape(), dim, x.dtype())?;
            let any = y.sum_dims(&[dim as isize], true, None)?;
            let masses = weighted(&smoothed(&y, label_smoothing, x.shape()[dim])?.mul(&any)?, weight, dim)?;
            let g = where_wanted(&arriving(cx.g, dim, reduction, scale)?, &any.ne(0)?)?;
            grads![cx; slope_of_masses(x, &masses, dim, &g)?]
        }))
    }

    /// [`Tensor::cross_entropy`] with a share of every class as the target.
    fn cross_entropy_of_shares(
        &self,
        target: &Tensor,
        weight: Option<&Tensor>,
        ignore_index: i64,
        reduction: Reduction,
        smoothing: f64,
    ) -> Result<Tensor> {
        let name = "cross_entropy";
        ensure!(
            target.dtype().is_float(),
            Runtime,
            "{name}: Expected floating point type for target with class probabilities, got {}",
            target.dtype().title()
        );
        ensure!(ignore_index < 0, Runtime, "{name}: ignore_index is not supported for floating point target");
        let dim = self.dim(name, isize::from(self.rank() != 1))?;
        ensure!(self.dtype().is_float(), NotImplemented, "{name}: not implemented for '{}'", self.dtype().title());
        let n = self.shape()[dim];
        let mut dtype = result_type(&[self.into(), target.into()]);
        if let Some(weight) = weight {
            check_weight(name, weight, n)?;
            dtype = result_type(&[self.into(), target.into(), weight.into()]);
        }
        let (x, y) = (self.to_dtype(dtype)?.contiguous()?, target.to_dtype(dtype)?.contiguous()?);
        let weight = weight.map(|w| w.to_dtype(dtype)?.contiguous()).transpose()?;
        let positions = x.numel() / n.max(1);
        let scale = if reduction == Reduction::Mean { 1.0 / positions as f64 } else { 1.0 };
        let node = if reduction == Reduction::Mean { "DivBackward1" } else { "NegBackward0" };
        if weight.as_ref().is_some_and(|w| tracking(&[w])) {
            let masses = weighted(&smoothed(&y, smoothing, n)?, weight.as_ref(), dim)?;
            let losses =
                x.log_softmax(dim as isize, None)?.mul(&masses)?.sum_dims(&[dim as isize], false, None)?.neg()?;
            return match reduction {
                Reduction::None => Ok(losses),
                _ => losses.sum()?.mul(scale),
            };
        }
        let (losses, norms) = fused(&x, dim, Goal::Shares(&y), weight.as_ref(), smoothing)?;
        let mut shape = x.layout().shape.clone();
        shape.remove(dim);
        let value = collected(losses, &shape, dtype, reduction, scale)?;
        let mut saved: Vec<Save> = vec![(&x).into(), (&norms).into(), (&y).into()];
        saved.extend(weight.as_ref().map(Save::from));
        Ok(record(node, &[&x, &y], value, &saved, move |cx| {
            let saved = cx.saved_all()?;
            let (x, norms, y, weight) = (&saved[0], &saved[1], &saved[2], saved.get(3));
            grads![cx;
                if cx.create_graph() {
                    let masses = weighted(&smoothed(y, smoothing, x.shape()[dim])?, weight, dim)?;
                    slope_of_masses(x, &masses, dim, &arriving(cx.g, dim, reduction, scale)?)?
                } else {
                    slope(x, dim, Goal::Shares(y), weight, smoothing, norms, &factors(cx.g, scale)?)?
                },
                weighted(&x.log_softmax(dim as isize, None)?, weight, dim)?
                    .mul(&arriving(cx.g, dim, reduction, scale)?.mul(smoothing - 1.0)?)?
            ]
        }))
    }
}

/// What the fused kernels aim at.
#[derive(Clone, Copy)]
enum Goal<'a> {
    Classes(&'a [i64], i64),
    Shares(&'a Tensor),
}

impl Goal<'_> {
    fn shares(&self) -> Option<&Tensor> {
        match self {
            Goal::Classes(..) => None,
            Goal::Shares(y) => Some(y),
        }
    }

    /// As the kernels want it, given the shares' memory.
    fn lowered<'a>(&'a self, shares: Option<(&'a Buffer, usize)>) -> Target<'a> {
        match (self, shares) {
            (Goal::Classes(at, ignore), _) => Target::Class { at, ignore: *ignore },
            (Goal::Shares(_), Some((data, offset))) => Target::Share { data, offset },
            (Goal::Shares(_), None) => unreachable!("the shares' memory was given"),
        }
    }
}

/// The loss of each position and the normaliser of each, from contiguous scores.
fn fused(x: &Tensor, dim: usize, goal: Goal, weight: Option<&Tensor>, smoothing: f64) -> Result<(Tensor, Tensor)> {
    let (block, dtype) = (Block::new(x.shape(), dim), computed(x.dtype()));
    let positions = block.outer * block.inner;
    let mut losses = room(&[positions], dtype)?;
    let mut norms = room(&[positions, 2], dtype)?;
    with_blocks([Some(x), goal.shares(), weight], |[scores, shares, weight]| {
        let (Some(scores), target) = (scores, goal.lowered(shares)) else { unreachable!("x was given") };
        let options = Options { weight, smoothing };
        classes::cross_entropy(x.dtype(), block, scores, target, options, &mut losses, &mut norms);
    });
    let losses = Tensor::from_buffer(losses, Layout::dense(&[positions]), dtype);
    Ok((losses, Tensor::from_buffer(norms, Layout::dense(&[positions, 2]), dtype)))
}

/// The gradient by the scores in one pass, not recorded; `g` has a factor for each position, or one for all.
fn slope(
    x: &Tensor,
    dim: usize,
    goal: Goal,
    weight: Option<&Tensor>,
    smoothing: f64,
    norms: &Tensor,
    g: &[f64],
) -> Result<Tensor> {
    let (block, dtype) = (Block::new(x.shape(), dim), x.dtype());
    let mut out = room(x.shape(), dtype)?;
    with_blocks([Some(x), goal.shares(), weight, Some(norms)], |[scores, shares, weight, norms]| {
        let (Some(scores), Some(norms)) = (scores, norms) else { unreachable!("x and norms were given") };
        let (target, options) = (goal.lowered(shares), Options { weight, smoothing });
        classes::cross_entropy_backward(dtype, block, scores, target, options, norms, g, &mut out);
    });
    Ok(Tensor::from_buffer(out, Layout::dense(x.shape()), dtype))
}

/// (1 − ε)·y + ε/n
fn smoothed(y: &Tensor, smoothing: f64, n: usize) -> Result<Tensor> {
    if smoothing == 0.0 { Ok(y.clone()) } else { y.mul(1.0 - smoothing)?.add(smoothing / n as f64) }
}

/// `y` times the weight of each class, which lie along `dim`.
fn weighted(y: &Tensor, weight: Option<&Tensor>, dim: usize) -> Result<Tensor> {
    let Some(weight) = weight else { return Ok(y.clone()) };
    let mut shape = vec![1; y.rank()];
    shape[dim] = weight.numel();
    y.mul(&weight.view(&shape)?)
}

/// g·((Σ m)·softmax(x) − m), recorded.
fn slope_of_masses(x: &Tensor, masses: &Tensor, dim: usize, g: &Tensor) -> Result<Tensor> {
    let dim = dim as isize;
    let total = masses.sum_dims(&[dim], true, None)?;
    x.softmax(dim, None)?.mul(&total)?.sub(masses)?.mul(g)
}

/// The public operations of this file.
pub const NAMES: &[&str] = &["nll_loss", "cross_entropy"];
