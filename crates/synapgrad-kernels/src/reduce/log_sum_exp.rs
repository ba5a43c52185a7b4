//! The logarithm of a sum of powers of e.

use super::{Reduction, Rows, compute_of, dtype_of, in_lanes, in_lanes_mapped, reduce};
use crate::dtype::{Compute, ComputeType};
use crate::scalar::Real;
use crate::stream::{Dst, Src};

/// ln Σ eˣ, as the largest element plus the logarithm of what is left, so that nothing overflows.
struct LogSumExp;

/// The largest element, where it is finite, and the sum of e to the distances from it.
#[derive(Clone, Copy)]
struct Scaled {
    largest: f64,
    sum: f64,
}

impl Scaled {
    #[inline(always)]
    fn join(a: Scaled, b: Scaled) -> Scaled {
        let largest = if a.largest > b.largest { a.largest } else { b.largest };
        // Infinities and NaN cannot be subtracted; e to them says what they do.
        let pivot = |x: f64| if x.is_finite() { x } else { 0.0 };
        let scaled = |s: Scaled| {
            if s.sum == 0.0 { 0.0 } else { s.sum * crate::vecmath::f64::exp(pivot(s.largest) - pivot(largest)) }
        };
        Scaled { largest, sum: scaled(a) + scaled(b) }
    }
}

impl<T: Compute + Real + PartialOrd> Reduction<T> for LogSumExp {
    type State = Scaled;
    type Second = T;

    fn start(&self) -> Scaled {
        Scaled { largest: f64::NEG_INFINITY, sum: 0.0 }
    }
    #[inline(always)]
    fn row(&self, state: &mut Scaled, tile: &[T], _: usize) {
        let Some(&start) = tile.first() else { return };
        let largest = in_lanes(start, tile, |x| x, |a, b| if a > b { a } else { b });
        let pivot = if largest.to_f64().is_finite() { largest } else { T::default() };
        let sum = in_lanes_mapped(tile, |x| (x - pivot).exp()).to_f64();
        *state = Scaled::join(*state, Scaled { largest: largest.to_f64(), sum });
    }
    #[inline(always)]
    fn columns(&self, states: &mut [Scaled], rows: Rows<T>, _: usize) {
        const WIDE: usize = 16;
        for (c, states) in states.chunks_mut(WIDE).enumerate() {
            let part = |i: usize| &rows.row(i)[c * WIDE..][..states.len()];
            let mut largest = [T::default(); WIDE];
            largest[..states.len()].copy_from_slice(part(0));
            for i in 1..rows.count {
                for (m, &x) in largest.iter_mut().zip(part(i)) {
                    *m = if *m > x { *m } else { x };
                }
            }
            let pivot = largest.map(|m| if m.to_f64().is_finite() { m } else { T::default() });
            let mut sums = [T::default(); WIDE];
            for i in 0..rows.count {
                for ((sum, &x), &pivot) in sums.iter_mut().zip(part(i)).zip(&pivot) {
                    *sum = *sum + (x - pivot).exp();
                }
            }
            for ((state, m), sum) in states.iter_mut().zip(largest).zip(sums) {
                *state = Scaled::join(*state, Scaled { largest: m.to_f64(), sum: sum.to_f64() });
            }
        }
    }
    fn merge(&self, a: Scaled, b: Scaled) -> Scaled {
        Scaled::join(a, b)
    }
    fn finish(&self, state: Scaled, _: usize) -> (T, T) {
        let pivot = if state.largest.is_finite() { state.largest } else { 0.0 };
        (T::from_f64(state.sum.ln() + pivot), T::default())
    }
}

/// ln Σ eˣ
pub fn log_sum_exp(src: Src, out: Dst) {
    match compute_of(dtype_of(&src, out.dtype), out.dtype) {
        ComputeType::F64 => reduce::<f64, _>(&LogSumExp, src, Some(out), None),
        _ => reduce::<f32, _>(&LogSumExp, src, Some(out), None),
    }
}
