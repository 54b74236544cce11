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

/// Where a verdict stood.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// When.
    pub stamp: Option<Stamp<'a>>,
    /// Who passed it.
    pub source: Source,
}

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

    /// Appends the row of a verdict on the client of an address and a port; nothing if its stamp
    /// names no moment and one is needed.
    pub fn write(
        &mut self,
        origin: Origin<'_>,
        record: &Record<'_>,
        [ip, port]: [&[u8]; 2],
        buffer: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let start = buffer.len();
        let mut row = Row::new(buffer);
        for column in &self.columns {
            match column {
                Time => {
                    if let Err(fault) = self.time.write(origin.stamp, &mut row) {
                        buffer.truncate(start);
                        return Err(fault);
                    }
                }
                Pid => _ = row.field(record.pid),
                Ip => _ = row.field(ip),
                Port => _ = row.field(port),
                Host => _ = row.field(record.host),
                Helo => _ = row.field(record.helo),
                Sender => _ = row.field(record.sender),
                Recipient => _ = row.field(record.recipient),
                Disposition => _ = row.field(record.disposition),
                Code => _ = row.field(record.code),
                Message if record.qp.is_empty() => _ = row.field(record.message),
                Message => _ = row.field(&[b"qp ", record.qp].concat()),
                IsSpam => _ = row.maybe(record.is_spam.map(i64::from)),
                ScoreCenti => _ = row.maybe(record.score_centi),
                RequiredCenti => _ = row.maybe(record.required_centi),
                // none of the sources names the hook; those that ask lists name them in the message
                Hook | Dnsbl => _ = row.field(b""),
                SenderTld => {
                    let tld = logterse::tld(record.sender);
                    if tld.iter().any(u8::is_ascii_uppercase) {
                        row.field(&tld.to_ascii_lowercase());
                    } else {
                        row.field(tld);
                    }
                }
                Bytes => _ = row.field(record.bytes),
                AuthUser => _ = row.field(record.auth_user),
                From => _ = row.as_written(origin.source.name().as_bytes()),
            }
        }
        row.end();
        Ok(())
    }
}
