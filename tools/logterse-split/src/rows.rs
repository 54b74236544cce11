//! How a record fills the columns of its row.

use common::bytes::json::Described;
use common::bytes::scan::Vectors;
use common::bytes::tsv::Row;
use common::bytes::wide::RowRoom;
use common::filter::Fault;
use common::logs::logterse::{self, Record, Status};
use common::rows::TimeColumn;
use common::rows::schema;

use crate::fast::{FastRows, ROW_BYTES};
use common::rows::schema::TransactionColumn::{
    self as Column, AuthUser, Bytes, Code, Disposition, Dnsbl, Helo, Hook, Host, Ip, IsSpam,
    Message, Pid, Port, Recipient, RequiredCenti, ScoreCenti, Sender, SenderTld, Source, Time,
};

/// Writes rows.
#[derive(Debug)]
pub struct Rows {
    columns: Vec<Column>,
    time: TimeColumn,
    each_recipient: bool,
    /// The short way for usual records, where what was asked allows it.
    fast: Option<FastRows>,
    /// For a field that has to be put together.
    field: Vec<u8>,
}

impl Rows {
    /// Rows of these columns.
    pub fn new(columns: Vec<Column>, time: TimeColumn, each_recipient: bool) -> Self {
        let as_logged = time.is_as_logged();
        // the short way copies labels
        let fast = as_logged || !columns.contains(&Time);
        Rows {
            fast: fast.then(|| FastRows::new(&columns, each_recipient)).flatten(),
            columns,
            time,
            each_recipient,
            field: Vec::new(),
        }
    }

    /// The same without the short way.
    #[cfg(test)]
    pub fn without_fast(self) -> Self {
        Rows { fast: None, ..self }
    }

    /// The names of the columns, and what their fields are.
    pub fn described(&self) -> impl Iterator<Item = Described<&'static str>> {
        schema::described(&self.columns)
    }

    /// Appends the row of the record at `start` of a block, and gives the place after its line;
    /// nothing, and `None`, if it is not usual.
    #[inline(always)]
    pub fn write_found<V: Vectors>(
        &mut self,
        vectors: V,
        block: &[u8],
        start: usize,
        rows: &mut RowRoom<ROW_BYTES>,
    ) -> Option<usize> {
        self.fast.as_mut()?.write(vectors, block, start, rows)
    }

    /// Appends the row of a record, or its rows if there is one for each recipient.
    #[inline]
    pub fn write(&mut self, record: &Record<'_>, buffer: &mut Vec<u8>) -> Result<(), Fault> {
        if !self.each_recipient {
            return self.write_row(record, buffer);
        }
        let none = record.recipients.is_empty().then_some(&b""[..]);
        for recipients in logterse::recipients(record.recipients).chain(none) {
            self.write_row(&Record { recipients, ..*record }, buffer)?;
        }
        Ok(())
    }

    /// Column by column, whatever the record and the columns are.
    fn write_row(&mut self, record: &Record<'_>, buffer: &mut Vec<u8>) -> Result<(), Fault> {
        let start = buffer.len();
        let status = record.status.map(Status::read).unwrap_or_default();
        let mut row = Row::new(buffer);
        for column in &self.columns {
            match column {
                Time => {
                    if let Err(fault) = self.time.write(record.head.stamp, &mut row) {
                        buffer.truncate(start);
                        return Err(fault);
                    }
                }
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
                IsSpam => _ = row.maybe(status.is_spam.map(i64::from)),
                ScoreCenti => _ = row.maybe(status.score_centi),
                RequiredCenti => _ = row.maybe(status.required_centi),
                Dnsbl => _ = row.field(logterse::block_list(record.disposition, record.message)),
                SenderTld => {
                    self.field.clear();
                    self.field.extend_from_slice(logterse::tld(record.sender));
                    self.field.make_ascii_lowercase();
                    row.field(&self.field);
                }
                // logterse logs neither
                Bytes | AuthUser => _ = row.field(b""),
                Source => _ = row.field(logterse::SOURCE),
            }
        }
        row.end();
        Ok(())
    }
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
