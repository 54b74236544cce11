//! qplogtail on a log directory, which it follows.

use std::fs;
use std::io::Write;
use std::path::Path;

use maillog_tests::{Running, Test, scratch, tests, tool};

pub const TESTS: &[Test] =
    tests![follows_a_directory_through_a_rotation, follows_past_files_that_are_gone];

fn follow(folder: &Path) -> Running {
    let mut tail = tool("qplogtail");
    tail.arg("--last=2").arg(folder);
    Running::start(tail)
}

/// The process numbers of the next rows.
fn pids<const COUNT: usize>(tail: &Running) -> [String; COUNT] {
    std::array::from_fn(|_| tail.line().split('\t').nth(1).unwrap().to_owned())
}

/// A line with an event of a process.
fn event(pid: u32) -> String {
    format!("@4000000048641d5c{pid:08} {pid} Accepted connection 0/9 from 192.0.2.1 / x\n")
}

fn follows_a_directory_through_a_rotation() {
    let folder = scratch();
    let current = folder.path().join("current");
    fs::write(&current, (1..=20).map(event).collect::<String>()).unwrap();
    let tail = follow(folder.path());
    assert_eq!(pids(&tail), ["19", "20"]);
    fs::rename(&current, folder.path().join("@4000000048641d6000000000.s")).unwrap();
    fs::write(&current, event(21)).unwrap();
    assert_eq!(pids(&tail), ["21"]);
    let mut log = fs::File::options().append(true).open(&current).unwrap();
    log.write_all(event(22).as_bytes()).unwrap();
    assert_eq!(pids(&tail), ["22"]);
}

/// After files that are gone the rest of a line is known for what it is, too.
fn follows_past_files_that_are_gone() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("current"), event(1) + &event(2)).unwrap();
    let tail = follow(folder.path());
    assert_eq!(pids(&tail), ["1", "2"]);
    fs::remove_file(path("current")).unwrap();
    let rest = "66 Accepted connection 6/6 from 192.0.2.66 / x\n";
    let forged = format!("@4000000058641d5c00000000 {rest}");
    let put = |name: &str, text: String| {
        fs::write(path("new"), text).unwrap();
        fs::rename(path("new"), path(name)).unwrap();
    };
    put("@4000000048641d6000000000.s", rest.to_owned() + &event(3));
    put("current", event(4) + &event(3));
    assert_eq!(pids(&tail), ["3", "4", "3"]);
    fs::remove_file(path("@4000000048641d6000000000.s")).unwrap();
    fs::remove_file(path("current")).unwrap();
    put("@4000000048641d6100000000.s", forged + &event(5));
    assert_eq!(pids(&tail), ["5"]);
}
