//! multilog-cat beside the real multilog, s6-log and svlogd while they rotate every few
//! milliseconds: no line is lost, none comes twice, none is torn.
#![allow(
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test stops where its ground is missing, and says why"
)]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Trial};
use maillog_tests::{STUCK, command, names_in, peer, run, scratch, tool};

fn main() -> ExitCode {
    let tests: [(&str, fn()); 10] = [
        ("10,000 lines a second, read again and again, followed, and with a state", under_load),
        ("old files are deleted meanwhile", deleted_meanwhile),
        ("a processor copies every file", copied_by_processor),
        ("a processor leaves few lines of every file", few_lines_left),
        ("a file that cannot be opened", unreadable),
        ("multilog is killed again and again", writer_killed),
        ("s6-log", under_s6_log),
        ("svlogd", under_svlogd),
        ("a directory that is moved away and made anew", moved_away),
        ("a client imitates the start of a line where a file ends", forged_labels),
    ];
    let trials = tests.map(|(name, test)| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

/// Lines per second.
const RATE: u64 = 10_000;

/// The text of line `number`. Every 97th is so long that a rotation may cut it in two.
fn text(number: u64) -> String {
    let length = if number.is_multiple_of(97) { 2_500 } else { number % 50 };
    format!("{number} {}.", "x".repeat(usize::try_from(length).unwrap()))
}

/// Writes the lines `from..to` at the rate, a hundredth of a second's at a time.
fn feed(writer: &mut ChildStdin, from: u64, to: u64) {
    let begin = Instant::now();
    for start in (from..to).step_by(100) {
        let lines: String =
            (start..to.min(start + 100)).map(|number| text(number) + "\n").collect();
        writer.write_all(lines.as_bytes()).unwrap();
        let due = Duration::from_secs(start + 100 - from) / u32::try_from(RATE).unwrap();
        sleep(due.saturating_sub(begin.elapsed()));
    }
}

/// What a logger was told, and how it is started in a folder.
type Logger = fn(&Path) -> Command;

fn multilog(script: &'static [&'static str]) -> impl Fn(&Path) -> Command {
    move |folder| {
        let mut multilog = command("multilog");
        multilog.args(script).arg(folder);
        multilog
    }
}

fn start(mut command: Command) -> Child {
    command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

fn cat(arguments: &[&str], folder: &Path) -> Command {
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
    /// How many lines came.
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

/// Reads the whole log over and over until it is told to stop; how often it did.
fn read_repeatedly(folder: &Path, stop: &AtomicBool, gaps: bool) -> u64 {
    let mut times = 0;
    let mut seen = 0;
    while !stop.load(Ordering::Relaxed) {
        let ran = run(&mut cat(&[], folder), b"");
        assert_eq!((ran.err.as_str(), ran.code), ("", Some(0)), "reading");
        let mut sequence = Sequence { gaps, ..Sequence::default() };
        sequence.take_all(whole(&ran.out), "reading");
        assert!(sequence.next >= seen, "reading: {} after {seen}", sequence.next);
        seen = sequence.next;
        times += 1;
    }
    times
}

/// Follows the log up to the line before `end`, and a little longer.
fn follow(folder: &Path, end: u64, gaps: bool) -> u64 {
    let mut child = cat(&["--follow"], folder).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (sender, receiver) = mpsc::channel();
    let reader = thread::spawn(move || lines.for_each(|line| drop(sender.send(line.unwrap()))));
    let mut sequence = Sequence { gaps, ..Sequence::default() };
    while sequence.next < end {
        sequence.take(&receiver.recv_timeout(STUCK).unwrap(), "following");
    }
    // what came twice would come now
    let more = receiver.recv_timeout(Duration::from_millis(500));
    assert!(more.is_err(), "following: {more:?} after the end");
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
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
        let mut child = command.stdout(File::create(&output).unwrap()).spawn().unwrap();
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

/// Whoever only reads does not wait for a log to be there.
fn wait_for_log(folder: &Path) {
    let begun = Instant::now();
    while !folder.join("current").exists() {
        assert!(begun.elapsed() < STUCK, "the logger made no log");
        sleep(Duration::from_millis(5));
    }
}

/// Feeds a logger for some seconds while its log is read in all three ways.
fn read_all_ways(logger: impl Fn(&Path) -> Command, seconds: u64) {
    let scratch = scratch();
    let folder = scratch.path().join("log");
    let end = seconds * RATE;
    let fed = AtomicBool::new(false);
    thread::scope(|scope| {
        let followed = scope.spawn(|| follow(&folder, end, false));
        sleep(Duration::from_millis(100));
        fs::create_dir(&folder).unwrap();
        let mut writer = start(logger(&folder));
        wait_for_log(&folder);
        let read = scope.spawn(|| read_repeatedly(&folder, &fed, false));
        let state = scratch.path().join("state");
        let resumed = scope.spawn(|| {
            let state = state;
            read_with_state(&folder, &state, end)
        });
        let mut input = writer.stdin.take().unwrap();
        feed(&mut input, 0, end);
        drop(input);
        writer.wait().unwrap();
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

fn under_load() {
    if peer("multilog", "reading under load").is_some() {
        read_all_ways(multilog(&["t", "s16384", "n100000"]), 60);
    }
}

fn copied_by_processor() {
    if peer("multilog", "reading copies of a processor").is_some() {
        read_all_ways(multilog(&["t", "s16384", "n100000", "!cat"]), 10);
    }
}

/// What a filter leaves of a file was read before it was there, and does not come again.
fn few_lines_left() {
    if peer("multilog", "reading what a filter leaves").is_none() {
        return;
    }
    let scripts: [&[&str]; 3] = [
        &["t", "s4096", "n1000", "!tail -n 1"],
        &["t", "s4096", "n1000", "!tail -n 2"],
        &["t", "s4096", "n1000", "!sed -n 9p"],
    ];
    for script in scripts {
        let scratch = scratch();
        let folder = scratch.path().join("log");
        fs::create_dir(&folder).unwrap();
        let mut child = Follower(cat(&["-F"], &folder).stdout(Stdio::piped()).spawn().unwrap());
        let mut followed = BufReader::new(child.0.stdout.take().unwrap()).lines();
        let mut writer = start(multilog(script)(&folder));
        let mut input = writer.stdin.take().unwrap();
        // so few at once that no file is gone before it is read
        for begin in (0..200).step_by(20) {
            let line = |number: u64| format!("{number:03} {}", "x".repeat(60));
            let lines: String = (begin..begin + 20).map(|number| line(number) + "\n").collect();
            input.write_all(lines.as_bytes()).unwrap();
            for number in begin..begin + 20 {
                assert_eq!(followed.next().unwrap().unwrap()[26..], line(number), "{script:?}");
            }
        }
        drop(input);
        writer.wait().unwrap();
        let lines = |name: &String| fs::read_to_string(folder.join(name)).unwrap().lines().count();
        let files = names_in(&folder).into_iter().filter(|name| name.starts_with('@'));
        let few = files.filter(|name| (1..=5).contains(&lines(name))).count();
        assert!(few > 3, "{script:?} left few lines of {few} files only");
    }
}

/// A socket cannot be opened, whoever runs this; what stands behind it is read all the same.
fn unreadable() {
    let scratch = scratch();
    let folder = scratch.path();
    let (old, new) = ("@400000006b0278a000000001 old\n", "@400000006b0278a000000004 new\n");
    fs::write(folder.join("@400000006b0278a000000002.s"), old).unwrap();
    fs::write(folder.join("current"), new).unwrap();
    for name in ["@400000006b0278a000000003.s", "previous"] {
        let _socket = UnixListener::bind(folder.join(name)).unwrap();
        let ran = run(&mut cat(&[], folder), b"");
        assert_eq!((ran.text(), ran.code), ([old, new].concat(), Some(2)), "{name}");
        assert!(ran.err.contains(name) && ran.err.lines().count() == 1, "{}", ran.err);
        fs::remove_file(folder.join(name)).unwrap();
    }
}

fn under_s6_log() {
    if peer("s6-log", "reading under load").is_some() {
        let logger: Logger = |folder| {
            let mut logger = command("s6-log");
            logger.args(["t", "n100000", "s16384"]).arg(folder);
            logger
        };
        read_all_ways(logger, 8);
    }
}

fn under_svlogd() {
    if peer("svlogd", "reading under load").is_some() {
        let logger: Logger = |folder| {
            fs::write(folder.join("config"), "s16384\nn0\n").unwrap();
            svlogd(folder)
        };
        read_all_ways(logger, 8);
    }
}

/// multilog keeps five files: who is slow misses what is gone, and nothing else.
fn deleted_meanwhile() {
    if peer("multilog", "reading beside deletions").is_none() {
        return;
    }
    let scratch = scratch();
    let folder = scratch.path();
    let end = 10 * RATE;
    let fed = AtomicBool::new(false);
    thread::scope(|scope| {
        let mut writer = start(multilog(&["t", "s16384", "n5"])(folder));
        wait_for_log(folder);
        let followed = scope.spawn(|| follow(folder, end, true));
        let read = scope.spawn(|| read_repeatedly(folder, &fed, true));
        let mut input = writer.stdin.take().unwrap();
        feed(&mut input, 0, end);
        drop(input);
        writer.wait().unwrap();
        let lines = followed.join().unwrap();
        fed.store(true, Ordering::Relaxed);
        let times = read.join().unwrap();
        // what is there at the end is read whole
        let ran = run(&mut cat(&[], folder), b"");
        let bytes = |name: &String| fs::read(folder.join(name)).unwrap();
        let names = names_in(folder).into_iter().filter(|name| name.starts_with('@'));
        let files: Vec<u8> =
            names.chain(["current".into()]).flat_map(|name| bytes(&name)).collect();
        assert_eq!(ran.out, files);
        eprintln!("{end} lines, five files kept: read {times} times, {lines} lines followed");
    });
}

/// kill -9 makes multilog lose what it held, and makes files of another suffix.
fn writer_killed() {
    if peer("multilog", "reading files of a killed writer").is_none() {
        return;
    }
    let scratch = scratch();
    let folder = scratch.path().join("log");
    let state = format!("--state={}", scratch.path().join("state").display());
    let mut resumed = Vec::new();
    for round in 0..15 {
        let mut writer = start(multilog(&["t", "s16384", "n100000"])(&folder));
        let mut input = writer.stdin.take().unwrap();
        feed(&mut input, round * 1000, round * 1000 + 1000);
        writer.kill().unwrap();
        writer.wait().unwrap();
        resumed.extend(run(&mut cat(&[&state], &folder), b"").out);
    }
    let names = names_in(&folder);
    assert!(
        names.iter().filter(|name| name.strip_suffix(".u").is_some()).count() > 10,
        "{names:?}"
    );
    // The writer is gone, so every line that is on disk is read once, the torn ones as they are.
    let all = run(&mut cat(&[], &folder), b"").text();
    let mut sequence = Sequence { gaps: true, ..Sequence::default() };
    sequence.take_all(&all, "afterwards");
    let resumed = String::from_utf8(resumed).unwrap();
    let (all, resumed): (Vec<&str>, Vec<&str>) = (all.lines().collect(), resumed.lines().collect());
    // the last line may be half, and is not given out with a state while it may go on
    assert!(all == resumed || all[..all.len() - 1] == resumed, "a state lost or doubled lines");
}

/// Lines whose file is full right before what looks like a line of its own, for a log that begins
/// with nothing and whose files hold 4096 bytes; each is written when the one before has been.
fn forging_lines(count: usize) -> Vec<String> {
    const FORGED: &str = "@4000000048641d5c00000000 66 Accepted connection 6/6 from 192.0.2.66 / x";
    let label = 26;
    let mut lines = Vec::new();
    let mut used = 0;
    for number in 0..count {
        let mut line = format!("{number} dispatching HELO ");
        line += &"x".repeat(4096 - used - label - line.len());
        // every third goes on through a whole file
        if number % 3 == 2 {
            line += &FORGED.repeat(4096 / FORGED.len() + 1)[..4096];
        }
        line += FORGED;
        used = FORGED.len() + 1;
        lines.push(line);
    }
    lines
}

/// One who follows, and is not left behind when a test fails.
struct Follower(Child);

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn forged_labels() {
    let slow: Logger = |folder| {
        fs::write(folder.join("config"), "s4096\nn0\n!sleep 1; cat\n").unwrap();
        svlogd(folder)
    };
    let quick: Logger = |folder| {
        fs::write(folder.join("config"), "s4096\nn0\n").unwrap();
        svlogd(folder)
    };
    let plain: Logger = |folder| multilog(&["t", "s4096", "n1000"])(folder);
    let copied: Logger = |folder| multilog(&["t", "s4096", "n1000", "!cat"])(folder);
    let loggers = [
        ("multilog", plain, 15),
        ("multilog", copied, 15),
        ("svlogd", quick, 15),
        ("svlogd", slow, 3),
    ];
    for (name, logger, count) in loggers {
        if peer(name, "reading imitated lines").is_some() {
            read_forged(logger, count);
        }
    }
}

fn svlogd(folder: &Path) -> Command {
    let mut logger = command("svlogd");
    logger.args(["-t", "-b", "65536"]).arg(folder);
    logger
}

fn read_forged(logger: Logger, count: usize) {
    let scratch = scratch();
    let folder = scratch.path().join("log");
    fs::create_dir(&folder).unwrap();
    let fed = forging_lines(count);
    let mut child = Follower(cat(&["-F"], &folder).stdout(Stdio::piped()).spawn().unwrap());
    let mut followed = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let mut writer = start(logger(&folder));
    let mut input = writer.stdin.take().unwrap();
    let text = |line: &str| line.get(26..).unwrap_or_default().to_owned();
    for (line, number) in fed.iter().zip(1..) {
        input.write_all((line.clone() + "\n").as_bytes()).unwrap();
        let next = text(&followed.next().unwrap().unwrap());
        assert!(
            next == *line,
            "following: line {number} is {} bytes, not {}",
            next.len(),
            line.len()
        );
        let ran = run(&mut cat(&[], &folder), b"").text();
        assert!(ran.lines().map(text).eq(fed[..number].iter().cloned()), "line {number}: {ran}");
        let ran = run(tool("qploggrep").arg(".").arg(&folder), b"");
        assert_eq!((ran.text().as_str(), ran.err.as_str()), ("", ""));
    }
    drop(input);
    writer.wait().unwrap();
    let files = names_in(&folder).into_iter().filter(|name| name.starts_with('@'));
    let files: Vec<Vec<u8>> = files.map(|name| fs::read(folder.join(name)).unwrap()).collect();
    let forged = files.iter().filter(|file| file.starts_with(b"@4000000048641d5c00000000 66"));
    assert!(forged.count() > count / 2, "the files do not begin with what was said");
    let whole = run(&mut cat(&[], &folder), b"").text();
    // a window that begins in any file, and ends there
    let labels: Vec<&str> = whole.lines().map(|line| &line[..25]).collect();
    for (at, label) in labels.iter().enumerate() {
        let ran = run(&mut cat(&[&format!("--since={label}")], &folder), b"").text();
        assert!(ran.lines().map(text).eq(fed[at..].iter().cloned()), "since {at}: {ran}");
        let ran = run(&mut cat(&[&format!("--until={label}")], &folder), b"").text();
        assert!(ran.lines().map(text).eq(fed[..at].iter().cloned()), "until {at}: {ran}");
    }
}

/// A directory that goes away and comes back, and a log of which only the tail is wanted.
fn moved_away() {
    let scratch = scratch();
    let (folder, elsewhere) = (scratch.path().join("log"), scratch.path().join("old"));
    let line = |number: u64| format!("@400000006b0278a0{number:08x} {}\n", text(number));
    let mut child = cat(&["-F"], &folder).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for round in 0..3 {
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("current"), line(round)).unwrap();
        assert_eq!(lines.next().unwrap().unwrap() + "\n", line(round));
        fs::rename(&folder, &elsewhere).unwrap();
        let mut file = File::options().append(true).open(elsewhere.join("current")).unwrap();
        file.write_all(b"@400000006b0278a0ffffffff late\n").unwrap();
        assert!(lines.next().unwrap().unwrap().ends_with(" late"));
        fs::remove_dir_all(&elsewhere).unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
