//! Reductions: many elements to one.
//!
//! `dims` lists the dimensions to reduce, all where it is empty; they disappear or, with `keepdim`, stay with size 1. A
//! dimension out of range is an IndexError, one named twice a RuntimeError.

use smallvec::SmallVec;
use synapgrad_kernels::buffer::zeros;
use synapgrad_kernels::index;
use synapgrad_kernels::layout::broadcast_shapes;
use synapgrad_kernels::reduce::{self, Fold};
use synapgrad_kernels::{DType, Dims, Dst, Layout, Scalar, Src};

use super::create::{bytes_of, room, zeroed_room};
use super::operand::{Operand, mismatch, with_sources};
use crate::autograd::{Cx, grads, record, record_many, tracking};
use crate::error::{bail, ensure, go_on};
use crate::tensor::wrap_dim;
use crate::{Result, Tensor};

/// Where a reduction leads: the shape with 1 at the reduced dimensions, and the result's shape.
pub(crate) struct Reduced {
    pub kept: Dims,
    pub out: Dims,
    /// Elements per result.
    pub count: usize,
}

impl Reduced {
    pub(crate) fn new(name: &str, x: &Tensor, dims: &[isize], keepdim: bool) -> Result<Reduced> {
        let rank = x.rank();
        let mut mask: SmallVec<[bool; 6]> = SmallVec::from_elem(dims.is_empty(), rank);
        for &dim in dims {
            let d = wrap_dim(name, dim, rank)?;
            if rank > 0 {
                ensure!(!mask[d], Runtime, "{name}: dim {d} appears multiple times in the list of dims");
                mask[d] = true;
            }
        }
        let kept: Dims = x.shape().iter().zip(&mask).map(|(&n, &m)| if m { 1 } else { n }).collect();
        let count = x.shape().iter().zip(&mask).filter(|(_, m)| **m).map(|(&n, _)| n).product();
        let out = match keepdim {
            true => kept.clone(),
            false => x.shape().iter().zip(&mask).filter(|(_, m)| !**m).map(|(&n, _)| n).collect(),
        };
        Ok(Reduced { kept, out, count })
    }

    /// Run a kernel that writes a result of `dtype`.
    fn run(&self, x: &Tensor, dtype: DType, kernel: impl FnOnce(Src, Dst)) -> Result<Tensor> {
        let layout = Layout::dense(&self.kept);
        let mut data = room(&self.kept, dtype)?;
        with_sources(&[Operand::Tensor(x)], std::array::from_ref(x.layout()), |[src]| {
            kernel(src, Dst { data: &mut data, dtype, layout: &layout });
        });
        go_on()?;
        let layout = if self.out == self.kept { layout } else { Layout::dense(&self.out) };
        Ok(Tensor::from_buffer(data, layout, dtype))
    }

    /// Run a kernel that writes two.
    fn run_two(&self, x: &Tensor, dtypes: [DType; 2], kernel: impl FnOnce(Src, Dst, Dst)) -> Result<[Tensor; 2]> {
        let mut second = room(&self.kept, dtypes[1])?;
        let layout = Layout::dense(&self.kept);
        let first = self.run(x, dtypes[0], |src, first| {
            kernel(src, first, Dst { data: &mut second, dtype: dtypes[1], layout: &layout });
        })?;
        Ok([first, Tensor::from_buffer(second, Layout::dense(&self.out), dtypes[1])])
    }

    fn fold(&self, x: &Tensor, fold: Fold, dtype: DType) -> Result<Tensor> {
        self.run(x, dtype, |src, dst| reduce::fold(fold, src, dst))
    }

    /// # Errors
    /// Where there is a result but no element to take it from: RuntimeError, or IndexError where a dimension was named.
    fn ensure_elements(&self, name: &str, x: &Tensor, named: bool) -> Result<()> {
        if self.count > 0 {
            return Ok(());
        }
        let at = x.shape().iter().zip(&self.kept).position(|(&n, &k)| n == 0 && k == 1).unwrap_or(0);
        ensure!(!named, Index, "{name}: Expected reduction dim {at} to have non-zero size; got shape {:?}", x.shape());
        bail!(
            Runtime,
            "{name}: Expected reduction dim to be specified for input.numel() == 0, got shape {:?}. Specify the reduction \
             dim with the 'dim' argument.",
            x.shape()
        );
    }
}

/// A result or its gradient with the reduced dimensions back, of size 1.
fn restored(x: &Tensor, kept: &Dims) -> Result<Tensor> {
    if x.shape() == &kept[..] { Ok(x.clone()) } else { x.reshape(kept) }
}

/// One call per gradient of a fold of one input: the gradient, spread over the input's shape.
fn spread(cx: &Cx, kept: &Dims) -> Result<Tensor> {
    restored(cx.g, kept)?.expand(cx.shape(0))
}

/// The dtype of a sum: whole numbers sum in int64.
///
/// # Errors
/// RuntimeError where whole numbers are wanted of a tensor that requires a gradient: none could flow back.
pub(crate) fn sum_dtype(name: &str, x: &Tensor, dtype: Option<DType>) -> Result<DType> {
    let dtype = dtype.unwrap_or(if x.dtype().is_float() { x.dtype() } else { DType::I64 });
    ensure!(
        dtype.is_float() || !tracking(&[x]),
        Runtime,
        "{name}: Autograd not support dtype: {}; detach the input, which requires a gradient",
        dtype.title()
    );
    Ok(dtype)
}

/// Where PyTorch would convert first, because the result's dtype holds less than the input's.
fn converted(x: &Tensor, dtype: DType) -> Result<Tensor> {
    let narrower = x.dtype().is_float() && !dtype.is_float() || dtype == DType::Bool;
    if narrower { x.to_dtype(dtype) } else { Ok(x.clone()) }
}

impl Tensor {
    /// The sum of all elements. ∂ = g everywhere
    ///
    /// ```
    /// # use synapgrad::Tensor;
    /// assert_eq!(Tensor::from([[1f32, 2.0], [3.0, 4.0]]).sum()?.to_vec::<f32>()?, [10.0]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    pub fn sum(&self) -> Result<Tensor> {
        self.sum_dims(&[], false, None)
    }

    /// Sums over `dims`. Integers and bools sum in int64. ∂ = g everywhere
    ///
    /// ```
    /// # use synapgrad::Tensor;
    /// let x = Tensor::from([[1f32, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.sum_dims(&[0], false, None)?.to_vec::<f32>()?, [4.0, 6.0]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    pub fn sum_dims(&self, dims: &[isize], keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
        let to = Reduced::new("sum", self, dims, keepdim)?;
        let dtype = sum_dtype("sum", self, dtype)?;
        let sum = to.fold(&converted(self, dtype)?, Fold::Sum, dtype)?;
        let name = if dims.is_empty() { "SumBackward0" } else { "SumBackward1" };
        Ok(record(name, &[self], sum, &[], move |cx| grads![cx; spread(cx, &to.kept)?]))
    }

    /// The mean of all elements.
    pub fn mean(&self) -> Result<Tensor> {
        self.mean_dims(&[], false, None)
    }

    /// Means over `dims`: Σ x / n. ∂ = g/n everywhere
    ///
    /// # Errors
    /// NotImplementedError for whole numbers, unless `dtype` is a float type.
    pub fn mean_dims(&self, dims: &[isize], keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
        let wanted = dtype.unwrap_or(self.dtype());
        ensure!(
            wanted.is_float(),
            NotImplemented,
            "mean: could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: {}",
            wanted.title()
        );
        let to = Reduced::new("mean", self, dims, keepdim)?;
        let mean = to.fold(self, Fold::Mean, wanted)?;
        let name = if dims.is_empty() { "MeanBackward0" } else { "MeanBackward1" };
        // The mean of nothing is NaN, but there is no gradient that it could spoil.
        let share = 1.0 / to.count.max(1) as f64;
        Ok(record(
            name,
            &[self],
            mean,
            &[],
            move |cx| grads![cx; restored(cx.g, &to.kept)?.mul(share)?.expand(cx.shape(0))?],
        ))
    }

    /// Sums over `dims` of the elements that are not NaN. ∂ = g where x is not NaN, else 0
    pub fn nansum(&self, dims: &[isize], keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
        let to = Reduced::new("nansum", self, dims, keepdim)?;
        let dtype = sum_dtype("nansum", self, dtype)?;
        let sum = to.fold(&converted(self, dtype)?, Fold::NanSum, dtype)?;
        Ok(record("nansum", &[self], sum, &[self.into()], move |cx| {
            let [x] = cx.saved()?;
            grads![cx; spread(cx, &to.kept)?.mul(&x.eq(&x)?)?]
        }))
    }

    /// Means over `dims` of the elements that are not NaN; NaN where there are none.
    ///
    /// # Errors
    /// NotImplementedError for whole numbers.
    pub fn nanmean(&self, dims: &[isize], keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
        ensure!(
            self.dtype().is_float(),
            NotImplemented,
            "nanmean: expected input to have floating point or complex dtype but got {}",
            self.dtype().title()
        );
        Reduced::new("nanmean", self, dims, keepdim)?;
        let numbers = self.detach().eq(&self.detach())?.sum_dims(dims, keepdim, None)?;
        self.nansum(dims, keepdim, dtype)?.div(&numbers)
    }

    /// The product of all elements.
    pub fn prod(&self, dtype: Option<DType>) -> Result<Tensor> {
        self.prod_of(None, false, dtype)
    }

    /// Products over one dimension. ∂xᵢ = g·Πⱼ≠ᵢ xⱼ
    pub fn prod_dim(&self, dim: isize, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
        self.prod_of(Some(dim), keepdim, dtype)
    }

    fn prod_of(&self, dim: Option<isize>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
        let to = Reduced::new("prod", self, dim.as_slice(), keepdim)?;
        let dtype = sum_dtype("prod", self, dtype)?;
        let product = to.fold(&converted(self, dtype)?, Fold::Prod, dtype)?;
        let name = if dim.is_none() { "ProdBackward0" } else { "ProdBackward1" };
        Ok(record(name, &[self], product, &[self.into(), crate::autograd::Save::Output(0)], move |cx| {
            let [x, y] = cx.saved()?;
            let g = restored(cx.g, &to.kept)?;
            if x.detach().all(&[], false)?.item()? == Scalar::Bool(true) {
                return grads![cx; g.mul(&restored(&y, &to.kept)?)?.div(&x)?];
            }
            // Where a factor is zero the others' product cannot be had by division.
            grads![cx; g.mul(&x.product_of_others(dim, cx.create_graph())?)?]
        }))
    }

    /// For each element the product of all others along `dim`, or of all others.
    fn product_of_others(&self, dim: Option<isize>, differentiable: bool) -> Result<Tensor> {
        let Some(dim) = dim.filter(|_| self.rank() > 0) else {
            return self.reshape(&[self.numel()])?.product_of_others(Some(0), differentiable)?.reshape(self.shape());
        };
        let x = self.transpose(dim, -1)?;
        let n = x.size(-1)?;
        let others = if differentiable {
            // Row i of a square holds all elements but a 1 in place of number i.
            let hole = Tensor::eye(n, n, x.dtype())?;
            let square = x.unsqueeze(-2)?.mul(&hole.neg()?.add(1)?)?.add(&hole)?;
            square.prod_dim(-1, false, None)?
        } else {
            // Those before it times those after it.
            let x = x.detach().contiguous()?;
            let ones = Tensor::ones(x.shape(), x.dtype())?;
            let part = |t: &Tensor, from: usize| t.alias(t.layout().slice(t.rank() - 1, from, n - 1, 1));
            let (before, after) = (ones.clone(), Tensor::ones(x.shape(), x.dtype())?);
            part(&before, 1)
                .write(&part(&x.scan_along(x.rank() - 1, synapgrad_kernels::along::Scan::Prod, false)?, 0))?;
            part(&after, 0)
                .write(&part(&x.scan_along(x.rank() - 1, synapgrad_kernels::along::Scan::Prod, true)?, 1))?;
            before.mul(&after)?
        };
        others.transpose(dim, -1)
    }

    /// The largest element; NaN where there is one. The gradient is shared evenly among equals.
    ///
    /// # Errors
    /// RuntimeError where there is no element.
    pub fn max(&self) -> Result<Tensor> {
        self.fold_extreme("max", "MaxBackward1", Fold::Max, &[], false)
    }

    /// The smallest element; NaN where there is one. The gradient is shared evenly among equals.
    ///
    /// # Errors
    /// RuntimeError where there is no element.
    pub fn min(&self) -> Result<Tensor> {
        self.fold_extreme("min", "MinBackward1", Fold::Min, &[], false)
    }

    /// The largest elements over `dims`. The gradient is shared evenly among equals.
    ///
    /// # Errors
    /// IndexError where a dimension that was named is empty, RuntimeError where all are meant and there is no element.
    pub fn amax(&self, dims: &[isize], keepdim: bool) -> Result<Tensor> {
        self.fold_extreme("amax", "AmaxBackward0", Fold::Max, dims, keepdim)
    }

    /// The smallest elements over `dims`. The gradient is shared evenly among equals.
    ///
    /// # Errors
    /// As [`Tensor::amax`].
    pub fn amin(&self, dims: &[isize], keepdim: bool) -> Result<Tensor> {
        self.fold_extreme("amin", "AminBackward0", Fold::Min, dims, keepdim)
    }

    fn fold_extreme(
        &self,
        name: &'static str,
        node: &'static str,
        fold: Fold,
        dims: &[isize],
        keepdim: bool,
    ) -> Result<Tensor> {
        let to = Reduced::new(name, self, dims, keepdim)?;
        to.ensure_elements(name, self, !dims.is_empty())?;
        let value = to.fold(self, fold, self.dtype())?;
        Ok(record(node, &[self], value, &[self.into(), crate::autograd::Save::Output(0)], move |cx| {
            let [x, y] = cx.saved()?;
            grads![cx; shared_evenly(&x.detach(), &y.detach(), cx.g, &to.kept)?]
        }))
    }

    /// The largest elements along `dim` and their indices; of equal ones the first, which gets the gradient.
    ///
    /// # Errors
    /// IndexError where the dimension is empty.
    pub fn max_dim(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.extreme("max", "MaxBackward0", true, dim, keepdim)
    }

    /// The smallest elements along `dim` and their indices; of equal ones the first, which gets the gradient.
    ///
    /// # Errors
    /// IndexError where the dimension is empty.
    pub fn min_dim(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.extreme("min", "MinBackward0", false, dim, keepdim)
    }

    fn extreme(
        &self,
        name: &'static str,
        node: &'static str,
        largest: bool,
        dim: isize,
        keepdim: bool,
    ) -> Result<(Tensor, Tensor)> {
        let to = Reduced::new(name, self, &[dim], keepdim)?;
        to.ensure_elements(name, self, true)?;
        let [values, indices] = to.run_two(self, [self.dtype(), DType::I64], |src, values, indices| {
            reduce::extreme(largest, src, Some(values), indices);
        })?;
        let at = indices.alias(Layout::dense(&to.kept)).detach();
        let d = self.dim(name, dim)?;
        Ok((record_chosen(node, self, values, &at, d), indices))
    }

    /// The index of the largest element, in the flattened tensor or along `dim`; of equal ones the first.
    ///
    /// # Errors
    /// IndexError where there is no element, NotImplementedError for bools.
    pub fn argmax(&self, dim: Option<isize>, keepdim: bool) -> Result<Tensor> {
        self.arg_extreme("argmax", true, dim, keepdim)
    }

    /// The index of the smallest element, in the flattened tensor or along `dim`; of equal ones the first.
    ///
    /// # Errors
    /// IndexError where there is no element, NotImplementedError for bools.
    pub fn argmin(&self, dim: Option<isize>, keepdim: bool) -> Result<Tensor> {
        self.arg_extreme("argmin", false, dim, keepdim)
    }

    fn arg_extreme(&self, name: &str, largest: bool, dim: Option<isize>, keepdim: bool) -> Result<Tensor> {
        ensure!(self.dtype() != DType::Bool, NotImplemented, "{name}: does not support bool input");
        let to = Reduced::new(name, self, dim.as_slice(), keepdim)?;
        to.ensure_elements(name, self, true)?;
        // Positions in the flattened tensor are counted in row-major order.
        let x = if dim.is_none() { self.detach().contiguous()? } else { self.clone() };
        to.run(&x, DType::I64, |src, dst| reduce::extreme(largest, src, None, dst))
    }

    /// The smallest and the largest elements, in all or along `dim`. The gradient is shared evenly among equals.
    ///
    /// # Errors
    /// As [`Tensor::amax`].
    pub fn aminmax(&self, dim: Option<isize>, keepdim: bool) -> Result<(Tensor, Tensor)> {
        let to = Reduced::new("aminmax", self, dim.as_slice(), keepdim)?;
        to.ensure_elements("aminmax", self, dim.is_some())?;
        let outputs = [to.fold(self, Fold::Min, self.dtype())?, to.fold(self, Fold::Max, self.dtype())?];
        let saves = [self.into(), crate::autograd::Save::Output(0), crate::autograd::Save::Output(1)];
        let [low, high] = record_many("aminmax", &[self], outputs, &saves, move |cx| {
            let [x, low, high] = cx.saved()?.map(|t: Tensor| t.detach());
            let part = |i, y| cx.grad_of(i).map(|g| shared_evenly(&x, y, g, &to.kept)).transpose();
            Ok([match (part(0, &low)?, part(1, &high)?) {
                (Some(a), Some(b)) => Some(a.add(&b)?),
                (a, b) => a.or(b),
            }]
            .into_iter()
            .collect())
        });
        Ok((low, high))
    }

    /// Whether all elements over `dims` are nonzero: bool, for uint8 uint8.
    pub fn all(&self, dims: &[isize], keepdim: bool) -> Result<Tensor> {
        self.test("all", Fold::All, dims, keepdim)
    }

    /// Whether any element over `dims` is nonzero: bool, for uint8 uint8.
    pub fn any(&self, dims: &[isize], keepdim: bool) -> Result<Tensor> {
        self.test("any", Fold::Any, dims, keepdim)
    }

    fn test(&self, name: &str, fold: Fold, dims: &[isize], keepdim: bool) -> Result<Tensor> {
        let dtype = if self.dtype() == DType::U8 { DType::U8 } else { DType::Bool };
        Reduced::new(name, self, dims, keepdim)?.fold(self, fold, dtype)
    }

    /// How many elements over `dims` are not zero, as int64.
    pub fn count_nonzero(&self, dims: &[isize]) -> Result<Tensor> {
        let to = Reduced::new("count_nonzero", self, dims, false)?;
        to.fold(self, Fold::Count, DType::I64)
    }

    /// Variances over `dims`: Σ (x − mean)²/(n − correction). ∂ = 2g·(x − mean)/(n − correction)
    ///
    /// # Errors
    /// NotImplementedError for whole numbers.
    pub fn var(&self, dims: &[isize], correction: f64, keepdim: bool) -> Result<Tensor> {
        Ok(self.moments("var", dims, correction, keepdim, false, false)?.0)
    }

    /// Standard deviations over `dims`: √Σ (x − mean)²/(n − correction). ∂ = g·(x − mean)/((n − correction)·y)
    ///
    /// # Errors
    /// NotImplementedError for whole numbers.
    pub fn std(&self, dims: &[isize], correction: f64, keepdim: bool) -> Result<Tensor> {
        Ok(self.moments("std", dims, correction, keepdim, true, false)?.0)
    }

    /// [`Tensor::var`] and the mean.
    pub fn var_mean(&self, dims: &[isize], correction: f64, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.moments("var_mean", dims, correction, keepdim, false, true)
    }

    /// [`Tensor::std`] and the mean.
    pub fn std_mean(&self, dims: &[isize], correction: f64, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.moments("std_mean", dims, correction, keepdim, true, true)
    }

    fn moments(
        &self,
        name: &'static str,
        dims: &[isize],
        correction: f64,
        keepdim: bool,
        root: bool,
        with_mean: bool,
    ) -> Result<(Tensor, Tensor)> {
        ensure!(
            self.dtype().is_float(),
            NotImplemented,
            "{name}: std and var only support floating point and complex dtypes, got {}",
            self.dtype().title()
        );
        let to = Reduced::new(name, self, dims, keepdim)?;
        let outputs = to.run_two(self, [self.dtype(); 2], |src, spread, mean| {
            reduce::moments(correction, root, src, spread, Some(mean));
        })?;
        let (dims, count) = (SmallVec::<[isize; 6]>::from_slice(dims), to.count as f64);
        let freedom = count - correction;
        let rule = move |cx: &Cx| {
            let [x, y] = cx.saved()?;
            let part = |g: &Tensor| -> Result<Tensor> {
                let apart = x.sub(&x.mean_dims(&dims, true, None)?)?;
                let g = restored(g, &to.kept)?;
                // ∂ by the variance. A root has none at zero, where every distance from the mean is zero: taken as zero.
                let g = if root {
                    let y = restored(&y, &to.kept)?;
                    Tensor::where_(&y.ne(0)?, &g.div(&y.mul(2)?)?, 0.0)?
                } else {
                    g
                };
                if dims.is_empty() && freedom <= 0.0 {
                    // The factor 2/(n − correction) has grown beyond all bounds; 0·∞ is NaN.
                    return g.mul(&Tensor::where_(&apart.detach().eq(0)?, f64::NAN, f64::INFINITY)?);
                }
                g.mul(2.0 / freedom)?.mul(&apart)
            };
            let of_spread = cx.grad_of(0).map(part).transpose()?;
            let of_mean = match with_mean.then(|| cx.grad_of(1)).flatten() {
                Some(g) => Some(restored(g, &to.kept)?.mul(1.0 / count)?.expand(cx.shape(0))?),
                None => None,
            };
            let total = match (of_spread, of_mean) {
                (Some(a), Some(b)) => Some(a.add(&b)?),
                (a, b) => a.or(b),
            };
            Ok([total].into_iter().collect())
        };
        let saves = [self.into(), crate::autograd::Save::Output(0)];
        let [spread, mean] = outputs;
        if with_mean {
            let [spread, mean] = record_many(name, &[self], [spread, mean], &saves, rule);
            return Ok((spread, mean));
        }
        Ok((record(name, &[self], spread, &saves, rule), mean))
    }

    /// The p-norms over `dims`: (Σ |x|ᵖ)^(1/p); the largest |x| for p = ∞, the smallest for −∞, the number of nonzero
    /// elements for 0. ∂ = g·sign x·(|x|/y)ᵖ⁻¹
    ///
    /// # Errors
    /// NotImplementedError for whole numbers; RuntimeError where p is negative or infinite and there is no element.
    pub fn vector_norm(&self, p: f64, dims: &[isize], keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
        self.norm_as("linalg_vector_norm", p, dims, keepdim, dtype)
    }

    /// [`Tensor::vector_norm`]; for p = 2 over all elements the Frobenius norm.
    pub fn norm(&self, p: f64, dims: &[isize], keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
        self.norm_as("norm", p, dims, keepdim, dtype)
    }

    fn norm_as(&self, name: &str, p: f64, dims: &[isize], keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
        ensure!(
            self.dtype().is_float() && dtype.is_none_or(DType::is_float),
            NotImplemented,
            "{name}: expected a floating point or complex tensor as input. Got {}",
            self.dtype().title()
        );
        let to = Reduced::new(name, self, dims, keepdim)?;
        ensure!(
            to.count > 0 || (p >= 0.0 && p.is_finite()) || to.out.contains(&0),
            Runtime,
            "{name}: cannot compute the {p} norm of no elements because the operation has no identity; got shape {:?}",
            self.shape()
        );
        let dtype = dtype.unwrap_or(self.dtype());
        let fold = match p {
            2.0 => Fold::Norm,
            1.0 => Fold::SumOfAbs,
            0.0 => Fold::Count,
            f64::INFINITY => Fold::MaxAbs,
            f64::NEG_INFINITY => Fold::MinAbs,
            p => Fold::NormOf(p),
        };
        let norm = to.fold(self, fold, dtype)?;
        let saves = [self.into(), crate::autograd::Save::Output(0)];
        Ok(record("LinalgVectorNormBackward0", &[self], norm, &saves, move |cx| {
            let [x, y] = cx.saved()?;
            let (g, y) = (restored(cx.g, &to.kept)?, restored(&y, &to.kept)?);
            grads![cx; match p {
                0.0 => Tensor::zeros(x.shape(), x.dtype())?,
                1.0 => x.sign()?.mul(&g)?,
                2.0 => x.mul(&Tensor::where_(&y.ne(0)?, &g.div(&y)?, 0.0)?)?,
                p if p.is_infinite() => {
                    let equal = x.abs()?.detach().eq(&y.detach())?;
                    let share = g.div(&equal.sum_dims(&unit_dims(&to.kept), true, None)?)?;
                    x.sign()?.mul(&equal)?.mul(&share)?
                }
                p => {
                    // |x|ᵖ⁻¹ has no value at 0 for p < 1, and its own derivative none for p < 2.
                    let power = x.abs()?.pow(p - 1.0)?;
                    let power = if p < 2.0 { Tensor::where_(&x.ne(0)?, &power, 0.0)? } else { power };
                    let slope = Tensor::where_(&y.ne(0)?, &g.div(&y.pow(p - 1.0)?)?, 0.0)?;
                    x.sign()?.mul(&power)?.mul(&slope)?
                }
            }]
        }))
    }

    /// The p-norm of the difference of two tensors, which broadcast.
    ///
    /// # Errors
    /// NotImplementedError for whole numbers, RuntimeError where the shapes don't broadcast.
    pub fn dist(&self, other: &Tensor, p: f64) -> Result<Tensor> {
        if broadcast_shapes(self.shape(), other.shape()).is_none() {
            bail!(Runtime, "{}", mismatch("dist", self.shape(), other.shape()));
        }
        self.sub(other)?.norm_as("dist", p, &[], false, None)
    }

    /// ln Σ eˣ over `dims`, without overflow; integers become floats. ∂ = g·e^(x − y)
    pub fn logsumexp(&self, dims: &[isize], keepdim: bool) -> Result<Tensor> {
        let to = Reduced::new("logsumexp", self, dims, keepdim)?;
        let value = to.run(self, self.real_dtype(), reduce::log_sum_exp)?;
        let saves = [self.into(), crate::autograd::Save::Output(0)];
        Ok(record("logsumexp", &[self], value, &saves, move |cx| {
            let [x, y] = cx.saved()?;
            let (g, y) = (restored(cx.g, &to.kept)?, restored(&y, &to.kept)?);
            grads![cx; x.sub(&y)?.exp()?.mul(&g)?]
        }))
    }

    /// The sum of the diagonal of a matrix. ∂ = g·I
    ///
    /// # Errors
    /// RuntimeError where this is no matrix.
    pub fn trace(&self) -> Result<Tensor> {
        ensure!(self.rank() == 2, Runtime, "trace: expected a matrix, but got tensor with dim {}", self.rank());
        let diagonal = self.detach().alias(self.layout().diagonal(0, 0, 1)).detach();
        let value = diagonal.sum()?;
        Ok(record("trace", &[self], value, &[], |cx| {
            grads![cx; {
                let one = Tensor::zeros(cx.shape(0), cx.g.dtype())?;
                one.alias(one.layout().diagonal(0, 0, 1)).write(&Tensor::ones(&[], cx.g.dtype())?)?;
                cx.g.mul(&one)?
            }]
        }))
    }

    /// How often each of 0, 1, 2, … occurs in a vector of integers that are not negative, or with `weights` the sum of
    /// theirs. The result is at least `minlength` long.
    ///
    /// # Errors
    /// RuntimeError where this is no vector, an element is negative, or the weights' shape differs.
    pub fn bincount(&self, weights: Option<&Tensor>, minlength: usize) -> Result<Tensor> {
        ensure!(
            self.rank() == 1 && !self.dtype().is_float() && self.dtype() != DType::Bool,
            Runtime,
            "bincount: only supports 1-d non-negative integral inputs, got shape {:?} of {}",
            self.shape(),
            self.dtype().name()
        );
        let index = self.detach().to_dtype(DType::I64)?.contiguous()?;
        let (least, most) = index.with_indices(index::extent).unwrap_or((0, -1));
        ensure!(least >= 0, Runtime, "bincount: only supports 1-d non-negative integral inputs");
        let n = usize::try_from(most).map_or(0, |most| most + 1).max(minlength);
        bytes_of(&[n], DType::F64)?;
        if let Some(weights) = weights {
            ensure!(
                weights.shape() == self.shape(),
                Runtime,
                "bincount: weights should be 1-d and have the same length as input, got shapes {:?} and {:?}",
                weights.shape(),
                self.shape()
            );
            let dtype = if weights.dtype() == DType::F32 { DType::F32 } else { DType::F64 };
            let mut counts = Tensor::zeros(&[n], DType::F64)?.to_vec::<f64>()?;
            for (i, w) in
                index.to_vec::<i64>()?.into_iter().zip(weights.detach().to_dtype(DType::F64)?.to_vec::<f64>()?)
            {
                counts[i as usize] += w;
            }
            return Tensor::from_slice(&counts, &[n])?.to_dtype(dtype);
        }
        let mut counts = zeroed_room(&[n], DType::I64)?;
        index.with_indices(|i| index::tally(i, &mut counts.as_mut_slice::<i64>()[..n]));
        Ok(Tensor::from_buffer(counts, Layout::dense(&[n]), DType::I64))
    }

    /// How many elements lie in each of `bins` equal intervals from `min` to `max`; from the smallest to the largest
    /// element where both are equal. Elements outside and NaN are not counted.
    ///
    /// # Errors
    /// RuntimeError where `bins` is 0, or the bounds are not finite or in the wrong order; NotImplementedError for integers.
    pub fn histc(&self, bins: usize, min: f64, max: f64) -> Result<Tensor> {
        ensure!(self.dtype().is_float(), NotImplemented, "histc: not implemented for '{}'", self.dtype().title());
        ensure!(bins > 0, Runtime, "histc: bins must be > 0, got {bins}");
        let x = self.detach().to_dtype(DType::F64)?.to_vec::<f64>()?;
        let (mut low, mut high) = (min, max);
        if low == high && !x.is_empty() {
            low = x.iter().copied().fold(f64::INFINITY, f64::min);
            high = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        }
        if low == high {
            (low, high) = (low - 1.0, high + 1.0);
        }
        ensure!(
            low.is_finite() && high.is_finite() && low < high,
            Runtime,
            "histc: range of [{low}, {high}] is not finite or in the wrong order"
        );
        let mut counts = zeros::<f64>(bins)?;
        for x in x.into_iter().filter(|x| (low..=high).contains(x)) {
            let at = ((x - low) / (high - low) * bins as f64) as usize;
            counts[at.min(bins - 1)] += 1.0;
        }
        Tensor::from_slice(&counts, &[bins])?.to_dtype(self.dtype())
    }
}

/// The dimensions of size 1: those that were reduced, and those for which it makes no difference.
fn unit_dims(kept: &[usize]) -> SmallVec<[isize; 6]> {
    (0..kept.len()).filter(|&d| kept[d] == 1).map(|d| d as isize).collect()
}

/// The gradient of an extreme `y` of `x`, in equal parts to all elements that are as large.
fn shared_evenly(x: &Tensor, y: &Tensor, g: &Tensor, kept: &Dims) -> Result<Tensor> {
    let y = restored(y, kept)?;
    // NaN is the extreme where there is one, and equals nothing.
    let equal = x.eq(&y)?.logical_or(&x.ne(x)?.logical_and(&y.ne(&y)?)?)?;
    let dims = unit_dims(kept);
    let count = if dims.is_empty() { equal.to_dtype(DType::I64)? } else { equal.sum_dims(&dims, true, None)? };
    restored(g, kept)?.div(&count)?.mul(&equal)
}

/// Record that `values` are the elements of `x` at `at` along `dim`: an index tensor of x's rank.
pub(crate) fn record_chosen(name: &'static str, x: &Tensor, values: Tensor, at: &Tensor, dim: usize) -> Tensor {
    record(name, &[x], values, &[at.into()], move |cx| {
        let [at] = cx.saved()?;
        let zeros = Tensor::zeros(cx.shape(0), cx.g.dtype())?;
        grads![cx; zeros.scatter_add(dim as isize, &at, &cx.g.reshape(at.shape())?)?]
    })
}

/// The operations of this file.
pub const NAMES: &[&str] = &[
    "sum",
    "mean",
    "nansum",
    "nanmean",
    "prod",
    "max",
    "min",
    "amax",
    "amin",
    "argmax",
    "argmin",
    "aminmax",
    "all",
    "any",
    "count_nonzero",
    "var",
    "std",
    "var_mean",
    "std_mean",
    "norm",
    "linalg_vector_norm",
    "dist",
    "logsumexp",
    "trace",
    "bincount",
    "histc",
];
