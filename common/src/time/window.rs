//! Moments as a person names them on a command line: `--since yesterday`, `--until 90m`.

use super::civil::Day;
use super::instant::Instant;
use super::stamp::Form;
use super::stamp::Stamp;
use super::zone::Zone;

/// What [`moment`] takes, for a usage error.
pub const EXPECTED: &str =
    "a time (@label, YYYY-MM-DD[ HH:MM[:SS]], RFC 3339, today, yesterday, 90m, 24h, 7d)";

/// The moment that `text` names, seen from `now`.
///
/// A label, RFC 3339, `YYYY-MM-DD` and `YYYY-MM-DD HH:MM[:SS]` on the clock of `zone`, UNIX
/// seconds of at least nine digits, `today` and `yesterday` (their first second), or a number and
/// one of `s m h d`: that long before `now`.
pub fn moment(text: &[u8], now: Instant, zone: &mut Zone) -> Option<Instant> {
    if let Some(day) = day(text, now, zone) {
        return Instant::new(zone.start_of(day), None);
    }
    if let Some((unit, number)) = text.split_last()
        && let Some(number) = super::civil::digits(number)
    {
        let seconds = match unit {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            _ => 0,
        };
        if seconds > 0 {
            let before = number.checked_mul(seconds)?;
            return Instant::new(now.seconds.checked_sub(before)?, now.nanos);
        }
    }
    if text.len() < 9 {
        return None;
    }
    let with_seconds = [text, b":00"].concat();
    let stamp = Stamp::whole(text).or_else(|| Stamp::whole(&with_seconds))?;
    // a date with `T` and no offset could be meant in UTC or in local time
    if stamp.form == Form::Utc { None } else { stamp.instant(zone) }
}

/// The day that `YYYY-MM-DD`, `today` or `yesterday` names, seen from `now` in `zone`.
pub fn day(text: &[u8], now: Instant, zone: &mut Zone) -> Option<Day> {
    let today = zone.day_at(now.seconds);
    match text {
        b"today" => Some(today),
        b"yesterday" => Some(Day(today.0 - 1)),
        _ => Day::parse(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form() {
        let now = Instant { seconds: 1_119_280_814, nanos: None };
        let at =
            |text: &str| moment(text.as_bytes(), now, &mut Zone::utc()).map(|found| found.seconds);
        for (text, expected) in [
            ("today", Some(1_119_225_600)),
            ("yesterday", Some(1_119_139_200)),
            ("2005-06-20", Some(1_119_225_600)),
            ("2005-06-20 15:20", Some(1_119_280_800)),
            ("2005-06-20 15:20:14", Some(1_119_280_814)),
            ("2005-06-20T18:20:14+03:00", Some(1_119_280_814)),
            ("@4000000042b6deb800000000", Some(1_119_280_814)),
            ("1119280814", Some(1_119_280_814)),
            // with fewer digits a number is no moment
            ("999999999", Some(999_999_999)),
            ("99999999", None),
            ("90m", Some(1_119_275_414)),
            ("24h", Some(1_119_194_414)),
            ("7d", Some(1_118_676_014)),
            ("2005-06-31", None),
            ("2005-06-20T15:20:14", None),
            ("tomorrow", None),
            ("12", None),
            ("-7d", None),
            ("99999999999999999d", None),
            ("", None),
        ] {
            assert_eq!(at(text), expected, "{text}");
        }
    }
}
