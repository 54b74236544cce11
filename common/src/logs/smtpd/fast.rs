//! The reader of a multilog.
//!
//! ```text
//! @4000000042b6deb800000000 tcpserver: pid 4711 from 198.51.100.4
//! @4000000042b6deb800000000 CHKUSER accepted rcpt: from <a@b|...> remote <helo:h|...> rcpt <c@d> : found
//! ```
//!
//! Behind a label no other head is tried if the text begins with a word of four letters or more.
//! Half of such a log is tcpserver's, and no other source begins with its letter. The names in a line
//! of qlog stand in one order, so each is compared with one, sixteen bytes at once. When this was
//! made, it took smtpd-parse 2,540 instructions for a line instead of 2,990.

use super::qlog::NAMES;
use super::{Reading, Said, judge};
use crate::bytes::scan::Places;
use crate::logs::prefix;
use crate::logs::tcpserver;

/// What [`read`](super::read) makes of a line; nothing for many a line that is one of these too.
#[inline(always)]
pub fn read(line: &[u8]) -> Option<Reading<'_>> {
    let prefix = prefix::labelled(line)?;
    let [first, _, _, fourth, ..] = prefix.text else { return None };
    if !first.is_ascii_alphabetic() || *fourth == b' ' {
        return None;
    }
    if *first != b't' {
        return judge(&prefix);
    }
    let said = tcpserver::judge(&prefix)?.map(Said::Server);
    Some(Reading { prefix, source: None, said })
}

/// A name with the sign behind it, in the lowest bytes, and their bits.
#[derive(Clone, Copy)]
struct Pattern {
    bytes: u128,
    mask: u128,
    length: usize,
}

const PATTERNS: [Pattern; NAMES.len()] = {
    let mut patterns = [Pattern { bytes: 0, mask: 0, length: 0 }; NAMES.len()];
    let mut at = 0;
    while at < NAMES.len() {
        let (name, _) = NAMES[at];
        let mut bytes = [0; 16];
        let (start, _) = bytes.split_at_mut(name.len());
        start.copy_from_slice(name);
        bytes[name.len()] = b'=';
        let length = name.len() + 1;
        patterns[at] =
            Pattern { bytes: u128::from_le_bytes(bytes), mask: (1 << (8 * length)) - 1, length };
        at += 1;
    }
    patterns
};

impl Pattern {
    #[inline(always)]
    fn begins(&self, text: &[u8]) -> bool {
        let chunk = text.first_chunk().copied().unwrap_or_else(|| {
            let mut padded = [0; 16];
            padded[..text.len()].copy_from_slice(text);
            padded
        });
        (u128::from_le_bytes(chunk) ^ self.bytes) & self.mask == 0
    }
}

/// What [`values`](super::qlog::values) makes of a text without a blank at its end; nothing if it has
/// not each name once and in its place.
#[inline(always)]
pub fn values(text: &[u8]) -> Option<[&[u8]; NAMES.len()]> {
    let mut values = [&b""[..]; NAMES.len()];
    let mut start = 0;
    let mut blanks = Places::new(text, b' ');
    for (value, pattern) in values.iter_mut().zip(&PATTERNS) {
        let end = blanks.next().unwrap_or(text.len());
        if !pattern.begins(text.get(start..)?) {
            return None;
        }
        *value = text.get(start + pattern.length..end)?;
        start = end + 1;
    }
    (start > text.len()).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::super::{plain, qlog};
    use super::*;
    use crate::logs::edits::edited;

    const LABEL: &str = "@4000000042b6deb800000000";

    const LINES: [&[&str]; 8] = [
        &[LABEL, " ", "tcpserver: ", "ok ", "7", " mx:192.0.2.9:25", " ", "h:192.0.2.1::", "77"],
        &[LABEL, " ", "tcpserver: ", "end ", "7", " status ", "0"],
        &[LABEL, " ", "CHKUSER ", "accepted rcpt", ": from <a@b", "> remote <", "x"],
        &[LABEL, " ", "policy_check: ", "policy allows transmission"],
        &[LABEL, " ", "simscan:", "[7]", ":CLEAN", ":0.1s", ":re", ":192.0.2.1", ":a@b:c@d"],
        &[LABEL, " ", "qmail-smtpd: ", "pid 7 ", "Accept::RCPT", " P:ESMTP", " S:192.0.2.1:mx"],
        &[LABEL, " ", "mail recv: ", "pid 7", " from <a@b", "> qp ", "8"],
        &[LABEL, " ", "two words", ": no source"],
    ];

    const ODD: [&str; 16] = [
        " ",
        "",
        "\t",
        "@4000000042b6deb80000000g",
        "@4000000042b6deb800000000 ",
        "1119280814.100000 ",
        "Sep 14 09:58:09 mx ",
        "mx q: ",
        "mx tcpserver[7]: ",
        "tcp",
        "t",
        "spamdyke[7]: ALLOWED from: ",
        "4711 > 220 mx",
        "Reject::",
        "\u{e9}",
        "7",
    ];

    fn check(cases: u64, holds: fn(u8, Vec<(u8, u8)>) -> bool) {
        quickcheck::QuickCheck::new().tests(cases).max_tests(cases).quickcheck(holds);
    }

    #[test]
    fn readers_agree() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(line: u8, edits: Vec<(u8, u8)>) -> bool {
            let line = edited(LINES[usize::from(line) % LINES.len()], &ODD, &edits).concat();
            read(line.as_bytes()).is_none_or(|found| plain(line.as_bytes()) == Ok(found))
        }
        check(50_000, holds);
        for line in &LINES[..4] {
            assert!(read(line.concat().as_bytes()).is_some(), "{line:?}");
        }
    }

    #[test]
    fn values_agree() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(value: u8, edits: Vec<(u8, u8)>) -> bool {
            const ODD: [&str; 8] =
                ["pid=1", "code=", "localip=::1", "x=y", "=", "", "remoteip", "relay=a=b"];
            let value = ["", "1", "a=b", "a-long-value-of-many-bytes"][usize::from(value % 4)];
            let words = NAMES.map(|(name, _)| format!("{}={value}", name.escape_ascii()));
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let text = edited(&words, &ODD, &edits).join(" ");
            let text = text.trim_ascii_end().as_bytes();
            values(text).is_none_or(|found| qlog::values(text) == Ok(found))
                && (!edits.is_empty() || values(text).is_some())
        }
        check(50_000, holds);
    }
}
