//! Walking through large work: split over threads, only where it pays and never so that it shows in the result, and in
//! stretches, between which the user may stop it.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::{interrupt, team};

/// Elements of cheap pointwise work below which a second thread costs more than it saves.
pub const GRAIN: usize = 1 << 15;

/// About how long work goes on between two looks at [`interrupt::poll`].
const STRETCH: Duration = Duration::from_millis(30);

/// Units of fine-grained work in a cache line or a few: ranges that begin at a multiple of it don't share lines.
const LINE: usize = 64;

/// Call `work` with every number below `n`, in parallel: the only way of the kernels to other threads.
pub fn each(n: usize, work: &(dyn Fn(usize) + Sync)) {
    if n == 1 || threads() == 1 {
        return (0..n).for_each(work);
    }
    team::each(n, threads() - 1, work);
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
    #[inline]
    pub(crate) unsafe fn part(&self, range: Range<usize>) -> &mut [T] {
        assert!(range.start <= range.end && range.end <= self.len, "a part of the slice");
        // SAFETY: it lies inside the slice, which is borrowed mutably for 'a, and by contract is used only here.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(range.start), range.len()) }
    }

    /// Where place `from` is; it and the `len` places from it on are inside the slice.
    #[inline]
    pub(crate) fn reach(&self, from: usize, len: usize) -> *mut T {
        assert!(from <= self.len && len <= self.len - from, "places of the slice");
        self.start.wrapping_add(from)
    }
}

/// The number of threads that kernels may use; 0 before anybody asked.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// The most threads that may be asked for.
const MOST: usize = 1024;

/// The number of threads that kernels may use: as many as the machine gives, or the environment variable `OMP_NUM_THREADS`
/// says, which means the same to other libraries.
pub fn threads() -> usize {
    #[cfg(test)]
    if let Some(n) = tests::THREADS_HERE.get() {
        return n;
    }
    match THREADS.load(Ordering::Relaxed) {
        0 => {
            let asked = std::env::var("OMP_NUM_THREADS").ok().and_then(|n| n.trim().parse().ok()).filter(|&n| n > 0);
            let n = asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
            // Whoever has set a number meanwhile knows better.
            _ = THREADS.compare_exchange(0, n.min(MOST), Ordering::Relaxed, Ordering::Relaxed);
            THREADS.load(Ordering::Relaxed)
        }
        n => n,
    }
}

/// Use `n` threads from now on: 1, the calling one alone, or more. No result depends on it.
pub fn set_threads(n: usize) {
    THREADS.store(n.clamp(1, MOST), Ordering::Relaxed);
}

#[cfg(test)]
pub(crate) use tests::with_threads;

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    use super::*;

    thread_local! {
        pub(super) static THREADS_HERE: Cell<Option<usize>> = const { Cell::new(None) };
    }

    /// What `work` returns when the walkers that this thread calls use `n` threads.
    pub(crate) fn with_threads<R>(n: usize, work: impl FnOnce() -> R) -> R {
        THREADS_HERE.set(Some(n));
        let result = work();
        THREADS_HERE.set(None);
        result
    }

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
        let cuts = Mutex::new(BTreeSet::new());
        with_threads(2, || ranges(4, 1, |range| _ = cuts.lock().unwrap().insert(range.start)));
        assert!(cuts.into_inner().unwrap().len() > 1);
    }
}
