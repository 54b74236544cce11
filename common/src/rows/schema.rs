//! The columns of each row type, in their order. New columns go last.
//!
//! A row type is declared once: the enum of its columns, their order and their names come from one
//! declaration.

use crate::filter::Stop;
use crate::filter::cli::Args;

/// The columns of a row type, or of the rows that one tool writes: an enum in the order of the row.
pub trait Column: Copy + PartialEq + Sized + 'static {
    /// All of them, in order.
    const ALL: &'static [Self];

    /// The name of the column.
    fn name(self) -> &'static str;

    /// The column of that name.
    fn named(name: &[u8]) -> Option<Self> {
        Self::ALL.iter().copied().find(|column| column.name().as_bytes() == name)
    }

    /// The columns of a list such as `time,sender`; `None` if one has no such name, or comes twice.
    fn list(names: &[u8]) -> Option<Vec<Self>> {
        let mut columns = Vec::new();
        for name in names.split(|byte| *byte == b',') {
            let column = Self::named(name).filter(|column| !columns.contains(column))?;
            columns.push(column);
        }
        Some(columns)
    }
}

/// The columns that `--fields` lists; all of them where it was not given.
pub fn fields<C: Column>(args: &Args) -> Result<Vec<C>, Stop> {
    let listed = args.parsed("fields", "a list of columns", C::list)?;
    Ok(listed.unwrap_or_else(|| C::ALL.to_vec()))
}

/// The names of columns, as a header has them.
pub fn names<C: Column>(columns: &[C]) -> Vec<&'static str> {
    columns.iter().map(|column| column.name()).collect()
}

/// Declares the enum of a row type's columns, with the name that each has in a header.
#[macro_export]
macro_rules! columns {
    ($(#[$about:meta])* $row:ident { $($(#[$doc:meta])* $column:ident = $name:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $row { $($(#[$doc])* $column,)* }

        impl $crate::rows::schema::Column for $row {
            const ALL: &'static [Self] = &[$($row::$column,)*];

            fn name(self) -> &'static str {
                match self { $($row::$column => $name,)* }
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
        Pid = "pid",
        /// The envelope sender.
        Sender = "sender",
        /// The envelope recipient.
        Recipient = "recipient",
        /// The size of the message.
        Bytes = "bytes",
        /// How it ended.
        Status = "status",
        /// Which attempt it is, or how many there were.
        Attempts = "attempts",
    }
}

columns! {
    /// One verdict of qpsmtpd on a message, a recipient or a client.
    TransactionColumn {
        /// As logged, or as `--time` says.
        Time = "time",
        /// The process number.
        Pid = "pid",
        /// `deny` or `queue`.
        Hook = "hook",
        /// The client's address.
        Ip = "ip",
        /// The client's port.
        Port = "port",
        /// The client's name.
        Host = "host",
        /// The argument of HELO or EHLO.
        Helo = "helo",
        /// The envelope sender without brackets; the null sender is `<>`.
        Sender = "sender",
        /// The accepted recipients without brackets, with commas between.
        Recipient = "recipient",
        /// `queued`, or the plugin that refused.
        Disposition = "disposition",
        /// The number of the refusal.
        Code = "code",
        /// Its text, or the message-id.
        Message = "message",
        /// 1, 0 or nothing.
        IsSpam = "is_spam",
        /// The score, in hundredths of a point.
        ScoreCenti = "score_centi",
        /// The threshold, likewise.
        RequiredCenti = "required_centi",
        /// The block list that the text names.
        Dnsbl = "dnsbl",
        /// The sender's top-level domain.
        SenderTld = "sender_tld",
    }
}

columns! {
    /// One event of a connection to qpsmtpd.
    EventColumn {
        /// When.
        Time = "time",
        /// The process number.
        Pid = "pid",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_columns() {
        let (sender, time) = (TransactionColumn::Sender, TransactionColumn::Time);
        assert_eq!(TransactionColumn::list(b"sender,time"), Some(vec![sender, time]));
        let all = names(TransactionColumn::ALL).join(",");
        assert_eq!(TransactionColumn::list(all.as_bytes()), Some(TransactionColumn::ALL.to_vec()));
        for wrong in ["", "time,", "Time", "time,time", "time pid"] {
            assert_eq!(TransactionColumn::list(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
