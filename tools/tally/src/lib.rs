//! Counts and sums rows by columns.

use std::ffi::OsString;

use common::account::{Account, Verdict};
use common::cli::{Args, Flag, HEADER, QUIET, REJECTS, STRICT, Spec};
use common::columns::{Part, Row, for_each_row};
use common::io::{Input, Out};
use common::stop::Stop;

mod columns;
mod report;
mod sums;

use columns::{Columns, Wanted};
use report::Report;
use sums::Table;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "tally",
    about: "Counts rows, and sums columns, for each value of other columns.",
    operands: "[FILE ...]",
    flags: &[
        Flag { help: "the columns are named first, in and out", ..HEADER },
        Flag::value('g', "group", "COL,...", "a count for each value of these columns"),
        Flag::value('\0', "sum", "COL,...", "and the sums of these").long_only(),
        Flag::switch('\0', "percent", "and the share of all rows").long_only(),
        Flag::switch('\0', "total", "a last row with the sums of all").long_only(),
        Flag::switch('\0', "subtotal", "a row after each value of the first column").long_only(),
        Flag::value('\0', "sort", "count|key", "most rows first (default), or by the columns")
            .long_only(),
        Flag::value('\0', "top", "N", "only the first N groups").long_only(),
        Flag::switch('\0', "merge", "the input is output of tally").long_only(),
        Flag::value('\0', "max-groups", "N", "stop if there are more (default: 1000000)")
            .long_only(),
        REJECTS,
        STRICT,
        QUIET,
    ],
};

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    columns: Columns,
    most_groups: usize,
    report: Report,
    account: Account,
    files: Vec<OsString>,
}

impl Opts {
    /// Reads the arguments, and opens the file for broken rows.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let group = Wanted::of(args, "group")?;
        let sum = Wanted::of(args, "sum")?;
        Ok(Opts {
            report: Report::new(args, &group, &sum)?,
            columns: Columns::new(group, sum, args.has("header"), args.has("merge")),
            most_groups: args.parsed("max-groups", "a number", positive)?.unwrap_or(1_000_000),
            account: Account::new(args)?,
            files: args.operands.clone(),
        })
    }
}

/// A whole number from 1 on.
fn positive(digits: &[u8]) -> Option<usize> {
    usize::try_from(Part::from(digits).number()?).ok().filter(|number| *number > 0)
}

/// Counts and sums the input and shows the groups.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { mut columns, most_groups, report, mut account, files } = opts;
    let mut table = Table::new(columns.amounts().len(), most_groups);
    for_each_row(&mut Input::new(&files), out, |row, _| {
        let verdict = take(row, &mut columns, &mut table)?;
        account.book_row(row, verdict)
    })?;
    account.close(out)?;
    report.show(columns.names(), sums::normal(&table.settled()?)?, out)
}

/// Adds a row to its group.
#[inline]
fn take(row: &Row<'_>, columns: &mut Columns, table: &mut Table) -> Result<Verdict, Stop> {
    if columns.is_header(row)? {
        return Ok(Verdict::Used);
    }
    // all numbers are read before any is added, so that a broken row adds nothing
    let count = match columns.check(row).and_then(|()| columns.count(row)) {
        Ok(count) => count,
        Err(verdict) => return Ok(verdict),
    };
    columns.key(row, &mut table.batch);
    table.add(count, columns.amounts(), || row.line().place())?;
    Ok(Verdict::Used)
}
