//! Noise that sets elements to zero: drawing it and applying it in one pass, and applying it again to a gradient.

use crate::dtype::{Compute, Element};
use crate::random::Generator;
use crate::scalar::Real;
use crate::softmax::with_float;
use crate::vecmath::dispatch;
use crate::{Buffer, DType, parallel};

/// What becomes of an element: kept, it is multiplied by `scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noise {
    /// Dropped, it is 0.
    Zero { scale: f64 },
    /// Dropped, it is `−level`; afterwards all are multiplied by `scale` and `shift` is added.
    Level { scale: f64, level: f64, shift: f64 },
}

impl Noise {
    /// By what an element that is kept is multiplied.
    pub fn scale(self) -> f64 {
        let (Noise::Zero { scale } | Noise::Level { scale, .. }) = self;
        scale
    }
}

/// Elements whose coins are tossed together.
const TOSSES: usize = 1024;

/// y = x·scale where a coin that is drawn shows 1, as it does with probability `keep`; else 0, or what `noise` says. The
/// coins are left in `mask`. Numbers are rounded to the dtype after every step.
pub fn forward(
    generator: &mut Generator,
    keep: f64,
    noise: Noise,
    dtype: DType,
    x: (&Buffer, usize),
    mask: &mut [u8],
    y: &mut Buffer,
) {
    with_float!(dtype, E, C => {
        let rounded = |x: C| C::load(x.store::<E>());
        let scale = rounded(C::from_f64(noise.scale()));
        // What is added where the element was dropped, and where it was kept.
        let shifts = match noise {
            Noise::Zero { .. } => None,
            Noise::Level { scale, level, shift } => {
                let shift = C::from_f64(shift);
                Some([rounded(rounded(C::from_f64(-level * scale)) + shift), rounded(shift)])
            }
        };
        let n = mask.len();
        let (x, y) = (&x.0.as_slice::<E>()[x.1..][..n], &mut y.as_mut_slice::<E>()[..n]);
        parallel::stretches(n.div_ceil(TOSSES), parallel::GRAIN / TOSSES, |chunks| {
            let of = chunks.start * TOSSES..n.min(chunks.end * TOSSES);
            let tiles = x[of.clone()].chunks(TOSSES).zip(y[of.clone()].chunks_mut(TOSSES));
            for ((x, y), mask) in tiles.zip(mask[of].chunks_mut(TOSSES)) {
                generator.bernoulli(mask, keep);
                dispatch(
                    #[inline(always)]
                    || match shifts {
                        None => scaled::<E, C>(x, mask, scale, y),
                        Some([dropped, kept]) => {
                            for ((y, &x), &m) in y.iter_mut().zip(x).zip(&*mask) {
                                let (factor, shift) = if m != 0 { (scale, kept) } else { (C::default(), dropped) };
                                *y = (rounded(C::load(x) * factor) + shift).store();
                            }
                        }
                    },
                );
            }
        });
    });
}

/// Toss a coin for each element of `mask`, 1 with probability `keep`.
pub fn toss(generator: &mut Generator, keep: f64, mask: &mut [u8]) {
    let n = mask.len();
    parallel::stretches(n.div_ceil(TOSSES), parallel::GRAIN / TOSSES, |chunks| {
        let of = chunks.start * TOSSES..n.min(chunks.end * TOSSES);
        mask[of].chunks_mut(TOSSES).for_each(|mask| generator.bernoulli(mask, keep));
    });
}

#[inline(always)]
fn scaled<E: Element, C: Compute + Real>(x: &[E], mask: &[u8], scale: C, y: &mut [E]) {
    for ((y, &x), &m) in y.iter_mut().zip(x).zip(mask) {
        *y = (C::load(x) * if m != 0 { scale } else { C::default() }).store();
    }
}

/// y = x·scale where the mask is not 0, else x·0. `scale` is rounded to the dtype first.
pub fn apply(dtype: DType, x: (&Buffer, usize), mask: (&Buffer, usize), scale: f64, y: &mut Buffer, n: usize) {
    with_float!(dtype, E, C => {
        let scale = C::load(C::from_f64(scale).store::<E>());
        let (x, mask) = (&x.0.as_slice::<E>()[x.1..][..n], &mask.0.as_slice::<u8>()[mask.1..][..n]);
        crate::along::for_each_slab(&mut y.as_mut_slice::<E>()[..n], parallel::GRAIN, |i, y| {
            let of = i * parallel::GRAIN..i * parallel::GRAIN + y.len();
            dispatch(
                #[inline(always)]
                || scaled::<E, C>(&x[of.clone()], &mask[of.clone()], scale, y),
            );
        });
    });
}

/// y = x where x > 0, else x·r with an r drawn from U(lower, upper) for each such element. What each element is multiplied
/// by is left in `slopes`.
pub fn random_slopes(
    generator: &mut Generator,
    (lower, upper): (f64, f64),
    dtype: DType,
    x: (&Buffer, usize),
    slopes: &mut Buffer,
    y: &mut Buffer,
    n: usize,
) {
    with_float!(dtype, E, C => {
        let (x, y) = (&x.0.as_slice::<E>()[x.1..][..n], &mut y.as_mut_slice::<E>()[..n]);
        let slopes = &mut slopes.as_mut_slice::<E>()[..n];
        parallel::stretches(n, parallel::GRAIN, |of| {
            for ((y, slope), &x) in y[of.clone()].iter_mut().zip(&mut slopes[of.clone()]).zip(&x[of]) {
                let value = C::load(x);
                let r = if value <= C::default() {
                    C::from_f64(generator.next_f64() * (upper - lower) + lower)
                } else {
                    C::from_f64(1.0)
                };
                (*y, *slope) = ((value * r).store(), r.store());
            }
        });
    });
}
