//! The two reports of throttles: what limits would have held back, and how often.

use std::collections::{BTreeMap, BTreeSet};

use common::time::Day;

use crate::cell::{Cell, Number};
use crate::facts::NO_HOUR;
use crate::formula::Unit;
use crate::limit::{Limit, Measure};
use crate::names::Name;
use crate::period::Period;
use crate::reports::{Asked, Found};
use crate::scope::Scope;
use crate::sums::{Absence, Sums};
use crate::table::{Head, Row, Table};

/// How much an account did in a window, which is an hour of a day or the day.
type Windows = BTreeMap<(Day, u8, Name), i128>;

/// What the windows of a period hold.
struct InWindows {
    windows: Windows,
    /// Some of the period was not counted.
    at_least: bool,
    /// The days of which there may be more.
    least_days: BTreeSet<Day>,
}

/// The table of what would have been held back.
pub fn traffic(asked: &Asked<'_>) -> Table {
    let mut table = Table::new("throttle-traffic", "Throttle Traffic");
    fill(&mut table, asked, [Unit::Messages, Unit::Messages, Unit::Kilobytes], |limit, amounts| {
        amounts.iter().map(|amount| amount - i128::from(limit.most)).sum()
    });
    table
}

/// The table of how often an account was above a limit, and one for each limit of who was.
pub fn violations(asked: &Asked<'_>, found: &mut Found) -> Vec<Table> {
    let mut table = Table::new("throttle-violations", "Throttle Violations");
    fill(&mut table, asked, [Unit::Times; 3], |_, amounts| {
        i128::try_from(amounts.len()).unwrap_or(i128::MAX)
    });
    let mut tables = vec![table];
    for limit in asked.limits {
        let above = list(limit, asked);
        if !above.rows.is_empty() {
            found.is_anything = true;
            tables.push(above);
        }
    }
    tables
}

/// Fills a table by periods; `sum` makes one number of the amounts above a limit.
fn fill(
    table: &mut Table,
    asked: &Asked<'_>,
    units: [Unit; 3],
    sum: impl Fn(&Limit, &[i128]) -> i128,
) {
    table.period_heading = asked.period_heading();
    let names = ["bounces", "messages", "bandwidth"];
    table.columns = names
        .into_iter()
        .zip(units)
        .map(|(name, unit)| Head { name, heading: name, unit })
        .collect();
    let mut sums = Sums::new(asked.facts, asked.scope);
    for period in asked.periods {
        let cells = Measure::ALL.into_iter().zip(units).map(|(measure, unit)| {
            let limit = asked.limits.iter().find(|limit| limit.measure == measure);
            let Some(limit) = limit else { return Cell::Missing("no limit was given".into()) };
            match in_windows(limit, period, &mut sums, asked.scope) {
                Ok(used) => {
                    let above = above(limit, &used.windows);
                    let amounts: Vec<i128> = above.map(|(_, amount)| amount).collect();
                    let divisor = if unit == Unit::Kilobytes { asked.terms.kilobyte } else { 1 };
                    let number = Number::whole(sum(limit, &amounts));
                    Cell::Number(Number { divisor, at_least: used.at_least, ..number })
                }
                Err(reason) => Cell::Missing(reason.into()),
            }
        });
        table.rows.push(Row::new(&period.name, asked.scope_name(), Vec::new(), cells.collect()));
    }
    table.note_cells();
    table.note_silences(&sums.silences, asked);
}

fn above<'a>(
    limit: &'a Limit,
    windows: &'a Windows,
) -> impl Iterator<Item = (&'a (Day, u8, Name), i128)> {
    windows
        .iter()
        .map(|(window, amount)| (window, *amount))
        .filter(|(_, amount)| *amount > i128::from(limit.most))
}

/// Who was above a limit, the most first.
fn list(limit: &Limit, asked: &Asked<'_>) -> Table {
    let (unit, divisor) = match limit.measure {
        Measure::BouncesIn | Measure::MessagesOut => (Unit::Messages, 1),
        Measure::BytesOut => (Unit::Kilobytes, asked.terms.kilobyte),
    };
    let most = Number { divisor, ..Number::whole(limit.most.into()) };
    let shown = if unit == Unit::Kilobytes { format!("{most} kB of") } else { most.to_string() };
    let mut table = Table::new("throttle-violations", limit.title(&shown));
    table.period_heading = Some(if limit.by_hour { "hour" } else { "day" });
    table.scope_heading = Some(limit.account.heading());
    let name = limit.measure.name();
    table.columns = vec![Head { name, heading: name, unit }];
    let mut sums = Sums::new(asked.facts, asked.scope);
    let mut rows = Vec::new();
    for period in asked.periods {
        if let Ok(used) = in_windows(limit, period, &mut sums, asked.scope) {
            rows.extend(
                above(limit, &used.windows)
                    .map(|(window, amount)| (*window, amount, used.least_days.contains(&window.0))),
            );
        }
    }
    // periods of hours see each window of a day again and again
    rows.sort_by_key(|((day, hour, account), amount, _)| {
        (-amount, *day, *hour, asked.text(*account))
    });
    rows.dedup();
    table.note_rest(rows.len(), asked.list_rows());
    for ((day, hour, account), amount, at_least) in rows.into_iter().take(asked.list_rows()) {
        let window = if hour == NO_HOUR { day.to_string() } else { format!("{day} {hour:02}") };
        let cell = Cell::Number(Number { divisor, at_least, ..Number::whole(amount) });
        table.rows.push(Row::new(&window, asked.text(account), Vec::new(), vec![cell]));
    }
    table
}

/// How much each account did in each window of a period; or why that is not known.
fn in_windows(
    limit: &Limit,
    period: &Period,
    sums: &mut Sums<'_>,
    scope: Scope,
) -> Result<InWindows, &'static str> {
    if period.hour.is_some() && !limit.by_hour {
        return Err("the limit is by day");
    }
    if let Scope::One(account, _) | Scope::Each(account) = scope
        && account == crate::scope::Account::User
        && limit.account != account
    {
        return Err("the limit is by domain");
    }
    let mut used =
        InWindows { windows: Windows::new(), at_least: false, least_days: BTreeSet::new() };
    let (mut some, mut all) = (false, true);
    let mut absence = Absence::NotCounted;
    // only sources that tell accounts apart count
    sums.scope = Scope::Each(limit.account);
    for day in period.each_day() {
        let mut counted = false;
        for metric in limit.measure.metrics() {
            let Some(metric) = sums.facts.names.find(metric.as_bytes()) else { continue };
            let chosen = sums.chosen(metric, day, limit.by_hour);
            if !chosen.silent.is_empty() || chosen.is_short {
                used.at_least = true;
                used.least_days.insert(day);
            }
            absence = absence.max(chosen.absence);
            for counter in &chosen.counters {
                if let Some(asked_for) = scope.account()
                    && !asked_for.is_in(sums.facts.dimensions(counter))
                {
                    absence = absence.max(Absence::NotInSums(asked_for.not_in_sums()));
                    continue;
                }
                counted = true;
                for fact in sums.facts.of_source(metric, day, counter) {
                    let key = &fact.key;
                    let account = limit.account.of(key);
                    let fits = period.hour.is_none_or(|hour| hour == key.hour);
                    let is_account = !matches!(sums.facts.names.text(account), b"" | b"(other)");
                    if fits && is_account && scope.place(key).is_some() {
                        let hour = if limit.by_hour { key.hour } else { NO_HOUR };
                        *used.windows.entry((day, hour, account)).or_default() +=
                            i128::from(fact.value);
                    }
                }
            }
            if counted {
                break;
            }
        }
        some |= counted;
        all &= counted;
    }
    used.at_least |= !all;
    sums.scope = scope;
    match absence {
        _ if some => Ok(used),
        Absence::Never(reason) | Absence::NotInSums(reason) => Err(reason),
        Absence::NotCounted => Err("no delivery log"),
    }
}
