//! Which columns of the input are the groups, and which are summed.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use common::bytes::tsv;
use common::filter::cli::Args;
use common::filter::{Fault, Line, Stop};
use common::rows::groups::Batch;
use common::rows::table::Row;

use crate::report::TOTAL;
use crate::sums::{self, Amount};

/// Columns as the command line names them.
#[derive(Debug)]
pub struct Wanted {
    names: Vec<Vec<u8>>,
    /// Where they stand, from 0.
    places: Vec<usize>,
}

impl Wanted {
    /// The columns that a flag lists: by name with a header, by number otherwise.
    pub fn of(args: &Args, flag: &str) -> Result<Self, Stop> {
        let Some(list) = args.value(flag).map(OsStr::as_bytes) else {
            return Ok(Wanted { names: Vec::new(), places: Vec::new() });
        };
        let subject = || format!("--{flag}={}", tsv::visible(list));
        let names: Vec<Vec<u8>> = list.split(|byte| *byte == b',').map(<[u8]>::to_vec).collect();
        if names.iter().enumerate().any(|(at, name)| name.is_empty() || names[..at].contains(name))
        {
            return Err(Stop::usage(subject(), "not a list of different columns"));
        }
        let mut places = vec![usize::MAX; names.len()];
        if !args.has("header") {
            for (place, name) in places.iter_mut().zip(&names) {
                *place = crate::positive(name).ok_or_else(|| {
                    Stop::usage(subject(), "not numbers of columns; names need --header")
                })? - 1;
            }
        }
        Ok(Wanted { names, places })
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    fn find(&mut self, header: &[&[u8]], line: &Line<'_>) -> Result<(), Stop> {
        for (place, name) in self.places.iter_mut().zip(&self.names) {
            let mut found = (0..header.len()).filter(|at| header[*at] == name.as_slice());
            let name = || tsv::visible(name);
            *place = found
                .next()
                .ok_or_else(|| Stop::usage(line.place(), format!("the header lacks {}", name())))?;
            if found.next().is_some() {
                return Err(Stop::usage(line.place(), format!("two columns are named {}", name())));
            }
        }
        Ok(())
    }
}

/// Where the columns stand.
#[derive(Debug)]
pub struct Columns {
    group: Wanted,
    sum: Wanted,
    header: bool,
    merge: bool,
    /// How many columns a row has at least.
    width: usize,
    /// The groups are columns side by side, in order.
    side_by_side: bool,
    /// The numbers of the row at hand.
    amounts: Vec<i64>,
}

impl Columns {
    /// These columns of rows, or of the output that such rows gave.
    pub fn new(mut group: Wanted, mut sum: Wanted, header: bool, merge: bool) -> Self {
        if merge {
            // the count comes first
            let groups = group.len();
            group.places = (1..=groups).collect();
            sum.places = (groups + 1..=groups + sum.len()).collect();
        }
        let amounts = vec![0; sum.len()];
        let mut columns =
            Columns { group, sum, header, merge, width: 0, side_by_side: false, amounts };
        columns.measure();
        columns
    }

    fn measure(&mut self) {
        let places = self.group.places.iter().chain(&self.sum.places);
        let last = places.copied().filter(|place| *place != usize::MAX).max();
        self.width = last.map_or(0, |last| last + 1).max(1);
        let follow = |two: &[usize]| two[1].checked_sub(1) == Some(two[0]);
        self.side_by_side =
            !self.group.places.is_empty() && self.group.places.windows(2).all(follow);
    }

    /// The names of the columns of the output, if it has a header.
    pub fn names(&self) -> Option<Vec<&[u8]>> {
        let names = [&b"count"[..]].into_iter();
        let wanted = self.group.names.iter().chain(&self.sum.names).map(Vec::as_slice);
        self.header.then(|| names.chain(wanted).collect())
    }

    /// Is the row a header? Then the rows of its file are read by it.
    #[inline]
    pub fn is_header(&mut self, row: &Row<'_>) -> Result<bool, Stop> {
        if !self.header || !row.is_first() {
            return Ok(false);
        }
        self.read_header(&row.line()).map(|()| true)
    }

    fn read_header(&mut self, line: &Line<'_>) -> Result<(), Stop> {
        let found: Vec<&[u8]> = tsv::fields(line.without_cr()).collect();
        if !self.merge {
            self.group.find(&found, line)?;
            self.sum.find(&found, line)?;
            self.measure();
        } else if self.names().is_some_and(|names| names != found) {
            return Err(Stop::usage(line.place(), "not the header that tally writes for --merge"));
        }
        Ok(())
    }

    /// What is wrong with a row that has not the columns.
    #[inline]
    pub fn check(&self, row: &Row<'_>) -> Result<(), Fault> {
        if row.width() < self.width {
            return Err(match row.whole().bytes() {
                b"" => Fault::Skip("an empty line"),
                _ => Fault::Reject("too few columns"),
            });
        }
        if self.merge && row.width() > self.width {
            return Err(Fault::Reject("too many columns: percents do not merge"));
        }
        Ok(())
    }

    /// How many rows a row stands for. Reads its amounts too.
    #[inline]
    pub fn count(&mut self, row: &Row<'_>) -> Result<u64, Fault> {
        for (amount, place) in self.amounts.iter_mut().zip(&self.sum.places) {
            let number = sums::number(row.field(*place));
            *amount = number.ok_or(Fault::Reject("a sum is no whole number"))?;
        }
        if !self.merge {
            return Ok(1);
        }
        if self.group.places.iter().take(2).any(|place| row.field(*place).bytes() == TOTAL) {
            return Err(Fault::Reject("totals do not merge"));
        }
        row.field(0).number().ok_or(Fault::Reject("the count is no whole number"))
    }

    /// The amounts of the row whose count was read last.
    pub fn amounts(&self) -> &[i64] {
        &self.amounts
    }

    /// Puts the key of a row together: the fields that make its group, with TABs between.
    #[inline]
    pub fn key(&self, row: &Row<'_>, batch: &mut Batch<Amount>) {
        batch.begin();
        let places = &self.group.places;
        if let (true, Some(first), Some(last)) = (self.side_by_side, places.first(), places.last())
        {
            return batch.append(row.fields(*first, *last));
        }
        for (at, place) in places.iter().enumerate() {
            if at > 0 {
                batch.separate();
            }
            batch.append(row.field(*place));
        }
    }
}
