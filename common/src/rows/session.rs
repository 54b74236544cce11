//! Session rows: sessions of clients, deliveries and messages in the queue, of any log.

use crate::bytes::tsv::Row;
use crate::filter::Fault;
use crate::rows::TimeColumn;
use crate::rows::schema::SessionColumn as Column;
use crate::time::{Instant, Stamp};

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// As it should.
    Ok,
    /// The server refused the client.
    Blocked,
    /// The client said too much that is no command.
    BadCommand,
    /// The client said nothing for too long.
    Timeout,
    /// The client or its server went away, or the end was not logged.
    Lost,
    /// The client did not log in, though it tried.
    AuthFailed,
    /// The server could not go on.
    Error,
    /// No end: for so long no further client could be taken.
    Full,
    /// No end: the session is under way.
    Open,
    /// A delivery that reached no server.
    Failed,
    /// A delivery that was refused for good.
    Refused,
    /// A delivery that was put off.
    Deferred,
}

impl End {
    /// All of them.
    pub const ALL: [End; 12] = [
        End::Ok,
        End::Blocked,
        End::BadCommand,
        End::Timeout,
        End::Lost,
        End::AuthFailed,
        End::Error,
        End::Full,
        End::Open,
        End::Failed,
        End::Refused,
        End::Deferred,
    ];

    /// The word of the `end` column.
    pub fn name(self) -> &'static str {
        match self {
            End::Ok => "ok",
            End::Blocked => "blocked",
            End::BadCommand => "bad-command",
            End::Timeout => "timeout",
            End::Lost => "lost",
            End::AuthFailed => "auth-failed",
            End::Error => "error",
            End::Full => "full",
            End::Open => "open",
            End::Failed => "failed",
            End::Refused => "refused",
            End::Deferred => "deferred",
        }
    }

    /// The end of that name.
    pub fn named(name: &[u8]) -> Option<Self> {
        End::ALL.into_iter().find(|end| end.name().as_bytes() == name)
    }
}

/// What a port serves; `None` if that is not fixed.
pub fn service_of(port: u16) -> Option<&'static str> {
    match port {
        25 => Some("smtp"),
        465 | 587 => Some("submission"),
        110 | 995 => Some("pop3"),
        143 | 993 => Some("imap"),
        _ => None,
    }
}

/// A moment in UNIX milliseconds, cut to whole ones; `None` if it is too far off.
pub fn millis(moment: Instant) -> Option<i64> {
    let nanos = i64::from(moment.nanos.unwrap_or(0));
    moment.seconds.checked_mul(1000)?.checked_add(nanos / 1_000_000)
}

/// From one moment to another in milliseconds, each cut to whole ones, so that the parts of a
/// session add up; `None` if the clock was set back in between.
pub fn active_ms(start: Instant, end: Instant) -> Option<u64> {
    u64::try_from(millis(end)?.checked_sub(millis(start)?)?).ok()
}

/// A session, or a part of one. Text is as logged; what is empty or `None` is not known.
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    /// When it ended.
    pub time: Option<Stamp<'a>>,
    /// The server that logged it.
    pub host: &'a [u8],
    /// What was served.
    pub service: &'a [u8],
    /// The process number.
    pub pid: Option<u64>,
    /// The client's address, or that of a relay.
    pub ip: &'a [u8],
    /// The client's port.
    pub port: Option<u16>,
    /// Who logged in; of deliveries an address.
    pub user: &'a [u8],
    /// How long it lasted, in milliseconds.
    pub active_ms: Option<u64>,
    /// Bytes from the client.
    pub in_bytes: Option<u64>,
    /// Bytes to it.
    pub out_bytes: Option<u64>,
    /// How it ended.
    pub end: End,
    /// The program that logged it.
    pub source: &'static str,
    /// More about the end.
    pub detail: &'a [u8],
}

/// Writes session rows of certain columns.
#[derive(Debug)]
pub struct SessionRows {
    /// The columns, in the order of the row.
    pub columns: Vec<Column>,
    /// The form of times.
    pub time: TimeColumn,
    /// The host of lines that name none.
    pub host: Vec<u8>,
}

impl SessionRows {
    /// Appends the row of a session to `buffer`; nothing if its stamp names no moment and one is
    /// needed.
    pub fn write(&mut self, session: &Session<'_>, buffer: &mut Vec<u8>) -> Result<(), Fault> {
        let start = buffer.len();
        let mut row = Row::new(buffer);
        for column in &self.columns {
            match column {
                Column::Time => {
                    if let Err(fault) = self.time.write(session.time, &mut row) {
                        buffer.truncate(start);
                        return Err(fault);
                    }
                    &mut row
                }
                Column::Service => row.field(session.service),
                Column::Host if session.host.is_empty() => row.field(&self.host),
                Column::Host => row.field(session.host),
                Column::Pid => row.maybe(session.pid),
                Column::Ip => row.field(session.ip),
                Column::Port => row.maybe(session.port),
                Column::User => row.field(session.user),
                Column::ActiveMs => row.maybe(session.active_ms),
                Column::InBytes => row.maybe(session.in_bytes),
                Column::OutBytes => row.maybe(session.out_bytes),
                Column::End => row.as_written(session.end.name().as_bytes()),
                Column::Source => row.as_written(session.source.as_bytes()),
                Column::Detail => row.field(session.detail),
            };
        }
        row.end();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::schema::Column as _;

    #[test]
    fn ends_have_names() {
        for end in End::ALL {
            assert_eq!(End::named(end.name().as_bytes()), Some(end));
        }
        assert_eq!(End::named(b"gone"), None);
    }

    #[test]
    fn parts_add_up() {
        let moment = |seconds, nanos| Instant { seconds, nanos };
        let [first, second, third] =
            [moment(7, Some(999_999)), moment(7, Some(1_500_000)), moment(9, None)];
        assert_eq!(active_ms(first, second), Some(1));
        assert_eq!(active_ms(second, third), Some(1999));
        assert_eq!(active_ms(first, third), Some(2000));
        assert_eq!(active_ms(third, first), None);
    }

    #[test]
    fn what_is_not_known_is_empty() {
        let mut rows = SessionRows {
            columns: Column::ALL.to_vec(),
            time: TimeColumn::named(""),
            host: b"mx".to_vec(),
        };
        let mut buffer = Vec::new();
        let session = Session {
            time: None,
            host: b"",
            service: b"smtp",
            pid: None,
            ip: b"192.0.2.1",
            port: Some(9),
            user: b"a\tb",
            active_ms: Some(0),
            in_bytes: None,
            out_bytes: None,
            end: End::Blocked,
            source: "tcpserver",
            detail: b"",
        };
        rows.write(&session, &mut buffer).unwrap();
        assert_eq!(buffer, b"\tsmtp\tmx\t\t192.0.2.1\t9\ta\\tb\t0\t\t\tblocked\ttcpserver\t\n");
    }
}
