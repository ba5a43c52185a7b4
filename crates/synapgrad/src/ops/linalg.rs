//! Products of tensors beyond the plain matrix product. All are made of views, pointwise products and matrix products, whose
//! derivatives are theirs.

use smallvec::SmallVec;
use synapgrad_kernels::buffer::list;
use synapgrad_kernels::{DType, Dims, Scalar};

use crate::autograd::{grads, record};
use crate::error::{bail, ensure};
use crate::{Result, Tensor};

/// One index of an einsum: a letter, or a dimension that "..." stands for, counted from the last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Label {
    Dots(usize),
    Letter(char),
}
type Labels = SmallVec<[Label; 6]>;

/// The labels of one term, in which "..." stands for `dots` dimensions.
fn parse_term(term: &str, dots: usize) -> Result<Labels> {
    let mut labels = Labels::new();
    let mut rest = term.chars().filter(|c| *c != ' ').peekable();
    let mut seen = false;
    while let Some(c) = rest.next() {
        match c {
            'a'..='z' | 'A'..='Z' => labels.push(Label::Letter(c)),
            '.' if rest.next() == Some('.') && rest.next() == Some('.') && !seen => {
                seen = true;
                labels.extend((0..dots).rev().map(Label::Dots));
            }
            _ => bail!(Runtime, "einsum: expected letters and at most one '...' in each term, got '{term}'"),
        }
    }
    Ok(labels)
}

/// A factor of an einsum: a tensor and the names of its dimensions.
#[derive(Clone)]
struct Factor {
    x: Tensor,
    labels: Labels,
}

impl Factor {
    /// Without the labels for which `gone` holds: summed over.
    fn summed(self, gone: impl Fn(&Label) -> bool) -> Result<Factor> {
        let dims: SmallVec<[isize; 6]> =
            self.labels.iter().enumerate().filter(|(_, l)| gone(l)).map(|(d, _)| d as isize).collect();
        if dims.is_empty() {
            return Ok(self);
        }
        let dtype = Some(self.x.dtype());
        let labels = self.labels.iter().filter(|l| !gone(l)).copied().collect();
        Ok(Factor { x: self.x.sum_dims(&dims, false, dtype)?, labels })
    }

    /// The dimensions in the order of `labels`, all of which it has.
    fn arranged(&self, labels: &[Label]) -> Tensor {
        let at = |label: &Label| self.labels.iter().position(|l| l == label).unwrap_or(0);
        self.x.reordered(&labels.iter().map(at).collect::<Dims>())
    }

    fn size(&self, label: &Label) -> usize {
        self.labels.iter().position(|l| l == label).map_or(1, |d| self.x.shape()[d])
    }

    /// Σ over the labels that are not in `keep` of the product of two factors, as a stack of matrix products.
    fn times(self, other: Factor, keep: &[Label]) -> Result<Factor> {
        let mine = self.labels.clone();
        let theirs = other.labels.clone();
        // A label that only one has and no one wants is summed before.
        let a = self.summed(|l| !theirs.contains(l) && !keep.contains(l))?;
        let b = other.summed(|l| !mine.contains(l) && !keep.contains(l))?;
        let pick = |from: &Labels, has: bool, kept: bool, other: &Labels| -> Labels {
            from.iter().filter(|l| other.contains(l) == has && keep.contains(l) == kept).copied().collect()
        };
        let batch = pick(&a.labels, true, true, &b.labels);
        let inner = pick(&a.labels, true, false, &b.labels);
        let (rows, cols) = (pick(&a.labels, false, true, &b.labels), pick(&b.labels, false, true, &a.labels));
        let sizes = |labels: &Labels, f: &Factor| labels.iter().map(|l| f.size(l)).collect::<Dims>();
        let (batch_sizes, row_sizes, col_sizes) = (sizes(&batch, &a), sizes(&rows, &a), sizes(&cols, &b));
        let (stack, m, n) = (batch_sizes.iter().product(), row_sizes.iter().product(), col_sizes.iter().product());
        let k: usize = sizes(&inner, &a).iter().product();
        let left = a.arranged(&[&batch[..], &rows, &inner].concat()).reshape(&[stack, m, k])?;
        let right = b.arranged(&[&batch[..], &inner, &cols].concat()).reshape(&[stack, k, n])?;
        // Without a sum there is nothing for a matrix product to gain.
        let product = if inner.is_empty() { left.mul(&right)? } else { left.bmm_as("einsum", &right)? };
        let shape = [&batch_sizes[..], &row_sizes, &col_sizes].concat();
        let labels = batch.iter().chain(&rows).chain(&cols).copied().collect();
        Ok(Factor { x: product.reshape(&shape)?, labels })
    }
}

impl Tensor {
    /// Sums of products in Einstein's notation: `"ij,jk->ik"` is the matrix product. A letter names a dimension; equal letters
    /// run together; letters that are not behind the arrow are summed over. "..." stands for the dimensions without a letter,
    /// which broadcast. Without an arrow the result has the dimensions of "..." and then, in alphabetical order, the
    /// letters that occur once.
    ///
    /// ```
    /// # use synapgrad::Tensor;
    /// let x = Tensor::from([[1f32, 2.0], [3.0, 4.0]]);
    /// assert_eq!(Tensor::einsum("ii->i", &[&x])?.to_vec::<f32>()?, [1.0, 4.0]);
    /// assert_eq!(Tensor::einsum("ij,kj->ik", &[&x, &x])?.to_vec::<f32>()?, [5.0, 11.0, 11.0, 25.0]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// RuntimeError where the equation is malformed or does not fit the operands.
    pub fn einsum(equation: &str, operands: &[&Tensor]) -> Result<Tensor> {
        let (inputs, output) = match equation.split_once("->") {
            Some((inputs, output)) => (inputs, Some(output)),
            None => (equation, None),
        };
        let terms: Vec<&str> = inputs.split(',').collect();
        ensure!(!operands.is_empty(), Runtime, "einsum: must provide at least one operand");
        ensure!(
            terms.len() == operands.len(),
            Runtime,
            "einsum: got {} operands for the {} terms of '{equation}'",
            operands.len(),
            terms.len()
        );
        let mut dots = 0;
        let mut parsed = Vec::new();
        for (term, x) in terms.iter().zip(operands) {
            let letters = parse_term(term, 0)?.len();
            let open = term.contains("...");
            ensure!(
                letters == x.rank() || (open && letters < x.rank()),
                Runtime,
                "einsum: the term '{}' of '{equation}' does not match an operand with {} dimensions",
                term.trim(),
                x.rank()
            );
            dots = dots.max(x.rank() - letters);
            parsed.push(parse_term(term, x.rank() - letters)?);
        }
        let wanted: Labels = match output {
            Some(output) => parse_term(output, if output.contains("...") { dots } else { 0 })?,
            None => {
                let all = || parsed.iter().flatten();
                let mut once: Labels = all().filter(|l| all().filter(|m| m == l).count() == 1).copied().collect();
                once.retain(|l| matches!(l, Label::Letter(_)));
                once.sort();
                (0..dots).rev().map(Label::Dots).chain(once).collect()
            }
        };
        for (i, label) in wanted.iter().enumerate() {
            ensure!(
                !wanted[..i].contains(label) && parsed.iter().any(|labels| labels.contains(label)),
                Runtime,
                "einsum: every index of the output must occur once there and in some operand, got '{equation}'"
            );
        }
        // The size of each index; 1 stretches.
        let mut sizes: Vec<(Label, usize)> = Vec::new();
        for (&label, &n) in parsed.iter().zip(operands).flat_map(|(labels, x)| labels.iter().zip(x.shape())) {
            match sizes.iter_mut().find(|(l, _)| *l == label) {
                None => sizes.push((label, n)),
                Some((_, have)) if *have == 1 => *have = n,
                Some((_, have)) => ensure!(
                    n == *have || n == 1,
                    Runtime,
                    "einsum: operands do not broadcast in '{equation}': an index has sizes {have} and {n}"
                ),
            }
        }
        let mut factors = std::collections::VecDeque::new();
        for (labels, &x) in parsed.into_iter().zip(operands) {
            factors.push_back(Factor::new(x, labels, &sizes, equation)?);
        }
        let Some(mut product) = factors.pop_front() else {
            bail!(Runtime, "einsum: must provide at least one operand")
        };
        while let Some(next) = factors.pop_front() {
            let needed = |l: &Label| wanted.contains(l) || factors.iter().any(|f| f.labels.contains(l));
            let mut keep: Labels = product.labels.iter().chain(&next.labels).filter(|l| needed(l)).copied().collect();
            keep.dedup();
            product = product.times(next, &keep)?;
        }
        Ok(product.summed(|l| !wanted.contains(l))?.arranged(&wanted))
    }

    /// The sum over pairs of dimensions of the product: `dims_self[i]` runs with `dims_other[i]`. The result has the remaining
    /// dimensions of this tensor and then those of the other.
    ///
    /// # Errors
    /// RuntimeError where the lists differ in length or the sizes differ; IndexError for a dimension out of range.
    pub fn tensordot(&self, other: &Tensor, dims_self: &[isize], dims_other: &[isize]) -> Result<Tensor> {
        ensure!(
            dims_self.len() == dims_other.len(),
            Runtime,
            "tensordot: both dimension lists should have same length, got {dims_self:?} and {dims_other:?}"
        );
        let gone = |x: &Tensor, dims: &[isize]| dims.iter().map(|&d| x.dim("tensordot", d)).collect::<Result<Dims>>();
        let (gone_a, gone_b) = (gone(self, dims_self)?, gone(other, dims_other)?);
        for (x, gone) in [(self, &gone_a), (other, &gone_b)] {
            let twice = gone.iter().enumerate().any(|(i, d)| gone[..i].contains(d));
            ensure!(!twice && gone.len() <= x.rank(), Runtime, "tensordot: dim {gone:?} appears multiple times");
        }
        let (mut a, mut b) = (self.clone(), other.clone());
        for (&i, &j) in gone_a.iter().zip(&gone_b) {
            let (m, n) = (self.shape()[i], other.shape()[j]);
            // A size of 1 runs with any: the other is summed.
            if m == 1 && n != 1 {
                b = b.sum_dims(&[j as isize], true, Some(b.dtype()))?;
            } else if n == 1 && m != 1 {
                a = a.sum_dims(&[i as isize], true, Some(a.dtype()))?;
            }
            ensure!(
                m == n || m == 1 || n == 1,
                Runtime,
                "tensordot: contracted dimensions need to match, but first has size {m} in dim {i} and second has size {n} \
                 in dim {j}"
            );
        }
        let rest = |x: &Tensor, gone: &Dims| (0..x.rank()).filter(|d| !gone.contains(d)).collect::<Dims>();
        let (rest_a, rest_b) = (rest(&a, &gone_a), rest(&b, &gone_b));
        let sizes = |x: &Tensor, dims: &Dims| dims.iter().map(|&d| x.shape()[d]).collect::<Dims>();
        let k: usize = sizes(&a, &gone_a).iter().product();
        let (left, right) = (sizes(&a, &rest_a), sizes(&b, &rest_b));
        let a = a.reordered(&[&rest_a[..], &gone_a].concat()).reshape(&[left.iter().product(), k])?;
        let b = b.reordered(&[&gone_b[..], &rest_b].concat()).reshape(&[k, right.iter().product()])?;
        a.mm_as("tensordot", &b)?.reshape(&[&left[..], &right].concat())
    }

    /// All products of an element of this vector and one of the other: (m), (n) → (m, n).
    ///
    /// # Errors
    /// RuntimeError where an operand is no vector.
    pub fn outer(&self, other: &Tensor) -> Result<Tensor> {
        ensure!(
            self.rank() == 1 && other.rank() == 1,
            Runtime,
            "outer: expected 1-D self and other, but got {}-D and {}-D",
            self.rank(),
            other.rank()
        );
        self.unsqueeze(1)?.mul(other)
    }

    /// Inner products over the last dimensions; of a number, its multiples.
    ///
    /// # Errors
    /// RuntimeError where the last sizes differ.
    pub fn inner(&self, other: &Tensor) -> Result<Tensor> {
        if self.rank() == 0 || other.rank() == 0 {
            return self.mul(other);
        }
        let (m, n) = (self.size(-1)?, other.size(-1)?);
        ensure!(
            m == n,
            Runtime,
            "inner: the last dimension must match on both input tensors but got shapes {:?} and {:?}",
            self.shape(),
            other.shape()
        );
        self.tensordot(other, &[-1], &[-1])
    }

    /// The inner product of two vectors, as [`Tensor::dot`].
    ///
    /// # Errors
    /// RuntimeError where an operand is no vector or the lengths or dtypes differ.
    pub fn vdot(&self, other: &Tensor) -> Result<Tensor> {
        let (a, b) = (self.detach(), other.detach());
        ensure!(
            a.rank() == 1 && b.rank() == 1 && a.numel() == b.numel(),
            Runtime,
            "vdot: expected two vectors of one length, got shapes {:?} and {:?}",
            a.shape(),
            b.shape()
        );
        let value = a.dot_as("vdot", &b)?;
        Ok(record("vdot", &[self, other], value, &[self.into(), other.into()], |cx| {
            let [a, b] = cx.saved()?;
            grads![cx; cx.g.mul(&b)?, cx.g.mul(&a)?]
        }))
    }

    /// The Kronecker product: every element of this tensor times the whole other, block by block.
    pub fn kron(&self, other: &Tensor) -> Result<Tensor> {
        let rank = self.rank().max(other.rank());
        let padded =
            |x: &Tensor| -> Dims { std::iter::repeat_n(1, rank - x.rank()).chain(x.shape().iter().copied()).collect() };
        let (a, b) = (padded(self), padded(other));
        let left: Dims = a.iter().flat_map(|&n| [n, 1]).collect();
        let right: Dims = b.iter().flat_map(|&n| [1, n]).collect();
        let shape: Dims = a.iter().zip(&b).map(|(m, n)| m.saturating_mul(*n)).collect();
        self.reshape(&left)?.mul(&other.reshape(&right)?)?.reshape(&shape)
    }

    /// β·self + α·product; with β = 0 this tensor's values don't count, not even NaN.
    fn plus_product(&self, name: &str, product: Tensor, beta: Scalar, alpha: Scalar) -> Result<Tensor> {
        ensure!(
            self.dtype() == product.dtype(),
            Runtime,
            "{name}: self and the matrices must have the same dtype, but got {} and {}",
            self.dtype().name(),
            product.dtype().name()
        );
        ensure!(
            self.layout().broadcast_to(product.shape()).is_some(),
            Runtime,
            "{name}: the expanded size of the tensor must match the existing size; got shape {:?}, wanted {:?}",
            self.shape(),
            product.shape()
        );
        ensure!(
            product.dtype().is_float() || [beta, alpha].iter().all(|s| !matches!(s, Scalar::Float(_))),
            Runtime,
            "{name}: for integral input tensors, argument alpha and beta must not be a floating point number"
        );
        let product = if alpha.to_f64() == 1.0 { product } else { product.mul(alpha)? };
        match beta.to_f64() {
            0.0 => Ok(product),
            1.0 => self.add(&product),
            _ => self.mul(beta)?.add(&product),
        }
    }

    /// β·self + α·A·B for matrices.
    ///
    /// # Errors
    /// RuntimeError where shapes or dtypes don't fit.
    pub fn addmm(&self, a: &Tensor, b: &Tensor, beta: impl Into<Scalar>, alpha: impl Into<Scalar>) -> Result<Tensor> {
        self.plus_product("addmm", a.mm_as("addmm", b)?, beta.into(), alpha.into())
    }

    /// β·self + α·A·b for a matrix and a vector.
    ///
    /// # Errors
    /// RuntimeError where shapes or dtypes don't fit.
    pub fn addmv(&self, a: &Tensor, b: &Tensor, beta: impl Into<Scalar>, alpha: impl Into<Scalar>) -> Result<Tensor> {
        self.plus_product("addmv", a.mv_as("addmv", b)?, beta.into(), alpha.into())
    }

    /// β·self + α·a·bᵀ for vectors.
    ///
    /// # Errors
    /// RuntimeError where shapes or dtypes don't fit.
    pub fn addr(&self, a: &Tensor, b: &Tensor, beta: impl Into<Scalar>, alpha: impl Into<Scalar>) -> Result<Tensor> {
        ensure!(
            a.rank() == 1 && b.rank() == 1,
            Runtime,
            "addr: expected 1-D vec1 and vec2, but got {}-D and {}-D",
            a.rank(),
            b.rank()
        );
        self.plus_product("addr", a.outer(b)?, beta.into(), alpha.into())
    }

    /// β·self + α·A·B for stacks of matrices.
    ///
    /// # Errors
    /// RuntimeError where shapes or dtypes don't fit.
    pub fn baddbmm(&self, a: &Tensor, b: &Tensor, beta: impl Into<Scalar>, alpha: impl Into<Scalar>) -> Result<Tensor> {
        self.plus_product("baddbmm", a.bmm_as("baddbmm", b)?, beta.into(), alpha.into())
    }

    /// β·self + α·Σᵢ Aᵢ·Bᵢ for stacks of matrices.
    ///
    /// # Errors
    /// RuntimeError where shapes or dtypes don't fit.
    pub fn addbmm(&self, a: &Tensor, b: &Tensor, beta: impl Into<Scalar>, alpha: impl Into<Scalar>) -> Result<Tensor> {
        let product = a.bmm_as("addbmm", b)?;
        let dtype = Some(product.dtype());
        self.plus_product("addbmm", product.sum_dims(&[0], false, dtype)?, beta.into(), alpha.into())
    }

    /// The vector product a × b along a dimension of size 3.
    ///
    /// # Errors
    /// RuntimeError where the size is another or the shapes don't broadcast; IndexError where `dim` is out of range.
    pub fn cross(&self, other: &Tensor, dim: isize) -> Result<Tensor> {
        ensure!(
            self.rank() == other.rank() && self.rank() > 0,
            Runtime,
            "cross: inputs must have the same number of dimensions, got {} and {}",
            self.rank(),
            other.rank()
        );
        let d = self.dim("cross", dim)?;
        ensure!(
            self.shape()[d] == 3 && other.shape()[d] == 3,
            Runtime,
            "cross: inputs dimension {dim} must have length 3. Got {} and {}",
            self.shape()[d],
            other.shape()[d]
        );
        let turned = |x: &Tensor, by: usize| -> Result<Tensor> {
            let mut line = Dims::from_elem(1, x.rank());
            line[d] = 3;
            let index = Tensor::from_slice(&[0, 1, 2].map(|i| ((i + by) % 3) as i64), &line)?;
            x.gather(d as isize, &index.expand(x.shape())?)
        };
        turned(self, 1)?.mul(&turned(other, 2)?)?.sub(&turned(self, 2)?.mul(&turned(other, 1)?)?)
    }

    /// The n-th power of square matrices, by squaring; the identity for n = 0.
    ///
    /// # Errors
    /// RuntimeError where the matrices are not square.
    pub fn matrix_power(&self, n: usize) -> Result<Tensor> {
        ensure!(
            self.rank() >= 2 && self.size(-1)? == self.size(-2)?,
            Runtime,
            "matrix_power: A must be batches of square matrices, but they are of shape {:?}",
            self.shape()
        );
        if n == 0 {
            let size = self.size(-1)?;
            let identity = Tensor::zeros(&[size, size], self.dtype())?;
            identity.alias(identity.layout().diagonal(0, 0, 1)).write(&Tensor::ones(&[], self.dtype())?)?;
            // Through the graph, where the derivative is zero.
            return self.masked_fill(&Tensor::ones(&[], DType::Bool)?, 0)?.add(&identity);
        }
        let (mut power, mut square, mut left) = (None::<Tensor>, self.clone(), n);
        loop {
            if left & 1 == 1 {
                power = Some(match power {
                    Some(power) => power.matmul(&square)?,
                    None => square.clone(),
                });
            }
            left >>= 1;
            if left == 0 {
                return power.map_or_else(|| self.deep_clone(), Ok);
            }
            square = square.matmul(&square)?;
        }
    }

    /// The indices (row; column) of the lower triangle of a matrix, up to the diagonal that lies `offset` above the main one:
    /// (2, n), row by row.
    pub fn tril_indices(rows: usize, cols: usize, offset: isize) -> Result<Tensor> {
        Tensor::triangle_indices(rows, cols, offset, false)
    }

    /// The indices (row; column) of the upper triangle of a matrix, from the diagonal that lies `offset` above the main one:
    /// (2, n), row by row.
    pub fn triu_indices(rows: usize, cols: usize, offset: isize) -> Result<Tensor> {
        Tensor::triangle_indices(rows, cols, offset.saturating_sub(1), true)
    }

    /// Where the lower triangle of a matrix is, or with `above` the rest of it.
    fn triangle_indices(rows: usize, cols: usize, offset: isize, above: bool) -> Result<Tensor> {
        // Row i of the triangle ends before column i + offset + 1: rows from `first` on are not empty, from `full` on whole.
        let (m, n, offset) = (rows as i128, cols as i128, offset as i128);
        let first = (-offset).clamp(0, m);
        let full = (n - offset).clamp(first, m);
        let below = ((first + offset + 1) + (full + offset)) * (full - first) / 2 + (m - full) * n;
        let count = usize::try_from(if above { m * n - below } else { below }).unwrap_or(usize::MAX);
        let mut places: Vec<i64> = list(count.saturating_mul(2))?;
        let end = |i: usize| (i as i128 + offset + 1).clamp(0, n) as usize;
        let columns = |i: usize| if above { end(i)..cols } else { 0..end(i) };
        // The rows that have elements: of the others there may be any number.
        let rows = if above { 0..full as usize } else { first as usize..rows };
        for i in rows.clone() {
            places.extend(std::iter::repeat_n(i as i64, columns(i).len()));
        }
        places.extend(rows.flat_map(columns).map(|j| j as i64));
        Tensor::from_slice(&places, &[2, count])
    }
}

impl Factor {
    /// `x` with labels that each occur once, stretched to the indices' sizes.
    fn new(x: &Tensor, labels: Labels, sizes: &[(Label, usize)], equation: &str) -> Result<Factor> {
        let (mut x, mut labels) = (x.clone(), labels);
        // A label that occurs twice takes the diagonal.
        while let Some((i, j)) =
            (0..labels.len()).flat_map(|j| (0..j).map(move |i| (i, j))).find(|&(i, j)| labels[i] == labels[j])
        {
            ensure!(
                x.shape()[i] == x.shape()[j],
                Runtime,
                "einsum: an index is repeated in '{equation}', but its sizes {} and {} differ",
                x.shape()[i],
                x.shape()[j]
            );
            x = x.diagonal(0, i as isize, j as isize)?;
            let label = labels.remove(j);
            labels.remove(i);
            labels.push(label);
        }
        let size = |l: &Label| sizes.iter().find(|(m, _)| m == l).map_or(1, |&(_, n)| n);
        let shape: Dims = labels.iter().map(size).collect();
        Ok(Factor { x: x.expand(&shape)?, labels })
    }
}

/// Twins in place of `name(a, b, beta, alpha)`.
macro_rules! in_place {
    ($($twin:ident = $name:ident;)*) => {
        impl Tensor {
            $(
                #[doc = concat!("[`", stringify!($name), "`](Tensor::", stringify!($name), "), left in this tensor.")]
                pub fn $twin(
                    &self,
                    a: &Tensor,
                    b: &Tensor,
                    beta: impl Into<Scalar>,
                    alpha: impl Into<Scalar>,
                ) -> Result<&Tensor> {
                    self.replace_by(stringify!($name), |old| old.$name(a, b, beta, alpha))
                }
            )*
        }
    };
}
in_place! {
    addmm_ = addmm;
    addmv_ = addmv;
    addr_ = addr;
    baddbmm_ = baddbmm;
    addbmm_ = addbmm;
}

/// The operations of this file.
pub const NAMES: &[&str] = &[
    "einsum",
    "tensordot",
    "outer",
    "inner",
    "vdot",
    "kron",
    "addmm",
    "addmv",
    "addr",
    "baddbmm",
    "addbmm",
    "cross",
    "matrix_power",
    "tril_indices",
    "triu_indices",
    "ger",
];
