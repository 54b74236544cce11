//! Message rows, as far as sums need them.

use common::address;
use common::tsv;

use crate::filter::{Filter, Moments};
use crate::input::{Row, number};
use crate::key::{Charge, Column, Keys};
use crate::sum::Sum;

// the numbers of the columns in `schema::MESSAGE`
const TIME: usize = 0;
const HOST: usize = 1;
/// The number of the column.
pub const DIRECTION: usize = 2;
const SENDER: usize = 4;
const RECIPIENT: usize = 5;
const BYTES: usize = 6;
/// The number of the column.
pub const STATUS: usize = 7;

/// Turns message rows into amounts and the keys that they are summed under.
#[derive(Debug)]
pub struct Messages {
    charge: Charge,
    filter: Filter,
    /// `None` if no time matters.
    moments: Option<Moments>,
}

impl Messages {
    /// Messages to be summed by these keys.
    pub fn new(charge: Charge, filter: Filter, keys: &Keys) -> Self {
        let timed = filter.has_time() || keys.have(Column::Day) || keys.have(Column::Hour);
        Messages { charge, filter, moments: timed.then(Moments::new) }
    }

    /// Is the column with this number looked at? `domain`: the domain in any case.
    pub fn need(&self, column: usize, keys: &Keys, domain: bool) -> bool {
        let charged = domain || keys.have(Column::Domain) || keys.have(Column::User);
        let peer = keys.have(Column::PeerDomain);
        match column {
            TIME => self.moments.is_some(),
            HOST => keys.have(Column::Host),
            DIRECTION => {
                self.charge == Charge::Own
                    || keys.have(Column::Direction)
                    || self.filter.has_direction()
            }
            SENDER => {
                charged && self.charge != Charge::Recipient || peer && self.charge != Charge::Sender
            }
            RECIPIENT => {
                charged && self.charge != Charge::Sender || peer && self.charge != Charge::Recipient
            }
            BYTES => true,
            STATUS => keys.have(Column::Status) || self.filter.has_status(),
            _ => false,
        }
    }

    /// The amount of a row, with its key appended to `key`; `None` if it is filtered out; why it is
    /// broken.
    #[inline]
    pub fn read(
        &mut self,
        row: &Row<'_>,
        keys: &Keys,
        key: &mut Vec<u8>,
    ) -> Result<Option<Sum>, &'static str> {
        let bytes = match row.field(BYTES) {
            b"" => 0,
            digits => number(digits).ok_or("the bytes are no number below 2^64")?,
        };
        let parties = self.parties(row).ok_or("the direction is neither in nor out")?;
        let mut moment = None;
        if let Some(moments) = &mut self.moments {
            let found = moments.read(row.field(TIME)).ok_or("the time cannot be read")?;
            if !keys.allow(found.day) {
                return Err("no day file has this year");
            }
            moment = Some(found);
        }
        if !self.filter.passes(row, moment) {
            return Ok(None);
        }
        let mut fields = tsv::Row::new(key);
        for column in &keys.columns {
            self.write_field(*column, row, parties, keys, &mut fields);
        }
        Ok(Some(Sum { messages: 1, bytes }))
    }

    /// The numbers of the columns of the charged address and of the other one; `None` if the
    /// direction does not tell which is which.
    #[inline]
    fn parties(&self, row: &Row<'_>) -> Option<[usize; 2]> {
        match (self.charge, row.field(DIRECTION)) {
            (Charge::Recipient, _) | (Charge::Own, b"in") => Some([RECIPIENT, SENDER]),
            (Charge::Sender, _) | (Charge::Own, b"out") => Some([SENDER, RECIPIENT]),
            (Charge::Own, _) => None,
        }
    }

    /// Is the row charged to this domain, given as a field?
    pub fn charged_to(&self, domain: &[u8], row: &Row<'_>, keys: &Keys) -> bool {
        let charged =
            self.parties(row).map(|[charged, _]| address::domain_field(row.field(charged)));
        charged.is_some_and(|charged| keys.name_of(&charged) == domain)
    }

    /// Writes one field of a key. Never inlined: the compiler would then prepare for every column
    /// before it looks which one it is.
    #[inline(never)]
    fn write_field(
        &self,
        column: Column,
        row: &Row<'_>,
        [charged, peer]: [usize; 2],
        keys: &Keys,
        fields: &mut tsv::Row<'_>,
    ) {
        match (column, &self.moments) {
            (Column::Domain, _) => {
                let domain = address::domain_field(row.field(charged));
                fields.as_written(keys.name_of(&domain))
            }
            (Column::PeerDomain, _) => fields.as_written(&address::domain_field(row.field(peer))),
            (Column::User, _) => fields.field(&address::user(&tsv::as_read(row.field(charged)))),
            (Column::Host, _) => fields.field(&tsv::unescape(row.field(HOST))),
            (Column::Direction, _) => fields.field(&tsv::unescape(row.field(DIRECTION))),
            (Column::Status, _) => fields.field(&tsv::unescape(row.field(STATUS))),
            (Column::Day, Some(moments)) => fields.as_written(moments.day()),
            (Column::Hour, Some(moments)) => fields.as_written(&moments.hour()),
            // never: these columns make moments needed
            (Column::Day | Column::Hour, None) => fields.field(b""),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_columns() {
        let columns = [
            (TIME, "time"),
            (HOST, "host"),
            (DIRECTION, "direction"),
            (SENDER, "sender"),
            (RECIPIENT, "recipient"),
            (BYTES, "bytes"),
            (STATUS, "status"),
        ];
        for (number, name) in columns {
            assert_eq!(common::schema::MESSAGE[number], name);
        }
    }
}
