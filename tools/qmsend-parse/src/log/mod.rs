//! From lines to rows: finds out what is one record, and what became of it.

use common::filter::{Fault, Ledger, Line, Out, OwnedLine, Stop};
use common::logs::prefix::Prefix;
use common::logs::qmail_send::{self, Event, second_label};
use common::logs::repeats::Repeats;

use crate::pending::State;
use crate::queue::Step;
use crate::rows::Rows;
use crate::sources::{may_go_on, too_long};

/// A log that is being read.
#[derive(Debug)]
pub struct Log {
    state: State,
    /// Does the log go on in the input of the next run?
    goes_on: bool,
    rows: Rows,
    repeats: Repeats,
    ledger: Ledger,
    /// Lines that were read whole; halves of one count each.
    lines: u64,
    /// How many attempts were cut off, and where the first restart shows.
    cut_off: u64,
    restarted_at: Option<String>,
}

impl Log {
    /// A log that goes on from `state`, and `goes_on` or not.
    pub fn new(state: State, goes_on: bool, rows: Rows, ledger: Ledger) -> Self {
        Log {
            state,
            goes_on,
            rows,
            repeats: Repeats::default(),
            ledger,
            lines: 0,
            cut_off: 0,
            restarted_at: None,
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
        self.ledger.close(self.lines, out)?;
        if let Some(place) = self.restarted_at.filter(|_| !quiet) {
            let attempts = self.cut_off;
            out.note(place, format!("qmail-send was restarted; attempts cut off: {attempts}"));
        }
        Ok(self.state)
    }

    fn whole_line(&mut self, line: Line<'_>, out: &mut Out) -> Result<(), Stop> {
        let mut rest = line.text;
        while let Some(at) = second_label(rest) {
            let half = Line { text: &rest[..at], ..line };
            self.book(half, Err(Fault::Reject("cut short by the start of another line")))?;
            rest = &rest[at..];
        }
        self.record(Line { text: rest, ..line }, out)
    }

    /// Reads a record, or a line of a folded one.
    fn record(&mut self, line: Line<'_>, out: &mut Out) -> Result<(), Stop> {
        let (logged, event) = match qmail_send::read(line.without_cr()) {
            Ok(found) => found,
            Err(fault) => return self.other_line(line, fault),
        };
        self.repeats.remember(line.text);
        let known = self.state.sources.find(logged.host, logged.tag);
        if let Some(place) = known.filter(|_| logged.continues)
            && self.state.sources.at(place).continues_with(&logged)
        {
            let held = &mut self.state.sources.at(place).held;
            held.push(line.into());
            if may_go_on(&logged) && !too_long(held) {
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
        if may_go_on(&logged) {
            self.state.sources.at(place).held.push(line.into());
            return Ok(());
        }
        let settled = event
            .map_err(Fault::Reject)
            .and_then(|event| self.settle(place, &logged, &event, line, out));
        self.book(line, settled)
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
            let (_, event) = qmail_send::read(&repeated.line)?;
            match event.map_err(Fault::Reject)? {
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

    /// Reads what is held of a source: it is whole by now.
    fn release(&mut self, place: usize, out: &mut Out) -> Result<(), Stop> {
        let held = std::mem::take(&mut self.state.sources.at(place).held);
        let Some(first) = held.first().map(OwnedLine::line) else { return Ok(()) };
        let Ok((logged, _)) = qmail_send::read(first.without_cr()) else { return Ok(()) };
        let lines = held.iter().filter_map(|held| qmail_send::read(held.line().without_cr()).ok());
        let text: Vec<u8> = lines.flat_map(|(logged, _)| logged.text).copied().collect();
        let settled = if too_long(&held) {
            Err(Fault::Reject("folded into more than 1 MiB"))
        } else {
            Event::read(&text)
                .map_err(Fault::Reject)
                .and_then(|event| self.settle(place, &logged, &event, first, out))
        };
        held.iter().try_for_each(|held| self.book(held.line(), settled))
    }

    /// Takes in what a record says.
    fn settle(
        &mut self,
        place: usize,
        logged: &Prefix<'_>,
        event: &Event<'_>,
        line: Line<'_>,
        out: &mut Out,
    ) -> Result<(), Fault> {
        match self.state.sources.at(place).queue.take(event) {
            Step::Noted => Ok(()),
            Step::Unseen => Err(UNSEEN),
            Step::CutOff(attempts) => {
                self.cut_off += attempts;
                self.restarted_at.get_or_insert_with(|| line.place());
                Ok(())
            }
            Step::Ended(delivery, outcome) => self.rows.write(logged, &delivery, outcome, out),
        }
    }
}

const UNSEEN: Fault = Fault::Skip("ends a delivery whose start was not seen");

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use common::filter::Policy;

    use common::rows::TimeColumn;
    use common::rows::schema::{Column, MessageColumn};

    use super::*;
    use crate::SPEC;
    use crate::pending;

    /// Rows, attempts cut off and the pending file of a log that is read in several runs, each with
    /// the pending file of the one before.
    fn read<'a>(runs: impl Iterator<Item = &'a [u8]>) -> (Vec<u8>, u64, Vec<u8>) {
        let (mut rows, mut cut_off, mut content) = (Vec::new(), 0, Vec::new());
        for run in runs {
            let before =
                common::filter::pending::rows(pending::FIRST, OsStr::new("state"), &content);
            let state = pending::read(before.unwrap()).unwrap();
            let columns = MessageColumn::ALL.to_vec();
            let form = Rows { columns, time: TimeColumn::named(""), host: Vec::new() };
            let ledger = Ledger::open(Policy::new(&SPEC.parse([]).unwrap())).unwrap();
            let mut log = Log::new(state, true, form, ledger);
            let mut out = Out::stdout("test");
            for text in run.split_inclusive(|byte| *byte == b'\n') {
                let (text, ended) =
                    text.strip_suffix(b"\n").map_or((text, false), |text| (text, true));
                let line = Line { text, ended, file: OsStr::new("log"), number: 1 };
                log.line(line, &mut out).unwrap();
            }
            cut_off += log.cut_off;
            rows.append(out.buffer());
            content = [pending::FIRST, &pending::write(&mut log.state), b"end\n"].concat();
        }
        (rows, cut_off, content)
    }

    /// All that a log has, and some that it should not have.
    fn sample() -> Vec<u8> {
        let labelled = [
            "new msg 7",
            "info msg 7: bytes 263 from <> qp 43 uid 0",
            "starting delivery 1: msg 7 to local twice@x",
            "starting delivery 2: msg 7 to local twice@x",
            "starting delivery 3: msg 7 to remote a@y",
            "delivery 1: deferral: later/",
            "delivery 2: report mangled, will defer",
            "starting delivery 4: msg 7 to local twice@x",
            "new msg 8",
            "info msg 8: bytes 12 from <%\"'\u{e9}> qp 44 uid 0",
            "starting delivery 5: msg 8 to remote %\u{e9}@z",
            "delivery 5: deferral: later/",
            "new msg 8",
            "info msg 8: byt@400000006b027b6c11eb9bbc info msg 8: bytes 13 from <b@z> qp 45 uid 0",
            "starting delivery 6: msg 8 to remote c@z\r",
            "starting delivery 7: msg 9 to remote unknown@z",
            "end msg 8",
            "new msg 8",
            "info msg 8: bytes 14 from <later@z> qp 46 uid 0",
            "delivery 6: success: /",
            "delivery 7: failure: no/",
            "delivery 99: success: /",
            "new msg",
            "starting delivery 8: msg 8 to local never-ends@x",
            "status: local 1/10 remote 0/20 exitasap",
            // a new run
            "starting delivery 1: msg 7 to local twice@x",
            "starting delivery 2: msg 7 to remote a@y",
            "delivery 1: failure: no/",
            "delivery 2: success: /",
            "starting delivery 3: msg 7 to local twice@x",
            "status: exiting",
        ];
        let mut log: Vec<u8> = Vec::new();
        for text in labelled {
            log.extend_from_slice(format!("@400000006b027b6b273e0734 {text}\n").as_bytes());
        }
        let full = "l".repeat(799);
        let syslog = [
            "5.000001 info msg 7: bytes 1 from <a@b> qp 1 uid 0".into(),
            format!("5.000002 starting delivery 1: msg 7 to local {}", &full[37..]),
            format!("5.000002+{full}"),
            "5.000002+@end".into(),
            "5.000003 delivery 1: success: /".into(),
            format!("5.000004 info msg 7: bytes 2 from <{}", &full[28..]),
            "5.000004+@z> qp 5 uid 0".into(),
            format!("5.000005 starting delivery 2: msg 7 to remote {}", &full[38..]),
            "5.000006 delivery 2: deferral: /".into(),
            "5.000007+not seen".into(),
            format!("5.000008 delivery 2: success: {full}"),
        ];
        for text in syslog {
            for source in ["one qmail", "two qmail[1]"] {
                let line = format!("Sep 14 09:58:09 {source}: {text}\n");
                log.extend_from_slice(line.as_bytes());
                log.extend_from_slice(b"Sep 14 09:58:09 one sshd[2]: noise\n");
            }
        }
        log.extend_from_slice(b"\xff\0 no record\n\n@400000006b027b6b273e0734 new m");
        log
    }

    #[test]
    fn a_log_cut_in_two_anywhere() {
        let log = sample();
        let whole = read([log.as_slice()].into_iter());
        for cut in 0..=log.len() {
            let (first, second) = log.split_at(cut);
            assert_eq!(read([first, second].into_iter()), whole, "cut at {cut}");
        }
    }

    #[test]
    fn a_log_cut_everywhere() {
        let log = sample();
        let whole = read([log.as_slice()].into_iter());
        for step in [1, 2, 3, 7, 100, 1000] {
            assert_eq!(read(log.chunks(step)), whole, "cut every {step}");
        }
        let (rows, cut_off, state) = whole;
        assert_eq!((rows.split(|byte| *byte == b'\n').count() - 1, cut_off), (11, 3));
        let state = String::from_utf8(state).unwrap();
        for kind in ["message", "waiting", "delivery", "held", "unfinished"] {
            assert!(state.contains(&format!("\n{kind}\t")), "{kind} is not in {state}");
        }
    }
}
