//! The columns of each row type, in their order. New columns go last.
//!
//! A row type is declared once: the enum of its columns, their order and their names come from one
//! declaration.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use bstr::ByteSlice;

use crate::bytes::json::{Described, Kind};
use crate::filter::Stop;
use crate::filter::cli::Args;

/// The columns of a row type, or of the rows that one tool writes: an enum in the order of the row.
pub trait Column: Copy + PartialEq + Sized + 'static {
    /// All of them, in order.
    const ALL: &'static [Self];

    /// The name of the column.
    fn name(self) -> &'static str;

    /// What its fields are.
    fn kind(self) -> Kind;

    /// The column of that name.
    fn named(name: &[u8]) -> Option<Self> {
        Self::ALL.iter().copied().find(|column| column.name().as_bytes() == name)
    }

    /// The columns of a list such as `time,sender`. An error says which is no column, or is
    /// there twice.
    fn list(listed: &[u8]) -> Result<Vec<Self>, String> {
        let mut columns = Vec::new();
        for name in listed.split(|byte| *byte == b',') {
            let Some(column) = Self::named(name) else {
                return Err(format!("'{}' is not a column", name.as_bstr()));
            };
            if columns.contains(&column) {
                return Err(format!("{} is there twice", column.name()));
            }
            columns.push(column);
        }
        Ok(columns)
    }
}

/// The columns that a flag lists, if it was given. The flag is [`of`](crate::filter::cli::Flag::of)
/// their names.
pub fn listed<C: Column>(args: &Args, flag: &str) -> Result<Option<Vec<C>>, Stop> {
    let Some(list) = args.value(flag).map(OsStr::as_bytes) else { return Ok(None) };
    let columns = C::list(list);
    columns.map(Some).map_err(|why| Stop::usage(format!("--{flag}={}", list.as_bstr()), why))
}

/// The columns that `--fields` lists; all of them where it was not given.
pub fn fields<C: Column>(args: &Args) -> Result<Vec<C>, Stop> {
    Ok(listed(args, "fields")?.unwrap_or_else(|| C::ALL.to_vec()))
}

/// The names of all columns, for the flag that lists some of them.
pub fn all_names<C: Column>() -> Vec<&'static str> {
    names(C::ALL)
}

/// The names of columns, as a header has them.
pub fn names<C: Column>(columns: &[C]) -> Vec<&'static str> {
    columns.iter().map(|column| column.name()).collect()
}

/// The names of columns, and what their fields are.
pub fn described<C: Column>(columns: &[C]) -> impl Iterator<Item = Described<&'static str>> {
    columns.iter().map(|column| (column.name(), column.kind()))
}

/// Declares the enum of a row type's columns, with the name that each has in a header, and with the
/// kind of its fields if that is not text.
#[macro_export]
macro_rules! columns {
    (@kind) => { $crate::bytes::json::Kind::Text };
    (@kind $kind:ident) => { $crate::bytes::json::Kind::$kind };
    ($(#[$about:meta])* $row:ident {
        $($(#[$doc:meta])* $column:ident = $name:literal $(: $kind:ident)?,)*
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $row { $($(#[$doc])* $column,)* }

        impl $crate::rows::schema::Column for $row {
            const ALL: &'static [Self] = &[$($row::$column,)*];

            fn name(self) -> &'static str {
                match self { $($row::$column => $name,)* }
            }

            fn kind(self) -> $crate::bytes::json::Kind {
                match self { $($row::$column => $crate::columns!(@kind $($kind)?),)* }
            }
        }
    };
}

columns! {
    /// One message to one recipient, or one attempt to deliver it.
    MessageColumn {
        /// When it was logged.
        Time = "time",
        /// The server that logged it.
        Host = "host",
        /// `in` or `out`.
        Direction = "direction",
        /// The process number.
        Pid = "pid": Integer,
        /// The envelope sender.
        Sender = "sender",
        /// The envelope recipient.
        Recipient = "recipient",
        /// The size of the message.
        Bytes = "bytes": Integer,
        /// How it ended.
        Status = "status",
        /// Which attempt it is, or how many there were.
        Attempts = "attempts": Integer,
        /// How long the attempt took, in milliseconds.
        ActiveMs = "active_ms": Integer,
        /// How long the message was in the queue when it ended, in milliseconds.
        QueueMs = "queue_ms": Integer,
        /// The class of what went wrong.
        Reason = "reason",
        /// The address of the server that answered.
        Relay = "relay",
        /// The program that logged it.
        Source = "source",
        /// What the log says of the end.
        Text = "text",
    }
}

columns! {
    /// One verdict of a mail server on a message, a recipient or a client.
    TransactionColumn {
        /// As logged, or as `--time` says.
        Time = "time",
        /// The process number.
        Pid = "pid": Integer,
        /// `deny` or `queue`.
        Hook = "hook",
        /// The client's address.
        Ip = "ip",
        /// The client's port.
        Port = "port": Integer,
        /// The client's name.
        Host = "host",
        /// The argument of HELO or EHLO.
        Helo = "helo",
        /// The envelope sender without brackets; the null sender is `<>`.
        Sender = "sender",
        /// The recipients without brackets, with commas between.
        Recipient = "recipient",
        /// `queued`, `accepted`, or what refused.
        Disposition = "disposition",
        /// The number of the refusal.
        Code = "code": Integer,
        /// Its text, or the message-id.
        Message = "message",
        /// 1, 0 or nothing.
        IsSpam = "is_spam": Integer,
        /// The score, in hundredths of a point.
        ScoreCenti = "score_centi": Integer,
        /// The threshold, likewise.
        RequiredCenti = "required_centi": Integer,
        /// The block list that the text names.
        Dnsbl = "dnsbl",
        /// The sender's top-level domain.
        SenderTld = "sender_tld",
        /// The size of the message.
        Bytes = "bytes": Integer,
        /// Who logged in.
        AuthUser = "auth_user",
        /// The program that logged it.
        Source = "source",
    }
}

columns! {
    /// One event of a connection to qpsmtpd.
    EventColumn {
        /// When.
        Time = "time",
        /// The process number.
        Pid = "pid": Integer,
        /// The client's address.
        Ip = "ip",
        /// What happened.
        Kind = "kind",
        /// The plugin, the load or the seconds.
        Detail = "detail",
        /// What the spam filter said.
        Status = "status",
        /// The text of a refusal, or the message-id.
        Message = "message",
        /// The envelope sender.
        Sender = "sender",
        /// The recipients.
        Recipient = "recipient",
        /// The client's name.
        Host = "host",
        /// The argument of HELO or EHLO.
        Helo = "helo",
    }
}

columns! {
    /// One mail in a Maildir, and who handed it to our servers.
    ReceivedColumn {
        /// The file.
        Path = "path",
        /// When it was received.
        Time = "time",
        /// The address that it was received from.
        Ip = "ip",
        /// The argument of HELO or EHLO.
        Helo = "helo",
        /// The name by DNS.
        Host = "host",
        /// The server that received it.
        By = "by",
        /// The envelope sender.
        Sender = "sender",
    }
}

columns! {
    /// One session that ended, or a part of one.
    SessionColumn {
        /// When it ended.
        Time = "time",
        /// What was served: `smtp`, `pop3`, `queue` and others.
        Service = "service",
        /// The server that logged it.
        Host = "host",
        /// The process number; of a message in the queue that of its qmail-queue.
        Pid = "pid": Integer,
        /// The client's address, or that of a relay.
        Ip = "ip",
        /// The client's port.
        Port = "port": Integer,
        /// Who logged in; of deliveries an address.
        User = "user",
        /// How long it lasted, in milliseconds.
        ActiveMs = "active_ms": Integer,
        /// Bytes from the client.
        InBytes = "in_bytes": Integer,
        /// Bytes to it.
        OutBytes = "out_bytes": Integer,
        /// How it ended.
        End = "end",
        /// The program that logged it.
        Source = "source",
        /// The score and tests of a filter, a virus, a reason, or what blocked a client.
        Detail = "detail",
    }
}

columns! {
    /// The load of a mail server over one interval, and its state at the end of it.
    SampleColumn {
        /// The end of the interval.
        Time = "time",
        /// The server.
        Host = "host",
        /// How long the interval was.
        IntervalMs = "interval_ms": Integer,
        /// The processor time that the processes used in it.
        CpuMs = "cpu_ms": Integer,
        /// Their proportional set size (PSS).
        MemoryKib = "memory_kib": Integer,
        /// Their open descriptors.
        OpenFiles = "open_files": Integer,
        /// How many they are.
        Processes = "processes": Integer,
        /// Their threads.
        Threads = "threads": Integer,
        /// Established TCP connections to the ports of mail.
        Connections = "connections": Integer,
        /// Messages in the queue.
        Queue = "queue": Integer,
        /// Those of them that qmail-send has not yet taken up.
        Todo = "todo": Integer,
    }
}

columns! {
    /// One number of a day, which adds up with others.
    MetricColumn {
        /// The local day.
        Day = "day",
        /// The hour of that day, 00 to 23, where hours were asked for.
        Hour = "hour",
        /// The mail server.
        Host = "host",
        /// Whose it is, where domains were asked for.
        Domain = "domain",
        /// The address, where users were asked for.
        User = "user",
        /// The program that logged it.
        Source = "source",
        /// What was counted.
        Metric = "metric",
        /// Which part of it.
        Label = "label",
        /// The number.
        Value = "value": Integer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_columns() {
        let (sender, time) = (TransactionColumn::Sender, TransactionColumn::Time);
        assert_eq!(TransactionColumn::list(b"sender,time"), Ok(vec![sender, time]));
        let all = names(TransactionColumn::ALL).join(",");
        assert_eq!(TransactionColumn::list(all.as_bytes()), Ok(TransactionColumn::ALL.to_vec()));
        for wrong in ["", "time,", "Time", "time,time", "time pid"] {
            assert!(TransactionColumn::list(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
