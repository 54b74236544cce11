//! Which rows count: the filters, and the moments that they and the days and hours need.

use std::os::unix::ffi::OsStrExt;

use common::cli::Args;
use common::stop::Stop;
use common::time::window;
use common::time::{Day, Instant, Stamp, Zone};
use common::tsv;

use crate::input::Row;
use crate::messages::{DIRECTION, STATUS};

/// The flags that choose among message rows.
pub const FLAGS: [&str; 5] = ["direction", "status", "day", "since", "until"];

/// When a message was handled.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Seconds and nanoseconds since 1970.
    at: (i64, u32),
    /// The local day.
    pub day: Day,
    /// The hour of that day.
    pub hour: i64,
}

/// Reads time fields. Rows that follow each other mostly have the same.
#[derive(Debug)]
pub struct Moments {
    zone: Zone,
    text: Vec<u8>,
    last: Option<Moment>,
}

impl Moments {
    /// Days and hours are those of local time.
    pub fn new() -> Self {
        Moments { zone: Zone::local(), text: Vec::new(), last: None }
    }

    /// The moment that a field names.
    #[inline]
    pub fn of(&mut self, field: &[u8]) -> Option<Moment> {
        if self.text != field {
            self.text.clear();
            self.text.extend_from_slice(field);
            self.last = moment(field, &mut self.zone);
        }
        self.last
    }
}

fn moment(field: &[u8], zone: &mut Zone) -> Option<Moment> {
    let at = Stamp::whole(&tsv::unescape(field))?.instant(zone)?;
    let (day, hour) = (zone.day_at(at.seconds), zone.hour_at(at.seconds));
    Some(Moment { at: exact(at), day, hour })
}

fn exact(instant: Instant) -> (i64, u32) {
    (instant.seconds, instant.nanos.unwrap_or(0))
}

/// What a row must be to count.
#[derive(Debug, Default)]
pub struct Filter {
    direction: Option<String>,
    statuses: Option<Vec<Vec<u8>>>,
    /// The only day.
    pub day: Option<Day>,
    since: Option<(i64, u32)>,
    until: Option<(i64, u32)>,
}

impl Filter {
    /// The filter of the command line.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let mut filter = Filter {
            direction: args.has("direction").then(|| args.choice("direction").to_owned()),
            statuses: args.value("status").map(|list| {
                list.as_bytes().split(|byte| *byte == b',').map(<[u8]>::to_vec).collect()
            }),
            ..Filter::default()
        };
        if !["day", "since", "until"].into_iter().any(|flag| args.has(flag)) {
            return Ok(filter);
        }
        let (now, zone) = (Instant::now(), &mut Zone::local());
        let what = "a day (YYYY-MM-DD, today, yesterday)";
        filter.day = args.parsed("day", what, |text| window::day(text, now, zone))?;
        let mut bound = |flag| {
            let read = |text: &[u8]| window::moment(text, now, zone).map(exact);
            args.parsed(flag, window::EXPECTED, read)
        };
        (filter.since, filter.until) = (bound("since")?, bound("until")?);
        Ok(filter)
    }

    /// Does it look at the direction?
    pub fn has_direction(&self) -> bool {
        self.direction.is_some()
    }

    /// Does it look at the status?
    pub fn has_status(&self) -> bool {
        self.statuses.is_some()
    }

    /// Does it look at the time?
    pub fn has_time(&self) -> bool {
        self.day.is_some() || self.since.is_some() || self.until.is_some()
    }

    /// Does this row count? `moment` must be there if the filter looks at the time.
    #[inline]
    pub fn passes(&self, row: &Row<'_>, moment: Option<Moment>) -> bool {
        let direction =
            |wanted: &String| *tsv::unescape(row.field(DIRECTION)) == *wanted.as_bytes();
        let status = |wanted: &Vec<Vec<u8>>| {
            let status = tsv::unescape(row.field(STATUS));
            wanted.iter().any(|word| **word == *status)
        };
        let in_time = |moment: Moment| {
            self.day.is_none_or(|day| moment.day == day)
                && self.since.is_none_or(|since| since <= moment.at)
                && self.until.is_none_or(|until| moment.at < until)
        };
        self.direction.as_ref().is_none_or(direction)
            && self.statuses.as_ref().is_none_or(status)
            && moment.is_none_or(in_time)
    }
}
