//! Memory that tensors share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use synapgrad_kernels::Buffer;

/// Shared bytes and a counter of the changes made to them.
///
/// The lock makes concurrent use from several threads defined; within one thread it is never held across a call that
/// could take it again. The counter lets autograd notice that a tensor it saved has been changed since.
#[derive(Clone)]
pub struct Storage {
    memory: Arc<Inner>,
    /// A counter in the place of the memory's own, for those who change it behind autograd's back.
    apart: Option<Arc<AtomicU32>>,
}

struct Inner {
    buffer: RwLock<Buffer>,
    version: AtomicU32,
}

impl Storage {
    pub fn new(buffer: Buffer) -> Storage {
        let memory = Arc::new(Inner { buffer: RwLock::new(buffer), version: AtomicU32::new(0) });
        Storage { memory, apart: None }
    }

    /// The same memory with a counter of its own, which starts at `version`: what is changed here is not noticed there,
    /// nor the reverse.
    pub fn apart(&self, version: u32) -> Storage {
        Storage { memory: self.memory.clone(), apart: Some(Arc::new(AtomicU32::new(version))) }
    }

    fn counter(&self) -> &AtomicU32 {
        self.apart.as_deref().unwrap_or(&self.memory.version)
    }

    pub fn read(&self) -> RwLockReadGuard<'_, Buffer> {
        // A poisoned lock means a panic while writing numbers; numbers have no invariant to break.
        self.memory.buffer.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub fn write(&self) -> RwLockWriteGuard<'_, Buffer> {
        self.memory.buffer.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub fn version(&self) -> u32 {
        self.counter().load(Ordering::Relaxed)
    }

    pub fn bump_version(&self) {
        self.counter().fetch_add(1, Ordering::Relaxed);
    }

    pub fn same(&self, other: &Storage) -> bool {
        Arc::ptr_eq(&self.memory, &other.memory)
    }

    /// Where the storage's header lives: an order in which to take several locks, and an identity.
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.memory) as usize
    }

    /// Whether no other tensor shares this memory.
    pub fn is_unique(&self) -> bool {
        Arc::strong_count(&self.memory) == 1
    }
}
