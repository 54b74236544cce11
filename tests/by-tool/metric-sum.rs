//! metric-sum against another program, which python runs, over generated rows; against xfer-sum and
//! the books of the captures; and the law that reports rest on: however rows are split, the merged
//! metrics are the same.

use std::fs;
use std::path::Path;

use maillog_tests::{Random, Test, command, peer, root, run, same, scratch, tests, tool};

pub const TESTS: &[Test] = tests![
    metrics_are_those_of_python,
    merged_metrics_are_the_metrics,
    a_log_cut_anywhere_has_the_same_metrics,
    mail_is_what_xfer_sum_bills,
    sessions_are_those_of_the_log,
    verdicts_are_those_of_the_log,
];

const HOSTED: &str = "example.net\n.example.org\nqlogtest.com\n";

/// The metric rows of some rows; `flags` are words. Days are those of Berlin.
pub fn metrics(folder: &Path, flags: &str, rows: &[u8]) -> String {
    let mut command = tool("metric-sum");
    command.arg("-q").args(flags.split_whitespace()).current_dir(folder);
    command.env("TZ", "Europe/Berlin");
    // a part of a log may hold only services that are not counted; then there is a message
    let ran = run(&mut command, rows);
    assert_eq!(ran.code, Some(0), "{flags}: {}", ran.err);
    ran.text()
}

fn metrics_are_those_of_python() {
    let Some(python) = peer("python3", "metric-sum") else { return };
    let oracle = root().join("tests/by-tool/metric-sum/oracle.py");
    let folder = scratch();
    fs::write(folder.path().join("hosted"), HOSTED).unwrap();
    let asked = |words: &[&str], rows: &[u8]| {
        let mut command = command(&python);
        command.arg(&oracle).args(words).env("TZ", "Europe/Berlin");
        run(&mut command, rows).succeeded()
    };
    for kind in ["message", "transaction", "session", "sample"] {
        let rows = asked(&["rows", kind, "1126"], b"").out;
        for by in ["", "domain", "hour", "user", "hour,domain,user"] {
            for hosted in ["", HOSTED] {
                let expected = asked(&["sum", kind, by, "mail1", hosted], &rows).text();
                assert!(expected.lines().count() > 100, "{kind}: too little to compare");
                let by = if by.is_empty() { String::new() } else { format!("-b {by}") };
                let domains = if hosted.is_empty() { "" } else { "--domains=hosted" };
                let flags = format!("-r {kind} --host=mail1 {by} {domains}");
                // a metric row is what --max-groups counts
                let most = expected.lines().count();
                let bounded = format!("{flags} --max-groups={most}");
                same(&metrics(folder.path(), &bounded, &rows), &expected)
                    .unwrap_or_else(|place| panic!("{flags}: {place}"));
                let mut command = tool("metric-sum");
                command.arg("-q").args(flags.split_whitespace()).current_dir(folder.path());
                command.arg(format!("--max-groups={}", most - 1));
                let ran = run(command.env("TZ", "Europe/Berlin"), &rows);
                assert!(ran.code == Some(2) && ran.err.contains("more groups"), "{flags}");
            }
        }
    }
}

/// Rows that a parser makes of a captured log, and their type.
pub fn captured() -> Vec<(&'static str, String, Vec<u8>)> {
    let mut all = Vec::new();
    for (kind, parser, logs) in [
        ("message", "qmsend-parse", &["qmail-send", "qmail-sagredo-send"][..]),
        ("session", "qmsend-parse --sessions=/dev/stdout -f pid", &["qmail-send"]),
        ("session", "session-parse --service=smtp --open", &["tcpserver", "tcpserver-recordio"]),
        ("session", "session-parse --service=smtp", &["tcpserver-rblsmtpd", "ucspi-tcp6"]),
        ("session", "session-parse", &["qpsmtpd-0.94", "qmail-sagredo-smtpd"]),
        (
            "session",
            "session-parse --year=2026",
            &["dovecot/dovecot.log", "dovecot-2.4/dovecot.log"],
        ),
        ("session", "session-parse --year=2026", &["courier-1.4/maillog", "vchkpw/maillog"]),
        ("session", "session-parse", &["spamd/spamd-0.94.log", "clamd/clamd-0.94.log"]),
        ("transaction", "logterse-split", &["qpsmtpd-0.94", "qpsmtpd-0.84"]),
        ("transaction", "smtpd-parse", &["qmail-sagredo-smtpd", "simscan-smtpd"]),
        ("transaction", "smtpd-parse", &["spamdyke-smtpd5", "spamdyke-smtpd4"]),
    ] {
        for log in logs {
            let path = root().join("tests/data/captures").join(log);
            let text = run(tool("multilog-cat").arg("-q").arg(&path), b"").succeeded().out;
            let mut words = parser.split(' ');
            let mut command = tool(words.next().unwrap());
            command.args(words).arg("-q").env("TZ", "Europe/Berlin");
            let ran = run(&mut command, &text);
            assert_eq!(ran.code, Some(0), "{parser} {log}: {}", ran.err);
            let mut rows = ran.out;
            if parser.contains("stdout") {
                // message rows have one column here, and so differ from session rows
                let lines = rows.split_inclusive(|byte| *byte == b'\n');
                rows = lines.filter(|line| line.contains(&b'\t')).collect::<Vec<_>>().concat();
            }
            assert!(rows.len() > 1000, "{parser} {log}: too few rows");
            all.push((kind, format!("{parser} {log}"), rows));
        }
    }
    all
}

/// Adds up metric rows in any order, some at a time.
fn merged(folder: &Path, random: &mut Random, flags: &str, mut parts: Vec<String>) -> String {
    while parts.len() > 1 {
        let files = &["a", "b", "c"][..parts.len().min(2 + random.below(2))];
        for file in files {
            fs::write(folder.join(file), parts.swap_remove(random.below(parts.len()))).unwrap();
        }
        parts.push(metrics(folder, &format!("--merge {flags} {}", files.join(" ")), b""));
    }
    parts.swap_remove(0)
}

/// `f(a + b) = merge(f(a), f(b))`, byte for byte, of each capture.
fn merged_metrics_are_the_metrics() {
    let folder = scratch();
    fs::write(folder.path().join("hosted"), HOSTED).unwrap();
    let mut random = Random::new(0x5EED);
    let mut all = Vec::new();
    for (kind, name, rows) in captured() {
        let lines: Vec<&[u8]> = rows.split_inclusive(|byte| *byte == b'\n').collect();
        for by in ["", "-b domain --domains=hosted", "-b hour,domain,user"] {
            let flags = format!("-r {kind} --host=mail1 --year=2026 {by}");
            let summed = |rows: &[&[u8]]| metrics(folder.path(), &flags, &rows.concat());
            let whole = summed(&lines);
            assert!(whole.lines().count() > 2, "{name}: too few metrics");
            let ranges = random.ranges(lines.len(), 7).into_iter();
            let parts = ranges.map(|range| summed(&lines[range])).collect();
            let sum = merged(folder.path(), &mut random, "", parts);
            same(&sum, &whole).unwrap_or_else(|place| panic!("{name} {by}: {place}"));
            all.push(whole);
        }
    }
    // rows of all kinds together are sums too, and adding them up in another order is the same
    let other = all.iter().rev().cloned().collect();
    let sums = [all, other].map(|parts| merged(folder.path(), &mut random, "", parts));
    same(&sums[0], &sums[1]).unwrap();
    let keys: Vec<&str> = sums[0].lines().map(|row| row.rsplit_once('\t').unwrap().0).collect();
    assert!(keys.is_sorted() && keys.windows(2).all(|two| two[0] != two[1]));
}

/// The same where the log itself is cut, at any byte, and what is open is carried over.
fn a_log_cut_anywhere_has_the_same_metrics() {
    let folder = scratch();
    let mut random = Random::new(0xC07);
    let capture = root().join("tests/data/captures/qmail-send");
    let log = run(tool("multilog-cat").arg("-q").arg(capture), b"").succeeded().out;
    let flags = "-r session --host=mail1 -b domain,hour";
    let parsed = |part: &[u8], pending: &str| {
        let mut parser = tool("qmsend-parse");
        parser.args(["-q", "--open", "--sessions=sessions", pending]).current_dir(folder.path());
        let messages = run(&mut parser, part).succeeded().out;
        let sessions = fs::read(folder.path().join("sessions")).unwrap();
        let of_messages = metrics(folder.path(), "-r message --host=mail1 -b hour", &messages);
        [of_messages, metrics(folder.path(), flags, &sessions)]
    };
    let whole = parsed(&log, "--pending=of-whole");
    for number in 0..4 {
        let pending = format!("--pending=cut-{number}");
        let ranges = random.ranges(log.len(), 5).into_iter();
        let parts: Vec<_> = ranges.map(|range| parsed(&log[range], &pending)).collect();
        for (kind, whole) in whole.iter().enumerate() {
            let parts = parts.iter().map(|part| part[kind].clone()).collect();
            same(&merged(folder.path(), &mut random, "", parts), whole).unwrap();
        }
    }
}

/// The sum of the values of rows that `is_one` chooses by domain, metric and label.
fn total(rows: &str, is_one: impl Fn(&str, &str, &str) -> bool) -> u64 {
    let mut sum = 0;
    for row in rows.lines() {
        let fields: Vec<&str> = row.split('\t').collect();
        if is_one(fields[3], fields[6], fields[7]) {
            sum += fields[8].parse::<u64>().unwrap();
        }
    }
    sum
}

fn mail_is_what_xfer_sum_bills() {
    let folder = scratch();
    let odd = run(tool("maillog-generate").args(["stats-odd", "300000", "40"]), b"").out;
    let odd = ("message", "stats".into(), run(tool("qmstat-parse").arg("-q"), &odd).out);
    for (kind, name, rows) in captured().into_iter().chain([odd]) {
        if kind != "message" {
            continue;
        }
        let metrics = metrics(folder.path(), "-r message -b domain", &rows);
        let bill = run(tool("xfer-sum").arg("--status=success"), &rows).succeeded().text();
        let (mut nobody, mut billed) = ([0, 0], 0);
        for row in bill.lines() {
            let fields: Vec<&str> = row.split('\t').collect();
            let expected = [1, 2].map(|at| fields[at].parse::<u64>().unwrap());
            billed += expected[0];
            if matches!(fields[0], "(null)" | "(none)") {
                nobody = [0, 1].map(|at| nobody[at] + expected[at]);
                continue;
            }
            assert_eq!(mail_of(&metrics, fields[0]), expected, "{name}: {row}");
        }
        assert_eq!(mail_of(&metrics, ""), nobody, "{name}: null senders and others of no domain");
        let all = total(&metrics, |_, metric, _| metric == "mail.in" || metric == "mail.out");
        assert!(all == billed && all > 0, "{name}: {all} of {billed}");
    }
}

/// Messages and bytes of a domain, in and out.
fn mail_of(metrics: &str, domain: &str) -> [u64; 2] {
    let of = |names: [&str; 2]| {
        total(metrics, |other, name, _| other == domain && names.contains(&name))
    };
    [of(["mail.in", "mail.out"]), of(["mail.in_bytes", "mail.out_bytes"])]
}

/// What the descriptions of the captures say, or a count of their lines.
fn sessions_are_those_of_the_log() {
    let folder = scratch();
    let captured = captured();
    let metrics_of = |capture: &str| {
        let (kind, _, rows) = captured
            .iter()
            .find(|(kind, name, _)| *kind == "session" && name.ends_with(&format!(" {capture}")))
            .unwrap();
        (metrics(folder.path(), &format!("-r {kind}"), rows), rows.clone())
    };
    let is = |metrics: &str, name: &str| total(metrics, |_, metric, _| metric == name);
    let (spamd, _) = metrics_of("spamd/spamd-0.94.log");
    let log = fs::read_to_string(root().join("tests/data/captures/spamd/spamd-0.94.log")).unwrap();
    let lines = |word: &str| log.lines().filter(|line| line.contains(word)).count() as u64;
    assert_eq!(is(&spamd, "spamd.connections"), lines("connection from"));
    assert_eq!(is(&spamd, "spamd.spam"), lines("identified spam"));
    assert_eq!(is(&spamd, "spamd.spam"), lines("spamd: result: Y"));
    let rule = total(&spamd, |_, name, label| name == "spamd.rule" && label == "QLOG_HAM");
    assert_eq!(rule, lines(",QLOG_HAM,") + lines(",QLOG_HAM ") + lines("- QLOG_HAM"));

    let (tcpserver, rows) = metrics_of("tcpserver");
    assert_eq!((is(&tcpserver, "smtp.connections"), is(&tcpserver, "smtp.blocked")), (130, 24));
    // each is cut to milliseconds, and nothing of it is lost
    let times = String::from_utf8(rows).unwrap();
    let times = times.lines().map(|row| row.split('\t').collect::<Vec<_>>());
    let times = times.filter(|row| row[10] != "full").map(|row| row[7].parse().unwrap_or(0));
    assert_eq!(is(&tcpserver, "smtp.active_ms"), times.sum::<u64>());
}

fn verdicts_are_those_of_the_log() {
    let folder = scratch();
    let (_, _, rows) =
        captured().into_iter().find(|(_, name, _)| name == "logterse-split qpsmtpd-0.84").unwrap();
    let metrics = metrics(folder.path(), "-r transaction", &rows);
    let expected = root().join("tests/data/captures/expected");
    let file = expected.join("qpsmtpd-0.84-summary.disposition.txt");
    let mut count = 0;
    for line in fs::read_to_string(file).unwrap().lines().filter(|line| !line.ends_with("Total")) {
        let (number, disposition) = line.split_once('\t').unwrap();
        let metric = if disposition == "queued" { "verdict.queued" } else { "verdict.denied" };
        let is_one = |_: &str, name: &str, label: &str| {
            name == metric && (disposition == "queued" || label == disposition)
        };
        let by_tld = total(&metrics, |_, name, label| {
            name == "verdict.tld" && label.rsplit_once(' ').unwrap_or_default().0 == disposition
        });
        let number: u64 = number.parse().unwrap();
        assert_eq!((total(&metrics, is_one), by_tld), (number, number), "{line}");
        count += number;
    }
    assert_eq!(count, 262);
}
