//! What a metric is over a period: which source counts, whether it is all, and for whom.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::facts::{Counter, Fact, Facts};
use crate::names::Name;
use crate::period::Period;
use crate::scope::{Scope, can_be_of_an_account};
use common::time::Day;

/// Where several sources of a host counted one thing, the first of these counts.
const SOURCE_ORDER: [&[u8]; 16] = [
    b"tcpserver",
    b"qpsmtpd",
    b"dovecot",
    b"courier",
    b"vchkpw",
    b"qlog",
    b"simscan",
    b"spamdyke",
    b"chkuser",
    b"sqmail",
    b"qmailtoaster",
    b"qmail-send",
    b"hsphere",
    b"spamd",
    b"clamd",
    b"server-sample",
];
/// It logs logins and no other connections.
const LOGINS_ONLY: &[u8] = b"vchkpw";

/// Why a metric was not counted. The later ones tell more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absence {
    /// Nothing counted it.
    NotCounted,
    /// It never has a domain, or a user.
    Never(&'static str),
    /// The rows name no domains, users or hours.
    NotInSums(&'static str),
}

impl Absence {
    /// In words, if nothing counted it in these.
    pub fn reason(self, not_counted: &'static str) -> &'static str {
        match self {
            Absence::NotCounted => not_counted,
            Absence::Never(reason) | Absence::NotInSums(reason) => reason,
        }
    }

    /// Is it because of what was asked for, not for lack of a log?
    pub fn is_of_the_scope(self) -> bool {
        match self {
            Absence::NotCounted => false,
            Absence::Never(_) | Absence::NotInSums(_) => true,
        }
    }
}

/// The sums of some metrics, one or one for each account.
#[derive(Clone, Debug)]
pub struct Amounts {
    /// `Err` if they were not counted; else whether there may be more.
    pub at_least: Result<bool, Absence>,
    /// The sums, by [`Scope::place`].
    pub values: Vec<i128>,
}

/// A source that said nothing on days on which it should have.
pub type Silences = BTreeMap<(Name, Name), BTreeSet<Day>>;

/// Who counted a metric on a day.
#[derive(Debug)]
pub struct Chosen<'a> {
    /// One source of each host.
    pub counters: Vec<&'a Counter>,
    /// The hosts on which a source that should have counted is silent.
    pub silent: Vec<Name>,
    /// Some of it was counted, but not for whom or in which hour.
    pub is_short: bool,
    /// What is to be said of those that counted it in vain.
    pub absence: Absence,
}

/// The sums for one scope.
#[derive(Debug)]
pub struct Sums<'a> {
    /// What was read.
    pub facts: &'a Facts,
    /// Whose sums are made.
    pub scope: Scope,
    /// Those of this host alone.
    pub host: Option<Name>,
    /// Those of this source alone, whatever others counted.
    pub source: Option<Name>,
    /// Who should have counted and did not, found on the way.
    pub silences: Silences,
}

impl<'a> Sums<'a> {
    /// The sums for a scope.
    pub fn new(facts: &'a Facts, scope: Scope) -> Self {
        Sums { facts, scope, host: None, source: None, silences: Silences::new() }
    }

    /// Who counted a metric on a day.
    pub fn chosen(&mut self, metric: Name, day: Day, by_hour: bool) -> Chosen<'a> {
        let facts = self.facts;
        let counters = facts.counters(metric);
        let mut chosen = Chosen {
            counters: Vec::new(),
            silent: Vec::new(),
            is_short: false,
            absence: Absence::NotCounted,
        };
        for of_host in counters.chunk_by(|one, other| one.host == other.host) {
            let host = of_host[0].host;
            let mut of_host: Vec<&Counter> = of_host.iter().collect();
            of_host.retain(|counter| self.host.is_none_or(|only| only == counter.host));
            of_host.retain(|counter| self.source.is_none_or(|only| only == counter.source));
            of_host.sort_by_key(|counter| rank(facts.names.text(counter.source)));
            for counter in of_host {
                let counted = counter.counted(day);
                if !counted && !counter.counted_lately(day) {
                    continue;
                }
                if let Some(absence) = self.absence(metric, counter, by_hour) {
                    if counted {
                        chosen.absence = chosen.absence.max(absence);
                        chosen.is_short |= matches!(absence, Absence::NotInSums(_));
                    }
                    continue;
                }
                if counted {
                    chosen.counters.push(counter);
                    break;
                }
                chosen.silent.push(host);
                self.silences.entry((counter.source, host)).or_default().insert(day);
            }
        }
        chosen
    }

    /// Why the numbers of a source cannot be told apart as they should.
    fn absence(&self, metric: Name, counter: &Counter, by_hour: bool) -> Option<Absence> {
        let names = &self.facts.names;
        let dimensions = self.facts.dimensions(counter);
        if let Some(account) = self.scope.account() {
            if !can_be_of_an_account(names.text(counter.source), names.text(metric)) {
                return Some(Absence::Never(account.never(names.text(metric))));
            }
            if !account.is_in(dimensions) {
                return Some(Absence::NotInSums(account.not_in_sums()));
            }
        }
        let without_hours = by_hour && !dimensions.hour;
        without_hours.then_some(Absence::NotInSums("the sums were made without hours"))
    }

    /// The sums of these metrics over a period, with only these labels, if there are any.
    pub fn of(&mut self, metrics: &[&str], period: &Period, labels: Option<&[Name]>) -> Amounts {
        let mut values = vec![0; self.scope.width(&self.facts.names)];
        let at_least = self.each(metrics, period, |fact, place| {
            if labels.is_none_or(|labels| labels.contains(&fact.key.label)) {
                values[place] += i128::from(fact.value);
            }
        });
        Amounts { at_least, values }
    }

    /// Looks at each number of these metrics over a period, and its [`Scope::place`]. Says whether
    /// there may be more, or why there is none.
    pub fn each(
        &mut self,
        metrics: &[&str],
        period: &Period,
        look: impl FnMut(&Fact, usize),
    ) -> Result<bool, Absence> {
        let metrics: Vec<_> = metrics.iter().map(|metric| (*metric, *metric)).collect();
        self.each_beside(&metrics, period, look)
    }

    /// The same for metrics that count where another one does, the first of a pair.
    pub fn each_beside(
        &mut self,
        metrics: &[(&str, &str)],
        period: &Period,
        mut look: impl FnMut(&Fact, usize),
    ) -> Result<bool, Absence> {
        let facts = self.facts;
        let find = |metric: &str| facts.names.find(metric.as_bytes());
        let mut absence = Absence::NotCounted;
        let (mut some, mut all, mut at_least) = (false, true, false);
        for day in period.each_day() {
            let mut counted = false;
            for (counting, metric) in metrics {
                let Some(name) = find(counting) else {
                    at_least |= self.has_gap(counting, day, period, &[]);
                    continue;
                };
                let chosen = self.chosen(name, day, period.hour.is_some());
                at_least |= !chosen.silent.is_empty() || chosen.is_short;
                at_least |= self.has_gap(counting, day, period, &chosen.counters);
                absence = absence.max(chosen.absence);
                for counter in chosen.counters {
                    counted = true;
                    at_least |= facts.names.text(counter.source) == LOGINS_ONLY;
                    let Some(metric) = find(metric) else { continue };
                    for fact in facts.of_source(metric, day, counter) {
                        let is_in_hour = period.hour.is_none_or(|hour| hour == fact.key.hour);
                        if is_in_hour && let Some(place) = self.scope.place(&fact.key) {
                            look(fact, place);
                        }
                    }
                }
            }
            some |= counted;
            all &= counted;
        }
        if some { Ok(at_least || !all) } else { Err(absence) }
    }

    /// Is there a host on which a source counted the sessions of a day, or should have, and none this
    /// number of them?
    fn has_gap(&mut self, metric: &str, day: Day, period: &Period, chosen: &[&Counter]) -> bool {
        let Some(sessions) = self.facts.sessions_of(metric.as_bytes()) else { return false };
        let of_sessions = self.chosen(sessions, day, period.hour.is_some());
        let counted = of_sessions.counters.iter().map(|counter| counter.host);
        let mut hosts = counted.chain(of_sessions.silent);
        let chosen: HashSet<Name> = chosen.iter().map(|counter| counter.host).collect();
        hosts.any(|host| !chosen.contains(&host))
    }

    /// The source that counted any of these metrics first in a period.
    pub fn source(&mut self, metrics: &[&str], period: &Period) -> Option<Name> {
        let facts = self.facts;
        let metrics: Vec<Name> =
            metrics.iter().filter_map(|metric| facts.names.find(metric.as_bytes())).collect();
        let of = |day| {
            metrics
                .iter()
                .flat_map(|metric| facts.counters(*metric))
                .filter(move |counter: &&Counter| counter.counted(day))
        };
        let found = period.each_day().flat_map(of);
        found.map(|counter| counter.source).min_by_key(|source| rank(facts.names.text(*source)))
    }
}

/// Where a source stands in the order.
pub fn rank(source: &[u8]) -> (usize, &[u8]) {
    let known = SOURCE_ORDER.iter().position(|known| *known == source);
    (known.unwrap_or(SOURCE_ORDER.len()), source)
}
