//! qploggrep on what real servers logged, beside qplogtail.

use std::collections::BTreeMap;

use maillog_tests::logs::{capture, log_files};
use maillog_tests::{Test, run, tests, tool};

pub const TESTS: &[Test] = tests![
    every_event_of_the_captures,
    every_connection_has_its_address_and_its_place,
    the_rows_are_those_of_qplogtail,
];

const CAPTURES: [&str; 2] = ["qpsmtpd-0.84", "qpsmtpd-0.94"];

/// All the rows of a capture, as fields.
fn events(name: &str) -> Vec<Vec<String>> {
    run(tool("qploggrep").arg(".").arg(capture(name)), b"").succeeded().rows()
}

/// As counted when the logs were captured.
fn every_event_of_the_captures() {
    const KINDS: [&str; 6] = ["connect", "limit", "limit-ip", "queued", "denied", "time"];
    let counts = [[295, 18, 15, 123, 139, 295], [412, 4, 12, 166, 217, 412]];
    for (name, counts) in CAPTURES.into_iter().zip(counts) {
        let rows = events(name);
        for (kind, count) in KINDS.into_iter().zip(counts) {
            assert_eq!(rows.iter().filter(|row| row[3] == kind).count(), count, "{name} {kind}");
        }
        assert_eq!(rows.len(), counts.iter().sum::<usize>(), "{name}");
    }
}

/// No process number came twice while the logs were captured, so that of the start is the
/// connection's.
fn every_connection_has_its_address_and_its_place() {
    for name in CAPTURES {
        let rows = events(name);
        let connects = rows.iter().filter(|row| row[3] == "connect");
        let starts: BTreeMap<&str, &str> = connects.map(|row| (&row[1][..], &row[2][..])).collect();
        let mut of_connections = rows
            .iter()
            .filter(|row| row[3] == "time" || (row[4] != "hosts_allow" && row[3] == "denied"));
        assert!(of_connections.all(|row| starts[&row[1][..]] == row[2]), "{name}");

        // the rows of a connection stand together
        let mut pids: Vec<&str> = rows.iter().map(|row| &row[1][..]).collect();
        pids.retain(|pid| starts.contains_key(pid));
        pids.dedup();
        assert_eq!(pids.len(), starts.len(), "{name}");
    }
}

/// The filter shows what the search does, in the order of the log.
fn the_rows_are_those_of_qplogtail() {
    for name in CAPTURES {
        let folder = capture(name);
        let tail = run(tool("qplogtail").args(log_files(&folder)), b"");
        assert_eq!(tail.code, Some(0));
        let mut sorted = tail.rows();
        sorted.sort();
        let mut grep = events(name);
        grep.sort();
        assert_eq!(sorted, grep, "{name}");
        let only = run(tool("qploggrep").args(["--only", "."]).arg(&folder), b"");
        assert_eq!(only.text(), tail.text(), "{name}");
    }
}
