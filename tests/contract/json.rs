//! `--json`: the same rows as objects, whatever is in them, and as soon.

use std::fs;
use std::path::Path;

use maillog_tests::cases::{Case, plain_calls};
use maillog_tests::help::Help;
use maillog_tests::{
    Ran, Random, Running, STUCK, command, copy_files, peer, root, run, scratch, sh,
};

use super::Promise;
use super::hostile::damage_files;
use super::streams::stream;

/// The promises of this module.
pub const PROMISES: &[Promise] = &[
    ("what names columns writes JSON too", has_flag),
    ("--json gives the same rows", same_rows),
    ("an object passes before the next line arrives", objects_pass),
];

/// How often each case is damaged.
const TRIES: usize = 4;

fn writes_objects(help: &Help) -> bool {
    help.flags.iter().any(|flag| flag.long == "json")
}

/// A tool with `--header` has this flag, or `json` among its formats.
fn has_flag(help: &Help) {
    let names_columns = help.flags.iter().any(|flag| flag.long == "header");
    let format = help.flags.iter().any(|flag| flag.long == "format" && flag.help.contains("json"));
    assert_eq!(names_columns, writes_objects(help) || format);
}

/// Python's json reads what a decoder of its own makes of the TSV.
fn same_rows(help: &Help) {
    if !writes_objects(help) {
        return;
    }
    let Some(python) = peer("python3", "what --json writes") else { return };
    let (results, mut random) = (scratch(), Random::new(0x6A50));
    let mut count = 0;
    for (case, call) in plain_calls(&help.name) {
        if call.contains("--json") {
            continue;
        }
        let names = names(help, &call, &case);
        for damaged in 0..=TRIES {
            let source = case.scratch();
            if damaged > 0 {
                damage_files(source.path(), &mut random);
            }
            let place = results.path().join(format!("{}-{damaged}", case.name));
            if !keep_both(help, &call, source.path(), &place) {
                break;
            }
            count += 1;
            if let Some(names) = &names {
                fs::write(place.with_extension("names"), names).unwrap();
            }
        }
    }
    assert!(count > 0, "no call takes --json");
    let mut check = command(python);
    check.arg(root().join("tests/contract/objects.py")).arg(results.path());
    let ran = run(&mut check, b"");
    assert!(ran.code == Some(0) && ran.text().trim() != "0", "{}{}", ran.text(), ran.err);
}

/// Writes the rows of a call, and the objects, to files for the check; false if it takes no `--json`.
fn keep_both(help: &Help, call: &str, source: &Path, place: &Path) -> bool {
    let ran = |flag: &str| ran_in_copy(&with(call, flag), source);
    let (rows, objects) = (ran(""), ran("--json"));
    if objects.err.starts_with(&format!("{}: --json: ", help.name)) {
        return false;
    }
    assert_eq!((&rows.err, rows.code), (&objects.err, objects.code), "{call}");
    fs::write(place.with_extension("tsv"), &rows.out).unwrap();
    fs::write(place.with_extension("json"), &objects.out).unwrap();
    true
}

fn ran_in_copy(script: &str, source: &Path) -> Ran {
    let folder = scratch();
    copy_files(source, folder.path());
    let input = fs::read(folder.path().join("in")).unwrap_or_default();
    run(&mut sh(script, folder.path()), &input)
}

/// The header of a row type where the rows have none; empty where they have one.
fn names(help: &Help, call: &str, case: &Case) -> Option<Vec<u8>> {
    let header = help.flags.iter().find(|flag| flag.short == Some('H'))?;
    if has_header(call) {
        return Some(Vec::new());
    }
    if !header.help.starts_with("write ") {
        return None;
    }
    let with_header = ran_in_copy(&with(call, "--header"), case.scratch().path());
    with_header.out.split_inclusive(|byte| *byte == b'\n').next().map(<[u8]>::to_vec)
}

/// The call with one more flag.
fn with(call: &str, flag: &str) -> String {
    let (name, rest) = call.split_once(' ').unwrap_or((call.trim(), ""));
    format!("{name} {flag} {rest}")
}

fn has_header(call: &str) -> bool {
    call.split(' ').any(|word| word == "--header" || word.starts_with("-H"))
}

fn objects_pass(help: &Help) {
    let Some(case) = stream(help).filter(|_| writes_objects(help)) else { return };
    let (scratch, script) = (case.scratch(), case.script());
    let script = script.trim_end();
    let (setup, call) = script.rsplit_once('\n').unwrap_or(("", script));
    let script = format!("{setup}\n{}", with(call, "--json"));
    if run(&mut sh(&script, case.scratch().path()), b"").code == Some(2) {
        eprintln!("{}: its stream is not of rows", help.name);
        return;
    }
    let mut running = Running::start(sh(&script, scratch.path()));
    for line in case.read("in").split_inclusive(|byte| *byte == b'\n') {
        running.feed(line);
        let passed = running.line_within(STUCK);
        let passed = passed.unwrap_or_else(|| panic!("{:?} did not pass", line.escape_ascii()));
        assert!(passed.starts_with('{') && passed.ends_with('}'), "{passed}");
    }
    assert_eq!(running.end().code(), Some(case.code()));
}
