//! Update rules: from a gradient to a new parameter, in one pass over both and over what the rule remembers.

use rayon::prelude::*;

use crate::dtype::{Compute, ComputeType, Element};
use crate::scalar::{Ring, lit};
use crate::{parallel, vecmath};

/// The numbers of a step of stochastic gradient descent.
#[derive(Clone, Copy, Debug)]
pub struct Sgd {
    pub lr: f64,
    pub momentum: f64,
    pub dampening: f64,
    pub weight_decay: f64,
    pub nesterov: bool,
    pub maximize: bool,
}

/// Where momentum accumulates.
pub struct Momentum<'a, E> {
    pub buffer: &'a mut [E],
    /// Nothing is in the buffer yet.
    pub first: bool,
}

impl Sgd {
    /// One step for parameters θ with gradients g, in the order
    ///
    /// ```text
    /// g ← −g                                 to maximize
    /// g ← g + weight_decay·θ
    /// b ← momentum·b + (1 − dampening)·g     with momentum; b ← g the first time
    /// g ← g + momentum·b                     with nesterov, else g ← b
    /// θ ← θ − lr·g
    /// ```
    ///
    /// # Panics
    /// Where the lengths differ, or the elements are no floats.
    pub fn step<E: Element>(&self, params: &mut [E], grads: &[E], momentum: Option<Momentum<E>>) {
        assert_eq!(params.len(), grads.len(), "sgd: parameters and gradients");
        match E::DTYPE.compute() {
            ComputeType::F32 => self.split::<E, f32>(params, grads, momentum),
            ComputeType::F64 => self.split::<E, f64>(params, grads, momentum),
            ComputeType::I64 => panic!("sgd: parameters are floats, got {}", E::DTYPE.name()),
        }
    }

    fn split<E: Element, C: Compute + Ring>(&self, params: &mut [E], grads: &[E], momentum: Option<Momentum<E>>) {
        let n = params.len();
        let pieces = if n <= parallel::GRAIN || parallel::threads() == 1 { n.max(1) } else { parallel::GRAIN };
        match momentum {
            None if pieces >= n => self.plain::<E, C>(params, grads),
            None => params
                .par_chunks_mut(pieces)
                .zip(grads.par_chunks(pieces))
                .for_each(|(params, grads)| self.plain::<E, C>(params, grads)),
            Some(Momentum { buffer, first }) => {
                assert_eq!(n, buffer.len(), "sgd: parameters and momentum");
                if pieces >= n {
                    return self.with_momentum::<E, C>(params, grads, buffer, first);
                }
                params
                    .par_chunks_mut(pieces)
                    .zip(grads.par_chunks(pieces))
                    .zip(buffer.par_chunks_mut(pieces))
                    .for_each(|((params, grads), buffer)| self.with_momentum::<E, C>(params, grads, buffer, first));
            }
        }
    }

    fn plain<E: Element, C: Compute + Ring>(&self, params: &mut [E], grads: &[E]) {
        let (lr, rule) = (lit::<C>(self.lr), self.decay::<C>());
        vecmath::dispatch(
            #[inline(always)]
            || {
                for (p, &g) in params.iter_mut().zip(grads) {
                    let x = C::load(*p);
                    *p = (x - lr * rule(x, C::load(g))).store();
                }
            },
        );
    }

    fn with_momentum<E: Element, C: Compute + Ring>(
        &self,
        params: &mut [E],
        grads: &[E],
        buffer: &mut [E],
        first: bool,
    ) {
        let (lr, rule) = (lit::<C>(self.lr), self.decay::<C>());
        let (keep, take) = (lit::<C>(self.momentum), lit::<C>(1.0 - self.dampening));
        let nesterov = self.nesterov;
        vecmath::dispatch(
            #[inline(always)]
            || {
                for ((p, &g), b) in params.iter_mut().zip(grads).zip(buffer.iter_mut()) {
                    let x = C::load(*p);
                    let g = rule(x, C::load(g));
                    let m = if first { g } else { keep * C::load(*b) + take * g };
                    *b = m.store();
                    *p = (x - lr * if nesterov { g + keep * m } else { m }).store();
                }
            },
        );
    }

    /// θ, g ↦ ±g + weight_decay·θ; without decay θ is not looked at, as it may be infinite.
    #[inline(always)]
    fn decay<C: Compute + Ring>(&self) -> impl Fn(C, C) -> C + Copy + use<C> {
        let (decays, decay) = (self.weight_decay != 0.0, lit::<C>(self.weight_decay));
        let sign = lit::<C>(if self.maximize { -1.0 } else { 1.0 });
        #[inline(always)]
        move |x, g| if decays { sign * g + decay * x } else { sign * g }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use half::bf16;

    const PLAIN: Sgd =
        Sgd { lr: 0.5, momentum: 0.0, dampening: 0.0, weight_decay: 0.0, nesterov: false, maximize: false };

    #[test]
    fn plain_descent_in_each_type() {
        let (mut x, mut y, mut z) = ([1f32, 2.0], [1f64, 2.0], [bf16::from_f32(1.0), bf16::from_f32(2.0)]);
        PLAIN.step(&mut x, &[2.0, -2.0], None);
        Sgd { maximize: true, ..PLAIN }.step(&mut y, &[2.0, -2.0], None);
        Sgd { weight_decay: 1.0, ..PLAIN }.step(&mut z, &[bf16::ZERO; 2], None);
        assert_eq!((x, y), ([0.0, 3.0], [2.0, 1.0]));
        assert_eq!(z.map(bf16::to_f32), [0.5, 1.0]);
    }

    #[test]
    fn momentum_remembers_and_nesterov_looks_ahead() {
        let rule = Sgd { momentum: 0.5, dampening: 0.25, lr: 1.0, ..PLAIN };
        let (mut x, mut b) = ([0f64], [f64::NAN]);
        rule.step(&mut x, &[1.0], Some(Momentum { buffer: &mut b, first: true }));
        assert_eq!((x, b), ([-1.0], [1.0]));
        rule.step(&mut x, &[1.0], Some(Momentum { buffer: &mut b, first: false }));
        assert_eq!((x, b), ([-2.25], [1.25]));
        let ahead = Sgd { nesterov: true, dampening: 0.0, ..rule };
        ahead.step(&mut x, &[1.0], Some(Momentum { buffer: &mut b, first: false }));
        assert_eq!((x, b), ([-2.25 - 1.0 - 0.8125], [1.625]));
    }

    #[test]
    fn large_parameters_are_split_and_whole() {
        let n = 3 * parallel::GRAIN + 5;
        let grads: Vec<f32> = (0..n).map(|i| i as f32).collect();
        let (mut x, mut y, mut b) = (vec![0f32; n], vec![0f32; n], vec![0f32; n]);
        PLAIN.step(&mut x, &grads, None);
        Sgd { momentum: 0.9, ..PLAIN }.step(&mut y, &grads, Some(Momentum { buffer: &mut b, first: true }));
        assert!(x.iter().zip(&grads).all(|(x, g)| *x == -0.5 * g));
        assert!(x == y && b == grads);
    }
}
