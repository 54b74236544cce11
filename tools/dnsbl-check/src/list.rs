//! The lists that are asked, and the names of the queries to them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use common::filter::Stop;

use crate::answers::{Answers, Meaning};
use crate::keys::{self, Keys};
use crate::subject::{LONGEST_NAME_BYTES, Subject, is_name};

/// A list.
#[derive(Debug)]
pub struct List {
    /// The name of its zone, which it is called by in output; never with a key.
    pub name: String,
    /// Which answers count.
    answers: Answers,
    /// What the names of queries end in.
    suffix: String,
    /// The key in it, which is nobody's business.
    key: Option<String>,
}

/// Where each list is, by name.
pub fn places(lists: &[List]) -> HashMap<&str, usize> {
    lists.iter().map(|list| list.name.as_str()).zip(0..).collect()
}

impl List {
    /// The list of `ZONE` or `ZONE=ANSWERS`. One that calls for a key is refused unless there is a
    /// file of one.
    pub fn new(text: &[u8], has_key_file: bool) -> Result<Self, Stop> {
        let mut words = text.splitn(2, |byte| *byte == b'=');
        let zone = words.next().unwrap_or_default();
        let lower = zone.strip_suffix(b".").unwrap_or(zone).to_ascii_lowercase();
        let zone = std::str::from_utf8(&lower).ok().filter(|zone| is_name(zone));
        let Some(zone) = zone else { return Err(Stop::usage("--list", "not the name of a zone")) };
        let name = keys::name_without_key(zone)?;
        if keys::calls_for_key(&name) && !has_key_file {
            return Err(Stop::usage(format!("--list={name}"), "needs --key-file"));
        }
        let counted = words.next().map(|counted| String::from_utf8_lossy(counted).into_owned());
        let answers = Answers::new(&name, counted.as_deref()).ok_or_else(|| {
            let what = "not addresses of 127.0.0.0/8, such as 127.0.0.2,127.0.0.4-7";
            Stop::usage(format!("--list={name}={}", counted.unwrap_or_default()), what)
        })?;
        Ok(List { suffix: name.clone(), name, answers, key: None })
    }

    /// Do the same answers count as of another?
    pub fn counts_as(&self, other: &List) -> bool {
        self.answers == other.answers
    }

    /// What an address in its answer means.
    pub fn meaning(&self, address: Ipv4Addr) -> Meaning {
        self.answers.meaning(address)
    }

    /// Takes the key that the list needs, if it needs one.
    pub fn take_key(&mut self, keys: &Keys) -> Result<(), Stop> {
        if keys::calls_for_key(&self.name) {
            let key = keys.of(&self.name)?;
            self.suffix = keys::with_key(&self.name, key);
            if !is_name(&self.suffix) {
                return Err(Stop::usage(format!("--list={}", self.name), "too long with its key"));
            }
            self.key = Some(key.into());
        }
        Ok(())
    }

    /// A text that the list gave, with `KEY` where the key stands in it, as in the name of a query.
    pub fn without_key(&self, text: Vec<u8>) -> Vec<u8> {
        let Some(key) = &self.key else { return text };
        let mut hidden = Vec::with_capacity(text.len());
        let mut rest = text.as_slice();
        while let [first, tail @ ..] = rest {
            match rest.split_at_checked(key.len()) {
                Some((start, end)) if start.eq_ignore_ascii_case(key.as_bytes()) => {
                    hidden.extend_from_slice(b"KEY");
                    rest = end;
                }
                _ => {
                    hidden.push(*first);
                    rest = tail;
                }
            }
        }
        hidden
    }

    /// The name of the query; nothing if there is no such name.
    pub fn question(&self, subject: &Subject) -> Option<String> {
        let suffix = &self.suffix;
        let name = match subject {
            Subject::Address(IpAddr::V4(address)) => {
                let [a, b, c, d] = address.octets();
                format!("{d}.{c}.{b}.{a}.{suffix}")
            }
            Subject::Address(IpAddr::V6(address)) => {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                let mut name = String::with_capacity(64 + suffix.len());
                for byte in address.octets().iter().rev() {
                    for digit in [byte & 15, byte >> 4] {
                        name.push(char::from(DIGITS[usize::from(digit)]));
                        name.push('.');
                    }
                }
                name + suffix
            }
            Subject::Name(name) => format!("{name}.{suffix}"),
        };
        (name.len() <= LONGEST_NAME_BYTES).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(subject: &str) -> String {
        let list = List::new(b"BL.example.org.", false).unwrap();
        let subject = Subject::address(subject.as_bytes()).or(Subject::name(subject.as_bytes()));
        list.question(&subject.unwrap()).unwrap()
    }

    #[test]
    fn names_of_queries() {
        for (subject, expected) in [
            ("192.0.2.99", "99.2.0.192.bl.example.org"),
            ("::ffff:192.0.2.99", "99.2.0.192.bl.example.org"),
            // the example of RFC 5782
            (
                "2001:db8:1:2:3:4:567:89ab",
                "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bl.example.org",
            ),
            ("Example.COM.", "example.com.bl.example.org"),
            ("<Bob@Example.COM>", "example.com.bl.example.org"),
        ] {
            assert_eq!(question(subject), expected);
        }
        let long = ["a"; 126].join(".");
        let list = List::new(b"bl.example.org", false).unwrap();
        assert_eq!(list.question(&Subject::name(long.as_bytes()).unwrap()), None);
    }

    #[test]
    fn names_with_answers() {
        let list = List::new(b"BL.example.org.=127.0.0.2", false).unwrap();
        assert_eq!(list.name, "bl.example.org");
        let meaning = |last| list.meaning(Ipv4Addr::new(127, 0, 0, last));
        assert_eq!((meaning(2), meaning(3)), (Meaning::Listing, Meaning::Remark));
        let text = |text: &[u8]| List::new(text, false).err().map(|stop| format!("{stop:?}"));
        for wrong in [&b"bl.example.org="[..], b"bl.example.org=x", b"bl.example.org=127.0.0.2=3"] {
            assert!(text(wrong).unwrap().contains("not addresses"), "{wrong:?}");
        }
        assert!(text(b"=127.0.0.2").unwrap().contains("not the name of a zone"));
    }

    #[test]
    fn texts_without_keys() {
        let keys = Keys::parse("abcdefghijklmnopqrstuvwxyz\n").unwrap();
        for (name, shown, expected) in [
            ("zen.dq.spamhaus.net", "zen.dq.spamhaus.net", "KEY.zen.dq.spamhaus.net"),
            (
                "KEY.combined.mail.abusix.zone",
                "combined.mail.abusix.zone",
                "KEY.combined.mail.abusix.zone",
            ),
            ("multi.key.bl.example", "multi.KEY.bl.example", "multi.KEY.bl.example"),
        ] {
            let mut list = List::new(name.as_bytes(), true).unwrap();
            list.take_key(&keys).unwrap();
            assert_eq!(list.name, shown);
            let question = list.question(&Subject::address(b"203.0.113.79").unwrap()).unwrap();
            let expected = expected.replace("KEY", "abcdefghijklmnopqrstuvwxyz");
            assert_eq!(question, format!("79.113.0.203.{expected}"));
            let text = b"xABCdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz.abcdefg".to_vec();
            assert_eq!(list.without_key(text), b"xKEYKEY.abcdefg");
        }
    }
}
