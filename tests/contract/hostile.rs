//! Input that nobody meant: random bytes, broken records, endless lines.
//!
//! Whatever it is, the tool ends by itself with a status it has words for, its messages are single
//! lines that no terminal acts on, and every row has all its columns.

use std::fs;
use std::path::Path;

use maillog_tests::cases::{self, Case, plain_calls};
use maillog_tests::help::Help;
use maillog_tests::{Ran, Random, names_in, run, sh};

use super::Promise;
use super::streams::copies_lines;

/// The promises of this module.
pub const PROMISES: &[Promise] = &[
    ("any bytes are input", any_bytes),
    ("a line of 10 MB is a line", long_line),
    ("its own input, damaged, does no harm", damaged_input),
    ("a zone that does not exist does no harm", unknown_zone),
];

/// How often each case is damaged.
const TRIES: u64 = 60;

/// Fails unless the end, the messages and the rows are in order.
fn assert_orderly(help: &Help, ran: &Ran, rows: bool, what: &str) {
    assert!(matches!(ran.code, Some(0..=2)), "{what}: {:?}: {}", ran.code, ran.err);
    let begins = format!("{}: ", help.name);
    for line in ran.err.lines() {
        assert!(line.starts_with(&begins), "{what}: {line:?}");
    }
    let control = |c: char| c.is_control() && c != '\n';
    assert!(!ran.err.contains(control) && !ran.err.contains('\u{FFFD}'), "{what}: {:?}", ran.err);
    if rows {
        assert_rows(&ran.out, what);
    }
}

/// As many fields in every row, and no byte that an engine refuses or a terminal acts on.
fn assert_rows(out: &[u8], what: &str) {
    let text = std::str::from_utf8(out).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(text.is_empty() || text.ends_with('\n'), "{what}: the last row has no end");
    let mut columns = text.lines().map(|row| row.split('\t').count());
    let first = columns.next();
    assert!(columns.all(|count| Some(count) == first), "{what}: rows of unequal length: {text}");
    let acts = text.chars().find(|c| c.is_control() && !matches!(c, '\t' | '\n'));
    assert_eq!(acts, None, "{what}");
}

fn run_bare(help: &Help, input: &[u8], zone: &str) -> Ran {
    let (_folder, mut tool) = help.call();
    run(tool.env("TZ", zone), input)
}

fn any_bytes(help: &Help) {
    let rows = !copies_lines(help);
    let mut random = Random::new(0x5EED);
    let mut inputs: Vec<Vec<u8>> =
        [&b"\0"[..], b"\n", b"\n\n\n", b"\r\n", b"\r", b"a", b"\xff\xfe", b"\t\t\n", b"@\n", b"|"]
            .map(<[u8]>::to_vec)
            .into();
    inputs.push(vec![b'\n'; 100_000]);
    inputs.push(vec![0; 100_000]);
    inputs.extend((0..8).map(|power| random.bytes(1 << (2 * power))));
    for input in inputs {
        let ran = run_bare(help, &input, "UTC");
        assert_orderly(help, &ran, rows, &format!("{:?}", &input[..input.len().min(40)]));
    }
}

fn long_line(help: &Help) {
    let rows = !copies_lines(help);
    let long = vec![b'x'; 10_000_000];
    let start = first_input(help);
    for line in [long.clone(), [&start[..], &long, b"\n", &start].concat()] {
        assert_orderly(help, &run_bare(help, &line, "UTC"), rows, "a long line");
    }
}

/// The first line that a golden case feeds the tool, without its end.
fn first_input(help: &Help) -> Vec<u8> {
    let inputs = cases::of(&help.name).into_iter().map(|case| case.read("in"));
    let first = inputs.filter(|input| !input.is_empty()).take(1).collect::<Vec<_>>().concat();
    first.split(|byte| *byte == b'\n').next().unwrap_or_default().to_vec()
}

fn unknown_zone(help: &Help) {
    let input = [&first_input(help)[..], b"\n"].concat();
    for zone in ["Nowhere/Nothing", "", ":", "../../etc/passwd", "UTC0UTC", "<x>99:99:99", "\u{1}"]
    {
        let ran = run_bare(help, &input, zone);
        assert_orderly(help, &ran, !copies_lines(help), &format!("TZ={zone:?}"));
    }
}

fn damaged_input(help: &Help) {
    let rows = !copies_lines(help);
    let mut random = Random::new(0xDA7A);
    for (case, call) in plain_calls(&help.name) {
        for _ in 0..TRIES {
            let scratch = case.scratch();
            damage_files(scratch.path(), &mut random);
            let input = fs::read(scratch.path().join("in")).unwrap_or_default();
            let ran = run(&mut sh(&call, scratch.path()), &input);
            assert_orderly(help, &ran, rows, &reproduce(&case, &call, &input));
        }
    }
}

/// Names the case and keeps the input that did it, for the message.
fn reproduce(case: &Case, call: &str, input: &[u8]) -> String {
    let shown = String::from_utf8_lossy(&input[..input.len().min(2000)]).escape_debug().to_string();
    format!("{}: {call} <<< {shown}", case.name)
}

/// Damages the files of a case.
pub fn damage_files(folder: &Path, random: &mut Random) {
    for name in names_in(folder) {
        let path = folder.join(&name);
        if path.is_file() && !["cmd", "out", "err", "code"].contains(&name.as_str()) {
            let mut content = fs::read(&path).unwrap();
            for _ in 0..=random.below(4) {
                damage(&mut content, random);
            }
            fs::write(&path, content).unwrap();
        }
    }
}

/// One of the things that happen to logs, and some that do not.
fn damage(content: &mut Vec<u8>, random: &mut Random) {
    const STRANGE: [&[u8]; 12] = [
        b"\0",
        b"\xff",
        b"\r",
        b"\t",
        b"\n",
        b"\x1b[2J",
        b"|",
        b"@",
        b"99999999999999999999",
        b"-1",
        b"\\",
        b"\xe2\x80\xae",
    ];
    let at = random.below(content.len());
    let to = at + random.below((content.len() - at).min(200));
    match random.below(6) {
        0 => content.truncate(at),
        1 => drop(content.drain(at..to)),
        2 => {
            let again = content[at..to].to_vec();
            content.splice(at..at, again);
        }
        3 => drop(content.splice(at..at, STRANGE[random.below(STRANGE.len())].iter().copied())),
        4 => drop(content.splice(at..to, STRANGE[random.below(STRANGE.len())].iter().copied())),
        _ => {
            if let Some(byte) = content.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}
