//! Which of the files that were listed have not been read yet.

use super::Succession;
use crate::multilog::listing::{Identity, LogFile};
use crate::multilog::looks::Looks;
use crate::multilog::open::Open;

impl Succession {
    /// Which of these files comes after all that were read; `None` if the list is out of date. Notes
    /// the last names that those have by now.
    pub(super) fn first_unread(&mut self, files: &[LogFile], looks: &mut Looks) -> Option<usize> {
        let first =
            files.partition_point(|file| file.label.is_some_and(|label| Some(label) <= self.done));
        let again = self.read_again(files, first, looks);
        if looks.stale {
            return None;
        }
        for &(at, id) in again.iter().filter(|(at, _)| files[*at].label.is_some()) {
            // no later file is taken for its copy
            self.unnamed.retain(|open| open.id != id);
            if let Some(open) = self.open.as_mut().filter(|open| open.id == id) {
                open.label = files[at].label;
            }
        }
        Some(again.last().map_or(first, |(at, _)| at + 1))
    }

    /// The places of those of these files, from `first` on, that were read or are copies of what
    /// was, and which file was read.
    fn read_again(
        &self,
        files: &[LogFile],
        first: usize,
        looks: &mut Looks,
    ) -> Vec<(usize, Identity)> {
        // files are rotated in the order in which they were read, so copies of them come in it, too
        let mut gone = self.gone(files).peekable();
        let mut again = Vec::new();
        for (at, file) in files.iter().enumerate().skip(first) {
            let may_be_copy = file.label.is_some() || file.is_processed();
            let mut is_copy = |open: &Open| looks.is_copy(file, open, self.position.last);
            let same = self.read().find(|open| open.id == file.id);
            let read = same.or_else(|| gone.next_if(|open| may_be_copy && is_copy(open)));
            again.extend(read.map(|open| (at, open.id)));
        }
        again
    }

    /// The files that were read and whose last names are not known, oldest first.
    fn read(&self) -> impl Iterator<Item = &Open> {
        self.unnamed.iter().chain(self.open.as_ref().filter(|open| open.label.is_none()))
    }

    /// Those of them that are not among these: there is at most a copy of them.
    pub(super) fn gone<'a>(&'a self, files: &'a [LogFile]) -> impl Iterator<Item = &'a Open> {
        self.read().filter(|open| files.iter().all(|file| file.id != open.id))
    }

    /// Is this the open file, or what a processor made of it?
    pub(super) fn is_open(&self, file: &LogFile, open: &Open, looks: &mut Looks) -> bool {
        let same = file.id == open.id || file.label.is_some() && file.label == open.label;
        same || looks.is_copy(file, open, self.position.last)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::ffi::OsStr;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::multilog::labels::{Label, label_at_start};
    use crate::multilog::listing::{End, List};
    use crate::multilog::succession::Before;
    use crate::multilog::wait::At;
    use crate::multilog::window::Window;

    fn label(number: u32) -> Label {
        label_at_start(format!("@400000006b000000{number:08x}").as_bytes()).unwrap()
    }

    /// Writes a file with a line of each of these labels, and lists it.
    fn file(path: &Path, named: Option<u32>, lines: [u32; 3]) -> LogFile {
        let lines = lines.map(|number| format!("{} text\n", label(number).escape_ascii()));
        fs::write(path, lines.concat()).unwrap();
        listed(path, named)
    }

    fn listed(path: &Path, named: Option<u32>) -> LogFile {
        let id = Identity::from(&fs::metadata(path).unwrap());
        let label = named.map(label);
        LogFile { path: path.to_owned(), label, id, end: End::Closed, is_text: false, file: None }
    }

    /// Two files were read up to their ends before they got their last names.
    fn two_were_read(folder: &Path) -> Succession {
        let mut files = Succession::new(OsStr::new("log"), At::End, Window::default());
        let [one, two] = [("1", [10, 11, 12]), ("2", [20, 21, 22])]
            .map(|(name, lines)| Open::new(file(&folder.join(name), None, lines)).unwrap());
        files.unnamed.push(one);
        files.open = Some(two);
        files.position.last = Some(label(22));
        files.before = Before::Open;
        files
    }

    fn names(files: &VecDeque<LogFile>) -> Vec<&OsStr> {
        files.iter().filter_map(|file| file.path.file_name()).collect()
    }

    /// A list that is not whole shows the copy of the first only. The file after the two begins in
    /// the microsecond in which the second ends.
    #[test]
    fn a_file_has_one_copy() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut files = two_were_read(folder.path());
        let copy_of_one = file(&path("@13.s"), Some(13), [10, 11, 12]);
        let mut part = List::whole(vec![copy_of_one]);
        part.whole = false;
        assert_eq!(files.after_read(part, &mut Looks::default()).map(|queue| queue.len()), Some(0));

        let all = List::whole(vec![
            listed(&path("@13.s"), Some(13)),
            file(&path("@23.s"), Some(23), [20, 21, 22]),
            file(&path("@33.s"), Some(33), [22, 22, 32]),
            file(&path("current"), None, [40, 41, 42]),
        ]);
        let queue = files.after_read(all, &mut Looks::default()).unwrap();
        assert_eq!(names(&queue), ["@33.s", "current"]);
        let open = files.open.unwrap();
        assert_eq!((open.label, open.before), (Some(label(23)), Some(label(13))));
    }

    /// The copies of both are deleted, the first long ago: the next file is none of them.
    #[test]
    fn a_file_that_begins_in_the_same_microsecond_is_no_copy() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut files = two_were_read(folder.path());
        files.unnamed.clear();
        let all = List::whole(vec![
            file(&path("@33.s"), Some(33), [22, 22, 32]),
            file(&path("current"), None, [40, 41, 42]),
        ]);
        let queue = files.after_read(all, &mut Looks::default()).unwrap();
        assert_eq!(names(&queue), ["@33.s", "current"]);
        assert!(matches!(files.before, Before::Unknown));
    }
}
