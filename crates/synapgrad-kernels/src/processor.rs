//! On which processor a thread runs, and how it gets away from there.

#[cfg(target_os = "linux")]
mod system {
    use std::mem::{MaybeUninit, size_of};

    use libc::{CPU_CLR, CPU_COUNT, cpu_set_t, sched_getaffinity, sched_getcpu, sched_setaffinity};

    /// The processor that this thread runs on now.
    pub(crate) fn here() -> Option<usize> {
        // SAFETY: the function has no conditions.
        usize::try_from(unsafe { sched_getcpu() }).ok()
    }

    /// Move this thread to another processor, if it may run on another. It may come back later.
    pub(crate) fn leave(processor: usize) {
        if processor >= libc::CPU_SETSIZE as usize {
            return;
        }
        const THIS_THREAD: libc::pid_t = 0;
        let mut allowed = MaybeUninit::<cpu_set_t>::zeroed();
        // SAFETY: the set has the size that is said; on success it is written, and all zeros are a set, too.
        let allowed = unsafe {
            if sched_getaffinity(THIS_THREAD, size_of::<cpu_set_t>(), allowed.as_mut_ptr()) != 0 {
                return;
            }
            allowed.assume_init()
        };
        let mut others = allowed;
        // SAFETY: the set has a place for this processor, as was seen above.
        if unsafe {
            CPU_CLR(processor, &mut others);
            CPU_COUNT(&others) == 0
        } {
            return;
        }
        // SAFETY: both sets live during the calls. A refusal changes nothing.
        unsafe {
            sched_setaffinity(THIS_THREAD, size_of::<cpu_set_t>(), &others);
            sched_setaffinity(THIS_THREAD, size_of::<cpu_set_t>(), &allowed);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    pub(crate) fn here() -> Option<usize> {
        None
    }

    pub(crate) fn leave(_: usize) {}
}

pub(crate) use system::{here, leave};

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_thread_moves_and_may_come_back() {
        let moved = || {
            let processor = here().unwrap();
            leave(processor);
            here().unwrap() != processor
        };
        let allowed = || thread::available_parallelism().unwrap().get();
        // The system may move the thread back at once, but not each time.
        thread::spawn(move || {
            let before = allowed();
            assert_eq!((0..100).any(|_| moved()), before > 1);
            assert_eq!(allowed(), before);
        })
        .join()
        .unwrap();
    }
}
