//! Reading and writing elements at places computed from indices.
//!
//! An index along one dimension is read as it stands ([`Along`]); every other way of indexing comes down to a list of
//! [`Places`]. Each index is checked before anything is written, so a bad one leaves all as it was.

use std::ops::Range;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use smallvec::SmallVec;

use crate::buffer::Buffer;
use crate::dtype::{Bool, Compute, DType, Element};
use crate::layout::Layout;
use crate::vecmath::dispatch;
use crate::{bf16, f16, parallel, with_size};

/// An index that is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfBounds(pub i64);

/// Rows of elements in a buffer. Row number `o·k + i` of `k` positions starts at `outer`'s `o`-th element plus
/// `positions[i]`; its elements lie as `inner` says.
pub struct Places {
    /// Holds the offset of all.
    pub outer: Layout,
    pub positions: Vec<usize>,
    /// Its offset is 0.
    pub inner: Layout,
}

impl Places {
    /// How many elements there are in all.
    pub fn numel(&self) -> usize {
        self.outer.numel() * self.positions.len() * self.inner.numel()
    }
}

/// Add `stride` times each index to its position; with `wrap`, negative ones count from the end.
///
/// # Errors
/// The first index that is not below `size`.
pub fn locate(
    index: &[i64],
    size: usize,
    stride: usize,
    wrap: bool,
    positions: &mut [usize],
) -> Result<(), OutOfBounds> {
    let n = size as i64;
    for (position, &i) in positions.iter_mut().zip(index) {
        let at = if wrap && i < 0 { i.wrapping_add(n) } else { i };
        if at < 0 || at >= n {
            return Err(OutOfBounds(i));
        }
        *position += at as usize * stride;
    }
    Ok(())
}

/// The elements `x[i₀, …, index[i₀, …], …]` of an array: the index replaces the coordinate along one dimension, and the others
/// run over the shape of the index.
pub struct Along<'a> {
    /// Dense.
    index: &'a [i64],
    /// Dimensions of the index, merged where possible: sizes, and steps in the array, 0 along the dimension.
    runs: SmallVec<[(usize, usize); 6]>,
    /// Of the array along the dimension.
    size: usize,
    stride: usize,
    offset: usize,
}

impl<'a> Along<'a> {
    /// The array lies as `layout` says; `shape`, that of the index, is no larger but along `dim`.
    ///
    /// # Panics
    /// Where it is: the floors above promise that it is not.
    pub fn new(index: &'a [i64], shape: &[usize], layout: &Layout, dim: usize) -> Along<'a> {
        assert!(index.len() == shape.iter().product(), "{} indices for {shape:?}", index.len());
        let fits = shape.len() == layout.rank() && (0..shape.len()).all(|d| d == dim || shape[d] <= layout.shape[d]);
        assert!(fits || index.is_empty(), "an index of {shape:?} for {layout:?}");
        let mut runs: SmallVec<[(usize, usize); 6]> = SmallVec::new();
        for (d, &n) in shape.iter().enumerate().filter(|(_, n)| **n != 1) {
            let step = if d == dim { 0 } else { layout.strides[d] };
            match runs.last_mut() {
                Some((m, s)) if *s == n * step => (*m, *s) = (*m * n, step),
                _ => runs.push((n, step)),
            }
        }
        let (size, stride) = if index.is_empty() { (0, 0) } else { (layout.shape[dim], layout.strides[dim]) };
        Along { index, runs, size, stride, offset: layout.offset }
    }

    /// # Errors
    /// The first index that is not below the size of the dimension.
    pub fn check(&self) -> Result<(), OutOfBounds> {
        let bad = AtomicBool::new(false);
        parallel::ranges(self.index.len(), parallel::GRAIN, |range| {
            if !self.holds(&self.index[range]) {
                bad.store(true, Relaxed);
            }
        });
        if bad.into_inner() { self.first_bad() } else { Ok(()) }
    }

    fn first_bad(&self) -> Result<(), OutOfBounds> {
        self.index.iter().find(|&&i| i as u64 >= self.size as u64).map_or(Ok(()), |&i| Err(OutOfBounds(i)))
    }

    /// Whether all these indices are below the size of the dimension.
    fn holds(&self, index: &[i64]) -> bool {
        let size = self.size as u64;
        dispatch(
            #[inline(always)]
            || index.iter().fold(true, |all, &i| all & ((i as u64) < size)),
        )
    }

    /// Call `work` with pieces of rows of the index: where in the index the piece is, where in the array its first element
    /// would be for the index 0, and how far apart its elements would be.
    fn pieces(&self, range: Range<usize>, mut work: impl FnMut(Range<usize>, usize, usize)) {
        /// Indices that stay in the first-level cache.
        const PIECE: usize = 1024;
        let (outer, (row, step)) = match self.runs.split_last() {
            Some((&last, outer)) => (outer, last),
            None => (&[][..], (1, 0)),
        };
        let mut at = range.start;
        while at < range.end {
            let (mut left, column) = (at / row, at % row);
            let mut start = self.offset + column * step;
            for &(n, stride) in outer.iter().rev() {
                start += left % n * stride;
                left /= n;
            }
            let len = PIECE.min(row - column).min(range.end - at);
            work(at..at + len, start, step);
            at += len;
        }
    }
}

/// Copy the elements named by an index to `out`, densely.
///
/// # Errors
/// The first index that is out of bounds.
pub fn read_along(src: &Buffer, along: &Along, out: &mut Buffer, dtype: DType) -> Result<(), OutOfBounds> {
    with_size!(dtype, T => {
        read_along_elements::<T>(src.as_slice(), along, &mut out.as_mut_slice()[..along.index.len()])
    })
}

fn read_along_elements<T: Element>(src: &[T], along: &Along, out: &mut [T]) -> Result<(), OutOfBounds> {
    let bad = AtomicBool::new(false);
    parallel::slabs(out, parallel::GRAIN, |i, out| {
        let from = i * parallel::GRAIN;
        along.pieces(from..from + out.len(), |piece, start, step| {
            let index = &along.index[piece.clone()];
            if !along.holds(index) {
                return bad.store(true, Relaxed);
            }
            let out = &mut out[piece.start - from..][..piece.len()];
            if (step, along.stride) == (0, 1) {
                let row = &src[start..start + along.size];
                for (out, &i) in out.iter_mut().zip(index) {
                    *out = row[i as usize];
                }
                return;
            }
            for (j, (out, &i)) in out.iter_mut().zip(index).enumerate() {
                *out = src[start + j * step + i as usize * along.stride];
            }
        });
    });
    if bad.into_inner() { along.first_bad() } else { Ok(()) }
}

/// The memory position of every element, in row-major order.
pub fn offsets(layout: &Layout) -> Vec<usize> {
    let mut positions = Vec::with_capacity(layout.numel());
    if layout.numel() > 0 {
        positions.push(layout.offset);
        // Each dimension, from the first, repeats what is there once per step.
        for (&size, &stride) in layout.shape.iter().zip(&layout.strides) {
            if size > 1 {
                positions = positions.iter().flat_map(|&at| (0..size).map(move |i| at + i * stride)).collect();
            }
        }
    }
    positions
}

/// The smallest and the largest of some numbers.
pub fn extent(numbers: &[i64]) -> Option<(i64, i64)> {
    if numbers.is_empty() {
        return None;
    }
    Some(dispatch(
        #[inline(always)]
        || numbers.iter().fold((i64::MAX, i64::MIN), |(least, most), &i| (least.min(i), most.max(i))),
    ))
}

/// Count how often each number occurs; all are below the number of counts.
pub fn tally(numbers: &[i64], counts: &mut [i64]) {
    /// Equal neighbours would wait for each other's count, so there are several tables where they are small.
    const TABLES: usize = 4;
    let n = counts.len();
    if n > 1 << 10 || numbers.len() < TABLES * n {
        return numbers.iter().for_each(|&i| counts[i as usize] += 1);
    }
    let mut tables = vec![0i64; TABLES * n];
    let (few, rest) = numbers.as_chunks::<TABLES>();
    for several in few {
        for (table, &i) in tables.chunks_exact_mut(n).zip(several) {
            table[i as usize] += 1;
        }
    }
    rest.iter().for_each(|&i| tables[i as usize] += 1);
    for table in tables.chunks_exact(n) {
        counts.iter_mut().zip(table).for_each(|(count, &more)| *count += more);
    }
}

/// Copy the elements at `places` to `out`, densely.
pub fn read(src: &Buffer, places: &Places, out: &mut Buffer, dtype: DType) {
    with_size!(dtype, T => read_elements::<T>(src.as_slice(), places, &mut out.as_mut_slice()[..places.numel()]));
}

fn read_elements<T: Element>(src: &[T], places: &Places, out: &mut [T]) {
    let Rows { starts, inner, dense } = Rows::new(places);
    let (k, len) = (places.positions.len(), inner.len());
    if out.is_empty() {
        return;
    }
    let rows = |first: usize, mut out: &mut [T]| {
        let (mut o, mut from) = (first / k, first % k);
        while !out.is_empty() {
            let positions = &places.positions[from..k.min(from + out.len() / len)];
            let (now, later) = out.split_at_mut(positions.len() * len);
            let src = &src[starts[o]..];
            if len == 1 {
                now.iter_mut().zip(positions).for_each(|(out, &at)| *out = src[at]);
            } else if dense {
                now.chunks_exact_mut(len).zip(positions).for_each(|(row, &at)| row.copy_from_slice(&src[at..at + len]));
            } else {
                for (row, &at) in now.chunks_exact_mut(len).zip(positions) {
                    row.iter_mut().zip(&inner).for_each(|(out, &i)| *out = src[at + i]);
                }
            }
            (o, from, out) = (o + 1, 0, later);
        }
    };
    // Rows are copied as fast as memory allows: a thread has to get many to be worth its while.
    let grain = if dense && len > 1 { 8 * parallel::GRAIN } else { parallel::GRAIN };
    let per_task = (grain / len).max(1);
    parallel::slabs(out, per_task * len, |i, chunk| rows(i * per_task, chunk));
}

/// What becomes of the old element where a new one is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    Replace,
    Add,
    Multiply,
    Max,
    Min,
}

/// Where [`write`] writes.
pub enum Target<'a> {
    Places(&'a Places),
    /// The indices have passed [`Along::check`].
    Along(&'a Along<'a>),
}

impl Target<'_> {
    fn is_empty(&self) -> bool {
        match self {
            Target::Places(places) => places.numel() == 0,
            Target::Along(along) => along.index.is_empty(),
        }
    }
}

/// Write `values`, dense in the order of the target's elements, or a single one for all, from element `at` on. Where places
/// coincide they are written in order. Elements in `dst` and `values` are of type `dtype`.
pub fn write(dst: &mut Buffer, target: Target, values: &Buffer, at: usize, single: bool, how: Combine, dtype: DType) {
    if target.is_empty() {
        return;
    }
    if how == Combine::Replace {
        return with_size!(dtype, T => {
            put::<T>(dst.as_mut_slice(), &target, &values.as_slice()[at..], single, #[inline(always)] |old, new| *old = new);
        });
    }
    macro_rules! combine {
        ($($dtype:ident = $t:ty as $c:ty),*) => {
            match dtype {
                $(DType::$dtype => {
                    let (dst, values) = (dst.as_mut_slice::<$t>(), &values.as_slice::<$t>()[at..]);
                    match how {
                        Combine::Add => put(dst, &target, values, single, with::<$t, $c>(Arithmetic::plus)),
                        Combine::Multiply => put(dst, &target, values, single, with::<$t, $c>(Arithmetic::times)),
                        Combine::Max => put(dst, &target, values, single, with::<$t, $c>(Arithmetic::larger)),
                        Combine::Min => put(dst, &target, values, single, with::<$t, $c>(Arithmetic::smaller)),
                        Combine::Replace => {}
                    }
                })*
            }
        };
    }
    combine! {
        F32 = f32 as f32, F64 = f64 as f64, F16 = f16 as f32, BF16 = bf16 as f32, I64 = i64 as i64, I32 = i32 as i64,
        I16 = i16 as i64, I8 = i8 as i64, U8 = u8 as i64, Bool = Bool as i64
    }
}

#[inline(always)]
fn with<T: Element, C: Arithmetic>(f: impl Fn(C, C) -> C + Copy) -> impl Fn(&mut T, T) + Copy {
    #[inline(always)]
    move |old, new| *old = f(C::load(*old), C::load(new)).store()
}

#[inline(always)]
fn put<T: Element>(dst: &mut [T], target: &Target, values: &[T], single: bool, set: impl Fn(&mut T, T) + Copy) {
    match target {
        Target::Places(places) => put_at(dst, places, values, single, set),
        Target::Along(along) => put_along(dst, along, values, single, set),
    }
}

fn put_along<T: Element>(dst: &mut [T], along: &Along, values: &[T], single: bool, set: impl Fn(&mut T, T) + Copy) {
    assert!(single || values.len() >= along.index.len(), "{} values for {}", values.len(), along.index.len());
    parallel::stretches(along.index.len(), parallel::GRAIN, |range| {
        along.pieces(range, |piece, start, step| {
            let index = &along.index[piece.clone()];
            let place = |j: usize, i: i64| start + j * step + i as usize * along.stride;
            if single {
                for (j, &i) in index.iter().enumerate() {
                    set(&mut dst[place(j, i)], values[0]);
                }
            } else if (step, along.stride) == (0, 1) {
                let row = &mut dst[start..start + along.size];
                for (&i, &value) in index.iter().zip(&values[piece]) {
                    set(&mut row[i as usize], value);
                }
            } else {
                for (j, (&i, &value)) in index.iter().zip(&values[piece]).enumerate() {
                    set(&mut dst[place(j, i)], value);
                }
            }
        });
    });
}

fn put_at<T: Element>(dst: &mut [T], places: &Places, values: &[T], single: bool, set: impl Fn(&mut T, T) + Copy) {
    let Rows { starts, inner, dense } = Rows::new(places);
    let (len, positions) = (inner.len(), &places.positions[..]);
    for (o, &start) in starts.iter().enumerate() {
        let dst = &mut dst[start..];
        if single {
            for &at in positions {
                inner.iter().for_each(|&i| set(&mut dst[at + i], values[0]));
            }
            continue;
        }
        let values = &values[o * positions.len() * len..][..positions.len() * len];
        if len == 1 {
            positions.iter().zip(values).for_each(|(&at, &new)| set(&mut dst[at], new));
            continue;
        }
        let rows = positions.iter().zip(values.chunks_exact(len));
        if dense {
            let mut rows = rows;
            dispatch(
                #[inline(always)]
                || {
                    for (&at, row) in rows.by_ref() {
                        for (old, &new) in dst[at..at + len].iter_mut().zip(row) {
                            set(old, new);
                        }
                    }
                },
            );
        } else {
            for (&at, row) in rows {
                for (&i, &new) in inner.iter().zip(row) {
                    set(&mut dst[at + i], new);
                }
            }
        }
    }
}

/// [`Places`] as lists of offsets.
struct Rows {
    starts: Vec<usize>,
    inner: Vec<usize>,
    /// Whether the elements of a row are one slice.
    dense: bool,
}

impl Rows {
    fn new(places: &Places) -> Rows {
        Rows { starts: offsets(&places.outer), inner: offsets(&places.inner), dense: places.inner.is_contiguous() }
    }
}

/// Sums and extrema, each in one type: integers wrap, NaN wins.
trait Arithmetic: Compute {
    fn plus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn larger(self, other: Self) -> Self;
    fn smaller(self, other: Self) -> Self;
}

macro_rules! arithmetic {
    ($($t:ty: $add:expr, $mul:expr, $nan:expr);*) => {$(
        impl Arithmetic for $t {
            #[inline(always)] fn plus(self, other: $t) -> $t { $add(self, other) }
            #[inline(always)] fn times(self, other: $t) -> $t { $mul(self, other) }
            #[inline(always)] fn larger(self, other: $t) -> $t { if self > other || $nan(self) { self } else { other } }
            #[inline(always)] fn smaller(self, other: $t) -> $t { if self < other || $nan(self) { self } else { other } }
        }
    )*};
}
arithmetic! {
    f32: |a, b| a + b, |a, b| a * b, f32::is_nan;
    f64: |a, b| a + b, |a, b| a * b, f64::is_nan;
    i64: i64::wrapping_add, i64::wrapping_mul, |_| false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_rows() {
        // Columns 2 and 0 of a 2×3 matrix.
        let data = Buffer::from_slice(&[1f32, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        let mut positions = vec![0; 2];
        locate(&[2, -3], 3, 1, true, &mut positions).unwrap();
        let places = Places { outer: Layout::dense(&[2, 3]).select(1, 0), positions, inner: Layout::dense(&[]) };
        let mut out = Buffer::zeroed(16).unwrap();
        read(&data, &places, &mut out, DType::F32);
        assert_eq!(out.as_slice::<f32>(), [3.0, 1.0, 6.0, 4.0]);
        let mut back = Buffer::zeroed(24).unwrap();
        write(&mut back, Target::Places(&places), &out, 0, false, Combine::Add, DType::F32);
        write(&mut back, Target::Places(&places), &out, 1, true, Combine::Add, DType::F32);
        assert_eq!(back.as_slice::<f32>(), [2.0, 0.0, 4.0, 5.0, 0.0, 7.0]);
    }

    #[test]
    fn finds_bad_indices() {
        assert_eq!(locate(&[0, 3], 3, 1, true, &mut [0; 2]), Err(OutOfBounds(3)));
        assert_eq!(locate(&[-4], 3, 1, true, &mut [0]), Err(OutOfBounds(-4)));
        assert_eq!(locate(&[-1], 3, 1, false, &mut [0]), Err(OutOfBounds(-1)));
        assert_eq!(locate(&[i64::MIN], 3, 1, true, &mut [0]), Err(OutOfBounds(i64::MIN)));
    }

    #[test]
    fn reads_and_writes_along_a_dimension() {
        let data = Buffer::from_slice(&[0f32, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0]).unwrap();
        let layout = Layout::dense(&[3, 4]);
        for (index, shape, dim, found) in [
            (vec![2, 0, 1, 1], [2, 2], 0, vec![8.0, 1.0, 4.0, 5.0]),
            (vec![3, 0], [2, 1], 1, vec![3.0, 4.0]),
            (vec![1, 0, 1, 3, 3, 3], [2, 3], 1, vec![1.0, 0.0, 1.0, 7.0, 7.0, 7.0]),
        ] {
            let along = Along::new(&index, &shape, &layout, dim);
            assert_eq!(along.check(), Ok(()));
            let mut out = Buffer::stale(4 * index.len()).unwrap();
            read_along(&data, &along, &mut out, DType::F32).unwrap();
            assert_eq!(out.as_slice::<f32>(), found);
            let (mut sums, mut wanted) = (Buffer::zeroed(48).unwrap(), [0f32; 12]);
            write(&mut sums, Target::Along(&along), &out, 0, false, Combine::Add, DType::F32);
            found.iter().for_each(|&x| wanted[x as usize] += x);
            assert_eq!(sums.as_slice::<f32>(), wanted);
        }
        let bad = [0, 3, -1, 2];
        let along = Along::new(&bad, &[2, 2], &layout, 0);
        assert_eq!(along.check(), Err(OutOfBounds(3)));
        assert_eq!(read_along(&data, &along, &mut Buffer::stale(16).unwrap(), DType::F32), Err(OutOfBounds(3)));
    }

    #[test]
    fn counts_numbers() {
        for n in [5, 2000] {
            let numbers: Vec<i64> = (0..4 * n + 3).map(|i| i * i % n).collect();
            assert_eq!(extent(&numbers), Some((0, *numbers.iter().max().unwrap())));
            let mut counts = vec![0; n as usize];
            tally(&numbers, &mut counts);
            assert!((0..n).all(|k| counts[k as usize] == numbers.iter().filter(|&&i| i == k).count() as i64));
        }
        assert_eq!(extent(&[]), None);
    }
}
