//! The offset from UTC, exact to the second, for any moment.

use std::path::Path;
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::bytes::regular::read_regular;

use super::civil::DAYS_IN_400_YEARS;
use super::civil::Day;
use super::instant::FARTHEST;

/// A larger file is no zone: the largest of the database has 4 KiB.
const MOST_BYTES: u64 = 1 << 20;
const DAY: i64 = 86_400;
/// 400 years, after which dates, weekdays and so the rules for summer time repeat.
const CYCLE: i64 = DAYS_IN_400_YEARS * DAY;
/// 9999-01-01: the library that knows the zones knows no later year.
const LAST_KNOWN: i64 = 253_370_764_800;
/// 0001-01-01, before which no zone changed.
const FIRST_KNOWN: i64 = -62_135_596_800;

/// The rules of `$TZ`, once they were needed; `None` is UTC.
static OF_ENVIRONMENT: OnceLock<Option<TimeZone>> = OnceLock::new();

/// A period that holds every moment, at the offset of UTC.
const ALWAYS_UTC: (i64, i64, i32) = (i64::MIN, i64::MAX, 0);
/// A period that holds none.
const NEVER: (i64, i64, i32) = (0, 0, 0);

/// A zone, and the period of one offset that was asked for last: logs ask for the same one again
/// and again.
#[derive(Clone, Debug)]
pub struct Zone {
    rules: Rules,
    /// The first second of the period, the first after it, and its offset in seconds east of UTC.
    period: (i64, i64, i32),
}

#[derive(Clone, Debug)]
enum Rules {
    Utc,
    /// Those of `$TZ`, which have not been needed yet.
    NotReadYet,
    Known(TimeZone),
}

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Zone { rules: Rules::Utc, period: ALWAYS_UTC }
    }

    /// The zone of `$TZ`, read when it is needed first, as the C library reads it: unset, the
    /// system's `/etc/localtime`; a file below `/usr/share/zoneinfo`; or a rule such as
    /// `EST5EDT,M3.2.0,M11.1.0`. UTC where it is empty or none of these.
    pub fn local() -> Self {
        Zone { rules: Rules::NotReadYet, period: NEVER }
    }

    fn rules(&mut self) -> Option<&TimeZone> {
        if matches!(self.rules, Rules::NotReadYet) {
            match OF_ENVIRONMENT.get_or_init(from_environment).clone() {
                Some(rules) => self.rules = Rules::Known(rules),
                None => *self = Zone::utc(),
            }
        }
        match &self.rules {
            Rules::Known(rules) => Some(rules),
            Rules::Utc | Rules::NotReadYet => None,
        }
    }

    /// Seconds east of UTC at UNIX time `unix`.
    pub fn offset_at(&mut self, unix: i64) -> i32 {
        self.period_at(unix).2
    }

    /// The period of one offset that `unix` is in: its first second, the first after it, and the
    /// offset in seconds east of UTC.
    pub fn period_at(&mut self, unix: i64) -> (i64, i64, i32) {
        if !(self.period.0..self.period.1).contains(&unix)
            && let Some(period) = self.rules().map(|rules| period_of(rules, unix))
        {
            self.period = period;
        }
        self.period
    }

    /// The local day at UNIX time `unix`.
    pub fn day_at(&mut self, unix: i64) -> Day {
        Day(self.local_seconds(unix).div_euclid(DAY))
    }

    /// The hour of the local day, 0 to 23, at UNIX time `unix`.
    pub fn hour_at(&mut self, unix: i64) -> i64 {
        self.local_seconds(unix).rem_euclid(DAY) / 3600
    }

    /// The UNIX time at which a clock on the wall shows `local`, counted in seconds as if it were
    /// UTC. Where it shows that twice the first time counts; where it skips that, the time it
    /// would have been without the change.
    pub fn unix_of(&mut self, local: i64) -> i64 {
        let before = i64::from(self.offset_at(local - DAY));
        let after = i64::from(self.offset_at(local + DAY));
        for offset in [before, after] {
            if i64::from(self.offset_at(local - offset)) == offset {
                return local - offset;
            }
        }
        local - before
    }

    /// The same for a clock that shows the zone's abbreviation too, such as `CEST`, which tells the
    /// first of two from the second; `None` if the zone has another abbreviation then.
    pub fn unix_of_named(&mut self, local: i64, abbreviation: &[u8]) -> Option<i64> {
        let first = self.unix_of(local);
        let [before, after] = [local - DAY, local + DAY].map(|at| i64::from(self.offset_at(at)));
        let second = first + before - after;
        [first, second].into_iter().find(|unix| {
            let named = self.abbreviation_at(*unix).as_deref() == Some(abbreviation);
            named && self.local_seconds(*unix) == local
        })
    }

    fn abbreviation_at(&mut self, unix: i64) -> Option<Vec<u8>> {
        let moment = Timestamp::from_second(unix).ok()?;
        let Some(rules) = self.rules() else { return Some(b"UTC".to_vec()) };
        Some(rules.to_offset_info(moment).abbreviation().into())
    }

    /// The UNIX time at which a local day begins.
    pub fn start_of(&mut self, day: Day) -> i64 {
        self.unix_of(day.0 * DAY)
    }

    fn local_seconds(&mut self, unix: i64) -> i64 {
        unix + i64::from(self.offset_at(unix))
    }
}

fn from_environment() -> Option<TimeZone> {
    let Ok(name) = std::env::var("TZ") else { return from_file(Path::new("/etc/localtime")) };
    let name = name.strip_prefix(':').unwrap_or(&name);
    // joined to an absolute path, the folder falls away
    from_file(&Path::new("/usr/share/zoneinfo").join(name))
        .or_else(|| TimeZone::posix(name).ok())
        // summer time without dates has those of the United States, as in the C library
        .or_else(|| TimeZone::posix(&format!("{name},M3.2.0,M11.1.0")).ok())
}

fn from_file(path: &Path) -> Option<TimeZone> {
    TimeZone::tzif(&path.to_string_lossy(), &read_regular(path, MOST_BYTES).ok()?).ok()
}

fn period_of(rules: &TimeZone, unix: i64) -> (i64, i64, i32) {
    if unix < FIRST_KNOWN {
        let first = Timestamp::from_second(FIRST_KNOWN);
        return (i64::MIN, FIRST_KNOWN, first.map_or(0, |first| rules.to_offset(first).seconds()));
    }
    // the library's years end at 9999: later ones are like those a multiple of 400 years before
    let beyond = if unix < LAST_KNOWN { 0 } else { ((unix - LAST_KNOWN) / CYCLE + 1) * CYCLE };
    let known = unix - beyond;
    let (Ok(moment), Ok(next)) = (Timestamp::from_second(known), Timestamp::from_second(known + 1))
    else {
        return (unix, unix + 1, 0);
    };
    let start = rules
        .preceding(next)
        .next()
        .map_or(-FARTHEST - DAY, |change| change.timestamp().as_second());
    let end = rules
        .following(moment)
        .next()
        .map_or(FARTHEST + DAY, |change| change.timestamp().as_second());
    let offset = rules.to_offset(moment).seconds();
    if beyond == 0 {
        (start, end.min(LAST_KNOWN), offset)
    } else {
        (start.max(LAST_KNOWN - CYCLE) + beyond, end.min(LAST_KNOWN) + beyond, offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(rule: &str) -> Zone {
        Zone { rules: Rules::Known(TimeZone::posix(rule).unwrap()), period: NEVER }
    }

    /// Lord Howe Island, with its half hour of summer time.
    const LORD_HOWE: &str = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0";

    #[test]
    fn the_second_of_a_change() {
        // 2026-04-04 15:00:00 UTC and 2026-10-03 15:30:00 UTC
        for (change, before, after) in
            [(1_775_314_800, 39_600, 37_800), (1_791_041_400, 37_800, 39_600)]
        {
            // whichever is asked first, and so has its period kept
            for first in [change - 1, change] {
                let mut zone = zone(LORD_HOWE);
                zone.offset_at(first);
                assert_eq!([change - 1, change].map(|at| zone.offset_at(at)), [before, after]);
            }
        }
    }

    /// A cached period gives what a fresh question gives, in any order of questions.
    #[test]
    fn the_cache_changes_nothing() {
        fn agree(moments: Vec<i64>) -> bool {
            let mut cached = zone(LORD_HOWE);
            moments.into_iter().map(|moment| moment % 400_000_000_000).all(|unix| {
                let (from, until, offset) = cached.period_at(unix);
                (from..until).contains(&unix) && zone(LORD_HOWE).offset_at(unix) == offset
            })
        }
        quickcheck::QuickCheck::new().tests(400).quickcheck(agree as fn(Vec<i64>) -> bool);
    }

    #[test]
    fn summers_beyond_the_year_9999() {
        let mut zone = zone(LORD_HOWE);
        for years in [0, 1, 20, 1_000_000] {
            let shift = years * CYCLE;
            assert_eq!(zone.offset_at(1_775_314_799 + shift), 39_600);
            assert_eq!(zone.offset_at(1_775_314_800 + shift), 37_800);
        }
        assert_eq!(zone.offset_at(FARTHEST), 39_600);
        zone.offset_at(-FARTHEST);
    }

    #[test]
    fn from_the_wall_clock_by_abbreviation() {
        let mut zone = zone("EST5EDT,M3.2.0,M11.1.0");
        let day = Day::parse(b"2026-11-01").unwrap().0 * DAY;
        assert_eq!(zone.unix_of_named(day + 5400, b"EDT"), Some(1_793_511_000));
        assert_eq!(zone.unix_of_named(day + 5400, b"EST"), Some(1_793_514_600));
        assert_eq!(zone.unix_of_named(day, b"EDT"), Some(1_793_505_600));
        assert_eq!(zone.unix_of_named(day, b"EST"), None);
        assert_eq!(zone.unix_of_named(day, b"CEST"), None);
        assert_eq!(Zone::utc().unix_of_named(day, b"UTC"), Some(day));
    }

    #[test]
    fn from_the_wall_clock() {
        let mut zone = zone("EST5EDT,M3.2.0,M11.1.0");
        let unix_of = |zone: &mut Zone, day: &str, seconds| {
            zone.unix_of(Day::parse(day.as_bytes()).unwrap().0 * DAY + seconds)
        };
        assert_eq!(unix_of(&mut zone, "2026-07-01", 0), 1_782_878_400);
        // 01:30 comes twice on 2026-11-01: the first is 05:30 UTC
        assert_eq!(unix_of(&mut zone, "2026-11-01", 5400), 1_793_511_000);
        // 02:30 is skipped on 2026-03-08: as 07:30 UTC
        assert_eq!(unix_of(&mut zone, "2026-03-08", 9000), 1_772_955_000);
        assert_eq!(zone.day_at(1_793_511_000).to_string(), "2026-11-01");
        assert_eq!(zone.hour_at(1_793_511_000), 1);
    }
}
