//! What servers took and what they refused: by disposition and the top-level domain of the sender,
//! and by block list. Each program has its own table, since they speak of the same mail.

use std::collections::BTreeMap;

use crate::cell::Cell;
use crate::formula::Unit;
use crate::names::Name;
use crate::reports::Asked;
use crate::reports::list::{Counts, TOTAL, largest, sources};
use crate::scope::Scope;
use crate::sums::{Absence, Sums};
use crate::table::{Head, Kind, Table};

const NAME: &str = "dispositions";
const TITLE: &str = "Dispositions";
/// The sum of all, as the report of the SME Server wiki writes it.
const GRAND_TOTAL: &str = "{{Total}}";
const NO_VERDICTS: &str = "no log of what was taken and refused";
const COLUMNS: [Head; 2] = [
    Head { name: "count", heading: "Count", unit: Unit::Lines },
    Head { name: "percent", heading: "Pct", unit: Unit::Percent },
];
const DISPOSITION: &str = "Denying plugin or \"queued\"";

/// The tables: dispositions of each source, then lists of each source.
pub fn tables(asked: &Asked<'_>) -> Vec<Table> {
    let empty = || Table::list(NAME, TITLE, &[DISPOSITION, "TLD"], &COLUMNS, asked);
    let metric = if asked.scope == Scope::All { "verdict.tld" } else { "verdict.denied" };
    let mut tables = Vec::new();
    for source in sources(metric, asked) {
        tables.push(match asked.scope {
            Scope::All => by_tld(source, empty(), asked),
            Scope::One(..) | Scope::Each(_) => refused(source, asked),
        });
    }
    if tables.is_empty() {
        let mut table = empty();
        for period in asked.periods {
            table.add_missing((period, asked), Absence::NotCounted, NO_VERDICTS);
        }
        table.note_cells();
        tables.push(table);
    }
    for source in sources("verdict.dnsbl", asked) {
        tables.push(lists(source, asked));
    }
    tables
}

/// The sums of a source alone.
fn sums_of<'a>(source: Name, asked: &Asked<'a>) -> Sums<'a> {
    let mut sums = Sums::new(asked.facts, asked.scope);
    sums.source = Some(source);
    sums
}

/// What a source took and refused, as the SME Server wiki has it: a row for each top-level domain,
/// then a sub-total with its share, all of them by name.
fn by_tld(source: Name, mut table: Table, asked: &Asked<'_>) -> Table {
    table.section = asked.text(source);
    table.title = format!("{TITLE} ({})", table.section);
    let mut sums = sums_of(source, asked);
    let mut is_cut = false;
    let most = asked.top.unwrap_or(usize::MAX);
    for period in asked.periods {
        let place = (period, asked);
        let labels = Counts::new(&mut sums, "verdict.tld", period, |key| key.label);
        if let Err(absence) = labels.at_least {
            table.add_missing(place, absence, NO_VERDICTS);
            continue;
        }
        let denied = Counts::new(&mut sums, "verdict.denied", period, |key| asked.text(key.label));
        let mut dispositions: BTreeMap<String, Vec<(String, i128)>> = BTreeMap::new();
        for (label, amount) in &labels.by {
            let label = asked.text(*label);
            let (disposition, tld) = split(&label, |word| denied.by.contains_key(word));
            dispositions.entry(disposition.into()).or_default().push((tld.into(), *amount));
        }
        for (disposition, tlds) in dispositions {
            let sum = tlds.iter().map(|(_, amount)| amount).sum();
            is_cut |= tlds.len() > most;
            let mut tlds = largest(tlds, most);
            tlds.sort_unstable();
            for (tld, amount) in tlds {
                let cells = vec![labels.cell(amount, NO_VERDICTS), Cell::Blank];
                table.add(place, vec![disposition.clone(), tld], cells, Kind::Plain);
            }
            let cells = vec![labels.cell(sum, NO_VERDICTS), labels.share(sum)];
            table.add(place, vec![disposition, TOTAL.into()], cells, Kind::Subtotal);
        }
        let all = labels.total();
        let cells = vec![labels.cell(all, NO_VERDICTS), labels.share(all)];
        table.add(place, vec![String::new(), GRAND_TOTAL.into()], cells, Kind::Total);
    }
    if is_cut {
        table.notes.push(format!("the {most} most frequent TLDs of each; see --top"));
    }
    table.with_notes(&sums, asked)
}

/// `DISPOSITION TLD`: which blank of several is between them? Dispositions are known from refusals; a
/// TLD is whatever a stranger wrote.
fn split(label: &str, is_refusal: impl Fn(&str) -> bool) -> (&str, &str) {
    let mut blanks = label.match_indices(' ').map(|(at, _)| at);
    let is_known = |word: &str| matches!(word, "queued" | "accepted") || is_refusal(word);
    let known = blanks.clone().rfind(|at| is_known(&label[..*at]));
    match known.or_else(|| blanks.next_back()) {
        Some(at) => (&label[..at], &label[at + 1..]),
        None => (label, ""),
    }
}

/// What a source refused to an account.
fn refused(source: Name, asked: &Asked<'_>) -> Table {
    let section = asked.text(source);
    let title = format!("Refused ({section})");
    let table = Table::list(NAME, title, &["Denying plugin"], &COLUMNS, asked);
    let table = Table { section, ..table };
    by_label("verdict.denied", source, table, (asked, asked.top.unwrap_or(usize::MAX)))
}

/// The block lists that a source refused by.
fn lists(source: Name, asked: &Asked<'_>) -> Table {
    let source_text = asked.text(source);
    let title = format!("Block lists ({source_text})");
    let table = Table::list(NAME, title, &["List"], &COLUMNS, asked);
    let table = Table { section: format!("{source_text} lists"), ..table };
    by_label("verdict.dnsbl", source, table, (asked, asked.list_rows()))
}

/// Fills a table with a metric of a source by label, the most frequent first.
fn by_label(
    metric: &str,
    source: Name,
    mut table: Table,
    (asked, most): (&Asked<'_>, usize),
) -> Table {
    let mut sums = sums_of(source, asked);
    for period in asked.periods {
        let place = (period, asked);
        let counts = Counts::new(&mut sums, metric, period, |key| asked.text(key.label));
        if let Err(absence) = counts.at_least {
            table.add_missing(place, absence, NO_VERDICTS);
            continue;
        }
        let all = counts.total();
        table.note_rest(counts.by.len(), most);
        for (label, amount) in largest(counts.by.clone(), most) {
            let cells = vec![counts.cell(amount, NO_VERDICTS), counts.share(amount)];
            table.add(place, vec![label], cells, Kind::Plain);
        }
        let cells = vec![counts.cell(all, NO_VERDICTS), counts.share(all)];
        table.add(place, vec![TOTAL.into()], cells, Kind::Total);
    }
    table.with_notes(&sums, asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_split_where_the_disposition_ends() {
        let known = |word: &str| matches!(word, "dnsbl" | "rejected rcpt" | "rejected");
        for (label, expected) in [
            ("dnsbl com", ("dnsbl", "com")),
            ("dnsbl ", ("dnsbl", "")),
            ("queued x dnsbl y", ("queued", "x dnsbl y")),
            ("rejected rcpt com", ("rejected rcpt", "com")),
            ("not known com", ("not known", "com")),
            ("", ("", "")),
        ] {
            assert_eq!(split(label, known), expected, "{label}");
        }
    }
}
