//! traffic-load: daily traffic files into a database, each of them once.

mod content;
mod database;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use common::bytes::tsv;
use common::filter::cli::{Args, Flag, HEADER, Spec};
use common::filter::files::open_regular;
use common::filter::{Out, Stop, name_of, reason};
use common::logs::day_file::Name;
use common::rows::names::FileNames;

use content::{Content, NotLoaded, refused};
use database::{Database, File, Outcome};

/// The command line.
pub static SPEC: Spec = Spec {
    name: "traffic-load",
    about: "Loads daily traffic files in an SQLite database and lists those that are in it.",
    operands: "[FILE ...]",
    flags: &[
        Flag::long_value("db", "FILE", "the database; made if it is not there").required(),
        Flag::long_value("host", "NAME", "the server that the files are from"),
        Flag::long("replace", "load a day's file in place of another"),
        Flag::long("same-content", "load another day's content as this day's"),
        Flag { help: "the columns are named first, in and out", ..HEADER },
        Flag::switch('z', "null", "names on stdin end in NUL and are no rows"),
    ],
};

const COLUMNS: [&str; 4] = ["file", "status", "lines", "kilobytes"];

/// What was asked for.
#[derive(Debug)]
pub struct Opts {
    database: PathBuf,
    host: String,
    replace: bool,
    same_content: bool,
    header: bool,
    names: FileNames,
}

impl Opts {
    /// Reads the command line.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let host = args.parsed("host", "UTF-8", |host| String::from_utf8(host.into()).ok())?;
        Ok(Opts {
            database: args.value("db").unwrap_or_default().into(),
            host: host.unwrap_or_default(),
            replace: args.has("replace"),
            same_content: args.has("same-content"),
            header: args.has("header"),
            names: FileNames::new(args),
        })
    }
}

/// Loads the files.
pub fn run(opts: &Opts, out: &mut Out) -> Result<(), Stop> {
    let mut database = Database::open(&opts.database)?;
    if opts.header {
        out.header(&COLUMNS);
    }
    opts.names.for_each(out, |name, out| {
        match load(opts, &mut database, name) {
            Ok((status, content)) => {
                let mut row = out.row();
                row.field(name.as_bytes()).field(status.as_bytes());
                row.number(content.entries.len()).number(content.kilobytes).end();
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
    opts: &Opts,
    database: &mut Database,
    name: &OsStr,
) -> Result<(&'static str, Content), NotLoaded> {
    let (file_name, day_file, content) = read(name)?;
    let file = File {
        name: file_name,
        day: &day_file.day.to_string(),
        kind: day_file.kind.word(),
        host: &opts.host,
    };
    match database.load(&file, &content, opts.replace, opts.same_content)? {
        Outcome::Loaded => Ok(("loaded", content)),
        Outcome::Already => Ok(("already", content)),
        Outcome::Conflict(what) => Err(refused(what)),
    }
}

/// A file's name without folders, what it tells, and what stands in the file.
fn read(name: &OsStr) -> Result<(&str, Name, Content), NotLoaded> {
    let path = Path::new(name);
    let file = open_regular(path).map_err(|error| NotLoaded::Unreadable(reason(&error)))?;
    let file_name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let Some(day_file) = Name::parse(file_name.as_bytes()) else {
        return Err(refused("not the name of a day file"));
    };
    let mut field = Vec::new();
    tsv::escape(name.as_bytes(), &mut field);
    if *tsv::unescape(&field) != *name.as_bytes() {
        return Err(refused(
            "no row can hold this name, and what reads the row would miss the file",
        ));
    }
    Ok((file_name, day_file, Content::read(file, day_file.compressed)?))
}
