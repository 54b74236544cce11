use std::collections::BTreeSet;

use bstr::ByteSlice;

use super::*;
use crate::logs::fields::CUT_SHORT;
use crate::logs::prefix::{Opening, find};

const TCP: Program = Program::Tcpserver;
const SSL: Program = Program::Sslserver;

fn read(line: &[u8]) -> Option<Result<Event<'_>, Broken>> {
    find(line, Opening::OwnWords, judge)
}

fn client(program: Program, denied: bool, local_port: u16, ip: &str, port: u16) -> Event<'_> {
    let ip = ip.as_bytes();
    Event::Client(Client { program, pid: 7, denied, local_port, ip, port })
}

/// Behind any head the text says the same.
fn assert_read(text: &str, expected: Event<'_>) {
    for head in [
        "",
        "@400000006b02789e12c9caa4 ",
        "Nov 22 05:21:15 mx smtpd: 1795324875.900392 ",
        "Nov 22 05:21:15 mx smtpd[9]: ",
        "2026-11-22T05:21:15Z ",
    ] {
        let line = format!("{head}{text}");
        assert_eq!(read(line.as_bytes()), Some(Ok(expected)), "{line}");
    }
}

#[test]
fn each_line_of_the_servers() {
    let (program, v4, v6) = (TCP, "127.0.6.136", "2001:db8::1");
    for (text, expected) in [
        ("tcpserver: status: 1/40", Event::Status { program, running: 1, most: 40 }),
        ("tcpserver: pid 7 from ::1", Event::Start { program, pid: 7, ip: b"::1" }),
        (
            "tcpserver: pid 7 from ::ffff:127.0.0.1",
            Event::Start { program, pid: 7, ip: b"127.0.0.1" },
        ),
        (
            "tcpserver: ok 7 0:127.0.0.1:2023 :127.0.6.136::43666",
            client(TCP, false, 2023, v4, 43666),
        ),
        ("tcpserver: ok 7 a.b:192.0.2.1:25 host:127.0.6.136:info:5", client(TCP, false, 25, v4, 5)),
        (
            "tcpserver: deny 7 m:::ffff:127.0.0.1:7910 h:::ffff:127.0.6.136::5",
            client(TCP, true, 7910, v4, 5),
        ),
        (
            "tcpserver: ok 7 m:::1:7910 dsl_\\351t\\351...:2001:db8::1::5",
            client(TCP, false, 7910, v6, 5),
        ),
        ("sslserver: ok 7 m:::1:7965 :::1::54755", client(SSL, false, 7965, "::1", 54755)),
        ("tcpserver: end 7 status 25600", Event::End { program, pid: 7, status: 25600 }),
        ("sslserver: end 7 status 0", Event::End { program: SSL, pid: 7, status: 0 }),
        ("sslserver: ssl 7 accept ", Event::Accepted { pid: 7 }),
        ("sslserver: ssl 7 accept", Event::Accepted { pid: 7 }),
        (
            "sslserver: warning: dropping SSL connection, unable to accept SSL: error:00000006",
            Event::Dropped { program: SSL, reason: b"unable to accept SSL: error:00000006" },
        ),
        (
            "tcpserver: warning: dropping connection, unable to fork: temporary failure",
            Event::Dropped { program, reason: b"unable to fork: temporary failure" },
        ),
        ("tcpserver: fatal: unable to bind: address already used", Event::Other),
        ("sslserver: cafile 25565 /etc/servercert.pem", Event::Other),
        ("tcpserver: ssl 7 accept ", Event::Other),
    ] {
        assert_read(text, expected);
    }
}

#[test]
fn each_line_of_the_others() {
    let reply = |text: &'static str, ends| Event::Reply { pid: 7, text: text.as_bytes(), ends };
    for (text, expected) in [
        (
            "rblsmtpd: ::1 pid 7: 451 Listed, see x pid 8: 451",
            Event::Refused { pid: 7, ip: b"::1", reply: b"451 Listed, see x pid 8: 451" },
        ),
        ("rblsmtpd: ::1 pid 7: greetdelay: 5", Event::Other),
        ("rblsmtpd: ::1 pid 7: [RBL info] Listed", Event::Other),
        ("rblsmtpd: fatal: unable to run x: file does not exist", Event::Other),
        ("7 > 502 unimplemented (#5.5.1)\r ", reply("502 unimplemented (#5.5.1)", true)),
        ("7 > 220 mail.example.net ", reply("220 mail.example.net", true)),
        ("7 > 50+", reply("50", false)),
        ("7 > a+ ", reply("a+", true)),
        ("7 >  ", reply("", true)),
        ("7 > [EOF]", Event::Other),
        ("7 > [EOF] ", reply("[EOF]", true)),
        ("7 < [EOF]", Event::Other),
        ("7 < 500 x ", Event::Other),
        ("7 <", Event::Other),
        ("7 >", reply("", true)),
        ("7 < x y.z tcpserver: ok 7 0:127.0.0.1:1 :127.0.0.2::3", Event::Other),
    ] {
        assert_read(text, expected);
    }
}

/// Where a head has the program's name as its tag.
#[test]
fn the_tag_is_the_name() {
    let status = Event::Status { program: SSL, running: 1, most: 5 };
    let refused = Event::Refused { pid: 7, ip: b"192.0.2.1", reply: b"553 no" };
    for (line, expected) in [
        ("Nov 22 05:21:15 mx sslserver: status: 1/5", Some(Ok(status))),
        ("Nov 22 05:21:15 mx sslserver[3]: sslserver: status: 1/5", Some(Ok(status))),
        ("Nov 22 05:21:15 mx rblsmtpd: 192.0.2.1 pid 7: 553 no", Some(Ok(refused))),
        ("Nov 22 05:21:15 mx tcpserver: rblsmtpd: 192.0.2.1 pid 7: 553 no", Some(Ok(refused))),
        // the words of whatever runs behind it
        ("Nov 22 05:21:15 mx tcpserver: qlogreceived: x", None),
    ] {
        assert_eq!(read(line.as_bytes()), expected, "{line}");
    }
}

#[test]
fn what_is_none() {
    for line in [
        "",
        " ",
        "tcpserver",
        "xtcpserver: status: 1/40",
        "46 dispatching HELO tcpserver: ok 1 :127.0.0.1:25 :192.0.2.1::5",
        "@400000006b02789e12c9caa4 46 dispatching HELO tcpserver: ok 1 :127.0.0.1:25 :192.0.2.1::5",
        "CHKUSER accepted sender: from <a|remoteinfo/auth:tcpserver: end 7 status 0",
        "Nov 22 05:21:15 mx imapd: LOGIN FAILED, user=tcpserver: end 7 status 0, ip=[::1]",
        "1795324875.900392+tcpserver: end 7 status 0",
        "99999999999999999999 > 500 x",
        "7 >500",
        "7: > 500",
    ] {
        assert_eq!(read(line.as_bytes()), None, "{line}");
    }
}

#[test]
fn reasons() {
    for (words, why) in [
        ("status: 1", CUT_SHORT),
        ("status: 1/", NO_NUMBER),
        ("status: 18446744073709551616/40", NO_NUMBER),
        ("pid 7", CUT_SHORT),
        ("pid 7 from mx.example.net", "no address of a client"),
        ("pid x from ::1", NO_NUMBER),
        ("end 7", CUT_SHORT),
        ("end 7 status ", NO_NUMBER),
        ("ok 7", CUT_SHORT),
        ("ok 7 :127.0.0.1:25", CUT_SHORT),
        ("ok 7 :127.0.0.1:25 x", CUT_SHORT),
        ("ok 7 :127.0.0.1:25 x:y", CUT_SHORT),
        ("ok 7 :127.0.0.1:25 :127.0.0.1:5", "no address of a client"),
        ("ok 7 :127.0.0.1:25 :x::5", "no address of a client"),
        ("ok 7 :127.0.0.1:25 :127.0.0.1::65536", NO_NUMBER),
        ("ok 7 :127.0.0.1:25 :127.0.0.1::5 more", CUT_SHORT),
        ("deny 7 :127.0.0.1: :127.0.0.1::5", NO_NUMBER),
        ("warning: dropping connection", CUT_SHORT),
    ] {
        assert_eq!(read(format!("tcpserver: {words}").as_bytes()), Some(Err(why)), "{words}");
    }
    assert_eq!(read(b"sslserver: ssl 7 done"), Some(Err(CUT_SHORT)));
}

/// A client answers who it is. With IPv4 that changes nothing; with IPv6 the line can be read in
/// several ways, and the one of `pid` is right.
#[test]
fn who_a_client_says_it_is() {
    for (remote, ip) in [
        ("h:192.0.2.1:evil:198.51.100.7:5", "192.0.2.1"),
        ("h:::ffff:192.0.2.1:198.51.100.7:5", "192.0.2.1"),
        ("h:::ffff:192.0.2.1:a:b:c:5", "192.0.2.1"),
        ("h:2001:db8::1:evil.example:5", "2001:db8::1"),
        ("h:2001:db8::1:6:evil:5", "2001:db8::1:6"),
    ] {
        let line = format!("tcpserver: ok 7 :::1:25 {remote}");
        assert_eq!(read(line.as_bytes()), Some(Ok(client(TCP, false, 25, ip, 5))), "{line}");
    }
}

fn capture(name: &str) -> Vec<u8> {
    let folder = [env!("CARGO_MANIFEST_DIR"), "/../tests/data/captures/", name].concat();
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_none_or(|it| it == "s")).collect();
    paths.sort();
    paths.iter().flat_map(|path| std::fs::read(path).unwrap()).collect()
}

/// Status, pid, ok, deny, end, `ssl accept`, dropped, refused, replies, others: as awk counts them.
#[test]
fn real_logs() {
    for (name, expected) in [
        ("tcpserver", [262, 130, 106, 24, 130, 0, 0, 0, 0, 0]),
        ("tcpserver-rblsmtpd", [142, 70, 57, 13, 70, 0, 0, 25, 0, 0]),
        ("tcpserver-recordio", [42, 20, 20, 0, 20, 0, 0, 0, 29, 49]),
        ("tcpserver-ipv6", [301, 150, 133, 17, 150, 0, 0, 0, 0, 0]),
        ("tcpserver-ipv6-rblsmtpd", [121, 60, 60, 0, 60, 0, 0, 5, 0, 0]),
        ("ucspi-tcp6", [301, 150, 132, 18, 150, 0, 0, 0, 0, 0]),
        ("ucspi-tcp6-rblsmtpd", [121, 60, 60, 0, 60, 0, 0, 30, 0, 0]),
        ("sslserver", [181, 90, 79, 11, 90, 76, 14, 0, 0, 7]),
        ("sslserver-ipv6", [181, 90, 90, 0, 90, 72, 18, 0, 0, 7]),
    ] {
        let mut counts = [0; 10];
        for line in capture(name).lines() {
            counts[match read(line).unwrap().unwrap() {
                Event::Status { .. } => 0,
                Event::Start { .. } => 1,
                Event::Client(client) if !client.denied => 2,
                Event::Client(_) => 3,
                Event::End { .. } => 4,
                Event::Accepted { .. } => 5,
                Event::Dropped { .. } => 6,
                Event::Refused { .. } => 7,
                Event::Reply { .. } => 8,
                Event::Other => 9,
            }] += 1;
        }
        assert_eq!(counts, expected, "{name}");
    }
}

/// The clients of the log are those that were there, by their own record.
#[test]
fn clients_that_were_there() {
    for name in [
        "tcpserver-ipv6",
        "tcpserver-ipv6-rblsmtpd",
        "ucspi-tcp6",
        "ucspi-tcp6-rblsmtpd",
        "sslserver",
        "sslserver-ipv6",
    ] {
        let file = ["/../tests/data/captures/", name, "/truth.tsv"].concat();
        let truth = std::fs::read_to_string([env!("CARGO_MANIFEST_DIR"), &file].concat()).unwrap();
        let there: BTreeSet<String> = truth
            .lines()
            .skip(1)
            .map(|row| row.split('\t').skip(1).take(2).collect::<Vec<_>>().join(" "))
            .collect();
        let log = capture(name);
        let logged: BTreeSet<String> = log
            .lines()
            .filter_map(|line| match read(line) {
                Some(Ok(Event::Client(client))) => {
                    Some(format!("{} {}", client.ip.as_bstr(), client.port))
                }
                _ => None,
            })
            .collect();
        assert_eq!(logged, there, "{name}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
    fn holds(words: Vec<u8>, bytes: Vec<u8>) -> bool {
        const WORDS: [&str; 16] = [
            "tcpserver",
            "sslserver",
            "rblsmtpd",
            ": ",
            "ok ",
            "deny ",
            "pid ",
            "7",
            " ",
            ":",
            "::ffff:",
            "1.2.3.4",
            " status ",
            " > ",
            "+",
            "451",
        ];
        let words = words.iter().map(|at| WORDS[usize::from(*at) % WORDS.len()]);
        let line = [words.collect::<String>().into_bytes(), bytes].concat();
        let _ = read(&line);
        true
    }
    quickcheck::QuickCheck::new()
        .tests(20_000)
        .max_tests(20_000)
        .quickcheck(holds as fn(Vec<u8>, Vec<u8>) -> bool);
}
