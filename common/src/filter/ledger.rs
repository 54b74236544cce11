//! Every line is accounted for: lines = used + skipped + rejected.
//!
//! The reader counts the lines, the tool reports those that gave nothing; the rest was used.

use crate::filter::cli::Args;
use crate::filter::fault::Fault;
use crate::filter::line::Line;
use crate::filter::out::Out;
use crate::filter::side_file::{SideFile, SideName};
use crate::filter::stop::{Stop, counted};

/// What a rejected line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rejection {
    /// It is reported.
    Reported,
    /// The status is 1, too.
    No,
    /// Nothing else is written, and the status is 1.
    Refusal,
}

/// What is to be done about lines that give no record, as the flags
/// [`REJECTS`](crate::filter::cli::REJECTS), [`STRICT`](crate::filter::cli::STRICT) and
/// [`QUIET`](crate::filter::cli::QUIET) say, which the tool's SPEC must have.
#[derive(Debug)]
pub struct Policy {
    rejects: Option<SideName>,
    rejection: Rejection,
    quiet: bool,
}

impl Policy {
    /// What the command line says.
    pub fn new(args: &Args) -> Self {
        let rejection = if args.has("strict") { Rejection::No } else { Rejection::Reported };
        let rejects = SideName::new(args, "rejects");
        Policy { rejects, rejection, quiet: args.has("quiet") }
    }

    /// The same for sums, of which none may be missing: a rejected line ends the tool before it writes
    /// anything, unless the command line has the flag [`LENIENT`](crate::filter::cli::LENIENT).
    pub fn of_sums(args: &Args) -> Self {
        let policy = Policy::new(args);
        if args.has("lenient") {
            policy
        } else {
            Policy { rejection: Rejection::Refusal, ..policy }
        }
    }

    /// For a tool without these flags: only what is never silent is reported.
    pub fn quiet() -> Self {
        Policy { rejects: None, rejection: Rejection::Reported, quiet: true }
    }
}

/// The lines that gave no record: counts them, keeps the rejected ones, and says in one line at the
/// end what became of all.
#[derive(Debug)]
pub struct Ledger {
    skipped: u64,
    rejected: u64,
    headers: u64,
    /// Place and reason of the first line that was skipped, of the first behind an unknown head,
    /// and of the first rejected.
    first_skipped: Option<(String, &'static str)>,
    first_unknown: Option<(String, &'static str)>,
    first_rejected: Option<(String, &'static str)>,
    rejects: Option<SideFile>,
    rejection: Rejection,
    quiet: bool,
}

impl Ledger {
    /// Opens the file for rejected lines, emptied, if one is wanted.
    pub fn open(policy: Policy) -> Result<Self, Stop> {
        let Policy { rejects, rejection, quiet } = policy;
        Ok(Ledger {
            skipped: 0,
            rejected: 0,
            headers: 0,
            first_skipped: None,
            first_unknown: None,
            first_rejected: None,
            rejects: rejects.map(SideName::create).transpose()?,
            rejection,
            quiet,
        })
    }

    /// Notes that a line named the columns: it is used, but is no record.
    pub fn take_header(&mut self) {
        self.headers += 1;
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
        if let Some(file) = &mut self.rejects {
            file.write(line.text)?;
            file.write(b"\n")?;
        }
        Ok(())
    }

    /// Completes the file of rejected lines; says in one line where the first line that gave
    /// nothing is and what became of all `lines` that were read. Rejected lines are a no under
    /// `--strict`; of sums they are an error, so that the tool writes nothing.
    pub fn close(mut self, lines: u64, out: &mut Out) -> Result<(), Stop> {
        if let Some(file) = self.rejects.take() {
            file.finish()?;
        }
        let Ledger { skipped, rejected, headers, rejection, .. } = self;
        let used = lines.saturating_sub(skipped + rejected);
        let is_refused = rejected > 0 && rejection == Rejection::Refusal;
        // an empty answer is never silent
        let first_skipped = self.first_skipped.filter(|_| !self.quiet || used <= headers);
        if let (Some((place, why)), true) = (&self.first_unknown, self.first_rejected.is_some()) {
            out.note(place, why);
        }
        if let Some((place, why)) = self.first_rejected.or(self.first_unknown).or(first_skipped) {
            let lines = counted(lines, "line");
            let sum = format!("{lines} = {used} used + {skipped} skipped + {rejected} rejected");
            let end = if is_refused { "; nothing is written" } else { "" };
            out.note(place, format!("{why}; {sum}{end}"));
        }
        if rejected > 0 {
            match rejection {
                Rejection::Reported => {}
                Rejection::No => out.answer_no(),
                Rejection::Refusal => return Err(Stop::No),
            }
        }
        Ok(())
    }
}
