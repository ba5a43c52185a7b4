//! Resampling along one dimension: every row of the result is a weighted sum of a few rows of the input.

use crate::Buffer;
use crate::along::{Block, for_each_slab};
use crate::dtype::{Compute, DType, Element};
use crate::parallel;
use crate::scalar::Real;
use crate::softmax::with_float;
use crate::vecmath::dispatch;

/// A sparse matrix: row i has the entries `ends[i − 1]..ends[i]` of columns and weights.
#[derive(Clone, Debug, Default)]
pub struct Taps {
    ends: Vec<usize>,
    columns: Vec<usize>,
    weights: Vec<f64>,
}

impl Taps {
    /// Append a row.
    pub fn push(&mut self, entries: impl IntoIterator<Item = (usize, f64)>) {
        for (column, weight) in entries {
            self.columns.push(column);
            self.weights.push(weight);
        }
        self.ends.push(self.columns.len());
    }

    pub fn rows(&self) -> usize {
        self.ends.len()
    }

    fn row(&self, i: usize) -> impl Iterator<Item = (usize, f64)> {
        let range = if i == 0 { 0 } else { self.ends[i - 1] }..self.ends[i];
        self.columns[range.clone()].iter().copied().zip(self.weights[range].iter().copied())
    }

    /// The entries with number `K·i + k` where every row has `K` of them, and none leads beyond `columns`.
    fn regular<C: Real, const K: usize>(&self, columns: usize) -> Option<Vec<[(usize, C); K]>> {
        let even = self.columns.len() == K * self.rows() && self.ends.iter().zip(1..).all(|(&end, i)| end == K * i);
        let entry = |at: usize| (self.columns[at], C::lit(self.weights[at]));
        let rows = || (0..self.rows()).map(|i| std::array::from_fn(|k| entry(K * i + k))).collect();
        (even && self.columns.iter().all(|&column| column < columns)).then(rows)
    }

    /// Rows and columns exchanged; `columns` is the number of columns.
    pub fn transposed(&self, columns: usize) -> Taps {
        let mut rows = vec![Vec::new(); columns];
        for i in 0..self.rows() {
            self.row(i).for_each(|(column, weight)| rows[column].push((i, weight)));
        }
        let mut taps = Taps::default();
        rows.into_iter().for_each(|row| taps.push(row));
        taps
    }
}

/// `out[o, i, :] = Σ weight·x[o, column, :]` over the entries of row i. `block` is the input's, `dtype` a float.
pub fn weigh(dtype: DType, block: Block, taps: &Taps, x: (&Buffer, usize), out: &mut Buffer) {
    let slab = taps.rows() * block.inner;
    with_float!(dtype, E, C => {
        let x = &x.0.as_slice::<E>()[x.1..][..block.outer * block.slab()];
        if block.inner == 1 {
            let out = &mut out.as_mut_slice::<E>()[..block.outer * slab];
            if let Some(taps) = taps.regular::<C, 1>(block.n) {
                return weigh_rows(block.n, &taps, x, out);
            }
            if let Some(taps) = taps.regular::<C, 2>(block.n) {
                return weigh_rows(block.n, &taps, x, out);
            }
            if let Some(taps) = taps.regular::<C, 4>(block.n) {
                return weigh_rows(block.n, &taps, x, out);
            }
        }
        for_each_slab(&mut out.as_mut_slice::<E>()[..block.outer * slab], slab, |o, out| {
            let x = &x[o * block.slab()..][..block.slab()];
            dispatch(
                #[inline(always)]
                || weigh_slab::<E, C>(block.inner, taps, x, out),
            );
        });
    })
}

/// [`weigh`] where rows are single elements, each made of `K`: rows of `n` elements become rows of as many as there are taps.
fn weigh_rows<E: Element, C: Compute + Real, const K: usize>(
    n: usize,
    taps: &[[(usize, C); K]],
    x: &[E],
    out: &mut [E],
) {
    if n == 0 {
        return;
    }
    let rows = (parallel::GRAIN / taps.len().max(1)).max(1);
    for_each_slab(out, rows * taps.len(), |i, out| {
        let x = &x[i * rows * n..];
        dispatch(
            #[inline(always)]
            || {
                for (x, out) in x.chunks_exact(n).zip(out.chunks_exact_mut(taps.len())) {
                    for (y, entries) in out.iter_mut().zip(taps) {
                        let [(column, weight), rest @ ..] = &entries[..] else { continue };
                        *y = (C::load(x[*column]) * *weight).store();
                        for (column, weight) in rest {
                            *y = (C::load(*y) + C::load(x[*column]) * *weight).store();
                        }
                    }
                }
            },
        );
    });
}

#[inline(always)]
fn weigh_slab<E: Element, C: Compute + Real>(inner: usize, taps: &Taps, x: &[E], out: &mut [E]) {
    for (i, out) in out.chunks_exact_mut(inner).enumerate() {
        let mut entries = taps.row(i);
        let Some((column, weight)) = entries.next() else {
            out.fill(E::default());
            continue;
        };
        let weight = C::lit(weight);
        let row = &x[column * inner..][..inner];
        out.iter_mut().zip(row).for_each(|(y, &x)| *y = (C::load(x) * weight).store());
        for (column, weight) in entries {
            let weight = C::lit(weight);
            let row = &x[column * inner..][..inner];
            out.iter_mut().zip(row).for_each(|(y, &x)| *y = (C::load(*y) + C::load(x) * weight).store());
        }
    }
}
