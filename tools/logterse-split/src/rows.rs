//! The columns of transaction rows, and how a record fills them.

use common::account::Verdict;
use common::logterse::{self, Record, Status};
use common::schema::TRANSACTION;
use common::time::{TimeColumn, Zone};
use common::tsv::Row;

use crate::usual;

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
    const ALL: [Column; TRANSACTION.len()] = [
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

/// Writes rows.
#[derive(Debug)]
pub struct Rows {
    columns: Vec<Column>,
    time: TimeColumn,
    /// Dates without an offset are on the clock of this zone.
    zone: Zone,
    each_recipient: bool,
    /// All columns, the time as logged, and records as they stand in the line.
    usual: bool,
    /// For a field that has to be put together.
    field: Vec<u8>,
}

impl Rows {
    /// Rows of these columns, or of all.
    pub fn new(columns: Option<Vec<Column>>, time: TimeColumn, each_recipient: bool) -> Self {
        Rows {
            usual: columns.is_none() && !each_recipient && matches!(time, TimeColumn::AsLogged),
            columns: columns.unwrap_or_else(|| Column::ALL.to_vec()),
            zone: if matches!(time, TimeColumn::AsLogged) { Zone::utc() } else { Zone::local() },
            time,
            each_recipient,
            field: Vec::new(),
        }
    }

    /// The names of the columns.
    pub fn names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| TRANSACTION[*column as usize]).collect()
    }

    /// Appends the row of a record, or its rows if there is one for each recipient.
    #[inline]
    pub fn write(&mut self, record: &Record<'_>, buffer: &mut Vec<u8>) -> Verdict {
        if !self.each_recipient {
            return self.write_row(record, buffer);
        }
        let mut verdict = Verdict::Used;
        let none = record.recipients.is_empty().then_some(&b""[..]);
        for recipients in logterse::recipients(record.recipients).chain(none) {
            verdict = self.write_row(&Record { recipients, ..*record }, buffer);
        }
        verdict
    }

    #[inline]
    fn write_row(&mut self, record: &Record<'_>, buffer: &mut Vec<u8>) -> Verdict {
        if self.usual && usual::write(record, buffer) {
            Verdict::Used
        } else {
            self.write_any(record, buffer)
        }
    }

    /// Column by column, whatever the record and the columns are.
    fn write_any(&mut self, record: &Record<'_>, buffer: &mut Vec<u8>) -> Verdict {
        let start = buffer.len();
        let status = record.status.map(Status::read).unwrap_or_default();
        let mut row = Row::new(buffer).of_plain(record.plain);
        for column in &self.columns {
            match column {
                Time => match record.head.stamp {
                    None => _ = row.field(b""),
                    Some(stamp) => {
                        if self.time.write(stamp, &mut self.zone, &mut row).is_none() {
                            buffer.truncate(start);
                            return Verdict::Rejected("the time names no moment");
                        }
                    }
                },
                Pid => _ = row.field(record.head.pid),
                Hook => _ = row.field(record.head.hook),
                Ip => _ = row.field(record.ip),
                Port => _ = row.field(record.port),
                Host => _ = row.field(record.host),
                Helo => _ = row.field(record.helo),
                Sender => _ = row.field(logterse::bare(record.sender)),
                Recipient => recipients(record.recipients, &mut self.field, &mut row),
                Disposition => _ = row.field(record.disposition),
                Code => _ = row.field(record.code),
                Message => _ = row.field(record.message),
                IsSpam => number(status.is_spam.map(i64::from), &mut row),
                ScoreCenti => number(status.score_centi, &mut row),
                RequiredCenti => number(status.required_centi, &mut row),
                Dnsbl => _ = row.field(logterse::block_list(record)),
                SenderTld => {
                    self.field.clear();
                    self.field.extend_from_slice(logterse::tld(record.sender));
                    self.field.make_ascii_lowercase();
                    row.field(&self.field);
                }
            }
        }
        row.end();
        Verdict::Used
    }
}

fn number(number: Option<i64>, row: &mut Row<'_>) {
    match number {
        Some(number) => row.number(number),
        None => row.field(b""),
    };
}

/// All recipients, each without brackets.
#[inline]
fn recipients(field: &[u8], joined: &mut Vec<u8>, row: &mut Row<'_>) {
    let mut all = logterse::recipients(field);
    let (first, rest) = (all.next().unwrap_or_default(), all);
    joined.clear();
    for recipient in rest {
        joined.push(b',');
        joined.extend_from_slice(logterse::bare(recipient));
    }
    if joined.is_empty() {
        row.field(logterse::bare(first));
    } else {
        joined.splice(..0, logterse::bare(first).iter().copied());
        row.field(joined);
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

    /// The short way writes what the long way writes, for a line with any byte of it changed.
    #[test]
    fn usual_rows_are_rows() {
        const LINES: [&str; 3] = [
            "@40000000582033e43560d92c 1 (queue) logging::logterse: ` 192.0.2.1\th.example\t\
             [192.0.2.1]\t<a@b.Example>\t<c@d.example>\tqueued\t\t<1@b.example>\t\
             No, hits=-2.6 required=5.0_",
            "2016-04-21 15:02:29.0 1 logging::logterse plugin: ` 192.0.2.1\th\t\t<>\t<c@d>,<e@f>\t\
             dnsbl\t901\thttp://www.example/x\tmsg denied before queued",
            "@40000000582033e43560d92c 1 (deny) logging::logterse: ` \t\t\t\t\thosts_allow\t901\tno\t",
        ];
        let (mut usual, mut checked) = (0, 0);
        for line in LINES {
            for at in 0..line.len() {
                for byte in b"<>\t'\"\\:,.@] aA0\x1b\xff" {
                    let mut line = line.as_bytes().to_vec();
                    line[at] = *byte;
                    let Ok(record) = logterse::parse(&line) else { continue };
                    let mut rows = Rows::new(None, TimeColumn::AsLogged, false);
                    let (mut short, mut long) = (Vec::new(), Vec::new());
                    let written = usual::write(&record, &mut short);
                    rows.write_any(&record, &mut long);
                    let columns = long.split(|byte| *byte == b'\t').count();
                    assert_eq!(columns, TRANSACTION.len());
                    assert!(if written { short == long } else { short.is_empty() }, "{line:?}");
                    checked += 1;
                    usual += usize::from(written);
                }
            }
        }
        assert!(usual > 1000 && checked > usual, "{usual} of {checked}");
    }
}
