//! Lines of `imap-login` and `pop3-login`.
//!
//! ```text
//! Login: user=<bob>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.9, mpid=44, TLS, session=<jCQB>
//! Disconnected (auth failed, 1 attempts in 2 secs): user=<bob>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.9
//! Login aborted: Logged out (auth failed, 1 attempts in 2 secs) (auth_failed): user=<bob>, method=PLAIN, rip=192.0.2.1, ...
//! ```
//!
//! The name may hold anything, words of these lines too. No client chooses what stands before it;
//! what stands after it is found from the right.

use crate::bytes::marks::Marks;

use super::{Client, Event};
use crate::bytes::digits::number;
use crate::logs::fields::{Broken, Mailbox, NO_NUMBER, begins_with_any, contains_any, plain_ip};
use crate::rows::session::End;

/// How the lines begin that tell the end of a connection before a login. Other lines of these
/// processes have a name and an address too, and text of the client before them.
const ENDS: [&[u8]; 11] = [
    b"Login aborted: ",
    b"Disconnected",
    b"Aborted login",
    b"Maximum number of connections",
    b"Too many invalid commands",
    b"Too many bad commands",
    b"Connection queue full",
    b"Connection closed",
    b"Internal login failure",
    b"Inactivity",
    b"Shutting down",
];

/// Reads what follows the name of the process.
pub fn read(service: Mailbox, words: &[u8]) -> Result<Event<'_>, Broken> {
    let fields = words.strip_prefix(b"Login: ").or_else(|| words.strip_prefix(b"Logged in: "));
    if let Some(fields) = fields {
        return client(service, fields).map(Event::Login);
    }
    if !begins_with_any(words, &ENDS) {
        return Ok(Event::Other);
    }
    // old versions leave out an empty name
    let at = words.find_mark(b": user=").into_iter().chain(words.find_mark(b": rip=")).min();
    let (reason, fields) = words.split_at(at.ok_or("neither a name nor an address")?);
    let client = client(service, &fields[2..])?;
    Ok(Event::NoLogin(client, ending(reason, client.user)))
}

/// `user=<NAME>, method=WORD, rip=IP, lip=IP, mpid=PID, TLS, session=<ID>`, with less in older
/// versions.
fn client(service: Mailbox, fields: &[u8]) -> Result<Client<'_>, Broken> {
    let (before, after) = match fields.rsplit_at_mark(b", rip=") {
        Some((before, after)) => (before, after),
        None => (&b""[..], fields.strip_prefix(b"rip=").ok_or("no address of the client")?),
    };
    let ip = plain_ip(after.split_at_mark(b", ").map_or(after, |(ip, _)| ip));
    let session = after.rsplit_at_mark(b", session=<").map_or(&b""[..], |(_, session)| session);
    let session = session.strip_suffix(b">").unwrap_or(session);
    let pid = after.split_at_mark(b", mpid=").map(|(_, rest)| {
        let digits = rest.split_at_mark(b", ").map_or(rest, |(digits, _)| digits);
        number(digits).ok_or(NO_NUMBER)
    });
    let user = before.rsplit_at_mark(b">, method=").map(|(user, _)| user);
    let user = user.or_else(|| before.strip_suffix(b">")).unwrap_or_default();
    let user = user.strip_prefix(b"user=<").unwrap_or(user);
    Ok(Client { service, user, ip, pid: pid.transpose()?, session })
}

/// How a connection ended, by dovecot's own reason for it. What the daemon did comes before what
/// the client had tried.
fn ending(reason: &[u8], user: &[u8]) -> End {
    const BAD_COMMANDS: [&[u8]; 2] = [b"Too many bad commands", b"Too many invalid commands"];
    const BLOCKED: [&[u8]; 4] =
        [b"Maximum number of connections", b"queue full", b"(process_full)", b"process_limit"];
    const FAILURES: [&[u8]; 3] =
        [b"internal failure", b"Internal login failure", b"temporary failure"];
    const REFUSALS: [&[u8]; 5] =
        [b"auth failed", b"unsupported", b"plaintext auth", b"invalid base64", b"cert required"];
    const GOODBYES: [&[u8]; 2] = [b"logging out", b"Logged out"];
    // dovecot 1.0 gave no reason
    let is_bare = reason == b"Aborted login" && !user.is_empty();
    if contains_any(reason, &BAD_COMMANDS) {
        End::BadCommand
    } else if contains_any(reason, &BLOCKED) {
        End::Blocked
    } else if reason.has_mark(b"nactivity") {
        End::Timeout
    } else if contains_any(reason, &FAILURES) {
        End::Error
    } else if contains_any(reason, &REFUSALS) || is_bare {
        End::AuthFailed
    } else if contains_any(reason, &GOODBYES) {
        End::Ok
    } else {
        End::Lost
    }
}
