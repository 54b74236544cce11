//! Who handed a mail over: the words between `from` and `by`. The forms are those of the common
//! servers; blanks, and line ends with them, part the words:
//!
//! ```text
//! from HOST (HELO HELO) (IP)                         qpsmtpd, qmail-smtpd; older: [IP]
//! from HOST (HELO HELO) (USER@IP)                    qmail-smtpd with an ident or AUTH
//! from HOST (HELO HELO) (USER@[IP]) (envelope-sender <S>)       qmail-ldap, with or without USER@
//! from HOST (IP), from HOST (USER@[IP]) (envelope-sender <S>)   the HELO was HOST, or there was none
//! from HELO (HOST [IP]), from HELO (IDENT:USER@HOST [IP])       Postfix, Courier, sendmail
//! from HELO ([IP]), from HELO (USER@[IP])            sendmail, Exim
//! from HOST ([IP]:PORT helo=HELO ident=USER)         Exim
//! from HOST (helo=HELO [IP])                         of some forwarders
//! from HOST ([IP]:PORT "EHLO HELO" FLAGS)            ZMailer
//! from [IP], from [IP] (helo=HELO)                   Exim
//! from [IP] (account USER HELO HELO)                 CommuniGate, with or without an account
//! from IP (EHLO HELO)                                Yahoo
//! from HELO [IP], from HELO (IP)                     IMail; Exchange
//! from IP, from IP (SquirrelMail authenticated ...)  by HTTP only
//! ```
//!
//! A client chooses its HELO, and some servers let a blank into it. The words are taken by their
//! places, and none is looked for; but if a second address stands before `by`, one of the two may
//! be of such a HELO, and neither is believed. A HELO in a place of its own may be an address, and
//! so may the sender.

use std::net::IpAddr;

use crate::hop::{NO_ADDRESS, NO_FORM, TWO_ADDRESSES, Way};

/// Who is named.
#[derive(Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// No one: from a program on the same host, or from a client that is not named.
    Nobody,
    /// A program on the same host, for sure.
    Program,
    /// A client.
    Client(Found<'a>),
}

/// A client, and where in the clause its address and its HELO stand.
#[derive(Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// The address of the connection.
    pub ip: IpAddr,
    /// What the client called itself.
    pub helo: &'a [u8],
    /// What the server called it, by its address.
    pub host: &'a [u8],
    /// Is the address in the clause, and not before it?
    in_clause: bool,
    /// The word of the clause that the client chose, and that may be an address.
    helo_at: Option<usize>,
}

impl<'a> Found<'a> {
    fn in_clause(ip: IpAddr, helo: &'a [u8], host: &'a [u8]) -> Self {
        Found { ip, helo, host, in_clause: true, helo_at: None }
    }

    /// The address is the name before the clause.
    fn before(ip: IpAddr) -> Self {
        Found { ip, helo: b"", host: b"", in_clause: false, helo_at: None }
    }

    fn with_helo(self, helo: &'a [u8], at: usize) -> Self {
        Found { helo, helo_at: Some(at), ..self }
    }
}

/// What stands before `by`.
#[derive(Clone, Copy, Debug)]
struct Clause<'a, 'w> {
    /// The word after `from`.
    name: &'a [u8],
    words: &'w [&'a [u8]],
    /// Did qmail-ldap's `(envelope-sender <S>)` stand at the end?
    has_sender: bool,
    way: Way,
}

/// The client of `from NAME WORDS`; if none can be told, why.
pub fn of<'a>(name: &'a [u8], words: &[&'a [u8]], way: Way) -> Result<Named<'a>, &'static str> {
    let (words, has_sender) = match words {
        [words @ .., b"(envelope-sender", sender]
            if sender.starts_with(b"<") && sender.ends_with(b">)") =>
        {
            (words, true)
        }
        _ => (words, false),
    };
    let clause = Clause { name, words, has_sender, way };
    match clause.found() {
        Some(found) if clause.addresses(&found) > usize::from(found.in_clause) => {
            Err(TWO_ADDRESSES)
        }
        Some(found) => Ok(Named::Client(found)),
        None if words.is_empty() && in_square(name).is_none() => Ok(Named::Nobody),
        None if clause.is_of_this_host() => Ok(Named::Program),
        None if in_square(name).is_none() && words.iter().all(|word| addresses_in(word) == 0) => {
            Err(NO_ADDRESS)
        }
        None => Err(NO_FORM),
    }
}

impl<'a> Clause<'a, '_> {
    fn found(&self) -> Option<Found<'a>> {
        let name = self.name;
        match *self.words {
            [b"(HELO" | b"(EHLO" | b"(LHLO", helo, address, ..] => {
                let ip = in_round(address).or_else(|| in_square(address));
                let ip = ip.or_else(|| in_both(address).map(|(_, ip)| ip))?;
                // where the name is an address, another one may be of the HELO
                let named = in_square(name).or_else(|| self::address(name));
                if named.is_some_and(|named| named != ip) {
                    return None;
                }
                Some(Found::in_clause(ip, b"", name).with_helo(helo.strip_suffix(b")")?, 1))
            }
            [b"(EHLO", helo] if address(name).is_some() && !helo.starts_with(b"(") => {
                Some(Found::before(address(name)?).with_helo(helo.strip_suffix(b")")?, 1))
            }
            _ if in_square(name).is_some() => self.behind_square(in_square(name)?),
            [] | [b"(SquirrelMail", ..] if self.way == Way::Browser => {
                address(name).map(Found::before)
            }
            [word, ..] if in_round(word).is_some() => {
                let ip = in_round(word)?;
                Some(match self.way {
                    Way::Exchange => Found::in_clause(ip, name, b""),
                    Way::Mailbox | Way::Browser | Way::Network | Way::Local => {
                        Found::in_clause(ip, b"", name)
                    }
                })
            }
            [word, ..] if in_both(word).is_some() => in_both(word).map(|it| self.in_both(it)),
            [helo, word, ..] if helo.starts_with(b"(helo=") => {
                let found = Found::in_clause(in_square(word)?, b"", name);
                Some(found.with_helo(&helo[b"(helo=".len()..], 0))
            }
            [word, ..] if in_square(word).is_some() => {
                Some(Found::in_clause(in_square(word)?, name, b""))
            }
            _ => self.of_host_and_address(),
        }
    }

    /// `(HOST [IP]...`.
    fn of_host_and_address(&self) -> Option<Found<'a>> {
        let [host, word, ..] = *self.words else { return None };
        Some(Found::in_clause(in_square(word)?, self.name, host_in(host)?))
    }

    /// `from [IP] ...`: the client's address if a HELO follows, or nothing; else its HELO.
    fn behind_square(&self, ip: IpAddr) -> Option<Found<'a>> {
        let before = Found::before(ip);
        match *self.words {
            // with a bracket before it, it is the address of another form
            [.., b"HELO" | b"(HELO", helo] if !helo.starts_with(b"(") => {
                Some(before.with_helo(helo.strip_suffix(b")")?, self.words.len() - 1))
            }
            [word, ..] if in_both(word).is_some() => {
                in_both(word).map(|(_, ip)| Found::in_clause(ip, self.name, b""))
            }
            _ => self.of_host_and_address().or_else(|| Some(self.with_exims_helo(before))),
        }
    }

    /// `(USER@[IP]...`, with or without a user.
    fn in_both(&self, (user, ip): (&[u8], IpAddr)) -> Found<'a> {
        let of_host = self.with_exims_helo(Found::in_clause(ip, b"", self.name));
        match *self.words {
            _ if of_host.helo_at.is_some() => of_host,
            // without the quote at its end it may be the address of another form
            [_, b"\"EHLO" | b"\"HELO", helo, ..] if helo.ends_with(b"\"") => {
                of_host.with_helo(&helo[..helo.len() - 1], 2)
            }
            // qmail-ldap's, whose name is of the DNS; in sendmail's it is the HELO
            _ if self.has_sender && !user.starts_with(b"IDENT:") => of_host,
            _ => Found::in_clause(ip, self.name, b""),
        }
    }

    /// With the HELO that Exim writes as `helo=HELO`, if there is one.
    fn with_exims_helo(&self, found: Found<'a>) -> Found<'a> {
        let helo = |word: &&'a [u8]| {
            let helo = word.strip_prefix(b"(").unwrap_or(word).strip_prefix(b"helo=")?;
            Some(helo.strip_suffix(b")").unwrap_or(helo))
        };
        let mut words = self.words.iter().enumerate();
        match words.find_map(|(at, word)| Some((at, helo(word)?))) {
            Some((at, helo)) => found.with_helo(helo, at),
            None => found,
        }
    }

    /// How many addresses are in the clause, but for a HELO in its place.
    fn addresses(&self, found: &Found<'_>) -> usize {
        let others = self.words.iter().enumerate().filter(|(at, _)| Some(*at) != found.helo_at);
        others.map(|(_, word)| addresses_in(word)).sum()
    }

    /// Is no client named, since none was there: a local user, or a socket of the host?
    fn is_of_this_host(&self) -> bool {
        let is_local = match *self.words {
            [b"(uid", ..] | [b"([unix", b"socket])"] => true,
            [host, b"[local])"] => host_in(host).is_some(),
            _ => false,
        };
        is_local && self.words.iter().all(|word| addresses_in(word) == 0)
    }
}

/// How many addresses stand in a word.
pub fn addresses_in(word: &[u8]) -> usize {
    let parts = word.split(|byte| b"()[]<>@%=,;\"'".contains(byte));
    parts.filter(|part| address(part).is_some()).count()
}

/// The name in `(HOST`; nothing if that is a word of a server, which a HELO follows.
fn host_in(word: &[u8]) -> Option<&[u8]> {
    let host = word.strip_prefix(b"(")?;
    let is_other = host.contains(&b'=') || matches!(host, b"HELO" | b"EHLO" | b"LHLO" | b"account");
    (!is_other).then(|| without_user(host))
}

/// A name without the user that sendmail writes before it, as `IDENT:USER@HOST`.
fn without_user(host: &[u8]) -> &[u8] {
    host.iter().rposition(|byte| *byte == b'@').map_or(host, |at| &host[at + 1..])
}

/// The address in `(IP)` or `(USER@IP)`.
fn in_round(word: &[u8]) -> Option<IpAddr> {
    address(without_user(word.strip_prefix(b"(")?.strip_suffix(b")")?))
}

/// The address in `[IP]`, also with a port or a bracket after it.
fn in_square(word: &[u8]) -> Option<IpAddr> {
    let inside = word.strip_prefix(b"[")?;
    let end = inside.iter().position(|byte| *byte == b']')?;
    address(&inside[..end])
}

/// The user and the address in `(USER@[IP]`, also with more after it; an empty user in `([IP]`.
fn in_both(word: &[u8]) -> Option<(&[u8], IpAddr)> {
    let inside = word.strip_prefix(b"(")?;
    let at = inside.windows(2).rposition(|two| two == b"@[").map_or(0, |at| at + 1);
    Some((&inside[..at], in_square(&inside[at..])?))
}

/// An address, also with a tag `IPv6:`, and with the interface of a link-local one behind it.
fn address(text: &[u8]) -> Option<IpAddr> {
    let tagged = text.get(..5).is_some_and(|tag| tag.eq_ignore_ascii_case(b"IPv6:"));
    let text = std::str::from_utf8(if tagged { &text[5..] } else { text }).ok()?;
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}
