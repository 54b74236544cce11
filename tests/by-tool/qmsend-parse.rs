//! qmsend-parse on the captured log of a real qmail-send: every attempt has its row, whatever the
//! logger, and wherever the log is cut.

use std::fmt::Write as _;
use std::fs;

use common::bytes::tsv;
use maillog_tests::logs::{capture, read_log};
use maillog_tests::{Ran, Random, Running, Test, command, peer, run, scratch, tests, tool};

pub const TESTS: &[Test] = tests![
    every_start_has_its_row,
    a_start_without_a_row_is_pending,
    splogger_and_syslog,
    the_output_of_the_original_tai64nlocal,
    a_log_cut_at_random,
    rows_do_not_wait,
];

/// The capture, which ends with a whole line.
fn captured() -> String {
    let log = String::from_utf8(read_log(&capture("qmail-send"))).unwrap();
    assert!(log.ends_with('\n'));
    log
}

/// The rows of a log all of whose lines are used: their fields, as the log had them.
fn rows(log: &str) -> Vec<Vec<String>> {
    fields(&run(&mut tool("qmsend-parse"), log.as_bytes()).succeeded())
}

fn fields(ran: &Ran) -> Vec<Vec<String>> {
    let mut rows = ran.rows();
    for field in rows.iter_mut().flatten() {
        *field = String::from_utf8(tsv::unescape(field.as_bytes()).into_owned()).unwrap();
    }
    rows
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

fn starts(log: &str) -> usize {
    log.lines().filter(|line| line[25..].starts_with(" starting delivery ")).count()
}

fn every_start_has_its_row() {
    let log = captured();
    let rows = rows(&log);
    // as counted when the log was captured
    assert_eq!((starts(&log), rows.len()), (464, 464));
    for (status, expected) in [("success", 232), ("failure", 118), ("deferral", 114)] {
        assert_eq!(rows.iter().filter(|row| row[7] == status).count(), expected, "{status}");
    }
    let Some(gawk) = peer("gawk", "the join of qmail-send's log") else { return };
    let theirs = run(command(gawk).arg(GAWK), log.as_bytes()).succeeded();
    let rows: Vec<&[String]> = rows.iter().map(|row| &row[..9]).collect();
    assert_eq!(rows, theirs.rows());
}

/// A start is answered, under way or cut off, wherever the log ends and begins.
fn a_start_without_a_row_is_pending() {
    let log = captured();
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    let folder = scratch();
    for count in (0..lines.len()).step_by(97) {
        let first = lines[..count].concat();
        let state = folder.path().join(count.to_string());
        let ran = run(tool("qmsend-parse").arg("--pending").arg(&state), first.as_bytes());
        let pending = fs::read_to_string(state).unwrap();
        let pending = pending.lines().filter(|row| row.starts_with("delivery\t")).count();
        assert_eq!(ran.rows().len() + pending, starts(&first), "{count} lines");
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

/// What splogger sends of a labelled line: pieces of 799 bytes, each after `head`.
fn splogged(line: &str, head: &str) -> Vec<String> {
    let (label, text) = line.split_once(' ').unwrap();
    let pieces = text.as_bytes().chunks(799).map(|piece| std::str::from_utf8(piece).unwrap());
    let marks = [' '].into_iter().chain(std::iter::repeat('+'));
    let sent = |(mark, piece)| format!("{head}: {}{mark}{piece}\n", micros(label));
    marks.zip(pieces).map(sent).collect()
}

/// Two hosts log the same, one of them a little later; the lines of the two alternate, and a
/// third program's stand between them.
fn splogger_and_syslog() {
    let log = with_long_addresses(&captured());
    let expected = rows(&log);
    assert_eq!(expected.len(), 464);
    let heads = ["Nov 22 05:17:00 one qmail", "2026-11-22T05:17:00.123456+00:00 two qmail[77]"];
    let [one, two] =
        heads.map(|head| log.lines().flat_map(|line| splogged(line, head)).collect::<Vec<_>>());
    assert!(one.len() > log.lines().count() + 464, "nothing is folded");
    let mut both = String::new();
    for at in 0..one.len() + 10 {
        both.push_str(one.get(at).map_or("", String::as_str));
        both.push_str("Nov 22 05:17:00 one sshd[5]: no line of qmail\n");
        both.push_str(at.checked_sub(10).map_or("", |at| &two[at]));
    }
    let rows = fields(&run(tool("qmsend-parse").arg("-q"), both.as_bytes()).succeeded());
    for host in ["one", "two"] {
        let of_host: Vec<Vec<String>> = rows.iter().filter(|row| row[1] == host).cloned().collect();
        assert_eq!(without_head(&of_host), without_head(&expected), "{host}");
        let times = of_host.iter().map(|row| row[0].clone());
        assert!(times.eq(expected.iter().map(|row| micros(&row[0]))), "{host}");
    }
    assert_eq!(rows.len(), 2 * expected.len());
}

fn the_output_of_the_original_tai64nlocal() {
    let Some(original) = peer("tai64nlocal", "its output as qmsend-parse's input") else { return };
    let log = captured();
    for zone in ["UTC", "America/New_York", "Australia/Lord_Howe"] {
        let local = run(command(&original).env("TZ", zone), log.as_bytes()).text();
        assert!(local.starts_with("2026-11-22 "), "{local:.40}");
        let ran = run(tool("qmsend-parse").arg("--time=label").env("TZ", zone), local.as_bytes());
        assert_eq!(fields(&ran.succeeded()), rows(&log), "{zone}");
    }
}

/// Lines used, skipped and rejected, of all `lines`.
fn account(err: &str) -> [usize; 4] {
    let sum = err.split("; ").nth(1).unwrap_or_else(|| panic!("no account: {err}"));
    let numbers = sum.split([' ', '\n']).filter_map(|word| word.parse().ok());
    numbers.collect::<Vec<usize>>().try_into().unwrap()
}

/// Wherever a log is cut, the rows and the accounts add up to those of the whole.
fn a_log_cut_at_random() {
    let mut noisy = String::new();
    for (number, line) in captured().lines().enumerate() {
        writeln!(noisy, "{line}").unwrap();
        if number % 10 == 5 {
            noisy.push_str("@400000006b027b6b273e0734 new msg x\nno line of qmail-send\n");
        }
    }
    let whole = run(&mut tool("qmsend-parse"), noisy.as_bytes());
    let folder = scratch();
    let mut random = Random::new(1);
    for round in 0..40 {
        let state = folder.path().join(round.to_string());
        let (mut out, mut sum, mut rest) = (Vec::new(), [0; 4], noisy.as_bytes());
        while !rest.is_empty() {
            // long enough to have a line that is skipped or rejected
            let cut = (3000 + random.below(60_000)).min(rest.len());
            let cut = if rest.len() - cut < 3000 { rest.len() } else { cut };
            let ran = run(tool("qmsend-parse").arg("-p").arg(&state), &rest[..cut]);
            assert_eq!(ran.code, Some(0));
            out.extend_from_slice(&ran.out);
            account(&ran.err).iter().zip(&mut sum).for_each(|(count, sum)| *sum += count);
            rest = &rest[cut..];
        }
        assert!(out == whole.out, "round {round}: other rows");
        assert_eq!(sum, account(&whole.err), "round {round}");
    }
}

/// A row is there before the line after it.
fn rows_do_not_wait() {
    let mut parse = Running::start({
        let mut parse = tool("qmsend-parse");
        parse.args(["-f", "direction,recipient,status,attempts"]);
        parse
    });
    for _ in 0..2 {
        for text in ["starting delivery 1: msg 7 to local r@x", "delivery 1: success: /"] {
            parse.feed(format!("1795324769.000001 {text}\n"));
        }
        assert_eq!(parse.line(), "in\tr@x\tsuccess\t1");
    }
    assert!(parse.end().success());
}
