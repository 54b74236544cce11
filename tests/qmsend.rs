//! qmsend-parse on the captured log of a real qmail-send: every attempt has its row, whatever the
//! logger, and wherever the log is cut.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops where its ground is missing, and says why"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use common::bytes::tsv;
use maillog_tests::{Ran, STUCK, command, names_in, peer, root, run, scratch, tool};

/// The capture, its files in the order of their names: the order in which they were written.
fn capture() -> String {
    let folder = root().join("tests/data/captures/qmail-send");
    let names = names_in(&folder).into_iter().filter(|name| name.starts_with('@'));
    let log: Vec<u8> = names
        .chain(["current".into()])
        .flat_map(|name| fs::read(folder.join(name)).unwrap())
        .collect();
    assert_eq!(log.last(), Some(&b'\n'));
    String::from_utf8(log).unwrap()
}

/// The rows of a log all of whose lines are used: their fields, as the log had them.
fn rows(flags: &[&str], log: &str) -> Vec<Vec<String>> {
    let ran = run(tool("qmsend-parse").args(flags), log.as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    fields(&ran)
}

fn fields(ran: &Ran) -> Vec<Vec<String>> {
    let field = |field: &[u8]| String::from_utf8(tsv::unescape(field).into_owned()).unwrap();
    let row = |row: &str| tsv::fields(row.as_bytes()).map(field).collect();
    ran.text().lines().map(row).collect()
}

/// The rows without time and host.
fn without_head(rows: &[Vec<String>]) -> Vec<&[String]> {
    rows.iter().map(|row| &row[2..]).collect()
}

/// The join once more, by the words of the log. Waiting attempts of one address form a line.
const GAWK: &str = r#"
function bare(word) { sub(/:$/, "", word); return word }
$2 == "new" { generation[$4]++; delete size[$4] }
$2 == "info" {
    m = bare($4); size[m] = $6; pid[m] = $10
    sender[m] = $8 == "<>" ? "<>" : substr($8, 2, length($8) - 2)
}
$2 == "starting" {
    d = bare($4); m = $6
    key[d] = m " " generation[m] " " $8 " " $9
    attempt[d] = 1
    if (waiting[key[d]] != "") {
        split(waiting[key[d]], first, " ")
        sub(/^[0-9]+ /, "", waiting[key[d]])
        attempt[d] = first[1] + 1
    }
    row[d] = ($8 == "local" ? "in" : "out") "\t" pid[m] "\t" sender[m] "\t" $9 "\t" size[m]
}
$2 == "delivery" {
    d = bare($3); status = bare($4)
    if (status == "deferral") waiting[key[d]] = waiting[key[d]] attempt[d] " "
    print $1 "\t\t" row[d] "\t" status "\t" attempt[d]
    delete row[d]
}
END { for (d in row) print "open" }
"#;

#[test]
fn every_start_has_its_row() {
    let log = capture();
    let rows = rows(&[], &log);
    let lines = |words: &str| log.lines().filter(|line| line[25..].starts_with(words)).count();
    // as counted when the log was captured
    assert_eq!((lines(" starting delivery "), rows.len()), (464, 464));
    for (status, expected) in [("success", 232), ("failure", 118), ("deferral", 114)] {
        assert_eq!(rows.iter().filter(|row| row[7] == status).count(), expected, "{status}");
    }
    let Some(gawk) = peer("gawk", "the join of qmail-send's log") else { return };
    let ran = run(command(gawk).arg(GAWK), log.as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let theirs = ran.text();
    let theirs: Vec<Vec<&str>> = theirs.lines().map(|row| row.split('\t').collect()).collect();
    assert_eq!(rows, theirs);
}

/// A start is answered, under way or cut off, wherever the log ends and begins.
#[test]
fn a_start_without_a_row_is_pending() {
    let log = capture();
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    let folder = scratch();
    for count in (0..lines.len()).step_by(97) {
        let part = lines[..count].concat();
        let mut parse = tool("qmsend-parse");
        let state = folder.path().join(count.to_string());
        let ran = run(parse.arg("--pending").arg(&state), part.as_bytes());
        let rows = fields(&ran).len();
        let pending = fs::read_to_string(state).unwrap();
        let pending = pending.lines().filter(|row| row.starts_with("delivery\t")).count();
        let starts =
            lines[..count].iter().filter(|line| line.contains(" starting delivery ")).count();
        assert_eq!(rows + pending, starts, "{count} lines");
    }
}

/// Addresses long enough for splogger to fold lines with them.
fn with_long_addresses(log: &str) -> String {
    log.replace("example.net", &format!("{}.example.net", "e".repeat(800)))
        .replace("qlogtest", &format!("{}.qlogtest", "q".repeat(1700)))
}

/// The stamp of splogger for the same moment.
fn micros(label: &str) -> String {
    let hex = |digits| i64::from_str_radix(digits, 16).unwrap();
    format!("{}.{:06}", hex(&label[1..17]) - (1 << 62) - 10, hex(&label[17..25]) / 1000)
}

/// What splogger sends of a labelled line, in pieces of 799 bytes, each after `head`.
fn splogged(line: &str, head: &str) -> Vec<String> {
    let (label, text) = line.split_once(' ').unwrap();
    let pieces = text.as_bytes().chunks(799).zip([' '].into_iter().chain(std::iter::repeat('+')));
    pieces
        .map(|(piece, mark)| {
            format!("{head}: {}{mark}{}\n", micros(label), std::str::from_utf8(piece).unwrap())
        })
        .collect()
}

/// Two hosts log the same, one of them a little later; the lines of the two alternate, and a
/// third program's stand between them.
#[test]
fn splogger_and_syslog() {
    let log = with_long_addresses(&capture());
    let expected = rows(&[], &log);
    assert_eq!(expected.len(), 464);
    let one: Vec<String> =
        log.lines().flat_map(|line| splogged(line, "Nov 22 05:17:00 one qmail")).collect();
    assert!(one.len() > log.lines().count() + 464, "nothing is folded");
    let head = "2026-11-22T05:17:00.123456+00:00 two qmail[77]";
    let two: Vec<String> = log.lines().flat_map(|line| splogged(line, head)).collect();
    let mut both = String::new();
    for at in 0..one.len() + 10 {
        both.push_str(one.get(at).map_or("", String::as_str));
        both.push_str("Nov 22 05:17:00 one sshd[5]: no line of qmail\n");
        both.push_str(at.checked_sub(10).map_or("", |at| &two[at]));
    }
    let ran = run(tool("qmsend-parse").arg("-q"), both.as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let rows = fields(&ran);
    for host in ["one", "two"] {
        let of_host: Vec<Vec<String>> = rows.iter().filter(|row| row[1] == host).cloned().collect();
        assert_eq!(without_head(&of_host), without_head(&expected), "{host}");
        let times = of_host.iter().map(|row| row[0].clone());
        assert!(times.eq(expected.iter().map(|row| micros(&row[0]))), "{host}");
    }
    assert_eq!(rows.len(), 2 * expected.len());
}

#[test]
fn the_output_of_the_original_tai64nlocal() {
    let Some(original) = peer("tai64nlocal", "its output as qmsend-parse's input") else { return };
    let log = capture();
    for zone in ["UTC", "America/New_York", "Australia/Lord_Howe"] {
        let local = run(command(&original).env("TZ", zone), log.as_bytes()).text();
        assert!(local.starts_with("2026-11-22 "), "{local:.40}");
        let ran = run(tool("qmsend-parse").arg("--time=label").env("TZ", zone), local.as_bytes());
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        assert_eq!(fields(&ran), rows(&[], &log), "{zone}");
    }
}

/// Lines used, skipped and rejected, of all `lines`.
fn account(err: &str) -> [usize; 4] {
    let sum = err.split("; ").nth(1).unwrap_or_else(|| panic!("no account: {err}"));
    let numbers = sum.split([' ', '\n']).filter_map(|word| word.parse().ok());
    numbers.collect::<Vec<usize>>().try_into().unwrap()
}

/// The rows and the accounts of the pieces add up to those of the whole.
#[test]
fn a_log_cut_at_random() {
    let (log, mut noisy) = (capture(), String::new());
    for (number, line) in log.lines().enumerate() {
        let _ = writeln!(noisy, "{line}");
        if number % 10 == 5 {
            noisy.push_str("@400000006b027b6b273e0734 new msg x\nno line of qmail-send\n");
        }
    }
    let whole = run(&mut tool("qmsend-parse"), noisy.as_bytes());
    let folder = scratch();
    let mut seed = 1_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for round in 0..40 {
        let state = folder.path().join(round.to_string());
        let (mut out, mut sum, mut rest) = (Vec::new(), [0; 4], noisy.as_bytes());
        while !rest.is_empty() {
            // so long that it has an odd line at least
            let cut = (3000 + random(60_000)).min(rest.len());
            let cut = if rest.len() - cut < 3000 { rest.len() } else { cut };
            let mut parse = tool("qmsend-parse");
            let ran = run(parse.arg("-p").arg(&state), &rest[..cut]);
            assert_eq!(ran.code, Some(0));
            out.extend_from_slice(&ran.out);
            account(&ran.err).iter().zip(&mut sum).for_each(|(part, sum)| *sum += part);
            rest = &rest[cut..];
        }
        assert!(out == whole.out, "round {round}: other rows");
        assert_eq!(sum, account(&whole.err), "round {round}");
    }
}

/// A row is there before the line after it.
#[test]
fn rows_do_not_wait() {
    let mut parse =
        tool("qmsend-parse").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = parse.stdin.take().unwrap();
    let output = BufReader::new(parse.stdout.take().unwrap());
    let (sender, rows) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        output.lines().for_each(|row| sender.send(row.unwrap()).unwrap());
    });
    for _ in 0..2 {
        for text in ["starting delivery 1: msg 7 to local r@x", "delivery 1: success: /"] {
            input.write_all(format!("1795324769.000001 {text}\n").as_bytes()).unwrap();
        }
        let row = rows.recv_timeout(STUCK).unwrap();
        assert_eq!(row, "1795324769.000001\t\tin\t\t\tr@x\t\tsuccess\t1");
    }
    drop(input);
    assert!(parse.wait().unwrap().success());
    reader.join().unwrap();
}
