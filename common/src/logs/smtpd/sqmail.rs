//! qmail-smtpd of s/qmail, and of SPAMCONTROL before it.
//!
//! ```text
//! qmail-smtpd: pid 4711 Accept::RCPT::Recipients_Cdb P:ESMTP S:192.0.2.1:mx H:h F:a@b T:c@d
//! qmail-smtpd: pid 4711 Reject::SNDR::Bad_Helo P:SMTP S:192.0.2.1:mx H:h F:a@b T:c@d 'INFO'
//! qmail-smtpd: pid 4711 Accept::AUTH::login P:ESMTPA S:192.0.2.1:mx H:h F:a@b T:c@d ?~ 'USER'
//! ```
//!
//! The forms are from its documentation and source; no real log was available. SPAMCONTROL writes no
//! process number, and sometimes a colon after the condition.

use super::record::{ACCEPTED, Record, Said};
use super::words::{
    Broken, CUT_SHORT, NO_ADDRESS, is_ip, is_number, known, or_null, plain_ip, split,
    split_optional, words_of,
};
use crate::bytes::marks::Marks;
use crate::logs::prefix::Prefix;

/// What a reading of a line says, if its words are of such a qmail-smtpd.
pub fn judge<'a>(prefix: &Prefix<'a>) -> Option<Result<Said<'a>, Broken>> {
    let numbered = words_of(prefix, b"qmail-smtpd").and_then(|text| text.strip_prefix(b"pid "));
    let (pid, text) = match numbered {
        Some(text) => text.split_at_mark(b" ").filter(|(pid, _)| is_number(pid))?,
        None => (&b""[..], prefix.text),
    };
    if let Some(action) = text.strip_prefix(b"Accept::") {
        return Some(read(pid, action, true));
    }
    Some(read(pid, text.strip_prefix(b"Reject::")?, false))
}

fn read<'a>(pid: &'a [u8], text: &'a [u8], accepted: bool) -> Result<Said<'a>, Broken> {
    let (action, rest) = split(text, b" P:")?;
    let action = action.strip_suffix(b":").unwrap_or(action);
    let (protocol, rest) = split(rest, b" S:")?;
    let (client, rest) = split_optional(rest, b" H:")?;
    let (helo, rest) = split_optional(rest, b" F:")?;
    let (sender, rest) = split_optional(rest, b" T:")?;
    let (recipient, message, user) = if action.starts_with(b"AUTH") {
        let (recipient, user) = rest.rsplit_at_mark(b" ?~ ").unwrap_or((rest, b""));
        (recipient, &b""[..], quoted(user))
    } else if accepted {
        (rest, &b""[..], &b""[..])
    } else {
        let (recipient, message) = rest.split_at_mark(b" '").unwrap_or((rest, b""));
        (recipient, message.strip_suffix(b"'").unwrap_or(message), &b""[..])
    };
    if protocol.starts_with(b"POP") {
        return Ok(Said::Nothing);
    }
    // without HELO another word follows the client
    let client = client.split_at_mark(b" ").map_or(client, |(client, _)| client);
    let (ip, host) = client.rsplit_at_mark(b":").ok_or(CUT_SHORT)?;
    if !is_ip(ip) {
        return Err(NO_ADDRESS);
    }
    if accepted && recipient.is_empty() {
        // a login, or the begin of TLS
        return Ok(Said::Nothing);
    }
    Ok(Said::Verdict(Record {
        pid,
        ip: plain_ip(ip),
        host: known(host),
        helo: helo.split_at_mark(b" ?~ ").map_or(helo, |(helo, _)| helo),
        sender: if recipient.is_empty() { sender } else { or_null(sender) },
        recipient,
        disposition: if accepted { ACCEPTED } else { action },
        message,
        auth_user: if accepted { user } else { b"" },
        ..Record::default()
    }))
}

fn quoted(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"'").and_then(|text| text.strip_suffix(b"'")).unwrap_or(text)
}
