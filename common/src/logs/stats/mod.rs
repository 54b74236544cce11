//! H-Sphere's stats log: one line per message and recipient, written by qmail since H-Sphere 2.4.3
//! Patch 1 (H-Sphere's guide for administrators, "Mail Traffic Calculation"):
//!
//! ```text
//! date host in|out[pid]: timestamp|sender|recipient|bytes|status|attempts
//! ```
//!
//! `attempts` came with Patch 4. A `|` is legal in a local part, so fields are counted from both
//! ends.

mod added;
mod fast;

use std::ops::Range;

use bstr::ByteSlice;
use memchr::{memchr, memrchr_iter};

pub use self::fast::{Finder, FoundRows};
use crate::bytes::digits::number;
use crate::filter::Fault;
use crate::logs::prefix::{self, Opening};
use crate::rows::schema::MessageColumn;

/// One message to one recipient: where in its line the field of each column stands.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// The line, and perhaps what follows it.
    text: &'a [u8],
    places: [Range<usize>; IN_LINE],
}

/// How many columns, the first ones, have their fields in the line.
const IN_LINE: usize = MessageColumn::Attempts as usize + 1;

/// The columns whose fields stand side by side in a line, with one byte between two.
const SIDE_BY_SIDE: [Range<usize>; 3] = [0..1, 1..4, 4..IN_LINE];

impl<'a> Record<'a> {
    /// The field of a column: as it stands in the line, or what follows from the status.
    pub fn field(&self, column: MessageColumn) -> &'a [u8] {
        match self.places.get(column as usize) {
            Some(place) => &self.text[place.clone()],
            None => added::field(column, added::reason(self.field(MessageColumn::Status))),
        }
    }
}

/// Reads a line without its end, behind any head.
///
/// A line without `in[pid]: ` or `out[pid]: ` and a `|` after that is skipped; one with them that
/// does not hold a record is rejected.
pub fn parse(line: &[u8]) -> Result<Record<'_>, Fault> {
    let found = prefix::find(line, Opening::OwnWords, |prefix| {
        let is_way = matches!(prefix.tag, b"in" | b"out") && !prefix.pid.is_empty();
        memchr(b'|', prefix.text).filter(|_| is_way).map(|bar| (*prefix, bar))
    });
    let (prefix, bar) = found.ok_or_else(|| {
        if has_record(line) {
            Fault::UnknownHead("a record of a stats log follows an unknown head")
        } else {
            Fault::Skip("not a record of a stats log")
        }
    })?;
    let text = place_in(line, prefix.text);
    let time = text.start..text.start + bar;
    if number(&line[time.clone()]).is_none() {
        return Err(Fault::Reject("the timestamp is not a number"));
    }
    let sender = time.end + 1;
    let [recipient, bytes, status, attempts] = bars(&line[sender..])?.map(|bar| sender + bar);
    Ok(Record {
        text: line,
        places: [
            time,
            place_in(line, prefix.host),
            place_in(line, prefix.tag),
            place_in(line, prefix.pid),
            sender..recipient,
            recipient + 1..bytes,
            bytes + 1..status,
            status + 1..attempts,
            line.len().min(attempts + 1)..line.len(),
        ],
    })
}

/// Where a word of a line stands in it; at its start if it is empty.
fn place_in(line: &[u8], word: &[u8]) -> Range<usize> {
    let start = word.as_ptr().addr().wrapping_sub(line.as_ptr().addr());
    if word.is_empty() { 0..0 } else { start..start + word.len() }
}

/// Do `in[pid]: ` or `out[pid]: `, a number and a bar stand somewhere in the line?
fn has_record(line: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    line.split_once_str(b"]: ").is_some_and(|(head, text)| {
        let (tag, pid) = head.rsplit_once_str(b"[").unwrap_or_default();
        let is_way = [&b" in"[..], b" out"].iter().any(|way| tag.ends_with(way));
        is_way
            && !pid.is_empty()
            && digits(pid) == pid.len()
            && text.get(digits(text)) == Some(&b'|')
    })
}

/// Where the bars between sender, recipient, bytes, status and attempts stand; without attempts the
/// last is the end.
///
/// Counted from the right: the last field is the number of attempts, or empty, if two fields of
/// which the left one is a number stand before it.
fn bars(fields: &[u8]) -> Result<[usize; 4], Fault> {
    let is_number = |start: usize, end: usize| number(&fields[start + 1..end]).is_some();
    let mut from_right = memrchr_iter(b'|', fields);
    let last_three = [from_right.next(), from_right.next(), from_right.next()];
    let [Some(last), Some(before), Some(first)] = last_three else {
        return Err(Fault::Reject("fewer than five fields"));
    };
    let end = fields.len();
    let [bytes, status, attempts] = if from_right.next().is_some()
        && is_number(first, before)
        && (last + 1 == end || is_number(last, end))
    {
        [first, before, last]
    } else if is_number(before, last) {
        [before, last, end]
    } else {
        return Err(Fault::Reject("the bytes are not a number"));
    };
    let addresses = &fields[..bytes];
    let recipient = after_first_domain(addresses).or_else(|| memchr(b'|', addresses));
    let recipient = recipient.ok_or(Fault::Reject("fewer than five fields"))?;
    Ok([recipient, bytes, status, attempts])
}

/// The first bar after the sender's domain: bars are legal in local parts, and in quoted ones an
/// `@` is too.
fn after_first_domain(addresses: &[u8]) -> Option<usize> {
    let after = |byte, from: usize| Some(from + memchr(byte, addresses.get(from..)?)?);
    after(b'|', after(b'@', quoted_length(addresses))?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::schema::Column;

    fn fields(line: &str) -> Result<Vec<String>, Fault> {
        let record = parse(line.as_bytes())?;
        let field = |column| String::from_utf8(record.field(column).to_vec()).unwrap();
        Ok(MessageColumn::ALL.iter().map(|column| field(*column)).collect())
    }

    fn expect(line: &str, expected: [&str; 9]) {
        assert_eq!(fields(line).unwrap()[..9], expected, "{line}");
    }

    #[test]
    fn what_follows_from_the_status() {
        for (status, reason) in [
            ("success", ""),
            ("", ""),
            ("timeout", "lost"),
            ("rejclam", "policy"),
            ("rejspam", "policy"),
            ("manyhops", "refused"),
            ("bytestooverflow", "refused"),
            ("partial", "local"),
            ("readerr", "local"),
            ("Success", "other"),
        ] {
            let found = fields(&format!("h in[1]: 5|a@b|c@d|7|{status}|1")).unwrap();
            assert_eq!(found[9..], ["", "", reason, "", "hsphere", ""], "{status}");
        }
    }

    #[test]
    fn five_and_six_fields() {
        expect(
            "Jun 20 18:20:14 mail.example.com in[2345]: 1119280814|a@example.com|b@example.net|20480|success|1",
            [
                "1119280814",
                "mail.example.com",
                "in",
                "2345",
                "a@example.com",
                "b@example.net",
                "20480",
                "success",
                "1",
            ],
        );
        expect(
            "Jun  2 18:20:14 mail out[2]: 1119280816||b@example.net|1532|rejspam",
            ["1119280816", "mail", "out", "2", "", "b@example.net", "1532", "rejspam", ""],
        );
        expect(
            "Jun  2 18:20:14 mail out[2]: 1119280816|<>|b@example.net|1532|odd word|",
            ["1119280816", "mail", "out", "2", "<>", "b@example.net", "1532", "odd word", ""],
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
            ("10.0.0.1 ", "10.0.0.1"),
            ("1and1 ", "1and1"),
            ("2001:db8::1 ", "2001:db8::1"),
            ("123 ", "123"),
            ("Jun 20 18:20:14 10.0.0.1 ", "10.0.0.1"),
            ("Jun 20 18:20:14 123 ", "123"),
            ("2005-06-20T15:20:14Z 2005 ", "2005"),
            ("@4000000042b6deb800000000 1and1 ", "1and1"),
            // a year, and times
            ("Jun 20 18:20:14 2005 ", ""),
            ("Jun 20 18:20:14 2005 2006 ", "2006"),
            ("1119280814 ", ""),
            ("1119280814 123 ", "123"),
        ] {
            let found = fields(&format!("{head}in[1]: 5|a@b|c@d|7|success|1")).unwrap();
            assert_eq!([found[1].as_str(), found[0].as_str()], [host, "5"], "{head}");
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
            assert!(matches!(fields(line), Err(Fault::Skip(_))), "{line}");
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
            assert!(matches!(fields(&line), Err(Fault::Reject(_))), "{line}: {:?}", fields(&line));
        }
        assert!(
            fields("Jun 20 18:20:14 m in[7]: 1|a@b|c@d|18446744073709551615|success|1").is_ok()
        );
    }

    /// The same by counting from both ends of a list.
    fn reference(text: &str) -> Option<[String; 6]> {
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
        let both = all[1..end].join("|");
        // the rule for several bars has tests of its own
        let bar = after_first_domain(both.as_bytes()).filter(|_| end > 3).unwrap_or(all[1].len());
        let attempts = if with { all[n - 1] } else { "" };
        let texts = [all[0], &both[..bar], &both[bar + 1..], all[end], all[end + 1], attempts];
        Some(texts.map(String::from))
    }

    #[test]
    fn fields_are_those_of_the_reference() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(picks: Vec<u8>) -> bool {
            const WORDS: [&str; 10] =
                ["|", "|", "|", "|", "7", "12", "a@b", "success", "\"", "|c@d|"];
            let text: String =
                picks.iter().map(|pick| WORDS[usize::from(*pick) % WORDS.len()]).collect();
            let line = format!("mail in[1]: {text}");
            let parsed =
                fields(&line).ok().map(|f| [0, 4, 5, 6, 7, 8].map(|at: usize| f[at].clone()));
            parsed == reference(&text)
        }
        quickcheck::QuickCheck::new()
            .tests(50_000)
            .max_tests(50_000)
            .quickcheck(holds as fn(Vec<u8>) -> bool);
    }
}
