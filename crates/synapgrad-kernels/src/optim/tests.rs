use half::bf16;

use super::*;

const PLAIN: Sgd = Sgd {
    lr: 0.5,
    momentum: 0.0,
    take: 1.0,
    nesterov: false,
    decay: Decay { coupled: 0.0, decoupled: 0.0, maximize: false },
};

#[test]
fn plain_descent_in_each_type() {
    let (mut x, mut y, mut z) = ([1f32, 2.0], [1f64, 2.0], [bf16::from_f32(1.0), bf16::from_f32(2.0)]);
    step(&PLAIN, &mut x, &[2.0, -2.0], &mut []);
    step(&Sgd { decay: Decay { maximize: true, ..Decay::default() }, ..PLAIN }, &mut y, &[2.0, -2.0], &mut []);
    step(&Sgd { decay: Decay { coupled: 1.0, ..Decay::default() }, ..PLAIN }, &mut z, &[bf16::ZERO; 2], &mut []);
    assert_eq!((x, y), ([0.0, 3.0], [2.0, 1.0]));
    assert_eq!(z.map(bf16::to_f32), [0.5, 1.0]);
}

#[test]
fn momentum_remembers_and_nesterov_looks_ahead() {
    let rule = Sgd { momentum: 0.5, take: 0.75, lr: 1.0, ..PLAIN };
    let (mut x, mut b) = ([0f64], [0.0]);
    step(&Sgd { take: 1.0, ..rule }, &mut x, &[1.0], &mut [&mut b]);
    assert_eq!((x, b), ([-1.0], [1.0]));
    step(&rule, &mut x, &[1.0], &mut [&mut b]);
    assert_eq!((x, b), ([-2.25], [1.25]));
    step(&Sgd { nesterov: true, take: 1.0, ..rule }, &mut x, &[1.0], &mut [&mut b]);
    assert_eq!((x, b), ([-2.25 - 1.0 - 0.8125], [1.625]));
}

#[test]
fn adam_divides_by_the_size_of_the_gradient() {
    // After the first step m = 0.1·g, v = 0.001·g², and with the corrections x moves by lr whatever g.
    let rule = Adam { betas: (0.9, 0.999), eps: 0.0, size: 0.5 / 0.1, scale: 0.001f64.sqrt(), decay: Decay::default() };
    let (mut x, mut m, mut v) = ([0f64; 2], [0.0; 2], [0.0; 2]);
    step(&rule, &mut x, &[3.0, -1e-9], &mut [&mut m, &mut v]);
    assert!((x[0] + 0.5).abs() < 1e-12 && (x[1] - 0.5).abs() < 1e-12, "{x:?}");
    let mut greatest = [100.0, 0.0];
    step(&rule, &mut x, &[0.0; 2], &mut [&mut m, &mut v, &mut greatest]);
    assert_eq!(greatest, [100.0, v[1]]);
}

#[test]
fn large_parameters_are_split_and_whole() {
    let n = 3 * parallel::GRAIN + 5;
    let g: Vec<f32> = (0..n).map(|i| i as f32).collect();
    let (mut x, mut y, mut b) = (vec![0f32; n], vec![0f32; n], vec![0f32; n]);
    step(&PLAIN, &mut x, &g, &mut []);
    step(&Sgd { momentum: 0.9, ..PLAIN }, &mut y, &g, &mut [&mut b]);
    assert!(x.iter().zip(&g).all(|(x, g)| *x == -0.5 * g));
    assert!(x == y && b == g);
}
