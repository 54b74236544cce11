//! One log, from its oldest line on.

use std::ffi::OsStr;
use std::io::ErrorKind;

use memchr::memchr;

use super::first_line::FirstLine;
use super::gap::Gap;
use super::position::{self, Position, TAIL, head_length, tail_length};
use super::step::Step;
use super::succession::Succession;
use super::wait::At;
use super::window::Window;
use crate::filter::{BLOCK_BYTES, LineBuffer, Out, Stop, name_of, reason};

const MIB: usize = 1024 * 1024;
/// The longest line of a compressed file: as much as multilog writes to one. A few bytes may
/// decompress to far more than memory holds.
const ARCHIVE_LINE_BYTES: usize = 16 * MIB;

/// A log directory, a file, or standard input (`-`), as one stream of whole lines.
///
/// A line that a rotation cut in two is whole again. Call [`fill`](Log::fill) until it says no; a
/// follower calls it again later, and it goes on from there.
#[derive(Debug)]
pub struct Log {
    files: Succession,
    lines: LineBuffer,
    /// What the first of the lines is.
    first: FirstLine,
    /// The last byte of the lines is a newline that the file lacks.
    newline_added: bool,
}

impl Log {
    /// The log at `name`, with nothing read so far. What is wrong with it is said when it is read;
    /// a follower waits for a log that is not there yet.
    pub fn open(name: &OsStr, at: At, window: Window) -> Self {
        Log {
            files: Succession::new(name, at, window),
            lines: LineBuffer::new(BLOCK_BYTES),
            first: FirstLine::Whole,
            newline_added: false,
        }
    }

    /// Goes on where another reader of this log left off.
    ///
    /// Where the file is neither there nor a copy of it, lines up to the label of the last one that
    /// was read are left out.
    #[must_use]
    pub fn resume(mut self, position: Position) -> Self {
        self.files.resume(position);
        self
    }

    /// The operand that the log was opened by.
    pub fn name(&self) -> &OsStr {
        &self.files.name
    }

    /// The lines that were read and not consumed yet, each with its end.
    pub fn block(&self) -> &[u8] {
        self.lines.lines()
    }

    /// What the first of these lines is, or else the unfinished line.
    pub fn first(&self) -> FirstLine {
        self.first
    }

    /// Notes that the first `count` bytes of the block, which are whole lines, were used.
    pub fn consume(&mut self, count: usize) {
        self.lines.consume(count);
        if count > 0 {
            self.first = FirstLine::Whole;
        }
    }

    /// The unfinished line at the end, if it is in the window.
    pub fn unfinished(&mut self) -> &[u8] {
        let text = self.lines.unfinished();
        // an empty log has no line that lacks a time
        let is_in =
            !text.is_empty() && self.files.window.holds(text, self.first == FirstLine::Rest);
        if is_in { text } else { b"" }
    }

    /// Why nothing of what was read is known to be in the window; `None` if that is known.
    pub fn hindrance(&self) -> Option<&'static str> {
        self.files.window.hindrance().filter(|_| !self.is_missing())
    }

    /// What of the log may be missing, as far as is known by now.
    pub fn gap(&self) -> Option<Gap> {
        self.files.gap().filter(|gap| matches!(gap, Gap::Lost { .. }) || self.hindrance().is_none())
    }

    /// [`fill`](Log::fill) said no, and always will.
    pub fn is_over(&self) -> bool {
        self.files.is_over()
    }

    /// Nothing to read was found so far, nor anything wrong: a directory without a log.
    pub fn is_missing(&self) -> bool {
        self.files.is_missing()
    }

    /// How many of its files come after the open one, as far as they have been listed.
    pub fn files_to_come(&self) -> usize {
        self.files.queue.len()
    }

    /// The place after the last line that was consumed.
    pub fn position(&mut self, out: &mut Out) -> &Position {
        self.note_position(out);
        &self.files.position
    }

    /// Reads until there are lines in the block; `false` if there are none for now. What cannot be
    /// read is said, and left out. Writes `out` before a read that may have to wait.
    pub fn fill(&mut self, out: &mut Out) -> Result<bool, Stop> {
        while self.lines.lines().is_empty() {
            self.note_position(out);
            self.lines.forget_consumed();
            if self.files.window.has_ended() || (!self.read(out)? && !self.advance(out)) {
                return Ok(false);
            }
            self.look_at_first();
            let lines = self.lines.lines();
            let rest = match self.first {
                FirstLine::Rest => memchr(b'\n', lines).map_or(0, |newline| newline + 1),
                FirstLine::Whole | FirstLine::Unknown => 0,
            };
            let shown = self.files.window.cut(lines, rest);
            if shown.start > 0 {
                self.first = FirstLine::Whole;
            }
            self.lines.narrow(shown);
        }
        Ok(true)
    }

    /// Decides what the first line is, as far as its bytes have been read.
    fn look_at_first(&mut self) {
        if let (Some(open), FirstLine::Unknown) = (&self.files.open, self.first) {
            self.first = FirstLine::of(self.lines.unread(), open.label);
        }
    }

    /// Reads once; `false` at the end of the file.
    fn read(&mut self, out: &mut Out) -> Result<bool, Stop> {
        let Some(open) = self.files.open.as_mut().filter(|open| !open.failed) else {
            return Ok(false);
        };
        if open.may_block {
            out.flush()?;
        }
        let failed = match open.read(&mut self.lines) {
            Ok(_) if open.is_compressed() && self.lines.unfinished().len() > ARCHIVE_LINE_BYTES => {
                self.lines.forget_unfinished();
                format!("a line has more than {} MiB", ARCHIVE_LINE_BYTES / MIB)
            }
            Ok(count) => return Ok(count > 0),
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(true),
            Err(error) => reason(&error),
        };
        out.complain(name_of(open.path.as_os_str()), failed);
        self.files.give_up();
        Ok(false)
    }

    /// The open file is at its end: goes on to the next. `false` if there is no more for now.
    fn advance(&mut self, out: &mut Out) -> bool {
        let unfinished = !self.lines.unfinished().is_empty();
        match self.files.advance(unfinished, out) {
            Step::Wait => return false,
            Step::Again => {}
            Step::EndLine => {
                self.lines.finish_line(true);
                self.newline_added = true;
            }
            Step::Opened(first) => {
                if self.files.open.as_ref().is_some_and(|open| open.offset > 0) {
                    // the unfinished line goes on at the start of the file, also before the window
                    self.lines.forget_unfinished();
                }
                if self.lines.unfinished().is_empty() {
                    self.first = first;
                }
            }
        }
        true
    }

    /// Notes how far lines were consumed, before they leave the buffer.
    fn note_position(&mut self, out: &mut Out) {
        let (Some(open), false) = (&mut self.files.open, self.lines.consumed().is_empty()) else {
            return;
        };
        let consumed = self.lines.consumed();
        let (last, of_last) = self.files.position.last_after(consumed);
        let text = &consumed[..consumed.len() - usize::from(self.newline_added)];
        let offset = open.offset - self.lines.unread().len() as u64;
        // a line that was cut begins in the file before
        let tail = tail_length(text, last.is_some()).min(usize::try_from(offset).unwrap_or(TAIL));
        self.newline_added = false;
        let hash = |head: &[u8]| head.get(..head_length(offset)).map(position::hash);
        let head = match open.head().map(hash) {
            Ok(head) => head,
            // in what cannot be read at a place, such as a pipe, no place is found again anyway
            Err(_) if open.may_block => None,
            Err(error) => {
                out.complain(name_of(open.path.as_os_str()), reason(&error));
                None
            }
        };
        self.files.position = Position {
            before: open.before,
            inode: open.id.inode,
            offset,
            tail,
            hash: position::hash(&text[text.len() - tail..]),
            last,
            head,
            unnamed: self.files.unnamed.len(),
            of_last,
        };
    }
}
