//! A span of time in a log whose lines bear labels in order.

use std::ops::Range;

use memchr::{memchr_iter, memrchr};

use crate::time::{Instant, label};

/// A TAI64N label with its `@`, in lower case: labels compare as bytes.
pub type Label = [u8; label::LENGTH];

/// The label that `text` begins with.
#[inline]
pub fn label_at_start(text: &[u8]) -> Option<Label> {
    label::at_start(text)?;
    let mut found: Label = *text.first_chunk()?;
    found.make_ascii_lowercase();
    Some(found)
}

/// The label of a moment.
pub fn label_of(instant: Instant) -> Label {
    let mut text = Vec::with_capacity(label::LENGTH);
    label::write(instant, &mut text);
    text.try_into().unwrap_or([b'@'; label::LENGTH])
}

/// The lines from `since` on and before `until`. A line without label is where the labelled line
/// before it is; at the start of a log it is before any time.
#[derive(Clone, Debug, Default)]
pub struct Window {
    since: Option<Label>,
    until: Option<Label>,
    /// The first line in the window has been seen.
    begun: bool,
    /// A line behind the window has been seen.
    ended: bool,
}

impl Window {
    /// The lines with labels from `since` on, and before `until`.
    pub fn new(since: Option<Label>, until: Option<Label>) -> Self {
        Window { since, until, begun: false, ended: false }
    }

    /// What labels must be reached before anything is in the window, if that is still to come.
    pub fn awaits(&self) -> Option<Label> {
        self.since.filter(|_| !self.begun)
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

    /// Is a line with this label, if any, in the window that follows those that were cut last?
    pub fn holds(&self, label: Option<Label>) -> bool {
        let begun = self.awaits().is_none_or(|since| label >= Some(since));
        begun
            && !self.ended
            && (label.is_none() || self.until.is_none_or(|until| label < Some(until)))
    }

    /// Which of these whole lines are in the window. `after`: the labels up to here do not count.
    pub fn cut(&mut self, block: &[u8], after: usize) -> Range<usize> {
        let mut start = 0;
        if let Some(since) = self.awaits() {
            match first_from(&block[after..], since) {
                None => return block.len()..block.len(),
                Some(at) => start = after + at,
            }
            self.begun = true;
        }
        let Some(until) = self.until else { return start..block.len() };
        let after = after.max(start);
        match first_from(&block[after..], until) {
            None => start..block.len(),
            Some(at) => {
                self.ended = true;
                start..after + at
            }
        }
    }
}

/// Where the first line stands whose label is at least `from`, in lines whose labels are in order.
fn first_from(block: &[u8], from: Label) -> Option<usize> {
    if last_label(block).is_none_or(|last| last < from) {
        return None;
    }
    let starts = std::iter::once(0).chain(memchr_iter(b'\n', block).map(|end| end + 1));
    starts.into_iter().find(|start| label_at_start(&block[*start..]).is_some_and(|at| at >= from))
}

/// The label of the last line that has one.
pub fn last_label(block: &[u8]) -> Option<Label> {
    let mut end = block.len().checked_sub(1)?;
    loop {
        let start = memrchr(b'\n', &block[..end]).map_or(0, |newline| newline + 1);
        if let Some(found) = label_at_start(&block[start..]) {
            return Some(found);
        }
        end = start.checked_sub(1)?;
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
