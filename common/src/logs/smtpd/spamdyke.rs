//! spamdyke, a filter between tcpserver and qmail-smtpd.
//!
//! ```text
//! spamdyke[36545]: ALLOWED from: a@b to: c@d origin_ip: 192.0.2.1 origin_rdns: mx.example.net
//!   auth: (unknown) encryption: (none) reason: 250_ok_1795664264_qp_36839
//! ```
//!
//! (One line each.) Version 4 has no reason, and says `ALLOWED` of a recipient. Version 5 says it
//! when qmail-smtpd has answered the message; its number of qmail-queue is the last word then.

use super::record::{ACCEPTED, QUEUED, Record, Said};
use super::words::{Broken, is_ip, is_number, or_null, split, split_optional};
use crate::bytes::marks::Marks;
use crate::logs::prefix::Prefix;

/// What a reading of a line says, if its words are spamdyke's.
pub fn judge<'a>(prefix: &Prefix<'a>) -> Option<Result<Said<'a>, Broken>> {
    // its own name may stand behind another that a logger gave it
    let named = prefix.text.strip_prefix(b"spamdyke[").and_then(|text| text.split_at_mark(b"]: "));
    let tagged = (prefix.tag == b"spamdyke").then_some((prefix.pid, prefix.text));
    let (pid, text) = named.or(tagged)?;
    is_number(pid).then(|| read(pid, text))
}

fn read<'a>(pid: &'a [u8], text: &'a [u8]) -> Result<Said<'a>, Broken> {
    let end = text.iter().position(|byte| !is_in_code(*byte)).unwrap_or(text.len());
    let (code, rest) = text.split_at(end);
    let Some(rest) = rest.strip_prefix(b" from: ").filter(|_| !code.is_empty()) else {
        // `ERROR(FUNCTION()@FILE:LINE): ` and the like
        return Ok(Said::Nothing);
    };
    let (sender, rest) = split(rest, b" to: ")?;
    let (recipient, rest) = split(rest, b" origin_ip: ")?;
    let (ip, rest) = split(rest, b" origin_rdns: ")?;
    let (host, rest) = split(rest, b" auth: ")?;
    let (auth_user, rest) = split_optional(rest, b" encryption: ")?;
    let (_, reason) = split_optional(rest, b" reason: ")?;
    let [sender, recipient, host, auth_user, reason] =
        [sender, recipient, host, auth_user, reason].map(value);
    if !is_ip(ip) {
        return Err(super::words::NO_ADDRESS);
    }
    let sender = if recipient.is_empty() { sender } else { or_null(sender) };
    let disposition = match code {
        b"TLS_ENCRYPTED" => return Ok(Said::Nothing),
        _ if !code.starts_with(b"ALLOWED") => code,
        _ if has_qp(reason) => QUEUED,
        _ => ACCEPTED,
    };
    Ok(Said::Verdict(Record {
        pid,
        // it knows no IPv6, and writes this for such a client
        ip: if ip == b"0.0.0.0" { b"" } else { ip },
        host,
        sender,
        recipient,
        disposition,
        message: reason,
        auth_user,
        ..Record::default()
    }))
}

fn is_in_code(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'
}

/// Words in brackets stand for what is missing.
fn value(text: &[u8]) -> &[u8] {
    if matches!(text, b"(unknown)" | b"(none)" | b"(empty)") { b"" } else { text }
}

/// qmail-smtpd's answer to a message that it took, with `_` for blanks.
fn has_qp(reason: &[u8]) -> bool {
    let qp = reason.strip_prefix(b"250_").and_then(|rest| rest.rsplit_at_mark(b"_qp_"));
    qp.is_some_and(|(_, qp)| is_number(qp))
}
