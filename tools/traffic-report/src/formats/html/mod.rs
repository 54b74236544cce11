//! A page for a browser: one file that fetches nothing and runs nothing.

mod charts;
mod frame;
mod svg;
pub mod tables;

use encodify::base64;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::document::{Document, Summary};
use crate::table::Table;
use charts::Chart;

/// All styles: the one element that the page's policy lets a browser obey.
const STYLE: &str = include_str!("page.css");
/// The patterns of [`svg::patterns`] have the first numbers.
const FIRST_SECTION_ID: usize = 10;

/// The whole page.
pub fn page(document: &Document) -> String {
    let (whose, when) = document.headline();
    let hash = base64::STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    );
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (document.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (svg::patterns())
                header {
                    h1 { (isolated(whose)) }
                    @if !when.is_empty() { p { (when) } }
                }
                @if let Some(summary) = document.lines() { (lines(summary)) }
                @if document.tables.len() > 1 { (links(&document.tables)) }
                main {
                    @for (table, id) in document.tables.iter().zip(section_ids()) {
                        (section(table, id))
                    }
                }
                @if !document.left_out.is_empty() {
                    footer.only[document.tables.is_empty()] {
                        @for line in &document.left_out { p { (isolated(line)) } }
                    }
                }
            }
        }
    };
    page.into_string()
}

/// The numbers of the sections; those that follow one are free for what it holds.
fn section_ids() -> impl Iterator<Item = usize> {
    (FIRST_SECTION_ID..).step_by(1000)
}

fn lines(summary: &Summary) -> Markup {
    html! {
        dl.sum {
            @for (word, line) in &summary.lines {
                div { dt { (word) } dd { (isolated(line)) } }
            }
        }
    }
}

fn links(tables: &[Table]) -> Markup {
    html! {
        nav aria-label="Reports" {
            ul {
                @for (table, id) in tables.iter().zip(section_ids()) {
                    li { a href={ "#" (id) } { (table.title) } }
                }
            }
        }
    }
}

fn section(table: &Table, id: usize) -> Markup {
    let charts = Chart::of(table);
    let is_brief = tables::is_brief(table);
    html! {
        section.brief[is_brief].charted[!charts.is_empty()] id=(id) {
            h2 { (isolated(&table.title)) }
            @if !charts.is_empty() {
                div.charts {
                    @for (chart, title_id) in charts.iter().zip((id + 1..).step_by(2)) {
                        (svg::figure(chart, title_id))
                    }
                }
            }
            (tables::table(table))
            (tables::notes(table))
        }
    }
}

/// A text with the names of others in it: a word that may run from right to left turns nothing
/// round it.
pub fn isolated(text: &str) -> Markup {
    if text.is_ascii() {
        return html! { (text) };
    }
    html! {
        @for (at, word) in text.split(' ').enumerate() {
            @if at > 0 { " " }
            @if word.is_ascii() { (word) } @else { bdi { (word) } }
        }
    }
}
