//! No work grows faster than its input: twice as much of anything takes about twice the instructions.
//!
//! Each dimension is something that strangers or time make large, such as the labels of a domain or the
//! files of a log. valgrind counts instructions, so that the result does not depend on the machine and
//! its load. What a call takes without any input does not count.
#![allow(
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot go on stops, and says why"
)]

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use maillog_tests::{bin_dir, command, peer, run, run_trials, scratch, trial};

#[path = "growth/files.rs"]
mod files;
#[path = "growth/lines.rs"]
mod lines;
#[path = "growth/logs.rs"]
mod logs;
#[path = "growth/sums.rs"]
mod sums;

/// By how much more instructions twice the input may take, in tenths.
const MOST_TENTHS: u64 = 22;

/// A call of a tool.
#[derive(Debug)]
pub struct Call {
    tool: &'static str,
    args: Vec<String>,
    input: Vec<u8>,
}

impl Call {
    /// A call with these arguments, between blanks.
    pub fn new(tool: &'static str, args: &str) -> Self {
        let args = args.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Call { tool, args, input: Vec::new() }
    }

    /// With more arguments.
    #[must_use]
    pub fn with(mut self, args: impl IntoIterator<Item = String>) -> Self {
        self.args.extend(args);
        self
    }

    /// With this on standard input.
    #[must_use]
    pub fn on(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }
}

/// What grows, how much of it there is at first, and the call for so much of it, in a folder of its own
/// for files.
pub type Dimension = (&'static str, usize, fn(usize, &Path) -> Call);

/// A text for each of so many numbers, one after the other.
pub fn each(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect()
}

fn main() -> ExitCode {
    let dimensions = [sums::DIMENSIONS, logs::DIMENSIONS, files::DIMENSIONS].concat();
    let mut trials = Vec::new();
    for (what, count, call) in dimensions {
        trials.push(trial(what, move || grows_as_its_input(what, count, call)));
    }
    trials.extend(lines::trials());
    run_trials(trials)
}

fn grows_as_its_input(what: &str, count: usize, call: impl Fn(usize, &Path) -> Call) {
    if peer("valgrind", "the growth of work").is_none() {
        return;
    }
    let [none, once, twice] = [0, count, 2 * count].map(|count| {
        let folder = scratch();
        let call = call(count, folder.path());
        instructions(&call, folder.path())
    });
    let [once, twice] = [once, twice].map(|all| all.saturating_sub(none));
    eprintln!("{what}: {once} for {count}, {twice} for {}, {:.2}", 2 * count, ratio(twice, once));
    assert!(once > 0, "{what}: {count} of them take no instruction");
    assert!(10 * twice <= MOST_TENTHS * once, "{what}: {:.2} times", ratio(twice, once));
}

#[expect(clippy::cast_precision_loss, reason = "it is only shown")]
fn ratio(twice: u64, once: u64) -> f64 {
    twice as f64 / once as f64
}

/// How many instructions a call takes.
fn instructions(call: &Call, folder: &Path) -> u64 {
    // from a file: how much a pipe hands over at once depends on who is faster
    let input = scratch();
    let input = input.path().join("input");
    fs::write(&input, &call.input).unwrap();
    let mut valgrind = command("sh");
    let flags = "--tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null";
    let script = format!("exec valgrind {flags} \"$@\" <\"$INPUT\"");
    valgrind.args(["-c", &script, "sh"]).env("INPUT", input).current_dir(folder);
    let ran = run(valgrind.arg(bin_dir().join(call.tool)).args(&call.args), b"");
    // a no is an answer; that a call is wrong or fails would be measured here
    assert!(matches!(ran.code, Some(0 | 1)), "{} {:?}: {}", call.tool, call.args, ran.err);
    let counted = ran.err.lines().rev().find_map(|line| line.split_once(" refs:"));
    let digits: String = counted.unwrap().1.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}
