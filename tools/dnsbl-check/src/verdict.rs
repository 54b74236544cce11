//! What an answer means. Only `listed` is a listing; an error is never `clean`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::net::Ipv4Addr;

use crate::answers::Meaning;
use crate::list::List;

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The list has an entry that counts.
    Listed,
    /// The list has an entry of praise.
    Whitelisted,
    /// The list has an entry that does not count.
    Other,
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

const WORDS: [(Verdict, &str); 9] = [
    (Verdict::Listed, "listed"),
    (Verdict::Whitelisted, "whitelisted"),
    (Verdict::Other, "other"),
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
        match self {
            Verdict::Refused | Verdict::Bogus | Verdict::Error => true,
            Verdict::Listed
            | Verdict::Whitelisted
            | Verdict::Other
            | Verdict::Clean
            | Verdict::Invalid
            | Verdict::Skipped => false,
        }
    }

    /// Does the list have an entry, whether it counts or not?
    pub fn is_entry(self) -> bool {
        matches!(self, Verdict::Listed | Verdict::Whitelisted | Verdict::Other)
    }

    /// Does it come with addresses? For a refusal both is possible.
    pub fn fits(self, addresses: &[Ipv4Addr]) -> bool {
        match self {
            Verdict::Listed | Verdict::Whitelisted | Verdict::Other | Verdict::Bogus => {
                !addresses.is_empty()
            }
            Verdict::Clean | Verdict::Error | Verdict::Invalid | Verdict::Skipped => {
                addresses.is_empty()
            }
            Verdict::Refused => true,
        }
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

/// How long an answer is used at least and at most, whatever the list says.
pub const LEAST_TTL_SECONDS: u32 = 60;
pub const MOST_TTL_SECONDS: u32 = 86_400;

impl Answer {
    /// May it be used at this time? Not if it is from the future, or was kept for longer than any
    /// answer is, such as after the clock was set back.
    pub fn is_of_use(&self, now: i64) -> bool {
        self.has_possible_times()
            && now < self.expires
            && self.checked_at.is_some_and(|given| given <= now)
    }

    /// May it be used at this time, and is it no failure?
    pub fn is_worth_keeping(&self, now: i64) -> bool {
        (self.verdict.is_entry() || self.verdict == Verdict::Clean) && self.is_of_use(now)
    }

    /// Was it given, and does it not last longer than any answer does?
    pub fn has_possible_times(&self) -> bool {
        let lasts = |given: i64| self.expires.checked_sub(given);
        let lasts = self.checked_at.filter(|given| *given >= 0).and_then(lasts);
        lasts.is_some_and(|seconds| (0..=MOST_TTL_SECONDS.into()).contains(&seconds))
    }

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
/// what happened where there is no address to show. `is_sound` says that the list was tested, and
/// does not answer everybody with 127.0.0.1.
pub fn judge(
    list: &List,
    code: Code,
    addresses: &[Ipv4Addr],
    is_sound: bool,
) -> (Verdict, &'static str) {
    match (code, addresses) {
        (NOERROR | NXDOMAIN, []) => (Verdict::Clean, ""),
        (NOERROR, _) => (of_addresses(list, addresses, is_sound), ""),
        (NXDOMAIN, _) => (Verdict::Error, "contradictory answer"),
        (REFUSED, _) => (Verdict::Refused, "REFUSED"),
        (1, _) => (Verdict::Error, "FORMERR"),
        (2, _) => (Verdict::Error, "SERVFAIL"),
        (4, _) => (Verdict::Error, "NOTIMP"),
        _ => (Verdict::Error, "unknown response code"),
    }
}

/// What addresses mean, of which there is one at least. A refusal among them makes all of them one,
/// and then an address that no list gives; a listing goes before praise.
pub fn of_addresses(list: &List, addresses: &[Ipv4Addr], is_sound: bool) -> Verdict {
    let verdict = |address: &Ipv4Addr| match list.meaning(*address) {
        Meaning::Listing => Verdict::Listed,
        Meaning::Praise => Verdict::Whitelisted,
        Meaning::One if is_sound => Verdict::Other,
        Meaning::Remark => Verdict::Other,
        Meaning::Refusal | Meaning::One => Verdict::Refused,
        Meaning::Foreign => Verdict::Bogus,
    };
    let has = |wanted: &Verdict| addresses.iter().any(|address| verdict(address) == *wanted);
    let order = [Verdict::Refused, Verdict::Bogus, Verdict::Listed, Verdict::Whitelisted];
    order.into_iter().find(has).unwrap_or(Verdict::Other)
}

/// The addresses as a field: in order, each once, whatever order a server gave them in.
pub fn joined(addresses: &[Ipv4Addr]) -> String {
    let mut text = String::new();
    for address in BTreeSet::from_iter(addresses) {
        let comma = if text.is_empty() { "" } else { "," };
        // writing to a String cannot fail
        let _ = write!(text, "{comma}{address}");
    }
    text
}

/// The addresses of a field; nothing for a field that [`joined`] does not write.
pub fn split(field: &str) -> Option<Vec<Ipv4Addr>> {
    let addresses = field.split(',').filter(|text| !text.is_empty()).map(str::parse);
    let addresses = addresses.collect::<Result<Vec<_>, _>>().ok()?;
    (joined(&addresses) == field).then_some(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(list: &str, code: Code, addresses: &[&str]) -> Verdict {
        let addresses: Vec<Ipv4Addr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
        let list = List::new(list.as_bytes(), true).unwrap();
        judge(&list, code, &addresses, false).0
    }

    #[test]
    fn each_verdict() {
        use Verdict::{Bogus, Clean, Error, Listed, Other, Refused, Whitelisted};
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
            ("list.dnswl.org", NOERROR, &["127.0.5.2"], Whitelisted),
            ("bl=127.0.0.2,+127.0.0.4", NOERROR, &["127.0.0.3"], Other),
            ("bl=127.0.0.2,+127.0.0.4", NOERROR, &["127.0.0.3", "127.0.1.1"], Other),
            ("bl=127.0.0.2,+127.0.0.4", NOERROR, &["127.0.0.3", "127.0.0.4"], Whitelisted),
            ("bl=127.0.0.2,+127.0.0.4", NOERROR, &["127.0.0.4", "127.0.0.2"], Listed),
            ("bl=127.0.0.2,+127.0.0.4", NOERROR, &["127.0.0.2", "127.0.0.1"], Refused),
            ("bl=127.0.0.2,+127.0.0.4", NOERROR, &["127.0.0.2", "192.0.2.1"], Bogus),
            ("bl=127.0.0.2", NOERROR, &[], Clean),
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

    #[test]
    fn one_is_a_refusal_of_a_list_that_is_not_sound() {
        for (list, one, two) in [
            ("bl", Verdict::Refused, Verdict::Other),
            ("bl=127.0.0.2", Verdict::Refused, Verdict::Other),
            ("bl=127.0.0.1", Verdict::Listed, Verdict::Listed),
            ("bl=+127.0.0.1", Verdict::Whitelisted, Verdict::Whitelisted),
            ("multi.uribl.com", Verdict::Refused, Verdict::Refused),
        ] {
            let list = List::new(list.as_bytes(), false).unwrap();
            let found =
                [false, true].map(|sound| of_addresses(&list, &[[127, 0, 0, 1].into()], sound));
            assert_eq!(found, [one, two], "{}", list.name);
        }
    }

    #[test]
    fn fields_of_addresses() {
        for field in ["", "127.0.0.2", "127.0.0.2,127.0.0.9"] {
            assert_eq!(joined(&split(field).unwrap()), field);
        }
        for field in [
            ",",
            "127.0.0.2,",
            "127.0.0",
            "127.0.0.02",
            "127.0.0.2 ",
            "127.0.0.9,127.0.0.2",
            "127.0.0.2,127.0.0.2",
            "::1",
        ] {
            assert_eq!(split(field), None, "{field}");
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
