//! The lines that a log mostly consists of, turned to rows in one go: syslog's head, the host of
//! the line before, a timestamp of ten digits, five more fields that are plain and not too long.
//! Whatever is otherwise is left to the parser that knows all forms, of which this is a part made
//! fast: what it needs to know of a line is found 64 bytes at a time.

use common::bytes::scan::{Level, Vectors, dispatch};
use common::bytes::tsv::is_plain;
use common::filter::{Block, Out, Stop};

use crate::parts::{Parts, ROOM, Way};

/// So many bytes of rows are worth a write of their own.
const LONG_RUN: usize = 64 * 1024;

/// Writes the rows of usual lines.
#[derive(Debug)]
pub struct Usual {
    level: Level,
    /// Of the last line; none before it.
    host: Option<Host>,
    /// Rows, up to `length`.
    rows: Vec<u8>,
    length: usize,
}

#[derive(Debug)]
struct Host {
    name: Vec<u8>,
    /// Incoming and outgoing.
    ways: [Way; 2],
}

impl Host {
    /// `None` if no line of this host would be usual.
    fn new(name: &[u8]) -> Option<Self> {
        let quoted = matches!(name, [b'"' | b'\'', ..]);
        let ways = [Way::new(name, b"in")?, Way::new(name, b"out")?];
        (!quoted && is_plain(name)).then(|| Host { name: name.to_vec(), ways })
    }
}

impl Usual {
    /// Expects nothing yet.
    pub fn new() -> Self {
        Usual { level: Level::new(), host: None, rows: Vec::new(), length: 0 }
    }

    /// The next lines are expected from this host too.
    pub fn expect(&mut self, host: &[u8]) {
        if self.host.as_ref().is_none_or(|known| known.name != host) {
            self.host = Host::new(host).or(self.host.take());
        }
    }

    /// Takes the usual lines that the block begins with, and writes their rows.
    pub fn write_rows(&mut self, block: &mut Block<'_>, out: &mut Out) -> Result<(), Stop> {
        let (lines, length) = self.write_all(block.text());
        block.take(lines, length);
        // a long run is written as it is, a short one waits with the rows of other lines
        if self.length >= LONG_RUN {
            out.write(&self.rows[..self.length])
        } else {
            out.buffer().extend_from_slice(&self.rows[..self.length]);
            Ok(())
        }
    }

    /// Writes the rows of the usual lines that `text` begins with. Returns how many they are, and
    /// how long.
    fn write_all(&mut self, text: &[u8]) -> (u64, usize) {
        self.length = 0;
        let Some(host) = &self.host else { return (0, 0) };
        // a row is shorter than its line, which has a date more
        let room = text.len() + ROOM;
        if self.rows.len() < room {
            self.rows = vec![0; room];
        }
        let (lines, taken, length) = dispatch!(self.level, vectors => write_lines(vectors, &host.ways, text, &mut self.rows));
        self.length = length;
        (lines, taken)
    }
}

/// The same for the lines of one host. Returns how long the rows are, too.
#[inline(always)]
fn write_lines<V: Vectors>(
    vectors: V,
    ways: &[Way; 2],
    text: &[u8],
    rows: &mut [u8],
) -> (u64, usize, usize) {
    let (mut lines, mut from, mut to) = (0, 0, 0);
    while let Some(line) = text.get(from..).and_then(<[u8]>::first_chunk) {
        let Some(row) = rows.get_mut(to..).and_then(<[u8]>::first_chunk_mut) else { break };
        let Some(parts) = Parts::of(vectors, ways, line) else { break };
        let Some(length) = parts.write(vectors, row) else { break };
        (from, to) = (from + parts.end, to + length);
        lines += 1;
    }
    (lines, from, to)
}

#[cfg(test)]
mod tests {
    use common::bytes::scan::levels;
    use common::bytes::tsv::Row;
    use common::logs::stats;

    use super::*;

    /// The twin: the row by way of the parser that knows all forms.
    fn naive(line: &[u8]) -> Option<Vec<u8>> {
        let bars: Vec<usize> = (0..line.len()).filter(|at| line[*at] == b'|').collect();
        let record = stats::parse(line, &bars).ok()?;
        let mut row = Vec::new();
        Row::new(&mut row)
            .field(record.time)
            .field(record.host)
            .parts(record.process, [record.bracket])
            .parts(record.rest, record.bars)
            .end();
        Some(row)
    }

    /// The row of the line, with other lines behind it as in a log: the same with all vectors.
    fn usual(line: &[u8]) -> Option<Vec<u8>> {
        let mut rows: Vec<_> = levels().into_iter().map(|level| usual_with(level, line)).collect();
        rows.dedup();
        assert_eq!(rows.len(), 1, "{}", String::from_utf8_lossy(line));
        rows.pop().flatten()
    }

    fn usual_with(level: Level, line: &[u8]) -> Option<Vec<u8>> {
        let mut usual = Usual { level, ..Usual::new() };
        usual.expect(b"mail");
        // enough for the first line only
        let mut text = [line, b"\n"].concat();
        text.resize(ROOM, b'\n');
        let (lines, length) = usual.write_all(&text);
        if lines == 0 {
            return None;
        }
        assert_eq!(length, line.len() + 1, "{}", String::from_utf8_lossy(line));
        Some(usual.rows[..usual.length].to_vec())
    }

    const LINE: &[u8] =
        b"Jun 20 18:20:14 mail out[2345]: 1119280814|a@example.com|b@example.net|20480|success|12";

    fn check(line: &[u8]) {
        if let Some(row) = usual(line) {
            assert_eq!(Some(row), naive(line), "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn the_usual_line_is_written() {
        assert!(usual(LINE).is_some() && usual(LINE) == naive(LINE));
    }

    #[test]
    fn what_is_written_is_what_the_parser_says() {
        // any one or two bytes changed
        for first in 0..LINE.len() {
            for second in first..LINE.len() {
                for other in b"|09 ]:[\"'@inaZ/;\\\t\r\x7f\xff" {
                    let mut line = LINE.to_vec();
                    line[first] = *other;
                    line[second] = *other;
                    check(&line);
                }
            }
        }
        // any piece left out, or there twice
        for first in 0..LINE.len() {
            for second in first..LINE.len() {
                check(&[&LINE[..first], &LINE[second..]].concat());
                check(&[&LINE[..second], &LINE[first..]].concat());
            }
        }
    }

    /// A newline ends a line wherever it is, also within the date.
    #[test]
    fn no_row_is_of_two_lines() {
        let mut usual_ones = 0;
        for at in 0..LINE.len() {
            let mut text = LINE.to_vec();
            text[at] = b'\n';
            text.resize(LINE.len() + ROOM, b'\n');
            for level in levels() {
                let mut usual = Usual { level, ..Usual::new() };
                usual.expect(b"mail");
                let (lines, length) = usual.write_all(&text);
                if lines > 0 {
                    assert_eq!((lines, length), (1, at + 1), "{level:?}");
                    assert_eq!(Some(usual.rows[..usual.length].to_vec()), naive(&text[..at]));
                    usual_ones += 1;
                }
            }
        }
        // the number of attempts can be cut short
        assert_eq!(usual_ones, levels().len());
    }

    /// Lines with parts of every length, one after the other.
    #[test]
    fn lines_of_all_lengths() {
        let (mut text, mut rows) = (Vec::new(), Vec::new());
        for way in ["in", "out"] {
            for digits in 1..=7 {
                for length in 0..=60 {
                    let (pid, sender) = (&"1234567"[..digits], "s".repeat(length));
                    let status = &"success and more"[..length % 16];
                    let line = format!(
                        "Jun 20 18:20:14 mail {way}[{pid}]: 1119280814|{sender}|b@example.net|{}|{status}|{}",
                        1_u64 << (length / 2),
                        1 + length * 300,
                    );
                    text.extend_from_slice(line.as_bytes());
                    text.push(b'\n');
                    rows.extend(naive(line.as_bytes()).unwrap());
                }
            }
        }
        text.resize(text.len() + ROOM, b'\n');
        for level in levels() {
            let mut usual = Usual { level, ..Usual::new() };
            usual.expect(b"mail");
            assert_eq!(usual.write_all(&text), (2 * 7 * 61, text.len() - ROOM), "{level:?}");
            assert!(usual.rows[..usual.length] == rows, "{level:?}");
        }
    }
}
