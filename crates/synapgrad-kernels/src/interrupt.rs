//! Stopping a long operation from outside.
//!
//! The kernels know nothing of signals or of Python. Whoever does installs a hook once; loops that may run for more than
//! a moment ask it between blocks of work, on the thread that called them, and give up when it says so.
//!
//! ```
//! use synapgrad_kernels::gemm::{Mat, MatMut, gemm};
//! use synapgrad_kernels::interrupt::{self, Interrupted};
//! interrupt::set_hook(|| true);
//! let (one, mut c) = ([1.0f32], vec![0.0; 2000 * 1000]);
//! let product = gemm(2000, 1000, 1000, 1.0, Mat::new(&one, (0, 0)), Mat::new(&one, (0, 0)), 0.0, MatMut::new(&mut c, (1000, 1)), 1);
//! assert_eq!(product, Err(Interrupted));
//! ```

use std::sync::OnceLock;

static HOOK: OnceLock<fn() -> bool> = OnceLock::new();

/// The operation was asked to stop; its output holds no meaningful values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// Installs the process-wide hook, which returns true while the caller wants to stop. The first hook stays: returns
/// whether this one was it.
pub fn set_hook(hook: fn() -> bool) -> bool {
    HOOK.set(hook).is_ok()
}

/// `Err(Interrupted)` if a hook is installed and wants to stop.
///
/// ```
/// use synapgrad_kernels::interrupt;
/// assert_eq!(interrupt::poll(), Ok(())); // no hook
/// assert!(interrupt::set_hook(|| true));
/// assert_eq!(interrupt::poll(), Err(interrupt::Interrupted));
/// ```
pub fn poll() -> Result<(), Interrupted> {
    match HOOK.get() {
        Some(stop) if stop() => Err(Interrupted),
        _ => Ok(()),
    }
}
