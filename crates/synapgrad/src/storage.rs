//! Memory that tensors share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use synapgrad_kernels::Buffer;

/// Shared bytes and a counter of the changes made to them.
///
/// The lock makes concurrent use from several threads defined; within one thread it is never held across a call that
/// could take it again. The counter lets autograd notice that a tensor it saved has been changed since.
#[derive(Clone)]
pub struct Storage(Arc<Inner>);

struct Inner {
    buffer: RwLock<Buffer>,
    version: AtomicU32,
}

impl Storage {
    pub fn new(buffer: Buffer) -> Storage {
        Storage(Arc::new(Inner { buffer: RwLock::new(buffer), version: AtomicU32::new(0) }))
    }

    pub fn read(&self) -> RwLockReadGuard<'_, Buffer> {
        // A poisoned lock means a panic while writing numbers; numbers have no invariant to break.
        self.0.buffer.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub fn write(&self) -> RwLockWriteGuard<'_, Buffer> {
        self.0.buffer.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub fn version(&self) -> u32 {
        self.0.version.load(Ordering::Relaxed)
    }

    pub fn bump_version(&self) {
        self.0.version.fetch_add(1, Ordering::Relaxed);
    }

    pub fn same(&self, other: &Storage) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Where the storage's header lives: an order in which to take several locks, and an identity.
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    /// Whether no other tensor shares this memory.
    pub fn is_unique(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}
