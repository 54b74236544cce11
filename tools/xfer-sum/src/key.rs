//! What a sum is of: the columns of `--by`, and whose address a message is charged to.

use std::ops::RangeInclusive;

use common::bytes::span::Span;
use common::bytes::tsv;
use common::logs::address;
use common::time::Day as CalendarDay;

use crate::domains::{self, Hosted};

/// A column that sums can be made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The local day.
    Day,
    /// The hour of the local day.
    Hour,
    /// The mail server.
    Host,
    /// `in` or `out`.
    Direction,
    /// The domain that is charged.
    Domain,
    /// The address that is charged.
    User,
    /// The domain of the other party.
    PeerDomain,
    /// How the attempt ended.
    Status,
}

use Column::{Day, Direction, Domain, Host, Hour, PeerDomain, Status, User};

/// The *traffic* row.
pub const FULL: &[Column] = &[Day, Host, Domain, Direction, Status];

impl Column {
    const ALL: [Column; 8] = [Day, Hour, Host, Direction, Domain, User, PeerDomain, Status];

    /// Its name in a header.
    pub fn name(self) -> &'static str {
        match self {
            Day => "day",
            Hour => "hour",
            Host => "host",
            Direction => "direction",
            Domain => "domain",
            User => "user",
            PeerDomain => "peer_domain",
            Status => "status",
        }
    }

    /// The columns of a list such as `day,domain`; `None` if one has no such name, or comes twice.
    pub fn list(text: &[u8]) -> Option<Vec<Column>> {
        let mut columns = Vec::new();
        for name in text.split(|byte| *byte == b',') {
            let column = Column::ALL.into_iter().find(|column| column.name().as_bytes() == name)?;
            if columns.contains(&column) {
                return None;
            }
            columns.push(column);
        }
        Some(columns)
    }
}

/// Are these a day and a domain, in either order?
pub fn are_day_and_domain(columns: &[Column]) -> bool {
    [[Day, Domain], [Domain, Day]].iter().any(|pair| pair == columns)
}

/// What sums are made by.
#[derive(Debug)]
pub struct Keys {
    /// The columns of a key.
    pub columns: Vec<Column>,
    /// Domains that keep their name.
    pub hosted: Option<Hosted>,
    /// Days that a sum can be of, if not all.
    pub days: Option<RangeInclusive<CalendarDay>>,
}

impl Keys {
    /// Are the sums by this column?
    pub fn have(&self, column: Column) -> bool {
        self.columns.contains(&column)
    }

    /// The field that stands for a domain, given as a field.
    #[inline(always)]
    pub fn name_of<'a>(&self, domain: Span<'a>) -> Span<'a> {
        match &self.hosted {
            Some(hosted) if !hosted.keep(domain.bytes()) => domains::OTHER.into(),
            _ => domain,
        }
    }

    /// Can a sum be of this day?
    #[inline]
    pub fn allow(&self, day: CalendarDay) -> bool {
        self.days.as_ref().is_none_or(|days| days.contains(&day))
    }
}

/// Who pays for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// The recipient of what comes in, the sender of what goes out.
    Own,
    /// Always the recipient.
    Recipient,
    /// Always the sender.
    Sender,
}

/// A domain that a person names, in bytes, as the field that [`address::domain_field`] makes of its addresses.
pub fn domain_named(name: &[u8]) -> Vec<u8> {
    let mut address = b"@".to_vec();
    tsv::escape(name, &mut address);
    address::domain_field(&address).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        assert_eq!(Column::list(b"day,domain"), Some(vec![Day, Domain]));
        let all = Column::ALL.map(Column::name).join(",");
        assert_eq!(Column::list(all.as_bytes()), Some(Column::ALL.to_vec()));
        for wrong in ["", "day,", "Day", "day,day", "day domain", "sender"] {
            assert_eq!(Column::list(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn domains_as_a_person_names_them() {
        for (name, field) in [
            ("Example.COM", "example.com"),
            ("example.com.", "example.com"),
            ("(null)", "(null)"),
            ("a\\b", "a\\\\b"),
            ("bob@example.com", "example.com"),
        ] {
            assert_eq!(domain_named(name.as_bytes()), field.as_bytes(), "{name}");
        }
    }
}
