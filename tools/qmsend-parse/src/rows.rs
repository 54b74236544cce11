//! Writes a finished attempt to deliver as a message row.

use common::filter::{Fault, Out};
use common::logs::prefix::Prefix;
use common::logs::qmail_send::reason::{self, Attempt, Told};
use common::logs::qmail_send::{Channel, Outcome};
use common::rows::TimeColumn;
use common::rows::reason::Reason;
use common::rows::schema::MessageColumn as Column;

use crate::message::Delivery;

/// An attempt, and the line that ends it.
#[derive(Debug)]
pub struct Finished<'a> {
    /// The attempt.
    pub delivery: &'a Delivery,
    /// The head of the line.
    pub logged: &'a Prefix<'a>,
    /// How it ended.
    pub outcome: Outcome,
    /// The report, as logged.
    pub report: &'a [u8],
    /// How long it took, in milliseconds.
    pub active_ms: Option<u64>,
    /// How long the message was in the queue by then, in milliseconds.
    pub queue_ms: Option<u64>,
}

impl<'a> Finished<'a> {
    /// What the report tells.
    pub fn told(&self) -> Told<'a> {
        let Delivery { message, channel, recipient, .. } = self.delivery;
        let sender = message.info.as_ref().map_or(&b""[..], |info| &info.sender);
        let attempt = Attempt { channel: *channel, sender, recipient };
        reason::read(&attempt, self.outcome, self.report)
    }
}

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
    /// Have they a length?
    pub fn have_lengths(&self) -> bool {
        self.columns.iter().any(|column| matches!(column, Column::ActiveMs | Column::QueueMs))
    }

    /// Writes the row of an attempt; nothing if the stamp of its end names no moment and one is
    /// needed.
    pub fn write(&mut self, finished: &Finished<'_>, out: &mut Out) -> Result<(), Fault> {
        let Finished { delivery, logged, outcome, report, active_ms, queue_ms } = *finished;
        let info = delivery.message.info.as_ref();
        let start = out.buffer().len();
        // two columns want it
        let mut told = None;
        let mut row = out.row();
        for column in &self.columns {
            match column {
                Column::Time => {
                    if let Err(fault) = self.time.write(logged.stamp, &mut row) {
                        out.buffer().truncate(start);
                        return Err(fault);
                    }
                    &mut row
                }
                Column::Host if logged.host.is_empty() => row.field(&self.host),
                Column::Host => row.field(logged.host),
                Column::Direction => row.as_written(match delivery.channel {
                    Channel::Local => b"in",
                    Channel::Remote => b"out",
                }),
                Column::Pid => row.maybe(info.map(|info| info.qp)),
                Column::Sender => row.field(match info.map(|info| info.sender.as_slice()) {
                    None => b"",
                    Some(b"") => b"<>",
                    Some(sender) => sender,
                }),
                Column::Recipient => row.field(&delivery.recipient),
                Column::Bytes => row.maybe(info.map(|info| info.bytes)),
                Column::Status => row.as_written(match outcome {
                    Outcome::Success => b"success",
                    Outcome::Failure => b"failure",
                    Outcome::Deferral | Outcome::Mangled => b"deferral",
                }),
                Column::Attempts => row.number(delivery.attempt),
                Column::ActiveMs => row.maybe(active_ms),
                Column::QueueMs => row.maybe(queue_ms),
                Column::Reason => {
                    let told = told.get_or_insert_with(|| finished.told());
                    row.as_written(told.reason.map_or("", Reason::name).as_bytes())
                }
                Column::Relay => row.field(told.get_or_insert_with(|| finished.told()).relay),
                Column::Source => row.as_written(SOURCE.as_bytes()),
                Column::Text => row.field(report),
            };
        }
        row.end();
        Ok(())
    }
}

/// Who logged it.
pub const SOURCE: &str = "qmail-send";
