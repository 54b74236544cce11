use bstr::ByteSlice;

use super::*;
use crate::logs::prefix::{self, Opening as Opens};

fn find(line: &[u8]) -> Option<Result<Event<'_>, Broken>> {
    prefix::find(line, Opens::OwnWords, judge)
}

fn capture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../tests/data/captures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Kind, service, address, port, user, bytes in and out, and seconds. A missing value is `-`.
fn shown(line: &str) -> String {
    match find(line.as_bytes()) {
        None => "none".into(),
        Some(Err(why)) => format!("! {why}"),
        Some(Ok(Event::Cut)) => "cut".into(),
        Some(Ok(Event::Other)) => "other".into(),
        Some(Ok(Event::Blocked { service, ip, by })) => {
            format!("blocked {} {} {by}", service_name(service), ip.as_bstr())
        }
        Some(Ok(Event::Client(client))) => {
            let number = |it: Option<u64>| it.map_or("-".into(), |it| it.to_string());
            let port = client.port.map(u64::from);
            let numbers = [client.in_bytes, client.out_bytes, client.seconds].map(number);
            let user = client.user.map_or("-".into(), |user| user.to_str_lossy());
            let (kind, ip, service) = (client.kind, client.ip, service_name(client.service));
            let numbers = numbers.join(" ");
            format!("{kind:?} {service} {} {} {user} {numbers}", ip.as_bstr(), number(port))
        }
    }
}

fn service_name(service: Option<Mailbox>) -> &'static str {
    service.map_or("-", Mailbox::name)
}

/// Text behind a program's name, and what it says. Most are published lines, with other addresses.
const WORDINGS: [(&str, &str, &str); 24] = [
    ("imapd", "Connection, ip=[::ffff:192.0.2.1]", "Connection imap 192.0.2.1 - - - - -"),
    ("pop3d", "Connection, ip=[::1], port=[7]", "Connection pop3 ::1 7 - - - -"),
    (
        "imapd",
        "LOGIN FAILED, user=duncan, ip=[192.0.2.1]",
        "LoginFailed imap 192.0.2.1 - duncan - - -",
    ),
    (
        "imapd",
        "LOGIN FAILED, method=CRAM-MD5, ip=[::ffff:192.0.2.1]",
        "LoginFailed imap 192.0.2.1 - - - - -",
    ),
    (
        "courierpop3login",
        "LOGIN FAILED, ip=[::ffff:192.0.2.1]",
        "LoginFailed pop3 192.0.2.1 - - - - -",
    ),
    (
        "imaplogin",
        "LOGIN, user=u, ip=[::ffff:192.0.2.1], protocol=IMAP",
        "Login imap 192.0.2.1 - u - - -",
    ),
    ("pop3d-ssl", "LOGIN, user=u, ip=[::1], port=[9], stls=1", "Login pop3 ::1 9 u - - -"),
    (
        "imapd",
        "LOGOUT, user=u, ip=[::ffff:192.0.2.1], headers=184, body=16, rcvd=294, sent=1364, time=3",
        "End(Ok) imap 192.0.2.1 - u 294 1364 3",
    ),
    (
        "pop3d",
        "LOGOUT, user=u@d.example, ip=[::ffff:192.0.2.1], port=[36852], top=0, retr=0, rcvd=6, sent=30, time=0, stls=1",
        "End(Ok) pop3 192.0.2.1 36852 u@d.example 6 30 0",
    ),
    (
        "pop3d",
        "LOGOUT, user=aron, ip=[::ffff:192.0.2.1], top=2, retr=3",
        "End(Ok) pop3 192.0.2.1 - aron - 5 -",
    ),
    ("imapd", "LOGOUT, ip=[::1], port=[9], rcvd=10, sent=166", "End(Ok) imap ::1 9 - 10 166 -"),
    ("imapd", "Disconnected, ip=[::1], port=[9], time=8, starttls=1", "Gone imap ::1 9 - - - 8"),
    (
        "imaplogin",
        "DISCONNECTED, ip=[::ffff:192.0.2.1], time=8",
        "End(Lost) imap 192.0.2.1 - - - - 8",
    ),
    (
        "imapd",
        "TIMEOUT, user=u, ip=[::1], port=[9], headers=0, body=0, rcvd=6, sent=7, time=1800",
        "End(Timeout) imap ::1 9 u 6 7 1800",
    ),
    (
        "pop3d",
        "disc, user=u, ip=[::1], port=[9], top=0, retr=0, rcvd=6, sent=7, time=1",
        "End(Ok) pop3 ::1 9 u 6 7 1",
    ),
    (
        "pop3d",
        "I/O error disconnect, user=u, ip=[::1], port=[9], top=0, retr=0, rcvd=6, sent=7, time=1",
        "End(Error) pop3 ::1 9 u 6 7 1",
    ),
    (
        "pop3d",
        "Maximum connection limit reached for ::ffff:192.0.2.1",
        "blocked pop3 192.0.2.1 limit",
    ),
    ("couriertcpd", "dropped blocked connection from 192.0.2.1", "blocked - 192.0.2.1 blocklist"),
    ("couriertcpd", "40 maximum active connections.", "other"),
    ("authdaemond", "modules=\"authuserdb\", daemons=5", "other"),
    ("pop3d", "ip=[::ffff:192.0.2.1], Unexpected SSL connection shutdown.", "other"),
    ("imapd", "(null): TOO MANY CONSECUTIVE PROTOCOL VIOLATIONS", "other"),
    ("imapd", "LOGIN FAILED, user=cut", "! no address of the client"),
    ("pop3d", "LOGOUT, user=u, ip=[::1], port=[x]", "! a number is missing or too large"),
];

#[test]
fn every_wording() {
    for (tag, text, expected) in WORDINGS {
        for head in ["Nov 22 20:09:00 www ", "2026-11-22T20:09:00Z www ", ""] {
            for pid in ["", "[7]"] {
                let line = format!("{head}{tag}{pid}: {text}");
                assert_eq!(shown(&line), expected, "{line}");
            }
        }
        assert_eq!(shown(&format!("Nov 22 20:09:00 www {tag}: INFO: {text}")), expected);
        assert_eq!(shown(&format!("Nov 22 20:09:00 www postfix/smtpd: {text}")), "none");
        // without the name of the program only a level tells that it is Courier
        let line = format!("@400000006b07a1941d3833a4 {text}");
        assert_eq!(shown(&line), "none", "{line}");
    }
}

/// What the daemons write to their standard error says less of the service.
#[test]
fn standard_error() {
    for (text, expected) in [
        ("DEBUG: Connection, ip=[::1], port=[9]", "Connection - ::1 9 - - - -"),
        ("INFO: LOGIN, user=u, ip=[::1], port=[9], protocol=IMAP", "Login imap ::1 9 u - - -"),
        (
            "INFO: LOGOUT, user=u, ip=[::1], port=[9], top=0, retr=2, rcvd=6, sent=7, time=1",
            "End(Ok) pop3 ::1 9 u 6 7 1",
        ),
        (
            "INFO: TIMEOUT, user=u, ip=[::1], headers=0, body=2, time=1",
            "End(Timeout) imap ::1 - u - 2 1",
        ),
        (
            "ALERT: Maximum connection limit reached for ::ffff:192.0.2.1",
            "blocked - 192.0.2.1 limit",
        ),
        ("ERR: rename(./new/1,./cur/1:2,) failed: No such file or directory", "other"),
        ("ERR: something of another program", "none"),
    ] {
        for head in ["@400000006b07a1941d3833a4 ", "2026-11-22 20:09:00.123456789 ", ""] {
            assert_eq!(shown(&format!("{head}{text}")), expected, "{text}");
        }
    }
}

#[test]
fn names_imitate_nothing() {
    for name in [
        "evil, ip=[127.99.0.1]",
        "evil, ip=[127.99.0.1], port=[1]",
        "x]",
        "u, method=PLAIN",
        "LOGIN, user=alice",
        "'; drop",
        "a, time=5, rcvd=1, sent=2",
        "a: LOGOUT, user=b, ip=[192.0.2.9]",
        "",
    ] {
        let line = format!("imapd: LOGIN FAILED, user={name}, ip=[::ffff:192.0.2.1], port=[9]");
        assert_eq!(shown(&line), format!("LoginFailed imap 192.0.2.1 9 {name} - - -"));
    }
}

/// The first message to syslog has 511 bytes with its level, and the rest of the name follows.
#[test]
fn long_lines() {
    let head = "Nov 26 03:03:12 mail imapd: ";
    let start = "LOGIN FAILED, user=";
    let line = |bytes: usize| format!("{head}{start}{}", "x".repeat(bytes - start.len()));
    assert_eq!(shown(&line(505)), "cut");
    assert_eq!(shown(&line(503)), "! no address of the client");
    assert_eq!(shown(&line(512)), "! no address of the client");
    // the client chose its name so that the message ends in an address
    let end = ", ip=[192.0.2.9], port=[9]";
    assert_eq!(shown(&format!("{}{end}", line(505 - end.len()))), "cut");
    assert_eq!(shown(&format!("{head}{}", "x".repeat(511))), "cut");
    for tail in ["x", "tcpserver: ok 1 a:192.0.2.1:25 :192.0.2.9::1"] {
        assert_eq!(shown(&format!("{head}{tail}")), "none");
        assert_eq!(shown(&format!("Nov 26 03:03:12 mail imapd-ssl: {tail}")), "other");
    }
    let start = "INFO: LOGIN FAILED, user=";
    for end in ["", ", ip=[192.0.2.9], port=[9]"] {
        let name = "x".repeat(1023 - start.len() - end.len());
        let line = format!("@400000006b07a1941d3833a4 {start}{name}{end}");
        assert_eq!(shown(&line), "other");
    }
}

/// Lines of each kind: Connection, LOGIN, LOGIN FAILED, ends, blocked, cut, other, tails, broken.
/// Numbers are those of `grep -c`.
#[test]
fn captures() {
    for (name, expected) in [
        ("courier-1.0/maillog", [289, 163, 128, 301, 8, 4, 62, 2, 0]),
        ("courier-1.4/maillog", [298, 164, 116, 312, 12, 6, 69, 3, 0]),
        ("courier-1.0-multilog/imapd/current", [89, 39, 43, 88, 6, 0, 3, 0, 0]),
        ("courier-1.0-multilog/pop3d/current", [91, 58, 34, 98, 5, 0, 4, 0, 0]),
        // the cut line is one of the others, and one text has no level
        ("courier-1.4-multilog/imapd/current", [109, 61, 31, 106, 6, 0, 9, 1, 0]),
        ("courier-1.4-multilog/pop3d/current", [74, 43, 37, 83, 4, 0, 1, 0, 0]),
    ] {
        let mut kinds = [0; 9];
        for line in capture(name).lines() {
            kinds[match find(line) {
                Some(Ok(Event::Client(client))) => match client.kind {
                    Kind::Connection => 0,
                    Kind::Login => 1,
                    Kind::LoginFailed => 2,
                    Kind::End(_) | Kind::Gone => 3,
                },
                Some(Ok(Event::Blocked { .. })) => 4,
                Some(Ok(Event::Cut)) => 5,
                Some(Ok(Event::Other)) => 6,
                None => 7,
                Some(Err(_)) => 8,
            }] += 1;
        }
        assert_eq!(kinds, expected, "{name}");
    }
}

/// Bytes from the client are those that the client itself counted.
#[test]
fn bytes_are_those_of_the_client() {
    for (log, truth) in [
        ("courier-1.0/maillog", "courier-1.0/truth.tsv"),
        ("courier-1.4/maillog", "courier-1.4/truth.tsv"),
    ] {
        let (log, truth) = (capture(log), capture(truth));
        let mut sessions = 0;
        for line in log.lines() {
            let Some(Ok(Event::Client(client))) = find(line) else { continue };
            let (Kind::End(_), Some(_)) = (client.kind, client.user) else { continue };
            let row =
                truth.lines().skip(1).map(|row| row.split(|byte| *byte == b'\t')).find(|row| {
                    let mut row = row.clone();
                    row.nth(3) == Some(client.ip)
                        && row.next().and_then(number) == client.port.map(u64::from)
                });
            assert_eq!(
                client.in_bytes,
                row.unwrap().nth(10).and_then(number),
                "{}",
                line.as_bstr()
            );
            sessions += 1;
        }
        assert!(sessions > 100);
    }
}

#[test]
fn any_bytes_are_a_line() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
    fn holds(head: u8, words: Vec<u8>) -> bool {
        let heads = ["", "imapd: ", "INFO: LOGIN, ", "pop3d-ssl: LOGOUT, ", "imapd: 1.200000+ "];
        let few = [
            "user=",
            "ip=[",
            "]",
            ", ",
            "port=[",
            "9",
            "99999999999999999999",
            "top=",
            "retr=",
            "body=",
            "time=",
            "LOGIN",
            "x",
            "::ffff:",
            ".",
            "=",
            "18446744073709551615",
        ];
        let words: String = words.iter().map(|it| few[usize::from(*it) % few.len()]).collect();
        let _ = find(format!("{}{words}", heads[usize::from(head) % heads.len()]).as_bytes());
        true
    }
    quickcheck::QuickCheck::new()
        .tests(20_000)
        .max_tests(20_000)
        .quickcheck(holds as fn(u8, Vec<u8>) -> bool);
}
