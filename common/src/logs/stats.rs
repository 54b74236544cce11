//! H-Sphere's stats log: one line per message and recipient, written by qmail since H-Sphere 2.4.3
//! Patch 1 (H-Sphere's guide for administrators, "Mail Traffic Calculation"):
//!
//! ```text
//! date host in|out[pid]: timestamp|sender|recipient|bytes|status|attempts
//! ```
//!
//! `attempts` came with Patch 4. A `|` is legal in a local part, so fields are counted from both
//! ends.

use crate::filter::Fault;
use crate::time::Stamp;

/// The fields of one line, as they stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The host in the head of the line; empty if there is none.
    pub host: &'a [u8],
    /// `in` or `out`, a bracket, and the process id, decimal.
    pub process: &'a [u8],
    /// Where the bracket is.
    pub bracket: usize,
    /// UNIX seconds, decimal: the record's own, not the head's, which has no year.
    pub time: &'a [u8],
    /// The other five: sender (may be empty, or `<>`), recipient (a message with several has
    /// several lines), bytes (size of the message, decimal, below 2^64), status (`success`,
    /// `timeout`, `rejspam` …: any word), attempts (transfers of data in the SMTP session,
    /// decimal; may be empty).
    pub rest: &'a [u8],
    /// Where the bars between those five are. A line without attempts has the last at its end.
    pub bars: [usize; 4],
}

/// Reads a line without its end; `bars` are the places of all `|` in it. The head may be syslog's,
/// an ISO date, a TAI64N label or nothing.
///
/// A line without `in[pid]: ` or `out[pid]: ` and a `|` after that is skipped; one with them that
/// does not hold a record is rejected.
#[inline]
pub fn parse<'a>(line: &'a [u8], bars: &[usize]) -> Result<Record<'a>, Fault> {
    let (host, rest) = head(line).ok_or(NO_RECORD)?;
    let bracket = match rest {
        [b'i', b'n', b'[', ..] => 2,
        [b'o', b'u', b't', b'[', ..] => 3,
        _ => return Err(NO_RECORD),
    };
    let digits = rest[bracket + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (process, rest) = rest.split_at(bracket + 1 + digits);
    let Some(text) = rest.strip_prefix(b"]: ").filter(|_| digits > 0) else {
        return Err(NO_RECORD);
    };
    let start = line.len() - text.len();
    let in_head = bars.iter().take_while(|bar| **bar < start).count();
    let Some((first, bars)) = bars[in_head..].split_first() else { return Err(NO_RECORD) };
    let time = &line[start..*first];
    if !is_number(time) {
        return Err(Fault::Reject("the timestamp is no number"));
    }
    let bars = five_fields(line, *first, bars)?.map(|bar| bar - first - 1);
    Ok(Record { host, process, bracket, time, rest: &line[first + 1..], bars })
}

const NO_RECORD: Fault = Fault::Skip("not a record of a stats log");

/// The host, and what follows the head of the line.
#[inline]
fn head(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = match line {
        // a label or an ISO date, perhaps before syslog's
        [b'@' | b'0'..=b'9', ..] => without_syslog_date(Stamp::at_start(line)?.1),
        _ => without_syslog_date(line),
    };
    if rest.starts_with(b"in[") || rest.starts_with(b"out[") {
        return Some((&rest[..0], rest));
    }
    let blank = memchr::memchr(b' ', rest)?;
    Some((&rest[..blank], &rest[blank + 1..]))
}

/// What follows `Jun 20 18:20:14 `, if that is how the line begins.
fn without_syslog_date(line: &[u8]) -> &[u8] {
    match line {
        [_, _, _, b' ', _, _, b' ', _, _, b':', _, _, b':', _, _, b' ', rest @ ..] => rest,
        _ => line,
    }
}

/// The bars between sender, recipient, bytes, status and attempts, of those after the timestamp's,
/// which is `first`.
///
/// Counted from the right: the last field is the number of attempts, or empty, if two fields of
/// which the left one is a number stand before it.
#[inline]
fn five_fields(line: &[u8], first: usize, bars: &[usize]) -> Result<[usize; 4], Fault> {
    let (between, [bytes, status, attempts]) = match *bars {
        [_, .., bytes, status, attempts]
            if is_number(&line[bytes + 1..status])
                && (attempts + 1 == line.len() || is_number(&line[attempts + 1..])) =>
        {
            (&bars[..bars.len() - 3], [bytes, status, attempts])
        }
        [_, .., bytes, status] if is_number(&line[bytes + 1..status]) => {
            (&bars[..bars.len() - 2], [bytes, status, line.len()])
        }
        [_, _, _, ..] => return Err(Fault::Reject("the bytes are no number")),
        _ => return Err(Fault::Reject("fewer than five fields")),
    };
    let recipient = match *between {
        [] => return Err(Fault::Reject("sender and recipient are not two fields")),
        [only] => only,
        [leftmost, ..] => {
            let addresses = &line[first + 1..bytes];
            after_first_domain(addresses).map_or(leftmost, |bar| first + 1 + bar)
        }
    };
    Ok([recipient, bytes, status, attempts])
}

/// The first bar after the sender's domain: bars are legal in local parts, and in quoted ones an
/// `@` is too.
fn after_first_domain(addresses: &[u8]) -> Option<usize> {
    let after = |byte, from: usize| Some(from + memchr::memchr(byte, addresses.get(from..)?)?);
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

/// A decimal number below 2^64?
#[inline]
fn is_number(text: &[u8]) -> bool {
    let (eights, rest) = text.as_chunks();
    let digits =
        eights.iter().all(|eight| are_digits(*eight)) && rest.iter().all(u8::is_ascii_digit);
    // nineteen digits always fit
    digits && !text.is_empty() && (text.len() < 20 || fits(text))
}

/// Are all eight bytes decimal digits?
fn are_digits(bytes: [u8; 8]) -> bool {
    let word = u64::from_ne_bytes(bytes);
    let high_halves = 0xf0f0_f0f0_f0f0_f0f0;
    // 0x30 to 0x3f, and still so with six more
    let threes = 0x3030_3030_3030_3030;
    word & high_halves == threes && word.wrapping_add(0x0606_0606_0606_0606) & high_halves == threes
}

#[cold]
fn fits(digits: &[u8]) -> bool {
    std::str::from_utf8(digits).is_ok_and(|digits| digits.parse::<u64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Result<Vec<String>, Fault> {
        let bars: Vec<usize> = line.match_indices('|').map(|(at, _)| at).collect();
        let record = parse(line.as_bytes(), &bars)?;
        let [recipient, bytes, status, attempts] = record.bars;
        let rest = record.rest;
        let all = [
            record.host,
            &record.process[..record.bracket],
            &record.process[record.bracket + 1..],
            record.time,
            &rest[..recipient],
            &rest[recipient + 1..bytes],
            &rest[bytes + 1..status],
            &rest[status + 1..attempts],
            rest.get(attempts + 1..).unwrap_or_default(),
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

    #[test]
    fn eight_digits_at_once() {
        for place in 0..8 {
            for byte in 0..=255_u8 {
                let mut bytes = *b"01289567";
                bytes[place] = byte;
                assert_eq!(are_digits(bytes), byte.is_ascii_digit(), "{bytes:?}");
            }
        }
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
        let both = all[1..end].join("|");
        // the rule for several bars has tests of its own
        let bar = after_first_domain(both.as_bytes()).filter(|_| end > 3).unwrap_or(all[1].len());
        let attempts = if with { all[n - 1] } else { "" };
        let texts = [all[0], &both[..bar], &both[bar + 1..], all[end], all[end + 1], attempts];
        Some(texts.map(String::from))
    }

    #[test]
    fn fields_are_what_the_twin_says() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
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
