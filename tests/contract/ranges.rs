//! `--bytes`: processes that each read a range of a file have together the rows of one that reads it
//! whole, wherever it is divided.

use std::fs;
use std::ops::Range;
use std::path::Path;

use maillog_tests::cases;
use maillog_tests::help::Help;
use maillog_tests::{Ran, Random, names_in, run, scratch, tool};

use super::Promise;
use super::hostile::damage_files;

/// The promises of this module.
pub const PROMISES: &[Promise] =
    &[("the rows of any ranges of a file are those of the whole", ranges)];

/// How often each case is damaged.
const TRIES: usize = 3;
/// Into how many ranges a damaged file is divided.
const RANGES: usize = 5;
/// More than is read at once.
const LONG_BYTES: usize = 300_000;

/// Every file of every case, between any two lines and in the middle of each.
fn ranges(help: &Help) {
    if !help.flags.iter().any(|flag| flag.long == "bytes") {
        return;
    }
    let mut random = Random::new(0xB17E5);
    let mut all = Vec::new();
    for case in cases::of(&help.name) {
        let folder = case.scratch();
        for file in files(folder.path()) {
            let file = folder.path().join(&file);
            let text = fs::read(&file).unwrap();
            let whole = Whole::new(help, &file);
            let mut start = 0;
            for line in text.split_inclusive(|byte| *byte == b'\n') {
                let inside = start + random.below(line.len());
                for at in [start, inside] {
                    whole.equals(&[0..at, at..text.len()]);
                }
                start += line.len();
            }
            all.extend([text, b"\n".to_vec()].concat());
        }
        for _ in 0..TRIES {
            let folder = case.scratch();
            damage_files(folder.path(), &mut random);
            for file in files(folder.path()) {
                let file = folder.path().join(&file);
                let length = fs::read(&file).unwrap().len();
                Whole::new(help, &file).equals(&random.ranges(length, RANGES));
            }
        }
    }
    let mut long = Vec::new();
    for line in all.split_inclusive(|byte| *byte == b'\n') {
        let (start, end) = line.split_at(random.below(line.len()));
        let filler = if random.below(20) == 0 { LONG_BYTES } else { 0 };
        long.extend([start, &vec![b'x'; filler], end].concat());
    }
    let folder = scratch();
    let file = folder.path().join("long");
    fs::write(&file, &long).unwrap();
    Whole::new(help, &file).equals(&random.ranges(long.len(), 4 * RANGES));
}

/// The files of a case that may be input.
fn files(folder: &Path) -> Vec<String> {
    let names = names_in(folder).into_iter();
    names
        .filter(|name| !["cmd", "out", "err", "code"].contains(&name.as_str()))
        .filter(|name| folder.join(name).is_file())
        .collect()
}

/// A file, and what the tool makes of the whole: rows, and rejected lines.
struct Whole<'a> {
    help: &'a Help,
    file: &'a Path,
    made: (Ran, Vec<u8>),
}

impl<'a> Whole<'a> {
    fn new(help: &'a Help, file: &'a Path) -> Self {
        Whole { help, file, made: call(help, file, None) }
    }

    /// Fails unless the ranges together give the same.
    fn equals(&self, ranges: &[Range<usize>]) {
        let Whole { help, file, made: (whole, rejected) } = self;
        let last = ranges.len() - 1;
        let ends: Vec<(Ran, Vec<u8>)> = ranges
            .iter()
            .enumerate()
            // the last may be left open
            .map(|(at, Range { start, end })| match at {
                _ if at == last && end % 2 == 0 => call(help, file, Some(format!("{start}-"))),
                _ => call(help, file, Some(format!("{start}-{end}"))),
            })
            .collect();
        let rows: Vec<u8> = ends.iter().flat_map(|(ran, _)| ran.out.clone()).collect();
        let kept: Vec<u8> = ends.iter().flat_map(|(_, rejected)| rejected.clone()).collect();
        let code = ends.iter().map(|(ran, _)| ran.code).max().flatten();
        if (&rows, &kept, code) != (&whole.out, rejected, whole.code) {
            let input = fs::read(file).unwrap();
            let errors: String = ends.iter().map(|(ran, _)| &ran.err[..]).collect();
            let shown = [&input[..input.len().min(3000)], &whole.out, &rows];
            let [input, whole, rows] =
                shown.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let file = file.display();
            panic!("{file} {ranges:?}:\n{input}\nwhole:\n{whole}\nranges:\n{rows}\n{errors}");
        }
    }
}

/// What the tool says of a file, or of a range, and the lines that it rejects.
fn call(help: &Help, file: &Path, range: Option<String>) -> (Ran, Vec<u8>) {
    let folder = scratch();
    let mut call = tool(&help.name);
    call.args(range.map(|range| format!("--bytes={range}")));
    call.arg("--rejects=rejected").arg(file).current_dir(folder.path());
    (run(&mut call, b""), fs::read(folder.path().join("rejected")).unwrap_or_default())
}
