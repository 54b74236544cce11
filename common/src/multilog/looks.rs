//! Looks into files of a log to tell which they are.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use super::labels::{Label, label_at_start};
use super::listing::LogFile;
use super::open::{Open, first_labelled, has_line_after, head_of};
use super::position::Position;
use super::text::Text;

/// Looks into files, and remembers where that failed.
#[derive(Debug, Default)]
pub struct Looks {
    /// The files that could not be read, and why. What they are is not known, so an answer about
    /// them may be wrong.
    pub failed: Vec<(PathBuf, io::Error)>,
}

impl Looks {
    /// Looks into a file; `false` if that cannot be done.
    pub fn look(
        &mut self,
        file: &LogFile,
        look: impl FnOnce(Text<'_>) -> io::Result<bool>,
    ) -> bool {
        file.look(look).unwrap_or_else(|error| {
            // one that is gone is looked for again
            if error.kind() != ErrorKind::NotFound {
                self.failed.push((file.path.clone(), error));
            }
            false
        })
    }

    /// Which of these files, the oldest first, holds a place: the first one that was rotated after the
    /// files before the place, or that with its inode, before any other. Of two that begin alike the
    /// later may have got the inode.
    pub fn place_of(&mut self, files: &[LogFile], position: &Position) -> Option<usize> {
        let mut holds = |at: &usize| self.look(&files[*at], |text| position.is_in(text));
        let rotated_since = |file: &LogFile| file.label.is_some() && file.label > position.before;
        let next = files.iter().position(rotated_since);
        let same_inode = |at: &usize| files[*at].id.inode == position.inode;
        let likely = next.into_iter().chain((0..files.len()).filter(same_inode));
        let found = { likely }.find(&mut holds);
        found.or_else(|| (0..files.len()).find(holds))
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
            let known = left.map_or(Ok(false), |label| read.has_line_of(label))?;
            Ok(known && !last.map_or(Ok(false), |last| has_line_after(&mut text, last))?)
        })
    }
}
