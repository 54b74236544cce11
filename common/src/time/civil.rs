//! The Gregorian calendar in integers, for years far beyond four digits.

use std::fmt;

use crate::bytes::digits::number;

/// Days in 400 years, after which the calendar repeats, weekdays included.
pub const DAYS_IN_400_YEARS: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;

/// A day of the calendar: days since 1970-01-01. Written `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i64);

impl Day {
    /// The day with this year, month (1 to 12) and day of the month; `None` if there is none.
    pub fn from_civil(year: i64, month: i64, day: i64) -> Option<Self> {
        let shift = (-100_000_000_000..=100_000_000_000).contains(&year);
        if !shift || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        // Years that begin in March put the leap day last.
        let (year_of_march, month_of_march) =
            if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let day_of_year = (153 * month_of_march + 2) / 5 + day - 1;
        let (cycle, year_of_cycle) = (year_of_march.div_euclid(400), year_of_march.rem_euclid(400));
        let leap_days = year_of_cycle / 4 - year_of_cycle / 100;
        let days = cycle * DAYS_IN_400_YEARS + year_of_cycle * 365 + leap_days + day_of_year;
        let found = Day(days - DAYS_TO_1970);
        (found.civil() == (year, month, day)).then_some(found)
    }

    /// Year, month (1 to 12) and day of the month.
    pub fn civil(self) -> (i64, i64, i64) {
        let days = self.0 + DAYS_TO_1970;
        let (cycle, day) = (days.div_euclid(DAYS_IN_400_YEARS), days.rem_euclid(DAYS_IN_400_YEARS));
        // Every 1,461st, but not every 36,525th, yet the 146,097th day is a leap day.
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day_of_year = day - (365 * year + year / 4 - year / 100);
        let month_of_march = (5 * day_of_year + 2) / 153;
        let day_of_month = day_of_year - (153 * month_of_march + 2) / 5 + 1;
        let month = if month_of_march < 10 { month_of_march + 3 } else { month_of_march - 9 };
        (cycle * 400 + year + i64::from(month <= 2), month, day_of_month)
    }

    /// Reads `YYYY-MM-DD`; `None` for anything else, and for a day that does not exist.
    pub fn parse(text: &[u8]) -> Option<Self> {
        match text {
            [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] => Day::from_civil(
                digits(&[*y0, *y1, *y2, *y3])?,
                digits(&[*m0, *m1])?,
                digits(&[*d0, *d1])?,
            ),
            _ => None,
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// The number that up to 18 decimal digits write; `None` for anything else.
pub fn digits(text: &[u8]) -> Option<i64> {
    number(text).filter(|_| text.len() <= 18)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every day of 1,200 years against the rule for leap years, counted one by one.
    #[test]
    fn the_calendar_day_by_day() {
        let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let mut expected = (1600, 1, 1);
        let first = Day::from_civil(1600, 1, 1).unwrap().0;
        for days in first..first + 3 * DAYS_IN_400_YEARS {
            assert_eq!(Day(days).civil(), expected);
            assert_eq!(Day::from_civil(expected.0, expected.1, expected.2), Some(Day(days)));
            let (year, month, day) = expected;
            let length = match month {
                2 => 28 + i64::from(leap(year)),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            expected = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                _ if day == length => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
    }

    #[test]
    fn text() {
        assert_eq!(Day(0).to_string(), "1970-01-01");
        assert_eq!(Day::parse(b"2026-11-22").unwrap().to_string(), "2026-11-22");
        assert_eq!(Day::from_civil(10_000, 1, 1).unwrap().to_string(), "10000-01-01");
        for wrong in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "", "x026-01-01"] {
            assert_eq!(Day::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
