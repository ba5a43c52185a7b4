//! Example 2: a multi-layer perceptron learns to read handwritten digits.
//!
//!     cargo run --release --example mnist_mlp -- 20
//!
//! Layers of 200, 100 and 10 units with batch normalisation, ReLU and dropout between them, trained with SGD and momentum on
//! MNIST. The number is that of the epochs. The trained parameters are left in `out/mnist_mlp-rust/mlp.pt`, which Python
//! and PyTorch read as well.

mod common;

use std::error::Error;

use common::{accuracy, loader, train_epoch};
use synapgrad::data::DataLoaderOptions;
use synapgrad::nn::{self, Module, NLLLoss, Sequential};
use synapgrad::optim::{Sgd, SgdOptions};
use synapgrad::{random, sequential};

fn main() -> Result<(), Box<dyn Error>> {
    let epochs = common::epochs(20)?;
    random::manual_seed(0);
    let train = loader(true, DataLoaderOptions { batch_size: 64, shuffle: true, ..Default::default() })?;
    let test = loader(false, DataLoaderOptions { batch_size: 256, ..Default::default() })?;
    let model = sequential![
        nn::Flatten::default(),
        block(28 * 28, 200)?,
        block(200, 100)?,
        nn::Linear::new(100, 10)?,
        nn::LogSoftmax { dim: 1 },
    ];
    println!("{}\n{} parameters", model.repr(), model.num_parameters());

    let mut optimizer = Sgd::new(model.parameters(), SgdOptions { lr: 0.01, momentum: 0.9, ..Default::default() })?;
    let criterion = NLLLoss::default();
    for epoch in 1..=epochs {
        let loss = train_epoch(&model, &mut optimizer, |x, y| criterion.forward(x, y), &train, epoch)?;
        let accuracy = accuracy(&model, &test)?;
        println!("epoch {epoch}: loss {loss:.4}, accuracy {accuracy:.4} on the test images");
    }
    common::save(&model, "out/mnist_mlp-rust/mlp.pt")
}

/// A layer of units, each of them normalised over the batch, and a fifth of them left out.
fn block(inputs: usize, outputs: usize) -> synapgrad::Result<Sequential> {
    Ok(sequential![
        nn::Linear::new(inputs, outputs)?,
        nn::BatchNorm1d::new(outputs)?,
        nn::ReLU::default(),
        nn::Dropout::new(0.2)?,
    ])
}
