//! A matrix that is multiplied from the left again and again, laid out once for that.

use std::marker::PhantomData;

use pulp::{Simd, WithSimd};

use super::Mat;
use crate::dtype::Element;
use crate::lanes::Lanes;
use crate::{Buffer, Refused};

/// Bytes of a panel's row: two of the widest registers.
const LINE: usize = 128;
/// Rows of a panel at a time: with the rows they meet they fit in the first-level cache.
const DEPTH: usize = 128;
/// The most rows of a tile.
const TALL: usize = 8;

/// A k × n matrix B, cut into blocks of [`DEPTH`] rows, those into panels of [`LINE`] bytes of columns, whose rows lie one
/// after the other. Zeros fill up the last panel.
///
/// Each element of a product is summed in an order that depends on k alone: not on the other rows, nor on threads.
///
/// ```
/// use synapgrad_kernels::gemm::{Mat, Panels};
/// let b = Panels::new(2, 3, Mat::new(&[1f32, 2.0, 3.0, 4.0, 5.0, 6.0], (3, 1)))?;
/// let mut c = [1f32; 3];
/// b.add_product(1, &[1.0, 10.0], &mut c);
/// assert_eq!(c, [42.0, 53.0, 64.0]);
/// # Ok::<(), synapgrad_kernels::Refused>(())
/// ```
pub struct Panels<T> {
    data: Buffer,
    k: usize,
    n: usize,
    element: PhantomData<T>,
}

impl<T: Lanes + Element> Panels<T> {
    const WIDTH: usize = LINE / size_of::<T>();

    /// # Errors
    /// Where there is no memory for a copy of the matrix.
    pub fn new(k: usize, n: usize, matrix: Mat<T>) -> Result<Panels<T>, Refused> {
        let padded = n.next_multiple_of(Self::WIDTH);
        let bytes = k.checked_mul(padded).and_then(|count| count.checked_mul(size_of::<T>()));
        let mut data = Buffer::stale(bytes.unwrap_or(usize::MAX))?;
        let mut rows = data.as_mut_slice::<T>().chunks_exact_mut(Self::WIDTH);
        for top in (0..k).step_by(DEPTH) {
            for left in (0..n).step_by(Self::WIDTH) {
                let filled = Self::WIDTH.min(n - left);
                for (p, row) in (top..k.min(top + DEPTH)).zip(&mut rows) {
                    let from = &matrix.data[p * matrix.strides.0 + left * matrix.strides.1..];
                    if matrix.strides.1 == 1 {
                        row[..filled].copy_from_slice(&from[..filled]);
                    } else {
                        row[..filled].iter_mut().enumerate().for_each(|(j, x)| *x = from[j * matrix.strides.1]);
                    }
                    row[filled..].fill(T::default());
                }
            }
        }
        Ok(Panels { data, k, n, element: PhantomData })
    }

    /// C ← C + A·B for `m` rows, those of A and C one after the other.
    ///
    /// # Panics
    /// Where a slice has not the elements.
    pub fn add_product(&self, m: usize, a: &[T], c: &mut [T]) {
        assert!(a.len() >= m * self.k && c.len() >= m * self.n, "Panels: {m} rows past the end of a slice");
        T::vectorize(Product { b: self, m, a, c });
    }
}

struct Product<'a, T> {
    b: &'a Panels<T>,
    m: usize,
    a: &'a [T],
    c: &'a mut [T],
}

impl<T: Lanes + Element> WithSimd for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Product { b: panels, m, a, c } = self;
        let (k, n, width, wide) = (panels.k, panels.n, Panels::<T>::WIDTH, 2 * T::lanes(simd));
        // As many sums as there are registers for, in tiles of nearly equal height.
        let tall = if wide == width { TALL } else { 6 };
        let tiles = m.div_ceil(tall).max(1);
        let (least, larger) = (m / tiles, m % tiles);
        let mut block = panels.data.as_slice::<T>();
        for top in (0..k).step_by(DEPTH) {
            let depth = DEPTH.min(k - top);
            for left in (0..n).step_by(width) {
                let (panel, rest) = block.split_at(depth * width);
                block = rest;
                for left_in in (0..width.min(n - left)).step_by(wide) {
                    let mut i = 0;
                    for tile in 0..tiles {
                        let rows = least + usize::from(tile < larger);
                        let at = Place { a: &a[i * k + top..], c: &mut c[i * n + left + left_in..], k, n, depth };
                        let (panel, filled) = (&panel[left_in..], wide.min(n - left - left_in));
                        match rows {
                            0 => {}
                            1 => at.tile::<S, 1>(simd, panel, filled),
                            2 => at.tile::<S, 2>(simd, panel, filled),
                            3 => at.tile::<S, 3>(simd, panel, filled),
                            4 => at.tile::<S, 4>(simd, panel, filled),
                            5 => at.tile::<S, 5>(simd, panel, filled),
                            6 => at.tile::<S, 6>(simd, panel, filled),
                            7 => at.tile::<S, 7>(simd, panel, filled),
                            _ => at.tile::<S, TALL>(simd, panel, filled),
                        }
                        i += rows;
                    }
                }
            }
        }
    }
}

/// Where a tile begins in A and C, whose rows are `k` and `n` long, and how many columns of A it meets.
struct Place<'a, T> {
    a: &'a [T],
    c: &'a mut [T],
    k: usize,
    n: usize,
    depth: usize,
}

impl<T: Lanes + Element> Place<'_, T> {
    /// Add the product of `R` rows and two vectors of columns, of which `filled` elements exist.
    #[inline(always)]
    fn tile<S: Simd, const R: usize>(self, simd: S, panel: &[T], filled: usize) {
        let Place { a, c, k, n, depth } = self;
        let (lanes, width) = (T::lanes(simd), Panels::<T>::WIDTH);
        assert!(depth > 0 && (R - 1) * k + depth <= a.len() && (depth - 1) * width + 2 * lanes <= panel.len());
        let mut sums = [[T::splat(simd, T::default()); 2]; R];
        for p in 0..depth {
            // SAFETY: p < depth, so the two vectors end inside the panel, as asserted above.
            let row: [T::Vector<S>; 2] =
                unsafe { panel.as_ptr().add(p * width).cast::<[T::Vector<S>; 2]>().read_unaligned() };
            for (r, sums) in sums.iter_mut().enumerate() {
                // SAFETY: r < R and p < depth, so the index is below the bound asserted above.
                let x = T::splat(simd, unsafe { *a.get_unchecked(r * k + p) });
                sums[0] = T::mul_add(simd, x, row[0], sums[0]);
                sums[1] = T::mul_add(simd, x, row[1], sums[1]);
            }
        }
        for (r, sums) in sums.into_iter().enumerate() {
            let c = &mut c[r * n..][..filled];
            if filled == 2 * lanes {
                let place = c.as_mut_ptr().cast::<[T::Vector<S>; 2]>();
                // SAFETY: the slice has the elements of two vectors, and the access asks for no alignment.
                let old = unsafe { place.read_unaligned() };
                let new = [T::plus(simd, old[0], sums[0]), T::plus(simd, old[1], sums[1])];
                // SAFETY: as above.
                unsafe { place.write_unaligned(new) };
            } else {
                // A copy, because sums that have an address would be stored there after every step of the loop above.
                let copy = sums;
                // SAFETY: an array of two vectors is 2·lanes numbers.
                let sums = unsafe { std::slice::from_raw_parts(copy.as_ptr().cast::<T>(), 2 * lanes) };
                c.iter_mut().zip(sums).for_each(|(c, &sum)| *c = c.add(sum));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_every_shape() {
        for (m, k, n) in [(1, 1, 1), (3, 5, 7), (9, 129, 33), (16, 256, 64), (13, 300, 95), (0, 3, 3), (2, 0, 3)] {
            let a: Vec<f64> = (0..m * k).map(|i| (i % 11) as f64 - 5.0).collect();
            let b: Vec<f64> = (0..k * n).map(|i| (i % 7) as f64 - 3.0).collect();
            let mut want: Vec<f64> = (0..m * n).map(|i| i as f64).collect();
            let narrow = |x: &[f64]| x.iter().map(|&x| x as f32).collect::<Vec<f32>>();
            let (mut c, mut c32) = (want.clone(), narrow(&want));
            for i in 0..m {
                for j in 0..n {
                    want[i * n + j] += (0..k).map(|p| a[i * k + p] * b[p * n + j]).sum::<f64>();
                }
            }
            Panels::new(k, n, Mat::new(&b, (n, 1))).unwrap().add_product(m, &a, &mut c);
            assert_eq!(c, want, "{m} × {k} × {n}");
            // From a matrix that lies by columns.
            let b32: Vec<f32> = (0..k * n).map(|i| b[i % k * n + i / k] as f32).collect();
            Panels::new(k, n, Mat::new(&b32, (1, k))).unwrap().add_product(m, &narrow(&a), &mut c32);
            assert_eq!(c32, narrow(&want), "{m} × {k} × {n} in f32");
        }
    }
}
