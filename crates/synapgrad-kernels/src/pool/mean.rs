//! The mean of every window.

use super::{Bin, Windows, neighbours};
use crate::Buffer;
use crate::along::for_each_slab;
use crate::dtype::{Compute, DType, Element};
use crate::softmax::with_float;
use crate::vecmath::dispatch;

/// What means are computed in.
trait Average: Compute {
    fn plus(self, other: Self) -> Self;
    fn over(self, n: i64) -> Self;
}
macro_rules! average {
    ($($t:ty),*) => {$(
        impl Average for $t {
            #[inline(always)]
            fn plus(self, other: $t) -> $t {
                self + other
            }
            #[inline(always)]
            fn over(self, n: i64) -> $t {
                self / n as $t
            }
        }
    )*};
}
average!(f32, f64);
impl Average for i64 {
    #[inline(always)]
    fn plus(self, other: i64) -> i64 {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn over(self, n: i64) -> i64 {
        self.checked_div(n).unwrap_or(0)
    }
}

/// The sum of every window, divided by the product of its extents or by `divisor`.
pub fn mean(
    dtype: DType,
    windows: &Windows,
    divisor: Option<i64>,
    x: (&Buffer, usize),
    out: &mut Buffer,
    planes: usize,
) {
    if dtype == DType::I64 {
        return mean_planes::<i64, i64>(windows, divisor, x, out, planes);
    }
    with_float!(dtype, E, C => mean_planes::<E, C>(windows, divisor, x, out, planes))
}

fn mean_planes<E: Element, C: Average>(
    windows: &Windows,
    divisor: Option<i64>,
    x: (&Buffer, usize),
    out: &mut Buffer,
    planes: usize,
) {
    let (input, output) = (windows.input(), windows.output());
    let x = &x.0.as_slice::<E>()[x.1..];
    for_each_slab(&mut out.as_mut_slice::<E>()[..planes * output], output, |p, out| {
        let x = &x[p * input..];
        dispatch(
            #[inline(always)]
            || mean_plane::<E, C>(windows, divisor, x, out),
        );
    });
}

#[inline(always)]
fn mean_plane<E: Element, C: Average>(windows: &Windows, divisor: Option<i64>, x: &[E], out: &mut [E]) {
    let axis = &windows.axes[2];
    for (bins, range) in windows.each_row() {
        let out = &mut out[range];
        let (ones, eights, fours) = axis.cut();
        for i in ones {
            let (mut sum, bin) = (C::default(), axis.bins[i]);
            for (row, _) in windows.rows_of(bins) {
                for k in 0..bin.count {
                    sum = sum.plus(C::load(x[row + bin.start + k * axis.step]));
                }
            }
            out[i] = sum.over(divisor_of(bins, bin, divisor)).store();
        }
        for i in eights {
            mean_group::<E, C, 8, 16>(windows, bins, divisor, x, i, &mut out[i..][..8]);
        }
        for i in fours {
            mean_group::<E, C, 4, 8>(windows, bins, divisor, x, i, &mut out[i..][..4]);
        }
    }
}

/// `L` neighbouring outputs from `first` on, in a row of outputs with the windows `bins`.
#[inline(always)]
fn mean_group<E: Element, C: Average, const L: usize, const T: usize>(
    windows: &Windows,
    bins: [Bin; 2],
    divisor: Option<i64>,
    x: &[E],
    first: usize,
    out: &mut [E],
) {
    let axis = &windows.axes[2];
    let mut sums = [C::default(); L];
    for (row, _) in windows.rows_of(bins) {
        let mut k = 0;
        while k < axis.kernel {
            let from = row + axis.bins[first].start + k * axis.step;
            let (values, two) = neighbours::<E, C, L, T>(axis, k, &x[from..]);
            for l in 0..L {
                sums[l] = sums[l].plus(values[0][l]);
            }
            if two {
                for l in 0..L {
                    sums[l] = sums[l].plus(values[1][l]);
                }
            }
            k += 1 + usize::from(two);
        }
    }
    for l in 0..L {
        out[l] = sums[l].over(divisor_of(bins, axis.bins[first + l], divisor)).store();
    }
}

#[inline(always)]
fn divisor_of([first, second]: [Bin; 2], third: Bin, divisor: Option<i64>) -> i64 {
    let extents = || first.extent.saturating_mul(second.extent).saturating_mul(third.extent) as i64;
    divisor.unwrap_or_else(extents)
}

/// Each gradient, divided as in [`mean`], added to every element of its window. `dtype` is a float.
pub fn mean_spread(
    dtype: DType,
    windows: &Windows,
    divisor: Option<i64>,
    g: (&Buffer, usize),
    out: &mut Buffer,
    planes: usize,
) {
    let (input, output) = (windows.input(), windows.output());
    let axis = &windows.axes[2];
    with_float!(dtype, E, C => {
        let g = &g.0.as_slice::<E>()[g.1..];
        for_each_slab(&mut out.as_mut_slice::<E>()[..planes * input], input, |p, out| {
            out.fill(E::default());
            for (bins, range) in windows.each_row() {
                for (&g, &bin) in g[p * output..][range].iter().zip(&axis.bins) {
                    let share = C::load(g).over(divisor_of(bins, bin, divisor));
                    for (row, _) in windows.rows_of(bins) {
                        for x in out[row + bin.start..].iter_mut().step_by(axis.step).take(bin.count) {
                            *x = (C::load(*x) + share).store();
                        }
                    }
                }
            }
        });
    })
}
