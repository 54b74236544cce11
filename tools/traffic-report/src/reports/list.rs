//! What the reports share that are lists: numbers by name, shares, totals, rows without a number.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::cell::{Cell, Number};
use crate::facts::Key;
use crate::names::Name;
use crate::period::Period;
use crate::reports::Asked;
use crate::scope::Scope;
use crate::sums::{Absence, Sums, rank};
use crate::table::{Head, Kind, Row, Table};

/// The name of a sum of rows, which no log uses: it has upper case, as the report of the SME Server
/// wiki does.
pub const TOTAL: &str = "{Total}";

/// Numbers of a period, by what they are of.
#[derive(Debug)]
pub struct Counts<K> {
    /// Whether there may be more, or why there is none.
    pub at_least: Result<bool, Absence>,
    /// Those that are not 0.
    pub by: BTreeMap<K, i128>,
}

impl<K: Ord> Counts<K> {
    /// Those of a metric, by a key that is made of its columns.
    pub fn new(sums: &mut Sums<'_>, metric: &str, period: &Period, of: impl Fn(&Key) -> K) -> Self {
        let mut by = BTreeMap::new();
        let at_least = sums.each(&[metric], period, |fact, _| {
            if fact.value > 0 {
                *by.entry(of(&fact.key)).or_default() += i128::from(fact.value);
            }
        });
        Counts { at_least, by }
    }

    /// The sum of all.
    pub fn total(&self) -> i128 {
        self.by.values().sum()
    }

    /// One of them.
    pub fn get(&self, key: &K) -> i128 {
        self.by.get(key).copied().unwrap_or(0)
    }

    /// The cell of a number of these, or of a sum.
    pub fn cell(&self, amount: i128, not_counted: &'static str) -> Cell {
        cell(self.at_least, amount, not_counted)
    }

    /// The cell of its share of all.
    pub fn share(&self, amount: i128) -> Cell {
        share(amount, self.total(), 1, self.at_least != Ok(false))
    }
}

/// A number if it was counted, or else why not.
pub fn cell(at_least: Result<bool, Absence>, amount: i128, not_counted: &'static str) -> Cell {
    match at_least {
        Ok(at_least) => Cell::Number(Number { at_least, ..Number::whole(amount) }),
        Err(absence) => Cell::Missing(absence.reason(not_counted).into()),
    }
}

/// Whether there may be more of a sum of two numbers, or why there is none: both are needed.
pub fn both(one: Result<bool, Absence>, other: Result<bool, Absence>) -> Result<bool, Absence> {
    let (one, other) = (one?, other?);
    Ok(one || other)
}

/// The same if one of them is enough, for a lower bound.
pub fn either(one: Result<bool, Absence>, other: Result<bool, Absence>) -> Result<bool, Absence> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok(one || other),
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => Ok(true),
        (Err(one), Err(other)) => Err(one.max(other)),
    }
}

/// How much of all this is, in percent; of nothing it is nothing.
pub fn share(amount: i128, all: i128, decimals: u32, at_least: bool) -> Cell {
    match (at_least, all) {
        (true, _) => Cell::Missing("not all of it was counted".into()),
        (false, 0) => Cell::Blank,
        (false, _) => {
            Cell::Number(Number { amount: amount * 100, divisor: all, decimals, at_least: false })
        }
    }
}

impl Table {
    /// A list: its rows are told apart by words, and by period if there are several.
    pub fn list(
        report: &'static str,
        title: impl Into<String>,
        words: &[&'static str],
        columns: &[Head],
        asked: &Asked<'_>,
    ) -> Self {
        let mut table = Table::new(report, title);
        table.period_heading = (asked.periods.len() > 1).then(|| asked.step.heading());
        table.word_headings = words.to_vec();
        table.columns = columns.to_vec();
        table
    }

    /// Adds a row.
    pub fn add(
        &mut self,
        (period, asked): (&Period, &Asked<'_>),
        words: Vec<String>,
        cells: Vec<Cell>,
        kind: Kind,
    ) {
        let row = Row::new(&period.name, asked.scope_name(), words, cells);
        self.rows.push(Row { kind, ..row });
    }

    /// Remembers whether a number is missing because of the scope.
    pub fn heed(&mut self, at_least: Result<bool, Absence>, asked: &Asked<'_>) {
        let is_scoped = asked.scope != Scope::All;
        self.is_out_of_scope |= is_scoped && at_least.is_err_and(Absence::is_of_the_scope);
    }

    /// Adds a row of a period for which there is no number.
    pub fn add_missing(
        &mut self,
        place: (&Period, &Asked<'_>),
        absence: Absence,
        not_counted: &'static str,
    ) {
        self.heed(Err(absence), place.1);
        let reason = absence.reason(not_counted);
        let words = vec![String::new(); self.word_headings.len()];
        let cells = vec![Cell::Missing(reason.into()); self.columns.len()];
        self.add(place, words, cells, Kind::Plain);
    }

    /// Notes what is to be said of its cells and sources.
    pub fn with_notes(mut self, sums: &Sums<'_>, asked: &Asked<'_>) -> Self {
        self.note_cells();
        self.note_silences(&sums.silences, asked);
        self
    }
}

/// The sources that counted a metric in the periods, or should have, in their order.
pub fn sources(metric: &str, asked: &Asked<'_>) -> Vec<Name> {
    let facts = asked.facts;
    let Some(metric) = facts.names.find(metric.as_bytes()) else { return Vec::new() };
    let mut days = Vec::new();
    days.extend(asked.periods.iter().flat_map(Period::each_day));
    let counters = facts.counters(metric).iter();
    let counters = counters.filter(|counter| {
        days.iter().any(|day| counter.counted(*day) || counter.counted_lately(*day))
    });
    let mut sources: Vec<Name> = counters.map(|counter| counter.source).collect();
    sources.sort_unstable_by_key(|source| rank(facts.names.text(*source)));
    sources.dedup();
    sources
}

/// The largest of some numbers, by size and name.
pub fn largest<K: Ord>(rows: impl IntoIterator<Item = (K, i128)>, most: usize) -> Vec<(K, i128)> {
    let mut rows: Vec<(K, i128)> = rows.into_iter().collect();
    rows.sort_by(|(one, one_amount), (other, other_amount)| {
        (Reverse(one_amount), one).cmp(&(Reverse(other_amount), other))
    });
    rows.truncate(most);
    rows
}
