//! multilog-cat under strace: how much it reads of a large log for a window of time, and what it
//! leaves behind when it is killed at any of its system calls.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;

use maillog_tests::strace::{noted, places, strace};
use maillog_tests::{Test, copy_files, peer, run, scratch, tests, tool};

pub const TESTS: &[Test] =
    tests![a_window_is_found_by_binary_search, a_state_survives_a_kill_at_any_system_call];

/// The moment of line 0.
const START_UNIX: u64 = 1_700_000_000;

/// Line `number` of a log, one each second.
type Line = fn(u64) -> String;

fn labelled(number: u64) -> String {
    let seconds = (1_u64 << 62) + 10 + START_UNIX + number;
    format!("@{seconds:016x}00000000 {number} {}\n", "x".repeat(74))
}

fn stamped(number: u64) -> String {
    format!("{}.000000 mx smtpd[7]: {number} {}\n", START_UNIX + number, "x".repeat(70))
}

/// Makes a log of one file; gives its size.
fn write_log(folder: &Path, lines: u64, line: Line) -> u64 {
    fs::create_dir(folder).unwrap();
    let mut file = File::create(folder.join("current")).unwrap();
    for start in (0..lines).step_by(10_000) {
        let text: String = (start..lines.min(start + 10_000)).map(line).collect();
        file.write_all(text.as_bytes()).unwrap();
    }
    file.metadata().unwrap().len()
}

/// How many bytes are read for ten seconds in the middle of a log, and of how many.
fn read_for_ten_seconds(lines: u64, line: Line) -> (u64, u64) {
    let scratch = scratch();
    let (folder, trace) = (scratch.path().join("log"), scratch.path().join("trace"));
    let size = write_log(&folder, lines, line);
    let (from, to) = (lines / 2, lines / 2 + 10);
    let mut cat = strace("multilog-cat", &trace, &["-e", "trace=read,pread64,readv,preadv"]);
    cat.arg(format!("--since={}", START_UNIX + from)).arg(format!("--until={}", START_UNIX + to));
    let ran = run(cat.arg(&folder), b"");
    assert_eq!(ran.text(), (from..to).map(line).collect::<String>(), "{}", ran.err);
    let calls = noted(&trace);
    let counts = calls.iter().filter_map(|call| call.rsplit(" = ").next()?.parse::<u64>().ok());
    (counts.sum(), size)
}

/// A file that is sixteen times as long takes four steps more, of a page each.
fn a_window_is_found_by_binary_search() {
    if peer("strace", "how much is read").is_none() {
        return;
    }
    for line in [labelled, stamped] {
        let (small, _) = read_for_ten_seconds(40_000, line);
        let (large, size) = read_for_ten_seconds(640_000, line);
        assert!(size > 60_000_000 && large < size / 64, "{large} bytes read of {size}");
        // the last step may leave nearly nothing, or as much as is read at once
        assert!(large < small + 4 * 4096 + 256 * 1024, "{small} bytes, then {large}");
    }
}

/// What a killed run wrote counts if it replaced the state, and then it had written all of it.
fn a_state_survives_a_kill_at_any_system_call() {
    if peer("strace", "a run killed at each system call").is_none() {
        return;
    }
    let ground = scratch();
    let start = ground.path().join("start");
    fs::create_dir(&start).unwrap();
    write_log(&start.join("log"), 100, labelled);
    let cat = |folder: &Path, mut cat: Command| {
        let ran = run(cat.current_dir(folder).args(["--state=state", "log"]), b"");
        (ran.text(), ran.code)
    };
    let plain = || tool("multilog-cat");
    let old: String = (0..100).map(labelled).collect();
    let new: String = (100..200).map(labelled).collect();
    let trace = ground.path().join("trace");
    let traced = |options: &[&str]| strace("multilog-cat", &trace, options);
    let scene = |name: &str| {
        let folder = ground.path().join(name);
        copy_files(&start, &folder);
        assert_eq!(cat(&folder, plain()), (old.clone(), Some(0)));
        let mut log = File::options().append(true).open(folder.join("log/current")).unwrap();
        log.write_all(new.as_bytes()).unwrap();
        folder
    };
    let undisturbed = scene("undisturbed");
    assert_eq!(cat(&undisturbed, traced(&[])), (new.clone(), Some(0)));
    let calls = noted(&trace);
    let mut places = places(&calls);
    // the program's own start, and its end
    places.retain(|(call, _)| !["execve", "exit_group"].contains(call));
    assert!(places.contains(&("write", 1)) && places.len() > 30, "{places:?}");
    let (mut before, mut after) = (0, 0);
    for (call, when) in places {
        let what = format!("inject={call}:signal=KILL:when={when}");
        let folder = scene("disturbed");
        let (killed, code) = cat(&folder, traced(&["-e", &what]));
        assert_eq!(code, None, "{what}: not killed");
        let (again, code) = cat(&folder, plain());
        assert_eq!(code, Some(0), "{what}");
        if again.is_empty() {
            assert_eq!(killed, new, "{what}: lines are lost");
            after += 1;
        } else {
            assert_eq!(again, new, "{what}: lines are lost or come twice");
            before += 1;
        }
        assert_eq!(cat(&folder, plain()), (String::new(), Some(0)), "{what}");
        fs::remove_dir_all(&folder).unwrap();
    }
    assert!(
        before > 10 && after > 0,
        "{before} kills before the state was replaced, {after} after"
    );
}
