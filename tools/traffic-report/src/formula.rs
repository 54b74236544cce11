//! How a column is computed from metrics.

use std::borrow::Cow;

use common::time::Day;

use crate::cell::{Cell, Number};
use crate::facts::Counter;
use crate::names::Name;
use crate::period::Period;
use crate::sums::{Absence, Amounts, Sums};

/// A formula over the metrics of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formula {
    /// Their sum.
    Count(&'static [&'static str]),
    /// Their sum of bytes, in kilobytes.
    Kilobytes(&'static [&'static str]),
    /// How many sessions were under way, on average: their time by that of the period.
    OverTime(&'static [&'static str]),
    /// The average of what was sampled.
    OverSamples(&'static str),
    /// The same, in percent.
    PercentOfSamples(&'static str),
    /// The same, in kilobytes, of what was sampled in units of 1,024 bytes.
    KilobytesOverSamples(&'static str),
    /// Bytes that the server took into its queue without the header lines that it wrote itself, in
    /// kilobytes.
    Queued,
    /// What clamd scanned: if that is no more than it found or failed at, it does not log the rest.
    Scans,
}

/// The bytes that the header lines of the server take at most.
const OWN_HEADER_BYTES: i128 = 2048;
const SAMPLE_MS: &[&str] = &["system.sample_ms"];

/// One way to a column's number.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// How.
    pub formula: Formula,
    /// What it gives is a lower bound.
    pub at_least: bool,
}

/// A reason that tells more than the column's own.
#[derive(Clone, Copy, Debug)]
pub struct Because {
    /// If one of these was counted,
    pub counted: &'static [&'static str],
    /// and by this source, or any if it is empty,
    pub by: &'static str,
    /// this is the reason.
    pub reason: &'static str,
}

/// A column of a report.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// As it is called in a command and in TSV.
    pub name: &'static str,
    /// As a person reads it.
    pub heading: &'static str,
    /// What is counted.
    pub unit: Unit,
    /// The first of these that can be computed counts.
    pub ways: &'static [Way],
    /// Why there is no number if none can.
    pub reason: &'static str,
    /// Better reasons.
    pub because: &'static [Because],
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Messages.
    Messages,
    /// Connections.
    Connections,
    /// Lines of a log.
    Lines,
    /// Windows of time.
    Times,
    /// Days.
    Days,
    /// 1,024 or 1,000 bytes.
    Kilobytes,
    /// Hundredths of a whole.
    Percent,
    /// How many there were, on average.
    Average,
    /// What the row says.
    OfRow,
}

impl Unit {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Messages => "messages",
            Unit::Connections => "connections",
            Unit::Lines => "lines",
            Unit::Times => "times",
            Unit::Days => "days",
            Unit::Kilobytes => "kB",
            Unit::Percent => "percent",
            Unit::Average => "average",
            Unit::OfRow => "",
        }
    }
}

/// What formulas depend on beside the rows.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The bytes of a kilobyte.
    pub kilobyte: i128,
    /// The labels of the SMTP server's messages in the queue, if it was said who that is.
    pub smtp_uids: Option<&'a [Name]>,
    /// All days that are shown.
    pub shown: (Day, Day),
}

/// The cells of a column for a period: one, or one for each account, and whether they are missing
/// because of the scope.
#[derive(Debug)]
pub struct Cells {
    /// The sums before they are rounded; all are counted or none.
    pub amounts: Amounts,
    /// What the sums are divided by.
    pub divisor: i128,
    /// How many decimals are shown.
    pub decimals: u32,
    /// Why there is no number.
    pub reason: Cow<'static, str>,
}

impl Cells {
    /// A cell.
    pub fn get(&self, place: usize) -> Cell {
        self.cell(self.amounts.values[place])
    }

    /// The cell of all together.
    pub fn total(&self) -> Cell {
        self.cell(self.amounts.values.iter().sum())
    }

    fn cell(&self, amount: i128) -> Cell {
        match self.amounts.at_least {
            Ok(at_least) => Cell::Number(Number {
                amount,
                divisor: self.divisor,
                decimals: self.decimals,
                at_least,
            }),
            Err(_) => Cell::Missing(self.reason.clone()),
        }
    }

    /// Is there no number because of what was asked for, not for lack of a log?
    pub fn is_out_of_scope(&self) -> bool {
        self.amounts.at_least.is_err_and(Absence::is_of_the_scope)
    }
}

impl Column {
    /// The cells of a period.
    pub fn cells(&self, sums: &mut Sums<'_>, period: &Period, terms: &Terms<'_>) -> Cells {
        let mut absence = Absence::NotCounted;
        for way in self.ways {
            let mut cells = way.formula.cells(sums, period, terms);
            match &mut cells.amounts.at_least {
                Ok(at_least) => {
                    *at_least |= way.at_least;
                    return cells;
                }
                Err(other) => absence = absence.max(*other),
            }
        }
        let reason = absence.reason(self.reason(sums, period));
        let values = vec![0; sums.scope.width(&sums.facts.names)];
        let amounts = Amounts { at_least: Err(absence), values };
        Cells { amounts, divisor: 1, decimals: 0, reason: reason.into() }
    }

    fn reason(&self, sums: &mut Sums<'_>, period: &Period) -> &'static str {
        let better = self.because.iter().find(|because| {
            let source = sums.source(because.counted, period);
            source.is_some_and(|source| {
                because.by.is_empty() || sums.facts.names.text(source) == because.by.as_bytes()
            })
        });
        better.map_or(self.reason, |because| because.reason)
    }
}

impl Formula {
    /// The metrics that it reads.
    pub fn metrics(&self) -> Vec<&'static str> {
        match self {
            Formula::Count(metrics) | Formula::Kilobytes(metrics) | Formula::OverTime(metrics) => {
                metrics.to_vec()
            }
            Formula::OverSamples(metric)
            | Formula::PercentOfSamples(metric)
            | Formula::KilobytesOverSamples(metric) => vec![metric, SAMPLE_MS[0]],
            Formula::Queued => vec!["queue.in_bytes", "queue.messages"],
            Formula::Scans => vec!["clamd.connections"],
        }
    }

    /// The cells of a period; without a reason where they are missing.
    pub fn cells(self, sums: &mut Sums<'_>, period: &Period, terms: &Terms<'_>) -> Cells {
        let whole = |amounts, divisor| Cells { amounts, divisor, decimals: 0, reason: "".into() };
        let average = |amounts, divisor| Cells { amounts, divisor, decimals: 2, reason: "".into() };
        match self {
            Formula::Count(metrics) => whole(sums.of(metrics, period, None), 1),
            Formula::Kilobytes(metrics) => whole(sums.of(metrics, period, None), terms.kilobyte),
            Formula::OverTime(metrics) => {
                let mut amounts = sums.of(metrics, period, None);
                if period.length_ms == 0 && amounts.at_least.is_ok() {
                    amounts.at_least = Err(Absence::NotInSums("the clock skips this hour"));
                }
                average(amounts, i128::from(period.length_ms.max(1)))
            }
            Formula::OverSamples(metric) => {
                let (amounts, divisor) = sums.over_samples(metric, period);
                average(amounts, divisor)
            }
            Formula::PercentOfSamples(metric) => {
                let (mut amounts, divisor) = sums.over_samples(metric, period);
                amounts.values.iter_mut().for_each(|value| *value *= 100);
                average(amounts, divisor)
            }
            Formula::KilobytesOverSamples(metric) => {
                let (mut amounts, divisor) = sums.over_samples(metric, period);
                amounts.values.iter_mut().for_each(|value| *value *= 1024);
                whole(amounts, divisor * terms.kilobyte)
            }
            Formula::Queued => {
                let uids = terms.smtp_uids;
                let messages = sums.of(&["queue.messages"], period, uids);
                let mut bytes = sums.of(&["queue.in_bytes"], period, uids);
                for (bytes, messages) in bytes.values.iter_mut().zip(messages.values) {
                    *bytes = (*bytes - messages * OWN_HEADER_BYTES).max(0);
                }
                if uids.is_none() {
                    bytes.at_least = Err(Absence::NotCounted);
                } else if let Some(account) = sums.scope.account() {
                    // the rows name the sender, whom anybody can write, not who it is for
                    bytes.at_least = Err(Absence::Never(account.never(b"")));
                }
                whole(bytes, terms.kilobyte)
            }
            Formula::Scans => {
                let mut scans = sums.of(&["clamd.connections"], period, None);
                let all_are_logged = sums.logs_clean(period, terms.shown);
                scans.at_least = scans.at_least.map(|less| less || !all_are_logged);
                whole(scans, 1)
            }
        }
    }
}

impl Sums<'_> {
    /// What was sampled, and the time of its samples; days without any are left out of both.
    fn over_samples(&mut self, metric: &str, period: &Period) -> (Amounts, i128) {
        let mut amounts = self.of(&[metric], period, None);
        let mut divisor = 0;
        for day in period.each_day() {
            let day = Period { days: day..Day(day.0 + 1), ..period.clone() };
            if self.of(&[metric], &day, None).at_least.is_ok() {
                divisor += self.of(SAMPLE_MS, &day, None).values.iter().sum::<i128>();
            }
        }
        if divisor == 0 {
            amounts.at_least = amounts.at_least.and(Err(Absence::NotCounted));
        }
        // an average over fewer samples is no lower bound
        amounts.at_least = amounts.at_least.map(|_| false);
        (amounts, divisor.max(1))
    }

    /// Does the log of each host that clamd ran on in a period hold the scans that found nothing? If so
    /// there are more, on the days that are shown, than found something or ended early.
    fn logs_clean(&mut self, period: &Period, (first, end): (Day, Day)) -> bool {
        let facts = self.facts;
        let Some(connections) = facts.names.find(b"clamd.connections") else { return true };
        let of_host = |metric: &[u8], counter: &Counter| -> i128 {
            let metric = facts.names.find(metric);
            let days = (first.0..end.0).map(Day);
            let of_day =
                |day| metric.map_or(&[][..], |metric| facts.of_source(metric, day, counter));
            days.flat_map(of_day).map(|fact| i128::from(fact.value)).sum()
        };
        let mut counters: Vec<&Counter> = Vec::new();
        for day in period.each_day() {
            counters.extend(self.chosen(connections, day, period.hour.is_some()).counters);
        }
        counters.sort_unstable_by_key(|counter| (counter.host, counter.source));
        counters.dedup_by_key(|counter| (counter.host, counter.source));
        counters.iter().all(|counter| {
            of_host(b"clamd.connections", counter)
                > of_host(b"clamd.virus", counter) + of_host(b"clamd.terminations", counter)
        })
    }
}
