//! mailstats' table by hour: what became of each message and each refused connection.

use common::time::{Day, Zone};

use crate::cell::Cell;
use crate::formula::Unit;
use crate::period::{Period, Step, periods};
use crate::reports::Asked;
use crate::reports::list::{Counts, both, cell, either, share};
use crate::reports::mailstats::{NAME, NO_QPSMTPD, sums_of_qpsmtpd};
use crate::scope::Scope;
use crate::sums::{Absence, Sums};
use crate::table::{Head, Kind, Row, Table};

/// Where mail came from, which no row says.
const GUESSES: [(&str, &str); 5] = [
    ("fetchmail", "Fetchmail"),
    ("webmail", "WebMail"),
    ("mailman", "Mailman"),
    ("local", "Local"),
    ("relay", "Relay"),
];
const GUESS: &str = "mailstats guesses it from names and addresses";
const SPAM_UNKNOWN: &str = "the log does not say which queued mail is spam";
/// It refuses for other plugins, and the rows do not say for which.
const NAUGHTY: &str = "naughty";
/// mailstats counts it in no column.
const LEFT_OUT: &str = "tnef2mime";

/// mailstats' columns of what became of it, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Category {
    Dmarc,
    Virus,
    BlockList,
    Executable,
    Country,
    NonConforming,
    Load,
    Karma,
    SpamDeleted,
    SpamQueued,
    Ham,
}

impl Category {
    const ALL: [Category; 11] = [
        Category::Dmarc,
        Category::Virus,
        Category::BlockList,
        Category::Executable,
        Category::Country,
        Category::NonConforming,
        Category::Load,
        Category::Karma,
        Category::SpamDeleted,
        Category::SpamQueued,
        Category::Ham,
    ];

    /// Its name in TSV, and as mailstats writes it.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Category::Dmarc => ("dmarc", "DMARC Rej."),
            Category::Virus => ("virus", "Virus"),
            Category::BlockList => ("rbl-dns", "RBL/DNS"),
            Category::Executable => ("execut", "Execut."),
            Category::Country => ("geoip", "Geoip."),
            Category::NonConforming => ("non-conf", "Non.Conf."),
            Category::Load => ("rej-load", "Rej.Load"),
            Category::Karma => ("karma", "Karma"),
            Category::SpamDeleted => ("del-spam", "Del.Spam"),
            Category::SpamQueued => ("qued-spam", "Qued.Spam?"),
            Category::Ham => ("ham", "Ham"),
        }
    }

    /// That of a refusal; any plugin that mailstats does not know is one of its non-conforming.
    fn of_refusal(plugin: &str) -> Self {
        match plugin {
            "dmarc" => Category::Dmarc,
            "virus::clamav" | "virus::clamdscan" => Category::Virus,
            "dnsbl" | "rhsbl" | "uribl" => Category::BlockList,
            "pattern_filter" | "virus::pattern_filter" => Category::Executable,
            "check_badcountries" => Category::Country,
            "loadcheck" => Category::Load,
            "karma" => Category::Karma,
            "spamassassin" => Category::SpamDeleted,
            _ => Category::NonConforming,
        }
    }

    /// That of a queued message; without a score it is ham.
    fn of_queued(label: &str) -> Self {
        if label == "spam" { Category::SpamQueued } else { Category::Ham }
    }

    /// What naughty refuses may belong here.
    fn may_be_naughty(self) -> bool {
        match self {
            Category::BlockList | Category::NonConforming | Category::Karma => true,
            Category::Dmarc
            | Category::Virus
            | Category::Executable
            | Category::Country
            | Category::Load
            | Category::SpamDeleted
            | Category::SpamQueued
            | Category::Ham => false,
        }
    }
}

/// The numbers of an hour, or of all.
#[derive(Clone, Debug)]
struct Hour {
    counts: [i128; Category::ALL.len()],
    naughty: i128,
    left_out: i128,
    denied: Result<bool, Absence>,
    queued: Result<bool, Absence>,
    /// Is it known which queued mail is spam?
    spam: Result<bool, Absence>,
}

impl Hour {
    fn new(sums: &mut Sums<'_>, period: &Period, asked: &Asked<'_>) -> Self {
        let denied = Counts::new(sums, "verdict.denied", period, |key| asked.text(key.label));
        let queued = Counts::new(sums, "verdict.queued", period, |key| asked.text(key.label));
        let spam = sums.each(&["verdict.spam_in"], period, |_, _| {});
        let mut hour = Hour {
            counts: [0; Category::ALL.len()],
            naughty: 0,
            left_out: 0,
            denied: denied.at_least,
            queued: queued.at_least,
            spam: queued.at_least.and(spam),
        };
        for (plugin, amount) in denied.by {
            match plugin.as_str() {
                NAUGHTY => hour.naughty += amount,
                LEFT_OUT => hour.left_out += amount,
                plugin => hour.counts[Category::of_refusal(plugin) as usize] += amount,
            }
        }
        for (label, amount) in queued.by {
            hour.counts[Category::of_queued(&label) as usize] += amount;
        }
        hour
    }

    /// Adds another one.
    fn add(&mut self, other: &Self) {
        self.counts.iter_mut().zip(other.counts).for_each(|(sum, amount)| *sum += amount);
        self.naughty += other.naughty;
        self.left_out += other.left_out;
        self.denied = either(self.denied, other.denied);
        self.queued = either(self.queued, other.queued);
        self.spam = either(self.spam, other.spam);
    }

    /// Is there a number at all?
    fn has_any(&self) -> bool {
        self.denied.is_ok() || self.queued.is_ok()
    }

    /// The sum of the columns, and of what naughty refused.
    fn total(&self) -> i128 {
        self.counts.iter().sum::<i128>() + self.naughty
    }

    /// All lines of the log.
    fn examined(&self) -> i128 {
        self.total() + self.left_out
    }

    fn total_at_least(&self) -> Result<bool, Absence> {
        both(self.denied, self.queued)
    }

    /// A column's number, and why there is none.
    fn of(&self, category: Category) -> (i128, Result<bool, Absence>, &'static str) {
        let (at_least, reason) = match category {
            Category::SpamQueued => (self.spam, SPAM_UNKNOWN),
            Category::Ham => (self.queued, NO_QPSMTPD),
            _ => (self.denied, NO_QPSMTPD),
        };
        let hides_some = category.may_be_naughty() && self.naughty > 0;
        let reason = if self.queued.is_err() { NO_QPSMTPD } else { reason };
        (self.counts[category as usize], at_least.map(|least| least || hides_some), reason)
    }

    /// Its row: what came from where, what became of it, their sum, and its share of `examined`.
    fn cells(&self, examined: i128) -> Vec<Cell> {
        let total = self.total_at_least();
        let columns = Category::ALL.map(|category| {
            let (amount, at_least, reason) = self.of(category);
            cell(at_least, amount, reason)
        });
        let last = [cell(total, self.total(), NO_QPSMTPD), percent(total, self.total(), examined)];
        guesses().chain(columns).chain(last).collect()
    }

    /// The row of the shares of its columns.
    fn shares(&self) -> Vec<Cell> {
        let examined = self.examined();
        let total = self.total_at_least();
        let columns = Category::ALL.map(|category| {
            let (amount, at_least, reason) = self.of(category);
            match at_least.and(total) {
                Ok(_) => percent(at_least, amount, examined),
                Err(absence) => Cell::Missing(absence.reason(reason).into()),
            }
        });
        let last = [(); 2].map(|()| percent(total, self.total(), examined));
        guesses().chain(columns).chain(last).collect()
    }
}

fn guesses() -> impl Iterator<Item = Cell> {
    GUESSES.iter().map(|_| Cell::Missing(GUESS.into()))
}

fn percent(at_least: Result<bool, Absence>, amount: i128, examined: i128) -> Cell {
    match at_least {
        Ok(at_least) => share(amount, examined, 1, at_least),
        Err(absence) => Cell::Missing(absence.reason(NO_QPSMTPD).into()),
    }
}

/// The table: a row for each hour of each day, then their sums and shares.
pub fn table(asked: &Asked<'_>) -> Table {
    let mut table = Table::new(NAME, "mailstats: statistics by hour");
    table.period_heading = Some("hour");
    table.word_headings = vec!["sum"];
    let columns = GUESSES.into_iter().chain(Category::ALL.map(Category::names));
    let head = |(name, heading)| Head { name, heading, unit: Unit::OfRow };
    table.columns = columns.chain([("totals", "TOTALS")]).map(head).collect();
    table.columns.push(Head { name: "percent", heading: "PERCENT", unit: Unit::Percent });
    let (Some(first), Some(last)) = (asked.periods.first(), asked.periods.last()) else {
        return table;
    };
    let mut sums = sums_of_qpsmtpd(asked);
    let (mut hours, mut sum) = (Vec::new(), None::<Hour>);
    for day in (first.days.start.0..last.days.end.0).map(Day) {
        for period in periods(day..Day(day.0 + 1), Step::Hour, asked.now, &mut Zone::local()) {
            let hour = Hour::new(&mut sums, &period, asked);
            match &mut sum {
                Some(sum) => sum.add(&hour),
                None => sum = Some(hour.clone()),
            }
            // a day that was not counted is missing in the sum, and has no rows
            if !hour.has_any() {
                break;
            }
            hours.push((period.name, hour));
        }
    }
    let Some(all) = sum else { return table };
    let row = |period: &str, word: &str, cells| {
        let row = Row::new(period, asked.scope_name(), vec![word.to_owned()], cells);
        Row { unit: Unit::Lines, ..row }
    };
    for (name, hour) in &hours {
        table.rows.push(row(name, "", hour.cells(all.examined())));
    }
    let range = asked.range();
    let totals = row(&range, "TOTALS", all.cells(all.examined()));
    table.rows.push(Row { kind: Kind::Total, ..totals });
    let shares = row(&range, "PERCENTAGES", all.shares());
    table.rows.push(Row { kind: Kind::Total, unit: Unit::Percent, ..shares });
    table.is_out_of_scope = asked.scope != Scope::All && !all.has_any();
    if all.naughty > 0 {
        let note = "naughty refused {} for RBL/DNS, Non.Conf. or Karma: these are in TOTALS alone";
        table.notes.push(note.replace("{}", &all.naughty.to_string()));
    }
    table.with_notes(&sums, asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_in_the_order_of_their_numbers() {
        for (at, category) in Category::ALL.into_iter().enumerate() {
            assert_eq!(category as usize, at);
        }
    }
}
