//! Finds the records in blocks of lines. Most lines of a log are not records, and are not looked at
//! one by one: the search is for the backquote that begins a record. Where one record ends the next
//! is expected to begin.

use common::bytes::scan::{Level, Vectors, dispatch};
use common::bytes::wide::RowRoom;
use common::filter::{Block, Fault, Ledger, Line, Out, OwnedLine, Stop, Ties};
use common::logs::logterse::fast::Skipped;
use common::logs::logterse::{self, NO_RECORD};
use common::logs::repeats::{Repeated, Repeats, is_repeat};
use common::multilog::FirstLine;
use memchr::memchr;

use crate::fast::ROW_BYTES;
use crate::rows::Rows;

/// A record that was joined to this length is not joined further: no text of a refusal is longer.
const LONGEST_BYTES: usize = 64 * 1024;

/// A line may go on with a record, or say that it came again; the second line of a file says whether
/// the first is one.
pub const TIES: Ties = Ties { goes_on: |line| goes_on(line) || is_repeat(line), second: true };

/// May a line go on with a record, whatever that is?
fn goes_on(line: &[u8]) -> bool {
    logterse::continuation(line, true).is_some()
}

/// Turns blocks into rows.
#[derive(Debug)]
pub struct Splitter {
    rows: Rows,
    /// The rows of records that are found.
    room: RowRoom<ROW_BYTES>,
    /// Where lines that are not used are reported.
    pub ledger: Ledger,
    level: Level,
    open: Option<OpenRecord>,
    /// The first line of a file, if it is a record without a label: the next line decides whether it
    /// is a line at all.
    first: Option<OwnedLine>,
    repeats: Repeats,
    /// The next line may say that the last record came again.
    may_repeat: bool,
}

/// A record that the next line may go on with.
#[derive(Debug)]
struct OpenRecord {
    line: OwnedLine,
    /// No line goes on with it any more.
    whole: bool,
}

impl OpenRecord {
    /// Takes a line up if it goes on with the record.
    fn join(&mut self, line: &[u8]) -> bool {
        let text = &mut self.line.text;
        let after_cr = text.ends_with(b"\r");
        let Some(rest) = logterse::continuation(line, after_cr) else { return false };
        if after_cr {
            text.pop();
        }
        text.push(b' ');
        text.extend_from_slice(rest);
        self.whole = !rest.ends_with(b"\r") || text.len() > LONGEST_BYTES;
        true
    }
}

/// The lines of a block that were taken.
#[derive(Debug, Default)]
struct Taken {
    /// Where the next line begins.
    at: usize,
    lines: u64,
    /// How many of them were skipped, where the first of these begins, and why.
    skipped: u64,
    first_skipped: Option<(usize, &'static str)>,
}

impl Taken {
    /// Takes the next line.
    fn line<'a>(&mut self, block: &Block<'a>) -> Line<'a> {
        let start = self.at;
        let end = start + line_length(&block.text()[start..]);
        let line = block.line_after(self.lines, start, end);
        (self.at, self.lines) = ((end + 1).min(block.text().len()), self.lines + 1);
        line
    }

    fn skip(&mut self, lines: u64, start: usize, why: &'static str) {
        self.skipped += lines;
        self.first_skipped.get_or_insert((start, why));
    }
}

impl Splitter {
    /// Nothing seen yet.
    pub fn new(rows: Rows, ledger: Ledger) -> Self {
        Splitter {
            rows,
            room: RowRoom::default(),
            ledger,
            level: Level::new(),
            open: None,
            first: None,
            repeats: Repeats::default(),
            may_repeat: false,
        }
    }

    /// Writes the rows of a block, save that of a record at its end that may go on.
    pub fn split(&mut self, mut block: Block<'_>, out: &mut Out) -> Result<(), Stop> {
        self.begin(&mut block, out)?;
        let (text, mut taken) = (block.text(), Taken::default());
        let level = self.level;
        loop {
            self.go_on(&block, &mut taken, out)?;
            self.repeat(&block, &mut taken, out)?;
            let found = dispatch!(level, vectors => {
                self.write_found(vectors, text, &mut taken)
            });
            out.take_rows(self.room.take())?;
            let Some((start, mark)) = found else { break };
            taken.at = start;
            let line = taken.line(&block);
            self.line(line, start, mark - start, &mut taken, out)?;
        }
        let (first, why) = taken.first_skipped.unwrap_or((text.len(), NO_RECORD));
        self.ledger.skip(taken.skipped, why, || block.line(first, first).place());
        block.take(taken.lines, text.len());
        Ok(())
    }

    /// Writes the rows of the records that are found from the next line on, up to another line with
    /// a backquote. Returns where that begins and has its first.
    #[inline(always)]
    fn write_found<V: Vectors>(
        &mut self,
        vectors: V,
        text: &[u8],
        taken: &mut Taken,
    ) -> Option<(usize, usize)> {
        loop {
            // in registers, not in memory, as long as records follow each other
            let (mut at, mut lines) = (taken.at, 0);
            while let Some(next) = self.rows.write_found(vectors, text, at, &mut self.room) {
                (at, lines) = (next, lines + 1);
            }
            let skipped = Skipped::at(vectors, text, at);
            (taken.at, taken.lines) = (at, taken.lines + lines + skipped.lines);
            if skipped.lines == 0 {
                return skipped.next;
            }
            taken.skip(skipped.lines, at, NO_RECORD);
            taken.at = skipped.next?.0;
        }
    }

    /// Takes the first line of a file out of the block if it is a record without a label, until the
    /// next line is known.
    fn begin(&mut self, block: &mut Block<'_>, out: &mut Out) -> Result<(), Stop> {
        if block.line(0, 0).number == 1 {
            self.release(out)?;
            let line = block.line(0, line_length(block.text()));
            let is_record = !matches!(logterse::parse(line.text), Err(Fault::Skip(_)));
            if !is_record || FirstLine::of(line.text, None) != FirstLine::Unknown {
                return Ok(());
            }
            self.finish_open(out)?;
            self.first = Some(line.into());
            block.next_line();
        }
        if block.text().is_empty() {
            return Ok(());
        }
        let is_rest = FirstLine::Unknown.before(block.text()) == FirstLine::Rest;
        match self.first.take_if(|_| is_rest) {
            Some(first) => {
                self.ledger.report(first.line(), Fault::Skip("the rest of a line of another file"))
            }
            None => self.release(out),
        }
    }

    /// Lets the first line of a file be a line.
    fn release(&mut self, out: &mut Out) -> Result<(), Stop> {
        let Some(line) = self.first.take() else { return Ok(()) };
        let goes_on = logterse::parse(&line.text).is_ok_and(|record| record.may_go_on());
        self.open = Some(OpenRecord { line, whole: !goes_on });
        if goes_on { Ok(()) } else { self.finish_open(out) }
    }

    /// Writes the row of a line that begins at `start` of its block and has a backquote at `mark`;
    /// keeps a record that may go on.
    fn line(
        &mut self,
        line: Line<'_>,
        start: usize,
        mark: usize,
        taken: &mut Taken,
        out: &mut Out,
    ) -> Result<(), Stop> {
        let text = line.without_cr();
        let record =
            logterse::head(&text[..mark]).and_then(|head| logterse::record(text, mark, head));
        let written = match record {
            Ok(record) if record.may_go_on() => {
                self.open = Some(OpenRecord { line: line.into(), whole: false });
                return Ok(());
            }
            Ok(record) => self.rows.write(&record, out.buffer()),
            Err(fault) => Err(fault),
        };
        match written {
            Ok(()) => {
                self.remember(line.text);
                Ok(())
            }
            // no record stands before it that it could repeat
            Err(fault) => match (Repeats::default().unfold(line.text), fault) {
                (Some(again), _) => self.write_again(line, again, out),
                (None, Fault::Skip(why)) => {
                    taken.skip(1, start, why);
                    Ok(())
                }
                (None, fault) => self.ledger.report(line, fault),
            },
        }
    }

    /// Joins the lines that go on with the open record, and writes its row as soon as it is whole.
    fn go_on(&mut self, block: &Block<'_>, taken: &mut Taken, out: &mut Out) -> Result<(), Stop> {
        while let Some(open) = &mut self.open {
            let rest = &block.text()[taken.at..];
            if open.whole {
                self.finish_open(out)?;
            } else if rest.is_empty() {
                break;
            } else if open.join(&rest[..line_length(rest)]) {
                taken.line(block);
            } else {
                open.whole = true;
            }
        }
        Ok(())
    }

    /// Takes the lines that say that the record before them came again. No other line without a
    /// backquote matters.
    fn repeat(&mut self, block: &Block<'_>, taken: &mut Taken, out: &mut Out) -> Result<(), Stop> {
        while self.may_repeat && taken.at < block.text().len() {
            let rest = &block.text()[taken.at..];
            match self.repeats.unfold(&rest[..line_length(rest)]) {
                Some(again) => {
                    let line = taken.line(block);
                    self.write_again(line, again, out)?;
                }
                None => self.may_repeat = false,
            }
        }
        Ok(())
    }

    /// Writes the rows of a record that came again, as `line` says.
    fn write_again(
        &mut self,
        line: Line<'_>,
        again: Result<Repeated, Fault>,
        out: &mut Out,
    ) -> Result<(), Stop> {
        let again = match again {
            Ok(again) => again,
            Err(fault) => return self.ledger.report(line, fault),
        };
        for _ in 0..again.times {
            let record = logterse::parse(&again.line);
            if let Err(fault) = record.and_then(|record| self.rows.write(&record, out.buffer())) {
                return self.ledger.report(line, fault);
            }
            out.flush_if_full()?;
        }
        Ok(())
    }

    /// Remembers a record that syslog may repeat: one without a label.
    fn remember(&mut self, line: &[u8]) {
        self.may_repeat = !line.starts_with(b"@");
        self.repeats.remember(line);
    }

    /// Writes the rows of what is kept at the end of the input.
    pub fn finish(&mut self, out: &mut Out) -> Result<(), Stop> {
        self.release(out)?;
        self.finish_open(out)
    }

    /// Writes the row of the open record, if there is one.
    fn finish_open(&mut self, out: &mut Out) -> Result<(), Stop> {
        let Some(OpenRecord { line, .. }) = self.open.take() else { return Ok(()) };
        let record = logterse::parse(&line.text);
        match record.and_then(|record| self.rows.write(&record, out.buffer())) {
            Ok(()) => {
                self.remember(&line.text);
                Ok(())
            }
            Err(fault) => self.ledger.report(line.line(), fault),
        }
    }
}

/// How long the line is that a text begins with, without its end.
fn line_length(text: &[u8]) -> usize {
    memchr(b'\n', text).unwrap_or(text.len())
}
