//! Counts and sums rows by columns.

use std::ffi::OsString;

use common::bytes::span::Span;
use common::filter::cli::{Args, Flag, HEADER, QUIET, REJECTS, STRICT, Spec};
use common::filter::{Fault, Input, Ledger, Out, Policy, Stop};
use common::rows::table::{Row, for_each_row};

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
        Flag::long_value("sum", "COL,...", "and the sums of these"),
        Flag::long("percent", "and the share of all rows"),
        Flag::long("total", "a last row with the sums of all"),
        Flag::long("subtotal", "a row after each value of the first column"),
        Flag::long_value("sort", "count|key", "most rows first (default), or by the columns"),
        Flag::long_value("top", "N", "only the first N groups"),
        Flag::long("merge", "the input is output of tally"),
        Flag::long_value("max-groups", "N", "stop if there are more (default: 1000000)"),
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
    policy: Policy,
    files: Vec<OsString>,
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let group = Wanted::of(args, "group")?;
        let sum = Wanted::of(args, "sum")?;
        Ok(Opts {
            report: Report::new(args, &group, &sum)?,
            columns: Columns::new(group, sum, args.has("header"), args.has("merge")),
            most_groups: args.parsed("max-groups", "a number", positive)?.unwrap_or(1_000_000),
            policy: Policy::new(args),
            files: args.operands.clone(),
        })
    }
}

/// A whole number from 1 on.
fn positive(digits: &[u8]) -> Option<usize> {
    usize::try_from(Span::from(digits).number()?).ok().filter(|number| *number > 0)
}

/// Counts and sums the input and shows the groups.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { mut columns, most_groups, report, policy, files } = opts;
    let mut ledger = Ledger::open(policy)?;
    let mut input = Input::new(&files);
    let mut table = Table::new(columns.amounts().len(), most_groups);
    for_each_row(&mut input, out, |row, _| match take(row, &mut columns, &mut table)? {
        Ok(()) => Ok(()),
        Err(fault) => ledger.report(row.line(), fault),
    })?;
    ledger.close(input.lines(), out)?;
    report.show(columns.names(), sums::normal(&table.settled()?)?, out)
}

/// Adds a row to its group.
#[inline]
fn take(
    row: &Row<'_>,
    columns: &mut Columns,
    table: &mut Table,
) -> Result<Result<(), Fault>, Stop> {
    if columns.is_header(row)? {
        return Ok(Ok(()));
    }
    // all numbers are read before any is added, so that a broken row adds nothing
    let count = match columns.check(row).and_then(|()| columns.count(row)) {
        Ok(count) => count,
        Err(fault) => return Ok(Err(fault)),
    };
    columns.key(row, &mut table.batch);
    table.add(count, columns.amounts(), || row.line().place())?;
    Ok(Ok(()))
}
