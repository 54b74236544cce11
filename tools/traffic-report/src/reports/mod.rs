//! The reports: what was asked, and a table or more for each.

mod books;
pub mod changes;
pub mod columns;
mod dispositions;
mod failures;
mod list;
mod logins;
mod mailboxes;
mod mailstats;
mod notes;
mod smarter;
mod summary;
mod throttle;

use std::collections::BTreeMap;

use common::time::{Day, Instant};

use changes::Comparison;

use crate::cell::Cell;
use crate::document::Document;
use crate::facts::Facts;
use crate::formula::Terms;
use crate::limit::Limit;
use crate::names::Name;
use crate::period::{Period, Step};
use crate::scope::Scope;
use crate::table::{Head, Table};

/// The names of all reports, in the order in which they are shown.
pub const NAMES: &[&str] = &[
    "summary",
    "server-status",
    "message-traffic",
    "message-data",
    "throttle-traffic",
    "throttle-violations",
    "traffic-by-priority",
    "bandwidth-by-priority",
    "smtp-in-usage",
    "smtp-in-errors",
    "smtp-out-usage",
    "smtp-out-errors",
    "pop-usage",
    "pop-errors",
    "imap-usage",
    "imap-errors",
    "spamassassin-servers",
    "smtp-out-connections",
    "clamav",
    "mailstats",
    "dispositions",
    "failures",
    "logins",
    "books",
    "changes",
];

/// Shows once more what others show, in a layout of its own: only where it is named.
const LONG: &str = "mailstats";

/// How many rows of a list people see if they ask for nothing else.
const LIST_ROWS: usize = 20;

/// What reports found that a job should know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found {
    /// Violations, changes, or books that do not agree.
    pub is_anything: bool,
}

/// What all reports are made from.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What was read.
    pub facts: &'a Facts,
    /// The rows of most tables.
    pub periods: &'a [Period],
    /// How long they are.
    pub step: Step,
    /// When that is.
    pub now: Instant,
    /// Whose numbers are shown.
    pub scope: Scope,
    /// The name of the only account, where there is one, as it was asked for.
    pub account: &'a str,
    /// What formulas depend on.
    pub terms: Terms<'a>,
    /// What has no number because of the scope is named and not shown.
    pub is_for_people: bool,
    /// What accounts may do.
    pub limits: &'a [Limit],
    /// How the last day is compared with those before, if it is.
    pub comparison: Option<Comparison>,
    /// How many rows of a list are shown.
    pub top: Option<usize>,
    /// The column that lists are sorted by.
    pub sort: Option<&'a str>,
}

impl Asked<'_> {
    /// The text of a name.
    pub fn text(&self, name: Name) -> String {
        // fields have no bytes that are not UTF-8
        String::from_utf8_lossy(self.facts.names.text(name)).into_owned()
    }

    /// What the column of periods is called; there is none where the title names the only one.
    pub fn period_heading(&self) -> Option<&'static str> {
        (self.step != Step::Whole).then(|| self.step.heading())
    }

    /// The only account, or nothing for all.
    pub fn scope_name(&self) -> String {
        self.account.to_owned()
    }

    /// Where and when: `Mail on mail1, Saturday 2026-11-21`.
    fn title(&self) -> String {
        let hosts = self.facts.hosts();
        let whose = match (self.account, hosts.as_slice()) {
            ("", [] | [Name::EMPTY]) => "Mail".to_owned(),
            ("", [host]) => format!("Mail on {}", self.text(*host)),
            ("", hosts) => format!("Mail on {} hosts", hosts.len()),
            (account, _) => format!("Mail of {account}"),
        };
        match self.periods.first().zip(self.periods.last()) {
            Some((first, last)) => {
                format!("{whose}, {}", days_in_words(first.days.start, last.days.end))
            }
            None => whose,
        }
    }

    /// All days that are shown: `2026-11-21`, or `2026-11-01..2026-11-30`.
    pub fn range(&self) -> String {
        let Some((first, last)) = self.periods.first().zip(self.periods.last()) else {
            return String::new();
        };
        let (first, last) = (first.days.start, Day(last.days.end.0 - 1));
        if first == last { first.to_string() } else { format!("{first}..{last}") }
    }

    /// How many rows of a list are shown.
    pub fn list_rows(&self) -> usize {
        self.top.unwrap_or(if self.is_for_people { LIST_ROWS } else { usize::MAX })
    }

    /// The number of the column that a list is sorted by.
    pub fn sort_column(&self, columns: &[Head]) -> usize {
        let named = columns.iter().position(|column| Some(column.name) == self.sort);
        named.unwrap_or(0)
    }
}

/// Some days: `Saturday 2026-11-21`, or `2026-11-01 to 2026-11-30`.
pub fn days_in_words(first: Day, end: Day) -> String {
    const WEEKDAYS: [&str; 7] =
        ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
    let last = Day(end.0 - 1);
    if first != last {
        return format!("{first} to {last}");
    }
    // 1970-01-01 was a Thursday
    let weekday = usize::try_from(first.0.rem_euclid(7)).unwrap_or(0);
    format!("{} {first}", WEEKDAYS[weekday])
}

/// All that is shown: these reports, or each that has data; and whether they found anything.
pub fn document(reports: Option<&[&'static str]>, asked: &Asked<'_>) -> (Document, Found) {
    let by_default = || NAMES.iter().copied().filter(|name| *name != LONG).collect();
    let names: Vec<&str> = reports.map_or_else(by_default, <[_]>::to_vec);
    let mut found = Found::default();
    let mut tables = Vec::new();
    let mut without: Vec<&str> = Vec::new();
    for name in &names {
        let of_name = tables_of(name, asked, &mut found);
        if of_name.is_empty() && *name != "summary" {
            without.push(name);
        }
        tables.extend(of_name);
    }
    let wants_summary = names.contains(&"summary");
    let summary = wants_summary.then(|| summary::summary(asked, &tables)).flatten();
    let mut left_out = Vec::new();
    if reports.is_none() {
        tables.retain(Table::has_data);
    } else if !without.is_empty() {
        left_out.push(format!("left out: {} (of the server as a whole)", without.join(", ")));
    }
    if asked.is_for_people {
        left_out.extend(leave_out(&mut tables));
    }
    (Document { title: asked.title(), summary, tables, left_out }, found)
}

/// Takes out the tables that have no number because of the scope; a line for each reason.
fn leave_out(tables: &mut Vec<Table>) -> Vec<String> {
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    tables.retain(|table| {
        let reason = match table.rows.first().and_then(|row| row.cells.first()) {
            Some(Cell::Missing(reason)) if table.is_out_of_scope && !table.has_data() => reason,
            _ => return true,
        };
        let name = format!("{} {}", table.report, table.section);
        let names = reasons.entry(reason.to_string()).or_default();
        if names.last().is_none_or(|last| last != name.trim_end()) {
            names.push(name.trim_end().to_owned());
        }
        false
    });
    let line = |(reason, reports): (String, Vec<String>)| {
        format!("left out: {} ({reason})", reports.join(", "))
    };
    reasons.into_iter().map(line).collect()
}

/// The tables of a report; none if there is none for the scope.
fn tables_of(name: &str, asked: &Asked<'_>, found: &mut Found) -> Vec<Table> {
    let is_per = matches!(asked.scope, Scope::Each(_));
    match name {
        "throttle-traffic" if !is_per => vec![throttle::traffic(asked)],
        "throttle-violations" if !is_per => throttle::violations(asked, found),
        "mailstats" if !is_per => mailstats::tables(asked),
        "dispositions" if !is_per => dispositions::tables(asked),
        "failures" if !is_per => failures::tables(asked),
        "logins" if !is_per => logins::tables(asked),
        "books" => books::tables(asked, found),
        "changes" if !is_per => {
            let comparison = asked.comparison;
            comparison
                .map(|comparison| changes::table(asked, comparison, found))
                .into_iter()
                .collect()
        }
        _ => {
            let fits = |report: &&columns::Report| {
                report.name == name && (asked.scope == Scope::All || !report.by_host)
            };
            let smarter = columns::REPORTS.iter().find(fits);
            smarter.map(|report| smarter::table(report, asked)).into_iter().collect()
        }
    }
}
