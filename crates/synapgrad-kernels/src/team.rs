//! The threads that share large work, and how work reaches them.
//!
//! A training step is a row of short pieces of large work, tens of microseconds apart. To wake a thread that sleeps takes as
//! long as such a piece, so a thread that has just helped stays awake for a moment ([`AWAKE`]) before it sleeps; but no
//! longer, because the processor has other users. Whoever has work opens it, does it like all others, and closes it when
//! every number is taken: nobody waits for a thread that has not come. So a thread that sleeps, or that another process keeps
//! from running, takes away its help and nothing else.
//!
//! A system may let a thread wake up where its caller runs, and leave it there for a while although another processor is
//! idle. So a helper is woken elsewhere, and one that finds itself on its caller's processor moves.
//!
//! There is one team, and it has one caller at a time. Who finds it busy, be it another thread of the program or a part of
//! the work that would share a part of its own, works alone.

use std::any::Any;
use std::cell::{Cell, UnsafeCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, TryLockError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use crate::processor;

/// How long a thread waits for more work before it sleeps.
const AWAKE: Duration = Duration::from_micros(200);

/// The helpers that were started, and the right to call them.
static HELPERS: Mutex<Vec<Helper>> = Mutex::new(Vec::new());

/// What is to be done now.
static WORK: Work = Work {
    door: AtomicUsize::new(0),
    opened: AtomicUsize::new(0),
    processor: AtomicUsize::new(NOWHERE),
    job: UnsafeCell::new(None),
    next: AtomicUsize::new(0),
    panic: Mutex::new(None),
};

thread_local! {
    static HELPING: Cell<bool> = const { Cell::new(false) };
}

struct Helper {
    thread: Thread,
    state: Arc<State>,
}

/// What a helper's caller wants to know of it.
struct State {
    asleep: AtomicBool,
    thread: OnceLock<processor::Thread>,
}

/// A function to call with the numbers below `n`. Its lifetime ends with the call of [`each`] that lent it.
#[derive(Clone, Copy)]
struct Job {
    call: *const (dyn Fn(usize) + Sync),
    n: usize,
    /// How many of the helpers may come, the first ones.
    helpers: usize,
}

struct Work {
    /// [`OPEN`] while there is work to join, plus the number of helpers inside.
    door: AtomicUsize,
    /// How often the door was opened: what a waiting helper looks at.
    opened: AtomicUsize,
    /// Where the caller runs, or [`NOWHERE`].
    processor: AtomicUsize,
    /// Written only by the one caller while the door is shut and nobody is inside; read only by who is inside.
    job: UnsafeCell<Option<Job>>,
    /// The next number that nobody has taken.
    next: AtomicUsize,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

const OPEN: usize = 1 << (usize::BITS - 1);
const NOWHERE: usize = usize::MAX;

// SAFETY: `job` is used as its description says, and what it points to may be called by several threads.
unsafe impl Sync for Work {}

impl Work {
    /// Take numbers and call, until none is left. A panic ends it for all.
    fn share(&self, job: Job) {
        // SAFETY: whoever is here is the caller of `each`, or is inside, and `each` returns when nobody is any more.
        let call = unsafe { &*job.call };
        let work = || {
            loop {
                let i = self.next.fetch_add(1, Ordering::Relaxed);
                if i >= job.n {
                    return;
                }
                call(i);
            }
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
            self.next.store(job.n, Ordering::Relaxed);
            self.panic.lock().unwrap_or_else(|e| e.into_inner()).get_or_insert(panic);
        }
    }

    /// What a helper does when the door may be open; `rank` is its place among the helpers.
    fn join(&self, rank: usize) {
        let enter = |door: usize| (door & OPEN != 0).then_some(door + 1);
        if self.door.fetch_update(Ordering::Acquire, Ordering::Relaxed, enter).is_ok() {
            // SAFETY: inside, so the caller has written the job and does not write another before all have left.
            match unsafe { *self.job.get() } {
                Some(job) if rank < job.helpers => self.share(job),
                _ => (),
            }
            self.door.fetch_sub(1, Ordering::Release);
        }
    }
}

/// Call `call` with every number below `n`, by this thread and those of `wanted` helpers that come in time. The numbers are
/// taken in order.
pub(crate) fn each(n: usize, wanted: usize, call: &(dyn Fn(usize) + Sync)) {
    let mut helpers = match HELPERS.try_lock() {
        Ok(helpers) => helpers,
        Err(TryLockError::Poisoned(helpers)) => helpers.into_inner(),
        Err(TryLockError::WouldBlock) => return (0..n).for_each(call),
    };
    let wanted = wanted.min(n.saturating_sub(1));
    hire(&mut helpers, wanted);
    // SAFETY: only the lifetime changes; nobody uses the reference after this function, which waits for all inside.
    let call: &'static (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(call) };
    let job = Job { call, n, helpers: wanted };
    // SAFETY: this thread has the team (`helpers` is locked), and the last caller left a shut door with nobody inside.
    unsafe { *WORK.job.get() = Some(job) };
    WORK.next.store(0, Ordering::Relaxed);
    WORK.processor.store(processor::here().unwrap_or(NOWHERE), Ordering::Relaxed);
    WORK.door.store(OPEN, Ordering::Release);
    WORK.opened.fetch_add(1, Ordering::SeqCst);
    for helper in helpers.iter().take(wanted) {
        // Either this sees that the helper sleeps, or the helper, before it sleeps, sees that the door was opened.
        if helper.state.asleep.load(Ordering::SeqCst) {
            helper.wake();
        }
    }
    WORK.share(job);
    WORK.door.fetch_and(!OPEN, Ordering::Relaxed);
    let mut patience = Patience::new();
    while WORK.door.load(Ordering::Acquire) != 0 {
        patience.pause();
    }
    let panic = WORK.panic.lock().unwrap_or_else(|e| e.into_inner()).take();
    drop(helpers);
    if let Some(panic) = panic {
        resume_unwind(panic);
    }
}

impl Helper {
    fn wake(&self) {
        match (self.state.thread.get(), processor::here()) {
            (Some(&thread), Some(here)) => processor::elsewhere(thread, here, || self.thread.unpark()),
            _ => self.thread.unpark(),
        }
    }
}

/// Start helpers until there are `wanted`. Where the system gives no more threads, there are fewer.
fn hire(helpers: &mut Vec<Helper>, wanted: usize) {
    while helpers.len() < wanted {
        let rank = helpers.len();
        let state = Arc::new(State { asleep: AtomicBool::new(false), thread: OnceLock::new() });
        let its = state.clone();
        match thread::Builder::new().name(format!("synapgrad-{rank}")).spawn(move || help(rank, &its)) {
            Ok(handle) => helpers.push(Helper { thread: handle.thread().clone(), state }),
            Err(_) => return,
        }
    }
}

/// The life of a helper.
fn help(rank: usize, state: &State) -> ! {
    HELPING.set(true);
    let this = *state.thread.get_or_init(processor::this_thread);
    // The door was perhaps opened for this thread already.
    let mut seen = WORK.opened.load(Ordering::SeqCst).wrapping_sub(1);
    loop {
        let mut patience = Patience::new();
        while WORK.opened.load(Ordering::SeqCst) == seen {
            if patience.pause() < AWAKE {
                continue;
            }
            state.asleep.store(true, Ordering::SeqCst);
            while WORK.opened.load(Ordering::SeqCst) == seen {
                thread::park();
            }
            state.asleep.store(false, Ordering::SeqCst);
        }
        seen = WORK.opened.load(Ordering::SeqCst);
        let caller = WORK.processor.load(Ordering::Relaxed);
        if processor::here() == Some(caller) {
            processor::elsewhere(this, caller, || ());
        }
        WORK.join(rank);
    }
}

/// Waiting for something that happens soon.
struct Patience {
    since: Instant,
    waited: Duration,
}

impl Patience {
    fn new() -> Patience {
        Patience { since: Instant::now(), waited: Duration::ZERO }
    }

    /// Wait a little: at first without a word to the system, then letting others run. Returns how long it has been.
    fn pause(&mut self) -> Duration {
        for _ in 0..16 {
            std::hint::spin_loop();
        }
        if self.waited > AWAKE / 10 {
            thread::yield_now();
        }
        self.waited = self.since.elapsed();
        self.waited
    }
}

/// Whether this thread works for another, which waits for it.
pub(crate) fn is_helping() -> bool {
    HELPING.get()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU8;

    use super::*;

    fn visits(n: usize) {
        let seen: Vec<_> = (0..n).map(|_| AtomicU8::new(0)).collect();
        each(n, 2, &|i| _ = seen[i].fetch_add(1, Ordering::Relaxed));
        assert!(seen.iter().all(|s| s.load(Ordering::Relaxed) == 1), "{n}");
    }

    #[test]
    fn every_number_is_taken_once_also_by_several_callers() {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..2000).for_each(|n| visits(n % 67)));
            }
        });
    }

    #[test]
    fn helpers_come() {
        // Someone else's test may have the team; some time it is free.
        for _ in 0..1000 {
            let helped = AtomicBool::new(false);
            each(100, 2, &|_| {
                thread::sleep(Duration::from_micros(50));
                helped.fetch_or(is_helping(), Ordering::Relaxed);
            });
            if helped.into_inner() {
                return;
            }
        }
        panic!("no helper came");
    }

    #[test]
    fn work_in_work_is_done() {
        let count = AtomicUsize::new(0);
        each(20, 2, &|_| each(30, 2, &|_| _ = count.fetch_add(1, Ordering::Relaxed)));
        assert_eq!(count.into_inner(), 600);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_goes_on() {
        for at in [0, 7, 99] {
            let call = || each(100, 2, &|i| assert!(i != at, "number {at}"));
            let message = catch_unwind(call).unwrap_err();
            assert_eq!(message.downcast_ref::<String>().unwrap(), &format!("number {at}"));
            visits(100);
        }
    }
}
