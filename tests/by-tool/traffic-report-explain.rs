//! What traffic-report --explain says can be run, and shows as many rows as the cell counts.

use maillog_tests::logs::{capture, read_log};
use maillog_tests::{Test, run, scratch, sh, tests, tool};

pub const TESTS: &[Test] = tests![pipelines_show_the_rows];

/// A captured log, the reader of its rows, their type, and the cells that they have.
const CELLS: [(&str, &str, &str, &[&str]); 2] = [
    (
        "qmail-send",
        "qmsend-parse",
        "message",
        &["message-traffic/incoming", "message-traffic/outgoing"],
    ),
    (
        "qpsmtpd-0.94",
        "session-parse",
        "session",
        &["smtp-in-usage/connections", "smtp-in-errors/blocked", "smtp-in-errors/bad-commands"],
    ),
];

fn pipelines_show_the_rows() {
    let folder = scratch();
    for (log, parser, rows, cells) in CELLS {
        let parsed = run(tool(parser).arg("-q"), &read_log(&capture(log)));
        let metrics = run(tool("metric-sum").args(["-qr", rows, "--host=mail1"]), &parsed.out);
        let metrics = metrics.succeeded();
        let day = metrics.text().split('\t').next().unwrap().to_owned();
        for cell in cells {
            let mut explain = tool("traffic-report");
            explain.args([format!("--day={day}"), format!("--explain={cell}")]);
            let text = run(&mut explain, &metrics.out).succeeded().text();
            let shown = text.lines().next().unwrap().split(": ").nth(1).unwrap();
            let count: usize =
                shown.trim_start_matches(">= ").split(' ').next().unwrap().parse().unwrap();
            let pipeline = text.lines().find_map(|line| line.strip_prefix("log rows: ")).unwrap();
            let pipeline = pipeline.replace("LOG", &capture(log).display().to_string());
            let ran = run(&mut sh(&pipeline, folder.path()), b"");
            assert_eq!(
                ran.text().lines().count(),
                count,
                "{cell} of {log}: {pipeline}\n{}",
                ran.err
            );
            assert!(count > 0 || cell.ends_with("blocked"), "{cell} of {log} shows nothing");
        }
    }
}
