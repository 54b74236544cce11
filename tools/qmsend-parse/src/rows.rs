//! Writes a finished attempt to deliver as a message row.

use common::filter::{Fault, Out};
use common::logs::prefix::Prefix;
use common::logs::qmail_send::{Channel, Outcome};
use common::rows::TimeColumn;
use common::rows::schema::MessageColumn::{
    self as Column, ActiveMs, Attempts, Bytes, Direction, Host, Pid, QueueMs, Reason, Recipient,
    Relay, Sender, Source, Status, Text, Time,
};

use crate::queue::Delivery;

/// The form of the rows.
#[derive(Debug)]
pub struct Rows {
    pub columns: Vec<Column>,
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
        let info = delivery.message.info.as_ref();
        let start = out.buffer().len();
        let mut row = out.row();
        for column in &self.columns {
            match (column, info) {
                (Time, _) => {
                    if let Err(fault) = self.time.write(logged.stamp, &mut row) {
                        out.buffer().truncate(start);
                        return Err(fault);
                    }
                    &mut row
                }
                (Host, _) if logged.host.is_empty() => row.field(&self.host),
                (Host, _) => row.field(logged.host),
                (Direction, _) => row.field(match delivery.channel {
                    Channel::Local => b"in",
                    Channel::Remote => b"out",
                }),
                (Pid, Some(info)) => row.number(info.qp),
                (Sender, Some(info)) if info.sender.is_empty() => row.field(b"<>"),
                (Sender, Some(info)) => row.field(&info.sender),
                (Bytes, Some(info)) => row.number(info.bytes),
                (Pid | Sender | Bytes, None) | (ActiveMs | QueueMs | Reason | Relay | Text, _) => {
                    row.field(b"")
                }
                (Recipient, _) => row.field(&delivery.recipient),
                (Status, _) => row.field(match outcome {
                    Outcome::Success => b"success",
                    Outcome::Failure => b"failure",
                    Outcome::Deferral | Outcome::Mangled => b"deferral",
                }),
                (Attempts, _) => row.number(delivery.attempt),
                (Source, _) => row.field(b"qmail-send"),
            };
        }
        row.end();
        Ok(())
    }
}
