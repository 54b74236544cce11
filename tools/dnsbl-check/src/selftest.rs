//! The entries that every list has, and has not, by RFC 5782, section 5: what they tell about it.

use std::net::{IpAddr, Ipv4Addr};

use crate::subject::Subject;
use crate::verdict::{Answer, Verdict};

/// Which entries are tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Addresses of IPv4.
    V4,
    /// Addresses of IPv6.
    V6,
    /// Domain names.
    Names,
}

impl Family {
    /// The family that a subject is of.
    pub fn of(subject: &Subject) -> Self {
        match subject {
            Subject::Address(IpAddr::V4(_)) => Family::V4,
            Subject::Address(IpAddr::V6(_)) => Family::V6,
            Subject::Name(_) => Family::Names,
        }
    }
}

/// What a list must have, and what it must not have.
pub fn points(family: Family, zone: &str) -> [Subject; 2] {
    let [two, one] = [2, 1].map(|last| Ipv4Addr::new(127, 0, 0, last));
    match family {
        Family::V4 => [two, one].map(|address| Subject::Address(address.into())),
        Family::V6 => [two, one].map(|address| Subject::Address(address.to_ipv6_mapped().into())),
        Family::Names => {
            // lists that have a name of their own for this
            let listed = match zone {
                "dbl.spamhaus.org" | "dbl.dq.spamhaus.net" => "dbltest.com",
                "multi.surbl.org" => "test.surbl.org",
                "multi.uribl.com" | "black.uribl.com" => "test.uribl.com",
                _ => "test",
            };
            [listed, "invalid"].map(|name| Subject::Name(name.into()))
        }
    }
}

/// What is wrong with a list that answers so; nothing if all is well.
pub fn fault(subjects: &[Subject; 2], answers: [&Answer; 2]) -> Option<String> {
    let [listed, unlisted] = subjects;
    let what_came = |answer: &Answer| {
        let txt = String::from_utf8_lossy(&answer.txt);
        [answer.a.as_str(), &txt]
            .iter()
            .filter(|word| !word.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(", ")
    };
    if answers[1].verdict.is_entry() {
        return Some(format!("lists {unlisted}, so perhaps everything: trust no listing of it"));
    }
    for answer in answers {
        match answer.verdict {
            Verdict::Error => return Some(format!("gives no answer ({})", what_came(answer))),
            Verdict::Refused => return Some(format!("refuses us ({})", what_came(answer))),
            Verdict::Bogus => {
                let came = what_came(answer);
                return Some(format!("answers {came}: a resolver that rewrites, or a parked zone"));
            }
            Verdict::Listed
            | Verdict::Whitelisted
            | Verdict::Other
            | Verdict::Clean
            | Verdict::Invalid
            | Verdict::Skipped => {}
        }
    }
    let lacks = !answers[0].verdict.is_entry();
    lacks.then(|| format!("does not list {listed}: it is empty, gone, or no list of this kind"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault() {
        use Verdict::{Bogus, Clean, Error, Listed, Other, Refused, Whitelisted};
        let subjects = points(Family::V4, "bl");
        for (listed, unlisted, expected) in [
            (Listed, Clean, None),
            (Other, Clean, None),
            (Whitelisted, Clean, None),
            (Clean, Clean, Some("does not list 127.0.0.2")),
            (Listed, Other, Some("lists 127.0.0.1")),
            (Listed, Listed, Some("lists 127.0.0.1")),
            (Error, Listed, Some("lists 127.0.0.1")),
            (Error, Error, Some("gives no answer (why)")),
            (Listed, Error, Some("gives no answer")),
            (Refused, Clean, Some("refuses us")),
            (Bogus, Bogus, Some("answers why: a resolver that rewrites")),
        ] {
            let answers = [listed, unlisted].map(|verdict| Answer::unasked(verdict, "why"));
            let found = fault(&subjects, [&answers[0], &answers[1]]);
            match (found, expected) {
                (Some(found), Some(expected)) => assert!(found.starts_with(expected), "{found}"),
                (found, expected) => assert_eq!(found.as_deref(), expected),
            }
        }
    }

    #[test]
    fn the_points_of_rfc_5782() {
        let text = |family| points(family, "bl").map(|subject| subject.to_string());
        assert_eq!(text(Family::V4), ["127.0.0.2", "127.0.0.1"]);
        assert_eq!(text(Family::V6), ["::ffff:127.0.0.2", "::ffff:127.0.0.1"]);
        assert_eq!(text(Family::Names), ["test", "invalid"]);
    }
}
