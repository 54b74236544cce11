//! Which servers are asked: those of the command line or of the system.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use common::filter::files::read_regular;

/// The port of DNS.
const PORT: u16 = 53;
/// A longer file is no list of servers.
const LONGEST_BYTES: u64 = 1 << 20;
/// As many servers of the system's file count; further ones never did.
const MOST: usize = 3;

/// `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`.
pub fn server(text: &[u8]) -> Option<SocketAddr> {
    let text = std::str::from_utf8(text).ok()?;
    let address = text.parse::<IpAddr>().map(|address| SocketAddr::new(address, PORT));
    address.or_else(|_| text.parse()).ok().filter(|server| server.port() != 0)
}

/// The servers of resolv.conf; without any, the one of this host, as in libc.
pub fn of_the_system(file: &Path) -> Vec<SocketAddr> {
    let text = read_regular(file, LONGEST_BYTES).unwrap_or_default();
    let mut servers: Vec<SocketAddr> = String::from_utf8_lossy(&text)
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let address = words.next().filter(|word| *word == "nameserver").and(words.next())?;
            Some(SocketAddr::new(address.parse().ok()?, PORT))
        })
        .take(MOST)
        .collect();
    if servers.is_empty() {
        servers.push((Ipv4Addr::LOCALHOST, PORT).into());
    }
    servers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers() {
        for (text, expected) in [
            ("192.0.2.1", Some("192.0.2.1:53")),
            ("192.0.2.1:5300", Some("192.0.2.1:5300")),
            ("::1", Some("[::1]:53")),
            ("[::1]:5300", Some("[::1]:5300")),
            ("192.0.2.1:0", None),
            ("ns.example.org", None),
            ("", None),
        ] {
            let expected = expected.map(|text| text.parse().unwrap());
            assert_eq!(server(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn the_system_s() {
        let file = std::env::temp_dir().join(format!("resolv.conf.{}", std::process::id()));
        let text = "# nameserver 192.0.2.9\nsearch example.org\nnameserver 192.0.2.1\n\
            nameserver\t2001:db8::1 # a remark\nnameserver nonsense\nnameserver\n";
        std::fs::write(&file, text).unwrap();
        let found = of_the_system(&file);
        std::fs::remove_file(&file).unwrap();
        assert_eq!(found, [server(b"192.0.2.1").unwrap(), server(b"2001:db8::1").unwrap()]);
        assert_eq!(of_the_system(&file), [server(b"127.0.0.1").unwrap()]);
    }
}
