//! Cross entropy of classes: scores to losses in one pass, losses to gradients in another.
//!
//! Scores x lie in a contiguous [`Block`]: n classes for each of outer · inner positions. At each position the target is a
//! class, or a share y of every class. With a weight w for each class and smoothing ε the *mass* of class c is
//!
//! ```text
//! m_c = w_c·((1 − ε)·y_c + ε/n)      y: 1 for the target class, 0 for others; or the shares
//! loss = Σ_c m_c·(ln Σ_k e^x_k − x_c)      ∂x_c = Σ m·softmax(x)_c − m_c
//! ```
//!
//! The logarithm of the sum is kept for the gradient in two parts, max x and ln Σ e^(x − max): added up, they would lose
//! the digits of small losses.

use crate::Buffer;
use crate::along::Block;
use crate::dtype::{Compute, DType, Element};
use crate::parallel::{self, Parts};
use crate::scalar::{Real, Ring};
use crate::softmax::{LANES, Power, joined, larger, largest, sum_of_powers, with_float};
use crate::vecmath::{dispatch_for, kind};

/// Positions taken together where neighbours in memory belong to different positions.
const WIDE: usize = 64;

/// What is wanted at each position.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    /// A class each, none where it is `ignore`; others lie in `0..n`.
    Class { at: &'a [i64], ignore: i64 },
    /// A share of every class, in a block like the scores'.
    Share { data: &'a Buffer, offset: usize },
}

/// The options of a cross entropy.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// A weight for each class; 1 where `None`. Where it is, how much it counts.
    pub weight: Option<(&'a Buffer, usize)>,
    /// ε
    pub smoothing: f64,
}

/// The first class that lies neither in `0..n` nor is `ignore`.
pub fn first_outside(at: &[i64], n: usize, ignore: i64) -> Option<i64> {
    at.iter().copied().find(|&t| t != ignore && usize::try_from(t).map_or(true, |t| t >= n))
}

/// The weight of each position's class, in f64; 0 where it is ignored.
pub fn weights_of(at: &[i64], ignore: i64, dtype: DType, weight: Option<(&Buffer, usize)>) -> Vec<f64> {
    with_float!(dtype, E, C => {
        let weight = weight.map(|(data, offset)| &data.as_slice::<E>()[offset..]);
        let of = |t: i64| weight.map_or(1.0, |w| C::load(w[t as usize]).to_f64());
        at.iter().map(|&t| if t == ignore { 0.0 } else { of(t) }).collect()
    })
}

/// Mass and scores of one call, in the type they are computed in.
struct Masses<'a, E, C> {
    target: Goal<'a, E>,
    /// A weight for each class; empty where all are 1 and no masses but the target's are needed.
    weight: Vec<C>,
    /// Σ w
    total_weight: C,
    /// 1 − ε and ε/n
    keep: C,
    spread: C,
    /// Whether classes other than the target's have masses.
    dense: bool,
    zeros: Vec<E>,
    n: usize,
}

enum Goal<'a, E> {
    Class(&'a [i64], i64),
    Share(&'a [E]),
}

impl<'a, E: Element, C: Compute + Real> Masses<'a, E, C> {
    fn new(block: Block, target: Target<'a>, options: Options) -> Self {
        let n = block.n;
        let target = match target {
            Target::Class { at, ignore } => Goal::Class(at, ignore),
            Target::Share { data, offset } => {
                Goal::Share(&data.as_slice::<E>()[offset..][..block.outer * block.slab()])
            }
        };
        let dense = options.smoothing > 0.0 || matches!(target, Goal::Share(_));
        let weight: Vec<C> = match options.weight {
            Some((data, offset)) => data.as_slice::<E>()[offset..][..n].iter().map(|&w| C::load(w)).collect(),
            None if dense => vec![C::lit(1.0); n],
            None => Vec::new(),
        };
        let zeros = if dense { vec![E::default(); if block.inner == 1 { n } else { WIDE }] } else { Vec::new() };
        let total_weight = C::lit(weight.iter().map(|w| w.to_f64()).sum());
        let (keep, spread) = (C::lit(1.0 - options.smoothing), C::lit(options.smoothing / n as f64));
        Masses { target, weight, total_weight, keep, spread, dense, zeros, n }
    }

    /// The target class at a position and (1 − ε)·w of it.
    #[inline(always)]
    fn class(&self, position: usize) -> Option<(usize, C)> {
        match self.target {
            Goal::Class(at, ignore) if at[position] != ignore => {
                let class = at[position] as usize;
                Some((class, if self.weight.is_empty() { self.keep } else { self.keep * self.weight[class] }))
            }
            _ => None,
        }
    }

    #[inline(always)]
    fn ignores(&self, position: usize) -> bool {
        matches!(self.target, Goal::Class(at, ignore) if at[position] == ignore)
    }

    /// Σ over lanes of a function of the classes.
    #[inline(always)]
    fn sum_over(&self, shares: &[E], f: impl Fn(usize, C) -> C) -> C {
        let mut lanes = [C::default(); LANES];
        let whole = self.n - self.n % LANES;
        for from in (0..whole).step_by(LANES) {
            let (w, y) = (&self.weight[from..from + LANES], &shares[from..from + LANES]);
            for i in 0..LANES {
                lanes[i] = lanes[i] + f(from + i, w[i] * (self.spread + self.keep * C::load(y[i])));
            }
        }
        for c in whole..self.n {
            lanes[c - whole] = lanes[c - whole] + f(c, self.weight[c] * (self.spread + self.keep * C::load(shares[c])));
        }
        joined(lanes, |a, b| a + b)
    }

    /// The shares at a position whose classes are neighbours.
    #[inline(always)]
    fn shares_of_row(&self, position: usize) -> &[E] {
        match self.target {
            Goal::Share(y) => &y[position * self.n..][..self.n],
            Goal::Class(..) => &self.zeros,
        }
    }

    /// The shares of a class at `WIDE` positions or fewer, which start at element `at` of the block.
    #[inline(always)]
    fn shares_of_column(&self, at: usize, wide: usize) -> &[E] {
        match self.target {
            Goal::Share(y) => &y[at..][..wide],
            Goal::Class(..) => &self.zeros[..wide],
        }
    }
}

/// max x and ln Σ e^(x − max) of a row.
#[inline(always)]
fn normalizer<E: Element, C: Power>(row: &[E]) -> [C; 2] {
    let largest: C = largest(row);
    [largest, sum_of_powers(row, largest).log()]
}

/// Loss and normaliser at each position: `losses[p]`, `norms[2p]` and `norms[2p + 1]`. Both are of the type that `dtype`
/// is computed in: f64 for f64, else f32.
pub fn cross_entropy(
    dtype: DType,
    block: Block,
    x: (&Buffer, usize),
    target: Target,
    options: Options,
    losses: &mut Buffer,
    norms: &mut Buffer,
) {
    with_float!(dtype, E, C => {
        let (all, positions) = (block.outer * block.slab(), block.outer * block.inner);
        let x = &x.0.as_slice::<E>()[x.1..][..all];
        let losses = &mut losses.as_mut_slice::<C>()[..positions];
        let norms = &mut norms.as_mut_slice::<C>()[..2 * positions];
        let masses = Masses::<E, C>::new(block, target, options);
        let work = |first: usize, losses: &mut [C], norms: &mut [C]| dispatch_for(
            kind(x),
            #[inline(always)]
            || if block.inner == 1 {
                loss_of_rows(&masses, x, first, losses, norms);
            } else {
                loss_of_columns(&masses, block, x, first, losses, norms);
            },
        );
        let step = positions_together(block);
        let (losses, norms) = (Parts::new(losses), Parts::new(norms));
        let grain = (parallel::GRAIN / (step * block.n).max(1)).max(1);
        parallel::ranges(positions.div_ceil(step), grain, |some| {
            for first in some.map(|i| i * step) {
                let end = positions.min(first + step);
                // SAFETY: each share of the positions is in one range, and shares do not overlap.
                let (losses, norms) = unsafe { (losses.part(first..end), norms.part(2 * first..2 * end)) };
                work(first, losses, norms);
            }
        });
    })
}

/// Positions that one call of the inner loops takes: a slab, or so many rows that a thread is worth it.
fn positions_together(block: Block) -> usize {
    if block.inner == 1 { (parallel::GRAIN / block.n.max(1)).max(1) } else { block.inner.max(1) }
}

#[inline(always)]
fn loss_of_rows<E: Element, C: Power>(masses: &Masses<E, C>, x: &[E], first: usize, losses: &mut [C], norms: &mut [C]) {
    let n = masses.n;
    for (i, (loss, norm)) in losses.iter_mut().zip(norms.as_chunks_mut::<2>().0).enumerate() {
        let position = first + i;
        let row = &x[position * n..][..n];
        *norm = normalizer(row);
        let [largest, log] = *norm;
        *loss = C::default();
        if masses.ignores(position) {
            continue;
        }
        if let Some((class, mass)) = masses.class(position) {
            *loss = mass * (largest - C::load(row[class]) + log);
        }
        if masses.dense {
            let shares = masses.shares_of_row(position);
            *loss = *loss + masses.sum_over(shares, |c, mass| mass * (largest - C::load(row[c]) + log));
        }
    }
}

#[inline(always)]
fn loss_of_columns<E: Element, C: Compute + Real + PartialOrd>(
    masses: &Masses<E, C>,
    block: Block,
    x: &[E],
    first: usize,
    losses: &mut [C],
    norms: &mut [C],
) {
    let Block { n, inner, .. } = block;
    let start = first / inner * block.slab();
    for from in (0..inner).step_by(WIDE) {
        let wide = WIDE.min(inner - from);
        let at = |c: usize| start + c * inner + from;
        let mut largest = [C::lit(f64::NEG_INFINITY); WIDE];
        for c in 0..n {
            for (m, &x) in largest.iter_mut().zip(&x[at(c)..][..wide]) {
                *m = larger(*m, C::load(x));
            }
        }
        let mut log = [C::default(); WIDE];
        for c in 0..n {
            for ((total, &m), &x) in log.iter_mut().zip(&largest).zip(&x[at(c)..][..wide]) {
                *total = *total + (C::load(x) - m).exp();
            }
        }
        log.iter_mut().for_each(|total| *total = total.log());
        let mut sums = [C::default(); WIDE];
        if masses.dense {
            for c in 0..n {
                let (w, shares) = (masses.weight[c], masses.shares_of_column(at(c), wide));
                let row = &x[at(c)..][..wide];
                for i in 0..wide {
                    let mass = w * (masses.spread + masses.keep * C::load(shares[i]));
                    sums[i] = sums[i] + mass * (largest[i] - C::load(row[i]) + log[i]);
                }
            }
        }
        for i in 0..wide {
            let position = first + from + i;
            norms[2 * (from + i)] = largest[i];
            norms[2 * (from + i) + 1] = log[i];
            losses[from + i] = match masses.class(position) {
                Some((class, mass)) => sums[i] + mass * (largest[i] - C::load(x[at(class) + i]) + log[i]),
                None if masses.ignores(position) => C::default(),
                None => sums[i],
            };
        }
    }
}

/// The gradient by the scores, given the normalisers and the factor `g` of each position's loss (or one for all), both in
/// the type that `dtype` is computed in.
#[allow(clippy::too_many_arguments)]
pub fn cross_entropy_backward(
    dtype: DType,
    block: Block,
    x: (&Buffer, usize),
    target: Target,
    options: Options,
    norms: (&Buffer, usize),
    g: &[f64],
    out: &mut Buffer,
) {
    with_float!(dtype, E, C => {
        let (all, positions) = (block.outer * block.slab(), block.outer * block.inner);
        let (x, out) = (&x.0.as_slice::<E>()[x.1..][..all], &mut out.as_mut_slice::<E>()[..all]);
        let norms = &norms.0.as_slice::<C>()[norms.1..][..2 * positions];
        let masses = Masses::<E, C>::new(block, target, options);
        let g = |position: usize| C::lit(if g.len() == 1 { g[0] } else { g[position] });
        let work = |first: usize, out: &mut [E]| dispatch_for(
            kind(x),
            #[inline(always)]
            || if block.inner == 1 {
                slope_of_rows(&masses, x, first, norms, g, out);
            } else {
                slope_of_columns(&masses, block, x, first, norms, g, out);
            },
        );
        let step = positions_together(block) * block.n;
        parallel::slabs(out, step, |i, out| work(i * step / block.n, out));
    })
}

#[inline(always)]
fn slope_of_rows<E: Element, C: Compute + Real>(
    masses: &Masses<E, C>,
    x: &[E],
    first: usize,
    norms: &[C],
    g: impl Fn(usize) -> C,
    out: &mut [E],
) {
    let n = masses.n;
    for (i, out) in out.chunks_exact_mut(n).enumerate() {
        let position = first + i;
        if masses.ignores(position) {
            out.fill(E::default());
            continue;
        }
        let (row, g) = (&x[position * n..][..n], g(position));
        let (largest, log) = (norms[2 * position], norms[2 * position + 1]);
        let class = masses.class(position);
        let mut total = class.map_or(C::default(), |(_, mass)| mass);
        if masses.dense {
            total = total
                + match masses.target {
                    Goal::Class(..) => masses.spread * masses.total_weight,
                    Goal::Share(_) => masses.sum_over(masses.shares_of_row(position), |_, mass| mass),
                };
        }
        let scale = g * total;
        // The target's element is stored last, computed as the others were and less its mass.
        let target = class.map(|(class, mass)| (class, scale * (C::load(row[class]) - largest - log).exp() - g * mass));
        let share = |x: E| (C::load(x) - largest - log).exp();
        if masses.dense {
            let shares = masses.shares_of_row(position);
            for (((out, &x), &w), &y) in out.iter_mut().zip(row).zip(&masses.weight).zip(shares) {
                *out = (scale * share(x) - g * w * (masses.spread + masses.keep * C::load(y))).store();
            }
        } else {
            let (outs, rest_out) = out.as_chunks_mut::<LANES>();
            let (rows, rest) = row.as_chunks::<LANES>();
            for (out, row) in outs.iter_mut().zip(rows) {
                for (out, &x) in out.iter_mut().zip(row) {
                    *out = (scale * share(x)).store();
                }
            }
            // The last few as one vector, too.
            let mut last = [E::default(); LANES];
            last[..rest.len()].copy_from_slice(rest);
            let last = last.map(|x| (scale * share(x)).store());
            rest_out.copy_from_slice(&last[..rest.len()]);
        }
        if let Some((class, slope)) = target {
            let spread = if masses.dense { g * masses.weight[class] * masses.spread } else { C::default() };
            out[class] = (slope - spread).store();
        }
    }
}

#[inline(always)]
fn slope_of_columns<E: Element, C: Compute + Real>(
    masses: &Masses<E, C>,
    block: Block,
    x: &[E],
    first: usize,
    norms: &[C],
    g: impl Fn(usize) -> C,
    out: &mut [E],
) {
    let Block { n, inner, .. } = block;
    let start = first / inner * block.slab();
    for from in (0..inner).step_by(WIDE) {
        let wide = WIDE.min(inner - from);
        let at = |c: usize| start + c * inner + from;
        let (mut largest, mut log) = ([C::default(); WIDE], [C::default(); WIDE]);
        let (mut gs, mut totals) = ([C::default(); WIDE], [C::default(); WIDE]);
        let mut classes = [None; WIDE];
        for i in 0..wide {
            let position = first + from + i;
            (largest[i], log[i]) = (norms[2 * position], norms[2 * position + 1]);
            gs[i] = if masses.ignores(position) { C::default() } else { g(position) };
            classes[i] = masses.class(position);
            totals[i] = classes[i].map_or(C::default(), |(_, mass)| mass);
        }
        if masses.dense {
            for c in 0..n {
                let (w, shares) = (masses.weight[c], masses.shares_of_column(at(c), wide));
                for (total, &y) in totals.iter_mut().zip(shares) {
                    *total = *total + w * (masses.spread + masses.keep * C::load(y));
                }
            }
        }
        for c in 0..n {
            let (row, out) = (&x[at(c)..][..wide], &mut out[c * inner + from..][..wide]);
            if masses.dense {
                let (w, shares) = (masses.weight[c], masses.shares_of_column(at(c), wide));
                for i in 0..wide {
                    let mass = w * (masses.spread + masses.keep * C::load(shares[i]));
                    let slope = totals[i] * (C::load(row[i]) - largest[i] - log[i]).exp() - mass;
                    out[i] = (gs[i] * slope).store();
                }
            } else {
                for i in 0..wide {
                    out[i] = (gs[i] * totals[i] * (C::load(row[i]) - largest[i] - log[i]).exp()).store();
                }
            }
        }
        for i in 0..wide {
            let Some((class, mass)) = classes[i] else { continue };
            let spread = if masses.dense { masses.weight[class] * masses.spread } else { C::default() };
            let share = (C::load(x[at(class) + i]) - largest[i] - log[i]).exp();
            out[class * inner + from + i] = (gs[i] * (totals[i] * share - mass - spread)).store();
        }
    }
}

/// Negative log likelihood: `losses[p] = −weights[p]·x[class of p]`, 0 where the class is `ignore`.
pub fn nll(dtype: DType, block: Block, x: (&Buffer, usize), at: &[i64], ignore: i64, weights: &[f64]) -> Vec<f64> {
    with_float!(dtype, E, C => {
        let x = &x.0.as_slice::<E>()[x.1..][..block.outer * block.slab()];
        let loss = |(p, (&t, &w)): (usize, (&i64, &f64))| {
            let (o, i) = (p / block.inner, p % block.inner);
            let x = || C::load(x[o * block.slab() + t as usize * block.inner + i]).to_f64();
            if t == ignore { 0.0 } else { -w * x() }
        };
        at.iter().zip(weights).enumerate().map(loss).collect()
    })
}

/// Put `values[p]` at the class of position p into `out`, a zeroed block; nothing where the class is `ignore`.
pub fn put(dtype: DType, block: Block, at: &[i64], ignore: i64, values: &[f64], out: &mut Buffer) {
    with_float!(dtype, E, C => {
        let out = &mut out.as_mut_slice::<E>()[..block.outer * block.slab()];
        for (p, (&t, &value)) in at.iter().zip(values).enumerate().filter(|(_, (t, _))| **t != ignore) {
            let (o, i) = (p / block.inner, p % block.inner);
            out[o * block.slab() + t as usize * block.inner + i] = C::lit(value).store();
        }
    })
}
