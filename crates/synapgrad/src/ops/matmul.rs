//! Matrix products.

use synapgrad_kernels::gemm::{Gemm, Mat, MatMut, gemm};
use synapgrad_kernels::layout::broadcast_shapes;
use synapgrad_kernels::{Bool, Buffer, Dims, Layout, bf16, f16, parallel, with_element};

use super::create::bytes_of;
use super::operand::result_type;
use crate::autograd::{grads, record};
use crate::error::{bail, ensure};
use crate::{Error, ErrorKind, Result, Tensor};

/// C[i] = A[i]·B[i] for every i of the leading dimensions, which are the same for all three; not recorded.
fn product(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    ensure!(
        a.dtype() == b.dtype(),
        Runtime,
        "matmul: expected both operands to have the same dtype, but got: {} != {}",
        a.dtype().name(),
        b.dtype().name()
    );
    ensure!(
        a.dtype() != crate::DType::Bool,
        Runtime,
        "matmul: \"addmm_impl_cpu_\" not implemented for 'Bool'; convert the operands to a number type"
    );
    let rank = a.rank();
    let (m, k, n) = (a.shape()[rank - 2], a.shape()[rank - 1], b.shape()[rank - 1]);
    let mut shape = Dims::from_slice(&a.shape()[..rank - 2]);
    shape.extend([m, n]);
    let dtype = a.dtype();
    let mut data = Buffer::stale(bytes_of(&shape, dtype)?)?;
    let layout = Layout::dense(&shape);
    let strides = |t: &Tensor| (t.strides()[rank - 2], t.strides()[rank - 1]);
    let batch = |t: &Tensor| Layout {
        shape: Dims::from_slice(&t.shape()[..rank - 2]),
        strides: Dims::from_slice(&t.strides()[..rank - 2]),
        offset: t.layout().offset,
    };
    let (batch_a, batch_b) = (batch(a), batch(b));
    let (guard_a, guard_b) = (a.storage().read(), (!a.storage().same(b.storage())).then(|| b.storage().read()));
    let (data_a, data_b) = (&*guard_a, guard_b.as_deref().unwrap_or(&guard_a));
    with_element!(dtype, T => {
        type N = <T as Multiplies>::As;
        let (one, zero) = (<N as Gemm>::SCALAR_ONE, <N as Gemm>::SCALAR_ZERO);
        let (out, from_a, from_b) = (data.as_mut_slice::<N>(), data_a.as_slice::<N>(), data_b.as_slice::<N>());
        for (i, out) in out[..shape.iter().product()].chunks_mut((m * n).max(1)).enumerate() {
            let left = Mat::new(&from_a[batch_a.position(i).min(from_a.len())..], strides(a));
            let right = Mat::new(&from_b[batch_b.position(i).min(from_b.len())..], strides(b));
            gemm::<N>(m, n, k, one, left, right, zero, MatMut::new(out, (n, 1)), parallel::threads())
                .map_err(|_| Error::new(ErrorKind::Interrupted, "matmul: interrupted"))?;
        }
    });
    Ok(Tensor::from_buffer(data, layout, dtype))
}

/// The type that matrices of an element type are multiplied as: itself; bools, which are refused before, as bytes.
trait Multiplies {
    type As: Gemm + crate::Element;
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
        ensure!(
            self.rank() == 2 && other.rank() == 2,
            Runtime,
            "mm: expected two matrices, got shapes {:?} and {:?}",
            self.shape(),
            other.shape()
        );
        ensure!(
            self.shape()[1] == other.shape()[0],
            Runtime,
            "mm: mat1 and mat2 shapes cannot be multiplied ({}x{} and {}x{})",
            self.shape()[0],
            self.shape()[1],
            other.shape()[0],
            other.shape()[1]
        );
        let product = product(self, other)?;
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
        let fits = self.rank() == 3
            && other.rank() == 3
            && self.shape()[0] == other.shape()[0]
            && self.shape()[2] == other.shape()[1];
        ensure!(
            fits,
            Runtime,
            "bmm: expected shapes (b, m, k) and (b, k, n), got {:?} and {:?}",
            self.shape(),
            other.shape()
        );
        let product = product(self, other)?;
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
        ensure!(
            self.rank() == 1 && other.rank() == 1 && self.numel() == other.numel(),
            Runtime,
            "dot: expected two vectors of one length, got shapes {:?} and {:?}",
            self.shape(),
            other.shape()
        );
        let row = self.detach().unsqueeze(0)?;
        let product = product(&row, &other.detach().unsqueeze(1)?)?.view(&[])?;
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
        ensure!(
            self.rank() == 2 && other.rank() == 1 && self.shape()[1] == other.shape()[0],
            Runtime,
            "mv: expected a matrix and a vector of its row's length, got shapes {:?} and {:?}",
            self.shape(),
            other.shape()
        );
        let product = product(&self.detach(), &other.detach().unsqueeze(1)?)?.view(&[self.shape()[0]])?;
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
            (1, 1) => self.dot(other),
            (2, 1) => self.mv(other),
            (2, 2) => self.mm(other),
            (1, _) => self.unsqueeze(0)?.matmul(other)?.squeeze_dim(-2),
            (_, 1) => self.matmul(&other.unsqueeze(1)?)?.squeeze_dim(-1),
            // A matrix on the right serves all on the left: one product of the left's rows.
            (_, 2) if self.is_contiguous() => {
                let (rows, k) = (self.shape()[..self.rank() - 1].to_vec(), self.shape()[self.rank() - 1]);
                let flat = self.reshape(&[rows.iter().product(), k])?;
                flat.mm(other)?.reshape(&[&rows[..], &[other.shape()[1]]].concat())
            }
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
                let stack = |t: &Tensor| {
                    let matrix = [t.shape()[t.rank() - 2], t.shape()[t.rank() - 1]];
                    let count = batch.iter().product();
                    t.expand(&[&batch[..], &matrix].concat())?.reshape(&[count, matrix[0], matrix[1]])
                };
                let product = stack(self)?.bmm(&stack(other)?)?;
                product.reshape(&[&batch[..], &product.shape()[1..]].concat())
            }
        }
    }

    /// Y = X·Wᵀ + b over the last dimension: (…, in) → (…, out) for a weight of (out, in) and a bias of (out).
    /// ∂X = G·W, ∂W = Gᵀ·X, ∂b = Σ G
    ///
    /// # Errors
    /// RuntimeError where the sizes don't fit or the dtypes differ.
    pub fn linear(&self, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        ensure!(
            weight.rank() == 2 && self.rank() >= 1 && self.shape()[self.rank() - 1] == weight.shape()[1],
            Runtime,
            "linear: mat1 and mat2 shapes cannot be multiplied: input of shape {:?} and weight of shape {:?}; the last size \
             of the input must be the weight's second",
            self.shape(),
            weight.shape()
        );
        if let Some(bias) = bias {
            ensure!(
                bias.rank() <= 1 && (bias.numel() == weight.shape()[0] || bias.numel() == 1),
                Runtime,
                "linear: expected a bias of shape [{}], got {:?}",
                weight.shape()[0],
                bias.shape()
            );
            let dtype = result_type(&[weight.into(), bias.into()]);
            ensure!(
                dtype == weight.dtype(),
                Runtime,
                "linear: expected weight and bias of the same dtype, got {} and {}",
                weight.dtype().name(),
                bias.dtype().name()
            );
        }
        let rows = Dims::from_slice(&self.shape()[..self.rank() - 1]);
        let flat = self.detach().reshape(&[rows.iter().product(), weight.shape()[1]])?;
        let value = product(&flat, &weight.detach().mt()?)?;
        if let Some(bias) = bias {
            value.add_(&bias.detach())?;
        }
        let mut shape = rows;
        shape.push(weight.shape()[0]);
        let value = value.view(&shape)?;
        let saves = [self.into(), weight.into()];
        let rule = |cx: &crate::autograd::Cx| {
            let [x, w] = cx.saved()?;
            let (out, inner) = (w.shape()[0], w.shape()[1]);
            let g = cx.g.reshape(&[cx.g.numel().checked_div(out).unwrap_or(0), out])?;
            let mut grads: crate::autograd::Grads = grads![cx;
                g.mm(&w)?.reshape(x.shape())?,
                g.mt()?.mm(&x.reshape(&[g.shape()[0], inner])?)?,
            ]?;
            if cx.inputs() == 3 {
                grads.push(if cx.needs(2) { Some(g.sum_dims(&[0], false, None)?) } else { None });
            }
            Ok(grads)
        };
        Ok(match bias {
            Some(bias) => record("AddmmBackward0", &[self, weight, bias], value, &saves, rule),
            None => record("MmBackward0", &[self, weight], value, &saves, rule),
        })
    }
}
