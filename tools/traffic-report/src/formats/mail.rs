//! A whole message for `sendmail -t`: what a terminal shows, and the tables of a page.

use std::fmt::Write;

use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::MimePart;
use maud::{DOCTYPE, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::document::Document;
use crate::formats::html::{isolated, tables};
use crate::formats::letter::Letter;
use crate::formats::text;

/// How much of a host's name a subject shows.
const HOST_BYTES: usize = 64;
const ID_BYTES: usize = 16;

/// The message, with the line ends of a file.
pub fn message(document: &Document, letter: &Letter) -> Vec<u8> {
    let mut text = String::new();
    text::document(document, &mut text);
    let page = page(document);
    let id = id(letter, &text);
    let addresses = letter.to.iter().map(|to| Address::from(to.as_str()));
    let subject = letter.subject.clone().unwrap_or_else(|| subject(document));
    let parts = vec![MimePart::new("text/plain", text), MimePart::new("text/html", page)];
    let kind = ContentType::new("multipart/alternative").attribute("boundary", format!("={id}"));
    let message = MessageBuilder::new()
        .subject(subject)
        .to(Address::new_list(addresses.collect()))
        .from(letter.from.as_str())
        .date(letter.written.seconds)
        .message_id(format!("{id}@{}", letter.domain()))
        .header("Auto-Submitted", Raw::new("auto-generated"))
        .body(MimePart::new(kind, parts));
    let mut bytes = Vec::new();
    message.serialize(&mut bytes);
    // a program that reads a file wants its line ends, and nothing else here is a CR
    bytes.retain(|byte| *byte != b'\r');
    bytes
}

/// A word that no other message has: the clock, the process and the text go into it.
fn id(letter: &Letter, text: &str) -> String {
    let mut hash = Sha256::new();
    let written = letter.written;
    hash.update(format!("{written:?} {} {}", std::process::id(), letter.to.join(",")));
    hash.update(text);
    let mut id = String::new();
    for byte in hash.finalize().iter().take(ID_BYTES) {
        // a string takes whatever is written to it
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// `Mail on mail1, 2026-11-21: 1204 in, 336 out, 2 failed, 1 jump`: no name but a host's.
fn subject(document: &Document) -> String {
    let (whose, when) = document.headline();
    let whose = match whose.strip_prefix("Mail on ") {
        Some(host) => format!("Mail on {}", cut(host)),
        None => "Mail".to_owned(),
    };
    // without the day of the week
    let when = when.trim_start_matches(|c: char| c.is_alphabetic() || c == ' ');
    let mut numbers = Vec::new();
    for (name, one, many) in [
        ("in", "in", "in"),
        ("out", "out", "out"),
        ("failed", "failed", "failed"),
        ("jumps", "jump", "jumps"),
    ] {
        let cell = document.summary.as_ref().and_then(|summary| summary.table.cell(name));
        let Some((cell, number)) = cell.and_then(|cell| Some((cell, cell.number()?))) else {
            continue;
        };
        if name != "jumps" || number.amount > 0 {
            numbers.push(format!("{cell} {}", if number.amount == 1 { one } else { many }));
        }
    }
    let what = match (document.has_data(), numbers.is_empty()) {
        (false, _) => ": no data".to_owned(),
        (true, true) => String::new(),
        (true, false) => format!(": {}", numbers.join(", ")),
    };
    if when.is_empty() { format!("{whose}{what}") } else { format!("{whose}, {when}{what}") }
}

fn cut(host: &str) -> &str {
    let ends = (0..=HOST_BYTES.min(host.len())).rev();
    ends.into_iter().find_map(|end| host.get(..end)).unwrap_or_default()
}

/// The page without charts, which mail programs drop.
fn page(document: &Document) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="color-scheme" content="light dark";
                title { (document.title) }
                style { (PreEscaped(include_str!("mail.css"))) }
            }
            body {
                h1 { (isolated(&document.title)) }
                @if let Some(summary) = document.lines() {
                    table.sum {
                        @for (word, line) in &summary.lines {
                            tr { th scope="row" { (word) } td { (isolated(line)) } }
                        }
                    }
                }
                @for table in &document.tables {
                    h2 { (isolated(&table.title)) }
                    (tables::grid(table))
                    (tables::notes(table))
                }
                @for line in &document.left_out { p.left { (isolated(line)) } }
            }
        }
    };
    page.into_string()
}
