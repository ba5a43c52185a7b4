//! Transformers: stacks of attention and feed-forward layers, each with its shortcut and its normalisation.
//!
//! Source: Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin, "Attention Is All You Need" (2017).

use super::attention::twin_of;
use super::{
    Attending, Dropout, LayerNorm, Linear, LinearOptions, Member, Module, MultiheadAttention,
    MultiheadAttentionOptions, NormOptions, init,
};
use crate::error::ensure;
use crate::{DType, Result, Tensor};

/// Options of the layers of a transformer.
#[derive(Clone, Copy, Debug)]
pub struct TransformerLayerOptions {
    /// The size between the two linear layers.
    pub dim_feedforward: usize,
    /// The probability of the dropout after each part, in the attention and between the linear layers.
    pub dropout: f64,
    /// What is between the linear layers.
    pub activation: fn(&Tensor) -> Result<Tensor>,
    /// Keeps the normalisations' roots away from 0.
    pub layer_norm_eps: f64,
    /// Whether inputs are (N, length, size) rather than (length, N, size).
    pub batch_first: bool,
    /// Normalise before each part, not after it.
    pub norm_first: bool,
    /// Whether linear layers, attention and normalisations have a bias.
    pub bias: bool,
    /// Of the parameters; the default dtype where `None`.
    pub dtype: Option<DType>,
}

impl Default for TransformerLayerOptions {
    fn default() -> TransformerLayerOptions {
        TransformerLayerOptions {
            dim_feedforward: 2048,
            dropout: 0.1,
            activation: Tensor::relu,
            layer_norm_eps: 1e-5,
            batch_first: false,
            norm_first: false,
            bias: true,
            dtype: None,
        }
    }
}

impl TransformerLayerOptions {
    fn attention(&self, d_model: usize, nhead: usize) -> Result<MultiheadAttention> {
        let options = MultiheadAttentionOptions {
            dropout: self.dropout,
            bias: self.bias,
            batch_first: self.batch_first,
            dtype: self.dtype,
            ..Default::default()
        };
        MultiheadAttention::with(d_model, nhead, options)
    }

    fn linear(&self, from: usize, to: usize) -> Result<Linear> {
        Linear::with(from, to, LinearOptions { bias: self.bias, dtype: self.dtype })
    }

    fn norm(&self, d_model: usize) -> Result<LayerNorm> {
        let options = NormOptions { eps: self.layer_norm_eps, affine: true, bias: self.bias, dtype: self.dtype };
        LayerNorm::with(&[d_model], options)
    }

    /// Where the positions of an input are.
    fn length(&self, x: &Tensor) -> usize {
        x.shape()[usize::from(self.batch_first && x.rank() == 3)]
    }
}

/// Which keys an attention sees: the masks of [`Attending`].
#[derive(Clone, Copy, Default)]
pub struct Masks<'a> {
    pub attn_mask: Option<&'a Tensor>,
    pub key_padding_mask: Option<&'a Tensor>,
    pub is_causal: bool,
}

impl<'a> Masks<'a> {
    fn attending(self) -> Attending<'a> {
        let Masks { attn_mask, key_padding_mask, is_causal } = self;
        Attending { attn_mask, key_padding_mask, is_causal, need_weights: false, ..Attending::default() }
    }

    /// With the promise that the mask is the causal one where it is.
    fn looked_at(self, length: usize) -> Result<Masks<'a>> {
        let Some(mask) = self.attn_mask.filter(|mask| !self.is_causal && *mask.shape() == [length; 2]) else {
            return Ok(self);
        };
        let causal = generate_square_subsequent_mask(length, DType::F32)?;
        let causal = if mask.dtype() == DType::Bool { causal.ne(0)? } else { causal };
        let all = mask.eq(&causal)?.all(&[], false)?.item()?.to_f64();
        Ok(Masks { is_causal: all != 0.0, ..self })
    }
}

/// Two linear layers with an activation and dropout in between, and dropout after them.
struct FeedForward {
    linear1: Linear,
    dropout: Dropout,
    linear2: Linear,
}

impl FeedForward {
    fn new(d_model: usize, options: &TransformerLayerOptions) -> Result<FeedForward> {
        Ok(FeedForward {
            linear1: options.linear(d_model, options.dim_feedforward)?,
            dropout: Dropout::new(options.dropout)?,
            linear2: options.linear(options.dim_feedforward, d_model)?,
        })
    }

    fn forward(&self, x: &Tensor, options: &TransformerLayerOptions, last: &Dropout) -> Result<Tensor> {
        let inner = (options.activation)(&self.linear1.forward(x)?)?;
        last.forward(&self.linear2.forward(&self.dropout.forward(&inner)?)?)
    }

    fn twin(&self, options: &TransformerLayerOptions) -> Result<FeedForward> {
        let (linear1, linear2) = (twin_of(&self.linear1)?, twin_of(&self.linear2)?);
        Ok(FeedForward { linear1, dropout: Dropout::new(options.dropout)?, linear2 })
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        vec![
            ("linear1".into(), Member::Module(&self.linear1)),
            ("dropout".into(), Member::Module(&self.dropout)),
            ("linear2".into(), Member::Module(&self.linear2)),
        ]
    }
}

/// A normalisation, and the dropout of the part that it belongs to.
struct Shortcut {
    norm: LayerNorm,
    dropout: Dropout,
}

impl Shortcut {
    fn new(d_model: usize, options: &TransformerLayerOptions) -> Result<Shortcut> {
        Ok(Shortcut { norm: options.norm(d_model)?, dropout: Dropout::new(options.dropout)? })
    }

    fn twin(&self, d_model: usize, options: &TransformerLayerOptions) -> Result<Shortcut> {
        let twin = Shortcut::new(d_model, options)?;
        twin.norm.load_state(&self.norm.state())?;
        Ok(twin)
    }

    /// norm(x + part(x)), or x + part(norm(x)).
    fn around(&self, x: &Tensor, first: bool, part: impl Fn(&Tensor, &Dropout) -> Result<Tensor>) -> Result<Tensor> {
        if first {
            x.add(&part(&self.norm.forward(x)?, &self.dropout)?)
        } else {
            self.norm.forward(&x.add(&part(x, &self.dropout)?)?)
        }
    }
}

/// `norm1`, …, then `dropout1`, ….
fn shortcuts(all: &[Shortcut]) -> Vec<(String, Member<'_>)> {
    let norms = all.iter().enumerate().map(|(i, s)| (format!("norm{}", i + 1), Member::Module(&s.norm)));
    let dropouts = all.iter().enumerate().map(|(i, s)| (format!("dropout{}", i + 1), Member::Module(&s.dropout)));
    norms.chain(dropouts).collect()
}

/// Self-attention, then two linear layers, each added to what it was given and then normalised.
///
/// ```
/// use synapgrad::nn::{Module, TransformerEncoderLayer, TransformerLayerOptions};
/// use synapgrad::{DType, Tensor};
/// # fn main() -> synapgrad::Result<()> {
/// let options = TransformerLayerOptions { dim_feedforward: 16, batch_first: true, ..Default::default() };
/// let layer = TransformerEncoderLayer::with(8, 2, options)?;
/// assert_eq!(layer.forward(&Tensor::randn(&[3, 5, 8], DType::F32, None)?)?.shape(), [3, 5, 8]);
/// # Ok(())
/// # }
/// ```
pub struct TransformerEncoderLayer {
    d_model: usize,
    options: TransformerLayerOptions,
    self_attn: MultiheadAttention,
    inner: FeedForward,
    shortcuts: [Shortcut; 2],
}

impl TransformerEncoderLayer {
    /// A layer of `nhead` heads for inputs of `d_model` elements.
    ///
    /// # Errors
    /// As [`MultiheadAttention::with`], and ValueError for a dropout outside of [0, 1].
    pub fn with(d_model: usize, nhead: usize, options: TransformerLayerOptions) -> Result<TransformerEncoderLayer> {
        Ok(TransformerEncoderLayer {
            d_model,
            options,
            self_attn: options.attention(d_model, nhead)?,
            inner: FeedForward::new(d_model, &options)?,
            shortcuts: [Shortcut::new(d_model, &options)?, Shortcut::new(d_model, &options)?],
        })
    }

    /// The output for inputs of which not all positions see all.
    pub fn encode(&self, src: &Tensor, masks: Masks) -> Result<Tensor> {
        let (first, [attention, inner]) = (self.options.norm_first, &self.shortcuts);
        let x = attention
            .around(src, first, |x, dropout| dropout.forward(&self.self_attn.attend(x, x, x, &masks.attending())?.0))?;
        inner.around(&x, first, |x, dropout| self.inner.forward(x, &self.options, dropout))
    }

    fn twin(&self) -> Result<TransformerEncoderLayer> {
        let (d_model, options) = (self.d_model, self.options);
        let [a, b] = &self.shortcuts;
        Ok(TransformerEncoderLayer {
            d_model,
            options,
            self_attn: self.self_attn.twin()?,
            inner: self.inner.twin(&options)?,
            shortcuts: [a.twin(d_model, &options)?, b.twin(d_model, &options)?],
        })
    }
}

impl Module for TransformerEncoderLayer {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.encode(input, Masks::default())
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let mut members = vec![("self_attn".to_string(), Member::Module(&self.self_attn as &dyn Module))];
        members.extend(self.inner.members());
        members.extend(shortcuts(&self.shortcuts));
        members
    }
}

/// Self-attention, attention to the memory that an encoder left, and two linear layers, each added to what it was given and
/// then normalised.
pub struct TransformerDecoderLayer {
    d_model: usize,
    options: TransformerLayerOptions,
    self_attn: MultiheadAttention,
    multihead_attn: MultiheadAttention,
    inner: FeedForward,
    shortcuts: [Shortcut; 3],
}

impl TransformerDecoderLayer {
    /// A layer of `nhead` heads for inputs of `d_model` elements.
    ///
    /// # Errors
    /// As [`TransformerEncoderLayer::with`].
    pub fn with(d_model: usize, nhead: usize, options: TransformerLayerOptions) -> Result<TransformerDecoderLayer> {
        let shortcut = || Shortcut::new(d_model, &options);
        Ok(TransformerDecoderLayer {
            d_model,
            options,
            self_attn: options.attention(d_model, nhead)?,
            multihead_attn: options.attention(d_model, nhead)?,
            inner: FeedForward::new(d_model, &options)?,
            shortcuts: [shortcut()?, shortcut()?, shortcut()?],
        })
    }

    /// What is decoded from `tgt` with the memory that an encoder left; masks for the attention within `tgt`, and for that
    /// to the memory.
    pub fn decode(&self, tgt: &Tensor, memory: &Tensor, own: Masks, of_memory: Masks) -> Result<Tensor> {
        let (first, [within, across, inner]) = (self.options.norm_first, &self.shortcuts);
        let x = within
            .around(tgt, first, |x, dropout| dropout.forward(&self.self_attn.attend(x, x, x, &own.attending())?.0))?;
        let x = across.around(&x, first, |x, dropout| {
            dropout.forward(&self.multihead_attn.attend(x, memory, memory, &of_memory.attending())?.0)
        })?;
        inner.around(&x, first, |x, dropout| self.inner.forward(x, &self.options, dropout))
    }

    fn twin(&self) -> Result<TransformerDecoderLayer> {
        let (d_model, options) = (self.d_model, self.options);
        let [a, b, c] = &self.shortcuts;
        Ok(TransformerDecoderLayer {
            d_model,
            options,
            self_attn: self.self_attn.twin()?,
            multihead_attn: self.multihead_attn.twin()?,
            inner: self.inner.twin(&options)?,
            shortcuts: [a.twin(d_model, &options)?, b.twin(d_model, &options)?, c.twin(d_model, &options)?],
        })
    }
}

impl Module for TransformerDecoderLayer {
    /// [`TransformerDecoderLayer::decode`] with the input as its own memory.
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.decode(input, input, Masks::default(), Masks::default())
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let mut members = vec![
            ("self_attn".to_string(), Member::Module(&self.self_attn as &dyn Module)),
            ("multihead_attn".to_string(), Member::Module(&self.multihead_attn)),
        ];
        members.extend(self.inner.members());
        members.extend(shortcuts(&self.shortcuts));
        members
    }
}

/// `layers.0.…`, and the norm.
fn stack<'a, L: Module>(layers: &'a [L], norm: Option<&'a LayerNorm>) -> Vec<(String, Member<'a>)> {
    let layers =
        layers.iter().enumerate().map(|(i, layer)| (format!("layers.{i}"), Member::Module(layer as &dyn Module)));
    layers.chain(norm.map(|norm| ("norm".to_string(), Member::Module(norm as &dyn Module)))).collect()
}

/// A stack of encoder layers, and a normalisation at its end.
pub struct TransformerEncoder {
    layers: Vec<TransformerEncoderLayer>,
    norm: Option<LayerNorm>,
}

impl TransformerEncoder {
    /// `num_layers` copies of `layer`, all with its parameters' values.
    pub fn new(
        layer: &TransformerEncoderLayer,
        num_layers: usize,
        norm: Option<LayerNorm>,
    ) -> Result<TransformerEncoder> {
        Ok(TransformerEncoder { layers: (0..num_layers).map(|_| layer.twin()).collect::<Result<_>>()?, norm })
    }

    /// The output for inputs of which not all positions see all.
    pub fn encode(&self, src: &Tensor, masks: Masks) -> Result<Tensor> {
        let mut x = src.clone();
        let masks = match self.layers.first() {
            Some(layer) if src.rank() >= 2 => masks.looked_at(layer.options.length(src))?,
            _ => masks,
        };
        for layer in &self.layers {
            x = layer.encode(&x, masks)?;
        }
        self.norm.as_ref().map_or(Ok(x.clone()), |norm| norm.forward(&x))
    }
}

impl Module for TransformerEncoder {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.encode(input, Masks::default())
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        stack(&self.layers, self.norm.as_ref())
    }
}

/// A stack of decoder layers, and a normalisation at its end.
pub struct TransformerDecoder {
    layers: Vec<TransformerDecoderLayer>,
    norm: Option<LayerNorm>,
}

impl TransformerDecoder {
    /// `num_layers` copies of `layer`, all with its parameters' values.
    pub fn new(
        layer: &TransformerDecoderLayer,
        num_layers: usize,
        norm: Option<LayerNorm>,
    ) -> Result<TransformerDecoder> {
        Ok(TransformerDecoder { layers: (0..num_layers).map(|_| layer.twin()).collect::<Result<_>>()?, norm })
    }

    /// See [`TransformerDecoderLayer::decode`].
    pub fn decode(&self, tgt: &Tensor, memory: &Tensor, own: Masks, of_memory: Masks) -> Result<Tensor> {
        let mut x = tgt.clone();
        let own = match self.layers.first() {
            Some(layer) if tgt.rank() >= 2 => own.looked_at(layer.options.length(tgt))?,
            _ => own,
        };
        for layer in &self.layers {
            x = layer.decode(&x, memory, own, of_memory)?;
        }
        self.norm.as_ref().map_or(Ok(x.clone()), |norm| norm.forward(&x))
    }
}

impl Module for TransformerDecoder {
    /// [`TransformerDecoder::decode`] with the input as its own memory.
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.decode(input, input, Masks::default(), Masks::default())
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        stack(&self.layers, self.norm.as_ref())
    }
}

/// An encoder of a source sequence, and a decoder that makes a target sequence from what it left.
///
/// ```
/// use synapgrad::nn::{Masks, Module, Transformer, TransformerLayerOptions, generate_square_subsequent_mask};
/// use synapgrad::{DType, Tensor};
/// # fn main() -> synapgrad::Result<()> {
/// let options = TransformerLayerOptions { dim_feedforward: 16, ..Default::default() };
/// let model = Transformer::with(8, 2, 1, 1, options)?;
/// let (src, tgt) = (Tensor::randn(&[5, 3, 8], DType::F32, None)?, Tensor::randn(&[4, 3, 8], DType::F32, None)?);
/// let causal = generate_square_subsequent_mask(4, DType::F32)?;
/// let own = Masks { attn_mask: Some(&causal), ..Masks::default() };
/// assert_eq!(model.translate(&src, &tgt, Masks::default(), own, Masks::default())?.shape(), [4, 3, 8]);
/// # Ok(())
/// # }
/// ```
pub struct Transformer {
    d_model: usize,
    batch_first: bool,
    pub encoder: TransformerEncoder,
    pub decoder: TransformerDecoder,
}

impl Transformer {
    /// So many layers of each kind; parameters of two dimensions are drawn from U(−a, a), a = √(6/(rows + columns)).
    ///
    /// # Errors
    /// As [`TransformerEncoderLayer::with`].
    pub fn with(
        d_model: usize,
        nhead: usize,
        num_encoder_layers: usize,
        num_decoder_layers: usize,
        options: TransformerLayerOptions,
    ) -> Result<Transformer> {
        let layer = TransformerEncoderLayer::with(d_model, nhead, options)?;
        let encoder = TransformerEncoder::new(&layer, num_encoder_layers, Some(options.norm(d_model)?))?;
        let layer = TransformerDecoderLayer::with(d_model, nhead, options)?;
        let decoder = TransformerDecoder::new(&layer, num_decoder_layers, Some(options.norm(d_model)?))?;
        let model = Transformer { d_model, batch_first: options.batch_first, encoder, decoder };
        for parameter in model.parameters().iter().filter(|p| p.rank() > 1) {
            init::xavier_uniform_(parameter, 1.0, None)?;
        }
        Ok(model)
    }

    /// The decoded target, with masks for the attention within the source, within the target, and of the target to the
    /// encoded source.
    ///
    /// # Errors
    /// RuntimeError where batches or sizes of source and target differ.
    pub fn translate(&self, src: &Tensor, tgt: &Tensor, of_src: Masks, own: Masks, of_memory: Masks) -> Result<Tensor> {
        let batch = usize::from(!self.batch_first);
        let shapes = (src.shape(), tgt.shape());
        ensure!(
            src.rank() == tgt.rank() && (src.rank() != 3 || shapes.0[batch] == shapes.1[batch]),
            Runtime,
            "Transformer: the batch number of src and tgt must be equal, got {:?} and {:?}",
            shapes.0,
            shapes.1
        );
        ensure!(
            shapes.0.last() == Some(&self.d_model) && shapes.1.last() == Some(&self.d_model),
            Runtime,
            "Transformer: the feature number of src and tgt must be equal to d_model, got {:?}, {:?} and {}",
            shapes.0,
            shapes.1,
            self.d_model
        );
        self.decoder.decode(tgt, &self.encoder.encode(src, of_src)?, own, of_memory)
    }
}

impl Module for Transformer {
    /// [`Transformer::translate`] of the input to itself.
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.translate(input, input, Masks::default(), Masks::default(), Masks::default())
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        vec![("encoder".into(), Member::Module(&self.encoder)), ("decoder".into(), Member::Module(&self.decoder))]
    }
}

/// A mask of (size, size) that lets a position see itself and those before: 0 there, −∞ elsewhere.
pub fn generate_square_subsequent_mask(size: usize, dtype: DType) -> Result<Tensor> {
    Tensor::full(&[size; 2], f64::NEG_INFINITY, dtype)?.triu(1)
}
