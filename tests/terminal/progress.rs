//! The line that says how far long work is.

use std::fs;
use std::net::UdpSocket;

use libtest_mimic::Trial;
use maillog_tests::{command, peer, root, run, scratch, trial};

/// A call that reads as slowly as it is fed, and the line that it is fed again and again.
struct Call {
    name: &'static str,
    args: &'static str,
    line: &'static str,
    /// It can be told to be quiet.
    has_quiet: bool,
}

const CALLS: [Call; 5] = [
    Call {
        name: "multilog-cat",
        args: "",
        line: "@4000000043b940aa2d2dd2b8 a line\n",
        has_quiet: true,
    },
    Call { name: "traffic-load", args: "--db=db", line: "20.06.2005.qml.txt\n", has_quiet: false },
    Call {
        name: "traffic-rotate",
        args: "--into=archive --dry-run",
        line: "20.06.2005.qml.txt\n",
        has_quiet: false,
    },
    Call {
        name: "traffic-report",
        args: "--day=2026-11-22",
        line: "2026-11-22\t\tmx\texample.net\t\tqmail-send\tmail.in\t\t7\n",
        has_quiet: true,
    },
    Call {
        name: "dnsbl-check",
        args: "--list=bl.example.org --no-self-test --timeout=3 --tries=1",
        line: "192.0.2.1\n",
        has_quiet: true,
    },
];

/// When work is long enough for a line about it.
const PATIENCE_MS: u32 = 2000;
/// Of a terminal that has no room for the whole line.
const NARROW_COLUMNS: u16 = 20;
/// After that time a line is there, if there will be one.
const LONG_SECONDS: &str = "2.6 0";

pub fn trials() -> impl Iterator<Item = Trial> {
    let tells = |call: Call| trial(format!("{}: progress", call.name), move || tells(&call));
    let shows_itself = trial("multilog-cat: lines on the terminal are progress", shows_itself);
    CALLS.into_iter().map(tells).chain([shows_itself])
}

/// Each line is written as it comes.
fn shows_itself() {
    if peer("python3", "progress").is_none() {
        return;
    }
    let [call, ..] = CALLS;
    let (after, said) = call.watched(LONG_SECONDS, 0, ">&2");
    assert!(after.is_some_and(|milliseconds| milliseconds < PATIENCE_MS), "{after:?}");
    assert!(said.lines().all(|line| line == call.line.trim_end()), "{said:?}");
}

fn tells(call: &Call) {
    if peer("python3", "progress").is_none() {
        return;
    }
    let (after, said) = call.watched("0 60", 0, "");
    assert!(after >= Some(PATIENCE_MS), "{after:?}: {said:?}");
    let line = format!("\r{}: ", call.name);
    assert!(said.starts_with(&line) && said.contains("\r\x1b[K"), "{said:?}");
    // it is taken away, and what else was said has lines of its own
    let rest = said.rsplit("\x1b[K").next().unwrap();
    assert!(rest.is_empty() || rest.starts_with(&line[1..]) && rest.ends_with("\r\n"), "{said:?}");
    // it never fills a line of the terminal, which would make a second one
    let (_, said) = call.watched("0 60", NARROW_COLUMNS, "");
    let line = said.split_once("\x1b[K").unwrap().0;
    assert!(line.len() <= usize::from(NARROW_COLUMNS) && line.len() > call.name.len(), "{said:?}");
    let (_, said) = call.watched("0 0", 0, "");
    assert!(!said.contains('\x1b'), "{said:?}");
    let (_, said) = call.watched(LONG_SECONDS, 0, "2>err");
    assert_eq!(said, "");
    if call.has_quiet {
        let (_, said) = call.watched(LONG_SECONDS, 0, "--quiet");
        assert!(!said.contains('\x1b'), "{said:?}");
    }
}

impl Call {
    /// What it says on a terminal of so many columns, 0 if that does not say, and after how many
    /// milliseconds, fed for this time: the least and the most seconds. `more` are words for the shell. What it says elsewhere has no trace of a terminal.
    fn watched(&self, seconds: &str, columns: u16, more: &str) -> (Option<u32>, String) {
        let scratch = scratch();
        let folder = scratch.path();
        fs::write(folder.join("20.06.2005.qml.txt"), "|example.net|5|2|0|\n").unwrap();
        // takes questions, and never answers
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port();
        let server = self.args.contains("--tries").then(|| format!("--server=127.0.0.1:{port}"));
        let script =
            format!("exec {} {} {} {more}", self.name, self.args, server.unwrap_or_default());
        let mut python = command("python3");
        python.arg(root().join("tests/terminal/watch.py")).args(seconds.split(' '));
        python.args(["0.1", &columns.to_string()]);
        python.args(["sh", "-c", &script]).current_dir(folder);
        let ran = run(&mut python, self.line.as_bytes());
        assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
        let err = fs::read_to_string(folder.join("err")).unwrap_or_default();
        assert!(!err.contains(['\r', '\x1b']), "{err:?}");
        let text = ran.text();
        let (milliseconds, said) = text.split_once('\n').unwrap();
        (milliseconds.parse().ok(), said.to_owned())
    }
}
