//! A page for each domain: what of a document is its own, and nothing else.

use std::collections::BTreeMap;
use std::path::Path;

use common::bytes::percent;
use common::filter::{Out, Stop};

use crate::cell::{Cell, Number};
use crate::document::Document;
use crate::formats::html;
use crate::formats::page_files::PageFiles;
use crate::scope::Account;
use crate::table::{Kind, Row, Table};

/// A domain whose name is longer, as a file is named, has no page.
const NAME_BYTES: usize = 200;
/// What is no domain: the sums of those that were not told apart, and of no domain.
const NO_DOMAINS: [&str; 2] = ["(other)", "(none)"];

/// Where the rows of a domain are: a table and a row.
type Places = Vec<(usize, usize)>;

/// Writes the pages; `is_quiet`: without saying which names are no domains.
pub fn write(document: &Document, dir: &Path, is_quiet: bool, out: &mut Out) -> Result<(), Stop> {
    let mut files = PageFiles::open(dir)?;
    let mut too_long = Vec::new();
    for (domain, places) in domains(document) {
        if NO_DOMAINS.contains(&domain) {
            if !is_quiet {
                out.note(domain, "is not a domain and has no page");
            }
            continue;
        }
        let name = file_name(domain);
        if name.len() > NAME_BYTES {
            too_long.push(domain);
            continue;
        }
        let page = html::page(&cut(document, domain, &places));
        if let Err(stop) = files.write(&format!("{name}.html"), page.as_bytes(), out) {
            match stop {
                Stop::Usage(subject, what) => out.complain(subject, what),
                stop => return Err(stop),
            }
        }
    }
    if let [first, ..] = too_long.as_slice() {
        let start: String = first.chars().take(40).collect();
        let what = format!("{} names are too long for a page; one begins {start}", too_long.len());
        out.note("", what);
    }
    files.finish(out)
}

/// The domains that have rows of their own, by name.
fn domains(document: &Document) -> BTreeMap<&str, Places> {
    let mut domains: BTreeMap<&str, Places> = BTreeMap::new();
    for (at, table) in document.tables.iter().enumerate() {
        for (row_at, row) in table.rows.iter().enumerate() {
            if is_by_domain(table) && row.kind != Kind::Total {
                domains.entry(&row.scope).or_default().push((at, row_at));
            }
        }
    }
    domains
}

fn is_by_domain(table: &Table) -> bool {
    table.scope_heading == Some(Account::Domain.heading())
}

/// `a-z 0-9 - .` stand for themselves, but not as a first dot.
fn file_name(domain: &str) -> String {
    let is_literal = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    let (dot, rest) = match domain.strip_prefix('.') {
        Some(rest) => ("%2E", rest),
        None => ("", domain),
    };
    let rest = percent::encoded_but(rest.as_bytes(), is_literal);
    format!("{dot}{}", String::from_utf8_lossy(&rest))
}

/// The document of one domain.
fn cut(document: &Document, domain: &str, places: &Places) -> Document {
    let (_, when) = document.headline();
    let tables = document.tables.iter().enumerate().filter_map(|(at, table)| {
        let own = places.iter().filter(|place| place.0 == at).map(|place| &table.rows[place.1]);
        let rows = rows(table, &own.collect::<Vec<_>>());
        (is_by_domain(table) && !rows.is_empty()).then(|| Table {
            scope_heading: None,
            is_ranked: false,
            rows,
            columns: table.columns.clone(),
            notes: table.notes.clone(),
            title: table.title.clone(),
            section: table.section.clone(),
            word_headings: table.word_headings.clone(),
            ..*table
        })
    });
    Document {
        title: format!("Mail of {domain}, {when}"),
        summary: None,
        tables: tables.collect(),
        left_out: document.left_out.clone(),
    }
}

/// Its rows; in a table with totals one for each period, of zeros where it has none.
fn rows(table: &Table, own: &[&Row]) -> Vec<Row> {
    let totals: Vec<&Row> = table.rows.iter().filter(|row| row.kind == Kind::Total).collect();
    if totals.is_empty() {
        return own.iter().map(|row| (*row).clone()).collect();
    }
    let mut rows = Vec::new();
    for total in totals {
        let own = own.iter().filter(|row| row.period == total.period);
        let before = rows.len();
        rows.extend(own.map(|row| (*row).clone()));
        if rows.len() == before {
            let cells = total.cells.iter().map(zero).collect();
            rows.push(Row { cells, kind: Kind::Plain, ..total.clone() });
        }
    }
    for row in &mut rows {
        row.scope = String::new();
    }
    rows
}

/// What an account without a row has where others have numbers.
fn zero(cell: &Cell) -> Cell {
    match cell {
        Cell::Number(number) => Cell::Number(Number { amount: 0, ..*number }),
        Cell::Missing(reason) => Cell::Missing(reason.clone()),
        Cell::Blank => Cell::Blank,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_domains_share_a_file_and_none_leads_out() {
        for (domain, name) in [
            ("example.com", "example.com"),
            ("..", "%2E."),
            (".x", "%2Ex"),
            ("a/b", "a%2Fb"),
            ("A", "%41"),
            ("a", "a"),
            ("%41", "%2541"),
            ("a_b", "a%5Fb"),
            ("\u{e4}", "%C3%A4"),
            ("\\t", "%5Ct"),
        ] {
            assert_eq!(file_name(domain), name);
        }
    }
}
