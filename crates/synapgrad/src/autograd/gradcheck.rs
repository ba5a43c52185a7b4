//! Derivatives against difference quotients.

use super::{enable_grad, grad, no_grad};
use crate::error::{bail, ensure};
use crate::{DType, Result, Scalar, Tensor};

/// How exact a derivative must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradCheck {
    /// How far an input is moved to either side.
    pub eps: f64,
    /// Absolute tolerance.
    pub atol: f64,
    /// Relative tolerance.
    pub rtol: f64,
    /// By how much two runs of one backward may differ.
    pub nondet_tol: f64,
}

impl Default for GradCheck {
    fn default() -> Self {
        GradCheck { eps: 1e-6, atol: 1e-5, rtol: 1e-3, nondet_tol: 0.0 }
    }
}

/// Compare the derivatives of `f` at `inputs` with difference quotients:
///
/// > ∂yᵢ/∂xⱼ ≈ (yᵢ(xⱼ + ε) − yᵢ(xⱼ − ε)) / 2ε
///
/// for every element xⱼ of every input that requires a gradient (use float64, or rounding decides) and every element yᵢ of
/// every float result. While `f` runs, the inputs change in place, so it must not keep them.
///
/// ```
/// use synapgrad::{Tensor, autograd::{GradCheck, gradcheck}};
/// # fn main() -> synapgrad::Result<()> {
/// let x = Tensor::from([0.5f64, -1.0]).requires_grad_(true)?;
/// gradcheck(&|x| Ok(vec![x[0].tanh()?]), &[x], GradCheck::default())?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// RuntimeError that shows both where they differ, and what `f` fails with; ValueError where no input requires a gradient.
pub fn gradcheck(f: &dyn Fn(&[Tensor]) -> Result<Vec<Tensor>>, inputs: &[Tensor], check: GradCheck) -> Result<()> {
    let asked: Vec<usize> = (0..inputs.len()).filter(|&i| inputs[i].requires_grad()).collect();
    ensure!(
        !asked.is_empty(),
        Value,
        "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
    );
    for &i in &asked {
        ensure!(
            !inputs[i].layout().overlaps_itself(),
            Runtime,
            "gradcheck: input {i} has several elements in one place of memory (an expanded tensor), so that they can't be \
             moved one by one"
        );
    }
    let outputs: Vec<Tensor> = {
        let _mode = enable_grad();
        f(inputs)?
    };
    // All derivatives before the first quotient: that changes the inputs, which the graph may have saved.
    let floats = || outputs.iter().enumerate().filter(|(_, output)| output.dtype().is_float());
    let analytical: Vec<_> =
        floats().map(|(_, output)| analytical(output, &asked, inputs, check.nondet_tol)).collect::<Result<_>>()?;
    for ((o, output), analytical) in floats().zip(analytical) {
        for (&i, analytical) in asked.iter().zip(analytical) {
            let numerical = numerical(f, o, inputs, i, output.numel(), check.eps)?;
            compare(o, i, &numerical, &analytical, output.numel(), check)?;
        }
    }
    Ok(())
}

/// [`gradcheck`] of the gradients of `f`: the second derivatives. The gradients of the results are `gradients`, or, where
/// that is empty, fixed numbers around 1.
///
/// # Errors
/// As [`gradcheck`].
pub fn gradgradcheck(
    f: &dyn Fn(&[Tensor]) -> Result<Vec<Tensor>>,
    inputs: &[Tensor],
    gradients: &[Tensor],
    check: GradCheck,
) -> Result<()> {
    let of_graph = |outputs: Vec<Tensor>| outputs.into_iter().filter(Tensor::requires_grad).collect::<Vec<_>>();
    let gradients: Vec<Tensor> = if gradients.is_empty() {
        let _mode = no_grad();
        of_graph(with_grad(f, inputs)?).iter().map(around_one).collect::<Result<_>>()?
    } else {
        gradients.to_vec()
    };
    let asked: Vec<usize> = (0..inputs.len()).filter(|&i| inputs[i].requires_grad()).collect();
    let count = inputs.len();
    let gradient = |all: &[Tensor]| {
        let (inputs, gradients) = all.split_at(count);
        let outputs = of_graph(f(inputs)?);
        let wanted: Vec<Tensor> = asked.iter().map(|&i| inputs[i].clone()).collect();
        let gradients: Vec<Option<Tensor>> = gradients.iter().cloned().map(Some).collect();
        let found = grad(&outputs, &wanted, &gradients, true, true, true)?;
        Ok(found.into_iter().flatten().collect())
    };
    let all: Vec<Tensor> = inputs.iter().chain(&gradients).cloned().collect();
    gradcheck(&gradient, &all, check)
}

fn with_grad(f: &dyn Fn(&[Tensor]) -> Result<Vec<Tensor>>, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
    let _mode = enable_grad();
    f(inputs)
}

/// A gradient for a result: numbers between ½ and 3/2 without a pattern that a wrong derivative could share.
fn around_one(output: &Tensor) -> Result<Tensor> {
    let golden = 0.618_033_988_749_894_9;
    let numbers: Vec<f64> = (0..output.numel()).map(|i| 0.5 + (i as f64 * golden + 0.3).fract()).collect();
    Tensor::from_slice(&numbers, output.shape())?.to_dtype(output.dtype())?.requires_grad_(true)
}

fn numbers(tensor: &Tensor) -> Result<Vec<f64>> {
    let _mode = no_grad();
    tensor.detach().to_dtype(DType::F64)?.to_vec::<f64>()
}

/// Row i: the gradient of element i of `output`, by backward, one matrix for every asked input.
fn analytical(output: &Tensor, asked: &[usize], inputs: &[Tensor], nondet_tol: f64) -> Result<Vec<Vec<f64>>> {
    let wanted: Vec<Tensor> = asked.iter().map(|&i| inputs[i].clone()).collect();
    let mut matrices = vec![Vec::new(); asked.len()];
    for i in 0..output.numel() {
        let mut unit = vec![0.0; output.numel()];
        unit[i] = 1.0;
        let unit = Tensor::from_slice(&unit, output.shape())?.to_dtype(output.dtype())?;
        let once = || match output.requires_grad() {
            true => grad(std::slice::from_ref(output), &wanted, &[Some(unit.clone())], true, false, true),
            false => Ok(vec![None; wanted.len()]),
        };
        for (((first, second), input), matrix) in once()?.iter().zip(once()?).zip(&wanted).zip(&mut matrices) {
            let row = |g: &Option<Tensor>| g.as_ref().map_or_else(|| Ok(vec![0.0; input.numel()]), numbers);
            let (first, second) = (row(first)?, row(&second)?);
            let same =
                first.iter().zip(&second).all(|(a, b)| (a - b).abs() <= nondet_tol || a.to_bits() == b.to_bits());
            ensure!(
                same,
                Runtime,
                "gradcheck: Backward is not reentrant, i.e., running backward with same input and grad_output multiple \
                 times gives different values, although analytical gradient matches numerical gradient. The tolerance \
                 for nondeterminism was {nondet_tol}."
            );
            matrix.extend(first);
        }
    }
    Ok(matrices)
}

/// The same matrix by difference quotients, column after column; returned row by row.
fn numerical(
    f: &dyn Fn(&[Tensor]) -> Result<Vec<Tensor>>,
    output: usize,
    inputs: &[Tensor],
    input: usize,
    rows: usize,
    eps: f64,
) -> Result<Vec<f64>> {
    let layout = inputs[input].layout();
    let at = |j: usize| {
        let (mut rest, mut offset) = (j, layout.offset);
        for d in (0..layout.rank()).rev() {
            offset += rest % layout.shape[d] * layout.strides[d];
            rest /= layout.shape[d];
        }
        offset
    };
    // A view of the one element that moves; detached, so that autograd does not mind.
    let moved = |j: usize, value: Scalar| {
        let _mode = no_grad();
        let place = crate::Layout { offset: at(j), ..crate::Layout::dense(&[]) };
        inputs[input].detach().alias(place).fill_(value).map(drop)
    };
    let value = |j: usize, value: f64| {
        moved(j, Scalar::Float(value))?;
        match with_grad(f, inputs)?.get(output) {
            Some(output) => numbers(output),
            None => bail!(Runtime, "gradcheck: the function returned fewer results than the first time"),
        }
    };
    let columns = inputs[input].numel();
    let mut matrix = vec![0.0; rows * columns];
    for j in 0..columns {
        let here = inputs[input].scalar_at(at(j));
        let x = here.to_f64();
        let both = value(j, x + eps).and_then(|above| Ok((above, value(j, x - eps)?)));
        moved(j, here)?;
        let (above, below) = both?;
        ensure!(
            above.len() == rows && below.len() == rows,
            Runtime,
            "gradcheck: the function's results change their size"
        );
        for i in 0..rows {
            matrix[i * columns + j] = (above[i] - below[i]) / (2.0 * eps);
        }
    }
    Ok(matrix)
}

fn compare(
    output: usize,
    input: usize,
    numerical: &[f64],
    analytical: &[f64],
    rows: usize,
    check: GradCheck,
) -> Result<()> {
    let close =
        |(n, a): (&f64, &f64)| (a - n).abs() <= check.atol + check.rtol * n.abs() || a == n || a.is_nan() && n.is_nan();
    let Some(worst) = numerical.iter().zip(analytical).position(|pair| !close(pair)) else { return Ok(()) };
    let columns = numerical.len() / rows.max(1);
    bail!(
        Runtime,
        "gradcheck: Jacobian mismatch for output {output} with respect to input {input},\nnumerical:{numerical:?}\n\
         analytical:{analytical:?}\n(rows are the {rows} elements of the output, columns the {columns} of the input; the \
         first difference is at row {}, column {})",
        worst / columns.max(1),
        worst % columns.max(1)
    )
}
