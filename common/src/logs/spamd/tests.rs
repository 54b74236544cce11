use super::*;
use crate::logs::prefix::{Opening, find};

fn read_line(line: &[u8]) -> Option<Result<Line<'_>, Broken>> {
    find(line, Opening::OwnWords, judge)
}

const HEADS: [(&str, Option<u64>); 9] = [
    ("Feb  8 14:36:00 mx spamd[4863]: spamd: ", Some(4863)),
    ("Feb  8 14:36:00 mx spamd[4863]: ", Some(4863)),
    ("smtp spamd[17845]: spamd: ", Some(17845)),
    ("Sun Nov 22 05:10:27 2026 [17] info: spamd: ", Some(17)),
    ("Sun Nov 22 05:10:27 2026 [17] warn: spamd: ", Some(17)),
    ("Nov 22 05:10:27.123 [17] info: spamd: ", Some(17)),
    ("@400000006b02789e12c9caa4 Nov 22 05:10:27.123 [17] info: spamd: ", Some(17)),
    ("@400000006b02789e12c9caa4 [17] error: spamd: ", Some(17)),
    ("spamd: ", None),
];

fn peer_of(ip: &str, port: u16) -> Peer<'_> {
    Peer { ip: ip.as_bytes(), port: Some(port) }
}

#[test]
fn each_kind_of_line() {
    let (v4, v6) = (peer_of("127.0.0.1", 49573), peer_of("::1", 55896));
    let unix = Peer { ip: b"", port: None };
    let scan = |is_spam, score_centi, user: &'static str, active_ms, bytes| {
        Event::Checked(Checked { is_spam, score_centi, user: user.as_bytes(), active_ms, bytes })
    };
    for (words, expected) in [
        ("connection from localhost [127.0.0.1] at port 49573", Event::Connected(v4)),
        ("connection from ::1 [::1]:55896 to port 783, fd 5", Event::Connected(v6)),
        (
            "connection from x [::ffff:127.0.0.1]:49573 to port 783, fd 5, TLSv1.3/AES",
            Event::Connected(v4),
        ),
        ("unauthorized connection from x [127.0.0.1]:49573 to port 783, fd 5", Event::Refused(v4)),
        ("got connection over /run/spamd.sock", Event::Connected(unix)),
        (
            "got connection over /run/spamd.sock [... logline repeated 9 times]",
            Event::Connected(unix),
        ),
        (
            "clean message (-1.9/5.0) for u:1000 in 2.6 seconds, 7882 bytes.",
            scan(false, -190, "u", 2600, 7882),
        ),
        (
            "identified spam (999.0/5.0) for a:b c:978 in 1.2 seconds, 3 bytes.",
            scan(true, 99900, "a:b c", 1200, 3),
        ),
        ("skipped large message in 0.1 seconds", Event::Ended(Ending::Served)),
        ("Tell: Setting local  for u:7 in 0.5 seconds, 9 bytes", Event::Ended(Ending::Served)),
        ("timeout: (300 second timeout while trying to CHECK)", Event::Ended(Ending::TimedOut)),
        ("bad protocol: header error: (closed before headers)", Event::Ended(Ending::Left)),
        ("bad protocol: header error: GET / HTTP/1.0", Event::Ended(Ending::BadProtocol)),
        ("service unavailable: TELL commands have not been enabled.", Event::Ended(Ending::Failed)),
        ("accept_a_conn: accept failed: no socket available: x", Event::Failed),
        (
            "handled cleanup of child pid [162] due to SIGCHLD: interrupted, signal 2 (0002)",
            Event::Gone(162),
        ),
        ("handled cleanup of child pid 162 due to SIGCHLD", Event::Gone(162)),
        ("accept_a_conn: no fd ready, fd bit field 00001", Event::Other),
        ("checking message <x@y> for u:105", Event::Checking),
        ("processing message (unknown) for u:105", Event::Checking),
        ("setuid to u succeeded", Event::Other),
        (
            "server started on IO::Socket::IP [127.0.0.1]:783 (running version 4.0.1)",
            Event::Restarted,
        ),
    ] {
        for (head, pid) in HEADS {
            let line = format!("{head}{words}");
            assert_eq!(
                read_line(line.as_bytes()),
                Some(Ok(Line { pid, event: expected })),
                "{line}"
            );
        }
    }
}

#[test]
fn other_parts_of_it() {
    let full = "prefork: server reached --max-children setting, consider raising it";
    for (line, event) in [
        (format!("Feb  8 14:36:00 mx spamd[13]: {full}"), Event::Full),
        (format!("Sun Nov 22 05:10:27 2026 [13] info: {full}"), Event::Full),
        (
            format!("Sun Nov 22 05:10:27 2026 [13] info: {full} [... logline repeated 3 times]"),
            Event::Full,
        ),
        ("Sun Nov 22 05:10:27 2026 [13] info: prefork: child states: BI".into(), Event::Idle),
        ("Sun Nov 22 05:10:27 2026 [13] info: prefork: child states: BSK".into(), Event::Other),
        ("Sun Nov 22 05:10:27 2026 [13] warn: config: failed".into(), Event::Other),
        ("Feb  8 14:36:00 mx spamd[13]: logger: removing stderr method".into(), Event::Other),
    ] {
        assert_eq!(read_line(line.as_bytes()), Some(Ok(Line { pid: Some(13), event })), "{line}");
    }
}

/// Whether it is spam, its score, its tests, and the rest.
fn report_of(words: &str) -> Result<(bool, i64, &[u8], Values<'_>), Broken> {
    match read(words.as_bytes()) {
        Ok(Event::Report(report)) => {
            Ok((report.is_spam, report.score, report.tests, report.values()))
        }
        Ok(other) => panic!("{words}: {other:?}"),
        Err(why) => Err(why),
    }
}

#[test]
fn reports() {
    let line = "result: . -3 - ALL_TRUSTED,QLOG_HAM scantime=0.4,size=510,user=qpsmtpd,uid=105,\
        required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=33904,mid=<1.7@x>,autolearn=no";
    let values = Values {
        active_ms: Some(400),
        bytes: Some(510),
        user: Some(b"qpsmtpd"),
        ip: Some(b"127.0.0.1"),
        port: Some(33904),
    };
    assert_eq!(report_of(line), Ok((false, -3, &b"ALL_TRUSTED,QLOG_HAM"[..], values)));
    let line = "result: Y  5 -  scantime=2.6,size=7882,user=a b,c,uid=117,required_score=5.0,\
        rhost=localhost,raddr=127.0.0.1,rport=/run/spamd.sock,mid=<a,b@c>,autolearn=disabled";
    let unix = Values {
        active_ms: Some(2600),
        bytes: Some(7882),
        user: Some(b"a b,c"),
        ip: Some(b"127.0.0.1"),
        port: None,
    };
    assert_eq!(report_of(line), Ok((true, 5, &b""[..], unix)));
    // what a user or a message could have written is left out, what stands before it is not
    let forged = "result: Y  5 - X scantime=2.6,size=7,user=u,uid=1,rhost=h,raddr=1.1.1.1,rport=1,\
        mid=<,user=v,uid=2,raddr=2.2.2.2,rport=2,mid=>";
    let left = Values { bytes: Some(7), user: None, ip: None, ..unix };
    assert_eq!(report_of(forged), Ok((true, 5, &b"X"[..], left)));
    for (words, why) in [
        ("result: ? 5 - X scantime=1", CUT_SHORT),
        ("result: Y 5", CUT_SHORT),
        ("result: Y nan - X scantime=1", NO_NUMBER),
        ("result: Y 5 - X", CUT_SHORT),
    ] {
        assert_eq!(report_of(words), Err(why), "{words}");
    }
}

/// A name server, a user and a client choose words, but none of the numbers.
#[test]
fn hostile_words() {
    let from = |words| read(words);
    let words = b"connection from a [1.1.1.1]:1 to port 2, fd 3 [192.0.2.1]:5 to port 783, fd 5";
    assert_eq!(from(words), Ok(Event::Connected(peer_of("192.0.2.1", 5))));
    let words = b"connection from a [1.1.1.1] at port 9 [192.0.2.1]:5 to port 783, fd 5";
    assert_eq!(from(words), Ok(Event::Connected(peer_of("192.0.2.1", 5))));
    let words =
        b"clean message (1.0/5.0) for x:1 in 9.9 seconds, 99 bytes.:7 in 0.1 seconds, 5 bytes.";
    let user = &b"x:1 in 9.9 seconds, 99 bytes."[..];
    let scan = Checked { is_spam: false, score_centi: 100, user, active_ms: 100, bytes: 5 };
    assert_eq!(from(words), Ok(Event::Checked(scan)));
    let words = b"bad protocol: header error: spamd: clean message (1.0/5.0) for x:1 in";
    assert_eq!(from(words), Ok(Event::Ended(Ending::BadProtocol)));
    for line in [
        "Feb  8 14:36:00 mx imapd: spamd: got connection over x",
        "Feb  8 14:36:00 mx imapd: [13] info: spamd: got connection over x",
        "46 dispatching HELO spamd: got connection over x",
        "info: spamd: got connection over x",
        "[x] info: spamd: got connection over x",
        "",
    ] {
        assert_eq!(read_line(line.as_bytes()), None, "{line}");
    }
    for (words, why) in [
        ("connection from x", CUT_SHORT),
        ("connection from x [1.1.1.1]:99999 to port 1, fd 2", NO_NUMBER),
        ("connection from x 1.1.1.1 at port 5", CUT_SHORT),
        ("clean message (nan/5.0) for u:1 in 0.1 seconds, 5 bytes.", NO_NUMBER),
        ("clean message (1.0/5.0) for u:1 in -0.1 seconds, 5 bytes.", NO_NUMBER),
        ("identified spam (1.0/5.0) for u:1 in 0.1 seconds", CUT_SHORT),
        ("handled cleanup of child pid x", NO_NUMBER),
    ] {
        assert_eq!(read(words.as_bytes()), Err(why), "{words}");
    }
}

/// The counts are those of the capture's own description, the sums those of awk.
#[test]
fn a_real_log() {
    let file = "/../tests/data/captures/spamd/spamd-0.94.log";
    let log = std::fs::read([env!("CARGO_MANIFEST_DIR"), file].concat()).unwrap();
    let mut counts = [0; 10];
    let (mut bytes, mut milliseconds, mut centi) = (0, 0, 0);
    for line in log.lines() {
        let line = read_line(line).unwrap().unwrap();
        assert!(line.pid.is_some());
        counts[match line.event {
            Event::Connected(peer) => {
                assert_eq!(peer.ip, b"127.0.0.1");
                0
            }
            Event::Checked(checked) => {
                bytes += checked.bytes;
                milliseconds += checked.active_ms;
                centi += checked.score_centi;
                1 + usize::from(checked.is_spam)
            }
            Event::Report(report) => {
                let values = report.values();
                assert_eq!(values.ip, Some(&b"127.0.0.1"[..]));
                assert!(values.port.is_some() && values.user == Some(b"qpsmtpd"));
                3
            }
            Event::Gone(_) => 4,
            Event::Full => 5,
            Event::Checking => 6,
            Event::Idle => 7,
            Event::Restarted => 8,
            Event::Other => 9,
            other => panic!("{other:?}"),
        }] += 1;
    }
    assert_eq!(counts, [227, 184, 43, 227, 34, 28, 227, 229, 2, 170]);
    assert_eq!((bytes, milliseconds, centi), (172_418, 43_200, 280_930));
}

#[test]
fn no_bytes_make_it_panic() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
    fn holds(words: Vec<u8>, bytes: Vec<u8>) -> bool {
        const WORDS: [&str; 20] = [
            "spamd: ",
            "[7] info: ",
            "connection from ",
            "clean message (",
            "result: ",
            "Y ",
            " - ",
            "1",
            "/",
            ") for ",
            ":",
            " in ",
            " seconds, ",
            " bytes.",
            " [",
            "]:",
            " to port ",
            " at port ",
            "scantime=",
            ",size=",
        ];
        let words = words.iter().map(|at| WORDS[usize::from(*at) % WORDS.len()]);
        let line = [words.collect::<String>().into_bytes(), bytes].concat();
        if let Some(Ok(Line { event: Event::Report(report), .. })) = read_line(&line) {
            let _ = report.values();
        }
        true
    }
    quickcheck::QuickCheck::new()
        .tests(20_000)
        .max_tests(20_000)
        .quickcheck(holds as fn(Vec<u8>, Vec<u8>) -> bool);
}
