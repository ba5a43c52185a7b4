//! First values, data, optimizers and schedules.

use synapgrad::data::make::{Centers, Points, make_blobs, make_circles, make_moons};
use synapgrad::data::{DataLoader, DataLoaderOptions, TensorDataset, random_split};
use synapgrad::nn::init::{self, Nonlinearity};
use synapgrad::nn::{self, Module};
use synapgrad::optim::schedule::*;
use synapgrad::optim::*;
use synapgrad::{DType, Result, Tensor, random};

use crate::layers::perceptron;
use crate::{Case, Numbers, named, state};

pub const CASES: &[(&str, Case)] = &[
    // First values
    ("init.uniform_", || filled(&[4, 5, 3], |t| init::uniform_(t, -1.0, 2.0, None).map(drop))),
    ("init.normal_", || filled(&[4, 5, 3], |t| init::normal_(t, 1.0, 2.0, None).map(drop))),
    ("init.trunc_normal_", || filled(&[4, 5, 3], |t| init::trunc_normal_(t, 0.5, 2.0, -1.0, 1.5, None).map(drop))),
    ("init.constant_", || filled(&[4, 5, 3], |t| init::constant_(t, 0.3).map(drop))),
    ("init.ones_", || filled(&[4, 5, 3], |t| init::ones_(t).map(drop))),
    ("init.zeros_", || filled(&[4, 5, 3], |t| init::zeros_(t).map(drop))),
    ("init.eye_", || filled(&[4, 5], |t| init::eye_(t).map(drop))),
    ("init.dirac_", || filled(&[6, 2, 3, 3], |t| init::dirac_(t, 2).map(drop))),
    ("init.xavier_uniform_", || filled(&[4, 5, 3], |t| init::xavier_uniform_(t, 1.5, None).map(drop))),
    ("init.xavier_normal_", || filled(&[4, 5, 3], |t| init::xavier_normal_(t, 1.5, None).map(drop))),
    ("init.kaiming_uniform_", || {
        filled(&[4, 5, 3], |t| {
            init::kaiming_uniform_(t, init::Mode::FanIn, Nonlinearity::LeakyReLU(0.1), None).map(drop)
        })
    }),
    ("init.kaiming_normal_", || {
        filled(&[4, 5, 3], |t| init::kaiming_normal_(t, init::Mode::FanOut, Nonlinearity::ReLU, None).map(drop))
    }),
    ("init.orthogonal_", || filled(&[4, 5, 3], |t| init::orthogonal_(t, 1.5, None).map(drop))),
    ("init.orthogonal_, more rows", || filled(&[7, 3], |t| init::orthogonal_(t, 1.0, None).map(drop))),
    ("init.sparse_", || filled(&[7, 4], |t| init::sparse_(t, 0.4, 0.1, None).map(drop))),
    ("init.calculate_gain", || {
        use Nonlinearity::{LeakyReLU, Linear, ReLU, SELU, Sigmoid, Tanh};
        let gains = [Linear, Sigmoid, Tanh, ReLU, LeakyReLU(0.2), SELU].map(Nonlinearity::gain);
        Ok(vec![named("gains", Tensor::from(gains))])
    }),
    // Data
    ("make_moons", || points(&made(|word| make_moons(15, 15, true, Some(0.1), word))?)),
    ("make_circles", || points(&made(|word| make_circles(15, 16, true, Some(0.1), 0.5, word))?)),
    ("make_blobs", || {
        let centers = Centers::Random { features: 2, low: -10.0, high: 10.0 };
        points(&made(|word| make_blobs(&[11, 10, 10], &centers, &[1.0, 0.5, 2.0], true, word))?.0)
    }),
    ("make_blobs, centers", || {
        let centers = Centers::At(vec![vec![0.0, 1.0, 2.0], vec![3.0, 2.0, 1.0]]);
        points(&made(|word| make_blobs(&[4, 5], &centers, &[1.0, 1.0], false, word))?.0)
    }),
    ("DataLoader", || {
        let [first, second] = &random_split(&numbered(20)?, &[13, 7], None)?[..] else { unreachable!() };
        let options = DataLoaderOptions { batch_size: 4, shuffle: true, ..Default::default() };
        let batches = [order(first, options.clone())?, order(first, options.clone())?, order(second, options)?];
        Ok(batches.into_iter().enumerate().map(|(i, batch)| (format!("epoch {i}"), batch)).collect())
    }),
    // Optimizers
    ("SGD", || trained(SgdOptions { lr: 0.1, ..Default::default() })),
    ("SGD with momentum", || {
        trained(SgdOptions { lr: 0.05, momentum: 0.9, weight_decay: 0.01, nesterov: true, ..Default::default() })
    }),
    ("SGD with dampening", || {
        trained(SgdOptions { lr: 0.05, momentum: 0.9, dampening: 0.5, maximize: true, ..Default::default() })
    }),
    ("Adam", || trained(AdamOptions::default())),
    ("Adam, amsgrad", || trained(AdamOptions { lr: 0.01, weight_decay: 0.1, amsgrad: true, ..Default::default() })),
    ("AdamW", || trained(AdamOptions { lr: 0.01, betas: (0.8, 0.95), ..AdamOptions::adamw() })),
    ("Adamax", || trained(AdamaxOptions { lr: 0.01, weight_decay: 0.1, ..Default::default() })),
    ("NAdam", || {
        trained(NAdamOptions { lr: 0.01, weight_decay: 0.1, decoupled_weight_decay: true, ..Default::default() })
    }),
    ("RAdam", || trained(RAdamOptions { lr: 0.01, weight_decay: 0.1, betas: (0.9, 0.9), ..Default::default() })),
    ("RMSprop", || trained(RmsPropOptions::default())),
    ("RMSprop, centered", || {
        trained(RmsPropOptions { momentum: 0.9, centered: true, weight_decay: 0.1, ..Default::default() })
    }),
    ("Adagrad", || {
        trained(AdagradOptions {
            lr_decay: 0.1,
            weight_decay: 0.1,
            initial_accumulator_value: 0.5,
            ..Default::default()
        })
    }),
    ("Adadelta", || trained(AdadeltaOptions { rho: 0.8, weight_decay: 0.1, ..Default::default() })),
    ("ASGD", || trained(AsgdOptions { lr: 0.1, t0: 2.0, weight_decay: 0.1, ..Default::default() })),
    ("Rprop", || trained(RpropOptions { etas: (0.4, 1.3), ..Default::default() })),
    ("LBFGS", || fitted(LbfgsOptions { lr: 0.5, max_iter: 4, history_size: 3, ..Default::default() })),
    ("LBFGS, strong_wolfe", || {
        fitted(LbfgsOptions { max_iter: 5, line_search_fn: Some(LineSearch::StrongWolfe), ..Default::default() })
    }),
    // Schedules
    ("StepLR", || rates(StepLr { step_size: 3.0, gamma: 0.7 })),
    ("MultiStepLR", || rates(MultiStepLr { milestones: vec![2.0, 5.0, 5.0], gamma: 0.3 })),
    ("ConstantLR", || rates(ConstantLr { factor: 0.3, total_iters: 4.0 })),
    ("LinearLR", || rates(LinearLr { start_factor: 0.2, end_factor: 0.9, total_iters: 7.0 })),
    ("ExponentialLR", || rates(ExponentialLr { gamma: 0.9 })),
    ("PolynomialLR", || rates(PolynomialLr { total_iters: 9.0, power: 1.7 })),
    ("CosineAnnealingLR", || rates(CosineAnnealingLr { t_max: 5.0, eta_min: 0.01 })),
    ("CosineAnnealingWarmRestarts", || rates(CosineAnnealingWarmRestarts { t_0: 3.0, t_mult: 2.0, eta_min: 0.01 })),
    ("OneCycleLR", || {
        rates(OneCycleLr { max_lr: 0.7, total_steps: 12.0, pct_start: 0.4, div_factor: 20.0, final_div_factor: 1e3 })
    }),
    ("CyclicLR", || rates(cyclic(Cycles::Triangular))),
    ("CyclicLR, triangular2", || rates(cyclic(Cycles::Triangular2))),
    ("CyclicLR, exp_range", || rates(cyclic(Cycles::ExpRange(0.9)))),
    ("SWALR", || rates(SwaLr { target: 0.05, anneal_epochs: 7.0, linear: false })),
    ("LambdaLR", || rates(LambdaLr(|epoch: f64| 1.0 / (1.0 + epoch)))),
    ("MultiplicativeLR", || rates(MultiplicativeLr(|epoch: f64| 1.0 / (1.0 + epoch)))),
    ("SequentialLR", || rates(SequentialLr { schedules: two(), milestones: vec![4.0] })),
    ("ChainedScheduler", || rates(ChainedLr { schedules: two() })),
    ("ReduceLROnPlateau", || plateau(PlateauOptions { factor: 0.6, patience: 1, cooldown: 1, ..Default::default() })),
    ("ReduceLROnPlateau, max", || {
        let threshold = Threshold::Absolute(0.05);
        let options =
            PlateauOptions { higher_is_better: true, patience: 0, threshold, min_lr: 0.02, ..Default::default() };
        plateau(options)
    }),
];

fn filled(shape: &[usize], fill: impl Fn(&Tensor) -> Result<()>) -> Result<Numbers> {
    let tensor = Tensor::empty(shape, DType::F32)?;
    fill(&tensor)?;
    Ok(vec![named("tensor", tensor)])
}

/// What `make` makes of the default generator's words.
fn made<T>(make: impl FnOnce(&mut dyn FnMut() -> u32) -> Result<T>) -> Result<T> {
    random::with_generator(None, |draws| make(&mut || draws.next_u32()))
}

fn points(points: &Points) -> Result<Numbers> {
    let (x, y) = points.tensors()?;
    Ok(vec![named("x", x), named("y", y)])
}

fn numbered(n: usize) -> Result<TensorDataset> {
    TensorDataset::new(vec![Tensor::arange(0, n as i64, 1, None)?])
}

/// The samples in the order in which an epoch goes through them.
fn order(dataset: &TensorDataset, options: DataLoaderOptions) -> Result<Tensor> {
    let loader = DataLoader::new(dataset.clone(), options)?;
    let batches: Vec<Tensor> = loader.iter()?.map(|batch| Ok(batch?.remove(0))).collect::<Result<_>>()?;
    Tensor::cat(&batches.iter().collect::<Vec<_>>(), 0)
}

/// 40 points of the two moons, and their classes as numbers.
fn moons() -> Result<(Tensor, Tensor)> {
    let (x, y) = made(|word| make_moons(20, 20, true, Some(0.1), word))?.tensors()?;
    Ok((x, y.to_dtype(DType::F32)?.unsqueeze(1)?))
}

/// A perceptron after two epochs on the two moons, and the losses on the way.
fn trained<R: Rule>(options: R) -> Result<Numbers> {
    const BATCH: isize = 8;
    let (x, target) = moons()?;
    let model = perceptron()?;
    let mut optimizer = Descent::new(model.parameters(), options)?;
    let mut losses = Vec::new();
    for step in 0..10 {
        let of = |t: &Tensor| t.narrow(0, step % 5 * BATCH, BATCH as usize);
        optimizer.zero_grad()?;
        let loss = nn::MSELoss::default().forward(&model.forward(&of(&x)?)?, &of(&target)?)?;
        loss.backward()?;
        optimizer.step()?;
        losses.push(loss.detach());
    }
    let losses = Tensor::stack(&losses.iter().collect::<Vec<_>>(), 0)?;
    Ok([named("losses", losses)].into_iter().chain(state(&model)).collect())
}

/// The same with an optimizer that asks for the loss as often as it likes.
fn fitted(options: LbfgsOptions) -> Result<Numbers> {
    let (x, target) = moons()?;
    let model = perceptron()?;
    let mut optimizer = Lbfgs::new(model.parameters(), options)?;
    let mut losses = Vec::new();
    for _ in 0..3 {
        losses.push(optimizer.step(|| {
            model.zero_grad()?;
            let loss = nn::MSELoss::default().forward(&model.forward(&x)?, &target)?;
            loss.backward()?;
            Ok(loss.item()?.to_f64())
        })?);
    }
    Ok([named("losses", Tensor::from_slice(&losses, &[3])?)].into_iter().chain(state(&model)).collect())
}

fn idle_optimizer() -> Result<Sgd> {
    Sgd::new([Tensor::from([1f32]).requires_grad_(true)?], SgdOptions { lr: 0.5, ..Default::default() })
}

/// The rates of 12 epochs.
fn rates(schedule: impl Schedule) -> Result<Numbers> {
    let mut optimizer = idle_optimizer()?;
    let mut scheduler = Scheduler::new(schedule, &mut optimizer);
    let mut rates = Vec::new();
    for _ in 0..12 {
        rates.push(optimizer.groups[0].options.lr);
        scheduler.step(&mut optimizer)?;
    }
    Ok(vec![named("rates", Tensor::from_slice(&rates, &[12])?)])
}

/// The rates after each of some metrics.
fn plateau(options: PlateauOptions) -> Result<Numbers> {
    let mut optimizer = idle_optimizer()?;
    let mut scheduler = ReduceLrOnPlateau::new(options)?;
    let mut rates = Vec::new();
    for metric in [0.5, 0.6, 0.62, 0.62, 0.4, 0.4, 0.39, 0.8, 0.8, 0.3, 0.3, 0.3] {
        scheduler.step(metric, &mut optimizer);
        rates.push(optimizer.groups[0].options.lr);
    }
    Ok(vec![named("rates", Tensor::from_slice(&rates, &[12])?)])
}

fn cyclic(cycles: Cycles) -> CyclicLr {
    CyclicLr { base_lr: 0.1, max_lr: 0.6, step_size_up: 2.0, step_size_down: 3.0, cycles }
}

fn two() -> Vec<Box<dyn Schedule>> {
    vec![Box::new(ConstantLr { factor: 0.2, total_iters: 3.0 }), Box::new(ExponentialLr { gamma: 0.9 })]
}
