//! Do two books agree: what the SMTP server says it queued, and what qmail-send took from there?

use std::collections::{BTreeMap, BTreeSet};

use common::time::Day;

use crate::cell::Cell;
use crate::facts::{Counter, Fact, Facts, NO_HOUR};
use crate::formula::Unit;
use crate::names::Name;
use crate::period::Period;
use crate::reports::{Asked, Found};
use crate::scope::Scope;
use crate::sums::Sums;
use crate::table::{Head, Row, Table};

const QUEUED: &str = "verdict.queued";
const TAKEN: &str = "queue.messages";
/// Books that differ by more agree no more, if it is also more than one in a thousand.
const SLACK: i128 = 2;
const SLACK_SHARE: i128 = 1000;

/// What two books say of a host's day.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The day.
    pub day: Day,
    /// The host.
    pub host: Name,
    /// The source of the first book, and what it says; `None` if nothing counted it.
    pub queued: Option<(Name, i128)>,
    /// What qmail-send took from the SMTP server; `None` if it is not known who that is.
    pub taken: Option<i128>,
}

impl Entry {
    /// Do they differ by more than what is usual?
    pub fn disagrees(&self) -> bool {
        let (Some((_, queued)), Some(taken)) = (self.queued, self.taken) else { return false };
        let difference = (queued - taken).abs();
        difference > SLACK && difference * SLACK_SHARE > queued.max(taken)
    }
}

/// What the books say of each host's day.
pub fn entries(asked: &Asked<'_>) -> Vec<Entry> {
    let facts = asked.facts;
    let mut entries = Vec::new();
    let days: BTreeSet<Day> = asked.periods.iter().flat_map(Period::each_day).collect();
    for day in days {
        for host in facts.hosts() {
            let mut sums = Sums::new(facts, Scope::All);
            sums.host = Some(host);
            let period =
                Period { name: String::new(), days: day..Day(day.0 + 1), hour: None, length_ms: 0 };
            let queued = sums.of(&[QUEUED], &period, None);
            let taken = sums.of(&[TAKEN], &period, asked.terms.smtp_uids);
            if queued.at_least.is_err() && taken.at_least.is_err() {
                continue;
            }
            let source = source(facts, &mut sums, day);
            let is_known = taken.at_least.is_ok() && asked.terms.smtp_uids.is_some();
            entries.push(Entry {
                day,
                host,
                queued: queued.at_least.ok().and(source).map(|source| (source, queued.values[0])),
                taken: is_known.then(|| taken.values[0]),
            });
        }
    }
    entries
}

/// The source of the first book.
fn source(facts: &Facts, sums: &mut Sums<'_>, day: Day) -> Option<Name> {
    let metric = facts.names.find(QUEUED.as_bytes())?;
    sums.chosen(metric, day, false).counters.first().map(|counter| counter.source)
}

/// How much of a metric each label, or each hour, has on a host's day.
fn split<K: Ord>(
    facts: &Facts,
    metric: &str,
    entry: &Entry,
    key: impl Fn(&Fact) -> Option<K>,
) -> BTreeMap<K, i128> {
    let mut split = BTreeMap::new();
    let Some(metric) = facts.names.find(metric.as_bytes()) else { return split };
    let of_host = |counter: &&Counter| counter.host == entry.host;
    for counter in facts.counters(metric).iter().filter(of_host) {
        for fact in facts.of_source(metric, entry.day, counter) {
            if let Some(key) = key(fact) {
                *split.entry(key).or_default() += i128::from(fact.value);
            }
        }
    }
    split
}

/// The report; the hours that differ; and who put messages into the queue, if it is not said who the
/// SMTP server is.
pub fn tables(asked: &Asked<'_>, found: &mut Found) -> Vec<Table> {
    if asked.scope != Scope::All {
        return Vec::new();
    }
    let mut table = Table::new("books", "Books");
    table.columns = vec![head("queued"), head("taken"), head("difference")];
    table.period_heading = Some("day");
    table.scope_heading = Some("host");
    table.word_headings = vec!["queued by"];
    let entries = entries(asked);
    for entry in &entries {
        found.is_anything |= entry.disagrees();
        let by = entry.queued.map_or(String::new(), |(source, _)| asked.text(source));
        let row =
            Row::new(&entry.day.to_string(), asked.text(entry.host), vec![by], cells(asked, entry));
        table.rows.push(row);
    }
    if table.rows.is_empty() {
        let none =
            || Cell::Missing("no log of what was queued, and no sessions of the queue".into());
        let name = asked.periods.first().map_or("", |period| &period.name);
        let cells = vec![none(), none(), none()];
        table.rows.push(Row::new(name, String::new(), vec![String::new()], cells));
    } else {
        table.notes.extend(NOTES.map(String::from));
    }
    table.note_cells();
    let hours = hours(asked, &entries);
    let uids = uids(asked, &entries);
    std::iter::once(table).chain(hours).chain(uids).collect()
}

const NOTES: [&str; 2] = [
    "queued: what the SMTP server says it queued; taken: what qmail-send took from it",
    "a few more or less are usual: the line of a queued message is written before it is queued, and 451 may follow; a message is counted when it leaves the queue, be it the next day; other programs of the same uid put mail into the queue too",
];

fn head(name: &'static str) -> Head {
    Head { name, heading: name, unit: Unit::Messages }
}

fn cells(asked: &Asked<'_>, entry: &Entry) -> Vec<Cell> {
    let missing = |reason: &'static str| Cell::Missing(reason.into());
    let no_queued = "no log of what was queued";
    let counted = split(asked.facts, TAKEN, entry, |fact| fact.key.is_of_a_day().then_some(()));
    let no_taken = if counted.is_empty() {
        "no sessions of the queue; see qmsend-parse --sessions"
    } else {
        "it is not said who the SMTP server is; see --smtp-uid"
    };
    let difference = match (entry.queued, entry.taken) {
        (Some((_, queued)), Some(taken)) => Cell::whole(queued - taken),
        (None, _) => missing(no_queued),
        (Some(_), None) => missing(no_taken),
    };
    vec![
        entry.queued.map_or_else(|| missing(no_queued), |(_, queued)| Cell::whole(queued)),
        entry.taken.map_or_else(|| missing(no_taken), Cell::whole),
        difference,
    ]
}

/// What each uid put into the queue, where it is not said which is the SMTP server's, or a wrong one.
fn uids(asked: &Asked<'_>, entries: &[Entry]) -> Option<Table> {
    let mut table = Table::new("books", "Books: who put messages into the queue");
    table.columns = vec![head("taken")];
    table.period_heading = Some("day");
    table.scope_heading = Some("host");
    table.word_headings = vec!["uid"];
    // of a uid that put nothing there, the others tell more
    for entry in entries.iter().filter(|entry| entry.taken.unwrap_or(0) == 0) {
        let label = |fact: &Fact| Some(fact.key.label).filter(|label| *label != Name::EMPTY);
        let uids = split(asked.facts, TAKEN, entry, label).into_iter();
        let mut uids: Vec<(String, i128)> =
            uids.map(|(uid, taken)| (asked.text(uid), taken)).collect();
        uids.sort_by(|(one, _), (other, _)| (one.len(), one).cmp(&(other.len(), other)));
        let (day, host) = (entry.day.to_string(), asked.text(entry.host));
        let rows = uids
            .into_iter()
            .map(|(uid, taken)| Row::new(&day, host.clone(), vec![uid], vec![Cell::whole(taken)]));
        table.rows.extend(rows);
    }
    (!table.rows.is_empty()).then_some(table)
}

/// The hours that differ, of days on which the books do not agree.
fn hours(asked: &Asked<'_>, entries: &[Entry]) -> Option<Table> {
    let mut table = Table::new("books", "Books: hours that differ");
    table.columns = vec![head("queued"), head("taken"), head("difference")];
    table.period_heading = Some("hour");
    table.scope_heading = Some("host");
    for entry in entries.iter().filter(|entry| entry.disagrees()) {
        let (Some((source, _)), Some(uids)) = (entry.queued, asked.terms.smtp_uids) else {
            continue;
        };
        let hour = |fact: &Fact| Some(fact.key.hour).filter(|hour| *hour != NO_HOUR);
        let queued = split(asked.facts, QUEUED, entry, |fact| {
            hour(fact).filter(|_| fact.key.source == source)
        });
        let taken = split(asked.facts, TAKEN, entry, |fact| {
            hour(fact).filter(|_| uids.contains(&fact.key.label))
        });
        for hour in 0..24_u8 {
            let [queued, taken] =
                [&queued, &taken].map(|book| book.get(&hour).copied().unwrap_or(0));
            if queued != taken {
                let cells = [queued, taken, queued - taken].map(Cell::whole).to_vec();
                let name = format!("{} {hour:02}", entry.day);
                table.rows.push(Row::new(&name, asked.text(entry.host), Vec::new(), cells));
            }
        }
    }
    (!table.rows.is_empty()).then_some(table)
}
