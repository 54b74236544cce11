//! What stands before a record: a date, a label or nothing, and the host.

use crate::time::Stamp;

/// The host, empty if there is none, and what follows the head of the line.
pub fn head(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = match line {
        // a label or an ISO date, perhaps before syslog's
        [b'@' | b'0'..=b'9', ..] => without_syslog_date(Stamp::at_start(line)?.1),
        _ => without_syslog_date(line),
    };
    if rest.starts_with(b"in[") || rest.starts_with(b"out[") {
        return Some((&rest[..0], rest));
    }
    let blank = memchr::memchr(b' ', rest)?;
    Some((&rest[..blank], &rest[blank + 1..]))
}

/// What follows `Jun 20 18:20:14 `, if that is how the line begins.
fn without_syslog_date(line: &[u8]) -> &[u8] {
    match line {
        [_, _, _, b' ', _, _, b' ', _, _, b':', _, _, b':', _, _, b' ', rest @ ..] => rest,
        _ => line,
    }
}
