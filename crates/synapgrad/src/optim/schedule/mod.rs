//! Learning rates that change from epoch to epoch.
//!
//! Each schedule is two formulas: the rate of an epoch from the first one ([`Schedule::at`]), and from the rate of the
//! epoch before ([`Schedule::next`]), which lets several schedules, and the user, change one rate in turn. Python's
//! schedulers compute by the same two. [`ReduceLrOnPlateau`] looks at a metric instead.

use std::f64::consts::PI;

mod plateau;
mod several;

pub use plateau::{PlateauOptions, ReduceLrOnPlateau, Threshold};
pub use several::{ChainedLr, LambdaLr, MultiplicativeLr, SequentialLr};

use super::Optimizer;
use crate::Result;
use crate::error::ensure;

/// How a learning rate changes.
pub trait Schedule {
    /// The rate of an epoch, counted from 0; `base` is the optimizer's own rate. It may be between two epochs.
    fn at(&self, base: f64, epoch: f64) -> f64;

    /// The same from `rate`, that of the epoch before.
    fn next(&self, _rate: f64, base: f64, epoch: f64) -> f64 {
        self.at(base, epoch)
    }

    /// The rate of epoch 0 from the optimizer's own, or what another schedule has made of that.
    fn first(&self, rate: f64) -> f64 {
        self.at(rate, 0.0)
    }
}

/// Applies a schedule to the groups of an optimizer.
///
/// ```
/// use synapgrad::Tensor;
/// use synapgrad::optim::schedule::{Scheduler, StepLr};
/// use synapgrad::optim::{Adam, AdamOptions, Optimizer};
/// # fn main() -> synapgrad::Result<()> {
/// let x = Tensor::from([1f32]).requires_grad_(true)?;
/// let mut optimizer = Adam::new([x], AdamOptions { lr: 0.1, ..Default::default() })?;
/// let mut schedule = Scheduler::new(StepLr { step_size: 2.0, gamma: 0.5 }, &mut optimizer);
/// let mut rates = Vec::new();
/// for _epoch in 0..5 {
///     rates.push(optimizer.groups[0].options.lr);
///     optimizer.step()?;
///     schedule.step(&mut optimizer)?;
/// }
/// assert_eq!(rates, [0.1, 0.1, 0.05, 0.05, 0.025]);
/// # Ok(())
/// # }
/// ```
pub struct Scheduler<S> {
    pub schedule: S,
    pub epoch: u64,
    bases: Vec<f64>,
}

impl<S: Schedule> Scheduler<S> {
    /// Sets the rates of epoch 0.
    pub fn new(schedule: S, optimizer: &mut dyn Optimizer) -> Scheduler<S> {
        let mut rates = optimizer.rates();
        let bases = rates.iter().map(|rate| **rate).collect();
        rates.iter_mut().for_each(|rate| **rate = schedule.first(**rate));
        Scheduler { schedule, epoch: 0, bases }
    }

    /// Sets the rates of the next epoch.
    ///
    /// # Errors
    /// RuntimeError where the optimizer has another number of groups than at first.
    pub fn step(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        let mut rates = optimizer.rates();
        ensure!(
            rates.len() == self.bases.len(),
            Runtime,
            "schedule: an optimizer of {} groups, wanted {}",
            rates.len(),
            self.bases.len()
        );
        self.epoch += 1;
        for (rate, base) in rates.iter_mut().zip(&self.bases) {
            **rate = self.schedule.next(**rate, *base, self.epoch as f64);
        }
        Ok(())
    }
}

/// Every `step_size` epochs the rate is multiplied by gamma: base·gamma^⌊epoch/step_size⌋
#[derive(Clone, Debug)]
pub struct StepLr {
    pub step_size: f64,
    pub gamma: f64,
}

impl Schedule for StepLr {
    fn at(&self, base: f64, epoch: f64) -> f64 {
        base * self.gamma.powf((epoch / self.step_size).floor())
    }

    fn next(&self, rate: f64, _base: f64, epoch: f64) -> f64 {
        if epoch == 0.0 || epoch % self.step_size != 0.0 { rate } else { rate * self.gamma }
    }
}

/// At each of the milestones the rate is multiplied by gamma: base·gamma^(milestones reached)
#[derive(Clone, Debug)]
pub struct MultiStepLr {
    /// In any order; twice the same multiplies twice.
    pub milestones: Vec<f64>,
    pub gamma: f64,
}

impl Schedule for MultiStepLr {
    fn at(&self, base: f64, epoch: f64) -> f64 {
        base * self.gamma.powf(self.milestones.iter().filter(|m| **m <= epoch).count() as f64)
    }

    fn next(&self, rate: f64, _base: f64, epoch: f64) -> f64 {
        match self.milestones.iter().filter(|m| **m == epoch).count() {
            0 => rate,
            times => rate * self.gamma.powf(times as f64),
        }
    }
}

/// base·factor until epoch `total_iters`, then base
#[derive(Clone, Debug)]
pub struct ConstantLr {
    pub factor: f64,
    pub total_iters: f64,
}

impl Schedule for ConstantLr {
    fn at(&self, base: f64, epoch: f64) -> f64 {
        base * (self.factor + if epoch >= self.total_iters { 1.0 - self.factor } else { 0.0 })
    }

    fn next(&self, rate: f64, base: f64, epoch: f64) -> f64 {
        if epoch == 0.0 {
            rate * self.factor
        } else if epoch == self.total_iters {
            // What was multiplied by 0 is lost.
            if self.factor == 0.0 { base } else { rate * (1.0 / self.factor) }
        } else {
            rate
        }
    }
}

/// From base·start_factor in a straight line to base·end_factor in epoch `total_iters`, and there it stays.
#[derive(Clone, Debug)]
pub struct LinearLr {
    pub start_factor: f64,
    pub end_factor: f64,
    pub total_iters: f64,
}

impl Schedule for LinearLr {
    fn at(&self, base: f64, epoch: f64) -> f64 {
        let rise = self.end_factor - self.start_factor;
        base * (self.start_factor + rise * self.total_iters.min(epoch) / self.total_iters)
    }

    fn next(&self, rate: f64, _base: f64, epoch: f64) -> f64 {
        if epoch == 0.0 {
            return rate * self.start_factor;
        }
        if epoch > self.total_iters {
            return rate;
        }
        let rise = self.end_factor - self.start_factor;
        rate * (1.0 + rise / (self.total_iters * self.start_factor + (epoch - 1.0) * rise))
    }
}

/// base·gamma^epoch
#[derive(Clone, Debug)]
pub struct ExponentialLr {
    pub gamma: f64,
}

impl Schedule for ExponentialLr {
    fn at(&self, base: f64, epoch: f64) -> f64 {
        base * self.gamma.powf(epoch)
    }

    fn next(&self, rate: f64, _base: f64, _epoch: f64) -> f64 {
        rate * self.gamma
    }
}

/// base·(1 − epoch/total_iters)^power, and 0 from epoch `total_iters` on
#[derive(Clone, Debug)]
pub struct PolynomialLr {
    pub total_iters: f64,
    pub power: f64,
}

impl Schedule for PolynomialLr {
    fn at(&self, base: f64, epoch: f64) -> f64 {
        base * (1.0 - self.total_iters.min(epoch) / self.total_iters).powf(self.power)
    }

    fn next(&self, rate: f64, _base: f64, epoch: f64) -> f64 {
        if epoch > self.total_iters {
            return rate;
        }
        let left = |epoch: f64| 1.0 - epoch / self.total_iters;
        rate * (left(epoch) / left(epoch - 1.0)).powf(self.power)
    }
}

/// Down half a wave of the cosine: eta_min + (base − eta_min)·(1 + cos(π·epoch/t_max))/2, and up again after `t_max`.
///
/// Ilya Loshchilov and Frank Hutter, "SGDR: stochastic gradient descent with warm restarts", 2016.
#[derive(Clone, Debug)]
pub struct CosineAnnealingLr {
    pub t_max: f64,
    pub eta_min: f64,
}

impl Schedule for CosineAnnealingLr {
    fn at(&self, base: f64, epoch: f64) -> f64 {
        self.eta_min + (base - self.eta_min) * (1.0 + (PI * epoch / self.t_max).cos()) / 2.0
    }

    fn next(&self, rate: f64, base: f64, epoch: f64) -> f64 {
        // The first step up from the bottom, where the quotient would be 0/0.
        if (epoch - 1.0 - self.t_max) % (2.0 * self.t_max) == 0.0 {
            return rate + (base - self.eta_min) * (1.0 - (PI / self.t_max).cos()) / 2.0;
        }
        let height = |epoch: f64| 1.0 + (PI * epoch / self.t_max).cos();
        height(epoch) / height(epoch - 1.0) * (rate - self.eta_min) + self.eta_min
    }
}

/// [`CosineAnnealingLr`] that jumps back to base after `t_0` epochs, then after t_mult times as many, and so on.
#[derive(Clone, Debug)]
pub struct CosineAnnealingWarmRestarts {
    pub t_0: f64,
    /// 1 or more.
    pub t_mult: f64,
    pub eta_min: f64,
}

impl Schedule for CosineAnnealingWarmRestarts {
    fn at(&self, base: f64, epoch: f64) -> f64 {
        let (mut since, mut t_max) = (epoch, self.t_0);
        while since >= t_max && t_max > 0.0 && self.t_mult > 1.0 {
            since -= t_max;
            t_max *= self.t_mult;
        }
        since %= t_max;
        CosineAnnealingLr { t_max, eta_min: self.eta_min }.at(base, since)
    }
}

/// From `start` to `end`, `part` of the way, in half a wave of the cosine: it begins and ends gently.
pub fn along_cosine(start: f64, end: f64, part: f64) -> f64 {
    end + (start - end) / 2.0 * ((PI * part).cos() + 1.0)
}

/// From `start` to `end`, `part` of the way, in a straight line.
pub fn along_line(start: f64, end: f64, part: f64) -> f64 {
    (end - start) * part + start
}

/// Where a cycle of `up` steps up and `down` steps down stands in `epoch`: its number, from 1, and its height, from 0 at the
/// bottom to 1 at the top.
///
/// Leslie Smith, "Cyclical learning rates for training neural networks", 2017.
pub fn cycle(epoch: f64, up: f64, down: f64) -> (f64, f64) {
    let (total, turn) = (up + down, up / (up + down));
    let number = (1.0 + epoch / total).floor();
    let x = 1.0 + epoch / total - number;
    (number, if x <= turn { x / turn } else { (x - 1.0) / (turn - 1.0) })
}

/// How the height of a [`CyclicLr`] changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cycles {
    /// Not at all.
    Triangular,
    /// Every cycle is half as high as the one before.
    Triangular2,
    /// Every step it is multiplied by this number.
    ExpRange(f64),
}

/// Up and down between `base_lr` and `max_lr` in straight lines, whatever the optimizer's own rate; an epoch is a step.
/// See [`cycle`].
#[derive(Clone, Debug)]
pub struct CyclicLr {
    pub base_lr: f64,
    pub max_lr: f64,
    pub step_size_up: f64,
    pub step_size_down: f64,
    pub cycles: Cycles,
}

impl Schedule for CyclicLr {
    fn at(&self, _base: f64, epoch: f64) -> f64 {
        let (number, height) = cycle(epoch, self.step_size_up, self.step_size_down);
        let scale = match self.cycles {
            Cycles::Triangular => 1.0,
            Cycles::Triangular2 => 0.5f64.powf(number - 1.0),
            Cycles::ExpRange(gamma) => gamma.powf(epoch),
        };
        along_line(self.base_lr, self.max_lr, height * scale)
    }
}

/// Up to `max_lr` and down to almost nothing, each along half a cosine, in epochs that are steps of the optimizer. It starts
/// at max_lr/div_factor, whatever the optimizer's own rate, and ends at a final_div_factor'th of that.
///
/// Leslie Smith and Nicholay Topin, "Super-convergence: very fast training of neural networks using large learning rates",
/// 2017.
#[derive(Clone, Debug)]
pub struct OneCycleLr {
    pub max_lr: f64,
    pub total_steps: f64,
    /// The part of the steps that leads up.
    pub pct_start: f64,
    pub div_factor: f64,
    pub final_div_factor: f64,
}

impl Schedule for OneCycleLr {
    fn at(&self, _base: f64, epoch: f64) -> f64 {
        let (first, top, last) =
            (self.max_lr / self.div_factor, self.pct_start * self.total_steps - 1.0, self.total_steps - 1.0);
        match epoch <= top && top > 0.0 {
            true => along_cosine(first, self.max_lr, epoch / top),
            false => along_cosine(self.max_lr, first / self.final_div_factor, ((epoch - top) / (last - top)).min(1.0)),
        }
    }
}

/// In `anneal_epochs` from base to `target`, along half a cosine or a line, and there it stays: what averaging of weights
/// wants.
///
/// Pavel Izmailov, Dmitrii Podoprikhin, Timur Garipov, Dmitry Vetrov and Andrew Gordon Wilson, "Averaging weights leads to
/// wider optima and better generalization", 2018.
#[derive(Clone, Debug)]
pub struct SwaLr {
    pub target: f64,
    pub anneal_epochs: f64,
    pub linear: bool,
}

impl SwaLr {
    /// How much of the way is behind in `epoch`; all of it at once where there are no epochs to take.
    fn way(&self, epoch: f64) -> f64 {
        let part = if self.anneal_epochs == 0.0 { 1.0 } else { (epoch / self.anneal_epochs).clamp(0.0, 1.0) };
        if self.linear { part } else { along_cosine(0.0, 1.0, part) }
    }
}

impl Schedule for SwaLr {
    fn at(&self, base: f64, epoch: f64) -> f64 {
        let way = self.way(epoch);
        self.target * way + base * (1.0 - way)
    }

    fn next(&self, rate: f64, _base: f64, epoch: f64) -> f64 {
        let before = self.way(epoch - 1.0);
        let base = if before == 1.0 { self.target } else { (rate - before * self.target) / (1.0 - before) };
        self.at(base, epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> Vec<Box<dyn Schedule>> {
        vec![Box::new(StepLr { step_size: 3.0, gamma: 0.5 }), Box::new(ExponentialLr { gamma: 0.9 })]
    }

    #[test]
    fn a_row_of_no_schedules_leaves_the_rate() {
        let none = SequentialLr { schedules: Vec::new(), milestones: vec![1.0] };
        assert_eq!((none.first(0.5), none.at(0.5, 3.0), none.next(0.25, 0.5, 3.0)), (0.5, 0.5, 0.25));
        let one = SequentialLr { schedules: pair(), milestones: vec![2.0, 4.0, 6.0] };
        assert_eq!(one.at(1.0, 7.0), 0.9f64.powf(5.0));
    }

    #[test]
    fn both_formulas_give_the_same_rates() {
        let schedules: Vec<(&str, Box<dyn Schedule>)> = vec![
            ("step", Box::new(StepLr { step_size: 3.0, gamma: 0.5 })),
            ("multi step", Box::new(MultiStepLr { milestones: vec![7.0, 2.0, 7.0], gamma: 0.1 })),
            ("constant", Box::new(ConstantLr { factor: 0.25, total_iters: 4.0 })),
            ("linear", Box::new(LinearLr { start_factor: 0.2, end_factor: 0.9, total_iters: 6.0 })),
            ("exponential", Box::new(ExponentialLr { gamma: 0.9 })),
            ("polynomial", Box::new(PolynomialLr { total_iters: 8.0, power: 2.0 })),
            ("cosine", Box::new(CosineAnnealingLr { t_max: 5.0, eta_min: 0.01 })),
            ("multiplicative", Box::new(MultiplicativeLr(|epoch: f64| 0.9 + 0.01 * epoch))),
            ("sequential", Box::new(SequentialLr { schedules: pair(), milestones: vec![4.0] })),
            ("chained", Box::new(ChainedLr { schedules: pair() })),
            ("swa", Box::new(SwaLr { target: 0.05, anneal_epochs: 7.0, linear: false })),
            ("restarts", Box::new(CosineAnnealingWarmRestarts { t_0: 3.0, t_mult: 2.0, eta_min: 0.01 })),
        ];
        for (name, schedule) in schedules {
            let mut rate = 0.0;
            for epoch in 0..25 {
                rate = if epoch == 0 { schedule.first(0.5) } else { schedule.next(rate, 0.5, epoch as f64) };
                let closed = schedule.at(0.5, epoch as f64);
                assert!((rate - closed).abs() < 1e-12, "{name}, epoch {epoch}: {rate} and {closed}");
            }
        }
    }

    #[test]
    fn one_cycle_rises_and_falls() {
        let schedule =
            OneCycleLr { max_lr: 1.0, total_steps: 11.0, pct_start: 0.5, div_factor: 10.0, final_div_factor: 100.0 };
        assert!((schedule.at(7.0, 0.0) - 0.1).abs() < 1e-12);
        assert!((schedule.at(7.0, 4.5) - 1.0).abs() < 1e-12);
        assert!((schedule.at(7.0, 10.0) - 0.001).abs() < 1e-12);
        assert_eq!(cycle(15.0, 10.0, 10.0), (1.0, 0.5));
        assert_eq!(along_line(1.0, 3.0, 0.5), 2.0);
    }
}
