//! clamd: a line for each scan, without its length. Scans without a virus are logged only if asked
//! for (`LogClean`), so there may have been more.

use common::filter::Fault;
use common::logs::clamd::{Event, Verdict};
use common::rows::session::End;

use super::{Desk, Source};
use crate::open::Open;

const SOURCE: Source = Source::Clamd;

/// Takes in what a line says.
pub fn take(event: &Event<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let mut session = Open { service: desk.service_of(SOURCE), ..Open::new(SOURCE) };
    let end = match *event {
        Event::Scanned { ip, port, verdict } => {
            session.ip = ip.to_vec();
            session.port = port;
            match verdict {
                Verdict::Clean => End::Ok,
                Verdict::Virus(name) => {
                    session.detail = name.to_vec();
                    End::Ok
                }
                Verdict::Error(_) => End::Error,
            }
        }
        Event::Failed | Event::TooLarge => End::Error,
        Event::Left => End::Lost,
        Event::Other => return Ok(()),
    };
    desk.sessions.write(&desk.now, &session, None, end)
}
