//! The time column: a stamp as the log has it, or in one form for all logs.

use std::ops::RangeInclusive;

use crate::bytes::digits::number;
use crate::bytes::tsv::Row;
use crate::filter::cli::Args;
use crate::filter::{Fault, Stop};
use crate::time::clock::fraction;
use crate::time::{Calendar, Clock, Instant, NoMoment, Stamp, Zone, label};

/// How times are written.
#[derive(Debug)]
enum TimeForm {
    /// As the log has it.
    AsLogged,
    /// UNIX seconds, with nine digits of fraction where the log had a fraction.
    Unix,
    /// `YYYY-MM-DDTHH:MM:SS+HH:MM`, likewise.
    Iso(Clock),
    /// A TAI64N label.
    Label,
}

/// Writes the time column of rows. Times that name no zone are on the clock of `$TZ`.
#[derive(Debug)]
pub struct TimeColumn {
    form: TimeForm,
    calendar: Calendar,
}

impl TimeColumn {
    /// Writes the form that `--time` names; as the log has it where that was not given.
    pub fn named(choice: &str) -> Self {
        let form = match choice {
            "unix" => TimeForm::Unix,
            "utc" => TimeForm::Iso(Clock::new(Zone::utc())),
            "local" => TimeForm::Iso(Clock::new(Zone::local())),
            "label" => TimeForm::Label,
            _ => TimeForm::AsLogged,
        };
        TimeColumn { form, calendar: Calendar::new(Zone::local(), None) }
    }

    /// Writes the form that `--time` names, and reads dates without a year as `--year` says.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let calendar = Calendar::new(Zone::local(), year(args)?);
        Ok(TimeColumn { calendar, ..TimeColumn::named(args.choice("time")) })
    }

    /// Are times written as the log has them?
    pub fn is_as_logged(&self) -> bool {
        matches!(self.form, TimeForm::AsLogged)
    }

    /// The moment of a stamp.
    #[inline(always)]
    pub fn moment(&mut self, stamp: Stamp<'_>) -> Result<Instant, NoMoment> {
        self.calendar.moment(stamp)
    }

    /// Writes a stamp as the field of a row; nothing if the stamp names no moment and one is
    /// needed. No stamp is an empty field.
    pub fn write(&mut self, stamp: Option<Stamp<'_>>, row: &mut Row<'_>) -> Result<(), Fault> {
        let Some(stamp) = stamp else {
            row.field(b"");
            return Ok(());
        };
        if self.is_as_logged() {
            row.field(stamp.text);
            return Ok(());
        }
        let moment = self.calendar.moment(stamp);
        let Instant { seconds, nanos } = moment.map_err(|why| Fault::Reject(why.reason()))?;
        let mut text = Vec::with_capacity(40);
        match &mut self.form {
            TimeForm::AsLogged => {}
            TimeForm::Unix => {
                text.extend_from_slice(itoa::Buffer::new().format(seconds).as_bytes());
                text.extend(nanos.map(fraction).iter().flatten());
            }
            TimeForm::Iso(clock) => clock.write_iso(seconds, nanos, &mut text),
            TimeForm::Label => label::write(Instant { seconds, nanos }, &mut text),
        }
        row.field(&text);
        Ok(())
    }
}

/// The years that a log can begin with: the last may end in the next, which has four digits as well.
const YEARS: RangeInclusive<i64> = 1970..=9998;

/// The year that `--year` names.
pub fn year(args: &Args) -> Result<Option<i64>, Stop> {
    let read = |text: &[u8]| number(text)?.try_into().ok().filter(|year| YEARS.contains(year));
    args.parsed("year", "a year from 1970 to 9998", read)
}
