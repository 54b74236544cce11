//! qplogsumm under the real multilog, whose processor it is: no verdict is lost or counted twice,
//! whatever happens to multilog.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use maillog_tests::logs::{QPSMTPD, capture, log_files, logterse_records, multilog, read_log};
use maillog_tests::{Random, Running, Test, peer, run, scratch, tests, tool, wait_until};

pub const TESTS: &[Test] = tests![
    fifty_rotations,
    lines_over_several_files,
    a_verdict_that_a_client_imitates,
    a_missing_state,
    multilog_killed,
    a_log_that_is_cut,
    a_log_that_comes_again,
];

const DISPOSITIONS: [&str; 5] =
    ["queued", "dnsbl", "queue::a_plugin_with_a_name_longer_than_thirty_bytes", "rhsbl", "queued"];

/// Lines of a log: one in three is a verdict, one imitates one.
fn lines(numbers: Range<usize>) -> String {
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

/// Queued messages with enough recipients that multilog cuts lines in two, or in more.
fn long_lines(numbers: Range<usize>, recipients: usize) -> String {
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

/// The verdicts of a log that are in the totals, since `current` is not yet.
fn verdicts_before_current(folder: &Path, log: &str) -> Totals {
    let mut totals = verdicts(log);
    for (disposition, count) in verdicts(&fs::read_to_string(folder.join("current")).unwrap()) {
        *totals.get_mut(&disposition).unwrap() -= count;
    }
    totals
}

/// The totals in a state, by the tool.
fn totals(state: &Path) -> Totals {
    let rows = run(tool("qplogsumm").arg("--show").arg(state), b"").succeeded().rows();
    rows.into_iter().map(|row| (row[0].clone(), row[2].parse().unwrap())).collect()
}

/// Adds files to a state by hand.
fn add_files<'a>(state: &Path, files: impl IntoIterator<Item = &'a PathBuf>) {
    let mut tool = tool("qplogsumm");
    tool.arg(format!("--state={}", state.display())).args(files);
    let ran = run(&mut tool, b"");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
}

/// What multilog-cat makes of a log, without the labels.
fn content_of_whole(folder: &Path) -> String {
    let text = run(tool("multilog-cat").arg(folder), b"").text();
    text.lines().map(|line| line[26..].to_owned() + "\n").collect()
}

/// What the files of a log hold, without the labels.
fn content(folder: &Path) -> String {
    let text = String::from_utf8(read_log(folder)).unwrap();
    text.lines().map(|line| line.split_once(' ').unwrap().1.to_owned() + "\n").collect()
}

/// The processor that keeps its totals in a file of its own.
fn with_state(state: &Path) -> String {
    format!("!qplogsumm --state={}", state.display())
}

/// Starts multilog with small files and a processor.
fn start(folder: &Path, processor: &str) -> Running {
    Running::start(multilog(&["t", "s4096", "n10000", processor], folder))
}

/// Feeds multilog and lets it end.
fn log(mut multilog: Running, text: &str) {
    multilog.feed(text);
    assert!(multilog.end().success());
}

fn has_multilog() -> bool {
    peer("multilog", "qplogsumm as its processor").is_some()
}

fn fifty_rotations() {
    if !has_multilog() {
        return;
    }
    let scratch = scratch();
    let folder = scratch.path().join("log");
    for range in [0..1000, 1000..3000] {
        // a clean restart keeps the state
        log(start(&folder, "!qplogsumm"), &lines(range));
    }
    assert!(log_files(&folder).len() > 50, "{}", log_files(&folder).len());
    let all = lines(0..3000);
    assert_eq!(content(&folder), all);
    assert_eq!(totals(&folder.join("state")), verdicts_before_current(&folder, &all));
}

/// A line that multilog cuts is counted once, and only as what it is.
fn lines_over_several_files() {
    if !has_multilog() {
        return;
    }
    for (size, recipients, count) in [("s16384", 60, 300), ("s4096", 300, 50)] {
        let scratch = scratch();
        let path = |name: &str| scratch.path().join(name);
        for (folder, state, processor) in [
            (path("log"), path("log/state"), "!qplogsumm"),
            (path("own"), path("totals"), with_state(&path("totals")).as_str()),
        ] {
            let all = long_lines(0..count, recipients);
            for range in [0..20, 20..count] {
                let multilog = multilog(&["t", size, "n10000", processor], &folder);
                log(Running::start(multilog), &long_lines(range, recipients));
            }
            assert_eq!(content(&folder), all);
            for _ in 0..2 {
                add_files(&state, [&folder.join("current")]);
            }
            assert_eq!(totals(&state), verdicts(&all), "{size} {recipients} {processor}");
            // by hand, from nothing, twice
            let again = folder.with_extension("again");
            for _ in 0..2 {
                add_files(&again, &log_files(&folder));
            }
            assert_eq!(totals(&again), verdicts(&all), "{size} {recipients} {processor}");
        }
    }
}

/// What a client said where a rotation cut a line is no verdict, even if it looks like one.
fn a_verdict_that_a_client_imitates() {
    if !has_multilog() {
        return;
    }
    let forged = "@4000000048641d5c00000000 66 logging::logterse plugin: ` 192.0.2.66\th\th\t<a@b.example>\t\tforged\t903\tno";
    let (mut text, mut used) = (String::new(), 0);
    for number in 0..12 {
        let mut line = format!("{number} dispatching HELO ");
        line += &"x".repeat(4096 - used - 26 - line.len());
        // some go on through a whole file
        line += &forged.repeat(4096 / forged.len() + 1)[..4096 * (number / 3 % 2)];
        let after = lines(number * 3..number * 3 + 1);
        used = forged.len() + 1 + 26 + after.len();
        text += &(line + forged + "\n" + &after);
    }
    let mut expected = verdicts(&text);
    // the last of the log's own is in `current`, which is not added yet
    let (last, _) = verdicts(&lines(33..34)).pop_first().unwrap();
    *expected.get_mut(&last).unwrap() -= 1;

    let scratch = scratch();
    let own = scratch.path().join("totals");
    for processor in ["!qplogsumm", &with_state(&own)] {
        let folder = scratch.path().join(format!("log{}", processor.len()));
        log(start(&folder, processor), &text);
        assert_eq!(content_of_whole(&folder), text);
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
fn a_missing_state() {
    if !has_multilog() {
        return;
    }
    let scratch = scratch();
    let folder = scratch.path().join("log");
    let kept = scratch.path().join("totals");
    let mut multilog = start(&folder, &with_state(&kept));
    // as much as makes one rotation: multilog closes a file of 4096 bytes from 2096 on
    let first = (1..400).find(|count| lines(0..*count).len() + 26 * *count > 2600).unwrap();
    multilog.feed(lines(0..first));
    // multilog removes `previous` and then renames `newstate`
    let done = || ["previous", "newstate"].iter().all(|name| !folder.join(name).exists());
    wait_until("the first rotation", || kept.exists() && done());
    fs::remove_file(folder.join("state")).unwrap();
    let before = totals(&kept);
    multilog.feed(lines(first..400));
    wait_until("a rotation", || folder.join("previous").exists());
    assert_eq!(totals(&kept), before);
    fs::write(folder.join("state"), "").unwrap();
    assert!(multilog.end().success());
    let all = lines(0..400);
    assert_eq!(content(&folder), all);
    assert_eq!(totals(&kept), verdicts_before_current(&folder, &all));
}

/// What was on disk is counted once, when the logs that were left unprocessed are added.
fn multilog_killed() {
    if !has_multilog() {
        return;
    }
    let scratch = scratch();
    let folder = scratch.path().join("log");
    let kept = scratch.path().join("totals");
    for round in 0..30 {
        let mut multilog = start(&folder, &with_state(&kept));
        multilog.feed(lines(round * 200..(round + 1) * 200));
        // at another place in each round, some in the middle of a rotation
        sleep(Duration::from_millis(u64::try_from(round).unwrap() * 7 % 40));
        drop(multilog);
        // its processor may be at work still, and holds the lock of the log
        let lock = folder.join("lock");
        let free = || !lock.exists() || fs::File::open(&lock).unwrap().try_lock().is_ok();
        wait_until("the end of the processor", free);
    }
    log(start(&folder, &with_state(&kept)), &lines(6000..6200));
    let files = log_files(&folder);
    let unprocessed = || files.iter().filter(|file| file.extension().is_none_or(|end| end == "u"));
    assert!(unprocessed().count() > 10);
    for _ in 0..2 {
        add_files(&kept, unprocessed());
    }
    // file by file, since a killed multilog leaves half lines
    let mut on_disk = Totals::new();
    for file in &files {
        for (disposition, count) in verdicts(&fs::read_to_string(file).unwrap()) {
            *on_disk.entry(disposition).or_default() += count;
        }
    }
    assert_eq!(totals(&kept), on_disk);
}

/// The whole of a capture, its totals, and the end of its first line.
fn captured(name: &str, scratch: &Path) -> (Vec<u8>, Totals, usize) {
    let log = read_log(&capture(name));
    let (whole, state) = (scratch.join("whole"), scratch.join("of-whole"));
    fs::write(&whole, &log).unwrap();
    add_files(&state, [&whole]);
    let all = totals(&state);
    assert_eq!(all.values().sum::<u64>(), logterse_records(name), "{name}");
    let line = log.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    (log, all, line)
}

/// Two halves of a log are two logs, also where the cut is so near the start that both begin with lines
/// of one time; together they have all verdicts.
fn a_log_that_is_cut() {
    let mut random = Random::new(12);
    for name in QPSMTPD {
        let scratch = scratch();
        let (log, all, line) = captured(name, scratch.path());
        for number in 0..60 {
            let room = if number % 2 == 0 { 2 * line } else { log.len() };
            let cut = 1 + random.below(room - 1);
            let halves = ["one", "two"].map(|half| scratch.path().join(half));
            fs::write(&halves[0], &log[..cut]).unwrap();
            fs::write(&halves[1], &log[cut..]).unwrap();
            let state = scratch.path().join(format!("totals{number}"));
            add_files(&state, &halves);
            assert_eq!(totals(&state), all, "{name}: cut at {cut}");
        }
    }
}

/// A log that comes again is the same log, also if a crash cut it short, before or after it was added
/// as a whole.
fn a_log_that_comes_again() {
    let mut random = Random::new(13);
    for name in QPSMTPD {
        let scratch = scratch();
        let (log, all, line) = captured(name, scratch.path());
        for number in 0..40 {
            let room = if number % 2 == 0 { 20 * line } else { log.len() };
            // the time of the second line is what the log is known by first
            let least = line + 26;
            let cut = least + random.below(room.min(log.len()) - least);
            let files = ["whole", "short"].map(|file| scratch.path().join(file));
            fs::write(&files[1], &log[..cut]).unwrap();
            let state = scratch.path().join(format!("totals{number}"));
            add_files(&state, [&files[0], &files[1], &files[0]]);
            assert_eq!(totals(&state), all, "{name}: cut at {cut}");
            // what was added of it before is not added again; what came after that is not known
            let state = scratch.path().join(format!("other{number}"));
            add_files(&state, [&files[1]]);
            let short = totals(&state);
            add_files(&state, &files);
            assert_eq!(totals(&state), short, "{name}: cut at {cut}");
        }
    }
}
