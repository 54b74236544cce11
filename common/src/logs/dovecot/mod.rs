//! The log of dovecot, 1.0 to 2.4: how connections to POP3 and IMAP began and ended.
//!
//! ```text
//! Nov 22 00:10:13 mail dovecot: pop3-login: Login: user=<bob>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.9, mpid=44, session=<jCQB>
//! Nov 22 00:10:13 mail dovecot: pop3(bob)<44><jCQB>: Disconnected: Logged out top=0/0, retr=1/1503, del=1/8, size=8461
//! ```
//!
//! A login process writes one line for each connection: that it hands the client over, or that the
//! client went away before. For each client that was handed over, its mail process writes one at
//! the end. In dovecot's own log file no `dovecot: ` stands there, and `Info: ` after the process.

mod end;
mod login;

use crate::bytes::marks::Marks;
use crate::logs::fields::{Broken, Mailbox, begins_with_any};
use crate::logs::prefix::Prefix;
use crate::rows::session::End;

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A client logged in, and its session begins.
    Login(Client<'a>),
    /// A connection ended before anyone logged in.
    NoLogin(Client<'a>, End),
    /// A session ended.
    End(Session<'a>),
    /// Nothing about a session.
    Other,
}

/// Who was connected to a login process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client<'a> {
    /// Which of the two login processes it was.
    pub service: Mailbox,
    /// As logged; empty where no name was given.
    pub user: &'a [u8],
    /// The client's address.
    pub ip: &'a [u8],
    /// The process number of the mail process.
    pub pid: Option<u64>,
    /// What the session is called; empty before dovecot 2.1.
    pub session: &'a [u8],
}

/// A session of a mail process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session<'a> {
    /// Which kind of mail process it was.
    pub service: Mailbox,
    /// Who had logged in.
    pub user: &'a [u8],
    /// The client's address; empty but in Plesk's form.
    pub ip: &'a [u8],
    /// The process number of the mail process.
    pub pid: Option<u64>,
    /// What the login process called the session, where it is logged here too.
    pub session: &'a [u8],
    /// Bytes from the client after it had logged in.
    pub in_bytes: Option<u64>,
    /// Bytes to it; for POP3 perhaps only those of messages.
    pub out_bytes: Option<u64>,
    /// How it ended.
    pub ending: End,
}

/// What a reading of a line says; `None` if its words are not dovecot's.
pub fn judge<'a>(prefix: &Prefix<'a>) -> Option<Result<Event<'a>, Broken>> {
    let is_named = prefix.tag == b"dovecot";
    if prefix.continues || !is_named && !prefix.tag.is_empty() {
        return None;
    }
    let text = without_level(prefix.text);
    read(text).or_else(|| (is_named || is_own_file(text)).then_some(Ok(Event::Other)))
}

/// The line of a login process or of a mail process.
fn read(text: &[u8]) -> Option<Result<Event<'_>, Broken>> {
    let login = |name, service| {
        text.strip_prefix(name).map(|words| login::read(service, without_level(words)))
    };
    match text.first()? {
        b'i' | b'I' | b'p' | b'P' => login(b"imap-login: ", Mailbox::Imap)
            .or_else(|| login(b"pop3-login: ", Mailbox::Pop3))
            .or_else(|| end::read(text)),
        b's' => end::read_plesk(text),
        _ => None,
    }
}

/// The names of dovecot's other processes.
const PROCESSES: [&[u8]; 14] = [
    b"anvil",
    b"auth",
    b"config",
    b"doveadm",
    b"indexer",
    b"lda(",
    b"lmtp(",
    b"log: ",
    b"managesieve",
    b"master: ",
    b"replicator",
    b"ssl-params",
    b"stats: ",
    b"submission",
];

/// Is it a line of another process in dovecot's own log file, such as `auth: Info: TEXT`?
fn is_own_file(text: &[u8]) -> bool {
    const LEVELS: [&[u8]; 6] =
        [b": Info: ", b": Warning: ", b": Error: ", b": Debug: ", b": Fatal: ", b": Panic: "];
    begins_with_any(text, &PROCESSES) && LEVELS.iter().any(|level| text.has_mark(level))
}

/// Only lines of this level tell of sessions; syslog has it in another place.
fn without_level(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"Info: ").unwrap_or(text)
}

#[cfg(test)]
mod tests;
