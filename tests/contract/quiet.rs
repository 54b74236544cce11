//! `-q` silences lines that are no records, and nothing else: what was rejected is told, and so is an
//! answer for which no line was used.

use std::fs;

use maillog_tests::cases::plain_calls;
use maillog_tests::help::Help;
use maillog_tests::{Ran, Random, copy_files, run, sh};

use super::Promise;
use super::hostile::damage_files;

/// The promises of this module.
pub const PROMISES: &[Promise] = &[("-q silences skipped lines and nothing else", quiet)];

/// How often each case is damaged.
const TRIES: usize = 6;

/// The lines that a message about them counts.
#[derive(Debug, PartialEq, Eq)]
struct Account {
    used: u64,
    rejected: u64,
}

/// The account that the closing message gives, if there is one.
fn account(err: &str) -> Option<Account> {
    let sum =
        err.lines().find_map(|line| line.split_once(" lines = ")?.1.split_once(" used + "))?;
    let rejected = sum.1.split_once(" skipped + ")?.1.split(' ').next()?;
    Some(Account { used: sum.0.parse().unwrap(), rejected: rejected.parse().unwrap() })
}

fn quiet(help: &Help) {
    if !help.flags.iter().any(|flag| flag.short == Some('q')) {
        return;
    }
    let mut random = Random::new(0x9E7);
    // a call that is quiet already shows nothing
    let calls = plain_calls(&help.name).into_iter().filter(|(_, call)| !call.contains(" -q"));
    for (case, call) in calls {
        for number in 0..TRIES {
            let scratch = case.scratch();
            if number > 0 {
                damage_files(scratch.path(), &mut random);
            }
            let input = fs::read(scratch.path().join("in")).unwrap_or_default();
            assert_same(&call, |flag| {
                // a call may change the files
                let copy = maillog_tests::scratch();
                copy_files(scratch.path(), copy.path());
                run(&mut sh(&format!("{call}{flag}"), copy.path()), &input)
            });
        }
    }
    // nothing in it is a record of anybody
    for input in ["x\n", "\n", "\n\n\n", "x\ty\nz\n"] {
        assert_same(input, |flag| {
            let (_folder, mut tool) = help.call();
            run(tool.args(flag.split_whitespace()), input.as_bytes())
        });
    }
}

/// Fails if `-q` changes anything but the words about lines that were skipped.
fn assert_same(what: &str, call: impl Fn(&str) -> Ran) {
    let (loud, quiet) = (call(""), call(" -q"));
    // the time of day may be in a row
    let fixed = call("").out == loud.out;
    assert!(loud.code == quiet.code && (loud.out == quiet.out || !fixed), "{what}: {quiet:?}");
    for line in quiet.err.lines() {
        assert!(loud.err.lines().any(|said| said == line), "{what}: {line}: {}", loud.err);
    }
    if let Some(told) = account(&loud.err).filter(|told| told.used == 0 || told.rejected > 0) {
        assert_eq!(account(&quiet.err), Some(told), "{what}: {}", loud.err);
    }
}
