//! The totals, and the lines in which they are kept: `disposition first_label count`.
//!
//! The Perl script that did this before padded the columns with blanks and cut names at 30 bytes;
//! its lines are read as well.

use std::collections::BTreeSet;

use common::bytes::tsv::{self, Row};
use common::multilog::{FirstLine, Label, label_at_start};
use common::time::{Calendar, Instant, Zone, label};

use crate::head::Head;
use crate::line::{Verdict, verdict};
use crate::summary::{Opening, Summary, Total, Totals, earlier};

/// The label of the first verdict of all; the Perl script's name for it.
const EPOCH: &[u8] = b"LOGFILE_EPOCH";
/// The label of the last verdict.
const END: &[u8] = b"LOGFILE_END";
/// A log that is in the totals, by the label of its first line and, as a count, its head.
const DONE: &[u8] = b"LOGFILE_DONE";
/// The end of the last log, where that is the beginning of a line.
const TAIL: &[u8] = b"LOGFILE_TAIL";
/// What the four begin with. A disposition that does so has a backslash before it, which no field is
/// written with.
const RESERVED: &[u8] = b"LOGFILE_";
/// How many logs are known again. multilog keeps 10 unless its command line says otherwise.
const KNOWN: usize = 1000;

const ADDED: &str = "is in the totals already; not added again";
const NO_TIME: &str = "no line has a time; added without a record of it";
const TOO_OLD: &str = "is too old to know whether it was added before; not added";
const UNKNOWN_REST: &str = "its first line is the rest of one that is not known; not counted";

/// The totals of all logs so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    epoch: Option<Label>,
    end: Option<Label>,
    done: BTreeSet<(Label, Head)>,
    totals: Totals,
    /// The beginning of a line that the next log may go on, as it reads back.
    tail: Vec<u8>,
}

impl State {
    /// Reads a line, of which it is known whether its end is there; an error is what is wrong with it.
    pub fn read_line(&mut self, text: &[u8], ended: bool) -> Result<(), &'static str> {
        if !ended {
            return Err("the line does not end in a newline; it may be cut short");
        }
        self.read(text).ok_or("not a line of a state")
    }

    /// Reads a line; `None` if it is none of a state.
    fn read(&mut self, line: &[u8]) -> Option<()> {
        let line = line.trim_ascii_end();
        if line.is_empty() || line.starts_with(b"#") {
            return Some(());
        }
        let [name, label, count] = columns(line)?;
        let count = std::str::from_utf8(count).ok()?.parse().ok()?;
        if name == TAIL {
            self.tail = tsv::unescape(label).into_owned();
            return Some(());
        }
        let known = label_at_start(label).filter(|known| known.len() == label.len());
        if name.is_empty() || !(known.is_some() || label.is_empty()) {
            return None;
        }
        match name {
            EPOCH => self.epoch = earlier(self.epoch, known),
            END => self.end = self.end.max(known),
            DONE => self.done.extend(known.map(|start| (start, Head::of_number(count)))),
            _ => {
                let bare = name.strip_prefix(b"\\").filter(|bare| bare.starts_with(RESERVED));
                let disposition = tsv::unescape(bare.unwrap_or(name)).into_owned();
                self.totals.entry(disposition).or_default().add(&Total { first: known, count });
            }
        }
        Some(())
    }

    /// Adds a log, unless it is in the totals already. `adjacent`: it was written right after the
    /// last that was added.
    pub fn add(&mut self, log: &Summary, adjacent: bool) -> Result<(), &'static str> {
        let before = self.count();
        let older = self.is_older(log, adjacent);
        let joined = self.join(log, adjacent, older);
        let first = log.first.as_ref().filter(|_| joined.is_none());
        let (whole, rest) = match first {
            Some(first) if first.is == FirstLine::Rest => (None, true),
            first => (first, false),
        };
        // a client may have written what looks like the time of the first line
        let start = log.start.or(whole.and_then(|first| first.start));
        match start {
            Some(start) => self.admit(start, log.head.head())?,
            None if joined.is_some() && self.ends_with(log) => return Err(ADDED),
            None => {}
        }
        for (disposition, total) in &log.totals {
            self.totals.entry(disposition.clone()).or_default().add(total);
            self.epoch = earlier(self.epoch, total.first);
        }
        self.end = self.end.max(log.end);
        let first_verdict = match &joined {
            Some(line) => self.verdict_of(line),
            None => whole.and_then(|first| first.verdict.clone()),
        };
        if let Some(Verdict { disposition, label }) = first_verdict {
            self.totals.entry(disposition).or_default().add(&Total { first: label, count: 1 });
            self.epoch = earlier(self.epoch, label);
            self.end = self.end.max(label);
        }
        // a line that the log right behind it does not go on with is never finished
        if adjacent || !older {
            let all_joined = log.first.as_ref().is_some_and(|first| !first.ended);
            self.tail =
                joined.clone().filter(|_| all_joined).unwrap_or_else(|| read_back(&log.tail));
        }
        match start {
            Some(start) => {
                self.done.insert((start, log.head.head()));
                if self.done.len() > KNOWN {
                    self.done.pop_first();
                }
            }
            None if joined.is_none() && (self.count() > before || !log.tail.is_empty()) => {
                return Err(NO_TIME);
            }
            None => {}
        }
        if rest { Err(UNKNOWN_REST) } else { Ok(()) }
    }

    /// May a log that begins so be added?
    fn admit(&self, start: Label, head: Head) -> Result<(), &'static str> {
        let mut known = self.done.range((start, Head::LEAST)..).take_while(|(at, _)| *at == start);
        if known.any(|(_, known)| known.fits(head)) {
            return Err(ADDED);
        }
        if self.done.len() >= KNOWN && self.done.first().is_some_and(|(oldest, _)| start < *oldest)
        {
            return Err(TOO_OLD);
        }
        Ok(())
    }

    /// Was the log written before the line that is kept? Then it does not go on with it.
    fn is_older(&self, log: &Summary, adjacent: bool) -> bool {
        // a first line with a label behind an unfinished line may be all that a client said
        let whole = |first: &&Opening| first.is == FirstLine::Whole && !adjacent;
        let alone = || log.first.as_ref().filter(whole).and_then(|first| first.start);
        let begins = log.start.or_else(alone);
        begins.is_some() && begins < label_at_start(&self.tail)
    }

    /// The line that is kept together with the first line of a log, if that goes on with it.
    fn join(&self, log: &Summary, adjacent: bool, older: bool) -> Option<Vec<u8>> {
        let first = log.first.as_ref().filter(|_| !self.tail.is_empty() && !older)?;
        let goes_on = adjacent || first.goes_on(&self.tail);
        goes_on.then(|| [&self.tail[..], &read_back(&first.text)].concat())
    }

    /// Is the end of the line that is kept all that this log has?
    fn ends_with(&self, log: &Summary) -> bool {
        !log.tail.is_empty() && self.tail.ends_with(&read_back(&log.tail))
    }

    /// What a joined line says, unless its beginning said so already.
    fn verdict_of(&self, line: &[u8]) -> Option<Verdict> {
        let calendar = &mut Calendar::new(Zone::local(), None);
        if verdict(&self.tail, calendar).is_ok() { None } else { verdict(line, calendar).ok() }
    }

    /// How many verdicts there are.
    pub fn count(&self) -> u64 {
        self.totals.values().fold(0, |sum, total| sum.saturating_add(total.count))
    }

    /// The lines.
    pub fn write(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        // a name as it is written
        let mut line = |name: &[u8], label: &[u8], count: u64| {
            Row::new(&mut lines).as_written(name).field(label).number(count).end();
        };
        for (name, label) in [(EPOCH, &self.epoch), (END, &self.end)] {
            if let Some(label) = label {
                line(name, label, 0);
            }
        }
        for (disposition, total) in &self.totals {
            let mut name = Vec::new();
            if disposition.starts_with(RESERVED) {
                name.push(b'\\');
            }
            tsv::escape(disposition, &mut name);
            line(&name, total.first_label(), total.count);
        }
        for (label, head) in &self.done {
            line(DONE, label, head.number());
        }
        if !self.tail.is_empty() {
            line(TAIL, &self.tail, 0);
        }
        lines
    }

    /// The dispositions with their totals, the most frequent first, then by name.
    pub fn by_count(&self) -> Vec<(&[u8], &Total)> {
        let mut totals: Vec<_> = self.totals.iter().map(|(name, all)| (&name[..], all)).collect();
        totals.sort_by_key(|(_, total)| std::cmp::Reverse(total.count));
        totals
    }

    /// When the last verdict came.
    pub fn end(&self) -> Option<Instant> {
        label::at_start(&self.end?)
    }
}

/// Name, label and count: between TABs as we write them, or between blanks.
fn columns(line: &[u8]) -> Option<[&[u8]; 3]> {
    let separator = if line.contains(&b'\t') { b'\t' } else { b' ' };
    let columns: Vec<_> = line
        .split(|byte| *byte == separator)
        .filter(|column| separator == b'\t' || !column.is_empty())
        .collect();
    columns.try_into().ok()
}

/// Bytes as they come back from a state.
fn read_back(bytes: &[u8]) -> Vec<u8> {
    let mut field = Vec::new();
    tsv::escape(bytes, &mut field);
    tsv::unescape(&field).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(number: u64) -> Label {
        label_at_start(format!("@400000006b02{number:04x}00000000").as_bytes()).unwrap()
    }

    fn log(start: u64, verdicts: &[(&str, u64)]) -> Summary {
        let mut log = Summary { start: Some(label(start)), ..Summary::default() };
        for (disposition, at) in verdicts {
            let (disposition, label) = (disposition.as_bytes().to_vec(), Some(label(*at)));
            log.count(Verdict { disposition, label }, 1);
        }
        log
    }

    /// A log that ends in the middle of a later line.
    fn cut() -> Summary {
        let tail = [&label(200)[..], b" the beginning"].concat();
        Summary { tail, ..log(100, &[]) }
    }

    fn read(text: &[u8]) -> State {
        let mut state = State::default();
        for line in text.split(|byte| *byte == b'\n') {
            state.read(line).unwrap();
        }
        state
    }

    #[test]
    fn logs_add_up_once_each_in_any_order() {
        let logs = [
            log(1, &[("dnsbl", 2), ("queued", 3), ("dnsbl", 4)]),
            log(5, &[("a name\tof mine that is longer than thirty bytes", 6), ("queued", 7)]),
            log(8, &[]),
        ];
        let mut states = Vec::new();
        for order in [[0, 1, 2, 0, 1], [2, 1, 1, 0, 2], [1, 0, 1, 2, 1]] {
            let mut state = State::default();
            let added = order.map(|at| {
                state = read(&state.write());
                state.add(&logs[at], false).is_ok()
            });
            assert_eq!(added.iter().filter(|added| **added).count(), 3);
            states.push(state);
        }
        assert!(states.iter().all(|state| *state == states[0]));
        let totals: Vec<_> = states[0].by_count().iter().map(|(_, total)| total.count).collect();
        assert_eq!(totals, [2, 2, 1]);
        assert_eq!(states[0].by_count()[0].0, b"dnsbl");
        assert_eq!([states[0].epoch, states[0].end], [2, 7].map(|number| Some(label(number))));
    }

    #[test]
    fn any_state_reads_back() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(verdicts: Vec<(Vec<u8>, u16)>, start: u16) -> bool {
            let mut log = log(u64::from(start), &[]);
            for (name, at) in &verdicts {
                // what cannot be text comes back as its \xHH; all else as it was
                let few = |byte: &u8| b"ab \t\n\r\\\"'#"[usize::from(byte % 10)];
                let start = [&b"x"[..], RESERVED, DONE][usize::from(at % 3)];
                let disposition = [start, &name.iter().map(few).collect::<Vec<_>>()[..]].concat();
                log.count(Verdict { disposition, label: Some(label(u64::from(*at))) }, 1);
            }
            let mut state = State::default();
            state.add(&log, false).unwrap();
            read(&state.write()) == state
        }
        quickcheck::quickcheck(holds as fn(Vec<(Vec<u8>, u16)>, u16) -> bool);
    }

    #[test]
    fn what_is_no_line() {
        for line in
            ["x", "a b c", "a @4 1", "queued\t\t-1", "queued\t\t", "a\tb", "\t\t1", "a\t\t1\t2"]
        {
            assert_eq!(State::default().read(line.as_bytes()), None, "{line}");
        }
        for line in ["", "# x", "queued\t\t1", "queued   @400000006b02000100000000      36\r"] {
            assert_eq!(State::default().read(line.as_bytes()), Some(()), "{line}");
        }
    }

    #[test]
    fn no_line_is_joined_across_a_clock_that_was_set_back() {
        // as a processor: what the next log does not go on is never gone on
        let mut state = State::default();
        for log in [cut(), log(50, &[])] {
            state.add(&log, true).unwrap();
        }
        assert_eq!(state.tail, b"");
        // by hand, logs in any order leave what may still be gone on
        let mut state = State::default();
        state.add(&cut(), false).unwrap();
        state.add(&log(50, &[]), false).unwrap();
        assert_ne!(state.tail, b"");
    }

    #[test]
    fn a_log_that_is_too_old_to_be_known_is_refused() {
        let mut state = State::default();
        for start in 1..=u64::try_from(KNOWN).unwrap() + 1 {
            state.add(&log(start, &[("queued", start)]), false).unwrap();
        }
        assert_eq!(state.done.len(), KNOWN);
        assert!(state.add(&log(1, &[("queued", 1)]), false).is_err());
        assert!(state.add(&log(2000, &[("queued", 2000)]), false).is_ok());
        // one without any time is added all the same
        let timeless = Summary { start: None, ..log(0, &[("queued", 1)]) };
        assert_eq!(state.add(&timeless, false), Err(NO_TIME));
        assert_eq!(state.by_count()[0].1.count, u64::try_from(KNOWN).unwrap() + 3);
    }
}
