//! Looks into files of a log to tell which they are.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use super::labels::{Label, label_at_start};
use super::listing::LogFile;
use super::open::Open;
use super::position::Position;
use super::search::{first_labelled, first_of, has_line_after, head_of, lines_of};
use super::text::Text;

/// Looks into files, and remembers where that failed.
#[derive(Debug, Default)]
pub struct Looks {
    /// A file was gone when it was to be looked into: the list of the files is out of date.
    pub stale: bool,
    /// The files that could not be read, and why. What they are is not known, so an answer about
    /// them may be wrong.
    pub failed: Vec<(PathBuf, io::Error)>,
}

/// Where the last line before a place was found.
#[derive(Clone, Copy, Debug)]
pub struct LastLine {
    /// In which of the files.
    pub file: usize,
    /// Where it ends there.
    pub end: u64,
    /// It is that line; otherwise one with the same label.
    pub is_sure: bool,
}

impl Looks {
    /// Looks into a file. Nothing is found if that cannot be done.
    pub fn look<T: Default>(
        &mut self,
        file: &LogFile,
        look: impl FnOnce(Text<'_>) -> io::Result<T>,
    ) -> T {
        file.look(look).unwrap_or_else(|error| {
            if error.kind() == ErrorKind::NotFound {
                self.stale = true;
            } else {
                self.failed.push((file.path.clone(), error));
            }
            T::default()
        })
    }

    /// Which of these files, the oldest first, holds a place: the first one that was rotated after the
    /// files before the place, or that with its inode, before any other. Of two that begin alike the
    /// later may have got the inode.
    pub fn place_of(&mut self, files: &[LogFile], position: &Position) -> Option<usize> {
        let same_inode = |at: &usize| files[*at].id.inode == position.inode;
        let mut holds = |at: &usize| {
            let may_hold = same_inode(at) || !position.is_start();
            may_hold && self.look(&files[*at], |text| position.is_in(text))
        };
        let rotated_since = |file: &LogFile| file.label.is_some() && file.label > position.before;
        let next = files.iter().position(rotated_since);
        let likely = next.into_iter().chain((0..files.len()).filter(same_inode));
        let found = { likely }.find(&mut holds);
        found.or_else(|| (0..files.len()).find(holds))
    }

    /// Finds the last line before a place in these files, of which a processor may have left out or
    /// changed others. Nothing if no line has its label.
    pub fn last_line(&mut self, files: &[LogFile], position: &Position) -> Option<LastLine> {
        let label = position.last?;
        let (mut count, mut by_count, mut same) = (0, None, Vec::new());
        for (file, listed) in files.iter().enumerate() {
            if listed.label.is_none() || listed.label >= Some(label) {
                let mut each = |line: &[u8], end| {
                    count += 1;
                    if count > position.of_last {
                        // no more than so many were read, so the others are new
                        return;
                    }
                    by_count = Some(LastLine { file, end, is_sure: false });
                    if position.is_after(line) {
                        same.push(LastLine { file, end, is_sure: true });
                    }
                };
                self.look(listed, |mut text| lines_of(&mut text, label, &mut each));
            }
        }
        same.pop().filter(|_| same.is_empty()).or(by_count)
    }

    /// Is the file what a processor made of one that was read? `last`: the label of the last line
    /// that was.
    pub fn is_copy(&mut self, file: &LogFile, read: &Open, last: Option<Label>) -> bool {
        self.look(file, |mut text| {
            // its first line may be the rest of another, and its label a client's
            let (head, second) = (head_of(&mut text)?, first_labelled(&mut text, 0, u64::MAX)?);
            let second = second.map(|(_, label)| label);
            let older = second.zip(last).is_some_and(|(second, last)| second < last);
            if older || !head.is_empty() && head == head_of(&mut read.text()?)? {
                return Ok(true);
            }
            // a processor may leave only one line, or the last two; but the next file may begin in
            // the same microsecond, and goes on in later ones
            let left = second.or_else(|| label_at_start(&head));
            let mut read = read.text()?;
            let known = left.map_or(Ok(None), |label| first_of(&mut read, label))?;
            Ok(known.is_some()
                && !last.map_or(Ok(false), |last| has_line_after(&mut text, last))?)
        })
    }
}
