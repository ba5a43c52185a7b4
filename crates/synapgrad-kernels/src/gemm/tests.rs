//! Against a triple loop in f64 (or in the integers themselves), over shapes on both sides of every threshold.

use super::real::{SMALL_K, Tiles};
use super::*;
use crate::lanes::Lanes;

/// A reproducible sequence of small numbers with few bits, whose products and sums are exact in f32 for k up to 4096:
/// then every way of summing gives the same result, and comparisons need no tolerance.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> i64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) % 17) as i64 - 8
    }
}

/// Strides and slice length for a rows × cols matrix in each of the layouts a view can have.
fn layouts(rows: usize, cols: usize) -> [(usize, usize); 5] {
    [(cols, 1), (1, rows), (cols + 3, 1), (1, rows + 2), (2 * cols + 1, 2)]
}

fn length(rows: usize, cols: usize, strides: (usize, usize)) -> usize {
    if rows == 0 || cols == 0 { 0 } else { (rows - 1) * strides.0 + (cols - 1) * strides.1 + 1 }
}

const SHAPES: [(usize, usize, usize); 27] = [
    (0, 3, 2),
    (3, 0, 2),
    (0, 0, 0),
    (3, 4, 0),
    (1, 1, 1),
    (1, 7, 5),
    (7, 1, 5),
    (1, 1, 100),
    (2, 3, 4),
    (4, 16, 16),
    (5, 17, 9),
    (16, 2, 3),
    (3, 33, 2),
    (70, 40, 1),
    (130, 9, 8),
    (4, 8, 200),
    (10, 10, 257),
    (33, 31, 29),
    (1, 1300, 70),
    (300, 1, 37),
    (64, 64, 64),
    (97, 50, 101),
    (13, 129, 300),
    (2, 2, 700),
    (1, 40, 1),
    (40, 1, 1),
    (24, 24, 24),
];

/// Every shape in every combination of layouts: `make` converts a small integer, `read` converts back.
fn all_layouts<T: Gemm + PartialEq + std::fmt::Debug>(
    make: impl Fn(i64) -> T,
    scalar: impl Fn(i64) -> T::Scalar,
    wrap: impl Fn(i64) -> T,
) {
    let mut numbers = Numbers(1);
    for (m, n, k) in SHAPES {
        for (ia, sa) in layouts(m, k).into_iter().enumerate() {
            for (ib, sb) in layouts(k, n).into_iter().enumerate() {
                for (ic, sc) in layouts(m, n).into_iter().enumerate() {
                    // Large shapes take the layouts together, not crossed.
                    if m * n * k > 4000 && (ia + ib + ic) % 3 != 0 {
                        continue;
                    }
                    let (alpha, beta) = [(1, 0), (1, 1), (2, 3), (0, 2)][(ia + 2 * ib + ic) % 4];
                    let raw_a: Vec<i64> = (0..length(m, k, sa)).map(|_| numbers.next()).collect();
                    let raw_b: Vec<i64> = (0..length(k, n, sb)).map(|_| numbers.next()).collect();
                    let raw_c: Vec<i64> = (0..length(m, n, sc)).map(|_| numbers.next()).collect();
                    let a: Vec<T> = raw_a.iter().map(|&x| make(x)).collect();
                    let b: Vec<T> = raw_b.iter().map(|&x| make(x)).collect();
                    let mut c: Vec<T> = raw_c.iter().map(|&x| make(x)).collect();
                    let before = c.clone();
                    gemm(
                        m,
                        n,
                        k,
                        scalar(alpha),
                        Mat::new(&a, sa),
                        Mat::new(&b, sb),
                        scalar(beta),
                        MatMut::new(&mut c, sc),
                        1,
                    )
                    .unwrap();
                    let mut touched = vec![false; c.len()];
                    for i in 0..m {
                        for j in 0..n {
                            let at = i * sc.0 + j * sc.1;
                            let sum: i64 =
                                (0..k).map(|p| raw_a[i * sa.0 + p * sa.1] * raw_b[p * sb.0 + j * sb.1]).sum();
                            let want = wrap(alpha * sum + beta * raw_c[at]);
                            assert_eq!(c[at], want, "{m}x{n}x{k} strides {sa:?} {sb:?} {sc:?} at ({i}, {j})");
                            touched[at] = true;
                        }
                    }
                    for at in 0..c.len() {
                        assert!(touched[at] || c[at] == before[at], "wrote between the elements of C");
                    }
                }
            }
        }
    }
}

#[test]
fn singles() {
    all_layouts::<f32>(|x| x as f32, |x| x as f32, |x| x as f32);
}

#[test]
fn doubles() {
    all_layouts::<f64>(|x| x as f64, |x| x as f64, |x| x as f64);
}

#[test]
fn halves() {
    // The sums are exact in f32; what remains is the one rounding at the end.
    all_layouts::<f16>(|x| f16::from_f64(x as f64), |x| x as f32, |x| f16::from_f64(x as f64));
    all_layouts::<bf16>(|x| bf16::from_f64(x as f64), |x| x as f32, |x| bf16::from_f64(x as f64));
}

#[test]
fn integers() {
    all_layouts::<i64>(|x| x, |x| x, |x| x);
    all_layouts::<i32>(|x| x as i32, |x| x, |x| x as i32);
    all_layouts::<i16>(|x| x as i16, |x| x, |x| x as i16);
    all_layouts::<i8>(|x| x as i8, |x| x, |x| x as i8);
    all_layouts::<u8>(|x| x as u8, |x| x, |x| x as u8);
}

/// Numbers with all their bits, so that the order of summation shows in the last ones.
fn uneven(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        })
        .collect()
}

#[test]
fn rounding_errors_stay_small() {
    for (m, n, k) in [(4, 16, 16), (1, 50, 3000), (50, 1, 3000), (200, 150, 1000), (3, 5, 5000)] {
        let (a, b) = (uneven(m * k, 1), uneven(k * n, 2));
        let mut c = vec![0f32; m * n];
        gemm(m, n, k, 1.0, Mat::new(&a, (k, 1)), Mat::new(&b, (n, 1)), 0.0, MatMut::new(&mut c, (n, 1)), 1).unwrap();
        for i in 0..m {
            for j in 0..n {
                let products = (0..k).map(|p| a[i * k + p] as f64 * b[p * n + j] as f64);
                let (sum, size) = products.fold((0.0, 0.0), |(s, t), x| (s + x, t + x.abs()));
                let bound = size * f32::EPSILON as f64 * (k as f64).sqrt();
                assert!((c[i * n + j] as f64 - sum).abs() <= bound, "{m}x{n}x{k} at ({i}, {j})");
            }
        }
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let shapes = [(300, 200, 100), (128, 1000, 700), (1000, 96, 513), (64, 64, 4097), (1, 5000, 700), (3000, 1, 999)];
    // Pieces of these come near the shapes that the gemm crate treats in ways of their own.
    let narrow = [(2, 300, 5000), (50, 150, 1000), (65, 66, 2000), (64, 200, 784), (784, 200, 64), (97, 3, 9000)];
    for (m, n, k) in shapes.into_iter().chain(narrow) {
        for (sa, sb) in [((k, 1), (n, 1)), ((1, m), (n, 1)), ((k, 1), (1, k)), ((1, m), (1, k))] {
            let (a, b) = (uneven(m * k, 3), uneven(k * n, 4));
            let run = |threads| {
                let mut c = uneven(m * n, 5);
                gemm(m, n, k, 0.7, Mat::new(&a, sa), Mat::new(&b, sb), 0.3, MatMut::new(&mut c, (n, 1)), threads)
                    .unwrap();
                c.into_iter().map(f32::to_bits).collect::<Vec<_>>()
            };
            let one = run(1);
            for threads in [2, 3, 8] {
                assert!(run(threads) == one, "{m}x{n}x{k} {sa:?} {sb:?} with {threads} threads");
            }
        }
    }
}

#[test]
fn beta_zero_does_not_read_c() {
    for (m, n, k) in SHAPES {
        let (a, b) = (vec![1f32; m * k], vec![1f32; k * n]);
        for sc in layouts(m, n) {
            let mut c = vec![f32::NAN; length(m, n, sc)];
            gemm(m, n, k, 1.0, Mat::new(&a, (k, 1)), Mat::new(&b, (n, 1)), 0.0, MatMut::new(&mut c, sc), 1).unwrap();
            for i in 0..m {
                for j in 0..n {
                    assert_eq!(c[i * sc.0 + j * sc.1], k as f32, "{m}x{n}x{k} {sc:?}");
                }
            }
        }
    }
}

#[test]
fn nan_and_infinity_pass_through() {
    for (m, n, k) in [(4, 16, 16), (1, 9, 40), (9, 1, 40), (50, 40, 60)] {
        let (mut a, b) = (vec![1f32; m * k], vec![0f32; k * n]);
        a[0] = f32::INFINITY; // ∞·0 is NaN
        let mut c = vec![0f32; m * n];
        gemm(m, n, k, 1.0, Mat::new(&a, (k, 1)), Mat::new(&b, (n, 1)), 0.0, MatMut::new(&mut c, (n, 1)), 1).unwrap();
        assert!(c[..n].iter().all(|x| x.is_nan()) && c[n..].iter().all(|&x| x == 0.0), "{m}x{n}x{k}");
    }
}

#[test]
fn broadcast_operands_have_stride_zero() {
    let (a, b) = ([2f32], [3f32, 4.0, 5.0]);
    let mut c = [0f32; 6];
    gemm(2, 3, 4, 1.0, Mat::new(&a, (0, 0)), Mat::new(&b, (0, 1)), 0.0, MatMut::new(&mut c, (3, 1)), 1).unwrap();
    assert_eq!(c, [24.0, 32.0, 40.0, 24.0, 32.0, 40.0]);
}

#[test]
fn batches() {
    let (m, n, k) = (30, 20, 50);
    let (a, b) = (uneven(8 * m * k, 6), uneven(2 * k * n, 7));
    let a_offsets: Vec<usize> = (0..8).map(|i| i * m * k).collect();
    let b_offsets: Vec<usize> = (0..8).map(|i| i % 2 * k * n).collect();
    let mut want = vec![0f32; 8 * m * n];
    for i in 0..8 {
        gemm(
            m,
            n,
            k,
            1.0,
            Mat::new(&a[a_offsets[i]..], (k, 1)),
            Mat::new(&b[b_offsets[i]..], (n, 1)),
            0.0,
            MatMut::new(&mut want[i * m * n..], (n, 1)),
            1,
        )
        .unwrap();
    }
    let forward: Vec<usize> = (0..8).map(|i| i * m * n).collect();
    let backward: Vec<usize> = forward.iter().rev().copied().collect();
    for threads in [1, 2, 5] {
        for (order, reversed) in [(&forward, false), (&backward, true)] {
            let mut c = vec![f32::NAN; 8 * m * n];
            gemm_batched(
                m,
                n,
                k,
                1.0,
                Mat::new(&a, (k, 1)),
                &a_offsets,
                Mat::new(&b, (n, 1)),
                &b_offsets,
                0.0,
                MatMut::new(&mut c, (n, 1)),
                order,
                threads,
            )
            .unwrap();
            for i in 0..8 {
                let place = if reversed { 7 - i } else { i };
                assert_eq!(c[place * m * n..][..m * n], want[i * m * n..][..m * n]);
            }
        }
    }
    gemm_batched::<f32>(
        m,
        n,
        k,
        1.0,
        Mat::new(&[], (k, 1)),
        &[],
        Mat::new(&[], (n, 1)),
        &[],
        0.0,
        MatMut::new(&mut [], (n, 1)),
        &[],
        2,
    )
    .unwrap();
}

#[test]
fn dots() {
    let (a, b) = (uneven(1000, 8), uneven(3000, 9));
    let want: f64 = (0..1000).map(|i| a[i] as f64 * b[3 * i] as f64).sum();
    assert!((dot(1000, &a, 1, &b, 3) as f64 - want).abs() < 1e-4);
    assert_eq!(dot::<f32>(0, &[], 1, &[], 1), 0.0);
    assert_eq!(dot(4, &[1i64, 2, 3, 4], 1, &[5], 0), 50);
    assert_eq!(dot(2, &[100u8, 100], 1, &[2, 1], 1), 44); // 300 − 256
}

#[test]
fn large_products_are_divided_without_a_seam() {
    // Past the polling threshold, along m and (transposed) along n; rows that repeat must give equal rows.
    let (m, n, k) = (2100, 1024, 512);
    let a: Vec<f32> = uneven(m * k, 10).iter().map(|x| (x * 8.0).round()).collect();
    let b: Vec<f32> = uneven(k * n, 11).iter().map(|x| (x * 8.0).round()).collect();
    let (mut c, mut t) = (vec![0f32; m * n], vec![0f32; m * n]);
    gemm(m, n, k, 1.0, Mat::new(&a, (k, 1)), Mat::new(&b, (n, 1)), 0.0, MatMut::new(&mut c, (n, 1)), 2).unwrap();
    gemm(n, m, k, 1.0, Mat::new(&b, (1, n)), Mat::new(&a, (1, k)), 0.0, MatMut::new(&mut t, (1, n)), 1).unwrap();
    assert!(c == t);
    for i in [0, 1, 500, 1023, 1024, 2099] {
        for j in [0, 511, 1023] {
            let want: f32 = (0..k).map(|p| a[i * k + p] * b[p * n + j]).sum(); // whole numbers: exact
            assert_eq!(c[i * n + j], want);
        }
    }
}

#[test]
fn no_hook_never_interrupts() {
    assert_eq!(interrupt::poll(), Ok(()));
}

fn refused(m: usize, n: usize, k: usize, sa: (usize, usize), sb: (usize, usize), sc: (usize, usize)) -> bool {
    let (a, b) = (vec![0f32; 12], vec![0f32; 12]);
    std::panic::catch_unwind(move || {
        let mut c = vec![0f32; 12];
        let _ = gemm(m, n, k, 1.0, Mat::new(&a, sa), Mat::new(&b, sb), 0.0, MatMut::new(&mut c, sc), 1);
    })
    .is_err()
}

#[test]
fn matrices_past_their_slices_are_refused() {
    assert!(!refused(3, 4, 3, (3, 1), (4, 1), (4, 1)));
    assert!(refused(3, 4, 4, (5, 1), (3, 1), (4, 1)), "A");
    assert!(refused(3, 4, 3, (3, 1), (5, 1), (4, 1)), "B");
    assert!(refused(4, 4, 2, (2, 1), (4, 1), (4, 1)), "C");
    assert!(refused(3, 4, 3, (usize::MAX, 1), (4, 1), (4, 1)), "overflow");
    assert!(refused(3, 4, 3, (3, 1), (4, 1), (0, 1)), "rows of C on one place");
    assert!(refused(3, 4, 3, (3, 1), (4, 1), (3, 1)), "rows of C overlap");
    assert!(refused(usize::MAX, 4, usize::MAX, (0, 0), (0, 0), (1, 1)), "C overlaps and overflows");
}

#[test]
fn rows_a_page_apart_give_the_same_bits() {
    let (m, n, k) = (40, 70, 1024);
    let numbers = |len: usize| (0..len).map(|i| ((i * 37 % 101) as f32).sin()).collect::<Vec<f32>>();
    let (a, b) = (numbers(m * k), numbers(n * k));
    let wider: Vec<f32> = b.chunks(k).flat_map(|row| row.iter().copied().chain([7.0; 3])).collect();
    let product = |b: &[f32], step: usize, turned: bool| {
        let mut c = vec![0f32; m * n];
        // A·Bᵀ, or its transpose B·Aᵀ into memory of the same order.
        let (a, b) = (Mat::new(&a[..], (k, 1)), Mat::new(b, (step, 1)));
        match turned {
            false => gemm(m, n, k, 1.0, a, b.t(), 0.0, MatMut::new(&mut c, (n, 1)), 1).unwrap(),
            true => gemm(n, m, k, 1.0, b, a.t(), 0.0, MatMut::new(&mut c, (1, n)), 1).unwrap(),
        }
        c
    };
    assert!(product(&b, k, false) == product(&wider, k + 3, false));
    assert!(product(&b, k, true) == product(&b, k, false));
}

/// By hand: `cargo test --profile quick -p synapgrad-kernels gemm_speed -- --ignored --nocapture`.
#[test]
#[ignore = "prints speeds, asserts nothing"]
fn gemm_speed() {
    for (m, n, k) in [
        (4, 2, 2),
        (4, 16, 2),
        (4, 16, 16),
        (4, 1, 16),
        (1, 16, 16),
        (16, 16, 4),
        (16, 16, 16),
        (16, 2, 4),
        (1, 16, 4),
        (32, 32, 32),
        (32, 10, 64),
        (64, 64, 64),
        (64, 128, 784),
        (128, 128, 128),
        (512, 512, 512),
        (1, 1000, 1000),
        (1000, 1000, 1),
        (1000, 1000, 8),
    ] {
        let (a, b) = (uneven(m * k, 1), uneven(k * n, 2));
        let mut c = vec![0f32; m * n];
        print!("{m:>5}x{n:>4}x{k:>4}");
        for (name, sa, sb) in [("AB", (k, 1), (n, 1)), ("ABt", (k, 1), (1, k)), ("AtB", (1, m), (n, 1))] {
            for way in ["auto", "tiles", "packed"] {
                if way != "auto" && (k > SMALL_K || m * n * k > 1 << 19) {
                    continue;
                }
                let repeats = (4_000_000 / (m * n * k)).clamp(1, 2000);
                let mut best = f64::INFINITY;
                for _ in 0..7 {
                    let start = std::time::Instant::now();
                    for _ in 0..repeats {
                        let (a, b) = (Mat::new(std::hint::black_box(&a[..]), sa), Mat::new(&b[..], sb));
                        let c = MatMut::new(&mut c[..], (n, 1));
                        match way {
                            "auto" => gemm(m, n, k, 1.0, a, b, 0.0, c, 1).unwrap(),
                            "tiles" => f32::vectorize(Tiles { m, n, k, alpha: 1.0, a, b, beta: 0.0, c }),
                            _ => super::real::packed_product(m, n, k, 1.0, a, b, 0.0, c, 1),
                        }
                    }
                    best = best.min(start.elapsed().as_secs_f64() / repeats as f64);
                }
                print!("  {name} {way} {:.0} ns ({:.1} GF)", best * 1e9, 2e-9 * (m * n * k) as f64 / best);
            }
        }
        println!();
    }
}
