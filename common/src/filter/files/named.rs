//! Files that the user named, to be read whole.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::bytes::regular::read_at_most;
use crate::filter::compression::Compression;

/// What a file holds, which may be a FIFO as a shell makes it of `<(...)`; an error if it is
/// compressed, or more than `most_bytes`.
pub fn read_named(path: &Path, most_bytes: u64) -> io::Result<Vec<u8>> {
    let content = read_at_most(File::open(path)?, most_bytes)?;
    match Compression::of(&content) {
        Some(kind) => Err(io::Error::other(kind.complaint())),
        None => Ok(content),
    }
}
