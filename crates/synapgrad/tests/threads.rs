//! Results do not depend on the number of threads: the same bits from one, two and three.

use std::process::Command;

use synapgrad::{DType, Reduction, Result, Tensor, random};

/// How the test calls itself: one thread pool per process, whose size is read from the environment when it first works.
const CHILD: &str = "SYNAPGRAD_TEST_PRINT_RESULTS";

type Work = fn(&Tensor) -> Result<Vec<Tensor>>;

/// Work on a matrix; what it gives is compared.
const WORK: &[(&str, Work)] = &[
    ("pointwise", |x| Ok(vec![x.mul(x)?.exp()?.add(x)?, x.tanh()?, x.gt(0.5)?])),
    ("a broadcast operand", |x| Ok(vec![x.mul(&x.narrow(0, 0, 1)?)?, x.add(&x.narrow(1, 0, 1)?)?])),
    ("another memory order", |x| Ok(vec![x.t()?.mul(2.0)?, x.t()?.exp()?, x.t()?.contiguous()?])),
    ("sums", |x| Ok(vec![x.sum()?, x.sum_dims(&[0], false, None)?, x.sum_dims(&[1], true, None)?])),
    ("sums in another memory order", |x| Ok(vec![x.t()?.sum()?, x.t()?.sum_dims(&[0], false, None)?])),
    ("variance", |x| Ok(vec![x.var(&[], 1.0, false)?, x.var(&[0], 1.0, false)?, x.var(&[1], 1.0, false)?])),
    ("log of a sum", |x| Ok(vec![x.logsumexp(&[0, 1], false)?, x.logsumexp(&[0], false)?, x.logsumexp(&[1], false)?])),
    ("softmax", |x| Ok(vec![x.softmax(0, None)?, x.softmax(1, None)?, x.log_softmax(1, None)?])),
    ("scans", |x| Ok(vec![x.cumsum(0, None)?, x.cumsum(1, None)?, x.logcumsumexp(1)?])),
    ("sort", |x| Ok([x.sort(0, false)?, x.sort(1, true)?].into_iter().flat_map(|(a, b)| [a, b]).collect())),
    ("a product", |x| Ok(vec![x.t()?.mm(x)?, x.narrow(0, 0, 40)?.mm(&x.narrow(0, 0, 40)?.t()?)?])),
    ("a loss", |x| Ok(vec![x.mse_loss(&x.neg()?, Reduction::Mean)?])),
    ("gradients", |x| {
        let x = x.detach().requires_grad_(true)?;
        x.softmax(1, None)?.mul(&x.t()?.contiguous()?.reshape(x.shape())?)?.mean()?.backward()?;
        Ok(x.grad().into_iter().collect())
    }),
];

/// Above and beside the grains from which work is split: flat, square, wide, tall, and of a size that nothing divides.
const SHAPES: [[usize; 2]; 5] = [[1, 300_001], [500, 500], [7, 40_000], [40_000, 7], [1009, 331]];

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    if std::env::var_os(CHILD).is_some() {
        return print_results().unwrap();
    }
    let run = |threads: &str| {
        let program = std::env::current_exe().unwrap();
        let name = "results_do_not_depend_on_the_number_of_threads";
        let mut command = Command::new(program);
        command.args(["--exact", name, "--nocapture"]).env(CHILD, "1").env("OMP_NUM_THREADS", threads);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().filter(|line| line.contains(" gives ")).map(str::to_string).collect::<Vec<_>>()
    };
    let one = run("1");
    assert!(one.len() > WORK.len());
    for threads in ["2", "3"] {
        for (one, several) in one.iter().zip(run(threads)) {
            assert_eq!(*one, several, "one thread is on the left, {threads} are on the right");
        }
    }
}

/// A line for every result, with a number made of all its bits.
fn print_results() -> Result<()> {
    for shape in SHAPES {
        random::manual_seed(0);
        let x = Tensor::randn(&shape, DType::F32, None)?;
        for (name, work) in WORK {
            // The product of a long, flat matrix with itself would fill the memory.
            if *name == "a product" && shape[1] > 10_000 {
                continue;
            }
            for (i, result) in work(&x)?.iter().enumerate() {
                let bits = result.detach().to_dtype(DType::F64)?.to_vec::<f64>()?;
                let mixed =
                    bits.iter().fold(0u64, |sum, x| sum.rotate_left(5) ^ x.to_bits().wrapping_mul(0x9E3779B97F4A7C15));
                println!("{name} of {shape:?}, result {i}, gives {mixed:016x}");
            }
        }
    }
    Ok(())
}
