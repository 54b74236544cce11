//! Fields that the lines of several programs have.

use bstr::ByteSlice;

use crate::bytes::marks::Marks;

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

/// What stands between two marks, each of which stands once in `text`. Where strangers chose a part
/// of the text and a mark stands there too, nothing tells which is the real one: then there is no
/// value.
pub fn between<'a>(text: &'a [u8], before: &[u8], after: &[u8]) -> Option<&'a [u8]> {
    let once = |mark| text.find_mark(mark).filter(|first| text.rfind_mark(mark) == Some(*first));
    text.get(once(before)? + before.len()..once(after)?)
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

/// Does the text begin with one of these words?
pub fn begins_with_any(text: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|word| text.starts_with(word))
}

/// Is one of these words somewhere in the text?
pub fn contains_any(text: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|word| text.contains_str(word))
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
    fn values() {
        let text = b"user=a,b,uid=7,rhost=x,mid=<,rhost=y>";
        assert_eq!(between(text, b"user=", b",uid="), Some(&b"a,b"[..]));
        assert_eq!(between(text, b",rhost=", b",mid="), None);
        assert_eq!(between(text, b",uid=", b",rhost="), None);
        assert_eq!(between(text, b",mid=", b",uid="), None);
        assert_eq!(between(text, b",size=", b",uid="), None);
    }
}
