//! Writes a finished attempt to deliver as a message row.

use common::filter::{Fault, Out};
use common::logs::prefix::Prefix;
use common::logs::qmail_send::{Channel, Outcome};
use common::rows::TimeColumn;

use crate::queue::Delivery;

/// The form of the rows.
#[derive(Debug)]
pub struct Rows {
    /// The form of times.
    pub time: TimeColumn,
    /// The host of lines that name none.
    pub host: Vec<u8>,
}

impl Rows {
    /// Writes the row of an attempt that `logged` ends; nothing if the stamp of that names no moment
    /// and one is needed.
    pub fn write(
        &mut self,
        logged: &Prefix<'_>,
        delivery: &Delivery,
        outcome: Outcome,
        out: &mut Out,
    ) -> Result<(), Fault> {
        let mut row = out.row();
        self.time.write(logged.stamp, &mut row)?;
        row.field(if logged.host.is_empty() { &self.host } else { logged.host });
        row.field(match delivery.channel {
            Channel::Local => b"in",
            Channel::Remote => b"out",
        });
        let info = delivery.message.info.as_ref();
        match info {
            Some(info) if info.sender.is_empty() => row.number(info.qp).field(b"<>"),
            Some(info) => row.number(info.qp).field(&info.sender),
            None => row.field(b"").field(b""),
        };
        row.field(&delivery.recipient);
        match info {
            Some(info) => row.number(info.bytes),
            None => row.field(b""),
        };
        row.field(match outcome {
            Outcome::Success => b"success",
            Outcome::Failure => b"failure",
            Outcome::Deferral | Outcome::Mangled => b"deferral",
        });
        row.number(delivery.attempt).end();
        Ok(())
    }
}
