//! Batches of a data set, in PyTorch's order for the same seed.

use crate::error::ensure;
use crate::random::{Generator, with_generator};
use crate::{DType, Result, Tensor};

/// Tensors of the same first size: sample `i` is row `i` of each.
#[derive(Clone)]
pub struct TensorDataset {
    tensors: Vec<Tensor>,
    /// The rows that belong to it; `None`: all.
    rows: Option<Tensor>,
}

impl TensorDataset {
    /// # Errors
    /// RuntimeError where there are no tensors, or they differ in their first size.
    pub fn new(tensors: Vec<Tensor>) -> Result<TensorDataset> {
        let sizes: Vec<Option<&usize>> = tensors.iter().map(|t| t.shape().first()).collect();
        let alike = sizes.first().is_some_and(|first| first.is_some() && sizes.iter().all(|size| size == first));
        ensure!(alike, Runtime, "TensorDataset: Size mismatch between tensors: their first sizes are {sizes:?}");
        Ok(TensorDataset { tensors, rows: None })
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        match &self.rows {
            Some(rows) => rows.numel(),
            None => self.tensors.first().map_or(0, |tensor| tensor.shape()[0]),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The samples of these numbers, a row each of one tensor per tensor of the set.
    ///
    /// # Errors
    /// IndexError for a number that is out of range.
    pub fn batch(&self, samples: &Tensor) -> Result<Vec<Tensor>> {
        let rows = match &self.rows {
            Some(rows) => &rows.index_select(0, samples)?,
            None => samples,
        };
        self.tensors.iter().map(|tensor| tensor.index_select(0, rows)).collect()
    }

    /// The set of only these samples, int64 of shape (n). Nothing is copied.
    ///
    /// # Errors
    /// IndexError for a number that is out of range.
    pub fn subset(&self, samples: &Tensor) -> Result<TensorDataset> {
        let all = Tensor::arange(0.0, self.len() as f64, 1.0, Some(DType::I64))?;
        let rows = self.rows.as_ref().unwrap_or(&all).index_select(0, samples)?;
        Ok(TensorDataset { tensors: self.tensors.clone(), rows: Some(rows) })
    }
}

/// Split a data set into parts of random samples, each sample in one part.
///
/// # Errors
/// ValueError where the lengths don't add up to the length of the set.
///
/// ```
/// use synapgrad::data::{TensorDataset, random_split};
/// # use synapgrad::{Tensor, DType};
/// let all = TensorDataset::new(vec![Tensor::zeros(&[10, 3], DType::F32)?])?;
/// let parts = random_split(&all, &[7, 3], None)?;
/// assert_eq!((parts[0].len(), parts[1].len()), (7, 3));
/// # Ok::<(), synapgrad::Error>(())
/// ```
pub fn random_split(
    dataset: &TensorDataset,
    lengths: &[usize],
    generator: Option<&Generator>,
) -> Result<Vec<TensorDataset>> {
    let total = lengths.iter().try_fold(0usize, |sum, &n| sum.checked_add(n));
    ensure!(
        total == Some(dataset.len()),
        Value,
        "random_split: Sum of input lengths does not equal the length of the input dataset: {lengths:?} for {} samples",
        dataset.len()
    );
    let order = Tensor::randperm(dataset.len(), DType::I64, generator)?;
    let mut start = 0;
    let part = |&len: &usize| {
        start += len;
        dataset.subset(&order.narrow(0, (start - len) as isize, len)?)
    };
    lengths.iter().map(part).collect()
}

/// Options of a [`DataLoader`], with PyTorch's names and defaults.
#[derive(Clone)]
pub struct DataLoaderOptions {
    pub batch_size: usize,
    /// Whether each epoch has the samples in a random order of its own.
    pub shuffle: bool,
    /// Whether to leave out a last batch that is not full.
    pub drop_last: bool,
    /// Where the order is drawn from; `None`: a generator seeded from the default one.
    pub generator: Option<Generator>,
}

impl Default for DataLoaderOptions {
    fn default() -> DataLoaderOptions {
        DataLoaderOptions { batch_size: 1, shuffle: false, drop_last: false, generator: None }
    }
}

/// Gives a data set out in batches. The order is that of PyTorch's `DataLoader` for the same seed.
///
/// ```
/// use synapgrad::data::{DataLoader, DataLoaderOptions, TensorDataset};
/// # use synapgrad::{Tensor, Result};
/// # fn main() -> Result<()> {
/// let (x, y) = (Tensor::from([[1f32], [2.0], [3.0]]), Tensor::from([0i64, 1, 0]));
/// let set = TensorDataset::new(vec![x, y])?;
/// let loader = DataLoader::new(set, DataLoaderOptions { batch_size: 2, ..Default::default() })?;
/// let sizes: Vec<usize> = loader.iter()?.map(|batch| Ok(batch?[0].shape()[0])).collect::<Result<_>>()?;
/// assert_eq!(sizes, [2, 1]);
/// # Ok(())
/// # }
/// ```
pub struct DataLoader {
    dataset: TensorDataset,
    options: DataLoaderOptions,
}

impl DataLoader {
    /// # Errors
    /// ValueError for a batch size of 0, and for shuffling nothing.
    pub fn new(dataset: TensorDataset, options: DataLoaderOptions) -> Result<DataLoader> {
        ensure!(options.batch_size > 0, Value, "DataLoader: batch_size should be a positive integer value, but got 0");
        ensure!(
            !options.shuffle || !dataset.is_empty(),
            Value,
            "DataLoader: num_samples should be a positive integer value, but got num_samples=0"
        );
        Ok(DataLoader { dataset, options })
    }

    /// The number of batches of an epoch.
    pub fn len(&self) -> usize {
        let (n, size) = (self.dataset.len(), self.options.batch_size);
        if self.options.drop_last { n / size } else { n.div_ceil(size) }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn dataset(&self) -> &TensorDataset {
        &self.dataset
    }

    /// The batches of an epoch.
    pub fn iter(&self) -> Result<Batches<'_>> {
        let own = self.options.generator.as_ref();
        let seed = |from: Option<&Generator>| with_generator(from, |draws| draws.next_u64() & i64::MAX as u64);
        // PyTorch draws the seed of its worker processes at the start of each epoch, wanted or not.
        seed(own);
        let n = self.dataset.len();
        let (order, again) = match (self.options.shuffle, own) {
            (false, _) => (Tensor::arange(0.0, n as f64, 1.0, Some(DType::I64))?, None),
            (true, None) => (Tensor::randperm(n, DType::I64, Some(&Generator::new(seed(None))))?, None),
            // At the end PyTorch draws the order of a next round of the sampler, which is not used.
            (true, Some(own)) => (Tensor::randperm(n, DType::I64, Some(own))?, Some(own.clone())),
        };
        Ok(Batches { loader: self, order, at: 0, again })
    }
}

/// The batches of an epoch: see [`DataLoader::iter`].
pub struct Batches<'a> {
    loader: &'a DataLoader,
    order: Tensor,
    at: usize,
    again: Option<Generator>,
}

impl Batches<'_> {
    fn batch(&mut self) -> Result<Option<Vec<Tensor>>> {
        let (n, options) = (self.order.numel(), &self.loader.options);
        let len = options.batch_size.min(n - self.at);
        if len == 0 || (options.drop_last && len < options.batch_size) {
            self.at = n;
            if let Some(generator) = self.again.take() {
                Tensor::randperm(n, DType::I64, Some(&generator))?;
            }
            return Ok(None);
        }
        let samples = self.order.narrow(0, self.at as isize, len)?;
        self.at += len;
        self.loader.dataset.batch(&samples).map(Some)
    }
}

impl Iterator for Batches<'_> {
    type Item = Result<Vec<Tensor>>;
    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}
