//! What did not arrive, and what was put off: why, where, and on whose side.

use common::rows::reason::Reason;

use crate::formula::Unit;
use crate::reports::Asked;
use crate::reports::list::{Counts, TOTAL, cell, largest};
use crate::scope::Scope;
use crate::sums::Sums;
use crate::table::{Head, Kind, Table};

const NAME: &str = "failures";
const NO_DELIVERIES: &str = "no delivery log";

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is over: the message comes back.
    Failed,
    /// It is tried again.
    Deferred,
}

impl Outcome {
    /// The metrics of what comes in and of what goes out.
    fn metrics(self) -> [(&'static str, &'static str); 2] {
        match self {
            Outcome::Failed => [("in", "mail.failed_in"), ("out", "mail.failed_out")],
            Outcome::Deferred => [("in", "mail.deferred_in"), ("out", "mail.deferred_out")],
        }
    }

    fn table(self, asked: &Asked<'_>) -> Table {
        let (title, head) = match self {
            Outcome::Failed => {
                ("Did not arrive", Head { name: "failed", heading: "failed", unit: Unit::Messages })
            }
            Outcome::Deferred => (
                "Put off, to be tried again",
                Head { name: "deferred", heading: "attempts", unit: Unit::Times },
            ),
        };
        let words: &[_] = match asked.scope {
            Scope::All => &["direction", "reason", "recipient's domain", "side"],
            // the domains that an account writes to are others'
            Scope::One(..) | Scope::Each(_) => &["direction", "reason", "side"],
        };
        Table::list(NAME, title, words, &[head], asked)
    }
}

/// What did not arrive, then what was put off.
pub fn tables(asked: &Asked<'_>) -> Vec<Table> {
    [Outcome::Failed, Outcome::Deferred]
        .map(|outcome| fill(outcome.table(asked), outcome, asked))
        .into()
}

/// Fills a table: the most frequent first, then a total of each direction.
fn fill(mut table: Table, outcome: Outcome, asked: &Asked<'_>) -> Table {
    let mut sums = Sums::new(asked.facts, asked.scope);
    let most = asked.list_rows();
    for period in asked.periods {
        let place = (period, asked);
        let mut rows = Vec::new();
        let mut totals = Vec::new();
        for (direction, metric) in outcome.metrics() {
            let counts = Counts::new(&mut sums, metric, period, |key| {
                let label = asked.text(key.label);
                let (reason, domain) = label.split_once(' ').unwrap_or((&label, ""));
                let side = side(reason, direction == "in", outcome);
                let domain = if direction == "in" { asked.text(key.domain) } else { domain.into() };
                words(asked, [direction, reason, &domain, side])
            });
            let cell = cell(counts.at_least, counts.total(), NO_DELIVERIES);
            table.heed(counts.at_least, asked);
            totals.push((words(asked, [direction, TOTAL, "", ""]), cell));
            rows.extend(counts.by.into_iter().map(|row| (row, counts.at_least)));
        }
        table.note_rest(rows.len(), most);
        let rows = rows.into_iter().map(|((words, amount), at_least)| ((words, at_least), amount));
        for ((words, at_least), amount) in largest(rows, most) {
            table.add(place, words, vec![cell(at_least, amount, NO_DELIVERIES)], Kind::Plain);
        }
        for (words, cell) in totals {
            table.add(place, words, vec![cell], Kind::Total);
        }
    }
    table.with_notes(&sums, asked)
}

/// The words of a row: direction, reason, domain and side, but none of the domains of others where
/// only the numbers of one account are to be seen.
fn words(asked: &Asked<'_>, words: [&str; 4]) -> Vec<String> {
    let [direction, reason, domain, side] = words.map(str::to_owned);
    match asked.scope {
        Scope::All => vec![direction, reason, domain, side],
        Scope::One(..) | Scope::Each(_) => vec![direction, reason, side],
    }
}

const THEIRS: &str = "theirs";
const OURS: &str = "ours";
const SENDER: &str = "sender";
const UNCLEAR: &str = "unclear";

/// Where it has to be mended: on the side of the recipient's server, on ours, or by the sender, whose
/// address is wrong. The table of the manual.
fn side(reason: &str, is_in: bool, outcome: Outcome) -> &'static str {
    let Some(reason) = Reason::ALL.into_iter().find(|known| known.name() == reason) else {
        return UNCLEAR;
    };
    let is_final = outcome == Outcome::Failed;
    match reason {
        // no such domain; while it is tried again, a name server, theirs or ours, has no answer
        Reason::Dns => either(is_final, SENDER, UNCLEAR),
        // no such mailbox; while it is tried again, a server that takes nothing
        Reason::Refused => either(is_final || is_in, SENDER, THEIRS),
        // what is delivered here fails here
        Reason::Connect | Reason::Lost | Reason::Full | Reason::Temporary => {
            either(is_in, OURS, THEIRS)
        }
        // our mail or their rules; whatever it was that put it off before
        Reason::Policy | Reason::TooOld => either(is_in, OURS, UNCLEAR),
        Reason::Local => OURS,
        Reason::Other => UNCLEAR,
    }
}

fn either(is: bool, yes: &'static str, no: &'static str) -> &'static str {
    if is { yes } else { no }
}
