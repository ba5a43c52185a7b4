//! Movement: copies that put elements elsewhere.

use synapgrad_kernels::buffer::list;
use synapgrad_kernels::{DType, Dims, Dst, Layout, Scalar, Src, movement, pointwise};

use super::create::{bytes_of, room};
use super::operand::{Operand, result_type, with_sources};
use super::view::mask_of;
use crate::autograd::{grads, record};
use crate::error::{bail, ensure};
use crate::tensor::wrap_dim;
use crate::{Result, Tensor};

// The same elements in memory of their own
impl Tensor {
    /// A copy with memory of its own, in the same memory order, outside the graph.
    pub(crate) fn copy(&self) -> Result<Tensor> {
        self.copy_to(self.layout().fresh_like(), self.dtype())
    }

    /// This tensor with the dimensions in memory in the order they have in `home`: itself where they are; outside the graph.
    pub(crate) fn in_memory_order(&self, home: &Layout) -> Result<Tensor> {
        let layout = home.fresh_like();
        if self.layout().strides == layout.strides { Ok(self.clone()) } else { self.copy_to(layout, self.dtype()) }
    }

    fn copy_to(&self, layout: Layout, dtype: DType) -> Result<Tensor> {
        let mut data = room(&layout.shape, dtype)?;
        if dtype == self.dtype() {
            movement::copy(&self.storage().read(), self.layout(), &mut data, &layout, dtype);
        } else {
            with_sources(&[Operand::Tensor(self)], &[self.layout().clone()], |[src]| {
                pointwise::copy(src, Dst { data: &mut data, dtype, layout: &layout });
            });
        }
        Ok(Tensor::from_buffer(data, layout, dtype))
    }

    /// A copy with memory of its own: PyTorch's `clone`. In Rust that word makes another handle on the same tensor.  ∂ = g
    ///
    /// ```
    /// # use synapgrad::Tensor;
    /// let x = Tensor::from([1f32, 2.0]);
    /// let (copy, handle) = (x.deep_clone()?, x.clone());
    /// x.zero_()?;
    /// assert_eq!(copy.to_vec::<f32>()?, [1.0, 2.0]);
    /// assert_eq!(handle.to_vec::<f32>()?, [0.0, 0.0]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    pub fn deep_clone(&self) -> Result<Tensor> {
        Ok(record("clone", &[self], self.copy()?, &[], |cx| grads![cx; cx.g.clone()]))
    }

    /// The elements as `dtype`: this very tensor where it is of that dtype already.  ∂ = g, converted back
    pub fn to_dtype(&self, dtype: DType) -> Result<Tensor> {
        if dtype == self.dtype() {
            return Ok(self.clone());
        }
        let value = self.copy_to(self.layout().fresh_like(), dtype)?;
        Ok(record("ToCopyBackward0", &[self], value, &[], |cx| grads![cx; cx.g.clone()]))
    }

    /// The tensor in row-major order without gaps: itself where it is already.  ∂ = g
    pub fn contiguous(&self) -> Result<Tensor> {
        if self.is_contiguous() {
            return Ok(self.clone());
        }
        let value = self.copy_to(Layout::dense(self.shape()), self.dtype())?;
        Ok(record("clone", &[self], value, &[], |cx| grads![cx; cx.g.clone()]))
    }

    /// [`Tensor::expand`], but the tensor itself where it has the shape already.
    pub(crate) fn stretch(&self, shape: &[usize]) -> Result<Tensor> {
        if self.shape() == shape { Ok(self.clone()) } else { self.expand(shape) }
    }

    /// Sum over broadcast dimensions until the shape is `shape`.
    pub(crate) fn sum_to(&self, shape: &[usize]) -> Result<Tensor> {
        let extra = match self.rank().checked_sub(shape.len()) {
            Some(extra) if Layout::dense(shape).broadcast_to(self.shape()).is_some() => extra,
            _ => bail!(Runtime, "sum_to: {:?} is no broadcast of {shape:?}", self.shape()),
        };
        let stretched = |&d: &usize| d < extra || (shape[d - extra] == 1 && self.shape()[d] != 1);
        let dims: Vec<isize> = (0..self.rank()).filter(stretched).map(|d| d as isize).collect();
        let sum = if dims.is_empty() { self.clone() } else { self.sum_dims(&dims, true, None)? };
        sum.reshape(shape)
    }
}

// Several tensors
impl Tensor {
    /// All tensors broadcast to their common shape.
    ///
    /// # Errors
    /// RuntimeError where the shapes don't broadcast.
    pub fn broadcast_tensors(tensors: &[&Tensor]) -> Result<Vec<Tensor>> {
        let mut shape = Dims::new();
        for tensor in tensors {
            let Some(common) = synapgrad_kernels::layout::broadcast_shapes(&shape, tensor.shape()) else {
                bail!(Runtime, "{}", super::operand::mismatch("broadcast_tensors", &shape, tensor.shape()));
            };
            shape = common;
        }
        tensors.iter().map(|t| t.expand(&shape)).collect()
    }

    /// The tensors joined along `dim`, where alone their sizes may differ. The dtype is their common one. Vectors without
    /// elements fit anywhere.  ∂ = each tensor's part of g
    ///
    /// # Errors
    /// ValueError for no tensors, RuntimeError where shapes don't match, IndexError for a dimension out of range.
    pub fn cat(tensors: &[&Tensor], dim: isize) -> Result<Tensor> {
        Tensor::cat_for("cat", tensors, dim)
    }

    /// [`Tensor::cat`] as the last step of an operation that its errors name.
    fn cat_for(name: &str, tensors: &[&Tensor], dim: isize) -> Result<Tensor> {
        ensure!(!tensors.is_empty(), Value, "{name}: expected a non-empty list of Tensors");
        let skip = |t: &Tensor| t.shape() == [0];
        let first = tensors.iter().find(|t| !skip(t)).copied().unwrap_or(tensors[0]);
        let d = first.dim(name, dim)?;
        let mut total = 0usize;
        for (i, t) in tensors.iter().enumerate() {
            ensure!(t.rank() > 0, Runtime, "{name}: zero-dimensional tensor (at position {i}) cannot be concatenated");
            if skip(t) {
                continue;
            }
            ensure!(
                t.rank() == first.rank(),
                Runtime,
                "{name}: Tensors must have same number of dimensions: got {} and {}",
                first.rank(),
                t.rank()
            );
            for (other, (&want, &have)) in first.shape().iter().zip(t.shape()).enumerate() {
                ensure!(
                    other == d || want == have,
                    Runtime,
                    "{name}: Sizes of tensors must match except in dimension {d}. Expected size {want} but got size {have} \
                     for tensor number {i} in the list."
                );
            }
            let sum = total.checked_add(t.shape()[d]);
            ensure!(sum.is_some(), Runtime, "{name}: the sizes along dimension {d} add up to more than can be counted");
            total = sum.unwrap_or(0);
        }
        let mut shape = Dims::from_slice(first.shape());
        shape[d] = total;
        let value = Tensor::joined(tensors, d, &shape, true)?;
        Ok(record("cat", tensors, value, &[], move |cx| {
            let mut start = 0;
            (0..cx.inputs())
                .map(|i| {
                    if cx.shape(i) == [0] {
                        return cx.needs(i).then(|| Tensor::zeros(&[0], cx.g.dtype())).transpose();
                    }
                    let len = cx.shape(i)[d];
                    start += len;
                    Ok(cx.needs(i).then(|| cx.g.slice_at(d, start - len, len, 1)))
                })
                .collect()
        }))
    }

    /// The tensors, all of one shape, side by side along a new dimension.  ∂ = each tensor's slice of g
    ///
    /// # Errors
    /// RuntimeError for no tensors or different shapes, IndexError for a dimension out of range.
    pub fn stack(tensors: &[&Tensor], dim: isize) -> Result<Tensor> {
        ensure!(!tensors.is_empty(), Runtime, "stack: expects a non-empty TensorList");
        let first = tensors[0];
        let d = wrap_dim("stack", dim, first.rank() + 1)?;
        for (i, t) in tensors.iter().enumerate() {
            ensure!(
                t.shape() == first.shape(),
                Runtime,
                "stack: expects each tensor to be equal size, but got {:?} at entry 0 and {:?} at entry {i}",
                first.shape(),
                t.shape()
            );
        }
        let mut shape = Dims::from_slice(first.shape());
        shape.insert(d, tensors.len());
        let value = Tensor::joined(tensors, d, &shape, false)?;
        Ok(record("stack", tensors, value, &[], move |cx| {
            Ok((0..cx.inputs()).map(|i| cx.needs(i).then(|| cx.g.select_at(d, i))).collect())
        }))
    }

    /// The elements of all tensors, one after the other along dimension `d` of `shape`.
    fn joined(tensors: &[&Tensor], d: usize, shape: &[usize], has_dim: bool) -> Result<Tensor> {
        let dtype = if tensors.iter().all(|t| t.dtype() == tensors[0].dtype()) {
            tensors[0].dtype()
        } else {
            let operands: Vec<Operand> = tensors.iter().map(|t| Operand::Tensor(t)).collect();
            result_type(&operands)
        };
        let whole = Layout::dense(shape);
        let mut data = room(shape, dtype)?;
        // Band by band, so that the lines of memory that tensors share are still in the cache when the next one is copied.
        const BAND: usize = 1 << 18;
        let rows = if d > 0 {
            (BAND / (whole.numel() / shape[0].max(1)).max(1)).clamp(1, shape[0].max(1))
        } else {
            usize::MAX
        };
        for first in (0..shape[0]).step_by(rows) {
            let band =
                |layout: Layout| if d > 0 { layout.slice(0, first, rows.min(shape[0] - first), 1) } else { layout };
            let mut start = 0;
            for t in tensors.iter().filter(|t| !(has_dim && t.shape() == [0])) {
                let len = if has_dim { t.shape()[d] } else { 1 };
                if t.numel() > 0 {
                    let place = if has_dim { whole.slice(d, start, len, 1) } else { whole.select(d, start) };
                    let (layout, place) = (band(t.layout().clone()), band(place));
                    let source = t.storage().read();
                    if t.dtype() == dtype {
                        movement::copy(&source, &layout, &mut data, &place, dtype);
                    } else {
                        let src = Src::View { data: &source, dtype: t.dtype(), layout: &layout };
                        pointwise::copy(src, Dst { data: &mut data, dtype, layout: &place });
                    }
                }
                start += len;
            }
        }
        Ok(Tensor::from_buffer(data, whole, dtype))
    }

    fn join_as(
        name: &str,
        tensors: &[&Tensor],
        dim: impl Fn(&Tensor) -> isize,
        shaped: impl Fn(&Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        ensure!(!tensors.is_empty(), Runtime, "{name}: expects a non-empty TensorList");
        let shaped: Vec<Tensor> = tensors.iter().map(|t| shaped(t)).collect::<Result<_>>()?;
        let dim = dim(&shaped[0]);
        Tensor::cat_for(name, &shaped.iter().collect::<Vec<_>>(), dim)
    }

    /// The tensors joined along the second dimension; vectors along their only one.
    pub fn hstack(tensors: &[&Tensor]) -> Result<Tensor> {
        Tensor::join_as("hstack", tensors, |t| if t.rank() == 1 { 0 } else { 1 }, Tensor::atleast_1d)
    }

    /// The tensors joined along the first dimension, vectors as rows.
    pub fn vstack(tensors: &[&Tensor]) -> Result<Tensor> {
        Tensor::join_as("vstack", tensors, |_| 0, Tensor::atleast_2d)
    }

    /// The tensors joined along the third dimension.
    pub fn dstack(tensors: &[&Tensor]) -> Result<Tensor> {
        Tensor::join_as("dstack", tensors, |_| 2, Tensor::atleast_3d)
    }

    /// The tensors joined along the second dimension, vectors as columns.
    pub fn column_stack(tensors: &[&Tensor]) -> Result<Tensor> {
        let column = |t: &Tensor| if t.rank() <= 1 { t.reshape(&[t.numel(), 1]) } else { Ok(t.clone()) };
        Tensor::join_as("column_stack", tensors, |_| 1, column)
    }

    /// Itself, or a 0-d tensor as a vector of one element.
    pub fn atleast_1d(&self) -> Result<Tensor> {
        if self.rank() == 0 { self.reshape(&[1]) } else { Ok(self.clone()) }
    }

    /// Itself, or a vector as a row.
    pub fn atleast_2d(&self) -> Result<Tensor> {
        match self.rank() {
            0 => self.reshape(&[1, 1]),
            1 => self.unsqueeze(0),
            _ => Ok(self.clone()),
        }
    }

    /// Itself, or a vector of n elements as 1×n×1, an n×m matrix as n×m×1.
    pub fn atleast_3d(&self) -> Result<Tensor> {
        match self.rank() {
            0 => self.reshape(&[1, 1, 1]),
            1 => self.unsqueeze(0)?.unsqueeze(-1),
            2 => self.unsqueeze(-1),
            _ => Ok(self.clone()),
        }
    }

    /// Coordinate grids: result `i` has the values of vector `i` along dimension `i` and repeats them along the others;
    /// with `xy` the first two dimensions are exchanged.
    ///
    /// # Errors
    /// RuntimeError for a tensor of two or more dimensions.
    pub fn meshgrid(tensors: &[&Tensor], xy: bool) -> Result<Vec<Tensor>> {
        ensure!(!tensors.is_empty(), Runtime, "meshgrid: expects a non-empty TensorList");
        for t in tensors {
            ensure!(
                t.rank() <= 1,
                Runtime,
                "meshgrid: Expected 0D or 1D tensor in the tensor list but got: {:?}",
                t.shape()
            );
            ensure!(
                t.dtype() == tensors[0].dtype(),
                Runtime,
                "meshgrid: expects all tensors to have the same dtype, got {} and {}",
                tensors[0].dtype().name(),
                t.dtype().name()
            );
        }
        let n = tensors.len();
        let place = |i: usize| if xy && n >= 2 && i < 2 { 1 - i } else { i };
        let mut shape = Dims::from_elem(1, n);
        for (i, t) in tensors.iter().enumerate() {
            shape[place(i)] = t.numel();
        }
        let grid = |(i, t): (usize, &&Tensor)| {
            let mut own = Dims::from_elem(1, n);
            own[place(i)] = t.numel();
            t.view(&own)?.expand(&shape)
        };
        tensors.iter().enumerate().map(grid).collect()
    }

    /// All combinations of one element of each vector, a row each.
    ///
    /// # Errors
    /// RuntimeError for a tensor that is no vector.
    pub fn cartesian_prod(tensors: &[&Tensor]) -> Result<Tensor> {
        for t in tensors {
            ensure!(t.rank() == 1, Runtime, "cartesian_prod: Expect a 1D vector, but got shape {:?}", t.shape());
        }
        if let [one] = tensors {
            return Ok((*one).clone());
        }
        let grids = Tensor::meshgrid(tensors, false)?;
        let columns: Vec<Tensor> = grids.iter().map(Tensor::ravel).collect::<Result<_>>()?;
        Tensor::stack(&columns.iter().collect::<Vec<_>>(), 1)
    }

    /// A matrix with the tensors along its diagonal and zeros elsewhere; vectors count as rows.
    ///
    /// # Errors
    /// RuntimeError for a tensor of three or more dimensions.
    pub fn block_diag(tensors: &[&Tensor]) -> Result<Tensor> {
        let mut blocks = Vec::with_capacity(tensors.len());
        for t in tensors {
            ensure!(
                t.rank() <= 2,
                Runtime,
                "block_diag: Input tensors must have 2 or fewer dimensions, got {:?}",
                t.shape()
            );
            blocks.push(t.atleast_2d()?);
        }
        if blocks.is_empty() {
            return Tensor::zeros(&[1, 0], crate::default_dtype());
        }
        let cols: usize = blocks.iter().map(|b| b.shape()[1]).sum();
        let mut left = 0;
        for block in &mut blocks {
            let own = block.shape()[1];
            let pad = [left as isize, (cols - left - own) as isize];
            *block = block.constant_pad(&pad, 0.0)?;
            left += own;
        }
        Tensor::cat(&blocks.iter().collect::<Vec<_>>(), 0)
    }
}

// Repeating
impl Tensor {
    /// The tensor `repeats[i]` times along dimension `i`; more repeats than dimensions make new leading ones.
    /// ∂ = sum over the repetitions
    ///
    /// # Errors
    /// RuntimeError for fewer repeats than dimensions.
    pub fn repeat(&self, repeats: &[usize]) -> Result<Tensor> {
        ensure!(
            repeats.len() >= self.rank(),
            Runtime,
            "repeat: Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor; got \
             {repeats:?} for shape {:?}",
            self.shape()
        );
        let new = repeats.len() - self.rank();
        let size = |i: usize| if i < new { 1 } else { self.shape()[i - new] };
        // Between the repetitions and the elements of each dimension: [r₀, n₀, r₁, n₁, …].
        let (mut apart, mut stretched, mut shape) = (Dims::new(), Dims::new(), Dims::new());
        for (i, &r) in repeats.iter().enumerate() {
            apart.extend([1, size(i)]);
            stretched.extend([r, size(i)]);
            shape.push(r.saturating_mul(size(i)));
        }
        bytes_of(&shape, self.dtype())?;
        let plain = self.detach();
        let value = plain.reshape(&apart)?.expand(&stretched)?.copy_to(Layout::dense(&stretched), self.dtype())?;
        let value = Tensor::new(value.storage().clone(), Layout::dense(&shape), self.dtype(), None);
        Ok(record("repeat", &[self], value, &[], move |cx| {
            grads![cx; {
                let repetitions: Vec<isize> = (0..stretched.len()).step_by(2).map(|d| d as isize).collect();
                let g = cx.g.reshape(&stretched)?;
                let g = if repetitions.is_empty() { g } else { g.sum_dims(&repetitions, false, None)? };
                g.reshape(cx.shape(0))?
            }]
        }))
    }

    /// [`Tensor::repeat`] with missing leading repeats taken as 1.
    pub fn tile(&self, repeats: &[usize]) -> Result<Tensor> {
        let missing = self.rank().saturating_sub(repeats.len());
        let all: Vec<usize> = std::iter::repeat_n(1, missing).chain(repeats.iter().copied()).collect();
        self.repeat(&all)
    }

    /// Each element `repeats` times in a row along `dim`; without `dim`, of the flattened tensor.
    ///
    /// # Errors
    /// IndexError for a dimension out of range.
    pub fn repeat_interleave(&self, repeats: usize, dim: Option<isize>) -> Result<Tensor> {
        let Some(dim) = dim else { return self.ravel()?.repeat_interleave(repeats, Some(0)) };
        let d = self.dim("repeat_interleave", dim)?;
        let x = self.atleast_1d()?;
        let mut shape = Dims::from_slice(x.shape());
        let flat = shape[d].saturating_mul(repeats);
        shape.insert(d + 1, repeats);
        bytes_of(&shape, self.dtype())?;
        let repeated = x.unsqueeze(d as isize + 1)?.expand(&shape)?.contiguous()?;
        shape.remove(d + 1);
        shape[d] = flat;
        repeated.view(&shape)
    }

    /// Element `i` along `dim` `repeats[i]` times in a row; a single number of repeats counts for all.
    ///
    /// # Errors
    /// RuntimeError where the numbers differ or one is negative.
    pub fn repeat_interleave_by(&self, repeats: &Tensor, dim: Option<isize>) -> Result<Tensor> {
        let Some(dim) = dim else { return self.ravel()?.repeat_interleave_by(repeats, Some(0)) };
        let d = self.dim("repeat_interleave", dim)?;
        let size = if self.rank() == 0 { 1 } else { self.shape()[d] };
        ensure!(
            repeats.rank() <= 1,
            Runtime,
            "repeat_interleave: repeats must be 0-dim or 1-dim tensor, got {:?}",
            repeats.shape()
        );
        let repeats = if repeats.numel() == 1 { repeats.reshape(&[1])?.expand(&[size])? } else { repeats.clone() };
        ensure!(
            repeats.numel() == size,
            Runtime,
            "repeat_interleave: repeats must have the same size as input along dim, but got repeats.size(0) = {} and \
             input.size({d}) = {size}",
            repeats.numel()
        );
        self.atleast_1d()?.index_select(d as isize, &Tensor::repeated_numbers(&repeats)?)
    }

    /// The number `i`, `repeats[i]` times in a row.
    ///
    /// # Errors
    /// RuntimeError where a number of repeats is negative or no integer.
    pub fn repeated_numbers(repeats: &Tensor) -> Result<Tensor> {
        ensure!(
            matches!(repeats.dtype(), DType::I64 | DType::I32) && repeats.rank() == 1,
            Runtime,
            "repeat_interleave: repeats has to be a vector of int64 or int32, got shape {:?} of {}",
            repeats.shape(),
            repeats.dtype().name()
        );
        let repeats = repeats.to_dtype(DType::I64)?.to_vec::<i64>()?;
        let mut total = 0usize;
        for &r in &repeats {
            ensure!(r >= 0, Runtime, "repeat_interleave: Repeats must be non-negative, got {r}");
            total = total.saturating_add(r as usize);
        }
        bytes_of(&[total], DType::I64)?;
        let mut numbers: Vec<i64> = list(total)?;
        for (i, &r) in repeats.iter().enumerate() {
            numbers.extend(std::iter::repeat_n(i as i64, r as usize));
        }
        Tensor::from_slice(&numbers, &[total])
    }
}

// Mirrors and turns
impl Tensor {
    /// All ways to choose `r` elements of a vector, a row each, in the order of the elements.
    ///
    /// # Errors
    /// RuntimeError for a tensor that is no vector.
    pub fn combinations(&self, r: usize, with_replacement: bool) -> Result<Tensor> {
        ensure!(self.rank() == 1, Runtime, "combinations: Expect a 1D vector, but got shape {:?}", self.shape());
        let n = self.numel();
        if r == 0 {
            return Tensor::empty(&[0], self.dtype());
        }
        // Each choice is the last one with its rightmost number that can grow grown by one, and those after it reset.
        let mut choice: Vec<usize> = (0..r).map(|i| if with_replacement { 0 } else { i }).collect();
        let most = |i: usize| if with_replacement { n as isize - 1 } else { n as isize - (r - i) as isize };
        // n choose r, or (n + r − 1) choose r, every factor before its divisor so that each step is a whole number.
        let pool = if with_replacement { (n + r).saturating_sub(1) } else { n };
        let count =
            (0..r).try_fold(1u128, |c, i| Some(c.checked_mul(pool.saturating_sub(i) as u128)? / (i as u128 + 1)));
        let numbers = count.and_then(|c| usize::try_from(c).ok()?.checked_mul(r)).unwrap_or(usize::MAX);
        let mut all: Vec<i64> = list(numbers)?;
        let mut more = (0..r).all(|i| choice[i] as isize <= most(i));
        while more {
            all.extend(choice.iter().map(|&c| c as i64));
            more = match (0..r).rev().find(|&i| (choice[i] as isize) < most(i)) {
                Some(i) => {
                    choice[i] += 1;
                    for j in i + 1..r {
                        choice[j] = if with_replacement { choice[i] } else { choice[j - 1] + 1 };
                    }
                    true
                }
                None => false,
            };
        }
        let choices = Tensor::from_slice(&all, &[all.len() / r, r])?;
        self.index(&[super::indexing::Index::Tensor(choices)])
    }

    /// The order of elements along `dims` reversed.  ∂ = g, flipped
    ///
    /// # Errors
    /// IndexError for a dimension out of range, RuntimeError for one named twice.
    pub fn flip(&self, dims: &[isize]) -> Result<Tensor> {
        let mask = mask_of("flip", dims, self.rank())?;
        let value = if mask.contains(&true) {
            let layout = Layout::dense(self.shape());
            let mut data = room(self.shape(), self.dtype())?;
            movement::copy_flipped(&self.storage().read(), self.layout(), &mut data, &layout, &mask, self.dtype());
            Tensor::from_buffer(data, layout, self.dtype())
        } else {
            self.copy()?
        };
        let dims = dims.to_vec();
        Ok(record("flip", &[self], value, &[], move |cx| grads![cx; cx.g.flip(&dims)?]))
    }

    /// The columns in reverse order.
    pub fn fliplr(&self) -> Result<Tensor> {
        ensure!(self.rank() >= 2, Runtime, "fliplr: Input must be >= 2-d, got shape {:?}", self.shape());
        self.flip(&[1])
    }

    /// The rows in reverse order.
    pub fn flipud(&self) -> Result<Tensor> {
        ensure!(self.rank() >= 1, Runtime, "flipud: Input must be >= 1-d, got a 0-d tensor");
        self.flip(&[0])
    }

    /// Every element moved by `shifts[i]` places along `dims[i]`; those that leave at the end come back at the start.
    /// Without `dims`, the flattened tensor is rolled.  ∂ = g, rolled back
    ///
    /// # Errors
    /// RuntimeError where the numbers of shifts and dimensions differ, IndexError for a dimension out of range.
    pub fn roll(&self, shifts: &[isize], dims: &[isize]) -> Result<Tensor> {
        ensure!(!shifts.is_empty(), Runtime, "roll: `shifts` required");
        let flat = dims.is_empty() && shifts.len() == 1;
        ensure!(
            flat || shifts.len() == dims.len(),
            Runtime,
            "roll: shifts and dimensions must align. shifts: {}, dims: {}",
            shifts.len(),
            dims.len()
        );
        let mut value = if flat { self.detach().ravel()? } else { self.detach() };
        for (i, &shift) in shifts.iter().enumerate() {
            let d = if flat { 0 } else { self.dim("roll", dims[i])? };
            let n = value.shape().get(d).copied().unwrap_or(1);
            if n > 1 {
                let first = shift.checked_neg().unwrap_or(0).rem_euclid(n as isize) as usize;
                let parts = [value.slice_at(d, first, n - first, 1), value.slice_at(d, 0, first, 1)];
                value = Tensor::cat(&[&parts[0], &parts[1]], d as isize)?;
            }
        }
        let value = value.reshape(self.shape())?.detach();
        let value = if value.storage().same(self.storage()) { self.copy()? } else { value };
        let back: Vec<isize> = shifts.iter().map(|s| s.wrapping_neg()).collect();
        let dims = dims.to_vec();
        Ok(record("roll", &[self], value, &[], move |cx| grads![cx; cx.g.roll(&back, &dims)?]))
    }

    /// Turned `k` times by 90° in the plane of two dimensions, from the first towards the second.  ∂ = g, turned back
    ///
    /// # Errors
    /// RuntimeError where the dimensions are not two different ones, IndexError for one out of range.
    pub fn rot90(&self, k: isize, dims: [isize; 2]) -> Result<Tensor> {
        ensure!(self.rank() >= 2, Runtime, "rot90: expected total dims >= 2, but got total dims = {}", self.rank());
        let (a, b) = (self.dim("rot90", dims[0])? as isize, self.dim("rot90", dims[1])? as isize);
        ensure!(
            a != b,
            Runtime,
            "rot90: expected rotation dims to be different, but got dim0 = {} and dim1 = {}",
            dims[0],
            dims[1]
        );
        let plain = self.detach();
        let turned = match k.rem_euclid(4) {
            0 => plain.copy()?,
            1 => plain.flip(&[b])?.transpose(a, b)?.copy()?,
            2 => plain.flip(&[a, b])?,
            _ => plain.flip(&[a])?.transpose(a, b)?.copy()?,
        };
        let back = -k.rem_euclid(4);
        Ok(record("rot90", &[self], turned, &[], move |cx| grads![cx; cx.g.rot90(back, [a, b])?]))
    }
}

// Zeros around and within
impl Tensor {
    /// `value` added around: `padding` holds pairs of numbers for before and after, starting with the last dimension;
    /// negative ones cut off.  ∂ = the inner part of g
    ///
    /// # Errors
    /// RuntimeError for an odd number, for more pairs than dimensions, and where more is cut off than there is.
    pub fn constant_pad(&self, padding: &[isize], value: impl Into<Scalar>) -> Result<Tensor> {
        ensure!(
            padding.len().is_multiple_of(2),
            Runtime,
            "constant_pad_nd: padding length must be divisible by 2, got {padding:?}"
        );
        ensure!(
            padding.len() / 2 <= self.rank(),
            Runtime,
            "constant_pad_nd: padding length should be less than or equal to two times the input dimension but got padding length {} \
             and input of dimension {}",
            padding.len(),
            self.rank()
        );
        let mut shape = Dims::from_slice(self.shape());
        // What remains of the input, and where it goes.
        let (mut inner, mut place) = (self.layout().clone(), SmallPairs::new());
        for (i, pair) in padding.chunks(2).enumerate() {
            let d = self.rank() - 1 - i;
            let cut = |p: isize| p.min(0).unsigned_abs();
            let add = |p: isize| p.max(0) as usize;
            let left = self.shape()[d].checked_sub(cut(pair[0])).and_then(|n| n.checked_sub(cut(pair[1])));
            let size = left.and_then(|n| n.checked_add(add(pair[0]))).and_then(|n| n.checked_add(add(pair[1])));
            let (Some(left), Some(size)) = (left, size) else {
                bail!(
                    Runtime,
                    "constant_pad_nd: the input size {}, plus negative padding {} and {}, resulted in a negative output size, at \
                     dimension {d} of shape {:?}",
                    self.shape()[d],
                    pair[0],
                    pair[1],
                    self.shape()
                );
            };
            shape[d] = size;
            inner = inner.slice(d, if left == 0 { 0 } else { cut(pair[0]) }, left, 1);
            place.push((d, add(pair[0])));
        }
        let out = Tensor::full(&shape, value, self.dtype())?;
        let mut hole = out.layout().clone();
        for &(d, start) in &place {
            hole = hole.slice(d, if inner.shape[d] == 0 { 0 } else { start }, inner.shape[d], 1);
        }
        movement::copy(&self.storage().read(), &inner, &mut out.storage().write(), &hole, self.dtype());
        let back: Vec<isize> = padding.iter().map(|p| -p).collect();
        Ok(record("ConstantPadNdBackward0", &[self], out, &[], move |cx| grads![cx; cx.g.constant_pad(&back, 0.0)?]))
    }

    /// The lower triangle of each matrix, up to diagonal `diagonal`; zeros above.  ∂ = the same triangle of g
    ///
    /// # Errors
    /// RuntimeError for fewer than two dimensions.
    pub fn tril(&self, diagonal: isize) -> Result<Tensor> {
        let value = self.triangle("tril", |row, cols| {
            (diagonal.saturating_add(row as isize + 1).clamp(0, cols as isize) as usize)..cols
        })?;
        Ok(record("tril", &[self], value, &[], move |cx| grads![cx; cx.g.tril(diagonal)?]))
    }

    /// The upper triangle of each matrix, from diagonal `diagonal` on; zeros below.  ∂ = the same triangle of g
    ///
    /// # Errors
    /// RuntimeError for fewer than two dimensions.
    pub fn triu(&self, diagonal: isize) -> Result<Tensor> {
        let value = self.triangle("triu", |row, cols| {
            0..(diagonal.saturating_add(row as isize).clamp(0, cols as isize) as usize)
        })?;
        Ok(record("triu", &[self], value, &[], move |cx| grads![cx; cx.g.triu(diagonal)?]))
    }

    /// [`Tensor::tril`], left in this tensor.
    pub fn tril_(&self, diagonal: isize) -> Result<&Tensor> {
        self.replace_by("tril", |old| old.tril(diagonal))
    }

    /// [`Tensor::triu`], left in this tensor.
    pub fn triu_(&self, diagonal: isize) -> Result<&Tensor> {
        self.replace_by("triu", |old| old.triu(diagonal))
    }

    /// A dense copy in which each row of each matrix is zero over `zeros(row, columns)`.
    fn triangle(&self, name: &str, zeros: impl Fn(usize, usize) -> std::ops::Range<usize>) -> Result<Tensor> {
        ensure!(
            self.rank() >= 2,
            Runtime,
            "{name}: input tensor must have at least 2 dimensions, got shape {:?}",
            self.shape()
        );
        let (rows, cols) = (self.shape()[self.rank() - 2], self.shape()[self.rank() - 1]);
        let copy = self.copy_to(Layout::dense(self.shape()), self.dtype())?;
        if copy.numel() > 0 {
            let mut data = copy.storage().write();
            synapgrad_kernels::with_size!(self.dtype(), T => {
                for (i, row) in data.as_mut_slice::<T>()[..self.numel()].chunks_exact_mut(cols).enumerate() {
                    row[zeros(i % rows, cols)].fill(T::default());
                }
            });
        }
        Ok(copy)
    }

    /// A matrix (or stack of them) with this vector (these vectors) on diagonal `offset` and zeros elsewhere, over the new
    /// dimensions `dim1` and `dim2`.  ∂ = that diagonal of g
    ///
    /// # Errors
    /// RuntimeError where the dimensions are one, IndexError for one out of range.
    pub fn diag_embed(&self, offset: isize, dim1: isize, dim2: isize) -> Result<Tensor> {
        ensure!(self.rank() > 0, Index, "diag_embed: expects at least a vector, got a 0-d tensor");
        let rank = self.rank() + 1;
        let (a, b) = (wrap_dim("diag_embed", dim1, rank)?, wrap_dim("diag_embed", dim2, rank)?);
        ensure!(a != b, Runtime, "diag_embed: dimensions cannot be identical {dim1}, {dim2}");
        let n = self.shape()[self.rank() - 1];
        let side = n.saturating_add(offset.unsigned_abs());
        let mut shape = Dims::from_slice(&self.shape()[..self.rank() - 1]);
        shape.insert(a.min(b), side);
        shape.insert(a.max(b), side);
        bytes_of(&shape, self.dtype())?;
        self.amid_zeros("diag_embed", &shape, move |t| t.diagonal(offset, a as isize, b as isize))
    }

    /// A vector on diagonal `offset` of a square matrix of zeros, or a copy of that diagonal of a matrix.
    ///
    /// # Errors
    /// RuntimeError for other numbers of dimensions.
    pub fn diag(&self, offset: isize) -> Result<Tensor> {
        match self.rank() {
            1 => self.diag_embed(offset, 0, 1),
            2 => {
                let value = self.detach().diagonal(offset, 0, 1)?.copy()?;
                Ok(record(
                    "DiagonalBackward0_copy",
                    &[self],
                    value,
                    &[],
                    move |cx| grads![cx; cx.g.amid_zeros("DiagonalBackwardBackward0", cx.shape(0), move |t| t.diagonal(offset, 0, 1))?],
                ))
            }
            n => bail!(Runtime, "diag: Supports 1D or 2D tensors. Got {n}D"),
        }
    }

    /// The elements, flattened, on diagonal `offset` of a square matrix of zeros.
    pub fn diagflat(&self, offset: isize) -> Result<Tensor> {
        self.contiguous()?.ravel()?.diag_embed(offset, 0, 1)
    }
}

type SmallPairs = smallvec::SmallVec<[(usize, usize); 4]>;

/// The operations of this family.
pub const NAMES: &[&str] = &[
    "clone",
    "contiguous",
    "broadcast_tensors",
    "cat",
    "stack",
    "hstack",
    "vstack",
    "dstack",
    "column_stack",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "meshgrid",
    "cartesian_prod",
    "combinations",
    "block_diag",
    "repeat",
    "tile",
    "repeat_interleave",
    "flip",
    "fliplr",
    "flipud",
    "roll",
    "rot90",
    "constant_pad_nd",
    "tril",
    "triu",
    "diag_embed",
    "diag",
    "diagflat",
    "concat",
    "concatenate",
    "row_stack",
];
