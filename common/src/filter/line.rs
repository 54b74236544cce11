//! A line of the input, and whole lines in blocks.

use std::cell::Cell;
use std::ffi::{OsStr, OsString};

use memchr::{memchr, memchr_iter};

use crate::filter::stop::name_of;

/// A line of the input and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The line without its end.
    pub text: &'a [u8],
    /// Was the end there? Only the very last line of the input may lack it, or of each file of an
    /// [`Input::unended`](super::Input::unended).
    pub ended: bool,
    /// The operand it came from, as typed.
    pub file: &'a OsStr,
    /// Its number in that file, from 1.
    pub number: u64,
}

impl<'a> Line<'a> {
    /// A line that was copied, with its end.
    pub fn kept(text: &'a [u8], file: &'a OsStr, number: u64) -> Self {
        Line { text, ended: true, file, number }
    }

    /// `FILE:NUMBER`, the subject of a message about this line.
    pub fn place(&self) -> String {
        format!("{}:{}", name_of(self.file), self.number)
    }

    /// The line without a carriage return at its end.
    pub fn without_cr(&self) -> &'a [u8] {
        self.text.strip_suffix(b"\r").unwrap_or(self.text)
    }
}

/// A line that was copied, with its place, to be looked at again later.
#[derive(Clone, Debug)]
pub struct OwnedLine {
    /// The line without its end.
    pub text: Vec<u8>,
    /// The operand it came from, as typed.
    pub file: OsString,
    /// Its number in that file, from 1.
    pub number: u64,
}

impl OwnedLine {
    /// The line as it was; whether its end was there is not kept.
    pub fn line(&self) -> Line<'_> {
        Line::kept(&self.text, &self.file, self.number)
    }
}

impl From<Line<'_>> for OwnedLine {
    fn from(line: Line<'_>) -> Self {
        let (text, file) = (line.text.to_vec(), line.file.to_owned());
        OwnedLine { text, file, number: line.number }
    }
}

/// Whole lines of one file. Only the last line may lack its end.
#[derive(Debug)]
pub struct Block<'a> {
    text: &'a [u8],
    end_of_line: u8,
    file: &'a OsStr,
    /// Lines taken so far.
    lines: &'a mut u64,
    /// A place in the text, and how many lines end before it.
    counted: Cell<(usize, u64)>,
}

impl<'a> Block<'a> {
    /// The lines that come next of a file of which `lines` lines were taken before.
    pub(super) fn new(
        text: &'a [u8],
        end_of_line: u8,
        file: &'a OsStr,
        lines: &'a mut u64,
    ) -> Self {
        Block { text, end_of_line, file, lines, counted: Cell::new((0, 0)) }
    }

    /// All lines that were not taken yet.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The line that begins at `start` of the text and ends before `end`.
    pub fn line(&self, start: usize, end: usize) -> Line<'a> {
        // from the last line that was asked for on, or a block of nothing else takes for ever
        let (from, lines) = Some(self.counted.get()).filter(|it| it.0 <= start).unwrap_or_default();
        let before = lines + memchr_iter(self.end_of_line, &self.text[from..start]).count() as u64;
        self.counted.set((start, before));
        self.line_after(before, start, end)
    }

    /// The same where it is known how many lines of the text come before.
    #[inline]
    pub fn line_after(&self, before: u64, start: usize, end: usize) -> Line<'a> {
        let (text, ended) = (&self.text[start..end], end < self.text.len());
        Line { text, ended, file: self.file, number: *self.lines + before + 1 }
    }

    /// Is this the first line of its file, if so many lines of the text come before?
    #[inline]
    pub fn is_first(&self, before: u64) -> bool {
        *self.lines + before == 0
    }

    /// Takes the first `lines` lines, which the caller knows to have `length` bytes with their
    /// ends.
    #[inline]
    pub fn take(&mut self, lines: u64, length: usize) {
        *self.lines += lines;
        self.text = &self.text[length..];
        self.counted.set((0, 0));
    }

    /// Takes the first line.
    pub fn next_line(&mut self) -> Option<Line<'a>> {
        if self.text.is_empty() {
            return None;
        }
        let end = memchr(self.end_of_line, self.text).unwrap_or(self.text.len());
        let line = self.line_after(0, 0, end);
        self.take(1, end + usize::from(line.ended));
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_block_have_their_numbers_in_any_order() {
        let (text, mut lines) = (b"a\n\nbc\nd\n\ne", 7);
        let mut block = Block::new(text, b'\n', OsStr::new("-"), &mut lines);
        let starts = [(0, 8), (2, 9), (3, 10), (6, 11), (8, 12), (9, 13)];
        for (first, number) in starts {
            for (second, other) in starts {
                assert_eq!(block.line(first, first).number, number);
                assert_eq!(block.line(second, second).number, other);
            }
        }
        block.take(3, 6);
        assert_eq!([block.line(3, 4).number, block.line(0, 1).number], [13, 11]);
    }
}
