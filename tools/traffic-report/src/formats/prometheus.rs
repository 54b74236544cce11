//! Prometheus' text format: the metrics as counters, and the averages of a report as gauges.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::cell::{Cell, Number};
use crate::document::Document;
use crate::facts::Fact;
use crate::formula::Unit;
use crate::names::Name;
use crate::reports::Asked;

/// What a counter is told apart by: host, source, label, domain.
type Labels = [String; 4];
const LABEL_NAMES: [&str; 4] = ["host", "source", "label", "domain"];

/// Appends everything.
pub fn write(document: &Document, asked: &Asked<'_>, now_seconds: i64, text: &mut String) {
    counters(asked, text);
    gauges(document, text);
    let name = "maillog_report_timestamp_seconds";
    // writing to a string cannot fail
    let _ = writeln!(text, "# HELP {name} When the report was made.\n# TYPE {name} gauge");
    let _ = writeln!(text, "{name} {now_seconds}");
}

fn counters(asked: &Asked<'_>, text: &mut String) {
    let names = &asked.facts.names;
    let mut metrics: Vec<Name> = asked.facts.metrics().collect();
    // what was sampled is shown as averages
    metrics.retain(|metric| !names.text(*metric).starts_with(b"system."));
    metrics.sort_unstable_by_key(|metric| names.text(*metric));
    for metric in metrics {
        let domains = largest_domains(asked, metric);
        let mut sums: BTreeMap<Labels, i128> = BTreeMap::new();
        for_each_fact(asked, metric, |fact| {
            let is_shown = domains.contains(&fact.key.domain);
            let domain = if is_shown { asked.text(fact.key.domain) } else { String::new() };
            let label = shown_label(&asked.text(metric), &asked.text(fact.key.label));
            let labels = [asked.text(fact.key.host), asked.text(fact.key.source), label, domain];
            *sums.entry(labels).or_default() += i128::from(fact.value);
        });
        if sums.is_empty() {
            continue;
        }
        let metric = asked.text(metric);
        // times in seconds, as everywhere in Prometheus
        let (unit, divisor, decimals) =
            if metric.ends_with("_ms") { ("_seconds", 1000, 3) } else { ("", 1, 0) };
        let base = metric.strip_suffix("_ms").unwrap_or(&metric);
        let name = format!("maillog_{}{unit}_total", name(base));
        let _ = writeln!(text, "# HELP {name} {metric} of metric-sum.\n# TYPE {name} counter");
        for (labels, amount) in sums {
            let value = Number { amount, divisor, decimals, at_least: false };
            let _ = writeln!(text, "{name}{} {value}", braces(&labels));
        }
    }
}

/// Hands out what was counted of a metric on the days that are shown.
fn for_each_fact(asked: &Asked<'_>, metric: Name, mut each: impl FnMut(&Fact)) {
    let days: BTreeSet<_> =
        asked.periods.iter().flat_map(crate::period::Period::each_day).collect();
    for day in days {
        for counter in asked.facts.counters(metric) {
            let facts = asked.facts.of_source(metric, day, counter).iter();
            facts.filter(|fact| asked.scope.place(&fact.key).is_some()).for_each(&mut each);
        }
    }
}

/// The domains that have most of a metric, as many as were asked for.
fn largest_domains(asked: &Asked<'_>, metric: Name) -> BTreeSet<Name> {
    let Some(top) = asked.top else { return BTreeSet::new() };
    let mut sums: BTreeMap<Name, u128> = BTreeMap::new();
    for_each_fact(asked, metric, |fact| {
        if fact.key.domain != Name::EMPTY {
            *sums.entry(fact.key.domain).or_default() += u128::from(fact.value);
        }
    });
    let mut domains: Vec<(Name, u128)> = sums.into_iter().collect();
    domains.sort_by(|(one, less), (other, more)| {
        more.cmp(less).then_with(|| asked.text(*one).cmp(&asked.text(*other)))
    });
    domains.into_iter().take(top).map(|(domain, _)| domain).collect()
}

/// The label where it is one of a few: strangers choose the others.
fn shown_label(metric: &str, label: &str) -> String {
    match metric {
        "verdict.denied" | "verdict.dnsbl" | "verdict.queued" => label.to_owned(),
        "mail.failed_in" | "mail.failed_out" | "mail.deferred_in" | "mail.deferred_out" => {
            label.split(' ').next().unwrap_or_default().to_owned()
        }
        _ => String::new(),
    }
}

fn gauges(document: &Document, text: &mut String) {
    for table in &document.tables {
        for (at, head) in table.columns.iter().enumerate() {
            match head.unit {
                Unit::Average | Unit::Percent => {}
                Unit::Messages
                | Unit::Connections
                | Unit::Lines
                | Unit::Times
                | Unit::Days
                | Unit::OfRow
                | Unit::Kilobytes => continue,
            }
            // a gauge is of now: the last period
            let last = table.rows.last().map(|row| row.period.clone()).unwrap_or_default();
            let rows = table.rows.iter().filter(|row| row.period == last && row.words.is_empty());
            let mut lines = String::new();
            // the end `_count` is for histograms
            let column = head.name.strip_suffix("-count").unwrap_or(head.name);
            let name = name(&format!("maillog_{}_{column}", table.report));
            for row in rows {
                if let Cell::Number(number) = &row.cells[at] {
                    let host = [row.scope.clone(), String::new(), String::new(), String::new()];
                    let _ = writeln!(lines, "{name}{} {number}", braces(&host));
                }
            }
            if !lines.is_empty() {
                let _ = writeln!(text, "# HELP {name} {}: {}.", table.title, head.heading);
                let _ = write!(text, "# TYPE {name} gauge\n{lines}");
            }
        }
    }
}

/// A name as Prometheus wants it.
fn name(text: &str) -> String {
    let fits = |byte: char| byte.is_ascii_alphanumeric() || byte == '_';
    text.chars().map(|byte| if fits(byte) { byte } else { '_' }).collect()
}

/// `{host="mail1",source="qmail-send"}`, of those that are not empty.
fn braces(labels: &Labels) -> String {
    let shown = LABEL_NAMES.iter().zip(labels).filter(|(_, text)| !text.is_empty());
    let shown: Vec<String> = shown
        .map(|(name, text)| {
            let text = text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
            format!("{name}=\"{text}\"")
        })
        .collect();
    if shown.is_empty() { String::new() } else { format!("{{{}}}", shown.join(",")) }
}
