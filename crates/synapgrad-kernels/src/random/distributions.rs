//! Distributions computed number by number in f64, and sampling from weights.

use std::cmp::Ordering;
use std::f64::consts::PI;

use super::uniform::unit_f64;
use super::{Generator, Number, Real};
use crate::interrupt;

impl Generator {
    /// Exponential numbers with rate `lambda`: `−ln(1 − u)/λ`.
    pub fn exponential<T: Number>(&mut self, out: &mut [T], lambda: f64) {
        let scale = -1.0 / lambda;
        self.each(out, |u| scale * (-u).ln_1p());
    }

    /// How many tosses of a coin until it shows 1, which has probability `p`: `⌈ln u / ln(1 − p)⌉`.
    pub fn geometric<T: Number>(&mut self, out: &mut [T], p: f64) {
        let ln_tails = (-p).ln_1p();
        self.each(out, |u| (u.ln() / ln_tails).ceil());
    }

    /// Cauchy's distribution: `median + sigma·tan(π(u − ½))`.
    pub fn cauchy<T: Number>(&mut self, out: &mut [T], median: f64, sigma: f64) {
        self.each(out, |u| sigma.mul_add((PI * (u - 0.5)).tan(), median));
    }

    /// Numbers whose logarithm is normal with the given mean and standard deviation. Shares the cached normal number
    /// with [`normal_each`](Self::normal_each).
    pub fn log_normal<T: Number>(&mut self, out: &mut [T], mean: f64, std: f64) {
        for out in out.iter_mut().take_while(|_| !interrupt::is_stopped()) {
            *out = T::from_f64(self.next_normal(mean, std).exp());
        }
    }

    /// Poisson's distribution: counts of events that happen at the given mean rates.
    ///
    /// ```
    /// # use synapgrad_kernels::random::Generator;
    /// let mut counts = [0f32; 3];
    /// Generator::new(0).poisson(&mut counts, &[0.5, 5.0, 50.0]).unwrap();
    /// assert_eq!(counts, [2.0, 6.0, 49.0]); // torch.manual_seed(0); torch.poisson(torch.tensor([0.5, 5.0, 50.0]))
    /// ```
    ///
    /// # Errors
    /// When a rate is negative or NaN, or the lengths differ. Nothing has been drawn then.
    pub fn poisson<T: Real>(&mut self, out: &mut [T], rates: &[T]) -> Result<(), String> {
        if out.len() != rates.len() {
            return Err(format!("poisson: {} rates for {} elements", rates.len(), out.len()));
        }
        if let Some(rate) = rates.iter().map(|&r| r.into()).find(|rate: &f64| rate.is_nan() || *rate < 0.0) {
            return Err(format!("poisson: expected rates that are not negative, but got {rate}"));
        }
        for (out, &rate) in out.iter_mut().zip(rates).take_while(|_| !interrupt::is_stopped()) {
            *out = T::from_f64(self.next_poisson(rate.into()));
        }
        Ok(())
    }

    /// One Poisson number. Below a mean of 10, events are counted while the product of uniform numbers, e to the minus
    /// the time passed, stays above e^−λ. From 10 on, Hörmann's transformed rejection with squeeze (PTRS, 1993).
    fn next_poisson(&mut self, lambda: f64) -> f64 {
        if lambda == 0.0 {
            return 0.0;
        }
        if lambda < 10.0 {
            let limit = (-lambda).exp();
            let (mut product, mut events) = (self.next_f64(), 0.0);
            while product > limit {
                product *= self.next_f64();
                events += 1.0;
            }
            return events;
        }
        let b = 0.931 + 2.53 * lambda.sqrt();
        let a = -0.059 + 0.02483 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let squeeze = 0.9277 - 3.6224 / (b - 2.0);
        loop {
            let u = self.next_f64() - 0.5;
            let v = self.next_f64();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + lambda + 0.43).floor();
            if us >= 0.07 && v <= squeeze {
                return k;
            }
            if k < 0.0 || (us < 0.013 && v > us) {
                continue;
            }
            let left = v.ln() + inverse_alpha.ln() - (a / (us * us) + b).ln();
            if left <= k * lambda.ln() - lambda - ln_factorial(k) {
                return k;
            }
        }
    }

    /// Samples `samples` column numbers from every row of `weights` (`columns` wide, need not sum to 1) into `out`,
    /// row by row.
    ///
    /// With replacement, a uniform number is looked up in the row's normalised running sum. Without (and for a single
    /// sample), each weight is divided by an exponential number of its own, and the largest quotients win: the winner is
    /// column j with a probability in proportion to its weight.
    ///
    /// ```
    /// # use synapgrad_kernels::random::Generator;
    /// let weights = [0.0f32, 10.0, 3.0, 0.0];
    /// let mut out = [0i64; 4];
    /// Generator::new(0).multinomial(&mut out, &weights, 4, 4, true).unwrap();
    /// // torch.manual_seed(0); torch.multinomial(torch.tensor([0., 10, 3, 0]), 4, replacement=True)
    /// assert_eq!(out, [2, 1, 1, 2]);
    /// ```
    ///
    /// # Errors
    /// When a weight is negative, NaN or infinite, a row sums to 0, no sample is asked for, or more without replacement
    /// than there are columns. Nothing has been drawn then.
    pub fn multinomial<T: Real>(
        &mut self,
        out: &mut [i64],
        weights: &[T],
        columns: usize,
        samples: usize,
        replacement: bool,
    ) -> Result<(), String> {
        check_weights(weights, columns, samples, replacement)?;
        let rows = weights.len() / columns;
        if out.len() != rows * samples {
            return Err(format!("multinomial: {samples} samples from {rows} rows do not fill {} elements", out.len()));
        }
        if replacement && samples > 1 {
            let mut cumulative = vec![0.0; columns];
            for (row, out) in weights.chunks_exact(columns).zip(out.chunks_exact_mut(samples)) {
                running_share(row, &mut cumulative);
                for out in out.iter_mut().take_while(|_| !interrupt::is_stopped()) {
                    let u = self.next_f64();
                    *out = cumulative.partition_point(|&c| c < u).min(columns - 1) as i64;
                }
            }
            return Ok(());
        }
        let mut quotients = vec![T::from_f64(0.0); weights.len()];
        self.exponential(&mut quotients, 1.0);
        for (q, &weight) in quotients.iter_mut().zip(weights) {
            *q = T::from_f64(weight.into() / (*q).into());
        }
        let mut order: Vec<usize> = Vec::with_capacity(columns);
        for (q, out) in quotients.chunks_exact(columns).zip(out.chunks_exact_mut(samples)) {
            let largest_first = |&a: &usize, &b: &usize| -> Ordering {
                let (qa, qb): (f64, f64) = (q[a].into(), q[b].into());
                qb.total_cmp(&qa).then(a.cmp(&b))
            };
            order.clear();
            order.extend(0..columns);
            if samples < columns {
                order.select_nth_unstable_by(samples - 1, largest_first);
            }
            order[..samples].sort_unstable_by(largest_first);
            for (out, &column) in out.iter_mut().zip(&order) {
                *out = column as i64;
            }
        }
        Ok(())
    }

    /// `f` of a uniform f64 in [0, 1), for each element.
    fn each<T: Number>(&mut self, out: &mut [T], f: impl Fn(f64) -> f64) {
        let mut uniforms = [0.0; 256];
        for out in out.chunks_mut(256) {
            let uniforms = &mut uniforms[..out.len()];
            self.twister.fill_pairs(uniforms, unit_f64);
            for (out, u) in out.iter_mut().zip(uniforms) {
                *out = T::from_f64(f(*u));
            }
        }
    }
}

fn check_weights<T: Real>(weights: &[T], columns: usize, samples: usize, replacement: bool) -> Result<(), String> {
    if samples == 0 {
        return Err("multinomial: expected at least one sample, but got num_samples=0".into());
    }
    if columns == 0 || !weights.len().is_multiple_of(columns) {
        return Err(format!("multinomial: {} weights do not make rows of {columns}", weights.len()));
    }
    if !replacement && samples > columns {
        return Err(format!(
            "multinomial: cannot take {samples} samples without replacement from {columns} categories"
        ));
    }
    for row in weights.chunks_exact(columns) {
        let mut sum = 0.0;
        for weight in row.iter().map(|&w| w.into()) {
            let weight: f64 = weight;
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(format!(
                    "multinomial: expected weights that are finite and not negative, but got {weight}"
                ));
            }
            sum += weight;
        }
        if sum <= 0.0 {
            return Err("multinomial: expected weights with a positive sum in every row, but got a row of zeros".into());
        }
    }
    Ok(())
}

/// The running sum of `row`, divided by its total. Kept in f32 for the types up to f32, as PyTorch does: where a sum
/// falls decides which column a uniform number finds.
fn running_share<T: Real>(row: &[T], cumulative: &mut [f64]) {
    // An f32 sum or quotient is the f64 one, rounded: f64 has more than twice the digits.
    let round = |x: f64| if T::DOUBLE { x } else { f64::from(x as f32) };
    let mut sum = 0.0;
    for (total, &weight) in cumulative.iter_mut().zip(row) {
        sum = round(sum + weight.into());
        *total = sum;
    }
    for total in cumulative {
        *total = round(*total / sum);
    }
}

/// ln k! for a whole k ≥ 0: the logarithm of the product where it is exact, Stirling's series after.
fn ln_factorial(k: f64) -> f64 {
    if k < 20.0 {
        return ((1..=k as u64).product::<u64>() as f64).ln();
    }
    let x = k + 1.0;
    let z = 1.0 / (x * x);
    let series = (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z / 1680.0))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * PI).ln() + series
}
