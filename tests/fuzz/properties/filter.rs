//! The command line, lines of files, pending files.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use common::filter::cli::{Flag, HEADER, Spec};
use common::filter::{Input, Out, Stop, pending as pending_file};
use tempfile::NamedTempFile;

use super::choice;

static SPEC: Spec = Spec { name: "probe", about: "about", operands: "[FILE...]", flags: FLAGS };
const FLAGS: &[Flag] = &[
    HEADER,
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
