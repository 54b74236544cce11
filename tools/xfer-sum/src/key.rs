//! What a sum is of: the columns of `--by`, and the names of domains in them.

use std::ops::RangeInclusive;

use common::bytes::span::Span;
use common::columns;
use common::time::Day;

use crate::hosted::Hosted;

columns! {
    /// A column that sums can be made by.
    KeyColumn {
        /// The local day.
        Day = "day",
        /// The hour of the local day.
        Hour = "hour",
        /// The mail server.
        Host = "host",
        /// `in` or `out`.
        Direction = "direction",
        /// The domain that is charged.
        Domain = "domain",
        /// The address that is charged.
        User = "user",
        /// The domain of the other party.
        PeerDomain = "peer_domain",
        /// How the attempt ended.
        Status = "status",
    }
}

/// The *traffic* row.
pub const FULL: [KeyColumn; 5] =
    [KeyColumn::Day, KeyColumn::Host, KeyColumn::Domain, KeyColumn::Direction, KeyColumn::Status];

/// What all domains together are called that are not hosted.
const OTHER: &[u8] = b"(other)";

/// Are these a day and a domain, in either order?
pub fn are_day_and_domain(columns: &[KeyColumn]) -> bool {
    use KeyColumn::{Day, Domain};
    [[Day, Domain], [Domain, Day]].iter().any(|pair| pair == columns)
}

/// What sums are made by.
#[derive(Debug)]
pub struct Keys {
    /// The columns of a key.
    pub columns: Vec<KeyColumn>,
    /// The domains that keep their name, if not all do.
    pub hosted: Option<Hosted>,
    /// The days that a sum can be of, if not all.
    pub days: Option<RangeInclusive<Day>>,
}

impl Keys {
    /// Are the sums by this column?
    pub fn have(&self, column: KeyColumn) -> bool {
        self.columns.contains(&column)
    }

    /// The field that stands for a domain, given as a field.
    #[inline]
    pub fn name_of<'a>(&self, domain: Span<'a>) -> Span<'a> {
        match &self.hosted {
            Some(hosted) if !hosted.keep(domain.bytes()) => OTHER.into(),
            _ => domain,
        }
    }

    /// Can a sum be of this day?
    #[inline]
    pub fn allow(&self, day: Day) -> bool {
        self.days.as_ref().is_none_or(|days| days.contains(&day))
    }
}
