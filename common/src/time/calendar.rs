//! The moments of stamps, also of dates without a year.

use super::instant::Instant;
use super::stamp::{Form, Stamp, month, syslog_date};
use super::zone::Zone;

/// Why a stamp names no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoMoment {
    /// It is a date without a year, and none was given.
    NoYear,
    /// There is no such time.
    NoSuchTime,
}

impl NoMoment {
    /// The words for a message.
    pub fn reason(self) -> &'static str {
        match self {
            NoMoment::NoYear => "no year; see --year",
            NoMoment::NoSuchTime => "the time names no moment",
        }
    }
}

/// The zone of stamps that name none, and the year of those that have none.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: Zone,
    year: Option<i64>,
    /// The month of the last date without a year; 0 before the first.
    month: i64,
}

impl Calendar {
    /// A calendar of this zone. `year` is that of the first date that has none; where such dates go
    /// from December back to an earlier month, the next year begins.
    pub fn new(zone: Zone, year: Option<i64>) -> Self {
        Calendar { zone, year, month: 0 }
    }

    /// Does the year of a date follow from the dates before it?
    pub fn counts_years(&self) -> bool {
        self.year.is_some()
    }

    /// The zone.
    pub fn zone(&mut self) -> &mut Zone {
        &mut self.zone
    }

    /// The moment of a stamp. Stamps come in the order of the log.
    #[inline(always)]
    pub fn moment(&mut self, stamp: Stamp<'_>) -> Result<Instant, NoMoment> {
        match stamp.with_micros() {
            Some(moment) => Ok(moment),
            None => self.moment_of_any(stamp),
        }
    }

    fn moment_of_any(&mut self, stamp: Stamp<'_>) -> Result<Instant, NoMoment> {
        let found = match stamp.form {
            Form::Syslog => {
                let year = self.year.ok_or(NoMoment::NoYear)?;
                let year = self.year_of(stamp, year);
                syslog_date(stamp.text, year, &mut self.zone)
            }
            Form::Label
            | Form::Unix
            | Form::Local
            | Form::Iso
            | Form::Utc
            | Form::Full
            | Form::SyslogWithYear
            | Form::Ctime => stamp.instant(&mut self.zone),
        };
        found.ok_or(NoMoment::NoSuchTime)
    }

    /// The year of a date that has none, after those before it.
    fn year_of(&mut self, stamp: Stamp<'_>, year: i64) -> i64 {
        /// Lines of several hosts may be out of order by a moment, but not by half a year.
        const HALF_A_YEAR_MONTHS: i64 = 6;
        let Some(month) = stamp.text.get(..3).and_then(month) else { return year };
        let fell = self.month - month;
        let year = match self.month {
            0 => year,
            12 if fell > 1 => year + 1,
            _ if fell >= HALF_A_YEAR_MONTHS => year + 1,
            // a line of the old year behind the first of the new one
            1 if month == 12 => year - 1,
            _ => year,
        };
        (self.year, self.month) = (Some(year), month);
        year
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(year: Option<i64>, dates: &[&str]) -> Vec<Result<i64, NoMoment>> {
        let mut calendar = Calendar::new(Zone::utc(), year);
        let stamps = dates.iter().map(|date| Stamp::whole(date.as_bytes()).unwrap());
        stamps.map(|stamp| calendar.moment(stamp).map(|moment| moment.seconds)).collect()
    }

    #[test]
    fn years_go_on_at_december() {
        let dates = [
            "Nov 30 12:00:00",
            "Dec  1 00:00:00",
            "Nov 30 23:59:59",
            "Dec 31 23:59:59",
            "Jan  1 00:00:00",
            "Dec 31 23:59:59",
            "Jan  1 00:00:00.5",
            "Feb 29 00:00:00",
            "Jan 31 00:00:00",
            "Dec 31 00:00:00",
            "Jun 20 18:20:14",
        ];
        // 2027-12-31 23:59:59 UTC
        let old_year = 1_830_297_599;
        let expected = [
            old_year - 31 * 86_400 - 43_199,
            old_year - 31 * 86_400 + 1,
            old_year - 31 * 86_400,
            old_year,
            old_year + 1,
            old_year,
            old_year + 1,
            old_year + 1 + 59 * 86_400,
            old_year + 1 + 30 * 86_400,
        ];
        let found = moments(Some(2027), &dates);
        assert_eq!(found[..9], expected.map(Ok));
        assert_eq!(moments(None, &dates), dates.map(|_| Err(NoMoment::NoYear)));
        // a date that has a year changes nothing
        let found =
            moments(Some(2027), &["Dec 31 00:00:00", "Jan  1 2001 00:00:00", "Jan  1 00:00:00"]);
        assert_eq!(found[2], Ok(old_year + 1));
        assert_eq!(moments(Some(2027), &["Feb 29 00:00:00"]), [Err(NoMoment::NoSuchTime)]);
    }
}
