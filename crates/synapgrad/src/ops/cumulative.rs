//! Cumulative operations: each element together with those before it.

use synapgrad_kernels::along::{self, Block, Scan};
use synapgrad_kernels::{DType, Layout, Scalar};

use super::create::room;
use super::operand::{Operand, result_layout};
use super::reduce::{record_chosen, sum_dtype};
use crate::autograd::{Save, grads, record};
use crate::error::{bail, ensure};
use crate::{Result, Tensor};

impl Tensor {
    /// The scan of this tensor along `dim`, or with `reverse` from its end; not recorded.
    pub(crate) fn scan_along(&self, dim: usize, kind: Scan, reverse: bool) -> Result<Tensor> {
        let (block, dtype) = (Block::new(self.shape(), dim), self.dtype());
        let mut data = room(self.shape(), dtype)?;
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
    /// IndexError where `dim` is out of range; NotImplementedError where the sums are to be bools; RuntimeError where they
    /// are to be whole numbers and this tensor requires a gradient.
    pub fn cumsum(&self, dim: isize, dtype: Option<DType>) -> Result<Tensor> {
        let d = self.dim("cumsum", dim)?;
        let own = self.dtype();
        let sums = self.detach().to_dtype(self.scan_dtype("cumsum", dtype)?)?.scan_along(d, Scan::Sum, false)?;
        Ok(record("cumsum", &[self], sums, &[], move |cx| grads![cx; cx.g.to_dtype(own)?.running_sum(d, true)?]))
    }

    /// The dtype in which cumulative sums and products are formed.
    fn scan_dtype(&self, name: &str, dtype: Option<DType>) -> Result<DType> {
        ensure!(
            dtype != Some(DType::Bool) || self.rank() == 0 || self.numel() == 0,
            NotImplemented,
            "{name}: \"{name}_out_cpu\" not implemented for 'Bool'"
        );
        sum_dtype(name, self, dtype)
    }

    /// The dtype of a cumulative operation that leaves its result in this tensor: its own, and `dtype` must be no other.
    fn own_dtype(&self, name: &str, dtype: Option<DType>) -> Result<Option<DType>> {
        let own = self.dtype();
        ensure!(
            dtype.is_none_or(|dtype| dtype == own),
            Runtime,
            "{name}: Bad in-place call: input tensor dtype {} and output tensor dtype {} should match",
            own.name(),
            dtype.unwrap_or(own).name()
        );
        Ok(Some(own))
    }

    /// [`Tensor::cumsum`], left in this tensor.
    pub fn cumsum_(&self, dim: isize, dtype: Option<DType>) -> Result<&Tensor> {
        let dtype = self.own_dtype("cumsum_", dtype)?;
        self.replace_by("cumsum", |old| old.cumsum(dim, dtype))
    }

    /// [`Tensor::cumprod`], left in this tensor.
    pub fn cumprod_(&self, dim: isize, dtype: Option<DType>) -> Result<&Tensor> {
        let dtype = self.own_dtype("cumprod_", dtype)?;
        self.replace_by("cumprod", |old| old.cumprod(dim, dtype))
    }

    fn running_sum(&self, dim: usize, reverse: bool) -> Result<Tensor> {
        let sums = self.scan_along(dim, Scan::Sum, reverse)?;
        Ok(record("cumsum", &[self], sums, &[], move |cx| grads![cx; cx.g.running_sum(dim, !reverse)?]))
    }

    /// Cumulative products along `dim`: yᵢ = Πⱼ≤ᵢ xⱼ. ∂xₖ = Σᵢ≥ₖ gᵢ·yᵢ/xₖ, by other means where a factor is zero.
    ///
    /// # Errors
    /// As [`Tensor::cumsum`].
    pub fn cumprod(&self, dim: isize, dtype: Option<DType>) -> Result<Tensor> {
        let d = self.dim("cumprod", dim)?;
        let own = self.dtype();
        let products = self.detach().to_dtype(self.scan_dtype("cumprod", dtype)?)?.scan_along(d, Scan::Prod, false)?;
        Ok(record("cumprod", &[self], products, &[self.into(), Save::Output(0)], move |cx| {
            let [x, y] = cx.saved()?;
            let g = cx.g.to_dtype(own)?;
            if x.detach().all(&[], false)?.item()? == Scalar::Bool(true) {
                return grads![cx; g.mul(&y)?.running_sum(d, true)?.div(&x)?];
            }
            grads![cx; if cx.create_graph() { x.cumprod_slope(&g, d)? } else { x.detach().cumprod_slope_at_zeros(&g, d)? }]
        }))
    }

    /// The gradient of cumprod where factors are zero, in one pass; not recorded.
    ///
    /// Let z be the place of the first zero of a row. Before z nothing changes. The products from z on are zero, but their
    /// derivatives by xz are those of the row in which xz is 1, as far as the next zero. Behind z every derivative holds the
    /// factor xz = 0.
    fn cumprod_slope_at_zeros(&self, g: &Tensor, dim: usize) -> Result<Tensor> {
        let zero = self.eq(0)?;
        // The number of zeros up to and with each element: 0 before the first, 1 from it to the next.
        let seen = zero.cumsum(dim as isize, None)?;
        let (before, from_first) = (seen.eq(0)?, seen.eq(1)?);
        let first = zero.logical_and(&from_first)?;
        let filled = Tensor::where_(&zero, 1, self)?;
        let terms = g.detach().mul(&filled.scan_along(dim, Scan::Prod, false)?)?;
        let ahead = terms.mul(&before)?.scan_along(dim, Scan::Sum, true)?.div(&filled)?.mul(&before)?;
        let at_first = terms.mul(&from_first)?.scan_along(dim, Scan::Sum, true)?.mul(&first)?;
        ahead.add(&at_first)
    }

    /// The gradient of cumprod for any factors, which has a derivative, too: ∂xₖ = Σᵢ≥ₖ gᵢ·Πⱼ≤ᵢ,ⱼ≠ₖ xⱼ with all products
    /// written out. It takes memory for the square of a row; elsewhere a division does.
    fn cumprod_slope(&self, g: &Tensor, dim: usize) -> Result<Tensor> {
        if self.rank() == 0 {
            return Ok(g.clone());
        }
        let d = dim as isize;
        let (x, g) = (self.transpose(d, -1)?, g.transpose(d, -1)?);
        let n = x.size(-1)?;
        // Row k of the square holds all factors but a 1 in place of number k, on the diagonal.
        let hole = Tensor::eye(n, n, DType::Bool)?;
        let products = Tensor::where_(&hole, 1, &x.unsqueeze(-2)?)?.cumprod(-1, None)?;
        // The products before number k don't hold it.
        let from = hole.to_dtype(DType::I64)?.cumsum(-1, None)?;
        products.mul(&from)?.mul(&g.unsqueeze(-2)?)?.sum_dims(&[-1], false, None)?.transpose(d, -1)
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
        let mut values = room(shape, dtype)?;
        let mut indices = room(shape, DType::I64)?;
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
                let log = Tensor::where_(&wanted, &g.abs()?.log()?, f64::NEG_INFINITY)?;
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
            let y = Tensor::where_(&y.ne(f64::NEG_INFINITY)?, &y, 0.0)?;
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
            let (ahead, behind) = (x.narrow(dim, (x.shape()[d] - len) as isize, len)?, x.narrow(dim, 0, len)?);
            x = if x.dtype() == DType::Bool { ahead.ne(&behind)? } else { ahead.sub(&behind)? };
        }
        if n == 0 { self.deep_clone() } else { Ok(x) }
    }

    /// The integral by the trapezoidal rule along `dim`: Σᵢ Δᵢ·(yᵢ + yᵢ₊₁)/2. `spacing` is Δ, or the tensor of the points:
    /// Δᵢ = xᵢ₊₁ − xᵢ, for a vector along `dim` and otherwise broadcast. ∂yᵢ = g·(Δᵢ₋₁ + Δᵢ)/2, ∂Δᵢ = g·(yᵢ + yᵢ₊₁)/2
    ///
    /// ```
    /// # use synapgrad::Tensor;
    /// let (x, y) = (Tensor::from([0f32, 1.0, 3.0]), Tensor::from([0f32, 1.0, 3.0]));
    /// assert_eq!(y.trapezoid(&x, 0)?.item()?.to_f64(), 4.5);
    /// assert_eq!(y.cumulative_trapezoid(1.0, 0)?.to_vec::<f32>()?, [0.5, 2.5]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// NotImplementedError for bools; RuntimeError where the points don't fit; IndexError where `dim` is out of range.
    pub fn trapezoid<'a>(&self, spacing: impl Into<Operand<'a>>, dim: isize) -> Result<Tensor> {
        if self.rank() > 0 && self.shape()[self.dim("trapezoid", dim)?] == 0 {
            // The integral of nothing depends on nothing.
            return Tensor::zeros(self.shape(), self.dtype())?.sum_dims(&[dim], false, Some(self.dtype()));
        }
        self.trapezoids("trapezoid", spacing.into(), dim)?.sum_dims(&[dim], false, None)
    }

    /// [`Tensor::trapezoid`] up to each point but the first.
    ///
    /// # Errors
    /// As [`Tensor::trapezoid`].
    pub fn cumulative_trapezoid<'a>(&self, spacing: impl Into<Operand<'a>>, dim: isize) -> Result<Tensor> {
        self.trapezoids("cumulative_trapezoid", spacing.into(), dim)?.cumsum(dim, None)
    }

    /// The area between each point and the next.
    fn trapezoids(&self, name: &str, spacing: Operand, dim: isize) -> Result<Tensor> {
        ensure!(self.rank() > 0, Index, "{name}: got dimension {dim} of a tensor that has none");
        let d = self.dim(name, dim)?;
        let bool =
            [Operand::Tensor(self), spacing].iter().any(|o| o.tensor().is_some_and(|t| t.dtype() == DType::Bool));
        ensure!(!bool, NotImplemented, "{name}: received a bool input for `x` or `y`, but bool is not supported");
        let neighbours = |t: &Tensor| -> Result<[Tensor; 2]> {
            let pairs = t.shape()[d].saturating_sub(1);
            Ok([t.narrow(d as isize, 0, pairs)?, t.narrow(d as isize, (t.shape()[d] - pairs) as isize, pairs)?])
        };
        let [left, right] = neighbours(self)?;
        let heights = left.add(&right)?;
        match spacing {
            Operand::Number(Scalar::Bool(_)) => bail!(Runtime, "{name}: the spacing must be a number, got a bool"),
            Operand::Number(spacing) => heights.mul(0.5 * spacing.to_f64()),
            Operand::Tensor(x) => {
                let mut shape = vec![1; self.rank().saturating_sub(x.rank())];
                shape.extend_from_slice(x.shape());
                if x.rank() == 1 {
                    let (points, n) = (x.numel(), self.shape()[d]);
                    ensure!(
                        points == n,
                        Runtime,
                        "{name}: there must be one `x` value for each of {n} points, got {points}"
                    );
                    shape.fill(1);
                    shape[d] = points;
                }
                let [before, after] = neighbours(&x.view(&shape)?)?;
                let widths = after.sub(&before)?;
                result_layout(name, &[(&heights).into(), (&widths).into()])?;
                heights.mul(&widths)?.div(2.0)
            }
        }
    }
}

/// The operations of this file.
pub const NAMES: &[&str] =
    &["cumsum", "cumprod", "cummax", "cummin", "logcumsumexp", "diff", "trapezoid", "cumulative_trapezoid"];
