//! Normalisation of rows with a weight for each place in them: layer and root mean square normalisation.

use std::sync::OnceLock;

use super::{LANES, Moments, Parts, TILE, moments, sums, total, widened};
use crate::dtype::{Compute, Element};
use crate::scalar::Real;
use crate::softmax::with_float;
use crate::vecmath::dispatch;
use crate::{Buffer, DType, parallel};

/// Rows whose gradients of the weight are summed in the type they are computed in before f64 takes over.
const TALL: usize = 32;
/// At most so many partial gradients of the weight. The pieces are the same however many threads there are.
const PIECES: usize = 32;

/// `rows` rows of `size` elements; row r has the weights of group r mod `groups`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    pub rows: usize,
    pub size: usize,
    pub groups: usize,
}

impl Rows {
    fn numel(&self) -> usize {
        self.rows * self.size
    }

    /// Where the weights of row `r` are.
    fn weights(&self, r: usize) -> std::ops::Range<usize> {
        let start = r % self.groups * self.size;
        start..start + self.size
    }
}

/// y = (x − mean)/√(variance + ε)·weight + bias with the mean and the variance of each row, which are returned. Not
/// `centred`, the mean counts as 0 and the variance is that around 0.
#[allow(clippy::too_many_arguments)]
pub fn forward(
    dtype: DType,
    shape: Rows,
    centred: bool,
    x: (&Buffer, usize),
    y: &mut Buffer,
    eps: f64,
    weight: Option<&[f64]>,
    bias: Option<&[f64]>,
) -> Vec<Moments> {
    with_float!(dtype, E, C => {
        let n = shape.numel();
        let (x, y) = (&x.0.as_slice::<E>()[x.1..][..n], Parts::new(&mut y.as_mut_slice::<E>()[..n]));
        let plain = weight.is_none() && bias.is_none();
        let places = if plain { 0 } else { shape.groups * shape.size };
        let (weight, bias) = (widened::<C>(weight, places, 1.0), widened::<C>(bias, places, 0.0));
        let mut statistics = vec![Moments::default(); shape.rows];
        let all = Parts::new(&mut statistics);
        parallel::ranges(shape.rows, (parallel::GRAIN / shape.size.max(1)).max(1), |rows| {
            // SAFETY: the ranges are disjoint.
            let (y, all) = unsafe { (y.part(rows.start * shape.size..rows.end * shape.size), all.part(rows.clone())) };
            let x = &x[rows.start * shape.size..rows.end * shape.size];
            dispatch(
                #[inline(always)]
                || {
                    for (i, m) in all.iter_mut().enumerate() {
                        let (x, y) = (&x[i * shape.size..][..shape.size], &mut y[i * shape.size..][..shape.size]);
                        *m = if centred { moments::<E, C>(x) } else { moments_around_zero::<E, C>(x) };
                        let (mean, rstd) = (C::from_f64(m.mean), C::from_f64(1.0 / (m.variance() + eps).sqrt()));
                        if plain {
                            for (y, &x) in y.iter_mut().zip(x) {
                                *y = ((C::load(x) - mean) * rstd).store();
                            }
                        } else {
                            let at = shape.weights(rows.start + i);
                            for (((y, &x), &w), &b) in y.iter_mut().zip(x).zip(&weight[at.clone()]).zip(&bias[at]) {
                                *y = ((C::load(x) - mean) * rstd * w + b).store();
                            }
                        }
                    }
                },
            );
        });
        statistics
    })
}

#[inline(always)]
fn moments_around_zero<E: Element, C: Compute + Real>(x: &[E]) -> Moments {
    let [squares] = sums::<E, C, 1>(x, x, |x, _| [x * x]);
    Moments { count: x.len() as f64, mean: 0.0, squares }
}

/// The derivatives of [`forward`]: by x into `dx`, by the weight and by the bias as results, which are empty unless
/// `weights` are wanted.
///
/// With x̂ = (x − mean)·rstd, and means over the row: ∂weight = Σ g·x̂ and ∂bias = Σ g over the rows, and
/// ∂x = rstd·(g·weight − mean(g·weight) − x̂·mean(g·weight·x̂)); not `centred`, without the second term.
#[allow(clippy::too_many_arguments)]
pub fn backward(
    dtype: DType,
    shape: Rows,
    centred: bool,
    x: (&Buffer, usize),
    g: (&Buffer, usize),
    mean: &[f64],
    rstd: &[f64],
    weight: Option<&[f64]>,
    weights: bool,
    dx: Option<&mut Buffer>,
) -> (Vec<f64>, Vec<f64>) {
    with_float!(dtype, E, C => {
        let n = shape.numel();
        let (x, g) = (&x.0.as_slice::<E>()[x.1..][..n], &g.0.as_slice::<E>()[g.1..][..n]);
        let dx = dx.map(|dx| Parts::new(&mut dx.as_mut_slice::<E>()[..n]));
        let places = shape.groups * shape.size;
        let weight = widened::<C>(weight, places, 1.0);
        let tall = shape.rows.div_ceil(PIECES).max(parallel::GRAIN / shape.size.max(1)).max(1);
        let parts: Vec<OnceLock<[Vec<f64>; 2]>> = (0..shape.rows.div_ceil(tall)).map(|_| OnceLock::new()).collect();
        parallel::ranges(parts.len(), 1, |pieces| {
            for piece in pieces {
                let rows = piece * tall..shape.rows.min((piece + 1) * tall);
                let mut sums = if weights { [vec![0.0; places], vec![0.0; places]] } else { [vec![], vec![]] };
                let width = if weights { places } else { 0 };
                let (mut dw, mut db) = (vec![C::default(); width], vec![C::default(); width]);
                for from in rows.clone().step_by(TALL) {
                    let rows = from..rows.end.min(from + TALL);
                    let of = rows.start * shape.size..rows.end * shape.size;
                    // SAFETY: the pieces are disjoint.
                    let dx = dx.as_ref().map(|dx| unsafe { dx.part(of.clone()) });
                    let block = Block { shape, centred, x: &x[of.clone()], g: &g[of], rows, weight: &weight };
                    block.slopes(mean, rstd, dx, &mut dw, &mut db);
                    for (sum, part) in sums.iter_mut().zip([&mut dw, &mut db]) {
                        for (sum, part) in sum.iter_mut().zip(part) {
                            *sum += std::mem::take(part).to_f64();
                        }
                    }
                }
                let _ = parts[piece].set(sums);
            }
        });
        let mut parts = parts.into_iter().filter_map(OnceLock::into_inner);
        let [mut dw, mut db] = parts.next().unwrap_or_else(|| [vec![0.0; places], vec![0.0; places]]);
        for [w, b] in parts {
            dw.iter_mut().zip(w).for_each(|(dw, w)| *dw += w);
            db.iter_mut().zip(b).for_each(|(db, b)| *db += b);
        }
        (dw, db)
    })
}

/// Some rows, whose gradients are found together.
struct Block<'a, E, C> {
    shape: Rows,
    centred: bool,
    x: &'a [E],
    g: &'a [E],
    rows: std::ops::Range<usize>,
    weight: &'a [C],
}

impl<E: Element, C: Compute + Real> Block<'_, E, C> {
    /// Write ∂x; add ∂weight and ∂bias to `dw` and `db`, unless these are empty.
    fn slopes(&self, mean: &[f64], rstd: &[f64], mut dx: Option<&mut [E]>, dw: &mut [C], db: &mut [C]) {
        let (size, n) = (self.shape.size, self.shape.size as f64);
        dispatch(
            #[inline(always)]
            || {
                for (i, row) in self.rows.clone().enumerate() {
                    let at = self.shape.weights(row);
                    let (x, g, w) =
                        (&self.x[i * size..][..size], &self.g[i * size..][..size], &self.weight[at.clone()]);
                    let (mean, r) = (C::from_f64(mean[row]), C::from_f64(rstd[row]));
                    if let Some(dx) = &mut dx {
                        let [total, product] = weighted_sums(x, g, w, mean);
                        let slope = C::from_f64(rstd[row] * rstd[row] * rstd[row] * product / n);
                        let shift = C::from_f64(if self.centred { rstd[row] * total / n } else { 0.0 });
                        for (((dx, &x), &g), &w) in dx[i * size..][..size].iter_mut().zip(x).zip(g).zip(w) {
                            *dx = (C::load(g) * w * r - (C::load(x) - mean) * slope - shift).store();
                        }
                    }
                    if !dw.is_empty() {
                        let sums = dw[at.clone()].iter_mut().zip(&mut db[at]);
                        for (((dw, db), &x), &g) in sums.zip(x).zip(g) {
                            let g = C::load(g);
                            *dw = *dw + g * ((C::load(x) - mean) * r);
                            *db = *db + g;
                        }
                    }
                }
            },
        );
    }
}

/// Σ g·w and Σ g·w·(x − mean).
#[inline(always)]
fn weighted_sums<E: Element, C: Compute + Real>(x: &[E], g: &[E], w: &[C], mean: C) -> [f64; 2] {
    let mut all = [0.0; 2];
    for ((x, g), w) in x.chunks(TILE).zip(g.chunks(TILE)).zip(w.chunks(TILE)) {
        let mut lanes = [[C::default(); LANES]; 2];
        let mut add = |i: usize, x: E, g: E, w: C| {
            let term = C::load(g) * w;
            lanes[0][i] = lanes[0][i] + term;
            lanes[1][i] = lanes[1][i] + term * (C::load(x) - mean);
        };
        let ((xs, x), (gs, g), (ws, w)) = (x.as_chunks::<LANES>(), g.as_chunks::<LANES>(), w.as_chunks::<LANES>());
        for ((x, g), w) in xs.iter().zip(gs).zip(ws) {
            for i in 0..LANES {
                add(i, x[i], g[i], w[i]);
            }
        }
        for (i, ((&x, &g), &w)) in x.iter().zip(g).zip(w).enumerate() {
            add(i, x, g, w);
        }
        all = [all[0] + total(lanes[0]), all[1] + total(lanes[1])];
    }
    all
}
