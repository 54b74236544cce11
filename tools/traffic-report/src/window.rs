//! Which rows the reports look at.

use common::time::Day;

use crate::facts::Key;
use crate::names::Name;

/// The days of the reports and what of the days before them is needed.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The first day that is shown; `None` for the first that is read.
    pub first: Option<Day>,
    /// The first day that is not shown any more.
    pub end: Day,
    /// How many days before are compared with.
    pub history_days: i64,
}

/// Silence is looked for in as many days.
const LATELY_DAYS: i64 = 7;

impl Window {
    /// Is a row kept? Of days before the reports only what they are compared with is, and that a
    /// metric was counted.
    pub fn keeps(&self, key: &mut Key, metric: &[u8]) -> bool {
        let Some(first) = self.first else { return key.day < self.end };
        if key.day >= first || key.day >= self.end {
            return key.day < self.end;
        }
        let days_before = first.0 - key.day.0;
        if days_before <= self.history_days && is_compared(metric) {
            key.label = Name::EMPTY;
            return true;
        }
        if days_before <= LATELY_DAYS && is_of_the_queue(metric) {
            return true;
        }
        days_before <= LATELY_DAYS.max(self.history_days) && key.is_of_a_day()
    }
}

/// Is this one of the metrics that a day is compared by?
pub fn is_compared(metric: &[u8]) -> bool {
    matches!(metric, b"mail.out" | b"mail.out_bytes" | b"mail.failed_out")
        || metric.ends_with(b".connections")
        || metric.ends_with(b".auth_failed")
}

/// Does the summary show it of the week before?
fn is_of_the_queue(metric: &[u8]) -> bool {
    matches!(metric, b"queue.active_ms" | b"system.queue_ms" | b"system.sample_ms")
}
