//! Embeddings as layers, and distances.

use super::{Member, Module, init};
use crate::autograd::no_grad;
use crate::error::ensure;
use crate::ops::embedding::{BagMode, BagOptions};
use crate::{DType, Result, Tensor, default_dtype};

/// Options of [`Embedding`] and [`EmbeddingBag`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmbeddingOptions {
    /// A vector that stays 0.
    pub padding_idx: Option<usize>,
    /// Vectors that are looked up are first shrunk to this norm.
    pub max_norm: Option<f64>,
    /// The p of that norm.
    pub norm_type: f64,
    /// Divide the gradient of a vector by how often it is looked up.
    pub scale_grad_by_freq: bool,
    /// Of the table; the default dtype where `None`.
    pub dtype: Option<DType>,
}

impl Default for EmbeddingOptions {
    fn default() -> EmbeddingOptions {
        EmbeddingOptions { padding_idx: None, max_norm: None, norm_type: 2.0, scale_grad_by_freq: false, dtype: None }
    }
}

impl EmbeddingOptions {
    /// A table drawn from N(0, 1) by the default generator.
    fn table(&self, rows: usize, width: usize) -> Result<Tensor> {
        ensure!(
            self.padding_idx.is_none_or(|row| row < rows),
            Value,
            "Padding_idx must be within num_embeddings: got {:?} for {rows}",
            self.padding_idx
        );
        let table = Tensor::empty(&[rows, width], self.dtype.unwrap_or_else(default_dtype))?.requires_grad_(true)?;
        init::normal_(&table, 0.0, 1.0, None)?;
        if let Some(row) = self.padding_idx {
            let _mode = no_grad();
            table.select(0, row as isize)?.zero_()?;
        }
        Ok(table)
    }

    fn shrink(&self, table: &Tensor, input: &Tensor) -> Result<()> {
        match self.max_norm {
            Some(max_norm) => table.embedding_renorm_(input, max_norm, self.norm_type).map(|_| ()),
            None => Ok(()),
        }
    }
}

/// A table of vectors to be learned; the input are their numbers. See [`Tensor::embedding`].
///
/// ```
/// use synapgrad::{Tensor, nn::{Embedding, Module}};
/// # fn main() -> synapgrad::Result<()> {
/// let layer = Embedding::new(10, 3)?;
/// assert_eq!(layer.forward(&Tensor::from([[1i64, 2], [4, 5]]))?.shape(), [2, 2, 3]);
/// # Ok(())
/// # }
/// ```
pub struct Embedding {
    /// Shape (number of vectors, their size).
    pub weight: Tensor,
    options: EmbeddingOptions,
}

impl Embedding {
    /// A table with the default options.
    pub fn new(num_embeddings: usize, embedding_dim: usize) -> Result<Embedding> {
        Embedding::with(num_embeddings, embedding_dim, EmbeddingOptions::default())
    }

    /// A table drawn from N(0, 1).
    ///
    /// # Errors
    /// ValueError where `padding_idx` is out of range.
    pub fn with(num_embeddings: usize, embedding_dim: usize, options: EmbeddingOptions) -> Result<Embedding> {
        Ok(Embedding { weight: options.table(num_embeddings, embedding_dim)?, options })
    }
}

impl Module for Embedding {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.options.shrink(&self.weight, input)?;
        self.weight.embedding(input, self.options.padding_idx, self.options.scale_grad_by_freq)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        vec![("weight".into(), Member::Parameter(&self.weight))]
    }

    fn label(&self) -> String {
        format!("Embedding({}, {})", self.weight.shape()[0], self.weight.shape()[1])
    }
}

/// Sums, means or maxima of bags of vectors of a table; see [`Tensor::embedding_bag`].
pub struct EmbeddingBag {
    /// Shape (number of vectors, their size).
    pub weight: Tensor,
    pub mode: BagMode,
    options: EmbeddingOptions,
}

impl EmbeddingBag {
    /// A table drawn from N(0, 1).
    ///
    /// # Errors
    /// ValueError where `padding_idx` is out of range.
    pub fn with(
        num_embeddings: usize,
        embedding_dim: usize,
        mode: BagMode,
        options: EmbeddingOptions,
    ) -> Result<EmbeddingBag> {
        Ok(EmbeddingBag { weight: options.table(num_embeddings, embedding_dim)?, mode, options })
    }

    /// The bags that begin at `offsets` in a vector of numbers, or those in the rows of a matrix of them.
    ///
    /// # Errors
    /// As [`Tensor::embedding_bag`].
    pub fn bags(
        &self,
        input: &Tensor,
        offsets: Option<&Tensor>,
        per_sample_weights: Option<&Tensor>,
    ) -> Result<Tensor> {
        self.options.shrink(&self.weight, input)?;
        let EmbeddingOptions { padding_idx, scale_grad_by_freq, .. } = self.options;
        let options = BagOptions {
            mode: self.mode,
            scale_grad_by_freq,
            per_sample_weights,
            include_last_offset: false,
            padding_idx,
        };
        self.weight.embedding_bag(input, offsets, options)
    }
}

impl Module for EmbeddingBag {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.bags(input, None, None)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        vec![("weight".into(), Member::Parameter(&self.weight))]
    }

    fn label(&self) -> String {
        format!("EmbeddingBag({}, {}, mode={:?})", self.weight.shape()[0], self.weight.shape()[1], self.mode)
    }
}

/// The cosine of the angle between vectors; see [`Tensor::cosine_similarity`].
#[derive(Clone, Copy, Debug)]
pub struct CosineSimilarity {
    pub dim: isize,
    pub eps: f64,
}

impl Default for CosineSimilarity {
    fn default() -> CosineSimilarity {
        CosineSimilarity { dim: 1, eps: 1e-8 }
    }
}

impl CosineSimilarity {
    pub fn forward(&self, x1: &Tensor, x2: &Tensor) -> Result<Tensor> {
        x1.cosine_similarity(x2, self.dim, self.eps)
    }
}

/// The p-norm of a difference; see [`Tensor::pairwise_distance`].
#[derive(Clone, Copy, Debug)]
pub struct PairwiseDistance {
    pub p: f64,
    pub eps: f64,
    pub keepdim: bool,
}

impl Default for PairwiseDistance {
    fn default() -> PairwiseDistance {
        PairwiseDistance { p: 2.0, eps: 1e-6, keepdim: false }
    }
}

impl PairwiseDistance {
    pub fn forward(&self, x1: &Tensor, x2: &Tensor) -> Result<Tensor> {
        x1.pairwise_distance(x2, self.p, self.eps, self.keepdim)
    }
}
