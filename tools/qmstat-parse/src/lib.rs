//! Turns H-Sphere's stats log into message rows.

use std::ffi::OsString;

use common::bytes::scan::Places;
use common::filter::cli::{self, Args, Spec};
use common::filter::{Fault, Input, Ledger, Out, Policy, Stop};
use common::logs::stats;
use common::rows::TimeColumn;
use common::rows::schema::{Column, MessageColumn, names};
use common::time::{Stamp, stamp::Form};

mod parts;
mod usual;

use usual::Usual;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "qmstat-parse",
    about: "Turns the stats log of an H-Sphere mail server into message rows.",
    operands: "[FILE ...]",
    flags: &[cli::HEADER, cli::TIME, cli::REJECTS, cli::STRICT, cli::QUIET],
};

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    header: bool,
    time: TimeColumn,
    policy: Policy,
    files: Vec<OsString>,
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        Ok(Opts {
            header: args.has("header"),
            time: TimeColumn::named(args.choice("time")),
            policy: Policy::new(args),
            files: args.operands.clone(),
        })
    }
}

/// Writes a message row for each record of the input.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { header, mut time, policy, files } = opts;
    let mut ledger = Ledger::open(policy)?;
    let mut input = Input::new(&files);
    if header {
        out.header(&names(MessageColumn::ALL));
    }
    let mut usual = time.is_as_logged().then(Usual::new);
    let mut bars = Vec::new();
    input.for_each_block(out, |mut block, out| {
        while !block.text().is_empty() {
            if let Some(usual) = &mut usual {
                usual.write_rows(&mut block, out)?;
            }
            let Some(line) = block.next_line() else { break };
            bars.clear();
            bars.extend(Places::new(line.text, b'|'));
            let written = match stats::parse(line.without_cr(), &bars) {
                Ok(record) => {
                    if let Some(usual) = &mut usual {
                        usual.expect(record.host);
                    }
                    write_row(&record, &mut time, out)
                }
                Err(fault) => Err(fault),
            };
            if let Err(fault) = written {
                ledger.report(line, fault)?;
            }
        }
        Ok(())
    })?;
    ledger.close(input.lines(), out)
}

fn write_row(
    record: &stats::Record<'_>,
    time: &mut TimeColumn,
    out: &mut Out,
) -> Result<(), Fault> {
    let mut row = out.row();
    let stamp = Stamp { text: record.time, form: Form::Unix };
    time.write(Some(stamp), &mut row)
        .map_err(|_| Fault::Reject("the timestamp is out of range"))?;
    row.field(record.host)
        .parts(record.process, [record.bracket])
        .parts(record.rest, record.bars)
        .end();
    Ok(())
}
