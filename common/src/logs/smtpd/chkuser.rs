//! chkuser, a patch of qmail-smtpd that asks vpopmail whether a recipient exists.
//!
//! ```text
//! CHKUSER rejected rcpt: from <a@b:USER:> remote <h:mx.example.net:192.0.2.1> rcpt <c@d> : TEXT
//! CHKUSER rejected rcpt: from <a@b|remoteinfo/auth:USER|chkuser-identify:>
//!   remote <helo:h|remotehostname:mx.example.net|remotehostip:192.0.2.1> rcpt <c@d> : TEXT
//! ```
//!
//! The first is 2.0, the second (one line) is 2.0.9 as it is today.

use super::record::{ACCEPTED, Record, Said};
use super::words::{
    Broken, CUT_SHORT, NO_ADDRESS, is_ip, known, or_null, plain_ip, split, words_of,
};
use crate::bytes::marks::Marks;
use crate::logs::prefix::Prefix;

/// What a reading of a line says, if its words are chkuser's.
pub fn judge<'a>(prefix: &Prefix<'a>) -> Option<Result<Said<'a>, Broken>> {
    let text = prefix.text.strip_prefix(b"CHKUSER ").or_else(|| words_of(prefix, b"CHKUSER"))?;
    let (title, _) = text.split_at_mark(b":")?;
    let is_title =
        !title.is_empty() && title.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b' ');
    is_title.then(|| read(title, &text[title.len()..]))
}

fn read<'a>(title: &'a [u8], rest: &'a [u8]) -> Result<Said<'a>, Broken> {
    let rest = rest.strip_prefix(b": from <").ok_or(CUT_SHORT)?;
    let (from, rest) = split(rest, b"> remote <")?;
    let (remote, rest) = split(rest, b"> rcpt <")?;
    let (recipient, message) = split(rest, b"> : ")?;
    let (sender, auth_user, helo, host, ip) =
        if remote.starts_with(b"helo:") { today(from, remote)? } else { before(from, remote)? };
    if !is_ip(ip) {
        return Err(NO_ADDRESS);
    }
    if title == b"accepted sender" {
        return Ok(Said::Nothing);
    }
    let accepted = title.starts_with(b"accepted ") || title == b"relaying rcpt";
    Ok(Said::Verdict(Record {
        ip: plain_ip(ip),
        host: known(host),
        helo,
        sender: or_null(sender),
        recipient,
        disposition: if accepted { ACCEPTED } else { title },
        message,
        auth_user,
        ..Record::default()
    }))
}

/// Sender, user, HELO, name, address.
type Parts<'a> = (&'a [u8], &'a [u8], &'a [u8], &'a [u8], &'a [u8]);

fn today<'a>(from: &'a [u8], remote: &'a [u8]) -> Result<Parts<'a>, Broken> {
    let (sender, rest) = split(from, b"|remoteinfo/auth:")?;
    let (user, _) = split(rest, b"|chkuser-identify:")?;
    let (helo, rest) = split(remote, b"|remotehostname:")?;
    let (host, ip) = split(rest, b"|remotehostip:")?;
    Ok((sender, user, helo.strip_prefix(b"helo:").unwrap_or(helo), host, ip))
}

fn before<'a>(from: &'a [u8], remote: &'a [u8]) -> Result<Parts<'a>, Broken> {
    let (rest, _) = from.rsplit_at_mark(b":").ok_or(CUT_SHORT)?;
    let (sender, user) = rest.rsplit_at_mark(b":").ok_or(CUT_SHORT)?;
    // an address may have colons, a name has none
    let starts = memchr::memchr_iter(b':', remote).map(|colon| colon + 1);
    let start = { starts }.find(|start| is_ip(&remote[*start..])).ok_or(NO_ADDRESS)?;
    let (helo, host) = remote[..start - 1].rsplit_at_mark(b":").ok_or(CUT_SHORT)?;
    Ok((sender, user, helo, host, &remote[start..]))
}
