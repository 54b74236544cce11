//! What tells that a file is still the one it was.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;

/// All that tells one state of a file from another. Every write shows in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct State {
    device: u64,
    inode: u64,
    /// In bytes.
    pub size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl State {
    /// The state of an open file.
    pub fn of(file: &File) -> io::Result<Self> {
        let data = file.metadata()?;
        Ok(State {
            device: data.dev(),
            inode: data.ino(),
            size: data.size(),
            modified: (data.mtime(), data.mtime_nsec()),
            changed: (data.ctime(), data.ctime_nsec()),
        })
    }
}
