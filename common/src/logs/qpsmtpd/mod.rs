//! What qpsmtpd's log tells of its connections: six kinds of events, in the words of every version
//! from 0.29 to 1.0, and which events belong together.
//!
//! Only lines whose words follow the process number at once are events. What a client said stands
//! after words of the server, so no client can write one.

mod connections;
mod event;
mod words;

pub use connections::{Connection, Connections};
pub use event::{Event, Kind, Load, Said};
pub use words::parse;

use crate::filter::{Line, Out, name_of};
use crate::multilog::FirstLine;

/// Reads a line of a log. The rest of one that was cut is passed over, with a word if it looks like
/// an event: it may be all that a client said.
pub fn parse_line<'a>(line: Line<'a>, first: FirstLine, out: &mut Out) -> Option<Said<'a>> {
    let said = parse(line.text)?;
    match first {
        FirstLine::Whole | FirstLine::Unknown => Some(said),
        FirstLine::Rest => {
            out.note(name_of(line.file), "an event in the rest of a cut line is left out");
            None
        }
    }
}
