//! The examples in SynapGrad's own Rust API.

use contestants::{Array, Batch, Contestant, Problem, Result, Target};
use synapgrad::autograd::no_grad;
use synapgrad::nn::{self, ConvOptions, CrossEntropyLoss, MSELoss, Module, NLLLoss, Sequential};
use synapgrad::optim::{Adam, AdamOptions, Optimizer, Sgd, SgdOptions};
use synapgrad::{Element, Padding, Tensor, sequential};

fn main() -> Result<()> {
    contestants::main::<SynapGrad>()
}

struct SynapGrad {
    example: String,
    problem: Problem,
    network: Network,
}

struct Network {
    model: Sequential,
    loss: fn(&Tensor, &Tensor) -> synapgrad::Result<Tensor>,
    optimizer: Box<dyn Optimizer>,
}

impl Contestant for SynapGrad {
    const CRATE: &str = "synapgrad";
    type Loss = Tensor;

    fn new(example: &str, problem: Problem) -> Result<Self> {
        Ok(SynapGrad { example: example.into(), problem, network: Network::new(example, 1.0)? })
    }

    fn reset(&mut self, dropout: bool) -> Result<()> {
        self.network = Network::new(&self.example, f64::from(dropout))?;
        let _mode = no_grad();
        for (parameter, value) in self.network.model.parameters().iter().zip(&self.problem.parameters) {
            parameter.copy_(&tensor(value)?)?;
        }
        Ok(())
    }

    fn step(&mut self, i: usize) -> Result<Tensor> {
        let Batch { x, y } = &self.problem.batches[i];
        let x = tensor(x)?;
        let y = match y {
            Target::Numbers(y) => tensor(y)?,
            Target::Classes(y) => tensor(y)?,
        };
        let Network { model, loss, optimizer } = &mut self.network;
        optimizer.zero_grad()?;
        let loss = loss(&model.forward(&x)?, &y)?;
        loss.backward()?;
        optimizer.step()?;
        Ok(loss)
    }

    fn value(loss: Tensor) -> Result<f64> {
        Ok(loss.item()?.to_f64())
    }
}

fn tensor<T: Element>(array: &Array<T>) -> synapgrad::Result<Tensor> {
    Tensor::from_slice(&array.values, &array.shape)
}

impl Network {
    /// The network of an example, with `dropout` times the probabilities that networks.py has.
    fn new(example: &str, dropout: f64) -> Result<Network> {
        Ok(match example {
            "moons" => moons()?,
            "mnist_mlp" => mnist_mlp(dropout)?,
            "mnist_cnn" => mnist_cnn(dropout)?,
            other => return Err(format!("no example {other}").into()),
        })
    }
}

fn moons() -> synapgrad::Result<Network> {
    let model = sequential![
        nn::Linear::new(2, 16)?,
        nn::ReLU::default(),
        nn::Linear::new(16, 16)?,
        nn::ReLU::default(),
        nn::Linear::new(16, 1)?,
    ];
    let optimizer = Sgd::new(model.parameters(), SgdOptions { lr: 0.1, ..Default::default() })?;
    let loss = |output: &Tensor, target: &Tensor| MSELoss::default().forward(output, target);
    Ok(Network { model, loss, optimizer: Box::new(optimizer) })
}

fn mnist_mlp(dropout: f64) -> synapgrad::Result<Network> {
    let model = sequential![
        nn::Flatten::default(),
        nn::Linear::new(784, 200)?,
        nn::BatchNorm1d::new(200)?,
        nn::ReLU::default(),
        nn::Dropout::new(0.2 * dropout)?,
        nn::Linear::new(200, 100)?,
        nn::BatchNorm1d::new(100)?,
        nn::ReLU::default(),
        nn::Dropout::new(0.2 * dropout)?,
        nn::Linear::new(100, 10)?,
        nn::LogSoftmax { dim: 1 },
    ];
    let optimizer = Sgd::new(model.parameters(), SgdOptions { lr: 0.01, momentum: 0.9, ..Default::default() })?;
    let loss = |output: &Tensor, target: &Tensor| NLLLoss::default().forward(output, target);
    Ok(Network { model, loss, optimizer: Box::new(optimizer) })
}

fn mnist_cnn(dropout: f64) -> synapgrad::Result<Network> {
    let block = |channels_in, channels_out| -> synapgrad::Result<Sequential> {
        let same = ConvOptions { padding: Padding::Same, ..Default::default() };
        Ok(sequential![
            nn::Conv2d::with(channels_in, channels_out, 3, same)?,
            nn::BatchNorm2d::new(channels_out)?,
            nn::ReLU::default(),
            nn::Dropout::new(0.3 * dropout)?,
            nn::MaxPool2d::new([2, 2]),
        ])
    };
    let model = sequential![block(1, 16)?, block(16, 32)?, nn::Flatten::default(), nn::Linear::new(32 * 7 * 7, 10)?];
    let optimizer = Adam::new(model.parameters(), AdamOptions { lr: 0.01, ..Default::default() })?;
    let loss = |output: &Tensor, target: &Tensor| CrossEntropyLoss::default().forward(output, target);
    Ok(Network { model, loss, optimizer: Box::new(optimizer) })
}
