//! Adam and its kin: a running average m of the gradient, divided by a measure of its size.

use super::{Decay, Rule, average_square, toward};
use crate::scalar::{Real, lit};

/// Adaptive moment estimation. The memories are the averages m of g and v of g², and with a third, AMSGrad's, the greatest
/// v so far, which then stands for v in the last line.
///
/// ```text
/// m ← m + (1 − betas.0)·(g − m)
/// v ← betas.1·v + (1 − betas.1)·g²
/// x ← x − size·m / (√v / scale + eps)
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    pub betas: (f64, f64),
    pub eps: f64,
    /// lr / (1 − betas.0ᵗ) in step t.
    pub size: f64,
    /// √(1 − betas.1ᵗ)
    pub scale: f64,
    pub decay: Decay,
}

impl Rule for Adam {
    const MEMORIES: (usize, usize) = (2, 3);

    #[inline(always)]
    fn update<C: Real, const K: usize>(&self, x: C, g: C, m: &mut [C; K]) -> C {
        let (x, g) = self.decay.apply(x, g);
        m[0] = toward(m[0], g, 1.0 - self.betas.0);
        m[1] = average_square(m[1], g, self.betas.1);
        let mut square = m[1];
        if K == 3 {
            m[2] = m[2].max(square);
            square = m[2];
        }
        x - lit::<C>(self.size) * (m[0] / (square.sqrt() / lit(self.scale) + lit(self.eps)))
    }
}

/// Adam with the greatest recent gradient u in place of √v.
///
/// ```text
/// m ← m + (1 − betas.0)·(g − m)
/// u ← max(betas.1·u, |g| + eps)
/// x ← x − size·m / u
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Adamax {
    pub betas: (f64, f64),
    pub eps: f64,
    /// lr / (1 − betas.0ᵗ) in step t.
    pub size: f64,
    pub decay: Decay,
}

impl Rule for Adamax {
    const MEMORIES: (usize, usize) = (2, 2);

    #[inline(always)]
    fn update<C: Real, const K: usize>(&self, x: C, g: C, m: &mut [C; K]) -> C {
        let (x, g) = self.decay.apply(x, g);
        m[0] = toward(m[0], g, 1.0 - self.betas.0);
        m[1] = (lit::<C>(self.betas.1) * m[1]).max(g.abs() + lit(self.eps));
        x - lit::<C>(self.size) * (m[0] / m[1])
    }
}

/// Adam with Nesterov's momentum.
///
/// ```text
/// m, v as in Adam
/// x ← x − (along_g·g + along_m·m) / (√(v / correction) + eps)
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NAdam {
    pub betas: (f64, f64),
    pub eps: f64,
    pub along_g: f64,
    pub along_m: f64,
    /// 1 − betas.1ᵗ in step t.
    pub correction: f64,
    pub decay: Decay,
}

impl Rule for NAdam {
    const MEMORIES: (usize, usize) = (2, 2);

    #[inline(always)]
    fn update<C: Real, const K: usize>(&self, x: C, g: C, m: &mut [C; K]) -> C {
        let (x, g) = self.decay.apply(x, g);
        m[0] = toward(m[0], g, 1.0 - self.betas.0);
        m[1] = average_square(m[1], g, self.betas.1);
        let size = (m[1] / lit(self.correction)).sqrt() + lit(self.eps);
        x - lit::<C>(self.along_g) * (g / size) - lit::<C>(self.along_m) * (m[0] / size)
    }
}

/// Adam that waits with dividing by √v until v can be trusted.
///
/// ```text
/// m, v as in Adam
/// x ← x − size·m · scale / (√v + eps)     x − size·m  while there is no scale
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RAdam {
    pub betas: (f64, f64),
    pub eps: f64,
    /// lr / (1 − betas.0ᵗ) in step t.
    pub size: f64,
    pub scale: Option<f64>,
    pub decay: Decay,
}

impl Rule for RAdam {
    const MEMORIES: (usize, usize) = (2, 2);

    #[inline(always)]
    fn update<C: Real, const K: usize>(&self, x: C, g: C, m: &mut [C; K]) -> C {
        let (x, g) = self.decay.apply(x, g);
        m[0] = toward(m[0], g, 1.0 - self.betas.0);
        m[1] = average_square(m[1], g, self.betas.1);
        let direction = lit::<C>(self.size) * m[0];
        match self.scale {
            Some(scale) => x - direction * (lit::<C>(scale) / (m[1].sqrt() + lit(self.eps))),
            None => x - direction,
        }
    }
}
