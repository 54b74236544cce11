//! How far a log was read, in terms that outlive rotations and the process.

use std::io;

use memchr::memchr;

use super::labels::{Label, label_at_start, last_label};
use super::text::Text;
use crate::bytes::fnv::Fnv;
use crate::bytes::tsv::{self, Row};
use crate::filter::BLOCK_BYTES;
use crate::time::civil::digits;

/// A position is identified by up to this many bytes at the start of its file, and as many before
/// the position itself.
pub const TAIL: usize = 64;

/// A place in a log after some line.
///
/// The file may have another name since, or be a copy that a processor made. So it is known by its
/// first bytes, the bytes before the place, and the label of the last line there. Its inode only
/// says where to look first: a later file may have got it.
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
    /// The hash of the first bytes of the file; `None` in the states of older versions.
    pub(super) head: Option<u64>,
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
        row.field(self.head.map(|hash| format!("{hash:016x}")).unwrap_or_default().as_bytes());
    }

    /// Reads the fields that [`write`](Position::write) wrote, also without the last one, which
    /// older versions did not have.
    pub fn read(text: &[u8]) -> Option<Self> {
        let fields: Vec<&[u8]> = tsv::fields(text).collect();
        let (fields, head) = match fields.as_slice() {
            [fields @ .., head] if fields.len() == 6 => (fields, *head),
            fields => (fields, &b""[..]),
        };
        let [before, inode, offset, tail, hash, last] = fields else { return None };
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
            hash: hexadecimal(hash)?,
            last: label(last)?,
            head: if head.is_empty() { None } else { Some(hexadecimal(head)?) },
        })
    }

    /// Is it the beginning of a log, of which nothing was read?
    pub(super) fn is_start(&self) -> bool {
        self.offset == 0
    }

    /// Is the place in this file?
    pub(super) fn is_in(&self, mut text: Text<'_>) -> io::Result<bool> {
        // forwards: a compressed file is decompressed on the way
        let head = text.bytes_at(0, head_length(self.offset))?;
        if self.head.is_some_and(|known| known != hash(&head)) {
            return Ok(false);
        }
        let start = self.offset.saturating_sub(BLOCK_BYTES as u64);
        let length = usize::try_from(self.offset - start).unwrap_or(BLOCK_BYTES);
        let before = text.bytes_at(start, length)?;
        let tail = before.len().checked_sub(self.tail).filter(|_| before.len() == length);
        let Some(tail) = tail.map(|at| &before[at..]).filter(|tail| !tail.is_empty()) else {
            return Ok(false);
        };
        if hash(tail) != self.hash {
            return Ok(false);
        }
        // The first line of a file may be the rest of another, and its label a client's. Of old
        // states nothing else tells files apart.
        let first_counts = start == 0 && self.head.is_none();
        let counts = if first_counts { Some(0) } else { memchr(b'\n', &before).map(|at| at + 1) };
        let last = counts.and_then(|at| last_label(&before[at..]));
        Ok(last.is_none() || last == self.last)
    }
}

/// How many bytes at the start of a file identify a position at `offset`.
pub fn head_length(offset: u64) -> usize {
    usize::try_from(offset).map_or(TAIL, |offset| offset.min(TAIL))
}

fn hexadecimal(field: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(field).ok()?, 16).ok()
}

/// The checksum of bytes of a log, the same in every version.
pub fn hash(bytes: &[u8]) -> u64 {
    Fnv::default().with(bytes).sum()
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
            head: Some(hash(b"head")),
        };
        let mut text = Vec::new();
        let mut row = Row::new(&mut text);
        position.write(&mut row);
        row.end();
        let text = text.strip_suffix(b"\n").unwrap();
        assert_eq!(Position::read(text).as_ref(), Some(&position));
        // as older versions wrote it
        let older = &text[..text.len() - 17];
        assert_eq!(Position::read(older), Some(Position { head: None, ..position }));
        assert_eq!(Position::read(b"a\tb"), None);
    }

    /// States are read by later versions: the sums of the authors of FNV.
    #[test]
    fn hashes_stay_as_they_are() {
        for (text, sum) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(hash(text.as_bytes()), sum, "{text}");
        }
    }
}
