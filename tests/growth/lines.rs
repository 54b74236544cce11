//! A line that is long in one way: of each kind that a tool knows, with many of the same word in it.

use libtest_mimic::Trial;
use maillog_tests::cases::{plain_calls, reads_input};
use maillog_tests::help::Help;
use maillog_tests::{tools, trial};

use super::{Call, grows_as_its_input};

/// What is repeated: what parsers look for, as they do and where they do not want it.
const WORDS: [&str; 14] = [
    "@",
    "@400000006b0278a000000000 ",
    "a.",
    "<",
    ">,<",
    "[",
    "(",
    ":",
    " ",
    ",",
    "=",
    "`",
    "|",
    "\\",
];
/// How often at first. Once is the call that the others are compared with: the same lines without any of
/// these words take another way.
const COUNT: usize = 1500;
/// How many lines of a tool's cases are made long.
const LINES: usize = 8;

/// A test for each tool that reads lines.
pub fn trials() -> Vec<Trial> {
    // a tool that reads the names of files has no lines to read
    let reads_lines = |tool: &String| {
        reads_input(tool) && !Help::of(tool).flags.iter().any(|flag| flag.long == "null")
    };
    let tests = tools().into_iter().filter(reads_lines).map(|tool| {
        let name: &'static str = tool.leak();
        trial(format!("{name}: words of a line"), move || words(name))
    });
    tests.collect()
}

fn words(tool: &'static str) {
    let lines = lines_of_cases(tool);
    grows_as_its_input(&format!("{tool}: words of a line"), COUNT, |count, folder| {
        let help = Help::of(tool);
        let mut input = Vec::new();
        for line in &lines {
            for word in WORDS {
                for at in [line.len() / 2, line.len()] {
                    let (start, end) = line.split_at(at);
                    input.extend_from_slice(start);
                    input.extend_from_slice(word.repeat(count.max(1)).as_bytes());
                    input.extend_from_slice(end);
                    input.push(b'\n');
                }
            }
        }
        for file in ["empty", "current"] {
            std::fs::write(folder.join(file), "").unwrap();
        }
        let has = |long: &str| help.flags.iter().any(|flag| flag.long == long);
        let flags = match (has("rows"), has("report")) {
            (true, _) => "--merge --lenient",
            (_, true) => "--lenient",
            _ => "",
        };
        Call::new(tool, flags).with(help.required(folder)).on(input)
    });
}

/// Lines that begin differently, from the input of the tool's cases.
fn lines_of_cases(tool: &str) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for (case, _) in plain_calls(tool) {
        let input = case.read("in");
        for line in input.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let is_new = || !lines.iter().any(|other| kind(other) == kind(line));
            if lines.len() < LINES && line.len() < 400 && is_new() {
                lines.push(line.to_vec());
            }
        }
    }
    lines
}

/// The letters of a line near its start: what tells its kind, mostly.
fn kind(line: &[u8]) -> Vec<u8> {
    let letters = line.iter().skip(26).copied().filter(u8::is_ascii_alphabetic);
    letters.take(10).collect()
}
