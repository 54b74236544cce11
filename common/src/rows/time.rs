//! The time column: a stamp as the log has it, or in one form for all logs.

use crate::bytes::tsv::Row;
use crate::time::clock::fraction;
use crate::time::{Clock, Instant, Stamp, Zone, label};

/// How a time column is written.
#[derive(Debug)]
pub enum TimeColumn {
    /// As the log has it.
    AsLogged,
    /// UNIX seconds, with nine digits of fraction where the log had a fraction.
    Unix,
    /// `YYYY-MM-DDTHH:MM:SS+HH:MM`, likewise.
    Iso(Clock),
    /// A TAI64N label.
    Label,
}

impl TimeColumn {
    /// The form that `--time` names; [`TimeColumn::AsLogged`] where it was not given.
    pub fn named(choice: &str) -> Self {
        match choice {
            "unix" => TimeColumn::Unix,
            "utc" => TimeColumn::Iso(Clock::new(Zone::utc())),
            "local" => TimeColumn::Iso(Clock::new(Zone::local())),
            "label" => TimeColumn::Label,
            _ => TimeColumn::AsLogged,
        }
    }

    /// Writes a stamp as the field of a row. `zone` is that of dates which name none.
    ///
    /// `None`, and nothing written, if the stamp names no moment: no such date, or too far off.
    pub fn write(&mut self, stamp: Stamp<'_>, zone: &mut Zone, row: &mut Row<'_>) -> Option<()> {
        if matches!(self, TimeColumn::AsLogged) {
            row.field(stamp.text);
            return Some(());
        }
        let Instant { seconds, nanos } = stamp.instant(zone)?;
        let mut text = Vec::with_capacity(40);
        match self {
            TimeColumn::AsLogged => {}
            TimeColumn::Unix => {
                text.extend_from_slice(itoa::Buffer::new().format(seconds).as_bytes());
                text.extend(nanos.map(fraction).iter().flatten());
            }
            TimeColumn::Iso(clock) => clock.write_iso(seconds, nanos, &mut text),
            TimeColumn::Label => label::write(Instant { seconds, nanos }, &mut text),
        }
        row.field(&text);
        Some(())
    }
}
