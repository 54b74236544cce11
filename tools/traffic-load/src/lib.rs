//! traffic-load: daily files of traffic and of metric rows into a database, each of them once.

mod content;
mod database;
mod engine;
mod metrics;
mod place;
mod postgres;
mod print;
mod sqlite;
mod sums;
mod unlocked;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use common::bytes::json::{Described, Kind};
use common::bytes::tsv;
use common::filter::cli::{Args, Flag, HEADER, JSON, STRICT, Spec};
use common::filter::files::open_regular;
use common::filter::{Out, Stop, name_of, reason};
use common::logs::day_file::Name;
use common::rows::metric::By;
use common::rows::names::FileNames;
use common::rows::schema;
use common::time::{Day, Instant, Zone, window};

use content::{Content, NotLoaded, refused};
use database::{Database, File, Outcome, Rules};
use place::Place;
use print::Extract;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "traffic-load",
    about: "Loads daily files into a database, lists them, and prints metric rows.",
    operands: "[FILE ...]",
    flags: &[
        Flag::long_value("db", "FILE", "the database: a file, or postgresql://...").required(),
        Flag::long_value("password-file", "FILE", "the password for PostgreSQL"),
        Flag::long_value("host", "NAME", "the server that the files are from"),
        Flag::long("replace", "load a day's file in place of another"),
        Flag::long("same-content", "load another day's content as this day's"),
        Flag { help: "refuse a file that counts what another counts", ..STRICT },
        Flag::long_value("print", "WHAT", "load nothing, print metrics").of(|| vec!["metrics"]),
        Flag::value('b', "by", "COL,...", "sums by these too: hour, domain, user")
            .of(schema::all_names::<By>),
        Flag::long_value("since", "DAY", "print only from this day on"),
        Flag::long_value("until", "DAY", "print only days before this one"),
        Flag { help: "the first row names columns, in and out", ..HEADER },
        JSON,
        Flag::switch('z', "null", "stdin is names that end in NUL, not rows"),
    ],
};

/// The flags that are about loading, and those about printing.
const OF_LOADING: [&str; 5] = ["host", "replace", "same-content", "strict", "null"];
const OF_PRINTING: [&str; 3] = ["by", "since", "until"];

const COLUMNS: [Described<&str>; 4] = [
    ("file", Kind::Text),
    ("status", Kind::Text),
    ("lines", Kind::Integer),
    ("kilobytes", Kind::Integer),
];

/// What was asked for.
#[derive(Debug)]
pub struct Opts {
    place: Place,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Load(Loads),
    Print(Extract),
}

/// What is to be loaded.
#[derive(Debug)]
struct Loads {
    host: String,
    rules: Rules,
    header: bool,
    names: FileNames,
}

impl Opts {
    /// Reads the command line.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let place = Place::new(args)?;
        let header = args.has("header");
        let not_with = |flags: &[&str], what: &str| {
            let given = flags.iter().find(|flag| args.has(flag));
            given.map_or(Ok(()), |flag| Err(Stop::usage(format!("--{flag}"), what)))
        };
        if !args.has("print") {
            not_with(&OF_PRINTING, "only with --print")?;
            let host = args.parsed("host", "UTF-8", |host| String::from_utf8(host.into()).ok())?;
            let rules = Rules {
                replace: args.has("replace"),
                same_content: args.has("same-content"),
                strict: args.has("strict"),
            };
            let (host, names) = (host.unwrap_or_default(), FileNames::new(args));
            return Ok(Opts { place, work: Work::Load(Loads { host, rules, header, names }) });
        }
        not_with(&OF_LOADING, "not with --print")?;
        if let Some(file) = args.operands.first() {
            return Err(Stop::usage(name_of(file), "no file is read with --print"));
        }
        let by = schema::listed(args, "by")?.unwrap_or_default();
        let (since, until) = (day(args, "since")?, day(args, "until")?);
        Ok(Opts { place, work: Work::Print(Extract { by, since, until, header }) })
    }
}

fn day(args: &Args, flag: &str) -> Result<Option<Day>, Stop> {
    let what = "a day (YYYY-MM-DD, today, yesterday)";
    args.parsed(flag, what, |text| window::day(text, Instant::now(), &mut Zone::local()))
}

/// Loads the files, or prints.
pub fn run(opts: &Opts, out: &mut Out) -> Result<(), Stop> {
    match &opts.work {
        Work::Load(loads) => loads.run(&mut Database::open(&opts.place, true)?, out),
        Work::Print(extract) => extract.write(&mut Database::open(&opts.place, false)?, out),
    }
}

impl Loads {
    fn run(&self, database: &mut Database, out: &mut Out) -> Result<(), Stop> {
        out.name_columns(self.header, COLUMNS);
        out.begin_progress();
        self.names.for_each(out, |name, out| {
            match self.load(database, name, out) {
                Ok((status, content)) => {
                    let mut row = out.row();
                    row.field(name.as_bytes()).field(status.as_bytes());
                    row.number(content.lines()).maybe(content.kilobytes()).end();
                    return out.flush_if_full();
                }
                Err(NotLoaded::Refused(line, what)) => {
                    let line = line.map_or(String::new(), |line| format!(":{line}"));
                    out.note(name_of(name) + &line, what);
                    out.answer_no();
                }
                Err(NotLoaded::Unreadable(what)) => out.complain(name_of(name), what),
                Err(NotLoaded::Stopped(stop)) => return Err(stop),
            }
            Ok(())
        })
    }

    /// Loads one file, and says what became of it.
    fn load(
        &self,
        database: &mut Database,
        name: &OsStr,
        out: &mut Out,
    ) -> Result<(&'static str, Content), NotLoaded> {
        let (file_name, day_file, content) = read(name)?;
        let file = File {
            name: file_name,
            day: &day_file.day.to_string(),
            kind: &tsv::visible(day_file.kind.to_string().as_bytes()),
            host: &self.host,
        };
        match database.load(&file, &content, self.rules)? {
            Outcome::Loaded(doubts) => {
                for doubt in doubts {
                    out.note(name_of(name), doubt);
                }
                Ok(("loaded", content))
            }
            Outcome::Already => Ok(("already", content)),
            Outcome::Conflict(what) => Err(refused(what)),
        }
    }
}

/// A file's name without folders, what it tells, and what stands in the file.
fn read(name: &OsStr) -> Result<(&str, Name<'_>, Content), NotLoaded> {
    let path = Path::new(name);
    let file = open_regular(path).map_err(|error| NotLoaded::Unreadable(reason(&error)))?;
    let file_name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let Some(day_file) = Name::parse(file_name.as_bytes()) else {
        return Err(refused(
            "not the name of a day file, such as 20.06.2005.qml.txt or 2005-06-20.mail.metrics",
        ));
    };
    let mut field = Vec::new();
    tsv::escape(name.as_bytes(), &mut field);
    if *tsv::unescape(&field) != *name.as_bytes() {
        return Err(refused(
            "no row can hold this name, and what reads the row would miss the file",
        ));
    }
    Ok((file_name, day_file, Content::read(file, &day_file)?))
}
