//! Which rows count: the filters, and the moments that they and the days and hours need.

use std::os::unix::ffi::OsStrExt;

use common::bytes::span::Span;
use common::bytes::tsv;
use common::filter::Stop;
use common::filter::cli::Args;
use common::rows::groups::SHORT;
use common::time::clock::two_digits;
use common::time::window;
use common::time::{Day, Instant, Stamp, Zone};

use crate::input::Row;
use crate::messages::{DIRECTION, STATUS};

/// The flags that choose among message rows.
pub const FLAGS: [&str; 5] = ["direction", "status", "day", "since", "until"];

/// Reads time fields. Rows that follow each other mostly have the same.
#[derive(Debug)]
pub struct Moments {
    zone: Zone,
    field: Vec<u8>,
    last: Option<Moment>,
    /// A day, and how it is written, with room after it for a quick copy.
    written: (Day, String),
}

/// When a message was handled.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Seconds and nanoseconds since 1970.
    at: (i64, u32),
    /// The local day.
    pub day: Day,
    /// The hour of that day.
    hour: i64,
}

impl Moments {
    /// Days and hours are those of local time.
    pub fn new() -> Self {
        let written = (Day(0), padded(Day(0)));
        Moments { zone: Zone::local(), field: Vec::new(), last: None, written }
    }

    /// The moment that a field names.
    #[inline]
    pub fn read(&mut self, field: &[u8]) -> Option<&Moment> {
        if self.field != field {
            self.turn_to(field);
        }
        self.last.as_ref()
    }

    #[inline(never)]
    fn turn_to(&mut self, field: &[u8]) {
        self.field.clear();
        self.field.extend_from_slice(field);
        let stamp = tsv::unescape(field);
        let at = Stamp::whole(&stamp).and_then(|stamp| stamp.instant(&mut self.zone));
        self.last = at.map(|at| {
            let (day, hour) = (self.zone.day_at(at.seconds), self.zone.hour_at(at.seconds));
            if self.written.0 != day {
                self.written = (day, padded(day));
            }
            Moment { at: exact(at), day, hour }
        });
    }

    /// The local day of the last moment, as it is written.
    #[inline]
    pub fn day(&self) -> Span<'_> {
        let written = self.written.1.as_bytes();
        Span::from(written).first(written.len() - SHORT)
    }

    /// The hour of that day, as it is written.
    pub fn hour(&self) -> [u8; 2] {
        self.last.map_or(*b"00", |moment| two_digits(moment.hour))
    }
}

fn padded(day: Day) -> String {
    format!("{day}{:SHORT$}", "")
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

    /// Does every row count?
    #[inline]
    pub fn is_open(&self) -> bool {
        !self.has_direction() && !self.has_status() && !self.has_time()
    }

    /// Does this row count? `moment` must be there if the filter looks at the time.
    pub fn passes(&self, row: &Row<'_>, moment: Option<&Moment>) -> bool {
        let direction =
            |wanted: &String| *tsv::unescape(row.field(DIRECTION)) == *wanted.as_bytes();
        let status = |wanted: &Vec<Vec<u8>>| {
            let status = tsv::unescape(row.field(STATUS));
            wanted.iter().any(|word| **word == *status)
        };
        let in_time = |moment: &Moment| {
            self.day.is_none_or(|day| moment.day == day)
                && self.since.is_none_or(|since| since <= moment.at)
                && self.until.is_none_or(|until| moment.at < until)
        };
        self.direction.as_ref().is_none_or(direction)
            && self.statuses.as_ref().is_none_or(status)
            && moment.is_none_or(in_time)
    }
}
