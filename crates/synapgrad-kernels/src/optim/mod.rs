//! Update rules: from a gradient to a new parameter, in one pass over both and over what the rule remembers.
//!
//! A [`Rule`] says what becomes of one element; [`step`] carries it over all of them. Below, x is an element of a
//! parameter, g its gradient, and m what the rule remembers of it.

mod adagrad;
mod adam;
mod sgd;
#[cfg(test)]
mod tests;

pub use adagrad::{Adadelta, Adagrad, RmsProp};
pub use adam::{Adam, Adamax, NAdam, RAdam};
pub use sgd::{Asgd, Rprop, Sgd};

use std::array::from_fn;

use half::{bf16, f16};

use crate::dtype::{Compute, Element};
use crate::parallel::{self, Parts};
use crate::scalar::{Real, lit};
use crate::vecmath;

/// What a step does to one element.
pub trait Rule: Copy + Sync {
    /// How many numbers of each element it remembers, at least and at most.
    const MEMORIES: (usize, usize);

    /// The new x. The rule remembers K numbers of each element, and changes them in place.
    ///
    /// Write `#[inline(always)]` on it: it is compiled for each instruction set. K is a constant, so that a question about
    /// it costs nothing; the other questions are asked of `self`, and taken out of the loop.
    fn update<C: Real, const K: usize>(&self, x: C, g: C, m: &mut [C; K]) -> C;
}

/// An element type that parameters may have.
pub trait Trainable: Element {
    fn run<R: Rule, const K: usize>(rule: &R, x: &mut [Self], g: &[Self], m: [&mut [Self]; K]);
}

macro_rules! trainable {
    ($($element:ident by $way:ident),*) => {$(
        impl Trainable for $element {
            fn run<R: Rule, const K: usize>(rule: &R, x: &mut [Self], g: &[Self], m: [&mut [Self]; K]) {
                $way(rule, x, g, m);
            }
        }
    )*};
}
trainable!(f32 by run, f64 by run, f16 by run_converted, bf16 by run_converted);

/// One step for the elements `x` of a parameter with the gradients `g`. `memory` holds a slice for each number that the
/// rule remembers.
///
/// # Panics
/// Where the lengths differ, or the rule wants another number of memories.
pub fn step<R: Rule, E: Trainable>(rule: &R, x: &mut [E], g: &[E], memory: &mut [&mut [E]]) {
    assert!(x.len() == g.len() && memory.iter().all(|m| m.len() == x.len()), "optim: slices of one length");
    // The constant makes the compiler forget the arms that the rule has no use for.
    let fits = |k: usize| R::MEMORIES.0 <= k && k <= R::MEMORIES.1;
    match memory {
        [] if fits(0) => split(rule, x, g, []),
        [a] if fits(1) => split(rule, x, g, [a]),
        [a, b] if fits(2) => split(rule, x, g, [a, b]),
        [a, b, c] if fits(3) => split(rule, x, g, [a, b, c]),
        other => panic!("optim: {} memories for a rule of {:?}", other.len(), R::MEMORIES),
    }
}

/// Large parameters are cut into pieces for the threads; elements know nothing of each other, so it does not show. Nothing
/// stops a step half way, or some elements would have taken it and others not.
fn split<R: Rule, E: Trainable, const K: usize>(rule: &R, x: &mut [E], g: &[E], m: [&mut [E]; K]) {
    if x.len() <= parallel::GRAIN {
        return E::run(rule, x, g, m);
    }
    let (len, x, m) = (x.len(), Parts::new(x), m.map(Parts::new));
    parallel::each(len.div_ceil(parallel::GRAIN), &|i| {
        let piece = i * parallel::GRAIN..len.min((i + 1) * parallel::GRAIN);
        // SAFETY: pieces do not overlap.
        let (x, m) = unsafe { (x.part(piece.clone()), m.each_ref().map(|m| m.part(piece.clone()))) };
        E::run(rule, x, &g[piece], m);
    });
}

#[inline(never)]
fn run<R: Rule, C: Compute + Real, const K: usize>(rule: &R, x: &mut [C], g: &[C], mut m: [&mut [C]; K]) {
    vecmath::dispatch(
        #[inline(always)]
        || {
            let (rule, mut at) = (*rule, 0);
            while at + 64 <= x.len() {
                tile::<R, C, K, 64>(&rule, at, x, g, &mut m);
                at += 64;
            }
            while at + 8 <= x.len() {
                tile::<R, C, K, 8>(&rule, at, x, g, &mut m);
                at += 8;
            }
            while at < x.len() {
                tile::<R, C, K, 1>(&rule, at, x, g, &mut m);
                at += 1;
            }
        },
    );
}

/// One step for N elements from `at` on, in arrays: of those the compiler knows that they are apart.
#[inline(always)]
fn tile<R: Rule, C: Compute + Real, const K: usize, const N: usize>(
    rule: &R,
    at: usize,
    x: &mut [C],
    g: &[C],
    m: &mut [&mut [C]; K],
) {
    let (mut xs, mut gs, mut ms) = ([C::default(); N], [C::default(); N], [[C::default(); N]; K]);
    xs.copy_from_slice(&x[at..at + N]);
    gs.copy_from_slice(&g[at..at + N]);
    for k in 0..K {
        ms[k].copy_from_slice(&m[k][at..at + N]);
    }
    for i in 0..N {
        let mut remembered: [_; K] = from_fn(|k| ms[k][i]);
        xs[i] = rule.update(xs[i], gs[i], &mut remembered);
        for k in 0..K {
            ms[k][i] = remembered[k];
        }
    }
    x[at..at + N].copy_from_slice(&xs);
    for k in 0..K {
        m[k][at..at + N].copy_from_slice(&ms[k]);
    }
}

/// Elements that are converted at a time: all there is of them fits into a first-level cache.
const CONVERTED: usize = 512;

/// Elements of 16 bits are computed with in f32.
#[inline(never)]
fn run_converted<R: Rule, E: Element, const K: usize>(rule: &R, x: &mut [E], g: &[E], m: [&mut [E]; K]) {
    let (mut xs, mut gs, mut ms) = ([0f32; CONVERTED], [0f32; CONVERTED], [[0f32; CONVERTED]; K]);
    for start in (0..x.len()).step_by(CONVERTED) {
        let n = CONVERTED.min(x.len() - start);
        let part = start..start + n;
        load(&mut xs[..n], &x[part.clone()]);
        load(&mut gs[..n], &g[part.clone()]);
        for k in 0..K {
            load(&mut ms[k][..n], &m[k][part.clone()]);
        }
        run(rule, &mut xs[..n], &gs[..n], ms.each_mut().map(|m| &mut m[..n]));
        store(&mut x[part.clone()], &xs[..n]);
        for k in 0..K {
            store(&mut m[k][part.clone()], &ms[k][..n]);
        }
    }
}

#[inline(never)]
fn load<E: Element>(to: &mut [f32], from: &[E]) {
    vecmath::dispatch(
        #[inline(always)]
        || to.iter_mut().zip(from).for_each(|(to, from)| *to = from.to_f32()),
    );
}

#[inline(never)]
fn store<E: Element>(to: &mut [E], from: &[f32]) {
    vecmath::dispatch(
        #[inline(always)]
        || to.iter_mut().zip(from).for_each(|(to, &from)| *to = E::from_f32(from)),
    );
}

/// What most rules do before their own: go uphill, and pull towards zero.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decay {
    /// How much of x is added to g; 0 does not look at x, which may be infinite.
    pub coupled: f64,
    /// How much of x is taken from x itself.
    pub decoupled: f64,
    /// Take −g for g.
    pub maximize: bool,
}

impl Decay {
    /// x and g after `g ← −g` to maximize, then `g ← g + coupled·x` or `x ← x − decoupled·x`.
    #[inline(always)]
    fn apply<C: Real>(&self, x: C, g: C) -> (C, C) {
        let g = if self.maximize { -g } else { g };
        let g = if self.coupled != 0.0 { g + lit::<C>(self.coupled) * x } else { g };
        let x = if self.decoupled != 0.0 { x * lit(1.0 - self.decoupled) } else { x };
        (x, g)
    }
}

/// From `a` a part `weight` of the way to `b`: the running average that most rules keep.
#[inline(always)]
fn toward<C: Real>(a: C, b: C, weight: f64) -> C {
    a + lit::<C>(weight) * (b - a)
}

/// keep·v + (1 − keep)·g²: the running average of squares.
#[inline(always)]
fn average_square<C: Real>(v: C, g: C, keep: f64) -> C {
    lit::<C>(keep) * v + lit::<C>(1.0 - keep) * g * g
}
