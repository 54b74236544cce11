//! What holds for any bytes: a property takes an input, and panics if it does not hold for it.
//!
//! A parser is compared with one that is written for nothing but to be read, or with itself on the
//! way back. `tests/corpus.rs` runs the saved inputs, `cargo fuzz` looks for more.
#![allow(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a property that does not hold stops"
)]

mod bytes;
mod filter;
mod lines;
mod logs;
mod rows;
mod sessions;
mod time;
mod words;

/// What holds for an input.
pub type Property = fn(&[u8]);

/// All of them, with the names of their targets.
pub const ALL: &[(&str, Property)] = &[
    ("address", logs::address),
    ("byte_range", filter::byte_range),
    ("calendar", time::calendar),
    ("clamd", sessions::clamd),
    ("command_line", filter::command_line),
    ("courier", sessions::courier),
    ("day_file", logs::day_file),
    ("digits", bytes::digits),
    ("dovecot", sessions::dovecot),
    ("groups", rows::groups),
    ("index", rows::index),
    ("label", time::label),
    ("lines", filter::lines),
    ("logterse", logs::logterse),
    ("marks", bytes::marks),
    ("metric", rows::metric),
    ("moment", time::moment),
    ("moments", time::moments),
    ("pending", filter::pending),
    ("position", lines::position),
    ("prefix", logs::prefix),
    ("qmail_send", logs::qmail_send),
    ("qpsmtpd", logs::qpsmtpd),
    ("repeats", logs::repeats),
    ("scan", bytes::scan),
    ("session", rows::session),
    ("smtpd", logs::smtpd),
    ("spamd", sessions::spamd),
    ("stamp", time::stamp),
    ("stats", logs::stats),
    ("table", rows::table),
    ("tcpserver", sessions::tcpserver),
    ("tsv", bytes::tsv),
    ("vchkpw", sessions::vchkpw),
    ("wide", bytes::wide),
    ("window", lines::window),
];

/// Tries the property of this name.
pub fn check(name: &str, input: &[u8]) {
    let (_, property) = ALL.iter().find(|(known, _)| *known == name).unwrap();
    property(input);
}

/// The first byte of an input, for a choice, and the rest.
fn choice(input: &[u8]) -> (u8, &[u8]) {
    input.split_first().map_or((0, input), |(first, rest)| (*first, rest))
}

/// The lines of a text by the definition of a line.
fn lines_of(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n").unwrap_or(line))
}

/// One whole row of as many columns, in which nothing acts on a terminal or begins a quote.
fn assert_row(row: &[u8], columns: usize) {
    let shown = row.escape_ascii();
    let fields = row.strip_suffix(b"\n").unwrap_or_else(|| panic!("no end: {shown}"));
    assert_eq!(fields.split(|byte| *byte == b'\t').count(), columns, "columns: {shown}");
    for field in fields.split(|byte| *byte == b'\t') {
        assert!(!matches!(field, [b'"' | b'\'', ..]), "a quote: {shown}");
        let text = std::str::from_utf8(field).unwrap_or_else(|_| panic!("not UTF-8: {shown}"));
        assert!(!text.chars().any(acts_on_terminals), "acts on a terminal: {shown}");
    }
}

/// Control characters, those that turn the direction of a text, and the ends of lines of Unicode.
fn acts_on_terminals(character: char) -> bool {
    matches!(u32::from(character),
        0..=0x1f | 0x7f..=0x9f | 0x61c | 0x200e | 0x200f | 0x2028..=0x202e | 0x2066..=0x2069)
}
