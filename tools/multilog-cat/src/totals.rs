//! What the Perl script qplogsumm put at the end of rotated files, and what is no line of the log.

use common::multilog::{label_at_start, last_label};
use memchr::memchr;
use memchr::memmem::Finder;

/// The line after which the script's totals stand.
const HEADING: &[u8] = b"### CUMULATIVE TOTALS ###";

/// Takes the script's lines out of a log.
///
/// In a log whose lines bear labels, these are: lines that begin with `#`; and after the heading,
/// until a labelled line, empty lines and those of a name, a label and a count.
#[derive(Debug, Default)]
pub struct Totals {
    /// A line with a label was seen.
    labelled: bool,
    /// The heading was seen, and no labelled line since.
    after_heading: bool,
    /// Lines left out so far.
    pub left_out: u64,
}

impl Totals {
    /// Hands those of some whole lines to `keep` that are the log's.
    pub fn take_out<E>(
        &mut self,
        lines: &[u8],
        mut keep: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let finder = Finder::new(b"\n#");
        let mut rest = lines;
        while !rest.is_empty() {
            if !self.after_heading && rest[0] != b'#' {
                let end = finder.find(rest).map_or(rest.len(), |newline| newline + 1);
                let (clean, next) = rest.split_at(end);
                self.labelled = self.labelled || last_label(clean).is_some();
                keep(clean)?;
                rest = next;
                continue;
            }
            let end = memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
            let (line, next) = rest.split_at(end);
            if self.is_theirs(line.strip_suffix(b"\n").unwrap_or(line)) {
                self.left_out += 1;
            } else {
                keep(line)?;
            }
            rest = next;
        }
        Ok(())
    }

    fn is_theirs(&mut self, line: &[u8]) -> bool {
        if label_at_start(line).is_some() {
            (self.labelled, self.after_heading) = (true, false);
        }
        self.after_heading |= self.labelled && line == HEADING;
        let comment = line.first() == Some(&b'#');
        self.labelled && (comment || (self.after_heading && (line.is_empty() || is_total(line))))
    }
}

/// A name, a label and a count, with blanks between.
fn is_total(line: &[u8]) -> bool {
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).rev();
    let count = words.next().is_some_and(|word| word.iter().all(u8::is_ascii_digit));
    let label = words.next().is_some_and(|word| word.len() == 25 && label_at_start(word).is_some());
    count && label && words.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(log: &str) -> (String, u64) {
        let mut totals = Totals::default();
        let mut kept = Vec::new();
        for line in log.split_inclusive('\n') {
            let keep = |lines: &[u8]| {
                kept.extend_from_slice(lines);
                Ok::<(), ()>(())
            };
            totals.take_out(line.as_bytes(), keep).unwrap();
        }
        let mut at_once = Vec::new();
        let mut whole = Totals::default();
        let keep = |lines: &[u8]| {
            at_once.extend_from_slice(lines);
            Ok::<(), ()>(())
        };
        whole.take_out(log.as_bytes(), keep).unwrap();
        assert_eq!((&kept, totals.left_out), (&at_once, whole.left_out));
        (String::from_utf8(kept).unwrap(), totals.left_out)
    }

    const LINE: &str = "@400000006b0278a000000000 1 queued\n";

    #[test]
    fn their_lines_go() {
        let theirs = "### CUMULATIVE TOTALS ###\n\
            LOGFILE_EPOCH                  @4000000058207d3c2be40fa4            0\n\
            \n# queued 2 100%\n";
        let log = [LINE, theirs, LINE, "# one more\n", LINE].concat();
        assert_eq!(kept(&log), ([LINE, LINE, LINE].concat(), 5));
    }

    #[test]
    fn others_stay() {
        let no_label =
            "# a comment\n### CUMULATIVE TOTALS ###\n\nqueued @4000000058207d3c2be40fa4 1\n";
        assert_eq!(kept(no_label), (no_label.into(), 0));
        let continued = [LINE, "a line goes on\n", "\n", "queued @4000000058207d3c2be40fa4 1\n"];
        assert_eq!(kept(&continued.concat()), (continued.concat(), 0));
    }
}
