//! Reading and writing at places given by indices.
//!
//! Whatever an operation is called, it finds a list of [`Places`], checking every index on the way, and then reads from
//! them or writes to them. Reading and writing are each other's derivative: what was read from a place sends its gradient
//! back to be added there.

use synapgrad_kernels::buffer::zeros;
use synapgrad_kernels::index::{self as kernel, Along, Combine, OutOfBounds, Places, Target};
use synapgrad_kernels::layout::broadcast_shapes;
use synapgrad_kernels::mask as mask_kernel;
use synapgrad_kernels::{Bool, DType, Dims, Layout, Scalar, Src};

use super::create::room;
use super::operand::{Operand, with_destination, with_sources};
use crate::autograd::{Cx, grads, record, tracking};
use crate::error::{bail, ensure, go_on};
use crate::{Error, ErrorKind, Result, Tensor};

/// A message for an index out of bounds, with the exception PyTorch raises for it.
fn out_of_bounds(kind: ErrorKind, name: &str, dim: usize, size: usize) -> impl Fn(OutOfBounds) -> Error {
    move |OutOfBounds(i)| {
        Error::new(kind, format!("{name}: index {i} is out of bounds for dimension {dim} with size {size}"))
    }
}

impl Cx<'_> {
    /// The gradient of the first input, which is zero but where `write` adds something.
    pub(super) fn on_zeros(&self, write: impl FnOnce(&Tensor) -> Result<&Tensor>) -> Result<Tensor> {
        let whole = Tensor::zeros(self.shape(0), self.g.dtype())?;
        write(&whole)?;
        Ok(whole)
    }
}

/// Elements of a tensor, chosen along one dimension by an index of the same rank.
struct Chosen {
    d: usize,
    /// Dense int64, and its shape, where a single number counts as a vector.
    index: Tensor,
    shape: Dims,
    /// The tensor's, likewise.
    layout: Layout,
}

impl Chosen {
    fn along<'a>(&'a self, index: &'a Src) -> Along<'a> {
        let numbers = match index {
            Src::View { data, layout, .. } => &data.as_slice::<i64>()[layout.offset..][..self.index.numel()],
            _ => &[],
        };
        Along::new(numbers, &self.shape, &self.layout, self.d)
    }

    fn out_of_bounds(&self, name: &str) -> impl Fn(OutOfBounds) -> Error {
        out_of_bounds(ErrorKind::Runtime, name, self.d, self.layout.shape[self.d])
    }
}

// The machinery
impl Tensor {
    /// Indices as dense int64, of whatever integer type they are.
    pub(super) fn as_indices(&self, name: &str) -> Result<Tensor> {
        ensure!(
            matches!(self.dtype(), DType::I64 | DType::I32),
            Runtime,
            "{name}: Expected dtype int32 or int64 for index, got {}",
            self.dtype().name()
        );
        self.detach().to_dtype(DType::I64)?.contiguous()
    }

    /// Call `f` with these dense int64 indices.
    pub(super) fn with_indices<R>(&self, f: impl FnOnce(&[i64]) -> R) -> R {
        let at = self.layout().offset;
        f(&self.storage().read().as_slice::<i64>()[at..at + self.numel()])
    }

    /// The elements at `places`, as a dense tensor of `shape`; not recorded.
    pub(super) fn read(&self, places: &Places, shape: &[usize]) -> Result<Tensor> {
        let mut data = room(shape, self.dtype())?;
        kernel::read(&self.storage().read(), places, &mut data, self.dtype());
        Ok(Tensor::from_buffer(data, Layout::dense(shape), self.dtype()))
    }

    /// Write `values`, in the order of the places, or a single one for all; not recorded. The values' dtype is this
    /// tensor's.
    pub(super) fn write_at(&self, places: &Places, values: &Tensor, how: Combine) -> Result<()> {
        let (values, single) = self.to_write(values)?;
        if places.numel() > 0 {
            with_destination(self, &[Operand::Tensor(&values)], &[values.layout()], |[source], out| {
                if let Src::View { data, layout, dtype } = source {
                    kernel::write(out.data, Target::Places(places), data, layout.offset, single, how, dtype);
                }
            });
        }
        self.storage().bump_version();
        Ok(())
    }

    /// [`Tensor::write_at`] to chosen elements.
    fn write_chosen(&self, name: &str, chosen: &Chosen, values: &Tensor, how: Combine) -> Result<()> {
        let (values, single) = self.to_write(values)?;
        let index = self.elsewhere(&chosen.index)?;
        let operands = [Operand::Tensor(&values), Operand::Tensor(&index)];
        with_destination(self, &operands, &[values.layout(), index.layout()], |[source, index], out| {
            let along = chosen.along(&index);
            along.check()?;
            if let Src::View { data, layout, dtype } = source {
                kernel::write(out.data, Target::Along(&along), data, layout.offset, single, how, dtype);
            }
            Ok(())
        })
        .map_err(chosen.out_of_bounds(name))?;
        self.storage().bump_version();
        Ok(())
    }

    /// Values that can be written here, dense or all the same, and whether they are.
    fn to_write(&self, values: &Tensor) -> Result<(Tensor, bool)> {
        let single = values.numel() == 1 || values.strides().iter().all(|&s| s == 0);
        let values = self.elsewhere(&values.detach())?;
        Ok((if single { values } else { values.contiguous()? }, single))
    }

    /// `other`, or a copy where it lies in the same memory as this tensor.
    fn elsewhere(&self, other: &Tensor) -> Result<Tensor> {
        if other.storage().same(self.storage()) { other.copy() } else { Ok(other.clone()) }
    }

    /// Positions `index[i]` along dimension `d`, with all that lies before and behind.
    fn places_along(&self, d: usize, positions: Vec<usize>) -> Places {
        let layout = self.layout();
        let part = |dims: std::ops::Range<usize>, offset| {
            let dims = dims.start.min(self.rank())..dims.end.min(self.rank());
            Layout {
                shape: Dims::from_slice(&layout.shape[dims.clone()]),
                strides: Dims::from_slice(&layout.strides[dims]),
                offset,
            }
        };
        Places { outer: part(0..d, layout.offset), positions, inner: part(d + 1..self.rank(), 0) }
    }

    pub(super) fn places_of_rows(
        &self,
        d: usize,
        index: &Tensor,
        wrap: bool,
        error: impl Fn(OutOfBounds) -> Error,
    ) -> Result<Places> {
        let (size, stride) = if self.rank() == 0 { (1, 1) } else { (self.shape()[d], self.strides()[d]) };
        let mut positions = zeros(index.numel())?;
        index.with_indices(|i| kernel::locate(i, size, stride, wrap, &mut positions)).map_err(error)?;
        Ok(self.places_along(d, positions))
    }

    /// Each position by itself.
    fn points(positions: Vec<usize>) -> Places {
        Places { outer: Layout::dense(&[]), positions, inner: Layout::dense(&[]) }
    }

    /// Change this tensor by `write`, or by its recorded twin `f` where one of `inputs` is in the graph.
    pub(super) fn change(
        &self,
        name: &str,
        inputs: &[&Tensor],
        write: impl FnOnce(&Tensor) -> Result<()>,
        f: impl FnOnce(&Tensor) -> Result<Tensor>,
    ) -> Result<&Tensor> {
        if tracking(&[self]) || tracking(inputs) {
            return self.replace_by(name, f);
        }
        self.may_change(name)?;
        write(self)?;
        Ok(self)
    }

    /// A copy of this tensor changed by `write`.
    pub(super) fn changed(&self, write: impl FnOnce(&Tensor) -> Result<()>) -> Result<Tensor> {
        let value = self.copy()?;
        write(&value)?;
        Ok(value)
    }

    fn same_dtype(&self, name: &str, source: &Tensor) -> Result<()> {
        ensure!(
            self.dtype() == source.dtype(),
            Runtime,
            "{name}: self ({}) and source ({}) must have the same scalar type",
            self.dtype().title(),
            source.dtype().title()
        );
        Ok(())
    }

    /// `value` as a 0-d tensor of this dtype.
    fn number(&self, value: Scalar) -> Result<Tensor> {
        Tensor::full(&[], value, self.dtype())
    }
}

// Rows along one dimension, chosen by a vector of indices
impl Tensor {
    fn row_index(&self, name: &str, dim: isize, index: &Tensor) -> Result<(usize, Tensor)> {
        let d = self.dim(name, dim)?;
        ensure!(index.rank() <= 1, Index, "{name}: Index is supposed to be a vector, got shape {:?}", index.shape());
        Ok((d, index.as_indices(name)?))
    }

    /// out[…, i, …] = x[…, index[i], …]: rows of dimension `dim`.  ∂ = g's rows, added at their places
    ///
    /// # Errors
    /// IndexError for an index or dimension out of range, RuntimeError where `index` holds no int32 or int64.
    pub fn index_select(&self, dim: isize, index: &Tensor) -> Result<Tensor> {
        let (d, index) = self.row_index("index_select", dim, index)?;
        let size = self.shape().get(d).copied().unwrap_or(1);
        ensure!(
            self.rank() > 0 || index.numel() == 1,
            Runtime,
            "index_select: Index to scalar can have only 1 value, got {} values",
            index.numel()
        );
        let error = |OutOfBounds(i): OutOfBounds| {
            let text =
                format!("index_select: index out of range in self: index {i} for dimension {d} with size {size}");
            Error::new(ErrorKind::Index, text)
        };
        let places = self.places_of_rows(d, &index, false, error)?;
        let mut shape = Dims::from_slice(self.shape());
        if self.rank() > 0 {
            shape[d] = index.numel();
        }
        let value = self.read(&places, &shape)?;
        Ok(record("index_select", &[self], value, &[(&index).into()], move |cx| {
            let [index] = cx.saved()?;
            grads![cx; cx.on_zeros(|whole| whole.index_add_(d as isize, &index, cx.g, 1.0))?]
        }))
    }

    fn rows_for(&self, name: &str, kind: ErrorKind, d: usize, index: &Tensor, source: &Tensor) -> Result<()> {
        let have = source.shape().get(d).copied().unwrap_or(1);
        if have != index.numel() {
            let text = format!(
                "{name}: Number of indices ({}) should be equal to source.size(dim): ({have}), for dim: {d}",
                index.numel()
            );
            return Err(Error::new(kind, text));
        }
        let fits =
            source.rank() == self.rank() && (0..self.rank()).all(|i| i == d || source.shape()[i] == self.shape()[i]);
        ensure!(
            fits || (self.rank() <= 1 && source.rank() <= 1),
            Runtime,
            "{name}: source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = \
             {:?} source.shape = {:?}",
            self.shape(),
            source.shape()
        );
        self.same_dtype(name, source)
    }

    fn write_rows(
        &self,
        name: &str,
        kind: ErrorKind,
        dim: isize,
        index: &Tensor,
        source: &Tensor,
        how: Combine,
    ) -> Result<()> {
        let (d, index) = self.row_index(name, dim, index)?;
        self.rows_for(name, kind, d, &index, source)?;
        let size = self.shape().get(d).copied().unwrap_or(1);
        let places = self.places_of_rows(d, &index, false, out_of_bounds(kind, name, d, size))?;
        self.write_at(&places, source, how)
    }

    /// `alpha`·source[…, i, …] added to row `index[i]` of dimension `dim`.  ∂x = g, ∂source = alpha·g's rows
    ///
    /// # Errors
    /// RuntimeError where shapes or dtypes don't match or an index is out of range.
    pub fn index_add(&self, dim: isize, index: &Tensor, source: &Tensor, alpha: impl Into<Scalar>) -> Result<Tensor> {
        let alpha = alpha.into();
        let source = &source.scaled(alpha)?;
        let value =
            self.changed(|t| t.write_rows("index_add", ErrorKind::Runtime, dim, index, source, Combine::Add))?;
        Ok(record("index_add", &[self, source], value, &[index.into()], move |cx| {
            let [index] = cx.saved()?;
            grads![cx; cx.g.clone(), cx.g.index_select(dim, &index)?.reshape(cx.shape(1))?]
        }))
    }

    /// [`Tensor::index_add`], left in this tensor.
    pub fn index_add_(&self, dim: isize, index: &Tensor, source: &Tensor, alpha: impl Into<Scalar>) -> Result<&Tensor> {
        let alpha = alpha.into();
        let write = |t: &Tensor| {
            let source = source.scaled(alpha)?;
            t.write_rows("index_add_", ErrorKind::Runtime, dim, index, &source, Combine::Add)
        };
        self.change("index_add", &[source], write, |old| old.index_add(dim, index, source, alpha))
    }

    fn scaled(&self, alpha: Scalar) -> Result<Tensor> {
        if alpha.to_f64() == 1.0 { Ok(self.clone()) } else { self.mul(alpha)?.to_dtype(self.dtype()) }
    }

    /// source[…, i, …] in place of row `index[i]` of dimension `dim`.  ∂x = g without these rows, ∂source = these rows of g
    ///
    /// # Errors
    /// IndexError where an index is out of range, RuntimeError where shapes or dtypes don't match.
    pub fn index_copy(&self, dim: isize, index: &Tensor, source: &Tensor) -> Result<Tensor> {
        let value =
            self.changed(|t| t.write_rows("index_copy", ErrorKind::Index, dim, index, source, Combine::Replace))?;
        Ok(record("index_copy", &[self, source], value, &[index.into()], move |cx| {
            let [index] = cx.saved()?;
            grads![cx; cx.g.index_fill(dim, &index, 0.0)?, cx.g.index_select(dim, &index)?.reshape(cx.shape(1))?]
        }))
    }

    /// [`Tensor::index_copy`], left in this tensor.
    pub fn index_copy_(&self, dim: isize, index: &Tensor, source: &Tensor) -> Result<&Tensor> {
        let write = |t: &Tensor| t.write_rows("index_copy_", ErrorKind::Index, dim, index, source, Combine::Replace);
        self.change("index_copy", &[source], write, |old| old.index_copy(dim, index, source))
    }

    fn fill_rows(&self, name: &str, dim: isize, index: &Tensor, value: &Tensor) -> Result<()> {
        let (d, index) = self.row_index(name, dim, index)?;
        let size = self.shape().get(d).copied().unwrap_or(1);
        let places = self.places_of_rows(d, &index, true, out_of_bounds(ErrorKind::Index, name, d, size))?;
        self.write_at(&places, &value.to_dtype(self.dtype())?, Combine::Replace)
    }

    /// `value` in the rows `index` of dimension `dim`; negative indices count from the end.  ∂ = g without these rows
    ///
    /// # Errors
    /// IndexError for an index out of range.
    pub fn index_fill(&self, dim: isize, index: &Tensor, value: impl Into<Scalar>) -> Result<Tensor> {
        let value = self.number(value.into())?;
        let value = self.changed(|t| t.fill_rows("index_fill", dim, index, &value))?;
        Ok(record("index_fill", &[self], value, &[index.into()], move |cx| {
            let [index] = cx.saved()?;
            grads![cx; cx.g.index_fill(dim, &index, 0.0)?]
        }))
    }

    /// [`Tensor::index_fill`] with a 0-d tensor.  ∂value = the sum of these rows of g
    ///
    /// # Errors
    /// RuntimeError where `value` has dimensions.
    pub fn index_fill_by(&self, dim: isize, index: &Tensor, value: &Tensor) -> Result<Tensor> {
        ensure!(
            value.rank() == 0,
            Runtime,
            "index_fill: only supports a 0-dimensional value tensor, but got tensor with {} dimension(s).",
            value.rank()
        );
        let filled = self.changed(|t| t.fill_rows("index_fill", dim, index, value))?;
        Ok(record("IndexFillBackward1", &[self, value], filled, &[index.into()], move |cx| {
            let [index] = cx.saved()?;
            let wrapped = index.wrapped(cx.shape(0).get(dim.rem_euclid(cx.shape(0).len().max(1) as isize) as usize))?;
            grads![cx; cx.g.index_fill(dim, &index, 0.0)?, cx.g.index_select(dim, &wrapped)?.sum()?]
        }))
    }

    /// Negative indices as counted from the start.
    fn wrapped(&self, size: Option<&usize>) -> Result<Tensor> {
        let size = size.copied().unwrap_or(1) as i64;
        let index: Vec<i64> =
            self.to_dtype(DType::I64)?.to_vec::<i64>()?.iter().map(|&i| if i < 0 { i + size } else { i }).collect();
        Tensor::from_slice(&index, self.shape())
    }

    /// [`Tensor::index_fill`], left in this tensor.
    pub fn index_fill_(&self, dim: isize, index: &Tensor, value: impl Into<Scalar>) -> Result<&Tensor> {
        let value = value.into();
        let write = |t: &Tensor| t.fill_rows("index_fill_", dim, index, &t.number(value)?);
        self.change("index_fill", &[], write, |old| old.index_fill(dim, index, value))
    }
}

/// What `scatter_reduce` makes of the values that meet at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduce {
    Sum,
    Prod,
    Mean,
    Amax,
    Amin,
}

// Single elements along one dimension, chosen by an index of the same rank
impl Tensor {
    /// Check `index` and find the elements it names.
    fn elements_along(&self, name: &str, dim: isize, index: &Tensor, src: Option<&[usize]>) -> Result<Chosen> {
        let d = self.dim(name, dim)?;
        if index.numel() == 0 {
            // Nothing is named, whatever the shapes are.
            let (index, shape) = (Tensor::empty(&[0], DType::I64)?, Dims::from_slice(&[0]));
            return Ok(Chosen { d: 0, index, shape, layout: Layout::dense(&[0]) });
        }
        let index = index.as_indices(name)?;
        // A tensor without dimensions counts as a vector of one element.
        let vector = |shape: &[usize]| Dims::from_slice(if shape.is_empty() { &[1] } else { shape });
        let (shape, own, from) = (vector(index.shape()), vector(self.shape()), src.map(vector));
        ensure!(
            shape.len() == own.len(),
            Runtime,
            "{name}: Index tensor must have the same number of dimensions as self tensor; got index {:?}, self {:?}",
            index.shape(),
            self.shape()
        );
        let within = (0..own.len()).all(|i| i == d || shape[i] <= own[i])
            && from.as_ref().is_none_or(|src| shape.iter().zip(src).all(|(i, s)| i <= s));
        if let Some(src) = src
            && from.is_some_and(|from| from.len() != shape.len())
        {
            // PyTorch compares size by size, and where all fit runs out of src's dimensions.
            let ran_out = within && !src.is_empty() && src.len() < shape.len();
            let kind = if ran_out { ErrorKind::Index } else { ErrorKind::Runtime };
            let text = format!(
                "{name}: Index tensor must have the same number of dimensions as src tensor; got index {:?}, src {src:?}",
                index.shape()
            );
            return Err(Error::new(kind, text));
        }
        ensure!(
            within,
            Runtime,
            "{name}: Size does not match: expected index {:?} to be no larger than self {:?} apart from dimension {d}{}",
            index.shape(),
            self.shape(),
            src.map_or(String::new(), |src| format!(" and to be no larger than src {src:?}"))
        );
        let mut layout = self.layout().clone();
        if self.rank() == 0 {
            layout = layout.unsqueeze(0);
        }
        Ok(Chosen { d, index, shape, layout })
    }

    /// out[i, j] = x[index[i, j], j] for `dim` 0, and so on.  ∂ = g, added at the places read
    ///
    /// # Errors
    /// RuntimeError where an index is out of range or the shapes don't fit, IndexError for a dimension out of range.
    pub fn gather(&self, dim: isize, index: &Tensor) -> Result<Tensor> {
        let chosen = self.elements_along("gather", dim, index, None)?;
        let mut data = room(index.shape(), self.dtype())?;
        let operands = [Operand::Tensor(self), Operand::Tensor(&chosen.index)];
        with_sources(&operands, &[self.layout(), chosen.index.layout()], |[x, index]| match x {
            Src::View { data: x, dtype, .. } => kernel::read_along(x, &chosen.along(&index), &mut data, dtype),
            _ => Ok(()),
        })
        .map_err(chosen.out_of_bounds("gather"))?;
        let value = Tensor::from_buffer(data, Layout::dense(index.shape()), self.dtype());
        Ok(record("gather", &[self], value, &[index.into()], move |cx| {
            let [index] = cx.saved()?;
            grads![cx; cx.on_zeros(|whole| whole.scatter_add_(dim, &index, cx.g))?]
        }))
    }

    /// The part of `self` that an index of `shape` reaches.
    fn cut_to(&self, shape: &[usize]) -> Result<Tensor> {
        if shape.contains(&0) {
            return Tensor::zeros(shape, self.dtype());
        }
        let mut part = self.clone();
        for (d, &n) in shape.iter().enumerate().take(self.rank()) {
            if part.shape()[d] != n {
                part = part.narrow(d as isize, 0, n)?;
            }
        }
        Ok(part)
    }

    fn write_along(&self, name: &str, dim: isize, index: &Tensor, src: &Tensor, how: Combine) -> Result<()> {
        self.same_dtype(name, src)?;
        let chosen = self.elements_along(name, dim, index, Some(src.shape()))?;
        self.write_chosen(name, &chosen, &src.detach().cut_to(index.shape())?, how)
    }

    /// out[index[i, j], j] = src[i, j] for `dim` 0, and so on; the rest as it was.  ∂x = g but there, ∂src = g from there
    ///
    /// # Errors
    /// RuntimeError where an index is out of range or shapes or dtypes don't fit.
    pub fn scatter(&self, dim: isize, index: &Tensor, src: &Tensor) -> Result<Tensor> {
        let value = self.changed(|t| t.write_along("scatter", dim, index, src, Combine::Replace))?;
        let src = &src.cut_to(index.shape())?;
        Ok(record("scatter", &[self, src], value, &[index.into()], move |cx| {
            let [index] = cx.saved()?;
            grads![cx; cx.g.scatter_value(dim, &index, 0.0)?, cx.g.gather(dim, &index)?]
        }))
    }

    /// [`Tensor::scatter`] of one number.
    pub fn scatter_value(&self, dim: isize, index: &Tensor, value: impl Into<Scalar>) -> Result<Tensor> {
        let value = self.number(value.into())?;
        let scattered = self.changed(|t| {
            t.write_chosen("scatter", &t.elements_along("scatter", dim, index, None)?, &value, Combine::Replace)
        })?;
        Ok(record("ScatterBackward1", &[self], scattered, &[index.into()], move |cx| {
            let [index] = cx.saved()?;
            grads![cx; cx.g.scatter_value(dim, &index, 0.0)?]
        }))
    }

    /// src[i, j] added to out[index[i, j], j] for `dim` 0, and so on.  ∂x = g, ∂src = g from there
    ///
    /// # Errors
    /// As [`Tensor::scatter`].
    pub fn scatter_add(&self, dim: isize, index: &Tensor, src: &Tensor) -> Result<Tensor> {
        let value = self.changed(|t| t.write_along("scatter_add", dim, index, src, Combine::Add))?;
        let src = &src.cut_to(index.shape())?;
        Ok(record("scatter_add", &[self, src], value, &[index.into()], move |cx| {
            let [index] = cx.saved()?;
            grads![cx; cx.g.clone(), cx.g.gather(dim, &index)?]
        }))
    }

    /// src[i, j] multiplied into out[index[i, j], j] for `dim` 0, and so on. As in PyTorch it has no derivative; use
    /// [`Tensor::scatter_reduce`].
    ///
    /// # Errors
    /// As [`Tensor::scatter`].
    pub fn scatter_multiply(&self, dim: isize, index: &Tensor, src: &Tensor) -> Result<Tensor> {
        let value = self.changed(|t| t.write_along("scatter", dim, index, src, Combine::Multiply))?;
        Ok(record("scatter", &[self, src], value, &[], move |_| {
            bail!(
                NotImplemented,
                "scatter: the derivative with reduce='multiply' is not implemented; use scatter_reduce"
            )
        }))
    }

    /// The values of `src` that meet at a place (with the old value there where `include_self`), reduced to one.
    /// ∂sum = g, ∂mean = g/count, ∂prod = g·y/x, ∂amax and ∂amin = g shared among the equals
    ///
    /// # Errors
    /// As [`Tensor::scatter`].
    pub fn scatter_reduce(
        &self,
        dim: isize,
        index: &Tensor,
        src: &Tensor,
        reduce: Reduce,
        include_self: bool,
    ) -> Result<Tensor> {
        let name = "scatter_reduce";
        let start = match reduce {
            Reduce::Prod => Scalar::Int(1),
            Reduce::Sum | Reduce::Mean => Scalar::Int(0),
            Reduce::Amax if self.dtype().is_float() => Scalar::Float(f64::NEG_INFINITY),
            Reduce::Amin if self.dtype().is_float() => Scalar::Float(f64::INFINITY),
            Reduce::Amax => lowest(self.dtype()),
            Reduce::Amin => highest(self.dtype()),
        };
        let how = match reduce {
            Reduce::Sum | Reduce::Mean => Combine::Add,
            Reduce::Prod => Combine::Multiply,
            Reduce::Amax => Combine::Max,
            Reduce::Amin => Combine::Min,
        };
        let plain = self.detach();
        let base = if include_self { plain } else { plain.scatter_value(dim, index, start)? };
        let mut value = base.changed(|t| t.write_along(name, dim, index, src, how))?;
        let src = &src.cut_to(index.shape())?;
        if reduce == Reduce::Mean {
            let count = self.meetings(dim, index, src, include_self)?;
            value = if self.dtype().is_float() { value.div(&count)? } else { value.floor_divide(&count)? };
        }
        let saved = [self.into(), src.into(), index.into(), crate::autograd::Save::Output(0)];
        Ok(record(name, &[self, src], value, &saved, move |cx| {
            let [x, src, index, y] = cx.saved()?;
            let g = match reduce {
                Reduce::Mean => cx.g.div(&x.meetings(dim, &index, &src, include_self)?)?,
                Reduce::Amax | Reduce::Amin => {
                    let equal_src = src.eq(&y.gather(dim, &index)?)?.to_dtype(y.dtype())?;
                    let none = Tensor::zeros(x.shape(), x.dtype())?;
                    let own = if include_self { x.eq(&y)?.to_dtype(y.dtype())? } else { none };
                    let count = own.scatter_add(dim, &index, &equal_src)?;
                    // Where nothing was written the old value passes.
                    cx.g.div(&count.maximum(1.0)?)?
                }
                Reduce::Sum => cx.g.clone(),
                Reduce::Prod => cx.g.mul(&y)?,
            };
            let untouched = |g: &Tensor| g.scatter_value(dim, &index, 0.0);
            let (whole, part) = match reduce {
                Reduce::Sum | Reduce::Mean => (g.clone(), g.gather(dim, &index)?),
                Reduce::Prod => {
                    ensure!(
                        !has_zero(&src)? && !has_zero(&x)?,
                        NotImplemented,
                        "scatter_reduce: the derivative of reduce='prod' where a factor is zero is not implemented"
                    );
                    (g.div(&x)?, g.gather(dim, &index)?.div(&src)?)
                }
                Reduce::Amax | Reduce::Amin => {
                    let equal = src.eq(&y.gather(dim, &index)?)?.to_dtype(y.dtype())?;
                    let own = x.eq(&y)?.to_dtype(y.dtype())?;
                    (g.mul(&own)?, g.gather(dim, &index)?.mul(&equal)?)
                }
            };
            let whole = if include_self {
                whole
            } else if reduce == Reduce::Sum || reduce == Reduce::Mean {
                untouched(&whole)?
            } else {
                untouched(cx.g)?
            };
            grads![cx; whole, part]
        }))
    }

    /// How many values meet at each place.
    fn meetings(&self, dim: isize, index: &Tensor, src: &Tensor, include_self: bool) -> Result<Tensor> {
        let ones = Tensor::ones(src.shape(), self.dtype())?;
        let base = Tensor::ones(self.shape(), self.dtype())?;
        let base = if include_self { base } else { base.scatter_value(dim, index, 0.0)? };
        base.scatter_add(dim, index, &ones)
    }

    /// [`Tensor::scatter`], left in this tensor.
    pub fn scatter_(&self, dim: isize, index: &Tensor, src: &Tensor) -> Result<&Tensor> {
        let write = |t: &Tensor| t.write_along("scatter_", dim, index, src, Combine::Replace);
        self.change("scatter", &[src], write, |old| old.scatter(dim, index, src))
    }

    /// [`Tensor::scatter_value`], left in this tensor.
    pub fn scatter_value_(&self, dim: isize, index: &Tensor, value: impl Into<Scalar>) -> Result<&Tensor> {
        let value = value.into();
        let write = |t: &Tensor| {
            let chosen = t.elements_along("scatter_", dim, index, None)?;
            t.write_chosen("scatter_", &chosen, &t.number(value)?, Combine::Replace)
        };
        self.change("scatter", &[], write, |old| old.scatter_value(dim, index, value))
    }

    /// [`Tensor::scatter_add`], left in this tensor.
    pub fn scatter_add_(&self, dim: isize, index: &Tensor, src: &Tensor) -> Result<&Tensor> {
        let write = |t: &Tensor| t.write_along("scatter_add_", dim, index, src, Combine::Add);
        self.change("scatter_add", &[src], write, |old| old.scatter_add(dim, index, src))
    }
}

fn lowest(dtype: DType) -> Scalar {
    Scalar::Int(match dtype {
        DType::I64 => i64::MIN,
        DType::I32 => i32::MIN as i64,
        DType::I16 => i16::MIN as i64,
        DType::I8 => i8::MIN as i64,
        _ => 0,
    })
}

fn highest(dtype: DType) -> Scalar {
    Scalar::Int(match dtype {
        DType::I64 => i64::MAX,
        DType::I32 => i32::MAX as i64,
        DType::I16 => i16::MAX as i64,
        DType::I8 => i8::MAX as i64,
        DType::U8 => u8::MAX as i64,
        _ => 1,
    })
}

fn has_zero(t: &Tensor) -> Result<bool> {
    Ok(t.detach().to_dtype(DType::Bool)?.to_vec::<Bool>()?.iter().any(|b| b.0 == 0))
}

// Single elements, wherever
impl Tensor {
    fn flat_places(&self, name: &str, index: &Tensor) -> Result<Places> {
        ensure!(
            index.dtype() == DType::I64,
            Runtime,
            "{name}: Expected a long tensor for index, but got {}",
            index.dtype().title()
        );
        let (index, n) = (index.detach().contiguous()?, self.numel());
        let mut positions = zeros(index.numel())?;
        index.with_indices(|i| kernel::locate(i, n, 1, true, &mut positions)).map_err(|OutOfBounds(i)| {
            let text = format!("{name}: out of range: tried to access index {i} on a tensor of {n} elements.");
            Error::new(ErrorKind::Index, text)
        })?;
        if self.is_contiguous() {
            positions.iter_mut().for_each(|p| *p += self.layout().offset);
        } else {
            positions.iter_mut().for_each(|p| *p = self.layout().position(*p));
        }
        Ok(Tensor::points(positions))
    }

    /// The elements with these row-major numbers, in the shape of `index`.  ∂ = g, added at the places read
    ///
    /// # Errors
    /// IndexError for a number out of range, RuntimeError where `index` is not int64.
    pub fn take(&self, index: &Tensor) -> Result<Tensor> {
        let value = self.read(&self.flat_places("take", index)?, index.shape())?;
        Ok(record("take", &[self], value, &[index.into()], move |cx| {
            let [index] = cx.saved()?;
            grads![cx; cx.on_zeros(|whole| whole.put_(&index, cx.g, true))?]
        }))
    }

    fn write_flat(&self, name: &str, index: &Tensor, source: &Tensor, accumulate: bool) -> Result<()> {
        self.same_dtype(name, source)?;
        ensure!(
            index.numel() == source.numel(),
            Index,
            "{name}: Expected source and index to have the same number of elements, but got source.numel() = {}, \
             index.numel() = {}",
            source.numel(),
            index.numel()
        );
        let how = if accumulate { Combine::Add } else { Combine::Replace };
        self.write_at(&self.flat_places(name, index)?, source, how)
    }

    /// `source` in the elements with these row-major numbers, or added to them.  ∂x = g but there (or all of g),
    /// ∂source = g from there
    ///
    /// # Errors
    /// IndexError for a number out of range or another number of values, RuntimeError where dtypes don't match.
    pub fn put(&self, index: &Tensor, source: &Tensor, accumulate: bool) -> Result<Tensor> {
        let value = self.changed(|t| t.write_flat("put", index, source, accumulate))?;
        Ok(record("put", &[self, source], value, &[index.into()], move |cx| {
            let [index] = cx.saved()?;
            let hole = || cx.g.put(&index, &Tensor::zeros(index.shape(), cx.g.dtype())?, false);
            grads![cx; if accumulate { cx.g.clone() } else { hole()? }, cx.g.take(&index)?.reshape(cx.shape(1))?]
        }))
    }

    /// [`Tensor::put`], left in this tensor.
    pub fn put_(&self, index: &Tensor, source: &Tensor, accumulate: bool) -> Result<&Tensor> {
        let write = |t: &Tensor| t.write_flat("put_", index, source, accumulate);
        self.change("put", &[source], write, |old| old.put(index, source, accumulate))
    }

    /// [`Tensor::gather`] with `index` broadcast against the input's other dimensions; without `dim`, of the flattened
    /// input. Made for the results of argsort and argmax.
    ///
    /// # Errors
    /// RuntimeError where an index is out of range or the shapes don't broadcast.
    pub fn take_along_dim(&self, index: &Tensor, dim: Option<isize>) -> Result<Tensor> {
        let Some(dim) = dim else { return self.ravel()?.gather(0, &index.ravel()?) };
        let d = self.dim("take_along_dim", dim)?;
        ensure!(
            self.rank() == index.rank(),
            Runtime,
            "take_along_dim: input and indices should have the same number of dimensions, but got {} dimensions for input, \
             and {} dimensions for indices",
            self.rank(),
            index.rank()
        );
        let (mut own, mut theirs) = (Dims::from_slice(self.shape()), Dims::from_slice(index.shape()));
        if self.rank() > 0 {
            (own[d], theirs[d]) = (1, 1);
        }
        let Some(common) = broadcast_shapes(&own, &theirs) else {
            bail!(Runtime, "{}", super::operand::mismatch("take_along_dim", self.shape(), index.shape()));
        };
        (own, theirs) = (common.clone(), common);
        if self.rank() > 0 {
            (own[d], theirs[d]) = (self.shape()[d], index.shape()[d]);
        }
        self.stretch(&own)?.gather(dim, &index.stretch(&theirs)?)
    }

    /// Where a mask of this tensor's shape is true.
    fn masked_places(&self, mask: &Tensor) -> Result<Places> {
        let mut positions = mask.true_positions()?;
        if self.is_contiguous() {
            positions.iter_mut().for_each(|p| *p += self.layout().offset);
        } else {
            positions.iter_mut().for_each(|p| *p = self.layout().position(*p));
        }
        Ok(Tensor::points(positions))
    }

    /// Call `work` with, for each element in row-major order, whether it is not zero, and how many are not.
    fn with_truth<R>(&self, work: impl FnOnce(&[Bool], usize) -> R) -> Result<R> {
        let mask = self.detach().to_dtype(DType::Bool)?;
        mask.with_memory(|(data, at)| {
            let mask = &data.as_slice::<Bool>()[at..at + mask.numel()];
            work(mask, mask_kernel::count(mask))
        })
    }

    /// The row-major numbers of the elements that are not zero.
    fn true_positions(&self) -> Result<Vec<usize>> {
        self.with_truth(|mask, count| {
            let mut positions = zeros(count)?;
            mask_kernel::positions(mask, &mut positions);
            Ok(positions)
        })?
    }

    /// The elements where `mask`, of the same shape, is true, recorded as the operation `node`.  ∂ = g, put back at their places
    pub(super) fn where_true(&self, node: &'static str, mask: &Tensor) -> Result<Tensor> {
        let dtype = self.dtype();
        let (x, dense) = (self.detach().stretch(mask.shape())?.contiguous()?, mask.detach().contiguous()?);
        let operands = [Operand::Tensor(&x), Operand::Tensor(&dense)];
        let value = with_sources(&operands, &[x.layout(), dense.layout()], |sources| {
            let [Src::View { data: x, layout: from, .. }, Src::View { data: mask, layout, .. }] = sources else {
                return Tensor::empty(&[0], dtype);
            };
            let mask = &mask.as_slice::<Bool>()[layout.offset..][..dense.numel()];
            let count = mask_kernel::count(mask);
            let mut data = room(&[count], dtype)?;
            mask_kernel::compress((x, from.offset), mask, count, &mut data, dtype);
            Ok(Tensor::from_buffer(data, Layout::dense(&[count]), dtype))
        })?;
        go_on()?;
        Ok(record(node, &[self], value, &[mask.into()], move |cx| {
            let [mask] = cx.saved()?;
            let whole = Tensor::zeros(mask.shape(), cx.g.dtype())?;
            grads![cx; whole.masked_scatter_(&mask, cx.g)?.clone()]
        }))
    }

    /// The elements where `mask` is true, as a vector; both broadcast.  ∂ = g, put back at their places
    ///
    /// # Errors
    /// RuntimeError where `mask` is not bool or the shapes don't broadcast.
    pub fn masked_select(&self, mask: &Tensor) -> Result<Tensor> {
        ensure!(
            mask.dtype() == DType::Bool,
            Runtime,
            "masked_select: expected BoolTensor for mask, got {}",
            mask.dtype().title()
        );
        let Some(shape) = broadcast_shapes(self.shape(), mask.shape()) else {
            bail!(Runtime, "{}", super::operand::mismatch("masked_select", self.shape(), mask.shape()));
        };
        self.where_true("masked_select", &mask.expand(&shape)?)
    }

    fn write_masked(&self, name: &str, mask: &Tensor, source: &Tensor) -> Result<()> {
        ensure!(
            self.dtype() == source.dtype(),
            Runtime,
            "{name}: expected self and source to have same dtypes but got {} and {}",
            self.dtype().title(),
            source.dtype().title()
        );
        ensure!(
            mask.dtype() == DType::Bool,
            Runtime,
            "{name}: only supports boolean masks, got {}",
            mask.dtype().title()
        );
        let mask = self.elsewhere(&mask.detach().expand(self.shape())?.contiguous()?)?;
        let count = mask.with_truth(|_, count| count)?;
        ensure!(
            count <= source.numel(),
            Runtime,
            "{name}: Number of elements of source ({}) < number of ones in mask ({count})",
            source.numel()
        );
        let source = source.detach().ravel()?.narrow(0, 0, count)?;
        if !self.is_contiguous() {
            return self.write_at(&self.masked_places(&mask)?, &source, Combine::Replace);
        }
        let source = self.elsewhere(&source)?.contiguous()?;
        let operands = [Operand::Tensor(&source), Operand::Tensor(&mask)];
        with_destination(self, &operands, &[source.layout(), mask.layout()], |sources, out| {
            if let [Src::View { data: source, layout: from, dtype }, Src::View { data, layout, .. }] = sources {
                let mask = &data.as_slice::<Bool>()[layout.offset..][..mask.numel()];
                mask_kernel::expand((source, from.offset), count, mask, out.data, out.layout.offset, dtype);
            }
        });
        self.storage().bump_version();
        Ok(())
    }

    /// The first elements of `source`, in order, where `mask` is true.  ∂x = g but there, ∂source = g from there
    ///
    /// # Errors
    /// RuntimeError where `source` has too few elements, dtypes don't match or shapes don't broadcast.
    pub fn masked_scatter(&self, mask: &Tensor, source: &Tensor) -> Result<Tensor> {
        let Some(shape) = broadcast_shapes(self.shape(), mask.shape()) else {
            bail!(Runtime, "{}", super::operand::mismatch("masked_scatter", self.shape(), mask.shape()));
        };
        let (x, mask) = (self.stretch(&shape)?, mask.stretch(&shape)?);
        let value = Tensor::empty(&shape, self.dtype())?;
        value.write(&x.detach())?;
        value.write_masked("masked_scatter", &mask, source)?;
        Ok(record("masked_scatter", &[&x, source], value, &[(&mask).into()], move |cx| {
            let [mask] = cx.saved()?;
            let zeros = || Tensor::zeros(mask.shape(), cx.g.dtype());
            grads![cx; cx.g.masked_scatter(&mask, &zeros()?)?, {
                let part = cx.g.masked_select(&mask)?;
                let (have, want) = (part.numel(), cx.shape(1).iter().product::<usize>());
                part.constant_pad(&[0, (want - have) as isize], 0.0)?.reshape(cx.shape(1))?
            }]
        }))
    }

    /// [`Tensor::masked_scatter`], left in this tensor.
    pub fn masked_scatter_(&self, mask: &Tensor, source: &Tensor) -> Result<&Tensor> {
        let write = |t: &Tensor| t.write_masked("masked_scatter_", mask, source);
        self.change("masked_scatter", &[source], write, |old| old.masked_scatter(mask, source))
    }

    /// The coordinates of all elements that are not zero, a row each.
    pub fn nonzero(&self) -> Result<Tensor> {
        let rank = self.rank();
        self.with_truth(|mask, count| {
            let shape = [count, rank];
            let mut data = room(&shape, DType::I64)?;
            mask_kernel::coordinates(mask, self.shape(), &mut data.as_mut_slice::<i64>()[..count * rank]);
            Ok(Tensor::from_buffer(data, Layout::dense(&shape), DType::I64))
        })?
    }

    /// The coordinates of all elements that are not zero, a vector per dimension: the index that selects them.
    pub fn nonzero_as_tuple(&self) -> Result<Vec<Tensor>> {
        self.atleast_1d()?.nonzero()?.unbind(1)
    }
}

// Tables
impl Tensor {
    /// A new last dimension of zeros with a one at each element's place. Without `num_classes` it is as large as needed.
    ///
    /// # Errors
    /// RuntimeError where the tensor is not int64 or a class is out of range.
    pub fn one_hot(&self, num_classes: Option<usize>) -> Result<Tensor> {
        ensure!(
            self.dtype() == DType::I64,
            Runtime,
            "one_hot: is only applicable to index tensor of type LongTensor, got {}",
            self.dtype().title()
        );
        let classes = self.detach().contiguous()?;
        let (least, most) = classes.with_indices(kernel::extent).unzip();
        if let Some(least) = least {
            ensure!(least >= 0, Runtime, "one_hot: Class values must be non-negative, got {least}");
        }
        let n = match (num_classes, most) {
            (Some(n), _) => n,
            (None, Some(most)) => (most as usize).saturating_add(1),
            (None, None) => bail!(Runtime, "one_hot: Can not infer total number of classes from empty tensor."),
        };
        if let Some(most) = most {
            ensure!(
                (most as usize) < n,
                Runtime,
                "one_hot: Class values must be smaller than num_classes ({n}), got {most}"
            );
        }
        ensure!(n > 0, Runtime, "one_hot: num_classes should be positive, got {n}");
        let mut shape = Dims::from_slice(self.shape());
        shape.push(n);
        let places = Tensor::zeros(&shape, DType::I64)?;
        places.scatter_value_(-1, &classes.unsqueeze(-1)?, 1)?;
        Ok(places)
    }
}

/// The operations of this family.
pub const NAMES: &[&str] = &[
    "index_select",
    "index_add",
    "index_copy",
    "index_fill",
    "gather",
    "scatter",
    "scatter_add",
    "scatter_reduce",
    "take",
    "put",
    "take_along_dim",
    "masked_select",
    "masked_scatter",
    "nonzero",
    "argwhere",
    "one_hot",
    "index_put",
];
