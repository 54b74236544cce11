//! Writes attempts to deliver, and messages that were in the queue, as session rows.

use common::filter::cli::Args;
use common::filter::{Fault, RowBuffer, SideFile, SideName, Stop};
use common::logs::prefix::Prefix;
use common::logs::qmail_send::{Channel, Outcome};
use common::rows::TimeColumn;
use common::rows::reason::Reason;
use common::rows::schema::{self, Column as _, SessionColumn};
use common::rows::session::{End, Session, SessionRows};
use common::time::Stamp;

use crate::lengths::between;
use crate::message::{Delivery, Message, Moment};
use crate::rows::{Finished, SOURCE};

/// What was asked for.
#[derive(Debug)]
pub struct Wanted {
    name: SideName,
    header: bool,
    json: bool,
    open: bool,
    rows: SessionRows,
}

impl Wanted {
    /// Reads the arguments; `None` if no session rows are wanted.
    pub fn new(args: &Args) -> Result<Option<Self>, Stop> {
        let [header, json, open] = ["header", "json", "open"].map(|flag| args.has(flag));
        let Some(name) = SideName::new(args, "sessions") else {
            return if open {
                Err(Stop::usage("--open", "only with --sessions"))
            } else {
                Ok(None)
            };
        };
        let rows = SessionRows {
            columns: SessionColumn::ALL.to_vec(),
            time: TimeColumn::new(args)?,
            host: args.value("host").unwrap_or_default().as_encoded_bytes().to_vec(),
        };
        Ok(Some(Wanted { name, header, json, open, rows }))
    }

    /// Makes the file, or empties it.
    pub fn create(self) -> Result<Sessions, Stop> {
        let Wanted { name, header, json, open, rows } = self;
        let mut buffer = RowBuffer::new(json);
        buffer.name(header, schema::described(&rows.columns));
        Ok(Sessions { rows, buffer, file: name.create()?, open })
    }
}

/// The file of session rows.
#[derive(Debug)]
pub struct Sessions {
    rows: SessionRows,
    /// Rows that wait to be written.
    buffer: RowBuffer,
    file: SideFile,
    /// Are those that are under way at the end written too?
    pub open: bool,
}

/// The head of the line that ends a session, or of the last one of the log.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// When.
    pub stamp: Option<Stamp<'a>>,
    /// The host that syslog names.
    pub host: &'a [u8],
    /// The moment of the stamp.
    pub now: Moment,
}

impl<'a> Head<'a> {
    /// The head of a line, and the moment of its stamp.
    pub fn new(logged: &Prefix<'a>, now: Moment) -> Self {
        Head { stamp: logged.stamp, host: logged.host, now }
    }

    /// A session that is over, as far as all have it in common.
    fn session(self, service: &'static str, since: Moment, end: End) -> Session<'a> {
        Session {
            time: self.stamp,
            host: self.host,
            service: service.as_bytes(),
            pid: None,
            ip: b"",
            port: None,
            user: b"",
            active_ms: between(since, self.now),
            in_bytes: None,
            out_bytes: None,
            end,
            source: SOURCE,
            detail: b"",
        }
    }
}

impl Sessions {
    /// Writes the row of an attempt that ended.
    pub fn attempt(&mut self, finished: &Finished<'_>, head: Head<'_>) -> Result<(), Fault> {
        let told = finished.told();
        let end = match (finished.outcome, told.cause) {
            (Outcome::Success, _) => End::Ok,
            (_, Some(Reason::Dns | Reason::Connect)) => End::Failed,
            (_, Some(Reason::Lost)) => End::Lost,
            (Outcome::Failure, _) => End::Refused,
            (Outcome::Deferral | Outcome::Mangled, _) => End::Deferred,
        };
        let delivery = finished.delivery;
        let info = delivery.message.info.as_ref();
        let sent = delivery.channel == Channel::Remote && finished.outcome == Outcome::Success;
        let session = Session {
            ip: told.relay,
            out_bytes: info.filter(|_| sent).map(|info| info.bytes),
            detail: told.reason.map_or("", Reason::name).as_bytes(),
            ..of_delivery(delivery, head, end)
        };
        self.rows.write(&session, &mut self.buffer.rows)
    }

    /// Writes the row of an attempt of which no end will come, or that is under way.
    pub fn without_end(
        &mut self,
        delivery: &Delivery,
        head: Head<'_>,
        end: End,
    ) -> Result<(), Fault> {
        self.rows.write(&of_delivery(delivery, head, end), &mut self.buffer.rows)
    }

    /// Writes the row of a message that left the queue, or is in it.
    pub fn message(&mut self, message: &Message, head: Head<'_>, end: End) -> Result<(), Fault> {
        let info = message.info.as_ref();
        let uid = info.and_then(|info| info.uid).map(|uid| uid.to_string()).unwrap_or_default();
        let session = Session {
            pid: info.map(|info| info.qp),
            user: info.map_or(b"", |info| address(&info.sender)),
            // counted once, in the row of its end
            in_bytes: info.filter(|_| end != End::Open).map(|info| info.bytes),
            detail: uid.as_bytes(),
            ..head.session("queue", message.counted.get(), end)
        };
        self.rows.write(&session, &mut self.buffer.rows)
    }

    /// Writes what waits if it is enough for one large write.
    pub fn flush_if_full(&mut self) -> Result<(), Stop> {
        const BLOCK_BYTES: usize = 64 * 1024;
        if self.buffer.rows.len() < BLOCK_BYTES { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<(), Stop> {
        self.file.write(self.buffer.text())?;
        self.buffer.rows.clear();
        Ok(())
    }

    /// Writes all that waits.
    pub fn finish(mut self) -> Result<(), Stop> {
        self.flush()?;
        self.file.finish()
    }
}

fn of_delivery<'a>(delivery: &'a Delivery, head: Head<'a>, end: End) -> Session<'a> {
    let info = delivery.message.info.as_ref();
    Session {
        pid: info.map(|info| info.qp),
        user: match delivery.channel {
            Channel::Local => &delivery.recipient,
            Channel::Remote => info.map_or(b"", |info| address(&info.sender)),
        },
        ..head.session(delivery.channel.name(), delivery.counted.get(), end)
    }
}

/// A sender as rows have it.
fn address(sender: &[u8]) -> &[u8] {
    if sender.is_empty() { b"<>" } else { sender }
}
