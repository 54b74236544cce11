//! multilog-cat beside the real multilog, s6-log and svlogd while they rotate every few
//! milliseconds: no line is lost, none comes twice, none is torn.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use maillog_tests::logs::{log_files, multilog, read_log, s6_log, svlogd};
use maillog_tests::{Running, Test, names_in, peer, run, scratch, tests, tool, wait_until};

pub const TESTS: &[Test] = tests![
    under_load_for_a_minute,
    old_files_are_deleted_meanwhile,
    a_processor_copies_every_file,
    multilog_is_killed_again_and_again,
    s6_log_under_load,
    svlogd_under_load,
];

/// Lines per second.
const RATE: u64 = 10_000;

/// The text of line `number`. Every 97th is long enough for a rotation to cut it in two.
pub fn text(number: u64) -> String {
    let length = if number.is_multiple_of(97) { 2_500 } else { number % 50 };
    format!("{number} {}.", "x".repeat(usize::try_from(length).unwrap()))
}

/// Writes the lines `from..to` at the rate, a hundredth of a second's at a time.
fn feed(writer: &mut Running, from: u64, to: u64) {
    let begun = Instant::now();
    for start in (from..to).step_by(100) {
        let lines: String =
            (start..to.min(start + 100)).map(|number| text(number) + "\n").collect();
        writer.feed(lines);
        let due = Duration::from_secs(start + 100 - from) / u32::try_from(RATE).unwrap();
        sleep(due.saturating_sub(begun.elapsed()));
    }
}

pub fn cat(arguments: &[&str], folder: &Path) -> Command {
    let mut cat = tool("multilog-cat");
    cat.args(arguments).arg(folder);
    cat
}

/// The lines that were expected next, checked one after the other.
#[derive(Debug, Default)]
struct Sequence {
    next: u64,
    /// Numbers may be missing: their files were deleted.
    gaps: bool,
    /// The number of lines that came.
    count: u64,
}

impl Sequence {
    /// Takes a line; fails unless it is whole and in its turn.
    fn take(&mut self, line: &str, who: &str) {
        let body = match line.strip_prefix('@') {
            Some(labelled) => &labelled[25..],
            // the end of a line whose beginning was deleted
            None if self.gaps => return,
            None => panic!("{who}: a line without label: {line:?}"),
        };
        let number = body.split(' ').next().and_then(|number| number.parse().ok());
        let number: u64 = number.unwrap_or_else(|| panic!("{who}: {line:?}"));
        let fits = if self.gaps { number >= self.next } else { number == self.next };
        assert!(fits, "{who}: {number} where {} was due", self.next);
        assert!(body == text(number) || self.gaps, "{who}: {number} is torn: {body:?}");
        self.next = number + 1;
        self.count += 1;
    }

    fn take_all(&mut self, lines: &str, who: &str) {
        lines.lines().for_each(|line| self.take(line, who));
    }
}

/// The whole lines of an output; the last may be half, since its writer is not done with it.
fn whole(out: &[u8]) -> &str {
    let end = out.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    std::str::from_utf8(&out[..end]).unwrap()
}

/// Reads the whole log over and over until `stop` is set; counts how often.
fn read_repeatedly(folder: &Path, stop: &AtomicBool, gaps: bool) -> u64 {
    let mut times = 0;
    let mut seen = 0;
    while !stop.load(Ordering::Relaxed) {
        let ran = run(&mut cat(&[], folder), b"");
        let is_gap =
            |line: &str| gaps && line.ends_with(": files were deleted before they were read");
        assert!(ran.code == Some(0) && ran.err.lines().all(is_gap), "reading: {}", ran.err);
        let mut sequence = Sequence { gaps, ..Sequence::default() };
        sequence.take_all(whole(&ran.out), "reading");
        assert!(sequence.next >= seen, "reading: {} after {seen}", sequence.next);
        seen = sequence.next;
        times += 1;
    }
    times
}

/// Follows the log up to the line before `end`, and a little longer; counts the lines.
fn follow(folder: &Path, end: u64, gaps: bool) -> u64 {
    let follower = Running::start(cat(&["--follow"], folder));
    let mut sequence = Sequence { gaps, ..Sequence::default() };
    while sequence.next < end {
        sequence.take(&follower.line(), "following");
    }
    // what came twice would come now
    let more = follower.line_within(Duration::from_millis(500));
    assert!(more.is_none(), "following: {more:?} after the end");
    sequence.count
}

/// Runs with a state over and over, every other time killed at some moment. What a run wrote
/// counts if it replaced the state; otherwise the next run writes it again.
fn read_with_state(folder: &Path, state: &Path, end: u64) -> (u64, u64) {
    let mut sequence = Sequence::default();
    let (mut runs, mut killed) = (0_u64, 0);
    let output = state.with_extension("out");
    let arguments = format!("--state={}", state.display());
    while sequence.next < end {
        let before = fs::read(state).unwrap_or_default();
        let mut command = cat(&[&arguments], folder);
        command.stdin(Stdio::null()).stdout(File::create(&output).unwrap());
        let mut child = command.spawn().unwrap();
        if runs % 2 == 1 {
            sleep(Duration::from_micros(runs * 7919 % 23_000));
            child.kill().unwrap();
        }
        let ended = child.wait().unwrap();
        killed += u64::from(ended.code().is_none());
        assert!(matches!(ended.code(), None | Some(0)), "{ended}");
        if fs::read(state).unwrap_or_default() != before {
            let out = fs::read(&output).unwrap();
            assert!(out.is_empty() || out.ends_with(b"\n"), "with a state: half a line");
            sequence.take_all(std::str::from_utf8(&out).unwrap(), "with a state");
        }
        runs += 1;
    }
    (runs, killed)
}

/// Starts a logger and waits until its log is there, since who only reads does not wait for it.
fn start(logger: Command, folder: &Path) -> Running {
    let writer = Running::start(logger);
    wait_until("the log", || folder.join("current").exists());
    writer
}

/// Feeds a logger for some seconds while its log is read in all three ways.
fn read_all_ways(logger: impl Fn(&Path) -> Command, seconds: u64) {
    let scratch = scratch();
    let folder = scratch.path().join("log");
    let state = scratch.path().join("state");
    let end = seconds * RATE;
    let fed = AtomicBool::new(false);
    thread::scope(|scope| {
        let followed = scope.spawn(|| follow(&folder, end, false));
        sleep(Duration::from_millis(100));
        fs::create_dir(&folder).unwrap();
        let mut writer = start(logger(&folder), &folder);
        let read = scope.spawn(|| read_repeatedly(&folder, &fed, false));
        let resumed = scope.spawn(|| read_with_state(&folder, &state, end));
        feed(&mut writer, 0, end);
        writer.end();
        let lines = followed.join().unwrap();
        let (runs, killed) = resumed.join().unwrap();
        fed.store(true, Ordering::Relaxed);
        let times = read.join().unwrap();
        let ran = run(&mut cat(&[], &folder), b"");
        let mut all = Sequence::default();
        all.take_all(&ran.text(), "afterwards");
        assert_eq!((all.next, lines), (end, end));
        assert!(times > 0 && runs > 2 && killed > 0, "{times} {runs} {killed}");
        let files = names_in(&folder).len();
        assert!(files > 20, "the logger did not rotate");
        eprintln!(
            "{end} lines in {files} files: read {times} times, followed once, resumed {runs} \
             times of which {killed} were killed: 0 lost, 0 doubled, 0 torn"
        );
    });
}

fn under_load_for_a_minute() {
    if peer("multilog", "reading under load").is_some() {
        read_all_ways(|folder| multilog(&["t", "s16384", "n100000"], folder), 60);
    }
}

fn a_processor_copies_every_file() {
    if peer("multilog", "reading copies of a processor").is_some() {
        read_all_ways(|folder| multilog(&["t", "s16384", "n100000", "!cat"], folder), 10);
    }
}

fn s6_log_under_load() {
    if peer("s6-log", "reading under load").is_some() {
        read_all_ways(|folder| s6_log(&["t", "n100000", "s16384"], folder), 8);
    }
}

fn svlogd_under_load() {
    if peer("svlogd", "reading under load").is_some() {
        read_all_ways(|folder| svlogd("s16384\nn0\n", folder), 8);
    }
}

/// multilog keeps five files: a slow reader misses what is gone, and nothing else.
fn old_files_are_deleted_meanwhile() {
    if peer("multilog", "reading beside deletions").is_none() {
        return;
    }
    let scratch = scratch();
    let folder = scratch.path();
    let end = 10 * RATE;
    let fed = AtomicBool::new(false);
    thread::scope(|scope| {
        let mut writer = start(multilog(&["t", "s16384", "n5"], folder), folder);
        let followed = scope.spawn(|| follow(folder, end, true));
        let read = scope.spawn(|| read_repeatedly(folder, &fed, true));
        feed(&mut writer, 0, end);
        writer.end();
        let lines = followed.join().unwrap();
        fed.store(true, Ordering::Relaxed);
        let times = read.join().unwrap();
        // what is there at the end is read whole
        assert_eq!(run(&mut cat(&[], folder), b"").out, read_log(folder));
        eprintln!("{end} lines, five files kept: read {times} times, {lines} lines followed");
    });
}

/// kill -9 makes multilog lose what it held, and makes files of another suffix.
fn multilog_is_killed_again_and_again() {
    if peer("multilog", "reading files of a killed writer").is_none() {
        return;
    }
    let scratch = scratch();
    let folder = scratch.path().join("log");
    let state = format!("--state={}", scratch.path().join("state").display());
    let mut resumed = Vec::new();
    for round in 0..15 {
        let mut writer = Running::start(multilog(&["t", "s16384", "n100000"], &folder));
        feed(&mut writer, round * 1000, round * 1000 + 1000);
        drop(writer);
        resumed.extend(run(&mut cat(&[&state], &folder), b"").out);
    }
    let files = log_files(&folder);
    let torn = files.iter().filter(|file| file.extension().is_some_and(|suffix| suffix == "u"));
    assert!(torn.count() > 10, "{files:?}");
    // The writer is gone, so every line that is on disk is read once, the torn ones as they are.
    let all = run(&mut cat(&[], &folder), b"").text();
    let mut sequence = Sequence { gaps: true, ..Sequence::default() };
    sequence.take_all(&all, "afterwards");
    let resumed = String::from_utf8(resumed).unwrap();
    let (all, resumed): (Vec<&str>, Vec<&str>) = (all.lines().collect(), resumed.lines().collect());
    // the last line may be half, and is not written with a state while it may go on
    assert!(all == resumed || all[..all.len() - 1] == resumed, "a state lost or doubled lines");
}
