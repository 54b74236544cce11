//! vchkpw: a line for each attempt to log in, and no more about the session.

use common::bytes::digits::number;
use common::filter::Fault;
use common::logs::vchkpw::{Attempt, Event};
use common::rows::session::{End, service_of};

use super::{Desk, Source};
use crate::open::Open;

/// Takes in what a line says.
pub fn take(event: &Event<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let (attempt, end) = match event {
        Event::Login(attempt) => (attempt, End::Ok),
        Event::Refused(attempt) => (attempt, End::AuthFailed),
        Event::Other => return Ok(()),
    };
    let session = Open {
        service: service(attempt, desk),
        ip: attempt.ip.to_vec(),
        user: attempt.user.to_vec(),
        ..Open::new(Source::Vchkpw)
    };
    desk.sessions.write(&desk.now, &session, None, end)
}

/// The service, by vchkpw's name or number for the port.
fn service(attempt: &Attempt<'_>, desk: &Desk<'_>) -> Vec<u8> {
    let port = || number(attempt.service).and_then(|port| port.try_into().ok());
    match attempt.service {
        b"smtp" | b"submission" | b"pop3" | b"imap" | b"webmail" => attempt.service.to_vec(),
        b"smtps" => b"submission".to_vec(),
        b"pop3s" => b"pop3".to_vec(),
        b"imaps" => b"imap".to_vec(),
        _ => port().and_then(service_of).map_or(desk.service, str::as_bytes).to_vec(),
    }
}
