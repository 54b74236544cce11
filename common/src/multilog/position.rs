//! How far a log was read, in terms that outlive rotations and the process.

use std::io;

use memchr::{memchr, memchr_iter, memrchr};

use super::labels::{Label, label_at_start, labels_from_end, last_label};
use super::text::Text;
use crate::bytes::fnv::Fnv;
use crate::bytes::tsv::{self, Row};
use crate::filter::BLOCK_BYTES;
use crate::time::civil::digits;

/// A position is identified by up to this many bytes at the start of its file, and as many before
/// the position itself.
pub const TAIL: usize = 64;
/// The longest last line that is compared as a whole.
const LONGEST_TAIL: usize = BLOCK_BYTES;

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
    /// The hash of the last of them; at the start of a file, the time when the file was made.
    pub(super) hash: u64,
    /// The label of the last line that had one.
    pub(super) last: Option<Label>,
    /// The hash of the first bytes of the file; `None` in the states of older versions.
    pub(super) head: Option<u64>,
    /// How many files were read between those up to `before` and the file, without a label so far.
    pub(super) unnamed: usize,
    /// How many lines there are up to the place from the first one with the label `last` on; the
    /// largest number in the states of older versions, so that none of them comes twice.
    pub(super) of_last: usize,
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
        row.field(number(self.unnamed as u64).as_bytes());
        let of_last = Some(self.of_last).filter(|count| *count < usize::MAX);
        row.field(of_last.map_or_else(String::new, |count| number(count as u64)).as_bytes());
    }

    /// Reads the fields that [`write`](Position::write) wrote, also without the last ones, which older
    /// versions did not have.
    pub fn read(text: &[u8]) -> Option<Self> {
        let fields: Vec<&[u8]> = tsv::fields(text).collect();
        let [before, inode, offset, tail, hash, last, since @ ..] = fields.as_slice() else {
            return None;
        };
        let (head, unnamed, of_last): (&[u8], &[u8], &[u8]) = match since {
            [] => (b"", b"0", b""),
            [head] => (head, b"0", b""),
            [head, unnamed, of_last] => (head, unnamed, of_last),
            _ => return None,
        };
        let label = |field: &[u8]| match field {
            b"" => Some(None),
            field => label_at_start(field).map(Some),
        };
        let number = |field: &[u8]| std::str::from_utf8(field).ok()?.parse().ok();
        Some(Position {
            before: label(before)?,
            inode: number(inode)?,
            offset: number(offset)?,
            tail: digits(tail)?.try_into().ok().filter(|tail| *tail <= LONGEST_TAIL)?,
            hash: hexadecimal(hash)?,
            last: label(last)?,
            head: if head.is_empty() { None } else { Some(hexadecimal(head)?) },
            unnamed: number(unnamed)?.try_into().ok()?,
            of_last: match of_last {
                b"" => usize::MAX,
                of_last => number(of_last)?.try_into().ok()?,
            },
        })
    }

    /// The start of a file, of which nothing was read.
    pub(super) fn at_start(before: Option<Label>, inode: u64, made: u64) -> Self {
        Position { before, inode, hash: made, ..Position::default() }
    }

    /// The label of the last line that has one, and how many lines there are from the first one with
    /// it on, once these lines were read, too.
    pub(super) fn last_after(&self, lines: &[u8]) -> (Option<Label>, usize) {
        let count = |lines| memchr_iter(b'\n', lines).count();
        let mut labels = labels_from_end(lines);
        let Some((mut start, last)) = labels.next() else {
            let more = if self.last.is_some() { count(lines) } else { 0 };
            return (self.last, self.of_last.saturating_add(more));
        };
        for (at, label) in labels {
            if label != last {
                return (Some(last), count(&lines[start..]));
            }
            start = at;
        }
        if self.last == Some(last) {
            return (Some(last), self.of_last.saturating_add(count(lines)));
        }
        (Some(last), count(&lines[start..]))
    }

    /// Is it the start of a file?
    pub(super) fn is_start(&self) -> bool {
        self.offset == 0
    }

    /// Is nothing known of the log?
    pub(super) fn is_none(&self) -> bool {
        self.is_start() && self.inode == 0
    }

    /// Is it the place after this line, which has a label? The whole line is compared.
    pub(super) fn is_after(&self, line: &[u8]) -> bool {
        let is_whole =
            line.len() == self.tail || line.len() > LONGEST_TAIL && self.tail == LONGEST_TAIL;
        is_whole
            && label_at_start(line) == self.last
            && hash(&line[line.len() - self.tail..]) == self.hash
    }

    /// Is the place in this file?
    pub(super) fn is_in(&self, mut text: Text<'_>) -> io::Result<bool> {
        if self.is_start() {
            return Ok(text.made()? == self.hash);
        }
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

/// How many bytes at the end of these lines identify a position after them. In a log that has labels
/// they are the last line, so that it is known again by itself.
pub fn tail_length(lines: &[u8], has_labels: bool) -> usize {
    if !has_labels {
        return lines.len().min(TAIL);
    }
    let before_end = &lines[..lines.len().saturating_sub(1)];
    let start = memrchr(b'\n', before_end).map_or(0, |newline| newline + 1);
    (lines.len() - start).min(LONGEST_TAIL)
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
            unnamed: 1,
            of_last: 2,
        };
        let mut text = Vec::new();
        let mut row = Row::new(&mut text);
        position.write(&mut row);
        row.end();
        let text = text.strip_suffix(b"\n").unwrap();
        assert_eq!(Position::read(text).as_ref(), Some(&position));
        // as older versions wrote it
        let older = &text[..text.len() - 4];
        let position = Position { unnamed: 0, of_last: usize::MAX, ..position };
        assert_eq!(Position::read(older), Some(position.clone()));
        let older = &older[..older.len() - 17];
        assert_eq!(Position::read(older), Some(Position { head: None, ..position }));
        assert_eq!(Position::read(b"a\tb"), None);
    }

    /// An empty file is known by when it was made, whichever inode it has.
    #[test]
    fn the_start_of_a_file() {
        let file = tempfile::tempfile().unwrap();
        let made = Text::plain(&file).made().unwrap();
        let start = Position::at_start(None, 7, made);
        assert!(start.is_start() && !start.is_none() && Position::default().is_none());
        assert!(start.is_in(Text::plain(&file)).unwrap());
        let earlier = Position { hash: made.wrapping_sub(1), ..start };
        assert!(!earlier.is_in(Text::plain(&file)).unwrap());
    }

    #[test]
    fn lines_from_the_first_with_the_last_label_on() {
        let label = |number| label_at_start(format!("@400000006b0278a00000000{number}").as_bytes());
        let line = |number| format!("@400000006b0278a00000000{number} text\n");
        let none = || "no label\n".to_owned();
        let read = Position { last: label(1), of_last: 3, ..Position::default() };
        for (lines, last, count) in [
            (vec![], 1, 3),
            (vec![none()], 1, 4),
            (vec![none(), line(1), none()], 1, 6),
            (vec![line(2), none(), line(2)], 2, 3),
            (vec![none(), line(2), none(), none()], 2, 3),
            (vec![line(1), line(2), line(1)], 1, 1),
        ] {
            assert_eq!(
                read.last_after(lines.concat().as_bytes()),
                (label(last), count),
                "{lines:?}"
            );
        }
        assert_eq!(Position::default().last_after(b"no label\n"), (None, 0));
    }

    /// The last line of a log with labels is known again by itself, and by all of it.
    #[test]
    fn the_last_line() {
        let short = "@400000006b0278a000000001 x\n";
        let long = format!("@400000006b0278a000000001 1 {}\n", "x".repeat(99));
        for (lines, length) in [
            (format!("{short}{short}"), short.len()),
            (format!("{short}{long}"), long.len()),
            (format!("{short}no label\n"), 9),
            ("\n".to_owned(), 1),
            (String::new(), 0),
        ] {
            assert_eq!(tail_length(lines.as_bytes(), true), length, "{lines}");
            assert_eq!(tail_length(lines.as_bytes(), false), lines.len().min(TAIL), "{lines}");
        }
        let (last, tail, hash) =
            (label_at_start(long.as_bytes()), long.len(), hash(long.as_bytes()));
        let position = Position { tail, hash, last, ..Position::default() };
        assert!(position.is_after(long.as_bytes()));
        for other in [long.replace(" 1 ", " 2 "), long.replace(" 1 ", " 1  "), short.to_owned()] {
            assert!(!position.is_after(other.as_bytes()), "{other}");
        }
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
