//! The stretches of time that reports have a row for.

use std::ops::Range;

use common::time::{Day, Instant, Zone};

const HOUR_SECONDS: i64 = 3600;
const DAY_SECONDS: i64 = 86_400;

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An hour of a local day.
    Hour,
    /// A local day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
    /// Three of them.
    Quarter,
    /// All days that are shown.
    Whole,
}

impl Step {
    /// Those that can be asked for by their headings.
    pub const NAMED: [Step; 5] = [Step::Hour, Step::Day, Step::Week, Step::Month, Step::Quarter];

    /// The step of a name.
    pub fn named(name: &[u8]) -> Option<Self> {
        Self::NAMED.into_iter().find(|step| step.heading().as_bytes() == name)
    }

    /// What the column of periods is called.
    pub fn heading(self) -> &'static str {
        match self {
            Step::Hour => "hour",
            Step::Day => "day",
            Step::Week => "week",
            Step::Month => "month",
            Step::Quarter => "quarter",
            Step::Whole => "days",
        }
    }

    /// The period that a day is in: `2026-W47`, `2026-11`, `2026-Q4`; of an hour, its day.
    fn name(self, day: Day) -> String {
        let (year, month, _) = day.civil();
        match self {
            Step::Hour | Step::Day | Step::Whole => day.to_string(),
            Step::Week => {
                // a week belongs to the year that its Thursday is in; 1970-01-01 was one
                let thursday =
                    Day(day.0.div_euclid(7) * 7 + if day.0.rem_euclid(7) < 4 { 0 } else { 7 });
                let year = thursday.civil().0;
                let first = Day::from_civil(year, 1, 1).map_or(0, |first| first.0);
                format!("{year:04}-W{:02}", (thursday.0 - first) / 7 + 1)
            }
            Step::Month => format!("{year:04}-{month:02}"),
            Step::Quarter => format!("{year:04}-Q{}", (month + 2) / 3),
        }
    }
}

/// One period.
#[derive(Clone, Debug)]
pub struct Period {
    /// As it is shown.
    pub name: String,
    /// Its days; a day that has not begun is in no period.
    pub days: Range<Day>,
    /// The hour of its only day, if it is no more.
    pub hour: Option<u8>,
    /// How long it is, up to now.
    pub length_ms: u64,
}

impl Period {
    /// Its days, one by one.
    pub fn each_day(&self) -> impl Iterator<Item = Day> + use<> {
        (self.days.start.0..self.days.end.0).map(Day)
    }
}

/// The periods of some days, up to now.
pub fn periods(days: Range<Day>, step: Step, now: Instant, zone: &mut Zone) -> Vec<Period> {
    let today = zone.day_at(now.seconds);
    let end = days.end.0.min(today.0 + 1);
    let mut periods: Vec<Period> = Vec::new();
    for day in (days.start.0..end).map(Day) {
        if step == Step::Hour {
            let hours =
                (0..24).filter(|hour| day < today || i64::from(*hour) <= zone.hour_at(now.seconds));
            let hours: Vec<u8> = hours.collect();
            for hour in hours {
                let name = format!("{day} {hour:02}");
                let length_ms =
                    length_ms(day, i64::from(hour) * HOUR_SECONDS, HOUR_SECONDS, now, zone);
                periods.push(Period {
                    name,
                    days: day..Day(day.0 + 1),
                    hour: Some(hour),
                    length_ms,
                });
            }
            continue;
        }
        let length_ms = length_ms(day, 0, DAY_SECONDS, now, zone);
        let name = step.name(day);
        match periods.last_mut() {
            Some(last) if step == Step::Whole || last.name == name => {
                last.days.end = Day(day.0 + 1);
                last.length_ms += length_ms;
            }
            _ => periods.push(Period { name, days: day..Day(day.0 + 1), hour: None, length_ms }),
        }
    }
    if let (Step::Whole, Some(whole)) = (step, periods.first_mut())
        && whole.days.end.0 - whole.days.start.0 > 1
    {
        whole.name = format!("{}..{}", whole.days.start, Day(whole.days.end.0 - 1));
    }
    periods
}

/// How long the clock on the wall shows this day and these seconds of it, up to now: an hour that it
/// shows twice has 7,200,000 ms, one that it skips has none.
fn length_ms(day: Day, from: i64, seconds: i64, now: Instant, zone: &mut Zone) -> u64 {
    let local = day.0 * DAY_SECONDS + from;
    let now_ms = now.seconds * 1000 + i64::from(now.nanos.unwrap_or(0)) / 1_000_000;
    let mut length = 0;
    // no zone is farther than a day from UTC
    let mut at = local - DAY_SECONDS;
    while at < local + 2 * DAY_SECONDS {
        let (_, change, offset) = zone.period_at(at);
        let change = change.max(at + 1);
        let start = (local - i64::from(offset)).max(at);
        let end = (local + seconds - i64::from(offset)).min(change);
        length += ((end * 1000).min(now_ms) - start * 1000).max(0);
        at = change;
    }
    length.try_into().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text.as_bytes()).unwrap()
    }

    fn at(seconds: i64) -> Instant {
        Instant { seconds, nanos: Some(500_000_000) }
    }

    /// Compared with what `date +%G-W%V` prints.
    #[test]
    fn weeks_are_those_of_iso_8601() {
        for (text, week) in [
            ("1969-12-29", "1970-W01"),
            ("1970-01-01", "1970-W01"),
            ("2021-01-03", "2020-W53"),
            ("2021-01-04", "2021-W01"),
            ("2024-12-30", "2025-W01"),
            ("2026-11-22", "2026-W47"),
            ("2026-11-23", "2026-W48"),
        ] {
            assert_eq!(Step::Week.name(day(text)), week, "{text}");
        }
    }

    #[test]
    fn periods_end_with_their_days_and_now() {
        let days = day("2026-09-28")..day("2026-10-03");
        let utc = |step| {
            let periods = periods(days.clone(), step, at(1_790_899_200), &mut Zone::utc());
            periods.into_iter().map(|period| (period.name, period.length_ms)).collect::<Vec<_>>()
        };
        let name = |name: &str, length| (name.to_owned(), length);
        // now is 2026-10-02 00:00:00.5
        assert_eq!(utc(Step::Month), [name("2026-09", 259_200_000), name("2026-10", 86_400_500)]);
        assert_eq!(utc(Step::Whole), [name("2026-09-28..2026-10-02", 345_600_500)]);
        assert_eq!(utc(Step::Quarter).len(), 2);
        assert_eq!(utc(Step::Week), [name("2026-W40", 345_600_500)]);
        assert_eq!(utc(Step::Hour).len(), 97);
        assert_eq!(utc(Step::Hour)[96], name("2026-10-02 00", 500));
    }

    #[test]
    fn a_day_is_as_long_as_its_hours() {
        let mut zone = Zone::local();
        for day in (20_000..20_800).map(Day) {
            let periods = periods(day..Day(day.0 + 1), Step::Hour, at(3_000_000_000), &mut zone);
            let sum: u64 = periods.iter().map(|period| period.length_ms).sum();
            let whole = (zone.start_of(Day(day.0 + 1)) - zone.start_of(day)) * 1000;
            assert_eq!(i64::try_from(sum).unwrap(), whole);
        }
    }
}
