//! Losses: how far an input is from its target.
//!
//! A loss of single elements is a formula (a row of the table in [`elementwise`]), of which all values, their sum or their
//! mean are wanted. The sum takes one pass over the operands that stores nothing in between, and so does each gradient: with
//! ℓ̄ the result, ∂ℓ̄/∂xᵢ is the row's derivative with g = 1 or 1/n. Losses of rows (classes, rankings, sequences) are
//! operations of their own.

use std::str::FromStr;

use smallvec::SmallVec;
use synapgrad_kernels::{Buffer, Layout, Scalar, Src};

use super::formula::{MOST, Operand, Pointwise, Slope, padded, result_layout, result_type};
use super::operand::with_sources;
use super::term::Arena;
use crate::autograd::{Cx, Grads, Save, record};
use crate::error::{bail, ensure};
use crate::{Error, Result, Tensor};

pub mod classification;
pub mod elementwise;

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
    reduced_as(row.node, row, operands, reduction)
}

/// [`reduced`], recorded as `node`.
fn reduced_as(
    node: &'static str,
    row: &'static Pointwise,
    operands: &[Operand],
    reduction: Reduction,
) -> Result<Tensor> {
    let dtype = result_type(&operands[..row.inputs]);
    let shape = result_layout(row.name, operands)?.shape;
    let scale = match reduction {
        Reduction::None => return row.apply(operands),
        Reduction::Sum => 1.0,
        Reduction::Mean => 1.0 / shape.iter().product::<usize>() as f64,
    };
    let value = Tensor::full(&[], row.value.sum(operands, &shape, dtype) * scale, dtype)?;
    let tensors: SmallVec<[&Tensor; MOST]> = operands.iter().filter_map(|o| o.tensor()).collect();
    let saves: SmallVec<[Save; MOST]> = tensors.iter().map(|&t| t.into()).collect();
    let numbers = padded(operands, dtype).map(|operand| match operand {
        Operand::Number(number) => Some(number),
        Operand::Tensor(_) => None,
    });
    let count = operands.len();
    Ok(record(node, &tensors, value, &saves, move |cx| derive(row, cx, &numbers[..count], scale)))
}

/// The gradients of the operands that are tensors; `numbers` holds those that are not.
fn derive(row: &'static Pointwise, cx: &Cx, numbers: &[Option<Scalar>], scale: f64) -> Result<Grads> {
    let saved = cx.saved_all()?;
    let mut tensors = saved.iter();
    let mut operands: SmallVec<[Operand; MOST]> = SmallVec::new();
    for number in numbers {
        operands.extend(number.map(Operand::Number).or_else(|| tensors.next().map(Operand::Tensor)));
    }
    let scaled;
    let g = if cx.create_graph() {
        scaled = cx.g.mul(scale)?;
        Operand::Tensor(&scaled)
    } else {
        Operand::Number(Scalar::Float(cx.g.item()?.to_f64() * scale))
    };
    let mut grads = Grads::new();
    for (slope, _) in row.slopes.iter().zip(numbers).filter(|(_, number)| number.is_none()) {
        let Slope::Formula { reads, formula } = slope else { unreachable!("{} has formulas", row.name) };
        if !cx.needs(grads.len()) {
            grads.push(None);
            continue;
        }
        let of: SmallVec<[Operand; MOST]> = reads.iter().map(|read| read.among(g, &operands)).collect();
        grads.push(Some(match formula.term {
            Some(term) if cx.create_graph() => Arena::run(&of, term)?,
            _ => formula.evaluate(row.name, &of, cx.g.dtype(), cx.g.dtype())?,
        }));
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
