//! Operands: files, `-`, none, `--`, and those that cannot be read.
//!
//! Most tools read what is in the files; some take the names themselves, as operands or in the
//! first column of standard input. Which it is shows when standard input names a missing file.
//! One that reads nothing has no case with an `in`, and must keep to that.

use std::fs::{self, File};
use std::io::Seek;

use maillog_tests::cases::{self, Case, plain_calls, reads_input};
use maillog_tests::help::Help;
use maillog_tests::{Ran, run, sh};

use super::Promise;

/// The promises of this module.
pub const PROMISES: &[Promise] = &[
    ("empty input is fine", empty_input),
    ("a missing file and a folder are reported, the rest is done", unreadable),
    ("a compressed file is read or reported", compressed),
    ("a file, -, -- and nothing name the same input", same_input),
    ("flags may follow operands", flags_follow),
    ("files are read in turn as if they were one", two_files),
    ("without a case of input, none is read and no operand taken", reads_nothing),
];

const MISSING: &str = "/nonexistent/a\x1bb";
const MISSING_SHOWN: &str = "/nonexistent/a\\x1Bb";

/// Runs the tool with its required flags and these operands.
fn run_bare(help: &Help, operands: &[&str], input: &[u8]) -> Ran {
    let (_folder, mut tool) = help.call();
    run(tool.args(operands), input)
}

/// Are the operands, and the lines of standard input, names of files to act on?
pub fn takes_names(help: &Help) -> bool {
    run_bare(help, &[], b"/nonexistent/name\n").err.contains("No such file or directory")
}

/// The cases whose operands can be chosen, with their call.
pub fn filters(help: &Help) -> Vec<(Case, String)> {
    if takes_names(help) || !reads_input(&help.name) {
        return Vec::new();
    }
    let found: Vec<_> = cases::of(&help.name)
        .into_iter()
        .filter_map(|case| case.plain_filter().map(|call| (case, call)))
        .collect();
    cases::assert_some(&found, &help.name);
    found
}

/// Makes a call in a copy of its case.
fn call(case: &Case, call: &str, input: &[u8]) -> Ran {
    run(&mut sh(call, case.scratch().path()), input)
}

fn empty_input(help: &Help) {
    if !reads_input(&help.name) {
        return;
    }
    if help.shows_reports() {
        // the report of nothing is a report all the same, and says so
        let ran = run_bare(help, &[], b"");
        assert!(ran.code == Some(1) && ran.err.contains(": no row of "), "{ran:?}");
        return;
    }
    let code = Some(i32::from(help.looks_for()));
    let nothing = Ran { out: Vec::new(), err: String::new(), code };
    assert_eq!(run_bare(help, &[], b""), nothing);
    if !help.operands.is_empty() && !takes_names(help) {
        assert_eq!(run_bare(help, &["/dev/null", "-", "/dev/null"], b""), nothing);
    }
    for (case, plain) in cases::of(&help.name).iter().filter_map(|c| Some((c, c.plain_filter()?))) {
        assert_eq!(call(case, &plain, b"").code, code, "{plain}");
    }
}

fn unreadable(help: &Help) {
    if help.operands.is_empty() {
        return;
    }
    let complaint = |file: &str| format!("{}: {file}: No such file or directory\n", help.name);
    let ran = run_bare(help, &[MISSING, "/nonexistent/second"], b"");
    let complaints = complaint(MISSING_SHOWN) + &complaint("/nonexistent/second");
    assert_eq!((ran.code, ran.err), (Some(2), complaints));

    let folder = run_bare(help, &["folder", "/nonexistent/second"], b"");
    let begins = format!("{}: folder: ", help.name);
    let reads_folders = help.operands.contains("DIR");
    assert!(reads_folders || folder.err.starts_with(&begins), "{folder:?}");
    assert_eq!(folder.code, Some(2), "{folder:?}");
    assert!(folder.err.ends_with(&complaint("/nonexistent/second")), "{folder:?}");

    for (case, plain) in filters(help) {
        for operands in ["'/nonexistent/second' in", "in '/nonexistent/second'"] {
            let ran = call(&case, &format!("{plain} {operands}"), b"");
            assert_eq!(ran.text().as_bytes(), case.read("out"), "{plain} {operands}");
            assert_eq!(ran.code, Some(2), "{plain} {operands}");
            assert!(ran.err.contains(&complaint("/nonexistent/second")), "{}", ran.err);
        }
    }
}

/// What begins like a compressed file is not taken for lines, `-q` or not. The tools that decompress
/// find that these are no whole files.
fn compressed(help: &Help) {
    let quiet = if help.flags.iter().any(|flag| flag.long == "quiet") { " -q" } else { "" };
    for (magic, kind, cat) in [
        (&b"\x1f\x8b\x08\0"[..], "gzip", "zcat"),
        (b"BZh91AY&SY", "bzip2", "bzcat"),
        (b"\xfd7zXZ\0", "xz", "xzcat"),
        (b"\x28\xb5\x2f\xfd", "zstd", "zstdcat"),
        (b"\x1f\x9d\x90", "compress", "zcat"),
        (b"\x04\x22\x4d\x18", "lz4", "lz4cat"),
        (b"LZIP\x01", "lzip", "lzip -dc"),
        (b"\x5d\0\0\x80\0", "lzma", "xzcat"),
    ] {
        let told = format!("is compressed ({kind}); pipe it through {cat}\n");
        let damaged = format!("damaged after 0 bytes of its text ({kind})\n");
        let tells = |ran: &Ran, name: &str| {
            let whats = [&told, &damaged].map(|what| format!("{}: {name}: {what}", help.name));
            let one = whats.iter().any(|what| ran.err.contains(what)) && ran.code == Some(2);
            assert!(one, "{kind}: {ran:?}");
        };
        let file = [magic, b"\nno line\n"].concat();
        for (case, plain) in filters(help) {
            let scratch = case.scratch();
            fs::write(scratch.path().join("packed"), &file).unwrap();
            for operands in ["in packed", "packed in"] {
                let ran = run(&mut sh(&format!("{plain}{quiet} {operands}"), scratch.path()), b"");
                tells(&ran, "packed");
                assert_eq!(ran.text().as_bytes(), case.read("out"), "{plain} {operands}: {kind}");
            }
            tells(&call(&case, &format!("{plain}{quiet}"), &file), "stdin");
        }
    }
}

fn same_input(help: &Help) {
    for (case, plain) in filters(help) {
        let input = case.read("in");
        let from_stdin = call(&case, &plain, &input);
        assert_eq!(from_stdin.out, case.read("out"), "{plain}");
        for (operands, input) in
            [("-", &input[..]), ("-- -", &input), ("in", b"ignored"), ("-- in", b""), ("./in", b"")]
        {
            let ran = call(&case, &format!("{plain} {operands}"), input);
            assert_eq!((ran.out, ran.code), (from_stdin.out.clone(), Some(0)), "{operands}");
        }
        let name = "-u --help\n.txt";
        let scratch = case.scratch();
        fs::rename(scratch.path().join("in"), scratch.path().join(name)).unwrap();
        let ran = run(&mut sh(&format!("{plain} -- '{name}'"), scratch.path()), b"");
        assert_eq!((ran.out, ran.code), (from_stdin.out, Some(0)), "a name like a flag");
    }
    if takes_names(help) {
        names_are_names(help);
    }
}

/// A name is the same as an operand and in the first column of standard input.
fn names_are_names(help: &Help) {
    for case in cases::of(&help.name) {
        let Some(plain) = case.plain_filter() else { continue };
        let names: Vec<String> = String::from_utf8(case.read("in"))
            .unwrap()
            .split(['\n', '\0'])
            .filter(|line| !line.is_empty())
            .map(|line| format!("'{}'", line.split('\t').next().unwrap()))
            .collect();
        let ran = call(&case, &format!("{plain} -- {}", names.join(" ")), b"");
        assert_eq!(ran.text().as_bytes(), case.read("out"), "{plain}");
    }
}

fn flags_follow(help: &Help) {
    for (case, plain) in filters(help) {
        let (name, flags) = plain.split_once(' ').unwrap_or((&plain, ""));
        let ran = call(&case, &format!("{name} in {flags}"), b"");
        assert_eq!((ran.text().as_bytes(), ran.code), (&case.read("out")[..], Some(0)), "{plain}");
    }
}

fn two_files(help: &Help) {
    for (case, plain) in filters(help) {
        let whole = case.read("in");
        let cut = whole.strip_suffix(b"\n").unwrap_or(&whole).to_vec();
        // a file that lacks its last line end gets it when another follows
        let joined = |last: &[u8]| {
            // sums are refused with a header among them
            let has_header = help.reads_sums(&plain) && plain.split(' ').any(|word| word == "-H");
            let header = last.iter().position(|byte| *byte == b'\n').filter(|_| has_header);
            let rows = &last[header.map_or(0, |at| at + 1)..];
            call(&case, &plain, &[&cut[..], b"\n", rows].concat())
        };
        for (input, joined) in [(&whole, joined(&whole)), (&cut, joined(&cut))] {
            if *input == cut && help.reads_sums(&plain) {
                // each of them is refused, as a test of its own shows
                continue;
            }
            let scratch = case.scratch();
            fs::write(scratch.path().join("in"), input).unwrap();
            for operands in ["in in", "- in", "in -"] {
                let apart = run(&mut sh(&format!("{plain} {operands}"), scratch.path()), input);
                let same = (apart.text(), apart.code) == (joined.text(), joined.code);
                assert!(same, "{plain} {operands}: {apart:?}, should be {joined:?}");
            }
        }
    }
}

/// A tool for which the promises about input mean nothing does not touch it.
fn reads_nothing(help: &Help) {
    if reads_input(&help.name) {
        return;
    }
    assert_eq!(help.operands, "", "the operands, without a case that has an `in`");
    for operand in ["in", "-"] {
        let ran = run_bare(help, &["--", operand], b"");
        assert_eq!((ran.code, ran.text().as_str()), (Some(2), ""), "{operand}");
        assert!(ran.err.starts_with(&format!("{}: {operand}: ", help.name)), "{}", ran.err);
    }
    for (case, plain) in plain_calls(&help.name) {
        let scratch = case.scratch();
        let path = scratch.path().join("input");
        fs::write(&path, "a line\n").unwrap();
        let mut input = File::open(path).unwrap();
        let mut command = sh(&plain, scratch.path());
        let ran = Ran::from(command.stdin(input.try_clone().unwrap()).output().unwrap());
        assert_eq!((ran.text().as_bytes(), ran.code), (&case.read("out")[..], Some(0)), "{plain}");
        assert_eq!(input.stream_position().unwrap(), 0, "{plain}: standard input was read");
    }
}
