//! When an event matches.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;

use common::bytes::tsv;
use common::filter::Stop;
use common::logs::logterse;
use common::logs::qpsmtpd::{Event, Kind};
use regex::bytes::{Regex, RegexBuilder};

/// What is looked for.
#[derive(Debug)]
pub enum Matcher {
    /// Anything.
    All,
    /// This, in a line or in its row.
    Pattern(Regex),
    /// This top-level domain.
    Tld(Vec<u8>),
}

impl Matcher {
    /// A fixed string, or a regular expression. ASCII letters match in either case.
    pub fn pattern(pattern: &OsStr, regexp: bool) -> Result<Self, Stop> {
        // as the script that this replaces is told to show everything
        if pattern == "." {
            return Ok(Matcher::All);
        }
        let bad = |why: &str| {
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
            Stop::usage(tsv::visible(pattern.as_bytes()), format!("no regular expression: {why}"))
        };
        let mut expression = String::new();
        if regexp {
            expression += pattern.to_str().ok_or_else(|| bad("it is not UTF-8"))?;
        } else {
            for byte in pattern.as_bytes() {
                // writing to a String cannot fail
                let _ = write!(expression, "\\x{byte:02x}");
            }
        }
        let built = RegexBuilder::new(&expression).unicode(false).case_insensitive(true).build();
        built.map(Matcher::Pattern).map_err(|error| bad(&error.to_string()))
    }

    /// A top-level domain, with or without its dot.
    pub fn tld(name: &OsStr) -> Self {
        let name = name.as_bytes();
        Matcher::Tld(name.strip_prefix(b".").unwrap_or(name).to_vec())
    }

    /// Does an event match, of which these are the line and the row?
    pub fn matches(&self, line: &[u8], event: &Event<'_>, row: &[u8]) -> bool {
        match self {
            Matcher::All => true,
            Matcher::Pattern(pattern) => {
                let time = event.stamp.map_or(&b""[..], |stamp| stamp.text);
                let row =
                    row.iter().position(|byte| *byte == b'\t').map_or(row, |tab| &row[tab + 1..]);
                pattern.is_match(line.strip_prefix(time).unwrap_or(line)) || pattern.is_match(row)
            }
            Matcher::Tld(name) => match &event.kind {
                Kind::Verdict(record) => {
                    let is = |tld: &[u8]| !tld.is_empty() && tld.eq_ignore_ascii_case(name);
                    is(logterse::tld(record.sender)) || is(tld_of_host(record.helo))
                }
                _ => false,
            },
        }
    }
}

/// What follows the last dot; a name without a dot is none of a domain.
fn tld_of_host(host: &[u8]) -> &[u8] {
    let host = host.strip_suffix(b".").unwrap_or(host);
    host.iter().rposition(|byte| *byte == b'.').map_or(b"", |dot| &host[dot + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let line = b"@4000000058207d3c2be40fa4 7 (deny) logging::logterse: ` 192.0.2.1\th\tx.Faith\t<A@b.example>\t<c@d>\trhsbl\t901\tno\\\xff";
        let Ok(common::logs::qpsmtpd::Said::Event(event)) = common::logs::qpsmtpd::parse(line)
        else {
            panic!()
        };
        let row = b"@4000000058207d3c2be40fa4\t7\t192.0.2.1\tdenied";
        let fixed = |pattern: &[u8]| Matcher::pattern(OsStr::from_bytes(pattern), false).unwrap();
        let regexp = |pattern: &str| Matcher::pattern(OsStr::new(pattern), true).unwrap();
        for (matcher, expected) in [
            (fixed(b"a@B.EXAMPLE"), true),
            (fixed(b"a.b"), false),
            (fixed(b"."), true),
            (fixed(b"\\\xff"), true),
            (fixed(b""), true),
            (fixed(b"0000000058207"), false),
            (fixed(b"denied"), true),
            (fixed(b"queued"), false),
            (regexp("^ 7 .deny. .*RHSBL"), true),
            (regexp("denied$"), true),
            (regexp("a.b"), true),
            (regexp("^@4"), false),
            (Matcher::tld(OsStr::new("faith")), true),
            (Matcher::tld(OsStr::new(".EXAMPLE")), true),
            (Matcher::tld(OsStr::new("d")), false),
            (Matcher::tld(OsStr::new("")), false),
        ] {
            assert_eq!(matcher.matches(line, &event, row), expected, "{matcher:?}");
        }
        assert!(Matcher::pattern(OsStr::new("a("), true).is_err());
        assert!(Matcher::pattern(OsStr::from_bytes(b"a\xff"), true).is_err());
    }
}
