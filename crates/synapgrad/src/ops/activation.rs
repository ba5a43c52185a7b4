//! Activation functions: pointwise nonlinearities of neural networks.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use smallvec::SmallVec;
use synapgrad_kernels::dropout::random_slopes;
use synapgrad_kernels::gelu as kernel;
use synapgrad_kernels::{Buffer, DType, Layout, Real, Ring, Scalar, lit};

use super::create::{bytes_of, check_fits, room};
use super::formula::{MOST, Operand, Slope, formula, pointwise, rows, slope};
use super::matmul::with_buffers;
use super::term::Arena;
use super::ternary::{reachable, whole_parameters_fit};
use crate::autograd::{Cx, grads, record};
use crate::error::{bail, ensure, go_on};
use crate::random::{Generator, with_generator};
use crate::{Result, Tensor};

/// SELU's constants, for which activations keep mean 0 and variance 1 from layer to layer.
///
/// Source: Klambauer et al., "Self-Normalizing Neural Networks" (2017).
const SELU_ALPHA: f64 = 1.6732632423543772848170429916717;
const SELU_SCALE: f64 = 1.0507009873554804934193349852946;

/// x where negative, else 0: an exponent that does not overflow where the branch that it is in is not chosen. In a second
/// derivative such a branch counts 0 times, and 0·∞ is NaN.
#[inline(always)]
fn below_zero<T: Ring>(x: T) -> T {
    T::select(x.lt(lit(0.0)), x, lit(0.0))
}

/// Whether x is at or beyond a limit.
#[inline(always)]
fn beyond<T: Ring>(x: T, low: T, high: T) -> T::Mask {
    x.le(low) | x.ge(high)
}

pointwise! {
    /// The logistic function 1/(1 + e⁻ˣ). dy/dx = y(1 − y)
    sigmoid / sigmoid_ (float) |x| x.sigmoid(), grad(|g, y| g * (lit::<T>(1.0) - y) * y);
    /// ln of the logistic function, −ln(1 + e⁻ˣ). dy/dx = 1/(1 + eˣ)
    logsigmoid = "LogSigmoidBackward0" (real) |x| x.min(lit(0.0)) - (-x.abs()).exp().log1p(), grad(|g, x| g * (-x).sigmoid());
    /// max(x, 0). dy/dx = 1 where x > 0, else 0
    relu / relu_ (number) |x| x.max(lit(0.0)), grad(|g, y| T::select(y.le(lit(0.0)), lit(0.0), g));
    /// min(max(x, 0), 6). dy/dx = 1 where 0 < x < 6, else 0
    relu6 = "HardtanhBackward0" / relu6_ (number) |x| x.max(lit(0.0)).min(lit(6.0)),
        grad(|g, x| T::select(beyond(x, lit(0.0), lit(6.0)), lit(0.0), g));
    /// x where positive, else slope·x. dy/dx = 1 or slope
    leaky_relu / leaky_relu_ (real) |x; slope| T::select(x.gt(lit(0.0)), x, x * slope),
        grad(|g, x, slope| T::select(x.gt(lit(0.0)), g, g * slope));
    /// x where positive, else α(eˣ − 1). dy/dx = 1 or αeˣ
    elu / elu_ (real) |x; alpha| T::select(x.le(lit(0.0)), alpha * x.expm1(), x),
        grad(|g, x, alpha| T::select(x.le(lit(0.0)), g * alpha * below_zero(x).exp(), g));
    /// λ·elu(x, α) with constants for which activations normalise themselves. dy/dx = λ or λαeˣ
    selu = "EluBackward0" / selu_ (real) |x| lit::<T>(SELU_SCALE) * T::select(x.le(lit(0.0)), lit::<T>(SELU_ALPHA) * x.expm1(), x),
        grad(|g, x| g * lit(SELU_SCALE) * T::select(x.le(lit(0.0)), lit::<T>(SELU_ALPHA) * below_zero(x).exp(), lit(1.0)));
    /// x where positive, else α(e^(x/α) − 1). dy/dx = 1 or e^(x/α)
    celu / celu_ (real) |x; alpha| T::select(x.le(lit(0.0)), alpha * (x / alpha).expm1(), x), by(no_zero_alpha),
        grad(|g, x, alpha| T::select(x.le(lit(0.0)), g * (below_zero(x) / alpha).exp(), g));
    /// x·sigmoid x. With s = sigmoid x, dy/dx = s(1 + x(1 − s))
    silu / silu_ (real) |x| x * x.sigmoid(), grad(|g, x| {
            let s = x.sigmoid();
            g * s * (lit::<T>(1.0) + x * (lit::<T>(1.0) - s))
        });
    /// x·tanh(ln(1 + eˣ)). With t = tanh(…), dy/dx = t + x·sigmoid(x)·(1 − t²)
    mish / mish_ (real) |x| x * softplus_of(x).tanh(), grad(|g, x| {
            let t = softplus_of(x).tanh();
            g * (t + x * x.sigmoid() * (lit::<T>(1.0) - t * t))
        });
    /// ln(1 + e^(βx))/β, and x itself where βx > limit. dy/dx = sigmoid(βx), or 1
    softplus (real) |x; beta, limit| T::select((x * beta).gt(limit), x, (x * beta).exp().log1p() / beta),
        grad(|g, x, beta, limit| T::select((x * beta).gt(limit), g, g * (x * beta).sigmoid()));
    /// x/(1 + |x|). dy/dx = 1/(1 + |x|)²
    softsign (float) |x| x / (x.abs() + lit(1.0)), by(no_bool), grad(|g, x| {
            let d = x.abs() + lit(1.0);
            g / (d * d)
        });
    /// min(max(x + 3, 0), 6)/6. dy/dx = 1/6 where −3 < x < 3, else 0
    hardsigmoid / hardsigmoid_ (real) |x| (x + lit(3.0)).max(lit(0.0)).min(lit(6.0)) / lit(6.0),
        grad(|g, x| T::select(x.gt(lit(-3.0)) & x.lt(lit(3.0)), g * lit(1.0 / 6.0), lit(0.0)));
    /// x·hardsigmoid x. dy/dx = x/3 + ½ where −3 < x < 3, else 0 or 1
    hardswish / hardswish_ (real) |x| x * (x + lit(3.0)).max(lit(0.0)).min(lit(6.0)) / lit(6.0),
        grad(|g, x| T::select(x.le(lit(-3.0)), lit(0.0),
            T::select(x.lt(lit(3.0)), g * (x * lit(1.0 / 3.0) + lit(0.5)), g)));
    /// x where x > limit, else value. dy/dx = 1 or 0
    threshold / threshold_ (number) |x; limit, value| T::select(x.le(limit), value, x), by(value_fits),
        grad(|g, x, limit| T::select(x.le(limit), lit(0.0), g));
    /// x − tanh x. dy/dx = tanh² x
    tanhshrink (float) |x| x - x.tanh(), by(no_bool), grad(|g, x| {
            let t = x.tanh();
            g * t * t
        });
    /// x moved towards 0 by λ, and 0 where |x| ≤ λ. dy/dx = 1, or 0 where |x| ≤ λ
    softshrink (real) |x; lambda| T::select(x.gt(lambda), x - lambda, T::select(x.lt(-lambda), x + lambda, x * lit(0.0))),
        by(lambda_in_range),
        grad(|g, x, lambda| T::select(x.ge(-lambda) & x.le(lambda), lit(0.0), g));
    /// x, and 0 where |x| ≤ λ. dy/dx = 1, or 0 where |x| ≤ λ
    hardshrink (real) |x; lambda| T::select(x.ge(-lambda) & x.le(lambda), lit(0.0), x),
        grad(|g, x, lambda| T::select(x.ge(-lambda) & x.le(lambda), lit(0.0), g));
}

rows! { variants
    hardtanh = "hardtanh" (number) |x; low, high| x.max(low).min(high),
        grad(|g, x, low, high| T::select(beyond(x, low, high), lit(0.0), g));
    // A leaky_relu of another name.
    rrelu = "RreluWithNoiseBackward0" (real) |x; slope| T::select(x.gt(lit(0.0)), x, x * slope),
        grad(|g, x, slope| T::select(x.gt(lit(0.0)), g, g * slope));
    glu = "glu" (real) |a, b| a * b.sigmoid(), grad(|g, b| g * b.sigmoid()), grad(|g, a, b| {
            let s = b.sigmoid();
            g * a * s * (lit::<T>(1.0) - s)
        });
    // With Φ the normal distribution function and φ its density, dy/dx = Φ(x) + xφ(x).
    gelu = "gelu" (real) |x| x * lit(0.5) * (T::lit(1.0) + (x * lit(FRAC_1_SQRT_2)).erf()), grad(|g, x| {
            let cdf = lit::<T>(0.5) * (lit::<T>(1.0) + (x * lit(FRAC_1_SQRT_2)).erf());
            g * (cdf + x * (x * x * lit(-0.5)).exp() * lit(1.0 / (2.0 * PI).sqrt()))
        });
    gelu_tanh = "gelu" (real) |x| x * lit(0.5) * (T::lit(1.0) + gelu_argument(x).tanh()), grad(|g, x| {
            let t = gelu_argument(x).tanh();
            let inner = lit::<T>((2.0 / PI).sqrt()) * (lit::<T>(1.0) + lit::<T>(3.0 * 0.044715) * x * x);
            g * lit(0.5) * (lit::<T>(1.0) + t + x * (lit::<T>(1.0) - t * t) * inner)
        });
    prelu = "PreluKernelBackward0" (real) |x, w| T::select(x.gt(lit(0.0)), x, w * x),
        grad(|g, x, w| T::select(x.gt(lit(0.0)), g, w * g)),
        grad(|g, x| T::select(x.ge(lit(0.0)), lit(0.0), x * g));
}

/// ln(1 + eˣ), without overflow.
#[inline(always)]
fn softplus_of<T: Real>(x: T) -> T {
    x.max(lit(0.0)) + (-x.abs()).exp().log1p()
}

#[inline(always)]
fn gelu_argument<T: Real>(x: T) -> T {
    lit::<T>((2.0 / PI).sqrt()) * (x + lit::<T>(0.044715) * x * x * x)
}

type Row = &'static super::formula::Pointwise;

fn no_bool(row: Row, operands: &[Operand]) -> Result<Row> {
    let bool = operands[0].tensor().is_some_and(|x| x.dtype() == synapgrad_kernels::DType::Bool);
    ensure!(!bool, NotImplemented, "{}: not implemented for bool tensors; wanted numbers", row.name);
    Ok(row)
}

fn no_zero_alpha(row: Row, operands: &[Operand]) -> Result<Row> {
    let zero = matches!(operands[1], Operand::Number(alpha) if alpha.to_f64() == 0.0);
    ensure!(!zero, Runtime, "{}: ZeroDivisionError: alpha cannot be 0", row.name);
    Ok(row)
}

/// The value becomes an element; a limit beyond the range of a float type is one still.
fn value_fits(row: Row, operands: &[Operand]) -> Result<Row> {
    if let (Operand::Tensor(x), Operand::Number(value)) = (operands[0], operands[2]) {
        check_fits(row.name, value, x.dtype())?;
    }
    whole_parameters_fit(row, operands)
}

fn lambda_in_range(row: Row, operands: &[Operand]) -> Result<Row> {
    if let (Operand::Tensor(x), Operand::Number(lambda)) = (operands[0], operands[1])
        && x.dtype().is_float()
    {
        let lambda = lambda.to_f64();
        ensure!(
            (0.0..f64::INFINITY).contains(&lambda),
            Runtime,
            "{}: lambda must be at least 0, found {lambda}",
            row.name
        );
    }
    Ok(row)
}

/// The limits of hardtanh for a dtype. Of integers, a limit loses its fraction, and beyond their range it is its end.
fn limits(name: &str, dtype: DType, low: Scalar, high: Scalar) -> Result<[Operand<'static>; 2]> {
    ensure!(
        low.to_f64() <= high.to_f64(),
        Value,
        "{name}: min_val cannot be greater than max_val, got {} and {}",
        low.to_f64(),
        high.to_f64()
    );
    let whole = |limit: Scalar| reachable(Operand::Number(Scalar::Int(limit.to_i64())), dtype);
    Ok(if dtype.is_float() { [low, high].map(Operand::Number) } else { [low, high].map(whole) })
}

/// How [`Tensor::gelu`] is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gelu {
    /// By the error function.
    #[default]
    Exact,
    /// By tanh(√(2/π)(x + 0.044715x³)), close to it and cheaper.
    Tanh,
}

impl Tensor {
    /// xΦ(x), with Φ the normal distribution function.
    pub fn gelu(&self, approximate: Gelu) -> Result<Tensor> {
        match approximate {
            Gelu::Exact if self.dtype().is_float() && self.dtype() != DType::F64 => self.gelu_of_short(),
            Gelu::Exact => variants::gelu.apply(&[self.into()]),
            Gelu::Tanh => variants::gelu_tanh.apply(&[self.into()]),
        }
    }

    /// [`gelu`](Tensor::gelu) of float32 and 16-bit floats, in one pass of its own: Φ and its density share an exponential.
    /// ∂x = g·(Φ(x) + xφ(x))
    fn gelu_of_short(&self) -> Result<Tensor> {
        let (x, dtype) = (self.detach().in_memory_order(self.layout())?, self.dtype());
        let mut data = room(x.shape(), dtype)?;
        kernel::forward(dtype, (&x.storage().read(), x.layout().offset), &mut data, x.numel());
        go_on()?;
        let value = Tensor::from_buffer(data, x.layout().fresh_like(), dtype);
        Ok(record("gelu", &[self], value, &[self.into()], move |cx| {
            let [x] = cx.saved()?;
            let g = cx.g.to_dtype(dtype)?;
            if cx.create_graph() {
                let below = x.mul(FRAC_1_SQRT_2)?.erf()?.add(1.0)?.mul(0.5)?;
                let density = x.mul(&x)?.mul(-0.5)?.exp()?.mul(1.0 / (2.0 * PI).sqrt())?;
                return grads![cx; g.mul(&below.add(&x.mul(&density)?)?)?];
            }
            let x = x.detach().in_memory_order(x.layout())?;
            let g = g.detach().in_memory_order(x.layout())?;
            let mut data = room(x.shape(), dtype)?;
            with_buffers([&x, &g], |[x_data, g_data]| {
                kernel::backward(dtype, (x_data, x.layout().offset), (g_data, g.layout().offset), &mut data, x.numel());
            });
            go_on()?;
            grads![cx; Tensor::from_buffer(data, x.layout().fresh_like(), dtype)]
        }))
    }

    /// min(max(x, low), high). dy/dx = 1 where low < x < high, else 0
    ///
    /// # Errors
    /// ValueError where low > high, NotImplementedError for bool.
    pub fn hardtanh(&self, low: impl Into<Scalar>, high: impl Into<Scalar>) -> Result<Tensor> {
        let [low, high] = limits("hardtanh", self.dtype(), low.into(), high.into())?;
        variants::hardtanh.apply(&[self.into(), low, high])
    }

    /// [`hardtanh`](Tensor::hardtanh), left in this tensor.
    ///
    /// # Errors
    /// As there.
    pub fn hardtanh_(&self, low: impl Into<Scalar>, high: impl Into<Scalar>) -> Result<&Tensor> {
        let [low, high] = limits("hardtanh_", self.dtype(), low.into(), high.into())?;
        variants::hardtanh.apply_in_place(self, &[low, high])
    }

    /// a·sigmoid(b), where a is the first half along `dim` and b the second. With s = sigmoid b: ∂a = s, ∂b = a·s·(1 − s)
    ///
    /// Source: Dauphin et al., "Language Modeling with Gated Convolutional Networks" (2017).
    ///
    /// # Errors
    /// RuntimeError for an odd size, IndexError for a dimension out of range, NotImplementedError for integers.
    pub fn glu(&self, dim: isize) -> Result<Tensor> {
        ensure!(self.rank() > 0, Runtime, "glu: does not support scalars because halving size must be even");
        let d = self.dim("glu", dim)?;
        let size = self.shape()[d];
        ensure!(
            size.is_multiple_of(2),
            Runtime,
            "glu: Halving dimension must be even, but dimension {d} is size {size}"
        );
        let halves = move |x: &Tensor| -> Result<[Tensor; 2]> {
            let half = size / 2;
            Ok([x.narrow(d as isize, 0, half)?, x.narrow(d as isize, half as isize, half)?])
        };
        let [a, b] = halves(&self.detach())?;
        let value = variants::glu.apply(&[(&a).into(), (&b).into()])?;
        Ok(record("glu", &[self], value, &[self.into()], move |cx: &Cx| {
            let [x] = cx.saved()?;
            let [a, b] = halves(&x)?;
            let operands = [(&a).into(), (&b).into()];
            let mut parts = Vec::with_capacity(2);
            for slope in variants::glu.slopes {
                let Slope::Formula { reads, formula } = slope else { unreachable!("both halves have a derivative") };
                let of: SmallVec<[Operand; MOST]> =
                    reads.iter().map(|read| read.among(cx.g.into(), &operands)).collect();
                parts.push(match formula.term {
                    Some(term) if cx.create_graph() => Arena::run(&of, term)?,
                    _ => formula.evaluate("glu", &of, cx.g.dtype(), cx.g.dtype())?,
                });
            }
            grads![cx; Tensor::cat(&[&parts[0], &parts[1]], d as isize)?]
        }))
    }

    /// x where positive, else r·x. In training r is drawn from U(lower, upper) for each element, otherwise it is their
    /// mean. dy/dx = 1 or r
    ///
    /// Source: Xu et al., "Empirical Evaluation of Rectified Activations in Convolutional Network" (2015).
    ///
    /// # Errors
    /// RuntimeError where lower > upper, NotImplementedError for integers.
    pub fn rrelu(&self, lower: f64, upper: f64, training: bool, generator: Option<&Generator>) -> Result<Tensor> {
        let dtype = self.dtype();
        ensure!(
            lower <= upper,
            Runtime,
            "rrelu: Lower bound should be less than or equal to the upper bound, got {lower} and {upper}"
        );
        ensure!(dtype.is_float(), NotImplemented, "rrelu: not implemented for '{}'", dtype.title());
        if !training {
            return variants::rrelu.apply(&[self.into(), ((lower + upper) / 2.0).into()]);
        }
        let (x, bytes) = (self.detach().contiguous()?, bytes_of(self.shape(), dtype)?);
        let (mut value, mut slopes) = (Buffer::stale(bytes)?, Buffer::stale(bytes)?);
        with_generator(generator, |g| {
            let (memory, n) = (x.storage().read(), x.numel());
            let from = (&*memory, x.layout().offset);
            random_slopes(g, (lower, upper), dtype, from, &mut slopes, &mut value, n);
        });
        let value = Tensor::from_buffer(value, Layout::dense(self.shape()), dtype);
        let slopes = Tensor::from_buffer(slopes, Layout::dense(self.shape()), dtype);
        Ok(record("rrelu_with_noise", &[self], value, &[(&slopes).into()], |cx| {
            let [slopes] = cx.saved()?;
            grads![cx; cx.g.mul(&slopes)?]
        }))
    }

    /// [`rrelu`](Tensor::rrelu), left in this tensor.
    ///
    /// # Errors
    /// As there.
    pub fn rrelu_(&self, lower: f64, upper: f64, training: bool, generator: Option<&Generator>) -> Result<&Tensor> {
        self.replace_by("rrelu", |old| old.rrelu(lower, upper, training, generator))
    }

    /// A sample of the distribution whose unnormalised logarithms are the elements along `dim`, softened: with Gumbel's
    /// noise n, softmax((x + n)/τ). `hard`: one-hot, with the gradient of the soft sample.
    ///
    /// Sources: Jang, Gu, Poole, "Categorical Reparameterization with Gumbel-Softmax" (2017); Maddison, Mnih, Teh, "The
    /// Concrete Distribution" (2017).
    ///
    /// # Errors
    /// RuntimeError for integers, IndexError for a dimension out of range.
    pub fn gumbel_softmax(&self, tau: f64, hard: bool, dim: isize, generator: Option<&Generator>) -> Result<Tensor> {
        self.dim("gumbel_softmax", dim)?;
        ensure!(
            self.dtype().is_float(),
            Runtime,
            "gumbel_softmax: the noise is continuous, so the dtype must be a floating point, but got {}",
            self.dtype().name()
        );
        let noise = Tensor::empty(self.shape(), self.dtype())?;
        let noise = noise.exponential_(1.0, generator)?.log()?.neg()?;
        let soft = self.add(&noise)?.div(tau)?.softmax(dim, None)?;
        if !hard {
            return Ok(soft);
        }
        let (fixed, (_, chosen)) = (soft.detach(), soft.detach().max_dim(dim, true)?);
        let one_hot = Tensor::zeros(self.shape(), self.dtype())?;
        one_hot.scatter_value_(dim, &chosen, 1.0)?;
        one_hot.sub(&fixed)?.add(&soft)
    }

    /// x where positive, else w·x, with one learnable w per channel (dimension 1) or one for all.
    /// ∂x = 1 or w, ∂w = 0 or x
    ///
    /// # Errors
    /// RuntimeError where `weight` is neither one number nor one per channel, or of another dtype.
    pub fn prelu(&self, weight: &Tensor) -> Result<Tensor> {
        ensure!(
            self.dtype() == weight.dtype(),
            Runtime,
            "prelu: type promoting not supported; got {} and {}",
            self.dtype().name(),
            weight.dtype().name()
        );
        if weight.numel() == 1 {
            return variants::prelu.apply(&[self.into(), (&weight.reshape(&[])?).into()]);
        }
        let channels = if self.rank() >= 2 { self.shape()[1] } else { 1 };
        if weight.rank() > 1 || weight.numel() != channels {
            bail!(
                Runtime,
                "prelu: Mismatch of parameter numbers and input channel size: got a weight of shape {:?} for {channels} \
                 channels of an input of shape {:?}",
                weight.shape(),
                self.shape()
            );
        }
        let mut shape = vec![1; self.rank()];
        shape[1] = channels;
        variants::prelu.apply(&[self.into(), (&weight.reshape(&shape)?).into()])
    }
}

/// The operations of this file that are in no table.
pub const NAMES: &[&str] = &["gumbel_softmax"];
