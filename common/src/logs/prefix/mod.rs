//! What stands before a program's own words: the only reader of the heads of lines.
//!
//! ```text
//! @4000000042b6deb800000000 new msg 1
//! Jun 20 18:20:14 mx qmail: 1119280814.100000 new msg 1
//! <22>1 2005-06-20T18:20:14Z mx qmail 77 - - new msg 1
//! ```
//!
//! A head can often be read in more than one way: `delivery 1: ` may be a host and a tag, or words
//! of qmail-send. Only the format knows its words. So [`find`] offers one reading after the other,
//! and the format takes the first whose text is its own.

mod fast;
mod labelled;
mod reading;
mod syslog;

pub use labelled::read as labelled;
pub use reading::{Opening, Prefix, is_number};
pub use syslog::host_of;

use crate::bytes::marks::Marks;

use reading::{continued, is_nearest};
use syslog::{rfc_5424, sourced, without_priority};

use crate::time::Stamp;
use crate::time::stamp::Form;

/// Offers the readings of a line to `judge`, the likeliest first, until it takes one.
#[inline]
pub fn find<'a, T>(
    line: &'a [u8],
    opening: Opening,
    mut judge: impl FnMut(&Prefix<'a>) -> Option<T>,
) -> Option<T> {
    let Some((rest, prefix)) = fast::read(line) else { return plain(line, opening, judge) };
    let bare = || Prefix { stamp: prefix.stamp, text: rest, ..Prefix::default() };
    if prefix.stamp.is_some_and(|stamp| stamp.form.is_date()) {
        judge(&prefix).or_else(|| judge(&bare()))
    } else {
        judge(&bare()).or_else(|| judge(&prefix))
    }
}

/// The same for any line.
fn plain<'a, T>(
    line: &'a [u8],
    opening: Opening,
    mut judge: impl FnMut(&Prefix<'a>) -> Option<T>,
) -> Option<T> {
    let line = without_priority(line);
    if let Some(prefix) = rfc_5424(line) {
        return judge(&prefix);
    }
    let trusting = opening == Opening::OwnWords;
    let Some((stamp, rest)) = stamped(line) else {
        let sourced = || if trusting { sourced(None, line, opening) } else { None };
        return judge(&unstamped(line)).or_else(|| judge(&sourced()?));
    };
    let mut bare = Prefix { stamp: Some(stamp), text: rest, ..Prefix::default() };
    if stamp.form == Form::Ctime {
        bare = of_log_file(bare);
    }
    let sourced = || sourced(Some(stamp), bare.text, opening);
    match stamp.form {
        Form::Label | Form::Local | Form::Utc if !trusting => judge(&bare),
        Form::Label | Form::Local | Form::Utc | Form::Ctime => {
            judge(&bare).or_else(|| judge(&sourced()?))
        }
        Form::Unix if trusting || stamp.has_micros() => judge(&bare).or_else(|| judge(&sourced()?)),
        // it may be the process number
        Form::Unix => judge(&bare).or_else(|| judge(&unstamped(line))),
        Form::Syslog if trusting => sourced()
            .and_then(|prefix| judge(&prefix))
            .or_else(|| judge(&bare))
            .or_else(|| judge(&with_year_at_end(line)?)),
        Form::Syslog | Form::SyslogWithYear | Form::Iso | Form::Full => {
            sourced().and_then(|prefix| judge(&prefix)).or_else(|| judge(&bare))
        }
    }
}

/// The stamp that a line begins with, and the one nearest to the event, which may be the same.
pub fn stamps(line: &[u8]) -> Option<[Stamp<'_>; 2]> {
    let (first, _) = Stamp::at_start(from_time(line)).filter(|(stamp, _)| is_time(*stamp))?;
    let nearest = find(line, Opening::OwnWords, |prefix| prefix.stamp);
    Some([first, nearest.unwrap_or(first)])
}

/// A line from its time on: without the `<22>` and the `1 ` of syslog's protocol.
pub fn from_time(line: &[u8]) -> &[u8] {
    let rest = without_priority(line);
    rest.strip_prefix(b"1 ").unwrap_or(rest)
}

/// A number at the start of a line may be a process number: it has fewer digits than a time.
fn is_time(stamp: Stamp<'_>) -> bool {
    const SECONDS_DIGITS: usize = 9;
    stamp.form != Form::Unix || stamp.has_micros() || stamp.text.len() >= SECONDS_DIGITS
}

/// The stamp of a line and what follows it, through a second stamp if there is one.
#[inline]
pub fn stamped(line: &[u8]) -> Option<(Stamp<'_>, &[u8])> {
    let (outer, rest) = Stamp::at_start(line).filter(|(stamp, _)| is_time(*stamp))?;
    let rest = if outer.form == Form::Iso { without_stream(rest) } else { rest };
    Some(match second_stamp(rest) {
        Some((inner, text)) if is_nearest(inner) => (inner, text),
        // s6-log writes a label and then a date, docker a date before whatever there is
        Some((inner, text)) if inner.form.is_date() => (outer, text),
        _ => (outer, rest),
    })
}

/// A stamp behind another. A look at a few bytes tells it from a process number, which stands there
/// in every line of qpsmtpd.
#[inline]
fn second_stamp(text: &[u8]) -> Option<(Stamp<'_>, &[u8])> {
    let may_be = match text {
        [b'0'..=b'9', _, _, _, b'-' | b' ', ..] => true,
        [b'0'..=b'9', _, _, _, _, _, _, _, nine, ..] => nine.is_ascii_digit(),
        _ => true,
    };
    if may_be { Stamp::at_start(text) } else { None }
}

/// A line without a stamp, or the next piece of one that splogger folded.
#[inline]
fn unstamped(line: &[u8]) -> Prefix<'_> {
    match continued(line) {
        Some((stamp, text)) => {
            Prefix { stamp: Some(stamp), text, continues: true, ..Prefix::default() }
        }
        None => Prefix { text: line, ..Prefix::default() },
    }
}

/// The log files that clamd (`DATE -> TEXT`) and spamd (`DATE [PID] TEXT`) write themselves, or a
/// date alone.
fn of_log_file(bare: Prefix<'_>) -> Prefix<'_> {
    if let Some(text) = bare.text.strip_prefix(b"-> ") {
        return Prefix { text, ..bare };
    }
    let pid = bare.text.strip_prefix(b"[").and_then(|rest| rest.split_at_mark(b"] "));
    match pid.filter(|(pid, _)| is_number(pid)) {
        Some((pid, text)) => Prefix { pid, text, ..bare },
        None => bare,
    }
}

/// A syslog date with the year at its end, and a host and a tag. For [`Opening::ProcessNumber`] the
/// year may as well be the process number: there this is no reading, but a reason to say so.
pub fn with_year_at_end(line: &[u8]) -> Option<Prefix<'_>> {
    let (stamp, rest) = Stamp::with_year_at_end(without_priority(line))?;
    sourced(Some(stamp), rest, Opening::OwnWords)
}

/// Kubernetes (CRI) writes which stream a line came from, and that it is whole.
fn without_stream(text: &[u8]) -> &[u8] {
    let whole = text.strip_prefix(b"stdout F ").or_else(|| text.strip_prefix(b"stderr F "));
    whole.unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::*;

    const LABEL: &str = "@4000000042b6deb800000000";

    /// Each form of head before `new msg 1`: stamp, host, tag and process number.
    const HEADS: [(&str, [&str; 4]); 50] = [
        ("@4000000042b6deb800000000 ", [LABEL, "", "", ""]),
        ("2003-09-27 11:22:07.039237500 ", ["2003-09-27 11:22:07.039237500", "", "", ""]),
        ("2003-09-27 11:22:07  ", ["2003-09-27 11:22:07", "", "", ""]),
        ("@4000000042b6deb800000000 2003-09-27 11:22:07.0392  ", [LABEL, "", "", ""]),
        ("2015-08-17_09:16:20.41495 ", ["2015-08-17_09:16:20.41495", "", "", ""]),
        ("2015-08-17T09:16:20.41495 ", ["2015-08-17T09:16:20.41495", "", "", ""]),
        ("1063526289.292776 ", ["1063526289.292776", "", "", ""]),
        ("1063526289 ", ["1063526289", "", "", ""]),
        ("Sep 14 09:58:09 mx qmail: ", ["Sep 14 09:58:09", "mx", "qmail", ""]),
        ("Sep 14 09:58:09 mx qmail[77]: ", ["Sep 14 09:58:09", "mx", "qmail", "77"]),
        ("Sep 14 09:58:09 1and1 q[7]: ", ["Sep 14 09:58:09", "1and1", "q", "7"]),
        ("Sep 14 09:58:09 192.0.2.1 q: ", ["Sep 14 09:58:09", "192.0.2.1", "q", ""]),
        ("Sep 14 09:58:09 123 q[7]: ", ["Sep 14 09:58:09", "123", "q", "7"]),
        ("2003-09-14T09:58:09Z 2003 q[7]: ", ["2003-09-14T09:58:09Z", "2003", "q", "7"]),
        ("@4000000042b6deb800000000 1 q[7]: ", [LABEL, "1", "q", "7"]),
        ("192.0.2.1 q: ", ["", "192.0.2.1", "q", ""]),
        ("1and1 q[7]: ", ["", "1and1", "q", "7"]),
        ("123 q[7]: ", ["", "123", "q", "7"]),
        ("Sep 14 09:58:09 qmail: ", ["Sep 14 09:58:09", "", "qmail", ""]),
        ("Sep 14 09:58:09 ", ["Sep 14 09:58:09", "", "", ""]),
        ("Sep 14 09:58:09 mx qmail: 1063526289.292776 ", ["1063526289.292776", "mx", "qmail", ""]),
        ("Sep 14 09:58:09 mx q: @4000000042b6deb800000000 ", [LABEL, "mx", "q", ""]),
        ("@4000000042b6deb800000000 Sep 14 09:58:09 mx q: ", [LABEL, "mx", "q", ""]),
        ("Sep 14 09:58:09 <mail.info> mx q: ", ["Sep 14 09:58:09", "mx", "q", ""]),
        ("Sep 14 09:58:09 <2.6> mx q: ", ["Sep 14 09:58:09", "mx", "q", ""]),
        ("Sep 14 09:58:09 mx mail.info q[7]: ", ["Sep 14 09:58:09", "mx", "q", "7"]),
        ("Sep 14 09:58:09 mx q: [ID 748625 mail.info] ", ["Sep 14 09:58:09", "mx", "q", ""]),
        (
            "Sep 14 09:58:09 mx q: [ID 7 mail.info] 1063526289.292776 ",
            ["1063526289.292776", "mx", "q", ""],
        ),
        ("2003 Sep 14 09:58:09 mx q: ", ["2003 Sep 14 09:58:09", "mx", "q", ""]),
        ("Sep 14 2003 09:58:09 mx q: ", ["Sep 14 2003 09:58:09", "mx", "q", ""]),
        ("Sep 14 09:58:09 2003 mx q: ", ["Sep 14 09:58:09 2003", "mx", "q", ""]),
        ("<22>Sep 14 09:58:09 mx q: ", ["Sep 14 09:58:09", "mx", "q", ""]),
        ("Sep 14 09:58:09.123456 mx q[7]: ", ["Sep 14 09:58:09.123456", "mx", "q", "7"]),
        (
            "Sun 2003-09-14 09:58:09 CEST mx q[7]: ",
            ["Sun 2003-09-14 09:58:09 CEST", "mx", "q", "7"],
        ),
        ("2003-09-14T09:58:09+0200 mx q[7]: ", ["2003-09-14T09:58:09+0200", "mx", "q", "7"]),
        ("2003-09-14T09:58:09.1+02:00 mx q: ", ["2003-09-14T09:58:09.1+02:00", "mx", "q", ""]),
        ("2003-09-14T09:58:09Z ", ["2003-09-14T09:58:09Z", "", "", ""]),
        ("2003-09-14T09:58:09.1Z stderr F ", ["2003-09-14T09:58:09.1Z", "", "", ""]),
        ("2003-09-14T09:58:09.1Z stdout F @4000000042b6deb800000000 ", [LABEL, "", "", ""]),
        ("1063526289.292776 mx q[7]: ", ["1063526289.292776", "mx", "q", "7"]),
        ("<22>1 2003-09-14T09:58:09Z mx q 7 - - ", ["2003-09-14T09:58:09Z", "mx", "q", "7"]),
        (
            "1 2003-09-14T09:58:09Z mx q - id [a@1 b=\"c \\\" ] d\"][e] \u{feff}",
            ["2003-09-14T09:58:09Z", "mx", "q", ""],
        ),
        ("<22>1 - - q - - - ", ["", "", "q", ""]),
        ("Sun Sep 14 09:58:09 2003 -> ", ["Sun Sep 14 09:58:09 2003", "", "", ""]),
        ("Sun Sep 14 09:58:09 2003 [15] ", ["Sun Sep 14 09:58:09 2003", "", "", "15"]),
        ("Sun Sep 14 09:58:09 2003 mx[7]: ", ["Sun Sep 14 09:58:09 2003", "", "mx", "7"]),
        ("dovecot: Sep 14 09:58:09 ", ["Sep 14 09:58:09", "", "dovecot", ""]),
        ("dovecot: 2003-09-14 09:58:09 ", ["2003-09-14 09:58:09", "", "dovecot", ""]),
        ("qmail: ", ["", "", "qmail", ""]),
        ("", ["", "", "", ""]),
    ];

    fn parts_of<'a>(prefix: &Prefix<'a>) -> [&'a [u8]; 4] {
        [prefix.stamp.map_or(&b""[..], |stamp| stamp.text), prefix.host, prefix.tag, prefix.pid]
    }

    #[test]
    fn every_head() {
        for (head, expected) in HEADS {
            let line = format!("{head}new msg 1");
            let own = |prefix: &Prefix<'_>| prefix.text == b"new msg 1";
            let found = find(line.as_bytes(), Opening::OwnWords, |it| own(it).then_some(*it));
            let found = found.unwrap_or_else(|| panic!("{line}"));
            assert_eq!(parts_of(&found).map(|it| it.to_str().unwrap()), expected, "{line}");
            assert!(!found.continues);
        }
    }

    #[test]
    fn lines_that_were_folded() {
        for (head, host) in [("Sep 14 09:58:09 mx q: ", "mx"), ("", "")] {
            let line = format!("{head}1063526289.292776+ rest");
            let found = find(line.as_bytes(), Opening::OwnWords, |it| it.continues.then_some(*it));
            let found = found.unwrap();
            assert_eq!(parts_of(&found)[..2], [&b"1063526289.292776"[..], host.as_bytes()]);
            assert_eq!(found.text, b" rest");
        }
    }

    /// Behind a process number stands what a client said: it makes no host, tag or number.
    #[test]
    fn what_a_client_said_is_no_head() {
        let words = "7 dispatching X[9]: Accepted connection";
        for (head, _) in HEADS {
            // a client's words do not stand right behind a tag, and these lines have no number
            if head.ends_with(": ") || head.ends_with("[15] ") {
                continue;
            }
            let line = format!("{head}{words}");
            let mut texts = Vec::new();
            find(line.as_bytes(), Opening::ProcessNumber, |prefix| {
                texts.push((prefix.pid, prefix.text));
                None::<()>
            });
            let forged = texts.iter().any(|(pid, text)| {
                *pid == b"9" || text.starts_with(b"Accepted") || text.starts_with(b"dispatching")
            });
            assert!(!forged, "{line}: {texts:?}");
        }
        for line in ["X[9]: 7 Accepted", "@4000000042b6deb800000000 mx X[9]: 7 Accepted"] {
            find(line.as_bytes(), Opening::ProcessNumber, |prefix| {
                assert!(prefix.pid.is_empty() && !prefix.text.starts_with(b"7"), "{line}");
                None::<()>
            });
        }
    }
}
