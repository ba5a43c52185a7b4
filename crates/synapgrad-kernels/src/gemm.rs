//! Matrix products over slices: C ← α·A·B + β·C with any strides, alone or batched, dot products among them.
//!
//! | shape                         | way                                                                      |
//! |-------------------------------|--------------------------------------------------------------------------|
//! | one row or one column         | dot products or sums of scaled columns: one pass over the matrix         |
//! | small, or k ≤ 8               | register tiles straight from the operands (`real::Tiles`): no packing of A   |
//! | anything else, f32 and f64    | the `gemm` crate: packed panels, FMA, threads                            |
//! | f16, bf16                     | widened to f32 by panels of rows, rounded once at the end                |
//! | integers                      | wrapping arithmetic in the type itself, which is exact modulo 2ⁿ         |
//!
//! Every element of C is summed in an order that depends on the shapes and strides alone, never on the number of threads.

use crate::interrupt::{self, Interrupted};
use crate::parallel::{self, Parts};
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

mod panels;
mod real;

pub use panels::Panels;
pub(crate) use real::Tiled;

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

    pub(crate) fn t(self) -> Self {
        Mat { data: self.data, strides: (self.strides.1, self.strides.0) }
    }

    /// Without the first `i` rows.
    pub(crate) fn rows_from(self, i: usize) -> Self {
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
        m: usize,
        n: usize,
        k: usize,
        alpha: Self::Scalar,
        a: Mat<Self>,
        b: Mat<Self>,
        beta: Self::Scalar,
        c: MatMut<Self>,
        threads: usize,
    );
}

/// Below this many multiplications the threads cost more than they bring.
const PARALLEL_GRAIN: usize = 1 << 21;
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
    m: usize,
    n: usize,
    k: usize,
    alpha: T::Scalar,
    a: Mat<T>,
    b: Mat<T>,
    beta: T::Scalar,
    c: MatMut<T>,
    threads: usize,
) -> Result<(), Interrupted> {
    check(m, n, k, a, b, &c);
    gemm_checked(m, n, k, alpha, a, b, beta, c, threads)
}

#[allow(clippy::too_many_arguments)]
fn gemm_checked<T: Gemm>(
    m: usize,
    n: usize,
    k: usize,
    alpha: T::Scalar,
    a: Mat<T>,
    b: Mat<T>,
    beta: T::Scalar,
    mut c: MatMut<T>,
    threads: usize,
) -> Result<(), Interrupted> {
    if m == 0 || n == 0 {
        return Ok(());
    }
    if k == 0 || alpha == T::SCALAR_ZERO {
        scale_all(m, n, beta, c);
        return Ok(());
    }
    let work = m.saturating_mul(n).saturating_mul(k);
    let threads = if work < PARALLEL_GRAIN { 1 } else { threads };
    if work <= 2 * POLL_GRAIN {
        T::product(m, n, k, alpha, a, b, beta, c, threads);
        return Ok(());
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
    m: usize,
    n: usize,
    k: usize,
    alpha: T::Scalar,
    a: Mat<T>,
    a_offsets: &[usize],
    b: Mat<T>,
    b_offsets: &[usize],
    beta: T::Scalar,
    c: MatMut<T>,
    c_offsets: &[usize],
    threads: usize,
) -> Result<(), Interrupted> {
    assert!(
        a_offsets.len() == c_offsets.len() && b_offsets.len() == c_offsets.len(),
        "gemm_batched: {} offsets of A, {} of B, {} of C",
        a_offsets.len(),
        b_offsets.len(),
        c_offsets.len()
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
            run.spread(first..last, c.data, threads)?;
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

    /// The products of `range`, shares of it on different threads. The matrices of C lie one after the other.
    fn spread(&self, range: Range<usize>, c: &mut [T], threads: usize) -> Result<(), Interrupted> {
        let share = range.len().div_ceil(2 * threads);
        let (len, c) = (c.len(), Parts::new(c));
        let stopped = AtomicBool::new(false);
        parallel::each(range.len().div_ceil(share), &|i| {
            let first = range.start + i * share;
            let last = range.end.min(first + share);
            let place = |i: usize| self.c_offsets.get(i).map_or(len, |&offset| offset.min(len));
            // SAFETY: the matrices before `last` end where that one begins, and each is in one share.
            let c = unsafe { c.part(place(first)..place(last)) };
            if self.sequence(first..last, c, place(first), 1).is_err() {
                stopped.store(true, Ordering::Relaxed);
            }
        });
        if stopped.into_inner() { Err(Interrupted) } else { Ok(()) }
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

/// A matrix as f32, contiguous in the direction in which it was (nearly) contiguous.
fn widen<T: Copy>(
    rows: usize,
    cols: usize,
    x: Mat<T>,
    convert: impl Fn(&[T], &mut [f32]),
) -> (Vec<f32>, (usize, usize)) {
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
                m: usize,
                n: usize,
                k: usize,
                alpha: f32,
                a: Mat<$t>,
                b: Mat<$t>,
                beta: f32,
                mut c: MatMut<$t>,
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
                    f32::product(
                        rows,
                        n,
                        k,
                        alpha,
                        Mat::new(&a, a_strides),
                        Mat::new(&b, b_strides),
                        0.0,
                        sums_mat,
                        threads,
                    );
                    let c = c.rows_from(i);
                    for (r, sums) in sums.chunks_exact(n).enumerate().take(rows) {
                        if c.strides.1 == 1 && beta == 0.0 {
                            c.data[r * c.strides.0..][..n].convert_from_f32_slice(sums);
                            continue;
                        }
                        for (j, &sum) in sums.iter().enumerate() {
                            let c = &mut c.data[r * c.strides.0 + j * c.strides.1];
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
                    crate::vecmath::dispatch(#[inline(always)] || for p in 0..k {
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
