//! A fast finder of fields: where each begins, for all rows of a few kilobytes at once.
//!
//! ```text
//! text      a TAB bc TAB TAB d LF e TAB f LF
//! starts    0     2      5   6    8     10   12    the first, and what follows each TAB and LF
//! ends                            4          6     which of the starts begin another row
//! ```
//!
//! The plain way goes from TAB to TAB within a row. The processor then guesses, several times a
//! row, how many TABs there are in the next 64 bytes, and mostly guesses wrong. So here the bits of
//! all TABs and line ends are gone through before the first row is looked at, and eight places are
//! written down at a time, whether there are eight or not. A row of `tally -g 10` takes 617
//! instructions and 1.7 wrong guesses; it was 701 and 6.2.

use crate::bytes::scan::{Level, Vectors, bits_of, dispatch};

/// How much is looked through at once: what is found in it stays in the nearest cache.
const STEP_BYTES: usize = 4096;
/// How many places are written at once, whether there are as many or not.
const STEP_PLACES: usize = 8;

/// Where fields and rows begin, as far as a text was looked through.
#[derive(Debug)]
pub struct Index {
    /// Where each field begins: the first, and what follows each TAB and each line end. Only the
    /// first `count` places count.
    starts: Vec<usize>,
    count: usize,
    /// Which of these begin another row.
    ends: Vec<usize>,
    level: Level,
}

impl Index {
    /// Nothing is looked through yet.
    pub fn new(level: Level) -> Self {
        Index { starts: Vec::new(), count: 0, ends: Vec::new(), level }
    }

    /// Hands every row of a text to `each`: how many rows come before it, and where its fields
    /// begin, with a last place where one more would. Gives the number of rows.
    #[inline(always)]
    pub fn for_each_row<E>(
        &mut self,
        text: &[u8],
        mut each: impl FnMut(u64, &[usize]) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut before = 0;
        self.begin();
        for base in (0..text.len()).step_by(STEP_BYTES) {
            self.read(text, base);
            let mut first = 0;
            for last in &self.ends {
                let starts = &mut self.starts[first..=*last];
                first = *last;
                // the last field ends before a carriage return
                let end = starts.last_mut().filter(|end| is_after_cr(**end, text));
                let cr = end.map(|end| *end -= 1).is_some();
                each(before, starts)?;
                if cr {
                    self.starts[first] += 1;
                }
                before += 1;
            }
            if first > 0 {
                self.keep_from(first);
            }
        }
        Ok(before)
    }

    /// Begins another text.
    fn begin(&mut self) {
        self.starts.resize(self.starts.len().max(1), 0);
        self.starts[0] = 0;
        self.count = 1;
    }

    /// Looks through the next bytes of the text, from `base` on.
    fn read(&mut self, text: &[u8], base: usize) {
        let bytes = &text[base..text.len().min(base + STEP_BYTES)];
        let most = self.count + bytes.len() + STEP_PLACES;
        self.starts.resize(self.starts.len().max(most), 0);
        self.ends.clear();
        dispatch!(self.level, vectors => self.read_with(vectors, bytes, base));
        let is_unended = base + bytes.len() == text.len() && !bytes.ends_with(b"\n");
        if is_unended {
            self.starts[self.count] = text.len() + 1;
            self.ends.push(self.count);
            self.count += 1;
        }
    }

    #[inline(always)]
    fn read_with<V: Vectors>(&mut self, vectors: V, bytes: &[u8], base: usize) {
        let (starts, ends) = (self.starts.as_mut_slice(), &mut self.ends);
        let mut count = self.count;
        let (chunks, rest) = bytes.as_chunks();
        let mut padded = [0; 64];
        padded[..rest.len()].copy_from_slice(rest);
        for (chunk, base) in chunks.iter().chain([&padded]).zip((base + 1..).step_by(64)) {
            let mut rows = bits_of(vectors, chunk, *b"\n");
            let mut marks = rows | bits_of(vectors, chunk, *b"\t");
            while rows != 0 {
                let before = marks & !rows & (rows - 1);
                ends.push(count + before.count_ones() as usize);
                rows &= rows - 1;
            }
            let next = count + marks.count_ones() as usize;
            while let Some(places) = starts[count..].first_chunk_mut::<STEP_PLACES>() {
                for place in places {
                    *place = base + marks.trailing_zeros() as usize;
                    marks &= marks.wrapping_sub(1);
                }
                count += STEP_PLACES;
                if count >= next {
                    break;
                }
            }
            count = next;
        }
        self.count = count;
    }

    /// Forgets what stands before a row that is not complete yet.
    fn keep_from(&mut self, first: usize) {
        self.starts.copy_within(first..self.count, 0);
        self.count -= first;
    }
}

/// Does a carriage return end the line that is followed by one that begins here?
#[inline(always)]
fn is_after_cr(start: usize, text: &[u8]) -> bool {
    start > 1 && text.get(start - 2) == Some(&b'\r')
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::bytes::scan::levels;

    /// The rows of a text by the definition of a row.
    fn plain(text: &[u8]) -> Vec<Vec<&[u8]>> {
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        let bare = lines.map(|line| line.strip_suffix(b"\n").unwrap_or(line));
        let bare = bare.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        bare.map(|line| line.split(|byte| *byte == b'\t').collect()).collect()
    }

    fn rows_of<'a>(index: &mut Index, text: &'a [u8]) -> Vec<Vec<&'a [u8]>> {
        let mut rows = Vec::new();
        let count = index.for_each_row(text, |before, starts| {
            assert_eq!(before, rows.len() as u64);
            rows.push(starts.windows(2).map(|pair| &text[pair[0]..pair[1] - 1]).collect());
            Ok::<_, Infallible>(())
        });
        assert_eq!(count, Ok(rows.len() as u64));
        rows
    }

    /// Whatever the bytes, with each kind of vectors, and where rows are longer than a bytes.
    #[test]
    fn rows_are_what_a_plain_search_finds() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(seed: Vec<u8>, length: u16, kinds: u8) -> bool {
            let bytes =
                [&b"\n\t"[..], b"\ta\n\r", b"abcdefghijkl\t\n", b"\taaa"][usize::from(kinds % 4)];
            let random = seed.iter().cycle().zip(1_u32..).map(|(byte, at)| {
                let mixed = at.wrapping_mul(u32::from(*byte) + 0x9e37_79b1) >> 16;
                bytes[mixed as usize % bytes.len()]
            });
            let text: Vec<u8> = random.take(usize::from(length % 13_000)).collect();
            levels().into_iter().all(|level| {
                let mut index = Index::new(level);
                // twice, for what may be left from the first time
                rows_of(&mut index, &text) == plain(&text)
                    && rows_of(&mut index, &text[text.len() / 2..])
                        == plain(&text[text.len() / 2..])
            })
        }
        quickcheck::QuickCheck::new().tests(300).quickcheck(holds as fn(Vec<u8>, u16, u8) -> bool);
        for text in ["", "\n", "\r\n", "\r", "\t", "\t\r\n\t", "\n\r", "a\r\r\nb\r"] {
            let mut index = Index::new(Level::new());
            assert_eq!(rows_of(&mut index, text.as_bytes()), plain(text.as_bytes()), "{text:?}");
        }
    }
}
