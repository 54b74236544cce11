//! The lines of spamd, `SpamAssassin`'s daemon, in syslog, in its own log file or from its standard
//! error.
//!
//! ```text
//! Feb  8 14:36:00 mx spamd[4863]: spamd: connection from localhost [127.0.0.1]:55896 to port 783, fd 5
//! Sun Nov 22 05:10:27 2026 [4863] info: spamd: got connection over /run/spamd.sock
//! ```
//!
//! Each process serves one client after the other. What spamd folds at the end of a line, `[...
//! logline repeated N times]`, is no session: only lines come again that nothing stands between.

mod scan;

use bstr::ByteSlice;

use crate::bytes::marks::Marks;

use super::fields::{Broken, CUT_SHORT, NO_NUMBER, after_name, plain_ip};
use super::prefix::Prefix;
use crate::bytes::digits::number;

pub use scan::{Checked, Report, Values};

/// What a line says of the process that wrote it, unless another is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A client has connected.
    Connected(Peer<'a>),
    /// A client has connected whose address is not allowed.
    Refused(Peer<'a>),
    /// The check of a message begins.
    Checking,
    /// A message was checked.
    Checked(Checked<'a>),
    /// The same again, with the tests that hit.
    Report(Report<'a>),
    /// The client was served, or left, in another way.
    Ended(Ending),
    /// A connection failed before it was known whose.
    Failed,
    /// The process of this number is gone.
    Gone(u64),
    /// There may be no more processes. The client that comes next waits if none is idle.
    Full,
    /// A process is idle, so there is room for a client.
    Idle,
    /// spamd begins or ends: what was under way is over.
    Restarted,
    /// Nothing about a connection, or not yet its end.
    Other,
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer<'a> {
    /// Its address; empty for a client on a UNIX socket.
    pub ip: &'a [u8],
    /// Its port; `None` for a client on a UNIX socket.
    pub port: Option<u16>,
}

/// How a connection ended that brought no check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The message was too long for a check, or it was one to learn from.
    Served,
    /// The client, or the check, took too long.
    TimedOut,
    /// The client left before it asked for anything.
    Left,
    /// The client did not speak the protocol.
    BadProtocol,
    /// spamd could not do what was asked.
    Failed,
}

/// A line: who wrote it, and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The process, if the line names it.
    pub pid: Option<u64>,
    /// What it says.
    pub event: Event<'a>,
}

/// What a reading of a line says, if its words are of spamd.
pub fn judge<'a>(prefix: &Prefix<'a>) -> Option<Result<Line<'a>, Broken>> {
    let is_tagged = prefix.tag == b"spamd";
    if prefix.continues || !(is_tagged || prefix.tag.is_empty()) {
        return None;
    }
    let (pid, text) = in_brackets(prefix.text).unwrap_or((prefix.pid, prefix.text));
    // without a number it could be any program's
    let levelled = if pid.is_empty() { None } else { after_level(text) };
    let text = levelled.unwrap_or(text);
    let event = if let Some(words) = after_name(text, b"spamd") {
        read(words)
    } else if let Some(words) = after_name(text, b"prefork") {
        Ok(prefork(words))
    } else if is_tagged {
        // versions before 3.1 do not write their name once more
        read(text)
    } else if levelled.is_some() {
        Ok(Event::Other)
    } else {
        return None;
    };
    Some(event.map(|event| Line { pid: number(pid), event }))
}

/// What follows the level of a line that did not go through syslog.
fn after_level(text: &[u8]) -> Option<&[u8]> {
    let level = match text.first()? {
        b'i' => b"info",
        b'w' => b"warn",
        b'e' => &b"error"[..],
        b'd' => b"dbg",
        _ => return None,
    };
    after_name(text, level)
}

/// `[PID] TEXT`, as spamd writes to its own log and to its standard error.
fn in_brackets(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (pid, text) = text.strip_prefix(b"[")?.split_at_mark(b"] ")?;
    number(pid).map(|_| (pid, text))
}

/// What follows `prefork: `: processes are idle (`I`), busy, starting or killed.
fn prefork(words: &[u8]) -> Event<'_> {
    match words.strip_prefix(b"child states: ") {
        Some(states) if states.contains(&b'I') => Event::Idle,
        None if words.starts_with(b"server reached --max-children") => Event::Full,
        _ => Event::Other,
    }
}

/// What follows `spamd: `.
fn read(words: &[u8]) -> Result<Event<'_>, Broken> {
    let after = |start: &[u8]| words.strip_prefix(start);
    if let Some(rest) = after(b"connection from ") {
        return peer(rest).map(Event::Connected);
    }
    if let Some(rest) = after(b"clean message (") {
        return scan::checked(false, rest).map(Event::Checked);
    }
    if let Some(rest) = after(b"identified spam (") {
        return scan::checked(true, rest).map(Event::Checked);
    }
    if let Some(rest) = after(b"result: ") {
        return scan::report(rest).map(Event::Report);
    }
    if words.starts_with(b"checking message ") {
        return Ok(Event::Checking);
    }
    if let Some(rest) = after(b"unauthorized connection from ") {
        return peer(rest).map(Event::Refused);
    }
    if let Some(rest) = after(b"handled cleanup of child pid ") {
        return gone(rest);
    }
    if let Some(rest) = after(b"bad protocol: ") {
        let has_left = rest.ends_with(b"(closed before headers)");
        return Ok(Event::Ended(if has_left { Ending::Left } else { Ending::BadProtocol }));
    }
    // since 3.4; it also says that another process was faster
    if let Some(rest) = after(b"accept_a_conn: ") {
        let has_failed = rest.contains_str("accept failed");
        return Ok(if has_failed { Event::Failed } else { Event::Other });
    }
    let event = OTHERS.iter().find(|(start, _)| words.starts_with(start));
    Ok(event.map_or(Event::Other, |(_, event)| *event))
}

/// How other lines begin, and what they say.
static OTHERS: [(&[u8], Event<'_>); 12] = [
    (b"processing message ", Event::Checking),
    (b"got connection over ", Event::Connected(Peer { ip: b"", port: None })),
    (b"skipped large message in ", Event::Ended(Ending::Served)),
    (b"Tell: ", Event::Ended(Ending::Served)),
    (b"timeout: ", Event::Ended(Ending::TimedOut)),
    (b"service unavailable: ", Event::Ended(Ending::Failed)),
    (b"error: ", Event::Ended(Ending::Failed)),
    (b"accept failed: ", Event::Failed),
    (b"SSL failure: ", Event::Failed),
    (b"server started on ", Event::Restarted),
    (b"server killed by ", Event::Restarted),
    (b"server hit by ", Event::Restarted),
];

/// `HOST [IP]:PORT to port N, fd N`, with TLS's version and cipher behind it, or up to 3.3
/// `HOST [IP] at port PORT`. A client's name server chooses HOST.
fn peer(rest: &[u8]) -> Result<Peer<'_>, Broken> {
    let digits = rest.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, port) = rest.split_at(rest.len() - digits);
    let at_port = before.strip_suffix(b" at port ").filter(|_| number(port).is_some());
    let (client, port) = if let Some(client) = at_port {
        (client.strip_suffix(b"]").ok_or(CUT_SHORT)?, port)
    } else {
        let (client, _) = rest.rsplit_at_mark(b" to port ").ok_or(CUT_SHORT)?;
        client.rsplit_at_mark(b"]:").ok_or(CUT_SHORT)?
    };
    let (_, ip) = client.rsplit_at_mark(b"[").ok_or(CUT_SHORT)?;
    let port = number(port).and_then(|port| u16::try_from(port).ok()).ok_or(NO_NUMBER)?;
    Ok(Peer { ip: plain_ip(ip), port: Some(port) })
}

/// `[17] due to SIGCHLD`; without the brackets up to 3.3.
fn gone(rest: &[u8]) -> Result<Event<'_>, Broken> {
    let rest = rest.strip_prefix(b"[").unwrap_or(rest);
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    number(&rest[..digits]).map(Event::Gone).ok_or(NO_NUMBER)
}

#[cfg(test)]
mod tests;
