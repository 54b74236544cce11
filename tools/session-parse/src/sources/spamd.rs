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
            let detail = b"unauthorized".to_vec();
            let session = Open { detail, ..of_peer(pid, peer, desk) };
            desk.sessions.write(&desk.now, &session, None, End::Blocked)
        }
        Event::Checking => {
            desk.sessions.get(&desk.now, SOURCE, &key(pid)).ok_or(UNSEEN)?.end = None;
            Ok(())
        }
        Event::Checked(checked) => {
            let mut session = taken(pid, desk).unwrap_or_else(|| of_process(pid, desk));
            know(&checked, &mut session);
            desk.sessions.start(&desk.now, session)
        }
        Event::Report(report) => reported(pid, &report, desk),
        Event::Ended(ending) => ended(pid, ending, desk),
        Event::Failed => desk.sessions.write(&desk.now, &of_process(pid, desk), None, End::Error),
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

fn key(pid: Option<u64>) -> Vec<u8> {
    pid.map(|pid| pid.to_string()).unwrap_or_default().into_bytes()
}

/// A session of a process, of which a line was seen now.
fn of_process(pid: Option<u64>, desk: &Desk<'_>) -> Open {
    let service = desk.service_of(SOURCE);
    let host = desk.now.host.to_vec();
    let mut session = Open { host, key: key(pid), service, pid, ..Open::new(SOURCE) };
    session.wait_long(desk.now.moment);
    session
}

fn of_peer(pid: Option<u64>, peer: Peer<'_>, desk: &Desk<'_>) -> Open {
    Open { ip: peer.ip.to_vec(), port: peer.port, ..of_process(pid, desk) }
}

fn taken(pid: Option<u64>, desk: &mut Desk<'_>) -> Option<Open> {
    desk.sessions.take(&desk.now, SOURCE, &key(pid))
}

fn connected(pid: Option<u64>, peer: Peer<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    if let Some(older) = taken(pid, desk) {
        over(older, desk)?;
    }
    let (start, end) = (desk.now.moment, Some(End::Ok));
    desk.sessions.start(&desk.now, Open { start, end, ..of_peer(pid, peer, desk) })
}

/// Ends a session of which no last line was seen: a PING, whose length nothing tells, a check whose
/// result is not logged, or one that was broken off.
fn over(mut session: Open, desk: &mut Desk<'_>) -> Result<(), Fault> {
    if session.end == Some(End::Ok) {
        session.start = None;
    }
    desk.sessions.end(&desk.now, &session, End::Lost)
}

fn know(checked: &Checked<'_>, session: &mut Open) {
    session.user = checked.user.to_vec();
    session.lasted_ms = Some(checked.active_ms);
    session.in_bytes = Some(checked.bytes);
    session.end = Some(End::Ok);
    session.detail = detail(checked.is_spam, checked.score_centi);
}

/// `Y|N SCORE_CENTI`, and no test yet.
fn detail(is_spam: bool, score_centi: i64) -> Vec<u8> {
    format!("{} {score_centi}", if is_spam { 'Y' } else { 'N' }).into_bytes()
}

/// The end of a check. The line before it has the score with its decimals.
fn reported(pid: Option<u64>, report: &Report<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let mut session = taken(pid, desk).unwrap_or_else(|| of_process(pid, desk));
    if session.lasted_ms.is_none() {
        let user = report.user.unwrap_or_default();
        let (active_ms, bytes) = (report.active_ms, report.bytes);
        session.user = user.to_vec();
        (session.lasted_ms, session.in_bytes) = (active_ms, bytes);
        session.detail = detail(report.is_spam, report.score.saturating_mul(100));
    }
    // on a UNIX socket it names 127.0.0.1, but no port
    if session.ip.is_empty() && report.port.is_some() {
        session.ip = report.ip.unwrap_or_default().to_vec();
        session.port = report.port;
    }
    if !report.tests.is_empty() {
        session.detail.push(b' ');
        session.detail.extend_from_slice(report.tests);
    }
    session.end = Some(End::Ok);
    desk.sessions.end(&desk.now, &session, End::Ok)
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
    desk.sessions.end(&desk.now, &session, End::Error)
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
