//! The lines of tcpserver, and of the programs that run around it: sslserver in its place,
//! rblsmtpd and recordio behind it.
//!
//! ```text
//! tcpserver: status: 1/40
//! tcpserver: pid 4711 from 198.51.100.4
//! tcpserver: ok 4711 mail.example.com:192.0.2.10:25 mx.example.net:198.51.100.4::56124
//! rblsmtpd: 198.51.100.4 pid 4711: 451 Listed, see http://bl.example.org/
//! 4711 > 220 mail.example.com ESMTP
//! tcpserver: end 4711 status 0
//! sslserver: ssl 4712 accept
//! ```
//!
//! Seen of ucspi-tcp 0.88, of Debian's with IPv6, of ucspi-tcp6 and of ucspi-ssl. In sslserver's
//! lines `ssl`, `warning` and `end` are of another process than `pid`, `ok` and `deny`: the numbers
//! of the two are no pair.

mod recordio;
mod server;

use crate::bytes::marks::Marks;

use super::fields::{Broken, NO_NUMBER, after_name, plain_ip};
use super::prefix::Prefix;
use crate::bytes::digits::number;

/// Which of the two waits for connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// tcpserver: all lines of a connection have the same process number.
    Tcpserver,
    /// sslserver: the process that speaks TLS is another than the one that serves.
    Sslserver,
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The number of connections has changed.
    Status {
        /// Who says so.
        program: Program,
        /// How many there are now.
        running: u64,
        /// How many there may be. At that number further clients wait, without a line.
        most: u64,
    },
    /// A process begins to serve a client.
    Start {
        /// Whose process it is.
        program: Program,
        /// The process.
        pid: u64,
        /// The address of the client. No client can forge it.
        ip: &'a [u8],
    },
    /// The same process knows who the client is, and whether the rules let it in.
    Client(Client<'a>),
    /// sslserver's process for TLS has shaken hands with its client.
    Accepted {
        /// The process. Its start is in no line.
        pid: u64,
    },
    /// A connection was dropped for a trouble of the server, or because TLS failed.
    Dropped {
        /// Who says so.
        program: Program,
        /// Why.
        reason: &'a [u8],
    },
    /// rblsmtpd refuses all mail of the client.
    Refused {
        /// The process, that of [`Event::Client`].
        pid: u64,
        /// The address of the client.
        ip: &'a [u8],
        /// The reply: a code such as 451, and words of the list that names the address.
        reply: &'a [u8],
    },
    /// The program that serves sent a line to the client, and recordio wrote it down.
    Reply {
        /// The process, that of [`Event::Client`].
        pid: u64,
        /// The line, or the next part of one.
        text: &'a [u8],
        /// Is its end here? If not, the next reply of this process is the rest of it.
        ends: bool,
    },
    /// A process ended.
    End {
        /// Whose process it is.
        program: Program,
        /// The process.
        pid: u64,
        /// As wait(2) has it: 256 times the exit code, or the signal that killed it.
        status: u64,
    },
    /// Nothing about a connection, or what a client said.
    Other,
}

/// A client, as `ok` and `deny` name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client<'a> {
    /// Whose process serves it.
    pub program: Program,
    /// The process.
    pub pid: u64,
    /// Do the rules refuse it?
    pub denied: bool,
    /// The server's port.
    pub local_port: u16,
    /// The client's address. Where ucspi-tcp6 and sslserver ask clients who they are (`-r`), one
    /// with IPv6 can answer so that this is longer than its address; that of [`Event::Start`] is
    /// right.
    pub ip: &'a [u8],
    /// The client's port.
    pub port: u16,
}

/// What a reading of a line says, if its words are of these programs.
pub fn judge<'a>(prefix: &Prefix<'a>) -> Option<Result<Event<'a>, Broken>> {
    let Prefix { tag, text, continues, .. } = *prefix;
    if continues {
        return None;
    }
    // behind a tag stand the words of whatever program runs there, so only known ones are taken
    named(text).or_else(|| recordio::read(text).map(Ok)).or_else(|| {
        if tag == b"tcpserver" {
            server::read(Program::Tcpserver, text)
        } else if tag == b"sslserver" {
            server::read(Program::Sslserver, text)
        } else if tag == b"rblsmtpd" {
            refusal(text)
        } else {
            None
        }
    })
}

/// What a program says that writes its name itself.
fn named(text: &[u8]) -> Option<Result<Event<'_>, Broken>> {
    let event = match text.first()? {
        b't' => server::read(Program::Tcpserver, after_name(text, b"tcpserver")?),
        b's' => server::read(Program::Sslserver, after_name(text, b"sslserver")?),
        b'r' => refusal(after_name(text, b"rblsmtpd")?),
        _ => return None,
    };
    event.or(Some(Ok(Event::Other)))
}

/// `IP pid P: 451 TEXT`. In place of the code stands `greetdelay` or `[RBL info]` in ucspi-tcp6,
/// and the client is not refused.
fn refusal(words: &[u8]) -> Option<Result<Event<'_>, Broken>> {
    let (ip, rest) = words.split_at_mark(b" pid ")?;
    let (pid, reply) = rest.split_at_mark(b": ")?;
    let is_code = matches!(reply, [b'4' | b'5', b'0'..=b'9', b'0'..=b'9', b' ', ..]);
    if ip.contains(&b' ') || !is_code {
        return None;
    }
    let event = |pid| Event::Refused { pid, ip: plain_ip(ip), reply };
    Some(number(pid).map(event).ok_or(NO_NUMBER))
}

#[cfg(test)]
mod tests;
