//! Why a message did not arrive: one of a few classes, which can be counted.

/// A class of reasons, of any log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// No host was found for the recipient's domain.
    Dns,
    /// No connection to a host came about.
    Connect,
    /// The connection broke, or the other end fell silent.
    Lost,
    /// The other end refused the message or an address in it for good.
    Refused,
    /// The mailbox or the disk behind it is full.
    Full,
    /// A rule refused it: spam, a block list, a login that is missing.
    Policy,
    /// The other end cannot take it now.
    Temporary,
    /// It was in the queue for too long.
    TooOld,
    /// The trouble is on this host.
    Local,
    /// Something else.
    Other,
}

impl Reason {
    /// All of them.
    pub const ALL: [Reason; 10] = [
        Reason::Dns,
        Reason::Connect,
        Reason::Lost,
        Reason::Refused,
        Reason::Full,
        Reason::Policy,
        Reason::Temporary,
        Reason::TooOld,
        Reason::Local,
        Reason::Other,
    ];

    /// The word of the `reason` column.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Dns => "dns",
            Reason::Connect => "connect",
            Reason::Lost => "lost",
            Reason::Refused => "refused",
            Reason::Full => "full",
            Reason::Policy => "policy",
            Reason::Temporary => "temporary",
            Reason::TooOld => "too-old",
            Reason::Local => "local",
            Reason::Other => "other",
        }
    }
}
