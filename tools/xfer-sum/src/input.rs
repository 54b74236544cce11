//! Rows as input: which column stands where.

use std::ffi::OsString;

use common::bytes::span::Span;
use common::bytes::tsv;
use common::filter::{Fault, Input, Ledger, Line, Out, Policy, Stop};
use common::rows::table::{self, for_each_row};

/// The rows of the input.
#[derive(Debug)]
pub struct Rows {
    /// Their columns.
    pub columns: Columns,
    /// What is to be done about those that are no good.
    pub policy: Policy,
    /// The files that they are in.
    pub files: Vec<OsString>,
}

impl Rows {
    /// Hands every row to `each`, headers included.
    pub fn for_each<F>(self, out: &mut Out, mut each: F) -> Result<(), Stop>
    where
        F: FnMut(Row<'_>, &mut Out) -> Result<Result<(), Fault>, Stop>,
    {
        let Rows { mut columns, policy, files } = self;
        let mut ledger = Ledger::open(policy)?;
        let mut input = Input::new(&files);
        for_each_row(&mut input, out, |row, out| {
            if columns.header && row.is_first() {
                columns.read_header(&row.line())?;
            }
            let taken = match columns.check(row) {
                Ok(()) => each(Row { row, columns: &columns }, out)?,
                Err(fault) => Err(fault),
            };
            match taken {
                Ok(()) => Ok(()),
                Err(fault) => ledger.report(row.line(), fault),
            }
        })?;
        ledger.close(input.lines(), out)
    }
}

/// Where the columns of the input stand.
#[derive(Debug)]
pub struct Columns {
    names: Vec<&'static str>,
    needed: Vec<bool>,
    header: bool,
    exact: bool,
    /// Where each of `names` stands.
    places: Vec<usize>,
    width: usize,
}

impl Columns {
    /// Columns of these names, in this order unless a header says otherwise.
    pub fn new(names: &[&'static str], header: bool) -> Self {
        Columns {
            names: names.to_vec(),
            needed: vec![true; names.len()],
            header,
            exact: false,
            places: (0..names.len()).collect(),
            width: names.len(),
        }
    }

    /// A header may lack the columns that `needed` says no to.
    #[must_use]
    pub fn that_need(mut self, needed: impl Fn(usize) -> bool) -> Self {
        self.needed = (0..self.names.len()).map(needed).collect();
        self
    }

    /// Without a header a row may have no further columns.
    #[must_use]
    pub fn exactly(mut self) -> Self {
        self.exact = !self.header;
        self
    }

    /// Reads the header of a file; its rows are read by it.
    fn read_header(&mut self, line: &Line<'_>) -> Result<(), Stop> {
        let found: Vec<&[u8]> = line.without_cr().split(|byte| *byte == b'\t').collect();
        let mut missing = Vec::new();
        for (at, name) in self.names.iter().enumerate() {
            let mut places = (0..found.len()).filter(|place| found[*place] == name.as_bytes());
            self.places[at] = places.next().unwrap_or(usize::MAX);
            if places.next().is_some() {
                return Err(Stop::usage(line.place(), format!("two columns are named {name}")));
            }
            if self.needed[at] && self.places[at] == usize::MAX {
                missing.push(*name);
            }
        }
        self.width = found.len();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Stop::usage(line.place(), format!("the header lacks {}", missing.join(", "))))
    }

    /// What is wrong with a row that has not these columns.
    #[inline]
    fn check(&self, row: &table::Row<'_>) -> Result<(), Fault> {
        let (width, least) = (row.width(), self.width);
        if width < least || self.exact && width > least {
            return Err(match (row.whole().bytes(), width < least) {
                (b"", _) => Fault::Skip("an empty line"),
                (_, true) => Fault::Reject("too few columns"),
                (_, false) => Fault::Reject("too many columns"),
            });
        }
        Ok(())
    }
}

/// A row, and where its columns are.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    row: &'a table::Row<'a>,
    columns: &'a Columns,
}

impl<'a> Row<'a> {
    /// The line that it is.
    pub fn line(&self) -> Line<'a> {
        self.row.line()
    }

    /// Does it name the columns?
    #[inline]
    pub fn is_header(&self) -> bool {
        self.columns.header && self.row.is_first()
    }

    /// The field, as it is written, of a column by its number in the names; empty if there is no
    /// such column.
    #[inline(always)]
    pub fn part(&self, column: usize) -> Span<'a> {
        self.row.field(self.columns.places[column])
    }

    /// The bytes of that field.
    #[inline(always)]
    pub fn field(&self, column: usize) -> &'a [u8] {
        self.part(column).bytes()
    }

    /// Copies the row, written as our rows are: one that is stays as it is.
    pub fn copy(&self, out: &mut Out) {
        let mut copy = out.row();
        for place in 0..self.columns.width {
            copy.field(&tsv::unescape(self.row.field(place).bytes()));
        }
        copy.end();
    }
}

/// A field written as ours are; in `odd` if it is not.
#[inline]
pub fn as_ours<'a>(field: Span<'a>, odd: &'a mut Vec<u8>) -> Span<'a> {
    if tsv::is_plain(field.bytes()) && !matches!(field.bytes(), [b'"' | b'\'', ..]) {
        return field;
    }
    tsv::escape(&tsv::unescape(field.bytes()), odd);
    odd.as_slice().into()
}
