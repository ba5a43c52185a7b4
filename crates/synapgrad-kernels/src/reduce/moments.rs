//! Mean and variance.

use super::{Reduction, Rows, compute_of, dtype_of, in_lanes, in_lanes_mapped, reduce};
use crate::dtype::{Compute, ComputeType};
use crate::scalar::Real;
use crate::stream::{Dst, Src};

/// The variance, by Welford's update and Chan's way of joining two sets: the mean is subtracted before squaring.
struct Moments {
    correction: f64,
    root: bool,
}

/// How many, their mean, and the sum of squared distances from it.
#[derive(Clone, Copy)]
struct Spread {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    #[inline(always)]
    fn join(a: Spread, b: Spread) -> Spread {
        if a.n == 0.0 {
            return b;
        }
        let (n, apart) = (a.n + b.n, b.mean - a.mean);
        let squares = a.squares + b.squares + apart * apart * (a.n * b.n / n);
        Spread { n, mean: a.mean + apart * (b.n / n), squares }
    }
}

impl<T: Compute + Real> Reduction<T> for Moments {
    type State = Spread;
    type Second = T;

    fn start(&self) -> Spread {
        Spread { n: 0.0, mean: 0.0, squares: 0.0 }
    }
    #[inline(always)]
    fn row(&self, state: &mut Spread, tile: &[T], _: usize) {
        if tile.is_empty() {
            return;
        }
        let n = tile.len() as f64;
        let about = in_lanes(T::default(), tile, |x| x, |a, b| a + b) / T::lit(n);
        // `about` is rounded; what is left of the mean is corrected for.
        let rest = in_lanes_mapped(tile, |x| x - about).to_f64() / n;
        let squares = in_lanes_mapped(tile, |x| (x - about) * (x - about)).to_f64() - rest * rest * n;
        *state = Spread::join(*state, Spread { n, mean: about.to_f64() + rest, squares: squares.max(0.0) });
    }
    #[inline(always)]
    fn columns(&self, states: &mut [Spread], rows: Rows<T>, _: usize) {
        for i in 0..rows.count {
            let n = states.first().map_or(1.0, |s| s.n + 1.0);
            let share = 1.0 / n;
            for (state, &x) in states.iter_mut().zip(rows.row(i)) {
                let x = x.to_f64();
                let apart = x - state.mean;
                let mean = state.mean + apart * share;
                *state = Spread { n, mean, squares: state.squares + apart * (x - mean) };
            }
        }
    }
    fn merge(&self, a: Spread, b: Spread) -> Spread {
        Spread::join(a, b)
    }
    fn finish(&self, state: Spread, count: usize) -> (T, T) {
        let variance = state.squares / (count as f64 - self.correction).max(0.0);
        let mean = if count == 0 { f64::NAN } else { state.mean };
        (T::from_f64(if self.root { variance.sqrt() } else { variance }), T::from_f64(mean))
    }
}

/// Σ (x − mean)²/(n − correction), or its root, and the mean.
pub fn moments(correction: f64, root: bool, src: Src, spread: Dst, mean: Option<Dst>) {
    let kind = Moments { correction, root };
    match compute_of(dtype_of(&src, spread.dtype), spread.dtype) {
        ComputeType::F64 => reduce::<f64, _>(&kind, src, Some(spread), mean),
        _ => reduce::<f32, _>(&kind, src, Some(spread), mean),
    }
}
