//! What is written of a log: message rows, session rows, and what is to be said of their lengths.

use common::filter::{Fault, Line, Out, Stop};
use common::logs::prefix::Prefix;
use common::logs::qmail_send::Event;
use common::rows::session::End;
use common::time::Stamp;
use common::time::stamp::Form;

use crate::lengths::{Lengths, between};
use crate::message::Moment;
use crate::queue::Ended;
use crate::rows::{Finished, Rows};
use crate::sessions::{Head, Sessions};
use crate::sources::Sources;

/// The rows of a log, and where they go.
#[derive(Debug)]
pub struct Output {
    rows: Rows,
    sessions: Option<Sessions>,
    /// The moments and lengths.
    pub lengths: Lengths,
    /// The last stamp, if the sessions that are under way at the end will need it.
    last: Option<(Vec<u8>, Form)>,
}

/// A line that ended something.
#[derive(Clone, Copy, Debug)]
pub struct Ending<'a> {
    /// Its head.
    pub logged: &'a Prefix<'a>,
    /// What it says.
    pub event: &'a Event<'a>,
    /// The line.
    pub line: Line<'a>,
    /// Its moment.
    pub now: Moment,
}

impl Output {
    /// Nothing was written yet.
    pub fn new(rows: Rows, sessions: Option<Sessions>, lengths: Lengths) -> Self {
        Output { rows, sessions, lengths, last: None }
    }

    /// Remembers the stamp of a line.
    pub fn remember(&mut self, stamp: Option<Stamp<'_>>) {
        if let (Some(stamp), true) = (stamp, self.sessions.as_ref().is_some_and(|it| it.open)) {
            let (text, form) = self.last.get_or_insert_with(|| (Vec::new(), stamp.form));
            text.clear();
            text.extend_from_slice(stamp.text);
            *form = stamp.form;
        }
    }

    /// Writes what a line ended.
    pub fn write(&mut self, ended: &Ended, by: Ending<'_>, out: &mut Out) -> Result<(), Fault> {
        let Output { rows, sessions, lengths, .. } = self;
        let Ending { logged, event, line, now } = by;
        let head = Head::new(logged, now);
        match (ended, event) {
            (Ended::Attempt(delivery), Event::End { outcome, report, .. }) => {
                let finished = Finished {
                    delivery,
                    logged,
                    outcome: *outcome,
                    report,
                    active_ms: lengths.of_ended(delivery.start, now, line),
                    queue_ms: between(delivery.message.first, now),
                };
                rows.write(&finished, out)?;
                sessions.as_mut().map_or(Ok(()), |sessions| sessions.attempt(&finished, head))
            }
            (Ended::Attempt(delivery) | Ended::LostAttempt(delivery), _) => {
                let Some(sessions) = sessions else { return Ok(()) };
                lengths.of_ended(delivery.start, now, line);
                sessions.without_end(delivery, head, End::Lost)
            }
            (Ended::Message(message) | Ended::LostMessage(message), _) => {
                let Some(sessions) = sessions else { return Ok(()) };
                lengths.of_ended(message.first, now, line);
                let end = if matches!(ended, Ended::Message(_)) { End::Ok } else { End::Lost };
                sessions.message(message, head, end)
            }
        }
    }

    /// Writes large blocks.
    pub fn flush_if_full(&mut self) -> Result<(), Stop> {
        self.sessions.as_mut().map_or(Ok(()), Sessions::flush_if_full)
    }

    /// Writes what is under way at the end, if that is wanted. The time since the last such row is
    /// counted by now.
    pub fn write_open(&mut self, sources: &mut Sources) {
        let Output { sessions: Some(sessions), lengths, last: Some((text, form)), .. } = self
        else {
            return;
        };
        let stamp = Stamp { text, form: *form };
        let now = lengths.moment_again(stamp);
        for place in sources.sorted() {
            let source = sources.at(place);
            let head = Head { stamp: Some(stamp), host: &source.host, now };
            for (_, queue) in source.queues() {
                for (_, delivery) in queue.deliveries() {
                    // a stamp that names no moment was told where it stood
                    let _ = sessions.without_end(delivery, head, End::Open);
                    delivery.counted.set(later(delivery.counted.get(), now));
                }
                for (_, message) in queue.messages() {
                    let _ = sessions.message(message, head, End::Open);
                    message.counted.set(later(message.counted.get(), now));
                }
            }
        }
    }

    /// Completes the file of session rows, and says what is to be said.
    pub fn close(self, quiet: bool, out: &mut Out) -> Result<(), Stop> {
        let have_lengths = self.rows.have_lengths() || self.sessions.is_some();
        if have_lengths && !quiet {
            self.lengths.close(out);
        }
        self.sessions.map_or(Ok(()), Sessions::finish)
    }
}

/// The later of two moments; what has no start gets none.
fn later(since: Moment, now: Moment) -> Moment {
    since.map(|since| now.map_or(since, |now| now.max(since)))
}
