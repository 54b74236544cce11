//! dovecot: a login process hands a session over to a mail process, whose last line tells its end.
//!
//! Newer versions name the session in both lines. Older ones name the mail process in the first
//! line, perhaps in the second, and otherwise only the user: which of his sessions it was that ended
//! is then not known, but how long they all lasted is, whichever is taken.

use common::filter::Fault;
use common::logs::dovecot::{Client, Event, Session};
use common::rows::session::End;
use common::time::label;

use super::{Desk, Source};
use crate::open::Open;

const SOURCE: Source = Source::Dovecot;

/// Takes in what a line says.
pub fn take(event: &Event<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    match event {
        Event::Login(client) => login(client, desk),
        Event::NoLogin(client, end) => {
            let mut session = of_client(client);
            if *end == End::Blocked {
                session.detail = b"limit".to_vec();
            }
            desk.sessions.write(&desk.now, &session, None, *end)
        }
        Event::End(session) => ended(session, desk),
        Event::Other => Ok(()),
    }
}

fn of_client(client: &Client<'_>) -> Open {
    Open {
        service: client.service.name().into(),
        pid: client.pid,
        ip: client.ip.to_vec(),
        user: client.user.to_vec(),
        ..Open::new(SOURCE)
    }
}

fn login(client: &Client<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let mut session = Open { start: desk.now.moment, ..of_client(client) };
    session.key = key(client.service.name(), client.user, client.session);
    if client.session.is_empty() {
        // without a time there is nothing that its end would need
        let Some(moment) = desk.now.moment else { return Ok(()) };
        label::write(moment, &mut session.key);
        session.key = free(&session.key, desk);
    }
    session.wait_long(desk.now.moment);
    desk.sessions.start(&desk.now, session)
}

/// The key of a session. Those of a user begin alike.
fn key(service: &str, user: &[u8], name: &[u8]) -> Vec<u8> {
    [service.as_bytes(), b"\0", user, b"\0", name].concat()
}

/// The first key that is free for a session without a name, of those that begin at this moment.
fn free(start: &[u8], desk: &mut Desk<'_>) -> Vec<u8> {
    let keys = (0_u64..).map(|number| [start, format!(" {number}").as_bytes()].concat());
    let mut free = keys.filter(|key| desk.sessions.get(&desk.now, SOURCE, key).is_none());
    free.next().unwrap_or_default()
}

fn ended(session: &Session<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let key = key(session.service.name(), session.user, session.session);
    let open = if session.session.is_empty() {
        let is_it =
            |open: &Open| open.pid.is_none() || session.pid.is_none() || open.pid == session.pid;
        desk.sessions.take_first(&desk.now, SOURCE, &key, is_it)
    } else {
        desk.sessions.take(&desk.now, SOURCE, &key)
    };
    let open = open.unwrap_or_else(|| Open {
        service: session.service.name().into(),
        pid: session.pid,
        ip: session.ip.to_vec(),
        user: session.user.to_vec(),
        ..Open::new(SOURCE)
    });
    let (in_bytes, out_bytes) = (session.in_bytes, session.out_bytes);
    desk.sessions.end(&desk.now, &Open { in_bytes, out_bytes, ..open }, session.ending)
}
