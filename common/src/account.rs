//! Every line is accounted for: lines = used + skipped + rejected.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::cli::Args;
use crate::columns::Row;
use crate::io::{Input, Line, Out, name_of};
use crate::stop::Stop;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is a record and was used.
    Used,
    /// It is no record of the kind that the tool reads; why not.
    Skipped(&'static str),
    /// It looks like a record, but is broken; why.
    Rejected(&'static str),
}

/// Counts what became of the lines, keeps the rejected ones, tells it all in one line at the end.
///
/// Reads the flags [`REJECTS`](crate::cli::REJECTS), [`STRICT`](crate::cli::STRICT) and
/// [`QUIET`](crate::cli::QUIET), which the tool's SPEC must have.
#[derive(Debug)]
pub struct Account {
    used: u64,
    skipped: u64,
    rejected: u64,
    /// Place and reason of the first line that was skipped, and of the first rejected.
    first_skipped: Option<(String, &'static str)>,
    first_rejected: Option<(String, &'static str)>,
    rejects: Option<(PathBuf, BufWriter<File>)>,
    strict: bool,
    quiet: bool,
}

impl Account {
    /// Opens the file for rejected lines, emptied, if one is wanted.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let rejects = match args.value("rejects") {
            None => None,
            Some(name) => Some(create(Path::new(name), args)?),
        };
        Ok(Account {
            used: 0,
            skipped: 0,
            rejected: 0,
            first_skipped: None,
            first_rejected: None,
            rejects,
            strict: args.has("strict"),
            quiet: args.has("quiet"),
        })
    }

    /// Hands every line to `each` and books its verdict.
    pub fn read<F>(&mut self, input: &mut Input, out: &mut Out, mut each: F) -> Result<(), Stop>
    where
        F: FnMut(Line<'_>, &mut Out) -> Result<Verdict, Stop>,
    {
        input.for_each_line(out, |line, out| {
            let verdict = each(line, out)?;
            self.book(line, verdict)
        })
    }

    /// Books the verdict on one line, for tools that find it only when they have seen more lines.
    #[inline]
    pub fn book(&mut self, line: Line<'_>, verdict: Verdict) -> Result<(), Stop> {
        match verdict {
            Verdict::Used => {
                self.used += 1;
                Ok(())
            }
            Verdict::Skipped(why) => {
                self.skip(&line, why);
                Ok(())
            }
            Verdict::Rejected(why) => self.reject(&line, why),
        }
    }

    /// The same for a row.
    #[inline(always)]
    pub fn book_row(&mut self, row: &Row<'_>, verdict: Verdict) -> Result<(), Stop> {
        // no line is made of those that need none
        if verdict != Verdict::Used {
            return self.book(row.line(), verdict);
        }
        self.used += 1;
        Ok(())
    }

    fn skip(&mut self, line: &Line<'_>, why: &'static str) {
        self.skipped += 1;
        self.first_skipped.get_or_insert_with(|| (line.place(), why));
    }

    /// Books many lines at once: so many used, and so many skipped for one reason, of which
    /// `first` tells the place of the first.
    pub fn book_many(
        &mut self,
        used: u64,
        skipped: u64,
        why: &'static str,
        first: impl FnOnce() -> String,
    ) {
        self.used += used;
        self.skipped += skipped;
        if skipped > 0 {
            self.first_skipped.get_or_insert_with(|| (first(), why));
        }
    }

    #[cold]
    fn reject(&mut self, line: &Line<'_>, why: &'static str) -> Result<(), Stop> {
        self.rejected += 1;
        self.first_rejected.get_or_insert_with(|| (line.place(), why));
        if let Some((path, file)) = &mut self.rejects {
            file.write_all(line.text)
                .and_then(|()| file.write_all(b"\n"))
                .map_err(Stop::io(path))?;
        }
        Ok(())
    }

    /// Completes the file of rejected lines; says in one line where the first odd line is and how
    /// the sum goes; under `--strict` rejected lines are a no.
    pub fn close(mut self, out: &mut Out) -> Result<(), Stop> {
        if let Some((path, file)) = &mut self.rejects {
            file.flush().map_err(Stop::io(path))?;
        }
        if self.strict && self.rejected > 0 {
            out.answer_no();
        }
        let skipped = self.first_skipped.filter(|_| !self.quiet);
        if let Some((place, why)) = self.first_rejected.or(skipped) {
            let lines = self.used + self.skipped + self.rejected;
            let sum = format!(
                "{lines} lines = {} used + {} skipped + {} rejected",
                self.used, self.skipped, self.rejected
            );
            out.note(place, format!("{why}; {sum}"));
        }
        Ok(())
    }
}

/// Makes the file for rejected lines, or empties it; never if it is another file of the command
/// line, or standard input.
fn create(path: &Path, args: &Args) -> Result<(PathBuf, BufWriter<File>), Stop> {
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
    let named = args.operands.iter().map(OsString::as_os_str).chain(args.values_but("rejects"));
    if named.map(fs::metadata).any(is_own) || is_own(open(io::stdin().as_fd())) && own.is_file() {
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
    Ok((path.to_owned(), BufWriter::new(file)))
}
