//! Rows of session-parse, and what the clients themselves recorded.

use std::collections::BTreeMap;
use std::fs;

use maillog_tests::logs::capture;
use maillog_tests::{run, tool};

/// A row, as far as these tests look at it.
#[derive(Debug)]
pub struct Row {
    /// In seconds.
    pub time: f64,
    /// What was served.
    pub service: String,
    /// The address of the client.
    pub ip: String,
    /// Its port, or nothing.
    pub port: String,
    /// Who it was.
    pub user: String,
    /// How long it lasted.
    pub active_ms: Option<i64>,
    /// Bytes from the client.
    pub in_bytes: Option<i64>,
    /// Bytes to it.
    pub out_bytes: Option<i64>,
    /// How it ended.
    pub end: String,
}

/// The rows of a log.
pub fn rows(log: &[u8]) -> Vec<Row> {
    let columns = "--fields=time,service,ip,port,user,active_ms,in_bytes,out_bytes,end";
    let mut command = tool("session-parse");
    command.args([columns, "--time=unix", "--year=2026", "-q"]).env("TZ", "UTC");
    let row = |fields: Vec<String>| Row {
        time: fields[0].parse().unwrap(),
        service: fields[1].clone(),
        ip: fields[2].clone(),
        port: fields[3].clone(),
        user: fields[4].clone(),
        active_ms: fields[5].parse().ok(),
        in_bytes: fields[6].parse().ok(),
        out_bytes: fields[7].parse().ok(),
        end: fields[8].clone(),
    };
    run(&mut command, log).succeeded().rows().into_iter().map(row).collect()
}

/// A file of a capture.
pub fn read(name: &str) -> Vec<u8> {
    fs::read(capture(name)).unwrap()
}

/// What a client recorded of a session, by the names of its columns.
pub type Truth = BTreeMap<String, String>;

/// The rows of a truth file.
pub fn truth(name: &str) -> Vec<Truth> {
    let text = String::from_utf8(read(name)).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let names: Vec<String> = lines.next().unwrap().collect();
    lines.map(|fields| names.iter().cloned().zip(fields).collect()).collect()
}

/// A number of a truth file.
pub fn number(truth: &Truth, name: &str) -> i64 {
    truth[name].parse().unwrap()
}

/// A time of a truth file, in seconds.
pub fn moment(truth: &Truth, name: &str) -> f64 {
    truth[name].parse().unwrap()
}

/// How often each of these is there, as `3 x`.
pub fn counts(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut counts = BTreeMap::<_, usize>::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts.into_iter().map(|(word, count)| format!("{count} {word}")).collect()
}

/// Pairs of row and truth of one client, nearest in time first; no log of these names the port.
pub fn nearest<'a>(
    rows: &'a [Row],
    truth: &'a [Truth],
    time: impl Fn(&Truth) -> f64,
    may_be: impl Fn(&Row, &Truth) -> bool,
) -> Vec<(&'a Row, &'a Truth)> {
    const FARTHEST_SECONDS: f64 = 6.0;
    let mut distances = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        for (of, one) in truth.iter().enumerate() {
            let distance = (row.time - time(one)).abs();
            if distance < FARTHEST_SECONDS && may_be(row, one) {
                distances.push((distance, at, of));
            }
        }
    }
    distances.sort_by(|one, other| one.partial_cmp(other).unwrap());
    let (mut pairs, mut taken) = (Vec::new(), [vec![false; rows.len()], vec![false; truth.len()]]);
    for (_, at, of) in distances {
        if !taken[0][at] && !taken[1][of] {
            (taken[0][at], taken[1][of]) = (true, true);
            pairs.push((&rows[at], &truth[of]));
        }
    }
    pairs
}
