//! qmsend-parse: qmail-send's log to message rows, one per finished attempt to deliver.

mod log;
mod pending;
mod queue;
mod rows;
mod sources;

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use common::account::Account;
use common::cli::{Args, Flag, HEADER, QUIET, REJECTS, STRICT, Spec, TIME};
use common::io::{Input, Out};
use common::schema::MESSAGE;
use common::stop::Stop;
use common::time::{TimeColumn, Zone};

use log::Log;
use pending::{Pending, State};
use rows::Rows;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "qmsend-parse",
    about: "Joins the lines of qmail-send's log to message rows, one per attempt.",
    operands: "[FILE ...]",
    flags: &[
        HEADER,
        TIME,
        Flag::value('\0', "host", "NAME", "the host of lines that name none").long_only(),
        Flag::value('p', "pending", "FILE", "keep what is open in FILE from run to run"),
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
    pending: Option<Pending>,
    log: Log,
    files: Vec<OsString>,
}

impl Opts {
    /// Reads the arguments, opens the files that they name beside the input.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        // first, so that nothing is touched if it is not good
        let (pending, state) = match args.value("pending") {
            Some(path) => {
                let (pending, state) = Pending::open(Path::new(path))?;
                (Some(pending), state)
            }
            None => (None, State::default()),
        };
        let rows = Rows {
            time: TimeColumn::named(args.choice("time")),
            zone: Zone::local(),
            host: args.value("host").unwrap_or_default().as_bytes().to_vec(),
        };
        Ok(Opts {
            header: args.has("header"),
            quiet: args.has("quiet"),
            log: Log::new(state, pending.is_some(), rows, Account::new(args)?),
            pending,
            files: args.operands.clone(),
        })
    }
}

/// Reads the log, writes the rows, then keeps what is open.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { header, quiet, pending, mut log, files } = opts;
    if header {
        out.header(&MESSAGE);
    }
    Input::new(&files).for_each_line(out, |line, out| log.line(line, out))?;
    let mut state = log.end(quiet, out)?;
    out.flush()?;
    match pending {
        // Its rows will be written again, so what was open before must stay open.
        Some(pending) if out.failed() => out.note(pending.name(), "left as it was"),
        Some(pending) => pending.replace(&mut state)?,
        None => {}
    }
    Ok(())
}
