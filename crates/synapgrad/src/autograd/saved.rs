//! What a rule keeps for later.

use std::sync::Arc;

use super::node::Node;
use crate::{Result, Tensor, error::bail};

/// A tensor that a rule will need, with the version of its memory at the time.
pub(crate) struct SavedTensor {
    tensor: Tensor,
    version: u32,
    /// The tensor is result number so-and-so of the very node that saves it. It is kept without its history, because a
    /// node that owned its own result would never be freed.
    output: Option<usize>,
}

impl SavedTensor {
    pub fn input(tensor: &Tensor) -> SavedTensor {
        SavedTensor { tensor: tensor.clone(), version: tensor.storage().version(), output: None }
    }

    pub fn output(tensor: &Tensor, index: usize) -> SavedTensor {
        SavedTensor { tensor: tensor.detach(), version: tensor.storage().version(), output: Some(index) }
    }

    /// The tensor, for the backward of `node`.
    pub fn unpack(&self, node: &Arc<Node>) -> Result<Tensor> {
        let tensor = self.tensor.current();
        let now = tensor.storage().version();
        if now != self.version {
            let made_by = match (self.output, self.tensor.made_by()) {
                (Some(i), _) => format!(", which is output {i} of {}", node.name()),
                (None, Some((maker, i))) => format!(", which is output {i} of {}", maker.name()),
                (None, None) => String::new(),
            };
            bail!(
                Runtime,
                "one of the variables needed for gradient computation has been modified by an inplace operation: \
                 [{}Tensor {:?}]{made_by}, is at version {now}; expected version {} instead. {} saved it in the forward \
                 pass; clone the tensor before changing it, or use the operation that is not in place.",
                self.tensor.dtype().title(),
                self.tensor.shape(),
                self.version,
                node.name(),
            );
        }
        Ok(match self.output {
            Some(index) => tensor.with_history(node.clone(), index),
            None => tensor,
        })
    }
}
