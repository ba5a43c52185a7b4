//! Adam and its kin.

use synapgrad_kernels::optim::{self as kernels, Decay};

use super::rule::{Descent, Rule, compiled_here, not_negative};
use crate::Result;
use crate::error::ensure;

/// Weight decay as a penalty in the gradient, or `decoupled` from it: straight from the parameter.
fn decay(lr: f64, weight_decay: f64, decoupled: bool, maximize: bool) -> Decay {
    match decoupled {
        false => Decay { coupled: weight_decay, decoupled: 0.0, maximize },
        true => Decay { coupled: 0.0, decoupled: lr * weight_decay, maximize },
    }
}

/// # Errors
/// ValueError for a negative number, and one of the betas outside 0 ≤ β < 1.
fn check(name: &str, lr: f64, betas: (f64, f64), eps: f64, weight_decay: f64) -> Result<()> {
    not_negative(name, &[("learning rate", lr), ("epsilon value", eps)])?;
    for (i, beta) in [betas.0, betas.1].into_iter().enumerate() {
        ensure!(
            (0.0..1.0).contains(&beta),
            Value,
            "{name}: Invalid beta parameter at index {i}: {beta:?}, wanted one from 0 to below 1"
        );
    }
    not_negative(name, &[("weight_decay value", weight_decay)])
}

/// Adam; AMSGrad and AdamW are options of it.
///
/// Diederik Kingma and Jimmy Ba, "Adam: a method for stochastic optimization", 2014. Sashank Reddi, Satyen Kale and Sanjiv
/// Kumar, "On the convergence of Adam and beyond", 2018 (AMSGrad). Ilya Loshchilov and Frank Hutter, "Decoupled weight
/// decay regularization", 2017 (AdamW).
pub type Adam = Descent<AdamOptions>;

/// The rule of [`Adam`], with PyTorch's names and defaults. In step t, for a parameter θ with the gradient g (−g with
/// maximize):
///
/// ```text
/// g ← g + weight_decay·θ                 θ ← θ·(1 − lr·weight_decay)  with decoupled_weight_decay
/// m ← β₀·m + (1 − β₀)·g
/// v ← β₁·v + (1 − β₁)·g²
/// θ ← θ − lr · m/(1 − β₀ᵗ) / (√(v/(1 − β₁ᵗ)) + eps)          with amsgrad, the greatest v so far
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much the averages of g and of g² keep from step to step.
    pub betas: (f64, f64),
    /// Keeps the quotient finite.
    pub eps: f64,
    /// The penalty on large parameters.
    pub weight_decay: f64,
    /// Divide by the greatest v so far, so that steps don't grow again.
    pub amsgrad: bool,
    /// Go uphill.
    pub maximize: bool,
    /// Take weight decay from the parameter itself, as AdamW.
    pub decoupled_weight_decay: bool,
}

impl Default for AdamOptions {
    fn default() -> AdamOptions {
        AdamOptions {
            lr: 1e-3,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: 0.0,
            amsgrad: false,
            maximize: false,
            decoupled_weight_decay: false,
        }
    }
}

impl AdamOptions {
    /// The defaults of PyTorch's `AdamW`: decoupled weight decay of 0.01.
    ///
    /// ```
    /// use synapgrad::optim::AdamOptions;
    /// let options = AdamOptions { lr: 3e-4, ..AdamOptions::adamw() };
    /// assert!(options.decoupled_weight_decay && options.weight_decay == 0.01);
    /// ```
    pub fn adamw() -> AdamOptions {
        AdamOptions { weight_decay: 1e-2, decoupled_weight_decay: true, ..AdamOptions::default() }
    }
}

impl Rule for AdamOptions {
    type Kernel = kernels::Adam;
    const NAME: &'static str = "adam";
    const NUMBERS: &'static [&'static str] = &["step"];
    const TENSORS: &'static [&'static str] = &["exp_avg", "exp_avg_sq", "max_exp_avg_sq"];
    compiled_here!();

    fn check(&self) -> Result<()> {
        check(Self::NAME, self.lr, self.betas, self.eps, self.weight_decay)
    }

    fn rate(&mut self) -> &mut f64 {
        &mut self.lr
    }

    fn keeps(&self, tensor: &str) -> bool {
        self.amsgrad || tensor != "max_exp_avg_sq"
    }

    fn advance(&self, numbers: &mut [f64], _fresh: bool) -> kernels::Adam {
        numbers[0] += 1.0;
        let (t, (b0, b1)) = (numbers[0], self.betas);
        kernels::Adam {
            betas: self.betas,
            eps: self.eps,
            size: self.lr / (1.0 - b0.powf(t)),
            scale: (1.0 - b1.powf(t)).sqrt(),
            decay: decay(self.lr, self.weight_decay, self.decoupled_weight_decay, self.maximize),
        }
    }
}

/// Adam with the greatest recent gradient in place of the root of the mean square.
///
/// Diederik Kingma and Jimmy Ba, "Adam: a method for stochastic optimization", 2014, section 7.
pub type Adamax = Descent<AdamaxOptions>;

/// The rule of [`Adamax`], with PyTorch's names and defaults. In step t, for a parameter θ with the gradient g (−g with
/// maximize):
///
/// ```text
/// g ← g + weight_decay·θ
/// m ← β₀·m + (1 − β₀)·g
/// u ← max(β₁·u, |g| + eps)
/// θ ← θ − lr/(1 − β₀ᵗ) · m/u
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamaxOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much m and u keep from step to step.
    pub betas: (f64, f64),
    /// Keeps the quotient finite.
    pub eps: f64,
    /// The L2 penalty.
    pub weight_decay: f64,
    /// Go uphill.
    pub maximize: bool,
}

impl Default for AdamaxOptions {
    fn default() -> AdamaxOptions {
        AdamaxOptions { lr: 2e-3, betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.0, maximize: false }
    }
}

impl Rule for AdamaxOptions {
    type Kernel = kernels::Adamax;
    const NAME: &'static str = "adamax";
    const NUMBERS: &'static [&'static str] = &["step"];
    const TENSORS: &'static [&'static str] = &["exp_avg", "exp_inf"];
    compiled_here!();

    fn check(&self) -> Result<()> {
        check(Self::NAME, self.lr, self.betas, self.eps, self.weight_decay)
    }

    fn rate(&mut self) -> &mut f64 {
        &mut self.lr
    }

    fn advance(&self, numbers: &mut [f64], _fresh: bool) -> kernels::Adamax {
        numbers[0] += 1.0;
        kernels::Adamax {
            betas: self.betas,
            eps: self.eps,
            size: self.lr / (1.0 - self.betas.0.powf(numbers[0])),
            decay: decay(self.lr, self.weight_decay, false, self.maximize),
        }
    }
}

/// Adam with Nesterov's momentum.
///
/// Timothy Dozat, "Incorporating Nesterov momentum into Adam", 2016.
pub type NAdam = Descent<NAdamOptions>;

/// The rule of [`NAdam`], with PyTorch's names and defaults. In step t, for a parameter θ with the gradient g (−g with
/// maximize), m and v as in [`AdamOptions`]:
///
/// ```text
/// μₜ = β₀·(1 − ½·0.96^(t·momentum_decay))          Πₜ = μ₁·…·μₜ
/// n = (1 − μₜ)/(1 − Πₜ)·g + μₜ₊₁/(1 − Πₜ₊₁)·m
/// θ ← θ − lr·n / (√(v/(1 − β₁ᵗ)) + eps)
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NAdamOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much the averages of g and of g² keep from step to step.
    pub betas: (f64, f64),
    /// Keeps the quotient finite.
    pub eps: f64,
    /// The penalty on large parameters.
    pub weight_decay: f64,
    /// How fast μ comes to β₀.
    pub momentum_decay: f64,
    /// Take weight decay from the parameter itself, as AdamW.
    pub decoupled_weight_decay: bool,
    /// Go uphill.
    pub maximize: bool,
}

impl Default for NAdamOptions {
    fn default() -> NAdamOptions {
        NAdamOptions {
            lr: 2e-3,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: 0.0,
            momentum_decay: 4e-3,
            decoupled_weight_decay: false,
            maximize: false,
        }
    }
}

impl Rule for NAdamOptions {
    type Kernel = kernels::NAdam;
    const NAME: &'static str = "nadam";
    const NUMBERS: &'static [&'static str] = &["step", "mu_product"];
    const TENSORS: &'static [&'static str] = &["exp_avg", "exp_avg_sq"];
    compiled_here!();

    fn check(&self) -> Result<()> {
        check(Self::NAME, self.lr, self.betas, self.eps, self.weight_decay)?;
        not_negative(Self::NAME, &[("momentum_decay value", self.momentum_decay)])
    }

    fn rate(&mut self) -> &mut f64 {
        &mut self.lr
    }

    fn initial(&self, name: &str) -> f64 {
        if name == "mu_product" { 1.0 } else { 0.0 }
    }

    fn advance(&self, numbers: &mut [f64], _fresh: bool) -> kernels::NAdam {
        let [step, product] = numbers else { unreachable!("two numbers are named above") };
        *step += 1.0;
        let (t, (b0, b1)) = (*step, self.betas);
        let mu = |t: f64| b0 * (1.0 - 0.5 * 0.96f64.powf(t * self.momentum_decay));
        *product *= mu(t);
        kernels::NAdam {
            betas: self.betas,
            eps: self.eps,
            along_g: self.lr * (1.0 - mu(t)) / (1.0 - *product),
            along_m: self.lr * mu(t + 1.0) / (1.0 - *product * mu(t + 1.0)),
            correction: 1.0 - b1.powf(t),
            decay: decay(self.lr, self.weight_decay, self.decoupled_weight_decay, self.maximize),
        }
    }
}

/// Adam that waits with dividing by √v until v can be trusted.
///
/// Liyuan Liu, Haoming Jiang, Pengcheng He, Weizhu Chen, Xiaodong Liu, Jianfeng Gao and Jiawei Han, "On the variance of the
/// adaptive learning rate and beyond", 2019.
pub type RAdam = Descent<RAdamOptions>;

/// The rule of [`RAdam`], with PyTorch's names and defaults. In step t, for a parameter θ with the gradient g (−g with
/// maximize), m and v as in [`AdamOptions`]:
///
/// ```text
/// ρ∞ = 2/(1 − β₁) − 1
/// ρ  = ρ∞ − 2·t·β₁ᵗ/(1 − β₁ᵗ)
/// r  = √((ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ))
/// θ ← θ − lr·m/(1 − β₀ᵗ) · r·√(1 − β₁ᵗ)/(√v + eps)   where ρ > 5,   θ − lr·m/(1 − β₀ᵗ)  before
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RAdamOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much the averages of g and of g² keep from step to step.
    pub betas: (f64, f64),
    /// Keeps the quotient finite.
    pub eps: f64,
    /// The penalty on large parameters.
    pub weight_decay: f64,
    /// Take weight decay from the parameter itself, as AdamW.
    pub decoupled_weight_decay: bool,
    /// Go uphill.
    pub maximize: bool,
}

impl Default for RAdamOptions {
    fn default() -> RAdamOptions {
        RAdamOptions {
            lr: 1e-3,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: 0.0,
            decoupled_weight_decay: false,
            maximize: false,
        }
    }
}

impl Rule for RAdamOptions {
    type Kernel = kernels::RAdam;
    const NAME: &'static str = "radam";
    const NUMBERS: &'static [&'static str] = &["step"];
    const TENSORS: &'static [&'static str] = &["exp_avg", "exp_avg_sq"];
    compiled_here!();

    fn check(&self) -> Result<()> {
        check(Self::NAME, self.lr, self.betas, self.eps, self.weight_decay)
    }

    fn rate(&mut self) -> &mut f64 {
        &mut self.lr
    }

    fn advance(&self, numbers: &mut [f64], _fresh: bool) -> kernels::RAdam {
        numbers[0] += 1.0;
        let (t, (b0, b1)) = (numbers[0], self.betas);
        let correction = 1.0 - b1.powf(t);
        let most = 2.0 / (1.0 - b1) - 1.0;
        let rho = most - 2.0 * t * b1.powf(t) / correction;
        let rectified = || ((rho - 4.0) * (rho - 2.0) * most / ((most - 4.0) * (most - 2.0) * rho)).sqrt();
        kernels::RAdam {
            betas: self.betas,
            eps: self.eps,
            size: self.lr / (1.0 - b0.powf(t)),
            scale: (rho > 5.0).then(|| correction.sqrt() * rectified()),
            decay: decay(self.lr, self.weight_decay, self.decoupled_weight_decay, self.maximize),
        }
    }
}
