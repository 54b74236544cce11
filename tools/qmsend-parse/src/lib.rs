//! qmsend-parse: qmail-send's log to message rows, one per finished attempt to deliver.

mod lengths;
mod log;
mod message;
mod output;
mod pending;
mod queue;
mod rows;
mod sessions;
mod sources;

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use common::filter::cli::{
    Args, FIELDS, Flag, HEADER, JSON, QUIET, REJECTS, STRICT, Spec, TIME, YEAR,
};
use common::filter::pending::{Named, PENDING, PENDING_FROM};
use common::filter::{Input, Ledger, Out, Policy, Stop};
use common::rows::TimeColumn;
use common::rows::schema::{self, MessageColumn};

use lengths::Lengths;
use log::Log;
use output::Output;
use rows::Rows;
use sessions::Wanted;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "qmsend-parse",
    about: "Joins the lines of qmail-send's log to message rows, one per attempt.",
    operands: "[FILE ...]",
    flags: &[
        HEADER,
        JSON,
        FIELDS.of(schema::all_names::<MessageColumn>),
        TIME,
        YEAR,
        Flag::long_value("host", "NAME", "the host of lines that name none"),
        Flag::long_value("sessions", "FILE", "write session rows to FILE"),
        Flag::long("open", "also write session rows of what is open"),
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
    lengths: Lengths,
    sessions: Option<Wanted>,
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
            pending: Named::new(args)?.or_older(pending::OLDER),
            rows,
            lengths: Lengths::new(TimeColumn::new(args)?),
            sessions: Wanted::new(args)?,
            policy: Policy::new(args),
            files: args.operands.clone(),
        })
    }
}

/// Reads the log, writes the rows, then keeps what is open.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { header, quiet, pending, rows, lengths, sessions, policy, files } = opts;
    // first, so that nothing is touched if it is not good
    let pending = pending.open(pending::FIRST, out)?;
    let state = pending::read(pending.rows()?)?;
    let sessions = sessions.map(Wanted::create).transpose()?;
    let ledger = Ledger::open(policy)?;
    out.name_columns(header, schema::described(&rows.columns));
    let output = Output::new(rows, sessions, lengths);
    let mut log = Log::new(state, pending.is_kept(), output, ledger);
    Input::new(&files).for_each_line(out, |line, out| log.line(line, out))?;
    let mut state = log.end(quiet, out)?;
    pending.keep(&pending::write(&mut state), out)
}
