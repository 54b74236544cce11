//! What recordio writes: all that goes over a connection.

use super::Event;
use crate::bytes::digits::{digits_at_start, number};

/// `P > TEXT` is of the server, `P < TEXT` of the client, and `[EOF]` without more is the end of
/// either. A blank follows a whole line; a plus follows a part, and the same side's next line of
/// that process goes on with it. A part ends anywhere, also within a reply's code.
pub fn read(text: &[u8]) -> Option<Event<'_>> {
    // most lines are not of recordio
    if !text.first()?.is_ascii_digit() {
        return None;
    }
    let digits = digits_at_start(text);
    let pid = number(&text[..digits])?;
    let text = match &text[digits..] {
        [b' ', b'>', b' ', text @ ..] => text,
        // a logger took the blanks of an empty line away
        b" >" => b"",
        [b' ', b'<', b' ', ..] | b" <" => return Some(Event::Other),
        _ => return None,
    };
    if text == b"[EOF]" {
        return Some(Event::Other);
    }
    if let Some(text) = text.strip_suffix(b"+") {
        return Some(Event::Reply { pid, text, ends: false });
    }
    let text = text.strip_suffix(b" ").unwrap_or(text);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    Some(Event::Reply { pid, text, ends: true })
}
