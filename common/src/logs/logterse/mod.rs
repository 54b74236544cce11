//! The lines of qpsmtpd's plugin logterse: one for each message that was queued, and for each
//! refusal.
//!
//! A record begins at the first backquote of a line, and only if what stands before it is exactly
//! what one of qpsmtpd's loggers writes there. So nothing that a client says can pass for a
//! record: its words always come after words of the server.

mod addresses;
mod block_list;
mod continuation;
pub mod fast;
mod head;
mod status;

pub use addresses::{bare, recipients, tld, without_port};
pub use block_list::{block_list, place_of_block_list};
pub use continuation::continuation;
pub use head::{Head, NAME, head};
pub use status::Status;
use status::split_status;

use bstr::ByteSlice;
use memchr::memchr;

use crate::bytes::scan::Places;
use crate::filter::Fault;

/// What begins a record, after the words of the logger.
pub const MARK: u8 = b'`';

/// The program whose verdicts these are, as transaction rows name it.
pub const SOURCE: &[u8; 7] = b"qpsmtpd";

/// Why a line is skipped that is nothing of logterse's.
pub const NO_RECORD: &str = "no line of logterse";

/// A record, as logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// What stands before it.
    pub head: Head<'a>,
    /// The client's address; empty if it was refused before it was known.
    pub ip: &'a [u8],
    /// The client's port, which hardly any log has.
    pub port: &'a [u8],
    /// The client's name by DNS, or `Unknown`.
    pub host: &'a [u8],
    /// The argument of HELO or EHLO.
    pub helo: &'a [u8],
    /// `<user@host>`, `<>`, or empty if no sender was accepted.
    pub sender: &'a [u8],
    /// The recipients accepted so far; see [`recipients`].
    pub recipients: &'a [u8],
    /// The plugin that refused, or `queued`.
    pub disposition: &'a [u8],
    /// qpsmtpd's number of the refusal, 901 to 904.
    pub code: &'a [u8],
    /// Why it was refused, or the message-id.
    pub message: &'a [u8],
    /// The field that only SME's edition writes; see [`Status`]. `None` where it is not there.
    pub status: Option<&'a [u8]>,
    /// The fields from the first on, as they stand in the line.
    pub fields: &'a [u8],
}

/// The record of a line; why the line is none.
pub fn parse(line: &[u8]) -> Result<Record<'_>, Fault> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mark = memchr(MARK, line).ok_or(Fault::Skip(NO_RECORD))?;
    let head = head(&line[..mark])?;
    record(line, mark, head)
}

/// The record at the first backquote of a line, before which `head` stands.
#[inline]
pub fn record<'a>(line: &'a [u8], mark: usize, head: Head<'a>) -> Result<Record<'a>, Fault> {
    let start = mark + 1 + usize::from(line.get(mark + 1) == Some(&b' '));
    let text = line.get(start..).unwrap_or_default();
    let mut tabs = [0; 8];
    let found = tabs.iter_mut().zip(Places::new(text, b'\t')).map(|(to, tab)| *to = tab).count();
    let ([ip, host, helo, sender, recipients, disposition, code, _], 7..) = (tabs, found) else {
        return Err(match found {
            // `journalctl` without `-a` makes blanks of TABs
            0 if line[..mark].contains_str(NAME) => Fault::Reject("cut: it has no TAB"),
            0 => Fault::Skip(NO_RECORD),
            _ => Fault::Reject("fewer than eight fields"),
        });
    };
    let between = |from: usize, to: usize| &text[from + 1..to];
    let (client, port) = without_port(&text[..ip]);
    let mut record = Record {
        head,
        ip: client,
        port,
        host: between(ip, host),
        helo: between(host, helo),
        sender: between(helo, sender),
        recipients: between(sender, recipients),
        disposition: between(recipients, disposition),
        code: between(disposition, code),
        message: &text[code + 1..],
        status: None,
        fields: text,
    };
    if found > 7
        && let Some((message, status)) = split_status(record.disposition, record.message)
    {
        (record.message, record.status) = (message, Some(status));
    }
    if record.disposition.is_empty() {
        return Err(Fault::Reject("no disposition"));
    }
    if !record.code.iter().all(u8::is_ascii_digit) {
        return Err(Fault::Reject("the code is not a number"));
    }
    Ok(record)
}

/// A line whose fields are `text`.
#[cfg(test)]
pub(crate) fn line_of(text: &str) -> String {
    format!("1 logging::logterse plugin: ` {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let line = line_of("1.2.3.4:55\th\t\t<>\t\tqueued\t\t<a\tb@c>");
        let record = parse(line.as_bytes()).unwrap();
        assert_eq!((record.ip, record.port), (&b"1.2.3.4"[..], &b"55"[..]));
        assert_eq!((record.message, record.status), (&b"<a\tb@c>"[..], None));
        let line =
            line_of("2001:db8::1\th\t\t<>\t\tqueued\t\t<a\tb\tc>\tNo, hits=-2.6 required=5.0_\r");
        let record = parse(line.as_bytes()).unwrap();
        assert_eq!((record.ip, record.port), (&b"2001:db8::1"[..], &b""[..]));
        assert_eq!(record.message, b"<a\tb\tc>");
        assert_eq!(record.status, Some(&b"No, hits=-2.6 required=5.0_"[..]));
        let line = line_of("\t\t\t\t\thosts_allow\t901\tno\t");
        assert_eq!(parse(line.as_bytes()).unwrap().status, Some(&b""[..]));
        for broken in
            ["1.2.3.4\th\th\tdnsbl\t903\ttext", "1\t2\t3\t4\t5\t\t7\t8", "1\t2\t3\t4\t5\t6\tx\t8"]
        {
            assert!(matches!(parse(line_of(broken).as_bytes()), Err(Fault::Reject(_))), "{broken}");
        }
    }
}
