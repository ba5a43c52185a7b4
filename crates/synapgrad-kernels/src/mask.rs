//! The elements that a mask names.
//!
//! Whether the next element is one of them cannot be foreseen, and a branch that is foretold wrongly costs more than ten moves.
//! So every element is moved, to where the next one that counts belongs, and only the step to the place after it depends on
//! the mask.

use crate::buffer::Buffer;
use crate::dtype::{Bool, DType, Element};
use crate::vecmath::dispatch;
use crate::{parallel, with_size};

/// So many elements are moved without a look at whether there is room.
const CHUNK: usize = 64;

/// How many are true.
pub fn count(mask: &[Bool]) -> usize {
    let mut total = 0;
    parallel::stretches(mask.len(), parallel::GRAIN, |range| {
        let mask = &mask[range];
        total += dispatch(
            #[inline(always)]
            || mask.chunks(CHUNK).map(count_few).sum::<usize>(),
        );
    });
    total
}

/// [`count`] of at most 255.
#[inline(always)]
fn count_few(mask: &[Bool]) -> usize {
    mask.iter().fold(0u8, |n, b| n.wrapping_add((b.0 != 0) as u8)) as usize
}

/// The elements of `x`, from number `at` on, whose `mask` is true, to `out`, which has room for `count` of them.
pub fn compress(x: (&Buffer, usize), mask: &[Bool], count: usize, out: &mut Buffer, dtype: DType) {
    with_size!(dtype, T => {
        let (x, out) = (&x.0.as_slice::<T>()[x.1..][..mask.len()], &mut out.as_mut_slice::<T>()[..count]);
        let mut n = 0;
        parallel::stretches(mask.len(), parallel::GRAIN, |range| n += compress_elements(&x[range.clone()], &mask[range], &mut out[n..]));
    });
}

/// How many were moved.
fn compress_elements<T: Element>(x: &[T], mask: &[Bool], out: &mut [T]) -> usize {
    let mut n = 0;
    for (x, mask) in x.chunks(CHUNK).zip(mask.chunks(CHUNK)) {
        if let Some(room) = out[n..].first_chunk_mut::<CHUNK>() {
            let mut k = 0;
            for (&x, b) in x.iter().zip(mask) {
                // Below CHUNK it is anyhow, but the compiler would check.
                room[k % CHUNK] = x;
                k += (b.0 != 0) as usize;
            }
            n += k;
            continue;
        }
        for (&x, _) in x.iter().zip(mask).filter(|(_, b)| b.0 != 0) {
            out[n] = x;
            n += 1;
        }
    }
    n
}

/// The first of `values`, `count` of them from number `from` on, to the elements of `dst`, from number `at` on, whose `mask` is
/// true; there are no more than `count`.
pub fn expand(values: (&Buffer, usize), count: usize, mask: &[Bool], dst: &mut Buffer, at: usize, dtype: DType) {
    with_size!(dtype, T => {
        let (values, dst) = (&values.0.as_slice::<T>()[values.1..][..count], &mut dst.as_mut_slice::<T>()[at..][..mask.len()]);
        let mut n = 0;
        parallel::stretches(mask.len(), parallel::GRAIN, |range| n += expand_elements(&values[n..], &mask[range.clone()], &mut dst[range]));
    });
}

/// How many were moved.
fn expand_elements<T: Element>(values: &[T], mask: &[Bool], dst: &mut [T]) -> usize {
    let mut n = 0;
    for (dst, mask) in dst.chunks_mut(CHUNK).zip(mask.chunks(CHUNK)) {
        if let Some(next) = values[n..].first_chunk::<CHUNK>() {
            let mut k = 0;
            for (old, b) in dst.iter_mut().zip(mask) {
                let new = next[k % CHUNK];
                *old = if b.0 != 0 { new } else { *old };
                k += (b.0 != 0) as usize;
            }
            n += k;
            continue;
        }
        for (old, _) in dst.iter_mut().zip(mask).filter(|(_, b)| b.0 != 0) {
            *old = values[n];
            n += 1;
        }
    }
    n
}

/// The row-major numbers of the true elements, of which there are `out.len()`.
pub fn positions(mask: &[Bool], out: &mut [usize]) {
    coordinates_in::<usize, 1>(mask, &[mask.len()], out.as_chunks_mut().0, |at| at);
}

/// The coordinates of the true elements, a row each, to `out`, which has room for exactly all rows.
pub fn coordinates(mask: &[Bool], shape: &[usize], out: &mut [i64]) {
    let number = |at: usize| at as i64;
    match shape.len() {
        0 => {}
        1 => coordinates_in::<_, 1>(mask, shape, out.as_chunks_mut().0, number),
        2 => coordinates_in::<_, 2>(mask, shape, out.as_chunks_mut().0, number),
        3 => coordinates_in::<_, 3>(mask, shape, out.as_chunks_mut().0, number),
        4 => coordinates_in::<_, 4>(mask, shape, out.as_chunks_mut().0, number),
        rank => {
            let places = mask.iter().enumerate().filter(|(_, b)| b.0 != 0);
            for (row, (mut at, _)) in out.chunks_exact_mut(rank).zip(places) {
                for (to, &size) in row.iter_mut().zip(shape).rev() {
                    (*to, at) = ((at % size) as i64, at / size);
                }
            }
        }
    }
}

fn coordinates_in<N: Copy + Default + Send, const R: usize>(
    mask: &[Bool],
    shape: &[usize],
    out: &mut [[N; R]],
    number: impl Fn(usize) -> N,
) {
    let mut n = 0;
    parallel::stretches(mask.len(), parallel::GRAIN, |range| {
        let mut at = range.start;
        while at < range.end {
            // A row of the mask, or what lies of it in the range.
            let (mut left, mut coordinates, column) = (at, [N::default(); R], at % shape[R - 1]);
            for (to, &size) in coordinates.iter_mut().zip(shape).rev() {
                (*to, left) = (number(left % size), left / size);
            }
            let len = (shape[R - 1] - column).min(range.end - at);
            for (j, b) in mask[at..at + len].iter().enumerate() {
                let Some(place) = out.get_mut(n) else { return };
                coordinates[R - 1] = number(column + j);
                *place = coordinates;
                n += (b.0 != 0) as usize;
            }
            at += len;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_what_is_true() {
        for (n, every) in [(0, 1), (1, 1), (63, 2), (200, 1), (200, 3), (1000, 7), (1000, 400), (100, 1000)] {
            let mask: Vec<Bool> =
                (0..n).map(|i| Bool(if i % every == every - 1 { 1 + (i % 3) as u8 } else { 0 })).collect();
            let places: Vec<usize> = (0..n).filter(|&i| mask[i].0 != 0).collect();
            assert_eq!(count(&mask), places.len());
            let mut found = vec![0; places.len()];
            positions(&mask, &mut found);
            assert_eq!(found, places);
            let x = Buffer::from_slice(&(0..n as i32 + 1).collect::<Vec<_>>()).unwrap();
            let mut out = Buffer::zeroed(4 * places.len()).unwrap();
            compress((&x, 1), &mask, places.len(), &mut out, DType::I32);
            assert!(out.as_slice::<i32>().iter().zip(&places).all(|(&x, &at)| x == at as i32 + 1));
            let mut back = Buffer::from_slice(&vec![-1i32; n]).unwrap();
            expand((&out, 0), places.len(), &mask, &mut back, 0, DType::I32);
            let wanted = |i: usize| if mask[i].0 != 0 { i as i32 + 1 } else { -1 };
            assert!(back.as_slice::<i32>().iter().enumerate().all(|(i, &x)| x == wanted(i)));
        }
    }

    #[test]
    fn coordinates_in_every_rank() {
        for shape in [&[60][..], &[4, 15], &[3, 4, 5], &[2, 3, 2, 5], &[2, 1, 3, 2, 5]] {
            let mask: Vec<Bool> = (0..60).map(|i| Bool((i * i % 7 < 3) as u8)).collect();
            let mut out = vec![0; count(&mask) * shape.len()];
            coordinates(&mask, shape, &mut out);
            let flat = |row: &[i64]| row.iter().zip(shape).fold(0, |at, (&i, &n)| at * n + i as usize);
            let places: Vec<usize> = out.chunks(shape.len()).map(flat).collect();
            assert_eq!(places, (0..60).filter(|&i| mask[i].0 != 0).collect::<Vec<_>>());
        }
    }
}
