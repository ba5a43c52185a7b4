//! Neural networks: layers, containers, losses and the first values of parameters.
//!
//! ```
//! use synapgrad::optim::{Optimizer, Sgd, SgdOptions};
//! use synapgrad::{Tensor, nn, nn::Module, random, sequential};
//! # fn main() -> synapgrad::Result<()> {
//! random::manual_seed(0);
//! let model = sequential![nn::Linear::new(2, 8)?, nn::Tanh, nn::Linear::new(8, 1)?];
//! let (x, y) = (Tensor::from([[0f32, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), Tensor::from([[0f32], [1.0], [1.0], [1.0]]));
//! let mut optimizer = Sgd::new(model.parameters(), SgdOptions { lr: 0.5, ..Default::default() })?;
//! let mut first = None;
//! for _ in 0..200 {
//!     let loss = nn::MSELoss::default().forward(&model.forward(&x)?, &y)?;
//!     first.get_or_insert(loss.item()?.to_f64());
//!     optimizer.zero_grad()?;
//!     loss.backward()?;
//!     optimizer.step()?;
//! }
//! let last = nn::MSELoss::default().forward(&model.forward(&x)?, &y)?.item()?.to_f64();
//! assert!(last < first.unwrap() / 2.0);
//! # Ok(())
//! # }
//! ```

mod activation;
mod attention;
mod container;
mod conv;
mod dropout;
mod embedding;
mod flatten;
pub mod init;
mod linear;
mod loss;
mod module;
mod norm;
mod padding;
mod pooling;
mod recurrent;
mod transformer;
pub mod utils;

pub use activation::{
    CELU, ELU, GELU, GLU, Hardshrink, Hardsigmoid, Hardswish, Hardtanh, LeakyReLU, LogSigmoid, LogSoftmax, Mish, PReLU,
    RReLU, ReLU, ReLU6, SELU, SiLU, Sigmoid, Softmax, Softmax2d, Softmin, Softplus, Softshrink, Softsign, Tanh,
    Tanhshrink, Threshold,
};
pub use attention::{Attending, MultiheadAttention, MultiheadAttentionOptions};
pub use container::{ModuleDict, ModuleList, Sequential};
pub use conv::{
    Conv, Conv1d, Conv2d, Conv3d, ConvOptions, ConvTranspose, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d,
    ConvTransposeOptions, Fold, Unfold,
};
pub use dropout::{AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout};
pub use embedding::{CosineSimilarity, Embedding, EmbeddingBag, EmbeddingOptions, PairwiseDistance};
pub use flatten::{Flatten, Unflatten};
pub use linear::{Bilinear, Identity, Linear, LinearOptions, Neuron};
pub use loss::{
    BCELoss, BCEWithLogitsLoss, CTCLoss, CosineEmbeddingLoss, CrossEntropyLoss, GaussianNLLLoss, HingeEmbeddingLoss,
    HuberLoss, KLDivLoss, L1Loss, MSELoss, MarginRankingLoss, MultiLabelMarginLoss, MultiLabelSoftMarginLoss,
    MultiMarginLoss, NLLLoss, PoissonNLLLoss, SmoothL1Loss, SoftMarginLoss, TripletMarginLoss,
    TripletMarginWithDistanceLoss,
};
pub use module::{Member, Module};
pub use norm::{
    BatchNorm1d, BatchNorm2d, BatchNorm3d, ChannelNormOptions, GroupNorm, InstanceNorm1d, InstanceNorm2d,
    InstanceNorm3d, LayerNorm, LocalResponseNorm, NormOptions, RMSNorm,
};
pub use padding::{
    CircularPad, CircularPad1d, CircularPad2d, CircularPad3d, ConstantPad, ConstantPad1d, ConstantPad2d, ConstantPad3d,
    ReflectionPad, ReflectionPad1d, ReflectionPad2d, ReflectionPad3d, ReplicationPad, ReplicationPad1d,
    ReplicationPad2d, ReplicationPad3d, ZeroPad, ZeroPad1d, ZeroPad2d, ZeroPad3d,
};
pub use pooling::{
    AdaptiveAvgPool, AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool, AdaptiveMaxPool1d,
    AdaptiveMaxPool2d, AdaptiveMaxPool3d, AvgPool, AvgPool1d, AvgPool2d, AvgPool3d, ChannelShuffle, LPPool, LPPool1d,
    LPPool2d, LPPool3d, MaxPool, MaxPool1d, MaxPool2d, MaxPool3d, MaxUnpool, MaxUnpool1d, MaxUnpool2d, MaxUnpool3d,
    PixelShuffle, PixelUnshuffle, Upsample,
};
pub use recurrent::{
    CellOptions, GRU, GRUCell, LSTM, LSTMCell, Packing, RNN, RNNCell, RecurrentActivation, RecurrentMode,
    RecurrentOptions, RecurrentPlan, run_cell,
};
pub use transformer::{
    Masks, Transformer, TransformerDecoder, TransformerDecoderLayer, TransformerEncoder, TransformerEncoderLayer,
    TransformerLayerOptions, generate_square_subsequent_mask,
};
