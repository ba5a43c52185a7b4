//! What happens in a cell once its weights have been applied, a few rows at a time: forwards, and the derivatives.

use super::Number;
use crate::vecmath::{dispatch_for, kind};

/// Elements that are computed side by side.
const LANES: usize = 32;

/// `outs[·][j] = f(ins[·][j], outs[·][j])` for every j. Through arrays of a fixed size, which cannot overlap, so that the loop
/// over them becomes vector code however many there are.
#[inline(always)]
fn update<T: Number, const N: usize, const M: usize>(
    ins: [&[T]; N],
    mut outs: [&mut [T]; M],
    f: impl Fn([T; N], [T; M]) -> [T; M],
) {
    let len = outs[0].len();
    for at in (0..len).step_by(LANES) {
        let count = LANES.min(len - at);
        let (mut xs, mut ys) = ([[T::default(); LANES]; N], [[T::default(); LANES]; M]);
        for (x, slice) in xs.iter_mut().zip(&ins) {
            copy(&mut x[..count], &slice[at..at + count]);
        }
        for (y, slice) in ys.iter_mut().zip(&outs) {
            copy(&mut y[..count], &slice[at..at + count]);
        }
        for i in 0..LANES {
            let new = f(std::array::from_fn(|n| xs[n][i]), std::array::from_fn(|m| ys[m][i]));
            for m in 0..M {
                ys[m][i] = new[m];
            }
        }
        for (y, slice) in ys.iter().zip(&mut outs) {
            copy(&mut slice[at..at + count], &y[..count]);
        }
    }
}

/// `copy_from_slice`, inlined where all lanes are full.
#[inline(always)]
fn copy<T: Copy>(to: &mut [T], from: &[T]) {
    match (to.first_chunk_mut::<LANES>(), from.first_chunk::<LANES>()) {
        (Some(to), Some(from)) => *to = *from,
        _ => to.copy_from_slice(from),
    }
}

/// The gates of a row.
#[inline(always)]
fn split<T, const G: usize>(row: &[T]) -> [&[T]; G] {
    let width = row.len() / G;
    std::array::from_fn(|g| &row[g * width..(g + 1) * width])
}

#[inline(always)]
fn split_mut<T, const G: usize>(row: &mut [T]) -> [&mut [T]; G] {
    let width = row.len() / G;
    let mut parts = row.chunks_exact_mut(width.max(1));
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

#[inline(always)]
fn one<T: Number>() -> T {
    T::lit(1.0)
}

/// h = tanh(a) or max(a, 0).
pub(super) fn rnn<T: Number>(relu: bool, a: &[T], h: &mut [T]) {
    dispatch_for(
        kind(h),
        #[inline(always)]
        || match relu {
            false => update([a], [&mut *h], |[a], _| [a.tanh()]),
            // Written so that NaN stays.
            true => update([a], [&mut *h], |[a], _| [T::select(a.lt(T::lit(0.0)), T::lit(0.0), a)]),
        },
    );
}

/// ∂a of [`rnn`] from its value.
pub(super) fn rnn_slope<T: Number>(relu: bool, h: &[T], dh: &[T], da: &mut [T]) {
    dispatch_for(
        kind(h),
        #[inline(always)]
        || match relu {
            false => update([h, dh], [&mut *da], |[h, dh], _| [dh * (one::<T>() - h * h)]),
            true => update([h, dh], [&mut *da], |[h, dh], _| [T::select(h.le(T::lit(0.0)), T::lit(0.0), dh)]),
        },
    );
}

/// Rows of LSTM cells. `gates` are i, f, g and o before their activations, and after them; `c` is the state, which goes to
/// `cells` too; `h` becomes o·tanh(c).
pub(super) fn lstm<T: Number>(hidden: usize, gates: &mut [T], c: &mut [T], cells: &mut [T], h: &mut [T]) {
    dispatch_for(
        kind(gates),
        #[inline(always)]
        || {
            let hidden = hidden.max(1); // without units there are no rows, but chunks want a size
            let states = c.chunks_exact_mut(hidden).zip(cells.chunks_exact_mut(hidden));
            let rows = gates.chunks_exact_mut(4 * hidden).zip(states).zip(h.chunks_exact_mut(hidden));
            for ((gates, (c, cells)), h) in rows {
                let [i, f, g, o] = split_mut(gates);
                // Few functions at a time: of a loop with all five the compiler makes no vector code.
                update([], [&mut *i, &mut *f], |[], [i, f]| [i.sigmoid(), f.sigmoid()]);
                update([], [&mut *g, &mut *o], |[], [g, o]| [g.tanh(), o.sigmoid()]);
                update([i, f, g, o], [c, cells, h], |[i, f, g, o], [c, ..]| {
                    let c = f * c + i * g;
                    [c, c, o * c.tanh()]
                });
            }
        },
    );
}

/// One row of [`lstm`] backwards: from `dh` and what arrives in `dc` to the slopes of the gates and, in `dc`, that of the state
/// before, which was `before`.
pub(super) fn lstm_slope<T: Number>(gates: &[T], cells: &[T], before: &[T], dh: &[T], dc: &mut [T], slopes: &mut [T]) {
    dispatch_for(
        kind(gates),
        #[inline(always)]
        || {
            let [i, f, g, o] = split(gates);
            let [di, df, dg, d_o] = split_mut(slopes);
            let (ins, outs) = ([i, f, g, o, cells, before, dh], [&mut *dc, di, df, dg, d_o]);
            update(ins, outs, |[i, f, g, o, c, before, dh], [dc, ..]| {
                let t = c.tanh();
                let dc = dc + dh * o * (one::<T>() - t * t);
                let on = |x: T| x * (one::<T>() - x);
                [dc * f, dc * g * on(i), dc * before * on(f), dc * i * (one::<T>() - g * g), dh * t * on(o)]
            });
        },
    );
}

/// Rows of GRU cells. `gates` are the input's share of r, z and n, and then those; `sums` is the state's share; `aside` gets
/// that of n, `h` the new state.
pub(super) fn gru<T: Number>(hidden: usize, gates: &mut [T], sums: &[T], aside: &mut [T], h: &mut [T]) {
    dispatch_for(
        kind(gates),
        #[inline(always)]
        || {
            let hidden = hidden.max(1); // as in `lstm`
            let shares = gates.chunks_exact_mut(3 * hidden).zip(sums.chunks_exact(3 * hidden));
            let rows = shares.zip(aside.chunks_exact_mut(hidden)).zip(h.chunks_exact_mut(hidden));
            for (((gates, sums), aside), h) in rows {
                let ([r, z, n], sums) = (split_mut(gates), split::<T, 3>(sums));
                update(sums, [r, z, n, aside, h], |[sr, sz, sn], [r, z, n, _, h]| {
                    let (r, z) = ((r + sr).sigmoid(), (z + sz).sigmoid());
                    let n = (n + r * sn).tanh();
                    [r, z, n, sn, n + z * (h - n)]
                });
            }
        },
    );
}

/// One row of [`gru`] backwards: from `dh` to the slopes of the input's and of the state's share and, in `dh`, what goes
/// straight to the state before, which was `before`.
pub(super) fn gru_slope<T: Number>(
    gates: &[T],
    aside: &[T],
    before: &[T],
    dh: &mut [T],
    slopes: &mut [T],
    inner: &mut [T],
) {
    dispatch_for(
        kind(gates),
        #[inline(always)]
        || {
            let [r, z, n] = split(gates);
            let ([dr, dz, dn], [ir, iz, i_n]) = (split_mut(slopes), split_mut(inner));
            let (ins, outs) = ([r, z, n, aside, before], [&mut *dh, dr, dz, dn, ir, iz, i_n]);
            update(ins, outs, |[r, z, n, aside, before], [dh, ..]| {
                let dn = dh * (one::<T>() - z) * (one::<T>() - n * n);
                let dr = dn * aside * r * (one::<T>() - r);
                let dz = dh * (before - n) * z * (one::<T>() - z);
                [dh * z, dr, dz, dn, dr, dz, dn * r]
            });
        },
    );
}
