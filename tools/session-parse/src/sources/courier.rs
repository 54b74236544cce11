//! Courier: a client's address and port name a connection, in which logins may fail before one
//! succeeds.
//!
//! Old versions do not log the port. Several connections of an address cannot be told apart then, so
//! their beginnings say nothing; how long a session lasted is in its last line.

use common::filter::Fault;
use common::logs::courier::{Client, Event, Kind};
use common::rows::session::End;

use super::{Desk, Source, UNSEEN};
use crate::open::Open;

const SOURCE: Source = Source::Courier;

/// The daemons hang up, and say nothing about that, if a client does not log in for so long.
const LOGIN_SECONDS: i64 = 60;
/// So long after a goodbye the line comes that the connection is gone, if at all.
const GOODBYE_SECONDS: i64 = 2;

/// Takes in what a line says.
pub fn take(event: &Event<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    match event {
        Event::Client(client) => match client.kind {
            Kind::Connection => connection(client, desk),
            Kind::LoginFailed => login_failed(client, desk),
            Kind::Login => login(client, desk),
            Kind::End(end) => ended(client, end, desk),
            Kind::Gone => gone(client, desk),
        },
        Event::Blocked { service, ip, by } => {
            let service = service.map_or(desk.service, |it| it.name().as_bytes());
            let mut session = desk.new_session(SOURCE, service);
            session.ip.extend_from_slice(ip);
            session.detail.extend_from_slice(by.as_bytes());
            desk.sessions.end(&desk.now, session, End::Blocked)
        }
        Event::Cut => Err(Fault::Skip("cut in two by syslog, so that a client may have said it")),
        Event::Other => Ok(()),
    }
}

/// The key of a connection. Those of an address begin alike.
fn write_key(client: &Client<'_>, key: &mut Vec<u8>) {
    key.clear();
    key.extend_from_slice(client.ip);
    key.push(0);
    if let Some(port) = client.port {
        key.extend_from_slice(itoa::Buffer::new().format(port).as_bytes());
    }
}

/// A connection of which nothing was seen before.
fn new(client: &Client<'_>, desk: &mut Desk<'_>) -> Box<Open> {
    let service = client.service.map_or(desk.service, |it| it.name().as_bytes());
    let mut session = desk.new_session(SOURCE, service);
    write_key(client, &mut session.key);
    client.ip.clone_into(&mut session.ip);
    session.port = client.port;
    session
}

fn connection(client: &Client<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    if client.port.is_none() {
        return Ok(());
    }
    let mut session = new(client, desk);
    session.start = desk.now.moment;
    session.wait(desk.now.moment, LOGIN_SECONDS, End::Timeout);
    desk.sessions.start(&desk.now, session)
}

/// The connection that the line is about, no longer among the open ones. One that was not seen to
/// begin begins here.
fn known(client: &Client<'_>, desk: &mut Desk<'_>) -> Box<Open> {
    write_key(client, desk.key);
    let open = desk.sessions.take(&desk.now, SOURCE, desk.key);
    open.unwrap_or_else(|| new(client, desk))
}

fn login_failed(client: &Client<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let mut session = known(client, desk);
    session.end = Some(End::AuthFailed);
    client.user.unwrap_or_default().clone_into(&mut session.user);
    session.wait(desk.now.moment, LOGIN_SECONDS, End::Timeout);
    desk.sessions.start(&desk.now, session)
}

fn login(client: &Client<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let mut session = known(client, desk);
    if client.port.is_none() {
        // a login that failed before was perhaps in this connection
        return Ok(());
    }
    session.end = None;
    client.user.unwrap_or_default().clone_into(&mut session.user);
    session.start = session.start.or(desk.now.moment);
    session.wait_long(desk.now.moment);
    desk.sessions.start(&desk.now, session)
}

/// A session ended, or a client said goodbye before it logged in.
fn ended(client: &Client<'_>, end: End, desk: &mut Desk<'_>) -> Result<(), Fault> {
    if client.user.is_none() && client.in_bytes.is_none() && end == End::Ok {
        return goodbye(client, desk);
    }
    let mut session = find(client, desk).unwrap_or_else(|| new(client, desk));
    if let Some(service) = client.service {
        service.name().as_bytes().clone_into(&mut session.service);
    }
    if let Some(user) = client.user {
        user.clone_into(&mut session.user);
    }
    (session.in_bytes, session.out_bytes) = (client.in_bytes, client.out_bytes);
    last_line(client, session, end, desk)
}

/// Writes the row of a connection. If its beginning was not seen, the line itself may say how long it
/// lasted.
fn last_line(
    client: &Client<'_>,
    mut session: Box<Open>,
    end: End,
    desk: &mut Desk<'_>,
) -> Result<(), Fault> {
    if session.start.is_none() {
        session.lasted_ms = client.seconds.and_then(|seconds| seconds.checked_mul(1000));
    }
    desk.sessions.end(&desk.now, session, end)
}

/// The connection of a last line, no longer among the open ones. In an old version only the login
/// may have had a port.
fn find(client: &Client<'_>, desk: &mut Desk<'_>) -> Option<Box<Open>> {
    write_key(client, desk.key);
    if client.port.is_some() {
        return desk.sessions.take(&desk.now, SOURCE, desk.key);
    }
    let is_logged_in = |open: &Open| open.silence == End::Lost;
    let is_it = |open: &Open| match client.user {
        Some(user) => is_logged_in(open) && open.user == user,
        None => !is_logged_in(open),
    };
    desk.sessions.take_first(&desk.now, SOURCE, desk.key, is_it)
}

/// Another line may follow; if it does not, this was the end.
fn goodbye(client: &Client<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let mut session = known(client, desk);
    session.end.get_or_insert(End::Ok);
    session.wait(desk.now.moment, GOODBYE_SECONDS, End::Ok);
    desk.sessions.start(&desk.now, session)
}

/// A connection ended before a login. Where its beginning should have been seen but was not, it may
/// have been given up already.
fn gone(client: &Client<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let session = find(client, desk);
    if session.is_none() && client.port.is_some() {
        return Err(UNSEEN);
    }
    let session = session.unwrap_or_else(|| new(client, desk));
    last_line(client, session, End::Lost, desk)
}
