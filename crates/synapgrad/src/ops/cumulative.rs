//! Cumulative operations: each element together with those before it.

use synapgrad_kernels::along::{self, Block, Scan};
use synapgrad_kernels::{Buffer, DType, Layout, Scalar};

use super::create::bytes_of;
use super::reduce::{record_chosen, sum_dtype};
use crate::autograd::{Save, grads, record};
use crate::error::ensure;
use crate::{Result, Tensor};

impl Tensor {
    /// The scan of this tensor along `dim`, or with `reverse` from its end; not recorded.
    pub(crate) fn scan_along(&self, dim: usize, kind: Scan, reverse: bool) -> Result<Tensor> {
        let (block, dtype) = (Block::new(self.shape(), dim), self.dtype());
        let mut data = Buffer::stale(bytes_of(self.shape(), dtype)?)?;
        self.with_memory(|x| along::scan(kind, reverse, dtype, block, x, &mut data))?;
        Ok(Tensor::from_buffer(data, Layout::dense(self.shape()), dtype))
    }

    /// Cumulative sums along `dim`: yᵢ = Σⱼ≤ᵢ xⱼ. Integers and bools sum in int64. ∂xᵢ = Σⱼ≥ᵢ gⱼ
    ///
    /// ```
    /// # use synapgrad::Tensor;
    /// assert_eq!(Tensor::from([1f32, 2.0, 3.0]).cumsum(0, None)?.to_vec::<f32>()?, [1.0, 3.0, 6.0]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// IndexError where `dim` is out of range.
    pub fn cumsum(&self, dim: isize, dtype: Option<DType>) -> Result<Tensor> {
        self.to_dtype(sum_dtype(self, dtype))?.running_sum(self.dim("cumsum", dim)?, false)
    }

    fn running_sum(&self, dim: usize, reverse: bool) -> Result<Tensor> {
        let sums = self.scan_along(dim, Scan::Sum, reverse)?;
        Ok(record("cumsum", &[self], sums, &[], move |cx| grads![cx; cx.g.running_sum(dim, !reverse)?]))
    }

    /// Cumulative products along `dim`: yᵢ = Πⱼ≤ᵢ xⱼ. ∂xₖ = Σᵢ≥ₖ gᵢ·yᵢ/xₖ, by other means where a factor is zero.
    ///
    /// # Errors
    /// IndexError where `dim` is out of range.
    pub fn cumprod(&self, dim: isize, dtype: Option<DType>) -> Result<Tensor> {
        let d = self.dim("cumprod", dim)?;
        let x = self.to_dtype(sum_dtype(self, dtype))?;
        let products = x.scan_along(d, Scan::Prod, false)?;
        Ok(record("cumprod", &[&x], products, &[(&x).into(), Save::Output(0)], move |cx| {
            let [x, y] = cx.saved()?;
            if x.detach().all(&[], false)?.item()? == Scalar::Bool(true) {
                return grads![cx; cx.g.mul(&y)?.running_sum(d, true)?.div(&x)?];
            }
            grads![cx; x.cumprod_slope(cx.g, d)?]
        }))
    }

    /// The gradient of cumprod where factors are zero.
    ///
    /// Let z be the place of the first zero of a row. Before z nothing changes. The products from z on are
    /// zero, but their derivatives by xz are those of the row in which xz is 1, as far as the next zero. Behind z every
    /// derivative holds the factor xz = 0. Products of such rows are built with recorded operations, so that the gradient
    /// has a derivative, too.
    fn cumprod_slope(&self, g: &Tensor, dim: usize) -> Result<Tensor> {
        let d = dim as isize;
        let zero = self.detach().eq(0)?;
        // The number of zeros up to and with each element: 0 before the first, 1 from it to the next.
        let seen = zero.cumsum(d, None)?;
        let (before, from_first) = (seen.eq(0)?, seen.eq(1)?);
        let first = zero.logical_and(&from_first)?;
        let filled = self.mul(&zero.logical_not()?)?.add(&zero)?;
        // xz itself must stay in the graph: derivatives by it of the other gradients are not zero.
        let y = filled.cumprod(d, None)?;
        let ahead = g.mul(&y)?.mul(&before)?.running_sum(dim, true)?.div(&filled)?.mul(&before)?;
        let at_zero = g.mul(&y)?.mul(&from_first)?.running_sum(dim, true)?.mul(&first)?;
        // What the products behind z contribute to the factors before it: xz times what they would with xz = 1. Zero in
        // value, but with a derivative by xz.
        let xz = self.mul(&first)?.running_sum(dim, true)?;
        let behind = g.mul(&y)?.mul(&from_first)?.running_sum(dim, true)?.div(&filled)?.mul(&xz)?.mul(&before)?;
        // Likewise for the factors between the first zero and the next.
        let xz = self.mul(&first)?.running_sum(dim, false)?;
        let within = from_first.logical_and(&first.logical_not()?)?;
        let between = g.mul(&y)?.mul(&from_first)?.running_sum(dim, true)?.div(&filled)?.mul(&xz)?.mul(&within)?;
        ahead.add(&at_zero)?.add(&behind)?.add(&between)
    }

    /// The largest elements so far along `dim` and their indices, of equal ones the last.
    ///
    /// # Errors
    /// IndexError where `dim` is out of range.
    pub fn cummax(&self, dim: isize) -> Result<(Tensor, Tensor)> {
        self.running_extreme("cummax", true, dim)
    }

    /// The smallest elements so far along `dim` and their indices, of equal ones the last.
    ///
    /// # Errors
    /// IndexError where `dim` is out of range.
    pub fn cummin(&self, dim: isize) -> Result<(Tensor, Tensor)> {
        self.running_extreme("cummin", false, dim)
    }

    fn running_extreme(&self, name: &'static str, largest: bool, dim: isize) -> Result<(Tensor, Tensor)> {
        let d = self.dim(name, dim)?;
        let (block, dtype, shape) = (Block::new(self.shape(), d), self.dtype(), self.shape());
        let mut values = Buffer::stale(bytes_of(shape, dtype)?)?;
        let mut indices = Buffer::stale(bytes_of(shape, DType::I64)?)?;
        self.with_memory(|x| {
            along::running_extreme(largest, dtype, block, x, &mut values, indices.as_mut_slice::<i64>());
        })?;
        let values = Tensor::from_buffer(values, Layout::dense(shape), dtype);
        let indices = Tensor::from_buffer(indices, Layout::dense(shape), DType::I64);
        Ok((record_chosen(name, self, values, &indices, d), indices))
    }

    /// ln Σⱼ≤ᵢ e^xⱼ along `dim`, without overflow. ∂xⱼ = Σᵢ≥ⱼ gᵢ·e^(xⱼ − yᵢ)
    ///
    /// # Errors
    /// NotImplementedError for whole numbers; IndexError where `dim` is out of range.
    pub fn logcumsumexp(&self, dim: isize) -> Result<Tensor> {
        ensure!(
            self.dtype().is_float(),
            NotImplemented,
            "logcumsumexp: \"logcumsumexp_out_cpu\" not implemented for '{}'",
            self.dtype().title()
        );
        let d = self.dim("logcumsumexp", dim)?;
        let value = self.scan_along(d, Scan::LogSumExp, false)?;
        Ok(record("logcumsumexp", &[self], value, &[self.into(), Save::Output(0)], move |cx| {
            let [x, y] = cx.saved()?;
            // In logarithms, as e⁻ʸ alone may overflow; positive and negative gradients apart.
            let part = |g: &Tensor, wanted: Tensor| -> Result<Tensor> {
                let log = g.abs()?.log()?.kept_where(&wanted, f64::NEG_INFINITY)?;
                log.sub(&y)?.log_sum_after(d)?.add(&x)?.exp()
            };
            grads![cx; part(cx.g, cx.g.detach().gt(0)?)?.sub(&part(cx.g, cx.g.detach().lt(0)?)?)?]
        }))
    }

    /// ln Σⱼ≥ᵢ e^xⱼ: [`Tensor::logcumsumexp`] from the end. ∂xⱼ = Σᵢ≤ⱼ gᵢ·e^(xⱼ − yᵢ)
    fn log_sum_after(&self, dim: usize) -> Result<Tensor> {
        let value = self.scan_along(dim, Scan::LogSumExp, true)?;
        Ok(record("logcumsumexp", &[self], value, &[self.into(), Save::Output(0)], move |cx| {
            let [x, y] = cx.saved()?;
            // Where y is −∞ so is every x that it holds.
            let y = y.kept_where(&y.ne(f64::NEG_INFINITY)?, 0.0)?;
            grads![cx; cx.g.mul(&y.neg()?.exp()?)?.running_sum(dim, false)?.mul(&x.exp()?)?]
        }))
    }

    /// The n-th differences of neighbours along `dim`: yᵢ = xᵢ₊₁ − xᵢ, n times; of bools, whether they differ.
    ///
    /// # Errors
    /// RuntimeError for a 0-d tensor; IndexError where `dim` is out of range.
    pub fn diff(&self, n: usize, dim: isize) -> Result<Tensor> {
        ensure!(self.rank() > 0, Runtime, "diff: expects input to be at least one-dimensional");
        let d = self.dim("diff", dim)?;
        let mut x = self.clone();
        for _ in 0..n.min(self.shape()[d]) {
            let len = x.shape()[d].saturating_sub(1);
            let (ahead, behind) = (x.part_along(d, 1.min(x.shape()[d]), len)?, x.part_along(d, 0, len)?);
            x = if x.dtype() == DType::Bool { ahead.ne(&behind)? } else { ahead.sub(&behind)? };
        }
        if n == 0 { self.deep_clone() } else { Ok(x) }
    }

    /// The elements `from`, `from + 1`, … along `dim`, `len` of them, as a view.
    pub(crate) fn part_along(&self, dim: usize, from: usize, len: usize) -> Result<Tensor> {
        let layout = self.layout().slice(dim, from, len, 1);
        Ok(record(
            "SliceBackward0",
            &[self],
            self.alias(layout),
            &[],
            move |cx| grads![cx; cx.g.padded_along(dim, from, cx.shape(0))?],
        ))
    }

    /// Zeros of `shape` around this tensor, which starts at `from` along `dim`.
    fn padded_along(&self, dim: usize, from: usize, shape: &[usize]) -> Result<Tensor> {
        let whole = Tensor::zeros(shape, self.dtype())?;
        let len = self.shape()[dim];
        whole.detach().alias(whole.layout().slice(dim, from, len, 1)).write(&self.detach())?;
        Ok(record("SliceBackward0", &[self], whole, &[], move |cx| grads![cx; cx.g.part_along(dim, from, len)?]))
    }
}

/// The operations of this file.
pub const NAMES: &[&str] = &["cumsum", "cumprod", "cummax", "cummin", "logcumsumexp", "diff"];
