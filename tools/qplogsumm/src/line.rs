//! What a line says by itself.

use common::filter::Fault;
use common::logs::{logterse, prefix};
use common::multilog::{Label, label_of};
use common::time::{Calendar, Stamp};

/// A plugin refused, or a message was queued.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The name of the plugin, or `queued`.
    pub disposition: Vec<u8>,
    /// When, if the line says so.
    pub label: Option<Label>,
}

/// The label of the time at the start of a line.
pub fn time(line: &[u8], calendar: &mut Calendar) -> Option<Label> {
    label(prefix::stamped(prefix::from_time(line))?.0, calendar)
}

/// The verdict that a line is.
pub fn verdict(line: &[u8], calendar: &mut Calendar) -> Result<Verdict, Fault> {
    let record = logterse::parse(line)?;
    let label = record.head.stamp.and_then(|stamp| label(stamp, calendar));
    Ok(Verdict { disposition: record.disposition.to_vec(), label })
}

/// The label of a stamp that names a moment.
fn label(stamp: Stamp<'_>, calendar: &mut Calendar) -> Option<Label> {
    calendar.moment(stamp).ok().map(label_of)
}
