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

/// What is at `path`, oldest first: the files of a directory, or the file itself.
pub fn list(path: &Path) -> io::Result<Vec<LogFile>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![file_at(path.to_owned(), None, End::Growing)?]);
    }
    let mut tries = 100;
    loop {
        // Names that are read while files are renamed may miss one of them, or show it twice:
        // only what stands the same in two lists is so. The files of the first are open meanwhile.
        let (first, second) = (list_once(path)?, list_once(path)?);
        tries -= 1;
        if tries == 0 || first == second && second.settled {
            return Ok(first.files);
        }
        if !second.settled {
            sleep(Duration::from_millis(10));
        }
    }
}

#[derive(Debug, PartialEq)]
struct List {
    files: Vec<LogFile>,
    /// No file was seen on its way from one name to another.
    settled: bool,
}

fn list_once(folder: &Path) -> io::Result<List> {
    let (mut files, mut unnamed, mut processed) = (Vec::new(), [None, None], false);
    let mut settled = true;
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
                Some((label, end)) => {
                    file_at(found.path(), Some(label), end).map(|file| files.push(file))
                }
                None => Ok(()),
            },
        };
        match made {
            Err(error) if error.kind() == ErrorKind::NotFound => settled = false,
            made => made?,
        }
    }
    // what `processed` holds has lost its old name and not yet got its new one
    settled &= !processed || unnamed[0].is_some();
    // of svlogd's .s and .u of one label the first has been through the processor
    files.sort_unstable_by(|a, b| (a.label, &a.path).cmp(&(b.label, &b.path)));
    files.dedup_by_key(|file| file.label);
    for unnamed in unnamed.into_iter().flatten() {
        // multilog links the new name before it removes the old one
        if !files.iter().any(|file| file.id == unnamed.id) {
            files.push(unnamed);
        }
    }
    Ok(List { files, settled })
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
