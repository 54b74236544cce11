//! tai64nlocal of daemontools, and s6-tai64nlocal for labels of s6-log.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use libtest_mimic::Trial;
use maillog_tests::logs::capture;
use maillog_tests::{Random, command, names_in, peer, run, same, tool, trial};
use sha2::{Digest, Sha256};

/// Half hours, a zone east and one west, daylight saving of an hour and of half an hour.
const ZONES: [&str; 4] = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];

/// What is compared, and the comparison in one zone.
type Kind = (&'static str, fn(&str));

/// Tests against recorded and live answers, for each zone.
pub fn trials() -> Vec<Trial> {
    let kinds: [Kind; 7] = [
        ("recorded digests of all captures", digests),
        ("recorded times of many labels", labels),
        ("a recorded file", recorded_file),
        ("recorded edge cases", edge_cases),
        ("lines of which the original dies", deadly_lines),
        ("the original, now", original),
        ("s6-tai64nlocal, now", s6),
    ];
    let pairs = kinds.into_iter().flat_map(|kind| ZONES.map(|zone| (kind, zone)));
    pairs
        .map(|((name, test), zone)| {
            trial(format!("tai64nlocal: {name}, {zone}"), move || test(zone))
        })
        .collect()
}

fn recorded_bytes(name: &str) -> Vec<u8> {
    let file = capture("expected").join(name);
    fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn recorded(name: &str) -> String {
    String::from_utf8(recorded_bytes(name)).unwrap()
}

/// What our tool makes of these bytes.
fn ours(flags: &[&str], zone: &str, input: &[u8]) -> Vec<u8> {
    run(tool("tai64nlocal").args(flags).env("TZ", zone), input).succeeded().out
}

fn theirs(program: &Path, zone: &str, input: &[u8]) -> Vec<u8> {
    run(command(program).env("TZ", zone), input).succeeded().out
}

fn assert_same(is: &[u8], should_be: &[u8], what: &str) {
    if is != should_be {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        panic!("{what}: {:?}", same(&text(is), &text(should_be)));
    }
}

/// What a label is to us: 24 hex digits, less than a second of nanoseconds, and then a blank, a TAB
/// or the end of the line.
fn is_label(line: &str) -> bool {
    let Some(digits) = line.strip_prefix('@').and_then(|rest| rest.get(..24)) else { return false };
    let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex && u32::from_str_radix(&digits[16..], 16).unwrap() <= 999_999_999
        && matches!(line.as_bytes().get(25), None | Some(b' ' | b'\t'))
}

fn digests(zone: &str) {
    let list = recorded("tai64nlocal-sha256.tsv");
    let mut compared = 0;
    for row in list.lines() {
        let [file, row_zone, digest] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        if row_zone == zone {
            let out = ours(&[], zone, &fs::read(capture(file)).unwrap());
            let mut hex = String::new();
            Sha256::digest(&out).iter().for_each(|byte| write!(hex, "{byte:02x}").unwrap());
            assert_eq!(hex, digest, "{file}");
            compared += 1;
        }
    }
    assert_eq!(compared, 89, "files with a recorded digest");
}

fn labels(zone: &str) {
    let table = recorded("tai64nlocal-labels.tsv");
    let mut rows = table.lines().map(|row| row.split('\t').collect::<Vec<_>>());
    let names = rows.next().unwrap();
    let column = names.iter().position(|name| *name == zone).unwrap();
    let (mut input, mut expected) = (String::new(), String::new());
    for row in rows {
        writeln!(input, "{}", row[0]).unwrap();
        writeln!(expected, "{}", row[column]).unwrap();
    }
    assert!(input.lines().count() > 1000);
    assert_same(&ours(&[], zone, input.as_bytes()), expected.as_bytes(), "labels");
}

/// The last part of a zone's name, by which the recordings are called.
fn city(zone: &str) -> &str {
    zone.rsplit('/').next().unwrap()
}

fn recorded_file(zone: &str) {
    let name = recorded("tai64nlocal-full-input.txt");
    let input = fs::read(capture(name.trim())).unwrap();
    let expected = recorded_bytes(&format!("tai64nlocal-full-{}.txt", city(zone)));
    assert_same(&ours(&[], zone, &input), &expected, name.trim());
}

fn edge_cases(zone: &str) {
    let input = recorded("tai64nlocal-edge/tai64nlocal-edge-input.txt");
    let answers = recorded(&format!("tai64nlocal-edge/tai64nlocal-edge-{}.txt", city(zone)));
    let mut differ = 0;
    let mut expected = String::new();
    for (line, answer) in input.split_inclusive('\n').zip(answers.split_inclusive('\n')) {
        // the documented differences: these are no labels to us, and pass
        let passes = line.starts_with('@') && !is_label(line.trim_end());
        differ += u32::from(passes);
        expected.push_str(if passes { line } else { answer });
    }
    assert_eq!(differ, 4, "two with too many nanoseconds, two that go on after the digits");
    assert_same(&ours(&[], zone, input.as_bytes()), expected.as_bytes(), "edge cases");
}

fn deadly_lines(zone: &str) {
    let list = recorded("tai64nlocal-edge/tai64nlocal-edge-crashes.txt");
    let mut compared = 0;
    for line in list.lines().filter_map(|row| row.strip_prefix("139\t")) {
        let out = ours(&[], zone, format!("{line}\n").as_bytes());
        // upper-case digits are digits to us: as if they were small
        let expected = if line.ends_with(" upper-case hex") {
            let (label, rest) = line.split_at(25);
            ours(&[], zone, format!("{}{rest}\n", label.to_lowercase()).as_bytes())
        } else {
            format!("{line}\n").into_bytes()
        };
        assert_same(&out, &expected, line);
        compared += 1;
    }
    assert_eq!(compared, 11);
}

/// Every log of the captures, with its name: a line that begins with `@` has a label there. The
/// recordings hold lines that have none, of which the original dies.
fn logs() -> Vec<(String, Vec<u8>)> {
    let mut logs = Vec::new();
    let mut folders: Vec<String> =
        names_in(&capture("")).into_iter().filter(|folder| folder != "expected").collect();
    while let Some(folder) = folders.pop() {
        for name in names_in(&capture(&folder)) {
            let name = format!("{folder}/{name}");
            if capture(&name).is_dir() {
                folders.push(name);
                continue;
            }
            let log = fs::read(capture(&name)).unwrap();
            let text = String::from_utf8_lossy(&log);
            assert!(text.lines().all(|line| !line.starts_with('@') || is_label(line)), "{name}");
            logs.push((name, log));
        }
    }
    logs
}

/// Lines with labels all over these years; the same ones in every run.
fn many_labels(years: std::ops::Range<i64>) -> String {
    const YEAR: i64 = 31_556_952;
    let (from, to) = (years.start - 1970, years.end - 1970);
    let mut lines = String::new();
    let mut random = Random::new(0x7A16);
    for line in 0..100_000 {
        let number = random.number();
        let span = u64::try_from((to - from) * YEAR).unwrap();
        let seconds = from * YEAR + i64::try_from(number % span).unwrap();
        let label = 0x4000_0000_0000_000a_u64.checked_add_signed(seconds).unwrap();
        let nanoseconds = number % 1_000_000_000;
        writeln!(lines, "@{label:016x}{nanoseconds:08x} line {line}").unwrap();
    }
    lines
}

/// Compares with a program on all logs, and on labels of these years.
fn compare(program: &Path, flags: &[&str], zone: &str, years: std::ops::Range<i64>) {
    let labels = many_labels(years).into_bytes();
    for (name, input) in logs().into_iter().chain([("labels".into(), labels)]) {
        assert_same(&ours(flags, zone, &input), &theirs(program, zone, &input), &name);
    }
}

fn original(zone: &str) {
    if let Some(program) = peer("tai64nlocal", "tai64nlocal of daemontools") {
        compare(&program, &[], zone, 1802..9999);
    }
}

fn s6(zone: &str) {
    if let Some(program) = peer("s6-tai64nlocal", "labels of s6-log") {
        // its labels count leap seconds, of which there were none before 1972
        compare(&program, &["-s"], zone, 1973..2100);
    }
}
