//! Views: the same memory under another layout.
//!
//! A view costs nothing but its numbers: sizes, strides, an offset. Writing through one changes the tensor it was taken
//! from, in the graph, too (see [`inplace`](super::inplace)). Each derivative lays the gradient out as the input was:
//! where the view left elements out, these get zero; where it repeated one, that one gets the sum.

use synapgrad_kernels::buffer::{list, zeros};
use synapgrad_kernels::index::{self, Combine, Places, Target};
use synapgrad_kernels::layout::checked_numel;
use synapgrad_kernels::{Buffer, DType, Dims, Dst, Layout, Scalar, Src, movement, pointwise};

use super::create::{room, zeroed_room};
use crate::autograd::{grads, no_grad, record, record_slice};
use crate::error::{bail, ensure};
use crate::tensor::wrap_dim;
use crate::{Error, ErrorKind, Result, Tensor};

/// A view and its derivative: `part` takes the same part of any tensor of the input's shape.
trait Part: Fn(&Tensor) -> Result<Tensor> + Clone + Send + Sync + 'static {}
impl<F: Fn(&Tensor) -> Result<Tensor> + Clone + Send + Sync + 'static> Part for F {}

impl Tensor {
    /// The view `layout`, which leaves elements out.
    fn part(&self, names: [&'static str; 2], layout: Layout, part: impl Part) -> Tensor {
        let view = self.alias(layout);
        record(
            names[0],
            &[self],
            view,
            &[],
            move |cx| grads![cx; cx.g.amid_zeros(names[1], cx.shape(0), part.clone())?],
        )
    }

    /// Zeros of `shape`, with this tensor at the place that `part` takes: the derivative of taking it.
    pub(crate) fn amid_zeros(
        &self,
        name: &'static str,
        shape: &[usize],
        part: impl Fn(&Tensor) -> Result<Tensor> + Clone + Send + Sync + 'static,
    ) -> Result<Tensor> {
        let whole = Tensor::zeros(shape, self.dtype())?;
        part(&whole)?.write(self)?;
        Ok(record(name, &[self], whole, &[], move |cx| grads![cx; part(cx.g)?]))
    }

    /// The same tensor as a view of its own.  ∂ = g
    pub fn view_as_self(&self) -> Result<Tensor> {
        Ok(record("alias", &[self], self.alias(self.layout().clone()), &[], |cx| grads![cx; cx.g.clone()]))
    }
}

// Other shapes for the same elements
impl Tensor {
    /// A shape in which one size may be −1, to be inferred.
    ///
    /// # Errors
    /// RuntimeError where the sizes don't multiply to the number of elements, or more than one is −1.
    pub fn infer_shape(&self, name: &str, sizes: &[isize]) -> Result<Dims> {
        infer_sizes(name, sizes, self.numel())
    }

    /// The same elements in another shape: a view where the layout allows, else an error.
    ///
    /// ```
    /// # use synapgrad::Tensor;
    /// let x = Tensor::from([1f32, 2., 3., 4., 5., 6.]).view(&[2, 3])?;
    /// assert!(x.transpose(0, 1)?.view(&[6]).is_err());
    /// assert_eq!(x.transpose(0, 1)?.reshape(&[6])?.to_vec::<f32>()?, [1., 4., 2., 5., 3., 6.]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// RuntimeError where the numbers of elements differ, or the elements would have to move.
    pub fn view(&self, shape: &[usize]) -> Result<Tensor> {
        ensure!(
            checked_numel(shape) == Some(self.numel()),
            Runtime,
            "view: shape {shape:?} is invalid for input of size {} (shape {:?})",
            self.numel(),
            self.shape()
        );
        let Some(layout) = self.layout().view(shape) else {
            bail!(
                Runtime,
                "view: size is not compatible with input tensor's size and stride (at least one dimension spans across two \
                 contiguous subspaces); got shape {:?} with strides {:?}, wanted {shape:?}. Use .reshape(...) instead.",
                self.shape(),
                self.strides()
            );
        };
        Ok(record("view", &[self], self.alias(layout), &[], |cx| grads![cx; cx.g.reshape(cx.shape(0))?]))
    }

    /// The same bytes read as another dtype, outside the graph. Where the sizes of the elements differ the last dimension
    /// grows or shrinks accordingly.
    ///
    /// # Errors
    /// RuntimeError where the last dimension is not contiguous or cannot be divided.
    pub fn view_dtype(&self, dtype: DType) -> Result<Tensor> {
        let (from, to) = (self.dtype().size(), dtype.size());
        let mut layout = self.layout().clone();
        if from != to {
            let d = self.rank().wrapping_sub(1);
            let bytes = layout.shape.last().map_or(1, |n| n * from);
            let spread = |n: usize| (n * from).is_multiple_of(to);
            ensure!(
                d < self.rank()
                    && (layout.strides[d] == 1 || layout.shape[d] <= 1)
                    && bytes.is_multiple_of(to)
                    && spread(layout.offset)
                    && layout.strides[..d].iter().all(|&s| spread(s)),
                Runtime,
                "view: a tensor of shape {:?}, strides {:?} and dtype {} cannot be viewed as {}: the last dimension must be \
                 contiguous and every row a whole number of elements",
                self.shape(),
                self.strides(),
                self.dtype().name(),
                dtype.name()
            );
            layout.shape[d] = bytes / to;
            layout.strides[d] = 1;
            layout.offset = layout.offset * from / to;
            layout.strides[..d].iter_mut().for_each(|s| *s = *s * from / to);
        }
        Ok(Tensor::new(self.storage().clone(), layout, dtype, None))
    }

    /// The same elements in another shape: a view where the layout allows, else a copy.
    ///
    /// # Errors
    /// RuntimeError where the numbers of elements differ.
    pub fn reshape(&self, shape: &[usize]) -> Result<Tensor> {
        ensure!(
            checked_numel(shape) == Some(self.numel()),
            Runtime,
            "reshape: shape '{shape:?}' is invalid for input of size {}",
            self.numel()
        );
        if self.layout().view(shape).is_some() {
            return self.view(shape);
        }
        // Nobody else knows the copy, so its new shape is no view of it.
        let dense = self.contiguous()?;
        let value = Tensor::new(dense.storage().clone(), Layout::dense(shape), self.dtype(), None);
        Ok(record("unsafe_view", &[&dense], value, &[], |cx| grads![cx; cx.g.reshape(cx.shape(0))?]))
    }

    /// Dimensions `start` to `end`, inclusive, merged into one; a 0-d tensor becomes a vector.
    ///
    /// # Errors
    /// IndexError for a dimension out of range, RuntimeError where `start` comes after `end`.
    pub fn flatten(&self, start: isize, end: isize) -> Result<Tensor> {
        let (start, end) = (self.dim("flatten", start)?, self.dim("flatten", end)?);
        ensure!(start <= end, Runtime, "flatten: start_dim ({start}) cannot come after end_dim ({end})");
        if self.rank() == 0 {
            return self.reshape(&[1]);
        }
        if start == end {
            return Ok(self.clone());
        }
        let mut shape = Dims::from_slice(&self.shape()[..start]);
        shape.push(self.shape()[start..=end].iter().product());
        shape.extend_from_slice(&self.shape()[end + 1..]);
        self.reshape(&shape)
    }

    /// The elements in row-major order as a vector: a view where possible.
    pub fn ravel(&self) -> Result<Tensor> {
        self.reshape(&[self.numel()])
    }

    /// Dimension `dim` split into several; one size may be −1.
    ///
    /// # Errors
    /// RuntimeError where the sizes don't multiply to the dimension's.
    pub fn unflatten(&self, dim: isize, sizes: &[isize]) -> Result<Tensor> {
        let d = self.dim("unflatten", dim)?;
        ensure!(!sizes.is_empty() && self.rank() > 0, Runtime, "unflatten: sizes must be non-empty, the input not 0-d");
        let size = self.shape()[d];
        let split = infer_sizes("unflatten", sizes, size).map_err(|_| {
            let text = format!("unflatten: provided sizes {sizes:?} don't multiply up to the size of dim {d} ({size})");
            Error::new(ErrorKind::Runtime, text)
        })?;
        let mut shape = Dims::from_slice(&self.shape()[..d]);
        shape.extend_from_slice(&split);
        shape.extend_from_slice(&self.shape()[d + 1..]);
        self.view(&shape)
    }

    /// A new dimension of size 1 before `dim`.
    ///
    /// # Errors
    /// IndexError for a dimension out of range.
    pub fn unsqueeze(&self, dim: isize) -> Result<Tensor> {
        let at = wrap_dim("unsqueeze", dim, self.rank() + 1)?;
        let view = self.alias(self.layout().unsqueeze(at));
        Ok(record("unsqueeze", &[self], view, &[], |cx| grads![cx; cx.g.reshape(cx.shape(0))?]))
    }

    /// Without the dimensions of size 1.
    pub fn squeeze(&self) -> Result<Tensor> {
        self.squeezed("SqueezeBackward0", |_| true)
    }

    /// Without dimension `dim` where its size is 1; else a view of the tensor as it is.
    ///
    /// # Errors
    /// IndexError for a dimension out of range.
    pub fn squeeze_dim(&self, dim: isize) -> Result<Tensor> {
        let dim = self.dim("squeeze", dim)?;
        self.squeezed("SqueezeBackward1", |d| d == dim)
    }

    /// Without those of `dims` whose size is 1.
    ///
    /// # Errors
    /// IndexError for a dimension out of range, RuntimeError for one named twice.
    pub fn squeeze_dims(&self, dims: &[isize]) -> Result<Tensor> {
        let mask = mask_of("squeeze", dims, self.rank())?;
        self.squeezed("SqueezeBackward2", |d| mask[d])
    }

    fn squeezed(&self, name: &'static str, chosen: impl Fn(usize) -> bool) -> Result<Tensor> {
        let Layout { shape, strides, offset } = self.layout();
        let stay = |&d: &usize| shape[d] != 1 || !chosen(d);
        let layout = Layout {
            shape: (0..self.rank()).filter(stay).map(|d| shape[d]).collect(),
            strides: (0..self.rank()).filter(stay).map(|d| strides[d]).collect(),
            offset: *offset,
        };
        Ok(record(name, &[self], self.alias(layout), &[], |cx| grads![cx; cx.g.reshape(cx.shape(0))?]))
    }

    /// Repeat dimensions of size 1, and new leading ones, up to `shape`, without copying.
    ///
    /// # Errors
    /// RuntimeError where a dimension has another size.
    pub fn expand(&self, shape: &[usize]) -> Result<Tensor> {
        self.expand_for("expand", shape)
    }

    /// [`Tensor::expand`] under NumPy's name.
    ///
    /// # Errors
    /// As [`Tensor::expand`].
    pub fn broadcast_to(&self, shape: &[usize]) -> Result<Tensor> {
        self.expand_for("broadcast_to", shape)
    }

    /// [`Tensor::expand`] to the shape of `other`.
    ///
    /// # Errors
    /// As [`Tensor::expand`].
    pub fn expand_as(&self, other: &Tensor) -> Result<Tensor> {
        self.expand_for("expand_as", other.shape())
    }

    fn expand_for(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let Some(layout) = self.layout().broadcast_to(shape) else {
            bail!(
                Runtime,
                "{name}: the expanded size must match the existing size at non-singleton dimensions; got shape {:?}, wanted \
                 {shape:?}",
                self.shape()
            );
        };
        ensure!(checked_numel(shape).is_some(), Runtime, "{name}: {shape:?} has more elements than can be counted");
        // The engine sums the gradient back to the input's shape.
        Ok(record("expand", &[self], self.alias(layout), &[], |cx| grads![cx; cx.g.clone()]))
    }

    /// The sizes for [`Tensor::expand`], or whatever operation is named, where −1 stands for the size that is there.
    ///
    /// # Errors
    /// RuntimeError where −1 stands for a new dimension, or a size is otherwise negative.
    pub fn infer_expanded(&self, name: &str, sizes: &[isize]) -> Result<Dims> {
        let mut shape = Dims::new();
        for (i, &size) in sizes.iter().enumerate() {
            let have = (i + self.rank()).checked_sub(sizes.len()).map(|d| self.shape()[d]);
            shape.push(match (usize::try_from(size), have) {
                (Ok(size), _) => size,
                (Err(_), Some(have)) if size == -1 => have,
                _ => bail!(
                    Runtime,
                    "{name}: the expanded size of the tensor ({size}) isn't allowed in dimension {i}; got {sizes:?} for a \
                     tensor of shape {:?}",
                    self.shape()
                ),
            });
        }
        Ok(shape)
    }
}

// Other orders of the dimensions
impl Tensor {
    /// Exchange two dimensions.
    ///
    /// # Errors
    /// IndexError for a dimension out of range.
    pub fn transpose(&self, dim0: isize, dim1: isize) -> Result<Tensor> {
        self.transposed("transpose", dim0, dim1)
    }

    fn transposed(&self, name: &'static str, dim0: isize, dim1: isize) -> Result<Tensor> {
        let (a, b) = (self.dim("transpose", dim0)?, self.dim("transpose", dim1)?);
        let layout = if self.rank() == 0 { self.layout().clone() } else { self.layout().transpose(a, b) };
        Ok(record(
            name,
            &[self],
            self.alias(layout),
            &[],
            move |cx| grads![cx; cx.g.transpose(a as isize, b as isize)?],
        ))
    }

    /// The transpose of a matrix; a vector stays as it is.
    ///
    /// # Errors
    /// RuntimeError for more than two dimensions.
    pub fn t(&self) -> Result<Tensor> {
        ensure!(self.rank() <= 2, Runtime, "t: expects a tensor with <= 2 dimensions, but self is {}D", self.rank());
        if self.rank() < 2 { self.transposed("TBackward0", 0, 0) } else { self.transposed("TBackward0", 0, 1) }
    }

    /// The last two dimensions exchanged; fewer dimensions stay as they are.
    pub fn mt(&self) -> Result<Tensor> {
        if self.rank() < 2 { Ok(self.clone()) } else { self.transpose(-2, -1) }
    }

    /// Dimension `i` of the result is dimension `dims[i]` of this tensor.  ∂ = g, permuted back
    ///
    /// # Errors
    /// RuntimeError where `dims` is no permutation, IndexError for a dimension out of range.
    pub fn permute(&self, dims: &[isize]) -> Result<Tensor> {
        ensure!(
            dims.len() == self.rank(),
            Runtime,
            "permute: number of dimensions in the tensor input does not match the length of the desired ordering of \
             dimensions i.e. input.dim() = {} is not equal to len(dims) = {}",
            self.rank(),
            dims.len()
        );
        let order: Dims = dims.iter().map(|&d| self.dim("permute", d)).collect::<Result<_>>()?;
        let twice = (1..order.len()).any(|i| order[..i].contains(&order[i]));
        ensure!(!twice, Runtime, "permute: duplicate dims are not allowed, got {dims:?}");
        Ok(self.reordered(&order))
    }

    /// [`Tensor::permute`] to an order that names every dimension once.
    pub(crate) fn reordered(&self, order: &[usize]) -> Tensor {
        let mut back = Dims::from_elem(0, order.len());
        order.iter().enumerate().for_each(|(i, &d)| back[d] = i);
        let view = self.alias(self.layout().permute(order));
        record("permute", &[self], view, &[], move |cx| grads![cx; cx.g.reordered(&back)])
    }

    /// All dimensions in the opposite order.
    pub fn reversed(&self) -> Result<Tensor> {
        let dims: Vec<isize> = (0..self.rank() as isize).rev().collect();
        self.permute(&dims)
    }

    /// Dimensions `source` moved to the places `destination`; the others keep their order.
    ///
    /// # Errors
    /// RuntimeError where the numbers differ or a dimension is named twice, IndexError for one out of range.
    pub fn movedim(&self, source: &[isize], destination: &[isize]) -> Result<Tensor> {
        ensure!(
            source.len() == destination.len(),
            Runtime,
            "movedim: Invalid source or destination dims: source ({source:?} dims) should contain the same number of dims \
             as destination ({destination:?} dims)"
        );
        let from = mask_of("movedim", source, self.rank())?;
        mask_of("movedim", destination, self.rank())?;
        if self.rank() == 0 {
            return self.view_as_self();
        }
        let mut order = vec![None; self.rank()];
        for (&s, &d) in source.iter().zip(destination) {
            order[self.dim("movedim", d)?] = Some(self.dim("movedim", s)? as isize);
        }
        let mut rest = (0..self.rank()).filter(|&d| !from[d]).map(|d| d as isize);
        let order: Vec<isize> = order.into_iter().filter_map(|d| d.or_else(|| rest.next())).collect();
        self.permute(&order)
    }
}

// Parts
impl Tensor {
    /// The sub-tensor at `index` along `dim`, which disappears.
    ///
    /// # Errors
    /// IndexError where dimension or index is out of range.
    pub fn select(&self, dim: isize, index: isize) -> Result<Tensor> {
        ensure!(self.rank() > 0, Index, "select: cannot be applied to a 0-dim tensor");
        let d = self.dim("select", dim)?;
        let Some(at) = wrap_index(index, self.shape()[d]) else {
            bail!(Index, "select: index {index} out of range for tensor of size {:?} at dimension {d}", self.shape());
        };
        Ok(self.select_at(d, at))
    }

    pub(crate) fn select_at(&self, d: usize, at: usize) -> Tensor {
        self.part(["select", "SelectBackwardBackward0"], self.layout().select(d, at), move |t| Ok(t.select_at(d, at)))
    }

    /// Elements `start, start + step, …` before `stop` along `dim`. Negative bounds count from the end; bounds out of
    /// range are cut, as in Python.
    ///
    /// # Errors
    /// IndexError for a dimension out of range, ValueError where `step` is not positive.
    pub fn slice(&self, dim: isize, start: Option<isize>, stop: Option<isize>, step: isize) -> Result<Tensor> {
        ensure!(self.rank() > 0, Runtime, "slice: cannot be applied to a 0-dim tensor");
        let d = self.dim("slice", dim)?;
        let (start, len, step) = slice_bounds(start, stop, step, self.shape()[d])?;
        Ok(self.slice_at(d, start, len, step))
    }

    pub(crate) fn slice_at(&self, d: usize, start: usize, len: usize, step: usize) -> Tensor {
        // A step from a single element leads nowhere, however large.
        let stride = if len > 1 { step } else { step.min(self.shape()[d].max(1)) };
        let layout = self.layout().slice(d, if len == 0 { 0 } else { start }, len, stride);
        self.part(["slice", "SliceBackwardBackward0"], layout, move |t| Ok(t.slice_at(d, start, len, step)))
    }

    /// `length` elements from `start` on along `dim`.
    ///
    /// # Errors
    /// RuntimeError where they are not all there, IndexError where `start` or `dim` is out of range.
    pub fn narrow(&self, dim: isize, start: isize, length: usize) -> Result<Tensor> {
        ensure!(self.rank() > 0, Runtime, "narrow: cannot be applied to a 0-dim tensor");
        let d = self.dim("narrow", dim)?;
        let size = self.shape()[d];
        let from = if start < 0 { start.checked_add_unsigned(size) } else { Some(start) };
        let Some(from) = from.and_then(|s| usize::try_from(s).ok()).filter(|&s| s <= size) else {
            bail!(Index, "narrow: start out of range (expected to be in range of [-{size}, {size}], but got {start})");
        };
        ensure!(
            length <= size - from,
            Runtime,
            "narrow: start ({from}) + length ({length}) exceeds dimension size ({size})"
        );
        Ok(self.slice_at(d, from, length, 1))
    }

    /// The diagonal over two dimensions, as a new last one; `offset` > 0 lies above the main diagonal.
    ///
    /// # Errors
    /// RuntimeError where the two are one, IndexError for a dimension out of range.
    pub fn diagonal(&self, offset: isize, dim1: isize, dim2: isize) -> Result<Tensor> {
        let (a, b) = (self.dim("diagonal", dim1)?, self.dim("diagonal", dim2)?);
        ensure!(a != b, Runtime, "diagonal: dimensions cannot be identical {dim1}, {dim2}");
        let layout = self.layout().diagonal(offset, a, b);
        Ok(self.part(["diagonal", "DiagonalBackwardBackward0"], layout, move |t| {
            t.diagonal(offset, a as isize, b as isize)
        }))
    }

    /// Windows of `size` elements every `step` along `dim`; a new last dimension runs through each.
    ///
    /// # Errors
    /// RuntimeError where a window is larger than the dimension or `step` is 0.
    pub fn unfold(&self, dim: isize, size: usize, step: usize) -> Result<Tensor> {
        let d = self.dim("unfold", dim)?;
        let have = if self.rank() == 0 { 1 } else { self.shape()[d] };
        ensure!(size <= have, Runtime, "unfold: maximum size for tensor at dimension {d} is {have} but size is {size}");
        ensure!(step > 0, Runtime, "unfold: step is {step} but must be > 0");
        if self.rank() == 0 {
            return self.view(&[1])?.narrow(0, 0, size);
        }
        let view = self.alias(self.layout().unfold(d, size, step.min(have.max(1))));
        Ok(record("unfold", &[self], view, &[], move |cx| grads![cx; cx.g.fold_back(cx.shape(0), d, size, step)?]))
    }

    /// The sum of windows at the places [`Tensor::unfold`] took them from.
    fn fold_back(&self, shape: &[usize], d: usize, size: usize, step: usize) -> Result<Tensor> {
        let whole = Tensor::zeros(shape, self.dtype())?;
        {
            let (_mode, windows) = (no_grad(), self.shape()[d]);
            // Element k of all windows together never meets itself.
            for k in 0..size {
                whole.slice_at(d, k, windows, step).add_(&self.select(-1, k as isize)?)?;
            }
        }
        Ok(record(
            "UnfoldBackwardBackward0",
            &[self],
            whole,
            &[],
            move |cx| grads![cx; cx.g.unfold(d as isize, size, step)?],
        ))
    }

    /// Any layout over the memory of this tensor: for those who know what they do. Without `offset` it starts where this
    /// tensor does. The gradient of an element that appears several times is the sum.
    ///
    /// # Errors
    /// RuntimeError where the layout reaches beyond the memory.
    pub fn as_strided(&self, shape: &[usize], strides: &[usize], offset: Option<usize>) -> Result<Tensor> {
        ensure!(
            shape.len() == strides.len(),
            Runtime,
            "as_strided: mismatch in length of strides and shape: {strides:?}, {shape:?}"
        );
        let offset = offset.unwrap_or(self.layout().offset);
        let end = shape.iter().zip(strides).try_fold(offset, |end, (&n, &s)| {
            n.saturating_sub(1).checked_mul(s).and_then(|reach| end.checked_add(reach))
        });
        let have = self.storage().read().bytes() / self.dtype().size();
        ensure!(
            checked_numel(shape).is_some_and(|n| n == 0 || end.is_some_and(|end| end < have)),
            Runtime,
            "as_strided: sizes {shape:?}, strides {strides:?}, storage offset {offset} are out of bounds for storage of \
             {have} elements"
        );
        let layout = Layout { shape: Dims::from_slice(shape), strides: Dims::from_slice(strides), offset };
        self.region(&self.layout().clone(), &layout)
    }

    /// This tensor, which lies in memory as `home` does or is the gradient of one that does, seen as `region`.
    pub(crate) fn region(&self, home: &Layout, region: &Layout) -> Result<Tensor> {
        let view = if self.layout() == home {
            self.alias(region.clone())
        } else {
            let (start, data) = self.in_home_order(home, region)?;
            let layout = Layout { offset: region.offset - start, ..region.clone() };
            Tensor::from_buffer(data, layout, self.dtype())
        };
        let (home, region) = (home.clone(), region.clone());
        Ok(record("AsStridedBackward0", &[self], view, &[], move |cx| grads![cx; cx.g.gather_home(&home, &region)?]))
    }

    /// A tensor that lies as `home`, with the elements of this one, which is seen as `region`, summed into their places.
    fn gather_home(&self, home: &Layout, region: &Layout) -> Result<Tensor> {
        ensure!(
            !home.overlaps_itself(),
            NotImplemented,
            "as_strided: the gradient of a tensor that overlaps itself (shape {:?}, strides {:?}) is not defined; use \
             contiguous() first",
            &home.shape[..],
            &home.strides[..]
        );
        let (start, end) = span(home, region);
        let mut data = zeroed_room(&[end - start], self.dtype())?;
        let g = self.contiguous()?;
        let places = Places {
            outer: Layout::dense(&[]),
            positions: index::offsets(&Layout { offset: region.offset - start, ..region.clone() }),
            inner: Layout::dense(&[]),
        };
        let target = Target::Places(&places);
        index::write(&mut data, target, &g.storage().read(), g.layout().offset, false, Combine::Add, self.dtype());
        let whole = Tensor::from_buffer(data, Layout { offset: home.offset - start, ..home.clone() }, self.dtype());
        let (home, region) = (home.clone(), region.clone());
        Ok(record(
            "AsStridedBackwardBackward0",
            &[self],
            whole,
            &[],
            move |cx| grads![cx; cx.g.region(&home, &region)?],
        ))
    }

    /// This gradient of a tensor that lies as `home`, with zeros where that tensor was overwritten through `region`.
    pub(crate) fn zeroed_at(&self, home: &Layout, region: &Layout) -> Result<Tensor> {
        let (start, mut data) = self.in_home_order(home, region)?;
        let hole = Layout { offset: region.offset - start, ..region.clone() };
        pointwise::copy(Src::Scalar(Scalar::Int(0)), Dst { data: &mut data, dtype: self.dtype(), layout: &hole });
        let layout = Layout { offset: home.offset - start, ..home.clone() };
        let (home, region) = (home.clone(), region.clone());
        Ok(record(
            "ZeroedAtBackward0",
            &[self],
            Tensor::from_buffer(data, layout, self.dtype()),
            &[],
            move |cx| grads![cx; cx.g.zeroed_at(&home, &region)?],
        ))
    }

    /// A copy of this tensor's elements placed as `home` places them, in memory that `region` lies in, too; and which
    /// position the memory starts at.
    fn in_home_order(&self, home: &Layout, region: &Layout) -> Result<(usize, Buffer)> {
        let (start, end) = span(home, region);
        let filled = home.is_dense() && end - start == home.numel();
        let mut data = if filled { room } else { zeroed_room }(&[end - start], self.dtype())?;
        let to = Layout { offset: home.offset - start, ..home.clone() };
        movement::copy(&self.storage().read(), self.layout(), &mut data, &to, self.dtype());
        Ok((start, data))
    }

    /// A view of this tensor, the base, that lies as `layout` in its memory.
    pub(crate) fn as_strided_of_base(&self, layout: &Layout) -> Tensor {
        self.region(&self.layout().clone(), layout).unwrap_or_else(|_| unreachable!("a view of existing memory"))
    }
}

// Several parts at once
impl Tensor {
    /// Pieces of the given lengths along dimension `d`, which they cover.  ∂ = the pieces' gradients, joined
    fn pieces(&self, name: &'static str, d: usize, lengths: Vec<usize>, drop_dim: bool) -> Result<Vec<Tensor>> {
        let mut start = 0;
        let mut pieces: Vec<Tensor> = list(lengths.len())?;
        for &len in &lengths {
            let layout = if drop_dim {
                self.layout().select(d, start)
            } else {
                self.layout().slice(d, if len == 0 { 0 } else { start }, len, 1)
            };
            pieces.push(self.alias_as(layout, true));
            start += len;
        }
        record_slice(name, &[self], &mut pieces, &[], move |cx| {
            let mut shape = Dims::from_slice(cx.shape(0));
            let dtype = cx.g.dtype();
            let mut parts: Vec<Tensor> = Vec::with_capacity(lengths.len());
            let mut missing = 0;
            for (i, &len) in lengths.iter().enumerate() {
                let Some(g) = cx.grad_of(i) else {
                    missing += len;
                    continue;
                };
                if missing > 0 {
                    shape[d] = std::mem::take(&mut missing);
                    parts.push(Tensor::zeros(&shape, dtype)?);
                }
                parts.push(if drop_dim { g.unsqueeze(d as isize)? } else { g.clone() });
            }
            if missing > 0 || parts.is_empty() {
                shape[d] = missing;
                parts.push(Tensor::zeros(&shape, dtype)?);
            }
            let parts: Vec<&Tensor> = parts.iter().collect();
            grads![cx; Tensor::cat(&parts, d as isize)?]
        });
        Ok(pieces)
    }

    fn splittable(&self, name: &str, dim: isize) -> Result<usize> {
        ensure!(
            self.rank() > 0,
            Runtime,
            "{name}: expects at least a 1-dimensional tensor, got one without dimensions"
        );
        self.dim(name, dim)
    }

    /// Pieces of `size` elements along `dim`; the last may be smaller.
    ///
    /// # Errors
    /// RuntimeError where `size` is 0 and the dimension is not.
    pub fn split(&self, size: usize, dim: isize) -> Result<Vec<Tensor>> {
        let d = self.splittable("split", dim)?;
        let n = self.shape()[d];
        ensure!(
            size > 0 || n == 0,
            Runtime,
            "split: split_size can only be 0 if dimension size is 0, but got dimension size of {n}"
        );
        let count = if size == 0 { 1 } else { n.div_ceil(size).max(1) };
        let mut lengths = list(count)?;
        lengths.extend((0..count).map(|i| size.min(n - i * size)));
        self.pieces("split", d, lengths, false)
    }

    /// Pieces of the given sizes along `dim`.
    ///
    /// # Errors
    /// RuntimeError where the sizes don't add up to the dimension's.
    pub fn split_with_sizes(&self, sizes: &[usize], dim: isize) -> Result<Vec<Tensor>> {
        let d = self.splittable("split_with_sizes", dim)?;
        let n = self.shape()[d];
        let sum = sizes.iter().try_fold(0usize, |sum, &size| sum.checked_add(size));
        ensure!(
            sum == Some(n),
            Runtime,
            "split_with_sizes: expects split_sizes to sum exactly to {n} (input tensor's size at dimension {d}), but got \
             split_sizes={sizes:?}"
        );
        self.pieces("split_with_sizes", d, sizes.to_vec(), false)
    }

    /// At most `chunks` pieces of equal size along `dim`; the last may be smaller.
    ///
    /// # Errors
    /// RuntimeError where `chunks` is 0.
    pub fn chunk(&self, chunks: usize, dim: isize) -> Result<Vec<Tensor>> {
        let d = self.splittable("chunk", dim)?;
        ensure!(chunks > 0, Runtime, "chunk: expects `chunks` to be greater than 0, got: {chunks}");
        let n = self.shape()[d];
        if n == 0 {
            return self.split_with_sizes(&zeros(chunks)?, dim);
        }
        self.split(n.div_ceil(chunks), dim)
    }

    /// `sections` pieces along `dim` whose sizes differ by at most one, the larger first.
    ///
    /// # Errors
    /// RuntimeError where `sections` is 0.
    pub fn tensor_split(&self, sections: usize, dim: isize) -> Result<Vec<Tensor>> {
        let d = self.splittable("tensor_split", dim)?;
        ensure!(sections > 0, Runtime, "tensor_split: number of sections must be larger than 0, got {sections}");
        let n = self.shape()[d];
        let start = |i: usize| i * (n / sections) + i.min(n % sections);
        let mut pieces = list(sections)?;
        pieces.extend((0..sections).map(|i| self.slice_at(d, start(i), start(i + 1) - start(i), 1)));
        Ok(pieces)
    }

    /// Pieces along `dim` that end before each of `indices`, and the rest.
    ///
    /// # Errors
    /// IndexError for a dimension out of range.
    pub fn tensor_split_at(&self, indices: &[isize], dim: isize) -> Result<Vec<Tensor>> {
        let d = self.splittable("tensor_split", dim)?;
        let starts = std::iter::once(None).chain(indices.iter().map(|&i| Some(i)));
        let stops = indices.iter().map(|&i| Some(i)).chain(std::iter::once(None));
        starts.zip(stops).map(|(start, stop)| self.slice(d as isize, start, stop, 1)).collect()
    }

    /// The sub-tensors along `dim`, which disappears.
    ///
    /// # Errors
    /// IndexError for a dimension out of range.
    pub fn unbind(&self, dim: isize) -> Result<Vec<Tensor>> {
        ensure!(self.rank() > 0, Index, "unbind: Dimension specified as {dim} but tensor has no dimensions");
        let d = self.dim("unbind", dim)?;
        let mut lengths = list(self.shape()[d])?;
        lengths.resize(self.shape()[d], 1);
        self.pieces("unbind", d, lengths, true)
    }
}

/// Element `index` of `size`; negative counts from the end. `None` where it is out of range.
pub(crate) fn wrap_index(index: isize, size: usize) -> Option<usize> {
    let at = if index < 0 { index.checked_add_unsigned(size)? } else { index };
    usize::try_from(at).ok().filter(|&at| at < size)
}

/// Start, length and step of a Python slice of `size` elements.
pub(crate) fn slice_bounds(
    start: Option<isize>,
    stop: Option<isize>,
    step: isize,
    size: usize,
) -> Result<(usize, usize, usize)> {
    ensure!(step > 0, Value, "slice: step must be greater than zero, got {step}");
    let cut = |bound: isize| -> usize {
        let bound = if bound < 0 { bound.saturating_add_unsigned(size).max(0) } else { bound };
        (bound as usize).min(size)
    };
    let (start, stop) = (start.map_or(0, cut), stop.map_or(size, cut));
    let step = step as usize;
    Ok((start, stop.saturating_sub(start).div_ceil(step), step))
}

/// `sizes` where −1 stands for what is missing to `numel`.
fn infer_sizes(name: &str, sizes: &[isize], numel: usize) -> Result<Dims> {
    let wrong =
        || Error::new(ErrorKind::Runtime, format!("{name}: shape '{sizes:?}' is invalid for input of size {numel}"));
    let unknown = sizes.iter().filter(|&&d| d == -1).count();
    ensure!(unknown <= 1, Runtime, "{name}: only one dimension can be inferred, got {sizes:?}");
    ensure!(sizes.iter().all(|&d| d >= -1), Runtime, "{name}: invalid shape dimension in {sizes:?}");
    let known: Dims = sizes.iter().filter(|&&d| d >= 0).map(|&d| d as usize).collect();
    let product = checked_numel(&known).ok_or_else(wrong)?;
    if unknown == 1 && product == 0 {
        ensure!(numel == 0, Runtime, "{name}: shape '{sizes:?}' is invalid for input of size {numel}");
        bail!(
            Runtime,
            "{name}: cannot reshape tensor of 0 elements into shape {sizes:?} because the unspecified dimension size -1 \
             can be any value and is ambiguous"
        );
    }
    let fits = if unknown == 1 { numel.is_multiple_of(product) } else { numel == product };
    if !fits {
        return Err(wrong());
    }
    Ok(sizes.iter().map(|&d| if d == -1 { numel / product } else { d as usize }).collect())
}

/// Which dimensions `dims` names.
pub(crate) fn mask_of(name: &str, dims: &[isize], rank: usize) -> Result<Vec<bool>> {
    let mut mask = vec![false; rank.max(1)];
    for &dim in dims {
        let d = wrap_dim(name, dim, rank)?;
        ensure!(!mask[d], Runtime, "{name}: dim {d} appears multiple times in the list of dims {dims:?}");
        mask[d] = true;
    }
    Ok(mask)
}

/// The memory that two layouts lie in.
fn span(home: &Layout, region: &Layout) -> (usize, usize) {
    (home.offset.min(region.offset), home.end().max(region.end()))
}

/// The operations of this family.
pub const NAMES: &[&str] = &[
    "view",
    "reshape",
    "flatten",
    "ravel",
    "unflatten",
    "unsqueeze",
    "squeeze",
    "expand",
    "transpose",
    "t",
    "permute",
    "movedim",
    "select",
    "narrow",
    "diagonal",
    "unfold",
    "as_strided",
    "split",
    "split_with_sizes",
    "chunk",
    "tensor_split",
    "unbind",
    "swapaxes",
    "swapdims",
    "adjoint",
    "moveaxis",
    "narrow_copy",
    "broadcast_to",
    "hsplit",
    "vsplit",
    "dsplit",
];
