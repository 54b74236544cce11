//! What the daily mail of SME Server's mailstats shows, as far as metrics say it: a table by hour, then
//! domains, viruses, dispositions, rules, block lists and addresses. Verdicts are those of qpsmtpd,
//! whose log mailstats reads.

mod hours;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::cell::Cell;
use crate::formula::Unit;
use crate::names::Name;
use crate::period::Period;
use crate::reports::Asked;
use crate::reports::list::{Counts, TOTAL, both, cell, largest, share};
use crate::scope::{Account, Scope};
use crate::sums::Sums;
use crate::table::{Head, Kind, Table};

const NAME: &str = "mailstats";
const NO_QPSMTPD: &str = "no qpsmtpd log";
const NO_CLAMD: &str = "no clamd log";
const NO_SPAMD: &str = "no spamd log";
/// A number is of no account.
const NOBODY: &str = "(none)";

/// All its tables, in its order.
pub fn tables(asked: &Asked<'_>) -> Vec<Table> {
    vec![
        hours::table(asked),
        domains(asked),
        labels(asked, ("viruses", "viruses", "virus"), "clamd.virus", NO_CLAMD),
        dispositions(asked),
        rules(asked),
        labels(asked, ("lists", "block lists", "list"), "verdict.dnsbl", NO_QPSMTPD),
        addresses(asked),
    ]
}

fn list(
    (section, title, word): (&str, &str, &'static str),
    columns: &[Head],
    asked: &Asked<'_>,
) -> Table {
    let table = Table::list(NAME, format!("mailstats: {title}"), &[word], columns, asked);
    Table { section: section.to_owned(), ..table }
}

const fn head(name: &'static str, unit: Unit) -> Head {
    Head { name, heading: name, unit }
}

/// Sums of what qpsmtpd counted.
fn sums_of_qpsmtpd<'a>(asked: &Asked<'a>) -> Sums<'a> {
    let mut sums = Sums::new(asked.facts, asked.scope);
    // if no row is of it, no row has this name
    sums.source = Some(asked.facts.names.find(b"qpsmtpd").unwrap_or(Name(u32::MAX)));
    sums
}

/// The same, which has none if no row names an account.
fn sums_by_account<'a>(account: Account, asked: &Asked<'a>) -> Sums<'a> {
    let mut sums = sums_of_qpsmtpd(asked);
    if asked.scope == Scope::All {
        sums.scope = Scope::Each(account);
    }
    sums
}

/// What was refused and what was taken for each domain, in the order of their labels from the right.
fn domains(asked: &Asked<'_>) -> Table {
    let columns = [
        head("total", Unit::Messages),
        head("deny", Unit::Lines),
        head("accept", Unit::Messages),
        Head { name: "percent", heading: "%accept", unit: Unit::Percent },
    ];
    let mut table = list(("domains", "mail by recipient's domain", "domain"), &columns, asked);
    let mut sums = sums_by_account(Account::Domain, asked);
    let most = asked.list_rows();
    for period in asked.periods {
        let [deny, accept] = ["verdict.denied", "verdict.accepted"]
            .map(|metric| Counts::new(&mut sums, metric, period, |key| key.domain));
        let at_least = match both(deny.at_least, accept.at_least) {
            Ok(at_least) => at_least,
            Err(absence) => {
                table.add_missing((period, asked), absence, NO_QPSMTPD);
                continue;
            }
        };
        let cells = |refused: i128, taken: i128| {
            let all = refused + taken;
            let total = cell(Ok(at_least), all, NO_QPSMTPD);
            let counts = [total, deny.cell(refused, NO_QPSMTPD), accept.cell(taken, NO_QPSMTPD)];
            counts.into_iter().chain([share(taken, all, 2, at_least)]).collect()
        };
        let all = sums_by_name(&deny, &accept);
        table.note_rest(all.len(), most);
        let mut rows: Vec<(String, Name)> = largest(all, most)
            .into_iter()
            .map(|(domain, _)| (asked.text(domain), domain))
            .collect();
        rows.sort_by_cached_key(|(text, _)| {
            text.split('.').rev().map(str::to_owned).collect::<Vec<_>>()
        });
        for (text, domain) in rows {
            let word = if domain == Name::EMPTY { NOBODY.to_owned() } else { text };
            let cells = cells(deny.get(&domain), accept.get(&domain));
            table.add((period, asked), vec![word], cells, Kind::Plain);
        }
        let cells = cells(deny.total(), accept.total());
        table.add((period, asked), vec![TOTAL.into()], cells, Kind::Total);
    }
    table.with_notes(&sums, asked)
}

/// The sums of two counts.
fn sums_by_name(one: &Counts<Name>, other: &Counts<Name>) -> BTreeMap<Name, i128> {
    let mut sums = one.by.clone();
    for (name, amount) in &other.by {
        *sums.entry(*name).or_default() += amount;
    }
    sums
}

/// What a number is a share of.
#[derive(Clone, Copy, Debug)]
enum Whole {
    /// Nothing that is shown.
    None,
    /// The sum of the list.
    Sum,
    /// Another number, of which several rows may have the same share.
    Of(i128),
}

const COUNT: Head = head("count", Unit::Lines);
const PERCENT: Head = head("percent", Unit::Percent);

/// What qpsmtpd refused and took, the most frequent first.
fn dispositions(asked: &Asked<'_>) -> Table {
    let name = ("dispositions", "qpsmtpd codes", "reason");
    let mut table = list(name, &[COUNT, PERCENT], asked);
    let mut sums = sums_of_qpsmtpd(asked);
    for period in asked.periods {
        let mut counts =
            Counts::new(&mut sums, "verdict.denied", period, |key| asked.text(key.label));
        let queued = Counts::new(&mut sums, "verdict.queued", period, |_| ());
        counts.at_least = both(counts.at_least, queued.at_least);
        if queued.total() > 0 {
            counts.by.insert("queued".into(), queued.total());
        }
        fill(&mut table, (period, asked), counts, NO_QPSMTPD, Whole::Sum);
    }
    table.with_notes(&sums, asked)
}

/// The labels of a metric, the most frequent first.
fn labels(
    asked: &Asked<'_>,
    name: (&str, &str, &'static str),
    metric: &str,
    reason: &'static str,
) -> Table {
    let is_verdict = metric.starts_with("verdict.");
    let unit = if is_verdict { Unit::Lines } else { Unit::Times };
    let mut table = list(name, &[head("count", unit)], asked);
    let mut sums =
        if is_verdict { sums_of_qpsmtpd(asked) } else { Sums::new(asked.facts, asked.scope) };
    for period in asked.periods {
        let counts = Counts::new(&mut sums, metric, period, |key| asked.text(key.label));
        fill(&mut table, (period, asked), counts, reason, Whole::None);
    }
    table.with_notes(&sums, asked)
}

/// The rules of spamd, and in which share of what spamd looked at each was found.
fn rules(asked: &Asked<'_>) -> Table {
    let columns = [head("count", Unit::Times), PERCENT];
    let mut table = list(("rules", "SpamAssassin rules", "rule"), &columns, asked);
    let mut sums = Sums::new(asked.facts, asked.scope);
    for period in asked.periods {
        let counts = Counts::new(&mut sums, "spamd.rule", period, |key| asked.text(key.label));
        let scans = Counts::new(&mut sums, "spamd.connections", period, |_| ());
        let counts = Counts { at_least: both(counts.at_least, scans.at_least), ..counts };
        fill(&mut table, (period, asked), counts, NO_SPAMD, Whole::Of(scans.total()));
    }
    table.with_notes(&sums, asked)
}

/// Adds the most frequent labels and, if they are parts of it, their shares of a whole.
fn fill(
    table: &mut Table,
    place: (&Period, &Asked<'_>),
    counts: Counts<String>,
    reason: &'static str,
    whole: Whole,
) {
    let at_least = match counts.at_least {
        Ok(at_least) => at_least,
        Err(absence) => return table.add_missing(place, absence, reason),
    };
    let most = place.1.list_rows();
    table.note_rest(counts.by.len(), most);
    let total = counts.total();
    let row = |amount, is_total| {
        let share = match whole {
            Whole::None => None,
            Whole::Sum => Some(share(amount, total, 1, at_least)),
            Whole::Of(_) if is_total => Some(Cell::Blank),
            Whole::Of(whole) => Some(share(amount, whole, 1, at_least)),
        };
        [cell(Ok(at_least), amount, reason)].into_iter().chain(share).collect()
    };
    for (label, amount) in largest(counts.by, most) {
        table.add(place, vec![label], row(amount, false), Kind::Plain);
    }
    table.add(place, vec![TOTAL.into()], row(total, true), Kind::Total);
}

/// What each address got, was spared, and got although it is spam; the most first.
fn addresses(asked: &Asked<'_>) -> Table {
    let columns = [
        head("queued", Unit::Messages),
        head("rejected", Unit::Lines),
        Head { name: "tagged", heading: "spam tagged", unit: Unit::Messages },
    ];
    let mut table = list(("addresses", "mail by recipient", "address"), &columns, asked);
    let mut sums = sums_by_account(Account::User, asked);
    let most = asked.list_rows();
    for period in asked.periods {
        let [queued, rejected, tagged] = ["verdict.accepted", "verdict.denied", "verdict.spam_in"]
            .map(|metric| {
                let mut counts = Counts::new(&mut sums, metric, period, |key| key.user);
                counts.by.remove(&Name::EMPTY);
                counts
            });
        if let Err(absence) = both(queued.at_least, rejected.at_least) {
            table.add_missing((period, asked), absence, NO_QPSMTPD);
            continue;
        }
        let cells = |[all, refused, spam]: [i128; 3]| {
            let spam_cell = tagged.cell(spam, "the log does not say which queued mail is spam");
            vec![queued.cell(all - spam, NO_QPSMTPD), rejected.cell(refused, NO_QPSMTPD), spam_cell]
        };
        let all = sums_by_name(&queued, &rejected);
        table.note_rest(all.len(), most);
        let mut rows: Vec<(Name, i128)> = all.into_iter().collect();
        rows.sort_by_cached_key(|(user, all)| (Reverse(*all), asked.text(*user)));
        for (user, _) in rows.into_iter().take(most) {
            let cells = cells([&queued, &rejected, &tagged].map(|counts| counts.get(&user)));
            table.add((period, asked), vec![asked.text(user)], cells, Kind::Plain);
        }
        let cells = cells([&queued, &rejected, &tagged].map(Counts::total));
        table.add((period, asked), vec![TOTAL.into()], cells, Kind::Total);
    }
    table.with_notes(&sums, asked)
}
