//! Which files a log directory holds, and in which order they were written.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::labels::Label;
use super::names::{Rotated, Saved, looks_rotated};
use super::text::Text;
use crate::filter::files::open_regular;
use crate::filter::name_of;

/// What a processor makes of `previous`, until it gets its last name.
const PROCESSED: &str = "processed";

/// Device and inode: what stays of a file when it is renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    /// The number that the file has in its file system.
    pub inode: u64,
}

impl From<&Metadata> for Identity {
    fn from(data: &Metadata) -> Self {
        Identity { device: data.dev(), inode: data.ino() }
    }
}

/// A file of a log, as it was listed.
#[derive(Debug)]
pub struct LogFile {
    /// Its path.
    pub path: PathBuf,
    /// The time of its rotation, if it was rotated and has its last name.
    pub label: Option<Label>,
    /// Which file it is.
    pub id: Identity,
    /// How it ends.
    pub end: End,
    /// Its writer wrote it, and no processor: it is not compressed, whatever a client had it begin
    /// with.
    pub is_text: bool,
    /// A file without its last name is opened at once: so it is found again, and as long as it is
    /// open no other file gets its inode.
    pub file: Option<File>,
}

/// How a file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Not yet: its writer may add to it under this name.
    Growing,
    /// Its writer ended it: where its last line has no end, the next file has it.
    Closed,
    /// Its writer may have been killed.
    Torn,
}

impl LogFile {
    /// Is it the copy that a processor made, without its last name yet?
    pub fn is_processed(&self) -> bool {
        self.label.is_none() && self.path.ends_with(PROCESSED)
    }

    /// Looks into its text.
    pub fn look<T>(&self, look: impl FnOnce(Text<'_>) -> io::Result<T>) -> io::Result<T> {
        match &self.file {
            Some(file) if self.is_text => look(Text::plain(file)),
            Some(file) => look(Text::of(file)?),
            None => look(Text::of(&open_regular(&self.path)?)?),
        }
    }
}

impl PartialEq for LogFile {
    fn eq(&self, other: &Self) -> bool {
        (&self.path, self.id) == (&other.path, other.id)
    }
}

/// The files of a log, oldest first.
#[derive(Debug)]
pub struct List {
    /// The files.
    pub files: Vec<LogFile>,
    /// There is none after these.
    pub whole: bool,
    /// Names that look like those of old files, but are not read.
    left_out: Vec<OsString>,
}

impl List {
    /// These files and no others.
    pub fn whole(files: Vec<LogFile>) -> Self {
        List { files, whole: true, left_out: Vec::new() }
    }

    /// Says which files look like old ones, but are not read, if there are any.
    pub fn left_out(&self) -> Option<String> {
        let first = name_of(self.left_out.iter().min()?);
        Some(match self.left_out.len() - 1 {
            0 => format!("{first} looks like an old file of the log, but is not read"),
            more => format!("{first} and {more} more look like old files, but are not read"),
        })
    }
}

/// What is at `path`: the file itself, or the files of a directory that were rotated at `from` or
/// later. `partly`: it need not be whole if there is a file after `from`.
pub fn list(path: &Path, from: Option<Label>, partly: bool) -> io::Result<List> {
    if !fs::metadata(path)?.is_dir() {
        let file = file_at(path.to_owned(), None, End::Growing)?;
        return Ok(List::whole(vec![file]));
    }
    // A turn fails only if the writer took a step meanwhile. So there is no need to wait, nor to give
    // up after many: what one of them showed would be no more sure.
    loop {
        // A list that is made while files are renamed may show one of them twice, or only some of
        // the newest. If the next one is the same it does not: its files are open meanwhile, so an
        // equal `current` was not rotated between, and an equal `previous` not removed.
        let mut left_out = Vec::new();
        let first = list_once(path, from, &mut left_out)?;
        let second = list_once(path, from, &mut Vec::new())?;
        if first == second {
            return Ok(List { files: first, whole: true, left_out });
        }
        // A file keeps its last name. What has one in the first list is in the second, and so is
        // all that was rotated before; a writer that is fast may never leave two lists the same.
        let newest = first.iter().filter_map(|file| file.label).max();
        if partly && newest > from {
            let mut files = second;
            files.retain(|file| file.label.is_some() && file.label <= newest);
            return Ok(List { files, whole: false, left_out });
        }
    }
}

/// Lists a directory once. A file gets these names in the order in which they are looked for, so
/// none is missing that was there at first.
fn list_once(
    folder: &Path,
    from: Option<Label>,
    left_out: &mut Vec<OsString>,
) -> io::Result<Vec<LogFile>> {
    let unnamed = |name: &str, end| {
        let found = there(file_at(folder.join(name), None, end))?;
        Ok::<_, io::Error>(found.map(|file| LogFile { is_text: name != PROCESSED, ..file }))
    };
    let current = unnamed("current", End::Growing)?;
    let previous = match unnamed("previous", End::Closed)? {
        // its writer removes what was processed before it gives the copy its last name
        None => unnamed(PROCESSED, End::Closed)?,
        previous => previous,
    };
    let mut rotated = Vec::new();
    for found in fs::read_dir(folder)? {
        let found = found?;
        let name = found.file_name();
        match Rotated::parse(name.as_bytes()) {
            Some(named) if Some(named.label) >= from => rotated.push((named, name)),
            None if looks_rotated(name.as_bytes()) => left_out.push(name),
            Some(_) | None => {}
        }
    }
    // Of one label only the first that is there is read: of svlogd's .s and .u what has been through
    // the processor, and of a file that is being compressed itself and not its copy.
    rotated.sort_unstable();
    let mut files: Vec<LogFile> = Vec::new();
    for (Rotated { label, state }, name) in rotated {
        let end = match state {
            Saved::Safe | Saved::Coded => End::Closed,
            Saved::Unfinished => End::Torn,
        };
        if files.last().is_none_or(|last| last.label != Some(label)) {
            files.extend(there(file_at(folder.join(name), Some(label), end))?);
        }
    }
    for unnamed in previous.into_iter().chain(current) {
        // multilog links the new name before it removes the old one
        if !files.iter().any(|file| file.id == unnamed.id) {
            files.push(unnamed);
        }
    }
    Ok(files)
}

/// `None` if there is no such file.
fn there(file: io::Result<LogFile>) -> io::Result<Option<LogFile>> {
    match file {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        file => file.map(Some),
    }
}

fn file_at(path: PathBuf, label: Option<Label>, mut end: End) -> io::Result<LogFile> {
    let file = match label.is_none().then(|| File::open(&path)).transpose() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(error),
        // anything else is said when it is its turn to be read
        file => file.unwrap_or_default(),
    };
    let data = file.as_ref().map_or_else(|| fs::metadata(&path), File::metadata)?;
    // whoever ends a file makes it executable
    if end == End::Torn && data.permissions().mode() & 0o100 != 0 {
        end = End::Closed;
    }
    Ok(LogFile { path, label, id: Identity::from(&data), end, is_text: false, file })
}

/// Which file a path names now, if any.
pub fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().map(|data| Identity::from(&data))
}

/// Which file is open.
pub fn identity_of(file: &File) -> io::Result<Identity> {
    file.metadata().map(|data| Identity::from(&data))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::multilog::label_at_start;

    const FILES: usize = 1000;

    fn name(number: usize) -> String {
        format!("@4000000000000000{number:08x}.s")
    }

    fn label(number: usize) -> Option<Label> {
        label_at_start(name(number).as_bytes())
    }

    /// Rotates all the time, so that hardly two lists are the same. Each file holds its number.
    fn rotate(folder: &Path, with_processor: bool) {
        let path = |name: &str| folder.join(name);
        for number in 0..FILES {
            fs::write(path("new"), number.to_string()).unwrap();
            fs::rename(path("new"), path("current")).unwrap();
            fs::rename(path("current"), path("previous")).unwrap();
            let mut last = "previous";
            if with_processor {
                last = PROCESSED;
                fs::copy(path("previous"), path(last)).unwrap();
                fs::remove_file(path("previous")).unwrap();
            }
            fs::hard_link(path(last), path(&name(number))).unwrap();
            fs::remove_file(path(last)).unwrap();
        }
    }

    /// No file is missing among those listed, and none is there twice.
    fn list_beside_a_writer(partly: bool, with_processor: bool) {
        let folder = tempfile::tempdir().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| rotate(folder.path(), with_processor));
            let mut next = 0;
            while next < FILES {
                let from = next.checked_sub(1).and_then(label);
                let List { files, .. } = list(folder.path(), from, partly).unwrap();
                let new = files.iter().filter(|file| file.label.is_none() || file.label > from);
                for (file, number) in new.zip(next..) {
                    let text = file.look(|mut text| text.bytes_at(0, 16)).unwrap();
                    assert_eq!(text, number.to_string().as_bytes());
                    assert!(file.label.is_none() || file.label == label(number), "{number}");
                    next = if file.label.is_some() { number + 1 } else { next };
                }
            }
        });
    }

    #[test]
    fn a_writer_that_rotates_all_the_time() {
        for with_processor in [false, true] {
            list_beside_a_writer(true, with_processor);
            list_beside_a_writer(false, with_processor);
        }
    }
}
