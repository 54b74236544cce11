//! The finder of the lines that a multilog of qmail-send is made of.
//!
//! ```text
//! @4000000042b6deb800000000 status: local 1/10 remote 0/20
//! @4000000042b6deb800000000 starting delivery 7: msg 163844 to local bob@example.com
//! @4000000042b6deb800000000 delivery 7: success: did_1+0+0/
//! ```
//!
//! A label has one length, and no other head is tried behind it. No blank stands in what strangers
//! chose, so where the words of qmail-send have their places, there is neither a second label in
//! the line nor the name of a queue at its end. Any other line is for the plain reader. Measured: 250
//! instructions a line instead of 760.

use super::event::{Channel, Event, Outcome};
use super::record::Record;
use crate::bytes::digits::{number, short_number_at_start};
use crate::bytes::marks::Marks;
use crate::logs::prefix::{self, Prefix};

/// What [`read`](super::read) makes of a line in which [`second_label`](super::second_label) finds
/// none; nothing for many a line that is one of these too.
#[inline]
pub fn read(line: &[u8]) -> Option<(Prefix<'_>, Record<'_>)> {
    let prefix = prefix::labelled(line)?;
    let event = event(prefix.text)?;
    Some((prefix, Record { event, queue: b"" }))
}

#[inline(always)]
fn event(text: &[u8]) -> Option<Event<'_>> {
    match text.first()? {
        b's' => match text.strip_prefix(b"status: ") {
            Some(rest) if rest.starts_with(b"exiting") || rest.has_mark(b"@") => None,
            Some(_) => Some(Event::Status),
            None => start(text.strip_prefix(b"starting delivery ")?),
        },
        b'd' => end(text.strip_prefix(b"delivery ")?),
        b'n' => {
            let message = number(text.strip_prefix(b"new msg ")?)?;
            Some(Event::NewMessage { message })
        }
        b'i' => info(text.strip_prefix(b"info msg ")?),
        b'e' => {
            let message = number(text.strip_prefix(b"end msg ")?)?;
            Some(Event::MessageDone { message })
        }
        _ => None,
    }
}

/// `7: msg 163844 to local bob@example.com`
#[inline(always)]
fn start(text: &[u8]) -> Option<Event<'_>> {
    let (delivery, rest) = number_before(text, b": msg ")?;
    let (message, rest) = number_before(rest, b" to ")?;
    let (channel, recipient) = match rest.strip_prefix(b"local ") {
        Some(recipient) => (Channel::Local, recipient),
        None => (Channel::Remote, rest.strip_prefix(b"remote ")?),
    };
    is_word(recipient).then_some(Event::Start { delivery, message, channel, recipient })
}

/// `7: success: did_1+0+0/`
#[inline(always)]
fn end(text: &[u8]) -> Option<Event<'_>> {
    let (delivery, rest) = number_before(text, b": ")?;
    let (outcome, report) = match rest.first()? {
        b's' => (Outcome::Success, rest.strip_prefix(b"success: ")?),
        b'f' => (Outcome::Failure, rest.strip_prefix(b"failure: ")?),
        _ => (Outcome::Deferral, rest.strip_prefix(b"deferral: ")?),
    };
    is_word(report).then_some(Event::End { delivery, outcome, report })
}

/// `163844: bytes 263 from <bob@example.com> qp 43 uid 0`
#[inline(always)]
fn info(text: &[u8]) -> Option<Event<'_>> {
    let (message, rest) = number_before(text, b": bytes ")?;
    let (bytes, rest) = number_before(rest, b" from <")?;
    let (sender, rest) = rest.split_at_mark(b" ")?;
    let sender = sender.strip_suffix(b">")?;
    let (qp, rest) = number_before(rest.strip_prefix(b"qp ")?, b" uid ")?;
    Some(Event::Info { message, bytes, sender, qp, uid: number(rest)? })
}

/// The number that a text begins with, and what stands behind the words that follow it.
#[inline(always)]
fn number_before<'a>(text: &'a [u8], words: &[u8]) -> Option<(u64, &'a [u8])> {
    let (number, rest) = short_number_at_start(text)?;
    Some((number, rest.strip_prefix(words)?))
}

/// Has it no blank within, and no white space at its ends?
#[inline(always)]
fn is_word(text: &[u8]) -> bool {
    let is_edge = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii_whitespace());
    is_edge(text.first()) && is_edge(text.last()) && !text.has_mark(b" ")
}

#[cfg(test)]
mod tests {
    use super::super::{read as plain, second_label};
    use super::*;
    use crate::logs::edits::edited;

    const LABEL: &str = "@4000000042b6deb800000000";

    const LINES: [&[&str]; 9] = [
        &[LABEL, " ", "status: ", "local 1/10", " remote 0/20"],
        &[LABEL, " ", "starting delivery ", "7", ": msg ", "16384401", " to ", "local ", "b@x.y"],
        &[LABEL, " ", "starting delivery ", "123456", ": msg ", "7", " to ", "remote ", "b@x.y"],
        &[LABEL, " ", "delivery ", "7", ": ", "success: ", "did_1+0+0/"],
        &[LABEL, " ", "delivery ", "7", ": ", "failure: ", "no/"],
        &[LABEL, " ", "delivery ", "7", ": ", "deferral: ", "later_@b/"],
        &[LABEL, " ", "new msg ", "16384401"],
        &[
            LABEL,
            " ",
            "info msg ",
            "1",
            ": bytes ",
            "2",
            " from ",
            "<s@x>",
            " qp ",
            "4321",
            " uid ",
            "89",
        ],
        &[LABEL, " ", "end msg ", "1"],
    ];

    const ODD: [&str; 25] = [
        "<>",
        " ",
        "  ",
        "",
        "\r",
        "\t",
        "@",
        "<",
        "> qp ",
        ": ",
        ".5",
        " queue5",
        "0",
        "99999999",
        "123456789",
        "18446744073709551616",
        "exiting",
        "suppl0 ",
        "10:11:12 2003",
        "\u{e9}",
        "@4000000042B6DEB83B9ACA00",
        "@4000000042b6deb80000000g",
        "@4000000042b6deb800000000 ",
        "1119280814.100000 ",
        "mx q: ",
    ];

    #[test]
    fn finder_and_reader_agree() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(line: u8, edits: Vec<(u8, u8)>) -> bool {
            let line = edited(LINES[usize::from(line) % LINES.len()], &ODD, &edits).concat();
            let line = line.as_bytes();
            read(line).is_none_or(|(prefix, record)| {
                second_label(line).is_none() && plain(line) == Ok((prefix, Ok(record)))
            })
        }
        quickcheck::QuickCheck::new()
            .tests(100_000)
            .max_tests(100_000)
            .quickcheck(holds as fn(u8, Vec<(u8, u8)>) -> bool);
    }

    #[test]
    fn what_is_found() {
        for line in LINES {
            assert!(read(line.concat().as_bytes()).is_some(), "{line:?}");
        }
        for (at, word) in [(0, "@4000000042b6deb80000000g"), (2, "status: exiting"), (4, "@")] {
            let mut line = LINES[0].to_vec();
            line[at] = word;
            assert_eq!(read(line.concat().as_bytes()), None, "{line:?}");
        }
    }
}
