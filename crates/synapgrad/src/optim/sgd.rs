//! Rules that follow the gradient, or its sign.

use synapgrad_kernels::optim::{self as kernels, Decay};

use super::rule::{Descent, Rule, compiled_here, not_negative};
use crate::Result;
use crate::error::ensure;

/// Stochastic gradient descent.
///
/// ```
/// use synapgrad::Tensor;
/// use synapgrad::optim::{Optimizer, Sgd, SgdOptions};
/// # fn main() -> synapgrad::Result<()> {
/// let x = Tensor::from([1f32, 2.0]).requires_grad_(true)?;
/// let mut optimizer = Sgd::new([x.clone()], SgdOptions { lr: 0.5, ..Default::default() })?;
/// x.mul(&x)?.sum()?.backward()?;
/// optimizer.step()?;
/// optimizer.zero_grad()?;
/// assert_eq!(x.to_vec::<f32>()?, [0.0, 0.0]);
/// # Ok(())
/// # }
/// ```
pub type Sgd = Descent<SgdOptions>;

/// The rule of [`Sgd`], with PyTorch's names and defaults. θ is the parameter, g its gradient (−g with maximize):
///
/// ```text
/// g ← g + weight_decay·θ
/// b ← momentum·b + (1 − dampening)·g     (b = g in the first step)
/// g ← g + momentum·b   with nesterov,  b  otherwise
/// θ ← θ − lr·g
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SgdOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much of b is kept from step to step; 0 keeps no b.
    pub momentum: f64,
    /// How much of a new gradient b leaves out.
    pub dampening: f64,
    /// The L2 penalty.
    pub weight_decay: f64,
    /// Look ahead by one step of b; it wants momentum and no dampening.
    pub nesterov: bool,
    /// Go uphill.
    pub maximize: bool,
}

impl Default for SgdOptions {
    fn default() -> SgdOptions {
        SgdOptions { lr: 1e-3, momentum: 0.0, dampening: 0.0, weight_decay: 0.0, nesterov: false, maximize: false }
    }
}

impl Rule for SgdOptions {
    type Kernel = kernels::Sgd;
    const NAME: &'static str = "sgd";
    const NUMBERS: &'static [&'static str] = &[];
    const TENSORS: &'static [&'static str] = &["momentum_buffer"];
    compiled_here!();

    fn check(&self) -> Result<()> {
        let SgdOptions { lr, momentum, dampening, weight_decay, nesterov, .. } = *self;
        let numbers = [("learning rate", lr), ("momentum value", momentum), ("weight_decay value", weight_decay)];
        not_negative(Self::NAME, &numbers)?;
        ensure!(
            !nesterov || (momentum > 0.0 && dampening == 0.0),
            Value,
            "sgd: Nesterov momentum requires a momentum and zero dampening, got momentum {momentum} and dampening \
             {dampening}"
        );
        Ok(())
    }

    fn rate(&mut self) -> &mut f64 {
        &mut self.lr
    }

    fn keeps(&self, _buffer: &str) -> bool {
        self.momentum != 0.0
    }

    fn advance(&self, _numbers: &mut [f64], fresh: bool) -> kernels::Sgd {
        kernels::Sgd {
            lr: self.lr,
            momentum: self.momentum,
            take: if fresh { 1.0 } else { 1.0 - self.dampening },
            nesterov: self.nesterov,
            decay: Decay { coupled: self.weight_decay, decoupled: 0.0, maximize: self.maximize },
        }
    }
}

/// Averaged stochastic gradient descent. The average is `ax` in the state of a parameter.
///
/// Boris Polyak and Anatoli Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
pub type Asgd = Descent<AsgdOptions>;

/// The rule of [`Asgd`], with PyTorch's names and defaults. In step t, for a parameter θ with the gradient g (−g with
/// maximize), η = lr and μ = 1 at first:
///
/// ```text
/// g ← g + weight_decay·θ
/// θ ← θ·(1 − lambd·η) − η·g
/// ax ← ax + μ·(θ − ax)
/// η ← lr / (1 + lambd·lr·t)^alpha
/// μ ← 1 / max(1, t − t0)
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AsgdOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much of θ decays, and how fast η does.
    pub lambd: f64,
    /// The power of η.
    pub alpha: f64,
    /// The step after which the average begins; until then it is θ.
    pub t0: f64,
    /// The L2 penalty.
    pub weight_decay: f64,
    /// Go uphill.
    pub maximize: bool,
}

impl Default for AsgdOptions {
    fn default() -> AsgdOptions {
        AsgdOptions { lr: 1e-2, lambd: 1e-4, alpha: 0.75, t0: 1e6, weight_decay: 0.0, maximize: false }
    }
}

impl Rule for AsgdOptions {
    type Kernel = kernels::Asgd;
    const NAME: &'static str = "asgd";
    const NUMBERS: &'static [&'static str] = &["step", "eta", "mu"];
    const TENSORS: &'static [&'static str] = &["ax"];
    compiled_here!();

    fn check(&self) -> Result<()> {
        let AsgdOptions { lr, lambd, alpha, weight_decay, .. } = *self;
        let options = [
            ("learning rate", lr),
            ("lambd value", lambd),
            ("alpha value", alpha),
            ("weight_decay value", weight_decay),
        ];
        not_negative(Self::NAME, &options)
    }

    fn rate(&mut self) -> &mut f64 {
        &mut self.lr
    }

    fn initial(&self, name: &str) -> f64 {
        match name {
            "eta" => self.lr,
            "mu" => 1.0,
            _ => 0.0,
        }
    }

    fn advance(&self, numbers: &mut [f64], _fresh: bool) -> kernels::Asgd {
        let [step, eta, mu] = numbers else { unreachable!("three numbers are named above") };
        let decay = Decay { coupled: self.weight_decay, decoupled: 0.0, maximize: self.maximize };
        let kernel = kernels::Asgd { lambd: self.lambd, eta: *eta, mu: *mu, decay };
        *step += 1.0;
        *eta = self.lr / (1.0 + self.lambd * self.lr * *step).powf(self.alpha);
        *mu = 1.0 / (*step - self.t0).max(1.0);
        kernel
    }
}

/// Resilient propagation: each element has a step size of its own, and of the gradient only the sign counts. For gradients
/// of a whole set of data, not of batches.
///
/// Martin Riedmiller and Heinrich Braun, "A direct adaptive method for faster backpropagation learning: the RPROP
/// algorithm", 1993.
pub type Rprop = Descent<RpropOptions>;

/// The rule of [`Rprop`], with PyTorch's names and defaults. For each element of a parameter θ with the gradient g (−g
/// with maximize), the last gradient p and the step size s, lr at first:
///
/// ```text
/// s ← s·etas.1           where g·p > 0
/// s ← s·etas.0,  g ← 0   where g·p < 0
/// s ← s, kept between step_sizes.0 and step_sizes.1
/// θ ← θ − sign(g)·s
/// p ← g
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RpropOptions {
    /// The first step size.
    pub lr: f64,
    /// By what a step size shrinks and grows.
    pub etas: (f64, f64),
    /// The smallest and the greatest step size.
    pub step_sizes: (f64, f64),
    /// Go uphill.
    pub maximize: bool,
}

impl Default for RpropOptions {
    fn default() -> RpropOptions {
        RpropOptions { lr: 1e-2, etas: (0.5, 1.2), step_sizes: (1e-6, 50.0), maximize: false }
    }
}

impl Rule for RpropOptions {
    type Kernel = kernels::Rprop;
    const NAME: &'static str = "rprop";
    const NUMBERS: &'static [&'static str] = &["step"];
    const TENSORS: &'static [&'static str] = &["prev", "step_size"];
    compiled_here!();

    fn check(&self) -> Result<()> {
        not_negative(Self::NAME, &[("learning rate", self.lr)])?;
        let (shrink, grow) = self.etas;
        ensure!(
            0.0 < shrink && shrink < 1.0 && 1.0 < grow,
            Value,
            "rprop: Invalid eta values: {shrink:?}, {grow:?}, wanted 0 < first < 1 < second"
        );
        Ok(())
    }

    fn rate(&mut self) -> &mut f64 {
        &mut self.lr
    }

    fn initial(&self, name: &str) -> f64 {
        if name == "step_size" { self.lr } else { 0.0 }
    }

    fn advance(&self, numbers: &mut [f64], _fresh: bool) -> kernels::Rprop {
        numbers[0] += 1.0;
        let decay = Decay { maximize: self.maximize, ..Decay::default() };
        kernels::Rprop { etas: self.etas, step_sizes: self.step_sizes, decay }
    }
}
