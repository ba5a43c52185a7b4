//! The Rust half of tests/parity: what this library computes, for tests/parity/test_parity.py to find in Python bit by bit.
//!
//! A case is a line of [`CASES`], and a line of the same name there. Each starts from the same seed.

use std::fmt::Write;

use synapgrad::data::make::make_moons;
use synapgrad::nn::{self, Module, init, init::Nonlinearity};
use synapgrad::optim::{Optimizer, Sgd, SgdOptions};
use synapgrad::{DType, Reduction, Result, Tensor, random, sequential};

/// What is compared, by name.
type Numbers = Vec<(String, Tensor)>;

type Case = fn() -> Result<Numbers>;

const CASES: &[(&str, Case)] = &[
    ("Linear", || layer(nn::Linear::new(3, 2)?, &[4, 3])),
    ("Linear without bias", || {
        layer(nn::Linear::with(5, 4, nn::LinearOptions { bias: false, dtype: None })?, &[2, 3, 5])
    }),
    ("Linear of float64", || layer(nn::Linear::with(3, 2, double())?, &[4, 3])),
    ("Sequential", || layer(perceptron()?, &[5, 2])),
    ("ReLU", || layer(nn::ReLU::default(), &[4, 3])),
    ("LeakyReLU", || layer(nn::LeakyReLU { negative_slope: 0.2, ..Default::default() }, &[4, 3])),
    ("SELU", || layer(nn::SELU::default(), &[4, 3])),
    ("Tanh", || layer(nn::Tanh, &[4, 3])),
    ("Sigmoid", || layer(nn::Sigmoid, &[4, 3])),
    ("Softmax", || layer(nn::Softmax { dim: 1 }, &[4, 3])),
    ("LogSoftmax", || layer(nn::LogSoftmax { dim: 0 }, &[4, 3])),
    ("RNN", || layer(nn::RNN::new(3, 4)?, &[5, 2, 3])),
    ("LSTM", || {
        let options = nn::RecurrentOptions { num_layers: 2, bidirectional: true, dropout: 0.5, ..Default::default() };
        layer(nn::LSTM::with(3, 4, options)?, &[5, 2, 3])
    }),
    ("GRU", || {
        let options = nn::RecurrentOptions { batch_first: true, bias: false, ..Default::default() };
        layer(nn::GRU::with(3, 4, options)?, &[2, 5, 3])
    }),
    ("GRUCell", || layer(nn::GRUCell::new(3, 4)?, &[2, 3])),
    ("TransformerEncoderLayer", || layer(nn::TransformerEncoderLayer::with(8, 2, small())?, &[5, 3, 8])),
    ("TransformerEncoder", || {
        let options = nn::TransformerLayerOptions { batch_first: true, norm_first: true, ..small() };
        let one = nn::TransformerEncoderLayer::with(8, 2, options)?;
        layer(nn::TransformerEncoder::new(&one, 2, Some(nn::LayerNorm::new(&[8])?))?, &[3, 5, 8])
    }),
    ("MSELoss", || loss(|x, y| nn::MSELoss::default().forward(x, y))),
    ("MSELoss, sum", || loss(|x, y| nn::MSELoss { reduction: Reduction::Sum }.forward(x, y))),
    ("BCELoss", || loss(|x, y| nn::BCELoss::default().forward(x, y))),
    ("BCEWithLogitsLoss", || loss(|x, y| nn::BCEWithLogitsLoss::default().forward(x, y))),
    ("init.uniform_", || filled(|t| init::uniform_(t, -1.0, 2.0, None).map(drop))),
    ("init.normal_", || filled(|t| init::normal_(t, 1.0, 2.0, None).map(drop))),
    ("init.constant_", || filled(|t| init::constant_(t, 0.3).map(drop))),
    ("init.xavier_uniform_", || filled(|t| init::xavier_uniform_(t, 1.5, None).map(drop))),
    ("init.xavier_normal_", || filled(|t| init::xavier_normal_(t, 1.5, None).map(drop))),
    ("init.kaiming_uniform_", || {
        filled(|t| init::kaiming_uniform_(t, init::Mode::FanIn, Nonlinearity::LeakyReLU(0.1), None).map(drop))
    }),
    ("init.kaiming_normal_", || {
        filled(|t| init::kaiming_normal_(t, init::Mode::FanOut, Nonlinearity::ReLU, None).map(drop))
    }),
    ("make_moons", || {
        let (x, y) = moons(30)?;
        Ok(vec![named("x", x), named("y", y)])
    }),
    ("SGD", || trained(|model| Sgd::new(model.parameters(), SgdOptions { lr: 0.1, ..Default::default() }))),
    ("SGD with momentum", || {
        let options = SgdOptions { lr: 0.05, momentum: 0.9, weight_decay: 0.01, nesterov: true, ..Default::default() };
        trained(|model| Sgd::new(model.parameters(), options))
    }),
];

fn double() -> nn::LinearOptions {
    nn::LinearOptions { dtype: Some(DType::F64), ..Default::default() }
}

fn small() -> nn::TransformerLayerOptions {
    nn::TransformerLayerOptions { dim_feedforward: 12, ..Default::default() }
}

fn perceptron() -> Result<nn::Sequential> {
    Ok(sequential![
        nn::Linear::new(2, 16)?,
        nn::ReLU::default(),
        nn::Linear::new(16, 16)?,
        nn::ReLU::default(),
        nn::Linear::new(16, 1)?,
    ])
}

fn named(name: &str, tensor: Tensor) -> (String, Tensor) {
    (name.to_string(), tensor)
}

/// The output for a random input of `shape`; parameters, buffers and gradients after a backward pass.
fn layer(layer: impl Module, shape: &[usize]) -> Result<Numbers> {
    let dtype = layer.parameters().first().map_or(DType::F32, Tensor::dtype);
    let input = Tensor::randn(shape, dtype, None)?.requires_grad_(true)?;
    let output = layer.forward(&input)?;
    output.mul(&Tensor::randn(output.shape(), dtype, None)?)?.sum()?.backward()?;
    let mut numbers = vec![named("output", output)];
    numbers.extend(state(&layer));
    numbers.extend(input.grad().map(|grad| named("input.grad", grad)));
    Ok(numbers)
}

/// Parameters with their gradients, and buffers.
fn state(module: &dyn Module) -> Numbers {
    let parameters = module.named_parameters();
    let grads = parameters.iter().filter_map(|(name, p)| Some((format!("{name}.grad"), p.grad()?))).collect::<Vec<_>>();
    parameters.into_iter().chain(grads).chain(module.named_buffers()).collect()
}

/// A loss of probabilities, and the gradients by both.
fn loss(loss: impl Fn(&Tensor, &Tensor) -> Result<Tensor>) -> Result<Numbers> {
    let uniform = || Tensor::rand(&[4, 3], DType::F32, None)?.requires_grad_(true);
    let (input, target) = (uniform()?, uniform()?);
    let value = loss(&input, &target)?;
    value.backward()?;
    let grads = [("input.grad", input.grad()), ("target.grad", target.grad())];
    let grads = grads.into_iter().filter_map(|(name, grad)| Some(named(name, grad?)));
    Ok(std::iter::once(named("loss", value)).chain(grads).collect())
}

fn filled(fill: impl Fn(&Tensor) -> Result<()>) -> Result<Numbers> {
    let tensor = Tensor::empty(&[4, 5, 3], DType::F32)?;
    fill(&tensor)?;
    Ok(vec![named("tensor", tensor)])
}

fn moons(n: usize) -> Result<(Tensor, Tensor)> {
    let half = n / 2;
    random::with_generator(None, |draws| make_moons(half, n - half, true, Some(0.1), &mut || draws.next_u32()))?
        .tensors()
}

/// A perceptron after some steps on the two moons, and the losses on the way.
fn trained<O: Optimizer>(optimizer: impl Fn(&nn::Sequential) -> Result<O>) -> Result<Numbers> {
    const BATCH: isize = 8;
    let (x, y) = moons(5 * BATCH as usize)?;
    let target = y.to_dtype(DType::F32)?.unsqueeze(1)?;
    let model = perceptron()?;
    let mut optimizer = optimizer(&model)?;
    let mut losses = Vec::new();
    for batch in 0..5 {
        let of = |t: &Tensor| t.narrow(0, batch * BATCH, BATCH as usize);
        optimizer.zero_grad()?;
        let loss = nn::MSELoss::default().forward(&model.forward(&of(&x)?)?, &of(&target)?)?;
        loss.backward()?;
        optimizer.step()?;
        losses.push(loss.detach());
    }
    let losses = Tensor::stack(&losses.iter().collect::<Vec<_>>(), 0)?;
    Ok([named("losses", losses)].into_iter().chain(state(&model)).collect())
}

/// Dtype, shape and the bits of all elements, which every dtype shares with float64.
fn bits(tensor: &Tensor) -> Result<String> {
    let mut text = format!("{} {:?}", tensor.dtype().name(), tensor.shape());
    for x in tensor.detach().to_dtype(DType::F64)?.to_vec::<f64>()? {
        let _ = write!(text, " {:016x}", x.to_bits());
    }
    Ok(text)
}

/// Compute all cases and write them as JSON to the file that `SYNAPGRAD_PARITY` names.
#[test]
fn every_case_can_be_computed() -> Result<()> {
    let mut json = Vec::new();
    for (name, case) in CASES {
        random::manual_seed(0);
        let mut entries = Vec::new();
        for (what, tensor) in case()? {
            entries.push(format!("    {what:?}: {:?}", bits(&tensor)?));
        }
        assert!(!entries.is_empty(), "{name} compares nothing");
        json.push(format!("  {name:?}: {{\n{}\n  }}", entries.join(",\n")));
    }
    if let Some(path) = std::env::var_os("SYNAPGRAD_PARITY") {
        std::fs::write(path, format!("{{\n{}\n}}\n", json.join(",\n"))).unwrap();
    }
    Ok(())
}
