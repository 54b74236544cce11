//! Which charts a table has: one for each two columns that count alike.

use std::fmt::Write;

use crate::cell::{Cell, Number};
use crate::formula::Unit;
use crate::table::{Head, Row, Table};

/// How many decimals are drawn.
const DECIMALS: u32 = 2;
/// So much is one.
pub const ONE: u128 = 100;

/// How numbers are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// What was counted: a bar for each period.
    Bars,
    /// What there was on average: a line with steps.
    Steps,
}

/// A column of numbers, one for each period.
#[derive(Clone, Debug)]
pub struct Series<'a> {
    /// The column.
    pub head: &'a Head,
    /// In the order of the periods.
    pub cells: Vec<&'a Cell>,
}

/// A picture of one column or two.
#[derive(Clone, Debug)]
pub struct Chart<'a> {
    /// The title of the table.
    pub title: &'a str,
    /// What periods are called.
    pub step: &'a str,
    /// The names of the periods.
    pub periods: Vec<&'a str>,
    /// The second is drawn downwards.
    pub series: Vec<Series<'a>>,
}

/// A number as it is drawn, in hundredths; `None` below 0.
pub fn drawn(number: &Number) -> Option<u128> {
    u128::try_from(Number { decimals: DECIMALS, ..*number }.rounded()).ok()
}

impl Series<'_> {
    /// The largest number, in hundredths, and where it is; `None` if there is no number.
    pub fn largest(&self) -> Option<(u128, usize)> {
        let numbers = self.cells.iter().enumerate();
        let drawn = numbers.filter_map(|(at, cell)| Some((drawn(cell.number()?)?, at)));
        // the first of equal ones
        drawn.max_by_key(|(amount, at)| (*amount, usize::MAX - *at))
    }

    /// How numbers like these are drawn.
    pub fn shape(&self) -> Shape {
        match self.head.unit {
            Unit::Messages
            | Unit::Connections
            | Unit::Lines
            | Unit::Times
            | Unit::Days
            | Unit::Kilobytes
            | Unit::OfRow => Shape::Bars,
            Unit::Percent | Unit::Average => Shape::Steps,
        }
    }

    fn has_something_to_draw(&self) -> bool {
        let mut numbers = self.cells.iter().filter_map(|cell| cell.number());
        numbers.all(|number| number.amount >= 0)
            && self.largest().is_some_and(|(amount, _)| amount > 0)
    }
}

impl<'a> Chart<'a> {
    /// The charts of a table; none unless its rows are two periods or more of one thing.
    pub fn of(table: &'a Table) -> Vec<Self> {
        let (Some(step), [first, .., last]) = (table.period_heading, table.rows.as_slice()) else {
            return Vec::new();
        };
        let same = |row: &Row| row.scope == first.scope && row.words == first.words;
        if first.period == last.period || !table.rows.iter().all(same) {
            return Vec::new();
        }
        let mut charts: Vec<Self> = Vec::new();
        for (at, head) in table.columns.iter().enumerate() {
            let cells = table.rows.iter().map(|row| &row.cells[at]).collect();
            let series = Series { head, cells };
            if !series.has_something_to_draw() {
                continue;
            }
            match charts.last_mut() {
                Some(chart) if chart.has_room_for(&series) => chart.series.push(series),
                _ => {
                    let periods = table.rows.iter().map(|row| row.period.as_str()).collect();
                    charts.push(Chart { title: &table.title, step, periods, series: vec![series] });
                }
            }
        }
        charts
    }

    fn has_room_for(&self, series: &Series<'_>) -> bool {
        let [only] = self.series.as_slice() else { return false };
        only.head.unit == series.head.unit && series.shape() == Shape::Bars
    }

    /// What one period shows: `2026-11-21: incoming 1204, outgoing 336`.
    pub fn period(&self, at: usize) -> String {
        let cells = self.series.iter().map(|series| {
            let reason = match series.cells[at] {
                Cell::Missing(reason) => format!(" ({reason})"),
                Cell::Number(_) | Cell::Blank => String::new(),
            };
            format!("{} {}{reason}", series.head.heading, series.cells[at])
        });
        format!("{}: {}", self.periods[at], cells.collect::<Vec<_>>().join(", "))
    }

    /// What it shows, for those who do not see it.
    pub fn description(&self) -> String {
        let (count, last) = (self.periods.len(), self.periods[self.periods.len() - 1]);
        let mut text = format!("{count} periods, {} to {last}.", self.periods[0]);
        for series in &self.series {
            let (heading, cells) = (series.head.heading, &series.cells);
            // a string takes whatever is written to it
            if let Some((_, at)) = series.largest() {
                let _ = write!(text, " Largest {heading}: {} on {}.", cells[at], self.periods[at]);
            }
            let missing = cells.iter().filter(|cell| cell.number().is_none()).count();
            if missing > 0 {
                let _ = write!(text, " {heading}: n/a in {missing} of them.");
            }
        }
        text
    }

    /// Where the axis of periods has a label, and what it says, if there is room for so many bytes:
    /// the first in full, others without what all have in common.
    pub fn labels(&self, room: usize) -> Vec<(usize, &'a str)> {
        let common = self.common_start();
        let most = |length: usize| room / (length - common.min(length) + 2);
        let label = |at: usize, length: usize| {
            let name = self.periods[at];
            (at, if at == 0 { name } else { name.get(common..length).unwrap_or(name) })
        };
        // the first of each day, month or year, if that gives a fair number of labels
        let ends = |length: &usize| {
            self.periods[0].get(*length..).is_some_and(|rest| rest.starts_with(['-', ' ']))
        };
        let lengths = ["2026-11-21", "2026-11", "2026"].map(str::len).into_iter();
        for length in lengths.filter(|length| *length < self.periods[0].len()).filter(ends) {
            let start = |at: usize| self.periods[at].get(..length);
            let is_first = |at: &usize| *at == 0 || start(*at) != start(at - 1);
            let firsts: Vec<usize> = (0..self.periods.len()).filter(is_first).collect();
            if (4..=most(length)).contains(&firsts.len()) {
                return firsts.into_iter().map(|at| label(at, length)).collect();
            }
        }
        let (count, length) = (self.periods.len(), self.periods[0].len());
        let steps = [1, 2, 3, 5, 7, 10, 14, 20, 30, 50, 100];
        let step = steps.into_iter().find(|step| count.div_ceil(*step) <= most(length));
        (0..count).step_by(step.unwrap_or(count)).map(|at| label(at, length)).collect()
    }

    /// How many bytes all names begin with, up to a `-` or a blank.
    fn common_start(&self) -> usize {
        let (first, last) = (self.periods[0], self.periods[self.periods.len() - 1]);
        let same = first.bytes().zip(last.bytes()).take_while(|(one, other)| one == other).count();
        first[..same].rfind(['-', ' ']).map_or(0, |at| at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(periods: &[String], room: usize) -> Vec<&str> {
        let periods = periods.iter().map(String::as_str).collect();
        let chart = Chart { title: "", step: "", periods, series: Vec::new() };
        chart.labels(room).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn labels_are_few_and_name_what_differs() {
        let days: Vec<String> = (1..=30).map(|day| format!("2026-11-{day:02}")).collect();
        assert_eq!(labels(&days, 24), ["2026-11-01", "06", "11", "16", "21", "26"]);
        let hours: Vec<String> = (0..24).map(|hour| format!("2026-11-21 {hour:02}")).collect();
        assert_eq!(labels(&hours, 40)[..3], ["2026-11-21 00", "03", "06"]);
        // of hours of several days the days, of days of several months the months
        let hours =
            (20..26).flat_map(|day| (0..24).map(move |hour| format!("2026-11-{day} {hour:02}")));
        let hours: Vec<String> = hours.collect();
        assert_eq!(labels(&hours, 60), ["2026-11-20 00", "21", "22", "23", "24", "25"]);
        let days =
            (1..=6).flat_map(|month| (1..=28).map(move |day| format!("2026-{month:02}-{day:02}")));
        let days: Vec<String> = days.collect();
        assert_eq!(labels(&days, 60), ["2026-01-01", "02", "03", "04", "05", "06"]);
        let weeks: Vec<String> = (1..=53).map(|week| format!("2026-W{week:02}")).collect();
        assert_eq!(labels(&weeks, 40)[..2], ["2026-W01", "W08"]);
    }
}
