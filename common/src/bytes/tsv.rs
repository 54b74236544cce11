//! The one TSV dialect: TAB between fields, LF after each row, no quoting.
//!
//! In a field `\t \n \r \\` stand for the four bytes that would break a row or an escape. A first
//! byte `"` or `'` is written `\"` or `\'`, since some engines would take it for a quote. Any
//! other byte that could act on a terminal or that an engine refuses becomes the four characters
//! `\xHH` as text, hence `\\xHH` in the file. `PostgreSQL`'s COPY text and `ClickHouse`'s `TabSeparated`
//! read this as it stands (both documented, both tried).

use crate::bytes::plain::{is_plain, is_short_plain};
use crate::bytes::short;
use bstr::{ByteSlice, ByteVec};

/// What stands in the place of a value in a row that is a sum of others.
///
/// No value is written so, since a backslash of its own would be doubled. `PostgreSQL` and `ClickHouse`
/// read it as `(total)`.
pub const TOTAL: &[u8] = br"\(total)";

/// A row that is being written to the end of a buffer. Finish it with [`Row::end`].
#[derive(Debug)]
#[must_use = "a row ends with `end`"]
pub struct Row<'a> {
    /// Each field has a TAB behind it; the last one becomes the end of the row.
    buffer: &'a mut Vec<u8>,
}

impl<'a> Row<'a> {
    /// Starts a row at the end of `buffer`.
    pub fn new(buffer: &'a mut Vec<u8>) -> Self {
        Row { buffer }
    }

    /// Writes any bytes as a field.
    #[inline]
    pub fn field(&mut self, bytes: &[u8]) -> &mut Self {
        // many are empty
        if bytes.is_empty() {
            self.buffer.push(b'\t');
        } else {
            self.some(bytes);
        }
        self
    }

    /// Writes a number as a field.
    #[inline]
    pub fn number(&mut self, number: impl itoa::Integer) -> &mut Self {
        self.as_written(itoa::Buffer::new().format(number).as_bytes())
    }

    /// Writes a number as a field, or an empty field where it is not known.
    #[inline]
    pub fn maybe(&mut self, number: Option<impl itoa::Integer>) -> &mut Self {
        match number {
            Some(number) => self.number(number),
            None => self.field(b""),
        }
    }

    /// Copies fields that stand in our dialect already, such as those of an input row.
    #[inline]
    pub fn as_written(&mut self, fields: &[u8]) -> &mut Self {
        self.buffer.extend_from_slice(fields);
        self.buffer.push(b'\t');
        self
    }

    /// Ends the row.
    #[inline]
    pub fn end(&mut self) {
        match self.buffer.last_mut() {
            Some(last @ b'\t') => *last = b'\n',
            // a row of no fields
            _ => self.buffer.push(b'\n'),
        }
    }

    // Each of these three ends with the call of the next, or would have registers to save.

    #[inline(never)]
    fn some(&mut self, bytes: &[u8]) {
        match short::ended(bytes, b'\t') {
            Some(text)
                if is_short_plain(&text, bytes.len(), b' ')
                    && !is_quote(text[0])
                    && self.has_room_for(&text) =>
            {
                self.append(&text, bytes.len());
            }
            _ => self.longer(bytes),
        }
    }

    #[inline(never)]
    fn longer(&mut self, bytes: &[u8]) {
        match short::longer_ended(bytes, b'\t') {
            Some(text) if is_plain(bytes) && !is_quote(text[0]) && self.has_room_for(&text) => {
                self.append(&text, bytes.len());
            }
            _ => self.any(bytes),
        }
    }

    #[inline(never)]
    fn any(&mut self, bytes: &[u8]) {
        escape(bytes, self.buffer);
        self.buffer.push(b'\t');
    }

    #[inline(always)]
    fn has_room_for<const N: usize>(&self, _: &[u8; N]) -> bool {
        self.buffer.capacity() - self.buffer.len() >= N
    }

    /// Appends a field of `length` bytes and its TAB. All of `text` is copied: that takes no call.
    #[inline(always)]
    fn append<const N: usize>(&mut self, text: &[u8; N], length: usize) {
        let end = self.buffer.len() + length + 1;
        self.buffer.extend_from_slice(text);
        self.buffer.truncate(end);
    }
}

/// Appends `bytes` to `buffer` as a field.
pub fn escape(bytes: &[u8], buffer: &mut Vec<u8>) {
    // a quote that begins a field gets a backslash before it
    if bytes.first().is_some_and(|first| is_quote(*first)) {
        buffer.push(b'\\');
    }
    if is_plain(bytes) {
        buffer.extend_from_slice(bytes);
    } else {
        escape_slowly(bytes, buffer);
    }
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'')
}

#[cold]
fn escape_slowly(bytes: &[u8], buffer: &mut Vec<u8>) {
    for (start, end, character) in bytes.char_indices() {
        let raw = &bytes[start..end];
        match character {
            '\t' => buffer.extend_from_slice(b"\\t"),
            '\n' => buffer.extend_from_slice(b"\\n"),
            '\r' => buffer.extend_from_slice(b"\\r"),
            '\\' => buffer.extend_from_slice(b"\\\\"),
            // bstr gives U+FFFD for bytes that are not UTF-8; a real one is these three bytes
            '\u{FFFD}' if raw != "\u{FFFD}".as_bytes() => in_hex(raw, b"\\\\x", buffer),
            _ if is_harmless(character) => buffer.extend_from_slice(raw),
            _ => in_hex(raw, b"\\\\x", buffer),
        }
    }
}

/// Text for a message: one line, nothing that a terminal acts on; escaped as in a field, but with
/// single backslashes, since a person reads it.
pub fn visible(bytes: &[u8]) -> String {
    // nearly all text is such
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return bytes.to_str_lossy().into_owned();
    }
    let mut text = Vec::with_capacity(bytes.len());
    for (start, end, character) in bytes.char_indices() {
        let raw = &bytes[start..end];
        match character {
            '\u{FFFD}' if raw != "\u{FFFD}".as_bytes() => in_hex(raw, b"\\x", &mut text),
            _ if is_harmless(character) => text.extend_from_slice(raw),
            _ => in_hex(raw, b"\\x", &mut text),
        }
    }
    text.into_string_lossy()
}

/// No control character (C0, DEL, C1) and nothing that turns the direction of the text round it.
fn is_harmless(character: char) -> bool {
    let turns = matches!(character,
        '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    // these two end a line for some readers
    let ends_line = matches!(character, '\u{2028}' | '\u{2029}');
    !character.is_control() && !turns && !ends_line
}

fn in_hex(bytes: &[u8], mark: &[u8], buffer: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in bytes {
        buffer.extend_from_slice(mark);
        buffer.push(DIGITS[usize::from(byte >> 4)]);
        buffer.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// The bytes that a field stands for.
///
/// Undoes `\t \n \r \\ \" \'`; any other backslash stays as it is, and so does `\xHH`, which is
/// text by now: written again, the field is the same.
pub fn unescape(field: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    if !field.contains(&b'\\') {
        return field.into();
    }
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        let decoded = match (byte, rest.peek()) {
            (b'\\', Some(b't')) => b'\t',
            (b'\\', Some(b'n')) => b'\n',
            (b'\\', Some(b'r')) => b'\r',
            (b'\\', Some(&literal @ (b'\\' | b'"' | b'\''))) => literal,
            _ => {
                bytes.push(byte);
                continue;
            }
        };
        rest.next();
        bytes.push(decoded);
    }
    bytes.into()
}

/// The bytes that a reader of our rows gets of a field, even where it is not written as ours are.
pub fn as_read(field: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    if is_plain(field) {
        return field.into();
    }
    let mut written = Vec::with_capacity(field.len());
    escape(&unescape(field), &mut written);
    unescape(&written).into_owned().into()
}

/// The fields of a row as they are written.
pub fn fields(row: &[u8]) -> impl Iterator<Item = &[u8]> {
    row.split(|byte| *byte == b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(bytes: &[u8]) -> Vec<u8> {
        let mut buffer = Vec::new();
        escape(bytes, &mut buffer);
        buffer
    }

    #[test]
    fn each_kind_of_byte() {
        for (raw, written) in [
            (&b"plain text"[..], &b"plain text"[..]),
            (b"", b""),
            (b"a\tb\nc\rd\\e", b"a\\tb\\nc\\rd\\\\e"),
            (b"\"quoted\"", b"\\\"quoted\""),
            (b"'tis", b"\\'tis"),
            (b"mid\"dle'", b"mid\"dle'"),
            (b"\x1b[31m\0\x7f", b"\\\\x1B[31m\\\\x00\\\\x7F"),
            ("käse \u{1F9C0} \u{FFFD}".as_bytes(), "käse \u{1F9C0} \u{FFFD}".as_bytes()),
            (b"\xe9t\xe9", b"\\\\xE9t\\\\xE9"),
            ("a\u{85}b\u{202E}c".as_bytes(), b"a\\\\xC2\\\\x85b\\\\xE2\\\\x80\\\\xAEc"),
            (b"\\.", b"\\\\."),
            (b"(total)", b"(total)"),
            (TOTAL, br"\\(total)"),
        ] {
            assert_eq!(escaped(raw).as_bstr(), written.as_bstr(), "{:?}", raw.as_bstr());
        }
    }

    #[test]
    fn messages_keep_to_one_line() {
        assert_eq!(visible(b"a\nb\x1b[2J\xff\\"), "a\\x0Ab\\x1B[2J\\xFF\\");
    }

    /// What any reader relies on, whatever the bytes.
    #[test]
    fn a_field_is_safe_and_reads_back() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(bytes: Vec<u8>) -> bool {
            let bytes = bytes.as_slice();
            let field = escaped(bytes);
            let safe = field.to_str().is_ok_and(|text| text.chars().all(is_harmless))
                && !matches!(field.first(), Some(b'"' | b'\''));
            // what was text comes back; the rest comes back as its \xHH, and stays that way
            let back = unescape(&field).into_owned();
            let textual = bytes.to_str().is_ok_and(|text| {
                text.chars().all(|c| is_harmless(c) || matches!(c, '\t' | '\n' | '\r'))
            });
            let read =
                *as_read(&field) == *back && escaped(&as_read(bytes)) == escaped(&unescape(bytes));
            safe && field != TOTAL && (!textual || back == bytes) && escaped(&back) == field && read
        }
        quickcheck::QuickCheck::new()
            .tests(20_000)
            .max_tests(20_000)
            .quickcheck(holds as fn(Vec<u8>) -> bool);
    }

    /// The ways to copy a field, at every length and with every byte, against that of `escape`.
    #[test]
    fn fields_of_any_length() {
        for length in 0..70 {
            for place in 0..length.max(1) {
                for byte in 0..=255 {
                    let mut bytes = vec![b'a'; length];
                    bytes.iter_mut().skip(place).take(1).for_each(|at| *at = byte);
                    let (mut row, field) = (b"before\n".to_vec(), escaped(&bytes));
                    Row::new(&mut row).field(&bytes).number(1).as_written(&field).end();
                    let field = field.to_str().unwrap();
                    assert_eq!(row, format!("before\n{field}\t1\t{field}\n").as_bytes());
                }
            }
        }
    }

    #[test]
    fn rows() {
        let mut buffer = Vec::new();
        Row::new(&mut buffer).field(b"a\tb").number(7).field(b"").as_written(b"c\td").end();
        assert_eq!(buffer, b"a\\tb\t7\t\tc\td\n");
        assert_eq!(fields(b"a\\tb\t7\t\tc").count(), 4);
        buffer.clear();
        Row::new(&mut buffer).field(b"").end();
        Row::new(&mut buffer).end();
        assert_eq!(buffer, b"\n\n");
    }
}
