//! The operands of a filter as one stream of whole lines.
//!
//! The input flushes the output exactly when a read of it may block, so no tool needs to know
//! whether a person, a pipe or a file is at the other end.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd};

use crate::bytes::scan::Bits;
use crate::filter::byte_range::{ByteRange, Excerpt, Ties};
use crate::filter::compression::Compression;
use crate::filter::line::{Block, Line};
use crate::filter::line_buffer::LineBuffer;
use crate::filter::out::{BLOCK_BYTES, Out, widen};
use crate::filter::stop::{Stop, name_of, reason};

/// The operands as one stream of lines.
///
/// Memory is bounded by the longest line. A file whose last line lacks its end gets one if another
/// operand follows, so lines of two files never run together, unless [`Input::unended`] leaves it so.
/// A compressed file is reported and left out.
#[derive(Debug)]
pub struct Input {
    files: std::vec::IntoIter<OsString>,
    open: Option<InputFile>,
    /// Lines handed out from the files before the open one.
    lines_before: u64,
    buffer: LineBuffer,
    adds_ends: bool,
    range: Option<(ByteRange, Ties)>,
}

#[derive(Debug)]
struct InputFile {
    name: OsString,
    file: File,
    /// How many bytes of it are still to be read, at most.
    bytes_left: u64,
    may_block: bool,
    at_end: bool,
    /// What it begins with is known.
    begun: bool,
    /// Lines before those that are read.
    skipped: u64,
    /// These, and the lines handed out so far.
    lines: u64,
}

impl InputFile {
    /// A file from where it stands on.
    fn new(name: OsString, file: File) -> Self {
        let may_block = !file.metadata().is_ok_and(|data| data.is_file());
        widen(&file);
        let (at_end, begun, skipped, lines) = (false, false, 0, 0);
        InputFile { name, file, bytes_left: u64::MAX, may_block, at_end, begun, skipped, lines }
    }

    /// Some of its lines.
    fn of_excerpt(name: OsString, excerpt: Excerpt) -> Self {
        let Excerpt { file, bytes, ends_before: skipped } = excerpt;
        let whole = InputFile::new(name, file);
        InputFile { bytes_left: bytes, begun: true, skipped, lines: skipped, ..whole }
    }

    fn handed_out(&self) -> u64 {
        self.lines - self.skipped
    }
}

impl Input {
    /// The files of the command line; `-`, or no operand at all, is standard input.
    pub fn new(operands: &[OsString]) -> Self {
        let files = if operands.is_empty() { vec!["-".into()] } else { operands.to_vec() };
        Input {
            files: files.into_iter(),
            open: None,
            lines_before: 0,
            buffer: LineBuffer::new(BLOCK_BYTES),
            adds_ends: true,
            range: None,
        }
    }

    /// Only the lines of a range of each file. In messages they are numbered as
    /// `tail -c +LO FILE` has them.
    #[must_use]
    pub fn within(mut self, range: Option<ByteRange>, ties: Ties) -> Self {
        self.range = range.map(|range| (range, ties));
        self
    }

    /// Lines end in NUL, as `find -print0` writes them.
    #[must_use]
    pub fn ended_by_nul(mut self) -> Self {
        self.buffer.end_of_line = 0;
        self
    }

    /// The last line of each file has only the end that it has there.
    #[must_use]
    pub fn unended(mut self) -> Self {
        self.adds_ends = false;
        self
    }

    /// How many lines were handed out so far.
    pub fn lines(&self) -> u64 {
        self.lines_before + self.open.as_ref().map_or(0, InputFile::handed_out)
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
        let end_of_line = self.buffer.end_of_line;
        while let Some((block, file)) =
            self.next_block(out, &mut |file, out| wait(state, file, out))?
        {
            // a last line without an end ends where the block does
            let end = (block.last() != Some(&end_of_line)).then_some((block.len(), 1));
            let mut start = 0;
            for (base, mut ends) in Bits::new(block, end_of_line).chain(end) {
                while ends != 0 {
                    let end = base + ends.trailing_zeros() as usize;
                    ends &= ends - 1;
                    file.lines += 1;
                    let (text, ended) = (&block[start..end], end < block.len());
                    let (name, number) = (file.name.as_os_str(), file.lines);
                    each(state, Line { text, ended, file: name, number }, out)?;
                    start = end + 1;
                }
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
        let end_of_line = self.buffer.end_of_line;
        while let Some((text, file)) = self.next_block(out, &mut |_, out| out.flush())? {
            each(Block::new(text, end_of_line, &file.name, &mut file.lines), out)?;
            out.flush_if_full()?;
        }
        Ok(())
    }

    /// The next whole lines, or `None` after the last file.
    fn next_block<W>(
        &mut self,
        out: &mut Out,
        wait: &mut W,
    ) -> Result<Option<(&[u8], &mut InputFile)>, Stop>
    where
        W: FnMut(BorrowedFd<'_>, &mut Out) -> Result<(), Stop>,
    {
        self.buffer.consume(self.buffer.lines().len());
        self.buffer.forget_consumed();
        while self.buffer.lines().is_empty() {
            match &self.open {
                Some(file) if file.at_end => {
                    self.lines_before += file.handed_out();
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
        Ok(self.open.as_mut().map(|file| (self.buffer.lines(), file)))
    }

    /// Opens the next file that can be read; says which could not.
    fn open_next(&mut self, out: &mut Out) -> bool {
        for name in self.files.by_ref() {
            let opened = match self.range {
                None => open(&name).map(|file| InputFile::new(name.clone(), file)),
                Some((range, ties)) => range
                    .open(&name, ties)
                    .map(|excerpt| InputFile::of_excerpt(range.name_in(&name), excerpt)),
            };
            match opened {
                Ok(opened) if out.is_input(&opened.file, false) => {
                    out.complain(name_of(&name), Out::IS_INPUT);
                }
                Ok(opened) => {
                    self.open = Some(opened);
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
        let Some(open) = &mut self.open else { return Ok(()) };
        if open.may_block {
            wait(open.file.as_fd(), out)?;
        }
        match self.buffer.read((&open.file).take(open.bytes_left)) {
            Ok(count) => {
                open.bytes_left -= count as u64;
                open.at_end = count == 0;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::OutOfMemory => {
                return Err(Stop::Io(name_of(&open.name), io::Error::other(TOO_LONG)));
            }
            Err(error) => {
                out.complain(name_of(&open.name), reason(&error));
                open.at_end = true;
            }
        }
        if !open.begun {
            // no line is whole before that is known
            let head = self.buffer.unread();
            open.begun = !Compression::may_follow(head);
            if let Some(kind) = Compression::of(head) {
                out.complain(name_of(&open.name), kind.complaint());
                open.at_end = true;
                self.buffer.forget_unread();
            }
        }
        if open.at_end && !self.buffer.unfinished().is_empty() {
            self.buffer.finish_line(self.adds_ends && self.files.len() > 0);
        }
        Ok(())
    }
}

const TOO_LONG: &str = "a line is too long for the memory";

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
        input.open = Some(InputFile::new("-".into(), file));
        input.files = Vec::new().into_iter();
        input.buffer = LineBuffer::new(1);
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
}
