//! Example 1: a small perceptron learns to tell two interleaving moons apart.
//!
//!     cargo run --release --example moons
//!
//! It trains a 2-16-16-1 network with SGD, shows the loss and the accuracy as they develop, and leaves two pictures in
//! `out/moons-rust/`: the loss curve and the decision boundary.

use std::error::Error;
use std::fs;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use plotters::prelude::*;
use synapgrad::data::make::{Points, make_moons};
use synapgrad::nn::{self, MSELoss, Module, Sequential};
use synapgrad::optim::{Optimizer, Sgd, SgdOptions};
use synapgrad::{DType, Tensor, autograd, random, sequential};

const POINTS: usize = 150;
const NOISE: f64 = 0.1;
const EPOCHS: usize = 50;
const BATCH: usize = 4;
const CLASS_COLOURS: [RGBColor; 2] = [RGBColor(42, 111, 187), RGBColor(209, 73, 91)];

/// Loss and accuracy over all points after an epoch.
struct Epoch {
    loss: f64,
    accuracy: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    random::manual_seed(1);
    let points = random::with_generator(None, |draws| {
        make_moons(POINTS / 2, POINTS / 2, true, Some(NOISE), &mut || draws.next_u32())
    })?;
    let model = sequential![
        nn::Linear::new(2, 16)?,
        nn::ReLU::default(),
        nn::Linear::new(16, 16)?,
        nn::ReLU::default(),
        nn::Linear::new(16, 1)?,
    ];
    println!("{}\n{} parameters", model.repr(), model.num_parameters());
    let history = train(&model, &points)?;

    let folder = Path::new("out/moons-rust");
    fs::create_dir_all(folder)?;
    draw_history(&history, &folder.join("loss.svg"))?;
    draw_boundary(&model, &points, &folder.join("boundary.svg"))?;
    let Epoch { loss, accuracy } = &history[EPOCHS - 1];
    println!("loss {loss:.4}, accuracy {accuracy:.3}; pictures in {}", folder.display());
    Ok(())
}

/// Fit the model by stochastic gradient descent.
fn train(model: &Sequential, points: &Points) -> synapgrad::Result<Vec<Epoch>> {
    let (x, y) = points.tensors()?;
    let target = y.to_dtype(DType::F32)?.view(&[POINTS, 1])?;
    let loss_fn = MSELoss::default();
    let mut optimizer = Sgd::new(model.parameters(), SgdOptions { lr: 0.1, ..Default::default() })?;
    let style =
        ProgressStyle::with_template("training {bar:30} {pos}/{len} {msg}").unwrap_or(ProgressStyle::default_bar());
    let progress = ProgressBar::new(EPOCHS as u64).with_style(style);
    let mut history = Vec::new();
    for _ in 0..EPOCHS {
        let mut order = [0i64; POINTS];
        random::with_generator(None, |draws| draws.permutation(&mut order));
        for batch in order.chunks(BATCH) {
            let batch = Tensor::from(batch);
            optimizer.zero_grad()?;
            let output = model.forward(&x.index_select(0, &batch)?)?;
            let loss = loss_fn.forward(&output, &target.index_select(0, &batch)?)?;
            loss.backward()?;
            optimizer.step()?;
        }
        let _mode = autograd::no_grad();
        let output = model.forward(&x)?;
        let loss = loss_fn.forward(&output, &target)?.item()?.to_f64();
        let right =
            output.to_vec::<f32>()?.iter().zip(&points.y).filter(|(o, class)| (**o > 0.5) == (**class == 1)).count();
        let accuracy = right as f64 / POINTS as f64;
        progress.set_message(format!("loss {loss:.4} accuracy {accuracy:.3}"));
        progress.inc(1);
        history.push(Epoch { loss, accuracy });
    }
    progress.finish();
    Ok(history)
}

/// The loss (left axis) and the accuracy (right axis) over the epochs.
fn draw_history(history: &[Epoch], path: &Path) -> Result<(), Box<dyn Error>> {
    let area = SVGBackend::new(path, (700, 400)).into_drawing_area();
    area.fill(&WHITE)?;
    let top = history.iter().map(|epoch| epoch.loss).fold(0.0, f64::max) * 1.05;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .caption("two moons: loss and accuracy on all points", ("sans-serif", 18))
        .x_label_area_size(40)
        .y_label_area_size(56)
        .right_y_label_area_size(56)
        .build_cartesian_2d(1.0..EPOCHS as f64, 0.0..top)?
        .set_secondary_coord(1.0..EPOCHS as f64, 0.5..1.005);
    let number = |x: &f64| format!("{x:.2}");
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("epoch")
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_desc("mean squared error")
        .y_label_formatter(&number)
        .draw()?;
    chart.configure_secondary_axes().y_desc("accuracy").y_label_formatter(&number).draw()?;
    let along = |value: fn(&Epoch) -> f64| history.iter().zip(1..).map(move |(epoch, i)| (f64::from(i), value(epoch)));
    chart
        .draw_series(LineSeries::new(along(|epoch| epoch.loss), CLASS_COLOURS[0].stroke_width(2)))?
        .label("loss")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], CLASS_COLOURS[0].stroke_width(2)));
    chart
        .draw_secondary_series(LineSeries::new(along(|epoch| epoch.accuracy), CLASS_COLOURS[1].stroke_width(2)))?
        .label("accuracy")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], CLASS_COLOURS[1].stroke_width(2)));
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::MiddleRight)
        .background_style(WHITE.mix(0.8))
        .draw()?;
    area.present()?;
    Ok(())
}

/// What the model answers everywhere, the border where it changes its mind, and the points it saw.
fn draw_boundary(model: &Sequential, points: &Points, path: &Path) -> Result<(), Box<dyn Error>> {
    const STEPS: usize = 120;
    let (left, right, bottom, top) = (-1.5f32, 2.5f32, -1.1f32, 1.6f32);
    let (dx, dy) = ((right - left) / STEPS as f32, (top - bottom) / STEPS as f32);
    // The middle of every cell of a grid.
    let middle = |i: usize| (left + (0.5 + (i % STEPS) as f32) * dx, bottom + (0.5 + (i / STEPS) as f32) * dy);
    let grid: Vec<f32> = (0..STEPS * STEPS).map(middle).flat_map(|(x, y)| [x, y]).collect();
    let answers = {
        let _mode = autograd::no_grad();
        model.forward(&Tensor::from_slice(&grid, &[STEPS * STEPS, 2])?)?.to_vec::<f32>()?
    };

    let area = SVGBackend::new(path, (760, 540)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .caption("what the network answers: blue 0, red 1", ("sans-serif", 18))
        .x_label_area_size(30)
        .y_label_area_size(40)
        .build_cartesian_2d(left..right, bottom..top)?;
    // The colour of an answer lies between those of the classes, mixed with white.
    let shade = |answer: f32| {
        let share = f64::from(answer.clamp(0.0, 1.0));
        let mix = |a: u8, b: u8| (255.0 - 0.55 * (255.0 - (f64::from(a) * (1.0 - share) + f64::from(b) * share))) as u8;
        let ([a, b], of) = (CLASS_COLOURS, mix);
        RGBColor(of(a.0, b.0), of(a.1, b.1), of(a.2, b.2))
    };
    chart.draw_series(answers.iter().enumerate().map(|(i, &answer)| {
        let (x, y) = middle(i);
        Rectangle::new([(x - dx / 2.0, y - dy / 2.0), (x + dx / 2.0, y + dy / 2.0)], shade(answer).filled())
    }))?;
    // The border runs between neighbouring cells on different sides of one half.
    let side = |i: usize| answers[i] > 0.5;
    let across = (0..answers.len()).filter(|i| i % STEPS + 1 < STEPS && side(*i) != side(i + 1)).map(|i| {
        let (x, y) = middle(i);
        [(x + dx / 2.0, y - dy / 2.0), (x + dx / 2.0, y + dy / 2.0)]
    });
    let up = (0..answers.len() - STEPS).filter(|i| side(*i) != side(i + STEPS)).map(|i| {
        let (x, y) = middle(i);
        [(x - dx / 2.0, y + dy / 2.0), (x + dx / 2.0, y + dy / 2.0)]
    });
    chart.draw_series(across.chain(up).map(|line| PathElement::new(line, BLACK.stroke_width(2))))?;
    for (point, &class) in points.x.chunks_exact(2).zip(&points.y) {
        let at = (point[0], point[1]);
        chart.draw_series([Circle::new(at, 5, WHITE.filled())])?;
        chart.draw_series([Circle::new(at, 4, CLASS_COLOURS[class as usize].filled())])?;
    }
    chart.configure_mesh().disable_mesh().draw()?;
    area.present()?;
    Ok(())
}
