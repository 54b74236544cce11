//! H-Sphere's stats log: one line per message and recipient, written by qmail since H-Sphere 2.4.3
//! Patch 1 (H-Sphere's guide for administrators, "Mail Traffic Calculation"):
//!
//! ```text
//! date host in|out[pid]: timestamp|sender|recipient|bytes|status|attempts
//! ```
//!
//! `attempts` came with Patch 4. A `|` is legal in a local part, so fields are counted from both
//! ends.

use crate::account::Verdict;
use crate::scan::Places;
use crate::time::Stamp;

/// The fields of one line, as they stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The host in the head of the line; empty if there is none.
    pub host: &'a [u8],
    /// `in` or `out`.
    pub direction: &'a [u8],
    /// Process id, decimal.
    pub pid: &'a [u8],
    /// UNIX seconds, decimal: the record's own, not the head's, which has no year.
    pub time: &'a [u8],
    /// May be empty, or `<>`.
    pub sender: &'a [u8],
    /// One recipient; a message with several has several lines.
    pub recipient: &'a [u8],
    /// Size of the message, decimal, below 2^64.
    pub bytes: &'a [u8],
    /// `success`, `timeout`, `rejspam` …: any word.
    pub status: &'a [u8],
    /// Transfers of data in the SMTP session, decimal; empty where the log has none.
    pub attempts: &'a [u8],
}

/// Reads a line without its end. The head may be syslog's, an ISO date, a TAI64N label or nothing.
///
/// A line without `in[pid]: ` or `out[pid]: ` and a `|` after that is skipped; one with them that
/// does not hold a record is rejected.
pub fn parse(line: &[u8]) -> Result<Record<'_>, Verdict> {
    let (host, rest) = head(line).ok_or(NO_RECORD)?;
    let (direction, rest) = match rest {
        [b'i', b'n', b'[', after @ ..] => (&rest[..2], after),
        [b'o', b'u', b't', b'[', after @ ..] => (&rest[..3], after),
        _ => return Err(NO_RECORD),
    };
    let (pid, rest) = split_number(rest);
    let Some(text) = rest.strip_prefix(b"]: ").filter(|_| !pid.is_empty()) else {
        return Err(NO_RECORD);
    };
    let fields = Fields::split(text).ok_or(NO_RECORD)?;
    let time = fields.time();
    if !is_number(time) {
        return Err(Verdict::Rejected("the timestamp is no number"));
    }
    let (sender, recipient) = split_addresses(fields.addresses()?)
        .ok_or(Verdict::Rejected("sender and recipient are not two fields"))?;
    let (bytes, status, attempts) = fields.last_three();
    Ok(Record { host, direction, pid, time, sender, recipient, bytes, status, attempts })
}

const NO_RECORD: Verdict = Verdict::Skipped("not a record of a stats log");

/// The host, and what follows the head of the line.
fn head(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut rest = match line {
        // syslog's `Jun 20 18:20:14 `, the usual head
        [_, _, _, b' ', _, _, b' ', _, _, b':', _, _, b':', _, _, b' ', rest @ ..] => rest,
        _ => line,
    };
    while let Some((_, after)) = Stamp::at_start(rest) {
        rest = after;
    }
    if rest.starts_with(b"in[") || rest.starts_with(b"out[") {
        return Some((&rest[..0], rest));
    }
    let blank = memchr::memchr(b' ', rest)?;
    Some((&rest[..blank], &rest[blank + 1..]))
}

/// Where the bars of a record are, as far as they are needed.
struct Fields<'a> {
    text: &'a [u8],
    /// The first bar, and the last four from the right.
    first: usize,
    last: [usize; 4],
    count: usize,
}

impl<'a> Fields<'a> {
    /// `None` if there is no bar at all.
    fn split(text: &'a [u8]) -> Option<Self> {
        let mut bars = Places::new(text, b'|');
        let first = bars.next()?;
        let (mut last, mut count) = ([first; 4], 1);
        for bar in bars {
            last = [bar, last[0], last[1], last[2]];
            count += 1;
        }
        Some(Fields { text, first, last, count })
    }

    fn time(&self) -> &'a [u8] {
        &self.text[..self.first]
    }

    /// Is the last field the number of attempts? Then two fields with a number of bytes at their
    /// left stand before it.
    fn has_attempts(&self) -> bool {
        let attempts = &self.text[self.last[0] + 1..];
        let bytes = self.text.get(self.last[2] + 1..self.last[1]).unwrap_or_default();
        self.count >= 5 && (attempts.is_empty() || is_number(attempts)) && is_number(bytes)
    }

    /// What stands between the timestamp and the bytes: sender and recipient with a bar between.
    fn addresses(&self) -> Result<&'a [u8], Verdict> {
        let (needed, bar, after) = if self.has_attempts() {
            (5, self.last[2], self.last[1])
        } else {
            (4, self.last[1], self.last[0])
        };
        if self.count < needed {
            return Err(Verdict::Rejected("fewer than five fields"));
        }
        if !is_number(&self.text[bar + 1..after]) {
            return Err(Verdict::Rejected("the bytes are no number"));
        }
        Ok(&self.text[self.first + 1..bar])
    }

    /// Bytes, status and attempts, once [`Fields::addresses`] found that they are there.
    fn last_three(&self) -> (&'a [u8], &'a [u8], &'a [u8]) {
        let (text, [last, second, third, _]) = (self.text, self.last);
        if self.has_attempts() {
            (&text[third + 1..second], &text[second + 1..last], &text[last + 1..])
        } else {
            (&text[second + 1..last], &text[last + 1..], &text[text.len()..])
        }
    }
}

/// Splits `sender|recipient`. With more bars than one the first after the sender's domain counts:
/// bars are legal in local parts, and in quoted ones an `@` is too.
fn split_addresses(both: &[u8]) -> Option<(&[u8], &[u8])> {
    let only = memchr::memchr(b'|', both)?;
    let bar = if memchr::memchr(b'|', &both[only + 1..]).is_none() {
        only
    } else {
        let quoted = quoted_length(both);
        let after = |byte, from: usize| Some(from + memchr::memchr(byte, both.get(from..)?)?);
        after(b'@', quoted).and_then(|at| after(b'|', at)).unwrap_or(only)
    };
    Some((&both[..bar], &both[bar + 1..]))
}

/// How long the quoted string at the start of an address is; 0 if there is none.
fn quoted_length(address: &[u8]) -> usize {
    let open = usize::from(address.starts_with(b"<"));
    if address.get(open) != Some(&b'"') {
        return 0;
    }
    let mut escaped = false;
    for (at, byte) in address.iter().enumerate().skip(open + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    0
}

/// Digits at the start, and the rest.
fn split_number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// A decimal number below 2^64?
fn is_number(text: &[u8]) -> bool {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    // nineteen digits always fit
    digits
        && (text.len() < 20
            || std::str::from_utf8(text).is_ok_and(|text| text.parse::<u64>().is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Result<Vec<String>, Verdict> {
        let record = parse(line.as_bytes())?;
        let all = [
            record.host,
            record.direction,
            record.pid,
            record.time,
            record.sender,
            record.recipient,
            record.bytes,
            record.status,
            record.attempts,
        ];
        Ok(all.map(|field| String::from_utf8(field.to_vec()).unwrap()).to_vec())
    }

    fn expect(line: &str, expected: [&str; 9]) {
        assert_eq!(fields(line).unwrap(), expected, "{line}");
    }

    #[test]
    fn five_and_six_fields() {
        expect(
            "Jun 20 18:20:14 mail.example.com in[2345]: 1119280814|a@example.com|b@example.net|20480|success|1",
            [
                "mail.example.com",
                "in",
                "2345",
                "1119280814",
                "a@example.com",
                "b@example.net",
                "20480",
                "success",
                "1",
            ],
        );
        expect(
            "Jun  2 18:20:14 mail out[2]: 1119280816||b@example.net|1532|rejspam",
            ["mail", "out", "2", "1119280816", "", "b@example.net", "1532", "rejspam", ""],
        );
        expect(
            "Jun  2 18:20:14 mail out[2]: 1119280816|<>|b@example.net|1532|odd word|",
            ["mail", "out", "2", "1119280816", "<>", "b@example.net", "1532", "odd word", ""],
        );
    }

    #[test]
    fn bars_in_addresses() {
        for (both, sender, recipient) in [
            ("a|b@x.example|c@y.example", "a|b@x.example", "c@y.example"),
            ("a@x.example|b|c@y.example", "a@x.example", "b|c@y.example"),
            ("a|b|c@x.example|d|e@y.example", "a|b|c@x.example", "d|e@y.example"),
            ("|b|c@y.example", "", "b|c@y.example"),
            ("|a@x.example|c@y.example", "|a@x.example", "c@y.example"),
            ("\"a@b|c\"@x.example|c@y.example", "\"a@b|c\"@x.example", "c@y.example"),
            ("<\"a\\\"@|\"@x.example>|c@y.example", "<\"a\\\"@|\"@x.example>", "c@y.example"),
            ("root|x|y", "root", "x|y"),
        ] {
            for end in ["10|success|2", "10|success"] {
                let line = format!("Jun 20 18:20:14 h in[1]: 1|{both}|{end}");
                let found = fields(&line).unwrap();
                assert_eq!([&found[4], &found[5]], [sender, recipient], "{line}");
                assert_eq!([&found[6], &found[7]], ["10", "success"]);
            }
        }
    }

    #[test]
    fn heads() {
        for (head, host) in [
            ("Jun 20 18:20:14 mail ", "mail"),
            ("2005-06-20T18:20:14.123456+03:00 mail ", "mail"),
            ("2005-06-20T15:20:14Z mail ", "mail"),
            ("@4000000042b6deb800000000 ", ""),
            ("@4000000042b6deb800000000 mail ", "mail"),
            ("@4000000042b6deb800000000 Jun 20 18:20:14 mail ", "mail"),
            ("2005-06-20 18:20:14.000000000 mail ", "mail"),
            ("", ""),
            ("mail ", "mail"),
        ] {
            let found = fields(&format!("{head}in[1]: 5|a@b|c@d|7|success|1")).unwrap();
            assert_eq!([found[0].as_str(), found[3].as_str()], [host, "5"], "{head}");
        }
    }

    #[test]
    fn what_is_skipped_and_what_is_rejected() {
        for line in [
            "",
            "Jun 20 18:20:14 mail qmail: 1119280814.1 new msg 7",
            "Jun 20 18:20:14 mail in[7]: connection from 192.0.2.1",
            "Jun 20 18:20:14 mail in[]: 1|a@b|c@d|7|success|1",
            "Jun 20 18:20:14 mail within[7]: 1|a@b|c@d|7|success|1",
            "Jun 20 18:20:14 mail sshd[7]: in[1]: 1|a@b|c@d|7|success|1",
        ] {
            assert!(matches!(fields(line), Err(Verdict::Skipped(_))), "{line}");
        }
        for rest in [
            "1|a@b|c@d|7",
            "1|a@b|7|success",
            "|a@b|c@d|7|success|1",
            "x|a@b|c@d|7|success|1",
            "1|a@b|c@d|lots|success|1",
            "1|a@b|c@d|-7|success|1",
            "1|a@b|c@d|18446744073709551616|success|1",
            "1|a@b|c@d||success|1",
            "1|7|success|1",
            "|",
        ] {
            let line = format!("Jun 20 18:20:14 mail in[7]: {rest}");
            assert!(
                matches!(fields(&line), Err(Verdict::Rejected(_))),
                "{line}: {:?}",
                fields(&line)
            );
        }
        assert!(
            fields("Jun 20 18:20:14 m in[7]: 1|a@b|c@d|18446744073709551615|success|1").is_ok()
        );
    }

    /// The twin: fields by counting from both ends of a list.
    fn naive(text: &str) -> Option<[String; 6]> {
        let all: Vec<&str> = text.split('|').collect();
        let number = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_digit())
                && text.parse::<u64>().is_ok()
        };
        let n = all.len();
        let with = n >= 6 && (all[n - 1].is_empty() || number(all[n - 1])) && number(all[n - 3]);
        let end = if with { n - 3 } else { n.checked_sub(2)? };
        if end < 3 || !number(all[end]) || !number(all[0]) {
            return None;
        }
        let (sender, recipient) = split_addresses(
            text[all[0].len() + 1..].get(..all[1..end].join("|").len())?.as_bytes(),
        )?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let attempts = if with { all[n - 1] } else { "" };
        Some([
            all[0].into(),
            text(sender),
            text(recipient),
            all[end].into(),
            all[end + 1].into(),
            attempts.into(),
        ])
    }

    #[test]
    fn fields_are_what_the_twin_says() {
        fn holds(picks: Vec<u8>) -> bool {
            const PIECES: [&str; 10] =
                ["|", "|", "|", "|", "7", "12", "a@b", "success", "\"", "|c@d|"];
            let text: String =
                picks.iter().map(|pick| PIECES[usize::from(*pick) % PIECES.len()]).collect();
            let line = format!("mail in[1]: {text}");
            let parsed =
                fields(&line).ok().map(|f| [3, 4, 5, 6, 7, 8].map(|at: usize| f[at].clone()));
            parsed == naive(&text)
        }
        quickcheck::QuickCheck::new().tests(50_000).quickcheck(holds as fn(Vec<u8>) -> bool);
    }
}
