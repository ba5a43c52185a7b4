//! The examples in candle.

use std::slice::Iter;

use candle_core::{Device::Cpu, Tensor, Var, WithDType};
use candle_nn::loss::{cross_entropy, mse, nll};
use candle_nn::ops::{Dropout, log_softmax};
use candle_nn::{
    Activation, AdamW, BatchNorm, Conv2d, Conv2dConfig, Linear, Module, Optimizer, ParamsAdamW, SGD, Sequential, seq,
};
use contestants::{Array, Batch, Contestant, Problem, Result, Target};

fn main() -> Result<()> {
    contestants::main::<Candle>()
}

struct Candle {
    example: String,
    problem: Problem,
    network: Network,
}

struct Network {
    model: Sequential,
    loss: fn(&Tensor, &Tensor) -> candle_core::Result<Tensor>,
    learn: Box<Learn>,
}

/// Backward pass and optimizer.
type Learn = dyn FnMut(&Tensor) -> candle_core::Result<()>;

impl Contestant for Candle {
    const CRATE: &str = "candle-core";
    type Loss = Tensor;

    fn new(example: &str, problem: Problem) -> Result<Self> {
        let network = Network::new(example, &problem, 1.0)?;
        Ok(Candle { example: example.into(), problem, network })
    }

    fn reset(&mut self, dropout: bool) -> Result<()> {
        self.network = Network::new(&self.example, &self.problem, f32::from(dropout))?;
        Ok(())
    }

    fn step(&mut self, i: usize) -> Result<Tensor> {
        let Batch { x, y } = &self.problem.batches[i];
        let x = tensor(x)?;
        let y = match y {
            Target::Numbers(y) => tensor(y)?,
            Target::Classes(y) => tensor(y)?,
        };
        let Network { model, loss, learn } = &mut self.network;
        let loss = loss(&model.forward(&x)?, &y)?;
        learn(&loss)?;
        Ok(loss)
    }

    fn value(loss: Tensor) -> Result<f64> {
        Ok(loss.to_scalar::<f32>()?.into())
    }
}

fn tensor<T: WithDType>(array: &Array<T>) -> candle_core::Result<Tensor> {
    Tensor::from_slice(&array.values, array.shape.as_slice(), &Cpu)
}

impl Network {
    /// The network of an example, with `dropout` times the probabilities that networks.py has.
    fn new(example: &str, problem: &Problem, dropout: f32) -> Result<Network> {
        let layers = Layers { initial: problem.parameters.iter(), vars: Vec::new() };
        Ok(match example {
            "moons" => moons(layers)?,
            "mnist_mlp" => mnist_mlp(layers, dropout)?,
            "mnist_cnn" => mnist_cnn(layers, dropout)?,
            other => return Err(format!("no example {other}").into()),
        })
    }
}

/// Makes layers of the initial parameters, and remembers what there is to learn.
struct Layers<'a> {
    initial: Iter<'a, Array<f32>>,
    vars: Vec<Var>,
}

impl Layers<'_> {
    fn parameter(&mut self) -> candle_core::Result<Tensor> {
        let array = self.initial.next().expect("as many parameters as in networks.py");
        let var = Var::from_tensor(&tensor(array)?)?;
        self.vars.push(var.clone());
        Ok(var.into_inner())
    }

    fn linear(&mut self) -> candle_core::Result<Linear> {
        Ok(Linear::new(self.parameter()?, Some(self.parameter()?)))
    }

    /// A convolution whose output is as large as its input.
    fn conv(&mut self) -> candle_core::Result<Conv2d> {
        let same = Conv2dConfig { padding: 1, ..Default::default() };
        Ok(Conv2d::new(self.parameter()?, Some(self.parameter()?), same))
    }

    fn norm(&mut self) -> candle_core::Result<BatchNorm> {
        let (weight, bias) = (self.parameter()?, self.parameter()?);
        BatchNorm::new(weight.elem_count(), weight.zeros_like()?, weight.ones_like()?, weight, bias, 1e-5)
    }
}

/// Batch normalisation, ReLU and dropout.
fn unit(model: Sequential, norm: BatchNorm, dropout: f32) -> Sequential {
    let dropout = Dropout::new(dropout);
    model.add_fn(move |x| norm.forward_train(x)).add(Activation::Relu).add_fn(move |x| dropout.forward(x, true))
}

/// Max pooling by 2. candle's own `max_pool2d` is quicker, but its gradient is a quarter of the right one where a window has
/// one greatest number, and four times the right one where all four are equal, as they are in the black of the images.
fn max_pool(x: &Tensor) -> candle_core::Result<Tensor> {
    let (n, c, h, w) = x.dims4()?;
    let windows = x.reshape((n * c, h / 2, 2, w / 2, 2))?.transpose(2, 3)?.reshape((n, c, h / 2, w / 2, 4))?;
    windows.gather(&windows.argmax_keepdim(4)?, 4)?.squeeze(4)
}

fn moons(mut layers: Layers) -> candle_core::Result<Network> {
    let model = seq()
        .add(layers.linear()?)
        .add(Activation::Relu)
        .add(layers.linear()?)
        .add(Activation::Relu)
        .add(layers.linear()?);
    let mut optimizer = SGD::new(layers.vars, 0.1)?;
    Ok(Network { model, loss: mse, learn: Box::new(move |loss| optimizer.backward_step(loss)) })
}

fn mnist_mlp(mut layers: Layers, dropout: f32) -> candle_core::Result<Network> {
    let model = seq().add_fn(|x| x.flatten_from(1)).add(layers.linear()?);
    let model = unit(model, layers.norm()?, 0.2 * dropout).add(layers.linear()?);
    let model = unit(model, layers.norm()?, 0.2 * dropout).add(layers.linear()?).add_fn(|x| log_softmax(x, 1));
    Ok(Network { model, loss: nll, learn: Box::new(momentum(layers.vars, 0.01, 0.9)) })
}

fn mnist_cnn(mut layers: Layers, dropout: f32) -> candle_core::Result<Network> {
    let model = seq().add(layers.conv()?);
    let model = unit(model, layers.norm()?, 0.3 * dropout).add_fn(max_pool).add(layers.conv()?);
    let model = unit(model, layers.norm()?, 0.3 * dropout).add_fn(max_pool);
    let model = model.add_fn(|x| x.flatten_from(1)).add(layers.linear()?);
    let adam = ParamsAdamW { lr: 0.01, weight_decay: 0.0, ..Default::default() };
    let mut optimizer = AdamW::new(layers.vars, adam)?;
    Ok(Network { model, loss: cross_entropy, learn: Box::new(move |loss| optimizer.backward_step(loss)) })
}

/// SGD with momentum, which candle leaves to its users.
fn momentum(vars: Vec<Var>, lr: f64, momentum: f64) -> impl FnMut(&Tensor) -> candle_core::Result<()> {
    let mut velocities: Vec<Option<Tensor>> = vec![None; vars.len()];
    move |loss| {
        let grads = loss.backward()?;
        for (var, velocity) in vars.iter().zip(&mut velocities) {
            let Some(grad) = grads.get(var) else { continue };
            let next = match velocity {
                Some(last) => ((&*last * momentum)? + grad)?,
                None => grad.clone(),
            };
            var.set(&var.sub(&(&next * lr)?)?)?;
            // Otherwise it would hold the graphs of all steps before.
            *velocity = Some(next.detach());
        }
        Ok(())
    }
}
