//! How long things took, and what there is to say about lengths that are not known.

use common::filter::{Line, Out};
use common::rows::TimeColumn;
use common::rows::session::millis;
use common::time::stamp::Form;
use common::time::{Instant, Stamp, label};

use crate::message::Moment;

/// The length of the part of a label that names a second.
const SECOND_BYTES: usize = label::LENGTH - 8;

/// The moments of lines, and the lengths between two.
#[derive(Debug)]
pub struct Lengths {
    /// The clock and the year of dates that name none.
    time: TimeColumn,
    /// The second of the last label, and its begin. Most lines are of the same second as the line
    /// before them.
    second: ([u8; SECOND_BYTES], i64),
    /// Where a stamp first named no moment, and why.
    no_moment: Option<(String, &'static str)>,
    /// Where an end first was before its start, and how often that was.
    set_back: Option<String>,
    set_back_times: u64,
}

impl Lengths {
    /// Nothing was read yet.
    pub fn new(time: TimeColumn) -> Self {
        let second = ([0; SECOND_BYTES], 0);
        Lengths { time, second, no_moment: None, set_back: None, set_back_times: 0 }
    }

    /// The moment of a line's stamp.
    #[inline]
    pub fn moment(&mut self, stamp: Option<Stamp<'_>>, line: Line<'_>) -> Moment {
        let stamp = stamp?;
        if stamp.form == Form::Label
            && let Some(moment) = self.of_label(stamp.text)
        {
            return Some(moment);
        }
        match self.time.moment(stamp) {
            Ok(moment) => millis(moment),
            Err(why) => {
                self.no_moment.get_or_insert_with(|| (line.place(), why.reason()));
                None
            }
        }
    }

    /// The moment of a label, unless something is wrong with it.
    fn of_label(&mut self, label: &[u8]) -> Moment {
        let (second, nanos) = label.split_first_chunk()?;
        if *second != self.second.0 {
            let moment = Instant { nanos: None, ..label::at_start(label)? };
            self.second = (*second, millis(moment)?);
        }
        let nanos = label::hex(nanos.first_chunk()?)?;
        (nanos < 1_000_000_000).then_some(self.second.1 + i64::from(nanos / 1_000_000))
    }

    /// The moment of the last stamp once more.
    pub fn moment_again(&mut self, stamp: Stamp<'_>) -> Moment {
        self.time.moment(stamp).ok().and_then(millis)
    }

    /// The length of what ended at a line; 0 and counted if the end is before the start.
    pub fn of_ended(&mut self, start: Moment, end: Moment, line: Line<'_>) -> Option<u64> {
        if start.zip(end).is_some_and(|(start, end)| end < start) {
            self.set_back.get_or_insert_with(|| line.place());
            self.set_back_times += 1;
        }
        between(start, end)
    }

    /// Says what is to be said.
    pub fn close(self, out: &mut Out) {
        if let Some((place, why)) = self.no_moment {
            out.note(place, format!("{why}; lengths are left empty"));
        }
        if let Some(place) = self.set_back {
            let times = self.set_back_times;
            out.note(
                place,
                format!("{times} ended before the start, since the clock was set back"),
            );
        }
    }
}

/// From one moment to another in milliseconds; 0 if the second is the earlier.
pub fn between(start: Moment, end: Moment) -> Option<u64> {
    let length = end?.saturating_sub(start?);
    Some(u64::try_from(length).unwrap_or(0))
}
