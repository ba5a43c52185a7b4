//! Margins between the classes that an example belongs to and the others.

/// For each row of `x` and its labels (classes up to the first −1): (1/n)·Σ_t Σ_c max(0, 1 − (x_t − x_c)) over labels t and
/// other classes c; and the derivative of that by each score.
///
/// # Panics
/// Where a label lies beyond `n`.
pub fn multilabel(x: &[f64], labels: &[i64], rows: usize, n: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut losses, mut slopes) = (vec![0.0; rows], vec![0.0; rows * n]);
    let share = 1.0 / n as f64;
    let mut wanted = vec![false; n];
    for (r, loss) in losses.iter_mut().enumerate() {
        let (x, slopes) = (&x[r * n..][..n], &mut slopes[r * n..][..n]);
        wanted.fill(false);
        let named = || labels[r * n..][..n].iter().map_while(|&t| usize::try_from(t).ok());
        named().for_each(|t| wanted[t] = true);
        for t in named() {
            for c in (0..n).filter(|&c| !wanted[c]) {
                let lack = 1.0 - (x[t] - x[c]);
                if lack > 0.0 || lack.is_nan() {
                    *loss += lack * share;
                    slopes[c] += share;
                    slopes[t] -= share;
                }
            }
        }
    }
    (losses, slopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_end_at_minus_one() {
        let (losses, slopes) = multilabel(&[0.1, 0.2, 0.4, 0.8], &[3, 0, -1, 1], 1, 4);
        // 3 against 1 and 2, 0 against 1 and 2.
        let expected = ((1.0 - 0.6) + (1.0 - 0.4) + (1.0 + 0.1) + (1.0 + 0.3)) / 4.0;
        assert!((losses[0] - expected).abs() < 1e-12);
        assert_eq!(slopes, [-0.5, 0.5, 0.5, -0.5]);
    }
}
