//! session-parse on Courier's logs: what the clients recorded agrees with its rows, and where it does
//! not the log says something else.

use maillog_tests::{Test, tests};

use crate::session_parse_clients::{Row, Truth, counts, moment, number, read, rows, truth};

pub const TESTS: &[Test] = tests![clients, clients_that_have_no_row, bytes, lengths, without_port,];

/// Courier's logs: each with the rows of its truth file, and the sessions of both by address and
/// port.
fn courier(name: &str) -> (Vec<Row>, Vec<Truth>) {
    let truth = truth(&format!("{name}/truth.tsv"));
    if !name.ends_with("multilog") {
        return (rows(&read(&format!("{name}/maillog"))), truth);
    }
    let log = |daemon| rows(&read(&format!("{name}/{daemon}/current")));
    (log("imapd").into_iter().chain(log("pop3d")).collect(), truth)
}

const COURIER: [&str; 4] =
    ["courier-1.0", "courier-1.4", "courier-1.0-multilog", "courier-1.4-multilog"];

fn of_client<'a>(row: &Row, truth: &'a [Truth]) -> Option<&'a Truth> {
    let mut found = truth.iter().filter(|it| it["src"] == row.ip && it["sport"] == row.port);
    let first = found.next();
    assert!(found.next().is_none());
    first
}

/// `END RESULT`: a client that logged in, `ok`, may have gone without a goodbye. Logins that the
/// client itself gave up or garbled (`none`) failed for the daemon.
fn clients() {
    for (name, expected) in COURIER.into_iter().zip([
        [8, 56, 7, 57, 52, 102, 6, 2, 5],
        [12, 51, 12, 71, 63, 90, 7, 2, 4],
        [11, 31, 4, 39, 43, 56, 2, 2, 3],
        [10, 28, 5, 31, 38, 71, 5, 2, 3],
    ]) {
        let (rows, truth) = courier(name);
        let pairs = rows.iter().map(|row| {
            let truth = of_client(row, &truth);
            if let Some(truth) = truth {
                assert!(row.service.is_empty() || row.service == truth["proto"], "{row:?}");
                let garbled = ["aborted", "badb64"].contains(&truth["notes"].as_str());
                assert!(row.end != "auth-failed" || garbled || truth["result"] == "failed");
                assert!(truth["result"] != "ok" || row.user == truth["user"], "{row:?}");
            }
            format!("{} {}", row.end, truth.map_or("unknown", |it| &it["result"]))
        });
        let words = [
            "blocked unknown",
            "auth-failed failed",
            "auth-failed none",
            "lost ok",
            "lost none",
            "ok ok",
            "ok none",
            "timeout ok",
            "timeout none",
        ];
        let mut expected: Vec<_> =
            expected.iter().zip(words).map(|(count, words)| format!("{count} {words}")).collect();
        expected.sort_by_key(|line| line.split_once(' ').unwrap().1.to_owned());
        assert_eq!(counts(pairs), expected, "{name}");
    }
}

/// They got no greeting, since too many were connected: their rows, `blocked`, name no port. Or they
/// spoke no TLS where they should, which is no line. Two sessions have no end in the log, and one no
/// beginning.
fn clients_that_have_no_row() {
    for (name, expected) in COURIER.into_iter().zip([
        [8, 9, 3], //
        [12, 8, 1],
        [11, 0, 0],
        [10, 0, 0],
    ]) {
        let (rows, truth) = courier(name);
        let mut kinds = [0; 3];
        for one in &truth {
            if rows.iter().any(|row| of_client(row, std::slice::from_ref(one)).is_some()) {
                continue;
            }
            let place = match one["notes"].as_str() {
                "burst no greeting" => 0,
                notes if notes.starts_with("no-handshake") => 1,
                _ => 2,
            };
            kinds[place] += 1;
        }
        assert_eq!(kinds, expected, "{name}");
    }
}

/// Bytes from the client are exact. Those to it are 16 more than it counted after the reply to its
/// login, which has so many, unless it went before it had read all.
fn bytes() {
    for (name, expected) in COURIER.into_iter().zip([[147, 14], [154, 9], [85, 12], [93, 11]]) {
        let (rows, truth) = courier(name);
        let mut kinds = [0; 2];
        for row in &rows {
            let Some(truth) = of_client(row, &truth) else { continue };
            let (Some(received), Some(sent)) = (row.in_bytes, row.out_bytes) else {
                assert_ne!(truth["result"], "ok");
                continue;
            };
            if truth["result"] == "ok" {
                assert_eq!(received, number(truth, "out_after_login"), "{row:?}");
                let more = sent - number(truth, "in_after_login") - 16;
                assert!(more >= 0 && (more == 0 || truth["ended"] != "quit"), "{row:?} {more}");
                kinds[usize::from(more > 0)] += 1;
            } else {
                assert_eq!(received, number(truth, "out_total"));
                assert!(sent >= number(truth, "in_total"));
            }
        }
        assert_eq!(kinds, expected, "{name}");
    }
}

/// How many lengths are those of the client, within a second, or within 150 ms where the log has
/// such times; and the rest, in seconds: nothing in the log says that these clients went away.
fn lengths() {
    for (name, same, others) in [
        ("courier-1.0", 284, vec![55, 60, 60]),
        ("courier-1.4", 299, vec![55]),
        ("courier-1.0-multilog", 180, vec![]),
        ("courier-1.4-multilog", 181, vec![55, 60]),
    ] {
        let (rows, truth) = courier(name);
        let slack = if name.ends_with("multilog") { 0.15 } else { 2.0 };
        let (mut close, mut longer) = (0, Vec::new());
        for row in &rows {
            let (Some(truth), Some(active)) = (of_client(row, &truth), row.active_ms) else {
                continue;
            };
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            let active = active as f64 / 1000.0;
            let more = active - (moment(truth, "end") - moment(truth, "start"));
            if more.abs() < slack {
                close += 1;
            } else {
                longer.push(format!("{more:.0}"));
            }
        }
        longer.sort();
        let others: Vec<_> = others.iter().map(i32::to_string).collect();
        assert_eq!((close, longer), (same, others), "{name}");
    }
}

/// Old versions log no port: then only lines with an end give rows, and `time=` the length.
fn without_port() {
    let name = "courier-1.0";
    let text = String::from_utf8(read(&format!("{name}/maillog"))).unwrap();
    let without: String = text
        .lines()
        .map(|line| match line.split_once(", port=[") {
            Some((before, rest)) => format!("{before}{}\n", rest.split_once(']').unwrap().1),
            None => format!("{line}\n"),
        })
        .collect();
    let (with, without) = (rows(text.as_bytes()), rows(without.as_bytes()));
    let sums = |rows: &[Row]| {
        let sum = |value: fn(&Row) -> Option<i64>| rows.iter().filter_map(value).sum::<i64>();
        let logged_in = |row: &&Row| row.in_bytes.is_some() && !row.user.is_empty();
        (rows.iter().filter(logged_in).count(), sum(|row| row.in_bytes), sum(|row| row.out_bytes))
    };
    assert_eq!(sums(&without), sums(&with));
    let blocked = |rows: &[Row]| rows.iter().filter(|row| row.end == "blocked").count();
    assert_eq!((blocked(&without), blocked(&with)), (8, 8));
    assert!(without.iter().all(|row| row.port.is_empty()));
}
