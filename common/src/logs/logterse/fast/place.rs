//! A place in a short text.

/// From one place to another. A place is one byte: the texts are short enough, and an index of one
/// byte needs no check in an array of 256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShortSpan {
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

impl ShortSpan {
    /// How many bytes it has.
    #[inline(always)]
    pub fn length(self) -> usize {
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
        &self.rest(text)[..self.length()]
    }
}
