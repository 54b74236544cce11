//! What an answer means. Only `listed` is a listing; an error is never `clean`.

use std::fmt::Write;
use std::net::Ipv4Addr;

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The list has an entry.
    Listed,
    /// The list has none, and said so.
    Clean,
    /// The list, or the server, does not answer us.
    Refused,
    /// An address that no list gives: a resolver that rewrites answers, or a parked zone.
    Bogus,
    /// There was no answer that can be used.
    Error,
    /// The column holds nothing that a list could be asked about.
    Invalid,
    /// A private address.
    Skipped,
}

const WORDS: [(Verdict, &str); 7] = [
    (Verdict::Listed, "listed"),
    (Verdict::Clean, "clean"),
    (Verdict::Refused, "refused"),
    (Verdict::Bogus, "bogus"),
    (Verdict::Error, "error"),
    (Verdict::Invalid, "invalid"),
    (Verdict::Skipped, "skipped"),
];

impl Verdict {
    /// As it stands in a row.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(verdict, _)| *verdict == self).map_or("", |(_, word)| word)
    }

    /// Read back from a row.
    pub fn read(word: &[u8]) -> Option<Self> {
        WORDS.iter().find(|(_, known)| known.as_bytes() == word).map(|(verdict, _)| *verdict)
    }

    /// Was the question left without an answer?
    pub fn is_failure(self) -> bool {
        matches!(self, Verdict::Refused | Verdict::Bogus | Verdict::Error)
    }
}

/// A row's worth of answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it comes to.
    pub verdict: Verdict,
    /// The addresses, joined by commas.
    pub a: String,
    /// The texts; where there is no answer, what happened.
    pub txt: Vec<u8>,
    /// When it was given, in UNIX seconds; never for what was not asked.
    pub checked_at: Option<i64>,
    /// Until when it may be used again.
    pub expires: i64,
}

impl Answer {
    /// The answer to what was not asked.
    pub fn unasked(verdict: Verdict, why: &str) -> Self {
        Answer { verdict, a: String::new(), txt: why.into(), checked_at: None, expires: 0 }
    }
}

/// How a server ended its answer: the response code of DNS.
pub type Code = u16;

/// No error.
pub const NOERROR: Code = 0;
/// No such name.
pub const NXDOMAIN: Code = 3;
/// The server does not answer us.
pub const REFUSED: Code = 5;

/// What the addresses that a list gave, or their absence, mean. With the verdict come words for
/// what happened where there is no address to show.
pub fn judge(zone: &str, code: Code, addresses: &[Ipv4Addr]) -> (Verdict, &'static str) {
    match (code, addresses) {
        (NOERROR | NXDOMAIN, []) => (Verdict::Clean, ""),
        (NOERROR, _) if addresses.iter().any(|address| is_refusal(zone, *address)) => {
            (Verdict::Refused, "")
        }
        (NOERROR, _) if addresses.iter().all(Ipv4Addr::is_loopback) => (Verdict::Listed, ""),
        (NOERROR, _) => (Verdict::Bogus, ""),
        (NXDOMAIN, _) => (Verdict::Error, "contradictory answer"),
        (REFUSED, _) => (Verdict::Refused, "REFUSED"),
        (1, _) => (Verdict::Error, "FORMERR"),
        (2, _) => (Verdict::Error, "SERVFAIL"),
        (4, _) => (Verdict::Error, "NOTIMP"),
        _ => (Verdict::Error, "unknown response code"),
    }
}

/// Is it a list's way to say that it does not answer? 127.0.0.1 is URIBL's and SURBL's, and no
/// list's way to list; 127.255.255.x is Spamhaus' and Validity's.
fn is_refusal(zone: &str, address: Ipv4Addr) -> bool {
    let is = |list: &str| zone == list || zone.strip_suffix(list).is_some_and(|z| z.ends_with('.'));
    match address.octets() {
        [127, 255, 255, _] | [127, 0, 0, 1] => true,
        // DBL, when asked about an address
        [127, 0, 1, 255] => is("dbl.spamhaus.org") || is("dbl.dq.spamhaus.net"),
        [127, 0, _, 255] => is("list.dnswl.org"),
        _ => false,
    }
}

/// The addresses as a field.
pub fn joined(addresses: &[Ipv4Addr]) -> String {
    let mut text = String::new();
    for address in addresses {
        let comma = if text.is_empty() { "" } else { "," };
        // writing to a String cannot fail
        let _ = write!(text, "{comma}{address}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(zone: &str, code: Code, addresses: &[&str]) -> Verdict {
        let addresses: Vec<Ipv4Addr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
        judge(zone, code, &addresses).0
    }

    #[test]
    fn each_verdict() {
        use Verdict::{Bogus, Clean, Error, Listed, Refused};
        for (zone, code, addresses, expected) in [
            ("bl", NOERROR, &["127.0.0.2"][..], Listed),
            ("bl", NOERROR, &["127.0.0.2", "127.0.0.9"], Listed),
            ("bl", NOERROR, &["127.0.0.255"], Listed),
            ("bl", NOERROR, &["127.0.1.255"], Listed),
            ("bl", NOERROR, &[], Clean),
            ("bl", NXDOMAIN, &[], Clean),
            ("bl", NXDOMAIN, &["127.0.0.2"], Error),
            ("zen.spamhaus.org", NOERROR, &["127.255.255.252"], Refused),
            ("zen.spamhaus.org", NOERROR, &["127.255.255.254"], Refused),
            ("zen.spamhaus.org", NOERROR, &["127.0.0.2", "127.255.255.255"], Refused),
            ("multi.uribl.com", NOERROR, &["127.0.0.1"], Refused),
            ("dbl.spamhaus.org", NOERROR, &["127.0.1.255"], Refused),
            ("dbl.dq.spamhaus.net", NOERROR, &["127.0.1.255"], Refused),
            ("list.dnswl.org", NOERROR, &["127.0.0.255"], Refused),
            ("list.dnswl.org", NOERROR, &["127.0.5.2"], Listed),
            ("nolist.dnswl.org", NOERROR, &["127.0.0.255"], Listed),
            ("bl", NOERROR, &["192.0.2.1"], Bogus),
            ("bl", NOERROR, &["127.0.0.2", "192.0.2.1"], Bogus),
            ("bl", NOERROR, &["126.255.255.255"], Bogus),
            ("bl", NOERROR, &["128.0.0.2"], Bogus),
            ("bl", REFUSED, &[], Refused),
            ("bl", REFUSED, &["127.0.0.2"], Refused),
            ("bl", 1, &[], Error),
            ("bl", 2, &[], Error),
            ("bl", 2, &["127.0.0.2"], Error),
            ("bl", 4, &[], Error),
            ("bl", 15, &[], Error),
        ] {
            assert_eq!(verdict(zone, code, addresses), expected, "{zone} {code} {addresses:?}");
        }
    }

    /// No response code but 0 lists, none but 0 and 3 clears.
    #[test]
    fn codes() {
        for code in 0..=u16::MAX {
            assert_eq!(verdict("bl", code, &["127.0.0.2"]) == Verdict::Listed, code == 0);
            assert_eq!(verdict("bl", code, &[]) == Verdict::Clean, code == 0 || code == 3);
        }
    }

    #[test]
    fn words_read_back() {
        for (verdict, word) in WORDS {
            assert_eq!((verdict.word(), Verdict::read(word.as_bytes())), (word, Some(verdict)));
        }
        assert_eq!(Verdict::read(b"Listed"), None);
    }
}
