//! Writes a verdict as a transaction row.

use common::bytes::json::Described;
use common::bytes::tsv::Row;
use common::filter::Fault;
use common::logs::logterse;
use common::logs::smtpd::{Record, Source};
use common::rows::TimeColumn;
use common::rows::schema;
use common::rows::schema::TransactionColumn::{
    self as Column, AuthUser, Bytes, Code, Disposition, Dnsbl, Helo, Hook, Host, Ip, IsSpam,
    Message, Pid, Port, Recipient, RequiredCenti, ScoreCenti, Sender, SenderTld, Source as From,
    Time,
};
use common::time::Stamp;

/// The form of the rows.
#[derive(Debug)]
pub struct Rows {
    columns: Vec<Column>,
    time: TimeColumn,
}

impl Rows {
    /// Rows of these columns.
    pub fn new(columns: Vec<Column>, time: TimeColumn) -> Self {
        Rows { columns, time }
    }

    /// The names of the columns, and what their fields are.
    pub fn described(&self) -> impl Iterator<Item = Described<&'static str>> {
        schema::described(&self.columns)
    }

    /// Appends the row of a verdict; nothing if its stamp names no moment and one is needed.
    pub fn write(
        &mut self,
        stamp: Option<Stamp<'_>>,
        source: Source,
        record: &Record<'_>,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let start = buffer.len();
        let mut row = Row::new(buffer);
        for column in &self.columns {
            match column {
                Time => {
                    if let Err(fault) = self.time.write(stamp, &mut row) {
                        buffer.truncate(start);
                        return Err(fault);
                    }
                }
                Pid => _ = row.field(record.pid),
                Ip => _ = row.field(record.ip),
                Port => _ = row.field(record.port),
                Host => _ = row.field(record.host),
                Helo => _ = row.field(record.helo),
                Sender => _ = row.field(record.sender),
                Recipient => _ = row.field(record.recipient),
                Disposition => _ = row.field(record.disposition),
                Code => _ = row.field(record.code),
                Message if record.qp.is_empty() => _ = row.field(record.message),
                Message => _ = row.field(&[b"qp ", record.qp].concat()),
                IsSpam => number(record.is_spam.map(i64::from), &mut row),
                ScoreCenti => number(record.score_centi, &mut row),
                RequiredCenti => number(record.required_centi, &mut row),
                // none of the sources names the hook; those that ask lists name them in the message
                Hook | Dnsbl => _ = row.field(b""),
                SenderTld => {
                    _ = row.field(&logterse::tld(record.sender).to_ascii_lowercase());
                }
                Bytes => _ = row.field(record.bytes),
                AuthUser => _ = row.field(record.auth_user),
                From => _ = row.field(source.name().as_bytes()),
            }
        }
        row.end();
        Ok(())
    }
}

fn number(number: Option<i64>, row: &mut Row<'_>) {
    match number {
        Some(number) => row.number(number),
        None => row.field(b""),
    };
}
