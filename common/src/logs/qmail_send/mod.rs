//! The log of qmail-send: what a line of it says, whichever logger wrote it down.
//!
//! The words are those of qmail-log(5) and of qmail-send's source.

mod event;
mod fast;
pub mod reason;
mod record;
#[cfg(test)]
mod reference;

pub use event::{Channel, Event, Outcome};
pub use fast::read as read_of_multilog;
pub use record::{Broken, Record};

use bstr::ByteSlice;

use crate::filter::Fault;
use crate::logs::prefix::{self, Opening, Prefix};
use crate::time::label;

/// A line of qmail-send, or the next piece of one that splogger folded, taken apart: what loggers
/// wrote, and what qmail-send wrote, or why that is broken.
pub fn read(line: &[u8]) -> Result<(Prefix<'_>, Result<Record<'_>, Broken>), Fault> {
    let found = prefix::find(line, Opening::OwnWords, |prefix| {
        if prefix.continues {
            return Some((*prefix, Ok(Record { event: Event::Other, queue: b"" })));
        }
        let record = Record::read(prefix.text);
        let is_other = record.is_ok_and(|record| record.event == Event::Other);
        (!is_other).then_some((*prefix, record))
    });
    found.ok_or_else(|| {
        if own_words(line) {
            Fault::UnknownHead("qmail-send's words follow an unknown head")
        } else {
            Fault::Skip("no line of qmail-send")
        }
    })
}

/// Are words of qmail-send somewhere in the line?
fn own_words(line: &[u8]) -> bool {
    // what all words have in common, and what stands before it
    let kinds: [(&[u8], &[&[u8]]); 2] =
        [(b" msg ", &[b"new", b"info", b"end", b"bounce"]), (b"delivery ", &[b"starting ", b""])];
    kinds.iter().any(|(common, openings)| {
        let Some(at) = line.find(common) else { return false };
        let opening = openings.iter().find(|opening| line[..at].ends_with(opening));
        let record = opening.map(|opening| Record::read(&line[at - opening.len()..]));
        record.is_some_and(|record| record.is_ok_and(|record| record.event != Event::Other))
    })
}

/// Where a second labelled line begins in what should be one: its logger was killed while it wrote
/// the first. qmail-send itself writes no blank where a label could stand within its text.
pub fn second_label(line: &[u8]) -> Option<usize> {
    /// The first label and its blank, and one byte at least.
    const EARLIEST: usize = label::LENGTH + 2;
    if line.first() != Some(&b'@') {
        return None;
    }
    let later = line.get(EARLIEST..)?;
    let is_label = |at: &usize| {
        later.get(at + label::LENGTH) == Some(&b' ') && label::at_start(&later[*at..]).is_some()
    };
    memchr::memchr_iter(b'@', later).find(is_label).map(|at| at + EARLIEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_lines() {
        let [first, second] = ["@400000006b027b6b273e0734", "@400000006b027b6c11eb9bbc"];
        for (line, expected) in [
            (format!("{first} info msg 1: by{second} new msg 2"), Some(40)),
            (format!("{first} x{second} "), Some(27)),
            (format!("{first} new msg 1"), None),
            (format!("{first} info msg 1: bytes 2 from <a@b> qp 3 uid 4"), None),
            // a label without a blank may stand in a report
            (format!("{first} delivery 1: success: {second}"), None),
            (format!("{first} {second} stamped twice"), None),
            (format!("new msg 1{second} new msg 2"), None),
            (String::new(), None),
        ] {
            assert_eq!(second_label(line.as_bytes()), expected, "{line}");
        }
    }
}
