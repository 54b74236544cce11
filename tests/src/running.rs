//! Commands that are run: to their end, or beside the test that feeds and reads them.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

/// Long enough for any command of the tests; one that still runs then is stuck.
pub const STUCK: Duration = Duration::from_secs(120);

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    /// Standard output.
    pub out: Vec<u8>,
    /// Standard error; a byte that is not UTF-8 shows as U+FFFD.
    pub err: String,
    /// The exit status; `None` if a signal ended it.
    pub code: Option<i32>,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        Ran { out: output.stdout, err, code: output.status.code() }
    }
}

impl Ran {
    /// Fails unless the status is 0 and nothing came on standard error.
    #[expect(clippy::return_self_not_must_use, reason = "it is an assertion as it stands")]
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""));
        self
    }

    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    /// The fields of each row of standard output, with their escapes.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let fields = |row: &str| row.split('\t').map(str::to_owned).collect();
        self.text().lines().map(fields).collect()
    }
}

/// Feeds `input` to a command and waits for its end. One that is stuck is killed.
pub fn run(command: &mut Command, input: &[u8]) -> Ran {
    let taken = std::mem::replace(command, Command::new("true"));
    let mut command = assert_cmd::Command::from_std(taken);
    command.write_stdin(input).timeout(STUCK).output().unwrap().into()
}

/// A command that runs beside the test, and is killed when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Running {
    /// Starts a command; what it says on standard error is lost.
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        spawn(move || {
            let text = |line: Vec<u8>| String::from_utf8_lossy(&line).into_owned();
            output.split(b'\n').try_for_each(|line| sender.send(text(line.unwrap())))
        });
        Running { input: child.stdin.take(), child, lines }
    }

    /// Writes to its standard input.
    pub fn feed(&mut self, bytes: impl AsRef<[u8]>) {
        self.input.as_mut().unwrap().write_all(bytes.as_ref()).unwrap();
    }

    /// The next line of its standard output, without the line end.
    #[track_caller]
    pub fn line(&self) -> String {
        self.line_within(STUCK).expect("no line came")
    }

    /// The next line, if it comes in this time.
    pub fn line_within(&self, time: Duration) -> Option<String> {
        self.lines.recv_timeout(time).ok()
    }

    /// Closes its standard input and waits for its end.
    pub fn end(mut self) -> ExitStatus {
        drop(self.input.take());
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for something that happens beside the test.
#[track_caller]
pub fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < STUCK, "{what}: never");
        sleep(Duration::from_millis(5));
    }
}
