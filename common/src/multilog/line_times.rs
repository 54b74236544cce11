//! The times of lines that have no labels.

use super::labels::{Label, label_of};
use crate::time::stamp::Form;
use crate::time::{Calendar, Instant, NoMoment, Stamp, label};

/// Finds the stamp that a line begins with and the one nearest to its event. The formats know how,
/// and stand below this floor, so a tool hands it in.
pub type Stamps = for<'a> fn(&'a [u8]) -> Option<[Stamp<'a>; 2]>;

/// Reads the time of a line, as the label that multilog would have given it.
#[derive(Clone, Debug)]
pub struct LineTimes {
    stamps: Stamps,
    calendar: Calendar,
    /// Labels count leap seconds, as those of s6-log do.
    s6: bool,
    /// What hindered the last time that could not be read.
    hindrance: Option<NoMoment>,
}

impl LineTimes {
    /// Reads stamps that `stamps` finds; `s6`: in a log of s6-log.
    pub fn new(stamps: Stamps, calendar: Calendar, s6: bool) -> Self {
        LineTimes { stamps, calendar, s6, hindrance: None }
    }

    /// The time of a line; `None` if it has none. Lines come in the order of the log.
    ///
    /// The stamp nearest to the event counts if it is not later than the one at the start: what a
    /// program writes may be a client's words, and must not lead into the future.
    pub fn of(&mut self, line: &[u8]) -> Option<Label> {
        let [first, nearest] = (self.stamps)(line)?;
        let logged = self.moment(first)?;
        if nearest == first {
            return Some(self.label_of(logged));
        }
        let event = self.moment(nearest).filter(|event| event.seconds <= logged.seconds);
        Some(self.label_of(event.unwrap_or(logged)))
    }

    /// The time at the start of a line alone, for a search that does not read lines in order: a date
    /// without a year has none then.
    pub fn at_start(&mut self, line: &[u8]) -> Option<Label> {
        let [first, _] = (self.stamps)(line).filter(|[first, _]| first.form != Form::Syslog)?;
        let logged = self.moment(first)?;
        Some(self.label_of(logged))
    }

    /// Does the time of a line follow from the lines before it, too?
    pub fn needs_all_lines(&self) -> bool {
        self.calendar.counts_years()
    }

    /// Why the last time could not be read, if one could not.
    pub fn hindrance(&self) -> Option<NoMoment> {
        self.hindrance
    }

    fn moment(&mut self, stamp: Stamp<'_>) -> Option<Instant> {
        let moment = self.calendar.moment(stamp);
        self.hindrance = moment.err().or(self.hindrance);
        moment.ok()
    }

    fn label_of(&self, moment: Instant) -> Label {
        label_of(if self.s6 { label::with_leap_seconds(moment) } else { moment })
    }
}
