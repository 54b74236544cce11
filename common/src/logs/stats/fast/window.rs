//! The fields after the time, found by the bars between them.

use super::WINDOW_BYTES;
use crate::bytes::plain::odd_bits;
use crate::bytes::scan::{Vectors, bits_of, digits_in};

/// What follows the time, up to the end of the line, and perhaps the end of the time.
pub(super) struct Window {
    pub(super) newline: usize,
    /// A bit for each bar before the newline, in two halves.
    bars: [u64; 2],
}

impl Window {
    /// `None` if the first byte that is not plain is no newline.
    #[inline(always)]
    pub(super) fn of<V: Vectors>(vectors: V, text: &[u8; WINDOW_BYTES]) -> Option<Self> {
        // no `map` here: its closure would not be compiled for these vectors
        let (first, second) = (text.first_chunk()?, text.last_chunk()?);
        let (low, high) = (odd_bits(vectors, first), odd_bits(vectors, second));
        let newline = if low != 0 { low.trailing_zeros() } else { 64 + high.trailing_zeros() };
        let newline = newline as usize;
        let up_to_first = |bits: u64| bits ^ bits.wrapping_sub(1);
        let inside = (up_to_first(low), if low != 0 { 0 } else { up_to_first(high) });
        let (low, high) = (bits_of(vectors, first, *b"|"), bits_of(vectors, second, *b"|"));
        let bars = [low & inside.0, high & inside.1];
        (text.get(newline) == Some(&b'\n')).then_some(Window { newline, bars })
    }

    /// The place of the second of five bars, of which the first must be here, in the lower half.
    #[inline(always)]
    pub(super) fn second_bar(&self, first: usize) -> Option<usize> {
        let [low, high] = self.bars;
        let rest = low & low.wrapping_sub(1);
        let second = if rest != 0 { rest.trailing_zeros() } else { 64 + high.trailing_zeros() };
        let five = low.count_ones() + high.count_ones() == 5;
        (five && low.trailing_zeros() as usize == first).then_some(second as usize)
    }
}

/// How far before the end of a line bytes, status and attempts begin. `last` is what it ends with.
#[inline(always)]
pub(super) fn last_fields<V: Vectors>(vectors: V, last: &[u8; 64]) -> Option<[usize; 3]> {
    let (bars, digits) = (bits_of(vectors, last, *b"|"), digits_in(vectors, last));
    // the length of the last field, if that is a number with a bar before it
    let number = |bars: u64, digits: u64| {
        let length = bars.leading_zeros();
        // with 19 digits it is below 2^64
        (length == digits.leading_ones() && (1..20).contains(&length)).then_some(length)
    };
    let attempts = number(bars, digits)?;
    let (bars, digits) = (bars << (attempts + 1), digits << (attempts + 1));
    let status = bars.leading_zeros() + 1;
    let bytes = number(bars.checked_shl(status)?, digits.checked_shl(status)?)? + 1;
    let starts = [attempts + status + bytes, attempts + status, attempts];
    Some([starts[0] as usize, starts[1] as usize, starts[2] as usize])
}
