//! Connectionist temporal classification: the probability that a sequence of distributions spells a text, summed over all
//! the ways in which it can.
//!
//! With blanks between, before and after its letters a text of S letters has 2S + 1 symbols. α[t, s] is the logarithm of the
//! probability of all ways that stand at symbol s at time t, β[t, s] that of all ways on from there, both with the symbol at t
//! included.
//!
//! A. Graves et al., "Connectionist Temporal Classification: Labelling Unsegmented Sequence Data with Recurrent Neural
//! Networks", 2006.

use crate::interrupt::{Interrupted, poll};
use crate::parallel::{self, Parts};

/// One sequence: `log_probs` lie with `stride` between times, `classes` are neighbours.
#[derive(Clone, Copy)]
pub struct Sequence<'a> {
    pub log_probs: &'a [f64],
    pub stride: usize,
    pub times: usize,
    pub text: &'a [i64],
    pub blank: i64,
}

/// ln(eᵃ + eᵇ + …)
fn log_sum(terms: [f64; 3]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + terms.iter().map(|t| (t - largest).exp()).sum::<f64>().ln()
}

impl Sequence<'_> {
    fn symbols(&self) -> usize {
        2 * self.text.len() + 1
    }

    fn symbol(&self, s: usize) -> i64 {
        if s.is_multiple_of(2) { self.blank } else { self.text[s / 2] }
    }

    fn log_prob(&self, t: usize, s: usize) -> f64 {
        self.log_probs[t * self.stride + self.symbol(s) as usize]
    }

    /// Whether symbol s can follow s − 2 directly: letters that differ.
    fn may_skip(&self, s: usize) -> bool {
        s >= 2 && s % 2 == 1 && self.symbol(s) != self.symbol(s - 2)
    }

    /// α, times × symbols, and −ln of the text's probability.
    pub fn forward(&self) -> (Vec<f64>, f64) {
        let n = self.symbols();
        let mut alpha = vec![f64::NEG_INFINITY; self.times * n];
        if self.times == 0 {
            return (alpha, if self.text.is_empty() { 0.0 } else { f64::INFINITY });
        }
        for (s, first) in alpha[..n.min(2)].iter_mut().enumerate() {
            *first = self.log_prob(0, s);
        }
        for t in 1..self.times {
            let (before, now) = alpha.split_at_mut(t * n);
            let before = &before[(t - 1) * n..];
            for s in 0..n {
                let step = if s > 0 { before[s - 1] } else { f64::NEG_INFINITY };
                let skip = if self.may_skip(s) { before[s - 2] } else { f64::NEG_INFINITY };
                now[s] = log_sum([before[s], step, skip]) + self.log_prob(t, s);
            }
        }
        let last = &alpha[(self.times - 1) * n..];
        let before_last = if n > 1 { last[n - 2] } else { f64::NEG_INFINITY };
        let loss = -log_sum([last[n - 1], before_last, f64::NEG_INFINITY]);
        (alpha, loss)
    }

    /// The gradient of `loss` by scores whose log softmax the log-probabilities are: the probability of each class at each
    /// time, less the share of the ways that pass there; times × classes.
    pub fn backward(&self, alpha: &[f64], loss: f64, classes: usize) -> Vec<f64> {
        let n = self.symbols();
        let mut out = vec![0.0; self.times * classes];
        let mut beta = vec![f64::NEG_INFINITY; n];
        for t in (0..self.times).rev() {
            if t + 1 == self.times {
                for (s, last) in beta.iter_mut().enumerate().skip(n.saturating_sub(2)) {
                    *last = self.log_prob(t, s);
                }
            } else {
                // Upwards, so that those after s are still those of the next time.
                for s in 0..n {
                    let step = if s + 1 < n { beta[s + 1] } else { f64::NEG_INFINITY };
                    let skip = if s + 2 < n && self.may_skip(s + 2) { beta[s + 2] } else { f64::NEG_INFINITY };
                    beta[s] = log_sum([beta[s], step, skip]) + self.log_prob(t, s);
                }
            }
            let row = &mut out[t * classes..][..classes];
            row.fill(f64::NEG_INFINITY);
            for s in 0..n {
                let share = &mut row[self.symbol(s) as usize];
                *share = log_sum([*share, alpha[t * n + s] + beta[s], f64::NEG_INFINITY]);
            }
            for (c, share) in row.iter_mut().enumerate() {
                let log_prob = self.log_probs[t * self.stride + c];
                *share = log_prob.exp() - (*share + loss - log_prob).exp();
            }
        }
        out
    }
}

/// `work` on each of `0..n`, in order; some at a time in parallel.
///
/// # Errors
/// Where the caller asks to stop.
pub fn for_each<R: Send>(n: usize, work: impl Fn(usize) -> R + Sync) -> Result<Vec<R>, Interrupted> {
    let mut results: Vec<Option<R>> = (0..n).map(|_| None).collect();
    let together = 4 * parallel::threads();
    for from in (0..n).step_by(together) {
        poll()?;
        let to = n.min(from + together);
        let some = Parts::new(&mut results[from..to]);
        // SAFETY: every result has a place of its own.
        parallel::each(to - from, &|i| unsafe { some.part(i..i + 1) }[0] = Some(work(from + i)));
    }
    Ok(results.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_in_two_steps_has_three_ways() {
        // "a", "a-", "-a", "aa" of probability 1/4 each: all but "--".
        let log_probs = vec![0.5f64.ln(); 4];
        let sequence = Sequence { log_probs: &log_probs, stride: 2, times: 2, text: &[1], blank: 0 };
        let (alpha, loss) = sequence.forward();
        assert!((loss + 0.75f64.ln()).abs() < 1e-12);
        let slopes = sequence.backward(&alpha, loss, 2);
        // Two of the three ways pass through "a" at each time.
        assert!((slopes[1] - (0.5 - 2.0 / 3.0)).abs() < 1e-12 && (slopes[0] + slopes[1]).abs() < 1e-12);
    }
}
