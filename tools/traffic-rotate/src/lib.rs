//! traffic-rotate: files into a folder of archives, by a way on which no byte is lost.

mod archive;
mod source;
mod state;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use common::bytes::json::{Described, Kind};
use common::filter::cli::{Args, Flag, HEADER, JSON, Spec};
use common::filter::{Out, Stop, name_of, reason};
use common::rows::names::FileNames;
use common::time::civil::digits;
use common::time::{Day, Instant, Zone};

use archive::{Archives, Failure, Status};
use source::Source;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "traffic-rotate",
    about: "Moves files into a directory of archives, and removes old archives.",
    operands: "[FILE ...]",
    flags: &[
        Flag::long_value("into", "DIR", "the directory of archives; made if missing").required(),
        Flag::long_value("keep", "DAYS", "remove day files' archives that are older"),
        Flag::switch('n', "dry-run", "only say what would be done"),
        Flag { help: "the first row names columns, in and out", ..HEADER },
        JSON,
        Flag::switch('z', "null", "stdin is names that end in NUL, not rows"),
    ],
};

const COLUMNS: [Described<&str>; 5] = [
    ("source", Kind::Text),
    ("archive", Kind::Text),
    ("bytes", Kind::Integer),
    ("archive_bytes", Kind::Integer),
    ("status", Kind::Text),
];

/// What was asked for.
#[derive(Debug)]
pub struct Opts {
    into: PathBuf,
    keep: Option<i64>,
    dry: bool,
    header: bool,
    names: FileNames,
}

impl Opts {
    /// Reads the command line.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        Ok(Opts {
            into: args.value("into").unwrap_or_default().into(),
            keep: args.parsed("keep", "a number of days", digits)?,
            dry: args.has("dry-run"),
            header: args.has("header"),
            names: FileNames::new(args),
        })
    }
}

/// Archives the files, then removes the archives that are too old.
pub fn run(opts: &Opts, out: &mut Out) -> Result<(), Stop> {
    let archives = Archives::open(&opts.into, opts.dry).map_err(Stop::io(&opts.into))?;
    out.name_columns(opts.header, COLUMNS);
    out.begin_progress();
    opts.names.for_each(out, |name, out| {
        match archive(&archives, name, out) {
            Ok(()) => {}
            Err(Failure::Refused(what)) => {
                out.note(name_of(name), what);
                out.answer_no();
            }
            Err(Failure::Failed(error)) => out.complain(name_of(name), reason(&error)),
        }
        out.flush_if_full()
    })?;
    let Some(days) = opts.keep else { return Ok(()) };
    let today = Zone::local().day_at(Instant::now().seconds);
    for name in archives.before(Day(today.0 - days)).map_err(Stop::io(&opts.into))? {
        let path = archives.path_of(&name);
        match archives.remove(&name, out) {
            Ok((status, size)) => row(out, b"", &path, None, Some(size), status),
            Err(error) => out.complain(name_of(path.as_os_str()), reason(&error)),
        }
    }
    Ok(())
}

fn archive(archives: &Archives, name: &OsStr, out: &mut Out) -> Result<(), Failure> {
    let source = Source::open(Path::new(name))?;
    let (status, size) = archives.take(&source, out)?;
    let archive = archives.path_of(&source.archive_name());
    match status {
        Status::Conflict => {
            let what = format!("kept: {} holds something else", name_of(archive.as_os_str()));
            out.note(name_of(name), what);
            out.answer_no();
        }
        Status::Changed => {
            out.note(name_of(name), "kept: it changed while it was archived");
            out.answer_no();
        }
        _ => {}
    }
    row(out, name.as_bytes(), &archive, Some(source.state.size), size, status);
    Ok(())
}

fn row(
    out: &mut Out,
    source: &[u8],
    archive: &Path,
    bytes: Option<u64>,
    archive_bytes: Option<u64>,
    status: Status,
) {
    let mut row = out.row();
    row.field(source).field(archive.as_os_str().as_bytes());
    for bytes in [bytes, archive_bytes] {
        match bytes {
            Some(bytes) => row.number(bytes),
            None => row.field(b""),
        };
    }
    row.field(status.word().as_bytes()).end();
}
