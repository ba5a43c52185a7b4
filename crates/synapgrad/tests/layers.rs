//! Layers that differ between training and evaluation, and those that hold tables: names, labels, states, gradients.

use synapgrad::nn::{self, ChannelNormOptions, EmbeddingOptions, LinearOptions, Module, NormOptions, RecurrentOptions};
use synapgrad::ops::embedding::BagMode;
use synapgrad::random::{self, Generator};
use synapgrad::{DType, ErrorKind, Result, Tensor, sequential};

fn names(module: &dyn Module) -> Vec<String> {
    module.state().into_iter().map(|(name, _)| name).collect()
}

fn values(n: usize, shape: &[usize]) -> Result<Tensor> {
    Tensor::from_slice(&(0..n).map(|i| ((i * 37 % 19) as f64 - 9.0) / 7.0).collect::<Vec<_>>(), shape)
}

#[test]
fn batch_normalisation_learns_in_training_alone() -> Result<()> {
    let options = ChannelNormOptions { dtype: Some(DType::F64), momentum: None, ..Default::default() };
    let layer = nn::BatchNorm1d::with(3, options)?;
    assert_eq!(names(&layer), ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]);
    let (a, b) = (values(12, &[4, 3])?, values(15, &[5, 3])?.mul(2.0)?);
    layer.forward(&a)?;
    layer.forward(&b)?;
    let state = layer.state();
    // Without a momentum, the mean of the batches' means.
    let want = a.mean_dims(&[0], false, None)?.add(&b.mean_dims(&[0], false, None)?)?.div(2.0)?.to_vec::<f64>()?;
    let got = state[2].1.to_vec::<f64>()?;
    assert!(got.iter().zip(&want).all(|(got, want)| (got - want).abs() < 1e-12), "{got:?} is not {want:?}");
    assert_eq!(state[4].1.item()?.to_f64(), 2.0);
    layer.eval();
    layer.forward(&a)?;
    assert_eq!(state[4].1.item()?.to_f64(), 2.0);
    assert_eq!(layer.forward(&values(3, &[3])?).unwrap_err().kind(), ErrorKind::Value);
    Ok(())
}

#[test]
fn labels_and_parameters() -> Result<()> {
    let plain = NormOptions { affine: false, ..Default::default() };
    let labelled: [(&dyn Module, &str, usize); 6] = [
        (
            &nn::BatchNorm2d::new(4)?,
            "BatchNorm2d(4, eps=1e-5, momentum=0.1, affine=true, bias=true, track_running_stats=true)",
            8,
        ),
        (&nn::LayerNorm::with(&[4], plain)?, "LayerNorm([4], eps=1e-5, elementwise_affine=false, bias=false)", 0),
        (&nn::GroupNorm::new(2, 4)?, "GroupNorm(2, 4, eps=1e-5, affine=true, bias=true)", 8),
        (&nn::Dropout::new(0.5)?, "Dropout(p=0.5)", 0),
        (&nn::Embedding::new(5, 3)?, "Embedding(5, 3)", 15),
        (&nn::Neuron::new(3)?, "Neuron(in_features=3, out_features=1, bias=true)", 4),
    ];
    for (layer, label, count) in labelled {
        assert_eq!(layer.label(), label);
        assert_eq!(layer.num_parameters(), count);
    }
    assert_eq!(nn::GroupNorm::new(3, 4).err().map(|e| e.kind()), Some(ErrorKind::Value));
    assert_eq!(nn::Dropout::new(1.5).err().map(|e| e.kind()), Some(ErrorKind::Value));
    Ok(())
}

#[test]
fn a_network_switches_to_evaluation_as_a_whole() -> Result<()> {
    let model = sequential![nn::Dropout::new(0.5)?, nn::RReLU::default(), nn::InstanceNorm1d::new(2)?];
    let x = values(12, &[1, 2, 6])?;
    model.eval();
    assert_eq!(model.forward(&x)?.to_vec::<f64>()?, model.forward(&x)?.to_vec::<f64>()?);
    model.train(true);
    assert_ne!(model.forward(&x)?.to_vec::<f64>()?, model.forward(&x)?.to_vec::<f64>()?);
    Ok(())
}

#[test]
fn noise_is_pytorchs() -> Result<()> {
    let x = Tensor::ones(&[8], DType::F32)?;
    // torch.manual_seed(0); torch.dropout(torch.ones(8), 0.5, True)
    let y = x.dropout(0.5, true, Some(&Generator::new(0)))?.to_vec::<f32>()?;
    assert_eq!(y, [0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 2.0, 2.0]);
    random::manual_seed(0);
    assert_eq!(nn::Dropout::new(0.5)?.forward(&x)?.to_vec::<f32>()?, y);
    Ok(())
}

#[test]
fn tables_and_bags() -> Result<()> {
    let options = EmbeddingOptions { padding_idx: Some(1), dtype: Some(DType::F64), ..Default::default() };
    let layer = nn::Embedding::with(4, 2, options)?;
    assert_eq!(layer.weight.select(0, 1)?.to_vec::<f64>()?, [0.0, 0.0]);
    layer.forward(&Tensor::from([1i64, 2, 2]))?.sum()?.backward()?;
    let grad = layer.weight.grad().map(|g| g.to_vec::<f64>()).transpose()?;
    assert_eq!(grad, Some(vec![0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 0.0, 0.0]));
    let bags = nn::EmbeddingBag::with(4, 2, BagMode::Mean, options)?;
    let means = bags.forward(&Tensor::from([[0i64, 2], [3, 3]]))?;
    let rows = bags.weight.to_vec::<f64>()?;
    assert_eq!(means.to_vec::<f64>()?[2..], rows[6..]);
    assert_eq!(layer.forward(&Tensor::from([4i64])).unwrap_err().kind(), ErrorKind::Index);
    let bilinear = nn::Bilinear::with(2, 3, 4, LinearOptions::default())?;
    let out = bilinear.forward(&Tensor::ones(&[5, 2], DType::F32)?, &Tensor::ones(&[5, 3], DType::F32)?)?;
    assert_eq!(out.shape(), [5, 4]);
    Ok(())
}

#[test]
fn recurrent_layers() -> Result<()> {
    let (x, options) = (values(30, &[5, 2, 3])?.to_dtype(DType::F32)?, RecurrentOptions::default());
    let layer = nn::LSTM::with(3, 4, RecurrentOptions { num_layers: 2, proj_size: 2, bidirectional: true, ..options })?;
    assert_eq!(layer.label(), "LSTM(3, 4, proj_size=2, num_layers=2, bidirectional=true)");
    let names: Vec<String> = layer.named_parameters().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names[3..6], ["bias_hh_l0", "weight_hr_l0", "weight_ih_l0_reverse"]);
    let (y, [h, c]) = layer.run(&x, None, None)?;
    assert_eq!((y.shape(), h.shape(), c.shape()), (&[5, 2, 4][..], &[4, 2, 2][..], &[4, 2, 4][..]));
    let wrong = layer.run(&x, Some([&c, &c]), None).unwrap_err();
    assert_eq!(
        (wrong.kind(), wrong.message()),
        (ErrorKind::Runtime, "Expected hidden[0] size (4, 2, 2), got [4, 2, 4]")
    );
    // Sequences of lengths 1 and 2: the second goes first, and its last state is its second output.
    let layer = nn::GRU::new(3, 4)?;
    let order = Tensor::from([1i64, 0]);
    let packing = nn::Packing { batch_sizes: &[2, 1], indices: Some((&order, &order)) };
    let (y, h) = layer.run(&values(9, &[3, 3])?.to_dtype(DType::F32)?, None, Some(packing))?;
    let (y, h) = (y.to_vec::<f32>()?, h.to_vec::<f32>()?);
    assert_eq!([&y[4..8], &y[8..]].concat(), h);
    // torch.manual_seed(0); torch.nn.GRUCell(1, 1).weight_ih
    random::manual_seed(0);
    let cell = nn::GRUCell::new(1, 1)?;
    assert_eq!(cell.named_parameters()[0].1.to_vec::<f32>()?, [-0.00748682, 0.5364436, -0.82304513]);
    assert_eq!(nn::RNN::new(0, 4).err().map(|e| e.kind()), Some(ErrorKind::Value));
    assert_eq!(nn::RNNCell::new(3, 4)?.run(&x, None).unwrap_err().kind(), ErrorKind::Value);
    Ok(())
}
