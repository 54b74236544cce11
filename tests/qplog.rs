//! qplogtail and qploggrep on what real servers logged, and qplogsumm under the real multilog, whose
//! processor it is: no verdict is lost or counted twice, whatever happens to multilog.
#![allow(
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test stops where its ground is missing, and says why"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use maillog_tests::{STUCK, command, names_in, peer, root, run, scratch, tool};

fn capture(name: &str) -> PathBuf {
    root().join("tests/data/captures").join(name)
}

/// All the rows of a capture, as fields.
fn events(name: &str) -> Vec<Vec<String>> {
    let ran = run(tool("qploggrep").arg(".").arg(capture(name)), b"");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    ran.text().lines().map(|row| row.split('\t').map(str::to_owned).collect()).collect()
}

/// As counted when the logs were captured.
#[test]
fn every_event_of_the_captures() {
    for (name, expected) in [
        (
            "qpsmtpd-0.84",
            [
                ("connect", 295),
                ("limit", 18),
                ("limit-ip", 15),
                ("queued", 123),
                ("denied", 139),
                ("time", 295),
            ],
        ),
        (
            "qpsmtpd-0.94",
            [
                ("connect", 412),
                ("limit", 4),
                ("limit-ip", 12),
                ("queued", 166),
                ("denied", 217),
                ("time", 412),
            ],
        ),
    ] {
        let rows = events(name);
        for (kind, count) in expected {
            assert_eq!(rows.iter().filter(|row| row[3] == kind).count(), count, "{name} {kind}");
        }
        let all: usize = expected.iter().map(|(_, count)| count).sum();
        assert_eq!(rows.len(), all, "{name}");
    }
}

/// No process id came twice while the logs were captured, so that of the start is the connection's.
#[test]
fn every_connection_has_its_address_and_its_place() {
    for name in ["qpsmtpd-0.84", "qpsmtpd-0.94"] {
        let rows = events(name);
        let starts: BTreeMap<&str, &str> = rows
            .iter()
            .filter(|row| row[3] == "connect")
            .map(|row| (row[1].as_str(), row[2].as_str()))
            .collect();
        let of_connections = || {
            rows.iter()
                .filter(|row| row[3] == "time" || (row[4] != "hosts_allow" && row[3] == "denied"))
        };
        assert!(of_connections().all(|row| starts[row[1].as_str()] == row[2]), "{name}");

        // the rows of a connection stand together
        let mut pids: Vec<&str> = rows
            .iter()
            .filter(|row| starts.contains_key(row[1].as_str()))
            .map(|row| &row[1][..])
            .collect();
        pids.dedup();
        assert_eq!(pids.len(), starts.len(), "{name}");
    }
}

/// The filter shows what the search does, in the order of the log.
#[test]
fn tail_and_grep_agree() {
    for name in ["qpsmtpd-0.84", "qpsmtpd-0.94"] {
        let folder = capture(name);
        let mut files: Vec<PathBuf> = names_in(&folder)
            .into_iter()
            .filter(|file| file.starts_with('@'))
            .map(|file| folder.join(file))
            .collect();
        files.push(folder.join("current"));
        let tail = run(tool("qplogtail").args(&files), b"");
        assert_eq!(tail.code, Some(0));
        let sorted = |text: String| {
            let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
            rows.sort();
            rows
        };
        let grep = run(tool("qploggrep").arg(".").arg(&folder), b"");
        assert_eq!(sorted(tail.text()), sorted(grep.text()), "{name}");
        let only = run(tool("qploggrep").args(["--only", "."]).arg(&folder), b"");
        assert_eq!(only.text(), tail.text(), "{name}");
    }
}

/// qplogtail on a directory, and the rows that it writes.
struct Tail {
    child: Child,
    rows: Receiver<String>,
}

impl Tail {
    fn follow(folder: &Path) -> Self {
        let mut tail = tool("qplogtail");
        let child = tail.arg("--last=2").arg(folder).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = child.spawn().unwrap();
        let (send, rows) = channel();
        let from = BufReader::new(child.stdout.take().unwrap());
        spawn(move || from.lines().try_for_each(|line| send.send(line.unwrap())));
        Tail { child, rows }
    }

    /// The process number of the next row.
    fn pid(&self) -> String {
        self.rows.recv_timeout(STUCK).unwrap().split('\t').nth(1).unwrap().to_owned()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A line with an event of a process.
fn event(pid: u32) -> String {
    format!("@4000000048641d5c{pid:08} {pid} Accepted connection 0/9 from 192.0.2.1 / x\n")
}

/// A directory is followed through a rotation.
#[test]
fn tail_follows() {
    let folder = scratch();
    let current = folder.path().join("current");
    fs::write(&current, (1..=20).map(event).collect::<String>()).unwrap();
    let tail = Tail::follow(folder.path());
    assert_eq!([tail.pid(), tail.pid()], ["19", "20"]);
    fs::rename(&current, folder.path().join("@4000000048641d6000000000.s")).unwrap();
    fs::write(&current, event(21)).unwrap();
    assert_eq!(tail.pid(), "21");
    let mut log = fs::File::options().append(true).open(&current).unwrap();
    log.write_all(event(22).as_bytes()).unwrap();
    assert_eq!(tail.pid(), "22");
}

/// Behind files that are gone the rest of a line is known for what it is, too.
#[test]
fn tail_follows_past_what_is_gone() {
    let folder = scratch();
    let current = folder.path().join("current");
    fs::write(&current, event(1) + &event(2)).unwrap();
    let tail = Tail::follow(folder.path());
    assert_eq!([tail.pid(), tail.pid()], ["1", "2"]);
    fs::remove_file(&current).unwrap();
    let rest = "66 Accepted connection 6/6 from 192.0.2.66 / x\n";
    let forged = format!("@4000000058641d5c00000000 {rest}");
    let put = |name: &str, text: String| {
        fs::write(folder.path().join("new"), text).unwrap();
        fs::rename(folder.path().join("new"), folder.path().join(name)).unwrap();
    };
    put("@4000000048641d6000000000.s", rest.to_owned() + &event(3));
    put("current", event(4) + &event(3));
    assert_eq!([tail.pid(), tail.pid(), tail.pid()], ["3", "4", "3"]);
    fs::remove_file(folder.path().join("@4000000048641d6000000000.s")).unwrap();
    fs::remove_file(&current).unwrap();
    put("@4000000048641d6100000000.s", forged + &event(5));
    assert_eq!(tail.pid(), "5");
}

const DISPOSITIONS: [&str; 5] =
    ["queued", "dnsbl", "queue::a_plugin_with_a_name_longer_than_thirty_bytes", "rhsbl", "queued"];

/// Lines of a log: one in three is a verdict, one imitates one.
fn lines(numbers: std::ops::Range<usize>) -> String {
    let line = |number: usize| match number % 3 {
        0 => {
            let disposition = DISPOSITIONS[number % DISPOSITIONS.len()];
            format!(
                "{number} (deny) logging::logterse: ` 192.0.2.1\th\thelo\t<a@b.example>\t<c@d.example>\t{disposition}\t\ttext {number}\n"
            )
        }
        1 => format!(
            "{number} dispatching HELO (deny) logging::logterse: ` 1\t2\t3\t4\t5\tdnsbl\t901\tx\n"
        ),
        _ => format!("{number} Accepted connection 0/9 from 192.0.2.1 / x\n"),
    };
    numbers.map(line).collect()
}

type Totals = BTreeMap<String, u64>;

/// The verdicts in a text, by another way than the tool's.
fn verdicts(text: &str) -> Totals {
    let mut totals = Totals::new();
    for line in text.lines().filter(|line| !line.contains("HELO")) {
        if let Some((_, fields)) = line.split_once("logging::logterse: ` ") {
            let fields: Vec<&str> = fields.split('\t').collect();
            if fields.len() >= 8 {
                *totals.entry(fields[5].to_owned()).or_default() += 1;
            }
        }
    }
    totals
}

fn totals(state: &Path) -> Totals {
    let ran = run(tool("qplogsumm").arg("--show").arg(state), b"");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let total = |row: &str| {
        let fields: Vec<&str> = row.split('\t').collect();
        (fields[0].to_owned(), fields[2].parse().unwrap())
    };
    ran.text().lines().map(total).collect()
}

fn add(one: &Totals, other: &Totals) -> Totals {
    let mut sum = one.clone();
    for (disposition, count) in other {
        *sum.entry(disposition.clone()).or_default() += count;
    }
    sum
}

/// The files of a log directory in their order.
fn log_files(folder: &Path) -> Vec<PathBuf> {
    let names =
        names_in(folder).into_iter().filter(|name| name.starts_with('@') || name == "current");
    names.map(|name| folder.join(name)).collect()
}

/// What multilog-cat makes of them, without the labels.
fn content_of_whole(folder: &Path) -> String {
    let text = run(tool("multilog-cat").arg(folder), b"").text();
    text.lines().map(|line| line[26..].to_owned() + "\n").collect()
}

/// What stands in them, without the labels.
fn content(folder: &Path) -> String {
    let files = log_files(folder).into_iter().map(|file| fs::read_to_string(file).unwrap());
    let text: String = files.collect();
    text.lines().map(|line| line.split_once(' ').unwrap().1.to_owned() + "\n").collect()
}

fn multilog(folder: &Path, processor: &str) -> Child {
    let mut multilog = command("multilog");
    multilog.args(["t", "s4096", "n10000", processor]).arg(folder);
    multilog.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

fn feed(child: &mut Child, text: &str) {
    child.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
}

fn close(mut child: Child) {
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

fn has_multilog() -> bool {
    peer("multilog", "qplogsumm as its processor").is_some()
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < STUCK, "{what}: never");
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn fifty_rotations() {
    if !has_multilog() {
        return;
    }
    let scratch = scratch();
    let folder = scratch.path().join("log");
    let log = lines(0..3000);
    for part in [0..1000, 1000..3000] {
        // a clean restart keeps the state
        let mut child = multilog(&folder, "!qplogsumm");
        feed(&mut child, &lines(part));
        close(child);
    }
    assert!(log_files(&folder).len() > 50, "{}", log_files(&folder).len());
    assert_eq!(content(&folder), log);
    let current = fs::read_to_string(folder.join("current")).unwrap();
    assert_eq!(add(&totals(&folder.join("state")), &verdicts(&current)), verdicts(&log));
}

/// Queued messages with so many recipients that multilog cuts lines in two, or in more.
fn long_lines(numbers: std::ops::Range<usize>, recipients: usize) -> String {
    let line = |number: usize| {
        let all: Vec<String> = (0..recipients + number % 21)
            .map(|user| format!("<user{user}.of.{number}@department.example>"))
            .collect();
        format!(
            "{number} (queue) logging::logterse: ` 192.0.2.1\th\t7 (queue) logging::logterse: ` 1_2\t<a@b.example>\t{}\tqueued\t\t<{number}@b.example>\n",
            all.join(",")
        )
    };
    numbers.map(line).collect()
}

/// A line that multilog cuts is counted once, and only as what it is.
#[test]
fn lines_over_several_files() {
    if !has_multilog() {
        return;
    }
    for (size, recipients, count) in [("s16384", 60, 300), ("s4096", 300, 50)] {
        let scratch = scratch();
        let kept = scratch.path().join("totals");
        for own in [false, true] {
            let folder = scratch.path().join(format!("log{own}"));
            let processor = if own {
                format!("!qplogsumm --state={}", kept.display())
            } else {
                "!qplogsumm".to_owned()
            };
            let log = long_lines(0..count, recipients);
            for part in [0..20, 20..count] {
                let mut multilog = command("multilog");
                multilog.args(["t", size, "n10000", &processor]).arg(&folder);
                let mut child =
                    multilog.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
                feed(&mut child, &long_lines(part, recipients));
                close(child);
            }
            assert_eq!(content(&folder), log);
            let state = if own { kept.clone() } else { folder.join("state") };
            let option = format!("--state={}", state.display());
            for _ in 0..2 {
                let ran = run(tool("qplogsumm").arg(&option).arg(folder.join("current")), b"");
                assert_eq!(ran.code, Some(0), "{}", ran.err);
            }
            assert_eq!(totals(&state), verdicts(&log), "{size} {recipients} {own}");
            // by hand, from nothing, twice
            let again = format!("--state={}", scratch.path().join(format!("{own}")).display());
            for _ in 0..2 {
                let ran = run(tool("qplogsumm").arg(&again).args(log_files(&folder)), b"");
                assert_eq!(ran.code, Some(0), "{}", ran.err);
            }
            assert_eq!(totals(Path::new(&again["--state=".len()..])), verdicts(&log));
        }
    }
}

/// What a client said where a rotation cut a line is no verdict, even if it looks like one.
#[test]
fn a_verdict_that_a_client_imitates() {
    if !has_multilog() {
        return;
    }
    let forged = "@4000000048641d5c00000000 66 logging::logterse plugin: ` 192.0.2.66\th\th\t<a@b.example>\t\tforged\t903\tno";
    let (mut log, mut used) = (String::new(), 0);
    for number in 0..12 {
        let mut line = format!("{number} dispatching HELO ");
        line += &"x".repeat(4096 - used - 26 - line.len());
        // some go on through a whole file
        line += &forged.repeat(4096 / forged.len() + 1)[..4096 * (number / 3 % 2)];
        let after = lines(number * 3..number * 3 + 1);
        used = forged.len() + 1 + 26 + after.len();
        log += &(line + forged + "\n" + &after);
    }
    let mut expected = verdicts(&log);
    // the last of the log's own is in `current`, which is not added yet
    let (last, _) = verdicts(&lines(33..34)).pop_first().unwrap();
    *expected.get_mut(&last).unwrap() -= 1;

    let scratch = scratch();
    let own = scratch.path().join("totals");
    for processor in ["!qplogsumm", &format!("!qplogsumm --state={}", own.display())] {
        let folder = scratch.path().join(format!("log{}", processor.len()));
        let mut child = multilog(&folder, processor);
        feed(&mut child, &log);
        close(child);
        assert_eq!(content_of_whole(&folder), log);
        let forgeries = log_files(&folder)
            .into_iter()
            .filter(|file| fs::read_to_string(file).unwrap().starts_with(forged));
        assert!(forgeries.count() > 10, "the files do not begin with what was said");
        if processor == "!qplogsumm" {
            assert_eq!(totals(&folder.join("state")), expected);
        } else {
            // it cannot know that no log was left out; but none is lost
            let mut found = totals(&own);
            found.remove("forged");
            assert_eq!(found, expected);
        }
    }
}

/// Nobody can run without `state`; but nothing is lost while multilog waits for it.
#[test]
fn a_missing_state() {
    if !has_multilog() {
        return;
    }
    let scratch = scratch();
    let folder = scratch.path().join("log");
    let kept = scratch.path().join("totals");
    let log = lines(0..400);
    let mut child = multilog(&folder, &format!("!qplogsumm --state={}", kept.display()));
    // as much as makes one rotation: multilog closes a file of 4096 bytes from 2096 on
    let first = (1..400).find(|count| lines(0..*count).len() + 26 * *count > 2600).unwrap();
    feed(&mut child, &lines(0..first));
    wait_until("the first rotation", || kept.exists() && !folder.join("previous").exists());
    fs::remove_file(folder.join("state")).unwrap();
    let before = totals(&kept);
    feed(&mut child, &lines(first..400));
    wait_until("a rotation", || folder.join("previous").exists());
    assert_eq!(totals(&kept), before);
    fs::write(folder.join("state"), "").unwrap();
    close(child);
    assert_eq!(content(&folder), log);
    let current = fs::read_to_string(folder.join("current")).unwrap();
    assert_eq!(add(&totals(&kept), &verdicts(&current)), verdicts(&log));
}

/// What was on disk is counted once, when the logs that were left unprocessed are added.
#[test]
fn multilog_killed() {
    if !has_multilog() {
        return;
    }
    let scratch = scratch();
    let folder = scratch.path().join("log");
    let kept = scratch.path().join("totals");
    let processor = format!("!qplogsumm --state={}", kept.display());
    for round in 0..30 {
        let mut child = multilog(&folder, &processor);
        feed(&mut child, &lines(round * 200..(round + 1) * 200));
        // at another place in each round, be it in the middle of a rotation
        sleep(Duration::from_millis(u64::try_from(round).unwrap() * 7 % 40));
        child.kill().unwrap();
        child.wait().unwrap();
        // its processor may be at work still, and holds the lock of the log
        let lock = folder.join("lock");
        let free = || !lock.exists() || fs::File::open(&lock).unwrap().try_lock().is_ok();
        wait_until("the end of the processor", free);
    }
    let mut child = multilog(&folder, &processor);
    feed(&mut child, &lines(6000..6200));
    close(child);
    let files = log_files(&folder);
    let unprocessed = || files.iter().filter(|file| file.extension().is_none_or(|end| end == "u"));
    assert!(unprocessed().count() > 10);
    for _ in 0..2 {
        let ran = run(
            tool("qplogsumm").arg(format!("--state={}", kept.display())).args(unprocessed()),
            b"",
        );
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    }
    // file by file, since a killed multilog leaves half lines
    let on_disk = files.iter().map(|file| verdicts(&fs::read_to_string(file).unwrap()));
    assert_eq!(totals(&kept), on_disk.fold(Totals::new(), |sum, one| add(&sum, &one)));
}
