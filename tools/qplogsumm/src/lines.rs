//! What a line says by itself, and the first line of a log, which may be the rest of another log's
//! last one: multilog cuts a line that is longer than what is left of a file.

use common::filter::Line;
use common::logs::logterse;
use common::time::{Stamp, Zone, label, stamp::Form};

use crate::state::Label;

/// Does the line begin with a TAI64N label?
pub fn has_label(line: &[u8]) -> bool {
    label::at_start(line).is_some()
}

/// The label of the time at the start of a line; empty if there is none.
pub fn time(line: &[u8], zone: &mut Zone) -> Label {
    match Stamp::at_start(line) {
        Some((stamp, _)) if is_time(stamp) => label_of(stamp, zone),
        _ => Label::new(),
    }
}

/// The disposition of a line that is a verdict, and its label.
pub fn verdict(line: &[u8], zone: &mut Zone) -> Option<(Vec<u8>, Label)> {
    let record = logterse::parse(line).ok()?;
    let stamp = record.head.stamp.filter(|stamp| is_time(*stamp));
    let label = stamp.map(|stamp| label_of(stamp, zone)).unwrap_or_default();
    Some((record.disposition.to_vec(), label))
}

/// A number at the start of a line may be a process number.
fn is_time(stamp: Stamp<'_>) -> bool {
    stamp.form != Form::Unix || stamp.text.len() >= 9
}

/// The label of a stamp; empty if it names no moment.
fn label_of(stamp: Stamp<'_>, zone: &mut Zone) -> Label {
    let mut label = Vec::new();
    if let Some(instant) = stamp.instant(zone) {
        if stamp.form == Form::Label {
            return stamp.text.to_ascii_lowercase();
        }
        label::write(instant, &mut label);
    }
    label
}

/// A first line of a log, which may go on the last one of the log before.
#[derive(Debug)]
pub struct First {
    /// The line without its end.
    pub text: Vec<u8>,
    /// Its end is in the log.
    pub ended: bool,
    /// It begins with a label, be it that of a line or what a client said.
    pub labelled: bool,
    /// It does not and the next line does, so this one is the rest of a line.
    pub cut: bool,
    /// Its time, taken as a whole line; empty if it has none.
    pub start: Label,
    /// What it says, taken as a whole line.
    pub verdict: Option<(Vec<u8>, Label)>,
}

impl First {
    /// What is known before the next line.
    pub fn new(line: Line<'_>, zone: &mut Zone) -> Self {
        First {
            text: line.text.to_vec(),
            ended: line.ended,
            labelled: has_label(line.text),
            cut: false,
            start: time(line.text, zone),
            verdict: verdict(line.text, zone),
        }
    }

    /// Is it the rest of the line that begins so, at the end of the last log that was added?
    pub fn goes_on(&self, tail: &[u8]) -> bool {
        let whole = !self.start.is_empty() || self.verdict.is_some();
        !self.labelled && (self.cut || has_label(tail) || !whole)
    }
}
