//! A row for each cell.

use common::bytes::tsv::Row;

use crate::cell::Cell;
use crate::document::Document;
use crate::table::Table;

/// The names of the columns.
pub const COLUMNS: [&str; 8] =
    ["report", "period", "scope", "item", "unit", "bound", "value", "reason"];

/// A cell with all that tells it from others.
#[derive(Debug)]
pub struct LongCell<'a> {
    /// The report, as `-r` names it.
    pub report: &'a str,
    /// The period.
    pub period: &'a str,
    /// The host, domain or user; empty for all.
    pub scope: &'a str,
    /// The words of the row and the name of the column.
    pub item: String,
    /// What is counted.
    pub unit: &'static str,
    /// `exact`, `least`, or empty where there is no number.
    pub bound: &'static str,
    /// The number, or nothing.
    pub value: String,
    /// Why there is none.
    pub reason: &'a str,
}

impl LongCell<'_> {
    /// Its columns.
    pub fn texts(&self) -> [&str; COLUMNS.len()] {
        let LongCell { report, period, scope, item, unit, bound, value, reason } = self;
        [report, period, scope, item, unit, bound, value, reason]
    }
}

/// Hands out the cells of a table, row by row.
pub fn for_each_cell<E>(
    table: &Table,
    mut each: impl FnMut(&LongCell<'_>) -> Result<(), E>,
) -> Result<(), E> {
    for row in &table.rows {
        for (head, cell) in table.columns.iter().zip(&row.cells) {
            let (bound, value, reason) = match cell {
                Cell::Number(number) => {
                    (if number.at_least { "least" } else { "exact" }, number.to_string(), "")
                }
                Cell::Missing(reason) => ("", String::new(), reason.as_ref()),
                Cell::Blank => continue,
            };
            each(&LongCell {
                report: table.report,
                period: &row.period,
                scope: &row.scope,
                item: table.item(row, head),
                unit: head.unit_in(row).name(),
                bound,
                value,
                reason,
            })?;
        }
    }
    Ok(())
}

/// Appends a row for each cell.
pub fn document(document: &Document, buffer: &mut Vec<u8>) {
    for table in document.all_tables() {
        let written = for_each_cell(table, |cell| {
            let mut row = Row::new(buffer);
            for text in cell.texts() {
                // what comes from a field has its escapes, and nothing else needs any
                row.as_written(text.as_bytes());
            }
            row.end();
            Ok::<(), std::convert::Infallible>(())
        });
        match written {
            Ok(()) => {}
        }
    }
}
