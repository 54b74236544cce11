//! The finder of the two heads that most lines have.
//!
//! ```text
//! 1119225621.643200 mail spamd[1082]: spamd: connection from localhost [192.0.2.4]:40982 to ...
//! Nov 22 00:10:13 mail dovecot: imap-login: Login: user=<bob>, method=PLAIN, rip=192.0.2.1 ...
//! ```
//!
//! A stamp has one of two shapes, of which eight bytes are compared at once. Behind it the first
//! colon before a blank ends the tag, and one blank stands before the tag: these are found as bits of
//! 48 bytes. Any other head, and a text that may begin with one more stamp, is for the plain
//! reader. Measured: session-parse takes 2,390 instructions for a line instead of 2,820.

use fearless_simd::{prelude::*, u8x16};

use crate::bytes::digits::not_digits;
use crate::bytes::scan::{Level, Vectors, dispatch};
use crate::time::Stamp;
use crate::time::stamp::Form;

use super::reading::Prefix;

const UNIX: &[u8; 18] = b"dddddddddd.dddddd ";
const UNIX_WORDS: [Word; 3] = [Word::of(UNIX, 0), Word::of(UNIX, 8), Word::of(UNIX, 10)];

/// The tens of a day may be a blank as well.
const SYSLOG: &[u8; 16] = b"aaa nd dd:dd:dd ";
const SYSLOG_WORDS: [Word; 2] = [Word::of(SYSLOG, 0), Word::of(SYSLOG, 8)];
const TENS_OF_DAY: usize = 4;

/// Eight bytes of a shape, the first the lowest: `d` is a digit, `a` and `n` are any byte, and others
/// are themselves.
struct Word {
    /// The bytes that are themselves, and all their bits.
    exact: [u64; 2],
    /// The highest bits of digits.
    digits: u64,
    /// Where they begin.
    start: usize,
}

impl Word {
    const fn of(shape: &[u8], start: usize) -> Self {
        let mut word = Word { exact: [0; 2], digits: 0, start };
        let mut at = 0;
        while at < 8 {
            match shape[start + at] {
                b'd' => word.digits |= 0x80 << (8 * at),
                b'a' | b'n' => {}
                byte => {
                    word.exact[0] |= (byte as u64) << (8 * at);
                    word.exact[1] |= 0xff << (8 * at);
                }
            }
            at += 1;
        }
        word
    }

    /// Bits for what is of another shape in a text, which goes as far as the shape.
    #[inline(always)]
    fn differences(&self, text: &[u8]) -> u64 {
        let bytes = text[self.start..].first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
        let [expected, counted] = self.exact;
        (bytes ^ expected) & counted | not_digits(bytes) & self.digits
    }
}

/// All bits below the lowest of some, of which there is one at least.
#[inline(always)]
fn below(bits: u64) -> u64 {
    bits.wrapping_sub(1) & !bits
}

/// `STAMP HOST TAG[PID]: TEXT`, as the plain reader reads it: what stands behind the stamp, and all
/// of it. Nothing for many a line that has these too.
#[inline(always)]
pub fn read(line: &[u8]) -> Option<(&[u8], Prefix<'_>)> {
    // multilog's labels need no look
    if !line.first()?.is_ascii_alphanumeric() {
        return None;
    }
    let stamp = stamp(line)?;
    let from = stamp.text.len() + 1;
    let rest = &line[from..];
    let [blanks, colons] = marks(line, rest.len());
    let ends = colons & blanks >> 1;
    let end = ends.trailing_zeros() as usize;
    let before = blanks & below(ends);
    let at = before.trailing_zeros() as usize;
    // a host that begins so is no number and no priority, nor is there another stamp
    let is_host =
        rest.first()?.is_ascii_alphabetic() && (at != 3 || Stamp::at_start(rest).is_none());
    if !is_host || ends == 0 || !before.is_power_of_two() || at + 1 == end {
        return None;
    }
    let text = &rest[end + 2..];
    if matches!(text, [b'[' | b'@' | b'0'..=b'9', ..]) {
        return None;
    }
    let (mut tag, mut pid) = (&rest[at + 1..end], &b""[..]);
    if let Some(inside) = tag.strip_suffix(b"]") {
        let number = last_digits(&line[..from + end - 1])?;
        if let Some(name) = inside[..inside.len() - number.len()].strip_suffix(b"[")
            && !number.is_empty()
        {
            (tag, pid) = (name, number);
        }
    }
    Some((rest, Prefix { stamp: Some(stamp), host: &rest[..at], tag, pid, text, continues: false }))
}

/// How many bytes are looked at behind a stamp.
const LOOK_BYTES: usize = 48;

/// The blanks and colons among the last `length` bytes of a line, a bit for each place, the first the
/// lowest; none for what is too far.
#[inline(always)]
fn marks(line: &[u8], length: usize) -> [u64; 2] {
    let mut padded = [0; LOOK_BYTES];
    let (chunk, before) = if let Some(chunk) = line[line.len() - length..].first_chunk() {
        (chunk, 0)
    } else if let Some(chunk) = line.last_chunk() {
        (chunk, LOOK_BYTES - length)
    } else {
        padded[LOOK_BYTES - line.len()..].copy_from_slice(line);
        (&padded, LOOK_BYTES - length)
    };
    dispatch!(Level::baseline(), vectors => marks_of(vectors, chunk)).map(|bits| bits >> before)
}

#[inline(always)]
fn marks_of<V: Vectors>(vectors: V, chunk: &[u8; LOOK_BYTES]) -> [u64; 2] {
    let mut found = [0; 2];
    for (sixteen, at) in chunk.as_chunks().0.iter().zip((0..).step_by(16)) {
        let sixteen = u8x16::load_array_ref(vectors, sixteen);
        for (bits, byte) in found.iter_mut().zip(*b" :") {
            *bits |= sixteen.simd_eq(byte).to_bitmask() << at;
        }
    }
    found
}

/// The decimal digits at the end of a text that has eight bytes at least; nothing if there are more
/// than seven.
#[inline(always)]
fn last_digits(text: &[u8]) -> Option<&[u8]> {
    let others = not_digits(u64::from_le_bytes(*text.last_chunk()?));
    let count = others.leading_zeros() as usize / 8;
    (count < 8).then(|| &text[text.len() - count..])
}

/// The stamp that the line begins with, if it is one of the two.
#[inline(always)]
fn stamp(line: &[u8]) -> Option<Stamp<'_>> {
    let text = line.get(..UNIX.len())?;
    if differences(&UNIX_WORDS, text) == 0 {
        return Some(Stamp { text: &text[..UNIX.len() - 1], form: Form::Unix });
    }
    let is_date = differences(&SYSLOG_WORDS, text) == 0
        && matches!(text[TENS_OF_DAY], b' ' | b'0'..=b'9')
        && text[..3].iter().all(u8::is_ascii_alphabetic);
    is_date.then_some(Stamp { text: &text[..SYSLOG.len() - 1], form: Form::Syslog })
}

#[inline(always)]
fn differences(words: &[Word], text: &[u8]) -> u64 {
    words.iter().fold(0, |bits, word| bits | word.differences(text))
}

#[cfg(test)]
mod tests {
    use super::super::{Opening, find, plain};
    use super::*;

    /// Pieces of heads.
    const WORDS: [&str; 28] = [
        "1119225621.643200 ",
        "1119225621.643200",
        "111922562.6432000 ",
        "1119225621.64320 ",
        "Nov 22 00:10:13 ",
        "Nov  2 00:10:13 ",
        "Nov 22 00:10:13",
        "Nov 22 00:10:13.5 ",
        "2026 ",
        "mail ",
        "mail",
        "mx1 ",
        "192.0.2.1 ",
        "<2.6> ",
        "mail.info ",
        "spamd",
        "q",
        "[77]",
        "[",
        "]",
        ": ",
        ":",
        " ",
        "7",
        "[ID 7 mail.info] ",
        "@4000000042b6deb800000000 ",
        "1119225621.643200+",
        "a-name-of-a-host-that-has-more-bytes-than-any-of-these-has-64.test ",
    ];

    /// Finder and plain reader offer the same readings in the same order.
    #[test]
    fn finder_and_reader_agree() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(words: Vec<u8>, head: u8, other: u8) -> bool {
            let words = words.iter().map(|word| WORDS[usize::from(*word) % WORDS.len()]);
            let head = ["", WORDS[0], WORDS[4], WORDS[5]][usize::from(head % 4)];
            let source = ["", "mail spamd[77]: ", "mx1 q: "][usize::from(other % 3)];
            let line = [head, source].into_iter().chain(words).collect::<String>();
            [Opening::OwnWords, Opening::ProcessNumber].into_iter().all(|opening| {
                let (mut found, mut expected) = (Vec::new(), Vec::new());
                find(line.as_bytes(), opening, |prefix| {
                    found.push(*prefix);
                    None::<()>
                });
                plain(line.as_bytes(), opening, |prefix| {
                    expected.push(*prefix);
                    None::<()>
                });
                found == expected
            })
        }
        quickcheck::QuickCheck::new()
            .tests(50_000)
            .max_tests(50_000)
            .quickcheck(holds as fn(Vec<u8>, u8, u8) -> bool);
    }

    #[test]
    fn what_is_found() {
        for (line, is_found) in [
            (
                "1119225621.643200 mail spamd[1082]: spamd: connection from localhost [192.0.2.4]",
                true,
            ),
            ("Nov 22 00:10:13 mail dovecot: x", true),
            ("Nov  2 00:10:13 mx1 dovecot[7]: ", true),
            ("Nov 22 00:10:13 mail dovecot:", false),
            ("Nov 22 00:10:13 dovecot: x", false),
            ("Nov 22 00:10:13 mail mail.info dovecot: x", false),
            ("Nov 22 00:10:13 mail qmail: 1119225621.643200 x", false),
            ("Nov -2 00:10:13 mail dovecot: x", false),
            ("Nov 22 00:10:13.5 mail dovecot: x", false),
            ("1119225621 643200 mail dovecot: x", false),
            ("111922562.6432000 mail dovecot: x", false),
            ("", false),
        ] {
            assert_eq!(read(line.as_bytes()).is_some(), is_found, "{line}");
        }
    }
}
