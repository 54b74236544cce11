//! What is not as it was: jumps, falls, new accounts, silent sources.

use common::time::Day;

use crate::cell::{Cell, Number};
use crate::facts::Facts;
use crate::formula::Unit;
use crate::names::Name;
use crate::period::Period;
use crate::reports::{Asked, Found};
use crate::scope::{Account, Scope};
use crate::sums::{Sums, rank};
use crate::table::{Head, Row, Table};
use crate::window::is_compared;

/// A day of fewer messages, connections or megabytes is no jump.
const LEAST: i128 = 100;
/// With fewer days of history an account is new.
const LEAST_DAYS: usize = 7;

/// How a day is compared with those before.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// With as many days.
    pub days: i64,
    /// A jump is more than this times the second largest of them.
    pub jump: i128,
}

/// What kind of change it is, in the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Much more than on any day but one.
    Jump,
    /// Too few days to compare with.
    New,
    /// Nothing, where there was much.
    Fall,
}

impl Kind {
    /// Its name in the list.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Jump => "jump",
            Kind::New => "new",
            Kind::Fall => "fall",
        }
    }
}

/// A change of one number of an account.
#[derive(Clone, Debug)]
pub struct Change {
    /// What kind.
    pub kind: Kind,
    /// Which.
    pub name: Name,
    /// What is counted.
    pub metric: Name,
    /// On the day.
    pub now: i128,
    /// There may be more on the day.
    pub at_least: bool,
    /// On the second largest day before.
    pub second: i128,
    /// On the middle day; of an even number of days the lower one of the two.
    pub median: i128,
    /// How many days before were counted.
    pub days: usize,
}

impl Change {
    /// How far it is from what was, the farthest first.
    fn order(&self) -> (Kind, i128, i128) {
        const RATIO_UNIT: i128 = 1 << 20;
        let ratio = match self.kind {
            Kind::Jump | Kind::New if self.second > 0 => self.now * RATIO_UNIT / self.second,
            Kind::Jump | Kind::New => i128::MAX,
            Kind::Fall => self.median,
        };
        (self.kind, -ratio, -self.now)
    }
}

/// All changes of the last day.
pub fn changes(asked: &Asked<'_>, comparison: Comparison) -> Vec<Change> {
    let Some(last) = asked.periods.last() else { return Vec::new() };
    let today = Day(last.days.end.0 - 1);
    let accounts = match asked.scope {
        // a domain with its users
        Scope::All | Scope::One(Account::Domain, _) => [Some(Account::Domain), Some(Account::User)],
        Scope::One(Account::User, _) => [Some(Account::User), None],
        Scope::Each(_) => [None, None],
    };
    let mut metrics: Vec<Name> = asked.facts.metrics().collect();
    metrics.retain(|metric| is_compared(asked.facts.names.text(*metric)));
    metrics.sort_unstable_by_key(|metric| asked.facts.names.text(*metric));
    let mut changes = Vec::new();
    for account in accounts.into_iter().flatten() {
        for metric in &metrics {
            of_metric(asked, comparison, (account, *metric, today), &mut changes);
        }
    }
    changes.sort_by_cached_key(|change| (change.order(), asked.text(change.name)));
    changes
}

fn of_metric(
    asked: &Asked<'_>,
    comparison: Comparison,
    (account, metric, today): (Account, Name, Day),
    changes: &mut Vec<Change>,
) {
    let facts = asked.facts;
    let text = facts.names.text(metric);
    let metric_name = String::from_utf8_lossy(text);
    let mut sums = Sums::new(facts, Scope::Each(account));
    let mut on = |day: Day| {
        let day =
            Period { name: String::new(), days: day..Day(day.0 + 1), hour: None, length_ms: 0 };
        let mut values = vec![0; facts.names.count()];
        let counted = sums.each(&[&metric_name], &day, |fact, place| {
            if asked.scope.place(&fact.key).is_some() {
                values[place] += i128::from(fact.value);
            }
        });
        counted.ok().map(|at_least| (at_least, values))
    };
    let Some((at_least, now)) = on(today) else { return };
    let before = (today.0 - comparison.days..today.0).map(Day);
    let history: Vec<Vec<i128>> = before.filter_map(&mut on).map(|(_, values)| values).collect();
    let least = if text.ends_with(b"_bytes") {
        LEAST * asked.terms.kilobyte * asked.terms.kilobyte
    } else {
        LEAST
    };
    let mut values = Vec::with_capacity(history.len());
    for (place, now) in now.iter().copied().enumerate() {
        let name = Name(u32::try_from(place).unwrap_or(u32::MAX));
        if matches!(facts.names.text(name), b"" | b"(other)") {
            continue;
        }
        values.clear();
        values.extend(history.iter().map(|day| day[place]));
        values.sort_unstable();
        let days = values.len();
        let second = days.checked_sub(2).map_or(0, |second| values[second]);
        let median = days.checked_sub(1).map_or(0, |last| values[last / 2]);
        let kind = if now >= least && days < LEAST_DAYS {
            Kind::New
        } else if now >= least && now > comparison.jump * second {
            Kind::Jump
        } else if now == 0 && !at_least && median >= least && days >= LEAST_DAYS {
            Kind::Fall
        } else {
            continue;
        };
        changes.push(Change { kind, name, metric, now, at_least, second, median, days });
    }
}

/// The sources that had rows on each of the 7 days before the last day, and have none on it, each
/// with its host.
pub fn silent(facts: &Facts, today: Day) -> Vec<(Name, Name)> {
    let counters = || facts.metrics().flat_map(|metric| facts.counters(metric));
    let has_rows = |source, host, day| {
        counters()
            .any(|counter| (counter.source, counter.host) == (source, host) && counter.counted(day))
    };
    let mut silent: Vec<(Name, Name)> = counters()
        .map(|counter| (counter.source, counter.host))
        .filter(|(source, host)| {
            !has_rows(*source, *host, today)
                && (1..=7).all(|before| has_rows(*source, *host, Day(today.0 - before)))
        })
        .collect();
    silent.sort_unstable_by_key(|(source, host)| {
        (rank(facts.names.text(*source)), facts.names.text(*host))
    });
    silent.dedup();
    silent
}

/// The report.
pub fn table(asked: &Asked<'_>, comparison: Comparison, found: &mut Found) -> Table {
    let mut table = Table::new("changes", "Changes");
    table.scope_heading = Some("account");
    table.word_headings = vec!["change", "of"];
    let head = |name, heading, unit| Head { name, heading, unit };
    table.columns = vec![
        head("now", "now", Unit::OfRow),
        head("second", "second largest", Unit::OfRow),
        head("median", "median", Unit::OfRow),
        head("days", "days", Unit::Days),
    ];
    let Some(last) = asked.periods.last() else { return table };
    let today = Day(last.days.end.0 - 1);
    let changes = changes(asked, comparison);
    let shown = asked.list_rows();
    for change in changes.iter().take(shown) {
        let metric = asked.text(change.metric);
        let (unit, divisor) = if metric.ends_with("_bytes") {
            (Unit::Kilobytes, asked.terms.kilobyte)
        } else if metric.starts_with("mail.") {
            (Unit::Messages, 1)
        } else {
            (Unit::Connections, 1)
        };
        let cell =
            |amount, at_least| Cell::Number(Number { divisor, at_least, ..Number::whole(amount) });
        let days = Cell::whole(i128::try_from(change.days).unwrap_or(i128::MAX));
        let of_history = |amount| match change.days {
            0 => Cell::Missing("no day to compare with".into()),
            _ => cell(amount, false),
        };
        let now = cell(change.now, change.at_least);
        let cells = vec![now, of_history(change.second), of_history(change.median), days];
        let words = vec![change.kind.name().to_owned(), metric];
        let row = Row::new(&today.to_string(), asked.text(change.name), words, cells);
        table.rows.push(Row { unit, ..row });
    }
    table.note_rest(changes.len(), shown);
    if asked.scope == Scope::All {
        for (source, host) in silent(asked.facts, today) {
            let missing = Cell::Missing("a silent source".into());
            let words = vec!["silence".to_owned(), asked.text(source)];
            let cells = vec![missing.clone(), missing.clone(), missing, Cell::whole(7)];
            let row = Row::new(&today.to_string(), asked.text(host), words, cells);
            table.rows.push(Row { unit: Unit::Lines, ..row });
        }
    }
    found.is_anything |= !table.rows.is_empty();
    if !asked.facts.name_accounts() {
        table
            .notes
            .push("the sums were made without domains and users: only silence is seen".into());
    } else if table.rows.is_empty() {
        table.notes.push("nothing has changed".into());
    }
    let days = comparison.days;
    let jump = comparison.jump;
    table.notes.push(format!(
        "of {today}, against the {days} days before: a jump is at least 100 (of bytes 100 MB) and more than {jump} times the second largest day"
    ));
    table
}
