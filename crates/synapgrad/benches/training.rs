//! What a training step of each example costs through the Rust API, and what some operations do.
//!
//!     cargo bench -p synapgrad                     # OMP_NUM_THREADS=1 in front for one thread
//!     cargo bench -p synapgrad -- step             # some of them
//!
//! A step is everything that a training loop does for a batch: its tensors made from slices, forward, loss, backward,
//! optimizer. The networks are those of the examples, the data random.

use divan::Bencher;
use synapgrad::nn::{self, ConvOptions, CrossEntropyLoss, MSELoss, Module, NLLLoss, Sequential};
use synapgrad::optim::{Adam, AdamOptions, Optimizer, Sgd, SgdOptions};
use synapgrad::{DType, Padding, Result, Tensor, random, sequential};

fn main() {
    random::manual_seed(0);
    divan::main();
}

/// A network with all that it takes to train it on one batch.
struct Training<O> {
    model: Sequential,
    optimizer: O,
    loss: fn(&Tensor, &Tensor) -> Result<Tensor>,
    inputs: Vec<f32>,
    shape: Vec<usize>,
    /// Numbers of classes, or of the shape of the output.
    targets: Tensor,
}

impl<O: Optimizer> Training<O> {
    fn step(&mut self) -> Result<()> {
        let inputs = Tensor::from(&self.inputs[..]).view(&self.shape)?;
        self.optimizer.zero_grad()?;
        (self.loss)(&self.model.forward(&inputs)?, &self.targets)?.backward()?;
        self.optimizer.step()
    }
}

/// Numbers between 0 and 1 for inputs of that shape.
fn inputs(shape: &[usize]) -> Result<Vec<f32>> {
    Tensor::rand(shape, DType::F32, None)?.to_vec()
}

fn moons() -> Result<Training<Sgd>> {
    let model = sequential![
        nn::Linear::new(2, 16)?,
        nn::ReLU::default(),
        nn::Linear::new(16, 16)?,
        nn::ReLU::default(),
        nn::Linear::new(16, 1)?,
    ];
    Ok(Training {
        optimizer: Sgd::new(model.parameters(), SgdOptions { lr: 0.1, ..Default::default() })?,
        model,
        loss: |output, target| MSELoss::default().forward(output, target),
        inputs: inputs(&[4, 2])?,
        shape: vec![4, 2],
        targets: Tensor::rand(&[4, 1], DType::F32, None)?,
    })
}

fn mnist_mlp() -> Result<Training<Sgd>> {
    let model = sequential![
        nn::Linear::new(784, 200)?,
        nn::BatchNorm1d::new(200)?,
        nn::ReLU::default(),
        nn::Dropout::new(0.2)?,
        nn::Linear::new(200, 100)?,
        nn::BatchNorm1d::new(100)?,
        nn::ReLU::default(),
        nn::Dropout::new(0.2)?,
        nn::Linear::new(100, 10)?,
        nn::LogSoftmax { dim: 1 },
    ];
    Ok(Training {
        optimizer: Sgd::new(model.parameters(), SgdOptions { lr: 0.01, momentum: 0.9, ..Default::default() })?,
        model,
        loss: |output, target| NLLLoss::default().forward(output, target),
        inputs: inputs(&[64, 784])?,
        shape: vec![64, 784],
        targets: Tensor::randint(0, 10, &[64], DType::I64, None)?,
    })
}

fn mnist_cnn() -> Result<Training<Adam>> {
    let block = |channels_in, channels_out| -> Result<Sequential> {
        let same = ConvOptions { padding: Padding::Same, ..Default::default() };
        Ok(sequential![
            nn::Conv2d::with(channels_in, channels_out, 3, same)?,
            nn::BatchNorm2d::new(channels_out)?,
            nn::ReLU::default(),
            nn::Dropout::new(0.3)?,
            nn::MaxPool2d::new([2, 2]),
        ])
    };
    let model = sequential![block(1, 16)?, block(16, 32)?, nn::Flatten::default(), nn::Linear::new(32 * 7 * 7, 10)?];
    Ok(Training {
        optimizer: Adam::new(model.parameters(), AdamOptions { lr: 0.01, ..Default::default() })?,
        model,
        loss: |output, target| CrossEntropyLoss::default().forward(output, target),
        inputs: inputs(&[128, 1, 28, 28])?,
        shape: vec![128, 1, 28, 28],
        targets: Tensor::randint(0, 10, &[128], DType::I64, None)?,
    })
}

fn time<O: Optimizer>(bencher: Bencher, training: Result<Training<O>>) {
    let mut training = training.expect("the network is built");
    bencher.bench_local(|| training.step().expect("a step"));
}

#[divan::bench]
fn step_of_example_1(bencher: Bencher) {
    time(bencher, moons());
}

#[divan::bench]
fn step_of_example_2(bencher: Bencher) {
    time(bencher, mnist_mlp());
}

#[divan::bench]
fn step_of_example_3(bencher: Bencher) {
    time(bencher, mnist_cnn());
}

#[divan::bench(args = [8, 1024, 65_536, 4_194_304])]
fn add(bencher: Bencher, n: usize) {
    let [a, b] = [0, 1].map(|_| Tensor::rand(&[n], DType::F32, None).expect("memory"));
    bencher.bench_local(|| a.add(&b));
}

#[divan::bench(args = [8, 1024, 65_536, 4_194_304])]
fn exp(bencher: Bencher, n: usize) {
    let x = Tensor::rand(&[n], DType::F32, None).expect("memory");
    bencher.bench_local(|| x.exp());
}

#[divan::bench(args = [16, 64, 256, 1024])]
fn matmul(bencher: Bencher, side: usize) {
    let [a, b] = [0, 1].map(|_| Tensor::rand(&[side, side], DType::F32, None).expect("memory"));
    bencher.bench_local(|| a.matmul(&b));
}
