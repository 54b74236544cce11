//! Counts the dispositions of qpsmtpd's log over its rotations, as multilog's processor or by hand.

use std::ffi::OsString;
use std::path::PathBuf;

use common::cli::{Args, Flag, Spec};
use common::io::{Input, Line, Out, name_of, reason};
use common::logterse;
use common::stop::Stop;
use common::time::stamp::Form;
use common::time::{Stamp, Zone};

mod memory;
mod state;
mod table;

use memory::Memory;
use state::{Log, label_of};

/// The command line.
pub static SPEC: Spec = Spec {
    name: "qplogsumm",
    about: "Copies qpsmtpd's log and adds its dispositions to totals that are kept.",
    operands: "[FILE ...]",
    flags: &[
        Flag::value('\0', "state", "FILE", "keep the totals in FILE, not on descriptors 4 and 5")
            .long_only(),
        Flag::switch('\0', "show", "print totals, read from the operands, as a table").long_only(),
        Flag::switch('H', "header", "name the columns of --show first"),
    ],
};

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    task: Task,
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
        let task = match (args.has("show"), args.value("state")) {
            (true, Some(_)) => return Err(Stop::usage("--show", "not with --state")),
            (true, None) => Task::Show { header: args.has("header") },
            (false, _) if args.has("header") => {
                return Err(Stop::usage("--header", "only with --show"));
            }
            (false, Some(file)) => Task::Count(Memory::File(PathBuf::from(file))),
            (false, None) => Task::Count(Memory::Descriptors),
        };
        Ok(Opts { task, files: args.operands.clone() })
    }
}

/// Does it.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    match opts.task {
        Task::Show { header } => table::show(&opts.files, header, out),
        Task::Count(memory) => count(&memory, &opts.files, out),
    }
}

/// Copies the logs, and only when every byte is written adds what they say to the totals.
fn count(memory: &Memory, files: &[OsString], out: &mut Out) -> Result<(), Stop> {
    let logs = copy(files, out)?;
    out.flush()?;
    // what could not be read as a whole will be read again, and would count twice
    if out.failed() || logs.is_empty() {
        return Ok(());
    }
    let told = memory.update(out, |state, out| {
        for (name, log) in &logs {
            if let Err(why) = state.add(log) {
                out.note(name, why);
            }
        }
    });
    // whoever runs us on a stream would run us again for ever, and mail would wait
    match told {
        Err(Stop::Usage(subject, what)) if files.is_empty() => out.note(subject, what),
        Err(Stop::Io(subject, error)) if files.is_empty() => out.note(subject, reason(&error)),
        told => return told,
    }
    Ok(())
}

/// Copies the input to the output; gives what each log in it says, with its name.
fn copy(files: &[OsString], out: &mut Out) -> Result<Vec<(String, Log)>, Stop> {
    let mut logs: Vec<(String, Log)> = Vec::new();
    let mut zone = Zone::local();
    Input::new(files).for_each_line(out, |line, out| {
        if line.number == 1 {
            logs.push((name_of(line.file), Log::default()));
        }
        if let Some((_, log)) = logs.last_mut() {
            note(line, log, &mut zone);
        }
        out.buffer().extend_from_slice(line.text);
        if line.ended {
            out.buffer().push(b'\n');
        }
        Ok(())
    })?;
    Ok(logs)
}

/// Counts a line if it is a verdict, and remembers when the log begins.
fn note(line: Line<'_>, log: &mut Log, zone: &mut Zone) {
    if !log.has_start()
        && let Some((stamp, _)) = Stamp::at_start(line.text)
        && is_time(stamp)
    {
        log.begin(label_of(stamp, zone));
    }
    if let Ok(record) = logterse::parse(line.text) {
        let stamp = record.head.stamp.filter(|stamp| is_time(*stamp));
        let label = stamp.map(|stamp| label_of(stamp, zone)).unwrap_or_default();
        log.count(record.disposition, &label);
    }
}

/// A number at the start of a line may be a process number.
fn is_time(stamp: Stamp<'_>) -> bool {
    stamp.form != Form::Unix || stamp.text.len() >= 9
}
