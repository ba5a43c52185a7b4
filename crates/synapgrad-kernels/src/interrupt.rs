//! Stopping a long operation from outside.
//!
//! The kernels know nothing of signals or of Python. Whoever does installs a hook once. The walkers of
//! [`parallel`](crate::parallel), through which all large work goes, ask it every few hundredths of a second, on the
//! thread that called them, and when it says so leave the rest undone.
//!
//! From then on that thread is *stopped*: what an operation under way has computed so far means nothing, and nothing may
//! come of it. A stopped thread gets no memory ([`Buffer::stale`](crate::Buffer::stale) fails), so an operation made of
//! several gives up at the next of them; it gives out no numbers; and who called the operation looks at [`is_stopped`]
//! before using its result. [`take`] ends that state. What was written in place stays partly written.
//!
//! ```
//! use synapgrad_kernels::gemm::{Mat, MatMut, gemm};
//! use synapgrad_kernels::interrupt::{self, Interrupted};
//! use synapgrad_kernels::{Buffer, Refused};
//! interrupt::set_hook(|| true);
//! let (one, mut c) = ([1.0f32], vec![0.0; 2000 * 1000]);
//! let product = gemm(2000, 1000, 1000, 1.0, Mat::new(&one, (0, 0)), Mat::new(&one, (0, 0)), 0.0, MatMut::new(&mut c, (1000, 1)), 1);
//! assert_eq!(product, Err(Interrupted));
//! assert_eq!(Buffer::stale(8).err(), Some(Refused::Interrupted));
//! assert!(interrupt::take());
//! assert!(Buffer::stale(8).is_ok());
//! ```

use std::cell::Cell;
use std::sync::OnceLock;

static HOOK: OnceLock<fn() -> bool> = OnceLock::new();

thread_local! {
    static STOPPED: Cell<bool> = const { Cell::new(false) };
}

/// The operation was asked to stop; its output holds no meaningful values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// Installs the process-wide hook, which returns true when the caller wants to stop. The first hook stays: returns
/// whether this one was it.
///
/// The hook runs in the middle of an operation, while the memory of its tensors is locked: it must not touch them.
pub fn set_hook(hook: fn() -> bool) -> bool {
    HOOK.set(hook).is_ok()
}

/// `Err(Interrupted)` where the thread is stopped, or a hook is installed and now wants it to stop.
///
/// ```
/// use synapgrad_kernels::interrupt;
/// assert_eq!(interrupt::poll(), Ok(())); // no hook
/// assert!(interrupt::set_hook(|| true));
/// assert_eq!(interrupt::poll(), Err(interrupt::Interrupted));
/// ```
pub fn poll() -> Result<(), Interrupted> {
    // A helping thread works for one that waits, perhaps with a lock that the hook would want; that one is asked.
    let wanted = || !crate::team::is_helping() && HOOK.get().is_some_and(|stop| stop());
    if is_stopped() || wanted() {
        STOPPED.set(true);
        return Err(Interrupted);
    }
    Ok(())
}

/// Whether an operation of this thread was asked to stop, and [`take`] was not called since.
#[inline]
pub fn is_stopped() -> bool {
    STOPPED.get()
}

/// Go on: returns whether the thread was stopped, which it is no longer.
pub fn take() -> bool {
    STOPPED.replace(false)
}
