//! The head of a log, by which it is known again: two logs may begin in the same second.
//!
//! The same log comes again, whole or cut short by a crash, so what stands in both must be compared. A
//! head is checksums of the first line, of the first 4 and of the first 16, each as far as there are so
//! many lines, in one number. It stands in the column of a state where a count is elsewhere.

use common::bytes::fnv::Fnv;
use common::filter::Line;

/// After how many lines there is a checksum.
const LINES: [u64; 3] = [1, 4, 16];
/// How many bits each has.
const BITS: u32 = 21;
const MASK: u64 = (1 << BITS) - 1;

/// The checksums of a head; 0 if none is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head(u64);

impl Head {
    /// The least of all: none is known.
    pub const LEAST: Head = Head(0);

    /// The head that a number in a state stands for.
    pub fn of_number(number: u64) -> Self {
        Head(number)
    }

    /// The number that stands for it in a state.
    pub fn number(self) -> u64 {
        self.0
    }

    /// Can both be of one log, of which one may be only the beginning?
    pub fn fits(self, other: Head) -> bool {
        if self.0 == 0 || other.0 == 0 {
            return true;
        }
        let places = || (0..LINES.len()).map(|place| [self.at(place), other.at(place)]);
        // one has no whole line: its checksum is of that
        let alike = (self.at(0) == 0) == (other.at(0) == 0);
        alike && places().all(|[one, other]| one == 0 || other == 0 || one == other)
    }

    fn at(self, place: usize) -> u64 {
        self.0 >> (BITS * u32::try_from(place).unwrap_or(0)) & MASK
    }

    fn set(&mut self, place: usize, sum: u64) {
        self.0 |= sum << (BITS * u32::try_from(place).unwrap_or(0));
    }
}

/// Makes the head of a log from its lines.
#[derive(Debug, Default)]
pub struct Header {
    /// Of the lines so far.
    sum: Fnv,
    lines: u64,
    head: Head,
}

impl Header {
    /// Takes in the next line.
    pub fn take(&mut self, line: Line<'_>) {
        if Some(&self.lines) >= LINES.last() {
            return;
        }
        if !line.ended {
            // what a crash cut short is no whole line; of a log that has no other it is all there is
            if self.lines == 0 {
                self.sum = self.sum.with(line.text);
                self.head.set(1, self.folded());
            }
            return;
        }
        self.sum = self.sum.with(line.text).with(b"\n");
        self.lines += 1;
        if let Some(place) = LINES.iter().position(|lines| *lines == self.lines) {
            self.head.set(place, self.folded());
        }
    }

    /// The head of the lines so far.
    pub fn head(&self) -> Head {
        self.head
    }

    /// All bits of the checksum in as many as there is room for; never 0.
    fn folded(&self) -> u64 {
        let sum = self.sum.sum();
        ((sum ^ sum >> BITS ^ sum >> (2 * BITS)) & MASK).max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    fn head(log: &[u8]) -> Head {
        let mut header = Header::default();
        for (text, number) in log.split_inclusive(|byte| *byte == b'\n').zip(1..) {
            let ended = text.ends_with(b"\n");
            let text = text.strip_suffix(b"\n").unwrap_or(text);
            header.take(Line { text, ended, file: OsStr::new("-"), number });
        }
        header.head()
    }

    #[test]
    fn a_log_and_its_beginning_fit() {
        let log: Vec<u8> = (0..20).flat_map(|line| format!("line {line}\n").into_bytes()).collect();
        for end in 7..=log.len() {
            assert!(head(&log[..end]).fits(head(&log)), "{end}");
            assert!(head(&log).fits(head(&log[..end])), "{end}");
        }
        for (changed, fits) in [(0, false), (3, false), (15, false), (16, true)] {
            let other = String::from_utf8(log.clone()).unwrap();
            let other = other.replace(&format!("line {changed}\n"), "another\n");
            assert_eq!(head(other.as_bytes()).fits(head(&log)), fits, "{changed}");
        }
    }

    #[test]
    fn what_has_no_whole_line_is_known_by_what_it_has() {
        assert!(head(b"a line").fits(head(b"a line")));
        assert!(!head(b"a line").fits(head(b"another")));
        assert!(!head(b"a line").fits(head(b"a line\nand more\n")));
        assert!(Head::of_number(0).fits(head(b"any\n")));
        // the sums of FNV-1a, by another program
        assert_eq!(head(b"a\n").number(), 457_967);
        assert_eq!(head(b"a\nb\nc\nd\n").number(), 2_075_992_194_287);
    }
}
