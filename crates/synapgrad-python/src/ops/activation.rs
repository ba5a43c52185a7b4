//! Activation functions.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::{door, door_in_place};
use crate::convert::In;
use crate::error::Ret;
use crate::random::PyGenerator;
use crate::tensor::PyTensor;

use synapgrad::ops::activation::Gelu;

door! {
    /// The logistic function 1/(1 + e⁻ˣ) of each element.
    sigmoid() |x| x.sigmoid();
    /// ln(1/(1 + e⁻ˣ)) of each element.
    logsigmoid() |x| x.logsigmoid();
    /// max(x, 0) of each element.
    relu() |x| x.relu();
    /// min(max(x, 0), 6) of each element.
    relu6() |x| x.relu6();
    /// λx where an element is positive, else λα(eˣ − 1), with λ = 1.0507… and α = 1.6733…
    selu() |x| x.selu();
    /// x·sigmoid(x) of each element.
    silu() |x| x.silu();
    /// x·tanh(ln(1 + eˣ)) of each element.
    mish() |x| x.mish();
    /// x/(1 + |x|) of each element.
    softsign() |x| x.softsign();
    /// min(max(x + 3, 0), 6)/6 of each element.
    hardsigmoid() |x| x.hardsigmoid();
    /// x·min(max(x + 3, 0), 6)/6 of each element.
    hardswish() |x| x.hardswish();
    /// x − tanh x of each element.
    tanhshrink() |x| x.tanhshrink();
    /// Each element where it is positive, else negative_slope·x.
    leaky_relu(negative_slope=0.01) |x, negative_slope: f64| x.leaky_relu(negative_slope);
    /// Each element where it is positive, else alpha·(eˣ − 1).
    elu(alpha=1.0) |x, alpha: f64| x.elu(alpha);
    /// Each element where it is positive, else alpha·(e^(x/alpha) − 1).
    celu(alpha=1.0) |x, alpha: f64| x.celu(alpha);
    /// ln(1 + e^(beta·x))/beta of each element, and x itself where beta·x > threshold.
    softplus(beta=1.0, threshold=20.0) |x, beta: f64, threshold: f64| x.softplus(beta, threshold);
    /// min(max(x, min_val), max_val) of each element. ValueError where min_val > max_val.
    hardtanh(min_val=-1.0, max_val=1.0) |x, min_val: f64, max_val: f64| x.hardtanh(min_val, max_val);
    /// Each element where it is greater than threshold, else value.
    threshold(threshold, value) |x, threshold: f64, value: f64| x.threshold(threshold, value);
    /// Each element moved towards 0 by lambd, and 0 where |x| ≤ lambd. RuntimeError for a negative lambd.
    ///
    /// >>> import synapgrad as sg
    /// >>> sg.softshrink(sg.tensor([-2.0, 0.25, 2.0]))
    /// tensor([-1.5000,  0.0000,  1.5000])
    softshrink(lambd=0.5) |x, lambd: f64| x.softshrink(lambd);
    /// Each element, but 0 where |x| ≤ lambd.
    hardshrink(lambd=0.5) |x, lambd: f64| x.hardshrink(lambd);
    /// x·Φ(x) of each element, with Φ the normal distribution function; with `approximate="tanh"` by a formula close to it.
    gelu(*, approximate="none") |x, approximate: &str| x.gelu(kind(approximate)?);
    /// Each element where it is positive, else w·x; ``weight`` holds one w for all, or one for each channel (dimension 1).
    prelu(weight) |x, weight: In| x.prelu(&weight);
}

door_in_place! {
    /// `sigmoid`, in place.
    sigmoid_() |x| x.sigmoid_();
    /// `relu`, in place.
    relu_() |x| x.relu_();
    /// `relu6`, in place.
    relu6_() |x| x.relu6_();
    /// `selu`, in place.
    selu_() |x| x.selu_();
    /// `silu`, in place.
    silu_() |x| x.silu_();
    /// `mish`, in place.
    mish_() |x| x.mish_();
    /// `hardsigmoid`, in place.
    hardsigmoid_() |x| x.hardsigmoid_();
    /// `hardswish`, in place.
    hardswish_() |x| x.hardswish_();
    /// `leaky_relu`, in place.
    leaky_relu_(negative_slope=0.01) |x, negative_slope: f64| x.leaky_relu_(negative_slope);
    /// `elu`, in place.
    elu_(alpha=1.0) |x, alpha: f64| x.elu_(alpha);
    /// `celu`, in place.
    celu_(alpha=1.0) |x, alpha: f64| x.celu_(alpha);
    /// `hardtanh`, in place.
    hardtanh_(min_val=-1.0, max_val=1.0) |x, min_val: f64, max_val: f64| x.hardtanh_(min_val, max_val);
    /// `threshold`, in place.
    threshold_(threshold, value) |x, threshold: f64, value: f64| x.threshold_(threshold, value);
}

fn kind(approximate: &str) -> PyResult<Gelu> {
    match approximate {
        "none" => Ok(Gelu::Exact),
        "tanh" => Ok(Gelu::Tanh),
        other => Err(PyRuntimeError::new_err(format!("gelu: approximate must be either none or tanh, got {other}"))),
    }
}

/// a·sigmoid(b), where a is the first half of the input along ``dim`` and b the second. RuntimeError for an odd size.
#[pyfunction]
#[pyo3(signature = (input, dim=-1))]
fn glu(input: In, dim: isize) -> Ret {
    Ok(input.glu(dim)?.into())
}

/// x where positive, else r·x, of each element: with ``training`` r is drawn from U(lower, upper) for each, otherwise it is
/// their mean. RuntimeError where lower > upper.
#[pyfunction]
#[pyo3(signature = (input, lower=1.0/8.0, upper=1.0/3.0, training=false, generator=None),
    text_signature = "(input, lower=0.125, upper=0.3333333333333333, training=False, generator=None)")]
fn rrelu(input: In, lower: f64, upper: f64, training: bool, generator: Option<&Bound<'_, PyGenerator>>) -> Ret {
    Ok(input.rrelu(lower, upper, training, generator.map(|g| &g.get().0))?.into())
}

/// `rrelu`, in place.
#[pyfunction]
#[pyo3(signature = (input, lower=1.0/8.0, upper=1.0/3.0, training=false, generator=None),
    text_signature = "(input, lower=0.125, upper=0.3333333333333333, training=False, generator=None)")]
fn rrelu_<'py>(
    input: Bound<'py, PyTensor>,
    lower: f64,
    upper: f64,
    training: bool,
    generator: Option<&Bound<'_, PyGenerator>>,
) -> Ret<Bound<'py, PyTensor>> {
    input.get().tensor().rrelu_(lower, upper, training, generator.map(|g| &g.get().0))?;
    Ok(input)
}

/// softmax((x + n)/tau) along ``dim`` with Gumbel's noise n; with ``hard`` one-hot, with the gradient of the soft sample.
#[pyfunction]
#[pyo3(signature = (logits, tau=1.0, hard=false, dim=-1))]
fn gumbel_softmax(logits: In, tau: f64, hard: bool, dim: isize) -> Ret {
    Ok(logits.gumbel_softmax(tau, hard, dim, None)?.into())
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(glu, module)?)?;
    module.add_function(wrap_pyfunction!(rrelu, module)?)?;
    module.add_function(wrap_pyfunction!(rrelu_, module)?)?;
    module.add_function(wrap_pyfunction!(gumbel_softmax, module)?)
}
