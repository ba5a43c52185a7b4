//! The products of f32 and f64: register tiles for small ones, streams for single rows, the `gemm` crate for the rest.

use super::{Gemm, Mat, MatMut, PARALLEL_GRAIN, check, span};
use crate::buffer::Buffer;
use crate::dtype::Element;
use crate::lanes::Lanes;
use crate::parallel::{self, Parts};
use crate::vecmath::{dispatch_for, kind};
use gemm_common::Parallelism;
use pulp::{Simd, WithSimd};
use smallvec::SmallVec;
use std::mem::MaybeUninit;
use std::ops::{Add, Mul, Range};

/// f32 and f64.
pub(super) trait Real: Gemm<Scalar = Self> + Lanes + Element + Add<Output = Self> + Mul<Output = Self> {
    /// The product through the `gemm` crate, on this thread.
    ///
    /// # Safety
    /// C's elements have places of their own inside one allocation, and nobody else uses them meanwhile.
    #[allow(clippy::too_many_arguments)]
    unsafe fn packed(
        m: usize,
        n: usize,
        k: usize,
        alpha: Self,
        a: Mat<Self>,
        b: Mat<Self>,
        beta: Self,
        c: *mut Self,
        strides: (usize, usize),
    );
}

/// f32 and f64: the product in register tiles, whatever its size.
pub(crate) trait Tiled: Gemm<Scalar = Self> {
    /// C ← α·A·B + β·C on this thread. Meant for a B whose rows are contiguous and fit the first-level cache in pieces:
    /// nothing is packed. The `packed` product serves where a tile of B would not fit the stack.
    #[allow(clippy::too_many_arguments)]
    fn tiled(m: usize, n: usize, k: usize, alpha: Self, a: Mat<Self>, b: Mat<Self>, beta: Self, c: MatMut<Self>);
}

/// The first numbers of a slice as a vector.
#[inline(always)]
fn load<T: Real, S: Simd>(simd: S, x: &[T]) -> T::Vector<S> {
    assert!(x.len() >= T::lanes(simd));
    // SAFETY: a vector is `lanes` numbers in a row, which the slice has; the read asks for no alignment.
    unsafe { x.as_ptr().cast::<T::Vector<S>>().read_unaligned() }
}

/// What stands in a destination after α·s + β·c.
#[inline(always)]
fn put<T: Real>(c: &mut T, alpha: T, s: T, beta: T) {
    *c = if beta == T::ZERO { alpha * s } else { alpha * s + beta * *c };
}

/// C ← α·a·b + β·C for a column a and a row b: each row of C is a multiple of b.
#[allow(clippy::too_many_arguments)]
fn rank_one<T: Real>(m: usize, n: usize, alpha: T, a: Mat<T>, b: Mat<T>, beta: T, c: MatMut<T>, threads: usize) {
    let (step, all) = (c.strides.0, Parts::new(c.data));
    let some_rows = |rows: Range<usize>| {
        dispatch_for(
            kind(b.data),
            #[inline(always)]
            || {
                for i in rows.clone() {
                    let (x, b) = (a.data[i * a.strides.0], &b.data[..n]);
                    // SAFETY: each row is in one range, and rows do not overlap.
                    let c = unsafe { all.part(i * step..i * step + n) };
                    for (c, &y) in c.iter_mut().zip(b) {
                        put(c, alpha, x * y, beta);
                    }
                }
            },
        )
    };
    if threads > 1 { parallel::ranges(m, (parallel::GRAIN / n).max(1), some_rows) } else { some_rows(0..m) }
}

/// Up to this many multiplications, the tiles below are quicker than packing the operands.
const SMALL: usize = 1 << 14;
/// The longest inner dimension for which a tile of B fits the stack.
pub(super) const SMALL_K: usize = 128;

/// What the tiles of a small product cost, in scalar moves: copying B, storing C, and the arithmetic, in vectors of 8.
fn tile_cost<T>(m: usize, n: usize, k: usize, b: &Mat<T>, c_strides: (usize, usize)) -> usize {
    let padded = n.next_multiple_of(8);
    let copy = if b.strides.1 == 1 && n == padded { 0 } else { padded * k };
    let store = if c_strides.1 == 1 && n == padded { m * n / 8 } else { m * n };
    copy + store + m * padded * k / 8
}

#[allow(clippy::too_many_arguments)]
fn real_product<T: Real>(
    m: usize,
    n: usize,
    k: usize,
    alpha: T,
    a: Mat<T>,
    b: Mat<T>,
    beta: T,
    c: MatMut<T>,
    threads: usize,
) {
    let small = k <= 8 || (k <= SMALL_K && m * n * k <= SMALL);
    let transposed = (c.strides.1, c.strides.0);
    // C = A·B and Cᵀ = Bᵀ·Aᵀ are the same product: take the form whose vectors lie along contiguous rows.
    let swap = if m == 1 || n == 1 {
        m != 1
    } else if small {
        tile_cost(n, m, k, &a.t(), transposed) < tile_cost(m, n, k, &b, c.strides)
    } else {
        false // the packed product sees to it
    };
    let (m, n, a, b, c) = if swap { (n, m, b.t(), a.t(), c.t()) } else { (m, n, a, b, c) };
    // The sum of a few scaled rows is a tile with one row; of many, a stream.
    let one_row = m == 1 && (n == 1 || b.strides.0 == 1 || (b.strides.1 == 1 && !small));
    if one_row {
        row_times_matrix(n, k, alpha, a, b, beta, c, threads)
    } else if k == 1 && b.strides.1 == 1 && c.strides.1 == 1 {
        rank_one(m, n, alpha, a, b, beta, c, threads)
    } else if small {
        T::vectorize(Tiles { m, n, k, alpha, a, b, beta, c })
    } else {
        packed_product(m, n, k, alpha, a, b, beta, c, threads)
    }
}

/// The `gemm` crate's tiles have 48 rows and columns, or a divisor of it: pieces that begin at a multiple have the tiles that
/// the whole would have.
const TILE: usize = 48;

/// Numbers between rows that would compete for one set of the cache.
const GAP: usize = 16;
/// With fewer rows or columns, copying an operand costs more than packing it slowly.
const LEAST_SHORT: usize = 16;

/// A copy of `rows` rows of k neighbours with gaps between them, where the rows lie a multiple of 4096 bytes apart: then the
/// numbers that are packed together push each other out of the cache. `None` where that is not so, or there is no memory.
fn with_gaps<T: Real>(rows: usize, k: usize, matrix: Mat<T>) -> Option<Buffer> {
    let step = matrix.strides.0;
    if matrix.strides.1 != 1 || rows < LEAST_SHORT || step == 0 || !(step * size_of::<T>()).is_multiple_of(4096) {
        return None;
    }
    let mut copy = Buffer::stale(rows * (k + GAP) * size_of::<T>()).ok()?;
    let all = Parts::new(&mut copy.as_mut_slice::<T>()[..rows * (k + GAP)]);
    parallel::ranges(rows, (parallel::GRAIN / k).max(1), |some| {
        for i in some {
            // SAFETY: each row is in one range.
            let row = unsafe { all.part(i * (k + GAP)..i * (k + GAP) + k) };
            row.copy_from_slice(&matrix.data[i * step..][..k]);
        }
    });
    Some(copy)
}

/// The packed product, in pieces for several threads. Each packs what it reads, so the longer side is cut.
#[allow(clippy::too_many_arguments)]
pub(super) fn packed_product<T: Real>(
    m: usize,
    n: usize,
    k: usize,
    alpha: T,
    a: Mat<T>,
    b: Mat<T>,
    beta: T,
    c: MatMut<T>,
    threads: usize,
) {
    check(m, n, k, a, b, &c);
    let (long, short) = (m.max(n), m.min(n));
    // The crate sums in another order where a product has no side above 64, or few elements. No piece may be such.
    let least = if short > 64 { TILE } else { (2 * TILE).max((257usize.div_ceil(short)).next_multiple_of(TILE)) };
    // Two a thread where they are long, so that a thread that is late leaves the last to others.
    let wanted = if m * n * k > 8 * threads * PARALLEL_GRAIN { 2 * threads } else { threads };
    let most = if threads > 1 { wanted.min(long / least).max(1) } else { 1 };
    let step = if most > 1 { (long / most / TILE * TILE).max(least) } else { long };
    let pieces = (long / step).max(1);
    // The crate packs many rows at once of the operand whose rows are C's contiguous direction.
    let by_rows = c.strides.1 < c.strides.0;
    let (count, packed) = if by_rows { (n, b.t()) } else { (m, a) };
    let copy = if short >= LEAST_SHORT { with_gaps(count, k, packed) } else { None };
    let gaps = copy.as_ref().map(|copy| Mat::new(copy.as_slice::<T>(), (k + GAP, 1)));
    let (a, b) = match gaps {
        Some(gaps) if by_rows => (a, gaps.t()),
        Some(gaps) => (gaps, b),
        None => (a, b),
    };
    let all = Parts::new(c.data);
    parallel::each(pieces, &|i| {
        let start = i * step;
        let size = if i + 1 == pieces { long - start } else { step };
        let (size, a, b, offset) = if m >= n {
            ((size, n), a.rows_from(start), b, start * c.strides.0)
        } else {
            ((m, size), a, b.t().rows_from(start).t(), start * c.strides.1)
        };
        let c_piece = all.reach(offset, span(size.0, size.1, c.strides));
        // SAFETY: the piece is inside the slice; the elements of C are apart, as `check` proved, and a piece has rows or
        // columns of its own.
        unsafe { T::packed(size.0, size.1, k, alpha, a, b, beta, c_piece, c.strides) }
    });
}

/// The product in register tiles of up to 4 rows and two vectors (or, at the right edge, one).
///
/// A is read in place, element by element, whatever its strides. A tile of B whose rows are contiguous is read in place
/// too; otherwise it is copied to the stack first, transposed on the way and filled up with zeros.
pub(super) struct Tiles<'a, T> {
    pub(super) m: usize,
    pub(super) n: usize,
    pub(super) k: usize,
    pub(super) alpha: T,
    pub(super) a: Mat<'a, T>,
    pub(super) b: Mat<'a, T>,
    pub(super) beta: T,
    pub(super) c: MatMut<'a, T>,
}

impl<T: Real> WithSimd for Tiles<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        // Where B is read in place and fits the first-level cache, C is written straight through, four rows at a time. Else
        // blocks of rows share the copies of B's tiles.
        let in_place = self.b.strides.1 == 1 && self.k * self.n * size_of::<T>() <= FIRST_CACHE / 2;
        let block = if in_place { 4 } else { 64 };
        let lanes = T::lanes(simd);
        for i in (0..self.m).step_by(block) {
            let mut j = 0;
            while j < self.n {
                let rows = i..self.m.min(i + block);
                if self.n - j > lanes {
                    self.columns::<S, 2>(simd, rows, j);
                    j += 2 * lanes;
                } else {
                    self.columns::<S, 1>(simd, rows, j);
                    j += lanes;
                }
            }
        }
    }
}

/// Bytes of the first-level cache that nearly every processor has.
const FIRST_CACHE: usize = 32 << 10;
/// The width of two vectors of the widest registers there are.
const MAX_WIDTH: usize = 32;

impl<T: Real> Tiles<'_, T> {
    /// `V` vectors of columns from column j on.
    #[inline(always)]
    fn columns<S: Simd, const V: usize>(&mut self, simd: S, rows: Range<usize>, j: usize) {
        let width = V * T::lanes(simd);
        let filled = width.min(self.n - j);
        let b = self.b.t().rows_from(j).t();
        let mut copy = [const { MaybeUninit::<T>::uninit() }; SMALL_K * MAX_WIDTH];
        let (tile, step) = if b.strides.1 == 1 && filled == width {
            (b.data, b.strides.0)
        } else {
            assert!(self.k <= SMALL_K && width <= MAX_WIDTH && span(self.k, filled, b.strides) <= b.data.len());
            let rows = &mut copy[..self.k * width];
            for j in 0..width {
                for p in 0..self.k {
                    let x = if j < filled {
                        // SAFETY: p < k and j < filled, so the index is below the span asserted above.
                        unsafe { *b.data.get_unchecked(p * b.strides.0 + j * b.strides.1) }
                    } else {
                        T::ZERO
                    };
                    // SAFETY: p·width + j < k·width, the length of `rows`.
                    unsafe { rows.get_unchecked_mut(p * width + j) }.write(x);
                }
            }
            // SAFETY: all k·width numbers were written just now.
            let tile = unsafe { std::slice::from_raw_parts(rows.as_ptr().cast::<T>(), rows.len()) };
            (tile, width)
        };
        let mut i = rows.start;
        while i < rows.end {
            match rows.end - i {
                1 => self.tile::<S, 1, V>(simd, i, j, filled, tile, step),
                2 => self.tile::<S, 2, V>(simd, i, j, filled, tile, step),
                3 => self.tile::<S, 3, V>(simd, i, j, filled, tile, step),
                _ => self.tile::<S, 4, V>(simd, i, j, filled, tile, step),
            }
            i += 4;
        }
    }

    /// `R` rows from row i on; row p of the tile of B begins at `tile[p * step]`.
    #[inline(always)]
    fn tile<S: Simd, const R: usize, const V: usize>(
        &mut self,
        simd: S,
        i: usize,
        j: usize,
        filled: usize,
        tile: &[T],
        step: usize,
    ) {
        let lanes = T::lanes(simd);
        let a = self.a.rows_from(i);
        assert!(span(R, self.k, a.strides) <= a.data.len() && span(self.k, V * lanes, (step, 1)) <= tile.len());
        let mut sums = [[T::splat(simd, T::ZERO); V]; R];
        for p in 0..self.k {
            // SAFETY: p < k, so this row of the tile is V·lanes numbers inside the span asserted above.
            let row: [T::Vector<S>; V] =
                unsafe { tile.as_ptr().add(p * step).cast::<[T::Vector<S>; V]>().read_unaligned() };
            for (r, sums) in sums.iter_mut().enumerate() {
                // SAFETY: r < R and p < k, so the index is below the span asserted above.
                let x = T::splat(simd, unsafe { *a.data.get_unchecked(r * a.strides.0 + p * a.strides.1) });
                for v in 0..V {
                    sums[v] = T::mul_add(simd, x, row[v], sums[v]);
                }
            }
        }
        // A copy has an address, so that the sums of the loop need none and stay in registers.
        let sums = sums;
        for (r, sums) in sums.iter().enumerate() {
            // SAFETY: an array of V vectors is V·lanes numbers.
            let sums = unsafe { std::slice::from_raw_parts(sums.as_ptr().cast::<T>(), V * lanes) };
            let (rs, cs) = self.c.strides;
            let row = &mut self.c.data[(i + r) * rs + j * cs..];
            if cs == 1 && filled == V * lanes {
                for (c, &s) in row[..V * lanes].iter_mut().zip(sums) {
                    put(c, self.alpha, s, self.beta);
                }
            } else {
                for (j, &s) in sums[..filled].iter().enumerate() {
                    put(&mut row[j * cs], self.alpha, s, self.beta);
                }
            }
        }
    }
}

/// Σ aᵢ·bᵢ over two slices of one length, in four vectors side by side.
#[inline(always)]
fn dot_contiguous<T: Real, S: Simd>(simd: S, a: &[T], b: &[T]) -> T {
    let lanes = T::lanes(simd);
    let mut sums = [T::splat(simd, T::ZERO); 4];
    let (a_wide, b_wide) = (a.chunks_exact(4 * lanes), b.chunks_exact(4 * lanes));
    let (a_rest, b_rest) = (a_wide.remainder().chunks_exact(lanes), b_wide.remainder().chunks_exact(lanes));
    let tail = a_rest.remainder().iter().zip(b_rest.remainder()).fold(T::ZERO, |sum, (&x, &y)| sum + x * y);
    for (x, y) in a_wide.zip(b_wide) {
        for v in 0..4 {
            sums[v] = T::mul_add(simd, load(simd, &x[v * lanes..]), load(simd, &y[v * lanes..]), sums[v]);
        }
    }
    for (x, y) in a_rest.zip(b_rest) {
        sums[0] = T::mul_add(simd, load(simd, x), load(simd, y), sums[0]);
    }
    let sum = T::plus(simd, T::plus(simd, sums[0], sums[1]), T::plus(simd, sums[2], sums[3]));
    T::sum(simd, sum) + tail
}

/// C ← α·a·B + β·C for one row a: dot products where the columns of B are contiguous, sums of scaled rows where its
/// rows are. Either way B passes through the processor once.
#[allow(clippy::too_many_arguments)]
fn row_times_matrix<T: Real>(
    n: usize,
    k: usize,
    alpha: T,
    a: Mat<T>,
    b: Mat<T>,
    beta: T,
    c: MatMut<T>,
    threads: usize,
) {
    let copy: SmallVec<[T; 64]>;
    let x = if a.strides.1 == 1 || k == 1 {
        &a.data[..k]
    } else {
        copy = (0..k).map(|p| a.data[p * a.strides.1]).collect();
        &copy[..]
    };
    // A lone column may have any stride; contiguous or not, it is a dot product.
    let copy_b: SmallVec<[T; 64]>;
    let b = if n == 1 && b.strides.0 != 1 {
        copy_b = (0..k).map(|p| b.data[p * b.strides.0]).collect();
        Mat::new(&copy_b[..], (1, k))
    } else {
        b
    };
    row_times_columns(n, alpha, x, b, beta, c.data, c.strides.1, threads);
}

#[allow(clippy::too_many_arguments)]
fn row_times_columns<T: Real>(
    n: usize,
    alpha: T,
    x: &[T],
    b: Mat<T>,
    beta: T,
    c: &mut [T],
    stride: usize,
    threads: usize,
) {
    let share = n.div_ceil(threads).next_multiple_of(64);
    let (len, c) = (c.len(), Parts::new(c));
    parallel::each(n.div_ceil(share), &|i| {
        let (first, last) = (i * share, n.min((i + 1) * share));
        let end = if last == n { len } else { last * stride };
        // SAFETY: the elements of C before `last` lie before `end`, and each column is in one share.
        let c = unsafe { c.part(first * stride..end) };
        let b = b.t().rows_from(first).t();
        T::vectorize(RowTimesColumns { n: last - first, alpha, x, b, beta, c, stride });
    });
}

struct RowTimesColumns<'a, T> {
    n: usize,
    alpha: T,
    x: &'a [T],
    b: Mat<'a, T>,
    beta: T,
    c: &'a mut [T],
    stride: usize,
}

impl<T: Real> WithSimd for RowTimesColumns<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let RowTimesColumns { n, alpha, x, b, beta, c, stride } = self;
        if b.strides.0 == 1 {
            for j in 0..n {
                let sum = dot_contiguous(simd, &b.data[j * b.strides.1..][..x.len()], x);
                put(&mut c[j * stride], alpha, sum, beta);
            }
            return;
        }
        // Sums stay in the first-level cache while four rows of B stream by.
        const BLOCK: usize = 1024;
        let mut sums = [T::ZERO; BLOCK];
        for j in (0..n).step_by(BLOCK) {
            let width = BLOCK.min(n - j);
            let sums = &mut sums[..width];
            sums.fill(T::ZERO);
            let row = |p: usize| &b.data[p * b.strides.0 + j..][..width];
            let fours = x.len() / 4 * 4;
            for p in (0..fours).step_by(4) {
                let (r0, r1, r2, r3) = (row(p), row(p + 1), row(p + 2), row(p + 3));
                for i in 0..width {
                    sums[i] = sums[i] + x[p] * r0[i] + x[p + 1] * r1[i] + x[p + 2] * r2[i] + x[p + 3] * r3[i];
                }
            }
            for (p, &x) in x.iter().enumerate().skip(fours) {
                for (s, &y) in sums.iter_mut().zip(row(p)) {
                    *s = *s + x * y;
                }
            }
            for (i, &s) in sums.iter().enumerate() {
                put(&mut c[(j + i) * stride], alpha, s, beta);
            }
        }
    }
}

macro_rules! real {
    ($t:ty, $entry:path) => {
        impl Gemm for $t {
            type Scalar = $t;
            const ZERO: $t = 0.0;
            const SCALAR_ZERO: $t = 0.0;
            const SCALAR_ONE: $t = 1.0;

            fn scale(self, beta: $t) -> $t {
                self * beta
            }

            fn product(
                m: usize,
                n: usize,
                k: usize,
                alpha: $t,
                a: Mat<$t>,
                b: Mat<$t>,
                beta: $t,
                c: MatMut<$t>,
                threads: usize,
            ) {
                real_product(m, n, k, alpha, a, b, beta, c, threads)
            }
        }

        impl Tiled for $t {
            fn tiled(m: usize, n: usize, k: usize, alpha: $t, a: Mat<$t>, b: Mat<$t>, beta: $t, c: MatMut<$t>) {
                if k <= SMALL_K || (b.strides.1 == 1 && n.is_multiple_of(MAX_WIDTH)) {
                    <$t>::vectorize(Tiles { m, n, k, alpha, a, b, beta, c })
                } else {
                    real_product(m, n, k, alpha, a, b, beta, c, 1)
                }
            }
        }

        impl Real for $t {
            unsafe fn packed(
                m: usize,
                n: usize,
                k: usize,
                alpha: $t,
                a: Mat<$t>,
                b: Mat<$t>,
                beta: $t,
                c: *mut $t,
                strides: (usize, usize),
            ) {
                // The crate wants the contiguous direction of C to be its columns: Cᵀ = Bᵀ·Aᵀ again.
                let (m, n, a, b, strides) = if strides.1 < strides.0 {
                    (n, m, b.t(), a.t(), (strides.1, strides.0))
                } else {
                    (m, n, a, b, strides)
                };
                assert!(span(m, k, a.strides) <= a.data.len() && span(k, n, b.strides) <= b.data.len());
                let step = |(rows, cols): (usize, usize)| (cols as isize, rows as isize);
                let ((ac, ar), (bc, br), (cc, cr)) = (step(a.strides), step(b.strides), step(strides));
                // SAFETY: A and B lie inside their slices, as just asserted, and C where the caller says. The crate
                // computes C ← first·C + second·A·B and reads C only if told so. An extent fits isize, as slices do.
                unsafe {
                    $entry()(
                        m,
                        n,
                        k,
                        c,
                        cc,
                        cr,
                        beta != 0.0,
                        a.data.as_ptr(),
                        ac,
                        ar,
                        b.data.as_ptr(),
                        bc,
                        br,
                        beta,
                        alpha,
                        false,
                        false,
                        false,
                        Parallelism::None,
                    )
                }
            }
        }
    };
}

real!(f32, gemm_f32::gemm::f32::get_gemm_fn);
real!(f64, gemm_f64::gemm::f64::get_gemm_fn);
