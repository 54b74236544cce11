//! Session rows: clients, deliveries, messages in the queue, and what filters found.

use common::bytes::span::Span;
use common::filter::Fault;
use common::rows::normal::normal;
use common::rows::schema::SessionColumn::{
    self as Column, ActiveMs, Detail, End as Ending, Host, InBytes, OutBytes, Service, Source,
    Time, User,
};
use common::rows::session::End;
use common::rows::table::InputRow;

use crate::book::{Book, NO_LABEL};
use crate::can::Kind;
use crate::metric::Metric;
use crate::rows::{filled, label, number, text};

/// The columns that are looked at.
pub const COLUMNS: &[Column] =
    &[Time, Host, Service, User, ActiveMs, InBytes, OutBytes, Ending, Source, Detail];

/// The services whose sessions are counted by their end.
const SERVICES: [&[u8]; 8] =
    [b"smtp", b"submission", b"pop3", b"imap", b"webmail", b"remote", b"spamd", b"clamd"];

/// Ten years: what is said to last longer is broken.
const LONGEST_MS: u64 = 10 * 366 * 86_400_000;

/// What was measured of a session.
struct Measured {
    active_ms: Option<u64>,
    in_bytes: Option<u64>,
    out_bytes: Option<u64>,
    end: End,
    /// It is no part of a session and no stretch without room, of which only the time counts.
    is_whole: bool,
}

impl Measured {
    fn read(row: &InputRow<'_>) -> Result<Self, Fault> {
        let active_ms = number(row, ActiveMs as usize)?;
        if active_ms > Some(LONGEST_MS) {
            return Err(Fault::Reject("it lasted for more than ten years"));
        }
        let end = End::named(row.field(Ending as usize).bytes());
        let end = end.ok_or(Fault::Reject("the end is not known"))?;
        Ok(Measured {
            active_ms,
            in_bytes: number(row, InBytes as usize)?,
            out_bytes: number(row, OutBytes as usize)?,
            end,
            is_whole: !matches!(end, End::Open | End::Full),
        })
    }
}

/// Counts a row.
pub fn count(row: &InputRow<'_>, book: &mut Book) -> Result<(), Fault> {
    let measured = Measured::read(row)?;
    let service = row.field(Service as usize).bytes();
    let kind = match service {
        b"queue" => Kind::Queue,
        b"remote" => Kind::Remote,
        _ if SERVICES.contains(&service) => Kind::Session,
        // message rows say more of it
        b"local" => return Ok(()),
        _ => return Err(Fault::Skip("a service of which nothing is counted")),
    };
    let place = [row.field(Host as usize), row.field(Source as usize)];
    book.begin(row.field(Time as usize), place, service)?;
    book.of(filled(row, User as usize));
    if kind == Kind::Queue {
        count_in_queue(row, &measured, book);
    } else {
        count_session(row, &measured, book);
    }
    if measured.is_whole {
        book.end(kind, row.field(Source as usize), row);
    }
    Ok(())
}

/// Counts a session with a client, a server or a filter.
fn count_session(row: &InputRow<'_>, measured: &Measured, book: &mut Book) {
    let time = if measured.end == End::Full { Metric::FullMs } else { Metric::ActiveMs };
    if let Some(active_ms) = measured.active_ms {
        book.add_time(time, NO_LABEL.into(), active_ms);
    }
    if !measured.is_whole {
        return;
    }
    let service = row.field(Service as usize).bytes();
    book.add(Metric::Connections, NO_LABEL.into(), 1);
    if let Some(bytes) = measured.in_bytes {
        book.add(Metric::InBytes, NO_LABEL.into(), bytes);
    }
    if let Some(bytes) = measured.out_bytes {
        book.add(Metric::OutBytes, NO_LABEL.into(), bytes);
    }
    let ended = match measured.end {
        End::Blocked => Some(Metric::Blocked),
        End::BadCommand => Some(Metric::BadCommands),
        End::Timeout | End::Lost | End::Error => Some(Metric::Terminations),
        End::AuthFailed => Some(Metric::AuthFailed),
        End::Failed => Some(Metric::Failed),
        End::Ok | End::Refused | End::Deferred | End::Open | End::Full => None,
    };
    if let Some(metric) = ended {
        book.add(metric, NO_LABEL.into(), 1);
    }
    if measured.end == End::Error && matches!(service, b"spamd" | b"clamd") {
        book.add(Metric::Failed, NO_LABEL.into(), 1);
    }
    count_found(row, service, book);
}

/// Counts a message that was in the queue, by the user who put it there.
fn count_in_queue(row: &InputRow<'_>, measured: &Measured, book: &mut Book) {
    let mut written = Vec::new();
    let uid = normal(row.field(Detail as usize), &mut written);
    if let Some(active_ms) = measured.active_ms {
        book.add_time(Metric::QueueActiveMs, uid, active_ms);
    }
    if !measured.is_whole {
        return;
    }
    book.add(Metric::QueueMessages, uid, 1);
    if let Some(bytes) = measured.in_bytes {
        book.add(Metric::QueueInBytes, uid, bytes);
    }
}

/// Counts what a filter found: `Y 1042 RULE,RULE`, or the name of a virus.
fn count_found(row: &InputRow<'_>, service: &[u8], book: &mut Book) {
    let Some(detail) = filled(row, Detail as usize) else { return };
    if service == b"clamd" {
        book.add(Metric::Virus, normal(detail, &mut Vec::new()), 1);
    }
    if service != b"spamd" {
        return;
    }
    let text = text(row, Detail as usize);
    let mut words = text.splitn(3, |byte| *byte == b' ');
    let (verdict, _, rules) = (words.next(), words.next(), words.next().unwrap_or_default());
    match verdict {
        Some(b"Y") => book.add(Metric::Spam, NO_LABEL.into(), 1),
        Some(b"N") => {}
        _ => return,
    }
    for rule in rules.split(|byte| *byte == b',').filter(|rule| !rule.is_empty()) {
        book.add(Metric::Rule, Span::from(&label(&[rule])[..]), 1);
    }
}
