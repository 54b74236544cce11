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
        account.read(&mut Input::new(&files).split_at(b'\t'), out, |line, out| {
            let is_header = columns.header(&line)?;
            match columns.row(&line) {
                Ok(row) => each(&line, Row { is_header, ..row }, out),
                Err(verdict) => Ok(verdict),
            }
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

    /// Is the line a header? Then the rows of its file are read by it.
    pub fn header(&mut self, line: &Line<'_>) -> Result<bool, Stop> {
        if !self.header || line.number != 1 {
            return Ok(false);
        }
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
            return Ok(true);
        }
        Err(Stop::usage(line.place(), format!("the header lacks {}", missing.join(", "))))
    }

    /// The row that a line is.
    #[inline]
    pub fn row<'a>(&'a self, line: &Line<'a>) -> Result<Row<'a>, Verdict> {
        let row = Row {
            text: line.without_cr(),
            tabs: line.separators,
            places: &self.places,
            width: self.width,
            is_header: false,
        };
        let count = row.tabs.len() + 1;
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
    /// Does it name the columns?
    pub is_header: bool,
    text: &'a [u8],
    tabs: &'a [usize],
    places: &'a [usize],
    /// How many columns there are; further fields mean nothing.
    width: usize,
}

impl<'a> Row<'a> {
    /// The field, as it is written, of a column by its number in the names; empty if there is no
    /// such column.
    #[inline]
    pub fn field(&self, column: usize) -> &'a [u8] {
        self.at(self.places[column])
    }

    /// Copies the row, written as our rows are: one that is stays as it is.
    pub fn copy(&self, out: &mut Out) {
        let mut copy = out.row();
        for place in 0..self.width {
            copy.field(&tsv::unescape(self.at(place)));
        }
        copy.end();
    }

    /// The field at a place, from 0.
    #[inline]
    fn at(&self, place: usize) -> &'a [u8] {
        let end = match self.tabs.get(place) {
            Some(tab) => *tab,
            None if place == self.tabs.len() => self.text.len(),
            None => return b"",
        };
        let start = if place == 0 { 0 } else { self.tabs[place - 1] + 1 };
        &self.text[start..end]
    }
}

/// The number below 2^64 that decimal digits write.
#[inline]
pub fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 { None } else { sum.checked_mul(10)?.checked_add(digit.into()) }
    })
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
