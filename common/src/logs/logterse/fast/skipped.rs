//! The lines between two records, which are passed over without a look at each.

use crate::bytes::scan::{Vectors, bits_at};
use crate::logs::logterse::MARK;

/// Lines without a backquote.
#[derive(Debug, PartialEq, Eq)]
pub struct Skipped {
    /// How many.
    pub lines: u64,
    /// Where the line after them begins, and its first backquote; none at the end of the text.
    pub next: Option<(usize, usize)>,
}

impl Skipped {
    /// The lines without a backquote in `text` from `at` on, where a line begins. There may be none.
    #[inline(always)]
    pub fn at<V: Vectors>(vectors: V, text: &[u8], at: usize) -> Self {
        let (mut lines, mut start) = (0, at);
        for base in (at..text.len()).step_by(64) {
            let marks = bits_at(vectors, text, base, [MARK]);
            // the line ends before the first mark, or all where there is none
            let before = (marks & marks.wrapping_neg()).wrapping_sub(1);
            let ends = bits_at(vectors, text, base, [b'\n']) & before;
            lines += u64::from(ends.count_ones());
            if ends != 0 {
                start = base + 64 - ends.leading_zeros() as usize;
            }
            if marks != 0 {
                return Skipped {
                    lines,
                    next: Some((start, base + marks.trailing_zeros() as usize)),
                };
            }
        }
        Skipped { lines: lines + u64::from(start < text.len()), next: None }
    }
}

#[cfg(test)]
mod tests {
    use crate::bytes::scan::{dispatch, levels};

    use super::*;

    /// Line by line.
    fn reference(text: &[u8], at: usize) -> Skipped {
        let (mut lines, mut start) = (0, at);
        for line in text[at..].split_inclusive(|byte| *byte == b'\n') {
            if let Some(mark) = line.iter().position(|byte| *byte == MARK) {
                return Skipped { lines, next: Some((start, start + mark)) };
            }
            lines += 1;
            start += line.len();
        }
        Skipped { lines, next: None }
    }

    #[test]
    fn skipped_lines_are_what_a_plain_search_finds() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(lengths: Vec<u8>, mark: u16, unended: bool) -> bool {
            let line = |length: &u8| [vec![b'x'; usize::from(*length)], vec![b'\n']].concat();
            let mut text: Vec<u8> = lengths.iter().flat_map(line).collect();
            if unended {
                text.pop();
            }
            if let Some(byte) = text.get_mut(usize::from(mark))
                && *byte == b'x'
            {
                *byte = MARK;
            }
            let starts = (0..=text.len()).filter(|at| *at == 0 || text[at - 1] == b'\n');
            starts.into_iter().all(|at| {
                levels().into_iter().all(|level| {
                    dispatch!(level, vectors => Skipped::at(vectors, &text, at))
                        == reference(&text, at)
                })
            })
        }
        quickcheck::quickcheck(holds as fn(Vec<u8>, u16, bool) -> bool);
    }
}
