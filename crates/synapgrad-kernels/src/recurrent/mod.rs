//! Recurrent layers: the part of them that goes from time to time.
//!
//! The input's share of all gates at all times is one matrix product, which the floors above do. What remains is, for each
//! time, a product of the state with the weights and a pass over the gates; backwards likewise. The weights are laid out once
//! for all times ([`Panels`]), and since no sequence minds the others, threads share the batch and meet only at the end.
//!
//! Sequences may have different lengths: they are sorted by it and packed time by time, so that each time has the rows
//! of the first few sequences.

mod cells;

use std::ops::Range;

use crate::dtype::Compute;
use crate::gemm::{Gemm, Mat, MatMut, Panels, gemm};
use crate::interrupt;
use crate::lanes::Lanes;
use crate::norm::Parts;
use crate::scalar::Real;
use crate::{Buffer, Refused, parallel};

/// f32 and f64.
pub trait Number: Real + Lanes + Compute + Gemm<Scalar = Self> {}
impl Number for f32 {}
impl Number for f64 {}

/// The kinds of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Tanh,
    Relu,
    Lstm,
    Gru,
}

impl Mode {
    /// How many gates a unit has.
    pub const fn gates(self) -> usize {
        match self {
            Mode::Tanh | Mode::Relu => 1,
            Mode::Gru => 3,
            Mode::Lstm => 4,
        }
    }
}

/// The rows that a time has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub start: usize,
    pub rows: usize,
}

/// What is computed, in which order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub mode: Mode,
    /// Units of the layer.
    pub hidden: usize,
    /// Elements of an output: those of the units, or of their projection.
    pub out: usize,
    /// The number of sequences.
    pub batch: usize,
    /// The times in the order of computation.
    pub steps: Vec<Step>,
}

/// Multiplications that are worth a thread.
const GRAIN: usize = 1 << 20;
/// Multiplications between two questions whether to stop: about 10 ms of one core.
const POLL_GRAIN: usize = 1 << 29;

impl Plan {
    /// A layer over `sizes[t]` sequences at time t, from the first time to the last or in `reverse`.
    ///
    /// # Panics
    /// If the sizes grow.
    pub fn new(mode: Mode, hidden: usize, out: usize, sizes: &[usize], reverse: bool) -> Plan {
        assert!(sizes.is_sorted_by(|a, b| a >= b), "the number of sequences grows in {sizes:?}");
        let mut start = 0;
        let mut steps: Vec<Step> = sizes
            .iter()
            .map(|&rows| {
                start += rows;
                Step { start: start - rows, rows }
            })
            .collect();
        if reverse {
            steps.reverse();
        }
        Plan { mode, hidden, out, batch: sizes.first().copied().unwrap_or(0), steps }
    }

    /// The number of elements in a row of gates.
    pub fn wide(&self) -> usize {
        self.mode.gates() * self.hidden
    }

    /// The number of rows of all times.
    pub fn rows(&self) -> usize {
        self.steps.iter().map(|step| step.rows).sum()
    }

    /// How many rows of step `p` go on from the step before it; the others begin.
    pub fn carried(&self, p: usize) -> usize {
        if p == 0 { 0 } else { self.steps[p - 1].rows.min(self.steps[p].rows) }
    }

    /// The state from which row `n` of step `p` goes on: of the rows `of` of all times, or the `first`.
    fn before<'a, T>(&self, p: usize, n: usize, of: &'a [T], first: &'a [T], width: usize) -> &'a [T] {
        let (from, row) = if n < self.carried(p) { (of, self.steps[p - 1].start + n) } else { (first, n) };
        &from[row * width..(row + 1) * width]
    }

    /// The states from which the rows of all times go on, each `width` elements.
    pub fn befores<T: Copy>(&self, of: &[T], first: &[T], width: usize, to: &mut [T]) {
        for (p, step) in self.steps.iter().enumerate() {
            let to = &mut to[step.start * width..(step.start + step.rows) * width];
            let (carried, begun) = to.split_at_mut(self.carried(p) * width);
            if p > 0 {
                carried.copy_from_slice(&of[self.steps[p - 1].start * width..][..carried.len()]);
            }
            begun.copy_from_slice(&first[carried.len()..][..begun.len()]);
        }
    }

    /// Whether the weights are used often enough to be laid out anew for it.
    fn lasts(&self) -> bool {
        self.steps.len() > 2
    }

    /// Call `work` with every step, in order or `backwards`, and some of its rows, those of one range on one thread.
    fn walk(&self, backwards: bool, work: impl Fn(usize, Range<usize>) + Sync) -> Result<(), Refused> {
        let (count, cost) = (self.steps.len(), self.batch.saturating_mul(self.wide()).saturating_mul(self.out).max(1));
        let alone = !self.lasts() || cost.saturating_mul(count) < GRAIN;
        let threads = if alone { 1 } else { parallel::threads() };
        let block = self.batch.div_ceil(threads).next_multiple_of(4).max(1);
        let stretch = (POLL_GRAIN / cost).saturating_mul(threads).max(1);
        for first in (0..count).step_by(stretch) {
            interrupt::poll()?;
            parallel::ranges(self.batch.div_ceil(block), 1, |blocks| {
                for start in blocks.map(|b| b * block) {
                    for p in first..count.min(first + stretch) {
                        let p = if backwards { count - 1 - p } else { p };
                        let end = self.steps[p].rows.min(start + block);
                        if start < end {
                            work(p, start..end);
                        }
                    }
                }
            });
        }
        if interrupt::is_stopped() { Err(Refused::Interrupted) } else { Ok(()) }
    }
}

/// The right-hand factor of products at all times.
enum Factor<'a, T> {
    Often(Panels<T>),
    Seldom { k: usize, n: usize, matrix: Mat<'a, T> },
}

impl<'a, T: Number> Factor<'a, T> {
    fn new(plan: &Plan, k: usize, n: usize, matrix: Mat<'a, T>) -> Result<Factor<'a, T>, Refused> {
        Ok(if plan.lasts() { Factor::Often(Panels::new(k, n, matrix)?) } else { Factor::Seldom { k, n, matrix } })
    }

    /// C ← C + A·B for `m` rows.
    fn add_product(&self, m: usize, a: &[T], c: &mut [T]) {
        match self {
            Factor::Often(panels) => panels.add_product(m, a, c),
            &Factor::Seldom { k, n, matrix } => {
                let (one, threads) = (T::SCALAR_ONE, parallel::threads());
                let (a, c) = (Mat::new(a, (k, 1)), MatMut::new(c, (n, 1)));
                // Where it is interrupted, so is the walk that this is a part of.
                let _ = gemm(m, n, k, one, a, matrix, one, c, threads);
            }
        }
    }
}

/// The weights that meet the state, row by row in memory.
#[derive(Clone, Copy)]
pub struct Weights<'a, T> {
    /// (gates·hidden, out)
    pub hh: &'a [T],
    /// The projection, (out, hidden), of an LSTM that has one.
    pub hr: Option<&'a [T]>,
    /// The bias of the state's share in a GRU, (3·hidden). In the other cells it is part of the input's.
    pub bias: Option<&'a [T]>,
}

/// What a layer writes.
pub struct Written<'a, T> {
    /// (rows, gates·hidden): the input's share of the gates, and in the end the gates. Of plain cells only the share.
    pub gates: &'a mut [T],
    /// The outputs, (rows, out).
    pub y: &'a mut [T],
    /// Of an LSTM the states c, (rows, hidden).
    pub cells: &'a mut [T],
    /// Of a GRU the state's share of n, of an LSTM with a projection what is projected: (rows, hidden).
    pub aside: &'a mut [T],
    /// The state, (batch, out): the first, and in the end the last of each sequence.
    pub h: &'a mut [T],
    /// Of an LSTM the state c, (batch, hidden), likewise.
    pub c: &'a mut [T],
}

/// Run a layer.
///
/// # Errors
/// Where there is no memory, or the user stopped it.
pub fn forward<T: Number>(plan: &Plan, weights: Weights<T>, written: Written<T>) -> Result<(), Refused> {
    let (mode, hidden, out, wide) = (plan.mode, plan.hidden, plan.out, plan.wide());
    let hh = Factor::new(plan, out, wide, Mat::new(weights.hh, (1, out)))?;
    let hr = weights.hr.map(|hr| Factor::new(plan, hidden, out, Mat::new(hr, (1, hidden)))).transpose()?;
    let sums = if mode == Mode::Gru { plan.batch * wide } else { 0 };
    let mut sums = Buffer::stale(sums * size_of::<T>())?;
    let Written { gates, y, cells, aside, h, c } = written;
    let (with_cells, with_aside) = (mode == Mode::Lstm, mode == Mode::Gru || hr.is_some());
    let (gates, y, h, c) = (Parts::new(gates), Parts::new(y), Parts::new(h), Parts::new(c));
    let (cells, aside, sums) = (Parts::new(cells), Parts::new(aside), Parts::new(sums.as_mut_slice::<T>()));
    plan.walk(false, |p, rows| {
        let (m, at) = (rows.len(), plan.steps[p].start + rows.start);
        let in_all = |width: usize| at * width..(at + m) * width;
        let in_batch = |width: usize| rows.start * width..rows.end * width;
        let (states, asides) = (hidden * usize::from(with_cells), hidden * usize::from(with_aside));
        // SAFETY: these rows, of the batch and of the times, are this thread's.
        let (gates, y, cells, aside, h, c) = unsafe {
            (
                gates.part(in_all(wide)),
                y.part(in_all(out)),
                cells.part(in_all(states)),
                aside.part(in_all(asides)),
                h.part(in_batch(out)),
                c.part(in_batch(states)),
            )
        };
        match mode {
            Mode::Tanh | Mode::Relu => {
                hh.add_product(m, h, gates);
                cells::rnn(mode == Mode::Relu, gates, y);
                h.copy_from_slice(y);
            }
            Mode::Lstm => {
                hh.add_product(m, h, gates);
                match &hr {
                    None => {
                        cells::lstm(hidden, gates, c, cells, y);
                        h.copy_from_slice(y);
                    }
                    Some(hr) => {
                        cells::lstm(hidden, gates, c, cells, aside);
                        h.fill(T::default());
                        hr.add_product(m, aside, h);
                        y.copy_from_slice(h);
                    }
                }
            }
            Mode::Gru => {
                // SAFETY: as above.
                let sums = unsafe { sums.part(in_batch(wide)) };
                match weights.bias {
                    Some(bias) => sums.chunks_exact_mut(wide.max(1)).for_each(|row| row.copy_from_slice(bias)),
                    None => sums.fill(T::default()),
                }
                hh.add_product(m, h, sums);
                cells::gru(hidden, gates, sums, aside, h);
                y.copy_from_slice(h);
            }
        }
    })
}

/// What is kept of [`forward`], and the states it began with.
#[derive(Clone, Copy)]
pub struct Kept<'a, T> {
    pub gates: &'a [T],
    pub y: &'a [T],
    pub cells: &'a [T],
    pub aside: &'a [T],
    pub h0: &'a [T],
    pub c0: &'a [T],
}

/// What [`backward`] writes.
pub struct Slopes<'a, T> {
    /// By the last states, and in the end by the first ones.
    pub h: &'a mut [T],
    pub c: &'a mut [T],
    /// By the input's share of the gates, (rows, gates·hidden).
    pub gates: &'a mut [T],
    /// Of a GRU, by the state's share; of the others that is the same.
    pub inner: &'a mut [T],
    /// Of an LSTM with a projection, by the outputs, what comes through later times included: (rows, out).
    pub outputs: &'a mut [T],
}

/// The derivatives of [`forward`] by the gates and by the first states, from those by the outputs and by the last states.
///
/// # Errors
/// Where there is no memory, or the user stopped it.
pub fn backward<T: Number>(
    plan: &Plan,
    weights: Weights<T>,
    kept: Kept<T>,
    dy: Option<&[T]>,
    slopes: Slopes<T>,
) -> Result<(), Refused> {
    let (mode, hidden, out, wide) = (plan.mode, plan.hidden, plan.out, plan.wide());
    let hh = Factor::new(plan, wide, out, Mat::new(weights.hh, (out, 1)))?;
    let hr = weights.hr.map(|hr| Factor::new(plan, out, hidden, Mat::new(hr, (hidden, 1)))).transpose()?;
    let raised = if hr.is_some() { plan.batch * hidden } else { 0 };
    let mut raised = Buffer::stale(raised * size_of::<T>())?;
    let Slopes { h: dh, c: dc, gates, inner, outputs } = slopes;
    let (with_cells, with_inner) = (mode == Mode::Lstm, mode == Mode::Gru);
    let (dh, dc, gates, inner) = (Parts::new(dh), Parts::new(dc), Parts::new(gates), Parts::new(inner));
    let (outputs, raised) = (Parts::new(outputs), Parts::new(raised.as_mut_slice::<T>()));
    plan.walk(true, |p, rows| {
        let (m, at) = (rows.len(), plan.steps[p].start + rows.start);
        let in_all = |width: usize| at * width..(at + m) * width;
        let in_batch = |width: usize| rows.start * width..rows.end * width;
        let row = |i: usize, width: usize| i * width..(i + 1) * width;
        let (states, inners) = (hidden * usize::from(with_cells), wide * usize::from(with_inner));
        // SAFETY: these rows, of the batch and of the times, are this thread's.
        let (dh, dc, gates, inner) = unsafe {
            (dh.part(in_batch(out)), dc.part(in_batch(states)), gates.part(in_all(wide)), inner.part(in_all(inners)))
        };
        if let Some(dy) = dy {
            dh.iter_mut().zip(&dy[in_all(out)]).for_each(|(dh, &dy)| *dh = *dh + dy);
        }
        match mode {
            Mode::Tanh | Mode::Relu => {
                cells::rnn_slope(mode == Mode::Relu, &kept.y[in_all(out)], dh, gates);
                dh.fill(T::default());
                hh.add_product(m, gates, dh);
            }
            Mode::Lstm => {
                let unprojected = match &hr {
                    None => &*dh,
                    Some(hr) => {
                        // SAFETY: as above.
                        let (outputs, raised) = unsafe { (outputs.part(in_all(out)), raised.part(in_batch(hidden))) };
                        outputs.copy_from_slice(dh);
                        raised.fill(T::default());
                        hr.add_product(m, dh, raised);
                        &*raised
                    }
                };
                for i in 0..m {
                    cells::lstm_slope(
                        &kept.gates[row(at + i, wide)],
                        &kept.cells[row(at + i, hidden)],
                        plan.before(p, rows.start + i, kept.cells, kept.c0, hidden),
                        &unprojected[row(i, hidden)],
                        &mut dc[row(i, hidden)],
                        &mut gates[row(i, wide)],
                    );
                }
                dh.fill(T::default());
                hh.add_product(m, gates, dh);
            }
            Mode::Gru => {
                for i in 0..m {
                    cells::gru_slope(
                        &kept.gates[row(at + i, wide)],
                        &kept.aside[row(at + i, hidden)],
                        plan.before(p, rows.start + i, kept.y, kept.h0, out),
                        &mut dh[row(i, out)],
                        &mut gates[row(i, wide)],
                        &mut inner[row(i, wide)],
                    );
                }
                hh.add_product(m, inner, dh);
            }
        }
    })
}

#[cfg(test)]
mod tests;
