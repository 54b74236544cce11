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
//! written down at a time, whether there are eight or not. A row of 17 columns took `tally -g 10` 617
//! instructions and 1.7 wrong guesses so, and 701 and 6.2 in the plain way.
//!
//! Most of that is for fields that nobody looks at. So for one column or two there is another way:
//! where rows end is found first, and within a row TABs are counted, 64 bytes at a time, as far as the
//! column. Of the starts above, only those of the columns and of the row are then right.

use std::ops::Range;

use crate::bytes::scan::{Found, Level, PART, Places, Vectors, bits_of, dispatch};

/// How much is looked through at once: what is found in it stays in the nearest cache.
const STEP_BYTES: usize = PART;
/// How many places are written at once, whether there are as many or not.
const STEP_PLACES: usize = 8;

/// Columns from this one on are looked for with all others only: there is no room for their starts.
const FAR: usize = 256;

/// After a text of more rows than this it is decided whether to look for all columns.
const TRIAL_ROWS: u64 = 100;
/// Shorter rows have so few columns that all are looked for.
const SHORT_ROW_BYTES: u64 = 64;

/// Where fields and rows begin, as far as a text was looked through.
#[derive(Debug)]
pub struct Index {
    /// Where each field begins: the first, and what follows each TAB and each line end. Only the
    /// first `count` places count.
    starts: Vec<usize>,
    count: usize,
    /// Which of these begin another row.
    ends: Vec<usize>,
    /// Which of the starts of a row are to be right, in order, from the second on; `None`: all.
    wanted: Option<Vec<usize>>,
    /// In how many rows of the text no TAB ends the wanted fields.
    unmarked: u64,
    rows: Found,
    level: Level,
}

impl Index {
    /// Nothing is looked through yet.
    pub fn new(level: Level) -> Self {
        Index {
            starts: Vec::new(),
            count: 0,
            ends: Vec::new(),
            wanted: None,
            unmarked: 0,
            rows: Found::default(),
            level,
        }
    }

    /// Looks for these columns only, counted from 0, if they are listed. A row that has them all is
    /// then handed out with one field behind the last of them, and any other as one field.
    pub fn look_for(&mut self, columns: Option<&[usize]>) {
        let near = columns.filter(|columns| columns.iter().all(|at| *at < FAR));
        let starts = |columns: &[usize]| columns.iter().flat_map(|at| [*at, at + 1]).collect();
        self.wanted = near.map(starts).map(|mut wanted: Vec<_>| {
            wanted.sort_unstable();
            wanted.dedup();
            wanted.retain(|at| *at > 0);
            wanted
        });
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
        // the others are then found faster than they are left out
        let unmarked = std::mem::take(&mut self.unmarked);
        let are_short = (text.len() as u64) < before * SHORT_ROW_BYTES;
        if before > TRIAL_ROWS && (are_short || unmarked > before / 2) {
            self.wanted = None;
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
        let step = base..text.len().min(base + STEP_BYTES);
        if let Some(wanted) = self.wanted.take() {
            dispatch!(self.level, vectors => self.read_wanted(vectors, text, step, &wanted));
            self.wanted = Some(wanted);
            return;
        }
        let bytes = &text[step];
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

    /// The same for rows that end in this step, and for the wanted starts only.
    #[inline(always)]
    fn read_wanted<V: Vectors>(
        &mut self,
        vectors: V,
        text: &[u8],
        step: Range<usize>,
        wanted: &[usize],
    ) {
        let (base, end) = (step.start, step.end);
        let padded;
        let bytes = if let Some(bytes) = text[step.clone()].first_chunk() {
            bytes
        } else {
            padded = padded_step(&text[step]);
            &padded
        };
        let rows = self.rows.of(vectors, bytes, b'\n');
        let unended = (end == text.len() && !text.ends_with(b"\n")).then_some(end);
        let most = self.count + 2 * STEP_BYTES;
        self.starts.resize(self.starts.len().max(most), 0);
        self.ends.clear();
        let mut starts = &mut self.starts[self.count - 1..];
        for end in rows.iter().map(|at| base + *at as usize).chain(unended) {
            let width = find_wanted(vectors, text, end, wanted, starts).unwrap_or_else(|| {
                self.unmarked += 1;
                find_first(text, end, wanted, starts)
            });
            let fields = width + 1;
            starts[fields] = end + 1;
            starts = &mut starts[fields..];
            self.count += fields;
            self.ends.push(self.count - 1);
        }
    }

    /// Forgets what stands before a row that is not complete yet.
    fn keep_from(&mut self, first: usize) {
        self.starts.copy_within(first..self.count, 0);
        self.count -= first;
    }
}

#[cold]
fn padded_step(bytes: &[u8]) -> [u8; STEP_BYTES] {
    let mut padded = [0; STEP_BYTES];
    padded[..bytes.len()].copy_from_slice(bytes);
    padded
}

/// Writes down the wanted starts of the row from the first of `starts` to `end`, and gives the last
/// one's number. `None` if there may be no TAB before it.
#[inline(always)]
fn find_wanted<V: Vectors>(
    vectors: V,
    text: &[u8],
    end: usize,
    wanted: &[usize],
    starts: &mut [usize],
) -> Option<usize> {
    let (mut base, mut before, mut last) = (starts[0], 0, 0);
    let (chunks, _) = text.get(base..end + 63)?.as_chunks();
    let mut chunks = chunks.iter();
    let mut tabs = bits_of(vectors, chunks.next()?, *b"\t");
    for number in wanted {
        loop {
            let next = before + tabs.count_ones() as usize;
            if next >= *number {
                break;
            }
            before = next;
            base += 64;
            tabs = bits_of(vectors, chunks.next()?, *b"\t");
        }
        while before + 1 < *number {
            tabs &= tabs.wrapping_sub(1);
            before += 1;
        }
        last = base + tabs.trailing_zeros() as usize;
        starts[*number] = last + 1;
    }
    if last < end { wanted.last().copied() } else { None }
}

/// The same in the plain way, for all starts up to the last wanted one, which may be that of the next
/// row; 0 if the row ends before.
#[inline(never)]
fn find_first(text: &[u8], end: usize, wanted: &[usize], starts: &mut [usize]) -> usize {
    let (start, width) = (starts[0], wanted.last().copied().unwrap_or(0));
    let tabs = Places::new(&text[start..end], b'\t').map(|at| start + at);
    let mut last = end;
    let places = starts[1..=width].iter_mut().zip(tabs.chain([end]));
    let found = places.map(|(start, place)| {
        *start = place + 1;
        last = place;
    });
    if found.count() < width {
        return 0;
    }
    if last == end && is_after_cr(end + 1, text) && width > 0 {
        starts[width] -= 1;
    }
    width
}

/// Does a carriage return end the line that is followed by one that begins here?
#[inline(always)]
fn is_after_cr(start: usize, text: &[u8]) -> bool {
    start > 1 && text.get(start - 2) == Some(&b'\r')
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use bstr::ByteSlice;

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

    /// Looks for some columns only.
    fn wanted_columns_hold(level: Level, text: &[u8]) {
        let rows = plain(text);
        for columns in [&[][..], &[0], &[1], &[5, 2], &[0, 1], &[FAR - 1], &[FAR, 0]] {
            let width = columns.iter().max().map_or(0, |last| last + 1);
            let (mut index, mut expected) = (Index::new(level), rows.iter().cycle());
            index.look_for(Some(columns));
            let mut each = |_, starts: &[usize]| {
                let row = expected.next().unwrap();
                let field = |at: usize| &text[starts[at]..starts[at + 1] - 1];
                let is_whole = starts.len() > width && starts.len() > 1;
                assert_eq!(is_whole, row.len() >= width, "{columns:?}");
                assert!(!is_whole || columns.iter().all(|at| field(*at) == row[*at]));
                let all = starts[0]..starts[starts.len() - 1] - 1;
                assert_eq!(text[all].as_bstr(), row.join(&b'\t').as_bstr());
                Ok::<_, Infallible>(())
            };
            // all columns may be looked for the second time
            for _ in 0..2 {
                assert_eq!(index.for_each_row(text, &mut each), Ok(rows.len() as u64));
            }
        }
    }

    /// Whatever the bytes, with each kind of vectors, and where rows are longer than a step.
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
                wanted_columns_hold(level, &text);
                let mut index = Index::new(level);
                // twice, for what may be left from the first time
                rows_of(&mut index, &text) == plain(&text)
                    && rows_of(&mut index, &text[text.len() / 2..])
                        == plain(&text[text.len() / 2..])
            })
        }
        quickcheck::QuickCheck::new().tests(300).quickcheck(holds as fn(Vec<u8>, u16, u8) -> bool);
        for text in ["", "\n", "\r\n", "\r", "\t", "\t\r\n\t", "\n\r", "a\r\r\nb\r"] {
            wanted_columns_hold(Level::new(), text.as_bytes());
            let mut index = Index::new(Level::new());
            assert_eq!(rows_of(&mut index, text.as_bytes()), plain(text.as_bytes()), "{text:?}");
        }
    }
}
