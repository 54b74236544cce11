//! Takes one sample after the other; each covers the time since the one before.

use std::time::Instant as Moment;

use common::filter::Stop;
use common::time::Instant;

use crate::connections::established;
use crate::cpu::Account;
use crate::group::{Group, Usage};
use crate::paced::Paced;
use crate::processes::Table;
use crate::{Opts, queue};

/// What was found at the end of one interval; `None` is what cannot be read.
#[derive(Debug)]
pub struct Sample {
    /// The end of the interval.
    pub time: Instant,
    /// Its length.
    pub interval_ms: u64,
    /// What the group used in it.
    pub cpu_ms: Option<u64>,
    /// Proportional set size of the group.
    pub memory_kib: Option<u64>,
    /// Open descriptors of the group.
    pub open_files: Option<u64>,
    /// How many processes it has.
    pub processes: Option<u64>,
    /// How many threads these have.
    pub threads: Option<u64>,
    /// Established connections to the ports of mail.
    pub connections: Option<u64>,
    /// Messages in the queue.
    pub queue: Option<u64>,
    /// Messages that qmail-send has not yet taken up.
    pub todo: Option<u64>,
}

/// The state from one sample to the next.
#[derive(Debug)]
pub struct Sampler<'a> {
    opts: &'a Opts,
    group: Group,
    began: Moment,
    /// The end of the last interval, since it began.
    passed_ms: u64,
    /// Counts the group's ticks; `None` while its processes cannot be seen.
    account: Option<Account>,
    /// What the control group had used when that was last read.
    usage: Option<Usage>,
    /// What the group used in all intervals: of its whole milliseconds none is lost.
    used_micros: u64,
    memory: Paced,
    connections: Paced,
}

impl<'a> Sampler<'a> {
    /// Begins the first interval.
    pub fn start(opts: &'a Opts) -> Result<Self, Stop> {
        let group = Group::new(&opts.choice)?;
        Ok(Sampler {
            opts,
            began: Moment::now(),
            passed_ms: 0,
            account: Table::read(&group).ok().map(|table| Account::open(table.times)),
            usage: group.usage(),
            used_micros: 0,
            memory: Paced::default(),
            connections: Paced::default(),
            group,
        })
    }

    /// Ends an interval, and begins the next.
    pub fn take(&mut self) -> Sample {
        let time = Instant::now();
        let passed_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let interval_ms = passed_ms.saturating_sub(self.passed_ms);
        self.passed_ms = passed_ms;
        let mut table = Table::read(&self.group).ok();
        let cpu_ms = self.cpu_ms(table.as_mut());
        let table = table.as_ref();
        Sample {
            time,
            interval_ms,
            cpu_ms,
            memory_kib: table.and_then(|table| self.memory.get(|| table.memory_kib())),
            open_files: table.and_then(Table::open_files),
            processes: table.map(|table| table.members.len() as u64),
            threads: table.map(|table| table.threads),
            connections: self.connections.get(|| established(&self.opts.ports).ok()),
            queue: queue::messages(&self.opts.queue).ok(),
            todo: queue::todo(&self.opts.queue).ok(),
        }
    }

    /// What the group used since this was last asked.
    fn cpu_ms(&mut self, table: Option<&mut Table>) -> Option<u64> {
        let micros = self.cpu_micros(table)?;
        let before = self.used_micros / 1000;
        self.used_micros = self.used_micros.saturating_add(micros);
        Some(self.used_micros / 1000 - before)
    }

    fn cpu_micros(&mut self, table: Option<&mut Table>) -> Option<u64> {
        let times = table.map(|table| std::mem::take(&mut table.times));
        let ticks = match (self.account.as_mut(), times) {
            (Some(account), Some(times)) => Some(account.count(times)),
            (_, times) => {
                self.account = times.map(Account::open);
                None
            }
        };
        if let Some(usage) = self.group.usage() {
            return Some(usage.since(self.usage.replace(usage)));
        }
        Some(ticks?.saturating_mul(1_000_000) / procfs::ticks_per_second())
    }
}
