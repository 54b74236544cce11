//! Finds the records in blocks of lines. Most lines of a log are none, and are not looked at one
//! by one: the search is for the backquote that begins a record. Where one ends the next is
//! expected to begin.

use std::ffi::OsString;

use common::bytes::scan::{Level, Vectors, dispatch};
use common::filter::{Block, Fault, Ledger, Line, Stop};
use common::logs::logterse::{self, NO_RECORD};
use common::time::label;
use memchr::memchr;

use crate::gap::Gap;
use crate::rows::Rows;

/// A record that was joined to this length is not joined further: no text of a refusal is longer.
const LONGEST: usize = 64 * 1024;

/// multilog cuts a line that is longer than what is left of a file. Its rest has no label, and may
/// be all that a client said.
const REST: &str = "the rest of a line of another file";

/// Turns blocks into rows.
#[derive(Debug)]
pub struct Splitter {
    rows: Rows,
    level: Level,
    held: Option<Held>,
    /// The first line of a file, if it has no label but is a record; the next line tells whether
    /// it may have none.
    first: Option<Held>,
}

/// A record that the next line may go on.
#[derive(Debug)]
struct Held {
    text: Vec<u8>,
    file: OsString,
    number: u64,
    /// No line can go it on any more.
    whole: bool,
}

impl Held {
    fn new(line: Line<'_>) -> Self {
        let (text, file) = (line.text.to_vec(), line.file.to_owned());
        Held { text, file, number: line.number, whole: false }
    }

    /// Takes a line up if it goes the record on.
    fn join(&mut self, line: &[u8]) -> bool {
        let after_cr = self.text.ends_with(b"\r");
        let Some(rest) = logterse::continuation(line, after_cr) else { return false };
        if after_cr {
            self.text.pop();
        }
        self.text.push(b' ');
        self.text.extend_from_slice(rest);
        self.whole = !rest.ends_with(b"\r") || self.text.len() > LONGEST;
        true
    }
}

/// What became of the lines of a block; the others were skipped.
#[derive(Debug, Default)]
struct Seen {
    used: u64,
    /// Lines of a record that may go on, which is booked when it is whole.
    held: u64,
    rejected: u64,
    skipped: u64,
    /// Where the first line begins that was skipped, and why it was.
    first_skipped: Option<(usize, &'static str)>,
}

impl Splitter {
    /// Nothing seen yet.
    pub fn new(rows: Rows) -> Self {
        Splitter { rows, level: Level::new(), held: None, first: None }
    }

    /// Appends the rows of a block, save that of a record at its end that may go on.
    pub fn split(
        &mut self,
        mut block: Block<'_>,
        ledger: &mut Ledger,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Stop> {
        self.begin(&mut block, ledger, buffer)?;
        let (text, mut seen) = (block.text(), Seen::default());
        let mut at = self.go_on(text, 0, &mut seen, ledger, buffer)?;
        let level = self.level;
        while let Some((start, mark)) =
            dispatch!(level, vectors => self.write_usual(vectors, text, &mut at, &mut seen, buffer))
        {
            let end = memchr(b'\n', &text[mark..]).map_or(text.len(), |end| mark + end);
            at = (end + 1).min(text.len());
            match self.verdict(&text[start..end], mark - start, buffer) {
                Some(Ok(())) => seen.used += 1,
                Some(Err(Fault::Skip(why))) => {
                    seen.skipped += 1;
                    seen.first_skipped.get_or_insert((start, why));
                }
                Some(Err(fault)) => {
                    seen.rejected += 1;
                    ledger.report(block.line(start, end), fault)?;
                }
                None => {
                    seen.held += 1;
                    self.held = Some(Held::new(block.line(start, end)));
                    at = self.go_on(text, at, &mut seen, ledger, buffer)?;
                }
            }
        }
        let lines = seen.used + seen.held + seen.rejected + seen.skipped;
        let (first, why) = seen.first_skipped.unwrap_or((at, NO_RECORD));
        ledger.skip(seen.skipped, why, || block.line(first, first).place());
        block.take(lines, text.len());
        Ok(())
    }

    /// Appends the rows of usual records from a place in the block on, up to another line with a
    /// backquote; gives where that begins and has its first.
    #[inline(always)]
    fn write_usual<V: Vectors>(
        &mut self,
        vectors: V,
        text: &[u8],
        at: &mut usize,
        seen: &mut Seen,
        buffer: &mut Vec<u8>,
    ) -> Option<(usize, usize)> {
        loop {
            while let Some(next) = self.rows.write_usual(vectors, text, *at, buffer) {
                seen.used += 1;
                *at = next;
            }
            let gap = Gap::at(vectors, text, *at);
            if gap.lines == 0 {
                return gap.next;
            }
            seen.skipped += gap.lines;
            seen.first_skipped.get_or_insert((*at, NO_RECORD));
            *at = gap.next?.0;
        }
    }

    /// Takes the first line of a file out of the block if it has no label but looks like a record.
    /// It is one if the next line has no label either.
    fn begin(
        &mut self,
        block: &mut Block<'_>,
        ledger: &mut Ledger,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Stop> {
        let first_line = |text: &[u8]| text.iter().position(|b| *b == b'\n').unwrap_or(text.len());
        if block.line(0, 0).number == 1 {
            self.release(ledger, buffer)?;
            let length = first_line(block.text());
            let line = &block.text()[..length];
            let none = matches!(logterse::parse(line), Err(Fault::Skip(_)));
            if none || label::at_start(line).is_some() {
                return Ok(());
            }
            self.finish_held(ledger, buffer)?;
            self.first = Some(Held::new(block.line(0, length)));
            block.take(1, (length + 1).min(block.text().len()));
        }
        if block.text().is_empty() {
            return Ok(());
        }
        match self.first.take_if(|_| label::at_start(block.text()).is_some()) {
            Some(Held { text, file, number, .. }) => {
                ledger.report(Line::kept(&text, &file, number), Fault::Skip(REST))
            }
            None => self.release(ledger, buffer),
        }
    }

    /// Lets the first line of a file be a record.
    fn release(&mut self, ledger: &mut Ledger, buffer: &mut Vec<u8>) -> Result<(), Stop> {
        let Some(first) = self.first.take() else { return Ok(()) };
        let goes_on = logterse::parse(&first.text).is_ok_and(|record| record.may_go_on());
        self.held = Some(first);
        if goes_on { Ok(()) } else { self.finish_held(ledger, buffer) }
    }

    /// Appends the row of a line; `None`, and no row, for a record that may go on.
    #[inline]
    fn verdict(
        &mut self,
        line: &[u8],
        mark: usize,
        buffer: &mut Vec<u8>,
    ) -> Option<Result<(), Fault>> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let record =
            logterse::head(&line[..mark]).and_then(|head| logterse::record(line, mark, head));
        match record {
            Ok(record) if record.may_go_on() => None,
            Ok(record) => Some(self.rows.write(&record, buffer)),
            Err(fault) => Some(Err(fault)),
        }
    }

    /// Joins what goes on the record that is held, from a place in the block, and appends its row
    /// as soon as it is whole. Gives the place after what it took.
    fn go_on(
        &mut self,
        text: &[u8],
        mut at: usize,
        seen: &mut Seen,
        ledger: &mut Ledger,
        buffer: &mut Vec<u8>,
    ) -> Result<usize, Stop> {
        while let Some(held) = &mut self.held {
            let rest = &text[at..];
            if held.whole {
                self.finish_held(ledger, buffer)?;
            } else if rest.is_empty() {
                break;
            } else {
                let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                if held.join(&rest[..length]) {
                    seen.held += 1;
                    at = (at + length + 1).min(text.len());
                } else {
                    held.whole = true;
                }
            }
        }
        Ok(at)
    }

    /// Appends the rows of what is held at the end of the input.
    pub fn finish(&mut self, ledger: &mut Ledger, buffer: &mut Vec<u8>) -> Result<(), Stop> {
        self.release(ledger, buffer)?;
        self.finish_held(ledger, buffer)
    }

    /// Appends the row of the record that is held, if there is one.
    fn finish_held(&mut self, ledger: &mut Ledger, buffer: &mut Vec<u8>) -> Result<(), Stop> {
        let Some(Held { text, file, number, .. }) = self.held.take() else { return Ok(()) };
        let written = logterse::parse(&text).and_then(|record| self.rows.write(&record, buffer));
        written.or_else(|fault| ledger.report(Line::kept(&text, &file, number), fault))
    }
}
