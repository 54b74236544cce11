//! One log, read from its oldest line on, through all that happens to its files meanwhile.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use memchr::{memchr, memrchr};

use super::At;
use super::listing::{self, Entry, Identity, identity, identity_of};
use super::position::{self, Position, TAIL};
use super::window::{Label, Window, label_at_start, last_label};
use crate::files::open_regular;
use crate::io::{BLOCK, Out, name_of, reason};
use crate::stop::Stop;
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
    /// The next file need not be the one that was written next: some are gone.
    gap: bool,
    /// Of which path it was told last that it cannot be read.
    complained: Option<PathBuf>,
    buffer: Vec<u8>,
    /// `start..whole` are lines, `whole..filled` is the beginning of one.
    start: usize,
    whole: usize,
    filled: usize,
    /// The last byte of the lines is a newline that the file lacks.
    newline_added: bool,
    /// How far lines were consumed when the buffer was last moved.
    position: Position,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: File,
    id: Identity,
    label: Option<Label>,
    /// The files up to this label come before it.
    before: Option<Label>,
    /// Its writer may add to it.
    growing: bool,
    /// It could not be read to its end.
    failed: bool,
    /// A read may have to wait.
    may_block: bool,
    /// Bytes read so far.
    offset: u64,
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
            gap: false,
            complained: None,
            buffer: Vec::new(),
            start: 0,
            whole: 0,
            filled: 0,
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

    /// The first `count` bytes of the block, which are lines, were used.
    pub fn consume(&mut self, count: usize) {
        self.start += count;
    }

    /// At the end of what there is: the beginning of a line whose end is not there yet.
    pub fn rest(&self) -> &[u8] {
        let rest = &self.buffer[self.whole..self.filled];
        if self.window.holds(rest) { rest } else { b"" }
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
            let shown = self.window.cut(&self.buffer[..self.whole]);
            (self.start, self.whole) = (shown.start, shown.end);
        }
        Ok(true)
    }

    /// Reads once; `false` at the end of the file.
    fn read(&mut self, out: &mut Out) -> Result<bool, Stop> {
        let Some(open) = self.open.as_mut().filter(|open| !open.failed) else { return Ok(false) };
        if self.filled == self.buffer.len() {
            self.buffer.resize((2 * self.filled).max(BLOCK), 0);
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
            && open.growing
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
            open.growing = false;
            return true;
        }
        loop {
            if self.queue.is_empty() && !self.list(out) {
                return false;
            }
            let Some(entry) = self.queue.pop_front() else { return false };
            // rotated before the first line that is wanted
            if entry.label.is_some() && entry.label < self.window.awaits() {
                self.pass_over(entry.label);
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
                    if label.is_none() {
                        return false;
                    }
                    self.pass_over(label);
                }
            }
        }
    }

    fn pass_over(&mut self, label: Option<Label>) {
        self.done = label;
        self.resume = None;
        self.gap = true;
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
        if let Some(open) = &mut self.open
            && let Some(at) = entries.iter().position(|entry| entry.id == open.id)
        {
            open.before = open.before.max(label_of_last(&entries[..at]));
            open.label = entries[at].label;
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
        let a_file_is_gone = read().any(|open| entries.iter().all(|entry| entry.id != open.id));
        for (at, entry) in entries.iter().enumerate().skip(next) {
            let may_be_copy = a_file_is_gone && entry.label.is_some();
            if read().any(|open| open.id == entry.id || may_be_copy && self.is_copy(entry, open)) {
                next = at + 1;
            }
        }
        // The oldest are deleted first: as long as the open one is there, its successor is.
        let is_open = |entry: &Entry, open: &Open| {
            let same = entry.id == open.id || entry.label.is_some() && entry.label == open.label;
            same || self.is_copy(entry, open)
        };
        self.gap |= self
            .open
            .as_ref()
            .is_some_and(|open| !entries[..next].last().is_some_and(|last| is_open(last, open)));
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
            return Ok(vec![Entry { path, label: None, id, growing: true, file }]);
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
        let older =
            label_at_start(&head).zip(self.position.last).is_some_and(|(first, last)| first < last);
        older || (!head.is_empty() && head == head_of_read)
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
        if self.filled > 0 {
            let head = head_of(&next.file);
            let cut_short = head.len() < label::LENGTH && memchr(b'\n', &head).is_none();
            if next.growing && cut_short && (head.is_empty() || head[0] == b'@') {
                // whether the line goes on there is not known yet
                return Ok(Next::Wait);
            }
            if label_at_start(&head).is_some() || self.gap {
                self.end_line();
                // asked for again at the next call, with nothing left over
                self.queue.clear();
                return Ok(Next::Ready);
            }
        }
        self.gap = false;
        next.before = self.done;
        if let Some(position) = self.resume.take() {
            next.before = position.before;
            next.seek(position.offset)?;
        } else if let Some(since) = self.window.awaits()
            && !next.may_block
        {
            let offset = offset_before(&next.file, since)?;
            next.seek(offset)?;
            if offset > 0 {
                // an unfinished line goes on at the start of this file, also before the window
                self.filled = 0;
            }
        }
        self.done = self.done.max(next.label);
        match (self.open.take(), next.label) {
            (_, Some(_)) => self.unnamed.clear(),
            (Some(read), None) if read.label.is_none() => self.unnamed.push(read),
            _ => {}
        }
        self.open = Some(next);
        Ok(Next::Ready)
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

impl Open {
    fn new(entry: Entry) -> io::Result<Self> {
        let Entry { path, label, growing, file, .. } = entry;
        let file = file.map_or_else(|| File::open(&path), Ok)?;
        let (id, may_block) = (identity_of(&file)?, !file.metadata()?.is_file());
        Ok(Open {
            path,
            file,
            id,
            label,
            before: None,
            growing,
            failed: false,
            may_block,
            offset: 0,
        })
    }

    fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.offset = self.file.seek(SeekFrom::Start(offset))?;
        Ok(())
    }

    /// Begins again with a file that was emptied, as `copytruncate` of logrotate does.
    fn was_truncated(&mut self) -> bool {
        let shorter = self.file.metadata().is_ok_and(|data| data.len() < self.offset);
        shorter && self.seek(0).is_ok()
    }
}

fn stdin() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

/// The first bytes of a file, a label at least if there are so many.
fn head_of(file: &File) -> Vec<u8> {
    let mut head = vec![0; TAIL];
    let length = file.read_at(&mut head, 0).unwrap_or(0);
    head.truncate(length);
    head
}

/// The start of a line before which nothing has the label `since` or a later one, and not many
/// bytes before the first that has. Labels are in order; lines without one are passed over.
fn offset_before(file: &File, since: Label) -> io::Result<u64> {
    let (mut low, mut high) = (0, file.metadata()?.len());
    while high - low > BLOCK as u64 {
        let middle = low + (high - low) / 2;
        match first_labelled(file, middle, high)? {
            Some((start, label)) if label < since => low = start,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The first line that starts with a label after `from` and before `end`.
fn first_labelled(file: &File, from: u64, end: u64) -> io::Result<Option<(u64, Label)>> {
    let mut piece = vec![0; 4096];
    let mut at = from;
    while at < end {
        let length = file.read_at(&mut piece, at)?;
        let bytes = &piece[..length];
        for newline in memchr::memchr_iter(b'\n', bytes) {
            if let Some(label) = label_at_start(&bytes[newline + 1..]) {
                let start = at + newline as u64 + 1;
                return Ok((start < end).then_some((start, label)));
            }
        }
        // a label across the end of the piece is in the next one, too
        match length.checked_sub(label::LENGTH) {
            Some(step) if step > 0 => at += step as u64,
            _ => break,
        }
    }
    Ok(None)
}
