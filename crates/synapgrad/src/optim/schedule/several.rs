//! Schedules by functions of the epoch, and schedules of schedules.

use super::Schedule;

impl Schedule for Box<dyn Schedule> {
    fn at(&self, base: f64, epoch: f64) -> f64 {
        (**self).at(base, epoch)
    }

    fn next(&self, rate: f64, base: f64, epoch: f64) -> f64 {
        (**self).next(rate, base, epoch)
    }

    fn first(&self, rate: f64) -> f64 {
        (**self).first(rate)
    }
}

/// base·f(epoch)
///
/// ```
/// use synapgrad::optim::schedule::{LambdaLr, Schedule};
/// let warm_up = LambdaLr(|epoch: f64| ((epoch + 1.0) / 4.0).min(1.0));
/// assert_eq!([0.0, 1.0, 9.0].map(|epoch| warm_up.at(0.8, epoch)), [0.2, 0.4, 0.8]);
/// ```
#[derive(Clone, Debug)]
pub struct LambdaLr<F>(pub F);

impl<F: Fn(f64) -> f64> Schedule for LambdaLr<F> {
    fn at(&self, base: f64, epoch: f64) -> f64 {
        base * (self.0)(epoch)
    }
}

/// Every epoch but the first, 0, the rate is multiplied by f(epoch).
#[derive(Clone, Debug)]
pub struct MultiplicativeLr<F>(pub F);

impl<F: Fn(f64) -> f64> Schedule for MultiplicativeLr<F> {
    fn at(&self, base: f64, epoch: f64) -> f64 {
        (1..=epoch.max(0.0) as u64).fold(base, |rate, epoch| self.next(rate, base, epoch as f64))
    }

    fn next(&self, rate: f64, _base: f64, epoch: f64) -> f64 {
        rate * (self.0)(epoch)
    }
}

/// One schedule after another: the next takes over in each epoch of `milestones`, and begins anew from base.
///
/// ```
/// use synapgrad::optim::schedule::{ConstantLr, ExponentialLr, Schedule, SequentialLr};
/// let warm_up = ConstantLr { factor: 0.5, total_iters: 2.0 };
/// let schedules: Vec<Box<dyn Schedule>> = vec![Box::new(warm_up), Box::new(ExponentialLr { gamma: 0.5 })];
/// let schedule = SequentialLr { schedules, milestones: vec![2.0] };
/// assert_eq!([0.0, 1.0, 2.0, 3.0].map(|epoch| schedule.at(1.0, epoch)), [0.5, 0.5, 1.0, 0.5]);
/// ```
pub struct SequentialLr {
    pub schedules: Vec<Box<dyn Schedule>>,
    /// Ascending, one fewer than schedules.
    pub milestones: Vec<f64>,
}

impl SequentialLr {
    /// Whose turn it is in `epoch`, and which epoch of its own it is; the last schedule's after too many milestones.
    fn turn(&self, epoch: f64) -> Option<(&dyn Schedule, f64)> {
        let reached = self.milestones.partition_point(|milestone| *milestone <= epoch);
        let reached = reached.min(self.schedules.len().checked_sub(1)?);
        let since = if reached == 0 { 0.0 } else { self.milestones[reached - 1] };
        Some((&*self.schedules[reached], epoch - since))
    }
}

impl Schedule for SequentialLr {
    fn at(&self, base: f64, epoch: f64) -> f64 {
        self.turn(epoch).map_or(base, |(schedule, own)| schedule.at(base, own))
    }

    fn next(&self, rate: f64, base: f64, epoch: f64) -> f64 {
        match self.turn(epoch) {
            Some((schedule, 0.0)) => schedule.at(base, 0.0),
            Some((schedule, own)) => schedule.next(rate, base, own),
            None => rate,
        }
    }

    fn first(&self, rate: f64) -> f64 {
        self.schedules.first().map_or(rate, |schedule| schedule.first(rate))
    }
}

/// Several schedules at once: each changes the rate that the one before it made. PyTorch calls it ChainedScheduler.
pub struct ChainedLr {
    pub schedules: Vec<Box<dyn Schedule>>,
}

impl Schedule for ChainedLr {
    fn at(&self, base: f64, epoch: f64) -> f64 {
        (1..=epoch.max(0.0) as u64).fold(self.first(base), |rate, epoch| self.next(rate, base, epoch as f64))
    }

    fn next(&self, rate: f64, base: f64, epoch: f64) -> f64 {
        self.schedules.iter().fold(rate, |rate, schedule| schedule.next(rate, base, epoch))
    }

    fn first(&self, rate: f64) -> f64 {
        self.schedules.iter().fold(rate, |rate, schedule| schedule.first(rate))
    }
}
