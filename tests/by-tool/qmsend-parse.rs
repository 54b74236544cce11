//! qmsend-parse on the captured log of a real qmail-send: every attempt has its row, whatever the
//! logger, and wherever the log is cut.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::thread::sleep;
use std::time::Duration;

use common::bytes::tsv;
use maillog_tests::logs::{capture, read_log};
use maillog_tests::{Ran, Random, Running, Test, command, peer, run, scratch, tests, tool};

pub const TESTS: &[Test] = tests![
    every_start_has_its_row,
    a_start_without_a_row_is_pending,
    splogger_and_syslog,
    the_output_of_the_original_tai64nlocal,
    a_log_cut_at_random,
    nights_with_what_is_open,
    killed_at_random,
    every_failure_has_its_class,
    lengths_are_those_of_the_status_lines,
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

/// The session rows of a log, and the message rows.
fn sessions(log: &str, flags: &[&str]) -> (String, Vec<u8>) {
    let folder = scratch();
    let path = folder.path().join("sessions");
    let mut parse = tool("qmsend-parse");
    let ran = run(parse.args(flags).arg("-q").arg("--sessions").arg(&path), log.as_bytes());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    (fs::read_to_string(path).unwrap(), ran.out)
}

/// The sums of the lengths of session rows by service, and how many are no mere parts.
fn sums(sessions: &str) -> BTreeMap<String, (u64, usize)> {
    let mut sums = BTreeMap::new();
    for row in sessions.lines() {
        let fields: Vec<&str> = row.split('\t').collect();
        let sum: &mut (u64, usize) = sums.entry(fields[1].to_owned()).or_default();
        sum.0 += fields[7].parse::<u64>().unwrap();
        sum.1 += usize::from(fields[10] != "open");
    }
    sums
}

/// Each night from the file of the one before; what is open is written each time, and a night that
/// is run again gives the same bytes.
fn nights_with_what_is_open() {
    let log = captured();
    let (whole, rows) = sessions(&log, &["--open"]);
    let expected = sums(&whole);
    let folder = scratch();
    let path = |name: String| folder.path().join(name).into_os_string().into_string().unwrap();
    let mut random = Random::new(2);
    for round in 0..20 {
        let (mut all, mut all_rows, mut rest) = (String::new(), Vec::new(), log.as_str());
        for night in 0.. {
            let cut = (1 + random.below(40_000)).min(rest.len());
            let from = format!("--pending-from={}", path(format!("{round}-{night}")));
            let to = [path(format!("{round}-{}", night + 1)), path("again".into())];
            let once =
                to.each_ref().map(|to| sessions(&rest[..cut], &["--open", "-p", to, &from][..]));
            assert!(once[0] == once[1] && fs::read(&to[0]).unwrap() == fs::read(&to[1]).unwrap());
            fs::remove_file(&to[1]).unwrap();
            let [(part, part_rows), _] = once;
            all.push_str(&part);
            all_rows.extend(part_rows);
            rest = &rest[cut..];
            if rest.is_empty() {
                break;
            }
        }
        assert!(all.contains("\topen\t") && all_rows == rows, "round {round}");
        assert_eq!(sums(&all), expected, "round {round}");
    }
}

/// Wherever it is killed, the pending file is the old one, or all rows are there; run again, all is
/// as if nothing had happened.
fn killed_at_random() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name);
    let log = captured();
    let (first, second) = log.split_at(60_000);
    fs::write(path("log"), second.repeat(4)).unwrap();
    let mut once = tool("qmsend-parse");
    assert_eq!(run(once.arg("-qp").arg(path("before")), first.as_bytes()).code, Some(0));
    let parse = |rows: &str| {
        let mut parse = tool("qmsend-parse");
        parse.args(["-q", "--open", "-p", "state", "--sessions=sessions", "log"]);
        parse.current_dir(folder.path()).stdout(File::create(path(rows)).unwrap());
        parse
    };
    let results = || ["state", "sessions", "rows"].map(|name| fs::read(path(name)).unwrap());
    fs::copy(path("before"), path("state")).unwrap();
    assert!(parse("rows").status().unwrap().success());
    let (before, expected) = (fs::read(path("before")).unwrap(), results());
    let (mut random, mut kills) = (Random::new(3), 0);
    for _ in 0..100 {
        fs::copy(path("before"), path("state")).unwrap();
        let mut killed = parse("rows").spawn().unwrap();
        sleep(Duration::from_micros(random.below(40_000) as u64));
        killed.kill().unwrap();
        let was_killed = !killed.wait().unwrap().success();
        let found = results();
        kills += usize::from(was_killed);
        if found[0] == before {
            assert!(was_killed && parse("rows").status().unwrap().success());
            assert!(results() == expected);
        } else {
            assert!(found == expected);
        }
    }
    assert!(kills > 0, "none was killed");
}

/// The classes once more, by a look at the words alone.
const CLASSES: &str = r#"
$4 != "failure:" && $4 != "deferral:" { next }
/too_long/ { print "too-old"; next }
/find_any_host/ { print "dns"; next }
/establish_an_SMTP/ { print "connect"; next }
/connection_died/ { print "lost"; next }
/disk_full/ { print "full"; next }
/said:_4/ { print "temporary"; next }
/said:_5|no_mailbox/ { print "refused"; next }
/maildir|best-preference/ { print "local"; next }
{ print "other" }
"#;

fn every_failure_has_its_class() {
    let log = captured();
    let reasons: Vec<String> =
        rows(&log).iter().filter(|row| row[7] != "success").map(|row| row[11].clone()).collect();
    let mut counts = BTreeMap::new();
    for reason in &reasons {
        *counts.entry(reason.as_str()).or_insert(0) += 1;
    }
    // as grep counts the texts
    let expected = [
        ("connect", 34),
        ("dns", 22),
        ("full", 18),
        ("local", 12),
        ("lost", 14),
        ("other", 3),
        ("refused", 52),
        ("temporary", 26),
        ("too-old", 51),
    ];
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), expected);
    let awk = run(command("awk").arg(CLASSES), log.as_bytes()).succeeded();
    assert!(awk.text().lines().eq(reasons.iter()));
}

/// What was under way by the `status:` lines, and what was in the queue, summed over time. Awk has
/// no 64-bit integers, so moments are told from the first.
const INTEGRALS: &str = r#"
function hex(digits,    at, value) {
    for (at = 1; at <= length(digits); at++)
        value = 16 * value + index("0123456789abcdef", substr(digits, at, 1)) - 1
    return value
}
{ now = hex(substr($1, 10, 8)) * 1000 + int(hex(substr($1, 18, 8)) / 1000000) }
{ sum += active * (now - last); queue += messages * (now - last); last = now }
$2 == "status:" { split($4, l, "/"); split($6, r, "/"); active = l[1] + r[1] }
$2 == "new" { messages++; began[$4] = now }
$2 == "end" { messages--; ended++; stays += now - began[$4] }
$2 == "delivery" { attempts++ }
END { print sum, attempts, queue, stays, ended }
"#;

fn lengths_are_those_of_the_status_lines() {
    let log = captured();
    let awk = run(command("awk").arg(INTEGRALS), log.as_bytes()).succeeded().text();
    let numbers: Vec<u64> = awk.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let [sums, with_open] = [&[][..], &["--open"]].map(|flags| sums(&sessions(&log, flags).0));
    let (local, remote, queue) = (sums["local"], sums["remote"], sums["queue"]);
    let (attempts, ended) = (local.1 + remote.1, local.0 + remote.0);
    assert_eq!((numbers[1], attempts), (464, 464));
    // as measured by hand
    assert_eq!((ended, numbers[0]), (16_244, 16_529));
    // the lines that say so are logged a moment later
    assert!(numbers[0].abs_diff(ended) <= 464);
    assert_eq!(queue, (3_968_361, 232));
    // of what is in the queue the same lines tell both; five messages are left there
    assert_eq!(numbers[2..], [with_open["queue"].0, queue.0, 232]);
    let of_rows = rows(&log).iter().map(|row| row[9].parse::<u64>().unwrap()).sum::<u64>();
    assert_eq!(of_rows, ended);
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
