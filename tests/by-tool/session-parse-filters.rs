//! session-parse on the logs of spamd and clamd.

use std::fs;

use maillog_tests::logs::capture;
use maillog_tests::{Test, run, tests, tool};

pub const TESTS: &[Test] =
    tests![every_message_of_spamd, what_spamd_says_of_a_message, every_scan_of_clamd, a_busy_spamd];

/// These columns of the rows of a log.
fn rows(log: &[u8], columns: &str) -> Vec<Vec<String>> {
    let columns = format!("--fields={columns}");
    let ran = run(tool("session-parse").args(["-q", &columns]), log);
    assert_eq!(ran.code, Some(0));
    ran.rows()
}

fn spamd() -> String {
    fs::read_to_string(capture("spamd").join("spamd-0.94.log")).unwrap()
}

fn sum(rows: &[Vec<String>], column: usize) -> i64 {
    rows.iter().map(|row| row[column].parse::<i64>().unwrap()).sum()
}

/// As counted when the log was captured; the sums are those of awk over the lines `clean message`
/// and `identified spam`.
fn every_message_of_spamd() {
    let rows = rows(spamd().as_bytes(), "end,active_ms,in_bytes,detail");
    let messages: Vec<_> = rows.into_iter().filter(|row| row[0] == "ok").collect();
    let spam = messages.iter().filter(|row| row[3].starts_with("Y ")).count();
    assert_eq!((messages.len(), spam), (227, 43));
    assert_eq!((sum(&messages, 1), sum(&messages, 2)), (43_200, 172_418));
    let score = |row: &Vec<String>| vec![row[3].split(' ').nth(1).unwrap().to_owned()];
    let scores: Vec<_> = messages.iter().map(score).collect();
    assert_eq!(sum(&scores, 0), 280_930);
}

/// Each line `result:` once more, word by word.
fn what_spamd_says_of_a_message() {
    let log = spamd();
    let results = log.lines().filter_map(|line| line.split_once(" info: spamd: result: "));
    let expected: Vec<_> = results
        .map(|(head, result)| {
            let (verdict, values) = result.split_once(" scantime=").unwrap();
            let value = |key: &str| {
                let rest = values.split_once(key).unwrap().1;
                rest.split(',').next().unwrap().to_owned()
            };
            let pid = head.rsplit_once('[').unwrap().1.trim_end_matches(']').to_owned();
            let is_spam = if verdict.starts_with('Y') { "Y" } else { "N" };
            let tests = verdict.rsplit_once(' ').unwrap().1;
            let (ip, port, user) = (value(",raddr="), value(",rport="), value(",user="));
            [pid, ip, port, user, value("size="), format!("{is_spam} {tests}")].map(String::from)
        })
        .collect();
    let rows = rows(log.as_bytes(), "pid,ip,port,user,in_bytes,detail,end");
    let found: Vec<_> = rows
        .into_iter()
        .filter(|row| row[6] == "ok")
        .map(|row| {
            let words: Vec<&str> = row[5].split(' ').collect();
            let detail = format!("{} {}", words[0], words[2]);
            [&row[0], &row[1], &row[2], &row[3], &row[4], &detail].map(String::clone)
        })
        .collect();
    assert_eq!(found.len(), 227);
    assert_eq!(found, expected);
}

/// From the first line that says so to the next one that shows an idle process.
fn a_busy_spamd() {
    let log = spamd();
    let second = |line: &str| {
        let time: Vec<i64> = line[11..19].split(':').map(|part| part.parse().unwrap()).collect();
        time[0] * 3600 + time[1] * 60 + time[2]
    };
    let (mut stretches, mut since) = (Vec::new(), None);
    for line in log.lines() {
        if line.contains(" prefork: server reached --max-children ") {
            since.get_or_insert(second(line));
        } else if let Some((_, states)) = line.split_once(" prefork: child states: ")
            && states.contains('I')
            && let Some(start) = since.take()
        {
            stretches.push(vec![((second(line) - start) * 1000).to_string()]);
        }
    }
    let mut full = rows(log.as_bytes(), "active_ms,end");
    full.retain(|row| row[1] == "full");
    for row in &mut full {
        row.truncate(1);
    }
    assert_eq!(full, stretches);
    assert_eq!((full.len(), sum(&full, 0)), (9, 3000));
}

fn every_scan_of_clamd() {
    let log = fs::read(capture("clamd").join("clamd-0.94.log")).unwrap();
    let rows = rows(&log, "service,end,source,detail");
    assert!(rows.iter().all(|row| row[..3] == ["clamd", "ok", "clamd"]));
    let of = |name: &str| rows.iter().filter(|row| row[3].starts_with(name)).count();
    assert_eq!([rows.len(), of("Qlogtest.Marker-"), of("Html.Phishing.Qlogtest-")], [199, 8, 4]);
    assert_eq!(rows.iter().filter(|row| row[3].is_empty()).count(), 187);
}
