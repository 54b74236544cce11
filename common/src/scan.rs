//! Finds every occurrence of a byte in a block, 64 bytes at a time.
//!
//! Faster than one search per line where lines are short: one comparison serves all the lines
//! that end within the same 64 bytes. The crate `wide` gives the processor's vector instructions a
//! safe face; only those are used that every processor of the kind has.

use wide::u8x16;

/// The places of one byte in a block, in order.
#[derive(Debug)]
pub struct Places<'a> {
    block: &'a [u8],
    byte: u8,
    /// Where the 64 bytes begin that `bits` speaks of: a bit for each place not yet given.
    base: usize,
    bits: u64,
}

impl<'a> Places<'a> {
    /// Looks for `byte` in `block`.
    pub fn new(block: &'a [u8], byte: u8) -> Self {
        let bits = bits_at(block, 0, byte);
        Places { block, byte, base: 0, bits }
    }
}

impl Iterator for Places<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.base += 64;
            if self.base >= self.block.len() {
                return None;
            }
            self.bits = bits_at(self.block, self.base, self.byte);
        }
        let place = self.base + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(place)
    }
}

/// A bit for each of the 64 bytes at `base` that equals `byte`; none for those after the end.
#[inline]
fn bits_at(block: &[u8], base: usize, byte: u8) -> u64 {
    let rest = &block[base..];
    match rest.first_chunk() {
        Some(chunk) => bits_of(chunk, byte),
        None => {
            rest.iter().zip(0..).fold(0, |bits, (each, at)| bits | (u64::from(*each == byte) << at))
        }
    }
}

/// A bit for each byte of `chunk` that equals `byte`, the first the lowest.
#[inline]
fn bits_of(chunk: &[u8; 64], byte: u8) -> u64 {
    let (parts, _) = chunk.as_chunks();
    parts.iter().zip(0..).fold(0, |bits, (part, at)| {
        let equal = u8x16::new(*part).simd_eq(u8x16::splat(byte)).to_bitmask();
        bits | (u64::from(equal) << (16 * at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(block: &[u8], byte: u8) -> bool {
        let naive: Vec<usize> = (0..block.len()).filter(|at| block[*at] == byte).collect();
        Places::new(block, byte).collect::<Vec<_>>() == naive
    }

    #[test]
    fn places_are_what_a_plain_search_finds() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn random(seed: Vec<u8>, length: u16) -> bool {
            // few different bytes, so that there is much to find
            let block: Vec<u8> = seed
                .iter()
                .cycle()
                .take(usize::from(length % 400))
                .map(|byte| byte % 5 + 8)
                .collect();
            seed.is_empty() || holds(&block, b'\n')
        }
        quickcheck::quickcheck(random as fn(Vec<u8>, u16) -> bool);
        for length in 0..200 {
            assert!(holds(&vec![b'\n'; length], b'\n') && holds(&vec![0; length], b'\n'));
            assert!(holds(&vec![0x8a; length], b'\n') && holds(&vec![0xff; length], 0xff));
        }
    }
}
