//! What is done to gradients and parameters between backward and the optimizer's step.

use crate::autograd::no_grad;
use crate::error::{bail, ensure};
use crate::{DType, Result, Tensor};

/// The norm of all tensors together, as if they were one vector: (Σ ‖tᵢ‖ᵖ)^(1/p); 0 of none.
///
/// # Errors
/// RuntimeError where it is infinite or NaN and `error_if_nonfinite` asks; for tensors of integers.
pub fn get_total_norm(tensors: &[Tensor], norm_type: f64, error_if_nonfinite: bool) -> Result<Tensor> {
    if tensors.is_empty() {
        return Tensor::zeros(&[], crate::default_dtype());
    }
    let dtype = tensors.iter().map(Tensor::dtype).reduce(DType::promote).unwrap_or(DType::F32);
    let norms = tensors
        .iter()
        .map(|t| t.vector_norm(norm_type, &[], false, None)?.to_dtype(dtype))
        .collect::<Result<Vec<_>>>()?;
    let total = Tensor::stack(&norms.iter().collect::<Vec<_>>(), 0)?.vector_norm(norm_type, &[], false, None)?;
    ensure!(
        !error_if_nonfinite || total.item()?.to_f64().is_finite(),
        Runtime,
        "clip_grad_norm_: The total norm of order {norm_type:?} of the gradients is non-finite, so it cannot be clipped; \
         with error_if_nonfinite=False they would be scaled by it anyway"
    );
    Ok(total)
}

fn gradients(parameters: &[Tensor]) -> Vec<Tensor> {
    parameters.iter().filter_map(Tensor::grad).collect()
}

/// Scale all gradients by max_norm / (total_norm + 10⁻⁶), if that is less than 1.
///
/// # Errors
/// RuntimeError for a `total_norm` of more than one element.
pub fn clip_grads_with_norm(parameters: &[Tensor], max_norm: f64, total_norm: &Tensor) -> Result<()> {
    let _mode = no_grad();
    let factor = Tensor::full(&[], max_norm, total_norm.dtype())?.div(&total_norm.add(1e-6)?)?.clamp_max(1.0)?;
    if factor.item()?.to_f64() == 1.0 {
        return Ok(());
    }
    gradients(parameters).iter().try_for_each(|g| g.mul_(&factor).map(|_| ()))
}

/// Scale all gradients so that their norm together, which is returned, is at most `max_norm`.
///
/// ```
/// use synapgrad::{Tensor, nn::utils};
/// # fn main() -> synapgrad::Result<()> {
/// let x = Tensor::from([1.0, 1.0]).requires_grad_(true)?;
/// x.mul(&Tensor::from([3.0, 4.0]))?.sum()?.backward()?;
/// assert_eq!(utils::clip_grad_norm(&[x.clone()], 1.0, 2.0, false)?.item()?.to_f64(), 5.0);
/// assert!((x.grad().unwrap().norm(2.0, &[], false, None)?.item()?.to_f64() - 1.0).abs() < 1e-6);
/// # Ok(())
/// # }
/// ```
///
/// "On the difficulty of training recurrent neural networks", R. Pascanu, T. Mikolov and Y. Bengio, 2013.
///
/// # Errors
/// RuntimeError where the norm is infinite or NaN and `error_if_nonfinite` asks; nothing is scaled then.
pub fn clip_grad_norm(
    parameters: &[Tensor],
    max_norm: f64,
    norm_type: f64,
    error_if_nonfinite: bool,
) -> Result<Tensor> {
    let _mode = no_grad();
    let total = get_total_norm(&gradients(parameters), norm_type, error_if_nonfinite)?;
    clip_grads_with_norm(parameters, max_norm, &total)?;
    Ok(total)
}

/// Bring each element of all gradients into [−clip_value, clip_value].
pub fn clip_grad_value(parameters: &[Tensor], clip_value: f64) -> Result<()> {
    let _mode = no_grad();
    for g in gradients(parameters) {
        g.clamp_min_(-clip_value)?.clamp_max_(clip_value)?;
    }
    Ok(())
}

/// All parameters as one vector, one after the other.
///
/// # Errors
/// RuntimeError for none.
pub fn parameters_to_vector(parameters: &[Tensor]) -> Result<Tensor> {
    let flat = parameters.iter().map(|p| p.view(&[p.numel()])).collect::<Result<Vec<_>>>()?;
    Tensor::cat(&flat.iter().collect::<Vec<_>>(), 0)
}

/// Copy the slices of a vector into the parameters, one after the other.
///
/// # Errors
/// RuntimeError where the vector is too short; parameters have not changed then.
pub fn vector_to_parameters(vector: &Tensor, parameters: &[Tensor]) -> Result<()> {
    let _mode = no_grad();
    let wanted: usize = parameters.iter().map(Tensor::numel).sum();
    ensure!(
        vector.rank() == 1 && vector.numel() >= wanted,
        Runtime,
        "vector_to_parameters: got shape {:?}, wanted a vector of {wanted}",
        vector.shape()
    );
    let mut start = 0;
    for parameter in parameters {
        let slice = vector.narrow(0, start as isize, parameter.numel())?;
        parameter.copy_(&slice.reshape(parameter.shape())?)?;
        start += parameter.numel();
    }
    Ok(())
}

/// The lengths of a weight's parts along `dim`, with 1 for all other dimensions; of the whole weight where `None`.
pub fn norm_except_dim(v: &Tensor, dim: Option<isize>) -> Result<Tensor> {
    let Some(dim) = dim else { return v.norm(2.0, &[], false, None) };
    let dim = v.dim("norm_except_dim", dim)?;
    let others: Vec<isize> = (0..v.rank()).filter(|&d| d != dim).map(|d| d as isize).collect();
    // No dimension to sum over is not the same as all of them.
    if others.is_empty() { v.abs() } else { v.norm(2.0, &others, true, None) }
}

/// The weight of length g and direction v: g·v/‖v‖, the norm taken over each part along `dim`.
///
/// "Weight Normalization: A Simple Reparameterization to Accelerate Training of Deep Neural Networks", T. Salimans and D. P.
/// Kingma, 2016.
pub fn weight_norm(v: &Tensor, g: &Tensor, dim: Option<isize>) -> Result<Tensor> {
    v.mul(&g.div(&norm_except_dim(v, dim)?)?)
}

/// x/max(‖x‖, ε)
fn normalized(x: &Tensor, eps: f64) -> Result<Tensor> {
    x.div(&x.norm(2.0, &[], false, None)?.clamp_min(eps)?)
}

/// A weight divided by its largest singular value σ = uᵀ·W·v, W being the weight as a matrix, `dim` before all others.
///
/// Before that the singular vectors, left in `u` and `v`, are brought nearer, `iterations` times: v = Wᵀu/‖Wᵀu‖,
/// u = Wv/‖Wv‖.
///
/// "Spectral Normalization for Generative Adversarial Networks", T. Miyato et al., 2018.
///
/// # Errors
/// RuntimeError where a vector is not as long as the matrix is high or wide; IndexError for a `dim` out of range.
pub fn spectral_norm(
    weight: &Tensor,
    u: &Tensor,
    v: &Tensor,
    dim: isize,
    iterations: usize,
    eps: f64,
) -> Result<Tensor> {
    let matrix = as_matrix(weight, dim)?;
    {
        let _mode = no_grad();
        for _ in 0..iterations {
            v.copy_(&normalized(&matrix.t()?.mv(u)?, eps)?)?;
            u.copy_(&normalized(&matrix.mv(v)?, eps)?)?;
        }
    }
    // Copies, because the next iteration changes the vectors in place.
    let (u, v) = (u.detach().deep_clone()?, v.detach().deep_clone()?);
    weight.div(&u.dot(&matrix.mv(&v)?)?)
}

/// The weight as a matrix whose rows are its parts along `dim`.
pub fn as_matrix(weight: &Tensor, dim: isize) -> Result<Tensor> {
    let front = weight.movedim(&[dim], &[0])?;
    let rows = front.shape().first().copied().unwrap_or(1);
    front.reshape(&[rows, weight.numel() / rows.max(1)])
}

/// First vectors u and v for [`spectral_norm`]: normal numbers, of length 1.
///
/// # Errors
/// IndexError for a `dim` out of range.
pub fn first_vectors(weight: &Tensor, dim: isize, eps: f64) -> Result<(Tensor, Tensor)> {
    let _mode = no_grad();
    let matrix = as_matrix(weight, dim)?;
    let draw = |n: usize| {
        let x = Tensor::empty(&[n], matrix.dtype())?;
        super::init::normal_(&x, 0.0, 1.0, None)?;
        normalized(&x, eps)
    };
    Ok((draw(matrix.shape()[0])?, draw(matrix.shape()[1])?))
}

/// Sequences of shapes (Lᵢ, …) in one tensor (T, N, …), or (N, T, …) with `batch_first`, T being the largest Lᵢ; filled up
/// with `value` at the end, or at the beginning with `left`.
///
/// # Errors
/// RuntimeError for no sequences, and where they differ in more than their length.
pub fn pad_sequence(sequences: &[Tensor], batch_first: bool, value: f64, left: bool) -> Result<Tensor> {
    let name = "pad_sequence";
    let Some(first) = sequences.first() else { bail!(Runtime, "{name}: received an empty list of sequences") };
    for sequence in sequences {
        ensure!(
            sequence.rank() > 0 && sequence.shape()[1..] == first.shape()[1..],
            Runtime,
            "{name}: The size of the sequences must match but for their length, got {:?} and {:?}",
            first.shape(),
            sequence.shape()
        );
    }
    let longest = sequences.iter().map(|s| s.shape()[0]).max().unwrap_or(0);
    let filled = sequences
        .iter()
        .map(|s| {
            let lack = (longest - s.shape()[0]) as isize;
            // Padding is given from the last dimension on.
            let mut padding = vec![0; 2 * s.rank()];
            padding[2 * s.rank() - if left { 2 } else { 1 }] = lack;
            if lack == 0 { Ok(s.clone()) } else { s.constant_pad(&padding, value) }
        })
        .collect::<Result<Vec<_>>>()?;
    Tensor::stack(&filled.iter().collect::<Vec<_>>(), if batch_first { 0 } else { 1 })
}

/// How many of the sequences go on at each time; their lengths descend.
fn sizes_at(lengths: &[i64]) -> Vec<i64> {
    let longest = lengths.first().copied().unwrap_or(0);
    (0..longest).map(|t| lengths.iter().filter(|&&length| length > t).count() as i64).collect()
}

/// The rows of a block (T, N) that belong to sequences, time by time.
fn rows_of(sizes: &[i64], batch: usize) -> Result<Tensor> {
    let rows: Vec<i64> =
        sizes.iter().enumerate().flat_map(|(t, &size)| (0..size).map(move |b| (t * batch) as i64 + b)).collect();
    Tensor::from_slice(&rows, &[rows.len()])
}

/// What belongs to sequences in a block (T, N, …), or (N, T, …) with `batch_first`, time by time; and how many sequences
/// there are at each time.
///
/// # Errors
/// RuntimeError where the lengths don't fit, are not positive or don't descend.
pub fn pack_padded_sequence(input: &Tensor, lengths: &[i64], batch_first: bool) -> Result<(Tensor, Tensor)> {
    let name = "pack_padded_sequence";
    ensure!(input.rank() >= 2, Runtime, "{name}: expected at least 2 dimensions, got shape {:?}", input.shape());
    let input = if batch_first { input.transpose(0, 1)? } else { input.clone() };
    ensure!(input.numel() > 0, Runtime, "{name}: Cannot pack empty tensors.");
    let (times, batch) = (input.shape()[0], input.shape()[1]);
    ensure!(
        lengths.len() == batch,
        Runtime,
        "{name}: Expected `len(lengths)` to be equal to batch_size, but got {} (batch_size={batch})",
        lengths.len()
    );
    ensure!(
        lengths.iter().all(|&length| length > 0),
        Runtime,
        "{name}: Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
    );
    ensure!(
        lengths.is_sorted_by(|a, b| a >= b),
        Runtime,
        "{name}: `lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass \
         `enforce_sorted=False` to have it sorted; got {lengths:?}"
    );
    ensure!(
        lengths[0] <= times as i64,
        Runtime,
        "{name}: a length of {} is more than the input's {times} times",
        lengths[0]
    );
    let sizes = sizes_at(lengths);
    let mut shape = input.layout().shape.clone();
    shape.remove(0);
    shape[0] = times * batch;
    let data = input.reshape(&shape)?.index_select(0, &rows_of(&sizes, batch)?)?;
    Ok((data, Tensor::from_slice(&sizes, &[sizes.len()])?))
}

/// The block that [`pack_padded_sequence`] packed, with `value` where there was nothing, and the lengths of its sequences.
/// It is `total` long, or as long as the longest sequence.
///
/// # Errors
/// ValueError where `total` is less than that; RuntimeError where the sizes don't fit the data.
pub fn pad_packed_sequence(
    data: &Tensor,
    batch_sizes: &[i64],
    batch_first: bool,
    value: f64,
    total: Option<usize>,
) -> Result<(Tensor, Vec<i64>)> {
    let name = "pad_packed_sequence";
    let longest = batch_sizes.len();
    let times = total.unwrap_or(longest);
    ensure!(
        times >= longest,
        Value,
        "{name}: Expected total_length to be at least the length of the longest sequence in input, but got \
         total_length={times} and max sequence length being {longest}"
    );
    let fits = batch_sizes.iter().all(|&size| size > 0) && batch_sizes.is_sorted_by(|a, b| a >= b);
    ensure!(
        fits && longest > 0 && data.rank() > 0 && batch_sizes.iter().sum::<i64>() == data.shape()[0] as i64,
        Runtime,
        "{name}: batch_sizes {batch_sizes:?} don't fit data of shape {:?}",
        data.shape()
    );
    let batch = batch_sizes[0] as usize;
    let mut shape = data.layout().shape.clone();
    shape[0] = times * batch;
    let rows = Tensor::full(&shape, value, data.dtype())?.index_copy(0, &rows_of(batch_sizes, batch)?, data)?;
    shape[0] = batch;
    shape.insert(0, times);
    let block = rows.view(&shape)?;
    let lengths = (0..batch as i64).map(|b| batch_sizes.iter().filter(|&&size| size > b).count() as i64).collect();
    Ok((if batch_first { block.transpose(0, 1)? } else { block }, lengths))
}
