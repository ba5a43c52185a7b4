//! Recurrent layers: cells that meet a sequence element by element, and remember.
//!
//! A layer in one direction is one operation. The input's share of all its gates is one matrix product for all times; then
//! a kernel goes through the times. The derivative by the gates goes through them backwards, and what is left are matrix
//! products over all times again. With x the input and h the state before, · ⊙ · elementwise, σ the sigmoid:
//!
//! ```text
//! RNN    h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or max(…, 0)
//! GRU    r = σ(W_ir·x + b_ir + W_hr·h + b_hr)        z likewise        n = tanh(W_in·x + b_in + r ⊙ (W_hn·h + b_hn))
//!        h' = (1 − z) ⊙ n + z ⊙ h
//! LSTM   i = σ(W_ii·x + b_ii + W_hi·h + b_hi)        f, o likewise     g = tanh(W_ig·x + b_ig + W_hg·h + b_hg)
//!        c' = f ⊙ c + i ⊙ g        h' = o ⊙ tanh(c'), or with a projection W_hr·(o ⊙ tanh(c'))
//! ```
//!
//! Weights of a GRU lie in the order r, z, n, of an LSTM i, f, g, o. 16-bit floats are computed in 32 bits, and rounded
//! once.
//!
//! Sources: Elman, "Finding Structure in Time" (1990). Hochreiter, Schmidhuber, "Long Short-Term Memory" (1997). Cho et al.,
//! "Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine Translation" (2014). Sak, Senior,
//! Beaufays, "Long Short-Term Memory Based Recurrent Neural Network Architectures for Large Vocabulary Speech Recognition"
//! (2014), for the projection. Schuster, Paliwal, "Bidirectional Recurrent Neural Networks" (1997).

use smallvec::SmallVec;
use synapgrad_kernels::buffer::list;
use synapgrad_kernels::recurrent::{self as kernel, Kept, Mode, Plan, Slopes, Step, Weights, Written};
use synapgrad_kernels::{Buffer, DType, Element, Refused};

use super::matmul::with_buffers;
use crate::autograd::{self, Cx, Grads, Save, no_grad, record_slice, tracking};
use crate::error::ensure;
use crate::{Result, Tensor};

/// How layers are stacked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layers<'a> {
    /// Whether there are biases.
    pub bias: bool,
    pub num_layers: usize,
    /// The probability with which outputs of a layer are dropped before they reach the next, in training.
    pub dropout: f64,
    pub training: bool,
    /// Whether each layer has a second one beside it that goes backwards; their outputs are joined.
    pub bidirectional: bool,
    /// (N, T, …) instead of (T, N, …), in the input and in the output.
    pub batch_first: bool,
    /// Of packed sequences: how many there are at each time. The input is (Σ sizes, …) then.
    pub batch_sizes: Option<&'a [i64]>,
}

impl Default for Layers<'_> {
    fn default() -> Self {
        Layers {
            bias: true,
            num_layers: 1,
            dropout: 0.0,
            training: false,
            bidirectional: false,
            batch_first: false,
            batch_sizes: None,
        }
    }
}

/// The weights of a cell, or of a layer in one direction. The order is that of PyTorch's lists of parameters.
#[derive(Clone, Copy)]
pub struct CellWeights<'a> {
    /// (gates·hidden, input)
    pub w_ih: &'a Tensor,
    /// (gates·hidden, out)
    pub w_hh: &'a Tensor,
    /// (gates·hidden)
    pub b_ih: Option<&'a Tensor>,
    /// (gates·hidden)
    pub b_hh: Option<&'a Tensor>,
    /// (out, hidden)
    pub w_hr: Option<&'a Tensor>,
}

/// The inputs of the operation.
#[derive(Clone, Copy)]
struct Inputs<'a> {
    x: &'a Tensor,
    h: &'a Tensor,
    c: Option<&'a Tensor>,
    weights: CellWeights<'a>,
}

/// Which of the optional inputs there are: c, b_ih, b_hh and w_hr.
type Present = [bool; 4];

impl<'a> Inputs<'a> {
    fn list(self) -> SmallVec<[&'a Tensor; 8]> {
        let CellWeights { w_ih, w_hh, b_ih, b_hh, w_hr } = self.weights;
        [Some(self.x), Some(self.h), self.c, Some(w_ih), Some(w_hh), b_ih, b_hh, w_hr].into_iter().flatten().collect()
    }

    fn present(self) -> Present {
        [self.c, self.weights.b_ih, self.weights.b_hh, self.weights.w_hr].map(|input| input.is_some())
    }

    /// The inputs in a [list](Inputs::list).
    fn of(list: &'a [Tensor], [c, b_ih, b_hh, w_hr]: Present) -> Inputs<'a> {
        let mut next = 0;
        let mut take = |present: bool| {
            next += usize::from(present);
            present.then(|| &list[next - 1])
        };
        let places = [true, true, c, true, true, b_ih, b_hh, w_hr].map(&mut take);
        let [Some(x), Some(h), c, Some(w_ih), Some(w_hh), b_ih, b_hh, w_hr] = places else {
            unreachable!("four inputs are always there")
        };
        Inputs { x, h, c, weights: CellWeights { w_ih, w_hh, b_ih, b_hh, w_hr } }
    }

    /// # Errors
    /// RuntimeError where shapes or dtypes don't fit.
    fn check(self, name: &str, mode: Mode, batch: usize) -> Result<()> {
        let CellWeights { w_ih, w_hh, b_ih, b_hh, w_hr } = self.weights;
        let dtype = self.x.dtype();
        ensure!(dtype.is_float(), Runtime, "{name}: result type Float can't be cast to {}", dtype.title());
        for other in &self.list()[1..] {
            ensure!(
                other.dtype() == dtype,
                Runtime,
                "{name}: mat1 and mat2 must have the same dtype, but got {} and {}",
                dtype.title(),
                other.dtype().title()
            );
        }
        ensure!(
            w_ih.rank() == 2 && w_hh.rank() == 2 && w_hr.is_none_or(|w| w.rank() == 2),
            Runtime,
            "{name}: expected weights of two dimensions, got shapes {:?} and {:?}",
            w_ih.shape(),
            w_hh.shape()
        );
        let (size, out) = (self.x.shape()[1], w_hh.shape()[1]);
        let (hidden, gates) = (w_hr.map_or(out, |w| w.shape()[1]), mode.gates());
        ensure!(
            size == w_ih.shape()[1],
            Runtime,
            "{name}: input has inconsistent input_size: got {size} expected {}",
            w_ih.shape()[1]
        );
        for (what, first) in [("ih", w_ih.shape()[0]), ("hh", w_hh.shape()[0])] {
            ensure!(
                first == gates * hidden,
                Runtime,
                "{name}: weight_{what} first dim must be {gates} * hidden_size = {}, but got {first}",
                gates * hidden
            );
        }
        for (what, bias) in [("ih", b_ih), ("hh", b_hh)] {
            ensure!(
                bias.is_none_or(|b| b.shape() == [gates * hidden]),
                Runtime,
                "{name}: expected bias_{what} of shape [{}], got {:?}",
                gates * hidden,
                bias.map_or(&[][..], Tensor::shape)
            );
        }
        ensure!(
            w_hr.is_none_or(|w| w.shape()[0] == out),
            Runtime,
            "{name}: expected weight_hr of shape [{out}, {hidden}], got {:?}",
            w_hr.map_or(&[][..], Tensor::shape)
        );
        for (i, (state, width)) in [(Some(self.h), out), (self.c, hidden)].into_iter().enumerate() {
            let Some(state) = state else { continue };
            ensure!(
                state.rank() == 2 && state.shape()[0] == batch,
                Runtime,
                "{name}: Input batch size {batch} doesn't match hidden{i} batch size: got shape {:?}",
                state.shape()
            );
            ensure!(
                state.shape()[1] == width,
                Runtime,
                "{name}: hidden{i} has inconsistent hidden_size: got {}, expected {width}",
                state.shape()[1]
            );
        }
        Ok(())
    }
}

/// The dtype that is computed in.
fn precision(dtype: DType) -> DType {
    if dtype == DType::F64 { DType::F64 } else { DType::F32 }
}

/// The elements row by row in the dtype that is computed in, outside the graph.
fn plain(tensor: &Tensor) -> Result<Tensor> {
    tensor.detach().to_dtype(precision(tensor.dtype()))?.contiguous()
}

/// The elements of a tensor that lie row by row.
fn elements<'a, T: Element>(data: &'a Buffer, tensor: &Tensor) -> &'a [T] {
    if tensor.numel() == 0 { &[] } else { &data.as_slice::<T>()[tensor.layout().offset..][..tensor.numel()] }
}

/// Lock the memory of fresh tensors, of each its own.
macro_rules! writing {
    ($T:ty: $($tensor:ident),*) => {
        let ($(mut $tensor,)*) = ($($tensor.storage().write(),)*);
        let ($($tensor,)*) = ($($tensor.as_mut_slice::<$T>(),)*);
    };
}

/// Run `$body` with `$T` standing for the type that is computed in.
macro_rules! with_number {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            DType::F64 => {
                type $T = f64;
                $body
            }
            _ => {
                type $T = f32;
                $body
            }
        }
    };
}

/// What the kernel keeps for the way back.
struct Trace {
    gates: Tensor,
    cells: Tensor,
    aside: Tensor,
}

/// The outputs of all times, the last states, and what is kept; not recorded.
fn value(plan: &Plan, inputs: Inputs) -> Result<(SmallVec<[Tensor; 3]>, Trace)> {
    let _mode = no_grad();
    let CellWeights { w_ih, w_hh, b_ih, b_hh, w_hr } = inputs.weights;
    let (dtype, mode) = (precision(inputs.x.dtype()), plan.mode);
    let apart = mode == Mode::Gru; // the two biases meet different things
    let bias = match (b_ih, b_hh) {
        (Some(a), Some(b)) if !apart => Some(plain(a)?.add(&plain(b)?)?),
        (None, Some(b)) if !apart => Some(plain(b)?),
        (a, _) => a.map(plain).transpose()?,
    };
    let gates = plain(inputs.x)?.linear(&plain(w_ih)?, bias.as_ref())?;
    let (rows, batch) = (inputs.x.shape()[0], plan.batch);
    let table = |wanted: bool, rows: usize, width: usize| Tensor::empty(&[if wanted { rows } else { 0 }, width], dtype);
    let (y, cells) = (table(true, rows, plan.out)?, table(mode == Mode::Lstm, rows, plan.hidden)?);
    let aside = table(apart || w_hr.is_some(), rows, plan.hidden)?;
    let h = plain(inputs.h)?.copy()?;
    let c = inputs.c.map_or_else(|| table(false, batch, plan.hidden), |c| plain(c)?.copy())?;
    let hh = plain(w_hh)?;
    let (hr, b) = (w_hr.map(plain).transpose()?, b_hh.filter(|_| apart).map(plain).transpose()?);
    with_buffers([&hh, hr.as_ref().unwrap_or(&hh), b.as_ref().unwrap_or(&hh)], |[hh_data, hr_data, b_data]| {
        with_number!(dtype, T => {
            let weights = Weights::<T> {
                hh: elements(hh_data, &hh),
                hr: hr.as_ref().map(|hr| elements(hr_data, hr)),
                bias: b.as_ref().map(|b| elements(b_data, b)),
            };
            writing!(T: gates, y, cells, aside, h, c);
            kernel::forward(plan, weights, Written { gates, y, cells, aside, h, c })
        })
    })?;
    let mut results = SmallVec::<[Tensor; 3]>::from_iter([y, h]);
    if inputs.c.is_some() {
        results.push(c);
    }
    for result in &mut results {
        *result = result.to_dtype(inputs.x.dtype())?;
    }
    let gates = if matches!(mode, Mode::Tanh | Mode::Relu) { table(false, 0, 0)? } else { gates };
    Ok((results, Trace { gates, cells, aside }))
}

/// A layer in one direction, as the operation `name`: from rows of all times, and states, to the outputs and the last states.
/// A `cell`, of a single time, has no outputs but these.
fn layer(name: &'static str, plan: Plan, inputs: Inputs, cell: bool) -> Result<SmallVec<[Tensor; 3]>> {
    let (mut results, trace) = value(&plan, inputs)?;
    if cell {
        results.remove(1);
    }
    let list = inputs.list();
    if !tracking(&list) {
        return Ok(results);
    }
    let mut saved: SmallVec<[Save; 12]> = list.iter().map(|&input| input.into()).collect();
    saved.extend([Save::Output(0), (&trace.gates).into(), (&trace.cells).into(), (&trace.aside).into()]);
    let present = inputs.present();
    record_slice(name, &list, &mut results, &saved, move |cx| {
        let saved = cx.saved_all()?;
        let (inputs, kept) = saved.split_at(cx.inputs());
        let inputs = Inputs::of(inputs, present);
        if cx.create_graph() { textbook(cx, &plan, inputs, cell) } else { slopes(cx, &plan, inputs, kept, cell) }
    });
    Ok(results)
}

/// The gradients of all inputs by the kernel: of the gates from the last time to the first, the rest from those.
fn slopes(cx: &Cx, plan: &Plan, inputs: Inputs, kept: &[Tensor], cell: bool) -> Result<Grads> {
    let (dtype, rows) = (precision(inputs.x.dtype()), inputs.x.shape()[0]);
    let CellWeights { w_ih, w_hh, b_ih, b_hh, w_hr } = inputs.weights;
    let (hidden, out, wide, gru) = (plan.hidden, plan.out, plan.wide(), plan.mode == Mode::Gru);
    let fresh = |shape: &[usize]| Tensor::empty(shape, dtype);
    let last = |i: Option<usize>, width: usize| match i.and_then(|i| cx.grad_of(i)) {
        Some(g) => plain(g)?.copy(),
        None => Tensor::zeros(&[plan.batch, width], dtype),
    };
    let [y, gates_kept, cells, aside] = kept else { unreachable!("four results are kept") };
    let (y, h0) = (plain(y)?, plain(inputs.h)?);
    let c0 = inputs.c.map(plain).transpose()?.unwrap_or_else(|| h0.clone());
    let dy = cx.grad_of(0).map(plain).transpose()?;
    let h = last((!cell).then_some(1), out)?;
    let c = if inputs.c.is_some() { last(Some(if cell { 1 } else { 2 }), hidden)? } else { fresh(&[0])? };
    let (gates, inner) = (fresh(&[rows, wide])?, fresh(&[if gru { rows } else { 0 }, wide])?);
    let outputs = fresh(&[if w_hr.is_some() { rows } else { 0 }, out])?;
    let befores = fresh(&[if cx.needs(3 + usize::from(inputs.c.is_some())) { rows } else { 0 }, out])?;
    let (hh, hr) = (plain(w_hh)?, w_hr.map(plain).transpose()?);
    let reads = [&hh, hr.as_ref().unwrap_or(&hh), gates_kept, &y, cells, aside, &h0, &c0, dy.as_ref().unwrap_or(&y)];
    with_buffers(reads, |[hh_data, hr_data, gates_data, y_data, cells_data, aside_data, h0_data, c0_data, dy_data]| {
        with_number!(dtype, T => {
            let weights =
                Weights::<T> { hh: elements(hh_data, &hh), hr: hr.as_ref().map(|w| elements(hr_data, w)), bias: None };
            let kept = Kept {
                gates: elements(gates_data, gates_kept),
                y: elements(y_data, &y),
                cells: elements(cells_data, cells),
                aside: elements(aside_data, aside),
                h0: elements(h0_data, &h0),
                c0: elements(c0_data, &c0),
            };
            let dy = dy.as_ref().map(|dy| elements(dy_data, dy));
            if befores.numel() > 0 {
                plan.befores(kept.y, kept.h0, out, befores.storage().write().as_mut_slice::<T>());
            }
            writing!(T: gates, inner, outputs, h, c);
            kernel::backward(plan, weights, kept, dy, Slopes { h, c, gates, inner, outputs })
        })
    })
    .map_err(|refused: Refused| crate::Error::from(refused))?;
    let inner = if gru { inner } else { gates.clone() };
    // Where both biases meet the same thing, their gradients are equal, but each has memory of its own.
    let sums = |gradient: &Tensor, known: Option<&Tensor>| match known {
        Some(sum) if !gru => sum.copy(),
        _ => gradient.sum_dims(&[0], false, None),
    };
    let mut grads = Grads::new();
    let mut next = |there: bool, gradient: &dyn Fn() -> Result<Tensor>| -> Result<Option<Tensor>> {
        if !there {
            return Ok(None);
        }
        grads.push(if cx.needs(grads.len()) { Some(gradient()?) } else { None });
        Ok(grads.last().cloned().flatten())
    };
    next(true, &|| gates.mm(&plain(w_ih)?))?;
    next(true, &|| Ok(h.clone()))?;
    next(inputs.c.is_some(), &|| Ok(c.clone()))?;
    next(true, &|| gates.mt()?.mm(&plain(inputs.x)?))?;
    next(true, &|| inner.mt()?.mm(&befores))?;
    let known = next(b_ih.is_some(), &|| sums(&gates, None))?;
    next(b_hh.is_some(), &|| sums(&inner, known.as_ref()))?;
    next(w_hr.is_some(), &|| outputs.mt()?.mm(aside))?;
    Ok(grads)
}

/// The gradients of all inputs as they can be differentiated again: the layer is run once more, out of recorded operations,
/// and those are derived.
fn textbook(cx: &Cx, plan: &Plan, inputs: Inputs, cell: bool) -> Result<Grads> {
    // Under other names, so that what is asked for are the ways through this layer, and each by itself.
    let aliases = inputs.list().into_iter().map(Tensor::view_as_self).collect::<Result<Vec<_>>>()?;
    let mut results = composed(plan, Inputs::of(&aliases, inputs.present()))?;
    if cell {
        results.remove(1);
    }
    let arrived = |i: &usize| cx.grad_of(*i).is_some() && results[*i].requires_grad();
    let roots: Vec<usize> = (0..results.len()).filter(arrived).collect();
    let wanted: Vec<usize> = (0..aliases.len()).filter(|&i| cx.needs(i) && aliases[i].requires_grad()).collect();
    let pick = |list: &[Tensor], which: &[usize]| -> Vec<Tensor> { which.iter().map(|&i| list[i].clone()).collect() };
    let gradients: Vec<Option<Tensor>> = roots.iter().map(|&i| cx.grad_of(i).cloned()).collect();
    let found = autograd::grad(&pick(&results, &roots), &pick(&aliases, &wanted), &gradients, true, true, true)?;
    let mut grads = Grads::from_elem(None, cx.inputs());
    for (i, gradient) in wanted.into_iter().zip(found) {
        grads[i] = gradient;
    }
    Ok(grads)
}

/// What [`layer`] computes, out of recorded operations.
fn composed(plan: &Plan, inputs: Inputs) -> Result<SmallVec<[Tensor; 3]>> {
    let CellWeights { w_ih, w_hh, b_ih, b_hh, w_hr } = inputs.weights;
    let mut in_time: Vec<usize> = (0..plan.steps.len()).collect();
    in_time.sort_by_key(|&p| plan.steps[p].start);
    let sizes: Vec<usize> = in_time.iter().map(|&p| plan.steps[p].rows).collect();
    let shares = inputs.x.linear(w_ih, b_ih)?.split_with_sizes(&sizes, 0)?;
    let mut outputs = shares.clone();
    let (mut h, mut c) = (inputs.h.clone(), inputs.c.cloned());
    for (p, step) in plan.steps.iter().enumerate() {
        let time = in_time.iter().position(|&other| other == p).unwrap_or(p);
        let first = |state: &Tensor| state.narrow(0, 0, step.rows);
        let exchanged = |state: &Tensor, new: &Tensor| match state.shape()[0] - step.rows {
            0 => Ok(new.clone()),
            rest => Tensor::cat(&[new, &state.narrow(0, step.rows as isize, rest)?], 0),
        };
        let (share, before) = (&shares[time], first(&h)?);
        let of_state = before.linear(w_hh, b_hh)?;
        let new = match (plan.mode, &mut c) {
            (Mode::Tanh, _) => share.add(&of_state)?.tanh()?,
            (Mode::Relu, _) => share.add(&of_state)?.relu()?,
            (Mode::Gru, _) => {
                let (x, s) = (share.chunk(3, 1)?, of_state.chunk(3, 1)?);
                let (r, z) = (x[0].add(&s[0])?.sigmoid()?, x[1].add(&s[1])?.sigmoid()?);
                let n = x[2].add(&r.mul(&s[2])?)?.tanh()?;
                n.add(&z.mul(&before.sub(&n)?)?)?
            }
            (Mode::Lstm, Some(c)) => {
                let gates = share.add(&of_state)?.chunk(4, 1)?;
                let (i, f, o) = (gates[0].sigmoid()?, gates[1].sigmoid()?, gates[3].sigmoid()?);
                let state = f.mul(&first(c)?)?.add(&i.mul(&gates[2].tanh()?)?)?;
                *c = exchanged(c, &state)?;
                let h = o.mul(&state.tanh()?)?;
                match w_hr {
                    Some(w_hr) => h.linear(w_hr, None)?,
                    None => h,
                }
            }
            (Mode::Lstm, None) => unreachable!("an LSTM has a state c"),
        };
        h = exchanged(&h, &new)?;
        outputs[time] = new;
    }
    let y = Tensor::cat(&outputs.iter().collect::<Vec<_>>(), 0)?;
    Ok([Some(y), Some(h), c].into_iter().flatten().collect())
}

/// All layers in all directions: the output, and the last states of each.
fn stacked(
    name: &'static str,
    mode: Mode,
    input: &Tensor,
    states: &[&Tensor],
    params: &[&Tensor],
    layers: &Layers,
) -> Result<(Tensor, SmallVec<[Tensor; 2]>)> {
    let rank = if layers.batch_sizes.is_some() { 2 } else { 3 };
    ensure!(input.rank() == rank, Runtime, "{name}: input must have {rank} dimensions, got {}", input.rank());
    let turned = layers.batch_first && rank == 3;
    let input = if turned { input.transpose(0, 1)? } else { input.clone() };
    let shape = input.layout().shape.clone();
    let (rows, sizes): (Tensor, Vec<usize>) = match layers.batch_sizes {
        Some(sizes) => {
            let fits = sizes.iter().all(|&n| n > 0) && sizes.is_sorted_by(|a, b| a >= b);
            ensure!(
                fits && sizes.iter().sum::<i64>() == shape[0] as i64,
                Runtime,
                "{name}: batch_sizes {sizes:?} don't fit data of shape {shape:?}: they must be positive, not grow, and add up \
                 to its rows"
            );
            (input.clone(), sizes.iter().map(|&n| n as usize).collect())
        }
        None => {
            let rows = input.reshape(&[shape[0] * shape[1], shape[2]])?;
            // With room for the plan of both directions.
            let mut sizes: Vec<usize> = list(shape[0].saturating_mul(8))?;
            sizes.resize(shape[0], shape[1]);
            sizes.shrink_to_fit();
            (rows, sizes)
        }
    };
    ensure!(!sizes.is_empty(), Runtime, "{name}: Expected sequence length to be larger than 0 in RNN");
    let directions = 1 + usize::from(layers.bidirectional);
    let count = layers.num_layers.saturating_mul(directions);
    let plainly = 2 + 2 * usize::from(layers.bias);
    let each = plainly + usize::from(mode == Mode::Lstm && params.len() == count.saturating_mul(plainly + 1));
    ensure!(
        count > 0 && params.len() == count.saturating_mul(each),
        Runtime,
        "{name}: got an incorrect number of RNN parameters: {} for {count} layers, all directions counted",
        params.len()
    );
    for state in states {
        ensure!(
            state.rank() == 3 && state.shape()[0] == count,
            Runtime,
            "{name}: Expected more hidden states in stacked_rnn: a state for each of {count} layers, all directions \
             counted, got shape {:?}",
            state.shape()
        );
    }
    let mut last: SmallVec<[Vec<Tensor>; 2]> = states.iter().map(|_| Vec::with_capacity(count)).collect();
    let mut output = rows;
    for l in 0..layers.num_layers {
        let mut sides = SmallVec::<[Tensor; 2]>::new();
        for d in 0..directions {
            let which = l * directions + d;
            let own = &params[which * each..(which + 1) * each];
            let weights = CellWeights {
                w_ih: own[0],
                w_hh: own[1],
                b_ih: layers.bias.then(|| own[2]),
                b_hh: layers.bias.then(|| own[3]),
                w_hr: own.get(plainly).copied(),
            };
            let at = |state: &&Tensor| state.select(0, which as isize);
            let (h, c) = (at(&states[0])?, states.get(1).map(at).transpose()?);
            let inputs = Inputs { x: &output, h: &h, c: c.as_ref(), weights };
            inputs.check(name, mode, sizes[0])?;
            let out = weights.w_hh.shape()[1];
            let hidden = weights.w_hr.map_or(out, |w| w.shape()[1]);
            let mut results = layer(name, Plan::new(mode, hidden, out, &sizes, d == 1), inputs, false)?.into_iter();
            sides.extend(results.next());
            last.iter_mut().zip(results).for_each(|(last, state)| last.push(state));
        }
        output = match &sides[..] {
            [side] => side.clone(),
            sides => Tensor::cat(&sides.iter().collect::<Vec<_>>(), 1)?,
        };
        if l + 1 < layers.num_layers && layers.training {
            output = output.dropout(layers.dropout, true, None).map_err(|error| error.within(name))?;
        }
    }
    if rank == 3 {
        output = output.view(&[shape[0], shape[1], output.shape()[1]])?;
    }
    let last = last.iter().map(|states| Tensor::stack(&states.iter().collect::<Vec<_>>(), 0));
    Ok((if turned { output.transpose(0, 1)? } else { output }, last.collect::<Result<_>>()?))
}

/// One cell, at one time: the new states.
fn cell(
    name: &'static str,
    mode: Mode,
    input: &Tensor,
    states: &[&Tensor],
    weights: CellWeights,
) -> Result<SmallVec<[Tensor; 3]>> {
    ensure!(input.rank() == 2, Runtime, "{name}: Expected 2D input (batch x feature), but got {}D input", input.rank());
    let batch = input.shape()[0];
    let inputs = Inputs { x: input, h: states[0], c: states.get(1).copied(), weights };
    inputs.check(name, mode, batch)?;
    let out = weights.w_hh.shape()[1];
    let steps = vec![Step { start: 0, rows: batch }];
    layer(name, Plan { mode, hidden: out, out, batch, steps }, inputs, true)
}

/// Operations with one state.
macro_rules! plain_cells {
    ($($(#[$doc:meta])* $layers:ident, $(#[$cell_doc:meta])* $cell:ident: $mode:ident;)*) => {
        impl Tensor {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// RuntimeError where shapes, dtypes or the number of parameters don't fit.
            pub fn $layers(&self, hx: &Tensor, params: &[&Tensor], layers: &Layers) -> Result<(Tensor, Tensor)> {
                let (output, mut states) = stacked(stringify!($layers), Mode::$mode, self, &[hx], params, layers)?;
                Ok((output, states.remove(0)))
            }

            $(#[$cell_doc])*
            ///
            /// # Errors
            /// RuntimeError where shapes or dtypes don't fit.
            pub fn $cell(&self, hx: &Tensor, weights: CellWeights) -> Result<Tensor> {
                Ok(cell(stringify!($cell), Mode::$mode, self, &[hx], weights)?.remove(0))
            }
        )*}
    };
}

plain_cells! {
    /// Layers of plain recurrent units, h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh): from an input (T, N, in) and first states
    /// (layers·directions, N, hidden) to the output (T, N, directions·hidden) and the last states. `params` are the weights
    /// of each layer in each direction, in the order of [`CellWeights`].
    ///
    /// Source: Elman, "Finding Structure in Time" (1990).
    rnn_tanh,
    /// h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh), of shape (N, hidden), from an input (N, in).
    rnn_tanh_cell: Tanh;
    /// As [`rnn_tanh`](Tensor::rnn_tanh), with h' = max(W_ih·x + b_ih + W_hh·h + b_hh, 0).
    rnn_relu,
    /// h' = max(W_ih·x + b_ih + W_hh·h + b_hh, 0), of shape (N, hidden), from an input (N, in).
    rnn_relu_cell: Relu;
    /// Layers of gated recurrent units; shapes as [`rnn_tanh`](Tensor::rnn_tanh).
    ///
    /// ```text
    /// r = σ(W_ir·x + b_ir + W_hr·h + b_hr)    z likewise    n = tanh(W_in·x + b_in + r ⊙ (W_hn·h + b_hn))
    /// h' = (1 − z) ⊙ n + z ⊙ h
    /// ```
    ///
    /// Source: Cho et al., "Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine Translation"
    /// (2014).
    gru,
    /// One step of a gated recurrent unit, see [`gru`](Tensor::gru): h' of shape (N, hidden) from an input (N, in).
    gru_cell: Gru;
}

impl Tensor {
    /// Layers of long short-term memory: from an input (T, N, in) and first states h, (layers·directions, N, out), and c,
    /// (layers·directions, N, hidden), to the output (T, N, directions·out) and the last states. `out` is `hidden`, or the
    /// size of a projection. `params` are the weights of each layer in each direction, in the order of [`CellWeights`].
    ///
    /// ```text
    /// i = σ(W_ii·x + b_ii + W_hi·h + b_hi)    f, o likewise    g = tanh(W_ig·x + b_ig + W_hg·h + b_hg)
    /// c' = f ⊙ c + i ⊙ g        h' = o ⊙ tanh(c'), or with a projection W_hr·(o ⊙ tanh(c'))
    /// ```
    ///
    /// Sources: Hochreiter, Schmidhuber, "Long Short-Term Memory" (1997); Sak, Senior, Beaufays, "Long Short-Term Memory
    /// Based Recurrent Neural Network Architectures for Large Vocabulary Speech Recognition" (2014), for the projection.
    ///
    /// # Errors
    /// RuntimeError where shapes, dtypes or the number of parameters don't fit.
    ///
    /// ```
    /// use synapgrad::{DType, Tensor, ops::recurrent::Layers};
    /// # fn main() -> synapgrad::Result<()> {
    /// let (x, state) = (Tensor::ones(&[5, 2, 3], DType::F32)?, Tensor::zeros(&[1, 2, 4], DType::F32)?);
    /// let (w_ih, w_hh) = (Tensor::ones(&[16, 3], DType::F32)?, Tensor::ones(&[16, 4], DType::F32)?);
    /// let layers = Layers { bias: false, ..Default::default() };
    /// let (y, h, c) = x.lstm([&state, &state], &[&w_ih, &w_hh], &layers)?;
    /// assert_eq!((y.shape(), h.shape(), c.shape()), (&[5, 2, 4][..], &[1, 2, 4][..], &[1, 2, 4][..]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn lstm(&self, hx: [&Tensor; 2], params: &[&Tensor], layers: &Layers) -> Result<(Tensor, Tensor, Tensor)> {
        let (output, mut states) = stacked("lstm", Mode::Lstm, self, &hx, params, layers)?;
        let c = states.remove(1);
        Ok((output, states.remove(0), c))
    }

    /// One step of long short-term memory, see [`lstm`](Tensor::lstm): h' and c' of shape (N, hidden) from an input (N, in).
    ///
    /// # Errors
    /// RuntimeError where shapes or dtypes don't fit.
    pub fn lstm_cell(&self, hx: [&Tensor; 2], weights: CellWeights) -> Result<(Tensor, Tensor)> {
        let mut states = cell("lstm_cell", Mode::Lstm, self, &hx, weights)?;
        let c = states.remove(1);
        Ok((states.remove(0), c))
    }
}

/// The public operations of this file.
pub const NAMES: &[&str] =
    &["rnn_tanh", "rnn_tanh_cell", "rnn_relu", "rnn_relu_cell", "gru", "gru_cell", "lstm", "lstm_cell"];
