//! Fields of the input, written as the rows of this suite have them: the one way back.

use crate::bytes::span::Span;
use crate::bytes::{plain, tsv};

/// Are these fields, with TABs between, written as ours are? A no may be wrong, a yes never.
#[inline]
pub fn is_normal(fields: &[u8]) -> bool {
    if plain::is_plain(fields) { !begins_with_quote(fields) } else { are_normal(fields) }
}

/// The same for several fields.
fn are_normal(fields: &[u8]) -> bool {
    plain::is_plain_but_for(fields, b'\t') && !tsv::fields(fields).any(begins_with_quote)
}

fn begins_with_quote(field: &[u8]) -> bool {
    matches!(field, [b'"' | b'\'', ..])
}

/// The same fields as ours are written; in `buffer` unless they are so already.
#[inline]
pub fn normal<'a>(fields: Span<'a>, buffer: &'a mut Vec<u8>) -> Span<'a> {
    if is_normal(fields.bytes()) { fields } else { rewritten(fields.bytes(), buffer) }
}

#[cold]
fn rewritten<'a>(fields: &[u8], buffer: &'a mut Vec<u8>) -> Span<'a> {
    buffer.clear();
    let mut row = tsv::Row::new(buffer);
    for field in tsv::fields(fields) {
        row.field(&tsv::unescape(field));
    }
    row.end();
    buffer.pop();
    Span::from(buffer.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_written_once_as_ours_are() {
        for (fields, expected) in [
            ("plain\t\tfields", "plain\t\tfields"),
            ("\"a\t'b\tc\"", "\\\"a\t\\'b\tc\""),
            ("\\\"a\ta\\tb\\\\", "\\\"a\ta\\tb\\\\"),
            ("a\\b\tc\x1b", "a\\\\b\tc\\\\x1B"),
        ] {
            let (mut once, mut twice) = (Vec::new(), Vec::new());
            let once = normal(Span::from(fields.as_bytes()), &mut once);
            assert_eq!(once.bytes(), expected.as_bytes());
            assert_eq!(normal(once, &mut twice).bytes(), expected.as_bytes());
        }
    }
}
