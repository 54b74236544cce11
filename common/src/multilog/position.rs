//! How far a log was read, in terms that outlive rotations and the process.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::labels::{Label, label_at_start};
use crate::bytes::tsv::{self, Row};
use crate::time::civil::digits;

/// How many bytes before a position identify it.
pub const TAIL: usize = 64;

/// A place in a log after some line.
///
/// The file may have another name since, or be a copy that a processor made: it is known by its
/// inode and by the bytes before the place, or by these alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Rotated files up to this label come before the file.
    pub(super) before: Option<Label>,
    /// The file.
    pub(super) inode: u64,
    /// Bytes of the file that were read.
    pub(super) offset: u64,
    /// How many of them `hash` is of.
    pub(super) tail: usize,
    /// The hash of the last of them.
    pub(super) hash: u64,
    /// The label of the last line that had one.
    pub(super) last: Option<Label>,
}

impl Position {
    /// Writes it as fields of a row.
    pub fn write(&self, row: &mut Row<'_>) {
        let number = |value: u64| itoa::Buffer::new().format(value).to_owned();
        row.field(self.before.as_ref().map_or(b"", <[u8; _]>::as_slice));
        row.field(number(self.inode).as_bytes());
        row.field(number(self.offset).as_bytes());
        row.field(number(self.tail as u64).as_bytes());
        row.field(format!("{:016x}", self.hash).as_bytes());
        row.field(self.last.as_ref().map_or(b"", <[u8; _]>::as_slice));
    }

    /// Reads the fields that [`write`](Position::write) wrote.
    pub fn read(text: &[u8]) -> Option<Self> {
        let fields: Vec<&[u8]> = tsv::fields(text).collect();
        let [before, inode, offset, tail, hash, last] = fields.as_slice() else { return None };
        let label = |field: &[u8]| match field {
            b"" => Some(None),
            field => label_at_start(field).map(Some),
        };
        let number = |field: &[u8]| std::str::from_utf8(field).ok()?.parse().ok();
        Some(Position {
            before: label(before)?,
            inode: number(inode)?,
            offset: number(offset)?,
            tail: digits(tail)?.try_into().ok().filter(|tail| *tail <= TAIL)?,
            hash: u64::from_str_radix(std::str::from_utf8(hash).ok()?, 16).ok()?,
            last: label(last)?,
        })
    }

    /// Is the place in this file?
    pub(super) fn is_in(&self, file: &File) -> io::Result<bool> {
        let mut bytes = [0; TAIL];
        let tail = &mut bytes[..self.tail];
        let Some(start) = self.offset.checked_sub(self.tail as u64) else { return Ok(false) };
        match file.read_exact_at(tail, start) {
            Ok(()) => Ok(self.tail > 0 && hash(tail) == self.hash),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// FNV-1a, the same in every version.
pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_back() {
        let position = Position {
            before: label_at_start(b"@400000006b0278a000000000"),
            inode: 7,
            offset: 1 << 40,
            tail: 64,
            hash: hash(b"tail"),
            last: None,
        };
        let mut text = Vec::new();
        let mut row = Row::new(&mut text);
        position.write(&mut row);
        row.end();
        assert_eq!(Position::read(text.strip_suffix(b"\n").unwrap()), Some(position));
        assert_eq!(Position::read(b"a\tb"), None);
    }
}
