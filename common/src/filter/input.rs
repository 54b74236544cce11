//! The operands of a filter as one stream of whole lines.
//!
//! The input flushes the output exactly when a read of it may block, so no tool needs to know
//! whether a person, a pipe or a file is at the other end.

use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd};

use memchr::{memchr, memchr_iter, memrchr};

use crate::bytes::scan::Bits;
use crate::filter::out::{BLOCK_BYTES, Out, widen};
use crate::filter::stop::{Stop, name_of, reason};

/// A line of the input and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The line without its end.
    pub text: &'a [u8],
    /// Was the end there? Only the very last line of the input may lack it.
    pub ended: bool,
    /// The operand it came from, as typed.
    pub file: &'a OsStr,
    /// Its number in that file, from 1.
    pub number: u64,
}

impl<'a> Line<'a> {
    /// A line that was kept: whole, and nothing is said of what is in it.
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

/// Whole lines of one file. Only the last line of the input may lack its end.
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

/// The operands as one stream of lines.
///
/// Memory is bounded by the longest line. A file whose last line lacks its end gets one if another
/// operand follows, so lines of two files never run together.
#[derive(Debug)]
pub struct Input {
    files: std::vec::IntoIter<OsString>,
    end_of_line: u8,
    open: Option<Source>,
    /// Lines handed out from the files before the open one.
    lines_before: u64,
    buffer: Vec<u8>,
    /// `..handed` was handed out, `handed..filled` is the beginning of a line.
    handed: usize,
    filled: usize,
}

#[derive(Debug)]
struct Source {
    name: OsString,
    file: File,
    may_block: bool,
    at_end: bool,
    /// Lines handed out so far.
    lines: u64,
}

impl Input {
    /// The files of the command line; `-`, or no operand at all, is standard input.
    pub fn new(operands: &[OsString]) -> Self {
        let files = if operands.is_empty() { vec!["-".into()] } else { operands.to_vec() };
        Input {
            files: files.into_iter(),
            end_of_line: b'\n',
            open: None,
            lines_before: 0,
            // as the kernel hands it out: a short input touches one page of it
            buffer: vec![0; BLOCK_BYTES],
            handed: 0,
            filled: 0,
        }
    }

    /// Lines end in NUL, as `find -print0` writes them.
    #[must_use]
    pub fn ended_by_nul(mut self) -> Self {
        self.end_of_line = 0;
        self
    }

    /// How many lines were handed out so far.
    pub fn lines(&self) -> u64 {
        self.lines_before + self.open.as_ref().map_or(0, |source| source.lines)
    }

    /// Hands every line to `each`, in order.
    pub fn for_each_line<F>(&mut self, out: &mut Out, mut each: F) -> Result<(), Stop>
    where
        F: FnMut(Line<'_>, &mut Out) -> Result<(), Stop>,
    {
        self.for_each_line_or_wait(
            out,
            &mut (),
            |(), line, out| each(line, out),
            |(), _, out| out.flush(),
        )
    }

    /// The same for tools that wait for something else too: `wait` is called instead of a flush
    /// before a read of the file that may block. It flushes before it blocks itself, and returns
    /// when the file can be read or nothing else is to come.
    pub fn for_each_line_or_wait<S, F, W>(
        &mut self,
        out: &mut Out,
        state: &mut S,
        mut each: F,
        mut wait: W,
    ) -> Result<(), Stop>
    where
        F: FnMut(&mut S, Line<'_>, &mut Out) -> Result<(), Stop>,
        W: FnMut(&mut S, BorrowedFd<'_>, &mut Out) -> Result<(), Stop>,
    {
        let end_of_line = self.end_of_line;
        while let Some((block, source)) =
            self.next_block(out, &mut |file, out| wait(state, file, out))?
        {
            let mut hand_out = |text, ended, out: &mut Out| {
                source.lines += 1;
                let (file, number) = (source.name.as_os_str(), source.lines);
                each(state, Line { text, ended, file, number }, out)
            };
            let mut start = 0;
            for (base, mut ends) in Bits::new(block, end_of_line) {
                while ends != 0 {
                    let end = base + ends.trailing_zeros() as usize;
                    ends &= ends - 1;
                    hand_out(&block[start..end], true, out)?;
                    start = end + 1;
                }
            }
            if start < block.len() {
                hand_out(&block[start..], false, out)?;
            }
            out.flush_if_full()?;
        }
        Ok(())
    }

    /// Hands over whole lines in blocks, for tools that look at many bytes at once.
    pub fn for_each_block<F>(&mut self, out: &mut Out, mut each: F) -> Result<(), Stop>
    where
        F: FnMut(Block<'_>, &mut Out) -> Result<(), Stop>,
    {
        let end_of_line = self.end_of_line;
        while let Some((text, source)) = self.next_block(out, &mut |_, out| out.flush())? {
            let Source { name, lines, .. } = source;
            let counted = Cell::new((0, 0));
            each(Block { text, end_of_line, file: name, lines, counted }, out)?;
            out.flush_if_full()?;
        }
        Ok(())
    }

    /// The next whole lines, or `None` after the last file.
    fn next_block<W>(
        &mut self,
        out: &mut Out,
        wait: &mut W,
    ) -> Result<Option<(&[u8], &mut Source)>, Stop>
    where
        W: FnMut(BorrowedFd<'_>, &mut Out) -> Result<(), Stop>,
    {
        self.buffer.copy_within(self.handed..self.filled, 0);
        self.filled -= self.handed;
        self.handed = 0;
        while self.handed == 0 {
            match &self.open {
                Some(source) if source.at_end => {
                    self.lines_before += source.lines;
                    self.open = None;
                }
                Some(_) => self.fill(out, wait)?,
                None => {
                    if !self.open_next(out) {
                        return Ok(None);
                    }
                }
            }
        }
        Ok(self.open.as_mut().map(|source| (&self.buffer[..self.handed], source)))
    }

    /// Opens the next file that can be opened; says which could not.
    fn open_next(&mut self, out: &mut Out) -> bool {
        for name in self.files.by_ref() {
            match open(&name) {
                Ok(file) => {
                    let may_block = !file.metadata().is_ok_and(|data| data.is_file());
                    widen(&file);
                    self.open = Some(Source { name, file, may_block, at_end: false, lines: 0 });
                    return true;
                }
                Err(error) => out.complain(name_of(&name), reason(&error)),
            }
        }
        false
    }

    /// Reads once, and hands out what lines are whole then.
    fn fill<W>(&mut self, out: &mut Out, wait: &mut W) -> Result<(), Stop>
    where
        W: FnMut(BorrowedFd<'_>, &mut Out) -> Result<(), Stop>,
    {
        let Some(source) = &mut self.open else { return Ok(()) };
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.filled, 0);
        }
        if source.may_block {
            wait(source.file.as_fd(), out)?;
        }
        match source.file.read(&mut self.buffer[self.filled..]) {
            Ok(0) => source.at_end = true,
            Ok(count) => {
                let fresh = self.filled;
                self.filled += count;
                if let Some(at) = memrchr(self.end_of_line, &self.buffer[fresh..self.filled]) {
                    self.handed = fresh + at + 1;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                out.complain(name_of(&source.name), reason(&error));
                source.at_end = true;
            }
        }
        if source.at_end && self.filled > 0 {
            if self.files.len() > 0 {
                // there is room: a buffer filled to its end was doubled before the read
                self.buffer[self.filled] = self.end_of_line;
                self.filled += 1;
            }
            self.handed = self.filled;
        }
        Ok(())
    }
}

fn open(name: &OsStr) -> io::Result<File> {
    if name == "-" {
        io::stdin().as_fd().try_clone_to_owned().map(File::from)
    } else {
        File::open(name)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// All lines that `bytes` give when a pipe hands them over `step` at a time.
    fn lines_of(bytes: &[u8], step: usize) -> Vec<(Vec<u8>, bool, u64)> {
        let (reader, mut writer) = io::pipe().unwrap();
        let bytes = bytes.to_owned();
        let feeder = std::thread::spawn(move || {
            for chunk in bytes.chunks(step) {
                writer.write_all(chunk).unwrap();
            }
        });
        let mut input = Input::new(&[]);
        let file = File::from(std::os::fd::OwnedFd::from(reader));
        input.open =
            Some(Source { name: "-".into(), file, may_block: true, at_end: false, lines: 0 });
        input.files = Vec::new().into_iter();
        input.buffer = vec![0; 1];
        let mut lines = Vec::new();
        let mut out = Out::stdout("test");
        input
            .for_each_line(&mut out, |line, _| {
                lines.push((line.text.to_vec(), line.ended, line.number));
                Ok(())
            })
            .unwrap();
        feeder.join().unwrap();
        lines
    }

    /// The same by the definition of a line.
    fn naive(bytes: &[u8]) -> Vec<(Vec<u8>, bool, u64)> {
        bytes
            .split_inclusive(|byte| *byte == b'\n')
            .zip(1..)
            .map(|(line, number)| match line.strip_suffix(b"\n") {
                Some(text) => (text.to_vec(), true, number),
                None => (line.to_vec(), false, number),
            })
            .collect()
    }

    #[test]
    fn lines_are_the_same_through_every_chunk_size() {
        let samples: [&[u8]; 6] =
            [b"", b"\n", b"a", b"a\n\nbc\n", b"\0\xff\n\r\nlong line\nend", b"\n\n\n"];
        for sample in samples {
            for step in 1..=64 {
                assert_eq!(lines_of(sample, step), naive(sample), "{sample:?} by {step}");
            }
        }
    }

    #[test]
    fn lines_of_a_block_have_their_numbers_in_any_order() {
        let (text, mut lines) = (b"a\n\nbc\nd\n\ne", 7);
        let mut block = Block {
            text,
            end_of_line: b'\n',
            file: OsStr::new("-"),
            lines: &mut lines,
            counted: Cell::new((0, 0)),
        };
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
