//! xfer-sum: message rows to sums, such as traffic per domain and day.

mod domains;
mod filter;
mod input;
mod key;
mod messages;
mod report;
mod sum;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use common::bytes::tsv;
use common::filter::cli::{Args, Flag, QUIET, REJECTS, STRICT, Spec};
use common::filter::{Fault, Out, Policy, Stop};
use common::logs::day_file;
use common::rows::groups::{Batch, Groups};
use common::rows::schema::{Column as _, MessageColumn, names};
use common::time::Day;

use domains::Hosted;
use filter::Filter;
use input::{Columns, Row, Rows};
use key::{Charge, Column, FULL, Keys};
use messages::Messages;
use report::{Kilobyte, Report};
use sum::{Sum, Sums};

/// The command line.
pub static SPEC: Spec = Spec {
    name: "xfer-sum",
    about: "Sums message rows: messages and bytes per domain, or by other columns.",
    operands: "[FILE ...]",
    flags: &[
        Flag::value('b', "by", "COL,...", "a sum for each of these (default: domain)"),
        Flag::long("full", "by day,host,domain,direction,status"),
        Flag::long_value("charge", "own|recipient|sender", "whose domain pays (default: own)"),
        Flag::long_value("direction", "in|out", "only messages of this direction"),
        Flag::long_value("status", "LIST", "only messages that ended so"),
        Flag::long_value("day", "DAY", "only of YYYY-MM-DD, today or yesterday"),
        Flag::long_value("since", "TIME", "only from this time on"),
        Flag::long_value("until", "TIME", "only before this time"),
        Flag::long_value("domains", "FILE", "domains not in FILE are (other)"),
        Flag::long("zero-fill", "domains of FILE without traffic too"),
        Flag::long("merge", "the input is output of xfer-sum"),
        Flag::value('f', "format", "tsv|qml", "rows, or the lines of a day file"),
        Flag::long_value("kb", "1024|1000", "bytes in a kB of qml (default: 1024)"),
        Flag::long_value("out-dir", "DIR", "write a day file for each day"),
        Flag::long_value("explain", "DOMAIN", "print the rows behind its sum"),
        Flag::switch('H', "header", "the columns are named first, in and out"),
        REJECTS,
        STRICT,
        QUIET,
    ],
};

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    rows: Rows,
    /// How to read message rows; `None` if the input is sums.
    messages: Option<Messages>,
    keys: Keys,
    /// Hosted domains have a sum in any case,
    zero_fill: bool,
    /// of this day if there is one, or else of each day that there is.
    day: Option<Day>,
    report: Report,
    /// The domain whose rows are to be printed, as a field.
    explain: Option<Vec<u8>>,
}

impl Opts {
    /// Reads the arguments and the lists of domains.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let header = args.has("header");
        let columns = by(args)?;
        let report = report(args, &columns)?;
        let mut hosted = None;
        if args.has("domains") {
            hosted = Some(Hosted::read(args.values("domains"))?);
        }
        let days = matches!(report, Report::Files { .. }).then_some(day_file::DAYS);
        let keys = Keys { columns, hosted, days };
        let filter = Filter::new(args)?;
        let (zero_fill, day) = (zero_fill(args, &keys)?, filter.day);
        let explain = args.value("explain").map(|name| key::domain_named(name.as_bytes()));
        let (messages, columns) = if args.has("merge") {
            no_messages(args)?;
            (None, Columns::new(&sum::names(&keys.columns), header).exactly())
        } else {
            let messages = Messages::new(charge(args), filter, &keys);
            let columns = Columns::new(&names(MessageColumn::ALL), header)
                .that_need(|column| messages.need(column, &keys, explain.is_some()));
            (Some(messages), columns)
        };
        let rows = Rows { columns, policy: Policy::new(args), files: args.operands.clone() };
        Ok(Opts { rows, messages, keys, zero_fill, day, report, explain })
    }
}

fn by(args: &Args) -> Result<Vec<Column>, Stop> {
    const WHAT: &str = "a list of day, hour, host, direction, domain, user, peer_domain, status";
    match (args.parsed("by", WHAT, Column::list)?, args.has("full")) {
        (Some(_), true) => Err(Stop::usage("--full", "not with --by")),
        (Some(columns), false) => Ok(columns),
        (None, true) => Ok(FULL.to_vec()),
        (None, false) if args.has("out-dir") => Ok(vec![Column::Day, Column::Domain]),
        (None, false) => Ok(vec![Column::Domain]),
    }
}

fn charge(args: &Args) -> Charge {
    match args.choice("charge") {
        "recipient" => Charge::Recipient,
        "sender" => Charge::Sender,
        _ => Charge::Own,
    }
}

fn report(args: &Args, columns: &[Column]) -> Result<Report, Stop> {
    let kilobyte = Kilobyte(if args.choice("kb") == "1000" { 1000 } else { 1024 });
    let header = args.has("header");
    match (args.value("out-dir"), args.choice("format")) {
        (Some(_), "tsv") => Err(Stop::usage("--format=tsv", "not with --out-dir")),
        (Some(folder), _) => {
            if !key::are_day_and_domain(columns) {
                return Err(Stop::usage("--out-dir", "its sums are by day and domain only"));
            }
            let folder = PathBuf::from(folder);
            // found missing before all the work, not after it
            fs::read_dir(&folder).map_err(Stop::io(&folder))?;
            Ok(Report::Files { folder, kilobyte, header })
        }
        (None, "qml") if columns != [Column::Domain] => {
            Err(Stop::usage("--format=qml", "its sums are by domain only"))
        }
        (None, "qml") => Ok(Report::Lines(kilobyte)),
        (None, _) => Ok(Report::Rows { header }),
    }
}

fn zero_fill(args: &Args, keys: &Keys) -> Result<bool, Stop> {
    if !args.has("zero-fill") {
        return Ok(false);
    }
    if keys.hosted.is_none() {
        return Err(Stop::usage("--zero-fill", "--domains is required"));
    }
    if keys.columns != [Column::Domain] && !key::are_day_and_domain(&keys.columns) {
        return Err(Stop::usage("--zero-fill", "only for sums by domain, or by day and domain"));
    }
    Ok(true)
}

/// Refuses the flags that are about messages, which sums know nothing of.
fn no_messages(args: &Args) -> Result<(), Stop> {
    let flags = filter::FLAGS.into_iter().chain(["charge", "explain"]);
    match flags.into_iter().find(|flag| args.has(flag)) {
        Some(flag) => Err(Stop::usage(format!("--{flag}"), "not with --merge")),
        None => Ok(()),
    }
}

/// Sums the input, or prints the rows behind the sum of a domain.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { rows, messages, keys, zero_fill, day, report, explain } = opts;
    let mut sums = match (messages, explain) {
        (Some(messages), Some(domain)) => {
            return print_rows_of(&domain, rows, messages, &keys, out);
        }
        (Some(mut messages), None) => sum_up(rows, out, |row, key| {
            let message = messages.read(row, &keys)?;
            Ok(message.map(|message| {
                messages.key(row, message, &keys, key);
                message.amount
            }))
        })?,
        (None, _) => sum_up(rows, out, |row, key| sum::read(row, &keys, key).map(Some))?,
    };
    let groups = sums.settled().ok_or_else(|| Stop::usage("", sum::TOO_MUCH))?;
    if zero_fill {
        fill(groups, &keys, day);
    }
    if out.failed() && matches!(report, Report::Files { .. }) {
        out.note("--out-dir", "nothing is written, since input is missing");
        return Ok(());
    }
    report.show(&keys.columns, groups, out)
}

/// Sums all rows by the keys that `read` puts together.
fn sum_up<F>(rows: Rows, out: &mut Out, mut read: F) -> Result<Sums, Stop>
where
    F: FnMut(&Row<'_>, &mut Batch<Sum>) -> Result<Option<Sum>, &'static str>,
{
    let mut sums = Sums::new();
    rows.for_each(out, |row, _| {
        if row.is_header() {
            return Ok(Ok(()));
        }
        match read(&row, &mut sums.batch) {
            Ok(Some(amount)) => {
                let too_much = || Stop::usage(row.line().place(), sum::TOO_MUCH);
                sums.add(amount).ok_or_else(too_much)?;
            }
            Ok(None) => {}
            Err(why) => return Ok(Err(Fault::Reject(why))),
        }
        Ok(Ok(()))
    })?;
    Ok(sums)
}

/// Prints the rows that are summed under a domain.
fn print_rows_of(
    domain: &[u8],
    rows: Rows,
    mut messages: Messages,
    keys: &Keys,
    out: &mut Out,
) -> Result<(), Stop> {
    let mut header = None;
    rows.for_each(out, |row, out| {
        if row.is_header() {
            let names = row.line().without_cr();
            if header.is_none() {
                row.copy(out);
            }
            if header.get_or_insert_with(|| names.to_vec()) != names {
                return Err(Stop::usage(row.line().place(), "not the columns of the first file"));
            }
            return Ok(Ok(()));
        }
        match messages.read(&row, keys) {
            Err(why) => return Ok(Err(Fault::Reject(why))),
            Ok(Some(message)) if message.is_charged_to(domain, &row, keys) => row.copy(out),
            Ok(_) => {}
        }
        Ok(Ok(()))
    })
}

/// Makes a sum for each hosted domain, on each day if days are summed apart.
fn fill(groups: &mut Groups<Sum>, keys: &Keys, day: Option<Day>) {
    let day_first = keys.columns.starts_with(&[Column::Day]);
    let day_of = |key: &[u8]| tsv::fields(key).nth(usize::from(!day_first)).map(<[u8]>::to_vec);
    let days: BTreeSet<Option<Vec<u8>>> = match (keys.have(Column::Day), day) {
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
            };
            groups.of(&key);
        }
    }
}
