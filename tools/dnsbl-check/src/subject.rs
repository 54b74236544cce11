//! What lists are asked about: addresses and domain names.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use common::logs::address;

/// The longest name in DNS, as dotted text.
pub const LONGEST_NAME_BYTES: usize = 253;

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

/// Is it a name: labels of letters, digits, hyphens and underscores, with dots between?
pub fn is_name(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(legal);
    text.len() <= LONGEST_NAME_BYTES && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
