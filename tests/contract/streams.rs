//! Standard output that is full or closed, lines that pass at once, and bounded memory.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use maillog_tests::cases::{self, Case, plain_calls};
use maillog_tests::help::Help;
use maillog_tests::{Ran, Running, STUCK, run, sh, tool};

use super::Promise;
use super::operands::filters;

/// The promises of this module.
pub const PROMISES: &[Promise] = &[
    ("a full disk is status 2", full_disk),
    ("a closed standard output is a quiet 0", closed_output),
    ("an input that is the output is left out", output_is_input),
    ("a line passes before the next arrives", lines_pass),
    ("input may come a byte at a time", byte_by_byte),
    ("a last line without its end is a line", last_line),
    ("--header adds one row and changes none", header),
    ("memory is bounded whatever the length of a stream", memory),
];

/// Runs a command whose standard output goes elsewhere.
fn run_into(mut command: Command, output: impl Into<Stdio>, input: &[u8]) -> Ran {
    let command = command.stdin(Stdio::piped()).stdout(output).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // small inputs only: they fit in the pipe, even if nobody reads them
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap().into()
}

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

fn full_disk(help: &Help) {
    let complaint = format!("{}: stdout: No space left on device\n", help.name);
    for flag in ["--help", "--version"] {
        let mut command = tool(&help.name);
        command.arg(flag);
        let ran = run_into(command, full(), b"");
        assert_eq!((ran.code, ran.err), (Some(2), complaint.clone()), "{flag}");
    }
    for (case, call) in plain_calls(&help.name) {
        let scratch = case.scratch();
        let ran = run_into(sh(&call, scratch.path()), full(), &case.read("in"));
        assert_eq!(ran.code, Some(2), "{call}: {}", ran.err);
        assert!(ran.err.contains(&complaint), "{call}: {}", ran.err);
    }
}

/// The writing end of a pipe that nobody reads.
fn closed() -> std::io::PipeWriter {
    std::io::pipe().unwrap().1
}

fn closed_output(help: &Help) {
    let mut command = tool(&help.name);
    command.arg("--help");
    let ran = run_into(command, closed(), b"");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "--help");
    for (case, call) in plain_calls(&help.name) {
        let scratch = case.scratch();
        let ran = run_into(sh(&call, scratch.path()), closed(), &case.read("in"));
        let words = case.read("err");
        let quiet = ran.err.is_empty() || ran.err.as_bytes() == words;
        assert!(ran.code == Some(0) && quiet, "{call}: {ran:?}");
    }
}

/// What is written to a file is not read from it, as in cat; the other operands are done.
fn output_is_input(help: &Help) {
    for (case, plain) in filters(help) {
        let (input, out) = (case.read("in"), case.read("out"));
        for (operands, shown) in [("in other", "in"), ("- other <in", "stdin")] {
            let scratch = case.scratch();
            fs::write(scratch.path().join("other"), &input).unwrap();
            let ran = run(&mut sh(&format!("{plain} {operands} >>in"), scratch.path()), b"");
            let complaint = format!("{}: {shown}: input file is output file\n", help.name);
            assert!(ran.code == Some(2) && ran.err.contains(&complaint), "{plain}: {ran:?}");
            let end = fs::read(scratch.path().join("in")).unwrap();
            assert!(end == [&input[..], &out].concat(), "{plain} {operands}: other bytes");
        }
        // nothing can be read from an empty file, nor again from a device
        for operands in ["new >>new", "/dev/null >/dev/null"] {
            let scratch = case.scratch();
            fs::write(scratch.path().join("new"), b"").unwrap();
            let ran = run(&mut sh(&format!("{plain} {operands}"), scratch.path()), b"");
            assert!(!ran.err.contains("output file"), "{plain} {operands}: {ran:?}");
        }
    }
}

/// The case that shows that lines pass; what sums up its input has none.
pub fn stream(help: &Help) -> Option<Case> {
    let case = cases::of(&help.name).into_iter().find(|case| case.name == "stream");
    if case.is_none() {
        eprintln!("{}: has no golden case `stream`: no row passes before the end", help.name);
    }
    case
}

fn lines_pass(help: &Help) {
    let Some(case) = stream(help) else { return };
    let (input, output) = (case.read("in"), case.read("out"));
    let lines = || input.split_inclusive(|byte| *byte == b'\n');
    let expected: Vec<&[u8]> = output.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(lines().count(), expected.len(), "a line of `in` for each line of `out`");
    assert!(expected.len() > 1, "one line proves nothing");

    let scratch = case.scratch();
    let mut running = Running::start(sh(&case.script(), scratch.path()));
    for (line, expected) in lines().zip(expected) {
        running.feed(line);
        let passed = running.line_within(STUCK);
        let passed = passed.unwrap_or_else(|| panic!("{:?} did not pass", line.escape_ascii()));
        assert_eq!(passed + "\n", String::from_utf8_lossy(expected));
    }
    assert_eq!(running.end().code(), Some(case.code()));
}

fn byte_by_byte(help: &Help) {
    for (case, call) in filters(help) {
        let scratch = case.scratch();
        let mut command = sh(&call, scratch.path());
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut to = child.stdin.take().unwrap();
        let input = case.read("in");
        let feeder =
            std::thread::spawn(move || input.iter().try_for_each(|byte| to.write_all(&[*byte])));
        let ran = Ran::from(child.wait_with_output().unwrap());
        feeder.join().unwrap().unwrap();
        assert_eq!((ran.text().as_bytes(), ran.code), (&case.read("out")[..], Some(0)), "{call}");
    }
}

fn last_line(help: &Help) {
    for (case, call) in filters(help) {
        let (input, output) = (case.read("in"), case.read("out"));
        let Some(cut) = input.strip_suffix(b"\n").filter(|cut| !cut.is_empty()) else { continue };
        let ran = run(&mut sh(&call, case.scratch().path()), cut);
        if help.reads_sums(&call) {
            // the number in it may be another one
            assert!(
                ran.out != output && ran.err.contains("does not end in a newline"),
                "{call}: {ran:?}"
            );
            assert!(matches!(ran.code, Some(1 | 2)), "{call}: {ran:?}");
            continue;
        }
        // rows always end; a tool that changes bytes within lines leaves the end as it was
        let fine = ran.out == output
            || copies_lines(help) && Some(&ran.out[..]) == output.strip_suffix(b"\n");
        assert!(fine && ran.code == Some(0), "{call}: {:?}", ran.text());
    }
}

/// Does a line without meaning pass as it is? Then the output is no rows but bytes.
pub fn copies_lines(help: &Help) -> bool {
    let (_folder, mut tool) = help.call();
    let meaningless = b"no meaning\n";
    run(&mut tool, meaningless).out == meaningless
}

fn header(help: &Help) {
    let Some(flag) = help.flags.iter().find(|flag| flag.short == Some('H')) else { return };
    if !flag.help.starts_with("write ") {
        // the input has one too: the golden cases hold what it means there
        return;
    }
    let without = plain_calls(&help.name).into_iter().filter(|(_, call)| {
        let names = |word: &str| matches!(word, "--header" | "--json") || word.starts_with("-H");
        !call.split(' ').any(names)
    });
    let mut tried = 0;
    for (case, call) in without {
        let (name, rest) = call.split_once(' ').unwrap_or((&call, ""));
        let with = format!("{name} -H {rest}");
        let ran = run(&mut sh(&with, case.scratch().path()), &case.read("in"));
        let text = ran.text();
        let (names, rows) = text.split_once('\n').unwrap_or_else(|| panic!("{with}: {ran:?}"));
        assert_eq!(rows.as_bytes(), case.read("out"), "{with}");
        let legal = |name: &str| {
            name.starts_with(|first: char| first.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        assert!(names.split('\t').all(legal), "{names}");
        let fields = |row: &str| row.split('\t').count();
        assert!(rows.lines().all(|row| fields(row) == fields(names)), "{with}: columns differ");
        tried += 1;
    }
    assert!(tried > 0, "no golden case without --header");
}

/// What a filter may have held after a long stream: its buffers and itself, unoptimised.
const MOST_KIB: u64 = 16 * 1024;
const LENGTH: usize = 64 * 1024 * 1024;

fn memory(help: &Help) {
    let Some((case, call)) =
        stream(help).and_then(|case| Some((case.clone(), case.plain_filter()?)))
    else {
        return;
    };
    let scratch = case.scratch();
    let mut command = sh(&format!("exec {call}"), scratch.path());
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut from = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut block = vec![0; 1 << 16];
        while from.read(&mut block).unwrap() > 0 {}
    });
    let mut to = child.stdin.take().unwrap();
    let input = case.read("in");
    let block = input.repeat((1 << 20) / input.len() + 1);
    for _ in 0..=LENGTH / block.len() {
        to.write_all(&block).unwrap();
    }
    let status = fs::read_to_string(format!("/proc/{}/status", child.id()));
    drop(to);
    child.wait().unwrap();
    reader.join().unwrap();
    let Ok(status) = status else {
        eprintln!("SKIPPED: there is no /proc: the memory of {} is not measured", help.name);
        return;
    };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < MOST_KIB, "{call}: {peak} KiB");
}
