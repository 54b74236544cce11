//! Stamps as they stand in logs: whichever comes first on a line is found by its shape.

use crate::bytes::digits::{digits_at_start, number};

use super::civil::Day;
use super::civil::digits;
use super::instant::Instant;
use super::label;
use super::zone::Zone;

/// A time as a log wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp<'a> {
    /// The bytes in the log, without the blank after them.
    pub text: &'a [u8],
    /// Their shape.
    pub form: Form,
}

/// The shapes of stamps. This is the one list of them: a match on it names every form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `@` and 24 hex digits: multilog, tai64n, svlogd -t.
    Label,
    /// UNIX seconds, with or without a fraction: splogger, accustamp, stats logs, journalctl.
    Unix,
    /// `YYYY-MM-DD HH:MM:SS.nnnnnnnnn` in local time: tai64nlocal, s6-log `T`.
    Local,
    /// `YYYY-MM-DDTHH:MM:SS.nnn+HH:MM`, RFC 3339: syslog daemons of today, our own rows.
    Iso,
    /// `YYYY-MM-DD_HH:MM:SS.nnnnn`, or with `T` and no offset, in UTC: svlogd -tt and -ttt.
    Utc,
    /// `Www YYYY-MM-DD HH:MM:SS ZONE`, the zone by its abbreviation: journalctl -o short-full.
    Full,
    /// `Mmm dd HH:MM:SS`, perhaps with a fraction, in local time: syslog's own. It has no year.
    Syslog,
    /// The same with a year before it, after the day or at the end.
    SyslogWithYear,
    /// `Www Mmm dd HH:MM:SS YYYY` in local time: ctime(3), qpsmtpd's logging/file, clamd, spamd.
    Ctime,
}

impl Form {
    /// Is it a date of the calendar, rather than a count of seconds?
    pub fn is_date(self) -> bool {
        match self {
            Form::Label | Form::Unix => false,
            Form::Local
            | Form::Iso
            | Form::Utc
            | Form::Full
            | Form::Syslog
            | Form::SyslogWithYear
            | Form::Ctime => true,
        }
    }
}

impl<'a> Stamp<'a> {
    /// The stamp at the start of `text`, and what follows the blanks after it.
    #[inline]
    pub fn at_start(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        // most words are no stamp, and need no closer look
        let may_be = matches!(text, [b'@' | b'0'..=b'9', ..] | [_, _, _, b' ', ..]);
        let (form, length) = if may_be { shape(text)? } else { return None };
        let (stamp, rest) = text.split_at(length);
        let after = rest.strip_prefix(b" ").or_else(|| rest.is_empty().then_some(rest))?;
        Some((Stamp { text: stamp, form }, after.trim_ascii_start()))
    }

    /// The stamp at the start of `text` if it is a syslog date with a year at its end, which
    /// [`at_start`](Stamp::at_start) takes for a date and a word; and what follows it.
    pub fn with_year_at_end(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        if !matches(text, YEAR_AT_END) {
            return None;
        }
        let (stamp, rest) = text.split_at(YEAR_AT_END.len());
        let rest = rest.strip_prefix(b" ")?;
        Some((Stamp { text: stamp, form: Form::SyslogWithYear }, rest.trim_ascii_start()))
    }

    /// The stamp that is all of `text`, such as a field.
    pub fn whole(text: &'a [u8]) -> Option<Self> {
        let (mut form, mut length) = shape(text)?;
        if form == Form::Syslog && matches(text, YEAR_AT_END) {
            (form, length) = (Form::SyslogWithYear, YEAR_AT_END.len());
        }
        (length == text.len()).then_some(Stamp { text, form })
    }

    /// The moment that is meant; dates without an offset are on the clock of `zone`.
    ///
    /// `None` for a date without a year, see [`Calendar`](super::Calendar), for a date that the
    /// calendar does not have, for a label or a number that is out of range, and for a time of a
    /// zone whose abbreviation is not that of `zone`. A local time that comes twice, when summer
    /// time ends, is the first.
    pub fn instant(&self, zone: &mut Zone) -> Option<Instant> {
        match self.form {
            Form::Label => label::at_start(self.text),
            Form::Unix => {
                let (seconds, fraction) = self.text.split_at(digits_at_start(self.text));
                Instant::new(digits(seconds)?, nanos(fraction.get(1..).unwrap_or_default()))
            }
            Form::Local | Form::Iso | Form::Utc => self.date_and_time(zone),
            Form::Full => full(self.text, zone),
            Form::SyslogWithYear => with_year(self.text, zone),
            Form::Ctime => syslog_date(self.text.get(4..19)?, digits(self.text.get(20..)?)?, zone),
            Form::Syslog => None,
        }
    }

    /// The moment of UNIX seconds of our days with microseconds, as nearly all are; nothing for any
    /// other stamp.
    #[inline(always)]
    pub(super) fn with_micros(&self) -> Option<Instant> {
        let (seconds, fraction) = self.text.split_first_chunk::<10>()?;
        let [b'.', micros @ ..] = <&[u8; 7]>::try_from(fraction).ok()? else { return None };
        let (seconds, micros) = (number(seconds)?, number(micros)?);
        Some(Instant {
            seconds: seconds.try_into().ok()?,
            nanos: Some(u32::try_from(micros).ok()? * 1000),
        })
    }

    /// Is it what splogger writes, UNIX seconds with six digits of fraction? A process number at
    /// the start of a line has none.
    pub fn has_micros(&self) -> bool {
        const MICROS_DIGITS: usize = 6;
        self.form == Form::Unix && self.text.iter().nth_back(MICROS_DIGITS) == Some(&b'.')
    }

    fn date_and_time(&self, zone: &mut Zone) -> Option<Instant> {
        let (date, rest) = self.text.split_at_checked(10)?;
        let (time, rest) = rest.get(1..)?.split_at_checked(8)?;
        let (fraction, offset) = rest
            .split_at(rest.iter().position(|byte| b"+-Zz".contains(byte)).unwrap_or(rest.len()));
        let local = Day::parse(date)?.0 * 86_400 + second_of_day(time)?;
        let unix = match self.form {
            Form::Local => zone.unix_of(local),
            Form::Iso => local - seconds_east(offset)?,
            _ => local,
        };
        Instant::new(unix, nanos(fraction.get(1..).unwrap_or_default()))
    }
}

/// `HH:MM:SS` as seconds since midnight.
fn second_of_day(time: &[u8]) -> Option<i64> {
    let [hour, minute, second] = [0, 3, 6].map(|at| digits(time.get(at..at + 2)?));
    let (hour, minute, second) = (hour?, minute?, second?);
    // 60 is a leap second, and counts as the one after
    let sound = hour <= 23 && minute <= 59 && second <= 60;
    sound.then_some(hour * 3600 + minute * 60 + second)
}

/// The month, 1 to 12, that three letters name.
pub(super) fn month(name: &[u8]) -> Option<i64> {
    const MONTHS: [&[u8]; 12] = [
        b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov",
        b"Dec",
    ];
    (1..).zip(MONTHS).find(|(_, month)| *month == name).map(|(number, _)| number)
}

/// The moment of `Mmm dd HH:MM:SS`, perhaps with a fraction, in a year.
pub(super) fn syslog_date(text: &[u8], year: i64, zone: &mut Zone) -> Option<Instant> {
    let day = digits(text.get(4..6)?.trim_ascii_start())?;
    let day = Day::from_civil(year, month(text.get(..3)?)?, day)?;
    let local = day.0 * 86_400 + second_of_day(text.get(7..15)?)?;
    Instant::new(zone.unix_of(local), nanos(text.get(16..).unwrap_or_default()))
}

/// The moment of a syslog date with a year.
fn with_year(text: &[u8], zone: &mut Zone) -> Option<Instant> {
    if matches(text, YEAR_FIRST) {
        syslog_date(&text[5..], digits(&text[..4])?, zone)
    } else if matches(text, YEAR_AFTER_DAY) {
        let date = [&text[..7], &text[12..]].concat();
        syslog_date(&date, digits(&text[7..11])?, zone)
    } else {
        syslog_date(text.get(..15)?, digits(text.get(16..)?)?, zone)
    }
}

/// The moment of `Www YYYY-MM-DD HH:MM:SS ZONE`. The day of the week is not looked at.
fn full(text: &[u8], zone: &mut Zone) -> Option<Instant> {
    let local = Day::parse(text.get(4..14)?)?.0 * 86_400 + second_of_day(text.get(15..23)?)?;
    let unix = match text.get(24..).unwrap_or_default() {
        b"UTC" | b"GMT" => local,
        // an abbreviation such as +03 or -0330
        offset @ [b'+' | b'-', ..] => local - seconds_east(offset)?,
        abbreviation => zone.unix_of_named(local, abbreviation)?,
    };
    Instant::new(unix, None)
}

const YEAR_FIRST: &[u8] = b"dddd aaa nd dd:dd:dd";
const YEAR_AFTER_DAY: &[u8] = b"aaa nd dddd dd:dd:dd";
const YEAR_AT_END: &[u8] = b"aaa nd dd:dd:dd dddd";

/// The shape and the length of the stamp that `text` begins with.
fn shape(text: &[u8]) -> Option<(Form, usize)> {
    match text.first()? {
        b'@' => {
            let digits: &[u8; 24] = text[1..].first_chunk()?;
            label::is_hex(digits).then_some((Form::Label, label::LENGTH))
        }
        b'0'..=b'9' => match digits_at_start(text) {
            4 if matches(text, b"dddd-dd-dd?dd:dd:dd") => date_shape(text),
            4 if matches(text, YEAR_FIRST) => Some((Form::SyslogWithYear, YEAR_FIRST.len())),
            whole => Some((Form::Unix, whole + fraction_length(&text[whole..]))),
        },
        _ if matches(text, b"aaa nd dd:dd:dd") => {
            Some((Form::Syslog, 15 + fraction_length(&text[15..])))
        }
        _ if matches(text, YEAR_AFTER_DAY) => Some((Form::SyslogWithYear, YEAR_AFTER_DAY.len())),
        _ if matches(text, b"aaa aaa nd dd:dd:dd dddd") => Some((Form::Ctime, 24)),
        _ if matches(text, b"aaa dddd-dd-dd dd:dd:dd") => {
            Some((Form::Full, 23 + abbreviation_length(&text[23..])))
        }
        _ => None,
    }
}

fn date_shape(text: &[u8]) -> Option<(Form, usize)> {
    let length = 19 + fraction_length(&text[19..]);
    let offset = match text.get(length..).unwrap_or_default() {
        [b'Z' | b'z', ..] => 1,
        rest if matches(rest, b"sdd:dd:dd") => 9,
        rest if matches(rest, b"sdd:dd") => 6,
        rest if matches(rest, b"sdddd") => 5,
        _ => 0,
    };
    match text[10] {
        b' ' => Some((Form::Local, length)),
        b'T' | b't' if offset > 0 => Some((Form::Iso, length + offset)),
        b'T' | b'_' => Some((Form::Utc, length)),
        _ => None,
    }
}

/// Does `text` begin as `shape` says? `d` digit, `n` digit or blank, `a` letter, `s` sign, `?` any.
fn matches(text: &[u8], shape: &[u8]) -> bool {
    text.len() >= shape.len()
        && text.iter().zip(shape).all(|(byte, kind)| match kind {
            b'd' => byte.is_ascii_digit(),
            b'n' => byte.is_ascii_digit() || *byte == b' ',
            b'a' => byte.is_ascii_alphabetic(),
            b's' => matches!(byte, b'+' | b'-'),
            b'?' => true,
            literal => byte == literal,
        })
}

/// How long the `.` and the digits at the start of `text` are.
fn fraction_length(text: &[u8]) -> usize {
    match text.strip_prefix(b".").map_or(0, digits_at_start) {
        0 => 0,
        digits => 1 + digits,
    }
}

/// How long the blank and the abbreviation of a zone at the start of `text` are.
fn abbreviation_length(text: &[u8]) -> usize {
    let letters = |byte: &u8| byte.is_ascii_alphabetic();
    let Some(name) = text.strip_prefix(b" ") else { return 0 };
    let length = match name {
        [b'+' | b'-', digits @ ..] => 1 + digits_at_start(digits),
        name => name.iter().take_while(|byte| letters(byte)).count(),
    };
    let is_zone = (2..=6).contains(&length) && matches!(name.get(length), None | Some(b' '));
    if is_zone { 1 + length } else { 0 }
}

/// Nanoseconds of the digits after the point; `None` where there are none.
fn nanos(fraction: &[u8]) -> Option<u32> {
    /// The nanoseconds that the last digit of a fraction stands for, by how many digits it has.
    const UNITS: [u32; 10] =
        [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    let nine = &fraction[..fraction.len().min(9)];
    Some(u32::try_from(number(nine)?).ok()? * UNITS[nine.len()])
}

/// Seconds east of UTC of `Z`, `+HH:MM`, `+HHMM` or `+HH:MM:SS`.
fn seconds_east(offset: &[u8]) -> Option<i64> {
    let (sign, rest) = match offset.split_first()? {
        (b'Z' | b'z', b"") => return Some(0),
        (b'+', rest) => (1, rest),
        (b'-', rest) => (-1, rest),
        _ => return None,
    };
    let numbers: Vec<u8> = rest.iter().copied().filter(|byte| *byte != b':').collect();
    let seconds =
        numbers.chunks(2).zip([3600, 60, 1]).map(|(pair, unit)| Some(digits(pair)? * unit));
    Some(sign * seconds.sum::<Option<i64>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix(text: &str) -> Option<(i64, Option<u32>)> {
        let instant = Stamp::whole(text.as_bytes())?.instant(&mut Zone::utc())?;
        Some((instant.seconds, instant.nanos))
    }

    #[test]
    fn each_form() {
        for (text, expected) in [
            ("@4000000042b6deb800000000", Some((1_119_280_814, Some(0)))),
            ("1119280814", Some((1_119_280_814, None))),
            ("901967408.113926", Some((901_967_408, Some(113_926_000)))),
            ("2003-09-27 11:22:07.039237500", Some((1_064_661_727, Some(39_237_500)))),
            ("2005-06-20T18:20:14+03:00", Some((1_119_280_814, None))),
            ("2005-06-20T18:20:14.5+0300", Some((1_119_280_814, Some(500_000_000)))),
            ("2005-06-20T15:20:14Z", Some((1_119_280_814, None))),
            ("2005-06-20T10:20:14-05:00", Some((1_119_280_814, None))),
            ("2015-08-17_09:16:20.41495", Some((1_439_802_980, Some(414_950_000)))),
            ("2015-08-17T09:16:20.41495", Some((1_439_802_980, Some(414_950_000)))),
            ("Mon Jun 20 15:20:14 2005", Some((1_119_280_814, None))),
            ("Thu Jan  1 00:00:00 1970", Some((0, None))),
            ("Sun Dec 31 23:59:60 1972", Some((94_694_400, None))),
            ("Wed Feb 30 00:00:00 2005", None),
            ("Mon Jux 20 15:20:14 2005", None),
            ("Mon Jun 20 24:20:14 2005", None),
            ("Mon Jun 20 15:20:14 20055", None),
            ("Jun 20 18:20:14", None),
            ("2005 Jun 20 15:20:14", Some((1_119_280_814, None))),
            ("Jun 20 2005 15:20:14", Some((1_119_280_814, None))),
            ("Jun 20 15:20:14 2005", Some((1_119_280_814, None))),
            ("Mon 2005-06-20 15:20:14 UTC", Some((1_119_280_814, None))),
            ("Mon 2005-06-20 18:20:14 +03", Some((1_119_280_814, None))),
            ("Mon 2005-06-20 11:50:14 -0330", Some((1_119_280_814, None))),
            ("Mon 2005-06-20 17:20:14 CEST", None),
            ("2005-02-30 00:00:00", None),
            ("2005-02-28 24:00:00", None),
            ("99999999999999999999", None),
            ("@400000006b0276daffffffff", None),
            ("", None),
            ("x", None),
            ("12x", None),
        ] {
            assert_eq!(unix(text), expected, "{text}");
        }
    }

    #[test]
    fn heads_of_lines() {
        let head = |text: &'static str| {
            Stamp::at_start(text.as_bytes()).map(|(stamp, rest)| (stamp.form, rest))
        };
        assert_eq!(
            head("@4000000042b6deb800000000 new msg 1"),
            Some((Form::Label, &b"new msg 1"[..]))
        );
        assert_eq!(
            head("Sep  4 09:58:09 gandalf qmail: x"),
            Some((Form::Syslog, &b"gandalf qmail: x"[..]))
        );
        assert_eq!(
            head("2003-09-27 11:22:07  two blanks"),
            Some((Form::Local, &b"two blanks"[..]))
        );
        assert_eq!(head("1063526289.292776 new"), Some((Form::Unix, &b"new"[..])));
        assert_eq!(
            head("Mon Jun 20 15:20:14 2005 mail[7]: x"),
            Some((Form::Ctime, &b"mail[7]: x"[..]))
        );
        assert_eq!(head("Mon Jun 20 15:20:14 2005x"), None);
        assert_eq!(head("@4000000042b6deb800000000x"), None);
        assert_eq!(head("Sep 14 9:58:09 gandalf"), None);
        for (text, form) in [
            ("Sep  4 09:58:09.123456 rest", Form::Syslog),
            ("2005 Sep  4 09:58:09 rest", Form::SyslogWithYear),
            ("Sep  4 2005 09:58:09 rest", Form::SyslogWithYear),
            ("Sun 2005-09-04 09:58:09 CEST rest", Form::Full),
            ("Sun 2005-09-04 09:58:09 -03 rest", Form::Full),
        ] {
            assert_eq!(head(text), Some((form, &b"rest"[..])), "{text}");
        }
        let text = b"Sep  4 09:58:09 2005 rest";
        assert_eq!(Stamp::with_year_at_end(text).map(|(_, rest)| rest), Some(&b"rest"[..]));
    }
}
