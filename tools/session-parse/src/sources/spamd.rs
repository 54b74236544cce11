//! spamd: a connection, perhaps a check, and its result, by one process after the other.
//!
//! A row comes of the last line of a check, which names the tests. A connection that no further
//! line tells of was a PING: any trouble would have been logged.

use common::filter::Fault;
use common::logs::spamd::{Checked, Ending, Event, Line, Peer, Report};
use common::rows::session::End;

use super::{Desk, Source, UNSEEN};
use crate::open::Open;

const SOURCE: Source = Source::Spamd;

/// Takes in what a line says.
pub fn take(line: &Line<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let pid = line.pid;
    match line.event {
        Event::Connected(peer) => connected(pid, peer, desk),
        Event::Refused(peer) => {
            let mut session = of_peer(pid, peer, desk);
            session.detail.extend_from_slice(b"unauthorized");
            desk.sessions.end(&desk.now, session, End::Blocked)
        }
        Event::Checking => {
            write_key(pid, desk.key);
            desk.sessions.get(&desk.now, SOURCE, desk.key).ok_or(UNSEEN)?.end = None;
            Ok(())
        }
        Event::Checked(checked) => was_checked(pid, &checked, desk),
        Event::Report(report) => reported(pid, &report, desk),
        Event::Ended(ending) => ended(pid, ending, desk),
        Event::Failed => {
            let session = of_process(pid, desk);
            desk.sessions.end(&desk.now, session, End::Error)
        }
        Event::Gone(child) => match taken(Some(child), desk) {
            Some(session) => over(session, desk),
            None => Ok(()),
        },
        Event::Full => {
            if desk.listener.full.is_none() {
                desk.listener.full = desk.now.moment;
                desk.now.host.clone_into(&mut desk.listener.host);
            }
            Ok(())
        }
        Event::Idle if desk.listener.host == desk.now.host => room(desk),
        Event::Restarted => restarted(desk),
        Event::Idle | Event::Other => Ok(()),
    }
}

fn write_key(pid: Option<u64>, key: &mut Vec<u8>) {
    key.clear();
    if let Some(pid) = pid {
        key.extend_from_slice(itoa::Buffer::new().format(pid).as_bytes());
    }
}

/// A session of a process, of which a line was seen now.
fn of_process(pid: Option<u64>, desk: &mut Desk<'_>) -> Box<Open> {
    let mut session = desk.new_session(SOURCE, desk.service_of(SOURCE));
    write_key(pid, &mut session.key);
    session.pid = pid;
    session.wait_long(desk.now.moment);
    session
}

fn of_peer(pid: Option<u64>, peer: Peer<'_>, desk: &mut Desk<'_>) -> Box<Open> {
    let mut session = of_process(pid, desk);
    peer.ip.clone_into(&mut session.ip);
    session.port = peer.port;
    session
}

fn taken(pid: Option<u64>, desk: &mut Desk<'_>) -> Option<Box<Open>> {
    write_key(pid, desk.key);
    desk.sessions.take(&desk.now, SOURCE, desk.key)
}

fn connected(pid: Option<u64>, peer: Peer<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    if let Some(older) = taken(pid, desk) {
        over(older, desk)?;
    }
    let mut session = of_peer(pid, peer, desk);
    (session.start, session.end) = (desk.now.moment, Some(End::Ok));
    desk.sessions.start_only(&desk.now, session)
}

/// Ends a session of which no last line was seen: a PING, whose length nothing tells, a check whose
/// result is not logged, or one that was broken off.
fn over(mut session: Box<Open>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    if session.end == Some(End::Ok) {
        session.start = None;
    }
    desk.sessions.end(&desk.now, session, End::Lost)
}

fn was_checked(pid: Option<u64>, checked: &Checked<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    write_key(pid, desk.key);
    if let Some(session) = desk.sessions.get_as_last(&desk.now, SOURCE, desk.key) {
        know(checked, session);
        return Ok(());
    }
    let mut session = of_process(pid, desk);
    know(checked, &mut session);
    desk.sessions.start_only(&desk.now, session)
}

fn know(checked: &Checked<'_>, session: &mut Open) {
    checked.user.clone_into(&mut session.user);
    session.lasted_ms = Some(checked.active_ms);
    session.in_bytes = Some(checked.bytes);
    session.end = Some(End::Ok);
    write_detail(checked.is_spam, checked.score_centi, &mut session.detail);
}

/// `Y|N SCORE_CENTI`, and no test yet.
fn write_detail(is_spam: bool, score_centi: i64, detail: &mut Vec<u8>) {
    detail.clear();
    detail.extend_from_slice(if is_spam { b"Y " } else { b"N " });
    detail.extend_from_slice(itoa::Buffer::new().format(score_centi).as_bytes());
}

/// The end of a check. The line before it has the score with its decimals.
fn reported(pid: Option<u64>, report: &Report<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let mut session = taken(pid, desk).unwrap_or_else(|| of_process(pid, desk));
    if session.lasted_ms.is_none() || session.ip.is_empty() {
        know_late(report, &mut session);
    }
    if !report.tests.is_empty() {
        session.detail.push(b' ');
        session.detail.extend_from_slice(report.tests);
    }
    session.end = Some(End::Ok);
    desk.sessions.end(&desk.now, session, End::Ok)
}

/// What no line said before.
fn know_late(report: &Report<'_>, session: &mut Open) {
    let values = report.values();
    if session.lasted_ms.is_none() {
        values.user.unwrap_or_default().clone_into(&mut session.user);
        (session.lasted_ms, session.in_bytes) = (values.active_ms, values.bytes);
        write_detail(report.is_spam, report.score.saturating_mul(100), &mut session.detail);
    }
    // on a UNIX socket it names 127.0.0.1, but no port
    if session.ip.is_empty() && values.port.is_some() {
        values.ip.unwrap_or_default().clone_into(&mut session.ip);
        session.port = values.port;
    }
}

fn ended(pid: Option<u64>, ending: Ending, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let mut session = taken(pid, desk).ok_or(UNSEEN)?;
    session.end = Some(match ending {
        Ending::Served => End::Ok,
        Ending::TimedOut => End::Timeout,
        Ending::Left => End::Lost,
        Ending::BadProtocol => End::BadCommand,
        Ending::Failed => End::Error,
    });
    desk.sessions.end(&desk.now, session, End::Error)
}

/// A process is idle: writes for how long none was.
fn room(desk: &mut Desk<'_>) -> Result<(), Fault> {
    desk.write_full(SOURCE)?;
    desk.listener.full = None;
    Ok(())
}

/// All sessions of this host are over.
fn restarted(desk: &mut Desk<'_>) -> Result<(), Fault> {
    let here = |open: &&Open| open.source == SOURCE && open.host == desk.now.host;
    let keys: Vec<_> = desk.sessions.open().filter(here).map(|open| open.key.clone()).collect();
    for key in keys {
        if let Some(session) = desk.sessions.take(&desk.now, SOURCE, &key) {
            over(session, desk)?;
        }
    }
    if desk.listener.host == desk.now.host { room(desk) } else { Ok(()) }
}
