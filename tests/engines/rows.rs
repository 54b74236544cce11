//! The kinds of rows, rows of each that hold whatever a log may hold, and what an engine should make
//! of them, by the words of maillog-tools(7) alone.

use common::bytes::tsv::Row;
use common::rows::schema::{
    Column, EventColumn, MessageColumn, MetricColumn, ReceivedColumn, SampleColumn, SessionColumn,
    TransactionColumn, names,
};
use maillog_tests::{cases, run, tool};

/// Columns that hold a number below 2^64.
const NUMBERS: [&str; 18] = [
    "bytes",
    "attempts",
    "active_ms",
    "queue_ms",
    "in_bytes",
    "out_bytes",
    "interval_ms",
    "cpu_ms",
    "memory_kib",
    "open_files",
    "processes",
    "threads",
    "connections",
    "queue",
    "todo",
    "value",
    "messages",
    "is_spam",
];
/// Columns that hold a number from -2^63 to 2^63 - 1.
const SIGNED: [&str; 2] = ["score_centi", "required_centi"];

/// A kind of rows.
pub struct Kind {
    /// Its table.
    pub table: &'static str,
    /// Its columns.
    pub columns: Vec<String>,
    /// Golden cases whose output is rows of it.
    written: &'static [[&'static str; 2]],
}

impl Kind {
    /// All of them.
    pub fn all() -> Vec<Self> {
        let kind = |table, columns: Vec<&str>, written| Kind {
            table,
            columns: columns.into_iter().map(str::to_owned).collect(),
            written,
        };
        vec![
            kind(
                "messages",
                names(MessageColumn::ALL),
                &[["qmstat-parse", "hostile"], ["qmsend-parse", "hostile-addresses"]],
            ),
            kind(
                "transactions",
                names(TransactionColumn::ALL),
                &[["logterse-split", "liars"], ["smtpd-parse", "hostile-addresses"]],
            ),
            kind("events", names(EventColumn::ALL), &[["qplogtail", "stream"]]),
            kind("sessions", names(SessionColumn::ALL), &[["session-parse", "stream"]]),
            kind("samples", names(SampleColumn::ALL), &[]),
            kind("metrics", names(MetricColumn::ALL), &[["metric-sum", "hostile"]]),
            Kind { table: "traffic", columns: traffic(), written: &[["xfer-sum", "full"]] },
            kind("received", names(ReceivedColumn::ALL), &[["maildir-received", "hostile"]]),
        ]
    }

    /// The columns that hold numbers.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        let is_number = |name: &&str| NUMBERS.contains(name) || SIGNED.contains(name);
        self.columns.iter().map(String::as_str).filter(is_number)
    }

    /// Rows of this kind: one for each text, which every column of text holds in turn, and those of
    /// the golden cases.
    pub fn rows(&self) -> Vec<u8> {
        let mut rows = Vec::new();
        let texts = texts();
        for number in 0..texts.len() {
            let mut row = Row::new(&mut rows);
            for (at, name) in self.columns.iter().enumerate() {
                let numbers = numbers(name);
                match numbers.len() {
                    0 => row.field(&texts[(number + 37 * at) % texts.len()]),
                    count => row.as_written(numbers[(number + 3 * at) % count].as_bytes()),
                };
            }
            row.end();
        }
        rows.extend("\t".repeat(self.columns.len() - 1).bytes());
        rows.push(b'\n');
        for [tool, case] in self.written {
            let found = cases::of(tool).into_iter().find(|found| found.name == *case);
            let written = found.unwrap_or_else(|| panic!("no case {tool}/{case}")).read("out");
            let lines = written.split_inclusive(|byte| *byte == b'\n');
            let fit =
                |line: &&[u8]| line.split(|byte| *byte == b'\t').count() == self.columns.len();
            let found = lines.filter(fit).collect::<Vec<_>>().concat();
            assert!(!found.is_empty(), "no rows in {tool}/{case}");
            rows.extend(found);
        }
        rows
    }
}

/// The columns of traffic rows, which are of one tool alone.
fn traffic() -> Vec<String> {
    let header = run(tool("xfer-sum").args(["--full", "-H"]), b"").succeeded().text();
    header.trim_end().split('\t').map(str::to_owned).collect()
}

/// The numbers that a column can hold, with none first; no numbers for a column of text.
fn numbers(column: &str) -> &'static [&'static str] {
    if column == "is_spam" {
        &["", "0", "1"]
    } else if SIGNED.contains(&column) {
        &["", "-9223372036854775808", "-170", "0", "9", "1000", "9223372036854775807"]
    } else if NUMBERS.contains(&column) {
        &[
            "",
            "0",
            "9",
            "999",
            "1000",
            "9990",
            "10138",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
        ]
    } else {
        &[]
    }
}

/// Words that some engine takes for something else.
const WORDS: [&str; 64] = [
    r#"""#,
    r#""""#,
    r#""a"b"#,
    r#""a	b"#,
    "''",
    "'it",
    "a'b\"c",
    r"\N",
    r"\.",
    r"\\",
    r"\t",
    r"\x41",
    r"\'",
    r#"\""#,
    r"\(total)",
    r"a\",
    r"\\\n",
    "\\\t\\\n",
    " ",
    "  a  ",
    "a ",
    "A",
    "NULL",
    "null",
    "NA",
    "nan",
    "None",
    "N/A",
    "-",
    "--",
    "#",
    "# a",
    "0x10",
    "1e5",
    "007",
    "+1",
    "1,5",
    "true",
    "$1",
    "$$",
    "%s",
    "{}",
    "[1]",
    "(a)",
    ":a",
    "@a",
    "?",
    "a;b",
    ");--",
    "2026-11-22",
    "\r\n",
    "a\r",
    "\n.\n",
    "käse",
    "\u{1F9C0}",
    "e\u{301}",
    "a\u{85}b",
    "\u{2028}",
    "a\u{2029}b",
    "a\u{202E}b\u{202C}",
    "\u{200F}",
    "\u{FEFF}a",
    "\u{FFFD}",
    "\u{10FFFF}",
];

/// Whatever a log may hold.
fn texts() -> Vec<Vec<u8>> {
    // what a file begins with is a time in most kinds
    let mut texts = vec![b"1795310000".to_vec(), b"".to_vec()];
    for byte in 0..=u8::MAX {
        texts.extend([vec![byte], vec![b'a', byte, b'z'], vec![byte, byte, b'n']]);
    }
    texts.extend(WORDS.map(|word| word.as_bytes().to_vec()));
    let cut: [&[u8]; 4] = [b"caf\xC3", b"\xED\xA0\x80", b"\xF0\x9F\xA7", b"\xC0\xAF"];
    texts.extend(cut.map(<[u8]>::to_vec));
    let mut long = "0123456789 käse\t".repeat(4_200).into_bytes();
    long.extend(b"\xFF\\");
    assert!(long.len() > 70_000);
    texts.push(long);
    texts
}

/// What an engine should hold of each row: for a field `x` and its text in hex, or `NULL`.
pub fn expected(rows: &[u8]) -> Vec<Vec<String>> {
    let rows = rows.strip_suffix(b"\n").unwrap().split(|byte| *byte == b'\n');
    rows.map(|row| row.split(|byte| *byte == b'\t').map(value).collect()).collect()
}

/// One field, read by the table in maillog-tools(7).
fn value(field: &[u8]) -> String {
    use std::fmt::Write;
    if field.is_empty() {
        return "NULL".into();
    }
    let mut value = String::from("x");
    let mut bytes = field.iter();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'\\' => match bytes.next() {
                Some(b't') => 9,
                Some(b'n') => 10,
                Some(b'r') => 13,
                Some(&literal @ (b'\\' | b'"' | b'\'')) => literal,
                other => panic!("no escape: {other:?}"),
            },
            byte => *byte,
        };
        write!(value, "{byte:02x}").unwrap();
    }
    value
}

/// The number in a value that an engine should hold.
pub fn number(value: &str) -> Option<i128> {
    let hex = value.strip_prefix('x')?;
    let digits = hex.as_bytes().chunks(2).map(|two| {
        let two = std::str::from_utf8(two).unwrap();
        char::from(u8::from_str_radix(two, 16).unwrap())
    });
    digits.collect::<String>().parse().ok()
}
