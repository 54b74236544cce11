//! Tables for a terminal.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use crate::document::Document;
use crate::formula::Unit;
use crate::table::{Head, Kind, Row, Table};

/// How long a line may be.
const WIDTH: usize = 79;
const GAP: &str = "  ";

/// Appends all of it.
pub fn document(document: &Document, text: &mut String) {
    text.push_str(&document.title);
    text.push_str("\n\n");
    if let Some(summary) = document.lines() {
        let width = summary.lines.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
        for (word, line) in &summary.lines {
            wrap(&format!("{word:width$}{GAP}{line}"), width + GAP.len(), text);
        }
        text.push('\n');
    }
    for table in &document.tables {
        write(table, text);
    }
    for note in &document.left_out {
        wrap(note, 2, text);
    }
    let length = text.trim_end().len();
    text.truncate(length);
    text.push('\n');
}

/// Appends a table: its title, its head, its rows, its notes, an empty line.
fn write(table: &Table, text: &mut String) {
    text.push_str(&table.title);
    text.push('\n');
    let mut grid = grid(table);
    let words = lead(table).len();
    let mut widths = widths(&grid);
    if line_width(&widths, GAP) > WIDTH {
        grid = fold_head(grid);
        widths = self::widths(&grid);
    }
    let gap = if line_width(&widths, GAP) > WIDTH { " " } else { GAP };
    for line in &grid {
        let mut shown = String::new();
        for (at, cell) in line.iter().enumerate() {
            if at > 0 {
                shown.push_str(gap);
            }
            let space = " ".repeat(widths[at] - cell.width());
            let is_word = at < words && !(table.is_ranked && at == 0);
            shown.extend(if is_word { [cell.as_str(), &space] } else { [space.as_str(), cell] });
        }
        text.push_str(shown.trim_end());
        text.push('\n');
    }
    for note in &table.notes {
        wrap(note, 2, text);
    }
    text.push('\n');
}

/// How wide each column is.
fn widths(grid: &[Vec<String>]) -> Vec<usize> {
    let columns = grid.first().map_or(0, Vec::len);
    let width = |at: usize| grid.iter().map(|line| line[at].width()).max().unwrap_or(0);
    (0..columns).map(width).collect()
}

fn line_width(widths: &[usize], gap: &str) -> usize {
    widths.iter().sum::<usize>() + gap.len() * widths.len().saturating_sub(1)
}

/// Each word of a heading in a line of its own, the last words in the last line.
fn fold_head(grid: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let Some((head, rows)) = grid.split_first() else { return grid };
    let words: Vec<Vec<&str>> = head.iter().map(|heading| heading.split(' ').collect()).collect();
    let height = words.iter().map(Vec::len).max().unwrap_or(1);
    let line = |at: usize| {
        let word = |words: &Vec<&str>| {
            let above = height - words.len();
            at.checked_sub(above).map_or(String::new(), |at| words[at].to_owned())
        };
        words.iter().map(word).collect()
    };
    (0..height).map(line).chain(rows.iter().cloned()).collect()
}

/// The headings of what stands before the numbers.
pub fn lead(table: &Table) -> Vec<&'static str> {
    let rank = table.is_ranked.then_some("#");
    let before = [rank, table.period_heading, table.scope_heading];
    before.into_iter().flatten().chain(table.word_headings.iter().copied()).collect()
}

/// The heading of a column of numbers.
pub fn heading(head: &Head) -> String {
    match head.unit {
        Unit::Kilobytes => format!("{} kB", head.heading),
        Unit::Messages
        | Unit::Connections
        | Unit::Lines
        | Unit::Times
        | Unit::Days
        | Unit::Percent
        | Unit::OfRow
        | Unit::Average => head.heading.to_owned(),
    }
}

fn grid(table: &Table) -> Vec<Vec<String>> {
    let mut head: Vec<String> = lead(table).into_iter().map(String::from).collect();
    head.extend(table.columns.iter().map(heading));
    let mut grid = vec![head];
    for (row, mut line) in table.rows.iter().zip(leads(table)) {
        line.extend(row.cells.iter().map(ToString::to_string));
        grid.push(line);
    }
    grid
}

/// What stands before the numbers of each row.
pub fn leads(table: &Table) -> Vec<Vec<String>> {
    let mut rank = 0;
    let lead = |row: &Row| {
        let mut lead = Vec::new();
        if table.is_ranked {
            rank += 1;
            lead.push(if row.kind == Kind::Plain { rank.to_string() } else { String::new() });
        }
        if table.period_heading.is_some() {
            lead.push(row.period.clone());
        }
        if table.scope_heading.is_some() {
            lead.push(if row.kind == Kind::Total { "total".into() } else { row.scope.clone() });
        }
        lead.extend(row.words.iter().cloned());
        lead
    };
    table.rows.iter().map(lead).collect()
}

/// Appends a line, folded between words; further lines are indented.
fn wrap(note: &str, indent: usize, text: &mut String) {
    let mut length = 0;
    for word in note.split(' ') {
        if length > 0 && length + 1 + word.width() > WIDTH {
            let _ = write!(text, "\n{:indent$}", "");
            length = indent;
        } else if length > 0 {
            text.push(' ');
            length += 1;
        }
        let _ = write!(text, "{word}");
        length += word.width();
    }
    text.push('\n');
}
