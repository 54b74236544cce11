//! Results that were saved: the output of a run on bare addresses, or the file of `--cache`.

use std::path::Path;

use common::bytes::{digits, tsv};
use common::filter::{Stop, name_of};

use crate::list::List;
use crate::subject::Subject;
use crate::verdict::{Answer, Verdict, of_addresses, split};

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

impl Saved {
    /// What the answer means for a list as it is asked now. A refusal stays one, as no test shows
    /// that it was none.
    pub fn judged(mut self, list: &List) -> Answer {
        let addresses = split(&self.answer.a).unwrap_or_default();
        if !addresses.is_empty() {
            let is_sound = self.answer.verdict != Verdict::Refused;
            self.answer.verdict = of_addresses(list, &addresses, is_sound);
        }
        self.answer.txt = list.without_key(self.answer.txt);
        self.answer
    }
}

/// Which rows a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// That of `--cache`: every row says when it runs out, and there is no header.
    Cache,
    /// That, or output.
    Any,
}

/// Reads the text of a whole file. A row that is none of ours is an error, so that no other file is
/// taken for one.
pub fn read(text: &[u8], file: &Path, names: bool, layout: Layout) -> Result<Vec<Saved>, Stop> {
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
    let number = |field: &[u8]| i64::try_from(digits::number(field)?).ok();
    let seconds =
        |field: &[u8]| if field.is_empty() { Some(None) } else { number(field).map(Some) };
    let verdict = Verdict::read(verdict)?;
    let a = std::str::from_utf8(a).ok()?;
    Some(Answer {
        verdict: verdict.fits(&split(a)?).then_some(verdict)?,
        a: a.into(),
        txt: tsv::unescape(txt).into_owned(),
        checked_at: seconds(checked_at)?,
        expires: seconds(expires)?.unwrap_or(0),
    })
}
