//! Some bytes of a text, with what stands around them.
//!
//! To copy eight fields of a few bytes each, the processor guesses eight lengths, and often guesses
//! wrong. A copy of 64 bytes needs no guess; it needs to know that 64 bytes are there.

use std::ops::Range;

use crate::bytes::digits::{eight_digits, number};

/// Some bytes of a text, and what stands after them: code that takes many bytes at once, whatever
/// the length, can do so.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Span<'a> {
    text: &'a [u8],
    start: usize,
    end: usize,
}

impl<'a> Span<'a> {
    /// The bytes of `text` in `range`, which must not reach beyond it.
    #[inline(always)]
    pub fn new(text: &'a [u8], range: Range<usize>) -> Self {
        Span { text, start: range.start, end: range.end }
    }

    /// Where in its text it stands.
    #[inline(always)]
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The part itself.
    #[inline(always)]
    pub fn bytes(&self) -> &'a [u8] {
        &self.text[self.start..self.end]
    }

    /// Its first `count` bytes. There must be as many.
    #[inline(always)]
    pub fn first(mut self, count: usize) -> Self {
        self.end = self.start + count;
        self
    }

    /// Its last `count` bytes. There must be as many.
    #[inline(always)]
    pub fn last(mut self, count: usize) -> Self {
        self.start = self.end - count;
        self
    }

    /// How many bytes it has.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Is there nothing in it?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// So many bytes from its beginning on, of it and of what follows, if there are.
    #[inline(always)]
    pub fn chunk<const N: usize>(&self) -> Option<&'a [u8; N]> {
        self.text.get(self.start..)?.first_chunk()
    }

    /// So many bytes up to its end, of it and of what stands before, if there are.
    #[inline(always)]
    pub fn last_chunk<const N: usize>(&self) -> Option<&'a [u8; N]> {
        self.text.get(..self.end)?.last_chunk()
    }

    /// Texts of less than eight bytes as numbers, which are compared without a guess at the length;
    /// `None` for longer ones.
    #[inline(always)]
    pub fn short(&self) -> Option<u64> {
        if self.len() >= 8 {
            return None;
        }
        let Some(chunk) = self.chunk() else { return Some(short(self.bytes())) };
        let bits = 8 * self.len();
        Some(u64::from_le_bytes(*chunk) & ((1 << bits) - 1) | (self.len() as u64) << 56)
    }

    /// The number below 2^64 that it writes in decimal digits.
    #[inline(always)]
    pub fn number(&self) -> Option<u64> {
        if let (1..=8, Some(last)) = (self.len(), self.last_chunk()) {
            return eight_digits(*last, self.len());
        }
        number(self.bytes())
    }
}

/// All of these bytes, with nothing after.
impl<'a> From<&'a [u8]> for Span<'a> {
    fn from(text: &'a [u8]) -> Self {
        Span { text, start: 0, end: text.len() }
    }
}

/// What [`Span::short`] gives for a text of less than eight bytes.
pub const fn short(text: &[u8]) -> u64 {
    let (mut word, mut at) = (0, 0);
    while at < text.len() {
        word |= (text[at] as u64) << (8 * at);
        at += 1;
    }
    word | (text.len() as u64) << 56
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digits, and other bytes at each place among them, whatever stands before and after.
    #[test]
    fn parts_are_read_as_their_bytes_are() {
        for length in 0..12 {
            for place in 0..length {
                for byte in 0..=255 {
                    let mut text = *b"12\t9876543210987654\t21";
                    text[3 + place] = byte;
                    let bytes = &text[3..3 + length];
                    for part in [Span { text: &text, start: 3, end: 3 + length }, bytes.into()] {
                        assert_eq!(part.number(), number(bytes), "{bytes:?}");
                        assert_eq!(part.short(), (length < 8).then(|| short(bytes)), "{bytes:?}");
                        assert_eq!(part.last(length / 2).bytes(), &bytes[length - length / 2..]);
                        assert_eq!(part.first(length / 2).bytes(), &bytes[..length / 2]);
                    }
                }
            }
        }
        assert_ne!(short(b"in"), short(b"in\0"));
    }
}
