//! metric-sum: rows of any log to metric rows, whose values only ever add up.

mod book;
mod can;
mod hours;
mod key;
mod messages;
mod metric;
mod parties;
mod rows;
mod samples;
mod scene;
mod sessions;
mod sorted;
mod transactions;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use common::filter::cli::{Args, Flag, JSON, LENIENT, QUIET, REJECTS, STRICT, Spec, YEAR};
use common::filter::{Fault, Out, Stop};
use common::logs::hosted::Hosted;
use common::rows::columns::Columns;
use common::rows::groups;
use common::rows::metric::{By, MetricRow};
use common::rows::schema::{self, Column as _, MetricColumn};
use common::rows::table::{self, InputRow, Table};
use common::rows::year;

use book::Book;
use parties::Parties;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "metric-sum",
    about: "Adds up message, session, transaction or sample rows as metric rows.",
    operands: "[FILE ...]",
    flags: &[
        Flag::value('r', "rows", "TYPE", "message, session, transaction or sample rows are read")
            .of(|| ROW_TYPES.map(|(name, ..)| name).to_vec()),
        Flag::value('b', "by", "COL,...", "sums by these too: hour, domain, user")
            .of(schema::all_names::<By>),
        Flag::long_value("host", "NAME", "the host of rows that name none"),
        Flag::long_value("domains", "FILE", "domains not in FILE are (other)"),
        YEAR,
        Flag::long("merge", "the input is output of metric-sum"),
        LENIENT,
        groups::MAX_GROUPS,
        Flag::switch('H', "header", "the first row names columns, in and out"),
        JSON,
        REJECTS,
        STRICT,
        QUIET,
    ],
};

/// The flags that are about rows of logs.
const OF_LOGS: [&str; 5] = ["rows", "by", "host", "domains", "year"];

/// Counts a row of some type.
type Count = fn(&InputRow<'_>, &mut Book) -> Result<(), Fault>;

/// Says which columns rows of some type have.
type ColumnsOf = fn(&Args) -> Columns;

/// The types of rows that are counted.
const ROW_TYPES: [(&str, ColumnsOf, Count); 4] = [
    ("message", |args| rows::columns(args, messages::COLUMNS), messages::count),
    ("session", |args| rows::columns(args, sessions::COLUMNS), sessions::count),
    ("transaction", |args| rows::columns(args, transactions::COLUMNS), transactions::count),
    ("sample", |args| rows::columns(args, samples::COLUMNS), samples::count),
];

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    table: Table,
    count: Count,
    by: Vec<By>,
    host: OsString,
    domains: Vec<OsString>,
    year: Option<i64>,
    most_groups: usize,
    header: bool,
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        if table::merges(args)?
            && let Some(flag) = OF_LOGS.into_iter().find(|flag| args.has(flag))
        {
            return Err(Stop::usage(format!("--{flag}"), "not with --merge"));
        }
        let of_name = |name: &[u8]| ROW_TYPES.into_iter().find(|row| row.0.as_bytes() == name);
        let (columns, count) = match args.named("rows", of_name) {
            Some((_, columns, count)) => (columns(args), count),
            None if args.has("merge") => (MetricRow::columns(args), merge as Count),
            None => return Err(Stop::usage("--rows", "is required, or --merge")),
        };
        Ok(Opts {
            table: Table::of_rows_or_sums(args, columns)?,
            count,
            by: schema::listed(args, "by")?.unwrap_or_default(),
            host: args.value("host").unwrap_or(OsStr::new("")).to_owned(),
            domains: args.values("domains").map(OsString::from).collect(),
            year: year(args)?,
            most_groups: groups::most(args)?,
            header: args.has("header"),
        })
    }
}

/// Adds a metric row.
fn merge(row: &InputRow<'_>, book: &mut Book) -> Result<(), Fault> {
    let row = MetricRow::of_input(row)?;
    book.merge(row.key, row.value);
    Ok(())
}

/// Sums the input, and writes the sums.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { table, count, by, host, domains, year, most_groups, header } = opts;
    let parties = Parties::new(&by, Hosted::of_files(&domains)?);
    let by_hour = by.contains(&By::Hour);
    let mut book = Book::new(parties, by_hour, host.as_bytes(), year, most_groups);
    table.for_each_row(out, |row, ledger, _| match count(row, &mut book) {
        Ok(()) => book.check(|| row.line().place()),
        Err(fault) => ledger.report(row.line(), fault),
    })?;
    out.name_columns(header, schema::described(MetricColumn::ALL));
    book.write(out)
}
