//! The largest element of every window.
//!
//! Of each its ordinal in the window is kept: a byte in all but the largest windows. The gradient goes to the element that it
//! names; planes are independent, so no two threads add to the same place.

use super::{Bin, Windows, neighbours};
use crate::along::for_each_slab;
use crate::dtype::{Compute, DType, Element};
use crate::parallel::{self, Parts};
use crate::softmax::with_float;
use crate::vecmath::dispatch;
use crate::{Buffer, with_compute, with_size};

/// A type that an ordinal is kept in.
trait Winner: Element {}
impl Winner for u8 {}
impl Winner for i64 {}

/// Run `$body` with `$W` as the type of [`Windows::winner`].
macro_rules! with_winner {
    ($windows:expr, $W:ident => $body:expr) => {
        if $windows.winner() == DType::U8 {
            type $W = u8;
            $body
        } else {
            type $W = i64;
            $body
        }
    };
}

/// The largest element of every window; of equal ones the first, of NaNs the last counts. `winners` takes the ordinals, of
/// type [`Windows::winner`]. `dtype` is one that is computed in: the largest element is the largest in any type that holds
/// all of them.
pub fn max(
    dtype: DType,
    windows: &Windows,
    x: (&Buffer, usize),
    out: &mut Buffer,
    winners: Option<&mut Buffer>,
    planes: usize,
) {
    with_compute!(dtype, C => {
        let x = &x.0.as_slice::<C>()[x.1..];
        let out = &mut out.as_mut_slice::<C>()[..planes * windows.output()];
        match winners {
            None => max_planes::<C, u8, false>(windows, x, out, &mut []),
            Some(winners) => with_winner!(windows, W => {
                let winners = &mut winners.as_mut_slice::<W>()[..planes * windows.output()];
                max_planes::<C, W, true>(windows, x, out, winners);
            }),
        }
    })
}

fn max_planes<C: Compute + PartialOrd, W: Winner, const KEEP: bool>(
    windows: &Windows,
    x: &[C],
    out: &mut [C],
    winners: &mut [W],
) {
    let (input, output) = (windows.input(), windows.output());
    if out.is_empty() {
        return;
    }
    let most = (parallel::GRAIN / input.max(output)).max(1);
    let plane = |p: usize, out: &mut [C], winners: &mut [W]| {
        let x = &x[p * input..];
        dispatch(
            #[inline(always)]
            || max_plane::<C, W, KEEP>(windows, x, out, winners),
        );
    };
    if !KEEP {
        return for_each_slab(out, output, |p, out| plane(p, out, &mut []));
    }
    let planes = out.len() / output;
    let (out, winners) = (Parts::new(out), Parts::new(winners));
    parallel::ranges(planes, most, |planes| {
        for p in planes {
            let places = p * output..(p + 1) * output;
            // SAFETY: each plane is in one range, and planes do not overlap.
            let (out, winners) = unsafe { (out.part(places.clone()), winners.part(places)) };
            plane(p, out, winners);
        }
    });
}

#[inline(always)]
#[allow(clippy::eq_op)]
fn beats<C: PartialOrd>(value: C, best: C) -> bool {
    (value > best) | (value != value)
}

#[inline(always)]
fn max_plane<C: Compute + PartialOrd, W: Winner, const KEEP: bool>(
    windows: &Windows,
    x: &[C],
    out: &mut [C],
    winners: &mut [W],
) {
    let axis = &windows.axes[2];
    // Below every float; no element of an integer type lies below its own least.
    let least = if C::DTYPE.is_float() { C::from_f64(f64::NEG_INFINITY) } else { C::from_i64(i64::MIN) };
    let squares = windows.squares();
    for (bins, range) in windows.each_row() {
        if squares {
            let top = windows.start_of(bins) + axis.bins[0].start;
            let (winners, out) = (if KEEP { &mut winners[range.clone()] } else { &mut [] }, &mut out[range]);
            max_squares::<C, W, KEEP>(&x[top..], &x[top + axis.size..], out, winners);
            continue;
        }
        let (ones, eights, fours) = axis.cut();
        for i in ones {
            let (mut best, mut who, bin) = (least, 0, axis.bins[i]);
            for (row, ordinal) in windows.rows_of(bins) {
                for k in 0..bin.count {
                    let value = x[row + bin.start + k * axis.step];
                    if beats(value, best) {
                        (best, who) = (value, ordinal + k as u32);
                    }
                }
            }
            out[range.start + i] = best;
            if KEEP {
                winners[range.start + i] = W::from_i64(who as i64);
            }
        }
        for i in eights {
            let winners = if KEEP { &mut winners[range.start + i..][..8] } else { &mut [] };
            max_group::<C, W, KEEP, 8, 16>(windows, bins, x, i, least, &mut out[range.start + i..][..8], winners);
        }
        for i in fours {
            let winners = if KEEP { &mut winners[range.start + i..][..4] } else { &mut [] };
            max_group::<C, W, KEEP, 4, 8>(windows, bins, x, i, least, &mut out[range.start + i..][..4], winners);
        }
    }
}

/// `L` neighbouring outputs from `first` on, in a row of outputs with the windows `bins`.
#[inline(always)]
fn max_group<C: Compute + PartialOrd, W: Winner, const KEEP: bool, const L: usize, const T: usize>(
    windows: &Windows,
    bins: [Bin; 2],
    x: &[C],
    first: usize,
    least: C,
    out: &mut [C],
    winners: &mut [W],
) {
    let axis = &windows.axes[2];
    let (mut best, mut who) = ([least; L], [0; L]);
    for (row, ordinal) in windows.rows_of(bins) {
        let mut k = 0;
        while k < axis.kernel {
            let from = row + axis.bins[first].start + k * axis.step;
            let (values, two) = neighbours::<C, C, L, T>(axis, k, &x[from..]);
            challenge(&mut best, &mut who, &values[0], ordinal + k as u32);
            if two {
                challenge(&mut best, &mut who, &values[1], ordinal + k as u32 + 1);
            }
            k += 1 + usize::from(two);
        }
    }
    out[..L].copy_from_slice(&best);
    for l in 0..L {
        if KEEP {
            winners[l] = W::from_i64(who[l] as i64);
        }
    }
}

/// The element with this ordinal against the best so far, in every lane.
#[inline(always)]
fn challenge<C: Compute + PartialOrd, const L: usize>(
    best: &mut [C; L],
    who: &mut [u32; L],
    values: &[C; L],
    ordinal: u32,
) {
    // One loop for each array: a loop over several of different types is not made of vectors.
    let mut wins = [false; L];
    for l in 0..L {
        wins[l] = beats(values[l], best[l]);
    }
    for l in 0..L {
        best[l] = if wins[l] { values[l] } else { best[l] };
    }
    for l in 0..L {
        who[l] = if wins[l] { ordinal } else { who[l] };
    }
}

/// A row of outputs of [`Windows::squares`], from two rows of the input.
#[inline(always)]
fn max_squares<C: Compute + PartialOrd, W: Winner, const KEEP: bool>(
    above: &[C],
    below: &[C],
    out: &mut [C],
    winners: &mut [W],
) {
    let (n, mut done) = (out.len(), 0);
    while done < n {
        // The last group may overlap the one before.
        done += match n {
            8.. => max_square::<C, W, KEEP, 8, 16>(above, below, done.min(n - 8), out, winners),
            4.. => max_square::<C, W, KEEP, 4, 8>(above, below, done.min(n - 4), out, winners),
            _ => max_square::<C, W, KEEP, 1, 2>(above, below, done, out, winners),
        };
    }
}

/// `L` neighbouring squares from number `at` on. `T` is twice `L`.
#[inline(always)]
fn max_square<C: Compute + PartialOrd, W: Winner, const KEEP: bool, const L: usize, const T: usize>(
    above: &[C],
    below: &[C],
    at: usize,
    out: &mut [C],
    winners: &mut [W],
) -> usize {
    let (above, below) = (&above[2 * at..][..T], &below[2 * at..][..T]);
    let mut corners = [[C::default(); L]; 4];
    for l in 0..L {
        corners[0][l] = above[2 * l];
        corners[1][l] = above[2 * l + 1];
    }
    for l in 0..L {
        corners[2][l] = below[2 * l];
        corners[3][l] = below[2 * l + 1];
    }
    let (mut best, mut who) = (corners[0], [0; L]);
    challenge(&mut best, &mut who, &corners[1], 1);
    challenge(&mut best, &mut who, &corners[2], 2);
    challenge(&mut best, &mut who, &corners[3], 3);
    let out = &mut out[at..][..L];
    out.copy_from_slice(&best);
    if KEEP {
        let winners = &mut winners[at..][..L];
        for l in 0..L {
            winners[l] = W::from_i64(who[l] as i64);
        }
    }
    L
}

/// `out[winner of o] += g[o]`: how the gradient of [`max`] flows back. `dtype` is a float.
pub fn max_place(
    dtype: DType,
    windows: &Windows,
    winners: &Buffer,
    g: (&Buffer, usize),
    out: &mut Buffer,
    planes: usize,
) {
    let (input, output) = (windows.input(), windows.output());
    if windows.squares() {
        // Nothing is added here: bits are moved.
        return with_size!(dtype, E => {
            let (g, winners) = (&g.0.as_slice::<E>()[g.1..], winners.as_slice::<u8>());
            for_each_slab(&mut out.as_mut_slice::<E>()[..planes * input], input, |p, out| {
                let (g, winners) = (&g[p * output..][..output], &winners[p * output..][..output]);
                dispatch(
                    #[inline(always)]
                    || place_in_squares(windows, winners, g, out),
                );
            });
        });
    }
    with_float!(dtype, E, C => with_winner!(windows, W => {
        let (g, winners) = (&g.0.as_slice::<E>()[g.1..], winners.as_slice::<W>());
        for_each_slab(&mut out.as_mut_slice::<E>()[..planes * input], input, |p, out| {
            out.fill(E::default());
            let (g, winners) = (&g[p * output..][..output], &winners[p * output..][..output]);
            each_winner(windows, winners, |o, i| out[i] = (C::load(out[i]) + C::load(g[o])).store());
        });
    }))
}

/// [`max_place`] on one plane of [`Windows::squares`]: each of the four elements gets the gradient or nothing.
#[inline(always)]
fn place_in_squares<E: Element>(windows: &Windows, winners: &[u8], g: &[E], out: &mut [E]) {
    let axis = &windows.axes[2];
    out.fill(E::default());
    for (bins, range) in windows.each_row() {
        let top = windows.start_of(bins) + axis.bins[0].start;
        let (above, below) = out[top..].split_at_mut(axis.size);
        let (g, winners, n, mut done) = (&g[range.clone()], &winners[range.clone()], range.len(), 0);
        while done < n {
            done += match n {
                8.. => place_in_square::<E, 8, 16>(winners, g, done.min(n - 8), above, below),
                4.. => place_in_square::<E, 4, 8>(winners, g, done.min(n - 4), above, below),
                _ => place_in_square::<E, 1, 2>(winners, g, done, above, below),
            };
        }
    }
}

/// `L` neighbouring squares from number `at` on. `T` is twice `L`.
#[inline(always)]
fn place_in_square<E: Element, const L: usize, const T: usize>(
    winners: &[u8],
    g: &[E],
    at: usize,
    above: &mut [E],
    below: &mut [E],
) -> usize {
    let (mut who, mut given) = ([0; L], [E::default(); L]);
    for (who, &winner) in who.iter_mut().zip(&winners[at..][..L]) {
        *who = winner as u32;
    }
    given.copy_from_slice(&g[at..][..L]);
    place_pairs::<E, L, T>(&who, &given, [0, 1], &mut above[2 * at..]);
    place_pairs::<E, L, T>(&who, &given, [2, 3], &mut below[2 * at..]);
    L
}

/// Two neighbours for each of the `L` winners: the gradient where it is that ordinal, else nothing.
#[inline(always)]
fn place_pairs<E: Element, const L: usize, const T: usize>(
    who: &[u32; L],
    g: &[E; L],
    ordinals: [u32; 2],
    out: &mut [E],
) {
    // One loop for each array, as in `challenge`.
    let (mut left, mut right) = ([E::default(); L], [E::default(); L]);
    for l in 0..L {
        left[l] = if who[l] == ordinals[0] { g[l] } else { E::default() };
    }
    for l in 0..L {
        right[l] = if who[l] == ordinals[1] { g[l] } else { E::default() };
    }
    let out = &mut out[..T];
    for l in 0..L {
        out[2 * l] = left[l];
        out[2 * l + 1] = right[l];
    }
}

/// `out[o] = x[winner of o]`: the adjoint of [`max_place`].
pub fn max_pick(
    dtype: DType,
    windows: &Windows,
    winners: &Buffer,
    x: (&Buffer, usize),
    out: &mut Buffer,
    planes: usize,
) {
    let (input, output) = (windows.input(), windows.output());
    with_size!(dtype, E => with_winner!(windows, W => {
        let (x, winners) = (&x.0.as_slice::<E>()[x.1..], winners.as_slice::<W>());
        for_each_slab(&mut out.as_mut_slice::<E>()[..planes * output], output, |p, out| {
            each_winner(windows, &winners[p * output..][..output], |o, i| out[o] = x[p * input + i]);
        });
    }))
}

/// The positions of the winners in their planes, as int64.
pub fn max_indices(windows: &Windows, winners: &Buffer, out: &mut Buffer, planes: usize) {
    let output = windows.output();
    with_winner!(windows, W => {
        let winners = winners.as_slice::<W>();
        for_each_slab(&mut out.as_mut_slice::<i64>()[..planes * output], output, |p, out| {
            each_winner(windows, &winners[p * output..][..output], |o, i| out[o] = i as i64);
        });
    })
}

/// Call `work` with each output of a plane and the position of its winner.
#[inline(always)]
fn each_winner<W: Winner>(windows: &Windows, winners: &[W], mut work: impl FnMut(usize, usize)) {
    for (bins, range) in windows.each_row() {
        let start = windows.start_of(bins);
        for (o, bin) in range.zip(&windows.axes[2].bins) {
            work(o, start + bin.start + windows.offsets[winners[o].to_i64() as usize]);
        }
    }
}
