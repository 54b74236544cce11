//! Fields that the lines of several programs have.

use std::ops::Range;

use crate::bytes::marks::Marks;
use crate::bytes::scan::Places;

use super::prefix::Prefix;

/// Why a line that looks like one of a program's is none of them: a short reason.
pub type Broken = &'static str;

/// The reason for a number that is missing, or that does not fit.
pub const NO_NUMBER: Broken = "a number is missing or too large";

/// The reason for a line whose rest is missing, or differs from what the program writes.
pub const CUT_SHORT: Broken = "cut short, or not as the program writes it";

/// What a program wrote whose name is the first word of its text.
pub fn after_name<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    text.strip_prefix(name)?.strip_prefix(b": ")
}

/// What a program of this name wrote. The name is the first word of the text, or the tag.
pub fn words_of<'a>(prefix: &Prefix<'a>, name: &[u8]) -> Option<&'a [u8]> {
    after_name(prefix.text, name).or_else(|| (prefix.tag == name).then_some(prefix.text))
}

/// An address without the brackets around it, and an IPv4 address without the `::ffff:` that it has
/// on a socket for IPv6.
pub fn plain_ip(ip: &[u8]) -> &[u8] {
    let ip = ip.strip_prefix(b"[").and_then(|ip| ip.strip_suffix(b"]")).unwrap_or(ip);
    match ip.get(..7) {
        Some(start) if start.eq_ignore_ascii_case(b"::ffff:") && ip.contains(&b'.') => &ip[7..],
        _ => ip,
    }
}

/// Where each of some marks stands that begin with a comma, if it stands once in `text`. Where
/// strangers chose a part of the text and a mark stands there too, nothing tells which is the real
/// one: then there is none.
#[inline]
pub fn single<const N: usize>(text: &[u8], marks: [&[u8]; N]) -> [Option<Range<usize>>; N] {
    let mut found = [const { (0, 0..0) }; N];
    for at in Places::new(text, b',') {
        for ((count, place), mark) in found.iter_mut().zip(marks) {
            if text[at..].get(1) == mark.get(1) && text[at..].starts_with(mark) {
                (*count, *place) = (*count + 1, at..at + mark.len());
            }
        }
    }
    found.map(|(count, place)| (count == 1).then_some(place))
}

/// How a client speaks to a daemon that gives access to mailboxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mailbox {
    /// POP3, with or without TLS.
    Pop3,
    /// IMAP, with or without TLS.
    Imap,
}

impl Mailbox {
    /// The word of the `service` column.
    pub fn name(self) -> &'static str {
        match self {
            Mailbox::Pop3 => "pop3",
            Mailbox::Imap => "imap",
        }
    }
}

/// Does the text begin with one of these words, none of which is empty?
#[inline]
pub fn begins_with_any(text: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|word| word.first() == text.first() && text.starts_with(word))
}

/// Is one of these words somewhere in the text?
pub fn contains_any(text: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|word| text.has_mark(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (ip, plain) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("::FFFF:192.0.2.1", "192.0.2.1"),
            ("[::ffff:192.0.2.1]", "192.0.2.1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("::ffff:1", "::ffff:1"),
            ("::1", "::1"),
            ("[", "["),
            ("", ""),
        ] {
            assert_eq!(plain_ip(ip.as_bytes()), plain.as_bytes(), "{ip}");
        }
    }

    #[test]
    fn marks_that_stand_once() {
        let text = b",user=a,b,uid=7,rhost=x,mid=<,rhost=y>";
        let marks = [&b",user="[..], b",uid=", b",rhost=", b",mid=", b",size=", b","];
        let found = single(text, marks);
        assert_eq!(found, [Some(0..6), Some(9..14), None, Some(23..28), None, None]);
    }
}
