//! Flags, and what is said about wrong ones.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use maillog_tests::cases::plain_calls;
use maillog_tests::help::{Flag, Help, scratch_for_values};
use maillog_tests::{Ran, run, sh, tool, tools};

use super::Promise;

/// The promises of this module.
pub const PROMISES: &[Promise] = &[
    ("--help fits a terminal", help_fits),
    ("--version names the suite and the version", version),
    ("--help and --version win over any error", help_and_version_win),
    ("an unknown flag is refused in one line", unknown_flags),
    ("every flag of --help is accepted, with every value it lists", flags_are_accepted),
    ("a value that is missing, wrong or too much is refused", wrong_values),
    ("a flag without which it does not start is asked for", required_flags),
    ("a letter is its long flag, alone and in a cluster", letters),
    ("of a flag that is given twice the last counts", last_wins),
];

fn help_fits(help: &Help) {
    for flag in ["-h", "--help"] {
        let ran = run(tool(&help.name).arg(flag), b"");
        assert_eq!((ran.code, ran.err.as_str(), ran.text()), (Some(0), "", help.text.clone()));
    }
    let wide = help.text.lines().find(|line| line.chars().count() > 79);
    assert_eq!(wide, None, "over 79 columns");
    assert!(help.text.lines().count() <= 32, "over 32 lines");
    let about = help.text.lines().nth(1).unwrap();
    assert!(about.ends_with('.') && about.len() > 1, "no sentence: {about}");
    assert!(help.flags.iter().all(|flag| !flag.help.is_empty()), "a flag without words");
    let last: Vec<&str> = help.flags.iter().rev().take(2).map(|flag| &flag.long[..]).collect();
    assert_eq!(last, ["version", "help"], "the last two flags");
}

fn version(help: &Help) {
    let version = format!("{} (maillog-tools) {}\n", help.name, env!("CARGO_PKG_VERSION"));
    for flag in ["-V", "--version"] {
        let ran = run(tool(&help.name).arg(flag), b"");
        assert_eq!((ran.code, ran.err.as_str(), ran.text()), (Some(0), "", version.clone()));
    }
}

fn help_and_version_win(help: &Help) {
    for (flag, begins) in [("-h", "usage: "), ("--help", "usage: "), ("-V", &help.name)] {
        for line in [
            vec!["--nonsense", flag],
            vec![flag, "--nonsense"],
            vec!["/nonexistent/file", flag],
            vec!["-0", flag, "--", "--nonsense"],
        ] {
            let ran = run(tool(&help.name).args(&line), b"");
            assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{line:?}");
            assert!(ran.text().starts_with(begins), "{line:?}");
        }
    }
}

/// Refused: nothing done, status 2, one line that names tool and subject.
fn assert_refused(help: &Help, ran: &Ran, subject: &str) {
    assert_eq!((ran.code, ran.text().as_str()), (Some(2), ""), "{subject}: {}", ran.err);
    let begins = format!("{}: {subject}", help.name);
    let one_line = ran.err.lines().count() == 1 && ran.err.ends_with('\n');
    assert!(one_line && ran.err.starts_with(&begins), "{:?} is not {begins}...", ran.err);
    assert!(!ran.err.trim_end().contains(char::is_control), "{:?}", ran.err);
}

fn unknown_flags(help: &Help) {
    for (flag, shown) in
        [("--nonsense", "--nonsense"), ("--nonsense=1", "--nonsense"), ("-0", "-0")]
    {
        let ran = run(tool(&help.name).arg(flag), b"");
        assert_refused(help, &ran, shown);
        assert_eq!(ran.err, format!("{}: {shown}: unknown option\n", help.name));
    }
    for hostile in [&b"--\x1b[31m"[..], b"--\xff\n\x07", b"-\xc2\x85", b"--x\n"] {
        assert_refused(help, &run(tool(&help.name).arg(OsStr::from_bytes(hostile)), b""), "-");
    }
}

/// Runs the tool in a fresh folder with its required flags and these, on empty input. Where the
/// message says that a flag needs another flag of the tool, or a file, that one is given too.
fn run_with(help: &Help, flag: &Flag, value_at: usize) -> Ran {
    let scratch = scratch_for_values();
    let folder = scratch.path();
    let mut typed = help.required(folder);
    typed.retain(|other| !other.starts_with(&format!("--{}=", flag.long)));
    typed.push(flag.typed_with(&flag.values(folder)[value_at]));
    loop {
        let ran = run(tool(&help.name).args(&typed).current_dir(folder), b"");
        let is_typed = |flag: &Flag| {
            let name = format!("--{}", flag.long);
            typed.iter().any(|one| *one == name || one.starts_with(&format!("{name}=")))
        };
        let needed = help.own_flags().find(|other| {
            ran.code == Some(2)
                && ran.err.contains(&format!("--{}", other.long))
                && !is_typed(other)
        });
        match needed {
            Some(other) => typed.push(other.typed(folder)),
            None if ran.err.ends_with(": needs one FILE\n") => typed.push("empty".into()),
            None => return ran,
        }
    }
}

fn flags_are_accepted(help: &Help) {
    for flag in help.own_flags() {
        let count = flag.values(scratch_for_values().path()).len();
        let ends: Vec<Ran> = (0..count).map(|at| run_with(help, flag, at)).collect();
        let accepted = |ran: &Ran| matches!(ran.code, Some(0 | 1));
        // a list of legal values holds for each of them; of a kind of value one example may do
        let fine = match flag.choices() {
            Some(_) => ends.iter().all(accepted),
            None => ends.iter().any(accepted),
        };
        assert!(fine, "{}: {ends:?}", flag.spelled());
    }
}

fn wrong_values(help: &Help) {
    for flag in &help.flags {
        let name = format!("--{}", flag.long);
        if flag.value.is_some() {
            assert_refused(help, &run(tool(&help.name).arg(&name), b""), &name);
        } else if help.own_flags().any(|own| own.long == flag.long) {
            assert_refused(help, &run(tool(&help.name).arg(format!("{name}=1")), b""), &name);
        }
        if flag.choices().is_some() {
            let ran = run(tool(&help.name).arg(format!("{name}=no\x1b")), b"");
            assert_refused(help, &ran, &name);
        }
    }
}

fn required_flags(help: &Help) {
    for flag in help.flags.iter().filter(|flag| flag.required) {
        let scratch = scratch_for_values();
        let mut others = help.required(scratch.path());
        others.retain(|other| !other.starts_with(&format!("--{}", flag.long)));
        let ran = run(tool(&help.name).args(&others).current_dir(scratch.path()), b"");
        assert_refused(help, &ran, &format!("--{}", flag.long));
    }
}

/// What the first plain call of the tool gives with more flags, but for when it was made.
fn call_with(help: &Help, flags: &str) -> Ran {
    let (case, call) = plain_calls(&help.name).remove(0);
    let (name, rest) = call.split_once(' ').unwrap_or((&call, ""));
    let call = format!("{name} {flags} {rest}");
    let mut ran = run(&mut sh(&call, case.scratch().path()), &case.read("in"));
    let time = b"maillog_report_timestamp_seconds ";
    let lines = ran.out.split_inclusive(|byte| *byte == b'\n');
    let lines = lines.map(|line| if line.starts_with(time) { &time[..] } else { line });
    ran.out = lines.collect::<Vec<_>>().concat();
    ran
}

fn letters(help: &Help) {
    let switches: Vec<&Flag> =
        help.own_flags().filter(|flag| flag.short.is_some() && flag.value.is_none()).collect();
    for flag in &switches {
        let letter = flag.short.unwrap();
        let long = call_with(help, &format!("--{}", flag.long));
        assert_eq!(call_with(help, &format!("-{letter}")), long, "-{letter}");
        for other in &switches {
            let second = other.short.unwrap();
            let apart = call_with(help, &format!("-{letter} -{second}"));
            assert_eq!(call_with(help, &format!("-{letter}{second}")), apart, "-{letter}{second}");
        }
    }
    for flag in help.own_flags().filter(|flag| flag.choices().is_some()) {
        let Some(letter) = flag.short else { continue };
        // the last is one that needs no other flag
        for value in flag.choices().unwrap().into_iter().rev().take(4) {
            let long = call_with(help, &format!("--{}={value}", flag.long));
            assert_eq!(call_with(help, &format!("--{} {value}", flag.long)), long, "{value}");
            assert_eq!(call_with(help, &format!("-{letter} {value}")), long, "-{letter} {value}");
            assert_eq!(call_with(help, &format!("-{letter}{value}")), long, "-{letter}{value}");
        }
    }
}

fn last_wins(help: &Help) {
    for flag in help.own_flags() {
        let Some(choices) = flag.choices() else { continue };
        let (first, last) = (choices[0], choices[choices.len() - 1]);
        let long = &flag.long;
        let twice = call_with(help, &format!("--{long}={first} --{long}={last}"));
        assert_eq!(twice, call_with(help, &format!("--{long}={last}")), "--{long}");
    }
}

/// The letters that mean the same everywhere, whatever a tool may wish; two of them stand for one
/// of two things, as maillog-tools(7) says.
const LETTERS: [(char, &[&str]); 9] = [
    ('H', &["header"]),
    ('V', &["version"]),
    ('f', &["format", "fields"]),
    ('h', &["help"]),
    ('n', &["dry-run", "last"]),
    ('q', &["quiet"]),
    ('r', &["rows", "report"]),
    ('u', &["utc"]),
    ('z', &["null"]),
];

/// No letter stands for two flags, and no flag has two letters.
pub fn letters_agree() {
    let fixed = LETTERS
        .map(|(letter, longs)| (letter, longs.iter().map(|long| (*long).to_owned()).collect()));
    let mut meanings: BTreeMap<char, Vec<String>> = BTreeMap::from(fixed);
    let mut letter_of: BTreeMap<String, Option<char>> = BTreeMap::new();
    for name in tools() {
        for flag in Help::of(&name).flags {
            if let Some(letter) = flag.short {
                let longs = meanings.entry(letter).or_insert_with(|| vec![flag.long.clone()]);
                assert!(longs.contains(&flag.long), "{name} -{letter}: {longs:?}");
            }
            let letter = letter_of.entry(flag.long.clone()).or_insert(flag.short);
            assert_eq!(*letter, flag.short, "{name} --{}", flag.long);
        }
    }
}
