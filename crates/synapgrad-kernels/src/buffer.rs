//! Blocks of memory: aligned, shared through a pool, always initialised.
//!
//! A training step makes and drops the same sizes again and again. Asking the system each time costs a page fault per
//! 4 KiB, which is more than the arithmetic on them; so a dropped block goes to a free list of its size class and the
//! next buffer of that class takes it back. Blocks come from the system zeroed and later carry stale numbers: either way
//! they are initialised memory, so reading one as any [`Element`] type is defined.

use std::alloc::{Layout as AllocLayout, LayoutError, alloc, dealloc};
use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::ptr::NonNull;

use crate::dtype::Element;
use crate::interrupt::{self, Interrupted};

/// Cache line and AVX-512 register: a buffer starts on neither's middle.
const ALIGN: usize = 64;

/// The size of a large page. The first touch of one costs little more than that of a small page and it takes one entry in the
/// processor's table of pages where small ones take 512, so blocks of two or more ask for them.
const LARGE_PAGE: usize = 1 << 21;

/// What one thread keeps at most for reuse.
const KEEP_BYTES: usize = 1 << 30;

/// Why there is no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The system has not got so much.
    OutOfMemory { bytes: usize },
    /// The thread was asked to stop, see [`interrupt`](crate::interrupt).
    Interrupted,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Refused::OutOfMemory { bytes } => {
                write!(f, "can't allocate memory: you tried to allocate {bytes} bytes")
            }
            Refused::Interrupted => Interrupted.fmt(f),
        }
    }
}
impl std::error::Error for Refused {}

impl From<Interrupted> for Refused {
    fn from(_: Interrupted) -> Refused {
        Refused::Interrupted
    }
}

/// An empty list with room for `n` items. `Vec`'s own growth ends the process where memory is refused; this is for lists
/// whose length a caller chooses, as the length of an index that was expanded to more elements than memory has bytes.
pub fn list<T>(n: usize) -> Result<Vec<T>, Refused> {
    let mut list = Vec::new();
    list.try_reserve_exact(n).map_err(|_| Refused::OutOfMemory { bytes: n.saturating_mul(size_of::<T>()) })?;
    Ok(list)
}

/// A [`list`] of `n` zeros.
pub fn zeros<T: Clone + Default>(n: usize) -> Result<Vec<T>, Refused> {
    let mut zeros = list(n)?;
    zeros.resize(n, T::default());
    Ok(zeros)
}

/// Owned, 64-byte aligned bytes, or bytes that somebody else owns (a NumPy array, a mapped file) and that live as long as
/// the owner held here.
pub struct Buffer {
    start: NonNull<u8>,
    bytes: usize,
    origin: Origin,
}

enum Origin {
    Pool { class: usize },
    Foreign { _owner: Box<dyn Any + Send + Sync> },
}

// SAFETY: a Buffer is plain bytes behind a pointer it alone may free; shared access only reads, and writing takes `&mut`.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// A buffer whose contents are arbitrary but defined: what an output starts as.
    pub fn stale(bytes: usize) -> Result<Buffer, Refused> {
        let class = class_of(bytes);
        match kept(class)? {
            Some(start) => Ok(Buffer { start, bytes, origin: Origin::Pool { class } }),
            None => Buffer::fresh(bytes, class),
        }
    }

    /// A buffer of zero bytes.
    pub fn zeroed(bytes: usize) -> Result<Buffer, Refused> {
        let class = class_of(bytes);
        match kept(class)? {
            Some(start) => {
                // SAFETY: a block of this class has room for `bytes`, and no one else holds it.
                unsafe { start.write_bytes(0, bytes) };
                Ok(Buffer { start, bytes, origin: Origin::Pool { class } })
            }
            None => Buffer::fresh(bytes, class),
        }
    }

    fn fresh(bytes: usize, class: usize) -> Result<Buffer, Refused> {
        let refused = Refused::OutOfMemory { bytes };
        if bytes > isize::MAX as usize / 2 {
            return Err(refused);
        }
        let layout = layout_of(class).map_err(|_| refused)?;
        // SAFETY: the layout's size is not zero: the smallest class has 64 bytes.
        let start = NonNull::new(unsafe { alloc(layout) }).ok_or(refused)?;
        if layout.align() == LARGE_PAGE {
            ask_for_large_pages(start, layout.size());
        }
        // SAFETY: as many bytes were allocated just now.
        unsafe { start.write_bytes(0, layout.size()) };
        Ok(Buffer { start, bytes, origin: Origin::Pool { class } })
    }

    /// Memory of `owner`, used in place and never freed here.
    ///
    /// # Safety
    /// `start` must point at `bytes` initialised bytes, aligned for the element type they will be read as, which stay
    /// valid, and may be written, for as long as `owner` lives.
    pub unsafe fn foreign(start: NonNull<u8>, bytes: usize, owner: Box<dyn Any + Send + Sync>) -> Buffer {
        Buffer { start, bytes, origin: Origin::Foreign { _owner: owner } }
    }

    pub fn from_slice<T: Element>(values: &[T]) -> Result<Buffer, Refused> {
        let mut buffer = Buffer::stale(size_of_val(values))?;
        buffer.as_mut_slice::<T>().copy_from_slice(values);
        Ok(buffer)
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    pub fn as_slice<T: Element>(&self) -> &[T] {
        debug_assert!(self.start.as_ptr().cast::<T>().is_aligned());
        // SAFETY: `bytes` initialised bytes start here, aligned for every element type; `Element` is implemented only for
        // types that any bytes are a value of.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), self.bytes / size_of::<T>()) }
    }

    pub fn as_mut_slice<T: Element>(&mut self) -> &mut [T] {
        debug_assert!(self.start.as_ptr().cast::<T>().is_aligned());
        // SAFETY: as in `as_slice`, and `&mut self` makes this the only access.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr().cast(), self.bytes / size_of::<T>()) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Origin::Pool { class } = self.origin {
            // When the thread is ending its pool may be gone already; then the block goes straight back.
            let kept = POOL.try_with(|p| p.borrow_mut().give(class, self.start)).unwrap_or(false);
            if !kept {
                free(class, self.start);
            }
        }
    }
}

/// A block that this thread keeps, where there is one of this class.
#[inline(always)]
fn kept(class: usize) -> Result<Option<NonNull<u8>>, Refused> {
    match interrupt::is_stopped() {
        true => Err(Refused::Interrupted),
        false => Ok(POOL.try_with(|p| p.borrow_mut().take(class)).ok().flatten()),
    }
}

/// Size classes: 64 · 2ᵏ · {4, 5, 6, 7}/4, so that at most a fifth of a block is waste.
fn class_of(bytes: usize) -> usize {
    let lines = bytes.div_ceil(ALIGN).max(1);
    if lines <= 4 {
        return lines - 1;
    }
    // The two bits below the highest choose the quarter; rounding up may carry into the next power.
    let shift = (lines - 1).ilog2() as usize - 2;
    let quarter = ((lines - 1) >> shift) + 1;
    4 + shift * 4 + (quarter - 5)
}

fn class_size(class: usize) -> usize {
    if class < 4 {
        return (class + 1) * ALIGN;
    }
    let (shift, quarter) = ((class - 4) / 4, (class - 4) % 4 + 5);
    (quarter << shift).saturating_mul(ALIGN)
}

/// How a block of a class is allocated.
fn layout_of(class: usize) -> Result<AllocLayout, LayoutError> {
    let size = class_size(class);
    AllocLayout::from_size_align(size, if size >= 2 * LARGE_PAGE { LARGE_PAGE } else { ALIGN })
}

/// Tell the system that large pages are welcome in this memory. It may not listen, which changes nothing but speed.
fn ask_for_large_pages(start: NonNull<u8>, bytes: usize) {
    #[cfg(target_os = "linux")]
    // SAFETY: this advice leaves the contents of memory as they are; the pages are those of one allocation.
    unsafe {
        libc::madvise(start.as_ptr().cast(), bytes / LARGE_PAGE * LARGE_PAGE, libc::MADV_HUGEPAGE);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (start, bytes);
}

struct Pool {
    free: Vec<Vec<NonNull<u8>>>,
    kept_bytes: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { free: Vec::new(), kept_bytes: 0 }) };
}

impl Pool {
    fn take(&mut self, class: usize) -> Option<NonNull<u8>> {
        let block = self.free.get_mut(class)?.pop()?;
        self.kept_bytes -= class_size(class);
        Some(block)
    }

    fn give(&mut self, class: usize, block: NonNull<u8>) -> bool {
        let size = class_size(class);
        if self.kept_bytes + size > KEEP_BYTES {
            return false;
        }
        if self.free.len() <= class {
            self.free.resize_with(class + 1, Vec::new);
        }
        self.free[class].push(block);
        self.kept_bytes += size;
        true
    }

    fn clear(&mut self) {
        for (class, blocks) in self.free.iter_mut().enumerate() {
            for block in blocks.drain(..) {
                free(class, block);
            }
        }
        self.kept_bytes = 0;
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.clear();
    }
}

fn free(class: usize, block: NonNull<u8>) {
    if let Ok(layout) = layout_of(class) {
        // SAFETY: blocks of a class are allocated in `fresh` with exactly this layout, which was valid there.
        unsafe { dealloc(block.as_ptr(), layout) };
    }
}

/// Give the blocks that this thread keeps for reuse back to the system.
pub fn empty_cache() {
    POOL.with(|p| p.borrow_mut().clear());
}

/// Bytes that this thread keeps for reuse.
pub fn cached_bytes() -> usize {
    POOL.with(|p| p.borrow().kept_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_hold_what_they_are_asked_for_with_little_waste() {
        let mut last = 0;
        for bytes in (1..5000).chain([1 << 20, (1 << 20) + 1, 3 << 28]) {
            let (class, size) = (class_of(bytes), class_size(class_of(bytes)));
            assert!(size >= bytes, "{bytes} in {size}");
            assert!(size <= bytes.next_multiple_of(ALIGN) * 5 / 4, "{bytes} in {size}");
            assert!(class >= last);
            last = class;
        }
    }

    #[test]
    fn a_dropped_block_is_used_again() {
        let first = Buffer::stale(5000).unwrap();
        let at = first.as_ptr();
        drop(first);
        assert_eq!(Buffer::zeroed(4900).unwrap().as_ptr(), at);
        empty_cache();
        assert_eq!(cached_bytes(), 0);
    }

    #[test]
    fn absurd_sizes_are_refused() {
        assert_eq!(Buffer::stale(1 << 60).err(), Some(Refused::OutOfMemory { bytes: 1 << 60 }));
        assert_eq!(Buffer::zeroed(usize::MAX).err(), Some(Refused::OutOfMemory { bytes: usize::MAX }));
    }
}
