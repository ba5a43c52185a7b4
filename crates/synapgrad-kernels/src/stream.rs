//! Operands as streams of tiles.
//!
//! A kernel's inner loop wants contiguous numbers of one type. Operands come strided, broadcast and in ten types. A
//! [`Reader`] bridges the two: it hands out the next tile of an operand in logical order, straight from memory where
//! that is already what it holds, else gathered and converted into a small buffer that stays in the first-level cache.
//! A [`Writer`] does the reverse.

use std::ops::Range;

use half::f16;
use smallvec::SmallVec;

use crate::buffer::Buffer;
use crate::dtype::{Compute, DType, Element, Scalar};
use crate::layout::Layout;
use crate::vecmath::{dispatch, dispatch_wide};
use crate::with_element;

/// Elements per tile: a few tiles of eight-byte numbers fit in a 32 KiB cache.
pub const TILE: usize = 1024;

/// Rows shorter than this are put together to tiles.
const SHORT: usize = 64;

/// What a kernel reads.
#[derive(Clone, Copy)]
pub enum Src<'a> {
    View {
        data: &'a Buffer,
        dtype: DType,
        layout: &'a Layout,
    },
    /// One number for every position.
    Scalar(Scalar),
    /// The destination itself, for in-place work.
    Dst,
}

/// What a kernel writes. Its layout must not overlap itself.
pub struct Dst<'a> {
    pub data: &'a mut Buffer,
    pub dtype: DType,
    pub layout: &'a Layout,
}

/// An operand stripped to what the loops need. Built by the kernels from a [`Src`] or [`Dst`], which vouch that every
/// position lies inside the buffer.
#[derive(Clone)]
pub struct Strided {
    pub start: *mut u8,
    pub dtype: DType,
    /// Sizes and strides, merged where possible, outermost first.
    pub runs: SmallVec<[(usize, usize); 6]>,
}

// SAFETY: a Strided is used only inside one kernel call, which borrows the buffers; threads write disjoint ranges.
unsafe impl Send for Strided {}
// SAFETY: as above.
unsafe impl Sync for Strided {}

impl Strided {
    /// # Panics
    /// Where the layout reaches beyond the buffer: the floors above promise that it does not.
    pub fn new(data: &Buffer, dtype: DType, layout: &Layout) -> Strided {
        assert!(layout.end() * dtype.size() <= data.bytes(), "layout {layout:?} reaches beyond {} bytes", data.bytes());
        Strided { start: data.as_ptr().wrapping_add(layout.offset * dtype.size()), dtype, runs: layout.runs() }
    }

    fn is_contiguous(&self) -> bool {
        matches!(self.runs[..], [] | [(_, 1)])
    }
}

/// Hands out an operand tile by tile, from a given position on.
pub struct Reader<T: Compute> {
    cursor: Cursor,
    load: unsafe fn(*const u8, usize, &mut [T]),
    source: Source<T>,
    /// Whether rows may be read in place: they are of type T, contiguous, and not about to be written.
    plain: bool,
}

enum Source<T> {
    /// The memory is already what the loop wants.
    Direct,
    /// Gathered and converted here.
    Tile(Vec<T>),
    /// Every element is the same; the tile is filled once.
    Same(Vec<T>),
}

impl<T: Compute> Reader<T> {
    /// # Safety
    /// The memory of `operand` must stay valid and unwritten (but through the writer of the same kernel, at positions
    /// already read) while the reader is in use; no more than `range` may be read.
    pub unsafe fn new(operand: &Strided, range: &Range<usize>, may_alias: bool) -> Reader<T> {
        let size = range.len().min(TILE);
        let source = if operand.dtype == T::DTYPE && operand.is_contiguous() && !may_alias {
            Source::Direct
        } else if operand.runs.iter().all(|&(_, stride)| stride == 0) {
            // SAFETY: an operand that is read has at least one element.
            let value = with_element!(operand.dtype, S => T::load(unsafe { *operand.start.cast::<S>() }));
            Source::Same(vec![value; size])
        } else {
            Source::Tile(vec![T::default(); size])
        };
        let load = match (operand.dtype, T::DTYPE) {
            (DType::F16, DType::F32) => gather_f16::<T>,
            _ => with_element!(operand.dtype, S => gather::<S, T> as unsafe fn(*const u8, usize, &mut [T])),
        };
        let rows = matches!(operand.runs.last(), Some((_, 1)));
        let plain = operand.dtype == T::DTYPE && rows && !may_alias;
        Reader { cursor: Cursor::new(operand, range.start), load, source, plain }
    }

    pub fn constant(value: Scalar, range: &Range<usize>) -> Reader<T> {
        let nowhere = Strided { start: std::ptr::dangling_mut::<i64>().cast(), dtype: T::DTYPE, runs: SmallVec::new() };
        Reader {
            cursor: Cursor::new(&nowhere, 0),
            load: gather::<T, T>,
            source: Source::Same(vec![T::from_scalar(value); range.len().min(TILE)]),
            plain: false,
        }
    }

    /// The next `n` elements, at most [`TILE`].
    pub fn next(&mut self, n: usize) -> &[T] {
        debug_assert!(n <= TILE);
        match &mut self.source {
            Source::Direct => {
                let at = self.cursor.at;
                self.cursor.at = at.wrapping_add(n * size_of::<T>());
                // SAFETY: by the contract of `new` these elements exist and nothing writes them now.
                unsafe { std::slice::from_raw_parts(at.cast(), n) }
            }
            Source::Same(tile) => &tile[..n],
            Source::Tile(tile) => {
                if self.plain && self.cursor.left() >= n {
                    let (at, ..) = self.cursor.advance(n);
                    // SAFETY: these elements exist, follow each other and are of type T, and nothing writes them now.
                    return unsafe { std::slice::from_raw_parts(at.cast(), n) };
                }
                collect(&mut self.cursor, self.load, &mut tile[..n]);
                &tile[..n]
            }
        }
    }

    /// The next `out.len()` elements, any number of them, into `out`.
    fn fill(&mut self, out: &mut [T]) {
        collect(&mut self.cursor, self.load, out);
    }

    /// How many elements, at most `want`, the next tile should have, so that it need not be put together: what is left of a
    /// row, where rows are long and can be read in place.
    pub fn piece(&self, want: usize) -> usize {
        match self.source {
            Source::Tile(_) if self.plain && self.cursor.left() >= SHORT => want.min(self.cursor.left()),
            _ => want,
        }
    }
}

/// Takes the results of a kernel tile by tile.
pub struct Writer<T: Compute> {
    cursor: Cursor,
    store: unsafe fn(*mut u8, usize, &[T]),
    tile: Option<Vec<T>>,
}

impl<T: Compute> Writer<T> {
    /// # Safety
    /// No one else may read or write the positions that are written while the writer is in use.
    pub unsafe fn new(operand: &Strided, range: &Range<usize>) -> Writer<T> {
        let direct = operand.dtype == T::DTYPE && operand.is_contiguous();
        let store = match (operand.dtype, T::DTYPE) {
            (DType::F16, DType::F32) => scatter_f16::<T>,
            _ => with_element!(operand.dtype, D => scatter::<D, T> as unsafe fn(*mut u8, usize, &[T])),
        };
        Writer {
            cursor: Cursor::new(operand, range.start),
            store,
            tile: (!direct).then(|| vec![T::default(); range.len().min(TILE)]),
        }
    }

    /// Let `fill` write the next `n` elements, at most [`TILE`].
    pub fn next(&mut self, n: usize, fill: impl FnOnce(&mut [T])) {
        debug_assert!(n <= TILE);
        let Some(tile) = &mut self.tile else {
            let at = self.cursor.at;
            self.cursor.at = at.wrapping_add(n * size_of::<T>());
            // SAFETY: by the contract of `new` these elements exist and are ours alone.
            return fill(unsafe { std::slice::from_raw_parts_mut(at.cast(), n) });
        };
        fill(&mut tile[..n]);
        spread(&mut self.cursor, self.store, &tile[..n]);
    }

    /// Write `n` elements as `reader` hands them out, at most [`TILE`]: a copy that converts on the way.
    pub fn copy(&mut self, n: usize, reader: &mut Reader<T>) {
        match self.tile {
            Some(_) => spread(&mut self.cursor, self.store, reader.next(n)),
            None if matches!(reader.source, Source::Tile(_)) => self.next(n, |out| reader.fill(out)),
            None => self.next(n, |out| out.copy_from_slice(reader.next(n))),
        }
    }
}

/// Fill a tile with the next elements of an operand.
fn collect<T>(cursor: &mut Cursor, load: unsafe fn(*const u8, usize, &mut [T]), tile: &mut [T]) {
    let mut filled = 0;
    while filled < tile.len() {
        let (at, stride, len) = cursor.advance(tile.len() - filled);
        // SAFETY: the cursor yields positions of the operand's elements.
        unsafe { load(at, stride, &mut tile[filled..filled + len]) };
        filled += len;
    }
}

/// Write a tile to the next elements of an operand.
fn spread<T>(cursor: &mut Cursor, store: unsafe fn(*mut u8, usize, &[T]), tile: &[T]) {
    let mut done = 0;
    while done < tile.len() {
        let (at, stride, len) = cursor.advance(tile.len() - done);
        // SAFETY: the cursor yields positions of the operand's elements.
        unsafe { store(at, stride, &tile[done..done + len]) };
        done += len;
    }
}

/// A place in a strided operand, moving in logical order.
struct Cursor {
    at: *mut u8,
    size: usize,
    /// The innermost dimension: how many elements it has, how far apart they are, and how many of them lie behind.
    width: usize,
    stride: usize,
    column: usize,
    /// The dimensions around it, innermost first.
    outer: SmallVec<[Turn; 5]>,
}

/// A dimension, its stride in bytes, and where in it the cursor is.
#[derive(Clone, Copy)]
struct Turn {
    n: usize,
    step: usize,
    index: usize,
}

impl Cursor {
    fn new(operand: &Strided, mut position: usize) -> Cursor {
        let size = operand.dtype.size();
        // Without dimensions there is one element, again and again.
        let (&(width, stride), outer) = operand.runs.split_last().unwrap_or((&(usize::MAX, 0), &[]));
        // Where there is but one dimension the cursor may stand at its end, where nothing is left to read.
        let column = if outer.is_empty() { position } else { position % width.max(1) };
        position /= width.max(1);
        let mut at = operand.start.wrapping_add(column * stride * size);
        let place = |&(n, stride): &(usize, usize)| {
            let turn = Turn { n, step: stride * size, index: position % n.max(1) };
            position /= n.max(1);
            at = at.wrapping_add(turn.index * turn.step);
            turn
        };
        let outer = outer.iter().rev().map(place).collect();
        Cursor { at, size, width, stride, column, outer }
    }

    /// How many elements are left of the row.
    fn left(&self) -> usize {
        self.width - self.column
    }

    /// At most `want` elements that are evenly spaced: where they start, their stride in elements, how many.
    fn advance(&mut self, want: usize) -> (*mut u8, usize, usize) {
        let (from, len) = (self.at, want.min(self.left()));
        if self.stride != 0 || !self.outer.is_empty() {
            self.column += len;
            self.at = from.wrapping_add(len * self.stride * self.size);
        }
        if self.column == self.width && !self.outer.is_empty() {
            self.turn();
        }
        (from, self.stride, len)
    }

    /// From the end of a row to the beginning of the next, and from that of the last to that of the first.
    fn turn(&mut self) {
        self.at = self.at.wrapping_sub(self.width * self.stride * self.size);
        self.column = 0;
        for turn in &mut self.outer {
            turn.index += 1;
            self.at = self.at.wrapping_add(turn.step);
            if turn.index < turn.n {
                return;
            }
            self.at = self.at.wrapping_sub(turn.n * turn.step);
            turn.index = 0;
        }
    }
}

/// Run a loop that converts: only AVX-512 has instructions that make whole numbers of 64 bits from floats, and those that keep
/// half of every number, which is most of the work on the way to bfloat16.
#[inline(always)]
fn convert<A: Element, B: Element>(body: impl FnMut()) {
    let whole = const { A::DTYPE.is_float() && !B::DTYPE.is_float() && !matches!(B::DTYPE, DType::Bool) };
    let halves = const { matches!((A::DTYPE, B::DTYPE), (DType::F32, DType::BF16)) };
    if whole || halves { dispatch_wide(body) } else { dispatch(body) }
}

/// Read `tile.len()` elements of type `S`, `stride` apart.
///
/// # Safety
/// They must be valid elements of type `S`.
unsafe fn gather<S: Element, T: Compute>(from: *const u8, stride: usize, tile: &mut [T]) {
    let from = from.cast::<S>();
    if stride == 1 {
        // SAFETY: by contract; stride 1 makes them a slice.
        let source = unsafe { std::slice::from_raw_parts(from, tile.len()) };
        convert::<S, T>(
            #[inline(always)]
            || tile.iter_mut().zip(source).for_each(|(t, &s)| *t = T::load(s)),
        );
    } else if stride == 0 {
        // SAFETY: by contract; a tile that is filled has an element.
        let value = T::load(unsafe { *from });
        dispatch(
            #[inline(always)]
            || tile.iter_mut().for_each(|t| *t = value),
        );
    } else if stride == 2 && const { matches!(T::DTYPE, DType::F32) && matches!(S::DTYPE, DType::F32) } {
        // SAFETY: by contract; the last element may be the last of its buffer.
        let (pairs, last) = unsafe {
            let pairs = std::slice::from_raw_parts(from.cast::<[S; 2]>(), tile.len().saturating_sub(1));
            (pairs, *from.add(2 * pairs.len()))
        };
        dispatch(
            #[inline(always)]
            || tile.iter_mut().zip(pairs).for_each(|(t, pair)| *t = T::load(pair[0])),
        );
        tile[pairs.len()] = T::load(last);
    } else {
        for (i, t) in tile.iter_mut().enumerate() {
            // SAFETY: by contract.
            *t = T::load(unsafe { *from.add(i * stride) });
        }
    }
}

/// [`gather`] from f16 to f32, which processors have instructions for.
///
/// # Safety
/// As for `gather`; T is f32.
unsafe fn gather_f16<T: Compute>(from: *const u8, stride: usize, tile: &mut [T]) {
    debug_assert!(T::DTYPE == DType::F32);
    if stride != 1 {
        // SAFETY: by contract.
        return unsafe { gather::<f16, T>(from, stride, tile) };
    }
    // SAFETY: by contract.
    let (source, tile) = unsafe {
        let tile = std::slice::from_raw_parts_mut(tile.as_mut_ptr().cast::<f32>(), tile.len());
        (std::slice::from_raw_parts(from.cast::<f16>(), tile.len()), tile)
    };
    half_float::widen(source, tile);
}

/// [`scatter`] from f32 to f16.
///
/// # Safety
/// As for `scatter`; T is f32.
unsafe fn scatter_f16<T: Compute>(to: *mut u8, stride: usize, tile: &[T]) {
    debug_assert!(T::DTYPE == DType::F32);
    if stride != 1 {
        // SAFETY: by contract.
        return unsafe { scatter::<f16, T>(to, stride, tile) };
    }
    // SAFETY: by contract.
    let (target, tile) = unsafe {
        let tile = std::slice::from_raw_parts(tile.as_ptr().cast::<f32>(), tile.len());
        (std::slice::from_raw_parts_mut(to.cast::<f16>(), tile.len()), tile)
    };
    half_float::narrow(tile, target);
}

/// Conversions of f16 by the instructions for it, eight numbers at a time.
#[cfg(target_arch = "x86_64")]
mod half_float {
    use std::arch::x86_64::*;

    use half::f16;

    use crate::dtype::Element;

    /// # Panics
    /// Where the lengths differ.
    pub fn widen(source: &[f16], target: &mut [f32]) {
        assert_eq!(source.len(), target.len());
        if is_x86_feature_detected!("f16c") && is_x86_feature_detected!("avx") {
            // SAFETY: the processor has the instructions.
            unsafe { widen_by_eights(source, target) }
        } else {
            target.iter_mut().zip(source).for_each(|(t, s)| *t = Element::to_f32(*s));
        }
    }

    /// # Panics
    /// Where the lengths differ.
    pub fn narrow(source: &[f32], target: &mut [f16]) {
        assert_eq!(source.len(), target.len());
        if is_x86_feature_detected!("f16c") && is_x86_feature_detected!("avx") {
            // SAFETY: the processor has the instructions.
            unsafe { narrow_by_eights(source, target) }
        } else {
            target.iter_mut().zip(source).for_each(|(t, s)| *t = Element::from_f32(*s));
        }
    }

    #[target_feature(enable = "avx,f16c")]
    fn widen_by_eights(source: &[f16], target: &mut [f32]) {
        let (eights, rest) = source.as_chunks::<8>();
        let (wide, wide_rest) = target.as_chunks_mut::<8>();
        for (t, s) in wide.iter_mut().zip(eights) {
            // SAFETY: eight numbers on either side.
            unsafe { _mm256_storeu_ps(t.as_mut_ptr(), _mm256_cvtph_ps(_mm_loadu_si128(s.as_ptr().cast()))) };
        }
        wide_rest.iter_mut().zip(rest).for_each(|(t, s)| *t = Element::to_f32(*s));
    }

    #[target_feature(enable = "avx,f16c")]
    fn narrow_by_eights(source: &[f32], target: &mut [f16]) {
        let (eights, rest) = source.as_chunks::<8>();
        let (short, short_rest) = target.as_chunks_mut::<8>();
        for (t, s) in short.iter_mut().zip(eights) {
            // SAFETY: eight numbers on either side.
            unsafe {
                let numbers = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(_mm256_loadu_ps(s.as_ptr()));
                _mm_storeu_si128(t.as_mut_ptr().cast(), numbers);
            }
        }
        short_rest.iter_mut().zip(rest).for_each(|(t, s)| *t = Element::from_f32(*s));
    }
}

/// Conversions of f16 by the instructions that the half crate knows.
#[cfg(not(target_arch = "x86_64"))]
mod half_float {
    use half::{f16, slice::HalfFloatSliceExt};

    pub fn widen(source: &[f16], target: &mut [f32]) {
        source.convert_to_f32_slice(target);
    }

    pub fn narrow(source: &[f32], target: &mut [f16]) {
        target.convert_from_f32_slice(source);
    }
}

/// Write a tile to elements of type `D`, `stride` apart.
///
/// # Safety
/// They must be valid elements of type `D` that no one else uses.
unsafe fn scatter<D: Element, T: Compute>(to: *mut u8, stride: usize, tile: &[T]) {
    let to = to.cast::<D>();
    if stride == 1 {
        // SAFETY: by contract; stride 1 makes them a slice.
        let target = unsafe { std::slice::from_raw_parts_mut(to, tile.len()) };
        convert::<T, D>(
            #[inline(always)]
            || target.iter_mut().zip(tile).for_each(|(d, &t)| *d = t.store()),
        );
    } else {
        for (i, &t) in tile.iter().enumerate() {
            // SAFETY: by contract.
            unsafe { *to.add(i * stride) = t.store() };
        }
    }
}
