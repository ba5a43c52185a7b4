//! Losses: how far an input is from its target.
//!
//! A loss of single elements is a formula (a row of the table in [`elementwise`]), of which all values, their sum or their
//! mean are wanted. The sum takes one pass over the operands that stores nothing in between, and so does each gradient: with
//! ℓ̄ the result, ∂ℓ̄/∂xᵢ is the row's derivative with g = 1 or 1/n. Losses of rows (classes, rankings, sequences) are
//! operations of their own.

use std::str::FromStr;

use smallvec::SmallVec;
use synapgrad_kernels::{Buffer, Layout, Scalar, Src};

use super::create::single;
use super::formula::{MOST, Operand, Pointwise, Slope, padded, result_layout, result_type};
use super::operand::with_sources;
use super::term::Arena;
use crate::autograd::{Cx, Grads, Save, record, tracking};
use crate::error::{bail, ensure};
use crate::{Error, Result, Tensor};

pub mod classification;
pub mod ctc;
pub mod elementwise;
pub mod margin;

/// What becomes of the losses of the elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reduction {
    /// They are the result.
    None,
    /// Their mean; NaN of none.
    #[default]
    Mean,
    /// Their sum.
    Sum,
}

impl FromStr for Reduction {
    type Err = Error;

    /// # Errors
    /// ValueError for other texts than `none`, `mean` and `sum`.
    fn from_str(text: &str) -> Result<Reduction> {
        Ok(match text {
            "none" => Reduction::None,
            "mean" => Reduction::Mean,
            "sum" => Reduction::Sum,
            _ => bail!(Value, "{text} is not a valid value for reduction; wanted 'none', 'mean' or 'sum'"),
        })
    }
}

/// The losses of `row` on `operands`, reduced.
fn reduced(row: &'static Pointwise, operands: &[Operand], reduction: Reduction) -> Result<Tensor> {
    reduced_as([row.node; 2], row, operands, reduction)
}

/// How PyTorch calls the node of a loss that it composes of smaller operations: a sum, a mean.
const COMPOSED: [&str; 2] = ["SumBackward0", "MeanBackward0"];

/// [`reduced`], whose sum and mean are recorded as `nodes`. The losses of whole numbers have no mean.
fn reduced_as(
    nodes: [&'static str; 2],
    row: &'static Pointwise,
    operands: &[Operand],
    reduction: Reduction,
) -> Result<Tensor> {
    match reduction {
        Reduction::None => row.apply(operands),
        _ if !result_type(&operands[..row.inputs]).is_float() => {
            ensure!(
                reduction == Reduction::Sum,
                NotImplemented,
                "{}: the losses of integers have no mean in dtype {}",
                row.name,
                result_type(&operands[..row.inputs]).title()
            );
            row.apply(operands)?.sum()
        }
        Reduction::Sum => scaled_sum(nodes[0], row, operands, 1.0),
        Reduction::Mean => {
            let shape = result_layout(row.name, operands)?.shape;
            scaled_sum(nodes[1], row, operands, 1.0 / shape.iter().product::<usize>() as f64)
        }
    }
}

/// `scale` times the sum of the losses, in one pass, recorded as `node`.
fn scaled_sum(node: &'static str, row: &'static Pointwise, operands: &[Operand], scale: f64) -> Result<Tensor> {
    let dtype = result_type(&operands[..row.inputs]);
    let shape = result_layout(row.name, operands)?.shape;
    let value = single(row.value.sum(operands, &shape, dtype) * scale, dtype)?;
    let tensors: SmallVec<[&Tensor; MOST]> = operands.iter().filter_map(|o| o.tensor()).collect();
    let saves: SmallVec<[Save; MOST]> = tensors.iter().map(|&t| t.into()).collect();
    let numbers = padded(operands, dtype).map(|operand| match operand {
        Operand::Number(number) => Some(number),
        Operand::Tensor(_) => None,
    });
    let count = operands.len();
    Ok(record(node, &tensors, value, &saves, move |cx| derive(row, cx, &numbers[..count], scale)))
}

/// `losses` as they are, or their mean or sum, recorded.
fn reduce(losses: Tensor, reduction: Reduction) -> Result<Tensor> {
    match reduction {
        Reduction::None => Ok(losses),
        Reduction::Sum => losses.sum(),
        Reduction::Mean => losses.mean(),
    }
}

/// The gradients of the operands that are tensors; `numbers` holds those that are not.
fn derive(row: &'static Pointwise, cx: &Cx, numbers: &[Option<Scalar>], scale: f64) -> Result<Grads> {
    let saved = cx.saved_all()?;
    let mut tensors = saved.iter();
    let mut operands: SmallVec<[Operand; MOST]> = SmallVec::new();
    for number in numbers {
        operands.extend(number.map(Operand::Number).or_else(|| tensors.next().map(Operand::Tensor)));
    }
    let shape = result_layout(row.name, &operands)?.shape;
    let scaled;
    let g = if cx.create_graph() {
        scaled = cx.g.mul(scale)?;
        Operand::Tensor(&scaled)
    } else {
        Operand::Number(Scalar::Float(cx.g.item()?.to_f64() * scale))
    };
    let mut grads = Grads::new();
    for (slope, _) in row.slopes.iter().zip(numbers).filter(|(_, number)| number.is_none()) {
        let Slope::Formula { reads, formula } = slope else {
            grads.push(None);
            continue;
        };
        if !cx.needs(grads.len()) {
            grads.push(None);
            continue;
        }
        let of: SmallVec<[Operand; MOST]> = reads.iter().map(|read| read.among(g, &operands)).collect();
        let grad = match formula.term {
            Some(term) if cx.create_graph() => Arena::run(&of, term)?,
            _ => formula.evaluate(row.name, &of, cx.g.dtype(), cx.g.dtype())?,
        };
        // What a derivative does not read may be what the others are stretched to.
        grads.push(Some(if grad.shape() == &shape[..] { grad } else { grad.expand(&shape)? }));
    }
    Ok(grads)
}

/// Lock the memory of contiguous tensors and hand kernels where each begins.
fn with_blocks<R, const N: usize>(
    tensors: [Option<&Tensor>; N],
    work: impl FnOnce([Option<(&Buffer, usize)>; N]) -> R,
) -> R {
    static POINT: Layout =
        Layout { shape: synapgrad_kernels::Dims::new(), strides: synapgrad_kernels::Dims::new(), offset: 0 };
    let operands = tensors.map(|t| t.map_or(Operand::Number(Scalar::Int(0)), Operand::Tensor));
    let layouts = tensors.map(|t| t.map_or(&POINT, Tensor::layout));
    with_sources(&operands, &layouts, |sources| {
        work(sources.map(|source| match source {
            Src::View { data, layout, .. } => Some((data, layout.offset)),
            _ => None,
        }))
    })
}

/// # Errors
/// NotImplementedError where the loss of integers is asked for.
fn check_float(name: &str, operands: &[Operand]) -> Result<()> {
    let dtype = result_type(operands);
    ensure!(dtype.is_float(), NotImplemented, "\"{name}\" not implemented for '{}'", dtype.title());
    Ok(())
}

/// # Errors
/// ValueError where input and target differ in shape, RuntimeError where a weight does not fit the input.
fn check_shapes(name: &str, input: &Tensor, target: &Tensor, weights: [Option<&Tensor>; 2]) -> Result<()> {
    ensure!(
        input.shape() == target.shape(),
        Value,
        "{name}: Target size {:?} must be the same as input size {:?}",
        target.shape(),
        input.shape()
    );
    for weight in weights.into_iter().flatten() {
        ensure!(
            weight.layout().broadcast_to(input.shape()).is_some(),
            Runtime,
            "{name}: a weight of shape {:?} can't be broadcast to the input's shape {:?}",
            weight.shape(),
            input.shape()
        );
    }
    Ok(())
}

/// # Errors
/// RuntimeError where `tensor`, whose derivative is not known, requires a gradient.
pub(super) fn check_constant(name: &str, argument: &str, tensor: &Tensor) -> Result<()> {
    ensure!(
        !tracking(&[tensor]),
        Runtime,
        "{name}: not differentiable with respect to argument '{argument}'. This input cannot have requires_grad True."
    );
    Ok(())
}
