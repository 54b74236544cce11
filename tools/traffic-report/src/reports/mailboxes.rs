//! The columns of the reports of POP and IMAP, which are alike.

use super::columns::{NO_CONNECTIONS, NO_ENDS, at_least, because, column, exactly, if_counted};
use crate::formula::Column;
use crate::formula::Formula::{Count, Kilobytes, OverTime};
use crate::formula::Unit::{Average, Connections, Kilobytes as KB};

const LOGINS_ONLY: &str = "vchkpw logs logins only";

/// The columns of the two reports of a way to read mail.
macro_rules! mailboxes {
    ($usage:ident, $errors:ident, $connections:literal, $active:literal, $in:literal, $out:literal,
     $blocked:literal, $bad:literal, $terminations:literal) => {
        /// What it is used for.
        pub const $usage: &[Column] = &[
            because(
                column(
                    "bandwidth",
                    "bandwidth",
                    KB,
                    &[exactly(Kilobytes(&[$in, $out]))],
                    NO_CONNECTIONS,
                ),
                &[
                    if_counted(&[$connections], "tcpserver", "qmail-pop3d logs nothing"),
                    if_counted(&[$connections], "", "the log has no byte counts"),
                ],
            ),
            because(
                column(
                    "active",
                    "avg. active",
                    Average,
                    &[exactly(OverTime(&[$active]))],
                    NO_CONNECTIONS,
                ),
                &[
                    if_counted(&[$connections], "vchkpw", LOGINS_ONLY),
                    if_counted(&[$connections], "", NO_ENDS),
                ],
            ),
            column(
                "connections",
                "connections",
                Connections,
                &[exactly(Count(&[$connections]))],
                NO_CONNECTIONS,
            ),
            because(
                column(
                    "blocked",
                    "blocked",
                    Connections,
                    &[exactly(Count(&[$blocked]))],
                    NO_CONNECTIONS,
                ),
                &[if_counted(&[$connections], "vchkpw", LOGINS_ONLY)],
            ),
        ];
        /// What went wrong.
        pub const $errors: &[Column] = &[
            because(
                column(
                    "blocked",
                    "blocked",
                    Connections,
                    &[exactly(Count(&[$blocked]))],
                    NO_CONNECTIONS,
                ),
                &[if_counted(&[$connections], "vchkpw", LOGINS_ONLY)],
            ),
            because(
                column(
                    "bad-commands",
                    "bad commands",
                    Connections,
                    &[at_least(Count(&[$bad]))],
                    NO_CONNECTIONS,
                ),
                &[
                    if_counted(&[$connections], "tcpserver", "tcpserver sees no commands"),
                    if_counted(&[$connections], "courier", "courier does not log them"),
                    if_counted(&[$connections], "vchkpw", LOGINS_ONLY),
                ],
            ),
            because(
                column(
                    "terminations",
                    "terminations",
                    Connections,
                    &[exactly(Count(&[$terminations]))],
                    NO_CONNECTIONS,
                ),
                &[if_counted(&[$connections], "vchkpw", LOGINS_ONLY)],
            ),
        ];
    };
}

mailboxes!(
    POP_USAGE,
    POP_ERRORS,
    "pop3.connections",
    "pop3.active_ms",
    "pop3.in_bytes",
    "pop3.out_bytes",
    "pop3.blocked",
    "pop3.bad_commands",
    "pop3.terminations"
);
mailboxes!(
    IMAP_USAGE,
    IMAP_ERRORS,
    "imap.connections",
    "imap.active_ms",
    "imap.in_bytes",
    "imap.out_bytes",
    "imap.blocked",
    "imap.bad_commands",
    "imap.terminations"
);
