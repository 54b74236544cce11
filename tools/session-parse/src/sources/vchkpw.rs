//! vchkpw: a line for each attempt to log in, and no more about the session.

use common::bytes::digits::number;
use common::filter::Fault;
use common::logs::vchkpw::{Attempt, Event};
use common::rows::session::{End, service_of};

use super::{Desk, Source};

/// Takes in what a line says.
pub fn take(event: &Event<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let (attempt, end) = match event {
        Event::Login(attempt) => (attempt, End::Ok),
        Event::Refused(attempt) => (attempt, End::AuthFailed),
        Event::Other => return Ok(()),
    };
    let mut session = desk.new_session(Source::Vchkpw, service(attempt, desk));
    attempt.ip.clone_into(&mut session.ip);
    attempt.user.clone_into(&mut session.user);
    desk.sessions.end(&desk.now, session, end)
}

/// The service, by vchkpw's name or number for the port.
fn service<'a>(attempt: &Attempt<'a>, desk: &Desk<'a>) -> &'a [u8] {
    let port = || number(attempt.service).and_then(|port| port.try_into().ok());
    match attempt.service {
        b"smtp" | b"submission" | b"pop3" | b"imap" | b"webmail" => attempt.service,
        b"smtps" => b"submission",
        b"pop3s" => b"pop3",
        b"imaps" => b"imap",
        _ => port().and_then(service_of).map_or(desk.service, str::as_bytes),
    }
}
