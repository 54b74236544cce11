//! Writes the lines of log directories, each once and in time order, while the logs are written and
//! rotated.

use std::ffi::OsString;
use std::path::PathBuf;

use common::filter::cli::{Args, Flag, QUIET, STATE_FROM, Spec, YEAR};
use common::filter::{Out, Stop, counted, name_of};
use common::logs::prefix;
use common::multilog::{At, LineTimes, Log, Merge, Window, label_of, pause};
use common::rows::year;
use common::time::{Calendar, Instant, Zone, label, window};

mod gaps;
mod state;
mod totals;

use state::{Named, State};
use totals::Totals;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "multilog-cat",
    about: "Writes the lines of log directories in time order.",
    operands: "[DIR|FILE ...]",
    flags: &[
        Flag::long_value("since", "TIME", "begin with the first line of this time or later"),
        Flag::long_value("until", "TIME", "end before the first line of this time or later"),
        YEAR,
        Flag::switch('s', "s6", "for TIMEs: labels of s6-log, with leap seconds"),
        Flag::switch('F', "follow", "wait for more lines, through rotations"),
        Flag::long_value("state", "FILE", "only lines since the last run with FILE"),
        STATE_FROM,
        Flag::long("strict", "exit 1 if lines may be missing"),
        QUIET,
    ],
};

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    window: Window,
    /// Labels count leap seconds.
    s6: bool,
    at: At,
    state: Named,
    strict: bool,
    quiet: bool,
    logs: Vec<OsString>,
}

impl Opts {
    /// Reads the arguments; all their errors are found by now.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let (now, mut zone) = (Instant::now(), Zone::local());
        let s6 = args.has("s6");
        let mut moment = |flag| {
            let parse = |text: &[u8]| {
                let found = window::moment(text, now, &mut zone)?;
                // a label is one of the log already
                let counts = s6 && !text.starts_with(b"@");
                Some(if counts { label::with_leap_seconds(found) } else { found })
            };
            Ok::<_, Stop>(args.parsed(flag, window::EXPECTED, parse)?.map(label_of))
        };
        let window = Window::new(moment("since")?, moment("until")?);
        let calendar = Calendar::new(Zone::local(), year(args)?);
        let window = window.by_stamps(LineTimes::new(prefix::stamps, calendar, s6));
        let follow = args.has("follow");
        if follow && args.has("state") {
            return Err(Stop::usage("--state", "makes no sense with --follow"));
        }
        let file = |flag| args.value(flag).map(PathBuf::from);
        let stdin = || vec![OsString::from("-")];
        Ok(Opts {
            window,
            s6,
            at: if follow { At::Follow } else { At::End },
            state: Named { to: file("state"), from: file("state-from") },
            strict: args.has("strict"),
            quiet: args.has("quiet"),
            logs: if args.operands.is_empty() { stdin() } else { args.operands.clone() },
        })
    }
}

/// Writes the lines of the logs to `out`.
pub fn run(opts: &Opts, out: &mut Out) -> Result<(), Stop> {
    let mut state = State::open(&opts.state, opts.strict, out)?;
    let logs = opts.logs.iter().map(|name| {
        let log = Log::open(name, opts.at, opts.window.clone());
        match state.as_ref().and_then(|state| state.position_of(name)) {
            Some(position) => log.resume(position),
            None => log,
        }
    });
    let mut merge = Merge::new(logs.collect(), state.is_none());
    let mut written = Written::new(opts.logs.len());
    if !opts.quiet && opts.at == At::End {
        out.begin_progress();
    }
    let mut told = false;
    while !merge.hand_out(out, |run, out| written.add(run.place, run.text, out))? {
        if !std::mem::replace(&mut told, true) {
            tell_gaps(opts, &mut merge, out);
        }
        pause(out)?;
    }
    out.flush()?;
    if let Some(state) = &mut state {
        state.keep(merge.logs(), out)?;
    }
    for (name, log) in opts.logs.iter().zip(merge.logs()) {
        if let Some(why) = log.hindrance() {
            out.note(name_of(name), format!("{why}; its lines cannot be found by time"));
        }
    }
    if !told {
        tell_gaps(opts, &mut merge, out);
    }
    // a log that is read on from a state often has nothing new
    let asks = opts.window.is_bounded() && state.is_none() && !opts.quiet;
    if asks && !written.any && !merge.logs().any(|log| log.hindrance().is_some()) {
        out.note("--since, --until", "no line is in this span of time");
    }
    for (name, totals) in opts.logs.iter().zip(&written.totals) {
        if totals.left_out > 0 && !opts.quiet {
            let lines = counted(totals.left_out, "line");
            out.note(name_of(name), format!("{lines} of qplogsumm left out"));
        }
    }
    Ok(())
}

/// Says what may be missing in the logs.
fn tell_gaps(opts: &Opts, merge: &mut Merge, out: &mut Out) {
    for (name, log) in opts.logs.iter().zip(merge.logs()) {
        let Some(gap) = log.gap() else { continue };
        if let Some(words) = gaps::words(gap, opts.s6) {
            out.note(name_of(name), words);
        }
        if opts.strict {
            out.answer_no();
        }
    }
}

/// From this size on lines are written as they stand in the input's buffer.
const LARGE: usize = 64 * 1024;

/// What is known of the lines that were written.
struct Written {
    /// Of each log.
    totals: Vec<Totals>,
    /// Anything was written.
    any: bool,
    /// The last line has no end.
    unended: bool,
}

impl Written {
    fn new(logs: usize) -> Self {
        Written {
            totals: (0..logs).map(|_| Totals::default()).collect(),
            any: false,
            unended: false,
        }
    }

    fn add(&mut self, log: usize, lines: &[u8], out: &mut Out) -> Result<(), Stop> {
        self.totals[log].take_out(lines, |lines| {
            self.any |= !lines.is_empty();
            if std::mem::replace(&mut self.unended, !lines.ends_with(b"\n")) {
                out.buffer().push(b'\n');
            }
            if lines.len() < LARGE {
                out.buffer().extend_from_slice(lines);
                return out.flush_if_full();
            }
            out.write(lines)
        })
    }
}
