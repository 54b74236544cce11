//! Lines that syslog daemons write in place of others: the same message came again.
//!
//! ```text
//! Nov 22 05:21:15 mx qpsmtpd[77]: TEXT
//! Nov 22 05:21:45 mx last message repeated 3 times
//! Nov 22 05:22:15 mx qpsmtpd[77]: message repeated 3 times: [ TEXT]
//! ```
//!
//! The second is the way of BSD and Solaris, the third that of rsyslog. Either stands for three
//! more records of the text, at the time of the line that says so.

use bstr::ByteSlice;

use crate::bytes::digits::number;
use crate::filter::Fault;
use crate::logs::prefix::{self, Opening, Prefix};
use crate::time::stamp::Form;

/// More repetitions than this are not believed.
const MOST_TIMES: u64 = 1_000_000;

/// A line as it would have been logged, and how often it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The line.
    pub line: Vec<u8>,
    /// How often it came.
    pub times: u64,
}

/// The last line that may come again.
#[derive(Debug, Default)]
pub struct Repeats {
    last: Vec<u8>,
}

/// Can a line tell of repetitions? A quick test, which nearly all lines fail.
#[inline]
fn may_repeat(line: &[u8]) -> bool {
    matches!(line, [.., b's' | b']' | b'\r']) && line.contains_str(" repeated ")
}

/// Does a line tell of repetitions? Whether it repeats the line before is another question.
pub fn is_repeat(line: &[u8]) -> bool {
    Repeats::default().unfold(line).is_some()
}

impl Repeats {
    /// Remembers a line, which the next one may repeat.
    #[inline]
    pub fn remember(&mut self, line: &[u8]) {
        self.last.clear();
        // multilog repeats nothing
        if !line.starts_with(b"@") {
            self.last.extend_from_slice(line);
        }
    }

    /// The line that the next one may repeat; empty if there is none.
    pub fn last(&self) -> &[u8] {
        &self.last
    }

    /// Remembers the last of these whole lines.
    ///
    /// One that tells of repetitions itself leaves the line that it repeats, which may come again.
    pub fn remember_last(&mut self, lines: &[u8]) {
        if lines.is_empty() {
            return;
        }
        let lines = lines.strip_suffix(b"\n").unwrap_or(lines);
        let last = &lines[lines.rfind_byte(b'\n').map_or(0, |end| end + 1)..];
        if self.unfold(last).is_none() {
            self.remember(last);
        }
    }

    /// What a line stands for behind other whole lines if it tells of repetitions.
    pub fn unfold_behind(&mut self, lines: &[u8], line: &[u8]) -> Option<Result<Repeated, Fault>> {
        if !may_repeat(line) {
            return None;
        }
        self.remember_last(lines);
        self.unfold(line)
    }

    /// What a line stands for if it tells of repetitions; `None` if it does not.
    pub fn unfold(&self, line: &[u8]) -> Option<Result<Repeated, Fault>> {
        if !may_repeat(line) {
            return None;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        prefix::find(line, Opening::OwnWords, |prefix| self.of_text(line, prefix))
    }

    fn of_text(&self, line: &[u8], prefix: &Prefix<'_>) -> Option<Result<Repeated, Fault>> {
        prefix.stamp.filter(|stamp| stamp.form != Form::Label)?;
        let text = prefix.text;
        if let Some(rest) = text.strip_prefix(b"message repeated ") {
            let (times, rest) = rest.split_once_str(b" times: [")?;
            let again = rest.strip_suffix(b"]")?;
            let again = again.strip_prefix(b" ").unwrap_or(again);
            let head = &line[..line.len() - text.len()];
            return Some(repeated([head, again], number(times)?));
        }
        // a host is the last word before, or it is syslogd itself that says so
        let (host, text) = match text.split_once_str(b" last ") {
            Some((source, _)) if prefix.host.is_empty() => {
                (prefix::host_of(source)?, &text[source.len() + 1..])
            }
            _ => (prefix.host, text),
        };
        let times = text.strip_prefix(b"last message repeated ")?.strip_suffix(b" times")?;
        let times = number(times)?;
        let Some(rest) = self.after_host(host) else {
            return Some(Err(Fault::Skip("repeats a line that is not right before it")));
        };
        Some(repeated([&line[..end_in(line, host)], rest], times))
    }

    /// What stands behind the host in the last line, if it is of this host.
    fn after_host(&self, host: &[u8]) -> Option<&[u8]> {
        prefix::find(&self.last, Opening::OwnWords, |last| {
            (!host.is_empty() && last.host == host)
                .then(|| &self.last[end_in(&self.last, last.host)..])
        })
    }
}

fn repeated(line: [&[u8]; 2], times: u64) -> Result<Repeated, Fault> {
    if times > MOST_TIMES {
        return Err(Fault::Reject("repeated more than a million times"));
    }
    Ok(Repeated { line: line.concat(), times })
}

/// Where a word of a line ends.
fn end_in(line: &[u8], word: &[u8]) -> usize {
    let is_word =
        |at: &usize| (*at == 0 || line[at - 1] == b' ') && line.get(at + word.len()) == Some(&b' ');
    line.find_iter(word).find(is_word).map_or(0, |at| at + word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "Nov 22 05:21:15 mx qpsmtpd[77]: some text";

    fn unfolded(line: &str) -> Option<Result<(String, u64), Fault>> {
        let mut repeats = Repeats::default();
        repeats.remember(LINE.as_bytes());
        let found = repeats.unfold(line.as_bytes())?;
        Some(found.map(|it| (String::from_utf8(it.line).unwrap(), it.times)))
    }

    #[test]
    fn each_form() {
        let again = "Nov 22 05:21:45 mx qpsmtpd[77]: some text";
        for line in [
            "Nov 22 05:21:45 mx last message repeated 3 times",
            "Nov 22 05:21:45 mx last message repeated 3 times\r",
            "Nov 22 05:21:45 mx qpsmtpd[77]: message repeated 3 times: [ some text]",
            "Nov 22 05:21:45 mx qpsmtpd[77]: message repeated 3 times: [some text]",
        ] {
            assert_eq!(unfolded(line), Some(Ok((again.into(), 3))), "{line}");
        }
        let line = "<22>Nov 22 05:21:45 mx syslogd: last message repeated 3 times";
        assert_eq!(unfolded(line), Some(Ok((format!("<22>{again}"), 3))));
        let line = "2026-11-22T05:21:45Z mx last message repeated 1 times";
        let again = "2026-11-22T05:21:45Z mx qpsmtpd[77]: some text";
        assert_eq!(unfolded(line), Some(Ok((again.into(), 1))));
        for head in ["<mail.info> mx", "<2.6> mx", "2026 mx"] {
            let line = format!("Nov 22 05:21:45 {head} last message repeated 3 times");
            let again = format!("Nov 22 05:21:45 {head} qpsmtpd[77]: some text");
            assert_eq!(unfolded(&line), Some(Ok((again, 3))), "{line}");
        }
    }

    #[test]
    fn a_priority_behind_the_host() {
        let mut repeats = Repeats::default();
        repeats.remember(b"Nov 22 05:21:15 mx mail.info qpsmtpd[77]: some text");
        let line = b"Nov 22 05:21:45 mx syslog.info last message repeated 3 times";
        let found = repeats.unfold(line).unwrap().unwrap();
        assert_eq!(found.line, b"Nov 22 05:21:45 mx mail.info qpsmtpd[77]: some text");
    }

    #[test]
    fn what_is_none() {
        for line in [
            LINE,
            "",
            "last message repeated 3 times",
            "@4000000042b6deb800000000 mx last message repeated 3 times",
            "Nov 22 05:21:45 mx qpsmtpd[77]: it repeated 3 times",
            "Nov 22 05:21:45 mx qpsmtpd[77]: x message repeated 3 times: [ some text]",
            "Nov 22 05:21:45 mx last message repeated many times",
            "Nov 22 05:21:45 mx last message repeated 3 times more",
            "Nov 22 05:21:45 mx qpsmtpd[77]: a client's last message repeated 3 times",
        ] {
            assert_eq!(unfolded(line), None, "{line}");
        }
        for line in [
            "Nov 22 05:21:45 other last message repeated 3 times",
            "Nov 22 05:21:45 last message repeated 3 times",
        ] {
            assert!(matches!(unfolded(line), Some(Err(Fault::Skip(_)))), "{line}");
        }
        let line = "Nov 22 05:21:45 mx last message repeated 1000001 times";
        assert!(matches!(unfolded(line), Some(Err(Fault::Reject(_)))));
    }
}
