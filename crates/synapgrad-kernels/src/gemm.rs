//! Matrix products over slices: C ← α·A·B + β·C with any strides, alone or batched, dot products among them.
//!
//! | shape                         | way                                                                      |
//! |-------------------------------|--------------------------------------------------------------------------|
//! | one row or one column         | dot products or sums of scaled columns: one pass over the matrix         |
//! | small, or k ≤ 8               | register tiles straight from the operands ([`Tiles`]): no packing of A   |
//! | anything else, f32 and f64    | the `gemm` crate: packed panels, FMA, threads                            |
//! | f16, bf16                     | widened to f32 by panels of rows, rounded once at the end                |
//! | integers                      | wrapping arithmetic in the type itself, which is exact modulo 2ⁿ         |
//!
//! Every element of C is summed in an order that depends on the shapes and strides alone, never on the number of threads.

use crate::interrupt::{self, Interrupted};
use gemm_common::Parallelism;
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use pulp::{Simd, WithSimd};
use smallvec::SmallVec;
use std::mem::MaybeUninit;
use std::ops::{Add, Mul, Range};

/// A matrix inside a slice: element (i, j) is `data[i * strides.0 + j * strides.1]`.
#[derive(Clone, Copy)]
pub struct Mat<'a, T> {
    pub data: &'a [T],
    pub strides: (usize, usize),
}

/// A matrix to write to: element (i, j) is `data[i * strides.0 + j * strides.1]`. No two elements may share a place.
pub struct MatMut<'a, T> {
    pub data: &'a mut [T],
    pub strides: (usize, usize),
}

impl<'a, T> Mat<'a, T> {
    /// The matrix whose element (0, 0) is `data[0]`.
    pub fn new(data: &'a [T], strides: (usize, usize)) -> Self {
        Mat { data, strides }
    }

    fn t(self) -> Self {
        Mat { data: self.data, strides: (self.strides.1, self.strides.0) }
    }

    /// Without the first `i` rows.
    fn rows_from(self, i: usize) -> Self {
        Mat { data: &self.data[i * self.strides.0..], strides: self.strides }
    }
}

impl<'a, T> MatMut<'a, T> {
    /// The matrix whose element (0, 0) is `data[0]`.
    pub fn new(data: &'a mut [T], strides: (usize, usize)) -> Self {
        MatMut { data, strides }
    }

    fn t(self) -> Self {
        MatMut { data: self.data, strides: (self.strides.1, self.strides.0) }
    }

    fn rows_from(&mut self, i: usize) -> MatMut<'_, T> {
        MatMut { data: &mut self.data[i * self.strides.0..], strides: self.strides }
    }
}

/// How many elements of a slice a `rows × cols` matrix with these strides reaches over.
fn span(rows: usize, cols: usize, strides: (usize, usize)) -> usize {
    if rows == 0 || cols == 0 {
        return 0;
    }
    let reach = |n: usize, stride: usize| (n - 1).checked_mul(stride);
    reach(rows, strides.0)
        .zip(reach(cols, strides.1))
        .and_then(|(r, c)| r.checked_add(c)?.checked_add(1))
        .expect("matrix extent overflows")
}

/// A slip in a caller's shapes would read or write foreign memory further down, so this holds in release builds too.
fn check<T>(m: usize, n: usize, k: usize, a: Mat<T>, b: Mat<T>, c: &MatMut<T>) {
    assert!(span(m, k, a.strides) <= a.data.len(), "gemm: A is {m}x{k} with strides {:?}, past its slice", a.strides);
    assert!(span(k, n, b.strides) <= b.data.len(), "gemm: B is {k}x{n} with strides {:?}, past its slice", b.strides);
    assert!(span(m, n, c.strides) <= c.data.len(), "gemm: C is {m}x{n} with strides {:?}, past its slice", c.strides);
    let (rs, cs) = c.strides;
    let apart = (n <= 1 || cs > 0) && (m <= 1 || rs > 0);
    let nested = m <= 1 || n <= 1 || rs > (n - 1) * cs || cs > (m - 1) * rs;
    assert!(m == 0 || n == 0 || (apart && nested), "gemm: elements of C overlap: {m}x{n} with strides {:?}", c.strides);
}

/// An element type that has matrix products.
pub trait Gemm: Copy + Send + Sync + 'static {
    /// The type of α and β, and of the sums.
    type Scalar: Copy + PartialEq + Send + Sync;
    const ZERO: Self;
    const SCALAR_ZERO: Self::Scalar;
    const SCALAR_ONE: Self::Scalar;

    /// β·c, in the type's own rounding.
    fn scale(self, beta: Self::Scalar) -> Self;

    /// The product proper: checked, nothing empty, k ≥ 1.
    #[doc(hidden)]
    #[allow(clippy::too_many_arguments)]
    fn product(
        m: usize, n: usize, k: usize, alpha: Self::Scalar, a: Mat<Self>, b: Mat<Self>, beta: Self::Scalar,
        c: MatMut<Self>, threads: usize,
    );
}

/// Below this many multiplications the threads cost more than they bring.
const PARALLEL_GRAIN: usize = 1 << 20;
/// Between two questions whether to stop: about 10 ms of one core.
const POLL_GRAIN: usize = 1 << 29;

/// C ← α·A·B + β·C for A of m × k, B of k × n and C of m × n elements.
///
/// With β = 0, C is not read: what it held, NaN included, leaves no trace. Products of more than a billion
/// multiplications ask [`interrupt::poll`] between blocks.
///
/// # Panics
/// If a matrix reaches past its slice or elements of C overlap.
///
/// ```
/// use synapgrad_kernels::gemm::{gemm, Mat, MatMut};
/// let a = [1.0, 2.0, 3.0, 4.0]; // 2 × 2, row by row
/// let b = [5.0, 6.0, 7.0, 8.0];
/// let mut c = [0.0f32; 4];
/// // A·Bᵀ: B is read with its strides exchanged.
/// gemm(2, 2, 2, 1.0, Mat::new(&a, (2, 1)), Mat::new(&b, (1, 2)), 0.0, MatMut::new(&mut c, (2, 1)), 1).unwrap();
/// assert_eq!(c, [17.0, 23.0, 39.0, 53.0]);
/// ```
#[allow(clippy::too_many_arguments)]
pub fn gemm<T: Gemm>(
    m: usize, n: usize, k: usize, alpha: T::Scalar, a: Mat<T>, b: Mat<T>, beta: T::Scalar, c: MatMut<T>, threads: usize,
) -> Result<(), Interrupted> {
    check(m, n, k, a, b, &c);
    gemm_checked(m, n, k, alpha, a, b, beta, c, threads)
}

#[allow(clippy::too_many_arguments)]
fn gemm_checked<T: Gemm>(
    m: usize, n: usize, k: usize, alpha: T::Scalar, a: Mat<T>, b: Mat<T>, beta: T::Scalar, mut c: MatMut<T>,
    threads: usize,
) -> Result<(), Interrupted> {
    if m == 0 || n == 0 {
        return Ok(());
    }
    if k == 0 || alpha == T::SCALAR_ZERO {
        return Ok(scale_all(m, n, beta, c));
    }
    let work = m.saturating_mul(n).saturating_mul(k);
    let threads = if work < PARALLEL_GRAIN { 1 } else { threads };
    if work <= 2 * POLL_GRAIN {
        return Ok(T::product(m, n, k, alpha, a, b, beta, c, threads));
    }
    if m < n {
        return gemm_checked(n, m, k, alpha, b.t(), a.t(), beta, c.t(), threads);
    }
    let block = (POLL_GRAIN / n.saturating_mul(k)).next_multiple_of(192).max(192);
    for i in (0..m).step_by(block) {
        interrupt::poll()?;
        let rows = block.min(m - i);
        T::product(rows, n, k, alpha, a.rows_from(i), b, beta, c.rows_from(i), threads);
    }
    Ok(())
}

/// One product per entry of the offset lists: `c[c_offsets[i]..] ← α·a[a_offsets[i]..]·b[b_offsets[i]..] + β·c[..]`.
///
/// With several threads and C's matrices one after the other, whole products go to different threads; otherwise
/// each product is divided by itself.
///
/// # Panics
/// If the lists differ in length, a matrix reaches past its slice or elements of C overlap within one product.
#[allow(clippy::too_many_arguments)]
pub fn gemm_batched<T: Gemm>(
    m: usize, n: usize, k: usize, alpha: T::Scalar, a: Mat<T>, a_offsets: &[usize], b: Mat<T>, b_offsets: &[usize],
    beta: T::Scalar, c: MatMut<T>, c_offsets: &[usize], threads: usize,
) -> Result<(), Interrupted> {
    assert!(
        a_offsets.len() == c_offsets.len() && b_offsets.len() == c_offsets.len(),
        "gemm_batched: {} offsets of A, {} of B, {} of C", a_offsets.len(), b_offsets.len(), c_offsets.len()
    );
    let work = m.saturating_mul(n).saturating_mul(k);
    let reach = span(m, n, c.strides);
    let disjoint = c_offsets.windows(2).all(|w| w[0].checked_add(reach).is_some_and(|end| end <= w[1]));
    let run = Batch { shape: (m, n, k), alpha, a, a_offsets, b, b_offsets, beta, c_strides: c.strides, c_offsets };
    let spread = threads > 1 && disjoint && work < POLL_GRAIN && work.saturating_mul(c_offsets.len()) >= PARALLEL_GRAIN;
    // At most this many products between two questions whether to stop, which only the calling thread may ask.
    let stretch = (POLL_GRAIN / work.max(1)).max(1).saturating_mul(if spread { threads } else { 1 });
    let mut first = 0;
    while first < c_offsets.len() {
        let last = c_offsets.len().min(first.saturating_add(stretch));
        if first > 0 {
            interrupt::poll()?;
        }
        if spread {
            run.split(first..last, c.data, 0, threads)?;
        } else {
            run.sequence(first..last, c.data, 0, threads)?;
        }
        first = last;
    }
    Ok(())
}

struct Batch<'a, T: Gemm> {
    shape: (usize, usize, usize),
    alpha: T::Scalar,
    a: Mat<'a, T>,
    a_offsets: &'a [usize],
    b: Mat<'a, T>,
    b_offsets: &'a [usize],
    beta: T::Scalar,
    c_strides: (usize, usize),
    c_offsets: &'a [usize],
}

impl<T: Gemm> Batch<'_, T> {
    /// The products of `range` in turn; `c` begins at offset `base`.
    fn sequence(&self, range: Range<usize>, c: &mut [T], base: usize, threads: usize) -> Result<(), Interrupted> {
        let (m, n, k) = self.shape;
        for i in range {
            let a = Mat::new(self.a.data.get(self.a_offsets[i]..).unwrap_or(&[]), self.a.strides);
            let b = Mat::new(self.b.data.get(self.b_offsets[i]..).unwrap_or(&[]), self.b.strides);
            let c = MatMut::new(c.get_mut(self.c_offsets[i] - base..).unwrap_or(&mut []), self.c_strides);
            gemm(m, n, k, self.alpha, a, b, self.beta, c, threads)?;
        }
        Ok(())
    }

    /// The products of `range`, halves of it on different threads.
    fn split(&self, range: Range<usize>, c: &mut [T], base: usize, threads: usize) -> Result<(), Interrupted> {
        if threads <= 1 || range.len() <= 1 {
            return self.sequence(range, c, base, 1);
        }
        let middle = range.start + range.len() / 2;
        let cut = self.c_offsets[middle].min(base + c.len());
        let (left, right) = c.split_at_mut(cut - base);
        let (l, r) = rayon::join(
            || self.split(range.start..middle, left, base, threads / 2),
            || self.split(middle..range.end, right, cut, threads - threads / 2),
        );
        l.and(r)
    }
}

/// C ← β·C
fn scale_all<T: Gemm>(m: usize, n: usize, beta: T::Scalar, c: MatMut<T>) {
    if beta == T::SCALAR_ONE {
        return;
    }
    for i in 0..m {
        for j in 0..n {
            let x = &mut c.data[i * c.strides.0 + j * c.strides.1];
            *x = if beta == T::SCALAR_ZERO { T::ZERO } else { x.scale(beta) };
        }
    }
}

/// Σ aᵢ·bᵢ over n elements that lie `stride_a` and `stride_b` apart.
///
/// # Panics
/// If an operand reaches past its slice.
///
/// ```
/// use synapgrad_kernels::gemm::dot;
/// assert_eq!(dot(3, &[1.0f32, 2.0, 3.0], 1, &[4.0, 0.0, 5.0, 0.0, 6.0], 2), 32.0);
/// ```
pub fn dot<T: Gemm>(n: usize, a: &[T], stride_a: usize, b: &[T], stride_b: usize) -> T {
    let mut c = [T::ZERO];
    let (a, b) = (Mat::new(a, (0, stride_a)), Mat::new(b, (stride_b, 0)));
    check(1, 1, n, a, b, &MatMut::new(&mut c, (1, 1)));
    if n > 0 {
        T::product(1, 1, n, T::SCALAR_ONE, a, b, T::SCALAR_ZERO, MatMut::new(&mut c, (1, 1)), 1);
    }
    c[0]
}

/// f32 and f64: the vector operations of which the loops below are made, for whichever instruction set runs.
trait Real: Gemm<Scalar = Self> + Default + PartialEq + Add<Output = Self> + Mul<Output = Self> {
    /// As many numbers as one register holds.
    type Vector<S: Simd>: Copy;

    fn lanes<S: Simd>(simd: S) -> usize;
    fn splat<S: Simd>(simd: S, x: Self) -> Self::Vector<S>;
    fn plus<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// a·b + c, fused where the instruction set can.
    fn mul_add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>, c: Self::Vector<S>) -> Self::Vector<S>;
    /// The sum over the lanes.
    fn sum<S: Simd>(simd: S, a: Self::Vector<S>) -> Self;

    /// The product through the `gemm` crate.
    #[allow(clippy::too_many_arguments)]
    fn packed(
        m: usize, n: usize, k: usize, alpha: Self, a: Mat<Self>, b: Mat<Self>, beta: Self, c: MatMut<Self>,
        threads: usize,
    );
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

/// Up to this many multiplications, the tiles below are quicker than packing the operands.
const SMALL: usize = 1 << 14;
/// The longest inner dimension for which a tile of B fits the stack.
const SMALL_K: usize = 128;

/// What the tiles of a small product cost, in scalar moves: copying B, storing C, and the arithmetic, in vectors of 8.
fn tile_cost<T>(m: usize, n: usize, k: usize, b: &Mat<T>, c_strides: (usize, usize)) -> usize {
    let padded = n.next_multiple_of(8);
    let copy = if b.strides.1 == 1 && n == padded { 0 } else { padded * k };
    let store = if c_strides.1 == 1 && n == padded { m * n / 8 } else { m * n };
    copy + store + m * padded * k / 16
}

#[allow(clippy::too_many_arguments)]
fn real_product<T: Real>(
    m: usize, n: usize, k: usize, alpha: T, a: Mat<T>, b: Mat<T>, beta: T, c: MatMut<T>, threads: usize,
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
    } else if small {
        pulp::Arch::new().dispatch(Tiles { m, n, k, alpha, a, b, beta, c })
    } else {
        T::packed(m, n, k, alpha, a, b, beta, c, threads)
    }
}

/// The product in register tiles of up to 4 rows and two vectors (or, at the right edge, one).
///
/// A is read in place, element by element, whatever its strides. A tile of B whose rows are contiguous is read in place
/// too; otherwise it is copied to the stack first, transposed on the way and filled up with zeros.
struct Tiles<'a, T> {
    m: usize,
    n: usize,
    k: usize,
    alpha: T,
    a: Mat<'a, T>,
    b: Mat<'a, T>,
    beta: T,
    c: MatMut<'a, T>,
}

impl<T: Real> WithSimd for Tiles<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        // Blocks of rows keep the part of C at hand in the cache when k is short and C large.
        const ROWS: usize = 64;
        let lanes = T::lanes(simd);
        for i in (0..self.m).step_by(ROWS) {
            let mut j = 0;
            while j < self.n {
                let rows = i..self.m.min(i + ROWS);
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
                    // SAFETY: p < k and j < filled, so the index is below the span asserted above.
                    let x = if j < filled { unsafe { *b.data.get_unchecked(p * b.strides.0 + j * b.strides.1) } } else { T::ZERO };
                    // SAFETY: p·width + j < k·width, the length of `rows`.
                    unsafe { rows.get_unchecked_mut(p * width + j) }.write(x);
                }
            }
            // SAFETY: all k·width numbers were written just now.
            (unsafe { std::slice::from_raw_parts(rows.as_ptr().cast::<T>(), rows.len()) }, width)
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
        &mut self, simd: S, i: usize, j: usize, filled: usize, tile: &[T], step: usize,
    ) {
        let lanes = T::lanes(simd);
        let a = self.a.rows_from(i);
        assert!(span(R, self.k, a.strides) <= a.data.len() && span(self.k, V * lanes, (step, 1)) <= tile.len());
        let mut sums = [[T::splat(simd, T::ZERO); V]; R];
        for p in 0..self.k {
            // SAFETY: p < k, so this row of the tile is V·lanes numbers inside the span asserted above.
            let row: [T::Vector<S>; V] = unsafe { tile.as_ptr().add(p * step).cast::<[T::Vector<S>; V]>().read_unaligned() };
            for r in 0..R {
                // SAFETY: r < R and p < k, so the index is below the span asserted above.
                let x = T::splat(simd, unsafe { *a.data.get_unchecked(r * a.strides.0 + p * a.strides.1) });
                for v in 0..V {
                    sums[r][v] = T::mul_add(simd, x, row[v], sums[r][v]);
                }
            }
        }
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
    n: usize, k: usize, alpha: T, a: Mat<T>, b: Mat<T>, beta: T, c: MatMut<T>, threads: usize,
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
    n: usize, alpha: T, x: &[T], b: Mat<T>, beta: T, c: &mut [T], stride: usize, threads: usize,
) {
    if threads > 1 && n >= 128 {
        let half = (n / 2).next_multiple_of(64);
        let (left, right) = c.split_at_mut(half * stride);
        rayon::join(
            || row_times_columns(half, alpha, x, b, beta, left, stride, threads / 2),
            || row_times_columns(n - half, alpha, x, b.t().rows_from(half).t(), beta, right, stride, threads - threads / 2),
        );
        return;
    }
    pulp::Arch::new().dispatch(RowTimesColumns { n, alpha, x, b, beta, c, stride })
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
            for p in fours..x.len() {
                for (s, &y) in sums.iter_mut().zip(row(p)) {
                    *s = *s + x[p] * y;
                }
            }
            for (i, &s) in sums.iter().enumerate() {
                put(&mut c[(j + i) * stride], alpha, s, beta);
            }
        }
    }
}

macro_rules! real {
    ($t:ty, $entry:path, $vector:ident, $splat:ident, $add:ident, $mul_add:ident, $sum:ident) => {
        impl Gemm for $t {
            type Scalar = $t;
            const ZERO: $t = 0.0;
            const SCALAR_ZERO: $t = 0.0;
            const SCALAR_ONE: $t = 1.0;

            fn scale(self, beta: $t) -> $t {
                self * beta
            }

            fn product(
                m: usize, n: usize, k: usize, alpha: $t, a: Mat<$t>, b: Mat<$t>, beta: $t, c: MatMut<$t>, threads: usize,
            ) {
                real_product(m, n, k, alpha, a, b, beta, c, threads)
            }
        }

        impl Real for $t {
            type Vector<S: Simd> = S::$vector;

            #[inline(always)]
            fn lanes<S: Simd>(_: S) -> usize {
                size_of::<S::$vector>() / size_of::<$t>()
            }

            #[inline(always)]
            fn splat<S: Simd>(simd: S, x: $t) -> S::$vector {
                simd.$splat(x)
            }

            #[inline(always)]
            fn plus<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$add(a, b)
            }

            #[inline(always)]
            fn mul_add<S: Simd>(simd: S, a: S::$vector, b: S::$vector, c: S::$vector) -> S::$vector {
                simd.$mul_add(a, b, c)
            }

            #[inline(always)]
            fn sum<S: Simd>(simd: S, a: S::$vector) -> $t {
                simd.$sum(a)
            }

            fn packed(
                m: usize, n: usize, k: usize, alpha: $t, a: Mat<$t>, b: Mat<$t>, beta: $t, c: MatMut<$t>, threads: usize,
            ) {
                // The crate wants the contiguous direction of C to be its columns: Cᵀ = Bᵀ·Aᵀ again.
                let (m, n, a, b, c) = if c.strides.1 < c.strides.0 { (n, m, b.t(), a.t(), c.t()) } else { (m, n, a, b, c) };
                check(m, n, k, a, b, &c);
                let step = |(rows, cols): (usize, usize)| (cols as isize, rows as isize);
                let ((ac, ar), (bc, br), (cc, cr)) = (step(a.strides), step(b.strides), step(c.strides));
                let parallelism = if threads > 1 { Parallelism::Rayon(threads) } else { Parallelism::None };
                // SAFETY: the check above proves that every element of the three matrices lies inside its slice, and
                // that no two elements of C share a place; C is borrowed exclusively. The crate computes
                // C ← first·C + second·A·B and reads C only if told so. An extent fits isize, as slices do.
                unsafe {
                    $entry()(
                        m, n, k, c.data.as_mut_ptr(), cc, cr, beta != 0.0, a.data.as_ptr(), ac, ar, b.data.as_ptr(), bc,
                        br, beta, alpha, false, false, false, parallelism,
                    )
                }
            }
        }
    };
}

real!(f32, gemm_f32::gemm::f32::get_gemm_fn, f32s, splat_f32s, add_f32s, mul_add_e_f32s, reduce_sum_f32s);
real!(f64, gemm_f64::gemm::f64::get_gemm_fn, f64s, splat_f64s, add_f64s, mul_add_e_f64s, reduce_sum_f64s);

/// A matrix as f32, contiguous in the direction in which it was (nearly) contiguous.
fn widen<T: Copy>(rows: usize, cols: usize, x: Mat<T>, convert: impl Fn(&[T], &mut [f32])) -> (Vec<f32>, (usize, usize)) {
    let by_columns = x.strides.0 < x.strides.1;
    let (outer, inner, x) = if by_columns { (cols, rows, x.t()) } else { (rows, cols, x) };
    let mut wide = vec![0.0; rows * cols];
    let mut line = Vec::new();
    for (i, wide) in wide.chunks_exact_mut(inner).enumerate().take(outer) {
        let data = &x.data[i * x.strides.0..];
        if x.strides.1 == 1 {
            convert(&data[..inner], wide);
        } else {
            line.clear();
            line.extend((0..inner).map(|j| data[j * x.strides.1]));
            convert(&line, wide);
        }
    }
    (wide, if by_columns { (1, inner) } else { (inner, 1) })
}

macro_rules! half {
    ($t:ty) => {
        impl Gemm for $t {
            type Scalar = f32;
            const ZERO: $t = <$t>::ZERO;
            const SCALAR_ZERO: f32 = 0.0;
            const SCALAR_ONE: f32 = 1.0;

            fn scale(self, beta: f32) -> $t {
                <$t>::from_f32(self.to_f32() * beta)
            }

            fn product(
                m: usize, n: usize, k: usize, alpha: f32, a: Mat<$t>, b: Mat<$t>, beta: f32, mut c: MatMut<$t>,
                threads: usize,
            ) {
                let convert = |from: &[$t], to: &mut [f32]| from.convert_to_f32_slice(to);
                let (b, b_strides) = widen(k, n, b, convert);
                // Panels of rows bound the memory that the wider copies take.
                let rows = ((1 << 20) / n.max(k)).max(64).min(m);
                let mut sums = vec![0f32; rows * n];
                for i in (0..m).step_by(rows) {
                    let rows = rows.min(m - i);
                    let (a, a_strides) = widen(rows, k, a.rows_from(i), convert);
                    let sums_mat = MatMut::new(&mut sums, (n, 1));
                    f32::product(rows, n, k, alpha, Mat::new(&a, a_strides), Mat::new(&b, b_strides), 0.0, sums_mat, threads);
                    let c = c.rows_from(i);
                    for r in 0..rows {
                        for j in 0..n {
                            let c = &mut c.data[r * c.strides.0 + j * c.strides.1];
                            let sum = sums[r * n + j];
                            *c = <$t>::from_f32(if beta == 0.0 { sum } else { sum + beta * c.to_f32() });
                        }
                    }
                }
            }
        }
    };
}

half!(f16);
half!(bf16);

macro_rules! integer {
    ($($t:ty)*) => {$(
        impl Gemm for $t {
            type Scalar = i64;
            const ZERO: $t = 0;
            const SCALAR_ZERO: i64 = 0;
            const SCALAR_ONE: i64 = 1;

            fn scale(self, beta: i64) -> $t {
                self.wrapping_mul(beta as $t)
            }

            fn product(
                m: usize, n: usize, k: usize, alpha: i64, a: Mat<$t>, b: Mat<$t>, beta: i64, c: MatMut<$t>, _: usize,
            ) {
                // Rows of B are wanted contiguous.
                let copy: Vec<$t>;
                let b = if b.strides.1 == 1 {
                    b
                } else {
                    copy = (0..k * n).map(|i| b.data[i / n * b.strides.0 + i % n * b.strides.1]).collect();
                    Mat::new(&copy, (n, 1))
                };
                let mut sums = vec![0; n];
                for i in 0..m {
                    sums.fill(0);
                    pulp::Arch::new().dispatch(#[inline(always)] || for p in 0..k {
                        let x = a.data[i * a.strides.0 + p * a.strides.1];
                        for (s, &y) in sums.iter_mut().zip(&b.data[p * b.strides.0..][..n]) {
                            *s = <$t>::wrapping_add(*s, x.wrapping_mul(y));
                        }
                    });
                    for (j, &s) in sums.iter().enumerate() {
                        let c = &mut c.data[i * c.strides.0 + j * c.strides.1];
                        *c = c.wrapping_mul(beta as $t).wrapping_add(s.wrapping_mul(alpha as $t));
                    }
                }
            }
        }
    )*};
}

integer!(i64 i32 i16 i8 u8);

#[cfg(test)]
mod tests;
