//! Finds every occurrence of a few bytes in a block, 64 bytes at a time.
//!
//! Faster than one search per line where lines are short: one comparison serves all the lines
//! that end within the same 64 bytes. The crate `fearless_simd` gives the processor's vector
//! instructions a safe face, and compiles code for each kind of processor.
//!
//! A hot loop is a function that is generic over [`Vectors`] and marked `#[inline(always)]`, as
//! must be all that it calls with its vectors, closures too; it is called once per block, by
//! `dispatch!(level, vectors => hot_loop(vectors, block))`. [`Places`] and [`Bits`] need no such
//! care.

pub use fearless_simd::{Level, Simd as Vectors, dispatch};
use fearless_simd::{prelude::*, u8x32, u8x64};

/// The kinds of vector instructions that this processor has, the weakest first: all that tests
/// should try. The last is what [`Level::new`] gives.
pub fn levels() -> Vec<Level> {
    let best = Level::new();
    #[cfg(target_arch = "x86_64")]
    let weaker = [
        best.as_sse2().map(Vectors::level),
        best.as_sse4_2().map(Vectors::level),
        best.as_avx2().map(Vectors::level),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let weaker: [Option<Level>; 0] = [];
    weaker.into_iter().flatten().chain([best]).collect()
}

/// The places of a byte in a short text, in order. Uses those instructions only that every
/// processor of the kind has.
#[derive(Debug)]
pub struct Places<'a> {
    text: &'a [u8],
    byte: u8,
    /// Where the 64 bytes begin that `bits` speaks of: a bit for each place not yet given.
    base: usize,
    bits: u64,
}

impl<'a> Places<'a> {
    /// Looks for `byte` in `text`.
    #[inline]
    pub fn new(text: &'a [u8], byte: u8) -> Self {
        let bits = dispatch!(Level::baseline(), vectors => bits_at(vectors, text, 0, [byte]));
        Places { text, byte, base: 0, bits }
    }
}

impl Iterator for Places<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.base += 64;
            if self.base >= self.text.len() {
                return None;
            }
            let (text, base, byte) = (self.text, self.base, self.byte);
            self.bits =
                dispatch!(Level::baseline(), vectors => bits_at(vectors, text, base, [byte]));
        }
        let place = self.base + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(place)
    }
}

/// So many times 64 bytes are looked at before their bits are given.
const AHEAD: usize = 32;

/// The places of a byte in a block: for each 64 bytes of it where they begin, and their bits.
#[derive(Debug)]
pub struct Bits<'a> {
    level: Level,
    block: &'a [u8],
    byte: u8,
    base: usize,
    /// The bits of the 64 bytes at `base` are found at `base / 64 % AHEAD`.
    ahead: [u64; AHEAD],
}

impl<'a> Bits<'a> {
    /// Looks for `byte` in `block`.
    pub fn new(block: &'a [u8], byte: u8) -> Self {
        Bits::with(Level::new(), block, byte)
    }

    fn with(level: Level, block: &'a [u8], byte: u8) -> Self {
        Bits { level, block, byte, base: 0, ahead: [0; AHEAD] }
    }

    #[inline(never)]
    fn look_ahead(&mut self) {
        let (rest, byte) = (&self.block[self.base..], self.byte);
        dispatch!(self.level, vectors => find_all(vectors, rest, byte, &mut self.ahead));
    }
}

impl Iterator for Bits<'_> {
    type Item = (usize, u64);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, u64)> {
        let base = self.base;
        if base >= self.block.len() {
            return None;
        }
        let at = base / 64 % AHEAD;
        if at == 0 {
            self.look_ahead();
        }
        self.base += 64;
        Some((base, self.ahead[at]))
    }
}

/// Puts the bits of each 64 bytes of `text` into the next place of `found`, as far as they go.
#[inline(always)]
fn find_all<V: Vectors>(vectors: V, text: &[u8], byte: u8, found: &mut [u64; AHEAD]) {
    for (found, base) in found.iter_mut().zip((0..text.len()).step_by(64)) {
        *found = bits_at(vectors, text, base, [byte]);
    }
}

/// How many bytes [`Found::of`] looks at.
pub const PART: usize = 4096;

/// A list of the places of a byte in a part of a block. Whoever can do with a list may be much
/// faster than with [`Bits`]: hardly a branch is taken to make it.
#[derive(Debug)]
pub struct Found {
    places: [u32; PART],
}

impl Default for Found {
    fn default() -> Self {
        Found { places: [0; PART] }
    }
}

impl Found {
    /// The places of `byte` in `part`.
    #[inline(always)]
    pub fn of<V: Vectors>(&mut self, vectors: V, part: &[u8; PART], byte: u8) -> &[u32] {
        let mut count = 0;
        for (chunk, base) in part.as_chunks().0.iter().zip((0..).step_by(64)) {
            let mut bits = bits_of(vectors, chunk, [byte]);
            let next = count + bits.count_ones() as usize;
            // most often there are no more than two, and two are written even if there are less
            let Some(two) = self.places[count..].first_chunk_mut::<2>() else { break };
            for place in two {
                *place = base + bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
            }
            for place in self.places[..next].iter_mut().skip(count + 2) {
                *place = base + bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
            }
            count = next;
        }
        &self.places[..count]
    }
}

/// A bit for each of the 64 bytes at `base` that is one of `bytes`; none for those after the end.
#[inline(always)]
pub fn bits_at<V: Vectors, const N: usize>(
    vectors: V,
    block: &[u8],
    base: usize,
    bytes: [u8; N],
) -> u64 {
    let rest = &block[base..];
    if let Some(chunk) = rest.first_chunk() {
        return bits_of(vectors, chunk, bytes);
    }
    let mut padded = [0; 64];
    padded[..rest.len()].copy_from_slice(rest);
    bits_of(vectors, &padded, bytes) & ((1 << rest.len()) - 1)
}

/// A bit for each byte of `chunk` that is one of `bytes`, the first the lowest.
#[inline(always)]
pub fn bits_of<V: Vectors, const N: usize>(vectors: V, chunk: &[u8; 64], bytes: [u8; N]) -> u64 {
    let chunk = u8x64::load_array_ref(vectors, chunk);
    let mut any = 0;
    for byte in bytes {
        any |= chunk.simd_eq(byte).to_bitmask();
    }
    any
}

/// A bit for each byte of `chunk` that is a decimal digit, the first the lowest.
#[inline(always)]
pub fn digits_in<V: Vectors>(vectors: V, chunk: &[u8; 64]) -> u64 {
    let values = u8x64::load_array_ref(vectors, chunk) - b'0';
    values.simd_lt(10).to_bitmask()
}

/// The same for half as many bytes.
#[inline(always)]
pub fn digits_in_half<V: Vectors>(vectors: V, chunk: &[u8; 32]) -> u64 {
    let values = u8x32::load_array_ref(vectors, chunk) - b'0';
    values.simd_lt(10).to_bitmask()
}

/// Copies `chunk` to `place` with another byte in place of each `byte`.
#[inline(always)]
pub fn copy_with<V: Vectors>(
    vectors: V,
    chunk: &[u8; 64],
    (byte, other): (u8, u8),
    place: &mut [u8; 64],
) {
    let chunk = u8x64::load_array_ref(vectors, chunk);
    chunk.simd_eq(byte).select(u8x64::splat(vectors, other), chunk).store_slice(place);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(block: &[u8], byte: u8) -> bool {
        let naive: Vec<usize> = (0..block.len()).filter(|at| block[*at] == byte).collect();
        let bits_hold = |level: Level| {
            let places = |(base, bits): (usize, u64)| {
                (0..64).filter(move |at| bits >> at & 1 == 1).map(move |at| base + at)
            };
            Bits::with(level, block, byte).flat_map(places).eq(naive.iter().copied())
        };
        Places::new(block, byte).eq(naive.iter().copied()) && levels().into_iter().all(bits_hold)
    }

    #[test]
    fn places_are_what_a_plain_search_finds() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn random(seed: Vec<u8>, length: u16) -> bool {
            // few different bytes, so that there is much to find
            let few = seed.iter().cycle().map(|byte| byte % 5 + 8);
            let block: Vec<u8> = few.take(usize::from(length % 5000)).collect();
            holds(&block, b'\n') && holds(&block, b'\t')
        }
        quickcheck::quickcheck(random as fn(Vec<u8>, u16) -> bool);
        for length in 0..200 {
            for byte in [0, b'\n', 0x8a, 0xff] {
                let block = vec![byte; length];
                assert!(holds(&block, b'\n') && holds(&block, 0) && holds(&block, 0xff));
            }
        }
    }

    #[test]
    fn lists_are_what_a_plain_search_finds() {
        let mut random = quickcheck::Gen::from_size_and_seed(0, 1);
        for one_in in [1, 2, 3, 10, 50, 100, 10_000] {
            let mut part = [0; PART];
            let numbers: Vec<u16> = (0..one_in).collect();
            for byte in &mut part {
                *byte = if random.choose(&numbers) == Some(&0) { b'\n' } else { b'\n' + 1 };
            }
            let naive: Vec<_> = (0..).zip(part).filter(|(_, byte)| *byte == b'\n').collect();
            let naive: Vec<u32> = naive.into_iter().map(|(place, _)| place).collect();
            for level in levels() {
                let mut found = Found::default();
                let list = dispatch!(level, vectors => found.of(vectors, &part, b'\n'));
                assert_eq!(list, naive, "{level:?}");
            }
        }
    }

    #[test]
    fn bits_of_any_byte() {
        for level in levels() {
            for place in 0..64 {
                for byte in 0..=255 {
                    let mut chunk = [!byte; 64];
                    chunk[place] = byte;
                    let bits = |bytes| dispatch!(level, vectors => bits_of(vectors, &chunk, bytes));
                    assert_eq!(bits([byte]), 1 << place, "{level:?}");
                    // of two bytes, either
                    for other in [0, byte, !byte] {
                        let found = dispatch!(
                            level,
                            vectors => bits_of(vectors, &chunk, [byte, other])
                        );
                        let all = if other == !byte { u64::MAX } else { 1 << place };
                        assert_eq!(found, if other == 0 { bits([0]) | all } else { all });
                    }
                    assert_eq!(bits([!byte]), !(1 << place), "{level:?}");
                    let digits = dispatch!(level, vectors => digits_in(vectors, &chunk));
                    let naive = |byte: u8| u64::from(byte.is_ascii_digit());
                    let others = naive(!byte) * !(1 << place);
                    assert_eq!(digits, naive(byte) << place | others, "{level:?}");
                    let half = chunk[..32].as_array().unwrap();
                    let in_half = dispatch!(level, vectors => digits_in_half(vectors, half));
                    assert_eq!(in_half, digits & 0xffff_ffff, "{level:?}");
                    let mut copy = [0; 64];
                    dispatch!(
                        level,
                        vectors => copy_with(vectors, &chunk, (byte, b'\t'), &mut copy)
                    );
                    chunk[place] = b'\t';
                    assert_eq!(copy, chunk, "{level:?}");
                }
            }
        }
    }
}
