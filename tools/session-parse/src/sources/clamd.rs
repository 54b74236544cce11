//! clamd: a line for each scan, without its length. Scans without a virus are logged only if asked
//! for (`LogClean`), so there may have been more.

use common::filter::Fault;
use common::logs::clamd::{Event, Verdict};
use common::rows::session::End;

use super::{Desk, Source};

const SOURCE: Source = Source::Clamd;

/// Takes in what a line says.
pub fn take(event: &Event<'_>, desk: &mut Desk<'_>) -> Result<(), Fault> {
    let mut session = desk.new_session(SOURCE, desk.service_of(SOURCE));
    let end = match *event {
        Event::Scanned { ip, port, verdict } => {
            ip.clone_into(&mut session.ip);
            session.port = port;
            match verdict {
                Verdict::Clean => End::Ok,
                Verdict::Virus(name) => {
                    name.clone_into(&mut session.detail);
                    End::Ok
                }
                Verdict::Error(_) => End::Error,
            }
        }
        Event::Failed | Event::TooLarge => End::Error,
        Event::Left => End::Lost,
        Event::Other => return Ok(()),
    };
    desk.sessions.end(&desk.now, session, end)
}
