//! One Received field: a step of a mail from server to server, as the receiving one wrote it.
//!
//! The forms are those of the common servers; blanks, and line ends with them, part the words:
//!
//! ```text
//! from HOST (HELO HELO) (IP) by BY ...               qpsmtpd, qmail-smtpd; older: [IP]
//! from HOST (IP) by BY ...                           the HELO was HOST, or there was none
//! from HOST (HELO HELO) (IDENT@IP) by BY ...         qmail-smtpd
//! from HELO (HOST [IP]) ... by BY ...                Postfix, sendmail
//! from HELO ([IP]) ... by BY ...                     sendmail, Exim
//! from HOST ([IP]:PORT helo=HELO) by BY ...          Exim
//! from [IP] (helo=HELO) by BY ...                    Exim
//! ```
//!
//! A client chooses its HELO, and some servers let a blank into it. The words are taken by their
//! places, and none is looked for; but if a second address stands before `by`, one of the two may
//! be of such a HELO, and neither is believed. A HELO in a place of its own may be an address.

use std::net::IpAddr;

/// Who handed over a mail, in the words of the server that took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The address of the connection.
    pub ip: IpAddr,
    /// What the client called itself.
    pub helo: Vec<u8>,
    /// What the server called it, by its address.
    pub host: Vec<u8>,
    /// The server.
    pub by: Vec<u8>,
}

/// What a field tells.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// A step inside a host, such as into its queue; no client is named.
    Inside,
    /// A client handed the mail over.
    From(Client),
    /// Nothing that can be understood for sure.
    Unknown,
}

/// Reads the value of a Received field.
pub fn read(value: &[u8]) -> Step {
    let words: Vec<&[u8]> =
        value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        [b"(qmail", ..] | [b"by", _, ..] | [b"from", _, b"by", _, ..] if !names_address(&words) => {
            Step::Inside
        }
        [b"from", clause @ ..] => client(clause).map_or(Step::Unknown, Step::From),
        _ => Step::Unknown,
    }
}

/// Is the first word after `from` an address, as Exim writes it?
fn names_address(words: &[&[u8]]) -> bool {
    words.get(1).is_some_and(|word| in_square(word).is_some())
}

/// Is it an address that only hosts of one site reach?
pub fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            // 100.64.0.0/10 is between a provider and its customers
            let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || shared
        }
        IpAddr::V6(ip) => {
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_unique_local()
                || ip.is_unicast_link_local()
        }
    }
}

/// The client, from the words after `from`.
fn client(words: &[&[u8]]) -> Option<Client> {
    let mut places = words.iter().enumerate().filter(|(_, word)| **word == b"by");
    let (by_at, _) = places.next()?;
    // one of two would be a stranger's, in an ident or a sender
    if places.next().is_some() {
        return None;
    }
    let by = words.get(by_at + 1)?;
    let by = by.strip_suffix(b";").unwrap_or(by).to_vec();
    let (name, clause) = words[..by_at].split_first()?;
    if !is_alone(name, clause) {
        return None;
    }
    let (ip, helo, host) = match clause {
        [b"(HELO" | b"(EHLO", helo, address, ..] => {
            (in_round(address).or_else(|| in_square(address))?, helo.strip_suffix(b")")?, *name)
        }
        clause if in_square(name).is_some() => (in_square(name)?, helo_of(clause), &b""[..]),
        [address, ..] if in_round(address).is_some() => (in_round(address)?, &b""[..], *name),
        [address, rest @ ..] if address.starts_with(b"([") => {
            let helo = helo_of(rest);
            let (helo, host) = if helo.is_empty() { (*name, helo) } else { (helo, *name) };
            (in_square(&address[1..])?, helo, host)
        }
        [host, address, ..] => (in_square(address)?, *name, host.strip_prefix(b"(")?),
        _ => return None,
    };
    Some(Client { ip, helo: helo.to_vec(), host: host.to_vec(), by })
}

/// Is there no second address, but for a HELO that is one and has its place?
fn is_alone(name: &[u8], clause: &[&[u8]]) -> bool {
    let after_helo = if let [b"(HELO" | b"(EHLO", _, rest @ ..] = clause { rest } else { clause };
    let is_helo = |word: &[u8]| word.strip_prefix(b"(").unwrap_or(word).starts_with(b"helo=");
    let words = after_helo.iter().filter(|word| !is_helo(word));
    let parts = words.flat_map(|word| word.split(|byte| b"()[]<>@%=,;\"'".contains(byte)));
    let addresses = parts.filter(|part| address(part).is_some()).count();
    addresses + usize::from(in_square(name).is_some()) <= 1
}

/// The HELO that Exim writes as `helo=HELO`.
fn helo_of<'a>(words: &[&'a [u8]]) -> &'a [u8] {
    let helo = words
        .iter()
        .find_map(|word| word.strip_prefix(b"(").unwrap_or(word).strip_prefix(b"helo="));
    let helo = helo.unwrap_or_default();
    helo.strip_suffix(b")").unwrap_or(helo)
}

/// The address in `(IP)` or `(IDENT@IP)`.
fn in_round(word: &[u8]) -> Option<IpAddr> {
    let inside = word.strip_prefix(b"(")?.strip_suffix(b")")?;
    let after_ident = inside.iter().rposition(|byte| *byte == b'@').map_or(0, |at| at + 1);
    address(&inside[after_ident..])
}

/// The address in `[IP]`, also with a port or a bracket after it.
fn in_square(word: &[u8]) -> Option<IpAddr> {
    let inside = word.strip_prefix(b"[")?;
    let end = inside.iter().position(|byte| *byte == b']')?;
    address(&inside[..end])
}

fn address(text: &[u8]) -> Option<IpAddr> {
    let tagged = text.get(..5).is_some_and(|tag| tag.eq_ignore_ascii_case(b"IPv6:"));
    let text = std::str::from_utf8(if tagged { &text[5..] } else { text }).ok()?;
    text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(value: &str) -> Step {
        read(value.as_bytes())
    }

    /// Value, address, HELO, host.
    const FORMS: &[(&str, &str, &str, &str)] = &[
        (
            "from p.example (HELO h) (192.0.2.1)\n by me (qpsmtpd/0.94) with ESMTP; d",
            "192.0.2.1",
            "h",
            "p.example",
        ),
        (
            "from p.example (HELO h) (192.0.2.1)\n  (smtp-auth username u, mechanism plain)\n  by me (qpsmtpd/0.84) with ESMTPA; d",
            "192.0.2.1",
            "h",
            "p.example",
        ),
        (
            "from p.example (HELO h) [192.0.2.1]\n  by me (qpsmtpd/0.10) with SMTP; d",
            "192.0.2.1",
            "h",
            "p.example",
        ),
        (
            "from p.example (HELO ) (192.0.2.1) by me (qpsmtpd/0.94) with SMTP; d",
            "192.0.2.1",
            "",
            "p.example",
        ),
        ("from unknown (HELO h) (192.0.2.1)\n  by me with SMTP; d", "192.0.2.1", "h", "unknown"),
        (
            "from unknown (HELO h) (root@evil@192.0.2.1)\n  by me with SMTP; d",
            "192.0.2.1",
            "h",
            "unknown",
        ),
        ("from unknown (192.0.2.1) by me with SMTP; d", "192.0.2.1", "", "unknown"),
        ("from unknown (HELO h) (2001:DB8::1) by me with SMTP; d", "2001:db8::1", "h", "unknown"),
        (
            "from unknown (HELO h) (::ffff:192.0.2.1) by me with SMTP; d",
            "192.0.2.1",
            "h",
            "unknown",
        ),
        (
            "from h (p.example [192.0.2.1])\n\t(using TLSv1.3 with cipher X (256/256 bits))\n\t(No client certificate requested)\n\tby me (Postfix) with ESMTPS id 1\n\tfor <a@b>; d",
            "192.0.2.1",
            "h",
            "p.example",
        ),
        (
            "from h (p.example [IPv6:2001:db8::1])\n\tby me (Postfix) with ESMTP; d",
            "2001:db8::1",
            "h",
            "p.example",
        ),
        (
            "from h (u@p.example [192.0.2.1] (may be forged))\n\tby me (8.14/8.14) with ESMTP; d",
            "192.0.2.1",
            "h",
            "u@p.example",
        ),
        ("from h ([192.0.2.1])\n\tby me (8.14/8.14) with ESMTP; d", "192.0.2.1", "h", ""),
        (
            "from p.example ([192.0.2.1]:4711 helo=h)\n\tby me with esmtp (Exim 4.96) id 1; d",
            "192.0.2.1",
            "h",
            "p.example",
        ),
        (
            "from p.example ([192.0.2.1] helo=h)\n\tby me with esmtp; d",
            "192.0.2.1",
            "h",
            "p.example",
        ),
        ("from [192.0.2.1] (helo=h)\n\tby me with esmtp; d", "192.0.2.1", "h", ""),
        ("from [192.0.2.1] (port=4711 helo=h)\n\tby me with esmtp; d", "192.0.2.1", "h", ""),
        ("from [192.0.2.1]\n\tby me with esmtp; d", "192.0.2.1", "", ""),
    ];

    #[test]
    fn each_form() {
        for (value, ip, helo, host) in FORMS {
            let ip = ip.parse().unwrap();
            let client = Client { ip, helo: (*helo).into(), host: (*host).into(), by: "me".into() };
            assert_eq!(read_text(value), Step::From(client), "{value}");
        }
    }

    #[test]
    fn no_helo_puts_an_address_in_the_place_of_the_clients() {
        for helo in
            ["(203.0.113.9)", "[203.0.113.9]", "x)(203.0.113.9)by", "by", "from", ")", "(", "x)"]
        {
            let value =
                format!("from p (HELO {helo}) (192.0.2.1)\n by me (qpsmtpd/0.94) with SMTP");
            let Step::From(client) = read_text(&value) else { panic!("{value}") };
            assert_eq!(
                (client.ip.to_string().as_str(), &client.helo[..]),
                ("192.0.2.1", helo.as_bytes())
            );
        }
    }

    #[test]
    fn no_bytes_do_either() {
        fn stays(mut helo: Vec<u8>) -> bool {
            helo.retain(|byte| !byte.is_ascii_whitespace());
            let value = [b"from p (HELO ", &helo[..], b") (192.0.2.1)\n by me (x) with y"].concat();
            let ip = [192, 0, 2, 1].into();
            read(&value) == Step::From(Client { ip, helo, host: b"p".into(), by: b"me".into() })
        }
        quickcheck::quickcheck(stays as fn(Vec<u8>) -> bool);
    }

    #[test]
    fn of_two_addresses_neither_is_believed() {
        for value in [
            "from unknown (HELO x)\t(203.0.113.9) (192.0.2.1) by me with ESMTP",
            "from unknown (HELO [203.0.113.8]) (203.0.113.9) (192.0.2.1) by me with ESMTP",
            "from unknown (HELO x) (203.0.113.9) (a b@192.0.2.1) by me with ESMTP",
            "from x (203.0.113.9) (unknown [192.0.2.1]) by me (Postfix)",
            "from x ([203.0.113.9]) (unknown [192.0.2.1])\n\tby me (Postfix)",
            "from x ([203.0.113.9] helo=y (unknown [192.0.2.1])\n\tby me (Postfix)",
            "from x (a [203.0.113.9]) (h [192.0.2.1]) by me",
            "from x (a [203.0.113.9]) (h [IPv6:2001:db8::1]) by me",
            "from x (a [203.0.113.9]) (h [fe80::1%eth0]) by me",
            "from x (a [203.0.113.9]) ([192.0.2.1]) by me (8.14/8.14)",
            "from [203.0.113.9] (h [192.0.2.1]) by me (Postfix)",
            "from [203.0.113.9] ([192.0.2.1]) by me (8.14/8.14)",
        ] {
            assert_eq!(read_text(value), Step::Unknown, "{value}");
        }
    }

    #[test]
    fn a_helo_in_its_place_may_be_an_address() {
        for value in [
            "from p (HELO [203.0.113.9]) (192.0.2.1) by me with ESMTP",
            "from p (HELO 203.0.113.9) (192.0.2.1) by me with ESMTP",
            "from 203.0.113.9 (p [192.0.2.1]) by me (Postfix)",
            "from p ([192.0.2.1] helo=[203.0.113.9]) by me with esmtp",
            "from [192.0.2.1] (helo=[203.0.113.9]) by me with esmtp",
        ] {
            let Step::From(client) = read_text(value) else { panic!("{value}") };
            assert_eq!(client.ip.to_string(), "192.0.2.1", "{value}");
        }
    }

    #[test]
    fn steps_inside_a_host() {
        for value in [
            "(qmail 12 invoked from network); d",
            "(qmail 12 invoked by uid 1001); d",
            "by simscan 1.4.0 ppid: 12, pid: 13, t: 0.1s\n scanners: clamav: 0.9; d",
            "from mail.example by mail.example with LMTP id x; d",
            "from 192.0.2.1 by me (envelope-from <a@b>, uid 82) with qmail-scanner-2.01; d",
        ] {
            assert_eq!(read_text(value), Step::Inside, "{value}");
        }
    }

    #[test]
    fn what_is_not_for_sure() {
        for value in [
            "",
            "from",
            "from by",
            "from p",
            "from p (HELO h) (192.0.2.1)",
            "from p (HELO h) (192.0.2.1) by",
            "from p (HELO h) (192.0.2.256) by me",
            "from p (HELO h) (unknown) by me",
            "from p (HELO h (192.0.2.1) by me",
            "from a b@p (HELO h) (192.0.2.1) by me",
            // an ident that ends the clause for us
            "from a (HELO y) (203.0.113.9) by me (x@p (HELO h) (192.0.2.1)\n by me (qpsmtpd/0.94)",
            "from p (x) (192.0.2.1) by me",
        ] {
            assert_eq!(read_text(value), Step::Unknown, "{value}");
        }
    }

    #[test]
    fn local_addresses() {
        let local = |ip: &str| is_local(ip.parse().unwrap());
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.0.1",
            "100.64.0.1",
            "100.127.0.1",
            "0.0.0.0",
            "::1",
            "::",
            "fd00::1",
            "fe80::1",
        ] {
            assert!(local(ip), "{ip}");
        }
        for ip in ["192.0.2.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "2001:db8::1", "8.8.8.8"]
        {
            assert!(!local(ip), "{ip}");
        }
    }
}
