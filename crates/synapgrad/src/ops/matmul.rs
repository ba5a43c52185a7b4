//! Matrix products.

use std::borrow::Cow;

use synapgrad_kernels::gemm::{Gemm, Mat, MatMut, gemm, gemm_batched};
use synapgrad_kernels::interrupt::Interrupted;
use synapgrad_kernels::layout::broadcast_shapes;
use synapgrad_kernels::{Bool, Buffer, DType, Dims, Element, Layout, Src, bf16, f16, parallel, with_element};

use super::create::room;
use super::operand::{Operand, with_sources};
use crate::autograd::{Cx, Grads, grads, record};
use crate::error::{bail, ensure};
use crate::{Result, Tensor};

/// Lock the memory of all operands for reading.
pub(super) fn with_buffers<R, const N: usize>(tensors: [&Tensor; N], work: impl FnOnce([&Buffer; N]) -> R) -> R {
    static UNUSED: Layout = Layout { shape: Dims::new(), strides: Dims::new(), offset: 0 };
    with_sources(&tensors.map(Operand::Tensor), &[&UNUSED; N], |sources| {
        work(sources.map(|source| match source {
            Src::View { data, .. } => data,
            _ => unreachable!("every operand is a tensor"),
        }))
    })
}

/// The elements of `data` from `offset` on: none where a tensor without elements begins beyond its memory.
fn from<T: Element>(data: &Buffer, offset: usize) -> &[T] {
    let all = data.as_slice::<T>();
    &all[offset.min(all.len())..]
}

/// # Errors
/// Where the dtypes differ, or have no product.
fn check_dtypes(name: &str, a: &Tensor, b: &Tensor) -> Result<()> {
    ensure!(
        a.dtype() == b.dtype(),
        Runtime,
        "{name}: mat1 and mat2 must have the same dtype, but got {} and {}",
        a.dtype().title(),
        b.dtype().title()
    );
    ensure!(
        a.dtype() != DType::Bool,
        Runtime,
        "{name}: not implemented for 'Bool'; convert the operands to a number type"
    );
    Ok(())
}

/// The tensor, or a copy where many of its elements lie in one place: the loops below copy what is not contiguous in pieces
/// that memory has to have room for, and only [`Buffer`]s may be refused.
pub(super) fn unfolded(x: &Tensor, k: usize) -> Result<Cow<'_, Tensor>> {
    let expanded = k > 1 << 20 && x.numel() > x.storage().read().bytes() / x.dtype().size();
    Ok(if expanded { Cow::Owned(x.detach().contiguous()?) } else { Cow::Borrowed(x) })
}

/// C[i] = A[i]·B[i] for every i of the leading dimensions, which are the same for all three; not recorded.
fn product(name: &str, a: &Tensor, b: &Tensor) -> Result<Tensor> {
    check_dtypes(name, a, b)?;
    let rank = a.rank();
    let (m, k, n) = (a.shape()[rank - 2], a.shape()[rank - 1], b.shape()[rank - 1]);
    let mut shape = Dims::from_slice(&a.shape()[..rank - 2]);
    shape.extend([m, n]);
    let dtype = a.dtype();
    let (a, b) = (&*unfolded(a, k)?, &*unfolded(b, k)?);
    let mut data = room(&shape, dtype)?;
    let layout = Layout::dense(&shape);
    let strides = |t: &Tensor| (t.strides()[rank - 2], t.strides()[rank - 1]);
    let count: usize = shape[..rank - 2].iter().product();
    with_buffers([a, b], |[data_a, data_b]| {
        with_element!(dtype, T => {
            type N = <T as Multiplies>::As;
            let (one, zero) = (<N as Gemm>::SCALAR_ONE, <N as Gemm>::SCALAR_ZERO);
            let left = Mat::new(from::<N>(data_a, a.layout().offset), strides(a));
            let right = Mat::new(from::<N>(data_b, b.layout().offset), strides(b));
            let out = MatMut::new(data.as_mut_slice::<N>(), (n, 1));
            if count == 1 {
                return gemm::<N>(m, n, k, one, left, right, zero, out, parallel::threads());
            }
            // Where the matrices begin, counted from the first.
            let offsets = |t: &Tensor| -> Vec<usize> {
                let batch = Layout {
                    shape: Dims::from_slice(&t.shape()[..rank - 2]),
                    strides: Dims::from_slice(&t.strides()[..rank - 2]),
                    offset: 0,
                };
                (0..count).map(|i| batch.position(i)).collect()
            };
            let places: Vec<usize> = (0..count).map(|i| i * m * n).collect();
            let (a, b) = (offsets(a), offsets(b));
            gemm_batched::<N>(m, n, k, one, left, &a, right, &b, zero, out, &places, parallel::threads())
        })
    })?;
    Ok(Tensor::from_buffer(data, layout, dtype))
}

/// A tensor read as a matrix whose rows are its last dimension.
struct Rows {
    /// The tensor, or a copy where the rows are not evenly spaced.
    tensor: Tensor,
    count: usize,
    strides: (usize, usize),
}

impl Rows {
    fn of(tensor: &Tensor) -> Result<Rows> {
        let (shape, strides) = (tensor.shape(), tensor.strides());
        let rank = shape.len();
        Ok(match rank {
            1 => Rows { tensor: tensor.clone(), count: 1, strides: (shape[0], strides[0]) },
            2 => Rows { tensor: tensor.clone(), count: shape[0], strides: (strides[0], strides[1]) },
            _ => {
                let (count, width) = (shape[..rank - 1].iter().product(), shape[rank - 1]);
                match tensor.layout().view(&[count, width]) {
                    Some(view) => Rows { tensor: tensor.clone(), count, strides: (view.strides[0], view.strides[1]) },
                    None => Rows { tensor: tensor.detach().contiguous()?, count, strides: (width, 1) },
                }
            }
        })
    }

    fn mat<'a, T: Element>(&self, data: &'a Buffer) -> Mat<'a, T> {
        Mat::new(from(data, self.tensor.layout().offset), self.strides)
    }
}

/// The same matrix with rows and columns exchanged.
fn transposed<T: Copy>(matrix: Mat<T>) -> Mat<T> {
    Mat::new(matrix.data, (matrix.strides.1, matrix.strides.0))
}

/// Y = X·Wᵀ + b; not recorded.
fn affine(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    let (n, k) = (weight.shape()[0], weight.shape()[1]);
    let (x, weight) = (unfolded(x, k)?, &*unfolded(weight, k)?);
    let (x, w) = (Rows::of(&x)?, Rows::of(weight)?);
    let mut shape = Dims::from_slice(x.tensor.shape());
    shape[x.tensor.rank() - 1] = n;
    let dtype = weight.dtype();
    let mut out = room(&shape, dtype)?;
    with_buffers([&x.tensor, weight, bias.unwrap_or(weight)], |[data_x, data_w, data_b]| {
        with_element!(dtype, T => {
            type N = <T as Multiplies>::As;
            let (one, zero) = (<N as Gemm>::SCALAR_ONE, <N as Gemm>::SCALAR_ZERO);
            let out = &mut out.as_mut_slice::<N>()[..x.count * n];
            // The bias is what the product is added to.
            let beta = match bias {
                None => zero,
                Some(bias) => {
                    let b = from::<N>(data_b, bias.layout().offset);
                    let stride = if bias.numel() == 1 { 0 } else { bias.strides()[0] };
                    for row in out.chunks_exact_mut(n.max(1)) {
                        if stride == 1 {
                            row.copy_from_slice(&b[..n]);
                        } else {
                            row.iter_mut().enumerate().for_each(|(j, y)| *y = b[j * stride]);
                        }
                    }
                    one
                }
            };
            let (x_mat, w_mat) = (x.mat(data_x), transposed(w.mat(data_w)));
            gemm::<N>(x.count, n, k, one, x_mat, w_mat, beta, MatMut::new(out, (n, 1)), parallel::threads())
        })
    })?;
    Ok(Tensor::from_buffer(out, Layout::dense(&shape), dtype))
}

/// ∂X = G·W, ∂W = Gᵀ·X, ∂b = 1ᵀ·G of [`affine`], those that are asked for.
fn affine_grads(cx: &Cx, x: &Tensor, weight: &Tensor) -> Result<Grads> {
    /// Up to so many rows are summed by a product with a row of ones; beyond, rounding asks for a sum in blocks.
    const FEW: usize = 64;
    let dtype = weight.dtype();
    let g = Rows::of(&cx.g.to_dtype(dtype)?)?;
    let (w, x) = (Rows::of(weight)?, Rows::of(x)?);
    let (rows, n, k) = (g.count, weight.shape()[0], weight.shape()[1]);
    let wants = |i: usize| i < cx.inputs() && cx.needs(i);
    let fresh = |shape: &[usize], wanted: bool| -> Result<Option<Tensor>> {
        if wanted { Tensor::empty(shape, dtype).map(Some) } else { Ok(None) }
    };
    let by_ones = wants(2) && rows <= FEW;
    let grads = [fresh(x.tensor.shape(), wants(0))?, fresh(&[n, k], wants(1))?, fresh(&[n], by_ones)?];
    with_buffers([&g.tensor, weight, &x.tensor], |[data_g, data_w, data_x]| {
        with_element!(dtype, T => {
            type N = <T as Multiplies>::As;
            let (one, zero) = (<N as Gemm>::SCALAR_ONE, <N as Gemm>::SCALAR_ZERO);
            let (g, w, x) = (g.mat::<N>(data_g), w.mat::<N>(data_w), x.mat::<N>(data_x));
            let into = |grad: &Tensor, m: usize, n: usize, k: usize, a: Mat<N>, b: Mat<N>| {
                let mut out = grad.storage().write();
                let out = MatMut::new(out.as_mut_slice::<N>(), (n, 1));
                gemm::<N>(m, n, k, one, a, b, zero, out, parallel::threads())
            };
            if let Some(grad) = &grads[0] {
                into(grad, rows, k, n, g, w)?;
            }
            if let Some(grad) = &grads[1] {
                into(grad, n, k, rows, transposed(g), x)?;
            }
            if let Some(grad) = &grads[2] {
                let ones = [N::from_i64(1); FEW];
                into(grad, 1, n, rows, Mat::new(&ones, (FEW, 1)), g)?;
            }
        });
        Ok::<(), Interrupted>(())
    })?;
    let mut grads: Grads = grads.into_iter().take(cx.inputs()).collect();
    if wants(2) && !by_ones {
        grads[2] = Some(g.tensor.reshape(&[rows, n])?.sum_dims(&[0], false, None)?);
    }
    Ok(grads)
}

/// The type that matrices of an element type are multiplied as: itself; bools, which are refused before, as bytes.
trait Multiplies {
    type As: Gemm + Element;
}
macro_rules! multiplies {
    ($($t:ty = $as:ty),*) => {$(
        impl Multiplies for $t {
            type As = $as;
        }
    )*};
}
multiplies!(f32 = f32, f64 = f64, f16 = f16, bf16 = bf16, i64 = i64, i32 = i32, i16 = i16, i8 = i8, u8 = u8, Bool = u8);

impl Tensor {
    /// The product of two matrices: (m, k)·(k, n) → (m, n). ∂A = G·Bᵀ, ∂B = Aᵀ·G
    ///
    /// # Errors
    /// RuntimeError where an operand is no matrix, the inner sizes differ, or the dtypes do.
    pub fn mm(&self, other: &Tensor) -> Result<Tensor> {
        self.mm_as("mm", other)
    }

    /// [`Tensor::mm`] as a part of the operation `name`, which its errors speak of.
    pub(crate) fn mm_as(&self, name: &str, other: &Tensor) -> Result<Tensor> {
        ensure!(
            self.rank() == 2 && other.rank() == 2,
            Runtime,
            "{name}: expected two matrices, got shapes {:?} and {:?}",
            self.shape(),
            other.shape()
        );
        ensure!(
            self.shape()[1] == other.shape()[0],
            Runtime,
            "{name}: mat1 and mat2 shapes cannot be multiplied ({}x{} and {}x{})",
            self.shape()[0],
            self.shape()[1],
            other.shape()[0],
            other.shape()[1]
        );
        let product = product(name, self, other)?;
        Ok(record("mm", &[self, other], product, &[self.into(), other.into()], |cx| {
            let [a, b] = cx.saved()?;
            grads![cx; cx.g.mm(&b.mt()?)?, a.mt()?.mm(cx.g)?]
        }))
    }

    /// Products of two stacks of matrices: (b, m, k)·(b, k, n) → (b, m, n). ∂A = G·Bᵀ, ∂B = Aᵀ·G
    ///
    /// # Errors
    /// RuntimeError where an operand is no stack of matrices, sizes don't fit, or the dtypes differ.
    pub fn bmm(&self, other: &Tensor) -> Result<Tensor> {
        self.bmm_as("bmm", other)
    }

    /// [`Tensor::bmm`] as a part of the operation `name`, which its errors speak of.
    pub(crate) fn bmm_as(&self, name: &str, other: &Tensor) -> Result<Tensor> {
        let fits = self.rank() == 3
            && other.rank() == 3
            && self.shape()[0] == other.shape()[0]
            && self.shape()[2] == other.shape()[1];
        ensure!(
            fits,
            Runtime,
            "{name}: expected shapes (b, m, k) and (b, k, n), got {:?} and {:?}",
            self.shape(),
            other.shape()
        );
        let product = product(name, self, other)?;
        Ok(record("bmm", &[self, other], product, &[self.into(), other.into()], |cx| {
            let [a, b] = cx.saved()?;
            grads![cx; cx.g.bmm(&b.mt()?)?, a.mt()?.bmm(cx.g)?]
        }))
    }

    /// The inner product of two vectors. ∂a = g·b, ∂b = g·a
    ///
    /// # Errors
    /// RuntimeError where an operand is no vector or the lengths or dtypes differ.
    pub fn dot(&self, other: &Tensor) -> Result<Tensor> {
        self.dot_as("dot", other)
    }

    /// [`Tensor::dot`] as a part of the operation `name`, which its errors speak of.
    pub(crate) fn dot_as(&self, name: &str, other: &Tensor) -> Result<Tensor> {
        ensure!(
            self.rank() == 1 && other.rank() == 1 && self.numel() == other.numel(),
            Runtime,
            "{name}: expected two vectors of one length, got shapes {:?} and {:?}",
            self.shape(),
            other.shape()
        );
        let row = self.detach().unsqueeze(0)?;
        let product = product(name, &row, &other.detach().unsqueeze(1)?)?.view(&[])?;
        Ok(record("dot", &[self, other], product, &[self.into(), other.into()], |cx| {
            let [a, b] = cx.saved()?;
            grads![cx; cx.g.mul(&b)?, cx.g.mul(&a)?]
        }))
    }

    /// A matrix times a vector: (m, k)·(k) → (m). ∂A = g·bᵀ, ∂b = Aᵀ·g
    ///
    /// # Errors
    /// RuntimeError where the shapes are others or the dtypes differ.
    pub fn mv(&self, other: &Tensor) -> Result<Tensor> {
        self.mv_as("mv", other)
    }

    /// [`Tensor::mv`] as a part of the operation `name`, which its errors speak of.
    pub(crate) fn mv_as(&self, name: &str, other: &Tensor) -> Result<Tensor> {
        ensure!(
            self.rank() == 2 && other.rank() == 1 && self.shape()[1] == other.shape()[0],
            Runtime,
            "{name}: expected a matrix and a vector of its row's length, got shapes {:?} and {:?}",
            self.shape(),
            other.shape()
        );
        let product = product(name, &self.detach(), &other.detach().unsqueeze(1)?)?.view(&[self.shape()[0]])?;
        Ok(record("mv", &[self, other], product, &[self.into(), other.into()], |cx| {
            let [a, b] = cx.saved()?;
            grads![cx; cx.g.unsqueeze(1)?.mul(&b.unsqueeze(0)?)?, a.mt()?.mv(cx.g)?]
        }))
    }

    /// The matrix product as `@` means it: two vectors give their inner product, a vector counts as a row on the left and
    /// as a column on the right, leading dimensions are batches and broadcast. ∂A = G·Bᵀ, ∂B = Aᵀ·G
    ///
    /// # Errors
    /// RuntimeError for a 0-d operand, sizes that don't fit, or different dtypes.
    pub fn matmul(&self, other: &Tensor) -> Result<Tensor> {
        match (self.rank(), other.rank()) {
            (0, _) | (_, 0) => bail!(
                Runtime,
                "matmul: both arguments need to be at least 1D, but they are {}D and {}D",
                self.rank(),
                other.rank()
            ),
            (1, 1) => self.dot_as("matmul", other),
            (2, 1) => self.mv_as("matmul", other),
            (2, 2) => self.mm_as("matmul", other),
            (_, 2) => {
                ensure!(
                    self.shape()[self.rank() - 1] == other.shape()[0],
                    Runtime,
                    "matmul: mat1 and mat2 shapes cannot be multiplied: expected the last size of the first operand to be \
                     the first of the second, got shapes {:?} and {:?}",
                    self.shape(),
                    other.shape()
                );
                // A matrix on the right serves all on the left.
                self.linear(&other.mt()?, None)
            }
            (1, _) => self.unsqueeze(0)?.matmul(other)?.squeeze_dim(-2),
            (_, 1) => self.matmul(&other.unsqueeze(1)?)?.squeeze_dim(-1),
            (ra, rb) => {
                let (sa, sb) = (self.shape(), other.shape());
                let Some(batch) = broadcast_shapes(&sa[..ra - 2], &sb[..rb - 2]) else {
                    bail!(Runtime, "{}", super::operand::mismatch("matmul", &sa[..ra - 2], &sb[..rb - 2]));
                };
                ensure!(
                    sa[ra - 1] == sb[rb - 2],
                    Runtime,
                    "matmul: expected the last size of the first operand to be the last but one of the second, got shapes \
                     {sa:?} and {sb:?}"
                );
                let stack = |t: &Tensor| match &t.shape()[..t.rank() - 2] {
                    leading if *leading == batch[..] => Ok(t.clone()),
                    _ => t.expand(&[&batch[..], &t.shape()[t.rank() - 2..]].concat()),
                };
                let (a, b) = (stack(self)?, stack(other)?);
                let product = product("matmul", &a, &b)?;
                Ok(record("UnsafeViewBackward0", &[&a, &b], product, &[(&a).into(), (&b).into()], |cx| {
                    let [a, b] = cx.saved()?;
                    grads![cx; cx.g.matmul(&b.mt()?)?, a.mt()?.matmul(cx.g)?]
                }))
            }
        }
    }

    /// Y = X·Wᵀ + b over the last dimension: (…, in) → (…, out) for a weight of (out, in) and a bias of (out).
    /// ∂X = G·W, ∂W = Gᵀ·X, ∂b = Σ G
    ///
    /// A weight of (in) gives a result without the last dimension; a bias of one element serves all outputs.
    ///
    /// # Errors
    /// RuntimeError where the sizes don't fit or the dtypes differ.
    ///
    /// ```
    /// use synapgrad::Tensor;
    /// # fn main() -> synapgrad::Result<()> {
    /// let x = Tensor::from([[1f32, 2.0], [3.0, 4.0]]);
    /// let (weight, bias) = (Tensor::from([[1f32, 1.0], [1.0, -1.0], [0.0, 2.0]]), Tensor::from([0f32, 10.0, 0.0]));
    /// assert_eq!(x.linear(&weight, Some(&bias))?.to_vec::<f32>()?, [3.0, 9.0, 4.0, 7.0, 9.0, 8.0]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn linear(&self, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        if weight.rank() == 1 && bias.is_none() {
            return self.matmul(weight);
        }
        ensure!(
            weight.rank() == 2 && self.rank() >= 1 && self.shape()[self.rank() - 1] == weight.shape()[1],
            Runtime,
            "linear: mat1 and mat2 shapes cannot be multiplied: input of shape {:?} and weight of shape {:?}; the last size \
             of the input must be the weight's second",
            self.shape(),
            weight.shape()
        );
        check_dtypes("linear", self, weight)?;
        if let Some(bias) = bias {
            ensure!(
                bias.rank() <= 1 && (bias.numel() == weight.shape()[0] || bias.numel() == 1),
                Runtime,
                "linear: expected a bias of shape [{}], got {:?}",
                weight.shape()[0],
                bias.shape()
            );
            ensure!(
                bias.dtype() == weight.dtype(),
                Runtime,
                "linear: self and mat2 must have the same dtype, but got a bias of {} and a weight of {}",
                bias.dtype().title(),
                weight.dtype().title()
            );
        }
        let value = affine(self, weight, bias)?;
        let rule = |cx: &Cx| {
            let [x, w] = cx.saved()?;
            if !cx.create_graph() {
                return affine_grads(cx, &x, &w);
            }
            let (out, inner) = (w.shape()[0], w.shape()[1]);
            let rows: usize = cx.g.shape()[..cx.g.rank() - 1].iter().product();
            let g = cx.g.reshape(&[rows, out])?;
            let mut grads: Grads = grads![cx; g.mm(&w)?.reshape(x.shape())?, g.mt()?.mm(&x.reshape(&[rows, inner])?)?]?;
            if cx.inputs() == 3 {
                grads.push(if cx.needs(2) { Some(g.sum_dims(&[0], false, None)?) } else { None });
            }
            Ok(grads)
        };
        // The names of the last of PyTorch's steps.
        let name = match (self.rank(), bias) {
            (2, Some(_)) => "AddmmBackward0",
            (2, None) => "MmBackward0",
            (1, None) => "SqueezeBackward4",
            _ => "UnsafeViewBackward0",
        };
        let saves = [self.into(), weight.into()];
        Ok(match bias {
            Some(bias) => record(name, &[self, weight, bias], value, &saves, rule),
            None => record(name, &[self, weight], value, &saves, rule),
        })
    }

    /// Yₒ = x₁ᵀ·Wₒ·x₂ + bₒ over the last dimensions: (…, n₁) and (…, n₂) give (…, out) for a weight of (out, n₁, n₂) and a
    /// bias of (out).
    ///
    /// # Errors
    /// RuntimeError where the sizes don't fit or the dtypes differ.
    pub fn bilinear(&self, other: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        let name = "bilinear";
        ensure!(weight.rank() == 3, Runtime, "{name}: expected a weight of three dimensions, got {:?}", weight.shape());
        let (out, sizes) = (weight.shape()[0], [weight.shape()[1], weight.shape()[2]]);
        ensure!(
            self.rank() == other.rank() && self.rank() >= 1,
            Runtime,
            "{name}: input dimensions do not match: got {} and {}",
            self.rank(),
            other.rank()
        );
        let batch = &self.shape()[..self.rank() - 1];
        ensure!(
            *batch == other.shape()[..other.rank() - 1],
            Runtime,
            "{name}: input batch dimensions do not match: got {:?} and {:?}",
            self.shape(),
            other.shape()
        );
        for (i, (input, size)) in [self, other].into_iter().zip(sizes).enumerate() {
            let got = input.shape()[input.rank() - 1];
            ensure!(
                got == size,
                Runtime,
                "{name}: input{} size does not match weight size: got {got} but expected {size}",
                i + 1
            );
        }
        if let Some(bias) = bias {
            let fits = bias.rank() == 1 && bias.numel() == out;
            ensure!(
                fits,
                Runtime,
                "{name}: bias size does not match weight size: got {:?} but expected {out}",
                bias.shape()
            );
        }
        let n = batch.iter().product();
        let [inner, outer] = sizes;
        let table = weight.permute(&[1, 0, 2])?.reshape(&[inner, out * outer])?;
        let half = self.reshape(&[n, inner])?.mm_as(name, &table)?.reshape(&[n, out, outer])?;
        let mut shape = Dims::from_slice(batch);
        shape.push(out);
        let product = half.bmm_as(name, &other.reshape(&[n, outer, 1])?)?.reshape(&shape)?;
        match bias {
            Some(bias) => product.add(bias),
            None => Ok(product),
        }
    }
}

/// The public operations of this file.
pub const NAMES: &[&str] = &["mm", "bmm", "dot", "mv", "matmul", "linear", "bilinear"];
