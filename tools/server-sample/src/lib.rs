//! server-sample: the load of a mail server, a row at a time.

mod connections;
mod cpu;
mod group;
mod paced;
mod processes;
mod queue;
mod sampler;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::bytes::digits::number;
use common::bytes::tsv;
use common::filter::cli::{Args, FIELDS, Flag, HEADER, JSON, Spec, TIME};
use common::filter::{Out, Stop};
use common::rows::TimeColumn;
use common::rows::schema::{self, SampleColumn};
use common::time::Stamp;

use group::Choice;
use sampler::{Sample, Sampler};

/// The command line.
pub static SPEC: Spec = Spec {
    name: "server-sample",
    about: "Writes rows about the load of a mail server: processes, connections, queue.",
    operands: "",
    flags: &[
        HEADER,
        JSON,
        FIELDS.of(schema::all_names::<SampleColumn>),
        Flag { help: "form of times (default: UNIX seconds)", ..TIME },
        Flag::long_value("host", "NAME", "the server's name (default: uname -n)"),
        Flag::long_value("every", "SECONDS", "length of an interval (10); 0: now"),
        Flag::long_value("count", "N", "number of rows (1); 0: forever"),
        Flag::long_value("cgroup", "DIR", "only processes of this control group"),
        Flag::long_value("name", "LIST", "only processes of these programs"),
        Flag::long_value("user", "LIST", "only processes of these users"),
        Flag::long_value("ports", "LIST", "connections to these ports"),
        Flag::long_value("queue", "DIR", "the queue (/var/qmail/queue)"),
    ],
};

const QUEUE: &str = "/var/qmail/queue";
/// A day; longer intervals are of no use, and the clock has an end.
const LONGEST_SECONDS: u64 = 86_400;

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    header: bool,
    columns: Vec<SampleColumn>,
    time: String,
    host: Option<Vec<u8>>,
    every: Duration,
    /// 0 has no end.
    count: u64,
    choice: Choice,
    ports: Vec<u16>,
    queue: PathBuf,
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        if let Some(operand) = args.operands.first() {
            return Err(Stop::usage(tsv::visible(operand.as_bytes()), "takes no operands"));
        }
        let seconds = |text: &[u8]| number(text).filter(|seconds| *seconds <= LONGEST_SECONDS);
        let every = args.parsed("every", "a number of seconds up to 86400", seconds)?;
        let count = args.parsed("count", "a number", number)?;
        if (every, count) == (Some(0), Some(0)) {
            return Err(Stop::usage("--every=0", "not with --count=0, which never ends"));
        }
        let ports = args.parsed("ports", "a list of port numbers", connections::ports)?;
        Ok(Opts {
            header: args.has("header"),
            columns: schema::fields(args)?,
            time: args.choice("time").to_owned(),
            host: args.value("host").map(|name| name.as_bytes().to_vec()),
            every: Duration::from_secs(every.unwrap_or(10)),
            count: count.unwrap_or(1),
            choice: Choice::new(args)?,
            ports: ports.unwrap_or_else(|| connections::PORTS.to_vec()),
            queue: args.value("queue").unwrap_or(OsStr::new(QUEUE)).into(),
        })
    }
}

/// Writes a row at the end of each interval.
pub fn run(opts: &Opts, out: &mut Out) -> Result<(), Stop> {
    let mut due = Instant::now();
    let mut sampler = Sampler::start(opts)?;
    let mut rows = Rows::new(opts);
    out.name_columns(opts.header, schema::described(&opts.columns));
    let mut written = 0;
    while opts.count == 0 || written < opts.count {
        out.flush()?;
        let now = Instant::now();
        due += opts.every;
        // a row that was due while the machine slept is not made up for
        if due < now {
            due = now + opts.every;
        }
        sleep(due.saturating_duration_since(now));
        let sample = sampler.take();
        let asked = opts.columns.contains(&SampleColumn::Processes);
        if written == 0 && asked && sample.processes.is_none_or(|count| count == 0) {
            out.note("", "no process of the group can be seen");
        }
        rows.write(&sample, out);
        written += 1;
    }
    out.flush()
}

/// The form of the rows.
struct Rows<'a> {
    columns: &'a [SampleColumn],
    time: TimeColumn,
    host: Vec<u8>,
}

impl<'a> Rows<'a> {
    fn new(opts: &'a Opts) -> Self {
        let host = opts.host.clone();
        Rows {
            columns: &opts.columns,
            time: TimeColumn::named(&opts.time),
            host: host.unwrap_or_else(|| rustix::system::uname().nodename().to_bytes().to_vec()),
        }
    }

    fn write(&mut self, sample: &Sample, out: &mut Out) {
        let seconds = sample.time.seconds.to_string();
        let mut row = out.row();
        for column in self.columns {
            let number = match column {
                SampleColumn::Time => {
                    // the clock of the machine is never out of range
                    let _ = self.time.write(Stamp::whole(seconds.as_bytes()), &mut row);
                    continue;
                }
                SampleColumn::Host => {
                    row.field(&self.host);
                    continue;
                }
                SampleColumn::IntervalMs => Some(sample.interval_ms),
                SampleColumn::CpuMs => sample.cpu_ms,
                SampleColumn::MemoryKib => sample.memory_kib,
                SampleColumn::OpenFiles => sample.open_files,
                SampleColumn::Processes => sample.processes,
                SampleColumn::Threads => sample.threads,
                SampleColumn::Connections => sample.connections,
                SampleColumn::Queue => sample.queue,
                SampleColumn::Todo => sample.todo,
            };
            match number {
                Some(number) => row.number(number),
                None => row.field(b""),
            };
        }
        row.end();
    }
}
