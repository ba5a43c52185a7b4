//! The exact GELU, xΦ(x) with Φ the normal distribution function, and its derivative Φ(x) + xφ(x): Φ and φ share one
//! exponential.
//!
//! Source: Hendrycks, Gimpel, "Gaussian Error Linear Units (GELUs)" (2016).

use crate::dtype::{Compute, Element};
use crate::vecmath::{dispatch_for, f32::normal, kind};
use crate::{Buffer, DType, bf16, f16, parallel};

/// 1/√(2π)
const PEAK: f32 = 0.398_942_3;

/// Run `$body` with `$E` as the element type of a float of at most 32 bits.
macro_rules! with_short {
    ($dtype:expr, $E:ident => $body:expr) => {
        match $dtype {
            DType::F16 => {
                type $E = f16;
                $body
            }
            DType::BF16 => {
                type $E = bf16;
                $body
            }
            _ => {
                type $E = f32;
                $body
            }
        }
    };
}

/// y = xΦ(x) of `n` elements of float32 or a 16-bit float.
pub fn forward(dtype: DType, x: (&Buffer, usize), y: &mut Buffer, n: usize) {
    with_short!(dtype, E => {
        let x = &x.0.as_slice::<E>()[x.1..][..n];
        parallel::slabs(&mut y.as_mut_slice::<E>()[..n], parallel::GRAIN / 4, |i, y| {
            let x = &x[i * (parallel::GRAIN / 4)..][..y.len()];
            dispatch_for(
                kind(x),
                #[inline(always)]
                || value::<E>(x, y),
            );
        });
    })
}

#[inline(always)]
fn value<E: Element>(x: &[E], y: &mut [E]) {
    for (y, &x) in y.iter_mut().zip(x) {
        let x = f32::load(x);
        *y = (x * normal(x).0).store();
    }
}

/// dx = g·(Φ(x) + xφ(x))
pub fn backward(dtype: DType, x: (&Buffer, usize), g: (&Buffer, usize), dx: &mut Buffer, n: usize) {
    with_short!(dtype, E => {
        let (x, g) = (&x.0.as_slice::<E>()[x.1..][..n], &g.0.as_slice::<E>()[g.1..][..n]);
        parallel::slabs(&mut dx.as_mut_slice::<E>()[..n], parallel::GRAIN / 4, |i, dx| {
            let from = i * (parallel::GRAIN / 4);
            let (x, g) = (&x[from..][..dx.len()], &g[from..][..dx.len()]);
            dispatch_for(
                kind(x),
                #[inline(always)]
                || slope::<E>(x, g, dx),
            );
        });
    })
}

#[inline(always)]
fn slope<E: Element>(x: &[E], g: &[E], dx: &mut [E]) {
    for ((dx, &x), &g) in dx.iter_mut().zip(x).zip(g) {
        let x = f32::load(x);
        let (below, bell) = normal(x);
        *dx = (f32::load(g) * (below + x * (bell * PEAK))).store();
    }
}
