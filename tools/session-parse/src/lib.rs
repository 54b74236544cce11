//! session-parse: the connection logs of mail servers to session rows.

mod log;
mod open;
mod pending;
mod sessions;
mod sources;
mod table;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use common::filter::cli::{
    Args, FIELDS, Flag, HEADER, JSON, QUIET, REJECTS, STRICT, Spec, TIME, YEAR,
};
use common::filter::pending::{Named, PENDING, PENDING_FROM};
use common::filter::{Input, Ledger, Out, Policy, Stop};
use common::rows::TimeColumn;
use common::rows::schema::{self, SessionColumn};
use common::rows::session::SessionRows;

use log::Log;
use sources::Source;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "session-parse",
    about: "Turns the connection logs of mail servers into session rows.",
    operands: "[FILE ...]",
    flags: &[
        HEADER,
        JSON,
        FIELDS.of(schema::all_names::<SessionColumn>),
        TIME,
        YEAR,
        Flag::long_value("host", "NAME", "the host of lines that name none"),
        Flag::long_value("service", "NAME", "the service of ports that are not standard"),
        Flag::long_value("source", "SOURCE", "only lines of this source, such as dovecot")
            .of(|| Source::ALL.map(Source::name).to_vec()),
        PENDING_FROM,
        PENDING,
        Flag::long("open", "also write rows of open sessions"),
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
    /// Are rows of open sessions written?
    open: bool,
    source: Option<Source>,
    service: Vec<u8>,
    pending: Named,
    rows: SessionRows,
    policy: Policy,
    files: Vec<OsString>,
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let text = |flag| args.value(flag).unwrap_or_default().as_bytes().to_vec();
        let rows = SessionRows {
            columns: schema::fields(args)?,
            time: TimeColumn::new(args)?,
            host: text("host"),
        };
        Ok(Opts {
            header: args.has("header"),
            quiet: args.has("quiet"),
            open: args.has("open"),
            source: args.named("source", Source::named),
            service: text("service"),
            pending: Named::new(args)?,
            rows,
            policy: Policy::new(args),
            files: args.operands.clone(),
        })
    }
}

/// Reads the logs, writes the rows, then keeps what is open.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { header, quiet, open, source, service, pending, rows, policy, files } = opts;
    // first, so that nothing is touched if it is not good
    let pending = pending.open(pending::FIRST, out)?;
    let state = pending::read(pending.rows()?)?;
    let ledger = Ledger::open(policy)?;
    out.name_columns(header, schema::described(&rows.columns));
    let mut log = Log::new(state, rows, ledger);
    log.goes_on = pending.is_kept();
    log.writes_open = open;
    log.only = source;
    log.service = service;
    Input::new(&files).for_each_line(out, |line, out| log.line(line, out))?;
    let state = log.end(quiet, out)?;
    pending.keep(&pending::write(&state), out)
}
