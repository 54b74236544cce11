//! A buffer that is filled from a file: whole lines, then the beginning of one.

use std::io::{self, Read};
use std::ops::Range;

use memchr::memrchr;

/// Whole lines, and after them the beginning of a line whose end has not been read yet.
///
/// It grows when one line fills it, so memory is bounded by the longest line.
#[derive(Debug)]
pub struct LineBuffer {
    /// What a line ends in.
    pub end_of_line: u8,
    bytes: Vec<u8>,
    /// `..start` was consumed, `start..whole` are lines, `whole..filled` is the beginning of one.
    start: usize,
    whole: usize,
    filled: usize,
}

impl LineBuffer {
    /// An empty buffer of this size, which must not be 0.
    pub fn new(size: usize) -> Self {
        // as the kernel hands it out: a short input touches one page of it
        LineBuffer { end_of_line: b'\n', bytes: vec![0; size], start: 0, whole: 0, filled: 0 }
    }

    /// The lines that were not consumed yet.
    pub fn lines(&self) -> &[u8] {
        &self.bytes[self.start..self.whole]
    }

    /// The beginning of a line that follows them.
    pub fn unfinished(&self) -> &[u8] {
        &self.bytes[self.whole..self.filled]
    }

    /// All that was not consumed yet.
    pub fn unread(&self) -> &[u8] {
        &self.bytes[self.start..self.filled]
    }

    /// What was consumed since [`forget_consumed`](LineBuffer::forget_consumed).
    pub fn consumed(&self) -> &[u8] {
        &self.bytes[..self.start]
    }

    /// Notes that the first `length` bytes of the lines were used.
    pub fn consume(&mut self, length: usize) {
        self.start += length;
    }

    /// Leaves only this range of the lines: those before it are consumed, those after it belong to
    /// the unfinished line from now on.
    pub fn narrow(&mut self, lines: Range<usize>) {
        (self.start, self.whole) = (self.start + lines.start, self.start + lines.end);
    }

    /// Makes room at the end: what was consumed is gone.
    pub fn forget_consumed(&mut self) {
        self.bytes.copy_within(self.start..self.filled, 0);
        (self.whole, self.filled) = (self.whole - self.start, self.filled - self.start);
        self.start = 0;
    }

    /// Forgets the unfinished line.
    pub fn forget_unfinished(&mut self) {
        self.filled = self.whole;
    }

    /// Forgets all that was not consumed yet.
    pub fn forget_unread(&mut self) {
        (self.whole, self.filled) = (self.start, self.start);
    }

    /// Reads once; gives the number of bytes, 0 at the end of the file. An error of the kind
    /// `OutOfMemory` if the line is too long for the memory.
    pub fn read(&mut self, mut file: impl Read) -> io::Result<usize> {
        self.make_room()?;
        let fresh = self.filled;
        let count = file.read(&mut self.bytes[fresh..])?;
        self.filled += count;
        if let Some(at) = memrchr(self.end_of_line, &self.bytes[fresh..self.filled]) {
            self.whole = fresh + at + 1;
        }
        Ok(count)
    }

    /// Takes the unfinished line for a whole one, with or without an end added to it.
    pub fn finish_line(&mut self, add_end: bool) {
        if add_end {
            match self.bytes.get_mut(self.filled) {
                Some(byte) => *byte = self.end_of_line,
                None => self.bytes.push(self.end_of_line),
            }
            self.filled += 1;
        }
        self.whole = self.filled;
    }

    fn make_room(&mut self) -> io::Result<()> {
        if self.filled == self.bytes.len() {
            self.bytes.try_reserve_exact(self.filled)?;
            self.bytes.resize(2 * self.filled, 0);
        }
        Ok(())
    }
}
