//! Attention of several heads as a layer.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Linear, LinearOptions, Member, Module, init};
use crate::error::ensure;
use crate::{DType, MultiHead, Result, Tensor, default_dtype, multi_head_attention_forward};

/// Options of [`MultiheadAttention`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultiheadAttentionOptions {
    /// The probability that a weight is set to 0 in training.
    pub dropout: f64,
    /// Whether the projections have a bias.
    pub bias: bool,
    /// Whether every sequence gets a learned key and value at its end.
    pub add_bias_kv: bool,
    /// Whether every sequence gets a key and a value of zeros at its end.
    pub add_zero_attn: bool,
    /// The sizes of keys and values; that of the queries where `None`.
    pub kdim: Option<usize>,
    pub vdim: Option<usize>,
    /// Whether inputs and output are (N, length, size) rather than (length, N, size).
    pub batch_first: bool,
    /// Of the parameters; the default dtype where `None`.
    pub dtype: Option<DType>,
}

impl Default for MultiheadAttentionOptions {
    fn default() -> MultiheadAttentionOptions {
        MultiheadAttentionOptions {
            dropout: 0.0,
            bias: true,
            add_bias_kv: false,
            add_zero_attn: false,
            kdim: None,
            vdim: None,
            batch_first: false,
            dtype: None,
        }
    }
}

/// Masks and results of [`MultiheadAttention::attend`].
#[derive(Clone, Copy)]
pub struct Attending<'a> {
    /// (N, S), or (S): true for keys to be ignored, or numbers to be added to their scores.
    pub key_padding_mask: Option<&'a Tensor>,
    /// Whether the weights are a second result; without it is quicker.
    pub need_weights: bool,
    /// (L, S) or (N·H, L, S): true where a query must not see a key, or numbers to be added to the scores.
    pub attn_mask: Option<&'a Tensor>,
    /// Weights averaged over the heads, (N, L, S), or else (N, H, L, S).
    pub average_attn_weights: bool,
    /// Promises that `attn_mask` lets query i see the keys 0 … i.
    pub is_causal: bool,
}

impl Default for Attending<'_> {
    fn default() -> Self {
        Attending {
            key_padding_mask: None,
            need_weights: true,
            attn_mask: None,
            average_attn_weights: true,
            is_causal: false,
        }
    }
}

/// The projections of queries, keys and values.
enum InProjection {
    /// One below the other.
    Packed(Tensor),
    Separate([Tensor; 3]),
}

/// concat(head₁, …)·Woᵀ + bo with headᵢ = attention(q·Wqᵢᵀ + bqᵢ, k·Wkᵢᵀ + bkᵢ, v·Wvᵢᵀ + bvᵢ); see
/// [`multi_head_attention_forward`].
///
/// Source: Vaswani et al., "Attention Is All You Need" (2017).
///
/// ```
/// use synapgrad::nn::{Attending, Module, MultiheadAttention};
/// use synapgrad::{DType, Tensor};
/// # fn main() -> synapgrad::Result<()> {
/// let layer = MultiheadAttention::new(8, 2)?;
/// let (x, memory) = (Tensor::randn(&[4, 3, 8], DType::F32, None)?, Tensor::randn(&[5, 3, 8], DType::F32, None)?);
/// let (y, weights) = layer.attend(&x, &memory, &memory, &Attending::default())?;
/// assert_eq!((y.shape(), weights.unwrap().shape()), (&[4, 3, 8][..], &[3, 4, 5][..]));
/// // As a module it is self-attention.
/// assert_eq!(layer.forward(&x)?.shape(), [4, 3, 8]);
/// # Ok(())
/// # }
/// ```
pub struct MultiheadAttention {
    embed_dim: usize,
    num_heads: usize,
    options: MultiheadAttentionOptions,
    in_proj: InProjection,
    in_proj_bias: Option<Tensor>,
    /// The last projection.
    pub out_proj: Linear,
    bias_kv: Option<[Tensor; 2]>,
    training: AtomicBool,
}

impl MultiheadAttention {
    /// A layer with the default options.
    pub fn new(embed_dim: usize, num_heads: usize) -> Result<MultiheadAttention> {
        MultiheadAttention::with(embed_dim, num_heads, MultiheadAttentionOptions::default())
    }

    /// A layer of `num_heads` heads for queries of `embed_dim` elements, with parameters drawn by the default generator.
    ///
    /// # Errors
    /// ValueError where a size is 0, AssertionError where the heads don't divide the elements.
    pub fn with(embed_dim: usize, num_heads: usize, options: MultiheadAttentionOptions) -> Result<MultiheadAttention> {
        ensure!(
            embed_dim > 0 && num_heads > 0,
            Value,
            "MultiheadAttention: embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and \
             num_heads={num_heads} instead"
        );
        ensure!(
            embed_dim.is_multiple_of(num_heads),
            Assertion,
            "MultiheadAttention: embed_dim must be divisible by num_heads, got {embed_dim} and {num_heads}"
        );
        let dtype = options.dtype.unwrap_or_else(default_dtype);
        let parameter = |shape: &[usize]| Tensor::empty(shape, dtype)?.requires_grad_(true);
        let (kdim, vdim) = (options.kdim.unwrap_or(embed_dim), options.vdim.unwrap_or(embed_dim));
        let in_proj = if kdim == embed_dim && vdim == embed_dim {
            InProjection::Packed(parameter(&[3 * embed_dim, embed_dim])?)
        } else {
            let of = |size: usize| parameter(&[embed_dim, size]);
            InProjection::Separate([of(embed_dim)?, of(kdim)?, of(vdim)?])
        };
        let bias = options.bias;
        let in_proj_bias = bias.then(|| parameter(&[3 * embed_dim])).transpose()?;
        let out_proj = Linear::with(embed_dim, embed_dim, LinearOptions { bias, dtype: Some(dtype) })?;
        let added = || parameter(&[1, 1, embed_dim]);
        let bias_kv = if options.add_bias_kv { Some([added()?, added()?]) } else { None };
        match &in_proj {
            InProjection::Packed(weight) => drop(init::xavier_uniform_(weight, 1.0, None)?),
            InProjection::Separate(weights) => {
                weights.iter().try_for_each(|weight| init::xavier_uniform_(weight, 1.0, None).map(drop))?;
            }
        }
        for bias in in_proj_bias.iter().chain(&out_proj.bias) {
            init::zeros_(bias)?;
        }
        for added in bias_kv.iter().flatten() {
            init::xavier_normal_(added, 1.0, None)?;
        }
        let training = AtomicBool::new(true);
        Ok(MultiheadAttention { embed_dim, num_heads, options, in_proj, in_proj_bias, out_proj, bias_kv, training })
    }

    /// The output, of the queries' shape, and on request the weights.
    ///
    /// # Errors
    /// As [`multi_head_attention_forward`].
    pub fn attend(
        &self,
        query: &Tensor,
        key: &Tensor,
        value: &Tensor,
        how: &Attending,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let (in_proj_weight, separate_weights) = match &self.in_proj {
            InProjection::Packed(weight) => (Some(weight), None),
            InProjection::Separate(weights) => (None, Some(weights.each_ref())),
        };
        let all = MultiHead {
            num_heads: self.num_heads,
            in_proj_weight,
            separate_weights,
            in_proj_bias: self.in_proj_bias.as_ref(),
            bias_k: self.bias_kv.as_ref().map(|both| &both[0]),
            bias_v: self.bias_kv.as_ref().map(|both| &both[1]),
            add_zero_attn: self.options.add_zero_attn,
            dropout_p: self.options.dropout,
            out_proj_weight: &self.out_proj.weight,
            out_proj_bias: self.out_proj.bias.as_ref(),
            training: self.training.load(Ordering::Relaxed),
            key_padding_mask: how.key_padding_mask,
            need_weights: how.need_weights,
            attn_mask: how.attn_mask,
            static_k: None,
            static_v: None,
            average_attn_weights: how.average_attn_weights,
            is_causal: how.is_causal,
            batch_first: self.options.batch_first,
        };
        multi_head_attention_forward(query, key, value, self.embed_dim, &all)
    }

    /// A layer of its own with the same values.
    pub(super) fn twin(&self) -> Result<MultiheadAttention> {
        let in_proj = match &self.in_proj {
            InProjection::Packed(weight) => InProjection::Packed(copied(weight)?),
            InProjection::Separate([q, k, v]) => InProjection::Separate([copied(q)?, copied(k)?, copied(v)?]),
        };
        Ok(MultiheadAttention {
            in_proj,
            in_proj_bias: self.in_proj_bias.as_ref().map(copied).transpose()?,
            out_proj: twin_of(&self.out_proj)?,
            bias_kv: match &self.bias_kv {
                Some([k, v]) => Some([copied(k)?, copied(v)?]),
                None => None,
            },
            training: AtomicBool::new(self.training.load(Ordering::Relaxed)),
            ..*self
        })
    }
}

/// A parameter of its own with the same values.
fn copied(parameter: &Tensor) -> Result<Tensor> {
    parameter.detach().copy()?.requires_grad_(parameter.requires_grad())
}

/// A layer of its own with the same values.
pub(super) fn twin_of(layer: &Linear) -> Result<Linear> {
    Ok(Linear { weight: copied(&layer.weight)?, bias: layer.bias.as_ref().map(copied).transpose()? })
}

impl Module for MultiheadAttention {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        Ok(self.attend(input, input, input, &Attending { need_weights: false, ..Attending::default() })?.0)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let named = |name: &str, tensor| (name.to_string(), Member::Parameter(tensor));
        let mut members = match &self.in_proj {
            InProjection::Packed(weight) => vec![named("in_proj_weight", weight)],
            InProjection::Separate([q, k, v]) => {
                vec![named("q_proj_weight", q), named("k_proj_weight", k), named("v_proj_weight", v)]
            }
        };
        members.extend(self.in_proj_bias.iter().map(|bias| named("in_proj_bias", bias)));
        members.extend(self.bias_kv.iter().flat_map(|[k, v]| [named("bias_k", k), named("bias_v", v)]));
        members.push(("out_proj".into(), Member::Module(&self.out_proj)));
        members
    }

    fn train(&self, mode: bool) {
        self.training.store(mode, Ordering::Relaxed);
    }
}
