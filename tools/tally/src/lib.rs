//! Counts and sums rows by columns.

use common::bytes::digits::positive;
use common::filter::cli::{Args, Flag, HEADER, JSON, LENIENT, QUIET, REJECTS, STRICT, Spec};
use common::filter::{Out, Stop};
use common::rows::groups;
use common::rows::table::Table;

mod columns;
mod few;
mod report;
mod sums;

use columns::Request;
use few::Counted;
use report::Report;
use sums::Tally;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "tally",
    about: "Counts rows, and sums columns, for each value of other columns.",
    operands: "[FILE ...]",
    flags: &[
        Flag { help: "the first row names columns, in and out", ..HEADER },
        JSON,
        Flag::value('g', "group", "COL,...", "a count for each value of these columns"),
        Flag::long_value("sum", "COL,...", "and the sums of these"),
        Flag::long("percent", "and the share of all rows"),
        Flag::long("total", "a last row with the sums of all"),
        Flag::long("subtotal", "a row after each value of the first column"),
        Flag::long_value("sort", "count|key", "most rows first (default), or by the columns"),
        Flag::long_value("top", "N", "only the first N groups"),
        Flag::long("merge", "the input is output of tally"),
        LENIENT,
        groups::MAX_GROUPS,
        REJECTS,
        STRICT,
        QUIET,
    ],
};

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    table: Table,
    request: Request,
    report: Report,
    most_groups: usize,
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let request = Request::new(args)?;
        let top = args.parsed("top", "a number from 1 on", positive)?;
        Ok(Opts {
            table: Table::of_rows_or_sums(args, request.columns())?,
            report: Report::new(args, &request, top)?,
            request,
            most_groups: groups::most(args)?,
        })
    }
}

/// Counts and sums the input and shows the groups.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { table, request, report, most_groups } = opts;
    let mut tally = Tally::new(&request, most_groups);
    table.for_each_row(out, |row, ledger, _| {
        match tally.count(row) {
            Counted::Again => return Ok(()),
            Counted::First => {}
            Counted::Not => {
                if let Err(fault) = tally.take(row) {
                    return ledger.report(row.line(), fault);
                }
            }
        }
        if tally.is_full() { tally.settle(|| row.line().place()) } else { Ok(()) }
    })?;
    report.show(&request, tally.groups()?, out)
}
