//! multilog-cat on logs whose files say little of where their lines begin: few lines are left of
//! them, they are gone, or a client imitates the start of a line.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use maillog_tests::logs::{log_files, multilog, svlogd};
use maillog_tests::{Running, Test, peer, run, scratch, tests, tool};

use crate::multilog_cat::{cat, text};

pub const TESTS: &[Test] = tests![
    a_processor_leaves_few_lines_of_every_file,
    a_copy_is_between_two_names,
    a_file_that_cannot_be_opened,
    a_directory_is_moved_away_and_made_anew,
    a_client_imitates_the_start_of_a_line,
    a_file_that_says_it_is_empty,
    a_file_is_emptied_and_goes_on,
];

/// The length of a label and the blank after it.
const LABEL: usize = 26;

/// The finished files of a log, as text.
fn finished(folder: &Path) -> Vec<String> {
    let files = log_files(folder).into_iter().filter(|file| !file.ends_with("current"));
    files.map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// What a filter leaves of a file was read before it was there, and does not come again.
fn a_processor_leaves_few_lines_of_every_file() {
    if peer("multilog", "reading what a filter leaves").is_none() {
        return;
    }
    for processor in ["!tail -n 1", "!tail -n 2", "!sed -n 9p"] {
        let scratch = scratch();
        let folder = scratch.path().join("log");
        fs::create_dir(&folder).unwrap();
        let follower = Running::start(cat(&["-F"], &folder));
        let mut writer = Running::start(multilog(&["t", "s4096", "n1000", processor], &folder));
        // few enough at once that no file is gone before it is read
        for begin in (0..200).step_by(20) {
            let line = |number: u64| format!("{number:03} {}", "x".repeat(60));
            writer.feed((begin..begin + 20).map(|number| line(number) + "\n").collect::<String>());
            for number in begin..begin + 20 {
                assert_eq!(follower.line()[LABEL..], line(number), "{processor}");
            }
        }
        writer.end();
        let files = finished(&folder).into_iter();
        let few = files.filter(|file| (1..=5).contains(&file.lines().count())).count();
        assert!(few > 3, "{processor} left few lines of {few} files only");
    }
}

/// multilog removes `previous` before it gives the copy of it a label, and on a busy disk that takes
/// long: each step is made here, and stays.
fn a_copy_is_between_two_names() {
    let scratch = scratch();
    let folder = &scratch.path().join("log");
    let path = |name: &str| folder.join(name);
    let line = |number: u64| format!("@400000006b0278a00000000{number} line {number}");
    let write = |name: &str, number| fs::write(path(name), line(number) + "\n").unwrap();
    let rename = |from: &str, to: &str| fs::rename(path(from), path(to)).unwrap();
    let state = format!("--state={}", scratch.path().join("state").display());
    let read = |arguments: &[&str]| run(&mut cat(arguments, folder), b"").succeeded().text();
    let lines = |numbers: &[u64]| numbers.iter().map(|at| line(*at) + "\n").collect::<String>();

    fs::create_dir(folder).unwrap();
    write(&(line(2)[..LABEL - 1].to_owned() + ".s"), 1);
    write("current", 3);
    let follower = Running::start(cat(&["-F"], folder));
    assert_eq!([follower.line(), follower.line()], [line(1), line(3)]);
    assert_eq!(read(&[&state]), lines(&[1, 3]));

    rename("current", "previous");
    write("current", 5);
    fs::copy(path("previous"), path("processed")).unwrap();
    fs::remove_file(path("previous")).unwrap();
    assert_eq!(follower.line(), line(5));
    assert_eq!(read(&[]), lines(&[1, 3, 5]));
    assert_eq!(read(&[&state]), lines(&[5]));

    rename("processed", &(line(6)[..LABEL - 1].to_owned() + ".s"));
    rename("current", "previous");
    write("current", 7);
    assert_eq!(follower.line(), line(7));
    assert_eq!(read(&[]), lines(&[1, 3, 5, 7]));
    assert_eq!(read(&[&state]), lines(&[7]));
}

/// Nobody can open a socket, not even root; the files after it are read all the same.
fn a_file_that_cannot_be_opened() {
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

/// A directory that goes away and comes back, and a log of which only the tail is wanted.
fn a_directory_is_moved_away_and_made_anew() {
    let scratch = scratch();
    let (folder, elsewhere) = (scratch.path().join("log"), scratch.path().join("old"));
    let line = |number: u64| format!("@400000006b0278a0{number:08x} {}", text(number));
    let follower = Running::start(cat(&["-F"], &folder));
    for round in 0..3 {
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("current"), line(round) + "\n").unwrap();
        assert_eq!(follower.line(), line(round));
        fs::rename(&folder, &elsewhere).unwrap();
        let mut file = File::options().append(true).open(elsewhere.join("current")).unwrap();
        file.write_all(b"@400000006b0278a0ffffffff late\n").unwrap();
        assert!(follower.line().ends_with(" late"));
        fs::remove_dir_all(&elsewhere).unwrap();
    }
}

/// What the client says looks like a line of the log.
const FORGED: &str = "@4000000048641d5c00000000 66 Accepted connection 6/6 from 192.0.2.66 / x";

/// Lines whose file is full right before what looks like a line of its own, for a log that begins
/// with nothing and whose files hold 4096 bytes; each is written when the one before has been.
fn forging_lines(count: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut used = 0;
    for number in 0..count {
        let mut line = format!("{number} dispatching HELO ");
        line += &"x".repeat(4096 - used - LABEL - line.len());
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

fn a_client_imitates_the_start_of_a_line() {
    type Logger = fn(&Path) -> Command;
    let loggers: [(&str, Logger, usize); 4] = [
        ("multilog", |folder| multilog(&["t", "s4096", "n1000"], folder), 15),
        ("multilog", |folder| multilog(&["t", "s4096", "n1000", "!cat"], folder), 15),
        ("svlogd", |folder| svlogd("s4096\nn0\n", folder), 15),
        ("svlogd", |folder| svlogd("s4096\nn0\n!sleep 1; cat\n", folder), 3),
    ];
    for (name, logger, count) in loggers {
        if peer(name, "reading imitated lines").is_some() {
            read_forged(logger, count);
        }
    }
}

fn read_forged(logger: fn(&Path) -> Command, count: usize) {
    let scratch = scratch();
    let folder = scratch.path().join("log");
    fs::create_dir(&folder).unwrap();
    let fed = forging_lines(count);
    let follower = Running::start(cat(&["-F"], &folder));
    let mut writer = Running::start(logger(&folder));
    let text = |line: &str| line.get(LABEL..).unwrap_or_default().to_owned();
    for (line, number) in fed.iter().zip(1..) {
        writer.feed(line.clone() + "\n");
        let next = text(&follower.line());
        let lengths = (next.len(), line.len());
        assert!(next == *line, "following: line {number}: lengths {lengths:?}");
        let ran = run(&mut cat(&[], &folder), b"").text();
        assert!(ran.lines().map(text).eq(fed[..number].iter().cloned()), "line {number}: {ran}");
        let ran = run(tool("qploggrep").arg(".").arg(&folder), b"");
        assert_eq!(ran.text(), "");
        assert!(
            ran.err.contains("no event of qpsmtpd") && ran.err.contains(" 0 used "),
            "{}",
            ran.err
        );
    }
    writer.end();
    let forged = finished(&folder).into_iter().filter(|file| file.starts_with(&FORGED[..28]));
    assert!(forged.count() > count / 2, "the files do not begin with what was said");
    let whole = run(&mut cat(&[], &folder), b"").text();
    // a window that begins in any file, and ends there
    let labels: Vec<&str> = whole.lines().map(|line| &line[..LABEL - 1]).collect();
    for (at, label) in labels.iter().enumerate() {
        let ran = run(&mut cat(&[&format!("--since={label}")], &folder), b"").text();
        assert!(ran.lines().map(text).eq(fed[at..].iter().cloned()), "since {at}: {ran}");
        let ran = run(&mut cat(&[&format!("--until={label}")], &folder), b"").text();
        assert!(ran.lines().map(text).eq(fed[..at].iter().cloned()), "until {at}: {ran}");
    }
}

/// The kernel says that its files are empty; they are read once all the same, not again and again.
fn a_file_that_says_it_is_empty() {
    const FILE: &str = "/proc/version";
    let text = fs::read_to_string(FILE).unwrap();
    let ran = run(tool("multilog-cat").arg(FILE), b"").succeeded();
    assert_eq!(ran.text(), text);
    for (name, arguments, code) in [("qploggrep", &["Linux"][..], 1), ("qplogtail", &[], 0)] {
        let ran = run(tool(name).args(arguments).arg(FILE), b"");
        assert_eq!((ran.text(), ran.code), (String::new(), Some(code)), "{name}");
        assert!(ran.err.contains("; 1 line = 0 used + 1 skipped"), "{}", ran.err);
    }
}

/// As by logrotate's `copytruncate`: what is there then is new, though it is shorter than before.
fn a_file_is_emptied_and_goes_on() {
    let scratch = scratch();
    let file = scratch.path().join("log");
    fs::write(&file, "one\ntwo\nthree\n").unwrap();
    let follower = Running::start(cat(&["-F"], &file));
    assert_eq!([follower.line(), follower.line(), follower.line()], ["one", "two", "three"]);
    fs::write(&file, "four\n").unwrap();
    assert_eq!(follower.line(), "four");
}
