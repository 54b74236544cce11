//! Where a number comes from: its formula, the metric rows, and how to see the rows of logs behind
//! them.

use std::collections::HashSet;
use std::fmt::Write;

use common::bytes::tsv;
use common::filter::Stop;
use common::time::Day;

use crate::formula::{Column, Formula, Way};
use crate::log_rows::pipeline;
use crate::names::Name;
use crate::period::Period;
use crate::reports::Asked;
use crate::reports::columns::REPORTS;
use crate::sums::Sums;

/// What our own reports are made from.
const OWN: [(&str, &[&str]); 9] = [
    (
        "summary",
        &[
            "mail.in",
            "mail.in_bytes",
            "mail.out",
            "mail.out_bytes",
            "mail.failed_out",
            "mail.failed_in",
            "mail.deferred_out",
            "verdict.denied",
            "queue.active_ms",
        ],
    ),
    ("throttle-traffic", THROTTLED),
    ("throttle-violations", THROTTLED),
    (
        "mailstats",
        &["verdict.denied", "verdict.queued", "verdict.accepted", "verdict.dnsbl", "clamd.virus"],
    ),
    ("dispositions", &["verdict.tld", "verdict.denied", "verdict.dnsbl"]),
    ("failures", &["mail.failed_in", "mail.failed_out", "mail.deferred_in", "mail.deferred_out"]),
    (
        "logins",
        &[
            "smtp.auth_failed",
            "submission.auth_failed",
            "pop3.auth_failed",
            "imap.auth_failed",
            "verdict.sent",
        ],
    ),
    ("books", &["verdict.queued", "queue.messages"]),
    ("changes", &["mail.out", "mail.out_bytes", "mail.failed_out"]),
];
const THROTTLED: &[&str] = &["mail.bounces_in", "verdict.sent", "mail.out", "mail.out_bytes"];

/// Says where the numbers of a column, `REPORT/ITEM`, or of one of our own reports come from.
pub fn explain(cell: &str, asked: &Asked<'_>) -> Result<String, Stop> {
    let refused = |what| Stop::usage(format!("--explain={}", tsv::visible(cell.as_bytes())), what);
    if let Some((name, metrics)) = OWN.iter().find(|(name, _)| *name == cell) {
        return Ok(of_report(name, metrics, asked));
    }
    let words = cell.split_once('/');
    let (report, item) = words.ok_or_else(|| {
        refused("not REPORT/ITEM of SmarterMail's reports, nor one of the other reports")
    })?;
    let report = REPORTS.iter().find(|known| known.name == report);
    let report = report.ok_or_else(|| refused("not one of SmarterMail's reports"))?;
    let column = report.columns.iter().find(|column| column.name == item);
    let column = column.ok_or_else(|| refused("the report has no such column"))?;
    let hosts = if report.by_host { asked.facts.hosts() } else { Vec::new() };
    let hosts = hosts.into_iter().map(Some).chain((!report.by_host).then_some(None));
    let mut text = String::new();
    for (host, period) in
        hosts.flat_map(|host| asked.periods.iter().map(move |period| (host, period)))
    {
        let mut sums = Sums::new(asked.facts, asked.scope);
        sums.host = host;
        let of = host.map_or(String::new(), |host| format!(" of {}", asked.text(host)));
        let title = format!("{cell}{of}, {}", period.name);
        of_column(&title, column, period, (sums, asked), &mut text);
    }
    // an empty line stands between two cells
    text.pop();
    Ok(text)
}

/// Says where the numbers of one of our own reports come from.
fn of_report(name: &str, metrics: &[&str], asked: &Asked<'_>) -> String {
    let mut text = String::new();
    for period in asked.periods {
        let _ = writeln!(text, "{name}, {}:", period.name);
        let mut sums = Sums::new(asked.facts, asked.scope);
        let mut lines = Vec::new();
        for metric in metrics {
            rows(metric, (period, None), (&mut sums, asked), &mut text, &mut lines);
        }
        end(lines, period, asked, &mut text);
    }
    text.pop();
    text
}

/// Ends a section with the ways to the rows of logs.
fn end(mut lines: Vec<String>, period: &Period, asked: &Asked<'_>, text: &mut String) {
    lines.sort_unstable();
    lines.dedup();
    for line in lines {
        let _ = writeln!(text, "log rows: {line}");
    }
    let hour = period.hour.map(|hour| format!("hour {hour:02}"));
    let account = Some(asked.account.to_owned()).filter(|account| !account.is_empty());
    let only: Vec<String> = hour.into_iter().chain(account).collect();
    if !only.is_empty() {
        let _ = writeln!(text, "of these: those of {}", only.join(", "));
    }
    text.push('\n');
}

// writing to a string cannot fail
fn of_column(
    title: &str,
    column: &Column,
    period: &Period,
    (mut sums, asked): (Sums<'_>, &Asked<'_>),
    text: &mut String,
) {
    let cells = column.cells(&mut sums, period, &asked.terms);
    let shown = cells.total();
    let _ = writeln!(text, "{title}: {shown} {}", column.unit.name());
    if let crate::cell::Cell::Missing(reason) = &shown {
        let _ = writeln!(text, "why: {reason}");
    }
    let way = column.ways.iter().find(|way| {
        let cells = way.formula.cells(&mut sums, period, &asked.terms);
        cells.amounts.at_least.is_ok()
    });
    for other in column.ways {
        let is_used = way.is_some_and(|way| way.formula == other.formula);
        let how = if is_used { "formula" } else { "not used" };
        let _ = writeln!(text, "{how}: {}", described(*other, period, asked));
    }
    let Some(way) = way else {
        text.push('\n');
        return;
    };
    let mut lines = Vec::new();
    let uids = if way.formula == Formula::Queued { asked.terms.smtp_uids } else { None };
    for metric in way.formula.metrics() {
        rows(metric, (period, uids), (&mut sums, asked), text, &mut lines);
    }
    end(lines, period, asked, text);
}

/// The metric rows of a period, a sum for each day, host and source, and how to see what they count.
fn rows(
    metric: &str,
    (period, labels): (&Period, Option<&[Name]>),
    (sums, asked): (&mut Sums<'_>, &Asked<'_>),
    text: &mut String,
    pipelines: &mut Vec<String>,
) {
    let Some(name) = asked.facts.names.find(metric.as_bytes()) else { return };
    for day in period.each_day() {
        let chosen = sums.chosen(name, day, period.hour.is_some()).counters;
        let chosen: HashSet<(Name, Name)> =
            chosen.iter().map(|counter| (counter.host, counter.source)).collect();
        for counter in asked.facts.counters(name).iter().filter(|counter| counter.counted(day)) {
            let of_day = asked.facts.of_source(name, day, counter).iter();
            let fits = of_day.filter(|fact| {
                period.hour.is_none_or(|hour| hour == fact.key.hour)
                    && labels.is_none_or(|labels| labels.contains(&fact.key.label))
                    && asked.scope.place(&fact.key).is_some()
            });
            let value: u128 = fits.map(|fact| u128::from(fact.value)).sum();
            let (host, source) = (asked.text(counter.host), asked.text(counter.source));
            if sums.host.is_some_and(|only| only != counter.host) {
                continue;
            }
            let is_chosen = chosen.contains(&(counter.host, counter.source));
            let what = if is_chosen { "row" } else { "another source" };
            let _ = writeln!(text, "{what}: {day} {host} {source} {metric} {value}");
            if is_chosen {
                let next = Day(day.0 + 1);
                // for dates that name no year
                let year = day.civil().0;
                let log = format!("multilog-cat --year={year} --since={day} --until={next} LOG");
                pipelines
                    .extend(pipeline(&source, metric, year).map(|rest| format!("{log} | {rest}")));
            }
        }
    }
    for ((source, host), days) in &sums.silences {
        let days: Vec<String> = days.iter().map(Day::to_string).collect();
        let (source, host) = (asked.text(*source), asked.text(*host));
        let _ = writeln!(text, "silent: {source} of {host}, on {}", days.join(", "));
    }
    sums.silences.clear();
}

fn described(way: Way, period: &Period, asked: &Asked<'_>) -> String {
    let sum = |metrics: &[&str]| metrics.join(" + ");
    let kilobyte = asked.terms.kilobyte;
    let length_ms = period.length_ms;
    let formula = match way.formula {
        Formula::Count(metrics) => sum(metrics),
        Formula::Kilobytes(metrics) => format!("({}) / {kilobyte}", sum(metrics)),
        Formula::OverTime(metrics) => format!("({}) / {length_ms} ms", sum(metrics)),
        Formula::OverSamples(metric) => format!("{metric} / system.sample_ms"),
        Formula::PercentOfSamples(metric) => format!("100 * {metric} / system.sample_ms"),
        Formula::KilobytesOverSamples(metric) => {
            format!("{metric} * 1024 / {kilobyte} / system.sample_ms")
        }
        Formula::Queued => {
            format!("(queue.in_bytes - 2048 * queue.messages, of --smtp-uid) / {kilobyte}")
        }
        Formula::Scans => {
            "clamd.connections, at least if these are all clamd.virus + clamd.failed".into()
        }
    };
    if way.at_least { format!("at least {formula}") } else { formula }
}
