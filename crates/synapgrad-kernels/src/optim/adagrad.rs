//! Rules that divide by a measure of the gradients so far.

use super::{Decay, Rule, average_square, toward};
use crate::scalar::{Real, lit};

/// Divides by the root of the sum s of all squared gradients.
///
/// ```text
/// s ← s + g²
/// x ← x − size·g / (√s + eps)
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Adagrad {
    /// lr / (1 + (t − 1)·lr_decay) in step t.
    pub size: f64,
    pub eps: f64,
    pub decay: Decay,
}

impl Rule for Adagrad {
    const MEMORIES: (usize, usize) = (1, 1);

    #[inline(always)]
    fn update<C: Real, const K: usize>(&self, x: C, g: C, m: &mut [C; K]) -> C {
        let (x, g) = self.decay.apply(x, g);
        m[0] = m[0] + g * g;
        x - lit::<C>(self.size) * (g / (m[0].sqrt() + lit(self.eps)))
    }
}

/// Measures a step d in units of the parameter; the memories are the averages v of g² and w of d².
///
/// ```text
/// v ← rho·v + (1 − rho)·g²
/// d = √(w + eps) / √(v + eps) · g
/// w ← rho·w + (1 − rho)·d²
/// x ← x − lr·d
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Adadelta {
    pub lr: f64,
    pub rho: f64,
    pub eps: f64,
    pub decay: Decay,
}

impl Rule for Adadelta {
    const MEMORIES: (usize, usize) = (2, 2);

    #[inline(always)]
    fn update<C: Real, const K: usize>(&self, x: C, g: C, m: &mut [C; K]) -> C {
        let (x, g) = self.decay.apply(x, g);
        let eps = lit::<C>(self.eps);
        m[0] = average_square(m[0], g, self.rho);
        let d = (m[1] + eps).sqrt() / (m[0] + eps).sqrt() * g;
        m[1] = average_square(m[1], d, self.rho);
        x - lit::<C>(self.lr) * d
    }
}

/// Divides by the root of the average v of g². Further memories: a buffer b where there is momentum, and the average a
/// of g where the rule is centered, in this order.
///
/// ```text
/// v ← alpha·v + (1 − alpha)·g²
/// a ← a + (1 − alpha)·(g − a)
/// d = g / (√(v − a²) + eps)               √v  where not centered
/// b ← momentum·b + d
/// x ← x − lr·b                            x − lr·d  without momentum
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RmsProp {
    pub lr: f64,
    pub alpha: f64,
    pub eps: f64,
    pub momentum: f64,
    pub centered: bool,
    pub decay: Decay,
}

impl Rule for RmsProp {
    const MEMORIES: (usize, usize) = (1, 3);

    #[inline(always)]
    fn update<C: Real, const K: usize>(&self, x: C, g: C, m: &mut [C; K]) -> C {
        let (x, g) = self.decay.apply(x, g);
        m[0] = average_square(m[0], g, self.alpha);
        let mut variance = m[0];
        if K > 1 && self.centered {
            m[K - 1] = toward(m[K - 1], g, 1.0 - self.alpha);
            variance = variance - m[K - 1] * m[K - 1];
        }
        let mut direction = g / (variance.sqrt() + lit(self.eps));
        // With two memories, the second is the buffer unless it is the average.
        if K == 3 || K == 2 && !self.centered {
            m[1] = lit::<C>(self.momentum) * m[1] + direction;
            direction = m[1];
        }
        x - lit::<C>(self.lr) * direction
    }
}
