//! The largest or smallest element, and where it is.

use super::{Reduction, Rows, dtype_of, in_lanes, reduce};
use crate::dtype::{Compute, DType};
use crate::stream::{Dst, Src};

/// The largest (or smallest) element and where it is first met; NaN counts as larger and as smaller than all numbers.
struct Extreme {
    largest: bool,
}

impl Extreme {
    #[inline(always)]
    fn beats<T: PartialOrd>(&self, a: T, b: T) -> bool {
        let nan = |x: &T| x.partial_cmp(x).is_none();
        nan(&a) && !nan(&b) || if self.largest { a > b } else { a < b }
    }
}

impl<T: Compute + PartialOrd> Reduction<T> for Extreme {
    type State = (T, i64);
    type Second = i64;

    fn start(&self) -> (T, i64) {
        (T::default(), -1)
    }
    #[inline(always)]
    fn row(&self, state: &mut (T, i64), tile: &[T], at: usize) {
        // Which value first, in lanes; then where, which a comparison finds.
        let Some(&start) = tile.first() else { return };
        let best = in_lanes(start, tile, |x| x, |a, b| if self.beats(b, a) { b } else { a });
        if state.1 < 0 || self.beats(best, state.0) {
            let same = |x: &T| *x == best || (x.partial_cmp(x).is_none() && best.partial_cmp(&best).is_none());
            *state = (best, (at + tile.iter().position(same).unwrap_or(0)) as i64);
        }
    }
    #[inline(always)]
    fn columns(&self, states: &mut [(T, i64)], rows: Rows<T>, at: usize) {
        for i in 0..rows.count {
            for (state, &x) in states.iter_mut().zip(rows.row(i)) {
                if state.1 < 0 || self.beats(x, state.0) {
                    *state = (x, (at + i) as i64);
                }
            }
        }
    }
    fn merge(&self, a: (T, i64), b: (T, i64)) -> (T, i64) {
        if a.1 < 0 || (b.1 >= 0 && self.beats(b.0, a.0)) { b } else { a }
    }
    fn finish(&self, state: (T, i64), _: usize) -> (T, i64) {
        state
    }
}

/// The largest (or smallest) elements and their first positions, counted over the reduced elements in the order of the
/// dimensions; for several reduced dimensions the source must be contiguous. There must be at least one element.
pub fn extreme(largest: bool, src: Src, values: Option<Dst>, indices: Dst) {
    let kind = Extreme { largest };
    crate::with_compute!(dtype_of(&src, DType::F32), T => reduce::<T, _>(&kind, src, values, Some(indices)));
}
