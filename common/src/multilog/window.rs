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

/// How far back a log reaches, as far as it has been read for the beginning of a window.
#[derive(Clone, Copy, Debug, Default)]
struct Reach {
    /// It has lines before the window.
    before: bool,
    /// The latest of the times before it.
    latest: Option<Label>,
    /// A line has a stamp for its time.
    has_stamps: bool,
    /// The times before it are not in order.
    disordered: bool,
    /// The time of the first line in the window.
    first: Option<Label>,
}

/// What a search for a time has found in some lines.
struct Found {
    /// Where the first line stands that is late enough, and its time.
    line: Option<(usize, Label)>,
    /// A line with an earlier time comes before it.
    earlier: bool,
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
    /// What has been seen of the log before that.
    reach: Reach,
    /// A line behind the window has been seen.
    ended: bool,
    /// Lines may be in disorder before it begins, so each is looked at.
    thorough: bool,
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
        self.reach.has_stamps |= time.is_some();
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

    /// The beginning of the window.
    pub fn since(&self) -> Option<Label> {
        self.since
    }

    /// The window begins later, too: only after this label.
    pub fn only_after(&mut self, label: Label) {
        self.thorough = true;
        let mut next = label;
        // the next label in the order of bytes; that it may be no time does no harm
        if let Some(digit) = next.iter_mut().rev().find(|digit| **digit != b'f') {
            *digit = if *digit == b'9' { b'a' } else { *digit + 1 };
        }
        let from = next.iter().zip(&label).position(|(next, old)| next != old).unwrap_or(0);
        next[from + 1..].fill(b'0');
        self.since = self.since.max(Some(next));
    }

    /// Notes that the log has lines before the beginning of the window.
    pub fn note_earlier_lines(&mut self) {
        self.reach.before = true;
    }

    /// Has the log a line before the beginning of the window?
    pub fn has_earlier_lines(&self) -> bool {
        self.reach.before
    }

    /// The time of the first line in the window.
    pub fn first(&self) -> Option<Label> {
        self.reach.first
    }

    /// Are the lines before the window in disorder? Then the writer's clock was set back.
    pub fn is_disordered(&self) -> bool {
        self.reach.disordered
    }

    /// Have lines been seen that have no labels, whether they have stamps instead or no times?
    pub fn lacks_labels(&self) -> bool {
        self.reach.has_stamps || self.kind == TimesSeen::None
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
            let last = last_label(&block[after..]);
            self.reach.disordered |= last.is_some() && last < self.reach.latest;
            self.reach.latest = self.reach.latest.max(last);
            let found = self.first_from(&block[after..], since);
            self.reach.before |= found.earlier;
            let Some((at, time)) = found.line else { return block.len()..block.len() };
            start = after + at;
            self.reach.first = Some(time);
            self.begun = true;
        }
        let Some(until) = self.until else { return start..block.len() };
        let after = after.max(start);
        match self.first_from(&block[after..], until).line {
            None => start..block.len(),
            Some((at, _)) => {
                self.ended = true;
                start..after + at
            }
        }
    }

    /// The first line whose time is at least `from`, in lines whose times are in order.
    fn first_from(&mut self, block: &[u8], from: Label) -> Found {
        let last = last_label(block);
        if last.is_some() {
            self.kind = TimesSeen::Labels;
        }
        let has_times = match self.kind {
            TimesSeen::Labels => self.thorough || last >= Some(from),
            TimesSeen::Nothing | TimesSeen::None | TimesSeen::Stamps => self.times.is_some(),
        };
        if !has_times {
            return Found { line: None, earlier: last.is_some() };
        }
        let (mut start, mut earlier) = (0, false);
        for line in block.lines_with_terminator() {
            let time = self.time_of(line.trim_end_with(|c| c == '\n'));
            if let Some(time) = time.filter(|time| *time >= from) {
                return Found { line: Some((start, time)), earlier };
            }
            earlier |= time.is_some();
            start += line.len();
        }
        Found { line: None, earlier }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Calendar, Zone};

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
    fn an_unfinished_line_is_held_to_the_end_of_the_window() {
        let until = label("@400000006b0278a000000002");
        let holds =
            |line: &str, is_rest| Window::new(None, Some(until)).holds(line.as_bytes(), is_rest);
        for (line, alone) in [
            ("@400000006b0278a000000001 a", true),
            ("@400000006b0278a000000002 b", false),
            ("@400000006b0278a000000003 c", false),
            ("no label", true),
        ] {
            assert_eq!([holds(line, false), holds(line, true)], [alone, true], "{line}");
        }
    }

    /// Earlier files hold nothing of the window, but perhaps the end of a year.
    #[test]
    fn earlier_files_count_where_years_do() {
        let since = label("@400000006b0278a000000000");
        let window = |year| {
            let times = LineTimes::new(|_| None, Calendar::new(Zone::utc(), year), false);
            Window::new(Some(since), None).by_stamps(times).awaits_in_later_files()
        };
        assert_eq!(Window::new(Some(since), None).awaits_in_later_files(), Some(since));
        assert_eq!([window(None), window(Some(2026))], [Some(since), None]);
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
