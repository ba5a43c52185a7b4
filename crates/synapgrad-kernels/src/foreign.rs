//! Memory that other libraries own.

use std::any::Any;
use std::ffi::{c_char, c_int, c_void};
use std::ptr::NonNull;

use smallvec::SmallVec;

use crate::buffer::Buffer;
use crate::dtype::DType;

/// An array, as NumPy's protocols describe one.
#[derive(Debug, PartialEq)]
pub struct Array {
    /// NumPy's letter for the kind of number: `f`, `i`, `u`, `b`, …
    pub kind: char,
    /// Bytes of an element.
    pub size: usize,
    /// Whether they stand in the order that this machine uses.
    pub native: bool,
    pub writable: bool,
    pub shape: SmallVec<[usize; 6]>,
    /// Bytes from one element to the next along each dimension.
    pub strides: SmallVec<[isize; 6]>,
    /// Where the first element lies.
    pub address: usize,
}

/// NumPy's `PyArrayInterface`, to which the capsule `__array_struct__` leads.
#[repr(C)]
struct ArrayInterface {
    two: c_int,
    rank: c_int,
    kind: c_char,
    size: c_int,
    flags: c_int,
    shape: *const isize,
    strides: *const isize,
    data: *mut c_void,
    description: *mut c_void,
}

impl Array {
    /// What the structure at `address` says; `None` where it is no such structure.
    ///
    /// Nothing can check that the structure is there. The address must come from a capsule that an array gave out as its
    /// `__array_struct__`.
    pub fn at(address: usize) -> Option<Array> {
        const NATIVE: c_int = 0x200;
        const WRITABLE: c_int = 0x400;
        let place = NonNull::new(std::ptr::with_exposed_provenance_mut::<ArrayInterface>(address))?;
        // SAFETY: the capsule's protocol promises the structure, see above.
        let array = unsafe { place.read() };
        let (rank, size) = (usize::try_from(array.rank).ok()?, usize::try_from(array.size).ok()?);
        let dims = |start: *const isize| -> &[isize] {
            // SAFETY: the protocol promises as many sizes and strides as there are dimensions.
            if rank == 0 || start.is_null() { &[] } else { unsafe { std::slice::from_raw_parts(start, rank) } }
        };
        let shape = dims(array.shape).iter().map(|&n| usize::try_from(n)).collect::<Result<_, _>>().ok()?;
        (array.two == 2).then(|| Array {
            kind: array.kind as u8 as char,
            size,
            native: array.flags & NATIVE != 0,
            writable: array.flags & WRITABLE != 0,
            shape,
            strides: SmallVec::from_slice(dims(array.strides)),
            address: array.data.expose_provenance(),
        })
    }
}

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
    fn a_structure_is_read() {
        let (mut data, dims) = ([1f32, 2.0], [1isize, 2, 8, 4]);
        let mut structure = ArrayInterface {
            two: 2,
            rank: 2,
            kind: b'f' as c_char,
            size: 4,
            flags: 0x600,
            shape: dims.as_ptr(),
            strides: dims[2..].as_ptr(),
            data: data.as_mut_ptr().cast(),
            description: std::ptr::null_mut(),
        };
        let array = Array::at((&raw const structure).expose_provenance()).unwrap();
        assert_eq!((array.kind, array.size, array.native, array.writable), ('f', 4, true, true));
        assert_eq!((&array.shape[..], &array.strides[..]), (&[1, 2][..], &[8, 4][..]));
        assert_eq!(array.address, data.as_ptr().addr());
        structure.two = 3;
        assert_eq!(Array::at((&raw const structure).expose_provenance()), None);
        assert_eq!(Array::at(0), None);
    }

    #[test]
    fn impossible_addresses_are_refused() {
        assert!(adopt(0, 8, DType::F32, Box::new(())).is_none());
        assert!(adopt(4097, 8, DType::F32, Box::new(())).is_none());
        assert!(adopt(4096, usize::MAX, DType::U8, Box::new(())).is_none());
    }
}
