//! The first lines: how much moved, what did not arrive, what was refused, what has changed, whether
//! anything is stuck, whether the books agree, and what is not known.

use std::collections::BTreeMap;

use common::time::Day;

use crate::cell::{Cell, Number};
use crate::document::Summary;
use crate::formula::{Cells, Formula, Unit};
use crate::names::Name;
use crate::period::Period;
use crate::reports::{Asked, books, changes, columns};
use crate::scope::Scope;
use crate::sums::Sums;
use crate::table::{Head, Row, Table};

/// How many of the reasons, dispositions and gaps a line names.
const NAMED: usize = 4;

/// What the lines are made from.
struct Lines<'a> {
    asked: &'a Asked<'a>,
    sums: Sums<'a>,
    whole: Period,
    summary: Summary,
}

/// The summary of all that is shown; `None` where each account has a row.
pub fn summary(asked: &Asked<'_>, tables: &[Table]) -> Option<Summary> {
    let (first, last) = (asked.periods.first()?, asked.periods.last()?);
    if matches!(asked.scope, Scope::Each(_)) {
        return None;
    }
    let whole = Period {
        name: asked.range(),
        days: first.days.start..last.days.end,
        hour: None,
        length_ms: asked.periods.iter().map(|period| period.length_ms).sum(),
    };
    let table = Table::new("summary", "Summary");
    let summary = Summary { lines: Vec::new(), table };
    let sums = Sums::new(asked.facts, asked.scope);
    let mut lines = Lines { asked, sums, whole, summary };
    lines.moved();
    lines.arrived();
    lines.refused();
    lines.queue();
    lines.full();
    lines.changed();
    lines.books();
    lines.unknown(tables);
    let mut summary = lines.summary;
    summary.table.period_heading = asked.period_heading();
    let cells: Vec<Cell> = summary.table.rows.drain(..).flat_map(|row| row.cells).collect();
    summary.table.rows = vec![Row::new(&lines.whole.name, asked.scope_name(), Vec::new(), cells)];
    Some(summary)
}

impl Lines<'_> {
    fn say(&mut self, word: &'static str, line: String) {
        self.summary.lines.push((word, line));
    }

    /// A number of the summary, which is also a cell of its table.
    fn cell(&mut self, name: &'static str, unit: Unit, formula: Formula) -> Cell {
        let cells = self.cells(formula);
        let cell = cells.get(0);
        self.keep(name, unit, cell.clone());
        cell
    }

    fn cells(&mut self, formula: Formula) -> Cells {
        let whole = self.whole.clone();
        formula.cells(&mut self.sums, &whole, &self.asked.terms)
    }

    fn keep(&mut self, name: &'static str, unit: Unit, cell: Cell) {
        let cell = match cell {
            Cell::Missing(reason) if reason.is_empty() => Cell::Missing("no log of it".into()),
            cell => cell,
        };
        self.summary.table.columns.push(Head { name, heading: name, unit });
        self.summary.table.rows.push(Row::new("", String::new(), Vec::new(), vec![cell]));
    }

    fn moved(&mut self) {
        let count = |metrics| Formula::Count(metrics);
        let bytes = |metrics| Formula::Kilobytes(metrics);
        let mut said = Vec::new();
        for (messages, kilobytes, metric, metric_bytes, way) in [
            ("in", "in-bytes", &["mail.in"], &["mail.in_bytes"], "in"),
            ("out", "out-bytes", &["mail.out"], &["mail.out_bytes"], "out"),
        ] {
            let messages = self.cell(messages, Unit::Messages, count(metric));
            let size = self.cell(kilobytes, Unit::Kilobytes, bytes(metric_bytes));
            if messages.number().is_some() {
                let words =
                    if said.is_empty() { format!(" messages {way}") } else { format!(" {way}") };
                let size =
                    size.number().map_or(String::new(), |size| format!(", {}", self.size(size)));
                said.push(format!("{messages}{words}{size}"));
            }
        }
        if !said.is_empty() {
            self.say("moved", said.join("; "));
        }
    }

    /// `98 MB`, or `98 kB` of what is less than 10 MB.
    fn size(&self, kilobytes: &Number) -> String {
        let unit = self.asked.terms.kilobyte;
        let mega = Number { divisor: kilobytes.divisor * unit, ..*kilobytes };
        let least = if kilobytes.at_least { ">= " } else { "" };
        if mega.rounded() < 10 {
            format!("{least}{kilobytes} kB")
        } else {
            format!("{least}{mega} MB")
        }
    }

    fn arrived(&mut self) {
        let out = self.cells(Formula::Count(&["mail.out"])).get(0);
        let failed = self.cell("failed", Unit::Messages, Formula::Count(&["mail.failed_out"]));
        let put_off = self.cell("put-off", Unit::Messages, Formula::Count(&["mail.deferred_out"]));
        let (Some(out), Some(lost)) = (out.number(), failed.number()) else { return };
        let tried = Number {
            amount: out.amount + lost.amount,
            at_least: out.at_least || lost.at_least,
            ..*out
        };
        let mut line =
            vec![format!("{} of {} that went out", Cell::Number(*out), Cell::Number(tried))];
        if lost.amount > 0 {
            let reasons = self.largest("mail.failed_out", |label| {
                label.split(' ').next().unwrap_or_default().to_owned()
            });
            line.push(format!("{failed} failed ({})", said(&reasons, true)));
        }
        let failed_in = self.cell("failed-in", Unit::Messages, Formula::Count(&["mail.failed_in"]));
        if failed_in.number().is_some_and(|number| number.amount > 0) {
            line.push(format!("{failed_in} that came in failed"));
        }
        if put_off.number().is_some_and(|number| number.amount > 0) {
            line.push(format!("{put_off} attempts put off"));
        }
        self.say("arrived", line.join("; "));
    }

    /// The labels of a metric that have most, after `word` has made one word of each.
    fn largest(&mut self, metric: &str, word: impl Fn(String) -> String) -> Vec<(String, i128)> {
        let mut of_words: BTreeMap<String, i128> = BTreeMap::new();
        let Some(metric) = self.asked.facts.names.find(metric.as_bytes()) else {
            return Vec::new();
        };
        for day in self.whole.each_day() {
            for counter in self.sums.chosen(metric, day, false).counters {
                for fact in self.asked.facts.of_source(metric, day, counter) {
                    if fact.value > 0 && self.asked.scope.place(&fact.key).is_some() {
                        let word = word(self.asked.text(fact.key.label));
                        *of_words.entry(word).or_default() += i128::from(fact.value);
                    }
                }
            }
        }
        let mut words: Vec<(String, i128)> = of_words.into_iter().collect();
        words.sort_by_key(|(_, count)| -count);
        words
    }

    fn refused(&mut self) {
        let refused = self.cell("refused", Unit::Lines, Formula::Count(&["verdict.denied"]));
        if refused.number().is_some_and(|number| number.amount > 0) {
            let dispositions = self.largest("verdict.denied", |label| label);
            self.say("refused", format!("{refused}: {}", said(&dispositions, false)));
        } else if refused.number().is_some() {
            self.say("refused", "none".into());
        }
    }

    fn queue(&mut self) {
        let way = |sampled| {
            if sampled {
                Formula::OverSamples("system.queue_ms")
            } else {
                Formula::OverTime(&["queue.active_ms"])
            }
        };
        let mut formula = way(false);
        let mut cells = self.cells(formula);
        if cells.get(0).number().is_none() {
            formula = way(true);
            cells = self.cells(formula);
        }
        let cell = cells.get(0);
        self.keep("queue", Unit::Average, cell.clone());
        let Some(number) = cell.number() else { return };
        let shown = average(number);
        let mut line = vec![format!("{shown} messages on average")];
        let start = self.whole.days.start;
        let zone = &mut common::time::Zone::local();
        let before = Period {
            name: String::new(),
            days: Day(start.0 - 7)..start,
            hour: None,
            length_ms: u64::try_from(
                (zone.start_of(start) - zone.start_of(Day(start.0 - 7))) * 1000,
            )
            .unwrap_or(0),
        };
        // silence of a week ago is no matter of this summary
        let mut sums = Sums::new(self.asked.facts, self.asked.scope);
        let before = formula.cells(&mut sums, &before, &self.asked.terms).get(0);
        if let Some(before) = before.number() {
            let before = average(before);
            line.push(format!("{before} on the 7 days before"));
        }
        self.say("queue", line.join(", "));
    }

    /// The minutes without room for a further client.
    fn full(&mut self) {
        const MS_IN_A_SECOND: i128 = 1000;
        const MS_IN_A_MINUTE: i128 = 60_000;
        const FULL: &[&str] = &[
            "smtp.full_ms",
            "submission.full_ms",
            "pop3.full_ms",
            "imap.full_ms",
            "spamd.full_ms",
        ];
        let cells = self.cells(Formula::Count(FULL));
        let Some(number) = cells.get(0).number().copied().filter(|number| number.amount > 0) else {
            return;
        };
        let (divisor, unit) = if number.amount < MS_IN_A_MINUTE {
            (MS_IN_A_SECOND, "seconds")
        } else {
            (MS_IN_A_MINUTE, "minutes")
        };
        let shown = Cell::Number(Number { divisor, decimals: 1, ..number });
        self.say("full", format!("{shown} {unit} without room for a further client"));
    }

    fn changed(&mut self) {
        let Some(comparison) = self.asked.comparison else { return };
        let changes = changes::changes(self.asked, comparison);
        let jumps = changes.iter().filter(|change| change.kind == changes::Kind::Jump).count();
        self.keep("jumps", Unit::Times, Cell::whole(i128::try_from(jumps).unwrap_or(i128::MAX)));
        let Some(change) = changes.first() else { return };
        let metric = self.asked.text(change.metric);
        let shown = |amount| match metric.strip_suffix("_bytes") {
            Some(_) => format!(
                "{} kB",
                Number { divisor: self.asked.terms.kilobyte, ..Number::whole(amount) }
            ),
            None => amount.to_string(),
        };
        let (name, days) = (self.asked.text(change.name), change.days);
        let (now, second, median) = (shown(change.now), shown(change.second), shown(change.median));
        let line = match change.kind {
            changes::Kind::Jump => {
                format!("{name}: {metric} {now}, second largest of {days} days {second}")
            }
            changes::Kind::New => {
                format!("{name}: {metric} {now}, with {days} days to compare with")
            }
            changes::Kind::Fall => format!("{name}: {metric} 0, median of {days} days {median}"),
        };
        let more = changes.len() - 1;
        self.say("changed", if more > 0 { format!("{line}; and {more} more") } else { line });
    }

    fn books(&mut self) {
        if self.asked.scope != Scope::All {
            return;
        }
        let entries = books::entries(self.asked);
        let both = entries.iter().filter_map(|entry| Some((entry.queued?, entry.taken?)));
        let both: Vec<((Name, i128), i128)> = both.collect();
        let Some(((source, _), _)) = both.first() else { return };
        let queued: i128 = both.iter().map(|((_, queued), _)| queued).sum();
        let taken: i128 = both.iter().map(|(_, taken)| taken).sum();
        let source = self.asked.text(*source);
        let disagree = entries.iter().filter(|entry| entry.disagrees()).count();
        let line = format!("{source} queued {queued}, qmail-send took {taken} from it");
        let of = entries.len();
        let line = match disagree {
            0 => line,
            _ if of == 1 => format!("{line}; they do not agree"),
            _ => format!("{line}; they do not agree on {disagree} of {of} days and hosts"),
        };
        self.say("books", line);
    }

    /// The gaps in reports that have something else to show.
    fn unknown(&mut self, tables: &[Table]) {
        // a report, a reason, and the columns
        let mut gaps: Vec<(&str, &str, Vec<&str>)> = Vec::new();
        for table in tables.iter().filter(|table| table.has_data() && !table.is_out_of_scope) {
            let report = columns::REPORTS.iter().find(|report| report.name == table.report);
            let Some(report) = report else { continue };
            for (at, column) in report.columns.iter().enumerate() {
                let cells = || table.rows.iter().map(|row| &row.cells[at]);
                if column.ways.is_empty() || cells().any(|cell| cell.number().is_some()) {
                    continue;
                }
                let Some(Cell::Missing(reason)) = cells().next_back() else { continue };
                let title = service(report.title);
                let same =
                    |gap: &&mut (&str, &str, Vec<&str>)| (gap.0, gap.1) == (title, reason.as_ref());
                match gaps.iter_mut().find(same) {
                    Some((.., columns)) if columns.contains(&column.heading) => {}
                    Some((.., columns)) => columns.push(column.heading),
                    None => gaps.push((title, reason, vec![column.heading])),
                }
            }
        }
        let shown = gaps
            .iter()
            .take(NAMED)
            .map(|(title, reason, columns)| format!("{title} {} ({reason})", columns.join(", ")));
        let mut shown: Vec<String> = shown.collect();
        if gaps.len() > NAMED {
            shown.push(format!("and {} more", gaps.len() - NAMED));
        }
        if !shown.is_empty() {
            self.say("unknown", shown.join("; "));
        }
    }
}

/// An average: a large one is whole, a small one has a decimal.
fn average(number: &Number) -> Cell {
    let decimals = u32::from(number.amount < 10 * number.divisor);
    Cell::Number(Number { decimals, ..*number })
}

/// `SMTP In` of `SMTP In Usage`.
fn service(title: &str) -> &str {
    title.strip_suffix(" Usage").or_else(|| title.strip_suffix(" Errors")).unwrap_or(title)
}

/// `dnsbl 2900, karma 310`, or `2 refused, 1 full`; the first few.
fn said(words: &[(String, i128)], count_first: bool) -> String {
    let shown = words.iter().take(NAMED).map(|(word, count)| {
        let word = if word.is_empty() { "unknown" } else { word };
        if count_first { format!("{count} {word}") } else { format!("{word} {count}") }
    });
    let mut shown: Vec<String> = shown.collect();
    let rest: i128 = words.iter().skip(NAMED).map(|(_, count)| count).sum();
    if rest > 0 {
        shown.push(if count_first { format!("{rest} other") } else { format!("other {rest}") });
    }
    shown.join(", ")
}
