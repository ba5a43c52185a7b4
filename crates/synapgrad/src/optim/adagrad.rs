//! Rules that divide by a measure of the gradients so far.

use synapgrad_kernels::optim::{self as kernels, Decay};

use super::rule::{Descent, Rule, compiled_here, not_negative};
use crate::Result;
use crate::error::ensure;

/// Adagrad: elements that seldom have a gradient take longer steps.
///
/// John Duchi, Elad Hazan and Yoram Singer, "Adaptive subgradient methods for online learning and stochastic optimization",
/// 2011.
pub type Adagrad = Descent<AdagradOptions>;

/// The rule of [`Adagrad`], with PyTorch's names and defaults. In step t, for a parameter θ with the gradient g (−g with
/// maximize), s = initial_accumulator_value at first:
///
/// ```text
/// g ← g + weight_decay·θ
/// s ← s + g²
/// θ ← θ − lr/(1 + (t − 1)·lr_decay) · g/(√s + eps)
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdagradOptions {
    /// The learning rate.
    pub lr: f64,
    /// How fast the learning rate falls.
    pub lr_decay: f64,
    /// The L2 penalty.
    pub weight_decay: f64,
    /// What the sum of squares begins with.
    pub initial_accumulator_value: f64,
    /// Keeps the quotient finite.
    pub eps: f64,
    /// Go uphill.
    pub maximize: bool,
}

impl Default for AdagradOptions {
    fn default() -> AdagradOptions {
        AdagradOptions {
            lr: 1e-2,
            lr_decay: 0.0,
            weight_decay: 0.0,
            initial_accumulator_value: 0.0,
            eps: 1e-10,
            maximize: false,
        }
    }
}

impl Rule for AdagradOptions {
    type Kernel = kernels::Adagrad;
    const NAME: &'static str = "adagrad";
    const NUMBERS: &'static [&'static str] = &["step"];
    const TENSORS: &'static [&'static str] = &["sum"];
    compiled_here!();

    fn check(&self) -> Result<()> {
        let numbers = [
            ("learning rate", self.lr),
            ("lr_decay value", self.lr_decay),
            ("weight_decay value", self.weight_decay),
            ("initial_accumulator_value value", self.initial_accumulator_value),
            ("epsilon value", self.eps),
        ];
        not_negative(Self::NAME, &numbers)
    }

    fn rate(&mut self) -> &mut f64 {
        &mut self.lr
    }

    fn initial(&self, name: &str) -> f64 {
        if name == "sum" { self.initial_accumulator_value } else { 0.0 }
    }

    fn advance(&self, numbers: &mut [f64], _fresh: bool) -> kernels::Adagrad {
        numbers[0] += 1.0;
        kernels::Adagrad {
            size: self.lr / (1.0 + (numbers[0] - 1.0) * self.lr_decay),
            eps: self.eps,
            decay: Decay { coupled: self.weight_decay, decoupled: 0.0, maximize: self.maximize },
        }
    }
}

/// Adadelta: steps in units of the parameter, without a learning rate to choose.
///
/// Matthew Zeiler, "ADADELTA: an adaptive learning rate method", 2012.
pub type Adadelta = Descent<AdadeltaOptions>;

/// The rule of [`Adadelta`], with PyTorch's names and defaults. For a parameter θ with the gradient g (−g with maximize):
///
/// ```text
/// g ← g + weight_decay·θ
/// v ← rho·v + (1 − rho)·g²
/// d = √(w + eps) / √(v + eps) · g
/// w ← rho·w + (1 − rho)·d²
/// θ ← θ − lr·d
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdadeltaOptions {
    /// A factor of the step.
    pub lr: f64,
    /// How much the averages of g² and d² keep from step to step.
    pub rho: f64,
    /// What the first steps start from.
    pub eps: f64,
    /// The L2 penalty.
    pub weight_decay: f64,
    /// Go uphill.
    pub maximize: bool,
}

impl Default for AdadeltaOptions {
    fn default() -> AdadeltaOptions {
        AdadeltaOptions { lr: 1.0, rho: 0.9, eps: 1e-6, weight_decay: 0.0, maximize: false }
    }
}

impl Rule for AdadeltaOptions {
    type Kernel = kernels::Adadelta;
    const NAME: &'static str = "adadelta";
    const NUMBERS: &'static [&'static str] = &["step"];
    const TENSORS: &'static [&'static str] = &["square_avg", "acc_delta"];
    compiled_here!();

    fn check(&self) -> Result<()> {
        not_negative(Self::NAME, &[("learning rate", self.lr)])?;
        ensure!(
            (0.0..=1.0).contains(&self.rho),
            Value,
            "adadelta: Invalid rho value: {:?}, wanted one from 0 to 1",
            self.rho
        );
        not_negative(Self::NAME, &[("epsilon value", self.eps), ("weight_decay value", self.weight_decay)])
    }

    fn rate(&mut self) -> &mut f64 {
        &mut self.lr
    }

    fn advance(&self, numbers: &mut [f64], _fresh: bool) -> kernels::Adadelta {
        numbers[0] += 1.0;
        kernels::Adadelta {
            lr: self.lr,
            rho: self.rho,
            eps: self.eps,
            decay: Decay { coupled: self.weight_decay, decoupled: 0.0, maximize: self.maximize },
        }
    }
}

/// RMSprop: divides by the root of the mean of recent squared gradients.
///
/// Geoffrey Hinton, Nitish Srivastava and Kevin Swersky, "Neural networks for machine learning", lecture 6, 2012; centered:
/// Alex Graves, "Generating sequences with recurrent neural networks", 2013.
pub type RmsProp = Descent<RmsPropOptions>;

/// The rule of [`RmsProp`], with PyTorch's names and defaults. For a parameter θ with the gradient g (−g with maximize):
///
/// ```text
/// g ← g + weight_decay·θ
/// v ← alpha·v + (1 − alpha)·g²
/// a ← alpha·a + (1 − alpha)·g
/// d = g / (√(v − a²) + eps)              √v  where not centered
/// b ← momentum·b + d
/// θ ← θ − lr·b                           θ − lr·d  without momentum
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsPropOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much the averages of g² and g keep from step to step.
    pub alpha: f64,
    /// Keeps the quotient finite.
    pub eps: f64,
    /// The L2 penalty.
    pub weight_decay: f64,
    /// How much of b is kept from step to step; 0 keeps no b.
    pub momentum: f64,
    /// Divide by the deviation from the mean, not from zero.
    pub centered: bool,
    /// Go uphill.
    pub maximize: bool,
}

impl Default for RmsPropOptions {
    fn default() -> RmsPropOptions {
        RmsPropOptions {
            lr: 1e-2,
            alpha: 0.99,
            eps: 1e-8,
            weight_decay: 0.0,
            momentum: 0.0,
            centered: false,
            maximize: false,
        }
    }
}

impl Rule for RmsPropOptions {
    type Kernel = kernels::RmsProp;
    const NAME: &'static str = "rmsprop";
    const NUMBERS: &'static [&'static str] = &["step"];
    const TENSORS: &'static [&'static str] = &["square_avg", "momentum_buffer", "grad_avg"];
    compiled_here!();

    fn check(&self) -> Result<()> {
        let numbers = [
            ("learning rate", self.lr),
            ("epsilon value", self.eps),
            ("momentum value", self.momentum),
            ("weight_decay value", self.weight_decay),
            ("alpha value", self.alpha),
        ];
        not_negative(Self::NAME, &numbers)
    }

    fn rate(&mut self) -> &mut f64 {
        &mut self.lr
    }

    fn keeps(&self, tensor: &str) -> bool {
        match tensor {
            "momentum_buffer" => self.momentum > 0.0,
            "grad_avg" => self.centered,
            _ => true,
        }
    }

    fn advance(&self, numbers: &mut [f64], _fresh: bool) -> kernels::RmsProp {
        numbers[0] += 1.0;
        kernels::RmsProp {
            lr: self.lr,
            alpha: self.alpha,
            eps: self.eps,
            momentum: self.momentum,
            centered: self.centered,
            decay: Decay { coupled: self.weight_decay, decoupled: 0.0, maximize: self.maximize },
        }
    }
}
