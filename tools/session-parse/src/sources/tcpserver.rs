//! tcpserver and sslserver, and rblsmtpd and recordio behind them.
//!
//! tcpserver's process numbers tell its sessions apart. In sslserver's log the process that serves
//! and the one that speaks TLS are two, and nothing says which belong together: the former gives the
//! connection, without a length, and the latter a length.

use common::filter::Fault;
use common::logs::tcpserver::{Client, Event, Program};
use common::rows::session::End;

use super::{Desk, Port, Source, UNSEEN};
use crate::open::Open;

const SOURCE: Source = Source::Tcpserver;

/// Takes in what a line says.
pub fn take(event: &Event<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    match *event {
        Event::Status { running, most, .. } => desk.count(SOURCE, running, most),
        Event::Start { program: Program::Tcpserver, pid, ip } => start(pid, ip, desk),
        Event::Client(client) => match client.program {
            Program::Tcpserver => know(&client, desk),
            Program::Sslserver => connection(&client, desk),
        },
        Event::Accepted { pid } => accepted(pid, desk),
        Event::Refused { pid, reply, .. } => refused(pid, reply, desk),
        Event::Reply { pid, text, ends } => {
            reply(pid, text, ends, desk);
            Ok(())
        }
        Event::End { program, pid, status } => end(program, pid, status, desk),
        Event::Start { program: Program::Sslserver, .. } | Event::Dropped { .. } | Event::Other => {
            Ok(())
        }
    }
}

/// The key of a session.
fn write_key(program: Program, pid: u64, key: &mut Vec<u8>) {
    key.clear();
    if program == Program::Sslserver {
        key.extend_from_slice(b"ssl ");
    }
    key.extend_from_slice(itoa::Buffer::new().format(pid).as_bytes());
}

/// A session with a process number, of which a line was seen now.
fn of_process(pid: u64, ip: &[u8], desk: &mut Desk<'_>) -> Box<Open> {
    let mut session = desk.new_session(SOURCE, b"");
    write_key(Program::Tcpserver, pid, &mut session.key);
    session.pid = Some(pid);
    ip.clone_into(&mut session.ip);
    session.wait_long(desk.now.moment);
    session
}

fn start(pid: u64, ip: &[u8], desk: &mut Desk<'_>) -> Result<(), Fault> {
    let mut session = of_process(pid, ip, desk);
    session.start = desk.now.moment;
    desk.sessions.start(&desk.now, session)
}

/// `ok` or `deny`: who the client is.
fn know(client: &Client<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    desk.listener.sees(desk.now.host, client.local_port);
    let (service, moment) = (desk.service_at(client.local_port), desk.now.moment);
    let add = |session: &mut Open| {
        service.clone_into(&mut session.service);
        session.port = Some(client.port);
        if client.denied {
            session.end = Some(End::Blocked);
            b"rules"[..].clone_into(&mut session.detail);
        }
        session.wait_long(moment);
    };
    write_key(Program::Tcpserver, client.pid, desk.key);
    if let Some(session) = desk.sessions.get(&desk.now, SOURCE, desk.key) {
        add(session);
        return Ok(());
    }
    let mut session = of_process(client.pid, client.ip, desk);
    add(&mut session);
    desk.sessions.start_only(&desk.now, session)
}

/// sslserver's `ok` or `deny`: all that is known of a connection but how long it lasted.
fn connection(client: &Client<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    desk.listener.sees(desk.now.host, client.local_port);
    let mut session = desk.new_session(SOURCE, desk.service_at(client.local_port));
    client.ip.clone_into(&mut session.ip);
    (session.pid, session.port) = (Some(client.pid), Some(client.port));
    let end = if client.denied { End::Blocked } else { End::Ok };
    if client.denied {
        session.detail.extend_from_slice(b"rules");
    }
    desk.sessions.end(&desk.now, session, end)
}

/// sslserver's process for TLS begins to serve.
fn accepted(pid: u64, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let service = match desk.listener.port {
        Port::One(port) => desk.service_at(port),
        Port::None | Port::Many => desk.service,
    };
    let mut session = desk.new_session(SOURCE, service);
    write_key(Program::Sslserver, pid, &mut session.key);
    (session.pid, session.start) = (Some(pid), desk.now.moment);
    session.end = Some(End::Open);
    session.wait_long(desk.now.moment);
    desk.sessions.start(&desk.now, session)
}

/// rblsmtpd refuses a client, which may go on talking to it.
fn refused(pid: u64, reply: &[u8], desk: &mut Desk<'_>) -> Result<(), Fault> {
    write_key(Program::Tcpserver, pid, desk.key);
    let session = desk.sessions.get(&desk.now, SOURCE, desk.key).ok_or(UNSEEN)?;
    session.end = Some(End::Blocked);
    reply.clone_into(&mut session.detail);
    session.wait_long(desk.now.moment);
    Ok(())
}

/// What the server answered, as recordio shows it: it may have been to no command. A part of a line
/// is no answer of its own, and only a mail server answers so: others send what a stranger wrote.
fn reply(pid: u64, text: &[u8], ends: bool, desk: &mut Desk<'_>) {
    /// A code and the byte after it.
    const BEGINNING_BYTES: usize = 4;
    write_key(Program::Tcpserver, pid, desk.key);
    let Some(session) = desk.sessions.get(&desk.now, SOURCE, desk.key) else { return };
    let missing = BEGINNING_BYTES.saturating_sub(session.reply.len());
    session.reply.extend_from_slice(&text[..text.len().min(missing)]);
    if ends {
        let is_mail = matches!(session.service.as_slice(), b"smtp" | b"submission");
        let is_to_no_command = matches!(
            session.reply.as_slice(),
            [b'5', b'0', b'0' | b'2'] | [b'5', b'0', b'0' | b'2', b' ' | b'-']
        );
        if is_mail && is_to_no_command {
            session.end.get_or_insert(End::BadCommand);
        }
        session.reply.clear();
    }
}

fn end(program: Program, pid: u64, status: u64, desk: &mut Desk<'_>) -> Result<(), Fault> {
    write_key(program, pid, desk.key);
    match (desk.sessions.take(&desk.now, SOURCE, desk.key), program) {
        (Some(session), _) => {
            let end = end_of(status, &session.service);
            desk.sessions.end(&desk.now, session, end)
        }
        (None, Program::Tcpserver) => Err(UNSEEN),
        // a client with which TLS failed
        (None, Program::Sslserver) => Ok(()),
    }
}

/// How a program ended. qmail-smtpd exits with 1 if its client goes away or says nothing for too
/// long; qmail-popup and qmail-pop3d always do.
fn end_of(status: u64, service: &[u8]) -> End {
    match status {
        0 => End::Ok,
        0x100 if service == b"pop3" => End::Ok,
        0x100 => End::Lost,
        _ => End::Error,
    }
}
