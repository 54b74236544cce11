//! A log that is cut anywhere gives what it gives in one piece.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::*;
use crate::{Opts, SPEC, pending};

/// What runs over a log gave.
#[derive(Debug, PartialEq, Eq)]
struct Results {
    rows: Vec<u8>,
    sessions: Vec<u8>,
    cut_off: u64,
    /// The pending file at the end.
    pending: Vec<u8>,
}

/// Reads a log in several runs, each with the pending file of the one before. With `open`, each
/// writes what is under way at its end.
fn read<'a>(runs: impl Iterator<Item = &'a [u8]>, open: bool) -> Results {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions");
    let mut results =
        Results { rows: Vec::new(), sessions: Vec::new(), cut_off: 0, pending: Vec::new() };
    for run in runs {
        let name = OsStr::new("state");
        let before = common::filter::pending::rows(pending::FIRST, name, &results.pending);
        let state = pending::read(before.unwrap()).unwrap();
        let mut flags = vec![format!("--sessions={}", path.display())];
        flags.extend(open.then(|| "--open".into()));
        let args = SPEC.parse(flags.iter().map(OsString::from)).unwrap();
        let Opts { rows, lengths, sessions, policy, .. } = Opts::new(&args).unwrap();
        let output = Output::new(rows, Some(sessions.unwrap().create().unwrap()), lengths);
        let mut log = Log::new(state, true, output, Ledger::open(policy).unwrap());
        let mut out = Out::stdout("test");
        for text in run.split_inclusive(|byte| *byte == b'\n') {
            let (text, ended) = text.strip_suffix(b"\n").map_or((text, false), |text| (text, true));
            let line = Line { text, ended, file: OsStr::new("log"), number: 1 };
            log.line(line, &mut out).unwrap();
        }
        results.cut_off += log.cut_off;
        let mut state = log.end(true, &mut out).unwrap();
        results.rows.append(out.buffer());
        results.sessions.extend(std::fs::read(&path).unwrap());
        results.pending = [pending::FIRST, &pending::write(&mut state), b"end\n"].concat();
    }
    results
}

/// The sums of the lengths of session rows, and how many are no mere parts, by service.
fn sums(sessions: &[u8]) -> BTreeMap<String, (u64, usize)> {
    let mut sums = BTreeMap::new();
    for row in std::str::from_utf8(sessions).unwrap().lines() {
        let fields: Vec<&str> = row.split('\t').collect();
        let sum: &mut (u64, usize) = sums.entry(fields[2].into()).or_default();
        sum.0 += fields[7].parse::<u64>().unwrap_or(0);
        sum.1 += usize::from(fields[10] != "open");
    }
    sums
}

/// Lines of multilog.
const LABELLED: [&str; 40] = [
    "new msg 7",
    "info msg 7: bytes 263 from <> qp 43 uid 0",
    "starting delivery 1: msg 7 to local twice@x",
    "starting delivery 2: msg 7 to local twice@x",
    "starting delivery 3: msg 7 to remote a@y",
    "delivery 1: deferral: later/",
    "delivery 2: report mangled, will defer",
    "starting delivery 4: msg 7 to local twice@x",
    "new msg 8",
    "info msg 8: bytes 12 from <%\"'\u{e9}> qp 44 uid 0",
    "starting delivery 5: msg 8 to remote %\u{e9}@z",
    "delivery 5: deferral: later/",
    "new msg 8",
    "info msg 8: byt@400000006b027b6c11eb9bbc info msg 8: bytes 13 from <b@z> qp 45 uid 0",
    "starting delivery 6: msg 8 to remote c@z\r",
    "starting delivery 7: msg 9 to remote unknown@z",
    "end msg 8",
    "new msg 8",
    "info msg 8: bytes 14 from <later@z> qp 46 uid 0",
    "delivery 6: success: /",
    "delivery 7: failure: no/",
    "delivery 99: success: /",
    "new msg",
    "starting delivery 8: msg 8 to local never-ends@x",
    "status: local 1/10 remote 0/20 exitasap",
    // a new run
    "starting delivery 1: msg 7 to local twice@x",
    "starting delivery 2: msg 7 to remote a@y",
    "delivery 1: failure: no/",
    "delivery 2: success: /",
    "starting delivery 3: msg 7 to local twice@x",
    "status: exiting",
    // two queues in one log
    "new msg 7 queue5",
    "info msg 7: bytes 814 from <q5@x> qp 555 uid 0 queue5",
    "starting delivery 7.5: msg 7 to remote bob@example.com queue5",
    "new msg 7 queue2",
    "info msg 7: bytes 2222 from <q2@x> qp 556 uid 0 queue2",
    "starting delivery 7: msg 7 to remote dave@example.net queue2",
    "delivery 7.5: success: 192.0.2.1_accepted_message./ queue5",
    "delivery 7: deferral: 192.0.2.2_is_busy./ queue2",
    "end msg 7 queue5",
];

/// All that a log has, and some that it should not have.
fn sample() -> Vec<u8> {
    let mut log: Vec<u8> = Vec::new();
    let full = "l".repeat(799);
    let syslog = [
        "5.000001 info msg 7: bytes 1 from <a@b> qp 1 uid 0".into(),
        format!("5.000002 starting delivery 1: msg 7 to local {}", &full[37..]),
        format!("5.000002+{full}"),
        "5.000002+@end".into(),
        "5.000003 delivery 1: success: /".into(),
        format!("5.000004 info msg 7: bytes 2 from <{}", &full[28..]),
        "5.000004+@z> qp 5 uid 0".into(),
        format!("5.000005 starting delivery 2: msg 7 to remote {}", &full[38..]),
        "5.000006 delivery 2: deferral: /".into(),
        "5.000007+not seen".into(),
        format!("5.000008 delivery 2: success: {full}"),
    ];
    for text in syslog {
        for source in ["one qmail", "two qmail[1]"] {
            let line = format!("Sep 14 09:58:09 {source}: {text}\n");
            log.extend_from_slice(line.as_bytes());
            log.extend_from_slice(b"Sep 14 09:58:09 one sshd[2]: noise\n");
        }
    }
    for (at, text) in LABELLED.iter().enumerate() {
        // 1.3 seconds apart
        let (seconds, nanos) = (at * 13 / 10, at * 13 % 10 * 100_000_000 + 123_456);
        let label = 0x4000_0000_6b02_7b6b + seconds;
        log.extend_from_slice(format!("@{label:016x}{nanos:08x} {text}\n").as_bytes());
    }
    log.extend_from_slice(b"\xff\0 no record\n\n@400000006b027b6b273e0734 new m");
    log
}

#[test]
fn a_log_cut_in_two_anywhere() {
    let log = sample();
    let whole = read([log.as_slice()].into_iter(), false);
    for cut in 0..=log.len() {
        let (first, second) = log.split_at(cut);
        assert_eq!(read([first, second].into_iter(), false), whole, "cut at {cut}");
    }
}

/// What is under way is written at the cut: then it is the sums that are the same.
#[test]
fn a_log_cut_in_two_with_what_is_open() {
    let log = sample();
    let whole = read([log.as_slice()].into_iter(), true);
    let expected = sums(&whole.sessions);
    let mut parts = 0;
    for cut in (0..=log.len()).step_by(7) {
        let (first, second) = log.split_at(cut);
        let found = read([first, second].into_iter(), true);
        parts += std::str::from_utf8(&found.sessions).unwrap().matches("\topen\t").count();
        assert_eq!((&found.rows, found.cut_off), (&whole.rows, whole.cut_off), "cut at {cut}");
        assert_eq!(sums(&found.sessions), expected, "cut at {cut}");
    }
    assert!(parts > log.len(), "little was open");
}

#[test]
fn a_log_cut_everywhere() {
    let log = sample();
    let whole = read([log.as_slice()].into_iter(), false);
    for step in [1, 2, 3, 7, 100, 1000] {
        assert_eq!(read(log.chunks(step), false), whole, "cut every {step}");
    }
    let opened = sums(&read(log.chunks(100), true).sessions);
    assert_eq!(opened, sums(&read([log.as_slice()].into_iter(), true).sessions));
    let Results { rows, cut_off, pending, .. } = whole;
    assert_eq!((rows.split(|byte| *byte == b'\n').count() - 1, cut_off), (13, 3));
    let pending = String::from_utf8(pending).unwrap();
    for kind in ["message", "waiting", "delivery", "held", "unfinished"] {
        assert!(pending.contains(&format!("\n{kind}\t")), "{kind} is not in {pending}");
    }
}
