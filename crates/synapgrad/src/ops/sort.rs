//! Order: sorting, ranks, distinct values, and searching what is sorted.
//!
//! NaN counts as larger than every number. Gradients of values go to the elements that they were.

use synapgrad_kernels::along::for_each_slab;
use synapgrad_kernels::buffer::{list, zeros};
use synapgrad_kernels::sort::{self, SortKey};
use synapgrad_kernels::{Buffer, DType, Dims, Layout, bf16, f16, interrupt};

use super::create::room;
use super::operand::{Operand, result_type};
use super::reduce::record_chosen;
use crate::autograd::{Save, grads, record};
use crate::error::{bail, ensure};
use crate::{Error, Result, Tensor};

/// Run `$body` with `$T` standing for the Rust type of `$dtype`; bools as the bytes that they are.
macro_rules! with_key {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            DType::F32 => with_key!(@ $T f32 $body),
            DType::F64 => with_key!(@ $T f64 $body),
            DType::F16 => with_key!(@ $T f16 $body),
            DType::BF16 => with_key!(@ $T bf16 $body),
            DType::I64 => with_key!(@ $T i64 $body),
            DType::I32 => with_key!(@ $T i32 $body),
            DType::I16 => with_key!(@ $T i16 $body),
            DType::I8 => with_key!(@ $T i8 $body),
            DType::U8 | DType::Bool => with_key!(@ $T u8 $body),
        }
    };
    (@ $T:ident $t:ident $body:expr) => {{
        type $T = $t;
        $body
    }};
}

/// Which positions of a row are wanted.
#[derive(Clone, Copy)]
enum Wanted {
    Sorted {
        descending: bool,
    },
    Top {
        largest: bool,
        sorted: bool,
    },
    /// The k-th smallest, counted from 1.
    Kth(usize),
    Median,
    NanMedian,
    Mode,
}

impl Wanted {
    fn find<T: SortKey + Default>(self, row: &[T], at: &mut [i64]) {
        match self {
            Wanted::Sorted { descending } => sort::argsort(row, descending, at),
            Wanted::Top { largest, sorted } => {
                sort::topk(row, largest, sorted, &mut vec![T::default(); at.len()], at);
            }
            Wanted::Kth(k) => at[0] = sort::kthvalue(row, k).1,
            Wanted::Median => at[0] = sort::median(row).1,
            Wanted::NanMedian => at[0] = sort::nanmedian(row).1,
            Wanted::Mode => at[0] = sort::mode(row).1,
        }
    }
}

/// Elements sorted between two looks at whether the user wants to stop.
const POLL: usize = 1 << 21;

impl Tensor {
    /// The positions of what is wanted of each row along `dim`, `k` of them, as an int64 tensor.
    fn find_along(&self, name: &str, dim: usize, k: usize, wanted: Wanted) -> Result<Tensor> {
        let n = self.shape().get(dim).copied().unwrap_or(1);
        ensure!(n < u32::MAX as usize, Runtime, "{name}: a dimension of {n} elements is too long to sort");
        let last = self.rank().max(1) - 1;
        let rows = if self.rank() == 0 { self.detach() } else { self.detach().transpose(dim as isize, -1)? };
        let mut shape = Dims::from_slice(rows.shape());
        if let Some(size) = shape.get_mut(last) {
            *size = k;
        }
        let mut at = room(&shape, DType::I64)?;
        let stopped = with_key!(self.dtype(), T => rows.with_memory(|(memory, start)| {
            let x = &memory.as_slice::<T>()[start..start + rows.numel()];
            let all = &mut at.as_mut_slice::<i64>()[..shape.iter().product()];
            let batch = (POLL / n.max(1)).max(1);
            for (x, at) in x.chunks((batch * n).max(1)).zip(all.chunks_mut((batch * k).max(1))) {
                interrupt::poll()?;
                for_each_slab(at, k, |i, at| wanted.find(&x[i * n..][..n], at));
            }
            Ok::<(), interrupt::Interrupted>(())
        })?);
        stopped?;
        let at = Tensor::from_buffer(at, Layout::dense(&shape), DType::I64);
        if self.rank() == 0 { Ok(at) } else { at.transpose(dim as isize, -1)?.contiguous().map(|t| t.detach()) }
    }

    /// The elements at `at` along `dim`, recorded.
    fn chosen(&self, node: &'static str, dim: usize, at: &Tensor) -> Result<Tensor> {
        Ok(record_chosen(node, self, self.detach().gather(dim as isize, at)?, at, dim))
    }

    /// The elements along `dim` in ascending or descending order, and where they stood. Always stable: equal elements keep
    /// their order.
    ///
    /// ```
    /// # use synapgrad::Tensor;
    /// let (values, indices) = Tensor::from([2f32, 3.0, 1.0]).sort(0, true)?;
    /// assert_eq!(values.to_vec::<f32>()?, [3.0, 2.0, 1.0]);
    /// assert_eq!(indices.to_vec::<i64>()?, [1, 0, 2]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// IndexError where `dim` is out of range.
    pub fn sort(&self, dim: isize, descending: bool) -> Result<(Tensor, Tensor)> {
        let d = self.dim("sort", dim)?;
        let n = self.shape().get(d).copied().unwrap_or(1);
        let at = self.find_along("sort", d, n, Wanted::Sorted { descending })?;
        Ok((self.chosen("sort", d, &at)?, at))
    }

    /// The indices that put the elements along `dim` in order.
    ///
    /// # Errors
    /// IndexError where `dim` is out of range.
    pub fn argsort(&self, dim: isize, descending: bool) -> Result<Tensor> {
        let d = self.dim("argsort", dim)?;
        let n = self.shape().get(d).copied().unwrap_or(1);
        self.find_along("argsort", d, n, Wanted::Sorted { descending })
    }

    /// The elements along the first dimension in ascending order.
    pub fn msort(&self) -> Result<Tensor> {
        Ok(self.sort(0, false)?.0)
    }

    /// The `k` largest (or smallest) elements along `dim` and their indices, in order if `sorted`.
    ///
    /// # Errors
    /// RuntimeError where there are fewer than `k`; IndexError where `dim` is out of range.
    pub fn topk(&self, k: usize, dim: isize, largest: bool, sorted: bool) -> Result<(Tensor, Tensor)> {
        let d = self.dim("topk", dim)?;
        let n = self.shape().get(d).copied().unwrap_or(1);
        ensure!(k <= n, Runtime, "topk: selected index k out of range: {k} of {n} elements");
        let at = self.find_along("topk", d, k, Wanted::Top { largest, sorted })?;
        Ok((self.chosen("topk", d, &at)?, at))
    }

    /// One element per row along `dim`.
    fn one_along(
        &self,
        name: &str,
        node: &'static str,
        dim: isize,
        keepdim: bool,
        wanted: Wanted,
    ) -> Result<(Tensor, Tensor)> {
        let d = self.dim(name, dim)?;
        let n = self.shape().get(d).copied().unwrap_or(1);
        ensure!(n > 0, Index, "{name}: Expected reduction dim {d} to have non-zero size; got {:?}", self.shape());
        let at = self.find_along(name, d, 1, wanted)?;
        let mut shape = Dims::from_slice(at.shape());
        if !keepdim && self.rank() > 0 {
            shape.remove(d);
        }
        let plain = |t: &Tensor| Ok::<Tensor, Error>(t.view(&shape)?.detach());
        let values = plain(&self.detach().gather(d as isize, &at)?)?;
        Ok((record_chosen(node, self, values, &at, d), plain(&at)?))
    }

    /// The `k`-th smallest elements along `dim`, counted from 1, and their indices.
    ///
    /// # Errors
    /// RuntimeError where there is no such element; IndexError where the dimension is empty or out of range.
    pub fn kthvalue(&self, k: usize, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        ensure!(self.dtype() != DType::Bool, NotImplemented, "kthvalue: not implemented for 'Bool'");
        let d = self.dim("kthvalue", dim)?;
        let n = self.shape().get(d).copied().unwrap_or(1);
        ensure!(
            n == 0 || (1 <= k && k <= n),
            Runtime,
            "kthvalue: selected number k out of range for dimension {d}: {k} of {n} elements"
        );
        self.one_along("kthvalue", "kthvalue", dim, keepdim, Wanted::Kth(k))
    }

    /// The lower medians along `dim` and their indices; NaN where there is one.
    ///
    /// # Errors
    /// IndexError where the dimension is empty or out of range; NotImplementedError for bools.
    pub fn median_dim(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.ensure_not_bool("median")?;
        self.one_along("median", "MedianBackward1", dim, keepdim, Wanted::Median)
    }

    /// The lower medians along `dim` of the elements that are not NaN, and their indices.
    ///
    /// # Errors
    /// As [`Tensor::median_dim`].
    pub fn nanmedian_dim(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.ensure_not_bool("nanmedian")?;
        self.one_along("nanmedian", "NanmedianBackward1", dim, keepdim, Wanted::NanMedian)
    }

    fn ensure_not_bool(&self, name: &str) -> Result<()> {
        ensure!(self.dtype() != DType::Bool, NotImplemented, "{name}: \"median_cpu\" not implemented for 'Bool'");
        Ok(())
    }

    /// The lower median of all elements; NaN where there is one or there are none. The gradient is shared evenly among equals.
    pub fn median(&self) -> Result<Tensor> {
        self.ensure_not_bool("median")?;
        self.median_of("median", "MedianBackward0", Wanted::Median)
    }

    /// The lower median of all elements that are not NaN. The gradient is shared evenly among equals.
    pub fn nanmedian(&self) -> Result<Tensor> {
        self.ensure_not_bool("nanmedian")?;
        self.median_of("nanmedian", "NanmedianBackward0", Wanted::NanMedian)
    }

    fn median_of(&self, name: &str, node: &'static str, wanted: Wanted) -> Result<Tensor> {
        let value = if self.numel() == 0 {
            // PyTorch's choice for whole numbers: the smallest one.
            let none = if self.dtype().is_float() { f64::NAN.into() } else { synapgrad_kernels::Scalar::Int(i64::MIN) };
            Tensor::full(&[], none, self.dtype())?
        } else {
            let row = self.detach().reshape(&[self.numel()])?;
            row.gather(0, &row.find_along(name, 0, 1, wanted)?)?.view(&[])?.detach()
        };
        Ok(record(node, &[self], value, &[self.into(), Save::Output(0)], |cx| {
            let [x, median] = cx.saved()?;
            let equal = if median.item()?.to_f64().is_nan() { x.isnan()? } else { x.eq(&median)? };
            grads![cx; equal.mul(&cx.g.div(&equal.sum()?)?)?]
        }))
    }

    /// The most frequent elements along `dim`, of equally frequent ones the smallest, and an index of each.
    ///
    /// # Errors
    /// IndexError where the dimension is empty or out of range.
    pub fn mode(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.one_along("mode", "mode", dim, keepdim, Wanted::Mode)
    }

    /// The distinct elements in ascending order; for every element the place of its value among them; how often each occurs.
    pub fn unique(&self) -> Result<(Tensor, Tensor, Tensor)> {
        self.distinct(false)
    }

    /// The first element of each run of equal elements of the flattened tensor; for every element the number of its run; how
    /// long each run is.
    pub fn unique_consecutive(&self) -> Result<(Tensor, Tensor, Tensor)> {
        self.distinct(true)
    }

    fn distinct(&self, consecutive: bool) -> Result<(Tensor, Tensor, Tensor)> {
        ensure!(self.numel() < u32::MAX as usize, Runtime, "unique: {} elements are too many to sort", self.numel());
        with_key!(self.dtype(), T => {
            let found = self.with_memory(|(memory, start)| {
                let x = &memory.as_slice::<T>()[start..start + self.numel()];
                if consecutive { sort::unique_consecutive(x) } else { sort::unique(x) }
            })?;
            let n = found.values.len();
            let values = Tensor::from_buffer(Buffer::from_slice(&found.values)?, Layout::dense(&[n]), self.dtype());
            let inverse = Tensor::from_slice(&found.inverse, self.shape())?;
            Ok((values, inverse, Tensor::from_slice(&found.counts, &[n])?))
        })
    }

    /// The distinct slices along `dim` in ascending order (or, if `consecutive`, the first of each run); for every slice the
    /// place of its equal among them; how often each occurs.
    ///
    /// # Errors
    /// IndexError where `dim` is out of range.
    pub fn unique_dim(&self, dim: isize, consecutive: bool) -> Result<(Tensor, Tensor, Tensor)> {
        let d = self.dim("unique", dim)?;
        if self.rank() == 0 {
            return self.distinct(consecutive);
        }
        let order: Dims = std::iter::once(d).chain((0..self.rank()).filter(|&i| i != d)).collect();
        let slices = self.detach().reordered(&order).contiguous()?;
        let n = self.shape()[d];
        let len = slices.numel().checked_div(n).unwrap_or(0);
        ensure!(
            n == 0 || len > 0 || self.numel() > 0,
            Runtime,
            "unique: There are 0 sized dimensions, and they aren't selected by `dim`: {:?}",
            self.shape()
        );
        let (firsts, inverse, counts) = with_key!(self.dtype(), T => slices.with_memory(|(memory, start)| {
            let x = &memory.as_slice::<T>()[start..start + slices.numel()];
            distinct_rows(x, n, len, consecutive)
        })?);
        let mut shape = Dims::from_elem(1, self.rank());
        shape[d] = firsts.len();
        let mut wanted = Dims::from_slice(self.shape());
        wanted[d] = firsts.len();
        let at = Tensor::from_slice(&firsts, &shape)?.expand(&wanted)?;
        let values = self.detach().gather(d as isize, &at)?;
        Ok((values, Tensor::from_slice(&inverse, &[n])?, Tensor::from_slice(&counts, &[counts.len()])?))
    }

    /// For each element of `values`, where it would go into the ascending last dimension of this tensor: before its equals,
    /// or after them with `right`. This tensor is a vector, or has the leading shape of `values`. `sorter` lists the indices
    /// that put this tensor in order.
    ///
    /// # Errors
    /// RuntimeError where the shapes or dtypes don't fit, or `sorter` names an index outside.
    pub fn searchsorted(&self, values: Operand, right: bool, sorter: Option<&Tensor>, int32: bool) -> Result<Tensor> {
        self.search("searchsorted", values, right, sorter, int32)
    }

    /// In which interval each element lies: [`Tensor::searchsorted`] of this tensor's elements in `boundaries`.
    ///
    /// # Errors
    /// RuntimeError where the boundaries are no vector.
    pub fn bucketize(values: Operand, boundaries: &Tensor, int32: bool, right: bool) -> Result<Tensor> {
        ensure!(
            boundaries.rank() == 1,
            Runtime,
            "bucketize: boundaries tensor must be 1 dimension, but got dim({})",
            boundaries.rank()
        );
        boundaries.search("bucketize", values, right, None, int32)
    }

    fn search(&self, name: &str, values: Operand, right: bool, sorter: Option<&Tensor>, int32: bool) -> Result<Tensor> {
        ensure!(self.rank() > 0, Runtime, "{name}: input must have at least one dimension, got a 0-d tensor");
        let values = match values {
            Operand::Tensor(t) => t.detach(),
            Operand::Number(n) => Tensor::full(&[], n, result_type(&[self.into(), values]))?,
        };
        let (lead, n) = (&self.shape()[..self.rank() - 1], self.shape()[self.rank() - 1]);
        ensure!(
            self.rank() == 1 || (values.rank() == self.rank() && values.shape()[..values.rank() - 1] == *lead),
            Runtime,
            "{name}: boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input \
             value tensor must match; got {:?} and {:?}",
            self.shape(),
            values.shape()
        );
        let dtype = result_type(&[self.into(), (&values).into()]);
        let shape = Dims::from_slice(values.shape());
        let (row, values) = (self.detach().to_dtype(dtype)?, values.to_dtype(dtype)?);
        let sorter = match sorter {
            None => None,
            Some(sorter) => {
                ensure!(
                    sorter.shape() == self.shape() && sorter.dtype() == DType::I64,
                    Runtime,
                    "{name}: sorter must be an int64 tensor of the boundaries' shape, got {:?} of {}",
                    sorter.shape(),
                    sorter.dtype().name()
                );
                let at = sorter.to_vec::<i64>()?;
                ensure!(at.iter().all(|&i| 0 <= i && (i as usize) < n), Runtime, "{name}: sorter index out of range");
                Some(at)
            }
        };
        let each = if self.rank() == 1 { values.numel() } else { shape.last().copied().unwrap_or(1) };
        let mut places: Vec<i64> = zeros(values.numel())?;
        with_key!(dtype, T => {
            let mut x: Vec<T> = list(values.numel())?;
            values.with_memory(|(m, start)| x.extend_from_slice(&m.as_slice::<T>()[start..start + values.numel()]))?;
            row.with_memory(|(memory, start)| {
                let rows = &memory.as_slice::<T>()[start..start + row.numel()];
                for (i, (place, &x)) in places.iter_mut().zip(&x).enumerate() {
                    let from = i / each.max(1) * n;
                    let sorter = sorter.as_ref().map(|s| &s[from..from + n]);
                    *place = sort::searchsorted(&rows[from..from + n], sorter, x, right);
                }
            })?;
        });
        let places = Tensor::from_slice(&places, &shape)?;
        if int32 { places.to_dtype(DType::I32) } else { Ok(places) }
    }

    /// Whether each element occurs in `among`, or with `invert` whether it does not. NaN equals nothing.
    pub fn isin(elements: Operand, among: Operand, invert: bool) -> Result<Tensor> {
        let dtype = result_type(&[elements, among]);
        let plain = |operand: Operand| match operand {
            Operand::Tensor(t) => t.detach().to_dtype(dtype),
            Operand::Number(n) => Tensor::full(&[], n, dtype),
        };
        let (x, among) = (plain(elements)?, plain(among)?);
        if among.numel() == 0 {
            return Tensor::full(x.shape(), invert, DType::Bool);
        }
        let sorted = among.reshape(&[among.numel()])?.sort(0, false)?.0;
        let at = sorted.search("isin", (&x).into(), false, None, false)?;
        // What is larger than all is compared with the last, which it does not equal.
        let at = at.minimum(among.numel() as i64 - 1)?.reshape(&[x.numel()])?;
        let found = sorted.gather(0, &at)?.reshape(x.shape())?;
        if invert { found.ne(&x) } else { found.eq(&x) }
    }

    /// The quantiles `q` of the elements along `dim`, or of all: the sorted elements at rank q·(n − 1), between two ranks as
    /// `between` says. With several `q` the first dimension of the result counts them. NaN where there is one.
    ///
    /// # Errors
    /// RuntimeError where this is neither float32 nor float64, empty, or a `q` lies outside of [0, 1].
    pub fn quantile(&self, q: Q, dim: Option<isize>, keepdim: bool, between: Interpolation) -> Result<Tensor> {
        self.quantile_as("quantile", q, dim, keepdim, between, false)
    }

    /// [`Tensor::quantile`] of the elements that are not NaN.
    ///
    /// # Errors
    /// As [`Tensor::quantile`].
    pub fn nanquantile(&self, q: Q, dim: Option<isize>, keepdim: bool, between: Interpolation) -> Result<Tensor> {
        self.quantile_as("nanquantile", q, dim, keepdim, between, true)
    }

    fn quantile_as(
        &self,
        name: &str,
        q: Q,
        dim: Option<isize>,
        keepdim: bool,
        between: Interpolation,
        skip_nan: bool,
    ) -> Result<Tensor> {
        let dtype = self.dtype();
        ensure!(
            matches!(dtype, DType::F32 | DType::F64),
            Runtime,
            "{name}: input tensor must be either float or double dtype, got {}",
            dtype.name()
        );
        ensure!(self.numel() > 0, Runtime, "{name}: input tensor must be non-empty");
        let (several, qs) = match q {
            Q::One(q) => (false, vec![q]),
            Q::Many(qs) => (true, qs),
        };
        ensure!(qs.iter().all(|q| (0.0..=1.0).contains(q)), Runtime, "{name}: q values must be in the range [0, 1]");
        // The rows to look at become the last dimension.
        let (x, mut kept) = match dim {
            Some(dim) if self.rank() > 0 => {
                let d = self.dim(name, dim)?;
                let order: Dims = (0..self.rank()).filter(|&i| i != d).chain([d]).collect();
                let mut kept = Dims::from_slice(self.shape());
                kept[d] = 1;
                if !keepdim {
                    kept.remove(d);
                }
                (self.reordered(&order), kept)
            }
            _ => {
                if let Some(dim) = dim {
                    self.dim(name, dim)?;
                }
                let rank = if keepdim { self.rank() } else { 0 };
                (self.reshape(&[self.numel()])?, Dims::from_elem(1, rank))
            }
        };
        let n = x.shape()[x.rank() - 1];
        let sorted = x.sort(-1, false)?.0;
        let numbers = x.detach().eq(&x.detach())?.sum_dims(&[-1], false, None)?.to_vec::<i64>()?;
        let single = |v: f64| if dtype == DType::F32 { v as f32 as f64 } else { v };
        let (mut low, mut high, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for &numbers in &numbers {
            for &q in &qs {
                let last = if skip_nan { numbers.max(1) - 1 } else { n as i64 - 1 } as f64;
                // NaN are sorted to the end.
                let rank = if !skip_nan && numbers < n as i64 { last } else { single(single(q) * last) };
                let rank = match between {
                    Interpolation::Lower => rank.floor(),
                    Interpolation::Higher => rank.ceil(),
                    Interpolation::Nearest => rank.round_ties_even(),
                    _ => rank,
                };
                low.push(rank.floor() as i64);
                high.push(rank.ceil() as i64);
                weights.push(if matches!(between, Interpolation::Midpoint) { 0.5 } else { rank - rank.floor() });
            }
        }
        let mut shape = Dims::from_slice(sorted.shape());
        shape[x.rank() - 1] = qs.len();
        let last = x.rank() - 1;
        let low = sorted.gather(-1, &Tensor::from_slice(&low, &shape)?)?;
        let value = match between {
            Interpolation::Linear | Interpolation::Midpoint => {
                let high = sorted.gather(-1, &Tensor::from_slice(&high, &shape)?)?;
                let weights = Tensor::from_slice(&weights, &shape)?.to_dtype(dtype)?;
                low.add(&high.sub(&low)?.mul(&weights)?)?
            }
            _ => low,
        };
        if !several {
            return value.reshape(&kept);
        }
        let order: Dims = std::iter::once(last).chain(0..last).collect();
        kept.insert(0, qs.len());
        value.reordered(&order).reshape(&kept)
    }
}

/// Which quantiles.
#[derive(Clone, Debug)]
pub enum Q {
    One(f64),
    Many(Vec<f64>),
}

/// What lies between two ranks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    Linear,
    Lower,
    Higher,
    Midpoint,
    Nearest,
}

impl Interpolation {
    /// # Errors
    /// RuntimeError where the name is none of the five.
    pub fn parse(name: &str) -> Result<Interpolation> {
        Ok(match name {
            "linear" => Interpolation::Linear,
            "lower" => Interpolation::Lower,
            "higher" => Interpolation::Higher,
            "midpoint" => Interpolation::Midpoint,
            "nearest" => Interpolation::Nearest,
            _ => bail!(
                Runtime,
                "quantile: interpolation must be one of linear, lower, higher, midpoint or nearest, but got {name}"
            ),
        })
    }
}

/// The index of the first of each group of equal rows, for each row its group, and the groups' sizes.
fn distinct_rows<T: SortKey>(x: &[T], n: usize, len: usize, consecutive: bool) -> (Vec<i64>, Vec<i64>, Vec<i64>) {
    let row = |i: usize| &x[i * len..][..len];
    let mut order: Vec<usize> = (0..n).collect();
    if !consecutive {
        order.sort_by(|&a, &b| row(a).iter().map(|x| x.key()).cmp(row(b).iter().map(|x| x.key())));
    }
    let (mut firsts, mut inverse, mut counts) = (Vec::<i64>::new(), vec![0; n], Vec::<i64>::new());
    for i in order {
        match firsts.last() {
            Some(&first) if row(first as usize) == row(i) => {}
            _ => {
                firsts.push(i as i64);
                counts.push(0);
            }
        }
        inverse[i] = firsts.len() as i64 - 1;
        if let Some(count) = counts.last_mut() {
            *count += 1;
        }
    }
    (firsts, inverse, counts)
}

/// The operations of this file.
pub const NAMES: &[&str] = &[
    "sort",
    "argsort",
    "msort",
    "topk",
    "kthvalue",
    "median",
    "nanmedian",
    "mode",
    "unique",
    "unique_consecutive",
    "searchsorted",
    "bucketize",
    "isin",
    "quantile",
    "nanquantile",
];
