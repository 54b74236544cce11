//! Results that were saved: the output of a run on bare addresses, or the file of `--cache`.

use std::path::Path;

use common::bytes::tsv;
use common::filter::{Stop, name_of};

use crate::subject::Subject;
use crate::verdict::{Answer, Verdict};

/// One of them.
#[derive(Debug)]
pub struct Saved {
    /// What was asked about, if it is of the kind that is asked about now.
    pub subject: Option<Subject>,
    /// The list.
    pub zone: String,
    /// What it said.
    pub answer: Answer,
    /// The row as it stands there.
    pub line: Box<[u8]>,
}

/// Which rows a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// That of `--cache`: every row says when it runs out, and there is no header.
    Cache,
    /// That, or output.
    Any,
}

/// Reads a whole file. A row that is none of ours is an error, so that no other file is taken for
/// one.
pub fn read(file: &Path, names: bool, layout: Layout) -> Result<Vec<Saved>, Stop> {
    let text = std::fs::read(file).map_err(Stop::io(file))?;
    let mut all = Vec::new();
    for (line, number) in text.split(|byte| *byte == b'\n').zip(1_u64..) {
        let fields: Vec<&[u8]> = tsv::fields(line).collect();
        let header =
            layout == Layout::Any && number == 1 && fields.get(2) == Some(&&b"verdict"[..]);
        if line.is_empty() || header {
            continue;
        }
        let Some(answer) = answer(&fields, layout) else {
            let place = format!("{}:{number}", name_of(file.as_os_str()));
            return Err(Stop::usage(place, "not a saved result"));
        };
        let subject = tsv::unescape(fields[0]);
        let subject = if names { Subject::name(&subject) } else { Subject::address(&subject) };
        let zone = String::from_utf8_lossy(fields[1]).into_owned();
        all.push(Saved { subject, zone, answer, line: line.into() });
    }
    Ok(all)
}

/// The last columns: the answer, and when it runs out if the row has that.
fn answer(fields: &[&[u8]], layout: Layout) -> Option<Answer> {
    let (_, _, verdict, a, txt, checked_at, expires) = match *fields {
        [subject, zone, verdict, a, txt, at] => (subject, zone, verdict, a, txt, at, &b""[..]),
        [subject, zone, verdict, a, txt, at, until] => (subject, zone, verdict, a, txt, at, until),
        _ => return None,
    };
    if layout == Layout::Cache && expires.is_empty() {
        return None;
    }
    let number = |field: &[u8]| std::str::from_utf8(field).ok()?.parse::<i64>().ok();
    let seconds =
        |field: &[u8]| if field.is_empty() { Some(None) } else { number(field).map(Some) };
    Some(Answer {
        verdict: Verdict::read(verdict)?,
        a: String::from_utf8(tsv::unescape(a).into_owned()).ok()?,
        txt: tsv::unescape(txt).into_owned(),
        checked_at: seconds(checked_at)?,
        expires: seconds(expires)?.unwrap_or(0),
    })
}
