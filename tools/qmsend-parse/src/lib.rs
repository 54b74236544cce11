//! qmsend-parse: qmail-send's log to message rows, one per finished attempt to deliver.

mod log;
mod pending;
mod queue;
mod rows;
mod sources;

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use common::filter::cli::{Args, FIELDS, Flag, HEADER, QUIET, REJECTS, STRICT, Spec, TIME, YEAR};
use common::filter::pending::{Named, PENDING, PENDING_FROM};
use common::filter::{Input, Ledger, Out, Policy, Stop};
use common::rows::TimeColumn;
use common::rows::schema;

use log::Log;
use rows::Rows;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "qmsend-parse",
    about: "Joins the lines of qmail-send's log to message rows, one per attempt.",
    operands: "[FILE ...]",
    flags: &[
        HEADER,
        FIELDS,
        TIME,
        YEAR,
        Flag::long_value("host", "NAME", "the host of lines that name none"),
        PENDING_FROM,
        PENDING,
        REJECTS,
        STRICT,
        QUIET,
    ],
};

/// What was asked for.
#[derive(Debug)]
pub struct Opts {
    header: bool,
    quiet: bool,
    pending: Named,
    rows: Rows,
    policy: Policy,
    files: Vec<OsString>,
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let rows = Rows {
            columns: schema::fields(args)?,
            time: TimeColumn::new(args)?,
            host: args.value("host").unwrap_or_default().as_bytes().to_vec(),
        };
        Ok(Opts {
            header: args.has("header"),
            quiet: args.has("quiet"),
            pending: Named::new(args),
            rows,
            policy: Policy::new(args),
            files: args.operands.clone(),
        })
    }
}

/// Reads the log, writes the rows, then keeps what is open.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { header, quiet, pending, rows, policy, files } = opts;
    // first, so that nothing is touched if it is not good
    let pending = pending.open(pending::FIRST, out)?;
    let state = pending::read(pending.rows()?)?;
    let ledger = Ledger::open(policy)?;
    if header {
        out.header(&schema::names(&rows.columns));
    }
    let mut log = Log::new(state, pending.is_kept(), rows, ledger);
    Input::new(&files).for_each_line(out, |line, out| log.line(line, out))?;
    let mut state = log.end(quiet, out)?;
    pending.keep(&pending::write(&mut state), out)
}
