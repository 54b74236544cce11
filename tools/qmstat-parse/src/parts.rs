//! The parts of one usual line: they are found 64 bytes at a time, and hardly a branch is taken
//! that depends on what the line says.

use common::bytes::scan::{self, Vectors, bits_of};
use common::bytes::tsv::odd_bits;

/// The timestamp's bar and the five fields after it, with their newline, fit in so many bytes.
const WINDOW: usize = 128;
/// What stands before the process number in a line, and in a row, is no longer.
const HEAD: usize = 64;
/// Room for any line or row, of which the parts begin at places that fit a byte.
pub const ROOM: usize = 512;

/// How long the date is that a line begins with.
const DATE: usize = 16;
/// From the process number to the timestamp's bar if the number has one digit.
const TIME: usize = b"1]: 1119280814".len();

/// The host and one direction.
#[derive(Debug)]
pub struct Way {
    /// As they stand in a line after the date: `mail in[`.
    in_line: Head,
    /// A bit for each byte of that.
    needed: u64,
    /// As they stand in a row, with the TABs round them.
    in_row: Head,
}

#[derive(Debug)]
struct Head {
    bytes: [u8; HEAD],
    length: u8,
}

impl Head {
    /// `None` if it is too long.
    fn new(parts: &[&[u8]]) -> Option<Self> {
        let text = parts.concat();
        let mut head = Head { bytes: [0; HEAD], length: u8::try_from(text.len()).ok()? };
        head.bytes.get_mut(..text.len())?.copy_from_slice(&text);
        Some(head)
    }
}

impl Way {
    /// `None` if the host is too long.
    pub fn new(host: &[u8], direction: &[u8]) -> Option<Self> {
        let in_line = Head::new(&[host, b" ", direction, b"["])?;
        let in_row = Head::new(&[b"\t", host, b"\t", direction, b"\t"])?;
        let needed = u64::MAX >> (HEAD - usize::from(in_line.length));
        Some(Way { in_line, needed, in_row })
    }

    /// The bytes in which a line is otherwise.
    #[inline(always)]
    fn differences<V: Vectors>(&self, vectors: V, line: &[u8; HEAD]) -> u64 {
        scan::differences(vectors, line, &self.in_line.bytes) & self.needed
    }
}

/// Where things are in a usual line.
#[derive(Debug)]
pub struct Parts<'a> {
    way: &'a Way,
    /// The process number, and how long it is.
    pid: &'a [u8; 8],
    pid_length: usize,
    /// The timestamp has ten digits.
    time: &'a [u8; 16],
    /// The fields after it, and how long they are with their newline.
    fields: &'a [u8; WINDOW],
    fields_length: usize,
    /// Where the next line begins.
    pub end: usize,
}

impl<'a> Parts<'a> {
    /// The parts of the line that `text` begins with; `None` if it is not usual.
    #[inline(always)]
    pub fn of<V: Vectors>(vectors: V, ways: &'a [Way; 2], text: &'a [u8; ROOM]) -> Option<Self> {
        // The window begins at one place in all lines, so that the end of this one is known before
        // all else: at the bar after the timestamp, if the line is incoming and the process number
        // has one digit.
        let start = DATE + usize::from(ways[0].in_line.length) + TIME;
        let window = Window::of(vectors, text[start..].first_chunk()?)?;

        // no branch depends on the direction, which nobody could foretell
        let head = text[DATE..].first_chunk()?;
        let incoming = ways[0].differences(vectors, head);
        let outgoing = ways[1].differences(vectors, head);
        let way = &ways[usize::from(incoming != 0)];
        let pid_at = DATE + usize::from(way.in_line.length);

        let after_head = &text[pid_at..];
        let digits = scan::digits_in(vectors, after_head.first_chunk()?);
        let pid_length = digits.trailing_ones();
        let ten_digits = digits.wrapping_shr(pid_length + 3) & 0x7ff == 0x3ff;
        let pid_length = pid_length as usize;
        let after_pid = &after_head[pid_length..];
        if incoming.min(outgoing) != 0
            || !(1..8).contains(&pid_length)
            || !after_pid.starts_with(b"]: ")
            || !ten_digits
            || !is_syslog_date(text.first_chunk()?)
            // a newline in the date would make two lines of it
            || odd_bits(vectors, text.first_chunk()?) << (64 - DATE) != 0
            || !window.has_fields_after(pid_at + pid_length + TIME - 1 - start)
        {
            return None;
        }
        Some(Parts {
            way,
            pid: after_head.first_chunk()?,
            pid_length,
            time: after_pid[3..].first_chunk()?,
            fields: after_pid[14..].first_chunk()?,
            fields_length: start + window.newline + 1 - (pid_at + pid_length + TIME),
            end: start + window.newline + 1,
        })
    }

    /// Writes the row, and returns how long it is. Each copy is of a fixed size, and the next one
    /// overwrites what is too much.
    #[inline(always)]
    pub fn write<V: Vectors>(&self, vectors: V, row: &mut [u8; ROOM]) -> Option<usize> {
        *row.first_chunk_mut()? = *self.time;
        *row[10..].first_chunk_mut()? = self.way.in_row.bytes;
        let after_head = &mut row[10 + usize::from(self.way.in_row.length)..];
        *after_head.first_chunk_mut()? = *self.pid;
        let after_pid = after_head.get_mut(self.pid_length..)?;
        after_pid[0] = b'\t';
        let [low, high] = halves(self.fields)?;
        let fields: &mut [u8; WINDOW] = after_pid[1..].first_chunk_mut()?;
        scan::copy_replacing(vectors, low, *b"|\t", fields.first_chunk_mut()?);
        scan::copy_replacing(vectors, high, *b"|\t", fields.last_chunk_mut()?);
        Some(10 + usize::from(self.way.in_row.length) + self.pid_length + 1 + self.fields_length)
    }
}

/// The end of a line.
struct Window<'a> {
    text: &'a [u8; WINDOW],
    newline: usize,
    bars: u128,
    digits: u128,
}

impl<'a> Window<'a> {
    /// `None` if there is no newline, or if it is not the first byte that is not plain.
    #[inline(always)]
    fn of<V: Vectors>(vectors: V, text: &'a [u8; WINDOW]) -> Option<Self> {
        let [low, high] = halves(text)?;
        let odd = in_one([odd_bits(vectors, low), odd_bits(vectors, high)]);
        let newline = odd.trailing_zeros() as usize;
        let bars = in_one([bits_of(vectors, low, *b"|"), bits_of(vectors, high, *b"|")]);
        let digits = in_one([scan::digits_in(vectors, low), scan::digits_in(vectors, high)]);
        (text.get(newline) == Some(&b'\n')).then_some(Window { text, newline, bars, digits })
    }

    /// Are there five fields, all as usual, after the first bar, which stands here?
    #[inline(always)]
    fn has_fields_after(&self, first: usize) -> bool {
        // those before the newline, the last the highest
        let bars = self.bars << (127 - self.newline) << 1;
        let digits = self.digits << (127 - self.newline) << 1;
        let [mut bars_left, mut digits_left] = [upper_half(bars), upper_half(digits)];
        // how long a field is, if it is a number
        let number = |bars: u64, digits: u64| {
            let length = bars.leading_zeros();
            (length == digits.leading_ones() && (1..20).contains(&length)).then_some(length)
        };
        let Some(attempts) = number(bars_left, digits_left) else { return false };
        bars_left <<= attempts + 1;
        digits_left <<= attempts + 1;
        let status = bars_left.leading_zeros();
        let (Some(bars_left), Some(digits_left)) =
            (bars_left.checked_shl(status + 1), digits_left.checked_shl(status + 1))
        else {
            return false;
        };
        let recipient = (self.bars & self.bars.wrapping_sub(1)).trailing_zeros() as usize;
        bars.count_ones() == 5
            && self.bars.trailing_zeros() as usize == first
            && number(bars_left, digits_left).is_some()
            && !self.may_be_quote(first + 1)
            && !self.may_be_quote(recipient + 1)
            && !self.may_be_quote(self.newline - (attempts + 1 + status) as usize)
    }

    /// Is it a quote, or a byte of which the bits are as good as those of one?
    #[inline(always)]
    fn may_be_quote(&self, at: usize) -> bool {
        const BOTH: u8 = b'"' | b'\'';
        self.text.get(at).is_none_or(|byte| byte | (b'"' ^ b'\'') == BOTH)
    }
}

#[inline(always)]
fn upper_half(bits: u128) -> u64 {
    (bits >> 64) as u64
}

/// A window in the pieces that vectors work on.
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
#[inline(always)]
fn is_syslog_date(date: &[u8; DATE]) -> bool {
    const SHAPE: u128 = u128::from_le_bytes(*b"\0\0\0 \0\0 \0\0:\0\0:\0\0 ");
    const NEEDED: u128 = u128::from_le_bytes(*b"\0\0\0\xff\0\0\xff\0\0\xff\0\0\xff\0\0\xff");
    date[0].is_ascii_alphabetic() && u128::from_le_bytes(*date) & NEEDED == SHAPE
}
