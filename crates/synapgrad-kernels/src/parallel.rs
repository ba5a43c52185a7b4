//! Walking through large work: split over threads, only where it pays and never so that it shows in the result, and in
//! stretches, between which the user may stop it.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use crate::interrupt;

/// Elements of cheap pointwise work below which a second thread costs more than it saves.
pub const GRAIN: usize = 1 << 15;

/// About how long work goes on between two looks at [`interrupt::poll`].
const STRETCH: Duration = Duration::from_millis(30);

/// Units of fine-grained work in a cache line or a few: ranges that begin at a multiple of it don't share lines.
const LINE: usize = 64;

/// Call `work` with every number below `n`, in parallel: the walkers' way to other threads. It knows nothing but numbers, so
/// that what splitting and stealing takes is compiled once, and not for every kernel.
pub fn each(n: usize, work: &(dyn Fn(usize) + Sync)) {
    if n == 1 || threads() == 1 {
        return (0..n).for_each(work);
    }
    inside(|| (0..n).into_par_iter().for_each(work));
}

/// Do both, the second on another thread if there is one: for work that is halved again and again.
pub fn join<A: Send, B: Send>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    if threads() == 1 { (a(), b()) } else { inside(|| rayon::join(a, b)) }
}

/// Call `work` on ranges that cover `0..n`, in parallel where there is more than one grain. How the ranges are cut depends
/// on the number of threads and on the time they take, so `work` must give each position the same result whichever range
/// it falls in.
///
/// `grain` is the number of units that are worth a thread, [`GRAIN`] by what a unit costs; 1 also where it costs more.
pub fn ranges(n: usize, grain: usize, work: impl Fn(Range<usize>) + Sync) {
    if n <= grain { work(0..n) } else { shared(n, grain, &work) }
}

fn shared(n: usize, grain: usize, work: &(dyn Fn(Range<usize>) + Sync)) {
    stretches(n, grain, |part| {
        let (start, n) = (part.start, part.len());
        let mut chunk = n.div_ceil(4 * threads()).max(grain);
        if grain >= LINE {
            chunk = chunk.next_multiple_of(LINE);
        }
        if threads() == 1 || n <= chunk {
            return work(part);
        }
        each(n.div_ceil(chunk), &|i| work(start + i * chunk..start + n.min((i + 1) * chunk)));
    });
}

/// Call `work` with the number of each slab of `out` and the slab, in parallel where there is much to do.
pub fn slabs<E: Send>(out: &mut [E], slab: usize, work: impl Fn(usize, &mut [E]) + Sync + Send) {
    if out.is_empty() || slab == 0 {
        return;
    }
    let len = out.len();
    let out = Parts::new(out);
    ranges(len.div_ceil(slab), (GRAIN / slab).max(1), |slabs| {
        for i in slabs {
            // SAFETY: each slab is in one range, and slabs do not overlap.
            work(i, unsafe { out.part(i * slab..len.min((i + 1) * slab)) });
        }
    });
}

/// Call `work` on one stretch of `0..n` after the other, of about [`STRETCH`] each, on this thread, until it is stopped.
/// `grain` as in [`ranges`].
pub fn stretches(n: usize, grain: usize, mut work: impl FnMut(Range<usize>)) {
    // Nobody knows what a unit costs; the first stretch is short, and each tells how long the next may be.
    let mut length = 2 * grain * threads();
    let mut done = 0;
    while done < n && interrupt::poll().is_ok() {
        let (from, began) = (done, Instant::now());
        done = n.min(done.saturating_add(length));
        work(from..done);
        let growth = STRETCH.as_secs_f64() / began.elapsed().as_secs_f64().max(1e-9);
        length = ((length as f64 * growth.clamp(0.125, 8.0)) as usize).max(1);
    }
}

/// A slice of which several threads write parts of their own.
pub(crate) struct Parts<'a, T> {
    start: *mut T,
    len: usize,
    slice: PhantomData<&'a mut [T]>,
}

// SAFETY: whoever takes a part vouches that nobody else uses it.
unsafe impl<T: Send> Send for Parts<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Parts<'_, T> {}

impl<'a, T> Parts<'a, T> {
    pub(crate) fn new(slice: &'a mut [T]) -> Parts<'a, T> {
        Parts { start: slice.as_mut_ptr(), len: slice.len(), slice: PhantomData }
    }

    /// # Safety
    /// While the part is in use, nobody may take another that overlaps it.
    #[allow(clippy::mut_from_ref)]
    pub(crate) unsafe fn part(&self, range: Range<usize>) -> &mut [T] {
        assert!(range.start <= range.end && range.end <= self.len, "a part of the slice");
        // SAFETY: it lies inside the slice, which is borrowed mutably for 'a, and by contract is used only here.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(range.start), range.len()) }
    }
}

static ALONE: AtomicBool = AtomicBool::new(false);

/// Use the calling thread only from now on: for a process that was forked, in which no other thread exists.
pub fn stay_on_this_thread() {
    ALONE.store(true, Ordering::Relaxed);
}

/// The number that [`set_threads`] was given; 0 where it never was.
static WANTED: AtomicUsize = AtomicUsize::new(0);

/// As many threads as were asked for. Without it the work goes to rayon's own pool, which has as many as the machine.
static POOL: RwLock<Option<Arc<ThreadPool>>> = RwLock::new(None);

/// The number of threads that kernels may use.
pub fn threads() -> usize {
    if ALONE.load(Ordering::Relaxed) {
        return 1;
    }
    match WANTED.load(Ordering::Relaxed) {
        0 => rayon::current_num_threads(),
        wanted => wanted,
    }
}

/// Use `n` threads, at least one, from now on in the whole process. What is under way goes on as it began.
///
/// # Errors
/// Where the system refuses so many.
pub fn set_threads(n: usize) -> Result<(), ThreadPoolBuildError> {
    let n = n.max(1);
    // One thread needs no pool.
    let pool = if n == 1 { None } else { Some(Arc::new(ThreadPoolBuilder::new().num_threads(n).build()?)) };
    let old = std::mem::replace(&mut *POOL.write().unwrap_or_else(PoisonError::into_inner), pool);
    WANTED.store(n, Ordering::Relaxed);
    drop(old);
    Ok(())
}

/// `work` where rayon sees the right threads; what a thread of a pool asks for stays in that pool.
fn inside<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    if rayon::current_thread_index().is_some() {
        return work();
    }
    let pool = POOL.read().unwrap_or_else(PoisonError::into_inner).clone();
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn every_unit_is_visited_once() {
        for (n, grain) in [(0, 1), (1, 1), (7, 1), (1000, 1), (100, 99), (1 << 20, 64), ((1 << 20) + 1, GRAIN)] {
            let seen: Vec<_> = (0..n).map(|_| std::sync::atomic::AtomicU8::new(0)).collect();
            ranges(n, grain, |range| {
                for i in range {
                    seen[i].fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                }
            });
            assert!(seen.iter().all(|s| s.load(std::sync::atomic::Ordering::Relaxed) == 1), "{n} in grains of {grain}");
        }
        for (n, slab) in [(10, 3), (GRAIN * 40 + 1, 7), (GRAIN * 40, GRAIN * 3)] {
            let mut out = vec![0; n];
            slabs(&mut out, slab, |i, out| out.iter_mut().for_each(|x| *x += i + 1));
            assert!(out.iter().enumerate().all(|(at, &x)| x == at / slab + 1), "{n} in slabs of {slab}");
        }
    }

    #[test]
    fn few_large_units_are_shared() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let cuts = Mutex::new(BTreeSet::new());
        pool.install(|| ranges(4, 1, |range| _ = cuts.lock().unwrap().insert(range.start)));
        assert!(cuts.into_inner().unwrap().len() > 1);
    }
}
