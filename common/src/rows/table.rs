//! The reader of rows: hands out every row that has the columns a tool looks at.

use std::ffi::OsString;
use std::ops::Range;

use crate::bytes::scan::Level;
use crate::bytes::span::Span;
use crate::filter::cli::Args;
use crate::filter::{Block, Fault, Input, Ledger, Line, Out, Policy, Stop};
use crate::rows::columns::Columns;
use crate::rows::fast::Index;
use crate::rows::normal::normal;

/// Rows to be read: from which files, which of their columns, and what becomes of those that are no
/// good.
#[derive(Debug)]
pub struct Table {
    columns: Columns,
    files: Vec<OsString>,
    policy: Policy,
    /// What is wrong with a last row without an end, if that is no row.
    torn: Option<Fault>,
}

/// What is wrong with a row that lacks its end: the number in it may be another one.
pub const TORN: Fault = Fault::Reject("the row does not end in a newline; it may be cut short");

impl Table {
    /// The files of the command line, whose rows have these columns.
    pub fn new(args: &Args, columns: Columns) -> Self {
        let (files, policy) = (args.operands.clone(), Policy::new(args));
        Table { columns, files, policy, torn: None }
    }

    /// The same for rows of sums, as we write them: a row has no further columns and has its end, and if
    /// one is no such row, [`for_each_row`](Table::for_each_row) ends in an error, unless `--lenient`.
    pub fn of_sums(args: &Args, columns: Columns) -> Self {
        let columns = columns.exactly("too many columns");
        let (files, policy) = (args.operands.clone(), Policy::of_sums(args));
        Table { columns, files, policy, torn: Some(TORN) }
    }

    /// The files of a tool that reads its own sums under `--merge`.
    pub fn of_rows_or_sums(args: &Args, columns: Columns) -> Result<Self, Stop> {
        Ok(if merges(args)? { Table::of_sums(args, columns) } else { Table::new(args, columns) })
    }

    /// Hands every row that has the columns to `each`, in order, with the ledger for what may be
    /// wrong with it. Closes the ledger at the end.
    ///
    /// Memory is bounded by the row with the most bytes, and by the one with the most columns: some
    /// 16 bytes for each.
    pub fn for_each_row<F>(self, out: &mut Out, mut each: F) -> Result<(), Stop>
    where
        F: FnMut(&InputRow<'_>, &mut Ledger, &mut Out) -> Result<(), Stop>,
    {
        let Table { mut columns, files, policy, torn } = self;
        let mut ledger = Ledger::open(policy)?;
        let mut input = Input::new(&files).unended();
        let mut index = Index::new(Level::new());
        index.look_for(columns.few());
        input.for_each_block(out, |mut block, out| {
            let torn = torn.filter(|_| !block.text().ends_with(b"\n"));
            if block.is_first(0)
                && columns.have_header()
                && let Some(line) = block.next_line()
            {
                if let Some(torn) = torn.filter(|_| !line.ended) {
                    return ledger.report(line, torn);
                }
                ledger.take_header();
                columns.read_header(&line, out)?;
                index.look_for(columns.few());
            }
            let text = block.text();
            let rows = index.for_each_row(text, |before, starts| {
                if let Some(torn) = torn.filter(|_| starts.last() >= Some(&text.len())) {
                    return ledger.report(line(&block, before, starts), torn);
                }
                let row = InputRow { block: &block, before, starts, columns: &columns };
                match row.check() {
                    Ok(()) => each(&row, &mut ledger, out),
                    Err(fault) => ledger.report(row.line(), fault),
                }
            })?;
            block.take(rows, text.len());
            Ok(())
        })?;
        ledger.close(input.lines(), out)
    }
}

/// Does the tool read its own sums, as `--merge` says? Without it `--lenient` is an error.
pub fn merges(args: &Args) -> Result<bool, Stop> {
    match (args.has("merge"), args.has("lenient")) {
        (false, true) => Err(Stop::usage("--lenient", "only with --merge")),
        (merges, _) => Ok(merges),
    }
}

/// A row of the input, and where its fields are.
#[derive(Clone, Copy, Debug)]
pub struct InputRow<'a> {
    block: &'a Block<'a>,
    /// How many rows of the block come before.
    before: u64,
    /// Where each field begins in the text of the block, and where one after the last would.
    starts: &'a [usize],
    columns: &'a Columns,
}

impl<'a> InputRow<'a> {
    /// The line that it is.
    #[cold]
    pub fn line(&self) -> Line<'a> {
        line(self.block, self.before, self.starts)
    }

    /// The field of a column, by its number among those that the tool looks at, as it is written;
    /// empty if the header does not name the column.
    #[inline]
    pub fn field(&self, column: usize) -> Span<'a> {
        let text = self.block.text();
        match self.starts.get(self.columns.places()[column]..) {
            Some([start, next, ..]) => Span::new(text, *start..*next - 1),
            _ => Span::new(text, 0..0),
        }
    }

    /// Writes the columns that every row has, without any others, as a row of ours.
    pub fn copy(&self, out: &mut Out) {
        let fields = span(self.block, &self.starts[..=self.columns.width()]);
        out.row().as_written(normal(fields, &mut Vec::new()).bytes()).end();
    }

    /// What is wrong with the number of its columns.
    #[inline]
    fn check(&self) -> Result<(), Fault> {
        match self.columns.check(self.starts.len() - 1) {
            Err(_) if span(self.block, self.starts).is_empty() => Err(Fault::Skip("an empty line")),
            checked => checked,
        }
    }
}

/// The line that is a row whose fields begin at these places.
#[cold]
fn line<'a>(block: &Block<'a>, before: u64, starts: &[usize]) -> Line<'a> {
    let Range { start, end } = span(block, starts).range();
    let cr = block.text().get(end) == Some(&b'\r');
    block.line_after(before, start, end + usize::from(cr))
}

/// All fields from the first of these places on; one after the last would begin at the last.
fn span<'a>(block: &Block<'a>, starts: &[usize]) -> Span<'a> {
    match starts {
        [start, .., next] => Span::new(block.text(), *start..*next - 1),
        _ => Span::new(block.text(), 0..0),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::filter::cli::{Flag, QUIET, REJECTS, STRICT, Spec};

    static SPEC: Spec = Spec { name: "probe", about: "", operands: "", flags: FLAGS };
    const FLAGS: &[Flag] = &[QUIET, REJECTS, STRICT];

    /// Through files whose blocks and rows end anywhere; the last row of the first has no end.
    #[test]
    fn rows_and_their_lines() {
        let mut files = Vec::new();
        for rows in [40_000, 1, 9] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            let text: Vec<String> =
                (1..=rows).map(|row| format!("{row}\t{}\r", "x".repeat(row % 50))).collect();
            file.write_all(text.join("\n").as_bytes()).unwrap();
            files.push((file, rows));
        }
        let args = SPEC.parse(files.iter().map(|(file, _)| file.path().as_os_str().into()));
        let table = Table::new(&args.unwrap(), Columns::numbered(vec![1, 0]));
        let mut expected =
            files.iter().flat_map(|(file, rows)| (1..=*rows).map(move |row| (file, row)));
        let mut out = Out::stdout("probe");
        let read = table.for_each_row(&mut out, |row, _, out| {
            let (file, number) = expected.next().unwrap();
            let text = format!("{number}\t{}", "x".repeat(number % 50));
            let line = row.line();
            assert_eq!(line.place(), format!("{}:{number}", file.path().display()));
            assert_eq!((line.without_cr(), line.text.len()), (text.as_bytes(), text.len() + 1));
            assert_eq!(row.field(1).number(), Some(number as u64));
            assert_eq!(row.field(0).bytes(), text.split('\t').nth(1).unwrap().as_bytes());
            row.copy(out);
            assert_eq!(out.buffer().strip_suffix(b"\n"), Some(text.as_bytes()));
            out.buffer().clear();
            Ok(())
        });
        read.unwrap();
        assert!(expected.next().is_none());
    }
}
