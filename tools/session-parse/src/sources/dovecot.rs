//! dovecot: a login process hands a session over to a mail process, whose last line tells its end.
//!
//! Newer versions name the session in both lines. Older ones name the mail process in the first
//! line, perhaps in the second, and otherwise only the user: which of his sessions it was that ended
//! is then not known, but how long they all lasted is, whichever is taken.

use common::filter::Fault;
use common::logs::dovecot::{Client, Event, Session};
use common::logs::fields::Mailbox;
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
            let mut session = of_client(client, desk);
            if *end == End::Blocked {
                session.detail.extend_from_slice(b"limit");
            }
            desk.sessions.end(&desk.now, session, *end)
        }
        Event::End(session) => ended(session, desk),
        Event::Other => Ok(()),
    }
}

fn of_client(client: &Client<'_>, desk: &mut Desk<'_>) -> Box<Open> {
    let mut session = desk.new_session(SOURCE, client.service.name().as_bytes());
    session.pid = client.pid;
    client.ip.clone_into(&mut session.ip);
    client.user.clone_into(&mut session.user);
    session
}

fn login(client: &Client<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let mut session = of_client(client, desk);
    session.start = desk.now.moment;
    write_key(client.service, client.user, client.session, &mut session.key);
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
fn write_key(service: Mailbox, user: &[u8], name: &[u8], key: &mut Vec<u8>) {
    key.clear();
    for part in [service.name().as_bytes(), b"\0", user, b"\0", name] {
        key.extend_from_slice(part);
    }
}

/// A key that is free for a session without a name, of those that begin at this moment: the first
/// behind those that have begun then.
fn free(start: &[u8], desk: &mut Desk<'_>) -> Vec<u8> {
    let numbers = desk.sessions.of_moment(start)..;
    let keys = numbers.map(|number| [start, format!(" {number}").as_bytes()].concat());
    let mut free = keys.filter(|key| desk.sessions.get(&desk.now, SOURCE, key).is_none());
    free.next().unwrap_or_default()
}

fn ended(session: &Session<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    write_key(session.service, session.user, session.session, desk.key);
    let open = if session.session.is_empty() {
        let is_it =
            |open: &Open| open.pid.is_none() || session.pid.is_none() || open.pid == session.pid;
        desk.sessions.take_first(&desk.now, SOURCE, desk.key, is_it)
    } else {
        desk.sessions.take(&desk.now, SOURCE, desk.key)
    };
    let mut open = open.unwrap_or_else(|| unseen(session, desk));
    (open.in_bytes, open.out_bytes) = (session.in_bytes, session.out_bytes);
    desk.sessions.end(&desk.now, open, session.ending)
}

/// A session whose beginning was not seen.
fn unseen(session: &Session<'_>, desk: &mut Desk<'_>) -> Box<Open> {
    let mut open = desk.new_session(SOURCE, session.service.name().as_bytes());
    open.pid = session.pid;
    session.ip.clone_into(&mut open.ip);
    session.user.clone_into(&mut open.user);
    open
}
