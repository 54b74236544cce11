//! Finds the connections of qpsmtpd whose events match.

use std::ffi::OsString;

use common::filter::cli::{self, Args, Flag, Spec};
use common::filter::{Out, Stop};
use common::logs::qpsmtpd::{Connections, Event, Kind, Reader, Said};
use common::multilog::{At, Lines, PerLog};
use common::rows::TimeColumn;
use common::rows::schema::{Column, EventColumn, described};

mod matcher;

use matcher::Matcher;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "qploggrep",
    about: "Shows the events of the connections to qpsmtpd in which any event matches.",
    operands: "PATTERN [FILE|DIR ...]",
    flags: &[
        Flag::switch('E', "regexp", "PATTERN is a regular expression"),
        Flag::long_value("tld", "NAME", "match a TLD of sender or HELO, not PATTERN"),
        Flag::long("only", "only the events that match"),
        cli::HEADER,
        cli::JSON,
        cli::TIME,
        cli::YEAR,
    ],
};

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    matcher: Matcher,
    only: bool,
    header: bool,
    time: TimeColumn,
    files: Vec<OsString>,
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let mut files = args.operands.clone();
        let matcher = match args.value("tld") {
            Some(_) if args.has("regexp") => {
                return Err(Stop::usage("--regexp", "not with --tld, which takes no PATTERN"));
            }
            Some(name) => Matcher::tld(name),
            None if files.is_empty() => return Err(Stop::usage("PATTERN", "is required")),
            None => Matcher::pattern(&files.remove(0), args.has("regexp"))?,
        };
        Ok(Opts {
            matcher,
            only: args.has("only"),
            header: args.has("header"),
            time: TimeColumn::new(args)?,
            files,
        })
    }
}

/// Writes the event rows of the connections that match.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    out.name_columns(opts.header, described(EventColumn::ALL));
    let mut search = Search {
        matcher: opts.matcher,
        only: opts.only,
        time: opts.time,
        connections: PerLog::default(),
        begun: 0,
        found: false,
    };
    let (mut lines, mut reader) = (Lines::new(&opts.files, At::End), Reader::new()?);
    lines.for_each(out, |line, first, out| {
        search.connections.enter(line.file);
        reader.read(line, first, out, |line, said, out| match said {
            Said::Gone(pid) => search.ended(pid, out),
            Said::Event(event) => search.event(line, &event, out),
        })
    })?;
    reader.close(lines.count(), out)?;
    search.close(out);
    Ok(())
}

/// The rows of one connection so far.
#[derive(Debug, Default)]
struct Rows {
    text: Vec<u8>,
    matched: bool,
    /// Its place among the connections that began; 0 before its first event.
    number: u64,
}

/// What is known while lines come.
struct Search {
    matcher: Matcher,
    only: bool,
    time: TimeColumn,
    /// Those of each log: two have the same process numbers.
    connections: PerLog<Connections<Rows>>,
    begun: u64,
    found: bool,
}

impl Search {
    fn event(&mut self, line: &[u8], event: &Event<'_>, out: &mut Out) {
        if let Some(over) = self.connections.now().over(event) {
            self.print(&over.kept, out);
        }
        if event.stands_alone() {
            let mut alone = Rows::default();
            self.add(line, event, event.ip, &mut alone);
            return self.print(&alone, out);
        }
        let connection = self.connections.now().of(event);
        let (ip, mut rows) = (connection.ip.clone(), std::mem::take(&mut connection.kept));
        if rows.number == 0 {
            self.begun += 1;
            rows.number = self.begun;
        }
        self.add(line, event, &ip, &mut rows);
        if self.only {
            // nothing is kept: what matched is printed at once
            self.print(&rows, out);
            rows = Rows { number: rows.number, ..Rows::default() };
        }
        self.connections.now().of(event).kept = rows;
        if matches!(event.kind, Kind::Time(_)) {
            self.ended(event.pid, out);
        }
    }

    fn add(&mut self, line: &[u8], event: &Event<'_>, ip: &[u8], rows: &mut Rows) {
        let start = rows.text.len();
        event.write(ip, &mut self.time, &mut rows.text);
        let row = rows.text[start..].trim_ascii_end();
        rows.matched = rows.matched || self.matcher.matches(line, event, row);
    }

    fn ended(&mut self, pid: &[u8], out: &mut Out) {
        if let Some(ended) = self.connections.now().end(pid) {
            self.print(&ended.kept, out);
        }
    }

    fn print(&mut self, rows: &Rows, out: &mut Out) {
        if rows.matched {
            self.found = true;
            out.buffer().extend_from_slice(&rows.text);
        }
    }

    /// Prints the connections that are still open, in the order in which they began.
    fn close(mut self, out: &mut Out) {
        let open =
            std::mem::take(&mut self.connections).into_all().flat_map(Connections::into_open);
        let mut open: Vec<Rows> = open.map(|connection| connection.kept).collect();
        open.sort_by_key(|rows| rows.number);
        for rows in &open {
            self.print(rows, out);
        }
        if !self.found {
            out.answer_no();
        }
    }
}
