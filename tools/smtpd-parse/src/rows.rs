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
    /// Is all that it says [plain](common::bytes::plain::is_plain)?
    pub is_plain: bool,
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

    /// Appends the row of a verdict; nothing if its stamp names no moment and one is needed.
    pub fn write(
        &mut self,
        origin: Origin<'_>,
        record: &Record<'_>,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let start = buffer.len();
        let mut row = Row::new(buffer).of_plain(origin.is_plain);
        for column in &self.columns {
            match column {
                Time => {
                    if let Err(fault) = self.time.write(origin.stamp, &mut row) {
                        buffer.truncate(start);
                        return Err(fault);
                    }
                }
                Pid => text(record.pid, &mut row),
                Ip => text(record.ip, &mut row),
                Port => text(record.port, &mut row),
                Host => text(record.host, &mut row),
                Helo => text(record.helo, &mut row),
                Sender => text(record.sender, &mut row),
                Recipient => text(record.recipient, &mut row),
                Disposition => text(record.disposition, &mut row),
                Code => text(record.code, &mut row),
                Message if record.qp.is_empty() => text(record.message, &mut row),
                Message => _ = row.field(&[b"qp ", record.qp].concat()),
                IsSpam => number(record.is_spam.map(i64::from), &mut row),
                ScoreCenti => number(record.score_centi, &mut row),
                RequiredCenti => number(record.required_centi, &mut row),
                // none of the sources names the hook; those that ask lists name them in the message
                Hook | Dnsbl => _ = row.as_written(b""),
                SenderTld => {
                    let tld = logterse::tld(record.sender);
                    if tld.iter().any(u8::is_ascii_uppercase) {
                        row.field(&tld.to_ascii_lowercase());
                    } else {
                        row.field(tld);
                    }
                }
                Bytes => text(record.bytes, &mut row),
                AuthUser => text(record.auth_user, &mut row),
                From => _ = row.as_written(origin.source.name().as_bytes()),
            }
        }
        row.end();
        Ok(())
    }
}

/// Most fields are empty.
#[inline]
fn text(text: &[u8], row: &mut Row<'_>) {
    if text.is_empty() {
        row.as_written(b"")
    } else {
        row.field(text)
    };
}

fn number(number: Option<i64>, row: &mut Row<'_>) {
    match number {
        Some(number) => row.number(number),
        None => row.as_written(b""),
    };
}
