//! Which files a log directory holds, and in which order they were written.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use super::window::{Label, label_at_start};

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

/// A file of a log.
#[derive(Debug)]
pub struct Entry {
    /// Its path.
    pub path: PathBuf,
    /// The time of its rotation, if it was rotated and has its last name.
    pub label: Option<Label>,
    /// Which file it is.
    pub id: Identity,
    /// How it ends.
    pub end: End,
    /// A file that has not got its last name yet, opened: so it is found again, and as long as it
    /// is open no other file gets its inode.
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

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        (&self.path, self.id) == (&other.path, other.id)
    }
}

/// What is at `path`, oldest first: the files of a directory, or the file itself.
pub fn list(path: &Path) -> io::Result<Vec<Entry>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![entry(path.to_owned(), None, End::Growing)?]);
    }
    let mut tries = 100;
    loop {
        // Names that are read while files are renamed may miss one of them, or show it twice:
        // only what stands the same in two lists is so. The files of the first are open meanwhile.
        let (first, second) = (list_once(path)?, list_once(path)?);
        tries -= 1;
        if tries == 0 || first == second && second.settled {
            return Ok(first.entries);
        }
        if !second.settled {
            sleep(Duration::from_millis(10));
        }
    }
}

#[derive(Debug, PartialEq)]
struct List {
    entries: Vec<Entry>,
    /// No file was seen on its way from one name to another.
    settled: bool,
}

fn list_once(folder: &Path) -> io::Result<List> {
    let (mut entries, mut unnamed, mut processed) = (Vec::new(), [None, None], false);
    let mut settled = true;
    for found in fs::read_dir(folder)? {
        let found = found?;
        let made = match found.file_name().as_bytes() {
            b"previous" => {
                entry(found.path(), None, End::Closed).map(|made| unnamed[0] = Some(made))
            }
            b"current" => {
                entry(found.path(), None, End::Growing).map(|made| unnamed[1] = Some(made))
            }
            b"processed" => {
                processed = true;
                Ok(())
            }
            name => match rotated(name) {
                Some((label, end)) => {
                    entry(found.path(), Some(label), end).map(|made| entries.push(made))
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
    entries.sort_unstable_by(|a, b| (a.label, &a.path).cmp(&(b.label, &b.path)));
    entries.dedup_by_key(|entry| entry.label);
    for unnamed in unnamed.into_iter().flatten() {
        // multilog links the new name before it removes the old one
        if !entries.iter().any(|entry| entry.id == unnamed.id) {
            entries.push(unnamed);
        }
    }
    Ok(List { entries, settled })
}

/// Is this the name of a file that only the writer of a directory makes?
pub fn is_of_directory(name: &[u8]) -> bool {
    matches!(name, b"" | b"previous" | b"current") || rotated(name).is_some()
}

/// The label of a name `@LABEL.s` or `@LABEL.u`, and what that tells of its end. Behind `.u` may be a
/// file that was left by a writer who was killed, or one that a processor has not done yet.
fn rotated(name: &[u8]) -> Option<(Label, End)> {
    let label = label_at_start(name)?;
    match &name[label.len()..] {
        b".s" => Some((label, End::Closed)),
        b".u" => Some((label, End::Torn)),
        _ => None,
    }
}

fn entry(path: PathBuf, label: Option<Label>, mut end: End) -> io::Result<Entry> {
    let file = match label.is_none().then(|| File::open(&path)).transpose() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(error),
        // what else is wrong is told when it is its turn
        file => file.unwrap_or_default(),
    };
    let data = file.as_ref().map_or_else(|| fs::metadata(&path), File::metadata)?;
    // whoever ends a file makes it executable
    if end == End::Torn && data.permissions().mode() & 0o100 != 0 {
        end = End::Closed;
    }
    Ok(Entry { path, label, id: Identity::from(&data), end, file })
}

/// Which file a path names now, if any.
pub fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().map(|data| Identity::from(&data))
}

/// Which file is open.
pub fn identity_of(file: &File) -> io::Result<Identity> {
    file.metadata().map(|data| Identity::from(&data))
}
