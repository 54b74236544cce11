//! Something that happened to a connection, and its row.

use crate::bytes::tsv::Row;
use crate::logs::logterse::{self, Record};
use crate::rows::TimeColumn;
use crate::time::Stamp;

/// Something that happened to a connection, or to all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// When.
    pub stamp: Option<Stamp<'a>>,
    /// The process number. That of the listening process for what comes before a connection.
    pub pid: &'a [u8],
    /// The client's address; empty where the line does not name it.
    pub ip: &'a [u8],
    /// What happened.
    pub kind: Kind<'a>,
}

/// What may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A connection was accepted, besides others.
    Connect(Load<'a>),
    /// No connection is accepted for a second, since there are too many.
    Limit(Load<'a>),
    /// A connection was refused, since its address has too many.
    LimitIp(Load<'a>),
    /// A plugin refused, or a message was queued.
    Verdict(Record<'a>),
    /// A connection ended; how long it lasted: seconds and three decimals.
    Time(&'a [u8]),
}

/// How many connections there were, and how many are allowed: decimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load<'a> {
    /// How many there were.
    pub running: &'a [u8],
    /// How many are allowed.
    pub most: &'a [u8],
}

/// What a line of the log says about connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time, on the stack")]
pub enum Said<'a> {
    /// An event.
    Event(Event<'a>),
    /// The process of this number is gone, and so is its connection.
    Gone(&'a [u8]),
}

impl Event<'_> {
    /// Does it concern no connection, or one that is over with it?
    pub fn stands_alone(&self) -> bool {
        match self.kind {
            Kind::Limit(_) | Kind::LimitIp(_) => true,
            // refused by the listening process
            Kind::Verdict(_) => self.ip.is_empty(),
            Kind::Connect(_) | Kind::Time(_) => false,
        }
    }

    /// The word of its kind.
    pub fn word(&self) -> &'static str {
        match &self.kind {
            Kind::Connect(_) => "connect",
            Kind::Limit(_) => "limit",
            Kind::LimitIp(_) => "limit-ip",
            Kind::Verdict(record) if record.disposition == b"queued" => "queued",
            Kind::Verdict(_) => "denied",
            Kind::Time(_) => "time",
        }
    }

    /// Writes the row. `ip` is that of the connection.
    ///
    /// A time that names no moment, such as a date without a year, stays as logged.
    pub fn write(&self, ip: &[u8], time: &mut TimeColumn, buffer: &mut Vec<u8>) {
        let mut row = Row::new(buffer);
        if time.write(self.stamp, &mut row).is_err() {
            row.field(self.stamp.map_or(b"", |stamp| stamp.text));
        }
        self.write_rest(ip, &mut row);
    }

    fn write_rest(&self, ip: &[u8], row: &mut Row<'_>) {
        row.field(self.pid).field(ip).field(self.word().as_bytes());
        match &self.kind {
            Kind::Connect(load) | Kind::Limit(load) | Kind::LimitIp(load) => {
                row.field(&[load.running, b"/", load.most].concat());
            }
            Kind::Time(seconds) => {
                row.field(&[seconds, &b" sec."[..]].concat());
            }
            Kind::Verdict(record) => {
                row.field(record.disposition).field(record.status.unwrap_or_default());
                row.field(record.message).field(logterse::bare(record.sender));
                let recipients: Vec<&[u8]> =
                    logterse::recipients(record.recipients).map(logterse::bare).collect();
                row.field(&recipients.join(&b","[..])).field(record.host).field(record.helo).end();
                return;
            }
        }
        for _ in 0..6 {
            row.field(b"");
        }
        row.end();
    }
}
