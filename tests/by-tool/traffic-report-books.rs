//! Two books of a captured server: what its SMTP servers say they queued, and what its one queue took;
//! and each difference by the number of the queue's process.

use std::collections::BTreeSet;
use std::fs;

use maillog_tests::logs::{capture, read_log};
use maillog_tests::{Test, run, scratch, tests, tool};

pub const TESTS: &[Test] = tests![books_of_one_queue, books_by_process];

/// The logs of the SMTP servers before the queue, and how many mails qlog took in each, by their notes.
const SERVERS: [(&str, usize); 5] = [
    ("qmail-sagredo-smtpd", 74),
    ("qmail-sagredo-submission", 20),
    ("spamdyke-smtpd4", 31),
    ("spamdyke-smtpd5", 31),
    ("simscan-smtpd", 59),
];

/// The rows of the queue's sessions: the process that queued a message, its uid, how it ended.
fn taken() -> Vec<[String; 3]> {
    let folder = scratch();
    let mut parse = tool("qmsend-parse");
    parse.args(["-q", "--open", "--sessions=sessions"]).current_dir(folder.path());
    run(&mut parse, &read_log(&capture("qmail-sagredo-send"))).succeeded();
    let rows = fs::read_to_string(folder.path().join("sessions")).unwrap();
    let rows = rows.lines().map(|row| row.split('\t').collect::<Vec<_>>());
    let of_queue = rows.filter(|row| row[1] == "queue");
    of_queue.map(|row| [row[3], row[12], row[10]].map(str::to_owned)).collect()
}

fn verdicts(log: &str) -> String {
    // lines that are cut, or that a client may have said, are told
    run(tool("smtpd-parse").arg("-q"), &read_log(&capture(log))).text()
}

/// 215 queued, by the notes of the capture; 244 of uid 89 taken, of which 10 are still in the queue.
fn books_of_one_queue() {
    let folder = scratch();
    let sum = |kind: &str, rows: &[u8]| {
        run(tool("metric-sum").args(["-qr", kind, "--host=mail1"]), rows).succeeded().text()
    };
    let mut metrics = String::new();
    for (log, _) in SERVERS {
        metrics += &sum("transaction", verdicts(log).as_bytes());
    }
    let mut parse = tool("qmsend-parse");
    parse.args(["-q", "--sessions=sessions"]).current_dir(folder.path());
    run(&mut parse, &read_log(&capture("qmail-sagredo-send"))).succeeded();
    metrics += &sum("session", &fs::read(folder.path().join("sessions")).unwrap());
    let mut report = tool("traffic-report");
    report.args(["--day=2026-11-26", "-r", "books", "--smtp-uid=89", "-f", "tsv"]);
    let report = run(&mut report, metrics.as_bytes());
    assert_eq!(report.code, Some(1), "{report:?}");
    let line =
        |item, value| format!("books\t2026-11-26\tmail1\t{item}\tmessages\texact\t{value}\t\n");
    let queued = SERVERS.iter().map(|(_, queued)| queued).sum::<usize>();
    assert_eq!((queued, taken().iter().filter(|row| row[1] == "89").count()), (215, 244));
    let expected =
        line("qlog queued", "215") + &line("qlog taken", "234") + &line("qlog difference", "-19");
    assert_eq!(report.text(), expected);
}

/// Each mail that was queued has its message in the queue, by its process; but simscan stands between
/// and hands it to another process, which has another number.
fn books_by_process() {
    let taken: BTreeSet<String> = taken()
        .into_iter()
        .filter(|[_, uid, _]| uid == "89")
        .map(|[process, ..]| process)
        .collect();
    for (log, count) in SERVERS {
        let rows = verdicts(log);
        let rows = rows.lines().map(|row| row.split('\t').collect::<Vec<_>>());
        let queued = rows.filter(|row| row[9] == "queued" && row[19] == "qlog");
        let processes: Vec<String> =
            queued.map(|row| row[11].strip_prefix("qp ").unwrap().to_owned()).collect();
        assert_eq!(processes.len(), count, "{log}");
        let found = processes.iter().filter(|process| taken.contains(*process)).count();
        assert_eq!(found, if log == "simscan-smtpd" { 0 } else { count }, "{log}");
    }
}
