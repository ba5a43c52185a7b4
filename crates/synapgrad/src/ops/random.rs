//! Random numbers: PyTorch's, for the same seed.
//!
//! Whoever names no generator draws from the default one. A dense tensor is filled in the order of its memory, whatever its
//! strides; PyTorch does so, too. What is drawn does not depend on what was there, so the gradient of an old value is 0.

use synapgrad_kernels::random as kernels;
use synapgrad_kernels::{Bool, Buffer, DType, Element, Layout, bf16, f16};

use super::create::room;
use super::operand::{Operand, result_layout};
use crate::autograd::{Cx, grads, no_grad, record, tracking};
use crate::error::{ensure, go_on};
use crate::random::{Generator, with_generator};
use crate::{Error, ErrorKind, Result, Tensor};

/// How a slice of each type is filled. `contiguous` says whether the tensor lies in row-major order.
trait Draw {
    fn draw<T: kernels::Number + Element>(&self, g: &mut kernels::Generator, out: &mut [T], contiguous: bool);
    fn draw_bool(&self, g: &mut kernels::Generator, out: &mut [bool]);
}

/// [`Draw`] for distributions over the reals alone.
trait DrawReal {
    fn draw<T: kernels::Real + Element>(&self, g: &mut kernels::Generator, out: &mut [T], contiguous: bool);
}

/// Fill a float buffer.
fn fill_real(draw: &impl DrawReal, g: &mut kernels::Generator, data: &mut Buffer, at: Place, dtype: DType) {
    match dtype {
        DType::F32 => draw.draw(g, &mut data.as_mut_slice::<f32>()[at.from..at.to], at.contiguous),
        DType::F64 => draw.draw(g, &mut data.as_mut_slice::<f64>()[at.from..at.to], at.contiguous),
        DType::F16 => draw.draw(g, &mut data.as_mut_slice::<f16>()[at.from..at.to], at.contiguous),
        DType::BF16 => draw.draw(g, &mut data.as_mut_slice::<bf16>()[at.from..at.to], at.contiguous),
        _ => unreachable!("the dtype was checked to be a float type"),
    }
}

/// Fill a buffer of any dtype.
fn fill_any(draw: &impl Draw, g: &mut kernels::Generator, data: &mut Buffer, at: Place, dtype: DType) {
    match dtype {
        DType::F32 => draw.draw(g, &mut data.as_mut_slice::<f32>()[at.from..at.to], at.contiguous),
        DType::F64 => draw.draw(g, &mut data.as_mut_slice::<f64>()[at.from..at.to], at.contiguous),
        DType::F16 => draw.draw(g, &mut data.as_mut_slice::<f16>()[at.from..at.to], at.contiguous),
        DType::BF16 => draw.draw(g, &mut data.as_mut_slice::<bf16>()[at.from..at.to], at.contiguous),
        DType::I64 => draw.draw(g, &mut data.as_mut_slice::<i64>()[at.from..at.to], at.contiguous),
        DType::I32 => draw.draw(g, &mut data.as_mut_slice::<i32>()[at.from..at.to], at.contiguous),
        DType::I16 => draw.draw(g, &mut data.as_mut_slice::<i16>()[at.from..at.to], at.contiguous),
        DType::I8 => draw.draw(g, &mut data.as_mut_slice::<i8>()[at.from..at.to], at.contiguous),
        DType::U8 => draw.draw(g, &mut data.as_mut_slice::<u8>()[at.from..at.to], at.contiguous),
        DType::Bool => {
            let mut drawn = vec![false; at.to - at.from];
            draw.draw_bool(g, &mut drawn);
            let out = &mut data.as_mut_slice::<Bool>()[at.from..at.to];
            out.iter_mut().zip(drawn).for_each(|(out, flag)| *out = Bool(flag as u8));
        }
    }
}

/// The part of a buffer that is filled.
#[derive(Clone, Copy)]
struct Place {
    from: usize,
    to: usize,
    contiguous: bool,
}

impl Tensor {
    /// Replace the elements by drawn ones. `node` is PyTorch's name of the recorded operation.
    fn draw(
        &self,
        name: &str,
        node: &'static str,
        generator: Option<&Generator>,
        fill: impl Fn(&mut kernels::Generator, &mut Buffer, Place),
    ) -> Result<&Tensor> {
        let recorded = tracking(&[self]);
        if !recorded {
            self.may_change(name)?;
        }
        let layout = self.layout();
        if layout.is_dense() && !recorded {
            let place =
                Place { from: layout.offset, to: layout.offset + layout.numel(), contiguous: layout.is_contiguous() };
            with_generator(generator, |g| fill(g, &mut self.storage().write(), place));
            self.storage().bump_version();
            go_on()?;
            return Ok(self);
        }
        // Drawn in memory of its own that lies in the same order: the largest stride outermost.
        let order = layout.order();
        let mut fresh = Layout::dense(&layout.permute(&order).shape);
        let mut back = order.clone();
        order.iter().enumerate().for_each(|(i, &d)| back[d] = i);
        fresh = fresh.permute(&back);
        let mut data = room(&layout.shape, self.dtype())?;
        let place = Place { from: 0, to: layout.numel(), contiguous: layout.is_contiguous() };
        if !recorded {
            with_generator(generator, |g| fill(g, &mut data, place));
            self.write(&Tensor::from_buffer(data, fresh, self.dtype()))?;
            return Ok(self);
        }
        self.replace_by(name, |old| {
            with_generator(generator, |g| fill(g, &mut data, place));
            let drawn = Tensor::from_buffer(data, fresh, self.dtype());
            Ok(record(node, &[old], drawn, &[], |cx| grads![cx; cx.g.zeros_like()?]))
        })
    }

    fn draw_real(&self, name: &str, node: &'static str, g: Option<&Generator>, draw: impl DrawReal) -> Result<&Tensor> {
        check_real(name, self.dtype())?;
        self.draw(name, node, g, |g, data, place| fill_real(&draw, g, data, place, self.dtype()))
    }

    fn draw_any(&self, name: &str, node: &'static str, g: Option<&Generator>, draw: impl Draw) -> Result<&Tensor> {
        self.draw(name, node, g, |g, data, place| fill_any(&draw, g, data, place, self.dtype()))
    }
}

fn check_real(name: &str, dtype: DType) -> Result<()> {
    ensure!(
        dtype.is_float(),
        NotImplemented,
        "{name}: not implemented for dtype {}, expected a floating-point type",
        dtype.name()
    );
    Ok(())
}

// In place
impl Tensor {
    /// Uniform numbers from [from, to).
    ///
    /// # Errors
    /// RuntimeError where the bounds are in the wrong order, NotImplementedError for integers.
    pub fn uniform_(&self, from: f64, to: f64, generator: Option<&Generator>) -> Result<&Tensor> {
        struct Uniform(f64, f64);
        impl DrawReal for Uniform {
            fn draw<T: kernels::Real + Element>(&self, g: &mut kernels::Generator, out: &mut [T], _: bool) {
                g.uniform(out, self.0, self.1);
            }
        }
        check_real("uniform_", self.dtype())?;
        ensure!(from <= to, Runtime, "uniform_: expects to return a [from, to) range, but found from={from} > to={to}");
        let high = crate::ops::create::largest(self.dtype());
        ensure!(
            from >= -high && to <= high && to - from <= high,
            Runtime,
            "uniform_: from={from}, to={to} and their difference must be within the range of {}",
            self.dtype().name()
        );
        self.draw_real("uniform", "UniformBackward0", generator, Uniform(from, to))
    }

    /// Normal numbers of the given mean and standard deviation.
    ///
    /// # Errors
    /// RuntimeError where `std` is negative, NotImplementedError for integers.
    pub fn normal_(&self, mean: f64, std: f64, generator: Option<&Generator>) -> Result<&Tensor> {
        struct Normal(f64, f64);
        impl DrawReal for Normal {
            fn draw<T: kernels::Real + Element>(&self, g: &mut kernels::Generator, out: &mut [T], contiguous: bool) {
                if contiguous { g.normal(out, self.0, self.1) } else { g.normal_each(out, self.0, self.1) }
            }
        }
        ensure!(std >= 0.0, Runtime, "normal_: normal expects std >= 0.0, but found std {std}");
        self.draw_real("normal", "NormalBackward0", generator, Normal(mean, std))
    }

    /// Integers from `from` to `to` − 1. Without `to` the largest number of the dtype may be drawn, too; without both, any
    /// from 0 on (for floats: any integer up to which the type holds all of them).
    ///
    /// # Errors
    /// RuntimeError where the range is empty or exceeds the dtype.
    pub fn random_(&self, from: Option<i64>, to: Option<i64>, generator: Option<&Generator>) -> Result<&Tensor> {
        struct Integers(i64, i64);
        impl Draw for Integers {
            fn draw<T: kernels::Number + Element>(&self, g: &mut kernels::Generator, out: &mut [T], _: bool) {
                g.integers(out, self.0, self.1);
            }
            fn draw_bool(&self, g: &mut kernels::Generator, out: &mut [bool]) {
                g.integers(out, self.0, self.1);
            }
        }
        struct Any;
        impl Draw for Any {
            fn draw<T: kernels::Number + Element>(&self, g: &mut kernels::Generator, out: &mut [T], _: bool) {
                g.random(out);
            }
            fn draw_bool(&self, g: &mut kernels::Generator, out: &mut [bool]) {
                g.random(out);
            }
        }
        if from.is_none() && to.is_none() {
            return self.draw_any("random", "RandomBackward1", generator, Any);
        }
        let (low, high) = integer_range(self.dtype());
        let from = from.unwrap_or(0);
        if let Some(to) = to {
            check_range("random_", from, to, self.dtype())?;
        }
        ensure!(
            (low..=high).contains(&from),
            Runtime,
            "random_: from is out of bounds for {}: {from}",
            self.dtype().name()
        );
        // One past the largest int64 wraps to the smallest, which the kernel takes for 2⁶³.
        let to = to.unwrap_or(high.wrapping_add(1));
        self.draw_any("random", "RandomBackward0", generator, Integers(from, to))
    }

    /// 1 with probability `p`, else 0.
    ///
    /// # Errors
    /// RuntimeError where `p` is not in [0, 1].
    pub fn bernoulli_(&self, p: f64, generator: Option<&Generator>) -> Result<&Tensor> {
        struct Toss(f64);
        impl Draw for Toss {
            fn draw<T: kernels::Number + Element>(&self, g: &mut kernels::Generator, out: &mut [T], _: bool) {
                let mut tosses = [0u8; 1024];
                for out in out.chunks_mut(1024) {
                    g.bernoulli(&mut tosses[..out.len()], self.0);
                    out.iter_mut().zip(tosses).for_each(|(out, toss)| *out = <T as Element>::from_i64(toss as i64));
                }
            }
            fn draw_bool(&self, g: &mut kernels::Generator, out: &mut [bool]) {
                let mut tosses = vec![0u8; out.len()];
                g.bernoulli(&mut tosses, self.0);
                out.iter_mut().zip(tosses).for_each(|(out, toss)| *out = toss != 0);
            }
        }
        ensure!((0.0..=1.0).contains(&p), Runtime, "bernoulli_: expects p to be in [0, 1], but got p={p}");
        self.draw_any("bernoulli", "BernoulliBackward2", generator, Toss(p))
    }

    /// Each element 1 with its own probability, else 0.
    ///
    /// # Errors
    /// RuntimeError where a probability is not in [0, 1] or the shapes don't broadcast.
    pub fn bernoulli_each_(&self, p: &Tensor, generator: Option<&Generator>) -> Result<&Tensor> {
        check_real("bernoulli_", p.dtype())?;
        self.may_change("bernoulli")?;
        let p = p.detach().expand(self.shape())?;
        let tosses = p.tosses(self.dtype(), generator)?;
        if !tracking(&[self]) {
            self.write(&tosses)?;
            return Ok(self);
        }
        self.replace_by("bernoulli", |old| {
            Ok(record("BernoulliBackward1", &[old], tosses, &[], |cx| grads![cx; cx.g.zeros_like()?]))
        })
    }

    /// Exponential numbers with rate `lambda`: density λ·e^(−λx).
    ///
    /// # Errors
    /// RuntimeError where the rate is not positive, or the dtype no float type.
    pub fn exponential_(&self, lambda: f64, generator: Option<&Generator>) -> Result<&Tensor> {
        struct Exponential(f64);
        impl DrawReal for Exponential {
            fn draw<T: kernels::Real + Element>(&self, g: &mut kernels::Generator, out: &mut [T], _: bool) {
                g.exponential(out, self.0);
            }
        }
        check_continuous("exponential_", self.dtype())?;
        ensure!(lambda > 0.0, Runtime, "exponential_: expects lambda > 0.0, but found lambda={lambda}");
        self.draw_real("exponential", "ExponentialBackward0", generator, Exponential(lambda))
    }

    /// How many tosses until a coin that shows 1 with probability `p` does.
    ///
    /// # Errors
    /// RuntimeError where `p` is not in (0, 1), NotImplementedError for bool.
    pub fn geometric_(&self, p: f64, generator: Option<&Generator>) -> Result<&Tensor> {
        struct Geometric(f64);
        impl Draw for Geometric {
            fn draw<T: kernels::Number + Element>(&self, g: &mut kernels::Generator, out: &mut [T], _: bool) {
                g.geometric(out, self.0);
            }
            fn draw_bool(&self, g: &mut kernels::Generator, out: &mut [bool]) {
                g.geometric(out, self.0);
            }
        }
        ensure!(self.dtype() != DType::Bool, NotImplemented, "geometric_: not implemented for dtype bool");
        ensure!(0.0 < p && p < 1.0, Runtime, "geometric_: expects p to be in (0, 1), but got p={p}");
        self.draw_any("geometric", "GeometricBackward0", generator, Geometric(p))
    }

    /// Numbers of Cauchy's distribution around `median`.
    ///
    /// # Errors
    /// RuntimeError where `sigma` is not positive, or the dtype no float type.
    pub fn cauchy_(&self, median: f64, sigma: f64, generator: Option<&Generator>) -> Result<&Tensor> {
        struct Cauchy(f64, f64);
        impl DrawReal for Cauchy {
            fn draw<T: kernels::Real + Element>(&self, g: &mut kernels::Generator, out: &mut [T], _: bool) {
                g.cauchy(out, self.0, self.1);
            }
        }
        check_continuous("cauchy_", self.dtype())?;
        ensure!(sigma > 0.0, Runtime, "cauchy_: expects sigma > 0.0, but found sigma={sigma}");
        self.draw_real("cauchy", "CauchyBackward0", generator, Cauchy(median, sigma))
    }

    /// Numbers whose logarithm is normal with the given mean and standard deviation.
    ///
    /// # Errors
    /// RuntimeError where `std` is not positive, NotImplementedError for integers.
    pub fn log_normal_(&self, mean: f64, std: f64, generator: Option<&Generator>) -> Result<&Tensor> {
        struct LogNormal(f64, f64);
        impl DrawReal for LogNormal {
            fn draw<T: kernels::Real + Element>(&self, g: &mut kernels::Generator, out: &mut [T], _: bool) {
                g.log_normal(out, self.0, self.1);
            }
        }
        ensure!(std > 0.0, Runtime, "log_normal_: expects std > 0.0, but found std={std}");
        self.draw_real("log_normal", "LogNormalBackward0", generator, LogNormal(mean, std))
    }
}

fn check_continuous(name: &str, dtype: DType) -> Result<()> {
    ensure!(
        dtype.is_float(),
        Runtime,
        "{name}: a continuous distribution, dtype must be a floating point but you specified {}",
        dtype.name()
    );
    Ok(())
}

/// The integers that a dtype holds without a gap.
fn integer_range(dtype: DType) -> (i64, i64) {
    let digits = |n: u32| (-(1i64 << n), 1i64 << n);
    match dtype {
        DType::F64 => digits(53),
        DType::F32 => digits(24),
        DType::F16 => digits(11),
        DType::BF16 => digits(8),
        DType::I64 => (i64::MIN, i64::MAX),
        DType::I32 => (i32::MIN as i64, i32::MAX as i64),
        DType::I16 => (i16::MIN as i64, i16::MAX as i64),
        DType::I8 => (i8::MIN as i64, i8::MAX as i64),
        DType::U8 => (0, 255),
        DType::Bool => (0, 1),
    }
}

fn check_range(name: &str, from: i64, to: i64, dtype: DType) -> Result<()> {
    let text = "random_ expects 'from' to be less than 'to', but got";
    ensure!(from < to, Runtime, "{name}: {text} from={from} >= to={to}");
    if !dtype.is_float() {
        let (low, high) = integer_range(dtype);
        ensure!(from >= low && from <= high, Runtime, "{name}: from is out of bounds for {}: {from}", dtype.name());
        ensure!(to - 1 <= high, Runtime, "{name}: to - 1 is out of bounds for {}: {}", dtype.name(), to - 1);
    }
    Ok(())
}

// New tensors
impl Tensor {
    /// Uniform numbers from [0, 1).
    ///
    /// ```
    /// # use synapgrad::{DType, Tensor, random::Generator};
    /// let x = Tensor::rand(&[3], DType::F32, Some(&Generator::new(0))).unwrap();
    /// // torch.manual_seed(0); torch.rand(3)
    /// assert_eq!(x.to_vec::<f32>().unwrap(), [0.49625659, 0.76822180, 0.08847743]);
    /// ```
    ///
    /// # Errors
    /// NotImplementedError for integers.
    pub fn rand(shape: &[usize], dtype: DType, generator: Option<&Generator>) -> Result<Tensor> {
        check_real("rand", dtype)?;
        let tensor = Tensor::empty(shape, dtype)?;
        tensor.uniform_(0.0, 1.0, generator)?;
        Ok(tensor)
    }

    /// Normal numbers of mean 0 and standard deviation 1.
    ///
    /// # Errors
    /// NotImplementedError for integers.
    pub fn randn(shape: &[usize], dtype: DType, generator: Option<&Generator>) -> Result<Tensor> {
        check_real("randn", dtype)?;
        let tensor = Tensor::empty(shape, dtype)?;
        tensor.normal_(0.0, 1.0, generator)?;
        Ok(tensor)
    }

    /// Integers from `low` to `high` − 1.
    ///
    /// # Errors
    /// RuntimeError where the range is empty or exceeds the dtype.
    pub fn randint(
        low: i64,
        high: i64,
        shape: &[usize],
        dtype: DType,
        generator: Option<&Generator>,
    ) -> Result<Tensor> {
        check_range("randint", low, high, dtype)?;
        let tensor = Tensor::empty(shape, dtype)?;
        tensor.random_(Some(low), Some(high), generator)?;
        Ok(tensor)
    }

    /// The integers from 0 to `n` − 1 in random order.
    ///
    /// # Errors
    /// RuntimeError where the dtype does not hold them, NotImplementedError for bool.
    pub fn randperm(n: usize, dtype: DType, generator: Option<&Generator>) -> Result<Tensor> {
        struct Shuffle;
        impl Draw for Shuffle {
            fn draw<T: kernels::Number + Element>(&self, g: &mut kernels::Generator, out: &mut [T], _: bool) {
                g.permutation(out);
            }
            fn draw_bool(&self, _: &mut kernels::Generator, _: &mut [bool]) {}
        }
        ensure!(dtype != DType::Bool, NotImplemented, "randperm: not implemented for dtype bool");
        let (_, high) = integer_range(dtype);
        ensure!(
            n as u128 <= high as u128 + 1,
            Runtime,
            "randperm: n={n} cannot be converted to type {} without overflow",
            dtype.name()
        );
        let tensor = Tensor::empty(&[n], dtype)?;
        tensor.draw_any("randperm", "", generator, Shuffle)?;
        Ok(tensor)
    }

    /// Each element is 1 with the probability that this tensor holds there, else 0. No gradient flows: it is 0.
    ///
    /// # Errors
    /// RuntimeError where a probability is not in [0, 1], NotImplementedError for integers.
    pub fn bernoulli(&self, generator: Option<&Generator>) -> Result<Tensor> {
        check_real("bernoulli", self.dtype())?;
        let tosses = self.tosses(self.dtype(), generator)?;
        Ok(record("BernoulliBackward0", &[self], tosses, &[], |cx| grads![cx; cx.g.zeros_like()?]))
    }

    /// The tosses for these probabilities.
    fn tosses(&self, dtype: DType, generator: Option<&Generator>) -> Result<Tensor> {
        let p = self.detach().contiguous()?;
        let mut mask = vec![0u8; p.numel()];
        let (from, to) = (p.layout().offset, p.layout().offset + p.numel());
        let memory = p.storage().read();
        let drawn = with_generator(generator, |g| match p.dtype() {
            DType::F64 => g.bernoulli_each(&mut mask, &memory.as_slice::<f64>()[from..to]),
            DType::F16 => g.bernoulli_each(&mut mask, &memory.as_slice::<f16>()[from..to]),
            DType::BF16 => g.bernoulli_each(&mut mask, &memory.as_slice::<bf16>()[from..to]),
            _ => g.bernoulli_each(&mut mask, &memory.as_slice::<f32>()[from..to]),
        });
        drawn.map_err(runtime)?;
        Tensor::from_slice(&mask, p.shape())?.to_dtype(dtype)
    }

    /// Poisson's counts of events with the mean rates that this tensor holds. No gradient flows: it is 0.
    ///
    /// # Errors
    /// RuntimeError where a rate is negative, NotImplementedError for integers.
    pub fn poisson(&self, generator: Option<&Generator>) -> Result<Tensor> {
        check_real("poisson", self.dtype())?;
        let rates = self.detach().contiguous()?;
        let counts = Tensor::empty(self.shape(), self.dtype())?;
        let (from, to) = (rates.layout().offset, rates.layout().offset + rates.numel());
        let drawn = with_generator(generator, |g| {
            let (memory, mut out) = (rates.storage().read(), counts.storage().write());
            let n = to - from;
            match self.dtype() {
                DType::F64 => g.poisson(&mut out.as_mut_slice::<f64>()[..n], &memory.as_slice::<f64>()[from..to]),
                DType::F16 => g.poisson(&mut out.as_mut_slice::<f16>()[..n], &memory.as_slice::<f16>()[from..to]),
                DType::BF16 => g.poisson(&mut out.as_mut_slice::<bf16>()[..n], &memory.as_slice::<bf16>()[from..to]),
                _ => g.poisson(&mut out.as_mut_slice::<f32>()[..n], &memory.as_slice::<f32>()[from..to]),
            }
        });
        drawn.map_err(runtime)?;
        Ok(record("PoissonBackward0", &[self], counts, &[], |cx| grads![cx; cx.g.zeros_like()?]))
    }

    /// Normal numbers around this tensor's elements, with the standard deviation `std`: a number or a tensor. No gradient
    /// flows: it is 0.
    ///
    /// # Errors
    /// RuntimeError where a standard deviation is negative or the shapes don't broadcast, NotImplementedError for integers.
    pub fn normal_around<'a>(&self, std: impl Into<Operand<'a>>, generator: Option<&Generator>) -> Result<Tensor> {
        check_real("normal", self.dtype())?;
        let std = std.into();
        let mode = no_grad();
        let drawn = match std {
            Operand::Number(std) => {
                let drawn = Tensor::empty(self.shape(), self.dtype())?;
                drawn.normal_(0.0, std.to_f64(), generator)?;
                drawn.add_(self)?;
                drawn
            }
            Operand::Tensor(std) => {
                check_real("normal", std.dtype())?;
                let lowest = std.detach().contiguous()?.to_dtype(DType::F64)?.to_vec::<f64>()?;
                let text = "normal expects all elements of std >= 0.0";
                ensure!(!lowest.iter().any(|&s| s < 0.0), Runtime, "normal: {text}");
                let layout = result_layout("normal", &[Operand::Tensor(self), Operand::Tensor(std)])?;
                let drawn = Tensor::empty(&layout.shape, self.dtype())?;
                drawn.normal_(0.0, 1.0, generator)?;
                drawn.mul_(std)?;
                drawn.add_(self)?;
                drawn
            }
        };
        drop(mode);
        Ok(match std {
            Operand::Number(_) => record("NormalBackward1", &[self], drawn, &[], |cx| grads![cx; zeros(cx, 0)?]),
            Operand::Tensor(std) => {
                record("NormalBackward3", &[self, std], drawn, &[], |cx| grads![cx; zeros(cx, 0)?, zeros(cx, 1)?])
            }
        })
    }

    /// `samples` column numbers for each row, drawn with probabilities in proportion to this vector or matrix.
    ///
    /// # Errors
    /// RuntimeError where a weight is negative or not finite, a row sums to 0, or there are too few columns.
    pub fn multinomial(&self, samples: usize, replacement: bool, generator: Option<&Generator>) -> Result<Tensor> {
        ensure!(
            self.dtype().is_float(),
            Runtime,
            "multinomial: only supports floating-point dtypes for input, got {}",
            self.dtype().name()
        );
        ensure!(
            (1..=2).contains(&self.rank()),
            Runtime,
            "multinomial: prob_dist must be 1 or 2 dim, got shape {:?}",
            self.shape()
        );
        ensure!(samples > 0, Runtime, "multinomial: cannot sample n_sample <= 0 samples");
        let weights = self.detach().contiguous()?;
        let columns = self.shape()[self.rank() - 1];
        let mut shape = weights.layout().shape.clone();
        shape[self.rank() - 1] = samples;
        let out = Tensor::empty(&shape, DType::I64)?;
        let (from, to) = (weights.layout().offset, weights.layout().offset + weights.numel());
        let drawn = with_generator(generator, |g| {
            let (memory, mut out) = (weights.storage().read(), out.storage().write());
            let out = &mut out.as_mut_slice::<i64>()[..shape.iter().product()];
            match self.dtype() {
                DType::F64 => g.multinomial(out, &memory.as_slice::<f64>()[from..to], columns, samples, replacement),
                DType::F16 => g.multinomial(out, &memory.as_slice::<f16>()[from..to], columns, samples, replacement),
                DType::BF16 => g.multinomial(out, &memory.as_slice::<bf16>()[from..to], columns, samples, replacement),
                _ => g.multinomial(out, &memory.as_slice::<f32>()[from..to], columns, samples, replacement),
            }
        });
        drawn.map_err(runtime)?;
        Ok(out)
    }
}

/// The gradient of what has no influence.
fn zeros(cx: &Cx, input: usize) -> Result<Tensor> {
    Tensor::zeros(cx.shape(input), cx.g.dtype())
}

fn runtime(text: String) -> Error {
    Error::new(ErrorKind::Runtime, text)
}

pub const NAMES: &[&str] = &[
    "bernoulli",
    "multinomial",
    "normal",
    "poisson",
    "rand",
    "randint",
    "randn",
    "randperm",
    "rand_like",
    "randn_like",
    "randint_like",
    "uniform_",
    "random_",
    "geometric_",
    "exponential_",
    "cauchy_",
    "log_normal_",
];
