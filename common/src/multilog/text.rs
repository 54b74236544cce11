//! The text of a log file, compressed or not, at any place.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::FileExt;
use std::time::UNIX_EPOCH;

use super::archive::Archive;

/// Looks into a file, whose own place stays.
///
/// A compressed file is decompressed from its beginning up to the place; forwards is quick.
#[derive(Debug)]
pub struct Text<'a> {
    file: &'a File,
    archive: Option<Sight>,
}

/// Some text of an archive.
#[derive(Debug)]
struct Sight {
    archive: Archive,
    /// Where `bytes` begin.
    start: u64,
    /// Up to where the archive was read.
    bytes: Vec<u8>,
}

impl<'a> Text<'a> {
    /// That of an open file.
    pub fn of(file: &'a File) -> io::Result<Self> {
        Ok(Text { file, archive: Sight::of(file)? })
    }

    /// That of a file that is not compressed, whatever it begins with.
    pub fn plain(file: &'a File) -> Self {
        Text { file, archive: None }
    }

    /// How many bytes it has; `None` if the file is compressed.
    pub fn length(&self) -> io::Result<Option<u64>> {
        let plain = self.archive.is_none().then_some(self.file);
        plain.map(|file| Ok(file.metadata()?.len())).transpose()
    }

    /// When the file was made, in nanoseconds since 1970; 0 if its file system does not tell.
    pub fn made(&self) -> io::Result<u64> {
        let made = self.file.metadata()?.created().ok();
        let since = made.and_then(|made| made.duration_since(UNIX_EPOCH).ok());
        Ok(since.and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(0))
    }

    /// Reads at a place; fewer bytes than asked for may come, at the end none.
    pub fn read_at(&mut self, buffer: &mut [u8], place: u64) -> io::Result<usize> {
        match &mut self.archive {
            None => self.file.read_at(buffer, place),
            Some(sight) => {
                if place < sight.start
                    && let Some(again) = Sight::of(self.file)?
                {
                    *sight = again;
                }
                sight.read_at(buffer, place)
            }
        }
    }

    /// Reads `length` bytes at a place; fewer only at the end of the text.
    pub fn bytes_at(&mut self, place: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let mut filled = 0;
        while filled < length {
            match self.read_at(&mut bytes[filled..], place + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }
}

impl Sight {
    fn of(file: &File) -> io::Result<Option<Self>> {
        let archive = Archive::at(file, 0)?;
        Ok(archive.map(|archive| Sight { archive, start: 0, bytes: Vec::new() }))
    }

    /// Reads at a place that is not before the start.
    fn read_at(&mut self, buffer: &mut [u8], place: u64) -> io::Result<usize> {
        let passed =
            usize::try_from(place - self.start).unwrap_or(usize::MAX).min(self.bytes.len());
        self.bytes.drain(..passed);
        self.start += passed as u64;
        self.start += self.archive.skip(place - self.start)?;
        if self.start < place {
            return Ok(0);
        }
        while self.bytes.len() < buffer.len() {
            let seen = self.bytes.len();
            self.bytes.resize(buffer.len(), 0);
            let count = self.archive.read(&mut self.bytes[seen..]);
            self.bytes.truncate(seen + count.as_ref().map_or(0, |count| *count));
            if count? == 0 {
                break;
            }
        }
        let count = self.bytes.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.bytes[..count]);
        Ok(count)
    }
}
