//! Who logged in, who failed to, and what was sent by those who had logged in.

use std::collections::BTreeMap;

use crate::cell::Cell;
use crate::facts::Key;
use crate::formula::Unit;
use crate::names::Name;
use crate::period::Period;
use crate::reports::Asked;
use crate::reports::list::{Counts, TOTAL, cell, largest, sources};
use crate::scope::Scope;
use crate::sums::{Absence, Sums};
use crate::table::{Head, Kind, Table};

const NAME: &str = "logins";
const NO_LOGINS: &str = "no log of logins";
const NO_SENDERS: &str = "no log of who logged in to send";
const NO_USER: &str = "a session without a user may be without a login";
const SERVICES: [&str; 5] = ["smtp", "submission", "pop3", "imap", "webmail"];
const COLUMNS: [Head; 3] = [
    Head { name: "failed", heading: "failed", unit: Unit::Connections },
    Head { name: "good", heading: "good", unit: Unit::Connections },
    Head { name: "sessions", heading: "sessions", unit: Unit::Connections },
];
const SENT: [Head; 1] = [Head { name: "sent", heading: "messages", unit: Unit::Messages }];

/// The sessions of a service by what its rows name: a user, or else only a domain, or nobody.
#[derive(Debug)]
struct Sessions {
    at_least: Result<bool, Absence>,
    /// How many failed, and how many there were.
    by: BTreeMap<String, [i128; 2]>,
}

/// The sessions, then the messages.
pub fn tables(asked: &Asked<'_>) -> Vec<Table> {
    let logins = Table::list(NAME, "Logins", &["service", "user"], &COLUMNS, asked);
    let sent = Table::list(NAME, "Sent after a login", &["user"], &SENT, asked);
    let sent = Table { section: "sent".into(), ..sent };
    vec![sessions(logins, asked), messages(sent, asked)]
}

/// Whose a number is, as far as the sums say.
fn account(key: &Key, asked: &Asked<'_>) -> String {
    asked.text(if key.user == Name::EMPTY { key.domain } else { key.user })
}

fn sessions(mut table: Table, asked: &Asked<'_>) -> Table {
    let mut sums = Sums::new(asked.facts, asked.scope);
    let most = asked.list_rows();
    let by = asked.sort_column(&COLUMNS);
    let services: Vec<&str> = SERVICES
        .into_iter()
        .filter(|service| !sources(&format!("{service}.auth_failed"), asked).is_empty())
        .collect();
    for period in asked.periods {
        let place = (period, asked);
        if services.is_empty() {
            table.add_missing(place, Absence::NotCounted, NO_LOGINS);
        }
        let mut rows = Vec::new();
        let mut totals = Vec::new();
        for service in &services {
            let sessions = Sessions::new(&mut sums, service, period, asked);
            totals.push((vec![(*service).to_owned(), TOTAL.to_owned()], sessions.total(asked)));
            table.heed(sessions.at_least, asked);
            for (account, amounts) in &sessions.by {
                let [failed, all] = *amounts;
                let cells = sessions.cells(account, [failed, all - failed, all]);
                rows.push((
                    (vec![(*service).to_owned(), account.clone()], cells),
                    [failed, all - failed, all][by],
                ));
            }
        }
        table.note_rest(rows.len(), most);
        rows.sort_by(|((one, _), one_amount), ((other, _), other_amount)| {
            other_amount.cmp(one_amount).then_with(|| one.cmp(other))
        });
        for ((words, cells), _) in rows.into_iter().take(most) {
            table.add(place, words, cells, Kind::Plain);
        }
        for (words, cells) in totals {
            table.add(place, words, cells, Kind::Total);
        }
    }
    table.with_notes(&sums, asked)
}

impl Sessions {
    /// Those of a service. Both numbers are of the source that counted the failures: another one may
    /// count more sessions, but knows of no login.
    fn new(sums: &mut Sums<'_>, service: &str, period: &Period, asked: &Asked<'_>) -> Self {
        let [failed, all] = ["auth_failed", "connections"].map(|name| format!("{service}.{name}"));
        let mut by: BTreeMap<String, [i128; 2]> = BTreeMap::new();
        let mut at_least = Ok(false);
        for (at, metric) in [&failed, &all].into_iter().enumerate() {
            at_least = sums.each_beside(&[(&failed, metric)], period, |fact, _| {
                if fact.value > 0 {
                    by.entry(account(&fact.key, asked)).or_default()[at] += i128::from(fact.value);
                }
            });
        }
        Sessions { at_least, by }
    }

    fn cells(&self, account: &str, [failed, good, all]: [i128; 3]) -> Vec<Cell> {
        let [failed, good, all] =
            [failed, good, all].map(|amount| cell(self.at_least, amount, NO_LOGINS));
        let is_unknown = self.at_least.is_ok() && account.is_empty();
        vec![failed, if is_unknown { Cell::Missing(NO_USER.into()) } else { good }, all]
    }

    /// All of them; of what was good that of those who are named.
    fn total(&self, asked: &Asked<'_>) -> Vec<Cell> {
        let [mut failed, mut good, mut all] = [0; 3];
        // all that is of one account names it
        let mut is_known = asked.scope != Scope::All;
        for (account, [failures, sessions]) in &self.by {
            (failed, all) = (failed + failures, all + sessions);
            if !account.is_empty() {
                good += sessions - failures;
                is_known = true;
            }
        }
        self.cells(if is_known { TOTAL } else { "" }, [failed, good, all])
    }
}

/// The messages of those who had logged in, the most first.
fn messages(mut table: Table, asked: &Asked<'_>) -> Table {
    let mut sums = Sums::new(asked.facts, asked.scope);
    let most = asked.list_rows();
    for period in asked.periods {
        let place = (period, asked);
        let counts = Counts::new(&mut sums, "verdict.sent", period, |key| account(key, asked));
        if let Err(absence) = counts.at_least {
            table.add_missing(place, absence, NO_SENDERS);
            continue;
        }
        let total = counts.cell(counts.total(), NO_SENDERS);
        table.note_rest(counts.by.len(), most);
        for (account, amount) in largest(counts.by, most) {
            let cells = vec![cell(counts.at_least, amount, NO_SENDERS)];
            table.add(place, vec![account], cells, Kind::Plain);
        }
        table.add(place, vec![TOTAL.into()], vec![total], Kind::Total);
    }
    table.with_notes(&sums, asked)
}
