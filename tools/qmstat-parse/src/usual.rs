//! The lines that a log mostly consists of, turned to rows in one go: syslog's head, the host of
//! the line before, a timestamp of ten digits, five more fields that are plain and not too long.
//! Whatever is otherwise is left to the parser that knows all forms, of which this is a part made
//! fast: what it needs to know of a line is found 64 bytes at a time.

use common::account::Account;
use common::io::{Block, Out};
use common::scan::{Level, Vectors, bits_of, dispatch};
use common::stop::Stop;
use common::tsv::{is_plain, odd_bits};

/// The five fields after the timestamp, with their newline, fit in so many bytes.
const WINDOW: usize = 128;
/// The head of a row with its host is no longer.
const HEAD: usize = 64;
/// Room for a row and for what is copied too far.
const ROW: usize = 2 * WINDOW + HEAD;

/// So many bytes of rows are worth a write of their own.
const LONG_RUN: usize = 64 * 1024;

/// Writes the rows of usual lines.
#[derive(Debug)]
pub struct Usual {
    level: Level,
    /// The host and the blank after it; empty before the first line.
    host: Vec<u8>,
    incoming: Head,
    outgoing: Head,
    /// Rows, up to `length`.
    rows: Vec<u8>,
    length: usize,
}

/// Host and direction as they stand in a row, with the TABs round them.
#[derive(Debug)]
struct Head {
    bytes: [u8; HEAD],
    length: usize,
}

impl Default for Head {
    fn default() -> Self {
        Head { bytes: [0; HEAD], length: 0 }
    }
}

impl Head {
    /// `None` if it is too long.
    fn new(host: &[u8], direction: &[u8]) -> Option<Self> {
        let text = [b"\t", host, b"\t", direction, b"\t"].concat();
        let mut head = Head { length: text.len(), ..Head::default() };
        head.bytes.get_mut(..text.len())?.copy_from_slice(&text);
        Some(head)
    }
}

impl Default for Usual {
    fn default() -> Self {
        Usual {
            level: Level::new(),
            host: Vec::new(),
            incoming: Head::default(),
            outgoing: Head::default(),
            rows: Vec::new(),
            length: 0,
        }
    }
}

impl Usual {
    /// The next lines are expected from this host too.
    pub fn expect(&mut self, host: &[u8]) {
        let quoted = matches!(host, [b'"' | b'\'', ..]);
        if quoted || !is_plain(host) || self.host.strip_suffix(b" ") == Some(host) {
            return;
        }
        if let (Some(incoming), Some(outgoing)) = (Head::new(host, b"in"), Head::new(host, b"out"))
        {
            self.host = [host, b" "].concat();
            (self.incoming, self.outgoing) = (incoming, outgoing);
        }
    }

    /// Takes the usual lines that the block begins with, and writes their rows.
    pub fn write_rows(
        &mut self,
        block: &mut Block<'_>,
        account: &mut Account,
        out: &mut Out,
    ) -> Result<(), Stop> {
        if self.host.is_empty() {
            return Ok(());
        }
        // a row is shorter than its line, which has a date more
        let room = block.text().len() + ROW;
        if self.rows.len() < room {
            self.rows = vec![0; room];
        }
        self.length = 0;
        let lines = dispatch!(self.level, vectors => self.write_lines(vectors, block));
        account.book_many(lines, 0, "", String::new);
        // a long run is written as it is, a short one waits with the rows of other lines
        if self.length >= LONG_RUN {
            out.write(&self.rows[..self.length])
        } else {
            out.buffer().extend_from_slice(&self.rows[..self.length]);
            Ok(())
        }
    }

    /// Gives the number of lines.
    #[inline(always)]
    fn write_lines<V: Vectors>(&mut self, vectors: V, block: &mut Block<'_>) -> u64 {
        let mut lines = 0;
        while let Some(length) = self.write(vectors, block.text()) {
            block.take(1, length);
            lines += 1;
        }
        lines
    }

    /// Writes the row of the line that `text` begins with, and returns the line's length; `None`,
    /// and nothing of use written, if it is not usual.
    #[inline(always)]
    fn write<V: Vectors>(&mut self, vectors: V, text: &[u8]) -> Option<usize> {
        let (date, rest) = text.split_first_chunk()?;
        let rest = rest.strip_prefix(self.host.as_slice())?;
        let (head, rest) = match rest {
            [b'i', b'n', b'[', rest @ ..] => (&self.incoming, rest),
            [b'o', b'u', b't', b'[', rest @ ..] => (&self.outgoing, rest),
            _ => return None,
        };
        let pid: &[u8; 8] = rest.first_chunk()?;
        let pid_length = no_digits(*pid).trailing_zeros() as usize / 8;
        let [b']', b':', b' ', rest @ ..] = rest.get(pid_length..)? else { return None };
        // ten digits and a bar
        let (time, _) = rest.split_first_chunk::<16>()?;
        let window: &[u8; WINDOW] = rest.get(11..)?.first_chunk()?;
        let [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b'|', ..] = *time else { return None };
        let digits = no_digits([b0, b1, b2, b3, b4, b5, b6, b7]) == 0
            && b8.is_ascii_digit()
            && b9.is_ascii_digit()
            && (1..8).contains(&pid_length);
        let newline = first_odd(vectors, window)?;
        let [recipient, bytes, status, attempts] = four_bars(vectors, window, newline)?;
        let quote = |at: usize| matches!(window[at], b'"' | b'\'');
        if !digits
            || !is_syslog_date(*date)
            || window[newline] != b'\n'
            || !ends_in_digits(&window[..status], bytes)
            || !ends_in_digits(&window[..newline], attempts)
            || quote(0)
            || quote(recipient + 1)
            || quote(status + 1)
        {
            return None;
        }
        // each copy is of a fixed size, and the next one overwrites what is too much
        let place = self.rows.get_mut(self.length..)?.first_chunk_mut::<ROW>()?;
        *place.first_chunk_mut()? = *time;
        *place[10..].first_chunk_mut()? = head.bytes;
        let after_head = 10 + head.length;
        *place[after_head..].first_chunk_mut()? = *pid;
        let after_pid = after_head + pid_length;
        place[after_pid] = b'\t';
        let fields: &mut [u8; WINDOW] = place[after_pid + 1..].first_chunk_mut()?;
        *fields = *window;
        for bar in [recipient, bytes, status, attempts] {
            fields[bar] = b'\t';
        }
        self.length += after_pid + 1 + newline + 1;
        Some(text.len() - rest.len() + 11 + newline + 1)
    }
}

/// The first byte that is not plain, such as the newline.
#[inline(always)]
fn first_odd<V: Vectors>(vectors: V, window: &[u8; WINDOW]) -> Option<usize> {
    let [low, high] = halves(window)?;
    let bits = in_one([odd_bits(vectors, low), odd_bits(vectors, high)]);
    (bits != 0).then_some(bits.trailing_zeros() as usize)
}

/// The bars before the newline, if there are four.
#[inline(always)]
fn four_bars<V: Vectors>(vectors: V, window: &[u8; WINDOW], newline: usize) -> Option<[usize; 4]> {
    let [low, high] = halves(window)?;
    let bits = in_one([bits_of(vectors, low, *b"|"), bits_of(vectors, high, *b"|")]);
    let mut bits = bits & ((1 << newline) - 1);
    let bars = std::array::from_fn(|_| {
        let bar = bits.trailing_zeros() as usize;
        bits &= bits.wrapping_sub(1);
        bar
    });
    // the fourth is beyond the window if there are fewer
    (bits == 0 && bars[3] < WINDOW).then_some(bars)
}

/// The window in the pieces that vectors work on.
#[inline(always)]
fn halves(window: &[u8; WINDOW]) -> Option<[&[u8; 64]; 2]> {
    Some([window.first_chunk()?, window.last_chunk()?])
}

/// The bits of two halves.
#[inline(always)]
fn in_one([low, high]: [u64; 2]) -> u128 {
    u128::from(low) | (u128::from(high) << 64)
}

/// `Jun 20 18:20:14 `, and not the beginning of another stamp?
#[inline]
fn is_syslog_date(date: [u8; 16]) -> bool {
    date[0].is_ascii_alphabetic() && [date[3], date[6], date[9], date[12], date[15]] == *b"  :: "
}

/// Eight bytes of which those that are no digit have their top bit set.
#[inline]
fn no_digits(bytes: [u8; 8]) -> u64 {
    let values = u64::from_le_bytes(bytes) ^ 0x3030_3030_3030_3030;
    let odd = ((values & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676) | values;
    odd & 0x8080_8080_8080_8080
}

/// Are there one to eight bytes after this bar, all of them decimal digits?
#[inline]
fn ends_in_digits(text: &[u8], bar: usize) -> bool {
    let (length, Some(last)) = (text.len() - bar - 1, text.last_chunk()) else { return false };
    (1..=8).contains(&length) && no_digits(*last) >> (64 - 8 * length) == 0
}

#[cfg(test)]
mod tests {
    use common::mailstat;
    use common::scan::levels;
    use common::tsv::Row;

    use super::*;

    /// The twin: the row by way of the parser that knows all forms.
    fn naive(line: &[u8]) -> Option<Vec<u8>> {
        let bars: Vec<usize> = (0..line.len()).filter(|at| line[*at] == b'|').collect();
        let record = mailstat::parse(line, &bars).ok()?;
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
        let mut usual = Usual { level, rows: vec![0; 4096], ..Usual::default() };
        usual.expect(b"mail");
        let text = [line, b"\n", &LINE.repeat(2)].concat();
        let length = dispatch!(usual.level, vectors => usual.write(vectors, &text))?;
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
}
