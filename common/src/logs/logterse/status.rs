//! The last field of a record, which only SME's edition writes: the spam status, or that the mail
//! was refused.

use bstr::ByteSlice;
use memchr::memrchr;

/// What SME's edition writes in place of the spam status of mail that it refused.
pub const DENIED: &[u8; 24] = b"msg denied before queued";

/// The text, and the field of SME's edition after it. A TAB in a text or in a message-id must not
/// pass for the one between the two.
#[inline]
pub(super) fn split_status<'a>(
    disposition: &[u8],
    message: &'a [u8],
) -> Option<(&'a [u8], &'a [u8])> {
    let tab = memrchr(b'\t', message)?;
    let (text, status) = (&message[..tab], &message[tab + 1..]);
    is_status(disposition, text, status).then_some((text, status))
}

/// Is a last field the one of SME's edition, or a part of the text? `message` is what stands before
/// it.
#[inline]
pub fn is_status(disposition: &[u8], message: &[u8], status: &[u8]) -> bool {
    match disposition {
        // logterse ends each message-id in a bracket; what ends in one is a message-id's end
        b"queued" => {
            message.ends_with(b">")
                && !status.ends_with(b">")
                && (status.is_empty() || says_spam(status) || score_in(status).is_some())
        }
        b"spamassassin" if says_spam(status) => true,
        _ => status.is_empty() || status == DENIED,
    }
}

/// Does it begin as `SpamAssassin`'s status does?
fn says_spam(status: &[u8]) -> bool {
    matches!(status, [b'Y' | b'y', b'e', b's', b',', ..] | [b'N' | b'n', b'o', b',', ..])
}

/// What `SpamAssassin` said, as SME's edition logs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Is it spam by `SpamAssassin`'s own threshold? The mail may have been queued all the same.
    pub is_spam: Option<bool>,
    /// Hundredths of a point.
    pub score_centi: Option<i64>,
    /// The threshold, in hundredths of a point.
    pub required_centi: Option<i64>,
}

impl Status {
    /// Reads a record's status; nothing of what it does not say.
    #[inline]
    pub fn read(status: &[u8]) -> Self {
        if status == DENIED {
            return Status::default();
        }
        Status::usual(status).unwrap_or_else(|| Status::any(status))
    }

    /// `No, hits=-2.6 required=5.0`, as nearly all are.
    #[inline]
    fn usual(status: &[u8]) -> Option<Self> {
        let (is_spam, rest) = match status {
            [b'N', b'o', b',', b' ', rest @ ..] => (false, rest),
            [b'Y', b'e', b's', b',', b' ', rest @ ..] => (true, rest),
            _ => return None,
        };
        let score = rest.strip_prefix(b"hits=").or_else(|| rest.strip_prefix(b"score="))?;
        let (score, rest) = cents(score)?;
        let (required, rest) = cents(rest.strip_prefix(b" required=")?)?;
        matches!(rest, b"" | b"_" | b"_ ").then_some(Status {
            is_spam: Some(is_spam),
            score_centi: Some(score),
            required_centi: Some(required),
        })
    }

    #[cold]
    fn any(status: &[u8]) -> Self {
        let is = |word: &[u8]| {
            let said = status.get(..word.len()).is_some_and(|said| said.eq_ignore_ascii_case(word));
            said && !status.get(word.len()).is_some_and(u8::is_ascii_alphanumeric)
        };
        let is_spam = if is(b"no") { Some(false) } else { is(b"yes").then_some(true) };
        let required = value_of(b"required=", status);
        Status { is_spam, score_centi: score_in(status), required_centi: required }
    }
}

/// Hundredths of the number that `text` begins with, if it has one or two decimals, and what
/// follows it.
#[inline]
fn cents(text: &[u8]) -> Option<(i64, &[u8])> {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let digits = |text: &[u8]| text.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let (whole, rest) = unsigned.split_at(digits(unsigned));
    let rest = rest.strip_prefix(b".").filter(|_| (1..4).contains(&whole.len()))?;
    let (decimals, rest) = rest.split_at(digits(rest));
    let value = whole.iter().chain(decimals);
    let value = value.fold(0, |value, byte| value * 10 + i64::from(byte - b'0'));
    let value = match decimals.len() {
        1 => value * 10,
        2 => value,
        _ => return None,
    };
    Some((if unsigned.len() < text.len() { -value } else { value }, rest))
}

fn score_in(status: &[u8]) -> Option<i64> {
    value_of(b"hits=", status).or_else(|| value_of(b"score=", status))
}

/// The number after the first `name`.
fn value_of(name: &[u8], status: &[u8]) -> Option<i64> {
    hundredths(&status[status.find(name)? + name.len()..])
}

/// Hundredths of the decimal number that `text` begins with, rounded half away from zero.
fn hundredths(text: &[u8]) -> Option<i64> {
    /// Far more digits than a score has, and few enough for 64 bits.
    const MOST: usize = 12;
    let unsigned = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let count = |digits: &[u8]| digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digit = |byte: &u8| i64::from(byte.wrapping_sub(b'0'));
    let whole = &unsigned[..count(unsigned)];
    if whole.is_empty() || whole.len() > MOST {
        return None;
    }
    let fraction = unsigned[whole.len()..].strip_prefix(b".").unwrap_or_default();
    let fraction = &fraction[..count(fraction)];
    let value = whole.iter().fold(0, |sum, byte| sum * 10 + digit(byte));
    let [tenths, cents, rest] = [0, 1, 2].map(|at| fraction.get(at).map_or(0, digit));
    let value = value * 100 + tenths * 10 + cents + i64::from(rest >= 5);
    Some(if text.starts_with(b"-") { -value } else { value })
}

/// What statuses are made of, and what they nearly are.
#[cfg(test)]
pub const WORDS: [&str; 16] = [
    "No, ",
    "Yes, ",
    "hits=",
    "score=",
    " required=",
    "-",
    "2",
    "3",
    "1",
    "0",
    ".",
    ".",
    "_",
    " ",
    "5.0",
    "x",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::logterse::{line_of, parse};

    #[test]
    fn what_is_a_status() {
        for (fields, message, status) in [
            ("queued\t\t<id>\tNo, score=1", "<id>", Some("No, score=1")),
            ("queued\t\t<id>\tyes, x", "<id>", Some("yes, x")),
            ("queued\t\t<id>\thits=4", "<id>", Some("hits=4")),
            ("queued\t\t<id>\t", "<id>", Some("")),
            ("queued\t\t<a\tNo, hits=9>\tNo, hits=1", "<a\tNo, hits=9>", Some("No, hits=1")),
            ("queued\t\t<id\tNo, hits=999 required=1>", "<id\tNo, hits=999 required=1>", None),
            ("queued\t\t<id>\tNo, hits=999>", "<id>\tNo, hits=999>", None),
            ("queued\t\t<id>\thits=999>", "<id>\thits=999>", None),
            ("queued\t\t<id\tNo, hits=9", "<id\tNo, hits=9", None),
            ("queued\t\t<id>\tNot it", "<id>\tNot it", None),
            ("queued\t\t<id>\tmsg denied before queued", "<id>\tmsg denied before queued", None),
            ("rcpt_ok\t901\tfoo\tNot allowed", "foo\tNot allowed", None),
            ("rcpt_ok\t901\tfoo\tNo, hits=3", "foo\tNo, hits=3", None),
            ("rcpt_ok\t901\tfoo\tscore=3", "foo\tscore=3", None),
            ("rcpt_ok\t901\tfoo\t", "foo", Some("")),
            (
                "rcpt_ok\t901\ta\tb\tmsg denied before queued",
                "a\tb",
                Some("msg denied before queued"),
            ),
            ("spamassassin\t901\tfoo\tYes, hits=13.1", "foo", Some("Yes, hits=13.1")),
            ("spamassassin\t901\tfoo\tYesterday", "foo\tYesterday", None),
            ("spamassassin\t901\tfoo\thits=3", "foo\thits=3", None),
        ] {
            let line = line_of(&format!("1.2.3.4\th\th\t<a@b>\t<c@d>\t{fields}"));
            let record = parse(line.as_bytes()).unwrap();
            assert_eq!(record.message, message.as_bytes(), "{fields}");
            assert_eq!(record.status, status.map(str::as_bytes), "{fields}");
        }
    }

    #[test]
    fn statuses() {
        let status = |spam, score, required| Status {
            is_spam: spam,
            score_centi: score,
            required_centi: required,
        };
        for (text, expected) in [
            ("No, hits=-2.6 required=5.0_", status(Some(false), Some(-260), Some(500))),
            ("Yes, score=13.1 required=3.0_ ", status(Some(true), Some(1310), Some(300))),
            ("No, score=1", status(Some(false), Some(100), None)),
            ("Yes,score=+0.005,required=5", status(Some(true), Some(1), Some(500))),
            ("No, score=-0.004", status(Some(false), Some(0), None)),
            ("No, score=1234567890123", status(Some(false), None, None)),
            ("Yesterday, hits=x", Status::default()),
            ("msg denied before queued", Status::default()),
            ("", Status::default()),
        ] {
            assert_eq!(Status::read(text.as_bytes()), expected, "{text}");
        }
    }

    /// The short way gives what the long way gives.
    #[test]
    fn usual_statuses_are_statuses() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(words: Vec<u8>) -> bool {
            let end: String = words.iter().map(|word| WORDS[usize::from(word % 16)]).collect();
            ["", "No, hits=", "Yes, score=-1", "No, hits=2.6 required="].iter().all(|start| {
                let text = format!("{start}{end}");
                Status::usual(text.as_bytes()).is_none_or(|it| it == Status::any(text.as_bytes()))
            })
        }
        quickcheck::QuickCheck::new()
            .tests(20_000)
            .max_tests(20_000)
            .quickcheck(holds as fn(Vec<u8>) -> bool);
        assert!(Status::usual(b"No, hits=-2.6 required=5.0_").is_some());
    }
}
