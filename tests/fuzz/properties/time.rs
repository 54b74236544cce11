//! Stamps, labels and moments.

use common::rows::TimeColumn;
use common::rows::moments::Moments;
use common::time::stamp::Form;
use common::time::window;
use common::time::{
    Calendar, Clock, Day, FARTHEST, Instant, NoMoment, Stamp, Zone, label as labels,
};

use super::{choice, lines_of};

/// A stamp is what a line begins with, its moment is that of its parts, and comes back from each
/// form in which it is written.
pub fn stamp(input: &[u8]) {
    let found = Stamp::at_start(input).into_iter().chain(Stamp::with_year_at_end(input));
    for (stamp, rest) in found {
        let between = input.len() - stamp.text.len() - rest.len();
        assert!(input.starts_with(stamp.text) && input.ends_with(rest));
        let blanks = &input[stamp.text.len()..stamp.text.len() + between];
        assert!(
            blanks.iter().all(u8::is_ascii_whitespace) && (!blanks.is_empty() || rest.is_empty())
        );
        assert_eq!(Stamp::whole(stamp.text), Some(stamp));
    }
    let Some(stamp) = Stamp::whole(input) else { return };
    let moment = stamp.instant(&mut Zone::utc());
    let calendar = Calendar::new(Zone::utc(), None).moment(stamp);
    match stamp.form {
        Form::Syslog => assert_eq!((moment, calendar), (None, Err(NoMoment::NoYear))),
        Form::Label
        | Form::Unix
        | Form::Local
        | Form::Iso
        | Form::Utc
        | Form::Full
        | Form::SyslogWithYear
        | Form::Ctime => assert_eq!(calendar, moment.ok_or(NoMoment::NoSuchTime)),
    }
    if matches!(stamp.form, Form::Local | Form::Utc) {
        assert_eq!(moment.map(|it| it.seconds), seconds(input));
    }
    if let Some(moment) = moment {
        comes_back(moment);
    }
}

/// The UNIX seconds of `YYYY-MM-DD?HH:MM:SS`, counted year by year and month by month.
fn seconds(text: &[u8]) -> Option<i64> {
    let number = |from: usize, to: usize| std::str::from_utf8(&text[from..to]).unwrap().parse();
    let number = |from, to| -> i64 { number(from, to).unwrap() };
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
    let is_leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let february = 28 + i64::from(is_leap(year));
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month).ok()?.checked_sub(1)?;
    let exists = (1..=*months.get(before)?).contains(&day) && hour < 24 && minute < 60;
    let length = |year: i64| 365 + i64::from(is_leap(year));
    let years: i64 = (1970..year).map(length).sum::<i64>() - (year..1970).map(length).sum::<i64>();
    let days = years + months[..before].iter().sum::<i64>() + day - 1;
    (exists && second <= 60).then_some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

/// A moment is that of its label and of its date.
fn comes_back(moment: Instant) {
    let mut text = Vec::new();
    labels::write(moment, &mut text);
    let whole = Instant { nanos: Some(moment.nanos.unwrap_or(0)), ..moment };
    assert_eq!(labels::at_start(&text), Some(whole));
    let (year, month, day) = Day(moment.seconds.div_euclid(86_400)).civil();
    assert_eq!(Day::from_civil(year, month, day), Some(Day(moment.seconds.div_euclid(86_400))));
    if !(0..=9999).contains(&year) {
        return;
    }
    text.clear();
    Clock::new(Zone::utc()).write_iso(moment.seconds, moment.nanos, &mut text);
    let stamp = Stamp::whole(&text).unwrap();
    assert_eq!(stamp.instant(&mut Zone::utc()), Some(moment));
    for form in ["unix", "utc", "label"] {
        let mut row = Vec::new();
        let mut fields = common::bytes::tsv::Row::new(&mut row);
        assert_eq!(TimeColumn::named(form).write(Some(stamp), &mut fields), Ok(()));
        fields.end();
        row.pop();
        let again = Stamp::whole(&row).and_then(|stamp| stamp.instant(&mut Zone::utc()));
        let is_known = form != "unix" || moment.seconds >= 0;
        assert!(!is_known || again == Some(moment) || again == Some(whole), "{form}");
    }
}

/// A label is a number in hexadecimal, less its epoch; leap seconds go in and out again.
pub fn label(input: &[u8]) {
    let naive = || {
        let text = std::str::from_utf8(input.get(1..25)?).ok()?;
        let digits = input[0] == b'@' && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let seconds = i128::from(u64::from_str_radix(text.get(..16)?, 16).ok()?);
        let nanos = u32::from_str_radix(&text[16..], 16).ok()?;
        let seconds = i64::try_from(seconds - (1 << 62) - 10).ok()?;
        Instant::new(seconds, Some(nanos)).filter(|_| digits)
    };
    let found = labels::at_start(input);
    assert_eq!(found, naive());
    if let Some(moment) = found {
        let mut text = Vec::new();
        labels::write(moment, &mut text);
        assert_eq!(text, input[..labels::LENGTH].to_ascii_lowercase());
        let counted = labels::with_leap_seconds(moment);
        assert_eq!(labels::without_leap_seconds(counted), moment);
        let behind = counted.seconds - moment.seconds;
        assert!((0..=27).contains(&behind));
    }
}

/// With a year every date is a moment or none; only dates without a year depend on those before.
pub fn calendar(input: &[u8]) {
    let mut calendar = Calendar::new(Zone::utc(), Some(2027));
    for line in lines_of(input) {
        let Some(stamp) = Stamp::whole(line) else { continue };
        let moment = calendar.moment(stamp);
        if stamp.form == Form::Syslog {
            assert!(moment != Err(NoMoment::NoYear));
        } else {
            assert_eq!(moment.ok(), stamp.instant(&mut Zone::utc()));
        }
    }
}

/// A moment that a person names is in range, and a day's is its first second.
pub fn moment(input: &[u8]) {
    let Some((now, text)) = input.split_first_chunk() else { return };
    let Some(now) = Instant::new(i64::from_le_bytes(*now), Some(7)) else { return };
    let mut zone = Zone::utc();
    let found = window::moment(text, now, &mut zone);
    assert!(found.is_none_or(|at| (-FARTHEST..=FARTHEST).contains(&at.seconds)));
    if let Some(day) = window::day(text, now, &mut zone)
        && let Some(at) = found
    {
        assert_eq!((at.seconds, at.nanos), (day.0 * 86_400, None));
    }
    if let Some(stamp) = Stamp::whole(text).filter(|stamp| stamp.form != Form::Utc)
        && text.len() >= 9
    {
        assert_eq!(found, stamp.instant(&mut zone));
    }
}

/// What was read before changes no moment of a time field.
pub fn moments(input: &[u8]) {
    let (kind, fields) = choice(input);
    let year = (kind % 2 == 1).then_some(2027);
    let mut all = Moments::new(year);
    for field in lines_of(fields) {
        let found = all.read(field).map(|moment| (moment.at, moment.day));
        if let Ok((at, day)) = found {
            assert_eq!(all.day().bytes(), day.to_string().as_bytes());
            let mut zone = Zone::local();
            assert_eq!((day, at.1 < 1_000_000_000), (zone.day_at(at.0), true));
            assert_eq!(all.hour().as_slice(), format!("{:02}", zone.hour_at(at.0)).as_bytes());
        }
        if year.is_none() {
            let mut alone = Moments::new(None);
            assert_eq!(alone.read(field).map(|moment| (moment.at, moment.day)), found);
        }
    }
}
