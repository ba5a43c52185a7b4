//! Normalisation of each element by its neighbours in other channels.
//!
//! Source: Krizhevsky, Sutskever, Hinton, "ImageNet Classification with Deep Convolutional Neural Networks" (2012).

use crate::along::{Block, for_each_slab};
use crate::dtype::{Compute, Element};
use crate::scalar::Real;
use crate::softmax::with_float;
use crate::vecmath::dispatch;
use crate::{Buffer, DType};

/// y = x·(k + α/size·Σ x²)^−β, the sum being over `size` channels around the element's own, of which `size/2` lie before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Response {
    pub size: usize,
    pub alpha: f64,
    pub beta: f64,
    pub k: f64,
}

impl Response {
    /// Channels whose squares reach channel `c` of `n`.
    fn around(&self, c: usize, n: usize) -> std::ops::Range<usize> {
        c.saturating_sub(self.size / 2)..n.min(c + (self.size - 1) / 2 + 1)
    }

    /// Channels that channel `c` of `n` reaches.
    fn reached(&self, c: usize, n: usize) -> std::ops::Range<usize> {
        c.saturating_sub((self.size - 1) / 2)..n.min(c + self.size / 2 + 1)
    }
}

/// The response along the middle dimension of `block`.
pub fn forward(how: Response, dtype: DType, block: Block, x: (&Buffer, usize), y: &mut Buffer) {
    with_float!(dtype, E, C => {
        let x = &x.0.as_slice::<E>()[x.1..][..block.outer * block.slab()];
        let y = &mut y.as_mut_slice::<E>()[..block.outer * block.slab()];
        for_each_slab(y, block.slab(), |o, y| {
            let x = &x[o * block.slab()..][..block.slab()];
            let mut scale = vec![C::default(); block.inner];
            dispatch(
                #[inline(always)]
                || {
                    for (c, y) in y.chunks_exact_mut(block.inner.max(1)).enumerate() {
                        denominators::<E, C>(how, block, x, c, &mut scale);
                        for ((y, &x), &d) in y.iter_mut().zip(&x[c * block.inner..]).zip(&scale) {
                            *y = (C::load(x) / d.pow(C::from_f64(how.beta))).store();
                        }
                    }
                },
            );
        });
    })
}

/// k + α/size·Σ x² of channel `c`.
#[inline(always)]
fn denominators<E: Element, C: Compute + Real>(how: Response, block: Block, x: &[E], c: usize, out: &mut [C]) {
    out.fill(C::default());
    for near in how.around(c, block.n) {
        for (out, &x) in out.iter_mut().zip(&x[near * block.inner..]) {
            let x = C::load(x);
            *out = *out + x * x;
        }
    }
    let (k, share) = (C::from_f64(how.k), C::from_f64(how.alpha / how.size as f64));
    out.iter_mut().for_each(|out| *out = k + *out * share);
}

/// The derivative: with D = k + α/size·Σ x², ∂xⱼ = gⱼ·Dⱼ^−β − 2αβ/size·xⱼ·Σ gᵢ·xᵢ·Dᵢ^(−β−1) over the i that j reaches.
pub fn backward(how: Response, dtype: DType, block: Block, x: (&Buffer, usize), g: (&Buffer, usize), dx: &mut Buffer) {
    with_float!(dtype, E, C => {
        let all = block.outer * block.slab();
        let (x, g) = (&x.0.as_slice::<E>()[x.1..][..all], &g.0.as_slice::<E>()[g.1..][..all]);
        let dx = &mut dx.as_mut_slice::<E>()[..all];
        let (beta, factor) = (C::from_f64(how.beta), C::from_f64(2.0 * how.alpha * how.beta / how.size as f64));
        for_each_slab(dx, block.slab(), |o, dx| {
            let (x, g) = (&x[o * block.slab()..][..block.slab()], &g[o * block.slab()..][..block.slab()]);
            // D^−β and g·x·D^(−β−1) of every element of the slab.
            let (mut power, mut back) = (vec![C::default(); block.slab()], vec![C::default(); block.slab()]);
            let mut scale = vec![C::default(); block.inner];
            dispatch(
                #[inline(always)]
                || {
                    for c in 0..block.n {
                        let of = c * block.inner..(c + 1) * block.inner;
                        denominators::<E, C>(how, block, x, c, &mut scale);
                        let out = power[of.clone()].iter_mut().zip(&mut back[of.clone()]);
                        for ((((power, back), &x), &g), &d) in out.zip(&x[of.clone()]).zip(&g[of]).zip(&scale) {
                            *power = C::from_f64(1.0) / d.pow(beta);
                            *back = C::load(g) * C::load(x) * *power / d;
                        }
                    }
                    for (c, dx) in dx.chunks_exact_mut(block.inner.max(1)).enumerate() {
                        scale.fill(C::default());
                        for near in how.reached(c, block.n) {
                            for (sum, &back) in scale.iter_mut().zip(&back[near * block.inner..]) {
                                *sum += back;
                            }
                        }
                        let of = c * block.inner..(c + 1) * block.inner;
                        let ins = x[of.clone()].iter().zip(&g[of.clone()]).zip(&power[of]).zip(&scale);
                        for (dx, (((&x, &g), &power), &sum)) in dx.iter_mut().zip(ins) {
                            *dx = (C::load(g) * power - factor * C::load(x) * sum).store();
                        }
                    }
                },
            );
        });
    })
}
