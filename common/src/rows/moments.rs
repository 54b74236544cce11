//! The moments that time fields name: the local days and hours of rows.

use crate::bytes::span::Span;
use crate::bytes::tsv;
use crate::filter::Fault;
use crate::rows::groups::SHORT_BYTES;
use crate::time::clock::two_digits;
use crate::time::{Calendar, Day, Instant, NoMoment, Stamp, Zone};

/// Reads time fields. Neighbouring rows mostly have the same.
#[derive(Debug)]
pub struct Moments {
    calendar: Calendar,
    field: Vec<u8>,
    last: Result<Moment, Fault>,
    /// A day, and how it is written, with as much after it as a batch of keys copies at once.
    written: (Day, String),
}

/// When something happened.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Seconds and nanoseconds since 1970.
    pub at: (i64, u32),
    /// The local day.
    pub day: Day,
    /// The hour of that day.
    hour: i64,
}

impl Moments {
    /// Days and hours are those of local time; `year` is that of the first date that names none.
    pub fn new(year: Option<i64>) -> Self {
        let calendar = Calendar::new(Zone::local(), year);
        let written = (Day(0), padded(Day(0)));
        Moments { calendar, field: Vec::new(), last: Err(UNREADABLE), written }
    }

    /// The moment that a field names.
    #[inline]
    pub fn read(&mut self, field: &[u8]) -> Result<&Moment, Fault> {
        if self.field != field {
            self.turn_to(field);
        }
        self.last.as_ref().map_err(|fault| *fault)
    }

    #[inline(never)]
    fn turn_to(&mut self, field: &[u8]) {
        self.field.clear();
        self.field.extend_from_slice(field);
        let stamp = tsv::unescape(field);
        let at = match Stamp::whole(&stamp).map(|stamp| self.calendar.moment(stamp)) {
            Some(Ok(at)) => Ok(at),
            Some(Err(NoMoment::NoYear)) => Err(Fault::Reject(NoMoment::NoYear.reason())),
            Some(Err(NoMoment::NoSuchTime)) | None => Err(UNREADABLE),
        };
        self.last = at.map(|at| {
            let zone = self.calendar.zone();
            let (day, hour) = (zone.day_at(at.seconds), zone.hour_at(at.seconds));
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
        Span::from(written).first(written.len() - SHORT_BYTES)
    }

    /// The hour of that day, as it is written.
    pub fn hour(&self) -> [u8; 2] {
        self.last.map_or(*b"00", |moment| two_digits(moment.hour))
    }
}

/// Is a field an hour, as it is written: `00` to `23`?
pub fn is_hour(field: Span<'_>) -> bool {
    field.len() == 2 && field.number().is_some_and(|hour| hour < 24)
}

const UNREADABLE: Fault = Fault::Reject("the time cannot be read");

fn padded(day: Day) -> String {
    format!("{day}{:SHORT_BYTES$}", "")
}

/// Seconds and nanoseconds since 1970.
pub fn exact(instant: Instant) -> (i64, u32) {
    (instant.seconds, instant.nanos.unwrap_or(0))
}
