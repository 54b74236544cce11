//! Lines of mail processes: the end of a session, and what it moved.
//!
//! ```text
//! imap(bob)<44><jCQB>: Disconnected: Logged out in=318 out=900
//! pop3(bob): Disconnected for inactivity top=0/0, retr=1/1503, del=0/4, size=61320
//! IMAP(bob): Connection closed bytes=63/340
//! service=imap, user=bob, ip=[192.0.2.1]. Logged out rcvd=74, sent=803
//! ```
//!
//! The name is that of a user who logged in. What follows may hold text of mail that a stranger
//! sent, so the head ends as early as it can; the figures are found from the right, for a command
//! of the client may stand before them.

use bstr::ByteSlice;

use crate::bytes::marks::Marks;
use crate::bytes::scan::Places;

use super::{Event, Session, without_level};
use crate::bytes::digits::number;
use crate::logs::fields::{Broken, Mailbox, NO_NUMBER, begins_with_any, plain_ip};
use crate::rows::session::End;

const NAMES: [(&[u8], Mailbox); 5] = [
    (b"imap(", Mailbox::Imap),
    (b"pop3(", Mailbox::Pop3),
    (b"IMAP(", Mailbox::Imap),
    (b"POP3(", Mailbox::Pop3),
    // it looks after the connections of idle clients, and may see their end
    (b"imap-hibernate(", Mailbox::Imap),
];

/// A line of a mail process; `None` for one of another process.
pub fn read(text: &[u8]) -> Option<Result<Event<'_>, Broken>> {
    let (name, service) = NAMES.into_iter().find(|(name, _)| text.starts_with(name))?;
    Some(match Head::read(&text[name.len()..]) {
        Some((head, words)) => session(service, head, words),
        None => Ok(Event::Other),
    })
}

/// A line with what Plesk puts before the words of each process.
pub fn read_plesk(text: &[u8]) -> Option<Result<Event<'_>, Broken>> {
    let (service, rest) = text.strip_prefix(b"service=")?.split_at_mark(b", user=")?;
    let service = match service {
        b"imap" => Mailbox::Imap,
        b"pop3" => Mailbox::Pop3,
        _ => return Some(Ok(Event::Other)),
    };
    let (user, rest) = rest.split_at_mark(b", ip=[")?;
    let (ip, words) = rest.split_at_mark(b"]. ")?;
    let head = Head { user, ip: plain_ip(ip), ..Head::default() };
    Some(session(service, head, words))
}

/// What stands before the words of a mail process.
#[derive(Clone, Copy, Default)]
struct Head<'a> {
    user: &'a [u8],
    ip: &'a [u8],
    pid: &'a [u8],
    session: &'a [u8],
}

impl<'a> Head<'a> {
    /// `USER)<PID><SESSION>: WORDS`, `USER)<SESSION>: WORDS`, `USER PID): WORDS`, `USER): WORDS`;
    /// and the words.
    fn read(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut colons = Places::new(text, b':').filter(|at| text.get(at + 1) == Some(&b' '));
        colons.find_map(|at| {
            let (head, words) = (&text[..at], &text[at + 2..]);
            if let Some(user) = head.strip_suffix(b")") {
                let pid = user.rsplit_at_mark(b" ").filter(|(_, pid)| number(pid).is_some());
                let (user, pid) = pid.unwrap_or((user, b""));
                return Some((Head { user, pid, ..Head::default() }, words));
            }
            let (user, ids) = head.strip_suffix(b">")?.rsplit_at_mark(b")<")?;
            let (pid, session) = ids.split_at_mark(b"><").unwrap_or((b"", ids));
            Some((Head { user, pid, session, ..Head::default() }, words))
        })
    }
}

/// How the words begin that tell the end of a session.
const ENDS: [&[u8]; 4] =
    [b"Disconnected", b"Connection closed", b"Logged out", b"Server shutting down"];

fn session<'a>(service: Mailbox, mut head: Head<'a>, words: &'a [u8]) -> Result<Event<'a>, Broken> {
    let mut words = without_level(words);
    if let Some((session, rest)) =
        words.strip_prefix(b"session=").and_then(|rest| rest.split_at_mark(b" "))
    {
        head.session = session.strip_prefix(b"<").unwrap_or(session).trim_end_with(|c| c == '>');
        words = rest;
    }
    if !begins_with_any(words, &ENDS) {
        return Ok(Event::Other);
    }
    let (in_bytes, out_bytes) = Figures::read(words).moved()?;
    Ok(Event::End(Session {
        service,
        user: head.user,
        ip: head.ip,
        pid: number(head.pid),
        session: head.session,
        in_bytes,
        out_bytes,
        ending: ending(words),
    }))
}

fn ending(words: &[u8]) -> End {
    // in brackets stands a command of the client
    let words = words.split_at_mark(b" (").map_or(words, |(words, _)| words);
    if words.has_mark(b"Logged out") {
        End::Ok
    } else if words.has_mark(b"nactivity") {
        End::Timeout
    } else if words.has_mark(b"Too many ") {
        End::BadCommand
    } else if words.has_mark(b"nternal error") {
        End::Error
    } else {
        End::Lost
    }
}

/// The figures at the end of a line that tell of bytes: `NAME=NUMBER` or `NAME=NUMBER/NUMBER`, which
/// may have commas after them.
#[derive(Clone, Copy, Default)]
struct Figures<'a> {
    /// `in` and `out`.
    moved: [Option<&'a [u8]>; 2],
    /// `rcvd` and `sent`.
    plesk: [Option<&'a [u8]>; 2],
    /// `bytes` and `total`.
    pairs: [Option<&'a [u8]>; 2],
    /// `top` and `retr`: the number of messages or of their beginnings, and their bytes.
    messages: [Option<&'a [u8]>; 2],
}

impl<'a> Figures<'a> {
    /// The figures behind the last word that is none.
    fn read(words: &'a [u8]) -> Self {
        let mut figures = Figures::default();
        let [mut signs, mut blanks] = [b'=', b' '].map(|byte| Places::new(words, byte));
        let next = |places: &mut Places<'_>| places.next().unwrap_or(words.len());
        let (mut start, mut sign) = (0, next(&mut signs));
        while start <= words.len() {
            let end = next(&mut blanks);
            if sign < end {
                figures.take(&words[start..sign], &words[sign + 1..end]);
            } else {
                figures = Figures::default();
            }
            start = end + 1;
            while sign < end {
                sign = next(&mut signs);
            }
        }
        figures
    }

    /// Takes in one more. Of those with the same name the last counts.
    fn take(&mut self, name: &[u8], value: &'a [u8]) {
        let value = value.strip_suffix(b",").unwrap_or(value);
        if !value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'/') {
            *self = Figures::default();
            return;
        }
        let figure = match name {
            b"in" => &mut self.moved[0],
            b"out" => &mut self.moved[1],
            b"rcvd" => &mut self.plesk[0],
            b"sent" => &mut self.plesk[1],
            b"bytes" => &mut self.pairs[0],
            b"total" => &mut self.pairs[1],
            b"top" => &mut self.messages[0],
            b"retr" => &mut self.messages[1],
            _ => return,
        };
        *figure = Some(value);
    }

    /// Bytes from the client and to it, as its administrator ordered them; or those of messages,
    /// which only went to it.
    fn moved(&self) -> Result<(Option<u64>, Option<u64>), Broken> {
        let both = |[received, sent]: [Option<&'a [u8]>; 2]| received.zip(sent);
        let pair = |pair: Option<&'a [u8]>| pair?.split_at_mark(b"/");
        let moved = both(self.moved)
            .or_else(|| pair(self.pairs[0]))
            .or_else(|| both(self.plesk))
            .or_else(|| pair(self.pairs[1]));
        if let Some((received, sent)) = moved {
            return Ok((Some(bytes(received)?), Some(bytes(sent)?)));
        }
        let counted = |figure| pair(figure).map(|(_, size)| bytes(size)).transpose();
        let [top, retr] = self.messages;
        Ok(match (counted(top)?, counted(retr)?) {
            (Some(top), Some(retr)) => (None, Some(top.checked_add(retr).ok_or(NO_NUMBER)?)),
            (top, retr) => (None, top.or(retr)),
        })
    }
}

fn bytes(digits: &[u8]) -> Result<u64, Broken> {
    number(digits).ok_or(NO_NUMBER)
}
