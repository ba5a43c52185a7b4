//! A schedule that looks at a metric.

use crate::Result;
use crate::error::ensure;
use crate::optim::Optimizer;

/// How much better than the best so far a metric has to be to count as better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// By this part of the best.
    Relative(f64),
    /// By this much.
    Absolute(f64),
}

/// Options of [`ReduceLrOnPlateau`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlateauOptions {
    /// Whether a higher metric is better, as of an accuracy, or a lower one, as of a loss.
    pub higher_is_better: bool,
    /// By what the rate is multiplied.
    pub factor: f64,
    /// Epochs without improvement to put up with.
    pub patience: u64,
    pub threshold: Threshold,
    /// Epochs after a reduction in which none counts as bad.
    pub cooldown: u64,
    /// Where the rate stays.
    pub min_lr: f64,
    /// Smaller reductions are not made.
    pub eps: f64,
}

impl Default for PlateauOptions {
    fn default() -> PlateauOptions {
        PlateauOptions {
            higher_is_better: false,
            factor: 0.1,
            patience: 10,
            threshold: Threshold::Relative(1e-4),
            cooldown: 0,
            min_lr: 0.0,
            eps: 1e-8,
        }
    }
}

/// Reduces the rate to max(rate·factor, min_lr) when a metric has not got better for more than `patience` epochs.
///
/// ```
/// use synapgrad::Tensor;
/// use synapgrad::optim::schedule::{PlateauOptions, ReduceLrOnPlateau};
/// use synapgrad::optim::{Sgd, SgdOptions};
/// # fn main() -> synapgrad::Result<()> {
/// let x = Tensor::from([1f32]).requires_grad_(true)?;
/// let mut optimizer = Sgd::new([x], SgdOptions { lr: 0.5, ..Default::default() })?;
/// let mut schedule = ReduceLrOnPlateau::new(PlateauOptions { factor: 0.5, patience: 1, ..Default::default() })?;
/// let mut rates = Vec::new();
/// for loss in [0.9, 0.7, 0.8, 0.7, 0.7] {
///     schedule.step(loss, &mut optimizer);
///     rates.push(optimizer.groups[0].options.lr);
/// }
/// assert_eq!(rates, [0.5, 0.5, 0.5, 0.25, 0.25]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ReduceLrOnPlateau {
    options: PlateauOptions,
    best: f64,
    bad_epochs: u64,
    cooling: u64,
}

impl ReduceLrOnPlateau {
    /// # Errors
    /// ValueError where `factor` is not below 1.
    pub fn new(options: PlateauOptions) -> Result<ReduceLrOnPlateau> {
        ensure!(options.factor < 1.0, Value, "ReduceLrOnPlateau: factor should be < 1.0, got {}", options.factor);
        let worst = if options.higher_is_better { f64::NEG_INFINITY } else { f64::INFINITY };
        Ok(ReduceLrOnPlateau { options, best: worst, bad_epochs: 0, cooling: 0 })
    }

    /// Look at the metric of an epoch, and set the rates.
    pub fn step(&mut self, metric: f64, optimizer: &mut dyn Optimizer) {
        if self.is_better(metric) {
            self.best = metric;
            self.bad_epochs = 0;
        } else {
            self.bad_epochs += 1;
        }
        if self.cooling > 0 {
            self.cooling -= 1;
            self.bad_epochs = 0;
        }
        if self.bad_epochs > self.options.patience {
            for rate in optimizer.rates() {
                let less = (*rate * self.options.factor).max(self.options.min_lr);
                if *rate - less > self.options.eps {
                    *rate = less;
                }
            }
            self.cooling = self.options.cooldown;
            self.bad_epochs = 0;
        }
    }

    fn is_better(&self, metric: f64) -> bool {
        let sign = if self.options.higher_is_better { 1.0 } else { -1.0 };
        let bar = match self.options.threshold {
            Threshold::Relative(part) => self.best * (1.0 + sign * part),
            Threshold::Absolute(much) => self.best + sign * much,
        };
        if self.options.higher_is_better { metric > bar } else { metric < bar }
    }
}
