//! Counts the dispositions of qpsmtpd's log over its rotations, as multilog's processor or by hand.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use common::filter::cli::{Args, Flag, JSON, STATE_FROM, Spec, YEAR};
use common::filter::files;
use common::filter::{Input, Out, Stop, name_of, reason};
use common::rows::year;
use common::time::{Calendar, Zone};

mod head;
mod line;
mod memory;
mod state;
mod summary;
mod table;

use memory::Memory;
use state::State;
use summary::Summary;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "qplogsumm",
    about: "Copies qpsmtpd's log and keeps totals of its dispositions.",
    operands: "[FILE ...]",
    flags: &[
        Flag::long_value("state", "FILE", "keep the totals in FILE, not on descriptors 4 and 5"),
        STATE_FROM,
        Flag::long("show", "print totals, read from the operands, as a table"),
        YEAR,
        Flag::switch('H', "header", "name the columns of --show first"),
        Flag { help: "write the rows of --show as JSON objects", ..JSON },
    ],
};

/// How long multilog's processor waits for another copy.
const WAIT_OF_PROCESSOR: Duration = Duration::from_secs(1);

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    task: Task,
    year: Option<i64>,
    files: Vec<OsString>,
}

#[derive(Debug)]
enum Task {
    Count(Memory),
    Show { header: bool },
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let from = args.value("state-from").map(PathBuf::from);
        if from.is_some() && !args.has("state") {
            return Err(Stop::usage("--state-from", "only with --state"));
        }
        let task = match (args.has("show"), args.value("state")) {
            (true, Some(_)) => return Err(Stop::usage("--show", "not with --state")),
            (true, None) => Task::Show { header: args.has("header") },
            (false, _) if args.has("header") => {
                return Err(Stop::usage("--header", "only with --show"));
            }
            (false, _) if args.has("json") => {
                return Err(Stop::usage("--json", "only with --show"));
            }
            (false, Some(file)) => {
                // in multilog, mail waits while we do
                let wait = if args.operands.is_empty() { WAIT_OF_PROCESSOR } else { files::WAIT };
                Task::Count(Memory::File { path: file.into(), from, wait })
            }
            (false, None) => Task::Count(Memory::Descriptors),
        };
        Ok(Opts { task, year: year(args)?, files: args.operands.clone() })
    }
}

/// Does it.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    match opts.task {
        Task::Show { header } => table::show(&opts.files, header, out),
        Task::Count(memory) => count(&memory, &opts.files, opts.year, out),
    }
}

/// Copies the logs, and only when every byte is written adds what they say to the totals.
fn count(
    memory: &Memory,
    files: &[OsString],
    year: Option<i64>,
    out: &mut Out,
) -> Result<(), Stop> {
    let logs = copy(files, year, out)?;
    out.flush()?;
    // multilog deletes the state when it leaves a log out
    let adjacent = files.is_empty() && matches!(memory, Memory::Descriptors);
    // what could not be read as a whole will be read again, and would count twice
    if out.failed() {
        return Ok(());
    }
    let updated = if logs.is_empty() {
        memory.pass_on(out)
    } else {
        memory.update(out, |state, out| add(&logs, adjacent, state, out))
    };
    // whoever runs us on a stream would run us again for ever, and mail would wait
    match updated {
        Err(Stop::Usage(subject, what)) if files.is_empty() => out.note(subject, what),
        Err(Stop::Io(subject, error)) if files.is_empty() => out.note(subject, reason(&error)),
        updated => return updated,
    }
    Ok(())
}

/// Adds what the logs say to the totals.
fn add(logs: &[(String, Summary)], adjacent: bool, state: &mut State, out: &mut Out) {
    for (name, log) in logs {
        let before = state.count();
        match state.add(log, adjacent) {
            Err(why) => out.note(name, why),
            // what has no end may be a verdict with the next log
            Ok(()) if state.count() == before && log.tail.is_empty() && log.unknown.is_none() => {
                out.note(name, "no verdict of qpsmtpd in this log");
            }
            Ok(()) => {}
        }
        if let Some((place, why)) = &log.unknown {
            out.note(place, *why);
        }
    }
}

/// Copies the input to the output; gives what each log in it says, with its name.
fn copy(
    files: &[OsString],
    year: Option<i64>,
    out: &mut Out,
) -> Result<Vec<(String, Summary)>, Stop> {
    let stdin = [OsString::from("-")];
    let files = if files.is_empty() { &stdin } else { files };
    let mut logs: Vec<(String, Summary)> = Vec::new();
    let mut calendar = Calendar::new(Zone::local(), year);
    // one by one, for where one ends without a line end the next may go on
    for (file, number) in files.iter().zip(1..) {
        Input::new(std::slice::from_ref(file)).for_each_line(out, |line, out| {
            if line.number == 1 {
                logs.push((name_of(line.file), Summary::default()));
            }
            if let Some((_, log)) = logs.last_mut() {
                log.take(line, &mut calendar);
            }
            out.buffer().extend_from_slice(line.text);
            if line.ended || number < files.len() {
                out.buffer().push(b'\n');
            }
            Ok(())
        })?;
    }
    Ok(logs)
}
