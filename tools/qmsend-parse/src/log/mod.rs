//! From lines to rows: finds out what is one record, and what became of it.

mod fast;

use common::filter::{Fault, Ledger, Line, Out, OwnedLine, Stop};
use common::logs::prefix::Prefix;
use common::logs::qmail_send::{self, Broken, Event, Record, second_label};
use common::logs::repeats::Repeats;

use crate::output::{Ending, Output};
use crate::pending::State;
use crate::queue::Step;
use crate::sources::{may_go_on, too_long};

/// A log that is being read.
#[derive(Debug)]
pub struct Log {
    state: State,
    /// What the last line did.
    step: Step,
    /// Does the log go on in the input of the next run?
    goes_on: bool,
    output: Output,
    repeats: Repeats,
    ledger: Ledger,
    /// Lines that were read whole; halves of one count each.
    lines: u64,
    /// How many attempts were cut off, and where the first restart shows.
    cut_off: u64,
    restarted_at: Option<String>,
    /// How much had no line for too long, and where that first shows.
    forgotten: u64,
    forgotten_at: Option<String>,
}

impl Log {
    /// A log that goes on from `state`, and `goes_on` or not.
    pub fn new(state: State, goes_on: bool, output: Output, ledger: Ledger) -> Self {
        Log {
            state,
            step: Step::default(),
            goes_on,
            output,
            repeats: Repeats::default(),
            ledger,
            lines: 0,
            cut_off: 0,
            restarted_at: None,
            forgotten: 0,
            forgotten_at: None,
        }
    }

    /// Reads a line of the input.
    pub fn line(&mut self, line: Line<'_>, out: &mut Out) -> Result<(), Stop> {
        if self.goes_on && !line.ended {
            self.state.unfinished.extend_from_slice(line.text);
            return Ok(());
        }
        if self.state.unfinished.is_empty() {
            return self.whole_line(line, out);
        }
        let mut whole = std::mem::take(&mut self.state.unfinished);
        whole.extend_from_slice(line.text);
        self.whole_line(Line { text: &whole, ..line }, out)
    }

    /// Tells what became of the lines, and gives what is open.
    pub fn end(mut self, quiet: bool, out: &mut Out) -> Result<State, Stop> {
        if !self.goes_on {
            for place in self.state.sources.sorted() {
                self.release(place, out)?;
            }
        }
        self.output.write_open(&mut self.state.sources);
        self.ledger.close(self.lines, out)?;
        self.output.close(quiet, out)?;
        let attempts = self.cut_off;
        if let Some(place) = self.restarted_at.filter(|_| attempts > 0 || !quiet) {
            out.note(place, format!("qmail-send was restarted; attempts cut off: {attempts}"));
        }
        if let Some(place) = self.forgotten_at {
            let number = self.forgotten;
            out.note(place, format!("attempts and messages without a line for 14 days: {number}"));
        }
        Ok(self.state)
    }

    fn whole_line(&mut self, line: Line<'_>, out: &mut Out) -> Result<(), Stop> {
        if let Some((logged, record)) = qmail_send::read_of_multilog(line.without_cr()) {
            return self.of_multilog(&logged, record, line, out);
        }
        let mut rest = line.text;
        while let Some(at) = second_label(rest) {
            let half = Line { text: &rest[..at], ..line };
            self.book(half, Err(Fault::Reject("cut short by the start of another line")))?;
            rest = &rest[at..];
        }
        let line = Line { text: rest, ..line };
        match qmail_send::read(line.without_cr()) {
            Ok((logged, record)) => self.record(&logged, record, line, out),
            Err(fault) => self.other_line(line, fault),
        }
    }

    /// Takes a record, or a line of a folded one.
    fn record(
        &mut self,
        logged: &Prefix<'_>,
        record: Result<Record<'_>, Broken>,
        line: Line<'_>,
        out: &mut Out,
    ) -> Result<(), Stop> {
        self.repeats.remember(line.text);
        self.output.remember(logged.stamp);
        let known = self.state.sources.find(logged.host, logged.tag);
        if let Some(place) = known.filter(|_| logged.continues)
            && self.state.sources.at(place).continues_with(logged)
        {
            let held = &mut self.state.sources.at(place).held;
            held.push(line.into());
            if may_go_on(logged) && !too_long(held) {
                return Ok(());
            }
            return self.release(place, out);
        }
        if let Some(place) = known {
            self.release(place, out)?;
        }
        if logged.continues {
            return self.book(line, Err(Fault::Skip("goes on with a line not seen")));
        }
        let place = known.unwrap_or_else(|| self.state.sources.add(logged.host, logged.tag));
        if may_go_on(logged) {
            self.state.sources.at(place).held.push(line.into());
            return Ok(());
        }
        let settled = self.settle(place, logged, record, line, out);
        self.book(line, settled)?;
        self.output.flush_if_full()
    }

    /// Reads a line that is none of qmail-send's; perhaps it says that one of these came again.
    ///
    /// qmail-send says nothing twice but its status: a delivery does not end again.
    fn other_line(&mut self, line: Line<'_>, fault: Fault) -> Result<(), Stop> {
        let Some(repeated) = self.repeats.unfold(line.text) else {
            self.repeats.remember(line.text);
            return self.book(line, Err(fault));
        };
        let settled = repeated.and_then(|repeated| {
            let (_, record) = qmail_send::read(&repeated.line)?;
            match record.map_err(Fault::Reject)?.event {
                Event::End { .. } => Err(UNSEEN),
                _ => Ok(()),
            }
        });
        self.book(line, settled)
    }

    /// Counts a line, and reports it if it gave nothing.
    fn book(&mut self, line: Line<'_>, settled: Result<(), Fault>) -> Result<(), Stop> {
        self.lines += 1;
        settled.or_else(|fault| self.ledger.report(line, fault))
    }

    /// Reads what is held of a source, if there is something: it is whole by now.
    #[inline]
    fn release(&mut self, place: usize, out: &mut Out) -> Result<(), Stop> {
        let is_held = !self.state.sources.at(place).held.is_empty();
        if is_held { self.release_held(place, out) } else { Ok(()) }
    }

    #[cold]
    fn release_held(&mut self, place: usize, out: &mut Out) -> Result<(), Stop> {
        let held = std::mem::take(&mut self.state.sources.at(place).held);
        let Some(first) = held.first().map(OwnedLine::line) else { return Ok(()) };
        let Ok((logged, _)) = qmail_send::read(first.without_cr()) else { return Ok(()) };
        let lines = held.iter().filter_map(|held| qmail_send::read(held.line().without_cr()).ok());
        let text: Vec<u8> = lines.flat_map(|(logged, _)| logged.text).copied().collect();
        let settled = if too_long(&held) {
            Err(Fault::Reject("folded into more than 1 MiB"))
        } else {
            self.settle(place, &logged, Record::read(&text), first, out)
        };
        held.iter().try_for_each(|held| self.book(held.line(), settled))
    }

    /// Takes in what a record says.
    fn settle(
        &mut self,
        place: usize,
        logged: &Prefix<'_>,
        record: Result<Record<'_>, Broken>,
        line: Line<'_>,
        out: &mut Out,
    ) -> Result<(), Fault> {
        let Record { event, queue } = record.map_err(Fault::Reject)?;
        let now = match event {
            Event::Status | Event::Exiting | Event::Remark | Event::Other => return Ok(()),
            Event::NewMessage { .. }
            | Event::Info { .. }
            | Event::Start { .. }
            | Event::End { .. }
            | Event::Bounce { .. }
            | Event::TripleBounce { .. }
            | Event::MessageDone { .. }
            | Event::Running => self.output.lengths.moment(logged.stamp, line),
        };
        let step = &mut self.step;
        self.state.sources.at(place).queue(queue).take(&event, now, step);
        if step.cut_off > 0 {
            self.cut_off += step.cut_off;
            self.restarted_at.get_or_insert_with(|| line.place());
        }
        if step.forgotten > 0 {
            self.forgotten += step.forgotten;
            self.forgotten_at.get_or_insert_with(|| line.place());
        }
        let by = Ending { logged, event: &event, line, now };
        step.ended.drain(..).try_for_each(|ended| self.output.write(&ended, by, out))?;
        if step.is_unseen { Err(UNSEEN) } else { Ok(()) }
    }
}

const UNSEEN: Fault = Fault::Skip("ends a delivery whose start was not seen");

#[cfg(test)]
mod tests;
