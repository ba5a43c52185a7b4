//! Rules that follow the gradient, or its sign.

use super::{Decay, Rule, toward};
use crate::scalar::{Real, lit};

/// Stochastic gradient descent.
///
/// ```text
/// b ← momentum·b + take·g                 with a memory
/// x ← x − lr·(g + momentum·b)             with nesterov;  x − lr·b  without;  x − lr·g  without a memory
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Sgd {
    pub lr: f64,
    pub momentum: f64,
    /// 1 − dampening; 1 in the first step.
    pub take: f64,
    pub nesterov: bool,
    pub decay: Decay,
}

impl Rule for Sgd {
    const MEMORIES: (usize, usize) = (0, 1);

    #[inline(always)]
    fn update<C: Real, const K: usize>(&self, x: C, g: C, m: &mut [C; K]) -> C {
        let (x, g) = self.decay.apply(x, g);
        let mut direction = g;
        if K == 1 {
            let keep = lit::<C>(self.momentum);
            m[0] = keep * m[0] + lit::<C>(self.take) * g;
            direction = if self.nesterov { g + keep * m[0] } else { m[0] };
        }
        x - lit::<C>(self.lr) * direction
    }
}

/// Averaged stochastic gradient descent; the memory is the average a.
///
/// ```text
/// x ← x·(1 − lambd·eta) − eta·g
/// a ← a + mu·(x − a)                      a = x  where mu = 1
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Asgd {
    pub lambd: f64,
    pub eta: f64,
    pub mu: f64,
    pub decay: Decay,
}

impl Rule for Asgd {
    const MEMORIES: (usize, usize) = (1, 1);

    #[inline(always)]
    fn update<C: Real, const K: usize>(&self, x: C, g: C, m: &mut [C; K]) -> C {
        let (x, g) = self.decay.apply(x, g);
        let x = x * lit(1.0 - self.lambd * self.eta) - lit::<C>(self.eta) * g;
        m[0] = if self.mu == 1.0 { x } else { toward(m[0], x, self.mu) };
        x
    }
}

/// Resilient propagation; the memories are the last gradient p and the step size s.
///
/// ```text
/// g·p > 0:  s ← s·etas.1                  the same direction again: longer
/// g·p < 0:  s ← s·etas.0,  g ← 0          over the bottom: shorter, and stay for once
/// s ← s between step_sizes.0 and step_sizes.1
/// x ← x − sign(g)·s
/// p ← g
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rprop {
    pub etas: (f64, f64),
    pub step_sizes: (f64, f64),
    pub decay: Decay,
}

impl Rule for Rprop {
    const MEMORIES: (usize, usize) = (2, 2);

    #[inline(always)]
    fn update<C: Real, const K: usize>(&self, x: C, g: C, m: &mut [C; K]) -> C {
        let (x, g) = self.decay.apply(x, g);
        let (agreement, zero) = (g * m[0], lit::<C>(0.0));
        let factor = C::select(agreement.gt(zero), lit(self.etas.1), lit(1.0));
        let factor = C::select(agreement.lt(zero), lit(self.etas.0), factor);
        let size = (m[1] * factor).max(lit(self.step_sizes.0)).min(lit(self.step_sizes.1));
        let g = C::select(agreement.lt(zero), zero, g);
        (m[0], m[1]) = (g, size);
        x - g.sign() * size
    }
}
