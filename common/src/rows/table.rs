//! The rows of the input, and where their columns are.
//!
//! All TABs and line ends of a few kilobytes are found before the first row of them is looked at.
//! To go from one to the next within each row would make the processor guess, several times a row,
//! how many there are in the next 64 bytes, and mostly guess wrong.

use std::ops::Range;

use crate::bytes::scan::{Level, Vectors, bits_of, dispatch};
use crate::bytes::span::Span;
use crate::filter::{Block, Input, Line, Out, Stop};

/// How many bytes are looked through at once: what is found in them stays in the nearest cache.
const PIECE: usize = 4096;
/// How many places are written at once, whether there are so many or not.
const AT_ONCE: usize = 8;

/// A row, and where its fields are.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    block: &'a Block<'a>,
    /// How many rows of the block come before.
    before: u64,
    /// Where each field begins in the text of the block, and where one after the last would.
    starts: &'a [usize],
}

impl<'a> Row<'a> {
    /// The line that it is.
    #[cold]
    pub fn line(&self) -> Line<'a> {
        let Range { start, end } = self.whole().range();
        let cr = self.block.text().get(end) == Some(&b'\r');
        self.block.line_after(self.before, start, end + usize::from(cr))
    }

    /// Is it the first line of its file?
    #[inline(always)]
    pub fn is_first(&self) -> bool {
        self.block.is_first(self.before)
    }

    /// How many columns it has: one, though empty, if there is no TAB.
    #[inline(always)]
    pub fn width(&self) -> usize {
        self.starts.len() - 1
    }

    /// All of its fields. A carriage return at the end of the line is no part of them.
    pub fn whole(&self) -> Span<'a> {
        self.fields(0, self.width() - 1)
    }

    /// The fields from one to another, counted from 0, with what is between them; nothing if there
    /// are not so many.
    #[inline(always)]
    pub fn fields(&self, first: usize, last: usize) -> Span<'a> {
        let text = self.block.text();
        match (self.starts.get(first), self.starts.get(last..)) {
            (Some(start), Some([_, next, ..])) => Span::new(text, *start..*next - 1),
            _ => Span::new(text, 0..0),
        }
    }

    /// A field as it is written; empty if there is none.
    #[inline(always)]
    pub fn field(&self, place: usize) -> Span<'a> {
        self.fields(place, place)
    }
}

/// Hands every row of the input to `each`, in order.
///
/// Memory is bounded by the row with the most bytes, and by the one with the most columns: some
/// 16 bytes for each.
pub fn for_each_row<F>(input: &mut Input, out: &mut Out, mut each: F) -> Result<(), Stop>
where
    F: FnMut(&Row<'_>, &mut Out) -> Result<(), Stop>,
{
    let mut index = Index::new(Level::new());
    input.for_each_block(out, |mut block, out| {
        let text = block.text();
        let rows = index.for_each_row(text, |before, starts| {
            each(&Row { block: &block, before, starts }, out)
        })?;
        block.take(rows, text.len());
        Ok(())
    })
}

/// Where fields and rows begin, as far as a text was looked through.
struct Index {
    /// Where each field begins: the first, and what follows each TAB and each line end. What
    /// comes after the first `count` means nothing.
    starts: Vec<usize>,
    count: usize,
    /// Which of these begin a row, but for the first.
    ends: Vec<usize>,
    level: Level,
}

impl Index {
    fn new(level: Level) -> Self {
        Index { starts: Vec::new(), count: 0, ends: Vec::new(), level }
    }

    /// Hands over how many rows of a text come before each, and the starts of its fields. Gives the
    /// number of rows.
    #[inline(always)]
    fn for_each_row<E>(
        &mut self,
        text: &[u8],
        mut each: impl FnMut(u64, &[usize]) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut before = 0;
        self.begin();
        for base in (0..text.len()).step_by(PIECE) {
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

    /// Another text, which begins with a row.
    fn begin(&mut self) {
        self.starts.resize(self.starts.len().max(1), 0);
        self.starts[0] = 0;
        self.count = 1;
    }

    /// Looks through the piece of the text that begins at `base`.
    fn read(&mut self, text: &[u8], base: usize) {
        let piece = &text[base..text.len().min(base + PIECE)];
        let most = self.count + piece.len() + AT_ONCE;
        self.starts.resize(self.starts.len().max(most), 0);
        self.ends.clear();
        dispatch!(self.level, vectors => self.read_with(vectors, piece, base));
        let is_unended = base + piece.len() == text.len() && !piece.ends_with(b"\n");
        if is_unended {
            self.starts[self.count] = text.len() + 1;
            self.ends.push(self.count);
            self.count += 1;
        }
    }

    #[inline(always)]
    fn read_with<V: Vectors>(&mut self, vectors: V, piece: &[u8], base: usize) {
        let (starts, ends) = (self.starts.as_mut_slice(), &mut self.ends);
        let mut count = self.count;
        let (chunks, rest) = piece.as_chunks();
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
            while let Some(places) = starts[count..].first_chunk_mut::<AT_ONCE>() {
                for place in places {
                    *place = base + marks.trailing_zeros() as usize;
                    marks &= marks.wrapping_sub(1);
                }
                count += AT_ONCE;
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
    use std::io::Write;

    use super::*;
    use crate::bytes::scan::levels;

    /// The rows of a text by the definition of a row.
    fn naive(text: &[u8]) -> Vec<Vec<&[u8]>> {
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

    /// Whatever the bytes, with each kind of vectors, and where rows are longer than a piece.
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
                rows_of(&mut index, &text) == naive(&text)
                    && rows_of(&mut index, &text[text.len() / 2..])
                        == naive(&text[text.len() / 2..])
            })
        }
        quickcheck::QuickCheck::new().tests(300).quickcheck(holds as fn(Vec<u8>, u16, u8) -> bool);
        for text in ["", "\n", "\r\n", "\r", "\t", "\t\r\n\t", "\n\r", "a\r\r\nb\r"] {
            let mut index = Index::new(Level::new());
            assert_eq!(rows_of(&mut index, text.as_bytes()), naive(text.as_bytes()), "{text:?}");
        }
    }

    /// Through files whose blocks and rows end anywhere; the last row of the first has no end.
    #[test]
    fn lines_of_rows() {
        let mut files = Vec::new();
        for rows in [40_000, 1, 9] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            let text: Vec<String> =
                (1..=rows).map(|row| format!("{row}\t{}\r", "x".repeat(row % 50))).collect();
            file.write_all(text.join("\n").as_bytes()).unwrap();
            files.push((file, rows));
        }
        let names: Vec<_> = files.iter().map(|(file, _)| file.path().as_os_str().into()).collect();
        let mut expected =
            files.iter().flat_map(|(file, rows)| (1..=*rows).map(move |row| (file, row)));
        for_each_row(&mut Input::new(&names), &mut Out::stdout("test"), |row, _| {
            let (file, number) = expected.next().unwrap();
            let text = format!("{number}\t{}", "x".repeat(number % 50));
            let line = row.line();
            assert_eq!((row.is_first(), row.width()), (number == 1, 2));
            assert_eq!(line.place(), format!("{}:{number}", file.path().display()));
            assert_eq!(line.without_cr(), text.as_bytes());
            assert_eq!((row.whole().bytes(), line.text.len()), (text.as_bytes(), text.len() + 1));
            assert_eq!(row.field(0).number(), Some(number as u64));
            assert_eq!(row.field(1).bytes(), text.split('\t').nth(1).unwrap().as_bytes());
            assert!(row.fields(1, 2).is_empty());
            assert!([2, 3, usize::MAX].iter().all(|place| row.field(*place).is_empty()));
            Ok(())
        })
        .unwrap();
        assert!(expected.next().is_none());
    }
}
