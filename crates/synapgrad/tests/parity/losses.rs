//! Losses.

use synapgrad::nn;
use synapgrad::{DType, Reduction, Result, Tensor};

use crate::{Case, Numbers, normal, passed};

pub const CASES: &[(&str, Case)] = &[
    // Of numbers
    ("MSELoss", || of_probabilities(|x, y| nn::MSELoss::default().forward(x, y))),
    ("MSELoss, sum", || of_probabilities(|x, y| nn::MSELoss { reduction: Reduction::Sum }.forward(x, y))),
    ("L1Loss", || of_probabilities(|x, y| nn::L1Loss::default().forward(x, y))),
    ("L1Loss, none", || of_probabilities(|x, y| nn::L1Loss { reduction: Reduction::None }.forward(x, y))),
    ("SmoothL1Loss", || of_probabilities(|x, y| nn::SmoothL1Loss { beta: 0.4, ..Default::default() }.forward(x, y))),
    ("HuberLoss", || of_probabilities(|x, y| nn::HuberLoss { delta: 0.4, ..Default::default() }.forward(x, y))),
    ("BCELoss", || of_probabilities(|x, y| nn::BCELoss::default().forward(x, y))),
    ("BCELoss, weight", || {
        of_probabilities(|x, y| nn::BCELoss { weight: Some(three()), ..Default::default() }.forward(x, y))
    }),
    ("BCEWithLogitsLoss", || of_probabilities(|x, y| nn::BCEWithLogitsLoss::default().forward(x, y))),
    ("BCEWithLogitsLoss, pos_weight", || {
        let criterion =
            nn::BCEWithLogitsLoss { pos_weight: Some(three()), reduction: Reduction::Sum, ..Default::default() };
        of_probabilities(|x, y| criterion.forward(x, y))
    }),
    ("KLDivLoss", || {
        let criterion = nn::KLDivLoss { reduction: Reduction::Sum, ..Default::default() };
        of_probabilities(|x, y| criterion.forward(&x.log()?, y))
    }),
    ("KLDivLoss, batchmean", || {
        let criterion = nn::KLDivLoss { batchmean: true, log_target: true, ..Default::default() };
        of_probabilities(|x, y| criterion.forward(x, y))
    }),
    ("PoissonNLLLoss", || of_probabilities(|x, y| nn::PoissonNLLLoss::default().forward(x, y))),
    ("PoissonNLLLoss, full", || {
        let criterion = nn::PoissonNLLLoss { full: true, log_input: false, ..Default::default() };
        of_probabilities(|x, y| criterion.forward(x, &y.mul(5.0)?))
    }),
    ("GaussianNLLLoss", || of_probabilities(|x, y| nn::GaussianNLLLoss::default().forward(x, y, &x.add(0.5)?))),
    ("GaussianNLLLoss, full", || {
        let criterion = nn::GaussianNLLLoss { full: true, eps: 1e-3, ..Default::default() };
        of_probabilities(|x, y| criterion.forward(x, y, &y.add(0.5)?))
    }),
    // Of classes
    ("NLLLoss", || of_classes(|x, y| nn::NLLLoss::default().forward(&x.log_softmax(1, None)?, y))),
    ("NLLLoss, weight", || {
        let criterion = nn::NLLLoss { weight: Some(four()), ignore_index: 1, ..Default::default() };
        of_classes(|x, y| criterion.forward(&x.log_softmax(1, None)?, y))
    }),
    ("NLLLoss, none", || {
        of_classes(|x, y| nn::NLLLoss { reduction: Reduction::None, ..Default::default() }.forward(x, y))
    }),
    ("CrossEntropyLoss", || of_classes(|x, y| nn::CrossEntropyLoss::default().forward(x, y))),
    ("CrossEntropyLoss, weight", || {
        let criterion = nn::CrossEntropyLoss { weight: Some(four()), ignore_index: 1, ..Default::default() };
        of_classes(|x, y| criterion.forward(x, y))
    }),
    ("CrossEntropyLoss, label_smoothing", || {
        let (weight, reduction) = (Some(four()), Reduction::Sum);
        let criterion = nn::CrossEntropyLoss { weight, reduction, label_smoothing: 0.2, ..Default::default() };
        of_classes(|x, y| criterion.forward(x, y))
    }),
    ("CrossEntropyLoss of probabilities", || {
        let criterion = nn::CrossEntropyLoss { weight: Some(three()), label_smoothing: 0.1, ..Default::default() };
        of_probabilities(|x, y| criterion.forward(x, y))
    }),
    ("MultiMarginLoss", || of_classes(|x, y| nn::MultiMarginLoss::default().forward(x, y))),
    ("MultiMarginLoss, weight", || {
        let criterion = nn::MultiMarginLoss { p: 2, margin: 0.5, weight: Some(four()), ..Default::default() };
        of_classes(|x, y| criterion.forward(x, y))
    }),
    ("MultiLabelMarginLoss", || {
        let labels = Tensor::from([[3i64, 0, -1, 1], [1, -1, 2, 0]]);
        of_labels(&labels, |x, y| nn::MultiLabelMarginLoss::default().forward(x, y))
    }),
    ("MultiLabelSoftMarginLoss", || {
        let criterion = nn::MultiLabelSoftMarginLoss { weight: Some(four()), ..Default::default() };
        of_labels(&Tensor::from([[1f32, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0]]), |x, y| criterion.forward(x, y))
    }),
    ("SoftMarginLoss", || of_labels(&signs(), |x, y| nn::SoftMarginLoss::default().forward(x, y))),
    ("HingeEmbeddingLoss", || {
        let criterion = nn::HingeEmbeddingLoss { margin: 0.7, ..Default::default() };
        of_labels(&signs(), |x, y| criterion.forward(x, y))
    }),
    // Of pairs and triples
    ("CosineEmbeddingLoss", || {
        let criterion = nn::CosineEmbeddingLoss { margin: 0.2, ..Default::default() };
        of_three(|x, z, _| criterion.forward(x, z, &Tensor::from([1i64, -1, -1, 1])))
    }),
    ("MarginRankingLoss", || {
        let criterion = nn::MarginRankingLoss { margin: 0.2, ..Default::default() };
        of_three(|x, z, _| criterion.forward(x, z, &Tensor::from([[1f32], [-1.0], [-1.0], [1.0]])))
    }),
    ("TripletMarginLoss", || of_three(|a, p, n| nn::TripletMarginLoss::default().forward(a, p, n))),
    ("TripletMarginLoss, swap", || {
        let criterion = nn::TripletMarginLoss { margin: 2.0, p: 3.0, swap: true, ..Default::default() };
        of_three(|a, p, n| criterion.forward(a, p, n))
    }),
    ("TripletMarginWithDistanceLoss", || {
        let largest = |x: &Tensor, z: &Tensor| x.sub(z)?.abs()?.amax(&[-1], false);
        let criterion =
            nn::TripletMarginWithDistanceLoss { swap: true, ..nn::TripletMarginWithDistanceLoss::new(largest) };
        of_three(|a, p, n| criterion.forward(a, p, n))
    }),
    // Of sequences
    ("CTCLoss", || spelled(nn::CTCLoss::default())),
    ("CTCLoss, blank", || spelled(nn::CTCLoss { blank: 3, zero_infinity: true, reduction: Reduction::Sum })),
];

/// A loss of numbers from 0 to 1, by both of which there is a gradient.
fn of_probabilities(loss: impl Fn(&Tensor, &Tensor) -> Result<Tensor>) -> Result<Numbers> {
    let uniform = || Tensor::rand(&[4, 3], DType::F32, None)?.requires_grad_(true);
    let (x, y) = (uniform()?, uniform()?);
    passed(&nn::Identity, &[&x, &y], &[loss(&x, &y)?])
}

/// A loss of the scores of four classes.
fn of_classes(loss: impl Fn(&Tensor, &Tensor) -> Result<Tensor>) -> Result<Numbers> {
    let (x, y) = (normal(&[6, 4])?, Tensor::randint(0, 4, &[6], DType::I64, None)?);
    passed(&nn::Identity, &[&x, &y], &[loss(&x, &y)?])
}

fn of_labels(labels: &Tensor, loss: impl Fn(&Tensor, &Tensor) -> Result<Tensor>) -> Result<Numbers> {
    let x = normal(&[2, 4])?;
    passed(&nn::Identity, &[&x], &[loss(&x, labels)?])
}

fn of_three(loss: impl Fn(&Tensor, &Tensor, &Tensor) -> Result<Tensor>) -> Result<Numbers> {
    let [a, p, n] = [normal(&[4, 3])?, normal(&[4, 3])?, normal(&[4, 3])?];
    passed(&nn::Identity, &[&a, &p, &n], &[loss(&a, &p, &n)?])
}

/// Two sequences of 6 and 5 distributions over four classes, for texts of 3 and 2.
fn spelled(criterion: nn::CTCLoss) -> Result<Numbers> {
    let (x, texts) = (normal(&[6, 2, 4])?, Tensor::from([[1i64, 2, 1], [2, 2, 0]]));
    passed(&nn::Identity, &[&x], &[criterion.forward(&x.log_softmax(2, None)?, &texts, &[6, 5], &[3, 2])?])
}

fn signs() -> Tensor {
    Tensor::from([[1f32, -1.0, -1.0, 1.0], [-1.0, 1.0, 1.0, 1.0]])
}

fn three() -> Tensor {
    Tensor::from([0.5f32, 1.0, 2.0])
}

fn four() -> Tensor {
    Tensor::from([0.5f32, 1.0, 2.0, 0.25])
}
