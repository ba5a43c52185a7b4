//! The largest or smallest element, and where it is.

use super::{LANES, Reduction, Rows, dtype_of, in_lanes, is_nan, larger, reduce, smaller};
use crate::dtype::{Compute, DType};
use crate::stream::{Dst, Src};

/// The largest (or smallest) element and where it is first met; NaN counts as larger and as smaller than all numbers.
struct Extreme<const LARGEST: bool>;

impl<const LARGEST: bool> Extreme<LARGEST> {
    #[inline(always)]
    fn beats<T: Copy + PartialOrd>(&self, a: T, b: T) -> bool {
        (is_nan(a) & !is_nan(b)) | if LARGEST { a > b } else { a < b }
    }
}

/// Where `value` is first met, which may be NaN.
#[inline(always)]
fn place<T: Compute>(tile: &[T], value: T) -> usize {
    if is_nan(value) {
        return tile.iter().position(|&x| is_nan(x)).unwrap_or(0);
    }
    // In which chunk first: that needs no branch per element.
    let (chunks, rest) = tile.as_chunks::<32>();
    for (i, chunk) in chunks.iter().enumerate() {
        let mut hits = [0u32; 8];
        for eight in chunk.as_chunks::<8>().0 {
            for (hit, &x) in hits.iter_mut().zip(eight) {
                *hit |= u32::from(x == value);
            }
        }
        if hits.iter().fold(0, |a, b| a | b) != 0 {
            return i * 32 + chunk.iter().position(|&x| x == value).unwrap_or(0);
        }
    }
    tile.len() - rest.len() + rest.iter().position(|&x| x == value).unwrap_or(0)
}

impl<T: Compute + PartialOrd, const LARGEST: bool> Reduction<T> for Extreme<LARGEST> {
    type State = (T, i64);
    type Second = i64;

    #[inline(always)]
    fn start(&self) -> (T, i64) {
        (T::default(), -1)
    }
    #[inline(always)]
    fn row(&self, state: &mut (T, i64), tile: &[T], at: usize) {
        // Which value first, in lanes; then where, which a comparison finds.
        let Some(&start) = tile.first() else { return };
        let best = in_lanes(start, tile, |x| x, if LARGEST { larger } else { smaller });
        if state.1 < 0 || self.beats(best, state.0) {
            *state = (best, (at + place(tile, best)) as i64);
        }
    }
    #[inline(always)]
    fn columns(&self, states: &mut [(T, i64)], rows: Rows<T>, at: usize) {
        let (chunks, rest) = states.as_chunks_mut::<LANES>();
        for (c, chunk) in chunks.iter_mut().enumerate() {
            // The best of these rows first: that needs no branch.
            let (mut best, mut place) = ([T::default(); LANES], [0u32; LANES]);
            best.copy_from_slice(rows.part::<LANES>(0, c));
            for i in 1..rows.count {
                for ((best, place), &x) in best.iter_mut().zip(&mut place).zip(rows.part::<LANES>(i, c)) {
                    let ahead = self.beats(x, *best);
                    (*best, *place) = (if ahead { x } else { *best }, if ahead { i as u32 } else { *place });
                }
            }
            for ((state, best), place) in chunk.iter_mut().zip(best).zip(place) {
                *state = self.merge(*state, (best, at as i64 + i64::from(place)));
            }
        }
        let done = rows.len - rest.len();
        for i in 0..rows.count {
            for (state, &x) in rest.iter_mut().zip(&rows.row(i)[done..]) {
                *state = self.merge(*state, (x, (at + i) as i64));
            }
        }
    }
    #[inline(always)]
    fn merge(&self, a: (T, i64), b: (T, i64)) -> (T, i64) {
        if a.1 < 0 || (b.1 >= 0 && self.beats(b.0, a.0)) { b } else { a }
    }
    #[inline(always)]
    fn finish(&self, state: (T, i64), _: usize) -> (T, i64) {
        state
    }
}

/// The largest (or smallest) elements and their first positions, counted over the reduced elements in the order of the
/// dimensions; for several reduced dimensions the source must be contiguous. There must be at least one element.
pub fn extreme(largest: bool, src: Src, values: Option<Dst>, indices: Dst) {
    crate::with_compute!(dtype_of(&src, DType::F32), T => match largest {
        true => reduce::<T, _>(&Extreme::<true>, src, values, Some(indices)),
        false => reduce::<T, _>(&Extreme::<false>, src, values, Some(indices)),
    });
}
