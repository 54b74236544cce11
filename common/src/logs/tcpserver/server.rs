//! What tcpserver and sslserver write themselves.

use crate::bytes::marks::Marks;

use super::{Client, Event, Program};
use crate::bytes::digits::number;
use crate::bytes::scan::Places;
use crate::logs::fields::{Broken, CUT_SHORT, NO_NUMBER, plain_ip};

/// What the words say; `None` if they say nothing about connections.
pub fn read(program: Program, words: &[u8]) -> Option<Result<Event<'_>, Broken>> {
    let (verb, rest) = words.split_at_mark(b" ")?;
    Some(match verb {
        b"status:" => status(program, rest),
        b"pid" => start(program, rest),
        b"ok" => client(program, false, rest),
        b"deny" => client(program, true, rest),
        b"end" => end(program, rest),
        b"ssl" if program == Program::Sslserver => accepted(rest),
        // `dropping connection, ` and `dropping SSL connection, `
        b"warning:" if rest.starts_with(b"dropping ") => {
            let reason = rest.split_at_mark(b", ").map(|(_, reason)| reason);
            reason.map(|reason| Event::Dropped { program, reason }).ok_or(CUT_SHORT)
        }
        _ => return None,
    })
}

/// `1/40`
fn status(program: Program, rest: &[u8]) -> Result<Event<'_>, Broken> {
    let (running, most) = rest.split_at_mark(b"/").ok_or(CUT_SHORT)?;
    let (running, most) = number(running).zip(number(most)).ok_or(NO_NUMBER)?;
    Ok(Event::Status { program, running, most })
}

/// `4711 from 198.51.100.4`
fn start(program: Program, rest: &[u8]) -> Result<Event<'_>, Broken> {
    let (pid, ip) = rest.split_at_mark(b" from ").ok_or(CUT_SHORT)?;
    if !is_ip(ip) {
        return Err(NO_ADDRESS);
    }
    let pid = number(pid).ok_or(NO_NUMBER)?;
    Ok(Event::Start { program, pid, ip: plain_ip(ip) })
}

/// `4711 status 256`
fn end(program: Program, rest: &[u8]) -> Result<Event<'_>, Broken> {
    let (pid, status) = rest.split_at_mark(b" status ").ok_or(CUT_SHORT)?;
    let (pid, status) = number(pid).zip(number(status)).ok_or(NO_NUMBER)?;
    Ok(Event::End { program, pid, status })
}

/// `4712 accept `, with a blank at the end unless a logger took it away.
fn accepted(rest: &[u8]) -> Result<Event<'_>, Broken> {
    let rest = rest.strip_suffix(b" ").unwrap_or(rest);
    let pid = rest.strip_suffix(b" accept").ok_or(CUT_SHORT)?;
    number(pid).map(|pid| Event::Accepted { pid }).ok_or(NO_NUMBER)
}

/// `4711 LOCALHOST:LOCALIP:LOCALPORT HOST:IP:INFO:PORT`. No part has a blank in it, and no host a
/// colon.
fn client(program: Program, denied: bool, rest: &[u8]) -> Result<Event<'_>, Broken> {
    let mut blanks = Places::new(rest, b' ');
    let (Some(first), Some(second), None) = (blanks.next(), blanks.next(), blanks.next()) else {
        return Err(CUT_SHORT);
    };
    let (pid, local, remote) = (&rest[..first], &rest[first + 1..second], &rest[second + 1..]);
    let pid = number(pid).ok_or(NO_NUMBER)?;
    let (_, local_port) = local.rsplit_at_mark(b":").ok_or(CUT_SHORT)?;
    let (_, rest) = remote.split_at_mark(b":").ok_or(CUT_SHORT)?;
    let (rest, port) = rest.rsplit_at_mark(b":").ok_or(CUT_SHORT)?;
    let ip = without_info(rest).ok_or(NO_ADDRESS)?;
    let port_of = |digits| number(digits).and_then(|port| u16::try_from(port).ok());
    let (local_port, port) = port_of(local_port).zip(port_of(port)).ok_or(NO_NUMBER)?;
    Ok(Event::Client(Client { program, pid, denied, local_port, ip, port }))
}

const NO_ADDRESS: Broken = "no address of a client";

/// The address of `IP:INFO`, where a client may have chosen INFO. An IPv4 address ends before the
/// first colon. One of IPv6 ends before the last: colons in INFO make it longer.
fn without_info(text: &[u8]) -> Option<&[u8]> {
    let (first, _) = plain_ip(text).split_at_mark(b":")?;
    if is_ipv4(first) {
        return Some(first);
    }
    let (ip, _) = text.rsplit_at_mark(b":")?;
    is_ip(ip).then_some(ip)
}

fn is_ipv4(text: &[u8]) -> bool {
    let mut has_dot = false;
    text.iter().all(|byte| {
        has_dot |= *byte == b'.';
        byte.is_ascii_digit() || *byte == b'.'
    }) && has_dot
}

/// Has it the characters of an address?
fn is_ip(text: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b':';
    is_ipv4(plain_ip(text)) || text.contains(&b':') && text.iter().all(is_part)
}
