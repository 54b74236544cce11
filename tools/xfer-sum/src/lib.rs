//! xfer-sum: message rows to sums, such as traffic per domain and day.

mod messages;
mod report;
mod sum;
mod terms;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use common::bytes::json::Kind;
use common::bytes::tsv;
use common::filter::cli::{Args, Flag, JSON, LENIENT, QUIET, REJECTS, STRICT, Spec, YEAR};
use common::filter::{Fault, Out, Stop};
use common::logs::hosted::{Hosted, domain_named};
use common::rows::columns::{Columns, Copied, Wanted};
use common::rows::groups::{Batch, Groups};
use common::rows::schema::{self, Column, MessageColumn};
use common::rows::table::{InputRow, Table};
use common::time::Day;

use messages::Messages;
use report::{Kilobyte, Report};
use sum::{FULL, KeyColumn, Keys, Sum, Sums, are_day_and_domain};
use terms::Terms;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "xfer-sum",
    about: "Sums message rows: messages and bytes per domain, or by other columns.",
    operands: "[FILE ...]",
    flags: &[
        Flag::value('b', "by", "COL,...", "a sum for each of these (default: domain)")
            .of(schema::all_names::<KeyColumn>),
        Flag::long("full", "by day,host,domain,direction,status"),
        Flag::long_value("charge", "own|recipient|sender", "whose domain pays (default: own)"),
        Flag::long_value("direction", "in|out", "only messages of this direction"),
        Flag::long_value("status", "LIST", "only messages with such a status"),
        Flag::long_value("day", "DAY", "only of YYYY-MM-DD, today or yesterday"),
        Flag::long_value("since", "TIME", "only from this time on"),
        Flag::long_value("until", "TIME", "only before this time"),
        YEAR,
        Flag::long_value("domains", "FILE", "domains not in FILE are (other)"),
        Flag::long("zero-fill", "domains of FILE without traffic too"),
        Flag::long("merge", "the input is output of xfer-sum"),
        LENIENT,
        Flag::value('f', "format", "tsv|qml", "rows, or the lines of a day file"),
        Flag::long_value("kb", "1024|1000", "bytes in a kB of qml (default: 1024)"),
        Flag::long_value("out-dir", "DIR", "write a day file for each day"),
        Flag::long_value("explain", "DOMAIN", "print the rows that make up its sum"),
        Flag::switch('H', "header", "the first row names columns, in and out"),
        JSON,
        REJECTS,
        STRICT,
        QUIET,
    ],
};

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    table: Table,
    by: Vec<KeyColumn>,
    /// Which messages are summed; `None` if the rows are sums already.
    terms: Option<Terms>,
    /// The files of hosted domains, and whether each has a sum in any case.
    domains: Vec<OsString>,
    zero_fill: bool,
    /// The domain whose rows are to be printed, as a field.
    explain: Option<Vec<u8>>,
    report: Report,
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let by = by(args)?;
        let report = report(args, &by)?;
        let terms = Terms::new(args)?;
        let zero_fill = zero_fill(args, &by)?;
        let merge = args.has("merge");
        let columns = if merge { columns_of_sums(args, &by)? } else { columns(args, &by, &terms) };
        Ok(Opts {
            table: Table::of_rows_or_sums(args, columns)?,
            terms: (!merge).then_some(terms),
            domains: args.values("domains").map(OsString::from).collect(),
            zero_fill,
            explain: args.value("explain").map(|name| domain_named(name.as_bytes())),
            report,
            by,
        })
    }
}

fn by(args: &Args) -> Result<Vec<KeyColumn>, Stop> {
    match (schema::listed(args, "by")?, args.has("full")) {
        (Some(_), true) => Err(Stop::usage("--full", "not with --by")),
        (Some(columns), false) => Ok(columns),
        (None, true) => Ok(FULL.to_vec()),
        (None, false) if args.has("out-dir") => Ok(vec![KeyColumn::Day, KeyColumn::Domain]),
        (None, false) => Ok(vec![KeyColumn::Domain]),
    }
}

fn report(args: &Args, by: &[KeyColumn]) -> Result<Report, Stop> {
    let kilobyte = Kilobyte(if args.choice("kb") == "1000" { 1000 } else { 1024 });
    let header = args.has("header");
    if args.has("json") && args.has("format") {
        return Err(Stop::usage("--json", "not with --format"));
    }
    match (args.value("out-dir"), args.choice("format")) {
        (Some(_), "tsv") => Err(Stop::usage("--format=tsv", "not with --out-dir")),
        (Some(_), _) if !are_day_and_domain(by) => {
            Err(Stop::usage("--out-dir", "its sums are by day and domain only"))
        }
        (Some(folder), _) => Ok(Report::Files { folder: PathBuf::from(folder), kilobyte, header }),
        (None, "qml") if by != [KeyColumn::Domain] => {
            Err(Stop::usage("--format=qml", "its sums are by domain only"))
        }
        (None, "qml") => Ok(Report::Lines(kilobyte)),
        (None, _) => Ok(Report::Rows { header }),
    }
}

fn zero_fill(args: &Args, by: &[KeyColumn]) -> Result<bool, Stop> {
    if !args.has("zero-fill") {
        return Ok(false);
    }
    if !args.has("domains") {
        return Err(Stop::usage("--zero-fill", "--domains is required"));
    }
    if by != [KeyColumn::Domain] && !are_day_and_domain(by) {
        return Err(Stop::usage("--zero-fill", "only for sums by domain, or by day and domain"));
    }
    Ok(true)
}

/// The first columns of message rows, which those that are read have.
const FIRST: &[MessageColumn] = MessageColumn::ALL.split_at(MessageColumn::Attempts as usize + 1).0;

/// What the fields of a column of message rows are.
fn kind(name: &[u8]) -> Kind {
    MessageColumn::named(name).map_or(Kind::Text, MessageColumn::kind)
}

/// The first columns of message rows, of which a header may lack those that nothing looks at.
fn columns(args: &Args, by: &[KeyColumn], terms: &Terms) -> Columns {
    let explain = args.has("explain");
    let wanted = |column: &MessageColumn| {
        let for_domain = explain && terms.need(*column, &[KeyColumn::Domain]);
        let is_needed = for_domain || terms.need(*column, by);
        (column.name().into(), if is_needed { Wanted::Needed } else { Wanted::Optional })
    };
    let all = FIRST;
    let columns = if args.has("header") {
        Columns::named(all.iter().map(wanted).collect()).of_row_type()
    } else {
        Columns::numbered((0..all.len()).collect())
    };
    let copied = Copied { kind, added: &[] };
    if explain { columns.copied(copied, "not the columns of the first file") } else { columns }
}

/// The columns of sums. Flags that are about messages are refused: sums know nothing of them.
fn columns_of_sums(args: &Args, by: &[KeyColumn]) -> Result<Columns, Stop> {
    let mut flags = terms::FLAGS.into_iter().chain(["explain"]);
    if let Some(flag) = flags.find(|flag| args.has(flag)) {
        return Err(Stop::usage(format!("--{flag}"), "not with --merge"));
    }
    let names = sum::names(by);
    if args.has("header") {
        let wanted = names.into_iter().map(|name| (name.into(), Wanted::Needed)).collect();
        return Ok(Columns::named(wanted).of_row_type());
    }
    Ok(Columns::numbered((0..names.len()).collect()))
}

/// Sums the input, or prints the rows behind the sum of a domain.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { table, by, terms, domains, zero_fill, explain, report } = opts;
    report.check()?;
    let hosted = Hosted::of_files(&domains)?;
    let keys = Keys { columns: by, hosted, days: report.days() };
    let explains = explain.is_some();
    if explains {
        out.name_columns(false, schema::described(FIRST));
    }
    let mut sums = match &terms {
        Some(terms) => {
            let mut messages = Messages::new(terms, &keys, explain);
            sum_up(table, out, |row, key, out| messages.take(row, key, out))?
        }
        None => sum_up(table, out, |row, key, _| sum::read(row, &keys, key).map(Some))?,
    };
    if explains {
        return Ok(());
    }
    let groups = sums.settled().ok_or_else(|| Stop::usage("", sum::TOO_MUCH))?;
    if zero_fill {
        fill(groups, &keys, terms.and_then(|terms| terms.day));
    }
    if out.failed() && matches!(report, Report::Files { .. }) {
        out.note("--out-dir", "nothing is written, since input is missing");
        return Ok(());
    }
    report.show(&keys.columns, groups, out)
}

/// Sums all rows by the keys that `read` puts together.
fn sum_up<F>(table: Table, out: &mut Out, mut read: F) -> Result<Sums, Stop>
where
    F: FnMut(&InputRow<'_>, &mut Batch<Sum>, &mut Out) -> Result<Option<Sum>, Fault>,
{
    let mut sums = Sums::new();
    table.for_each_row(out, |row, ledger, out| match read(row, &mut sums.batch, out) {
        Ok(None) => Ok(()),
        Ok(Some(amount)) => {
            sums.add(amount).ok_or_else(|| Stop::usage(row.line().place(), sum::TOO_MUCH))
        }
        Err(fault) => ledger.report(row.line(), fault),
    })?;
    Ok(sums)
}

/// Makes a sum for each hosted domain, on each day if days are summed apart.
fn fill(groups: &mut Groups<Sum>, keys: &Keys, day: Option<Day>) {
    let day_first = keys.columns.starts_with(&[KeyColumn::Day]);
    let day_of = |key: &[u8]| tsv::fields(key).nth(usize::from(!day_first)).map(<[u8]>::to_vec);
    let days: BTreeSet<Option<Vec<u8>>> = match (keys.have(KeyColumn::Day), day) {
        (false, _) => [None].into(),
        (true, Some(day)) => [Some(day.to_string().into_bytes())].into(),
        (true, None) => groups.iter().map(|(key, _)| day_of(key)).collect(),
    };
    let mut key = Vec::new();
    for domain in keys.hosted.iter().flat_map(Hosted::named) {
        for day in &days {
            key.clear();
            let mut fields = tsv::Row::new(&mut key);
            match day {
                None => fields.as_written(domain),
                Some(day) if day_first => fields.as_written(day).as_written(domain),
                Some(day) => fields.as_written(domain).as_written(day),
            }
            .end();
            key.pop();
            groups.of(&key);
        }
    }
}
