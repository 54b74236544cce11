//! The totals, and the lines in which they are kept: `disposition first_label count`.
//!
//! The Perl script that did this before padded the columns with blanks and cut names at 30 bytes;
//! its lines are read as well.

use std::collections::{BTreeMap, BTreeSet};

use common::bytes::tsv::{self, Row};
use common::time::{Instant, Zone, label};

use crate::lines::{self, First};

/// The label of the first verdict of all; the Perl script's name for it.
const EPOCH: &[u8] = b"LOGFILE_EPOCH";
/// The label of the last verdict.
const END: &[u8] = b"LOGFILE_END";
/// A log that is in the totals, by the label of its first line.
const DONE: &[u8] = b"LOGFILE_DONE";
/// The end of the last log, where that is the beginning of a line.
const TAIL: &[u8] = b"LOGFILE_TAIL";
/// So many logs are known again. multilog keeps 10 if it is not told otherwise.
const KNOWN: usize = 1000;

const ADDED: &str = "is in the totals already; not added again";
const UNKNOWN_REST: &str = "its first line is the rest of one that is not known; not counted";

/// A TAI64N label as text; empty if none is known.
pub type Label = Vec<u8>;

/// How often a disposition came, and since when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// The label of the first time.
    pub first: Label,
    /// How often.
    pub count: u64,
}

impl Total {
    fn add(&mut self, other: &Total) {
        earlier(&mut self.first, &other.first);
        self.count = self.count.saturating_add(other.count);
    }
}

/// What one log says.
#[derive(Debug, Default)]
pub struct Log {
    /// The label of its first line that has a time, after `first`.
    start: Label,
    end: Label,
    totals: BTreeMap<Vec<u8>, Total>,
    /// The first line. What it is depends on the log before.
    first: Option<First>,
    /// A last line without an end.
    tail: Vec<u8>,
}

impl Log {
    /// Is it known when the log begins?
    pub fn has_start(&self) -> bool {
        !self.start.is_empty()
    }

    /// Says which line the log begins with.
    pub fn begin_with(&mut self, first: First) {
        self.first = Some(first);
    }

    /// Says that a label follows the first line.
    pub fn first_is_cut(&mut self) {
        if let Some(first) = &mut self.first {
            first.cut = !first.labelled;
        }
    }

    /// Says which line without an end the log ends with.
    pub fn end_with(&mut self, tail: &[u8]) {
        self.tail = tail.to_vec();
    }

    /// Says when the log begins.
    pub fn begin(&mut self, label: Label) {
        self.start = label;
    }

    /// Counts a verdict.
    pub fn count(&mut self, disposition: &[u8], label: &Label) {
        let once = Total { first: label.clone(), count: 1 };
        self.totals.entry(disposition.to_vec()).or_default().add(&once);
        later(&mut self.end, label);
    }
}

/// The totals of all logs so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    epoch: Label,
    end: Label,
    done: BTreeSet<Label>,
    totals: BTreeMap<Vec<u8>, Total>,
    /// The beginning of a line that the next log may go on, as it reads back.
    tail: Vec<u8>,
}

impl State {
    /// Reads a line; `None` if it is none of a state.
    pub fn read(&mut self, line: &[u8]) -> Option<()> {
        let line = line.trim_ascii_end();
        if line.is_empty() || line.starts_with(b"#") {
            return Some(());
        }
        let [name, label, count] = columns(line)?;
        let name = tsv::unescape(name);
        let count = std::str::from_utf8(count).ok()?.parse().ok()?;
        if &*name == TAIL {
            self.tail = tsv::unescape(label).into_owned();
            return Some(());
        }
        let known = label.len() == label::LENGTH && label::at_start(label).is_some();
        if name.is_empty() || !(known || label.is_empty()) {
            return None;
        }
        let label = label.to_ascii_lowercase();
        match &*name {
            EPOCH => earlier(&mut self.epoch, &label),
            END => later(&mut self.end, &label),
            DONE => {
                self.done.insert(label);
            }
            _ => self
                .totals
                .entry(name.into_owned())
                .or_default()
                .add(&Total { first: label, count }),
        }
        Some(())
    }

    /// Adds a log, unless it is in the totals already. `adjacent`: it was written right after the
    /// last that was added.
    pub fn add(&mut self, log: &Log, adjacent: bool) -> Result<(), &'static str> {
        // one that was written before the line began does not go it on
        let alone = log.first.as_ref().filter(|first| first.labelled && log.start.is_empty());
        let begins = alone.filter(|_| !adjacent).map_or(&log.start, |first| &first.start);
        let older = !begins.is_empty() && *begins < self.tail_label();
        let goes_on = |first: &&First| !older && (adjacent || first.goes_on(&self.tail));
        let joined = log.first.as_ref().filter(goes_on).and_then(|first| self.join(first));
        let first = log.first.as_ref().filter(|_| joined.is_none());
        let unknown = first.is_some_and(|first| first.cut);
        let first = first.filter(|first| !first.cut);
        // a client may have written what looks like the time of the first line
        let start =
            first.map(|first| &first.start).filter(|_| log.start.is_empty()).unwrap_or(&log.start);
        if joined.is_none() || !start.is_empty() {
            self.admit(start)?;
        } else if self.ends_with(log) {
            return Err(ADDED);
        }
        for (disposition, total) in &log.totals {
            self.totals.entry(disposition.clone()).or_default().add(total);
            earlier(&mut self.epoch, &total.first);
        }
        later(&mut self.end, &log.end);
        if let Some((disposition, label)) = match &joined {
            Some(line) => self.verdict_of(line),
            None => first.and_then(|first| first.verdict.clone()),
        } {
            let once = Total { first: label.clone(), count: 1 };
            self.totals.entry(disposition).or_default().add(&once);
            earlier(&mut self.epoch, &label);
            later(&mut self.end, &label);
        }
        let all_joined = log.first.as_ref().is_some_and(|first| !first.ended) && joined.is_some();
        // what the log right behind it does not go on, none will
        if adjacent || !older {
            self.tail = joined.clone().filter(|_| all_joined).unwrap_or_else(|| kept(&log.tail));
        }
        if !start.is_empty() {
            self.done.insert(start.clone());
            if self.done.len() > KNOWN {
                self.done.pop_first();
            }
        } else if joined.is_none() {
            return Err("no line has a time; added without a record of it");
        }
        if unknown { Err(UNKNOWN_REST) } else { Ok(()) }
    }

    /// May a log that begins so be added?
    fn admit(&self, start: &Label) -> Result<(), &'static str> {
        if self.done.contains(start) {
            return Err(ADDED);
        }
        if self.done.len() >= KNOWN && self.done.first().is_some_and(|oldest| start < oldest) {
            return Err("is too old to know whether it was added before; not added");
        }
        Ok(())
    }

    /// The label of the line that may go on; empty if it is not known.
    fn tail_label(&self) -> Label {
        let label = self.tail.get(..label::LENGTH).filter(|label| lines::has_label(label));
        label.map(<[u8]>::to_ascii_lowercase).unwrap_or_default()
    }

    /// The line that the first line of a log goes on, with it; `None` if there is none to go on.
    fn join(&self, first: &First) -> Option<Vec<u8>> {
        (!self.tail.is_empty()).then(|| [&self.tail[..], &kept(&first.text)].concat())
    }

    /// Is a log that is all within a line the last part of that?
    fn ends_with(&self, log: &Log) -> bool {
        !log.tail.is_empty() && self.tail.ends_with(&kept(&log.tail))
    }

    /// What a joined line says, unless its beginning said so already.
    fn verdict_of(&self, line: &[u8]) -> Option<(Vec<u8>, Label)> {
        let zone = &mut Zone::local();
        if lines::verdict(&self.tail, zone).is_some() { None } else { lines::verdict(line, zone) }
    }

    /// The lines.
    pub fn write(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        let mut line = |name: &[u8], label: &Label, count: u64| {
            Row::new(&mut lines).field(name).field(label).number(count).end();
        };
        for (name, label) in [(EPOCH, &self.epoch), (END, &self.end)] {
            if !label.is_empty() {
                line(name, label, 0);
            }
        }
        for (disposition, total) in &self.totals {
            line(disposition, &total.first, total.count);
        }
        for label in &self.done {
            line(DONE, label, 0);
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
        label::at_start(&self.end)
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
fn kept(bytes: &[u8]) -> Vec<u8> {
    let mut field = Vec::new();
    tsv::escape(bytes, &mut field);
    tsv::unescape(&field).into_owned()
}

fn earlier(kept: &mut Label, label: &Label) {
    if !label.is_empty() && (kept.is_empty() || *label < *kept) {
        kept.clone_from(label);
    }
}

fn later(kept: &mut Label, label: &Label) {
    if *label > *kept {
        kept.clone_from(label);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(number: u64) -> Label {
        format!("@400000006b02{number:04x}00000000").into_bytes()
    }

    fn log(start: u64, verdicts: &[(&str, u64)]) -> Log {
        let mut log = Log::default();
        log.begin(label(start));
        for (disposition, at) in verdicts {
            log.count(disposition.as_bytes(), &label(*at));
        }
        log
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
        assert_eq!((&states[0].epoch, &states[0].end), (&label(2), &label(7)));
    }

    #[test]
    fn any_state_reads_back() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(verdicts: Vec<(Vec<u8>, u16)>, start: u16) -> bool {
            let mut log = log(u64::from(start), &[]);
            for (name, at) in &verdicts {
                // what cannot be text comes back as its \xHH; all else as it was
                let few = |byte: &u8| b"ab \t\n\r\\\"'#"[usize::from(byte % 10)];
                let name = [b"x", &name.iter().map(few).collect::<Vec<_>>()[..]].concat();
                log.count(&name, &label(u64::from(*at)));
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
        let mut cut = log(100, &[]);
        cut.end_with(&[&label(200)[..], b" the beginning"].concat());
        let mut state = State::default();
        for log in [cut, log(50, &[])] {
            state.add(&log, true).unwrap();
        }
        assert_eq!(state.tail, b"");
        // by hand, logs in any order leave what may still be gone on
        let mut cut = log(100, &[]);
        cut.end_with(&[&label(200)[..], b" the beginning"].concat());
        let mut state = State::default();
        state.add(&cut, false).unwrap();
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
    }
}
