//! On which processor a thread runs, and how it gets to another.

#[cfg(target_os = "linux")]
mod system {
    use std::mem::{MaybeUninit, size_of};

    use libc::{
        CPU_CLR, CPU_COUNT, CPU_SETSIZE, cpu_set_t, gettid, sched_getaffinity, sched_getcpu, sched_setaffinity,
    };

    /// A thread, as the system calls it.
    pub(crate) type Thread = libc::pid_t;

    pub(crate) fn this_thread() -> Thread {
        // SAFETY: the function has no conditions.
        unsafe { gettid() }
    }

    /// The processor that this thread runs on now.
    pub(crate) fn here() -> Option<usize> {
        // SAFETY: the function has no conditions.
        usize::try_from(unsafe { sched_getcpu() }).ok()
    }

    /// Do something while a thread may run anywhere but on one processor, if it may run on others at all. Where it runs
    /// then, it stays until the system has a reason to move it.
    pub(crate) fn elsewhere(thread: Thread, processor: usize, meanwhile: impl FnOnce()) {
        let Some(allowed) = allowed(thread).filter(|_| processor < CPU_SETSIZE as usize) else {
            return meanwhile();
        };
        let mut others = allowed;
        // SAFETY: the set has a place for this processor, as was seen above.
        if unsafe {
            CPU_CLR(processor, &mut others);
            CPU_COUNT(&others) == 0
        } {
            return meanwhile();
        }
        allow(thread, &others);
        meanwhile();
        allow(thread, &allowed);
    }

    fn allowed(thread: Thread) -> Option<cpu_set_t> {
        let mut set = MaybeUninit::<cpu_set_t>::zeroed();
        // SAFETY: the set has the size that is said; zeros are a set, too.
        unsafe { (sched_getaffinity(thread, size_of::<cpu_set_t>(), set.as_mut_ptr()) == 0).then(|| set.assume_init()) }
    }

    /// A refusal changes nothing.
    fn allow(thread: Thread, set: &cpu_set_t) {
        // SAFETY: the set lives during the call.
        unsafe { sched_setaffinity(thread, size_of::<cpu_set_t>(), set) };
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    pub(crate) type Thread = ();

    pub(crate) fn this_thread() -> Thread {}

    pub(crate) fn here() -> Option<usize> {
        None
    }

    pub(crate) fn elsewhere(_: Thread, _: usize, meanwhile: impl FnOnce()) {
        meanwhile()
    }
}

pub(crate) use system::{Thread, elsewhere, here, this_thread};

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_thread_moves_and_may_come_back() {
        let allowed = || thread::available_parallelism().unwrap().get();
        let moves = || {
            let processor = here().unwrap();
            let mut there = processor;
            elsewhere(this_thread(), processor, || there = here().unwrap());
            there != processor
        };
        thread::spawn(move || {
            let before = allowed();
            assert_eq!(moves(), before > 1);
            assert_eq!(allowed(), before);
        })
        .join()
        .unwrap();
    }
}
