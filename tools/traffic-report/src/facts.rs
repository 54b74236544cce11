//! The metric rows that were read: sums by their columns, in the order in which they are asked for.

use std::collections::BTreeMap;
use std::ops::Range;

use common::bytes::tsv;
use common::filter::{Fault, Stop};
use common::rows::metric::MetricRow;
use common::rows::normal::normal;
use common::rows::schema::MetricColumn;
use common::rows::table::InputRow;
use common::time::Day;
use hashbrown::HashMap;

use crate::names::{Name, Names};
use crate::window::Window;

/// The hour of a row that names none.
pub const NO_HOUR: u8 = u8::MAX;
/// How many rows are kept before equal keys are first added up.
const FIRST_SETTLING: usize = 1 << 16;

/// The services whose sessions are counted.
pub const SERVICES: [&[u8]; 9] =
    [b"smtp", b"submission", b"pop3", b"imap", b"webmail", b"remote", b"spamd", b"clamd", b"queue"];

/// What a number is of. Ordered as reports ask: a metric, a day, a host, a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// What was counted.
    pub metric: Name,
    /// The local day.
    pub day: Day,
    /// The mail server.
    pub host: Name,
    /// The program that logged it.
    pub source: Name,
    /// Whose it is; empty if nobody's, or if domains were not asked for.
    pub domain: Name,
    /// The address, likewise.
    pub user: Name,
    /// Which part of the metric.
    pub label: Name,
    /// The hour of the day, 0 to 23, or [`NO_HOUR`].
    pub hour: u8,
}

/// A number.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    /// What it is of.
    pub key: Key,
    /// The sum.
    pub value: u64,
}

/// On which days a source of a host counted a metric.
#[derive(Clone, Debug)]
pub struct Counter {
    /// The mail server.
    pub host: Name,
    /// The program.
    pub source: Name,
    /// In order.
    days: Vec<Day>,
}

impl Counter {
    /// Did it count on this day?
    pub fn counted(&self, day: Day) -> bool {
        self.days.binary_search(&day).is_ok()
    }

    /// Did it count on one of the 7 days before this one?
    pub fn counted_lately(&self, day: Day) -> bool {
        let before = self.days.partition_point(|counted| *counted < day);
        before > 0 && self.days[before - 1].0 >= day.0 - 7
    }
}

/// What the rows of a source name beside host and metric.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dimensions {
    /// Some row names a domain.
    pub domain: bool,
    /// Some row names a user.
    pub user: bool,
    /// Some row names an hour.
    pub hour: bool,
}

/// All numbers, and all names in them.
#[derive(Debug)]
pub struct Facts {
    /// The texts.
    pub names: Names,
    rows: Vec<Fact>,
    next_settling: usize,
    counters: HashMap<Name, Vec<Counter>>,
    dimensions: HashMap<(Name, Name), Dimensions>,
    days: Option<(Day, Day)>,
    window: Window,
}

impl Facts {
    /// None yet; rows that no report of this window looks at will be left out.
    pub fn new(window: Window) -> Self {
        Facts {
            names: Names::new(),
            rows: Vec::new(),
            next_settling: FIRST_SETTLING,
            counters: HashMap::new(),
            dimensions: HashMap::new(),
            days: None,
            window,
        }
    }

    /// Adds a row; says what is wrong with it.
    pub fn add(&mut self, row: &InputRow<'_>) -> Result<(), Fault> {
        let MetricRow { key: fields, day, value } = MetricRow::of_input(row)?;
        let mut written = Vec::new();
        let mut name = |column: MetricColumn| {
            let field = normal(fields[column as usize], &mut written);
            self.names.intern(column as usize, field.bytes())
        };
        let source = name(MetricColumn::Source);
        let hour = fields[MetricColumn::Hour as usize].number();
        let hour = hour.and_then(|hour| u8::try_from(hour).ok()).unwrap_or(NO_HOUR);
        let mut key = Key {
            metric: name(MetricColumn::Metric),
            day,
            host: name(MetricColumn::Host),
            source,
            domain: name(MetricColumn::Domain),
            user: name(MetricColumn::User),
            label: name(MetricColumn::Label),
            hour,
        };
        let named = self.dimensions.entry((key.host, source)).or_default();
        named.domain |= key.domain != Name::EMPTY;
        named.user |= key.user != Name::EMPTY;
        named.hour |= hour != NO_HOUR;
        let (first, last) = self.days.get_or_insert((day, day));
        (*first, *last) = ((*first).min(day), (*last).max(day));
        let metric = key.metric;
        if self.window.keeps(&mut key, self.names.text(metric)) {
            self.rows.push(Fact { key, value });
        }
        Ok(())
    }

    /// Adds up equal keys from time to time, so that memory grows with the keys.
    pub fn settle_if_many(&mut self) -> Result<(), Stop> {
        if self.rows.len() < self.next_settling {
            return Ok(());
        }
        self.settle()?;
        self.next_settling = FIRST_SETTLING.max(2 * self.rows.len());
        Ok(())
    }

    fn settle(&mut self) -> Result<(), Stop> {
        self.rows.sort_unstable_by_key(|fact| fact.key);
        let mut too_much = None;
        self.rows.dedup_by(|next, sum| {
            if next.key != sum.key {
                return false;
            }
            match sum.value.checked_add(next.value) {
                Some(value) => sum.value = value,
                None => too_much = too_much.or(Some(sum.key)),
            }
            true
        });
        too_much.map_or(Ok(()), |key| Err(self.too_much(&key)))
    }

    #[cold]
    fn too_much(&self, key: &Key) -> Stop {
        let hour = if key.hour == NO_HOUR { String::new() } else { format!("{:02}", key.hour) };
        let names = [key.host, key.domain, key.user, key.source, key.metric, key.label];
        let names = names.map(|name| tsv::visible(self.names.text(name)));
        let subject = format!("{},{hour},{}", key.day, names.join(","));
        Stop::usage(subject, "the sum needs more than 64 bits")
    }

    /// All rows are read.
    pub fn close(&mut self) -> Result<(), Stop> {
        self.settle()?;
        let mut days: BTreeMap<(Name, Name, Name), Vec<Day>> = BTreeMap::new();
        for Fact { key, .. } in self.rows.iter().filter(|fact| fact.key.is_of_a_day()) {
            days.entry((key.metric, key.host, key.source)).or_default().push(key.day);
        }
        for ((metric, host, source), days) in days {
            self.counters.entry(metric).or_default().push(Counter { host, source, days });
        }
        self.forget_reaching_sessions();
        Ok(())
    }

    /// A session that reaches into a day has a row of it, but does not say that its source counted on
    /// that day: only sessions that ended do.
    fn forget_reaching_sessions(&mut self) {
        let times = self.counters.keys().copied();
        let times: Vec<Name> =
            times.filter(|metric| self.names.text(*metric).ends_with(b".active_ms")).collect();
        for metric in times {
            let ended = self
                .sessions_of(self.names.text(metric))
                .map_or(&[][..], |ended| self.counters(ended));
            let whose = |counter: &Counter| (counter.host, counter.source);
            let day_is_counted = |counter: &Counter, day| {
                let found = ended.binary_search_by_key(&whose(counter), whose);
                found.is_ok_and(|at| ended[at].counted(day))
            };
            let mut counters: Vec<Counter> = self.counters(metric).to_vec();
            for counter in &mut counters {
                let mut days = std::mem::take(&mut counter.days);
                days.retain(|day| day_is_counted(counter, *day));
                counter.days = days;
            }
            self.counters.insert(metric, counters);
        }
    }

    /// The metric that counts the sessions, or the messages of the queue, of which this one counts
    /// something; `None` if it is that metric, or none of them.
    pub fn sessions_of(&self, metric: &[u8]) -> Option<Name> {
        const COUNTS: [&[u8]; 2] = [b".connections", b".messages"];
        let service = metric.split(|byte| *byte == b'.').next()?;
        let is_count = COUNTS.iter().any(|count| metric.ends_with(count));
        if is_count || !SERVICES.contains(&service) {
            return None;
        }
        let count = if service == b"queue" { COUNTS[1] } else { COUNTS[0] };
        self.names.find(&[service, count].concat())
    }

    /// The first and the last day of any row; `None` if there was no row.
    pub fn days(&self) -> Option<(Day, Day)> {
        self.days
    }

    /// Is there a row of one of these days?
    pub fn has_rows_of(&self, days: Range<Day>) -> bool {
        self.rows.iter().any(|row| days.contains(&row.key.day))
    }

    /// What the rows of a source of a host name.
    pub fn dimensions(&self, counter: &Counter) -> Dimensions {
        self.dimensions.get(&(counter.host, counter.source)).copied().unwrap_or_default()
    }

    /// Does any row name a domain or a user?
    pub fn name_accounts(&self) -> bool {
        self.dimensions.values().any(|named| named.domain || named.user)
    }

    /// Who counted a metric, by host and source.
    pub fn counters(&self, metric: Name) -> &[Counter] {
        self.counters.get(&metric).map_or(&[], Vec::as_slice)
    }

    /// The hosts that counted something, by name.
    pub fn hosts(&self) -> Vec<Name> {
        let mut hosts: Vec<Name> =
            self.counters.values().flatten().map(|counter| counter.host).collect();
        hosts.sort_unstable_by_key(|host| self.names.text(*host));
        hosts.dedup();
        hosts
    }

    /// The metrics that anybody counted.
    pub fn metrics(&self) -> impl Iterator<Item = Name> {
        self.counters.keys().copied()
    }

    /// All numbers of a metric on a day that a source of a host counted.
    pub fn of_source(&self, metric: Name, day: Day, counter: &Counter) -> &[Fact] {
        let whose = (metric, day, counter.host, counter.source);
        let of = |fact: &Fact| {
            let Key { metric, day, host, source, .. } = fact.key;
            (metric, day, host, source)
        };
        let start = self.rows.partition_point(|fact| of(fact) < whose);
        let length = self.rows[start..].partition_point(|fact| of(fact) == whose);
        &self.rows[start..start + length]
    }
}

impl Key {
    /// Is it of a day as a whole? Such a key says that the metric was counted.
    pub fn is_of_a_day(&self) -> bool {
        [self.domain, self.user, self.label] == [Name::EMPTY; 3] && self.hour == NO_HOUR
    }
}
