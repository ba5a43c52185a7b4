//! Layers, losses and optimizers: whole programs, and numbers computed by hand or by PyTorch.

use synapgrad::nn::{self, Module, init};
use synapgrad::optim::{self, Optimizer, Sgd, SgdOptions, State};
use synapgrad::random::{self, Generator};
use synapgrad::{DType, ErrorKind, Reduction, Result, Tensor, autograd, bf16, data::make::make_moons, sequential};

const XAVIER_UNIFORM: [f64; 4] = [-1.0751955012025476, -0.6747009108583917, -0.6509457412625317, -0.7909421303034869];
const KAIMING_UNIFORM: [f64; 4] = [-1.52055606000318, -0.9541711786814179, -0.9205762956624798, -1.1185610877274588];
const XAVIER_NORMAL: [f64; 4] = [0.9352932105398317, 0.3774876799294892, 0.08722481508924568, 0.8786753927643453];

fn grad(tensor: &Tensor) -> Vec<f64> {
    tensor.grad().unwrap().to_vec().unwrap()
}

fn close(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() <= 1e-9 * want.abs().max(1.0), "{got} is not {want}");
    }
}

fn leaf(values: &[f64], shape: &[usize]) -> Result<Tensor> {
    Tensor::from_slice(values, shape)?.requires_grad_(true)
}

/// ∂f/∂x by central differences, for each of the tensors.
fn numeric(inputs: &[Tensor], f: &dyn Fn(&[Tensor]) -> Result<Tensor>) -> Result<Vec<Vec<f64>>> {
    const STEP: f64 = 1e-6;
    let mut all = Vec::new();
    for (i, input) in inputs.iter().enumerate() {
        let values: Vec<f64> = input.to_vec()?;
        let mut slopes = Vec::new();
        for k in 0..values.len() {
            let at = |delta: f64| -> Result<f64> {
                let mut moved = values.clone();
                moved[k] += delta;
                let mut inputs: Vec<Tensor> = inputs.iter().map(Tensor::detach).collect();
                inputs[i] = leaf(&moved, input.shape())?;
                Ok(f(&inputs)?.item()?.to_f64())
            };
            slopes.push((at(STEP)? - at(-STEP)?) / (2.0 * STEP));
        }
        all.push(slopes);
    }
    Ok(all)
}

/// First and second derivatives of a scalar function against differences.
fn check(inputs: &[Tensor], f: &dyn Fn(&[Tensor]) -> Result<Tensor>) -> Result<()> {
    let near = |got: &[f64], want: &[f64]| {
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() < 1e-4 * want.abs().max(1.0), "{got} is not {want}");
        }
    };
    let first = autograd::grad(&[f(inputs)?], inputs, &[], false, false, false)?;
    for (got, want) in first.iter().zip(numeric(inputs, f)?) {
        near(&got.as_ref().unwrap().to_vec::<f64>()?, &want);
    }
    // The sum of squares of the gradients, differentiated again.
    let second = |inputs: &[Tensor]| -> Result<Tensor> {
        let mut sum = Tensor::zeros(&[], DType::F64)?;
        let wanted: Vec<Tensor> = inputs.iter().map(|t| t.requires_grad_(true)).collect::<Result<_>>()?;
        for g in autograd::grad(&[f(&wanted)?], &wanted, &[], true, true, false)?.iter().flatten() {
            sum = sum.add(&g.mul(g)?.sum()?)?;
        }
        Ok(sum)
    };
    let got = autograd::grad(&[second(inputs)?], inputs, &[], false, false, true)?;
    for (got, want) in got.iter().zip(numeric(inputs, &second)?) {
        let got = got.as_ref().map_or(Ok(vec![0.0; want.len()]), Tensor::to_vec::<f64>)?;
        near(&got, &want);
    }
    Ok(())
}

#[test]
fn linear_gradients_of_every_rank() -> Result<()> {
    let values = |n: usize| (0..n).map(|i| ((i * 37 % 19) as f64 - 9.0) / 7.0).collect::<Vec<_>>();
    let (w, b) = (leaf(&values(6), &[2, 3])?, leaf(&values(2), &[2])?);
    for shape in [&[3][..], &[4, 3], &[2, 2, 3]] {
        let x = leaf(&values(shape.iter().product()), shape)?;
        let squares = |y: Tensor| y.mul(&y)?.sum();
        check(&[x.clone(), w.clone(), b.clone()], &|t| squares(t[0].linear(&t[1], Some(&t[2]))?))?;
        check(&[x, w.clone()], &|t| squares(t[0].linear(&t[1], None)?))?;
    }
    // Columns of a wider matrix, and more rows than a product with a row of ones sums.
    let wide = leaf(&values(300), &[3, 100])?;
    let y = wide.transpose(0, 1)?.linear(&w, Some(&b))?;
    y.sum()?.backward()?;
    close(&grad(&b), &[100.0, 100.0]);
    let w: Vec<f64> = w.to_vec()?;
    close(&grad(&wide)[..1], &[w[0] + w[3]]);
    Ok(())
}

#[test]
fn batched_products_broadcast() -> Result<()> {
    let values = |n: usize| (0..n).map(|i| (i as f64).sin()).collect::<Vec<_>>();
    let (a, b) = (leaf(&values(12), &[2, 1, 2, 3])?, leaf(&values(18), &[3, 3, 2])?);
    let product = a.matmul(&b)?;
    assert_eq!(product.shape(), [2, 3, 2, 2]);
    let (av, bv, pv): (Vec<f64>, Vec<f64>, Vec<f64>) = (a.to_vec()?, b.to_vec()?, product.to_vec()?);
    let mut want = Vec::new();
    for (i, j, r, c) in (0..24).map(|n| (n / 12, n / 4 % 3, n / 2 % 2, n % 2)) {
        want.push((0..3).map(|k| av[i * 6 + r * 3 + k] * bv[j * 6 + k * 2 + c]).sum());
    }
    close(&pv, &want);
    check(&[a, b], &|t| t[0].matmul(&t[1])?.mul(&t[0].matmul(&t[1])?)?.sum())
}

#[test]
fn losses_and_their_derivatives() -> Result<()> {
    let (x, y) = (leaf(&[0.2, 0.5, 0.9, 0.3], &[2, 2])?, leaf(&[0.1, 0.7, 0.4, 1.0], &[2, 2])?);
    let (w, p) = (Tensor::from([0.5, 2.0]), Tensor::from([[3.0], [0.25]]));
    close(&x.mse_loss(&y, Reduction::Sum)?.to_vec()?, &[0.01 + 0.04 + 0.25 + 0.49]);
    close(&x.l1_loss(&y, Reduction::Mean)?.to_vec()?, &[1.5 / 4.0]);
    close(&x.huber_loss(&y, Reduction::None, 0.3)?.to_vec()?, &[0.005, 0.02, 0.105, 0.165]);
    let bce = -(0.1 * 0.2f64.ln() + 0.9 * 0.8f64.ln());
    close(&x.binary_cross_entropy(&y, None, Reduction::None)?.to_vec::<f64>()?[..1], &[bce]);
    for reduction in [Reduction::Mean, Reduction::Sum, Reduction::None] {
        // Of what is not reduced, a sum that weighs the elements differently.
        let total = |loss: Tensor| loss.mul(&loss)?.sum();
        let pair = [x.clone(), y.clone()];
        check(&pair, &|t| total(t[0].mse_loss(&t[1], reduction)?))?;
        check(&pair, &|t| total(t[0].l1_loss(&t[1], reduction)?))?;
        check(&pair, &|t| total(t[0].smooth_l1_loss(&t[1], reduction, 0.3)?))?;
        check(&pair, &|t| total(t[0].huber_loss(&t[1], reduction, 0.3)?))?;
        check(&pair, &|t| total(t[0].binary_cross_entropy(&t[1], None, reduction)?))?;
        check(&pair, &|t| total(t[0].binary_cross_entropy_with_logits(&t[1], None, None, reduction)?))?;
        check(&pair, &|t| total(t[0].binary_cross_entropy(&t[1], Some(&w), reduction)?))?;
        for (weight, pos_weight) in [(Some(&w), None), (Some(&w), Some(&p)), (None, Some(&p))] {
            check(&pair, &|t| total(t[0].binary_cross_entropy_with_logits(&t[1], weight, pos_weight, reduction)?))?;
        }
    }
    Ok(())
}

#[test]
fn losses_at_their_limits() -> Result<()> {
    let (x, y) = (leaf(&[0.0, 1.0], &[2])?, Tensor::from([1.0, 1.0]));
    let loss = x.binary_cross_entropy(&y, None, Reduction::Sum)?;
    loss.backward()?;
    close(&loss.to_vec()?, &[100.0]);
    close(&grad(&x), &[-1e12, 0.0]);
    let big = leaf(&[1000.0, -1000.0], &[2])?;
    let loss = big.binary_cross_entropy_with_logits(&Tensor::from([0.0, 1.0]), None, None, Reduction::Mean)?;
    loss.backward()?;
    close(&loss.to_vec()?, &[1000.0]);
    close(&grad(&big), &[0.5, -0.5]);
    let nothing = Tensor::zeros(&[0, 3], DType::F32)?;
    assert!(nothing.mse_loss(&nothing, Reduction::Mean)?.to_vec::<f32>()?[0].is_nan());
    assert_eq!(nothing.mse_loss(&nothing, Reduction::Sum)?.to_vec::<f32>()?, [0.0]);
    Ok(())
}

#[test]
fn bad_losses_are_refused() -> Result<()> {
    let (x, y) = (Tensor::from([0.5, 0.5]), Tensor::from([1.0, 0.0]));
    let kind = |result: Result<Tensor>| result.unwrap_err().kind();
    assert_eq!("avg".parse::<Reduction>().unwrap_err().kind(), ErrorKind::Value);
    let mean = Reduction::Mean;
    assert_eq!(kind(x.mse_loss(&Tensor::from([1.0, 2.0, 3.0]), mean)), ErrorKind::Runtime);
    let whole = Tensor::from([1i64, 2]);
    assert_eq!(kind(whole.mse_loss(&whole, mean)), ErrorKind::NotImplemented);
    assert_eq!(kind(x.binary_cross_entropy(&Tensor::from([1.0]), None, mean)), ErrorKind::Value);
    assert_eq!(kind(x.binary_cross_entropy(&Tensor::from([1f32, 0.0]), None, mean)), ErrorKind::Runtime);
    for outside in [1.5, -0.1, f64::NAN] {
        assert_eq!(kind(Tensor::from([0.5, outside]).binary_cross_entropy(&y, None, mean)), ErrorKind::Runtime);
    }
    let wide = Tensor::from([[1.0, 1.0]]);
    assert_eq!(kind(x.binary_cross_entropy_with_logits(&y, Some(&wide), None, mean)), ErrorKind::Runtime);
    assert_eq!(kind(x.huber_loss(&y, mean, 0.0)), ErrorKind::Runtime);
    Ok(())
}

#[test]
fn a_step_of_sgd_in_every_layout_and_dtype() -> Result<()> {
    let options = SgdOptions { lr: 0.5, momentum: 0.5, weight_decay: 0.5, ..Default::default() };
    let whole = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    let column = whole.transpose(0, 1)?.detach().requires_grad_(true)?;
    let half = Tensor::from([bf16::from_f32(1.0)]).requires_grad_(true)?;
    let params = [column.clone(), half.clone(), leaf(&[7.0], &[1])?];
    column.set_grad(Some(Tensor::from([[1.0, 1.0], [2.0, 2.0]])))?;
    half.set_grad(Some(Tensor::from([bf16::from_f32(1.0)])))?;
    let mut states = vec![State::default(); 3];
    let before = column.storage().version();
    optim::step(&options, &params, &mut states)?;
    assert_eq!(column.storage().version(), before + 1);
    // g = grad + θ/2, θ ← θ − g/2; b = g
    close(&column.to_vec()?, &[0.25, 1.75, 0.5, 2.0]);
    assert_eq!(half.to_vec::<bf16>()?, [bf16::from_f32(0.25)]);
    assert!(states[2][0].is_none() && params[2].to_vec::<f64>()? == [7.0]);
    optim::step(&options, &params, &mut states)?;
    // b ← b/2 + grad + θ/2: for the first element 1.5/2 + 1 + 0.125
    close(&column.to_vec::<f64>()?[..1], &[0.25 - 1.875 / 2.0]);
    close(&states[0][0].as_ref().unwrap().to_vec::<f64>()?[..1], &[1.875]);
    assert!(column.requires_grad() && column.is_leaf());
    Ok(())
}

#[test]
fn optimizers_refuse_nonsense() -> Result<()> {
    let x = leaf(&[1.0], &[1])?;
    let with = |options| Sgd::new([x.clone()], options).map(|_| ()).unwrap_err().kind();
    assert_eq!(with(SgdOptions { lr: -1.0, ..Default::default() }), ErrorKind::Value);
    assert_eq!(with(SgdOptions { nesterov: true, ..Default::default() }), ErrorKind::Value);
    assert_eq!(Sgd::new([], SgdOptions::default()).map(|_| ()).unwrap_err().kind(), ErrorKind::Value);
    let twice = Sgd::new([x.clone(), x.clone()], SgdOptions::default());
    assert_eq!(twice.map(|_| ()).unwrap_err().kind(), ErrorKind::Value);
    let result = Sgd::new([x.mul(2.0)?], SgdOptions::default());
    assert_eq!(result.map(|_| ()).unwrap_err().kind(), ErrorKind::Value);
    Ok(())
}

#[test]
fn modules_name_save_and_load_what_they_hold() -> Result<()> {
    let make = || -> Result<_> { Ok(sequential![nn::Linear::new(2, 3)?, nn::Tanh, nn::Linear::new(3, 1)?]) };
    let (first, second) = (make()?, make()?);
    let names: Vec<String> = first.named_parameters().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["0.weight", "0.bias", "2.weight", "2.bias"]);
    assert_eq!(first.num_parameters(), 13);
    let x = Tensor::from([[0.5f32, -1.0]]);
    let out = |model: &nn::Sequential| model.forward(&x)?.to_vec::<f32>();
    assert_ne!(out(&first)?, out(&second)?);
    second.load_state(&first.state())?;
    assert_eq!(out(&first)?, out(&second)?);
    assert_eq!(second.load_state(&first.state()[1..]).unwrap_err().kind(), ErrorKind::Runtime);
    first.requires_grad_(false)?;
    assert!(!first.forward(&x)?.requires_grad());
    Ok(())
}

#[test]
fn initial_values_are_pytorchs() -> Result<()> {
    let draw = |fill: &dyn Fn(&Tensor, Option<&Generator>) -> Result<()>| -> Result<Vec<f64>> {
        let tensor = Tensor::empty(&[2, 2], DType::F64)?;
        fill(&tensor, Some(&Generator::new(1)))?;
        tensor.to_vec()
    };
    // torch.nn.init with torch.Generator().manual_seed(1), float64
    let kaiming = |t: &Tensor, g: Option<&Generator>| {
        init::kaiming_uniform_(t, init::Mode::FanIn, init::Nonlinearity::ReLU, g).map(|_| ())
    };
    close(&draw(&|t, g| init::xavier_uniform_(t, 1.0, g).map(|_| ()))?, &XAVIER_UNIFORM);
    close(&draw(&kaiming)?, &KAIMING_UNIFORM);
    close(&draw(&|t, g| init::xavier_normal_(t, 2.0, g).map(|_| ()))?, &XAVIER_NORMAL);
    assert_eq!(init::fans(&Tensor::zeros(&[4, 3, 2, 2], DType::F32)?)?, (12, 16));
    assert!(init::fans(&Tensor::zeros(&[4], DType::F32)?).is_err());
    Ok(())
}

#[test]
fn moons_are_learned() -> Result<()> {
    random::manual_seed(0);
    let points = random::with_generator(None, |g| make_moons(60, 60, true, Some(0.1), &mut || g.next_u32()))?;
    let (x, y) = points.tensors()?;
    let y = y.to_dtype(DType::F32)?.view(&[120, 1])?;
    let model = sequential![nn::Linear::new(2, 16)?, nn::ReLU::default(), nn::Linear::new(16, 1)?];
    let mut optimizer = Sgd::new(model.parameters(), SgdOptions { lr: 0.2, momentum: 0.9, ..Default::default() })?;
    let mut losses = Vec::new();
    for _ in 0..200 {
        let loss = nn::MSELoss::default().forward(&model.forward(&x)?, &y)?;
        losses.push(loss.item()?.to_f64());
        optimizer.zero_grad()?;
        loss.backward()?;
        optimizer.step()?;
    }
    assert!(losses[199] < 0.05 && losses[0] > 0.2, "from {} to {}", losses[0], losses[199]);
    Ok(())
}

#[test]
fn lists_and_dicts_name_what_they_hold() -> Result<()> {
    let linear = || nn::Linear::with(2, 2, nn::LinearOptions { bias: false, dtype: None });
    let mut list: nn::ModuleList = nn::ModuleList::new([]);
    assert!(list.is_empty() && list.get(0).is_none());
    list.push(Box::new(linear()?));
    list.push(Box::new(sequential![nn::Tanh, linear()?]));
    let names: Vec<String> = list.state().into_iter().map(|(name, _)| name).collect();
    assert_eq!((names, list.len()), (vec!["0.weight".to_string(), "1.1.weight".to_string()], 2));
    assert_eq!(list.forward(&Tensor::from([1f32])).unwrap_err().kind(), ErrorKind::NotImplemented);

    let mut dict = nn::ModuleDict::new([("b", linear()?), ("a", linear()?)])?;
    let first = dict.get("b").unwrap().weight.clone();
    let old = dict.insert("b", linear()?)?.unwrap();
    assert!(old.weight.is_same(&first) && !dict.get("b").unwrap().weight.is_same(&first));
    let names: Vec<String> = dict.named_parameters().into_iter().map(|(name, _)| name).collect();
    assert_eq!((names, dict.len()), (vec!["b.weight".to_string(), "a.weight".to_string()], 2));
    assert_eq!(dict.forward(&Tensor::from([1f32])).unwrap_err().kind(), ErrorKind::NotImplemented);
    for name in ["", "a.b"] {
        assert_eq!(dict.insert(name, linear()?).map(drop).unwrap_err().kind(), ErrorKind::Value);
    }
    assert!(dict.get("c").is_none() && !dict.is_empty());
    Ok(())
}
