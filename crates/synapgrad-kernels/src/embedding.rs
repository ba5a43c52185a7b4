//! Rows of a table, put together in bags.

use crate::along::for_each_slab;
use crate::dtype::{Compute, Element};
use crate::softmax::with_float;
use crate::vecmath::dispatch;
use crate::{Buffer, DType};

/// The rows of a table that each bag holds.
pub struct Bags<'a> {
    /// Elements of a row.
    pub width: usize,
    /// The rows of all bags, one bag after the other. Negative ones are skipped; the others lie in the table.
    pub rows: &'a [i64],
    /// Where in `rows` each bag starts and ends.
    pub ends: &'a [(usize, usize)],
}

impl Bags<'_> {
    /// The rows of a bag, each with its place in the list.
    fn of(&self, bag: usize) -> impl Iterator<Item = (usize, usize)> {
        let (from, to) = self.ends[bag];
        (from..to).filter_map(|i| usize::try_from(self.rows[i]).ok().map(|row| (i, row)))
    }
}

/// The sum of each bag's rows, each multiplied by its factor.
pub fn sums(dtype: DType, bags: &Bags, table: (&Buffer, usize), factors: Option<&[f64]>, out: &mut Buffer) {
    with_float!(dtype, E, C => {
        let (table, width) = (&table.0.as_slice::<E>()[table.1..], bags.width);
        for_each_slab(&mut out.as_mut_slice::<E>()[..bags.ends.len() * width], width, |bag, out| {
            let mut total = vec![C::default(); width];
            for (i, row) in bags.of(bag) {
                let factor = C::from_f64(factors.map_or(1.0, |factors| factors[i]));
                let row = &table[row * width..][..width];
                dispatch(
                    #[inline(always)]
                    || total.iter_mut().zip(row).for_each(|(total, &x)| *total += C::load(x) * factor),
                );
            }
            out.iter_mut().zip(total).for_each(|(out, total)| *out = total.store());
        });
    });
}

/// The largest element of each column of each bag, and the row that it is in; of an empty bag 0 and −1.
pub fn largest(dtype: DType, bags: &Bags, table: (&Buffer, usize), out: &mut Buffer, rows: &mut [i64]) {
    with_float!(dtype, E, C => {
        let (table, width) = (&table.0.as_slice::<E>()[table.1..], bags.width);
        let out = &mut out.as_mut_slice::<E>()[..bags.ends.len() * width];
        for (bag, (out, best)) in out.chunks_mut(width.max(1)).zip(rows.chunks_mut(width.max(1))).enumerate() {
            out.fill(E::default());
            best.fill(-1);
            for (_, row) in bags.of(bag) {
                for ((out, best), &x) in out.iter_mut().zip(best.iter_mut()).zip(&table[row * width..]) {
                    if *best < 0 || C::load(x) > C::load(*out) {
                        (*out, *best) = (x, row as i64);
                    }
                }
            }
        }
    });
}
