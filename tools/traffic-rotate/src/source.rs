//! A file that is to be archived, held open from first look to removal.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use common::filter::Out;
use common::filter::files::Folder;
use flate2::bufread::MultiGzDecoder;

use crate::state::State;

/// A file to be archived.
#[derive(Debug)]
pub struct Source {
    /// As it was named.
    pub path: PathBuf,
    /// Where it is.
    pub folder: Folder,
    /// Its name there.
    pub name: OsString,
    /// The file, open for reading.
    pub file: File,
    /// As it was when it was opened.
    pub state: State,
}

impl Source {
    /// Opens the file. Folders on the way to it may be symlinks, the file may not.
    pub fn open(path: &Path) -> io::Result<Self> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::Error::other("not the name of a file"));
        };
        let folder = Folder::open(parent)?;
        let file = folder.open_file(name)?;
        let state = State::of(&file)?;
        Ok(Source { path: path.to_owned(), folder, name: name.to_owned(), file, state })
    }

    /// By its name, is it compressed already?
    pub fn is_compressed(&self) -> bool {
        self.name.as_bytes().ends_with(b".gz")
    }

    /// The name of its archive.
    pub fn archive_name(&self) -> OsString {
        let mut name = self.name.clone();
        if !self.is_compressed() {
            name.push(".gz");
        }
        name
    }

    /// Its uncompressed content.
    pub fn content(&self) -> io::Result<Box<dyn BufRead + '_>> {
        if self.is_compressed() { unpacked(&self.file) } else { plain(&self.file) }
    }

    /// Is the name still this file's, and the file as it was?
    pub fn is_unchanged(&self) -> io::Result<bool> {
        let there = self.folder.find_file(&self.name)?;
        there.map_or(Ok(false), |there| Ok(State::of(&there)? == self.state))
    }

    /// Removes it, unless it has changed, and sees to it that this is on disk. Was it removed?
    pub fn remove(&self, out: &mut Out) -> io::Result<bool> {
        let remove = self.is_unchanged()?;
        if remove {
            self.folder.remove(&self.name)?;
            self.folder.sync_or_say(&self.path, "removed", out);
        }
        Ok(remove)
    }
}

/// The bytes of a file from its start.
pub fn plain(mut file: &File) -> io::Result<Box<dyn BufRead + '_>> {
    file.rewind()?;
    Ok(Box::new(BufReader::new(file)))
}

/// The bytes that a gzip file stands for.
pub fn unpacked(file: &File) -> io::Result<Box<dyn BufRead + '_>> {
    Ok(Box::new(BufReader::new(MultiGzDecoder::new(plain(file)?))))
}

/// Is this what flate2 says of data that is no whole gzip file?
pub fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
}

/// Do both hold the same bytes?
pub fn equal(mut one: impl BufRead, mut other: impl BufRead) -> io::Result<bool> {
    loop {
        let (left, right) = (one.fill_buf()?, other.fill_buf()?);
        let length = left.len().min(right.len());
        if length == 0 {
            return Ok(left.len() == right.len());
        }
        if left[..length] != right[..length] {
            return Ok(false);
        }
        one.consume(length);
        other.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_by_any_buffers() {
        let bytes = b"some bytes";
        for (one, other) in [(1, 1), (1, 3), (4, 3), (100, 1)] {
            let by = |size, bytes| BufReader::with_capacity(size, bytes);
            assert!(equal(by(one, &bytes[..]), by(other, &bytes[..])).unwrap());
            assert!(!equal(by(one, &bytes[..]), by(other, &bytes[..9])).unwrap());
            assert!(!equal(by(one, &bytes[..9]), by(other, &bytes[..])).unwrap());
            assert!(!equal(by(one, &bytes[..]), by(other, &b"some bites"[..])).unwrap());
        }
        assert!(equal(&b""[..], &b""[..]).unwrap());
    }
}
