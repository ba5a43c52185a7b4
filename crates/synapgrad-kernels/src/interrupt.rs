//! Stopping long work from outside.

use std::sync::OnceLock;

static HOOK: OnceLock<fn() -> bool> = OnceLock::new();

/// The user wants the work to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

/// Set, once, the function that tells whether to stop.
pub fn set_hook(hook: fn() -> bool) {
    let _ = HOOK.set(hook);
}

/// Ask whether to stop. Called between pieces of long work.
pub fn poll() -> Result<(), Interrupted> {
    match HOOK.get() {
        Some(stop) if stop() => Err(Interrupted),
        _ => Ok(()),
    }
}
