//! Rows as input: which column stands where.

use std::ffi::OsString;

use common::account::{Account, Verdict};
use common::io::{Input, Line, Out};
use common::stop::Stop;
use common::tsv;

/// The rows of the input.
#[derive(Debug)]
pub struct Rows {
    /// Their columns.
    pub columns: Columns,
    /// What becomes of them.
    pub account: Account,
    /// The files that they are in.
    pub files: Vec<OsString>,
}

impl Rows {
    /// Hands every row to `each`, headers included.
    pub fn for_each<F>(self, out: &mut Out, mut each: F) -> Result<(), Stop>
    where
        F: FnMut(&Line<'_>, Row<'_>, &mut Out) -> Result<Verdict, Stop>,
    {
        let Rows { mut columns, mut account, files } = self;
        Input::new(&files).split_at(b'\t').for_each_line(out, |line, out| {
            if line.number == 1 && columns.header {
                columns.read_header(&line)?;
            }
            let verdict = match columns.row(&line) {
                Ok(row) => each(&line, row, out)?,
                Err(verdict) => verdict,
            };
            account.book(line, verdict)
        })?;
        account.close(out)
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

    /// The row that a line is.
    #[inline]
    fn row<'a>(&'a self, line: &'a Line<'_>) -> Result<Row<'a>, Verdict> {
        let row = Row { text: line.without_cr(), line, columns: self };
        let count = line.separators.len() + 1;
        if count < self.width || self.exact && count > self.width {
            return Err(match (row.text, count < self.width) {
                (b"", _) => Verdict::Skipped("an empty line"),
                (_, true) => Verdict::Rejected("too few columns"),
                (_, false) => Verdict::Rejected("too many columns"),
            });
        }
        Ok(row)
    }
}

/// A row, and where its fields are.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    text: &'a [u8],
    line: &'a Line<'a>,
    columns: &'a Columns,
}

impl<'a> Row<'a> {
    /// Does it name the columns?
    #[inline]
    pub fn is_header(&self) -> bool {
        self.line.number == 1 && self.columns.header
    }

    /// The field, as it is written, of a column by its number in the names; empty if there is no
    /// such column.
    #[inline]
    pub fn field(&self, column: usize) -> &'a [u8] {
        self.at(self.columns.places[column])
    }

    /// Copies the row, written as our rows are: one that is stays as it is.
    pub fn copy(&self, out: &mut Out) {
        let mut copy = out.row();
        for place in 0..self.columns.width {
            copy.field(&tsv::unescape(self.at(place)));
        }
        copy.end();
    }

    /// The field at a place, from 0.
    #[inline]
    fn at(&self, place: usize) -> &'a [u8] {
        let tabs = self.line.separators;
        let end = match tabs.get(place) {
            Some(tab) => *tab,
            None if place == tabs.len() => self.text.len(),
            None => return b"",
        };
        let start = if place == 0 { 0 } else { tabs[place - 1] + 1 };
        &self.text[start..end]
    }
}

/// The number below 2^64 that decimal digits write.
#[inline]
pub fn number(digits: &[u8]) -> Option<u64> {
    let digit = |byte: &u8| u64::from(byte.wrapping_sub(b'0'));
    if digits.len() > 19 {
        return digits.iter().try_fold(0_u64, |sum, byte| match digit(byte) {
            digit @ ..=9 => sum.checked_mul(10)?.checked_add(digit),
            _ => None,
        });
    }
    // nineteen digits are never too much
    let (mut sum, mut sound) = (0_u64, !digits.is_empty());
    for digit in digits.iter().map(digit) {
        sound &= digit <= 9;
        sum = sum.wrapping_mul(10).wrapping_add(digit);
    }
    sound.then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, value) in [
            ("0", Some(0)),
            ("007", Some(7)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("9999999999999999999", Some(9_999_999_999_999_999_999)),
            ("000000000000000000000000000001", Some(1)),
            ("99999999999999999999x", None),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1 ", None),
            ("1.5", None),
        ] {
            assert_eq!(number(text.as_bytes()), value, "{text}");
        }
    }
}
