//! The examples in burn, on Flex: the backend that it recommends for processors, and in all three quicker than its NdArray.

use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::{CrossEntropyLossConfig, MseLoss, Reduction};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, PaddingConfig2d, Relu};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig};
use burn::tensor::{Device, Element, Int, Tensor, TensorData};
use contestants::{Array, Batch, Contestant, Problem, Result, Target};

fn main() -> Result<()> {
    contestants::main::<Burn>()
}

struct Burn {
    example: String,
    problem: Problem,
    device: Device,
    /// Always there between two steps; the optimizer takes it and gives it back.
    model: Option<Model>,
    optimizer: ModuleOptimizer,
    rate: f64,
}

impl Contestant for Burn {
    const CRATE: &str = "burn";
    type Loss = Tensor<1>;

    fn new(example: &str, problem: Problem) -> Result<Self> {
        let (optimizer, rate) = optimizer(example);
        let device = Device::flex().autodiff();
        let mut made = Burn { example: example.into(), problem, device, model: None, optimizer, rate };
        made.reset(true)?;
        Ok(made)
    }

    fn reset(&mut self, dropout: bool) -> Result<()> {
        let dropout = f64::from(dropout);
        let mut layers = Layers { initial: self.problem.parameters.iter(), device: &self.device };
        self.model = Some(match self.example.as_str() {
            "moons" => Model::Moons(Moons::new(&mut layers)),
            "mnist_mlp" => Model::MnistMlp(MnistMlp::new(&mut layers, dropout)),
            "mnist_cnn" => Model::MnistCnn(MnistCnn::new(&mut layers, dropout)),
            other => return Err(format!("no example {other}").into()),
        });
        (self.optimizer, self.rate) = optimizer(&self.example);
        Ok(())
    }

    fn step(&mut self, i: usize) -> Result<Tensor<1>> {
        let Batch { x, y } = &self.problem.batches[i];
        let model = self.model.take().ok_or("the step before failed")?;
        let loss = model.loss(data(x), y, &self.device);
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        self.model = Some(self.optimizer.step(self.rate, model, gradients));
        Ok(loss)
    }

    fn value(loss: Tensor<1>) -> Result<f64> {
        Ok(loss.into_scalar::<f32>().into())
    }
}

fn data<T: Element>(array: &Array<T>) -> TensorData {
    TensorData::new(array.values.clone(), array.shape.clone())
}

/// The optimizer of an example and its learning rate. burn's own defaults differ from PyTorch's.
fn optimizer(example: &str) -> (ModuleOptimizer, f64) {
    let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0);
    match example {
        "moons" => (SgdConfig::new().init(), 0.1),
        "mnist_mlp" => (SgdConfig::new().with_momentum(Some(momentum)).init(), 0.01),
        _ => (AdamConfig::new().with_epsilon(1e-8).init(), 0.01),
    }
}

/// Makes layers of the initial parameters.
struct Layers<'a> {
    initial: std::slice::Iter<'a, Array<f32>>,
    device: &'a Device,
}

impl Layers<'_> {
    fn next(&mut self) -> &Array<f32> {
        self.initial.next().expect("as many parameters as in networks.py")
    }

    fn parameter<const D: usize>(&mut self) -> Param<Tensor<D>> {
        Param::from_data(data(self.next()), self.device)
    }

    fn linear(&mut self) -> Linear {
        // burn has a row for each input, PyTorch for each output.
        let Array { shape, values } = self.next();
        let (outputs, inputs) = (shape[0], shape[1]);
        let transposed = (0..inputs).flat_map(|i| values[i..].iter().step_by(inputs).copied()).collect();
        let weight = TensorData::new::<f32, _>(transposed, [inputs, outputs]);
        Linear { weight: Param::from_data(weight, self.device), bias: Some(self.parameter()) }
    }

    /// A convolution whose output is as large as its input.
    fn conv(&mut self, channels: [usize; 2]) -> Conv2d {
        let mut layer = Conv2dConfig::new(channels, [3, 3]).with_padding(PaddingConfig2d::Same).init(self.device);
        layer.weight = self.parameter();
        layer.bias = Some(self.parameter());
        layer
    }

    fn norm(&mut self, features: usize) -> BatchNorm {
        let mut layer = BatchNormConfig::new(features).init(self.device);
        layer.gamma = self.parameter();
        layer.beta = self.parameter();
        layer
    }
}

// There is one, so its size is nothing to save.
#[allow(clippy::large_enum_variant)]
#[derive(Module, Debug)]
enum Model {
    Moons(Moons),
    MnistMlp(MnistMlp),
    MnistCnn(MnistCnn),
}

impl Model {
    fn loss(&self, x: TensorData, y: &Target, device: &Device) -> Tensor<1> {
        let output = match self {
            Model::Moons(model) => model.forward(Tensor::from_data(x, device)),
            Model::MnistMlp(model) => model.forward(Tensor::from_data(x, device)),
            Model::MnistCnn(model) => model.forward(Tensor::from_data(x, device)),
        };
        match y {
            Target::Numbers(y) => MseLoss::new().forward(output, Tensor::from_data(data(y), device), Reduction::Mean),
            // Of what comes before the softmax: NLLLoss of LogSoftmax, which burn has no other loss for.
            Target::Classes(y) => {
                let y = Tensor::<1, Int>::from_data(data(y), device);
                CrossEntropyLossConfig::new().init(device).forward(output, y)
            }
        }
    }
}

#[derive(Module, Debug)]
struct Moons {
    layer1: Linear,
    layer2: Linear,
    layer3: Linear,
    relu: Relu,
}

impl Moons {
    fn new(layers: &mut Layers) -> Moons {
        Moons { layer1: layers.linear(), layer2: layers.linear(), layer3: layers.linear(), relu: Relu::new() }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let x = self.relu.forward(self.layer1.forward(x));
        let x = self.relu.forward(self.layer2.forward(x));
        self.layer3.forward(x)
    }
}

/// Batch normalisation, ReLU and dropout.
#[derive(Module, Debug)]
struct Unit {
    norm: BatchNorm,
    relu: Relu,
    dropout: Dropout,
}

impl Unit {
    fn new(norm: BatchNorm, dropout: f64) -> Unit {
        Unit { norm, relu: Relu::new(), dropout: DropoutConfig::new(dropout).init() }
    }

    fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.dropout.forward(self.relu.forward(self.norm.forward(x)))
    }
}

#[derive(Module, Debug)]
struct MnistMlp {
    layer1: Linear,
    unit1: Unit,
    layer2: Linear,
    unit2: Unit,
    layer3: Linear,
}

impl MnistMlp {
    fn new(layers: &mut Layers, dropout: f64) -> MnistMlp {
        MnistMlp {
            layer1: layers.linear(),
            unit1: Unit::new(layers.norm(200), 0.2 * dropout),
            layer2: layers.linear(),
            unit2: Unit::new(layers.norm(100), 0.2 * dropout),
            layer3: layers.linear(),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = self.unit1.forward(self.layer1.forward(x.flatten(1, 3)));
        let x = self.unit2.forward(self.layer2.forward(x));
        self.layer3.forward(x)
    }
}

#[derive(Module, Debug)]
struct MnistCnn {
    conv1: Conv2d,
    unit1: Unit,
    conv2: Conv2d,
    unit2: Unit,
    pool: MaxPool2d,
    linear: Linear,
}

impl MnistCnn {
    fn new(layers: &mut Layers, dropout: f64) -> MnistCnn {
        MnistCnn {
            conv1: layers.conv([1, 16]),
            unit1: Unit::new(layers.norm(16), 0.3 * dropout),
            conv2: layers.conv([16, 32]),
            unit2: Unit::new(layers.norm(32), 0.3 * dropout),
            pool: MaxPool2dConfig::new([2, 2]).init(),
            linear: layers.linear(),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = self.pool.forward(self.unit1.forward(self.conv1.forward(x)));
        let x = self.pool.forward(self.unit2.forward(self.conv2.forward(x)));
        self.linear.forward(x.flatten(1, 3))
    }
}
