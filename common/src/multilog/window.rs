//! A span of time in a log whose lines are in the order of their times.

use std::ops::Range;

use super::labels::{Label, label_at_start, last_label};
use super::line_times::LineTimes;
use crate::time::NoMoment;
use bstr::ByteSlice;

/// What times the lines of a log have been seen to have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum TimesSeen {
    /// No line has been seen.
    #[default]
    Nothing,
    /// No line has a time.
    None,
    Stamps,
    /// From then on nothing else is a time.
    Labels,
}

/// The lines from `since` on and before `until`. A line without a time is where the line before it
/// is; at the start of a log it is before any time.
///
/// The times of a log are its labels; stamps, if it has no labels.
#[derive(Clone, Debug, Default)]
pub struct Window {
    since: Option<Label>,
    until: Option<Label>,
    /// `None`: only labels are times.
    times: Option<LineTimes>,
    /// The times of the lines seen so far.
    kind: TimesSeen,
    /// The first line in the window has been seen.
    begun: bool,
    /// A line behind the window has been seen.
    ended: bool,
}

impl Window {
    /// The lines with labels from `since` on, and before `until`.
    pub fn new(since: Option<Label>, until: Option<Label>) -> Self {
        Window { since, until, ..Window::default() }
    }

    /// Takes stamps for times, too, in logs that have no labels.
    #[must_use]
    pub fn by_stamps(self, times: LineTimes) -> Self {
        Window { times: Some(times), ..self }
    }

    /// Has it a beginning or an end?
    pub fn is_bounded(&self) -> bool {
        self.since.is_some() || self.until.is_some()
    }

    /// Why nothing of a log that was read is known to be in the window; `None` if that is known.
    pub fn hindrance(&self) -> Option<&'static str> {
        if !self.is_bounded() || self.kind != TimesSeen::None {
            return None;
        }
        let reason = self.times.as_ref().and_then(LineTimes::hindrance).map(NoMoment::reason);
        Some(reason.unwrap_or("no line has a time"))
    }

    /// The time of a line.
    fn time_of(&mut self, line: &[u8]) -> Option<Label> {
        let label = label_at_start(line);
        if label.is_some() {
            self.kind = TimesSeen::Labels;
        }
        if self.kind == TimesSeen::Labels {
            return label;
        }
        let time = self.times.as_mut()?.of(line);
        self.kind = self.kind.max(if time.is_some() { TimesSeen::Stamps } else { TimesSeen::None });
        time
    }

    /// The time at the start of a line, for a search in a file that `has_labels` or has not.
    pub fn time_at_start(&mut self, line: &[u8], has_labels: bool) -> Option<Label> {
        let label = label_at_start(line);
        let times = self.times.as_mut().filter(|_| !has_labels);
        label.or_else(|| times?.at_start(line))
    }

    /// What labels must be reached before anything is in the window, if that is still to come.
    pub fn awaits(&self) -> Option<Label> {
        self.since.filter(|_| !self.begun)
    }

    /// Files that were rotated before this label need not be read.
    pub fn awaits_in_later_files(&self) -> Option<Label> {
        let needs_all = self.times.as_ref().is_some_and(LineTimes::needs_all_lines);
        self.awaits().filter(|_| !needs_all)
    }

    /// The window begins later, too: only after this label.
    pub fn only_after(&mut self, label: Label) {
        let mut next = label;
        // the next label in the order of bytes; that it may be no time does no harm
        if let Some(digit) = next.iter_mut().rev().find(|digit| **digit != b'f') {
            *digit = if *digit == b'9' { b'a' } else { *digit + 1 };
        }
        let from = next.iter().zip(&label).position(|(next, old)| next != old).unwrap_or(0);
        next[from + 1..].fill(b'0');
        self.since = self.since.max(Some(next));
    }

    /// Was the end of the window seen?
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Is a line in the window that follows those that were cut last? `is_rest`: its time does not
    /// count.
    pub fn holds(&mut self, line: &[u8], is_rest: bool) -> bool {
        if !self.is_bounded() {
            return true;
        }
        let label = self.time_of(line).filter(|_| !is_rest);
        let begun = self.awaits().is_none_or(|since| label >= Some(since));
        begun
            && !self.ended
            && (label.is_none() || self.until.is_none_or(|until| label < Some(until)))
    }

    /// Which of these whole lines are in the window. `after`: the labels up to here do not count.
    pub fn cut(&mut self, block: &[u8], after: usize) -> Range<usize> {
        if !block.is_empty() {
            self.kind = self.kind.max(TimesSeen::None);
        }
        let mut start = 0;
        if let Some(since) = self.awaits() {
            match self.first_from(&block[after..], since) {
                None => return block.len()..block.len(),
                Some(at) => start = after + at,
            }
            self.begun = true;
        }
        let Some(until) = self.until else { return start..block.len() };
        let after = after.max(start);
        match self.first_from(&block[after..], until) {
            None => start..block.len(),
            Some(at) => {
                self.ended = true;
                start..after + at
            }
        }
    }

    /// Where the first line stands whose time is at least `from`, in lines whose times are in order.
    fn first_from(&mut self, block: &[u8], from: Label) -> Option<usize> {
        let last = last_label(block);
        if last.is_some() {
            self.kind = TimesSeen::Labels;
        }
        let has_times = match self.kind {
            TimesSeen::Labels => last >= Some(from),
            TimesSeen::Nothing | TimesSeen::None | TimesSeen::Stamps => self.times.is_some(),
        };
        if !has_times {
            return None;
        }
        let mut start = 0;
        for line in block.lines_with_terminator() {
            if self.time_of(line.trim_end_with(|c| c == '\n')) >= Some(from) {
                return Some(start);
            }
            start += line.len();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> Label {
        label_at_start(text.as_bytes()).unwrap()
    }

    #[test]
    fn lines_without_label_stay_behind_theirs() {
        let log = b"x\n@400000006b0278a000000000 a\nb\n@400000006b0278a000000002 c\nd\n";
        let cut = |since: &str, until: &str| {
            let parse = |text: &str| (!text.is_empty()).then(|| label(text));
            let range = Window::new(parse(since), parse(until)).cut(log, 0);
            String::from_utf8(log[range].to_vec()).unwrap()
        };
        let (one, two, three) =
            ("@400000006b0278a000000000", "@400000006b0278a000000002", "@400000006b0278a000000003");
        let all = String::from_utf8(log.to_vec()).unwrap();
        assert_eq!(cut("", ""), all);
        assert_eq!(cut(one, two), format!("{one} a\nb\n"));
        assert_eq!(cut("", one), "x\n");
        assert_eq!(cut(two, ""), format!("{two} c\nd\n"));
        assert_eq!(cut(three, ""), "");
        assert_eq!(cut("", three), all);
    }

    #[test]
    fn the_next_label() {
        for (last, next) in [
            ("@400000006b0278a000000000", "@400000006b0278a000000001"),
            ("@400000006b0278a000000009", "@400000006b0278a00000000a"),
            ("@400000006b0278afffffffff", "@400000006b0278b000000000"),
        ] {
            // the last one is no time
            let bytes = |text: &str| Label::try_from(text.as_bytes()).unwrap();
            let mut window = Window::default();
            window.only_after(bytes(last));
            assert_eq!(window.awaits(), Some(bytes(next)));
        }
    }
}
