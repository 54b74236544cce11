//! A stretch of time, divided over the local days or hours that it covers.

use common::time::Zone;

/// The seconds of an hour.
pub const HOUR: i64 = 3600;
/// The seconds of a day on which the clock is not changed.
pub const DAY: i64 = 86_400;

/// The first part of the time between two moments, in UNIX milliseconds, that is in one local day or
/// hour, as `step` says: its first second, in UNIX time, and how many milliseconds it has. `None` if
/// there is no time between them.
pub fn first_part(zone: &mut Zone, step: i64, from: i64, until: i64) -> Option<(i64, u64)> {
    let second = from.div_euclid(1000);
    // the clock goes evenly until it is changed
    let (_, change, offset) = zone.period_at(second);
    let left = step - second.saturating_add(offset.into()).rem_euclid(step);
    let end = second.saturating_add(left).min(change).saturating_mul(1000).min(until);
    let length = u64::try_from(end.checked_sub(from)?).ok()?;
    (length > 0).then_some((second, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each second by itself gives the same.
    #[test]
    fn parts_are_those_of_their_seconds() {
        fn holds(start: u32, seconds: u16, ms: (u16, u16), by_hour: bool) -> bool {
            let mut zone = Zone::local();
            let step = if by_hour { HOUR } else { DAY };
            let from = i64::from(start) * 1000 + i64::from(ms.0 % 1000);
            let until = from + i64::from(seconds) * 4000 + i64::from(ms.1 % 1000);
            let place = |zone: &mut Zone, second| {
                (zone.day_at(second), if by_hour { zone.hour_at(second) } else { 0 })
            };
            let mut expected = std::collections::BTreeMap::new();
            let mut at = from;
            while at < until {
                let next = ((at.div_euclid(1000) + 1) * 1000).min(until);
                *expected.entry(place(&mut zone, at.div_euclid(1000))).or_insert(0) += next - at;
                at = next;
            }
            let (mut found, mut at) = (std::collections::BTreeMap::new(), from);
            while let Some((second, length)) = first_part(&mut zone, step, at, until) {
                let length = i64::try_from(length).unwrap();
                *found.entry(place(&mut zone, second)).or_insert(0) += length;
                at += length;
            }
            found == expected
        }
        let holds = holds as fn(u32, u16, (u16, u16), bool) -> bool;
        quickcheck::QuickCheck::new().tests(100).quickcheck(holds);
    }

    #[test]
    fn no_time_has_no_part() {
        for until in [i64::MIN, -1, 0] {
            assert_eq!(first_part(&mut Zone::utc(), DAY, 0, until), None);
        }
    }

    #[test]
    fn midnight_divides() {
        let parts = [(0, 86_400_000 - 5), (86_400, 7)];
        let mut from = 5;
        for (second, length) in parts {
            assert_eq!(first_part(&mut Zone::utc(), DAY, from, 86_400_007), Some((second, length)));
            from += i64::try_from(length).unwrap();
        }
        assert_eq!(first_part(&mut Zone::utc(), HOUR, -1, 10), Some((-1, 1)));
    }
}
