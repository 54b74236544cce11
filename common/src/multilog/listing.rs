//! Which files a log directory holds, and in which order they were written.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use super::labels::{Label, label_at_start};

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

impl PartialEq for LogFile {
    fn eq(&self, other: &Self) -> bool {
        (&self.path, self.id) == (&other.path, other.id)
    }
}

/// The files of a log, oldest first.
#[derive(Debug, PartialEq)]
pub struct List {
    /// The files.
    pub files: Vec<LogFile>,
    /// There is none after these.
    pub whole: bool,
}

/// What is at `path`: the file itself, or the files of a directory that were rotated at `from` or
/// later. `partly`: it need not be whole if there is a file after `from`.
pub fn list(path: &Path, from: Option<Label>, partly: bool) -> io::Result<List> {
    if !fs::metadata(path)?.is_dir() {
        let file = file_at(path.to_owned(), None, End::Growing)?;
        return Ok(List { files: vec![file], whole: true });
    }
    for _ in 0..100 {
        // Names that are read while files are renamed may miss one of them, or show it twice:
        // only what stands the same in two lists is so. The files of the first are open meanwhile.
        let (first, second) = (list_once(path, from)?, list_once(path, from)?);
        if first == second && second.whole {
            return Ok(first);
        }
        // A file keeps its last name. What has one in the first list is in the second, and so is
        // all that was rotated before; a writer that is fast may never leave two lists the same.
        let newest = first.files.iter().filter_map(|file| file.label).max();
        if partly && newest > from {
            let mut files = second.files;
            files.retain(|file| file.label.is_some() && file.label <= newest);
            return Ok(List { files, whole: false });
        }
        if !second.whole {
            sleep(Duration::from_millis(10));
        }
    }
    Ok(List { whole: true, ..list_once(path, from)? })
}

/// Lists a directory once; it is whole if no file was seen on its way from one name to another.
fn list_once(folder: &Path, from: Option<Label>) -> io::Result<List> {
    let (mut files, mut unnamed, mut processed) = (Vec::new(), [None, None], false);
    let mut whole = true;
    for found in fs::read_dir(folder)? {
        let found = found?;
        let made = match found.file_name().as_bytes() {
            b"previous" => {
                file_at(found.path(), None, End::Closed).map(|file| unnamed[0] = Some(file))
            }
            b"current" => {
                file_at(found.path(), None, End::Growing).map(|file| unnamed[1] = Some(file))
            }
            b"processed" => {
                processed = true;
                Ok(())
            }
            name => match rotated(name) {
                Some((label, end)) if Some(label) >= from => {
                    file_at(found.path(), Some(label), end).map(|file| files.push(file))
                }
                _ => Ok(()),
            },
        };
        match made {
            Err(error) if error.kind() == ErrorKind::NotFound => whole = false,
            made => made?,
        }
    }
    // what `processed` holds has lost its old name and not yet got its new one
    whole &= !processed || unnamed[0].is_some();
    // of svlogd's .s and .u of one label the first has been through the processor
    files.sort_unstable_by(|a, b| (a.label, &a.path).cmp(&(b.label, &b.path)));
    files.dedup_by_key(|file| file.label);
    for unnamed in unnamed.into_iter().flatten() {
        // multilog links the new name before it removes the old one
        if !files.iter().any(|file| file.id == unnamed.id) {
            files.push(unnamed);
        }
    }
    Ok(List { files, whole })
}

/// Is this the name of a file that only the writer of a directory makes?
pub fn is_of_directory(name: &[u8]) -> bool {
    matches!(name, b"" | b"previous" | b"current") || rotated(name).is_some()
}

/// The label of a name `@LABEL.s` or `@LABEL.u`, and how the file ends. `.u` is a file that a killed
/// writer left, or one that its processor has not finished.
fn rotated(name: &[u8]) -> Option<(Label, End)> {
    let label = label_at_start(name)?;
    match &name[label.len()..] {
        b".s" => Some((label, End::Closed)),
        b".u" => Some((label, End::Torn)),
        _ => None,
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
    Ok(LogFile { path, label, id: Identity::from(&data), end, file })
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

    /// A writer that never leaves two lists the same: no file is missing among those listed.
    #[test]
    fn a_writer_that_rotates_all_the_time() {
        const FILES: usize = 3000;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let name = |number: usize| format!("@4000000000000000{number:08x}.s");
        thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0..FILES {
                    fs::write(path("current"), "").unwrap();
                    fs::rename(path("current"), path("previous")).unwrap();
                    fs::hard_link(path("previous"), path(&name(number))).unwrap();
                    fs::remove_file(path("previous")).unwrap();
                }
            });
            let mut next = 0;
            while next < FILES {
                let from =
                    next.checked_sub(1).and_then(|last| label_at_start(name(last).as_bytes()));
                let List { files, .. } = list(folder.path(), from, true).unwrap();
                for label in
                    files.iter().filter_map(|file| file.label).filter(|at| Some(*at) > from)
                {
                    assert_eq!(label, label_at_start(name(next).as_bytes()).unwrap(), "{next}");
                    next += 1;
                }
            }
        });
    }
}
