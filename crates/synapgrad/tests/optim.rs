//! Optimizers for Rust users: rules beside PyTorch's numbers, groups, schedules, errors.

use synapgrad::optim::schedule::{ConstantLr, CosineAnnealingLr, Scheduler};
use synapgrad::optim::*;
use synapgrad::{DType, ErrorKind, Result, Tensor};

/// Where six steps down Σ x⁴ from (1, −2) lead.
fn descend<R: Rule>(options: R) -> Result<Vec<f64>> {
    let x = Tensor::from([1.0, -2.0]).requires_grad_(true)?;
    let mut optimizer = Descent::new([x.clone()], options)?;
    for _ in 0..6 {
        optimizer.zero_grad()?;
        x.pow(4.0)?.sum()?.backward()?;
        optimizer.step()?;
    }
    x.to_vec()
}

#[test]
fn rules_lead_where_pytorchs_lead() -> Result<()> {
    let lr = 0.1;
    let adam = AdamOptions { lr, amsgrad: true, weight_decay: 0.1, ..Default::default() };
    let adagrad = AdagradOptions { lr, lr_decay: 0.5, ..Default::default() };
    let rmsprop = RmsPropOptions { lr, momentum: 0.5, centered: true, ..Default::default() };
    let asgd = AsgdOptions { lr, lambd: 0.1, t0: 1.0, ..Default::default() };
    for (name, got, want) in [
        ("adam", descend(adam)?, [0.4547954869136844, -1.4202991301690613]),
        ("adamw", descend(AdamOptions { lr, ..AdamOptions::adamw() })?, [0.4525934719886626, -1.4105046372297148]),
        ("adamax", descend(AdamaxOptions { lr, ..Default::default() })?, [0.5697624917511472, -1.5000540565553837]),
        ("nadam", descend(NAdamOptions { lr, ..Default::default() })?, [0.6267293187216056, -1.5738003416324997]),
        ("radam", descend(RAdamOptions { lr, ..Default::default() })?, [0.01307251429263034, -0.6461200680923004]),
        ("adagrad", descend(adagrad)?, [0.8017742654828482, -1.789252839963505]),
        (
            "adadelta",
            descend(AdadeltaOptions { lr: 10.0, ..Default::default() })?,
            [0.8297008597462591, -1.8162044964322284],
        ),
        ("rmsprop", descend(rmsprop)?, [-0.16041678955579985, 0.22884224315534635]),
        ("asgd", descend(asgd)?, [0.35334497576994733, 0.3478166127110644]),
        ("rprop", descend(RpropOptions { lr, ..Default::default() })?, [0.007008000000000125, -1.007008]),
    ] {
        // Some numbers are counted in single precision.
        let close = got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-6);
        assert!(close, "{name}: {got:?} is not {want:?}");
    }
    Ok(())
}

#[test]
fn options_without_meaning_are_refused() -> Result<()> {
    fn kind<R: Rule>(options: R) -> ErrorKind {
        let x = Tensor::from([1.0]);
        Descent::new([x], options).map(|_| ()).unwrap_err().kind()
    }
    assert_eq!(kind(AdamOptions { betas: (0.9, 1.0), ..Default::default() }), ErrorKind::Value);
    assert_eq!(kind(AdamOptions { lr: f64::NAN, ..Default::default() }), ErrorKind::Value);
    assert_eq!(kind(AdadeltaOptions { rho: -0.1, ..Default::default() }), ErrorKind::Value);
    assert_eq!(kind(RpropOptions { etas: (0.5, 1.0), ..Default::default() }), ErrorKind::Value);
    assert_eq!(kind(NAdamOptions { momentum_decay: -1.0, ..Default::default() }), ErrorKind::Value);
    let none = Lbfgs::new([], LbfgsOptions::default()).map(|_| ()).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::Value);
    let whole = Tensor::zeros(&[2], DType::I64)?;
    let mut adam = Adam::new([whole], AdamOptions::default())?;
    adam.step()?;
    let x = Tensor::from([1.0]);
    let wrong = step(&AdamOptions::default(), &[x], &mut []);
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::Runtime);
    Ok(())
}

#[test]
fn a_schedule_sets_the_rate_of_each_group() -> Result<()> {
    let (a, b) = (Tensor::from([1f32]).requires_grad_(true)?, Tensor::from([1f32]).requires_grad_(true)?);
    let mut optimizer = Sgd::new([a], SgdOptions { lr: 1.0, ..Default::default() })?;
    optimizer.add_group([b], SgdOptions { lr: 0.5, ..Default::default() })?;
    let mut warmup = Scheduler::new(ConstantLr { factor: 0.5, total_iters: 2.0 }, &mut optimizer);
    let mut cosine = Scheduler::new(CosineAnnealingLr { t_max: 4.0, eta_min: 0.0 }, &mut optimizer);
    let mut rates = Vec::new();
    for _ in 0..4 {
        rates.push(optimizer.groups.iter().map(|group| group.options.lr).collect::<Vec<_>>());
        warmup.step(&mut optimizer)?;
        cosine.step(&mut optimizer)?;
    }
    for (epoch, factor) in [0.5, 0.5, 1.0, 1.0].into_iter().enumerate() {
        let height = (1.0 + (std::f64::consts::PI * epoch as f64 / 4.0).cos()) / 2.0;
        assert!((rates[epoch][0] - factor * height).abs() < 1e-12, "{rates:?}");
        assert!((rates[epoch][1] - 0.5 * factor * height).abs() < 1e-12, "{rates:?}");
    }
    Ok(())
}

#[test]
fn an_error_in_the_closure_of_lbfgs_goes_on() -> Result<()> {
    let x = Tensor::from([1.0]).requires_grad_(true)?;
    let mut optimizer = Lbfgs::new([x.clone()], LbfgsOptions::default())?;
    let error = optimizer.step(|| x.mul(&Tensor::from([1.0, 2.0, 3.0]))?.view(&[7]).map(|_| 0.0));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Runtime);
    assert_eq!(optimizer.memory.func_evals, 0);
    Ok(())
}
