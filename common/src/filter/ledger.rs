//! Every line is accounted for: lines = used + skipped + rejected.
//!
//! The reader counts the lines, the tool reports those that gave nothing; the rest was used.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::filter::cli::Args;
use crate::filter::fault::Fault;
use crate::filter::line::Line;
use crate::filter::out::Out;
use crate::filter::stop::{Stop, name_of};

/// What is to be done about lines that give no record, as the flags
/// [`REJECTS`](crate::filter::cli::REJECTS), [`STRICT`](crate::filter::cli::STRICT) and
/// [`QUIET`](crate::filter::cli::QUIET) say, which the tool's SPEC must have.
#[derive(Debug)]
pub struct Policy {
    rejects: Option<PathBuf>,
    /// The operands, and the values of all other flags: none of them may be the file of rejects.
    others: Vec<OsString>,
    strict: bool,
    quiet: bool,
}

impl Policy {
    /// What the command line says.
    pub fn new(args: &Args) -> Self {
        let others =
            args.operands.iter().map(OsString::as_os_str).chain(args.values_but("rejects"));
        Policy {
            rejects: args.value("rejects").map(PathBuf::from),
            others: others.map(OsString::from).collect(),
            strict: args.has("strict"),
            quiet: args.has("quiet"),
        }
    }

    /// For a tool without these flags: only what is never silent is reported.
    pub fn quiet() -> Self {
        Policy { rejects: None, others: Vec::new(), strict: false, quiet: true }
    }
}

/// The lines that gave no record: counts them, keeps the rejected ones, and says in one line at the
/// end what became of all.
#[derive(Debug)]
pub struct Ledger {
    skipped: u64,
    rejected: u64,
    /// Place and reason of the first line that was skipped, of the first behind an unknown head,
    /// and of the first rejected.
    first_skipped: Option<(String, &'static str)>,
    first_unknown: Option<(String, &'static str)>,
    first_rejected: Option<(String, &'static str)>,
    rejects: Option<(PathBuf, BufWriter<File>)>,
    strict: bool,
    quiet: bool,
}

impl Ledger {
    /// Opens the file for rejected lines, emptied, if one is wanted.
    pub fn open(policy: Policy) -> Result<Self, Stop> {
        let Policy { rejects, others, strict, quiet } = policy;
        let rejects = match rejects {
            None => None,
            Some(path) => Some((BufWriter::new(create(&path, &others)?), path)),
        };
        Ok(Ledger {
            skipped: 0,
            rejected: 0,
            first_skipped: None,
            first_unknown: None,
            first_rejected: None,
            rejects: rejects.map(|(file, path)| (path, file)),
            strict,
            quiet,
        })
    }

    /// Reports a line that gave no record.
    #[cold]
    pub fn report(&mut self, line: Line<'_>, fault: Fault) -> Result<(), Stop> {
        match fault {
            Fault::Skip(why) => {
                self.skip(1, why, || line.place());
                Ok(())
            }
            Fault::UnknownHead(why) => {
                self.skipped += 1;
                self.first_unknown.get_or_insert_with(|| (line.place(), why));
                Ok(())
            }
            Fault::Reject(why) => self.reject(line, why),
        }
    }

    /// Reports that `count` lines were skipped for one reason; `first` gives the place of the
    /// first.
    pub fn skip(&mut self, count: u64, why: &'static str, first: impl FnOnce() -> String) {
        self.skipped += count;
        if count > 0 {
            self.first_skipped.get_or_insert_with(|| (first(), why));
        }
    }

    fn reject(&mut self, line: Line<'_>, why: &'static str) -> Result<(), Stop> {
        self.rejected += 1;
        self.first_rejected.get_or_insert_with(|| (line.place(), why));
        if let Some((path, file)) = &mut self.rejects {
            file.write_all(line.text)
                .and_then(|()| file.write_all(b"\n"))
                .map_err(Stop::io(path))?;
        }
        Ok(())
    }

    /// Completes the file of rejected lines; says in one line where the first line that gave
    /// nothing is and what became of all `lines` that were read; under `--strict` rejected lines are
    /// a no.
    pub fn close(mut self, lines: u64, out: &mut Out) -> Result<(), Stop> {
        if let Some((path, file)) = &mut self.rejects {
            file.flush().map_err(Stop::io(path))?;
        }
        if self.strict && self.rejected > 0 {
            out.answer_no();
        }
        let Ledger { skipped, rejected, .. } = self;
        let used = lines.saturating_sub(skipped + rejected);
        // an empty answer is never silent
        let first_skipped = self.first_skipped.filter(|_| !self.quiet || used == 0);
        if let (Some((place, why)), true) = (&self.first_unknown, self.first_rejected.is_some()) {
            out.note(place, why);
        }
        if let Some((place, why)) = self.first_rejected.or(self.first_unknown).or(first_skipped) {
            let sum =
                format!("{lines} lines = {used} used + {skipped} skipped + {rejected} rejected");
            out.note(place, format!("{why}; {sum}"));
        }
        Ok(())
    }
}

/// Makes the file for rejected lines, or empties it; never if it is one of the `others` of the
/// command line, or standard input.
fn create(path: &Path, others: &[OsString]) -> Result<File, Stop> {
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(Stop::io(path))?;
    let own = file.metadata().map_err(Stop::io(path))?;
    let is_own = |data: io::Result<fs::Metadata>| {
        data.is_ok_and(|data| (data.dev(), data.ino()) == (own.dev(), own.ino()))
    };
    let open = |fd: BorrowedFd<'_>| File::from(fd.try_clone_to_owned()?).metadata();
    let flag = || format!("--rejects={}", name_of(path.as_os_str()));
    let is_other = others.iter().map(fs::metadata).any(is_own);
    if is_other || is_own(open(io::stdin().as_fd())) && own.is_file() {
        return Err(Stop::usage(flag(), "is a file of the command line, or standard input"));
    }
    // nothing that others wrote to, such as a log of errors, is emptied
    let shared = is_own(open(io::stdout().as_fd())) || is_own(open(io::stderr().as_fd()));
    if own.is_file() && shared {
        return Err(Stop::usage(flag(), "is standard output or error"));
    }
    if own.is_file() {
        file.set_len(0).map_err(Stop::io(path))?;
    }
    Ok(file)
}
