//! Which messages count, and who pays for them.

use std::os::unix::ffi::OsStrExt;

use common::bytes::span::short;
use common::bytes::tsv;
use common::filter::Stop;
use common::filter::cli::Args;
use common::rows::moments::{Moment, exact};
use common::rows::schema::MessageColumn;
use common::rows::table::InputRow;
use common::rows::year;
use common::time::{Day, Instant, Zone, window};

use crate::sum::KeyColumn;

/// The flags that are about messages.
pub const FLAGS: [&str; 7] = ["direction", "status", "day", "since", "until", "year", "charge"];

/// Who pays for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Charge {
    /// The recipient of what comes in, the sender of what goes out.
    Own,
    /// Always the recipient.
    Recipient,
    /// Always the sender.
    Sender,
}

/// The columns of the address that is charged and of the other one.
pub type Parties = [MessageColumn; 2];

/// Which messages count, and who pays for them.
#[derive(Debug)]
pub struct Terms {
    charge: Charge,
    direction: Option<String>,
    statuses: Option<Vec<Vec<u8>>>,
    /// The only day.
    pub day: Option<Day>,
    since: Option<(i64, u32)>,
    until: Option<(i64, u32)>,
    /// Of the first date that names none.
    pub year: Option<i64>,
}

impl Terms {
    /// The terms of the command line.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let mut terms = Terms {
            charge: match args.choice("charge") {
                "recipient" => Charge::Recipient,
                "sender" => Charge::Sender,
                _ => Charge::Own,
            },
            direction: args.has("direction").then(|| args.choice("direction").to_owned()),
            statuses: args.value("status").map(|list| {
                list.as_bytes().split(|byte| *byte == b',').map(<[u8]>::to_vec).collect()
            }),
            day: None,
            since: None,
            until: None,
            year: year(args)?,
        };
        if !["day", "since", "until"].into_iter().any(|flag| args.has(flag)) {
            return Ok(terms);
        }
        let (now, zone) = (Instant::now(), &mut Zone::local());
        let what = "a day (YYYY-MM-DD, today, yesterday)";
        terms.day = args.parsed("day", what, |text| window::day(text, now, zone))?;
        let mut bound = |flag| {
            let read = |text: &[u8]| window::moment(text, now, zone).map(exact);
            args.parsed(flag, window::EXPECTED, read)
        };
        (terms.since, terms.until) = (bound("since")?, bound("until")?);
        Ok(terms)
    }

    /// Is this column looked at where sums are by those?
    pub fn need(&self, column: MessageColumn, by: &[KeyColumn]) -> bool {
        let have = |column| by.contains(&column);
        let charged = have(KeyColumn::Domain) || have(KeyColumn::User);
        let peer = have(KeyColumn::PeerDomain);
        match column {
            MessageColumn::Time => {
                self.are_timed() || have(KeyColumn::Day) || have(KeyColumn::Hour)
            }
            MessageColumn::Host => have(KeyColumn::Host),
            MessageColumn::Direction => {
                self.charge == Charge::Own || have(KeyColumn::Direction) || self.direction.is_some()
            }
            MessageColumn::Sender => {
                charged && self.charge != Charge::Recipient || peer && self.charge != Charge::Sender
            }
            MessageColumn::Recipient => {
                charged && self.charge != Charge::Sender || peer && self.charge != Charge::Recipient
            }
            MessageColumn::Bytes => true,
            MessageColumn::Status => have(KeyColumn::Status) || self.statuses.is_some(),
            MessageColumn::Pid
            | MessageColumn::Attempts
            | MessageColumn::ActiveMs
            | MessageColumn::QueueMs
            | MessageColumn::Reason
            | MessageColumn::Relay
            | MessageColumn::Source
            | MessageColumn::Text => false,
        }
    }

    fn are_timed(&self) -> bool {
        self.day.is_some() || self.since.is_some() || self.until.is_some()
    }

    /// Does every message count?
    pub fn are_open(&self) -> bool {
        self.direction.is_none() && self.statuses.is_none() && !self.are_timed()
    }

    /// Does this message count? `moment` must be there if the time matters.
    pub fn allow(&self, row: &InputRow<'_>, moment: Option<&Moment>) -> bool {
        let text = |column| tsv::unescape(row.field(column as usize).bytes());
        let direction = |wanted: &String| *text(MessageColumn::Direction) == *wanted.as_bytes();
        let status = |wanted: &Vec<Vec<u8>>| {
            let status = text(MessageColumn::Status);
            wanted.iter().any(|word| **word == *status)
        };
        let in_time = |moment: &Moment| {
            self.day.is_none_or(|day| moment.day == day)
                && self.since.is_none_or(|since| since <= moment.at)
                && self.until.is_none_or(|until| moment.at < until)
        };
        self.direction.as_ref().is_none_or(direction)
            && self.statuses.as_ref().is_none_or(status)
            && moment.is_none_or(in_time)
    }

    /// The parties of a message; `None` if its direction does not say who is charged.
    #[inline]
    pub fn parties(&self, row: &InputRow<'_>) -> Option<Parties> {
        use MessageColumn::{Recipient, Sender};
        const IN: Option<u64> = Some(short(b"in"));
        const OUT: Option<u64> = Some(short(b"out"));
        const PARTIES: [Option<Parties>; 3] =
            [None, Some([Recipient, Sender]), Some([Sender, Recipient])];
        match self.charge {
            Charge::Recipient => PARTIES[1],
            Charge::Sender => PARTIES[2],
            Charge::Own => {
                // looked up: the processor could only guess which of the two comes next
                let direction = row.field(MessageColumn::Direction as usize).short();
                PARTIES[usize::from(direction == IN) + 2 * usize::from(direction == OUT)]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use MessageColumn::{Bytes, Direction, Recipient, Sender, Time};

    use super::*;
    use crate::SPEC;

    /// A header may lack what makes no difference, and nothing else.
    #[test]
    fn what_is_looked_at() {
        let (domain, peer) = (&[KeyColumn::Domain][..], &[KeyColumn::PeerDomain][..]);
        for (flag, by, needed) in [
            ("--charge=own", domain, &[Direction, Sender, Recipient][..]),
            ("--charge=own", peer, &[Direction, Sender, Recipient]),
            ("--charge=sender", domain, &[Sender]),
            ("--charge=sender", peer, &[Recipient]),
            ("--charge=recipient", domain, &[Recipient]),
            ("--charge=recipient", peer, &[Sender]),
            ("--charge=sender", &[KeyColumn::Domain, KeyColumn::PeerDomain], &[Sender, Recipient]),
            ("--charge=recipient", &[KeyColumn::User], &[Recipient]),
        ] {
            let terms = Terms::new(&SPEC.parse([flag.into()]).unwrap()).unwrap();
            let looked_at = [Direction, Sender, Recipient, Time, Bytes];
            let found = looked_at.into_iter().filter(|column| terms.need(*column, by));
            let expected = needed.iter().copied().chain([Bytes]);
            assert!(found.eq(expected), "{flag} {by:?}");
        }
    }
}
