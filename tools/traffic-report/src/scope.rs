//! Whose numbers are shown: everybody's, those of one domain or user, or those of each.

use crate::facts::{Dimensions, Key, SERVICES};
use crate::names::{Name, Names};

/// What accounts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// Domains.
    Domain,
    /// Addresses.
    User,
}

impl Account {
    /// The account of a name.
    pub fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"domain" => Some(Account::Domain),
            b"user" => Some(Account::User),
            _ => None,
        }
    }

    /// What the column of accounts is called.
    pub fn heading(self) -> &'static str {
        match self {
            Account::Domain => "domain",
            Account::User => "user",
        }
    }

    /// Whose a number is.
    pub fn of(self, key: &Key) -> Name {
        match self {
            Account::Domain => key.domain,
            Account::User => key.user,
        }
    }

    /// Does some row of a source name any?
    pub fn is_in(self, dimensions: Dimensions) -> bool {
        match self {
            Account::Domain => dimensions.domain,
            Account::User => dimensions.user,
        }
    }

    /// Why there is no number where the sums name none.
    pub fn not_in_sums(self) -> &'static str {
        match self {
            Account::Domain => "the sums were made without domains",
            Account::User => "the sums were made without users",
        }
    }

    /// Why there is no number of a metric that never has one.
    pub fn never(self, metric: &[u8]) -> &'static str {
        match (self, is_of_sessions(metric)) {
            (Account::Domain, true) => "a connection has no domain",
            (Account::User, true) => "a connection has no user",
            (Account::Domain, false) => "this number has no domain",
            (Account::User, false) => "this number has no user",
        }
    }
}

/// Whose numbers are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's together.
    All,
    /// Those of one account; `None` if no row names it.
    One(Account, Option<Name>),
    /// Those of each account, by its name.
    Each(Account),
}

impl Scope {
    /// What accounts are told apart.
    pub fn account(self) -> Option<Account> {
        match self {
            Scope::All => None,
            Scope::One(account, _) | Scope::Each(account) => Some(account),
        }
    }

    /// How many sums a metric has.
    pub fn width(self, names: &Names) -> usize {
        match self {
            Scope::All | Scope::One(..) => 1,
            Scope::Each(_) => names.count(),
        }
    }

    /// Which of these sums a number adds to.
    #[inline]
    pub fn place(self, key: &Key) -> Option<usize> {
        match self {
            Scope::All => Some(0),
            Scope::One(account, name) => (Some(account.of(key)) == name).then_some(0),
            Scope::Each(account) => Some(account.of(key).0 as usize),
        }
    }
}

/// Is this a metric of connections?
fn is_of_sessions(metric: &[u8]) -> bool {
    let service = metric.split(|byte| *byte == b'.').next().unwrap_or_default();
    service != b"queue" && SERVICES.contains(&service)
}

/// Can a number of this source and metric be of a domain, and of a user?
pub fn can_be_of_an_account(source: &[u8], metric: &[u8]) -> bool {
    let never = metric.starts_with(b"system.")
        || metric.starts_with(b"clamd.")
        || matches!(metric, b"verdict.queued" | b"verdict.tld" | b"verdict.received_bytes");
    let names_nobody = matches!(source, b"tcpserver" | b"qpsmtpd" | b"clamd");
    !(never || names_nobody && is_of_sessions(metric))
}
