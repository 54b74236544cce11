//! What is asked of whom: addresses and names, lists, and the names of the queries.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use common::filter::Stop;
use common::logs::address;

/// The zones of Spamhaus' Data Query Service, whose names hold a customer's key.
const WITH_KEY: &str = ".dq.spamhaus.net";
/// The longest name in DNS, as dotted text.
const LONGEST: usize = 253;

/// What a list is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An address.
    Address(IpAddr),
    /// A domain name in lower case.
    Name(Box<str>),
}

impl Subject {
    /// An address; one of IPv4 that is written as IPv6 is that of IPv4.
    pub fn address(text: &[u8]) -> Option<Self> {
        let address: IpAddr = std::str::from_utf8(text).ok()?.parse().ok()?;
        Some(Subject::Address(address.to_canonical()))
    }

    /// A domain name, or that of a mail address.
    pub fn name(text: &[u8]) -> Option<Self> {
        let domain = if text.contains(&b'@') {
            address::domain(text)
        } else {
            text.strip_suffix(b".").unwrap_or(text).to_ascii_lowercase().into()
        };
        let name = std::str::from_utf8(&domain).ok()?;
        let sound = is_name(name) && name.parse::<Ipv4Addr>().is_err();
        sound.then(|| Subject::Name(name.into()))
    }

    /// Is it an address that no stranger can have?
    pub fn is_private(&self) -> bool {
        match self {
            Subject::Address(IpAddr::V4(address)) => is_private_v4(*address),
            Subject::Address(IpAddr::V6(address)) => is_private_v6(*address),
            Subject::Name(_) => false,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Address(address) => write!(f, "{address}"),
            Subject::Name(name) => f.write_str(name),
        }
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let shared = first == 100 && (64..128).contains(&second);
    first == 0
        || first >= 224
        || shared
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local()
}

/// Labels of letters, digits, hyphens and underscores, with dots between.
fn is_name(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(legal);
    text.len() <= LONGEST && text.split('.').all(label)
}

/// A list.
#[derive(Debug)]
pub struct Zone {
    /// What it is called in output; never with a key.
    pub name: String,
    /// What queries end in.
    asked: String,
    /// What of that is nobody's business.
    key: Option<String>,
}

impl Zone {
    /// The list of this name; `key` is read from a file only if the name calls for one.
    pub fn new(name: &[u8], key_file: Option<&Path>) -> Result<Self, Stop> {
        let lower = name.strip_suffix(b".").unwrap_or(name).to_ascii_lowercase();
        let name = std::str::from_utf8(&lower).ok().filter(|name| is_name(name));
        let Some(name) = name else { return Err(Stop::usage("--list", "not the name of a zone")) };
        let Some(list) = name.strip_suffix(WITH_KEY) else {
            return Ok(Zone { name: name.into(), asked: name.into(), key: None });
        };
        if list.contains('.') {
            // the name is not told: it holds the key
            let what = "a key on the command line is for all to see; put it in a --key-file";
            return Err(Stop::usage("--list", what));
        }
        let Some(file) = key_file else {
            return Err(Stop::usage(format!("--list={name}"), "needs --key-file"));
        };
        let key = read_key(file)?;
        let asked = format!("{key}.{name}");
        Ok(Zone { name: name.into(), asked, key: Some(key) })
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
        let asked = &self.asked;
        let name = match subject {
            Subject::Address(IpAddr::V4(address)) => {
                let [a, b, c, d] = address.octets();
                format!("{d}.{c}.{b}.{a}.{asked}")
            }
            Subject::Address(IpAddr::V6(address)) => {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                let mut name = String::with_capacity(64 + asked.len());
                for byte in address.octets().iter().rev() {
                    for digit in [byte & 15, byte >> 4] {
                        name.push(char::from(DIGITS[usize::from(digit)]));
                        name.push('.');
                    }
                }
                name + asked
            }
            Subject::Name(name) => format!("{name}.{asked}"),
        };
        (name.len() <= LONGEST).then_some(name)
    }
}

/// The one word of a file. What is in it is told nobody.
fn read_key(file: &Path) -> Result<String, Stop> {
    let text = std::fs::read_to_string(file).map_err(Stop::io(file))?;
    let key = text.trim();
    let sound = (1..=63).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric());
    let place = || common::filter::name_of(file.as_os_str());
    if sound { Ok(key.to_ascii_lowercase()) } else { Err(Stop::usage(place(), "holds no key")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(subject: &str) -> String {
        let zone = Zone::new(b"BL.example.org.", None).unwrap();
        let subject = Subject::address(subject.as_bytes()).or(Subject::name(subject.as_bytes()));
        zone.question(&subject.unwrap()).unwrap()
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
    }

    #[test]
    fn what_is_no_address() {
        for text in [
            "",
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "1.2.3.256",
            "1.2.3.4 ",
            " 1.2.3.4",
            "1.2.3.4%eth0",
            "fe80::1%1",
            "$(reboot)",
            "`id`",
            "1.2.3.4\0",
            "12345",
        ] {
            assert_eq!(Subject::address(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_name() {
        let long = ["a"; 128].join(".");
        for text in ["", ".", "a..b", "1.2.3.4", "a b", "$(reboot)", "bob@", "<>", &long] {
            assert_eq!(Subject::name(text.as_bytes()), None, "{text}");
        }
        let zone = Zone::new(b"bl.example.org", None).unwrap();
        assert_eq!(zone.question(&Subject::name(&long.as_bytes()[..251]).unwrap()), None);
    }

    #[test]
    fn private_addresses() {
        let private = |text: &str| Subject::address(text.as_bytes()).unwrap().is_private();
        for text in [
            "127.0.0.2",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.0.1",
            "169.254.1.1",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
        ] {
            assert!(private(text), "{text}");
        }
        for text in ["192.0.2.1", "172.32.0.1", "100.128.0.1", "8.8.8.8", "2001:db8::1"] {
            assert!(!private(text), "{text}");
        }
    }

    #[test]
    fn keys_are_not_told() {
        let folder = std::env::temp_dir().join(format!("dnsbl-check.{}", std::process::id()));
        std::fs::write(&folder, "abcdefghijklmnopqrstuvwxyz\n").unwrap();
        let zone = Zone::new(b"zen.dq.spamhaus.net", Some(&folder));
        std::fs::write(&folder, "secret.word\n").unwrap();
        let refused = Zone::new(b"zen.dq.spamhaus.net", Some(&folder));
        std::fs::remove_file(&folder).unwrap();
        let zone = zone.unwrap();
        assert_eq!(zone.name, "zen.dq.spamhaus.net");
        let asked = zone.question(&Subject::address(b"203.0.113.79").unwrap()).unwrap();
        assert_eq!(asked, "79.113.0.203.abcdefghijklmnopqrstuvwxyz.zen.dq.spamhaus.net");
        let text = b"xABCdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz.abcdefg".to_vec();
        assert_eq!(zone.without_key(text), b"xKEYKEY.abcdefg");
        let told = |refused: Result<Zone, Stop>| match refused {
            Err(Stop::Usage(subject, what)) => subject + &what,
            other => panic!("{other:?}"),
        };
        assert!(!told(refused).contains("secret"));
        assert!(!told(Zone::new(b"secret.zen.dq.spamhaus.net", None)).contains("secret"));
        assert!(told(Zone::new(b"zen.dq.spamhaus.net", None)).contains("--key-file"));
    }
}
