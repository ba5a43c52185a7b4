//! Splitting work over threads, only where it pays and never so that it shows in the result.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

/// Elements of cheap pointwise work below which a second thread costs more than it saves.
pub const GRAIN: usize = 1 << 15;

/// Call `work` on ranges that cover `0..n`, in parallel where there is more than one grain. How the ranges are cut depends
/// on the number of threads, so `work` must give each position the same result whichever range it falls in.
pub fn ranges(n: usize, grain: usize, work: impl Fn(Range<usize>) + Sync) {
    if n <= grain || threads() == 1 {
        return work(0..n);
    }
    let chunk = grain.max(n.div_ceil(4 * threads()).next_multiple_of(64));
    (0..n.div_ceil(chunk)).into_par_iter().for_each(|i| work(i * chunk..n.min((i + 1) * chunk)));
}

static ALONE: AtomicBool = AtomicBool::new(false);

/// Use the calling thread only from now on: for a process that was forked, in which no other thread exists.
pub fn stay_on_this_thread() {
    ALONE.store(true, Ordering::Relaxed);
}

/// The number of threads that kernels may use.
pub fn threads() -> usize {
    if ALONE.load(Ordering::Relaxed) { 1 } else { rayon::current_num_threads() }
}
