//! Memory that other libraries own.

use std::any::Any;
use std::ptr::NonNull;

use crate::buffer::Buffer;
use crate::dtype::DType;

/// The `bytes` at `address`, used in place for as long as `owner` keeps them: an array of NumPy, a mapped file.
/// `None` where elements of `dtype` cannot lie there: no address, or not a multiple of their size.
///
/// Nothing can check that the memory is there. The address must come from the owner itself, by a protocol whose purpose is
/// sharing memory (`__array_interface__`), which promises `bytes` initialised, writable bytes until the owner goes.
pub fn adopt(address: usize, bytes: usize, dtype: DType, owner: Box<dyn Any + Send + Sync>) -> Option<Buffer> {
    if !address.is_multiple_of(dtype.size()) || address.checked_add(bytes)? > isize::MAX as usize {
        return None;
    }
    let start = NonNull::new(std::ptr::with_exposed_provenance_mut::<u8>(address))?;
    // SAFETY: the owner's protocol promises the memory, see above; alignment was checked, and every dtype is aligned to
    // its size. Any bytes are a value of every element type.
    Some(unsafe { Buffer::foreign(start, bytes, owner) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adopted_memory_is_shared_and_kept() {
        let owner: Box<[f32]> = vec![1.0, 2.0].into();
        let address = owner.as_ptr().expose_provenance();
        let buffer = adopt(address, 8, DType::F32, Box::new(owner)).unwrap();
        assert_eq!(buffer.as_slice::<f32>(), [1.0, 2.0]);
        assert_eq!(buffer.as_ptr().addr(), address);
    }

    #[test]
    fn impossible_addresses_are_refused() {
        assert!(adopt(0, 8, DType::F32, Box::new(())).is_none());
        assert!(adopt(4097, 8, DType::F32, Box::new(())).is_none());
        assert!(adopt(4096, usize::MAX, DType::U8, Box::new(())).is_none());
    }
}
