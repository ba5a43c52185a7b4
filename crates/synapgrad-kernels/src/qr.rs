//! A = Q·R by Householder reflections, in double precision.
//!
//! Column by column a reflection H = 1 − τ·v·vᵀ sends what lies on and below the diagonal to a multiple of the first unit
//! vector, of the opposite sign to the diagonal element, so that nothing cancels. R is what is left, Q the product of the
//! reflections: LAPACK's convention, in which the diagonal of R may be negative.
//!
//! "Unitary Triangularization of a Nonsymmetric Matrix", A. S. Householder, 1958.

/// Factors a matrix of `rows` × `columns`, given row by row: Q, `rows` × k, and R, k × `columns`, with k the smaller size.
///
/// ```
/// use synapgrad_kernels::qr::qr;
/// let (q, r) = qr(2, 1, &[3.0, 4.0]);
/// assert!((r[0] + 5.0).abs() < 1e-15);
/// assert!((q[0] + 0.6).abs() < 1e-15 && (q[1] + 0.8).abs() < 1e-15);
/// ```
pub fn qr(rows: usize, columns: usize, a: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let k = rows.min(columns);
    // By columns, which are what is worked on.
    let mut a: Vec<f64> = (0..rows * columns).map(|i| a[i % rows * columns + i / rows]).collect();
    let mut taus = vec![0.0; k];
    for (j, tau) in taus.iter_mut().enumerate() {
        let (column, others) = a[j * rows..].split_at_mut(rows);
        let below: f64 = column[j + 1..].iter().map(|x| x * x).sum();
        if below == 0.0 {
            continue;
        }
        let length = column[j].hypot(below.sqrt());
        let end = if column[j] < 0.0 { length } else { -length };
        *tau = (end - column[j]) / end;
        let scale = 1.0 / (column[j] - end);
        column[j + 1..].iter_mut().for_each(|x| *x *= scale);
        column[j] = end;
        for other in others.chunks_exact_mut(rows) {
            reflect(*tau, &column[j + 1..], &mut other[j..]);
        }
    }
    // The first k columns of the identity, sent back through the reflections, the last one first.
    let mut q = vec![0.0; rows * k];
    for j in 0..k {
        q[j * rows + j] = 1.0;
    }
    for j in (0..k).rev() {
        for column in q.chunks_exact_mut(rows).skip(j) {
            reflect(taus[j], &a[j * rows + j + 1..(j + 1) * rows], &mut column[j..]);
        }
    }
    let r =
        (0..k * columns).map(|i| if i % columns >= i / columns { a[i % columns * rows + i / columns] } else { 0.0 });
    let r = r.collect();
    ((0..rows * k).map(|i| q[i % k * rows + i / k]).collect(), r)
}

/// x − τ·v·(vᵀ·x), where v begins with a 1 that `tail` leaves out.
fn reflect(tau: f64, tail: &[f64], x: &mut [f64]) {
    let Some((first, rest)) = x.split_first_mut() else { return };
    let way = tau * (*first + tail.iter().zip(rest.iter()).map(|(v, x)| v * x).sum::<f64>());
    *first -= way;
    rest.iter_mut().zip(tail).for_each(|(x, v)| *x -= way * v);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_multiply_to_the_matrix_and_q_is_orthogonal() {
        for (rows, columns) in [(5, 3), (3, 5), (4, 4), (1, 1), (3, 0), (0, 3)] {
            let a: Vec<f64> = (0..rows * columns).map(|i| ((i * 7 + 3) % 11) as f64 - 5.0).collect();
            let (q, r) = qr(rows, columns, &a);
            let k = rows.min(columns);
            for (i, &a) in a.iter().enumerate() {
                let (row, column) = (i / columns, i % columns);
                let product: f64 = (0..k).map(|j| q[row * k + j] * r[j * columns + column]).sum();
                assert!((product - a).abs() < 1e-12);
            }
            for i in 0..k * k {
                let dot: f64 = (0..rows).map(|row| q[row * k + i / k] * q[row * k + i % k]).sum();
                assert!((dot - f64::from(i / k == i % k)).abs() < 1e-12);
            }
            assert!((0..k * columns).all(|i| i % columns >= i / columns || r[i] == 0.0));
        }
    }
}
