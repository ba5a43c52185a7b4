//! Layers without parameters: activations, pooling, padding, and those that change the shape.

use synapgrad::nn;
use synapgrad::ops::activation::Gelu;
use synapgrad::ops::pool::{AvgPoolOptions, MaxPoolOptions};
use synapgrad::ops::resample::{InterpolateOptions, Interpolation};
use synapgrad::{FoldArgs, Result, Tensor};

use crate::{Case, Numbers, layer, normal, passed, settled};

pub const CASES: &[(&str, Case)] = &[
    // Activations
    ("Identity", || layer(nn::Identity, &[4, 3])),
    ("ReLU", || layer(nn::ReLU::default(), &[4, 3])),
    ("LeakyReLU", || layer(nn::LeakyReLU { negative_slope: 0.2, ..Default::default() }, &[4, 3])),
    ("SELU", || layer(nn::SELU::default(), &[4, 3])),
    ("Tanh", || layer(nn::Tanh, &[4, 3])),
    ("Sigmoid", || layer(nn::Sigmoid, &[4, 3])),
    ("Softmax", || layer(nn::Softmax { dim: 1 }, &[4, 3])),
    ("LogSoftmax", || layer(nn::LogSoftmax { dim: 0 }, &[4, 3])),
    ("Softmin", || layer(nn::Softmin { dim: 1 }, &[4, 3])),
    ("Softmax2d", || layer(nn::Softmax2d, &[2, 3, 2, 2])),
    ("ReLU6", || layer(nn::ReLU6, &[4, 3])),
    ("Threshold", || layer(nn::Threshold { threshold: 0.1, value: 20.0 }, &[4, 3])),
    ("RReLU", || layer(nn::RReLU::new(0.1, 0.3), &[4, 3])),
    ("RReLU, evaluation", || settled(nn::RReLU::default(), &[4, 3])),
    ("Hardtanh", || layer(nn::Hardtanh { min_val: -0.5, max_val: 1.5 }, &[4, 3])),
    ("Hardsigmoid", || layer(nn::Hardsigmoid, &[4, 3])),
    ("Hardswish", || layer(nn::Hardswish, &[4, 3])),
    ("SiLU", || layer(nn::SiLU, &[4, 3])),
    ("Mish", || layer(nn::Mish, &[4, 3])),
    ("ELU", || layer(nn::ELU { alpha: 0.7 }, &[4, 3])),
    ("CELU", || layer(nn::CELU { alpha: 1.3 }, &[4, 3])),
    ("GELU", || layer(nn::GELU::default(), &[4, 3])),
    ("GELU, tanh", || layer(nn::GELU { approximate: Gelu::Tanh }, &[4, 3])),
    ("GLU", || layer(nn::GLU { dim: 1 }, &[4, 6])),
    ("Hardshrink", || layer(nn::Hardshrink { lambd: 0.3 }, &[4, 3])),
    ("Softshrink", || layer(nn::Softshrink::default(), &[4, 3])),
    ("Tanhshrink", || layer(nn::Tanhshrink, &[4, 3])),
    ("LogSigmoid", || layer(nn::LogSigmoid, &[4, 3])),
    ("Softplus", || layer(nn::Softplus { beta: 2.0, threshold: 1.0 }, &[4, 3])),
    ("Softsign", || layer(nn::Softsign, &[4, 3])),
    // Pooling
    ("MaxPool1d", || layer(nn::MaxPool1d::new([2]), &[2, 3, 7])),
    ("MaxPool2d", || {
        let (stride, padding) = (Some([2, 1]), [1, 1]);
        let options = MaxPoolOptions { stride, padding, dilation: [2, 1], ceil_mode: true };
        layer(nn::MaxPool2d { kernel_size: [3, 2], options }, &[2, 3, 8, 7])
    }),
    ("MaxPool3d", || layer(nn::MaxPool3d::new([2, 2, 1]), &[2, 4, 5, 3])),
    ("MaxUnpool2d", || {
        let x = normal(&[2, 3, 4, 6])?;
        let (values, places) = nn::MaxPool2d::new([2, 2]).forward_with_indices(&x)?;
        let layer = nn::MaxUnpool2d { kernel_size: [2, 2], stride: None, padding: [0, 0] };
        passed(&nn::Identity, &[&x], &[layer.forward(&values, &places, None)?])
    }),
    ("AvgPool1d", || layer(nn::AvgPool1d::new([3]), &[2, 3, 7])),
    ("AvgPool2d", || {
        let (stride, padding) = (Some([2, 1]), [1, 0]);
        let options =
            AvgPoolOptions { stride, padding, ceil_mode: true, count_include_pad: false, divisor_override: None };
        layer(nn::AvgPool2d { kernel_size: [3, 2], options }, &[2, 3, 6, 5])
    }),
    ("AvgPool3d", || {
        let options = AvgPoolOptions { divisor_override: Some(3), ..Default::default() };
        layer(nn::AvgPool3d { kernel_size: [2, 2, 2], options }, &[2, 4, 5, 4])
    }),
    ("LPPool1d", || layer(lp([3], None), &[2, 3, 7])),
    ("LPPool2d", || layer(lp([3, 2], Some([1, 2])), &[2, 3, 6, 5])),
    ("LPPool3d", || layer(lp([2, 2, 2], None), &[1, 2, 4, 5, 4])),
    ("AdaptiveMaxPool1d", || layer(nn::AdaptiveMaxPool1d { output_size: [Some(3)] }, &[2, 3, 7])),
    ("AdaptiveMaxPool2d", || layer(nn::AdaptiveMaxPool2d { output_size: [Some(2), None] }, &[2, 3, 5, 4])),
    ("AdaptiveMaxPool3d", || layer(nn::AdaptiveMaxPool3d { output_size: [Some(2); 3] }, &[1, 2, 4, 5, 3])),
    ("AdaptiveAvgPool1d", || layer(nn::AdaptiveAvgPool1d { output_size: [Some(3)] }, &[2, 3, 7])),
    ("AdaptiveAvgPool2d", || layer(nn::AdaptiveAvgPool2d { output_size: [Some(2), None] }, &[2, 3, 5, 4])),
    ("AdaptiveAvgPool3d", || layer(nn::AdaptiveAvgPool3d { output_size: [Some(2); 3] }, &[1, 2, 4, 5, 3])),
    // Padding
    ("ConstantPad1d", || layer(nn::ConstantPad1d { padding: [1, 2], value: 0.5 }, &[2, 3, 4])),
    ("ConstantPad2d", || layer(nn::ConstantPad2d { padding: [1, 0, -1, 2], value: -1.0 }, &[2, 3, 4])),
    ("ConstantPad3d", || layer(nn::ConstantPad3d { padding: [1; 6], value: 2.0 }, &[2, 2, 3, 2])),
    ("ZeroPad1d", || layer(nn::ZeroPad1d { padding: [1, 2] }, &[2, 3, 4])),
    ("ZeroPad2d", || layer(nn::ZeroPad2d { padding: [1, 2, 0, 1] }, &[2, 3, 4])),
    ("ZeroPad3d", || layer(nn::ZeroPad3d { padding: [1, 0, 0, 1, 2, 0] }, &[2, 2, 3, 2])),
    ("ReflectionPad1d", || layer(nn::ReflectionPad1d { padding: [1, 2] }, &[2, 3, 4])),
    ("ReflectionPad2d", || layer(nn::ReflectionPad2d { padding: [1, 2, 0, 1] }, &[2, 3, 4])),
    ("ReflectionPad3d", || layer(nn::ReflectionPad3d { padding: [1, 0, 0, 1, 2, 0] }, &[2, 3, 3, 2])),
    ("ReplicationPad1d", || layer(nn::ReplicationPad1d { padding: [1, 2] }, &[2, 3, 4])),
    ("ReplicationPad2d", || layer(nn::ReplicationPad2d { padding: [1, 2, 0, 1] }, &[2, 3, 4])),
    ("ReplicationPad3d", || layer(nn::ReplicationPad3d { padding: [1, 0, 0, 1, 2, 0] }, &[2, 2, 3, 2])),
    ("CircularPad1d", || layer(nn::CircularPad1d { padding: [1, 2] }, &[2, 3, 4])),
    ("CircularPad2d", || layer(nn::CircularPad2d { padding: [1, 2, 0, 1] }, &[2, 3, 4])),
    ("CircularPad3d", || layer(nn::CircularPad3d { padding: [1, 0, 0, 1, 2, 0] }, &[2, 2, 3, 2])),
    // Shapes
    ("Flatten", || layer(nn::Flatten::default(), &[2, 3, 4])),
    ("Unflatten", || layer(nn::Unflatten { dim: 1, unflattened_size: vec![2, -1] }, &[3, 6])),
    ("Unfold", || {
        let args = FoldArgs { dilation: [1, 2].into(), padding: 1.into(), stride: 2.into() };
        layer(nn::Unfold { kernel_size: [2, 3].into(), args }, &[2, 3, 6, 7])
    }),
    ("Fold", || {
        let (output_size, kernel_size) = ([4, 5].into(), 2.into());
        layer(nn::Fold { output_size, kernel_size, args: FoldArgs::default() }, &[2, 12, 12])
    }),
    ("PixelShuffle", || layer(nn::PixelShuffle { upscale_factor: 2 }, &[2, 8, 2, 3])),
    ("PixelUnshuffle", || layer(nn::PixelUnshuffle { downscale_factor: 2 }, &[2, 2, 4, 6])),
    ("ChannelShuffle", || layer(nn::ChannelShuffle { groups: 2 }, &[2, 6, 3])),
    // Resampling
    ("Upsample, nearest", || layer(scaled(Interpolation::Nearest, 2.0), &[2, 3, 4])),
    ("Upsample, nearest-exact", || layer(scaled(Interpolation::NearestExact, 1.5), &[2, 3, 4, 5])),
    ("Upsample, linear", || layer(scaled(Interpolation::Linear, 1.5), &[2, 3, 5])),
    ("Upsample, bilinear", || layer(scaled(Interpolation::Bilinear, 1.7), &[2, 3, 4, 5])),
    ("Upsample, bilinear, aligned corners", || {
        let (size, align_corners) = (Some(vec![7, 3]), Some(true));
        let options = InterpolateOptions { size, align_corners, mode: Interpolation::Bilinear, ..Default::default() };
        layer(nn::Upsample { options }, &[2, 3, 4, 5])
    }),
    ("Upsample, bicubic", || layer(scaled(Interpolation::Bicubic, 2.0), &[2, 3, 4, 5])),
    ("Upsample, trilinear", || layer(scaled(Interpolation::Trilinear, 2.0), &[1, 2, 2, 3, 2])),
    // Distances
    ("CosineSimilarity", || of_two(|x, z| nn::CosineSimilarity { dim: 1, eps: 1e-6 }.forward(x, z))),
    ("PairwiseDistance", || {
        of_two(|x, z| nn::PairwiseDistance { p: 3.0, keepdim: true, ..Default::default() }.forward(x, z))
    }),
];

fn lp<const N: usize>(kernel_size: [usize; N], stride: Option<[usize; N]>) -> nn::LPPool<N> {
    nn::LPPool { norm_type: 2.0.into(), kernel_size, stride, ceil_mode: stride.is_some() }
}

fn scaled(mode: Interpolation, factor: f64) -> nn::Upsample {
    nn::Upsample { options: InterpolateOptions { scale_factor: Some(vec![factor]), mode, ..Default::default() } }
}

fn of_two(f: impl Fn(&Tensor, &Tensor) -> Result<Tensor>) -> Result<Numbers> {
    let (x, z) = (normal(&[4, 3])?, normal(&[4, 3])?);
    passed(&nn::Identity, &[&x, &z], &[f(&x, &z)?])
}
