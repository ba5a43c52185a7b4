//! Example 3: a convolutional network learns to read handwritten digits.
//!
//!     cargo run --release --example mnist_cnn -- 5
//!
//! Two blocks of convolution, batch normalisation, ReLU, dropout and pooling, and a linear layer, trained with Adam on
//! MNIST. The number is that of the epochs. The trained parameters are left in `out/mnist_cnn-rust/cnn.pt`, which Python
//! and PyTorch read as well.

mod common;

use std::error::Error;

use common::{accuracy, loader, train_epoch};
use synapgrad::data::DataLoaderOptions;
use synapgrad::nn::{self, ConvOptions, CrossEntropyLoss, Module, Sequential};
use synapgrad::optim::{Adam, AdamOptions};
use synapgrad::{Padding, random, sequential};

fn main() -> Result<(), Box<dyn Error>> {
    let epochs = common::epochs(5)?;
    random::manual_seed(0);
    let train = loader(true, DataLoaderOptions { batch_size: 128, shuffle: true, ..Default::default() })?;
    let test = loader(false, DataLoaderOptions { batch_size: 256, ..Default::default() })?;
    let model = sequential![block(1, 16)?, block(16, 32)?, nn::Flatten::default(), nn::Linear::new(32 * 7 * 7, 10)?];
    println!("{}\n{} parameters", model.repr(), model.num_parameters());

    let mut optimizer = Adam::new(model.parameters(), AdamOptions { lr: 0.01, ..Default::default() })?;
    let criterion = CrossEntropyLoss::default();
    for epoch in 1..=epochs {
        let loss = train_epoch(&model, &mut optimizer, |x, y| criterion.forward(x, y), &train, epoch)?;
        let accuracy = accuracy(&model, &test)?;
        println!("epoch {epoch}: loss {loss:.4}, accuracy {accuracy:.4} on the test images");
    }
    common::save(&model, "out/mnist_cnn-rust/cnn.pt")
}

/// Look for patterns in windows of 3 × 3 pixels, and halve the picture.
fn block(channels_in: usize, channels_out: usize) -> synapgrad::Result<Sequential> {
    let same = ConvOptions { padding: Padding::Same, ..Default::default() };
    Ok(sequential![
        nn::Conv2d::with(channels_in, channels_out, 3, same)?,
        nn::BatchNorm2d::new(channels_out)?,
        nn::ReLU::default(),
        nn::Dropout::new(0.3)?,
        nn::MaxPool2d::new([2, 2]),
    ])
}
