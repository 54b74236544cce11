//! Which of a list's answers count: for those of `--list`, and for lists that are known.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

/// What one address in an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The list has an entry that counts.
    Listing,
    /// The list has an entry of praise.
    Praise,
    /// The list has an entry that does not count.
    Remark,
    /// The list does not answer us.
    Refusal,
    /// 127.0.0.1: a refusal for some lists, a remark for others.
    One,
    /// No list gives such an address.
    Foreign,
}

/// Addresses, each of whose four numbers is in a range: `127.0.0-255.1-3`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern([RangeInclusive<u8>; 4]);

impl Pattern {
    /// Nothing for what is no address in 127.0.0.0/8.
    fn read(text: &str) -> Option<Self> {
        let number = |text: &str| {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u8>().ok().filter(|_| is_number)
        };
        let range = |text: &str| {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(first..=last)
        };
        let ranges: Option<Vec<_>> = text.split('.').map(range).collect();
        let ranges = ranges?.try_into().ok()?;
        let pattern = Pattern(ranges);
        (pattern.0[0] == (127..=127)).then_some(pattern)
    }

    fn has(&self, address: Ipv4Addr) -> bool {
        self.0.iter().zip(address.octets()).all(|(range, number)| range.contains(&number))
    }
}

/// Which answers of a list count, and for what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Each with whether it is praise. Without any, every address is a listing.
    counted: Vec<(Pattern, bool)>,
    /// This list's own ways to say that it does not answer.
    refusals: Vec<Pattern>,
}

impl Answers {
    /// Those of `--list`, such as `127.0.0.2,127.0.0.4-7,+127.0.0.1`, for the list of this name;
    /// without any, those that are known of it. Nothing for what is no list of addresses.
    pub fn new(zone: &str, counted: Option<&str>) -> Option<Self> {
        let (known, refusals) = known(zone);
        let counted = match counted.or(known) {
            Some(text) => text.split(',').map(one).collect::<Option<_>>()?,
            None => Vec::new(),
        };
        let refusals = refusals.iter().filter_map(|text| Pattern::read(text)).collect();
        Some(Answers { counted, refusals })
    }

    /// What an address means.
    pub fn meaning(&self, address: Ipv4Addr) -> Meaning {
        if let Some((_, is_praise)) = self.counted.iter().find(|(it, _)| it.has(address)) {
            return if *is_praise { Meaning::Praise } else { Meaning::Listing };
        }
        match address.octets() {
            _ if self.refusals.iter().any(|refusal| refusal.has(address)) => Meaning::Refusal,
            // Spamhaus' and Validity's, and no list's way to list
            [127, 255, 255, _] => Meaning::Refusal,
            [127, 0, 0, 1] => Meaning::One,
            [127, ..] if self.counted.is_empty() => Meaning::Listing,
            [127, ..] => Meaning::Remark,
            _ => Meaning::Foreign,
        }
    }
}

/// An address that counts; with `+` it is praise.
fn one(text: &str) -> Option<(Pattern, bool)> {
    let (text, is_praise) = text.strip_prefix('+').map_or((text, false), |text| (text, true));
    Some((Pattern::read(text)?, is_praise))
}

/// Lists by their zones, which answers count, and how they refuse, by their own documentation.
type Known = (&'static [&'static str], Option<&'static str>, &'static [&'static str]);

const KNOWN: [Known; 12] = [
    (&["hostkarma.junkemailfilter.com"], Some("127.0.0.2,+127.0.0.1"), &[]),
    (&["list.dnswl.org", "dwl.dnswl.org"], Some("+127.0.0-255.0-3"), &["127.0.0-255.255"]),
    (&["wl.mailspike.net"], Some("+127.0.0.17-20"), &[]),
    (&["rep.mailspike.net"], Some("127.0.0.10-12,+127.0.0.17-20"), &[]),
    (&["combined.mail.abusix.zone"], Some("127.0.0.2-255,+127.0.2.0-255"), &[]),
    (&["white.mail.abusix.zone"], Some("+127.0.2.0-255"), &[]),
    (&["dnswl.spfbl.net"], Some("+127.0.0.2-5"), &[]),
    (&["swl.spamhaus.org"], Some("+127.0.2.2-3"), &[]),
    (&["sa-trusted.bondedsender.org", "sa-accredit.habeas.com"], Some("+127.0.0.2-255"), &[]),
    (&["white.uribl.com"], Some("+127.0.0.2"), &["127.0.0.1"]),
    // asked about an address
    (&["dbl.spamhaus.org", "dbl.dq.spamhaus.net"], None, &["127.0.1.255"]),
    (&["uribl.com", "surbl.org"], None, &["127.0.0.1"]),
];

/// What is known of a list: which answers count, if not all do, and which are refusals.
fn known(zone: &str) -> (Option<&'static str>, &'static [&'static str]) {
    let is =
        |list: &&str| zone.strip_suffix(list).is_some_and(|z| z.is_empty() || z.ends_with('.'));
    KNOWN
        .iter()
        .find(|(zones, ..)| zones.iter().any(is))
        .map_or((None, &[]), |(_, counted, refusals)| (*counted, *refusals))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(zone: &str, counted: Option<&str>, address: &str) -> Meaning {
        Answers::new(zone, counted).unwrap().meaning(address.parse().unwrap())
    }

    #[test]
    fn what_counts() {
        use Meaning::{Foreign, Listing, One, Praise, Refusal, Remark};
        let some = Some("127.0.0.2,127.0.0.4-7,+127.0.1-2.9,+127.255.255.1");
        for (counted, address, expected) in [
            (None, "127.0.0.2", Listing),
            (None, "127.99.0.0", Listing),
            (None, "127.0.0.1", One),
            (None, "127.255.255.0", Refusal),
            (None, "127.255.254.0", Listing),
            (None, "126.0.0.2", Foreign),
            (some, "127.0.0.2", Listing),
            (some, "127.0.0.3", Remark),
            (some, "127.0.0.4", Listing),
            (some, "127.0.0.7", Listing),
            (some, "127.0.0.8", Remark),
            (some, "127.0.0.1", One),
            (some, "127.0.2.9", Praise),
            (some, "127.0.3.9", Remark),
            (some, "127.255.255.1", Praise),
            (some, "127.255.255.2", Refusal),
            (some, "192.0.2.1", Foreign),
            (Some("+127.0.0.1"), "127.0.0.1", Praise),
            (Some("127.0-255.0-255.0-255"), "127.0.0.1", Listing),
        ] {
            assert_eq!(meaning("bl", counted, address), expected, "{counted:?} {address}");
        }
    }

    #[test]
    fn what_is_known() {
        use Meaning::{Listing, One, Praise, Refusal, Remark};
        for (zone, address, expected) in [
            ("hostkarma.junkemailfilter.com", "127.0.0.1", Praise),
            ("hostkarma.junkemailfilter.com", "127.0.0.2", Listing),
            ("hostkarma.junkemailfilter.com", "127.0.0.3", Remark),
            ("hostkarma.junkemailfilter.com", "127.0.1.1", Remark),
            ("nohostkarma.junkemailfilter.com", "127.0.0.3", Listing),
            ("list.dnswl.org", "127.0.5.1", Praise),
            ("list.dnswl.org", "127.0.10.0", Praise),
            ("list.dnswl.org", "127.0.0.255", Refusal),
            ("nolist.dnswl.org", "127.0.0.255", Listing),
            ("rep.mailspike.net", "127.0.0.10", Listing),
            ("rep.mailspike.net", "127.0.0.15", Remark),
            ("rep.mailspike.net", "127.0.0.20", Praise),
            ("combined.mail.abusix.zone", "127.0.2.1", Praise),
            ("combined.mail.abusix.zone", "127.0.0.12", Listing),
            ("multi.uribl.com", "127.0.0.1", Refusal),
            ("multi.uribl.com", "127.0.0.2", Listing),
            ("white.uribl.com", "127.0.0.2", Praise),
            ("multi.surbl.org", "127.0.0.1", Refusal),
            ("dbl.spamhaus.org", "127.0.1.2", Listing),
            ("dbl.spamhaus.org", "127.0.1.255", Refusal),
            ("dbl.dq.spamhaus.net", "127.0.1.255", Refusal),
            ("zen.spamhaus.org", "127.255.255.252", Refusal),
            ("zen.spamhaus.org", "127.0.0.1", One),
        ] {
            assert_eq!(meaning(zone, None, address), expected, "{zone} {address}");
        }
        // the words of --list go before what is known, but for refusals
        assert_eq!(meaning("list.dnswl.org", Some("127.0.5.1"), "127.0.5.1"), Listing);
        assert_eq!(meaning("list.dnswl.org", Some("127.0.5.1"), "127.0.5.2"), Remark);
        assert_eq!(meaning("multi.uribl.com", Some("127.0.0.2"), "127.0.0.1"), Refusal);
        assert_eq!(meaning("multi.uribl.com", Some("127.0.0.1"), "127.0.0.1"), Listing);
    }

    #[test]
    fn what_is_known_can_be_read() {
        for (zones, counted, refusals) in KNOWN {
            let answers = Answers::new(zones[0], counted).unwrap();
            assert_eq!(answers.refusals.len(), refusals.len(), "{zones:?}");
        }
    }

    #[test]
    fn what_is_no_answer() {
        for text in [
            "",
            ",",
            "127.0.0.2,",
            "127.0.0",
            "127.0.0.0.2",
            "127.0.0.256",
            "127.0.0.7-4",
            "127.0.0.+2",
            "127.0.0.-2",
            "127.0.0.2-",
            "127.0.0.2 ",
            "10.0.0.2",
            "126-127.0.0.2",
            "0-255.0.0.2",
            "+",
            "++127.0.0.2",
            "-127.0.0.2",
            "127.0.0.[2..4]",
            "all",
        ] {
            assert_eq!(Answers::new("bl", Some(text)), None, "{text}");
        }
    }
}
