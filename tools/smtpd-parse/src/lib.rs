//! Turns the verdicts that mail servers of the qmail family log into transaction rows.

use std::ffi::OsString;

use common::filter::cli::{Args, Flag, Spec};
use common::filter::cli::{FIELDS, HEADER, JSON, QUIET, REJECTS, STRICT, TIME, YEAR};
use common::filter::{Input, Ledger, Out, Policy, Stop};
use common::logs::smtpd::Source;
use common::rows::TimeColumn;
use common::rows::schema::{self, TransactionColumn};

mod log;
mod open;
mod rows;

use log::Log;
use rows::Rows;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "smtpd-parse",
    about: "Turns the verdicts that qmail's SMTP servers log into transaction rows.",
    operands: "[FILE ...]",
    flags: &[
        HEADER,
        JSON,
        FIELDS.of(schema::all_names::<TransactionColumn>),
        TIME,
        YEAR,
        Flag::long_value("source", "SOURCE", "only lines of this source, such as qlog")
            .of(|| Source::ALL.map(Source::name).to_vec()),
        REJECTS,
        STRICT,
        QUIET,
    ],
};

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    header: bool,
    rows: Rows,
    source: Option<Source>,
    policy: Policy,
    files: Vec<OsString>,
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        Ok(Opts {
            header: args.has("header"),
            rows: Rows::new(schema::fields(args)?, TimeColumn::new(args)?),
            source: args.named("source", Source::named),
            policy: Policy::new(args),
            files: args.operands.clone(),
        })
    }
}

/// Writes a transaction row for each verdict of the input.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { header, rows, source, policy, files } = opts;
    let ledger = Ledger::open(policy)?;
    let mut input = Input::new(&files);
    out.name_columns(header, rows.described());
    let mut log = Log::new(rows, source, ledger);
    input.for_each_line(out, |line, out| log.line(line, out))?;
    log.close(input.lines(), out)
}
