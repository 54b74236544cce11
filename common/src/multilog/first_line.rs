//! Whether a file begins with a line or with the rest of one.

use super::labels::{Label, label_at_start};

/// What the first line of a file is, where nothing is known of the file before it.
///
/// multilog cuts a line that is longer than what is left of a file, and writes its rest to the next
/// file without a label of its own. That rest may be all that a client said: whatever it looks
/// like, it is no line. So
///
/// - a label is that of a line, unless it is later than the end of the file: then a client wrote it;
/// - a first line without a label is the rest of one if the second line has a label;
/// - if neither has one the log may have no labels at all, and it stays unknown.
///
/// Behind a file that its writer ended in the middle of a line there is nothing to decide: the next
/// one begins with the rest. [`Log`](super::Log) joins the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstLine {
    /// A line.
    Whole,
    /// It may be either; [`before`](FirstLine::before) looks at the next line.
    Unknown,
    /// The rest of the last line of another file.
    Rest,
}

impl FirstLine {
    /// What the first line says by itself, in a file that its writer ended at `end`, if that is
    /// known. The line may go on behind `text`.
    pub fn of(text: &[u8], end: Option<Label>) -> Self {
        match label_at_start(text) {
            Some(label) if end.is_some_and(|end| label > end) => FirstLine::Rest,
            Some(_) => FirstLine::Whole,
            None => FirstLine::Unknown,
        }
    }

    /// What it is once the second line has been seen, too.
    #[must_use]
    pub fn before(self, second: &[u8]) -> Self {
        match self {
            FirstLine::Unknown if label_at_start(second).is_some() => FirstLine::Rest,
            FirstLine::Whole | FirstLine::Unknown | FirstLine::Rest => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FirstLine::{Rest, Unknown, Whole};
    use super::*;

    #[test]
    fn the_decision() {
        const EARLY: &[u8] = b"@400000006b0278a000000001 a";
        const LATE: &[u8] = b"@400000006b0278a000000003 b";
        let end = label_at_start(b"@400000006b0278a000000002");
        for (first, end, alone, before_label, before_none) in [
            (EARLY, end, Whole, Whole, Whole),
            (LATE, end, Rest, Rest, Rest),
            (LATE, None, Whole, Whole, Whole),
            (b"no label".as_slice(), end, Unknown, Rest, Unknown),
            (b"@400000006b0278a00000000", None, Unknown, Rest, Unknown),
            (b"@ffffffffffffffffffffffff names no time", None, Unknown, Rest, Unknown),
            (b"", None, Unknown, Rest, Unknown),
        ] {
            let found = FirstLine::of(first, end);
            let found = [found, found.before(EARLY), found.before(b"none")];
            assert_eq!(found, [alone, before_label, before_none], "{}", first.escape_ascii());
        }
    }
}
