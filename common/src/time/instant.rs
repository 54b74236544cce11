//! A moment.

/// A moment: whole seconds since 1970-01-01 00:00:00 UTC without leap seconds, and nanoseconds
/// after that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant {
    /// UNIX seconds; negative before 1970. Within ±[`FARTHEST`].
    pub seconds: i64,
    /// Nanoseconds, below 1,000,000,000; `None` where the stamp had no fraction.
    pub nanos: Option<u32>,
}

/// No stamp is farther from 1970 than this many seconds: years of the calendar then fit the
/// original tai64nlocal's 32 bits, and every such second has a label.
pub const FARTHEST: i64 = 67_767_976_233_532_799;

impl Instant {
    /// The moment, if it is within ±[`FARTHEST`] seconds of 1970.
    pub fn new(seconds: i64, nanos: Option<u32>) -> Option<Self> {
        let sound = (-FARTHEST..=FARTHEST).contains(&seconds)
            && nanos.is_none_or(|nanos| nanos < 1_000_000_000);
        sound.then_some(Instant { seconds, nanos })
    }

    /// The system's clock.
    pub fn now() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let since = since.unwrap_or_default();
        Instant {
            seconds: since.as_secs().try_into().unwrap_or(FARTHEST),
            nanos: Some(since.subsec_nanos()),
        }
    }
}
