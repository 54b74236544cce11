//! The same rows for spreadsheets.

use std::borrow::Cow;
use std::io;

use crate::document::Document;
use crate::formats::tsv;

/// Appends a head and a row for each cell. A spreadsheet computes a text that begins with `=`, `+`,
/// `-` or `@`; a `'` before it stops that.
pub fn document(document: &Document, buffer: &mut Vec<u8>) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(buffer);
    csv.write_record(tsv::COLUMNS)?;
    for table in document.all_tables() {
        tsv::for_each_cell(table, |cell| {
            let [report, period, scope, item, unit, bound, value, reason] = cell.texts();
            let texts = [report, period, scope, item, unit, bound].map(disarmed);
            // a number is malformed: -3 stays what it is
            csv.write_record(texts.iter().map(Cow::as_ref).chain([value, reason]))
        })?;
    }
    csv.flush()
}

fn disarmed(text: &str) -> Cow<'_, str> {
    let computes = text.starts_with(['=', '+', '-', '@']);
    if computes { Cow::from(format!("'{text}")) } else { Cow::from(text) }
}
