//! How a shape lies in memory: one stride per dimension and an offset.
//!
//! Element `(i, j, …)` is at `offset + i·strides[0] + j·strides[1] + …`, counted in elements. Transposing, slicing and
//! broadcasting change only these numbers; that is what a view is. Strides are never negative (as in PyTorch), and a
//! stride of zero repeats an element.

use smallvec::SmallVec;

/// Sizes or strides: inline up to six dimensions.
///
/// A vector in all but its `clone`, which copies the numbers as a slice: the derived one goes element by element, and dims
/// are cloned in every operation.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dims(SmallVec<[usize; 6]>);

impl Dims {
    pub const fn new() -> Dims {
        Dims(SmallVec::new_const())
    }

    #[inline]
    pub fn from_slice(dims: &[usize]) -> Dims {
        let mut inline = [0; 6];
        if dims.len() > inline.len() {
            return Dims(SmallVec::from_slice(dims));
        }
        // One by one, which for so few is quicker than a call of memcpy.
        for (i, to) in inline.iter_mut().enumerate() {
            if i < dims.len() {
                *to = dims[i];
            }
        }
        Dims(SmallVec::from_buf_and_len(inline, dims.len()))
    }

    pub fn from_elem(dim: usize, n: usize) -> Dims {
        Dims(SmallVec::from_elem(dim, n))
    }
}

impl Clone for Dims {
    #[inline]
    fn clone(&self) -> Dims {
        Dims::from_slice(self)
    }
}

impl std::ops::Deref for Dims {
    type Target = SmallVec<[usize; 6]>;
    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl std::ops::DerefMut for Dims {
    #[inline]
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl From<Vec<usize>> for Dims {
    fn from(dims: Vec<usize>) -> Dims {
        Dims::from_slice(&dims)
    }
}

impl FromIterator<usize> for Dims {
    fn from_iter<I: IntoIterator<Item = usize>>(dims: I) -> Dims {
        Dims(dims.into_iter().collect())
    }
}

impl IntoIterator for Dims {
    type Item = usize;
    type IntoIter = smallvec::IntoIter<[usize; 6]>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Dims {
    type Item = &'a usize;
    type IntoIter = std::slice::Iter<'a, usize>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub shape: Dims,
    pub strides: Dims,
    pub offset: usize,
}

/// The number of elements of a shape, or `None` where no memory could hold them, at 8 bytes each, or where even the strides
/// could not be counted. What passes here may be multiplied by an element's size without a second look.
pub fn checked_numel(shape: &[usize]) -> Option<usize> {
    const MOST: usize = isize::MAX as usize / 8;
    // Strides are products of sizes, also where a size of 0 leaves no element.
    let span = shape.iter().try_fold(1usize, |n, &size| n.checked_mul(size.max(1)))?;
    (span <= MOST).then(|| if shape.contains(&0) { 0 } else { span })
}

/// Strides of the shape laid out row by row, the last dimension dense.
#[inline]
pub fn dense_strides(shape: &[usize]) -> Dims {
    let mut strides = Dims::from_slice(shape);
    let mut step = 1;
    for stride in strides.iter_mut().rev() {
        step *= std::mem::replace(stride, step).max(1);
    }
    strides
}

/// The shape that both broadcast to: aligned at the last dimension, a size of 1 stretches.
pub fn broadcast_shapes(a: &[usize], b: &[usize]) -> Option<Dims> {
    if a == b {
        return Some(Dims::from_slice(a));
    }
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut shape = Dims::from_slice(long);
    let skip = long.len() - short.len();
    for (size, &other) in shape[skip..].iter_mut().zip(short) {
        if *size == 1 {
            *size = other;
        } else if other != 1 && other != *size {
            return None;
        }
    }
    Some(shape)
}

impl Layout {
    pub fn dense(shape: &[usize]) -> Layout {
        Layout { strides: dense_strides(shape), shape: Dims::from_slice(shape), offset: 0 }
    }

    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    pub fn numel(&self) -> usize {
        self.shape.iter().product()
    }

    /// Row-major without gaps: the elements are one slice from `offset`.
    pub fn is_contiguous(&self) -> bool {
        let mut step = 1;
        for (&size, &stride) in self.shape.iter().zip(&self.strides).rev() {
            if size != 1 {
                if stride != step {
                    return self.numel() == 0;
                }
                step *= size;
            }
        }
        true
    }

    /// No gaps and no overlap, in some order of the dimensions: a permutation of a contiguous layout.
    pub fn is_dense(&self) -> bool {
        self.is_contiguous() || {
            let mut step = 1;
            self.order().iter().rev().all(|&d| {
                let fits = self.shape[d] == 1 || self.strides[d] == step;
                step *= self.shape[d];
                fits
            })
        }
    }

    /// Dimensions from the largest stride to the smallest; equal strides keep their order.
    pub fn order(&self) -> Dims {
        let mut order: Dims = (0..self.rank()).collect();
        order.sort_by(|&a, &b| self.strides[b].cmp(&self.strides[a]));
        order
    }

    /// A fresh layout of this shape, without gaps, whose dimensions lie in memory in the same order as here: PyTorch's
    /// `preserve_format`.
    pub fn fresh_like(&self) -> Layout {
        if self.is_contiguous() {
            return Layout::dense(&self.shape);
        }
        if self.is_dense() {
            return Layout { offset: 0, ..self.clone() };
        }
        // From the innermost dimension outwards, by insertion: a stride of zero has no place of its own and stays where
        // it is, of equal strides the larger dimension goes outwards.
        let mut order: Dims = (0..self.rank()).rev().collect();
        for i in 1..order.len() {
            let mut at = i;
            for before in (0..i).rev() {
                let (inner, outer) = (order[before], order[at]);
                let key = |d: usize| (self.strides[d], self.shape[d]);
                if self.strides[inner] == 0 || self.strides[outer] == 0 {
                    continue;
                }
                if key(inner) > key(outer) {
                    order.swap(before, at);
                    at = before;
                } else if self.strides[inner] < self.strides[outer] {
                    break;
                }
            }
        }
        let mut fresh = Layout::dense(&self.shape);
        let mut step = 1;
        for d in order {
            fresh.strides[d] = step;
            step *= self.shape[d].max(1);
        }
        fresh
    }

    /// Elements from the start of the storage to the end of this layout's last element.
    pub fn end(&self) -> usize {
        if self.numel() == 0 {
            return self.offset;
        }
        self.offset + self.shape.iter().zip(&self.strides).map(|(&n, &s)| (n - 1) * s).sum::<usize>() + 1
    }

    /// Whether two positions may share an element, as after `expand`. Conservative: true where strides don't nest.
    pub fn overlaps_itself(&self) -> bool {
        let mut reach = 0;
        self.order().iter().rev().filter(|&&d| self.shape[d] > 1).any(|&d| {
            let clash = self.strides[d] <= reach;
            reach += (self.shape[d] - 1) * self.strides[d];
            clash
        })
    }

    pub fn permute(&self, dims: &[usize]) -> Layout {
        Layout {
            shape: dims.iter().map(|&d| self.shape[d]).collect(),
            strides: dims.iter().map(|&d| self.strides[d]).collect(),
            offset: self.offset,
        }
    }

    pub fn transpose(&self, a: usize, b: usize) -> Layout {
        let mut out = self.clone();
        out.shape.swap(a, b);
        out.strides.swap(a, b);
        out
    }

    /// Elements `start, start + step, …`, `len` of them, along `dim`. The caller has checked the range.
    pub fn slice(&self, dim: usize, start: usize, len: usize, step: usize) -> Layout {
        let mut out = self.clone();
        out.offset += start * self.strides[dim];
        out.shape[dim] = len;
        out.strides[dim] *= step;
        out
    }

    /// The sub-array at `index` along `dim`, which disappears.
    pub fn select(&self, dim: usize, index: usize) -> Layout {
        let mut out = self.clone();
        out.offset += index * self.strides[dim];
        out.shape.remove(dim);
        out.strides.remove(dim);
        out
    }

    pub fn unsqueeze(&self, dim: usize) -> Layout {
        let mut out = self.clone();
        let stride = if dim < self.rank() { self.shape[dim] * self.strides[dim] } else { 1 };
        out.shape.insert(dim, 1);
        out.strides.insert(dim, stride);
        out
    }

    pub fn squeeze(&self, dim: usize) -> Layout {
        debug_assert_eq!(self.shape[dim], 1);
        self.select(dim, 0)
    }

    /// Stretch to `shape`: sizes of 1 and new leading dimensions repeat with stride 0.
    pub fn broadcast_to(&self, shape: &[usize]) -> Option<Layout> {
        if self.shape[..] == *shape {
            return Some(self.clone());
        }
        let skip = shape.len().checked_sub(self.rank())?;
        let mut strides = Dims::from_elem(0, shape.len());
        for (i, (&have, &want)) in self.shape.iter().zip(&shape[skip..]).enumerate() {
            if have == want {
                strides[skip + i] = self.strides[i];
            } else if have != 1 {
                return None;
            }
        }
        Some(Layout { shape: Dims::from_slice(shape), strides, offset: self.offset })
    }

    /// The same elements in the same order under another shape, without moving them; `None` where that needs a copy.
    pub fn view(&self, shape: &[usize]) -> Option<Layout> {
        debug_assert_eq!(checked_numel(shape), Some(self.numel()));
        if self.is_contiguous() {
            return Some(Layout { offset: self.offset, ..Layout::dense(shape) });
        }
        // Runs of dimensions that step through memory evenly can be cut up anew; a new dimension may not straddle two.
        let runs = self.runs();
        let mut strides = dense_strides(shape);
        let mut runs = runs.iter().rev();
        let (mut left, mut step) = (1, 1);
        for (i, &size) in shape.iter().enumerate().rev() {
            if size == 1 {
                strides[i] = step;
                continue;
            }
            if left == 1 {
                let &(run, stride) = runs.next()?;
                (left, step) = (run, stride);
            }
            if left % size != 0 {
                return None;
            }
            strides[i] = step;
            left /= size;
            step *= size;
        }
        Some(Layout { shape: Dims::from_slice(shape), strides, offset: self.offset })
    }

    /// The fewest `(size, stride)` dimensions that visit the same elements in the same order.
    pub fn runs(&self) -> SmallVec<[(usize, usize); 6]> {
        let mut runs: SmallVec<[(usize, usize); 6]> = SmallVec::new();
        for (&size, &stride) in self.shape.iter().zip(&self.strides) {
            if size == 1 {
                continue;
            }
            match runs.last_mut() {
                Some((n, s)) if *s == size * stride => (*n, *s) = (*n * size, stride),
                _ => runs.push((size, stride)),
            }
        }
        runs
    }

    /// The diagonal over `dim1` and `dim2`, as a new last dimension.
    pub fn diagonal(&self, diagonal: isize, dim1: usize, dim2: usize) -> Layout {
        let (rows, cols) = (self.shape[dim1], self.shape[dim2]);
        let (skip_rows, skip_cols) = if diagonal >= 0 { (0, diagonal as usize) } else { (diagonal.unsigned_abs(), 0) };
        let len = rows.saturating_sub(skip_rows).min(cols.saturating_sub(skip_cols));
        let step = self.strides[dim1] + self.strides[dim2];
        let skip = if len == 0 { 0 } else { skip_rows * self.strides[dim1] + skip_cols * self.strides[dim2] };
        let mut out = self.clone();
        for d in [dim1.max(dim2), dim1.min(dim2)] {
            out.shape.remove(d);
            out.strides.remove(d);
        }
        out.shape.push(len);
        out.strides.push(step);
        out.offset += skip;
        out
    }

    /// Windows of `size` every `step` along `dim`; the windows' contents become a new last dimension.
    pub fn unfold(&self, dim: usize, size: usize, step: usize) -> Layout {
        let mut out = self.clone();
        let stride = self.strides[dim];
        out.shape[dim] = (self.shape[dim] - size) / step + 1;
        out.strides[dim] = stride * step;
        out.shape.push(size);
        out.strides.push(stride);
        out
    }

    /// The memory position of the `linear`-th element in row-major order.
    pub fn position(&self, mut linear: usize) -> usize {
        let mut at = self.offset;
        for (&size, &stride) in self.shape.iter().zip(&self.strides).rev() {
            at += linear % size * stride;
            linear /= size;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(l: &Layout) -> Vec<usize> {
        (0..l.numel()).map(|i| l.position(i)).collect()
    }

    #[test]
    fn views_visit_the_same_elements() {
        let base = Layout::dense(&[2, 3, 4]);
        for layout in [base.clone(), base.transpose(0, 1), base.slice(2, 0, 2, 2), base.select(1, 1), base.unsqueeze(1)]
        {
            for shape in [vec![layout.numel()], vec![2, layout.numel() / 2], vec![layout.numel() / 2, 1, 2]] {
                if let Some(view) = layout.view(&shape) {
                    assert_eq!(positions(&view), positions(&layout), "{layout:?} as {shape:?}");
                }
            }
        }
        assert!(base.transpose(0, 1).view(&[24]).is_none());
        assert!(base.transpose(0, 1).view(&[3, 2, 2, 2]).is_some());
    }

    #[test]
    fn broadcasting() {
        assert_eq!(broadcast_shapes(&[3, 1], &[2, 1, 4]), Some(Dims::from_slice(&[2, 3, 4])));
        assert_eq!(broadcast_shapes(&[3], &[4]), None);
        assert_eq!(broadcast_shapes(&[0], &[1]), Some(Dims::from_slice(&[0])));
        let row = Layout::dense(&[3]).broadcast_to(&[2, 3]).unwrap();
        assert_eq!(positions(&row), [0, 1, 2, 0, 1, 2]);
        assert!(row.overlaps_itself() && !Layout::dense(&[2, 3]).transpose(0, 1).overlaps_itself());
    }

    #[test]
    fn diagonal_and_unfold() {
        let square = Layout::dense(&[3, 4]);
        assert_eq!(positions(&square.diagonal(1, 0, 1)), [1, 6, 11]);
        assert_eq!(positions(&square.diagonal(-2, 0, 1)), [8]);
        assert_eq!(positions(&Layout::dense(&[5]).unfold(0, 3, 2)), [0, 1, 2, 2, 3, 4]);
    }

    #[test]
    fn density() {
        let l = Layout::dense(&[2, 3, 4]);
        assert!(l.transpose(0, 2).is_dense() && !l.transpose(0, 2).is_contiguous());
        assert!(!l.slice(1, 0, 2, 1).is_dense());
        assert_eq!(l.slice(1, 1, 2, 1).end(), 24);
    }
}
