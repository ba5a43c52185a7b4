//! Copies between layouts of one dtype: elements move, nobody looks at their values, so only their size counts.

use smallvec::SmallVec;

use crate::buffer::Buffer;
use crate::dtype::{DType, Element};
use crate::layout::Layout;
use crate::{parallel, with_size};

/// Side of the square tiles in which a transposition proceeds: the rows of one tile, read against the grain, stay in the
/// first-level cache until all their elements are used.
const TILE: usize = 32;

/// A dimension of a copy: its size, and the strides of source and destination.
type Run = (usize, usize, usize);

/// Copy the elements of `src`, laid out as `from`, to `dst`, laid out as `to`. The shapes are equal; `to` does not overlap
/// itself.
///
/// # Panics
/// Where a layout reaches beyond its buffer: the floors above promise that it does not.
pub fn copy(src: &Buffer, from: &Layout, dst: &mut Buffer, to: &Layout, dtype: DType) {
    with_size!(dtype, T => copy_elements::<T>(src.as_slice(), from, dst.as_mut_slice(), to));
}

fn copy_elements<T: Element>(src: &[T], from: &Layout, dst: &mut [T], to: &Layout) {
    debug_assert_eq!(from.shape, to.shape);
    let n = to.numel();
    if n == 0 {
        return;
    }
    if n <= parallel::GRAIN && from.is_contiguous() && to.is_contiguous() {
        dst[to.offset..to.offset + n].copy_from_slice(&src[from.offset..from.offset + n]);
        return;
    }
    assert!(from.end() <= src.len() && to.end() <= dst.len(), "{from:?} or {to:?} reaches beyond its buffer");
    let runs = joint_runs(from, to);
    // Addresses, because pointers may not be shared between threads.
    let source = src[from.offset..].as_ptr() as usize;
    let target = dst[to.offset..].as_mut_ptr() as usize;
    let place = |(a, b): (usize, usize)| ((source as *const T).wrapping_add(a), (target as *mut T).wrapping_add(b));
    let (last, outer) = match runs.split_last() {
        Some((&last, outer)) => (last, outer),
        None => ((1, 1, 1), &[][..]),
    };
    let (len, a, b) = last;
    // The dimension along which the source is dense, where the destination is dense along another.
    let across = outer.iter().rposition(|&(_, s, _)| s == 1).filter(|_| b == 1 && a != 1);
    if let Some(across) = across {
        let (rows, _, row_step) = outer[across];
        let mut rest: SmallVec<[Run; 6]> = SmallVec::from_slice(outer);
        rest.remove(across);
        let bands = rows.div_ceil(TILE);
        rest.push((bands, TILE, TILE * row_step));
        let count = rest.iter().map(|r| r.0).product();
        parallel::ranges(count, (parallel::GRAIN / (TILE * len)).max(1), |range| {
            let mut walk = Walk::new(&rest, range.start);
            for i in range {
                let (s, d) = place(walk.at);
                let height = TILE.min(rows - i % bands * TILE);
                // SAFETY: the layouts were checked against the buffers; each band of the destination belongs to one call.
                unsafe { transpose_band(s, a, d, row_step, height, len) };
                walk.step();
            }
        });
        return;
    }
    let count = outer.iter().map(|r| r.0).product();
    // One long run is cut into pieces so that threads share it, too.
    if count == 1 {
        parallel::ranges(len, parallel::GRAIN, |range| {
            let (s, d) = place((range.start * a, range.start * b));
            // SAFETY: as above; ranges are disjoint.
            unsafe { copy_run(s, a, d, b, range.len()) };
        });
        return;
    }
    parallel::ranges(count, (parallel::GRAIN / len).max(1), |range| {
        let mut walk = Walk::new(outer, range.start);
        for _ in range {
            let (s, d) = place(walk.at);
            // SAFETY: as above; each run of the destination is visited once.
            unsafe { copy_run(s, a, d, b, len) };
            walk.step();
        }
    });
}

/// # Safety
/// `len` elements `a` apart from `s`, and as many `b` apart from `d`, are valid and don't overlap.
#[inline(always)]
unsafe fn copy_run<T: Element>(s: *const T, a: usize, d: *mut T, b: usize, len: usize) {
    // SAFETY: by contract.
    unsafe {
        match (a, b) {
            (1, 1) => d.copy_from_nonoverlapping(s, len),
            (0, 1) => std::slice::from_raw_parts_mut(d, len).fill(*s),
            _ => {
                for i in 0..len {
                    *d.add(i * b) = *s.add(i * a);
                }
            }
        }
    }
}

/// `d[i·row_step + j] = s[i + j·col_step]` for `i < height`, `j < len`, tile by tile.
///
/// # Safety
/// All these places are valid and don't overlap.
unsafe fn transpose_band<T: Element>(
    s: *const T,
    col_step: usize,
    d: *mut T,
    row_step: usize,
    height: usize,
    len: usize,
) {
    for left in (0..len).step_by(TILE) {
        let right = len.min(left + TILE);
        for i in 0..height {
            for j in left..right {
                // SAFETY: by contract.
                unsafe { *d.add(i * row_step + j) = *s.add(i + j * col_step) };
            }
        }
    }
}

/// The fewest dimensions that visit both layouts' elements in step, in the memory order of `to`.
fn joint_runs(from: &Layout, to: &Layout) -> SmallVec<[Run; 6]> {
    let mut runs: SmallVec<[Run; 6]> = SmallVec::new();
    for d in to.order() {
        let (n, a, b) = (to.shape[d], from.strides[d], to.strides[d]);
        if n == 1 {
            continue;
        }
        match runs.last_mut() {
            Some((m, s, t)) if *s == n * a && *t == n * b => (*m, *s, *t) = (*m * n, a, b),
            _ => runs.push((n, a, b)),
        }
    }
    runs
}

/// The offsets of both sides, moving through some dimensions in order.
struct Walk<'a> {
    runs: &'a [Run],
    index: SmallVec<[usize; 6]>,
    at: (usize, usize),
}

impl Walk<'_> {
    fn new(runs: &[Run], mut position: usize) -> Walk<'_> {
        let mut walk = Walk { runs, index: SmallVec::from_elem(0, runs.len()), at: (0, 0) };
        for (i, &(n, a, b)) in runs.iter().enumerate().rev() {
            walk.index[i] = position % n;
            walk.at = (walk.at.0 + walk.index[i] * a, walk.at.1 + walk.index[i] * b);
            position /= n;
        }
        walk
    }

    fn step(&mut self) {
        for (i, &(n, a, b)) in self.runs.iter().enumerate().rev() {
            self.index[i] += 1;
            self.at = (self.at.0 + a, self.at.1 + b);
            if self.index[i] < n {
                return;
            }
            self.index[i] = 0;
            self.at = (self.at.0 - n * a, self.at.1 - n * b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_between_all_sorts_of_layouts() {
        let (a, b, c) = (37, 70, 45);
        let values: Vec<i32> = (0..(a * b * c) as i32).collect();
        let src = Buffer::from_slice(&values).unwrap();
        let base = Layout::dense(&[a, b, c]);
        let row = Layout::dense(&[c]).broadcast_to(&[a, b, c]).unwrap();
        let sources = [
            base.clone(),
            base.transpose(0, 2),
            base.transpose(1, 2),
            base.permute(&[1, 2, 0]),
            base.slice(1, 3, 20, 3),
            base.transpose(0, 1).slice(2, 1, 40, 1),
            base.select(0, 3).transpose(0, 1),
            row,
            base.slice(0, 1, 0, 1),
        ];
        for from in &sources {
            let order: Vec<usize> = (0..from.rank()).rev().collect();
            let backwards = Layout::dense(&from.permute(&order).shape).permute(&order);
            for to in [Layout::dense(&from.shape), backwards] {
                let mut dst = Buffer::zeroed(to.end().max(1) * 4).unwrap();
                copy(&src, from, &mut dst, &to, DType::F32);
                let out = dst.as_slice::<i32>();
                assert!((0..to.numel()).all(|i| out[to.position(i)] == values[from.position(i)]), "{from:?} to {to:?}");
            }
        }
    }
}
