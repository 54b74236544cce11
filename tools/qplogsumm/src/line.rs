//! What a line says by itself.

use common::logs::logterse;
use common::multilog::{Label, label_of};
use common::time::{Stamp, Zone, stamp::Form};

/// A plugin refused, or a message was queued.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The name of the plugin, or `queued`.
    pub disposition: Vec<u8>,
    /// When, if the line says so.
    pub label: Option<Label>,
}

/// The label of the time at the start of a line.
pub fn time(line: &[u8], zone: &mut Zone) -> Option<Label> {
    label(Stamp::at_start(line)?.0, zone)
}

/// The verdict that a line is.
pub fn verdict(line: &[u8], zone: &mut Zone) -> Option<Verdict> {
    let record = logterse::parse(line).ok()?;
    let label = record.head.stamp.and_then(|stamp| label(stamp, zone));
    Some(Verdict { disposition: record.disposition.to_vec(), label })
}

/// The label of a stamp that names a moment.
fn label(stamp: Stamp<'_>, zone: &mut Zone) -> Option<Label> {
    // a short number at the start of a line may be a process number
    let is_time = stamp.form != Form::Unix || stamp.text.len() >= 9;
    is_time.then(|| stamp.instant(zone).map(label_of)).flatten()
}
