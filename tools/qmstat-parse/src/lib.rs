//! Turns H-Sphere's stats log into message rows.

use std::ffi::OsString;

use common::account::{Account, Verdict};
use common::cli::{self, Args, Spec};
use common::io::{Input, Out};
use common::mailstat;
use common::schema::MESSAGE;
use common::stop::Stop;
use common::time::{Stamp, TimeColumn, Zone, stamp::Form};
use common::tsv::Row;

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
    let as_logged = matches!(time, TimeColumn::AsLogged);
    let mut usual = Usual::default();
    account.read(&mut Input::new(&files).split_at(b'|'), out, |line, out| {
        let (plain, bars, line) = (line.plain, line.separators, line.without_cr());
        if plain && as_logged && usual.write(line, bars, out.buffer()) {
            return Ok(Verdict::Used);
        }
        let record = match mailstat::parse(line, bars) {
            Ok(record) => record,
            Err(verdict) => return Ok(verdict),
        };
        if plain {
            usual.expect(record.host);
        }
        let stamp = Stamp { text: record.time, form: Form::Unix };
        let mut row = Row::new(out.buffer()).of_plain(plain);
        if time.write(stamp, zone, &mut row).is_none() {
            return Ok(Verdict::Rejected("the timestamp is out of range"));
        }
        row.field(record.host)
            .parts(record.process, [record.bracket])
            .parts(record.rest, record.bars)
            .end();
        Ok(Verdict::Used)
    })?;
    account.close(out)
}
