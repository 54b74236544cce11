//! A log that is read in pieces, each with what the one before left open, gives the rows of the
//! whole.

use std::ffi::OsStr;

use common::filter::{Ledger, Line, Out, Policy, pending as file};
use common::rows::TimeColumn;
use common::rows::schema::{Column, SessionColumn};
use common::rows::session::SessionRows;

use crate::log::Log;
use crate::pending;

/// Rows, and what is open at the end, of a log that is read in these pieces; also the parts of open
/// sessions after each, if `open`.
fn read(pieces: &[&[u8]], open: bool) -> (Vec<u8>, Vec<u8>) {
    let (mut rows, mut content) = (Vec::new(), Vec::new());
    for piece in pieces {
        let before = file::rows(pending::FIRST, OsStr::new("pending"), &content);
        let state = pending::read(before.unwrap()).unwrap();
        let form = SessionRows {
            columns: SessionColumn::ALL.to_vec(),
            time: TimeColumn::named(""),
            host: Vec::new(),
        };
        let ledger = Ledger::open(Policy::quiet()).unwrap();
        let mut log = Log::new(state, form, ledger);
        log.goes_on = true;
        log.writes_open = open;
        let mut out = Out::stdout("test");
        for (text, number) in piece.split_inclusive(|byte| *byte == b'\n').zip(1..) {
            let (text, ended) = text.strip_suffix(b"\n").map_or((text, false), |text| (text, true));
            log.line(Line { text, ended, file: OsStr::new("log"), number }, &mut out).unwrap();
        }
        let state = log.end(true, &mut out).unwrap();
        rows.append(out.buffer());
        content = [pending::FIRST, &pending::write(&state), b"end\n"].concat();
    }
    (rows, content)
}

/// The rows without those of open sessions and full servers, and the sums of all lengths.
fn sums(rows: &[u8]) -> (Vec<String>, Vec<(String, u64)>) {
    let (mut whole, mut lengths) = (Vec::new(), std::collections::BTreeMap::new());
    for row in String::from_utf8(rows.to_vec()).unwrap().lines() {
        let field = |column: SessionColumn| row.split('\t').nth(column as usize).unwrap();
        let end = field(SessionColumn::End);
        let kind = if end == "full" { "full" } else { "" };
        let sum =
            format!("{} {} {kind}", field(SessionColumn::Source), field(SessionColumn::Service));
        *lengths.entry(sum).or_insert(0) += field(SessionColumn::ActiveMs).parse().unwrap_or(0);
        if end != "open" && end != "full" {
            let mut fields: Vec<&str> = row.split('\t').collect();
            fields[SessionColumn::ActiveMs as usize] = "";
            whole.push(fields.join("\t"));
        }
    }
    (whole, lengths.into_iter().collect())
}

/// Lines of every program, mixed.
const LOG: &[u8] = include_bytes!("sample.log");

#[test]
fn a_log_cut_in_two_anywhere() {
    let whole = read(&[LOG], false);
    for cut in 0..=LOG.len() {
        let (first, second) = LOG.split_at(cut);
        assert_eq!(read(&[first, second], false), whole, "cut at {cut}");
    }
}

#[test]
fn a_log_cut_everywhere() {
    let whole = read(&[LOG], false);
    for step in [1, 2, 3, 7, 100, 1000] {
        let pieces: Vec<&[u8]> = LOG.chunks(step).collect();
        assert_eq!(read(&pieces, false), whole, "cut every {step}");
    }
}

/// With the parts of open sessions, written at any moment, the sums are the same.
#[test]
fn parts_of_open_sessions_add_up() {
    let (rows, lengths) = sums(&read(&[LOG], true).0);
    for cut in 0..=LOG.len() {
        let (first, second) = LOG.split_at(cut);
        assert_eq!(sums(&read(&[first, second], true).0), (rows.clone(), lengths.clone()), "{cut}");
    }
}

#[test]
fn any_bytes_are_a_log() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
    fn holds(bytes: Vec<u8>, cut: usize) -> bool {
        let lines: Vec<&[u8]> = LOG.split_inclusive(|byte| *byte == b'\n').collect();
        let line = lines[cut % lines.len()];
        let log = [line, &bytes, b"\n", &line[..cut % line.len()], &bytes].concat();
        let whole = read(&[&log], false);
        let (first, second) = log.split_at(cut % log.len());
        read(&[first, second], false) == whole
    }
    quickcheck::QuickCheck::new().tests(2_000).quickcheck(holds as fn(Vec<u8>, usize) -> bool);
}
