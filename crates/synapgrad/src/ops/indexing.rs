//! `x[…]`: integers, slices, new axes, masks and arrays of integers, reading and writing.
//!
//! Integers, slices and new axes make views. Masks and arrays pick elements: a mask stands for the coordinates of its true
//! elements, one array per dimension. Arrays broadcast together to the shape B, and the result has the dimensions of B in
//! the place of the indexed ones where these stand side by side, else at the front.

use smallvec::SmallVec;
use synapgrad_kernels::buffer::zeros;
use synapgrad_kernels::index::{self as kernel, Combine, OutOfBounds, Places};
use synapgrad_kernels::layout::broadcast_shapes;
use synapgrad_kernels::{DType, Dims, Layout};

use super::view::{slice_bounds, wrap_index};
use crate::autograd::{Save, grads, record, tracking};
use crate::error::{bail, ensure};
use crate::{Error, ErrorKind, Result, Tensor};

/// One entry between the brackets of `x[…]`.
#[derive(Clone)]
pub enum Index {
    /// One position, negative from the end; the dimension disappears.
    At(isize),
    /// Positions `start, start + step, …` before `stop`.
    Slice { start: Option<isize>, stop: Option<isize>, step: isize },
    /// A new dimension of size 1.
    NewAxis,
    /// All dimensions that no other entry speaks of.
    Ellipsis,
    /// A mask without dimensions: a new dimension of size 1 or 0.
    Bool(bool),
    /// Positions (int64, int32) or a mask (bool, uint8).
    Tensor(Tensor),
}

/// Arrays of positions, and which dimension each indexes.
struct Advanced {
    dims: SmallVec<[usize; 2]>,
    /// Dense int64 tensors of one shape.
    indices: SmallVec<[Tensor; 2]>,
    shape: Dims,
}

impl Advanced {
    /// # Errors
    /// IndexError where the shapes don't broadcast.
    fn new(given: SmallVec<[(usize, Tensor); 2]>) -> Result<Advanced> {
        let mut shape = Dims::new();
        for (_, index) in &given {
            let Some(common) = broadcast_shapes(&shape, index.shape()) else {
                let shapes: Vec<String> = given.iter().map(|(_, t)| format!("{:?}", t.shape())).collect();
                bail!(
                    Index,
                    "shape mismatch: indexing tensors could not be broadcast together with shapes {}",
                    shapes.join(", ")
                );
            };
            shape = common;
        }
        let dims = given.iter().map(|(d, _)| *d).collect();
        let indices = given.into_iter().map(|(_, index)| index.stretch(&shape)?.contiguous()).collect::<Result<_>>()?;
        Ok(Advanced { dims, indices, shape })
    }

    /// Where the dimensions of B stand in the result.
    fn front(&self) -> usize {
        let side_by_side = self.dims.windows(2).all(|pair| pair[1] == pair[0] + 1);
        if side_by_side { self.dims.first().copied().unwrap_or(0) } else { 0 }
    }

    /// The shape of the result over a tensor of `shape`.
    fn result(&self, shape: &[usize]) -> Dims {
        let mut rest: Dims = (0..shape.len()).filter(|d| !self.dims.contains(d)).map(|d| shape[d]).collect();
        rest.insert_many(self.front(), self.shape.iter().copied());
        rest
    }

    /// The elements of `x` in the order of the result.
    ///
    /// # Errors
    /// IndexError for an index out of range.
    fn places(&self, x: &Tensor) -> Result<Places> {
        let mut positions = zeros(self.shape.iter().product())?;
        for (&d, index) in self.dims.iter().zip(&self.indices) {
            let (at, size) = (index.layout().offset, x.shape()[d]);
            let data = index.storage().read();
            let index = &data.as_slice::<i64>()[at..at + positions.len()];
            kernel::locate(index, size, x.strides()[d], true, &mut positions).map_err(|OutOfBounds(i)| {
                let text = format!("indexing: index {i} is out of bounds for dimension {d} with size {size}");
                Error::new(ErrorKind::Index, text)
            })?;
        }
        let rest: Dims = (0..x.rank()).filter(|d| !self.dims.contains(d)).collect();
        let part = |dims: &[usize], offset| Layout {
            shape: dims.iter().map(|&d| x.shape()[d]).collect(),
            strides: dims.iter().map(|&d| x.strides()[d]).collect(),
            offset,
        };
        let (before, behind) = rest.split_at(self.front());
        Ok(Places { outer: part(before, x.layout().offset), positions, inner: part(behind, 0) })
    }

    fn saves(&self) -> SmallVec<[Save<'_>; 3]> {
        self.indices.iter().map(Save::Input).collect()
    }

    /// The same places, from the index tensors that a rule has saved.
    fn again(dims: &SmallVec<[usize; 2]>, indices: SmallVec<[Tensor; 3]>) -> Advanced {
        let shape = indices.first().map_or(Dims::new(), |index| index.layout().shape.clone());
        Advanced { dims: dims.clone(), indices: indices.into_iter().collect(), shape }
    }
}

impl Tensor {
    /// The elements that `indices` names, a view where only integers, slices and new axes do.
    ///
    /// # Errors
    /// IndexError for an index out of range, too many indices, masks or arrays that don't fit.
    pub fn index(&self, indices: &[Index]) -> Result<Tensor> {
        if let [Index::Slice { start, stop, step }] = *indices {
            ensure!(self.rank() > 0, Index, "indexing: too many indices for tensor of dimension 0");
            let (start, len, step) = slice_bounds(start, stop, step, self.shape()[0])?;
            return Ok(self.slice_at(0, start, len, step));
        }
        if let [Index::Tensor(mask)] = indices
            && is_mask(mask)
            && mask.rank() > 0
            && mask.shape() == self.shape()
        {
            return self.where_true("index", &mask.detach().to_dtype(DType::Bool)?);
        }
        let (view, advanced) = self.index_view(indices)?;
        match advanced {
            Some(advanced) => view.picked(&advanced),
            None if view.is_same(self) => self.view_as_self(),
            None => Ok(view),
        }
    }

    /// As [`index`](Tensor::index), written as Rust writes such things: `x.i((0, 1..3))`, `x.i((.., -1))`, `x.i(&mask)`.
    ///
    /// ```
    /// # use synapgrad::Tensor;
    /// let x = Tensor::from([[1i64, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.i((0, 1..3))?.to_vec::<i64>()?, [2, 3]);
    /// assert_eq!(x.i((.., -1))?.to_vec::<i64>()?, [3, 6]);
    /// assert_eq!(x.i(&x.gt(3)?)?.to_vec::<i64>()?, [4, 5, 6]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`index`](Tensor::index).
    pub fn i(&self, indices: impl Indices) -> Result<Tensor> {
        self.index(&indices.indices())
    }

    /// `x[indices] = value`: the value broadcasts to the place it is put.
    ///
    /// # Errors
    /// As [`index`](Tensor::index); RuntimeError where the value does not broadcast or autograd forbids the change.
    pub fn index_set_(&self, indices: &[Index], value: &Tensor) -> Result<&Tensor> {
        let (view, advanced) = self.index_view(indices)?;
        // Leading dimensions of size 1 don't count.
        let mut value = value.clone();
        let rank = advanced.as_ref().map_or(view.rank(), |a| a.result(view.shape()).len());
        while value.rank() > rank && value.shape()[0] == 1 {
            value = value.squeeze_dim(0)?;
        }
        match advanced {
            Some(advanced) => view.put_picked_(&advanced, &value, false)?,
            None => view.copy_(&value)?,
        };
        Ok(self)
    }

    /// `value` at the places that `indices` names, or with `accumulate` added to them, however often one is named. Every
    /// entry stands for one dimension (a mask for its own); `None` for all of it.
    ///
    /// # Errors
    /// As [`index_set_`](Tensor::index_set_), and RuntimeError where the dtypes differ.
    pub fn index_put(&self, indices: &[Option<Tensor>], value: &Tensor, accumulate: bool) -> Result<Tensor> {
        let put = || self.put_picked(&self.indexed_by(indices)?, value, accumulate);
        put().map_err(in_index_put)
    }

    /// [`Tensor::index_put`], left in this tensor.
    ///
    /// # Errors
    /// As [`index_put`](Tensor::index_put).
    pub fn index_put_(&self, indices: &[Option<Tensor>], value: &Tensor, accumulate: bool) -> Result<&Tensor> {
        let put = || self.put_picked_(&self.indexed_by(indices)?, value, accumulate);
        put().map_err(in_index_put)
    }

    fn indexed_by(&self, indices: &[Option<Tensor>]) -> Result<Advanced> {
        match self.detach().index_view(&entries(indices))? {
            (_, Some(advanced)) => Ok(advanced),
            _ => {
                bail!(Runtime, "index_put: at least one of the indices must be a tensor, got {} of them", indices.len())
            }
        }
    }

    /// The view that integers, slices and new axes make, and what masks and arrays do to it.
    fn index_view(&self, indices: &[Index]) -> Result<(Tensor, Option<Advanced>)> {
        let takes = |index: &Index| match index {
            Index::At(_) | Index::Slice { .. } => 1,
            Index::Tensor(t) if is_mask(t) => t.rank(),
            Index::Tensor(_) => 1,
            Index::NewAxis | Index::Ellipsis | Index::Bool(_) => 0,
        };
        let taken: usize = indices.iter().map(takes).sum();
        if let ([Index::At(_)], 0) = (indices, self.rank()) {
            bail!(
                Index,
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item()` in Rust to convert a \
                 0-dim tensor to a number"
            );
        }
        ensure!(taken <= self.rank(), Index, "indexing: too many indices for tensor of dimension {}", self.rank());
        let mut rest = self.rank() - taken;
        let (mut view, mut d) = (self.clone(), 0);
        let mut given: SmallVec<[(usize, Tensor); 2]> = SmallVec::new();
        let mut gone = 0;
        for index in indices {
            match index {
                Index::At(i) => {
                    let size = view.shape()[d];
                    let Some(at) = wrap_index(*i, size) else {
                        bail!(
                            Index,
                            "indexing: index {i} is out of bounds for dimension {} with size {size}",
                            d + gone
                        );
                    };
                    view = view.select_at(d, at);
                    gone += 1;
                }
                Index::Slice { start, stop, step } => {
                    let size = view.shape()[d];
                    let whole = start.unwrap_or(0) == 0 && stop.is_none_or(|s| s == size as isize) && *step == 1;
                    let (start, len, step) = slice_bounds(*start, *stop, *step, size)?;
                    if !whole {
                        view = view.slice_at(d, start, len, step);
                    }
                    d += 1;
                }
                Index::NewAxis => {
                    view = view.unsqueeze(d as isize)?;
                    d += 1;
                }
                Index::Ellipsis => d += std::mem::take(&mut rest),
                Index::Bool(flag) => {
                    view = view.unsqueeze(d as isize)?;
                    let rows: &[i64] = if *flag { &[0] } else { &[] };
                    given.push((d, Tensor::from(rows)));
                    d += 1;
                }
                Index::Tensor(mask) if is_mask(mask) => {
                    if mask.rank() == 0 {
                        view = view.unsqueeze(d as isize)?;
                    }
                    for (k, &size) in mask.shape().iter().enumerate() {
                        ensure!(
                            view.shape()[d + k] == size,
                            Index,
                            "indexing: The shape of the mask {:?} at index {k} does not match the shape of the indexed tensor {:?} at \
                             index {}",
                            mask.shape(),
                            view.shape(),
                            d + k
                        );
                    }
                    for (k, along) in mask.nonzero_as_tuple()?.into_iter().enumerate() {
                        given.push((d + k, along.contiguous()?));
                    }
                    d += mask.rank().max(1);
                }
                Index::Tensor(index) => {
                    ensure!(
                        matches!(index.dtype(), DType::I64 | DType::I32),
                        Index,
                        "tensors used as indices must be long, int, byte or bool tensors, got {}",
                        index.dtype().name()
                    );
                    given.push((d, index.detach().to_dtype(DType::I64)?));
                    d += 1;
                }
            }
        }
        let advanced = if given.is_empty() { None } else { Some(Advanced::new(given)?) };
        Ok((view, advanced))
    }

    /// The elements at places given by arrays.  ∂ = g, added at the places read
    fn picked(&self, advanced: &Advanced) -> Result<Tensor> {
        let places = advanced.places(self)?;
        let value = self.read(&places, &advanced.result(self.shape()))?;
        if !tracking(&[self]) {
            return Ok(value);
        }
        let dims = advanced.dims.clone();
        Ok(record("index", &[self], value, &advanced.saves(), move |cx| {
            let advanced = Advanced::again(&dims, cx.saved_all()?);
            grads![cx; cx.on_zeros(|whole| whole.put_picked_(&advanced, cx.g, true))?]
        }))
    }

    fn write_picked(&self, advanced: &Advanced, value: &Tensor, accumulate: bool) -> Result<()> {
        ensure!(
            self.dtype() == value.dtype(),
            Runtime,
            "Index put requires the source and destination dtypes match, got {} for the destination and {} for the source.",
            self.dtype().title(),
            value.dtype().title()
        );
        let shape = advanced.result(self.shape());
        ensure!(
            value.layout().broadcast_to(&shape).is_some(),
            Runtime,
            "shape mismatch: value tensor of shape {:?} cannot be broadcast to indexing result of shape {:?}",
            value.shape(),
            &shape[..]
        );
        let how = if accumulate { Combine::Add } else { Combine::Replace };
        self.write_at(&advanced.places(self)?, &value.detach().stretch(&shape)?, how)
    }

    /// This tensor with `value` at places given by arrays.  ∂x = g but there (all of g where added), ∂value = g from there
    fn put_picked(&self, advanced: &Advanced, value: &Tensor, accumulate: bool) -> Result<Tensor> {
        let result = self.changed(|t| t.write_picked(advanced, value, accumulate))?;
        if !tracking(&[self, value]) {
            return Ok(result);
        }
        let dims = advanced.dims.clone();
        Ok(record("index_put", &[self, value], result, &advanced.saves(), move |cx| {
            let advanced = Advanced::again(&dims, cx.saved_all()?);
            let hole = || cx.g.put_picked(&advanced, &Tensor::zeros(&[], cx.g.dtype())?, false);
            grads![cx; if accumulate { cx.g.clone() } else { hole()? }, cx.g.picked(&advanced)?]
        }))
    }

    fn put_picked_(&self, advanced: &Advanced, value: &Tensor, accumulate: bool) -> Result<&Tensor> {
        let write = |t: &Tensor| t.write_picked(advanced, value, accumulate);
        self.change("index_put", &[value], write, |old| old.put_picked(advanced, value, accumulate))
    }
}

fn is_mask(t: &Tensor) -> bool {
    matches!(t.dtype(), DType::Bool | DType::U8)
}

/// `x[…]` needs no name in its errors, `index_put` does.
fn in_index_put(error: Error) -> Error {
    let message = error.message();
    if message.starts_with("index_put") { error } else { Error::new(error.kind(), format!("index_put: {message}")) }
}

fn entries(indices: &[Option<Tensor>]) -> Vec<Index> {
    let all = Index::Slice { start: None, stop: None, step: 1 };
    indices.iter().map(|index| index.as_ref().map_or(all.clone(), |t| Index::Tensor(t.clone()))).collect()
}

/// What [`Tensor::i`] takes: one entry, or a tuple of them.
pub trait Indices {
    fn indices(self) -> SmallVec<[Index; 4]>;
}

impl<T: Into<Index>> Indices for T {
    fn indices(self) -> SmallVec<[Index; 4]> {
        smallvec::smallvec![self.into()]
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {$(
        impl<$($name: Into<Index>),+> Indices for ($($name,)+) {
            #[allow(non_snake_case)]
            fn indices(self) -> SmallVec<[Index; 4]> {
                let ($($name,)+) = self;
                smallvec::smallvec![$($name.into()),+]
            }
        }
    )*};
}
tuples! { (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }

macro_rules! from_integers {
    ($($t:ty)*) => {$(
        impl From<$t> for Index {
            fn from(at: $t) -> Index {
                Index::At(at as isize)
            }
        }
        impl From<std::ops::Range<$t>> for Index {
            fn from(range: std::ops::Range<$t>) -> Index {
                Index::Slice { start: Some(range.start as isize), stop: Some(range.end as isize), step: 1 }
            }
        }
        impl From<std::ops::RangeInclusive<$t>> for Index {
            fn from(range: std::ops::RangeInclusive<$t>) -> Index {
                // One past −1 would be the start; the end of the dimension is meant.
                let stop = Some(*range.end() as isize + 1).filter(|&stop| stop != 0);
                Index::Slice { start: Some(*range.start() as isize), stop, step: 1 }
            }
        }
        impl From<std::ops::RangeFrom<$t>> for Index {
            fn from(range: std::ops::RangeFrom<$t>) -> Index {
                Index::Slice { start: Some(range.start as isize), stop: None, step: 1 }
            }
        }
        impl From<std::ops::RangeTo<$t>> for Index {
            fn from(range: std::ops::RangeTo<$t>) -> Index {
                Index::Slice { start: None, stop: Some(range.end as isize), step: 1 }
            }
        }
    )*};
}
from_integers!(i32 i64 isize usize);

impl From<std::ops::RangeFull> for Index {
    fn from(_: std::ops::RangeFull) -> Index {
        Index::Slice { start: None, stop: None, step: 1 }
    }
}

impl From<bool> for Index {
    fn from(flag: bool) -> Index {
        Index::Bool(flag)
    }
}

impl From<Tensor> for Index {
    fn from(tensor: Tensor) -> Index {
        Index::Tensor(tensor)
    }
}

impl From<&Tensor> for Index {
    fn from(tensor: &Tensor) -> Index {
        Index::Tensor(tensor.clone())
    }
}
