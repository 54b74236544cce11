//! Turns H-Sphere's stats log into message rows.

use std::ffi::OsString;

use common::bytes::tsv::Row;
use common::filter::cli::{self, Args, Spec};
use common::filter::{ByteRange, Fault, Input, Ledger, Out, Policy, Stop, Ties};
use common::logs::repeats::{Repeated, Repeats, is_repeat};
use common::logs::stats::{self, Finder, Record};
use common::rows::TimeColumn;
use common::rows::schema::{self, MessageColumn};
use common::time::{Stamp, stamp::Form};

/// The command line.
pub static SPEC: Spec = Spec {
    name: "qmstat-parse",
    about: "Turns the stats log of an H-Sphere mail server into message rows.",
    operands: "[FILE ...]",
    flags: &[
        cli::HEADER,
        cli::JSON,
        cli::FIELDS.of(schema::all_names::<MessageColumn>),
        cli::TIME,
        cli::BYTES,
        cli::REJECTS,
        cli::STRICT,
        cli::QUIET,
    ],
};

/// Only a line that says that the one before it came again is not read by itself.
const TIES: Ties = Ties { goes_on: is_repeat, second: false };

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    header: bool,
    rows: Rows,
    policy: Policy,
    range: Option<ByteRange>,
    files: Vec<OsString>,
}

/// The form of the rows.
#[derive(Debug)]
struct Rows {
    columns: Vec<MessageColumn>,
    time: TimeColumn,
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let (columns, time) = (schema::fields(args)?, TimeColumn::named(args.choice("time")));
        Ok(Opts {
            header: args.has("header"),
            rows: Rows { columns, time },
            policy: Policy::new(args),
            range: ByteRange::new(args)?,
            files: args.operands.clone(),
        })
    }
}

/// Writes a message row for each record of the input.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { header, mut rows, policy, range, files } = opts;
    let mut ledger = Ledger::open(policy)?;
    let mut input = Input::new(&files).within(range, TIES);
    out.name_columns(header, schema::described(&rows.columns));
    let mut finder = Finder::new(&rows.columns);
    let as_logged = rows.are_as_logged();
    let mut repeats = Repeats::default();
    input.for_each_block(out, |mut block, out| {
        let all = block.text();
        while !block.text().is_empty() {
            let found = finder.rows_of(block.text());
            block.take(found.lines, found.length);
            out.take_rows(found.rows)?;
            let before = &all[..all.len() - block.text().len()];
            let Some(line) = block.next_line() else { break };
            let written = stats::parse(line.without_cr()).and_then(|record| {
                // the finder copies times; as long as it knows no host, it finds nothing
                if as_logged {
                    finder.expect(line.text, record.field(MessageColumn::Host));
                }
                rows.write(&record, out.buffer())
            });
            // also if it is a record: what the line after it repeats may be the line before
            let again = repeats.unfold_behind(before, line.text);
            let Err(fault) = written else { continue };
            let fault = match again {
                None => Some(fault),
                Some(Err(other)) => Some(other),
                Some(Ok(again)) => rows.write_again(&again, out)?,
            };
            if let Some(fault) = fault {
                ledger.report(line, fault)?;
            }
        }
        repeats.remember_last(all);
        Ok(())
    })?;
    ledger.close(input.lines(), out)
}

impl Rows {
    /// Does the line have all that they hold, as it is?
    fn are_as_logged(&self) -> bool {
        self.time.is_as_logged() || !self.columns.contains(&MessageColumn::Time)
    }

    /// Writes the rows of a record that came again; gives the fault that it has.
    fn write_again(&mut self, again: &Repeated, out: &mut Out) -> Result<Option<Fault>, Stop> {
        for _ in 0..again.times {
            let record = stats::parse(&again.line);
            if let Err(fault) = record.and_then(|record| self.write(&record, out.buffer())) {
                return Ok(Some(fault));
            }
            out.flush_if_full()?;
        }
        Ok(None)
    }

    /// Appends the row of a record.
    fn write(&mut self, record: &Record<'_>, buffer: &mut Vec<u8>) -> Result<(), Fault> {
        let start = buffer.len();
        let mut row = Row::new(buffer);
        for column in &self.columns {
            let text = record.field(*column);
            if *column != MessageColumn::Time {
                row.field(text);
                continue;
            }
            let stamp = Stamp { text, form: Form::Unix };
            if self.time.write(Some(stamp), &mut row).is_err() {
                buffer.truncate(start);
                return Err(Fault::Reject("the timestamp is out of range"));
            }
        }
        row.end();
        Ok(())
    }
}
