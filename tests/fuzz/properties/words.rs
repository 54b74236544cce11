//! The words of qmail-send, as the unit tests of common read them.

pub use common::logs::qmail_send::{Channel, Event, Outcome, Record};

#[path = "../../../common/src/logs/qmail_send/reference.rs"]
pub mod reference;
