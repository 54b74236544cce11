//! Lines that are converted together: vectors decode the nanoseconds of eight labels at once.

use common::time::clock;
use common::time::label::{self, LENGTH};

/// So many lines are taken at most.
pub const LINES: usize = 64;
/// What follows a label is copied in pieces of so many bytes; most often one piece is enough.
pub const PIECE: usize = 96;
/// So many bytes can be seen from the start of a line, whether it is as long or not.
const AHEAD: usize = LENGTH + PIECE;

/// A number for each line, in rows that a vector can hold.
type Numbers = [[u64; 8]; LINES / 8];

/// Some lines, and the nanoseconds of their labels.
#[derive(Debug)]
pub struct Batch<'a> {
    taken: usize,
    texts: [&'a [u8; AHEAD]; LINES],
    ends: [usize; LINES],
    /// The eight digits of the nanoseconds, if there is a label.
    hex: Numbers,
    /// The first decimal digit; 0 if those are no digits, or too large.
    first: Numbers,
    rest: Numbers,
}

/// A line of a batch.
#[derive(Debug)]
pub struct Line<'a> {
    /// Where the line begins, and perhaps others after it.
    pub text: &'a [u8; AHEAD],
    /// Where the next line begins in the block.
    pub end: usize,
    first: u64,
    rest: u64,
}

impl Default for Batch<'_> {
    fn default() -> Self {
        let none = [[0; 8]; LINES / 8];
        let (texts, ends) = ([&[0; AHEAD]; LINES], [0; LINES]);
        Batch { taken: 0, texts, ends, hex: none, first: none, rest: none }
    }
}

impl<'a> Batch<'a> {
    /// Takes the lines of which the first begins at `start` of the block; `newlines` are the ends
    /// of all, counted from `base`. Returns how many there are: fewer near the end of the block.
    #[inline(always)]
    pub fn take(
        &mut self,
        block: &'a [u8],
        mut start: usize,
        base: usize,
        newlines: &[u32],
    ) -> usize {
        let mut taken = 0;
        let places = self.texts.iter_mut().zip(&mut self.ends).zip(self.hex.as_flattened_mut());
        for (((text, end), hex), newline) in places.zip(newlines) {
            let Some(ahead) = block.get(start..).and_then(<[u8]>::first_chunk) else { break };
            let Some(digits) = ahead[..LENGTH].last_chunk() else { break };
            start = base + *newline as usize + 1;
            (*text, *end, *hex) = (ahead, start, u64::from_be_bytes(*digits));
            taken += 1;
        }
        self.taken = taken;
        self.decode();
        taken
    }

    /// Turns the digits of all labels to decimal ones. A plain loop, of which the compiler makes
    /// vector instructions.
    #[inline(always)]
    fn decode(&mut self) {
        let rows = self.hex.iter().zip(&mut self.first).zip(&mut self.rest);
        for ((hex, first), rest) in rows.take(self.taken.div_ceil(8)) {
            for ((hex, first), rest) in hex.iter().zip(first).zip(rest) {
                let (nanos, odd) = label::hex_in_word(*hex);
                let (digit, digits) = clock::nine_digits(nanos);
                *first = if odd == 0 && nanos < 1_000_000_000 { digit } else { 0 };
                *rest = digits;
            }
        }
    }

    /// The lines.
    #[inline(always)]
    pub fn lines(&self) -> impl Iterator<Item = Line<'a>> {
        let lines = self.texts[..self.taken].iter().zip(&self.ends[..self.taken]);
        let first = &self.first.as_flattened()[..self.taken];
        let digits = first.iter().zip(&self.rest.as_flattened()[..self.taken]);
        lines.zip(digits).map(
            #[inline(always)]
            |((text, end), (first, rest))| Line { text, end: *end, first: *first, rest: *rest },
        )
    }
}

impl Line<'_> {
    /// The digits of the label's second, if the line begins with a label; they may still be none,
    /// or mean nothing.
    #[inline(always)]
    pub fn label(&self) -> Option<&[u8; LENGTH - 1]> {
        let [b'@', digits @ ..] = self.text else { return None };
        let (digits, after) = digits.split_first_chunk()?;
        (self.first != 0 && matches!(after.first(), Some(b' ' | b'\t' | b'\n'))).then_some(digits)
    }

    /// The nine digits of the nanoseconds of the label.
    #[inline(always)]
    pub fn nanos(&self) -> [u8; 9] {
        let mut digits = [self.first.to_le_bytes()[0]; 9];
        digits[1..].copy_from_slice(&self.rest.to_le_bytes());
        digits
    }
}
