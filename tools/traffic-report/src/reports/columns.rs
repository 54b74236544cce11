//! `SmarterMail`'s reports: each column, its formula, and why there may be no number.

use super::mailboxes::{IMAP_ERRORS, IMAP_USAGE, POP_ERRORS, POP_USAGE};
use crate::formula::Formula::{
    Count, Kilobytes, KilobytesOverSamples, OverSamples, OverTime, PercentOfSamples, Queued, Scans,
};
use crate::formula::Unit::{Average, Connections, Kilobytes as KB, Messages, Percent};
use crate::formula::{Because, Column, Formula, Unit, Way};

/// One of `SmarterMail`'s reports.
#[derive(Debug)]
pub struct Report {
    /// As `-r` names it.
    pub name: &'static str,
    /// As `SmarterMail` does.
    pub title: &'static str,
    /// It has a row for each host.
    pub by_host: bool,
    /// What it shows.
    pub columns: &'static [Column],
}

pub(super) const fn exactly(formula: Formula) -> Way {
    Way { formula, at_least: false }
}

pub(super) const fn at_least(formula: Formula) -> Way {
    Way { formula, at_least: true }
}

pub(super) const fn column(
    name: &'static str,
    heading: &'static str,
    unit: Unit,
    ways: &'static [Way],
    reason: &'static str,
) -> Column {
    Column { name, heading, unit, ways, reason, because: &[] }
}

pub(super) const fn because(column: Column, because: &'static [Because]) -> Column {
    Column { because, ..column }
}

pub(super) const fn if_counted(
    counted: &'static [&'static str],
    by: &'static str,
    reason: &'static str,
) -> Because {
    Because { counted, by, reason }
}

const NO_SAMPLES: &str = "no samples of this day";
const NO_SAMPLES_AS_ROOT: &str = "no samples, or not as root";
const NO_DELIVERIES: &str = "no delivery log";
const NO_ATTEMPTS: &str = "no sessions of deliveries; see qmsend-parse --sessions";
pub(super) const NO_CONNECTIONS: &str = "no log of connections";
pub(super) const NO_ENDS: &str = "no start and end of connections in the log";
const NO_SPAMD: &str = "no spamd log";
const NO_CLAMD: &str = "no clamd log";

const SMTP_CONNECTIONS: &[&str] = &["smtp.connections", "submission.connections"];
const SMTP_BLOCKED: &[&str] = &["smtp.blocked", "submission.blocked"];
const SMTP_BLOCKED_COLUMN: Column =
    column("blocked", "blocked", Connections, &[exactly(Count(SMTP_BLOCKED))], NO_CONNECTIONS);
const REMOTE_ACTIVE: Column = column(
    "active",
    "avg. active",
    Average,
    &[exactly(OverTime(&["remote.active_ms"]))],
    NO_ATTEMPTS,
);
const REMOTE_CONNECTIONS: Column = column(
    "connections",
    "connections",
    Connections,
    &[exactly(Count(&["remote.connections"]))],
    NO_ATTEMPTS,
);

const SERVER_STATUS: &[Column] = &[
    column("cpu", "CPU %", Percent, &[exactly(PercentOfSamples("system.cpu_ms"))], NO_SAMPLES),
    column(
        "memory",
        "memory",
        KB,
        &[exactly(KilobytesOverSamples("system.memory_kib_ms"))],
        NO_SAMPLES_AS_ROOT,
    ),
    column("nonpaged-memory", "nonpaged", KB, &[], "a pool of the Windows kernel"),
    column(
        "handles",
        "handles",
        Average,
        &[exactly(OverSamples("system.open_files_ms"))],
        NO_SAMPLES_AS_ROOT,
    ),
    column("threads", "threads", Average, &[exactly(OverSamples("system.threads_ms"))], NO_SAMPLES),
    column(
        "processes",
        "procs",
        Average,
        &[exactly(OverSamples("system.processes_ms"))],
        NO_SAMPLES,
    ),
    column(
        "active-connections",
        "active",
        Average,
        &[
            exactly(OverTime(&[
                "smtp.active_ms",
                "submission.active_ms",
                "pop3.active_ms",
                "imap.active_ms",
            ])),
            exactly(OverSamples("system.connections_ms")),
        ],
        "no log of connections, no samples",
    ),
    column(
        "spool-count",
        "spool",
        Average,
        &[exactly(OverTime(&["queue.active_ms"])), exactly(OverSamples("system.queue_ms"))],
        "no qmail-send log, no samples",
    ),
];

/// The reports that formulas give; the two of throttles are their own.
pub static REPORTS: &[Report] = &[
    Report { name: "server-status", title: "Server Status", by_host: true, columns: SERVER_STATUS },
    Report {
        name: "message-traffic",
        title: "Message Traffic",
        by_host: false,
        columns: &[
            column(
                "incoming",
                "incoming",
                Messages,
                &[exactly(Count(&["mail.in"]))],
                NO_DELIVERIES,
            ),
            column(
                "outgoing",
                "outgoing",
                Messages,
                &[exactly(Count(&["mail.out"]))],
                NO_DELIVERIES,
            ),
            column(
                "incoming-spam",
                "incoming spam",
                Messages,
                &[exactly(Count(&["verdict.spam_in"]))],
                "the log does not say which queued mail is spam",
            ),
            column(
                "outgoing-spam",
                "outgoing spam",
                Messages,
                &[exactly(Count(&["verdict.spam_out"]))],
                "outgoing mail is not scanned, or its log names no user",
            ),
        ],
    },
    Report {
        name: "message-data",
        title: "Message Data",
        by_host: false,
        columns: &[
            column(
                "received",
                "received",
                KB,
                &[exactly(Kilobytes(&["mail.in_bytes"]))],
                NO_DELIVERIES,
            ),
            column("sent", "sent", KB, &[exactly(Kilobytes(&["mail.out_bytes"]))], NO_DELIVERIES),
        ],
    },
    Report {
        name: "traffic-by-priority",
        title: "Traffic By Priority",
        by_host: false,
        columns: &[column(
            "messages",
            "messages",
            Messages,
            &[],
            "qmail has one queue without priorities",
        )],
    },
    Report {
        name: "bandwidth-by-priority",
        title: "Bandwidth By Priority",
        by_host: false,
        columns: &[column(
            "bandwidth",
            "bandwidth",
            KB,
            &[],
            "qmail has one queue without priorities",
        )],
    },
    Report {
        name: "smtp-in-usage",
        title: "SMTP In Usage",
        by_host: false,
        columns: &[
            column(
                "bandwidth",
                "bandwidth",
                KB,
                &[
                    at_least(Kilobytes(&["verdict.received_bytes"])),
                    exactly(Kilobytes(&["mail.received_bytes"])),
                    at_least(Queued),
                ],
                "no log with sizes of what came by SMTP",
            ),
            column(
                "active",
                "avg. active",
                Average,
                &[exactly(OverTime(&["smtp.active_ms", "submission.active_ms"]))],
                NO_ENDS,
            ),
            column(
                "connections",
                "connections",
                Connections,
                &[exactly(Count(SMTP_CONNECTIONS))],
                NO_CONNECTIONS,
            ),
            SMTP_BLOCKED_COLUMN,
        ],
    },
    Report {
        name: "smtp-in-errors",
        title: "SMTP In Errors",
        by_host: false,
        columns: &[
            SMTP_BLOCKED_COLUMN,
            because(
                column(
                    "bad-commands",
                    "bad commands",
                    Connections,
                    &[at_least(Count(&["smtp.bad_commands", "submission.bad_commands"]))],
                    NO_CONNECTIONS,
                ),
                &[if_counted(SMTP_CONNECTIONS, "tcpserver", "tcpserver sees no commands")],
            ),
            column(
                "terminations",
                "terminations",
                Connections,
                &[exactly(Count(&["smtp.terminations", "submission.terminations"]))],
                NO_CONNECTIONS,
            ),
        ],
    },
    Report {
        name: "smtp-out-usage",
        title: "SMTP Out Usage",
        by_host: false,
        columns: &[
            column(
                "bandwidth",
                "bandwidth",
                KB,
                &[at_least(Kilobytes(&["mail.out_bytes"]))],
                NO_DELIVERIES,
            ),
            REMOTE_ACTIVE,
            REMOTE_CONNECTIONS,
        ],
    },
    Report {
        name: "smtp-out-errors",
        title: "SMTP Out Errors",
        by_host: false,
        columns: &[
            column(
                "bad-commands",
                "bad commands",
                Connections,
                &[],
                "qmail-remote does not log them",
            ),
            column(
                "terminations",
                "terminations",
                Connections,
                &[exactly(Count(&["remote.terminations"]))],
                NO_ATTEMPTS,
            ),
        ],
    },
    Report { name: "pop-usage", title: "POP Usage", by_host: false, columns: POP_USAGE },
    Report { name: "pop-errors", title: "POP Errors", by_host: false, columns: POP_ERRORS },
    Report { name: "imap-usage", title: "IMAP Usage", by_host: false, columns: IMAP_USAGE },
    Report { name: "imap-errors", title: "IMAP Errors", by_host: false, columns: IMAP_ERRORS },
    Report {
        name: "spamassassin-servers",
        title: "SpamAssassin Servers",
        by_host: false,
        columns: &[
            column(
                "active",
                "avg. active",
                Average,
                &[exactly(OverTime(&["spamd.active_ms"]))],
                NO_SPAMD,
            ),
            column(
                "connections",
                "connections",
                Connections,
                &[exactly(Count(&["spamd.connections"]))],
                NO_SPAMD,
            ),
            column(
                "failed",
                "failed",
                Connections,
                &[at_least(Count(&["spamd.failed"]))],
                NO_SPAMD,
            ),
        ],
    },
    Report {
        name: "smtp-out-connections",
        title: "SMTP Out Connections",
        by_host: false,
        columns: &[
            REMOTE_ACTIVE,
            REMOTE_CONNECTIONS,
            column(
                "failed",
                "failed",
                Connections,
                &[exactly(Count(&["remote.failed"]))],
                NO_ATTEMPTS,
            ),
        ],
    },
    Report {
        name: "clamav",
        title: "ClamAV",
        by_host: false,
        columns: &[
            column(
                "active",
                "avg. active",
                Average,
                &[],
                "clamd logs the end of a scan, not its start",
            ),
            column("connections", "connections", Connections, &[exactly(Scans)], NO_CLAMD),
            column("failed", "failed", Connections, &[exactly(Count(&["clamd.failed"]))], NO_CLAMD),
        ],
    },
];
