//! Turns H-Sphere's stats log into message rows.

use std::ffi::OsString;

use common::account::{Account, Verdict};
use common::cli::{self, Args, Spec};
use common::io::{Input, Out};
use common::mailstat;
use common::scan::Places;
use common::schema::MESSAGE;
use common::stop::Stop;
use common::time::{Stamp, TimeColumn, Zone, stamp::Form};

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
    account: Account,
    files: Vec<OsString>,
}

impl Opts {
    /// Reads the arguments, and opens the file for broken records.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        Ok(Opts {
            header: args.has("header"),
            time: TimeColumn::named(args.choice("time")),
            account: Account::new(args)?,
            files: args.operands.clone(),
        })
    }
}

/// Writes a message row for each record of the input.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { header, mut time, mut account, files } = opts;
    if header {
        out.header(&MESSAGE);
    }
    // the times of records are UNIX seconds, to which no zone matters
    let zone = &mut Zone::utc();
    let mut usual = matches!(time, TimeColumn::AsLogged).then(Usual::new);
    let mut bars = Vec::new();
    Input::new(&files).for_each_block(out, |mut block, out| {
        while !block.text().is_empty() {
            if let Some(usual) = &mut usual {
                usual.write_rows(&mut block, &mut account, out)?;
            }
            let Some(line) = block.next_line() else { break };
            bars.clear();
            bars.extend(Places::new(line.text, b'|'));
            let verdict = match mailstat::parse(line.without_cr(), &bars) {
                Ok(record) => {
                    if let Some(usual) = &mut usual {
                        usual.expect(record.host);
                    }
                    write_row(&record, &mut time, zone, out)
                }
                Err(verdict) => verdict,
            };
            account.book(line, verdict)?;
        }
        Ok(())
    })?;
    account.close(out)
}

fn write_row(
    record: &mailstat::Record<'_>,
    time: &mut TimeColumn,
    zone: &mut Zone,
    out: &mut Out,
) -> Verdict {
    let mut row = out.row();
    let stamp = Stamp { text: record.time, form: Form::Unix };
    if time.write(stamp, zone, &mut row).is_none() {
        return Verdict::Rejected("the timestamp is out of range");
    }
    row.field(record.host)
        .parts(record.process, [record.bracket])
        .parts(record.rest, record.bars)
        .end();
    Verdict::Used
}
