//! Normalisation of contiguous arrays: means, variances, and what is done with them.
//!
//! * [`channels`]: statistics of channels over a batch, or of groups of channels in each sample; a weight per channel.
//! * [`rows`]: statistics of rows; a weight for each place in a row.
//! * [`local`]: each element by its neighbours in other channels.
//!
//! A variance is computed in one pass over memory: of a tile that fits in the first-level cache the mean and then the
//! squared distances from it, whose own mean corrects what rounding did to the first; tiles are joined pairwise in f64.
//! Nothing cancels, however far the mean lies from 0.
//!
//! Source: Chan, Golub, LeVeque, "Algorithms for Computing the Sample Variance: Analysis and Recommendations" (1983).

pub mod channels;
pub mod local;
pub mod rows;

use crate::dtype::{Compute, Element};
pub(crate) use crate::parallel::Parts;
use crate::scalar::Real;

/// Sums side by side: two vector registers of the widest kind.
const LANES: usize = 32;
/// Elements that are summed in the type they are computed in before f64 takes over.
const TILE: usize = 1024;

/// How many numbers there are, their mean, and the sum of their squared distances from it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    pub count: f64,
    pub mean: f64,
    pub squares: f64,
}

impl Moments {
    /// Those of both sets together.
    #[inline(always)]
    #[must_use]
    pub fn join(self, other: Moments) -> Moments {
        let count = self.count + other.count;
        let (share, apart) = (other.count / count, other.mean - self.mean);
        Moments {
            count,
            mean: self.mean + apart * share,
            squares: self.squares + other.squares + apart * apart * self.count * share,
        }
    }

    /// The mean squared distance from the mean; 0 of no numbers.
    pub fn variance(self) -> f64 {
        if self.count == 0.0 { 0.0 } else { self.squares / self.count }
    }
}

/// Those of a slice.
#[inline(always)]
fn moments<E: Element, C: Compute + Real>(x: &[E]) -> Moments {
    let mut all = Moments::default();
    for tile in x.chunks(TILE) {
        let count = tile.len() as f64;
        let [total] = tile_sums::<E, C, 1>(tile, tile, |x, _| [x]);
        let mean = C::from_f64(total / count);
        let [rest, squares] = tile_sums::<E, C, 2>(tile, tile, |x, _| {
            let apart = x - mean;
            [apart, apart * apart]
        });
        let part = Moments { count, mean: mean.to_f64() + rest / count, squares: squares - rest * rest / count };
        all = if all.count == 0.0 { part } else { all.join(part) };
    }
    all
}

/// Σ f(a, b) of the pairs of two slices of one length.
#[inline(always)]
fn sums<E: Element, C: Compute + Real, const K: usize>(a: &[E], b: &[E], f: impl Fn(C, C) -> [C; K]) -> [f64; K] {
    let mut all = [0.0; K];
    for (a, b) in a.chunks(TILE).zip(b.chunks(TILE)) {
        let part = tile_sums(a, b, &f);
        all.iter_mut().zip(part).for_each(|(all, part)| *all += part);
    }
    all
}

#[inline(always)]
fn tile_sums<E: Element, C: Compute + Real, const K: usize>(a: &[E], b: &[E], f: impl Fn(C, C) -> [C; K]) -> [f64; K] {
    let mut lanes = [[C::default(); LANES]; K];
    let ((rows_a, rest_a), (rows_b, rest_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in rows_a.iter().zip(rows_b) {
        for i in 0..LANES {
            let terms = f(C::load(a[i]), C::load(b[i]));
            for k in 0..K {
                lanes[k][i] = lanes[k][i] + terms[k];
            }
        }
    }
    let mut rest = [[C::default(); EIGHT]; K];
    add_to_lanes(&mut rest, rest_a, rest_b, f);
    let mut sums = [0.0; K];
    for ((sum, lanes), rest) in sums.iter_mut().zip(lanes).zip(rest) {
        *sum = total(lanes) + total_of_eight(rest);
    }
    sums
}

/// A vector register's worth of sums.
const EIGHT: usize = 8;

/// Add f(a, b) of the pairs of two slices to the lanes.
#[inline(always)]
fn add_to_lanes<E: Element, C: Compute + Real, const K: usize>(
    lanes: &mut [[C; EIGHT]; K],
    a: &[E],
    b: &[E],
    f: impl Fn(C, C) -> [C; K],
) {
    let ((rows_a, rest_a), (rows_b, rest_b)) = (a.as_chunks::<EIGHT>(), b.as_chunks::<EIGHT>());
    let mut sums = *lanes;
    for (a, b) in rows_a.iter().zip(rows_b) {
        for i in 0..EIGHT {
            let terms = f(C::load(a[i]), C::load(b[i]));
            for k in 0..K {
                sums[k][i] = sums[k][i] + terms[k];
            }
        }
    }
    *lanes = sums;
    for (i, (&a, &b)) in rest_a.iter().zip(rest_b).enumerate() {
        let terms = f(C::load(a), C::load(b));
        for k in 0..K {
            lanes[k][i] = lanes[k][i] + terms[k];
        }
    }
}

#[inline(always)]
fn total_of_eight<C: Compute + Real>(x: [C; EIGHT]) -> f64 {
    (((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]))).to_f64()
}

/// The sum of the lanes, by halves.
#[inline(always)]
fn total<C: Compute + Real>(lanes: [C; LANES]) -> f64 {
    // A seam for the compiler: else it arranges the loop over the lanes by what the halving here would like.
    let mut lanes = std::hint::black_box(lanes);
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for i in 0..width {
            lanes[i] = lanes[i] + lanes[i + width];
        }
    }
    lanes[0].to_f64()
}

/// Weights in the type that is computed in; `otherwise` where there are none.
fn widened<C: Compute>(weights: Option<&[f64]>, size: usize, otherwise: f64) -> Vec<C> {
    match weights {
        Some(weights) => weights.iter().map(|&w| C::from_f64(w)).collect(),
        None => vec![C::from_f64(otherwise); size],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variance_far_from_zero() {
        for n in [1, 2, 5, 31, 32, 33, 1000, 1024, 5000] {
            let x: Vec<f32> = (0..n).map(|i| 4096.0 + (i % 7) as f32 / 8.0).collect();
            let mean = x.iter().map(|&x| f64::from(x)).sum::<f64>() / n as f64;
            let variance = x.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n as f64;
            let got = moments::<f32, f32>(&x);
            assert!((got.mean - mean).abs() < 1e-7 * mean, "{n}: {} is not {mean}", got.mean);
            assert!((got.variance() - variance).abs() <= 1e-6 * variance, "{n}: {} is not {variance}", got.variance());
        }
    }
}
