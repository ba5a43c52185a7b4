//! Attention and transformers as layers: names, copies, masks, errors.

use synapgrad::nn::{self, Attending, Masks, Module, MultiheadAttentionOptions, TransformerLayerOptions};
use synapgrad::{
    AttentionArgs, DType, ErrorKind, Result, Tensor,
    autograd::{GradCheck, gradcheck},
    random,
};

fn randn(shape: &[usize]) -> Result<Tensor> {
    Tensor::randn(shape, DType::F64, None)
}

fn names(module: &dyn Module) -> Vec<String> {
    module.state().into_iter().map(|(name, _)| name).collect()
}

fn small() -> TransformerLayerOptions {
    TransformerLayerOptions { dim_feedforward: 12, dropout: 0.0, dtype: Some(DType::F64), ..Default::default() }
}

fn near(a: &Tensor, b: &Tensor) -> Result<bool> {
    Ok(a.sub(b)?.abs()?.max()?.item()?.to_f64() < 1e-12)
}

#[test]
fn states_are_pytorchs() -> Result<()> {
    let options = MultiheadAttentionOptions { add_bias_kv: true, kdim: Some(3), ..Default::default() };
    let layer = nn::MultiheadAttention::with(8, 2, options)?;
    let wanted = ["q_proj_weight", "k_proj_weight", "v_proj_weight", "in_proj_bias", "bias_k", "bias_v"];
    assert_eq!(names(&layer)[..6], wanted);
    assert_eq!(names(&layer)[6..], ["out_proj.weight", "out_proj.bias"]);
    let model = nn::Transformer::with(8, 2, 1, 1, small())?;
    let all = names(&model);
    assert_eq!(all[0], "encoder.layers.0.self_attn.in_proj_weight");
    assert!(all.contains(&"decoder.layers.0.multihead_attn.out_proj.bias".to_string()));
    assert!(all.contains(&"decoder.layers.0.norm3.weight".to_string()));
    assert_eq!(all.last().unwrap(), "decoder.norm.bias");
    Ok(())
}

#[test]
fn copies_have_parameters_of_their_own() -> Result<()> {
    let layer = nn::TransformerDecoderLayer::with(8, 2, small())?;
    let stack = nn::TransformerDecoder::new(&layer, 2, None)?;
    let state = stack.state();
    let (first, second) = state.split_at(state.len() / 2);
    for ((_, a), (_, b)) in first.iter().zip(second) {
        assert_eq!(a.to_vec::<f64>()?, b.to_vec::<f64>()?);
        assert!(!a.storage().same(b.storage()));
    }
    assert_eq!(stack.parameters().len(), 2 * layer.parameters().len());
    Ok(())
}

#[test]
fn a_causal_mask_is_the_same_as_the_promise_and_hides_what_follows() -> Result<()> {
    let layer = nn::TransformerEncoderLayer::with(8, 2, small())?;
    let stack = nn::TransformerEncoder::new(&layer, 2, None)?;
    let x = randn(&[5, 3, 8])?;
    let mask = nn::generate_square_subsequent_mask(5, DType::F64)?;
    let hidden = mask.ne(0)?;
    let masked = stack.encode(&x, Masks { attn_mask: Some(&mask), ..Masks::default() })?;
    let promised = stack.encode(&x, Masks { attn_mask: Some(&mask), is_causal: true, ..Masks::default() })?;
    assert!(near(&masked, &promised)?);
    assert!(near(&masked, &stack.encode(&x, Masks { attn_mask: Some(&hidden), ..Masks::default() })?)?);
    let changed = Tensor::cat(&[&x.narrow(0, 0, 4)?, &randn(&[1, 3, 8])?], 0)?;
    let other = stack.encode(&changed, Masks { attn_mask: Some(&mask), ..Masks::default() })?;
    assert!(near(&masked.narrow(0, 0, 4)?, &other.narrow(0, 0, 4)?)?);
    assert!(!near(&masked, &other)?);
    Ok(())
}

#[test]
fn weights_are_the_second_result() -> Result<()> {
    let layer = nn::MultiheadAttention::with(
        8,
        2,
        MultiheadAttentionOptions { dtype: Some(DType::F64), ..Default::default() },
    )?;
    let (x, memory) = (randn(&[4, 3, 8])?, randn(&[5, 3, 8])?);
    let (slow, weights) = layer.attend(&x, &memory, &memory, &Attending::default())?;
    let (quick, none) = layer.attend(&x, &memory, &memory, &Attending { need_weights: false, ..Default::default() })?;
    assert!(near(&slow, &quick)? && none.is_none());
    let sums = weights.unwrap().sum_dims(&[-1], false, None)?;
    assert!(near(&sums, &Tensor::ones(&[3, 4], DType::F64)?)?);
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused() {
    let kind = |result: Result<Tensor>| result.err().unwrap().kind();
    let (x, y) = (randn(&[4, 3]).unwrap(), randn(&[5, 2]).unwrap());
    assert_eq!(kind(x.scaled_dot_product_attention(&y, &y, &AttentionArgs::default())), ErrorKind::Runtime);
    assert_eq!(nn::MultiheadAttention::new(8, 3).err().unwrap().kind(), ErrorKind::Assertion);
    assert_eq!(nn::MultiheadAttention::new(0, 3).err().unwrap().kind(), ErrorKind::Value);
    let layer = nn::MultiheadAttention::new(8, 2).unwrap();
    assert_eq!(kind(layer.forward(&Tensor::from([1f32]))), ErrorKind::Assertion);
    assert_eq!(kind(layer.forward(&Tensor::ones(&[4, 2, 6], DType::F32).unwrap())), ErrorKind::Assertion);
}

#[test]
fn derivatives_are_difference_quotients() -> Result<()> {
    random::manual_seed(0);
    let tensors = [randn(&[2, 4, 3])?, randn(&[2, 5, 3])?, randn(&[2, 5, 2])?];
    let inputs: Vec<Tensor> = tensors.iter().map(|t| t.requires_grad_(true)).collect::<Result<_>>()?;
    for is_causal in [false, true] {
        let attend = |x: &[Tensor]| {
            let args = AttentionArgs { is_causal, ..AttentionArgs::default() };
            Ok(vec![x[0].scaled_dot_product_attention(&x[1], &x[2], &args)?])
        };
        gradcheck(&attend, &inputs, GradCheck::default())?;
    }
    Ok(())
}
