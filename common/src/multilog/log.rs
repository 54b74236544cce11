//! One log, read from its oldest line on, through all that happens to its files meanwhile.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use memchr::{memchr, memrchr};

use super::At;
use super::listing::{self, End, Entry, identity, identity_of};
use super::open::{Open, first_labelled, head_of, offset_before, stdin};
use super::position::{self, Position, TAIL};
use super::window::{Label, Window, label_at_start, last_label};
use crate::filter::files::open_regular;
use crate::filter::{BLOCK_BYTES, Out, Stop, name_of, reason};
use crate::time::label;

/// A log directory, a file, or standard input (`-`), as one stream of whole lines.
///
/// A line that a rotation cut in two is whole again. Read with [`fill`](Log::fill) until that says
/// no; whoever follows calls it again later, and it goes on from there.
#[derive(Debug)]
pub struct Log {
    name: OsString,
    at: At,
    window: Window,
    /// Where to go on, until that place was looked for.
    resume: Option<Position>,
    /// All rotated files up to this label were read.
    done: Option<Label>,
    open: Option<Open>,
    /// Files that were read and have not got their last names yet, kept open so that their inodes
    /// are not used again.
    unnamed: Vec<Open>,
    /// What comes after the open file, as far as it was known when that was last asked.
    queue: VecDeque<Entry>,
    /// What comes before the next file.
    before: Before,
    /// Of which path it was told last that it cannot be read.
    complained: Option<PathBuf>,
    buffer: Vec<u8>,
    /// `start..whole` are lines, `whole..filled` is the beginning of one.
    start: usize,
    whole: usize,
    filled: usize,
    /// What the first of the lines is.
    first: First,
    /// The last byte of the lines is a newline that the file lacks.
    newline_added: bool,
    /// How far lines were consumed when the buffer was last moved.
    position: Position,
}

/// What comes before the next file.
#[derive(Debug)]
enum Before {
    /// The open one.
    Open,
    /// One that was not opened, since all its lines are before the window.
    Passed { path: PathBuf, end: End },
    /// One that is gone or cannot be read, or none.
    Unknown,
}

/// What the first line at hand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// A line.
    Whole,
    /// It stands at the start of a file, and what comes before is not known: it may be the rest of
    /// a line, and whatever it begins with may be all that a stranger made the writer say.
    Unknown,
    /// The rest of a line, whatever it looks like.
    Rest,
}

impl Log {
    /// The log at `name`, with nothing read so far. What is wrong with it is told when it is read;
    /// one who follows waits for a log that is not there yet.
    pub fn open(name: &OsStr, at: At, window: Window) -> Self {
        Log {
            name: name.to_owned(),
            at,
            window,
            resume: None,
            done: None,
            open: None,
            unnamed: Vec::new(),
            queue: VecDeque::new(),
            before: Before::Unknown,
            complained: None,
            buffer: Vec::new(),
            start: 0,
            whole: 0,
            filled: 0,
            first: First::Whole,
            newline_added: false,
            position: Position::default(),
        }
    }

    /// Goes on where another reader of this log left off.
    ///
    /// Where the file is neither there nor a copy of it, lines up to the label of the last one that
    /// was read are left out.
    #[must_use]
    pub fn resume(mut self, position: Position) -> Self {
        self.position = position.clone();
        self.resume = Some(position);
        self
    }

    /// The operand that the log was opened by.
    pub fn name(&self) -> &OsStr {
        &self.name
    }

    /// The lines at hand that were not consumed yet, each with its end.
    pub fn block(&self) -> &[u8] {
        &self.buffer[self.start..self.whole]
    }

    /// What the first of these lines is, or that at the end which has no end.
    pub fn first(&self) -> First {
        self.first
    }

    /// The first `count` bytes of the block, which are lines, were used.
    pub fn consume(&mut self, count: usize) {
        self.start += count;
        if count > 0 {
            self.first = First::Whole;
        }
    }

    /// At the end of what there is: the beginning of a line whose end is not there yet.
    pub fn rest(&self) -> &[u8] {
        let rest = &self.buffer[self.whole..self.filled];
        let label = label_at_start(rest).filter(|_| self.first != First::Rest);
        if self.window.holds(label) { rest } else { b"" }
    }

    /// [`fill`](Log::fill) said no, and always will.
    pub fn is_over(&self) -> bool {
        self.at == At::End
            || self.window.has_ended()
            || self.open.as_ref().map_or(self.name == "-", |open| open.may_block)
    }

    /// Nothing to read was found so far, nor anything wrong: a directory without a log.
    pub fn is_missing(&self) -> bool {
        self.open.is_none() && self.done.is_none() && self.complained.is_none()
    }

    /// The place after the last line that was consumed.
    pub fn position(&mut self) -> &Position {
        self.settle();
        &self.position
    }

    /// Sees to it that there are lines in the block; `false` if there are none for now. What cannot
    /// be read is told, and left out. Writes `out` before a read that may have to wait.
    pub fn fill(&mut self, out: &mut Out) -> Result<bool, Stop> {
        while self.start == self.whole {
            self.settle();
            self.buffer.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            (self.start, self.whole) = (0, 0);
            if self.window.has_ended() || (!self.read(out)? && !self.advance(out)) {
                return Ok(false);
            }
            let rest = self.rest_at_start();
            let shown = self.window.cut(&self.buffer[..self.whole], rest);
            (self.start, self.whole) = (shown.start, shown.end);
            if shown.start > 0 {
                self.first = First::Whole;
            }
        }
        Ok(true)
    }

    /// The length of a first line that is none, whatever it looks like: a label that is later than
    /// the end of its file is not the writer's.
    fn rest_at_start(&mut self) -> usize {
        // it may be all there is, and have no end
        if let (Some(open), First::Unknown) = (&self.open, self.first)
            && open.label.is_some()
            && label_at_start(&self.buffer[..self.filled]) > open.label
        {
            self.first = First::Rest;
        }
        let lines = &self.buffer[..self.whole];
        let end = || memchr(b'\n', lines).map_or(0, |newline| newline + 1);
        if self.first == First::Rest { end() } else { 0 }
    }

    /// Reads once; `false` at the end of the file.
    fn read(&mut self, out: &mut Out) -> Result<bool, Stop> {
        let Some(open) = self.open.as_mut().filter(|open| !open.failed) else { return Ok(false) };
        if self.filled == self.buffer.len() {
            self.buffer.resize((2 * self.filled).max(BLOCK_BYTES), 0);
        }
        if open.may_block {
            out.flush()?;
        }
        match open.file.read(&mut self.buffer[self.filled..]) {
            Ok(0) => Ok(false),
            Ok(count) => {
                let fresh = self.filled;
                self.filled += count;
                open.offset += count as u64;
                if let Some(at) = memrchr(b'\n', &self.buffer[fresh..self.filled]) {
                    self.whole = fresh + at + 1;
                }
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
            Err(error) => {
                out.complain(name_of(open.path.as_os_str()), reason(&error));
                open.failed = true;
                Ok(false)
            }
        }
    }

    /// The open file is at its end: goes on to the next. `false` if there is no more for now.
    fn advance(&mut self, out: &mut Out) -> bool {
        if let Some(open) = &mut self.open
            && open.end == End::Growing
        {
            if open.may_block {
                return false;
            }
            if identity(&open.path) == Some(open.id) {
                let truncated = open.was_truncated();
                if truncated && self.filled > 0 {
                    self.end_line();
                }
                return truncated;
            }
            // It got another name. Its writer may have added to it since it was read, but does not
            // any more.
            open.end = End::Torn;
            return true;
        }
        loop {
            if self.queue.is_empty() && !self.list(out) {
                return false;
            }
            let Some(entry) = self.queue.pop_front() else { return false };
            // rotated before the first line that is wanted
            if entry.label.is_some() && entry.label < self.window.awaits() {
                let Entry { path, label, end, .. } = entry;
                self.pass_over(label, Before::Passed { path, end });
                continue;
            }
            let (path, label) = (entry.path.clone(), entry.label);
            match self.succeed(entry) {
                Ok(Next::Ready) => return true,
                Ok(Next::Wait) => {
                    self.queue.clear();
                    return false;
                }
                // renamed since it was listed
                Ok(Next::Gone) => self.queue.clear(),
                Err(error) => {
                    self.complain(&path, &error, out);
                    if label.is_none() && self.queue.is_empty() {
                        return false;
                    }
                    self.pass_over(label, Before::Unknown);
                }
            }
        }
    }

    fn pass_over(&mut self, label: Option<Label>, before: Before) {
        self.done = self.done.max(label);
        self.resume = None;
        self.before = before;
    }

    /// Tells what cannot be read; of what one who follows tries again and again, only once.
    fn complain(&mut self, path: &Path, error: &io::Error, out: &mut Out) {
        let awaited = self.at == At::Follow && error.kind() == ErrorKind::NotFound;
        if !awaited && self.complained.replace(path.to_owned()).is_none_or(|told| told != path) {
            out.complain(name_of(path.as_os_str()), reason(error));
        }
    }

    /// Makes the queue anew: what comes after all that was read. `false` if that is nothing.
    fn list(&mut self, out: &mut Out) -> bool {
        let entries = match self.entries() {
            Ok(entries) => entries,
            Err(error) => {
                self.complain(&PathBuf::from(&self.name), &error, out);
                return false;
            }
        };
        let next = match self.resume.take() {
            Some(position) => self.find(&entries, &position),
            None => self.first_unread(&entries),
        };
        let label_of_last =
            |entries: &[Entry]| entries.iter().filter_map(|entry| entry.label).max();
        self.done = self.done.max(label_of_last(&entries[..next]));
        if let (Some(open), Some(at)) = (&mut self.open, next.checked_sub(1))
            && !matches!(self.before, Before::Unknown)
        {
            // it is the open one, or a copy of that, whatever its name is by now
            open.before = open.before.max(label_of_last(&entries[..at]));
            (open.label, open.end) = (entries[at].label, entries[at].end);
        }
        let waits =
            |open: &Open| entries.iter().any(|entry| entry.id == open.id && entry.label.is_none());
        self.unnamed.retain(waits);
        self.queue = entries.into_iter().skip(next).collect();
        !self.queue.is_empty()
    }

    /// Which of these files comes after all that were read.
    fn first_unread(&mut self, entries: &[Entry]) -> usize {
        let mut next = entries
            .partition_point(|entry| entry.label.is_some_and(|label| Some(label) <= self.done));
        let read =
            || self.unnamed.iter().chain(self.open.as_ref().filter(|open| open.label.is_none()));
        let is_gone = |open: &&Open| entries.iter().all(|entry| entry.id != open.id);
        // files are rotated in the order in which they were read, so copies of them come in it, too
        let mut gone = read().filter(is_gone);
        let mut original = gone.next();
        for (at, entry) in entries.iter().enumerate().skip(next) {
            if read().any(|open| open.id == entry.id) {
                next = at + 1;
            } else if entry.label.is_some()
                && original.is_some_and(|original| self.is_copy(entry, original))
            {
                (next, original) = (at + 1, gone.next());
            }
        }
        // The oldest are deleted first: as long as the open one is there, its successor is.
        let is_open = |entry: &Entry, open: &Open| {
            let same = entry.id == open.id || entry.label.is_some() && entry.label == open.label;
            same || self.is_copy(entry, open)
        };
        if let Some(open) = &self.open
            && !entries[..next].last().is_some_and(|last| is_open(last, open))
        {
            self.before = Before::Unknown;
        }
        next
    }

    fn entries(&self) -> io::Result<Vec<Entry>> {
        if self.name == "-" {
            // once, and it is over
            if self.open.is_some() {
                return Ok(Vec::new());
            }
            let file = stdin()?;
            let id = identity_of(&file)?;
            let (path, file) = ("-".into(), Some(file));
            let entry = Entry { path, label: None, id, end: End::Growing, file };
            return Ok(vec![entry]);
        }
        listing::list(Path::new(&self.name))
    }

    /// Which of these files to read next, to go on at a place.
    fn find(&mut self, entries: &[Entry], position: &Position) -> usize {
        let first = entries
            .partition_point(|entry| entry.label.is_some_and(|at| Some(at) <= position.before));
        let holds = |at: &usize| {
            let entry = &entries[*at];
            match &entry.file {
                Some(file) => position.is_in(file),
                None => open_regular(&entry.path).and_then(|file| position.is_in(&file)),
            }
            .unwrap_or(false)
        };
        let same_inode = |at: &usize| entries[*at].id.inode == position.inode;
        let candidates = || first..entries.len();
        let found = candidates().filter(same_inode).find(holds);
        if let Some(at) = found.or_else(|| candidates().find(holds)) {
            self.resume = Some(position.clone());
            return at;
        }
        if let Some(last) = position.last {
            self.window.only_after(last);
        }
        first
    }

    /// Is the entry what a processor made of a file that was read?
    fn is_copy(&self, entry: &Entry, read: &Open) -> bool {
        let Ok(file) = open_regular(&entry.path) else { return false };
        let (head, head_of_read) = (head_of(&file), head_of(&read.file));
        // its first line may be the rest of another, and no label what that begins with
        let second = first_labelled(&file, 0, u64::MAX).ok().flatten();
        let second = second.map(|(_, label)| label);
        let older = second.zip(self.position.last).is_some_and(|(second, last)| second < last);
        // a processor may leave only one line, or the last two
        let left = || second.or_else(|| label_at_start(&head));
        older
            || (!head.is_empty() && head == head_of_read)
            || left().is_some_and(|label| read.has_line_of(label).unwrap_or(false))
    }

    /// Opens the next file, unless what is left of the one before must be dealt with first.
    fn succeed(&mut self, entry: Entry) -> io::Result<Next> {
        match Open::new(entry) {
            Ok(next) => self.start_of(next),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Next::Gone),
            Err(error) => Err(error),
        }
    }

    fn start_of(&mut self, mut next: Open) -> io::Result<Next> {
        if self.filled > 0 && !self.goes_on() {
            let head = head_of(&next.file);
            let cut_short = head.len() < label::LENGTH && memchr(b'\n', &head).is_none();
            if next.end == End::Growing && cut_short && (head.is_empty() || head[0] == b'@') {
                // whether the line goes on there is not known yet
                return Ok(Next::Wait);
            }
            if label_at_start(&head).is_some() || !matches!(self.before, Before::Open) {
                self.end_line();
                // asked for again at the next call, with nothing left over
                self.queue.clear();
                return Ok(Next::Ready);
            }
        }
        next.before = self.done;
        let mut before = std::mem::replace(&mut self.before, Before::Open);
        if let Some(position) = self.resume.take() {
            next.before = position.before;
            next.seek(position.offset)?;
            before = Before::Open;
        } else if let Some(since) = self.window.awaits()
            && !next.may_block
        {
            self.go_to(&mut next, since, &before)?;
            if next.offset > 0 {
                // an unfinished line goes on at the start of this file, also before the window
                self.filled = 0;
            }
        }
        let unknown = matches!(before, Before::Unknown) && next.offset == 0;
        self.first = if unknown { First::Unknown } else { First::Whole };
        self.done = self.done.max(next.label);
        match (self.open.take(), next.label) {
            (_, Some(_)) => self.unnamed.clear(),
            (Some(read), None) if read.label.is_none() => self.unnamed.push(read),
            _ => {}
        }
        self.open = Some(next);
        Ok(Next::Ready)
    }

    /// Goes to a place in the next file before which nothing is in the window.
    fn go_to(&mut self, next: &mut Open, since: Label, before: &Before) -> io::Result<()> {
        let rest = match before {
            Before::Passed { path, end: End::Closed } => next.end_of_rest(path, since)?,
            _ => Some(0),
        };
        let Some(end) = rest else {
            // the line goes on in the file after it
            self.before = Before::Passed { path: next.path.clone(), end: next.end };
            return next.seek_end();
        };
        next.seek(offset_before(&next.file, end, since)?)
    }

    /// Does the next file begin with the rest of the unfinished line, whatever that looks like? A
    /// file that was ended in the middle of a line was full.
    fn goes_on(&self) -> bool {
        let ended = |open: &Open| open.end == End::Closed && !open.failed;
        matches!(self.before, Before::Open) && self.open.as_ref().is_some_and(ended)
    }

    /// Gives the unfinished line the end that it will not get any more.
    fn end_line(&mut self) {
        // there is room: a buffer filled to its end was doubled before the read
        self.buffer[self.filled] = b'\n';
        self.filled += 1;
        self.whole = self.filled;
        self.newline_added = true;
    }

    /// Notes how far lines were consumed, before they leave the buffer.
    fn settle(&mut self) {
        let Some(open) = self.open.as_ref().filter(|_| self.start > 0) else { return };
        let end = self.start - usize::from(self.newline_added);
        self.newline_added = false;
        let unread = (self.filled - self.start) as u64;
        let offset = open.offset - unread;
        // a line that was cut begins in the file before
        let tail = TAIL.min(end).min(usize::try_from(offset).unwrap_or(TAIL));
        let last = last_label(&self.buffer[..self.start]);
        self.position = Position {
            before: open.before,
            inode: open.id.inode,
            offset,
            tail,
            hash: position::hash(&self.buffer[end - tail..end]),
            last: last.or(self.position.last),
        };
    }
}

enum Next {
    /// There is something to read.
    Ready,
    /// There will be.
    Wait,
    /// The file has another name by now.
    Gone,
}
