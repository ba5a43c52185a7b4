//! Ordering one contiguous row: sort, top-k, quantiles by rank, mode, unique values, binary search.
//!
//! All of them map a number to an unsigned integer *key* in the same order, joined with the number's position. Such
//! records are plain integers, all distinct: an unstable sort of them is stable in the numbers, radix sort needs no
//! comparisons, and the position comes out for free. In floating point, NaN counts as larger than everything and −0
//! equals +0, as in PyTorch.

use half::{bf16, f16};

/// An element type that can be ordered.
pub trait SortKey: Copy + PartialEq + PartialOrd + Send + Sync + 'static {
    #[doc(hidden)]
    type Record: Record;
    /// How many low bits of a key are in use.
    const BITS: u32;
    /// An unsigned integer that compares as the number does; all NaN share the largest.
    fn key(self) -> u64;
    fn is_nan(self) -> bool {
        self.partial_cmp(&self).is_none()
    }
}

/// A key and the position it came from, ordered by both.
#[doc(hidden)]
pub trait Record: Copy + Ord + Default {
    fn new(key: u64, position: u32) -> Self;
    fn position(self) -> usize;
    /// The n-th lowest byte of the key.
    fn byte(self, n: u32) -> usize;
}

/// Keys of up to 32 bits stand above the position in one word.
impl Record for u64 {
    fn new(key: u64, position: u32) -> Self {
        key << 32 | position as u64
    }
    fn position(self) -> usize {
        self as u32 as usize
    }
    fn byte(self, n: u32) -> usize {
        (self >> (32 + 8 * n)) as u8 as usize
    }
}

impl Record for (u64, u32) {
    fn new(key: u64, position: u32) -> Self {
        (key, position)
    }
    fn position(self) -> usize {
        self.1 as usize
    }
    fn byte(self, n: u32) -> usize {
        (self.0 >> (8 * n)) as u8 as usize
    }
}

macro_rules! integer_key {
    ($($t:ty, $unsigned:ty, $record:ty;)*) => {$(
        impl SortKey for $t {
            type Record = $record;
            const BITS: u32 = <$t>::BITS;
            #[inline(always)]
            fn key(self) -> u64 {
                // Counting from the smallest value on makes any integer unsigned.
                self.wrapping_sub(<$t>::MIN) as $unsigned as u64
            }
        }
    )*};
}

integer_key! {
    i64, u64, (u64, u32);
    i32, u32, u64;
    i16, u16, u64;
    i8, u8, u64;
    u8, u8, u64;
}

macro_rules! float_key {
    ($($t:ty, $bits:ty, $record:ty, $zero:expr;)*) => {$(
        impl SortKey for $t {
            type Record = $record;
            const BITS: u32 = <$bits>::BITS;
            #[inline(always)]
            fn key(self) -> u64 {
                let sign = 1 << (<$bits>::BITS - 1);
                let bits = if self == $zero { 0 } else { self.to_bits() };
                // Positive numbers already ascend as integers; negative ones descend, below them.
                let ordered = if bits & sign == 0 { bits | sign } else { !bits };
                (if self.is_nan() { <$bits>::MAX } else { ordered }) as u64
            }
        }
    )*};
}

float_key! {
    f64, u64, (u64, u32), 0.0;
    f32, u32, u64, 0.0;
    f16, u16, u64, f16::ZERO;
    bf16, u16, u64, bf16::ZERO;
}

/// The row's records; with `descending`, keys count down while positions still count up, which keeps equals in order.
fn each_record<T: SortKey>(x: &[T], descending: bool) -> impl Iterator<Item = T::Record> {
    assert!(x.len() <= u32::MAX as usize, "sort: a row of {} elements is longer than positions count", x.len());
    let flip = if descending { u64::MAX >> (64 - T::BITS) } else { 0 };
    x.iter().enumerate().map(move |(i, x)| T::Record::new(x.key() ^ flip, i as u32))
}

fn records<T: SortKey>(x: &[T], descending: bool) -> Vec<T::Record> {
    each_record(x, descending).collect()
}

/// So few of a row are kept in order while it is read.
const FEW: usize = 16;

/// The `k` least of some records, in order; there are at least `k`, and that is not 0.
fn least<R: Record>(k: usize, mut records: impl Iterator<Item = R>) -> Vec<R> {
    let mut best: Vec<R> = records.by_ref().take(k).collect();
    best.sort_unstable();
    let mut last = best[k - 1];
    for r in records {
        if r < last {
            best.pop();
            best.insert(best.partition_point(|b| *b < r), r);
            last = best[k - 1];
        }
    }
    best
}

/// Below this length, comparisons beat counting.
const RADIX: usize = 4096;

/// Sorts records that stand in the order of their positions.
fn sort_records<R: Record>(records: &mut Vec<R>, key_bits: u32) {
    if records.len() < RADIX {
        return records.sort_unstable();
    }
    let bytes = key_bits / 8;
    let mut counts = [[0u32; 256]; 8];
    for r in records.iter() {
        for b in 0..bytes {
            counts[b as usize][r.byte(b)] += 1;
        }
    }
    let mut other = vec![R::default(); records.len()];
    for b in 0..bytes {
        let counts = &mut counts[b as usize];
        if counts.iter().any(|&c| c as usize == records.len()) {
            continue; // the same byte everywhere, as in the upper half of small integers
        }
        let mut begin = 0;
        for c in counts.iter_mut() {
            begin += std::mem::replace(c, begin);
        }
        for &r in records.iter() {
            let place = &mut counts[r.byte(b)];
            other[*place as usize] = r;
            *place += 1;
        }
        std::mem::swap(records, &mut other);
    }
}

fn sorted_records<T: SortKey>(x: &[T], descending: bool) -> Vec<T::Record> {
    let mut records = records(x, descending);
    sort_records(&mut records, T::BITS);
    records
}

fn spread<T: SortKey>(x: &[T], records: &[T::Record], values: &mut [T], indices: &mut [i64]) {
    assert!(values.len() == records.len() && indices.len() == records.len(), "sort: outputs of another length");
    for ((value, index), r) in values.iter_mut().zip(indices).zip(records) {
        *value = x[r.position()];
        *index = r.position() as i64;
    }
}

/// The row in order, and where each element stood. Stable: equal elements keep their order, also when descending.
///
/// # Panics
/// If the outputs are not as long as the row.
///
/// ```
/// use synapgrad_kernels::sort::sort;
/// let (mut values, mut indices) = ([0.0f32; 4], [0; 4]);
/// sort(&[2.0, f32::NAN, -1.0, 2.0], false, &mut values, &mut indices);
/// assert_eq!(values[..3], [-1.0, 2.0, 2.0]);
/// assert_eq!(indices, [2, 0, 3, 1]);
/// ```
pub fn sort<T: SortKey>(x: &[T], descending: bool, values: &mut [T], indices: &mut [i64]) {
    spread(x, &sorted_records(x, descending), values, indices);
}

/// The positions that put the row in order: [`sort`] without the values.
pub fn argsort<T: SortKey>(x: &[T], descending: bool, indices: &mut [i64]) {
    let records = sorted_records(x, descending);
    assert!(indices.len() == records.len(), "argsort: an output of another length");
    for (index, r) in indices.iter_mut().zip(records) {
        *index = r.position() as i64;
    }
}

/// The `values.len()` largest (or smallest) elements and their positions, in order if `sorted`.
///
/// Of equal elements the earlier ones are taken. Not sorting saves little: it is a permission, not a demand.
///
/// # Panics
/// If the outputs differ in length or are longer than the row.
///
/// ```
/// use synapgrad_kernels::sort::topk;
/// let (mut values, mut indices) = ([0i64; 2], [0; 2]);
/// topk(&[3, 9, 4, 9], true, true, &mut values, &mut indices);
/// assert_eq!((values, indices), ([9, 9], [1, 3]));
/// ```
pub fn topk<T: SortKey>(x: &[T], largest: bool, sorted: bool, values: &mut [T], indices: &mut [i64]) {
    let k = values.len();
    assert!(k <= x.len(), "topk: {k} of {} elements", x.len());
    if (1..=FEW).contains(&k) {
        return spread(x, &least(k, each_record(x, largest)), values, indices);
    }
    let mut records = records(x, largest);
    if 0 < k && k < records.len() {
        records.select_nth_unstable(k - 1);
    }
    records.truncate(k);
    if sorted {
        records.sort_unstable();
    }
    spread(x, &records, values, indices);
}

/// The k-th smallest element, counted from 1, and its position.
///
/// # Panics
/// Unless 1 ≤ k ≤ the row's length.
///
/// ```
/// assert_eq!(synapgrad_kernels::sort::kthvalue(&[30, 10, 20i32], 2), (20, 2));
/// ```
pub fn kthvalue<T: SortKey>(x: &[T], k: usize) -> (T, i64) {
    assert!(1 <= k && k <= x.len(), "kthvalue: k is {k} in a row of {}", x.len());
    let mut records = records(x, false);
    let position = records.select_nth_unstable(k - 1).1.position();
    (x[position], position as i64)
}

/// The lower median and its position: the element at rank (n − 1)/2; the first NaN if there is one.
///
/// # Panics
/// If the row is empty.
///
/// ```
/// assert_eq!(synapgrad_kernels::sort::median(&[4, 1, 3, 2i64]), (2, 3));
/// ```
pub fn median<T: SortKey>(x: &[T]) -> (T, i64) {
    match x.iter().position(|x| x.is_nan()) {
        Some(i) => (x[i], i as i64),
        None => kthvalue(x, x.len().div_ceil(2)),
    }
}

/// The lower median of the elements that are not NaN; NaN if there are none.
///
/// # Panics
/// If the row is empty.
pub fn nanmedian<T: SortKey>(x: &[T]) -> (T, i64) {
    // NaN sort last, so that the others keep the lowest ranks.
    let numbers = x.iter().filter(|x| !x.is_nan()).count();
    kthvalue(x, numbers.div_ceil(2).max(1))
}

/// The most frequent value (of equally frequent ones the smallest) and the position of its last occurrence.
///
/// # Panics
/// If the row is empty.
///
/// ```
/// assert_eq!(synapgrad_kernels::sort::mode(&[2, 5, 2, 5, 1u8]), (2, 2));
/// ```
pub fn mode<T: SortKey>(x: &[T]) -> (T, i64) {
    assert!(!x.is_empty(), "mode: an empty row has none");
    let records = sorted_records(x, false);
    let (mut best, mut best_count, mut count) = (records[0].position(), 0, 0);
    for (i, r) in records.iter().enumerate() {
        let new = i == 0 || x[r.position()] != x[records[i - 1].position()];
        count = if new { 1 } else { count + 1 };
        if count > best_count || (count == best_count && !new && x[best] == x[r.position()]) {
            (best, best_count) = (r.position(), count);
        }
    }
    (x[best], best as i64)
}

/// What [`unique`] and [`unique_consecutive`] give.
#[derive(Clone, Debug, PartialEq)]
pub struct Unique<T> {
    pub values: Vec<T>,
    /// For every element of the row, the place of its value in `values`.
    pub inverse: Vec<i64>,
    /// How often each value occurs.
    pub counts: Vec<i64>,
}

fn group<T: SortKey>(x: &[T], order: impl Iterator<Item = usize>) -> Unique<T> {
    let mut unique = Unique { values: Vec::<T>::new(), inverse: vec![0; x.len()], counts: Vec::new() };
    for i in order {
        if unique.values.last() == Some(&x[i]) {
            *unique.counts.last_mut().unwrap() += 1;
        } else {
            unique.values.push(x[i]);
            unique.counts.push(1);
        }
        unique.inverse[i] = unique.values.len() as i64 - 1;
    }
    unique
}

/// The distinct values in ascending order. NaN differs from everything, itself included.
///
/// ```
/// let u = synapgrad_kernels::sort::unique(&[3, 1, 3, 2i32]);
/// assert_eq!((u.values, u.inverse, u.counts), (vec![1, 2, 3], vec![2, 0, 2, 1], vec![1, 1, 2]));
/// ```
pub fn unique<T: SortKey>(x: &[T]) -> Unique<T> {
    group(x, sorted_records(x, false).into_iter().map(Record::position))
}

/// The values of runs of equal elements, in the row's order.
///
/// ```
/// let u = synapgrad_kernels::sort::unique_consecutive(&[1, 1, 2, 1i32]);
/// assert_eq!((u.values, u.inverse, u.counts), (vec![1, 2, 1], vec![0, 0, 1, 2], vec![2, 1, 1]));
/// ```
pub fn unique_consecutive<T: SortKey>(x: &[T]) -> Unique<T> {
    group(x, 0..x.len())
}

/// Where `value` would go into an ascending row: before its equals, or after them with `right`. `sorter`, if given,
/// lists the positions that put the row in order.
///
/// # Panics
/// If `sorter` has another length than the row or names a position outside.
///
/// ```
/// use synapgrad_kernels::sort::searchsorted;
/// assert_eq!(searchsorted(&[1.0, 3.0, 3.0, 5.0f64], None, 3.0, false), 1);
/// assert_eq!(searchsorted(&[1.0, 3.0, 3.0, 5.0f64], None, 3.0, true), 3);
/// ```
pub fn searchsorted<T: SortKey>(row: &[T], sorter: Option<&[i64]>, value: T, right: bool) -> i64 {
    let at = |i: usize| row[sorter.map_or(i, |s| s[i] as usize)];
    assert!(sorter.is_none_or(|s| s.len() == row.len()), "searchsorted: the sorter has another length than the row");
    let (mut begin, mut end) = (0, row.len());
    while begin < end {
        let middle = begin + (end - begin) / 2;
        // A comparison with NaN is false, which sends NaN behind all numbers.
        let reached = if right { at(middle) > value } else { at(middle) >= value };
        if reached {
            end = middle;
        } else {
            begin = middle + 1;
        }
    }
    begin as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering;

    /// Few distinct values, so that ties abound, or all bit patterns.
    fn bits(n: usize, seed: u64, few: bool) -> Vec<u64> {
        let mut state = seed;
        (0..n)
            .map(|_| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let x = state ^ (state >> 29);
                if few {
                    [0, 1 << 63, 3, 0x7fff_ffff_ffff_ffff, 0x4000_0000_0000_0000, 0xc000_0000_0000_0000][x as usize % 6]
                } else {
                    x
                }
            })
            .collect()
    }

    fn reference<T: SortKey>(a: &T, b: &T) -> Ordering {
        a.partial_cmp(b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
    }

    fn same<T: SortKey>(a: T, b: T) -> bool {
        a == b || (a.is_nan() && b.is_nan())
    }

    fn ordering<T: SortKey + std::fmt::Debug>(from_bits: impl Fn(u64) -> T) {
        for n in [0, 1, 2, 3, 10, 100, 1000, 4095, 4096, 5000] {
            for few in [true, false] {
                let x: Vec<T> = bits(n, n as u64 + 7, few).into_iter().map(&from_bits).collect();
                for descending in [false, true] {
                    let mut want: Vec<usize> = (0..n).collect();
                    want.sort_by(|&i, &j| if descending { reference(&x[j], &x[i]) } else { reference(&x[i], &x[j]) });
                    let (mut values, mut indices) = (x.clone(), vec![-1; n]);
                    sort(&x, descending, &mut values, &mut indices);
                    assert_eq!(
                        indices,
                        want.iter().map(|&i| i as i64).collect::<Vec<_>>(),
                        "n {n} descending {descending}"
                    );
                    assert!((0..n).all(|i| same(values[i], x[want[i]])));
                    let mut again = vec![-1; n];
                    argsort(&x, descending, &mut again);
                    assert_eq!(indices, again);
                    for k in [0, 1, n / 3, n].into_iter().filter(|&k| k <= n) {
                        for sorted in [true, false] {
                            let (mut v, mut i) = (x[..k].to_vec(), vec![-1; k]);
                            topk(&x, descending, sorted, &mut v, &mut i);
                            assert!((0..k).all(|j| same(v[j], x[i[j] as usize])));
                            if !sorted {
                                i.sort_by_key(|i| indices.iter().position(|j| i == j));
                            }
                            assert_eq!(i, indices[..k]);
                        }
                    }
                    if n > 0 && !descending {
                        for k in [1, n.div_ceil(2), n] {
                            assert_eq!(kthvalue(&x, k).1, indices[k - 1]);
                        }
                        let nan = x.iter().position(|x| x.is_nan()).map(|i| i as i64);
                        assert_eq!(median(&x).1, nan.unwrap_or(indices[(n - 1) / 2]));
                        let numbers = x.iter().filter(|x| !x.is_nan()).count();
                        assert_eq!(nanmedian(&x).1, indices[numbers.saturating_sub(1) / 2]);
                    }
                }
                let u = unique(&x);
                assert!(u.values.windows(2).all(|w| w[0] < w[1] || w[1].is_nan()));
                assert!((0..n).all(|i| same(u.values[u.inverse[i] as usize], x[i])));
                for (j, &count) in u.counts.iter().enumerate() {
                    assert_eq!(u.inverse.iter().filter(|&&i| i == j as i64).count() as i64, count);
                }
                if n > 0 {
                    let most = *u.counts.iter().max().unwrap();
                    let (value, index) = mode(&x);
                    assert!(same(value, u.values[u.counts.iter().position(|&c| c == most).unwrap()]));
                    assert_eq!(index, u.inverse.iter().rposition(|&i| i == u.inverse[index as usize]).unwrap() as i64);
                }
            }
        }
    }

    #[test]
    fn every_type_in_every_order() {
        ordering::<f64>(f64::from_bits);
        ordering::<f32>(|b| f32::from_bits((b >> 32) as u32));
        ordering::<f16>(|b| f16::from_bits((b >> 48) as u16));
        ordering::<bf16>(|b| bf16::from_bits((b >> 48) as u16));
        ordering::<i64>(|b| b as i64);
        ordering::<i32>(|b| (b >> 32) as i32);
        ordering::<i16>(|b| (b >> 48) as i16);
        ordering::<i8>(|b| (b >> 56) as i8);
        ordering::<u8>(|b| (b >> 56) as u8);
        ordering::<u8>(|b| (b >> 63) as u8); // bool
    }

    #[test]
    fn nan_is_largest_and_zeros_are_equal() {
        let x = [f32::NAN, -0.0, 1.0, 0.0, f32::NEG_INFINITY, -f32::NAN, f32::INFINITY, -0.0];
        let (mut values, mut indices) = ([0.0; 8], [0; 8]);
        sort(&x, false, &mut values, &mut indices);
        assert_eq!(indices, [4, 1, 3, 7, 2, 6, 0, 5]);
        assert_eq!(values[1].to_bits(), (-0.0f32).to_bits());
        sort(&x, true, &mut values, &mut indices);
        assert_eq!(indices, [0, 5, 6, 2, 1, 3, 7, 4]);
        assert_eq!(unique(&[f64::NAN, 1.0, f64::NAN, 1.0]).counts, [2, 1, 1]);
        assert_eq!(unique_consecutive(&[f64::NAN, f64::NAN, 0.0, -0.0]).counts, [1, 1, 2]);
    }

    #[test]
    fn binary_search() {
        let row = [1.0f32, 3.0, 3.0, 5.0, f32::INFINITY];
        for (value, left, right) in
            [(0.0, 0, 0), (1.0, 0, 1), (2.0, 1, 1), (3.0, 1, 3), (6.0, 4, 4), (f32::INFINITY, 4, 5), (f32::NAN, 5, 5)]
        {
            assert_eq!(
                (searchsorted(&row, None, value, false), searchsorted(&row, None, value, true)),
                (left, right),
                "{value}"
            );
        }
        assert_eq!(searchsorted(&[5, 1, 3i64], Some(&[1, 2, 0]), 3, true), 2);
        assert_eq!(searchsorted::<i64>(&[], None, 3, true), 0);
    }

    #[test]
    #[should_panic(expected = "topk: 3 of 2")]
    fn more_than_there_are() {
        topk(&[1u8, 2], true, true, &mut [0; 3], &mut [0; 3]);
    }

    /// By hand: `cargo test --profile quick -p synapgrad-kernels sort_speed -- --ignored --nocapture`.
    #[test]
    #[ignore = "prints speeds, asserts nothing"]
    fn sort_speed() {
        for n in [10, 100, 256, 512, 1024, 4096, 65536] {
            let x: Vec<f32> = bits(n, 1, false).iter().map(|&b| (b >> 40) as f32).collect();
            let long: Vec<i64> = bits(n, 2, false).iter().map(|&b| b as i64).collect();
            let small: Vec<i64> = long.iter().map(|&b| b & 0xfff).collect();
            let (mut i, mut v, mut w) = (vec![0; n], x.clone(), long.clone());
            let time = |f: &mut dyn FnMut()| {
                (0..10).fold(f64::INFINITY, |best, _| {
                    let start = std::time::Instant::now();
                    f();
                    best.min(start.elapsed().as_secs_f64() * 1e6)
                })
            };
            println!(
                "{n:>6}: f32 {:.1} µs (by comparison {:.1}), i64 {:.1} µs (by comparison {:.1}), small i64 {:.1} µs, topk 10 {:.1} µs, median {:.1} µs",
                time(&mut || sort(&x, false, &mut v, &mut i)),
                time(&mut || records(&x, false).sort_unstable()),
                time(&mut || sort(&long, false, &mut w, &mut i)),
                time(&mut || records(&long, false).sort_unstable()),
                time(&mut || sort(&small, false, &mut w, &mut i)),
                time(&mut || topk(&x, true, true, &mut v[..10], &mut i[..10])),
                time(&mut || assert!(median(&x).1 >= 0)),
            );
        }
    }
}
