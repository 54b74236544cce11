//! What qpsmtpd's log tells of its connections: six kinds of events, in the words of every version
//! from 0.29 to 1.0, and which events belong together.
//!
//! Only lines whose words follow the process number at once are events. What a client said stands
//! after words of the server, so no client can write one.

mod connections;
mod event;
mod reader;
mod trouble;
mod words;

pub use connections::{Connection, Connections};
pub use event::{Event, Kind, Load, Said};
pub use reader::Reader;
pub use trouble::{Trouble, trouble};
pub use words::{origin, parse};
