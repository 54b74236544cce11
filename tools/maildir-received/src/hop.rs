//! One Received field: a step of a mail from server to server, as the receiving one wrote it.
//!
//! ```text
//! from CLIENT by BY with PROTOCOL ...                a client handed the mail over
//! (qmail 12 invoked from network); ...               a step inside a host
//! from POP3-SERVER by BY with POP3 (fetchmail-6) ... our side fetched it from a mailbox elsewhere
//! ```

use std::net::IpAddr;

use crate::client::{self, Named, addresses_in};

/// Who handed over a mail, in the words of the server that took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The address of the connection.
    pub ip: IpAddr,
    /// What the client called itself.
    pub helo: Vec<u8>,
    /// What the server called it, by its address.
    pub host: Vec<u8>,
    /// The server.
    pub by: Vec<u8>,
}

/// What a field tells.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// A step inside a host, such as into its queue; no client is named.
    Inside,
    /// This host fetched the mail; what is below was written elsewhere.
    Fetched(Vec<u8>),
    /// A client handed the mail over.
    From(Client),
    /// Nothing that can be understood for sure; why not.
    Unknown(&'static str),
}

/// Why a field tells nothing.
pub const NO_FORM: &str = "a Received field of no known form";
pub const NO_ADDRESS: &str = "a Received field that names no address";
pub const TWO_ADDRESSES: &str = "a Received field with a second address";
pub const TWO_SERVERS: &str = "a Received field with a second \"by\"";

/// Reads the value of a Received field.
pub fn read(value: &[u8]) -> Step {
    let words: Vec<&[u8]> =
        value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    if is_queue(&words) {
        return Step::Inside;
    }
    let mut places = words.iter().enumerate().filter(|(_, word)| **word == b"by");
    let Some((by_at, _)) = places.next() else { return Step::Unknown(NO_FORM) };
    // one of two would be a stranger's, in an ident or a sender
    if places.next().is_some() {
        return Step::Unknown(TWO_SERVERS);
    }
    let (before, after) = (&words[..by_at], &words[by_at + 1..]);
    let Some(by) = after.first() else { return Step::Unknown(NO_FORM) };
    let by = by.strip_suffix(b";").unwrap_or(by).to_vec();
    let way = Way::of(after);
    if way == Way::Mailbox {
        return Step::Fetched(by);
    }
    let named = match before {
        [] => Ok(Named::Nobody),
        // sendmail's and mini_sendmail's, of a local user
        [b"(from", user] if addresses_in(user) == 0 => Ok(Named::Nobody),
        // it may be no more than the HELO
        [b"from", _] if after.iter().any(|word| word.starts_with(b"(MDaemon")) => Err(NO_ADDRESS),
        [b"from", name, clause @ ..] => client::of(name, clause, way),
        _ => Err(NO_FORM),
    };
    match named {
        Ok(Named::Client(found)) => {
            let (helo, host) = (found.helo.to_vec(), found.host.to_vec());
            Step::From(Client { ip: found.ip, helo, host, by })
        }
        Ok(Named::Program) => Step::Inside,
        Ok(Named::Nobody) if way == Way::Local => Step::Inside,
        Ok(Named::Nobody) => Step::Unknown(NO_ADDRESS),
        Err(why) => Step::Unknown(why),
    }
}

/// `(qmail 12 invoked by uid 7)`, and the like of qmail's family and of nullmailer.
fn is_queue(words: &[&[u8]]) -> bool {
    words.first().is_some_and(|word| word.starts_with(b"(")) && words.contains(&&b"invoked"[..])
}

/// How a mail came to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Out of a mailbox elsewhere, or by UUCP: who wrote the fields below is unknown.
    Mailbox,
    /// By HTTP, from a browser.
    Browser,
    /// By SMTP, or a protocol like it.
    Network,
    /// The same into Exchange, which names a client by its HELO alone.
    Exchange,
    /// By none of these: from a program on the host, or into a mailbox.
    Local,
}

impl Way {
    /// By the words after `by`.
    fn of(after: &[&[u8]]) -> Self {
        if after.get(1) == Some(&&b"(fdm"[..]) {
            return Way::Mailbox;
        }
        let protocol = protocol(after);
        if protocol.starts_with(&[b"Microsoft", b"SMTP", b"Server"]) {
            return Way::Exchange;
        }
        let mut ways = protocol.iter().map(|word| Way::by_protocol(word));
        ways.find(|way| *way != Way::Local).unwrap_or(Way::Local)
    }

    fn by_protocol(word: &[u8]) -> Self {
        let word = word.to_ascii_uppercase();
        let begins = |names: &[&[u8]]| names.iter().any(|name| word.starts_with(name));
        // ESMTPSA, UTF8SMTP
        let plain = word.strip_prefix(b"UTF8").unwrap_or(&word);
        let plain = plain.strip_prefix(b"E").unwrap_or(plain);
        if begins(&[b"POP3", b"IMAP", b"ETRN", b"ODMR", b"UUCP", b"DOMAINPOP", b"MULTIPOP"]) {
            Way::Mailbox
        } else if begins(&[b"HTTP"]) {
            Way::Browser
        } else if plain.starts_with(b"SMTP") || begins(&[b"QMTP", b"QMQP"]) {
            Way::Network
        } else {
            Way::Local
        }
    }
}

/// The words of the protocol, after `with` or `via`, up to the next comment or clause. A stranger
/// chooses the sender and the recipient: no `with` is taken that may be one of theirs.
fn protocol<'a, 'w>(after: &'w [&'a [u8]]) -> &'w [&'a [u8]] {
    let is_with = |word: &&[u8]| matches!(*word, b"with" | b"via");
    let is_next = |word: &&[u8]| matches!(*word, b"id" | b"for") || word.starts_with(b"(envelope-");
    let first = after.iter().position(|word| is_with(word) || is_next(word));
    let with = match first {
        Some(at) if is_with(&after[at]) => Some(at),
        Some(at) if after[at].starts_with(b"(envelope-") => after.iter().rposition(is_with),
        _ => None,
    };
    let mut words = with.map_or(&[][..], |at| &after[at + 1..]);
    // (CIPHER encrypted) SMTP
    if words.first().is_some_and(|word| word.starts_with(b"(")) {
        let end = words.iter().position(|word| word.ends_with(b")")).unwrap_or(words.len() - 1);
        words = &words[end + 1..];
    }
    let is_end = |word: &&[u8]| is_next(word) || word.starts_with(b"(");
    let end = words.iter().position(is_end).unwrap_or(words.len());
    let end = words.iter().position(|word| word.ends_with(b";")).map_or(end, |at| end.min(at + 1));
    &words[..end]
}

/// Is it an address that only hosts of one site reach?
pub fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            // 100.64.0.0/10 is between a provider and its customers
            let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || shared
        }
        IpAddr::V6(ip) => {
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_unique_local()
                || ip.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod programs;
#[cfg(test)]
mod tests;
