//! From lines to rows: finds out what is one record, and whose it is.

use std::borrow::Cow;
use std::collections::BTreeSet;

use common::filter::{Fault, Ledger, Line, Out, OwnedLine, Stop};
use common::logs::courier;
use common::logs::prefix::{self, Opening, Prefix};
use common::logs::repeats::Repeats;
use common::logs::vchkpw;
use common::multilog::FirstLine;
use common::rows::session::SessionRows;
use common::time::{Instant, Stamp};

use crate::pending::State;
use crate::sessions::{MOST_OPEN, Now, Sessions};
use crate::sources::{self, Desk, Listener, Said, Source};

/// Logs that are being read.
#[derive(Debug)]
pub struct Log {
    /// Does the log go on in the input of the next run?
    pub goes_on: bool,
    /// Are rows of open sessions written at the end?
    pub writes_open: bool,
    /// The only program that is read, if one was named.
    pub only: Option<Source>,
    /// What is served at ports that do not say so.
    pub service: Vec<u8>,
    sessions: Sessions,
    /// Memory for the key of a session.
    key: Vec<u8>,
    listeners: [Listener; Source::ALL.len()],
    /// Hosts and programs whose last line syslog cut in two.
    cut: BTreeSet<[Vec<u8>; 2]>,
    repeats: Repeats,
    /// The last line, as far as it was written.
    unfinished: Vec<u8>,
    /// The first line of a file, until the next one shows whether it is one.
    first: Option<OwnedLine>,
    /// The last line that has a stamp.
    last: Vec<u8>,
    ledger: Ledger,
    /// Lines that were read whole.
    lines: u64,
}

impl Log {
    /// Logs that go on from `state`.
    pub fn new(state: State, rows: SessionRows, ledger: Ledger) -> Self {
        let mut sessions = Sessions::new(rows);
        for session in state.open {
            sessions.put(Box::new(session));
        }
        let mut repeats = Repeats::default();
        repeats.remember(&state.last);
        Log {
            goes_on: false,
            writes_open: false,
            only: None,
            service: Vec::new(),
            sessions,
            key: Vec::new(),
            listeners: state.listeners,
            cut: state.cut,
            repeats,
            unfinished: state.unfinished,
            first: None,
            last: Vec::new(),
            ledger,
            lines: 0,
        }
    }

    /// Reads a line of the input.
    pub fn line(&mut self, line: Line<'_>, out: &mut Out) -> Result<(), Stop> {
        if self.goes_on && !line.ended {
            self.unfinished.extend_from_slice(line.text);
            return Ok(());
        }
        if self.unfinished.is_empty() {
            return self.whole_line(line, out);
        }
        // its beginning is there, so it is no rest
        let mut whole = std::mem::take(&mut self.unfinished);
        whole.extend_from_slice(line.text);
        self.record(Line { text: &whole, ..line }, out)
    }

    /// Reads a line, or holds it until the next: multilog writes the rest of a line that it cut to
    /// the next file, and that rest may be all that a client said.
    fn whole_line(&mut self, line: Line<'_>, out: &mut Out) -> Result<(), Stop> {
        if line.number == 1 {
            self.release(out)?;
            if FirstLine::of(line.text, None) == FirstLine::Unknown {
                self.first = Some(line.into());
                return Ok(());
            }
        } else if let Some(first) = self.first.take() {
            if FirstLine::Unknown.before(line.text) == FirstLine::Rest {
                self.lines += 1;
                let fault = Fault::Skip("the rest of a line of another file");
                self.report(first.line(), fault)?;
            } else {
                self.record(first.line(), out)?;
            }
        }
        self.record(line, out)
    }

    /// Lets the first line of a file be a line.
    fn release(&mut self, out: &mut Out) -> Result<(), Stop> {
        match self.first.take() {
            Some(first) => self.record(first.line(), out),
            None => Ok(()),
        }
    }

    fn record(&mut self, line: Line<'_>, out: &mut Out) -> Result<(), Stop> {
        self.lines += 1;
        if self.is_rest(line.without_cr()) {
            // it may be repeated too
            self.repeats.remember(b"");
            return self.report(line, Fault::Skip("the rest of a line that syslog cut in two"));
        }
        let mut taken = Ok(());
        let read = sources::read(line.without_cr(), &mut |prefix, said| {
            taken = if let Said::Vchkpw(_) = said {
                self.take_without_password(line)
            } else {
                self.repeats.remember(line.text);
                self.take(line.text, prefix, said)
            };
        });
        let fault = match read {
            Ok(()) => taken,
            Err(fault) => match self.repeats.unfold(line.text) {
                None => {
                    self.repeats.remember(line.text);
                    self.note_time(line.text);
                    Err(fault)
                }
                Some(Err(fault)) => Err(fault),
                Some(Ok(again)) => self.again(&again.line, again.times, out)?,
            },
        };
        if !self.sessions.written.is_empty() {
            out.buffer().append(&mut self.sessions.written);
        }
        match fault {
            Ok(()) => Ok(()),
            Err(fault) => self.report(line, fault),
        }
    }

    /// Counts a line that gave nothing.
    fn report(&mut self, line: Line<'_>, fault: Fault) -> Result<(), Stop> {
        let text = without_password(line.text);
        self.ledger.report(Line { text: &text, ..line }, fault)
    }

    /// Is it the rest of a line that syslog cut in two? It holds what a client chose.
    fn is_rest(&mut self, line: &[u8]) -> bool {
        if self.cut.is_empty() {
            return false;
        }
        let found = prefix::find(line, Opening::OwnWords, |prefix| {
            let program = program(prefix);
            self.cut.contains(&program).then_some((program, prefix.text))
        });
        let Some((program, text)) = found else { return false };
        if !courier::is_cut(text) {
            self.cut.remove(&program);
        }
        true
    }

    /// Takes in a line that may hold a password, which nothing gets to see.
    fn take_without_password(&mut self, line: Line<'_>) -> Result<(), Fault> {
        let text = without_password(line.text);
        self.repeats.remember(&text);
        self.read_again(&text)
    }

    /// Takes in a line that is known to say something.
    fn read_again(&mut self, line: &[u8]) -> Result<(), Fault> {
        let mut taken = Ok(());
        sources::read(line, &mut |prefix, said| taken = self.take(line, prefix, said))?;
        taken
    }

    /// The last line that has a time says until when open sessions are counted, whose ever it is.
    fn note_time(&mut self, line: &[u8]) {
        if self.writes_open
            && let Some([_, stamp]) = prefix::stamps(line)
            && self.sessions.moment(stamp).is_ok()
        {
            line.clone_into(&mut self.last);
        }
    }

    /// Takes in a line that came several times.
    fn again(&mut self, line: &[u8], times: u64, out: &mut Out) -> Result<Result<(), Fault>, Stop> {
        for _ in 0..times {
            let taken = self.read_again(line);
            if taken.is_err() {
                return Ok(taken);
            }
            out.buffer().append(&mut self.sessions.written);
            out.flush_if_full()?;
        }
        Ok(Ok(()))
    }

    /// Takes in what a line says.
    // each line comes here, and a call costs as much as what is done
    #[inline(always)]
    fn take(&mut self, line: &[u8], prefix: &Prefix<'_>, said: Said<'_>) -> Result<(), Fault> {
        if matches!(said, Said::Courier(courier::Event::Cut)) {
            self.cut.insert(program(prefix));
        }
        let source = said.source();
        if self.only.is_some_and(|only| only != source) {
            self.note_time(line);
            return Err(Fault::Skip("a line of another program than --source names"));
        }
        let moment = self.moment(prefix.stamp)?;
        if self.writes_open && moment.is_some() {
            line.clone_into(&mut self.last);
        }
        if let Some(moment) = moment {
            self.sessions.expire(moment)?;
        }
        let listener = &mut self.listeners[source as usize];
        let (sessions, service) = (&mut self.sessions, self.service.as_slice());
        let now = Now { stamp: prefix.stamp, moment, host: prefix.host };
        said.take(&mut Desk { now, sessions, listener, service, key: &mut self.key })
    }

    #[inline(always)]
    fn moment(&mut self, stamp: Option<Stamp<'_>>) -> Result<Option<Instant>, Fault> {
        stamp.map(|stamp| self.sessions.moment(stamp)).transpose()
    }

    /// Writes the rows of what is open, tells what became of the lines, and gives what is open.
    pub fn end(mut self, quiet: bool, out: &mut Out) -> Result<State, Stop> {
        self.release(out)?;
        if self.writes_open {
            // the last stamp was good, or no row would have come of it
            let _ = self.write_open();
            out.buffer().append(&mut self.sessions.written);
        }
        self.ledger.close(self.lines, out)?;
        tell(&self.sessions, out);
        if !quiet && (self.writes_open || !self.goes_on) {
            tell_open(&self.sessions, self.writes_open, out);
        }
        Ok(State {
            open: self.sessions.open().cloned().collect(),
            listeners: self.listeners,
            cut: self.cut,
            last: without_password(self.repeats.last()).into_owned(),
            unfinished: vchkpw::without_password_so_far(&self.unfinished)
                .unwrap_or(self.unfinished),
        })
    }

    fn write_open(&mut self) -> Result<(), Fault> {
        let last = std::mem::take(&mut self.last);
        let stamp = prefix::find(&last, Opening::OwnWords, |prefix| prefix.stamp);
        let now = Now { stamp, moment: self.moment(stamp)?, host: b"" };
        self.sessions.write_open(&now)?;
        for source in Source::ALL {
            let listener = &mut self.listeners[source as usize];
            let host = listener.host.clone();
            let now = Now { host: &host, ..now };
            let (sessions, service) = (&mut self.sessions, self.service.as_slice());
            let mut desk = Desk { now, sessions, listener, service, key: &mut self.key };
            desk.write_full(source)?;
        }
        Ok(())
    }
}

/// Says how many open sessions have no row, also where they should have.
fn tell_open(sessions: &Sessions, have_rows: bool, out: &mut Out) {
    let without = sessions.open().filter(|session| !have_rows || !session.is_known()).count();
    let why = if have_rows {
        "without a row: no line names the service yet"
    } else {
        "at the end; see --open and --pending"
    };
    if without > 0 {
        out.note("sessions", format!("{without} open {why}"));
    }
}

/// The host that a line names, and its program.
fn program(prefix: &Prefix<'_>) -> [Vec<u8>; 2] {
    [prefix.host, prefix.tag].map(<[u8]>::to_vec)
}

/// A line as it may be shown and kept.
fn without_password(line: &[u8]) -> Cow<'_, [u8]> {
    vchkpw::without_password(line).map_or(line.into(), Cow::from)
}

/// Says what did not end by a line of its own.
fn tell(sessions: &Sessions, out: &mut Out) {
    let odd = sessions.oddities;
    let told = [
        (odd.crowded_out, format!("lost, since more than {MOST_OPEN} were open")),
        (odd.silent, "lost, since nothing was heard for 14 days".into()),
        (odd.set_back, "ended before the start, since the clock was set back".into()),
    ];
    for (count, what) in told {
        if count > 0 {
            out.note("sessions", format!("{count} {what}"));
        }
    }
}
