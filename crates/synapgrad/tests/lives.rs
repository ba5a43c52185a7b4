//! It lives: values, gradients, second gradients, deep chains.

use synapgrad::{DType, Tensor, autograd};

#[test]
fn gradients_of_a_small_graph() {
    let x = Tensor::from([1f32, 2.0, 3.0]).requires_grad_(true).unwrap();
    let y = ((&x * &x).exp().unwrap() + 1.0).log().unwrap() * &x;
    y.sum().unwrap().backward().unwrap();
    // d/dx [x·ln(1 + exp(x²))]
    let want: Vec<f32> =
        [1f64, 2.0, 3.0].map(|x| ((1.0 + (x * x).exp()).ln() + 2.0 * x * x / (1.0 + (-x * x).exp())) as f32).to_vec();
    let got = x.grad().unwrap().to_vec::<f32>().unwrap();
    for (g, w) in got.iter().zip(want) {
        assert!((g - w).abs() <= 1e-5 * w.abs(), "{g} {w}");
    }
}

#[test]
fn gradients_of_gradients() {
    let x = Tensor::from([0.5f64, -1.5]).requires_grad_(true).unwrap();
    let y = x.tanh().unwrap().sum().unwrap();
    let g = autograd::grad(&[y], std::slice::from_ref(&x), &[], true, true, false).unwrap().remove(0).unwrap();
    let gg = autograd::grad(&[g.sum().unwrap()], std::slice::from_ref(&x), &[], false, false, false)
        .unwrap()
        .remove(0)
        .unwrap();
    for (x, got) in [0.5f64, -1.5].iter().zip(gg.to_vec::<f64>().unwrap()) {
        let t = x.tanh();
        assert!((got - -2.0 * t * (1.0 - t * t)).abs() < 1e-12);
    }
}

#[test]
fn broadcasting_sums_back() {
    let a = Tensor::from([[1f32, 2.0], [3.0, 4.0]]).requires_grad_(true).unwrap();
    let b = Tensor::from([10f32, 20.0]).requires_grad_(true).unwrap();
    (&a * &b).sum().unwrap().backward().unwrap();
    assert_eq!(b.grad().unwrap().to_vec::<f32>().unwrap(), [4.0, 6.0]);
    assert_eq!(a.grad().unwrap().to_vec::<f32>().unwrap(), [10.0, 20.0, 10.0, 20.0]);
}

#[test]
fn in_place_through_a_view() {
    let x = Tensor::from([1f32, 2.0, 3.0]).requires_grad_(true).unwrap();
    let y = &x * 2.0;
    let v = y.view(&[3, 1]).unwrap();
    v.mul_(&v).unwrap();
    y.sum().unwrap().backward().unwrap();
    // y = (2x)², dy/dx = 8x
    assert_eq!(x.grad().unwrap().to_vec::<f32>().unwrap(), [8.0, 16.0, 24.0]);
    assert!(x.add_(1.0).is_err());
}

#[test]
fn a_saved_tensor_changed_in_place_is_noticed() {
    let x = Tensor::from([1f32, 2.0]).requires_grad_(true).unwrap();
    let y = x.exp().unwrap();
    y.add_(1.0).unwrap();
    let error = y.sum().unwrap().backward().unwrap_err().to_string();
    assert!(error.contains("modified by an inplace operation") && error.contains("ExpBackward0"), "{error}");
}

#[test]
fn backward_twice_needs_retain_graph() {
    let x = Tensor::from([1f32]).requires_grad_(true).unwrap();
    let y = x.exp().unwrap();
    y.backward().unwrap();
    assert!(y.backward().unwrap_err().to_string().contains("second time"));
}

#[test]
fn a_million_additions() {
    let x = Tensor::full(&[1], 0.0, DType::F32).unwrap().requires_grad_(true).unwrap();
    let mut y = x.clone();
    for _ in 0..1_000_000 {
        y = y.add(1.0).unwrap();
    }
    y.backward().unwrap();
    assert_eq!(x.grad().unwrap().to_vec::<f32>().unwrap(), [1.0]);
}
