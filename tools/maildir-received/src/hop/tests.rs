//! Each program's fields, and what is tried to pass for one.

use super::programs::{PROGRAMS, Told};
use super::*;

#[test]
fn each_program() {
    for (value, told) in PROGRAMS.into_iter().flatten() {
        let expected = match told {
            Told::From(ip, helo, host) => Step::From(Client {
                ip: ip.parse().unwrap(),
                helo: (*helo).into(),
                host: (*host).into(),
                by: "me".into(),
            }),
            Told::Inside => Step::Inside,
            Told::Fetched => Step::Fetched("me".into()),
            Told::Untold(why) => Step::Unknown(why),
        };
        assert_eq!(read(value.as_bytes()), expected, "{value}");
    }
}

fn read_text(value: &str) -> Step {
    read(value.as_bytes())
}

#[test]
fn no_helo_puts_an_address_in_the_place_of_the_clients() {
    for helo in
        ["(203.0.113.9)", "[203.0.113.9]", "x)(203.0.113.9)by", "by", "from", ")", "(", "x)"]
    {
        let value = format!("from p (HELO {helo}) (192.0.2.1)\n by me (qpsmtpd/0.94) with SMTP");
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

/// Fields of servers that let anything into a HELO, an ident or a sender, blanks too.
const OPEN: [&str; 19] = [
    "from p (HELO {}) (192.0.2.1)\n by me (qpsmtpd/0.94) with ESMTP",
    "from p (HELO {}) (bob@192.0.2.1) by me with SMTP",
    "from p (HELO {}) ([192.0.2.1]) (envelope-sender <a@b>) by me (qmail-ldap-1.03) with SMTP",
    "from p (HELO h) ({}@[192.0.2.1]) (envelope-sender <a@b>) by me with SMTP",
    "from p (HELO h) ([192.0.2.1]) (envelope-sender <{}>) by me with SMTP",
    "from {} (p [192.0.2.1])\n by me (Postfix) with ESMTP",
    "from {} ([192.0.2.1]) by me (8.14/8.14) with ESMTP",
    "from h ({}@p [192.0.2.1]) by me (8.14/8.14) with ESMTP",
    "from p ([192.0.2.1] helo={}) by me with esmtp",
    "from p ([192.0.2.1] helo=h ident={}) by me with esmtp",
    "from [192.0.2.1] (helo={}) by me with esmtp",
    "from p ([192.0.2.1]:4711 \"EHLO {}\" rhost-flags-OK) by me with ESMTP",
    "from [192.0.2.1] (account bob HELO {}) by me (CommuniGate Pro SMTP 6.2.6) with ESMTP",
    "from {} [192.0.2.1] by me with ESMTP (SMTPD-8.20)",
    "from 192.0.2.1 (EHLO {}) by me with SMTPs",
    "from h (p [192.0.2.1]) by me (Postfix) with ESMTP id 1 for <{}>; d",
    "from p ([192.0.2.1] helo=h) by me with esmtp (Exim 4.96) (envelope-from <{}>) id 1; d",
    "from p (HELO h) (192.0.2.1) by me for <{}>; d",
    "by me (envelope-sender <{}>) with ESMTPS id 1; d",
];

/// What a stranger may say to be taken for something else.
const WORDS: &str = "x ) ( (HELO (EHLO HELO 203.0.113.9 [203.0.113.9] (203.0.113.9) ([203.0.113.9] \
    (a by me with via id for local POP3 (fetchmail-6 (fdm from helo= (helo= \"EHLO \
    (envelope-sender (envelope-from <a@b> <a@b>) (uid [local]) ([unix socket]) (qmail invoked \
    IDENT: @[ ; (SquirrelMail";

/// Is none of the fields believed for what the stranger said, nor passed?
fn is_not_believed(said: &str) -> bool {
    OPEN.iter().all(|field| match read_text(&field.replace("{}", said)) {
        Step::From(client) => client.ip.to_string() == "192.0.2.1",
        Step::Unknown(_) => true,
        Step::Inside | Step::Fetched(_) => false,
    })
}

#[test]
fn nothing_that_a_stranger_chooses_is_believed() {
    for first in WORDS.split(' ') {
        for second in WORDS.split(' ') {
            for said in [format!("{first}{second}"), format!("{first} {second}")] {
                assert!(is_not_believed(&said), "{said}");
            }
        }
    }
}

#[test]
fn nor_is_more_of_it() {
    fn holds(picks: Vec<u8>) -> bool {
        let words: Vec<&str> = WORDS.split(' ').collect();
        let mut said = String::new();
        for pick in picks.into_iter().take(12) {
            said += if pick % 4 == 0 { "" } else { " " };
            said += words[usize::from(pick / 4) % words.len()];
        }
        is_not_believed(&said)
    }
    quickcheck::QuickCheck::new().tests(10_000).quickcheck(holds as fn(Vec<u8>) -> bool);
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
        "from [203.0.113.9] (h [192.0.2.1]) (i [192.0.2.2]) by me (Postfix)",
        "from [203.0.113.9] ([192.0.2.1]) (i [192.0.2.2]) by me (8.14/8.14)",
        // a HELO with a blank in it, and then an address
        "from [192.0.2.1] (helo=x [203.0.113.9]) by me with esmtp",
        "from p (HELO x) (203.0.113.9) (HELO ) (192.0.2.1) by me with ESMTP",
        "from p (203.0.113.9) (HELO [192.0.2.7]) (192.0.2.1) by me with ESMTP",
        "from p ([203.0.113.9] \"EHLO x\" ([192.0.2.1]) by me with ESMTP",
    ] {
        assert_eq!(read_text(value), Step::Unknown(TWO_ADDRESSES), "{value}");
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
        // the address is missing, and the HELO is one
        "from p (HELO [203.0.113.9]) by me",
        "from p (HELO [203.0.113.9]) (unknown) by me",
        "from p (EHLO 203.0.113.9) by me",
        "from p (helo=x) by me",
        "from [192.0.2.1] (HELO x [203.0.113.9]) by me",
        "(from root@[203.0.113.9]) by me",
    ] {
        assert!(matches!(read_text(value), Step::Unknown(_)), "{value}");
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
    for ip in ["192.0.2.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "2001:db8::1", "8.8.8.8"] {
        assert!(!local(ip), "{ip}");
    }
}
