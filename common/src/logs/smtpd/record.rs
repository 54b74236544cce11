//! What a line can say.

use crate::logs::tcpserver::Event;

/// Who passed a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The filter before qmail-smtpd.
    Spamdyke,
    /// The patch that looks for recipients.
    Chkuser,
    /// The scanner in place of qmail-queue.
    Simscan,
    /// The lines `qlogenvelope` and `qlogreceived` of Sagredo's qmail-smtpd.
    Qlog,
    /// qmail-smtpd of s/qmail, and of SPAMCONTROL before it.
    Sqmail,
    /// The lines `mail recv` and `policy_check` of `QMailToaster`'s qmail-smtpd.
    Qmailtoaster,
}

impl Source {
    /// All of them.
    pub const ALL: [Source; 6] = [
        Source::Spamdyke,
        Source::Chkuser,
        Source::Simscan,
        Source::Qlog,
        Source::Sqmail,
        Source::Qmailtoaster,
    ];

    /// The name that rows have.
    pub fn name(self) -> &'static str {
        match self {
            Source::Spamdyke => "spamdyke",
            Source::Chkuser => "chkuser",
            Source::Simscan => "simscan",
            Source::Qlog => "qlog",
            Source::Sqmail => "sqmail",
            Source::Qmailtoaster => "qmailtoaster",
        }
    }

    /// The source of that name.
    pub fn named(name: &[u8]) -> Option<Self> {
        Source::ALL.into_iter().find(|source| source.name().as_bytes() == name)
    }
}

/// The disposition of a message that was taken.
pub const QUEUED: &[u8] = b"queued";

/// The disposition of a recipient that was taken.
pub const ACCEPTED: &[u8] = b"accepted";

/// A verdict. What the line does not say is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// The process number, digits.
    pub pid: &'a [u8],
    /// The client's address.
    pub ip: &'a [u8],
    /// The client's port, digits.
    pub port: &'a [u8],
    /// The client's name by DNS.
    pub host: &'a [u8],
    /// The argument of HELO or EHLO.
    pub helo: &'a [u8],
    /// The envelope sender; `<>` is the null sender.
    pub sender: &'a [u8],
    /// The recipients with commas between.
    pub recipient: &'a [u8],
    /// `queued`, `accepted`, or what refused.
    pub disposition: &'a [u8],
    /// The code of a refusal.
    pub code: &'a [u8],
    /// Its reason.
    pub message: &'a [u8],
    /// The process number of qmail-queue, digits.
    pub qp: &'a [u8],
    /// Is it spam?
    pub is_spam: Option<bool>,
    /// The score, in hundredths of a point.
    pub score_centi: Option<i64>,
    /// The threshold, likewise.
    pub required_centi: Option<i64>,
    /// The size of the message, digits.
    pub bytes: &'a [u8],
    /// Who logged in.
    pub auth_user: &'a [u8],
}

impl Record<'_> {
    /// Was the message taken?
    pub fn is_queued(&self) -> bool {
        self.disposition == QUEUED
    }
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said<'a> {
    /// A verdict.
    Verdict(Record<'a>),
    /// A verdict of simscan. Another on the same mail may follow if this one lets it pass.
    Scanned {
        /// The verdict.
        record: Record<'a>,
        /// Client, sender and recipients, as logged.
        mail: &'a [u8],
    },
    /// A recipient on which the policy has not decided yet.
    Asked(Record<'a>),
    /// What the policy decided: a disposition.
    Decided(&'a [u8]),
    /// tcpserver, or a program around it, says something of a process.
    Server(Event<'a>),
    /// Nothing of a mail.
    Nothing,
}
