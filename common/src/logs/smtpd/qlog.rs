//! The lines that Sagredo's qmail-smtpd writes of each envelope and each message.
//!
//! ```text
//! qlogreceived: result=accepted code=250 reason=queueaccept detail= helo=mx mailfrom=a@b
//!   rcptto=c@d,e@f relay=no rcpthosts= size=1497 authuser= ... remoteip=192.0.2.1
//!   remoteport=39781 remotehost=mx.example.net qp=29077 pid=29073
//! ```
//!
//! (One line.) Blanks in a value are `_`. `qlogenvelope` stands for each accepted recipient and
//! for each refusal before the message; its `size` and `qp` are those of the message before, so
//! they are not taken from it.

use super::fast;
use super::record::{ACCEPTED, QUEUED, Record, Said};
use super::words::{
    Broken, CUT_SHORT, NO_ADDRESS, TWICE, is_ip, is_number, or_null, plain_ip, words_of,
};
use crate::bytes::digits::number;
use crate::bytes::marks::Marks;
use crate::logs::prefix::Prefix;

/// What a reading of a line says, if its words are qmail-smtpd's.
pub fn judge<'a>(prefix: &Prefix<'a>) -> Option<Result<Said<'a>, Broken>> {
    if let Some(text) = words_of(prefix, b"qlogreceived") {
        return Some(read(text, true));
    }
    Some(read(words_of(prefix, b"qlogenvelope")?, false))
}

/// The same for what else that qmail-smtpd says: `qmail-smtpd: message too big: ...`, or
/// `qmail-smtpd[4711]: badmailfrom: ...`. Such a line says less than the one that follows it.
pub fn remark<'a>(prefix: &Prefix<'a>) -> Option<Result<Said<'a>, Broken>> {
    let rest = prefix
        .text
        .strip_prefix(b"qmail-smtpd")
        .filter(|rest| rest.starts_with(b"[") || rest.starts_with(b": "));
    (rest.is_some() || prefix.tag == b"qmail-smtpd").then_some(Ok(Said::Nothing))
}

/// The names in their order. Those whose values are used must be there once.
pub const NAMES: [(&[u8], bool); 21] = [
    (b"result", true),
    (b"code", true),
    (b"reason", true),
    (b"detail", true),
    (b"helo", true),
    (b"mailfrom", true),
    (b"rcptto", true),
    (b"relay", true),
    (b"rcpthosts", false),
    (b"size", true),
    (b"authuser", true),
    (b"authtype", false),
    (b"encrypted", false),
    (b"sslverified", false),
    (b"localip", false),
    (b"localport", false),
    (b"remoteip", true),
    (b"remoteport", true),
    (b"remotehost", true),
    (b"qp", true),
    (b"pid", true),
];

fn read(text: &[u8], received: bool) -> Result<Said<'_>, Broken> {
    let text = text.trim_ascii_end();
    let values = fast::values(text).map_or_else(|| values(text), Ok)?;
    let [result, code, reason, detail, helo, sender, recipient, relay, _, size, user, ..] = values;
    let [.., ip, port, host, qp, pid] = values;
    let accepted = match result {
        b"accepted" => true,
        b"rejected" => false,
        _ => return Err("neither accepted nor rejected"),
    };
    if !is_ip(ip) {
        return Err(NO_ADDRESS);
    }
    let (size, qp) = if received { (size, qp) } else { (&b""[..], &b""[..]) };
    let names = [code, port, qp, pid];
    let is_size = size.is_empty() || number(size).is_some();
    if !is_size || names.iter().any(|name| !name.is_empty() && !is_number(name)) {
        return Err("a number is malformed");
    }
    // no sender is known before MAIL; with a recipient, an empty one is the null sender
    let sender = if recipient.is_empty() { sender } else { or_null(sender) };
    let record = Record {
        pid,
        ip: plain_ip(ip),
        port,
        host,
        helo,
        sender,
        recipient,
        bytes: size,
        // the name stays in it after a failed login; who has logged in may relay
        auth_user: if accepted && relay == b"yes" { user } else { b"" },
        ..Record::default()
    };
    Ok(Said::Verdict(match (accepted, received) {
        (true, true) => Record { disposition: QUEUED, qp, ..record },
        (true, false) => Record { disposition: ACCEPTED, message: detail, ..record },
        (false, _) => Record { disposition: reason, code, message: detail, ..record },
    }))
}

/// The values of the names.
pub fn values(text: &[u8]) -> Result<[&[u8]; NAMES.len()], Broken> {
    let mut values = [None; NAMES.len()];
    for word in text.split(|byte| *byte == b' ') {
        let (name, value) = word.split_at_mark(b"=").ok_or(CUT_SHORT)?;
        let Some(place) = NAMES.iter().position(|(known, _)| *known == name) else { continue };
        if values[place].replace(value).is_some() && NAMES[place].1 {
            return Err(TWICE);
        }
    }
    let mut found = [&b""[..]; NAMES.len()];
    for ((found, value), (_, is_used)) in found.iter_mut().zip(values).zip(NAMES) {
        match value {
            Some(value) => *found = value,
            None if is_used => return Err(CUT_SHORT),
            None => {}
        }
    }
    Ok(found)
}
