//! The lists that are asked, and the names of the queries to them.

use std::net::IpAddr;
use std::path::Path;

use common::filter::{Stop, name_of};

use crate::subject::{LONGEST_NAME_BYTES, Subject, is_name};

/// The zones of Spamhaus' Data Query Service, whose queries hold a customer's key.
const WITH_KEY: &str = ".dq.spamhaus.net";

/// A list.
#[derive(Debug)]
pub struct List {
    /// The name of its zone, which it is called by in output; never with a key.
    pub name: String,
    /// What the names of queries end in.
    suffix: String,
    /// The key in it, which is nobody's business.
    key: Option<String>,
}

impl List {
    /// The list of this name. A name that calls for a key is refused unless there is a file of one.
    pub fn new(name: &[u8], has_key_file: bool) -> Result<Self, Stop> {
        let lower = name.strip_suffix(b".").unwrap_or(name).to_ascii_lowercase();
        let name = std::str::from_utf8(&lower).ok().filter(|name| is_name(name));
        let Some(name) = name else { return Err(Stop::usage("--list", "not the name of a zone")) };
        match name.strip_suffix(WITH_KEY) {
            Some(rest) if rest.contains('.') => {
                // the name is not told: it holds the key
                let what = "a key on the command line is for all to see; put it in a --key-file";
                Err(Stop::usage("--list", what))
            }
            Some(_) if !has_key_file => {
                Err(Stop::usage(format!("--list={name}"), "needs --key-file"))
            }
            _ => Ok(List { name: name.into(), suffix: name.into(), key: None }),
        }
    }

    /// Reads the key from a file, if the list needs one.
    pub fn read_key(&mut self, file: &Path) -> Result<(), Stop> {
        if self.name.ends_with(WITH_KEY) {
            let key = read_key(file)?;
            self.suffix = format!("{key}.{}", self.name);
            self.key = Some(key);
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

/// The one word of a file. No message shows what is in it.
fn read_key(file: &Path) -> Result<String, Stop> {
    let text = std::fs::read_to_string(file).map_err(Stop::io(file))?;
    let key = text.trim();
    let sound = (1..=63).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric());
    let place = || name_of(file.as_os_str());
    if sound { Ok(key.to_ascii_lowercase()) } else { Err(Stop::usage(place(), "holds no key")) }
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
    fn keys_are_not_told() {
        let file = std::env::temp_dir().join(format!("dnsbl-check.{}", std::process::id()));
        let with_key = || {
            let mut list = List::new(b"zen.dq.spamhaus.net", true)?;
            list.read_key(&file).map(|()| list)
        };
        std::fs::write(&file, "abcdefghijklmnopqrstuvwxyz\n").unwrap();
        let list = with_key().unwrap();
        assert_eq!(list.name, "zen.dq.spamhaus.net");
        let question = list.question(&Subject::address(b"203.0.113.79").unwrap()).unwrap();
        assert_eq!(question, "79.113.0.203.abcdefghijklmnopqrstuvwxyz.zen.dq.spamhaus.net");
        let text = b"xABCdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz.abcdefg".to_vec();
        assert_eq!(list.without_key(text), b"xKEYKEY.abcdefg");
        let told = |refused: Result<List, Stop>| match refused {
            Err(Stop::Usage(subject, what)) => subject + &what,
            other => panic!("{other:?}"),
        };
        std::fs::write(&file, "secret.word\n").unwrap();
        let refused = with_key();
        std::fs::remove_file(&file).unwrap();
        assert!(!told(refused).contains("secret"));
        assert!(!told(List::new(b"secret.zen.dq.spamhaus.net", false)).contains("secret"));
        assert!(told(List::new(b"zen.dq.spamhaus.net", false)).contains("--key-file"));
    }
}
