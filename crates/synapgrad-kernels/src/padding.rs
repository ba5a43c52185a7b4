//! Padding with the input's own elements: each element of the result shows one of the input, some of them several times.
//!
//! The padded dimensions are the last ones; together they make a plane, and the planes are independent of each other. What
//! an output row shows is one row of the input, with the same columns for all rows.

use crate::along::for_each_slab;
use crate::dtype::{Compute, DType};
use crate::softmax::with_float;
use crate::{Buffer, with_size};

/// Which elements of an input plane an output plane shows.
pub struct Frame {
    /// How many planes there are.
    pub planes: usize,
    /// Elements of an input plane.
    pub plane: usize,
    /// For each row of the output, where in the input's plane the row that it shows begins.
    pub rows: Vec<usize>,
    /// For each column of the output, the column of the input that it shows.
    pub columns: Vec<usize>,
}

impl Frame {
    fn output(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    /// A stretch of output columns that show neighbours of the input in order, where there is a long one: the columns that
    /// are no padding.
    fn core(&self) -> std::ops::Range<usize> {
        let rises = |i: &usize| self.columns.get(i + 1).is_some_and(|&next| next == self.columns[*i] + 1);
        let middle = self.columns.len() / 2;
        let end = (middle..self.columns.len()).find(|i| !rises(i)).unwrap_or(middle) + 1;
        let start = (0..middle).rev().find(|i| !rises(i)).map_or(0, |i| i + 1);
        start..end.min(self.columns.len()).max(start)
    }
}

/// `out[p, i, j] = x[p, rows[i] + columns[j]]` for every plane p.
pub fn show(dtype: DType, frame: &Frame, x: (&Buffer, usize), out: &mut Buffer) {
    let (width, core) = (frame.columns.len(), frame.core());
    with_size!(dtype, E => {
        let x = &x.0.as_slice::<E>()[x.1..][..frame.planes * frame.plane];
        let out = &mut out.as_mut_slice::<E>()[..frame.planes * frame.output()];
        for_each_slab(out, frame.output(), |p, out| {
            let x = &x[p * frame.plane..][..frame.plane];
            for (out, &at) in out.chunks_exact_mut(width).zip(&frame.rows) {
                for j in (0..core.start).chain(core.end..width) {
                    out[j] = x[at + frame.columns[j]];
                }
                if !core.is_empty() {
                    let at = at + frame.columns[core.start];
                    out[core.clone()].copy_from_slice(&x[at..at + core.len()]);
                }
            }
        });
    })
}

/// `out[p, rows[i] + columns[j]] += g[p, i, j]`: the adjoint of [`show`]. `dtype` is a float.
pub fn gather(dtype: DType, frame: &Frame, g: (&Buffer, usize), out: &mut Buffer) {
    let (width, size) = (frame.columns.len(), frame.output());
    with_float!(dtype, E, C => {
        let g = &g.0.as_slice::<E>()[g.1..][..frame.planes * size];
        let out = &mut out.as_mut_slice::<E>()[..frame.planes * frame.plane];
        for_each_slab(out, frame.plane, |p, out| {
            let mut sums = vec![C::default(); frame.plane];
            for (g, &at) in g[p * size..][..size].chunks_exact(width.max(1)).zip(&frame.rows) {
                for (&g, &column) in g.iter().zip(&frame.columns) {
                    sums[at + column] += C::load(g);
                }
            }
            out.iter_mut().zip(sums).for_each(|(out, sum)| *out = sum.store());
        });
    })
}
