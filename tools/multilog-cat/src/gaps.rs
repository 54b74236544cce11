//! What is said of lines that may be missing.

use common::multilog::{Gap, Label};
use common::time::clock::fraction;
use common::time::{Clock, Zone, label};

/// Says in words what may be missing; nothing of what was said before.
pub fn words(gap: Gap, s6: bool) -> Option<String> {
    let place = "the place of the last run is gone";
    Some(match gap {
        Gap::Begins(first) => format!("begins at {}, later than --since", time(first, s6)),
        Gap::Lost { after: Some(after), first: Some(first) } => format!(
            "{place}; lines between {} and {} may be missing",
            time(after, s6),
            time(first, s6)
        ),
        Gap::Lost { after: Some(after), first: None } => {
            format!("{place}; lines after {} may be missing", time(after, s6))
        }
        Gap::Lost { after: None, .. } => {
            format!("{place}; begins with the oldest line, and some before it may be missing")
        }
        Gap::SameTime(at) => format!("{place}; other lines of {} may be missing", time(at, s6)),
        Gap::SetBack(after) => format!(
            "{place}, and its clock was set back; lines up to {} were left out",
            time(after, s6)
        ),
        Gap::Misfiled => {
            "its clock was set back; files rotated since the last run have earlier names, \
                          and were left out"
                .to_owned()
        }
        Gap::Deleted => return None,
    })
}

/// The local time of a label, with a fraction if it has one.
fn time(label: Label, s6: bool) -> String {
    let Some(moment) = label::at_start(&label) else { return label.escape_ascii().to_string() };
    let moment = if s6 { label::without_leap_seconds(moment) } else { moment };
    let mut text = Vec::new();
    Clock::new(Zone::local()).write(moment.seconds, &mut text);
    let nanos = moment.nanos.filter(|nanos| *nanos > 0);
    text.extend(nanos.map(fraction).iter().flatten());
    text.escape_ascii().to_string()
}
