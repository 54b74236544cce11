//! The same cells as one JSON document.

use serde_json::{Map, Number, Value, json};

use crate::cell::Cell;
use crate::document::Document;
use crate::table::{Row, Table};

/// Appends the document.
pub fn document(document: &Document, buffer: &mut Vec<u8>) -> serde_json::Result<()> {
    let lines = document.summary.iter().flat_map(|summary| &summary.lines);
    let lines: Vec<Value> =
        lines.map(|(word, text)| json!({ "word": word, "text": text })).collect();
    let tables: Vec<Value> = document.all_tables().map(table).collect();
    let all = json!({
        "title": document.title,
        "lines": lines,
        "tables": tables,
        "left_out": document.left_out,
    });
    serde_json::to_writer_pretty(&mut *buffer, &all)?;
    buffer.push(b'\n');
    Ok(())
}

fn table(table: &Table) -> Value {
    let rows: Vec<Value> = table.rows.iter().map(|line| row(table, line)).collect();
    json!({
        "report": table.report,
        "title": table.title,
        "section": table.section,
        "rows": rows,
        "notes": table.notes,
    })
}

fn row(table: &Table, row: &Row) -> Value {
    let cells = table.columns.iter().zip(&row.cells).filter_map(|(head, cell)| {
        let unit = head.unit_in(row).name();
        let value = match cell {
            Cell::Number(number) => {
                let bound = if number.at_least { "least" } else { "exact" };
                json!({ "value": digits(&number.to_string()), "unit": unit, "bound": bound })
            }
            Cell::Missing(reason) => json!({ "value": null, "unit": unit, "reason": reason }),
            Cell::Blank => return None,
        };
        Some((head.name.to_owned(), value))
    });
    let cells: Map<String, Value> = cells.collect();
    let words: Vec<&String> = row.words.iter().filter(|word| !word.is_empty()).collect();
    json!({ "period": row.period, "scope": row.scope, "words": words, "cells": cells })
}

/// A number with the digits that all formats show.
fn digits(text: &str) -> Value {
    text.parse::<Number>().map_or(Value::Null, Value::Number)
}
