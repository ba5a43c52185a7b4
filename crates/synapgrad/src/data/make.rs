//! Points in the plane for a first classifier, drawn as scikit-learn draws them.
//!
//! scikit-learn shuffles and jitters with NumPy's `RandomState`, which is the Mersenne Twister behind three rules of
//! its own: how a word becomes a float, an index and a normal draw. [`NumpyDraws`] is those three rules over any source
//! of 32-bit words, so that the same seed gives the same points here and there.

use std::f64::consts::PI;

use crate::error::{bail, ensure};
use crate::{Result, Tensor};

/// Points in the plane and the class of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// The coordinates, row after row: x₀ y₀ x₁ y₁ …, so a tensor of shape `(n, 2)`.
    pub x: Vec<f32>,
    /// The class of each point, shape `(n,)`.
    pub y: Vec<i64>,
}

impl Points {
    /// The coordinates as a tensor of shape (n, 2) and the classes as one of shape (n).
    pub fn tensors(&self) -> Result<(Tensor, Tensor)> {
        Ok((Tensor::from_slice(&self.x, &[self.y.len(), 2])?, Tensor::from_slice(&self.y, &[self.y.len()])?))
    }
}

/// Two interleaving half circles: `outer` points of class 0 and `inner` points of class 1.
///
/// With t going from 0 to π in equal steps, class 0 is (cos t, sin t) and class 1 is (1 − cos t, ½ − sin t).
/// `shuffle` then puts the points in random order, and `noise` is the standard deviation of the normal draw added to
/// each coordinate (`None`: nothing is drawn).
///
/// `word` yields the generator's next 32 bits; from a Mersenne Twister seeded with `s` come the points of scikit-learn's
/// `make_moons((outer, inner), random_state=s)`, rounded to `f32`.
///
/// # Errors
/// ValueError for a `noise` that is negative or not finite; no points at all, or more than 2³² of them.
///
/// ```
/// use synapgrad::data::make::make_moons;
///
/// let moons = make_moons(3, 3, false, None, &mut || unreachable!()).unwrap();
/// assert_eq!(moons.y, [0, 0, 0, 1, 1, 1]);
/// // The top of the first moon and the bottom of the second.
/// let near = |at: usize, x: f32, y: f32| (moons.x[2 * at] - x).abs() + (moons.x[2 * at + 1] - y).abs() < 1e-6;
/// assert!(near(1, 0.0, 1.0) && near(4, 1.0, -0.5));
/// ```
pub fn make_moons(
    outer: usize,
    inner: usize,
    shuffle: bool,
    noise: Option<f64>,
    word: &mut dyn FnMut() -> u32,
) -> Result<Points> {
    if let Some(sigma) = noise {
        ensure!(
            sigma.is_finite() && sigma >= 0.0,
            Value,
            "make_moons: noise is a standard deviation: expected a finite number >= 0, got {sigma}"
        );
    }
    let n = match outer.checked_add(inner) {
        Some(n) if n > 0 && u32::try_from(n - 1).is_ok() => n,
        _ => bail!(Value, "make_moons: expected 1 to 2**32 points, got {outer} + {inner}"),
    };

    let mut points: Vec<([f64; 2], i64)> = Vec::with_capacity(n);
    points.extend(half_turn(outer).map(|t| ([t.cos(), t.sin()], 0)));
    points.extend(half_turn(inner).map(|t| ([1.0 - t.cos(), 0.5 - t.sin()], 1)));

    let mut draws = NumpyDraws { word, spare: None };
    if shuffle {
        draws.shuffle(&mut points);
    }
    if let Some(sigma) = noise {
        for coordinate in points.iter_mut().flat_map(|(xy, _)| xy) {
            *coordinate += sigma * draws.normal();
        }
    }
    Ok(Points {
        x: points.iter().flat_map(|(xy, _)| xy.map(|v| v as f32)).collect(),
        y: points.iter().map(|&(_, class)| class).collect(),
    })
}

/// `n` angles from 0 to π, both ends included.
fn half_turn(n: usize) -> impl Iterator<Item = f64> {
    let step = PI / n.saturating_sub(1).max(1) as f64;
    // The last is set rather than multiplied out, so that it is π to the last bit.
    (0..n).map(move |i| if i > 0 && i == n - 1 { PI } else { i as f64 * step })
}

/// NumPy's `RandomState` rules over a source of 32-bit words.
struct NumpyDraws<'a> {
    word: &'a mut dyn FnMut() -> u32,
    /// Normal draws come in pairs; the second waits here.
    spare: Option<f64>,
}

impl NumpyDraws<'_> {
    /// A float in [0, 1) with 53 random bits: 27 of the first word above 26 of the second.
    fn uniform(&mut self) -> f64 {
        let high = f64::from((self.word)() >> 5);
        let low = f64::from((self.word)() >> 6);
        (high * f64::from(1u32 << 26) + low) / (1u64 << 53) as f64
    }

    /// An index in 0..=max: the low bits that `max` needs, drawn again while they exceed it.
    fn index(&mut self, max: u32) -> u32 {
        let mask = u32::MAX.checked_shr(max.leading_zeros()).unwrap_or(0);
        loop {
            let bits = if max == 0 { 0 } else { (self.word)() & mask };
            if bits <= max {
                return bits;
            }
        }
    }

    /// Fisher and Yates, from the last element down.
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            // `make_moons` has checked that an index fits.
            items.swap(i, self.index(i as u32) as usize);
        }
    }

    /// A standard normal draw by Marsaglia's polar method: a uniform point (a, b) of the unit disc, r² = a² + b², gives
    /// the pair b·s and a·s with s = √(−2 ln r² / r²).
    fn normal(&mut self) -> f64 {
        if let Some(second) = self.spare.take() {
            return second;
        }
        loop {
            let a = 2.0 * self.uniform() - 1.0;
            let b = 2.0 * self.uniform() - 1.0;
            let r2 = a * a + b * b;
            if r2 > 0.0 && r2 < 1.0 {
                let s = (-2.0 * r2.ln() / r2).sqrt();
                self.spare = Some(a * s);
                return b * s;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_noise_nor_shuffle_the_points_are_the_formula() {
        let moons = make_moons(2, 3, false, None, &mut || unreachable!("nothing is drawn")).unwrap();
        let expected = [1.0, 0.0, -1.0, 0.0, 0.0, 0.5, 1.0, -0.5, 2.0, 0.5];
        assert!(moons.x.iter().zip(expected).all(|(got, want)| (got - want).abs() < 1e-6), "{:?}", moons.x);
        assert_eq!(moons.y, [0, 0, 1, 1, 1]);
    }

    #[test]
    fn one_point_is_a_moon_too() {
        assert_eq!(make_moons(0, 1, true, None, &mut || unreachable!()).unwrap().x, [0.0, 0.5]);
    }

    /// The words are NumPy's for `RandomState(0)`, the points scikit-learn's `make_moons(4, noise=0.1, random_state=0)`.
    #[test]
    fn the_same_words_give_scikit_learns_points() {
        let words = [
            2357136044, 2546248239, 3071714933, 3626093760, 2588848963, 3684848379, 2340255427, 3638918503, 1819583497,
            2678185683, 2774094101, 1650906866, 1879422756, 1277901399, 3830135878, 243580376, 4138900056, 1171049868,
            1646868794, 2051556033,
        ];
        let mut next = words.into_iter();
        let moons = make_moons(2, 2, true, Some(0.1), &mut || next.next().unwrap()).unwrap();
        let expected = [0.0978738, 0.7240893, 2.1867558, 0.4022722, -0.9049912, -0.0151357, 0.9896781, 0.0410599];
        assert!(
            moons.x.iter().zip(expected).all(|(&got, want): (_, f64)| (f64::from(got) - want).abs() < 1e-6),
            "{:?}",
            moons.x
        );
        assert_eq!(moons.y, [1, 1, 0, 0]);
        assert_eq!(next.next(), None, "as many words are drawn as NumPy draws");
    }

    #[test]
    fn noise_that_is_no_deviation_is_refused() {
        for noise in [-0.1, f64::NAN, f64::INFINITY] {
            let message = make_moons(5, 5, true, Some(noise), &mut || unreachable!()).unwrap_err().to_string();
            assert!(message.contains("make_moons") && message.contains("noise"), "{message}");
        }
    }

    #[test]
    fn no_points_and_too_many_are_refused() {
        for (outer, inner) in [(0, 0), (usize::MAX, 1), (u32::MAX as usize, 2)] {
            let message = make_moons(outer, inner, true, None, &mut || unreachable!()).unwrap_err().to_string();
            assert!(message.contains("make_moons"), "{message}");
        }
    }
}
