//! Whose a number is: the domain and the user of an address.

use common::bytes::span::Span;
use common::logs::address::{self, NO_DOMAIN, NULL_SENDER};
use common::logs::hosted::{Hosted, OTHER};
use common::rows::metric::By;

/// How addresses are named.
#[derive(Debug)]
pub struct Parties {
    domains: bool,
    users: bool,
    hosted: Option<Hosted>,
}

impl Parties {
    /// Named by these columns; what is not hosted, if that is known, is one domain.
    pub fn new(by: &[By], hosted: Option<Hosted>) -> Self {
        Parties { domains: by.contains(&By::Domain), users: by.contains(&By::User), hosted }
    }

    /// Is it known which domains are ours?
    pub fn know_ours(&self) -> bool {
        self.hosted.is_some()
    }

    /// Is the domain of an address, given as a field, ours?
    pub fn is_ours(&self, address: Span<'_>) -> bool {
        let mut buffer = Vec::new();
        let domain = address::domain_of(address, &mut buffer);
        self.hosted.as_ref().is_some_and(|hosted| hosted.holds(domain.bytes()))
    }

    /// Appends the fields `domain` and `user` of an address, given as a field, or of nobody.
    #[inline]
    pub fn name(&self, address: Option<Span<'_>>, key: &mut Vec<u8>) {
        let Some(address) = address.filter(|_| self.domains || self.users) else {
            key.push(b'\t');
            return;
        };
        let mut buffer = Vec::new();
        let mut domain = address::domain_of(address, &mut buffer);
        if matches!(domain.bytes(), NULL_SENDER | NO_DOMAIN) {
            key.push(b'\t');
            return;
        }
        if let Some(hosted) = &self.hosted {
            domain = hosted.name_of(domain);
        }
        if self.domains {
            key.extend_from_slice(domain.bytes());
        }
        key.push(b'\t');
        if self.users && domain.bytes() != OTHER {
            key.extend_from_slice(address::user_of(address, &mut Vec::new()).bytes());
        }
    }
}
