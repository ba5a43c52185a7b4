//! Reading and writing elements at places computed from indices.
//!
//! Every indexing operation comes down to a list of [`Places`]. Finding them checks each index, so that a bad one is
//! noticed before anything is written; reading and writing then only follow the list.

use crate::buffer::Buffer;
use crate::dtype::{Bool, Compute, DType, Element};
use crate::layout::{Dims, Layout};
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

/// The positions `layout[i₀, …, index[i₀, …], …]`, where the index replaces the coordinate along `dim` and the others run
/// over `shape`, the shape of the index.
///
/// # Errors
/// The first index that is not below the size of `dim`.
pub fn locate_along(index: &[i64], shape: &[usize], layout: &Layout, dim: usize) -> Result<Vec<usize>, OutOfBounds> {
    let mut plane = Layout { shape: Dims::from_slice(shape), strides: layout.strides.clone(), offset: 0 };
    plane.strides[dim] = 0;
    let mut positions = offsets(&plane);
    locate(index, layout.shape[dim], layout.strides[dim], false, &mut positions)?;
    Ok(positions)
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

/// The row-major numbers of the true elements.
pub fn true_positions(mask: &[Bool]) -> Vec<usize> {
    let mut positions = Vec::with_capacity(mask.iter().filter(|b| b.0 != 0).count());
    positions.extend(mask.iter().enumerate().filter(|(_, b)| b.0 != 0).map(|(i, _)| i));
    positions
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
    let rows = |first: usize, out: &mut [T]| {
        for (r, row) in (first..).zip(out.chunks_exact_mut(len)) {
            let at = starts[r / k] + places.positions[r % k];
            if len == 1 {
                row[0] = src[at];
            } else if dense {
                row.copy_from_slice(&src[at..at + len]);
            } else {
                for (o, &i) in row.iter_mut().zip(&inner) {
                    *o = src[at + i];
                }
            }
        }
    };
    let per_task = (parallel::GRAIN / len).max(1);
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

/// Write `values`, dense in the order of the places, or a single one for all, from element `at` on. Where places coincide
/// they are written in order. Elements in `dst` and `values` are of type `dtype`.
pub fn write(dst: &mut Buffer, places: &Places, values: &Buffer, at: usize, single: bool, how: Combine, dtype: DType) {
    if places.numel() == 0 {
        return;
    }
    if how == Combine::Replace {
        return with_size!(dtype, T => {
            put::<T>(dst.as_mut_slice(), places, &values.as_slice()[at..], single, |old, new| *old = new);
        });
    }
    macro_rules! combine {
        ($($dtype:ident = $t:ty as $c:ty),*) => {
            match dtype {
                $(DType::$dtype => {
                    let (dst, values) = (dst.as_mut_slice::<$t>(), &values.as_slice::<$t>()[at..]);
                    match how {
                        Combine::Add => put(dst, places, values, single, with::<$t, $c>(Arithmetic::plus)),
                        Combine::Multiply => put(dst, places, values, single, with::<$t, $c>(Arithmetic::times)),
                        Combine::Max => put(dst, places, values, single, with::<$t, $c>(Arithmetic::larger)),
                        Combine::Min => put(dst, places, values, single, with::<$t, $c>(Arithmetic::smaller)),
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
    move |old, new| *old = f(C::load(*old), C::load(new)).store()
}

#[inline(always)]
fn put<T: Element>(dst: &mut [T], places: &Places, values: &[T], single: bool, set: impl Fn(&mut T, T) + Copy) {
    let Rows { starts, inner, dense } = Rows::new(places);
    let len = inner.len();
    let mut next = 0;
    for &start in &starts {
        for &position in &places.positions {
            let at = start + position;
            if single {
                for &i in &inner {
                    set(&mut dst[at + i], values[0]);
                }
                continue;
            }
            let row = &values[next..next + len];
            next += len;
            if dense {
                for (old, &new) in dst[at..at + len].iter_mut().zip(row) {
                    set(old, new);
                }
            } else {
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
        write(&mut back, &places, &out, 0, false, Combine::Add, DType::F32);
        write(&mut back, &places, &out, 1, true, Combine::Add, DType::F32);
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
    fn positions_along_a_dimension() {
        let layout = Layout::dense(&[3, 4]);
        assert_eq!(locate_along(&[2, 0, 1, 1], &[2, 2], &layout, 0), Ok(vec![8, 1, 4, 5]));
        assert_eq!(locate_along(&[3, 0], &[2, 1], &layout, 1), Ok(vec![3, 4]));
    }
}
