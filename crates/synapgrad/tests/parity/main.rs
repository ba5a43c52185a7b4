//! The Rust half of tests/parity: what this library computes, for tests/parity/test_parity.py to find in Python bit by bit.
//!
//! A case is a line of a family's `CASES`, and a line of the same name in the Python file of that family. Each starts from
//! the same seed.

mod layers;
mod losses;
mod shapes;
mod training;

use std::fmt::Write;

use synapgrad::nn::Module;
use synapgrad::{DType, Result, Tensor, autograd, random};

/// What is compared, by name.
type Numbers = Vec<(String, Tensor)>;

type Case = fn() -> Result<Numbers>;

fn named(name: &str, tensor: Tensor) -> (String, Tensor) {
    (name.to_string(), tensor)
}

/// Random numbers whose gradient is wanted.
fn normal(shape: &[usize]) -> Result<Tensor> {
    Tensor::randn(shape, DType::F32, None)?.requires_grad_(true)
}

/// The output of a layer for a random input of `shape`; see [`passed`].
fn layer(layer: impl Module, shape: &[usize]) -> Result<Numbers> {
    let dtype = layer.parameters().first().map_or(DType::F32, Tensor::dtype);
    let input = Tensor::randn(shape, dtype, None)?.requires_grad_(true)?;
    let output = layer.forward(&input)?;
    passed(&layer, &[&input], &[output])
}

/// [`layer`] in evaluation, after it has seen another input in training.
fn settled(trained: impl Module, shape: &[usize]) -> Result<Numbers> {
    trained.forward(&Tensor::randn(shape, DType::F32, None)?)?;
    trained.eval();
    layer(trained, shape)
}

/// Inputs and outputs; parameters, buffers and gradients after a backward pass from all outputs, randomly weighted.
fn passed(module: &dyn Module, inputs: &[&Tensor], outputs: &[Tensor]) -> Result<Numbers> {
    let weight = |output: &Tensor| Ok(Some(Tensor::randn(output.shape(), output.dtype(), None)?));
    let weights: Vec<Option<Tensor>> = outputs.iter().map(weight).collect::<Result<_>>()?;
    autograd::backward(outputs, &weights, false, false, None)?;
    let mut numbers = Numbers::new();
    numbers.extend(outputs.iter().enumerate().map(|(i, output)| (format!("output {i}"), output.clone())));
    for (i, input) in inputs.iter().enumerate() {
        numbers.push((format!("input {i}"), (*input).clone()));
        numbers.extend(input.grad().map(|grad| (format!("input {i}.grad"), grad)));
    }
    numbers.extend(state(module));
    Ok(numbers)
}

/// Parameters with their gradients, and buffers.
fn state(module: &dyn Module) -> Numbers {
    let parameters = module.named_parameters();
    let grads = parameters.iter().filter_map(|(name, p)| Some((format!("{name}.grad"), p.grad()?))).collect::<Vec<_>>();
    parameters.into_iter().chain(grads).chain(module.named_buffers()).collect()
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
    for (name, case) in [layers::CASES, shapes::CASES, losses::CASES, training::CASES].into_iter().flatten() {
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
