//! Copies between layouts of one dtype: elements move, nobody looks at their values, so only their size counts.

use smallvec::SmallVec;

use crate::buffer::Buffer;
use crate::dtype::{DType, Element};
use crate::layout::Layout;
use crate::vecmath::dispatch;
use crate::{parallel, with_size};

/// A transposition proceeds in tiles of `HIGH` rows of the destination, so that a row of the source is read in several cache
/// lines, which are neighbours, and `WIDE` columns, a cache line of the destination.
const HIGH: usize = 64;
const WIDE: usize = 16;

/// Side of the squares that are transposed in registers, and length of the pieces that are turned around there.
const SIDE: usize = 8;

/// A dimension of a copy: its size, and the strides of source and destination.
type Run = (usize, isize, isize);

/// Copy the elements of `src`, laid out as `from`, to `dst`, laid out as `to`. The shapes are equal; `to` does not overlap
/// itself.
///
/// # Panics
/// Where a layout reaches beyond its buffer: the floors above promise that it does not.
pub fn copy(src: &Buffer, from: &Layout, dst: &mut Buffer, to: &Layout, dtype: DType) {
    with_size!(dtype, T => {
        let (src, dst) = (src.as_slice::<T>(), dst.as_mut_slice::<T>());
        let n = to.numel();
        // A view without elements may begin anywhere.
        if n > 0 && n <= parallel::GRAIN && from.is_contiguous() && to.is_contiguous() {
            return dst[to.offset..to.offset + n].copy_from_slice(&src[from.offset..from.offset + n]);
        }
        copy_elements(src, from, dst, to, &[]);
    });
}

/// [`copy`], but the elements along those dimensions that are `flipped` come in reverse order.
///
/// # Panics
/// As [`copy`].
pub fn copy_flipped(src: &Buffer, from: &Layout, dst: &mut Buffer, to: &Layout, flipped: &[bool], dtype: DType) {
    with_size!(dtype, T => copy_elements(src.as_slice::<T>(), from, dst.as_mut_slice::<T>(), to, flipped));
}

fn copy_elements<T: Element>(src: &[T], from: &Layout, dst: &mut [T], to: &Layout, flipped: &[bool]) {
    debug_assert_eq!(from.shape, to.shape);
    if to.numel() == 0 {
        return;
    }
    assert!(from.end() <= src.len() && to.end() <= dst.len(), "{from:?} or {to:?} reaches beyond its buffer");
    let (first, runs) = joint_runs(from, to, flipped);
    // Addresses, because pointers may not be shared between threads.
    let source = src[first..].as_ptr() as usize;
    let target = dst[to.offset..].as_mut_ptr() as usize;
    let place =
        |(a, b): (isize, isize)| ((source as *const T).wrapping_offset(a), (target as *mut T).wrapping_offset(b));
    let (last, outer) = match runs.split_last() {
        Some((&last, outer)) => (last, outer),
        None => ((1, 1, 1), &[][..]),
    };
    let (len, a, b) = last;
    // The dimension along which the source is dense, where the destination is dense along another; not if the source has but
    // one element for all of that.
    let across = outer.iter().rposition(|&(_, s, _)| s == 1).filter(|_| b == 1 && a != 1 && a != 0);
    if let Some(across) = across {
        let (rows, _, row_step) = outer[across];
        let mut rest: SmallVec<[Run; 6]> = SmallVec::from_slice(outer);
        rest.remove(across);
        let bands = rows.div_ceil(HIGH);
        rest.push((bands, HIGH as isize, HIGH as isize * row_step));
        let count = rest.iter().map(|r| r.0).product();
        parallel::ranges(count, (parallel::GRAIN / (HIGH * len)).max(1), |range| {
            let mut walk = Walk::new(&rest, range.start);
            for i in range {
                let (s, d) = place(walk.at);
                let high = HIGH.min(rows - i % bands * HIGH);
                dispatch(
                    #[inline(always)]
                    // SAFETY: the layouts were checked against the buffers; each band belongs to one call.
                    || unsafe { transpose_band(s, a, d, row_step, high, len) },
                );
                walk.step();
            }
        });
        return;
    }
    let count = outer.iter().map(|r| r.0).product();
    // One long run is cut into pieces so that threads share it, too.
    if count == 1 {
        parallel::ranges(len, parallel::GRAIN, |range| {
            let start = range.start as isize;
            let (s, d) = place((start * a, start * b));
            dispatch(
                #[inline(always)]
                // SAFETY: as above; ranges are disjoint.
                || unsafe { copy_run(s, a, d, b, range.len()) },
            );
        });
        return;
    }
    parallel::ranges(count, (parallel::GRAIN / len).max(1), |range| {
        let mut walk = Walk::new(outer, range.start);
        dispatch(
            #[inline(always)]
            || {
                let mut left = range.len();
                while left > 0 {
                    let (count, a_step, b_step) = walk.row(left);
                    let (mut s, mut d) = place(walk.at);
                    for _ in 0..count {
                        // SAFETY: as above; each run of the destination is visited once.
                        unsafe { copy_run(s, a, d, b, len) };
                        (s, d) = (s.wrapping_offset(a_step), d.wrapping_offset(b_step));
                    }
                    walk.advance(count);
                    left -= count;
                }
            },
        );
    });
}

/// # Safety
/// `len` elements `a` apart from `s`, and as many `b` apart from `d`, are valid and don't overlap.
#[inline(always)]
unsafe fn copy_run<T: Element>(s: *const T, a: isize, d: *mut T, b: isize, len: usize) {
    // SAFETY: by contract.
    unsafe {
        match (a, b) {
            (1, 1) => d.copy_from_nonoverlapping(s, len),
            (0, 1) => std::slice::from_raw_parts_mut(d, len).fill(*s),
            (-1, 1) => {
                let source = std::slice::from_raw_parts(s.sub(len - 1), len);
                let target = std::slice::from_raw_parts_mut(d, len);
                let (rest, eights) = source.as_rchunks::<SIDE>();
                let (turned, last) = target.as_chunks_mut::<SIDE>();
                for (to, from) in turned.iter_mut().zip(eights.iter().rev()) {
                    *to = std::array::from_fn(|i| from[SIDE - 1 - i]);
                }
                for (to, &from) in last.iter_mut().zip(rest.iter().rev()) {
                    *to = from;
                }
            }
            _ => {
                for i in 0..len as isize {
                    *d.offset(i * b) = *s.offset(i * a);
                }
            }
        }
    }
}

/// `d[i·row_step + j] = s[i + j·col_step]` for `i < high`, `j < len`, tile by tile.
///
/// A whole tile goes through memory of its own on either side: where rows are a power of two apart, all of them compete for
/// the same few places of the cache, and so each line of source and destination is touched once and at once.
///
/// # Safety
/// All these places are valid and don't overlap.
#[inline(always)]
unsafe fn transpose_band<T: Element>(
    s: *const T,
    col_step: isize,
    d: *mut T,
    row_step: isize,
    high: usize,
    len: usize,
) {
    let (mut read, mut turned) = ([[T::default(); HIGH]; WIDE], [[T::default(); WIDE]; HIGH]);
    for left in (0..len).step_by(WIDE) {
        let wide = WIDE.min(len - left);
        // SAFETY: by contract; the tiles have these sizes.
        unsafe {
            let (s, d) = (s.offset(left as isize * col_step), d.add(left));
            if high < HIGH || wide < WIDE {
                transpose_tile(s, col_step, d, row_step, high, wide);
                continue;
            }
            for (j, row) in read.iter_mut().enumerate() {
                row.as_mut_ptr().copy_from_nonoverlapping(s.offset(j as isize * col_step), HIGH);
            }
            let (from, to) = (read.as_ptr().cast::<T>(), turned.as_mut_ptr().cast::<T>());
            transpose_tile(from, HIGH as isize, to, WIDE as isize, HIGH, WIDE);
            for (i, row) in turned.iter().enumerate() {
                d.offset(i as isize * row_step).copy_from_nonoverlapping(row.as_ptr(), WIDE);
            }
        }
    }
}

/// [`transpose_band`] of few columns, in squares and what remains beside them.
///
/// # Safety
/// As there.
#[inline(always)]
unsafe fn transpose_tile<T: Element>(
    s: *const T,
    col_step: isize,
    d: *mut T,
    row_step: isize,
    high: usize,
    wide: usize,
) {
    let (below, right) = (high / SIDE * SIDE, wide / SIDE * SIDE);
    let one = |i: usize, j: usize| {
        let (i, j) = (i as isize, j as isize);
        // SAFETY: by contract.
        unsafe { *d.offset(i * row_step + j) = *s.offset(i + j * col_step) };
    };
    for top in (0..below).step_by(SIDE) {
        for left in (0..right).step_by(SIDE) {
            let mut square = [[T::default(); SIDE]; SIDE];
            for (j, row) in square.iter_mut().enumerate() {
                // SAFETY: by contract.
                *row = unsafe { s.offset(top as isize + (left + j) as isize * col_step).cast::<[T; SIDE]>().read() };
            }
            let turned: [[T; SIDE]; SIDE] = std::array::from_fn(|i| std::array::from_fn(|j| square[j][i]));
            for (i, row) in turned.into_iter().enumerate() {
                // SAFETY: by contract.
                unsafe { d.offset((top + i) as isize * row_step).add(left).cast::<[T; SIDE]>().write(row) };
            }
        }
        (top..top + SIDE).for_each(|i| (right..wide).for_each(|j| one(i, j)));
    }
    (below..high).for_each(|i| (0..wide).for_each(|j| one(i, j)));
}

/// Where the first element is in the source, and the fewest dimensions that visit both layouts' elements in step, in the
/// memory order of `to`.
fn joint_runs(from: &Layout, to: &Layout, flipped: &[bool]) -> (usize, SmallVec<[Run; 6]>) {
    let mut runs: SmallVec<[Run; 6]> = SmallVec::new();
    let mut first = from.offset;
    for d in to.order() {
        let (n, mut a, b) = (to.shape[d], from.strides[d] as isize, to.strides[d] as isize);
        if n == 1 {
            continue;
        }
        if flipped.get(d) == Some(&true) {
            first += (n - 1) * from.strides[d];
            a = -a;
        }
        match runs.last_mut() {
            Some((m, s, t)) if *s == n as isize * a && *t == n as isize * b => (*m, *s, *t) = (*m * n, a, b),
            _ => runs.push((n, a, b)),
        }
    }
    (first, runs)
}

/// The offsets of both sides, moving through some dimensions in order.
struct Walk<'a> {
    runs: &'a [Run],
    index: SmallVec<[usize; 6]>,
    at: (isize, isize),
}

impl Walk<'_> {
    fn new(runs: &[Run], mut position: usize) -> Walk<'_> {
        let mut walk = Walk { runs, index: SmallVec::from_elem(0, runs.len()), at: (0, 0) };
        for (i, &(n, a, b)) in runs.iter().enumerate().rev() {
            walk.index[i] = position % n;
            walk.at = (walk.at.0 + walk.index[i] as isize * a, walk.at.1 + walk.index[i] as isize * b);
            position /= n;
        }
        walk
    }

    /// How many places are left of the innermost dimension, at most `want`, and how far apart they are on both sides.
    fn row(&self, want: usize) -> Run {
        match self.runs.last().zip(self.index.last()) {
            Some((&(n, a, b), i)) => (want.min(n - i), a, b),
            None => (1, 0, 0),
        }
    }

    fn step(&mut self) {
        self.advance(1);
    }

    /// So many places further, at most to the end of the innermost dimension.
    fn advance(&mut self, count: usize) {
        let mut steps = count;
        for (i, &(n, a, b)) in self.runs.iter().enumerate().rev() {
            self.index[i] += steps;
            self.at = (self.at.0 + steps as isize * a, self.at.1 + steps as isize * b);
            if self.index[i] < n {
                return;
            }
            steps = 1;
            self.index[i] = 0;
            self.at = (self.at.0 - n as isize * a, self.at.1 - n as isize * b);
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
                for flipped in [[false, false, true], [true, false, false], [true, true, true]] {
                    let flipped = &flipped[..from.rank()];
                    copy_flipped(&src, from, &mut dst, &to, flipped, DType::F32);
                    let out = dst.as_slice::<i32>();
                    let mirrored = |i: usize| {
                        let (mut left, mut at) = (i, from.offset);
                        for d in (0..from.rank()).rev() {
                            let (n, k) = (from.shape[d], left % from.shape[d]);
                            at += if flipped[d] { n - 1 - k } else { k } * from.strides[d];
                            left /= n;
                        }
                        at
                    };
                    assert!((0..to.numel()).all(|i| out[to.position(i)] == values[mirrored(i)]), "{from:?} to {to:?}");
                }
            }
        }
    }
}
