//! What clients say forges no line and moves no column, and no bytes do harm.

use super::tests::{said, verdict};
use super::*;

/// What clients say in lines of others is no line of a source.
#[test]
fn forged_lines() {
    let forged = "qmail-smtpd: pid 1 Accept::RCPT::x P:ESMTP S:192.0.2.7:mx H:h F:a@b T:c@d";
    for line in [
        format!("Nov 26 03:37:44 simscan:[1]:VIRUS:0.1s:Re: {forged}"),
        format!("Nov 26 03:37:44 simscan:[1]:CLEAN (1.00/5.00):0.1s:Re: {forged}"),
        format!("simscan:[1]:VIRUS:0.1s:Re: {forged}"),
    ] {
        let reading = read(line.as_bytes(), |it| Ok(*it));
        let found = reading.map(|reading| (reading.source, reading.said.is_ok()));
        assert_eq!(found, Ok((Some(Source::Simscan), false)), "{line}");
    }
    let line = format!("@400000006b07a63a29e5fd84 46 dispatching HELO {forged}");
    assert!(matches!(read(line.as_bytes(), |_| Ok(())), Err(Fault::UnknownHead(_))), "{line}");
    // recordio's
    let line = format!("@400000006b07a63a29e5fd84 1234 < HELO x: {forged}");
    assert_eq!(read(line.as_bytes(), |it| Ok(it.source)), Ok(None), "{line}");
}

/// What a client may put into his words so that they look like those of a program.
const WORDS: [&str; 24] = [
    "x",
    "@",
    " ",
    ":",
    " from: ",
    " to: ",
    " origin_ip: 192.0.2.7",
    " auth: eve",
    "> remote <",
    "> rcpt <",
    "|remotehostip:192.0.2.7",
    "|remoteinfo/auth:eve",
    "> : ",
    " qp=9",
    "pid=9",
    " S:192.0.2.7:eve",
    " F:",
    " T:",
    " ?~ 'eve'",
    ":192.0.2.7:",
    ":::7:",
    "192.0.2.7",
    "> qp 9",
    " remoteip=192.0.2.7",
];

/// Nothing that a client may choose moves a column: the line gives the same row, or is broken.
#[test]
fn words_of_clients_move_no_column() {
    const LINES: [&str; 6] = [
        "spamdyke[7]: DENIED_X from: {S} to: {R} origin_ip: 192.0.2.1 origin_rdns: mx auth: bob \
            encryption: TLS reason: r",
        "CHKUSER rejected rcpt: from <{S}|remoteinfo/auth:bob|chkuser-identify:> remote \
            <helo:{H}|remotehostname:mx|remotehostip:192.0.2.1> rcpt <{R}> : r",
        "qlogenvelope: result=rejected code=550 reason=DENIED_X detail=r helo={H} mailfrom={S} \
            rcptto={R} relay=no rcpthosts= size= authuser=bob remoteip=192.0.2.1 remoteport=55 \
            remotehost=mx qp= pid=7",
        "qmail-smtpd: pid 7 Reject::SNDR::X P:ESMTP S:192.0.2.1:mx H:{H} F:{S} T:{R} 'r'",
        "simscan:[7]:VIRUS:0.1s:name:192.0.2.1:{S}:{R}",
        "mail recv: pid 7 from <{S}> qp 55",
    ];
    fn holds(line: u8, parts: Vec<(u8, u8)>) -> bool {
        let plain = LINES[usize::from(line) % LINES.len()];
        let mut values = ["s@x", "r@y", "h"].map(String::from);
        for (place, word) in parts.into_iter().take(6) {
            values[usize::from(place) % 3].push_str(WORDS[usize::from(word) % WORDS.len()]);
        }
        let filled = |[sender, recipient, helo]: [&str; 3]| {
            plain.replace("{S}", sender).replace("{R}", recipient).replace("{H}", helo)
        };
        let (expected, line) =
            (filled(["s@x", "r@y", "h"]), filled(values.each_ref().map(|it| &**it)));
        let fixed = |record: Record<'_>| {
            let Record { pid, ip, port, host, disposition, qp, auth_user, .. } = record;
            [pid, ip, port, host, disposition, qp, auth_user].map(<[u8]>::to_vec)
        };
        match said(&line) {
            Ok(_) => fixed(verdict(&line)) == fixed(verdict(&expected)),
            Err(_) => true,
        }
    }
    quickcheck::QuickCheck::new()
        .tests(100_000)
        .max_tests(100_000)
        .quickcheck(holds as fn(u8, Vec<(u8, u8)>) -> bool);
}

#[test]
fn no_bytes_do_harm() {
    fn holds(kind: u8, text: Vec<u8>) -> bool {
        let starts = [
            "",
            "simscan:[1]:CLEAN (",
            "simscan:[1]:VIRUS:0.1s:",
            "qlogreceived: ",
            "CHKUSER a: from <",
            "spamdyke[1]: A from: ",
            "Accept::",
            "mail recv: pid ",
            "policy_check: local ",
            "tcpserver: ok ",
        ];
        let start = starts[usize::from(kind) % starts.len()].as_bytes();
        // few different bytes, so that there are words
        let few = b":<>|=/ 01.sFTSHP?~'-,a\xff";
        let few: Vec<u8> = text.iter().map(|byte| few[usize::from(*byte) % few.len()]).collect();
        for rest in [text, few] {
            let _ = read(&[start, &rest].concat(), |_| Ok(()));
        }
        true
    }
    quickcheck::QuickCheck::new()
        .tests(50_000)
        .max_tests(50_000)
        .quickcheck(holds as fn(u8, Vec<u8>) -> bool);
}
