//! Which file of a log is read next, whatever happens to its files meanwhile.

mod resume;
mod unread;

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use memchr::memchr;

use super::first_line::FirstLine;
use super::gap::{Gap, Missing};
use super::labels::Label;
use super::listing::{self, End, List, LogFile, identity, identity_of};
use super::looks::Looks;
use super::open::{Open, stdin};
use super::position::Position;
use super::search::first_time;
use super::step::{Before, Step};
use super::text::Text;
use super::wait::At;
use super::window::Window;
use crate::filter::{Out, name_of, reason};
use crate::time::label;

/// The files of a log, one after the other.
#[derive(Debug)]
pub struct Succession {
    /// The operand that the log was opened by.
    pub name: OsString,
    at: At,
    /// What of the log is wanted.
    pub window: Window,
    /// The file that is read.
    pub open: Option<Open>,
    /// How far lines were consumed when that was last noted.
    pub position: Position,
    /// Where to go on, until that place was looked for.
    resume: Option<Position>,
    /// All rotated files up to this label were read.
    done: Option<Label>,
    /// Files that were read and have not got their last names yet, kept open so that their inodes
    /// are not used again.
    pub unnamed: Vec<Open>,
    /// The files after the open one, as far as they were known at the last look.
    pub queue: VecDeque<LogFile>,
    /// What comes before the next file.
    before: Before,
    /// The path that was last complained of.
    complained: Option<PathBuf>,
    /// What is known to be missing.
    missing: Missing,
}

impl Succession {
    /// The files of the log at `name`, from the first that is in the window.
    pub fn new(name: &OsStr, at: At, window: Window) -> Self {
        Succession {
            name: name.to_owned(),
            at,
            window,
            open: None,
            position: Position::default(),
            resume: None,
            done: None,
            unnamed: Vec::new(),
            queue: VecDeque::new(),
            before: Before::Unknown,
            complained: None,
            missing: Missing::default(),
        }
    }

    /// What may be missing, as far as is known by now.
    pub fn gap(&self) -> Option<Gap> {
        self.missing.gap(&self.window)
    }

    /// Will there be no more than there is now?
    pub fn is_over(&self) -> bool {
        self.at == At::End
            || self.window.has_ended()
            || self.open.as_ref().map_or(self.name == "-", |open| open.may_block)
    }

    /// Has neither a file been found nor anything wrong: a directory without a log?
    pub fn is_missing(&self) -> bool {
        self.open.is_none() && self.done.is_none() && self.complained.is_none()
    }

    /// The open file is at its end: goes on to the next. `unfinished`: it ends in the middle of a
    /// line.
    pub fn advance(&mut self, unfinished: bool, out: &mut Out) -> Step {
        if let Some(open) = &mut self.open
            && open.end == End::Growing
        {
            if open.may_block {
                return Step::Wait;
            }
            if identity(&open.path) == Some(open.id) {
                return match open.was_truncated() {
                    Ok(true) => {
                        self.note_deleted("was emptied; its last lines before may be missing", out);
                        if unfinished { Step::EndLine } else { Step::Again }
                    }
                    Ok(false) => Step::Wait,
                    Err(error) => {
                        let path = open.path.clone();
                        self.complain(&path, &error, out);
                        Step::Wait
                    }
                };
            }
            // It got another name. Its writer may have added to it since it was read, but does not
            // any more.
            open.end = End::Torn;
            return Step::Again;
        }
        loop {
            if self.queue.is_empty() && !self.list(out) {
                return Step::Wait;
            }
            let Some(file) = self.queue.pop_front() else { return Step::Wait };
            // rotated before the first line that is wanted
            if file.label.is_some() && file.label < self.window.awaits_in_later_files() {
                let LogFile { path, label, end, .. } = file;
                self.window.note_earlier_lines();
                if let Some(lost) = &mut self.missing.lost {
                    lost.note_passed(label);
                }
                self.pass_over(label, Before::Passed { path, end });
                continue;
            }
            let (path, label) = (file.path.clone(), file.label);
            match self.succeed(file, unfinished, out) {
                Ok(step) => {
                    if !matches!(step, Step::Opened(_)) {
                        // it was taken out of the queue, and is looked for again
                        self.queue.clear();
                    }
                    return step;
                }
                // renamed since it was listed
                Err(error) if error.kind() == ErrorKind::NotFound => self.queue.clear(),
                Err(error) => {
                    self.complain(&path, &error, out);
                    if label.is_none() && self.queue.is_empty() {
                        return Step::Wait;
                    }
                    self.pass_over(label, Before::Unknown);
                }
            }
        }
    }

    /// Says that lines may have gone before they were read.
    fn note_deleted(&mut self, what: &str, out: &mut Out) {
        self.missing.deleted = true;
        out.note(name_of(&self.name), what);
    }

    /// The open file cannot be read to its end: nothing goes on in the next one.
    pub fn give_up(&mut self) {
        self.open.iter_mut().for_each(|open| open.failed = true);
        self.before = Before::Unknown;
    }

    fn pass_over(&mut self, label: Option<Label>, before: Before) {
        self.done = self.done.max(label);
        self.resume = None;
        self.before = before;
    }

    /// Says what cannot be read, but only once of what a follower tries again and again.
    fn complain(&mut self, path: &Path, error: &io::Error, out: &mut Out) {
        let awaited = self.at == At::Follow && error.kind() == ErrorKind::NotFound;
        if !awaited && self.complained.replace(path.to_owned()).is_none_or(|last| last != path) {
            out.complain(name_of(path.as_os_str()), reason(error));
        }
    }

    /// Makes the queue anew: all that comes after what was read. `false` if that is nothing.
    fn list(&mut self, out: &mut Out) -> bool {
        loop {
            let list = match self.files() {
                Ok(list) => list,
                Err(error) => {
                    self.complain(&PathBuf::from(&self.name), &error, out);
                    return false;
                }
            };
            let whole = list.whole;
            if let Some(what) = self.missing.tell_once(list.left_out()) {
                out.note(name_of(&self.name), what);
            }
            let mut looks = Looks::default();
            let had_before = !matches!(self.before, Before::Unknown);
            let Some(queue) = self.after_read(list, &mut looks) else { continue };
            self.queue = queue;
            for (path, error) in looks.failed {
                self.complain(&path, &error, out);
            }
            if had_before && matches!(self.before, Before::Unknown) && self.is_folder() {
                self.note_deleted("files were deleted before they were read", out);
            }
            if whole || !self.queue.is_empty() {
                return !self.queue.is_empty();
            }
        }
    }

    /// The files that are there now, from the last one that was read.
    fn files(&self) -> io::Result<List> {
        if self.name != "-" {
            let from = self.resume.as_ref().map_or(self.done, |position| position.before);
            // whether the place is anywhere only a whole list shows
            return listing::list(Path::new(&self.name), from, self.resume.is_none());
        }
        // once, and it is over
        if self.open.is_some() {
            return Ok(List::whole(Vec::new()));
        }
        let file = stdin()?;
        let id = identity_of(&file)?;
        let (path, file) = ("-".into(), Some(file));
        let stdin = LogFile { path, label: None, id, end: End::Growing, is_text: false, file };
        Ok(List::whole(vec![stdin]))
    }

    /// What comes after all that was read; `None` if the list is out of date. Notes which names the
    /// files that were read have by now.
    fn after_read(
        &mut self,
        List { mut files, whole, .. }: List,
        looks: &mut Looks,
    ) -> Option<VecDeque<LogFile>> {
        let next = match self.resume.clone() {
            Some(position) => self.find(&files, position, looks)?,
            None => self.first_unread(&files, looks)?,
        };
        self.done = self.done.max(last_label(&files[..next]));
        if !whole && next == files.len() {
            // the open one comes after these, too
            return Some(VecDeque::new());
        }
        // a copy that has not got its last name yet is of the last file that is gone
        let copied = files.iter().find(|file| file.is_processed()).and(self.gone(&files).last());
        let copied = copied.map(|open| open.id);
        let waits = |open: &Open| {
            let found = files.iter().find(|file| file.id == open.id);
            found.map_or(!whole || copied == Some(open.id), |file| file.label.is_none())
        };
        self.unnamed.retain(waits);
        let at = next.checked_sub(1);
        let mut is_there = |open: &Open| at.is_some_and(|at| self.is_open(&files[at], open, looks));
        let is_gone = self.open.as_ref().is_some_and(|open| !is_there(open));
        if looks.stale {
            return None;
        }
        if is_gone {
            // The oldest are deleted first: as long as the open one is there, its successor is.
            self.before = Before::Unknown;
        }
        if let (Some(open), Some(at)) = (&mut self.open, at)
            && !matches!(self.before, Before::Unknown)
        {
            // whatever its name is by now
            open.before = open.before.max(last_label(&files[..at]));
            (open.label, open.end) = (files[at].label, files[at].end);
        }
        let unread = files.split_off(next);
        if self.resume.is_some() {
            // another reader has read the files before
            let unnamed = files.into_iter().filter(|file| file.label.is_none());
            self.unnamed = unnamed.filter_map(|file| Open::new(file).ok()).collect();
        }
        Some(unread.into())
    }

    /// Opens the next file, unless the unfinished line must be ended first.
    fn succeed(&mut self, file: LogFile, unfinished: bool, out: &mut Out) -> io::Result<Step> {
        let mut next = Open::new(file)?;
        if out.is_input(&next.file, self.at == At::Follow) {
            return Err(io::Error::other(Out::IS_INPUT));
        }
        if unfinished && !self.is_cut() {
            let end = next.end;
            let head = next.head()?;
            let cut_short = head.len() < label::LENGTH && memchr(b'\n', head).is_none();
            if end == End::Growing && cut_short && (head.is_empty() || head[0] == b'@') {
                // whether the line goes on there is not known yet
                return Ok(Step::Wait);
            }
            let whole = FirstLine::of(head, None) == FirstLine::Whole;
            if whole || !matches!(self.before, Before::Open) {
                return Ok(Step::EndLine);
            }
        }
        next.before = self.done;
        if self.position.is_none() && !next.may_block {
            let made = Text::plain(&next.file).made()?;
            self.position = Position::at_start(next.before, next.id.inode, made);
        }
        let mut before = std::mem::replace(&mut self.before, Before::Open);
        if let Some(position) = self.resume.take() {
            next.before = position.before;
            next.seek(position.offset)?;
            self.window.note_earlier_lines();
            before = Before::Open;
        } else if let Some(since) = self.window.awaits()
            && !next.may_block
        {
            if let Some(lost) = &mut self.missing.lost {
                lost.note_opened(next.end, first_time(&mut next.text()?)?);
            }
            self.go_to(&mut next, since, &before)?;
        }
        if let Some(kind) = next.imitated()? {
            let what = format!("begins as if compressed ({}), and is read as text", kind.name());
            out.note(name_of(next.path.as_os_str()), what);
        }
        let unknown = matches!(before, Before::Unknown) && next.offset == 0;
        self.done = self.done.max(next.label);
        match (self.open.take(), next.label) {
            (_, Some(_)) => self.unnamed.clear(),
            (Some(read), None) if read.label.is_none() => self.unnamed.push(read),
            _ => {}
        }
        self.open = Some(next);
        Ok(Step::Opened(if unknown { FirstLine::Unknown } else { FirstLine::Whole }))
    }

    /// Does the next file begin with the rest of the unfinished line, whatever that looks like? A
    /// file that was ended in the middle of a line was full.
    fn is_cut(&self) -> bool {
        let ended = |open: &Open| open.end == End::Closed;
        matches!(self.before, Before::Open) && self.open.as_ref().is_some_and(ended)
    }

    /// Goes to a place in the next file before which nothing is in the window.
    fn go_to(&mut self, next: &mut Open, since: Label, before: &Before) -> io::Result<()> {
        let rest = match before {
            Before::Passed { path, end: End::Closed } => next.end_of_rest(path, since)?,
            Before::Passed { end: End::Torn | End::Growing, .. }
            | Before::Open
            | Before::Unknown => Some(0),
        };
        let Some(end) = rest else {
            // the line goes on in the file after it
            self.before = Before::Passed { path: next.path.clone(), end: next.end };
            return next.seek_end();
        };
        if next.go_near(since, end, &mut self.window)? {
            self.window.note_earlier_lines();
        }
        Ok(())
    }

    /// Is the log a directory, as far as it is there?
    fn is_folder(&self) -> bool {
        Path::new(&self.name).is_dir()
    }
}

/// The last name of these files.
fn last_label(files: &[LogFile]) -> Option<Label> {
    files.iter().filter_map(|file| file.label).max()
}
