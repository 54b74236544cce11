//! session-parse on the logs of tcpserver in four builds, and of sslserver: every connection has its
//! row, which agrees with what its client saw.

use std::collections::{BTreeMap, VecDeque};
use std::fs;

use maillog_tests::logs::{capture, log_files, moment_ms};
use maillog_tests::{Test, run, tests, tool};

pub const TESTS: &[Test] = tests![
    every_connection_has_its_row,
    lengths_are_those_of_the_counts,
    a_full_server,
    ends_that_clients_saw,
    lengths_that_clients_saw,
    clients_of_sslserver,
    replies_of_the_server,
];

/// Connections by process number, so with lengths.
const TCPSERVER: [&str; 7] = [
    "tcpserver",
    "tcpserver-rblsmtpd",
    "tcpserver-recordio",
    "tcpserver-ipv6",
    "tcpserver-ipv6-rblsmtpd",
    "ucspi-tcp6",
    "ucspi-tcp6-rblsmtpd",
];
const SSLSERVER: [&str; 2] = ["sslserver", "sslserver-ipv6"];

fn log(name: &str) -> String {
    let files = log_files(&capture(name));
    let bytes: Vec<u8> = files.iter().flat_map(|file| fs::read(file).unwrap()).collect();
    String::from_utf8(bytes).unwrap()
}

/// A row, as far as these tests look at it.
#[derive(Debug)]
struct Row {
    pid: String,
    /// The address and port of the client.
    client: String,
    end: String,
    active_ms: Option<i64>,
    detail: String,
}

/// The rows of a log all of whose lines are used.
fn rows(log: &str) -> Vec<Row> {
    let columns = "--fields=pid,ip,port,end,active_ms,detail";
    let ran = run(tool("session-parse").arg(columns), log.as_bytes()).succeeded();
    let row = |fields: Vec<String>| Row {
        pid: fields[0].clone(),
        client: format!("{} {}", fields[1], fields[2]),
        end: fields[3].clone(),
        active_ms: fields[4].parse().ok(),
        detail: fields[5].clone(),
    };
    ran.rows().into_iter().map(row).collect()
}

/// The words of the lines that have this one behind the program's name.
fn words<'a>(log: &'a str, verb: &str) -> Vec<Vec<&'a str>> {
    let lines = log.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    lines.filter(|words| words[2] == verb).collect()
}

fn counted(rows: &[Row], end: &str) -> usize {
    rows.iter().filter(|row| row.end == end).count()
}

fn every_connection_has_its_row() {
    for name in TCPSERVER {
        let (log, mut starts) = (log(name), BTreeMap::<_, usize>::new());
        for line in words(&log, "pid") {
            *starts.entry(line[3].to_owned()).or_default() += 1;
        }
        let rows = rows(&log);
        let mut ended = BTreeMap::<_, usize>::new();
        for row in rows.iter().filter(|row| row.end != "full") {
            *ended.entry(row.pid.clone()).or_default() += 1;
        }
        assert_eq!(ended, starts, "{name}");
        let refused = log.lines().filter(|line| line.contains(" rblsmtpd: ")).count();
        assert_eq!(counted(&rows, "blocked"), words(&log, "deny").len() + refused, "{name}");
        let denied = rows.iter().filter(|row| row.detail == "rules").count();
        assert_eq!(denied, words(&log, "deny").len(), "{name}");
    }
}

/// The `status:` lines: when, how many connections there are, and how many there may be.
fn counts(log: &str) -> Vec<(i64, i64, i64)> {
    let count = |words: Vec<&str>| {
        let (running, most) = words[3].split_once('/').unwrap();
        (moment_ms(words[0]), running.parse().unwrap(), most.parse().unwrap())
    };
    words(log, "status:").into_iter().map(count).collect()
}

/// A second way to the sum of all lengths: how many there were, times how long it was so. It gives
/// less than 1 ms more for each, since the line of a count is not that of a start.
fn lengths_are_those_of_the_counts() {
    for (name, sums) in [
        ("tcpserver", [164_425, 164_501]),
        ("tcpserver-rblsmtpd", [65_626, 65_703]),
        ("tcpserver-recordio", [6649, 6720]),
        ("tcpserver-ipv6", [102_287, 102_408]),
        ("tcpserver-ipv6-rblsmtpd", [19_531, 19_581]),
        ("ucspi-tcp6", [58_547, 58_694]),
        ("ucspi-tcp6-rblsmtpd", [7720, 7759]),
    ] {
        let log = log(name);
        let counts = counts(&log);
        let integral: i64 = counts.windows(2).map(|two| two[0].1 * (two[1].0 - two[0].0)).sum();
        let rows = rows(&log);
        let rows = rows.iter().filter(|row| row.end != "full");
        let lengths: i64 = rows.map(|row| row.active_ms.unwrap()).sum();
        assert_eq!([lengths, integral], sums, "{name}");
    }
}

fn a_full_server() {
    for name in TCPSERVER.into_iter().chain(SSLSERVER) {
        let log = log(name);
        let (mut stretches, mut since) = (Vec::new(), None);
        for (moment, running, most) in counts(&log) {
            match since {
                None if running >= most => since = Some(moment),
                Some(start) if running < most => {
                    stretches.push(Some(moment - start));
                    since = None;
                }
                _ => {}
            }
        }
        let full = rows(&log).into_iter().filter(|row| row.end == "full");
        assert_eq!(full.map(|row| row.active_ms).collect::<Vec<_>>(), stretches, "{name}");
    }
}

/// What a client saw: how long it lasted, and what it asked the server to do.
struct Seen {
    lasted_ms: i64,
    commands: String,
}

/// By client, the first first: a port can be used again.
fn truth(name: &str) -> BTreeMap<String, VecDeque<Seen>> {
    let table = fs::read_to_string(capture(name).join("truth.tsv")).unwrap();
    let seen = |row: &str| {
        let fields: Vec<&str> = row.split('\t').collect();
        let micros = |field: &str| field.replace('.', "").parse::<i64>().unwrap();
        let lasted_ms = (micros(fields[4]) - micros(fields[3])) / 1000;
        let seen = Seen { lasted_ms, commands: fields[7].to_owned() };
        (format!("{} {}", fields[1], fields[2]), seen)
    };
    let mut clients = BTreeMap::<_, VecDeque<_>>::new();
    for (client, seen) in table.lines().skip(1).map(seen) {
        clients.entry(client).or_default().push_back(seen);
    }
    clients
}

/// The rows of clients, each with what that one saw.
fn joined(name: &str) -> Vec<(Row, Seen)> {
    let mut truth = truth(name);
    let clients = rows(&log(name)).into_iter().filter(|row| row.end != "full" && row.end != "open");
    let joined: Vec<_> = clients
        .map(|row| {
            let seen = truth.get_mut(&row.client).and_then(VecDeque::pop_front);
            let seen = seen.unwrap_or_else(|| panic!("{name}: {} was not there", row.client));
            (row, seen)
        })
        .collect();
    assert!(truth.values().all(VecDeque::is_empty), "{name}: clients without a row");
    joined
}

/// Which end belongs to what the client asked the program for, unless it was refused.
fn end_of(commands: &str) -> &'static str {
    match commands.rsplit('|').next().unwrap() {
        "exit1" => "lost",
        word if word.starts_with("exit ") || word.starts_with("kill ") => "error",
        _ => "ok",
    }
}

fn ends_that_clients_saw() {
    for (name, all) in [
        ("tcpserver-ipv6", 150),
        ("tcpserver-ipv6-rblsmtpd", 60),
        ("ucspi-tcp6", 150),
        ("ucspi-tcp6-rblsmtpd", 60),
    ] {
        let joined = joined(name);
        assert_eq!(joined.len(), all, "{name}");
        for (row, seen) in joined.iter().filter(|(row, _)| row.end != "blocked") {
            assert_eq!(row.end, end_of(&seen.commands), "{name}: {row:?}");
        }
    }
}

/// To 50 ms. A client that comes to a full server waits before its row begins: then it saw more. Two
/// saw less: one left while the server still looked for its name, and one server ended late.
fn lengths_that_clients_saw() {
    for (name, close, waited, left) in [
        ("tcpserver-ipv6", 106, 42, 2),
        ("tcpserver-ipv6-rblsmtpd", 54, 6, 0),
        ("ucspi-tcp6", 109, 41, 0),
        ("ucspi-tcp6-rblsmtpd", 60, 0, 0),
    ] {
        let mut counts = (0, 0, 0);
        for (row, seen) in joined(name) {
            match row.active_ms.unwrap() - seen.lasted_ms {
                -50..=50 => counts.0 += 1,
                ..-50 => counts.1 += 1,
                _ => counts.2 += 1,
            }
        }
        assert_eq!(counts, (close, waited, left), "{name}");
    }
}

/// Nothing tells how these end; but who there was, and how long TLS lasted.
fn clients_of_sslserver() {
    for name in SSLSERVER {
        let log = log(name);
        let joined = joined(name);
        assert_eq!(joined.len(), 90);
        assert!(joined.iter().all(|(row, _)| row.active_ms.is_none()));
        let blocked = joined.iter().filter(|(row, _)| row.end == "blocked").count();
        assert_eq!(blocked, words(&log, "deny").len(), "{name}");
        let rows = rows(&log);
        let open: Vec<_> = rows.iter().filter(|row| row.end == "open").collect();
        assert_eq!(open.len(), words(&log, "ssl").len(), "{name}");
        let (mut accepted, mut lengths) = (BTreeMap::new(), Vec::new());
        for words in log.lines().map(|line| line.split(' ').collect::<Vec<_>>()) {
            if words[2] == "ssl" {
                accepted.insert(words[3].to_owned(), moment_ms(words[0]));
            } else if words[2] == "end"
                && let Some(start) = accepted.remove(words[3])
            {
                lengths.push(Some(moment_ms(words[0]) - start));
            }
        }
        assert_eq!(open.iter().map(|row| row.active_ms).collect::<Vec<_>>(), lengths, "{name}");
    }
}

/// A mail server's own `500` and `502` count. A client's do not, nor does the rest of a long line.
fn replies_of_the_server() {
    let log = |port: u16, replies: &str| {
        let start = format!(
            "1.000001 tcpserver: pid 7 from ::1\n1.000002 tcpserver: ok 7 m:::1:{port} :::1::9\n"
        );
        [&start, replies, "2.000001 tcpserver: end 7 status 0\n"].concat()
    };
    for (port, replies, end) in [
        (25, "1.000003 7 > 502 unimplemented \n", "bad-command"),
        (587, "1.000003 7 > 50+\n1.000004 7 < x \n1.000005 7 > 0 no\r \n", "bad-command"),
        (25, "1.000003 7 > 250-x+\n1.000004 7 > 502 x \n", "ok"),
        (25, "1.000003 7 < 502 x \n", "ok"),
        (25, "1.000003 7 > 5020 x \n", "ok"),
        (110, "1.000003 7 > 502 a line of a message \n", "ok"),
    ] {
        let rows = rows(&log(port, replies));
        assert_eq!((rows.len(), rows[0].end.as_str()), (1, end), "{port} {replies}");
    }
}
