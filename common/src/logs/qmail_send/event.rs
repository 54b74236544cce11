//! What qmail-send writes.

use crate::bytes::digits::number;

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// To a mailbox of this host.
    Local,
    /// To another host.
    Remote,
}

impl Channel {
    /// The word of the log.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Local => "local",
            Channel::Remote => "remote",
        }
    }

    /// The channel of that name. Further channels for other hosts, `suppl0` and so on, are remote.
    pub fn named(word: &[u8]) -> Option<Self> {
        match word {
            b"local" => Some(Channel::Local),
            b"remote" => Some(Channel::Remote),
            _ => word
                .strip_prefix(b"suppl")
                .filter(|rest| number(rest).is_some())
                .map(|_| Channel::Remote),
        }
    }
}

/// How an attempt to deliver ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The message arrived.
    Success,
    /// It will not be tried again.
    Failure,
    /// It will be tried again.
    Deferral,
    /// The report of the program that delivers made no sense; it will be tried again.
    Mangled,
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A message came into the queue. Its number is the inode of its file, and comes again.
    NewMessage {
        /// Its number.
        message: u64,
    },
    /// What the message is.
    Info {
        /// Its number.
        message: u64,
        /// Its size in the queue.
        bytes: u64,
        /// The envelope sender, without the `<>` around it; empty is the null sender.
        sender: &'a [u8],
        /// The process number of the qmail-queue that took it in.
        qp: u64,
        /// The user number of that.
        uid: u64,
    },
    /// An attempt to deliver begins.
    Start {
        /// The number of the attempt: 1 for the first of each run of qmail-send, then one more.
        delivery: u64,
        /// The message.
        message: u64,
        /// Where it goes.
        channel: Channel,
        /// The envelope recipient, which holds no blank.
        recipient: &'a [u8],
    },
    /// An attempt to deliver ended.
    End {
        /// The number that its start named.
        delivery: u64,
        /// How.
        outcome: Outcome,
        /// The report, made one word; of a mangled one what qmail-send says in its place.
        report: &'a [u8],
    },
    /// A bounce went into the queue.
    Bounce {
        /// The message that bounced.
        message: u64,
        /// The process number of the bounce's qmail-queue.
        qp: u64,
    },
    /// A bounce of a bounce of a bounce was thrown away.
    TripleBounce {
        /// The message that bounced.
        message: u64,
    },
    /// A message left the queue.
    MessageDone {
        /// Its number.
        message: u64,
    },
    /// How many deliveries are under way.
    Status,
    /// qmail-send ends; it waited for all its deliveries.
    Exiting,
    /// qmail-send begins.
    Running,
    /// A warning, an alert, or another remark about no single delivery.
    Remark,
    /// Nothing that qmail-send writes.
    Other,
}
