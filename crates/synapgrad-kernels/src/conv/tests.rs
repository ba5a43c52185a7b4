use super::*;

/// A result of `n` numbers from operands in memory that begins with others.
fn run<T: Number, const N: usize>(
    n: usize,
    operands: [&[T]; N],
    work: impl FnOnce([Numbers; N], &mut Buffer),
) -> Vec<T> {
    let blocks = operands.map(|x| Buffer::from_slice(&[&[T::from_i64(5)], x].concat()).unwrap());
    let mut out = Buffer::from_slice(&vec![T::from_i64(77); n]).unwrap();
    work(std::array::from_fn(|i| (&blocks[i], 1)), &mut out);
    out.as_slice::<T>().to_vec()
}

fn forward_of<T: Number>(plan: &Plan, x: &[T], w: &[T], bias: &[T]) -> Vec<T> {
    run(plan.output_len(), [x, w, bias], |[x, w, b], y| forward(plan, T::DTYPE, x, w, Some(b), y).unwrap())
}

fn input_of<T: Number>(plan: &Plan, g: &[T], w: &[T]) -> Vec<T> {
    run(plan.input_len(), [g, w], |[g, w], x| backward_input(plan, T::DTYPE, g, w, None, x).unwrap())
}

fn weight_of<T: Number>(plan: &Plan, x: &[T], g: &[T]) -> Vec<T> {
    run(plan.weight_len(), [x, g], |[x, g], w| backward_weight(plan, T::DTYPE, x, g, w).unwrap())
}

/// A convolution by its definition, in i64: exact.
fn by_hand(plan: &Plan, mut each: impl FnMut(usize, usize, usize)) {
    let index = |sizes: Sizes, i: usize| [i / sizes[2] / sizes[1], i / sizes[2] % sizes[1], i % sizes[2]];
    for n in 0..plan.batch {
        for group in 0..plan.groups {
            for o in 0..plan.outputs {
                for p in 0..product(plan.out) {
                    for c in 0..plan.inputs {
                        for t in 0..product(plan.kernel) {
                            let (at, tap) = (index(plan.out, p), index(plan.kernel, t));
                            let q: [isize; 3] = std::array::from_fn(|i| {
                                (at[i] * plan.stride[i] + tap[i] * plan.dilation[i]) as isize - plan.padding[i] as isize
                            });
                            if (0..3).any(|i| q[i] < 0 || q[i] >= plan.size[i] as isize) {
                                continue;
                            }
                            let q = (q[0] as usize * plan.size[1] + q[1] as usize) * plan.size[2] + q[2] as usize;
                            let x = ((n * plan.groups + group) * plan.inputs + c) * product(plan.size) + q;
                            let w = ((group * plan.outputs + o) * plan.inputs + c) * product(plan.kernel) + t;
                            let y = ((n * plan.groups + group) * plan.outputs + o) * product(plan.out) + p;
                            each(x, w, y);
                        }
                    }
                }
            }
        }
    }
}

fn values(n: usize, seed: u64) -> Vec<i64> {
    let mut state = seed;
    let next = |_| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 33) % 17) as i64 - 8
    };
    (0..n).map(next).collect()
}

/// (size, kernel, stride, padding, dilation); the output follows, with `more` taken off its end.
fn plan(
    batch: usize,
    (groups, inputs, outputs): (usize, usize, usize),
    size: Sizes,
    kernel: Sizes,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
) -> Plan {
    let out = std::array::from_fn(|i| (size[i] + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1) / stride[i] + 1);
    Plan { batch, groups, inputs, outputs, size, out, kernel, stride, padding, dilation }
}

fn plans() -> Vec<Plan> {
    let one = [1; 3];
    vec![
        plan(2, (1, 3, 5), [1, 6, 7], [1, 3, 3], one, [0, 1, 1], one),
        plan(70, (1, 20, 65), [1, 4, 4], [1, 3, 3], one, [0, 1, 1], one), // small images side by side
        plan(5, (1, 2, 9), [1, 4, 4], [1, 3, 3], one, [0, 1, 1], one),
        plan(1, (2, 3, 4), [1, 9, 11], [1, 3, 2], [1, 2, 3], [0, 1, 0], one),
        plan(2, (1, 1, 1), [1, 8, 32], [1, 3, 3], one, [0, 1, 1], one),
        plan(1, (1, 4, 3), [1, 10, 12], [1, 3, 3], [1, 2, 1], [0, 2, 4], [1, 2, 3]),
        plan(3, (4, 1, 2), [1, 7, 5], [1, 5, 5], one, [0, 2, 2], one),
        plan(2, (1, 3, 2), [1, 1, 40], [1, 1, 5], one, [0, 0, 2], one),
        plan(1, (1, 2, 3), [4, 5, 6], [2, 3, 2], one, [1, 1, 0], one),
        plan(1, (1, 2, 17), [5, 4, 7], [3, 1, 3], [2, 1, 2], [1, 0, 1], [1, 1, 2]),
        plan(2, (1, 5, 8), [1, 8, 8], one, one, [0; 3], one),
        plan(2, (1, 5, 3), [1, 9, 9], one, [1, 2, 2], [0; 3], one),
        plan(1, (1, 1, 2), [1, 2, 2], [1, 2, 2], [1, 5, 5], [0, 3, 3], one), // windows beside the image
        Plan { out: [1, 6, 7], ..plan(1, (1, 2, 3), [1, 6, 7], [1, 2, 4], one, [0, 0, 1], one) }, // zeros after it
        plan(1, (1, 150, 20), [1, 6, 6], [1, 3, 3], one, [0, 1, 1], one),    // channels in several chunks
        plan(1, (1, 40, 2), [1, 120, 130], [1, 3, 3], one, [0, 1, 1], one),  // rows in several boxes
        plan(1, (1, 4, 2), [1, 1, 60000], [1, 1, 3], one, [0, 0, 1], one),   // columns in several boxes
        plan(1, (1, 8, 2), [20, 40, 40], [3, 3, 3], one, one, one),
        plan(5, (1, 25, 28), [1, 14, 14], [1, 3, 3], one, [0, 1, 1], one), // several images in a block
        plan(0, (1, 32, 32), [1, 8, 8], [1, 3, 3], one, [0, 1, 1], one),   // no image
        plan(2, (2, 50, 30), [1, 9, 7], [1, 3, 3], one, [0, 2, 1], one),   // tiles over the edge; channels twice
        plan(1, (1, 32, 33), [1, 37, 40], [1, 3, 3], one, [0, 0, 0], one), // strips
    ]
}

fn all_three<T: Number + std::fmt::Debug>(plan: &Plan) {
    let (x, w, y) = (values(plan.input_len(), 1), values(plan.weight_len(), 2), values(plan.output_len(), 3));
    let bias = values(plan.groups * plan.outputs, 4);
    let convert = |x: &[i64]| x.iter().map(|&x| T::from_i64(x)).collect::<Vec<T>>();
    let (tx, tw, ty) = (convert(&x), convert(&w), convert(&y));
    let mut want: Vec<i64> = (0..y.len()).map(|i| bias[i / product(plan.out) % (plan.groups * plan.outputs)]).collect();
    by_hand(plan, |i, j, k| want[k] += x[i] * w[j]);
    assert!(forward_of(plan, &tx, &tw, &convert(&bias)) == convert(&want), "forward {plan:?}");
    let mut want = vec![0; x.len()];
    by_hand(plan, |i, j, k| want[i] += y[k] * w[j]);
    assert!(input_of(plan, &ty, &tw) == convert(&want), "backward_input {plan:?}");
    let mut want = vec![0; w.len()];
    by_hand(plan, |i, j, k| want[j] += y[k] * x[i]);
    assert!(weight_of(plan, &tx, &ty) == convert(&want), "backward_weight {plan:?}");
}

#[test]
fn every_kernel_is_the_definition() {
    for plan in plans() {
        all_three::<f32>(&plan);
        all_three::<f64>(&plan);
        all_three::<i64>(&plan);
    }
}

#[test]
fn fold_is_the_transpose_of_unfold() {
    for plan in plans().into_iter().filter(|plan| plan.groups == 1 && plan.inputs < 8) {
        let x = values(plan.input_len(), 5);
        let len = plan.batch * plan.inputs * product(plan.kernel) * product(plan.out);
        let g = values(len, 6);
        let columns = run(len, [&x[..]], |[x], out| unfold(&plan, DType::I64, x, out));
        let back = run(x.len(), [&g[..]], |[g], out| fold(&plan, DType::I64, g, out).unwrap());
        let dot = |a: &[i64], b: &[i64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<i64>();
        assert_eq!(dot(&columns, &g), dot(&back, &x), "{plan:?}");
    }
}

#[test]
fn nan_stays_where_the_window_saw_it() {
    let plan = plan(1, (1, 1, 1), [1, 5, 5], [1, 3, 3], [1; 3], [0, 1, 1], [1; 3]);
    let mut x = vec![1f32; 25];
    x[24] = f32::NAN;
    for (i, y) in forward_of(&plan, &x, &[1.0; 9], &[0.0]).iter().enumerate() {
        assert_eq!(y.is_nan(), i / 5 >= 3 && i % 5 >= 3, "{i}");
    }
    let gw = weight_of(&plan, &x, &[1.0; 25]);
    // The corner is seen by the last tap only from inside, by the first not at all.
    assert_eq!(
        gw.iter().map(|w| w.is_nan()).collect::<Vec<_>>(),
        [false, false, false, false, true, true, false, true, true]
    );
}

#[test]
fn threads_do_not_change_a_bit() {
    for channels in [(1, 20, 24), (1, 32, 40)] {
        same_with_threads(&plan(9, channels, [1, 20, 22], [1, 3, 3], [1; 3], [0, 1, 1], [1; 3]));
    }
}

fn same_with_threads(plan: &Plan) {
    let uneven = |n, seed| values(n, seed).iter().map(|&x| x as f32 / 7.0).collect::<Vec<f32>>();
    let (x, w, y) = (uneven(plan.input_len(), 1), uneven(plan.weight_len(), 2), uneven(plan.output_len(), 3));
    let with = |threads: usize| {
        parallel::with_threads(threads, || {
            let bias = vec![0.0; plan.outputs];
            (forward_of(plan, &x, &w, &bias), input_of(plan, &y, &w), weight_of(plan, &x, &y))
        })
    };
    let one = with(1);
    for threads in [2, 3, 5] {
        assert!(with(threads) == one, "{threads} threads");
    }
}

/// Seconds that this thread has had a processor, where the system tells; else seconds.
fn clock(start: std::time::Instant) -> f64 {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let spent = spent.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    spent.map_or_else(|| start.elapsed().as_secs_f64(), |nanoseconds| nanoseconds * 1e-9)
}

/// 32 to 32 channels of 8 × 8, which are computed in tiles.
fn tiled_plan() -> Plan {
    plan(3, (1, 32, 32), [1, 8, 8], [1, 3, 3], [1; 3], [0, 1, 1], [1; 3])
}

#[test]
fn an_infinity_stays_in_its_windows() {
    let plan = tiled_plan();
    let mut x = vec![1f32; plan.input_len()];
    x[9] = f32::INFINITY;
    let y = forward_of(&plan, &x, &vec![1f32; plan.weight_len()], &vec![0f32; plan.outputs]);
    // It lies at (1, 1), and is met by windows around (0, 0) to (2, 2).
    let met = |p: usize| p / 8 < 3 && p % 8 < 3;
    assert!((0..y.len()).all(|i| y[i] == f32::INFINITY || !(i < 32 * 64 && met(i % 64))));
    assert!((0..y.len()).all(|i| y[i].is_finite() || (i < 32 * 64 && met(i % 64))));
}

#[test]
fn tiles_round_as_products_do() {
    let plan = tiled_plan();
    // Numbers with all their digits, about as large as each other.
    let numbers = |n, seed| values(n, seed).iter().map(|&x| (x as f64 + 0.3).sin()).collect::<Vec<f64>>();
    let (x, w, g) = (numbers(plan.input_len(), 1), numbers(plan.weight_len(), 2), numbers(plan.output_len(), 3));
    let short = |x: &[f64]| x.iter().map(|&x| x as f32).collect::<Vec<f32>>();
    let wide = |x: &[f64]| x.iter().map(|&x| x as f32 as f64).collect::<Vec<f64>>();
    let apart = |a: Vec<f32>, b: Vec<f64>| {
        let largest = b.iter().fold(0f64, |m, x| m.max(x.abs()));
        a.iter().zip(b).map(|(&a, b)| (a as f64 - b).abs()).fold(0f64, f64::max) / largest
    };
    let none = vec![0.0; plan.outputs];
    let y = forward_of(&plan, &short(&x), &short(&w), &short(&none));
    assert!(apart(y, forward_of(&plan, &wide(&x), &wide(&w), &none)) < 1e-6);
    let dx = input_of(&plan, &short(&g), &short(&w));
    assert!(apart(dx, input_of(&plan, &wide(&g), &wide(&w))) < 1e-6);
    let dw = weight_of(&plan, &short(&x), &short(&g));
    assert!(apart(dw, weight_of(&plan, &wide(&x), &wide(&g))) < 1e-6);
}

/// One thread, by hand: `OMP_NUM_THREADS=1 cargo test --profile quick -p synapgrad-kernels conv_speed -- --ignored --nocapture`,
/// with `CONV=64` only the shapes in whose names that is.
#[test]
#[ignore = "prints speeds, asserts nothing"]
fn conv_speed() {
    let square = |batch, channels, n: usize, k: usize, stride: usize, padding: usize| {
        plan(batch, channels, [1, n, n], [1, k, k], [1, stride, stride], [0, padding, padding], [1; 3])
    };
    for (name, plan) in [
        ("example conv1", square(128, (1, 1, 16), 28, 3, 1, 1)),
        ("example conv2", square(128, (1, 16, 32), 14, 3, 1, 1)),
        ("lenet conv2", square(128, (1, 6, 16), 14, 5, 1, 0)),
        ("64@32", square(32, (1, 64, 64), 32, 3, 1, 1)),
        ("128@16", square(32, (1, 128, 128), 16, 3, 1, 1)),
        ("256@8", square(32, (1, 256, 256), 8, 3, 1, 1)),
        ("512@4", square(32, (1, 512, 512), 4, 3, 1, 1)),
        ("64→128@32/2", square(32, (1, 64, 128), 32, 3, 2, 1)),
        ("1x1 64→128@32", square(32, (1, 64, 128), 32, 1, 1, 0)),
        ("1x1 64→128@32/2", square(32, (1, 64, 128), 32, 1, 2, 0)),
        ("depthwise 64@32", square(32, (64, 1, 1), 32, 3, 1, 1)),
        ("conv1d 32→64 k=5", plan(32, (1, 32, 64), [1, 1, 1000], [1, 1, 5], [1; 3], [0, 0, 2], [1; 3])),
    ] {
        if std::env::var("CONV").is_ok_and(|only| !name.contains(&only)) {
            continue;
        }
        let floats = |n| Buffer::from_slice(&values(n, 1).iter().map(|&x| x as f32).collect::<Vec<f32>>()).unwrap();
        let (mut x, mut w, mut y) = (floats(plan.input_len()), floats(plan.weight_len()), floats(plan.output_len()));
        let flops = 2.0 * (plan.output_len() * plan.inputs * product(plan.kernel)) as f64;
        print!("{name:<18}");
        let mut time = |what: &str, work: &mut dyn FnMut(&mut Buffer, &mut Buffer, &mut Buffer)| {
            let start = std::time::Instant::now();
            let (mut repeats, mut before) = (0, 0.0);
            while repeats < 3 || clock(start) - before < 0.15 {
                if repeats == 1 {
                    before = clock(start); // the first finds cold caches
                }
                work(&mut x, &mut w, &mut y);
                repeats += 1;
            }
            let taken = (clock(start) - before) / (repeats - 1) as f64;
            print!("  {what} {:8.3} ms {:6.1} GF", taken * 1e3, flops / taken * 1e-9);
        };
        time("forward", &mut |x, w, y| forward(&plan, DType::F32, (x, 0), (w, 0), None, y).unwrap());
        time("input", &mut |x, w, y| backward_input(&plan, DType::F32, (y, 0), (w, 0), None, x).unwrap());
        time("weight", &mut |x, w, y| backward_weight(&plan, DType::F32, (x, 0), (y, 0), w).unwrap());
        println!();
    }
}
