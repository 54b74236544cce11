//! Which metrics a row could have counted, and so adds 0 to.

use common::rows::schema::TransactionColumn as T;
use common::rows::schema::{MessageColumn as M, SampleColumn as L, SessionColumn as S};
use common::rows::table::InputRow;

use crate::metric::Metric::{
    self, Accepted, ActiveMs, AuthFailed, BadCommands, Blocked, Connections, ConnectionsMs, CpuMs,
    Denied, Dnsbl, Failed, FullMs, InBytes, MailBouncesIn, MailDeferredIn, MailDeferredOut,
    MailFailedIn, MailFailedOut, MailIn, MailInBytes, MailOut, MailOutBytes, MailReceivedBytes,
    MailSpamRefused, MailVirusRefused, MemoryKibMs, OpenFilesMs, OutBytes, ProcessesMs,
    QueueActiveMs, QueueInBytes, QueueMessages, QueueMs, Queued, ReceivedBytes, Rule, SampleMs,
    Sent, Spam, SpamIn, SpamOut, Terminations, ThreadsMs, Tld, TodoMs, Virus,
};
use crate::metric::Set;

/// The source of the stats log.
pub const HSPHERE: &str = "hsphere";
/// Its rows are of recipients, also where a message was queued.
pub const SPAMDYKE: &str = "spamdyke";
/// The source that sample rows do not name.
pub const SERVER_SAMPLE: &str = "server-sample";

/// The rows that metrics are counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Message rows.
    Message,
    /// Transaction rows.
    Transaction,
    /// Session rows of clients, and of filters.
    Session,
    /// Those of deliveries to other servers.
    Remote,
    /// Those of messages in the queue.
    Queue,
    /// Sample rows.
    Sample,
}

/// What a row must have, other than nothing in the field, so that a metric could be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// A field, by the number of its column.
    Field(usize),
    /// `is_spam`, and `auth_user` or `--domains`.
    SpamOut,
}

/// The metrics that the rows of one program could have counted.
#[derive(Debug)]
pub struct Can {
    /// What rows.
    pub kind: Kind,
    /// Their `source`.
    pub source: &'static str,
    /// The metrics, and what they need.
    pub metrics: &'static [(Metric, Needs)],
}

const STATUS: Needs = Needs::Field(M::Status as usize);
const BYTES: Needs = Needs::Field(M::Bytes as usize);
const DISPOSITION: Needs = Needs::Field(T::Disposition as usize);
const IS_SPAM: Needs = Needs::Field(T::IsSpam as usize);
const ACTIVE: Needs = Needs::Field(S::ActiveMs as usize);
const IN: Needs = Needs::Field(S::InBytes as usize);
const OUT: Needs = Needs::Field(S::OutBytes as usize);
const END: Needs = Needs::Field(S::End as usize);
const DETAIL: Needs = Needs::Field(S::Detail as usize);

/// The table of the manual.
pub static CAN: &[Can] = &[
    Can {
        kind: Kind::Message,
        source: "qmail-send",
        metrics: &[
            (MailIn, STATUS),
            (MailInBytes, BYTES),
            (MailBouncesIn, Needs::Field(M::Sender as usize)),
            (MailFailedIn, STATUS),
            (MailDeferredIn, STATUS),
            (MailOut, STATUS),
            (MailOutBytes, BYTES),
            (MailFailedOut, STATUS),
            (MailDeferredOut, STATUS),
        ],
    },
    Can {
        kind: Kind::Message,
        source: HSPHERE,
        metrics: &[
            (MailIn, STATUS),
            (MailInBytes, BYTES),
            (MailBouncesIn, STATUS),
            (MailFailedIn, STATUS),
            (MailOut, STATUS),
            (MailOutBytes, BYTES),
            (MailFailedOut, STATUS),
            (MailReceivedBytes, BYTES),
            (MailSpamRefused, STATUS),
            (MailVirusRefused, STATUS),
        ],
    },
    Can {
        kind: Kind::Transaction,
        source: "qpsmtpd",
        metrics: &[
            (Queued, DISPOSITION),
            (Accepted, DISPOSITION),
            (SpamIn, IS_SPAM),
            (SpamOut, Needs::SpamOut),
            (Denied, DISPOSITION),
            (Dnsbl, DISPOSITION),
            (Tld, DISPOSITION),
        ],
    },
    Can {
        kind: Kind::Transaction,
        source: "qlog",
        metrics: &[
            (Queued, DISPOSITION),
            (Accepted, DISPOSITION),
            (Sent, DISPOSITION),
            (Denied, DISPOSITION),
            (Tld, DISPOSITION),
            (ReceivedBytes, Needs::Field(T::Bytes as usize)),
        ],
    },
    Can {
        kind: Kind::Transaction,
        source: "simscan",
        metrics: &[
            (Queued, DISPOSITION),
            (Accepted, DISPOSITION),
            (SpamIn, IS_SPAM),
            (SpamOut, Needs::SpamOut),
            (Denied, DISPOSITION),
            (Tld, DISPOSITION),
        ],
    },
    Can {
        kind: Kind::Transaction,
        source: "qmailtoaster",
        metrics: &[(Queued, DISPOSITION), (Denied, DISPOSITION), (Tld, DISPOSITION)],
    },
    Can {
        kind: Kind::Transaction,
        source: SPAMDYKE,
        metrics: &[(Denied, DISPOSITION), (Tld, DISPOSITION)],
    },
    Can {
        kind: Kind::Transaction,
        source: "chkuser",
        metrics: &[(Denied, DISPOSITION), (Tld, DISPOSITION)],
    },
    Can {
        kind: Kind::Transaction,
        source: "sqmail",
        metrics: &[(Denied, DISPOSITION), (Tld, DISPOSITION)],
    },
    Can {
        kind: Kind::Session,
        source: "tcpserver",
        metrics: &[
            (Connections, END),
            (ActiveMs, ACTIVE),
            (Blocked, END),
            (Terminations, ACTIVE),
            (FullMs, END),
        ],
    },
    Can {
        kind: Kind::Session,
        source: "qpsmtpd",
        metrics: &[
            (Connections, END),
            (ActiveMs, ACTIVE),
            (Blocked, END),
            (BadCommands, END),
            (Terminations, END),
            (FullMs, END),
        ],
    },
    Can {
        kind: Kind::Session,
        source: "dovecot",
        metrics: &[
            (Connections, END),
            (ActiveMs, ACTIVE),
            (InBytes, IN),
            (OutBytes, OUT),
            (Blocked, END),
            (BadCommands, END),
            (Terminations, END),
            (AuthFailed, END),
        ],
    },
    Can {
        kind: Kind::Session,
        source: "courier",
        metrics: &[
            (Connections, END),
            (ActiveMs, ACTIVE),
            (InBytes, IN),
            (OutBytes, OUT),
            (Blocked, END),
            (Terminations, END),
            (AuthFailed, END),
        ],
    },
    Can {
        kind: Kind::Session,
        source: "vchkpw",
        metrics: &[(Connections, END), (AuthFailed, END)],
    },
    Can {
        kind: Kind::Session,
        source: "spamd",
        metrics: &[
            (Connections, END),
            (ActiveMs, ACTIVE),
            (InBytes, IN),
            (Blocked, END),
            (BadCommands, END),
            (Terminations, END),
            (Failed, END),
            (FullMs, END),
            (Spam, DETAIL),
            (Rule, DETAIL),
        ],
    },
    Can {
        kind: Kind::Session,
        source: "clamd",
        metrics: &[(Connections, END), (Terminations, END), (Failed, END), (Virus, END)],
    },
    Can {
        kind: Kind::Remote,
        source: "qmail-send",
        metrics: &[
            (Connections, END),
            (ActiveMs, ACTIVE),
            (OutBytes, OUT),
            (Terminations, END),
            (Failed, END),
        ],
    },
    Can {
        kind: Kind::Queue,
        source: "qmail-send",
        metrics: &[(QueueMessages, END), (QueueInBytes, IN), (QueueActiveMs, ACTIVE)],
    },
    Can {
        kind: Kind::Sample,
        source: SERVER_SAMPLE,
        metrics: &[
            (SampleMs, Needs::Field(L::IntervalMs as usize)),
            (CpuMs, Needs::Field(L::CpuMs as usize)),
            (MemoryKibMs, Needs::Field(L::MemoryKib as usize)),
            (OpenFilesMs, Needs::Field(L::OpenFiles as usize)),
            (ProcessesMs, Needs::Field(L::Processes as usize)),
            (ThreadsMs, Needs::Field(L::Threads as usize)),
            (ConnectionsMs, Needs::Field(L::Connections as usize)),
            (QueueMs, Needs::Field(L::Queue as usize)),
            (TodoMs, Needs::Field(L::Todo as usize)),
        ],
    },
];

/// The metrics that a row could have counted; none if its source, a field, is not known.
pub fn of(kind: Kind, source: &[u8], row: &InputRow<'_>, has_domains: bool) -> Set {
    let fills = |column: usize| !row.field(column).is_empty();
    let holds = |needs: &Needs| match needs {
        Needs::Field(column) => fills(*column),
        Needs::SpamOut => fills(T::IsSpam as usize) && (has_domains || fills(T::AuthUser as usize)),
    };
    with(kind, source, holds)
}

/// The metrics that some row of this source could have counted.
pub fn at_most(kind: Kind, source: &[u8]) -> Set {
    with(kind, source, |_| true)
}

fn with(kind: Kind, source: &[u8], holds: impl Fn(&Needs) -> bool) -> Set {
    let of_source = |can: &&Can| can.kind == kind && can.source.as_bytes() == source;
    let mut set = Set::default();
    for (metric, needs) in CAN.iter().find(of_source).map_or(&[][..], |can| can.metrics) {
        if holds(needs) {
            set.insert(*metric);
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use common::rows::schema::Column as _;

    use super::*;

    fn filled(kind: Kind, needs: Needs) -> &'static str {
        match (kind, needs) {
            (Kind::Message, Needs::Field(column)) => M::ALL[column].name(),
            (Kind::Transaction, Needs::Field(column)) => T::ALL[column].name(),
            (Kind::Session | Kind::Remote | Kind::Queue, Needs::Field(column)) => {
                S::ALL[column].name()
            }
            (Kind::Sample, Needs::Field(column)) => L::ALL[column].name(),
            (_, Needs::SpamOut) => "is_spam *",
        }
    }

    /// A row of the table for each field that a source fills.
    fn rows(can: &Can) -> Vec<String> {
        let service = match can.kind {
            Kind::Message | Kind::Transaction | Kind::Session | Kind::Sample => "",
            Kind::Remote => ", remote",
            Kind::Queue => ", queue",
        };
        let mut fields: Vec<(&str, Vec<String>)> = Vec::new();
        for (metric, needs) in can.metrics {
            let letter = if metric.name().starts_with('.') { "S" } else { "" };
            let (field, name) = (filled(can.kind, *needs), format!("{letter}{}", metric.name()));
            match fields.iter_mut().find(|(other, _)| *other == field) {
                Some((_, metrics)) => metrics.push(name),
                None => fields.push((field, vec![name])),
            }
        }
        let source = can.source;
        let row = |(field, metrics): (&str, Vec<String>)| {
            format!(".It {source}{service} Ta {field} Ta {}", metrics.join(", "))
        };
        fields.into_iter().map(row).collect()
    }

    #[test]
    fn the_manual_has_these_tables() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../man/metric-sum.1");
        let page = std::fs::read_to_string(page).unwrap();
        let (_, section) = page.split_once(".Ss Zeros\n").unwrap();
        let (section, _) = section.split_once("\n.Ss ").unwrap();
        let is_row = |line: &&str| line.starts_with(".It ") && !line.starts_with(".It Sy ");
        let table: Vec<&str> = section.lines().filter(is_row).collect();
        let expected: Vec<String> = CAN.iter().flat_map(rows).collect();
        assert_eq!(table, expected, "the rows should be\n{}", expected.join("\n"));
    }

    /// No two entries are of the same rows, and no metric is there twice.
    #[test]
    fn each_has_one_place() {
        for (at, can) in CAN.iter().enumerate() {
            let same = |other: &&Can| other.kind == can.kind && other.source == can.source;
            assert_eq!(CAN[at..].iter().filter(same).count(), 1, "{}", can.source);
            let mut set = Set::default();
            can.metrics.iter().for_each(|(metric, _)| set.insert(*metric));
            assert_eq!(set.iter().count(), can.metrics.len(), "{}", can.source);
        }
    }
}
