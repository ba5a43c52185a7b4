//! The Mersenne Twister MT19937 of Matsumoto and Nishimura (1998), a block of 624 words at a time.
//!
//! The state is 624 words. One *twist* replaces all of them by
//!
//! ```text
//! x'[i] = x[i+397] ^ (m >> 1) ^ (m odd ? A : 0)      m = top bit of x[i], low 31 bits of x[i+1]
//! ```
//!
//! where an index past the end means a word of the new block. A word handed out is a state word after *tempering*,
//! a few shifts and masks. Written over slices that do not overlap, both loops compile into vector instructions: a word
//! costs a fraction of a nanosecond.

use pulp::{Arch, Simd, WithSimd};

use crate::interrupt;

/// Words in the state, and in a block.
pub const N: usize = 624;
/// The distance at which the recurrence looks ahead.
const M: usize = 397;
/// Blocks between two looks at whether the user wants to stop: two million words.
const PATIENCE: u32 = 1 << 12;

/// MT19937 as PyTorch's CPU generator runs it.
#[derive(Clone)]
pub struct Mt19937 {
    /// The twister's state, untempered.
    state: [u32; N],
    /// The state after tempering: the words to hand out. Meaningless while `fresh`.
    words: [u32; N],
    /// How many of `words` have been handed out.
    used: usize,
    /// Blocks drawn since the last look at whether to go on.
    unheard: u32,
    /// Seeded and not twisted yet. It draws like a used-up block; only the saved state tells the two apart.
    fresh: bool,
}

impl Mt19937 {
    /// A twister whose 624 words grow from `seed`.
    pub fn new(seed: u32) -> Self {
        let mut state = [seed; N];
        for i in 1..N {
            let last = state[i - 1];
            state[i] = 1_812_433_253u32.wrapping_mul(last ^ (last >> 30)).wrapping_add(i as u32);
        }
        Self { state, words: [0; N], used: N, unheard: 0, fresh: true }
    }

    /// The twister in the middle of a block: `state` as [`state`](Self::state) gave it, `used` of its words handed out;
    /// `None` for a block of which nothing has been computed yet.
    pub fn from_state(state: [u32; N], used: Option<usize>) -> Self {
        let mut twister =
            Self { state, words: [0; N], used: used.unwrap_or(N).min(N), unheard: 0, fresh: used.is_none() };
        temper(&twister.state, &mut twister.words);
        twister
    }

    /// The 624 state words, and how many words of the block have been handed out (`None`: seeded, nothing drawn).
    pub fn state(&self) -> (&[u32; N], Option<usize>) {
        (&self.state, (!self.fresh).then_some(self.used))
    }

    /// The next 32 random bits.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        self.take(1)[0]
    }

    /// The next 64 random bits: one word in the high half, the next one in the low half.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        let high = self.next_u32();
        join(high, self.next_u32())
    }

    /// Fills `out` with `f(word)`, one word per element.
    pub fn fill_words<T>(&mut self, out: &mut [T], f: impl Fn(u32) -> T + Copy) {
        let mut rest = out;
        while !rest.is_empty() && !interrupt::is_stopped() {
            let words = self.take(rest.len());
            let (out, later) = rest.split_at_mut(words.len());
            Arch::new().dispatch(FillWords { out, words, f });
            rest = later;
        }
    }

    /// Fills `out` with `f(high, low)`, two words per element: the halves of [`next_u64`](Self::next_u64).
    pub fn fill_pairs<T>(&mut self, out: &mut [T], f: impl Fn(u32, u32) -> T + Copy) {
        let mut rest = out;
        while !rest.is_empty() && !interrupt::is_stopped() {
            if self.used == N - 1 {
                // This pair straddles two blocks.
                let high = self.next_u32();
                rest[0] = f(high, self.next_u32());
                rest = &mut rest[1..];
                continue;
            }
            let words = self.take_pairs(rest.len());
            let (out, later) = rest.split_at_mut(words.len() / 2);
            Arch::new().dispatch(FillPairs { out, words, f });
            rest = later;
        }
    }

    /// Up to `n` words (at least one for `n > 0`): what is left of the block, or the start of a new one.
    #[inline]
    fn take(&mut self, n: usize) -> &[u32] {
        if self.used >= N {
            self.refill();
        }
        let start = self.used;
        self.used += n.min(N - start);
        &self.words[start..self.used]
    }

    /// As [`take`](Self::take), in whole pairs. The block must be used up or hold two more words.
    fn take_pairs(&mut self, n: usize) -> &[u32] {
        let left = if self.used >= N { N } else { N - self.used };
        self.take(2 * n.min(left / 2))
    }

    #[cold]
    fn refill(&mut self) {
        let old = self.state;
        Arch::new().dispatch(NextBlock { old: &old, state: &mut self.state, words: &mut self.words });
        self.used = 0;
        self.fresh = false;
        self.unheard += 1;
        if self.unheard == PATIENCE {
            self.unheard = 0;
            // Whoever fills a long slice looks at the outcome, `interrupt::is_stopped`.
            let _ = interrupt::poll();
        }
    }
}

/// Two words as one number of 64 bits.
#[inline(always)]
pub(super) fn join(high: u32, low: u32) -> u64 {
    (high as u64) << 32 | low as u64
}

// What runs under `dispatch` is a struct and not a closure: the compiler may leave a closure uninlined, compiled for the
// oldest processor, and then nothing is gained.

/// `out[i] = f(words[i])`.
struct FillWords<'a, T, F> {
    out: &'a mut [T],
    words: &'a [u32],
    f: F,
}

impl<T, F: Fn(u32) -> T> WithSimd for FillWords<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { out, words, f } = self;
        for (out, &word) in out.iter_mut().zip(words) {
            *out = f(word);
        }
    }
}

/// `out[i] = f(words[2i], words[2i + 1])`.
struct FillPairs<'a, T, F> {
    out: &'a mut [T],
    words: &'a [u32],
    f: F,
}

impl<T, F: Fn(u32, u32) -> T> WithSimd for FillPairs<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { out, words, f } = self;
        for (out, pair) in out.iter_mut().zip(words.chunks_exact(2)) {
            *out = f(pair[0], pair[1]);
        }
    }
}

/// One twist and its tempering.
struct NextBlock<'a> {
    old: &'a [u32; N],
    state: &'a mut [u32; N],
    words: &'a mut [u32; N],
}

impl WithSimd for NextBlock<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        twist(self.old, self.state);
        temper(self.state, self.words);
    }
}

/// One word of the recurrence: `x[i]`, `x[i+1]` and `x[i+397]` in, `x'[i]` out.
#[inline(always)]
fn mix(a: u32, b: u32, ahead: u32) -> u32 {
    let m = (a & 0x8000_0000) | (b & 0x7fff_ffff);
    // All ones where m is odd: a select without a branch.
    let odd = (m & 1).wrapping_neg();
    ahead ^ (m >> 1) ^ (odd & 0x9908_b0df)
}

/// The next block of state. The first 227 words look ahead into the old block, the others into words of the new one
/// computed 227 places earlier; taken in stretches of 227, no loop reads what it writes.
#[inline(always)]
fn twist(old: &[u32; N], new: &mut [u32; N]) {
    const AHEAD: usize = N - M;
    let (first, rest) = new.split_at_mut(AHEAD);
    let (second, third) = rest.split_at_mut(AHEAD);
    mix_all(first, &old[..], &old[M..]);
    mix_all(second, &old[AHEAD..], first);
    mix_all(&mut third[..N - 1 - 2 * AHEAD], &old[2 * AHEAD..], second);
    new[N - 1] = mix(old[N - 1], new[0], new[M - 1]);
}

/// `out[i] = mix(from[i], from[i+1], ahead[i])`.
#[inline(always)]
fn mix_all(out: &mut [u32], from: &[u32], ahead: &[u32]) {
    let n = out.len();
    let (a, b, ahead) = (&from[..n], &from[1..n + 1], &ahead[..n]);
    for i in 0..n {
        out[i] = mix(a[i], b[i], ahead[i]);
    }
}

#[inline(always)]
fn temper(state: &[u32; N], words: &mut [u32; N]) {
    for (word, &x) in words.iter_mut().zip(state) {
        let mut y = x;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        *word = y ^ (y >> 18);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published check value: the 10,000th word of MT19937 seeded with 5489.
    #[test]
    fn ten_thousandth_word() {
        let mut twister = Mt19937::new(5489);
        let mut words = [0u32; 10_000];
        twister.fill_words(&mut words, |w| w);
        assert_eq!(words[9_999], 4_123_659_995);
    }

    /// Bulk and single draws give one stream, wherever a block ends.
    #[test]
    fn bulk_equals_single() {
        for skip in [0, 1, 2, 623, 624, 625] {
            let (mut bulk, mut single) = (Mt19937::new(42), Mt19937::new(42));
            let mut first = vec![0u32; skip];
            bulk.fill_words(&mut first, |w| w);
            assert!(first.iter().all(|&w| w == single.next_u32()));
            let mut pairs = [0u64; 1000];
            bulk.fill_pairs(&mut pairs, join);
            assert!(pairs.iter().all(|&w| w == single.next_u64()), "after {skip} words");
            assert_eq!(bulk.next_u32(), single.next_u32());
        }
    }
}
