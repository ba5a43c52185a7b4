//! Example 3: a convolutional network learns to read handwritten digits.
//!
//!     cargo run --release --example mnist_cnn -- 5
//!
//! Two blocks of convolution, batch normalisation, ReLU, dropout and pooling, and a linear layer, trained with Adam on
//! MNIST. The number is that of the epochs. The trained parameters are left in `out/mnist_cnn-rust/cnn.pt`, which Python
//! and PyTorch read as well.

use std::error::Error;
use std::fs;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use synapgrad::data::{DataLoader, DataLoaderOptions, TensorDataset, mnist};
use synapgrad::nn::{self, ConvOptions, CrossEntropyLoss, Module, Sequential};
use synapgrad::ops::conv::Padding;
use synapgrad::optim::{Adam, AdamOptions, Optimizer};
use synapgrad::{DType, Tensor, autograd, io, random, sequential};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data/mnist");

fn main() -> Result<(), Box<dyn Error>> {
    let epochs: usize = std::env::args().nth(1).map_or(Ok(5), |count| count.parse())?;
    random::manual_seed(0);
    let train = loader(true, DataLoaderOptions { batch_size: 128, shuffle: true, ..Default::default() })?;
    let test = loader(false, DataLoaderOptions { batch_size: 256, ..Default::default() })?;
    let model = sequential![block(1, 16)?, block(16, 32)?, nn::Flatten::default(), nn::Linear::new(32 * 7 * 7, 10)?];
    println!("{}\n{} parameters", model.repr(), model.num_parameters());

    let mut optimizer = Adam::new(model.parameters(), AdamOptions { lr: 0.01, ..Default::default() })?;
    for epoch in 1..=epochs {
        let loss = train_epoch(&model, &mut optimizer, &train, epoch)?;
        let accuracy = accuracy(&model, &test)?;
        println!("epoch {epoch}: loss {loss:.4}, accuracy {accuracy:.4} on the test images");
    }

    let folder = Path::new("out/mnist_cnn-rust");
    fs::create_dir_all(folder)?;
    io::save(folder.join("cnn.pt"), &model.state())?;
    println!("cnn.pt is in {}", folder.display());
    Ok(())
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

/// The images, one channel from 0 to 1, and their labels.
fn loader(train: bool, options: DataLoaderOptions) -> synapgrad::Result<DataLoader> {
    let (images, labels) = mnist(DATA, train)?;
    let images = images.unsqueeze(1)?.to_dtype(DType::F32)?.div(255.0)?;
    DataLoader::new(TensorDataset::new(vec![images, labels])?, options)
}

/// Go through the images once; the mean loss.
fn train_epoch(
    model: &Sequential,
    optimizer: &mut Adam,
    loader: &DataLoader,
    epoch: usize,
) -> Result<f64, Box<dyn Error>> {
    model.train(true);
    let style = ProgressStyle::with_template("{prefix} {bar:40} {pos}/{len} {elapsed} {msg}")?;
    let progress = ProgressBar::new(loader.len() as u64).with_style(style).with_prefix(format!("epoch {epoch}"));
    let (mut total, mut seen) = (0.0, 0);
    for batch in loader.iter()? {
        let [images, labels] = &batch?[..] else { return Err("a batch is images and labels".into()) };
        optimizer.zero_grad()?;
        let loss = CrossEntropyLoss::default().forward(&model.forward(images)?, labels)?;
        loss.backward()?;
        optimizer.step()?;
        total += loss.item()?.to_f64() * labels.numel() as f64;
        seen += labels.numel();
        progress.set_message(format!("loss {:.4}", total / seen as f64));
        progress.inc(1);
    }
    progress.finish();
    Ok(total / seen as f64)
}

/// The fraction of the images that the model takes for what they are.
fn accuracy(model: &Sequential, loader: &DataLoader) -> Result<f64, Box<dyn Error>> {
    model.eval();
    let _mode = autograd::no_grad();
    let (mut right, mut seen) = (0.0, 0);
    for batch in loader.iter()? {
        let [images, labels] = &batch?[..] else { return Err("a batch is images and labels".into()) };
        let answers: Tensor = model.forward(images)?.argmax(Some(1), false)?;
        right += answers.eq(labels)?.sum()?.item()?.to_f64();
        seen += labels.numel();
    }
    Ok(right / seen as f64)
}
