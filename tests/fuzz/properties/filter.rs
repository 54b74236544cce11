//! The command line, lines of files, pending files.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use common::filter::cli::{BYTES, Flag, HEADER, Spec};
use common::filter::{ByteRange, Compression, Input, Out, Stop, Ties, pending as pending_file};
use tempfile::NamedTempFile;

use super::choice;

static SPEC: Spec = Spec { name: "probe", about: "about", operands: "[FILE...]", flags: FLAGS };
const FLAGS: &[Flag] = &[
    HEADER,
    BYTES,
    Flag::value('f', "fields", "COL,...", "columns"),
    Flag::long("strict", "a switch"),
    Flag::long_value("time", "unix|utc", "a choice"),
];

/// Arguments, each ended by NUL, are taken or refused with one line; help and version win.
pub fn command_line(input: &[u8]) {
    let words: Vec<&[u8]> = input.split(|byte| *byte == 0).collect();
    let typed = words.iter().map(|word| OsString::from_vec(word.to_vec()));
    match SPEC.parse(typed) {
        Ok(args) => {
            let operands = args.operands.iter().map(|it| it.as_bytes());
            assert!(operands.clone().all(|operand| words.contains(&operand)));
            assert!(matches!(args.choice("time"), "" | "unix" | "utc"));
            assert!(args.values("fields").count() + operands.count() <= words.len());
        }
        Err(Stop::Show(text)) => {
            assert!(text.starts_with("usage: probe ") || text.starts_with("probe ("));
        }
        Err(_) => assert!(!matches!(words.as_slice(), [b"-h" | b"--help" | b"-V", ..])),
    }
}

/// A file that holds `content`.
pub fn file_of(content: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

/// The name of a file as an operand.
pub fn operand(file: &NamedTempFile) -> OsString {
    file.path().as_os_str().to_owned()
}

/// Lines of two files are the lines of their bytes, one by one and in blocks.
pub fn lines(input: &[u8]) {
    let (kind, text) = choice(input);
    let end = if kind % 2 == 0 { b'\n' } else { 0 };
    // some inputs are larger than what is read at once
    let text = if kind >= 250 { text.repeat(300_000 / text.len().max(1)) } else { text.to_vec() };
    let (first, second) = text.split_at(usize::from(kind).min(text.len()));
    if [first, second].into_iter().any(|content| Compression::of(content).is_some()) {
        return;
    }
    let mut expected = Vec::new();
    for (content, others) in [(first, true), (second, false)] {
        for (line, number) in content.split_inclusive(|byte| *byte == end).zip(1..) {
            let bare = line.strip_suffix(&[end]);
            // only the last line of all may lack its end
            expected.push((bare.unwrap_or(line).to_vec(), bare.is_some() || others, number));
        }
    }
    let files = [file_of(first), file_of(second)];
    let input = || {
        let input = Input::new(&files.each_ref().map(operand));
        if end == 0 { input.ended_by_nul() } else { input }
    };
    let mut out = Out::stdout("probe");
    let (mut single, mut found) = (input(), Vec::new());
    let read = single.for_each_line(&mut out, |line, _| {
        found.push((line.text.to_vec(), line.ended, line.number));
        Ok(())
    });
    assert!(read.is_ok() && found == expected);
    assert_eq!(single.lines(), expected.len() as u64);
    let (mut blocks, mut found) = (input(), Vec::new());
    let read = blocks.for_each_block(&mut out, |mut block, _| {
        while let Some(line) = block.next_line() {
            found.push((line.text.to_vec(), line.ended, line.number));
        }
        Ok(())
    });
    assert!(read.is_ok() && found == expected);
}

/// Ranges of a file that follow each other have each line once, whole, in that range where the line
/// begins that it goes on with.
pub fn byte_range(input: &[u8]) {
    let Some(([kind, first, second], text)) = input.split_first_chunk() else { return };
    if Compression::of(text).is_some() {
        return;
    }
    let ties = Ties { goes_on: |line| line.starts_with(b"+"), second: kind % 2 == 0 };
    // some lines are longer than what is read at once
    let long = if *kind >= 250 { 9_000 } else { 1 };
    let text: Vec<u8> =
        text.iter().flat_map(|byte| vec![*byte; if *byte == b'x' { long } else { 1 }]).collect();
    let file = file_of(&text);
    let place = |byte: &u8| text.len() * usize::from(*byte) / 255;
    let mut cuts = [0, place(first), place(second)];
    cuts.sort_unstable();
    // what the lines are, and where they begin
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    let lines: Vec<(usize, &[u8])> = lines
        .scan(0, |next, line| Some((std::mem::replace(next, *next + line.len()), line)))
        .collect();
    let stands_alone =
        |at: usize| at == 0 || !(lines[at].1.starts_with(b"+") || ties.second && at == 1);
    let first_from = |from: usize| {
        let found = (0..lines.len()).find(|at| lines[*at].0 >= from && stands_alone(*at));
        found.unwrap_or(lines.len())
    };
    for (from, to) in [(0, Some(1)), (1, Some(2)), (2, None)] {
        let (from, to) = (cuts[from], to.map(|to| cuts[to]));
        let start = first_from(from);
        let end = to.map_or(lines.len(), first_from);
        let is_before = |(start, line): &&(usize, &[u8])| start + line.len() < from.max(1);
        let ends = lines.iter().filter(is_before).count();
        let expected: Vec<_> = lines[start..end]
            .iter()
            .zip(start + 1 - ends..)
            .map(|((_, line), number)| (line.to_vec(), number as u64))
            .collect();
        let to = to.map(|to| to.to_string()).unwrap_or_default();
        let typed = [format!("--bytes={from}-{to}").into(), operand(&file)];
        let args = SPEC.parse(typed).unwrap();
        let mut input = Input::new(&args.operands).within(ByteRange::new(&args).unwrap(), ties);
        let mut found = Vec::new();
        let read = input.for_each_line(&mut Out::stdout("probe"), |line, _| {
            let end: &[u8] = if line.ended { b"\n" } else { b"" };
            found.push(([line.text, end].concat(), line.number));
            Ok(())
        });
        assert!(read.is_ok() && found == expected, "{from}-{to}");
        assert_eq!(input.lines(), expected.len() as u64);
    }
}

/// The rows of a pending file are all that stands between its first and its last.
pub fn pending(input: &[u8]) {
    const FIRST: &[u8] = b"probe\tpending\t1\n";
    let (kind, rows) = choice(input);
    let whole = [FIRST, rows, b"end\n"].concat();
    let content = if kind % 2 == 0 { rows } else { &whole };
    let Ok(found) = pending_file::rows(FIRST, OsStr::new("file"), content) else {
        assert!(kind % 2 == 0 && !content.is_empty());
        return;
    };
    let mut joined = Vec::new();
    for line in found {
        joined.extend_from_slice(line.text);
        joined.extend(line.ended.then_some(b'\n'));
    }
    let expected = if content.is_empty() { joined } else { [FIRST, &joined, b"end\n"].concat() };
    assert_eq!(expected, content);
}
