//! qpsmtpd: `Accepted connection`, verdicts, and `connection_time` or `cleaning up after`, whichever
//! comes first.
//!
//! Each process writes its own lines, so those of two can be out of order: what `Accepted connection`
//! counts says whether there is room, but not that sessions are over.

use bstr::ByteSlice;
use common::bytes::digits::number;
use common::filter::Fault;
use common::logs::fields::plain_ip;
use common::logs::prefix::Prefix;
use common::logs::qpsmtpd::{self as log, Kind, Load, Trouble};
use common::rows::session::End;

use super::{Desk, Source, UNSEEN};

const SOURCE: Source = Source::Qpsmtpd;

/// What a line says.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, on the stack")]
pub enum Event<'a> {
    /// Of a connection, or of its process.
    Said(log::Said<'a>),
    /// Why a process ends its session.
    Trouble(&'a [u8], Trouble),
}

/// Reads a line that is of no other program.
pub fn read(line: &[u8]) -> Result<(Prefix<'_>, Event<'_>), Fault> {
    let event = match (log::parse(line), log::trouble(line)) {
        (Ok(said), _) => Event::Said(said),
        (Err(_), Some((pid, trouble))) => Event::Trouble(pid, trouble),
        (Err(fault @ Fault::UnknownHead(_)), None) => return Err(fault),
        (Err(_), None) => return Err(FOREIGN),
    };
    let (prefix, ..) = log::origin(line).ok_or(FOREIGN)?;
    Ok((prefix, event))
}

const FOREIGN: Fault = Fault::Skip("no line of a program that is read");

/// Takes in what a line says.
pub fn take(event: &Event<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let event = match event {
        Event::Trouble(pid, trouble) => {
            let end = match trouble {
                Trouble::TimedOut => End::Timeout,
                Trouble::BadCommands => End::BadCommand,
            };
            return change(pid, desk, end, b"");
        }
        Event::Said(log::Said::Gone(pid)) => {
            desk.fill(SOURCE, false)?;
            // most have ended before
            return ended(pid, desk).map(drop);
        }
        Event::Said(log::Said::Event(event)) => event,
    };
    match event.kind {
        Kind::Connect(load) => connected(event, load, desk),
        Kind::Limit(_) => desk.fill(SOURCE, true),
        Kind::LimitIp(_) => blocked(event.ip, b"hosts_allow", desk),
        Kind::Verdict(record) if event.stands_alone() => {
            // refused before there was a process; of too many connections the plugin itself says
            // whose they were
            let is_told = record.message.contains_str("too many connections from ");
            let is_blocked = end_of(record.disposition) == Some(End::Blocked);
            if is_blocked && !is_told { blocked(b"", record.disposition, desk) } else { Ok(()) }
        }
        Kind::Verdict(record) => match end_of(record.disposition) {
            Some(end) => change(event.pid, desk, end, record.disposition),
            None => Ok(()),
        },
        Kind::Time(_) => {
            desk.fill(SOURCE, false)?;
            if ended(event.pid, desk)? { Ok(()) } else { Err(UNSEEN) }
        }
    }
}

/// `Accepted connection N/M`, where N does not count this one.
fn connected(event: &log::Event<'_>, load: Load<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let mut session = desk.new_session(SOURCE, desk.service_of(SOURCE));
    event.pid.clone_into(&mut session.key);
    session.pid = number(event.pid);
    plain_ip(event.ip).clone_into(&mut session.ip);
    session.start = desk.now.moment;
    session.wait_long(desk.now.moment);
    desk.sessions.start(&desk.now, session)?;
    let count = number(load.running).zip(number(load.most));
    desk.fill(SOURCE, count.is_some_and(|(before, most)| before.saturating_add(1) >= most))
}

/// A client was refused before there was a process for it.
fn blocked(ip: &[u8], plugin: &[u8], desk: &mut Desk<'_>) -> Result<(), Fault> {
    let mut session = desk.new_session(SOURCE, desk.service_of(SOURCE));
    plain_ip(ip).clone_into(&mut session.ip);
    plugin.clone_into(&mut session.detail);
    desk.sessions.end(&desk.now, session, End::Blocked)
}

/// How a session ends in which this plugin refuses, if that is the end of it: plugins that refuse
/// the client itself, not its sender or recipient.
fn end_of(plugin: &[u8]) -> Option<End> {
    match plugin.strip_prefix(b"check_").unwrap_or(plugin) {
        b"hosts_allow" | b"dnsbl" | b"earlytalker" | b"karma" | b"loadcheck" => Some(End::Blocked),
        b"count_unrecognized_commands" => Some(End::BadCommand),
        _ => None,
    }
}

/// A session is going to end, unless that was known before. `plugin` is told if it blocked it.
fn change(pid: &[u8], desk: &mut Desk<'_>, end: End, plugin: &[u8]) -> Result<(), Fault> {
    let session = desk.sessions.get(&desk.now, SOURCE, pid).ok_or(UNSEEN)?;
    if session.end.is_none() {
        session.end = Some(end);
        if end == End::Blocked {
            plugin.clone_into(&mut session.detail);
        }
    }
    session.wait_long(desk.now.moment);
    Ok(())
}

/// Ends the session of a process; false if there is none.
fn ended(pid: &[u8], desk: &mut Desk<'_>) -> Result<bool, Fault> {
    match desk.sessions.take(&desk.now, SOURCE, pid) {
        Some(session) => desk.sessions.end(&desk.now, session, End::Ok).map(|()| true),
        None => Ok(false),
    }
}
