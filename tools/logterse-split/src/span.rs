//! A part of a short text.

/// From one place to another. A place is a byte: the texts are so short, and an index of one byte
/// needs no check in an array of 256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub from: u8,
    /// The first byte after it.
    pub to: u8,
}

/// A place that is known to be below 256.
#[inline(always)]
pub const fn place(number: usize) -> u8 {
    number.to_le_bytes()[0]
}

impl Span {
    /// How long it is.
    #[inline(always)]
    pub fn len(self) -> usize {
        usize::from(self.to.wrapping_sub(self.from))
    }

    /// The text from its start on.
    #[inline(always)]
    pub fn rest<const N: usize>(self, text: &[u8; N]) -> &[u8] {
        &text[usize::from(self.from)..]
    }

    /// What stands there.
    #[inline(always)]
    pub fn of<const N: usize>(self, text: &[u8; N]) -> &[u8] {
        &self.rest(text)[..self.len()]
    }
}
