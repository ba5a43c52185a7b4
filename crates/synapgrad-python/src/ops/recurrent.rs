//! Recurrent layers and cells.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use synapgrad::nn::{self, Packing, RecurrentMode, RecurrentOptions, RecurrentPlan};
use synapgrad::ops::recurrent::{CellWeights, Layers};
use synapgrad::{DType, Tensor};

use crate::convert::{In, Out, given};
use crate::error::{Fail, Ret, named};
use crate::tensor::PyTensor;

type Any<'a, 'py> = &'a Bound<'py, PyAny>;
/// A name and a shape.
type Parameter = (String, Vec<usize>);

/// The numbers of sequences at each time.
fn sizes(name: &str, tensor: &Tensor) -> Ret<Vec<i64>> {
    if tensor.dtype() != DType::I64 {
        let text = format!("{name}: batch_sizes: expected scalar type Long but found {}", tensor.dtype().title());
        return Err(PyRuntimeError::new_err(text).into());
    }
    Ok(tensor.to_vec()?)
}

/// The arguments after the input: those of a padded batch, or of packed data.
struct Arguments {
    sizes: Option<Vec<i64>>,
    hx: Vec<In>,
    params: Vec<In>,
    layers: Layers<'static>,
}

impl Arguments {
    /// `states` is how many there are in `hx`: two in a tuple, or one by itself.
    fn read(name: &str, states: usize, rest: [Any; 8]) -> Ret<Arguments> {
        let packed = rest[if states == 2 { 0 } else { 1 }].cast::<PyTensor>().is_ok();
        let skip = usize::from(packed);
        let flag = |i: usize| rest[skip + i].extract::<bool>();
        Ok(Arguments {
            sizes: if packed { Some(sizes(name, &rest[0].extract::<In>()?.0)?) } else { None },
            hx: if states == 2 { rest[skip].extract()? } else { vec![rest[skip].extract()?] },
            params: rest[skip + 1].extract()?,
            layers: Layers {
                bias: flag(2)?,
                num_layers: rest[skip + 3].extract()?,
                dropout: rest[skip + 4].extract()?,
                training: flag(5)?,
                bidirectional: flag(6)?,
                batch_first: if packed { false } else { flag(7)? },
                batch_sizes: None,
            },
        })
    }

    fn layers(&self) -> Layers<'_> {
        Layers { batch_sizes: self.sizes.as_deref(), ..self.layers }
    }

    fn params(&self) -> Vec<&Tensor> {
        self.params.iter().map(|p| &p.0).collect()
    }
}

fn two<'a>(name: &str, hx: &'a [In]) -> PyResult<[&'a Tensor; 2]> {
    match hx {
        [h, c] => Ok([h, c]),
        _ => Err(PyRuntimeError::new_err(format!("{name} expects two hidden states, got {}", hx.len()))),
    }
}

macro_rules! layers_of_one_state {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[pyfunction]
        #[allow(clippy::too_many_arguments)]
        fn $name(
            input: In,
            hx: Any,
            params: Any,
            has_biases: Any,
            num_layers: Any,
            dropout: Any,
            train: Any,
            bidirectional: Any,
            batch_first: Any,
        ) -> Ret<(Out, Out)> {
            let rest = [hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first];
            let given = Arguments::read(stringify!($name), 1, rest)?;
            let (output, state) = input.$name(&given.hx[0], &given.params(), &given.layers()).map_err(named(stringify!($name)))?;
            Ok((output.into(), state.into()))
        }
    )*};
}

layers_of_one_state! {
    /// Layers of plain recurrent units, ``h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh)``: (output, last states).
    ///
    /// ``input`` is (T, N, in), or (N, T, in) with ``batch_first``; ``hx``, the first states, (layers·directions, N, hidden);
    /// ``params`` lists w_ih (hidden, in), w_hh (hidden, hidden) and, with ``has_biases``, b_ih and b_hh (hidden) of each layer
    /// in each direction. The output is (T, N, directions·hidden). In ``train``, elements are dropped between layers with
    /// probability ``dropout``. Packed sequences: ``rnn_tanh(data, batch_sizes, hx, params, …, bidirectional)``, by position.
    /// RuntimeError where shapes or dtypes don't fit. Elman, "Finding Structure in Time" (1990).
    ///
    /// >>> import synapgrad as sg
    /// >>> one = sg.ones(1, 1)
    /// >>> x, h = sg.tensor([[[1.0]], [[0.0]]]), sg.zeros(1, 1, 1)
    /// >>> sg.rnn_tanh(x, h, [one, one], False, 1, 0.0, False, False, False)[0].flatten()
    /// tensor([0.7616, 0.6420])
    rnn_tanh;
    /// :func:`rnn_tanh` with ``h' = max(W_ih·x + b_ih + W_hh·h + b_hh, 0)``.
    rnn_relu;
    /// Layers of gated recurrent units: (output, last states). Arguments as in :func:`rnn_tanh`; the first size of all weights
    /// is 3·hidden: those of r, z and n.
    ///
    /// ``r = σ(W_ir·x + b_ir + W_hr·h + b_hr)``, ``z`` likewise, ``n = tanh(W_in·x + b_in + r·(W_hn·h + b_hn))``,
    /// ``h' = (1 - z)·n + z·h``. Cho et al., "Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine
    /// Translation" (2014).
    gru;
}

/// Layers of long short-term memory: (output, last h, last c). Arguments as in :func:`rnn_tanh`, but ``hx`` is a pair (h, c);
/// the first size of w_ih, w_hh and the biases is 4·hidden: those of i, f, g and o. Where each list of weights has one more,
/// (out, hidden), outputs are projected by it, and h and w_hh have the size ``out``.
///
/// ``i = σ(W_ii·x + b_ii + W_hi·h + b_hi)``, ``f`` and ``o`` likewise, ``g = tanh(W_ig·x + b_ig + W_hg·h + b_hg)``,
/// ``c' = f·c + i·g``, ``h' = o·tanh(c')`` or its projection. Hochreiter, Schmidhuber, "Long Short-Term Memory" (1997); Sak,
/// Senior, Beaufays, "Long Short-Term Memory Based Recurrent Neural Network Architectures for Large Vocabulary Speech
/// Recognition" (2014).
#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn lstm(
    input: In,
    hx: Any,
    params: Any,
    has_biases: Any,
    num_layers: Any,
    dropout: Any,
    train: Any,
    bidirectional: Any,
    batch_first: Any,
) -> Ret<(Out, Out, Out)> {
    let rest = [hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first];
    let given = Arguments::read("lstm", 2, rest)?;
    let (output, h, c) = input.lstm(two("lstm", &given.hx)?, &given.params(), &given.layers())?;
    Ok((output.into(), h.into(), c.into()))
}

fn weights<'a>(w_ih: &'a In, w_hh: &'a In, b_ih: &'a Option<In>, b_hh: &'a Option<In>) -> CellWeights<'a> {
    CellWeights { w_ih, w_hh, b_ih: given(b_ih), b_hh: given(b_hh), w_hr: None }
}

macro_rules! cells_of_one_state {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[pyfunction]
        #[pyo3(signature = (input, hx, w_ih, w_hh, b_ih=None, b_hh=None))]
        fn $name(input: In, hx: In, w_ih: In, w_hh: In, b_ih: Option<In>, b_hh: Option<In>) -> Ret {
            Ok(input.$name(&hx, weights(&w_ih, &w_hh, &b_ih, &b_hh)).map_err(named(stringify!($name)))?.into())
        }
    )*};
}

cells_of_one_state! {
    /// ``h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh)``: from an input (N, in) and a state (N, hidden) the new state. RuntimeError
    /// where shapes or dtypes don't fit.
    ///
    /// >>> import synapgrad as sg
    /// >>> sg.rnn_tanh_cell(sg.ones(1, 1), sg.zeros(1, 1), sg.ones(1, 1), sg.ones(1, 1))
    /// tensor([[0.7616]])
    rnn_tanh_cell;
    /// :func:`rnn_tanh_cell` with ``h' = max(W_ih·x + b_ih + W_hh·h + b_hh, 0)``.
    rnn_relu_cell;
    /// One step of a gated recurrent unit, see :func:`gru`: from an input (N, in) and a state (N, hidden) the new state.
    gru_cell;
}

/// One step of long short-term memory, see :func:`lstm`: from an input (N, in) and states (h, c) of shape (N, hidden) the new
/// ones. RuntimeError where shapes or dtypes don't fit.
#[pyfunction]
#[pyo3(signature = (input, hx, w_ih, w_hh, b_ih=None, b_hh=None))]
fn lstm_cell(input: In, hx: Vec<In>, w_ih: In, w_hh: In, b_ih: Option<In>, b_hh: Option<In>) -> Ret<(Out, Out)> {
    let (h, c) = input.lstm_cell(two("lstm_cell", &hx)?, weights(&w_ih, &w_hh, &b_ih, &b_hh))?;
    Ok((h.into(), c.into()))
}

fn plain(tensors: Vec<In>) -> Vec<Tensor> {
    tensors.into_iter().map(|t| t.0).collect()
}

#[allow(clippy::too_many_arguments)]
fn plan(
    mode: &str,
    input_size: usize,
    hidden_size: usize,
    proj_size: usize,
    num_layers: usize,
    bias: bool,
    batch_first: bool,
    dropout: f64,
    bidirectional: bool,
) -> Ret<RecurrentPlan> {
    let options = RecurrentOptions { num_layers, bias, batch_first, dropout, bidirectional, proj_size, dtype: None };
    Ok(RecurrentPlan { mode: RecurrentMode::named(mode)?, input_size, hidden_size, options })
}

/// Names and shapes of the parameters of a recurrent layer, a list for each layer in each direction. ValueError for sizes and
/// options that cannot be.
#[pyfunction(name = "_recurrent_parameters")]
#[allow(clippy::too_many_arguments)]
fn recurrent_parameters(
    mode: &str,
    input_size: usize,
    hidden_size: usize,
    proj_size: usize,
    num_layers: usize,
    bias: bool,
    batch_first: bool,
    dropout: f64,
    bidirectional: bool,
) -> Ret<Vec<Vec<Parameter>>> {
    let plan = plan(mode, input_size, hidden_size, proj_size, num_layers, bias, batch_first, dropout, bidirectional)?;
    plan.check()?;
    Ok(plan.parameters())
}

/// A recurrent layer: the output, and a list of the last states. ``packing`` is None, or what a PackedSequence has beside its
/// data: batch_sizes and the two orders.
#[pyfunction(name = "_recurrent")]
#[allow(clippy::too_many_arguments)]
fn recurrent(
    mode: &str,
    input: In,
    hx: Vec<In>,
    weights: Vec<In>,
    packing: Option<(In, Option<In>, Option<In>)>,
    input_size: usize,
    hidden_size: usize,
    proj_size: usize,
    num_layers: usize,
    bias: bool,
    batch_first: bool,
    dropout: f64,
    training: bool,
    bidirectional: bool,
) -> Ret<(Out, Vec<Out>)> {
    let plan = plan(mode, input_size, hidden_size, proj_size, num_layers, bias, batch_first, dropout, bidirectional)?;
    let batch_sizes = packing.as_ref().map(|(counts, ..)| sizes(mode, counts)).transpose()?;
    let orders = packing.as_ref().and_then(|(_, sorted, unsorted)| given(sorted).zip(given(unsorted)));
    let packing = batch_sizes.as_deref().map(|batch_sizes| Packing { batch_sizes, indices: orders });
    let weights: Vec<&Tensor> = weights.iter().map(|w| &w.0).collect();
    let (output, states) = plan.run(&input, &plain(hx), &weights, training, packing)?;
    Ok((output.into(), states.into_iter().map(Out::from).collect()))
}

/// A step of a recurrent cell, batched or not: a list of the new states. ``hx`` may be empty, for zeros.
#[pyfunction(name = "_recurrent_cell")]
fn recurrent_cell(
    mode: &str,
    input: In,
    hx: Vec<In>,
    w_ih: In,
    w_hh: In,
    b_ih: Option<In>,
    b_hh: Option<In>,
) -> Ret<Vec<Out>> {
    let weights = weights(&w_ih, &w_hh, &b_ih, &b_hh);
    let states = nn::run_cell(RecurrentMode::named(mode)?, &input, &plain(hx), weights).map_err(Fail::from)?;
    Ok(states.into_iter().map(Out::from).collect())
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(rnn_tanh, module)?)?;
    module.add_function(wrap_pyfunction!(rnn_relu, module)?)?;
    module.add_function(wrap_pyfunction!(gru, module)?)?;
    module.add_function(wrap_pyfunction!(lstm, module)?)?;
    module.add_function(wrap_pyfunction!(rnn_tanh_cell, module)?)?;
    module.add_function(wrap_pyfunction!(rnn_relu_cell, module)?)?;
    module.add_function(wrap_pyfunction!(gru_cell, module)?)?;
    module.add_function(wrap_pyfunction!(lstm_cell, module)?)?;
    module.add_function(wrap_pyfunction!(recurrent_parameters, module)?)?;
    module.add_function(wrap_pyfunction!(recurrent, module)?)?;
    module.add_function(wrap_pyfunction!(recurrent_cell, module)?)
}
