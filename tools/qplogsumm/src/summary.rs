//! What one log says.

use std::collections::BTreeMap;

use common::filter::{Fault, Line};
use common::logs::repeats::Repeats;
use common::multilog::{FirstLine, Label, label_at_start};
use common::time::Calendar;

use crate::head::Header;
use crate::line::{Verdict, time, verdict};

/// How often a disposition came, and since when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// The label of the first time, if one is known.
    pub first: Option<Label>,
    /// How often.
    pub count: u64,
}

impl Total {
    /// Adds what another one counted.
    pub fn add(&mut self, other: &Total) {
        self.first = earlier(self.first, other.first);
        self.count = self.count.saturating_add(other.count);
    }

    /// The first label as a field; empty if it is not known.
    pub fn first_label(&self) -> &[u8] {
        self.first.as_ref().map_or(b"", <[u8; _]>::as_slice)
    }
}

/// The totals by disposition.
pub type Totals = BTreeMap<Vec<u8>, Total>;

/// What one log says.
#[derive(Debug, Default)]
pub struct Summary {
    /// The label of the first line that has a time, without that of `first`.
    pub start: Option<Label>,
    /// The lines that it begins with.
    pub head: Header,
    /// The label of the last verdict.
    pub end: Option<Label>,
    /// The verdicts, without that of `first`.
    pub totals: Totals,
    /// The first line, which may go on the last line of the log before.
    pub first: Option<Opening>,
    /// A last line without an end.
    pub tail: Vec<u8>,
    /// Place and reason of the first verdict behind a head that is not known. The first line of a
    /// log may be the rest of one, and is left out of this.
    pub unknown: Option<(String, &'static str)>,
    /// The line that syslog may repeat.
    pub repeats: Repeats,
}

/// The first line of a log.
#[derive(Debug)]
pub struct Opening {
    /// The line without its end.
    pub text: Vec<u8>,
    /// Its end is in the log.
    pub ended: bool,
    /// Whether it is a whole line, as far as this log shows.
    pub is: FirstLine,
    /// Its time, taken as a whole line.
    pub start: Option<Label>,
    /// Its verdict, taken as a whole line.
    pub verdict: Option<Verdict>,
}

impl Summary {
    /// Takes in the next line of the log.
    pub fn take(&mut self, line: Line<'_>, calendar: &mut Calendar) {
        self.head.take(line);
        if !line.ended {
            self.tail = line.text.to_vec();
        }
        if line.number == 1 {
            self.first = Some(Opening::new(line, calendar));
            self.repeats.remember(line.text);
            return;
        }
        if let Some(first) = self.first.as_mut().filter(|_| line.number == 2) {
            first.is = first.is.before(line.text);
        }
        if self.start.is_none() {
            self.start = time(line.text, calendar);
        }
        let again = self.repeats.unfold(line.text);
        let (text, times) = match &again {
            Some(Ok(again)) => (again.line.as_slice(), again.times),
            Some(Err(_)) => return,
            None => {
                self.repeats.remember(line.text);
                (line.text, 1)
            }
        };
        match verdict(text, calendar) {
            Ok(verdict) => self.count(verdict, times),
            Err(Fault::UnknownHead(why)) => {
                self.unknown.get_or_insert_with(|| (line.place(), why));
            }
            Err(Fault::Skip(_) | Fault::Reject(_)) => {}
        }
    }

    /// Counts a verdict that came `times` times.
    pub fn count(&mut self, Verdict { disposition, label }: Verdict, times: u64) {
        self.totals.entry(disposition).or_default().add(&Total { first: label, count: times });
        self.end = self.end.max(label);
    }
}

impl Opening {
    fn new(line: Line<'_>, calendar: &mut Calendar) -> Self {
        Opening {
            text: line.text.to_vec(),
            ended: line.ended,
            is: FirstLine::of(line.text, None),
            start: time(line.text, calendar),
            verdict: verdict(line.text, calendar).ok(),
        }
    }

    /// Is it the rest of the line that begins so, at the end of the last log that was added?
    pub fn goes_on(&self, beginning: &[u8]) -> bool {
        match self.is {
            FirstLine::Whole => false,
            FirstLine::Rest => true,
            FirstLine::Unknown => {
                let says_nothing = self.start.is_none() && self.verdict.is_none();
                says_nothing || label_at_start(beginning).is_some()
            }
        }
    }
}

/// The earlier of two labels, if any is known.
pub fn earlier(one: Option<Label>, other: Option<Label>) -> Option<Label> {
    one.into_iter().chain(other).min()
}
