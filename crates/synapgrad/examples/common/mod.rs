//! What the two examples on MNIST share: the digits, an epoch of training, and the accuracy.

use std::error::Error;
use std::fs;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use synapgrad::data::{DataLoader, DataLoaderOptions, TensorDataset, mnist};
use synapgrad::nn::{Module, Sequential};
use synapgrad::optim::Optimizer;
use synapgrad::{DType, Tensor, autograd, io};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data/mnist");

/// The number of epochs that the command line names, or `otherwise`.
pub fn epochs(otherwise: usize) -> Result<usize, Box<dyn Error>> {
    Ok(std::env::args().nth(1).map_or(Ok(otherwise), |count| count.parse())?)
}

/// Batches of images of shape (1, 28, 28), from 0 to 1, and their labels.
pub fn loader(train: bool, options: DataLoaderOptions) -> synapgrad::Result<DataLoader> {
    let (images, labels) = mnist(DATA, train)?;
    let images = images.unsqueeze(1)?.to_dtype(DType::F32)?.div(255.0)?;
    DataLoader::new(TensorDataset::new(vec![images, labels])?, options)
}

/// Go through the images once; the mean loss.
pub fn train_epoch(
    model: &Sequential,
    optimizer: &mut dyn Optimizer,
    criterion: impl Fn(&Tensor, &Tensor) -> synapgrad::Result<Tensor>,
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
        let loss = criterion(&model.forward(images)?, labels)?;
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
pub fn accuracy(model: &Sequential, loader: &DataLoader) -> Result<f64, Box<dyn Error>> {
    model.eval();
    let _mode = autograd::no_grad();
    let (mut right, mut seen) = (0.0, 0);
    for batch in loader.iter()? {
        let [images, labels] = &batch?[..] else { return Err("a batch is images and labels".into()) };
        let answers = model.forward(images)?.argmax(Some(1), false)?;
        right += answers.eq(labels)?.sum()?.item()?.to_f64();
        seen += labels.numel();
    }
    Ok(right / seen as f64)
}

/// Leave the parameters in `file`, whose folder is made where it is missing.
pub fn save(model: &Sequential, file: &str) -> Result<(), Box<dyn Error>> {
    if let Some(folder) = Path::new(file).parent() {
        fs::create_dir_all(folder)?;
    }
    io::save(file, &model.state())?;
    println!("the parameters are in {file}");
    Ok(())
}
