//! Tables of a page, which a mail has too.

use maud::{Markup, html};

use crate::cell::Cell;
use crate::formats::html::isolated;
use crate::formats::text;
use crate::formula::Unit;
use crate::table::{Head, Kind, Row, Table};

/// More rows than these can be folded away.
const LONG_ROWS: usize = 40;
/// As many columns of numbers fit on half of a page.
const BRIEF_COLUMNS: usize = 4;

/// More do not fit on paper in the same size.
const MANY_COLUMNS: usize = 12;

/// How much of a page's width it takes, where there is much.
fn class(table: &Table) -> Option<&'static str> {
    match text::lead(table).len() + table.columns.len() {
        ..=BRIEF_COLUMNS => Some("few"),
        MANY_COLUMNS.. => Some("many"),
        _ => None,
    }
}

/// Does it fit a page's width whatever the names in it?
fn has_room(table: &Table) -> bool {
    table.word_headings.is_empty() && class(table) != Some("many")
}

/// Is it a single row that needs half of a page's width?
pub fn is_brief(table: &Table) -> bool {
    table.rows.len() == 1 && table.columns.len() <= BRIEF_COLUMNS && table.word_headings.is_empty()
}

/// A table; a long one can be folded away.
pub fn table(table: &Table) -> Markup {
    let grid = html! { div.scroll { (grid(table)) } };
    html! {
        @if table.rows.len() > LONG_ROWS {
            details.long[has_room(table)] open { summary { (table.rows.len()) " rows" } (grid) }
        } @else {
            (grid)
        }
    }
}

/// What stands below a table.
pub fn notes(table: &Table) -> Markup {
    html! {
        @if !table.notes.is_empty() {
            ul.notes { @for note in &table.notes { li { (isolated(note)) } } }
        }
    }
}

/// The table alone.
pub fn grid(table: &Table) -> Markup {
    let leads = text::leads(table);
    html! {
        table class=[class(table)] {
            caption { (isolated(&caption(table))) }
            thead {
                tr {
                    @for (at, heading) in text::lead(table).into_iter().enumerate() {
                        th scope="col" class=(lead_class(table, at)) { (heading) }
                    }
                    @for head in &table.columns { (column(head)) }
                }
            }
            tbody {
                @for (row, lead) in table.rows.iter().zip(leads) { (line(table, row, &lead)) }
            }
        }
    }
}

fn caption(table: &Table) -> String {
    let by: Vec<&str> = [table.period_heading, table.scope_heading]
        .into_iter()
        .flatten()
        .chain(table.word_headings.iter().copied())
        .filter(|heading| !heading.is_empty())
        .collect();
    if by.is_empty() {
        table.title.clone()
    } else {
        format!("{} by {}", table.title, by.join(", "))
    }
}

fn lead_class(table: &Table, at: usize) -> &'static str {
    if table.is_ranked && at == 0 { "rank" } else { "w" }
}

fn column(head: &Head) -> Markup {
    html! {
        th scope="col" {
            (head.heading)
            @if head.unit == Unit::Kilobytes { " " small { "kB" } }
        }
    }
}

fn line(table: &Table, row: &Row, lead: &[String]) -> Markup {
    let class = match row.kind {
        Kind::Plain => None,
        Kind::Subtotal => Some("sub"),
        Kind::Total => Some("all"),
    };
    // a row is named by all that tells it from others
    html! {
        tr class=[class] {
            @for (at, word) in lead.iter().enumerate() {
                @let class = lead_class(table, at);
                @if class == "rank" {
                    td class=(class) { (word) }
                } @else {
                    th scope="row" class=(class) { bdi { (word) } }
                }
            }
            @for cell in &row.cells { td { (number(cell)) } }
        }
    }
}

fn number(cell: &Cell) -> Markup {
    html! {
        @if let Cell::Missing(reason) = cell {
            abbr title=(reason) { "n/a" }
        } @else if let Some(number) = cell.number() {
            @if number.at_least { span.ge { ">=" } " " }
            (number)
        }
    }
}
