//! Layers with parameters, and those that drop.

use synapgrad::nn::{self, Attending, Masks, Module};
use synapgrad::nn::{
    CellOptions, ChannelNormOptions, ConvOptions, ConvTransposeOptions, EmbeddingOptions, LinearOptions,
    MultiheadAttentionOptions, NormOptions, RecurrentActivation, RecurrentOptions, TransformerLayerOptions,
};
use synapgrad::ops::embedding::BagMode;
use synapgrad::{DType, PadMode, Padding, Result, Tensor, sequential};

use crate::{Case, Numbers, layer, normal, passed, settled};

pub const CASES: &[(&str, Case)] = &[
    // Linear
    ("Linear", || layer(nn::Linear::new(3, 2)?, &[4, 3])),
    ("Linear without bias", || layer(nn::Linear::with(5, 4, LinearOptions { bias: false, dtype: None })?, &[2, 3, 5])),
    ("Linear of float64", || {
        layer(nn::Linear::with(3, 2, LinearOptions { dtype: Some(DType::F64), ..Default::default() })?, &[4, 3])
    }),
    ("Neuron", || layer(nn::Neuron::new(3)?, &[4, 3])),
    ("Bilinear", || {
        let layer = nn::Bilinear::with(3, 5, 4, LinearOptions::default())?;
        let (a, b) = (normal(&[2, 3])?, normal(&[2, 5])?);
        passed(&layer, &[&a, &b], &[layer.forward(&a, &b)?])
    }),
    ("Sequential", || layer(perceptron()?, &[5, 2])),
    ("ModuleList", || layer(Tower(nn::ModuleList::new([nn::Linear::new(4, 3)?, nn::Linear::new(3, 2)?])), &[5, 4])),
    ("ModuleDict", || {
        let dict = nn::ModuleDict::new([("first", nn::Linear::new(4, 3)?), ("last", nn::Linear::new(3, 2)?)])?;
        let x = normal(&[5, 4])?;
        let y = dict.iter().try_fold(x.clone(), |x, (_, layer)| layer.forward(&x))?;
        passed(&dict, &[&x], &[y])
    }),
    ("PReLU", || layer(nn::PReLU::new(3, 0.1)?, &[4, 3, 2])),
    // Convolutions
    ("Conv1d", || {
        let options = ConvOptions { stride: 2.into(), padding: 1.into(), groups: 2, ..Default::default() };
        layer(nn::Conv1d::with(4, 6, 3, options)?, &[2, 4, 9])
    }),
    ("Conv1d, circular", || {
        let options = ConvOptions { padding: 2.into(), padding_mode: PadMode::Circular, ..Default::default() };
        layer(nn::Conv1d::with(2, 3, 3, options)?, &[2, 2, 7])
    }),
    ("Conv2d", || layer(nn::Conv2d::new(3, 4, 3)?, &[2, 3, 6, 5])),
    ("Conv2d, same", || {
        let options = ConvOptions { padding: Padding::Same, dilation: 2.into(), ..Default::default() };
        layer(nn::Conv2d::with(3, 4, [2, 3], options)?, &[2, 3, 6, 5])
    }),
    ("Conv2d, reflect, without bias", || {
        let (stride, padding) = ([2, 1].into(), [1, 2].into());
        let options =
            ConvOptions { stride, padding, padding_mode: PadMode::Reflect, bias: false, ..Default::default() };
        layer(nn::Conv2d::with(3, 4, 3, options)?, &[2, 3, 6, 5])
    }),
    ("Conv2d, depthwise", || {
        layer(nn::Conv2d::with(3, 6, 3, ConvOptions { groups: 3, ..Default::default() })?, &[2, 3, 6, 5])
    }),
    ("Conv3d", || {
        let (stride, padding) = ([1, 2, 1].into(), 1.into());
        let options = ConvOptions { stride, padding, padding_mode: PadMode::Replicate, ..Default::default() };
        layer(nn::Conv3d::with(2, 3, [2, 3, 2], options)?, &[2, 2, 4, 5, 4])
    }),
    ("ConvTranspose1d", || {
        let (stride, padding, output_padding) = (2.into(), 1.into(), 1.into());
        let options = ConvTransposeOptions { stride, padding, output_padding, ..Default::default() };
        layer(nn::ConvTranspose1d::with(3, 2, 3, options)?, &[2, 3, 5])
    }),
    ("ConvTranspose2d", || {
        let options = ConvTransposeOptions { groups: 2, dilation: [1, 2].into(), bias: false, ..Default::default() };
        layer(nn::ConvTranspose2d::with(4, 6, 3, options)?, &[2, 4, 5, 4])
    }),
    ("ConvTranspose3d", || layer(nn::ConvTranspose3d::new(2, 3, 2)?, &[2, 2, 3, 4, 3])),
    // Normalisation
    ("BatchNorm1d", || layer(nn::BatchNorm1d::new(3)?, &[4, 3])),
    ("BatchNorm1d, evaluation", || settled(nn::BatchNorm1d::new(3)?, &[4, 3, 5])),
    ("BatchNorm2d", || layer(nn::BatchNorm2d::new(2)?, &[3, 2, 4, 4])),
    ("BatchNorm2d, mean over batches", || {
        settled(nn::BatchNorm2d::with(2, ChannelNormOptions { momentum: None, ..Default::default() })?, &[3, 2, 4, 4])
    }),
    ("BatchNorm2d, without running averages", || {
        let options = ChannelNormOptions { track_running_stats: false, eps: 1e-3, ..Default::default() };
        settled(nn::BatchNorm2d::with(2, options)?, &[3, 2, 4, 4])
    }),
    ("BatchNorm3d, not affine", || {
        let options = ChannelNormOptions { affine: false, momentum: Some(0.3), ..Default::default() };
        layer(nn::BatchNorm3d::with(2, options)?, &[3, 2, 2, 3, 2])
    }),
    ("InstanceNorm1d", || layer(nn::InstanceNorm1d::new(3)?, &[2, 3, 5])),
    ("InstanceNorm2d", || settled(nn::InstanceNorm2d::with(3, ChannelNormOptions::default())?, &[2, 3, 4, 4])),
    ("InstanceNorm3d", || layer(nn::InstanceNorm3d::new(2)?, &[2, 2, 2, 3, 3])),
    ("LayerNorm", || layer(nn::LayerNorm::new(&[3, 4])?, &[2, 3, 4])),
    ("LayerNorm without bias", || {
        layer(nn::LayerNorm::with(&[4], NormOptions { bias: false, eps: 1e-3, ..Default::default() })?, &[2, 3, 4])
    }),
    ("GroupNorm", || layer(nn::GroupNorm::new(2, 4)?, &[3, 4, 5])),
    ("RMSNorm", || layer(nn::RMSNorm::new(&[4])?, &[2, 3, 4])),
    ("RMSNorm, eps", || layer(nn::RMSNorm::with(&[3, 4], Some(1e-3), false, None)?, &[2, 3, 4])),
    ("LocalResponseNorm", || layer(nn::LocalResponseNorm::new(2), &[2, 4, 5])),
    ("LocalResponseNorm, options", || {
        layer(nn::LocalResponseNorm { size: 3, alpha: 1e-2, beta: 0.5, k: 2.0 }, &[2, 4, 5])
    }),
    // Dropout
    ("Dropout", || layer(nn::Dropout::new(0.3)?, &[4, 5])),
    ("Dropout, evaluation", || settled(nn::Dropout::new(0.3)?, &[4, 5])),
    ("Dropout1d", || layer(nn::Dropout1d::new(0.3)?, &[4, 5, 3])),
    ("Dropout2d", || layer(nn::Dropout2d::new(0.5)?, &[3, 4, 2, 2])),
    ("Dropout3d", || layer(nn::Dropout3d::new(0.5)?, &[3, 4, 2, 2, 2])),
    ("AlphaDropout", || layer(nn::AlphaDropout::new(0.3)?, &[4, 5])),
    ("FeatureAlphaDropout", || layer(nn::FeatureAlphaDropout::new(0.3)?, &[4, 5, 3])),
    // Tables
    ("Embedding", || looked_up(nn::Embedding::new(10, 3)?)),
    ("Embedding, padding_idx", || {
        let options = EmbeddingOptions { padding_idx: Some(2), scale_grad_by_freq: true, ..Default::default() };
        looked_up(nn::Embedding::with(10, 3, options)?)
    }),
    ("Embedding, max_norm", || {
        let options = EmbeddingOptions { max_norm: Some(0.7), norm_type: 1.0, ..Default::default() };
        looked_up(nn::Embedding::with(10, 3, options)?)
    }),
    ("EmbeddingBag", || looked_up(nn::EmbeddingBag::with(10, 3, BagMode::Mean, EmbeddingOptions::default())?)),
    ("EmbeddingBag, max", || {
        let options = EmbeddingOptions { max_norm: Some(1.0), ..Default::default() };
        looked_up(nn::EmbeddingBag::with(10, 3, BagMode::Max, options)?)
    }),
    ("EmbeddingBag, offsets", || {
        let options = EmbeddingOptions { padding_idx: Some(2), ..Default::default() };
        let layer = nn::EmbeddingBag::with(10, 3, BagMode::Sum, options)?;
        let (rows, weights) = (rows(&[8])?, normal(&[8])?);
        let output = layer.bags(&rows, Some(&Tensor::from([0i64, 3, 3, 6])), Some(&weights))?;
        passed(&layer, &[&rows, &weights], &[output])
    }),
    // Recurrent layers
    ("RNN", || layer(nn::RNN::new(3, 4)?, &[5, 2, 3])),
    ("RNN, relu", || layer(nn::RNN::with(3, 4, RecurrentActivation::ReLU, RecurrentOptions::default())?, &[5, 2, 3])),
    ("LSTM", || {
        let options = RecurrentOptions { num_layers: 2, bidirectional: true, dropout: 0.5, ..Default::default() };
        layer(nn::LSTM::with(3, 4, options)?, &[5, 2, 3])
    }),
    ("LSTM, proj_size", || {
        let layer = nn::LSTM::with(3, 4, RecurrentOptions { proj_size: 2, num_layers: 2, ..Default::default() })?;
        let (x, h, c) = (normal(&[5, 2, 3])?, normal(&[2, 2, 2])?, normal(&[2, 2, 4])?);
        let (output, [hn, cn]) = layer.run(&x, Some([&h, &c]), None)?;
        passed(&layer, &[&x, &h, &c], &[output, hn, cn])
    }),
    ("GRU", || {
        let options = RecurrentOptions { batch_first: true, bias: false, ..Default::default() };
        layer(nn::GRU::with(3, 4, options)?, &[2, 5, 3])
    }),
    ("RNNCell", || layer(nn::RNNCell::new(3, 4)?, &[2, 3])),
    ("RNNCell, relu", || {
        layer(nn::RNNCell::with(3, 4, RecurrentActivation::ReLU, CellOptions { bias: false, dtype: None })?, &[2, 3])
    }),
    ("LSTMCell", || {
        let layer = nn::LSTMCell::new(3, 4)?;
        let (x, h, c) = (normal(&[2, 3])?, normal(&[2, 4])?, normal(&[2, 4])?);
        passed(&layer, &[&x, &h, &c], &layer.run(&x, Some([&h, &c]))?)
    }),
    ("GRUCell", || layer(nn::GRUCell::new(3, 4)?, &[2, 3])),
    // Attention
    ("MultiheadAttention", || attention(MultiheadAttentionOptions { dropout: 0.3, ..Default::default() }, 8, true)),
    ("MultiheadAttention, other sizes", || {
        let options = MultiheadAttentionOptions { kdim: Some(6), vdim: Some(6), bias: false, ..Default::default() };
        attention(options, 6, true)
    }),
    ("MultiheadAttention, added keys", || {
        let options = MultiheadAttentionOptions { add_bias_kv: true, add_zero_attn: true, ..Default::default() };
        attention(options, 8, false)
    }),
    ("TransformerEncoderLayer", || layer(nn::TransformerEncoderLayer::with(8, 2, small())?, &[5, 3, 8])),
    ("TransformerEncoder", || {
        let options = TransformerLayerOptions { batch_first: true, norm_first: true, ..small() };
        let one = nn::TransformerEncoderLayer::with(8, 2, options)?;
        layer(nn::TransformerEncoder::new(&one, 2, Some(nn::LayerNorm::new(&[8])?))?, &[3, 5, 8])
    }),
    ("TransformerDecoderLayer", || {
        let layer = nn::TransformerDecoderLayer::with(8, 2, small())?;
        let (x, memory) = (normal(&[4, 3, 8])?, normal(&[5, 3, 8])?);
        passed(&layer, &[&x, &memory], &[layer.decode(&x, &memory, Masks::default(), Masks::default())?])
    }),
    ("Transformer", || {
        let layer = nn::Transformer::with(8, 2, 1, 1, small())?;
        let (x, y) = (normal(&[5, 3, 8])?, normal(&[4, 3, 8])?);
        let mask = nn::generate_square_subsequent_mask(4, DType::F32)?;
        let own = Masks { attn_mask: Some(&mask), ..Masks::default() };
        passed(&layer, &[&x, &y], &[layer.translate(&x, &y, Masks::default(), own, Masks::default())?])
    }),
];

pub fn perceptron() -> Result<nn::Sequential> {
    Ok(sequential![
        nn::Linear::new(2, 16)?,
        nn::ReLU::default(),
        nn::Linear::new(16, 16)?,
        nn::ReLU::default(),
        nn::Linear::new(16, 1)?,
    ])
}

/// Layers, each after a tanh.
struct Tower(nn::ModuleList<nn::Linear>);

impl Module for Tower {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.0.iter().try_fold(input.clone(), |x, layer| layer.forward(&x.tanh()?))
    }

    fn members(&self) -> Vec<(String, nn::Member<'_>)> {
        vec![("floors".into(), nn::Member::Module(&self.0))]
    }
}

fn small() -> TransformerLayerOptions {
    TransformerLayerOptions { dim_feedforward: 12, ..Default::default() }
}

fn rows(shape: &[usize]) -> Result<Tensor> {
    Tensor::randint(0, 10, shape, DType::I64, None)
}

fn looked_up(layer: impl Module) -> Result<Numbers> {
    let rows = rows(&[4, 3])?;
    passed(&layer, &[&rows], &[layer.forward(&rows)?])
}

/// Keys and values of `size` elements, queries of 8.
fn attention(options: MultiheadAttentionOptions, size: usize, average: bool) -> Result<Numbers> {
    let layer = nn::MultiheadAttention::with(8, 2, options)?;
    let (q, k, v) = (normal(&[4, 3, 8])?, normal(&[5, 3, size])?, normal(&[5, 3, size])?);
    let how = Attending { average_attn_weights: average, ..Attending::default() };
    let (output, weights) = layer.attend(&q, &k, &v, &how)?;
    passed(&layer, &[&q, &k, &v], &[Some(output), weights].into_iter().flatten().collect::<Vec<_>>())
}
