//! session-parse on the logs of qpsmtpd 0.94 and 0.84.

use std::collections::{BTreeMap, HashMap};

use maillog_tests::logs::{capture, moment_ms, read_log};
use maillog_tests::{Test, run, tests, tool};

pub const TESTS: &[Test] = tests![every_connection_has_its_row, lengths, no_room];

fn log(name: &str) -> String {
    String::from_utf8_lossy(&read_log(&capture(name))).into_owned()
}

/// These columns of the rows of a capture.
fn rows(name: &str, columns: &str) -> Vec<Vec<String>> {
    let columns = format!("--fields={columns}");
    let ran = run(tool("session-parse").args(["-q", &columns]), &read_log(&capture(name)));
    assert_eq!(ran.code, Some(0));
    ran.rows()
}

/// As counted when the logs were captured: connections that were accepted, those that `hosts_allow`
/// refused, and what plugins said. A client may be refused twice.
fn every_connection_has_its_row() {
    for (name, accepted, expected) in [
        (
            "qpsmtpd-0.94",
            412,
            [
                ("bad-command ", 2),
                ("blocked dnsbl", 60),
                ("blocked earlytalker", 15),
                ("blocked hosts_allow", 12),
                ("ok ", 335),
            ],
        ),
        (
            "qpsmtpd-0.84",
            295,
            [
                ("bad-command ", 2),
                ("blocked check_earlytalker", 13),
                ("blocked dnsbl", 30),
                ("blocked hosts_allow", 15),
                ("ok ", 250),
            ],
        ),
    ] {
        let mut counts = BTreeMap::<_, usize>::new();
        for row in rows(name, "end,detail,service,source") {
            assert_eq!(row[2..], ["smtp", "qpsmtpd"]);
            *counts.entry(format!("{} {}", row[0], row[1])).or_default() += 1;
        }
        counts.remove("full ");
        assert_eq!(counts, expected.map(|(end, count)| (end.to_owned(), count)).into(), "{name}");
        let accepted_lines =
            log(name).lines().filter(|line| line.contains(" Accepted connection ")).count();
        assert_eq!(accepted_lines, accepted, "{name}");
        let refused = counts["blocked hosts_allow"];
        assert_eq!(counts.values().sum::<usize>(), accepted + refused, "{name}");
    }
}

/// What `connection_time` says is nearly the same, by about 50 ms more: it counts from before the
/// line `Accepted connection`.
fn lengths() {
    for (name, sums) in [("qpsmtpd-0.94", [561_435, 584_268]), ("qpsmtpd-0.84", [403_014, 418_581])]
    {
        let mut told = HashMap::<String, Vec<i64>>::new();
        for line in log(name).lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let [_, pid, .., seconds, unit] = words.as_slice() else { continue };
            let is_time = line.contains(" connection_time") && ["s.", "sec."].contains(unit);
            if let Ok(seconds) = seconds.parse::<f64>()
                && is_time
            {
                #[expect(clippy::cast_possible_truncation, reason = "a few seconds")]
                told.entry((*pid).to_owned()).or_default().push((seconds * 1000.0).round() as i64);
            }
        }
        let mut sum = [0, 0];
        let mut ended = HashMap::<String, usize>::new();
        for row in rows(name, "pid,active_ms,end") {
            if row[1].is_empty() || row[2] == "full" {
                continue;
            }
            let nth = ended.entry(row[0].clone()).or_default();
            let (row_ms, told_ms) = (row[1].parse::<i64>().unwrap(), told[&row[0]][*nth]);
            *nth += 1;
            sum = [sum[0] + row_ms, sum[1] + told_ms];
            assert!((-100..220).contains(&(told_ms - row_ms)), "{name}: {row:?} {told_ms}");
        }
        assert_eq!(sum, sums, "{name}");
    }
}

/// There is no room from the connection that takes the last place until one ends, and while the
/// server says so.
fn no_room() {
    for (name, limit_lines, sums) in
        [("qpsmtpd-0.94", 4, [3, 2745]), ("qpsmtpd-0.84", 18, [40, 7165])]
    {
        let (mut limits, mut stretches, mut since) = (0, Vec::new(), None);
        for line in log(name).lines() {
            let mut words = line.splitn(3, ' ');
            let (label, _, words) = (words.next().unwrap(), words.next(), words.next());
            let Some(words) = words else { continue };
            let accepted = words.strip_prefix("Accepted connection ");
            let has_room = if let Some((before, most)) = accepted.and_then(load) {
                before + 1 < most
            } else if words.starts_with("Too many connections: ") {
                limits += 1;
                false
            } else if words.starts_with("cleaning up after ")
                || words.starts_with("(post-connection) connection_time: ")
                || words.starts_with("connection_time plugin (post-connection): ")
            {
                true
            } else {
                continue;
            };
            match since {
                Some(start) if has_room => {
                    stretches.push(moment_ms(label) - start);
                    since = None;
                }
                None if !has_room => since = Some(moment_ms(label)),
                _ => {}
            }
        }
        let full = rows(name, "end,active_ms").into_iter().filter(|row| row[0] == "full");
        let full: Vec<i64> = full.map(|row| row[1].parse().unwrap()).collect();
        assert_eq!((&full, limits), (&stretches, limit_lines), "{name}");
        assert_eq!([i64::try_from(full.len()).unwrap(), full.iter().sum()], sums, "{name}");
    }
}

/// `N/M ...`
fn load(text: &str) -> Option<(u64, u64)> {
    let (before, most) = text.split(' ').next()?.split_once('/')?;
    Some((before.parse().ok()?, most.parse().ok()?))
}
