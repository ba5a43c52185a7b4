//! Points for a first classifier, drawn as scikit-learn draws them.
//!
//! scikit-learn shuffles and jitters with NumPy's `RandomState`, which is the Mersenne Twister behind three rules of
//! its own: how a word becomes a float, an index and a normal draw. [`NumpyDraws`] is those three rules over any source
//! of 32-bit words, so that the same seed gives the same points here and there.

use std::f64::consts::PI;

use crate::error::{bail, ensure};
use crate::{Result, Tensor};

/// Points and the class of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// The coordinates, point after point: in the plane x₀ y₀ x₁ y₁ …, so a tensor of shape `(n, 2)`.
    pub x: Vec<f32>,
    /// The class of each point, shape `(n,)`.
    pub y: Vec<i64>,
}

impl Points {
    /// The coordinates as a tensor of shape (n, coordinates) and the classes as one of shape (n).
    pub fn tensors(&self) -> Result<(Tensor, Tensor)> {
        Ok((
            Tensor::from_slice(&self.x, &[self.y.len(), self.x.len() / self.y.len().max(1)])?,
            Tensor::from_slice(&self.y, &[self.y.len()])?,
        ))
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
    check_sizes("make_moons", &[outer, inner])?;
    check_deviation("make_moons", "noise", noise.unwrap_or(0.0))?;
    let mut points: Vec<([f64; 2], i64)> = Vec::with_capacity(outer + inner);
    points.extend(half_turn(outer).map(|t| ([t.cos(), t.sin()], 0)));
    points.extend(half_turn(inner).map(|t| ([1.0 - t.cos(), 0.5 - t.sin()], 1)));
    Ok(disturbed(points, shuffle, noise, word))
}

/// Two circles around the origin: `outer` points of class 0 at distance 1, `inner` points of class 1 at distance `factor`.
///
/// The points of a circle are at equal angles, from 0 on. `shuffle`, `noise` and `word` are those of [`make_moons`]; the
/// points are scikit-learn's `make_circles`.
///
/// # Errors
/// ValueError for a `factor` outside 0 to 1 (excluded), and where [`make_moons`] has one.
pub fn make_circles(
    outer: usize,
    inner: usize,
    shuffle: bool,
    noise: Option<f64>,
    factor: f64,
    word: &mut dyn FnMut() -> u32,
) -> Result<Points> {
    check_sizes("make_circles", &[outer, inner])?;
    check_deviation("make_circles", "noise", noise.unwrap_or(0.0))?;
    ensure!((0.0..1.0).contains(&factor), Value, "make_circles: factor must be at least 0 and below 1, got {factor}");
    let circle = |n: usize, radius: f64, class: i64| {
        let step = 2.0 * PI / n.max(1) as f64;
        (0..n).map(move |i| {
            let t = i as f64 * step;
            ([t.cos() * radius, t.sin() * radius], class)
        })
    };
    let points = circle(outer, 1.0, 0).chain(circle(inner, factor, 1)).collect();
    Ok(disturbed(points, shuffle, noise, word))
}

/// Where the blobs of [`make_blobs`] have their centres.
#[derive(Debug, Clone, PartialEq)]
pub enum Centers {
    /// Drawn uniformly: how many coordinates they have, and the least and greatest value of each.
    Random { features: usize, low: f64, high: f64 },
    /// The coordinates of each.
    At(Vec<Vec<f64>>),
}

/// Normal draws around centres: `sizes[i]` points of class i with standard deviation `deviations[i]`.
///
/// Returns the points and the centres. `word` and `shuffle` are those of [`make_moons`]; the points are scikit-learn's
/// `make_blobs`.
///
/// # Errors
/// ValueError where the lists differ in length, a deviation is negative or not finite, the centres differ in the number of
/// their coordinates, or there are no points or too many.
pub fn make_blobs(
    sizes: &[usize],
    centers: &Centers,
    deviations: &[f64],
    shuffle: bool,
    word: &mut dyn FnMut() -> u32,
) -> Result<(Points, Vec<Vec<f64>>)> {
    let n = check_sizes("make_blobs", sizes)?;
    deviations.iter().try_for_each(|&sigma| check_deviation("make_blobs", "cluster_std", sigma))?;
    let mut draws = NumpyDraws { word, spare: None };
    let centers: Vec<Vec<f64>> = match centers {
        Centers::At(centers) => centers.clone(),
        &Centers::Random { features, low, high } => {
            ensure!(
                low.is_finite() && high.is_finite() && low <= high,
                Value,
                "make_blobs: center_box must be two finite numbers, the lower first, got ({low}, {high})"
            );
            ensure!(
                features.checked_mul(n.max(sizes.len())).is_some_and(|n| u32::try_from(n).is_ok()),
                Value,
                "make_blobs: {n} points of {features} coordinates are too many"
            );
            sizes.iter().map(|_| (0..features).map(|_| low + (high - low) * draws.uniform()).collect()).collect()
        }
    };
    let features = centers.first().map_or(0, Vec::len);
    ensure!(
        centers.len() == sizes.len() && deviations.len() == sizes.len() && centers.iter().all(|c| c.len() == features),
        Value,
        "make_blobs: expected a center, all of the same length, and a cluster_std for each of {} clusters, got {} and {}",
        sizes.len(),
        centers.len(),
        deviations.len()
    );
    let mut points: Vec<(Vec<f64>, i64)> = Vec::with_capacity(n);
    for (class, ((&size, center), sigma)) in sizes.iter().zip(&centers).zip(deviations).enumerate() {
        for _ in 0..size {
            points.push((center.iter().map(|c| c + sigma * draws.normal()).collect(), class as i64));
        }
    }
    if shuffle {
        draws.shuffle(&mut points);
    }
    let points = Points {
        x: points.iter().flat_map(|(x, _)| x).map(|&v| v as f32).collect(),
        y: points.iter().map(|&(_, class)| class).collect(),
    };
    Ok((points, centers))
}

/// The number of points in all.
fn check_sizes(name: &str, sizes: &[usize]) -> Result<usize> {
    match sizes.iter().try_fold(0usize, |sum, &n| sum.checked_add(n)) {
        Some(n) if n > 0 && u32::try_from(n - 1).is_ok() => Ok(n),
        _ => bail!(Value, "{name}: expected 1 to 2**32 points, got {sizes:?}"),
    }
}

fn check_deviation(name: &str, argument: &str, sigma: f64) -> Result<()> {
    ensure!(
        sigma.is_finite() && sigma >= 0.0,
        Value,
        "{name}: {argument} is a standard deviation: expected a finite number >= 0, got {sigma}"
    );
    Ok(())
}

/// The points in random order, and moved a little.
fn disturbed(
    mut points: Vec<([f64; 2], i64)>,
    shuffle: bool,
    noise: Option<f64>,
    word: &mut dyn FnMut() -> u32,
) -> Points {
    let mut draws = NumpyDraws { word, spare: None };
    if shuffle {
        draws.shuffle(&mut points);
    }
    if let Some(sigma) = noise {
        for coordinate in points.iter_mut().flat_map(|(xy, _)| xy) {
            *coordinate += sigma * draws.normal();
        }
    }
    Points {
        x: points.iter().flat_map(|(xy, _)| xy.map(|v| v as f32)).collect(),
        y: points.iter().map(|&(_, class)| class).collect(),
    }
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
