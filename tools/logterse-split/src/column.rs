//! The columns of transaction rows.

use common::rows::schema::TRANSACTION;

/// A column, as in [`TRANSACTION`] and in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// As logged, or as `--time` says.
    Time,
    /// The process number.
    Pid,
    /// `deny` or `queue`.
    Hook,
    /// The client's address.
    Ip,
    /// The client's port.
    Port,
    /// The client's name.
    Host,
    /// What it said it is.
    Helo,
    /// The envelope sender without brackets; the null sender is `<>`.
    Sender,
    /// The accepted recipients without brackets, with commas between.
    Recipient,
    /// `queued`, or the plugin that refused.
    Disposition,
    /// The number of the refusal.
    Code,
    /// Its text, or the message-id.
    Message,
    /// 1, 0 or nothing.
    IsSpam,
    /// The score.
    ScoreCenti,
    /// The threshold.
    RequiredCenti,
    /// The block list that the text names.
    Dnsbl,
    /// The sender's top-level domain.
    SenderTld,
}

use Column::{
    Code, Disposition, Dnsbl, Helo, Hook, Host, Ip, IsSpam, Message, Pid, Port, Recipient,
    RequiredCenti, ScoreCenti, Sender, SenderTld, Time,
};

impl Column {
    /// All of them, in order.
    pub const ALL: [Column; TRANSACTION.len()] = [
        Time,
        Pid,
        Hook,
        Ip,
        Port,
        Host,
        Helo,
        Sender,
        Recipient,
        Disposition,
        Code,
        Message,
        IsSpam,
        ScoreCenti,
        RequiredCenti,
        Dnsbl,
        SenderTld,
    ];

    /// The columns that a list of names names; none of them twice.
    pub fn list(names: &[u8]) -> Option<Vec<Column>> {
        let mut columns = Vec::new();
        for name in names.split(|byte| *byte == b',') {
            let at = TRANSACTION.iter().position(|column| column.as_bytes() == name)?;
            if columns.contains(&Column::ALL[at]) {
                return None;
            }
            columns.push(Column::ALL[at]);
        }
        Some(columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        assert_eq!(Column::list(b"sender,time"), Some(vec![Sender, Time]));
        assert_eq!(Column::list(TRANSACTION.join(",").as_bytes()), Some(Column::ALL.to_vec()));
        for wrong in ["", "time,", "Time", "time,time", "time pid"] {
            assert_eq!(Column::list(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
