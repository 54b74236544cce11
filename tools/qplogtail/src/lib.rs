//! Shows the events of qpsmtpd's connections, as they come.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use common::filter::cli::{self, Args, Flag, Spec};
use common::filter::{Line, Out, Stop, name_of};
use common::logs::qpsmtpd::{Connections, Event, Kind, Reader, Said};
use common::multilog::{At, FirstLine, Lines, PerLog, pause};
use common::rows::TimeColumn;
use common::rows::schema::{Column, EventColumn, described};
use common::time::Instant;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "qplogtail",
    about: "Shows the events of qpsmtpd's connections; follows a log directory.",
    operands: "[FILE|DIR ...]",
    flags: &[
        cli::HEADER,
        cli::JSON,
        cli::TIME,
        cli::YEAR,
        Flag::value('n', "last", "N", "begin with the last N events (of a DIR: 10)"),
    ],
};

/// So many events of the past a log directory begins with.
const LAST: usize = 10;

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    header: bool,
    time: TimeColumn,
    last: Option<usize>,
    files: Vec<OsString>,
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse().ok();
        Ok(Opts {
            header: args.has("header"),
            time: TimeColumn::new(args)?,
            last: args.parsed("last", "a number", number)?,
            files: args.operands.clone(),
        })
    }
}

/// Writes an event row for each event.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { header, time, last, mut files } = opts;
    out.name_columns(header, described(EventColumn::ALL));
    let mut events = Events { time, connections: PerLog::default(), held: None };
    if files.iter().any(|file| Path::new(file).is_dir()) {
        // what has no `current` is no log; to wait for one there would be to wait for ever
        files.retain(|file| {
            let log = !Path::new(file).is_dir() || Path::new(file).join("current").exists();
            if !log {
                out.complain(name_of(file), "there is no log in this directory");
            }
            log
        });
        if !files.iter().any(|file| Path::new(file).is_dir()) {
            return if files.is_empty() { Ok(()) } else { events.filter(&files, last, out) };
        }
        return events.follow(&files, last.unwrap_or(LAST), out);
    }
    events.filter(&files, last, out)
}

/// What is known while lines come.
struct Events {
    time: TimeColumn,
    /// Those of each log: two have the same process numbers.
    connections: PerLog<Connections<()>>,
    /// The last few rows, as long as only the last few are wanted.
    held: Option<Held>,
}

struct Held {
    most: usize,
    /// By time, and by the order in which they came.
    rows: BTreeMap<(Option<Instant>, u64), Vec<u8>>,
    /// The time of the last that came.
    before: Option<Instant>,
    /// How many came.
    count: u64,
}

impl Events {
    /// All events, or the last few.
    fn filter(
        &mut self,
        files: &[OsString],
        last: Option<usize>,
        out: &mut Out,
    ) -> Result<(), Stop> {
        self.held = last.map(Held::new);
        let (mut lines, mut reader) = (Lines::new(files, At::End), Reader::new()?);
        lines.for_each(out, |line, first, out| self.line(&mut reader, line, first, out))?;
        self.let_go(out);
        reader.close(lines.count(), out)
    }

    /// The last few events that there are, and then all that come.
    fn follow(&mut self, files: &[OsString], last: usize, out: &mut Out) -> Result<(), Stop> {
        self.held = Some(Held::new(last));
        let (mut lines, mut reader) = (Lines::new(files, At::Follow), Reader::new()?);
        loop {
            let over =
                lines.hand_out(out, |line, first, out| self.line(&mut reader, line, first, out))?;
            self.let_go(out);
            if over {
                return reader.close(lines.count(), out);
            }
            pause(out)?;
        }
    }

    fn line(
        &mut self,
        reader: &mut Reader,
        line: Line<'_>,
        first: FirstLine,
        out: &mut Out,
    ) -> Result<(), Stop> {
        self.connections.enter(line.file);
        reader.read(line, first, out, |_, said, out| match said {
            Said::Gone(pid) => {
                self.connections.now().end(pid);
            }
            Said::Event(event) => self.event(&event, out),
        })
    }

    fn event(&mut self, event: &Event<'_>, out: &mut Out) {
        let connections = self.connections.now();
        connections.over(event);
        let ip = if event.stands_alone() { event.ip } else { &connections.of(event).ip };
        match &mut self.held {
            None => event.write(ip, &mut self.time, out.buffer()),
            Some(held) => {
                let mut row = Vec::new();
                event.write(ip, &mut self.time, &mut row);
                held.keep(event.stamp.and_then(|stamp| self.time.moment(stamp).ok()), row);
            }
        }
        if matches!(event.kind, Kind::Time(_)) {
            connections.end(event.pid);
        }
    }

    /// Prints what is held, and holds nothing from now on.
    fn let_go(&mut self, out: &mut Out) {
        for row in self.held.take().into_iter().flat_map(|held| held.rows.into_values()) {
            out.buffer().extend_from_slice(&row);
        }
    }
}

impl Held {
    fn new(most: usize) -> Self {
        Held { most, rows: BTreeMap::new(), before: None, count: 0 }
    }

    /// Keeps one more row, in place of the oldest if there are enough. One without a time has that
    /// of the row before.
    fn keep(&mut self, time: Option<Instant>, row: Vec<u8>) {
        self.before = time.or(self.before);
        self.count += 1;
        self.rows.insert((self.before, self.count), row);
        if self.rows.len() > self.most {
            self.rows.pop_first();
        }
    }
}
