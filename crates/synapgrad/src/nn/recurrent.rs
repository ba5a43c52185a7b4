//! Recurrent layers and cells.

use std::sync::atomic::{AtomicBool, Ordering};

use smallvec::SmallVec;
use synapgrad_kernels::recurrent::Mode;

use super::{Member, Module, init};
use crate::error::{bail, ensure};
use crate::ops::recurrent::{CellWeights, Layers};
use crate::{DType, Result, Tensor, default_dtype};

/// Which recurrent layer: PyTorch's names of the modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecurrentMode(Mode);

impl RecurrentMode {
    /// The one that PyTorch calls `RNN_TANH`, `RNN_RELU`, `LSTM` or `GRU`.
    ///
    /// # Errors
    /// ValueError for other names.
    pub fn named(name: &str) -> Result<RecurrentMode> {
        Ok(RecurrentMode(match name {
            "RNN_TANH" => Mode::Tanh,
            "RNN_RELU" => Mode::Relu,
            "LSTM" => Mode::Lstm,
            "GRU" => Mode::Gru,
            _ => bail!(Value, "Unrecognized RNN mode: {name}"),
        }))
    }

    /// The name of the layer.
    fn layer(self) -> &'static str {
        match self.0 {
            Mode::Tanh | Mode::Relu => "RNN",
            Mode::Lstm => "LSTM",
            Mode::Gru => "GRU",
        }
    }
}

/// The function of a plain recurrent unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecurrentActivation {
    #[default]
    Tanh,
    ReLU,
}

impl RecurrentActivation {
    fn mode(self) -> Mode {
        match self {
            RecurrentActivation::Tanh => Mode::Tanh,
            RecurrentActivation::ReLU => Mode::Relu,
        }
    }
}

/// Options of [`RNN`], [`LSTM`] and [`GRU`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecurrentOptions {
    pub num_layers: usize,
    /// Whether there are biases.
    pub bias: bool,
    /// (N, T, …) instead of (T, N, …), in the input and in the output.
    pub batch_first: bool,
    /// The probability with which outputs of a layer are dropped before they reach the next, in training.
    pub dropout: f64,
    /// Whether each layer has a second one beside it that goes backwards.
    pub bidirectional: bool,
    /// Of an [`LSTM`], the size that its outputs are projected to; 0 for none.
    pub proj_size: usize,
    /// Of the parameters; the default dtype where `None`.
    pub dtype: Option<DType>,
}

impl Default for RecurrentOptions {
    fn default() -> RecurrentOptions {
        RecurrentOptions {
            num_layers: 1,
            bias: true,
            batch_first: false,
            dropout: 0.0,
            bidirectional: false,
            proj_size: 0,
            dtype: None,
        }
    }
}

/// A batch of sequences of different lengths, packed time by time; see
/// [`pack_padded_sequence`](super::utils::pack_padded_sequence).
#[derive(Clone, Copy)]
pub struct Packing<'a> {
    /// How many sequences there are at each time.
    pub batch_sizes: &'a [i64],
    /// How the sequences were put in order, and back: the order of states.
    pub indices: Option<(&'a Tensor, &'a Tensor)>,
}

/// A recurrent layer as its sizes and options say, without its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecurrentPlan {
    pub mode: RecurrentMode,
    pub input_size: usize,
    pub hidden_size: usize,
    pub options: RecurrentOptions,
}

impl RecurrentPlan {
    /// # Errors
    /// ValueError where a size is 0, the projection is not smaller than the hidden state, or `dropout` is no probability.
    pub fn check(&self) -> Result<()> {
        let RecurrentOptions { num_layers, dropout, proj_size, .. } = self.options;
        ensure!(
            (0.0..=1.0).contains(&dropout),
            Value,
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
        );
        for (what, size) in [("input_size", self.input_size), ("hidden_size", self.hidden_size)] {
            ensure!(size > 0, Value, "{what} must be greater than zero");
        }
        ensure!(num_layers > 0, Value, "num_layers must be greater than zero");
        ensure!(
            proj_size == 0 || self.mode.0 == Mode::Lstm,
            Value,
            "proj_size argument is only supported for LSTM, not RNN or GRU"
        );
        ensure!(proj_size < self.hidden_size, Value, "proj_size has to be smaller than hidden_size");
        Ok(())
    }

    fn directions(&self) -> usize {
        1 + usize::from(self.options.bidirectional)
    }

    /// The size of an output in one direction.
    fn out(&self) -> usize {
        if self.options.proj_size > 0 { self.options.proj_size } else { self.hidden_size }
    }

    /// Names and shapes of the parameters, a list for each layer in each direction: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
    /// `bias_hh_l0`, `weight_hr_l0`, `weight_ih_l0_reverse`, …
    pub fn parameters(&self) -> Vec<Vec<(String, Vec<usize>)>> {
        let RecurrentOptions { num_layers, bias, proj_size, .. } = self.options;
        let (gates, out) = (self.mode.0.gates() * self.hidden_size, self.out());
        let sets = (0..num_layers).flat_map(|layer| (0..self.directions()).map(move |direction| (layer, direction)));
        sets.map(|(layer, direction)| {
            let size = if layer == 0 { self.input_size } else { out * self.directions() };
            let mut own = vec![("weight_ih", vec![gates, size]), ("weight_hh", vec![gates, out])];
            if bias {
                own.extend([("bias_ih", vec![gates]), ("bias_hh", vec![gates])]);
            }
            if proj_size > 0 {
                own.push(("weight_hr", vec![out, self.hidden_size]));
            }
            let suffix = if direction == 1 { "_reverse" } else { "" };
            own.into_iter().map(|(name, shape)| (format!("{name}_l{layer}{suffix}"), shape)).collect()
        })
        .collect()
    }

    /// The output, and the last states: h, and of an LSTM c. `hx` are the first ones, zeros where there are none.
    ///
    /// Input (T, N, in), or (N, T, in) with `batch_first`, or (T, in) of a single sequence, with states (layers·directions, N,
    /// …), without N for a single one. Of packed sequences, data (Σ sizes, in).
    ///
    /// # Errors
    /// ValueError for an input of other dimensions or dtype; RuntimeError where sizes don't fit.
    pub fn run(
        &self,
        input: &Tensor,
        hx: &[Tensor],
        weights: &[&Tensor],
        training: bool,
        packing: Option<Packing>,
    ) -> Result<(Tensor, Vec<Tensor>)> {
        let RecurrentOptions { num_layers, bias, batch_first, dropout, bidirectional, .. } = self.options;
        let (name, lstm) = (self.mode.layer(), self.mode.0 == Mode::Lstm);
        let needed = 1 + usize::from(lstm);
        ensure!(
            hx.is_empty() || hx.len() == needed,
            Runtime,
            "{name}: expected {needed} hidden states, got {}",
            hx.len()
        );
        let (mut input, mut hx) = (input.clone(), hx.to_vec());
        let single = packing.is_none() && input.rank() == 2;
        let batch_dim = if batch_first { 0 } else { 1 };
        if packing.is_none() {
            ensure!(
                matches!(input.rank(), 2 | 3),
                Value,
                "{name}: Expected input to be 2D or 3D, got {}D instead",
                input.rank()
            );
            let (kind, rank) = if single { ("unbatched 2-D", 2) } else { ("batched 3-D", 3) };
            if hx.iter().any(|state| state.rank() != rank) {
                let ranks: Vec<String> = hx.iter().map(|state| format!("{}-D", state.rank())).collect();
                match lstm {
                    true => bail!(
                        Runtime,
                        "For {kind} input, hx and cx should also be {rank}-D but got ({}) tensors",
                        ranks.join(", ")
                    ),
                    false => bail!(
                        Runtime,
                        "For {kind} input, hx should also be {rank}-D but got {} tensor",
                        ranks.join(", ")
                    ),
                }
            }
            if single {
                input = input.unsqueeze(batch_dim)?;
                hx = hx.iter().map(|state| state.unsqueeze(1)).collect::<Result<_>>()?;
            }
        }
        let dtype = weights.first().map_or(input.dtype(), |w| w.dtype());
        ensure!(
            input.dtype() == dtype,
            Value,
            "RNN input dtype ({got}) does not match weight dtype ({wanted}). Convert input: input.to({wanted}), or convert \
             model: model.to({got})",
            got = input.dtype().name(),
            wanted = dtype.name()
        );
        let rank = if packing.is_some() { 2 } else { 3 };
        ensure!(input.rank() == rank, Runtime, "input must have {rank} dimensions, got {}", input.rank());
        let size = input.shape()[rank - 1];
        ensure!(
            size == self.input_size,
            Runtime,
            "input.size(-1) must be equal to input_size. Expected {}, got {size}",
            self.input_size
        );
        let batch = match packing {
            Some(packing) => packing.batch_sizes.first().map_or(0, |&n| n.max(0) as usize),
            None => input.shape()[batch_dim as usize],
        };
        let count = num_layers * self.directions();
        for (i, width) in [self.out(), self.hidden_size].into_iter().enumerate().take(needed) {
            let Some(state) = hx.get(i) else {
                hx.push(Tensor::zeros(&[count, batch, width], dtype)?);
                continue;
            };
            ensure!(
                state.shape() == [count, batch, width],
                Runtime,
                "Expected hidden{} size ({count}, {batch}, {width}), got {:?}",
                if lstm { format!("[{i}]") } else { String::new() },
                state.shape()
            );
        }
        let reordered = |states: Vec<Tensor>, index: Option<&Tensor>| -> Result<Vec<Tensor>> {
            match index {
                Some(index) => states.iter().map(|state| state.index_select(1, index)).collect(),
                None => Ok(states),
            }
        };
        let indices = packing.and_then(|packing| packing.indices);
        hx = reordered(hx, indices.map(|(sorted, _)| sorted))?;
        let batch_sizes = packing.map(|packing| packing.batch_sizes);
        let layers = Layers { bias, num_layers, dropout, training, bidirectional, batch_first, batch_sizes };
        let (mut output, mut states) = match self.mode.0 {
            Mode::Lstm => {
                let (y, h, c) = input.lstm([&hx[0], &hx[1]], weights, &layers)?;
                (y, vec![h, c])
            }
            mode => {
                let run = match mode {
                    Mode::Tanh => Tensor::rnn_tanh,
                    Mode::Relu => Tensor::rnn_relu,
                    _ => Tensor::gru,
                };
                let (y, h) = run(&input, &hx[0], weights, &layers)?;
                (y, vec![h])
            }
        };
        if single {
            output = output.squeeze_dim(batch_dim)?;
            states = states.iter().map(|state| state.squeeze_dim(1)).collect::<Result<_>>()?;
        }
        Ok((output, reordered(states, indices.map(|(_, unsorted)| unsorted))?))
    }
}

/// A recurrent layer with its parameters.
struct Stack {
    plan: RecurrentPlan,
    weights: Vec<(String, Tensor)>,
    training: AtomicBool,
}

impl Stack {
    /// Parameters drawn from U(−√k, √k), k = 1/hidden_size, by the default generator.
    fn new(mode: Mode, input_size: usize, hidden_size: usize, options: RecurrentOptions) -> Result<Stack> {
        let plan = RecurrentPlan { mode: RecurrentMode(mode), input_size, hidden_size, options };
        plan.check()?;
        let dtype = options.dtype.unwrap_or_else(default_dtype);
        let made =
            |(name, shape): (String, Vec<usize>)| Ok((name, Tensor::empty(&shape, dtype)?.requires_grad_(true)?));
        let weights = plan.parameters().into_iter().flatten().map(made).collect::<Result<Vec<_>>>()?;
        init::recurrent_(weights.iter().map(|(_, weight)| weight), hidden_size, None)?;
        Ok(Stack { plan, weights, training: AtomicBool::new(true) })
    }

    fn run(&self, input: &Tensor, hx: &[Tensor], packing: Option<Packing>) -> Result<(Tensor, Vec<Tensor>)> {
        let weights: Vec<&Tensor> = self.weights.iter().map(|(_, weight)| weight).collect();
        self.plan.run(input, hx, &weights, self.training.load(Ordering::Relaxed), packing)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        self.weights.iter().map(|(name, weight)| (name.clone(), Member::Parameter(weight))).collect()
    }

    /// The layer as one would write it, without options that have their defaults.
    fn label(&self) -> String {
        let RecurrentPlan { mode, input_size, hidden_size, options } = self.plan;
        let mut text = format!("{}({input_size}, {hidden_size}", mode.layer());
        let plain = RecurrentOptions::default();
        for (show, option) in [
            (options.proj_size != plain.proj_size, format!("proj_size={}", options.proj_size)),
            (options.num_layers != plain.num_layers, format!("num_layers={}", options.num_layers)),
            (options.bias != plain.bias, format!("bias={}", options.bias)),
            (options.batch_first != plain.batch_first, format!("batch_first={}", options.batch_first)),
            (options.dropout != plain.dropout, format!("dropout={}", options.dropout)),
            (options.bidirectional != plain.bidirectional, format!("bidirectional={}", options.bidirectional)),
        ] {
            if show {
                text = format!("{text}, {option}");
            }
        }
        text + ")"
    }
}

macro_rules! stacks {
    ($($name:ident),*) => {$(
        impl Module for $name {
            /// The output; see `run` for the states.
            fn forward(&self, input: &Tensor) -> Result<Tensor> {
                Ok(self.0.run(input, &[], None)?.0)
            }

            fn members(&self) -> Vec<(String, Member<'_>)> {
                self.0.members()
            }

            fn train(&self, mode: bool) {
                self.0.training.store(mode, Ordering::Relaxed);
            }

            fn label(&self) -> String {
                self.0.label()
            }
        }
    )*};
}
stacks!(RNN, LSTM, GRU);

/// Layers of plain recurrent units; see [`Tensor::rnn_tanh`].
///
/// ```
/// use synapgrad::{DType, Tensor, nn::{Module, RNN}};
/// # fn main() -> synapgrad::Result<()> {
/// let layer = RNN::new(3, 4)?;
/// let (output, state) = layer.run(&Tensor::ones(&[5, 2, 3], DType::F32)?, None, None)?;
/// assert_eq!((output.shape(), state.shape()), (&[5, 2, 4][..], &[1, 2, 4][..]));
/// assert_eq!(layer.named_parameters()[0].0, "weight_ih_l0");
/// # Ok(())
/// # }
/// ```
pub struct RNN(Stack);

/// Layers of gated recurrent units; see [`Tensor::gru`].
pub struct GRU(Stack);

/// Layers of long short-term memory; see [`Tensor::lstm`].
///
/// ```
/// use synapgrad::{DType, Tensor, nn::{LSTM, RecurrentOptions}};
/// # fn main() -> synapgrad::Result<()> {
/// let options = RecurrentOptions { num_layers: 2, bidirectional: true, ..Default::default() };
/// let layer = LSTM::with(3, 4, options)?;
/// let (output, [h, c]) = layer.run(&Tensor::ones(&[5, 2, 3], DType::F32)?, None, None)?;
/// assert_eq!((output.shape(), h.shape(), c.shape()), (&[5, 2, 8][..], &[4, 2, 4][..], &[4, 2, 4][..]));
/// # Ok(())
/// # }
/// ```
pub struct LSTM(Stack);

impl RNN {
    /// A layer of tanh with the default options.
    pub fn new(input_size: usize, hidden_size: usize) -> Result<RNN> {
        RNN::with(input_size, hidden_size, RecurrentActivation::Tanh, RecurrentOptions::default())
    }

    /// Layers with parameters from U(−√k, √k), k = 1/hidden_size.
    ///
    /// # Errors
    /// ValueError where a size is 0, `dropout` is no probability, or there is a `proj_size`.
    pub fn with(
        input_size: usize,
        hidden_size: usize,
        nonlinearity: RecurrentActivation,
        options: RecurrentOptions,
    ) -> Result<RNN> {
        Stack::new(nonlinearity.mode(), input_size, hidden_size, options).map(RNN)
    }
}

impl GRU {
    /// A layer with the default options.
    pub fn new(input_size: usize, hidden_size: usize) -> Result<GRU> {
        GRU::with(input_size, hidden_size, RecurrentOptions::default())
    }

    /// Layers with parameters from U(−√k, √k), k = 1/hidden_size.
    ///
    /// # Errors
    /// ValueError where a size is 0, `dropout` is no probability, or there is a `proj_size`.
    pub fn with(input_size: usize, hidden_size: usize, options: RecurrentOptions) -> Result<GRU> {
        Stack::new(Mode::Gru, input_size, hidden_size, options).map(GRU)
    }
}

macro_rules! run_with_one_state {
    ($($name:ident),*) => {$(
        impl $name {
            /// The output, and the last state; `hx` is the first, zeros where `None`. See [`RecurrentPlan::run`].
            ///
            /// # Errors
            /// As there.
            pub fn run(&self, input: &Tensor, hx: Option<&Tensor>, packing: Option<Packing>) -> Result<(Tensor, Tensor)> {
                let hx: SmallVec<[Tensor; 1]> = hx.cloned().into_iter().collect();
                let (output, mut states) = self.0.run(input, &hx, packing)?;
                Ok((output, states.remove(0)))
            }
        }
    )*};
}
run_with_one_state!(RNN, GRU);

impl LSTM {
    /// A layer with the default options.
    pub fn new(input_size: usize, hidden_size: usize) -> Result<LSTM> {
        LSTM::with(input_size, hidden_size, RecurrentOptions::default())
    }

    /// Layers with parameters from U(−√k, √k), k = 1/hidden_size.
    ///
    /// # Errors
    /// ValueError where a size is 0, `proj_size` is not smaller than `hidden_size`, or `dropout` is no probability.
    pub fn with(input_size: usize, hidden_size: usize, options: RecurrentOptions) -> Result<LSTM> {
        Stack::new(Mode::Lstm, input_size, hidden_size, options).map(LSTM)
    }

    /// The output, and the last states h and c; `hx` are the first, zeros where `None`. See [`RecurrentPlan::run`].
    ///
    /// # Errors
    /// As there.
    pub fn run(
        &self,
        input: &Tensor,
        hx: Option<[&Tensor; 2]>,
        packing: Option<Packing>,
    ) -> Result<(Tensor, [Tensor; 2])> {
        let hx: SmallVec<[Tensor; 2]> = hx.into_iter().flatten().cloned().collect();
        let (output, mut states) = self.0.run(input, &hx, packing)?;
        let c = states.remove(1);
        Ok((output, [states.remove(0), c]))
    }
}

/// One step of a cell: from an input (N, in) or (in) and states, zeros where there are none, to the new states.
///
/// # Errors
/// ValueError for an input or states of other dimensions; RuntimeError where sizes or dtypes don't fit.
pub fn run_cell(mode: RecurrentMode, input: &Tensor, hx: &[Tensor], weights: CellWeights) -> Result<Vec<Tensor>> {
    let (name, lstm) = (format!("{}Cell", mode.layer()), mode.0 == Mode::Lstm);
    ensure!(
        matches!(input.rank(), 1 | 2),
        Value,
        "{name}: Expected input to be 1D or 2D, got {}D instead",
        input.rank()
    );
    for (i, state) in hx.iter().enumerate() {
        let what = if lstm { format!("hx[{i}]") } else { "hidden".to_string() };
        ensure!(
            matches!(state.rank(), 1 | 2),
            Value,
            "{name}: Expected {what} to be 1D or 2D, got {}D instead",
            state.rank()
        );
    }
    ensure!(!lstm || hx.is_empty() || hx.len() == 2, Runtime, "lstm_cell expects two hidden states, got {}", hx.len());
    let single = input.rank() == 1;
    let batched = |x: &Tensor| if single { x.unsqueeze(0) } else { Ok(x.clone()) };
    let input = batched(input)?;
    let mut states = hx.iter().map(batched).collect::<Result<Vec<_>>>()?;
    if states.is_empty() {
        let zeros = Tensor::zeros(&[input.shape()[0], weights.w_hh.shape()[1]], input.dtype())?;
        states = vec![zeros; 1 + usize::from(lstm)];
    }
    let new = match mode.0 {
        Mode::Lstm => {
            let (h, c) = input.lstm_cell([&states[0], &states[1]], weights)?;
            vec![h, c]
        }
        Mode::Tanh => vec![input.rnn_tanh_cell(&states[0], weights)?],
        Mode::Relu => vec![input.rnn_relu_cell(&states[0], weights)?],
        Mode::Gru => vec![input.gru_cell(&states[0], weights)?],
    };
    if single { new.iter().map(|state| state.squeeze_dim(0)).collect() } else { Ok(new) }
}

/// Options of the cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellOptions {
    /// Whether there are biases.
    pub bias: bool,
    /// Of the parameters; the default dtype where `None`.
    pub dtype: Option<DType>,
}

impl Default for CellOptions {
    fn default() -> CellOptions {
        CellOptions { bias: true, dtype: None }
    }
}

/// A cell with its parameters.
struct Cell {
    mode: Mode,
    w_ih: Tensor,
    w_hh: Tensor,
    biases: Option<[Tensor; 2]>,
}

impl Cell {
    fn new(mode: Mode, input_size: usize, hidden_size: usize, options: CellOptions) -> Result<Cell> {
        let (gates, dtype) = (mode.gates() * hidden_size, options.dtype.unwrap_or_else(default_dtype));
        let parameter = |shape: &[usize]| Tensor::empty(shape, dtype)?.requires_grad_(true);
        let (w_ih, w_hh) = (parameter(&[gates, input_size])?, parameter(&[gates, hidden_size])?);
        let biases = if options.bias { Some([parameter(&[gates])?, parameter(&[gates])?]) } else { None };
        init::recurrent_([&w_ih, &w_hh].into_iter().chain(biases.iter().flatten()), hidden_size, None)?;
        Ok(Cell { mode, w_ih, w_hh, biases })
    }

    fn run(&self, input: &Tensor, hx: &[Tensor]) -> Result<Vec<Tensor>> {
        let bias = |i: usize| self.biases.as_ref().map(|biases| &biases[i]);
        let weights = CellWeights { w_ih: &self.w_ih, w_hh: &self.w_hh, b_ih: bias(0), b_hh: bias(1), w_hr: None };
        run_cell(RecurrentMode(self.mode), input, hx, weights)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let weights = [("weight_ih", &self.w_ih), ("weight_hh", &self.w_hh)];
        let biases = self.biases.iter().flat_map(|[ih, hh]| [("bias_ih", ih), ("bias_hh", hh)]);
        weights.into_iter().chain(biases).map(|(name, x)| (name.to_string(), Member::Parameter(x))).collect()
    }

    fn label(&self) -> String {
        let sizes = format!("{}, {}", self.w_ih.shape()[1], self.w_hh.shape()[1]);
        let bias = if self.biases.is_some() { "" } else { ", bias=false" };
        let relu = if self.mode == Mode::Relu { ", nonlinearity=relu" } else { "" };
        format!("{}Cell({sizes}{bias}{relu})", RecurrentMode(self.mode).layer())
    }
}

macro_rules! cells {
    ($($name:ident),*) => {$(
        impl Module for $name {
            /// The new state h from states of zeros; see `run`.
            fn forward(&self, input: &Tensor) -> Result<Tensor> {
                Ok(self.0.run(input, &[])?.remove(0))
            }

            fn members(&self) -> Vec<(String, Member<'_>)> {
                self.0.members()
            }

            fn label(&self) -> String {
                self.0.label()
            }
        }
    )*};
}
cells!(RNNCell, LSTMCell, GRUCell);

/// A plain recurrent unit; see [`Tensor::rnn_tanh_cell`].
pub struct RNNCell(Cell);

/// A gated recurrent unit; see [`Tensor::gru_cell`].
pub struct GRUCell(Cell);

/// A unit of long short-term memory; see [`Tensor::lstm_cell`].
///
/// ```
/// use synapgrad::{DType, Tensor, nn::LSTMCell};
/// # fn main() -> synapgrad::Result<()> {
/// let (cell, x) = (LSTMCell::new(3, 4)?, Tensor::ones(&[2, 3], DType::F32)?);
/// let [h, c] = cell.run(&x, None)?;
/// let [h, c] = cell.run(&x, Some([&h, &c]))?;
/// assert_eq!((h.shape(), c.shape()), (&[2, 4][..], &[2, 4][..]));
/// # Ok(())
/// # }
/// ```
pub struct LSTMCell(Cell);

impl RNNCell {
    /// A cell of tanh with biases.
    pub fn new(input_size: usize, hidden_size: usize) -> Result<RNNCell> {
        RNNCell::with(input_size, hidden_size, RecurrentActivation::Tanh, CellOptions::default())
    }

    /// A cell with parameters from U(−√k, √k), k = 1/hidden_size.
    ///
    /// # Errors
    /// RuntimeError where `dtype` is no float type.
    pub fn with(
        input_size: usize,
        hidden_size: usize,
        nonlinearity: RecurrentActivation,
        options: CellOptions,
    ) -> Result<RNNCell> {
        Cell::new(nonlinearity.mode(), input_size, hidden_size, options).map(RNNCell)
    }
}

impl GRUCell {
    /// A cell with biases.
    pub fn new(input_size: usize, hidden_size: usize) -> Result<GRUCell> {
        GRUCell::with(input_size, hidden_size, CellOptions::default())
    }

    /// A cell with parameters from U(−√k, √k), k = 1/hidden_size.
    ///
    /// # Errors
    /// RuntimeError where `dtype` is no float type.
    pub fn with(input_size: usize, hidden_size: usize, options: CellOptions) -> Result<GRUCell> {
        Cell::new(Mode::Gru, input_size, hidden_size, options).map(GRUCell)
    }
}

macro_rules! step_with_one_state {
    ($($name:ident),*) => {$(
        impl $name {
            /// The new state, from `hx` or zeros. See [`run_cell`].
            ///
            /// # Errors
            /// As there.
            pub fn run(&self, input: &Tensor, hx: Option<&Tensor>) -> Result<Tensor> {
                let hx: SmallVec<[Tensor; 1]> = hx.cloned().into_iter().collect();
                Ok(self.0.run(input, &hx)?.remove(0))
            }
        }
    )*};
}
step_with_one_state!(RNNCell, GRUCell);

impl LSTMCell {
    /// A cell with biases.
    pub fn new(input_size: usize, hidden_size: usize) -> Result<LSTMCell> {
        LSTMCell::with(input_size, hidden_size, CellOptions::default())
    }

    /// A cell with parameters from U(−√k, √k), k = 1/hidden_size.
    ///
    /// # Errors
    /// RuntimeError where `dtype` is no float type.
    pub fn with(input_size: usize, hidden_size: usize, options: CellOptions) -> Result<LSTMCell> {
        Cell::new(Mode::Lstm, input_size, hidden_size, options).map(LSTMCell)
    }

    /// The new states h and c, from `hx` or zeros. See [`run_cell`].
    ///
    /// # Errors
    /// As there.
    pub fn run(&self, input: &Tensor, hx: Option<[&Tensor; 2]>) -> Result<[Tensor; 2]> {
        let hx: SmallVec<[Tensor; 2]> = hx.into_iter().flatten().cloned().collect();
        let mut states = self.0.run(input, &hx)?;
        let c = states.remove(1);
        Ok([states.remove(0), c])
    }
}
