//! Example 2: a multi-layer perceptron learns to read handwritten digits.
//!
//!     cargo run --release --example mnist_mlp -- 20
//!
//! Layers of 200, 100 and 10 units with batch normalisation, ReLU and dropout between them, trained with SGD and momentum on
//! MNIST. The number is that of the epochs. The trained parameters are left in `out/mnist_mlp-rust/mlp.pt`, which Python
//! and PyTorch read as well.

use std::error::Error;
use std::fs;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use synapgrad::data::{DataLoader, DataLoaderOptions, TensorDataset, mnist};
use synapgrad::nn::{self, Module, NLLLoss, Sequential};
use synapgrad::optim::{Optimizer, Sgd, SgdOptions};
use synapgrad::{DType, Tensor, autograd, io, random, sequential};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data/mnist");

fn main() -> Result<(), Box<dyn Error>> {
    let epochs: usize = std::env::args().nth(1).map_or(Ok(20), |count| count.parse())?;
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
    for epoch in 1..=epochs {
        let loss = train_epoch(&model, &mut optimizer, &train, epoch)?;
        let accuracy = accuracy(&model, &test)?;
        println!("epoch {epoch}: loss {loss:.4}, accuracy {accuracy:.4} on the test images");
    }

    let folder = Path::new("out/mnist_mlp-rust");
    fs::create_dir_all(folder)?;
    io::save(folder.join("mlp.pt"), &model.state())?;
    println!("mlp.pt is in {}", folder.display());
    Ok(())
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

/// The images, from 0 to 1, and their labels.
fn loader(train: bool, options: DataLoaderOptions) -> synapgrad::Result<DataLoader> {
    let (images, labels) = mnist(DATA, train)?;
    let images = images.to_dtype(DType::F32)?.div(255.0)?;
    DataLoader::new(TensorDataset::new(vec![images, labels])?, options)
}

/// Go through the images once; the mean loss.
fn train_epoch(
    model: &Sequential,
    optimizer: &mut Sgd,
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
        let loss = NLLLoss::default().forward(&model.forward(images)?, labels)?;
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
