//! Finds every occurrence of a byte, or of either of two, in a block, 64 bytes at a time.
//!
//! Faster than one search per line where lines are short: one comparison serves all the lines
//! that end within the same 64 bytes. The crate `wide` gives the processor's vector instructions a
//! safe face; only those are used that every processor of the kind has.

use wide::u8x16;

/// The places of any of a few bytes in a block, in order.
#[derive(Debug)]
pub struct Places<'a, const N: usize> {
    block: &'a [u8],
    bytes: [u8; N],
    /// Where the 64 bytes begin that `bits` speaks of: a bit for each place not yet given.
    base: usize,
    bits: u64,
}

impl<'a, const N: usize> Places<'a, N> {
    /// Looks for `bytes` in `block`.
    pub fn new(block: &'a [u8], bytes: [u8; N]) -> Self {
        let bits = bits_at(block, 0, bytes);
        Places { block, bytes, base: 0, bits }
    }
}

impl<const N: usize> Iterator for Places<'_, N> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.base += 64;
            if self.base >= self.block.len() {
                return None;
            }
            self.bits = bits_at(self.block, self.base, self.bytes);
        }
        let place = self.base + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(place)
    }
}

/// The places of a few bytes in a block, told apart: for each 64 bytes of it where they begin, and
/// for each byte that is looked for the bits of its places.
#[derive(Debug)]
pub struct Bits<'a, const N: usize> {
    block: &'a [u8],
    bytes: [u8; N],
    base: usize,
}

impl<'a, const N: usize> Bits<'a, N> {
    /// Looks for `bytes` in `block`.
    pub fn new(block: &'a [u8], bytes: [u8; N]) -> Self {
        Bits { block, bytes, base: 0 }
    }
}

impl<const N: usize> Iterator for Bits<'_, N> {
    type Item = (usize, [u64; N]);

    #[inline]
    fn next(&mut self) -> Option<(usize, [u64; N])> {
        let (block, base) = (self.block, self.base);
        if base >= block.len() {
            return None;
        }
        self.base += 64;
        // a plain loop: the closure of `map` is not always inlined
        let mut bits = [0; N];
        for (bits, byte) in bits.iter_mut().zip(self.bytes) {
            *bits = bits_at(block, base, [byte]);
        }
        Some((base, bits))
    }
}

/// The first place of `byte` in 64 bytes.
#[inline]
pub fn first(chunk: &[u8; 64], byte: u8) -> Option<usize> {
    match bits_of(chunk, [byte]) {
        0 => None,
        bits => Some(bits.trailing_zeros() as usize),
    }
}

/// A bit for each of the 64 bytes at `base` that is one of `bytes`; none for those after the end.
#[inline]
fn bits_at<const N: usize>(block: &[u8], base: usize, bytes: [u8; N]) -> u64 {
    let rest = &block[base..];
    if let Some(chunk) = rest.first_chunk() {
        return bits_of(chunk, bytes);
    }
    let mut padded = [0; 64];
    padded[..rest.len()].copy_from_slice(rest);
    bits_of(&padded, bytes) & ((1 << rest.len()) - 1)
}

/// A bit for each byte of `chunk` that is one of `bytes`, the first the lowest.
#[inline]
pub fn bits_of<const N: usize>(chunk: &[u8; 64], bytes: [u8; N]) -> u64 {
    let (parts, _) = chunk.as_chunks();
    parts.iter().zip(0..).fold(0, |bits, (part, at)| {
        let part = u8x16::new(*part);
        let equal = bytes.map(|byte| part.simd_eq(u8x16::splat(byte)));
        let any = equal.into_iter().fold(u8x16::splat(0), |any, each| any | each);
        bits | (u64::from(any.to_bitmask()) << (16 * at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds<const N: usize>(block: &[u8], bytes: [u8; N]) -> bool {
        let naive: Vec<usize> = (0..block.len()).filter(|at| bytes.contains(&block[*at])).collect();
        Places::new(block, bytes).collect::<Vec<_>>() == naive
    }

    /// The same for the bits, byte by byte.
    fn bits_hold<const N: usize>(block: &[u8], bytes: [u8; N]) -> bool {
        let mut found = [const { Vec::new() }; N];
        for (base, bits) in Bits::new(block, bytes) {
            for (places, bits) in found.iter_mut().zip(bits) {
                places.extend((0..64).filter(|at| bits >> at & 1 == 1).map(|at| base + at));
            }
        }
        let naive = |byte| (0..block.len()).filter(|at| block[*at] == byte).collect::<Vec<_>>();
        found == bytes.map(naive)
    }

    #[test]
    fn places_are_what_a_plain_search_finds() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn random(seed: Vec<u8>, length: u16) -> bool {
            // few different bytes, so that there is much to find
            let few = seed.iter().cycle().map(|byte| byte % 5 + 8);
            let block: Vec<u8> = few.take(usize::from(length % 400)).collect();
            holds(&block, *b"\n") && holds(&block, *b"\t\n") && bits_hold(&block, *b"\t\n")
        }
        quickcheck::quickcheck(random as fn(Vec<u8>, u16) -> bool);
        for place in 0..64 {
            let mut chunk = [b'\r'; 64];
            assert_eq!(first(&chunk, b'\n'), None);
            chunk[place..].fill(b'\n');
            assert_eq!(first(&chunk, b'\n'), Some(place));
        }
        for length in 0..200 {
            for byte in [0, b'\n', 0x8a, 0xff] {
                let block = vec![byte; length];
                assert!(holds(&block, *b"\n") && holds(&block, [0, 0xff]));
                assert!(bits_hold(&block, *b"\n") && bits_hold(&block, [0, 0xff]));
            }
        }
    }
}
