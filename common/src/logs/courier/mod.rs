//! The log of Courier's POP3 and IMAP daemons.
//!
//! ```text
//! Nov 26 03:03:06 mail imapd: LOGIN, user=alice, ip=[::ffff:192.0.2.1], port=[45201], protocol=IMAP
//! Nov 26 03:03:06 mail imapd: LOGOUT, user=alice, ip=[::ffff:192.0.2.1], port=[45201], headers=0, body=68652, rcvd=70, sent=71480, time=0
//! @400000006b07a1941d3833a4 INFO: LOGIN FAILED, user=bob, ip=[::ffff:192.0.2.1], port=[45201]
//! ```
//!
//! courierlogger turns the level, such as `INFO: `, into syslog's priority and takes it away. Each
//! version writes other fields, so they are known by name. A name of a user may hold anything, so
//! they are found from the right.

use crate::bytes::marks::Marks;

use crate::bytes::digits::number;
use crate::logs::fields::{Broken, Mailbox, NO_NUMBER, plain_ip};
use crate::logs::prefix::Prefix;
use crate::rows::session::End;

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Something happened to the connection of one client.
    Client(Client<'a>),
    /// The server did not take a connection.
    Blocked {
        /// The daemon, where the line tells.
        service: Option<Mailbox>,
        /// The client's address.
        ip: &'a [u8],
        /// Why: `limit`, for too many connections, or `blocklist`.
        by: &'static str,
    },
    /// The line was too long, and syslog has the rest of it as the next line of this program: that
    /// holds what a client chose, and may be cut too.
    Cut,
    /// Nothing about a connection.
    Other,
}

/// Something that happened to the connection of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client<'a> {
    /// What happened.
    pub kind: Kind,
    /// The daemon, where the line tells.
    pub service: Option<Mailbox>,
    /// The client's address.
    pub ip: &'a [u8],
    /// The client's port, where it is logged: it was not always.
    pub port: Option<u16>,
    /// As logged. A login that failed may name none.
    pub user: Option<&'a [u8]>,
    /// Bytes from the client since it logged in; all of them if it did not.
    pub in_bytes: Option<u64>,
    /// Bytes to it; where these are not logged, those of messages.
    pub out_bytes: Option<u64>,
    /// How long the session was, in seconds.
    pub seconds: Option<u64>,
}

/// What can happen to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It began.
    Connection,
    /// The client logged in.
    Login,
    /// The client did not succeed to log in. It may try again.
    LoginFailed,
    /// It ended. A POP3 client that said goodbye before it logged in has [`Kind::Gone`] after this,
    /// and no bytes here.
    End(End),
    /// It ended before the client logged in.
    Gone,
}

/// What a reading of a line says; `None` if its words are not Courier's.
pub fn judge<'a>(prefix: &Prefix<'a>) -> Option<Result<Event<'a>, Broken>> {
    let text = prefix.text;
    let source = Source::of(prefix.tag).filter(|_| !prefix.continues)?;
    if source == Source::Stderr {
        return standard_error(text);
    }
    if is_cut(text) {
        return Some(Ok(Event::Cut));
    }
    let (service, is_shared) = match source {
        Source::Stderr | Source::Helper => (None, false),
        Source::Daemon { service, is_shared } => (Some(service), is_shared),
    };
    let read = read(service, without_level(text).unwrap_or(text));
    read.or_else(|| (!is_shared).then_some(Ok(Event::Other)))
}

/// A line that did not come through syslog. Its level alone tells that it is Courier's.
fn standard_error(text: &[u8]) -> Option<Result<Event<'_>, Broken>> {
    /// The daemons leave out what is longer: a name may have pushed the address out.
    const LONGEST_BYTES: usize = 1023;
    let event = read(None, without_level(text)?)?;
    Some(if text.len() >= LONGEST_BYTES { Ok(Event::Other) } else { event })
}

/// What the name of a program says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// There is none: the line did not come through syslog.
    Stderr,
    /// A daemon. Other programs have some of these names too.
    Daemon { service: Mailbox, is_shared: bool },
    /// Another program of Courier's.
    Helper,
}

impl Source {
    fn of(tag: &[u8]) -> Option<Self> {
        let daemon = |service, is_shared| Some(Source::Daemon { service, is_shared });
        match tag {
            b"" => Some(Source::Stderr),
            b"pop3d" => daemon(Mailbox::Pop3, true),
            b"imapd" => daemon(Mailbox::Imap, true),
            b"pop3d-ssl" | b"courierpop3login" => daemon(Mailbox::Pop3, false),
            b"imapd-ssl" | b"imaplogin" => daemon(Mailbox::Imap, false),
            b"couriertcpd" | b"courierlogger" | b"authdaemond" => Some(Source::Helper),
            _ => None,
        }
    }
}

/// Did courierlogger cut the text of a line? Its messages to syslog have 511 bytes at most, of which it takes
/// the level away. A text of just that length that was not cut is not told from one that was.
pub fn is_cut(text: &[u8]) -> bool {
    const MESSAGE_BYTES: usize = 511;
    let left = MESSAGE_BYTES.checked_sub(text.len());
    left.is_some_and(|left| left == 0 || LEVELS.iter().any(|level| level.len() == left))
}

const LEVELS: [&[u8]; 6] = [b"INFO: ", b"DEBUG: ", b"ERR: ", b"ALERT: ", b"WARN: ", b"CRIT: "];

fn without_level(text: &[u8]) -> Option<&[u8]> {
    // other words are seldom in capitals
    let may_be = text.first()?.is_ascii_uppercase();
    LEVELS.iter().filter(|_| may_be).find_map(|level| text.strip_prefix(*level))
}

/// Reads words that are known; `None` for others.
fn read(service: Option<Mailbox>, text: &[u8]) -> Option<Result<Event<'_>, Broken>> {
    Some(match Opening::of(text)? {
        Opening::Client(kind) => client(service, kind, text).map(Event::Client),
        Opening::Blocked(ip, by) => Ok(Event::Blocked { service, ip: plain_ip(ip), by }),
        Opening::Remark => Ok(Event::Other),
    })
}

/// How a line of Courier begins.
enum Opening<'a> {
    Client(Kind),
    /// The rest is the address; why.
    Blocked(&'a [u8], &'static str),
    Remark,
}

impl<'a> Opening<'a> {
    fn of(text: &'a [u8]) -> Option<Self> {
        let word = text.split_at_mark(b", ").map_or(text, |(word, _)| word);
        let kind = match word {
            b"Connection" => Kind::Connection,
            b"LOGIN" => Kind::Login,
            b"LOGIN FAILED" => Kind::LoginFailed,
            // a slip of 2022 wrote `disc` for every end
            b"LOGOUT" | b"disc" => Kind::End(End::Ok),
            b"DISCONNECTED" => Kind::End(End::Lost),
            b"Disconnected" => Kind::Gone,
            b"TIMEOUT" => Kind::End(End::Timeout),
            b"I/O error disconnect" => Kind::End(End::Error),
            _ => return Self::without_fields(text),
        };
        Some(Opening::Client(kind))
    }

    fn without_fields(text: &'a [u8]) -> Option<Self> {
        let refusals: [(&[u8], &str); 2] = [
            (b"Maximum connection limit reached for ", "limit"),
            (b"dropped blocked connection from ", "blocklist"),
        ];
        for (refusal, by) in refusals {
            if let Some(ip) = text.strip_prefix(refusal) {
                return Some(Opening::Blocked(ip, by));
            }
        }
        let remarks: [&[u8]; 4] = [b"ip=[", b"couriertls: ", b"(null): ", b"rename("];
        remarks.iter().any(|remark| text.starts_with(remark)).then_some(Opening::Remark)
    }
}

const NO_ADDRESS: Broken = "no address of the client";

/// `WORD[, user=NAME], ip=[IP], KEY=VALUE, ...`.
fn client(service: Option<Mailbox>, kind: Kind, text: &[u8]) -> Result<Client<'_>, Broken> {
    let fields = Fields::read(text)?;
    let user = fields.before.split_at_mark(b", ").map(|(_, rest)| rest);
    Ok(Client {
        kind,
        service: service.or(fields.service),
        ip: fields.ip,
        port: fields.port,
        user: user.and_then(|rest| rest.strip_prefix(b"user=")),
        in_bytes: fields.received,
        out_bytes: fields.sent.or(fields.messages),
        seconds: fields.seconds,
    })
}

/// What stands at the end of a line, from the address on.
#[derive(Default)]
struct Fields<'a> {
    /// What stands before the address.
    before: &'a [u8],
    ip: &'a [u8],
    port: Option<u16>,
    service: Option<Mailbox>,
    received: Option<u64>,
    sent: Option<u64>,
    /// The sum of `top=` and `retr=`, or of `headers=` and `body=`.
    messages: Option<u64>,
    seconds: Option<u64>,
}

impl<'a> Fields<'a> {
    fn read(text: &'a [u8]) -> Result<Self, Broken> {
        let mut fields = Fields { before: text, ..Fields::default() };
        while fields.ip.is_empty() {
            let (before, field) = fields.before.rsplit_at_mark(b", ").ok_or(NO_ADDRESS)?;
            let (key, value) = field.split_at_mark(b"=").ok_or(NO_ADDRESS)?;
            fields.before = before;
            fields.take(key, value)?;
        }
        Ok(fields)
    }

    fn take(&mut self, key: &[u8], value: &'a [u8]) -> Result<(), Broken> {
        let inside = || value.strip_prefix(b"[").and_then(|value| value.strip_suffix(b"]"));
        let amount = || number(value).ok_or(NO_NUMBER);
        match key {
            b"ip" => {
                let ip = inside().filter(|ip| !ip.is_empty() && !ip.contains(&b' '));
                self.ip = plain_ip(ip.ok_or(NO_ADDRESS)?);
            }
            b"port" => {
                let port = inside().and_then(number).and_then(|port| port.try_into().ok());
                self.port = Some(port.ok_or(NO_NUMBER)?);
            }
            b"protocol" => self.service = (value == b"IMAP").then_some(Mailbox::Imap),
            b"top" | b"retr" => self.add(Mailbox::Pop3, amount()?)?,
            b"headers" | b"body" => self.add(Mailbox::Imap, amount()?)?,
            b"rcvd" => self.received = Some(amount()?),
            b"sent" => self.sent = Some(amount()?),
            b"time" => self.seconds = Some(amount()?),
            _ => {}
        }
        Ok(())
    }

    /// Only one of the daemons counts bytes of messages under these names.
    fn add(&mut self, service: Mailbox, bytes: u64) -> Result<(), Broken> {
        self.service = Some(service);
        self.messages = Some(self.messages.unwrap_or(0).checked_add(bytes).ok_or(NO_NUMBER)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
