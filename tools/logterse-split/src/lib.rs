//! Turns qpsmtpd's logterse lines into transaction rows.

use std::ffi::OsString;

use common::filter::cli::{self, Args, Flag, Spec};
use common::filter::{ByteRange, Input, Ledger, Out, Policy, Stop};
use common::rows::TimeColumn;
use common::rows::schema::{self, TransactionColumn};

mod fast;
mod rows;
mod split;
#[cfg(test)]
mod tests;

use rows::Rows;
use split::Splitter;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "logterse-split",
    about: "Turns the logterse lines of a qpsmtpd log into transaction rows.",
    operands: "[FILE ...]",
    flags: &[
        cli::HEADER,
        cli::JSON,
        cli::FIELDS.of(schema::all_names::<TransactionColumn>),
        Flag::long("each-recipient", "a row for each recipient"),
        cli::TIME,
        cli::YEAR,
        cli::BYTES,
        cli::REJECTS,
        cli::STRICT,
        cli::QUIET,
    ],
};

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    header: bool,
    rows: Rows,
    policy: Policy,
    range: Option<ByteRange>,
    files: Vec<OsString>,
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let columns = schema::fields(args)?;
        let time = TimeColumn::new(args)?;
        let range = ByteRange::new(args)?;
        if range.is_some() && args.has("year") {
            let what = "not with --year: the year follows from the lines before";
            return Err(Stop::usage("--bytes", what));
        }
        Ok(Opts {
            header: args.has("header"),
            rows: Rows::new(columns, time, args.has("each-recipient")),
            policy: Policy::new(args),
            range,
            files: args.operands.clone(),
        })
    }
}

/// Writes a transaction row for each record of the input.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { header, rows, policy, range, files } = opts;
    let ledger = Ledger::open(policy)?;
    let mut input = Input::new(&files).within(range, split::TIES);
    out.name_columns(header, rows.described());
    let mut splitter = Splitter::new(rows, ledger);
    input.for_each_block(out, |block, out| splitter.split(block, out))?;
    splitter.finish(out)?;
    splitter.ledger.close(input.lines(), out)
}
