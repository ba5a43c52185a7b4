//! Embeddings: rows of a table, looked up by their numbers.

use synapgrad_kernels::embedding::{self as kernel, Bags};
use synapgrad_kernels::index::OutOfBounds;
use synapgrad_kernels::{DType, Dims, Layout};

use super::create::room;
use crate::autograd::{grads, no_grad, record};
use crate::error::{bail, ensure};
use crate::{Error, ErrorKind, Result, Tensor};

/// How the rows of a bag are put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BagMode {
    Sum,
    #[default]
    Mean,
    /// The largest element of each column.
    Max,
}

impl std::str::FromStr for BagMode {
    type Err = Error;

    /// # Errors
    /// ValueError for other texts than `sum`, `mean` and `max`.
    fn from_str(text: &str) -> Result<BagMode> {
        Ok(match text {
            "sum" => BagMode::Sum,
            "mean" => BagMode::Mean,
            "max" => BagMode::Max,
            _ => bail!(Value, "embedding_bag: mode has to be one of sum, mean or max, got {text}"),
        })
    }
}

/// Options of [`Tensor::embedding_bag`].
#[derive(Clone, Copy, Default)]
pub struct BagOptions<'a> {
    pub mode: BagMode,
    /// Divide the gradient of each row by how often the row was looked up.
    pub scale_grad_by_freq: bool,
    /// A factor for each index; only for sums.
    pub per_sample_weights: Option<&'a Tensor>,
    /// The last offset is the end of the last bag.
    pub include_last_offset: bool,
    /// A row that does not count.
    pub padding_idx: Option<usize>,
}

/// # Errors
/// RuntimeError where the indices are no whole numbers of 32 or 64 bits, or the table is no matrix.
fn check(name: &str, table: &Tensor, indices: &Tensor) -> Result<()> {
    ensure!(table.rank() == 2, Runtime, "{name}: 'weight' must be 2-D, got shape {:?}", table.shape());
    ensure!(
        matches!(indices.dtype(), DType::I64 | DType::I32),
        Runtime,
        "{name}: Expected tensor for argument 'indices' to have one of the following scalar types: Long, Int; but got {}",
        indices.dtype().title()
    );
    Ok(())
}

impl Tensor {
    /// The rows of this table with the numbers `indices`: (rows, width) and (…) give (…, width). ∂x = g's rows, added at
    /// their places, but for the row `padding_idx`; with `scale_grad_by_freq` divided by how often the row was looked up
    ///
    /// ```
    /// # use synapgrad::Tensor;
    /// let table = Tensor::from([[1f32, 2.0], [3.0, 4.0]]);
    /// assert_eq!(table.embedding(&Tensor::from([1i64]), None, false)?.to_vec::<f32>()?, [3.0, 4.0]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// RuntimeError where the table is no matrix or the indices are no int32 or int64; IndexError where one is out of range.
    pub fn embedding(&self, indices: &Tensor, padding_idx: Option<usize>, scale_grad_by_freq: bool) -> Result<Tensor> {
        check("embedding", self, indices)?;
        let size = self.shape()[0];
        let out_of_range = |OutOfBounds(i): OutOfBounds| {
            let text = format!("embedding: index out of range in self: index {i} of a table of {size} rows");
            Error::new(ErrorKind::Index, text)
        };
        let rows = indices.as_indices("embedding")?.reshape(&[indices.numel()])?;
        let places = self.places_of_rows(0, &rows, false, out_of_range)?;
        let mut shape = Dims::from_slice(indices.shape());
        shape.push(self.shape()[1]);
        let value = self.read(&places, &shape)?;
        Ok(record("embedding", &[self], value, &[(&rows).into()], move |cx| {
            let [rows] = cx.saved()?;
            grads![cx; cx.g.added_to_rows(&rows, size, padding_idx, scale_grad_by_freq)?]
        }))
    }

    /// Zeros of `size` rows, to which the vectors of the last dimension are added at `rows`, but for those at `padding`;
    /// with `by_freq` divided by how many there are for the same row.
    fn added_to_rows(&self, rows: &Tensor, size: usize, padding: Option<usize>, by_freq: bool) -> Result<Tensor> {
        let (n, width) = (rows.numel(), self.shape().last().copied().unwrap_or(1));
        let mut g = self.reshape(&[n, width])?;
        if let Some(padding) = padding {
            g = g.masked_fill(&rows.eq(padding as i64)?.unsqueeze(1)?, 0.0)?;
        }
        if by_freq {
            let count = rows.bincount(None, size)?.index_select(0, rows)?;
            g = g.div(&count.to_dtype(g.dtype())?.unsqueeze(1)?)?;
        }
        let sum = Tensor::zeros(&[size, width], self.dtype())?;
        sum.index_add_(0, rows, &g, 1.0)?;
        Ok(sum)
    }

    /// Shrink, in place and unrecorded, those rows with the numbers `indices` whose p-norm is above `max_norm`, to it.
    ///
    /// # Errors
    /// As [`Tensor::embedding`].
    pub fn embedding_renorm_(&self, indices: &Tensor, max_norm: f64, norm_type: f64) -> Result<&Tensor> {
        check("embedding_renorm_", self, indices)?;
        let _mode = no_grad();
        let mut rows = indices.as_indices("embedding_renorm_")?.to_vec::<i64>()?;
        rows.sort_unstable();
        rows.dedup();
        let size = self.shape()[0] as i64;
        for &row in rows.first().into_iter().chain(rows.last()) {
            ensure!(
                (0..size).contains(&row),
                Index,
                "embedding_renorm_: index out of range in self: index {row} of a table of {size} rows"
            );
        }
        if rows.is_empty() {
            return Ok(self);
        }
        let rows = Tensor::from_slice(&rows, &[rows.len()])?;
        let old = self.index_select(0, &rows)?;
        let norm = old.norm(norm_type, &[1], true, None)?;
        let factor = norm.add(1e-7)?.reciprocal()?.mul(max_norm)?;
        let factor = Tensor::where_(&norm.gt(max_norm)?, &factor, 1.0)?;
        self.index_copy_(0, &rows, &old.mul(&factor)?.to_dtype(self.dtype())?)
    }

    /// Bags of this table's rows, put together: (rows, width) gives (bags, width).
    ///
    /// The bags are the rows of a matrix `indices`, or the parts of a vector `indices` that begin at the `offsets`. An empty
    /// bag gives zeros. ∂x = g of the bag for each row in it: as it is for sums, divided by the number of rows for means, for
    /// maxima at the places that they came from.
    ///
    /// # Errors
    /// ValueError where shapes or options don't fit together; RuntimeError for offsets that are none and indices out of
    /// range; NotImplementedError for weights of other modes than sums.
    pub fn embedding_bag(&self, indices: &Tensor, offsets: Option<&Tensor>, options: BagOptions) -> Result<Tensor> {
        let name = "embedding_bag";
        check(name, self, indices)?;
        let ends = bag_ends(name, indices, offsets, options.include_last_offset)?;
        let BagOptions { mode, scale_grad_by_freq, per_sample_weights: weights, padding_idx, .. } = options;
        ensure!(
            !(mode == BagMode::Max && scale_grad_by_freq),
            Value,
            "{name}: max mode does not support scaling the gradient by the frequency"
        );
        if let Some(weights) = weights {
            ensure!(
                weights.shape() == indices.shape(),
                Value,
                "{name}: If per_sample_weights ({:?}) is not None, then it must have the same shape as the input ({:?})",
                weights.shape(),
                indices.shape()
            );
            ensure!(
                mode == BagMode::Sum,
                NotImplemented,
                "{name}: per_sample_weights is only supported for mode='sum', got mode={mode:?}"
            );
            ensure!(
                weights.dtype() == self.dtype(),
                Runtime,
                "{name}: Expected 'weight' to have the same type as 'per_sample_weights'; but {} is not {}",
                self.dtype().title(),
                weights.dtype().title()
            );
        }
        ensure!(self.dtype().is_float(), NotImplemented, "{name}: not implemented for '{}'", self.dtype().title());
        let (size, width, dtype) = (self.shape()[0], self.shape()[1], self.dtype());
        let mut rows = indices.as_indices(name)?.to_vec::<i64>()?;
        for (i, row) in rows.iter_mut().enumerate() {
            let valid = usize::try_from(*row).is_ok_and(|row| row < size);
            ensure!(
                valid,
                Runtime,
                "{name}: Index {i} of input takes value {row} which is not in the valid range [0, {size})"
            );
            if padding_idx == Some(*row as usize) {
                *row = -1;
            }
        }
        let bags = Bags { width, rows: &rows, ends: &ends };
        let shape = [ends.len(), width];
        let mut data = room(&shape, dtype)?;
        if mode == BagMode::Max {
            let mut best = vec![-1; ends.len() * width];
            self.with_memory(|table| kernel::largest(dtype, &bags, table, &mut data, &mut best))?;
            let value = Tensor::from_buffer(data, Layout::dense(&shape), dtype);
            let places = best
                .iter()
                .enumerate()
                .map(|(i, &row)| if row < 0 { -1 } else { row * width as i64 + (i % width) as i64 });
            let (from, to): (Vec<i64>, Vec<i64>) =
                places.enumerate().filter(|(_, to)| *to >= 0).map(|(from, to)| (from as i64, to)).unzip();
            let (from, to) = (Tensor::from_slice(&from, &[from.len()])?, Tensor::from_slice(&to, &[to.len()])?);
            return Ok(record("embedding_bag", &[self], value, &[(&from).into(), (&to).into()], move |cx| {
                let [from, to] = cx.saved()?;
                let chosen = cx.g.reshape(&[cx.g.numel()])?.index_select(0, &from)?;
                let sum = Tensor::zeros(&[size * width], chosen.dtype())?;
                sum.index_add_(0, &to, &chosen, 1.0)?;
                grads![cx; sum.reshape(&[size, width])?]
            }));
        }
        // For each index that counts: its row, its bag, and by what it is multiplied.
        let (mut used, mut bag_of, mut shares) = (Vec::new(), Vec::new(), vec![0.0; rows.len()]);
        for (bag, &(from, to)) in ends.iter().enumerate() {
            let counted = rows[from..to].iter().filter(|&&row| row >= 0).count();
            for i in (from..to).filter(|&i| rows[i] >= 0) {
                used.push(i as i64);
                bag_of.push(bag as i64);
                shares[i] = if mode == BagMode::Mean { 1.0 / counted as f64 } else { 1.0 };
            }
        }
        let factors = match weights {
            Some(weights) => Some(weights.detach().to_dtype(DType::F64)?.to_vec::<f64>()?),
            None => (mode == BagMode::Mean).then(|| shares.clone()),
        };
        self.with_memory(|table| kernel::sums(dtype, &bags, table, factors.as_deref(), &mut data))?;
        let value = Tensor::from_buffer(data, Layout::dense(&shape), dtype);
        let list = |values: &[i64]| Tensor::from_slice(values, &[values.len()]);
        let counted: Vec<i64> = used.iter().map(|&i| rows[i as usize]).collect();
        let shares: Vec<f64> = used.iter().map(|&i| shares[i as usize]).collect();
        let [used, bag_of, counted] = [list(&used)?, list(&bag_of)?, list(&counted)?];
        let shares = Tensor::from_slice(&shares, &[shares.len(), 1])?.to_dtype(dtype)?;
        let lists = [(&counted).into(), (&bag_of).into()];
        let Some(weights) = weights else {
            let saves = [lists[0], lists[1], (&shares).into()];
            return Ok(record("embedding_bag", &[self], value, &saves, move |cx| {
                let [counted, bag_of, shares] = cx.saved()?;
                let mut g = cx.g.index_select(0, &bag_of)?;
                if mode == BagMode::Mean {
                    g = g.mul(&shares)?;
                }
                grads![cx; g.added_to_rows(&counted, size, None, scale_grad_by_freq)?]
            }));
        };
        let saves = [lists[0], lists[1], (&used).into(), self.into(), weights.into()];
        Ok(record("embedding_bag", &[self, weights], value, &saves, move |cx| {
            let saved = cx.saved_all()?;
            let (counted, bag_of, used, table, weights) = (&saved[0], &saved[1], &saved[2], &saved[3], &saved[4]);
            let (g, n) = (cx.g.index_select(0, bag_of)?, weights.numel());
            let factor = || weights.reshape(&[n])?.index_select(0, used)?.unsqueeze(1);
            let of_weights = || -> Result<Tensor> {
                let products = g.mul(&table.index_select(0, counted)?)?.sum_dims(&[1], false, None)?;
                let all = Tensor::zeros(&[n], products.dtype())?;
                all.index_add_(0, used, &products, 1.0)?;
                all.reshape(weights.shape())
            };
            grads![cx; g.mul(&factor()?)?.added_to_rows(counted, size, None, scale_grad_by_freq)?, of_weights()?]
        }))
    }
}

/// Where each bag begins and ends.
fn bag_ends(name: &str, indices: &Tensor, offsets: Option<&Tensor>, last: bool) -> Result<Vec<(usize, usize)>> {
    let n = indices.numel();
    let offsets = match (indices.rank(), offsets) {
        (2, None) => {
            let (bags, size) = (indices.shape()[0], indices.shape()[1]);
            return Ok((0..bags).map(|bag| (bag * size, (bag + 1) * size)).collect());
        }
        (2, Some(_)) => {
            bail!(Value, "{name}: if input is 2D, then offsets has to be None, as input is a batch of bags of one size")
        }
        (1, Some(offsets)) if offsets.rank() == 1 => offsets,
        (1, got) => {
            let shape = got.map(Tensor::shape);
            bail!(Value, "{name}: offsets has to be a 1D Tensor but got {shape:?}")
        }
        (rank, _) => bail!(Value, "{name}: input has to be 1D or 2D Tensor, but got Tensor of dimension {rank}"),
    };
    let at = offsets.as_indices(name)?.to_vec::<i64>()?;
    ensure!(
        !last || !at.is_empty(),
        Runtime,
        "{name}: include_last_offset: number of offsets should be at least 1, got 0"
    );
    ensure!(
        at.first().is_none_or(|&first| first == 0),
        Runtime,
        "{name}: offsets[0] has to be 0, i.e., the first sequence has to start from position 0. However, got {}",
        at.first().copied().unwrap_or(0)
    );
    let mut ends = Vec::with_capacity(at.len());
    for (i, &from) in at.iter().enumerate() {
        let to = at.get(i + 1).copied().unwrap_or(n as i64);
        ensure!(
            from <= to && to <= n as i64,
            Runtime,
            "{name}: offsets must not decrease, and offsets[-1] can not be greater than input's length {n}, got {at:?}"
        );
        ends.push((from as usize, to as usize));
    }
    if last {
        ends.pop();
    }
    Ok(ends)
}

/// The public operations of this file.
pub const NAMES: &[&str] = &["embedding", "embedding_renorm_", "embedding_bag"];
