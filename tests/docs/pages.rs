//! Manual pages as they are read: what `man` shows on a terminal of 80 columns.

use std::path::Path;

use common::rows::schema::{
    Column, EventColumn, MessageColumn, MetricColumn, ReceivedColumn, SampleColumn, SessionColumn,
    TransactionColumn, names,
};
use maillog_tests::{command, man, peer, run};

use crate::{Outcome, pages, quiet, read};

/// What mandoc and groff leave to the right of a line on 80 columns.
const WIDTH_COLUMNS: usize = 78;

/// Words of mdoc that no page says; in a text they are a macro that was not one.
const MACROS: [&str; 17] = [
    "Ql", "Ta", "Cm", "Fl", "Ns", "Li", "Ar", "Pa", "Em", "Sy", "Xr", "Pq", "Po", "Pc", "Dl", "Ev",
    "Sx",
];

/// Words after which a quotation in a table has run on into the text of its cell.
const PROSE: [&str; 6] = [" for ", " if ", " or ", " where ", " when ", " empty"];

/// Words with a single dash that are no option of ours.
const DASHED: [&str; 4] = ["-print0", "-tt", "-ttt", "-wal"];

/// Expressions that a reader meets nowhere else, with what a manual says.
const PRIVATE: [(&str, &str); 6] = [
    ("no word about", "do not report"),
    ("is told", "a message says"),
    ("at hand", "available"),
    ("so many", "that number of"),
    ("none of the two", "neither"),
    (" folder", " directory"),
];

/// mandoc finds nothing wrong with the source of a page.
pub fn lint(page: &Path) -> Outcome {
    let Some(mandoc) = peer("mandoc", "the form of the manuals") else { return Ok(()) };
    quiet(&run(command(mandoc).args(["-Tlint", "-Wwarning"]).arg(page), b""), "mandoc")
}

/// Each row type is described, and every table of it has all its columns in their order.
pub fn columns() -> Outcome {
    let pages: Vec<String> = pages().iter().map(|page| read(page)).collect();
    let tables: Vec<_> = pages.iter().flat_map(|page| man::tables(page)).collect();
    let types = [
        names(MessageColumn::ALL),
        names(TransactionColumn::ALL),
        names(EventColumn::ALL),
        names(ReceivedColumn::ALL),
        names(SampleColumn::ALL),
        names(SessionColumn::ALL),
        names(MetricColumn::ALL),
    ];
    for names in types {
        let mut described = tables.iter().filter(|table| table.starts_with(&names[..4])).peekable();
        if described.peek().is_none() {
            return Err(format!("no table describes the columns {names:?}").into());
        }
        if let Some(wrong) = described.find(|table| table[..] != *names) {
            return Err(format!("{wrong:?} should be {names:?}").into());
        }
    }
    Ok(())
}

/// groff, which is `man` on most systems, keeps to the screen too: a cell of a table that is wider than
/// declared, or a last column that is declared wide, puts words beyond its edge.
pub fn fits_groff(page: &Path) -> Outcome {
    let Some(groff) = peer("groff", "the manuals as groff shows them") else { return Ok(()) };
    let shown = run(command(groff).args(["-mandoc", "-Tutf8", "-P-cbou"]).arg(page), b"");
    let text = shown.text();
    let wide = text.lines().filter(|line| line.chars().count() > WIDTH_COLUMNS);
    let faults: Vec<&str> = wide.chain(shown.err.lines()).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// The rendered text has no fault that the source hides from mandoc's own checks.
pub fn reads_well(page: &Path) -> Outcome {
    let Some(mandoc) = peer("mandoc", "the text of the manuals") else { return Ok(()) };
    let source = read(page);
    let text = rendered(&mandoc, &source);
    let mut faults = Vec::new();
    for line in text.lines().filter(|line| line.chars().count() > WIDTH_COLUMNS) {
        faults.push(format!("over {WIDTH_COLUMNS} columns: {line}"));
    }
    faults.extend(macros_in(&text).map(|word| format!("a macro as a word: {word}")));
    if let Err(quote) = quotations(&text) {
        faults.push(format!("a quotation that does not end: {quote}"));
    }
    let tables = rendered(&mandoc, &man::displays(&source, ".Bl -column", ".El"));
    let quoted = quotations(&tables).unwrap_or_default();
    for quote in quoted.iter().filter(|quote| PROSE.iter().any(|word| quote.contains(word))) {
        faults.push(format!("a quotation that ends too late: {quote}"));
    }
    let prose = rendered(&mandoc, &man::without_examples(&source));
    faults.extend(dashed(&prose).map(|word| format!("one dash: {word}")));
    let spoken = prose.to_lowercase();
    for (private, plain) in PRIVATE.iter().filter(|(private, _)| spoken.contains(private)) {
        faults.push(format!("{private:?}: better {plain:?}"));
    }
    faults.extend(empty_sections(&source).map(|name| format!("an empty section: {name}")));
    let footer = text.lines().last().unwrap_or_default();
    if !footer.starts_with("maillog-tools ") || !footer.ends_with(" maillog-tools") {
        faults.push(format!("another footer: {footer}"));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// A page as mandoc shows it, bold and underlined text plain.
fn rendered(mandoc: &Path, source: &str) -> String {
    let shown = run(command(mandoc).arg("-Tutf8"), source.as_bytes()).text();
    let mut text = String::new();
    for char in shown.chars() {
        // a letter, a backspace and a letter make one that is bold or underlined
        if char == '\u{8}' {
            text.pop();
        } else {
            text.push(char);
        }
    }
    text
}

/// Macros among the words of a text; `No` is one where no sentence and no cell begins.
fn macros_in(text: &str) -> impl Iterator<Item = &str> {
    let no = text.lines().filter(|line| {
        let before = line.split(" No ").next().filter(|before| before.len() < line.len());
        before.is_some_and(|before| before.ends_with(|end: char| end.is_lowercase() || end == ','))
    });
    text.split_whitespace().filter(|word| MACROS.contains(word)).chain(no)
}

/// What is quoted, each as one line, or what follows a quote that is not closed in its paragraph.
fn quotations(text: &str) -> Result<Vec<String>, String> {
    let mut quoted = Vec::new();
    for (open, close) in [('‘', '’'), ('“', '”')] {
        for after in text.split(open).skip(1) {
            let paragraph = after.split("\n\n").next().unwrap_or_default();
            let words: Vec<&str> = paragraph.split_whitespace().collect();
            let line = words.join(" ");
            let (quote, _) = line.split_once(close).ok_or(line.clone())?;
            quoted.push(quote.to_owned());
        }
    }
    Ok(quoted)
}

/// Long names behind a single dash, outside of quotations.
fn dashed(prose: &str) -> impl Iterator<Item = &str> {
    let after_synopsis = prose.split_once("\nDESCRIPTION").map_or(prose, |(_, rest)| rest);
    after_synopsis
        .split(['‘', '“'])
        .flat_map(|text| {
            text.split_once(['’', '”']).map_or(text, |(_, rest)| rest).split_whitespace()
        })
        .map(|word| word.trim_end_matches(['.', ',', ';', ':', ')']))
        .filter(|word| {
            let name = word.strip_prefix('-').unwrap_or_default();
            name.len() > 1 && name.starts_with(char::is_lowercase) && !DASHED.contains(word)
        })
}

/// The headings right below which the next one of the same or a higher rank follows.
fn empty_sections(source: &str) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = source.lines().filter(|line| *line != ".Pp").chain([".Sh"]).collect();
    let pairs: Vec<_> = lines.windows(2).map(|pair| (pair[0], pair[1])).collect();
    pairs.into_iter().filter_map(|(line, next)| {
        let empty = line.starts_with(".Ss ") && next.starts_with(".Ss")
            || line.starts_with(".S") && next.starts_with(".Sh");
        empty.then_some(line)
    })
}
