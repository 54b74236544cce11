//! Finds the records of lines as nearly all are, and hands them to the row writer:
//!
//! ```text
//! Jun 20 18:20:14 mail.example.com in[2345]: 1119280814|a@example.com|b@example.net|20480|success|1
//! date            host             direction, pid, time|window
//! ```
//!
//! The host and the day are those of the last line that the parser read. The window, 128 bytes, begins
//! at the same place in all lines: at the bar after the time, or a few bytes before it, as nothing but
//! the process number varies much there. Its first byte that is not plain must be the newline. It must
//! have five bars: the first after the time, the second after the sender; the others, and the numbers
//! between them, are counted from the newline to the left. A line that differs in anything is left to
//! the parser.
//!
//! All that a line holds becomes a row without a look at where each field is: what follows the time is
//! copied with TABs for its bars. What stands in no line follows from the status, and ends the row.
//!
//! A line takes 320 instructions, with its row, or 285 without that end; by way of the parser, 2400.

mod host;
mod window;

use std::ops::Range;

use self::host::Host;
use self::window::{Window, last_fields};
use super::added::Ends;
use super::{IN_LINE, SIDE_BY_SIDE};
use crate::bytes::scan::{Level, Vectors, copy_with, dispatch};
use crate::bytes::wide::{self, ROW_BYTES, RowEnd, RowRoom, copy_runs};
use crate::rows::schema::MessageColumn;

/// How many bytes the fields after the time have at most, with their bars and the newline.
const WINDOW_BYTES: usize = 128;
/// Room for any line that is found. Where the text has less, none is.
const ROOM_BYTES: usize = 512;
const DATE_BYTES: usize = b"Jun 20 18:20:14 ".len();
const TIME_BYTES: usize = b"1119280814".len();
/// How far the bar after the time is behind the direction, at least.
const LEAST_BYTES: usize = b"in[1]: 1119280814".len();

/// Finds the records of lines that all name the same host.
#[derive(Debug)]
pub struct Finder {
    level: Level,
    /// The columns of the rows, as runs of fields that stand side by side in a line.
    runs: Vec<Range<usize>>,
    /// What follows these fields in a row, if something does.
    ends: Option<Ends>,
    host: Option<Host>,
    room: RowRoom<ROW_BYTES>,
}

/// The rows of lines that were found.
#[derive(Debug)]
pub struct FoundRows<'a> {
    /// How many lines.
    pub lines: u64,
    /// How many bytes these lines have.
    pub length: usize,
    /// Their rows.
    pub rows: &'a [u8],
}

impl Finder {
    /// Will write rows of these columns. Finds nothing before it knows a host, nor ever if a column
    /// that stands in no line comes before one that does.
    pub fn new(columns: &[MessageColumn]) -> Self {
        let in_line = |column: &&MessageColumn| (**column as usize) < IN_LINE;
        let (first, added) = columns.split_at(columns.iter().take_while(in_line).count());
        let mut runs: Vec<Range<usize>> = Vec::new();
        // without runs no row is written
        let first = if added.iter().any(|column| in_line(&column)) { &[] } else { first };
        for at in first.iter().map(|column| *column as usize) {
            let begins = SIDE_BY_SIDE.iter().any(|run| run.start == at);
            match runs.last_mut() {
                Some(run) if run.end == at && !begins => run.end += 1,
                _ => runs.push(at..at + 1),
            }
        }
        let (ends, room) = (Ends::new(added), RowRoom::default());
        Finder { level: Level::new(), runs, ends, host: None, room }
    }

    /// Looks for lines of this host, and of the day that the line begins with, from now on.
    pub fn expect(&mut self, line: &[u8], host: &[u8]) {
        self.host = Host::new(line, host).or(self.host.take());
    }

    /// Writes the rows of the lines that `text` begins with, up to the first that is not found.
    pub fn rows_of(&mut self, text: &[u8]) -> FoundRows<'_> {
        let Finder { level, runs, ends, host, room } = self;
        let (mut lines, mut length) = (0, 0);
        if let Some(host) = host {
            let (to, all) = (&mut *room, runs == SIDE_BY_SIDE.as_slice());
            // two ways, and each known here to have ends or none: that saves a third of the
            // instructions
            (lines, length) = dispatch!(*level, vectors => match (all, &*ends) {
                (true, None) => write_rows(vectors, host, None, None, text, to),
                (true, Some(ends)) => write_rows(vectors, host, None, Some(ends), text, to),
                (false, ends) => {
                    write_rows(vectors, host, Some(runs), ends.as_ref(), text, to)
                }
            });
        }
        FoundRows { lines, length, rows: room.take() }
    }
}

/// Writes rows of these runs of fields, or of all that a line holds.
#[inline(always)]
fn write_rows<V: Vectors>(
    vectors: V,
    host: &Host,
    runs: Option<&[Range<usize>]>,
    ends: Option<&Ends>,
    text: &[u8],
    rows: &mut RowRoom<ROW_BYTES>,
) -> (u64, usize) {
    let (mut lines, mut at) = (0, 0);
    while let Some(found) = Found::at(vectors, host, &text[at..])
        && let Some(row) = rows.next_row()
    {
        let end = ends.map(|ends| ends.of(found.status(), found.status_word()));
        let length = match runs {
            Some(runs) => copy_runs(found.line, &found.places(), runs, end, row),
            None => found.write_all(vectors, end, row),
        };
        let Some(length) = length else { break };
        rows.keep(length);
        (lines, at) = (lines + 1, at + found.end + 1);
    }
    (lines, at)
}

/// Where the fields of a line stand.
#[derive(Debug)]
struct Found<'a> {
    line: &'a [u8; ROOM_BYTES],
    direction: usize,
    pid: Range<usize>,
    /// The bar after the time.
    time_end: usize,
    recipient: usize,
    bytes: usize,
    status: usize,
    attempts: usize,
    /// The newline.
    end: usize,
}

impl<'a> Found<'a> {
    /// The record of the line that `text` begins with.
    #[inline(always)]
    fn at<V: Vectors>(vectors: V, host: &Host, text: &'a [u8]) -> Option<Self> {
        let line: &[u8; ROOM_BYTES] = text.first_chunk()?;
        let direction = host.end();
        let window_at = direction + LEAST_BYTES;
        // first of all, since the next line waits to know where this one ends
        let window = Window::of(vectors, line[window_at..].first_chunk()?)?;
        let end = window_at + window.newline;

        let pid = host.pid_in(vectors, line)?;
        let time_end = pid.end + b"]: ".len() + TIME_BYTES;
        let recipient = window_at + window.second_bar(time_end - window_at)? + 1;
        let [bytes, status, attempts] = last_fields(vectors, line[..end].last_chunk()?)?;
        let [bytes, status, attempts] = [end - bytes, end - status, end - attempts];
        // a row needs an escape there; no other field can begin so
        if is_quote(line[time_end + 1]) || is_quote(line[recipient]) || is_quote(line[status]) {
            return None;
        }
        Some(Found { line, direction, pid, time_end, recipient, bytes, status, attempts, end })
    }

    #[inline(always)]
    fn status(&self) -> &'a [u8] {
        &self.line[self.status..self.attempts - 1]
    }

    /// The first eight bytes of the status and what follows it.
    #[inline(always)]
    fn status_word(&self) -> u64 {
        self.line[self.status..].first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight))
    }

    /// Where the field of each column stands in the line.
    #[inline(always)]
    fn places(&self) -> [Range<usize>; IN_LINE] {
        [
            self.time_end - TIME_BYTES..self.time_end,
            DATE_BYTES..self.direction - 1,
            self.direction..self.pid.start - 1,
            self.pid.clone(),
            self.time_end + 1..self.recipient - 1,
            self.recipient..self.bytes - 1,
            self.bytes..self.status - 1,
            self.status..self.attempts - 1,
            self.attempts..self.end,
        ]
    }

    /// Writes the row of all that the line holds, and returns its length.
    #[inline(always)]
    fn write_all<V: Vectors>(
        &self,
        vectors: V,
        end: Option<&RowEnd>,
        row: &mut [u8; ROW_BYTES],
    ) -> Option<usize> {
        // where in the row the host begins, and how far everything after it is moved to the left
        const HOST: usize = TIME_BYTES + 1;
        const MOVED: usize = DATE_BYTES - HOST;
        let time: &[u8; 16] = self.line[self.time_end - TIME_BYTES..].first_chunk()?;
        *row.first_chunk_mut()? = *time;
        row[TIME_BYTES] = b'\t';
        let words: &[u8; 64] = self.line[DATE_BYTES..].first_chunk()?;
        *row[HOST..].first_chunk_mut()? = *words;
        *row.get_mut(self.direction - 1 - MOVED)? = b'\t';
        *row.get_mut(self.pid.start - 1 - MOVED)? = b'\t';
        // from the bar before the sender on
        let tail_at = self.pid.end - MOVED;
        let from: &[u8; WINDOW_BYTES] = self.line[self.time_end..].first_chunk()?;
        let to: &mut [u8; WINDOW_BYTES] = row.get_mut(tail_at..)?.first_chunk_mut()?;
        for (chunk, place) in from.as_chunks().0.iter().zip(to.as_chunks_mut().0) {
            copy_with(vectors, chunk, (b'|', b'\t'), place);
        }
        wide::end_row(row, tail_at + self.end - self.time_end, end)
    }
}

#[inline(always)]
fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'')
}

#[cfg(test)]
mod tests {
    use super::host::HEAD_BYTES;
    use super::*;
    use crate::bytes::{scan::levels, tsv::Row};
    use crate::logs::stats::parse;
    use crate::rows::schema::Column;

    const LINE: &[u8] =
        b"Jun 20 18:20:14 mail out[2345]: 1119280814|a@example.com|b@example.net|20480|success|12";

    /// A finder of lines from `mail` that works with these vectors.
    fn finder(level: Level, columns: &[MessageColumn]) -> Finder {
        let mut finder = Finder { level, ..Finder::new(columns) };
        finder.expect(LINE, b"mail");
        finder
    }

    /// Whether the line is found. If so, it must be the record that the parser finds, at each level.
    fn is_found(line: &[u8]) -> bool {
        // enough for the first line only
        let mut text = [line, b"\n"].concat();
        text.resize(ROOM_BYTES, b'\n');
        let host = Host::new(LINE, b"mail").unwrap();
        let found = levels().into_iter().map(|level| {
            let found = dispatch!(level, vectors => Found::at(vectors, &host, &text));
            found.map(|found| (found.places(), found.end + 1))
        });
        let mut found: Vec<_> = found.collect();
        found.dedup();
        let shown = String::from_utf8_lossy(line);
        assert_eq!(found.len(), 1, "{shown}");
        let Some((places, length)) = found.pop().flatten() else { return false };
        let end = line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len());
        assert_eq!(length, end + 1, "{shown}");
        assert_eq!(Ok(places), parse(&line[..end]).map(|record| record.places), "{shown}");
        true
    }

    /// The row by way of the parser.
    fn reference(line: &[u8], columns: &[MessageColumn]) -> Vec<u8> {
        let (record, mut row) = (parse(line).unwrap(), Vec::new());
        let mut fields = Row::new(&mut row);
        for column in columns {
            fields.field(record.field(*column));
        }
        fields.end();
        row
    }

    #[test]
    fn what_is_found_is_what_the_parser_finds() {
        assert!(is_found(LINE));
        // any one or two bytes changed
        for first in 0..LINE.len() {
            for second in first..LINE.len() {
                for other in b"|09 ]:[\"'@inaZ/;\\\t\r\n\x7f\xff" {
                    let mut line = LINE.to_vec();
                    line[first] = *other;
                    line[second] = *other;
                    is_found(&line);
                }
            }
        }
        // any bytes left out, or there twice
        for first in 0..LINE.len() {
            for second in first..LINE.len() {
                is_found(&[&LINE[..first], &LINE[second..]].concat());
                is_found(&[&LINE[..second], &LINE[first..]].concat());
            }
        }
    }

    /// Lines with fields of every length, one after the other, in rows of all columns or of some.
    #[test]
    fn rows_are_what_the_parser_gives() {
        let mut lines = Vec::new();
        for direction in ["in", "out"] {
            for digits in 1..=7 {
                for length in 0..=60 {
                    let (pid, sender) = (&"1234567"[..digits], "s".repeat(length));
                    let status =
                        ["success", "timeout", "partial", &"odd words"[..length % 10]][length % 4];
                    lines.push(format!(
                        "Jun 20 18:20:14 mail {direction}[{pid}]: 1119280814|{sender}|bob@mail.example.net|{}|{status}|{}",
                        1_u64 << (length / 2),
                        1 + length * 300,
                    ));
                }
            }
        }
        let mut text = lines.join("\n").into_bytes();
        let length = text.len() + 1;
        text.resize(length + ROOM_BYTES, b'\n');
        let (in_line, added) = MessageColumn::ALL.split_at(IN_LINE);
        let reversed = [in_line, added].map(|columns| columns.iter().rev().copied());
        let reversed: Vec<_> = reversed.into_iter().flatten().collect();
        let some = MessageColumn::list(b"direction,sender,recipient,bytes,host,pid").unwrap();
        for columns in [MessageColumn::ALL, in_line, &reversed, &some] {
            let rows: Vec<u8> =
                lines.iter().flat_map(|line| reference(line.as_bytes(), columns)).collect();
            for level in levels() {
                let mut finder = finder(level, columns);
                let found = finder.rows_of(&text);
                assert_eq!((found.lines, found.length), (lines.len() as u64, length), "{level:?}");
                assert!(found.rows == rows, "{level:?} {columns:?}");
            }
        }
        for columns in [b"source,time".as_slice(), b"reason"] {
            let columns = MessageColumn::list(columns).unwrap();
            assert_eq!(finder(Level::new(), &columns).rows_of(&text).lines, 0, "{columns:?}");
        }
    }

    #[test]
    fn dates() {
        for at in 0..DATE_BYTES {
            for byte in 0..=255 {
                let mut line = LINE.to_vec();
                line[at] = byte;
                let in_time = at > 6 && LINE[at].is_ascii_digit() && byte.is_ascii_digit();
                assert_eq!(is_found(&line), in_time || byte == LINE[at], "{byte} at {at}");
            }
        }
    }

    #[test]
    fn hosts() {
        let mut finder = Finder::new(MessageColumn::ALL);
        let text = [LINE, &[b'\n'; ROOM_BYTES]].concat();
        assert_eq!(finder.rows_of(&text).length, 0);
        let long = [b'h'; HEAD_BYTES - DATE_BYTES];
        for (host, lines) in [
            (&b"mail"[..], 1),
            (b"", 1),
            (b"'mail", 1),
            (b"m\\ail", 1),
            (&long, 1),
            (&long[1..], 0),
            (b"mai", 0),
            (b"mail", 1),
        ] {
            finder.expect(LINE, host);
            assert_eq!(finder.rows_of(&text).lines, lines, "{host:?}");
        }
    }
}
